package sla

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Calendar knows the working days of China in one location. It never changes once made, so it
// may be shared by any number of goroutines; [Calendar.WithYears] makes a new one. Build it with
// [BuiltIn] or [New]; the zero value is not usable.
type Calendar struct {
	loc   *time.Location
	years map[int]Year
	off   map[Date]string // weekdays off and why, of all loaded years
	work  map[Date]string // weekend days worked and why

	// A range of days is counted out once, so that a deadline is two look-ups and no walk over
	// days: from 1 January of the first loaded year to spareYears after the last. Twelve years
	// take some 50 kB.
	first, last Date
	working     []int32 // working[i]: working days among the first i days of the range
	unknown     []int32 // unknown[i]: unknown days among the first i days of the range
	nth         []Date  // the working days of the range in order
}

// spareYears are counted out after the last loaded year, so that a city which has not loaded
// this year's notice yet gets its provisional deadlines as fast as any other.
const spareYears = 2

// BuiltIn returns the calendar of the years that come with the program, 2017 to 2026.
func BuiltIn(loc *time.Location) *Calendar {
	c, err := New(loc, loadBuiltIn()...)
	if err != nil {
		panic(fmt.Sprintf("sla: built-in calendar: %v", err))
	}
	return c
}

// New returns a calendar of the given years, whose local dates are those of loc. Of a year given
// twice the later one counts. At least one year is needed, and each must pass [Year.Validate].
func New(loc *time.Location, years ...Year) (*Calendar, error) {
	if loc == nil {
		return nil, errors.New("calendar: no location given")
	}
	if len(years) == 0 {
		return nil, errors.New("calendar: at least one year is needed")
	}
	c := &Calendar{loc: loc, years: make(map[int]Year), off: make(map[Date]string), work: make(map[Date]string)}
	for _, y := range years {
		if err := y.Validate(); err != nil {
			return nil, fmt.Errorf("calendar: %w", err)
		}
		c.years[y.Year] = y.clone()
	}
	for _, y := range c.Years() {
		for _, e := range y.Off {
			c.off[e.Date] = e.Name
		}
		for _, e := range y.Work {
			c.work[e.Date] = e.Name
		}
	}
	c.count()
	return c, nil
}

// WithYears returns a calendar in which the given years are added, or replaced where they were
// loaded already. Errors are those of [New].
func (c *Calendar) WithYears(years ...Year) (*Calendar, error) {
	return New(c.loc, append(c.Years(), years...)...)
}

// WithYear is [Calendar.WithYears] for one year.
func (c *Calendar) WithYear(y Year) (*Calendar, error) { return c.WithYears(y) }

// count fills the tables of the range.
func (c *Calendar) count() {
	loaded := slices.Sorted(maps.Keys(c.years))
	c.first = NewDate(loaded[0], time.January, 1)
	c.last = NewDate(loaded[len(loaded)-1]+spareYears, time.December, 31)
	days := int(c.last-c.first) + 1
	c.working = make([]int32, days+1)
	c.unknown = make([]int32, days+1)
	for i := range days {
		d := c.first.AddDays(i)
		c.working[i+1], c.unknown[i+1] = c.working[i], c.unknown[i]
		if c.reckon(d) {
			c.working[i+1]++
			c.nth = append(c.nth, d)
		}
		if !c.announced(d) {
			c.unknown[i+1]++
		}
	}
}

// announced is the rule behind [Calendar.Known].
func (c *Calendar) announced(d Date) bool {
	year, month, day := d.YearMonthDay()
	_, this := c.years[year]
	if month == time.December && day >= lastDaysOfYear {
		_, next := c.years[year+1]
		return this && next
	}
	return this
}

// reckon is the rule behind [Calendar.IsWorkingDay]. A day that a notice names is as the notice
// says, even where another notice is still to come. Any other day follows the week; where no
// notice has come out for its year, less the statutory holidays.
func (c *Calendar) reckon(d Date) bool {
	if isWeekend(d) {
		_, worked := c.work[d]
		return worked
	}
	if _, off := c.off[d]; off {
		return false
	}
	return c.announced(d) || statutoryHoliday(d) == ""
}

// Location returns the zone whose local dates the calendar counts.
func (c *Calendar) Location() *time.Location { return c.loc }

// Years returns the loaded years in order, as copies.
func (c *Calendar) Years() []Year {
	years := make([]Year, 0, len(c.years))
	for _, y := range slices.Sorted(maps.Keys(c.years)) {
		years = append(years, c.years[y].clone())
	}
	return years
}

// inRange reports whether the tables cover d.
func (c *Calendar) inRange(d Date) bool { return d >= c.first && d <= c.last }

// IsWorkingDay reports whether d is worked, or would be in an ordinary year if d is not known.
func (c *Calendar) IsWorkingDay(d Date) bool {
	if !c.inRange(d) {
		return c.reckon(d)
	}
	i := d - c.first
	return c.working[i+1] > c.working[i]
}

