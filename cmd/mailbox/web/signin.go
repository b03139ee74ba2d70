package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// signInView is the form of those who work here. A password is never shown again.
type signInView struct {
	Login string
	Next  string // where they wanted to go
	Demo  bool
	// The button of the city's single sign-on; empty: there is none.
	SSO, SSOHref string
}

func (s *Server) askSignIn(c echo.Context) error {
	v, next := visitOf(c), localPath(c.QueryParam("next"), "")
	if v.signedIn() {
		return c.Redirect(http.StatusSeeOther, localPath(next, s.landing(v.account, v.lang)))
	}
	return s.render(c, http.StatusOK, "public/sign-in", Page{View: s.signInView("", next)})
}

func (s *Server) signIn(c echo.Context) error {
	form, ctx := formOf(c), c.Request().Context()
	next := localPath(form.line("next"), "")
	page := Page{View: s.signInView(readable(form.line("login")), next)}
	actor, err := s.Directory.SignIn(ctx, form.line("login"), form.text("password"))
	if err != nil {
		tried, lookErr := s.Directory.AccountOf(ctx, form.line("login"))
		if lookErr != nil {
			return lookErr
		}
		s.logSignIn(c, tried, people.OutcomeOf(err, false), "")
		return s.redisplay(c, err, "public/sign-in", page)
	}
	account, err := s.Directory.Account(ctx, actor.Account)
	if err != nil {
		return err
	}
	v := visitOf(c)
	v.sso, v.twice = false, false
	if !account.FactorSince.IsZero() {
		return s.askForCode(c, account, next)
	}
	return s.enter(c, account, next)
}

func (s *Server) signOut(c echo.Context) error {
	if err := s.endSession(c); err != nil {
		return err
	}
	if err := s.tell(c, "info", "flash.signed_out"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

// passwordView is the form for a new password.
type passwordView struct {
	Must  bool   // the program asks for it: the password was set by another
	Login string // for whom a password manager should keep the new one
}

func (s *Server) askPassword(c echo.Context) error {
	account := visitOf(c).account
	return s.render(c, http.StatusOK, "public/password", Page{View: passwordView{account.MustChange, account.Login}})
}

func (s *Server) changePassword(c echo.Context) error {
	form, ctx, v := formOf(c), c.Request().Context(), visitOf(c)
	page := Page{View: passwordView{v.account.MustChange, v.account.Login}}
	replacement := form.text("new_password")
	if replacement != form.text("again") {
		return s.redisplay(c, errs.Invalid("again", "the two new passwords differ", "两次输入的新密码不一致"), "public/password", page)
	}
	if err := s.Directory.ChangePassword(ctx, v.account.ID, form.text("old_password"), replacement); err != nil {
		return s.redisplay(c, err, "public/password", page)
	}
	// All sessions of the old password are over, this one too: it goes on under the new one.
	account, err := s.Directory.Account(ctx, v.account.ID)
	if err != nil {
		return err
	}
	account = v.within(account)
	if err := s.beginSession(c, account); err != nil {
		return err
	}
	if _, err := s.Sessions.EndOthers(ctx, account.ID, s.sessions.Token(c.Request().Context())); err != nil {
		return err
	}
	if err := s.tell(c, "good", "flash.password_changed"); err != nil {
		return err
	}
	if duty := s.duty(v, account); duty != "" {
		return c.Redirect(http.StatusSeeOther, duty)
	}
	return c.Redirect(http.StatusSeeOther, s.landing(account, v.lang))
}
