package cases

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/substance"
	"mailbox/migrations"
)

// unsigned is a reply whose signs are not worked out for what it is by now: of an import, of before the upgrade, or
// of a process of the version before.
type unsigned struct {
	ReplyRow
	Title, Question string
	First           bool // it is the answer of its round, no supplement

	signed
}

// unsignedSQL finds them by the index replies_unsigned, the oldest first.
const unsignedSQL = `SELECT r.*, c.title, c.body AS question, NOT EXISTS (SELECT 1 FROM replies AS e WHERE e.case_id = r.case_id
		AND e.round = r.round AND e.status = 'answered' AND e.id < r.id) AS first
	FROM replies AS r JOIN cases AS c ON c.id = r.case_id WHERE r.signed <> r.status ORDER BY r.id LIMIT ?`

// SignPast works out the signs of replies that have none: imported ones, and those of before. At most some a call,
// so that a sweep is never held up; it may run anywhere, any number of times, at once, and goes on where it was
// stopped. It says how many it has done.
//
// What it counts as conduct counts from when the answer was given, as with all history.
func (d *Desk) SignPast(ctx context.Context) (done int, err error) {
	for done < signMost {
		var batch []unsigned
		if err := d.db.Read.NewRaw(unsignedSQL, signBatch).Scan(ctx, &batch); err != nil {
			return done, fmt.Errorf("look for replies without signs: %w", err)
		}
		if len(batch) == 0 {
			return done, nil
		}
		if err := d.readSigns(ctx, batch); err != nil {
			return done, err
		}
		n, err := d.signBatch(ctx, batch)
		if err != nil {
			return done, err
		}
		if n == 0 { // all are in other hands
			return done, nil
		}
		done += n
	}
	return done, nil
}

// counted tells whether a reply has signs at all: what was sent back or voided, and what only supplements, has none.
func (u *unsigned) counted() bool {
	return u.Status == HandedIn || u.Status == AnsweredReply && u.First
}

// readSigns works out the signs of a batch, outside any transaction: it takes some milliseconds each.
func (d *Desk) readSigns(ctx context.Context, batch []unsigned) error {
	for i := range batch {
		u := &batch[i]
		if !u.counted() {
			continue
		}
		u.keys = keysOf(u.Body)
		others, err := likeReplies(ctx, d.db.Read, u.keys, u.ID, u.CaseID)
		if err != nil {
			return err
		}
		for j := i - 1; j >= 0 && len(others) < likeMost; j-- { // those before it in the batch are not in the database yet
			o := &batch[j]
			known := slices.ContainsFunc(others, func(other substance.Other) bool { return other.ID == o.ID })
			if !known && o.CaseID != u.CaseID && slices.ContainsFunc(o.keys, func(k int64) bool { return slices.Contains(u.keys, k) }) {
				others = append(others, substance.Other{ID: o.ID, Letter: substance.Letter{Title: o.Title, Body: o.Question}, Reply: o.Body})
			}
		}
		u.signs = signsOf(substance.Letter{Title: u.Title, Body: u.Question}, u.Body, others)
	}
	return nil
}

// signBatch writes a batch in one transaction; a reply that has changed since it was read is left for the next.
func (d *Desk) signBatch(ctx context.Context, batch []unsigned) (n int, err error) {
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n = 0
		free, err := d.lockFree(ctx, tx, batch)
		if err != nil {
			return err
		}
		for i := range batch {
			u := &batch[i]
			if !slices.Contains(free, u.CaseID) {
				continue
			}
			won, err := u.keep(ctx, tx, migrations.At(d.Now()))
			if err != nil {
				return fmt.Errorf("reply %d: %w", u.ID, err)
			}
			if won {
				n++
			}
		}
		return nil
	})
	return n, err
}

// lockFree locks the cases of a batch, but for those that somebody is working on. A verb locks its case before its
// reply: so do we, or two could wait for each other.
func (d *Desk) lockFree(ctx context.Context, tx bun.Tx, batch []unsigned) ([]ID, error) {
	ids := make([]ID, len(batch))
	for i := range batch {
		ids[i] = batch[i].CaseID
	}
	if d.db.Dialect() != migrations.PostgreSQL {
		return ids, nil
	}
	var free []ID
	err := tx.NewRaw("SELECT id FROM cases WHERE id IN (?) ORDER BY id FOR UPDATE SKIP LOCKED", bun.List(ids)).Scan(ctx, &free)
	if err != nil {
		return nil, fmt.Errorf("lock cases: %w", err)
	}
	return free, nil
}

// keep writes the signs of one reply, and counts them; won is false if another was first.
func (u *unsigned) keep(ctx context.Context, tx bun.Tx, now migrations.Instant) (won bool, err error) {
	result, err := tx.NewRaw("UPDATE replies SET signed = status WHERE id = ? AND status = ? AND signed = ?", u.ID, u.Status, u.Signed).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("mark as signed: %w", err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return false, err
	}
	if u.Status == VoidedReply {
		return true, uncountSigns(ctx, tx, u.CaseID, u.Round, u.AnsweredAt, now)
	}
	if !u.counted() {
		return true, nil
	}
	if err := keepSigns(ctx, tx, u.ID, u.signed); err != nil {
		return false, err
	}
	if u.Status != AnsweredReply {
		return true, nil
	}
	var rows []conductRow
	row := conductRow{CaseID: u.CaseID, Round: u.Round, DepartmentID: u.DepartmentID, At: u.AnsweredAt}
	if u.hollow() {
		row.Kind = Hollow
		rows = append(rows, row)
	}
	if u.nearIdentical() {
		row.Kind = NearIdentical
		rows = append(rows, row)
	}
	return true, writeConduct(ctx, tx, rows)
}
