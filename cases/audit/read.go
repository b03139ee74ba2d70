package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// Entry is a line as it is read.
type Entry struct {
	ID      int64
	At      time.Time
	Account int64  // 0: a command on the machine itself
	By      string // the account's name now
	Deed    Deed
	Subject Subject
	On      int64
	Name    string
	Changes []Change // by name
}

// Change is one value before and after.
type Change struct{ Name, Was, Is string }

// Filter selects lines. Empty fields select all.
type Filter struct {
	Account  int64 // who did it
	Subject  Subject
	From, To time.Time // half-open
	Before   int64     // the last id of the page before
}

// Entries lists lines, newest first, at most so many.
func Entries(ctx context.Context, db bun.IDB, f Filter, most int) ([]Entry, error) {
	var rows []struct {
		row
		Account string
	}
	query := db.NewSelect().TableExpr("admin_log AS l").ColumnExpr("l.*, COALESCE(a.name, '') AS account").
		Join("LEFT JOIN accounts AS a ON a.id = l.account_id").OrderExpr("l.id DESC").Limit(int64(most))
	if f.Account != 0 {
		query = query.Where("l.account_id = ?", f.Account)
	}
	if f.Subject != "" {
		query = query.Where("l.subject = ?", f.Subject)
	}
	if !f.From.IsZero() {
		query = query.Where("l.at >= ?", migrations.At(f.From))
	}
	if !f.To.IsZero() {
		query = query.Where("l.at < ?", migrations.At(f.To))
	}
	if f.Before > 0 {
		query = query.Where("l.id < ?", f.Before)
	}
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the record of administration: %w", err)
	}
	all := make([]Entry, len(rows))
	for i, r := range rows {
		all[i] = Entry{
			ID: r.ID, At: r.At.Time, Account: r.AccountID, By: r.Account, Deed: r.Deed, Subject: r.Subject, On: r.SubjectID, Name: r.Name,
		}
		var err error
		if all[i].Changes, err = changes(r.Was, r.Became); err != nil {
			return nil, fmt.Errorf("line %d of the record of administration: %w", r.ID, err)
		}
	}
	return all, nil
}

func changes(before, after string) ([]Change, error) {
	var was, is Values
	if err := json.Unmarshal([]byte(before), &was); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(after), &is); err != nil {
		return nil, err
	}
	names := maps.Clone(was)
	if names == nil {
		names = Values{}
	}
	maps.Copy(names, is)
	all := make([]Change, 0, len(names))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		all = append(all, Change{name, was[name], is[name]})
	}
	return all, nil
}
