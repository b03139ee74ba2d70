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

type grantRow struct {
	bun.BaseModel `bun:"table:grants"`

	ID           int64 `bun:",pk,autoincrement"`
	AccountID    int64
	Role         Role
	DepartmentID int64 `bun:",nullzero"`
	GrantedAt    migrations.Instant
	EndedAt      migrations.Instant
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
			if err := d.grant(ctx, tx, &row, g); err != nil {
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
	row = accountRow{Login: n.Login, Language: n.Language, MustChange: n.MustChange}
	if !loginForm.MatchString(n.Login) {
		return row, "", errs.Invalid("login",
			"a login has 2 to 40 characters: a–z in lower case, 0–9, dot, underscore, hyphen",
			"登录名为 2 至 40 个字符，只能用小写字母、数字、点、下划线和连字符")
	}
	if row.Name, err = cleanLine("name", n.Name, maxName, true); err != nil {
		return row, "", err
	}
	if row.Email, err = cleanEmail("email", n.Email); err != nil {
		return row, "", err
	}
	switch n.Language {
	case "":
		row.Language = errs.ZH
	case errs.ZH, errs.EN:
	default:
		return row, "", errs.Invalid("language", "the language is zh or en", "语言只能是 zh 或 en")
	}
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

func (g Grant) check() error {
	switch {
	case !slices.Contains(Grantable, g.Role):
		return errs.Invalid("role", "%q is not a role that can be granted", "%q 不是可以授予的角色", string(g.Role))
	case g.Role.OfDepartment() && g.Department == 0:
		return errs.Invalid("department", "this role is held for a department; please name it", "此角色须指定所属单位")
	case !g.Role.OfDepartment() && g.Department != 0:
		return errs.Invalid("department", "this role is held for the whole city, not for a department", "此角色面向全市，不能指定单位")
	}
	return nil
}

// Grant gives the account a role; granting what it has already is no change.
//
// Errors: not_found for an unknown account; invalid for an unknown role or department.
func (d *Directory) Grant(ctx context.Context, accountID int64, g Grant) error {
	if err := g.check(); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The account's row is held, so that two administrators cannot grant the same twice.
		row, err := d.lockAccount(ctx, tx, "id = ?", accountID)
		if err != nil {
			return err
		}
		held, err := tx.NewSelect().Model((*grantRow)(nil)).Where("account_id = ?", accountID).
			Where("role = ?", g.Role).Where("COALESCE(department_id, 0) = ?", g.Department).
			Where("ended_at IS NULL").Exists(ctx)
		if err != nil || held {
			return err
		}
		return d.grant(ctx, tx, row, g)
	})
}

func (d *Directory) grant(ctx context.Context, tx bun.Tx, account *accountRow, g Grant) error {
	held, err := grantValues(ctx, tx, g)
	if err != nil {
		return err
	}
	row := grantRow{AccountID: account.ID, Role: g.Role, DepartmentID: g.Department, GrantedAt: d.now()}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	return audit.Write(ctx, tx, d.now(), account.line(audit.RoleGranted, nil, held))
}

// grantValues is a grant as the record of administration names it.
func grantValues(ctx context.Context, tx bun.Tx, g Grant) (audit.Values, error) {
	values := audit.Values{"role": string(g.Role)}
	if g.Department == 0 {
		return values, nil
	}
	var row departmentRow
	err := tx.NewSelect().Model(&row).Column("name").Where("id = ?", g.Department).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.Invalid("department", "there is no department %d", "没有编号为 %d 的单位", g.Department)
	}
	if err != nil {
		return nil, fmt.Errorf("grant: %w", err)
	}
	values["department"] = row.Name
	return values, nil
}

// line is a deed on the account for the record of administration.
func (r *accountRow) line(deed audit.Deed, was, is audit.Values) audit.Line {
	return audit.Line{Deed: deed, Subject: audit.Account, ID: r.ID, Name: r.Name + " " + r.Login, Was: was, Is: is}
}

// values are what the record of administration says of an account: never its password.
func (r *accountRow) values() audit.Values {
	return audit.Values{"name": r.Name, "email": r.Email, "language": string(r.Language)}
}

// Revoke ends a role of the account; what was done under it stays on record.
//
// Errors: not_found if the account does not hold it.
func (d *Directory) Revoke(ctx context.Context, accountID int64, g Grant) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		account, err := d.lockAccount(ctx, tx, "id = ?", accountID)
		if err != nil {
			return err
		}
		result, err := tx.NewUpdate().Model((*grantRow)(nil)).Set("ended_at = ?", d.now()).
			Where("account_id = ?", accountID).Where("role = ?", g.Role).
			Where("COALESCE(department_id, 0) = ?", g.Department).Where("ended_at IS NULL").Exec(ctx)
		if err != nil {
			return fmt.Errorf("revoke: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("revoke: %w", err)
		}
		if n == 0 {
			return errs.NotFound("this account does not hold this role", "该账号没有此角色")
		}
		held, err := grantValues(ctx, tx, g)
		if err != nil {
			return err
		}
		return audit.Write(ctx, tx, d.now(), account.line(audit.RoleEnded, held, nil))
	})
}

// Disable takes away the right to sign in and to act, from the next request on. Disabling twice is
// no change. Errors: not_found.
func (d *Directory) Disable(ctx context.Context, accountID int64) error {
	return d.changeAccount(ctx, "id = ?", accountID, func(row *accountRow) audit.Deed {
		if !row.DisabledAt.IsZero() {
			return ""
		}
		row.DisabledAt = d.now()
		return audit.AccountDisabled
	})
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
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
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
	})
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
	list, err := d.accounts(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", accountID) })
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
	return d.accounts(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q })
}

// Emails lists who holds the role now and can be written to, by login: not disabled, with an address.
// For a role of departments the caller picks by [Account.Actor] and [Actor.WorksFor].
func (d *Directory) Emails(ctx context.Context, role Role) ([]Account, error) {
	return d.accounts(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		holders := d.db.Read.NewSelect().Model((*grantRow)(nil)).Column("account_id").Where("role = ?", role).Where("ended_at IS NULL")
		return q.Where("disabled_at IS NULL").Where("email <> ''").Where("id IN (?)", holders)
	})
}

// HasAccounts tells whether there is any account: an empty system needs its first administrator.
func (d *Directory) HasAccounts(ctx context.Context) (bool, error) {
	some, err := d.db.Read.NewSelect().Model((*accountRow)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return some, nil
}

func (d *Directory) accounts(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]Account, error) {
	var rows []accountRow
	if err := which(d.db.Read.NewSelect().Model(&rows)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	var grants []grantRow
	ids := which(d.db.Read.NewSelect().Model((*accountRow)(nil)).Column("id"))
	err := d.db.Read.NewSelect().Model(&grants).Where("ended_at IS NULL").
		Where("account_id IN (?)", ids).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	held := map[int64][]Grant{}
	for _, g := range grants {
		held[g.AccountID] = append(held[g.AccountID], Grant{Role: g.Role, Department: g.DepartmentID})
	}
	list := make([]Account, 0, len(rows))
	for _, r := range rows {
		list = append(list, Account{
			ID: r.ID, Login: r.Login, Name: r.Name, Email: r.Email, Language: r.Language,
			MustChange: r.MustChange, DisabledAt: r.DisabledAt.Time, FactorSince: r.FactorSince.Time, Grants: held[r.ID], Stamp: stamp(r.PasswordHash),
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
