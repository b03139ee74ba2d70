package people

import (
	"slices"

	"mailbox/cases/errs"
)

// Role is what somebody is to the mailbox.
type Role string

// The roles. Writer and System are never granted: a writer proves one case by its number and secret,
// and System is the program itself (alarms, closing, imports).
const (
	Writer        Role = "writer"
	System        Role = "system"
	Clerk         Role = "clerk"         // 信箱办: screens, routes, reviews
	Handler       Role = "handler"       // of a department: signs, replies
	Leader        Role = "leader"        // of a department: as a handler, and is told when things are late
	Supervisor    Role = "supervisor"    // 督查: watches the clock
	Administrator Role = "administrator" // keeps departments, people and policies; reads no letters
	Auditor       Role = "auditor"       // reads all, changes nothing
)

// Grantable are the roles an account can hold.
var Grantable = []Role{Clerk, Handler, Leader, Supervisor, Administrator, Auditor}

// OfDepartment tells whether the role is held for a department rather than for the city.
func (r Role) OfDepartment() bool { return r == Handler || r == Leader }

// Grant is one role that somebody holds; Department is 0 for the city's roles.
type Grant struct {
	Role       Role
	Department int64
}

// Actor is who does something: an account with its grants, a writer with one case, or the system.
type Actor struct {
	Account  int64 // 0 for writers and the system
	Name     string
	Grants   []Grant
	Letter   int64 // the one case whose secret this writer has shown
	Language errs.Lang
}

// TheSystem is the program acting by itself.
func TheSystem() Actor {
	return Actor{Name: "system", Grants: []Grant{{Role: System}}, Language: errs.ZH}
}

// TheWriter is somebody who writes, or who has shown the secret of the case letter (0: of none yet).
func TheWriter(letter int64, lang errs.Lang) Actor {
	return Actor{Name: "writer", Grants: []Grant{{Role: Writer}}, Letter: letter, Language: lang}
}

// Is tells whether the actor holds the role, for whatever department.
func (a Actor) Is(role Role) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.Role == role })
}

// KeepsReports tells whether somebody may say who gets reports by mail, and by what rule they praise and criticise:
// people of administration and supervision.
func (a Actor) KeepsReports() bool {
	return a.Account != 0 && (a.Is(Administrator) || a.Is(Supervisor))
}

// Departments lists the departments the actor works for.
func (a Actor) Departments() []int64 {
	var ids []int64
	for _, g := range a.Grants {
		if g.Department != 0 && !slices.Contains(ids, g.Department) {
			ids = append(ids, g.Department)
		}
	}
	return ids
}

// WorksFor tells whether the actor holds a role in the department.
func (a Actor) WorksFor(department int64) bool {
	return department != 0 && slices.Contains(a.Departments(), department)
}

// Leads tells whether the actor is a leader of the department.
func (a Actor) Leads(department int64) bool {
	return department != 0 && slices.Contains(a.Grants, Grant{Role: Leader, Department: department})
}
