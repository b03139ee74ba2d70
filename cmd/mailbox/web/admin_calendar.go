package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// calendarView is the calendar in force and the form that loads more of it.
type calendarView struct {
	Left     int // cases that have not been worked out anew yet
	Fields   []fieldView
	Open     bool // the form stands open: it came back, or a year is missing
	Years    []tabView
	Year     yearView
	Editions tableView
}

// calendarPreview is what loading would change, and the text on its way.
type calendarPreview struct {
	Years        string
	Rows         []summaryRow
	Changed      tableView
	Text, Source string
}

// summaryRow is one row of the component "summary".
type summaryRow struct{ Key, Value, Href, Note, ActionHref, Action string }

// pasted stands in the record as the source of a text that had no name.
const pasted = "pasted"

// adminCalendar shows the calendar. The first year one looks at is the running one.
func (s *Server) adminCalendar(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	if err := s.Desk.Refresh(c.Request().Context()); err != nil {
		return err
	}
	return s.showCalendar(c, upload{}, nil)
}

// showCalendar is the page; wrong is why what was typed could not be loaded.
func (s *Server) showCalendar(c echo.Context, typed upload, wrong error) error {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	var view calendarView
	var err error
	if view.Left, err = s.Desk.Unsettled(ctx); err != nil {
		return err
	}
	editions, err := s.Desk.Editions(ctx)
	if err != nil {
		return err
	}
	view.Editions = s.editionTable(lang, editions)
	view.Years, view.Year = s.yearsOf(c)
	page, status := s.adminPage(c, "/admin/calendar"), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	view.Open = wrong != nil || page.MissingYear != ""
	view.Fields = s.uploadFields(lang, "calendar", typed, page.Errors)
	page.View = view
	return s.render(c, status, "desk/calendar", page)
}

// adminPage is a page of the administrators, with the warning that stands on all of them.
func (s *Server) adminPage(c echo.Context, path string) Page {
	page := Page{Path: path}
	if first, year, missing := s.Desk.MissingYear(); missing {
		lang := visitOf(c).lang
		page.MissingYear = s.words.in(lang, "calendar.missing", year, wording.Date(first.Start(s.loc), lang, s.loc))
	}
	return page
}

// refused spells out why a form was not taken; what is ours to mend goes into the log as well.
func (s *Server) refused(c echo.Context, wrong error) (int, []FieldError) {
	status := statusOf(wrong)
	if status == http.StatusInternalServerError {
		s.logTrouble(c, wrong)
	}
	return status, s.fieldErrors(c, wrong)
}

// uploadFields are the two ways to hand in a text: as a file, or pasted.
func (s *Server) uploadFields(lang errs.Lang, about string, typed upload, wrong []FieldError) []fieldView {
	page := Page{Errors: wrong}
	return []fieldView{
		{
			Lang: lang, Name: "file", Type: "file", Accept: ".json,application/json", Label: s.words.in(lang, "upload.file"),
			Hint: s.words.in(lang, about+".file.hint"), Error: page.Wrong("file"), Width: "medium",
		},
		{
			Lang: lang, Name: "text", Type: "textarea", Rows: 6, Label: s.words.in(lang, "upload.text"),
			Hint: s.words.in(lang, about+".text.hint"), Error: page.Wrong("text"), Value: readable(typed.text),
		},
	}
}

// editionTable says what was loaded when and by whom.
func (s *Server) editionTable(lang errs.Lang, editions []cases.Edition) tableView {
	table := tableView{Caption: s.words.in(lang, "calendar.editions"), Layout: "cards"}
	for _, column := range []string{"years", "source", "by", "loaded"} {
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(lang, "calendar.edition."+column)})
	}
	for _, e := range editions {
		source, by := e.Source, e.By
		switch source {
		case "built-in":
			source, by = s.words.in(lang, "calendar.built_in"), "—"
		case pasted:
			source = s.words.in(lang, "calendar.pasted")
		}
		if by == "" {
			by = s.words.in(lang, "admin.command_line")
		}
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: wording.Spans(e.Years)}, {Text: source}, {Text: by}, {Text: wording.DateTime(e.LoadedAt, lang, s.loc)},
		}})
	}
	return table
}

