package alarm

import (
	"context"
	"time"
)

// foldEvery is the pause between two looks for figures to reckon beforehand.
const foldEvery = 20 * time.Second

// FoldFigures reckons figures beforehand (sla/report) until nothing is left to do. Reports are exact without it, and
// slower: it has no deadline. Any number of processes may do so at once.
//
// Errors are logged; what failed is tried again with the next look.
func (a *Alarms) FoldFigures(ctx context.Context) {
	a.inRounds(ctx, roundFold, foldEvery, a.foldSteps(), func(name string, err error) {
		a.Metrics.failures.WithLabelValues(name).Inc()
		a.Log.ErrorContext(ctx, "figures could not be reckoned beforehand", "error", err)
	})
}

func (a *Alarms) foldSteps() []step { return []step{{"fold figures", a.fold}} }

func (a *Alarms) fold(ctx context.Context) error {
	for ctx.Err() == nil {
		if _, done, err := a.Fold(ctx, a.clock()); done || err != nil {
			return err
		}
	}
	return nil
}

// foldAlways folds at once and then after every pause until ctx ends: apart from the sweep, since the first time, or
// after an import, it has years to do.
func (a *Alarms) foldAlways(ctx context.Context) {
	if a.Fold == nil {
		return
	}
	tick := time.NewTicker(foldEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		a.FoldFigures(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
