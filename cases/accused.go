package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Accused is a department that the letter complains about.
type Accused struct {
	DepartmentID int64
	Department   string
	Follows      bool // it has not been marked itself: it followed one that was
}

// Exception is a request to give a letter to a department that it complains about, and what was decided.
type Exception struct {
	DepartmentID                int64
	Department, AskedBy         string
	AskedByID                   int64
	AskedAt, DecidedAt          migrations.Instant
	Reason, DecidedBy, Decision string // Decision: the comment
	Granted                     bool
}

type accusedRow struct {
	bun.BaseModel `bun:"table:accused,alias:u"`

	CaseID       ID    `bun:",pk"`
	DepartmentID int64 `bun:",pk"`
	AccountID    int64
	MarkedAt     migrations.Instant
}

type exceptionRow struct {
	bun.BaseModel `bun:"table:exceptions,alias:x"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	DepartmentID int64
	AskedAt      migrations.Instant
	AskedByID    int64
	Reason       string
	DecidedAt    migrations.Instant
	DecidedByID  int64 `bun:",nullzero"`
	Granted      *bool
	Comment      string
}

// Accuse marks departments that the letter complains about, themselves or somebody who works there. From then on such
// a department, or one that follows it, gets the case only when a second person has agreed. A mark is never taken back.
func (d *Desk) Accuse(ctx context.Context, a people.Actor, id ID, seen Version, departments ...int64) (*Case, error) {
	return d.change(ctx, a, people.Accuse, id, seen, func(ctx context.Context, w *work) error {
		if len(departments) == 0 {
			return errs.Invalid("departments", "please choose at least one department", "请至少选择一个单位")
		}
		for _, department := range slices.Compact(slices.Sorted(slices.Values(departments))) {
			if err := w.exists(ctx, "departments", department); err != nil {
				return err
			}
			row := accusedRow{CaseID: w.c.ID, DepartmentID: department, AccountID: a.Account, MarkedAt: migrations.At(w.now)}
			if _, err := w.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
				return fmt.Errorf("mark department: %w", err)
			}
		}
		w.detail["departments"] = departments
		return nil
	})
}

func (w *work) exists(ctx context.Context, field string, department int64) error {
	var there bool
	if err := w.NewRaw("SELECT EXISTS (SELECT 1 FROM departments WHERE id = ?)", department).Scan(ctx, &there); err != nil {
		return fmt.Errorf("read department: %w", err)
	}
	if !there {
		return errs.Invalid(field, "please choose a department", "请选择单位")
	}
	return nil
}

// AskException asks a second person to agree that the letter goes to a department that it complains about.
func (d *Desk) AskException(ctx context.Context, a people.Actor, id ID, seen Version, department int64, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.AskException, id, seen, func(ctx context.Context, w *work) error {
		against, err := accusedBy(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(against, department) {
			return errs.Invalid("department", "the letter is not marked as complaining about this department", "来信未标记为反映该单位，可直接转办")
		}
		row := exceptionRow{CaseID: id, DepartmentID: department, AskedAt: migrations.At(w.now), AskedByID: a.Account, Reason: reason}
		found, err := w.exception(ctx, department, "(x.granted OR x.decided_at IS NULL)")
		if err != nil {
			return err
		}
		if found != nil {
			return errs.Conflict("this has been asked for already", "已就该单位提出过申请")
		}
		if _, err := w.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write exception: %w", err)
		}
		w.text, w.detail["department"] = reason, department
		return nil
	})
}

// GrantException agrees, as a second person, that the letter goes to a department that it complains about.
func (d *Desk) GrantException(ctx context.Context, a people.Actor, id ID, seen Version, department int64, comment string) (*Case, error) {
	return d.decideException(ctx, a, people.GrantException, id, seen, department, comment)
}

// RefuseException says that the letter does not go there, and why.
func (d *Desk) RefuseException(ctx context.Context, a people.Actor, id ID, seen Version, department int64, comment string) (*Case, error) {
	return d.decideException(ctx, a, people.RefuseException, id, seen, department, comment)
}

func (d *Desk) decideException(ctx context.Context, a people.Actor, verb people.Verb, id ID, seen Version, department int64, comment string) (*Case, error) {
	granted := verb == people.GrantException
	comment, err := clean("comment", "the reason", "理由", comment, MaxReason, !granted)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, verb, id, seen, func(ctx context.Context, w *work) error {
		row, err := w.exception(ctx, department, "x.decided_at IS NULL")
		if err != nil {
			return err
		}
		switch {
		case row == nil:
			return errs.Conflict("no request about this department waits for a decision", "没有关于该单位的待决定申请")
		case row.AskedByID == a.Account:
			return errs.Conflict("you asked for it; somebody else has to decide", "您是申请人，须由另一人决定")
		}
		row.DecidedAt, row.DecidedByID, row.Granted, row.Comment = migrations.At(w.now), a.Account, &granted, comment
		if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("decide exception: %w", err)
		}
		w.text, w.detail["department"], w.detail["asked_by"] = comment, department, row.AskedByID
		return nil
	})
}

// exception reads the request about a department that fits where; nil when there is none.
func (w *work) exception(ctx context.Context, department int64, where string) (*exceptionRow, error) {
	row := new(exceptionRow)
	err := w.NewSelect().Model(row).Where("x.case_id = ? AND x.department_id = ?", w.c.ID, department).Where(where).Order("x.id DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // none is not an error
	}
	if err != nil {
		return nil, fmt.Errorf("read exception: %w", err)
	}
	return row, nil
}

// accusedBy lists the departments that a case complains about, and those that follow them: a department that was
// renamed or merged has the same people.
func accusedBy(ctx context.Context, db bun.IDB, id ID) (departments []int64, err error) {
	err = db.NewRaw(`WITH RECURSIVE against (id) AS (SELECT department_id FROM accused WHERE case_id = ?
		UNION SELECT p.successor_id FROM departments AS p JOIN against AS g ON p.id = g.id WHERE p.successor_id IS NOT NULL)
		SELECT id FROM against ORDER BY id`, id).Scan(ctx, &departments)
	if err != nil {
		return nil, fmt.Errorf("read who is accused: %w", err)
	}
	return departments, nil
}

// notAgainst refuses to give the case to a department that the letter complains about, unless a second person has
// agreed. What the program does by itself never goes there, whoever has agreed.
func (w *work) notAgainst(ctx context.Context, field string, department int64, name string) error {
	against, err := accusedBy(ctx, w.Tx, w.c.ID)
	if err != nil || !slices.Contains(against, department) {
		return err
	}
	if !w.program {
		row, err := w.exception(ctx, department, "x.granted")
		if err != nil || row != nil {
			return err
		}
	}
	return errs.Invalid(field,
		"the letter complains about %s; it goes there only when a second person has agreed: ask for that on the case first",
		"来信反映的正是%s，须经第二人同意方可转给该单位：请先在办件页提出申请", name)
}

// readAccused reads for the office, supervision and auditors whom the letter complains about.
func (d *Desk) readAccused(ctx context.Context, a people.Actor, v *View, n *naming) error {
	if !overseesAll(a) {
		return nil
	}
	against, err := accusedBy(ctx, d.db.Read, v.ID)
	if err != nil || len(against) == 0 {
		return err
	}
	var marked []int64
	if err := d.db.Read.NewRaw("SELECT department_id FROM accused WHERE case_id = ?", v.ID).Scan(ctx, &marked); err != nil {
		return fmt.Errorf("read who is accused: %w", err)
	}
	v.Accused = make([]Accused, len(against))
	for i, id := range against {
		v.Accused[i] = Accused{DepartmentID: id, Follows: !slices.Contains(marked, id)}
		n.department(id, &v.Accused[i].Department)
	}
	var rows []exceptionRow
	if err := d.db.Read.NewSelect().Model(&rows).Where("x.case_id = ?", v.ID).Order("x.id").Scan(ctx); err != nil {
		return fmt.Errorf("read exceptions: %w", err)
	}
	v.Exceptions = make([]Exception, len(rows))
	for i, r := range rows {
		one := &v.Exceptions[i]
		*one = Exception{
			DepartmentID: r.DepartmentID, AskedByID: r.AskedByID, AskedAt: r.AskedAt, DecidedAt: r.DecidedAt, Reason: r.Reason,
			Decision: r.Comment, Granted: r.Granted != nil && *r.Granted,
		}
		n.department(r.DepartmentID, &one.Department)
		n.account(r.AskedByID, &one.AskedBy)
		n.account(r.DecidedByID, &one.DecidedBy)
	}
	return nil
}

// overseesAll tells whether the actor works with every case rather than with those of a department.
func overseesAll(a people.Actor) bool {
	return a.Is(people.Clerk) || a.Is(people.Supervisor) || a.Is(people.Auditor)
}
