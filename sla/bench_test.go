package sla

import (
	"testing"
	"time"
)

func benchmarkDue(b *testing.B, received time.Time) {
	b.Helper()
	c := BuiltIn(Shanghai)
	b.ReportAllocs()
	for b.Loop() {
		c.Due(received, 2, EndOfDay)
	}
}

func BenchmarkDue(b *testing.B) { benchmarkDue(b, instant(b, "2026-02-13T10:00:00+08:00")) }

func BenchmarkDueInAnUnknownYear(b *testing.B) {
	benchmarkDue(b, instant(b, "2027-09-30T10:00:00+08:00"))
}

func BenchmarkWorkingDays(b *testing.B) {
	c := BuiltIn(Shanghai)
	from, to := instant(b, "2026-02-13T10:00:00+08:00"), instant(b, "2026-06-13T10:00:00+08:00")
	b.ReportAllocs()
	for b.Loop() {
		c.WorkingDays(from, to)
	}
}

func BenchmarkFor(b *testing.B) {
	v := DefaultPolicies()
	b.ReportAllocs()
	for b.Loop() {
		v.For("mailbox", "tipoff", "民生/供水")
	}
}

//nolint:paralleltest // testing.AllocsPerRun counts the allocations of the whole process and refuses to run beside other tests.
func TestDueAllocatesNothing(t *testing.T) {
	c := BuiltIn(Shanghai)
	for _, received := range []time.Time{instant(t, "2026-02-13T10:00:00+08:00"), instant(t, "2027-09-30T10:00:00+08:00"), instant(t, "2035-09-30T10:00:00+08:00")} {
		if n := testing.AllocsPerRun(100, func() { c.Due(received, 2, EndOfDay) }); n != 0 {
			t.Errorf("%v allocations for a letter of %s", n, received)
		}
	}
}

func BenchmarkReckon(b *testing.B) {
	c := BuiltIn(Shanghai)
	received := instant(b, "2026-02-11T10:00:00+08:00")
	h := History{
		Policy: DefaultPolicies().Default, Received: received, Routed: received.Add(time.Hour),
		Extension: Extension{Days: 5, At: received.AddDate(0, 0, 2)},
		Waits:     []Wait{{From: received.AddDate(0, 0, 1), Until: received.AddDate(0, 0, 6)}},
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Reckon(h)
	}
}
