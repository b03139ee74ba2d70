package people

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Person is somebody as the city's single sign-on tells of them, once its token was verified.
type Person struct {
	// Issuer and Subject together are one person for ever; an address may be given to somebody else.
	Issuer, Subject string
	Login, Name     string
	Email           string // only one that the issuer has verified
	Roles           []CodedGrant
}

// CodedGrant is a role of the department with that code, or of the city for no code.
type CodedGrant struct {
	Role Role
	Code string
}

type identityRow struct {
	bun.BaseModel `bun:"table:identities"`

	Issuer    string `bun:",pk"`
	Subject   string `bun:",pk"`
	AccountID int64
	LinkedAt  migrations.Instant
}

// SignInSSO gives the account of somebody who has signed in at the city's single sign-on, with the roles that this gives
// made anew: the account linked before; or else the one account with the same verified address, which is linked now; or
// else a new one, if there is a role for it. Those that an administrator gave by hand are left alone.
//
// Errors: forbidden, when there is no place for the person here, or the account is disabled; the account comes back with
// it where there is one.
func (d *Directory) SignInSSO(ctx context.Context, p Person) (Account, error) {
	if p.Issuer == "" || p.Subject == "" {
		return Account{}, errors.New("single sign-on: a person without issuer or subject")
	}
	// Nobody knows this password: until they ask for another by mail, they come by the single sign-on only.
	hash, err := d.hasher.hashAlone(ctx, rand.Text())
	if err != nil {
		return Account{}, err
	}
	account, err := d.signInSSO(ctx, p, hash.String())
	if migrations.IsUnique(err) {
		// Somebody's two browsers come for the first time at once: the second finds what the first has made.
		account, err = d.signInSSO(ctx, p, hash.String())
	}
	return account, err
}

func (d *Directory) signInSSO(ctx context.Context, p Person, hash string) (Account, error) {
	var refused error
	var id int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		refused = nil
		grants, err := d.resolve(ctx, tx, p.Roles)
		if err != nil {
			return err
		}
		id, err = d.linked(ctx, tx, p)
		if err == nil && id == 0 && len(grants) > 0 {
			id, err = d.accountFor(ctx, tx, p, hash)
		}
		switch {
		case errs.CodeOf(err) == errs.CodeForbidden:
			refused = err
			return nil
		case err != nil:
			return err
		case id == 0:
			refused = errs.Forbidden("you have no role in the mailbox yet; please ask its administrator", "您在市长信箱中还没有角色，请联系系统管理员")
			return nil
		}
		row, err := d.lockAccount(ctx, tx, "id = ?", id)
		if err != nil {
			return err
		}
		if !row.DisabledAt.IsZero() {
			refused = errs.Forbidden("this account is disabled", "该账号已停用")
			return nil
		}
		return d.renew(audit.By(ctx, row.ID), tx, row, grants)
	})
	if err != nil {
		return Account{}, err
	}
	if id == 0 {
		return Account{}, refused
	}
	account, err := d.Account(ctx, id)
	return account, errors.Join(err, refused)
}

// resolve finds the departments of the roles. One that is not there, or has ended, gives no role.
func (d *Directory) resolve(ctx context.Context, tx bun.Tx, roles []CodedGrant) ([]Grant, error) {
	var grants []Grant
	for _, r := range roles {
		g := Grant{Role: r.Role}
		if r.Code != "" {
			var dep departmentRow
			err := tx.NewSelect().Model(&dep).Where("code = ?", r.Code).Scan(ctx)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, fmt.Errorf("read department: %w", err)
			}
			if err != nil || !dep.department().TakesCases() {
				continue
			}
			g.Department = dep.ID
		}
		if !slices.Contains(grants, g) {
			grants = append(grants, g)
		}
	}
	return grants, nil
}

