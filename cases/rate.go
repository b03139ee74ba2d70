package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// Grades of a rating, as of the national 好差评 since 2019.
const (
	VerySatisfied      = 5
	Satisfied          = 4
	BasicallySatisfied = 3
	Dissatisfied       = 2
	VeryDissatisfied   = 1
)

// Rating is what the writer thinks of the answer.
type Rating struct {
	Grade    int64 // VerySatisfied … VeryDissatisfied
	Resolved *bool // was it resolved? nil: not said
	Words    string
}

func (r Rating) check() (Rating, error) {
	if r.Grade < VeryDissatisfied || r.Grade > VerySatisfied {
		return r, errs.Invalid("grade", "please choose how satisfied you are", "请选择满意程度")
	}
	var err error
	r.Words, err = clean("words", "your words", "评价内容", r.Words, MaxReason, false)
	return r, err
}

// RateUntil is the last instant at which the writer may judge the answer, or change the judgement; zero when the
// policy sets none, or nothing has been answered.
func (d *Desk) RateUntil(c *Case) time.Time {
	days := d.Policy(c).RateWithinDays
	if days == 0 || c.AnsweredAt.IsZero() {
		return time.Time{}
	}
	return dayStart(c.AnsweredAt.Time, days+1, d.Location()).Add(-time.Second)
}

// Rate records the writer's own rating, from the web: one a round, which may be changed within the policy's days
// after the answer. The latest counts.
func (d *Desk) Rate(ctx context.Context, a people.Actor, id ID, r Rating) (*Case, error) {
	r, err := r.check()
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Rate, id, AnyVersion, func(ctx context.Context, w *work) error {
		if until := d.RateUntil(w.c); !until.IsZero() && w.now.After(until) {
			return errs.Conflict("this answer could be judged for %[1]d days, which are over", "该答复的评价期为%[1]d天，现已结束",
				w.rules.policy(w.c).RateWithinDays)
		}
		if err := w.rate(r, "web"); err != nil {
			return err
		}
		return w.callDissatisfied(ctx)
	})
}

// RecordRating records what the writer said on the telephone. It names who recorded it, and is refused
// to the people of the department that answered.
func (d *Desk) RecordRating(ctx context.Context, a people.Actor, id ID, seen Version, r Rating) (*Case, error) {
	r, err := r.check()
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.RecordRating, id, seen, func(_ context.Context, w *work) error {
		if a.WorksFor(w.c.AnsweredByID) || a.WorksFor(w.c.LeadID) {
			return errs.Forbidden(
				"a department's own people may not record how content its writers are",
				"承办部门人员不得代为登记本部门办件的满意度")
		}
		return w.rate(r, "telephone")
	})
}

func (w *work) rate(r Rating, source string) error {
	w.c.Rating, w.c.Resolved, w.c.RatingSource = r.Grade, r.Resolved, source
	w.c.RemindRatingAt = migrations.Instant{}
	w.c.noCall()
	w.detail["grade"], w.detail["source"] = r.Grade, source
	if r.Resolved != nil {
		w.detail["resolved"] = *r.Resolved
	}
	w.text = r.Words
	return nil
}

// Withdraw takes a letter back, by its writer, before the answer.
func (d *Desk) Withdraw(ctx context.Context, a people.Actor, id ID, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "撤回理由", reason, MaxReason, false)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Withdraw, id, AnyVersion, func(ctx context.Context, w *work) error {
		if err := firstRoundOnly(w.c); err != nil {
			return err
		}
		w.text = reason
		w.detail["late"] = w.c.Overdue(w.now)
		if err := w.letGo(ctx, 0); err != nil {
			return err
		}
		if err := w.dropReply(ctx, "withdrawn"); err != nil {
			return err
		}
		return w.toLead(ctx, wording.Withdrawn, nil)
	})
}

// dropReply takes back a reply that waits for review, because the case ends before it could go out.
func (w *work) dropReply(ctx context.Context, comment string) error {
	_, err := w.NewUpdate().Model((*ReplyRow)(nil)).
		Set("status = ?, comment = ?, reviewed_at = ?", SentBackReply, comment, migrations.At(w.now)).
		Where("case_id = ? AND status = ?", w.c.ID, HandedIn).Exec(ctx)
	return err
}

// Close ends an answered case. The program does it some days after the answer (policy); the office may
// do it earlier.
func (d *Desk) Close(ctx context.Context, a people.Actor, id ID, seen Version) (*Case, error) {
	return d.change(ctx, a, people.Close, id, seen, func(_ context.Context, w *work) error {
		if a.Is(people.System) && w.c.CloseDueAt.After(w.now) {
			return errNothing
		}
		w.c.ClosedAt = migrations.At(w.now)
		return nil
	})
}

func closeAt(r *rulebook, c *Case) migrations.Instant {
	return migrations.At(sla.CloseAt(r.calendar(), r.policy(c), c.AnsweredAt.Time))
}

// CloseDue closes the answered cases whose time for that has come, limit at most, and says how many.
func (d *Desk) CloseDue(ctx context.Context, limit int) (int, error) {
	var ids []ID
	err := d.db.Read.NewRaw("SELECT id FROM cases WHERE state = 'answered' AND close_due_at <= ? ORDER BY close_due_at LIMIT ?",
		migrations.At(d.Now()), limit).Scan(ctx, &ids)
	if err != nil {
		return 0, err
	}
	for n, id := range ids {
		// Somebody may have voided the answer meanwhile: then there is nothing to close.
		if _, err := d.Close(ctx, people.TheSystem(), id, AnyVersion); err != nil && errs.CodeOf(err) != errs.CodeConflict {
			return n, err
		}
	}
	return len(ids), nil
}

