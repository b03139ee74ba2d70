package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// forgetful is the city with somebody who has an address.
func forgetful(t *testing.T, changes ...func(*web.Config)) (c *city, wang int64) {
	t.Helper()
	c = newCity(t, changes...)
	wang, err := c.dir.AddAccount(t.Context(), people.NewAccount{
		Login: "wang", Name: "王芳", Email: "wang@example.org", Language: errs.ZH, Hash: passphraseHash, Grants: []people.Grant{{Role: people.Clerk}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, wang
}

func TestWhoHasForgottenTheirPasswordChoosesAnotherByMail(t *testing.T) {
	t.Parallel()
	c, wang := forgetful(t)
	open := c.browser(t)
	open.post("/sign-in", url.Values{"login": {"wang"}, "password": {passphrase}}).mustLeadTo(t, "/desk/office")

	b := c.browser(t)
	b.get("/sign-in").must(t, http.StatusOK, `href="/sign-in/forgotten"`)
	sound(t, "forgotten", b.get("/sign-in/forgotten").must(t, http.StatusOK))
	sound(t, "nothing typed", b.post("/sign-in/forgotten", nil).must(t, http.StatusUnprocessableEntity, `href="#field-who"`))
	var answers []string
	for _, who := range []string{"wang", "wang@example.org", "nobody", "nobody@example.org"} {
		page := b.post("/sign-in/forgotten", url.Values{"who": {who}}).must(t, http.StatusOK, "如有此账号")
		answers = append(answers, strings.ReplaceAll(page.body, who, ""))
	}
	for _, other := range answers[1:] {
		if other != answers[0] {
			t.Error("the answer tells whether there is such an account")
		}
	}

	const replacement = "a much better passphrase"
	at := "/sign-in/new-password?secret=" + c.link(t, wang)
	for range 2 { // looking uses nothing up
		sound(t, "a new password", b.get(at).must(t, http.StatusOK, "wang"))
	}
	form := url.Values{"secret": {c.link(t, wang)}, "new_password": {replacement}, "again": {"another"}}
	sound(t, "two different", b.post("/sign-in/new-password", form).must(t, http.StatusUnprocessableEntity, `href="#field-again"`))
	form.Set("again", replacement)
	open.get("/desk/office").must(t, http.StatusOK)
	b.post("/sign-in/new-password", form).mustLeadTo(t, "/sign-in")
	b.get("/sign-in").must(t, http.StatusOK, "新密码已设置")
	open.get("/desk/office").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Foffice") // all sessions are over
	sound(t, "a link that was used", b.get(at).must(t, http.StatusUnprocessableEntity, "已失效", "重新申请"))
	b.post("/sign-in/new-password", form).must(t, http.StatusUnprocessableEntity, "已失效")
	b.post("/sign-in", url.Values{"login": {"wang"}, "password": {replacement}}).mustLeadTo(t, "/desk/office")
	if page := b.get("/account/sign-ins").must(t, http.StatusOK, "申请设置新密码", "已设置新密码"); strings.Contains(page.body, "会话未结束") {
		t.Error("a session of before is still open")
	}
	if log := c.log.String(); strings.Contains(log, replacement) || strings.Contains(log, form.Get("secret")) {
		t.Error("the log holds the password or the link")
	}
}

func TestANewPasswordByMailDoesNotReplaceTheSecondStep(t *testing.T) {
	t.Parallel()
	c, wang := forgetful(t, func(config *web.Config) { config.SecondFactor = []people.Role{people.Clerk} })
	c.enrolled(t, c.browser(t), "wang")
	const replacement = "a much better passphrase"
	c.browser(t).post("/sign-in/new-password", url.Values{"secret": {c.link(t, wang)}, "new_password": {replacement}, "again": {replacement}}).mustLeadTo(t, "/sign-in")
	c.clock.Add(time.Minute)
	fresh := c.browser(t)
	fresh.post("/sign-in", url.Values{"login": {"wang"}, "password": {replacement}}).mustLeadTo(t, "/sign-in/code")
	fresh.get("/desk/office").must(t, http.StatusSeeOther)
}

func TestAskingForNewPasswordsIsLimitedByAddress(t *testing.T) {
	t.Parallel()
	c, _ := forgetful(t, func(config *web.Config) { config.Limits.Forgotten = web.Limit{Burst: 2, Every: time.Minute} })
	b := c.browser(t)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if got := b.post("/sign-in/forgotten", url.Values{"who": {"wang"}}); got.status != want {
			t.Errorf("asked %d times: %d, want %d", i+1, got.status, want)
		}
	}
}
