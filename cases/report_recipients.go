package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// MaxReportRecipients is how many may get the reports of one kind of period: each gets a mail of its own.
const MaxReportRecipients = 50

// ReportRecipient gets the report of each period of a kind by mail.
type ReportRecipient struct {
	bun.BaseModel `bun:"table:report_recipients,alias:r"`

	ID        int64 `bun:",pk,autoincrement"`
	Kind      sla.PeriodKind
	AccountID int64  `bun:",nullzero"` // 0: an address outside
	ContactID int64  `bun:",nullzero"` // where that is sealed
	Shown     string // a person's name; of an address outside what may be shown of it
	Language  errs.Lang
	AddedAt   migrations.Instant
	EndedAt   migrations.Instant // gets no more
}

func mayNameRecipients(a people.Actor) error {
	if !a.KeepsReports() {
		return errs.Forbidden("only administration and supervision say who gets reports", "只有系统管理员和督查人员可以设置报告收件人")
	}
	return nil
}

// ReportRecipients lists who gets reports, in the order in which they were added.
//
// Errors: forbidden for all but administration and supervision.
func (d *Desk) ReportRecipients(ctx context.Context, a people.Actor) ([]ReportRecipient, error) {
	if err := mayNameRecipients(a); err != nil {
		return nil, err
	}
	return d.recipientsOf(ctx, d.db.Read, "")
}

// recipientsOf are those of a kind who still get it; of all kinds where it is "".
func (d *Desk) recipientsOf(ctx context.Context, db bun.IDB, kind sla.PeriodKind) (all []ReportRecipient, err error) {
	q := db.NewSelect().Model(&all).Where("ended_at IS NULL").Order("id")
	if kind != "" {
		q = q.Where("kind = ?", kind)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	return all, nil
}

// NewRecipient is somebody to be named: a person of the staff by account, or an address outside.
type NewRecipient struct {
	Kind     sla.PeriodKind
	Account  int64 // 0: an address outside
	Email    string
	Language errs.Lang
}

// AddReportRecipient has the reports of a kind of period mailed to somebody, from the next one on.
//
// Errors: forbidden for all but administration and supervision; invalid, naming kind, account, email or language, also for one
// who gets them already; limited when there are as many as there may be.
func (d *Desk) AddReportRecipient(ctx context.Context, a people.Actor, n NewRecipient) error {
	if err := mayNameRecipients(a); err != nil {
		return err
	}
	row := ReportRecipient{Kind: n.Kind, AccountID: n.Account, Language: n.Language}
	if !slices.Contains(sla.PeriodKinds, n.Kind) {
		return errs.Invalid("kind", "please choose which reports", "请选择报告种类")
	}
	if n.Language != errs.ZH && n.Language != errs.EN {
		return errs.Invalid("language", "please choose Chinese or English", "请选择中文或英文")
	}
	email, err := d.whom(ctx, n, &row)
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := d.Now()
		others, err := d.recipientsOf(ctx, tx, n.Kind)
		if err != nil {
			return err
		}
		if len(others) >= MaxReportRecipients {
			return errs.Limited("%[1]d recipients are as many as there may be", "收件人最多 %[1]d 个", MaxReportRecipients)
		}
		if err := d.notAmong(ctx, tx, others, n.Account, email); err != nil {
			return err
		}
		if email != "" {
			contact, err := sealContact(d.keys, Contact{Email: email}, now)
			if err != nil {
				return err
			}
			contact.EmailHash = nil // no writer: not to be found by who looks for a writer's letters
			if _, err := tx.NewInsert().Model(contact).Exec(ctx); err != nil {
				return fmt.Errorf("keep address: %w", err)
			}
			row.ContactID = contact.ID
		}
		row.AddedAt = migrations.At(now)
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("add recipient: %w", err)
		}
		return audit.Write(audit.By(ctx, a.Account), tx, row.AddedAt, audit.Line{
			Deed: audit.RecipientAdded, Subject: audit.Report, ID: row.ID, Name: row.Shown, Is: row.values(),
		})
	})
}

func (r *ReportRecipient) values() audit.Values {
	return audit.Values{"kind": string(r.Kind), "language": string(r.Language)}
}

