package cases_test

import (
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// The tricks by which somebody might better a result that has happened, or make a clock start anew. Each
// test is named after one, and holds that it does not work.

// routed takes a new letter to the water department.
func (c *city) routed(t *testing.T) *cases.Case {
	t.Helper()
	r := c.submit(t, aLetter())
	return must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water))
}

// conduct counts what is noted of a department's conduct.
func (c *city) conduct(t *testing.T, kind cases.Conduct, department int64) int {
	t.Helper()
	n, err := c.db.Read.NewSelect().Table("conduct").
		Where("kind = ? AND COALESCE(department_id, 0) = ? AND withdrawn_at IS NULL", kind, department).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// figures is what domain.md counts of all letters as of now, from the facts alone. The reports' own engine
// stands above this package and has tests of its own.
type figures struct {
	Answered, OnTime, Late, OverdueOpen, Running, Provisional, Satisfied int
	DepartmentDue, DepartmentOnTime                                      int
}

func (c *city) figures(t *testing.T) figures {
	t.Helper()
	var facts []cases.Fact
	if err := c.db.Read.NewSelect().Model(&facts).Where("valid_to = ? AND validity = 'valid'", migrations.Forever).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n figures
	now := c.clock.Now()
	for _, f := range facts {
		switch {
		case f.AnsweredAt.IsZero() && now.After(f.DueAt.Time):
			n.OverdueOpen++
		case f.AnsweredAt.IsZero():
			n.Running++
		case f.AnsweredAt.After(f.DueAt.Time):
			n.Answered, n.Late = n.Answered+1, n.Late+1
		default:
			n.Answered, n.OnTime = n.Answered+1, n.OnTime+1
		}
		if f.Provisional {
			n.Provisional++
		}
		if f.Rating >= cases.BasicallySatisfied {
			n.Satisfied++
		}
		if f.DepartmentDueAt.IsZero() || f.RepliedAt.IsZero() && !now.After(f.DepartmentDueAt.Time) {
			continue
		}
		n.DepartmentDue++
		if !f.RepliedAt.IsZero() && !f.RepliedAt.After(f.DepartmentDueAt.Time) {
			n.DepartmentOnTime++
		}
	}
	return n
}

func (c *city) look(t *testing.T, id cases.ID) *cases.View {
	t.Helper()
	v, err := c.desk.Look(t.Context(), c.supervisor, id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (c *city) elapse(t *testing.T) int {
	t.Helper()
	n, err := c.desk.Elapse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantAt(t *testing.T, what string, got time.Time, local string) {
	t.Helper()
	if want := at(local); !got.Equal(want) {
		t.Errorf("%s is %s, want %s", what, got.In(sla.Shanghai).Format(time.DateTime), local)
	}
}

const dueOnMonday = "2026-03-09 23:59:59" // of a letter of Thursday 2026-03-05

func TestSigningLateStartsNoClockLate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		got := c.routed(t)
		c.clock.Set("2026-03-09 23:00:00")
		got = must(t)(c.desk.Acknowledge(t.Context(), c.waterworks, got.ID, got.Version))
		wantAt(t, "the department's due time", got.DepartmentDueAt.Time, dueOnMonday)
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
	})
}

func TestReturningStopsNoClockAndIsCountedByDepartment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ok := must(t)
		got := c.routed(t)
		c.clock.Set("2026-03-06 15:00:00")
		got = ok(c.desk.Return(t.Context(), c.waterworks, got.ID, got.Version, "不归我们"))
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		c.clock.Set("2026-03-09 16:00:00")
		got = ok(c.desk.Route(t.Context(), c.clerk, got.ID, got.Version, c.roads))
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		wantAt(t, "the next department's due time", got.DepartmentDueAt.Time, "2026-03-10 23:59:59")
		c.clock.Set("2026-03-10 00:00:00")
		if n := c.elapse(t); n != 1 {
			t.Errorf("%d became overdue: the return has stopped the writer's clock", n)
		}
		if c.conduct(t, cases.Returned, c.water) != 1 || c.conduct(t, cases.Returned, c.roads) != 0 {
			t.Error("the return is not counted for the department that returned")
		}
	})
}

