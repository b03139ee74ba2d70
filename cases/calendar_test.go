package cases_test

import (
	"sync"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// notice2027 is an invented notice for 2027: it makes Thursday 31 December 2026 a day off and Sunday
// 27 December a working day.
const notice2027 = `{"years": [{"year": 2027,
	"weekday_off": [
		{"date": "2026-12-31", "name": "元旦"}, {"date": "2027-01-01", "name": "元旦"},
		{"date": "2027-02-08", "name": "春节"}, {"date": "2027-02-09", "name": "春节"}, {"date": "2027-02-10", "name": "春节"},
		{"date": "2027-04-05", "name": "清明节"}, {"date": "2027-05-03", "name": "劳动节"}, {"date": "2027-06-09", "name": "端午节"},
		{"date": "2027-10-01", "name": "国庆节"}, {"date": "2027-10-04", "name": "国庆节"}, {"date": "2027-10-05", "name": "国庆节"}],
	"weekend_work": [{"date": "2026-12-27", "name": "元旦"}, {"date": "2027-02-06", "name": "春节"}]}]}`

func years(t *testing.T, text string) []sla.Year {
	t.Helper()
	y, err := sla.ParseYears([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return y
}

func (c *city) loadYear2027(t *testing.T) {
	t.Helper()
	if _, err := c.desk.LoadCalendar(t.Context(), people.TheSystem(), years(t, notice2027), "2027.json"); err != nil {
		t.Fatal(err)
	}
}

func TestLoadingAYearSettlesEveryProvisionalCaseAnsweredOrNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.clock.Set("2026-12-25 10:00:00") // a Friday
		open, answered, late := c.routed(t), c.answered(t), c.routed(t)
		if !open.Provisional {
			t.Fatal("the due time is not provisional")
		}
		wantAt(t, "the provisional due time", open.DueAt.Time, "2026-12-29 23:59:59")
		c.clock.Set("2026-12-29 10:00:00")
		late = ok(c.desk.Reply(ctx, c.waterworks, late.ID, late.Version, "已办。"))
		late = ok(c.desk.Answer(ctx, c.clerk, late.ID, late.Version, ""))
		if f := c.figures(t); f.Provisional != 3 || f.OnTime != 2 {
			t.Errorf("provisional %d, on time %d", f.Provisional, f.OnTime)
		}

		p, err := c.desk.PreviewCalendar(ctx, people.TheSystem(), years(t, notice2027), nil)
		if err != nil {
			t.Fatal(err)
		}
		// Sunday the 27th is worked: due on Monday, a day earlier.
		if p.Looked != 3 || p.Moved != 3 || p.Earlier != 3 || p.Later != 0 || p.Certain != 3 || p.Provisional != 0 {
			t.Errorf("preview %+v", p)
		}
		wantAt(t, "after the preview the due time", c.look(t, open.ID).DueAt.Time, "2026-12-29 23:59:59")

		c.loadYear2027(t)
		if n := c.elapse(t); n != 1 {
			t.Errorf("%d became overdue, want the open one", n)
		}
		wantAt(t, "the due time", c.look(t, open.ID).DueAt.Time, "2026-12-28 23:59:59")
		for _, id := range []cases.ID{open.ID, answered.ID, late.ID} {
			v := c.look(t, id)
			if v.Provisional || v.DepartmentProvisional {
				t.Errorf("case %d is still provisional", id)
			}
			if n := c.events(t, id, people.Settle); n != 1 {
				t.Errorf("%d events of the settlement of case %d", n, id)
			}
			if err := c.desk.Verify(ctx, id); err != nil {
				t.Error(err)
			}
			checkFacts(t, c, id)
		}
		if f := c.figures(t); f.Provisional != 0 || f.OnTime != 1 || f.Late != 1 || f.OverdueOpen != 1 {
			t.Errorf("figures %+v", f)
		}
		if n := c.notices(t, "due_moved"); n != 1 {
			t.Errorf("%d writers were told of a moved due time, want the one who waits", n)
		}
		// Days to the answer are counted anew as well: Sunday, Monday, Tuesday.
		if v := c.look(t, late.ID); *v.Days != 3 {
			t.Errorf("%d days to the answer, want 3", *v.Days)
		}
	})
}

