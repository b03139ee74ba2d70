package cases_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/cases/substance"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

const (
	hollowReply = "您好：您反映的问题已转相关部门处理，请耐心等待。"
	fullReply   = "经查，桃源小区二次供水水箱上次清洗是去年4月。水务集团已于3月6日完成清洗并取样检测，浊度0.3，合格。"
	formReply   = "经工作人员现场查看，情况属实，已责令有关单位限期整改，并将加强日常巡查，防止此类情况再次发生。"
)

// given submits a letter and gives it to the waterworks.
func (c *city) given(t *testing.T, title, body string) cases.ID {
	t.Helper()
	l := aLetter()
	l.Title, l.Body = title, body
	r := c.submit(t, l)
	if _, err := c.desk.Route(t.Context(), c.clerk, r.ID, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

func (c *city) reply(t *testing.T, id cases.ID, text string) {
	t.Helper()
	if _, err := c.desk.Reply(t.Context(), c.waterworks, id, cases.AnyVersion, text); err != nil {
		t.Fatal(err)
	}
}

func (c *city) answerWith(t *testing.T, id cases.ID, edited string) {
	t.Helper()
	if _, err := c.desk.Answer(t.Context(), c.clerk, id, cases.AnyVersion, edited); err != nil {
		t.Fatal(err)
	}
}

// counted is how many hollow and near-identical answers of the department are counted by now.
func (c *city) counted(t *testing.T, department int64) [2]int {
	t.Helper()
	return [2]int{c.conduct(t, cases.Hollow, department), c.conduct(t, cases.NearIdentical, department)}
}

func TestAHollowReplyIsHintedAtToTheOfficeAndSupervisionOnly(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		id := c.given(t, "小区自来水发黄", "桃源小区的水发黄三天了。")
		c.reply(t, id, hollowReply)
		for _, who := range []people.Actor{c.clerk, c.supervisor} {
			signs, err := c.desk.Signs(t.Context(), who, id)
			if err != nil || len(signs) != 1 {
				t.Fatalf("%v: %v", signs, err)
			}
			for _, s := range signs {
				if !s.Hollow || s.Signs[0].Kind != substance.OnlyForwarded || len(s.Signs[0].Spans) == 0 {
					t.Errorf("%+v", s)
				}
			}
		}
		for _, who := range []people.Actor{c.waterworks, c.waterLead, c.auditor, people.TheWriter(int64(id), errs.ZH)} {
			if signs, err := c.desk.Signs(t.Context(), who, id); err != nil || len(signs) != 0 {
				t.Errorf("%v is shown %v, %v", who.Grants, signs, err)
			}
		}
	})
}

func TestAnAnswerIsCountedOnceAndNoLongerWhenItIsVoided(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		ctx := t.Context()
		id := c.given(t, "小区自来水发黄", "桃源小区的水发黄三天了。")
		c.reply(t, id, hollowReply)
		if _, err := c.desk.SendBack(ctx, c.clerk, id, cases.AnyVersion, "请写明办理情况"); err != nil {
			t.Fatal(err)
		}
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("a reply that was sent back counts: %v", n)
		}
		c.reply(t, id, hollowReply)
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("a reply in hand counts: %v", n)
		}
		c.answerWith(t, id, "")
		if n := c.counted(t, c.water); n != [2]int{1, 0} {
			t.Errorf("the answer counts %v", n)
		}
		if _, err := c.desk.Supplement(ctx, c.clerk, id, cases.AnyVersion, hollowReply); err != nil {
			t.Fatal(err)
		}
		c.signPast(t, 0)
		if n := c.counted(t, c.water); n != [2]int{1, 0} {
			t.Errorf("with a supplement, %v", n)
		}
		c.clock.Add(time.Hour)
		if _, err := c.desk.Void(ctx, c.supervisor, id, cases.AnyVersion, "没有实质内容"); err != nil {
			t.Fatal(err)
		}
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("voided, it counts %v", n)
		}
		c.reply(t, id, fullReply)
		c.answerWith(t, id, "")
		c.signPast(t, 0)
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("a full answer counts: %v", n)
		}
	})
}

func TestAMendedWordingIsJudgedAsItGoesOut(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		id := c.given(t, "小区自来水发黄", "桃源小区的水发黄三天了。")
		c.reply(t, id, hollowReply)
		c.answerWith(t, id, fullReply)
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("the office filled it in, and it counts: %v", n)
		}
		signs, err := c.desk.Signs(t.Context(), c.clerk, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range signs {
			for _, one := range s.Signs {
				for _, span := range one.Spans {
					if span.To > len(fullReply) {
						t.Errorf("a passage of the old wording: %+v", one)
					}
				}
			}
			if s.Hollow {
				t.Errorf("still hollow: %+v", s)
			}
		}
	})
}

func TestTheSameReplyToAnotherMatterIsNamed(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		first := c.given(t, "烧烤店噪音", "金桥花园楼下烧烤店营业到凌晨三点，划拳声音很大。")
		c.reply(t, first, formReply)
		c.answerWith(t, first, "")
		same := c.given(t, "烧烤店深夜噪音扰民", "金桥花园楼下的烧烤店，划拳声音很大，营业到凌晨三点。")
		c.reply(t, same, formReply)
		c.answerWith(t, same, "")
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("one answer to two letters about one matter: %v", n)
		}
		other := c.given(t, "搅拌站扬尘", "城北的搅拌车不盖篷布，整条街都是灰。")
		c.reply(t, other, formReply)
		c.answerWith(t, other, "")
		if n := c.counted(t, c.water); n != [2]int{0, 1} {
			t.Errorf("the same form for another matter: %v", n)
		}
		signs, err := c.desk.Signs(t.Context(), c.supervisor, other)
		if err != nil {
			t.Fatal(err)
		}
		number := func(id cases.ID) string {
			v, err := c.desk.Look(t.Context(), c.clerk, id)
			if err != nil {
				t.Fatal(err)
			}
			return v.Number()
		}
		for _, s := range signs {
			if s.Like != number(first) || s.Hollow {
				t.Errorf("like %q, want %q; %+v", s.Like, number(first), s)
			}
		}
	})
}

