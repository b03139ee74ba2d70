package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

const (
	factorPath = "/account/second-factor"
	codePath   = "/sign-in/code"
)

// codeTime is how long somebody may take for the code after the password.
const codeTime = 5 * time.Minute

// What a session remembers between the password and the code.
const (
	sessionPending      = "pending" // the account
	sessionPendingSince = "pending_since"
)

// needsFactor tells whether somebody holds a role for which a second factor is asked.
func (s *Server) needsFactor(a people.Account) bool {
	return slices.ContainsFunc(s.SecondFactor, a.Actor().Is)
}

// duty is the page that somebody has to deal with before any other; "" for none. Who came by the single sign-on has used
// no password of ours, and perhaps two factors there.
func (s *Server) duty(v *visit, a people.Account) string {
	switch {
	case a.MustChange && !v.sso:
		return passwordPath
	case s.needsFactor(a) && a.FactorSince.IsZero() && !v.twice:
		return factorPath
	}
	return ""
}

// codeView is the form for the second step of a sign-in.
type codeView struct{ Next string }

// askForCode remembers who has shown their password, and asks for the code.
func (s *Server) askForCode(c echo.Context, account people.Account, next string) error {
	if _, err := s.newSession(c, codeTime, sessionPending, sessionPendingSince, account); err != nil {
		return err
	}
	where := codePath
	if next != "" {
		where += "?next=" + url.QueryEscape(next)
	}
	return c.Redirect(http.StatusSeeOther, where)
}

// pending is who has shown their password in this browser within the last minutes, and nothing else yet.
func (s *Server) pending(c echo.Context) (people.Account, bool, error) {
	ctx, v := c.Request().Context(), visitOf(c)
	id := s.sessions.GetInt64(ctx, sessionPending)
	if id == 0 || v.now.Sub(time.Unix(s.sessions.GetInt64(ctx, sessionPendingSince), 0)) > codeTime {
		return people.Account{}, false, nil
	}
	account, err := s.Directory.Account(ctx, id)
	if err != nil {
		return people.Account{}, false, err
	}
	v.sso, v.twice = s.sessions.GetBool(ctx, sessionSSO), s.sessions.GetBool(ctx, sessionTwice)
	good := account.DisabledAt.IsZero() && account.Stamp == s.sessions.GetString(ctx, sessionStamp) && !account.FactorSince.IsZero()
	return account, good, nil
}

func (s *Server) askCode(c echo.Context) error {
	_, good, err := s.pending(c)
	if err != nil {
		return err
	}
	if !good {
		return c.Redirect(http.StatusSeeOther, "/sign-in")
	}
	return s.render(c, http.StatusOK, "public/code", Page{View: codeView{localPath(c.QueryParam("next"), "")}})
}

func (s *Server) checkCode(c echo.Context) error {
	form := formOf(c)
	next := localPath(form.line("next"), "")
	account, good, err := s.pending(c)
	if err != nil {
		return err
	}
	if !good {
		if err := s.tell(c, "warn", "code.late"); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/sign-in")
	}
	if err := s.factors.Check(c.Request().Context(), account.ID, form.line("code")); err != nil {
		s.logSignIn(c, account.ID, people.OutcomeOf(err, true), "")
		return s.redisplay(c, err, "public/code", Page{Path: codePath, View: codeView{next}})
	}
	return s.enter(c, account, next)
}

// enter opens the session of somebody who has proved who they are, and leads them on.
func (s *Server) enter(c echo.Context, account people.Account, next string) error {
	v := visitOf(c)
	account = v.within(account)
	if err := s.beginSession(c, account); err != nil {
		return err
	}
	if duty := s.duty(v, account); duty != "" {
		return c.Redirect(http.StatusSeeOther, duty)
	}
	return c.Redirect(http.StatusSeeOther, localPath(next, s.landing(account, v.lang)))
}

// factorView is the page of one's own second factor.
type factorView struct {
	Since    string // empty: none is in use
	Left     string // how many recovery codes are left
	Must     bool   // the account's role asks for one
	MayEnd   bool
	Code     qrView
	Secret   string // for typing it in, in groups of four
	Recovery []string
}

func (s *Server) askFactor(c echo.Context) error {
	view, err := s.factorOf(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "public/second-factor", Page{View: view})
}

func (s *Server) factorOf(c echo.Context) (factorView, error) {
	ctx, v := c.Request().Context(), visitOf(c)
	must := s.needsFactor(v.account)
	view := factorView{Must: must && v.account.FactorSince.IsZero()}
	if !v.account.FactorSince.IsZero() {
		left, err := s.factors.Left(ctx, v.account.ID)
		if err != nil {
			return view, err
		}
		view.Since = wording.Date(v.account.FactorSince, v.lang, s.loc)
		view.Left = s.words.in(v.lang, "factor.left", left)
		view.MayEnd = !must
		return view, nil
	}
	secret, err := s.factors.Offer(ctx, v.account.ID)
	if err != nil {
		return view, err
	}
	for group := range slices.Chunk([]byte(secret), 4) {
		view.Secret += string(group) + " "
	}
	view.Secret = strings.TrimSpace(view.Secret)
	view.Code, err = qrOf(s.deviceURL(v.account.Login, secret))
	return view, err
}

// deviceURL is what an authenticator app reads from the QR code (the Key Uri Format of Google Authenticator, which
// the others took over).
func (s *Server) deviceURL(login, secret string) string {
	issuer := s.words.in(deviceLanguage, "factor.issuer", s.City)
	q := url.Values{"secret": {secret}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+login) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// deviceLanguage is that of what a device shows for years: the house's own.
const deviceLanguage = errs.ZH

// takeFactor takes a device into use and shows the recovery codes.
func (s *Server) takeFactor(c echo.Context) error {
	codes, err := s.factors.Confirm(c.Request().Context(), visitOf(c).account.ID, formOf(c).line("code"))
	return s.factorShown(c, "taken into use", codes, err)
}

// renewRecovery makes new recovery codes.
func (s *Server) renewRecovery(c echo.Context) error {
	codes, err := s.factors.Renew(c.Request().Context(), visitOf(c).account.ID, formOf(c).line("code"))
	return s.factorShown(c, "recovery codes renewed", codes, err)
}

// factorShown is the page after a code was tried: what was done is logged, and the recovery codes are shown once.
func (s *Server) factorShown(c echo.Context, done string, codes []string, wrong error) error {
	v := visitOf(c)
	account, err := s.Directory.Account(c.Request().Context(), v.account.ID)
	if err != nil {
		return err
	}
	v.account = v.within(account)
	view, err := s.factorOf(c)
	if err != nil {
		return err
	}
	page := Page{Path: factorPath, View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "public/second-factor", page)
	}
	s.Log.InfoContext(c.Request().Context(), "second factor", "what", done, "account", account.ID)
	view.Recovery = codes
	page.View = view
	return s.render(c, http.StatusOK, "public/second-factor", page)
}

// endFactor ends one's own second factor, by a code, where the role does not ask for one.
func (s *Server) endFactor(c echo.Context) error {
	ctx, v := c.Request().Context(), visitOf(c)
	if s.needsFactor(v.account) {
		return errs.Forbidden("your role asks for a second factor", "您的岗位须使用两步验证")
	}
	if err := s.factors.Check(ctx, v.account.ID, formOf(c).line("code")); err != nil {
		return s.factorShown(c, "", nil, err)
	}
	if err := s.factors.Remove(ctx, v.account.ID); err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "second factor", "what", "ended", "account", v.account.ID)
	if err := s.tell(c, "good", "factor.ended"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, factorPath)
}