func TestAnOverdueMarkAndCardThatACalendarProvesWrongAreWithdrawn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.clock.Set("2026-12-30 10:00:00") // Wednesday; due on New Year's Eve and the 4th, or so it seems
		got := c.routed(t)
		wantAt(t, "the provisional due time", got.DueAt.Time, "2027-01-04 23:59:59")
		c.clock.Set("2027-01-06 09:30:00")
		if n := c.elapse(t); n != 1 || c.conduct(t, cases.YellowCard, c.water) != 1 {
			t.Fatalf("%d overdue, %d yellow cards", n, c.conduct(t, cases.YellowCard, c.water))
		}
		// The notice makes the 31st a day off, and this one the 4th and 5th as well.
		text := years(t, notice2027)
		for _, day := range []sla.Date{sla.NewDate(2027, 1, 4), sla.NewDate(2027, 1, 5)} {
			text[0].Off = append(text[0].Off, sla.Entry{Date: day, Name: "元旦"})
		}
		if _, err := c.desk.LoadCalendar(t.Context(), people.TheSystem(), text, "2027.json"); err != nil {
			t.Fatal(err)
		}
		c.elapse(t)
		v := c.look(t, got.ID)
		wantAt(t, "the due time", v.DueAt.Time, "2027-01-07 23:59:59")
		if !v.OverdueNoticedAt.IsZero() || !v.YellowAt.IsZero() || c.conduct(t, cases.YellowCard, c.water) != 0 {
			t.Errorf("mark %v, card %v", v.OverdueNoticedAt, v.YellowAt)
		}
		if f := c.figures(t); f.OverdueOpen != 0 || f.Running != 1 {
			t.Errorf("overdue %d, running %d", f.OverdueOpen, f.Running)
		}
		// When it does become overdue it is marked, and carded, again.
		c.clock.Set("2027-01-11 09:30:00")
		if n := c.elapse(t); n != 1 || c.conduct(t, cases.YellowCard, c.water) != 1 {
			t.Errorf("%d overdue, %d yellow cards", n, c.conduct(t, cases.YellowCard, c.water))
		}
	})
}

func TestCorrectingAKnownDayMovesOnlyWhatIsUnansweredAndNotYetOverdue(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		overdue, answered := c.routed(t), c.answered(t)
		c.clock.Set("2026-03-10 09:30:00")
		c.elapse(t)
		open := c.routed(t)
		wantAt(t, "the due time", open.DueAt.Time, "2026-03-12 23:59:59")
		// A day of mourning on the 11th, and on the 6th in hindsight.
		corrected := c.desk.Calendar().Years()
		y := corrected[len(corrected)-1]
		y.Off = append(y.Off, sla.Entry{Date: sla.NewDate(2026, 3, 11), Name: "临时放假"}, sla.Entry{Date: sla.NewDate(2026, 3, 6), Name: "临时放假"})
		if _, err := c.desk.LoadCalendar(t.Context(), people.TheSystem(), []sla.Year{y}, "correction"); err != nil {
			t.Fatal(err)
		}
		c.elapse(t)
		wantAt(t, "the open case's due time", c.look(t, open.ID).DueAt.Time, "2026-03-13 23:59:59")
		wantAt(t, "the overdue case's due time", c.look(t, overdue.ID).DueAt.Time, dueOnMonday)
		wantAt(t, "the answered case's due time", c.look(t, answered.ID).DueAt.Time, dueOnMonday)
		if c.events(t, overdue.ID, people.Settle)+c.events(t, answered.ID, people.Settle) != 0 {
			t.Error("a finished result has an event of the calendar")
		}
		// What is explained is what was reckoned, for each of them.
		for _, id := range []cases.ID{open.ID, overdue.ID, answered.ID} {
			v := c.look(t, id)
			d, err := c.desk.Deadline(t.Context(), c.supervisor, id)
			if err != nil {
				t.Fatal(err)
			}
			if !d.Writer.Due.Equal(v.DueAt.Time) || d.Department == nil || !d.Department.Due.Equal(v.DepartmentDueAt.Time) {
				t.Errorf("case %d: derived %v, %+v; stored %v, %v", id, d.Writer.Due, d.Department, v.DueAt, v.DepartmentDueAt)
			}
		}
		// A department that gets the overdue case now has its working day by the corrected calendar.
		got := must(t)(c.desk.Reassign(t.Context(), c.clerk, overdue.ID, cases.AnyVersion, c.roads, "改派"))
		wantAt(t, "the next department's due time", got.DepartmentDueAt.Time, "2026-03-12 23:59:59")
		wantAt(t, "the writer's due time", got.DueAt.Time, dueOnMonday)
	})
}

