package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// What the load is: so many requests a second for so long, and letters coming in meanwhile.
const (
	loadRate    = 1000
	loadLetters = 100
	loadTime    = 20 * time.Second
)

// BenchmarkPublicLoad asks a city with 100,000 published letters for home, board, list, search and tracking a
// thousand times a second, as they come: each at its own instant, whether or not those before are answered. What it
// reports is from that instant to the last byte, over connections, with the asking program on the same cores.
func BenchmarkPublicLoad(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *migrations.DB{"sqlite": testdb.SQLite, "postgresql": testdb.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			l := newLoad(b, open(b))
			b.Run("read", func(b *testing.B) { l.run(b, 0) })
			b.Run("read_and_write", func(b *testing.B) { l.run(b, loadLetters) })
		})
	}
}

type load struct {
	address string
	client  *http.Client
	passes  []*http.Cookie // of letters that are followed
	letters int64
}

func newLoad(b *testing.B, db *migrations.DB) *load {
	b.Helper()
	desk, pages := benchCity(b, db, time.Now)
	fillLetters(b, db, time.Now())
	fillPublished(b, db)
	if _, err := desk.IndexPublications(b.Context()); err != nil {
		b.Fatal(err)
	}
	if db.Dialect() == migrations.PostgreSQL {
		for _, statement := range []string{fmt.Sprintf("SELECT setval(pg_get_serial_sequence('cases', 'id'), %d)", boardLetters), "VACUUM ANALYZE"} {
			if _, err := db.Read.ExecContext(b.Context(), statement); err != nil {
				b.Fatal(err)
			}
		}
	}
	server := httptest.NewServer(pages)
	b.Cleanup(server.Close)
	l := &load{address: server.URL, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 512},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}}
	for range 50 {
		l.passes = append(l.passes, l.passOf(b))
	}
	for n := range 4 * len(wanted) { // the first minute's figures are there, as in any minute but a program's first
		_, r := l.page(b.Context(), n)
		response, err := l.client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_ = response.Body.Close()
	}
	return l
}

// passOf sends a letter and gives what its writer's browser follows it with.
func (l *load) passOf(b *testing.B) *http.Cookie {
	b.Helper()
	response, err := l.client.Do(l.letter(b.Context()))
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	for _, cookie := range response.Cookies() {
		if cookie.Name == "letter" {
			return cookie
		}
	}
	b.Fatal("no pass: status", response.StatusCode)
	return nil
}

func (l *load) letter(ctx context.Context) *http.Request {
	l.letters++
	token := strings.Repeat("t", 43)
	form := url.Values{
		"csrf": {token}, "key": {fmt.Sprint("form-", l.letters)}, "kind": {"complaint"},
		"title": {fmt.Sprintf("第%d号楼二次供水水箱长期未清洗", l.letters)}, "body": {strings.Repeat("水龙头出来的水发黄，请有关部门查一查。", 8)},
		"name": {"周小禾"}, "phone": {fmt.Sprintf("139%08d", l.letters)}, "email": {fmt.Sprintf("zhou%d@example.org", l.letters)}, "consent": {"yes"}, "copy": {"yes"},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.address+"/write", strings.NewReader(form.Encode()))
	if err != nil {
		panic(err) // the address is a server's own
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "csrf", Value: token})
	return r
}

// wanted are the pages, in turn.
var wanted = []string{"home", "board", "list", "search", "track"}

func (l *load) page(ctx context.Context, n int) (string, *http.Request) {
	what := wanted[n%len(wanted)]
	path := map[string]string{
		"home": "/", "board": "/board", "list": fmt.Sprintf("/letters?page=%d", 1+n/5%20),
		"search": "/letters?words=" + url.QueryEscape(subjects[n/5%len(subjects)]), "track": "/track/letter",
	}[what]
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.address+path, nil)
	if err != nil {
		panic(err)
	}
	if what == "track" {
		r.AddCookie(l.passes[n/5%len(l.passes)])
	}
	return what, r
}

