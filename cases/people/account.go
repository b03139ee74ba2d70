package people

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Account is somebody of the staff who can sign in.
type Account struct {
	ID         int64
	Login      string
	Name       string
	Email      string // may be empty
	Language   errs.Lang
	MustChange bool      // the password was set by somebody else
	DisabledAt time.Time // zero: may sign in
	// FactorSince is since when a second factor is asked for at sign-in; zero: it is not.
	FactorSince time.Time
	Grants      []Grant // those that hold now
	ByHand      []Grant // those of them that administrators gave
	// Stamp changes with the password. A session that remembers another one was opened with a
	// password that is no longer good, and is over.
	Stamp string
}

// Actor is the account as somebody who does something.
func (a Account) Actor() Actor {
	return Actor{Account: a.ID, Name: a.Name, Grants: a.Grants, Language: a.Language}
}

// NewAccount is what it takes to add an account. Language is Chinese when empty.
type NewAccount struct {
	Login      string // 2–40 of a–z, 0–9, dot, underscore, hyphen
	Name       string
	Email      string // may be empty: gets no notices
	Language   errs.Lang
	Password   string // 12–128 characters
	Hash       string // instead of Password: an argon2id hash in PHC form, for accounts moved from elsewhere
	MustChange bool   // at the first sign-in
	Grants     []Grant
}

type accountRow struct {
	bun.BaseModel `bun:"table:accounts"`

	ID           int64 `bun:",pk,autoincrement"`
	Login        string
	Name         string
	Email        string
	Language     errs.Lang
	PasswordHash string
	MustChange   bool
	Failures     int64
	BlockedUntil migrations.Instant
	DisabledAt   migrations.Instant
	CreatedAt    migrations.Instant
	FactorNonce  string
	FactorSince  migrations.Instant
	FactorStep   int64
}

var loginForm = regexp.MustCompile(`^[a-z0-9._-]{2,40}$`)

// AddAccount adds an account with its grants and returns its id.
//
// Errors: invalid, naming the field: a login that is taken, a password against the rule, an unknown
// role or department.
func (d *Directory) AddAccount(ctx context.Context, n NewAccount) (int64, error) {
	row, password, err := checkAccount(n)
	if err != nil {
		return 0, err
	}
	if row.PasswordHash, err = d.hashOf(ctx, n.Hash, password); err != nil {
		return 0, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0 // a repetition begins anew
		row.CreatedAt = d.now()
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("add account: %w", err)
		}
		if err := audit.Write(ctx, tx, d.now(), row.line(audit.AccountAdded, audit.Values{}, row.values())); err != nil {
			return err
		}
		for _, g := range n.Grants {
			if err := d.grant(ctx, tx, &row, grantRow{Role: g.Role, DepartmentID: g.Department, GrantedAt: row.CreatedAt, Source: ByHand}); err != nil {
				return err
			}
		}
		return nil
	})
	if migrations.IsUnique(err) {
		return 0, errs.Invalid("login", "the login %s is taken; please choose another", "登录名 %s 已被使用，请另选一个", n.Login).Because(err)
	}
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

// hashOf is the hash that was handed in, when it is one, or else the password's.
func (d *Directory) hashOf(ctx context.Context, ready, password string) (string, error) {
	if ready != "" {
		parsed, err := parseHash(ready)
		if err != nil {
			return "", errs.Invalid("hash", "this is no argon2id hash in PHC form", "不是 PHC 格式的 argon2id 摘要").Because(err)
		}
		return parsed.String(), nil
	}
	hash, err := d.hasher.hashAlone(ctx, password)
	return hash.String(), err
}

func checkAccount(n NewAccount) (row accountRow, password string, err error) {
	row = accountRow{Login: n.Login, MustChange: n.MustChange}
	if !loginForm.MatchString(n.Login) {
		return row, "", errs.Invalid("login",
			"a login has 2 to 40 characters: a–z in lower case, 0–9, dot, underscore, hyphen",
			"登录名为 2 至 40 个字符，只能用小写字母、数字、点、下划线和连字符")
	}
	details, err := checkDetails(Details{n.Name, n.Email, n.Language})
	if err != nil {
		return row, "", err
	}
	row.Name, row.Email, row.Language = details.Name, details.Email, details.Language
	for _, g := range n.Grants {
		if err := g.check(); err != nil {
			return row, "", err
		}
	}
	if n.Hash != "" {
		return row, "", nil
	}
	password, err = newPassword("password", n.Login, n.Password)
	return row, password, err
}

// line is a deed on the account for the record of administration.
func (r *accountRow) line(deed audit.Deed, was, is audit.Values) audit.Line {
	return audit.Line{Deed: deed, Subject: audit.Account, ID: r.ID, Name: r.Name + " " + r.Login, Was: was, Is: is}
}

// values are what the record of administration says of an account: never its password.
func (r *accountRow) values() audit.Values {
	return audit.Values{"name": r.Name, "email": r.Email, "language": string(r.Language)}
}

// Disable takes away the right to sign in and to act, from the next request on. Disabling twice is
// no change. Errors: not_found; conflict if the city would be left without an administrator.
func (d *Directory) Disable(ctx context.Context, accountID int64) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.keepingAdministrator(ctx, tx, func() error {
			return d.changeIn(ctx, tx, "id = ?", accountID, func(row *accountRow) audit.Deed {
				if !row.DisabledAt.IsZero() {
					return ""
				}
				row.DisabledAt = d.now()
				return audit.AccountDisabled
			})
		})
	})
}

// Details are what people are called and how they are reached.
type Details struct {
	Name     string
	Email    string // may be empty: gets no notices
	Language errs.Lang
}

