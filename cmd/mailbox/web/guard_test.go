package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"mailbox/cmd/mailbox/web"
)

func TestEveryPageCarriesTheHeadersThatProtectIt(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	for _, path := range []string{"/", "/sign-in", "/privacy", "/no-such-page", "/static/mailbox.css"} {
		h := b.get(path).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
				"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy":        "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if got := h.Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: %q over plain http", path, got)
		}
	}
	if got := b.get("/").header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("pages are kept: %q", got)
	}
}

func TestNoPageHoldsAnythingThePolicyForbids(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	for _, path := range []string{"/", "/sign-in", "/privacy", "/accessibility", "/contact", "/board", "/no-such-page"} {
		body := b.get(path).body
		for _, forbidden := range []string{"<style", " style=", "onclick=", "onsubmit=", "javascript:", "<script>"} {
			if strings.Contains(body, forbidden) {
				t.Errorf("%s has %q", path, forbidden)
			}
		}
		if !strings.Contains(body, `<html lang="zh-CN"`) {
			t.Errorf("%s does not say its language", path)
		}
	}
}

func TestOverHTTPSCookiesAreSecure(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.PublicURL = "https://mailbox.example.org" })
	h := c.browser(t).get("/").header
	if got := h.Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS over https")
	}
	cookies := h.Values("Set-Cookie")
	if len(cookies) == 0 {
		t.Fatal("no cookie")
	}
	for _, cookie := range cookies {
		for _, want := range []string{"__Host-csrf=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("%q lacks %q", cookie, want)
			}
		}
	}
}

