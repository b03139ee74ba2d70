package sla

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// at reads an instant of Shanghai written as 2006-01-02T15:04:05; "" is none.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	return instant(t, s+"+08:00")
}

func TestBothClocksAClerkWouldRecognise(t *testing.T) {
	t.Parallel()
	c, p := BuiltIn(Shanghai), DefaultPolicies().Default
	half := p
	half.Closing = 17*3600 + 30*60
	extended := func(days int, s string) Extension { return Extension{Days: days, At: at(t, s)} }
	for _, tt := range []struct {
		name               string
		history            History
		due, department    string
		yellow, red        string
		waited             int
		provisional, rests bool
	}{
		{"not routed", History{Policy: p, Received: at(t, "2026-03-05T10:00:00")}, "2026-03-09T23:59:59", "", "", "", 0, false, false},
		{
			"routed at once, the city's due time is the department's",
			History{Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-05T11:00:00")},
			"2026-03-09T23:59:59", "2026-03-09T23:59:59", "2026-03-10T23:59:59", "2026-03-16T23:59:59", 0, false, false,
		},
		{
			"routed on the last day, it has the next",
			History{Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-09T16:00:00")},
			"2026-03-09T23:59:59", "2026-03-10T23:59:59", "2026-03-11T23:59:59", "2026-03-17T23:59:59", 0, false, false,
		},
		{
			"an extension over Spring Festival, to both",
			History{Policy: p, Received: at(t, "2026-02-11T10:00:00"), Routed: at(t, "2026-02-11T11:00:00"), Extension: extended(5, "2026-02-13T09:00:00")},
			"2026-02-27T23:59:59", "2026-02-27T23:59:59", "2026-02-28T23:59:59", "2026-03-05T23:59:59", 0, false, false,
		},
		{
			"granted at the second of routing, it counts from the one working day",
			History{Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-09T16:00:00"), Extension: extended(2, "2026-03-09T16:00:00")},
			"2026-03-11T23:59:59", "2026-03-12T23:59:59", "2026-03-13T23:59:59", "2026-03-19T23:59:59", 0, false, false,
		},
		{
			"granted before, it is in the due time already",
			History{Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-09T16:00:00"), Extension: extended(2, "2026-03-09T15:59:59")},
			"2026-03-11T23:59:59", "2026-03-11T23:59:59", "2026-03-12T23:59:59", "2026-03-18T23:59:59", 0, false, false,
		},
		{
			"a wait from Friday to Tuesday moves the department alone",
			History{
				Policy: half, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-05T11:00:00"),
				Waits: []Wait{{at(t, "2026-03-06T09:00:00"), at(t, "2026-03-13T17:30:00"), at(t, "2026-03-10T08:00:00")}},
			},
			"2026-03-09T17:30:00", "2026-03-11T17:30:00", "2026-03-12T17:30:00", "2026-03-18T17:30:00", 2, false, false,
		},
		{
			"an answer of the same day moves nothing, an open wait counts to its limit, one too long as well",
			History{
				Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-05T11:00:00"),
				Waits: []Wait{
					{at(t, "2026-03-06T09:00:00"), at(t, "2026-03-13T23:59:59"), at(t, "2026-03-06T18:00:00")},
					{at(t, "2026-03-06T19:00:00"), at(t, "2026-03-09T23:59:59"), at(t, "2026-03-12T12:00:00")},
					{at(t, "2026-03-12T12:00:00"), at(t, "2026-03-13T23:59:59"), time.Time{}},
				},
			},
			"2026-03-09T23:59:59", "2026-03-11T23:59:59", "2026-03-12T23:59:59", "2026-03-18T23:59:59", 2, false, false,
		},
		{
			"a rework has days of its own from its grant",
			History{Policy: p, Received: at(t, "2026-04-30T18:00:00"), Rework: true, Routed: at(t, "2026-04-30T18:00:00")},
			"2026-05-11T23:59:59", "2026-05-11T23:59:59", "2026-05-12T23:59:59", "2026-05-18T23:59:59", 0, false, false,
		},
		{
			"into days not announced by the department's clock alone",
			History{Policy: p, Received: at(t, "2026-12-16T10:00:00"), Routed: at(t, "2026-12-18T10:00:00")},
			"2026-12-18T23:59:59", "2026-12-21T23:59:59", "2026-12-22T23:59:59", "2026-12-28T23:59:59", 0, false, true,
		},
		{
			"a wait in days not announced, of a department overdue in November",
			History{
				Policy: p, Received: at(t, "2026-11-19T10:00:00"), Routed: at(t, "2026-11-19T10:00:00"),
				Waits: []Wait{{at(t, "2026-12-18T09:00:00"), at(t, "2026-12-21T23:59:59"), time.Time{}}},
			},
			"2026-11-23T23:59:59", "2026-11-24T23:59:59", "2026-11-25T23:59:59", "2026-12-01T23:59:59", 1, false, true,
		},
		{
			"an extension into days not announced",
			History{Policy: p, Received: at(t, "2026-12-15T10:00:00"), Routed: at(t, "2026-12-15T10:00:00"), Extension: extended(2, "2026-12-16T10:00:00")},
			"2026-12-21T23:59:59", "2026-12-21T23:59:59", "2026-12-22T23:59:59", "2026-12-28T23:59:59", 0, true, true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := Clocks{
				Assessable: true, Due: at(t, tt.due), DueUnextended: c.Reckon(History{Policy: tt.history.Policy, Received: tt.history.Received, Rework: tt.history.Rework}).Due,
				Provisional: tt.provisional, DepartmentDue: at(t, tt.department), DepartmentProvisional: tt.rests,
				Yellow: at(t, tt.yellow), Red: at(t, tt.red), Waited: tt.waited,
			}
			if diff := cmp.Diff(want, c.Reckon(tt.history)); diff != "" {
				t.Errorf("clocks (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALetterFromBeforeTheFirstYearHasNoClock(t *testing.T) {
	t.Parallel()
	h := History{
		Policy: DefaultPolicies().Default, Received: at(t, "2016-12-31T10:00:00"), Routed: at(t, "2017-01-03T10:00:00"),
		Extension: Extension{Days: 3, At: at(t, "2017-01-03T10:00:00")},
		Waits:     []Wait{{From: at(t, "2017-01-03T10:00:00"), Until: at(t, "2017-01-06T10:00:00")}},
	}
	if diff := cmp.Diff(Clocks{}, BuiltIn(Shanghai).Reckon(h)); diff != "" {
		t.Errorf("clocks (-want +got):\n%s", diff)
	}
}

// drawHistory draws what can happen to a case in its first months, in an order in which it can.
func drawHistory(t *rapid.T, c *Calendar) History {
	later := func(from time.Time, days int, label string) time.Time {
		return from.Add(time.Duration(rapid.Int64Range(0, int64(days)*secondsPerDay).Draw(t, label)) * time.Second)
	}
	p := DefaultPolicies().Default
	p.Closing = drawClosing(t)
	p.AnswerDays, p.ReworkDays = rapid.IntRange(1, 30).Draw(t, "answer"), rapid.IntRange(1, 30).Draw(t, "rework days")
	h := History{
		Policy:   p,
		Received: later(NewDate(c.Years()[0].Year, time.January, 1).Start(Shanghai), 4000, "received"),
		Rework:   rapid.Bool().Draw(t, "rework"),
	}
	if rapid.Bool().Draw(t, "extended") {
		h.Extension = Extension{Days: rapid.IntRange(1, 20).Draw(t, "extension"), At: later(h.Received, 30, "granted")}
	}
	if rapid.Bool().Draw(t, "routed") {
		h.Routed = later(h.Received, 30, "routed at")
		from := h.Routed
		for range rapid.IntRange(0, 3).Draw(t, "waits") {
			w := Wait{From: later(from, 10, "wait")}
			w.Until = later(w.From, 20, "until")
			w.To = later(w.From, int(w.Until.Sub(w.From)/(24*time.Hour)), "to")
			h.Waits, from = append(h.Waits, w), w.To
		}
		if n := len(h.Waits); n > 0 && rapid.Bool().Draw(t, "still waiting") {
			h.Waits[n-1].To = time.Time{}
		}
	}
	return h
}

// reckon is Reckon counted out day by day, without provisional marks and cards.
func (n naive) reckon(h History) (due, department Date) {
	add := func(d Date, days int) Date {
		for days > 0 {
			d++
			if n.working(d) {
				days--
			}
		}
		return d
	}
	day := func(t time.Time) Date { return DateOf(t, Shanghai) }
	days := h.Policy.AnswerDays
	if h.Rework {
		days = h.Policy.ReworkDays
	}
	unextended := add(day(h.Received), days)
	due = add(unextended, h.Extension.Days)
	if h.Routed.IsZero() {
		return due, 0
	}
	first := add(day(h.Routed), 1)
	if h.Extension.At.Before(h.Routed) {
		department = max(due, first)
	} else {
		department = add(max(unextended, first), h.Extension.Days)
	}
	for _, w := range h.Waits {
		to := w.To
		if to.IsZero() {
			to = w.Until
		}
		for d := day(w.From) + 1; d <= day(to); d++ {
			if n.working(d) {
				department = add(department, 1)
			}
		}
	}
	return due, department
}

func TestBothClocksAgreeWithANaiveCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		k := c.Reckon(h)
		due, department := naive{c.Years()}.reckon(h)
		if got := h.Policy.Closing.At(due, Shanghai); !k.Due.Equal(got) {
			t.Fatalf("due %s, want %s", k.Due, got)
		}
		if h.Routed.IsZero() {
			if !k.DepartmentDue.IsZero() || !k.Yellow.IsZero() || !k.Red.IsZero() {
				t.Fatalf("nobody has the case, yet %+v", k)
			}
			return
		}
		if got := h.Policy.Closing.At(department, Shanghai); !k.DepartmentDue.Equal(got) {
			t.Fatalf("department due %s, want %s", k.DepartmentDue, got)
		}
		if y, r := c.WorkingDays(k.DepartmentDue, k.Yellow), c.WorkingDays(k.DepartmentDue, k.Red); y != h.Policy.YellowDays || r != h.Policy.RedDays {
			t.Fatalf("cards after %d and %d working days", y, r)
		}
	})
}

func TestWithoutExtensionAndWaitsTheClocksAreTheSimpleOnes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		h.Rework, h.Extension, h.Waits = false, Extension{}, nil
		k := c.Reckon(h)
		due, provisional, assessable := Deadlines(c, h.Policy, h.Received)
		if k.Assessable != assessable || !k.Due.Equal(due) || !k.DueUnextended.Equal(due) || k.Provisional != provisional {
			t.Fatalf("%+v, want due %s (provisional %t)", k, due, provisional)
		}
		if h.Routed.IsZero() {
			return
		}
		department, rests := DepartmentDue(c, h.Policy, due, h.Routed)
		if !k.DepartmentDue.Equal(department) || k.DepartmentProvisional != (provisional || rests) {
			t.Fatalf("%+v, want the department's due %s (provisional %t)", k, department, rests)
		}
	})
}

func TestMoreDaysOfExtensionNeverGiveAnEarlierDue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		more := h
		more.Extension.Days += rapid.IntRange(1, 10).Draw(t, "more")
		if h.Extension.Days == 0 {
			more.Extension.At = h.Received
		}
		a, b := c.Reckon(h), c.Reckon(more)
		if !b.Due.After(a.Due) || b.DepartmentDue.Before(a.DepartmentDue) || !b.DueUnextended.Equal(a.DueUnextended) {
			t.Fatalf("%+v, with more days %+v", a, b)
		}
	})
}

