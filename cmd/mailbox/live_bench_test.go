package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// livePages are as many desks as are open in a large city at once; a browser holds up to livePerPerson of them.
const (
	livePages     = 1000
	livePerPerson = 5
)

// BenchmarkLive opens a thousand desks at a running program, as browsers do, and has one letter come in: how long
// until the last desk has been told, from the press on the clerk's button, and by how much the program has grown.
func BenchmarkLive(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "mailbox")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	command := exec.CommandContext(b.Context(), program, "serve", "--demo", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"), "--language", "en")
	command.Env = append(os.Environ(), "MAILBOX_TRUSTED_PROXIES=127.0.0.1")
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		_, address, _ = strings.Cut(lines.Text(), "open: ")
	}
	d := &desks{b: b, address: address, told: make(chan int, 10*livePages)}
	clerk := d.signIn(0)
	sessions := make([]*http.Client, livePages/livePerPerson)
	for person := range sessions {
		sessions[person] = d.signIn(person + 1) // each takes 19 MiB for a moment, which is no matter of open desks
	}
	before := resident(b, command.Process.Pid)
	for _, session := range sessions {
		for range livePerPerson {
			d.open(session)
		}
	}
	d.record(clerk, "prime")
	d.allTold() // the first news finds everybody there
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		d.record(clerk, fmt.Sprint("letter-", len(times)))
		d.allTold()
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)-1].Milliseconds()), "slowest-ms")
	b.ReportMetric(resident(b, command.Process.Pid)-before, "growth-MiB")

	began := time.Now()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		b.Error(err)
	}
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "stop-ms")
}

// desks are many people's browsers.
type desks struct {
	b       *testing.B
	address string
	desks   int
	told    chan int // which desk has been told
}

// allTold waits until every desk has been told.
func (d *desks) allTold() {
	seen := make([]bool, d.desks)
	for missing := d.desks; missing > 0; {
		if desk := <-d.told; !seen[desk] {
			seen[desk] = true
			missing--
		}
	}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// signIn signs the clerk in from an address of their own.
func (d *desks) signIn(person int) *http.Client {
	d.b.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.b.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &from{fmt.Sprintf("198.51.%d.%d", 100+person/200, 1+person%200)}}
	d.post(client, "/sign-in", url.Values{"login": {"clerk"}, "password": {"letters to the mayor"}})
	return client
}

// from asks as somebody behind a proxy.
type from struct{ address string }

func (f *from) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("X-Forwarded-For", f.address)
	return http.DefaultTransport.RoundTrip(r)
}

func (d *desks) post(client *http.Client, path string, form url.Values) {
	d.b.Helper()
	page := d.ask(client, http.MethodGet, path, nil)
	found := csrfField.FindStringSubmatch(page)
	if found == nil {
		d.b.Fatalf("%s has no form", path)
	}
	form.Set("csrf", found[1])
	d.ask(client, http.MethodPost, path, form)
}

func (d *desks) ask(client *http.Client, method, path string, form url.Values) string {
	d.b.Helper()
	r, err := http.NewRequestWithContext(d.b.Context(), method, d.address+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.b.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := client.Do(r)
	if err != nil {
		d.b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		d.b.Fatalf("%s %s: %s, %v\n%s", method, path, response.Status, err, body)
	}
	return string(body)
}

func (d *desks) record(clerk *http.Client, key string) {
	d.b.Helper()
	d.post(clerk, "/desk/letters/new", url.Values{
		"channel": {"hotline"}, "kind": {"complaint"}, "title": {"路灯不亮 " + key}, "body": {"小区门口的路灯不亮。"},
		"name": {"周小禾"}, "phone": {"13900001234"}, "key": {key},
	})
}

// open opens one desk, over a bare line: a client's own buffers are not what is measured.
func (d *desks) open(session *http.Client) {
	d.b.Helper()
	at, err := url.Parse(d.address)
	if err != nil {
		d.b.Fatal(err)
	}
	line, err := (&net.Dialer{}).DialContext(d.b.Context(), "tcp", at.Host)
	if err != nil {
		d.b.Fatal(err)
	}
	d.b.Cleanup(func() { _ = line.Close() }) // it may be over
	var cookies []string
	for _, cookie := range session.Jar.Cookies(at) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	request := "GET /desk/events HTTP/1.1\r\nHost: " + at.Host + "\r\nAccept: text/event-stream\r\nCookie: " + strings.Join(cookies, "; ") + "\r\n\r\n"
	if _, err := line.Write([]byte(request)); err != nil {
		d.b.Fatal(err)
	}
	lines := bufio.NewScanner(line)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "retry:") {
		if strings.HasPrefix(lines.Text(), "HTTP/1.1 ") && !strings.HasSuffix(lines.Text(), "200 OK") {
			d.b.Fatal(lines.Text())
		}
	}
	desk := d.desks
	d.desks++
	go func() {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data:") {
				d.told <- desk
			}
		}
	}()
}
