package web

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// peopleView is who can sign in, and the form that adds somebody.
type peopleView struct {
	People []personView
	Fields []fieldView
	Open   bool // the form was sent and came back
	// Shown is a password that was just made. It stands in this answer and nowhere else.
	Shown *shownPassword
}

type personView struct {
	ID                  int64
	Login, Name, Email  string
	Roles               string
	Disabled, Self, New bool
	Factor              bool // a second factor is asked for
}

type shownPassword struct{ Login, Password string }

// administrator refuses whoever is none: the route says so already, and this says it again where the
// work is done.
func (s *Server) administrator(c echo.Context) error {
	if !s.actor(c).Is(people.Administrator) {
		return errs.Forbidden("only administrators may do this", "只有系统管理员可以进行此操作")
	}
	return nil
}

func (s *Server) adminPeople(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	return s.showPeople(c, nil, nil, nil)
}

// showPeople is the page in all its states: plain, with a form that came back, with a new password.
func (s *Server) showPeople(c echo.Context, typed *form, wrong error, shown *shownPassword) error {
	accounts, err := s.Directory.Accounts(c.Request().Context())
	if err != nil {
		return err
	}
	names, err := s.departmentNames(c)
	if err != nil {
		return err
	}
	lang, view := visitOf(c).lang, peopleView{Open: typed != nil, Shown: shown}
	for _, a := range accounts {
		var roles []string
		for _, g := range a.Grants {
			role := wording.RoleName(lang, string(g.Role))
			if g.Department != 0 {
				role += " · " + names[g.Department]
			}
			roles = append(roles, role)
		}
		view.People = append(view.People, personView{
			ID: a.ID, Login: a.Login, Name: a.Name, Email: a.Email, Roles: strings.Join(roles, s.words.in(lang, "desk.and")),
			Disabled: !a.DisabledAt.IsZero(), Self: a.ID == visitOf(c).account.ID, New: a.MustChange,
			Factor: !a.FactorSince.IsZero(),
		})
	}
	page, status := s.adminPage(c, "/admin/people"), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	if view.Fields, err = s.personFields(c, typed, page.Errors); err != nil {
		return err
	}
	page.View = view
	return s.render(c, status, "desk/people", page)
}

func (s *Server) personFields(c echo.Context, typed *form, wrong []FieldError) ([]fieldView, error) {
	lang := visitOf(c).lang
	departments, err := s.departmentOptions(c, true)
	if err != nil {
		return nil, err
	}
	field := func(name, kind string) fieldView {
		view := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "people."+name), Width: "medium", Error: Page{Errors: wrong}.Wrong(name)}
		if typed != nil {
			view.Value = readable(typed.text(name))
		}
		return view
	}
	login, name, email, role, department := field("login", "text"), field("name", "text"), field("email", "email"), field("role", "checkboxes"), field("department", "select")
	login.Hint, login.Autocomplete, email.Optional = s.words.in(lang, "people.login.hint"), "off", true
	role.Value = ""
	for _, r := range people.Grantable {
		role.Options = append(role.Options, option{
			Value: string(r), Label: wording.RoleName(lang, string(r)),
			Checked: typed != nil && slices.Contains(typed.values["role"], string(r)),
		})
	}
	department.Hint, department.Options = s.words.in(lang, "people.department.hint"), departments
	language := field("language", "select")
	language.Options = s.languageOptions(lang)
	return []fieldView{name, login, email, role, department, language}, nil
}

// addPerson makes an account with a password that must be changed at the first sign-in, and shows it
// once.
func (s *Server) addPerson(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	f := formOf(c)
	login := f.line("login")
	grants, err := grantsOf(f)
	if err != nil {
		return s.showPeople(c, &f, err, nil)
	}
	password := newPassword(login)
	id, err := s.Directory.AddAccount(c.Request().Context(), people.NewAccount{
		Login: login, Name: f.line("name"), Email: f.line("email"), Language: errs.Lang(f.line("language")),
		Password: password, MustChange: true, Grants: grants,
	})
	if err != nil {
		return s.showPeople(c, &f, err, nil)
	}
	s.logAdmin(c, "account added", id)
	return s.showPeople(c, nil, nil, &shownPassword{login, password})
}

