package cases

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Follow-up calls (回访). Of the writers who were answered and left a telephone number, the policy draws a share; the office
// and supervision ring them up, never the department that answered. The draw is a keyed hash of the case's number, so
// that nobody can choose the convenient ones or know beforehand which they are; a case is in or out for ever, and a
// larger share only adds. Who judges the answer before the call has said it all, unless the writer is not content: then
// the policy has every one called. What is drawn stands in the case (call_at, call_until), written with the answer or
// the rating.
//
// "I am calling" claims the writer for half an hour, so that no two ring the same one. Who is not reached is tried again
// the next day, three times in all; who refuses is left alone. What the writer says is a rating like any other, with its
// source (record_rating).

const (
	claimTime = 30 * time.Minute
	tryAgain  = 20 * time.Hour // the next day, whatever the hour
	mostCalls = 3
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
	Grade        int64  // what the writer said of the answer, 0 nothing: a call to one who is not content
	Until        migrations.Instant
	Tries        int   // so far without reaching the writer
	ClaimedBy    int64 // who is calling, 0 for nobody
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

// called tells whether a percentage draws the case with this number.
func (d *Desk) called(number string, percent int) bool {
	return binary.BigEndian.Uint64(d.keys.LookupHash("follow-up call "+number))%100 < uint64(percent)
}

// drawCall decides, with the answer, whether its writer is to be called.
func (w *work) drawCall(ctx context.Context) error {
	w.c.noCall()
	if !w.desk.called(w.c.Number(), w.rules.policy(w.c).CallShare) {
		return nil
	}
	return w.callFromNow(ctx)
}

// callDissatisfied has a writer called who has said not to be content with the answer.
func (w *work) callDissatisfied(ctx context.Context) error {
	if !w.c.discontent() || !w.rules.policy(w.c).CallDissatisfied {
		return nil
	}
	var finished bool // whoever was called about this answer is not called again
	err := w.NewRaw(`SELECT count(*) >= ? OR COALESCE(SUM(CASE WHEN outcome <> 'not_reached' THEN 1 ELSE 0 END), 0) > 0
		FROM follow_ups WHERE case_id = ? AND round = ? AND outcome IN ('not_reached', 'refused', 'rated')`,
		mostCalls, w.c.ID, w.c.Round).Scan(ctx, &finished)
	if err != nil {
		return fmt.Errorf("read follow-up calls: %w", err)
	}
	if finished {
		return nil
	}
	return w.callFromNow(ctx)
}

// callFromNow has the writer called within the policy's days, if that can be done at all.
func (w *work) callFromNow(ctx context.Context) error {
	if w.c.Quiet || w.c.ContactID == 0 {
		return nil
	}
	var phone bool
	err := w.NewRaw("SELECT phone_hash IS NOT NULL FROM contacts WHERE id = ?", w.c.ContactID).Scan(ctx, &phone)
	if err != nil {
		return fmt.Errorf("look for a telephone number: %w", err)
	}
	if phone {
		days := w.rules.policy(w.c).CallWithinDays
		w.c.CallAt = migrations.At(w.now)
		w.c.CallUntil = migrations.At(dayStart(w.now, days+1, w.desk.Location()).Add(-time.Second))
	}
	return nil
}

func (c *Case) noCall() { c.CallAt, c.CallUntil = migrations.Instant{}, migrations.Instant{} }

// toCall tells whether the writer may be called now: the condition of [PileCalls].
func (c *Case) toCall(now time.Time) bool {
	return !c.CallUntil.IsZero() && !now.Before(c.CallAt.Time) && !now.After(c.CallUntil.Time)
}

// FollowUps lists the writers to ring up, those that the actor has claimed first, then the longest answered, and says how
// many there are: the number of [PileCalls].
//
// Errors: forbidden.
func (d *Desk) FollowUps(ctx context.Context, a people.Actor, limit, offset int) (list []FollowUp, total int, err error) {
	if _, err := a.Permit(people.RecordRating, people.Subject{}); err != nil {
		return nil, 0, err
	}
	where, args, err := d.selection(ctx, a, Query{Pile: PileCalls})
	if err != nil {
		return nil, 0, err
	}
	if err := d.db.Read.NewRaw("SELECT count(*) FROM cases c WHERE "+where, args...).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count follow-up calls: %w", err)
	}
	// The page is found and sorted by what stands in an index, and only its rows are read whole.
	now := migrations.At(d.Now())
	mineFirst := " ORDER BY CASE WHEN c.id IN (SELECT m.case_id FROM follow_ups m WHERE m.outcome = '' AND m.account_id = ? AND m.claimed_until > ?) THEN 0 ELSE 1 END, " +
		pileSQL[PileCalls].order
	query := `SELECT c.id, c.received_day, c.title, c.answered_at, c.call_until AS until, COALESCE(p.name, '') AS department, COALESCE(c.rating, 0) AS grade,
			(SELECT count(*) FROM follow_ups f WHERE f.case_id = c.id AND f.round = c.round AND f.outcome = 'not_reached') AS tries,
			COALESCE(o.account_id, 0) AS claimed_by, COALESCE(u.name, '') AS caller, o.claimed_until
		FROM (SELECT c.id FROM cases c WHERE ` + where + mineFirst + ` LIMIT ? OFFSET ?) AS page
		JOIN cases c ON c.id = page.id LEFT JOIN departments p ON p.id = c.answered_by_id
		LEFT JOIN follow_ups o ON o.case_id = c.id AND o.outcome = '' AND o.claimed_until > ?
		LEFT JOIN accounts u ON u.id = o.account_id` + mineFirst
	args = append(args, a.Account, now, limit, offset, now, a.Account, now)
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
		until := migrations.At(now.Add(claimTime))
		switch {
		case !c.toCall(now.Time):
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
		_, err := tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
}

// EndFollowUp says what came of a call that the actor has claimed. A rating is recorded by [Desk.RecordRating] before.
//
// Errors: forbidden; conflict when the actor has not claimed it, or a colleague has since.
func (d *Desk) EndFollowUp(ctx context.Context, a people.Actor, id ID, outcome FollowUpOutcome) error {
	return d.onFollowUp(ctx, a, id, func(ctx context.Context, tx bun.Tx, c *Case, open *followUpRow, now migrations.Instant) error {
		if open == nil || open.AccountID != a.Account {
			return errs.Conflict("you are not calling this writer (any more): please begin the call anew", "您未在回访该来信人，请重新开始回访")
		}
		if err := end(ctx, tx, open, outcome, now); err != nil {
			return err
		}
		return c.afterCall(ctx, tx, outcome, now)
	})
}

// afterCall says when the writer may be called again, if at all. What a call is about, the case's record tells of; when
// it is made is nobody's proof, so it makes no event.
func (c *Case) afterCall(ctx context.Context, tx bun.Tx, outcome FollowUpOutcome, now migrations.Instant) error {
	if outcome == FollowUpReleased {
		return nil
	}
	again := outcome == FollowUpNotReached && !c.CallUntil.IsZero()
	if again {
		var tries int
		err := tx.NewRaw("SELECT count(*) FROM follow_ups WHERE case_id = ? AND round = ? AND outcome = 'not_reached'", c.ID, c.Round).Scan(ctx, &tries)
		if err != nil {
			return fmt.Errorf("count follow-up calls: %w", err)
		}
		again = tries < mostCalls
	}
	if again {
		c.CallAt = migrations.At(now.Add(tryAgain))
	} else {
		c.noCall()
	}
	if _, err := tx.NewUpdate().Model(c).Column("call_at", "call_until").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write follow-up call: %w", err)
	}
	return nil
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
