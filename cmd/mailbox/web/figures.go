package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// reportForm is what a report is asked for, as it stands in the address. Through is the last day of the
// period: people say "to 30 June" and mean that day too, while a [report.Query] ends before its To.
type reportForm struct {
	From, Through string
	By            string
	Channel, Kind string
	Topic         string
	District      string
	Department    string
	AsOf          string // a date: as things stood at its end
	// At is the exact instant of a report, in Unix seconds, in the links that a report made: the list
	// behind a figure must be as of the same instant as the figure. It goes before AsOf.
	At string
}

// reportFormOf reads the form; an address without a period asks for this month so far.
func reportFormOf(c echo.Context, today time.Time) reportForm {
	param := func(name string) string { return readable(c.QueryParam(name)) }
	f := reportForm{
		From: param("from"), Through: param("through"), By: param("by"), Channel: param("channel"), Kind: param("kind"),
		Topic: param("topic"), District: param("district"), Department: param("department"), AsOf: param("as_of"), At: param("at"),
	}
	if f.From == "" && f.Through == "" {
		f.From, f.Through = today.AddDate(0, 0, 1-today.Day()).Format(time.DateOnly), today.Format(time.DateOnly)
		if f.By == "" {
			f.By = string(report.ByDepartment)
		}
	}
	return f
}

// values are the form as an address has it.
func (f reportForm) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"from": f.From, "through": f.Through, "by": f.By, "channel": f.Channel, "kind": f.Kind, "topic": f.Topic,
		"district": f.District, "department": f.Department, "as_of": f.AsOf, "at": f.At,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// reportQuery makes the query of a form. Errors: invalid, naming the field of the form.
func (s *Server) reportQuery(f reportForm, now time.Time) (report.Query, error) {
	q := report.Query{
		From: f.From, By: report.Grouping(f.By), Channel: f.Channel, Kind: f.Kind, Topic: f.Topic, District: f.District,
		Compare: true,
	}
	last, err := dateIn("through", f.Through)
	if err != nil {
		return q, err
	}
	first, err := dateIn("from", f.From)
	if err != nil {
		return q, err
	}
	if last.Before(first) {
		return q, errs.Invalid("through", "the last day lies before the first", "结束日期早于开始日期")
	}
	q.To = last.AddDate(0, 0, 1).Format(time.DateOnly)
	if f.Department != "" {
		if q.Department, err = strconv.ParseInt(f.Department, 10, 64); err != nil || q.Department < 1 {
			return q, errs.Invalid("department", "there is no such department", "没有这个部门")
		}
	}
	q.AsOf, err = s.asOf(f, now)
	return q, err
}

func dateIn(field, value string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return t, errs.Invalid(field, "%[1]q is not a date of the calendar; please write it like 2018-01-31",
			"%[1]q不是有效日期，请按2018-01-31的格式填写", value).Because(err)
	}
	return t, nil
}

// asOf is the instant of the report: that of the link, the end of the day asked for, or now. Nothing is
// known of the future, so a later instant is now.
func (s *Server) asOf(f reportForm, now time.Time) (time.Time, error) {
	at := now
	switch {
	case f.At != "":
		seconds, err := strconv.ParseInt(f.At, 10, 64)
		if err != nil {
			return at, errs.Invalid("as_of", "this link is damaged; please ask for the report again", "链接已损坏，请重新生成报表").Because(err)
		}
		at = time.Unix(seconds, 0)
	case f.AsOf != "":
		day, err := dateIn("as_of", f.AsOf)
		if err != nil {
			return at, err
		}
		at = time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 59, 0, s.loc)
	}
	if at.After(now) {
		at = now
	}
	return at, nil
}

// reportView is a report with the form that asks for the next one.
type reportView struct {
	Fields            []fieldView // the period and the grouping
	Filters           []fieldView // what narrows it
	Narrowed          bool
	Presets           []tabView
	Ready             bool // there is a report; false when the form must be mended first
	Period, AsOf      string
	YearOnYear, Prior string
	Stats             []statView
	Groups            *tableView
	Sections          []figureSection
	Conduct           *tableView
	CSVHref, JSONHref string
	XLSXHref          string
	WrittenHref       string
	ForDepartment     bool // the reader may open the cases of one department only
}

