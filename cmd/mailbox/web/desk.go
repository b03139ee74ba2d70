package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// Who the staff's pages are for. Every verb of a case lets in exactly the roles that the permission table
// gives it; whether it is theirs to do to this case is the desk's to say.
var (
	office       = staff(people.Clerk)
	supervision  = staff(people.Supervisor)
	ofDepartment = staff(people.Handler, people.Leader)
	watchers     = staff(people.Supervisor, people.Auditor)
	overseers    = staff(people.Clerk, people.Supervisor)
	readers      = staff(people.Clerk, people.Supervisor, people.Auditor, people.Handler, people.Leader)
	keepers      = staff(people.Administrator)
	onCases      = staff(people.Clerk, people.Supervisor, people.Handler, people.Leader)
	telephoners  = staff(people.Clerk, people.Handler, people.Leader)
)

// fieldView is one field of a form, with everything the component "field" asks for.
type fieldView struct {
	Lang                                  errs.Lang
	Name, Label, Type, Hint, Error, Value string
	Width, Autocomplete, Inputmode        string
	Accept                                string
	Max, Rows                             int
	Optional, Multiple, Inline, Private   bool
	List                                  string
	Options                               []option
}

// option is one choice of a select, of radios or of checkboxes.
type option struct {
	Value, Label, Hint string
	Checked            bool
}

// tabView is one link of the components "tabs" and "filters".
type tabView struct {
	Href, Label string
	Count       int
	Current     bool
}

// pagesView leads through a long list.
type pagesView struct {
	Lang               errs.Lang
	PrevHref, NextHref string
	Items              []pageLink
	Text               string
}

type pageLink struct {
	Label, Href string
	Current     bool
}

// pageLength is how many cases stand on one page of a list.
const pageLength = 50

// pagesOf says where in the list the reader is. Page counts from 1.
func (s *Server) pagesOf(lang errs.Lang, page, total int, href func(page int) string) pagesView {
	view := pagesView{Lang: lang}
	if page > 1 {
		view.PrevHref = href(page - 1)
	}
	if page*pageLength < total {
		view.NextHref = href(page + 1)
	}
	view.Text = s.words.in(lang, "desk.page", min((page-1)*pageLength+1, total), min(page*pageLength, total), total)
	return view
}

// pageOf reads the number of a page from the address; nobody leafs further than a million cases.
func pageOf(c echo.Context) int {
	n, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || n < 1 || n > 20_000 {
		return 1
	}
	return n
}

// deskFilter narrows a work list. It stands in the address, so that a list can be kept and passed on.
type deskFilter struct {
	Pile          cases.Pile
	Text          string
	Channel, Kind string
	Department    int64
	Hour          string // of what is due today
	Holder        string // "mine", "nobody", or an account of the department
	Extension     cases.ExtensionState
	Waiting       bool
	Sort          cases.Sort
	Page          int
}

// maxSearch is the longest search in characters; a title has 100 at most.
const maxSearch = 100

// filterOf reads the filter of the address.
func filterOf(c echo.Context, piles ...cases.Pile) deskFilter {
	if kept, ok := c.Get(triedQuery).(url.Values); ok { // of the list under the form that came back
		return filterFrom(kept, piles)
	}
	f := filterFrom(c.QueryParams(), piles)
	f.Page = pageOf(c)
	return f
}

// on gives the filter for another page of the list.
func (f deskFilter) on(page int) deskFilter {
	f.Page = page
	return f
}

// workRow is one case of the component "worklist".
type workRow struct {
	Href, Number, Title string
	Urgency, Left       string
	Due                 *time.Time
	Spent               int // of a hundred
	Kind, Department    string
	Holder              string // who of the department has it in hand
	Note                string // what this list is about, such as the days asked for
	State               string
	Flags               []string
	Suggest             *rowSuggestion // in the list of letters to route
	Repeats             *factView      // the earlier case that it may repeat, there
	Decide              *rowDecision   // in the lists of requests
	Office              *officeRow     // what else the office needs there
}

