package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// benchCases is how many cases the benchmark writes: MAILBOX_BENCH_CASES, 200,000 by default.
func benchCases(b *testing.B) int {
	b.Helper()
	text := os.Getenv("MAILBOX_BENCH_CASES")
	if text == "" {
		return 200_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("MAILBOX_BENCH_CASES is %q, want a number of cases", text)
	}
	return n
}

// BenchmarkMonthByDepartment is what supervision waits for on its page: a month of a big city by
// department, with year on year and the month before, so three months of a database that holds two
// years: once as of now, and once as of a day in the middle of the month. A case has four or five rows
// of facts.
func BenchmarkMonthByDepartment(b *testing.B) {
	for _, on := range []struct {
		name string
		open func(testing.TB) *migrations.DB
	}{{"sqlite", testdb.SQLite}, {"postgresql", testdb.PostgreSQL}} {
		b.Run(on.name, func(b *testing.B) {
			db := on.open(b)
			writeBigCity(b, db, benchCases(b))
			engine := report.New(db, shanghai)
			for _, run := range []struct {
				name string
				asOf time.Time
			}{
				{"now", time.Date(2019, 1, 15, 2, 0, 0, 0, time.UTC)},
				{"past", time.Date(2018, 12, 20, 2, 0, 0, 0, time.UTC)},
			} {
				b.Run(run.name, func(b *testing.B) { measureMonth(b, engine, run.asOf) })
			}
		})
	}
}

func measureMonth(b *testing.B, engine *report.Engine, asOf time.Time) {
	b.Helper()
	q := report.Query{From: "2018-12-01", To: "2019-01-01", AsOf: asOf, By: report.ByDepartment, Compare: true}
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		r, err := engine.Run(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		if r.Total.Received == 0 || r.Total.YearOnYear == nil {
			b.Fatal("nothing was counted or compared")
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}

// writeBigCity writes n cases received over 2017 and 2018, given to fifty departments, answered within
// a few days, mostly in time, and half of them rated.
func writeBigCity(b *testing.B, db *migrations.DB, n int) {
	b.Helper()
	const batch = 500
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2017, 1, 1, 0, 0, 0, 0, shanghai).Unix()
	const twoYears = 730 * 24 * 3600
	err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := addDepartments(ctx, tx, 50); err != nil {
			return err
		}
		for from := 1; from <= n; from += batch {
			var cases []caseRow
			var facts []fact
			for id := from; id < from+batch && id <= n; id++ {
				// In the order in which they came, as a city's letters are, so that a month lies together.
				received := begin + int64(id)*twoYears/int64(n+1)
				history := bigCityHistory(random, int64(id), received)
				cases, facts = append(cases, caseOf(history[0])), append(facts, history...)
			}
			if err := insert(ctx, tx, cases, facts); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if db.Dialect() == migrations.PostgreSQL {
		// What its autovacuum does within a minute or two.
		if _, err := db.Read.ExecContext(b.Context(), "VACUUM ANALYZE facts"); err != nil {
			b.Fatal(err)
		}
	}
}

func bigCityHistory(random *rand.Rand, id, received int64) []fact {
	const day = 24 * 3600
	f := fact{
		CaseID: id, State: "received", Validity: "valid", Kind: "help", Topic: fmt.Sprintf("城乡建设 / %d", random.IntN(40)),
		Channel: []string{"mailbox", "consult", "message", "hotline"}[random.IntN(4)], District: "岳塘区",
		ReceivedAt: received, ReceivedDay: time.Unix(received, 0).In(shanghai).Format(time.DateOnly),
		DueAt: new(received + 2*day), DueUnextendedAt: new(received + 2*day),
	}
	history := []fact{f}
	step := func(at int64, change func()) {
		history[len(history)-1].ValidTo = at
		change()
		f.ValidFrom = at
		history = append(history, f)
	}
	history[0].ValidFrom = received
	if random.IntN(20) == 0 {
		step(received+3600, func() { f.State, f.Validity = "declined", "invalid" })
		history[len(history)-1].ValidTo = migrations.Forever
		return history
	}
	step(received+3600, func() {
		f.State, f.DepartmentID, f.RoutedAt, f.DepartmentDueAt = "routed", new(1+random.Int64N(50)), new(received+3600), f.DueAt
	})
	step(received+7200, func() { f.State = "acknowledged" })
	took := random.Int64N(5 * day / 2)
	answer := received + 10800 + took
	step(answer, func() {
		f.State, f.RepliedAt, f.AnsweredAt = "answered", new(answer-1), &answer
		f.Days, f.DepartmentDays = new(took/day), new(took/day)
	})
	if random.IntN(2) == 0 {
		step(answer+day, func() {
			f.Rating, f.RatingSource, f.Resolved = new(1+random.Int64N(5)), "web", new(random.IntN(2) == 0)
		})
	}
	history[len(history)-1].ValidTo = migrations.Forever
	return history
}
