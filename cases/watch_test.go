package cases_test

import (
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// Two processes at one database: what one changes, the watcher of the other finds.
func TestAWatcherFindsWhatAnotherProcessHasChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		other := c.anotherDesk(t)
		watcher := other.NewWatcher()
		look := func() cases.News {
			t.Helper()
			news, err := watcher.Look(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return news
		}
		r := c.submit(t, aLetter())
		if news := look(); len(news.Changes) != 0 {
			t.Errorf("the first look tells %+v", news)
		}
		concerned := func(news cases.News) (clerk, water, roads bool) {
			t.Helper()
			if len(news.Changes) != 1 || news.Changes[0].ID != r.ID {
				t.Fatalf("told %+v", news)
			}
			change := news.Changes[0]
			return change.Concerns(c.clerk), change.Concerns(c.waterworks), change.Concerns(c.roadworks)
		}
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		if clerk, water, roads := concerned(look()); !clerk || !water || roads {
			t.Errorf("routed: clerk %t, water %t, roads %t", clerk, water, roads)
		}
		if news := look(); len(news.Changes) != 0 {
			t.Errorf("the same is told twice: %+v", news)
		}
		c.clock.Add(time.Minute)
		ok(c.desk.AskAssist(ctx, c.clerk, r.ID, cases.AnyVersion, c.roads))
		if _, _, roads := concerned(look()); !roads {
			t.Error("who assists is not concerned")
		}
		c.clock.Add(10 * time.Minute)
		ok(c.desk.Return(ctx, c.waterworks, r.ID, cases.AnyVersion, "属市政"))
		if clerk, water, roads := concerned(look()); !clerk || !water || !roads {
			t.Errorf("returned: clerk %t, water %t, roads %t", clerk, water, roads)
		}
		c.clock.Add(10 * time.Minute)
		ok(c.desk.Correct(ctx, c.clerk, r.ID, cases.AnyVersion, "help", "mailbox", "", ""))
		if clerk, water, roads := concerned(look()); !clerk || water || roads {
			t.Errorf("corrected: clerk %t, water %t, roads %t", clerk, water, roads)
		}
	})
}

func TestWhoHasACaseOpenIsKnownToColleaguesForAMinute(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		watcher := c.desk.NewWatcher()
		changed := func() bool {
			t.Helper()
			news, err := watcher.Look(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return news.Present[r.ID]
		}
		there := func() []cases.Present {
			t.Helper()
			all, err := c.desk.WhoElse(ctx, c.clerk, r.ID)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		beat := func(doing cases.Doing) {
			t.Helper()
			if err := c.desk.IsPresent(ctx, c.waterworks, r.ID, doing); err != nil {
				t.Fatal(err)
			}
		}
		changed()
		beat(cases.Reading)
		if all := there(); len(all) != 1 || all[0].Doing != cases.Reading || !changed() {
			t.Errorf("there are %+v", all)
		}
		for range 4 {
			c.clock.Add(cases.PresenceEvery)
			beat(cases.Reading)
			if len(there()) != 1 || changed() {
				t.Error("an open page comes and goes")
			}
		}
		beat(cases.Writing)
		if all := there(); len(all) != 1 || all[0].Doing != cases.Writing || !changed() {
			t.Errorf("there are %+v", all)
		}
		if all, err := c.desk.WhoElse(ctx, c.waterworks, r.ID); err != nil || len(all) != 0 {
			t.Errorf("told of themselves: %+v, %v", all, err)
		}
		c.clock.Add(2 * time.Minute)
		if all := there(); len(all) != 0 || !changed() {
			t.Errorf("after the page was gone: %+v", all)
		}
		beat(cases.Writing)
		if err := c.desk.IsAway(ctx, c.waterworks, r.ID); err != nil {
			t.Fatal(err)
		}
		if all := there(); len(all) != 0 {
			t.Errorf("after it was closed: %+v", all)
		}
		wantCode(t, c.desk.IsPresent(ctx, c.roadworks, r.ID, cases.Reading), errs.CodeNotFound)
		_, err := c.desk.WhoElse(ctx, c.roadworks, r.ID)
		wantCode(t, err, errs.CodeNotFound)
		_, err = c.desk.WhoElse(ctx, people.TheWriter(int64(r.ID), errs.ZH), r.ID)
		wantCode(t, err, errs.CodeForbidden)
	})
}
