package cases

import (
	"context"
	"strconv"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/notify"
)

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
