package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// After the retention time what is personal is erased from a case that has ended: how its writer is reached, the letter,
// everything that was written about it, files. What remains holds no figure and no proof up: times, facts, conduct,
// and the events, in whose chain texts stand as salted digests only. The salts go with the texts, so that nobody can try
// out what they may have been. A published letter stays as it was redacted for the public.

// Erasure is what would be erased now.
type Erasure struct {
	Before                 time.Time // cases to which nothing has happened since
	Cases, Contacts, Files int64
	First, Last            time.Time // when something last happened to the first of them, and to the last
}

// erasableSQL are the cases whose time is up. One that was merged waits for the one that it was merged into, which
// answers it, and that one for all that were merged into it.
const erasableSQL = `FROM cases AS c WHERE c.erased_at IS NULL AND c.state IN ('closed', 'declined', 'withdrawn', 'merged') AND c.changed_at <= ?
	AND NOT EXISTS (SELECT 1 FROM cases AS m WHERE m.id = c.merged_into AND m.erased_at IS NULL
		AND (m.changed_at > ? OR m.state NOT IN ('closed', 'declined', 'withdrawn', 'merged')))
	AND NOT EXISTS (SELECT 1 FROM cases AS o WHERE o.merged_into = c.id AND o.erased_at IS NULL AND o.changed_at > ?)`

// EraseAfter is after how many years without any change an ended case is erased; 0: never.
func (d *Desk) EraseAfter() int { return d.eraseAfter }

// eraseBefore is until when the last change of a case must have been, now.
func (d *Desk) eraseBefore() migrations.Instant {
	return migrations.At(d.Now().AddDate(-d.eraseAfter, 0, 0))
}

// Erasable says what would be erased now, and changes nothing.
func (d *Desk) Erasable(ctx context.Context) (Erasure, error) {
	var e Erasure
	if d.eraseAfter == 0 {
		return e, nil
	}
	before := d.eraseBefore()
	var row struct {
		Cases, Contacts, Files int64
		First, Last            migrations.Instant
	}
	err := d.db.Read.NewRaw(`SELECT count(*) AS cases, min(c.changed_at) AS first, max(c.changed_at) AS last, count(c.contact_id) AS contacts,
		COALESCE(SUM((SELECT count(*) FROM files AS f WHERE f.case_id = c.id)), 0) AS files `+erasableSQL, before, before, before).Scan(ctx, &row)
	if err != nil {
		return e, fmt.Errorf("look for what is to be erased: %w", err)
	}
	return Erasure{before.Time, row.Cases, row.Contacts, row.Files, row.First.Time, row.Last.Time}, nil
}

// EraseOld erases at most so many cases whose time is up, and says how many it did. It may run anywhere, any number of
// times, at once, and be cut off at any point: each case is a transaction, and the files of one that is erased already
// are taken out of the store by whoever comes next.
func (d *Desk) EraseOld(ctx context.Context, most int) (erased int, err error) {
	if d.eraseAfter == 0 {
		return 0, nil
	}
	if err := d.eraseFiles(ctx); err != nil {
		return 0, err
	}
	before := d.eraseBefore()
	var ids []ID
	err = d.db.Read.NewRaw("SELECT c.id "+erasableSQL+" ORDER BY c.changed_at, c.id LIMIT ?", before, before, before, most).Scan(ctx, &ids)
	if err != nil {
		return 0, fmt.Errorf("look for what is to be erased: %w", err)
	}
	for _, id := range ids {
		done := false
		_, err := d.change(ctx, people.TheSystem(), people.Erase, id, AnyVersion, func(ctx context.Context, w *work) error {
			// Somebody else may have erased it, or taken it up again, while we waited for the lock.
			if !w.c.ErasedAt.IsZero() || w.c.ChangedAt.After(before.Time) {
				return errNothing
			}
			done = true
			return w.erase(ctx)
		})
		if errs.CodeOf(err) == errs.CodeConflict {
			continue // it has been taken up again
		}
		if err != nil {
			return erased, fmt.Errorf("erase case %d: %w", id, err)
		}
		if done {
			erased++
		}
	}
	return erased, d.eraseFiles(ctx)
}

