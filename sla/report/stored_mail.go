package report

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// mainFigures are those that the mail with a report names, a line each.
func mainFigures(f *Figures, lang errs.Lang) string {
	var lines []string
	for _, key := range []string{"received", "valid", "reply_rate", "on_time_rate", "satisfaction_rate"} {
		value := columnOf(key).value(f)
		if _, rate := columnOf(key).of(f).(Rate); rate && value != None {
			value += "%"
		}
		lines = append(lines, definitionOf(key).Name(lang)+word{"：", ": "}.in(lang)+value)
	}
	return strings.Join(lines, "\n")
}

// Attach puts the Word document into a notice that carries a report, at the moment it is sent: the outbox does not hold it.
// Whoever is no longer named for the report, or has no account any more, gets none. It is a part of
// notify.DeliveryConfig.Fill.
func (b *StoredReports) Attach(ctx context.Context, n notify.Notice) (notify.Notice, error) {
	if n.Kind != string(wording.PeriodReport) {
		return n, nil
	}
	var found struct {
		ReportID int64
		Ended    bool
	}
	err := b.db.Read.NewRaw(`SELECT m.report_id, (r.ended_at IS NOT NULL OR a.disabled_at IS NOT NULL) AS ended
		FROM notices AS o JOIN report_mails AS m ON m.notice_id = o.id JOIN report_recipients AS r ON r.id = m.recipient_id
		LEFT JOIN accounts AS a ON a.id = r.account_id WHERE o.dedupe_key = ?`, n.Key).Scan(ctx, &found)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return n, fmt.Errorf("notice %q carries no report", n.Key)
	case err != nil:
		return n, fmt.Errorf("read the report of a notice: %w", err)
	case found.Ended:
		return n, notify.ErrNoLongerFor
	}
	r, err := b.get(ctx, found.ReportID)
	if err != nil {
		return n, err
	}
	f, err := b.file(ctx, r, FormDOCX, errs.Lang(n.Language))
	if err != nil {
		return n, err
	}
	n.Attachments = append(n.Attachments, notify.Attachment{
		Name: "report-" + r.Period + ".docx", Data: f.Content,
		ContentType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	})
	return n, nil
}

// StoredMail says what became of the mail with a report to one who was named for it.
type StoredMail struct {
	ReportID int64
	Shown    string // a person's name, or what may be shown of an address outside
	Outside  bool
	SentAt   migrations.Instant // zero: not yet
	Failed   bool               // it could not be sent
	Ended    bool               // it was not sent since they are no longer named for it
}

// Mails lists to whom each of the reports was mailed, in the order in which they were named.
//
// Errors: forbidden for all but the staff.
func (b *StoredReports) Mails(ctx context.Context, a people.Actor, reports []StoredReport) (map[int64][]StoredMail, error) {
	if err := ofStaff(a); err != nil {
		return nil, err
	}
	byReport := map[int64][]StoredMail{}
	if len(reports) == 0 {
		return byReport, nil
	}
	ids := make([]int64, len(reports))
	for i := range reports {
		ids[i] = reports[i].ID
	}
	var rows []StoredMail
	err := b.db.Read.NewRaw(`SELECT m.report_id, r.shown, r.account_id IS NULL AS outside, o.sent_at,
			(o.state = 'dead' AND o.last_error <> ? AND r.ended_at IS NULL) AS failed, (o.state = 'dead' AND (o.last_error = ? OR r.ended_at IS NOT NULL)) AS ended
		FROM report_mails AS m JOIN report_recipients AS r ON r.id = m.recipient_id JOIN notices AS o ON o.id = m.notice_id
		WHERE m.report_id IN (?) ORDER BY m.recipient_id`, notify.ErrNoLongerFor.Error(), notify.ErrNoLongerFor.Error(), bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("list mails: %w", err)
	}
	for _, row := range rows {
		byReport[row.ReportID] = append(byReport[row.ReportID], row)
	}
	return byReport, nil
}
