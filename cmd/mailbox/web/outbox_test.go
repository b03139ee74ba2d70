package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
	"mailbox/notify"
)

// mail puts a mail into the outbox.
func (c *city) mail(t *testing.T) {
	t.Helper()
	err := c.outbox.Send(t.Context(), notify.Message{
		ID: "n1@mailbox.example.org", Date: c.clock.Now(), Subject: "您的来信已收到", Text: "查询码在此 <b>",
		HTML: "<p>only programs for mail show this</p>",
		From: notify.Address{Name: "云湘市市长信箱", Email: "mailbox@example.org"},
		To:   notify.Address{Name: "周小禾", Email: "zhou@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheOutboxIsForAdministratorsOnly(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.account(t, "admin", people.Grant{Role: people.Administrator})
	c.mail(t)
	stranger := c.browser(t)
	stranger.get("/outbox").must(t, http.StatusNotFound)
	stranger.get("/outbox/x").must(t, http.StatusNotFound)
	if strings.Contains(stranger.get("/").body, "/outbox") {
		t.Error("a stranger is led to the outbox")
	}
	clerk := c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	clerk.get("/outbox").must(t, http.StatusNotFound)
	admin := c.browser(t)
	admin.post("/sign-in", url.Values{"login": {"admin"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	admin.get("/outbox").must(t, http.StatusOK, "您的来信已收到")
}

func TestInTheDemonstrationEverybodyReadsTheOutbox(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Demo = true })
	b := c.browser(t)
	b.get("/outbox").must(t, http.StatusOK, "还没有邮件")
	c.mail(t)
	_, rest, _ := strings.Cut(b.get("/outbox").must(t, http.StatusOK, "zhou@example.org").body, `<a href="/outbox/`)
	name, _, _ := strings.Cut(rest, `"`)
	page := b.get("/outbox/"+name).must(t, http.StatusOK, "查询码在此 &lt;b&gt;", "周小禾")
	if strings.Contains(page.body, "only programs for mail") {
		t.Error("the page shows a mail's HTML")
	}
	b.get("/outbox/..%2f..%2fetc%2fpasswd").must(t, http.StatusNotFound)
}

func TestWhereMailIsSentThereIsNoOutbox(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Demo, c.Outbox = true, nil })
	c.browser(t).get("/outbox").must(t, http.StatusNotFound)
}
