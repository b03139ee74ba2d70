package cases

import (
	"context"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// Accept records that the office has looked at the letter and takes it on.
func (d *Desk) Accept(ctx context.Context, a people.Actor, id ID, seen Version) (*Case, error) {
	return d.change(ctx, a, people.Accept, id, seen, func(_ context.Context, w *work) error {
		w.c.ScreenedAt = migrations.At(w.now)
		return nil
	})
}

// Decline ends a case that is not the mailbox's to handle. The reason is one of DeclineReasons, whose
// text tells the writer where to turn; explanation adds what the clerk wants to say.
//
// After the due time only supervision may decline: otherwise an overdue letter could be made to vanish
// from the figures by those who let it lie.
func (d *Desk) Decline(ctx context.Context, a people.Actor, id ID, seen Version, reason, explanation string) (*Case, error) {
	if !known(DeclineReasons, reason) {
		return nil, errs.Invalid("reason", "please choose a reason", "请选择不予受理的原因")
	}
	explanation, err := clean("explanation", "the explanation", "说明", explanation, MaxReason, reason == "other")
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Decline, id, seen, func(ctx context.Context, w *work) error {
		if err := mayEndWithoutAnswer(a, w.c, w.now); err != nil {
			return err
		}
		if w.c.Overdue(w.now) {
			w.counts(DeclinedLate, w.c.LeadID)
		}
		w.c.DeclineReason = reason
		w.detail["reason"], w.detail["late"] = reason, w.c.Overdue(w.now)
		w.text = explanation
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.Declined, to, func(n *wording.Data) {
			n.Reason = wording.DeclineReason(w.c.Language, reason)
			n.Text = explanation
		})
	})
}

// mayEndWithoutAnswer refuses to take out of the figures what already has a result in them: a case that was
// answered once (a rework ends with an answer), and, but for supervision, one whose due time has passed.
func mayEndWithoutAnswer(a people.Actor, c *Case, now time.Time) error {
	if err := firstRoundOnly(c); err != nil {
		return err
	}
	if c.Overdue(now) && !a.Is(people.Supervisor) {
		return errs.Forbidden(
			"the due time has passed: only the supervision office may take this letter out of the figures now",
			"该信件已过期限，此时只有督查部门可以不予受理或并案")
	}
	return nil
}

func firstRoundOnly(c *Case) error {
	if c.Round > 1 {
		return errs.Conflict(
			"this case was answered before and is handled again: it ends with an answer",
			"该办件此前已答复，现为重办，须以答复结束")
	}
	return nil
}

// Reopen takes a declined letter on after all. Its due time stays what it was at receipt.
func (d *Desk) Reopen(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Reopen, id, seen, func(ctx context.Context, w *work) error {
		w.c.DeclineReason = ""
		w.c.ScreenedAt = migrations.At(w.now)
		w.text = reason
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		if err := w.tell(wording.Reopened, to, nil); err != nil {
			return err
		}
		return w.overdueAgain(ctx)
	})
}

// Correct mends kind, topic, channel or district. It never moves a due time: what was promised at
// receipt stands (domain.md, "Two clocks").
func (d *Desk) Correct(ctx context.Context, a people.Actor, id ID, seen Version, kind, channel, topic, district string) (*Case, error) {
	switch {
	case !known(Kinds, kind):
		return nil, errs.Invalid("kind", "please choose what kind of letter it is", "请选择来信类型")
	case !known(Channels, channel):
		return nil, errs.Invalid("channel", "there is no channel %q", "没有“%s”这个渠道", channel)
	}
	topic, err := cleanLine("topic", "the topic", "主题分类", topic, MaxTopic, false)
	if err != nil {
		return nil, err
	}
	if district, err = cleanLine("district", "the area", "所在区域", district, MaxDistrict, false); err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Correct, id, seen, func(_ context.Context, w *work) error {
		if w.c.Kind == kind && w.c.Channel == channel && w.c.Topic == topic && w.c.District == district {
			return errNothing
		}
		w.detail["kind"], w.detail["channel"], w.detail["topic"], w.detail["district"] = kind, channel, topic, district
		w.c.Kind, w.c.Channel, w.c.Topic, w.c.District = kind, channel, topic, district
		return nil
	})
}
