package web

import (
	"context"
	"slices"
	"strconv"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// What can be done about the time of a case: more of it, waiting for the writer, a second round,
// supervision's orders, another policy.

// When they are offered.

func mayAskExtension(o *offer) bool {
	asked := o.Extension != "" || o.First != nil && o.First.Extension != ""
	return !asked && !o.DueAt.IsZero() && !o.now.After(o.DueAt.Time)
}

func extensionWaits(o *offer) bool {
	return o.Extension == cases.ExtensionAsked && !o.now.After(o.DueAt.Time)
}

func mayWait(o *offer) bool {
	return o.WaitingSince.IsZero() && !o.DepartmentDueAt.IsZero() && !o.now.After(o.DepartmentDueAt.Time)
}

func reworkWaits(o *offer) bool { return o.Rework == cases.ReworkAsked }

func noOrderOpen(o *offer) bool { return !slices.ContainsFunc(o.Orders, isOpen) }

func orderForActor(o *offer) bool {
	return slices.ContainsFunc(o.Orders, func(order cases.OrderView) bool { return isOpen(order) && o.actor.WorksFor(order.DepartmentID) })
}

// isOpen reports whether an order still waits: nobody has answered it and the case has not left the department.
func isOpen(o cases.OrderView) bool { return o.AnsweredAt.IsZero() && o.ReleasedAt.IsZero() }

func otherPolicy(o *offer) bool {
	other := slices.ContainsFunc(o.versions, func(version int64) bool { return version != o.PolicyVersion })
	return other && !o.Overdue(o.now) && !o.DepartmentOverdue(o.now)
}

// Their fields.

func (f *deedForm) days(begins string) fieldView {
	days := f.field("days", "text", begins)
	days.Width, days.Inputmode = "short", "numeric"
	return days
}

func askExtensionFields(f *deedForm) []fieldView {
	return append([]fieldView{f.days("")}, oneText("reason", cases.MaxReason)(f)...)
}

// grantExtensionFields begin with what the department asked for, in its own words: who grants that has
// nothing to write, and whoever wants the writer to read it in other words can.
func grantExtensionFields(f *deedForm) []fieldView {
	days, reason := f.days(strconv.FormatInt(f.v.ExtensionDays, 10)), oneText("reason", cases.MaxReason)(f)[0]
	if asked := lastOf(f.v, people.AskExtension); f.typed == nil && asked != nil {
		reason.Value = asked.Text
	}
	return []fieldView{days, reason}
}

func grantReworkFields(f *deedForm) []fieldView {
	lead := f.choices("lead", "select", strconv.FormatInt(f.v.AnsweredByID, 10), f.departments)
	return append([]fieldView{lead}, oneText("reason", cases.MaxReason)(f)...)
}

func orderFields(f *deedForm) []fieldView {
	days := f.days("")
	days.Optional = true
	return append(oneText("text", cases.MaxReason)(f), days)
}

func applyPolicyFields(f *deedForm) []fieldView {
	var options []option
	for _, version := range f.s.Desk.PolicyVersions() {
		if version != f.v.PolicyVersion {
			options = append(options, option{Value: strconv.FormatInt(version, 10), Label: f.s.words.in(f.lang, "deadline.version", version)})
		}
	}
	return append([]fieldView{f.choices("version", "select", "", options)}, oneText("reason", cases.MaxReason)(f)...)
}

// lastOf is the last event of a verb, nil if there is none.
func lastOf(v *cases.View, verb people.Verb) *cases.Entry {
	for i := range slices.Backward(v.History) {
		if v.History[i].Verb == verb {
			return &v.History[i]
		}
	}
	return nil
}

// How they reach the desk.

// days reads a number of working days. What is no number becomes one that the desk refuses, with the
// bounds that hold.
func (d deedCall) days() int {
	n, err := strconv.Atoi(d.line("days"))
	if err != nil || n == 0 {
		return -1
	}
	return n
}

func doAskExtension(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.AskExtension(ctx, d.actor, d.id, d.seen, d.days(), d.text("reason"))
	return err
}

func doGrantExtension(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.GrantExtension(ctx, d.actor, d.id, d.seen, d.days(), d.text("reason"))
	return err
}

func doGrantRework(ctx context.Context, desk *cases.Desk, d deedCall) error {
	lead, err := d.department("lead")
	if err != nil {
		return err
	}
	_, err = desk.GrantRework(ctx, d.actor, d.id, d.seen, lead, d.text("reason"))
	return err
}

func doOrder(ctx context.Context, desk *cases.Desk, d deedCall) error {
	days := 0 // the policy's
	if d.line("days") != "" {
		days = d.days()
	}
	_, err := desk.Order(ctx, d.actor, d.id, d.seen, days, d.text("text"))
	return err
}

func doApplyPolicy(ctx context.Context, desk *cases.Desk, d deedCall) error {
	version, err := strconv.ParseInt(d.line("version"), 10, 64)
	if err != nil {
		return errs.Invalid("version", "please choose a version of the policies", "请选择办理规则的版本")
	}
	_, err = desk.ApplyPolicy(ctx, d.actor, d.id, d.seen, version, d.text("reason"))
	return err
}

// timeHint says what a deed does to which clock.
func (s *Server) timeHint(lang errs.Lang, verb people.Verb, v *cases.View) string {
	p := s.Desk.Policy(&v.Case)
	switch verb {
	case people.AskExtension:
		return s.words.in(lang, "deed.hint.ask_extension", p.ExtensionDays, wording.DateTime(v.DueAt.Time, lang, s.loc))
	case people.GrantExtension:
		return s.words.in(lang, "deed.hint.grant_extension", p.ExtensionDays)
	case people.AskWriter:
		return s.words.in(lang, "deed.hint.ask_writer", p.WaitingDays)
	case people.GrantRework:
		return s.words.in(lang, "deed.hint.grant_rework", p.ReworkDays)
	case people.Order:
		return s.words.in(lang, "deed.hint.order", p.OrderDays)
	default:
		return ""
	}
}
