package cases

import (
	"context"
	"errors"
	"strconv"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/notify"
)

// Administer does what an administrator asks of something outside the database, with its line in the record of
// administration: no line without the deed. Errors: forbidden; those of do.
func (d *Desk) Administer(ctx context.Context, a people.Actor, l audit.Line, do func(context.Context) error) error {
	if !a.Is(people.Administrator) {
		return errs.Forbidden("only administrators may do this", "只有系统管理员可以进行此操作")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := audit.Write(audit.By(ctx, a.Account), tx, migrations.At(d.Now()), l); err != nil {
			return err
		}
		return do(ctx)
	})
}

// ReviveNotices gives all notices of the filter that could not be sent their attempts again, as far as a page would list
// them, and says how many. counted is how many whoever asks for it has seen.
//
// Errors: forbidden; conflict when there are not as many (any more).
func (d *Desk) ReviveNotices(ctx context.Context, a people.Actor, f notify.DeadFilter, counted int) (revived int, err error) {
	if !a.Is(people.Administrator) {
		return 0, errs.Forbidden("only administrators may send notices again", "只有系统管理员可以重新发送通知")
	}
	n, err := notify.CountDead(ctx, d.db, f)
	if err != nil {
		return 0, err
	}
	if n != counted {
		return 0, errs.Conflict("there are %d such notices now, not as many as you saw; please look again", "符合条件的未送达通知现为 %d 条，与您看到的不同，请核对后再试", n)
	}
	for {
		dead, err := notify.Dead(ctx, d.db, f, 0, reviveBatch)
		if err != nil || len(dead) == 0 {
			return revived, err
		}
		for _, one := range dead {
			switch err := d.ReviveNotice(ctx, a, one.ID); {
			case errors.Is(err, notify.ErrNotDead): // a colleague was faster
			case err != nil:
				return revived, err
			default:
				revived++
			}
		}
		if revived >= reviveMost {
			return revived, nil
		}
	}
}

// A page sends so many notices again in one go; whoever has more presses once more.
const reviveBatch, reviveMost = 100, 1000

// ReviveNotice gives a notice that could not be sent all its attempts again.
//
// Errors: forbidden; notify.ErrNotDead when somebody else has revived it, or it never was dead.
func (d *Desk) ReviveNotice(ctx context.Context, a people.Actor, id int64) error {
	if !a.Is(people.Administrator) {
		return errs.Forbidden("only administrators may send notices again", "只有系统管理员可以重新发送通知")
	}
	now := d.Now()
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := notify.Revive(ctx, tx, id, now); err != nil {
			return err
		}
		return audit.Write(audit.By(ctx, a.Account), tx, migrations.At(now), audit.Line{
			Deed: audit.NoticeRevived, Subject: audit.Notice, ID: id, Name: strconv.FormatInt(id, 10),
		})
	})
	if err != nil {
		return err
	}
	d.wake(ctx, Wakeup{Notices: []int64{id}})
	return nil
}
