package web

import (
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// dueView is a due date and how it was worked out, day by day.
type dueView struct {
	At          time.Time // zero: the letter came before any calendar we have
	Provisional bool
	Working     int // days
	Days        []dayView
}

// dayView is one day of the component "days".
type dayView struct {
	Date     time.Time
	State    string // received, off or counted
	N        int
	Due      bool
	Adjusted bool
	Note     string
}

// dueOf explains the due date of a case. The strip is left out when it would lead to another day: after
// an extension, or when the calendar has been corrected since.
func (s *Server) dueOf(c echo.Context, v *cases.View) dueView {
	if v.DueAt.IsZero() {
		return dueView{}
	}
	policy := s.Desk.Policy(&v.Case)
	due := dueView{At: v.DueAt.In(s.loc), Provisional: v.Provisional, Working: policy.AnswerDays}
	days := s.Desk.Calendar().Explain(v.ReceivedAt.Time, policy.AnswerDays, policy.Closing)
	if last := days[len(days)-1]; last.Date != sla.DateOf(v.DueAt.Time, s.loc) {
		return due
	}
	for i, day := range days {
		due.Days = append(due.Days, s.day(visitOf(c).lang, day, i == len(days)-1))
	}
	return due
}

func (s *Server) day(lang errs.Lang, day sla.Day, last bool) dayView {
	view := dayView{Date: day.Date.Start(s.loc), State: "off", N: day.Counted, Due: last, Adjusted: day.Reason == sla.AdjustedWorkday}
	switch {
	case day.Reason == sla.Receipt:
		view.State = "received"
	case day.Working:
		view.State = "counted"
	case day.Name != "":
		view.Note = s.holiday(lang, day.Name)
	}
	if !day.Known && day.Reason != sla.Receipt {
		view.Note = wording.DayName(lang, sla.UnknownYear.String())
	}
	return view
}

// holiday names a public holiday; two that fall together are joined in the calendar by 、.
func (s *Server) holiday(lang errs.Lang, name string) string {
	if lang == errs.ZH {
		return name
	}
	parts := strings.Split(name, "、")
	for i, part := range parts {
		if _, known := s.words["holiday."+part]; known {
			parts[i] = s.words.in(lang, "holiday."+part)
		}
	}
	return strings.Join(parts, ", ")
}
