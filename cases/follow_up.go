package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Follow-up calls (回访). Whoever was answered, left a telephone number and has not judged the answer may be rung up by
// the office or supervision, never by the department that answered. "I am calling" claims the writer for half an hour, so
// that no two ring the same one. Who is not reached is tried again the next day, three times in all; who refuses is
// left alone. What the writer says is a rating like any other, with its source (record_rating).

const (
	claimTime  = 30 * time.Minute
	tryAgain   = 20 * time.Hour // the next day, whatever the hour
	mostCalls  = 3
	maxSampled = 100
)

// FollowUpOutcome is what came of a call.
type FollowUpOutcome string

// The outcomes. A released claim was none: the call was not made.
const (
	FollowUpNotReached FollowUpOutcome = "not_reached"
	FollowUpRefused    FollowUpOutcome = "refused"
	FollowUpRated      FollowUpOutcome = "rated"
	FollowUpReleased   FollowUpOutcome = "released"
)

// FollowUp is a writer to ring up.
type FollowUp struct {
	ID           ID
	ReceivedDay  string
	Title        string
	AnsweredAt   migrations.Instant
	Department   string // that answered
	Tries        int    // so far without reaching the writer
	ClaimedBy    int64  // who is calling, 0 for nobody
	Caller       string
	ClaimedUntil migrations.Instant
}

// Number is what people call the case.
func (f *FollowUp) Number() string { return Number(f.ReceivedDay, f.ID) }

