package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// TestLongErasureChangesNoFigureAndBreaksNoProof plays random histories, waits until what has ended is to be erased, and
// compares every figure, as of then and as of random instants before, with what it was.
func TestLongErasureChangesNoFigureAndBreaksNoProof(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		town := newTown(t, db, func(c *cases.Config) { c.EraseAfter = 1 })
		erased := 0
		rapid.Check(t, func(rt *rapid.T) {
			town.now = town.now.Add(24 * time.Hour)
			began := town.now
			town.cases = nil
			for range rapid.IntRange(1, 2).Draw(rt, "letters") {
				town.letter(t, rt)
			}
			for range rapid.IntRange(3, 12).Draw(rt, "steps") {
				town.now = town.now.Add(time.Duration(rapid.IntRange(0, 30*3600).Draw(rt, "seconds")) * time.Second)
				if err := town.step(t.Context(), rt); errs.CodeOf(err) == errs.CodeInternal && err != nil {
					rt.Fatal(err)
				}
			}
			asOf := began.Add(time.Duration(rapid.Int64Range(0, int64(town.now.Sub(began)/time.Second)).Draw(rt, "as of")) * time.Second)
			// What the clock asks for is done first: it would change figures by itself.
			for range 2 {
				town.now = town.now.AddDate(1, 0, 2)
				if err := second(town.desk.Elapse(t.Context())); err != nil {
					rt.Fatal(err)
				}
				if err := second(town.desk.CloseDue(t.Context(), 100)); err != nil {
					rt.Fatal(err)
				}
			}
			figures := func(at time.Time) report.Report {
				q := report.Query{From: "2026-01-01", To: "2400-01-01", AsOf: at, By: report.ByDepartment}
				got, err := report.New(db, sla.Shanghai).Run(t.Context(), q)
				if err != nil {
					rt.Fatal(err)
				}
				return got
			}
			then, now := figures(asOf), figures(town.now)
			n, err := town.desk.EraseOld(t.Context(), 100)
			if err != nil {
				rt.Fatal(err)
			}
			erased += n
			if diff := cmp.Diff(then, figures(asOf)); diff != "" {
				rt.Fatalf("as of %s:\n%s", asOf, diff)
			}
			if diff := cmp.Diff(now, figures(town.now)); diff != "" {
				rt.Fatalf("now:\n%s", diff)
			}
			for _, id := range town.cases {
				if err := town.desk.Verify(t.Context(), id); err != nil {
					rt.Fatal(err)
				}
			}
		})
		if erased < 3 {
			t.Errorf("only %d cases were erased", erased)
		}
	})
}
