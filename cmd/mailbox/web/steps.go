package web

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// step is one line of the component "timeline".
type step struct {
	State string // done, now or next
	Icon  string
	Title string
	At    *time.Time
	Who   string
	Text  string
}

// telling says which events a writer reads, and how. What is not here is the house's own business:
// instructions, corrections, contributions, reminders, orders, cards, a request for more time before it is
// granted. No line ever names a person of the staff.
var telling = map[people.Verb]struct{ icon, word string }{
	people.Submit:       {"letter", "step.submit"},
	people.Import:       {"letter", "step.import"},
	people.Accept:       {"check", "step.accept"},
	people.Decline:      {"cross", "step.decline"},
	people.Reopen:       {"undo", "step.reopen"},
	people.Route:        {"arrow", "step.route"},
	people.Reassign:     {"arrow", "step.reassign"},
	people.Return:       {"undo", "step.return"},
	people.TakeBack:     {"undo", "step.take_back"},
	people.Split:        {"letter", "step.split"},
	people.Acknowledge:  {"building", "step.acknowledge"},
	people.Reply:        {"pencil", "step.reply"},
	people.SendBack:     {"undo", "step.send_back"},
	people.Answer:       {"reply", "step.answer"},
	people.Supplement:   {"reply", "step.supplement"},
	people.Void:         {"cross", "step.void"},
	people.Rate:         {"star", "step.rate"},
	people.RecordRating: {"star", "step.record_rating"},
	people.Withdraw:     {"undo", "step.withdraw"},
	people.Merge:        {"merge", "step.merge"},
	people.MarkOverdue:  {"alert", "step.mark_overdue"},
	people.Close:        {"check", "step.close"},

	people.GrantExtension: {"clock", "step.grant_extension"},
	people.AskWriter:      {"pause", "step.ask_writer"},
	people.AddMaterial:    {"letter", "step.add_material"},
	people.EndWait:        {"clock", "step.end_wait"},
	people.AskRework:      {"undo", "step.ask_rework"},
	people.GrantRework:    {"arrow", "step.grant_rework"},
	people.RefuseRework:   {"cross", "step.refuse_rework"},
	people.Settle:         {"calendar", "step.settle"},
	people.ApplyPolicy:    {"calendar", "step.apply_policy"},
}

// stepsOf tells a writer what happened to the letter, newest first, and what comes next.
func (s *Server) stepsOf(c echo.Context, v *cases.View) []step {
	lang := visitOf(c).lang
	var steps []step
	for i, e := range v.History {
		as, told := telling[e.Verb]
		was, now, moved := movedBy(&e)
		if !told || e.Verb == people.Submit && i > 0 || (e.Verb == people.Settle || e.Verb == people.ApplyPolicy) && !moved {
			continue
		}
		at := e.At.In(s.loc)
		line := step{State: "done", Icon: as.icon, Title: s.words.in(lang, as.word), At: &at}
		switch e.Verb {
		case people.Acknowledge, people.Reply, people.Return:
			line.Who = e.Department
		case people.AskWriter:
			line.Who, line.Text = e.Department, e.Text
		case people.Void, people.RefuseRework, people.AskRework:
			line.Text = e.Text // the writer is told why, or said so
		case people.GrantExtension:
			line.Text = s.newDue(lang, &e) + "\n" + e.Text
		case people.GrantRework:
			line.Text = s.newDue(lang, &e)
		case people.Settle, people.ApplyPolicy:
			line.Text = s.words.in(lang, "step.moved", wording.DateTime(was, lang, s.loc), wording.DateTime(now, lang, s.loc))
		case people.Rate, people.RecordRating:
			line.Text = gradeOf(e, func(grade int64) string { return wording.GradeName(lang, grade) })
		case people.Merge:
			line.Text = v.Into
		default:
		}
		steps = append(steps, line)
	}
	nameLead(steps, v)
	slices.Reverse(steps)
	if len(steps) > 0 {
		steps[0].State = "now"
	}
	if next, ok := s.nextStep(c, v); ok {
		steps = slices.Insert(steps, 0, next)
	}
	return steps
}

// newDue says which due time an event brought.
func (s *Server) newDue(lang errs.Lang, e *cases.Entry) string {
	due := instant(e.Detail["due_at"])
	if due.IsZero() {
		return ""
	}
	return s.words.in(lang, "step.new_due", wording.DateTime(due, lang, s.loc))
}

// nameLead names the department on the last line that gave the letter to one. The earlier lines stay
// without: a case that went astray is not the writer's to judge departments by.
func nameLead(steps []step, v *cases.View) {
	for i := range slices.Backward(steps) {
		if steps[i].Icon == "arrow" {
			steps[i].Who = v.Lead
			return
		}
	}
}

func gradeOf(e cases.Entry, name func(int64) string) string {
	grade, ok := e.Detail["grade"].(float64) // as JSON has it
	if !ok {
		return ""
	}
	return name(int64(grade))
}

// nextStep is what the writer waits for.
func (s *Server) nextStep(c echo.Context, v *cases.View) (step, bool) {
	lang := visitOf(c).lang
	switch {
	case !v.WaitingSince.IsZero():
		at := v.WaitingUntil.In(s.loc)
		return step{State: "next", Icon: "pause", Title: s.words.in(lang, "step.next.material"), At: &at}, true
	case v.Rework == cases.ReworkAsked:
		return step{State: "next", Icon: "undo", Title: s.words.in(lang, "step.next.rework")}, true
	case v.State.Open() && !v.DueAt.IsZero():
		at := v.DueAt.In(s.loc)
		return step{State: "next", Icon: "clock", Title: s.words.in(lang, "step.next.answer"), At: &at}, true
	case v.State == cases.Answered && v.Rating == 0:
		return step{State: "next", Icon: "star", Title: s.words.in(lang, "step.next.rate")}, true
	default:
		return step{}, false
	}
}
