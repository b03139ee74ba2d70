package cases_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// answeredIn takes a letter to its answer by a department.
func (c *city) answeredIn(t *testing.T, id cases.ID, lead int64, by people.Actor, answer string) {
	t.Helper()
	ok := must(t)
	ok(c.desk.Route(t.Context(), c.clerk, id, 0, lead))
	ok(c.desk.Reply(t.Context(), by, id, 0, answer))
	ok(c.desk.Answer(t.Context(), c.clerk, id, 0, ""))
}

// pastReplies tells what somebody is shown: from where, and the beginning of each answer.
func (c *city) pastReplies(t *testing.T, a people.Actor, id cases.ID) map[string]string {
	t.Helper()
	found, err := c.desk.PastReplies(t.Context(), a, id, 5)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range found {
		got[f.From] = f.Answer
		text, err := c.desk.PastAnswer(t.Context(), a, f.From)
		if err != nil || text != f.Answer {
			t.Errorf("%s is shown with %q and is taken as %q, %v", f.From, f.Answer, text, err)
		}
	}
	return got
}

func TestPastRepliesOnTheMatterAreThoseThatOneMayRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.about(t, 40)
		ok := must(t)
		mine := c.written(t, lampTitle, lampBody, "13900001111")
		c.answeredIn(t, mine, c.roads, c.roadworks, "三盏已修，其余待线缆到货。")
		ok(c.desk.Supplement(t.Context(), c.clerk, mine, 0, "其余四盏已于今日修好。"))
		another := c.written(t, "请修路灯", strings.Replace(lampBody, "七盏", "好几盏", 1), "13900002222")
		c.answeredIn(t, another, c.water, c.waterworks, "已转路灯所处理，家住六号楼的张先生知悉。")
		voided := c.written(t, "路灯又坏了", lampBody+"又坏了。", "13900003333")
		c.answeredIn(t, voided, c.roads, c.roadworks, "写错了")
		ok(c.desk.Void(t.Context(), c.clerk, voided, 0, "答非所问"))
		open := c.written(t, "路灯还不亮", "还没有人来。"+lampBody, "13900004444")
		unrelated := c.written(t, "育才街小学门口积水", "育才街小学门口一下雨就积水，家长只能把孩子背过去。", "13900005555")
		c.answeredIn(t, unrelated, c.roads, c.roadworks, "已疏通。")
		ok(c.desk.Route(t.Context(), c.clerk, open, 0, c.roads))

		full := map[cases.ID]string{mine: "三盏已修，其余待线缆到货。\n\n其余四盏已于今日修好。", another: "已转路灯所处理，家住六号楼的张先生知悉。"}
		number := func(id cases.ID) string { return cases.Number("2026-03-05", id) }
		want := func(name string, got map[string]string, ids ...cases.ID) {
			t.Helper()
			for _, id := range ids {
				if got[number(id)] != full[id] {
					t.Errorf("%s: of %d is shown %q", name, id, got[number(id)])
				}
			}
			if len(got) != len(ids) {
				t.Errorf("%s: %v, want %v", name, got, ids)
			}
		}
		want("the office", c.pastReplies(t, c.clerk, open), mine, another)
		want("supervision", c.pastReplies(t, c.supervisor, open), mine, another)
		want("an auditor", c.pastReplies(t, c.auditor, open), mine, another)
		want("the department, its own", c.pastReplies(t, c.roadworks, open), mine)
		if _, err := c.desk.PastReplies(t.Context(), c.waterworks, open, 5); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("on a case that is another's: %v", err)
		}
		for _, from := range []string{number(another), number(voided), number(open), "letter-1", "letter-x", "letter-99", "", "20260305-9999", "x"} {
			if text, err := c.desk.PastAnswer(t.Context(), c.roadworks, from); errs.CodeOf(err) != errs.CodeNotFound {
				t.Errorf("%q is taken: %q, %v", from, text, err)
			}
		}

		// What is published of another's case is read as the public reads it.
		p := cases.Publication{Title: "路灯不亮", Body: strings.Replace(lampBody, "七盏", "好几盏", 1), Answer: "已转路灯所处理。", Confirmed: true}
		ok(c.desk.Publish(t.Context(), c.clerk, another, 0, p))
		got := c.pastReplies(t, c.roadworks, open)
		if len(got) != 2 || got["letter-1"] != "已转路灯所处理。" || got[number(mine)] != full[mine] {
			t.Errorf("with what is published: %v", got)
		}
		want("the office reads the case itself", c.pastReplies(t, c.clerk, open), mine, another)
		ok(c.desk.Unpublish(t.Context(), c.clerk, another, 0, "来信人要求"))
		want("taken back", c.pastReplies(t, c.roadworks, open), mine)
		if _, err := c.desk.PastAnswer(t.Context(), c.roadworks, "letter-1"); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("what was taken back is taken: %v", err)
		}
	})
}

