package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// ownLists are the lists that the reader keeps of a desk.
type ownLists struct {
	Items       []tabView
	Desk, Query string    // what the form keeps: the list as it is
	Save        fieldView // its name
	MaySave     bool      // it is none of the kept ones, and something was chosen
	Open        bool      // a form came back
	Rows        []ownList
}

type ownList struct {
	ID    int64
	Name  string
	Field fieldView // its new name
}

// What the forms of the lists leave for the page when they come back.
const (
	triedQuery = "tried query"
	triedList  = "tried list"
)

// triedName is a name that could not be given, for the list ID or, 0, for the one on the page.
type triedName struct {
	ID    int64
	Name  string
	Wrong error
}

// manyCases is where the counts beside the names of lists end.
const manyCases = 1000

// list shows a desk, with what is wrong with a name that was typed there.
func (s *Server) list(c echo.Context, view deskView) error {
	page, status := Page{View: view}, http.StatusOK
	if tried, ok := c.Get(triedList).(triedName); ok {
		status, page.Errors = s.refused(c, tried.Wrong)
		for i := range page.Errors {
			if tried.ID != 0 && page.Errors[i].Field == "name" {
				page.Errors[i].Field = renameField(tried.ID)
			}
		}
		page.Path = "/desk/" + view.Own.Desk
	}
	return s.render(c, status, "desk/list", page)
}

func renameField(id int64) string { return "name-" + strconv.FormatInt(id, 10) }

// addOwn puts on the page whose hands the cases are in and the lists that the reader keeps, each with its count, all
// counted in one go.
func (s *Server) addOwn(c echo.Context, a people.Actor, view *deskView, base string, f deskFilter, piles []cases.Pile) error {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	desk := strings.TrimPrefix(base, "/desk/")
	kept, err := s.Desk.Views(ctx, a, desk)
	if err != nil {
		return err
	}
	var links []tabView
	var queries []cases.Query
	add := func(label string, to deskFilter) {
		links = append(links, tabView{Label: label, Href: to.href(base), Current: to == f.on(1)})
		queries = append(queries, to.query(a))
	}
	hands := 0
	if f.Pile == cases.PileDepartment || f.Pile == cases.PileReplied {
		for _, holder := range []string{"", heldByMe, heldByNobody} {
			to := f.on(1)
			to.Holder = holder
			add(s.words.in(lang, "desk.hands."+holder), to)
		}
		hands = len(links)
	}
	for _, one := range kept {
		values, err := url.ParseQuery(one.Query)
		if err != nil {
			values = nil // an empty list of conditions is still a list
		}
		add(one.Name, filterFrom(values, piles))
	}
	counts, err := s.Desk.CountsOf(ctx, a, manyCases, queries...)
	if err != nil {
		return err
	}
	for i, n := range counts {
		if links[i].Count = n; n >= manyCases {
			links[i].Count, links[i].Label = 0, links[i].Label+" "+s.words.in(lang, "desk.many", manyCases-1)
		}
	}
	view.Hands = links[:hands]
	view.Own = s.ownListsOf(c, desk, f, kept, links[hands:])
	return nil
}

func (s *Server) ownListsOf(c echo.Context, desk string, f deskFilter, kept []cases.SavedView, links []tabView) *ownLists {
	lang := visitOf(c).lang
	tried, back := c.Get(triedList).(triedName)
	name := func(id int64, field, label, value string) fieldView {
		view := fieldView{Lang: lang, Name: field, Type: "text", Width: "medium", Max: cases.MaxViewName, Label: label, Value: value}
		if back && tried.ID == id {
			view.Value, view.Error = readable(tried.Name), errs.Message(tried.Wrong, lang)
		}
		return view
	}
	own := &ownLists{
		Items: links, Desk: desk, Query: f.on(1).values().Encode(), Open: back,
		Save:    name(0, "name", s.words.in(lang, "lists.name"), ""),
		MaySave: (f.narrowed() || f.Sort != "") && !slices.ContainsFunc(links, func(l tabView) bool { return l.Current }),
	}
	for _, one := range kept {
		own.Rows = append(own.Rows, ownList{ID: one.ID, Name: one.Name, Field: name(one.ID, renameField(one.ID), s.words.in(lang, "lists.rename.of", one.Name), one.Name)})
	}
	return own
}

