package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/sla/report"
)

// satisfactionView is how content the writers were.
type satisfactionView struct {
	*reportPage
	Stats   []statView
	Grades  tableView
	Sources tableView
	Groups  tableView
	Words   []wordsLink
}

// wordsLink leads to what those who were not content wrote.
type wordsLink struct{ Href, Text string }

var (
	gradeFigures        = []string{"grade_very_satisfied", "grade_satisfied", "grade_basically_satisfied", "grade_dissatisfied", "grade_very_dissatisfied"}
	unhappyFigures      = []string{"grade_dissatisfied", "grade_very_dissatisfied"}
	sourceFigures       = []string{"rated_web", "rated_sms", "rated_telephone", "rated_other"}
	satisfactionFigures = []string{"answered", "rated", "participation", "satisfied", "satisfaction_rate", "grade_dissatisfied", "grade_very_dissatisfied", "resolution_rate"}
)

func (s *Server) reportSatisfaction(c echo.Context, a *askedReport) (any, error) {
	months, _, _, err := s.byMonth(c, a, "")
	if err != nil {
		return nil, err
	}
	stats := []string{"satisfaction_rate", "participation", "resolution_rate"}
	if a.SilenceDays > 0 {
		stats = append(stats, "satisfaction_with_silence")
	}
	view := &satisfactionView{
		reportPage: a.page, Stats: s.statsWithTrends(a, stats, months),
		Grades: s.sharesTable(a, "report.satisfaction.grades", gradeFigures), Sources: s.sharesTable(a, "report.satisfaction.sources", sourceFigures),
		Groups: s.groupTable(a, satisfactionFigures),
	}
	counts := figureCounts(&a.Total)
	for _, key := range unhappyFigures {
		if href := a.links.href(key, nil, nil, counts[key]); href != "" {
			view.Words = append(view.Words, wordsLink{href, s.words.in(a.lang, "report.satisfaction."+key, counts[key])})
		}
	}
	return view, nil
}

// sharesTable parts the rated letters, with a bar for the share of each part.
func (s *Server) sharesTable(a *askedReport, caption string, keys []string) tableView {
	table := tableView{
		Caption: s.words.in(a.lang, caption), Empty: s.words.in(a.lang, "report.empty"),
		Columns: []tableColumn{
			{Label: s.words.in(a.lang, "report.figure")},
			{Label: s.words.in(a.lang, "report.took.letters"), Numeric: true},
			{Label: s.words.in(a.lang, "report.satisfaction.share"), Numeric: true},
		},
	}
	counts := figureCounts(&a.Total)
	for _, key := range keys {
		n := counts[key]
		share := report.Rate{Part: n, Of: a.Total.Rated}
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: s.words.in(a.lang, "figure."+key), Bar: barOf(n, a.Total.Rated)},
			{Text: strconv.FormatInt(n, 10), Href: a.links.href(key, nil, nil, n)},
			{Text: share.String()},
		}})
	}
	table.Rows = append(table.Rows, tableRow{Total: true, Cells: []tableCell{
		{Text: s.words.in(a.lang, "figure.rated")},
		{Text: strconv.FormatInt(a.Total.Rated, 10), Href: a.links.href("rated", nil, nil, a.Total.Rated)},
		{Text: report.Rate{Part: a.Total.Rated, Of: a.Total.Rated}.String()},
	}})
	return table
}
