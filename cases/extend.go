package cases

import (
	"context"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// AskExtension asks supervision for more time, before the case's due time, once, and for at most the
// policy's working days. Until it is decided no clock moves; undecided at expiry it lapses.
func (d *Desk) AskExtension(ctx context.Context, a people.Actor, id ID, seen Version, days int, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "延期理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.AskExtension, id, seen, func(ctx context.Context, w *work) error {
		c := w.c
		switch {
		case c.DueAt.IsZero():
			return errs.Conflict("this case has no due time that could be extended", "该办件没有期限，无需延期")
		case w.now.After(c.DueAt.Time):
			return errs.Conflict(
				"the case was due at %s: an extension must be asked for before that",
				"该办件期限已于 %s 届满，延期须在届满前申请", c.DueAt.In(d.Location()).Format("2006-01-02 15:04"))
		case c.Extension != "" || w.first != nil && w.first.Extension != "":
			return errs.Conflict("an extension has been asked for in this case already; that is possible once", "该办件已申请过延期，只能申请一次")
		}
		if err := w.extensionDays(days); err != nil {
			return err
		}
		c.Extension, c.ExtensionDays, c.ExtensionAt = ExtensionAsked, int64(days), migrations.At(w.now)
		w.detail["days"] = days
		w.text = reason
		to, err := holders(ctx, w.Tx, w.now, people.Supervisor)
		if err != nil {
			return err
		}
		name, err := w.departmentName(ctx, c.LeadID)
		if err != nil {
			return err
		}
		return w.tell(wording.ExtensionAsked, to, func(n *wording.Data) {
			n.Department, n.Days, n.Reason, n.Due, n.Provisional = name, days, reason, c.DueAt.Time, c.Provisional
		})
	})
}

func (w *work) extensionDays(days int) error {
	if most := w.rules.policy(w.c).ExtensionDays; days < 1 || days > most {
		return errs.Invalid("days", "an extension may be 1 to %d working days", "延期应为 1 至 %d 个工作日", most)
	}
	return nil
}

// undecided refuses a decision where there is nothing to decide, or not any more: at expiry the request has
// lapsed, whether the program has come to note it or not.
func (w *work) undecided() error {
	switch {
	case w.c.Extension == ExtensionLapsed:
		return errs.Conflict(
			"the request lapsed undecided when the case became due at %s",
			"延期申请在期限（%s）届满时未决定，已失效", w.c.DueAt.In(w.desk.Location()).Format("2006-01-02 15:04"))
	case w.c.Extension != ExtensionAsked:
		return errs.Conflict("no request for an extension waits for a decision here", "该办件没有待决定的延期申请")
	}
	return nil
}

// GrantExtension gives the department more time: days working days, which may be fewer than it asked for.
// Both clocks move; the writer is told why, and the new date. The unextended due time is kept, and the rate
// against it is reported beside.
func (d *Desk) GrantExtension(ctx context.Context, a people.Actor, id ID, seen Version, days int, why string) (*Case, error) {
	why, err := clean("reason", "the reason the writer is told", "告知来信人的理由", why, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.GrantExtension, id, seen, func(ctx context.Context, w *work) error {
		if err := w.undecided(); err != nil {
			return err
		}
		if err := w.extensionDays(days); err != nil {
			return err
		}
		c := w.c
		was := c.DueAt
		c.Extension, c.ExtensionDays, c.ExtensionAt = ExtensionGranted, int64(days), migrations.At(w.now)
		w.extendedClocks()
		w.detail["days"], w.detail["due_at"] = days, c.DueAt.Unix()
		if !c.DepartmentDueAt.IsZero() {
			w.detail["department_due_at"] = c.DepartmentDueAt.Unix()
		}
		w.text = why
		w.counts(Extended, c.LeadID)
		err := w.tellWriters(ctx, wording.ExtensionGranted, func(n *wording.Data) {
			n.Days, n.Was, n.Reason = days, was.Time, why
		})
		if err != nil {
			return err
		}
		return w.extensionDecided(ctx, ExtensionGranted, why)
	})
}

// RefuseExtension leaves the due time as it is.
func (d *Desk) RefuseExtension(ctx context.Context, a people.Actor, id ID, seen Version, why string) (*Case, error) {
	why, err := clean("reason", "the reason", "理由", why, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.RefuseExtension, id, seen, func(ctx context.Context, w *work) error {
		if err := w.undecided(); err != nil {
			return err
		}
		w.c.Extension, w.c.ExtensionAt = ExtensionRefused, migrations.At(w.now)
		w.text = why
		return w.extensionDecided(ctx, ExtensionRefused, why)
	})
}

// lapse notes that nobody decided in time; a step of the program's own. It took effect at expiry.
func (w *work) lapse(ctx context.Context) error {
	w.c.Extension, w.c.ExtensionAt = ExtensionLapsed, w.c.DueAt
	return w.extensionDecided(ctx, ExtensionLapsed, "")
}

func (w *work) extensionDecided(ctx context.Context, outcome ExtensionState, why string) error {
	return w.toLead(ctx, wording.ExtensionDecided, func(n *wording.Data) {
		n.Outcome, n.Days, n.Reason = string(outcome), int(w.c.ExtensionDays), why
	})
}