func TestAFormThatIsNotOursIsRefused(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	good := url.Values{"login": {"clerk"}, "password": {passphrase}}
	for name, attack := range map[string]func(b *browser) answerPage{
		"without a token": func(b *browser) answerPage {
			return b.do(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(good.Encode()))
		},
		"with another's token": func(b *browser) answerPage {
			form := url.Values{"csrf": {c.browser(t).token()}, "login": {"clerk"}, "password": {passphrase}}
			b.token()
			return b.do(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		},
		"with an empty token in both places": func(b *browser) answerPage {
			b.header.Set("Cookie", "csrf=")
			return b.do(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", strings.NewReader("csrf=&"+good.Encode()))
		},
		"from another origin": func(b *browser) answerPage {
			b.header.Set("Origin", "https://evil.example")
			return b.post("/sign-in", good)
		},
		"from a null origin": func(b *browser) answerPage {
			b.header.Set("Origin", "null")
			return b.post("/sign-in", good)
		},
		"from a neighbouring site": func(b *browser) answerPage {
			b.header.Set("Sec-Fetch-Site", "same-site")
			return b.post("/sign-in", good)
		},
		"as JSON": func(b *browser) answerPage {
			return b.do(http.MethodPost, "/sign-in", "application/json", strings.NewReader(`{"login":"clerk"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := c.browser(t)
			attack(b).must(t, http.StatusForbidden)
			b.header.Del("Origin")
			b.header.Del("Sec-Fetch-Site")
			b.get("/account/password").must(t, http.StatusSeeOther)
		})
	}
}

func TestAFormFromOurOwnPageIsTaken(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for _, header := range []http.Header{
		{"Origin": {"http://mailbox.example.org"}},
		{"Sec-Fetch-Site": {"same-origin"}, "Origin": {"http://mailbox.example.org"}},
		{},
	} {
		b := c.browser(t)
		for name, values := range header {
			b.header[name] = values
		}
		b.post("/preferences", url.Values{"lang": {"en"}, "back": {"/privacy"}}).mustLeadTo(t, "/privacy")
	}
}

func TestAStaleTokenKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	form := url.Values{"csrf": {strings.Repeat("x", 43)}, "size": {"large"}, "note": {"写了很久的信 <b>"}}
	page := b.do(http.MethodPost, "/preferences", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	page.must(t, http.StatusForbidden, "写了很久的信 &lt;b&gt;", `action="/preferences"`)
	fresh := tokenField.FindStringSubmatch(page.body)
	form.Set("csrf", fresh[1])
	b.do(http.MethodPost, "/preferences", "application/x-www-form-urlencoded", strings.NewReader(form.Encode())).mustLeadTo(t, "/")
}

func TestAnAddressCannotBeMadeUp(t *testing.T) {
	t.Parallel()
	limits := func(c *web.Config) { c.Limits.SignIn = web.Limit{Burst: 2, Every: 1e12} }
	wrong := url.Values{"login": {"clerk"}, "password": {"not the passphrase"}}
	try := func(b *browser, forwarded string) int {
		b.header.Set("X-Forwarded-For", forwarded)
		b.header.Set("X-Real-Ip", forwarded)
		return b.post("/sign-in", wrong).status
	}
	t.Run("without a proxy nobody is believed", func(t *testing.T) {
		t.Parallel()
		b := newCity(t, limits).browser(t)
		b.address = "127.0.0.1:999"
		for i, forwarded := range []string{"203.0.113.1", "203.0.113.2", "203.0.113.3"} {
			want := http.StatusUnprocessableEntity
			if i == 2 {
				want = http.StatusTooManyRequests
			}
			if got := try(b, forwarded); got != want {
				t.Errorf("try %d: status %d, want %d", i, got, want)
			}
		}
	})
	t.Run("a trusted proxy is believed, what came before it is not", func(t *testing.T) {
		t.Parallel()
		b := newCity(t, limits, func(c *web.Config) {
			c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		}).browser(t)
		for i, forwarded := range []string{"10.0.0.1, 203.0.113.9", "10.0.0.2, 203.0.113.9", "10.0.0.3, 203.0.113.9", "203.0.113.10"} {
			want := http.StatusUnprocessableEntity
			if i == 2 {
				want = http.StatusTooManyRequests
			}
			if got := try(b, forwarded); got != want {
				t.Errorf("try %d: status %d, want %d", i, got, want)
			}
		}
	})
}

func TestTooManyTriesAreToldHowLongToWait(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Limits.SignIn = web.Limit{Burst: 1, Every: 90e9} })
	b := c.browser(t)
	form := url.Values{"login": {"clerk"}, "password": {"not the passphrase"}}
	b.post("/sign-in", form).must(t, http.StatusUnprocessableEntity)
	page := b.post("/sign-in", form).must(t, http.StatusTooManyRequests, "90 秒")
	if got := page.header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After is %q", got)
	}
	c.clock.Add(90e9)
	b.post("/sign-in", form).must(t, http.StatusUnprocessableEntity)
}

func TestABodyTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	b.post("/sign-in", url.Values{"login": {strings.Repeat("字", 200_000)}}).must(t, http.StatusRequestEntityTooLarge, "内容过大")
	// Without a length said beforehand.
	body := struct{ *bytes.Reader }{bytes.NewReader([]byte("csrf=x&login=" + strings.Repeat("a", 2<<20)))}
	b.do(http.MethodPost, "/sign-in", "application/x-www-form-urlencoded", body).must(t, http.StatusRequestEntityTooLarge)
}

func TestErrorsComeAsThePersonOrTheProgramCanReadThem(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	b.get("/no-such-page").must(t, http.StatusNotFound, "没有这个页面", `lang="zh-CN"`)
	b.do(http.MethodPut, "/", "", nil).must(t, http.StatusMethodNotAllowed)
	b.do(http.MethodDelete, "/sign-in", "", nil).must(t, http.StatusMethodNotAllowed)
	b.get("/sign-out").must(t, http.StatusMethodNotAllowed)
	b.header.Set("Accept", "application/json")
	var got struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(b.get("/no-such-page").must(t, http.StatusNotFound).body), &got); err != nil {
		t.Fatal(err)
	}
	if got.Error.Code != "not_found" || got.Error.Message == "" {
		t.Errorf("got %+v", got)
	}
}

func TestTroubleOfOursIsLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	page := b.get("/account/password").must(t, http.StatusInternalServerError, "系统出了问题")
	if strings.Contains(page.body, "closed") {
		t.Error("the page shows what only the log should")
	}
	if !strings.Contains(c.log.String(), "closed") {
		t.Error("the log does not say what was wrong")
	}
	if strings.Contains(c.log.String(), passphrase) {
		t.Error("the log holds a password")
	}
}

func TestLanguageFollowsTheReader(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for accept, want := range map[string]string{
		"":                        `<html lang="zh-CN"`,
		"en-GB,en;q=0.9":          `<html lang="en"`,
		"fr,en;q=0.5":             `<html lang="en"`,
		"zh-TW,zh;q=0.9,en;q=0.8": `<html lang="zh-CN"`,
		"de":                      `<html lang="zh-CN"`,
	} {
		b := c.browser(t)
		b.header.Set("Accept-Language", accept)
		b.get("/").must(t, http.StatusOK, want)
	}
	b := c.browser(t)
	b.get("/privacy?lang=en").must(t, http.StatusOK, `<html lang="en"`)
	b.get("/privacy").must(t, http.StatusOK, `<html lang="en"`) // and stays in it
	b.get("/privacy?lang=zh").must(t, http.StatusOK, `<html lang="zh-CN"`)
	b.get("/privacy?lang=fr").must(t, http.StatusOK, `<html lang="zh-CN"`)
	b.post("/preferences", url.Values{"lang": {"en"}, "back": {"/contact"}}).mustLeadTo(t, "/contact")
	b.get("/contact").must(t, http.StatusOK, `<html lang="en"`, "Contact")
	b.post("/preferences", url.Values{"size": {"large"}, "back": {"//evil.example"}}).mustLeadTo(t, "/")
	b.get("/").must(t, http.StatusOK, `data-size="large"`)
}

func TestStaticFilesAreKeptForGood(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	page := b.get("/").body
	at := strings.Index(page, "/static/mailbox.css?v=")
	if at < 0 {
		t.Fatal("no style sheet")
	}
	address := page[at : at+strings.IndexByte(page[at:], '"')]
	b.header.Set("Accept-Encoding", "gzip")
	got := b.get(address).must(t, http.StatusOK)
	if got.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || got.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("headers are %v", got.header)
	}
	b.header.Set("If-None-Match", got.header.Get("ETag"))
	b.get(address).must(t, http.StatusNotModified)
	b.header.Del("If-None-Match")
	if got := b.get("/static/mailbox.css?v=old").header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("another version is kept: %q", got)
	}
	b.get("/static/..%2fserver.go").must(t, http.StatusNotFound)
	b.get("/static/nothing.css").must(t, http.StatusNotFound)
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	b := newCity(t, func(c *web.Config) {
		c.Ready = func(context.Context) map[string]error {
			return map[string]error{"database": nil, "queue": errors.New("redis at 10.1.2.3 is away")}
		}
	}).browser(t)
	b.get("/healthz").must(t, http.StatusOK, `"status":"ok"`)
	page := b.get("/readyz").must(t, http.StatusServiceUnavailable, `"queue":"failed"`, `"database":"ok"`)
	if strings.Contains(page.body, "10.1.2.3") {
		t.Error("readiness tells a stranger where the queue is")
	}
	newCity(t).browser(t).get("/readyz").must(t, http.StatusOK)
}
