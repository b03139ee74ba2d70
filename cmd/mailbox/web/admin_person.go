package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// onePersonView is one person: what they are called, and the roles they have, will have and had.
type onePersonView struct {
	ID          int64
	Login, Name string
	Disabled    bool
	Details     []fieldView
	Role        []fieldView // for another role
	Holdings    []holdingView
	Past        []holdingView
}

type holdingView struct {
	ID          int64
	Role        string
	From, Until string // days; Until is the last one, or empty
	Coming      bool   // it has not begun
	Never       bool   // it ended before it began
	SSO         bool
	Back        bool // the form that ends it came back
	Typed       string
	Error       string
}

// sentBack is which form of the page came back, and why.
type sentBack struct {
	form  string // "details", "roles" or "end-role"
	typed form
	wrong error
}

func (s *Server) adminPerson(c echo.Context) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	return s.showPerson(c, a, sentBack{})
}

func (s *Server) showPerson(c echo.Context, a people.Account, back sentBack) error {
	page, status := s.adminPage(c, personPath(a.ID)), http.StatusOK
	if back.wrong != nil {
		status, page.Errors = s.refused(c, back.wrong)
	}
	view := onePersonView{ID: a.ID, Login: a.Login, Name: a.Name, Disabled: !a.DisabledAt.IsZero(), Details: s.detailFields(c, a, back, page)}
	var err error
	if view.Role, err = s.roleFields(c, back, page); err != nil {
		return err
	}
	held, err := s.Directory.Holdings(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	names, err := s.departmentNames(c)
	if err != nil {
		return err
	}
	lang, now := visitOf(c).lang, visitOf(c).now
	for _, h := range held {
		one := holdingView{
			ID: h.ID, Role: wording.RoleName(lang, string(h.Role)), From: wording.Date(h.From, lang, s.loc),
			Coming: h.From.After(now), Never: !h.Until.IsZero() && !h.Until.After(h.From), SSO: h.Source == people.BySSO,
		}
		if h.Department != 0 {
			one.Role += " · " + names[h.Department]
		}
		if !h.Until.IsZero() {
			one.Until = wording.Date(h.Until.Add(-time.Second), lang, s.loc)
		}
		if back.form == "end-role" && back.typed.line("role_held") == strconv.FormatInt(h.ID, 10) {
			one.Back, one.Typed, one.Error = true, readable(back.typed.line("until")), page.Wrong("until")
		}
		if h.Until.IsZero() || h.Until.After(now) {
			view.Holdings = append(view.Holdings, one)
		} else {
			view.Past = append(view.Past, one)
		}
	}
	page.View = view
	return s.render(c, status, "desk/person", page)
}

func personPath(id int64) string { return "/admin/people/" + strconv.FormatInt(id, 10) }

// detailFields are name, e-mail and language as they are, or as they were typed.
func (s *Server) detailFields(c echo.Context, a people.Account, back sentBack, page Page) []fieldView {
	lang, came := visitOf(c).lang, back.form == "details"
	field := func(name, kind, value string) fieldView {
		f := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "people."+name), Width: "medium", Value: value}
		if came {
			f.Value, f.Error = readable(back.typed.text(name)), page.Wrong(name)
		}
		return f
	}
	name, email, language := field("name", "text", a.Name), field("email", "email", a.Email), field("language", "select", string(a.Language))
	email.Optional, language.Options = true, s.languageOptions(lang)
	return []fieldView{name, email, language}
}

func (s *Server) languageOptions(lang errs.Lang) []option {
	return []option{{Value: "zh", Label: s.words.in(lang, "people.language.zh")}, {Value: "en", Label: s.words.in(lang, "people.language.en")}}
}

