package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

const closingsPath = "/reports/closings"

func closingPath(id int64) string { return closingsPath + "/" + strconv.FormatInt(id, 10) }

// closingsView lists the periods that are closed.
type closingsView struct {
	Table   tableView
	Pages   pagesView
	NewHref string // "" for those who close none
}

// closings lists the periods that are closed, the latest first.
func (s *Server) closings(c echo.Context) error {
	v, page := visitOf(c), pageOf(c)
	list, total, err := s.book.List(c.Request().Context(), s.actor(c), pageLength, (page-1)*pageLength)
	if err != nil {
		return err
	}
	view := closingsView{Table: tableView{
		Caption: s.words.in(v.lang, "closing.list"), HideCaption: true, Layout: "cards", Empty: s.words.in(v.lang, "closing.none"),
		Columns: []tableColumn{{Label: s.words.in(v.lang, "closing.period")}, {Label: s.words.in(v.lang, "closing.as_of")}, {Label: s.words.in(v.lang, "closing.by")}, {Label: s.words.in(v.lang, "closing.remark")}},
	}}
	for i := range list {
		k := &list[i]
		cells := []tableCell{
			{Text: s.periodWord(v.lang, k.Period()), Href: closingPath(k.ID)},
			{Text: wording.DateTime(k.AsOf.Time, v.lang, s.loc)},
			{Text: k.Name, Note: wording.DateTime(k.At.Time, v.lang, s.loc)},
			{Text: k.Remark},
		}
		if k.FollowedBy != 0 {
			cells[0].Note = s.words.in(v.lang, "closing.corrected")
		}
		view.Table.Rows = append(view.Table.Rows, tableRow{Cells: cells})
	}
	view.Pages = s.pagesOf(v.lang, page, total, func(page int) string { return closingsPath + "?page=" + strconv.Itoa(page) })
	if supervision.admits(v) {
		view.NewHref = closingsPath + "/new"
	}
	return s.render(c, http.StatusOK, "closing/list", Page{View: view})
}

func (s *Server) periodWord(lang errs.Lang, p report.Period) string {
	return s.words.in(lang, "closing.from_through", p.From, throughOf(p))
}

// newClosingView asks for a period, and shows what closing it would publish.
type newClosingView struct {
	Presets []tabView
	Fields  []fieldView

	// With a period that can be closed:
	Ready         bool
	Period, AsOf  string
	From, Through string
	At, Follows   string
	May           bool   // it was not closed, or the latest closing is the one to be corrected
	FollowsText   string // when it was closed before; "" when it was not
	FollowsHref   string
	Stats         []statView
	Groups        *tableView
	Remark        fieldView
}

// askClosing shows what closing a period would publish.
func (s *Server) askClosing(c echo.Context) error {
	return s.showNewClosing(c, closingForm{
		From: readable(c.QueryParam("from")), Through: readable(c.QueryParam("through")), Follows: readable(c.QueryParam("follows")),
	}, nil)
}

// closingForm is what is asked to be closed, as it stands in the form.
type closingForm struct{ From, Through, At, Follows, Remark string }

// order makes of the form what is asked for. Errors: invalid, naming the field of the form.
func (f closingForm) order() (report.Order, error) {
	o := report.Order{Remark: f.Remark}
	if _, err := dateIn("from", f.From); err != nil {
		return o, err
	}
	last, err := dateIn("through", f.Through)
	if err != nil {
		return o, err
	}
	o.Period = report.Period{From: f.From, To: last.AddDate(0, 0, 1).Format(time.DateOnly)}
	if f.At != "" {
		at, err := strconv.ParseInt(f.At, 10, 64)
		if err != nil {
			return o, errs.Invalid("through", "this page is damaged; please open it again", "页面已损坏，请重新打开").Because(err)
		}
		o.AsOf = time.Unix(at, 0)
	}
	if f.Follows != "" {
		if o.Follows, err = strconv.ParseInt(f.Follows, 10, 64); err != nil {
			return o, errs.NotFound("there is no such closing", "没有这次定稿").Because(err)
		}
	}
	return o, nil
}

