package sla

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // so that Asia/Shanghai loads on a machine without a zone database
)

const secondsPerDay = 24 * 60 * 60

// Shanghai is the zone of the whole of China and the default of a calendar.
var Shanghai = mustLoadLocation("Asia/Shanghai")

// mustLoadLocation panics when the zone is unknown, which the compiled-in zone database rules out.
func mustLoadLocation(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(fmt.Sprintf("sla: zone %s: %v", name, err))
	}
	return loc
}

// Date is a day of the civil (Gregorian) calendar without a zone, counted in days since
// 1970-01-01. Dates compare and subtract like numbers: b-a is the number of days from a to b.
// The zero Date is 1970-01-01.
type Date int32

// NewDate returns the date of a year, month and day of the month. Values outside their range
// carry over as in [time.Date]: 31 February becomes 2 or 3 March.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// DateOf returns the date on which the instant t falls in loc; the location t itself carries
// makes no difference.
func DateOf(t time.Time, loc *time.Location) Date {
	_, offset := t.In(loc).Zone()
	return dateOfSeconds(t.Unix() + int64(offset))
}

// ParseDate reads a date written as 2006-01-02. It refuses any other form, and days that do not
// exist, such as 2026-02-30.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		var parse *time.ParseError
		if errors.As(err, &parse) && parse.Message != "" {
			return 0, fmt.Errorf("%q is not a day of the calendar%s", s, parse.Message)
		}
		return 0, fmt.Errorf("%q is not a date of the form 2006-01-02", s)
	}
	return dateOfSeconds(t.Unix()), nil
}

// dateOfSeconds rounds down, so that seconds before 1970 fall on their own day as well.
func dateOfSeconds(s int64) Date {
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return Date(d)
}

// utc returns the first second of the date in UTC, where each day has 86,400 of them.
func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the date as 2006-01-02.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Year returns the year of the date.
func (d Date) Year() int { return d.utc().Year() }

// YearMonthDay returns the year, month and day of the month.
func (d Date) YearMonthDay() (year int, month time.Month, day int) { return d.utc().Date() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	const thursday = 4 // 1970-01-01 was one
	w := (int(d) + thursday) % 7
	if w < 0 {
		w += 7
	}
	return time.Weekday(w)
}

// AddDays returns the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Start returns the first instant of the date in loc. That is midnight, except where a change
// to summer time skips it.
func (d Date) Start(loc *time.Location) time.Time {
	first, _ := d.instants(0, loc)
	return time.Unix(first, 0).In(loc)
}

// MarshalText writes the date as 2006-01-02.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date as [ParseDate] does.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// instants returns the first and the last Unix second at which the clocks of loc show the given
// second of the day. They differ only in the hour that is lived twice at the end of summer time.
// For a second skipped at its beginning, they are the first after and the last before the gap.
func (d Date) instants(second int, loc *time.Location) (first, last int64) {
	local := int64(d)*secondsPerDay + int64(second)
	before := offsetAt(local-secondsPerDay, loc) // no offset reaches 24 hours
	after := offsetAt(local+secondsPerDay, loc)
	early, late := local-max(before, after), local-min(before, after)
	if early == late {
		return early, late
	}
	// A change of offset is near; an instant is right if its own offset is the one assumed.
	earlyRight := early+offsetAt(early, loc) == local
	lateRight := late+offsetAt(late, loc) == local
	switch {
	case earlyRight && lateRight:
		return early, late
	case earlyRight:
		return early, early
	case lateRight:
		return late, late
	default:
		_, gap := time.Unix(early, 0).In(loc).ZoneBounds()
		return gap.Unix(), gap.Unix() - 1
	}
}

func offsetAt(unix int64, loc *time.Location) int64 {
	_, offset := time.Unix(unix, 0).In(loc).Zone()
	return int64(offset)
}

// Closing is the time of day at which an office closes, in whole seconds since midnight: what is
// answered at that second is still on time. The zero value counts as [EndOfDay], so that a
// closing time nobody set never shortens a deadline.
type Closing int

// EndOfDay is the last second of the day, the closing time unless an office sets another
// (Civil Code art. 203).
const EndOfDay Closing = secondsPerDay - 1

// ParseClosing reads a time of day written as 17:30 or 17:30:00; 17:30 means 17:30:00. Midnight
// is refused: as a closing time it would end a day before it began. The end of the day is
// 23:59:59.
func ParseClosing(s string) (Closing, error) {
	layout := time.TimeOnly
	if len(s) == len("17:30") {
		layout = "15:04"
	}
	t, err := time.Parse(layout, s)
	if err != nil || len(s) != len(layout) {
		return 0, fmt.Errorf("%q is not a time of day of the form 17:30 or 17:30:00", s)
	}
	c := Closing(t.Hour()*3600 + t.Minute()*60 + t.Second())
	if c == 0 {
		return 0, fmt.Errorf("%q is no closing time: the end of the day is %s", s, EndOfDay)
	}
	return c, nil
}

// valid reports whether c is a second of a day, or zero.
func (c Closing) valid() bool { return c >= 0 && c <= EndOfDay }

// seconds returns the second of the day meant.
func (c Closing) seconds() int {
	if c == 0 {
		c = EndOfDay
	}
	return int(c)
}

// String returns the time of day as 15:04:05.
func (c Closing) String() string {
	s := c.seconds()
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}

// At returns the last second on time of the date d in loc.
func (c Closing) At(d Date, loc *time.Location) time.Time {
	_, last := d.instants(c.seconds(), loc)
	return time.Unix(last, 0).In(loc)
}

// MarshalText writes the time of day as 15:04:05.
func (c Closing) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a time of day as [ParseClosing] does.
func (c *Closing) UnmarshalText(text []byte) error {
	parsed, err := ParseClosing(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
