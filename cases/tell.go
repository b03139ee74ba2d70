package cases

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// reader is somebody a notice goes to, in the language they read: by e-mail, unless it is a short message.
type reader struct {
	to    notify.Recipient
	lang  errs.Lang
	short bool
}

// writer is the case's writer, when there is a way to tell them something.
func (w *work) writer(ctx context.Context) ([]reader, error) {
	return w.desk.writers(ctx, w.Tx, w.c.ContactID, w.c.Language)
}

// writers gives the writer whose contact it is: by e-mail, or else by a short message where the city sends such and
// the number can take one.
func (d *Desk) writers(ctx context.Context, db bun.IDB, contactID int64, lang errs.Lang) ([]reader, error) {
	if contactID == 0 {
		return nil, nil
	}
	var row contactRow
	err := db.NewSelect().Model(&row).Where("k.id = ?", contactID).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read contact: %w", err)
	}
	if !row.ErasedAt.IsZero() || row.EmailHash == nil && (row.PhoneHash == nil || !d.sms) {
		return nil, nil
	}
	r := reader{to: notify.Recipient{Contact: contactID}, lang: lang}
	if row.EmailHash == nil {
		c, err := row.open(d.keys)
		if err != nil || !mobile(c.Phone) {
			return nil, err
		}
		r.short = true
	}
	return []reader{r}, nil
}

var mobileNumber = regexp.MustCompile(`^(1[3-9]\d{9}|\+\d{7,15})$`)

// mobile tells whether a number can take a short message: eleven digits that begin with 13 to 19, as mainland mobile
// numbers do, or a foreign number, of which nobody can tell.
func mobile(phone string) bool { return mobileNumber.MatchString(phone) }

// department is the department's own mailbox, or else its people who have an address.
func department(ctx context.Context, db bun.IDB, now time.Time, id int64) ([]reader, error) {
	if id == 0 {
		return nil, nil
	}
	var email string
	if err := db.NewRaw("SELECT email FROM departments WHERE id = ?", id).Scan(ctx, &email); err != nil {
		return nil, fmt.Errorf("read department: %w", err)
	}
	if email != "" {
		return []reader{{to: notify.Recipient{Department: id}, lang: errs.ZH}}, nil
	}
	return accounts(ctx, db, now, "g.department_id = ?", id)
}

// departmentName is what a department is called, "" for none.
func (w *work) departmentName(ctx context.Context, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	var name string
	if err := w.NewRaw("SELECT name FROM departments WHERE id = ?", id).Scan(ctx, &name); err != nil {
		return "", fmt.Errorf("read department: %w", err)
	}
	return name, nil
}

// lead is the lead department and, beside it, the person there who has the case in hand.
func (w *work) lead(ctx context.Context) ([]reader, error) {
	to, err := department(ctx, w.Tx, w.now, w.c.LeadID)
	if err != nil {
		return nil, err
	}
	h, err := w.holder(ctx)
	if err != nil || h.Email == "" {
		return to, err
	}
	return unique(append(to, h.reader())), nil
}

// toLead tells the lead department, greeting it by its name.
func (w *work) toLead(ctx context.Context, kind wording.Kind, fill func(*wording.Data)) error {
	to, err := w.lead(ctx)
	if err != nil {
		return err
	}
	name, err := w.departmentName(ctx, w.c.LeadID)
	if err != nil {
		return err
	}
	return w.tell(kind, to, func(n *wording.Data) {
		n.Department = name
		if fill != nil {
			fill(n)
		}
	})
}

// toLeadAndLeader tells the lead department, and its leaders where they are not reached so already.
func (w *work) toLeadAndLeader(ctx context.Context, kind wording.Kind, fill func(*wording.Data)) error {
	to, err := w.lead(ctx)
	if err != nil {
		return err
	}
	leaders, err := leadersOf(ctx, w.Tx, w.now, w.c.LeadID)
	if err != nil {
		return err
	}
	name, err := w.departmentName(ctx, w.c.LeadID)
	if err != nil {
		return err
	}
	return w.tell(kind, unique(append(to, leaders...)), func(n *wording.Data) {
		n.Department = name
		fill(n)
	})
}

// leadersOf are a department's leaders who have an address.
func leadersOf(ctx context.Context, db bun.IDB, now time.Time, department int64) ([]reader, error) {
	return accounts(ctx, db, now, "g.role = 'leader' AND g.department_id = ?", department)
}

// overseers are supervision and the office.
func overseers(ctx context.Context, db bun.IDB, now time.Time) ([]reader, error) {
	to, err := holders(ctx, db, now, people.Supervisor)
	if err != nil {
		return nil, err
	}
	clerks, err := holders(ctx, db, now, people.Clerk)
	return unique(append(to, clerks...)), err
}

// unique drops readers that stand in the list twice, as somebody with two roles does.
func unique(readers []reader) []reader {
	seen := make(map[notify.Recipient]bool, len(readers))
	var out []reader
	for _, r := range readers {
		if !seen[r.to] {
			seen[r.to] = true
			out = append(out, r)
		}
	}
	return out
}

