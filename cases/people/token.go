package people

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Scope is what a token may be used for, within what its account may do.
type Scope string

// The scopes. Nothing can be changed with a token.
const (
	ReadFigures Scope = "figures:read"
	ReadCases   Scope = "cases:read"
)

// Scopes lists all scopes.
var Scopes = []Scope{ReadFigures, ReadCases}

// TokenPrefix begins every token, so that programs that look for secrets in the wrong place know one: a token is
// the prefix and 26 of A–Z and 2–7, of which 130 bits are by chance.
const TokenPrefix = "mbx_"

// The bounds of tokens.
const (
	MaxTokenName = 60
	maxTokens    = 20 // that an account holds at once
	// TokenDays is how many days a token lasts at most.
	TokenDays = 366
)

// Token is a program's way in as an account. It never holds the token itself.
type Token struct {
	ID        int64
	Account   int64
	Name      string // what it is for, in its owner's words
	Begins    string // its first characters, to tell it from others
	Scopes    []Scope
	MadeAt    time.Time
	ExpiresAt time.Time // it is good until before this instant
	UsedAt    time.Time // to the minute; zero: never
	RevokedAt time.Time
	RevokedBy int64
}

// Good tells whether the token opens anything at now.
func (t Token) Good(now time.Time) bool { return t.RevokedAt.IsZero() && now.Before(t.ExpiresAt) }

// Permit refuses what the token was not made for. Errors: forbidden.
func (t Token) Permit(s Scope) error {
	if slices.Contains(t.Scopes, s) {
		return nil
	}
	return errs.Forbidden("this token was not made for this: it lacks the scope %[1]s", "此令牌没有相应的权限范围：%[1]s", string(s))
}

type tokenRow struct {
	bun.BaseModel `bun:"table:api_tokens,alias:t"`

	ID        int64 `bun:",pk,autoincrement"`
	AccountID int64
	Name      string
	Token     string // SHA-256 in hex
	Begins    string
	Scopes    string // with spaces between
	MadeAt    migrations.Instant
	ExpiresAt migrations.Instant
	UsedAt    migrations.Instant
	RevokedAt migrations.Instant
	RevokedBy int64 `bun:",nullzero"`
}

func (r *tokenRow) public() Token {
	t := Token{
		ID: r.ID, Account: r.AccountID, Name: r.Name, Begins: r.Begins, MadeAt: r.MadeAt.Time, ExpiresAt: r.ExpiresAt.Time,
		UsedAt: r.UsedAt.Time, RevokedAt: r.RevokedAt.Time, RevokedBy: r.RevokedBy,
	}
	for s := range strings.FieldsSeq(r.Scopes) {
		t.Scopes = append(t.Scopes, Scope(s))
	}
	return t
}

// NewToken is what it takes to make a token.
type NewToken struct {
	Name    string // one line, at most MaxTokenName characters
	Scopes  []Scope
	Expires time.Time // at most TokenDays ahead
}

