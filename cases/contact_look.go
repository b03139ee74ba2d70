package cases

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/redact"
	"mailbox/migrations"
)

// need is what somebody needs the writer's contact for, in this state of the case.
type need int

const (
	needNone   need = iota
	needWork        // to work on the case, which says enough
	needReason      // for something else, which has to be said
)

// needOf tells who needs the contact now. The office, while a letter is on its way to an answer; once it is answered,
// the office and supervision, to telephone about the answer, also of a closed case while that call is to be made; the lead department, while it has the case in hand. In
// a confidential case no department does. Whoever needed it once needs it no longer when the case has ended.
func needOf(g people.Grant, c *Case, now time.Time) need {
	switch {
	case g.Role == people.Clerk && c.State.Open():
		return needWork
	case g.Role == people.Clerk || g.Role == people.Supervisor:
		if c.State == Answered || c.State == Closed && c.toCall(now) {
			return needReason
		}
	case g.Role.OfDepartment() && !c.Confidential && (c.State == Routed || c.State == Acknowledged):
		return needWork
	}
	return needNone
}

// needs finds the grant under which the actor needs the contact now, the one that is asked for no reason first.
//
// Errors: forbidden for those who never do; conflict for those who do not now.
func needs(a people.Actor, c *Case, now time.Time) (people.Grant, need, error) {
	found, most := people.Grant{}, needNone
	all := a.Permitted(people.ViewContact, subject(c, nil))
	for _, g := range all {
		if n := needOf(g, c, now); n != needNone && (most == needNone || n < most) {
			found, most = g, n
		}
	}
	switch {
	case most != needNone:
		return found, most, nil
	case len(all) == 0:
		return found, most, errs.Forbidden("you may not see how the writer is reached", "您无权查看来信人联系方式")
	case c.Confidential && !a.Is(people.Clerk) && !a.Is(people.Supervisor):
		return found, most, errs.Conflict(
			"the writer's identity is confidential in this case; please go through the mailbox office",
			"该办件对来信人身份保密，如需联系请通过信箱办")
	}
	return found, most, errs.Conflict(
		"how the writer is reached is shown only while it is needed for the case, and only to those who have the case in hand",
		"来信人联系方式只在办理需要时、向正在办理的人员显示")
}

// MaskedContact is the writer's contact as it stands on the page of the case, with most of it hidden, for those who
// may have it shown now; reason says that they must say what for.
//
// Errors: forbidden, conflict as for ShowContact.
func (d *Desk) MaskedContact(ctx context.Context, a people.Actor, id ID) (masked Contact, reason bool, err error) {
	c, err := d.load(ctx, id)
	if err != nil {
		return Contact{}, false, err
	}
	_, n, err := needs(a, c, d.Now())
	if err != nil {
		return Contact{}, false, err
	}
	contact, err := d.contact(ctx, d.db.Read, c.ContactID)
	return contact.Masked(), n == needReason, err
}

// ShowContact opens the writer's contact for somebody who needs it now, and writes down that it was opened: who, as
// what, when, and what for. It is not shown unless that is written.
//
// Errors: forbidden for those who never see it; conflict when it is not needed now, or there is none; invalid
// without a reason where one is asked for.
func (d *Desk) ShowContact(ctx context.Context, a people.Actor, id ID, reason string) (Contact, error) {
	reason, err := cleanLine("reason", "what you need it for", "查看事由", reason, MaxLookReason, false)
	if err != nil {
		return Contact{}, err
	}
	var contact Contact
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c := new(Case)
		if err := tx.NewRaw("SELECT c.* FROM cases AS c WHERE c.id = ?"+d.db.LockRow(), id).Scan(ctx, c); err != nil {
			return notFoundOr(err)
		}
		g, n, err := needs(a, c, d.Now())
		if err != nil {
			return err
		}
		if n == needReason && reason == "" {
			return errs.Invalid("reason", "please say what you need it for; it is recorded", "请填写查看事由，系统会记录")
		}
		if contact, err = d.contact(ctx, tx, c.ContactID); err != nil {
			return err
		}
		if contact.Empty() {
			return errs.Conflict("the writer left no contact", "来信人没有留下联系方式")
		}
		row := lookRow{
			CaseID: id, At: migrations.At(d.Now()), AccountID: a.Account, Role: g.Role, DepartmentID: g.Department, State: c.State, Reason: reason,
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("write look: %w", err)
		}
		return nil
	})
	if err != nil {
		return Contact{}, err
	}
	return contact, nil
}

// MaxLookReason is how long the reason of a look may be, in characters.
const MaxLookReason = 100

