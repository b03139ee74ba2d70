package web

import (
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// yearView is a year at a glance.
type yearView struct {
	Year    int
	Loaded  bool
	Working int // days
	Months  []monthView
}

// monthView is one month as a table of weeks from Monday on, and in words the days that are not as in any week.
type monthView struct {
	Name  string
	Weeks [][]squareView
	Notes []string
}

// squareView is a day in the table of a month; Day 0 is a square without one.
type squareView struct {
	Day  int
	Kind string // workday, weekend, holiday, adjusted
	Mark string // the one word that stands under the number
	Name string // what a reader of the table alone must be told besides
	Open bool   // not announced yet
}

// yearsOf gives the years that can be looked at (those loaded and the one after, which shows what is
// reckoned with until it comes) and the one that is asked for.
func (s *Server) yearsOf(c echo.Context) ([]tabView, yearView) {
	k := s.Desk.Calendar()
	loaded := k.Years()
	first, last := loaded[0].Year, loaded[len(loaded)-1].Year+1
	year := visitOf(c).now.In(s.loc).Year()
	if asked, err := strconv.Atoi(c.QueryParam("year")); err == nil && asked >= first && asked <= last {
		year = asked
	}
	var tabs []tabView
	for y := last; y >= first; y-- {
		tabs = append(tabs, tabView{Href: "/admin/calendar?year=" + strconv.Itoa(y), Label: strconv.Itoa(y), Current: y == year})
	}
	view := yearView{
		Year: year, Working: k.WorkingDaysBetween(sla.NewDate(year-1, time.December, 31), sla.NewDate(year, time.December, 31)),
	}
	for _, y := range loaded {
		view.Loaded = view.Loaded || y.Year == year
	}
	for month := time.January; month <= time.December; month++ {
		view.Months = append(view.Months, s.monthOf(visitOf(c).lang, k, year, month, view.Loaded))
	}
	return tabs, view
}

func (s *Server) monthOf(lang errs.Lang, k *sla.Calendar, year int, month time.Month, loaded bool) monthView {
	view := monthView{Name: strconv.Itoa(int(month)) + "月"}
	if lang == errs.EN {
		view.Name = month.String()
	}
	begin, end := sla.NewDate(year, month, 1), sla.NewDate(year, month+1, 0)
	week := make([]squareView, (int(begin.Weekday())+6)%7, 7)
	var notes []dayNote
	for d := begin; d <= end; d++ {
		day := k.Describe(d)
		week = append(week, s.square(lang, day, loaded))
		notes = addNote(notes, s.noteOf(lang, day, loaded))
		if len(week) == 7 {
			view.Weeks, week = append(view.Weeks, week), nil
		}
	}
	if len(week) > 0 {
		view.Weeks = append(view.Weeks, append(week, make([]squareView, 7-len(week))...))
	}
	for _, n := range notes {
		if n.text == "" {
			continue
		}
		days := strconv.Itoa(n.first)
		if n.last > n.first {
			days += "–" + strconv.Itoa(n.last)
		}
		view.Notes = append(view.Notes, s.words.in(lang, "calendar.note", days, n.text))
	}
	return view
}

func (s *Server) square(lang errs.Lang, d sla.Day, loaded bool) squareView {
	_, _, day := d.Date.YearMonthDay()
	q := squareView{Day: day, Kind: "workday", Open: !d.Known}
	weekend := d.Date.Weekday() == time.Saturday || d.Date.Weekday() == time.Sunday
	switch {
	case d.Working && weekend:
		q.Kind, q.Mark = "adjusted", s.words.in(lang, "calendar.mark.work")
	case !d.Working && weekend:
		q.Kind = "weekend"
	case !d.Working:
		q.Kind, q.Mark = "holiday", s.words.in(lang, "calendar.mark.off")
	}
	if q.Kind == "adjusted" || q.Kind == "holiday" || q.Open && loaded {
		q.Name = s.dayName(lang, d)
	}
	return q
}

// dayNote is a run of days that one note is about. An empty one is a run of days that need none.
type dayNote struct {
	text        string
	first, last int
	gap         int // free days since last, which belong to the run if it goes on after them
}

// noteOf says what a day is where that does not follow from the week.
func (s *Server) noteOf(lang errs.Lang, d sla.Day, loaded bool) dayNote {
	_, _, day := d.Date.YearMonthDay()
	n := dayNote{first: day, last: day}
	switch {
	case !d.Known && loaded:
		n.text = wording.DayName(lang, sla.UnknownYear.String())
	case d.Name != "" && (d.Reason == sla.Holiday || d.Reason == sla.AdjustedWorkday || d.Reason == sla.UnknownYear && !d.Working):
		what := sla.Holiday
		if d.Working {
			what = sla.AdjustedWorkday
		}
		n.text = s.dayName(lang, sla.Day{Name: d.Name, Reason: what})
	case !d.Working:
		n.gap = 1
	}
	return n
}

// addNote puts a day to the run before it where both say the same, over a weekend too: 1–7 October is one
// holiday though two of its days are free in any week.
func addNote(notes []dayNote, n dayNote) []dayNote {
	if len(notes) == 0 {
		return append(notes, n)
	}
	last := &notes[len(notes)-1]
	switch {
	case n.text != "" && n.text == last.text && n.first == last.last+last.gap+1:
		last.last, last.gap = n.last, 0
	case n.text == "" && n.gap == 1 && last.text != "" && n.first == last.last+last.gap+1:
		last.gap++
	default:
		return append(notes, n)
	}
	return notes
}
