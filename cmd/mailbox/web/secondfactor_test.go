package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

var shownKey = regexp.MustCompile(`<code translate="no">([A-Z2-7 ]+)</code>`)

// phone is an authenticator: it shows the code of the present instant.
func (c *city) phone(t *testing.T, secret string) url.Values {
	t.Helper()
	code, err := totp.GenerateCode(secret, c.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"code": {code}}
}

func asksForSecond(c *web.Config) { c.SecondFactor = []people.Role{people.Supervisor} }

// enrolled signs in for the first time, as a role that must have a second factor, and takes a phone into use.
func (c *city) enrolled(t *testing.T, b *browser, login string) (secret string, recovery []string) {
	t.Helper()
	b.post("/sign-in", url.Values{"login": {login}, "password": {passphrase}}).mustLeadTo(t, "/account/second-factor")
	found := shownKey.FindStringSubmatch(b.get("/account/second-factor").must(t, http.StatusOK, "须使用两步验证", `role="img"`).body)
	if found == nil {
		t.Fatal("no key is shown")
	}
	secret = strings.ReplaceAll(found[1], " ", "")
	page := b.post("/account/second-factor", c.phone(t, secret)).must(t, http.StatusOK, "恢复码")
	return secret, regexp.MustCompile(`[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}`).FindAllString(page.body, -1)
}

func TestARoleThatNeedsASecondFactorSetsItUpFirst(t *testing.T) {
	t.Parallel()
	c := newCity(t, asksForSecond)
	c.account(t, "super", people.Grant{Role: people.Supervisor})
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"super"}, "password": {passphrase}, "next": {"/hot"}}).mustLeadTo(t, "/account/second-factor")
	for _, path := range []string{"/desk/supervision", "/hot", "/reports", "/account/password"} {
		b.get(path).mustLeadTo(t, "/account/second-factor")
	}
	b.post("/account/second-factor", url.Values{"code": {"12345"}}).must(t, http.StatusUnprocessableEntity, `href="#field-code"`)
	b.post("/account/second-factor/end", url.Values{}).mustLeadTo(t, "/account/second-factor")
	b.post("/sign-out", url.Values{}).mustLeadTo(t, "/")
	_, recovery := c.enrolled(t, b, "super")
	if len(recovery) != 10 {
		t.Errorf("%d recovery codes", len(recovery))
	}
	b.get("/desk/supervision").must(t, http.StatusOK)
	if page := b.get("/account/second-factor").must(t, http.StatusOK, "2026年3月5日", "还有 10 个"); strings.Contains(page.body, recovery[0]) {
		t.Error("the recovery codes are shown again")
	}
	b.post("/account/second-factor/end", url.Values{"code": {recovery[0]}}).must(t, http.StatusForbidden)
	// Whose role asks for none goes straight on.
	c.browser(t).post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).mustLeadTo(t, "/desk/office")
}

func TestThePasswordAloneOpensNothing(t *testing.T) {
	t.Parallel()
	c := newCity(t, asksForSecond)
	c.account(t, "super", people.Grant{Role: people.Supervisor})
	secret, recovery := c.enrolled(t, c.browser(t), "super")
	b := c.browser(t)
	password := url.Values{"login": {"super"}, "password": {passphrase}, "next": {"/hot"}}
	b.get("/sign-in/code").mustLeadTo(t, "/sign-in")
	b.post("/sign-in", password).mustLeadTo(t, "/sign-in/code?next=%2Fhot")
	b.get("/sign-in/code?next=%2Fhot").must(t, http.StatusOK, "六位验证码", `value="/hot"`)
	b.get("/hot").mustLeadTo(t, "/sign-in?next=%2Fhot")
	b.post("/sign-in/code", url.Values{"code": {"000000"}, "next": {"/hot"}}).must(t, http.StatusUnprocessableEntity, `href="#field-code"`, `value="/hot"`)
	c.clock.Add(time.Minute)
	code := c.phone(t, secret)
	code.Set("next", "/hot")
	b.post("/sign-in/code", code).mustLeadTo(t, "/hot")
	b.get("/hot").must(t, http.StatusOK)
	// The same code opens no second door, a recovery code does, and after five minutes neither does.
	other := c.browser(t)
	other.post("/sign-in", password)
	other.post("/sign-in/code", code).must(t, http.StatusUnprocessableEntity)
	other.post("/sign-in/code", url.Values{"code": {recovery[3]}}).mustLeadTo(t, "/desk/supervision")
	late := c.browser(t)
	late.post("/sign-in", password)
	c.clock.Add(5*time.Minute + time.Second)
	late.post("/sign-in/code", c.phone(t, secret)).mustLeadTo(t, "/sign-in")
	late.get("/sign-in").must(t, http.StatusOK, "验证已超时")
	late.get("/desk/supervision").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Fsupervision")
	// Who was signed in at this machine before is so no longer.
	shared := c.browser(t)
	shared.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	shared.post("/sign-in", password)
	shared.get("/desk/office").mustLeadTo(t, "/sign-in?next=%2Fdesk%2Foffice")
	shared.get("/sign-in/code").must(t, http.StatusOK)
	// An address elsewhere is nowhere to go on to.
	again := c.browser(t)
	again.post("/sign-in", password)
	away := c.phone(t, secret)
	away.Set("next", "https://evil.example/")
	again.post("/sign-in/code", away).mustLeadTo(t, "/desk/supervision")
}

func TestAnAdministratorHelpsWhoeverLostTheirPhone(t *testing.T) {
	t.Parallel()
	c := newCity(t, asksForSecond)
	id := c.account(t, "super", people.Grant{Role: people.Supervisor}).Account
	self := c.account(t, "keeper", people.Grant{Role: people.Administrator}).Account
	secret, _ := c.enrolled(t, c.browser(t), "super")
	keeper, clerk := c.browser(t), c.browser(t)
	keeper.post("/sign-in", url.Values{"login": {"keeper"}, "password": {passphrase}})
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	at := func(id int64) string { return "/admin/people/" + strconv.FormatInt(id, 10) + "/second-factor" }
	clerk.post(at(id), url.Values{}).must(t, http.StatusForbidden)
	keeper.post(at(self), url.Values{}).must(t, http.StatusUnprocessableEntity, "其他管理员")
	keeper.get("/admin/people").must(t, http.StatusOK, "停用两步验证")
	keeper.post(at(id), url.Values{}).mustLeadTo(t, "/admin/people")
	b := c.browser(t)
	c.clock.Add(time.Minute)
	b.post("/sign-in", url.Values{"login": {"super"}, "password": {passphrase}}).mustLeadTo(t, "/account/second-factor")
	b.post("/account/second-factor", c.phone(t, secret)).must(t, http.StatusUnprocessableEntity)
	if log := c.log.String(); !strings.Contains(log, "second factor removed") || strings.Contains(log, secret) {
		t.Error("the log does not say who did it, or says too much")
	}
	if another, _ := c.enrolled(t, c.browser(t), "super"); another == secret {
		t.Error("the lost phone's key is in use again")
	}
}