// linked is the account of the person, linked now if it was found by the address; 0 for none.
func (d *Directory) linked(ctx context.Context, tx bun.Tx, p Person) (int64, error) {
	var row identityRow
	err := tx.NewSelect().Model(&row).Where("issuer = ? AND subject = ?", p.Issuer, p.Subject).Scan(ctx)
	if err == nil {
		return row.AccountID, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read identity: %w", err)
	}
	if p.Email == "" {
		return 0, nil
	}
	var same []accountRow
	if err := tx.NewSelect().Model(&same).Where("LOWER(email) = ?", strings.ToLower(p.Email)).Order("id").Scan(ctx); err != nil {
		return 0, fmt.Errorf("look for an address: %w", err)
	}
	if len(same) == 0 {
		return 0, nil
	}
	if len(same) > 1 {
		return 0, errs.Forbidden("several accounts have your address; please ask the mailbox's administrator", "有多个账号登记了您的邮箱，请联系系统管理员")
	}
	// An address that went to a successor must not open the account of the predecessor.
	taken, err := tx.NewSelect().Model((*identityRow)(nil)).Where("issuer = ? AND account_id = ?", p.Issuer, same[0].ID).Exists(ctx)
	if err != nil {
		return 0, fmt.Errorf("read identity: %w", err)
	}
	if taken {
		return 0, errs.Forbidden("the account with your address belongs to somebody else; please ask the mailbox's administrator", "登记您邮箱的账号属于他人，请联系系统管理员")
	}
	return same[0].ID, d.link(ctx, tx, p, &same[0])
}

func (d *Directory) link(ctx context.Context, tx bun.Tx, p Person, account *accountRow) error {
	row := identityRow{Issuer: p.Issuer, Subject: p.Subject, AccountID: account.ID, LinkedAt: d.now()}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("link account: %w", err)
	}
	return audit.Write(ctx, tx, d.now(), account.line(audit.AccountChanged, nil, audit.Values{"issuer": p.Issuer, "subject": p.Subject}))
}

// accountFor makes an account for somebody who has a role by the single sign-on.
func (d *Directory) accountFor(ctx context.Context, tx bun.Tx, p Person, hash string) (int64, error) {
	row := accountRow{Language: errs.ZH, PasswordHash: hash, CreatedAt: d.now()}
	var err error
	if row.Login, err = freeLogin(ctx, tx, p); err != nil {
		return 0, err
	}
	// What the issuer calls somebody is no mistake of theirs: a name that cannot be kept is left out.
	if row.Name, err = cleanLine("name", p.Name, maxName, true); err != nil {
		row.Name = row.Login
	}
	if row.Email, err = cleanEmail("email", p.Email); err != nil {
		row.Email = ""
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return 0, fmt.Errorf("add account: %w", err)
	}
	ctx = audit.By(ctx, row.ID)
	if err := audit.Write(ctx, tx, d.now(), row.line(audit.AccountAdded, audit.Values{}, row.values())); err != nil {
		return 0, err
	}
	return row.ID, d.link(ctx, tx, p, &row)
}

var notOfLogin = regexp.MustCompile(`[^a-z0-9._-]+`)

// freeLogin makes a login of what the issuer calls somebody, with a number where it is taken.
func freeLogin(ctx context.Context, tx bun.Tx, p Person) (string, error) {
	name, _, _ := strings.Cut(p.Login, "@")
	name = notOfLogin.ReplaceAllString(normalLogin(name), "")
	if len(name) < 2 {
		name = "user"
	}
	name = name[:min(len(name), 34)]
	login := name
	for n := 2; ; n++ {
		taken, err := tx.NewSelect().Model((*accountRow)(nil)).Where("login = ?", login).Exists(ctx)
		if err != nil {
			return "", fmt.Errorf("look for a login: %w", err)
		}
		if !taken {
			return login, nil
		}
		login = name + strconv.Itoa(n)
	}
}

// renew makes the roles that the account has by the single sign-on those that it gives now.
func (d *Directory) renew(ctx context.Context, tx bun.Tx, account *accountRow, grants []Grant) error {
	var held []grantRow
	now := d.now()
	err := tx.NewSelect().Model(&held).Where("g.account_id = ? AND g.source = ?", account.ID, BySSO).Where(GrantHolds, now, now).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read grants: %w", err)
	}
	for _, row := range held {
		g := Grant{row.Role, row.DepartmentID}
		if i := slices.Index(grants, g); i >= 0 {
			grants = slices.Delete(slices.Clone(grants), i, i+1)
			continue
		}
		row.EndedAt = now
		if err := d.endGrant(ctx, tx, account, row); err != nil {
			return err
		}
	}
	for _, g := range grants {
		if err := d.grant(ctx, tx, account, grantRow{Role: g.Role, DepartmentID: g.Department, GrantedAt: now, Source: BySSO}); err != nil {
			return err
		}
	}
	return nil
}