func TestReroutingStopsNoClockAndIsCountedByDepartment(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		got := c.routed(t)
		c.clock.Set("2026-03-09 16:00:00")
		got = must(t)(c.desk.Reassign(t.Context(), c.clerk, got.ID, got.Version, c.roads, "管网归市政"))
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		wantAt(t, "the department's due time", got.DepartmentDueAt.Time, "2026-03-10 23:59:59")
		if c.conduct(t, cases.Reassigned, c.water) != 1 {
			t.Error("the re-routing is not counted")
		}
	})
}

func TestAnsweringLateBeforeAJobRunsIsLateForEver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		c.clock.Set("2026-03-10 00:00:00") // one second after, and no job has run
		got = ok(c.desk.Reply(ctx, c.waterworks, got.ID, got.Version, "已办。"))
		got = ok(c.desk.Answer(ctx, c.clerk, got.ID, got.Version, ""))
		got = ok(c.desk.Close(ctx, c.clerk, got.ID, got.Version))
		c.elapse(t)
		c.clock.Set("2026-04-10 09:00:00")
		c.elapse(t)
		if f := c.figures(t); f.Late != 1 || f.OnTime != 0 || f.DepartmentDue != 1 || f.DepartmentOnTime != 0 {
			t.Errorf("late %d, on time %d, department %d of %d", f.Late, f.OnTime, f.DepartmentOnTime, f.DepartmentDue)
		}
		if got.State != cases.Closed {
			t.Error(got.State)
		}
	})
}

func TestChangingTheCategoryMovesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		// Errors on web sites have three days.
		got := ok(c.desk.Correct(ctx, c.clerk, r.ID, 1, "consultation", "site_error", "城乡建设", ""))
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		got = ok(c.desk.Route(ctx, c.clerk, r.ID, got.Version, c.water))
		wantAt(t, "the department's due time", got.DepartmentDueAt.Time, dueOnMonday)
		got = ok(c.desk.AskExtension(ctx, c.waterworks, r.ID, got.Version, 1, "停水需协调"))
		got = ok(c.desk.GrantExtension(ctx, c.supervisor, r.ID, got.Version, 1, "停水需协调"))
		// One day after Monday, not one after the Tuesday of the new category.
		wantAt(t, "the extended due time", got.DueAt.Time, "2026-03-10 23:59:59")
		c.loadYear2027(t)
		c.elapse(t)
		wantAt(t, "after a calendar was loaded the due time", c.look(t, r.ID).DueAt.Time, "2026-03-10 23:59:59")
		if kind := c.look(t, r.ID).BornKind; kind != "complaint" {
			t.Errorf("born as %s", kind)
		}
	})
}

func TestAPolicyChangeNeverBettersAFinishedResult(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		overdue, late := c.routed(t), c.routed(t)
		c.clock.Set("2026-03-10 10:00:00")
		late = ok(c.desk.Reply(ctx, c.waterworks, late.ID, late.Version, "已办。"))
		late = ok(c.desk.Answer(ctx, c.clerk, late.ID, late.Version, ""))
		c.elapse(t)
		v := c.lenient(t)
		for _, id := range []cases.ID{overdue.ID, late.ID} {
			_, err := c.desk.ApplyPolicy(ctx, c.supervisor, id, cases.AnyVersion, v, "宽限")
			wantCode(t, err, errs.CodeConflict)
		}
		wantAt(t, "the due time", c.look(t, overdue.ID).DueAt.Time, dueOnMonday)
		if f := c.figures(t); f.OverdueOpen != 1 || f.Late != 1 || f.OnTime != 0 {
			t.Errorf("overdue %d, late %d, on time %d", f.OverdueOpen, f.Late, f.OnTime)
		}
		// A letter received from now on has the new time; an open one only by supervision's word.
		r := c.submit(t, aLetter())
		wantAt(t, "the new letter's due time", r.Due, "2026-03-24 23:59:59")
	})
}

