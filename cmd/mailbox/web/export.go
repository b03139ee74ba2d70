package web

import (
	"encoding/csv"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/xuri/excelize/v2"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla/report"
)

// exportView is the page that asks why a list is taken away.
type exportView struct {
	List    string // the address of the list
	Name    string
	Most    string
	Format  fieldView
	Reason  fieldView
	Columns string
}

// exportHref leads from a list to the page that makes a file of it.
func exportHref(list string) string { return "/export?" + url.Values{"list": {list}}.Encode() }

// exported is a list by its address: what is on it for this reader.
func (s *Server) exported(c echo.Context, list string) (a people.Actor, t cases.Taken, name string, err error) {
	a = s.actor(c)
	u, err := url.Parse(list)
	if err != nil || !strings.HasPrefix(list, "/") || !s.admits(u.Path, visitOf(c)) {
		return a, t, "", errs.Invalid("list", "there is no such list, or it is not yours", "没有这个列表，或您无权查看")
	}
	t = cases.Taken{List: u.Path, Filter: u.RawQuery}
	// The filter is read as the list's own page reads it.
	of := c.Echo().NewContext((&http.Request{Method: get, URL: u}).WithContext(c.Request().Context()), nil)
	desk := func(word string, piles []cases.Pile) {
		q := filterOf(of, piles...).query(a)
		t.Query, name = &q, s.words.in(visitOf(c).lang, word)+" · "+s.words.in(visitOf(c).lang, "desk.pile."+string(q.Pile))
	}
	switch u.Path {
	case "/desk/office":
		desk("desk.office", officePiles)
	case "/desk/department":
		a = ofDepartments(a)
		desk("desk.department", departmentPiles)
	case supervisionPath:
		desk("desk.supervision", slices.Concat(watchingPiles, boardPiles))
	case findPath:
		asked := searchOf(u.Query())
		t.Search, name = &asked, s.words.in(visitOf(c).lang, "find.title")
	default:
		return a, t, "", errs.Invalid("list", "there is no such list, or it is not yours", "没有这个列表，或您无权查看")
	}
	return a, t, name, nil
}

// askExport asks in which form and for what a list is taken away.
func (s *Server) askExport(c echo.Context) error {
	return s.showExport(c, readable(c.QueryParam("list")), nil)
}

func (s *Server) showExport(c echo.Context, list string, wrong error) error {
	lang := visitOf(c).lang
	_, _, name, err := s.exported(c, list)
	if err != nil {
		return err
	}
	field := func(name, kind string) fieldView {
		f := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "export."+name), Value: readable(c.FormValue(name))}
		if errs.FieldOf(wrong) == name {
			f.Error = errs.Message(wrong, lang)
		}
		return f
	}
	view := exportView{List: list, Name: name, Most: s.words.in(lang, "export.most", cases.ExportedMost), Format: field("format", "radios"), Reason: field("reason", "text")}
	view.Format.Options = []option{{Value: string(cases.XLSX), Label: s.words.in(lang, "export.xlsx")}, {Value: string(cases.CSV), Label: s.words.in(lang, "export.csv")}}
	if view.Format.Value == "" {
		view.Format.Value = string(cases.XLSX)
	}
	view.Reason.Hint = s.words.in(lang, "export.reason.hint")
	var names []string
	for _, column := range exportColumns {
		names = append(names, s.words.in(lang, "export.column."+column.name))
	}
	view.Columns = strings.Join(names, s.words.in(lang, "export.and"))
	p := Page{Path: exportHref(list), View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "find/export", p)
	}
	return s.render(c, http.StatusOK, "find/export", p)
}

