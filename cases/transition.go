package cases

import (
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// transitions is the one table of what may happen in which state, and where it leads. Every change
// goes through it; docs/states.md draws it. A verb that is not listed for a state is a conflict.
var transitions = map[people.Verb]map[State]State{
	// The main line.
	people.Accept:      {Received: Screened},
	people.Decline:     {Received: Declined, Screened: Declined},
	people.Route:       {Received: Routed, Screened: Routed}, // routing an unscreened letter accepts it
	people.Acknowledge: {Routed: Acknowledged, Acknowledged: Acknowledged},
	people.Reply:       {Routed: Replied, Acknowledged: Replied}, // replying implies acknowledging
	people.Answer:      {Replied: Answered},
	people.Rate:        {Answered: Answered, Closed: Closed},
	people.Close:       {Answered: Closed},

	// Its side ways.
	people.Withdraw:     {Received: Withdrawn, Screened: Withdrawn, Routed: Withdrawn, Acknowledged: Withdrawn, Replied: Withdrawn},
	people.Return:       {Routed: Screened, Acknowledged: Screened},
	people.Reassign:     {Routed: Routed, Acknowledged: Routed},
	people.AskAssist:    {Routed: Routed, Acknowledged: Acknowledged},
	people.Contribute:   {Routed: Routed, Acknowledged: Acknowledged, Replied: Replied},
	people.SendBack:     {Replied: Acknowledged},
	people.Void:         {Answered: Acknowledged, Closed: Acknowledged},
	people.Supplement:   {Answered: Answered, Closed: Closed},
	people.RecordRating: {Answered: Answered, Closed: Closed},
	people.Merge:        {Received: Merged, Screened: Merged, Routed: Merged, Acknowledged: Merged},
	people.TakeBack:     {Routed: Screened},
	people.Split:        stay(Received, Screened),
	people.Reopen:       {Declined: Screened},

	// Time: asked for, waited for, and what supervision does about it. A rework begins a round anew.
	people.AskExtension:    stay(Routed, Acknowledged),
	people.GrantExtension:  stay(Routed, Acknowledged, Replied),
	people.RefuseExtension: stay(Routed, Acknowledged, Replied),
	people.LapseExtension:  stay(Routed, Acknowledged, Replied),
	people.AskWriter:       {Routed: Acknowledged, Acknowledged: Acknowledged}, // asking implies signing
	people.AddMaterial:     stay(Received, Screened, Routed, Acknowledged, Replied),
	people.EndWait:         stay(Routed, Acknowledged),
	people.AskRework:       stay(Answered, Closed),
	people.GrantRework:     {Answered: Routed, Closed: Routed},
	people.RefuseRework:    stay(Answered, Closed),
	people.Remind:          stay(Routed, Acknowledged),
	people.Order:           stay(Routed, Acknowledged, Replied),
	people.AnswerOrder:     stay(Routed, Acknowledged, Replied, Answered, Closed),
	people.Assign:          stay(Routed, Acknowledged, Replied),
	people.Propose:         {Routed: Acknowledged, Acknowledged: Acknowledged}, // as replying, it implies signing
	people.SignOff:         stay(Routed, Acknowledged),                         // the reply that follows moves the case
	people.TurnBack:        stay(Routed, Acknowledged),
	people.ApplyPolicy:     stay(Received, Screened, Routed, Acknowledged, Replied),

	// What the public may read. Taking it back must be possible as long as something may be published.
	people.Publish:     stay(Answered, Closed),
	people.Unpublish:   stay(Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.KeepPrivate: stay(Answered, Closed),

	// What changes facts, not the state.
	people.Correct:   stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.Instruct:  stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.NewSecret: stay(States...),

	people.MarkConfidential: stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.LiftConfidential: stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.Accuse:           stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.AskException:     stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.GrantException:   stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),
	people.RefuseException:  stay(Received, Screened, Routed, Acknowledged, Replied, Answered, Closed),

	people.MarkOverdue: stay(Received, Screened, Routed, Acknowledged, Replied),
	people.Card:        stay(Routed, Acknowledged),
	people.NoteLate:    stay(States...),
	people.Settle:      stay(States...),

	// A department has ended.
	people.Rehome:       stay(Routed, Acknowledged, Replied),
	people.BackToOffice: {Routed: Screened, Acknowledged: Screened},
	people.Erase:        stay(Closed, Declined, Withdrawn, Merged),
}

func stay(states ...State) map[State]State {
	m := make(map[State]State, len(states))
	for _, s := range states {
		m[s] = s
	}
	return m
}

// May tells whether the verb can happen in the state at all, for pages that offer it.
func May(verb people.Verb, in State) bool {
	_, ok := transitions[verb][in]
	return ok
}

func next(verb people.Verb, from State) (State, error) {
	to, ok := transitions[verb][from]
	if !ok {
		return "", errs.Conflict(
			"this cannot be done any more: the case has moved on; please reload the page",
			"办件状态已变化，无法进行此操作，请刷新页面后再看")
	}
	return to, nil
}
