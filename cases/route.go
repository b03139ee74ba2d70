package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// assistRow is an assisting department's part in a case.
type assistRow struct {
	bun.BaseModel `bun:"table:assists,alias:s"`

	ID            int64 `bun:",pk,autoincrement"`
	CaseID        ID
	DepartmentID  int64
	AskedAt       migrations.Instant
	DueAt         migrations.Instant
	Provisional   bool
	ContributedAt migrations.Instant
	Body          string
	ReleasedAt    migrations.Instant
	LateNoticedAt migrations.Instant // the department was named late
}

// assistsOf reads who assists in a case.
func assistsOf(ctx context.Context, db bun.IDB, id ID) ([]assistRow, error) {
	var rows []assistRow
	if err := db.NewSelect().Model(&rows).Where("case_id = ? AND released_at IS NULL", id).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read assists: %w", err)
	}
	return rows, nil
}

// Route gives the case to its lead department and asks others to assist. Routing a letter that nobody
// has screened accepts it.
//
// The department's clock starts now, whenever it signs.
func (d *Desk) Route(ctx context.Context, a people.Actor, id ID, seen Version, lead int64, assists ...int64) (*Case, error) {
	return d.change(ctx, a, people.Route, id, seen, func(ctx context.Context, w *work) error {
		if w.c.ScreenedAt.IsZero() {
			w.c.ScreenedAt = migrations.At(w.now)
		}
		if err := w.giveTo(ctx, lead); err != nil {
			return err
		}
		return w.askAssists(ctx, assists)
	})
}

// Reassign takes the case from its lead and gives it to another department, whose clock starts now. The
// writer's clock does not notice.
func (d *Desk) Reassign(ctx context.Context, a people.Actor, id ID, seen Version, lead int64, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Reassign, id, seen, func(ctx context.Context, w *work) error {
		if w.c.LeadID == lead {
			return errs.Invalid("lead", "the case is already with this department", "该办件已在这个部门，请选择其他部门")
		}
		w.text = reason
		w.detail["from"] = w.c.LeadID
		w.counts(Reassigned, w.c.LeadID)
		if err := w.toLead(ctx, wording.Unrouted, func(n *wording.Data) { n.Reason = reason }); err != nil {
			return err
		}
		return w.giveTo(ctx, lead)
	})
}

// AskAssist asks further departments to contribute.
func (d *Desk) AskAssist(ctx context.Context, a people.Actor, id ID, seen Version, assists ...int64) (*Case, error) {
	return d.change(ctx, a, people.AskAssist, id, seen, func(ctx context.Context, w *work) error {
		if len(assists) == 0 {
			return errs.Invalid("assists", "please choose at least one department", "请至少选择一个协办部门")
		}
		return w.askAssists(ctx, assists)
	})
}

// giveTo makes the department the lead and starts its clock.
func (w *work) giveTo(ctx context.Context, lead int64) error {
	dep, err := w.receiving(ctx, "lead", lead)
	if err != nil {
		return err
	}
	for _, s := range w.assists {
		if s.DepartmentID == lead {
			return errs.Invalid("lead", "%[1]s already assists in this case; the lead must be another department", "%[1]s已是协办部门，请选择其他部门主办", dep.Name)
		}
	}
	if err := w.notAgainst(ctx, "lead", lead, dep.Name); err != nil {
		return err
	}
	if err := w.newLead(ctx, lead); err != nil {
		return err
	}
	c := w.c
	w.detail["lead"] = lead
	if !c.DepartmentDueAt.IsZero() {
		w.detail["department_due_at"] = c.DepartmentDueAt.Unix()
	}
	to, err := department(ctx, w.Tx, w.now, lead)
	if err != nil {
		return err
	}
	return w.tell(wording.Routed, to, func(n *wording.Data) {
		n.Department, n.Due, n.Provisional = dep.Name, c.DepartmentDueAt.Time, c.DepartmentProvisional
	})
}

