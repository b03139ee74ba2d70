package report_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/sla"
)

var shanghai = sla.Shanghai

// fact is a row of facts as a verb writes it.
type fact struct {
	bun.BaseModel `bun:"table:facts,alias:f"`

	CaseID          int64
	ValidFrom       int64
	ValidTo         int64
	State           string
	Validity        string
	Channel         string
	Kind            string
	Topic           string
	District        string
	DepartmentID    *int64
	ReceivedAt      int64
	ReceivedDay     string
	DueAt           *int64
	DueUnextendedAt *int64
	Provisional     bool
	RoutedAt        *int64
	DepartmentDueAt *int64
	RepliedAt       *int64
	AnsweredAt      *int64
	Days            *int64
	DepartmentDays  *int64
	Rating          *int64
	Resolved        *bool
	RatingSource    string
	Confidential    bool
	Instructed      bool
	PolicyVersion   int64

	ReworkGrantedAt, ReworkDueAt, ReworkAnsweredAt, ReworkRating *int64
}

// caseRow is as much of a case as the schema insists on: figures never read it.
type caseRow struct {
	bun.BaseModel `bun:"table:cases,alias:c"`

	ID            int64
	Channel       string
	Kind          string
	Title         string
	Body          string
	Salt          []byte
	State         string
	Version       int64
	HeadHash      []byte
	PolicyVersion int64
	ReceivedAt    int64
	ReceivedDay   string
	ChangedAt     int64
}

func caseOf(f fact) caseRow {
	return caseRow{
		ID: f.CaseID, Channel: f.Channel, Kind: f.Kind, Title: "t", Salt: []byte{1}, State: "received",
		Version: 1, HeadHash: []byte{1}, PolicyVersion: 1, ReceivedAt: f.ReceivedAt, ReceivedDay: f.ReceivedDay,
	}
}

// addDepartments writes the first policy and n departments, 部门01 and so on, numbered from 1.
func addDepartments(ctx context.Context, tx bun.Tx, n int) error {
	if _, err := tx.ExecContext(ctx, "INSERT INTO policies (version, body, created_at) VALUES (1, '{}', 0)"); err != nil {
		return err
	}
	for id := 1; id <= n; id++ {
		_, err := tx.ExecContext(ctx, "INSERT INTO departments (id, code, name, created_at) VALUES (?, ?, ?, 0)",
			id, fmt.Sprintf("d%02d", id), fmt.Sprintf("部门%02d", id))
		if err != nil {
			return err
		}
	}
	return nil
}

func insert(ctx context.Context, tx bun.Tx, cases []caseRow, facts []fact) error {
	if len(cases) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&cases).Exec(ctx); err != nil {
		return err
	}
	_, err := tx.NewInsert().Model(&facts).Exec(ctx)
	return err
}

// casesOf makes the cases that facts are about.
func casesOf(facts []fact) []caseRow {
	var cases []caseRow
	seen := map[int64]bool{}
	for _, f := range facts {
		if !seen[f.CaseID] {
			seen[f.CaseID] = true
			cases = append(cases, caseOf(f))
		}
	}
	return cases
}

// write puts cases with these facts into an empty database with a few departments.
func write(t testing.TB, db *migrations.DB, departments int, facts []fact) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := addDepartments(ctx, tx, departments); err != nil {
			return err
		}
		return insert(ctx, tx, casesOf(facts), facts)
	})
	if err != nil {
		t.Fatal(err)
	}
}
