package sla

import (
	"fmt"
	"strconv"
	"time"
)

// PeriodKind is a unit of the calendar by which a city reports.
type PeriodKind string

// The kinds of period.
const (
	MonthPeriod   PeriodKind = "month"
	QuarterPeriod PeriodKind = "quarter"
	HalfPeriod    PeriodKind = "half"
	YearPeriod    PeriodKind = "year"
)

// PeriodKinds lists all kinds, the shortest first.
var PeriodKinds = []PeriodKind{MonthPeriod, QuarterPeriod, HalfPeriod, YearPeriod}

// months is how many months a period of the kind has; 0 for a kind there is none of.
func (k PeriodKind) months() time.Month {
	return map[PeriodKind]time.Month{MonthPeriod: 1, QuarterPeriod: 3, HalfPeriod: 6, YearPeriod: 12}[k]
}

// Period is one month, quarter, half-year or year of the civil calendar.
type Period struct {
	Kind     PeriodKind
	From, To Date // To is the first day that is not in it
}

// PeriodOf is the period of a kind that the day is in. The kind must be one of [PeriodKinds].
func PeriodOf(kind PeriodKind, day Date) Period {
	year, month, _ := day.YearMonthDay()
	n := kind.months()
	first := (month-1)/n*n + 1
	return Period{Kind: kind, From: NewDate(year, first, 1), To: NewDate(year, first+n, 1)}
}

// Before is the period of the same kind that ends where p begins.
func (p Period) Before() Period { return PeriodOf(p.Kind, p.From.AddDays(-1)) }

// Next is the period of the same kind that begins where p ends.
func (p Period) Next() Period { return PeriodOf(p.Kind, p.To) }

// Number is which month, quarter or half of its year it is, from 1.
func (p Period) Number() int {
	_, month, _ := p.From.YearMonthDay()
	return int((month-1)/p.Kind.months()) + 1
}

// Year is the year that it is in.
func (p Period) Year() int {
	year, _, _ := p.From.YearMonthDay()
	return year
}

// Key names it among those of its kind: 2026-01, 2026Q1, 2026H1, 2026. Keys of a kind sort by time.
func (p Period) Key() string {
	switch p.Kind {
	case QuarterPeriod:
		return fmt.Sprintf("%dQ%d", p.Year(), p.Number())
	case HalfPeriod:
		return fmt.Sprintf("%dH%d", p.Year(), p.Number())
	case YearPeriod:
		return strconv.Itoa(p.Year())
	case MonthPeriod:
	}
	return p.From.String()[:len("2026-01")]
}
