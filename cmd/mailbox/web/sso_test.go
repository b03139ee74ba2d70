package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// oidcServer is a real OpenID provider in a process of its own.
type oidcServer struct {
	issuer string
	cmd    *exec.Cmd
}

const sesame = "verysecure"

// startProvider starts the provider with its people: wang's address is verified, mallory only says that it is hers.
func startProvider(t *testing.T) *oidcServer {
	t.Helper()
	path := os.Getenv("MAILBOX_TEST_OIDC_SERVER")
	if path == "" {
		t.Skip("MAILBOX_TEST_OIDC_SERVER is not set")
	}
	person := func(name, email string, verified bool) map[string]any {
		return map[string]any{
			"ID": "id-" + name, "Username": name, "Password": sesame, "FirstName": "测试", "LastName": name,
			"Email": email, "EmailVerified": verified, "PreferredLanguage": "zh",
		}
	}
	users, err := json.Marshal(map[string]any{
		"id-wang": person("wang", "Admin@Example.org", true), "id-mallory": person("mallory", "admin@example.org", false),
		"id-mailbox-clerk": person("mailbox-clerk", "new@example.org", true), "id-heir": person("heir", "admin@example.org", true),
		"id-nobody": person("nobody", "nobody@example.org", true),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "users.json")
	if err := os.WriteFile(file, users, 0o600); err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p := &oidcServer{issuer: "http://localhost:" + port + "/", cmd: exec.Command(path)}
	p.cmd.Env = append(os.Environ(), "PORT="+port, "USERS_FILE="+file, "REDIRECT_URI=http://mailbox.example.org/sign-in/sso/callback")
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range 500 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.issuer+".well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := http.DefaultClient.Do(r); err == nil {
			_ = response.Body.Close()
			return p
		}
		<-ticker.C
	}
	t.Fatal("the provider does not answer")
	return nil
}

func (p *oidcServer) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// at signs somebody in at the provider, which was reached by the address, and gives the path by which it leads back.
func (p *oidcServer) at(t *testing.T, address, username string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	step := func(method, address string, form url.Values) *url.URL {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		to, err := response.Location()
		if err != nil {
			body, _ := io.ReadAll(response.Body)
			t.Fatalf("%s leads nowhere: %d %s", address, response.StatusCode, body)
		}
		return to
	}
	login := step(http.MethodGet, address, nil)
	to := step(http.MethodPost, p.issuer+"login/username", url.Values{"id": {login.Query().Get("authRequestID")}, "username": {username}, "password": {sesame}})
	back := step(http.MethodGet, to.String(), nil)
	if got := back.Scheme + "://" + back.Host + back.Path; got != "http://mailbox.example.org/sign-in/sso/callback" {
		t.Fatalf("leads back to %s", back)
	}
	return back.RequestURI()
}

// middle stands between us and the provider: it changes what the provider's answers say.
type middle struct {
	change func(path string, answer map[string]any)
	broken bool
}