// newLead hands the case to a department (0: back to the office) with a clock of its own: what the one
// before had asked for or waited for ends with it, and a card is given to each department at most once a
// round.
func (w *work) newLead(ctx context.Context, lead int64) error {
	if err := w.letGo(ctx, lead); err != nil {
		return err
	}
	c := w.c
	c.LeadID, c.WaitCount, w.waits, c.ReturnedAt = lead, 0, nil, migrations.Instant{}
	c.RoutedAt, c.AcknowledgedAt, c.RepliedAt = migrations.Instant{}, migrations.Instant{}, migrations.Instant{}
	c.DepartmentDays = nil
	c.DepartmentNoticedAt, c.YellowAt, c.RedAt = migrations.Instant{}, migrations.Instant{}, migrations.Instant{}
	if lead == 0 {
		c.setDepartments(sla.Clocks{}, 0)
		return nil
	}
	c.RoutedAt = migrations.At(w.now)
	w.departmentClock()
	var err error
	c.YellowAt, c.RedAt, err = cardsOf(ctx, w.Tx, c.ID, c.Round, lead)
	return err
}

// letGo ends what the lead department has begun and cannot go on with: its wait for the writer, its request for
// more time that nobody has decided (the next may ask for themselves), and a supervision order, unless the next
// lead is the department that has to answer it.
func (w *work) letGo(ctx context.Context, next int64) error {
	if w.c.LeadID == 0 && w.first == nil {
		return nil
	}
	if err := w.endWait(ctx); err != nil {
		return err
	}
	if err := w.release(ctx); err != nil {
		return err
	}
	if c := w.c; c.Extension == ExtensionAsked {
		c.Extension, c.ExtensionDays, c.ExtensionAt = "", 0, migrations.Instant{}
		w.detail["extension"] = "withdrawn"
	}
	return w.releaseOrder(ctx, next)
}

// receiving reads a department that is to get work, and refuses one that has ended.
func (w *work) receiving(ctx context.Context, field string, id int64) (departmentRow, error) {
	var dep departmentRow
	err := w.NewRaw("SELECT id, name, ended_at, successor_id FROM departments WHERE id = ?", id).Scan(ctx, &dep)
	if err != nil {
		return dep, errs.Invalid(field, "please choose a department", "请选择承办部门").Because(err)
	}
	if !dep.EndedAt.IsZero() {
		return dep, errs.Invalid(field,
			"%s no longer exists; please choose its successor",
			"%s已撤并，请选择承接其职能的部门", dep.Name)
	}
	return dep, nil
}

type departmentRow struct {
	ID          int64
	Name        string
	EndedAt     migrations.Instant
	SuccessorID int64
}

// askAssists gives each department a due time of its own: that of the department's clock.
func (w *work) askAssists(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	due, provisional := sla.DepartmentDue(w.rules.calendar(), w.rules.policy(w.c), w.c.DueAt.Time, w.now)
	for _, id := range ids {
		dep, err := w.receiving(ctx, "assists", id)
		if err != nil {
			return err
		}
		if id == w.c.LeadID {
			return errs.Invalid("assists", "%s leads this case and cannot assist in it", "%s是主办部门，不能同时协办", dep.Name)
		}
		for _, s := range w.assists {
			if s.DepartmentID == id {
				return errs.Invalid("assists", "%s has been asked already", "%s已在协办名单中", dep.Name)
			}
		}
		if err := w.notAgainst(ctx, "assists", id, dep.Name); err != nil {
			return err
		}
		row := assistRow{
			CaseID: w.c.ID, DepartmentID: id, AskedAt: migrations.At(w.now),
			DueAt: migrations.At(due), Provisional: provisional || w.c.Provisional,
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write assist: %w", err)
		}
		w.assists = append(w.assists, row)
		to, err := department(ctx, w.Tx, w.now, id)
		if err != nil {
			return err
		}
		err = w.tell(wording.AssistAsk, to, func(n *wording.Data) { n.Department, n.Due, n.Provisional = dep.Name, due, row.Provisional })
		if err != nil {
			return err
		}
	}
	w.detail["assists"] = ids
	return nil
}

// assistDue is when the first contribution is due that is owed and has not been named late.
func (w *work) assistDue() migrations.Instant {
	var first migrations.Instant
	for _, s := range w.assists {
		if !s.ContributedAt.IsZero() || !s.LateNoticedAt.IsZero() || s.DueAt.IsZero() {
			continue
		}
		if first.IsZero() || s.DueAt.Before(first.Time) {
			first = s.DueAt
		}
	}
	return first
}
