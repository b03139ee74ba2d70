package people

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/migrations"
)

// GrantHolds is the condition under which a grant g holds at an instant, which the query is given twice. A role may
// be given from a day to come, and may have an end that has not come.
const GrantHolds = "g.granted_at <= ? AND (g.ended_at IS NULL OR g.ended_at > ?)"

// Source is who gave a role.
type Source string

// The sources.
const (
	ByHand Source = "hand" // an administrator
	BySSO  Source = "sso"  // the city's single sign-on, which renews its own at each sign-in
)

type grantRow struct {
	bun.BaseModel `bun:"table:grants,alias:g"`

	ID           int64 `bun:",pk,autoincrement"`
	AccountID    int64
	Role         Role
	DepartmentID int64 `bun:",nullzero"`
	GrantedAt    migrations.Instant
	EndedAt      migrations.Instant
	Source       Source `bun:",nullzero,default:'hand'"`
}

// Holding is a role that somebody has, had, or will have.
type Holding struct {
	ID int64
	Grant
	From   time.Time
	Until  time.Time // the first instant without it; zero: no end is set. Not after From: it never came to hold
	Source Source
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

// mayKeepPeople is the permission of those verbs that change who may do what.
func mayKeepPeople(by Actor) error {
	if !by.Is(Administrator) && !by.Is(System) {
		return errs.Forbidden("only administrators may do this", "只有系统管理员可以进行此操作")
	}
	return nil
}

// Holdings is the history of an account's roles, the latest first.
func (d *Directory) Holdings(ctx context.Context, accountID int64) ([]Holding, error) {
	var rows []grantRow
	err := d.db.Read.NewSelect().Model(&rows).Where("g.account_id = ?", accountID).Order("g.granted_at DESC", "g.id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	list := make([]Holding, len(rows))
	for i, r := range rows {
		list[i] = Holding{r.ID, Grant{r.Role, r.DepartmentID}, r.GrantedAt.Time, r.EndedAt.Time, r.Source}
	}
	return list, nil
}

// GiveRole gives the account a role from the instant on, or at once for the zero instant.
//
// Errors: forbidden; not_found for an unknown account; invalid, naming role, department or from: an unknown role or
// department, a role that the account has or will have, an instant that is over.
func (d *Directory) GiveRole(ctx context.Context, by Actor, accountID int64, g Grant, from time.Time) error {
	if err := mayKeepPeople(by); err != nil {
		return err
	}
	if err := g.check(); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The account's row is held, so that two administrators cannot give the same twice.
		account, err := d.lockAccount(ctx, tx, "id = ?", accountID)
		if err != nil {
			return err
		}
		now := d.now()
		begins := cmp.Or(migrations.At(from), now)
		if begins.Before(now.Time) {
			return errs.Invalid("from", "a role can begin today or later, not in the past", "角色只能从今天或以后开始，不能早于今天")
		}
		row := grantRow{AccountID: accountID, Role: g.Role, DepartmentID: g.Department, GrantedAt: begins, Source: ByHand}
		if err := overlaps(ctx, tx, "from", row); err != nil {
			return err
		}
		return d.grant(ctx, tx, account, row)
	})
}

// overlaps refuses a role by hand that the account has by hand at any time from when the row begins until it ends.
func overlaps(ctx context.Context, tx bun.Tx, field string, row grantRow) error {
	q := tx.NewSelect().Model((*grantRow)(nil)).Where("account_id = ? AND role = ? AND source = ?", row.AccountID, row.Role, ByHand).
		Where("COALESCE(department_id, 0) = ?", row.DepartmentID).Where("id <> ?", row.ID).
		Where("ended_at IS NULL OR ended_at > ?", row.GrantedAt)
	if !row.EndedAt.IsZero() {
		q = q.Where("granted_at < ?", row.EndedAt)
	}
	some, err := q.Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for grants: %w", err)
	}
	if some {
		return errs.Invalid(field, "this person has this role in that time already; see the list", "此人在这段时间已有该角色，请看列表")
	}
	return nil
}

// grant writes a role of the account, with its line in the record of administration.
func (d *Directory) grant(ctx context.Context, tx bun.Tx, account *accountRow, row grantRow) error {
	dep, values, err := grantValues(ctx, tx, row)
	if err != nil {
		return err
	}
	if dep != nil && !dep.department().TakesCases() {
		return errs.Invalid("department", "%s has ended; please choose its successor", "%s已撤销，请选择承接单位", dep.Name)
	}
	row.AccountID = account.ID
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	return audit.Write(ctx, tx, d.now(), account.line(audit.RoleGranted, nil, values))
}