type followUpRow struct {
	bun.BaseModel `bun:"table:follow_ups,alias:f"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Round        int64
	AccountID    int64
	ClaimedAt    migrations.Instant
	ClaimedUntil migrations.Instant
	Outcome      FollowUpOutcome
	EndedAt      migrations.Instant
	NextAt       migrations.Instant
}

// toCall are the cases whose writers may be rung up: the first "?" is now, the second the most calls.
const toCall = `c.state = 'answered' AND c.rating IS NULL AND NOT c.quiet
	AND EXISTS (SELECT 1 FROM contacts k WHERE k.id = c.contact_id AND k.phone_hash IS NOT NULL AND k.erased_at IS NULL)
	AND NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.case_id = c.id AND f.round = c.round AND (f.outcome = 'refused' OR f.next_at > ?))
	AND (SELECT count(*) FROM follow_ups f WHERE f.case_id = c.id AND f.round = c.round AND f.outcome = 'not_reached') < ?`

// FollowUps lists the writers to ring up, those that the actor has claimed first, then the longest answered, and says how
// many there are. every takes a sample: 1 is all, n every n-th by the case's running number.
//
// Errors: forbidden.
func (d *Desk) FollowUps(ctx context.Context, a people.Actor, every, limit, offset int) (list []FollowUp, total int, err error) {
	if _, err := a.Permit(people.RecordRating, people.Subject{}); err != nil {
		return nil, 0, err
	}
	now := migrations.At(d.Now())
	where, args := toCall+" AND c.id % ? = 0", []any{now, mostCalls, min(max(every, 1), maxSampled)}
	if err := d.db.Read.NewRaw("SELECT count(*) FROM cases c WHERE "+where, args...).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count follow-up calls: %w", err)
	}
	query := `SELECT c.id, c.received_day, c.title, c.answered_at, COALESCE(p.name, '') AS department,
			(SELECT count(*) FROM follow_ups f WHERE f.case_id = c.id AND f.round = c.round AND f.outcome = 'not_reached') AS tries,
			COALESCE(o.account_id, 0) AS claimed_by, COALESCE(u.name, '') AS caller, o.claimed_until
		FROM cases c LEFT JOIN departments p ON p.id = c.answered_by_id
		LEFT JOIN follow_ups o ON o.case_id = c.id AND o.outcome = '' AND o.claimed_until > ?
		LEFT JOIN accounts u ON u.id = o.account_id
		WHERE ` + where + ` ORDER BY CASE WHEN o.account_id = ? THEN 0 ELSE 1 END, c.answered_at, c.id LIMIT ? OFFSET ?`
	args = append(append([]any{now}, args...), a.Account, limit, offset)
	if err := d.db.Read.NewRaw(query, args...).Scan(ctx, &list); err != nil {
		return nil, 0, fmt.Errorf("list follow-up calls: %w", err)
	}
	return list, total, nil
}

// ClaimFollowUp says "I am calling" and holds the writer for half an hour; claiming again renews it.
//
// Errors: forbidden, also to the department's own people; conflict when a colleague is calling, or when there is nothing
// (more) to call about.
func (d *Desk) ClaimFollowUp(ctx context.Context, a people.Actor, id ID) error {
	return d.onFollowUp(ctx, a, id, func(ctx context.Context, tx bun.Tx, c *Case, open *followUpRow, now migrations.Instant) error {
		var due bool
		err := tx.NewRaw("SELECT EXISTS (SELECT 1 FROM cases c WHERE c.id = ? AND "+toCall+")", id, now, mostCalls).Scan(ctx, &due)
		if err != nil {
			return fmt.Errorf("look at follow-up call: %w", err)
		}
		until := migrations.At(now.Add(claimTime))
		switch {
		case !due:
			return errs.Conflict("there is no call to make about this case (any more)", "该办件目前无需回访")
		case open != nil && open.AccountID == a.Account:
			open.ClaimedUntil = until
			_, err := tx.NewUpdate().Model(open).WherePK().Exec(ctx)
			return err
		case open != nil && open.ClaimedUntil.After(now.Time):
			return errs.Conflict("a colleague is calling this writer just now; please take another", "同事正在回访该来信人，请选择其他来信")
		case open != nil:
			if err := end(ctx, tx, open, FollowUpReleased, now); err != nil {
				return err
			}
		}
		row := followUpRow{CaseID: id, Round: c.Round, AccountID: a.Account, ClaimedAt: now, ClaimedUntil: until}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

// EndFollowUp says what came of a call that the actor has claimed. A rating is recorded by [Desk.RecordRating] before.
//
// Errors: forbidden; conflict when the actor has not claimed it, or a colleague has since.
func (d *Desk) EndFollowUp(ctx context.Context, a people.Actor, id ID, outcome FollowUpOutcome) error {
	return d.onFollowUp(ctx, a, id, func(ctx context.Context, tx bun.Tx, _ *Case, open *followUpRow, now migrations.Instant) error {
		if open == nil || open.AccountID != a.Account {
			return errs.Conflict("you are not calling this writer (any more): please begin the call anew", "您未在回访该来信人，请重新开始回访")
		}
		return end(ctx, tx, open, outcome, now)
	})
}

func end(ctx context.Context, tx bun.Tx, row *followUpRow, outcome FollowUpOutcome, now migrations.Instant) error {
	row.Outcome, row.EndedAt = outcome, now
	if outcome == FollowUpNotReached {
		row.NextAt = migrations.At(now.Add(tryAgain))
	}
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("end follow-up call: %w", err)
	}
	return nil
}

// onFollowUp locks the case, so that of two who claim at once one is told, and reads the open claim.
func (d *Desk) onFollowUp(ctx context.Context, a people.Actor, id ID, do func(context.Context, bun.Tx, *Case, *followUpRow, migrations.Instant) error) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c := new(Case)
		if err := tx.NewRaw("SELECT c.* FROM cases AS c WHERE c.id = ?"+d.db.LockRow(), id).Scan(ctx, c); err != nil {
			return notFoundOr(err)
		}
		if _, err := a.Permit(people.RecordRating, subject(c, nil)); err != nil {
			return err
		}
		if a.WorksFor(c.AnsweredByID) || a.WorksFor(c.LeadID) {
			return errs.Forbidden("a department's own people may not call its writers about the answer", "承办部门人员不得回访本部门办件的来信人")
		}
		open := new(followUpRow)
		err := tx.NewSelect().Model(open).Where("f.case_id = ? AND f.outcome = ''", id).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			open, err = nil, nil
		}
		if err != nil {
			return fmt.Errorf("read follow-up call: %w", err)
		}
		return do(ctx, tx, c, open, migrations.At(d.Now()))
	})
}
