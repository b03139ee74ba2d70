package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases/people"
)

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.get("/account/password").mustLeadTo(t, "/sign-in?next=%2Faccount%2Fpassword")
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {"a wrong passphrase"}}).
		must(t, http.StatusUnprocessableEntity, "error-summary", `value="clerk"`)
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}, "next": {"/account/password"}}).
		mustLeadTo(t, "/account/password")
	b.get("/account/password").must(t, http.StatusOK, "测试 clerk")
	b.post("/sign-out", nil).mustLeadTo(t, "/")
	b.get("/").must(t, http.StatusOK, "您已退出")
	if body := b.get("/").body; strings.Contains(body, "您已退出") {
		t.Error("the line is shown twice")
	}
	b.get("/account/password").must(t, http.StatusSeeOther)
}

func TestSignInNeverLeadsAway(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for _, next := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example"} {
		b := c.browser(t)
		b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}, "next": {next}}).mustLeadTo(t, "/desk/office")
	}
}

func TestASessionEndsWhenNobodyClicks(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	for range 3 {
		c.clock.Add(29 * time.Minute)
		b.get("/account/password").must(t, http.StatusOK)
	}
	c.clock.Add(31 * time.Minute)
	b.get("/account/password").must(t, http.StatusSeeOther)
}

func TestASessionEndsAfterTwelveHoursOfClicks(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	for range 47 {
		c.clock.Add(15 * time.Minute)
		b.get("/account/password").must(t, http.StatusOK)
	}
	c.clock.Add(16 * time.Minute)
	b.get("/account/password").must(t, http.StatusSeeOther)
}

func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	// No desk is needed to see it: any form of the staff that carries words is shown again.
	b.post("/account/password", url.Values{"note": {"一段写了很久的话"}}).
		must(t, http.StatusUnauthorized, "一段写了很久的话", `href="/sign-in"`)
	page := b.post("/account/password", url.Values{"old_password": {"my very secret words"}})
	page.must(t, http.StatusUnauthorized)
	if strings.Contains(page.body, "my very secret words") {
		t.Error("a password was written into a page")
	}
}

func TestANewPasswordEndsAllOtherSessions(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	here, there := c.browser(t), c.browser(t)
	for _, b := range []*browser{here, there} {
		b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	}
	here.post("/account/password", url.Values{
		"old_password": {passphrase}, "new_password": {"quite another passphrase"}, "again": {"quite a different passphrase"},
	}).must(t, http.StatusUnprocessableEntity, "两次输入的新密码不一致")
	here.post("/account/password", url.Values{
		"old_password": {passphrase}, "new_password": {"quite another passphrase"}, "again": {"quite another passphrase"},
	}).must(t, http.StatusSeeOther)
	here.get("/account/password").must(t, http.StatusOK, "密码已修改")
	there.get("/account/password").must(t, http.StatusSeeOther)
}

func TestAPasswordSetByAnotherMustBeChangedFirst(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	if err := c.dir.SetPassword(t.Context(), "clerk", "given by the administrator"); err != nil {
		t.Fatal(err)
	}
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {"given by the administrator"}}).mustLeadTo(t, "/account/password")
	b.get("/account/password").must(t, http.StatusOK, "您的密码由他人设置")
}

func TestADisabledAccountIsOutWithTheNextClick(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.account(t, "gone", people.Grant{Role: people.Auditor})
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"gone"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	account, err := c.dir.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range account {
		if a.Login == "gone" {
			if err := c.dir.Disable(t.Context(), a.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.get("/account/password").must(t, http.StatusSeeOther)
}
