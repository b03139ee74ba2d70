package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// endingView shows what ending a department would move, before it is done.
type endingView struct {
	Unit   unitView
	Facts  []factView
	People []string
	Into   fieldView
	Roles  bool // ticked: its people get their roles in the successor
	Cases  bool // it has open cases: they must go somewhere
	Office bool // ticked: they go back to the office
}

// validity says from when to when a department takes cases.
func (s *Server) validity(lang errs.Lang, d people.Department) string {
	since := wording.Date(d.Since, lang, s.loc)
	if d.EndedAt.IsZero() {
		return s.words.in(lang, "departments.since", since)
	}
	return s.words.in(lang, "departments.from_to", since, wording.Date(d.EndedAt, lang, s.loc))
}

// askEnding previews the end of a department: how many cases, how many people.
func (s *Server) askEnding(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	if !d.TakesCases() {
		return c.Redirect(http.StatusSeeOther, "/admin/departments")
	}
	return s.showEnding(c, d, nil)
}

func (s *Server) showEnding(c echo.Context, d people.Department, wrong error) error {
	ctx, lang, f := c.Request().Context(), visitOf(c).lang, formOf(c)
	e, err := s.Desk.EndingOf(ctx, s.actor(c), d.ID)
	if err != nil {
		return err
	}
	page, status := s.adminPage(c, "/admin/departments"), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	into, err := s.departmentOptions(c, true)
	if err != nil {
		return err
	}
	view := endingView{
		Unit: unitView{ID: d.ID, Name: d.Name, Code: d.Code, Dates: s.validity(lang, d)}, Cases: e.Leads > 0,
		Roles: f.line("roles") != "", Office: f.line("office") != "",
		Facts: []factView{
			{Key: s.words.in(lang, "ending.leads"), Value: strconv.Itoa(e.Leads)},
			{Key: s.words.in(lang, "ending.assists"), Value: strconv.Itoa(e.Assists)},
			{Key: s.words.in(lang, "ending.people"), Value: strconv.Itoa(len(e.People))},
		},
		Into: fieldView{Lang: lang, Name: "into", Type: "select", Label: s.words.in(lang, "departments.into"), Value: f.line("into"), Error: page.Wrong("into")},
	}
	for _, o := range into {
		if o.Value != strconv.FormatInt(d.ID, 10) {
			view.Into.Options = append(view.Into.Options, o)
		}
	}
	for _, a := range e.People {
		view.People = append(view.People, a.Name+" "+a.Login)
	}
	page.View = view
	return s.render(c, status, "desk/ending", page)
}

// mergeDepartment ends a department and names its successor, to which its open cases go.
func (s *Server) mergeDepartment(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	f := formOf(c)
	into, err := strconv.ParseInt(f.line("into"), 10, 64)
	if err != nil || into == d.ID {
		return s.showEnding(c, d, errs.Invalid("into", "please choose the department to merge into", "请选择并入的单位"))
	}
	if err := s.Desk.MergeDepartment(c.Request().Context(), s.actor(c), d.ID, into, f.line("roles") != ""); err != nil {
		return s.showEnding(c, d, err)
	}
	return s.departmentChanged(c, "department merged", d.ID, "departments.merged")
}

// dissolveDepartment ends a department that nobody follows.
func (s *Server) dissolveDepartment(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	if err := s.Desk.DissolveDepartment(c.Request().Context(), s.actor(c), d.ID, formOf(c).line("office") != ""); err != nil {
		return s.showEnding(c, d, err)
	}
	return s.departmentChanged(c, "department dissolved", d.ID, "departments.dissolved")
}
