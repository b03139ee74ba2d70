package people

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// SetApproval says whether a leader of the department signs off its replies before they are handed in. It is for
// administrators and for the department's own leaders.
//
// Errors: forbidden; not_found; conflict if the department has ended, or has no leader who could sign.
func (d *Directory) SetApproval(ctx context.Context, a Actor, id int64, on bool) error {
	if !a.Is(Administrator) && !a.Leads(id) {
		return errs.Forbidden("only the department's leaders and administrators may change this", "只有本单位负责人和系统管理员可以更改此项")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.lockDepartment(ctx, tx, id)
		if err != nil {
			return err
		}
		if !row.department().TakesCases() {
			return errs.Conflict("%s has ended: it gets no letters any more", "%s已撤销，不再接收来信", row.Name)
		}
		led, err := hasLeader(ctx, tx, d.now(), id)
		if err != nil {
			return err
		}
		if on && !led {
			return errs.Conflict("%s has no leader who could sign its replies; please add one first", "%s没有负责人可以签发答复，请先添加负责人", row.Name)
		}
		was := row.Approval
		if was == on {
			return nil
		}
		if _, err := tx.NewUpdate().Model(row).Set("approval = ?", on).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("set approval: %w", err)
		}
		values := func(on bool) audit.Values { return audit.Values{"approval": strconv.FormatBool(on)} }
		return audit.Write(ctx, tx, d.now(), row.line(audit.DepartmentChanged, values(was), values(on)))
	})
}

func hasLeader(ctx context.Context, db bun.IDB, now migrations.Instant, department int64) (bool, error) {
	led := false
	err := db.NewRaw(`SELECT EXISTS (SELECT 1 FROM grants AS g JOIN accounts AS a ON a.id = g.account_id
		WHERE g.department_id = ? AND g.role = ? AND a.disabled_at IS NULL AND `+GrantHolds+`)`, department, Leader, now, now).Scan(ctx, &led)
	if err != nil {
		return false, fmt.Errorf("look for a leader: %w", err)
	}
	return led, nil
}

// WantsApproval tells whether replies of the department go to its leader first: it asks for that, and has a leader now.
// Without one nobody could sign, and the reply goes its usual way rather than waiting unseen.
func WantsApproval(ctx context.Context, db bun.IDB, now time.Time, department int64) (bool, error) {
	wants := false
	if err := db.NewRaw("SELECT approval FROM departments WHERE id = ?", department).Scan(ctx, &wants); err != nil {
		return false, fmt.Errorf("read department: %w", err)
	}
	if !wants {
		return false, nil
	}
	return hasLeader(ctx, db, migrations.At(now), department)
}
