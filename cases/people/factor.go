package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strconv"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Factors are the second factors: after the password, a code of six digits that a device shows for thirty seconds
// (TOTP, RFC 6238), or one of ten recovery codes on paper. Safe for concurrent use.
type Factors struct {
	directory *Directory
	key       func(text string) []byte
}

// NewFactors makes them. key is a keyed hash of the city's own: from it and a random text each device's key is
// derived, so that who has the database without the key file can make no codes.
func NewFactors(directory *Directory, key func(text string) []byte) *Factors {
	return &Factors{directory, key}
}

// What the devices of the world can do (RFC 6238 and the apps that people have).
const (
	factorStep   = 30 // seconds
	factorDigits = otp.DigitsSix
	factorKey    = 20 // bytes, as long as a SHA-1
	// factorSlack is how many steps a device's clock may be off, either way (RFC 6238, 5.2 and 6).
	factorSlack   = 1
	recoveryCodes = 10
)

var factorText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (f *Factors) secret(row *accountRow) string {
	return factorText.EncodeToString(f.key("second factor\n" + strconv.FormatInt(row.ID, 10) + "\n" + row.FactorNonce)[:factorKey])
}

// Offer gives the key for a device, in base 32, to be confirmed by a code of it. Until then nothing has changed, and
// the same key is given again.
//
// Errors: conflict when a device is in use already.
func (f *Factors) Offer(ctx context.Context, accountID int64) (secret string, err error) {
	err = f.change(ctx, accountID, func(_ context.Context, _ bun.Tx, row *accountRow) error {
		if !row.FactorSince.IsZero() {
			return errs.Conflict("a second factor is in use already; remove it first", "已启用两步验证，请先停用")
		}
		if row.FactorNonce == "" {
			row.FactorNonce = rand.Text()
		}
		secret = f.secret(row)
		return nil
	})
	return secret, err
}

// Confirm takes the device into use, by a code that it shows, and gives the recovery codes, which are told this once.
//
// Errors: invalid, naming code; conflict when a device is in use already; limited while blocked.
func (f *Factors) Confirm(ctx context.Context, accountID int64, code string) (recovery []string, err error) {
	err = f.try(ctx, accountID, func(ctx context.Context, tx bun.Tx, row *accountRow) (bool, error) {
		if !row.FactorSince.IsZero() {
			return false, errs.Conflict("a second factor is in use already; remove it first", "已启用两步验证，请先停用")
		}
		if row.FactorNonce == "" || !f.matches(row, code) {
			return false, nil
		}
		row.FactorSince = f.directory.now()
		recovery, err = f.newRecovery(ctx, tx, row)
		return true, err
	})
	return recovery, err
}

// Check proves the second factor of an account by a code of its device or a recovery code, each good once. A wrong
// one counts like a wrong password.
//
// Errors: invalid, naming code; limited while blocked.
func (f *Factors) Check(ctx context.Context, accountID int64, code string) error {
	return f.try(ctx, accountID, func(ctx context.Context, tx bun.Tx, row *accountRow) (bool, error) {
		if row.FactorSince.IsZero() {
			return false, nil
		}
		if f.matches(row, code) {
			return true, nil
		}
		return f.recovers(ctx, tx, row, code)
	})
}

// Renew gives new recovery codes in place of the old ones, to somebody who shows a code.
//
// Errors: as Check.
func (f *Factors) Renew(ctx context.Context, accountID int64, code string) (recovery []string, err error) {
	err = f.try(ctx, accountID, func(ctx context.Context, tx bun.Tx, row *accountRow) (bool, error) {
		if row.FactorSince.IsZero() || !f.matches(row, code) {
			return false, nil
		}
		recovery, err = f.newRecovery(ctx, tx, row)
		return true, err
	})
	return recovery, err
}

// Remove ends the second factor of an account whose device is lost; its holder can take another one into use.
//
// Errors: not_found.
func (f *Factors) Remove(ctx context.Context, accountID int64) error {
	return f.change(ctx, accountID, func(ctx context.Context, tx bun.Tx, row *accountRow) error {
		row.FactorNonce, row.FactorSince, row.FactorStep = "", migrations.Instant{}, 0
		if err := dropRecovery(ctx, tx, row.ID); err != nil {
			return err
		}
		if audit.Who(ctx) == row.ID {
			return nil // its holder ended it: that is no administration
		}
		return audit.Write(ctx, tx, f.directory.now(), row.line(audit.FactorRemoved, nil, nil))
	})
}

