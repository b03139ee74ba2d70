package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
)

// listDepartments is among how many departments the cases of BenchmarkLists are.
const listDepartments = 200

// BenchmarkLists asks for every list of every desk and for searches, of a city with MAILBOX_BENCH_CASES cases (100,000)
// among 200 departments, through the pages. The target is a 99th percentile of 100 ms.
func BenchmarkLists(b *testing.B) {
	n := 100_000
	if text := os.Getenv("MAILBOX_BENCH_CASES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1000 {
			b.Fatalf("MAILBOX_BENCH_CASES is %q, want a number of cases from 1,000", text)
		}
	}
	for name, open := range map[string]func(testing.TB) *migrations.DB{"sqlite": testdb.SQLite, "postgresql": testdb.PostgreSQL} {
		b.Run(name, func(b *testing.B) { benchLists(b, open(b), n) })
	}
}

func benchLists(b *testing.B, db *migrations.DB, n int) {
	b.Helper()
	clock := &handClock{t: time.Date(2026, 11, 27, 11, 0, 0, 0, sla.Shanghai)}
	desk, pages := benchCity(b, db, clock.Now)
	fillLists(b, db, clock.Now(), n)
	began := time.Now()
	if done, err := desk.IndexCases(b.Context()); err != nil || done != n {
		b.Fatal(done, err)
	}
	b.Logf("%.0f cases indexed a second", float64(n)/time.Since(began).Seconds())
	if db.Dialect() == migrations.PostgreSQL {
		if _, err := db.Read.ExecContext(b.Context(), "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
	}
	directory := people.NewDirectory(db, clock.Now)
	cookies := map[string][]*http.Cookie{}
	for login, grant := range map[string]people.Grant{
		"clerk": {Role: people.Clerk}, "supervisor": {Role: people.Supervisor}, "department": {Role: people.Handler, Department: 7},
	} {
		account := people.NewAccount{Login: login, Name: "测试 " + login, Language: errs.ZH, Hash: passphraseHash, Grants: []people.Grant{grant}}
		if _, err := directory.AddAccount(b.Context(), account); err != nil {
			b.Fatal(err)
		}
		cookies[login] = signedIn(b, pages, login)
	}
	for _, of := range []struct {
		login string
		paths []string
	}{
		{"clerk", deskPages("/desk/office", "screening", "review", "reworks", "open", "overdue", "all")},
		{"department", deskPages("/desk/department", "department", "assisting", "replied", "answered")},
		{"supervisor", append(deskPages("/desk/supervision", "overdue", "extensions", "reworks", "orders", "cards", "open", "answered", "all"), "/desk/supervision")},
		{"clerk", searchPages},
		{"department", searchPages},
	} {
		for _, path := range of.paths {
			b.Run(of.login+"_"+strings.NewReplacer("/", "_", "?", "_").Replace(path), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					took = append(took, timePage(b, pages, path, cookies[of.login]))
				}
				slices.Sort(took)
				b.ReportMetric(milliseconds(took[0]), "least-ms") // on a busy machine the only one that says something
				b.ReportMetric(milliseconds(percentile(took, 50)), "median-ms")
				b.ReportMetric(milliseconds(percentile(took, 99)), "p99-ms")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// deskPages are each list of a desk: its first page, a far one, and narrowed.
func deskPages(base string, piles ...string) []string {
	var all []string
	for _, pile := range piles {
		all = append(all, base+"?pile="+pile, base+"?pile="+pile+"&page=20", base+"?pile="+pile+"&kind=help&channel=mailbox", base+"?pile="+pile+"&text="+url.QueryEscape("井盖"))
	}
	return all
}

// searchPages are searches of all sorts.
var searchPages = []string{
	"/search", "/search?page=20", "/search?words=" + url.QueryEscape("路灯"), "/search?words=" + url.QueryEscape("路灯 桃源小区"), "/search?words=" + url.QueryEscape("希望有关部门尽快处理"),
	"/search?words=" + url.QueryEscape("水"), "/search?words=" + url.QueryEscape("没有这样的词"), "/search?words=20261101", "/search?kind=help&state=closed", "/search?department=9&part=lead",
	"/search?department=9&words=" + url.QueryEscape("积水"), "/search?standing=overdue", "/search?standing=overdue&words=" + url.QueryEscape("路灯"), "/search?standing=answered&words=" + url.QueryEscape("电梯"),
	"/search?received_from=2026-01-01&received_through=2026-03-31&words=" + url.QueryEscape("路灯"), "/search?due_from=2026-05-01&due_through=2026-05-07", "/search?answered_from=2026-05-01&answered_through=2026-05-07&words=" + url.QueryEscape("路灯"),
	"/search?topic=" + url.QueryEscape("城乡建设"), "/search?district=" + url.QueryEscape("云东区") + "&words=" + url.QueryEscape("停车"),
}

func signedIn(b *testing.B, pages http.Handler, login string) []*http.Cookie {
	b.Helper()
	token := strings.Repeat("t", 43)
	form := url.Values{"csrf": {token}, "login": {login}, "password": {passphrase}}
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "http://mailbox.example.org/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.AddCookie(&http.Cookie{Name: "csrf", Value: token})
	w := httptest.NewRecorder()
	pages.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		b.Fatalf("signing in: %d\n%s", w.Code, w.Body)
	}
	response := w.Result()
	defer response.Body.Close()
	return response.Cookies()
}

func timePage(b *testing.B, pages http.Handler, path string, cookies []*http.Cookie) time.Duration {
	b.Helper()
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://mailbox.example.org"+path, nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	began := time.Now()
	pages.ServeHTTP(w, r)
	took := time.Since(began)
	if w.Code != http.StatusOK {
		b.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
	}
	return took
}

// listRow is a case as it stands in lists.
type listRow struct {
	bun.BaseModel `bun:"table:cases"`

	ID                                     int64
	Channel, Kind, Topic, District         string
	Title, Body                            string
	Salt                                   []byte
	State                                  string
	Version                                int64
	HeadHash                               []byte
	PolicyVersion                          int64
	ReceivedAt                             int64
	ReceivedDay                            string
	DueAt, DueUnextendedAt                 int64
	ScreenedAt, RoutedAt                   int64 `bun:",nullzero"`
	LeadID                                 int64 `bun:",nullzero"`
	DepartmentDueAt, RepliedAt, AnsweredAt int64 `bun:",nullzero"`
	AnsweredByID, ClosedAt                 int64 `bun:",nullzero"`
	ReturnedAt, YellowAt, ExtensionAt      int64 `bun:",nullzero"`
	Extension, Rework                      string
	ReworkAskedAt                          int64 `bun:",nullzero"`
	ExtensionDays                          int64
	ChangedAt                              int64
}

// aListRow invents a case: nine of ten are done, the newest thirtieth is open, and of that a third waits for the office.
func aListRow(id, n int64, now time.Time) listRow {
	const day = 24 * 3600
	begin := now.AddDate(-3, 0, 0).Unix()
	received := begin + id*(now.Unix()-begin)/(n+1)
	subject, place := subjects[id*31%int64(len(subjects))], places[id*17%int64(len(places))]
	r := listRow{
		ID: id, Channel: []string{"mailbox", "hotline", "consult"}[id%3], Kind: []string{"complaint", "help", "consultation", "suggestion"}[id*7%4], Topic: []string{"城乡建设 / 城市管理", "社会保障", "交通运输 / 公交"}[id%3],
		District: []string{"云东区", "云西区"}[id%2], Title: fmt.Sprintf("%s%d号附近的%s问题", place, id%997, subject),
		Body: strings.Repeat(fmt.Sprintf("我住在%s，%s的事情反映过%d次，希望有关部门尽快处理。", place, subject, id%9+1), 5),
		Salt: []byte{1}, Version: 4, HeadHash: []byte{1}, PolicyVersion: 1, ReceivedAt: received, ReceivedDay: time.Unix(received, 0).In(sla.Shanghai).Format(time.DateOnly),
		DueAt: received + 2*day, DueUnextendedAt: received + 2*day, ChangedAt: received,
	}
	open := id > n-n/30
	if open && id%3 == 0 {
		if r.State = "received"; id%2 == 0 {
			r.State, r.ScreenedAt = "screened", received+3600
			if id%4 == 0 {
				r.ReturnedAt = received + 7200
			}
		}
		return r
	}
	r.ScreenedAt, r.RoutedAt, r.LeadID, r.DepartmentDueAt = received+3600, received+7200, 1+id*31%listDepartments, received+2*day
	if open {
		switch r.State = []string{"routed", "acknowledged", "replied"}[id%7%3]; {
		case r.State == "replied":
			r.RepliedAt = received + 9000
		case id%5 == 0:
			r.YellowAt = received + 3*day
		case id%5 == 1:
			r.Extension, r.ExtensionDays, r.ExtensionAt, r.DueAt, r.DueUnextendedAt = "asked", 2, received+8000, now.Unix()+day, now.Unix()+day
		}
		return r
	}
	r.State, r.RepliedAt, r.AnsweredAt, r.AnsweredByID = "closed", received+day, received+day+id*7919%(2*day), r.LeadID
	switch {
	case id%40 == 0:
		r.State = "answered"
	case id%50 == 0:
		r.State, r.AnsweredAt, r.RepliedAt = "declined", 0, 0
	case id > n-n/10 && id%90 == 1:
		r.State, r.Rework, r.ReworkAskedAt = "answered", "asked", received+4*day
	}
	return r
}

type listReply struct {
	bun.BaseModel `bun:"table:replies"`

	CaseID, Round, DepartmentID int64
	Body, Status                string
	HandedInAt, AnsweredAt      int64
}

type listAssist struct {
	bun.BaseModel `bun:"table:assists"`

	CaseID, DepartmentID, AskedAt, DueAt int64
	ContributedAt                        int64 `bun:",nullzero"`
}

// fillLists writes n cases of the last three years, with their replies, who assists and what is ordered.
func fillLists(b *testing.B, db *migrations.DB, now time.Time, n int) {
	b.Helper()
	const batch = 500
	err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for id := 1; id <= listDepartments; id++ {
			if _, err := tx.ExecContext(ctx, "INSERT INTO departments (id, code, name, created_at) VALUES (?, ?, ?, 0)", id, fmt.Sprint("d", id), fmt.Sprint("部门", id)); err != nil {
				return err
			}
		}
		return nil
	})
	for from := 1; from <= n && err == nil; from += batch {
		err = db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			var rows []listRow
			var replies []listReply
			assists := []listAssist{}
			for id := from; id < min(from+batch, n+1); id++ {
				r := aListRow(int64(id), int64(n), now)
				rows = append(rows, r)
				if r.AnsweredAt != 0 {
					text := strings.Repeat("您反映的事项，经核实"+deeds[id*13%len(deeds)]+"，感谢您的监督。", 4)
					replies = append(replies, listReply{CaseID: r.ID, Round: 1, DepartmentID: r.LeadID, Body: text, Status: "answered", HandedInAt: r.RepliedAt, AnsweredAt: r.AnsweredAt})
				}
				if id%20 == 0 && r.LeadID != 0 {
					a := listAssist{CaseID: r.ID, DepartmentID: 1 + (r.LeadID+3)%listDepartments, AskedAt: r.RoutedAt, DueAt: r.DueAt}
					if r.AnsweredAt != 0 {
						a.ContributedAt = r.RoutedAt + 600
					}
					assists = append(assists, a)
				}
			}
			for _, model := range []any{&rows, &replies, &assists} {
				if p, ok := model.(*[]listReply); ok && len(*p) == 0 {
					continue
				}
				if p, ok := model.(*[]listAssist); ok && len(*p) == 0 {
					continue
				}
				if _, err := tx.NewInsert().Model(model).Exec(ctx); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO orders (case_id, department_id, issued_at, due_at, body)
				SELECT id, lead_id, routed_at, due_at, '请说明' FROM cases WHERE id >= ? AND id < ? AND id % 31 = 0 AND state IN ('routed', 'acknowledged')`, from, from+batch)
			return err
		})
	}
	if err != nil {
		b.Fatal(err)
	}
}
