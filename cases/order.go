package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// Remind reminds the lead department by hand (催办), in supervision's own words.
func (d *Desk) Remind(ctx context.Context, a people.Actor, id ID, seen Version, text string) (*Case, error) {
	text, err := clean("text", "the reminder", "催办内容", text, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Remind, id, seen, func(ctx context.Context, w *work) error {
		w.text = text
		w.counts(RemindedHand, w.c.LeadID)
		return w.toLeadAndLeader(ctx, wording.Reminded, func(n *wording.Data) { n.Text = text })
	})
}

// orderRow is a supervision order.
type orderRow struct {
	bun.BaseModel `bun:"table:orders,alias:r"`

	ID            int64 `bun:",pk,autoincrement"`
	CaseID        ID
	DepartmentID  int64
	AccountID     int64 `bun:",nullzero"`
	IssuedAt      migrations.Instant
	DueAt         migrations.Instant
	Body          string
	AnsweredAt    migrations.Instant
	AnsweredByID  int64 `bun:",nullzero"`
	Answer        string
	LateNoticedAt migrations.Instant
	ReleasedAt    migrations.Instant // the case left the department, or ended: nothing is to be answered any more
}

// Order issues a supervision order (督办单) to the lead department, to be answered within so many working
// days (0: the policy's). It has a deadline of its own and moves no clock of the case. One at a time.
func (d *Desk) Order(ctx context.Context, a people.Actor, id ID, seen Version, days int, text string) (*Case, error) {
	text, err := clean("text", "the order", "督办内容", text, MaxReason, true)
	if err != nil {
		return nil, err
	}
	if days < 0 || days > sla.MaxDays {
		return nil, errs.Invalid("days", "an order is answered within 1 to %d working days", "督办单的回复期限应为 1 至 %d 个工作日", sla.MaxDays)
	}
	return d.change(ctx, a, people.Order, id, seen, func(ctx context.Context, w *work) error {
		open, err := w.openOrder(ctx)
		if err != nil {
			return err
		}
		if open != nil {
			return errs.Conflict("the last order has not been answered yet", "上一份督办单尚未回复")
		}
		p := w.rules.policy(w.c)
		if days == 0 {
			days = p.OrderDays
		}
		due, _ := w.rules.calendar().Due(w.now, days, p.Closing)
		row := orderRow{
			CaseID: w.c.ID, DepartmentID: w.c.LeadID, AccountID: a.Account,
			IssuedAt: migrations.At(w.now), DueAt: migrations.At(due), Body: text,
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write order: %w", err)
		}
		w.c.OrderDueAt = row.DueAt
		w.detail["order"], w.detail["due_at"], w.detail["digest"] = row.ID, row.DueAt.Unix(), digestOf(w.c, text)
		w.counts(Ordered, w.c.LeadID)
		return w.toLeadAndLeader(ctx, wording.Ordered, func(n *wording.Data) { n.Text, n.Until = text, due })
	})
}

// AnswerOrder answers the open order, by the department it was issued to.
func (d *Desk) AnswerOrder(ctx context.Context, a people.Actor, id ID, seen Version, text string) (*Case, error) {
	text, err := clean("text", "the answer", "回复内容", text, MaxReply, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.AnswerOrder, id, seen, func(ctx context.Context, w *work) error {
		row, err := w.openOrder(ctx)
		if err != nil {
			return err
		}
		switch {
		case row == nil:
			return errs.Conflict("no order waits for an answer here", "该办件没有待回复的督办单")
		case !a.WorksFor(row.DepartmentID):
			return errs.Forbidden("the order was issued to another department", "该督办单不是发给贵部门的")
		}
		row.AnsweredAt, row.AnsweredByID, row.Answer = migrations.At(w.now), a.Account, text
		if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("answer order: %w", err)
		}
		w.c.OrderDueAt = migrations.Instant{}
		w.detail["order"], w.detail["digest"] = row.ID, digestOf(w.c, text)
		w.detail["on_time"] = !w.now.After(row.DueAt.Time)
		to, err := holders(ctx, w.Tx, w.now, people.Supervisor)
		if err != nil {
			return err
		}
		name, err := w.departmentName(ctx, row.DepartmentID)
		if err != nil {
			return err
		}
		return w.tell(wording.OrderAnswered, to, func(n *wording.Data) { n.Department, n.Text = name, text })
	})
}

