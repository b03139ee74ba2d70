package cases

import (
	"context"
	"fmt"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// ReworkUntil is the last instant at which the writer may ask for a rework; zero when the policy knows none,
// or nothing has been answered.
func (d *Desk) ReworkUntil(c *Case) time.Time {
	days := d.Policy(c).ReworkWithinDays
	if days == 0 || c.AnsweredAt.IsZero() {
		return time.Time{}
	}
	// The last second of the last day, as everywhere.
	return dayStart(c.AnsweredAt.Time, days+1, d.Location()).Add(-time.Second)
}

// MayAskRework tells whether the writer may ask for a rework now: discontent said, in time, and the first
// time. The error says what is missing.
func (d *Desk) MayAskRework(c *Case, now time.Time) error {
	until := d.ReworkUntil(c)
	switch {
	case c.Rework != "" || c.Round > 1:
		return errs.Conflict("a rework can be asked for once", "只能申请一次重办")
	case !c.discontent():
		return errs.Conflict(
			"a rework can be asked for after rating the answer as dissatisfied, or the matter as not resolved",
			"评价为不满意或问题未解决后，方可申请重办")
	case until.IsZero():
		return errs.Conflict("letters of this kind are not handled again", "此类来信不办理重办")
	case now.After(until):
		return errs.Conflict(
			"a rework could be asked for until %s; please write a new letter",
			"申请重办的时间已于 %s 截止，请重新来信", until.In(d.Location()).Format("2006-01-02"))
	}
	return nil
}

// discontent tells whether the writer has said so.
func (c *Case) discontent() bool {
	return c.Rating != 0 && c.Rating <= Dissatisfied || c.Resolved != nil && !*c.Resolved
}

// AskRework is the writer's: a discontent writer may have the case handled again, once, within the policy's
// days after the answer. Supervision or the office decides.
func (d *Desk) AskRework(ctx context.Context, a people.Actor, id ID, reason string) (*Case, error) {
	reason, err := clean("reason", "what should be done again, and why", "申请重办的理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.AskRework, id, AnyVersion, func(ctx context.Context, w *work) error {
		if err := d.MayAskRework(w.c, w.now); err != nil {
			return err
		}
		w.c.Rework, w.c.ReworkAskedAt = ReworkAsked, migrations.At(w.now)
		w.text = reason
		to, err := overseers(ctx, w.Tx, w.now)
		if err != nil {
			return err
		}
		return w.tell(wording.ReworkAsked, to, func(n *wording.Data) { n.Text = reason })
	})
}

func (w *work) reworkUndecided() error {
	if w.c.Rework != ReworkAsked {
		return errs.Conflict("no request for a rework waits for a decision here", "该办件没有待决定的重办申请")
	}
	return nil
}

// GrantRework begins a new round with a deadline of its own, at the department that answered, or another.
// What came of the first round stands for ever: its times, its answer, its rating.
func (d *Desk) GrantRework(ctx context.Context, a people.Actor, id ID, seen Version, lead int64, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.GrantRework, id, seen, func(ctx context.Context, w *work) error {
		if err := w.reworkUndecided(); err != nil {
			return err
		}
		c := w.c
		w.counts(Reworked, c.AnsweredByID)
		finished := round{CaseID: c.ID, Round: c.Round, Handling: c.Handling}
		if _, err := w.NewInsert().Model(&finished).Exec(ctx); err != nil {
			return fmt.Errorf("write finished round: %w", err)
		}
		w.first = &finished.Handling
		c.RemindRatingAt = migrations.Instant{}
		c.noCall()
		c.Handling = Handling{}
		c.Round++
		c.Rework, c.ReworkGrantedAt = ReworkGranted, migrations.At(w.now)
		c.CloseDueAt, c.ClosedAt = migrations.Instant{}, migrations.Instant{}
		w.rules.startClock(c, w.rules.policy(c))
		w.detail["round"] = c.Round
		if !c.DueAt.IsZero() {
			w.detail["due_at"] = c.DueAt.Unix()
		}
		w.text = reason
		if err := w.giveTo(ctx, lead); err != nil {
			return err
		}
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.ReworkGranted, to, func(n *wording.Data) { n.Reason = reason })
	})
}

// RefuseRework says that the answer stands, and why; the writer is told.
func (d *Desk) RefuseRework(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason the writer is told", "告知来信人的理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.RefuseRework, id, seen, func(ctx context.Context, w *work) error {
		if err := w.reworkUndecided(); err != nil {
			return err
		}
		w.c.Rework = ReworkRefused
		w.text = reason
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.ReworkRefused, to, func(n *wording.Data) { n.Reason = reason })
	})
}