// calendarOf reads what was handed in. Errors: invalid, naming file or text.
func (s *Server) calendarOf(c echo.Context) (upload, []sla.Year, error) {
	up, err := uploadOf(c)
	if err != nil {
		return up, nil, err
	}
	years, err := sla.ParseYears([]byte(up.text))
	if err != nil {
		return up, nil, errs.Invalid("text", "the calendar cannot be used: %v", "工作日历文件无法使用：%v", err).Because(err)
	}
	return up, years, nil
}

// atText moves an error of the file to the field in which its text now stands.
func atText(err error) error {
	if errs.FieldOf(err) != "file" {
		return err
	}
	return errs.Invalid("text", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
}

// previewCalendar says what the calendar would change, and changes nothing.
func (s *Server) previewCalendar(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	up, years, err := s.calendarOf(c)
	if err != nil {
		return s.showCalendar(c, up, err)
	}
	p, err := s.Desk.PreviewCalendar(c.Request().Context(), s.actor(c), years, nil)
	if err != nil {
		return s.showCalendar(c, up, atText(err))
	}
	lang := visitOf(c).lang
	view := calendarPreview{Years: wording.Spans(p.Years), Text: readable(up.text), Source: up.source, Changed: s.changedTable(lang, p.Changed)}
	row := func(key, value string) {
		view.Rows = append(view.Rows, summaryRow{Key: s.words.in(lang, key), Value: value})
	}
	row("calendar.edition.years", view.Years)
	source := up.source
	if source == "" {
		source = s.words.in(lang, "calendar.pasted")
	}
	row("calendar.edition.source", source)
	row("calendar.preview.days", strconv.Itoa(len(p.Changed)))
	row("calendar.preview.looked", strconv.Itoa(p.Looked))
	row("calendar.preview.moved", s.words.in(lang, "calendar.preview.moved.how", p.Moved, p.Earlier, p.Later))
	row("calendar.preview.certain", strconv.Itoa(p.Certain))
	row("calendar.preview.provisional", strconv.Itoa(p.Provisional))
	row("calendar.preview.withdrawn", strconv.Itoa(p.Withdrawn))
	page := s.adminPage(c, "/admin/calendar")
	page.View = view
	return s.render(c, http.StatusOK, "desk/calendar-preview", page)
}

// changedTable lists the days that are worked now and would not be, or the other way round.
func (s *Server) changedTable(lang errs.Lang, days []sla.Day) tableView {
	table := tableView{
		Caption: s.words.in(lang, "calendar.changed"), Layout: "cards", Empty: s.words.in(lang, "calendar.changed.none"),
		Columns: []tableColumn{
			{Label: s.words.in(lang, "calendar.changed.day")},
			{Label: s.words.in(lang, "calendar.changed.now")},
			{Label: s.words.in(lang, "calendar.changed.then")},
			{Label: s.words.in(lang, "calendar.changed.name")},
		},
	}
	worked := map[bool]string{true: s.words.in(lang, "calendar.worked"), false: s.words.in(lang, "calendar.off")}
	for _, d := range days {
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: wording.Date(d.Date.Start(s.loc), lang, s.loc)},
			{Text: worked[!d.Working]},
			{Text: worked[d.Working]},
			{Text: s.dayName(lang, d)},
		}})
	}
	return table
}

// dayName is the holiday a day is moved for, or what sort of day it is.
func (s *Server) dayName(lang errs.Lang, d sla.Day) string {
	what := wording.DayName(lang, d.Reason.String())
	if d.Name == "" {
		return what
	}
	return fmt.Sprintf("%s %s", s.holiday(lang, d.Name), what)
}

// loadCalendar puts the calendar into force.
func (s *Server) loadCalendar(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	up, years, err := s.calendarOf(c)
	if err != nil {
		return s.showCalendar(c, up, err)
	}
	source := up.source
	if source == "" {
		source = pasted
	}
	edition, err := s.Desk.LoadCalendar(c.Request().Context(), s.actor(c), years, source)
	if err != nil {
		return s.showCalendar(c, up, atText(err))
	}
	s.logAdmin(c, "calendar loaded", edition)
	var numbers []int
	for _, y := range years {
		numbers = append(numbers, y.Year)
	}
	slices.Sort(numbers)
	if err := s.tell(c, "good", "calendar.loaded", wording.Spans(numbers)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/calendar?year="+strconv.Itoa(numbers[len(numbers)-1]))
}
