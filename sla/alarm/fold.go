package alarm

import (
	"context"
	"fmt"
	"time"
)

// foldEvery is the pause between two looks for figures to reckon beforehand.
const foldEvery = 30 * time.Second

// FoldFigures reckons figures beforehand (sla/report) until nothing is left to do. Reports are exact without it, and
// slower: it has no deadline. Any number of processes may do so at once.
//
// Errors are logged; what failed is tried again with the next look.
func (a *Alarms) FoldFigures(ctx context.Context) {
	a.inRounds(ctx, roundFold, foldEvery, a.foldSteps(), func(name string, err error) {
		a.Metrics.failures.WithLabelValues(name).Inc()
		a.Log.ErrorContext(ctx, "a step of reckoning figures failed", "step", name, "error", err)
	})
}

func (a *Alarms) foldSteps() []step {
	return []step{{"fold figures", a.fold}, {"verify figures", a.verifyFigures}, {"store reports", a.storeReports}}
}

// storeReports makes the reports that are due. They need no folds, but stand in this round since years of missed ones take
// their time.
func (a *Alarms) storeReports(ctx context.Context) error {
	if a.StoreReports == nil {
		return nil
	}
	made, err := a.StoreReports(ctx)
	if made > 0 {
		a.Log.InfoContext(ctx, "reports of periods that are over were stored", "reports", made)
	}
	return err
}

// verifyFrom is the hour, UTC, from which on a day's recount is due: four in the morning in China.
const verifyFrom = 20

// verifyFigures has the figures counted again once a day and process. A difference is an error until the next day's
// recount: on the page of jobs, in the log, and in the metrics. Nothing is mended.
func (a *Alarms) verifyFigures(ctx context.Context) error {
	if a.VerifyFigures == nil {
		return nil
	}
	now := a.clock().UTC()
	if day := now.Add(-verifyFrom * time.Hour).Format(time.DateOnly); day != a.verified.day {
		differ, err := a.VerifyFigures(ctx, now)
		if err != nil {
			return err
		}
		a.verified.day, a.verified.differ = day, len(differ)
		for _, d := range differ {
			a.Log.ErrorContext(ctx, "a figure reckoned beforehand is not what the facts say", "difference", d)
		}
	}
	if a.verified.differ > 0 {
		return fmt.Errorf("%d figures differ from the facts: mailbox verify figures lists them", a.verified.differ)
	}
	return nil
}

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
