package cases

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/notify"
)

// LostPassword sends whoever of the staff has forgotten their password a link to choose another: who is their login or
// their e-mail address, from the line they ask on. It says nothing of whether there is such an account, and takes as
// long either way. Errors: invalid, naming who, when it is empty.
func (d *Desk) LostPassword(ctx context.Context, who string, from people.SignIn) error {
	if who == "" {
		return errs.Invalid("who", "please enter your login or your e-mail address", "请填写登录名或电子邮箱")
	}
	var written []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		written = nil
		accounts, err := d.resets.Ask(ctx, tx, who, from)
		if err != nil {
			return err
		}
		var notices []notify.Notice
		now := d.Now()
		data := d.data()
		data.Until, data.Opens = now.Add(people.ResetTime), true
		for _, a := range accounts {
			data.Login, data.URL = a.Login, d.publicURL+"/sign-in/new-password?lang="+string(a.Language)
			// Whoever asks twice within a second is sent one.
			n, err := render(wording.NewPassword, reader{to: notify.Recipient{Account: a.ID}, lang: a.Language}, data, fmt.Sprintf("new_password:%d", now.Unix()))
			if err != nil {
				return err
			}
			notices = append(notices, n)
		}
		if len(notices) == 0 {
			return nil
		}
		written, err = notify.Write(ctx, tx, now, notices...)
		return err
	})
	if err != nil {
		return err
	}
	if len(written) > 0 {
		d.wake(ctx, Wakeup{Notices: written})
	}
	return nil
}

// fillReset makes the link when the mail is sent. One that could not be sent within its hour is not sent any more.
func (d *Desk) fillReset(ctx context.Context, n notify.Notice) (notify.Notice, error) {
	a, err := d.directory.Account(ctx, n.To.Account)
	if err != nil {
		return n, err
	}
	until := n.WrittenAt.Add(people.ResetTime)
	if !a.DisabledAt.IsZero() || !d.Now().Before(until) {
		return n, &notify.PermanentError{Err: errors.New("the link would be good for nothing: its hour is over, or the account is disabled")}
	}
	return withSecret(n, d.resets.Link(a, until)), nil
}
