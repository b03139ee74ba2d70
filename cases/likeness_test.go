package cases_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

const (
	lampTitle = "砚井路路灯不亮"
	lampBody  = "砚井路从水塔到铁路桥这一段，七盏路灯从上个月起就不亮了。学生晚自习放学要摸黑走，前天有位老人被绊倒，膝盖缝了四针。请有关部门尽快修复。"
)

// written submits a letter of some writer.
func (c *city) written(t *testing.T, title, body, phone string) cases.ID {
	t.Helper()
	l := aLetter()
	l.Title, l.Body, l.Writer = title, body, cases.Contact{Name: "来信人", Phone: phone}
	return c.submit(t, l).ID
}

func (c *city) similar(t *testing.T, a people.Actor, id cases.ID) []cases.Alike {
	t.Helper()
	found, err := c.desk.Similar(t.Context(), a, id, 10)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// brief is what most tests look at: which case, how alike, whose.
func brief(found []cases.Alike) (list []string) {
	for _, f := range found {
		list = append(list, fmt.Sprintf("%d %s %s", f.ID, f.Grade, f.Writer))
	}
	return list
}

// about are letters on other things.
func (c *city) about(t *testing.T, others int) {
	t.Helper()
	letters := make([]intake.Letter, others)
	for i := range letters {
		l := anOldLetter()
		l.Line, l.Number, l.Reply = i, fmt.Sprint("旧", i), "已办理。"
		l.Title = fmt.Sprintf("第%d街坊的%s", i, []string{"井盖松动", "电梯困人", "公交改线", "水管漏水", "摊贩占道"}[i%5])
		l.Body = fmt.Sprintf("%s，已经%d天了，%d号楼的住户都说不方便。", []string{"井盖一压就响", "电梯一周困人三回", "公交改线没有通知", "水管漏得满地都是", "摊贩把路占满"}[i%5], i%30, i)
		letters[i] = l
	}
	c.importing(t, letters...)
}

func TestALetterFindsTheCasesItRepeats(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		c.about(t, 40)
		first := c.written(t, lampTitle, lampBody, "13900001111")
		edited := c.written(t, "请修路灯", strings.Replace(lampBody, "七盏", "好几盏", 1), "13900002222")
		c.written(t, "育才街小学门口积水", "育才街小学门口一下雨就积水，家长只能把孩子背过去。", "13900003333")
		again := c.written(t, lampTitle, "尊敬的市长："+lampBody, "13900001111")
		if _, err := c.desk.Route(t.Context(), c.clerk, first, cases.AnyVersion, c.roads); err != nil {
			t.Fatal(err)
		}
		found := c.similar(t, c.clerk, again)
		want := []string{fmt.Sprint(first, " near same"), fmt.Sprint(edited, " near another")}
		if diff := cmp.Diff(want, brief(found)); diff != "" {
			t.Fatal(diff)
		}
		best := found[0]
		if best.Similarity != 1 || best.Lead != "市政工程处" || best.State != cases.Routed || best.Title != lampTitle || !best.ReceivedAt.Equal(c.clock.Now()) ||
			best.Number != cases.Number("2026-03-05", first) {
			t.Errorf("%+v", best)
		}
		body := "尊敬的市长：" + lampBody
		if len(best.Words) == 0 {
			t.Fatal("no words in common")
		}
		for _, w := range best.Words {
			for _, s := range w.Spans {
				if text := map[string]string{"title": lampTitle, "body": body}[s.Field]; !strings.Contains(text[s.From:s.To], w.Text) {
					t.Errorf("%q is marked at %q", w.Text, text[s.From:s.To])
				}
			}
		}
		// The other way round as well, and for a letter that is no case yet.
		if got := brief(c.similar(t, c.clerk, first)); !slices.Contains(got, fmt.Sprint(again, " near same")) {
			t.Errorf("%v", got)
		}
		unsent, err := c.desk.SimilarTo(t.Context(), c.clerk, lampTitle, lampBody, cases.Contact{Phone: "139 0000 2222"}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{fmt.Sprint(first, " exact another"), fmt.Sprint(again, " near another")}, brief(unsent)); diff != "" {
			t.Error(diff)
		}
		if _, err := c.desk.SimilarTo(t.Context(), c.clerk, lampTitle, lampBody, cases.Contact{Phone: "x"}, 2); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("a telephone number that is none: %v", err)
		}
	})
}

