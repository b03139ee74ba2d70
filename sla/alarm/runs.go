package alarm

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// step is one thing that is done again and again.
type step struct {
	name string
	do   func(context.Context) error
}

// The rounds in which steps are done, one after the other, in every process that answers alarms.
const (
	roundSweep = "sweep"
	roundStudy = "study"
	roundFold  = "fold"
)

// patience of those who watch: how long after its time a step may be late before it counts as missed. Learning takes a
// minute of a processor, for which the rest of its round waits; the first folding, or one after an import, has years to do.
var late = map[string]time.Duration{roundSweep: 2 * time.Minute, roundStudy: 10 * time.Minute, roundFold: 30 * time.Minute}

// runRow is the last run of a step, whichever process did it.
type runRow struct {
	bun.BaseModel `bun:"table:runs,alias:r"`

	Round   string
	Name    string `bun:",pk"`
	BeganAt migrations.Instant
	EndedAt migrations.Instant
	Millis  int64 // how long it took
	Failure string
	NextAt  migrations.Instant
}

// Run is when something that is done again and again was last done, and what came of it.
type Run struct {
	Round, Name string
	BeganAt     time.Time // zero: never yet
	EndedAt     time.Time // of the last that ended
	Took        time.Duration
	Failure     string    // in English, empty when it went well
	NextAt      time.Time // when it should begin again
	Missed      bool      // it should have been done since, and no process has
	UnderWay    bool
	Well        bool // the last that ended did all it had to
}

// maxFailure is how much of an error is kept.
const maxFailure = 300

// inRounds does the steps one after the other, whatever became of the one before, and keeps when and how. The rows are
// written twice a round, not twice a step: a machine with nothing to do should not write all day.
func (a *Alarms) inRounds(ctx context.Context, round string, every time.Duration, steps []step, failed func(name string, err error)) {
	began := a.clock()
	a.keep(ctx, []runRow{{Round: round, Name: round, BeganAt: migrations.At(began), NextAt: migrations.At(began.Add(every))}})
	var rows []runRow
	whole := ""
	for _, s := range steps {
		began := a.clock()
		err := guarded(func() error { return s.do(ctx) })
		if ctx.Err() != nil {
			return // the process ends; what was cut off did not fail
		}
		failure := ""
		if err != nil {
			failure, whole = cut(err.Error()), s.name
			failed(s.name, err)
		}
		rows = append(rows, ended(round, s.name, began, a.clock(), failure))
	}
	if whole != "" {
		whole += " failed"
	}
	rows = append(rows, ended(round, round, began, a.clock(), whole))
	for i := range rows {
		rows[i].NextAt = migrations.At(a.clock().Add(every))
	}
	a.keep(ctx, rows)
}

func ended(round, name string, began, ended time.Time, failure string) runRow {
	return runRow{
		Round: round, Name: name, BeganAt: migrations.At(began), EndedAt: migrations.At(ended), Failure: failure,
		Millis: ended.Sub(began).Milliseconds(),
	}
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > maxFailure {
		return string(runes[:maxFailure]) + "…"
	}
	return text
}

// keep writes rows; of two processes the later one stands. That it cannot is no reason to stop.
func (a *Alarms) keep(ctx context.Context, rows []runRow) {
	err := a.Delivery.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		insert := tx.NewInsert().Model(&rows).On("CONFLICT (name) DO UPDATE").Set("began_at = EXCLUDED.began_at").Set("next_at = EXCLUDED.next_at")
		if !rows[0].EndedAt.IsZero() { // one that only began leaves what came of the one before
			insert.Set("ended_at = EXCLUDED.ended_at").Set("millis = EXCLUDED.millis").Set("failure = EXCLUDED.failure")
		}
		_, err := insert.Exec(ctx)
		return err
	})
	if err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "when the periodic jobs ran could not be written", "error", err)
	}
}

// Runs tells of everything that is done again and again when it was last done, in the order in which it is done: each
// round first, then its steps.
func Runs(ctx context.Context, db *migrations.DB, now time.Time) ([]Run, error) {
	var rows []runRow
	if err := db.Read.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the last runs: %w", err)
	}
	var runs []Run
	a := new(Alarms)
	for _, round := range []struct {
		name  string
		steps []step
	}{{roundSweep, a.sweepSteps()}, {roundStudy, a.studySteps()}, {roundFold, a.foldSteps()}} {
		for _, s := range slices.Concat([]step{{name: round.name}}, round.steps) {
			run := Run{Round: round.name, Name: s.name}
			if i := slices.IndexFunc(rows, func(r runRow) bool { return r.Name == s.name }); i >= 0 {
				r := rows[i]
				run.BeganAt, run.EndedAt, run.NextAt, run.Failure = r.BeganAt.Time, r.EndedAt.Time, r.NextAt.Time, r.Failure
				run.Took = time.Duration(r.Millis) * time.Millisecond
				run.UnderWay = r.EndedAt.Before(r.BeganAt.Time)
				run.Well = !r.EndedAt.IsZero() && r.Failure == ""
				run.Missed = now.Sub(r.NextAt.Time) > late[round.name]
			}
			runs = append(runs, run)
		}
	}
	return runs, nil
}