func TestVoidingAnAnswerReopensTheClockFromTheOriginalDueTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.answered(t)
		c.clock.Set("2026-03-12 10:00:00")
		got = ok(c.desk.Void(ctx, c.supervisor, got.ID, got.Version, "答非所问"))
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		wantAt(t, "the department's due time", got.DepartmentDueAt.Time, dueOnMonday)
		got = ok(c.desk.Reply(ctx, c.waterworks, got.ID, got.Version, "已重新核实。"))
		ok(c.desk.Answer(ctx, c.clerk, got.ID, got.Version, ""))
		if f := c.figures(t); f.Late != 1 || f.OnTime != 0 {
			t.Errorf("late %d, on time %d", f.Late, f.OnTime)
		}
		if c.conduct(t, cases.Voided, c.water) != 1 {
			t.Error("the voided answer is not counted")
		}
		if n := c.events(t, got.ID, people.MarkOverdue); n != 1 {
			t.Errorf("%d overdue events, want 1", n)
		}
	})
}

func TestDecliningOrMergingLateNeedsSupervisionAndIsCounted(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		first, declined, merged := c.submit(t, aLetter()), c.submit(t, aLetter()), c.submit(t, aLetter())
		c.clock.Set("2026-03-10 00:00:00") // no job has run
		_, err := c.desk.Decline(ctx, c.clerk, declined.ID, cases.AnyVersion, "court", "")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.Merge(ctx, c.clerk, merged.ID, cases.AnyVersion, first.ID)
		wantCode(t, err, errs.CodeForbidden)
		ok(c.desk.Decline(ctx, c.supervisor, declined.ID, cases.AnyVersion, "court", ""))
		ok(c.desk.Merge(ctx, c.supervisor, merged.ID, cases.AnyVersion, first.ID))
		if c.conduct(t, cases.DeclinedLate, 0) != 1 || c.conduct(t, cases.MergedLate, 0) != 1 {
			t.Error("declining and merging after the due time are not counted")
		}
	})
}

func TestAskingForAnExtensionAfterExpiryTwiceOrByAnotherIsRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		_, err := c.desk.AskExtension(ctx, c.roadworks, got.ID, got.Version, 2, "忙")
		wantCode(t, err, errs.CodeForbidden)
		for _, days := range []int{-1, 0, 6} {
			_, err = c.desk.AskExtension(ctx, c.waterworks, got.ID, got.Version, days, "忙")
			wantCode(t, err, errs.CodeInvalid)
		}
		got = ok(c.desk.AskExtension(ctx, c.waterworks, got.ID, got.Version, 2, "需停水检修"))
		_, err = c.desk.AskExtension(ctx, c.waterworks, got.ID, got.Version, 2, "再延")
		wantCode(t, err, errs.CodeConflict)
		got = ok(c.desk.GrantExtension(ctx, c.supervisor, got.ID, got.Version, 2, "需停水检修"))
		wantAt(t, "the due time", got.DueAt.Time, "2026-03-11 23:59:59")
		wantAt(t, "the unextended due time", got.DueUnextendedAt.Time, dueOnMonday)
		_, err = c.desk.AskExtension(ctx, c.waterworks, got.ID, got.Version, 2, "再延")
		wantCode(t, err, errs.CodeConflict)
		// Another department gets no second one.
		got = ok(c.desk.Reassign(ctx, c.clerk, got.ID, got.Version, c.roads, "改派"))
		_, err = c.desk.AskExtension(ctx, c.roadworks, got.ID, got.Version, 2, "再延")
		wantCode(t, err, errs.CodeConflict)

		late := c.routed(t)
		c.clock.Set("2026-03-12 00:00:00")
		_, err = c.desk.AskExtension(ctx, c.waterworks, late.ID, cases.AnyVersion, 2, "忙")
		wantCode(t, err, errs.CodeConflict)
		if !strings.Contains(err.Error(), "2026-03-09 23:59") {
			t.Errorf("the error does not say when it was due: %v", err)
		}
		if c.conduct(t, cases.Extended, c.water) != 1 {
			t.Error("the extension is not counted")
		}
	})
}

func TestDecidingAnExtensionAfterExpiryIsRefusedThoughNoJobHasRun(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		got = ok(c.desk.AskExtension(ctx, c.waterworks, got.ID, got.Version, 2, "需停水检修"))
		c.clock.Set("2026-03-10 00:00:00")
		_, err := c.desk.GrantExtension(ctx, c.supervisor, got.ID, cases.AnyVersion, 2, "同意")
		wantCode(t, err, errs.CodeConflict)
		if n := c.elapse(t); n != 1 {
			t.Errorf("%d became overdue, want 1", n)
		}
		v := c.look(t, got.ID)
		if v.Extension != cases.ExtensionLapsed || !v.ExtensionAt.Equal(at(dueOnMonday)) {
			t.Errorf("extension %s at %v", v.Extension, v.ExtensionAt)
		}
		if n := c.events(t, got.ID, people.LapseExtension); n != 1 {
			t.Errorf("%d events of the lapse", n)
		}
	})
}

