package sla

import "time"

// History is all that the two clocks of one round depend on. Instants may carry any location.
type History struct {
	Policy    Policy    // as [PolicyVersion.For] gives it; days below 1 panic as in [Calendar.AddWorkingDays]
	Received  time.Time // the receipt; in a rework round the instant it was granted
	Rework    bool      // the round has Policy.ReworkDays instead of AnswerDays
	Extension Extension // zero: none was granted
	Routed    time.Time // to the present lead; zero: no department has the case
	Waits     []Wait    // of the present lead for the writer, in order of From
	Replied   time.Time // by the present lead; zero: no reply stands
	Answered  time.Time // zero: no answer stands
	Ended     time.Time // when the case ended without an answer, which stops both clocks without a result; zero: it has not

	// Promise is the writer's clock as it was fixed. Given, it is taken as it is and only the department's
	// clock is worked out: a promise that has passed stays what it was when the calendar is corrected later,
	// while the department's clock, begun after that, goes by the corrected one.
	Promise *Promise
}

// Promise is what stands for the writer.
type Promise struct {
	Due, Unextended time.Time // zero: not assessable
	Provisional     bool
}

// Extension is the one that was granted in a round.
type Extension struct {
	Days int       // working days; 0: none
	At   time.Time // when it was granted
}

// Wait is a time in which the department waits for the writer.
type Wait struct {
	From  time.Time
	Until time.Time // its own limit: what comes after it counts for nothing
	To    time.Time // when the writer wrote or the department waited no longer; zero: it still waits
}

// end is the instant up to which the wait counts. An open one counts as if it lasted to its
// limit, so that the due time shown today is not moved by waiting on, only by an early letter.
func (w Wait) end() time.Time {
	if w.To.IsZero() || !w.Until.IsZero() && w.To.After(w.Until) {
		return w.Until
	}
	return w.To
}

// Clocks are both clocks of one round. Instants are in the calendar's location.
type Clocks struct {
	Assessable    bool      // false for receipts before the first loaded year: all else is zero then
	Due           time.Time // the last second on time for the answer
	DueUnextended time.Time // what Due would be without the extension
	Provisional   bool      // whether an unknown day was needed for Due

	DepartmentDue         time.Time // the last second on time for the reply; zero: not routed
	DepartmentProvisional bool      // whether an unknown day was needed for it or for Due
	Yellow, Red           time.Time // a reply after this last second brings a card; zero with DepartmentDue
	Waited                int       // working days by which waits have moved DepartmentDue
}

// Reckon works out both clocks from a history alone, so that a stored due time can be checked,
// settled when a year is loaded, and worked out again after any step of a case.
//
// The writer's clock is that of [Deadlines]; only a granted extension moves it. The department's
// is that of [DepartmentDue] and moves by the extension and by the working days of its waits. An
// extension granted before the case came to the department is in the case's due time already and
// is not counted twice. Neither signing nor replying nor answering moves a due time.
func (c *Calendar) Reckon(h History) Clocks {
	k := c.reckonWriter(h)
	if k.Assessable && !h.Routed.IsZero() {
		c.reckonDepartment(h, &k)
	}
	return k
}

func (c *Calendar) reckonWriter(h History) Clocks {
	if p := h.Promise; p != nil {
		return Clocks{Assessable: !p.Due.IsZero(), Due: p.Due, DueUnextended: p.Unextended, Provisional: p.Provisional}
	}
	due, provisional, assessable := Deadlines(c, h.policy(), h.Received)
	if !assessable {
		return Clocks{}
	}
	k := Clocks{Assessable: true, Due: due, DueUnextended: due, Provisional: provisional}
	if h.Extension.Days > 0 {
		k.Due, provisional = Extend(c, h.Policy, due, h.Extension.Days)
		k.Provisional = k.Provisional || provisional
	}
	return k
}

// reckonDepartment adds the department's clock to that of the writer.
func (c *Calendar) reckonDepartment(h History, k *Clocks) {
	due, _ := DepartmentDue(c, h.Policy, h.dueAtRouting(*k), h.Routed)
	if h.extendedSinceRouting() {
		due, _ = Extend(c, h.Policy, due, h.Extension.Days)
	}
	// The days of a wait count even where they lie after the due time, as in a department that
	// asks when it is overdue already.
	provisional := k.Provisional
	for _, w := range h.Waits {
		k.Waited += c.WorkingDays(w.From, w.end())
		provisional = provisional || c.anyUnknown(DateOf(w.From, c.loc), DateOf(w.end(), c.loc))
	}
	if k.Waited > 0 {
		due, _ = Extend(c, h.Policy, due, k.Waited)
	}
	k.DepartmentDue = due
	k.DepartmentProvisional = provisional || c.anyUnknown(DateOf(h.Routed, c.loc), DateOf(due, c.loc))
	k.Yellow, _ = Extend(c, h.Policy, due, h.Policy.YellowDays)
	k.Red, _ = Extend(c, h.Policy, due, h.Policy.RedDays)
}

// policy returns the policy with the answer days of the round.
func (h History) policy() Policy {
	p := h.Policy
	if h.Rework {
		p.AnswerDays = p.ReworkDays
	}
	return p
}

// extendedSinceRouting reports whether the present lead had the case when the extension was granted.
func (h History) extendedSinceRouting() bool {
	return h.Extension.Days > 0 && !h.Extension.At.Before(h.Routed)
}

// dueAtRouting returns the case's due time as it stood when the present lead got the case.
func (h History) dueAtRouting(k Clocks) time.Time {
	if h.extendedSinceRouting() {
		return k.DueUnextended
	}
	return k.Due
}

// Result is how a clock stands. It is a key for dictionaries, not a text for people.
type Result string

// The results.
const (
	ResultNone    Result = "not_assessable" // there is no due time, from before the first loaded year
	ResultRunning Result = "running"        // not done, and not yet due
	ResultOnTime  Result = "on_time"        // done at or before the due time
	ResultLate    Result = "late"           // done after it
	ResultOverdue Result = "overdue"        // not done, and the due time has passed
	ResultEnded   Result = "ended"          // the case ended without it
)

// ResultOf returns how a clock stands at now. done is when the answer or the reply was given,
// ended when the case ended without one; zero: not. The last second on time is on time.
func ResultOf(due, done, ended, now time.Time) Result {
	switch {
	case due.IsZero():
		return ResultNone
	case !done.IsZero() && !done.After(due):
		return ResultOnTime
	case !done.IsZero():
		return ResultLate
	case !ended.IsZero():
		return ResultEnded
	case now.After(due):
		return ResultOverdue
	default:
		return ResultRunning
	}
}
