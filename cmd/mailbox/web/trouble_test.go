package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mailbox/cmd/mailbox/web"
)

func TestAPanicBecomesAPageAndALineInTheLog(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) {
		c.Ready = func(context.Context) map[string]error { panic("the check itself broke") }
	})
	page := c.browser(t).get("/readyz").must(t, http.StatusInternalServerError, "系统出了问题")
	id := page.header.Get("X-Request-Id")
	if id == "" || !strings.Contains(page.body, id) {
		t.Error("the page does not name the request")
	}
	if strings.Contains(page.body, "the check itself broke") {
		t.Error("the page shows the panic")
	}
	if log := c.log.String(); !strings.Contains(log, "the check itself broke") || !strings.Contains(log, id) {
		t.Error("the log does not tell of the panic")
	}
}

func TestAReaderWhoHasGoneIsNoTrouble(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/track/letter", nil)
	for _, cookie := range b.jar.Cookies(b.base) {
		r.AddCookie(cookie)
	}
	c.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
	if log := c.log.String(); strings.Contains(log, "request failed") || !strings.Contains(log, "status=499") {
		t.Errorf("the log says\n%s", log)
	}
}

func TestHeadAnswersLikeGetWithoutABody(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	b.do(http.MethodHead, "/", "", nil).must(t, http.StatusOK)
	b.do(http.MethodHead, "/healthz", "", nil).must(t, http.StatusOK)
}

func TestABrokenConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("pages without a desk")
	}
	for _, address := range []string{"", "mailbox.example.org", "ftp://mailbox.example.org", "https://", "http://%zz"} {
		c := newCity(t)
		config := c.server.Config
		config.PublicURL = address
		if _, err := web.New(config); err == nil {
			t.Errorf("%q was taken as the public address", address)
		}
	}
}
