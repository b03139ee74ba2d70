package web

import (
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// conductView is how departments conducted themselves.
type conductView struct {
	*reportPage
	Kinds    *tableView // of all departments; nil: nothing to tell
	Conduct  *tableView // by department
	LastHour *tableView
	Reworks  *tableView
}

var lastHourFigures = []string{"on_time", "last_hour"}

func (s *Server) reportConduct(_ echo.Context, a *askedReport) (any, error) {
	view := &conductView{reportPage: a.page, Kinds: s.conductKinds(a), Conduct: s.conductTable(a), Reworks: s.reworkTable(a)}
	table := s.groupTable(a, lastHourFigures)
	table.Caption = s.words.in(a.lang, "report.last_hour.caption")
	if a.Total.LastHour > 0 {
		view.LastHour = &table
	}
	return view, nil
}

// conductKinds is how often each conduct happened, with what it means; nil when none did.
func (s *Server) conductKinds(a *askedReport) *tableView {
	kinds := report.ConductKinds(a.Conduct)
	if len(kinds) == 0 {
		return nil
	}
	sums, most := map[cases.Conduct]int64{}, int64(0)
	for _, kind := range kinds {
		for i := range a.Conduct {
			sums[kind] += a.Conduct[i].Counts[kind]
		}
		most = max(most, sums[kind])
	}
	table := tableView{
		Caption: s.words.in(a.lang, "report.conduct.kinds"),
		Columns: []tableColumn{
			{Label: s.words.in(a.lang, "report.conduct")},
			{Label: s.words.in(a.lang, "report.conduct.times"), Numeric: true},
			{Label: s.words.in(a.lang, "report.conduct.what")},
		},
	}
	for _, kind := range kinds {
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: wording.ConductName(a.lang, string(kind)), Bar: barOf(sums[kind], most)},
			{Text: strconv.FormatInt(sums[kind], 10), Href: a.links.conduct(kind, "", sums[kind])},
			{Text: s.words.in(a.lang, "report.conduct.how."+string(kind))},
		}})
	}
	return &table
}

// conductTable is the same by department.
func (s *Server) conductTable(a *askedReport) *tableView {
	kinds := report.ConductKinds(a.Conduct)
	if len(kinds) == 0 {
		return nil
	}
	table := tableView{
		Caption: s.words.in(a.lang, "report.conduct.caption"),
		Columns: []tableColumn{{Label: s.words.in(a.lang, "report.by.department")}},
	}
	for _, kind := range kinds {
		table.Columns = append(table.Columns, tableColumn{Label: wording.ConductName(a.lang, string(kind)), Numeric: true})
	}
	for i := range a.Conduct {
		table.Rows = append(table.Rows, s.conductRow(a, &a.Conduct[i], kinds))
	}
	s.cut(a, &table, rowsShown)
	return &table
}

func (s *Server) conductRow(a *askedReport, line *report.ConductLine, kinds []cases.Conduct) tableRow {
	named := report.Figures{Group: line.Department, GroupID: line.DepartmentID}
	row := tableRow{Cells: []tableCell{{Text: line.Name(a.lang), Href: a.links.department(report.ByDepartment, &named)}}}
	for _, kind := range kinds {
		n := line.Counts[kind]
		row.Cells = append(row.Cells, tableCell{Text: strconv.FormatInt(n, 10), Href: a.links.conduct(kind, line.DepartmentID, n)})
	}
	return row
}

// reworkTable is the second rounds that were granted in the period, by department; nil when there was none.
func (s *Server) reworkTable(a *askedReport) *tableView {
	if a.ReworkTotal == nil {
		return nil
	}
	table := tableView{
		Caption: s.words.in(a.lang, "report.reworks.caption"), Layout: "cards",
		Columns: []tableColumn{{Label: s.words.in(a.lang, "report.by.department")}},
	}
	for _, name := range reworkColumns {
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(a.lang, "report.rework."+name), Numeric: true})
	}
	for i := range a.Reworks {
		line := &a.Reworks[i]
		named := report.Figures{Group: line.Department, GroupID: line.DepartmentID}
		row := reworkRow(line.Name(a.lang), &line.Reworks, line.DepartmentID, a.links)
		row.Cells[0].Href = a.links.department(report.ByDepartment, &named)
		table.Rows = append(table.Rows, row)
	}
	total := reworkRow(s.words.in(a.lang, "report.total"), a.ReworkTotal, "", a.links)
	total.Total = true
	table.Rows = append(table.Rows, total)
	return &table
}

// reworkColumns are the figures of reworks in the order in which they are shown; those that are counts open.
var reworkColumns = []string{"granted", "answered", "due", "on_time", "on_time_rate", "overdue_open", "rated", "satisfied", "satisfaction_rate"}

func reworkRow(name string, of *report.Reworks, department string, links figureLinks) tableRow {
	counts := map[string]int64{
		"granted": of.Granted, "answered": of.Answered, "due": of.Due, "on_time": of.OnTime, "overdue_open": of.OverdueOpen,
		"rated": of.Rated, "satisfied": of.Satisfied,
	}
	rates := map[string]report.Rate{"on_time_rate": of.OnTimeRate, "satisfaction_rate": of.SatisfactionRate}
	row := tableRow{Cells: []tableCell{{Text: name}}}
	for _, column := range reworkColumns {
		if rate, ok := rates[column]; ok {
			row.Cells = append(row.Cells, tableCell{Text: rate.String()})
			continue
		}
		n := counts[column]
		row.Cells = append(row.Cells, tableCell{Text: strconv.FormatInt(n, 10), Href: links.rework(column, department, n)})
	}
	return row
}

// conductOf is the line of one department; nil when it has none.
func conductOf(lines []report.ConductLine, department string) *report.ConductLine {
	i := slices.IndexFunc(lines, func(l report.ConductLine) bool { return l.DepartmentID == department })
	if i < 0 {
		return nil
	}
	return &lines[i]
}
