package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
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

func (c *handClock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

func (c *handClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// at reads a local time of the city.
func at(local string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", local, sla.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// thursday is in an ordinary week; a letter of that day is due on Monday night.
var (
	thursday = at("2026-03-05 10:00:00")
	dueThen  = at("2026-03-09 23:59:59")
	// morningAfter is when the staff may be told of it.
	morningAfter = at("2026-03-10 09:00:01")
)

// mailbag is a sender that remembers what it was given, by Message-ID.
type mailbag struct {
	mu     sync.Mutex
	got    map[string]int
	before func() // called before a message is taken, if set
}

func (b *mailbag) Send(_ context.Context, m notify.Message) error {
	if b.before != nil {
		b.before()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[m.ID]++
	return nil
}

// counts says how many messages there were and how many came more than once.
func (b *mailbag) counts() (messages, repeated int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, n := range b.got {
		messages++
		if n > 1 {
			repeated++
		}
	}
	return messages, repeated
}

// city is a small city for tests: three departments with a mailbox each, one supervisor.
type city struct {
	db      *migrations.DB
	clock   *handClock
	leads   []int64
	keyFile string
}

const departments = 3

func newCity(tb testing.TB, db *migrations.DB) *city {
	tb.Helper()
	c := &city{db: db, clock: &handClock{t: thursday}, keyFile: filepath.Join(tb.TempDir(), "keys.json")}
	directory := people.NewDirectory(db, c.clock.Now)
	for i := range departments {
		id, err := directory.AddDepartment(tb.Context(), people.Department{
			Code: fmt.Sprintf("D%d", i), Name: fmt.Sprintf("第%d局", i), Email: fmt.Sprintf("d%d@example.org", i),
		})
		if err != nil {
			tb.Fatal(err)
		}
		c.leads = append(c.leads, id)
	}
	_, err := directory.AddAccount(tb.Context(), people.NewAccount{
		Login: "supervisor", Name: "督查", Email: "supervisor@example.org", Language: errs.ZH,
		Password: "a long enough passphrase", Grants: []people.Grant{{Role: people.Supervisor}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// process is what one process of the program has of all this.
type process struct {
	*Alarms
	desk       *cases.Desk
	connection *Connection
	bag        *mailbag
}

// process starts nothing; Run does. every is the pause between its sweeps.
func (c *city) process(tb testing.TB, redisURL string, every time.Duration) *process {
	tb.Helper()
	p, err := newProcess(tb.Context(), c.db, c.clock.Now, c.keyFile, redisURL, every)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.connection.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

func newProcess(ctx context.Context, db *migrations.DB, clock func() time.Time, keyFile, redisURL string, every time.Duration) (*process, error) {
	keys, err := seal.Open(keyFile)
	if err != nil {
		return nil, err
	}
	connection, err := Connect(redisURL)
	if err != nil {
		return nil, err
	}
	log, metrics := slog.New(slog.DiscardHandler), NewMetrics(nil)
	queue := NewQueue(connection, clock, log, metrics)
	desk, err := cases.NewDesk(ctx, cases.Config{
		PerContact: 1 << 30, // these letters all come from a few invented people
		DB:         db, Directory: people.NewDirectory(db, clock), Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai),
		Clock: clock, Wake: queue.Wake, City: "云湘市", PublicURL: "https://mailbox.example.org",
	})
	if err != nil {
		return nil, err
	}
	bag := &mailbag{got: map[string]int{}}
	delivery, err := notify.NewDelivery(notify.DeliveryConfig{
		DB: db, Senders: map[string]notify.Sender{notify.Email: bag}, Addresses: desk, Clock: clock, Log: log,
		From: notify.Address{Name: "市长信箱", Email: "mailbox@example.org"}, PublicHost: "mailbox.example.org",
	})
	if err != nil {
		return nil, err
	}
	alarms, err := New(Config{
		Queue: queue, Desk: desk, Delivery: delivery, Sessions: people.NewSessions(db, clock),
		Log: log, Metrics: metrics, Every: every,
	})
	if err != nil {
		return nil, err
	}
	return &process{Alarms: alarms, desk: desk, connection: connection, bag: bag}, nil
}

// run runs the process until stop is called or the test ends; stop returns what Run returned.
func (p *process) run(t *testing.T) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	eventually(t, "the first sweep", func() bool { return value(p.Metrics.lastSweep) > 0 })
	return stop
}

// receive takes a letter in.
func (c *city) receive(tb testing.TB, p *process) cases.ID {
	tb.Helper()
	r, err := p.desk.Submit(tb.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "complaint", Title: "路灯不亮", Body: "门前的路灯坏了三天，请派人修理。", Language: errs.ZH,
		Writer: cases.Contact{Name: "周小禾", Email: "zhou@example.org"},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return r.ID
}

// submit takes a letter in and routes it to a department.
func (c *city) submit(tb testing.TB, p *process, lead int64) cases.ID {
	tb.Helper()
	id := c.receive(tb, p)
	clerk := people.Actor{Grants: []people.Grant{{Role: people.Clerk}}}
	if _, err := p.desk.Route(tb.Context(), clerk, id, cases.AnyVersion, lead); err != nil {
		tb.Fatal(err)
	}
	return id
}

// crowd puts n routed cases into the database that were received on Thursday and are all due at due,
// spread over the departments.
func (c *city) crowd(tb testing.TB, n int, due time.Time) {
	tb.Helper()
	c.crowdOf(tb, n, due, departments)
}

// crowdOf is crowd for so many departments.
func (c *city) crowdOf(tb testing.TB, n int, due time.Time, leads int) {
	tb.Helper()
	c.insert(tb, n, due, cases.Routed, nil, leads)
}

func (c *city) insert(tb testing.TB, n int, due time.Time, state cases.State, answered any, leads int) {
	tb.Helper()
	var alarm any // as the verbs set it
	if state.Open() {
		alarm = due.Unix()
	}
	series := "generate_series(1, ?) AS i"
	if c.db.Dialect() == migrations.SQLite {
		series = "(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ?) SELECT i FROM s) AS g"
	}
	c.exec(tb, `INSERT INTO cases (channel, kind, title, body, salt, state, version, head_hash, policy_version,
			received_at, received_day, due_at, due_unextended_at, routed_at, lead_id, department_due_at,
			answered_at, close_due_at, changed_at, alarm_at, due_edition, department_edition, settled_edition,
			born_channel, born_kind)
		SELECT 'mailbox', 'complaint', '路灯不亮', '门前的路灯坏了三天。', ?, ?, 1, ?, 1,
			?, '2026-03-05', ?, ?, ?, (SELECT min(id) FROM departments) + i % ?, ?, ?, ?, ?, ?, 1, 1, 1, 'mailbox', 'complaint'
		FROM `+series,
		[]byte("salt"), state, []byte("head"), thursday.Unix(), due.Unix(), due.Unix(), thursday.Unix(),
		leads, due.Unix(), answered, thursday.AddDate(1, 0, 0).Unix(), thursday.Unix(), alarm, n)
}

func (c *city) exec(tb testing.TB, query string, args ...any) {
	tb.Helper()
	err := c.db.InTx(tb.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(ctx)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func (c *city) count(tb testing.TB, what string, args ...any) int {
	tb.Helper()
	var n int
	if err := c.db.Read.NewRaw("SELECT count(*) FROM "+what, args...).Scan(tb.Context(), &n); err != nil {
		tb.Fatal(err)
	}
	return n
}

func (c *city) marked(tb testing.TB) int {
	tb.Helper()
	return c.count(tb, "cases WHERE overdue_noticed_at IS NOT NULL")
}

// wantEachMarkedOnce checks n overdue cases: an event each, and one notice per department and one to
// supervision for the instant.
func (c *city) wantEachMarkedOnce(t *testing.T, n int) {
	t.Helper()
	for _, check := range []struct {
		what string
		want int
	}{
		{"cases WHERE overdue_noticed_at IS NOT NULL", n},
		{"events WHERE verb = 'mark_overdue'", n},
		{"(SELECT DISTINCT case_id FROM events WHERE verb = 'mark_overdue') AS each_case", n},
		{"notices WHERE kind = 'overdue'", min(n, departments)},
		{"(SELECT DISTINCT department_id FROM notices WHERE kind = 'overdue') AS each_department", min(n, departments)},
		{"notices WHERE kind = 'overdue_city'", 1},
	} {
		if got := c.count(t, check.what); got != check.want {
			t.Errorf("%d %s, want %d", got, check.what, check.want)
		}
	}
}

// patienceOfTests is long because the machine may be busy; nothing waits that long when all is well.
const patienceOfTests = 40 * time.Second

// eventually waits until a condition holds, which must come true by what others do.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	limit := time.NewTimer(patienceOfTests)
	defer limit.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-limit.C:
			t.Fatalf("%s did not come within %s", what, patienceOfTests)
		}
	}
}

// value reads a counter or a gauge.
func value(m prometheus.Metric) float64 {
	var out dto.Metric
	if err := m.Write(&out); err != nil {
		panic(err)
	}
	return out.GetCounter().GetValue() + out.GetGauge().GetValue()
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
