package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/sla"
	"mailbox/sla/report"
)

// timeView is the months, with the holidays that lie in them.
type timeView struct {
	*reportPage
	Charts []chartView
	Months tableView
	Shades string // what the shaded stretches are
}

// monthFigures are the columns of the table of months.
var monthFigures = []string{
	"received", "valid", "answered", "reply_rate", "due", "on_time", "on_time_rate", "overdue_open", "median_days", "rated", "satisfaction_rate",
}

func (s *Server) reportTime(c echo.Context, a *askedReport) (any, error) {
	months, _, links, err := s.byMonth(c, a, "")
	if err != nil {
		return nil, err
	}
	view := &timeView{
		reportPage: a.page, Charts: s.monthCharts(a, months, "received", "on_time_rate", "reply_rate", "satisfaction_rate"), Months: s.monthsTable(a, months, links),
		Shades: s.words.in(a.lang, "report.time.shades"),
	}
	return view, nil
}

// monthCharts draw figures of the months, counts as bars and rates as lines, with the holidays behind.
func (s *Server) monthCharts(a *askedReport, months []report.Figures, keys ...string) []chartView {
	charts := make([]chartView, 0, len(keys))
	last := len(months) - 1
	open := monthKey(monthOf(a.AsOf.In(s.loc))) == months[last].GroupID
	for _, key := range keys {
		if rates := ratesOf(months, key); rates != nil && !slices.ContainsFunc(readings(rates), func(r reading) bool { return r.known }) {
			continue // an empty drawing says nothing; the table has the dashes
		}
		chart := newChart(key, s.words.in(a.lang, "figure."+key), len(months))
		s.shadeHolidays(&chart, months)
		s.underMonths(a.lang, &chart, months, last)
		if rates := ratesOf(months, key); rates != nil {
			floor, _ := scaleFrom(rates)
			chart.Title += " %"
			chart.line(rates, floor, last)
			chart.Text = s.trendOf(a.lang, key, months).Text
			if floor > 0 {
				chart.Text += s.words.in(a.lang, "report.scale", floor)
			}
		} else {
			values := make([]int64, len(months))
			for i := range months {
				values[i], _ = figureNumber(&months[i], key)
			}
			chart.bars(values, last, open)
			chart.Text = s.trendOf(a.lang, key, months).Text
			if open {
				chart.Text += s.words.in(a.lang, "report.open_month")
			}
		}
		charts = append(charts, chart)
	}
	return charts
}

// freeDays are days without work beside each other of which at least one is off by a published notice.
type freeDays struct{ first, last sla.Date }

// holidays are those of whole months, from the calendar by which deadlines are counted.
func (s *Server) holidays(months []report.Figures) []freeDays {
	first, last, ok := datesOf(months)
	if !ok {
		return nil
	}
	k := s.Desk.Calendar()
	var all []freeDays
	for d := first; d <= last; d++ {
		if k.IsWorkingDay(d) {
			continue
		}
		run, holiday := freeDays{d, d}, false
		for ; d <= last && !k.IsWorkingDay(d); d++ {
			holiday = holiday || k.Describe(d).Reason == sla.Holiday
			run.last = d
		}
		if holiday {
			all = append(all, run)
		}
	}
	return all
}

// datesOf are the first and the last day of months beside each other.
func datesOf(months []report.Figures) (first, last sla.Date, ok bool) {
	if len(months) == 0 {
		return 0, 0, false
	}
	begin, err := time.Parse("2006-01", months[0].GroupID)
	if err != nil {
		return 0, 0, false
	}
	end, err := time.Parse("2006-01", months[len(months)-1].GroupID)
	if err != nil {
		return 0, 0, false
	}
	return sla.NewDate(begin.Year(), begin.Month(), 1), sla.NewDate(end.Year(), end.Month()+1, 0), true
}

// shadeHolidays shades the holidays where they lie: a month is as wide as its days.
func (s *Server) shadeHolidays(chart *chartView, months []report.Figures) {
	first, _, ok := datesOf(months)
	if !ok {
		return
	}
	year, month, _ := first.YearMonthDay()
	x := func(d sla.Date) int {
		y, m, day := d.YearMonthDay()
		i := (y-year)*12 + int(m-month)
		return chartLeft + i*chart.step + (day-1)*chart.step/lastDay(y, m)
	}
	for _, run := range s.holidays(months) {
		from := x(run.first)
		chart.Shades = append(chart.Shades, chartShade{from, chartTop, max(x(run.last+1)-from, 1), chartTall})
	}
}

// lastDay is how many days a month has.
func lastDay(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// monthsTable has the numbers of the charts, the newest month first unless sorted, with its working days and holidays.
func (s *Server) monthsTable(a *askedReport, months []report.Figures, links figureLinks) tableView {
	by := sortingOf(a)
	if by.chosen == "" {
		by.chosen = "-" + byName
	}
	table := s.figureTable(a.lang, s.words.in(a.lang, "report.by.month"), s.words.in(a.lang, "report.time.caption"), monthFigures, by)
	working := tableColumn{Label: s.words.in(a.lang, "report.time.working"), Numeric: true}
	table.Columns = slices.Insert(table.Columns, 1, working)
	for _, f := range by.order(months) {
		row := figureRow(s.monthNamed(a.lang, f.GroupID), f, links, monthFigures, f, nil)
		days, names := s.daysOfMonth(a.lang, f.GroupID)
		row.Cells[0].Note = names
		row.Cells = slices.Insert(row.Cells, 1, tableCell{Text: strconv.Itoa(days)})
		table.Rows = append(table.Rows, row)
	}
	return table
}

// daysOfMonth counts the working days of a month and names its holidays with the days off for each.
func (s *Server) daysOfMonth(lang errs.Lang, key string) (working int, holidays string) {
	month, err := time.Parse("2006-01", key)
	if err != nil {
		return 0, ""
	}
	k := s.Desk.Calendar()
	off, names, unknown := map[string]int{}, []string(nil), false
	for day := range lastDay(month.Year(), month.Month()) {
		d := k.Describe(sla.NewDate(month.Year(), month.Month(), day+1))
		if d.Working {
			working++
		}
		unknown = unknown || !d.Known
		if d.Reason == sla.Holiday {
			if off[d.Name] == 0 {
				names = append(names, d.Name)
			}
			off[d.Name]++
		}
	}
	for i, name := range names {
		names[i] = s.words.in(lang, "report.time.holiday", s.holiday(lang, name), off[name])
	}
	if unknown {
		names = append(names, s.words.in(lang, "report.time.unknown"))
	}
	return working, strings.Join(names, s.words.in(lang, "report.and"))
}
