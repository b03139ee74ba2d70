package cases_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
)

// A list that only ever grows is counted so far and no further; one of work to the last case.
func TestLongListsThatOnlyGrowAreCountedSoFar(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		answered, open := c.answered(t).ID, c.submit(t, aLetter()).ID
		copies := func(of cases.ID, from, n int) {
			rows, err := c.db.Read.QueryContext(ctx, "SELECT * FROM cases LIMIT 0")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			names, err := rows.Columns()
			if err := errors.Join(err, rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
			values := slices.Clone(names)
			for i, name := range names {
				if name == "id" {
					values[i] = "n"
				}
				names[i] = `"` + name + `"`
			}
			err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO cases ("+strings.Join(names, ", ")+`)
				WITH RECURSIVE numbers (n) AS (SELECT CAST(? AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
				SELECT `+strings.Join(values, ", ")+" FROM cases, numbers WHERE cases.id = ?", from, from+n-1, of)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		copies(answered, 1000, cases.CountedTo-1)
		want := func(pile cases.Pile, total int) {
			t.Helper()
			items, n, err := c.desk.List(ctx, c.supervisor, cases.Query{Pile: pile, Limit: 3})
			if err != nil || n != total || len(items) != min(3, total) {
				t.Errorf("%s: %d of %d, %v, want %d in all", pile, len(items), n, err, total)
			}
			counts, err := c.desk.Counts(ctx, c.supervisor, pile)
			if err != nil || counts[pile] != total {
				t.Errorf("%s: the tab counts %d, %v, want %d", pile, counts[pile], err, total)
			}
		}
		want(cases.PileAnswered, cases.CountedTo)
		want(cases.PileAll, cases.CountedTo+1)
		copies(answered, 1000+cases.CountedTo, 5)
		copies(open, 20_000, cases.CountedTo+1)
		want(cases.PileAnswered, cases.CountedTo+1)
		want(cases.PileAll, cases.CountedTo+1)
		want(cases.PileOpen, cases.CountedTo+2)
	})
}
