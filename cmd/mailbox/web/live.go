package web

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// How long a stream of news lasts, and how it is kept up.
const (
	streamTime    = 15 * time.Minute // then the browser connects anew, as somebody who may still do so
	streamSpread  = 3 * time.Minute  // up to so much less, so that a thousand do not come again at once
	streamBeat    = 25 * time.Second // something is sent at least so often: proxies cut a line that is silent
	streamPatient = 10 * time.Second // a reader that takes nothing for so long is gone
)

const eventsPath = "/desk/events"

// events tells a page of the staff that something has changed: the lists, the case it shows, who else has that open,
// notices for its reader. It tells that, and never what: the page asks for itself again, and is shown what it may show.
func (s *Server) events(c echo.Context) error {
	v, w := visitOf(c), c.Response()
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	st := &stream{
		account: v.account, token: s.sessions.Token(c.Request().Context()), address: household(c.RealIP()),
		ring: make(chan struct{}, 1), over: make(chan struct{}),
	}
	if number := c.QueryParam("case"); number != "" {
		c.SetParamNames("number")
		c.SetParamValues(number)
		open, err := s.openCase(c)
		if err != nil {
			return err
		}
		st.caseID = open.ID
		if seen := c.QueryParam("version"); seen != strconv.FormatInt(int64(open.Version), 10) {
			st.tell(news{Case: true}) // between the page and its stream
		}
		if seen := c.QueryParam("notes"); seen != "" {
			notes, err := s.Desk.Notes(c.Request().Context(), s.actor(c), open.ID)
			if err != nil {
				return err
			}
			st.tell(news{Note: seen != strconv.Itoa(len(notes))})
		}
	}
	line := http.NewResponseController(w)
	// Reading is over, and the server's limit for it would end the stream.
	if err := errors.Join(line.SetReadDeadline(time.Time{}), line.SetWriteDeadline(time.Now().Add(streamPatient))); errors.Is(err, http.ErrNotSupported) {
		return c.NoContent(http.StatusNoContent) // without limits of time no line is held; browsers do not ask again
	} else if err != nil {
		return err
	}
	if !s.live.add(st) {
		w.Header().Set("Retry-After", "60")
		return s.failWith(c, http.StatusTooManyRequests, errs.Limited(
			"too many pages are open at once; this one is not kept up to date", "同时打开的页面过多，本页不再自动更新"))
	}
	defer s.live.remove(st)
	v.leave()
	v.held = true
	w.Header().Set(echo.HeaderContentType, "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect it
	w.WriteHeader(http.StatusOK)
	return st.run(c.Request().Context(), func(text string) error {
		if err := line.SetWriteDeadline(time.Now().Add(streamPatient)); err != nil {
			return err
		}
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return line.Flush()
	})
}

// run writes what there is to tell until the stream is over. That the reader has gone is no error.
func (st *stream) run(ctx context.Context, write func(string) error) error {
	life := time.NewTimer(streamTime - rand.N(streamSpread)) //nolint:gosec // spreads load, guards nothing
	defer life.Stop()
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	// Whoever is cut off comes again within 2 to 6 seconds, not all at the same instant.
	text := "retry: " + strconv.Itoa(2000+rand.IntN(4000)) + "\n\n" //nolint:gosec // as above
	for {
		if err := write(text); err != nil {
			return nil // the reader has gone
		}
		select {
		case <-st.ring:
			text = "data: " + st.take().json() + "\n\n"
		case <-beat.C:
			text = ":\n\n"
		case <-life.C:
			return nil
		case <-st.over:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// EndStreams ends all streams, for a server that shuts down: it would wait for them.
func (s *Server) EndStreams() { s.live.close() }

// presence takes a page's word that its case is still open, and gives who else has it open.
func (s *Server) presence(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	ctx, a := c.Request().Context(), s.actor(c)
	if c.Request().Method == http.MethodPost {
		switch doing := formOf(c).line("doing"); doing {
		case "gone":
			err = s.Desk.IsAway(ctx, a, v.ID)
		default:
			err = s.Desk.IsPresent(ctx, a, v.ID, cases.Doing(doing))
		}
		if err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}
	view, err := s.presenceOf(c, v)
	if err != nil {
		return err
	}
	return s.renderPiece(c, "desk/case", "presence", Page{View: view})
}

// presenceOf says in a line who else has the case open, "" if nobody has.
func (s *Server) presenceOf(c echo.Context, v *cases.View) (string, error) {
	all, err := s.Desk.WhoElse(c.Request().Context(), s.actor(c), v.ID)
	if err != nil || len(all) == 0 {
		return "", err
	}
	lang := visitOf(c).lang
	var lines []string
	for _, doing := range []cases.Doing{cases.Writing, cases.Reading} {
		var names []string
		for _, p := range all {
			if p.Doing == doing {
				names = append(names, p.Name)
			}
		}
		if len(names) > 0 {
			lines = append(lines, s.words.in(lang, "live."+string(doing), strings.Join(names, s.words.in(lang, "desk.and"))))
		}
	}
	return strings.Join(lines, " "), nil
}

// asksByItself tells whether the page's script asks, and nobody who sits before it: that keeps no session open.
func asksByItself(c echo.Context) bool {
	return c.Path() == eventsPath || strings.HasSuffix(c.Path(), "/presence") || c.Request().Header.Get("X-Live") != ""
}
