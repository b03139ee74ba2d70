package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// BenchmarkFiveYears is what a province's capital asks for: two hundred departments, five years of letters
// (MAILBOX_BENCH_CASES=2000000; 200,000 by default), each with the row of facts that
// holds now. A quarter by department with year on year, and five years by month and channel; each from what was
// reckoned beforehand, and from the facts by plain SQL: the two are to be compared within one run.
func BenchmarkFiveYears(b *testing.B) {
	for _, on := range []struct {
		name string
		open func(testing.TB) *migrations.DB
	}{{"sqlite", testdb.SQLite}, {"postgresql", testdb.PostgreSQL}} {
		b.Run(on.name, func(b *testing.B) {
			db := on.open(b)
			n := benchCases(b)
			writeFiveYears(b, db, n)
			now := time.Date(2026, 1, 20, 9, 0, 0, 0, shanghai)
			folded, plain := report.New(db, shanghai), report.New(db, shanghai)
			plain.FactsOnly = true
			began := time.Now()
			foldAll(b, folded, now)
			b.Logf("%d letters folded in %s", n, time.Since(began).Round(time.Millisecond))
			for _, ask := range []struct {
				name string
				q    report.Query
			}{
				{"quarter", report.Query{From: "2025-10-01", To: "2026-01-01", AsOf: now, By: report.ByDepartment, Compare: true}},
				{"years", report.Query{From: "2021-01-01", To: "2026-01-01", AsOf: now, By: report.ByMonth, Then: report.ByChannel}},
			} {
				for _, way := range []struct {
					name   string
					engine *report.Engine
				}{{"folded", folded}, {"plain", plain}} {
					b.Run(ask.name+"/"+way.name, func(b *testing.B) { measureQuery(b, way.engine, ask.q) })
				}
			}
		})
	}
}

func measureQuery(b *testing.B, engine *report.Engine, q report.Query) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		r, err := engine.Run(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		if r.Total.Received == 0 {
			b.Fatal("nothing was counted")
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}

// writeFiveYears writes n letters of 2021 to 2025: nearly all answered, most in time, some never.
func writeFiveYears(b *testing.B, db *migrations.DB, n int) {
	b.Helper()
	const day, batch = 24 * 3600, 500
	random := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2021, 1, 1, 0, 0, 0, 0, shanghai).Unix()
	end := time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai).Unix()
	err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := addDepartments(ctx, tx, 200); err != nil {
			return err
		}
		for from := 1; from <= n; from += batch {
			var cases []caseRow
			var facts []fact
			for id := from; id < from+batch && id <= n; id++ {
				received := begin + int64(id-1)*(end-begin)/int64(n)
				due := received + 2*day
				f := fact{
					CaseID: int64(id), ValidFrom: received, ValidTo: migrations.Forever, State: "answered", Validity: "valid", PolicyVersion: 1,
					Channel: []string{"mailbox", "consult", "message", "hotline", "wechat"}[random.IntN(5)], Kind: []string{"help", "complaint", "consultation"}[random.IntN(3)],
					Topic: fmt.Sprintf("城乡建设 / %d", random.IntN(60)), District: []string{"岳塘区", "雨湖区", "湘乡市", "韶山市"}[random.IntN(4)],
					ReceivedAt: received, ReceivedDay: time.Unix(received, 0).In(shanghai).Format(time.DateOnly),
					DueAt: &due, DueUnextendedAt: &due, DepartmentID: new(1 + random.Int64N(200)), RoutedAt: &received, DepartmentDueAt: &due,
				}
				switch random.IntN(40) {
				case 0:
					f.State, f.Validity = "declined", "invalid"
				case 1: // never answered
				default:
					took := random.Int64N(5 * day / 2)
					answer := received + took
					f.RepliedAt, f.AnsweredAt, f.Days, f.DepartmentDays = &answer, &answer, new(took/day), new(took/day)
					f.ValidFrom = answer
					if random.IntN(2) == 0 {
						f.Rating, f.RatingSource, f.Resolved = new(1+random.Int64N(5)), "web", new(random.IntN(2) == 0)
					}
				}
				cases, facts = append(cases, caseOf(f)), append(facts, f)
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
		if _, err := db.Read.ExecContext(b.Context(), "VACUUM ANALYZE facts"); err != nil {
			b.Fatal(err)
		}
	}
}