// showNewClosing shows the form with the preview, and what was wrong when it was sent.
func (s *Server) showNewClosing(c echo.Context, f closingForm, wrong error) error {
	lang := visitOf(c).lang
	view := newClosingView{From: f.From, Through: f.Through, Follows: f.Follows}
	var r *report.Report
	if f.From+f.Through != "" {
		o, err := f.order()
		if err == nil {
			asked := o
			asked.Remark = ""
			var got report.Report
			var last *report.Closing
			if got, last, err = s.book.Preview(c.Request().Context(), s.actor(c), asked); err == nil {
				r, view.May = &got, last == nil || last.ID == o.Follows
				if last != nil {
					view.FollowsText = s.words.in(lang, "closing.closed_before", wording.DateTime(last.At.Time, lang, s.loc))
					view.FollowsHref = closingPath(last.ID)
				}
			}
		}
		if wrong == nil {
			wrong = onForm(err)
		}
	}
	field := func(name, kind, value string) fieldView {
		view := fieldView{Lang: lang, Name: name, Type: kind, Value: value, Label: s.words.in(lang, "closing.field."+name)}
		if errs.FieldOf(wrong) == name {
			view.Error = errs.Message(wrong, lang)
		}
		return view
	}
	view.Fields = []fieldView{field("from", "date", f.From), field("through", "date", f.Through)}
	view.Presets = s.closingPresets(c, f)
	if r != nil {
		view.Ready = true
		view.At = strconv.FormatInt(r.AsOf.Unix(), 10)
		view.Period = s.words.in(lang, "report.period", r.Period.From, throughOf(r.Period))
		view.AsOf = s.words.in(lang, "report.as_of", wording.DateTime(r.AsOf.Time, lang, s.loc))
		links := s.linksFor(c, reportForm{From: f.From, Through: f.Through, By: string(report.ByDepartment), At: view.At}, "")
		for _, key := range []string{"reply_rate", "on_time_rate", "satisfaction_rate"} {
			view.Stats = append(view.Stats, s.stat(lang, key, &r.Total, links))
		}
		table := s.groupTable(&askedReport{lang: lang, asked: reportForm{Rows: allRows}, page: &reportPage{}, Report: r, links: links}, groupFigures)
		table.Caption = s.words.in(lang, "report.groups", s.words.in(lang, "report.by.department"))
		view.Groups = &table
		view.Remark = field("remark", "text", f.Remark)
		view.Remark.Hint = s.words.in(lang, "closing.hint.remark")
	}
	p := Page{Path: closingsPath + "/new", View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "closing/new", p)
	}
	return s.render(c, http.StatusOK, "closing/new", p)
}

// closingPresets are the units that are over.
func (s *Server) closingPresets(c echo.Context, f closingForm) []tabView {
	var all []tabView
	for _, preset := range s.presets(c, closingsPath+"/new", reportForm{From: f.From, Through: f.Through}) {
		u, err := url.Parse(preset.Href)
		if err != nil || u.Query().Get("through") >= visitOf(c).now.In(s.loc).Format(time.DateOnly) {
			continue
		}
		preset.Href = closingsPath + "/new?" + u.RawQuery
		all = append(all, preset)
	}
	return all
}

// closePeriod closes a period.
func (s *Server) closePeriod(c echo.Context) error {
	in := formOf(c)
	f := closingForm{From: in.line("from"), Through: in.line("through"), At: in.line("at"), Follows: in.line("follows"), Remark: in.line("remark")}
	o, err := f.order()
	if err != nil {
		return s.showNewClosing(c, f, err)
	}
	id, err := s.book.Close(c.Request().Context(), s.actor(c), o)
	if err != nil {
		return s.showNewClosing(c, f, onForm(err))
	}
	if err := s.tell(c, "good", "closing.done", s.periodWord(visitOf(c).lang, o.Period)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, closingPath(id))
}

// closingOf reads the closing that the address names.
func (s *Server) closingOf(c echo.Context) (*report.Kept, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return nil, errs.NotFound("there is no such closing", "没有这次定稿").Because(err)
	}
	k, err := s.book.Get(c.Request().Context(), s.actor(c), id)
	if err != nil {
		return nil, err
	}
	// Departments that had no letter of the period then have their name of today.
	names, err := s.departmentNames(c)
	if k.Says.Names == nil {
		k.Says.Names = map[string]string{}
	}
	for id, name := range names {
		if group := strconv.FormatInt(id, 10); k.Says.Names[group] == "" {
			k.Says.Names[group] = name
		}
	}
	return k, err
}

