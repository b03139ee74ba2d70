package audit_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestLinesAreReadAsTheyWereWrittenAndNeverChange(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		at := time.Date(2026, 3, 5, 2, 0, 0, 0, time.UTC)
		write := func(ctx context.Context, l audit.Line) {
			t.Helper()
			err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return audit.Write(ctx, tx, migrations.At(at), l) })
			if err != nil {
				t.Fatal(err)
			}
		}
		write(t.Context(), audit.Line{Deed: audit.CalendarLoaded, Subject: audit.Calendar, ID: 2})
		write(t.Context(), audit.Line{
			Deed: audit.DepartmentChanged, Subject: audit.Department, ID: 7, Name: "市水务集团",
			Was: audit.Values{"duties": "供水", "phone": "1"}, Is: audit.Values{"duties": "供水、排水", "phone": "1"},
		})
		got, err := audit.Entries(t.Context(), db.Read, audit.Filter{Subject: audit.Department, From: at, To: at.Add(time.Second)}, 10)
		if err != nil {
			t.Fatal(err)
		}
		want := []audit.Entry{{
			ID: 2, At: at, Deed: audit.DepartmentChanged, Subject: audit.Department, On: 7, Name: "市水务集团",
			Changes: []audit.Change{{Name: "duties", Was: "供水", Is: "供水、排水"}},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := audit.Entries(t.Context(), db.Read, audit.Filter{Before: 2}, 10); err != nil || len(got) != 1 || got[0].ID != 1 {
			t.Errorf("before the second: %v, %v", got, err)
		}
		if got, err := audit.Entries(t.Context(), db.Read, audit.Filter{To: at}, 10); err != nil || len(got) != 0 {
			t.Errorf("before all: %v, %v", got, err)
		}
		for _, change := range []string{"UPDATE admin_log SET name = 'x'", "DELETE FROM admin_log"} {
			err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, change)
				return err
			})
			if err == nil {
				t.Errorf("%s: the database lets it happen", change)
			}
		}
	})
}

func TestWhoActsIsInTheContext(t *testing.T) {
	t.Parallel()
	if audit.Who(t.Context()) != 0 || audit.Who(audit.By(t.Context(), 4)) != 4 {
		t.Error("the account is lost")
	}
}