// export gives the list as a file. What it holds is what the list on the screen holds, in its order.
func (s *Server) export(c echo.Context) error {
	list, v := readable(c.FormValue("list")), visitOf(c)
	a, t, _, err := s.exported(c, list)
	if err != nil {
		return err
	}
	t.Format, t.Reason = cases.ExportFormat(c.FormValue("format")), readable(c.FormValue("reason"))
	items, more, err := s.Desk.Export(c.Request().Context(), a, t)
	if err != nil {
		return s.showExport(c, list, err)
	}
	note := ""
	if more {
		note = s.words.in(v.lang, "export.more", cases.ExportedMost)
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentDisposition, `attachment; filename="cases-`+v.now.In(s.loc).Format("20060102-1504")+"."+string(t.Format)+`"`)
	if t.Format == cases.CSV {
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		return s.exportCSV(c.Response(), v, items, note)
	}
	h.Set(echo.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	return s.exportXLSX(c.Response(), v, items, note)
}

// exportColumn is a column of an exported list: nothing of the writer. A cell is a text, a whole number, or a time.
type exportColumn struct {
	name string
	of   func(s *Server, v *visit, i *cases.Item) any
}

func instantCell(of func(i *cases.Item) migrations.Instant) func(*Server, *visit, *cases.Item) any {
	return func(s *Server, _ *visit, i *cases.Item) any {
		if at := of(i); !at.IsZero() {
			return at.In(s.loc)
		}
		return nil
	}
}

// exportColumns are the columns in their order.
var exportColumns = []exportColumn{
	{"number", func(_ *Server, _ *visit, i *cases.Item) any { return i.Number() }},
	{"title", func(_ *Server, _ *visit, i *cases.Item) any { return i.Title }},
	{"state", func(s *Server, v *visit, i *cases.Item) any { return s.words.in(v.lang, "state."+string(i.State)) }},
	{"kind", func(_ *Server, v *visit, i *cases.Item) any { return wording.KindName(v.lang, i.Kind) }},
	{"channel", func(_ *Server, v *visit, i *cases.Item) any { return wording.ChannelName(v.lang, i.Channel) }},
	{"topic", func(_ *Server, _ *visit, i *cases.Item) any { return i.Topic }},
	{"district", func(_ *Server, _ *visit, i *cases.Item) any { return i.District }},
	{"lead", func(_ *Server, _ *visit, i *cases.Item) any { return i.Lead }},
	{"received", instantCell(func(i *cases.Item) migrations.Instant { return i.ReceivedAt })},
	{"due", instantCell(func(i *cases.Item) migrations.Instant { return i.DueAt })},
	{"routed", instantCell(func(i *cases.Item) migrations.Instant { return i.RoutedAt })},
	{"department_due", instantCell(func(i *cases.Item) migrations.Instant { return i.DepartmentDueAt })},
	{"replied", instantCell(func(i *cases.Item) migrations.Instant { return i.RepliedAt })},
	{"answered", instantCell(func(i *cases.Item) migrations.Instant { return i.AnsweredAt })},
	{"round", func(_ *Server, _ *visit, i *cases.Item) any { return i.Round }},
	{"rating", func(_ *Server, _ *visit, i *cases.Item) any {
		if i.Rating == 0 {
			return nil
		}
		return i.Rating
	}},
	{"marks", func(s *Server, v *visit, i *cases.Item) any {
		var names []string
		for _, flag := range itemFlags(i, s.rowOf(v.lang, i, writersClock, v.now).Urgency) {
			names = append(names, s.words.in(v.lang, "flag."+flag))
		}
		return strings.Join(names, s.words.in(v.lang, "export.and"))
	}},
}

func (s *Server) exportCSV(w io.Writer, v *visit, items []cases.Item, note string) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil { // without it Excel takes UTF-8 for something else
		return err
	}
	out := csv.NewWriter(w)
	line := make([]string, len(exportColumns))
	for n, column := range exportColumns {
		line[n] = s.words.in(v.lang, "export.column."+column.name)
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for i := range items {
		for n, column := range exportColumns {
			switch cell := column.of(s, v, &items[i]).(type) {
			case time.Time:
				line[n] = cell.Format(time.DateTime)
			case int64:
				line[n] = strconv.FormatInt(cell, 10)
			case string:
				line[n] = report.Harmless(cell)
			default:
				line[n] = ""
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if note != "" {
		if err := out.Write([]string{note}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// exportXLSX writes the rows as they come: the file never stands in memory as a tree of cells.
func (s *Server) exportXLSX(w io.Writer, v *visit, items []cases.Item, note string) (err error) {
	book := excelize.NewFile()
	defer func() {
		if closed := book.Close(); err == nil {
			err = closed
		}
	}()
	format := "yyyy-mm-dd hh:mm:ss"
	instant, err := book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		return err
	}
	heading, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	rows, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	if err := rows.SetColWidth(1, len(exportColumns), 20); err != nil {
		return err
	}
	line := make([]any, len(exportColumns))
	for n, column := range exportColumns {
		line[n] = excelize.Cell{StyleID: heading, Value: s.words.in(v.lang, "export.column."+column.name)}
	}
	if err := rows.SetRow("A1", line, excelize.RowOpts{}); err != nil {
		return err
	}
	for i := range items {
		for n, column := range exportColumns {
			line[n] = column.of(s, v, &items[i])
			if at, ok := line[n].(time.Time); ok {
				// A sheet knows no zones: its times are those of the city's clocks.
				_, ahead := at.Zone()
				line[n] = excelize.Cell{StyleID: instant, Value: at.UTC().Add(time.Duration(ahead) * time.Second)}
			}
		}
		if err := rows.SetRow("A"+strconv.Itoa(i+2), line); err != nil {
			return err
		}
	}
	if note != "" {
		if err := rows.SetRow("A"+strconv.Itoa(len(items)+2), []any{note}); err != nil {
			return err
		}
	}
	if err := rows.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}

// exportsView is the record of what was taken away.
type exportsView struct {
	Table tableView
	Pages pagesView
}

// adminExports shows who took which list away, when and why.
func (s *Server) adminExports(c echo.Context) error {
	lang, page := visitOf(c).lang, pageOf(c)
	list, total, err := s.Desk.Exports(c.Request().Context(), s.actor(c), page)
	if err != nil {
		return err
	}
	view := exportsView{Table: tableView{
		Caption: s.words.in(lang, "exports.title"), HideCaption: true, Layout: "cards", Empty: s.words.in(lang, "exports.none"),
	}}
	for _, name := range []string{"at", "who", "list", "filter", "format", "cases", "reason"} {
		view.Table.Columns = append(view.Table.Columns, tableColumn{Label: s.words.in(lang, "exports."+name), Numeric: name == "cases"})
	}
	for _, x := range list {
		count := strconv.FormatInt(x.Cases, 10)
		if x.More {
			count = s.words.in(lang, "exports.more", count)
		}
		view.Table.Rows = append(view.Table.Rows, tableRow{Cells: []tableCell{
			{Text: wording.DateTime(x.At.Time, lang, s.loc)},
			{Text: x.Name},
			{Text: s.listName(lang, x.List)},
			{Text: filterWords(x.Filter)},
			{Text: strings.ToUpper(string(x.Format))},
			{Text: count},
			{Text: x.Reason},
		}})
	}
	view.Pages = s.pagesOf(lang, page, total, func(page int) string { return "/admin/exports?page=" + strconv.Itoa(page) })
	return s.render(c, http.StatusOK, "find/exports", Page{View: view})
}

// listName says what a list is called.
func (s *Server) listName(lang errs.Lang, list string) string {
	for path, word := range map[string]string{
		"/desk/office": "desk.office", "/desk/department": "desk.department", "/desk/supervision": "desk.supervision", findPath: "find.title",
	} {
		if path == list {
			return s.words.in(lang, word)
		}
	}
	return list
}

// filterWords writes a filter as people read it. The mark of a writer says nothing to anybody.
func filterWords(filter string) string {
	q, err := url.ParseQuery(filter)
	if err != nil {
		return filter
	}
	var parts []string
	for name, values := range q {
		if value := strings.Join(values, " "); name == "writer" {
			parts = append(parts, "writer")
		} else if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
