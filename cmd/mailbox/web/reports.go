package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// reportTab is one of the pages of reports. They share one form, so that a period and its conditions go with the reader
// from page to page.
type reportTab struct {
	name string
	by   report.Grouping // what its groups are; empty: what the reader asks for
}

// reportTabs are the names of those that stand beside each other; routes.go says where.
var reportTabs = []string{"overview", "departments", "time", "speed", "satisfaction", "topics", "conduct", "appraisal"}

// departmentTab is the page of one department, which its name leads to.
const departmentTab = "department"

// pathOf is where a page of reports stands.
func pathOf(tab string) string {
	if tab == "overview" || tab == "" {
		return "/reports"
	}
	return "/reports/" + tab
}

// reportPage is what all pages of reports have: the form, the period and what it is compared with.
type reportPage struct {
	Title, Action     string
	Tabs              []tabView
	Fields            []fieldView // the period and the grouping
	Filters           []fieldView // what narrows it
	Kept              []keptField // what was chosen elsewhere
	Narrowed          bool
	Presets           []tabView
	Ready             bool // there is a report; false when the form must be mended first
	Period, AsOf      string
	YearOnYear, Prior string
	Conditions        string // the filters in words, for who reads it on paper
	CSVHref, JSONHref string
	XLSXHref          string
	WrittenHref       string
	ForDepartment     bool // the reader may open the cases of one department only
	HowHref           string
}

// keptField is a choice that a form sends again without showing it.
type keptField struct{ Name, Value string }

// askedReport is a report while its page is being filled.
type askedReport struct {
	lang  errs.Lang
	asked reportForm   // as the reader's address has it
	form  reportForm   // as of the instant of the report
	query report.Query // as of the instant of the report
	page  *reportPage
	*report.Report
	links figureLinks
}

// reportOn is a page of reports: its report is made, and fill puts its own figures on it.
func (s *Server) reportOn(name string, by report.Grouping, fill func(c echo.Context, a *askedReport) (any, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		return s.showReport(c, reportTab{name, by}, name, reportFormOf(c, visitOf(c).now.In(s.loc)), fill)
	}
}

func (s *Server) showReport(c echo.Context, tab reportTab, at string, f reportForm, fill func(c echo.Context, a *askedReport) (any, error)) error {
	v := visitOf(c)
	page, err := s.askReport(c, tab, at, f)
	if err != nil {
		return err
	}
	a := askedReport{lang: v.lang, asked: f, form: f, page: page}
	name := "report/" + tab.name
	if a.query, err = s.reportQuery(f, v.now); err != nil {
		s.markWrong(c, page, err)
		return s.redisplay(c, onForm(err), name, Page{View: page})
	}
	if tab.by != "" {
		a.query.By, a.query.Then = tab.by, ""
		a.form.By, a.form.Then = string(tab.by), ""
	}
	r, err := s.Report.Run(c.Request().Context(), a.query)
	if err != nil {
		s.markWrong(c, page, onForm(err))
		return s.redisplay(c, onForm(err), name, Page{View: page})
	}
	a.Report, a.query.AsOf = &r, r.AsOf.Time
	// The lists behind the figures must be as of the same instant as the figures.
	a.form.At, a.form.AsOf = strconv.FormatInt(r.AsOf.Unix(), 10), ""
	a.links = s.linksFor(c, a.form, at)
	s.describe(&a)
	view, err := fill(c, &a)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, name, Page{View: view})
}

// describe says which letters the report is about.
func (s *Server) describe(a *askedReport) {
	page, r := a.page, a.Report
	page.Ready = true
	page.Period = s.words.in(a.lang, "report.period", r.Period.From, throughOf(r.Period))
	page.AsOf = s.words.in(a.lang, "report.as_of", wording.DateTime(r.AsOf.Time, a.lang, s.loc))
	if r.YearOnYear != nil && r.Previous != nil {
		page.YearOnYear = s.words.in(a.lang, "report.year_on_year", r.YearOnYear.From, throughOf(*r.YearOnYear))
		page.Prior = s.words.in(a.lang, "report.previous", r.Previous.From, throughOf(*r.Previous))
	}
	var conditions []string
	for _, field := range page.Filters {
		if value := s.chosenWords(&field); value != "" && field.Name != "as_of" {
			conditions = append(conditions, s.words.in(a.lang, "report.group", field.Label, value))
		}
	}
	page.Conditions = strings.Join(conditions, s.words.in(a.lang, "report.and"))
	page.CSVHref, page.JSONHref = "/reports/csv?"+a.form.values().Encode(), "/reports/json?"+a.form.values().Encode()
	page.XLSXHref, page.WrittenHref = "/reports/xlsx?"+a.form.values().Encode(), "/reports/written?"+a.form.values().Encode()
	page.ForDepartment = !a.links.whole && a.links.own != ""
}

