package report

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/sla"
)

// StoredReports makes the report of each month, quarter, half-year and year that is over, as of the first working morning
// after it, and keeps its documents as they were made. Any number of processes may make them at once: of each there is one.
// Safe for concurrent use.
type StoredReports struct {
	engine  *Engine
	desk    *cases.Desk
	db      *migrations.DB
	keys    *seal.Keys
	clock   func() time.Time
	city    string
	version string

	making sync.Mutex // guards the rest; whoever finds it taken leaves the work to who has it
	began  time.Time  // the city's first letter; zero: not known yet
	next   time.Time  // before it there is nothing to make
}

// NewStoredReports makes the keeper of a city's reports, which are signed with its keys; version is that of the program.
func NewStoredReports(engine *Engine, desk *cases.Desk, db *migrations.DB, keys *seal.Keys, clock func() time.Time, city, version string) *StoredReports {
	exact := *engine
	exact.FactsOnly = true // what is kept for good comes from the facts themselves
	return &StoredReports{engine: &exact, desk: desk, db: db, keys: keys, clock: clock, city: city, version: version}
}

// StoredReport is one report in the list.
type StoredReport struct {
	bun.BaseModel `bun:"table:stored_reports,alias:s"`

	ID      int64 `bun:",pk,autoincrement"`
	Kind    sla.PeriodKind
	Period  string // its key: 2026-01, 2026Q1, 2026H1, 2026
	FromDay string
	ToDay   string // not in it
	AsOf    migrations.Instant
	MadeAt  migrations.Instant
	Version string // of the program that made it

	Signature []byte // over what the report is about and the digests of its files; nil: stored before reports were signed
	KeyID     string `bun:",nullzero"`

	ClosingID int64 `bun:",scanonly"` // the latest closing of the same period; 0 none

	Files []StoredFile `bun:"-"` // without their content, in the order of StoredForms, Chinese first
}

// Days is the days that the report is about.
func (r *StoredReport) Days() Period { return Period{r.FromDay, r.ToDay} }

// Unit is the same as a period of the calendar.
func (r *StoredReport) Unit() sla.Period {
	day, _ := sla.ParseDate(r.FromDay) // we wrote it
	return sla.PeriodOf(r.Kind, day)
}

// The forms of a document.
const (
	FormHTML = "html"
	FormDOCX = "docx"
	FormXLSX = "xlsx"
)

// StoredForms lists the forms in which a report is kept, in both languages each.
var StoredForms = []string{FormHTML, FormDOCX, FormXLSX}

// StoredFile is a document of a report.
type StoredFile struct {
	bun.BaseModel `bun:"table:stored_files,alias:f"`

	ReportID int64 `bun:",pk"`
	Form     string
	Language errs.Lang
	Digest   string // SHA-256 of Content, in hex
	Size     int64  // in bytes
	Content  []byte
}

// MakeDue makes every report that is due and not there, the oldest first, and says how many it made. Reports that were
// missed, however many, are made as of the instant at which they should have been, and so are the same as if they had been
// made in time. There is none of a period that was over before the first letter that was not imported as history: a city
// that brings its letters along does not get the reports of their years.
//
// Errors: what failed is tried again with the next call; what was made until then stays.
func (b *StoredReports) MakeDue(ctx context.Context) (made int, err error) {
	if !b.making.TryLock() {
		return 0, nil
	}
	defer b.making.Unlock()
	now := b.clock()
	if now.Before(b.next) {
		return 0, nil
	}
	due, next, err := b.due(ctx, now)
	if err != nil {
		return 0, err
	}
	for _, p := range due {
		ok, err := b.make(ctx, p)
		if err != nil {
			return made, fmt.Errorf("report of %s: %w", p.Key(), err)
		}
		if ok {
			made++
		}
	}
	b.next = next
	return made, nil
}

// lookAgain is how long what was found out about the next report is believed: a calendar may be loaded meanwhile.
const lookAgain = time.Hour

