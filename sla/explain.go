package sla

import (
	"fmt"
	"time"
)

// Reason says why a day counts towards a deadline or does not.
type Reason int

// The reasons, in the order in which a reader meets them.
const (
	Receipt         Reason = iota // the day of receipt, day 0, whatever it is otherwise
	Workday                       // an ordinary Monday to Friday
	AdjustedWorkday               // a weekend day worked in exchange for a holiday (调休)
	Weekend                       // an ordinary Saturday or Sunday
	Holiday                       // a weekday off by a published notice
	UnknownYear                   // no published notice covers the day; Working says how it was reckoned
)

var reasonNames = [...]string{
	Receipt:         "receipt",
	Workday:         "workday",
	AdjustedWorkday: "adjusted_workday",
	Weekend:         "weekend",
	Holiday:         "holiday",
	UnknownYear:     "unknown_year",
}

// String returns the reason's name as it stands in JSON, such as adjusted_workday. It is a key
// for dictionaries, not a text for people.
func (r Reason) String() string {
	if r < 0 || int(r) >= len(reasonNames) {
		return fmt.Sprintf("Reason(%d)", int(r))
	}
	return reasonNames[r]
}

// MarshalText writes the reason's name.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Day is one line of the derivation of a deadline.
type Day struct {
	Date    Date   `json:"date"`
	Counted int    `json:"counted"` // 1 for day 1 and so on; 0 for the day of receipt and days not worked
	Working bool   `json:"working"` // whether the day is worked
	Known   bool   `json:"known"`   // whether a published notice covers it; see Calendar.Known
	Reason  Reason `json:"reason"`
	Name    string `json:"name,omitempty"` // the holiday it is off for, or worked in exchange for
}

// Explain returns how [Calendar.Due] came to its answer: every day from that of receipt to the
// due one. The last day's date at closing is the due time, and the deadline is provisional when
// a day after the first is not known. n must be at least 1.
func (c *Calendar) Explain(t time.Time, n int, closing Closing) []Day {
	due, _ := c.Due(t, n, closing)
	from, to := DateOf(t, c.loc), DateOf(due, c.loc)
	days := make([]Day, 0, to-from+1)
	counted := 0
	for d := from; d <= to; d++ {
		day := c.describe(d)
		switch {
		case d == from:
			day.Reason = Receipt
		case day.Working:
			counted++
			day.Counted = counted
		}
		days = append(days, day)
	}
	return days
}

// describe says what is known of a day, apart from any deadline.
func (c *Calendar) describe(d Date) Day {
	day := Day{Date: d, Working: c.IsWorkingDay(d), Known: c.Known(d)}
	name, isOff := c.off[d]
	if !isOff {
		name = c.work[d]
	}
	day.Name = name
	switch {
	case !day.Known:
		day.Reason = UnknownYear
		if name == "" {
			day.Name = statutoryHoliday(d)
		}
	case isOff:
		day.Reason = Holiday
	case !isWeekend(d):
		day.Reason = Workday
	case day.Working:
		day.Reason = AdjustedWorkday
	default:
		day.Reason = Weekend
	}
	return day
}
