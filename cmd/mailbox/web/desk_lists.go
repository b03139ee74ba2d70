package web

import (
	"slices"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
)

// deskView is a desk: its piles as tabs, the form that narrows the list, and the list.
type deskView struct {
	Title      string
	Tabs       []tabView
	Hands      []tabView // all, mine, nobody's
	Own        *ownLists
	Approvals  []approvalView // of the departments that the reader leads
	Search     searchView
	Groups     []workGroup
	Empty      string
	Pages      pagesView
	MayRecord  bool       // letters that came by telephone or mail
	Keys       []keyView  // what the letters of the keyboard do on this desk
	Batch      *batchView // what can be done with many letters at once, in the list of those to screen
	ExportHref string     // where the list becomes a file
}

// keyView is a key of the keyboard and what it does, for the keyboard help.
type keyView struct{ Key, Text string }

// workGroup is a part of a list; without a heading it is all of it.
type workGroup struct {
	Heading string
	Count   int // on all pages
	Rows    []workRow
}

// The piles of each desk, the first being the one it opens with.
var (
	officePiles     = []cases.Pile{cases.PileScreening, cases.PileReview, cases.PileReworks, cases.PileExceptions, cases.PileOpen, cases.PileOverdue, cases.PileAll}
	departmentPiles = []cases.Pile{cases.PileDepartment, cases.PileAssisting, cases.PileApproval, cases.PileReplied, cases.PileAnswered}
	watchingPiles   = []cases.Pile{
		cases.PileOverdue, cases.PileExtensions, cases.PileReworks, cases.PileOrders, cases.PileExceptions, cases.PileCards,
		cases.PileOpen, cases.PileAnswered, cases.PileAll,
	}
	// boardPiles are opened from supervision's board; they are tabs only while they are open.
	boardPiles = []cases.Pile{
		cases.PileDueToday, cases.PileUnsignedLate, cases.PileYellow, cases.PileRed, cases.PileScreening, cases.PileUnsigned,
		cases.PileSigned, cases.PileReview, cases.PileWaiting, cases.PileDepartmentLate, cases.PileDepartmentToday, cases.PileCalls,
	}
)

// officeDesk is the mailbox office's: what must be screened, what waits to go out, what is late.
func (s *Server) officeDesk(c echo.Context) error {
	view, err := s.officeView(c)
	if err != nil {
		return err
	}
	return s.list(c, view)
}

func (s *Server) officeView(c echo.Context) (deskView, error) {
	view, err := s.deskOf(c, s.actor(c), "/desk/office", writersClock, officePiles)
	view.Title, view.MayRecord = s.words.in(visitOf(c).lang, "desk.office"), true
	return view, err
}

// departmentDesk is a department's: its own cases by the time its own clock leaves.
func (s *Server) departmentDesk(c echo.Context) error {
	a := ofDepartments(s.actor(c))
	approvals, signs, err := s.approvalsOf(c, a)
	if err != nil {
		return err
	}
	piles := departmentPiles
	if !signs && cases.Pile(c.QueryParam("pile")) != cases.PileApproval {
		piles = slices.DeleteFunc(slices.Clone(piles), func(p cases.Pile) bool { return p == cases.PileApproval })
	}
	view, err := s.deskOf(c, a, "/desk/department", departmentsClock, piles)
	if err != nil {
		return err
	}
	view.Title, view.Approvals = s.words.in(visitOf(c).lang, "desk.department"), approvals
	return s.list(c, view)
}

// clockOf is the clock that a list goes by: a card and a supervision order are about the department's,
// whoever's desk they lie on.
func clockOf(pile cases.Pile, desks whose) whose {
	switch pile {
	case cases.PileCards, cases.PileOrders, cases.PileUnsignedLate, cases.PileYellow, cases.PileRed, cases.PileUnsigned, cases.PileSigned,
		cases.PileWaiting, cases.PileDepartmentLate, cases.PileDepartmentToday:
		return departmentsClock
	default:
		return desks
	}
}