// group is the part of a department's list that the row belongs to.
func (r *workRow) group() string {
	if r.Urgency != "overdue" && slices.Contains(r.Flags, "waiting") {
		return "waiting"
	}
	return r.Urgency
}

// whose says which of the two clocks a list goes by.
type whose int

const (
	writersClock whose = iota
	departmentsClock
)

// rowOf shows a case in a list, by the clock that counts there.
func (s *Server) rowOf(lang errs.Lang, i *cases.Item, by whose, now time.Time) workRow {
	row := workRow{
		Href: "/cases/" + i.Number(), Number: i.Number(), Title: s.titleOrNone(lang, i.Title),
		Kind: wording.KindName(lang, i.Kind), Department: i.Lead, State: string(i.State), Urgency: "later",
	}
	due, from := i.DueAt, i.ReceivedAt
	if by == departmentsClock && !i.DepartmentDueAt.IsZero() {
		due, from = i.DepartmentDueAt, i.RoutedAt
	}
	switch {
	case !i.State.Open() && !i.AnsweredAt.IsZero():
		row.Left = s.words.in(lang, "desk.answered_on", wording.Date(i.AnsweredAt.Time, lang, s.loc))
	case !i.State.Open():
		row.Left = s.words.in(lang, "desk.received_on", wording.Date(i.ReceivedAt.Time, lang, s.loc))
	case due.IsZero():
		row.Left = s.words.in(lang, "desk.no_due")
	default:
		at := due.In(s.loc)
		row.Due, row.Left, row.Urgency = &at, s.left(lang, at, now), s.urgency(at, now)
		row.Spent = spent(from.Time, at, now)
	}
	row.Flags = itemFlags(i, row.Urgency)
	return row
}

func itemFlags(i *cases.Item, urgency string) []string {
	var flags []string
	add := func(name string, is bool) {
		if is {
			flags = append(flags, name)
		}
	}
	add("returned", i.Returned)
	add("instruction", i.Instructed)
	add("overdue", urgency == "overdue")
	add("due_today", urgency == "today")
	add("red_card", !i.RedAt.IsZero())
	add("yellow_card", !i.YellowAt.IsZero() && i.RedAt.IsZero())
	add("waiting", !i.WaitingUntil.IsZero() && i.State.Open())
	add("approval", i.Proposed)
	// A letter of another system may have one of the two times only.
	add("extended", !i.DueUnextendedAt.IsZero() && !i.DueAt.IsZero() && i.DueAt != i.DueUnextendedAt)
	add("rework", i.Round > 1)
	add("provisional", i.Provisional && i.State.Open())
	add("confidential", i.Confidential)
	return flags
}

func (s *Server) titleOrNone(lang errs.Lang, title string) string {
	if title == "" {
		return s.words.in(lang, "desk.untitled") // letters of other systems may have none
	}
	return title
}

// spent is how much of the time between from and due is gone, of a hundred.
func spent(from, due, now time.Time) int {
	all := due.Sub(from)
	if all <= 0 {
		return 100
	}
	return int(max(0, min(100, 100*now.Sub(from)/all)))
}

// left says in words how much time there is, as the page's script goes on saying it.
func (s *Server) left(lang errs.Lang, due, now time.Time) string {
	over, key := now.After(due), "due."
	if over {
		key += "over_"
	}
	minutes := int(due.Sub(now).Abs() / time.Minute)
	switch {
	case minutes >= 24*60:
		key += "days"
	case minutes >= 60:
		key += "hours"
	default:
		key += "minutes"
	}
	return strings.NewReplacer(
		"{d}", strconv.Itoa(minutes/(24*60)), "{h}", strconv.Itoa(minutes/60%24), "{m}", strconv.Itoa(minutes%60),
	).Replace(s.words.in(lang, key))
}

