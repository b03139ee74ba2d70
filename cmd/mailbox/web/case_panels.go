package web

import (
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// timePanels are what the page of a case says about its time besides the clocks.
type timePanels struct {
	Notices   []noteView // what is waited for now: the writer, the answer to an order
	Requests  []requestView
	Orders    []orderPanel // the answered ones
	Materials []noteView
	First     []factView // what came of the first round
}

// noteView is a text with what it is and where it comes from.
type noteView struct {
	Title, Meta, Body string
	Files             []attachment
}

// requestView is somebody's request for more time or for a rework, and what was decided.
type requestView struct {
	Title, Outcome string
	Waits          bool // nobody has decided yet
	Notes          []noteView
}

type orderPanel struct {
	Title, Meta, Body  string
	AnswerMeta, Answer string
}

// panelsOf gathers the panels.
func (s *Server) panelsOf(lang errs.Lang, v *cases.View) timePanels {
	at := func(t time.Time) string { return wording.DateTime(t, lang, s.loc) }
	panels := timePanels{Requests: s.requestsOf(lang, v), First: s.firstRoundOf(lang, v)}
	if !v.WaitingSince.IsZero() {
		panels.Notices = append(panels.Notices, noteView{Title: s.words.in(lang, "case.waiting", at(v.WaitingUntil.Time)), Body: v.Waiting})
	}
	for i := range v.Orders {
		o := &v.Orders[i]
		if isOpen(*o) {
			panels.Notices = append(panels.Notices, noteView{Title: s.words.in(lang, "case.order.waits", o.Department, at(o.DueAt.Time)), Body: o.Body})
			continue
		}
		order := orderPanel{
			Title: s.words.in(lang, "case.order.answered"), Body: o.Body, Answer: o.Answer,
			Meta: s.words.in(lang, "case.order.meta", o.Department, at(o.IssuedAt.Time), at(o.DueAt.Time)),
		}
		if o.AnsweredAt.IsZero() {
			order.Title = s.words.in(lang, "case.order.released", at(o.ReleasedAt.Time))
		} else {
			order.AnswerMeta = joined(s.words.in(lang, "case.order.answer"), at(o.AnsweredAt.Time), o.AnsweredBy)
		}
		panels.Orders = append(panels.Orders, order)
	}
	for _, m := range v.Materials {
		panels.Materials = append(panels.Materials, noteView{
			Meta: at(m.SentAt), Body: m.Body, Files: s.filesOn(lang, v, func(f cases.File) bool { return f.MaterialID == m.ID }),
		})
	}
	return panels
}

// joined puts what is there on one line.
func joined(parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, " · ")
}

// requestsOf reads the requests and their decisions from the history: it holds the words of both sides.
func (s *Server) requestsOf(lang errs.Lang, v *cases.View) []requestView {
	var all []requestView
	last := map[bool]int{} // by whether it is a rework: where in all the latest stands, from 1
	for i := range v.History {
		e := &v.History[i]
		switch e.Verb {
		case people.AskExtension, people.AskRework:
			request := requestView{
				Title: wording.VerbName(lang, string(e.Verb)), Outcome: wording.OutcomeName(lang, "asked"), Waits: true,
				Notes: []noteView{{Meta: s.noteMeta(lang, e), Body: e.Text}},
			}
			if e.Verb == people.AskExtension && !v.State.Open() {
				request.Outcome, request.Waits = s.words.in(lang, "case.request.moot"), false
			}
			all = append(all, request)
			last[e.Verb == people.AskRework] = len(all)
			continue
		default:
		}
		outcome := outcomeOf(e)
		at := last[e.Verb == people.GrantRework || e.Verb == people.RefuseRework]
		if outcome == "" || at == 0 {
			continue
		}
		request := &all[at-1]
		request.Outcome, request.Waits = wording.OutcomeName(lang, outcome), false
		if outcome != "withdrawn" {
			request.Notes = append(request.Notes, noteView{Meta: s.noteMeta(lang, e), Body: e.Text})
		}
	}
	return all
}

// outcomeOf is what an event decides about a request, "" if nothing.
func outcomeOf(e *cases.Entry) string {
	switch e.Verb {
	case people.GrantExtension, people.GrantRework:
		return "granted"
	case people.RefuseExtension, people.RefuseRework:
		return "refused"
	case people.LapseExtension:
		return "lapsed"
	default:
		outcome, _ := e.Detail["extension"].(string) // a department that loses the case takes its request along
		return outcome
	}
}

func (s *Server) noteMeta(lang errs.Lang, e *cases.Entry) string {
	days := ""
	if n := number(e.Detail["days"]); n != 0 {
		days = s.words.in(lang, "case.days", n)
	}
	return joined(wording.VerbName(lang, string(e.Verb)), days, whoDid(lang, *e), wording.DateTime(e.At, lang, s.loc))
}

// firstRoundOf keeps in sight what came of the first round: a second one changes nothing of it.
func (s *Server) firstRoundOf(lang errs.Lang, v *cases.View) []factView {
	first := v.First
	if first == nil {
		return nil
	}
	clock := s.clock(lang, false, first.DueAt, first.AnsweredAt, first.AnsweredAt.Time)
	rows := []factView{
		{Key: s.words.in(lang, "case.answered_by"), Value: v.FirstBy},
		{Key: s.words.in(lang, "case.writers_clock"), Value: clock.Text},
		{Key: s.words.in(lang, "case.departments_clock", v.FirstBy), Value: s.clock(lang, false, first.DepartmentDueAt, first.RepliedAt, first.RepliedAt.Time).Text},
	}
	if first.Rating != 0 {
		rows = append(rows, factView{Key: s.words.in(lang, "case.rating"), Value: s.ratingOf(lang, first)})
	}
	return rows
}
