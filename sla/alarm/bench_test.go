package alarm

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
)

// benchCases is how many open cases the database of a benchmark holds, and benchDue how many of them are due
// at the same second; MAILBOX_BENCH_CASES and MAILBOX_BENCH_DUE say otherwise. The targets are for 1,000,000
// and 100,000, which takes some minutes to fill.
const (
	benchCases       = 200_000
	benchDue         = 100_000
	benchDepartments = 200
)

func fromEnvironment(b *testing.B, name string, preset int) int {
	b.Helper()
	text, ok := os.LookupEnv(name)
	if !ok {
		return preset
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// each runs a benchmark on PostgreSQL with a Redis of its own, and on what the embedded default has.
func benchmarkEach(b *testing.B, run func(b *testing.B, db *migrations.DB, redis *redisServer)) {
	b.Helper()
	b.Run("postgresql", func(b *testing.B) { run(b, testdb.PostgreSQL(b), startRedis(b)) })
	b.Run("sqlite", func(b *testing.B) { run(b, testdb.SQLite(b), nil) })
}

func (s *redisServer) urlOrNone() string {
	if s == nil {
		return ""
	}
	return s.url()
}

// million fills the database with open cases that are due later than the benchmark looks, of 200 departments.
func (c *city) million(b *testing.B, n int) {
	b.Helper()
	c.more(b, benchDepartments)
	c.crowdOf(b, n, dueThen.AddDate(0, 0, 30), benchDepartments)
	c.analyse(b)
}

// more adds departments up to n in all.
func (c *city) more(b *testing.B, n int) {
	b.Helper()
	for i := len(c.leads); i < n; i++ {
		c.exec(b, "INSERT INTO departments (code, name, email, created_at) VALUES (?, ?, ?, 0)",
			"B"+strconv.Itoa(i), "第"+strconv.Itoa(i)+"单位", "b"+strconv.Itoa(i)+"@example.org")
		c.leads = append(c.leads, int64(i))
	}
}

func (c *city) analyse(b *testing.B) {
	b.Helper()
	statement := "ANALYZE"
	if c.db.Dialect() == migrations.PostgreSQL {
		if _, err := c.db.Read.ExecContext(b.Context(), "VACUUM ANALYZE cases"); err != nil {
			b.Fatal(err)
		}
		return
	}
	c.exec(b, statement)
}

// BenchmarkElapse measures from the second at which 100,000 cases become overdue to the last mark, event and
// notice, with two workers, while readers open the lists of departments. Reported beside: cases a second, and
// the readers' 99th percentile meanwhile.
func BenchmarkElapse(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, db *migrations.DB, redis *redisServer) {
		due := fromEnvironment(b, "MAILBOX_BENCH_DUE", benchDue)
		c := newCity(b, db)
		workers := []*process{c.process(b, redis.urlOrNone(), seldom)}
		if redis != nil {
			workers = append(workers, c.process(b, redis.urlOrNone(), seldom))
		}
		c.million(b, fromEnvironment(b, "MAILBOX_BENCH_CASES", benchCases)-due)
		ctx, stop := context.WithCancel(b.Context())
		var running sync.WaitGroup
		for _, p := range workers {
			running.Go(func() {
				if err := p.Run(ctx); err != nil {
					b.Error(err)
				}
			})
		}
		marked := func() float64 {
			n := 0.0
			for _, p := range workers {
				n += value(p.Metrics.overdue)
			}
			return n
		}
		instant := dueThen
		var waits []time.Duration
		for b.Loop() {
			b.StopTimer()
			c.clock.Set(instant)
			c.crowdOf(b, due, instant, benchDepartments)
			c.analyse(b)
			before := marked()
			c.clock.Set(instant.Add(time.Second))
			reading := c.readers(b, workers[0].desk)
			b.StartTimer()
			for _, p := range workers {
				p.Queue.Wake(b.Context(), cases.Wakeup{Due: instant})
			}
			// The alarm is one task; the other worker comes by its sweep.
			if len(workers) > 1 {
				running.Go(func() { _ = workers[1].Sweep(ctx) })
			}
			for look := time.NewTicker(5 * time.Millisecond); marked() < before+float64(due); {
				<-look.C
			}
			b.StopTimer()
			waits = append(waits, reading()...)
			instant = instant.Add(time.Minute)
			b.StartTimer()
		}
		stop()
		running.Wait()
		b.ReportMetric(float64(due)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
		slices.Sort(waits)
		b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "readers-p99-ms")
		if n, want := c.count(b, "events WHERE verb = 'mark_overdue'"), due*b.N; n < want {
			b.Fatalf("%d events for %d cases", n, want)
		}
	})
}

