package sla

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// yearsFile is the JSON form of a calendar: that of calendar_cn.json and of what the
// administrator loads.
type yearsFile struct {
	Years []Year `json:"years"`
}

// ParseYears reads years from JSON in one of two forms. The first is that of the built-in years:
//
//	{"years": [{"year": 2026, "papers": ["https://…"],
//	  "weekday_off":  [{"date": "2026-01-01", "name": "元旦"}, …],
//	  "weekend_work": [{"date": "2026-01-04", "name": "元旦"}, …]}]}
//
// The second is a file of one year as github.com/NateScarlet/holiday-cn publishes it, so that
// nobody needs to copy a notice by hand:
//
//	{"$schema": "…", "$id": "…", "year": 2026, "papers": ["https://…"], "days": [
//	  {"name": "元旦", "date": "2026-01-01", "isOffDay": true},
//	  {"name": "元旦", "date": "2026-01-04", "isOffDay": false}, …]}
//
// Years are checked as [Year.Validate] does. The error names the year and the entry at fault; one
// bad entry refuses the whole file, for half a year's notice is worse than none.
func ParseYears(data []byte) ([]Year, error) {
	var keys struct {
		Years json.RawMessage `json:"years"`
		Days  json.RawMessage `json:"days"`
	}
	// What cannot be read here cannot be read below either, where the error names its line.
	_ = json.NewDecoder(bytes.NewReader(data)).Decode(&keys)
	var years []Year
	var err error
	switch {
	case keys.Days != nil && keys.Years != nil:
		err = errors.New(`"years" and "days" stand in one file: it must be of one form or the other`)
	case keys.Days != nil:
		years, err = parseDays(data)
	default:
		years, err = parseYears(data)
	}
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return years, nil
}

func parseYears(data []byte) ([]Year, error) {
	var raw struct {
		Years []struct {
			Year   int        `json:"year"`
			Papers []string   `json:"papers"`
			Off    []rawEntry `json:"weekday_off"`
			Work   []rawEntry `json:"weekend_work"`
		} `json:"years"`
	}
	if err := decodeFile(data, &raw); err != nil {
		return nil, err
	}
	if len(raw.Years) == 0 {
		return nil, errors.New(`"years" is empty or missing`)
	}
	years := make([]Year, 0, len(raw.Years))
	for _, r := range raw.Years {
		off, errOff := parseEntries("weekday_off", r.Off)
		work, errWork := parseEntries("weekend_work", r.Work)
		if err := errors.Join(errOff, errWork); err != nil {
			return nil, fmt.Errorf("year %d: %w", r.Year, err)
		}
		y := Year{Year: r.Year, Papers: papers(r.Papers), Off: off, Work: work}
		if err := y.Validate(); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(years, func(o Year) bool { return o.Year == y.Year }) {
			return nil, fmt.Errorf("year %d stands in the file twice", y.Year)
		}
		years = append(years, y)
	}
	return years, nil
}

// papers makes an empty list none, which is how it is written.
func papers(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// FormatYears writes years in the first form that [ParseYears] reads.
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

// rawDay is a day of the second form. Whether it is off must be said: a day without it would be
// taken for a workday.
type rawDay struct {
	Name string `json:"name"`
	Date string `json:"date"`
	Off  *bool  `json:"isOffDay"`
}

func parseDays(data []byte) ([]Year, error) {
	var raw struct {
		Schema string   `json:"$schema"`
		ID     string   `json:"$id"`
		Year   int      `json:"year"`
		Papers []string `json:"papers"`
		Days   []rawDay `json:"days"`
	}
	if err := decodeFile(data, &raw); err != nil {
		return nil, err
	}
	y := Year{Year: raw.Year, Papers: papers(raw.Papers), Off: []Entry{}, Work: []Entry{}}
	if err := y.validateNumber(); err != nil {
		return nil, err
	}
	if len(raw.Days) == 0 {
		return nil, fmt.Errorf("year %d: \"days\" is empty: the notice of %d has not come out in this file", y.Year, y.Year)
	}
	seen := make(map[Date]bool, len(raw.Days))
	for i, day := range raw.Days {
		if err := y.add(day, seen); err != nil {
			return nil, fmt.Errorf("year %d: days, entry %d: %w", y.Year, i+1, err)
		}
	}
	if err := y.Validate(); err != nil {
		return nil, err
	}
	return []Year{y}, nil
}

// add enters a day of the second form. A weekend day off, which such files list with the rest of
// its holiday, is as in any week and becomes no entry.
func (y *Year) add(day rawDay, seen map[Date]bool) error {
	d, err := ParseDate(day.Date)
	if err != nil {
		return err
	}
	entry := Entry{Date: d, Name: day.Name}
	switch {
	case day.Off == nil:
		return fmt.Errorf("%s does not say whether it is off: isOffDay is missing", d)
	case !y.covers(d):
		return fmt.Errorf("%s %s", d, y.outside())
	case seen[d]:
		return fmt.Errorf("%s is named twice", d)
	case *day.Off && !isWeekend(d):
		y.Off = append(y.Off, entry)
	case !*day.Off && isWeekend(d):
		y.Work = append(y.Work, entry)
	case !*day.Off:
		return fmt.Errorf("%s %s", d, needsNoEntry)
	}
	seen[d] = true
	return nil
}
