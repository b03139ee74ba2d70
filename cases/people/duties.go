package people

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
)

// SetDuties says anew what a department answers for. Routing reads it, so the words that letters use serve best.
//
// Errors: not_found; invalid, naming duties; conflict if the department has ended.
func (d *Directory) SetDuties(ctx context.Context, id int64, duties string) error {
	// They may come as a paragraph of several lines.
	duties, err := cleanLine("duties", strings.Join(strings.Fields(duties), " "), maxDuties, false)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.lockDepartment(ctx, tx, id)
		if err != nil {
			return err
		}
		if !row.department().TakesCases() {
			return errs.Conflict("%s has ended: it gets no letters any more", "%s已撤销，不再接收来信", row.Name)
		}
		was := row.Duties
		if _, err := tx.NewUpdate().Model(row).Set("duties = ?", duties).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("set duties: %w", err)
		}
		return audit.Write(ctx, tx, d.now(), row.line(audit.DepartmentChanged, audit.Values{"duties": was}, audit.Values{"duties": duties}))
	})
}