func TestACalendarIsAppliedByWhoeverComesFirstAndOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.clock.Set("2026-12-25 10:00:00")
		var ids []cases.ID
		for range 30 {
			ids = append(ids, c.routed(t).ID)
		}
		c.loadYear2027(t)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, err := c.desk.Settle(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			for _, id := range ids {
				if _, err := c.desk.Acknowledge(t.Context(), c.waterworks, id, cases.AnyVersion); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		for _, id := range ids {
			if n := c.events(t, id, people.Settle); n != 1 {
				t.Errorf("case %d has %d events of the settlement", id, n)
			}
			if err := c.desk.Verify(t.Context(), id); err != nil {
				t.Error(err)
			}
			checkFacts(t, c, id)
		}
		if n, err := c.desk.Unsettled(t.Context()); err != nil || n != 0 {
			t.Errorf("%d left, %v", n, err)
		}
	})
}

func TestACalendarThatCannotBeLoadedChangesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		_, err := c.desk.LoadCalendar(ctx, c.supervisor, years(t, notice2027), "")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.LoadCalendar(ctx, people.TheSystem(), c.desk.Calendar().Years(), "")
		wantCode(t, err, errs.CodeConflict) // nothing new
		early := c.desk.Calendar().Years()[0]
		early.Year = 2016
		_, err = c.desk.LoadCalendar(ctx, people.TheSystem(), []sla.Year{early}, "")
		wantCode(t, err, errs.CodeInvalid)
		c.loadYear2027(t)
		c.routed(t)
		if n := len(c.desk.Calendar().Years()); n != 11 {
			t.Errorf("%d years", n)
		}
		editions, err := c.desk.Editions(ctx)
		if err != nil || len(editions) != 2 || editions[0].Source != "2027.json" || len(editions[1].Years) != 10 {
			t.Errorf("%+v, %v", editions, err)
		}
	})
}

func TestAnotherProcessReckonsByANewCalendarAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		other := c.anotherDesk(t)
		c.clock.Set("2026-12-25 10:00:00")
		c.loadYear2027(t)
		r, err := other.Submit(t.Context(), people.TheWriter(0, errs.ZH), aLetter())
		if err != nil {
			t.Fatal(err)
		}
		if r.Provisional {
			t.Error("the other process does not know of the year")
		}
		wantAt(t, "the due time", r.Due, "2026-12-28 23:59:59")
		c.lenient(t)
		c.clock.Set("2026-12-25 10:00:01")
		if r, err = other.Submit(t.Context(), people.TheWriter(0, errs.ZH), aLetter()); err != nil {
			t.Fatal(err)
		}
		wantAt(t, "the due time by the new policy", r.Due, "2027-01-11 23:59:59")
	})
}

func TestAMissingYearIsAnnouncedToTheAdministratorEveryWorkingMorning(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.account(t, "admin", people.Grant{Role: people.Administrator})
		for _, day := range []struct {
			local string
			want  int
		}{
			{"2026-10-19 09:00:00", 0}, // 20 December is 62 days away
			{"2026-10-21 08:59:59", 0},
			{"2026-10-21 09:00:00", 1},
			{"2026-10-21 15:00:00", 1},
			{"2026-10-22 09:00:00", 2},
			{"2026-10-24 09:00:00", 2}, // a Saturday
			{"2026-10-26 10:00:00", 3},
		} {
			c.clock.Set(day.local)
			if err := c.desk.WriteMailings(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := c.notices(t, "calendar_missing"); n != day.want {
				t.Errorf("%s: announced %d times, want %d", day.local, n, day.want)
			}
		}
		c.loadYear2027(t)
		c.clock.Set("2026-10-27 10:00:00")
		if err := c.desk.WriteMailings(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := c.notices(t, "calendar_missing"); n != 3 {
			t.Errorf("announced %d times though it is loaded", n)
		}
	})
}

// notices counts the notices of a kind.
func (c *city) notices(t *testing.T, kind string) int {
	t.Helper()
	n, err := c.db.Read.NewSelect().Table("notices").Where("kind = ?", kind).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}