func TestOnlyCasesThatOneMaySeeAreFound(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		ctx := t.Context()
		ours := c.written(t, lampTitle, lampBody, "13900001111")
		theirs := c.written(t, lampTitle, lampBody, "13900002222")
		helped := c.written(t, lampTitle, lampBody, "13900003333")
		asked := c.written(t, lampTitle, lampBody, "13900004444")
		ok := must(t)
		ok(c.desk.Route(ctx, c.clerk, ours, cases.AnyVersion, c.roads))
		ok(c.desk.Route(ctx, c.clerk, asked, cases.AnyVersion, c.roads))
		ok(c.desk.Route(ctx, c.clerk, theirs, cases.AnyVersion, c.water))
		ok(c.desk.Route(ctx, c.clerk, helped, cases.AnyVersion, c.water, c.roads))
		for _, who := range []struct {
			name  string
			actor people.Actor
			want  []cases.ID
		}{
			{"the office", c.clerk, []cases.ID{ours, theirs, helped}},
			{"supervision", c.supervisor, []cases.ID{ours, theirs, helped}},
			{"the department", c.roadworks, []cases.ID{ours, helped}},
			{"the writer", people.TheWriter(int64(asked), errs.ZH), nil},
		} {
			var got []cases.ID
			for _, f := range c.similar(t, who.actor, asked) {
				got = append(got, f.ID)
			}
			if diff := cmp.Diff(who.want, got); diff != "" {
				t.Errorf("%s: %s", who.name, diff)
			}
		}
		if _, err := c.desk.Similar(ctx, c.waterworks, asked, 10); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("a department asks about another's case: %v", err)
		}
		if found, err := c.desk.SimilarTo(ctx, people.TheWriter(0, errs.ZH), lampTitle, lampBody, cases.Contact{}, 10); err != nil || len(found) != 0 {
			t.Errorf("anybody who writes is shown %v, %v", brief(found), err)
		}
	})
}

func TestMergedLettersShowTheirCaseAndWithdrawnOnesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		ctx := t.Context()
		main := c.written(t, "砚井路一带晚上太黑", "砚井路晚上黑，老人走路害怕，请装灯。", "13900001111")
		merged := c.written(t, lampTitle, lampBody, "13900002222")
		withdrawn := c.written(t, lampTitle, lampBody, "13900003333")
		late := c.written(t, lampTitle, lampBody, "13900004444")
		if _, err := c.desk.Merge(ctx, c.clerk, merged, cases.AnyVersion, main); err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Withdraw(ctx, people.TheWriter(int64(withdrawn), errs.ZH), withdrawn, ""); err != nil {
			t.Fatal(err)
		}
		found := c.similar(t, c.clerk, late)
		if len(found) != 1 || found[0].ID != main || found[0].Grade != alike.Exact || found[0].Title != "砚井路一带晚上太黑" || found[0].Through != cases.Number("2026-03-05", merged) {
			t.Errorf("%+v", found)
		}
		// What already hangs together is not news.
		if got := c.similar(t, c.clerk, merged); slices.ContainsFunc(got, func(f cases.Alike) bool { return f.ID == main }) {
			t.Errorf("%v", brief(got))
		}
		if got := c.similar(t, c.clerk, main); slices.ContainsFunc(got, func(f cases.Alike) bool { return f.ID == merged || f.ID == main }) {
			t.Errorf("%v", brief(got))
		}
	})
}

func TestAConfidentialLetterIsNotGivenAwayByAnother(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		ctx := t.Context()
		l := aLetter()
		l.Kind, l.Title, l.Body = "tipoff", lampTitle, lampBody
		l.Writer = cases.Contact{Name: "来信人", Phone: "13900001111"}
		secret := c.submit(t, l).ID
		open := c.written(t, lampTitle, lampBody+"盼复。", "13900001111")
		nameless := c.written(t, lampTitle, lampBody+"多谢。", "13900001111")
		if err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cases SET confidential = TRUE WHERE id = ?", secret)
			if err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE cases SET contact_id = NULL WHERE id = ?", nameless)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		ties := func(a people.Actor) map[cases.ID]cases.WriterTie {
			got := map[cases.ID]cases.WriterTie{}
			for _, f := range c.similar(t, a, open) {
				got[f.ID] = f.Writer
			}
			return got
		}
		if diff := cmp.Diff(map[cases.ID]cases.WriterTie{secret: cases.WriterSame, nameless: cases.WriterUnknown}, ties(c.clerk)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[cases.ID]cases.WriterTie{secret: cases.WriterUnknown, nameless: cases.WriterUnknown}, ties(c.supervisor)); diff != "" {
			t.Error(diff)
		}
	})
}