// whom looks who is meant, and gives the address of one outside.
func (d *Desk) whom(ctx context.Context, n NewRecipient, row *ReportRecipient) (email string, err error) {
	if n.Account != 0 {
		if n.Email != "" {
			return "", errs.Invalid("email", "please name a person or an address, not both", "收件人和外部邮箱只填一项")
		}
		account, err := d.directory.Account(ctx, n.Account)
		switch {
		case errs.CodeOf(err) == errs.CodeNotFound || err == nil && !account.DisabledAt.IsZero():
			return "", errs.Invalid("account", "this person has no account here", "该人员没有有效账号")
		case err != nil:
			return "", err
		case account.Email == "":
			return "", errs.Invalid("account", "this account has no e-mail address", "该账号没有登记电子邮箱")
		}
		row.Shown = account.Name
		return "", nil
	}
	email, err = NormaliseEmail(n.Email)
	if err != nil {
		return "", err
	}
	if email == "" {
		return "", errs.Invalid("email", "please choose a person, or write an address", "请选择收件人，或填写外部邮箱")
	}
	if _, err := notify.ParseAddress(email); err != nil {
		return "", errs.Invalid("email", "mail cannot be sent to this address", "无法向该地址发送邮件").Because(err)
	}
	// The domain is shown, unlike a writer's: it is an office's, and tells it from the others.
	row.Shown = email[:1] + "***" + email[strings.LastIndexByte(email, '@'):]
	return email, nil
}

// notAmong refuses who gets the reports already.
func (d *Desk) notAmong(ctx context.Context, tx bun.Tx, others []ReportRecipient, account int64, email string) error {
	for _, o := range others {
		if account != 0 && o.AccountID == account {
			return errs.Invalid("account", "this person gets these reports already", "该人员已在收件人之列")
		}
		if email == "" || o.ContactID == 0 {
			continue
		}
		c, err := d.contact(ctx, tx, o.ContactID)
		if err != nil {
			return err
		}
		if c.Email == email {
			return errs.Invalid("email", "this address gets these reports already", "该邮箱已在收件人之列")
		}
	}
	return nil
}

// EndReportRecipient has no more reports mailed to somebody, not even those that wait to be sent. An address outside is erased.
//
// Errors: forbidden for all but administration and supervision; not found, also when it was ended before.
func (d *Desk) EndReportRecipient(ctx context.Context, a people.Actor, id int64) error {
	if err := mayNameRecipients(a); err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := migrations.At(d.Now())
		var row ReportRecipient
		err := tx.NewUpdate().Model(&row).Set("ended_at = ?", now).Where("id = ? AND ended_at IS NULL", id).Returning("*").Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return errs.NotFound("there is no such recipient", "没有这个收件人")
		}
		if err != nil {
			return fmt.Errorf("end recipient: %w", err)
		}
		if row.ContactID != 0 {
			if _, err := tx.ExecContext(ctx, "UPDATE contacts SET sealed = NULL, erased_at = ? WHERE id = ?", now, row.ContactID); err != nil {
				return fmt.Errorf("erase address: %w", err)
			}
		}
		return audit.Write(audit.By(ctx, a.Account), tx, now, audit.Line{
			Deed: audit.RecipientEnded, Subject: audit.Report, ID: row.ID, Name: row.Shown, Was: row.values(),
		})
	})
}

// MailReport writes, in the transaction in which a report is stored, a notice to each who gets it; figures are its main ones in
// words. The notices' ids are for [Desk.WakeNotices], after the commit. Whoever adds the document does so when it is sent
// (notify.DeliveryConfig.Fill).
func (d *Desk) MailReport(ctx context.Context, tx bun.Tx, now time.Time, id int64, p sla.Period, figures func(errs.Lang) string) (notices []int64, err error) {
	to, err := d.recipientsOf(ctx, tx, p.Kind)
	if err != nil {
		return nil, err
	}
	for _, r := range to {
		data := d.data()
		data.Period, data.Text, data.URL = PeriodName(p, r.Language), figures(r.Language), ""
		if r.AccountID != 0 {
			data.URL = fmt.Sprintf("%s/reports/stored/%d", d.publicURL, id)
		}
		n, err := render(wording.PeriodReport, reader{to: notify.Recipient{Account: r.AccountID, Contact: r.ContactID}, lang: r.Language}, data,
			fmt.Sprintf("period_report:%d:r%d", id, r.ID))
		if err != nil {
			return nil, err
		}
		// By mail whatever the person chose for news: they were named for it.
		written, err := notify.Write(ctx, tx, now, n)
		if err != nil {
			return nil, err
		}
		for _, notice := range written {
			if _, err := tx.ExecContext(ctx, "INSERT INTO report_mails (report_id, recipient_id, notice_id) VALUES (?, ?, ?)", id, r.ID, notice); err != nil {
				return nil, fmt.Errorf("note mail: %w", err)
			}
		}
		notices = append(notices, written...)
	}
	return notices, nil
}

// WakeNotices has notices sent at once that were written and are committed.
func (d *Desk) WakeNotices(ctx context.Context, ids []int64) { d.wake(ctx, Wakeup{Notices: ids}) }