// closingJSON hands a closing out, to be verified by anybody.
func (s *Server) closingJSON(c echo.Context) error {
	k, err := s.closingOf(c)
	if err != nil {
		return err
	}
	signed, err := k.Signed()
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/json; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="closing-`+strconv.FormatInt(k.ID, 10)+"-"+k.FromDay+"-"+throughOf(k.Period())+`.json"`)
	return report.WriteClosing(c.Response(), signed)
}

// closingCases lists the cases behind a figure of a closing, or those by which it has changed since.
func (s *Server) closingCases(c echo.Context) error {
	ctx, v, a, page := c.Request().Context(), visitOf(c), s.actor(c), pageOf(c)
	k, err := s.closingOf(c)
	if err != nil {
		return err
	}
	figure, group, change := readable(c.QueryParam("figure")), readable(c.QueryParam("group")), readable(c.QueryParam("change"))
	var ids []int64
	switch change {
	case "":
		for _, lot := range k.Says.Lots {
			if (group == "" || lot.Group == group) && slices.Contains(lot.Figures, figure) {
				ids = append(ids, lot.Cases...)
			}
		}
		slices.Sort(ids)
	case "entered", "left":
		_, before, after, err := s.book.Today(ctx, k)
		if err != nil {
			return err
		}
		for _, one := range report.Changes(before, after, group == "") {
			if one.Figure != figure || one.Group != group {
				continue
			}
			if ids = one.Left; change == "entered" {
				ids = one.Entered
			}
		}
	default:
		return errs.NotFound("there is no such list", "没有这个列表")
	}
	from := min((page-1)*pageLength, len(ids))
	items, err := s.Desk.Items(ctx, a, caseIDs(ids[from:min(from+pageLength, len(ids))]))
	if err != nil {
		return err
	}
	view := figureCasesView{
		Title: s.lotWord(v.lang, figure), Count: strconv.Itoa(len(ids)), Empty: s.words.in(v.lang, "closing.not_yours"),
		Lines:      []string{s.words.in(v.lang, "report.period", k.FromDay, throughOf(k.Period())), s.words.in(v.lang, "closing.cases."+cmp.Or(change, "all"), wording.DateTime(k.AsOf.Time, v.lang, s.loc))},
		ReportHref: closingPath(k.ID),
	}
	if group != "" {
		view.Lines = append(view.Lines, s.words.in(v.lang, "report.group", s.words.in(v.lang, "report.by.department"), s.lotGroup(v.lang, k, group)))
	}
	for i := range items {
		view.Rows = append(view.Rows, s.rowOf(v.lang, &items[i], writersClock, v.now))
	}
	view.Pages = s.pagesOf(v.lang, page, len(ids), func(page int) string {
		return closingListHref(k.ID, figure, group, change) + "&page=" + strconv.Itoa(page)
	})
	return s.render(c, http.StatusOK, "closing/cases", Page{View: view})
}

// closingListHref leads to the cases behind a figure of a closing.
func closingListHref(id int64, figure, group, change string) string {
	v := url.Values{"figure": {figure}}
	for name, value := range map[string]string{"group": group, "change": change} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return closingPath(id) + "/cases?" + v.Encode()
}

// lotGroup is what a group of a closing was called when it was closed.
func (s *Server) lotGroup(lang errs.Lang, k *report.Kept, group string) string {
	if group == report.NotRouted {
		return s.words.in(lang, "report.not_routed")
	}
	if name := k.Says.Names[group]; name != "" {
		return name
	}
	return group
}

// lotWord is what a figure of a lot is called.
func (s *Server) lotWord(lang errs.Lang, figure string) string {
	if departments, days, ok := report.TookOf(figure); ok {
		if departments {
			return s.words.in(lang, "closing.department_took", days)
		}
		return s.words.in(lang, "closing.took", days)
	}
	if kind := report.ConductOf(figure); kind != "" {
		return wording.ConductName(lang, string(kind))
	}
	if name := report.ReworkOf(figure); slices.Contains(report.ReworkNames(), name) {
		return s.words.in(lang, "closing.rework."+name)
	}
	if slices.Contains(report.FigureNames(), figure) {
		return s.words.in(lang, "figure."+figure)
	}
	return figure
}