// due lists the periods whose reports are to be made at now, in the order of their instants, and when to look again.
func (b *StoredReports) due(ctx context.Context, now time.Time) (due []sla.Period, next time.Time, err error) {
	next = now.Add(lookAgain)
	if b.began.IsZero() {
		began, there, err := b.desk.Began(ctx)
		if err != nil || !there {
			return nil, next, err
		}
		b.began = began
	}
	var rows []StoredReport
	if err := b.db.Read.NewSelect().Model(&rows).Column("kind", "period").Scan(ctx); err != nil {
		return nil, next, fmt.Errorf("list stored reports: %w", err)
	}
	there := make(map[[2]string]bool, len(rows))
	for _, r := range rows {
		there[[2]string{string(r.Kind), r.Period}] = true
	}
	today := sla.DateOf(now, b.desk.Location())
	for _, kind := range sla.PeriodKinds {
		for p := sla.PeriodOf(kind, sla.DateOf(b.began, b.desk.Location())); p.To <= today+1; p = p.Next() {
			at := b.desk.PeriodMorning(p).Add(cases.ReportPause)
			switch {
			case at.After(now):
				next = earlier(next, at)
			case !there[[2]string{string(kind), p.Key()}]:
				due = append(due, p)
			}
		}
	}
	slices.SortStableFunc(due, func(p, q sla.Period) int { return cmp.Compare(p.To, q.To) })
	return due, next, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// make makes the report of a period, unless another process is first.
func (b *StoredReports) make(ctx context.Context, p sla.Period) (made bool, err error) {
	asOf := b.desk.PeriodMorning(p)
	w, err := b.engine.Written(ctx, Query{From: p.From.String(), To: p.To.String(), AsOf: asOf})
	if err != nil {
		return false, err
	}
	files, err := storedFiles(w, Made{City: b.city, Version: b.version})
	if err != nil {
		return false, err
	}
	row := StoredReport{
		Kind: p.Kind, Period: p.Key(), FromDay: p.From.String(), ToDay: p.To.String(),
		AsOf: migrations.At(asOf), MadeAt: migrations.At(b.clock()), Version: b.version,
	}
	row.Files = files
	row.Signature, row.KeyID = b.keys.SignReport(signedReport(&row))
	var notices []int64
	err = b.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		notices = nil
		var ids []int64
		err = tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Returning("id").Scan(ctx, &ids)
		if errors.Is(err, sql.ErrNoRows) || err == nil && len(ids) == 0 {
			made = false
			return nil
		}
		if err != nil {
			return fmt.Errorf("store report: %w", err)
		}
		made = true
		for i := range files {
			files[i].ReportID = ids[0]
			// One by one: together they may be more than a statement may hold.
			if _, err := tx.NewInsert().Model(&files[i]).Exec(ctx); err != nil {
				return fmt.Errorf("store document: %w", err)
			}
		}
		notices, err = b.desk.MailReport(ctx, tx, row.MadeAt.Time, ids[0], p, func(lang errs.Lang) string { return mainFigures(&w.Total, lang) })
		return err
	})
	if err != nil {
		return false, err
	}
	b.desk.WakeNotices(ctx, notices)
	return made, nil
}

// storedFiles writes all documents of a report.
func storedFiles(w Written, made Made) ([]StoredFile, error) {
	var files []StoredFile
	for _, form := range StoredForms {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			var content bytes.Buffer
			if err := writeForm(&content, form, w, lang, made); err != nil {
				return nil, err
			}
			files = append(files, StoredFile{
				Form: form, Language: lang, Digest: digestOf(content.Bytes()), Size: int64(content.Len()), Content: content.Bytes(),
			})
		}
	}
	return files, nil
}

func writeForm(to io.Writer, form string, w Written, lang errs.Lang, made Made) error {
	switch form {
	case FormDOCX:
		return WriteWrittenDOCX(to, w, lang, made)
	case FormXLSX:
		return WriteXLSX(to, w.Report, lang, made)
	}
	return WriteWrittenHTML(to, w, lang, made)
}