// deskFields are the conditions of the search besides words, kind, channel and department.
func (s *Server) deskFields(c echo.Context, f deskFilter, ofDepartment bool) ([]fieldView, error) {
	lang := visitOf(c).lang
	choice := func(name, value string, options ...option) fieldView {
		return fieldView{Lang: lang, Name: name, Label: s.words.in(lang, "lists."+name), Type: "select", Value: value, Options: options}
	}
	all := option{Label: s.words.in(lang, "desk.all")}
	extension := choice("extension", string(f.Extension), all)
	for _, e := range listedExtensions {
		extension.Options = append(extension.Options, option{Value: string(e), Label: s.words.in(lang, "lists.extension."+string(e))})
	}
	waiting := choice("waiting", "", all, option{Value: "yes", Label: s.words.in(lang, "lists.waiting.yes")})
	if f.Waiting {
		waiting.Value = "yes"
	}
	sort := choice("sort", string(f.Sort), option{Label: s.words.in(lang, "lists.sort.usual")})
	for _, o := range cases.Sorts {
		sort.Options = append(sort.Options, option{Value: string(o), Label: s.words.in(lang, "lists.sort."+string(o))})
	}
	fields := []fieldView{extension, waiting, sort}
	if !ofDepartment {
		return fields, nil
	}
	holder := choice("holder", f.Holder, all, option{Value: heldByMe, Label: s.words.in(lang, "desk.hands.mine")}, option{Value: heldByNobody, Label: s.words.in(lang, "desk.hands.nobody")})
	colleagues, err := s.Desk.Hands(c.Request().Context(), s.actor(c).Departments()...)
	if err != nil {
		return nil, err
	}
	for _, one := range colleagues {
		holder.Options = append(holder.Options, option{Value: strconv.FormatInt(one.ID, 10), Label: one.Name})
	}
	return append([]fieldView{holder}, fields...), nil
}

// desks are the handlers of the desks whose lists can be kept.
func (s *Server) desks() map[string]echo.HandlerFunc {
	return map[string]echo.HandlerFunc{"office": s.officeDesk, "department": s.departmentDesk, "supervision": s.supervisionDesk}
}

// saveList keeps the list under a name; a name that cannot be given comes back with the list.
func (s *Server) saveList(c echo.Context) error {
	f := formOf(c)
	return s.changeList(c, triedName{Name: f.text("name")}, "lists.saved", func(desk, query string) error {
		return s.Desk.SaveView(c.Request().Context(), s.actor(c), desk, f.text("name"), query)
	})
}

// renameList gives a kept list another name.
func (s *Server) renameList(c echo.Context) error {
	id := listID(c)
	name := formOf(c).text(renameField(id))
	return s.changeList(c, triedName{ID: id, Name: name}, "lists.renamed", func(string, string) error {
		return s.Desk.RenameView(c.Request().Context(), s.actor(c), id, name)
	})
}

// dropList forgets a kept list.
func (s *Server) dropList(c echo.Context) error {
	return s.changeList(c, triedName{}, "lists.dropped", func(string, string) error {
		return s.Desk.DropView(c.Request().Context(), s.actor(c), listID(c))
	})
}

func listID(c echo.Context) int64 {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// changeList does something to a kept list and leads back to the list on which the form stood.
func (s *Server) changeList(c echo.Context, tried triedName, done string, do func(desk, query string) error) error {
	f := formOf(c)
	desk := f.line("desk")
	show, known := s.desks()[desk]
	if !known || !s.admits("/desk/"+desk, visitOf(c)) {
		return c.Redirect(http.StatusSeeOther, "/desk")
	}
	values, err := url.ParseQuery(f.line("query"))
	if err != nil {
		values = url.Values{}
	}
	err = do(desk, values.Encode())
	switch errs.CodeOf(err) {
	case errs.CodeInvalid, errs.CodeConflict:
		tried.Wrong = err
		c.Set(triedList, tried)
		c.Set(triedQuery, values)
		return show(c)
	case errs.CodeNotFound: // dropped on another page meanwhile
		done, err = "lists.gone", nil
	case errs.CodeForbidden, errs.CodeLimited, errs.CodeInternal:
	}
	if err != nil {
		return err
	}
	if err := s.tell(c, "good", done); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/desk/"+desk+"?"+values.Encode())
}
