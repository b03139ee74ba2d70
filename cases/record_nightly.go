package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

const (
	// checkFrom is the hour of the city's day from which on the night's look through the record is due. A process that was
	// not running in the night does it when it does.
	checkFrom = 1
	// checkPatience is after how long a look that was begun and not finished is begun anew: its process was killed. The
	// longest takes some ten minutes for eight million events.
	checkPatience = 6 * time.Hour
	// wholeEvery is how many days may pass until everything is looked at again, and not only what is new.
	wholeEvery = 7
	// mostTold is how many findings the notice repeats; mailbox verify log gives all.
	mostTold = 20
)

// checkRow is one night's look through the record.
type checkRow struct {
	bun.BaseModel `bun:"table:log_checks,alias:k"`

	Day        string `bun:",pk"`
	Whole      bool
	BegunAt    migrations.Instant
	FinishedAt migrations.Instant
	Size       int64
	Events     int64
	Findings   int64
}

// CheckRecord looks through the record once a night, by whichever process comes first: at what is new since the last
// look, and once a week at everything. What it finds it tells administrators and supervision, and gives it for the log.
func (d *Desk) CheckRecord(ctx context.Context) ([]Finding, error) {
	now := d.Now().In(d.Location())
	if now.Hour() < checkFrom {
		return nil, nil
	}
	row, err := d.claimCheck(ctx, now)
	if err != nil || row == nil {
		return nil, err
	}
	how := RecordCheck{}
	if !row.Whole {
		how.Since = row.Size
	}
	var found []Finding
	done, err := d.VerifyRecord(ctx, how, func(f Finding) { found = append(found, f) })
	if err != nil {
		return nil, fmt.Errorf("look through the record: %w", err)
	}
	row.Size, row.Events, row.Findings, row.FinishedAt = done.Newest.Size, done.Events, done.Findings, migrations.At(d.Now())
	var written []int64
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
			return err
		}
		if len(found) == 0 {
			return nil
		}
		notices, err := d.recordBroken(ctx, tx, found, row.Day)
		if err != nil {
			return err
		}
		written, err = d.post(ctx, tx, d.Now(), notices...)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("keep what was found in the record: %w", err)
	}
	d.wake(ctx, Wakeup{Notices: written})
	return found, nil
}

// claimCheck takes tonight's look on; nil: another process has, or it is done. Size is what the last one has seen.
func (d *Desk) claimCheck(ctx context.Context, now time.Time) (*checkRow, error) {
	day := sla.DateOf(now, d.Location())
	var today checkRow
	err := d.db.Read.NewSelect().Model(&today).Where("day = ?", day.String()).Scan(ctx)
	switch {
	case err == nil && (!today.FinishedAt.IsZero() || now.Sub(today.BegunAt.Time) < checkPatience):
		return nil, nil //nolint:nilnil // it is taken
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("read checks of the record: %w", err)
	}
	var last struct{ Size, Whole int64 }
	err = d.db.Read.NewRaw(`SELECT COALESCE((SELECT size FROM log_checks WHERE finished_at IS NOT NULL ORDER BY day DESC LIMIT 1), 0) AS size,
		(SELECT count(*) FROM log_checks WHERE finished_at IS NOT NULL AND whole AND day > ?) AS whole`, day.AddDays(-wholeEvery).String()).Scan(ctx, &last)
	if err != nil {
		return nil, fmt.Errorf("read checks of the record: %w", err)
	}
	row := &checkRow{Day: day.String(), Whole: last.Whole == 0 || last.Size == 0, BegunAt: migrations.At(now), Size: last.Size}
	claimed := false
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewInsert().Model(row).On("CONFLICT (day) DO UPDATE").Set("begun_at = EXCLUDED.begun_at, whole = EXCLUDED.whole").
			Where("k.finished_at IS NULL AND k.begun_at <= ?", migrations.At(now.Add(-checkPatience))).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		claimed = n > 0
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("begin a check of the record: %w", err)
	}
	if !claimed {
		return nil, nil //nolint:nilnil // another process was first
	}
	return row, nil
}

// recordBroken tells administrators and supervision.
func (d *Desk) recordBroken(ctx context.Context, tx bun.Tx, found []Finding, day string) ([]notify.Notice, error) {
	now := d.Now()
	to, err := holders(ctx, tx, now, people.Administrator)
	if err != nil {
		return nil, err
	}
	supervisors, err := holders(ctx, tx, now, people.Supervisor)
	if err != nil {
		return nil, err
	}
	var notices []notify.Notice
	for _, r := range unique(append(to, supervisors...)) {
		data := d.data()
		data.Count = len(found)
		data.Text = findingsText(found, r.lang)
		n, err := render(wording.RecordBroken, r, data, "record_broken:"+day)
		if err != nil {
			return nil, err
		}
		notices = append(notices, n)
	}
	return notices, nil
}

func findingsText(found []Finding, lang errs.Lang) string {
	var lines []string
	for _, f := range found[:min(len(found), mostTold)] {
		lines = append(lines, f.In(lang))
	}
	return strings.Join(lines, "\n")
}
