package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// boardPage is the public board of a month.
type boardPage struct {
	Month        string
	Choose       fieldView
	Earlier      *tabView // the month before and the one after; nil where there is none
	Later        *tabView
	Period       string
	AsOf         string
	Compared     string // with which days, if any
	Stats        []statView
	Charts       []chartView
	Months       tableView
	Ranked       *tableView
	Few          *tableView
	Unrouted     string
	Topics       []topicView
	Other        string
	Definitions  []boardDefinition
	Rows         []boardDefinition // the kinds of rows in the CSV
	CSVHref      string
	JSONHref     string
	MinimumWords string
}

// topicView is a topic with a bar as long as its share of the longest.
type topicView struct {
	Name, Letters string
	Width         int // 0 to 100
}

// boardDefinition is a column or a value of the open data: its stable name, its word, its meaning and, for
// figures, its value.
type boardDefinition struct{ Key, Label, Value, Text string }

// noBoardPage is shown for a month that has no board.
type noBoardPage struct {
	Text   string
	Choose fieldView
	Months []tabView // the newest
}

// boardTotals are the figures of the whole city, in this order on the page and in the open data.
var boardTotals = []string{
	"received", "invalid", "duplicate", "valid", "answered", "reply_rate", "due", "on_time", "on_time_rate", "overdue_open",
	"rated", "participation", "satisfied", "satisfaction_rate", "resolution_answers", "resolved", "resolution_rate",
	"median_days", "p90_days",
}

// boardDepartment are the figures of a department.
var boardDepartment = []string{
	"valid", "department_due", "department_on_time", "department_on_time_rate", "on_time_rate", "rated", "satisfaction_rate",
}

// boardMonth are the columns of the table beside the charts.
var boardMonth = []string{"received", "due", "on_time", "on_time_rate", "rated", "satisfaction_rate"}

// withheld tells whether a department's figure would say how one of few writers rated it.
func withheld(f *report.Figures, key string) bool {
	return (key == "rated" || key == "satisfaction_rate") && f.Rated > 0 && f.Rated < boardMinimum
}

// errNoBoard says that there is no board of a month.
func errNoBoard() error {
	return errs.NotFound("there are no figures of this month; please choose one of those below", "这个月没有公示数据，请从下面的月份中选择")
}

// askedMonth finds the month that the address asks for; the running one when it names none. The status says
// what is wrong with it, 0 when nothing is.
func (s *Server) askedMonth(c echo.Context) (month time.Time, span boardSpan, status int, err error) {
	if span, err = s.boardSpan(c.Request().Context(), visitOf(c).now); err != nil {
		return month, span, 0, err
	}
	asked := readable(c.QueryParam("month"))
	if asked == "" {
		return span.Last, span, 0, nil
	}
	month, err = time.Parse("2006-01", asked)
	switch {
	case err != nil:
		return month, span, http.StatusBadRequest, nil //nolint:nilerr // what is no month gets a page that offers months
	case !span.has(month):
		return month, span, http.StatusNotFound, nil
	}
	return month, span, 0, nil
}

// showBoard is the page: this month so far, or the month asked for.
func (s *Server) showBoard(c echo.Context) error {
	v := visitOf(c)
	month, span, status, err := s.askedMonth(c)
	if err != nil {
		return err
	}
	if status != 0 {
		return s.showNoBoard(c, status, span)
	}
	b, err := s.boardOf(c.Request().Context(), span, month, v.now)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "board/board", Page{View: s.boardPage(v.lang, span, b)})
}

func (s *Server) showNoBoard(c echo.Context, status int, span boardSpan) error {
	lang := visitOf(c).lang
	if wantsJSON(c) {
		return s.failWith(c, status, errNoBoard())
	}
	view := noBoardPage{Text: errs.Message(errNoBoard(), lang), Choose: s.chooseMonth(lang, span, span.Last)}
	for _, month := range span.months()[:min(boardMonths, len(span.months()))] {
		view.Months = append(view.Months, s.monthTab(lang, month))
	}
	return s.render(c, status, "board/none", Page{View: view, Path: "/board"})
}

func (s *Server) monthName(lang errs.Lang, month time.Time) string {
	return month.Format(s.words.in(lang, "board.month"))
}

