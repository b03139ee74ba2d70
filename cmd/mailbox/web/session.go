package web

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// How long somebody stays signed in: without a click, and in all.
const (
	idleTime     = 30 * time.Minute
	longestTime  = 12 * time.Hour
	touchedEvery = time.Minute // a click writes to the session at most so often
)

// What a session remembers.
const (
	sessionAccount = "account"
	sessionStamp   = "stamp" // of the password it was opened with
	sessionSeen    = "seen"  // the last click, in Unix seconds
	sessionSSO     = "sso"   // it was opened by the single sign-on,
	sessionTwice   = "twice" // which has asked for two factors
)

// newSessions keeps sessions by token only: the cookie ends with the browser, the rest is the store's.
// The idle time is reckoned here and not by scs, which would write to the database on every click and
// asks the machine for the time.
func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.Sessions
	m.Lifetime = longestTime
	m.Cookie.Name = s.cookieName("session")
	m.Cookie.Secure = s.secure
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	return m
}

// readSession finds the account that has signed in. A session that was idle too long, whose password
// has changed since or whose account was disabled is over.
func (s *Server) readSession(c echo.Context, v *visit) error {
	token := cookieValue(c, s.sessions.Cookie.Name)
	ctx, err := s.sessions.Load(c.Request().Context(), token)
	if err != nil {
		return err
	}
	c.SetRequest(c.Request().WithContext(ctx))
	id := s.sessions.GetInt64(ctx, sessionAccount)
	if id == 0 {
		return nil
	}
	seen := time.Unix(s.sessions.GetInt64(ctx, sessionSeen), 0)
	account, err := s.Directory.Account(ctx, id)
	switch {
	case errs.CodeOf(err) == errs.CodeNotFound:
		return s.endSession(c)
	case err != nil:
		return err
	case v.now.Sub(seen) > idleTime, account.Stamp != s.sessions.GetString(ctx, sessionStamp), !account.DisabledAt.IsZero():
		return s.endSession(c)
	}
	v.sso, v.twice = s.sessions.GetBool(ctx, sessionSSO), s.sessions.GetBool(ctx, sessionTwice)
	v.account = v.within(account)
	ctx = audit.By(ctx, account.ID)
	c.SetRequest(c.Request().WithContext(ctx))
	if v.now.Sub(seen) < touchedEvery || asksByItself(c) {
		return nil
	}
	s.sessions.Put(ctx, sessionSeen, v.now.Unix())
	_, _, err = s.sessions.Commit(ctx)
	return err
}

// beginSession signs the account in, under a new token, so that a token planted before is worth nothing.
func (s *Server) beginSession(c echo.Context, account people.Account) error {
	token, err := s.newSession(c, longestTime, sessionAccount, sessionSeen, account)
	if err != nil {
		return err
	}
	outcome := people.SignedIn
	if visitOf(c).sso {
		outcome = people.SignedInSSO
	}
	s.logSignIn(c, account.ID, outcome, token)
	visitOf(c).account = account
	return nil
}

// newSession begins a session of this browser anew, with nothing in it but the account, the stamp of its password, the
// way in and the instant, under the names given; it is over after most.
func (s *Server) newSession(c echo.Context, most time.Duration, who, since string, account people.Account) (token string, err error) {
	v := visitOf(c)
	return s.renewSession(c, most, map[string]any{
		who: account.ID, sessionStamp: account.Stamp, since: v.now.Unix(), sessionSSO: v.sso, sessionTwice: v.twice,
	})
}

// renewSession begins a session of this browser anew, with nothing in it but these values.
func (s *Server) renewSession(c echo.Context, most time.Duration, values map[string]any) (token string, err error) {
	ctx := c.Request().Context()
	if err := s.sessions.Clear(ctx); err != nil {
		return "", err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return "", err
	}
	s.sessions.SetDeadline(ctx, visitOf(c).now.Add(most).UTC())
	for name, value := range values {
		s.sessions.Put(ctx, name, value)
	}
	token, expiry, err := s.sessions.Commit(ctx)
	if err != nil {
		return "", err
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), token, expiry)
	return token, nil
}

func (s *Server) endSession(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.sessions.Destroy(ctx); err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, c.Response(), "", time.Time{})
	visitOf(c).account = people.Account{}
	return nil
}
