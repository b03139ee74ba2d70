package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// DeadNotice is a notice that could not be sent, as the administrator sees it: whom it was for and
// why, but neither its text nor any address.
type DeadNotice struct {
	ID int64
	// Case is 0 when the notice belongs to none.
	Case                   int64
	Medium, Kind, Language string
	To                     Recipient
	Attempts               int64
	// Reason is the last failure in English, as far as a mail server said it in its own words, with
	// names and addresses masked.
	Reason    string
	CreatedAt time.Time
}

// ErrNotDead says that there is no dead notice with that id: somebody else has revived it, or it
// never was one.
var ErrNotDead = errors.New("there is no dead notice with this id")

// DeadFilter selects dead notices. Empty fields select all.
type DeadFilter struct {
	Kind, Medium string
	Cause        string    // part of the reason, in small or capital letters
	From, Until  time.Time // written from From on and before Until
	Department   int64     // to this department itself
	Accounts     []int64   // or, with Department, to one of these: its people
}

func (f DeadFilter) on(query *bun.SelectQuery) *bun.SelectQuery {
	query = query.Where("state = 'dead'").Where("last_error <> ?", ErrNoLongerFor.Error())
	if f.Kind != "" {
		query = query.Where("kind = ?", f.Kind)
	}
	if f.Medium != "" {
		query = query.Where("medium = ?", f.Medium)
	}
	if f.Cause != "" {
		query = query.Where(`lower(last_error) LIKE ? ESCAPE '\'`, "%"+likeEscape.Replace(strings.ToLower(f.Cause))+"%")
	}
	if !f.From.IsZero() {
		query = query.Where("created_at >= ?", migrations.At(f.From))
	}
	if !f.Until.IsZero() {
		query = query.Where("created_at < ?", migrations.At(f.Until))
	}
	if f.Department != 0 {
		query = query.Where("(department_id = ? OR account_id IN (?))", f.Department, bun.List(append([]int64{0}, f.Accounts...)))
	}
	return query
}

var likeEscape = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// CountDead counts dead notices.
func CountDead(ctx context.Context, db *migrations.DB, f DeadFilter) (int, error) {
	n, err := f.on(db.Read.NewSelect().Model((*row)(nil))).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count dead notices: %w", err)
	}
	return int(n), nil
}

// Dead lists dead notices, newest first, at most limit. before is the last id of the page before, 0
// for the first page.
func Dead(ctx context.Context, db *migrations.DB, f DeadFilter, before int64, limit int) ([]DeadNotice, error) {
	var rows []row
	query := f.on(db.Read.NewSelect().Model(&rows).ExcludeColumn("subject", "body", "html")).OrderExpr("id DESC").Limit(int64(limit))
	if before > 0 {
		query.Where("id < ?", before)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list dead notices: %w", err)
	}
	dead := make([]DeadNotice, 0, len(rows))
	for _, r := range rows {
		dead = append(dead, DeadNotice{
			ID: r.ID, Case: r.CaseID, Medium: r.Medium, Kind: r.Kind, Language: r.Language, To: r.recipient(),
			Attempts: r.Attempts, Reason: r.LastError, CreatedAt: r.CreatedAt.Time,
		})
	}
	return dead, nil
}

// Revive gives a dead notice all its attempts again, from now on. Its Message-ID stays.
// The error is ErrNotDead when it is not dead (any more).
func Revive(ctx context.Context, tx bun.IDB, id int64, now time.Time) error {
	result, err := tx.NewUpdate().Model((*row)(nil)).
		Set("state = ?", statePending).Set("attempts = 0").Set("next_at = ?", migrations.At(now)).
		Where("id = ?", id).Where("state = ?", stateDead).Exec(ctx)
	if err != nil {
		return fmt.Errorf("revive notice %d: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("revive notice %d: %w", id, err)
	}
	if n == 0 {
		return ErrNotDead
	}
	return nil
}
