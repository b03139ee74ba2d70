package cases_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// lettersOfWriter tells what somebody is told: which letters, how many in all, and whether there is a search for them.
func (c *city) lettersOfWriter(t *testing.T, a people.Actor, id cases.ID, most int) string {
	t.Helper()
	found, err := c.desk.LettersOfWriter(t.Context(), a, id, most)
	if err != nil {
		t.Fatal(err)
	}
	ids := []cases.ID{}
	for i := range found.Letters {
		ids = append(ids, found.Letters[i].ID)
	}
	return fmt.Sprint(ids, " of ", found.Total)
}

func TestTheOtherLettersOfAWriterAreShownToThoseWhoMayKnow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		from := func(title string, w cases.Contact, change ...func(*cases.Letter)) cases.ID {
			return c.titled(t, title, append(change, func(l *cases.Letter) { l.Writer = w })...).ID
		}
		confide := func(l *cases.Letter) { l.Kind = "tipoff" }
		phone, both := cases.Contact{Name: "周一", Phone: "13800001111"}, cases.Contact{Name: "周小一", Phone: "138 0000 1111", Email: "Zhou@example.org"}
		mail := cases.Contact{Name: "周一", Email: "zhou@example.org"}
		first := from("水管漏水", phone)
		roads := from("路面破损", both)
		hidden := from("举报水厂", phone, confide)
		late := from("水压太低", both)
		byMail := from("水表不走", mail)
		other := from("井盖松动", cases.Contact{Name: "周一", Phone: "13800002222"})
		waiting := from("还没转办", phone)
		for id, lead := range map[cases.ID]int64{first: c.water, roads: c.roads, hidden: c.water, late: c.water, byMail: c.water, other: c.water} {
			must(t)(c.desk.Route(t.Context(), c.clerk, id, 0, lead))
		}
		must(t)(c.desk.AskAssist(t.Context(), c.clerk, roads, 0, c.water))
		named, anonymous := anOldLetter(), anOldLetter()
		named.Title, named.Number, named.Writer.Name, anonymous.Title, anonymous.Number = "只有姓名", "旧1", "周一", "没有姓名", "旧2"
		c.importing(t, named, anonymous)
		var nameless, nobody cases.ID
		for title, id := range map[string]*cases.ID{named.Title: &nameless, anonymous.Title: &nobody} {
			if err := c.db.Read.NewRaw("SELECT id FROM cases WHERE title = ?", title).Scan(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		list := func(ids ...cases.ID) string { return fmt.Sprint(ids, " of ", len(ids)) }
		none := list()
		for name, try := range map[string]struct {
			actor people.Actor
			of    cases.ID
			want  string
		}{
			"the office":                                 {c.clerk, first, list(waiting, late, hidden, roads)},
			"the office, by number and address":          {c.clerk, late, list(waiting, byMail, hidden, roads, first)},
			"the office, by address only":                {c.clerk, byMail, list(late, roads)},
			"the office, of a confidential letter":       {c.clerk, hidden, list(waiting, late, roads, first)},
			"the office, of one with the name only":      {c.clerk, nameless, none},
			"the office, of one without a name":          {c.clerk, nobody, none},
			"the office, of one with the same name":      {c.clerk, other, none},
			"supervision, not the confidential one":      {c.supervisor, first, list(waiting, late, roads)},
			"supervision, of the confidential one":       {c.supervisor, hidden, none},
			"an auditor, not the confidential one":       {c.auditor, late, list(waiting, byMail, roads, first)},
			"the department, only its own":               {c.waterworks, first, list(late)},
			"its leader as well":                         {c.waterLead, late, list(byMail, first)},
			"the department, of the confidential one":    {c.waterworks, hidden, none},
			"a department that only assists":             {c.waterworks, roads, none},
			"the other department, with nothing else":    {c.roadworks, roads, none},
			"the office, of what nobody has been given ": {c.clerk, waiting, list(late, hidden, roads, first)},
		} {
			if got := c.lettersOfWriter(t, try.actor, try.of, 10); got != try.want {
				t.Errorf("%s: %s, want %s", name, got, try.want)
			}
		}
		if _, err := c.desk.LettersOfWriter(t.Context(), c.roadworks, first, 10); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("of a case that is another's: %v", err)
		}
		if got, want := c.lettersOfWriter(t, c.clerk, late, 2), fmt.Sprint([]cases.ID{waiting, byMail}, " of 5"); got != want {
			t.Errorf("the newest two: %s, want %s", got, want)
		}
		// The search leads to the same letters and this one, for those who may look for writers.
		for _, a := range []people.Actor{c.clerk, c.waterworks} {
			found, err := c.desk.LettersOfWriter(t.Context(), a, late, 10)
			if err != nil {
				t.Fatal(err)
			}
			want := []cases.ID{late}
			for i := range found.Letters {
				want = append(want, found.Letters[i].ID)
			}
			got := c.finds(t, a, cases.Search{Writer: found.Mark})
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the search finds others: %s", diff)
			}
		}
		if found, err := c.desk.LettersOfWriter(t.Context(), c.supervisor, first, 10); err != nil || found.Mark != "" {
			t.Errorf("supervision gets the mark %q, %v", found.Mark, err)
		}
		// A letter that becomes confidential is gone from the department's list, and its own page lists nothing.
		must(t)(c.desk.MarkConfidential(t.Context(), c.clerk, late, 0, "怕报复"))
		for _, id := range []cases.ID{first, late} {
			if got := c.lettersOfWriter(t, c.waterworks, id, 10); got != none {
				t.Errorf("after that: %s of %d", got, id)
			}
		}
	})
}

func TestAnOtherLetterSaysHowItWent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		done := c.answered(t)
		if _, err := c.desk.RecordRating(t.Context(), c.clerk, done.ID, 0, cases.Rating{Grade: cases.Dissatisfied}); err != nil {
			t.Fatal(err)
		}
		next := c.submit(t, aLetter())
		found, err := c.desk.LettersOfWriter(t.Context(), c.clerk, next.ID, 8)
		if err != nil || len(found.Letters) != 1 {
			t.Fatalf("%+v, %v", found, err)
		}
		l := found.Letters[0]
		if l.Number() != done.Number() || l.Title != done.Title || l.State != cases.Answered || l.Lead != "市水务集团" || l.Rating != cases.Dissatisfied ||
			!l.ReceivedAt.Equal(done.ReceivedAt.Time) {
			t.Errorf("%+v", l)
		}
		second, err := c.desk.Split(t.Context(), c.clerk, next.ID, 0, cases.Second{Title: "另一件事", Body: "还有电梯的事。", Kind: "complaint", Stays: "水箱"})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []cases.ID{next.ID, second.ID} { // two matters of one letter are no two letters
			if got := c.lettersOfWriter(t, c.clerk, id, 8); got != fmt.Sprint([]cases.ID{done.ID}, " of 1") {
				t.Errorf("of %d: %s", id, got)
			}
		}
	})
}

func TestANumberThatAThousandLettersCarryIsNobodysOwn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		one := c.submit(t, aLetter())
		err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO contacts (sealed, key_id, phone_hash, created_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
			SELECT k.sealed, k.key_id, k.phone_hash, k.created_at FROM n, contacts AS k WHERE k.id = (SELECT contact_id FROM cases WHERE id = ?)`, one.ID)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.desk.LettersOfWriter(t.Context(), c.clerk, one.ID, 8)
		if err != nil || !found.Shared || found.Mark == "" || len(found.Letters) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
