package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// AskWriter asks the writer for something the department cannot go on without. It pauses the department's
// clock and no other: the city's promise to the writer stands. The wait ends with what the writer sends, at
// its own limit, or when the department replies.
//
// A round's waits together last at most the policy's working days, and none begins after the department's
// time is up, so that no late reply can be made an early one. Asking implies signing.
func (d *Desk) AskWriter(ctx context.Context, a people.Actor, id ID, seen Version, question string) (*Case, error) {
	question, err := clean("question", "what you ask for", "需要补充的内容", question, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.AskWriter, id, seen, func(ctx context.Context, w *work) error {
		c := w.c
		until, err := w.waitUntil()
		if err != nil {
			return err
		}
		now := migrations.At(w.now)
		row := waitRow{
			CaseID: c.ID, Round: c.Round, DepartmentID: c.LeadID, Since: now, Until: migrations.At(until), Question: question,
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write wait: %w", err)
		}
		w.waits = append(w.waits, row)
		if c.AcknowledgedAt.IsZero() {
			c.AcknowledgedAt = now
		}
		c.WaitCount++
		c.WaitingSince, c.WaitingUntil = row.Since, row.Until
		w.departmentClock()
		w.detail["until"], w.detail["department_due_at"] = row.Until.Unix(), c.DepartmentDueAt.Unix()
		w.text = question
		name, err := w.departmentName(ctx, c.LeadID)
		if err != nil {
			return err
		}
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.MaterialWanted, to, func(n *wording.Data) { n.Department, n.Text, n.Until = name, question, until })
	})
}

// waitUntil is how long a wait that begins now may last, or why none may.
func (w *work) waitUntil() (time.Time, error) {
	c := w.c
	switch {
	case !c.WaitingSince.IsZero():
		return time.Time{}, errs.Conflict("the writer has been asked already and has not answered yet", "已请来信人补充材料，正在等待")
	case c.DepartmentDueAt.IsZero():
		return time.Time{}, errs.Conflict("this case has no due time that could wait", "该办件没有期限，无需等待")
	case w.now.After(c.DepartmentDueAt.Time):
		return time.Time{}, errs.Conflict(
			"your department's time ended at %s; waiting for the writer cannot lengthen it any more",
			"贵部门的办理期限已于 %s 届满，不能再以等待补充材料延长", c.DepartmentDueAt.In(w.desk.Location()).Format("2006-01-02 15:04"))
	}
	p := w.rules.policy(c)
	left := p.WaitingDays
	for _, before := range w.waits {
		left -= w.rules.calendar().WorkingDays(before.Since.Time, before.EndedAt.Time)
	}
	if left < 1 {
		return time.Time{}, errs.Conflict(
			"the waits of this case have used up the %d working days that are allowed",
			"该办件等待补充材料的时间已用完（最多 %d 个工作日）", p.WaitingDays)
	}
	until, _ := w.rules.calendar().Due(w.now, left, p.Closing)
	return until, nil
}

// AddMaterial adds what the writer sends after the letter. If the department waits for it, the wait ends.
func (d *Desk) AddMaterial(ctx context.Context, a people.Actor, id ID, text string, attached ...files.Clean) (*Case, error) {
	text, err := clean("material", "what you add", "补充内容", text, MaxBody, true)
	if err != nil {
		return nil, err
	}
	return d.changeWith(ctx, a, people.AddMaterial, id, AnyVersion, attached, func(ctx context.Context, w *work, stored []File) error {
		row := materialRow{CaseID: w.c.ID, SentAt: migrations.At(w.now), Body: text}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write material: %w", err)
		}
		if err := w.attach(ctx, stored, func(f *File) { f.MaterialID = row.ID }); err != nil {
			return err
		}
		w.detail["material"], w.detail["digest"] = row.ID, digestOf(w.c, text)
		if err := w.endWait(ctx); err != nil {
			return err
		}
		return w.toLead(ctx, wording.MaterialAdded, func(n *wording.Data) { n.Text = text })
	})
}

// materialRow is what a writer sent after the letter.
type materialRow struct {
	bun.BaseModel `bun:"table:materials,alias:l"`

	ID     int64 `bun:",pk,autoincrement"`
	CaseID ID
	SentAt migrations.Instant
	Body   string
}

// waitOver ends a wait whose limit has passed without anything from the writer; a step of the program's own.
// The wait counts up to its limit, whenever the program came to it.
func (w *work) waitOver(ctx context.Context) error {
	if err := w.endWait(ctx); err != nil {
		return err
	}
	return w.toLead(ctx, wording.WaitEnded, nil)
}

// endWait ends the wait that is running, if any, now or at its limit, whichever came first, and reckons the
// department's clock anew.
func (w *work) endWait(ctx context.Context) error {
	c := w.c
	if c.WaitingSince.IsZero() {
		return nil
	}
	ended := migrations.At(w.now)
	if ended.After(c.WaitingUntil.Time) {
		ended = c.WaitingUntil
	}
	last := &w.waits[len(w.waits)-1]
	last.EndedAt = ended
	if _, err := w.NewUpdate().Model(last).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("end wait: %w", err)
	}
	c.WaitingSince, c.WaitingUntil = migrations.Instant{}, migrations.Instant{}
	w.departmentClock()
	w.detail["wait_ended"], w.detail["department_due_at"] = ended.Unix(), c.DepartmentDueAt.Unix()
	return nil
}
