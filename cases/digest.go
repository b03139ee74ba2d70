package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// The morning digest goes out from DigestFrom on, local time of working days. A process that was down
// then still sends it until DigestUntil; in the evening it would only disturb.
const (
	DigestFrom  = 8*time.Hour + 30*time.Minute
	DigestUntil = 18 * time.Hour
)

// DigestDue tells whether the digest of the local day of now should be written at now.
func (d *Desk) DigestDue(now time.Time) bool {
	loc := d.calendar.Location()
	day := sla.DateOf(now, loc)
	sinceMidnight := now.Sub(day.Start(loc))
	return d.calendar.IsWorkingDay(day) && sinceMidnight >= DigestFrom && sinceMidnight < DigestUntil
}

// NextDigest is the next instant after now at which a digest is due.
func (d *Desk) NextDigest(now time.Time) time.Time {
	loc := d.calendar.Location()
	day := sla.DateOf(now, loc)
	at := day.Start(loc).Add(DigestFrom)
	if !d.calendar.IsWorkingDay(day) || !at.After(now) {
		at = d.calendar.NextWorkingDay(day).Start(loc).Add(DigestFrom)
	}
	return at
}

// WriteDigests writes this working morning's digest for each department that has something overdue, due
// today or due on the next working day, by the department's clock. Called any number of times it writes
// once a day; outside DigestFrom–DigestUntil of a working day it does nothing.
func (d *Desk) WriteDigests(ctx context.Context) error {
	now := d.Now()
	if !d.DigestDue(now) {
		return nil
	}
	day := sla.DateOf(now, d.calendar.Location())
	var last string
	err := d.db.Read.NewRaw("SELECT COALESCE(MAX(value), '') FROM settings WHERE name = 'digest_day'").Scan(ctx, &last)
	if err != nil || last >= day.String() {
		return err
	}
	var written []int64
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		written = nil
		// Whoever moves the day forward writes the digests; in the same transaction, so that a crash
		// leaves either both or none.
		result, err := tx.ExecContext(ctx, `INSERT INTO settings (name, value) VALUES ('digest_day', ?)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE settings.value < excluded.value`, day.String())
		if err != nil {
			return fmt.Errorf("digest day: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		notices, err := d.digests(ctx, tx, day, now)
		if err != nil {
			return err
		}
		written, err = notify.Write(ctx, tx, now, notices...)
		return err
	})
	if err != nil {
		return err
	}
	d.wake(ctx, Wakeup{Notices: written})
	return nil
}

// digests renders one notice per department and reader.
func (d *Desk) digests(ctx context.Context, tx bun.Tx, day sla.Date, now time.Time) ([]notify.Notice, error) {
	loc := d.calendar.Location()
	until := d.calendar.NextWorkingDay(day).AddDays(1).Start(loc)
	const waiting = "state IN ('routed', 'acknowledged') AND NOT quiet AND lead_id IS NOT NULL AND department_due_at < ?"
	var leads []struct {
		LeadID int64
		N      int
	}
	err := tx.NewRaw("SELECT lead_id, count(*) AS n FROM cases WHERE "+waiting+" GROUP BY lead_id ORDER BY lead_id",
		migrations.At(until)).Scan(ctx, &leads)
	if err != nil {
		return nil, fmt.Errorf("count cases for the digest: %w", err)
	}
	var notices []notify.Notice
	for _, lead := range leads {
		to, err := department(ctx, tx, lead.LeadID)
		if err != nil {
			return nil, err
		}
		if len(to) == 0 {
			continue
		}
		data := d.data()
		data.Count, data.Day = lead.N, now
		data.Items, err = d.noticeItems(ctx, tx, waiting+" AND lead_id = ?", []any{migrations.At(until), lead.LeadID}, "department_due_at")
		if err != nil {
			return nil, err
		}
		for i := range data.Items {
			item := &data.Items[i]
			data.Department = item.Department
			switch dueDay := sla.DateOf(item.Due, loc); {
			case now.After(item.Due):
				item.Section = "overdue"
			case dueDay == day:
				item.Section = "today"
			default:
				item.Section = "tomorrow"
			}
		}
		for _, r := range to {
			n, err := render(wording.Digest, r, data, fmt.Sprintf("digest:%s:%d", day, lead.LeadID))
			if err != nil {
				return nil, err
			}
			notices = append(notices, n)
		}
	}
	return notices, nil
}
