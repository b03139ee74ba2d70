package web

import (
	"bytes"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

const storedPath = "/reports/stored"

func storedHref(id int64) string { return storedPath + "/" + strconv.FormatInt(id, 10) }

// storedForms are the forms of documents, and their media types.
var storedForms = map[string]string{
	report.FormHTML: "text/html; charset=utf-8",
	report.FormDOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	report.FormXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// storedListView lists the reports of a year.
type storedListView struct {
	Years          []tabView
	Reports        []storedLine
	RecipientsHref string // for those who say who gets them by mail
}

// storedLine is a report in the list.
type storedLine struct {
	Title, Href string
	Lines       []string // as of when, and how it stands
	Files       []storedLink
	ClosingHref string // the closing of the same period; "" when there is none
}

// storedLink leads to a document.
type storedLink struct{ Label, Href string }

// storedReports lists the reports that are kept, by year.
func (s *Server) storedReports(c echo.Context) error {
	v, ctx := visitOf(c), c.Request().Context()
	years, err := s.stored.Years(ctx, s.actor(c))
	if err != nil {
		return err
	}
	year := readable(c.QueryParam("year"))
	if year == "" && len(years) > 0 {
		year = years[0]
	}
	list, err := s.stored.List(ctx, s.actor(c), year)
	if err != nil {
		return err
	}
	mails, err := s.stored.Mails(ctx, s.actor(c), list)
	if err != nil {
		return err
	}
	var view storedListView
	if reportKeepers.admits(v) {
		view.RecipientsHref = adminReportsPath
	}
	for _, y := range years {
		view.Years = append(view.Years, tabView{Href: storedPath + "?year=" + y, Label: y, Current: y == year})
	}
	for i := range list {
		view.Reports = append(view.Reports, s.storedLineOf(v.lang, &list[i], mails[list[i].ID]))
	}
	return s.render(c, http.StatusOK, "report/stored", Page{View: view})
}

func (s *Server) storedLineOf(lang errs.Lang, r *report.StoredReport, mails []report.StoredMail) storedLine {
	line := storedLine{
		Title: cases.PeriodName(r.Unit(), lang), Href: storedHref(r.ID),
		Lines: []string{s.words.in(lang, "report.as_of", wording.DateTime(r.AsOf.Time, lang, s.loc))},
	}
	for _, f := range r.Files {
		if f.Language == lang {
			line.Files = append(line.Files, storedLink{s.words.in(lang, "report."+f.Form), storedFileHref(&f)})
		}
	}
	if len(mails) > 0 {
		line.Lines = append(line.Lines, s.words.in(lang, "stored.mailed", s.mailsInWords(lang, mails)))
	}
	if r.ClosingID != 0 {
		line.ClosingHref = closingPath(r.ClosingID)
	}
	return line
}

// mailsInWords says to whom a report was mailed, and what became of it.
func (s *Server) mailsInWords(lang errs.Lang, mails []report.StoredMail) string {
	words := make([]string, len(mails))
	for i, m := range mails {
		switch {
		case m.Failed:
			words[i] = s.words.in(lang, "stored.mail.failed", m.Shown)
		case m.Ended:
			words[i] = s.words.in(lang, "stored.mail.ended", m.Shown)
		case m.SentAt.IsZero():
			words[i] = s.words.in(lang, "stored.mail.waiting", m.Shown)
		default:
			words[i] = s.words.in(lang, "stored.mail.sent", m.Shown, wording.DateTime(m.SentAt.Time, lang, s.loc))
		}
	}
	return strings.Join(words, s.words.in(lang, "closing.and"))
}

func storedFileHref(f *report.StoredFile) string {
	return storedHref(f.ReportID) + "/files/" + string(f.Language) + "." + f.Form
}

// storedView is a kept report as it was made, and its documents.
type storedView struct {
	Title   string
	Facts   []factView
	Files   tableView
	Article template.HTML
}

// storedReport shows a report as it was made.
func (s *Server) storedReport(c echo.Context) error {
	v, ctx := visitOf(c), c.Request().Context()
	r, err := s.storedOf(c)
	if err != nil {
		return err
	}
	file, err := s.stored.File(ctx, s.actor(c), r, report.FormHTML, v.lang)
	if err != nil {
		return err
	}
	mails, err := s.stored.Mails(ctx, s.actor(c), []report.StoredReport{*r})
	if err != nil {
		return err
	}
	view := storedView{
		Title: cases.PeriodName(r.Unit(), v.lang), Article: articleOf(file.Content),
		Facts: []factView{
			{Key: s.words.in(v.lang, "stored.period"), Value: s.periodWord(v.lang, r.Days())},
			{Key: s.words.in(v.lang, "closing.as_of"), Value: wording.DateTime(r.AsOf.Time, v.lang, s.loc)},
			{Key: s.words.in(v.lang, "stored.made"), Value: wording.DateTime(r.MadeAt.Time, v.lang, s.loc), Note: s.words.in(v.lang, "stored.version", r.Version)},
		},
		Files: tableView{Caption: s.words.in(v.lang, "stored.files"), Layout: "cards", Columns: []tableColumn{
			{Label: s.words.in(v.lang, "stored.document")}, {Label: s.words.in(v.lang, "stored.size"), Numeric: true}, {Label: s.words.in(v.lang, "closing.digest")},
		}},
	}
	key := factView{Key: s.words.in(v.lang, "closing.key"), Value: r.KeyID}
	if r.Signature == nil {
		key.Value = s.words.in(v.lang, "stored.unsigned")
	}
	view.Facts = append(view.Facts, key)
	if of := mails[r.ID]; len(of) > 0 {
		view.Facts = append(view.Facts, factView{Key: s.words.in(v.lang, "stored.mails"), Value: s.mailsInWords(v.lang, of)})
	}
	if r.ClosingID != 0 {
		view.Facts = append(view.Facts, factView{Key: s.words.in(v.lang, "stored.closing"), Value: s.words.in(v.lang, "closing.number", r.ClosingID), Href: closingPath(r.ClosingID)})
	}
	for i := range r.Files {
		f := &r.Files[i]
		view.Files.Rows = append(view.Files.Rows, tableRow{Cells: []tableCell{
			{Text: s.words.in(v.lang, "report."+f.Form), Href: storedFileHref(f), Note: s.words.in(v.lang, "stored.in."+string(f.Language))},
			{Text: s.words.in(v.lang, "stored.kilobytes", (f.Size+1023)/1024)},
			{Text: f.Digest},
		}})
	}
	return s.render(c, http.StatusOK, "report/stored-report", Page{View: view})
}

// storedOf reads the report that the address names.
func (s *Server) storedOf(c echo.Context) (*report.StoredReport, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return nil, errs.NotFound("there is no such report", "没有这份报告").Because(err)
	}
	return s.stored.Get(c.Request().Context(), s.actor(c), id)
}

// articleOf is the element of a stored document that a page of ours can hold. The bytes are those that WriteWrittenHTML
// wrote: their digest was looked at.
func articleOf(document []byte) template.HTML {
	begin, end := bytes.Index(document, []byte("<article")), bytes.LastIndex(document, []byte("</article>"))
	if begin < 0 || end < begin {
		return ""
	}
	return template.HTML(document[begin : end+len("</article>")]) //nolint:gosec // made by html/template
}

// storedFile hands a document out, byte for byte as it was made.
func (s *Server) storedFile(c echo.Context) error {
	r, err := s.storedOf(c)
	if err != nil {
		return err
	}
	language, form, _ := strings.Cut(c.Param("file"), ".")
	kind, known := storedForms[form]
	if !known || !slices.Contains([]string{string(errs.ZH), string(errs.EN)}, language) {
		return errs.NotFound("there is no such document", "没有这份文件")
	}
	f, err := s.stored.File(c.Request().Context(), s.actor(c), r, form, errs.Lang(language))
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="report-`+r.Period+"."+language+"."+form+`"`)
	return c.Blob(http.StatusOK, kind, f.Content)
}
