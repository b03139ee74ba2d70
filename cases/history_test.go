package cases_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/migrations"
)

func anOldLetter() intake.Letter {
	return intake.Letter{
		Line: 2, Source: "old-system", Number: "G20180301-0001", Channel: "mailbox", Kind: "complaint",
		Title: "路灯不亮", Body: "长春路有三盏路灯坏了半个月。", Department: "市路灯管理处", Status: intake.StatusAnswered,
		ReceivedAt: at("2018-03-01 09:00:00"), RepliedAt: at("2018-03-05 10:00:00"), Reply: "已修复。", Rating: 4,
	}
}

func (c *city) importing(t testing.TB, letters ...intake.Letter) cases.Imported {
	t.Helper()
	done, err := c.desk.Import(t.Context(), people.TheSystem(), letters)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestImportedLettersAreQuietHistoryWithTheirOwnTimes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		open := anOldLetter()
		open.Title, open.Status, open.RepliedAt, open.Reply, open.Rating = "井盖松动", intake.StatusOpen, time.Time{}, "", 0
		if done := c.importing(t, anOldLetter(), open); done.New != 2 {
			t.Fatalf("%+v", done)
		}
		items, total, err := c.desk.List(ctx, c.clerk, cases.Query{Pile: cases.PileAll})
		if err != nil || total != 2 {
			t.Fatalf("%d, %v", total, err)
		}
		slices.SortFunc(items, func(a, b cases.Item) int { return int(a.ID - b.ID) })
		v, err := c.desk.Look(ctx, c.clerk, items[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		// Thursday to Monday: two working days, on time.
		if v.State != cases.Closed || *v.Days != 2 || v.AnsweredAt.After(v.DueAt.Time) || v.Lead != "市路灯管理处" || v.Rating != 4 {
			t.Errorf("%+v", v.Case)
		}
		for _, item := range items {
			if err := c.desk.Verify(ctx, item.ID); err != nil {
				t.Error(err)
			}
		}
		if n, err := c.desk.Elapse(ctx); err != nil || n != 0 {
			t.Errorf("%d imported cases were marked overdue, %v", n, err)
		}
		if err := c.desk.WriteMailings(ctx); err != nil {
			t.Error(err)
		}
		var notices int
		if err := c.db.Read.NewRaw("SELECT count(*) FROM notices").Scan(ctx, &notices); err != nil || notices != 0 {
			t.Errorf("%d notices about history, %v", notices, err)
		}
		dep, err := c.dir.DepartmentByName(ctx, "市路灯管理处")
		if err != nil || !dep.Unconfirmed {
			t.Errorf("%+v, %v", dep, err)
		}
	})
}

func TestImportingAgainChangesNothingAndALaterReplyIsAdded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		answered := anOldLetter()
		open := answered
		open.Status, open.RepliedAt, open.Reply, open.Rating = intake.StatusOpen, time.Time{}, "", 0
		other := answered
		other.Title = "同号不同信" // outside numbers are not unique: both must stand
		if done := c.importing(t, open, other, open); done.New != 2 || done.Already != 1 {
			t.Fatalf("first: %+v", done)
		}
		if done := c.importing(t, open, other); done.New != 0 || done.Already != 2 {
			t.Fatalf("again: %+v", done)
		}
		if done := c.importing(t, answered, other); done.Added != 1 || done.Already != 1 {
			t.Fatalf("with the reply: %+v", done)
		}
		if done := c.importing(t, answered); done.Already != 1 {
			t.Fatalf("with the reply again: %+v", done)
		}
		items, total, err := c.desk.List(ctx, c.clerk, cases.Query{Pile: cases.PileAnswered})
		if err != nil || total != 2 {
			t.Fatalf("%d answered, %v", total, err)
		}
		for _, item := range items {
			if err := c.desk.Verify(ctx, item.ID); err != nil {
				t.Error(err)
			}
			checkFacts(t, c, item.ID)
		}
	})
}

func TestALetterFromBeforeTheFirstCalendarHasNoDueTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		l := anOldLetter()
		l.ReceivedAt, l.RepliedAt = at("2011-05-03 08:00:00"), at("2011-05-20 08:00:00")
		c.importing(t, l)
		items, _, err := c.desk.List(t.Context(), c.clerk, cases.Query{Pile: cases.PileAll})
		if err != nil || len(items) != 1 || !items[0].DueAt.IsZero() {
			t.Errorf("%+v, %v", items, err)
		}
	})
}

func TestOnlyTheProgramImports(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		_, err := c.desk.Import(t.Context(), c.clerk, []intake.Letter{anOldLetter()})
		wantCode(t, err, errs.CodeForbidden)
	})
}

// judge is what a test and a random walk have in common.
type judge interface {
	Helper()
	Context() context.Context
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// checkFacts asserts that a case's facts cover its whole life without gap or overlap, and end as it stands.
func checkFacts(t judge, c *city, id cases.ID) {
	t.Helper()
	var facts []cases.Fact
	err := c.db.Read.NewSelect().Model(&facts).Where("case_id = ?", id).Order("valid_from").Scan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(facts) == 0 {
		t.Fatalf("case %d has no facts", id)
	}
	for i := 1; i < len(facts); i++ {
		if facts[i-1].ValidTo != facts[i].ValidFrom.Unix() {
			t.Errorf("case %d: a gap between facts %d and %d", id, i-1, i)
		}
	}
	last := facts[len(facts)-1]
	v, err := c.desk.Look(t.Context(), people.TheSystem(), id)
	if err != nil {
		t.Fatal(err)
	}
	began := v.ReceivedAt.Time
	if v.SplitOf != "" { // it counts from the split on, so that an older report stays what it was
		began = v.History[0].At
	}
	if !facts[0].ValidFrom.Equal(began) {
		t.Errorf("case %d: facts begin at %v, the case at %v", id, facts[0].ValidFrom, began)
	}
	first := &v.Handling
	if v.First != nil { // a rework leaves the first round's facts as they were
		first = v.First
		if last.ReworkGrantedAt != v.ReworkGrantedAt || last.ReworkDueAt != v.DueAt || last.ReworkAnsweredAt != v.AnsweredAt || last.ReworkRating != v.Rating {
			t.Errorf("case %d: the rework's facts are not the case's: %s", id, fmt.Sprint(last.Values))
		}
	}
	if last.ValidTo != migrations.Forever || last.State != v.State || last.AnsweredAt != first.AnsweredAt || last.Rating != first.Rating ||
		last.DueAt != first.DueAt || last.DepartmentDueAt != first.DepartmentDueAt || last.RepliedAt != first.RepliedAt {
		t.Errorf("case %d stands at %s, its facts at %s: %s", id, v.State, last.State, fmt.Sprint(last.Values))
	}
}
