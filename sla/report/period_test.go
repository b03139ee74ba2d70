package report

import (
	"testing"
	"time"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeriodsAreComparedWithTheYearBeforeAndTheUnitBefore(t *testing.T) {
	t.Parallel()
	const over = "2030-01-01"
	for _, row := range []struct{ name, from, to, today, yearFrom, yearTo, beforeFrom, beforeTo string }{
		{"a month", "2018-03-01", "2018-04-01", over, "2017-03-01", "2017-04-01", "2018-02-01", "2018-03-01"},
		{"January", "2018-01-01", "2018-02-01", over, "2017-01-01", "2017-02-01", "2017-12-01", "2018-01-01"},
		{"a quarter", "2018-04-01", "2018-07-01", over, "2017-04-01", "2017-07-01", "2018-01-01", "2018-04-01"},
		{"a half-year", "2018-01-01", "2018-07-01", over, "2017-01-01", "2017-07-01", "2017-07-01", "2018-01-01"},
		{"a year", "2018-01-01", "2019-01-01", over, "2017-01-01", "2018-01-01", "2017-01-01", "2018-01-01"},
		{"three months that are no quarter", "2018-02-01", "2018-05-01", over, "2017-02-01", "2017-05-01", "2017-11-04", "2018-02-01"},
		{"two months", "2018-01-01", "2018-03-01", over, "2017-01-01", "2017-03-01", "2017-11-03", "2018-01-01"},
		{"ten days", "2018-03-05", "2018-03-15", over, "2017-03-05", "2017-03-15", "2018-02-23", "2018-03-05"},
		{"the February of a leap year", "2024-02-01", "2024-03-01", over, "2023-02-01", "2023-03-01", "2024-01-01", "2024-02-01"},
		{"the February after one", "2025-02-01", "2025-03-01", over, "2024-02-01", "2024-03-01", "2025-01-01", "2025-02-01"},
		{"29 February alone", "2024-02-29", "2024-03-01", over, "2023-02-28", "2023-03-01", "2024-02-28", "2024-02-29"},
		{"28 February alone", "2024-02-28", "2024-02-29", over, "2023-02-28", "2023-03-01", "2024-02-27", "2024-02-28"},
		{"a month on its tenth day", "2018-03-01", "2018-04-01", "2018-03-10", "2017-03-01", "2017-03-11", "2018-02-01", "2018-02-11"},
		{"a month on its last day", "2018-03-01", "2018-04-01", "2018-03-31", "2017-03-01", "2017-04-01", "2018-02-01", "2018-03-01"},
		{"a month longer so far than the one before", "2018-03-01", "2018-04-01", "2018-03-30", "2017-03-01", "2017-03-31", "2018-02-01", "2018-03-01"},
		{"a range on its second day", "2018-03-05", "2018-03-15", "2018-03-06", "2017-03-05", "2017-03-07", "2018-02-23", "2018-02-25"},
		{"a year on its first day", "2018-01-01", "2019-01-01", "2018-01-01", "2017-01-01", "2017-01-02", "2017-01-01", "2017-01-02"},
	} {
		s := span{day(t, row.from), day(t, row.to)}
		yearBefore, before, ok := s.comparisons(day(t, row.today))
		if want := (Period{row.yearFrom, row.yearTo}); !ok || yearBefore.period() != want {
			t.Errorf("%s: the year before is %v, want %v", row.name, yearBefore.period(), want)
		}
		if want := (Period{row.beforeFrom, row.beforeTo}); !ok || before.period() != want {
			t.Errorf("%s: the period before is %v, want %v", row.name, before.period(), want)
		}
	}
}

func TestAPeriodThatHasNotBegunIsComparedWithNothing(t *testing.T) {
	t.Parallel()
	s := span{day(t, "2018-03-02"), day(t, "2018-03-05")}
	if _, _, ok := s.comparisons(day(t, "2018-03-01")); ok {
		t.Error("tomorrow was compared")
	}
	if _, _, ok := s.comparisons(day(t, "2018-03-02")); !ok {
		t.Error("today was not compared")
	}
}

func TestPercentilesAreTheNearestRank(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		h           histogram
		median, p90 int64
	}{
		{histogram{3: 1}, 3, 3},
		{histogram{1: 1, 2: 1}, 1, 2},                    // of two, the first is the median
		{histogram{0: 5, 1: 4, 7: 1}, 0, 1},              // ten letters: ranks 5 and 9
		{histogram{0: 4, 1: 4, 7: 2}, 1, 7},              // ranks 5 and 9 again
		{histogram{0: 5, 1: 4, 2: 1, 9: 1}, 1, 2},        // eleven: ranks 6 and 10
		{histogram{2: 1_000_000, 1: 1, 30: 1_000}, 2, 2}, // a few late ones move neither
	} {
		if m, p := row.h.percentile(50), row.h.percentile(90); *m != row.median || *p != row.p90 {
			t.Errorf("%v: median %d and 90th %d, want %d and %d", row.h, *m, *p, row.median, row.p90)
		}
	}
	if (histogram{}).percentile(50) != nil {
		t.Error("no letters have a median")
	}
}