// chosenWords is what a field of the form says in words; "" when it narrows nothing.
func (s *Server) chosenWords(field *fieldView) string {
	if field.Value == "" {
		return ""
	}
	for _, o := range field.Options {
		if o.Value == field.Value {
			return o.Label
		}
	}
	return field.Value
}

func (s *Server) markWrong(c echo.Context, page *reportPage, err error) {
	for _, fields := range [][]fieldView{page.Fields, page.Filters} {
		for i := range fields {
			if fields[i].Name == errs.FieldOf(err) {
				fields[i].Error = errs.Message(err, visitOf(c).lang)
				page.Narrowed = true
			}
		}
	}
}

// askReport is the form, filled as it was sent.
func (s *Server) askReport(c echo.Context, tab reportTab, at string, f reportForm) (*reportPage, error) {
	lang := visitOf(c).lang
	path := pathOf(at)
	page := &reportPage{
		Title: s.words.in(lang, "report.tab."+tab.name), Action: path, Presets: s.presets(c, path, f), HowHref: "/reports/how",
		Narrowed: f.Channel+f.Kind+f.Topic+f.District+f.AsOf+f.Policy+f.Successors != "" || f.Department != "" && tab.name != departmentTab,
	}
	field := func(name, kind, value string) fieldView {
		return fieldView{Lang: lang, Name: name, Type: kind, Value: value, Label: s.words.in(lang, "report.field."+name)}
	}
	with := func(f fieldView, options []option) fieldView { f.Options = options; return f }
	page.Fields = []fieldView{field("from", "date", f.From), field("through", "date", f.Through)}
	if tab.by == "" {
		first, second := s.groupings(lang, false), s.groupings(lang, true)
		page.Fields = append(page.Fields, with(field("by", "select", f.By), first), with(field("then", "select", f.Then), second))
	} else {
		page.keep("by", f.By)
		page.keep("then", f.Then)
	}
	page.keep("sort", f.Sort)
	page.keep("rows", f.Rows)
	if tab.name != departmentTab {
		departments, err := s.departmentOptions(c, false)
		if err != nil {
			return nil, err
		}
		page.Filters = append(page.Filters, with(field("department", "select", f.Department), departments))
	}
	asOf := field("as_of", "date", f.AsOf)
	asOf.Hint = s.words.in(lang, "report.hint.as_of")
	successors := with(field("successors", "select", f.Successors), []option{
		{Label: s.words.in(lang, "report.successors.no")}, {Value: "1", Label: s.words.in(lang, "report.successors.yes")},
	})
	page.Filters = append(
		page.Filters,
		with(field("channel", "select", f.Channel), s.channelOptions(lang, true)),
		with(field("kind", "select", f.Kind), s.kindOptions(lang, true)),
		field("topic", "text", f.Topic), field("district", "text", f.District),
		with(field("policy", "select", f.Policy), s.policyOptions(lang)), successors, asOf,
	)
	page.Tabs = s.reportTabs(c, f, at)
	return page, nil
}

func (p *reportPage) keep(name, value string) {
	if value != "" {
		p.Kept = append(p.Kept, keptField{name, value})
	}
}

// groupings are what letters can be grouped by; as a second grouping none is the absence of one.
func (s *Server) groupings(lang errs.Lang, second bool) []option {
	var options []option
	for _, by := range report.Groupings {
		o := option{Value: string(by), Label: s.words.in(lang, "report.by."+string(by))}
		if second && by == report.ByNone {
			o.Value = ""
		}
		options = append(options, o)
	}
	return options
}

