package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mailbox/cases"
)

var firstPassword = regexp.MustCompile(`with the password (\S+) `)

func TestServeKeepsItsDataOverRestartsAndIsBackedUpWhileItRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serving(t, dir, nil)
	if _, body := p.get("/healthz"); !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("/healthz says %s", body)
	}
	found := firstPassword.FindStringSubmatch(p.out.String())
	if found == nil {
		t.Fatalf("no first password: %s", p.out)
	}
	w := p.writer("")
	got := w.write(t, "水管漏水")
	outbox := func() []string {
		mails, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		return mails
	}
	p.eventually("the receipt's mail", func() bool { return len(outbox()) == 1 })

	// Another server on the same directory is refused; a backup beside it is not.
	status, text := mailbox(t, nil, "serve", "--listen", "127.0.0.1:0", "--data", dir)
	if status != 1 || !strings.Contains(text, "MAILBOX_DATA: another mailbox is already serving from "+dir) {
		t.Errorf("a second server: status %d, %s", status, text)
	}
	wantRestored(t, dir, outbox()[0])
	p.terminate()
	mustNotShow(t, "the log", p.log.String(), got.secret, found[1])

	p = serving(t, dir, nil)
	if text := p.out.String(); firstPassword.MatchString(text) || strings.Contains(text, found[1]) {
		t.Errorf("the second start shows a password: %s", text)
	}
	if path, _ := p.writer("").signIn(t, "admin", found[1]); path != "/account/password" {
		t.Errorf("the administrator is led to %q", path)
	}
	p.terminate()
	if n := titles(t, dir)["水管漏水"]; n != 1 {
		t.Errorf("%d letters", n)
	}
	if n := len(outbox()); n != 1 {
		t.Errorf("%d mails after the restart", n)
	}
	mustNotShow(t, "the log", p.log.String(), got.secret, found[1])
}

// wantRestored backs up a directory that is in use, restores it elsewhere, and compares.
func wantRestored(t *testing.T, dir, mail string) {
	t.Helper()
	place := t.TempDir()
	first, second, copied := filepath.Join(place, "1.tar.gz"), filepath.Join(place, "2.tar.gz"), filepath.Join(place, "copy")
	for _, args := range [][]string{
		{"backup", first, "--data", dir},
		{"restore", first, "--data", copied},
		{"backup", second, "--data", copied},
	} {
		if status, text := mailbox(t, nil, args...); status != 0 {
			t.Fatalf("%s: status %d, %s", args[0], status, text)
		}
	}
	one, two := membersOf(t, first), membersOf(t, second)
	if one[backupRows] == "" || one[backupRows] != two[backupRows] {
		t.Error("the rows of the restored database differ")
	}
	for _, name := range []string{"keys.json", filepath.Join("outbox", filepath.Base(mail))} {
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(copied, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s differs (%v, %v)", name, errA, errB)
		}
	}
}

func TestServeFinishesARequestThatIsUnderWayWhenItIsToldToEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serving(t, dir, nil)
	w := p.writer("")
	form, err := w.letter(t.Context(), "写到一半")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.base)
	if err != nil {
		t.Fatal(err)
	}
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // what it said was read
	body := form.Encode()
	var cookies []string
	for _, cookie := range w.client.Jar.Cookies(u) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	if _, err := fmt.Fprintf(c, "POST /write HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		u.Host, strings.Join(cookies, "; "), len(body)); err != nil {
		t.Fatal(err)
	}
	// The server asks for the body when it has begun to work on the request.
	answers := bufio.NewReader(c)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q (%v)", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.eventually("the closed door", p.refused)
	if _, err := io.WriteString(c, body); err != nil {
		t.Fatal(err)
	}
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "303 See Other") {
		t.Errorf("the request under way got %q (%v)", line, err)
	}
	if status := p.wait(); status != 0 {
		t.Errorf("it ended with status %d", status)
	}
	if n := titles(t, dir)["写到一半"]; n != 1 {
		t.Errorf("%d letters", n)
	}
}

// trustUs lets tests write from many addresses.
var trustUs = []string{"MAILBOX_TRUSTED_PROXIES=127.0.0.1"}

