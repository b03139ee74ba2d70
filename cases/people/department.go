package people

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
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

// Department is a unit that cases are routed to.
type Department struct {
	ID     int64
	Code   string // 2–20 of A–Z, 0–9, hyphen; unique
	Name   string // unique
	Kind   string // one of DepartmentKinds
	Duties string // what it answers for, in a few words that letters use
	Email  string // may be empty: gets no notices
	Phone  string
	// Unconfirmed: made by an import that met an unknown name; nobody has looked at it yet.
	Unconfirmed bool
	Approval    bool      // a leader signs off replies before they are handed in
	SuccessorID int64     // the department it was merged into, 0 for none
	Since       time.Time // when it was added; AddDepartment sets it
	EndedAt     time.Time // zero: takes cases
}

// TakesCases tells whether new cases may be routed to the department.
func (d Department) TakesCases() bool { return d.SuccessorID == 0 && d.EndedAt.IsZero() }

// DepartmentKinds are the kinds of department: the mailbox office and its like, bureaus, districts
// and counties, and utilities.
var DepartmentKinds = []string{"office", "bureau", "district", "utility"}

// unconfirmedCode begins the code of every unconfirmed department and of no other.
const unconfirmedCode = "U-"

var codeForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{1,19}$`)

type departmentRow struct {
	bun.BaseModel `bun:"table:departments"`

	ID          int64 `bun:",pk,autoincrement"`
	Code        string
	Name        string
	Kind        string
	Duties      string
	Email       string
	Phone       string
	Unconfirmed bool
	Approval    bool
	SuccessorID int64 `bun:",nullzero"`
	EndedAt     migrations.Instant
	CreatedAt   migrations.Instant
}

func (r departmentRow) department() Department {
	return Department{
		ID: r.ID, Code: r.Code, Name: r.Name, Kind: r.Kind, Duties: r.Duties, Email: r.Email, Phone: r.Phone,
		Unconfirmed: r.Unconfirmed, Approval: r.Approval, SuccessorID: r.SuccessorID, Since: r.CreatedAt.Time, EndedAt: r.EndedAt.Time,
	}
}

// AddDepartment adds a confirmed department and returns its id; ID, Unconfirmed, SuccessorID and
// EndedAt are not looked at. Kind is "bureau" when empty.
//
// Errors: invalid, naming the field; a code or a name that is taken is invalid too.
func (d *Directory) AddDepartment(ctx context.Context, n Department) (int64, error) {
	row, err := checkDepartment(n)
	if err != nil {
		return 0, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row.ID = 0 // a repetition begins anew
		row.CreatedAt = d.now()
		if err := codeIsFree(ctx, tx, row.Code); err != nil {
			return err
		}
		taken, err := tx.NewSelect().Model((*departmentRow)(nil)).Where("name = ?", row.Name).Exists(ctx)
		if err != nil {
			return fmt.Errorf("add department: %w", err)
		}
		if taken {
			return errs.Invalid("name", "there is a department of this name already", "已有同名单位")
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("add department: %w", err)
		}
		return audit.Write(ctx, tx, row.CreatedAt, row.line(audit.DepartmentAdded, nil, audit.Values{
			"code": row.Code, "kind": row.Kind, "duties": row.Duties, "email": row.Email, "phone": row.Phone,
		}))
	})
	if err != nil {
		return 0, raced(err)
	}
	return row.ID, nil
}

// line is a deed on the department for the record of administration.
func (r *departmentRow) line(deed audit.Deed, was, is audit.Values) audit.Line {
	return audit.Line{Deed: deed, Subject: audit.Department, ID: r.ID, Name: r.Name, Was: was, Is: is}
}

func checkDepartment(n Department) (row departmentRow, err error) {
	row = departmentRow{Kind: cmp.Or(n.Kind, "bureau")}
	if row.Code, err = cleanCode(n.Code); err != nil {
		return row, err
	}
	if row.Name, err = cleanLine("name", n.Name, maxName, true); err != nil {
		return row, err
	}
	if !slices.Contains(DepartmentKinds, row.Kind) {
		return row, errs.Invalid("kind", "the kind is one of %s", "类别只能是 %s 之一", strings.Join(DepartmentKinds, ", "))
	}
	// Duties may come as a paragraph of several lines.
	if row.Duties, err = cleanLine("duties", strings.Join(strings.Fields(n.Duties), " "), maxDuties, false); err != nil {
		return row, err
	}
	if row.Email, err = cleanEmail("email", n.Email); err != nil {
		return row, err
	}
	row.Phone, err = cleanLine("phone", n.Phone, maxPhone, false)
	return row, err
}

func cleanCode(code string) (string, error) {
	code = strings.ToUpper(strings.TrimSpace(code))
	switch {
	case !codeForm.MatchString(code):
		return "", errs.Invalid("code", "a code has 2 to 20 characters: A–Z, 0–9, hyphen", "代码为 2 至 20 个字符，只能用字母、数字和连字符")
	case strings.HasPrefix(code, unconfirmedCode):
		return "", errs.Invalid("code", "codes that begin with %s are kept for unconfirmed departments", "以 %s 开头的代码仅用于待确认单位", unconfirmedCode)
	}
	return code, nil
}

func codeIsFree(ctx context.Context, tx bun.Tx, code string) error {
	taken, err := tx.NewSelect().Model((*departmentRow)(nil)).Where("code = ?", code).Exists(ctx)
	if err != nil {
		return fmt.Errorf("look for the code: %w", err)
	}
	if taken {
		return errs.Invalid("code", "the code %s is taken; please choose another", "代码 %s 已被使用，请另选一个", code)
	}
	return nil
}

// raced says what a broken unique constraint means after all was found free: somebody was faster.
func raced(err error) error {
	if migrations.IsUnique(err) {
		return errs.Conflict("somebody took this name or code at the same moment; please look again",
			"他人刚刚使用了此名称或代码，请刷新后再试").Because(err)
	}
	return err
}

// Department loads one department. Errors: not_found.
func (d *Directory) Department(ctx context.Context, id int64) (Department, error) {
	return d.oneDepartment(ctx, "id = ?", id)
}

// DepartmentByName loads the department of exactly this name, however it is spaced; it may have ended.
// Errors: not_found.
func (d *Directory) DepartmentByName(ctx context.Context, name string) (Department, error) {
	name, err := cleanLine("name", name, maxName, true)
	if err != nil {
		return Department{}, err
	}
	return d.oneDepartment(ctx, "name = ?", name)
}

// Departments lists all departments, the ended among them: the confirmed by name, then the unconfirmed.
func (d *Directory) Departments(ctx context.Context) ([]Department, error) {
	var rows []departmentRow
	if err := d.db.Read.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read departments: %w", err)
	}
	list := make([]Department, 0, len(rows))
	for _, r := range rows {
		list = append(list, r.department())
	}
	// Sorted here: the collations of the two databases differ.
	slices.SortFunc(list, func(a, b Department) int {
		if a.Unconfirmed != b.Unconfirmed {
			if a.Unconfirmed {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list, nil
}

// ConfirmDepartment says that an unconfirmed department is a real one, and gives it its code.
//
// Errors: not_found; conflict if it is confirmed already or has ended; invalid, naming code.
func (d *Directory) ConfirmDepartment(ctx context.Context, id int64, code string) error {
	code, err := cleanCode(code)
	if err != nil {
		return err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.lockDepartment(ctx, tx, id)
		if err != nil {
			return err
		}
		if !row.Unconfirmed || !row.department().TakesCases() {
			return errs.Conflict("this department is confirmed already or has ended", "该单位已确认或已撤销")
		}
		if err := codeIsFree(ctx, tx, code); err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(row).Set("code = ?", code).Set("unconfirmed = ?", false).WherePK().Exec(ctx)
		if err != nil {
			return fmt.Errorf("confirm department: %w", err)
		}
		return audit.Write(ctx, tx, d.now(), row.line(audit.DepartmentConfirmed, nil, audit.Values{"code": code}))
	})
	return raced(err)
}

// MergeDepartment ends the department from and names into as its successor: it gets no new cases, and
// an import that meets its name gives the case to the successor. Cases it has are for cases.Desk to move. With roles,
// its people hold them in the successor as well.
//
// Only a department that takes cases can be a successor, so successors never run in a circle.
//
// Errors: not_found; invalid if both are the same; conflict if either has ended.
func (d *Directory) MergeDepartment(ctx context.Context, from, into int64, roles bool) error {
	if from == into {
		return errs.Invalid("into", "a department cannot be merged into itself", "不能将单位并入其自身")
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The lower id first: of two merges that cross, one waits and then sees the other.
		rows := map[int64]*departmentRow{}
		for _, id := range []int64{min(from, into), max(from, into)} {
			row, err := d.lockDepartment(ctx, tx, id)
			if err != nil {
				return err
			}
			rows[id] = row
		}
		for _, id := range []int64{from, into} {
			if !rows[id].department().TakesCases() {
				return errs.Conflict("%[1]s has ended; please choose the department that followed it",
					"%[1]s已撤销，请选择其承接单位", rows[id].Name)
			}
		}
		_, err := tx.NewUpdate().Model(rows[from]).Set("successor_id = ?", into).Set("ended_at = ?", d.now()).WherePK().Exec(ctx)
		if err != nil {
			return fmt.Errorf("merge department: %w", err)
		}
		if err := audit.Write(ctx, tx, d.now(), rows[from].line(audit.DepartmentMerged, nil, audit.Values{"successor": rows[into].Name})); err != nil {
			return err
		}
		if !roles {
			return nil
		}
		return d.grantAlso(ctx, tx, from, into)
	})
}

// grantAlso gives everybody who holds a role in a department, or will, the same in another, for as long.
func (d *Directory) grantAlso(ctx context.Context, tx bun.Tx, from, into int64) error {
	now := d.now()
	var held, there []grantRow
	for _, one := range []struct {
		department int64
		rows       *[]grantRow
	}{{from, &held}, {into, &there}} {
		err := tx.NewSelect().Model(one.rows).Where("department_id = ?", one.department).Where("ended_at IS NULL OR ended_at > ?", now).Order("id").Scan(ctx)
		if err != nil {
			return fmt.Errorf("read roles: %w", err)
		}
	}
	for _, g := range held {
		if slices.ContainsFunc(there, func(t grantRow) bool { return t.AccountID == g.AccountID && t.Role == g.Role }) {
			continue
		}
		account, err := d.lockAccount(ctx, tx, "id = ?", g.AccountID)
		if err != nil {
			return err
		}
		also := grantRow{Role: g.Role, DepartmentID: into, GrantedAt: g.GrantedAt, EndedAt: g.EndedAt, Source: ByHand}
		if also.GrantedAt.Before(now.Time) {
			also.GrantedAt = now
		}
		if err := d.grant(ctx, tx, account, also); err != nil {
			return err
		}
	}
	return nil
}

// DissolveDepartment ends a department that nobody follows. may is asked inside the transaction whether that can be
// done.
//
// Errors: not_found; conflict if it has ended; those of may.
func (d *Directory) DissolveDepartment(ctx context.Context, id int64, may func(context.Context, bun.Tx) error) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := d.lockDepartment(ctx, tx, id)
		if err != nil {
			return err
		}
		if !row.department().TakesCases() {
			return errs.Conflict("%s has ended already", "%s已撤销", row.Name)
		}
		if err := may(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model(row).Set("ended_at = ?", d.now()).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("dissolve department: %w", err)
		}
		return audit.Write(ctx, tx, d.now(), row.line(audit.DepartmentDissolved, nil, nil))
	})
}

func (d *Directory) lockDepartment(ctx context.Context, tx bun.Tx, id int64) (*departmentRow, error) {
	row := new(departmentRow)
	err := d.locked(tx.NewSelect().Model(row).Where("id = ?", id)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, noDepartment()
	}
	if err != nil {
		return nil, fmt.Errorf("lock department: %w", err)
	}
	return row, nil
}

// EnsureDepartment finds the department of this name inside the caller's transaction, for an import.
// One that was merged gives its last successor; an unknown name becomes an unconfirmed department
// with a code of its own, to be confirmed or merged later.
//
// Errors: invalid, naming department, for an empty or unreadable name.
func EnsureDepartment(ctx context.Context, tx bun.IDB, name string, now time.Time) (id int64, created bool, err error) {
	name, err = cleanLine("department", name, maxName, true)
	if err != nil {
		return 0, false, err
	}
	id, err = lastSuccessor(ctx, tx, name)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, false, err
	}
	row := departmentRow{
		// 50 bits: two alike are not met in a million departments.
		Code: unconfirmedCode + rand.Text()[:10],
		Name: name, Kind: "bureau", Unconfirmed: true, CreatedAt: migrations.At(now),
	}
	// Another import may have made it since: then nothing is inserted, and its row is found.
	result, err := tx.NewInsert().Model(&row).On("CONFLICT (name) DO NOTHING").Returning("NULL").Exec(ctx)
	if err != nil {
		return 0, false, fmt.Errorf("make department: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, false, fmt.Errorf("make department: %w", err)
	}
	id, err = lastSuccessor(ctx, tx, name)
	return id, n > 0, err
}

// lastSuccessor gives the id of the department of this name, or of the one at the end of its
// successors; sql.ErrNoRows if there is none.
func lastSuccessor(ctx context.Context, tx bun.IDB, name string) (int64, error) {
	row := new(departmentRow)
	err := tx.NewSelect().Model(row).Column("id", "successor_id").Where("name = ?", name).Scan(ctx)
	for err == nil && row.SuccessorID != 0 {
		next := row.SuccessorID
		row = new(departmentRow)
		err = tx.NewSelect().Model(row).Column("id", "successor_id").Where("id = ?", next).Scan(ctx)
	}
	if err != nil {
		return 0, fmt.Errorf("find department: %w", err)
	}
	return row.ID, nil
}

func (d *Directory) oneDepartment(ctx context.Context, where string, key any) (Department, error) {
	var row departmentRow
	err := d.db.Read.NewSelect().Model(&row).Where(where, key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Department{}, noDepartment()
	}
	if err != nil {
		return Department{}, fmt.Errorf("read department: %w", err)
	}
	return row.department(), nil
}

func noDepartment() error { return errs.NotFound("there is no such department", "没有这个单位") }