// Left says how many recovery codes are left.
func (f *Factors) Left(ctx context.Context, accountID int64) (int, error) {
	n, err := f.directory.db.Read.NewSelect().Table("recovery_codes").Where("account_id = ? AND used_at IS NULL", accountID).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return int(n), nil
}

// change alters what stands of the factor in an account.
func (f *Factors) change(ctx context.Context, accountID int64, do func(context.Context, bun.Tx, *accountRow) error) error {
	d := f.directory
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.lockAccount(ctx, tx, "id = ?", accountID)
		if err != nil {
			return err
		}
		if err := do(ctx, tx, row); err != nil {
			return err
		}
		return keepFactor(ctx, tx, row)
	})
}

func keepFactor(ctx context.Context, tx bun.Tx, row *accountRow) error {
	_, err := tx.NewUpdate().Model(row).Column("factor_nonce", "factor_since", "factor_step", "failures", "blocked_until").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep second factor: %w", err)
	}
	return nil
}

// try lets a code be judged under the account's lock, so that a thousand guesses at once are judged one after the
// other, and counts a wrong one.
func (f *Factors) try(ctx context.Context, accountID int64, right func(context.Context, bun.Tx, *accountRow) (bool, error)) error {
	d := f.directory
	var wrong error
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		wrong = nil
		row, err := d.lockAccount(ctx, tx, "id = ?", accountID)
		if err != nil {
			return err
		}
		now := d.now()
		if wait := row.BlockedUntil.Sub(now.Time); wait > 0 {
			wrong = blocked(wait)
			return nil
		}
		ok, err := right(ctx, tx, row)
		switch {
		case err != nil:
			return err
		case ok:
			row.Failures, row.BlockedUntil = 0, migrations.Instant{}
		default:
			wrong = errs.Invalid("code", "this code is not right, or was used already; please enter the one that is shown now",
				"验证码不正确或已使用，请输入当前显示的验证码")
			row.Failures++
			if block := blockFor(row.Failures); block > 0 {
				row.BlockedUntil, wrong = migrations.At(now.Add(block)), blocked(block)
			}
		}
		return keepFactor(ctx, tx, row)
	})
	if err != nil {
		return err
	}
	return wrong
}

// matches tells whether the code is one of the device's, of now or a step before or after, and takes note of its step.
func (f *Factors) matches(row *accountRow, code string) bool {
	code = plainCode(code)
	now := f.directory.clock().Unix() / factorStep
	for step := now - factorSlack; step <= now+factorSlack; step++ {
		if step <= row.FactorStep {
			continue
		}
		want, err := hotp.GenerateCodeCustom(f.secret(row), uint64(step), hotp.ValidateOpts{Digits: factorDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			row.FactorStep = step
			return true
		}
	}
	return false
}

// recovers uses up a recovery code.
func (f *Factors) recovers(ctx context.Context, tx bun.Tx, row *accountRow, code string) (bool, error) {
	result, err := tx.NewUpdate().Table("recovery_codes").Set("used_at = ?", f.directory.now()).
		Where("account_id = ? AND hash = ? AND used_at IS NULL", row.ID, recoveryHash(row.ID, code)).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("use recovery code: %w", err)
	}
	return n == 1, nil
}

// newRecovery makes recovery codes of eighty bits each: guessing one is hopeless, so a plain hash keeps it.
func (f *Factors) newRecovery(ctx context.Context, tx bun.Tx, row *accountRow) ([]string, error) {
	if err := dropRecovery(ctx, tx, row.ID); err != nil {
		return nil, err
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		text := rand.Text()[:16] // of base 32
		codes[i] = strings.Join([]string{text[:4], text[4:8], text[8:12], text[12:]}, "-")
		_, err := tx.ExecContext(ctx, "INSERT INTO recovery_codes (account_id, hash) VALUES (?, ?)", row.ID, recoveryHash(row.ID, codes[i]))
		if err != nil {
			return nil, fmt.Errorf("keep recovery codes: %w", err)
		}
	}
	return codes, nil
}

func dropRecovery(ctx context.Context, tx bun.Tx, accountID int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM recovery_codes WHERE account_id = ?", accountID); err != nil {
		return fmt.Errorf("drop recovery codes: %w", err)
	}
	return nil
}

func recoveryHash(accountID int64, code string) []byte {
	sum := sha256.Sum256([]byte(strconv.FormatInt(accountID, 10) + "\n" + plainCode(code)))
	return sum[:]
}

// plainCode forgives spaces, hyphens, small letters and a keyboard in full-width mode.
func plainCode(code string) string {
	if len(code) > 100 {
		return ""
	}
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u3000' {
			return -1
		}
		return r
	}, norm.NFKC.String(code)))
}
