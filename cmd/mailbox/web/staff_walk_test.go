package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// walker is somebody who tries every route, and what they are to the one case there is.
type walker struct {
	name    string
	login   string      // empty: has not signed in
	role    people.Role // empty: none
	lead    bool        // of the lead department,
	assists bool        // of an assisting one
	letter  bool        // has shown the secret of a letter,
	own     bool        // which is the one
}

var walkers = []walker{
	{name: "a visitor"},
	{name: "its writer", role: people.Writer, letter: true, own: true},
	{name: "the writer of another letter", role: people.Writer, letter: true},
	{name: "a clerk", login: "clerk", role: people.Clerk},
	{name: "a handler of the lead", login: "water", role: people.Handler, lead: true},
	{name: "a handler who assists", login: "roads", role: people.Handler, assists: true},
	{name: "a handler of elsewhere", login: "parks", role: people.Handler},
	{name: "a leader of the lead", login: "waterlead", role: people.Leader, lead: true},
	{name: "a leader who assists", login: "roadslead", role: people.Leader, assists: true},
	{name: "a leader of elsewhere", login: "parkslead", role: people.Leader},
	{name: "a supervisor", login: "supervisor", role: people.Supervisor},
	{name: "an auditor", login: "auditor", role: people.Auditor},
	{name: "an administrator", login: "admin", role: people.Administrator},
}

// may reads the permission table for the one case.
func (w walker) may(verb people.Verb) bool {
	return slices.ContainsFunc(people.Permissions[verb], func(line people.Allowed) bool {
		if line.Role != w.role {
			return false
		}
		switch line.Relation {
		case people.Any:
			return true
		case people.Own:
			return w.own
		case people.Lead:
			return w.lead
		case people.Assisting:
			return w.assists
		}
		return false
	})
}

// wants is what must come of the route: one of these statuses, or for none anything but a refusal.
func (w walker) wants(r web.Route) []int {
	ofWriter, everybody := r.Who.OfWriter(), r.Who.Everybody()
	switch {
	case everybody:
		return nil
	case r.Who.OfPrograms():
		return []int{http.StatusUnauthorized} // whoever has signed in
	case ofWriter && w.letter:
		if strings.HasSuffix(r.Path, "/files/:file") && !w.own {
			return []int{http.StatusNotFound}
		}
		return nil
	case ofWriter || w.login == "":
		if r.Method == http.MethodGet {
			return []int{http.StatusSeeOther}
		}
		return []int{http.StatusUnauthorized}
	case !slices.Contains(r.Who.Roles, w.role):
		return []int{http.StatusForbidden}
	case !strings.HasPrefix(r.Path, "/cases/:number"):
		return nil
	case !w.may(people.View):
		return []int{http.StatusNotFound} // not even that it exists
	case (strings.HasSuffix(r.Path, "/reply/preview") || strings.HasSuffix(r.Path, "/propose/preview") || strings.HasSuffix(r.Path, "/fill")) && !w.may(r.Verb):
		return []int{http.StatusConflict} // changes nothing, and gives back what was typed
	case r.Verb != "" && !w.may(r.Verb):
		return []int{http.StatusForbidden}
	}
	return nil
}

// TestLongEveryRouteDoesForEverybodyWhatThePermissionTableSays walks every route as everybody, with the one case there is
// for their own, one they assist in and one of others, and looks on each page whether it tells of the case.
func TestLongEveryRouteDoesForEverybodyWhatThePermissionTableSays(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	// What is allowed is done to one of two cases, and what is not is tried on the other, which must stay as it is.
	kept, _ := c.assisted(t)
	worked, secret := c.assisted(t)
	version := c.as(t, "clerk").version(kept)
	parks, err := c.dir.AddDepartment(t.Context(), people.Department{Code: "YL", Name: "市园林中心"})
	if err != nil {
		t.Fatal(err)
	}
	c.account(t, "parks", people.Grant{Role: people.Handler, Department: parks})
	c.account(t, "parkslead", people.Grant{Role: people.Leader, Department: parks})
	c.account(t, "roadslead", people.Grant{Role: people.Leader, Department: c.roads})
	hot, _ := c.hotMatter(t, 4)
	spare := c.account(t, "spare", people.Grant{Role: people.Auditor})
	closing, stored := c.closeFebruary(t), c.storeFebruary(t)
	other, otherSecret := c.letterOf(t, "另一封信")
	paths := func(r web.Route, number string) string {
		of := spare.Account
		switch {
		case strings.HasPrefix(r.Path, "/account/"):
			of = 1 << 40 // a session of nobody's, or it would be ended
		case strings.HasPrefix(r.Path, "/reports/closings/"):
			of = closing
		case strings.HasPrefix(r.Path, "/reports/stored/"):
			of = stored
		case strings.HasPrefix(r.Path, "/hot/"):
			of = int64(hot)
		case strings.HasPrefix(r.Path, "/admin/departments/"), strings.HasPrefix(r.Path, "/reports/department/"):
			of = parks
		}
		return strings.NewReplacer(":version", "1", ":number", number, ":verb", "reply", ":what", "disable", ":file", "1", ":name", "x",
			":id", strconv.FormatInt(of, 10)).Replace(r.Path)
	}
	table := c.server.Table()
	if len(table) < 150 {
		t.Fatalf("only %d routes", len(table))
	}
	var all sync.WaitGroup
	for _, w := range walkers {
		b := c.browser(t)
		switch {
		case w.own:
			b.post("/track", url.Values{"number": {worked}, "secret": {secret}}).mustLeadTo(t, "/track/letter")
		case w.letter:
			b.post("/track", url.Values{"number": {other}, "secret": {otherSecret}}).mustLeadTo(t, "/track/letter")
		case w.login != "":
			b = c.as(t, w.login)
		}
		all.Go(func() {
			w.walk(t, b, table, func(r web.Route) string {
				if r.Method == http.MethodPost && w.wants(r) == nil && w.login != "" {
					return paths(r, worked)
				}
				return paths(r, kept)
			}, version)
		})
	}
	all.Wait()
	if now := c.as(t, "clerk").version(kept); now != version {
		t.Errorf("the case on which only what is forbidden was tried went from step %s to %s", version, now)
	}
}

