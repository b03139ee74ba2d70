package cases

import (
	"context"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// MarkConfidential hides who wrote from the departments that handle the case, their leaders included, from now on.
// What is published of it is taken back. What stands in the letter's own words stays there: the office is warned.
func (d *Desk) MarkConfidential(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	return d.confide(ctx, a, people.MarkConfidential, id, seen, reason)
}

// LiftConfidential shows departments again who wrote, while they have the case in hand.
func (d *Desk) LiftConfidential(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	return d.confide(ctx, a, people.LiftConfidential, id, seen, reason)
}

func (d *Desk) confide(ctx context.Context, a people.Actor, verb people.Verb, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, verb, id, seen, func(ctx context.Context, w *work) error {
		mark := verb == people.MarkConfidential
		if w.c.Confidential == mark {
			if mark {
				return errs.Conflict("this case is confidential already", "该办件已是保密件")
			}
			return errs.Conflict("this case is not confidential", "该办件不是保密件")
		}
		w.c.Confidential, w.text = mark, reason
		w.detail["confidential"] = mark
		if !mark {
			return nil
		}
		return w.withdrawPublication(ctx, string(verb))
	})
}

// hideFromDepartments leaves out of a history why a case is confidential, for the reason may tell who wrote, and whom
// the letter complains about: the events stay, without what they say.
func hideFromDepartments(a people.Actor, history []Entry) {
	if overseesAll(a) {
		return
	}
	for i := range history {
		switch e := &history[i]; e.Verb {
		case people.MarkConfidential, people.LiftConfidential:
			e.Text = ""
		case people.Accuse, people.AskException, people.GrantException, people.RefuseException:
			e.Text, e.Account, e.Detail = "", "", map[string]any{}
		default:
		}
	}
}

// AskedToConfide tells whether the writer asked that departments do not know who wrote.
func (v *View) AskedToConfide() bool {
	for i := range v.History {
		if asked, _ := v.History[i].Detail["confidential_asked"].(bool); asked {
			return true
		}
	}
	return false
}