func TestEveryLetterWhoseReceiptWasShownSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serving(t, dir, trustUs)
	const crowd, enough = 6, 24
	var (
		mu    sync.Mutex
		shown = map[string]receipt{}    // by title
		sent  = map[string]url.Values{} // forms that were on their way
		all   sync.WaitGroup
	)
	plenty := make(chan struct{})
	for one := range crowd {
		w := p.writer(fmt.Sprintf("192.0.2.%d", one+1))
		all.Go(func() {
			for i := range 20 { // as many as one address may at once
				title := fmt.Sprintf("第 %d 人的第 %d 封信", one, i)
				form, err := w.letter(context.Background(), title)
				if err != nil {
					return // killed
				}
				mu.Lock()
				sent[title] = form
				mu.Unlock()
				got, err := w.send(context.Background(), form)
				if err != nil {
					return
				}
				mu.Lock()
				shown[title] = got
				if len(shown) == enough {
					close(plenty)
				}
				mu.Unlock()
			}
		})
	}
	p.eventually("the first letters", func() bool {
		select {
		case <-plenty:
			return true
		default:
			return false
		}
	})
	p.kill()
	all.Wait()

	p = serving(t, dir, trustUs)
	for title, r := range shown {
		w := p.writer("")
		form, err := w.form(t.Context(), "/track")
		if err != nil {
			t.Fatal(err)
		}
		form.Set("number", r.number)
		form.Set("secret", r.secret)
		_, page, err := try(t.Context(), w.client, http.MethodPost, p.base+"/track", form, fmt.Sprintf("192.0.2.%d", 100+len(title)%50))
		if err != nil || !strings.Contains(page, title) {
			t.Errorf("the letter %q (%s) cannot be found again (%v)", title, r.number, err)
		}
	}
	// Whoever saw no receipt sends the form again, as the browser offers.
	repeated := 0
	for title, form := range sent {
		if _, ok := shown[title]; ok {
			continue
		}
		repeated++
		w := p.writer(fmt.Sprintf("198.51.100.%d", repeated))
		fresh, err := w.form(t.Context(), "/write")
		if err != nil {
			t.Fatal(err)
		}
		form.Set("csrf", fresh.Get("csrf"))
		if _, err := w.send(t.Context(), form); err != nil {
			t.Errorf("%s again: %v", title, err)
		}
	}
	p.terminate()
	count := titles(t, dir)
	for title := range sent {
		if count[title] != 1 {
			t.Errorf("%q is there %d times", title, count[title])
		}
	}
	if len(count) != len(sent) {
		t.Errorf("%d letters are there, %d were sent", len(count), len(sent))
	}
	t.Logf("%d receipts shown, %d letters cut off", len(shown), repeated)
}

func TestLettersAreTakenWhileRedisIsDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := launch(t, []string{"MAILBOX_REDIS_URL=redis://office:geheim@" + closedPort(t)}, "serve", "--listen", "127.0.0.1:0", "--data", dir)
	p.waitOpen()
	body := p.waitReady(http.StatusServiceUnavailable)
	var ready struct{ Checks map[string]string }
	if err := json.Unmarshal([]byte(body), &ready); err != nil {
		t.Fatal(err)
	}
	if ready.Checks["queue"] != "failed" || ready.Checks["database"] != "ok" || ready.Checks["migrations"] != "ok" {
		t.Errorf("/readyz says %s", body)
	}
	got := p.writer("").write(t, "没有队列也收信")
	p.terminate()
	if n := titles(t, dir)["没有队列也收信"]; n != 1 {
		t.Errorf("%d letters", n)
	}
	mustNotShow(t, "the log", p.log.String(), got.secret, "geheim")
}

func TestMetricsAreServedOnTheirOwnPortOnly(t *testing.T) {
	t.Parallel()
	p := serving(t, t.TempDir(), nil, "--metrics-listen", "127.0.0.1:0")
	var listen []string
	p.eventually("the log's word on where the metrics are", func() bool {
		listen = regexp.MustCompile(`"metrics","listen":"([^"]+)"`).FindStringSubmatch(p.log.String())
		return listen != nil
	})
	status, body := fetch(t, http.DefaultClient, http.MethodGet, "http://"+listen[1]+"/metrics", nil)
	for _, name := range []string{"mailbox_http_request_seconds_bucket", "go_goroutines"} {
		if status != http.StatusOK || !strings.Contains(body, name) {
			t.Errorf("status %d, no %s", status, name)
		}
	}
	if status, _ := p.get("/metrics"); status != http.StatusNotFound {
		t.Errorf("the pages answer /metrics with status %d", status)
	}
	p.terminate()
}

