package cases

import (
	"context"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// Acknowledge records that the lead department has signed for the case.
//
// Signing starts no clock: the department's time runs from routing, so a late signature can neither
// help nor hurt it. Signing twice is a no-op.
func (d *Desk) Acknowledge(ctx context.Context, a people.Actor, id ID, seen Version) (*Case, error) {
	return d.change(ctx, a, people.Acknowledge, id, seen, func(_ context.Context, w *work) error {
		if w.c.State == Acknowledged {
			return errNothing
		}
		w.c.AcknowledgedAt = migrations.At(w.now)
		return nil
	})
}

// Return gives the case back to the office: "not ours". It must be said within the policy's return
// window, counted in working days from routing, and stops no clock.
func (d *Desk) Return(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "退回理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Return, id, seen, func(ctx context.Context, w *work) error {
		until, _ := w.desk.ReturnUntil(w.c)
		if w.now.After(until.Time) {
			return errs.Conflict(
				"the time for returning a case ended at %s; please ask the mailbox office to reassign it",
				"退回时限已于 %s 截止，请联系信箱办改派", until.In(d.Location()).Format("2006-01-02 15:04"))
		}
		if err := w.noOpenOrder(ctx); err != nil {
			return err
		}
		w.text = reason
		w.detail["from"] = w.c.LeadID
		w.counts(Returned, w.c.LeadID)
		if err := w.leave(ctx); err != nil {
			return err
		}
		w.c.ReturnedAt = migrations.At(w.now)
		to, err := holders(ctx, w.Tx, w.now, people.Clerk)
		if err != nil {
			return err
		}
		return w.tell(wording.Returned, to, func(n *wording.Data) { n.Reason = reason })
	})
}

// ReturnUntil is the last instant at which the lead may still return the case.
func (d *Desk) ReturnUntil(c *Case) (until migrations.Instant, provisional bool) {
	p := d.Policy(c)
	if c.RoutedAt.IsZero() || p.ReturnDays < 1 {
		return c.RoutedAt, false
	}
	t, provisional := d.Calendar().Due(c.RoutedAt.Time, p.ReturnDays, p.Closing)
	return migrations.At(t), provisional
}

// leave takes the case from its lead and lets the assisting departments go.
func (w *work) leave(ctx context.Context) error {
	if err := w.newLead(ctx, 0); err != nil {
		return err
	}
	return w.releaseAssists(ctx)
}

func (w *work) releaseAssists(ctx context.Context) error {
	if len(w.assists) == 0 {
		return nil
	}
	_, err := w.NewUpdate().Model((*assistRow)(nil)).Set("released_at = ?", migrations.At(w.now)).
		Where("case_id = ? AND released_at IS NULL", w.c.ID).Exec(ctx)
	w.assists = nil
	return err
}

// workingDays counts the working days in (local day of from, local day of to], for the figures of speed.
func (w *work) workingDays(from, to migrations.Instant) *int64 { return w.rules.workingDays(from, to) }

func (r *rulebook) workingDays(from, to migrations.Instant) *int64 {
	n := int64(r.calendar().WorkingDays(from.Time, to.Time))
	return &n
}