// holders are the people with one of the city's roles who have an address.
func holders(ctx context.Context, db bun.IDB, now time.Time, role people.Role) ([]reader, error) {
	return accounts(ctx, db, now, "g.role = ?", string(role))
}

// accounts are the people with an address whose grant fits where at the instant now.
func accounts(ctx context.Context, db bun.IDB, now time.Time, where string, arg any) ([]reader, error) {
	var rows []struct {
		ID       int64
		Language errs.Lang
	}
	err := db.NewRaw(`SELECT DISTINCT a.id, a.language FROM accounts a JOIN grants g ON g.account_id = a.id
		WHERE a.disabled_at IS NULL AND `+people.GrantHolds+` AND `+where+` ORDER BY a.id`, migrations.At(now), migrations.At(now), arg).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	readers := make([]reader, 0, len(rows))
	for _, row := range rows {
		readers = append(readers, reader{to: notify.Recipient{Account: row.ID}, lang: row.Language})
	}
	return readers, nil
}

// data is what a notice about this case may speak of. Pages for staff and for writers differ in their link.
func (w *work) data(kind wording.Kind) wording.Data {
	d := w.desk.data()
	d.Number, d.Title = w.c.Number(), w.c.Title
	d.ReceivedAt, d.Due, d.Provisional = w.c.ReceivedAt.Time, w.c.DueAt.Time, w.c.Provisional
	switch kind {
	case wording.Receipt, wording.Declined, wording.Merged, wording.Answered, wording.Supplement, wording.Split, wording.Voided, wording.Reopened, wording.NewSecret,
		wording.ExtensionGranted, wording.MaterialWanted, wording.ReworkGranted, wording.ReworkRefused, wording.RateReminder, wording.DueMoved:
		d.URL = w.desk.publicURL + "/track?number=" + d.Number
		if d.Opens = w.c.SecretHash != nil; d.Opens {
			d.URL = w.desk.publicURL + "/track/open?number=" + d.Number
		}
	case wording.ExtensionAsked, wording.ReworkAsked, wording.OrderAnswered, wording.OrderLate, wording.CityDigest, wording.OverdueCity,
		wording.CalendarMissing, wording.PeriodOver, wording.PeriodReport, wording.RecordBroken, wording.NewPassword, wording.News:
		d.URL = w.desk.publicURL + "/cases/" + d.Number
	case wording.Routed, wording.Unrouted, wording.TakenBack, wording.AssistAsk, wording.SentBack, wording.Withdrawn, wording.Instructed,
		wording.Digest, wording.Overdue, wording.ExtensionDecided, wording.MaterialAdded, wording.WaitEnded, wording.Reminded,
		wording.Ordered, wording.Carded, wording.AssistLate, wording.Mentioned, wording.Assigned, wording.Left, wording.Proposed, wording.TurnedBack, wording.Returned:
		d.URL = w.desk.publicURL + "/cases/" + d.Number
		d.Due, d.Provisional = w.c.DepartmentDueAt.Time, w.c.DepartmentProvisional
	}
	return d
}

func (d *Desk) data() wording.Data {
	return wording.Data{City: d.city, Location: d.Location(), URL: d.publicURL + "/desk"}
}

// tell puts one notice for each reader beside the step's event. Imported history tells nobody anything.
func (w *work) tell(kind wording.Kind, readers []reader, fill func(*wording.Data)) error {
	return w.tellAs(string(kind), kind, readers, fill)
}

// tellAs is tell for a step that has several notices of a kind for one reader: what names it apart.
func (w *work) tellAs(what string, kind wording.Kind, readers []reader, fill func(*wording.Data)) error {
	if w.c.Quiet {
		return nil
	}
	data := w.data(kind)
	if fill != nil {
		fill(&data)
	}
	for _, r := range readers {
		n, err := render(kind, r, data, fmt.Sprintf("case:%d:%d:%s", w.c.ID, w.c.Version+1, what))
		if err != nil {
			return err
		}
		n.Case = int64(w.c.ID)
		if w.program {
			n.NotBefore = w.rules.held(r, w.now)
		}
		w.notices = append(w.notices, n)
	}
	return nil
}

// render makes the notice; its key, with the reader's, is what keeps it from being written twice.
func render(kind wording.Kind, r reader, data wording.Data, key string) (notify.Notice, error) {
	n := notify.Notice{
		Key:    fmt.Sprintf("%s:k%d:a%d:d%d", key, r.to.Contact, r.to.Account, r.to.Department),
		Medium: notify.Email, To: r.to, Kind: string(kind), Language: string(r.lang),
	}
	if r.short {
		var err error
		n.Medium = notify.SMS
		n.Text, err = wording.Short(kind, r.lang, data)
		return n, err
	}
	text, err := wording.Render(kind, r.lang, data)
	n.Subject, n.Text, n.HTML = text.Subject, text.Text, text.HTML
	return n, err
}

func (w *work) writeNotices(ctx context.Context) error {
	if len(w.notices) == 0 {
		return nil
	}
	ids, err := w.desk.post(ctx, w.Tx, w.now, w.notices...)
	if err != nil {
		return err
	}
	w.written = ids
	return nil
}
