package cases_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// manyCases makes so many cases of 50 departments out of one, of which every open-th is open.
func (c *city) manyCases(b *testing.B, n, open int) {
	b.Helper()
	receipt, err := c.desk.Submit(b.Context(), people.TheWriter(0, errs.ZH), aLetter())
	if err != nil {
		b.Fatal(err)
	}
	r := receipt.ID
	if _, err := c.desk.Route(b.Context(), c.clerk, r, cases.AnyVersion, c.water); err != nil {
		b.Fatal(err)
	}
	rows, err := c.db.Read.QueryContext(b.Context(), "SELECT * FROM cases LIMIT 0")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err := errors.Join(err, rows.Err()); err != nil {
		b.Fatal(err)
	}
	values := slices.Clone(columns)
	for i, column := range columns {
		switch column {
		case "id":
			values[i] = "n.n + 1000"
		case "lead_id":
			values[i] = "100 + n.n % 50"
		case "state":
			values[i] = "CASE WHEN n.n % ? = 0 THEN CASE WHEN n.n % 3 = 0 THEN 'acknowledged' ELSE 'routed' END ELSE 'closed' END"
		case "due_at", "department_due_at":
			values[i] = "o." + column + " + (n.n % 20 - 10) * 3600"
		default:
			values[i] = "o." + column
		}
	}
	err = c.db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range 50 {
			name := "单位" + strings.Repeat("一", i%7) + strings.Repeat("二", i/7)
			_, err := tx.ExecContext(ctx, "INSERT INTO departments (id, code, name, kind, created_at) VALUES (?, ?, ?, 'bureau', 0)", 100+i, "B"+string(rune('A'+i%26))+string(rune('A'+i/26)), name)
			if err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) INSERT INTO cases ("+strings.Join(columns, ", ")+
			") SELECT "+strings.Join(values, ", ")+" FROM n, cases o WHERE o.id = ?", n, open, r)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	analyse := "ANALYZE"
	if c.db.Dialect() == migrations.PostgreSQL {
		analyse = "VACUUM ANALYZE cases"
	}
	if _, err := c.db.Read.ExecContext(b.Context(), analyse); err != nil && c.db.Dialect() == migrations.PostgreSQL {
		b.Fatal(err)
	}
}

// BenchmarkToday counts supervision's board in a city of 100,000 cases: of which 1,000 are open, and all.
func BenchmarkToday(b *testing.B) {
	for name, open := range map[string]int{"1000_open": 100, "all_open": 1} {
		b.Run(name, func(b *testing.B) {
			benchEach(b, func(b *testing.B, c *city) {
				c.manyCases(b, 100_000, open)
				for b.Loop() {
					if _, err := c.desk.Today(b.Context(), c.supervisor); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkFollowUps lists and counts the writers to call in a city of 100,000 answered cases, all of which are to be
// called: the most there can be.
func BenchmarkFollowUps(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		c.manyCases(b, 100_000, 200_000)
		err := c.db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cases SET answered_at = received_at + id, call_at = received_at, call_until = received_at + 864000 + id WHERE state = 'closed'")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if list, total, err := c.desk.FollowUps(b.Context(), c.supervisor, 50, 0); err != nil || len(list) != 50 || total < 99_000 {
				b.Fatal(len(list), total, err)
			}
		}
	})
}
