package sla

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWritersClock(t *testing.T) {
	t.Parallel()
	c, v := BuiltIn(Shanghai), DefaultPolicies()
	for _, tt := range []struct {
		name, channel, received, due string
		provisional, assessable      bool
	}{
		{"two working days", "mailbox", "2026-02-12T10:00:00+08:00", "2026-02-14T23:59:59+08:00", false, true},
		{"three for an error on a web site", "site_error", "2026-02-12T10:00:00+08:00", "2026-02-24T23:59:59+08:00", false, true},
		{"a year not loaded", "mailbox", "2027-03-01T10:00:00+08:00", "2027-03-03T23:59:59+08:00", true, true},
		{"before the first year", "mailbox", "2016-12-31T10:00:00+08:00", "0001-01-01T00:00:00Z", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			due, provisional, assessable := Deadlines(c, v.For(tt.channel, "", ""), instant(t, tt.received))
			if due.Format(time.RFC3339) != tt.due || provisional != tt.provisional || assessable != tt.assessable {
				t.Errorf("due %s, provisional %t, assessable %t", due.Format(time.RFC3339), provisional, assessable)
			}
		})
	}
}

func TestDepartmentsClock(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for _, tt := range []struct {
		name, due, routed, closing, want string
		provisional                      bool
	}{
		{"routed at once, it has as long as the city", "2026-03-09T23:59:59+08:00", "2026-03-05T11:00:00+08:00", "23:59:59", "2026-03-09T23:59:59+08:00", false},
		{"routed the day before, the due time stands", "2026-03-09T23:59:59+08:00", "2026-03-06T17:00:00+08:00", "23:59:59", "2026-03-09T23:59:59+08:00", false},
		{"routed on the last day, it has one working day", "2026-03-09T23:59:59+08:00", "2026-03-09T17:00:00+08:00", "23:59:59", "2026-03-10T23:59:59+08:00", false},
		{"routed long after, the same", "2026-03-09T23:59:59+08:00", "2026-03-13T17:00:00+08:00", "17:30", "2026-03-16T17:30:00+08:00", false},
		{"the one working day may be a Saturday", "2026-02-13T23:59:59+08:00", "2026-02-13T23:00:00+08:00", "23:59:59", "2026-02-14T23:59:59+08:00", false},
		{"or lie beyond a holiday", "2026-02-14T23:59:59+08:00", "2026-02-14T10:00:00+08:00", "23:59:59", "2026-02-24T23:59:59+08:00", false},
		{"routed into days not announced", "2026-12-18T23:59:59+08:00", "2026-12-18T10:00:00+08:00", "23:59:59", "2026-12-21T23:59:59+08:00", true},
		{"a due time in days not announced", "2026-12-22T23:59:59+08:00", "2026-12-17T10:00:00+08:00", "23:59:59", "2026-12-22T23:59:59+08:00", true},
		{"no due time, none for the department", "0001-01-01T00:00:00Z", "2026-03-05T10:00:00+08:00", "23:59:59", "0001-01-01T00:00:00Z", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			closing, err := ParseClosing(tt.closing)
			if err != nil {
				t.Fatal(err)
			}
			got, provisional := DepartmentDue(c, Policy{Closing: closing}, instant(t, tt.due), instant(t, tt.routed))
			if got.Format(time.RFC3339) != tt.want || provisional != tt.provisional {
				t.Errorf("%s (provisional %t), want %s (%t)", got.Format(time.RFC3339), provisional, tt.want, tt.provisional)
			}
		})
	}
}

func TestDepartmentAlwaysHasOneWorkingDayAndNeverLessThanTheCity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, p := drawCalendar(t), DefaultPolicies().Default
		days := rapid.IntRange(0, 4000).Draw(t, "days after the first known")
		received := NewDate(c.Years()[0].Year, time.January, 1).AddDays(days).Start(Shanghai).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		due, provisional, assessable := Deadlines(c, p, received)
		if !assessable {
			t.Fatalf("%s has no due time", received)
		}
		routed := received.Add(time.Duration(rapid.Int64Range(0, 30*24*3600).Draw(t, "seconds to routing")) * time.Second)
		got, rests := DepartmentDue(c, p, due, routed)
		if got.Before(due) || c.WorkingDays(routed, got) < 1 {
			t.Fatalf("due %s, routed %s: %s", due, routed, got)
		}
		if !got.Equal(due) && c.WorkingDays(routed, got) != 1 {
			t.Fatalf("due %s, routed %s: %s is later than either asks for", due, routed, got)
		}
		if got.Equal(due) && rests && !provisional {
			t.Fatalf("provisional for the department at %s, but not for the writer", got)
		}
	})
}

func TestExtensionAddsWorkingDaysToTheDueTime(t *testing.T) {
	t.Parallel()
	c, p := BuiltIn(Shanghai), DefaultPolicies().Default
	for _, tt := range []struct {
		due         string
		days        int
		want        string
		provisional bool
	}{
		{"2026-02-13T23:59:59+08:00", 1, "2026-02-14T23:59:59+08:00", false},
		{"2026-02-13T23:59:59+08:00", 5, "2026-02-27T23:59:59+08:00", false},
		{"2026-12-17T23:59:59+08:00", 2, "2026-12-21T23:59:59+08:00", true},
	} {
		got, provisional := Extend(c, p, instant(t, tt.due), tt.days)
		if got.Format(time.RFC3339) != tt.want || provisional != tt.provisional {
			t.Errorf("%s and %d days: %s (provisional %t), want %s (%t)", tt.due, tt.days, got, provisional, tt.want, tt.provisional)
		}
	}
}

func TestACaseClosesAfterWholeCalendarDays(t *testing.T) {
	t.Parallel()
	c, p := BuiltIn(Shanghai), DefaultPolicies().Default
	for answered, want := range map[string]string{
		"2026-03-05T00:00:00+08:00": "2026-03-16T00:00:00+08:00",
		"2026-03-05T23:59:59+08:00": "2026-03-16T00:00:00+08:00",
		"2026-03-05T16:00:00Z":      "2026-03-17T00:00:00+08:00",
	} {
		if got := CloseAt(c, p, instant(t, answered)).Format(time.RFC3339); got != want {
			t.Errorf("answered %s, closes %s, want %s", answered, got, want)
		}
	}
}
