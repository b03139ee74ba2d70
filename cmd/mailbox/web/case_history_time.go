package web

import (
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// timeLines say what an event about time brought: days, dates, cards, versions.
func (s *Server) timeLines(lang errs.Lang, e cases.Entry, names map[int64]string) []string {
	at := func(key string) string { return wording.DateTime(instant(e.Detail[key]), lang, s.loc) }
	say := func(key string, args ...any) string { return s.words.in(lang, key, args...) }
	switch e.Verb {
	case people.AskExtension:
		return []string{say("case.days", number(e.Detail["days"]))}
	case people.GrantExtension:
		return []string{say("case.days", number(e.Detail["days"])), s.newDue(lang, &e)}
	case people.AskWriter:
		return []string{say("case.event.wait", at("until"))}
	case people.AddMaterial, people.EndWait:
		if e.Detail["wait_ended"] != nil {
			return []string{say("case.event.wait_ended", at("wait_ended"))}
		}
	case people.GrantRework:
		return []string{say("case.to", names[number(e.Detail["lead"])]), s.newDue(lang, &e)}
	case people.Order:
		return []string{say("case.event.order_due", at("due_at"))}
	case people.AnswerOrder:
		if onTime, ok := e.Detail["on_time"].(bool); ok {
			return []string{say(map[bool]string{true: "case.on_time.true", false: "case.on_time.false"}[onTime])}
		}
	case people.Card:
		card, _ := e.Detail["card"].(string)
		return []string{joined(wording.CardName(lang, card), names[number(e.Detail["department"])])}
	case people.NoteLate:
		return s.lateLines(lang, e, names)
	case people.Settle:
		return append(s.movedLine(lang, &e), s.withdrawnLine(lang, e)...)
	case people.ApplyPolicy:
		versions := say("case.event.versions", number(e.Detail["from"]), number(e.Detail["policy_version"]))
		return append([]string{versions}, s.movedLine(lang, &e)...)
	default:
	}
	return nil
}

// lateLines name what was late beside the clocks.
func (s *Server) lateLines(lang errs.Lang, e cases.Entry, names map[int64]string) []string {
	var lines []string
	if e.Detail["order"] != nil {
		lines = append(lines, s.words.in(lang, "case.event.order_late"))
	}
	return append(lines, s.assistNames(lang, e, names))
}

// movedLine says from when to when the writer's due time was moved, or which it is now.
func (s *Server) movedLine(lang errs.Lang, e *cases.Entry) []string {
	at := func(t time.Time) string { return wording.DateTime(t, lang, s.loc) }
	if was, now, moved := movedBy(e); moved {
		return []string{s.words.in(lang, "case.event.moved", at(was), at(now))}
	}
	if due := instant(e.Detail["department_due_at"]); !due.IsZero() {
		return []string{s.words.in(lang, "case.event.department_due", at(due))}
	}
	return nil
}

// withdrawnLine says which marks a calendar has proved wrong.
func (s *Server) withdrawnLine(lang errs.Lang, e cases.Entry) []string {
	var marks []string
	if e.Detail["overdue"] == "withdrawn" {
		marks = append(marks, wording.VerbName(lang, string(people.MarkOverdue)))
	}
	withdrawn, _ := e.Detail["withdrawn"].([]any)
	for _, one := range withdrawn {
		kind, _ := one.(string)
		marks = append(marks, wording.ConductName(lang, kind))
	}
	if len(marks) == 0 {
		return nil
	}
	return []string{s.words.in(lang, "case.event.withdrawn", strings.Join(marks, s.words.in(lang, "desk.and")))}
}