func TestOnlyWaitsAndExtensionsMoveADue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		want := c.Reckon(h)
		done := h
		done.Replied, done.Answered, done.Ended = drawInstant(t, "replied"), drawInstant(t, "answered"), drawInstant(t, "ended")
		if diff := cmp.Diff(want, c.Reckon(done)); diff != "" {
			t.Fatalf("moved by replying, answering or ending (-before +after):\n%s", diff)
		}
		again, err := New(Shanghai, c.Years()...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, again.Reckon(h)); diff != "" {
			t.Fatalf("another under an equal calendar (-want +got):\n%s", diff)
		}
	})
}

func TestWaitsMoveTheDepartmentsClockAlone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		if h.Routed.IsZero() {
			h.Routed = h.Received
		}
		none := h
		none.Waits = nil
		with, without := c.Reckon(h), c.Reckon(none)
		if !with.Due.Equal(without.Due) || with.Provisional != without.Provisional {
			t.Fatalf("waits move the city's due time from %s to %s", without.Due, with.Due)
		}
		if got := c.WorkingDays(without.DepartmentDue, with.DepartmentDue); got != with.Waited || with.DepartmentDue.Before(without.DepartmentDue) {
			t.Fatalf("moved by %d working days, waited %d", got, with.Waited)
		}
		if first, _ := c.Due(h.Routed, 1, h.Policy.Closing); with.DepartmentDue.Before(first) {
			t.Fatalf("due %s, before the end of the first working day %s", with.DepartmentDue, first)
		}
		if len(h.Waits) == 0 {
			return
		}
		last := len(h.Waits) - 1
		closed := func(to time.Time) Clocks {
			other := h
			other.Waits = slices.Clone(h.Waits)
			other.Waits[last].To = to
			return c.Reckon(other)
		}
		w := h.Waits[last]
		if diff := cmp.Diff(closed(w.Until), closed(time.Time{})); diff != "" {
			t.Fatalf("an open wait is not as one closed at its limit (-closed +open):\n%s", diff)
		}
		if diff := cmp.Diff(closed(w.Until), closed(w.Until.AddDate(0, 1, 0))); diff != "" {
			t.Fatalf("a wait counts beyond its limit (-limit +beyond):\n%s", diff)
		}
		earlier := w.From.Add(w.Until.Sub(w.From) / time.Duration(rapid.IntRange(1, 9).Draw(t, "earlier")))
		if closed(earlier).DepartmentDue.After(closed(w.Until).DepartmentDue) {
			t.Fatalf("a wait closed %s instead of %s makes the due time later", earlier, w.Until)
		}
	})
}

