package people

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// ResetTime is how long the link in a mail leads to a new password.
const ResetTime = time.Hour

// resetsPerHour is how many such mails an account is sent within an hour.
const resetsPerHour = 3

// mostReset is how many accounts one address is written to about; more than a few people never share one.
const mostReset = 5

// Resets let somebody who has forgotten their password choose a new one, by a link in a mail. Nothing is stored of a
// link: it is proved by a keyed hash over the account, its address, its password and the end of the link, so that a
// new password makes it void. Safe for concurrent use.
type Resets struct {
	directory *Directory
	key       func(text string) []byte
}

// NewResets makes them; key is a keyed hash of the city's own.
func NewResets(directory *Directory, key func(text string) []byte) *Resets {
	return &Resets{directory, key}
}

// Ask writes down, in the caller's transaction, that somebody who says they are the login or the address who has
// forgotten the password, and gives the accounts to write to: those that may sign in, have an address, and were not
// written to too often in the last hour. What it writes is as much for nobody's login as for somebody's, so that it
// takes as long; no page may tell which it was.
func (r *Resets) Ask(ctx context.Context, tx bun.Tx, who string, from SignIn) ([]Account, error) {
	found, err := r.directory.accounts(ctx, tx, func(q *bun.SelectQuery) *bun.SelectQuery {
		q = q.Where("disabled_at IS NULL").Where("email <> ''")
		if strings.ContainsAny(who, "@＠") {
			return q.Where("LOWER(email) = ?", normalAddress(who))
		}
		return q.Where("login = ?", normalLogin(who))
	})
	if err != nil {
		return nil, err
	}
	var write []Account
	for _, account := range found[:min(len(found), mostReset)] {
		// Held, so that of many who ask at once three are answered.
		if _, err := r.directory.lockAccount(ctx, tx, "id = ?", account.ID); err != nil {
			return nil, err
		}
		asked, err := tx.NewSelect().Model((*signInRow)(nil)).Where("account_id = ? AND outcome = ?", account.ID, ResetAsked).
			Where("at > ?", migrations.At(r.directory.now().Add(-time.Hour))).Count(ctx)
		if err != nil {
			return nil, fmt.Errorf("count resets: %w", err)
		}
		from.Account, from.Outcome = account.ID, ResetAsked
		if asked >= resetsPerHour {
			from.Outcome = BlockedTry // not counted, or asking on and on would keep somebody from ever getting a link
		} else {
			write = append(write, account)
		}
		if err := writeSignIn(ctx, tx, r.directory.now(), from, ""); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		from.Account, from.Outcome = 0, ResetAsked
		return nil, writeSignIn(ctx, tx, r.directory.now(), from, "")
	}
	return write, nil
}

// normalAddress forgives capitals and a keyboard in full-width mode.
func normalAddress(who string) string {
	if len(who) > 4*maxEmail {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(who)))
}

// Link is what the mail proves the account by, good until then.
func (r *Resets) Link(account Account, until time.Time) string {
	end := strconv.FormatInt(until.Unix(), 36)
	return strings.Join([]string{strconv.FormatInt(account.ID, 36), end, r.proof(account.ID, account.Email, account.Stamp, end)}, ".")
}

func (r *Resets) proof(id int64, email, stamp, end string) string {
	text := strings.Join([]string{"password reset", strconv.FormatInt(id, 10), email, stamp, end}, "\n")
	return base64.RawURLEncoding.EncodeToString(r.key(text))
}

// Account is whose link it is. Errors: invalid when the link is not good, or not any more.
func (r *Resets) Account(ctx context.Context, link string) (Account, error) {
	parts := strings.Split(link, ".")
	if len(parts) != 3 || len(link) > 200 {
		return Account{}, lateLink()
	}
	id, err1 := strconv.ParseInt(parts[0], 36, 64)
	end, err2 := strconv.ParseInt(parts[1], 36, 64)
	if err1 != nil || err2 != nil || end <= r.directory.now().Unix() {
		return Account{}, lateLink()
	}
	account, err := r.directory.Account(ctx, id)
	if errs.CodeOf(err) == errs.CodeNotFound {
		return Account{}, lateLink()
	}
	if err != nil {
		return Account{}, err
	}
	want := r.proof(id, account.Email, account.Stamp, parts[1])
	if !account.DisabledAt.IsZero() || subtle.ConstantTimeCompare([]byte(want), []byte(parts[2])) != 1 {
		return Account{}, lateLink()
	}
	return account, nil
}

func lateLink() error {
	return errs.Invalid("", "this link is not good any more: it holds for an hour and for one new password; please ask for another",
		"此链接已失效：链接一小时内有效，且只能用一次，请重新申请")
}

// Reset gives the account of the link a new password, which makes all its links void and ends its sessions. A block is
// lifted; where a second factor is asked for, a wrong code blocks again at once, or the mail would give leave to guess it.
//
// Errors: invalid, naming new_password, or nothing when the link is not good any more.
func (r *Resets) Reset(ctx context.Context, link, replacement string) (Account, error) {
	account, err := r.Account(ctx, link)
	if err != nil {
		return Account{}, err
	}
	if replacement, err = newPassword("new_password", account.Login, replacement); err != nil {
		return Account{}, err
	}
	hash, err := r.directory.hasher.hashAlone(ctx, replacement)
	if err != nil {
		return Account{}, err
	}
	err = r.directory.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := r.directory.lockAccount(ctx, tx, "id = ?", account.ID)
		if err != nil {
			return err
		}
		// Of two who use the link at once the second finds another password, and a void link.
		if stamp(row.PasswordHash) != account.Stamp || row.Email != account.Email || !row.DisabledAt.IsZero() {
			return lateLink()
		}
		row.PasswordHash, row.MustChange, row.BlockedUntil = hash.String(), false, migrations.Instant{}
		row.Failures = min(row.Failures, freeFailures-1)
		if row.FactorSince.IsZero() {
			row.Failures = 0
		}
		_, err = tx.NewUpdate().Model(row).Column("password_hash", "must_change", "blocked_until", "failures").WherePK().Exec(ctx)
		if err != nil {
			return fmt.Errorf("reset password: %w", err)
		}
		return nil
	})
	return account, err
}