// grantsOf reads the roles; those of departments are held for the department chosen.
func grantsOf(f form) ([]people.Grant, error) {
	var grants []people.Grant
	for _, name := range f.values["role"] {
		g := people.Grant{Role: people.Role(name)}
		if g.Role.OfDepartment() {
			id, err := strconv.ParseInt(f.line("department"), 10, 64)
			if err != nil {
				return nil, errs.Invalid("department", "this role is held for a department; please choose it", "此角色须指定所属单位，请选择")
			}
			g.Department = id
		}
		grants = append(grants, g)
	}
	if len(grants) == 0 {
		return nil, errs.Invalid("role", "please choose at least one role", "请至少选择一个角色")
	}
	return grants, nil
}

// newPassword is 16 letters and digits by chance, 80 bits, in groups that can be read out.
func newPassword(login string) string {
	for {
		text := rand.Text()[:16]
		password := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		// The directory refuses a password that holds the login; a login of two letters may be met.
		if login == "" || !strings.Contains(strings.ToLower(password), strings.ToLower(login)) {
			return password
		}
	}
}

// disablePerson and enablePerson take away and give back the right to sign in.
func (s *Server) disablePerson(c echo.Context) error {
	return s.changePerson(c, "account disabled", "people.disabled", func(a people.Account) error {
		if a.ID == visitOf(c).account.ID {
			return errs.Conflict("you cannot disable your own account; ask another administrator", "不能停用自己的账号，请由其他管理员操作")
		}
		return s.Directory.Disable(c.Request().Context(), a.ID)
	})
}

func (s *Server) enablePerson(c echo.Context) error {
	return s.changePerson(c, "account enabled", "people.enabled", func(a people.Account) error {
		return s.Directory.Enable(c.Request().Context(), a.ID)
	})
}

// changePerson does something to the account of the address and leads back to the list.
func (s *Server) changePerson(c echo.Context, logged, flash string, do func(people.Account) error) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	if err := do(a); err != nil {
		return s.showPeople(c, nil, err, nil)
	}
	s.logAdmin(c, logged, a.ID)
	if err := s.tell(c, "good", flash, a.Name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/people")
}

// resetPassword gives somebody who has forgotten theirs a new password, shown once.
func (s *Server) resetPassword(c echo.Context) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	password := newPassword(a.Login)
	if err := s.Directory.SetPassword(c.Request().Context(), a.Login, password); err != nil {
		return s.showPeople(c, nil, err, nil)
	}
	s.logAdmin(c, "password reset", a.ID)
	return s.showPeople(c, nil, nil, &shownPassword{a.Login, password})
}

// removeFactor ends the second factor of somebody who has lost device and recovery codes; not one's own, which
// would let a session left open undo what guards it.
func (s *Server) removeFactor(c echo.Context) error {
	a, err := s.personOf(c)
	if err != nil {
		return err
	}
	if a.ID == visitOf(c).account.ID {
		return s.showPeople(c, nil, errs.Invalid("", "another administrator must remove your own second step", "本人的两步验证须由其他管理员停用"), nil)
	}
	if err := s.factors.Remove(c.Request().Context(), a.ID); err != nil {
		return s.showPeople(c, nil, err, nil)
	}
	s.logAdmin(c, "second factor removed", a.ID)
	return c.Redirect(http.StatusSeeOther, "/admin/people")
}

func (s *Server) personOf(c echo.Context) (people.Account, error) {
	if err := s.administrator(c); err != nil {
		return people.Account{}, err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return people.Account{}, errs.NotFound("there is no such account", "没有这个账号")
	}
	return s.Directory.Account(c.Request().Context(), id)
}

// logAdmin keeps in the log what administrators change: it is no event of any case.
func (s *Server) logAdmin(c echo.Context, what string, id int64) {
	s.Log.LogAttrs(c.Request().Context(), slog.LevelInfo, "administration",
		slog.String("what", what), slog.Int64("by", visitOf(c).account.ID), slog.Int64("on", id), slog.String("request", visitOf(c).id))
}