// openOrder reads the order that waits for its answer, nil for none.
func (w *work) openOrder(ctx context.Context) (*orderRow, error) {
	var rows []orderRow
	if err := w.NewSelect().Model(&rows).Where("case_id = ? AND answered_at IS NULL AND released_at IS NULL", w.c.ID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read order: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	return &rows[0], nil
}

// noOpenOrder refuses to let a department slip out of an order by giving the case back.
func (w *work) noOpenOrder(ctx context.Context) error {
	open, err := w.openOrder(ctx)
	if err == nil && open != nil {
		err = errs.Conflict("please answer the supervision order first", "请先回复督办单")
	}
	return err
}

// releaseOrder ends an open order that nobody can answer any more, because the case goes to another.
func (w *work) releaseOrder(ctx context.Context, next int64) error {
	open, err := w.openOrder(ctx)
	if err != nil || open == nil || open.DepartmentID == next {
		return err
	}
	open.ReleasedAt = migrations.At(w.now)
	if _, err := w.NewUpdate().Model(open).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("release order: %w", err)
	}
	w.c.OrderDueAt = migrations.Instant{}
	w.detail["order_released"] = open.ID
	return nil
}

// noteLate names what is late beside the two clocks: an order that was not answered, contributions that were
// not handed in; a step of the program's own, once for each.
func (w *work) noteLate(ctx context.Context) error {
	if err := w.lateOrder(ctx); err != nil {
		return err
	}
	return w.lateAssists(ctx)
}

func (w *work) lateOrder(ctx context.Context) error {
	if w.c.OrderDueAt.IsZero() || !w.now.After(w.c.OrderDueAt.Time) {
		return nil
	}
	row, err := w.openOrder(ctx)
	if err != nil || row == nil {
		return err
	}
	row.LateNoticedAt = migrations.At(w.now)
	if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note late order: %w", err)
	}
	w.c.OrderDueAt = migrations.Instant{}
	w.detail["order"] = row.ID
	name, err := w.departmentName(ctx, row.DepartmentID)
	if err != nil {
		return err
	}
	to, err := holders(ctx, w.Tx, w.now, people.Supervisor)
	if err != nil {
		return err
	}
	return w.tell(wording.OrderLate, to, func(n *wording.Data) { n.Department, n.Text, n.Until = name, row.Body, row.DueAt.Time })
}

// lateAssists names every assisting department whose contribution is late: to itself and to supervision.
func (w *work) lateAssists(ctx context.Context) error {
	if !w.c.State.Open() {
		return nil
	}
	var named []int64
	supervisors, err := holders(ctx, w.Tx, w.now, people.Supervisor)
	if err != nil {
		return err
	}
	for i := range w.assists {
		s := &w.assists[i]
		if !s.ContributedAt.IsZero() || !s.LateNoticedAt.IsZero() || s.DueAt.IsZero() || !w.now.After(s.DueAt.Time) {
			continue
		}
		s.LateNoticedAt = migrations.At(w.now)
		if _, err := w.NewUpdate().Model(s).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("note late contribution: %w", err)
		}
		named = append(named, s.DepartmentID)
		w.counts(AssistLate, s.DepartmentID)
		if err := w.tellAssistLate(ctx, s, supervisors); err != nil {
			return err
		}
	}
	if len(named) > 0 {
		w.detail["assists"] = named
	}
	return nil
}

func (w *work) tellAssistLate(ctx context.Context, s *assistRow, supervisors []reader) error {
	name, err := w.departmentName(ctx, s.DepartmentID)
	if err != nil {
		return err
	}
	to, err := department(ctx, w.Tx, w.now, s.DepartmentID)
	if err != nil {
		return err
	}
	item := wording.Item{
		Number: w.c.Number(), Title: w.c.Title, Department: name, Due: s.DueAt.Time, URL: w.desk.publicURL + "/cases/" + w.c.Number(),
	}
	fill := func(n *wording.Data) { n.Department, n.Items, n.Count = name, []wording.Item{item}, 1 }
	return w.tellAs(fmt.Sprintf("%s:%d", wording.AssistLate, s.DepartmentID), wording.AssistLate, unique(append(to, supervisors...)), fill)
}

// dayStart is the first instant of the day n days after that of t.
func dayStart(t time.Time, n int, loc *time.Location) time.Time {
	return sla.DateOf(t, loc).AddDays(n).Start(loc)
}
