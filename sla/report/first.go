package report

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mailbox/migrations"
)

// First is the local day, at midnight in UTC, on which the oldest letter was received; not ok when there is
// no letter. It costs one look into an index.
func (e *Engine) First(ctx context.Context) (day time.Time, ok bool, err error) {
	var first sql.NullString
	err = e.db.Read.NewRaw("SELECT MIN(received_day) FROM facts WHERE valid_to = ?forever",
		values{"forever": migrations.Forever}).Scan(ctx, &first)
	if err != nil {
		return day, false, fmt.Errorf("find the first letter: %w", err)
	}
	if !first.Valid {
		return day, false, nil
	}
	if day, err = time.Parse(time.DateOnly, first.String); err != nil {
		return day, false, fmt.Errorf("find the first letter: %w", err)
	}
	return day, true, nil
}