func (s *Server) monthTab(lang errs.Lang, month time.Time) tabView {
	return tabView{Href: "/board?month=" + monthKey(month), Label: s.monthName(lang, month)}
}

// chooseMonth is the field with all months there are.
func (s *Server) chooseMonth(lang errs.Lang, span boardSpan, chosen time.Time) fieldView {
	field := fieldView{Lang: lang, Name: "month", Type: "select", Label: s.words.in(lang, "board.choose"), Value: monthKey(chosen)}
	for _, month := range span.months() {
		field.Options = append(field.Options, option{Value: monthKey(month), Label: s.monthName(lang, month)})
	}
	return field
}

func (s *Server) boardPage(lang errs.Lang, span boardSpan, b *publicBoard) *boardPage {
	key := monthKey(b.Month)
	view := &boardPage{
		Month: s.monthName(lang, b.Month), Choose: s.chooseMonth(lang, span, b.Month),
		Period:  s.words.in(lang, "board.period.over"),
		AsOf:    s.words.in(lang, "report.as_of", wording.DateTime(b.City.AsOf.Time, lang, s.loc)),
		Charts:  []chartView{s.receivedChart(lang, b), s.onTimeChart(lang, b)},
		Months:  s.monthTable(lang, b),
		CSVHref: "/board/csv?month=" + key, JSONHref: "/board/json?month=" + key,
		MinimumWords: s.words.in(lang, "board.department.how", boardMinimum, boardMinimum-1),
	}
	if !b.Complete {
		view.Period = s.words.in(lang, "board.period.running")
	}
	if before := b.Month.AddDate(0, -1, 0); span.has(before) {
		tab := s.monthTab(lang, before)
		view.Earlier = &tab
		if p := b.City.Previous; p != nil {
			view.Compared = s.words.in(lang, "board.compared", p.From, throughOf(*p))
		}
	}
	if after := b.Month.AddDate(0, 1, 0); span.has(after) {
		tab := s.monthTab(lang, after)
		view.Later = &tab
	}
	view.Stats = s.boardStats(lang, b)
	view.Ranked = s.departmentTable(lang, "ranked", b.Ranked)
	view.Few = s.departmentTable(lang, "few", b.Few)
	if b.Unrouted != nil {
		view.Unrouted = s.words.in(lang, "board.unrouted", b.Unrouted.Valid)
	}
	for _, topic := range b.Topics {
		view.Topics = append(view.Topics, topicView{topic.Name, strconv.FormatInt(topic.Letters, 10), int(topic.Letters * 100 / b.Topics[0].Letters)})
	}
	if b.Other > 0 {
		view.Other = strconv.FormatInt(b.Other, 10)
	}
	s.define(lang, view, b)
	return view
}

// boardStats are the figures in large type.
func (s *Server) boardStats(lang errs.Lang, b *publicBoard) []statView {
	f := &b.City.Total
	received := s.stat(lang, "received", f, figureLinks{})
	received.Counts = s.words.in(lang, "board.valid", f.Valid)
	stats := []statView{received}
	for _, key := range []string{"reply_rate", "on_time_rate", "satisfaction_rate", "resolution_rate"} {
		view := s.stat(lang, key, f, figureLinks{})
		view.Changes = nil
		if change, ok := s.sinceLastMonth(lang, b, key); ok {
			view.Changes = []changeView{change}
		}
		rate := figureRates(f)[key]
		view.Counts = s.words.in(lang, "board.of."+key, rate.Part, rate.Of)
		if key == "reply_rate" && f.Running > 0 {
			// Letters that are not due yet would make it look worse than the month before.
			view.Counts, view.Changes = view.Counts+s.words.in(lang, "board.running", f.Running), nil
		}
		if key == "satisfaction_rate" {
			view.Counts += s.words.in(lang, "board.participation", s.rateText(lang, f.Participation))
		}
		stats = append(stats, view)
	}
	median := s.stat(lang, "median_days", f, figureLinks{})
	median.Unit = ""
	if f.MedianDays != nil {
		median.Unit = s.words.in(lang, "board.days")
		p90, _ := figureText(f, "p90_days")
		median.Counts = s.words.in(lang, "board.p90", p90)
	}
	return append(stats, median)
}

