package sla

import (
	"fmt"
	"time"
)

// Reason says why a day counts towards a deadline or does not.
type Reason int

// The reasons, in the order in which a reader meets them.
const (
	Receipt         Reason = iota // the day of receipt or of granting a rework, day 0, whatever it is otherwise
	Workday                       // an ordinary Monday to Friday
	AdjustedWorkday               // a weekend day worked in exchange for a holiday (调休)
	Weekend                       // an ordinary Saturday or Sunday
	Holiday                       // a weekday off by a published notice
	UnknownYear                   // no published notice covers the day; Working says how it was reckoned
	PreviousDue                   // the due day that an extension or a wait moves, their day 0
	Routing                       // the day of routing, day 0 of the department's clock
)

var reasonNames = [...]string{
	Receipt:         "receipt",
	Workday:         "workday",
	AdjustedWorkday: "adjusted_workday",
	Weekend:         "weekend",
	Holiday:         "holiday",
	UnknownYear:     "unknown_year",
	PreviousDue:     "previous_due",
	Routing:         "routing",
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
	Counted int    `json:"counted"` // 1 for day 1 and so on; 0 for day 0 and days not worked
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
	return c.days(t, due, Receipt)
}

// days describes every day from that of one instant, which is day 0 for the reason given, to that
// of another, and counts the working days after the first.
func (c *Calendar) days(from, to time.Time, first Reason) []Day {
	begin, end := DateOf(from, c.loc), DateOf(to, c.loc)
	days := make([]Day, 0, max(end-begin, 0)+1)
	counted := 0
	for d := begin; d <= end; d++ {
		day := c.Describe(d)
		switch {
		case d == begin:
			day.Reason = first
		case day.Working:
			counted++
			day.Counted = counted
		}
		days = append(days, day)
	}
	return days
}

// Describe says what is known of a day, apart from any deadline.
func (c *Calendar) Describe(d Date) Day {
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
