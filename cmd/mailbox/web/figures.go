package web

import (
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// reportForm is what a report is asked for, as it stands in the address. Through is the last day of the
// period: people say "to 30 June" and mean that day too, while a [report.Query] ends before its To.
type reportForm struct {
	From, Through string
	By, Then      string
	Channel, Kind string
	Topic         string
	District      string
	Department    string
	Policy        string // a version
	Successors    string // "1": ended departments with those that took over
	Sort          string // the figure that a table is sorted by, "-" in front for the most first
	Rows          string // "all": long tables with all their rows
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
		Topic: param("topic"), District: param("district"), Department: param("department"),
		Then: param("then"), Policy: param("policy"), Successors: param("successors"), Sort: param("sort"), Rows: param("rows"), AsOf: param("as_of"), At: param("at"),
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
		"district": f.District, "department": f.Department, "then": f.Then, "policy": f.Policy, "successors": f.Successors,
		"sort": f.Sort, "rows": f.Rows, "as_of": f.AsOf, "at": f.At,
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
		From: f.From, By: report.Grouping(f.By), Then: report.Grouping(f.Then), Channel: f.Channel, Kind: f.Kind,
		Topic: f.Topic, District: f.District, Successors: f.Successors != "", Compare: true,
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
	if f.Policy != "" {
		if q.Policy, err = strconv.ParseInt(f.Policy, 10, 64); err != nil || q.Policy < 1 {
			return q, errs.Invalid("policy", "there is no such version of the policies", "没有这个版本的办理规则")
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

// onForm names the field as it stands on the page: what a query calls to, the form calls through.
func onForm(err error) error {
	if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "to" {
		return err
	}
	return errs.Invalid("through", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
}

// throughOf is the last day of a period, which itself ends before its To.
func throughOf(p report.Period) string {
	to, err := time.Parse(time.DateOnly, p.To)
	if err != nil {
		return p.To // the engine made it: it is a date
	}
	return to.AddDate(0, 0, -1).Format(time.DateOnly)
}

// presets are the periods that are asked for again and again.
func (s *Server) presets(c echo.Context, path string, f reportForm) []tabView {
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
			Href: path + "?" + to.values().Encode(), Label: s.words.in(visitOf(c).lang, "report.preset."+p.name),
			Current: to.From == f.From && to.Through == f.Through,
		})
	}
	return all
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
