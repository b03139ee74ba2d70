package web

import (
	"slices"
	"strconv"
	"strings"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// verbIcons are the signs beside the verbs; a verb without one has "info".
var verbIcons = map[people.Verb]string{
	people.Submit: "letter", people.Import: "letter", people.Accept: "check", people.Decline: "cross",
	people.Route: "arrow", people.Reassign: "arrow", people.AskAssist: "arrow", people.Return: "undo", people.TakeBack: "undo", people.Split: "letter",
	people.Acknowledge: "building", people.Contribute: "building", people.Reply: "pencil", people.SendBack: "undo",
	people.Answer: "reply", people.Supplement: "reply", people.Void: "cross", people.Rate: "star",
	people.RecordRating: "star", people.Withdraw: "undo", people.Merge: "merge", people.Reopen: "undo",
	people.Correct: "pencil", people.Instruct: "flag", people.NewSecret: "lock", people.MarkOverdue: "alert", people.Close: "check",

	people.AskExtension: "clock", people.GrantExtension: "check", people.RefuseExtension: "cross", people.LapseExtension: "clock",
	people.AskWriter: "pause", people.AddMaterial: "letter", people.EndWait: "clock",
	people.AskRework: "undo", people.GrantRework: "arrow", people.RefuseRework: "cross",
	people.Assign: "person", people.Propose: "pencil", people.SignOff: "check", people.TurnBack: "undo",
	people.Remind: "alert", people.Order: "flag", people.AnswerOrder: "reply", people.ApplyPolicy: "calendar",
	people.Card: "flag", people.NoteLate: "alert", people.Settle: "calendar", people.Rehome: "arrow", people.BackToOffice: "undo",
	people.Accuse: "flag", people.AskException: "person", people.GrantException: "check", people.RefuseException: "cross",
	people.MarkConfidential: "lock", people.LiftConfidential: "undo",
	people.Publish: "check", people.Unpublish: "cross", people.KeepPrivate: "lock",
}

// historyOf tells the staff what was done to a case, by whom and with which reason: everything on
// record, newest first.
func (s *Server) historyOf(lang errs.Lang, v *cases.View, entries []cases.Entry, names map[int64]string) []step {
	var steps []step
	for _, e := range slices.Backward(entries) {
		at := e.At.In(s.loc)
		icon := verbIcons[e.Verb]
		if icon == "" {
			icon = "info"
		}
		steps = append(steps, step{
			State: "done", Icon: icon, Title: wording.VerbName(lang, string(e.Verb)), At: &at,
			Who: whoDid(lang, e), Text: s.entryText(lang, v, e, names),
		})
	}
	return steps
}

// whoDid names the person with the department, or the role where there is no person.
func whoDid(lang errs.Lang, e cases.Entry) string {
	who := e.Account
	if who == "" {
		who = wording.RoleName(lang, string(e.Role))
	}
	if e.Department != "" {
		who += " · " + e.Department
	}
	return who
}

// entryText is what the event says besides its verb: whom it went to, which reason, which grade, and the
// words that were written with it.
func (s *Server) entryText(lang errs.Lang, v *cases.View, e cases.Entry, names map[int64]string) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	switch e.Verb {
	case people.Route, people.Reassign, people.Rehome:
		add(s.words.in(lang, "case.to", names[number(e.Detail["lead"])]))
		add(s.assistNames(lang, e, names))
	case people.Assign:
		if e.Holder == "" {
			e.Holder = s.words.in(lang, "desk.hands.nobody")
		}
		add(s.words.in(lang, "case.to", e.Holder))
	case people.AskAssist:
		add(s.assistNames(lang, e, names))
	case people.Accuse, people.AskException, people.GrantException, people.RefuseException:
		add(s.accusedNames(lang, e, names))
	case people.Decline:
		reason, _ := e.Detail["reason"].(string)
		add(wording.DeclineReason(lang, reason))
	case people.Merge:
		add(s.words.in(lang, "case.to", v.Into))
	case people.Split:
		if _, second := e.Detail["split_from"]; second {
			add(s.words.in(lang, "split.from", v.SplitOf))
		} else {
			number, _ := e.Detail["number"].(string)
			add(s.words.in(lang, "split.into", number))
		}
	case people.Rate, people.RecordRating:
		add(gradeOf(e, func(grade int64) string { return wording.GradeName(lang, grade) }))
	case people.Correct:
		kind, _ := e.Detail["kind"].(string)
		channel, _ := e.Detail["channel"].(string)
		add(wording.KindName(lang, kind) + " · " + wording.ChannelName(lang, channel))
	case people.Instruct:
		leader, _ := e.Detail["leader"].(string)
		add(leader)
	case people.Answer:
		if onTime, ok := e.Detail["on_time"].(bool); ok {
			add(s.words.in(lang, "case.on_time."+strconv.FormatBool(onTime)))
		}
	default:
		for _, line := range s.timeLines(lang, e, names) {
			add(line)
		}
	}
	if e.Detail["extension"] == "withdrawn" {
		add(s.words.in(lang, "case.event.extension_gone"))
	}
	if late, _ := e.Detail["late"].(bool); late {
		add(s.words.in(lang, "case.after_due"))
	}
	add(e.Text)
	return strings.Join(parts, "\n")
}

func (s *Server) assistNames(lang errs.Lang, e cases.Entry, names map[int64]string) string {
	ids, _ := e.Detail["assists"].([]any)
	var all []string
	for _, id := range ids {
		all = append(all, names[number(id)])
	}
	if len(all) == 0 {
		return ""
	}
	return s.words.in(lang, "case.assisting", strings.Join(all, s.words.in(lang, "desk.and")))
}

// number is a number as JSON has it.
func number(value any) int64 {
	n, _ := value.(float64)
	return int64(n)
}
