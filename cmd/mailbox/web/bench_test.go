package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/cmd/mailbox/web"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// submitters is how many people send a letter at the same time.
const submitters = 32

// BenchmarkSubmitOverHTTP sends letters through everything that a person's letter passes: the connection,
// the form's token, the check, the transaction with case, facts, event, contact and receipt notice, and
// the session that keeps the receipt. It reports letters a second and the 99th percentile of one letter.
func BenchmarkSubmitOverHTTP(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *migrations.DB{"sqlite": testdb.SQLite, "postgresql": testdb.PostgreSQL} {
		b.Run(name, func(b *testing.B) { benchSubmit(b, open(b)) })
	}
}

func benchSubmit(b *testing.B, db *migrations.DB) {
	b.Helper()
	_, pages := benchCity(b, db, time.Now)
	server := httptest.NewServer(pages)
	b.Cleanup(server.Close)
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: submitters},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var next atomic.Int64
	times := make([][]time.Duration, submitters)
	b.ResetTimer()
	var all sync.WaitGroup
	for i := range submitters {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				began := time.Now()
				if err := sendLetter(b, client, server.URL, n); err != nil {
					b.Error(err)
					return
				}
				times[i] = append(times[i], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	spent := slices.Concat(times...)
	slices.Sort(spent)
	if len(spent) > 0 {
		b.ReportMetric(float64(spent[(len(spent)*99+99)/100-1].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(spent[len(spent)/2].Microseconds())/1000, "median-ms")
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
}

func sendLetter(b *testing.B, client *http.Client, address string, n int64) error {
	b.Helper()
	token := strings.Repeat("t", 43)
	form := url.Values{
		"csrf": {token}, "key": {fmt.Sprint("form-", n)}, "kind": {"complaint"},
		"title": {"小区二次供水水箱长期未清洗"}, "body": {strings.Repeat("水龙头出来的水发黄，请有关部门查一查。", 8)},
		"name": {"周小禾"}, "phone": {"13900001234"}, "email": {"zhou@example.org"}, "consent": {"yes"}, "copy": {"yes"},
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address+"/write", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.AddCookie(&http.Cookie{Name: "csrf", Value: token})
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/receipt" {
		return fmt.Errorf("status %d to %q: %s", response.StatusCode, response.Header.Get("Location"), body)
	}
	return nil
}

// benchCity is a city on a database whose limits hold no bench back: its desk, and its pages.
func benchCity(b *testing.B, db *migrations.DB, clock func() time.Time) (*cases.Desk, http.Handler) {
	b.Helper()
	directory := people.NewDirectory(db, clock)
	keys, err := seal.Open(filepath.Join(b.TempDir(), "keys.json"))
	if err != nil {
		b.Fatal(err)
	}
	desk, err := cases.NewDesk(b.Context(), cases.Config{
		DB: db, Directory: directory, Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai), Clock: clock,
		City: "云湘市", PublicURL: "http://mailbox.example.org", PerContact: 1 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	config := web.Config{
		Desk: desk, Directory: directory, Sessions: people.NewSessions(db, clock), Keys: keys, Report: report.New(db, sla.Shanghai), DB: db,
		Clock: clock, Log: slog.New(slog.DiscardHandler), City: "云湘市", PublicURL: "http://mailbox.example.org",
	}
	wideOpen(&config)
	config.Work = 0
	pages, err := web.New(config)
	if err != nil {
		b.Fatal(err)
	}
	return desk, pages.Handler()
}
