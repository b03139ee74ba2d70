package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// leagueView is the league table of the departments, and a small drawing of each.
type leagueView struct {
	*reportPage
	Ranked, Few *tableView
	Explain     string
	Small       []smallView
	SmallText   string
	SmallTable  tableView
}

// smallView is one of many small drawings on the same scale.
type smallView struct {
	Name, Href, Value string
	Trend             *trendView
}

// leagueFigures are the columns of the league table.
var leagueFigures = []string{
	"valid", "department_due", "department_on_time", "department_on_time_rate", "on_time_rate", "overdue_open", "department_median_days", "rated", "satisfaction_rate",
}

// fewFigures are those of departments with too few letters for a rate to say anything.
var fewFigures = []string{"valid", "department_due", "department_on_time", "overdue_open"}

// leagueMeasure is what departments are ranked by, and what is drawn of each: the clock that is their own.
const leagueMeasure = "department_on_time_rate"

// smallMost is how many small drawings there are at most; more on one page nobody compares.
const smallMost = 20

func (s *Server) reportDepartments(c echo.Context, a *askedReport) (any, error) {
	months, departments, _, err := s.byMonth(c, a, report.ByDepartment)
	if err != nil {
		return nil, err
	}
	enough, few, unrouted := ranked(a.Groups)
	ranks := ranksOf(enough)
	view := &leagueView{
		reportPage: a.page, Explain: s.words.in(a.lang, "report.league.how", boardMinimum),
		Ranked: s.leagueTable(a, "report.league.ranked", leagueFigures, enough, ranks),
	}
	if unrouted != nil {
		few = append(few, *unrouted)
	}
	view.Few = s.leagueTable(a, "report.league.few", fewFigures, few, nil)
	s.smallMultiples(a, view, enough, months, departments)
	return view, nil
}

// ranksOf gives departments in the order of their rate a rank; those with the same printed rate share it.
func ranksOf(departments []report.Figures) map[string]int {
	ranks := make(map[string]int, len(departments))
	rank, last := 0, int64(-1)
	for i := range departments {
		if rate, _ := departments[i].DepartmentOnTimeRate.Hundredths(); rate != last {
			rank, last = i+1, rate
		}
		ranks[departments[i].GroupID] = rank
	}
	return ranks
}

// leagueTable is departments with their figures, with their ranks where they have any; nil when there are none.
func (s *Server) leagueTable(a *askedReport, caption string, keys []string, departments []report.Figures, ranks map[string]int) *tableView {
	if len(departments) == 0 {
		return nil
	}
	by := sortingOf(a)
	table := s.figureTable(a.lang, s.words.in(a.lang, "report.by.department"), s.words.in(a.lang, caption), keys, by)
	if ranks != nil {
		rank := tableColumn{Label: s.words.in(a.lang, "report.league.rank"), Numeric: true}
		table.Columns = append(table.Columns[:1:1], append([]tableColumn{rank}, table.Columns[1:]...)...)
	}
	for _, f := range by.order(departments) {
		row := figureRow(s.groupName(a.lang, report.ByDepartment, f), f, a.links, keys, f, nil)
		row.Cells[0].Href = a.links.department(report.ByDepartment, f)
		if ranks != nil {
			row.Cells = append(row.Cells[:1:1], append([]tableCell{{Text: strconv.Itoa(ranks[f.GroupID])}}, row.Cells[1:]...)...)
		}
		table.Rows = append(table.Rows, row)
	}
	most := rowsShown
	if ranks == nil {
		most = fewShown
	}
	s.cut(a, &table, most)
	return &table
}

// smallMultiples draws each ranked department's rate by month, all on one scale so that they can be compared.
func (s *Server) smallMultiples(a *askedReport, view *leagueView, enough, months, departments []report.Figures) {
	byID := make(map[string][]report.Figures, len(departments))
	for i := range departments {
		byID[departments[i].GroupID] = departments[i].Parts
	}
	shown := enough[:min(len(enough), smallMost)]
	var all []report.Rate
	for i := range shown {
		all = append(all, ratesOf(byID[shown[i].GroupID], leagueMeasure)...)
	}
	floor, _ := scaleFrom(all)
	view.SmallText = s.words.in(a.lang, "report.small.how", len(months), floor, len(shown))
	view.SmallTable = tableView{
		Caption: s.words.in(a.lang, "report.small.caption"), Columns: []tableColumn{{Label: s.words.in(a.lang, "report.by.department")}},
	}
	for i := range months {
		view.SmallTable.Columns = append(view.SmallTable.Columns, tableColumn{Label: months[i].GroupID, Numeric: true})
	}
	for i := range shown {
		f := &shown[i]
		parts := byID[f.GroupID]
		one := smallView{Name: f.Group, Href: a.links.department(report.ByDepartment, f), Value: s.rateText(a.lang, f.DepartmentOnTimeRate)}
		one.Trend = trend(readings(ratesOf(parts, leagueMeasure)), floor*100, 100_00)
		one.Trend.Text = s.smallWords(a.lang, f.Group, parts)
		view.Small = append(view.Small, one)
		cells := []tableCell{{Text: f.Group}}
		for j := range parts {
			cells = append(cells, tableCell{Text: parts[j].DepartmentOnTimeRate.String()})
		}
		view.SmallTable.Rows = append(view.SmallTable.Rows, tableRow{Cells: cells})
	}
}

// smallWords say what a small drawing shows.
func (s *Server) smallWords(lang errs.Lang, name string, months []report.Figures) string {
	var first, last *report.Figures
	for i := range months {
		if _, ok := months[i].DepartmentOnTimeRate.Hundredths(); ok {
			if first == nil {
				first = &months[i]
			}
			last = &months[i]
		}
	}
	if first == nil {
		return s.words.in(lang, "report.small.none", name)
	}
	return s.words.in(lang, "report.small.text", name, s.monthNamed(lang, first.GroupID), first.DepartmentOnTimeRate.String(),
		s.monthNamed(lang, last.GroupID), last.DepartmentOnTimeRate.String())
}