func (m *middle) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.broken {
		return nil, fmt.Errorf("%s is away", r.URL.Host)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || m.change == nil || !strings.Contains(response.Header.Get("Content-Type"), "json") {
		return response, err
	}
	raw, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if json.Unmarshal(raw, &answer) == nil {
		m.change(r.URL.Path, answer)
		if raw, err = json.Marshal(answer); err != nil {
			return nil, err
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return response, nil
}

// onSSO is a city with the provider, an administrator made by hand, and what stands between.
func (p *oidcServer) city(t *testing.T, changes ...func(*web.Config)) (*city, *middle, int64) {
	t.Helper()
	m := new(middle)
	roles, err := web.ParseSSORoles("mailbox-clerk=clerk, mailbox-clerk=handler:SW, mailbox-clerk=leader:GONE")
	if err != nil {
		t.Fatal(err)
	}
	c := newCity(t, append([]func(*web.Config){func(config *web.Config) {
		config.SSO = &web.SSO{
			Issuer: p.issuer, ClientID: "web", ClientSecret: "secret", Name: "统一身份认证", Claim: "preferred_username", Roles: roles, ACR: []string{"two"}, Transport: m,
		}
	}}, changes...)...)
	id, err := c.dir.AddAccount(t.Context(), people.NewAccount{
		Login: "keeper", Name: "管理员", Email: "admin@example.org", Language: errs.ZH, Hash: passphraseHash, Grants: []people.Grant{{Role: people.Administrator}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, m, id
}

// begun presses the button and gives where it leads.
func (b *browser) begun(path string) *url.URL {
	b.t.Helper()
	to, err := url.Parse(b.get(path).must(b.t, http.StatusSeeOther).header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	return to
}

// changed is the address with another value.
func changed(u *url.URL, name, value string) string {
	q := u.Query()
	q.Set(name, value)
	other := *u
	other.RawQuery = q.Encode()
	return other.String()
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	p := startProvider(t)
	// refused tells that a way back opened nothing.
	refused := func(t *testing.T, b *browser, back string) {
		t.Helper()
		sound(t, "refused", b.get(back).must(t, http.StatusForbidden, `role="alert"`, "统一身份认证"))
		b.get("/desk").mustLeadTo(t, "/sign-in?next=%2Fdesk")
	}
	t.Run("an account made by an administrator is found by its verified address, and by the person from then on", func(t *testing.T) {
		t.Parallel()
		c, _, id := p.city(t)
		b := c.browser(t)
		b.get("/sign-in?next=/admin/departments").must(t, http.StatusOK, `href="/sign-in/sso?next=%2Fadmin%2Fdepartments"`, "统一身份认证")
		to := b.begun("/sign-in/sso?next=/admin/departments")
		if q := to.Query(); q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("state") == "" || q.Get("redirect_uri") != "http://mailbox.example.org/sign-in/sso/callback" {
			t.Errorf("asks for %s", to)
		}
		back := p.at(t, to.String(), "wang")
		b.get(back).mustLeadTo(t, "/admin/departments")
		b.get("/account/sign-ins").must(t, http.StatusOK, "单点登录成功")
		b.get(back).mustLeadTo(t, "/admin/people") // loaded again: in already
		// Another address at the provider or here changes nothing: the person is the same.
		if err := c.dir.ChangeDetails(t.Context(), people.TheSystem(), id, people.Details{Name: "管理员", Email: "other@example.org"}); err != nil {
			t.Fatal(err)
		}
		again := c.browser(t)
		again.get(p.at(t, again.begun("/sign-in/sso").String(), "wang")).mustLeadTo(t, "/admin/people")
		// Somebody who is given the address later is somebody else.
		if err := c.dir.ChangeDetails(t.Context(), people.TheSystem(), id, people.Details{Name: "管理员", Email: "admin@example.org"}); err != nil {
			t.Fatal(err)
		}
		heir := c.browser(t)
		refused(t, heir, p.at(t, heir.begun("/sign-in/sso").String(), "heir"))
		if err := c.dir.GiveRole(t.Context(), people.TheSystem(), c.clerk.Account, people.Grant{Role: people.Administrator}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := c.dir.Disable(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		disabled := c.browser(t)
		refused(t, disabled, p.at(t, disabled.begun("/sign-in/sso").String(), "wang"))
	})
	t.Run("an address that nobody has verified opens nobody's account", func(t *testing.T) {
		t.Parallel()
		c, _, _ := p.city(t)
		b := c.browser(t)
		refused(t, b, p.at(t, b.begun("/sign-in/sso").String(), "mallory"))
	})
	t.Run("a role by the provider makes an account, and is renewed at each sign-in", func(t *testing.T) {
		t.Parallel()
		c, m, _ := p.city(t)
		b := c.browser(t)
		b.get(p.at(t, b.begun("/sign-in/sso").String(), "mailbox-clerk")).mustLeadTo(t, "/desk/office")
		b.get("/desk/department").must(t, http.StatusOK)
		b.get("/admin/people").must(t, http.StatusForbidden)
		all, err := c.dir.Accounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var made people.Account
		for _, a := range all {
			if a.Login == "mailbox-clerk" {
				made = a
			}
		}
		if made.Email != "new@example.org" || len(made.Grants) != 2 || len(made.ByHand) != 0 {
			t.Fatalf("made %+v", made)
		}
		byHand := people.Grant{Role: people.Auditor}
		if err := c.dir.GiveRole(t.Context(), people.TheSystem(), made.ID, byHand, time.Time{}); err != nil {
			t.Fatal(err)
		}
		m.change = func(path string, answer map[string]any) {
			if strings.HasSuffix(path, "/userinfo") {
				answer["preferred_username"] = "somebody" // no longer of the office
			}
		}
		c.clock.Add(time.Minute)
		again := c.browser(t)
		again.get(p.at(t, again.begun("/sign-in/sso").String(), "mailbox-clerk")).mustLeadTo(t, "/desk/supervision")
		again.get("/desk/office").must(t, http.StatusForbidden)
		b.get("/desk/office").must(t, http.StatusForbidden) // in the session of before, too
		if a, err := c.dir.Account(t.Context(), made.ID); err != nil || len(a.Grants) != 1 || a.Grants[0] != byHand {
			t.Errorf("now %+v, %v", a.Grants, err)
		}
	})
	t.Run("a role by the provider counts in its own sessions only", func(t *testing.T) {
		t.Parallel()
		c, _, _ := p.city(t)
		b := c.browser(t)
		b.get(p.at(t, b.begun("/sign-in/sso").String(), "mailbox-clerk")).mustLeadTo(t, "/desk/office")
		id, err := c.dir.AccountOf(t.Context(), "mailbox-clerk")
		if err != nil {
			t.Fatal(err)
		}
		b = c.browser(t)
		b.post("/sign-in/new-password", url.Values{"secret": {c.link(t, id)}, "new_password": {passphrase}, "again": {passphrase}}).mustLeadTo(t, "/sign-in")
		b.post("/sign-in", url.Values{"login": {"mailbox-clerk"}, "password": {passphrase}}).mustLeadTo(t, "/")
		b.get("/desk/office").must(t, http.StatusForbidden)
	})
	t.Run("nobody without a role gets in", func(t *testing.T) {
		t.Parallel()
		c, _, _ := p.city(t)
		b := c.browser(t)
		refused(t, b, p.at(t, b.begun("/sign-in/sso").String(), "nobody"))
		if all, err := c.dir.Accounts(t.Context()); err != nil || len(all) != 3 {
			t.Errorf("%d accounts, %v", len(all), err)
		}
	})
	t.Run("our second step is asked for unless the provider says that it has asked for one", func(t *testing.T) {
		t.Parallel()
		c, m, _ := p.city(t, func(config *web.Config) { config.SecondFactor = []people.Role{people.Administrator} })
		c.enrolled(t, c.browser(t), "keeper")
		b := c.browser(t)
		b.get(p.at(t, b.begun("/sign-in/sso?next=/admin/departments").String(), "wang")).mustLeadTo(t, "/sign-in/code?next=%2Fadmin%2Fdepartments")
		b.get("/admin/people").must(t, http.StatusSeeOther)
		// amr stands in the signed token; what the other answer says of it counts where the token is silent.
		m.change = func(path string, answer map[string]any) {
			if strings.HasSuffix(path, "/userinfo") {
				answer["acr"] = "two"
			}
		}
		trusted := c.browser(t)
		trusted.get(p.at(t, trusted.begun("/sign-in/sso").String(), "wang")).mustLeadTo(t, "/admin/people")
	})
	t.Run("the provider is away", func(t *testing.T) {
		t.Parallel()
		c, m, _ := p.city(t)
		m.broken = true
		b := c.browser(t)
		b.get("/sign-in").must(t, http.StatusOK, "统一身份认证")
		sound(t, "away", b.get("/sign-in/sso?next=/desk/office").must(t, http.StatusServiceUnavailable, "暂时无法使用", `value="/desk/office"`))
		b.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).mustLeadTo(t, "/desk/office")
		m.broken = false // it comes back without a new start
		other := c.browser(t)
		back := p.at(t, other.begun("/sign-in/sso").String(), "wang")
		m.broken = true
		refused(t, other, back)
	})
	ssoAttacks(t, p, refused)
}

func ssoAttacks(t *testing.T, p *oidcServer, refused func(*testing.T, *browser, string)) {
	t.Helper()
	t.Run("another state, no state, another browser, a used code", func(t *testing.T) {
		t.Parallel()
		c, _, _ := p.city(t)
		b := c.browser(t)
		to := b.begun("/sign-in/sso")
		back := p.at(t, changed(to, "state", "planted"), "wang")
		refused(t, b, back)
		refused(t, b, strings.Replace(back, "planted", to.Query().Get("state"), 1)) // the first try has used the state up
		stranger := c.browser(t)
		refused(t, stranger, p.at(t, b.begun("/sign-in/sso").String(), "wang"))
		late := c.browser(t)
		back = p.at(t, late.begun("/sign-in/sso").String(), "wang")
		c.clock.Add(11 * time.Minute)
		refused(t, late, back)
		// A code that was used: in a browser that begins anew, with the state put right.
		in := c.browser(t)
		back = p.at(t, in.begun("/sign-in/sso").String(), "wang")
		in.get(back).mustLeadTo(t, "/admin/people")
		used, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		replay := c.browser(t)
		refused(t, replay, changed(used, "state", replay.begun("/sign-in/sso").Query().Get("state")))
		refused(t, replay, "/sign-in/sso/callback?error=access_denied&state="+replay.begun("/sign-in/sso").Query().Get("state"))
	})
	t.Run("a token of another sign-in, for another client, over, or not signed by the provider", func(t *testing.T) {
		t.Parallel()
		c, m, _ := p.city(t)
		b := c.browser(t)
		refused(t, b, p.at(t, changed(b.begun("/sign-in/sso"), "nonce", "planted"), "wang"))
		// A token that the provider has made for another of its clients, put in place of ours.
		to := b.begun("/sign-in/sso")
		other := p.tokenFor(t, to.Scheme+"://"+to.Host+to.Path, "api", to.Query().Get("nonce"))
		back := p.at(t, to.String(), "wang")
		m.change = func(path string, answer map[string]any) {
			if strings.HasSuffix(path, "/token") {
				answer["id_token"] = other
			}
		}
		refused(t, b, back)
		if !strings.Contains(c.log.String(), "audience") {
			t.Errorf("refused for another reason: %s", c.log.String())
		}
		for name, forge := range map[string]func(parts []string) string{
			"another subject": func(parts []string) string {
				payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
				return parts[0] + "." + base64.RawURLEncoding.EncodeToString(bytes.Replace(payload, []byte("id-mallory"), []byte("id-wang"), 1)) + "." + parts[2]
			},
			"no signature": func(parts []string) string {
				return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
			},
		} {
			m.change = func(path string, answer map[string]any) {
				if token, ok := answer["id_token"].(string); ok && strings.HasSuffix(path, "/token") {
					answer["id_token"] = forge(strings.Split(token, "."))
				}
			}
			refused(t, b, p.at(t, b.begun("/sign-in/sso").String(), "mallory"))
			if t.Failed() {
				t.Fatal(name)
			}
		}
		// The answer about another person.
		m.change = func(path string, answer map[string]any) {
			if strings.HasSuffix(path, "/userinfo") {
				answer["sub"] = "id-wang"
			}
		}
		refused(t, b, p.at(t, b.begun("/sign-in/sso").String(), "mallory"))
		// The token is over when it arrives. The provider's clock is the machine's, ours is the test's.
		m.change = func(path string, _ map[string]any) {
			if strings.HasSuffix(path, "/token") {
				c.clock.Add(time.Since(c.clock.Now()) + 48*time.Hour)
			}
		}
		refused(t, b, p.at(t, b.begun("/sign-in/sso").String(), "wang"))
		if !strings.Contains(c.log.String(), "expired") {
			t.Errorf("refused for another reason: %s", c.log.String())
		}
	})
}

// tokenFor has the provider make a token for another of its clients, about wang.
func (p *oidcServer) tokenFor(t *testing.T, authorize, client, nonce string) string {
	t.Helper()
	q := url.Values{
		"client_id": {client}, "redirect_uri": {"http://mailbox.example.org/sign-in/sso/callback"}, "response_type": {"code"},
		"scope": {"openid"}, "state": {"x"}, "nonce": {nonce},
	}
	back, err := url.Parse(p.at(t, authorize+"?"+q.Encode(), "wang"))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": q["redirect_uri"]}
	r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodPost, p.issuer+"oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client, "secret")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		IDToken string `json:"id_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.IDToken == "" {
		t.Fatalf("no token for %s: %d, %v", client, response.StatusCode, err)
	}
	return answer.IDToken
}