// usualState is the state that a pile is for.
var usualState = map[cases.Pile]cases.State{
	cases.PileScreening: cases.Received, cases.PileReview: cases.Replied, cases.PileReplied: cases.Replied,
	cases.PileDepartment: cases.Acknowledged,
}

// deskOf reads one list of a desk and the counts of the others. more are piles that are tabs only while they are open.
func (s *Server) deskOf(c echo.Context, a people.Actor, base string, by whose, piles []cases.Pile, more ...cases.Pile) (deskView, error) {
	ctx, v, f := c.Request().Context(), visitOf(c), filterOf(c, slices.Concat(piles, more)...)
	if slices.Contains(more, f.Pile) {
		piles = append([]cases.Pile{f.Pile}, piles...)
	}
	items, total, err := s.Desk.List(ctx, a, f.query(a))
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
		tab := tabView{Href: to.href(base), Label: s.words.in(v.lang, "desk.pile."+string(pile)), Count: counts[pile], Current: pile == f.Pile}
		if tab.Count > cases.CountedTo {
			tab.Count, tab.Label = 0, tab.Label+" "+s.words.in(v.lang, "desk.many", cases.CountedTo)
		}
		view.Tabs = append(view.Tabs, tab)
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
			rows[i].Department, rows[i].Holder = "", items[i].Holder // nobody needs to be told where they work
		}
		if f.Pile == cases.PileExtensions {
			rows[i].Note = s.words.in(v.lang, "desk.extension_days", items[i].ExtensionDays)
		}
	}
	if f.Pile == cases.PileScreening {
		s.suggestInRows(c, items, rows)
		s.repeatsInRows(c, items, rows)
		if err := s.forOffice(c, &view, items, rows, f); err != nil {
			return view, err
		}
	}
	if f.Pile == cases.PileExtensions || f.Pile == cases.PileReworks {
		if err := s.decideInRows(c, f.Pile, items, rows); err != nil {
			return view, err
		}
	}
	if len(rows) > 0 {
		view.ExportHref = exportHref(f.on(1).href(base))
	}
	view.Groups = []workGroup{{Rows: rows}}
	if f.Pile == cases.PileDepartment && f.Sort == "" {
		if view.Groups, err = s.byTimeLeft(c, a, f, rows); err != nil {
			return view, err
		}
	}
	if err := s.addOwn(c, a, &view, base, f, slices.Concat(piles, more)); err != nil {
		return view, err
	}
	view.Pages = s.pagesOf(v.lang, f.Page, total, func(page int) string { return f.on(page).href(base) })
	counted := cases.CountedTo
	if f.Text != "" {
		counted = cases.ListedTo
	}
	if total > counted {
		view.Pages.Text = s.words.in(v.lang, "find.over", (f.Page-1)*pageLength+1, (f.Page-1)*pageLength+len(items), counted)
	}
	return view, nil
}

// listGroups are the parts of a department's list in their order. What waits for the writer stands last:
// there is nothing to do about it, unless its time has run out all the same.
var listGroups = []string{"overdue", "today", "soon", "later", "waiting"}

// byTimeLeft cuts a page of a list that is sorted by time left into what is late, due today, next and later. The counts
// are those of the whole list.
func (s *Server) byTimeLeft(c echo.Context, a people.Actor, f deskFilter, rows []workRow) ([]workGroup, error) {
	n, err := s.Desk.Groups(c.Request().Context(), a, f.query(a))
	if err != nil {
		return nil, err
	}
	counts := map[string]int{"overdue": n.Overdue, "today": n.Today, "soon": n.Soon, "later": n.Later, "waiting": n.Waiting}
	var groups []workGroup
	for _, name := range listGroups {
		group := workGroup{Heading: s.words.in(visitOf(c).lang, "desk.group."+name), Count: counts[name]}
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
		return []workGroup{{}}, nil
	}
	return groups, nil
}

// statView is one figure of the component "stat".
type statView struct {
	Label, Value, Unit, Href, Counts, Definition string
	Changes                                      []changeView
	Parts                                        []statPart // what a rate divides by what
	Trend                                        *trendView
}

// statPart is one of the counts that a rate is made of.
type statPart struct{ Label, Value, Href string }
