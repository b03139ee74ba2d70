package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// holding joins a case c to the account that has it in hand: somebody who can sign in and works for its lead now. Whoever
// was disabled or has lost the role holds nothing from that moment on, whatever stands in the table. Both "?" are now.
const holding = `holders AS h JOIN accounts AS a ON a.id = h.account_id WHERE h.case_id = c.id AND h.department_id = c.lead_id
	AND a.disabled_at IS NULL AND EXISTS (SELECT 1 FROM grants AS g WHERE g.account_id = a.id AND g.department_id = h.department_id AND ` + people.GrantHolds + ")"

type holderRow struct {
	bun.BaseModel `bun:"table:holders,alias:h"`

	CaseID       ID `bun:",pk"`
	DepartmentID int64
	AccountID    int64
	Since        migrations.Instant
	LeftToldAt   migrations.Instant
}

// Assign gives the case into the hands of one person of the lead department: oneself, a colleague, or nobody (0). It moves
// no clock and takes nothing from the others: everybody of the department can still do everything.
//
// Errors: invalid, naming holder, for somebody who does not work for the department.
func (d *Desk) Assign(ctx context.Context, a people.Actor, id ID, seen Version, account int64) (*Case, error) {
	return d.change(ctx, a, people.Assign, id, seen, func(ctx context.Context, w *work) error {
		now, err := w.holder(ctx)
		if err != nil {
			return err
		}
		if now.ID == account {
			return errNothing
		}
		w.detail["holder"] = account
		if account == 0 {
			return w.release(ctx)
		}
		row := holderRow{CaseID: w.c.ID, DepartmentID: w.c.LeadID, AccountID: account, Since: migrations.At(w.now)}
		_, err = w.NewInsert().Model(&row).On("CONFLICT (case_id) DO UPDATE").
			Set("department_id = EXCLUDED.department_id, account_id = EXCLUDED.account_id, since = EXCLUDED.since, left_told_at = NULL").Exec(ctx)
		if err != nil {
			return fmt.Errorf("write holder: %w", err)
		}
		next, err := w.holder(ctx)
		if err != nil {
			return err
		}
		if next.ID != account {
			return errs.Invalid("holder", "please choose somebody of your department", "请选择本单位的人员")
		}
		if account == a.Account {
			return nil
		}
		return w.tell(wording.Assigned, []reader{next.reader()}, func(n *wording.Data) { n.Person = a.Name })
	})
}

// holder is somebody who has a case in hand; ID 0: nobody.
type holder struct {
	ID          int64
	Name, Email string
	Language    errs.Lang
}

func (h holder) reader() reader {
	return reader{to: notify.Recipient{Account: h.ID}, lang: h.Language}
}

func (w *work) holder(ctx context.Context) (holder, error) { return holderOf(ctx, w.Tx, w.now, w.c) }

// holderOf reads who has the case in hand, by the lead that c has now.
func holderOf(ctx context.Context, db bun.IDB, now time.Time, c *Case) (holder, error) {
	var found []holder
	if c.LeadID == 0 {
		return holder{}, nil
	}
	// By the lead as it is in hand, which may not be written yet.
	err := db.NewRaw("SELECT a.id, a.name, a.email, a.language FROM (SELECT ? AS id, ? AS lead_id) AS c, "+holding, c.ID, c.LeadID, migrations.At(now), migrations.At(now)).Scan(ctx, &found)
	if err != nil {
		return holder{}, fmt.Errorf("read holder: %w", err)
	}
	if len(found) == 0 {
		return holder{}, nil
	}
	return found[0], nil
}

// release takes the case out of whosever hands it is in.
func (w *work) release(ctx context.Context) error {
	if _, err := w.NewDelete().Model((*holderRow)(nil)).Where("case_id = ?", w.c.ID).Exec(ctx); err != nil {
		return fmt.Errorf("release case: %w", err)
	}
	return nil
}

// Hands lists who works for the departments: whom a case of theirs can be given to.
func (d *Desk) Hands(ctx context.Context, departments ...int64) ([]Colleague, error) {
	var all []Colleague
	err := d.db.Read.NewRaw(`SELECT a.id, a.login, a.name FROM accounts AS a WHERE a.disabled_at IS NULL AND EXISTS
		(SELECT 1 FROM grants AS g WHERE g.account_id = a.id AND g.department_id IN (?) AND `+people.GrantHolds+`) ORDER BY a.login`,
		bun.List(departments), migrations.At(d.Now()), migrations.At(d.Now())).Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read colleagues: %w", err)
	}
	return all, nil
}
