package web

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// Page is what every template gets. A handler fills View, Errors where a form came back, and Path where
// the page does not stand under the address that was asked; render fills the rest.
type Page struct {
	Lang     errs.Lang
	City     string
	Path     string // for coming back, with its query
	Nav      []NavLink
	User     *User
	CSRF     string
	Flash    *Flash
	Errors   []FieldError
	TextSize string // empty or "large"
	Unread   int    // news for who has signed in
	Theme    string // "light", "dark", or empty: as the reader's system
	Version  string
	Now      time.Time // in the city's zone
	View     any
	Search   bool // the reader may search cases, and this is not the search itself

	// MissingYear, on the administrators' pages, says that the calendar of a year is needed soon.
	MissingYear string
}

// NavLink is a link of the main navigation.
type NavLink struct {
	Href, Label string
	Current     bool
	Count       int
}

// User is who has signed in, in the reader's words.
type User struct{ Name, Role, Department string }

// Flash is a line on top of the page; Kind is a notice's tone.
type Flash struct{ Kind, Text string }

// FieldError is what is wrong with a field of the page's form; Field may be empty.
type FieldError struct{ Field, Message string }

// Wrong gives what is wrong with a field, for the field's own place.
func (p Page) Wrong(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Message
		}
	}
	return ""
}

// render writes the page named like its file, "public/write".
func (s *Server) render(c echo.Context, status int, name string, p Page) error {
	v := visitOf(c)
	p.Lang, p.City, p.Version, p.Now = v.lang, s.City, s.Version, v.now.In(s.loc)
	if p.Path == "" {
		p.Path = c.Request().URL.RequestURI()
	}
	if v.large {
		p.TextSize = "large"
	}
	p.Theme = v.theme
	if p.Flash == nil {
		p.Flash = s.told(c)
	}
	p.Nav, p.Search = s.navFor(v, p.Path), s.admits(findPath, v) && !under(p.Path, findPath)
	p.CSRF = s.token(c)
	if v.signedIn() {
		user, err := s.user(c, v)
		if err != nil {
			return err
		}
		p.User = user
		if p.Unread, err = s.Desk.Unread(c.Request().Context(), v.account.ID); err != nil {
			return err
		}
	}
	var body bytes.Buffer
	if err := s.pages.write(&body, name, p); err != nil {
		return err
	}
	return send(c, status, body.Bytes())
}

// renderPiece writes one piece of a page, for the page's own script.
func (s *Server) renderPiece(c echo.Context, name, piece string, p Page) error {
	p.Lang = visitOf(c).lang
	var body bytes.Buffer
	if err := s.pages[name].ExecuteTemplate(&body, piece, p); err != nil {
		return fmt.Errorf("piece %s of %s: %w", piece, name, err)
	}
	return c.Blob(http.StatusOK, echo.MIMETextHTMLCharsetUTF8, body.Bytes())
}

// user says who has signed in, by the first of the roles.
func (s *Server) user(c echo.Context, v *visit) (*User, error) {
	u := User{Name: v.account.Name}
	if len(v.account.Grants) == 0 {
		return &u, nil
	}
	grant := v.account.Grants[0]
	u.Role = wording.RoleName(v.lang, string(grant.Role))
	if grant.Department == 0 {
		return &u, nil
	}
	department, err := s.Directory.Department(c.Request().Context(), grant.Department)
	if err != nil {
		return nil, err
	}
	u.Department = department.Name
	return &u, nil
}

// redisplay shows a form again with everything typed and says what is wrong with it. Whatever the
// trouble was, ours too: nothing typed is lost.
func (s *Server) redisplay(c echo.Context, err error, name string, p Page) error {
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		s.logTrouble(c, err)
	}
	p.Errors = s.fieldErrors(c, err)
	return s.render(c, status, name, p)
}

// fieldErrors spells out an error, or several joined, for the reader.
func (s *Server) fieldErrors(c echo.Context, err error) []FieldError {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []FieldError
		for _, one := range many.Unwrap() {
			all = append(all, s.fieldErrors(c, one)...)
		}
		return all
	}
	return []FieldError{{errs.FieldOf(err), errs.Message(err, visitOf(c).lang)}}
}

// plain is a page that says the same to everybody.
func (s *Server) plain(name string) echo.HandlerFunc {
	return func(c echo.Context) error { return s.render(c, http.StatusOK, name, Page{}) }
}

// landing is where somebody who has just signed in begins.
func (s *Server) landing(account people.Account, lang errs.Lang) string {
	v := visit{account: account, lang: lang}
	for _, item := range deskNav {
		if s.admits(item.path, &v) {
			return item.path
		}
	}
	return "/"
}