func TestResultsOfAClock(t *testing.T) {
	t.Parallel()
	due := at(t, "2026-03-09T23:59:59")
	before, after := due.Add(-time.Hour), due.Add(time.Second)
	never := time.Time{}
	for _, tt := range []struct {
		name                  string
		due, done, ended, now time.Time
		want                  Result
	}{
		{"no due time", never, before, never, after, ResultNone},
		{"open", due, never, never, before, ResultRunning},
		{"open in the last second", due, never, never, due, ResultRunning},
		{"open one second later", due, never, never, after, ResultOverdue},
		{"done in the last second", due, due, never, after, ResultOnTime},
		{"done one second later", due, after, never, after, ResultLate},
		{"withdrawn, however late", due, never, after, after.AddDate(1, 0, 0), ResultEnded},
		{"done and then ended", due, before, after, after, ResultOnTime},
		{"written in another zone", due, due.UTC(), never, after, ResultOnTime},
	} {
		if got := ResultOf(tt.due, tt.done, tt.ended, tt.now); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestAPromiseThatStandsIsNotReckonedAnew holds that the department's clock goes by the calendar in force, and
// the writer's by what was promised.
func TestAPromiseThatStandsIsNotReckonedAnew(t *testing.T) {
	t.Parallel()
	p := DefaultPolicies().Default
	old := BuiltIn(Shanghai)
	h := History{Policy: p, Received: instant(t, "2026-03-05T10:00:00+08:00"), Routed: instant(t, "2026-03-05T11:00:00+08:00")}
	before := old.Reckon(h)
	years := old.Years()
	last := years[len(years)-1]
	last.Off = append(last.Off, Entry{Date: NewDate(2026, time.March, 6), Name: "临时放假"}, Entry{Date: NewDate(2026, time.March, 11), Name: "临时放假"})
	corrected, err := old.WithYear(last)
	if err != nil {
		t.Fatal(err)
	}
	h.Promise = &Promise{Due: before.Due, Unextended: before.DueUnextended}
	h.Routed = instant(t, "2026-03-10T09:00:00+08:00")
	got := corrected.Reckon(h)
	if !got.Due.Equal(before.Due) || !got.DueUnextended.Equal(before.DueUnextended) {
		t.Errorf("the promise %s became %s", before.Due, got.Due)
	}
	if want := "2026-03-12T23:59:59+08:00"; got.DepartmentDue.Format(time.RFC3339) != want {
		t.Errorf("the department's due time %s, want %s", got.DepartmentDue, want)
	}
	h.Promise = &Promise{}
	if got := corrected.Reckon(h); got.Assessable || !got.DepartmentDue.IsZero() {
		t.Errorf("without a promise there is %+v", got)
	}
}
