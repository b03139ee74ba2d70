package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// looksView is the list of everybody who opened a writer's contact.
type looksView struct {
	Search searchView
	Looks  []lookView
	Pages  pagesView
}

// looksFilter narrows the list. It stands in the address, so that a list can be kept and passed on.
type looksFilter struct{ Number, Person, Department, From, Through string }

func (f looksFilter) href(page int) string {
	v := url.Values{}
	for name, value := range map[string]string{"number": f.Number, "person": f.Person, "department": f.Department, "from": f.From, "through": f.Through} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "/admin/looks?" + v.Encode()
}

// adminLooks lists every time that somebody opened a writer's contact, the newest first.
func (s *Server) adminLooks(c echo.Context) error {
	v, a := visitOf(c), s.actor(c)
	if !a.Is(people.Administrator) && !a.Is(people.Auditor) {
		return errs.Forbidden("only administrators and auditors may see this", "只有系统管理员和审计人员可以查看")
	}
	param := func(name string) string { return strings.TrimSpace(readable(c.QueryParam(name))) }
	f := looksFilter{param("number"), param("person"), param("department"), param("from"), param("through")}
	q, wrong := f.query()
	page := pageOf(c)
	q.Limit, q.Offset = pageLength, int64(page-1)*pageLength
	var looks []cases.Look
	total := 0
	if wrong == nil {
		looks, total, wrong = s.Desk.Looks(c.Request().Context(), a, q)
	}
	search, err := s.looksSearch(c, f)
	if err != nil {
		return err
	}
	view := looksView{Search: search}
	for i := range looks {
		one := s.lookOf(v.lang, &looks[i])
		if s.admits("/cases/:number", v) {
			one.Href = "/cases/" + one.Number
		}
		view.Looks = append(view.Looks, one)
	}
	view.Pages = s.pagesOf(v.lang, page, total, f.href)
	shown := Page{Path: c.Request().URL.RequestURI(), View: &view}
	if wrong != nil {
		for _, e := range s.fieldErrors(c, wrong) {
			for i := range view.Search.Fields {
				if view.Search.Fields[i].Name == e.Field {
					view.Search.Fields[i].Error = e.Message
				}
			}
		}
		return s.redisplay(c, wrong, "desk/looks", shown)
	}
	return s.render(c, http.StatusOK, "desk/looks", shown)
}

// query reads the filter. A person or a department that is none selects all, as on every list; a number has to be one.
func (f looksFilter) query() (cases.LookQuery, error) {
	q := cases.LookQuery{From: f.From, Through: f.Through}
	if f.Number != "" {
		id, _, err := cases.ParseNumber(f.Number)
		if err != nil {
			return q, errs.Invalid("number", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
		}
		q.Case = id
	}
	for text, into := range map[string]*int64{f.Person: &q.Account, f.Department: &q.Department} {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
			*into = id
		}
	}
	return q, nil
}

// looksSearch is the form that narrows the list.
func (s *Server) looksSearch(c echo.Context, f looksFilter) (searchView, error) {
	lang := visitOf(c).lang
	accounts, err := s.Directory.Accounts(c.Request().Context())
	if err != nil {
		return searchView{}, err
	}
	persons := []option{{Label: s.words.in(lang, "desk.all")}}
	for i := range accounts {
		persons = append(persons, option{Value: strconv.FormatInt(accounts[i].ID, 10), Label: accounts[i].Name + " " + accounts[i].Login})
	}
	departments, err := s.departmentOptions(c, false)
	if err != nil {
		return searchView{}, err
	}
	view := searchView{Action: "/admin/looks", Fields: []fieldView{
		{Lang: lang, Name: "number", Label: s.words.in(lang, "case.number"), Type: "text", Value: f.Number},
		{Lang: lang, Name: "person", Label: s.words.in(lang, "looks.person"), Type: "select", Value: f.Person, Options: persons},
		{Lang: lang, Name: "department", Label: s.words.in(lang, "looks.department"), Type: "select", Value: f.Department, Options: departments},
		{Lang: lang, Name: "from", Label: s.words.in(lang, "looks.from"), Type: "date", Value: f.From},
		{Lang: lang, Name: "through", Label: s.words.in(lang, "looks.through"), Type: "date", Value: f.Through},
	}}
	if f != (looksFilter{}) {
		view.ClearHref = "/admin/looks"
	}
	return view, nil
}