// roleFields are those of another role: which, for which department, and from which day on.
func (s *Server) roleFields(c echo.Context, back sentBack, page Page) ([]fieldView, error) {
	lang := visitOf(c).lang
	departments, err := s.departmentOptions(c, true)
	if err != nil {
		return nil, err
	}
	field := func(name, kind, label string) fieldView {
		f := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, label), Width: "medium"}
		if back.form == "roles" {
			f.Value, f.Error = readable(back.typed.text(name)), page.Wrong(name)
		}
		return f
	}
	role, department, from := field("role", "select", "person.role"), field("department", "select", "people.department"), field("from", "date", "person.from")
	role.Options = []option{{Label: s.words.in(lang, "desk.choose")}}
	for _, r := range people.Grantable {
		role.Options = append(role.Options, option{Value: string(r), Label: wording.RoleName(lang, string(r))})
	}
	department.Options, department.Hint = departments, s.words.in(lang, "people.department.hint")
	from.Optional, from.Hint = true, s.words.in(lang, "person.from.hint")
	return []fieldView{role, department, from}, nil
}

// changeDetails writes name, e-mail and language anew.
func (s *Server) changeDetails(c echo.Context) error {
	return s.onPerson(c, "details", "details changed", "person.changed", func(f form, a people.Account) error {
		return s.Directory.ChangeDetails(c.Request().Context(), s.actor(c), a.ID,
			people.Details{Name: f.line("name"), Email: f.line("email"), Language: errs.Lang(f.line("language"))})
	})
}

// giveRole gives another role, from a day on.
func (s *Server) giveRole(c echo.Context) error {
	return s.onPerson(c, "roles", "role given", "person.given", func(f form, a people.Account) error {
		g := people.Grant{Role: people.Role(f.line("role"))}
		if g.Role == "" {
			return errs.Invalid("role", "please choose the role", "请选择角色")
		}
		if g.Role.OfDepartment() {
			id, err := strconv.ParseInt(f.line("department"), 10, 64)
			if err != nil {
				return errs.Invalid("department", "this role is held for a department; please choose it", "此角色须指定所属单位，请选择")
			}
			g.Department = id
		}
		from, err := s.dayOf(f, "from")
		if err != nil {
			return err
		}
		begins := from.Start(s.loc)
		if f.line("from") == "" || from == sla.DateOf(visitOf(c).now, s.loc) {
			begins = time.Time{} // at once
		}
		return s.Directory.GiveRole(c.Request().Context(), s.actor(c), a.ID, g, begins)
	})
}

// endRole ends a role after a day, or at once.
func (s *Server) endRole(c echo.Context) error {
	return s.onPerson(c, "end-role", "role ended", "person.ended", func(f form, a people.Account) error {
		id, err := strconv.ParseInt(f.line("role_held"), 10, 64)
		if err != nil {
			return errs.Invalid("", "please choose the role from the list", "请从列表中选择角色").Because(err)
		}
		last, err := s.dayOf(f, "until")
		if err != nil {
			return err
		}
		var at time.Time
		if f.line("until") != "" {
			at = last.AddDays(1).Start(s.loc)
		}
		return s.Directory.EndRole(c.Request().Context(), s.actor(c), a.ID, id, at)
	})
}

// dayOf reads a day that may be left empty.
func (s *Server) dayOf(f form, name string) (sla.Date, error) {
	if f.line(name) == "" {
		return 0, nil
	}
	day, err := sla.ParseDate(f.line(name))
	if err != nil {
		return 0, errs.Invalid(name, "please enter a day such as 2026-03-05", "请填写日期，如 2026-03-05").Because(err)
	}
	return day, nil
}

// onPerson does something to the person of the address and leads back to their page.
func (s *Server) onPerson(c echo.Context, name, logged, flash string, do func(form, people.Account) error) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	f := formOf(c)
	if err := do(f, a); err != nil {
		return s.showPerson(c, a, sentBack{name, f, err})
	}
	s.logAdmin(c, logged, a.ID)
	if err := s.tell(c, "good", flash); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, personPath(a.ID))
}

// toPerson leads a reload of a form's answer back to the person.
func (s *Server) toPerson(c echo.Context) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, personPath(a.ID))
}
