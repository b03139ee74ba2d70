package report_test

import (
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// foldAll folds until nothing is left to do.
func foldAll(t testing.TB, engine *report.Engine, now time.Time) {
	t.Helper()
	for {
		_, done, err := engine.Fold(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
	}
}

// twoMonths is February and March of the half-year: few days to fold.
func twoMonths(t testing.TB) []fact {
	t.Helper()
	return slices.DeleteFunc(halfYear(t), func(f fact) bool { return f.ReceivedDay < "2018-02-01" || f.ReceivedDay >= "2018-04-01" })
}

func change(t testing.TB, db *migrations.DB, statement string, args ...any) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAReportUsesWhatWasReckonedBeforehandOnlyWhileItHolds(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 5, twoMonths(t))
		engine, facts := report.New(db, shanghai), report.New(db, shanghai)
		facts.FactsOnly = true
		now := at(t, "2018-07-10T09:00:00")
		foldAll(t, engine, now)
		ask := func(asOf time.Time) (folded, counted int64) {
			t.Helper()
			q := report.Query{From: "2018-01-01", To: "2018-07-01", AsOf: asOf, By: report.ByDepartment, Compare: true}
			a, err := engine.Run(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			b, err := facts.Run(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if a.Total.Received == b.Total.Received {
				if diff := gocmp.Diff(b, a, samePoints); diff != "" {
					t.Errorf("as of %s (-facts +folded):\n%s", asOf, diff)
				}
			}
			return a.Total.Received, b.Total.Received
		}
		if folded, counted := ask(now); folded != counted || counted == 0 {
			t.Fatalf("folded %d letters, counted %d", folded, counted)
		}
		// Whether folds are used shows when one is wrong: a letter is counted twice.
		change(t, db, "UPDATE figure_rollups SET counts = (SELECT counts FROM figure_rollups WHERE unit = 'month' AND dimension = 'department' AND begins = '2018-02-01' AND value = '2')"+
			" WHERE unit = 'month' AND dimension = 'department' AND begins = '2018-03-01' AND value = '2'")
		folded, counted := ask(now)
		if folded == counted {
			t.Fatal("the report did not use the folds")
		}
		if folded, counted := ask(at(t, "2018-03-20T09:00:00")); folded != counted {
			t.Errorf("as of a day in the middle of it the folds were used: %d, %d", folded, counted)
		}
		_, differ, err := engine.VerifyFolds(t.Context(), now, nil)
		if err != nil || len(differ) == 0 || differ[0].Begins != "2018-03-01" || differ[0].Dimension != report.ByDepartment || differ[0].Value != "2" {
			t.Errorf("the check found %+v, %v", differ, err)
		}
		if again, _ := ask(now); again != folded {
			t.Errorf("the check mended silently: %d letters, before %d", again, folded)
		}
		// A change of a letter of that month leaves a mark, and its day is read from the facts until it is folded anew.
		change(t, db, "UPDATE facts SET kind = 'praise' WHERE case_id = (SELECT MIN(case_id) FROM facts WHERE received_day = '2018-03-09')")
		foldAll(t, engine, now)
		if folded, counted := ask(now); folded != counted {
			t.Errorf("after a change %d letters, want %d", folded, counted)
		}
		if _, differ, err := engine.VerifyFolds(t.Context(), now, nil); err != nil || len(differ) > 0 {
			t.Errorf("after the new fold the check found %+v, %v", differ, err)
		}
	})
}

func TestALetterThatBecomesOverdueWithoutAnybodyTouchingItIsOverdueInTheFolds(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 1, []fact{letter(t, 1), letter(t, 2)})
		engine := report.New(db, shanghai)
		foldAll(t, engine, at(t, "2018-03-06T09:00:00"))
		for _, row := range []struct {
			asOf             string
			running, overdue int64
		}{
			{"2018-03-06T09:00:00", 2, 0}, {"2018-03-07T23:59:59", 2, 0}, {"2018-03-08T00:00:00", 0, 2}, {"2018-03-05T10:00:00", 2, 0},
		} {
			for range 2 { // the second time with what was folded then
				r, err := engine.Run(t.Context(), report.Query{From: "2018-03-05", To: "2018-03-06", AsOf: at(t, row.asOf)})
				if err != nil || r.Total.Running != row.running || r.Total.OverdueOpen != row.overdue {
					t.Errorf("as of %s: %d running, %d overdue, %v", row.asOf, r.Total.Running, r.Total.OverdueOpen, err)
				}
				foldAll(t, engine, at(t, row.asOf))
			}
		}
	})
}

func TestFoldingTwiceAtOnceIsFoldingOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 5, twoMonths(t))
		engine := report.New(db, shanghai)
		now := at(t, "2018-07-10T09:00:00")
		done := make(chan error)
		for range 2 {
			go func() {
				_, _, err := engine.Fold(t.Context(), now)
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		foldAll(t, engine, now)
		all, differ, err := engine.VerifyFolds(t.Context(), now, nil)
		if err != nil || len(differ) > 0 || all < 59 {
			t.Errorf("%d folds, %+v, %v", all, differ, err)
		}
	})
}