// Years lists the years that have reports, the latest first.
//
// Errors: forbidden for all but the staff.
func (b *StoredReports) Years(ctx context.Context, a people.Actor) (years []string, err error) {
	if err := ofStaff(a); err != nil {
		return nil, err
	}
	if err := b.db.Read.NewRaw("SELECT DISTINCT substr(from_day, 1, 4) AS year FROM stored_reports ORDER BY year DESC").Scan(ctx, &years); err != nil {
		return nil, fmt.Errorf("list stored reports: %w", err)
	}
	return years, nil
}

// List gives the reports on a year and its parts, the latest first, with their files but not what is in them.
//
// Errors: forbidden for all but the staff.
func (b *StoredReports) List(ctx context.Context, a people.Actor, year string) (list []StoredReport, err error) {
	if err := ofStaff(a); err != nil {
		return nil, err
	}
	if err := b.selected(&list).Where("substr(s.from_day, 1, 4) = ?", year).OrderExpr("s.as_of DESC, s.from_day, s.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list stored reports: %w", err)
	}
	return list, b.withFiles(ctx, list)
}

// Get reads a report, with its files but not what is in them.
//
// Errors: forbidden for all but the staff; not found. Whether it was changed since it was stored is seen when a file of it
// is read.
func (b *StoredReports) Get(ctx context.Context, a people.Actor, id int64) (*StoredReport, error) {
	if err := ofStaff(a); err != nil {
		return nil, err
	}
	return b.get(ctx, id)
}

func (b *StoredReports) get(ctx context.Context, id int64) (*StoredReport, error) {
	var list []StoredReport
	if err := b.selected(&list).Where("s.id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read stored report: %w", err)
	}
	if len(list) == 0 {
		return nil, errs.NotFound("there is no such report", "没有这份报告")
	}
	return &list[0], b.withFiles(ctx, list)
}

func (b *StoredReports) selected(into any) *bun.SelectQuery {
	return b.db.Read.NewSelect().Model(into).
		ColumnExpr("s.*").
		ColumnExpr("COALESCE((SELECT MAX(k.id) FROM closings AS k WHERE k.from_day = s.from_day AND k.to_day = s.to_day), 0) AS closing_id")
}

func (b *StoredReports) withFiles(ctx context.Context, list []StoredReport) error {
	if len(list) == 0 {
		return nil
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	var files []StoredFile
	if err := b.db.Read.NewSelect().Model(&files).ExcludeColumn("content").Where("report_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return fmt.Errorf("list documents: %w", err)
	}
	slices.SortFunc(files, func(f, g StoredFile) int {
		return cmp.Or(cmp.Compare(slices.Index(StoredForms, f.Form), slices.Index(StoredForms, g.Form)), -cmp.Compare(f.Language, g.Language))
	})
	for i := range list {
		for _, f := range files {
			if f.ReportID == list[i].ID {
				list[i].Files = append(list[i].Files, f)
			}
		}
	}
	return nil
}

// File reads a document of a report, byte for byte as it was made.
//
// Errors: forbidden for all but the staff; not found; conflict when it, or what is said about its report, was changed since
// it was stored.
func (b *StoredReports) File(ctx context.Context, a people.Actor, r *StoredReport, form string, lang errs.Lang) (*StoredFile, error) {
	if err := ofStaff(a); err != nil {
		return nil, err
	}
	return b.file(ctx, r, form, lang)
}

func (b *StoredReports) file(ctx context.Context, r *StoredReport, form string, lang errs.Lang) (*StoredFile, error) {
	if err := r.genuine(b.keys.ReceiptKeys()); err != nil {
		return nil, err
	}
	f := new(StoredFile)
	err := b.db.Read.NewSelect().Model(f).Where("report_id = ? AND form = ? AND language = ?", r.ID, form, lang).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, errs.NotFound("there is no such document", "没有这份文件")
	case err != nil:
		return nil, fmt.Errorf("read document: %w", err)
	case digestOf(f.Content) != f.Digest:
		return nil, changedReport()
	}
	return f, nil
}

func ofStaff(a people.Actor) error {
	if a.Account == 0 {
		return errs.Forbidden("this is for the staff", "仅供工作人员使用")
	}
	return nil
}
