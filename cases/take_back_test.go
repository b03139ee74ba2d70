package cases_test

import (
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestARoutingThatWasAMistakeIsTakenBackAndCountsAgainstNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		due := c.look(t, r.ID).DueAt
		must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water, c.roads))
		just, err := c.desk.JustRouted(t.Context(), c.clerk, 5)
		if err != nil || len(just) != 1 || just[0].ID != r.ID || just[0].Version != 2 {
			t.Fatalf("to take back: %+v, %v", just, err)
		}
		c.clock.Add(cases.TakeBackWithin)
		back := must(t)(c.desk.TakeBack(t.Context(), c.clerk, r.ID, just[0].Version))
		v := c.look(t, r.ID)
		if back.State != cases.Screened || v.LeadID != 0 || len(v.Assists) != 0 || !v.RoutedAt.IsZero() || !v.DepartmentDueAt.IsZero() || v.DueAt != due {
			t.Errorf("taken back: %+v", v.Case)
		}
		for _, kind := range cases.Conducts {
			if n := c.conduct(t, kind, c.water); n != 0 {
				t.Errorf("%s is counted %d times", kind, n)
			}
		}
		// Both departments were told of it and are told that it was a mistake.
		var told int
		if err := c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE case_id = ? AND kind = 'taken_back'", r.ID).Scan(t.Context(), &told); err != nil || told != 2 {
			t.Errorf("%d notices, %v", told, err)
		}
		if err := c.desk.Verify(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
		if just, err := c.desk.JustRouted(t.Context(), c.clerk, 5); err != nil || len(just) != 0 {
			t.Errorf("still to take back: %+v, %v", just, err)
		}
	})
}

func TestARoutingIsTakenBackByWhomItWasDoneInTimeAndBeforeAnybodyActs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		other := c.account(t, "colleague", people.Grant{Role: people.Clerk})
		late := c.routed(t)
		signed, taken := c.routed(t), c.routed(t)
		must(t)(c.desk.Acknowledge(t.Context(), c.waterworks, signed.ID, cases.AnyVersion))
		refused := func(name string, err error) {
			t.Helper()
			if errs.CodeOf(err) != errs.CodeConflict {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := c.desk.TakeBack(t.Context(), c.clerk, signed.ID, cases.AnyVersion)
		refused("signed for", err)
		_, err = c.desk.TakeBack(t.Context(), other, taken.ID, cases.AnyVersion)
		refused("a colleague's", err)
		_, err = c.desk.TakeBack(t.Context(), c.clerk, taken.ID, 1)
		refused("not as it was seen", err)
		c.clock.Add(cases.TakeBackWithin + time.Second)
		_, err = c.desk.TakeBack(t.Context(), c.clerk, late.ID, cases.AnyVersion)
		refused("too late", err)
		if _, err := c.desk.TakeBack(t.Context(), c.waterworks, taken.ID, cases.AnyVersion); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("the department: %v", err)
		}
	})
}