func TestAPublishedLetterIsComparedAsItIsPublished(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.about(t, 40)
		hidden := c.written(t, lampTitle, lampBody, "13900001111")
		c.answeredIn(t, hidden, c.water, c.waterworks, "已处理。")
		must(t)(c.desk.Publish(t.Context(), c.clerk, hidden, 0, cases.Publication{Title: "一件市政来信", Body: "（内容从略）", Answer: "已处理。", Confirmed: true}))
		open := c.written(t, "路灯还不亮", lampBody, "13900004444")
		must(t)(c.desk.Route(t.Context(), c.clerk, open, 0, c.roads))
		if got := c.pastReplies(t, c.roadworks, open); len(got) != 0 {
			t.Errorf("the letter behind what is published was felt out: %v", got)
		}
	})
}

// BenchmarkBesideACase reads what stands beside a letter among MAILBOX_BENCH_CASES answered ones: what its writer wrote
// before, forty letters, and what like letters were answered. A copy is always there to be found.
func BenchmarkBesideACase(b *testing.B) {
	each := func(name string, open func(testing.TB) *migrations.DB) {
		b.Run(name, func(b *testing.B) {
			c := newCity(b, open(b))
			some, _ := c.filled(b, benchLetters(b))
			c.answerAll(b, benchLetters(b))
			v := newInventor(2)
			ids := make([]cases.ID, 50)
			for i := range ids {
				t := v.edited(some[i%len(some)])
				l := aLetter()
				l.Title, l.Body = t.Title, t.Body
				r, err := c.desk.Submit(b.Context(), people.TheWriter(0, errs.ZH), l)
				if err != nil {
					b.Fatal(err)
				}
				ids[i] = r.ID
				if _, err := c.desk.Route(b.Context(), c.clerk, r.ID, 0, c.water); err != nil {
					b.Fatal(err)
				}
			}
			for who, a := range map[string]people.Actor{"office": c.clerk, "department": c.waterworks} {
				b.Run(who, func(b *testing.B) {
					var took []time.Duration
					for i := 0; b.Loop(); i++ {
						began := time.Now()
						letters, err := c.desk.LettersOfWriter(b.Context(), a, ids[i%len(ids)], 8)
						if err != nil || letters.Total != len(ids)-1 {
							b.Fatalf("%d letters of the writer, %v", letters.Total, err)
						}
						past, err := c.desk.PastReplies(b.Context(), a, ids[i%len(ids)], 5)
						if err != nil || len(past) == 0 {
							b.Fatalf("%d past replies, %v", len(past), err)
						}
						took = append(took, time.Since(began))
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
				})
			}
		})
	}
	each("sqlite", testdb.SQLite)
	each("postgresql", testdb.PostgreSQL)
}

// answerAll gives every letter that was filled in to a department, an answer and a writer: 40,000 writers wrote most of
// them. Every tenth answer is published as it is.
func (c *city) answerAll(b *testing.B, n int) {
	b.Helper()
	c.inserting(b, "INSERT INTO replies (case_id, round, body, status, handed_in_at, answered_at, signed) VALUES ", n, 500, func(s *strings.Builder, i int) {
		fmt.Fprintf(s, "(%d,1,'经核实，已于当日处理完毕。第%d件。','answered',%d,%d,'answered')", i+1, i, 1748900000+i, 1748900000+i)
	})
	c.inserting(b, "INSERT INTO contacts (id, sealed, key_id, phone_hash, created_at) VALUES ", n, 500, func(s *strings.Builder, i int) {
		hash := fmt.Sprintf("%064x", i%40_000)
		if c.db.Dialect() == migrations.SQLite {
			fmt.Fprintf(s, "(%d,x'00',1,x'%s',1748800000)", i+1, hash)
		} else {
			fmt.Fprintf(s, "(%d,'\\x00',1,'\\x%s',1748800000)", i+1, hash)
		}
	})
	c.inserting(b, `INSERT INTO publications (case_id, title, body, answer, kind, topic, department_id, received_day, answered_day, published_at, changed_at) VALUES `, n/10, 500,
		func(s *strings.Builder, i int) {
			fmt.Fprintf(s, "(%d,'','','','complaint','',%d,'2025-06-02','2025-06-03',1748900000,1748900000)", i*10+1, c.roads)
		})
	for _, query := range []string{
		fmt.Sprintf("UPDATE cases SET contact_id = id, answered_at = received_at + 100000, lead_id = CASE WHEN id %% 3 = 0 THEN %d ELSE %d END WHERE id <= %d", c.water, c.roads, n),
		"UPDATE publications SET title = (SELECT title FROM cases AS c WHERE c.id = case_id), body = (SELECT body FROM cases AS c WHERE c.id = case_id), answer = (SELECT body FROM replies AS r WHERE r.case_id = publications.case_id)",
	} {
		err := c.db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if c.db.Dialect() != migrations.PostgreSQL {
		return
	}
	for _, query := range []string{"SELECT setval(pg_get_serial_sequence('contacts', 'id'), (SELECT max(id) FROM contacts))", "VACUUM ANALYZE"} {
		if _, err := c.db.Read.ExecContext(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
}
