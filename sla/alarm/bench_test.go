package alarm

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// benchCases is how many cases the database of a benchmark holds; MAILBOX_BENCH_CASES says otherwise.
// A fifth of the default, a tenth of a million, is due at the same second.
const benchCases = 100_000

// BenchmarkMarkOverdue measures from the ring of the alarm to the last mark, with events and notices,
// of all the cases that are due at one second, through asynq: PostgreSQL with a Redis of its own, and
// what the embedded default does.
func BenchmarkMarkOverdue(b *testing.B) {
	b.Run("postgresql", func(b *testing.B) {
		benchmarkMarks(b, testdb.PostgreSQL(b), startRedis(b).url())
	})
	b.Run("sqlite", func(b *testing.B) {
		benchmarkMarks(b, testdb.SQLite(b), "")
	})
}

func benchmarkMarks(b *testing.B, db *migrations.DB, redisURL string) {
	all := benchCases
	if text := os.Getenv("MAILBOX_BENCH_CASES"); text != "" {
		var err error
		if all, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	due := all / 10
	if all <= benchCases {
		due = all / 5
	}
	c := newCity(b, db)
	p := c.process(b, redisURL, seldom)
	c.history(b, all-due)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	b.ResetTimer()
	instant := dueThen
	for range b.N {
		b.StopTimer()
		c.clock.Set(instant.Add(time.Second))
		c.crowd(b, due, instant)
		if db.Dialect() == migrations.PostgreSQL {
			if _, err := db.Read.ExecContext(b.Context(), "VACUUM ANALYZE cases"); err != nil {
				b.Fatal(err)
			}
		}
		before := value(p.Metrics.overdue)
		b.StartTimer()
		p.Queue.Wake(b.Context(), cases.Wakeup{Due: instant})
		for look := time.NewTicker(5 * time.Millisecond); value(p.Metrics.overdue) < before+float64(due); {
			<-look.C
		}
		instant = instant.Add(time.Minute)
	}
	b.StopTimer()
	b.ReportMetric(float64(due)*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	if n, want := c.count(b, "events WHERE verb = 'mark_overdue'"), due*b.N; n < want {
		b.Fatalf("%d events for %d cases", n, want)
	}
}
