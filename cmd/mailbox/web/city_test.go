package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/cmd/mailbox/web"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/notify"
	"mailbox/sla"
	"mailbox/sla/report"
)

// handClock is a clock that the test moves.
type handClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *handClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// city is a small city behind its pages.
type city struct {
	desk   *cases.Desk
	db     *migrations.DB
	dir    *people.Directory
	clock  *handClock
	outbox *notify.FileOutbox
	server *web.Server
	log    *syncBuffer
	resets *people.Resets

	keys              *seal.Keys
	water             int64
	clerk, waterworks people.Actor
}

const (
	passphrase = "a long enough passphrase"
	// Its hash is written down: hashing it for every account of every test took a fifth of the tests' time.
	passphraseHash = "$argon2id$v=19$m=19456,t=2,p=1$Emob22ouJFMVW0SjBKuXMw$GyWLyLYD2JX6YEYNunkYNKWXxSf52TKVK74eFMqIzy8"
)

// newCity starts on Thursday 2026-03-05, ten in the morning: an ordinary week. Each change may alter
// the configuration.
func newCity(t testing.TB, changes ...func(*web.Config)) *city {
	t.Helper()
	db := testdb.SQLite(t)
	c := &city{db: db, clock: &handClock{t: time.Date(2026, 3, 5, 10, 0, 0, 0, sla.Shanghai)}, log: &syncBuffer{}}
	c.dir = people.NewDirectory(db, c.clock.Now)
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	c.keys, c.resets = keys, people.NewResets(c.dir, keys.LookupHash)
	store, err := files.OpenDirectory(filepath.Join(t.TempDir(), "files"))
	if err != nil {
		t.Fatal(err)
	}
	c.desk, err = cases.NewDesk(t.Context(), cases.Config{
		PerContact: 1 << 30, // these letters all come from a few invented people
		DB:         db, Directory: c.dir, Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai), Clock: c.clock.Now, Files: store,
		City: "云湘市", PublicURL: "http://mailbox.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.outbox, err = notify.NewFileOutbox(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	config := web.Config{
		Desk: c.desk, Directory: c.dir, Sessions: people.NewSessions(db, c.clock.Now), Keys: keys,
		Report: report.New(db, sla.Shanghai), DB: db, Outbox: c.outbox, Clock: c.clock.Now,
		Log:  slog.New(slog.NewTextHandler(c.log, nil)),
		City: "云湘市", Version: "test", PublicURL: "http://mailbox.example.org",
	}
	for _, change := range changes {
		change(&config)
	}
	if c.server, err = web.New(config); err != nil {
		t.Fatal(err)
	}
	c.water, err = c.dir.AddDepartment(t.Context(), people.Department{Code: "SW", Name: "市水务集团", Kind: "bureau"})
	if err != nil {
		t.Fatal(err)
	}
	c.clerk = c.account(t, "clerk", people.Grant{Role: people.Clerk})
	c.waterworks = c.account(t, "water", people.Grant{Role: people.Handler, Department: c.water})
	return c
}

// link is what a mail to somebody who has forgotten their password carries.
func (c *city) link(t testing.TB, id int64) string {
	t.Helper()
	a, err := c.dir.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c.resets.Link(a, c.clock.Now().Add(people.ResetTime))
}

func (c *city) account(t testing.TB, login string, grants ...people.Grant) people.Actor {
	t.Helper()
	id, err := c.dir.AddAccount(t.Context(), people.NewAccount{
		Login: login, Name: "测试 " + login, Language: errs.ZH, Hash: passphraseHash, Grants: grants,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.dir.Actor(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// answer takes a letter to its answer, as the staff would.
func (c *city) answer(t *testing.T, number, text string) {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Add(time.Minute)
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	c.answerRouted(t, number, text)
}

// answerRouted takes a letter that the waterworks have in hand to its answer.
func (c *city) answerRouted(t *testing.T, number, text string) {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	steps := []func() (*cases.Case, error){
		func() (*cases.Case, error) {
			return c.desk.Reply(t.Context(), c.waterworks, id, cases.AnyVersion, text)
		},
		func() (*cases.Case, error) { return c.desk.Answer(t.Context(), c.clerk, id, cases.AnyVersion, "") },
	}
	for _, step := range steps {
		c.clock.Add(time.Minute)
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// letters counts the cases there are.
func (c *city) letters(t *testing.T) int {
	t.Helper()
	_, total, err := c.desk.List(t.Context(), c.clerk, cases.Query{Pile: cases.PileAll, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// browser is somebody's browser: it keeps cookies and does not follow redirects.
type browser struct {
	t       *testing.T
	handler http.Handler
	jar     *cookiejar.Jar
	base    *url.URL
	header  http.Header
	address string
	context context.Context // of the requests; nil: the test's
}

func (c *city) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse("http://mailbox.example.org")
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, c.server.Handler(), jar, base, http.Header{"Accept": {"text/html"}}, "192.0.2.7:4711", nil}
}

// answerPage is what came back.
type answerPage struct {
	status int
	header http.Header
	body   string
}

func (b *browser) do(method, path, contentType string, body io.Reader) answerPage {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	if b.context != nil {
		ctx = b.context
	}
	r := httptest.NewRequestWithContext(ctx, method, path, body)
	r.Host = b.base.Host
	r.RemoteAddr = b.address
	for name, values := range b.header {
		r.Header[name] = values
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for _, cookie := range b.jar.Cookies(b.base) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	got := w.Result()
	defer got.Body.Close()
	b.jar.SetCookies(b.base, got.Cookies())
	return answerPage{got.StatusCode, got.Header, w.Body.String()}
}

func (b *browser) get(path string) answerPage {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

// post sends a form as a browser that has seen the page before: with its token.
func (b *browser) post(path string, form url.Values) answerPage {
	b.t.Helper()
	sent := url.Values{}
	if !form.Has("csrf") {
		sent.Set("csrf", b.token())
	}
	for name, values := range form {
		sent[name] = values
	}
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(sent.Encode()))
}

var tokenField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *browser) token() string {
	b.t.Helper()
	found := tokenField.FindStringSubmatch(b.get("/privacy").body)
	if found == nil {
		b.t.Fatal("the page has no token")
	}
	return found[1]
}

func (p answerPage) must(t *testing.T, status int, texts ...string) answerPage {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d, want %d\n%s", p.status, status, p.body)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Fatalf("the page does not say %q\n%s", text, p.body)
		}
	}
	return p
}

func (p answerPage) mustLeadTo(t *testing.T, path string) {
	t.Helper()
	p.must(t, http.StatusSeeOther)
	if got := p.header.Get("Location"); got != path {
		t.Fatalf("leads to %q, want %q", got, path)
	}
}

// syncBuffer is a log that tests can read.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
