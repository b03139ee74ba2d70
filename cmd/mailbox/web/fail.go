package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
)

// statusOf is the one place where a code becomes a status.
func statusOf(err error) int {
	switch errs.CodeOf(err) {
	case errs.CodeInvalid:
		return http.StatusUnprocessableEntity
	case errs.CodeNotFound:
		return http.StatusNotFound
	case errs.CodeConflict:
		return http.StatusConflict
	case errs.CodeForbidden:
		return http.StatusForbidden
	case errs.CodeLimited:
		return http.StatusTooManyRequests
	case errs.CodeInternal:
	}
	return http.StatusInternalServerError
}

// handleError answers with whatever error a handler gave back.
func (s *Server) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		s.logTrouble(c, err)
		return
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		c.Response().Status = 499 // the reader has gone; nobody gets an answer
		return
	}
	if failed := s.fail(c, err); failed != nil {
		s.logTrouble(c, failed)
		http.Error(c.Response(), errs.Message(failed, visitOf(c).lang), http.StatusInternalServerError)
	}
}

// fail shows an error as a page of its own, or as JSON to those who ask for that.
func (s *Server) fail(c echo.Context, err error) error {
	if fromRouter, ok := errors.AsType[*echo.HTTPError](err); ok {
		switch fromRouter.Code {
		case http.StatusNotFound:
			return s.failWith(c, http.StatusNotFound, errs.NotFound(
				"there is no page at this address; please check it, or begin at the home page",
				"没有这个页面，请检查网址，或从首页开始"))
		case http.StatusMethodNotAllowed:
			return s.failWith(c, http.StatusMethodNotAllowed, errs.NotFound(
				"this address cannot be used that way; please begin at the home page",
				"该网址不能这样访问，请从首页开始"))
		case http.StatusRequestEntityTooLarge:
			return s.failWith(c, http.StatusRequestEntityTooLarge, errs.Limited(
				"what you sent is too large; please go back and shorten it",
				"提交的内容过大，请返回并缩短后再提交"))
		}
	}
	status := statusOf(err)
	if _, unknown := errors.AsType[unknownTokenError](err); unknown {
		status = http.StatusUnauthorized
	}
	if status == http.StatusInternalServerError {
		s.logTrouble(c, err)
	}
	return s.failWith(c, status, err)
}

// errorView is the page of an error.
type errorView struct {
	Title, Text string
	Request     string // to be named when reporting a trouble of ours
	Typed       []string
}

// typedIn gives what somebody of the staff wrote in a form that cannot be taken any more, because the role or the case
// is theirs no longer: it is shown, so that it can be handed on. Passwords, secrets and codes are never written into a page.
func typedIn(c echo.Context, v *visit, status int) (texts []string) {
	if !v.signedIn() || c.Request().Method != http.MethodPost || status != http.StatusForbidden && status != http.StatusNotFound {
		return nil
	}
	posted := c.Request().PostForm
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if strings.Contains(name, "password") || strings.Contains(name, "secret") || strings.Contains(name, "code") || name == formToken {
			continue
		}
		for _, value := range posted[name] {
			if value = strings.TrimSpace(readable(value)); isProse(value) {
				texts = append(texts, value)
			}
		}
	}
	return texts
}

// isProse tells words that somebody wrote from numbers, dates and choices.
func isProse(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsSpace(r) })
}

func (s *Server) failWith(c echo.Context, status int, err error) error {
	v := visitOf(c)
	text := errs.Message(err, v.lang)
	if wantsJSON(c) || isAPI(c) {
		return c.JSON(status, map[string]any{
			"error":      map[string]string{"code": string(errs.CodeOf(err)), "field": errs.FieldOf(err), "message": text},
			"request_id": v.id,
		})
	}
	view := errorView{Title: s.words.in(v.lang, "error.title."+titleOf(status)), Text: text, Typed: typedIn(c, v, status)}
	if status == http.StatusInternalServerError {
		view.Request = v.id
		// Who has signed in is left out: finding that may be just what failed.
		v.account.ID = 0
	}
	return s.render(c, status, "public/error", Page{View: view, Path: localPath(backFrom(c), "/")})
}

// titleOf says which title of the dictionary fits a status.
func titleOf(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "not_found"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "forbidden"
	case http.StatusInternalServerError:
		return "internal"
	default:
		return "other"
	}
}

// backFrom is where the frame's own forms lead back to: the page itself if it can be asked for again.
func backFrom(c echo.Context) string {
	if c.Request().Method == http.MethodGet {
		return c.Request().URL.RequestURI()
	}
	return "/"
}

// wantsJSON tells whether a program is asking. Browsers name text/html first.
func wantsJSON(c echo.Context) bool {
	accept := c.Request().Header.Get(echo.HeaderAccept)
	return strings.Contains(accept, echo.MIMEApplicationJSON) && !strings.Contains(accept, echo.MIMETextHTML)
}

// logTrouble logs what is ours to mend, without anything the reader typed.
func (s *Server) logTrouble(c echo.Context, err error) {
	s.Log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
		slog.String("id", visitOf(c).id), slog.String("method", c.Request().Method),
		slog.String("route", c.Path()), slog.String("error", err.Error()))
}

// againView is a form that could not be taken right now, ready to be sent once more.
type againView struct {
	Text   string
	Action string
	Fields []hidden
	Where  string // to sign in or to show the secret again, in another tab
	Back   string // when something typed may not be written into a page: the way back to the form
}

// hidden is a field that a page carries along.
type hidden struct{ Name, Value string }

// again keeps what somebody typed when their form cannot be taken now: the token or the session is
// gone, or too many came from their address. Sending it again is one press. Passwords and secrets are
// never written into a page: their forms are short, and start anew.
func (s *Server) again(c echo.Context, status int, why, where string, args ...any) error {
	v, r := visitOf(c), c.Request()
	text := s.words.in(v.lang, why, args...)
	if wantsJSON(c) {
		err := errs.Forbidden(s.words.in(errs.EN, why, args...), s.words.in(errs.ZH, why, args...))
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			err = errs.Limited(s.words.in(errs.EN, why, args...), s.words.in(errs.ZH, why, args...))
		}
		return s.failWith(c, status, err)
	}
	view := againView{Text: text, Action: r.URL.RequestURI(), Where: where}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		if strings.Contains(name, "password") || name == "secret" {
			view.Fields, view.Back = nil, r.URL.Path
			break
		}
		if name == formToken {
			continue
		}
		for _, value := range r.PostForm[name] {
			view.Fields = append(view.Fields, hidden{name, readable(value)})
		}
	}
	return s.render(c, status, "public/again", Page{View: view, Path: "/"})
}
