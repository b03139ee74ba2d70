package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen: far longer than it takes anywhere.
const patience = 200 * time.Second

// process is the program running by itself.
type process struct {
	t       *testing.T
	command *exec.Cmd
	out     *said         // standard output
	log     *said         // standard error
	ended   chan struct{} // closed when it has ended
	status  int           // then
	base    string        // where its pages are; empty for a process without any
}

// said is what a process has said so far.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// launch starts the program; settings are given as environment, name=value.
func launch(t *testing.T, settings []string, args ...string) *process {
	t.Helper()
	return launchCommand(t, settings, exec.Command("mailbox", args...))
}

func launchCommand(t *testing.T, settings []string, command *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, command: command, out: &said{}, log: &said{}, ended: make(chan struct{})}
	command.Env = append(append(os.Environ(), "MAILBOX_LANGUAGE=en", "MAILBOX_PROOF_OF_WORK=0", "MAILBOX_CONTACT_LIMIT=1000000"), settings...)
	command.Stdout, command.Stderr = p.out, p.log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = command.Wait() // how it ended is its status
		p.status = command.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		<-p.ended
		if t.Failed() {
			t.Logf("%v said:\n%s\n%s", command.Args, p.out, p.log)
		}
	})
	return p
}

var openLine = regexp.MustCompile(`The mailbox is open: (http://\S+)`)

// serving launches `serve` (or another command with pages) on a free port and waits until it is ready.
func serving(t *testing.T, dir string, settings []string, args ...string) *process {
	t.Helper()
	p := launch(t, settings, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, args...)...)
	p.waitOpen()
	p.waitReady(http.StatusOK)
	return p
}

func (p *process) waitOpen() {
	p.t.Helper()
	p.eventually("its pages", func() bool {
		found := openLine.FindStringSubmatch(p.out.String())
		if found != nil {
			p.base = found[1]
		}
		return found != nil
	})
}

// eventually waits until what holds; a process that ends meanwhile is a failure.
func (p *process) eventually(what string, holds func() bool) {
	p.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-p.ended:
			if !holds() {
				p.t.Fatalf("it ended with status %d before %s", p.status, what)
			}
			return
		case <-late:
			p.t.Fatalf("waited too long for %s", what)
		case <-tick.C:
		}
	}
}

func (p *process) waitReady(status int) string {
	p.t.Helper()
	body := ""
	p.eventually(fmt.Sprintf("/readyz with status %d", status), func() bool {
		var got int
		got, body = p.get("/readyz")
		return got == status
	})
	return body
}

// get asks for a page without cookies.
func (p *process) get(path string) (status int, body string) {
	p.t.Helper()
	return fetch(p.t, http.DefaultClient, http.MethodGet, p.base+path, nil)
}

func fetch(t *testing.T, client *http.Client, method, address string, form url.Values) (status int, body string) {
	t.Helper()
	status, body, err := try(t.Context(), client, method, address, form, "")
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

// try sends a request as from the address from, if it is given and the server trusts us.
func try(ctx context.Context, client *http.Client, method, address string, form url.Values, from string) (status int, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	if from != "" {
		r.Header.Set("X-Forwarded-For", from)
	}
	got, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return got.StatusCode, string(text), err
}

// terminate asks it to end and waits for it; it must end well.
func (p *process) terminate() {
	p.t.Helper()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if status := p.wait(); status != 0 {
		p.t.Fatalf("it ended with status %d", status)
	}
}

func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatal("it does not end")
	}
	return p.status
}

// kill is kill -9.
func (p *process) kill() {
	p.t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
}

// writer is somebody with a browser of their own.
type writer struct {
	client *http.Client
	base   string
	from   string // the address to write from
}

func (p *process) writer(from string) *writer {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	transport := &http.Transport{}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &writer{&http.Client{Jar: jar, Transport: transport}, p.base, from}
}

var (
	tokenField   = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	keyField     = regexp.MustCompile(`name="key" value="([^"]+)"`)
	receiptPairs = regexp.MustCompile(`<dd translate="no">([^<]+)</dd>`)
)