func (s *Server) policyOptions(lang errs.Lang) []option {
	options := []option{{Label: s.words.in(lang, "desk.all")}}
	for _, version := range s.Desk.PolicyVersions() {
		options = append(options, option{Value: strconv.FormatInt(version, 10), Label: s.words.in(lang, "deadline.version", version)})
	}
	return options
}

// reportTabs lead to the other pages with the same choices, and at the end to the hot issues and the definitions.
func (s *Server) reportTabs(c echo.Context, f reportForm, at string) []tabView {
	v := visitOf(c)
	if strings.HasPrefix(at, departmentTab+"/") {
		f.Department = "" // the page is about it; the others are about all
	}
	query := f.values().Encode()
	var tabs []tabView
	for _, tab := range reportTabs {
		tabs = append(tabs, tabView{Href: pathOf(tab) + "?" + query, Label: s.words.in(v.lang, "report.tab."+tab), Current: tab == at})
	}
	own := s.actor(c).Departments()
	if len(own) > 0 {
		mine := departmentTab + "/" + strconv.FormatInt(own[0], 10)
		tabs = slices.Insert(tabs, 1, tabView{Href: pathOf(mine) + "?" + query, Label: s.words.in(v.lang, "report.tab.own"), Current: mine == at})
	}
	if s.admits("/hot", v) {
		tabs = append(tabs, tabView{Href: "/hot", Label: s.words.in(v.lang, "nav.hot")})
	}
	return append(tabs, tabView{Href: "/reports/how", Label: s.words.in(v.lang, "report.tab.how"), Current: at == "how"})
}

// monthsShown is how many months the drawings by month have: those of the period, but at least a year, and no more than two.
const monthsShown, monthsMost = 12, 24

// byMonth are the whole months up to the one in which the period ends, and the links to their cases.
func (s *Server) byMonth(c echo.Context, a *askedReport, then report.Grouping) (months []report.Figures, groups []report.Figures, links figureLinks, err error) {
	first, err := dateIn("from", a.Period.From)
	if err != nil {
		return nil, nil, links, err
	}
	last, err := dateIn("through", throughOf(a.Period))
	if err != nil {
		return nil, nil, links, err
	}
	from, end := monthOf(first), monthOf(last)
	if least := end.AddDate(0, 1-monthsShown, 0); from.After(least) {
		from = least
	}
	if most := end.AddDate(0, 1-monthsMost, 0); from.Before(most) {
		from = most
	}
	q := a.query
	q.From, q.To, q.Compare, q.Brief = from.Format(time.DateOnly), end.AddDate(0, 1, 0).Format(time.DateOnly), false, true
	q.By, q.Then = report.ByMonth, ""
	if then != "" {
		q.By, q.Then = then, report.ByMonth
	}
	r, err := s.Report.Run(c.Request().Context(), q)
	if err != nil {
		return nil, nil, links, err
	}
	links = a.links.with(func(f *reportForm) {
		f.From, f.Through = q.From, throughOf(report.Period{To: q.To})
		f.By, f.Then = string(q.By), string(q.Then)
	})
	if then != "" {
		for i := range r.Groups {
			r.Groups[i].Parts = inARow(from, end, r.Groups[i].Parts)
		}
		return inARow(from, end, nil), r.Groups, links, nil
	}
	return inARow(from, end, r.Groups), nil, links, nil
}

// inARow puts months beside each other; one without letters has no group in a report.
func inARow(from, last time.Time, groups []report.Figures) []report.Figures {
	var months []report.Figures
	for month := from; !month.After(last); month = month.AddDate(0, 1, 0) {
		figures := report.Figures{Group: monthKey(month), GroupID: monthKey(month)}
		if i := slices.IndexFunc(groups, func(f report.Figures) bool { return f.GroupID == figures.GroupID }); i >= 0 {
			figures = groups[i]
		}
		months = append(months, figures)
	}
	return months
}

// monthNamed is a month as people write it.
func (s *Server) monthNamed(lang errs.Lang, key string) string {
	month, err := time.Parse("2006-01", key)
	if err != nil {
		return key // the page made it: it is a month
	}
	return s.monthName(lang, month)
}
