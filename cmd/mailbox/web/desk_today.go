package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/sla/report"
)

const supervisionPath = "/desk/supervision"

// todayView is supervision's first screen: what is late or asked for now, and how each department stands. Every number
// opens its list.
type todayView struct {
	Title       string
	Tabs        []tabView
	Stats       []statView
	Hours       []tabView // what is due today, by hour
	Table       tableView
	FiguresHref string
}

// todayStats are the numbers on top, the most urgent first. Each is a pile.
var todayStats = []cases.Pile{
	cases.PileOverdue, cases.PileDueToday, cases.PileRed, cases.PileYellow, cases.PileExtensions, cases.PileReworks,
	cases.PileOrders, cases.PileCalls, cases.PileUnsignedLate, cases.PileScreening,
}

// supervisionDesk is for those who watch: the board first, then any list that it leads to.
func (s *Server) supervisionDesk(c echo.Context) error {
	if c.QueryParam("pile") == "" && c.Get(triedQuery) == nil {
		return s.todaysBoard(c)
	}
	view, err := s.deskOf(c, s.actor(c), supervisionPath, writersClock, watchingPiles, boardPiles...)
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	view.Title = s.words.in(lang, "desk.supervision")
	view.Tabs = append([]tabView{{Href: supervisionPath, Label: s.words.in(lang, "watch.today")}}, view.Tabs...)
	return s.list(c, view)
}

func (s *Server) todaysBoard(c echo.Context) error {
	ctx, v := c.Request().Context(), visitOf(c)
	board, err := s.Desk.Today(ctx, s.actor(c))
	if err != nil {
		return err
	}
	view := todayView{
		Title: s.words.in(v.lang, "desk.supervision"), Table: s.loadTable(v.lang, board),
		Tabs:        []tabView{{Href: supervisionPath, Label: s.words.in(v.lang, "watch.today"), Current: true}},
		FiguresHref: s.yearHref(v.now),
	}
	for _, pile := range watchingPiles {
		view.Tabs = append(view.Tabs, tabView{Href: pileHref(pile), Label: s.words.in(v.lang, "desk.pile."+string(pile)), Count: board.Piles[pile]})
	}
	for _, pile := range todayStats {
		view.Stats = append(view.Stats, statView{
			Label: s.words.in(v.lang, "desk.pile."+string(pile)), Value: strconv.Itoa(board.Piles[pile]), Href: pileHref(pile),
			Definition: s.words.in(v.lang, "watch.how."+string(pile)),
		})
	}
	for _, hour := range board.Hours {
		f := deskFilter{Pile: cases.PileDueToday, Hour: hour.Hour}
		n, _ := strconv.Atoi(hour.Hour) // the desk made it
		view.Hours = append(view.Hours, tabView{
			Href: f.href(supervisionPath), Count: hour.Cases, Label: s.words.in(v.lang, "watch.hour", hour.Hour, strconv.Itoa(n+1)),
		})
	}
	return s.render(c, http.StatusOK, "desk/today", Page{View: view})
}

// pileHref leads to the list of a pile, the calls to that from which they are made.
func pileHref(pile cases.Pile) string {
	if pile == cases.PileCalls {
		return callsPath
	}
	return deskFilter{Pile: pile}.href(supervisionPath)
}

// loadTable has a row for each department that has something in hand, and one for all.
func (s *Server) loadTable(lang errs.Lang, board *cases.Today) tableView {
	table := tableView{
		Caption: s.words.in(lang, "watch.departments"), Empty: s.words.in(lang, "watch.departments.none"),
		Columns: []tableColumn{{Label: s.words.in(lang, "watch.department")}},
	}
	for _, pile := range cases.LoadPiles {
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(lang, "watch.column."+string(pile)), Numeric: true})
	}
	all := cases.Load{Name: s.words.in(lang, "watch.all"), Piles: map[cases.Pile]int{}}
	for _, load := range board.Departments {
		table.Rows = append(table.Rows, tableRow{Cells: loadCells(load)})
		for pile, n := range load.Piles {
			all.Piles[pile] += n
		}
	}
	if len(table.Rows) > 1 {
		table.Rows = append(table.Rows, tableRow{Cells: loadCells(all), Total: true})
	}
	return table
}

func loadCells(load cases.Load) []tableCell {
	open := deskFilter{Pile: cases.PileOpen, Department: load.Department}
	cells := []tableCell{{Text: load.Name, Href: open.href(supervisionPath)}}
	for _, pile := range cases.LoadPiles {
		n := load.Piles[pile]
		cell := tableCell{Text: strconv.Itoa(n)}
		if n > 0 {
			cell.Href = deskFilter{Pile: pile, Department: load.Department}.href(supervisionPath)
		}
		cells = append(cells, cell)
	}
	return cells
}

// yearHref leads to the figures of the last twelve months by department.
func (s *Server) yearHref(now time.Time) string {
	today := now.In(s.loc)
	return "/reports?" + url.Values{
		"from": {today.AddDate(-1, 0, 1).Format(time.DateOnly)}, "through": {today.Format(time.DateOnly)}, "by": {string(report.ByDepartment)},
	}.Encode()
}
