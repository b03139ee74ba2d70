package alarm

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestEveryPeriodicJobTellsWhenItLastRanWhicheverProcessDidIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p, other := c.process(t, "", 30*time.Second), c.process(t, "", 30*time.Second)
		look := func() map[string]Run {
			t.Helper()
			runs, err := Runs(t.Context(), db, c.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			byName := map[string]Run{}
			for _, r := range runs {
				byName[r.Name] = r
			}
			return byName
		}
		for name, r := range look() {
			if !r.BeganAt.IsZero() || r.Missed || r.Well {
				t.Errorf("before the first run: %s %+v", name, r)
			}
		}
		if err := p.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Study(t.Context())
		p.Fold = func(context.Context, time.Time) (int, bool, error) { return 0, true, nil }
		p.FoldFigures(t.Context())
		for name, r := range look() {
			if !r.Well || r.Missed || r.UnderWay || !r.BeganAt.Equal(thursday) || !r.EndedAt.Equal(thursday) || !r.NextAt.Equal(thursday.Add(30*time.Second)) {
				t.Errorf("after a round: %s %+v", name, r)
			}
		}
		c.clock.Add(2*time.Minute + 31*time.Second)
		if runs := look(); !runs["elapse"].Missed || !runs[roundSweep].Missed || runs["learn"].Missed {
			t.Errorf("two minutes and a half of nothing: %+v, %+v", runs["elapse"], runs["learn"])
		}
		if err := other.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := look()["elapse"]; r.Missed || !r.EndedAt.Equal(c.clock.Now()) {
			t.Errorf("another process did it: %+v", r)
		}
		c.clock.Add(10 * time.Minute)
		if !look()["learn"].Missed {
			t.Error("nobody has studied for twelve minutes")
		}
	})
}

func TestAPeriodicJobThatFailsSaysWhyAndOneThatIsCutOffIsUnderWay(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p := c.process(t, "", 30*time.Second)
		look := func(name string) Run {
			t.Helper()
			runs, err := Runs(t.Context(), db, c.clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			return runs[slices.IndexFunc(runs, func(r Run) bool { return r.Name == name })]
		}
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE sessions RENAME TO mislaid")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Sweep(t.Context()); err == nil {
			t.Fatal("a sweep without sessions")
		}
		if r := look("expire sessions"); r.Well || !strings.Contains(r.Failure, "sessions") || r.Missed {
			t.Errorf("%+v", r)
		}
		if r := look(roundSweep); r.Well || r.Failure != "expire sessions failed" {
			t.Errorf("%+v", r)
		}
		if r := look("arm alarms"); !r.Well {
			t.Errorf("the steps after it: %+v", r)
		}

		c.clock.Add(time.Second)
		ctx, end := context.WithCancel(t.Context())
		p.inRounds(ctx, roundStudy, studyEvery, []step{{"learn", func(context.Context) error { end(); return errors.New("cut off") }}},
			func(name string, err error) { t.Errorf("%s: %v", name, err) })
		if r := look(roundStudy); !r.UnderWay || r.Well || !r.BeganAt.Equal(c.clock.Now()) {
			t.Errorf("cut off: %+v", r)
		}
		if r := look("learn"); !r.BeganAt.IsZero() {
			t.Errorf("what was cut off did not end: %+v", r)
		}
	})
}

func TestAFigureThatDiffersIsAFailedJobUntilTheNextRecount(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", 30*time.Second)
	counts := 0
	differ := []string{"month 2018-03-01 …"}
	p.Fold = func(context.Context, time.Time) (int, bool, error) { return 0, true, nil }
	p.VerifyFigures = func(context.Context, time.Time) ([]string, error) { counts++; return differ, nil }
	failed := func() bool {
		t.Helper()
		p.FoldFigures(t.Context())
		runs, err := Runs(t.Context(), c.db, c.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(runs, func(r Run) bool { return r.Name == "verify figures" })
		return runs[i].Failure != ""
	}
	for range 2 {
		if !failed() || counts != 1 {
			t.Errorf("after a difference, with %d recounts, the job is well", counts)
		}
	}
	differ = nil
	c.clock.Add(24 * time.Hour)
	if failed() || counts != 2 {
		t.Errorf("a day later, with %d recounts, the job still fails", counts)
	}
}
