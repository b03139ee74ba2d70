package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/sla/report"
)

// speedView is how many letters took how many working days, by both clocks.
type speedView struct {
	*reportPage
	Stats  []statView
	Clocks []clockDays
	Groups tableView
}

// clockDays is the distribution of one clock.
type clockDays struct {
	Chart chartView
	Table tableView
}

// tookMost is the last number of days that has a bar of its own; what took longer is one bar, and each in the table.
const tookMost = 20

var (
	speedStats   = []string{"median_days", "p90_days", "department_median_days", "department_p90_days"}
	speedFigures = []string{"valid", "answered", "median_days", "p90_days", "department_median_days", "department_p90_days"}
)

func (s *Server) reportSpeed(c echo.Context, a *askedReport) (any, error) {
	months, _, _, err := s.byMonth(c, a, "")
	if err != nil {
		return nil, err
	}
	view := &speedView{reportPage: a.page, Stats: s.statsWithTrends(a, speedStats, months)}
	total := a.links.with(func(f *reportForm) { f.By, f.Then = "", "" })
	view.Clocks = []clockDays{s.clockDays(a, false, total), s.clockDays(a, true, total)}
	view.Groups = s.groupTable(a, speedFigures)
	return view, nil
}

// clockDays draws the distribution of the writer's or the department's clock, and lists it.
func (s *Server) clockDays(a *askedReport, departments bool, links figureLinks) clockDays {
	name, took, median, p90 := "writer", a.Total.Took, a.Total.MedianDays, a.Total.P90Days
	if departments {
		name, took, median, p90 = "department", a.Total.DepartmentTook, a.Total.DepartmentMedianDays, a.Total.DepartmentP90Days
	}
	title := s.words.in(a.lang, "report.took."+name)
	var values []int64
	longer := false
	for _, t := range took {
		at := min(t.Days, tookMost+1)
		for int64(len(values)) <= at {
			values = append(values, 0)
		}
		values[at] += t.Letters
		longer = longer || t.Days > tookMost
	}
	chart := newChart("took-"+name, title, max(len(values), boardMonths))
	mark := -1
	if median != nil && *median <= tookMost {
		mark = int(*median)
	}
	chart.bars(values, mark, false)
	apart := (len(values) + boardMonths - 1) / boardMonths
	for i := range values {
		text := strconv.Itoa(i)
		if i == tookMost+1 {
			text = strconv.Itoa(tookMost) + "+"
		}
		if i == tookMost+1 || i%max(apart, 1) == 0 && (!longer || i+apart <= tookMost+1) { // the last label has its place to itself
			chart.Marks = append(chart.Marks, chartMark{chart.at(i), chartBottom + chartLine, text, i == mark})
		}
	}
	chart.Text = s.words.in(a.lang, "report.took.none")
	if median != nil && p90 != nil {
		chart.Text = s.words.in(a.lang, "report.took.text", *median, *p90, took[len(took)-1].Days)
	}
	if longer {
		chart.Text += s.words.in(a.lang, "report.took.longer", tookMost)
	}
	return clockDays{chart, s.tookTable(a, title, departments, took, links)}
}

func (s *Server) tookTable(a *askedReport, title string, departments bool, took []report.Took, links figureLinks) tableView {
	table := tableView{
		Caption: title, Empty: s.words.in(a.lang, "report.empty"),
		Columns: []tableColumn{{Label: s.words.in(a.lang, "report.took.days")}, {Label: s.words.in(a.lang, "report.took.letters"), Numeric: true}},
	}
	var most int64
	for _, t := range took {
		most = max(most, t.Letters)
	}
	for _, t := range took {
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: strconv.FormatInt(t.Days, 10), Bar: barOf(t.Letters, most)},
			{Text: strconv.FormatInt(t.Letters, 10), Href: links.href(report.TookFigure(departments, t.Days), nil, nil, t.Letters)},
		}})
	}
	return table
}

// barOf is the length of a bar, 0 to 100; what there is of is never drawn as nothing.
func barOf(n, most int64) int {
	if n <= 0 || most <= 0 {
		return 0
	}
	return max(int(n*100/most), 1)
}
