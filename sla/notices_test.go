package sla

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNoticesLeaveInTheHoursOfWorkingDays(t *testing.T) {
	t.Parallel()
	c, office := BuiltIn(Shanghai), DefaultPolicies().Notices
	for _, tt := range []struct {
		name, now, want string
	}{
		{"at noon, at once", "2026-03-05T12:00:00", "2026-03-05T12:00:00"},
		{"before nine, at nine", "2026-03-05T08:59:59", "2026-03-05T09:00:00"},
		{"at nine, at once", "2026-03-05T09:00:00", "2026-03-05T09:00:00"},
		{"just before six, at once", "2026-03-05T17:59:59", "2026-03-05T17:59:59"},
		{"at six, the next morning", "2026-03-05T18:00:00", "2026-03-06T09:00:00"},
		{"on Friday evening, on Monday", "2026-03-06T20:00:00", "2026-03-09T09:00:00"},
		{"on a Saturday worked, at once", "2026-02-14T10:00:00", "2026-02-14T10:00:00"},
		{"in Spring Festival, after it", "2026-02-17T10:00:00", "2026-02-24T09:00:00"},
	} {
		if got := office.Next(c, at(t, tt.now)); !got.Equal(at(t, tt.want)) {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	always := office
	always.AnyTime = true
	if now := at(t, "2026-02-17T03:00:00"); !always.Next(c, now).Equal(now) {
		t.Error("any time is not at once")
	}
}

func TestTheHoursOfNoticesAreNeverLeftNorMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, now := drawCalendar(t), drawInstant(t, "now")
		from := rapid.IntRange(1, int(EndOfDay)-1).Draw(t, "from")
		h := NoticeHours{From: Closing(from), Until: Closing(rapid.IntRange(from+1, int(EndOfDay)).Draw(t, "until"))}
		next := h.Next(c, now)
		day := DateOf(next, Shanghai)
		if next.Before(now) || !c.IsWorkingDay(day) || next.Before(c.Morning(day, h.From)) || !next.Before(c.Morning(day, h.Until)) {
			t.Fatalf("%s leaves at %s", now, next)
		}
		if !h.Next(c, next).Equal(next) {
			t.Fatalf("%s is allowed, yet moved to %s", next, h.Next(c, next))
		}
		// Nothing is missed: from now until then no moment was allowed.
		if c.WorkingDays(now, next) > 1 {
			t.Fatalf("%s waits until %s, beyond a whole working day", now, next)
		}
	})
}

func TestMorningsBeforeADueTime(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	const nine, six = 9 * 3600, 18 * 3600
	for _, tt := range []struct {
		name, due string
		mornings  Mornings
		at        Closing
		want      []string
	}{
		{"the day before and the due day", "2026-03-10T23:59:59", MorningsOf(0, 1), nine, []string{"2026-03-09T09:00:00", "2026-03-10T09:00:00"}},
		{"over Spring Festival, the Saturday before", "2026-02-24T23:59:59", MorningsOf(2, 1), nine, []string{"2026-02-13T09:00:00", "2026-02-14T09:00:00"}},
		{"when the office closes at noon, none at six", "2026-03-10T12:00:00", MorningsOf(1, 0), six, []string{"2026-03-09T18:00:00"}},
		{"at the very last second", "2026-03-10T18:00:00", MorningsOf(0), six, []string{"2026-03-10T18:00:00"}},
		{"never", "2026-03-10T23:59:59", MorningsOf(), nine, nil},
		{"no due time", "", MorningsOf(0), nine, nil},
	} {
		var want []time.Time
		for _, s := range tt.want {
			want = append(want, at(t, s))
		}
		if diff := cmp.Diff(want, tt.mornings.Of(c, at(t, tt.due), tt.at)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMorningsAreInOrderAndAsFarBeforeAsSaid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		due, _ := c.Due(drawInstant(t, "received"), drawDays(t, "n"), EndOfDay)
		m := Mornings(rapid.Uint32Range(0, uint32(allMornings)).Draw(t, "mornings"))
		got := m.Of(c, due, 9*3600)
		if !slices.IsSortedFunc(got, time.Time.Compare) || len(got) != len(m.Days()) {
			t.Fatalf("%v: %v", m.Days(), got)
		}
		for i, n := range m.Days() {
			if !c.IsWorkingDay(DateOf(got[i], Shanghai)) || c.WorkingDays(got[i], due) != n {
				t.Fatalf("%s is not %d working days before %s", got[i], n, due)
			}
		}
	})
}

func TestAWorkingDayBeforeIsTheOtherWayAfter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, d, n := drawCalendar(t), DateOf(drawInstant(t, "day"), Shanghai), drawDays(t, "n")
		before := c.WorkingDayBefore(d, n)
		if !c.IsWorkingDay(before) || c.WorkingDaysBetween(before-1, d-1) != n {
			t.Fatalf("%s is not %d working days before %s", before, n, d)
		}
	})
	for _, n := range []int{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d working days before are accepted", n)
				}
			}()
			BuiltIn(Shanghai).WorkingDayBefore(0, n)
		}()
	}
}
