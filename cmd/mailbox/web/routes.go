package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"mailbox/cases/people"
)

// Route is one path and who may take it. Verb names the verb of the permission table that it leads to,
// if any; a test compares both.
type Route struct {
	Method string
	Path   string
	Who    Access
	Verb   people.Verb
	Handle echo.HandlerFunc
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is every path of the mailbox. Static files (/static/) stand outside: they know no visitor.
func (s *Server) routes() []Route {
	return []Route{
		// Machines.
		{get, "/healthz", anyone, "", s.alive},
		{get, "/readyz", anyone, "", s.ready},

		// Everybody.
		{get, "/", anyone, "", s.home},
		{get, "/write", anyone, "", s.write},
		{post, "/write/check", anyone, "", s.checkLetter},
		{get, "/write/check", anyone, "", toPath("/write")},
		{post, "/write", anyone, people.Submit, s.limited(s.limits.submit, s.sendLetter)},
		{get, "/receipt", ownLetter, "", s.receipt},
		{get, "/track", anyone, "", s.track},
		{post, "/track", anyone, "", s.limited(s.limits.track, s.proveLetter)},
		{post, "/preferences", anyone, "", s.preferences},
		{get, "/privacy", anyone, "", s.plain("public/privacy")},
		{get, "/accessibility", anyone, "", s.plain("public/accessibility")},
		{get, "/contact", anyone, "", s.plain("public/contact")},
		{get, "/outbox", anyone, "", s.outbox},
		{get, "/outbox/:name", anyone, "", s.outboxMail},

		// The writer of one letter.
		{get, "/track/letter", ownLetter, people.View, s.letter},
		{post, "/track/rate", ownLetter, people.Rate, s.rate},
		{get, "/track/rate", ownLetter, "", toPath("/track/letter")},
		{get, "/track/withdraw", ownLetter, "", s.askWithdraw},
		{post, "/track/withdraw", ownLetter, people.Withdraw, s.withdraw},
		{post, "/track/leave", anyone, "", s.leaveLetter},

		// Those who work here.
		{get, "/sign-in", anyone, "", s.askSignIn},
		{post, "/sign-in", anyone, "", s.limited(s.limits.signIn, s.signIn)},
		{post, "/sign-out", anyone, "", s.signOut},
		{get, "/account/password", signedIn, "", s.askPassword},
		{post, "/account/password", signedIn, "", s.changePassword},
	}
}

// toPath leads a reload of a page that only a form can open back to where the form stands.
func toPath(path string) echo.HandlerFunc {
	return func(c echo.Context) error { return c.Redirect(http.StatusSeeOther, path) }
}

// navItem is a link of the main navigation: shown to those whom its route lets in.
type navItem struct {
	path string
	word string // key of the dictionary
}

// publicNav is for everybody; deskNav for those who have signed in. The first desk that lets somebody
// in is where a sign-in leads.
var (
	publicNav = []navItem{{"/", "nav.home"}, {"/write", "nav.write"}, {"/track", "nav.track"}}
	deskNav   = []navItem{{"/outbox", "nav.outbox"}}
)

// navFor gives the links for this visitor, the one that path lies under marked.
func (s *Server) navFor(v *visit, path string) []NavLink {
	items := publicNav
	if v.signedIn() {
		items = deskNav
	}
	var links []NavLink
	for _, item := range items {
		if !s.admits(item.path, v) {
			continue
		}
		links = append(links, NavLink{Href: item.path, Label: s.words.in(v.lang, item.word), Current: under(path, item.path)})
	}
	return links
}

// admits tells whether the page at path would let the visitor in.
func (s *Server) admits(path string, v *visit) bool {
	if path == "/outbox" {
		return s.mayReadOutbox(v)
	}
	i := slices.IndexFunc(s.table, func(r Route) bool { return r.Method == get && r.Path == path })
	return i >= 0 && s.table[i].Who.admits(v)
}
