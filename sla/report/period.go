package report

import "time"

// Period is a range of local dates, written 2018-01-01: From is in it, To is not.
type Period struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// span is a period to reckon with. Dates are midnights in UTC, where every day has 24 hours.
type span struct{ from, to time.Time }

func (s span) period() Period {
	return Period{From: s.from.Format(time.DateOnly), To: s.to.Format(time.DateOnly)}
}

func (s span) days() int { return int(s.to.Sub(s.from) / (24 * time.Hour)) }

// yearBefore moves both ends one year. 29 February becomes 28 February; as the end, which is not in the
// period, it becomes 1 March, so that "through 28 February" stays that.
func (s span) yearBefore() span {
	from := s.from.AddDate(-1, 0, 0)
	if from.Day() != s.from.Day() {
		from = from.AddDate(0, 0, -1)
	}
	return span{from, s.to.AddDate(-1, 0, 0)}
}

// before is the calendar unit before when s is a whole month, quarter, half-year or year, otherwise as
// many days before.
func (s span) before() span {
	if n := s.unit(); n > 0 {
		return span{s.from.AddDate(0, -n, 0), s.from}
	}
	return span{s.from.AddDate(0, 0, -s.days()), s.from}
}

// unit is the number of months of the calendar unit that s is, 0 when it is none.
func (s span) unit() int {
	if s.from.Day() != 1 || s.to.Day() != 1 {
		return 0
	}
	months := (s.to.Year()-s.from.Year())*12 + int(s.to.Month()) - int(s.from.Month())
	switch months {
	case 1, 3, 6, 12:
		if (int(s.from.Month())-1)%months == 0 {
			return months
		}
	}
	return 0
}

// firstDays cuts s to its first n days; a shorter span stays as it is.
func (s span) firstDays(n int) span {
	if n < s.days() {
		return span{s.from, s.from.AddDate(0, 0, n)}
	}
	return s
}

// comparisons are the spans that s is compared with on the local day today. While s is unfinished, they
// have as many days as s has so far; a unit that is too short for that (February, on 30 March) is taken
// whole and never runs into s. Not ok: s has not begun, so there is nothing to compare.
func (s span) comparisons(today time.Time) (yearBefore, before span, ok bool) {
	tomorrow := today.AddDate(0, 0, 1)
	if !s.from.Before(tomorrow) {
		return span{}, span{}, false
	}
	yearBefore, before = s.yearBefore(), s.before()
	if s.to.After(tomorrow) {
		so := span{s.from, tomorrow}.days()
		yearBefore, before = yearBefore.firstDays(so), before.firstDays(so)
	}
	return yearBefore, before, true
}
