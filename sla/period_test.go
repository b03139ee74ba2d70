package sla

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAPeriodIsTheUnitOfTheCalendarThatADayIsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind               PeriodKind
		day, from, to, key string
	}{
		{MonthPeriod, "2026-02-28", "2026-02-01", "2026-03-01", "2026-02"},
		{MonthPeriod, "2026-12-31", "2026-12-01", "2027-01-01", "2026-12"},
		{QuarterPeriod, "2026-03-31", "2026-01-01", "2026-04-01", "2026Q1"},
		{QuarterPeriod, "2026-10-01", "2026-10-01", "2027-01-01", "2026Q4"},
		{HalfPeriod, "2026-06-30", "2026-01-01", "2026-07-01", "2026H1"},
		{HalfPeriod, "2026-07-01", "2026-07-01", "2027-01-01", "2026H2"},
		{YearPeriod, "2024-02-29", "2024-01-01", "2025-01-01", "2024"},
	} {
		day, err := ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		p := PeriodOf(c.kind, day)
		if p.From.String() != c.from || p.To.String() != c.to || p.Key() != c.key {
			t.Errorf("%s of %s is %s to %s, %s", c.kind, c.day, p.From, p.To, p.Key())
		}
	}
}

func TestPeriodsFollowEachOtherWithoutAGapAndTheirKeysSortByTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := Date(rapid.Int32Range(-20_000, 80_000).Draw(t, "day"))
		p := PeriodOf(rapid.SampledFrom(PeriodKinds).Draw(t, "kind"), day)
		if day < p.From || day >= p.To {
			t.Fatalf("%s is not in %s to %s", day, p.From, p.To)
		}
		if n := p.Next(); n.From != p.To || n.Before() != p || n.Key() <= p.Key() {
			t.Fatalf("after %+v comes %+v", p, n)
		}
	})
}
