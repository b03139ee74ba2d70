package sla

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"time"
)

// NoticeHours say when notices to staff may leave: on working days from From until before Until,
// in the calendar's zone. Nobody is woken by a department's affairs, and what is sent on a day
// off is read by nobody. Notices to writers are not held back by it.
type NoticeHours struct {
	From    Closing `json:"from"`
	Until   Closing `json:"until"`
	AnyTime bool    `json:"any_time"` // lifts the limit: notices leave at once, day and night
}

func (h NoticeHours) validate() error {
	switch {
	case !h.From.valid() || !h.Until.valid():
		return fmt.Errorf("from or until is no second of a day: %d and %d", int(h.From), int(h.Until))
	case h.From.seconds() >= h.Until.seconds():
		return fmt.Errorf("from (%s) must be before until (%s)", h.From, h.Until)
	}
	return nil
}

// Next returns the earliest instant, not before t, at which a notice to staff may leave: t itself
// at any time that is allowed, else the From of the next working day that has it. A day that no
// notice covers is taken as it is reckoned.
func (h NoticeHours) Next(c *Calendar, t time.Time) time.Time {
	if h.AnyTime {
		return t
	}
	day := DateOf(t, c.loc)
	if c.IsWorkingDay(day) {
		switch from := c.Morning(day, h.From); {
		case t.Before(from):
			return from
		case t.Before(c.Morning(day, h.Until)):
			return t
		}
	}
	return c.Morning(c.NextWorkingDay(day), h.From)
}

// Mornings is a set of days before a due time, counted in working days from 0, the due day
// itself, to 20: those on whose mornings a reminder is sent. It is a bit set, so that a [Policy]
// can be compared; in JSON it is a list such as [1, 0], the earliest morning first. The zero
// value reminds never.
type Mornings uint32

const (
	maxMorning  = 20 // four weeks: what is due later than that is no news
	allMornings = Mornings(1<<(maxMorning+1) - 1)
)

// MorningsOf returns the set of the given days, 0 to 20. Another day is a programmer's mistake
// and panics.
func MorningsOf(days ...int) Mornings {
	var m Mornings
	for _, n := range days {
		if n < 0 || n > maxMorning {
			panic(fmt.Sprintf("sla: a reminder %d working days before", n))
		}
		m |= 1 << n
	}
	return m
}

// Days returns the days in the order of their mornings: 1, the day before, comes before 0.
func (m Mornings) Days() []int {
	days := make([]int, 0, bits.OnesCount32(uint32(m)))
	for n := maxMorning; n >= 0; n-- {
		if m.Has(n) {
			days = append(days, n)
		}
	}
	return days
}

// Has reports whether day n is in the set.
func (m Mornings) Has(n int) bool { return n >= 0 && n <= maxMorning && m>>n&1 == 1 }

// Of returns the instants of the mornings before a due time, in order and in the calendar's
// location: at the given time of day on the due day for 0, on the n-th working day before it for
// n. A time of day at which the due time has passed is left out; it would remind of nothing.
func (m Mornings) Of(c *Calendar, due time.Time, at Closing) []time.Time {
	if due.IsZero() {
		return nil
	}
	var mornings []time.Time
	for _, n := range m.Days() {
		day := DateOf(due, c.loc)
		if n > 0 {
			day = c.WorkingDayBefore(day, n)
		}
		if morning := c.Morning(day, at); !morning.After(due) {
			mornings = append(mornings, morning)
		}
	}
	return mornings
}

// MarshalJSON writes the days as [Mornings.Days] orders them.
func (m Mornings) MarshalJSON() ([]byte, error) { return json.Marshal(m.Days()) }

// UnmarshalJSON reads a list of distinct days, 0 to 20, in any order.
func (m *Mornings) UnmarshalJSON(text []byte) error {
	days, err := unmarshalList[int, Mornings](text, "a list of whole days such as [1, 0]")
	if err != nil || days == nil {
		return err
	}
	var read Mornings
	for _, n := range days {
		switch {
		case n < 0 || n > maxMorning:
			return cannotBe[Mornings]("list with %d: its days are 0 to %d", n, maxMorning)
		case read.Has(n):
			return cannotBe[Mornings]("list with %d twice", n)
		}
		read |= MorningsOf(n)
	}
	*m = read
	return nil
}

// Readers is a set of those who are told of something. It is a bit set, so that a [Policy] can be
// compared; in JSON it is a list such as ["department", "office"]. The zero value tells nobody.
type Readers uint8

// Those who can be told.
const (
	ToDepartment  Readers = 1 << iota // the people of the lead department
	ToLeader                          // the leader of the lead department
	ToOffice                          // the mayor's office
	ToSupervision                     // supervision

	allReaders = ToDepartment | ToLeader | ToOffice | ToSupervision
)

// readerNames are the words in JSON, in the order of the bits.
var readerNames = [...]string{"department", "leader", "office", "supervision"}

// Has reports whether all of o are in the set.
func (r Readers) Has(o Readers) bool { return r&o == o }

// names returns the words of the set in their order.
func (r Readers) names() []string {
	names := make([]string, 0, len(readerNames))
	for i, name := range readerNames {
		if r.Has(1 << i) {
			names = append(names, name)
		}
	}
	return names
}

// MarshalJSON writes the words of those in the set: department, leader, office, supervision.
func (r Readers) MarshalJSON() ([]byte, error) { return json.Marshal(r.names()) }

// UnmarshalJSON reads a list of distinct words in any order.
func (r *Readers) UnmarshalJSON(text []byte) error {
	words := strings.Join(readerNames[:], ", ")
	names, err := unmarshalList[string, Readers](text, "a list of "+words)
	if err != nil || names == nil {
		return err
	}
	var read Readers
	for _, name := range names {
		i := slices.Index(readerNames[:], name)
		switch {
		case i < 0:
			return cannotBe[Readers]("list with %q: its words are %s", name, words)
		case read.Has(1 << i):
			return cannotBe[Readers]("list with %q twice", name)
		}
		read |= 1 << i
	}
	*r = read
	return nil
}

// unmarshalList reads the list that a set of type S is written as; null, which changes nothing as
// everywhere in JSON, gives nil. A null within the list is refused: it would be read as 0.
func unmarshalList[T, S any](text []byte, want string) ([]T, error) {
	var list []*T
	if err := json.Unmarshal(text, &list); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return nil, cannotBe[S]("%s: it is %s", mismatch.Value, want)
		}
		return nil, err
	}
	if list == nil {
		return nil, nil
	}
	values := make([]T, 0, len(list))
	for _, v := range list {
		if v == nil {
			return nil, cannotBe[S]("null: it is %s", want)
		}
		values = append(values, *v)
	}
	return values, nil
}

// cannotBe returns the error of a value that decodeStrictly puts behind "cannot be a JSON". The
// JSON package fills in the field's name in no other error.
func cannotBe[S any](format string, args ...any) error {
	return &json.UnmarshalTypeError{Value: fmt.Sprintf(format, args...), Type: reflect.TypeFor[S]()}
}
