package web

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// dueView is the city's promise to the writer and how it came about, in plain words.
type dueView struct {
	At          time.Time // zero: the letter came before any calendar we have
	Provisional bool
	Parts       []partView
	Moved       []string // what else has moved it: a calendar announced, other rules
}

// partView is one stretch of a clock: from one due time to the next.
type partView struct {
	Title string
	Text  string
	Quote string // why, in somebody's own words
	Days  []dayView
}

// dayView is one day of the component "days".
type dayView struct {
	Date     time.Time
	State    string // received, off or counted
	N        int
	Due      bool
	Adjusted bool
	Note     string
	Word     string // of day 0, instead of that for a receipt
	DueWord  string // what the last day is, if not when an answer is due
}

// dueOf explains the due date of a case to its writer, or to whoever has just recorded the letter.
func (s *Server) dueOf(c echo.Context, v *cases.View) (dueView, error) {
	d, err := s.Desk.DeadlineOf(c.Request().Context(), v)
	if err != nil {
		return dueView{}, err
	}
	if v.DueAt.IsZero() {
		return dueView{}, nil
	}
	lang := visitOf(c).lang
	due := dueView{At: v.DueAt.In(s.loc), Provisional: v.Provisional, Moved: s.movesOf(lang, v)}
	// What was promised is what stands in the case; an explanation that led to another day would be none.
	if d.Writer.Due.Equal(v.DueAt.Time) {
		due.Parts = s.plainParts(lang, v, d)
	}
	return due, nil
}

// plainParts says to a writer how the due date was found.
func (s *Server) plainParts(lang errs.Lang, v *cases.View, d *cases.Deadline) []partView {
	parts := make([]partView, 0, len(d.Writer.Parts))
	for i, p := range d.Writer.Parts {
		part := partView{Days: s.daysOf(lang, p, writersDays(d, i))}
		switch {
		case p.Kind == sla.PartExtension:
			part.Text = s.words.in(lang, "due.extended", p.WorkingDays, wording.DateTime(p.From, lang, s.loc), wording.DateTime(p.To, lang, s.loc))
			if granted := lastOf(v, people.GrantExtension); granted != nil {
				part.Quote = granted.Text
			}
		case d.Round > 1:
			part.Text = s.words.in(lang, "due.how_again", p.WorkingDays)
		default:
			part.Text = s.words.in(lang, "due.how", p.WorkingDays)
		}
		parts = append(parts, part)
	}
	return parts
}

// movesOf lists what has moved the due date of the running round besides an extension.
func (s *Server) movesOf(lang errs.Lang, v *cases.View) []string {
	var moves []string
	for i := range v.History {
		e := &v.History[i]
		if e.Verb == people.GrantRework {
			moves = nil // a round of its own, with a date of its own
		}
		if was, now, moved := movedBy(e); moved {
			moves = append(moves, s.words.in(lang, "due.moved."+string(e.Verb), wording.DateTime(was, lang, s.loc), wording.DateTime(now, lang, s.loc)))
		}
	}
	return moves
}

// movedBy reads from when to when an event has moved the writer's due time.
func movedBy(e *cases.Entry) (was, now time.Time, moved bool) {
	if e.Verb != people.Settle && e.Verb != people.ApplyPolicy {
		return was, now, false
	}
	was, now = instant(e.Detail["was"]), instant(e.Detail["due_at"])
	return was, now, !was.IsZero() && !now.IsZero() && !was.Equal(now)
}

// instant is an instant as events write it, in Unix seconds.
func instant(value any) time.Time {
	n := number(value)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// dayWords are keys for what day 0 and the last day of a part are called.
type dayWords struct{ first, last string }

// previousDue is what ends a part that another moves on.
const previousDue = "day.previous_due"

// writersDays names the ends of a part of the writer's clock: what is moved later is a previous due date.
func writersDays(d *cases.Deadline, part int) dayWords {
	w := dayWords{"day.received", "day.due"}
	switch {
	case part > 0:
		w.first = previousDue
	case d.Round > 1:
		w.first = "day.granted"
	}
	if part < len(d.Writer.Parts)-1 {
		w.last = previousDue
	}
	return w
}

// departmentsDays does the same for the department's clock.
func departmentsDays(d *cases.Deadline, part int) dayWords {
	w := dayWords{"day.routed", "day.department_due"}
	if part > 0 {
		w.first = previousDue
	}
	if part < len(d.Department.Parts)-1 {
		w.last = previousDue
	}
	return w
}

// daysOf shows every day of a part: counted or not, and why.
func (s *Server) daysOf(lang errs.Lang, p sla.Part, w dayWords) []dayView {
	days := make([]dayView, len(p.Days))
	for i, day := range p.Days {
		days[i] = s.day(lang, day)
		if i == 0 {
			days[i].State, days[i].Word, days[i].Note = "received", s.words.in(lang, w.first), ""
		}
		if i == len(p.Days)-1 {
			days[i].Due, days[i].DueWord = w.last != previousDue, s.words.in(lang, w.last)
		}
	}
	return days
}

// day says what a day is: worked and counted, or off, and why.
func (s *Server) day(lang errs.Lang, day sla.Day) dayView {
	view := dayView{Date: day.Date.Start(s.loc), State: "off", N: day.Counted, Adjusted: day.Reason == sla.AdjustedWorkday}
	if day.Working {
		view.State = "counted"
	}
	var notes []string
	if day.Reason == sla.Weekend || day.Reason == sla.UnknownYear {
		notes = append(notes, wording.DayName(lang, day.Reason.String()))
	}
	if view.Adjusted {
		notes = append(notes, s.words.in(lang, "day.adjusted"))
	}
	if day.Name != "" {
		notes = append(notes, s.holiday(lang, day.Name))
	}
	view.Note = strings.Join(notes, " · ")
	return view
}

// holiday names a public holiday; two that fall together are joined in the calendar by 、.
func (s *Server) holiday(lang errs.Lang, name string) string {
	if lang == errs.ZH {
		return name
	}
	parts := strings.Split(name, "、")
	for i, part := range parts {
		if s.words.has("holiday." + part) {
			parts[i] = s.words.in(lang, "holiday."+part)
		}
	}
	return strings.Join(parts, ", ")
}
