package sla

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Entry is a day that a holiday notice moves, and the holiday it is moved for.
type Entry struct {
	Date Date   `json:"date"`
	Name string `json:"name"` // for example 国庆节
}

// Year is what the State Council's notice for one year says. A notice may also move days of
// 20 to 31 December of the year before; such entries belong to the year of the notice, so that
// loading it brings them along.
type Year struct {
	Year   int      `json:"year"`
	Papers []string `json:"papers,omitempty"` // addresses of the notices, for whoever wants to check
	Off    []Entry  `json:"weekday_off"`      // Mondays to Fridays that are not worked
	Work   []Entry  `json:"weekend_work"`     // Saturdays and Sundays that are worked
}

// Years outside these bounds are taken for slips of the pen. Before 2000 the rules were others:
// the week had six working days until 1995, and the long holidays began in 1999.
const (
	minYear = 2000
	maxYear = 2199
)

// lastDaysOfYear is the day of December from which on a day may be moved by the next year's notice.
const lastDaysOfYear = 20

//go:embed calendar_cn.json
var builtInYears []byte

// loadBuiltIn parses the embedded years once; a test holds that it cannot fail.
var loadBuiltIn = sync.OnceValue(func() []Year {
	years, err := ParseYears(builtInYears)
	if err != nil {
		panic(fmt.Sprintf("sla: built-in calendar: %v", err))
	}
	return years
})

// Validate reports the first thing in the year that cannot be right: a day outside the year (or
// the last days of the one before), a weekend day said to be off, a weekday said to be worked in
// exchange, a day named twice, or one of the signs that the notice was copied in part: a
// statutory holiday on a weekday that is missing from the days off or, where days are named at
// all, a holiday that none is named for.
func (y Year) Validate() error {
	if err := y.validateNumber(); err != nil {
		return err
	}
	seen := make(map[Date]bool, len(y.Off)+len(y.Work))
	if err := y.validateList("weekday_off", y.Off, false, seen); err != nil {
		return err
	}
	if err := y.validateList("weekend_work", y.Work, true, seen); err != nil {
		return err
	}
	for _, s := range statutory {
		d := NewDate(y.Year, s.month, s.day)
		if s.always && !isWeekend(d) && !seen[d] {
			return fmt.Errorf("year %d: weekday_off: %s (%s) is missing, the notice looks incomplete", y.Year, d, s.name)
		}
	}
	return y.validateNames()
}

// everyYear are the holidays for which every notice moves a day, as those of 2017 to 2026 all did.
// Mid-Autumn is not among them: it may fall into the days of National Day and go by its name.
var everyYear = [...]string{"元旦", "春节", "清明节", "劳动节", "端午节", "国庆节"}

// validateNames looks for a day of each holiday. A name may join two, such as 中秋节、国庆节.
func (y Year) validateNames() error {
	var names strings.Builder
	for _, e := range slices.Concat(y.Off, y.Work) {
		names.WriteString(e.Name)
	}
	if names.Len() == 0 {
		return nil
	}
	for _, holiday := range everyYear {
		if !strings.Contains(names.String(), holiday) {
			return fmt.Errorf("year %d: no day is named for %s, the notice looks incomplete", y.Year, holiday)
		}
	}
	return nil
}

func (y Year) validateList(list string, entries []Entry, weekend bool, seen map[Date]bool) error {
	for i, e := range entries {
		problem := ""
		switch {
		case !y.covers(e.Date):
			problem = y.outside()
		case isWeekend(e.Date) && !weekend:
			problem = "is a weekend day, which needs no entry to be off"
		case !isWeekend(e.Date) && weekend:
			problem = needsNoEntry
		case seen[e.Date]:
			problem = "is named twice"
		}
		if problem != "" {
			return fmt.Errorf("year %d: %s, entry %d: %s %s", y.Year, list, i+1, e.Date, problem)
		}
		seen[e.Date] = true
	}
	return nil
}

func (y Year) validateNumber() error {
	if y.Year < minYear || y.Year > maxYear {
		return fmt.Errorf("year %d is outside %d to %d", y.Year, minYear, maxYear)
	}
	return nil
}

const needsNoEntry = "is a weekday, which needs no entry to be worked"

// bounds are the first and the last day that the year's notice may move.
func (y Year) bounds() (earliest, latest Date) {
	return NewDate(y.Year-1, time.December, lastDaysOfYear), NewDate(y.Year, time.December, 31)
}

// covers reports whether the year's notice may move d.
func (y Year) covers(d Date) bool {
	earliest, latest := y.bounds()
	return d >= earliest && d <= latest
}

// outside is the problem of a day that the notice does not cover.
func (y Year) outside() string {
	earliest, latest := y.bounds()
	return fmt.Sprintf("is outside %s to %s", earliest, latest)
}

// clone copies the lists, so that a calendar shares no memory with its callers.
func (y Year) clone() Year {
	y.Papers = slices.Clone(y.Papers)
	y.Off = slices.Clone(y.Off)
	y.Work = slices.Clone(y.Work)
	return y
}

// statutory are the holidays whose dates follow from the Gregorian calendar alone. They are all
// that is certain about a year whose notice has not come out. 2 May is one only since 2025, so a
// notice of an earlier year need not name it (always is false).
var statutory = []struct {
	month  time.Month
	day    int
	name   string
	always bool
}{
	{time.January, 1, "元旦", true},
	{time.May, 1, "劳动节", true},
	{time.May, 2, "劳动节", false},
	{time.October, 1, "国庆节", true},
	{time.October, 2, "国庆节", true},
	{time.October, 3, "国庆节", true},
}

// statutoryHoliday returns the name of the statutory holiday on d, or "".
func statutoryHoliday(d Date) string {
	_, month, day := d.YearMonthDay()
	for i := range statutory {
		if s := &statutory[i]; s.day == day && s.month == month {
			return s.name
		}
	}
	return ""
}

func isWeekend(d Date) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