// readers open the desks of departments, one after another, until the returned function is called, which
// gives how long each took.
func (c *city) readers(b *testing.B, desk *cases.Desk) (stop func() []time.Duration) {
	b.Helper()
	var done atomic.Bool
	var mu sync.Mutex
	var all []time.Duration
	var group sync.WaitGroup
	for i := range 2 {
		group.Go(func() {
			page := time.NewTicker(100 * time.Millisecond) // a person reads what is on the page
			defer page.Stop()
			for n := i; !done.Load(); n++ {
				<-page.C
				actor := people.Actor{Grants: []people.Grant{{Role: people.Handler, Department: c.leads[n%benchDepartments]}}}
				began := time.Now()
				items, _, err := desk.List(b.Context(), actor, cases.Query{Pile: cases.PileDepartment, Limit: 50})
				listed := time.Now()
				if err == nil {
					_, err = desk.Look(b.Context(), actor, items[n%len(items)].ID)
				}
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				all = append(all, listed.Sub(began), time.Since(listed))
				mu.Unlock()
			}
		})
	}
	return func() []time.Duration {
		done.Store(true)
		group.Wait()
		return all
	}
}

// BenchmarkSweepThatFindsNothing measures the sweep of a city with a million open cases in which nothing is
// due, with its alarms armed. Reported beside: what Redis and the process hold.
func BenchmarkSweepThatFindsNothing(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, db *migrations.DB, redis *redisServer) {
		c := newCity(b, db)
		p := c.process(b, redis.urlOrNone(), seldom)
		c.million(b, fromEnvironment(b, "MAILBOX_BENCH_CASES", benchCases))
		// Some thirty instants within the two days for which alarms are armed.
		c.exec(b, "UPDATE cases SET due_at = ? + id % 30 * 3600, alarm_at = ? + id % 30 * 3600", thursday.Unix()+7200, thursday.Unix()+7200)
		c.analyse(b)
		if err := p.Sweep(b.Context()); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if err := p.Sweep(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(p.scheduledOf(b))), "alarms")
		if redis != nil {
			b.ReportMetric(redis.megabytes(b, p), "redis-MB")
		}
		b.ReportMetric(resident(b), "process-MB")
	})
}

func (p *process) scheduledOf(b *testing.B) []string {
	b.Helper()
	keys, err := p.connection.client.Keys(b.Context(), "asynq:{alarms}:t:*").Result()
	if err != nil {
		b.Fatal(err)
	}
	return keys
}

func (s *redisServer) megabytes(b *testing.B, p *process) float64 {
	b.Helper()
	info, err := p.connection.client.Info(b.Context(), "memory").Result()
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(info) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory:"); ok {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil {
				b.Fatal(err)
			}
			return n / (1 << 20)
		}
	}
	return 0
}

// resident is the memory of this process as the system counts it.
func resident(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0 // another system
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	if err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize()) / (1 << 20)
}

// BenchmarkCalendarChange measures loading a correction that moves 100,000 open cases: the preview's work and
// the settlement's, each with event, fact and alarm.
func BenchmarkCalendarChange(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, db *migrations.DB, _ *redisServer) {
		n := fromEnvironment(b, "MAILBOX_BENCH_DUE", benchDue)
		c := newCity(b, db)
		p := c.process(b, "", seldom)
		c.more(b, benchDepartments)
		c.crowdOf(b, n, dueThen, benchDepartments)
		c.factsOf(b)
		c.analyse(b)
		day := sla.NewDate(2026, time.March, 6)
		y := p.desk.Calendar().Years()[9]
		for b.Loop() {
			b.StopTimer()
			y.Off = append(y.Off, sla.Entry{Date: day, Name: "临时放假"})
			if day++; day.Weekday() == time.Saturday {
				day += 2
			}
			b.StartTimer()
			if _, err := p.desk.LoadCalendar(b.Context(), people.TheSystem(), []sla.Year{y}, "bench"); err != nil {
				b.Fatal(err)
			}
			steps := 0
			moved, err := p.desk.Settle(b.Context(), func(int) { steps++ })
			if err != nil || moved != n || steps < n/1000 {
				b.Fatalf("%d of %d moved in %d steps, %v", moved, n, steps, err)
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
	})
}

// factsOf gives the crowd the facts that the verbs would have written.
func (c *city) factsOf(b *testing.B) {
	b.Helper()
	c.exec(b, `INSERT INTO facts (case_id, valid_from, valid_to, state, validity, channel, kind, topic, district, department_id, received_at,
			received_day, due_at, due_unextended_at, provisional, routed_at, department_due_at, rating_source, confidential, instructed)
		SELECT id, received_at, ?, state, 'valid', channel, kind, topic, district, lead_id, received_at, received_day, due_at, due_unextended_at,
			provisional, routed_at, department_due_at, '', confidential, instructed FROM cases`, migrations.Forever)
}
