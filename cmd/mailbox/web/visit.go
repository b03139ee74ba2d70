package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// visit is what is known of one request: who asks, in which language, with which letter in hand.
type visit struct {
	id      string // of the request, for the log and for those who report a trouble
	now     time.Time
	lang    errs.Lang
	large   bool // 适老: larger text
	theme   string
	account people.Account
	bearer  people.Token // by which a program asks; none: a person does
	sso     bool         // by the single sign-on,
	twice   bool         // which has asked for two factors
	letter  letterPass
	token   string       // of our forms; made when a page first needs it
	written *writtenPage // set while the page is written for everybody
	leave   func()       // gives back the place among those served at once
	held    bool         // the line is held open: how long says nothing of the server's speed
}

func (v *visit) signedIn() bool { return v.account.ID != 0 }

// within is the account as it counts in this session: what the single sign-on gives counts where it has opened the
// session, so that who was taken off it cannot come back to that by a password.
func (v *visit) within(a people.Account) people.Account {
	if !v.sso {
		a.Grants = a.ByHand
	}
	return a
}

const visitKey = "visit"

func visitOf(c echo.Context) *visit {
	v, ok := c.Get(visitKey).(*visit)
	if !ok {
		// Nothing was recognised yet: an error on the way in is shown to a stranger.
		v = &visit{lang: errs.ZH}
		c.Set(visitKey, v)
	}
	return v
}

// actor is who does something on this request: the account that has signed in, or the writer of the
// letter in hand on the pages for writers.
func (s *Server) actor(c echo.Context) people.Actor {
	v := visitOf(c)
	a := v.account.Actor()
	a.Language = v.lang
	return a
}

// writer is who has proved the letter in hand, whoever may be signed in besides.
func (s *Server) writer(c echo.Context) people.Actor {
	v := visitOf(c)
	return people.TheWriter(int64(v.letter.ID), v.lang)
}

// stranger is whoever writes a new letter.
func (s *Server) stranger(c echo.Context) people.Actor {
	return people.TheWriter(0, visitOf(c).lang)
}

// recognise finds out who asks: language, text size and colours from cookies, the account from the session, the
// letter from its pass.
func (s *Server) recognise(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isAPI(c) {
			return s.recogniseProgram(c, next)
		}
		v := visitOf(c)
		v.large = cookieValue(c, sizeCookie) == "large"
		if theme := cookieValue(c, themeCookie); theme == "light" || theme == "dark" {
			v.theme = theme
		}
		v.lang = language(c, errs.ZH)
		if lang := errs.Lang(c.QueryParam("lang")); c.Request().Method == http.MethodGet && (lang == errs.ZH || lang == errs.EN) {
			v.lang = lang // an address may name the language, and the reader goes on in it
			s.setCookie(c, langCookie, string(lang), 365*24*time.Hour)
		}
		v.letter = s.readPass(c)
		if err := s.readSession(c, v); err != nil {
			return err
		}
		if v.signedIn() && v.account.Language == errs.EN && c.QueryParam("lang") == "" {
			v.lang = language(c, errs.EN)
		}
		return next(c)
	}
}

const (
	langCookie  = "lang"
	sizeCookie  = "size"
	themeCookie = "theme"
)

// language goes by the reader's own choice, then by the browser's first language that we have.
func language(c echo.Context, otherwise errs.Lang) errs.Lang {
	switch lang := errs.Lang(cookieValue(c, langCookie)); lang {
	case errs.ZH, errs.EN:
		return lang
	}
	return accepted(c, otherwise)
}

// accepted is the first language that the request says it understands and that we have.
func accepted(c echo.Context, otherwise errs.Lang) errs.Lang {
	for part := range strings.SplitSeq(c.Request().Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(part)), ";")
		primary, _, _ := strings.Cut(tag, "-")
		switch primary {
		case "zh":
			return errs.ZH
		case "en":
			return errs.EN
		}
	}
	return otherwise
}

// preferences keeps the language, the text size or the colours that one button of the frame asks for.
func (s *Server) preferences(c echo.Context) error {
	form := formOf(c)
	switch lang := form.line("lang"); errs.Lang(lang) {
	case errs.ZH, errs.EN:
		s.setCookie(c, langCookie, lang, 365*24*time.Hour)
	}
	switch size := form.line("size"); size {
	case "large", "normal":
		s.setCookie(c, sizeCookie, size, 365*24*time.Hour)
	}
	switch theme := form.line("theme"); theme {
	case "auto", "light", "dark":
		s.setCookie(c, themeCookie, theme, 365*24*time.Hour)
	}
	return c.Redirect(http.StatusSeeOther, localPath(form.line("back"), "/"))
}

// letterPass is what the writer's browser keeps after number and secret were right: which case, and
// under which version of its secret. A new secret ends all passes given for the old one.
type letterPass struct {
	ID      cases.ID
	Version int64
	Receipt bool // this browser sent the letter: it may see the secret again
	Mailed  bool // a copy of the receipt went to the writer's address
	Texted  bool // it went to the writer's telephone instead
}
