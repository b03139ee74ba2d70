package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cmd/mailbox/web"
)

// publicForms are the forms and addresses that anybody can send anything to, with the fields that they read.
var publicForms = []struct {
	method, path string
	fields       []string
}{
	{http.MethodPost, "/write/check", []string{"kind", "title", "body", "district", "name", "phone", "email", "key", "remove"}},
	{http.MethodPost, "/write", []string{"title", "body", "name", "phone", "key", "proof", "question", "answer"}},
	{http.MethodPost, "/write/hints", []string{"title", "body"}},
	{http.MethodPost, "/write/answered", []string{"letter"}},
	{http.MethodPost, "/track", []string{"number", "secret"}},
	{http.MethodPost, "/track/lost", []string{"number", "contact"}},
	{http.MethodPost, "/preferences", []string{"lang", "size", "back"}},
	{http.MethodGet, "/track", []string{"number", "lang"}},
	{http.MethodGet, "/track/open", []string{"number", "secret"}},
	{http.MethodGet, "/letters", []string{"words", "kind", "topic", "department", "month", "page"}},
	{http.MethodGet, "/board", []string{"month"}},
	{http.MethodGet, "/board/csv", []string{"month"}},
}

// wideOpen takes the limits away, which would hold a test back before anything else does.
func wideOpen(c *web.Config) {
	wide := web.Limit{Burst: 1 << 30, Every: time.Nanosecond}
	c.Limits = web.Limits{SignIn: wide, Submit: wide, Track: wide, Check: wide, Hints: wide, Lost: wide, Judge: wide, Verify: wide}
	c.Work = 50
}

// FuzzPublicForms sends anything to every public form: no trouble of ours, nothing that runs, no header that we did
// not write, no way out of our own site.
func FuzzPublicForms(f *testing.F) {
	for _, seed := range []string{
		"水龙头出来的水发黄", "'; DROP TABLE cases; --", `" OR 1=1 NEAR(`, "{{.CSRF}}", "%s%n%d", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
		"a\r\nSet-Cookie: x=1", "//evil.example", `/\evil.example`, "https://evil.example/", "\u202e\u2066\u200b\ufeff", "😀𠮷𡃁", "\x00\xff\xfe",
		strings.Repeat("长", 6000), "2026-13", "-1", "99999999999999999999", "20260305-0001-1", "1e9", "０１２３", "javascript:alert(1)",
	} {
		for form := range publicForms {
			f.Add(form, seed)
		}
	}
	c := newCity(f, wideOpen)
	f.Fuzz(func(t *testing.T, form int, text string) {
		if form < 0 || form >= len(publicForms) {
			return
		}
		target := publicForms[form]
		values := url.Values{}
		for _, field := range target.fields {
			values.Set(field, text)
		}
		b := c.browser(t)
		var page answerPage
		if target.method == http.MethodGet {
			page = b.get(target.path + "?" + values.Encode())
		} else {
			page = b.post(target.path, values)
		}
		if page.status >= http.StatusInternalServerError {
			t.Fatalf("%s: status %d\n%s", target.path, page.status, c.log.String())
		}
		if to := page.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n")) {
			t.Errorf("%s leads to %q", target.path, to)
		}
		for name, lines := range page.header {
			for _, line := range lines {
				if strings.ContainsAny(line, "\r\n\x00") || name == "Set-Cookie" && strings.HasPrefix(line, "x=1") {
					t.Errorf("%s: header %s: %q", target.path, name, line)
				}
			}
		}
		for _, runs := range []string{"<script>alert", "<img src=x", "\x00"} {
			if strings.Contains(page.body, runs) {
				t.Errorf("%s: %q came through", target.path, runs)
			}
		}
	})
}

func TestASessionThatSomebodyElseBeganIsNotSignedIn(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	const planted = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	b.jar.SetCookies(b.base, []*http.Cookie{{Name: "session", Value: planted}})
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	for _, cookie := range b.jar.Cookies(b.base) {
		if cookie.Name == "session" && cookie.Value == planted {
			t.Error("the planted session was signed in")
		}
	}
	thief := c.browser(t)
	thief.jar.SetCookies(thief.base, []*http.Cookie{{Name: "session", Value: planted}})
	thief.get("/desk/office").must(t, http.StatusSeeOther)
}

func TestFilesOfOthersCannotBeFoundByCounting(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	owner, other := c.browser(t), c.browser(t)
	owner.postFiles("/write/check", aLetter(), sentFile{"files", "一.png", aPicture(t)}).must(t, http.StatusOK)
	owner.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	other.post("/write", with(with(aLetter(), "key", "form-2"), "body", "另一件事")).mustLeadTo(t, "/receipt")
	owner.get("/track/files/1").must(t, http.StatusOK)
	theirs, none := other.get("/track/files/1"), other.get("/track/files/999")
	if theirs.status != none.status || strings.ReplaceAll(theirs.body, "/files/1", "") != strings.ReplaceAll(none.body, "/files/999", "") {
		t.Errorf("a file of somebody else answers otherwise than one that is not there: %d and %d", theirs.status, none.status)
	}
}
