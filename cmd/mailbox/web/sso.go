package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

const (
	ssoPath  = "/sign-in/sso"
	ssoBack  = ssoPath + "/callback"
	ssoTime  = 10 * time.Minute // for signing in at the provider
	ssoState = "sso_state"
)

// What a session remembers while somebody is at the provider.
const (
	ssoNonce    = "sso_nonce"
	ssoVerifier = "sso_verifier"
	ssoNext     = "sso_next"
	ssoSince    = "sso_since"
)

// beginSSO sends the browser to the provider. What must come back with it is kept in a session of this browser.
func (s *Server) beginSSO(c echo.Context) error {
	v, next := visitOf(c), localPath(c.QueryParam("next"), "")
	if s.sso == nil {
		return echo.ErrNotFound
	}
	if v.signedIn() {
		return c.Redirect(http.StatusSeeOther, localPath(next, s.landing(v.account, v.lang)))
	}
	on := signOn{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
	where, err := s.sso.address(c.Request().Context(), on)
	if err != nil {
		return s.ssoFailed(c, err, next)
	}
	values := map[string]any{ssoState: on.State, ssoNonce: on.Nonce, ssoVerifier: on.Verifier, ssoNext: next, ssoSince: v.now.Unix()}
	if _, err := s.renewSession(c, ssoTime, values); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, where)
}

// endSSO takes the browser back. Whatever it brings counts once, and only in the browser that was sent.
func (s *Server) endSSO(c echo.Context) error {
	if s.sso == nil {
		return echo.ErrNotFound
	}
	ctx, v := c.Request().Context(), visitOf(c)
	on := signOn{s.sessions.GetString(ctx, ssoState), s.sessions.GetString(ctx, ssoNonce), s.sessions.GetString(ctx, ssoVerifier)}
	next, since := s.sessions.GetString(ctx, ssoNext), time.Unix(s.sessions.GetInt64(ctx, ssoSince), 0)
	if on.State == "" {
		// Also for a page that was loaded again after it had led on: whoever is in stays in.
		if v.signedIn() {
			return c.Redirect(http.StatusSeeOther, s.landing(v.account, v.lang))
		}
		return s.ssoFailed(c, errElsewhere(), "")
	}
	if err := s.endSession(c); err != nil {
		return err
	}
	query := c.QueryParams()
	if subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(on.State)) != 1 || v.now.Sub(since) > ssoTime {
		return s.ssoFailed(c, errElsewhere(), next)
	}
	if issuer := query.Get("iss"); issuer != "" && issuer != s.sso.Issuer { // RFC 9207
		return s.ssoFailed(c, errElsewhere(), next)
	}
	if query.Get("error") != "" || query.Get("code") == "" {
		return s.ssoFailed(c, errs.Forbidden("the single sign-on did not let you in; please try again, or sign in here", "单点登录未成功，请重试，或在此登录"), next)
	}
	who, twice, err := s.sso.person(ctx, on, query.Get("code"))
	if err != nil {
		return s.ssoFailed(c, err, next)
	}
	return s.enterSSO(c, who, twice, next)
}

// enterSSO opens the session of whom the provider has named. Where it did not ask for a second factor, ours is asked for.
func (s *Server) enterSSO(c echo.Context, who people.Person, twice bool, next string) error {
	account, err := s.Directory.SignInSSO(c.Request().Context(), who)
	if err != nil {
		if errs.CodeOf(err) == errs.CodeForbidden {
			s.logSignIn(c, account.ID, people.SSORefused, "")
		}
		return s.ssoFailed(c, err, next)
	}
	v := visitOf(c)
	v.sso, v.twice = true, twice
	if !account.FactorSince.IsZero() && !twice {
		return s.askForCode(c, account, next)
	}
	return s.enter(c, account, next)
}

func errElsewhere() error {
	return errs.Forbidden("this sign-in was begun in another browser, or took too long; please begin again", "此次登录不是在本浏览器开始的，或已超时，请重新登录")
}

// ssoFailed is the page for signing in, which says why the single sign-on did not work. Signing in here works as ever.
func (s *Server) ssoFailed(c echo.Context, err error, next string) error {
	page := Page{Path: "/sign-in", View: s.signInView("", next)}
	if errs.CodeOf(err) == errs.CodeForbidden {
		return s.redisplay(c, err, "public/sign-in", page)
	}
	s.logTrouble(c, err)
	status, why := http.StatusForbidden, "sso.wrong"
	if errors.Is(err, errAway) || errors.Is(err, context.DeadlineExceeded) {
		status, why = http.StatusServiceUnavailable, "sso.away"
	}
	page.Errors = []FieldError{{Message: s.words.in(visitOf(c).lang, why)}}
	return s.render(c, status, "public/sign-in", page)
}

// signInView is the form for signing in, with the button of the single sign-on where there is one.
func (s *Server) signInView(login, next string) signInView {
	view := signInView{Login: login, Next: next, Demo: s.Demo}
	if s.sso != nil {
		view.SSO, view.SSOHref = s.sso.Name, ssoPath
		if next != "" {
			view.SSOHref += "?next=" + url.QueryEscape(next)
		}
	}
	return view
}
