package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

const (
	freeFailures = 5         // so many wrong passwords before an account is blocked
	longestBlock = time.Hour // reached at the eleventh
)

// blockFor is how long an account is blocked after so many failures in a row: 1, 2, 4 … 60 minutes
// from the fifth on.
func blockFor(failures int64) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(time.Minute<<min(failures-freeFailures, 6), longestBlock)
}

// SignIn gives the actor that login and password stand for.
//
// An unknown login, a disabled account and a wrong password give the same answer and each take a hash.
// From the fifth failure on the account is blocked for a while, for the right password too, and that
// answer says how long; only it tells that the login exists. A sign-in that succeeds forgets all
// failures before it.
//
// Errors: invalid; limited while blocked, or when too many sign in at once.
func (d *Directory) SignIn(ctx context.Context, login, password string) (Actor, error) {
	id, err := d.prove(ctx, "login = ?", normalLogin(login), "password", password)
	if err != nil {
		return Actor{}, err
	}
	return d.Actor(ctx, id)
}

// ChangePassword replaces the account's own password. A wrong old one counts like a failed sign-in.
//
// Errors: invalid, naming old_password or new_password; limited while blocked.
func (d *Directory) ChangePassword(ctx context.Context, accountID int64, old, replacement string) error {
	account, err := d.Account(ctx, accountID)
	if err != nil {
		return err
	}
	replacement, err = newPassword("new_password", account.Login, replacement)
	if err != nil {
		return err
	}
	if same, _ := normalPassword(old); same == replacement {
		return errs.Invalid("new_password", "this is the old password; please choose another", "新密码不能与原密码相同")
	}
	if _, err := d.prove(ctx, "id = ?", accountID, "old_password", old); err != nil {
		return err
	}
	return d.keepPassword(ctx, "id = ?", accountID, replacement, "")
}

// SetPassword gives somebody who has forgotten theirs a new password, which they must change at the
// next sign-in, and lifts a block.
//
// Errors: not_found; invalid, naming password.
func (d *Directory) SetPassword(ctx context.Context, login, password string) error {
	login = normalLogin(login)
	password, err := newPassword("password", login, password)
	if err != nil {
		return err
	}
	return d.keepPassword(ctx, "login = ?", login, password, audit.PasswordReset)
}

// keepPassword writes a new password; one that somebody else has set, as the deed says, must be changed.
func (d *Directory) keepPassword(ctx context.Context, where string, key any, password string, deed audit.Deed) error {
	hash, err := d.hasher.hashAlone(ctx, password)
	if err != nil {
		return err
	}
	return d.changeAccount(ctx, where, key, func(row *accountRow) audit.Deed {
		row.PasswordHash = hash.String()
		row.MustChange = deed != ""
		row.Failures, row.BlockedUntil = 0, migrations.Instant{}
		return deed
	})
}

// normalLogin forgives capitals, spaces around, and a keyboard in full-width mode.
func normalLogin(login string) string {
	if len(login) > 4*40 {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(login)))
}

// AccountOf is whose login this is; 0 for nobody's. For the log of sign-ins only: no page may say it.
func (d *Directory) AccountOf(ctx context.Context, login string) (id int64, err error) {
	err = d.db.Read.NewSelect().Model((*accountRow)(nil)).Column("id").Where("login = ?", normalLogin(login)).Scan(ctx, &id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("look for a login: %w", err)
	}
	return id, nil
}

// prove finds the account and checks its password.
//
// The try is counted as a failure before the password is looked at, and struck out when it was right:
// of a thousand guesses sent at once five are looked at, not a thousand. The turn is taken before the
// counting, so that nobody is blocked by a crowd.
func (d *Directory) prove(ctx context.Context, where string, key any, field, password string) (int64, error) {
	release, err := d.hasher.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	password, fits := normalPassword(password)
	row, wait, err := d.countTry(ctx, where, key)
	switch {
	case errs.CodeOf(err) == errs.CodeNotFound:
		d.hasher.pretend(password)
		return 0, wrongPassword(field)
	case err != nil:
		return 0, err
	case wait > 0:
		return 0, blocked(wait)
	}
	kept, err := parseHash(row.PasswordHash)
	if err != nil {
		return 0, fmt.Errorf("password of account %d: %w", row.ID, err)
	}
	if !d.hasher.matches(kept, password) || !fits {
		if wait := blockFor(row.Failures); wait > 0 {
			return 0, blocked(wait)
		}
		return 0, wrongPassword(field)
	}
	return row.ID, d.forgetFailures(ctx, row, kept, password)
}

// countTry counts one more failure of the account, unless it is blocked: then wait is how much longer.
// Not_found if there is no such account or it is disabled.
func (d *Directory) countTry(ctx context.Context, where string, key any) (row *accountRow, wait time.Duration, err error) {
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		wait = 0
		if row, err = d.lockAccount(ctx, tx, where, key); err != nil {
			return err
		}
		if !row.DisabledAt.IsZero() {
			return noAccount()
		}
		now := d.now()
		if wait = row.BlockedUntil.Sub(now.Time); wait > 0 {
			return nil
		}
		row.Failures++
		if block := blockFor(row.Failures); block > 0 {
			row.BlockedUntil = migrations.At(now.Add(block))
		}
		_, err := tx.NewUpdate().Model(row).Column("failures", "blocked_until").WherePK().Exec(ctx)
		return err
	})
	return row, wait, err
}

// forgetFailures strikes out the failures of an account whose password was right, and hashes that
// password anew if today's cost is another. The caller holds a turn.
func (d *Directory) forgetFailures(ctx context.Context, row *accountRow, kept passwordHash, password string) error {
	hash := row.PasswordHash
	if kept.cost != d.hasher.cost {
		hash = d.hasher.hash(password).String()
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*accountRow)(nil)).
			// With a second factor only the code strikes out the failures, or the password would give leave to guess it.
			Set("failures = CASE WHEN factor_since IS NULL THEN 0 ELSE failures - 1 END").Set("blocked_until = NULL").
			// A password that was changed meanwhile is not put back.
			Set("password_hash = CASE WHEN password_hash = ? THEN ? ELSE password_hash END", row.PasswordHash, hash).
			Where("id = ?", row.ID).Exec(ctx)
		if err != nil {
			return fmt.Errorf("forget failures: %w", err)
		}
		return nil
	})
}

func wrongPassword(field string) error {
	if field == "old_password" {
		return errs.Invalid(field, "this is not your present password", "原密码不正确")
	}
	return errs.Invalid(field, "login or password is wrong", "登录名或密码不正确")
}

func blocked(wait time.Duration) error {
	minutes := int64((wait + time.Minute - 1) / time.Minute)
	unit := "minutes"
	if minutes == 1 {
		unit = "minute"
	}
	return errs.Limited("too many wrong passwords for this account; please try again in %[1]d %[2]s",
		"该账号密码错误次数过多，请 %[1]d 分钟后再试", minutes, unit)
}