// figureReport is the report of any period.
func (s *Server) figureReport(c echo.Context) error {
	v := visitOf(c)
	f := reportFormOf(c, v.now.In(s.loc))
	view, err := s.askReport(c, f)
	if err != nil {
		return err
	}
	r, err := s.runReport(c, f)
	if err != nil {
		s.markWrong(c, view, err)
		return s.redisplay(c, onForm(err), "report/report", Page{View: view})
	}
	if err := s.fillReport(c, view, f, r); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "report/report", Page{View: view})
}

func (s *Server) runReport(c echo.Context, f reportForm) (*report.Report, error) {
	q, err := s.reportQuery(f, visitOf(c).now)
	if err != nil {
		return nil, err
	}
	r, err := s.Report.Run(c.Request().Context(), q)
	if err != nil {
		return nil, onForm(err)
	}
	return &r, nil
}

// onForm names the field as it stands on the page: what a query calls to, the form calls through.
func onForm(err error) error {
	if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "to" {
		return err
	}
	return errs.Invalid("through", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
}

func (s *Server) markWrong(c echo.Context, view *reportView, err error) {
	for _, fields := range [][]fieldView{view.Fields, view.Filters} {
		for i := range fields {
			if fields[i].Name == errs.FieldOf(err) {
				fields[i].Error = errs.Message(err, visitOf(c).lang)
				view.Narrowed = true
			}
		}
	}
}

// askReport is the form, filled as it was sent.
func (s *Server) askReport(c echo.Context, f reportForm) (*reportView, error) {
	lang := visitOf(c).lang
	departments, err := s.departmentOptions(c, false)
	if err != nil {
		return nil, err
	}
	var groupings []option
	for _, by := range report.Groupings {
		groupings = append(groupings, option{Value: string(by), Label: s.words.in(lang, "report.by."+string(by))})
	}
	field := func(name, kind, value string) fieldView {
		return fieldView{Lang: lang, Name: name, Type: kind, Value: value, Label: s.words.in(lang, "report.field."+name)}
	}
	with := func(f fieldView, options []option) fieldView { f.Options = options; return f }
	asOf := field("as_of", "date", f.AsOf)
	asOf.Hint = s.words.in(lang, "report.hint.as_of")
	return &reportView{
		Fields: []fieldView{field("from", "date", f.From), field("through", "date", f.Through), with(field("by", "select", f.By), groupings)},
		Filters: []fieldView{
			with(field("department", "select", f.Department), departments),
			with(field("channel", "select", f.Channel), s.channelOptions(lang, true)),
			with(field("kind", "select", f.Kind), s.kindOptions(lang, true)),
			field("topic", "text", f.Topic), field("district", "text", f.District), asOf,
		},
		Narrowed: f.Department+f.Channel+f.Kind+f.Topic+f.District+f.AsOf != "",
		Presets:  s.presets(c, f),
	}, nil
}

// presets are the periods that are asked for again and again.
func (s *Server) presets(c echo.Context, f reportForm) []tabView {
	today := visitOf(c).now.In(s.loc)
	year, month, _ := today.Date()
	unit := func(months, back int) (from, through time.Time) {
		first := time.Date(year, (month-1)/time.Month(months)*time.Month(months)+1-time.Month(months*back), 1, 0, 0, 0, 0, time.UTC)
		return first, first.AddDate(0, months, -1)
	}
	var all []tabView
	for _, p := range []struct {
		name         string
		months, back int
	}{
		{"month", 1, 0},
		{"last_month", 1, 1},
		{"quarter", 3, 0},
		{"last_quarter", 3, 1},
		{"half", 6, 0},
		{"last_half", 6, 1},
		{"year", 12, 0},
		{"last_year", 12, 1},
	} {
		to := f
		from, through := unit(p.months, p.back)
		to.From, to.Through, to.At = from.Format(time.DateOnly), through.Format(time.DateOnly), ""
		all = append(all, tabView{
			Href: "/reports?" + to.values().Encode(), Label: s.words.in(visitOf(c).lang, "report.preset."+p.name),
			Current: to.From == f.From && to.Through == f.Through,
		})
	}
	return all
}

// fillReport puts the figures on the page.
func (s *Server) fillReport(c echo.Context, view *reportView, f reportForm, r *report.Report) error {
	lang := visitOf(c).lang
	f.At, f.AsOf = strconv.FormatInt(r.AsOf.Unix(), 10), ""
	links := s.linksFor(c, f)
	view.Ready = true
	view.Period = s.words.in(lang, "report.period", r.Period.From, throughOf(r.Period))
	view.AsOf = s.words.in(lang, "report.as_of", wording.DateTime(r.AsOf.Time, lang, s.loc))
	if r.YearOnYear != nil && r.Previous != nil {
		view.YearOnYear = s.words.in(lang, "report.year_on_year", r.YearOnYear.From, throughOf(*r.YearOnYear))
		view.Prior = s.words.in(lang, "report.previous", r.Previous.From, throughOf(*r.Previous))
	}
	for _, key := range []string{"reply_rate", "on_time_rate", "satisfaction_rate"} {
		view.Stats = append(view.Stats, s.stat(lang, key, &r.Total, links))
	}
	if r.By != report.ByNone {
		table := s.groupTable(lang, r, links, groupFigures)
		table.Caption = s.words.in(lang, "report.groups", s.words.in(lang, "report.by."+string(r.By)))
		view.Groups = &table
	}
	view.Sections = s.figureSections(lang, r, links)
	view.Conduct = s.conductTable(lang, r)
	view.CSVHref, view.JSONHref = "/reports/csv?"+f.values().Encode(), "/reports/json?"+f.values().Encode()
	view.XLSXHref, view.WrittenHref = "/reports/xlsx?"+f.values().Encode(), "/reports/written?"+f.values().Encode()
	view.ForDepartment = !seesAll(s.actor(c)) && len(s.actor(c).Departments()) > 0
	return nil
}

// throughOf is the last day of a period, which itself ends before its To.
func throughOf(p report.Period) string {
	to, err := time.Parse(time.DateOnly, p.To)
	if err != nil {
		return p.To // the engine made it: it is a date
	}
	return to.AddDate(0, 0, -1).Format(time.DateOnly)
}

// seesAll tells whether the actor may open every case.
func seesAll(a people.Actor) bool {
	_, err := a.Permit(people.View, people.Subject{})
	return err == nil
}

// figureCSV and figureJSON are the same report as a file.
func (s *Server) figureCSV(c echo.Context) error {
	r, err := s.runReport(c, reportFormOf(c, visitOf(c).now.In(s.loc)))
	if err != nil {
		return err
	}
	s.asFile(c, "text/csv; charset=utf-8", r, "csv")
	return report.WriteCSV(c.Response(), *r, visitOf(c).lang)
}

func (s *Server) figureJSON(c echo.Context) error {
	r, err := s.runReport(c, reportFormOf(c, visitOf(c).now.In(s.loc)))
	if err != nil {
		return err
	}
	s.asFile(c, "application/json; charset=utf-8", r, "json")
	return report.WriteJSON(c.Response(), *r)
}

// asFile names the file after its period; dates need no escaping.
func (s *Server) asFile(c echo.Context, kind string, r *report.Report, ending string) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, kind)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="report-`+r.Period.From+"-"+throughOf(r.Period)+"."+ending+`"`)
}

// figureLinks leads from a figure to its cases; none for those who may open no case.
type figureLinks struct {
	form   reportForm
	whole  bool  // every figure opens
	own    int64 // otherwise the rows of this department do; 0: nothing does
	counts []string
}

func (s *Server) linksFor(c echo.Context, f reportForm) figureLinks {
	a := s.actor(c)
	links := figureLinks{form: f, whole: seesAll(a), counts: report.FigureNames()}
	if own := a.Departments(); !links.whole && len(own) > 0 {
		links.own = own[0]
	}
	return links
}

// href is where a count of a group leads; "" where it leads nowhere. group is nil for the total.
func (l figureLinks) href(figure string, group *report.Figures, n int64) string {
	if n == 0 || !slices.Contains(l.counts, figure) {
		return ""
	}
	f := l.form
	if !l.whole {
		// A department opens its own row, and the total when the report is of nothing but itself.
		own := strconv.FormatInt(l.own, 10)
		if l.own == 0 || group == nil && f.Department != own || group != nil && (f.By != string(report.ByDepartment) || group.GroupID != own) {
			return ""
		}
	}
	v := f.values()
	v.Set("figure", figure)
	if group == nil {
		v.Del("by")
	} else {
		v.Set("group", group.GroupID)
	}
	return "/reports/cases?" + v.Encode()
}
