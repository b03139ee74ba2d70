package people

import (
	"slices"

	"mailbox/cases/errs"
)

// Verb is something that can be done to a case. Every verb that changes a case writes one event under
// this name.
type Verb string

// The verbs. The first group is the main line of a case, the second its side ways, the third about its time,
// the fourth what the program does by itself, the fifth about what the public may read, the sixth what is written down
// beside a case and is no event of it, the last what only looks.
const (
	Submit      Verb = "submit"
	Accept      Verb = "accept"
	Decline     Verb = "decline"
	Route       Verb = "route"
	Acknowledge Verb = "acknowledge"
	Reply       Verb = "reply"
	Answer      Verb = "answer"
	Rate        Verb = "rate"
	Close       Verb = "close"

	Withdraw     Verb = "withdraw"
	Return       Verb = "return"
	Reassign     Verb = "reassign"
	AskAssist    Verb = "ask_assist"
	Contribute   Verb = "contribute"
	SendBack     Verb = "send_back"
	Void         Verb = "void"
	Supplement   Verb = "supplement"
	RecordRating Verb = "record_rating"
	Merge        Verb = "merge"
	TakeBack     Verb = "take_back"
	Split        Verb = "split"
	Reopen       Verb = "reopen"
	Correct      Verb = "correct"
	Instruct     Verb = "instruct"
	NewSecret    Verb = "new_secret"

	MarkConfidential Verb = "mark_confidential"
	LiftConfidential Verb = "lift_confidential"
	Accuse           Verb = "accuse"
	AskException     Verb = "ask_exception"
	GrantException   Verb = "grant_exception"
	RefuseException  Verb = "refuse_exception"

	AskExtension    Verb = "ask_extension"
	GrantExtension  Verb = "grant_extension"
	RefuseExtension Verb = "refuse_extension"
	AskWriter       Verb = "ask_writer"
	AddMaterial     Verb = "add_material"
	AskRework       Verb = "ask_rework"
	GrantRework     Verb = "grant_rework"
	RefuseRework    Verb = "refuse_rework"
	Remind          Verb = "remind"
	Order           Verb = "order"
	AnswerOrder     Verb = "answer_order"
	Assign          Verb = "assign"
	Propose         Verb = "propose"
	SignOff         Verb = "sign_off"
	TurnBack        Verb = "turn_back"
	ApplyPolicy     Verb = "apply_policy"

	MarkOverdue    Verb = "mark_overdue"
	Card           Verb = "card"
	NoteLate       Verb = "note_late"
	EndWait        Verb = "end_wait"
	LapseExtension Verb = "lapse_extension"
	Settle         Verb = "settle"
	Rehome         Verb = "rehome"
	BackToOffice   Verb = "back_to_office"
	Import         Verb = "import"
	Erase          Verb = "erase"

	Publish     Verb = "publish"
	Unpublish   Verb = "unpublish"
	KeepPrivate Verb = "keep_private"

	Note       Verb = "note"
	LogContact Verb = "log_contact"

	View        Verb = "view"
	ViewContact Verb = "view_contact"
)

// Relation is what the actor must be to the case.
type Relation string

// The relations, from the widest.
const (
	Any       Relation = "any"       // no tie to the case needed
	Own       Relation = "own"       // the writer's own case
	Lead      Relation = "lead"      // works for the lead department
	Assisting Relation = "assisting" // works for an assisting department
)

// Allowed is one line of the permission table.
type Allowed struct {
	Role     Role
	Relation Relation
}