// walkTitle is that of both cases; who may not see them must meet it nowhere.
const walkTitle = "水箱三年没有清洗"

// assisted is a letter that the waterworks have in hand, and the roads assist with.
func (c *staffed) assisted(t *testing.T) (number, secret string) {
	t.Helper()
	number, secret = c.letterOf(t, walkTitle)
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.AskAssist(t.Context(), c.clerk, id, cases.AnyVersion, c.roads); err != nil {
		t.Fatal(err)
	}
	return number, secret
}

// filled is a form of the route with something in each field that a deed may ask for, so that nothing but the table
// refuses it.
func filled(r web.Route, token, version string) url.Values {
	form := url.Values{"csrf": {token}, "version": {version}, "text": {"经核实已经办好。"}}
	for name, value := range map[string]string{
		"text": "经核实已经办好，联系电话 0000-1234567。", "reply": "经核实已经办好。", "reason": "情况属实，今天办不完。", "question": "请补充地址。", "note": "一句话",
		"days": "1", "result": string(cases.CallReached), "at": "2026-03-05T09:00", "answer": "已经办好。", "comment": "请写明依据。", "holder": "0",
	} {
		form.Set(web.FieldName(r.Verb, name), value)
	}
	return form
}

// letterOf takes a letter in and gives its number and secret.
func (c *staffed) letterOf(t *testing.T, title string) (number, secret string) {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "complaint", Title: title, Body: "请有关部门查一查。", Language: errs.ZH,
		Writer: cases.Contact{Name: "周小禾", Phone: "13900001234", Email: "zhou@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Number, r.Secret
}

// walk tries all routes: those that only look first, since what is done changes the case.
func (w walker) walk(t *testing.T, b *browser, table []web.Route, path func(web.Route) string, version string) {
	token := b.token()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		for _, r := range table {
			// Signing out ends the walk, and what everybody may do needs no second trial.
			if r.Method != method || strings.HasSuffix(r.Path, "/sign-out") || strings.HasSuffix(r.Path, "/leave") ||
				r.Who.Everybody() && w.role != "" && w.role != people.Clerk || strings.HasPrefix(r.Path, "/sign-in/sso") {
				continue
			}
			var page answerPage
			if method == http.MethodGet {
				page = b.get(path(r))
			} else {
				page = b.post(path(r), filled(r, token, version))
			}
			at, wants := w.name+": "+r.Method+" "+r.Path, w.wants(r)
			switch {
			case page.status >= 500:
				t.Errorf("%s: status %d", at, page.status)
			case wants != nil && !slices.Contains(wants, page.status):
				t.Errorf("%s: status %d, want %v", at, page.status, wants)
			case wants == nil && (page.status == http.StatusForbidden || page.status == http.StatusUnauthorized):
				t.Errorf("%s: status %d", at, page.status)
			case wants == nil && page.status == http.StatusNotFound && !mayBeMissing(r):
				t.Errorf("%s: not there", at)
			}
			if strings.Contains(page.body, walkTitle) && !w.may(people.View) {
				t.Errorf("%s tells of the case", at)
			}
		}
	}
}

// mayBeMissing tells whether the route is about something that this city need not have.
func mayBeMissing(r web.Route) bool {
	return strings.HasSuffix(r.Path, "/files/:file") || strings.HasPrefix(r.Path, "/letters/:id") || r.Path == "/write/answered" || r.Path == "/_gallery" || strings.HasPrefix(r.Path, "/outbox") ||
		strings.HasPrefix(r.Path, "/record/") || // until the first checkpoint
		r.Path == "/admin/reports/:id/end" // nobody is named
}
