package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla/report"
)

// deskView is a desk: its piles as tabs, the form that narrows the list, and the list.
type deskView struct {
	Title      string
	Tabs       []tabView
	Search     searchView
	Groups     []workGroup
	Empty      string
	Pages      pagesView
	MayRecord  bool // letters that came by telephone or mail
	Board      *boardView
	ReportHref string
}

// workGroup is a part of a list; without a heading it is all of it.
type workGroup struct {
	Heading string
	Rows    []workRow
}

// The piles of each desk, the first being the one it opens with.
var (
	officePiles     = []cases.Pile{cases.PileScreening, cases.PileReview, cases.PileReworks, cases.PileOpen, cases.PileOverdue, cases.PileAll}
	departmentPiles = []cases.Pile{cases.PileDepartment, cases.PileAssisting, cases.PileReplied, cases.PileAnswered}
	watchingPiles   = []cases.Pile{
		cases.PileOverdue, cases.PileExtensions, cases.PileReworks, cases.PileOrders, cases.PileCards,
		cases.PileOpen, cases.PileAnswered, cases.PileAll,
	}
)

// officeDesk is the mailbox office's: what must be screened, what waits to go out, what is late.
func (s *Server) officeDesk(c echo.Context) error {
	view, err := s.deskOf(c, s.actor(c), "/desk/office", writersClock, officePiles)
	if err != nil {
		return err
	}
	view.Title, view.MayRecord = s.words.in(visitOf(c).lang, "desk.office"), true
	return s.render(c, http.StatusOK, "desk/list", Page{View: view})
}

// departmentDesk is a department's: its own cases by the time its own clock leaves.
func (s *Server) departmentDesk(c echo.Context) error {
	view, err := s.deskOf(c, ofDepartments(s.actor(c)), "/desk/department", departmentsClock, departmentPiles)
	if err != nil {
		return err
	}
	view.Title = s.words.in(visitOf(c).lang, "desk.department")
	return s.render(c, http.StatusOK, "desk/list", Page{View: view})
}

// supervisionDesk is for those who watch: what is late now, and how each department stands.
func (s *Server) supervisionDesk(c echo.Context) error {
	view, err := s.deskOf(c, s.actor(c), "/desk/supervision", writersClock, watchingPiles)
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	view.Title = s.words.in(lang, "desk.supervision")
	if filterOf(c, watchingPiles...) == (deskFilter{Pile: cases.PileOverdue, Page: 1}) {
		if view.Board, err = s.board(c); err != nil {
			return err
		}
		view.Board.Stats = append(view.Board.Stats, s.undecided(lang, view.Tabs))
	}
	return s.render(c, http.StatusOK, "desk/list", Page{View: view})
}

// undecided is how many requests for more time wait for supervision, as their tab counts them.
func (s *Server) undecided(lang errs.Lang, tabs []tabView) statView {
	stat := statView{Label: s.words.in(lang, "desk.pile.extensions"), Definition: s.words.in(lang, "desk.extensions.how")}
	for i, pile := range watchingPiles {
		if pile == cases.PileExtensions {
			stat.Value, stat.Href = strconv.Itoa(tabs[i].Count), tabs[i].Href
		}
	}
	return stat
}

// clockOf is the clock that a list goes by: a card and a supervision order are about the department's,
// whoever's desk they lie on.
func clockOf(pile cases.Pile, desks whose) whose {
	if pile == cases.PileCards || pile == cases.PileOrders {
		return departmentsClock
	}
	return desks
}

// usualState is the state that a pile is for.
var usualState = map[cases.Pile]cases.State{
	cases.PileScreening: cases.Received, cases.PileReview: cases.Replied, cases.PileReplied: cases.Replied,
	cases.PileDepartment: cases.Acknowledged,
}