// forget leaves letters as a process of the version before wrote them.
func (c *city) forget(t *testing.T, ids ...cases.ID) {
	t.Helper()
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM letter_keys WHERE case_id IN (?)", bun.List(ids))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// indexed runs sweeps, eleven minutes apart, until there is nothing left to do.
func (c *city) indexed(t *testing.T, desks ...*cases.Desk) (keyed int) {
	t.Helper()
	for range 4 {
		c.clock.Add(11 * time.Minute)
		var all sync.WaitGroup
		var mu sync.Mutex
		for _, d := range desks {
			all.Go(func() {
				for range 3 {
					n, err := d.IndexLetters(context.WithoutCancel(t.Context()))
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					keyed += n
					mu.Unlock()
				}
			})
		}
		all.Wait()
	}
	return keyed
}

func TestLettersOfBeforeAreCaughtUpOnceByAnyNumberOfProcesses(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		old := c.written(t, lampTitle, lampBody, "13900001111")
		c.about(t, 30)
		late := c.written(t, "请修路灯", lampBody, "13900002222")
		c.forget(t, old)
		if got := c.similar(t, c.clerk, late); len(got) != 0 {
			t.Fatalf("without keys: %v", brief(got))
		}
		if n, err := c.desk.IndexLetters(t.Context()); err != nil || n != 0 {
			t.Errorf("letters that somebody may still be writing are keyed: %d, %v", n, err)
		}
		if n := c.indexed(t, c.desk, c.anotherDesk(t), c.anotherDesk(t)); n != 32 {
			t.Errorf("%d letters keyed, want 32", n)
		}
		if diff := cmp.Diff([]string{fmt.Sprint(old, " near another")}, brief(c.similar(t, c.clerk, late))); diff != "" {
			t.Error(diff)
		}
		// Letters that a process of the version before writes from now on.
		newer := c.written(t, lampTitle, lampBody, "13900003333")
		c.forget(t, newer)
		if n := c.indexed(t, c.desk); n != 1 {
			t.Errorf("%d letters keyed, want 1", n)
		}
		if got := brief(c.similar(t, c.clerk, late)); !slices.Contains(got, fmt.Sprint(newer, " near another")) {
			t.Errorf("%v", got)
		}
	})
}

// keyRows counts the keys of each edition; those of whole texts stand under -1.
func (c *city) keyRows(t *testing.T) map[int64]int {
	t.Helper()
	var rows []struct{ Edition, N int64 }
	err := c.db.Read.NewRaw("SELECT (key >> ?) - 1 AS edition, count(*) AS n FROM letter_keys GROUP BY 1", alike.KeyBits).Scan(t.Context(), &rows)
	if err != nil {
		t.Fatal(err)
	}
	of := map[int64]int{}
	for _, r := range rows {
		of[r.Edition] = int(r.N)
	}
	return of
}

func TestRepeatsAreFoundBeforeWhileAndAfterLettersAreKeyedAnew(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		first := c.written(t, lampTitle, lampBody, "13900001111")
		c.about(t, 130)
		finds := func(when string, d *cases.Desk) {
			t.Helper()
			found, err := d.SimilarTo(t.Context(), c.clerk, "请修路灯", lampBody, cases.Contact{}, 5)
			if err != nil || len(found) == 0 || found[0].ID != first {
				t.Errorf("%s: %v, %v", when, brief(found), err)
			}
		}
		other := c.anotherDesk(t)
		finds("on the first day", c.desk)
		finds("on the first day, elsewhere", other)
		for i := range 8 {
			c.clock.Add(11 * time.Minute)
			if _, err := c.desk.IndexLetters(t.Context()); err != nil {
				t.Fatal(err)
			}
			finds(fmt.Sprint("after sweep ", i), c.desk)
			finds(fmt.Sprint("after sweep ", i, ", elsewhere"), other)
		}
		rows := c.keyRows(t)
		if len(rows) != 2 || rows[-1] != 131 || rows[1] < 131*4 {
			t.Errorf("keys of each edition: %v", rows)
		}
		// A letter that comes to a process which has not looked yet is keyed as before, and found.
		late := c.written(t, lampTitle, lampBody+"急。", "13900002222")
		if got := brief(c.similar(t, c.clerk, late)); len(got) != 1 {
			t.Errorf("%v", got)
		}
		var editions []int64
		if err := db.Read.NewRaw("SELECT edition FROM letter_counts").Scan(t.Context(), &editions); err != nil || !slices.Equal(editions, []int64{1}) {
			t.Errorf("editions %v, %v", editions, err)
		}
	})
}

func TestAClockThatWasSetBackStopsNoCatchingUp(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		c.clock.Add(1000 * time.Hour)
		if _, err := c.desk.IndexLetters(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.clock.Add(-1000 * time.Hour)
		c.forget(t, c.written(t, lampTitle, lampBody, "13900001111"))
		if n := c.indexed(t, c.desk); n != 1 {
			t.Errorf("%d letters keyed", n)
		}
	})
}

func TestLongWhateverIsWrittenSearchesAndIsFoundAgain(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		rapid.Check(t, func(r *rapid.T) {
			text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "灯", "😀😀", "\xff", "\u202e反", "'; DROP TABLE cases; --", "??", strings.Repeat("灯", 3000)}))
			title, body := text.Draw(r, "title"), text.Draw(r, "body")
			if _, err := c.desk.SimilarTo(t.Context(), c.clerk, title, body, cases.Contact{}, 3); err != nil {
				r.Fatal(err)
			}
		})
	})
}
