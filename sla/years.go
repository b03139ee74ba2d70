package sla

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// yearsFile is the JSON form of a calendar: that of calendar_cn.json and of what the
// administrator loads.
type yearsFile struct {
	Years []Year `json:"years"`
}

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

// ParseYears reads years from JSON:
//
//	{"years": [{"year": 2026, "papers": ["https://…"],
//	  "weekday_off":  [{"date": "2026-01-01", "name": "元旦"}, …],
//	  "weekend_work": [{"date": "2026-01-04", "name": "元旦"}, …]}]}
//
// and checks them as [Year.Validate] does. The error names the year and the entry at fault; one
// bad entry refuses the whole file, for half a year's notice is worse than none.
func ParseYears(data []byte) ([]Year, error) {
	var raw struct {
		Years []struct {
			Year   int        `json:"year"`
			Papers []string   `json:"papers"`
			Off    []rawEntry `json:"weekday_off"`
			Work   []rawEntry `json:"weekend_work"`
		} `json:"years"`
	}
	if err := decodeFile(data, &raw); err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	if len(raw.Years) == 0 {
		return nil, errors.New(`calendar: "years" is empty or missing`)
	}
	years := make([]Year, 0, len(raw.Years))
	for _, r := range raw.Years {
		off, errOff := parseEntries("weekday_off", r.Off)
		work, errWork := parseEntries("weekend_work", r.Work)
		if err := errors.Join(errOff, errWork); err != nil {
			return nil, fmt.Errorf("calendar: year %d: %w", r.Year, err)
		}
		y := Year{Year: r.Year, Papers: r.Papers, Off: off, Work: work}
		if err := y.Validate(); err != nil {
			return nil, fmt.Errorf("calendar: %w", err)
		}
		if slices.ContainsFunc(years, func(o Year) bool { return o.Year == y.Year }) {
			return nil, fmt.Errorf("calendar: year %d stands in the file twice", y.Year)
		}
		years = append(years, y)
	}
	return years, nil
}

// FormatYears writes years in the form that [ParseYears] reads.
func FormatYears(years []Year) ([]byte, error) {
	return json.MarshalIndent(yearsFile{years}, "", "  ")
}

// rawEntry keeps the date as written, so that an error can name the entry it stands in.
type rawEntry struct {
	Date string `json:"date"`
	Name string `json:"name"`
}

func parseEntries(list string, raw []rawEntry) ([]Entry, error) {
	entries := make([]Entry, 0, len(raw))
	for i, r := range raw {
		d, err := ParseDate(r.Date)
		if err != nil {
			return nil, fmt.Errorf("%s, entry %d: %w", list, i+1, err)
		}
		entries = append(entries, Entry{Date: d, Name: r.Name})
	}
	return entries, nil
}

// Validate reports the first thing in the year that cannot be right: a day outside the year (or
// the last days of the one before), a weekend day said to be off, a weekday said to be worked in
// exchange, a day named twice, or a statutory holiday on a weekday that is missing from the days
// off, which means that the notice was copied in part.
func (y Year) Validate() error {
	if y.Year < minYear || y.Year > maxYear {
		return fmt.Errorf("year %d is outside %d to %d", y.Year, minYear, maxYear)
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
	return nil
}

func (y Year) validateList(list string, entries []Entry, weekend bool, seen map[Date]bool) error {
	earliest := NewDate(y.Year-1, time.December, lastDaysOfYear)
	latest := NewDate(y.Year, time.December, 31)
	for i, e := range entries {
		problem := ""
		switch {
		case e.Date < earliest || e.Date > latest:
			problem = fmt.Sprintf("is outside %s to %s", earliest, latest)
		case isWeekend(e.Date) && !weekend:
			problem = "is a weekend day, which needs no entry to be off"
		case !isWeekend(e.Date) && weekend:
			problem = "is a weekday, which needs no entry to be worked"
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
