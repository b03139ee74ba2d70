package cases

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// MaxNote is how long a note may be, in characters.
const MaxNote = 2000

// CallResult is what came of telephoning the writer.
type CallResult string

// The results.
const (
	CallReached     CallResult = "reached"
	CallNotReached  CallResult = "not_reached"
	CallWrongNumber CallResult = "wrong_number"
	CallRefused     CallResult = "refused" // the writer did not want to talk
)

// CallResults lists them in the order in which they are offered.
var CallResults = []CallResult{CallReached, CallNotReached, CallWrongNumber, CallRefused}

// Call is one try to reach the writer by telephone.
type Call struct {
	At     time.Time
	Result CallResult
	Text   string // what was said; may be empty unless the writer was reached
}

// Note is what somebody of the staff wrote down beside a case: a note to colleagues, or a call when Result is set.
// The writer is never shown any, and none is published.
type Note struct {
	ID         int64
	Author     string
	Role       people.Role
	Department string // for which the author works, empty for office and supervision
	WrittenAt  time.Time
	At         time.Time // of a call
	Result     CallResult
	Body       string
	Erased     bool
}

// The kinds of note, as stored.
const (
	kindNote = "note"
	kindCall = "call"
)

type noteRow struct {
	bun.BaseModel `bun:"table:notes,alias:n"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Kind         string
	AccountID    int64
	Role         people.Role
	DepartmentID int64 `bun:",nullzero"`
	WrittenAt    migrations.Instant
	At           migrations.Instant
	Result       CallResult
	Body         string
	ErasedAt     migrations.Instant
}

// sentTwice is the time within which the same words by the same person are one note: a form sent again after the line
// broke.
const sentTwice = 2 * time.Minute

// Note writes a note to the colleagues on a case, in any state of it. It is no event: the case's version stays, so that
// nobody's open reply becomes a conflict by it. Whom it mentions with @ gets a notice.
//
// Errors: invalid, naming note, for a mention of nobody or of somebody who may not see the case.
func (d *Desk) Note(ctx context.Context, a people.Actor, id ID, text string) error {
	text, err := clean("note", "the note", "备注内容", text, MaxNote, true)
	if err != nil {
		return err
	}
	asked, err := d.mentionedIn(ctx, text)
	if err != nil {
		return err
	}
	return d.write(ctx, a, people.Note, id, &noteRow{Kind: kindNote, Body: text}, asked)
}

// LogContact writes down that the writer was telephoned, and with what result. It is no event either.
//
// Errors: invalid, naming at, result or text.
func (d *Desk) LogContact(ctx context.Context, a people.Actor, id ID, call Call) error {
	text, err := clean("text", "what was said", "通话情况", call.Text, MaxNote, call.Result == CallReached)
	if err != nil {
		return err
	}
	if !slices.Contains(CallResults, call.Result) {
		return errs.Invalid("result", "please choose what came of the call", "请选择联系结果")
	}
	if call.At.IsZero() || call.At.After(d.Now()) {
		return errs.Invalid("at", "please give the time of the call, which cannot lie in the future", "请填写联系时间，且不能晚于现在")
	}
	return d.write(ctx, a, people.LogContact, id, &noteRow{Kind: kindCall, At: migrations.At(call.At.Truncate(time.Second)), Result: call.Result, Body: text}, nil)
}

// write adds the row, with a notice for each of those mentioned.
func (d *Desk) write(ctx context.Context, a people.Actor, verb people.Verb, id ID, row *noteRow, mentioned []people.Account) error {
	var told []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		c := new(Case)
		if err := tx.NewSelect().Model(c).Where("c.id = ?", id).Scan(ctx); err != nil {
			return notFoundOr(err)
		}
		if err := c.whole(verb); err != nil {
			return err
		}
		assists, err := assistsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		grant, err := a.Permit(verb, subject(c, assists))
		if err != nil {
			return err
		}
		if err := maySee(mentioned, subject(c, assists)); err != nil {
			return err
		}
		now := d.Now()
		row.ID, row.CaseID, row.AccountID, row.Role, row.DepartmentID = 0, id, a.Account, grant.Role, grant.Department
		if row.WrittenAt = migrations.At(now); row.Kind == kindNote {
			row.At = row.WrittenAt
		}
		if row.At.Before(c.ReceivedAt.Time) {
			return errs.Invalid("at", "the call cannot have been before the letter came", "联系时间不能早于收到来信的时间")
		}
		if twice, err := d.wroteJust(ctx, tx, row); err != nil || twice {
			return err
		}
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return fmt.Errorf("write note: %w", err)
		}
		told, err = d.tellMentioned(ctx, tx, a, c, row, mentioned)
		return err
	})
	if err != nil {
		return err
	}
	d.wake(ctx, Wakeup{Notices: told})
	return nil
}

// wroteJust tells whether the same person wrote the same a moment ago.
func (d *Desk) wroteJust(ctx context.Context, tx bun.Tx, row *noteRow) (bool, error) {
	twice, err := tx.NewSelect().Model((*noteRow)(nil)).
		Where("case_id = ? AND account_id = ? AND kind = ? AND result = ? AND body = ? AND written_at >= ?",
			row.CaseID, row.AccountID, row.Kind, row.Result, row.Body, migrations.At(row.WrittenAt.Add(-sentTwice))).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("look for the note: %w", err)
	}
	return twice, nil
}

// tellMentioned puts a notice into the outbox for each person mentioned but the author: one per note and person.
func (d *Desk) tellMentioned(ctx context.Context, tx bun.Tx, a people.Actor, c *Case, row *noteRow, mentioned []people.Account) ([]int64, error) {
	var notices []notify.Notice
	for _, p := range mentioned {
		if p.ID == a.Account {
			continue
		}
		data := d.data()
		data.Number, data.Title, data.Due, data.Provisional = c.Number(), c.Title, c.DueAt.Time, c.Provisional
		data.URL = d.publicURL + "/cases/" + data.Number + "#notes"
		data.Person, data.Text = a.Name, row.Body
		r := reader{to: notify.Recipient{Account: p.ID}, lang: p.Language}
		n, err := render(wording.Mentioned, r, data, fmt.Sprintf("note:%d", row.ID))
		if err != nil {
			return nil, err
		}
		n.Case = int64(c.ID)
		notices = append(notices, n)
	}
	if len(notices) == 0 {
		return nil, nil
	}
	return d.post(ctx, tx, row.WrittenAt.Time, notices...)
}

// Notes reads the notes and calls of a case, oldest first, for those of the staff who may see the case.
//
// Errors: not_found where the actor may not see the case; forbidden for a writer.
func (d *Desk) Notes(ctx context.Context, a people.Actor, id ID) ([]Note, error) {
	if a.Is(people.Writer) {
		return nil, errs.Forbidden("notes are for the staff", "内部备注仅供工作人员查看")
	}
	if _, _, err := d.seen(ctx, a, id); err != nil {
		return nil, err
	}
	var rows []noteRow
	if err := d.db.Read.NewSelect().Model(&rows).Where("n.case_id = ?", id).Order("n.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	notes := make([]Note, len(rows))
	var n naming
	for i, r := range rows {
		notes[i] = Note{
			ID: r.ID, Role: r.Role, WrittenAt: r.WrittenAt.Time, At: r.At.Time, Result: r.Result, Body: r.Body, Erased: !r.ErasedAt.IsZero(),
		}
		n.account(r.AccountID, &notes[i].Author)
		n.department(r.DepartmentID, &notes[i].Department)
	}
	return notes, n.read(ctx, d.db.Read)
}
