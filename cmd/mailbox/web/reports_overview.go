package web

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// overviewView is the whole city at a glance, and any grouping the reader asks for.
type overviewView struct {
	*reportPage
	Stats    []statView
	Groups   *tableView
	Sections []figureSection
}

// overviewFigures are those in large type.
var overviewFigures = []string{
	"received", "reply_rate", "on_time_rate", "department_on_time_rate", "satisfaction_rate", "resolution_rate", "median_days", "overdue_open",
}

// groupFigures are the columns of the table of groups: what must fit beside a name on paper.
var groupFigures = []string{
	"valid", "answered", "reply_rate", "due", "on_time", "on_time_rate", "overdue_open", "department_on_time_rate", "rated", "satisfaction_rate",
}

func (s *Server) reportOverview(c echo.Context, a *askedReport) (any, error) {
	months, _, _, err := s.byMonth(c, a, "")
	if err != nil {
		return nil, err
	}
	view := &overviewView{reportPage: a.page, Stats: s.statsWithTrends(a, overviewFigures, months), Sections: s.figureSections(a.lang, a.Report, a.links)}
	if a.By != report.ByNone {
		table := s.groupTable(a, groupFigures)
		view.Groups = &table
	}
	return view, nil
}

// statsWithTrends are figures of the total in large type, each with the counts it is made of and its last months.
func (s *Server) statsWithTrends(a *askedReport, keys []string, months []report.Figures) []statView {
	var stats []statView
	for _, key := range keys {
		view := s.stat(a.lang, key, &a.Total, a.links)
		if _, days := figureDays(&a.Total)[key]; days {
			view.Unit = ""
			if view.Value != report.None {
				view.Unit = s.words.in(a.lang, "board.days")
			}
		}
		if part, of, ok := report.RateParts(key); ok && len(part) == 1 {
			view.Counts, view.Parts = "", []statPart{s.statPart(a, part[0]), s.statPart(a, of[0])}
		}
		view.Trend = s.trendOf(a.lang, key, months)
		stats = append(stats, view)
	}
	return stats
}

func (s *Server) statPart(a *askedReport, key string) statPart {
	n := figureCounts(&a.Total)[key]
	return statPart{s.words.in(a.lang, "figure."+key), strconv.FormatInt(n, 10), a.links.href(key, nil, nil, n)}
}

// trendOf draws a figure of the last months: from 0, rates from where a difference can be seen.
func (s *Server) trendOf(lang errs.Lang, key string, months []report.Figures) *trendView {
	values := make([]reading, len(months))
	least, most := -1, -1
	for i := range months {
		values[i].n, values[i].known = figureNumber(&months[i], key)
		if !values[i].known {
			continue
		}
		if least < 0 || values[i].n < values[least].n {
			least = i
		}
		if most < 0 || values[i].n > values[most].n {
			most = i
		}
	}
	var floor, top int64
	if rates := ratesOf(months, key); rates != nil {
		from, _ := scaleFrom(rates)
		floor, top = from*100, 100_00
	} else if most >= 0 {
		top = values[most].n
	}
	view := trend(values, floor, top)
	label := s.words.in(lang, "figure."+key)
	if least < 0 {
		view.Text = s.words.in(lang, "report.trend.none", label, len(months))
		return view
	}
	named := func(i int) (month, value string) {
		value, rate := figureText(&months[i], key)
		if rate {
			value += " %"
		}
		return s.monthNamed(lang, months[i].GroupID), value
	}
	leastMonth, leastValue := named(least)
	mostMonth, mostValue := named(most)
	lastMonth, lastValue := named(len(months) - 1)
	view.Text = s.words.in(lang, "report.trend", label, len(months), leastValue, leastMonth, mostValue, mostMonth, lastMonth, lastValue)
	return view
}

// ratesOf are a rate of each month; nil for what is no rate.
func ratesOf(months []report.Figures, key string) []report.Rate {
	if _, rate := figureRates(&report.Figures{})[key]; !rate {
		return nil
	}
	rates := make([]report.Rate, len(months))
	for i := range months {
		rates[i] = figureRates(&months[i])[key]
	}
	return rates
}