type lookRow struct {
	bun.BaseModel `bun:"table:looks,alias:l"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	At           migrations.Instant
	AccountID    int64
	Role         people.Role
	DepartmentID int64 `bun:",nullzero"`
	State        State
	Reason       string
}

// Look is one time that somebody opened a writer's contact.
type Look struct {
	Case       ID
	Number     string
	At         time.Time
	Account    string
	Role       people.Role
	Department string
	State      State // of the case, then
	Reason     string
}

// LookQuery selects looks. Empty fields select all.
type LookQuery struct {
	Case          ID
	Account       int64
	Department    int64
	From, Through string // local days, the last included
	Limit, Offset int64  // 50 when 0
}

// Looks lists who opened writers' contacts, the newest first, and how many times in all.
//
// Errors: forbidden but for supervision, auditors and administrators; invalid for a day that is none.
func (d *Desk) Looks(ctx context.Context, a people.Actor, q LookQuery) (looks []Look, total int, err error) {
	if !a.Is(people.Supervisor) && !a.Is(people.Auditor) && !a.Is(people.Administrator) {
		return nil, 0, errs.Forbidden("only supervision, auditors and administrators may see this", "只有督查、审计人员和系统管理员可以查看")
	}
	var rows []lookRow
	query := d.db.Read.NewSelect().Model(&rows)
	for column, id := range map[string]int64{"l.case_id": int64(q.Case), "l.account_id": q.Account, "l.department_id": q.Department} {
		if id != 0 {
			query = query.Where("? = ?", bun.Ident(column), id)
		}
	}
	for field, day := range map[string]string{"from": q.From, "through": q.Through} {
		if day == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, day, d.Location())
		if err != nil {
			return nil, 0, errs.Invalid(field, "please write the day as 2026-03-05", "日期格式应为 2026-03-05")
		}
		if field == "from" {
			query = query.Where("l.at >= ?", migrations.At(at))
		} else {
			query = query.Where("l.at < ?", migrations.At(at.AddDate(0, 0, 1)))
		}
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	n, err := query.Order("l.id DESC").Limit(limit).Offset(max(q.Offset, 0)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("read looks: %w", err)
	}
	return d.namedLooks(ctx, rows, int(n))
}

func (d *Desk) namedLooks(ctx context.Context, rows []lookRow, total int) ([]Look, int, error) {
	var n naming
	looks, ids := make([]Look, len(rows)), make([]ID, len(rows))
	for i, r := range rows {
		looks[i] = Look{Case: r.CaseID, At: r.At.Time, Role: r.Role, State: r.State, Reason: r.Reason}
		n.account(r.AccountID, &looks[i].Account)
		n.department(r.DepartmentID, &looks[i].Department)
		ids[i] = r.CaseID
	}
	if err := n.read(ctx, d.db.Read); err != nil {
		return nil, 0, err
	}
	var found []Case
	if len(ids) > 0 {
		if err := d.db.Read.NewSelect().Model(&found).Column("id", "received_day").Where("c.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return nil, 0, fmt.Errorf("read numbers: %w", err)
		}
	}
	numbers := make(map[ID]string, len(found))
	for i := range found {
		numbers[found[i].ID] = found[i].Number()
	}
	for i := range looks {
		looks[i].Number = numbers[looks[i].Case]
	}
	return looks, total, nil
}

// Masked is the contact with so much hidden that nobody can be found by it, and somebody who has it in hand can
// tell that it is the same: 138****5678, 王**, a***@….
func (c Contact) Masked() Contact {
	return Contact{Name: maskAfter(c.Name, 1, "**"), Phone: maskPhone(c.Phone), Email: maskEmail(c.Email), Address: maskAfter(c.Address, 0, "***")}
}

// maskAfter keeps the first so many characters.
func maskAfter(text string, keep int, mask string) string {
	if text == "" {
		return ""
	}
	runes := []rune(text)
	return string(runes[:min(keep, len(runes)-1)]) + mask
}

// maskPhone keeps three digits and four of eleven, less of shorter ones: never more than seven of eleven.
func maskPhone(phone string) string {
	if len(phone) < 11 {
		return maskAfter(phone, 2, "****")
	}
	return phone[:3] + strings.Repeat("*", len(phone)-7) + phone[len(phone)-4:]
}

// maskEmail hides the domain as well: that of a family or a firm names its people.
func maskEmail(email string) string {
	return maskAfter(email, 1, "***@…")
}

// Personal finds in texts of a case what would tell who wrote it, for whoever prepares its publication. It tells
// where it stands, not what is on file.
//
// Errors: forbidden.
func (d *Desk) Personal(ctx context.Context, a people.Actor, id ID, texts ...string) ([][]redact.Span, error) {
	c, err := d.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, err := a.Permit(people.Publish, subject(c, nil)); err != nil {
		return nil, err
	}
	contact, err := d.contact(ctx, d.db.Read, c.ContactID)
	if err != nil {
		return nil, err
	}
	found := make([][]redact.Span, len(texts))
	for i, text := range texts {
		found[i] = redact.Find(text, redact.Known{Name: contact.Name, Phone: contact.Phone, Email: contact.Email})
	}
	return found, nil
}