// form opens the form of path and returns its hidden fields.
func (w *writer) form(ctx context.Context, path string) (url.Values, error) {
	status, body, err := try(ctx, w.client, http.MethodGet, w.base+path, nil, w.from)
	if err != nil {
		return nil, err
	}
	token := tokenField.FindStringSubmatch(body)
	if status != http.StatusOK || token == nil {
		return nil, fmt.Errorf("%s: status %d, token %v", path, status, token)
	}
	form := url.Values{"csrf": {token[1]}}
	if key := keyField.FindStringSubmatch(body); key != nil {
		form.Set("key", key[1])
	}
	return form, nil
}

// The contact that letters of these tests carry; no log may show it.
const (
	writerPhone = "139 0000 1234"
	writerEmail = "zhou.xiaohe@example.org"
)

// letter fills the form in.
func (w *writer) letter(ctx context.Context, title string) (url.Values, error) {
	form, err := w.form(ctx, "/write")
	if err != nil {
		return nil, err
	}
	form.Set("kind", "complaint")
	form.Set("title", title)
	form.Set("body", "水龙头出来的水发黄，请有关部门查一查。可打电话 "+writerPhone+"。")
	form.Set("name", "周小禾")
	form.Set("phone", writerPhone)
	form.Set("email", writerEmail)
	form.Set("copy", "yes")
	return form, nil
}

// receipt is what a writer has been shown.
type receipt struct{ number, secret string }

// refusal is an answer that is no receipt.
type refusal struct {
	status int
	page   string
}

func (r refusal) Error() string { return fmt.Sprintf("status %d", r.status) }

// send sends a filled-in form and reads the receipt.
func (w *writer) send(ctx context.Context, form url.Values) (receipt, error) {
	status, body, err := try(ctx, w.client, http.MethodPost, w.base+"/write", form, w.from)
	if err != nil {
		return receipt{}, err
	}
	shown := receiptPairs.FindAllStringSubmatch(body, -1)
	if status != http.StatusOK || len(shown) != 2 {
		return receipt{}, refusal{status, body}
	}
	return receipt{shown[0][1], shown[1][1]}, nil
}

// write writes and sends a letter.
func (w *writer) write(t *testing.T, title string) receipt {
	t.Helper()
	form, err := w.letter(t.Context(), title)
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.send(t.Context(), form)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// signIn gives the page that signing in leads to.
func (w *writer) signIn(t *testing.T, login, password string) (path, page string) {
	t.Helper()
	form, err := w.form(t.Context(), "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	form.Set("login", login)
	form.Set("password", password)
	w.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		path = r.URL.Path
		return nil
	}
	defer func() { w.client.CheckRedirect = nil }()
	_, page = fetch(t, w.client, http.MethodPost, w.base+"/sign-in", form)
	return path, page
}

// titles counts the cases in the SQLite database of a directory by title.
func titles(t *testing.T, dir string) map[string]int {
	t.Helper()
	o := standing(time.Now(), io.Discard).openIn(t, dir)
	var all []string
	if err := o.db.Read.NewSelect().Table("cases").Column("title").Scan(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, title := range all {
		count[title]++
	}
	return count
}

// mailbox runs a command that ends, and gives its status and what it said.
func mailbox(t *testing.T, settings []string, args ...string) (status int, said string) {
	t.Helper()
	p := launch(t, settings, args...)
	status = p.wait()
	return status, p.out.String() + p.log.String()
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// refused tells whether nobody takes connections at base any more.
func (p *process) refused() bool {
	u, err := url.Parse(p.base)
	if err != nil {
		p.t.Fatal(err)
	}
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(p.t.Context(), "tcp", u.Host)
	if err == nil {
		_ = c.Close() // only knocked
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

// mustNotShow holds that a text shows nothing of a person and no secret.
func mustNotShow(t *testing.T, what, text string, secrets ...string) {
	t.Helper()
	secrets = append(secrets, writerPhone, strings.ReplaceAll(writerPhone, " ", ""), writerEmail, "周小禾")
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		for _, secret := range secrets {
			if strings.Contains(lines.Text(), secret) {
				t.Errorf("%s shows %q: %s", what, secret, lines.Text())
			}
		}
	}
}