// signPast lets the sweep's step run and says how many it must have found.
func (c *city) signPast(t *testing.T, want int) {
	t.Helper()
	if n, err := c.desk.SignPast(t.Context()); err != nil || n != want {
		t.Errorf("caught up with %d, want %d: %v", n, want, err)
	}
}

func TestImportedRepliesAreSignedLaterAndCountFromTheirOwnTime(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		var letters []intake.Letter
		for i := range 130 { // more than one batch
			letters = append(letters, intake.Letter{
				Line: i + 2, Source: "old", Number: fmt.Sprintf("A%03d", i), Channel: "mailbox", Kind: "complaint",
				Title: fmt.Sprintf("第%d件", i), Body: "路灯不亮。", ReceivedAt: at("2025-03-03 10:00:00"), RepliedAt: at("2025-03-04 10:00:00"),
				Department: "市水务集团", Reply: hollowReply,
			})
		}
		letters[7].Reply = fullReply
		if _, err := c.desk.Import(t.Context(), people.TheSystem(), letters); err != nil {
			t.Fatal(err)
		}
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("before the sweep %v", n)
		}
		c.signPast(t, 130)
		c.signPast(t, 0)
		if n := c.conduct(t, cases.Hollow, c.water); n != 129 {
			t.Errorf("%d hollow", n)
		}
		var from, to int64
		if err := db.Read.NewRaw("SELECT MIN(at), MAX(at) FROM conduct WHERE kind = 'hollow'").Scan(t.Context(), &from, &to); err != nil {
			t.Fatal(err)
		}
		if want := at("2025-03-04 10:00:00").Unix(); from != want || to != want {
			t.Errorf("counted from %s to %s", unixLocal(from), unixLocal(to))
		}
	})
}

func TestRepliesOfTheVersionBeforeAreCaughtUpWith(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		ctx := t.Context()
		id := c.given(t, "小区自来水发黄", "桃源小区的水发黄三天了。")
		c.reply(t, id, hollowReply)
		exec := func(statement string) {
			t.Helper()
			if err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err }); err != nil {
				t.Fatal(err)
			}
		}
		exec("DELETE FROM reply_keys")
		exec("DELETE FROM reply_signs")
		exec("UPDATE replies SET signed = ''") // as a process of the version before hands it in
		c.signPast(t, 1)
		if signs, err := c.desk.Signs(ctx, c.clerk, id); err != nil || len(signs) != 1 {
			t.Errorf("%v, %v", signs, err)
		}
		exec("UPDATE replies SET signed = ''")
		exec("DELETE FROM reply_signs")
		c.answerWith(t, id, "")
		if n := c.counted(t, c.water); n != [2]int{1, 0} {
			t.Errorf("answered before the sweep came: %v", n)
		}
		exec("UPDATE replies SET signed = 'handed_in'") // as the version before answers it
		exec("DELETE FROM conduct")
		c.signPast(t, 1)
		c.signPast(t, 0)
		if n := c.counted(t, c.water); n != [2]int{1, 0} {
			t.Errorf("answered by the version before: %v", n)
		}
		exec("UPDATE replies SET status = 'voided'") // as the version before voids it
		c.signPast(t, 1)
		if n := c.counted(t, c.water); n != [2]int{} {
			t.Errorf("voided by the version before: %v", n)
		}
	})
}

func TestTwoSweepsCountAnAnswerOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		for i := range 20 {
			id := c.given(t, fmt.Sprintf("第%d件", i), "水发黄。")
			c.reply(t, id, hollowReply)
			c.answerWith(t, id, "")
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM conduct"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "UPDATE replies SET signed = ''")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 3)
		for range 3 {
			desk := c.anotherDesk(t)
			go func() { _, err := desk.SignPast(t.Context()); failed <- err }()
		}
		for range 3 {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		if _, err := c.desk.SignPast(t.Context()); err != nil {
			t.Error(err)
		}
		if n := c.conduct(t, cases.Hollow, c.water); n != 20 {
			t.Errorf("%d counted, want 20", n)
		}
	})
}

func TestTheWiderTableOfConductStillTakesACardOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		id := c.given(t, "小区自来水发黄", "桃源小区的水发黄三天了。")
		insert := func(kind string) error {
			return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO conduct (case_id, round, kind, department_id, at) VALUES (?, 1, ?, ?, 0)", id, kind, c.water)
				return err
			})
		}
		for _, kind := range []string{"yellow_card", "hollow", "near_identical"} {
			if err := insert(kind); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
		}
		for _, kind := range []string{"yellow_card", "no such kind"} {
			if err := insert(kind); err == nil {
				t.Errorf("%s went in", kind)
			}
		}
		indexes := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name IN ('conduct_card', 'conduct_case', 'replies_unsigned')"
		if db.Dialect() == migrations.PostgreSQL {
			indexes = "SELECT COUNT(*) FROM pg_indexes WHERE indexname IN ('conduct_card', 'conduct_case', 'replies_unsigned')"
		}
		var n int
		if err := db.Read.NewRaw(indexes).Scan(t.Context(), &n); err != nil || n != 3 {
			t.Errorf("%d of 3 indexes: %v", n, err)
		}
	})
}