// RemindToRate reminds the writers who have left an answer unjudged for the policy's days, limit at most, and says
// how many. Each is reminded once a round: the notice and the mark that it was written are one transaction.
func (d *Desk) RemindToRate(ctx context.Context, limit int) (int, error) {
	now := migrations.At(d.Now())
	var ids []ID
	err := d.db.Read.NewRaw("SELECT id FROM cases WHERE remind_rating_at <= ? ORDER BY remind_rating_at LIMIT ?", now, limit).Scan(ctx, &ids)
	if err != nil {
		return 0, fmt.Errorf("read unjudged answers: %w", err)
	}
	for n, id := range ids {
		if err := d.remindToRate(ctx, id); err != nil {
			return n, err
		}
	}
	return len(ids), nil
}

func (d *Desk) remindToRate(ctx context.Context, id ID) error {
	var written []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		w, err := d.open(ctx, tx, id)
		if err != nil {
			return err
		}
		at := w.c.RemindRatingAt
		if at.IsZero() || at.After(w.now) {
			return nil // judged meanwhile, or another process was first
		}
		w.c.RemindRatingAt = migrations.Instant{}
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		if err := w.tell(wording.RateReminder, to, func(n *wording.Data) { n.Until = d.RateUntil(w.c) }); err != nil {
			return err
		}
		if err := w.save(ctx); err != nil {
			return err
		}
		written = w.written
		return nil
	})
	if err != nil {
		return fmt.Errorf("remind the writer of case %d: %w", id, err)
	}
	d.wake(ctx, Wakeup{Notices: written})
	return nil
}

// remindToRateAt is when a writer whose letter is answered now would be reminded.
func (w *work) remindToRateAt() migrations.Instant {
	days := w.rules.policy(w.c).RemindRatingDays
	if days == 0 || w.c.Quiet || w.c.ContactID == 0 {
		return migrations.Instant{}
	}
	return migrations.At(w.now.AddDate(0, 0, days))
}

// Instruct puts a note of the mayor or a leader on top of the case.
func (d *Desk) Instruct(ctx context.Context, a people.Actor, id ID, seen Version, leader, note string) (*Case, error) {
	leader, err := cleanLine("leader", "who wrote it", "批示领导", leader, 60, true)
	if err != nil {
		return nil, err
	}
	if note, err = clean("note", "the instruction", "批示内容", note, MaxReason, true); err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Instruct, id, seen, func(ctx context.Context, w *work) error {
		w.c.Instructed = true
		w.detail["leader"] = leader
		w.text = note
		return w.toLead(ctx, wording.Instructed, func(n *wording.Data) { n.Text = note })
	})
}

// LostSecret sends a new secret to the e-mail address on file of a letter, for whoever names its number and the
// telephone number or e-mail address that was left with it, once a day. It says nothing of whether they fit: the
// page tells everybody the same. Errors: invalid, when number or contact cannot be any.
func (d *Desk) LostSecret(ctx context.Context, number, contact string) error {
	id, day, err := ParseNumber(number)
	if err != nil {
		return err
	}
	given, err := normaliseEither(contact)
	if err != nil {
		return err
	}
	hash := d.keys.LookupHash(given)
	var contactID int64
	err = d.db.Read.NewRaw(`SELECT k.id FROM cases c JOIN contacts k ON k.id = c.contact_id
		WHERE c.id = ? AND c.received_day = ? AND (k.phone_hash = ? OR k.email_hash = ?)`, id, day, hash, hash).Scan(ctx, &contactID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("look for the letter of a lost secret: %w", err)
	}
	// Without a way to send the new secret the old one must stay good.
	if to, err := d.writers(ctx, d.db.Read, contactID, errs.ZH); err != nil || len(to) == 0 {
		return err
	}
	tomorrow := dayStart(d.Now(), 1, d.Location())
	err = d.Spend(ctx, fmt.Sprintf("secret of %d until %d", id, tomorrow.Unix()), tomorrow)
	if errs.CodeOf(err) == errs.CodeConflict {
		return nil // one was sent today
	}
	if err != nil {
		return err
	}
	_, err = d.NewSecret(ctx, people.TheSystem(), id, AnyVersion)
	return err
}

// normaliseEither reads a telephone number or an e-mail address.
func normaliseEither(contact string) (string, error) {
	if strings.Contains(contact, "@") || strings.Contains(contact, "＠") {
		email, err := NormaliseEmail(contact)
		if err != nil {
			return "", errs.Invalid("contact", "this is no e-mail address; it should look like name@example.org", "电子邮箱格式不对，应形如 name@example.org")
		}
		return email, nil
	}
	phone, err := NormalisePhone(contact)
	if err != nil || phone == "" {
		return "", errs.Invalid("contact", "please enter the telephone number or the e-mail address that you left with the letter", "请填写来信时留下的电话或电子邮箱")
	}
	return phone, nil
}

// NewSecret gives the writer a new secret, sent to the contact on file; the old one is void. It fails
// when the writer left no e-mail address: then the clerk reads it out after making sure who calls.
func (d *Desk) NewSecret(ctx context.Context, a people.Actor, id ID, seen Version) (secret string, err error) {
	c, err := d.change(ctx, a, people.NewSecret, id, seen, func(ctx context.Context, w *work) error {
		w.c.SecretVersion++
		w.c.SecretHash = hashSecret(d, w.c)
		w.detail["secret_version"] = w.c.SecretVersion
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.NewSecret, to, nil)
	})
	if err != nil {
		return "", err
	}
	return d.keys.Secret(int64(c.ID), c.SecretVersion), nil
}
