package notify

import (
	"context"
	"errors"
	"fmt"
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

// Dead lists dead notices, newest first, at most limit. before is the last id of the page before, 0
// for the first page.
func Dead(ctx context.Context, db *migrations.DB, before int64, limit int) ([]DeadNotice, error) {
	var rows []row
	query := db.Read.NewSelect().Model(&rows).ExcludeColumn("subject", "body", "html").
		Where("state = 'dead'").Where("last_error <> ?", ErrNoLongerFor.Error()).OrderExpr("id DESC").Limit(int64(limit))
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