// grantValues is a grant as the record of administration names it, and its department, if it has one.
func grantValues(ctx context.Context, tx bun.Tx, g grantRow) (*departmentRow, audit.Values, error) {
	values := audit.Values{"role": string(g.Role), "from": instantText(g.GrantedAt)}
	if g.Source == BySSO {
		values["source"] = string(BySSO)
	}
	if g.DepartmentID == 0 {
		return nil, values, nil
	}
	dep := new(departmentRow)
	err := tx.NewSelect().Model(dep).Where("id = ?", g.DepartmentID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, errs.Invalid("department", "there is no department %d", "没有编号为 %d 的单位", g.DepartmentID)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("grant: %w", err)
	}
	values["department"] = dep.Name
	return dep, values, nil
}

// instantText is an instant as the record of administration keeps it; its page shows it in the city's zone.
func instantText(at migrations.Instant) string { return at.UTC().Format(time.RFC3339) }

// EndRole ends a role of the account at the instant, or at once for the zero instant; what was done under it stays
// on record. An end that has not come can be moved.
//
// Errors: forbidden; not_found if the account does not have the role; invalid, naming until; conflict if it is over
// already, or if the city would be left without an administrator.
func (d *Directory) EndRole(ctx context.Context, by Actor, accountID, grantID int64, at time.Time) error {
	if err := mayKeepPeople(by); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.keepingAdministrator(ctx, tx, func() error { return d.endRole(ctx, tx, accountID, grantID, at) })
	})
}

func (d *Directory) endRole(ctx context.Context, tx bun.Tx, accountID, grantID int64, at time.Time) error {
	account, err := d.lockAccount(ctx, tx, "id = ?", accountID)
	if err != nil {
		return err
	}
	now := d.now()
	var row grantRow
	err = tx.NewSelect().Model(&row).Where("g.id = ? AND g.account_id = ?", grantID, accountID).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errs.NotFound("this account does not have this role", "该账号没有此角色")
	case err != nil:
		return fmt.Errorf("read grant: %w", err)
	case !row.EndedAt.IsZero() && !row.EndedAt.After(now.Time):
		return errs.Conflict("this role has ended already", "此角色已经结束")
	case !at.IsZero() && !at.After(now.Time):
		return errs.Invalid("until", "the last day is today or later; leave it empty to end the role at once", "最后一天应为今天或以后；要立即结束请留空")
	}
	row.EndedAt = cmp.Or(migrations.At(at), now)
	if row.EndedAt.Before(row.GrantedAt.Time) {
		row.EndedAt = row.GrantedAt // it has not begun, and never will
	}
	if row.Source == ByHand {
		if err := overlaps(ctx, tx, "until", row); err != nil {
			return err
		}
	}
	return d.endGrant(ctx, tx, account, row)
}

// endGrant writes the end of a role of the account, with its line in the record of administration.
func (d *Directory) endGrant(ctx context.Context, tx bun.Tx, account *accountRow, row grantRow) error {
	_, values, err := grantValues(ctx, tx, row)
	if err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Model(&row).Column("ended_at").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("end grant: %w", err)
	}
	return audit.Write(ctx, tx, d.now(), account.line(audit.RoleEnded, values, audit.Values{"until": instantText(row.EndedAt)}))
}

// keepingAdministrator does what may take away an administrator, and refuses when none would be left: somebody who may
// sign in, whose role was given by hand and has begun, and has no end. The administrators' accounts are held meanwhile,
// so that of two who take each other's role away at the same moment one is refused.
func (d *Directory) keepingAdministrator(ctx context.Context, tx bun.Tx, do func() error) error {
	holders := tx.NewSelect().Model((*grantRow)(nil)).Column("account_id").Where("role = ?", Administrator)
	var held []int64
	if err := d.locked(tx.NewSelect().Model((*accountRow)(nil)).Column("id").Where("id IN (?)", holders).Order("id")).Scan(ctx, &held); err != nil {
		return fmt.Errorf("lock administrators: %w", err)
	}
	count := func() (int, error) {
		n, err := tx.NewSelect().Model((*grantRow)(nil)).Join("JOIN accounts AS a ON a.id = g.account_id").
			Where("a.disabled_at IS NULL AND g.role = ? AND g.source = ?", Administrator, ByHand).
			Where("g.granted_at <= ? AND g.ended_at IS NULL", d.now()).Count(ctx)
		if err != nil {
			return 0, fmt.Errorf("count administrators: %w", err)
		}
		return int(n), nil
	}
	before, err := count()
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := count()
	if err != nil {
		return err
	}
	if before > 0 && after == 0 {
		return errs.Conflict("this is the city's last administrator without an end; make somebody else one first",
			"这是全市最后一位长期有效的系统管理员，请先授予他人系统管理员角色")
	}
	return nil
}