func (l *load) run(b *testing.B, letters int) {
	b.Helper()
	for b.Loop() {
		var mu sync.Mutex
		took, bad := map[string][]time.Duration{}, map[string]int{}
		ask := func(what string, r *http.Request, due time.Time, want int) {
			response, err := l.client.Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close() // it was only read
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil || response.StatusCode != want {
				bad[what]++
				return
			}
			took[what] = append(took[what], time.Since(due))
		}
		var all sync.WaitGroup
		begin := time.Now()
		total := int(loadTime.Seconds()) * loadRate
		for n := range total {
			due := begin.Add(time.Duration(n) * time.Second / loadRate)
			time.Sleep(time.Until(due)) //nolint:forbidigo // the pace of the load is what is measured
			what, r := l.page(b.Context(), n)
			all.Go(func() { ask(what, r, due, http.StatusOK) })
			if letters > 0 && n%(loadRate/letters) == 0 {
				r := l.letter(b.Context())
				all.Go(func() { ask("letter", r, due, http.StatusSeeOther) })
			}
		}
		all.Wait()
		b.ReportMetric(float64(total)/time.Since(begin).Seconds(), "requests/s")
		var every []time.Duration
		for what, times := range took {
			slices.Sort(times)
			b.ReportMetric(milliseconds(percentile(times, 99)), what+"-p99-ms")
			if what != "letter" {
				every = append(every, times...)
			}
		}
		slices.Sort(every)
		b.ReportMetric(milliseconds(percentile(every, 50)), "median-ms")
		b.ReportMetric(milliseconds(percentile(every, 99)), "p99-ms")
		for what, n := range bad {
			b.Errorf("%s: %d were not answered as they should", what, n)
		}
	}
}

// percentile is by nearest rank.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// What the published letters are about, where, and what was done.
var (
	subjects = []string{"水箱", "路灯", "公交", "噪声", "医保", "落户", "学位", "积水", "电梯", "停车", "油烟", "垃圾清运", "井盖", "供暖", "社保转移"}
	places   = []string{"桃源小区", "云东路", "建设路", "滨河公园", "南门市场", "学府街", "城北新村", "望江苑"}
	deeds    = []string{"已派人查看", "已督促整改", "列入明年计划", "已答复办理条件", "已修复", "正在招标"}
)

type publishedRow struct {
	bun.BaseModel `bun:"table:publications"`

	ID, CaseID             int64
	Title, Body, Answer    string
	Kind, Topic            string
	DepartmentID           int64
	ReceivedDay            string
	AnsweredDay            string
	PublishedAt, ChangedAt int64
}

// fillPublished publishes all letters of fillLetters, each of some four hundred characters.
func fillPublished(b *testing.B, db *migrations.DB) {
	b.Helper()
	err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for from := int64(1); from <= boardLetters; from += 500 {
			var rows []publishedRow
			for id := from; id < from+500; id++ {
				subject, place, deed := subjects[id*31%int64(len(subjects))], places[id*17%int64(len(places))], deeds[id*13%int64(len(deeds))]
				rows = append(rows, publishedRow{
					ID: id, CaseID: id, Title: fmt.Sprintf("%s%d号附近的%s问题", place, id%997, subject),
					Body:   strings.Repeat(fmt.Sprintf("我住在%s，%s的事情反映过%d次，希望有关部门尽快处理。", place, subject, id%9+1), 5),
					Answer: strings.Repeat(fmt.Sprintf("您反映的%s%s一事，经核实，%s，感谢您的监督。", place, subject, deed), 4),
					Kind:   []string{"complaint", "help", "consultation", "suggestion"}[id%4], Topic: "城乡建设 / 城市管理", DepartmentID: 1 + id%50,
					ReceivedDay: fmt.Sprintf("2026-%02d-10", id%11+1), AnsweredDay: fmt.Sprintf("2026-%02d-12", id%11+1), PublishedAt: 1_748_800_000 + id, ChangedAt: 1_748_800_000 + id,
				})
			}
			if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