func TestWaitingForTheWriterMovesNeitherThePromiseNorAClockThatRanOut(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		c.clock.Set("2026-03-06 10:00:00")
		got = ok(c.desk.AskWriter(ctx, c.waterworks, got.ID, got.Version, "请提供楼栋号"))
		wantAt(t, "the limit of the wait", got.WaitingUntil.Time, "2026-03-13 23:59:59")
		wantAt(t, "the department's due time while it waits", got.DepartmentDueAt.Time, "2026-03-16 23:59:59")
		wantAt(t, "the due time", got.DueAt.Time, dueOnMonday)
		c.clock.Set("2026-03-09 09:00:00")
		got = ok(c.desk.AddMaterial(ctx, people.TheWriter(int64(got.ID), errs.ZH), got.ID, "3栋2单元"))
		// One working day was waited: Monday.
		wantAt(t, "the department's due time", got.DepartmentDueAt.Time, "2026-03-10 23:59:59")
		got = ok(c.desk.AskWriter(ctx, c.waterworks, got.ID, got.Version, "再请提供照片"))
		wantAt(t, "the limit of the second wait", got.WaitingUntil.Time, "2026-03-13 23:59:59") // four days are left
		c.clock.Set("2026-03-14 00:00:00")
		c.elapse(t)
		v := c.look(t, got.ID)
		if !v.WaitingSince.IsZero() {
			t.Error("the wait goes on after its limit")
		}
		wantAt(t, "the department's due time after both waits", v.DepartmentDueAt.Time, "2026-03-16 23:59:59")
		if f := c.figures(t); f.OverdueOpen != 1 {
			t.Error("the wait has stopped the writer's clock")
		}
		_, err := c.desk.AskWriter(ctx, c.waterworks, got.ID, cases.AnyVersion, "还要")
		wantCode(t, err, errs.CodeConflict) // used up
		c.clock.Set("2026-03-17 00:00:00")
		other := c.look(t, got.ID)
		_, err = c.desk.AskWriter(ctx, c.waterworks, other.ID, cases.AnyVersion, "还要")
		wantCode(t, err, errs.CodeConflict) // too late
	})
}

func TestAReworkNeverChangesTheFirstRound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.answered(t)
		writer := people.TheWriter(int64(got.ID), errs.ZH)
		_, err := c.desk.AskRework(ctx, writer, got.ID, "没修好")
		wantCode(t, err, errs.CodeConflict) // has not said so
		no := false
		ok(c.desk.Rate(ctx, writer, got.ID, cases.Rating{Grade: cases.Dissatisfied, Resolved: &no}))
		before := c.figures(t)
		c.clock.Set("2026-03-10 10:00:00")
		got = ok(c.desk.AskRework(ctx, writer, got.ID, "没修好"))
		got = ok(c.desk.GrantRework(ctx, c.supervisor, got.ID, got.Version, c.water, "请重办"))
		wantAt(t, "the rework's due time", got.DueAt.Time, "2026-03-17 23:59:59")
		if got.Round != 2 || got.State != cases.Routed {
			t.Errorf("round %d, %s", got.Round, got.State)
		}
		for _, refused := range []func() error{
			func() error { return second(c.desk.Decline(ctx, c.supervisor, got.ID, cases.AnyVersion, "court", "")) },
			func() error { return second(c.desk.Withdraw(ctx, writer, got.ID, "算了")) },
			func() error { return second(c.desk.AskRework(ctx, writer, got.ID, "再来")) },
		} {
			wantCode(t, refused(), errs.CodeConflict)
		}
		c.clock.Set("2026-03-18 09:30:00")
		if n := c.elapse(t); n != 1 {
			t.Errorf("%d became overdue in the second round", n)
		}
		got = ok(c.desk.Reply(ctx, c.waterworks, got.ID, cases.AnyVersion, "已重新维修。"))
		got = ok(c.desk.Answer(ctx, c.clerk, got.ID, got.Version, ""))
		got = ok(c.desk.Rate(ctx, writer, got.ID, cases.Rating{Grade: cases.VerySatisfied}))
		after := c.figures(t)
		if before.OnTime != 1 || after.OnTime != 1 || after.Late != 0 || after.Satisfied != before.Satisfied || after.Answered != 1 {
			t.Errorf("before %+v\nafter %+v", before, after)
		}
		_, err = c.desk.AskRework(ctx, writer, got.ID, "再来")
		wantCode(t, err, errs.CodeConflict)
		v := c.look(t, got.ID)
		if v.First == nil || v.First.Rating != cases.Dissatisfied || v.FirstBy == "" {
			t.Errorf("the first round is gone: %+v", v.First)
		}
		if c.conduct(t, cases.Reworked, c.water) != 1 {
			t.Error("the rework is not counted")
		}
		checkFacts(t, c, got.ID)
	})
}

func TestSettingTheMachinesClockBackUndoesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		c.clock.Set("2026-03-10 09:30:00")
		c.elapse(t)
		c.clock.Set("2026-03-06 09:00:00")
		if n := c.elapse(t); n != 0 {
			t.Errorf("%d marked again", n)
		}
		got = ok(c.desk.Reply(ctx, c.waterworks, got.ID, cases.AnyVersion, "已办。"))
		got = ok(c.desk.Answer(ctx, c.clerk, got.ID, got.Version, ""))
		if got.AnsweredAt.Before(at("2026-03-10 09:30:00")) {
			t.Errorf("answered at %v, before it became overdue", got.AnsweredAt)
		}
		c.clock.Set("2026-03-20 09:00:00")
		if f := c.figures(t); f.Late != 1 {
			t.Error("an answer has become punctual by setting the clock back")
		}
	})
}

// events counts the events of a case under a verb.
func (c *city) events(t *testing.T, id cases.ID, verb people.Verb) int {
	t.Helper()
	n, err := c.db.Read.NewSelect().Table("events").Where("case_id = ? AND verb = ?", id, verb).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// lenient adds a version of the policies that gives ten working days, and gives its number.
func (c *city) lenient(t *testing.T) int64 {
	t.Helper()
	v := sla.DefaultPolicies()
	v.Default.AnswerDays = 10
	v, err := c.desk.LoadPolicy(t.Context(), people.TheSystem(), v, "试行")
	if err != nil {
		t.Fatal(err)
	}
	return int64(v.Version)
}

func TestExtendingACaseThatWasReopenedDoesNotMoveItsUnextendedDueTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.clock.Set("2026-03-05 10:00:00") // a Thursday: due on Monday
		r := c.submit(t, aLetter())
		v := ok(c.desk.Decline(ctx, c.clerk, r.ID, cases.AnyVersion, "court", ""))
		years := c.desk.Calendar().Years()
		y := years[len(years)-1]
		y.Off = append(y.Off, sla.Entry{Date: sla.DateOf(c.clock.Now(), sla.Shanghai) + 1, Name: "临时放假"})
		if _, err := c.desk.LoadCalendar(ctx, people.TheSystem(), []sla.Year{y}, "test"); err != nil {
			t.Fatal(err)
		}
		v = ok(c.desk.Reopen(ctx, c.supervisor, r.ID, v.Version, "不属于涉诉事项"))
		v = ok(c.desk.Route(ctx, c.clerk, r.ID, v.Version, c.water))
		v = ok(c.desk.AskExtension(ctx, c.waterworks, r.ID, v.Version, 2, "需现场勘察"))
		v = ok(c.desk.GrantExtension(ctx, c.supervisor, r.ID, v.Version, 2, "同意"))
		wantAt(t, "the unextended due time", v.DueUnextendedAt.Time, "2026-03-09 23:59:59")
		wantAt(t, "the due time", v.DueAt.Time, "2026-03-11 23:59:59")
		d, err := c.desk.DeadlineOf(ctx, c.look(t, r.ID))
		if err != nil {
			t.Fatal(err)
		}
		wantAt(t, "the due time as it is explained", d.Writer.Due, "2026-03-11 23:59:59")
	})
}