// rateText is a rate with its sign, "—" without one.
func (s *Server) rateText(lang errs.Lang, r report.Rate) string {
	if _, ok := r.Hundredths(); !ok {
		return report.None
	}
	return r.String() + " " + s.words.in(lang, "percent")
}

// sinceLastMonth says in words how a rate compares with the month before, or its first days.
func (s *Server) sinceLastMonth(lang errs.Lang, b *publicBoard, key string) (changeView, bool) {
	points := figurePoints(b.City.Total.Previous, key)
	if points == "" || points == report.None {
		return changeView{}, false
	}
	change := s.change(lang, "report.change.previous", points)
	how := "board.change." + change.Direction
	if !b.Complete {
		how += ".so_far"
	}
	if change.Direction == "same" {
		change.Text = s.words.in(lang, how)
	} else {
		change.Text = s.words.in(lang, how, strings.TrimLeft(points, "+-"))
	}
	return change, true
}

// boardTable is a table with one column for each figure.
func (s *Server) boardTable(lang errs.Lang, first string, keys []string) tableView {
	table := tableView{Columns: []tableColumn{{Label: s.words.in(lang, first)}}}
	for _, key := range keys {
		label := s.words.in(lang, "figure."+key)
		if s.words.has("board.figure." + key) {
			label = s.words.in(lang, "board.figure."+key)
		}
		if _, rate := figureRates(&report.Figures{})[key]; rate {
			label += " %"
		}
		table.Columns = append(table.Columns, tableColumn{Label: label, Numeric: true})
	}
	return table
}

// monthTable has the numbers of the charts, the newest month first, each leading to its board.
func (s *Server) monthTable(lang errs.Lang, b *publicBoard) tableView {
	table := s.boardTable(lang, "report.by.month", boardMonth)
	table.Caption = s.words.in(lang, "board.months.caption")
	for i := len(b.Months) - 1; i >= 0; i-- {
		f := &b.Months[i]
		cells := []tableCell{{Text: f.GroupID}}
		if month, err := time.Parse("2006-01", f.GroupID); err == nil {
			cells[0].Text = s.monthName(lang, month)
		}
		if f.GroupID != monthKey(b.Month) {
			cells[0].Href = "/board?month=" + f.GroupID
		}
		for _, key := range boardMonth {
			text, _ := figureText(f, key)
			cells = append(cells, tableCell{Text: text})
		}
		table.Rows = append(table.Rows, tableRow{Cells: cells})
	}
	return table
}

// departmentTable is departments with their figures; nil when there are none.
func (s *Server) departmentTable(lang errs.Lang, which string, departments []report.Figures) *tableView {
	if len(departments) == 0 {
		return nil
	}
	table := s.boardTable(lang, "report.by.department", boardDepartment)
	table.Layout, table.Caption = "cards", s.words.in(lang, "board.department."+which)
	for i := range departments {
		f := &departments[i]
		cells := []tableCell{{Text: f.Group}}
		for _, key := range boardDepartment {
			text, _ := figureText(f, key)
			if withheld(f, key) {
				text = report.None
				if key == "rated" {
					text = s.words.in(lang, "board.withheld", boardMinimum-1)
				}
			}
			cells = append(cells, tableCell{Text: text})
		}
		table.Rows = append(table.Rows, tableRow{Cells: cells})
	}
	return &table
}

// define spells every figure of the open data out, with what it is this month.
func (s *Server) define(lang errs.Lang, view *boardPage, b *publicBoard) {
	add := func(key, value string) {
		view.Definitions = append(view.Definitions, boardDefinition{
			Key: key, Label: s.words.in(lang, "figure."+key), Value: value, Text: s.words.in(lang, "figure."+key+".how"),
		})
	}
	for _, key := range boardTotals {
		text, rate := figureText(&b.City.Total, key)
		if rate && text != report.None {
			text += " %"
		}
		add(key, text)
	}
	for _, key := range boardDepartment {
		if strings.HasPrefix(key, "department_") {
			add(key, "")
		}
	}
	for _, scope := range boardScopes {
		view.Rows = append(view.Rows, boardDefinition{Key: scope, Text: s.words.in(lang, "board.scope."+scope)})
	}
}