// MakeToken makes a token of the actor's own account and gives it, this once.
//
// Errors: invalid, naming name, scope or until; forbidden for a disabled account; conflict when there are 20 good ones.
func (d *Directory) MakeToken(ctx context.Context, a Actor, n NewToken) (secret string, err error) {
	if n.Name, err = cleanLine("name", n.Name, MaxTokenName, true); err != nil {
		return "", err
	}
	var scopes []string
	for _, s := range Scopes { // in this order, and none twice
		if slices.Contains(n.Scopes, s) {
			scopes = append(scopes, string(s))
		}
	}
	if len(scopes) == 0 || slices.ContainsFunc(n.Scopes, func(s Scope) bool { return !slices.Contains(Scopes, s) }) {
		return "", errs.Invalid("scope", "please choose what the token is for", "请选择令牌的权限范围")
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		account, err := d.lockAccount(ctx, tx, "id = ?", a.Account)
		if err != nil {
			return err
		}
		if !account.DisabledAt.IsZero() {
			return errs.Forbidden("this account is disabled", "该账号已停用")
		}
		now := d.now()
		if !n.Expires.After(now.Time) || n.Expires.After(now.AddDate(0, 0, TokenDays)) {
			return errs.Invalid("until", "please choose a day from tomorrow on, at most a year ahead", "请选择明天起一年以内的日期")
		}
		good, err := tx.NewSelect().Model((*tokenRow)(nil)).
			Where("account_id = ? AND revoked_at IS NULL AND expires_at > ?", account.ID, now).Count(ctx)
		if err != nil {
			return fmt.Errorf("count tokens: %w", err)
		}
		if good >= maxTokens {
			return errs.Conflict("you have %[1]d tokens already; please revoke one first", "最多保留 %[1]d 个有效令牌，请先撤销一个", maxTokens)
		}
		secret = TokenPrefix + rand.Text()
		row := tokenRow{
			AccountID: account.ID, Name: n.Name, Token: tokenHash(secret), Begins: secret[:len(TokenPrefix)+4],
			Scopes: strings.Join(scopes, " "), MadeAt: now, ExpiresAt: migrations.At(n.Expires),
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("make token: %w", err)
		}
		return audit.Write(ctx, tx, now, account.line(audit.TokenMade, nil, audit.Values{
			"token": n.Name + " " + row.Begins + "…", "scopes": row.Scopes, "until": n.Expires.UTC().Format(time.RFC3339),
		}))
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// RevokeToken makes a token of the actor's own, or for an administrator anybody's, void at once. Revoking twice is no
// change. Errors: invalid for a token of somebody else, or of nobody.
func (d *Directory) RevokeToken(ctx context.Context, a Actor, id int64) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row tokenRow
		err := d.locked(tx.NewSelect().Model(&row).Where("id = ?", id)).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.AccountID != a.Account && !a.Is(Administrator) {
			return errs.Invalid("", "this is not a token of yours; please choose one from the list", "没有这个令牌，请从列表中选择")
		}
		if err != nil {
			return fmt.Errorf("lock token: %w", err)
		}
		if !row.RevokedAt.IsZero() {
			return nil
		}
		account, err := d.lockAccount(ctx, tx, "id = ?", row.AccountID)
		if err != nil {
			return err
		}
		row.RevokedAt, row.RevokedBy = d.now(), a.Account
		if _, err := tx.NewUpdate().Model(&row).Column("revoked_at", "revoked_by").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
		return audit.Write(ctx, tx, row.RevokedAt, account.line(audit.TokenRevoked, audit.Values{"token": row.Name + " " + row.Begins + "…"}, nil))
	})
}

// Tokens lists the actor's own tokens, the newest first, those that are over among them.
func (d *Directory) Tokens(ctx context.Context, a Actor) ([]Token, error) {
	return d.tokens(ctx, d.db.Read.NewSelect().Where("account_id = ?", a.Account), maxShownTokens)
}

// AllTokens lists the latest tokens of all accounts, good ones first. Errors: forbidden for all but administrators and auditors.
func (d *Directory) AllTokens(ctx context.Context, a Actor) ([]Token, error) {
	if !a.Is(Administrator) && !a.Is(Auditor) {
		return nil, errs.Forbidden("only administrators and auditors may see this", "只有系统管理员和审计人员可以查看")
	}
	good := d.db.Read.NewSelect().OrderExpr("CASE WHEN revoked_at IS NULL AND expires_at > ? THEN 0 ELSE 1 END", d.now())
	return d.tokens(ctx, good, maxShownTokens*10)
}

// maxShownTokens is how many tokens of one account a page lists.
const maxShownTokens = 50

func (d *Directory) tokens(ctx context.Context, query *bun.SelectQuery, most int64) ([]Token, error) {
	var rows []tokenRow
	if err := query.Model(&rows).OrderExpr("id DESC").Limit(most).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	all := make([]Token, len(rows))
	for i := range rows {
		all[i] = rows[i].public()
	}
	return all, nil
}

// usedEvery is how often the use of a token is written down at most.
const usedEvery = time.Minute

// ByToken gives the account that a program asks as, with the roles that administrators gave it: those that only the
// single sign-on gives are shown anew at every sign-in, which a program never does. known is false for what is no
// token of ours, is over or revoked, or whose account is disabled.
func (d *Directory) ByToken(ctx context.Context, secret string) (account Account, token Token, known bool, err error) {
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) > 100 {
		return account, token, false, nil
	}
	var row tokenRow
	err = d.db.Read.NewSelect().Model(&row).Where("token = ?", tokenHash(secret)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return account, token, false, nil
	}
	if err != nil {
		return account, token, false, fmt.Errorf("find token: %w", err)
	}
	now := d.now()
	if token = row.public(); !token.Good(now.Time) {
		return account, token, false, nil
	}
	if account, err = d.Account(ctx, row.AccountID); err != nil || !account.DisabledAt.IsZero() {
		return Account{}, token, false, err
	}
	account.Grants = account.ByHand
	if now.Sub(token.UsedAt) < usedEvery {
		return account, token, true, nil
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*tokenRow)(nil)).Set("used_at = ?", now).Where("id = ?", row.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return account, token, true, fmt.Errorf("write the use of a token: %w", err)
	}
	return account, token, true, nil
}
