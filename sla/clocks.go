package sla

import "time"

// Deadlines starts the writer's clock, the city's promise: due is the last second on time for
// the answer to a letter received at that instant, fixed from then on; only a granted extension
// moves it ([Extend]). provisional reports whether an unknown day was needed. assessable is false
// for letters from before the first loaded year: they have no due time (due is zero), and count
// neither as on time nor as late.
func Deadlines(c *Calendar, p Policy, received time.Time) (due time.Time, provisional, assessable bool) {
	if !c.Assessable(received) {
		return time.Time{}, false, false
	}
	due, provisional = c.Due(received, p.AnswerDays, p.Closing)
	return due, provisional, true
}

// DepartmentDue starts the department's clock: the later of the case's due time and the closing
// of the first working day after routing, so that a department which gets a case on its last
// evening still has one working day, and signing late does not start it late.
//
// provisional reports whether an unknown day lies between routing and the result; a case whose
// own due time is provisional makes this one provisional as well, which the caller has to add.
// A case without a due time (zero, see [Deadlines]) has none for the department either.
func DepartmentDue(c *Calendar, p Policy, due, routed time.Time) (departmentDue time.Time, provisional bool) {
	if due.IsZero() {
		return time.Time{}, false
	}
	atLeast, provisional := c.Due(routed, 1, p.Closing)
	if due.Before(atLeast) {
		return atLeast, provisional
	}
	return due.In(c.loc), c.anyUnknown(DateOf(routed, c.loc), DateOf(due, c.loc))
}

// Extend moves a due time by a number of working days (at least 1), for a granted extension or,
// on the department's clock, an approved wait for the writer. provisional reports whether an
// unknown day lies between the old and the new due time; that of the old one remains.
func Extend(c *Calendar, p Policy, due time.Time, days int) (extended time.Time, provisional bool) {
	return c.Due(due, days, p.Closing)
}

// CloseAt returns the first instant at which a case answered at that time may be closed: the
// start of the day after p.CloseAfterDays whole calendar days.
func CloseAt(c *Calendar, p Policy, answered time.Time) time.Time {
	return DateOf(answered, c.loc).AddDays(p.CloseAfterDays + 1).Start(c.loc)
}
