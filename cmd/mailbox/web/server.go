package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla/report"
)

// Config is what the pages are made of. All fields are needed but those that say otherwise.
type Config struct {
	Desk      *cases.Desk
	Directory *people.Directory
	Sessions  *people.Sessions
	Keys      *seal.Keys
	Report    *report.Engine
	DB        *migrations.DB     // for the notices that could not be sent
	Outbox    *notify.FileOutbox // nil when mail is really sent: then there is nothing to look at
	Clock     func() time.Time
	Log       *slog.Logger

	City      string
	Version   string
	PublicURL string // how browsers reach the mailbox; https makes cookies secure
	Demo      bool   // an invented city: everybody may look into the file outbox

	// TrustedProxies may say in X-Forwarded-For whom they speak for; nobody else is believed.
	TrustedProxies []netip.Prefix

	// SecondFactor are the roles whose holders must have a second factor at sign-in; others may.
	SecondFactor []people.Role

	// SSO is the city's single sign-on; nil: there is none.
	SSO *SSO

	// Work is how many numbers the page's script has to try at most before a letter is sent; 0: none is asked.
	Work int64

	// Jobs looks at the queues; nil when this process has none.
	Jobs Jobs

	// Settings are what the program was started with, for the administrator to read.
	Settings []Setting

	// Limits are per address; the zero value means the usual ones.
	Limits Limits

	// Ready tells what the program depends on and what is wrong with it (nil: nothing), for /readyz.
	Ready func(context.Context) map[string]error

	// Observe, if not nil, is told of every request by its route's path, for metrics.
	Observe func(method, path string, status int, took time.Duration)
}

// Server serves the pages. Safe for concurrent use.
type Server struct {
	Config
	*face

	sessions  *scs.SessionManager
	secure    bool     // cookies travel over https only
	public    *url.URL // PublicURL
	book      *report.Closings
	stored    *report.StoredReports
	limits    limiters
	month     minutely[report.Figures]
	boards    boards
	choices   minutely[cases.PublishedChoices] // what the published letters can be narrowed to
	sso       *provider                        // nil: there is none
	factors   *people.Factors
	resets    *people.Resets
	keptPages minutely[keptPage]
	tokenMark string // stands in a kept page for the token of the reader's forms
	table     []Route
	door      chan struct{} // a place for every request that is worked on
	loading   chan struct{} // a place for every form with files
	live      *hub          // tells open pages what is new
	handler   http.Handler
}

// New reads templates, words and assets, and refuses to start when one of them is broken.
func New(c Config) (*Server, error) {
	if c.Desk == nil || c.Directory == nil || c.Sessions == nil || c.Keys == nil || c.Report == nil || c.DB == nil || c.Clock == nil || c.Log == nil {
		return nil, errors.New("web: a part of the configuration is missing")
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil || public.Host == "" || (public.Scheme != "https" && public.Scheme != "http") {
		return nil, fmt.Errorf("web: the public address %q is not an http or https address", c.PublicURL)
	}
	s := &Server{Config: c, public: public, secure: public.Scheme == "https"}
	if s.face, err = faceIn(c.Desk.Calendar().Location()); err != nil {
		return nil, err
	}
	s.book = report.NewClosings(c.Report, c.Keys, c.Clock, c.City)
	s.stored = report.NewStoredReports(c.Report, c.Desk, c.DB, c.Keys, c.Clock, c.City, c.Version)
	s.limits = newLimiters(c.Limits)
	if c.SSO != nil {
		s.sso = newProvider(*c.SSO, strings.TrimRight(c.PublicURL, "/")+ssoBack, c.Clock)
	}
	s.tokenMark = rand.Text() // never a word of a page, so nobody can have tokens put where they want them
	s.door, s.loading = make(chan struct{}, maxAtOnce), make(chan struct{}, uploads)
	s.sessions = s.newSessions()
	s.live = newHub(c)
	s.factors = people.NewFactors(c.Directory, c.Keys.LookupHash)
	s.resets = people.NewResets(c.Directory, c.Keys.LookupHash)
	s.table = s.routes()
	s.handler = s.serve()
	return s, nil
}

// Handler answers every request of the mailbox.
func (s *Server) Handler() http.Handler { return s.handler }

// serve puts the routes behind what every request passes: log, recovery, headers, body limit, then who
// is asking and whether a form is really ours.
func (s *Server) serve() http.Handler {
	e := echo.New()
	e.IPExtractor = addressFrom(s.TrustedProxies)
	e.HTTPErrorHandler = s.handleError
	e.Use(s.record, s.recovered, s.headers, s.limitBody, s.admit, s.recognise, s.guardForms)
	for _, r := range s.table {
		handler := s.guard(r, r.Handle)
		e.Add(r.Method, r.Path, handler)
		if r.Method == http.MethodGet {
			e.Add(http.MethodHead, r.Path, handler)
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/static/", s.assets)
	mux.Handle("/", e)
	return mux
}