// urgency sorts a due time into what the lists are grouped by. "soon" is the next working day: before a
// holiday that is what people mean by tomorrow.
func (s *Server) urgency(due, now time.Time) string {
	last, today := sla.DateOf(due, s.loc), sla.DateOf(now, s.loc)
	switch {
	case now.After(due):
		return "overdue"
	case last == today:
		return "today"
	case last <= s.Desk.Calendar().NextWorkingDay(today):
		return "soon"
	default:
		return "later"
	}
}

// searchView is the form above a list.
type searchView struct {
	Action    string
	Pile      string
	Fields    []fieldView
	ClearHref string
}

// searchForm keeps the filter in the address: it is a form that gets.
func (s *Server) searchForm(c echo.Context, base string, f deskFilter, byDepartment bool) (searchView, error) {
	lang := visitOf(c).lang
	view := searchView{Action: base, Pile: string(f.Pile), Fields: []fieldView{
		{Lang: lang, Name: "text", Label: s.words.in(lang, "desk.search"), Type: "search", Value: f.Text},
		{Lang: lang, Name: "kind", Label: s.words.in(lang, "case.kind"), Type: "select", Value: f.Kind, Options: s.kindOptions(lang, true)},
		{Lang: lang, Name: "channel", Label: s.words.in(lang, "case.channel"), Type: "select", Value: f.Channel, Options: s.channelOptions(lang, true)},
	}}
	more, err := s.deskFields(c, f, !byDepartment)
	if err != nil {
		return view, err
	}
	view.Fields = append(view.Fields, more...)
	if byDepartment {
		options, err := s.departmentOptions(c, false)
		if err != nil {
			return view, err
		}
		field := fieldView{Lang: lang, Name: "department", Label: s.words.in(lang, "case.lead"), Type: "select", Options: options}
		if f.Department != 0 {
			field.Value = strconv.FormatInt(f.Department, 10)
		}
		view.Fields = append(view.Fields, field)
	}
	if f.narrowed() {
		view.ClearHref = deskFilter{Pile: f.Pile, Sort: f.Sort, Page: 1}.href(base)
	}
	return view, nil
}

func (s *Server) kindOptions(lang errs.Lang, all bool) []option {
	return s.optionsOf(lang, cases.Kinds, wording.KindName, all)
}

func (s *Server) channelOptions(lang errs.Lang, all bool) []option {
	return s.optionsOf(lang, cases.Channels, wording.ChannelName, all)
}

// optionsOf names ids; "all" puts the choice of no filter in front.
func (s *Server) optionsOf(lang errs.Lang, ids []string, name func(errs.Lang, string) string, all bool) []option {
	var options []option
	if all {
		options = append(options, option{Label: s.words.in(lang, "desk.all")})
	}
	for _, id := range ids {
		options = append(options, option{Value: id, Label: name(lang, id)})
	}
	return options
}

// departmentOptions lists departments, the first choice being none. Only those that take cases can be
// given one; a filter also finds those that have ended.
func (s *Server) departmentOptions(c echo.Context, taking bool) ([]option, error) {
	lang := visitOf(c).lang
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return nil, err
	}
	options := []option{{Label: s.words.in(lang, "desk.all")}}
	if taking {
		options[0].Label = s.words.in(lang, "desk.choose")
	}
	for _, d := range all {
		if taking && !d.TakesCases() {
			continue
		}
		label := d.Name
		if d.Unconfirmed {
			label += s.words.in(lang, "desk.unconfirmed_mark")
		}
		options = append(options, option{Value: strconv.FormatInt(d.ID, 10), Label: label})
	}
	return options, nil
}

// desk leads everybody to the desk they work at.
func (s *Server) desk(c echo.Context) error {
	v := visitOf(c)
	return c.Redirect(http.StatusSeeOther, s.landing(v.account, v.lang))
}

// ofDepartments is the actor in the department's role only: somebody who works for the office as well
// sees on a department's desk what belongs to the department.
func ofDepartments(a people.Actor) people.Actor {
	a.Grants = slices.DeleteFunc(slices.Clone(a.Grants), func(g people.Grant) bool { return !g.Role.OfDepartment() })
	return a
}
