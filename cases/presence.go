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

// Doing is what a colleague does with a case that is open before them.
type Doing string

// What one may do with an open case.
const (
	Reading Doing = "reading"
	Writing Doing = "writing" // something is typed and not sent
)

// A page says every PresenceEvery that it is still open; one that has said nothing for presenceKept is taken for closed.
const (
	PresenceEvery = 25 * time.Second
	presenceKept  = 70 * time.Second
)

// Present is a colleague who has a case open.
type Present struct {
	Name  string
	Doing Doing
}

type presenceRow struct {
	bun.BaseModel `bun:"table:presence,alias:s"`

	CaseID    ID    `bun:",pk"`
	AccountID int64 `bun:",pk"`
	Doing     Doing
	ExpiresAt migrations.Instant
}

// IsPresent notes that the actor has the case open. A case the actor may not see is not found.
func (d *Desk) IsPresent(ctx context.Context, a people.Actor, id ID, doing Doing) error {
	if doing != Reading && doing != Writing {
		return errs.Invalid("doing", "this can be reading or writing", "只能是 reading 或 writing")
	}
	if _, _, err := d.seen(ctx, a, id); err != nil {
		return err
	}
	now := d.Now()
	row := presenceRow{CaseID: id, AccountID: a.Account, Doing: doing, ExpiresAt: migrations.At(now.Add(presenceKept))}
	// A page that only stays open writes every other time: it is not worth a transaction each.
	fresh, err := d.db.Read.NewSelect().Model((*presenceRow)(nil)).Where("case_id = ? AND account_id = ? AND doing = ?", id, a.Account, doing).
		Where("expires_at > ?", migrations.At(now.Add(presenceKept-PresenceEvery-time.Second))).Exists(ctx)
	if err != nil {
		return fmt.Errorf("read presence: %w", err)
	}
	if fresh {
		return nil
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM presence WHERE expires_at <= ?", migrations.At(now)); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (case_id, account_id) DO UPDATE").
			Set("doing = EXCLUDED.doing").Set("expires_at = EXCLUDED.expires_at").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note presence: %w", err)
	}
	d.stir()
	return nil
}

// IsAway notes that the actor has closed the case.
func (d *Desk) IsAway(ctx context.Context, a people.Actor, id ID) error {
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM presence WHERE case_id = ? AND account_id = ?", id, a.Account)
		return err
	})
	if err != nil {
		return fmt.Errorf("note presence: %w", err)
	}
	d.stir()
	return nil
}

// WhoElse lists who else has the case open now, those who write first. It is for the staff: a writer is told of nobody.
func (d *Desk) WhoElse(ctx context.Context, a people.Actor, id ID) ([]Present, error) {
	if a.Account == 0 {
		return nil, errs.Forbidden("this is for the staff", "仅供工作人员查看")
	}
	if _, _, err := d.seen(ctx, a, id); err != nil {
		return nil, err
	}
	var all []Present
	err := d.db.Read.NewRaw(`SELECT a.name, s.doing FROM presence s JOIN accounts a ON a.id = s.account_id
		WHERE s.case_id = ? AND s.account_id <> ? AND s.expires_at > ? ORDER BY s.doing DESC, a.id`, id, a.Account, migrations.At(d.Now())).Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("read presence: %w", err)
	}
	return all, nil
}