func TestServeRefusesToStartWhereItCannotWork(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // after the subtests; nobody is served
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"the port is taken":            {[]string{"--listen", taken.Addr().String()}, "MAILBOX_LISTEN: cannot listen on " + taken.Addr().String()},
		"no such port":                 {[]string{"--listen", "127.0.0.1:99999"}, "MAILBOX_LISTEN: cannot listen on"},
		"metrics for everybody":        {[]string{"--metrics-listen", "0.0.0.0:0"}, "MAILBOX_METRICS_LISTEN: it must be a loopback address"},
		"metrics for all of IPv6":      {[]string{"--metrics-listen", ":9090"}, "MAILBOX_METRICS_LISTEN: it must be a loopback address"},
		"metrics on a taken port":      {[]string{"--metrics-listen", taken.Addr().String()}, "MAILBOX_METRICS_LISTEN: cannot listen on"},
		"no such sender":               {[]string{"--mail-from", "nonsense"}, "MAILBOX_MAIL_FROM: it should be an e-mail address"},
		"a sender with a header in it": {[]string{"--mail-from", "a@example.org\r\nBcc: all@example.org"}, "MAILBOX_MAIL_FROM"},
		"no such mail server":          {[]string{"--smtp-url", "http://post:geheim@mail"}, "MAILBOX_SMTP_URL"},
		"an SMS gateway in the clear":  {[]string{"--sms-url", "http://city:geheim@sms.example.org/"}, "MAILBOX_SMS_URL"},
		"no such queue":                {[]string{"--redis-url", "http://office:geheim@redis"}, "MAILBOX_REDIS_URL"},
		"PostgreSQL is away":           {[]string{"--database-url", "postgres://office:geheim@" + closedPort(t) + "/mailbox"}, "MAILBOX_DATABASE_URL: the PostgreSQL database cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			status, text := mailbox(t, nil, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", dir}, c.args...)...)
			if status != 1 || !strings.Contains(text, c.want) || strings.Contains(text, "geheim") {
				t.Errorf("status %d, %s", status, text)
			}
			if firstPassword.MatchString(text) {
				t.Errorf("a password was shown, and nobody can use it: %s", text)
			}
		})
	}
}

// A limit on the size of files does what a full disk does: writing fails half way.
func TestAFullDiskRefusesTheLetterAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serving(t, dir, nil).terminate() // makes the database
	// In blocks of 512 bytes.
	limited := exec.Command("sh", "-c", `ulimit -f 2000; exec mailbox serve --listen 127.0.0.1:0 --data "$0"`, dir)
	p := launchCommand(t, trustUs, limited)
	p.waitOpen()
	shown := map[string]receipt{}
	var refusedTitle string
	var refusedForm url.Values
	for i := 0; refusedForm == nil; i++ {
		if i == 500 {
			t.Fatal("the disk does not get full")
		}
		w := p.writer(fmt.Sprintf("192.0.%d.%d", 2+i/200, i%200+1))
		title := fmt.Sprintf("第 %d 封信", i)
		form, err := w.letter(t.Context(), title)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.send(t.Context(), form)
		if err == nil {
			shown[title] = got
			continue
		}
		no, ok := errors.AsType[refusal](err)
		if !ok || no.status != http.StatusInternalServerError || !strings.Contains(no.page, "没有丢失") {
			t.Fatalf("%v\n%s", err, no.page)
		}
		refusedTitle, refusedForm = title, form
	}
	p.eventually("the log's word on what failed", func() bool { return strings.Contains(p.log.String(), `"request failed"`) })
	if status, _ := p.get("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz has status %d", status)
	}
	p.kill() // what a full disk may do to the rest of the machine

	p = serving(t, dir, trustUs)
	count := titles(t, dir)
	if count[refusedTitle] != 0 || len(count) != len(shown) {
		t.Errorf("%d letters, %d receipts; the refused one is there %d times", len(count), len(shown), count[refusedTitle])
	}
	w := p.writer("203.0.113.9")
	fresh, err := w.form(t.Context(), "/write")
	if err != nil {
		t.Fatal(err)
	}
	refusedForm.Set("csrf", fresh.Get("csrf"))
	got, err := w.send(t.Context(), refusedForm)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := cases.ParseNumber(got.number); err != nil {
		t.Errorf("the receipt shows %q: %v", got.number, err)
	}
	p.terminate()
	if n := titles(t, dir)[refusedTitle]; n != 1 {
		t.Errorf("%d letters after sending it again", n)
	}
	t.Logf("the disk was full after %d letters", len(shown))
}

func TestLongTheDemonstrationStartsOnceAndItsLogShowsNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serving(t, dir, nil, "--demo")
	logins := p.out.String()
	for _, role := range []string{"clerk", "handler", "leader", "supervisor", "administrator", "auditor"} {
		if !strings.Contains(logins, " "+role+" ") {
			t.Errorf("no login of a %s is printed", role)
		}
	}
	if path, _ := p.writer("").signIn(t, "clerk", demoPassword); path == "" {
		t.Error("the clerk cannot sign in with the printed password")
	}
	got := p.writer("").write(t, "演示中的一封信")
	p.terminate()
	letters := titles(t, dir)
	city := loadCity(t)
	var secrets []string
	for _, l := range city.Letters {
		for _, secret := range []string{l.Writer.Phone, l.Writer.Email} {
			if secret != "" {
				secrets = append(secrets, secret)
			}
		}
	}
	mustNotShow(t, "the log", p.log.String(), append(secrets, got.secret)...)

	p = serving(t, dir, nil, "--demo")
	without := openLine.ReplaceAllString(p.out.String(), "")
	if want := openLine.ReplaceAllString(logins, ""); without != want {
		t.Errorf("the second start says %s, the first %s", without, want)
	}
	p.terminate()
	again := titles(t, dir)
	if len(again) != len(letters) {
		t.Errorf("%d letters after the second start, %d before", len(again), len(letters))
	}
	mustNotShow(t, "the log", p.log.String(), secrets...)
}