// erasing are the statements that erase the texts around a case.
var erasing = []string{
	"DELETE FROM event_texts WHERE case_id = ?",
	"DELETE FROM reply_signs WHERE reply_id IN (SELECT id FROM replies WHERE case_id = ?)",
	"DELETE FROM reply_keys WHERE reply_id IN (SELECT id FROM replies WHERE case_id = ?)",
	"UPDATE replies SET body = '', comment = '', signed = status WHERE case_id = ?",
	"UPDATE materials SET body = '' WHERE case_id = ?",
	"UPDATE assists SET body = '' WHERE case_id = ?",
	"UPDATE waits SET question = '' WHERE case_id = ?",
	"UPDATE orders SET body = '', answer = '' WHERE case_id = ?",
	"UPDATE proposals SET body = '', comment = '' WHERE case_id = ?",
	"UPDATE exceptions SET reason = '', comment = '' WHERE case_id = ?",
	"UPDATE files SET name = '' WHERE case_id = ?",
	"DELETE FROM notices WHERE case_id = ? AND state <> 'sent'",
	"UPDATE notices SET subject = '', body = '', html = '', last_error = '' WHERE case_id = ?",
}

// erase erases what is personal of the case. What is in the store follows (eraseFiles).
func (w *work) erase(ctx context.Context) error {
	c, now := w.c, migrations.At(w.now)
	if err := w.forgetLikeness(ctx); err != nil {
		return err
	}
	for _, statement := range erasing {
		if _, err := w.ExecContext(ctx, statement, c.ID); err != nil {
			return fmt.Errorf("erase texts: %w", err)
		}
	}
	if _, err := w.ExecContext(ctx, "UPDATE notes SET body = '', erased_at = ? WHERE case_id = ? AND erased_at IS NULL", now, c.ID); err != nil {
		return fmt.Errorf("erase notes: %w", err)
	}
	gone, err := w.ExecContext(ctx, `UPDATE contacts SET sealed = NULL, phone_hash = NULL, email_hash = NULL, erased_at = ? WHERE id = ? AND sealed IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM cases AS o WHERE o.contact_id = contacts.id AND o.id <> ? AND o.erased_at IS NULL)`, now, c.ContactID, c.ID)
	if err != nil {
		return fmt.Errorf("erase contact: %w", err)
	}
	contacts, err := gone.RowsAffected()
	if err != nil {
		return fmt.Errorf("erase contact: %w", err)
	}
	c.Title, c.Body, c.Salt, c.SubmissionKey, c.SecretHash = "", "", []byte{}, "", nil
	c.ErasedAt = now
	w.detail["contacts"], w.detail["years"] = contacts, w.desk.eraseAfter
	return nil
}

// forgetLikeness takes out the keys by which letters like this one are found.
func (w *work) forgetLikeness(ctx context.Context) error {
	editions, err := w.desk.editions(ctx)
	if err != nil {
		return err
	}
	for _, e := range editions {
		keys := e.keys(w.c.Title, w.c.Body)
		if len(keys) == 0 {
			continue
		}
		if _, err := w.ExecContext(ctx, "DELETE FROM letter_keys WHERE case_id = ? AND key IN (?)", w.c.ID, bun.List(keys)); err != nil {
			return fmt.Errorf("erase keys of the letter: %w", err)
		}
	}
	return nil
}

// eraseFiles takes the files of erased cases out of the store, and then their rows: cut off in between, the row leads
// the next to what is left.
func (d *Desk) eraseFiles(ctx context.Context) error {
	if d.store == nil {
		return nil
	}
	for {
		rows, err := filesWhere(ctx, d.db.Read, "f.name = '' AND f.case_id IS NOT NULL")
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := d.forget(ctx, rows); err != nil {
			return err
		}
		err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			ids := make([]int64, len(rows))
			for i, f := range rows {
				ids[i] = f.ID
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM files WHERE id IN (?)", bun.List(ids))
			return err
		})
		if err != nil {
			return fmt.Errorf("erase files: %w", err)
		}
	}
}

// whole refuses what cannot be done any more to a case whose texts are erased. Taking back what is published of it, and
// what the clock or a calendar brings about, still can.
func (c *Case) whole(verb people.Verb) error {
	if c.ErasedAt.IsZero() {
		return nil
	}
	switch verb {
	case people.Unpublish, people.Settle, people.NoteLate, people.Erase:
		return nil
	default:
		return errs.Conflict("what is personal in this case has been erased after the retention time; nothing more can be done to it",
			"该办件的个人信息已在保存期满后抹除，不能再办理")
	}
}
