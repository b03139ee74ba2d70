package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// departmentsView is the city's departments, those that nobody has looked at yet first.
type departmentsView struct {
	Unconfirmed []unitView
	Confirmed   []unitView
	Ended       []unitView
	Into        []option // where a department can be merged
	Fields      []fieldView
	Open        bool
	Tried       int64  // whose confirmation came back
	Code        string // what was typed for it
	CodeError   string
	Duties      *fieldView // of the department Tried, come back
}

type unitView struct {
	ID                                     int64
	Code, Name, Kind, Duties, Email, Phone string
	Successor, Dates                       string
	Approval                               bool
}

func (s *Server) adminDepartments(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	return s.showDepartments(c, departmentsView{}, nil, nil)
}

// showDepartments is the page; typed is the form for a new department that came back.
func (s *Server) showDepartments(c echo.Context, view departmentsView, typed *form, wrong error) error {
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	names := map[int64]string{}
	for _, d := range all {
		names[d.ID] = d.Name
	}
	for _, d := range all {
		unit := unitView{
			ID: d.ID, Code: d.Code, Name: d.Name, Kind: s.words.in(lang, "departments.kind."+d.Kind), Duties: d.Duties,
			Email: d.Email, Phone: d.Phone, Successor: names[d.SuccessorID], Dates: s.validity(lang, d), Approval: d.Approval,
		}
		switch {
		case !d.TakesCases():
			view.Ended = append(view.Ended, unit)
		case d.Unconfirmed:
			view.Unconfirmed = append(view.Unconfirmed, unit)
		default:
			view.Confirmed = append(view.Confirmed, unit)
		}
	}
	if view.Into, err = s.departmentOptions(c, true); err != nil {
		return err
	}
	page, status := s.adminPage(c, "/admin/departments"), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	view.Open = typed != nil
	view.Fields = s.unitFields(lang, typed, page.Errors)
	page.View = view
	return s.render(c, status, "desk/departments", page)
}

func (s *Server) unitFields(lang errs.Lang, typed *form, wrong []FieldError) []fieldView {
	field := func(name, kind string) fieldView {
		view := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "departments."+name), Width: "medium"}
		if typed != nil {
			view.Value, view.Error = readable(typed.text(name)), Page{Errors: wrong}.Wrong(name)
		}
		return view
	}
	name, code, kind, duties := field("name", "text"), field("code", "text"), field("kind", "select"), field("duties", "textarea")
	email, phone := field("email", "email"), field("phone", "tel")
	code.Hint, duties.Hint = s.words.in(lang, "departments.code.hint"), s.words.in(lang, "departments.duties.hint")
	kind.Options = s.optionsOf(lang, people.DepartmentKinds, func(lang errs.Lang, id string) string {
		return s.words.in(lang, "departments.kind."+id)
	}, false)
	kind.Value = "bureau"
	if typed != nil && slices.Contains(people.DepartmentKinds, typed.line("kind")) {
		kind.Value = typed.line("kind")
	}
	duties.Rows, duties.Optional, email.Optional, phone.Optional = 3, true, true, true
	return []fieldView{name, code, kind, duties, email, phone}
}

func (s *Server) addDepartment(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	f := formOf(c)
	id, err := s.Directory.AddDepartment(c.Request().Context(), people.Department{
		Code: f.line("code"), Name: f.line("name"), Kind: f.line("kind"), Duties: f.text("duties"), Email: f.line("email"), Phone: f.line("phone"),
	})
	if err != nil {
		return s.showDepartments(c, departmentsView{}, &f, err)
	}
	return s.departmentChanged(c, "department added", id, "departments.added")
}

// confirmDepartment says that a name met by an import is a real department.
func (s *Server) confirmDepartment(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	code := formOf(c).line("code")
	if err := s.Directory.ConfirmDepartment(c.Request().Context(), d.ID, code); err != nil {
		if errs.FieldOf(err) == "code" {
			// The form for a new department has a field of that name already.
			err = errs.Invalid("confirm", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
		}
		view := departmentsView{Tried: d.ID, Code: readable(code), CodeError: errs.Message(err, visitOf(c).lang)}
		return s.showDepartments(c, view, nil, err)
	}
	return s.departmentChanged(c, "department confirmed", d.ID, "departments.confirmed")
}

// setDuties says anew what a department answers for.
func (s *Server) setDuties(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	duties := formOf(c).text("duties")
	if err := s.Directory.SetDuties(c.Request().Context(), d.ID, duties); err != nil {
		lang := visitOf(c).lang
		view := departmentsView{Tried: d.ID}
		if errs.FieldOf(err) == "duties" {
			// The form for a new department has a field of that name already.
			err = errs.Invalid("new_duties", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
			view.Duties = &fieldView{Value: readable(duties), Error: errs.Message(err, lang)}
		}
		return s.showDepartments(c, view, nil, err)
	}
	return s.departmentChanged(c, "duties set", d.ID, "departments.duties_saved")
}

func (s *Server) departmentChanged(c echo.Context, logged string, id int64, flash string) error {
	s.logAdmin(c, logged, id)
	d, err := s.Directory.Department(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if err := s.tell(c, "good", flash, d.Name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/departments")
}

func (s *Server) unitOf(c echo.Context) (people.Department, error) {
	if err := s.administrator(c); err != nil {
		return people.Department{}, err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return people.Department{}, errs.NotFound("there is no such department", "没有这个单位")
	}
	return s.Directory.Department(c.Request().Context(), id)
}
