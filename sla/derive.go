package sla

import "time"

// Derivation is how both clocks of a round came about, day by day, for a page and for JSON.
type Derivation struct {
	Writer     ClockDerivation  `json:"writer"`
	Department *ClockDerivation `json:"department,omitempty"` // nil when no department has the case or it is not assessable
}

// ClockDerivation is how one clock came about. Instants are in the calendar's location, which in
// JSON shows as +08:00.
type ClockDerivation struct {
	From        time.Time `json:"from"`         // receipt, grant of the rework, or routing
	WorkingDays int       `json:"working_days"` // of the policy; 1 when the first working day after routing decided
	Base        string    `json:"base"`         // what the due time rests on before it is moved: one of the bases below
	Parts       []Part    `json:"parts"`        // none without a due time
	Due         time.Time `json:"due,omitzero"`
	Unextended  time.Time `json:"due_unextended,omitzero"` // of the writer's clock only
	Provisional bool      `json:"provisional"`             // whether an unknown day was needed
	Done        time.Time `json:"done,omitzero"`           // the answer, or the department's reply
	Result      Result    `json:"result"`
}

// The bases of a clock.
const (
	BasePolicy          = "policy"            // the writer's clock: the days of the policy
	BaseCaseDue         = "case_due"          // the department's: the case's due time when it got the case
	BaseFirstWorkingDay = "first_working_day" // the department's: the first working day after routing, being later
)

// Part is one stretch of a clock, from the due time before it to the one after it. A wait within
// which no working day began moves nothing and is no part.
type Part struct {
	Kind        string    `json:"kind"`         // one of the kinds below
	WorkingDays int       `json:"working_days"` // as many as are counted in Days
	From        time.Time `json:"from"`         // the due time before; of the first part the start of the clock
	To          time.Time `json:"to"`           // the due time after
	Days        []Day     `json:"days"`         // every calendar day of the part, counted or skipped, and why; the first is day 0
	WaitFrom    time.Time `json:"wait_from,omitzero"`
	WaitTo      time.Time `json:"wait_to,omitzero"` // when the wait ended or, at the latest, ends
}

// The kinds of parts, in their order. A clock has one of the first, at most one extension, and as
// many waits as there were; the writer's clock has none.
const (
	PartPolicy    = "policy"
	PartExtension = "extension"
	PartWait      = "wait"
)

// Derive shows how [Calendar.Reckon] came to its due times, and how both clocks stand at now. The
// last day of the last part is the due day.
func (c *Calendar) Derive(h History, now time.Time) Derivation {
	k := c.Reckon(h)
	writer := ClockDerivation{
		From: h.Received.In(c.loc), WorkingDays: h.policy().AnswerDays, Base: BasePolicy, Parts: []Part{},
		Due: k.Due, Unextended: k.DueUnextended, Provisional: k.Provisional,
		Done: c.local(h.Answered), Result: ResultOf(k.Due, h.Answered, h.Ended, now),
	}
	if !k.Assessable {
		return Derivation{Writer: writer}
	}
	writer.Parts = append(writer.Parts, c.part(PartPolicy, h.Received, k.DueUnextended, Receipt))
	if h.Extension.Days > 0 {
		writer.Parts = append(writer.Parts, c.part(PartExtension, k.DueUnextended, k.Due, PreviousDue))
	}
	if h.Routed.IsZero() {
		return Derivation{Writer: writer}
	}
	return Derivation{Writer: writer, Department: c.deriveDepartment(h, k, now)}
}

// deriveDepartment takes the steps of reckonDepartment one by one.
func (c *Calendar) deriveDepartment(h History, k Clocks, now time.Time) *ClockDerivation {
	caseDue := h.dueAtRouting(k)
	due, _ := DepartmentDue(c, h.Policy, caseDue, h.Routed)
	department := ClockDerivation{
		From: h.Routed.In(c.loc), WorkingDays: h.policy().AnswerDays, Base: BaseCaseDue,
		Parts: []Part{c.part(PartPolicy, h.Routed, due, Routing)},
		Due:   k.DepartmentDue, Provisional: k.DepartmentProvisional,
		Done: c.local(h.Replied), Result: ResultOf(k.DepartmentDue, h.Replied, h.Ended, now),
	}
	if due.After(caseDue) {
		department.Base, department.WorkingDays = BaseFirstWorkingDay, 1
	}
	move := func(kind string, days int) *Part {
		before := due
		due, _ = Extend(c, h.Policy, before, days)
		department.Parts = append(department.Parts, c.part(kind, before, due, PreviousDue))
		return &department.Parts[len(department.Parts)-1]
	}
	if h.extendedSinceRouting() {
		move(PartExtension, h.Extension.Days)
	}
	for _, w := range h.Waits {
		if days := c.WorkingDays(w.From, w.end()); days > 0 {
			part := move(PartWait, days)
			part.WaitFrom, part.WaitTo = w.From.In(c.loc), w.end().In(c.loc)
		}
	}
	return &department
}

// part describes the days from one instant to another; that of the first is day 0.
func (c *Calendar) part(kind string, from, to time.Time, first Reason) Part {
	return Part{
		Kind: kind, WorkingDays: c.WorkingDays(from, to),
		From: from.In(c.loc), To: to, Days: c.days(from, to, first),
	}
}

// local returns t in the calendar's location; no instant remains none.
func (c *Calendar) local(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.In(c.loc)
}