// deskOf reads one list of a desk and the counts of the others.
func (s *Server) deskOf(c echo.Context, a people.Actor, base string, by whose, piles []cases.Pile) (deskView, error) {
	ctx, v, f := c.Request().Context(), visitOf(c), filterOf(c, piles...)
	items, total, err := s.Desk.List(ctx, a, f.query())
	if err != nil {
		return deskView{}, err
	}
	counts, err := s.Desk.Counts(ctx, a, piles...)
	if err != nil {
		return deskView{}, err
	}
	view := deskView{Empty: s.words.in(v.lang, "desk.empty."+string(f.Pile))}
	if f.narrowed() {
		view.Empty = s.words.in(v.lang, "desk.empty.filtered")
	}
	for _, pile := range piles {
		to := f.on(1)
		to.Pile = pile
		view.Tabs = append(view.Tabs, tabView{
			Href: to.href(base), Label: s.words.in(v.lang, "desk.pile."+string(pile)), Count: counts[pile], Current: pile == f.Pile,
		})
	}
	if view.Search, err = s.searchForm(c, base, f, by == writersClock); err != nil {
		return view, err
	}
	rows := make([]workRow, len(items))
	for i := range items {
		rows[i] = s.rowOf(v.lang, &items[i], clockOf(f.Pile, by), v.now)
		// In a pile of one state its badge would say on every line what the tab says already.
		if usualState[f.Pile] == items[i].State {
			rows[i].State = ""
		}
		if by == departmentsClock && a.WorksFor(items[i].LeadID) {
			rows[i].Department = "" // nobody needs to be told where they work
		}
		if f.Pile == cases.PileExtensions {
			rows[i].Note = s.words.in(v.lang, "desk.extension_days", items[i].ExtensionDays)
		}
	}
	if f.Pile == cases.PileScreening {
		s.suggestInRows(c, items, rows)
		s.repeatsInRows(c, items, rows)
	}
	view.Groups = []workGroup{{Rows: rows}}
	if f.Pile == cases.PileDepartment {
		view.Groups = s.byTimeLeft(c, rows)
	}
	view.Pages = s.pagesOf(v.lang, f.Page, total, func(page int) string { return f.on(page).href(base) })
	return view, nil
}

// listGroups are the parts of a department's list in their order. What waits for the writer stands last:
// there is nothing to do about it, unless its time has run out all the same.
var listGroups = []string{"overdue", "today", "soon", "later", "waiting"}

// byTimeLeft cuts a list that is sorted by time left into what is late, due today, next and later.
func (s *Server) byTimeLeft(c echo.Context, rows []workRow) []workGroup {
	var groups []workGroup
	for _, name := range listGroups {
		group := workGroup{Heading: s.words.in(visitOf(c).lang, "desk.group."+name)}
		for _, row := range rows {
			if row.group() == name {
				group.Rows = append(group.Rows, row)
			}
		}
		if len(group.Rows) > 0 {
			groups = append(groups, group)
		}
	}
	if len(groups) == 0 {
		return []workGroup{{}}
	}
	return groups
}

// boardView is how the departments stand, from the same figures as every report.
type boardView struct {
	Stats []statView
	Table tableView
	Note  string
}

// statView is one figure of the component "stat".
type statView struct {
	Label, Value, Unit, Href, Counts, Definition string
	Changes                                      []changeView
}

// board counts the letters of the last twelve months. What is older and still open stands in the list
// below it, which knows no period.
func (s *Server) board(c echo.Context) (*boardView, error) {
	v := visitOf(c)
	today := v.now.In(s.loc)
	f := reportForm{
		From: today.AddDate(-1, 0, 1).Format(time.DateOnly), Through: today.Format(time.DateOnly),
		At: strconv.FormatInt(v.now.Unix(), 10), By: string(report.ByDepartment),
	}
	q, err := s.reportQuery(f, v.now)
	if err != nil {
		return nil, err
	}
	q.Compare = false
	r, err := s.Report.Run(c.Request().Context(), q)
	if err != nil {
		return nil, err
	}
	links := s.linksFor(c, f)
	table := s.groupTable(v.lang, &r, links, boardFigures)
	table.Caption = s.words.in(v.lang, "desk.board")
	view := &boardView{Table: table, Note: s.words.in(v.lang, "desk.board.note", f.From, f.Through)}
	for _, key := range []string{"overdue_open", "running", "on_time_rate"} {
		view.Stats = append(view.Stats, s.stat(v.lang, key, &r.Total, links))
	}
	return view, nil
}

// boardFigures are the columns of the departments on supervision's desk.
var boardFigures = []string{"overdue_open", "running", "due", "on_time", "on_time_rate", "department_on_time_rate"}
