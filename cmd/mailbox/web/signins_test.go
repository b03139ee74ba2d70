package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mailbox/cases/people"
)

func TestEverybodySeesAndEndsTheirOwnSessions(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	in := url.Values{"login": {"clerk"}, "password": {passphrase}}
	here, away, other := c.browser(t), c.browser(t), c.browser(t)
	away.address, away.header = "203.0.113.9:1", http.Header{"Accept": {"text/html"}, "User-Agent": {"Elsewhere/1.0 <b>"}}
	away.post("/sign-in", url.Values{"login": {"clerk"}, "password": {"not the password"}}).must(t, http.StatusUnprocessableEntity)
	for _, b := range []*browser{here, away, other} {
		b.post("/sign-in", in).mustLeadTo(t, "/desk/office")
	}
	page := here.get("/account/sign-ins").must(t, http.StatusOK, "当前会话", "会话未结束", "203.0.113.9", "Elsewhere/1.0 &lt;b&gt;", "登录名或密码错误")
	end := regexp.MustCompile(`/account/sign-ins/\d+/end`).FindAllString(page.body, -1)
	if len(end) != 2 {
		t.Fatalf("%d sessions can be ended: %v", len(end), end)
	}
	waterworks := c.browser(t)
	waterworks.post("/sign-in", url.Values{"login": {"water"}, "password": {passphrase}})
	waterworks.post(end[1], url.Values{}).must(t, http.StatusUnprocessableEntity, "不是您的会话")
	away.get("/desk/office").must(t, http.StatusOK)
	here.post(end[1], url.Values{}).mustLeadTo(t, "/account/sign-ins") // the older one
	away.get("/desk/office").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Foffice")
	other.get("/desk/office").must(t, http.StatusOK)
	here.post("/account/sign-ins/others", url.Values{}).mustLeadTo(t, "/account/sign-ins")
	other.get("/desk/office").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Foffice")
	if page := here.get("/account/sign-ins").must(t, http.StatusOK); strings.Contains(page.body, "/end\"") {
		t.Error("a session that is over can be ended")
	}
}

func TestAdministratorsAndAuditorsSeeWhoTriedToSignIn(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.account(t, "keeper", people.Grant{Role: people.Administrator})
	c.account(t, "auditor", people.Grant{Role: people.Auditor})
	stranger := c.browser(t)
	stranger.post("/sign-in", url.Values{"login": {"my secret password"}, "password": {"x"}}).must(t, http.StatusUnprocessableEntity)
	for _, login := range []string{"keeper", "auditor"} {
		b := c.browser(t)
		b.post("/sign-in", url.Values{"login": {login}, "password": {passphrase}})
		if page := b.get("/admin/sign-ins").must(t, http.StatusOK, "不存在的登录名", "测试 "+login); strings.Contains(page.body, "my secret") {
			t.Error("what was typed for a login is shown")
		}
	}
	clerk := c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	clerk.get("/admin/sign-ins").must(t, http.StatusForbidden)
}

func TestAChangedPasswordEndsTheOtherSessions(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	here, away := c.browser(t), c.browser(t)
	for _, b := range []*browser{here, away} {
		b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	}
	const replacement = "a much better passphrase"
	here.post("/account/password", url.Values{"old_password": {passphrase}, "new_password": {replacement}, "again": {replacement}}).must(t, http.StatusSeeOther)
	if page := here.get("/account/sign-ins").must(t, http.StatusOK, "当前会话"); strings.Contains(page.body, "会话未结束") {
		t.Error("another session is open")
	}
	away.get("/desk/office").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Foffice")
}