// Permissions is the one table of who may do what: verb × role × relation to the case.
// What is not here is forbidden. Limits that depend on time or state stand in the verb itself.
var Permissions = map[Verb][]Allowed{
	Submit:      {{Writer, Any}, {Clerk, Any}},
	Accept:      {{Clerk, Any}},
	Decline:     {{Clerk, Any}, {Supervisor, Any}},
	Route:       {{Clerk, Any}, {System, Any}},
	Acknowledge: {{Handler, Lead}, {Leader, Lead}},
	Reply:       {{Handler, Lead}, {Leader, Lead}},
	Answer:      {{Clerk, Any}, {System, Any}},
	Rate:        {{Writer, Own}},
	Close:       {{System, Any}, {Clerk, Any}},

	Withdraw:     {{Writer, Own}},
	Return:       {{Handler, Lead}, {Leader, Lead}},
	Reassign:     {{Clerk, Any}, {Supervisor, Any}},
	AskAssist:    {{Clerk, Any}, {Supervisor, Any}},
	Contribute:   {{Handler, Assisting}, {Leader, Assisting}},
	SendBack:     {{Clerk, Any}},
	Void:         {{Clerk, Any}, {Supervisor, Any}},
	Supplement:   {{Clerk, Any}},
	RecordRating: {{Clerk, Any}, {Supervisor, Any}},
	Merge:        {{Clerk, Any}, {Supervisor, Any}},
	TakeBack:     {{Clerk, Any}},
	Split:        {{Clerk, Any}},
	Reopen:       {{Supervisor, Any}},
	Correct:      {{Clerk, Any}, {Supervisor, Any}},
	Instruct:     {{Clerk, Any}, {Supervisor, Any}},
	NewSecret:    {{Clerk, Any}, {System, Any}},

	MarkConfidential: {{Clerk, Any}},
	LiftConfidential: {{Clerk, Any}},
	Accuse:           {{Clerk, Any}, {Supervisor, Any}},
	AskException:     {{Clerk, Any}, {Supervisor, Any}},
	GrantException:   {{Clerk, Any}, {Supervisor, Any}},
	RefuseException:  {{Clerk, Any}, {Supervisor, Any}},

	AskExtension:    {{Handler, Lead}, {Leader, Lead}},
	GrantExtension:  {{Supervisor, Any}},
	RefuseExtension: {{Supervisor, Any}},
	AskWriter:       {{Handler, Lead}, {Leader, Lead}},
	AddMaterial:     {{Writer, Own}},
	AskRework:       {{Writer, Own}},
	GrantRework:     {{Supervisor, Any}, {Clerk, Any}},
	RefuseRework:    {{Supervisor, Any}, {Clerk, Any}},
	Remind:          {{Supervisor, Any}},
	Order:           {{Supervisor, Any}},
	AnswerOrder:     {{Handler, Lead}, {Leader, Lead}},
	Assign:          {{Handler, Lead}, {Leader, Lead}},
	Propose:         {{Handler, Lead}},
	SignOff:         {{Leader, Lead}},
	TurnBack:        {{Leader, Lead}},
	ApplyPolicy:     {{Supervisor, Any}},

	MarkOverdue:    {{System, Any}},
	Card:           {{System, Any}},
	NoteLate:       {{System, Any}},
	EndWait:        {{System, Any}},
	LapseExtension: {{System, Any}},
	Settle:         {{System, Any}},
	Rehome:         {{System, Any}}, // the department has ended: the administrator's deed is in the record of administration
	BackToOffice:   {{System, Any}},
	Import:         {{System, Any}},
	Erase:          {{System, Any}},

	Publish:     {{Clerk, Any}},
	Unpublish:   {{Clerk, Any}, {System, Any}},
	KeepPrivate: {{Clerk, Any}},

	Note: {
		{Clerk, Any},
		{Supervisor, Any},
		{Handler, Lead},
		{Leader, Lead},
		{Handler, Assisting},
		{Leader, Assisting},
	},
	LogContact: {{Clerk, Any}, {Handler, Lead}, {Leader, Lead}},

	View: {
		{Writer, Own},
		{Clerk, Any},
		{Supervisor, Any},
		{Auditor, Any},
		{Handler, Lead},
		{Leader, Lead},
		{Handler, Assisting},
		{Leader, Assisting},
		{System, Any},
	},
	ViewContact: {{Clerk, Any}, {Supervisor, Any}, {Handler, Lead}, {Leader, Lead}},
}

// Subject is what the table needs to know of a case.
type Subject struct {
	Case    int64
	Lead    int64   // department, 0 when not routed
	Assists []int64 // departments
}

// Permit returns the grant under which the actor may do the verb to the subject, for the record, or a
// forbidden error.
func (a Actor) Permit(verb Verb, s Subject) (Grant, error) {
	if all := a.Permitted(verb, s); len(all) > 0 {
		return all[0], nil
	}
	return Grant{}, errs.Forbidden("you may not do this to this case", "您无权对该办件进行此操作")
}

// Permitted returns every grant under which the actor may do the verb to the subject, in the table's order: for
// verbs that ask more of one role than of another.
func (a Actor) Permitted(verb Verb, s Subject) []Grant {
	var all []Grant
	for _, line := range Permissions[verb] {
		for _, g := range a.Grants {
			if g.Role == line.Role && a.related(g, line.Relation, s) {
				all = append(all, g)
			}
		}
	}
	return all
}

func (a Actor) related(g Grant, r Relation, s Subject) bool {
	switch r {
	case Any:
		return true
	case Own:
		return a.Letter != 0 && a.Letter == s.Case
	case Lead:
		return g.Department != 0 && g.Department == s.Lead
	case Assisting:
		return g.Department != 0 && slices.Contains(s.Assists, g.Department)
	}
	return false
}