// ChangeDetails writes them anew. Errors: forbidden; not_found; invalid, naming the field.
func (d *Directory) ChangeDetails(ctx context.Context, by Actor, accountID int64, n Details) error {
	if err := mayKeepPeople(by); err != nil {
		return err
	}
	n, err := checkDetails(n)
	if err != nil {
		return err
	}
	return d.changeAccount(ctx, "id = ?", accountID, func(row *accountRow) audit.Deed {
		row.Name, row.Email, row.Language = n.Name, n.Email, n.Language
		return audit.AccountChanged
	})
}

func checkDetails(n Details) (clean Details, err error) {
	if clean.Name, err = cleanLine("name", n.Name, maxName, true); err != nil {
		return n, err
	}
	if clean.Email, err = cleanEmail("email", n.Email); err != nil {
		return n, err
	}
	switch n.Language {
	case "":
		clean.Language = errs.ZH
	case errs.ZH, errs.EN:
		clean.Language = n.Language
	default:
		return n, errs.Invalid("language", "the language is zh or en", "语言只能是 zh 或 en")
	}
	return clean, nil
}

// Enable gives a disabled account back its rights, for somebody who returns: logins are never given
// twice. Errors: not_found.
func (d *Directory) Enable(ctx context.Context, accountID int64) error {
	return d.changeAccount(ctx, "id = ?", accountID, func(row *accountRow) audit.Deed {
		if row.DisabledAt.IsZero() {
			return ""
		}
		row.DisabledAt = migrations.Instant{}
		return audit.AccountEnabled
	})
}

// changeAccount locks one account, lets do change it, and writes it, with a line in the record of administration
// unless do names no deed: then it was its holder's own, or nothing changed.
func (d *Directory) changeAccount(ctx context.Context, where string, key any, do func(*accountRow) audit.Deed) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return d.changeIn(ctx, tx, where, key, do) })
}

// changeIn is changeAccount within a transaction.
func (d *Directory) changeIn(ctx context.Context, tx bun.Tx, where string, key any, do func(*accountRow) audit.Deed) error {
	row, err := d.lockAccount(ctx, tx, where, key)
	if err != nil {
		return err
	}
	was := row.values()
	deed := do(row)
	if _, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("change account: %w", err)
	}
	if deed == "" {
		return nil
	}
	return audit.Write(ctx, tx, d.now(), row.line(deed, was, row.values()))
}

func (d *Directory) lockAccount(ctx context.Context, tx bun.Tx, where string, key any) (*accountRow, error) {
	row := new(accountRow)
	err := d.locked(tx.NewSelect().Model(row).Where(where, key)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noAccount()
	}
	if err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	return row, nil
}

func noAccount() error { return errs.NotFound("there is no such account", "没有这个账号") }

// Actor loads who acts, for each request anew. Ended grants do not count.
//
// Errors: not_found; forbidden if the account is disabled.
func (d *Directory) Actor(ctx context.Context, accountID int64) (Actor, error) {
	a, err := d.Account(ctx, accountID)
	if err != nil {
		return Actor{}, err
	}
	if !a.DisabledAt.IsZero() {
		return Actor{}, errs.Forbidden("this account is disabled", "该账号已停用")
	}
	return a.Actor(), nil
}

// Account loads one account, disabled or not. Errors: not_found.
func (d *Directory) Account(ctx context.Context, accountID int64) (Account, error) {
	list, err := d.accounts(ctx, d.db.Read, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", accountID) })
	if err != nil {
		return Account{}, err
	}
	if len(list) == 0 {
		return Account{}, noAccount()
	}
	return list[0], nil
}

// Accounts lists all accounts by login, the disabled among them.
func (d *Directory) Accounts(ctx context.Context) ([]Account, error) {
	return d.accounts(ctx, d.db.Read, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
}

// HasAccounts tells whether there is any account: an empty system needs its first administrator.
func (d *Directory) HasAccounts(ctx context.Context) (bool, error) {
	some, err := d.db.Read.NewSelect().Model((*accountRow)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return some, nil
}

func (d *Directory) accounts(ctx context.Context, db bun.IDB, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Account, error) {
	var rows []accountRow
	if err := which(db.NewSelect().Model(&rows)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	var grants []grantRow
	ids := which(db.NewSelect().Model((*accountRow)(nil)).Column("id"))
	now := d.now()
	err := db.NewSelect().Model(&grants).Where(GrantHolds, now, now).
		Where("g.account_id IN (?)", ids).Order("g.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	held, byHand := map[int64][]Grant{}, map[int64][]Grant{}
	for _, g := range grants {
		// What an administrator gave and the single sign-on gives too is one role.
		if one := (Grant{Role: g.Role, Department: g.DepartmentID}); !slices.Contains(held[g.AccountID], one) {
			held[g.AccountID] = append(held[g.AccountID], one)
		}
		if g.Source == ByHand {
			byHand[g.AccountID] = append(byHand[g.AccountID], Grant{Role: g.Role, Department: g.DepartmentID})
		}
	}
	list := make([]Account, 0, len(rows))
	for _, r := range rows {
		list = append(list, Account{
			ID: r.ID, Login: r.Login, Name: r.Name, Email: r.Email, Language: r.Language,
			MustChange: r.MustChange, DisabledAt: r.DisabledAt.Time, FactorSince: r.FactorSince.Time, Grants: held[r.ID], ByHand: byHand[r.ID], Stamp: stamp(r.PasswordHash),
		})
	}
	// Sorted here: the collations of the two databases differ.
	slices.SortFunc(list, func(a, b Account) int { return strings.Compare(a.Login, b.Login) })
	return list, nil
}

func stamp(hash string) string {
	sum := sha256.Sum256([]byte(hash))
	return hex.EncodeToString(sum[:8])
}
