package web

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
)

const (
	formToken   = "csrf" // the hidden field of every form, and the cookie it must equal
	tokenLength = 43     // 32 random bytes in base 64
)

// token is what forms of this browser must carry. It belongs to the browser and not to a session, so
// that a form survives the end of the session it was opened in.
func (s *Server) token(c echo.Context) string {
	v := visitOf(c)
	if v.token != "" {
		return v.token
	}
	if v.token = cookieValue(c, s.cookieName(formToken)); len(v.token) == tokenLength {
		return v.token
	}
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	v.token = encode(b[:])
	s.setCookie(c, s.cookieName(formToken), v.token, 0)
	return v.token
}

// guardForms lets a form through only when it is ours: the browser does not say that it comes from
// elsewhere, and it carries the token that this browser was given. A form without the right token
// (cookies were cleared, the browser was closed meanwhile) is shown again, to be sent with a fresh one.
func (s *Server) guardForms(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch {
		case isAPI(c):
			return next(c) // no cookie opens anything there
		case r.Method == http.MethodGet, r.Method == http.MethodHead:
			return next(c)
		case r.Method == http.MethodPost:
		default:
			return echo.ErrMethodNotAllowed // no route uses another
		}
		if !s.sameSite(r) {
			return errs.Forbidden("this form was sent from another site and was not accepted",
				"该表单来自其他网站，已拒绝接收")
		}
		if err := parseForm(r); err != nil {
			if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
				return echo.ErrStatusRequestEntityTooLarge
			}
			return errs.Invalid("", "the form could not be read", "无法读取提交的表单").Because(err)
		}
		if r.MultipartForm != nil {
			// The server tidies up after the request that it read; this one is a copy with a context of its own. Without
			// this every writer's large files would stay on the disk, in the clear.
			defer s.dropFiles(c, r.MultipartForm)
		}
		kept, sent := cookieValue(c, s.cookieName(formToken)), r.PostForm.Get(formToken)
		if len(kept) != tokenLength || subtle.ConstantTimeCompare([]byte(kept), []byte(sent)) != 1 {
			return s.again(c, http.StatusForbidden, "again.token", "")
		}
		return next(c)
	}
}

// parseForm reads a form of either kind. Files beyond maxBody lie on the disk while they are looked at.
func parseForm(r *http.Request) error {
	if isUpload(r) {
		return r.ParseMultipartForm(maxBody)
	}
	return r.ParseForm()
}

// dropFiles takes the files of a form off the disk.
func (s *Server) dropFiles(c echo.Context, f *multipart.Form) {
	if err := f.RemoveAll(); err != nil {
		s.logTrouble(c, fmt.Errorf("remove the files of a form: %w", err))
	}
}

// sameSite goes by what the browser says of where a form stood. Browsers that say nothing are held by
// the token alone. The host header is only compared with the browser's own word, never used.
func (s *Server) sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (u.Host == s.public.Host || u.Host == r.Host)
}
