package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// departmentPage is everything about one department.
type departmentPage struct {
	*reportPage
	Stats   []statView
	Charts  []chartView
	Months  tableView
	Took    clockDays
	Grades  tableView
	Topics  *tableView
	Conduct *tableView
	Reworks *tableView
}

var (
	departmentStats  = []string{"valid", "department_on_time_rate", "on_time_rate", "satisfaction_rate", "resolution_rate", "department_median_days", "overdue_open", "last_hour"}
	departmentTopics = []string{"valid", "on_time_rate", "overdue_open", "satisfaction_rate"}
)

// topicsShown is how many topics stand on a department's page.
const topicsShown = 12

// reportDepartment is a department's own page.
func (s *Server) reportDepartment(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	names, found := map[int64]string(nil), err == nil && id > 0
	if found {
		if names, err = s.departmentNames(c); err != nil {
			return err
		}
		_, found = names[id]
	}
	if !found {
		return errs.NotFound("there is no such department", "没有这个部门")
	}
	f := reportFormOf(c, visitOf(c).now.In(s.loc))
	f.Department = strconv.FormatInt(id, 10)
	tab := reportTab{departmentTab, report.ByTopic}
	return s.showReport(c, tab, departmentTab+"/"+f.Department, f, func(c echo.Context, a *askedReport) (any, error) {
		a.page.Title = names[id]
		return s.fillDepartment(c, a)
	})
}

func (s *Server) fillDepartment(c echo.Context, a *askedReport) (any, error) {
	months, _, links, err := s.byMonth(c, a, "")
	if err != nil {
		return nil, err
	}
	// What it did counts for it wherever the letters are now, so the letters of all are looked through.
	q := a.query
	q.By, q.Department, q.Compare = report.ByNone, 0, false
	all, err := s.Report.Run(c.Request().Context(), q)
	if err != nil {
		return nil, err
	}
	conductLinks := a.links.with(func(f *reportForm) { f.Department = "" })
	view := &departmentPage{
		reportPage: a.page, Stats: s.statsWithTrends(a, departmentStats, months),
		Charts: s.monthCharts(a, months, "received", "department_on_time_rate"), Months: s.monthsTable(a, months, links),
		Took:   s.clockDays(a, true, a.links.with(func(f *reportForm) { f.By, f.Then = "", "" })),
		Grades: s.sharesTable(a, "report.satisfaction.grades", gradeFigures), Reworks: s.reworkTable(a),
	}
	if line := conductOf(all.Conduct, a.form.Department); line != nil {
		one := *a
		one.Report, one.links = &report.Report{Conduct: []report.ConductLine{*line}}, conductLinks
		view.Conduct = s.conductTable(&one)
	}
	view.Topics = s.topTopics(a)
	return view, nil
}

// topTopics are the first levels of the topics with most letters; nil when no letter has one.
func (s *Server) topTopics(a *askedReport) *tableView {
	table := s.figureTable(a.lang, s.words.in(a.lang, "report.by.topic"), s.words.in(a.lang, "report.department.topics"), departmentTopics, sorting{})
	var most int64
	for _, b := range report.Branches(a.Groups) {
		if b.Depth > 0 || b.Topic == "" || len(table.Rows) == topicsShown {
			continue
		}
		most = max(most, b.Valid)
		row := figureRow(b.Name, &b.Figures, a.links.with(func(f *reportForm) { f.Topic, f.By = b.Topic, "" }), departmentTopics, nil, nil)
		row.Cells[0].Bar = barOf(b.Valid, most)
		table.Rows = append(table.Rows, row)
	}
	if len(table.Rows) == 0 {
		return nil
	}
	return &table
}
