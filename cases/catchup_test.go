package cases_test

import (
	"testing"

	"mailbox/cases"
	"mailbox/cases/people"
)

// A verb that comes before the alarm finds the case as if the alarm had come first: nothing depends on when a
// job ran.

func TestReplyingBeforeAJobRunsDodgesNoCardAndNoMark(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water, c.roads))
		c.clock.Set("2026-03-20 10:00:00") // two weeks, and no job has run
		got := ok(c.desk.Reply(ctx, c.waterworks, r.ID, cases.AnyVersion, "已办。"))
		ok(c.desk.Answer(ctx, c.clerk, r.ID, got.Version, ""))
		for kind, want := range map[cases.Conduct]int{cases.YellowCard: 1, cases.RedCard: 1} {
			if n := c.conduct(t, kind, c.water); n != want {
				t.Errorf("%d %s, want %d", n, kind, want)
			}
		}
		if n := c.conduct(t, cases.AssistLate, c.roads); n != 1 {
			t.Errorf("the contribution was named late %d times", n)
		}
		if n := c.events(t, r.ID, people.MarkOverdue); n != 1 {
			t.Errorf("%d overdue events", n)
		}
		if n := c.notices(t, "overdue_city"); n != 2 {
			t.Errorf("%d of the office and supervision were told", n)
		}
		c.elapse(t)
		if n := c.events(t, r.ID, people.MarkOverdue) + c.events(t, r.ID, people.Card); n != 3 {
			t.Errorf("%d marks and cards after the job, want 3", n)
		}
		if err := c.desk.Verify(ctx, r.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestTheVersionAPersonSawIsThatBeforeTimeCaughtUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		got := c.routed(t)
		c.clock.Set("2026-03-20 10:00:00")
		// Nobody else has worked on it: the marks that time brings are no conflict.
		must(t)(c.desk.Reply(t.Context(), c.waterworks, got.ID, got.Version, "已办。"))
	})
}