// Known reports whether d can be trusted: its year is loaded and, from 20 December on, the next
// year as well, whose notice may move the last days of the year before.
func (c *Calendar) Known(d Date) bool {
	if !c.inRange(d) {
		return false
	}
	i := d - c.first
	return c.unknown[i+1] == c.unknown[i]
}

// Assessable reports whether a letter received at t can be given a due time at all: not before
// the first loaded year. Years after the last are assessable, provisionally.
func (c *Calendar) Assessable(t time.Time) bool { return DateOf(t, c.loc) >= c.first }

// AddWorkingDays returns the n-th working day after d, d itself not counted, and whether an
// unknown day was met on the way. n must be at least 1; a smaller one is a programmer's mistake
// and panics, since any date it gave would become somebody's deadline.
func (c *Calendar) AddWorkingDays(d Date, n int) (day Date, provisional bool) {
	if n < 1 {
		panic(fmt.Sprintf("sla: a deadline of %d working days", n))
	}
	if d+1 >= c.first && d <= c.last {
		i := int(d + 1 - c.first)
		if k := int(c.working[i]) + n - 1; k < len(c.nth) {
			day = c.nth[k]
			return day, c.unknown[day+1-c.first] > c.unknown[i]
		}
	}
	// Outside the range there is no table, only the ordinary week.
	for day = d; n > 0; {
		day++
		provisional = provisional || !c.Known(day)
		if c.IsWorkingDay(day) {
			n--
		}
	}
	return day, provisional
}

// NextWorkingDay returns the first working day after d, d itself not counted.
func (c *Calendar) NextWorkingDay(d Date) Date {
	day, _ := c.AddWorkingDays(d, 1)
	return day
}

// WorkingDayBefore returns the n-th working day before d, d itself not counted. n must be at least
// 1; a smaller one is a programmer's mistake and panics.
func (c *Calendar) WorkingDayBefore(d Date, n int) Date {
	if n < 1 {
		panic(fmt.Sprintf("sla: %d working days before a day", n))
	}
	if d >= c.first && d <= c.last {
		if k := int(c.working[d-c.first]); k >= n {
			return c.nth[k-n]
		}
	}
	for n > 0 {
		d--
		if c.IsWorkingDay(d) {
			n--
		}
	}
	return d
}

// Morning returns the instant of a time of day on the given day, in the calendar's location.
func (c *Calendar) Morning(day Date, at Closing) time.Time { return at.At(day, c.loc) }

// UnknownWithin looks ahead for the first unknown day from the given one to so many days after it,
// both included. year is the one whose notice must be loaded to know it: its own or, from 20
// December on, when that is loaded, the next. missing is false when all days are known.
func (c *Calendar) UnknownWithin(from Date, days int) (first Date, year int, missing bool) {
	for d := from; d <= from.AddDays(days); d++ {
		if c.Known(d) {
			continue
		}
		year = d.Year()
		if _, loaded := c.years[year]; loaded {
			year++
		}
		return d, year, true
	}
	return 0, 0, false
}

// Due returns the last second on time for a letter received at t with n working days, in the
// calendar's location. The day of receipt is not counted (Civil Code art. 201); a day off is
// never the last day (art. 203). provisional reports whether a day was needed that no published
// notice covers. n must be at least 1, see [Calendar.AddWorkingDays]. Ask [Calendar.Assessable]
// first where t may lie before the loaded years.
func (c *Calendar) Due(t time.Time, n int, closing Closing) (due time.Time, provisional bool) {
	day, provisional := c.AddWorkingDays(DateOf(t, c.loc), n)
	return closing.At(day, c.loc), provisional
}

// WorkingDays returns the whole working days in (local date of from, local date of to]: 0 for
// an answer on the day of receipt, 1 for one on the next working day. It is 0 when to is on or
// before the date of from.
func (c *Calendar) WorkingDays(from, to time.Time) int {
	return c.WorkingDaysBetween(DateOf(from, c.loc), DateOf(to, c.loc))
}

// WorkingDaysBetween returns the working days in (from, to]; 0 when to is not after from.
func (c *Calendar) WorkingDaysBetween(from, to Date) int {
	n := c.walk(from+1, min(to, c.first-1)) + c.walk(max(from, c.last)+1, to)
	if lo, hi := max(from+1, c.first), min(to, c.last); lo <= hi {
		n += int(c.working[hi+1-c.first] - c.working[lo-c.first])
	}
	return n
}

// walk counts the working days of [from, to] one by one, for days outside the tables.
func (c *Calendar) walk(from, to Date) int {
	n := 0
	for d := from; d <= to; d++ {
		if c.IsWorkingDay(d) {
			n++
		}
	}
	return n
}

// anyUnknown reports whether a day in (from, to] is unknown.
func (c *Calendar) anyUnknown(from, to Date) bool {
	switch {
	case to <= from:
		return false
	case !c.inRange(from+1) || !c.inRange(to):
		return true // days outside the tables are never known
	}
	return c.unknown[to+1-c.first] > c.unknown[from+1-c.first]
}
