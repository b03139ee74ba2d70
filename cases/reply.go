package cases

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// ReplyStatus is where a reply stands between the department and the writer.
type ReplyStatus string

// The ways of a reply.
const (
	HandedIn      ReplyStatus = "handed_in"
	SentBackReply ReplyStatus = "sent_back"
	AnsweredReply ReplyStatus = "answered"
	VoidedReply   ReplyStatus = "voided"
)

// ReplyRow is what a department handed in, and what became of it.
type ReplyRow struct {
	bun.BaseModel `bun:"table:replies,alias:r"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Round        int64
	DepartmentID int64 `bun:",nullzero"`
	AccountID    int64 `bun:",nullzero"`
	Body         string
	Status       ReplyStatus
	HandedInAt   migrations.Instant
	ReviewedAt   migrations.Instant
	ReviewerID   int64 `bun:",nullzero"`
	Comment      string
	AnsweredAt   migrations.Instant
	Signed       ReplyStatus // the status at which its signs were last worked out, "" never
}

// Reply hands in the department's reply. Where the policy asks for no review it becomes the answer in
// the same transaction. Replying implies signing.
func (d *Desk) Reply(ctx context.Context, a people.Actor, id ID, seen Version, body string, attached ...files.Clean) (*Case, error) {
	body, err := clean("reply", "the reply", "答复内容", body, MaxReply, true)
	if err != nil {
		return nil, err
	}
	return d.changeWith(ctx, a, people.Reply, id, seen, attached, func(ctx context.Context, w *work, stored []File) error {
		if err := w.needsNoApproval(ctx, a); err != nil {
			return err
		}
		return w.handIn(a.Account, body, func(ctx context.Context, reply int64) error {
			return w.attach(ctx, stored, func(f *File) { f.ReplyID = reply })
		})(ctx, w)
	})
}

// handIn hands in a reply that author wrote; attach gives it its files.
func (w *work) handIn(author int64, body string, attach func(ctx context.Context, reply int64) error) func(context.Context, *work) error {
	return func(ctx context.Context, w *work) error {
		if err := w.endWait(ctx); err != nil { // the wait is over for who can reply
			return err
		}
		if w.c.AcknowledgedAt.IsZero() {
			w.c.AcknowledgedAt = migrations.At(w.now)
		}
		w.c.RepliedAt = migrations.At(w.now)
		w.c.DepartmentDays = w.workingDays(w.c.RoutedAt, w.c.RepliedAt)
		w.c.DaysProvisional = w.rules.overUnknown(w.c.RoutedAt, w.c.RepliedAt)
		row := ReplyRow{
			CaseID: w.c.ID, Round: w.c.Round, DepartmentID: w.c.LeadID, AccountID: author,
			Body: body, Status: HandedIn, HandedInAt: migrations.At(w.now), Signed: HandedIn,
		}
		signs, err := w.signReply(ctx, &row)
		if err != nil {
			return err
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write reply: %w", err)
		}
		if err := attach(ctx, row.ID); err != nil {
			return err
		}
		if err := keepSigns(ctx, w.Tx, row.ID, signs); err != nil {
			return err
		}
		w.detail["reply"] = row.ID
		w.detail["digest"] = digestOf(w.c, body)
		if w.rules.policy(w.c).Review {
			return nil
		}
		w.then = append(w.then, following{people.TheSystem(), people.Answer, w.answer("")})
		return nil
	}
}

func digestOf(c *Case, text string) string {
	return hex.EncodeToString(ledger.Digest(c.Salt, text))
}

// inHand reads the reply that waits for its review.
func (w *work) inHand(ctx context.Context) (*ReplyRow, error) {
	row := new(ReplyRow)
	if err := w.NewSelect().Model(row).Where("r.case_id = ? AND r.status = ?", w.c.ID, HandedIn).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the reply in hand: %w", err)
	}
	return row, nil
}

// Answer lets the reply go out: from now on the writer can read it. The writer's clock stops here.
// The reviewer may have mended the wording: an edited text that differs is kept as what was answered,
// and the department's own words stay in the record's digest.
func (d *Desk) Answer(ctx context.Context, a people.Actor, id ID, seen Version, edited string) (*Case, error) {
	edited, err := clean("reply", "the reply", "答复内容", edited, MaxReply, false)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Answer, id, seen, func(ctx context.Context, w *work) error {
		w.reviewer = a.Account
		return w.answer(edited)(ctx, w)
	})
}

func (w *work) answer(edited string) func(context.Context, *work) error {
	return func(ctx context.Context, w *work) error {
		row, err := w.inHand(ctx)
		if err != nil {
			return err
		}
		now, handedIn := migrations.At(w.now), row.Body
		if edited != "" && edited != row.Body {
			row.Body = edited
			w.detail["edited"] = true
		}
		if err := w.countSigns(ctx, row, handedIn); err != nil {
			return err
		}
		row.Status, row.AnsweredAt, row.ReviewedAt, row.ReviewerID, row.Signed = AnsweredReply, now, now, w.reviewer, AnsweredReply
		if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
		if w.c.Extension == ExtensionAsked { // nothing is left to extend
			w.c.Extension, w.c.ExtensionDays, w.c.ExtensionAt = "", 0, migrations.Instant{}
			w.detail["extension"] = "withdrawn"
		}
		w.c.AnsweredAt, w.c.AnsweredByID = now, row.DepartmentID
		w.c.Days = w.workingDays(w.c.roundBegan(), now)
		w.c.DaysProvisional = w.c.DaysProvisional || w.rules.overUnknown(w.c.roundBegan(), now)
		w.c.CloseDueAt = closeAt(w.rules, w.c)
		w.c.RemindRatingAt = w.remindToRateAt()
		if err := w.drawCall(ctx); err != nil {
			return err
		}
		w.detail["reply"], w.detail["digest"] = row.ID, digestOf(w.c, row.Body)
		w.detail["on_time"] = !w.c.DueAt.IsZero() && !now.After(w.c.DueAt.Time)
		name, err := w.departmentName(ctx, row.DepartmentID)
		if err != nil {
			return err
		}
		return w.tellWriters(ctx, wording.Answered, func(n *wording.Data) { n.Text, n.Department = row.Body, name })
	}
}

// tellWriters tells the writer and everybody whose letter was merged into this case.
func (w *work) tellWriters(ctx context.Context, kind wording.Kind, fill func(*wording.Data)) error {
	to, err := w.writer(ctx)
	if err != nil {
		return err
	}
	if err := w.tell(kind, to, fill); err != nil {
		return err
	}
	var merged []Case
	if err := w.NewSelect().Model(&merged).Where("c.merged_into = ?", w.c.ID).Order("c.id").Scan(ctx); err != nil {
		return fmt.Errorf("read merged cases: %w", err)
	}
	for i := range merged {
		m := &merged[i]
		to, err := w.desk.writers(ctx, w.Tx, m.ContactID, m.Language)
		if err != nil {
			return err
		}
		err = w.tell(kind, to, func(n *wording.Data) {
			fill(n)
			n.Number, n.Title, n.ReceivedAt = m.Number(), m.Title, m.ReceivedAt.Time
			n.Into = w.c.Number()                                              // only the main writer's rating counts, so the others are not asked for one
			n.URL, n.Opens = w.desk.publicURL+"/track?number="+n.Number, false // the secret of the main letter is not theirs
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// SendBack returns a reply to the department with a comment. The clocks run on: a reply that does not
// stand was not handed in.
func (d *Desk) SendBack(ctx context.Context, a people.Actor, id ID, seen Version, comment string) (*Case, error) {
	comment, err := clean("comment", "what should be changed", "修改意见", comment, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.SendBack, id, seen, func(ctx context.Context, w *work) error {
		row, err := w.inHand(ctx)
		if err != nil {
			return err
		}
		row.Status, row.ReviewedAt, row.ReviewerID, row.Comment, row.Signed = SentBackReply, migrations.At(w.now), a.Account, comment, SentBackReply
		if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("send back reply: %w", err)
		}
		w.c.RepliedAt, w.c.DepartmentDays = migrations.Instant{}, nil
		w.detail["reply"] = row.ID
		w.text = comment
		return w.toLead(ctx, wording.SentBack, func(n *wording.Data) { n.Reason = comment })
	})
}

// Void takes an answer back, with a reason that the writer is told. It hides nothing: the voided answer
// stays in the record, and the case counts as unanswered until the next one.
func (d *Desk) Void(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Void, id, seen, func(ctx context.Context, w *work) error {
		if w.c.LeadID == 0 {
			return errs.Conflict("this answer came with imported history and cannot be voided", "该答复来自历史数据导入，不能撤销")
		}
		_, err := w.NewUpdate().Model((*ReplyRow)(nil)).Set("status = ?, signed = ?", VoidedReply, VoidedReply).
			Where("case_id = ? AND round = ? AND status = ?", w.c.ID, w.c.Round, AnsweredReply).Exec(ctx)
		if err != nil {
			return fmt.Errorf("void answer: %w", err)
		}
		if err := uncountSigns(ctx, w.Tx, w.c.ID, w.c.Round, migrations.At(w.now), migrations.At(w.now)); err != nil {
			return err
		}
		w.counts(Voided, w.c.AnsweredByID)
		c := w.c
		c.AnsweredAt, c.AnsweredByID, c.Days = migrations.Instant{}, 0, nil
		c.RepliedAt, c.DepartmentDays = migrations.Instant{}, nil
		c.CloseDueAt, c.ClosedAt = migrations.Instant{}, migrations.Instant{}
		c.Rating, c.Resolved, c.RatingSource = 0, nil, ""
		c.RemindRatingAt = migrations.Instant{}
		c.noCall()
		if c.Rework == ReworkAsked { // there is nothing to do again: it has not been done
			c.Rework, c.ReworkAskedAt = "", migrations.Instant{}
		}
		w.text = reason
		if err := w.overdueAgain(ctx); err != nil {
			return err
		}
		if err := w.withdrawPublication(ctx, "voided"); err != nil {
			return err
		}
		if err := w.tellWriters(ctx, wording.Voided, func(n *wording.Data) { n.Reason = reason }); err != nil {
			return err
		}
		if err := w.toLead(ctx, wording.SentBack, func(n *wording.Data) { n.Reason = reason }); err != nil {
			return err
		}
		return w.homeAgain(ctx)
	})
}

// Supplement adds to an answer that has gone out, which itself is never edited.
func (d *Desk) Supplement(ctx context.Context, a people.Actor, id ID, seen Version, body string) (*Case, error) {
	body, err := clean("reply", "the supplement", "补充答复", body, MaxReply, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Supplement, id, seen, func(ctx context.Context, w *work) error {
		now := migrations.At(w.now)
		row := ReplyRow{
			CaseID: w.c.ID, Round: w.c.Round, DepartmentID: w.c.AnsweredByID, AccountID: a.Account,
			Body: body, Status: AnsweredReply, HandedInAt: now, ReviewedAt: now, ReviewerID: a.Account, AnsweredAt: now,
			Signed: AnsweredReply, // it adds to an answer that was judged
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write supplement: %w", err)
		}
		w.detail["reply"], w.detail["digest"] = row.ID, digestOf(w.c, body)
		return w.tellWriters(ctx, wording.Supplement, func(n *wording.Data) { n.Text = body })
	})
}

// Contribute hands in what an assisting department has to say; the lead and the office read it.
func (d *Desk) Contribute(ctx context.Context, a people.Actor, id ID, seen Version, body string) (*Case, error) {
	body, err := clean("reply", "the contribution", "协办意见", body, MaxReply, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Contribute, id, seen, func(ctx context.Context, w *work) error {
		for i := range w.assists {
			s := &w.assists[i]
			if !a.WorksFor(s.DepartmentID) {
				continue
			}
			if !s.ContributedAt.IsZero() {
				return errs.Conflict("your department has already contributed", "贵部门已提交过协办意见")
			}
			s.ContributedAt, s.Body = migrations.At(w.now), body
			if _, err := w.NewUpdate().Model(s).WherePK().Exec(ctx); err != nil {
				return fmt.Errorf("write contribution: %w", err)
			}
			w.detail["department"], w.detail["digest"] = s.DepartmentID, digestOf(w.c, body)
			w.detail["on_time"] = s.DueAt.IsZero() || !w.now.After(s.DueAt.Time)
			return nil
		}
		return errs.Forbidden("your department was not asked to assist", "贵部门不是该办件的协办部门")
	})
}
