package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
)

// record gives the request its name and instant, and writes one line about it: the route's path, never
// the address asked for, which may hold a number or a name of somebody.
func (s *Server) record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := s.Clock()
		v := visitOf(c)
		v.id, v.now = requestID(), start
		c.Response().Header().Set(echo.HeaderXRequestID, v.id)
		if err := next(c); err != nil {
			c.Error(err)
		}
		took, status := s.Clock().Sub(start), c.Response().Status
		level := slog.LevelInfo
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		line := []slog.Attr{
			slog.String("id", v.id), slog.String("method", c.Request().Method), slog.String("route", c.Path()),
			slog.Int("status", status), slog.Duration("took", took),
		}
		if v.bearer.ID != 0 { // what a program takes away is written down nowhere else
			line = append(line, slog.Int64("token_id", v.bearer.ID), slog.Int64("account", v.bearer.Account))
		}
		s.Log.LogAttrs(c.Request().Context(), level, "request", line...)
		if s.Observe != nil && !v.held {
			s.Observe(c.Request().Method, c.Path(), status, took)
		}
		return nil
	}
}

// requestID is made here: one from outside could be made to look like another request's.
func requestID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// recovered turns a panic into an error, so that the reader gets a page and the log the stack.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p) // net/http's own way of hanging up
			default:
				err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		return next(c)
	}
}

// policy lets a page load from its own house only, with nothing written into the page itself: words
// that somebody smuggled into a letter can never run.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secureHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// Not no-referrer: browsers would then send forms with "Origin: null".
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// headers are those of every page. Nothing is kept by the browser: the next person at a shared computer
// must not find a letter by going back.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		secureHeaders(h)
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// maxBody is the largest form taken, in bytes. The longest letter is 5,000 characters, 45 kB when each
// is written as nine bytes in a form.
const maxBody = 1 << 20

// limitBody cuts a form off at what its page can have sent.
func (s *Server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, most := c.Request(), int64(maxBody)
		if takesFiles[c.Path()] && isUpload(r) {
			most = maxUpload
		}
		if r.ContentLength > most {
			return echo.ErrStatusRequestEntityTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
		return next(c)
	}
}

// maxAtOnce is how many requests are worked on at once. More would only make all of them slower: those beyond
// wait a moment, and are then told kindly to come again.
const maxAtOnce = 256

// patience is how long a request waits for its turn.
const patience = 5 * time.Second

// admit lets in as many as can be served. What somebody typed is kept when they have to come again.
func (s *Server) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		place := s.door
		switch r := c.Request(); {
		case c.Path() == "/healthz" || c.Path() == "/readyz":
			return next(c) // whoever watches the machine must not take it for dead
		case takesFiles[c.Path()] && isUpload(r):
			place = s.loading
			s.receiveFiles(c)
		}
		if !take(c.Request().Context(), place) {
			return s.busy(c)
		}
		leave := sync.OnceFunc(func() { <-place })
		defer leave()
		visitOf(c).leave = leave
		return next(c)
	}
}

func take(ctx context.Context, place chan struct{}) bool {
	select {
	case place <- struct{}{}:
		return true
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case place <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// busy is the page for those who have to come again.
func (s *Server) busy(c echo.Context) error {
	r := c.Request()
	visitOf(c).lang = language(c, errs.ZH)
	c.Response().Header().Set("Retry-After", "30")
	if r.Method == http.MethodPost && !isUpload(r) && s.sameSite(r) && parseForm(r) == nil {
		return s.again(c, http.StatusServiceUnavailable, "again.busy", "")
	}
	return s.failWith(c, http.StatusServiceUnavailable, errs.Limited(
		"many people are writing just now; please go back and try again in half a minute: nothing you typed is lost",
		"当前访问人数较多，请返回后过半分钟再试，您填写的内容不会丢失"))
}

// addressFrom finds whose request it is. X-Forwarded-For counts only from the trusted proxies; echo's
// own default would believe anybody on a private network.
func addressFrom(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		p = p.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}
