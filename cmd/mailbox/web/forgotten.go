package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

const newPasswordPath = "/sign-in/new-password" //nolint:gosec // a path

// forgottenView asks who has forgotten their password.
type forgottenView struct {
	Who  string
	Done bool
}

func (s *Server) askForgotten(c echo.Context) error {
	return s.render(c, http.StatusOK, "public/forgotten", Page{View: forgottenView{}})
}

// forgotten sends a link to whoever has forgotten their password. Whether there is such an account, the page does not say.
func (s *Server) forgotten(c echo.Context) error {
	view := forgottenView{Who: readable(formOf(c).line("who"))}
	from := people.SignIn{Address: household(c.RealIP()), Agent: c.Request().UserAgent()}
	if err := s.Desk.LostPassword(c.Request().Context(), view.Who, from); err != nil {
		return s.redisplay(c, err, "public/forgotten", Page{Path: "/sign-in/forgotten", View: view})
	}
	view.Done = true
	return s.render(c, http.StatusOK, "public/forgotten", Page{Path: "/sign-in/forgotten", View: view})
}

// newPasswordView is the form that the link of a mail leads to.
type newPasswordView struct {
	Link  string // empty: it is not good any more
	Login string
}

// askNewPassword shows the form and changes nothing: programs that read mails open links, too.
func (s *Server) askNewPassword(c echo.Context) error {
	return s.showNewPassword(c, c.QueryParam("secret"), nil)
}

func (s *Server) showNewPassword(c echo.Context, link string, wrong error) error {
	page, status := Page{Path: newPasswordPath}, http.StatusOK
	account, err := s.resets.Account(c.Request().Context(), link)
	view := newPasswordView{Link: link, Login: account.Login}
	if err != nil {
		view.Link, wrong = "", err
	}
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	page.View = view
	return s.render(c, status, "public/new-password", page)
}

// setNewPassword takes the new password. The sign-in that follows asks for the second factor as ever.
func (s *Server) setNewPassword(c echo.Context) error {
	form, ctx := formOf(c), c.Request().Context()
	link, replacement := form.line("secret"), form.text("new_password")
	if replacement != form.text("again") {
		return s.showNewPassword(c, link, errs.Invalid("again", "the two new passwords differ", "两次输入的新密码不一致"))
	}
	account, err := s.resets.Reset(ctx, link, replacement)
	if err != nil {
		return s.showNewPassword(c, link, err)
	}
	// They are over already, since they remember another password; now they are not listed as open either.
	if _, err := s.Sessions.EndOthers(ctx, account.ID, ""); err != nil {
		s.logTrouble(c, err)
	}
	s.logSignIn(c, account.ID, people.ResetDone, "")
	if err := s.tell(c, "good", "forgotten.set"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}
