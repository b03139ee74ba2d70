package cases_test

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
)

// A newer process has migrated the database while this one runs.
func TestWorkGoesOnWhenANewerProgramHasAddedColumns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		id := c.submit(t, aLetter()).ID
		for _, table := range []string{"cases", "departments", "accounts", "notices", "policies"} {
			err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "ALTER TABLE "+table+" ADD COLUMN of_a_later_version BIGINT NOT NULL DEFAULT 0")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water); err != nil {
			t.Fatal(err)
		}
		if v, err := c.desk.Look(ctx, c.clerk, id); err != nil || v.State != cases.Routed {
			t.Error(v, err)
		}
		if _, total, err := c.desk.List(ctx, c.clerk, cases.Query{Pile: cases.PileOpen}); err != nil || total != 1 {
			t.Error(total, err)
		}
	})
}
