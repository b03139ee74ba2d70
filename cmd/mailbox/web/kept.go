package web

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// keptPage is a page as it was written, cut where the token of a reader's forms stands.
type keptPage struct {
	status int
	parts  [][]byte
}

// longestKept is how long an address may be, in bytes, whose page is kept.
const longestKept = 500

// kept writes a page that says the same to everybody as it was written within the last minute, so that a thousand
// readers a second cost what a few do. state, if given, names what the page shows: when it changes, the page is
// written anew at once. Whoever has signed in, has a letter in hand or is told something gets a page of their own.
func (s *Server) kept(page echo.HandlerFunc, state func(context.Context) (string, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, address := visitOf(c), c.Request().URL.RequestURI()
		if v.signedIn() || v.letter.ID != 0 || cookieValue(c, s.cookieName(flashCookie)) != "" || wantsJSON(c) || len(address) > longestKept {
			return page(c)
		}
		now := ""
		if state != nil {
			var err error
			if now, err = state(c.Request().Context()); err != nil {
				return err
			}
		}
		token := s.token(c)
		key := strings.Join([]string{address, string(v.lang), v.theme, strconv.FormatBool(v.large), now}, "\n")
		kept, err := s.keptPages.of(c.Request().Context(), key, v.now, func(ctx context.Context) (keptPage, error) {
			c.SetRequest(c.Request().WithContext(ctx))
			v.token, v.written = s.tokenMark, new(writtenPage)
			defer func() { v.token, v.written = token, nil }()
			if err := page(c); err != nil {
				return keptPage{}, err
			}
			return keptPage{v.written.status, bytes.Split(v.written.body, []byte(s.tokenMark))}, nil
		})
		if err != nil {
			return err
		}
		h := c.Response()
		h.Header().Set(echo.HeaderContentType, echo.MIMETextHTMLCharsetUTF8)
		h.WriteHeader(kept.status)
		for i, part := range kept.parts {
			if i > 0 {
				if _, err := h.Write([]byte(token)); err != nil {
					return err
				}
			}
			if _, err := h.Write(part); err != nil {
				return err
			}
		}
		return nil
	}
}

// writtenPage is what render has written instead of sending it.
type writtenPage struct {
	status int
	body   []byte
}

// send gives a page to the reader, or to whoever keeps it.
func send(c echo.Context, status int, body []byte) error {
	if w := visitOf(c).written; w != nil {
		w.status, w.body = status, body
		return nil
	}
	return c.HTMLBlob(status, body)
}
