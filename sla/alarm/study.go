package alarm

import (
	"context"
	"fmt"
	"time"

	"mailbox/cases/errs"
)

// studyEvery is the pause between two looks for letters to study.
const studyEvery = 30 * time.Second

// Study does what makes letters easier to handle and has no deadline: it notes suggestions for new letters, learns
// from confirmed ones, keys them so that those they repeat are found, looks at old replies, and finds what many write
// about. Any number of processes may study at once; leases and unique keys in the database
// keep them from doing the same twice.
//
// Errors are logged; what failed is tried again with the next look.
func (a *Alarms) Study(ctx context.Context) {
	a.inRounds(ctx, roundStudy, studyEvery, a.studySteps(), func(name string, err error) {
		a.Metrics.failures.WithLabelValues(name).Inc()
		a.Log.ErrorContext(ctx, "a step of the study failed", "step", name, "error", err)
	})
}

// studySteps are what a study does, in this order.
func (a *Alarms) studySteps() []step {
	return []step{
		{"learn", a.learn},
		{"suggest", a.suggest},
		{"key letters", func(ctx context.Context) error { _, err := a.Desk.IndexLetters(ctx); return err }},
		{"index published letters", func(ctx context.Context) error { _, err := a.Desk.IndexPublications(ctx); return err }},
		{"index cases", func(ctx context.Context) error { _, err := a.Desk.IndexCases(ctx); return err }},
		{"sign replies", func(ctx context.Context) error { _, err := a.Desk.SignPast(ctx); return err }},
		{"check the record", a.checkRecord},
		{"find hot issues", func(ctx context.Context) error { _, err := a.Desk.FindHotIssues(ctx); return err }},
	}
}

// studyAlways studies at once and then after every pause until ctx ends. It runs apart from the sweep: learning
// takes a minute of a processor, for which no deadline may wait.
func (a *Alarms) studyAlways(ctx context.Context) {
	tick := time.NewTicker(studyEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		a.Study(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// checkRecord looks through the record once a night.
func (a *Alarms) checkRecord(ctx context.Context) error {
	found, err := a.Desk.CheckRecord(ctx)
	for _, f := range found {
		a.Log.ErrorContext(ctx, "the record is not as it was written", "finding", f.In(errs.EN))
	}
	a.Metrics.recordFindings.Add(float64(len(found)))
	return err
}

func (a *Alarms) suggest(ctx context.Context) error {
	n, err := a.Desk.SuggestNew(ctx)
	if n > 0 {
		a.Log.InfoContext(ctx, "letters were routed as suggested", "cases", n)
	}
	return err
}

func (a *Alarms) learn(ctx context.Context) error {
	made, err := a.Desk.Learn(ctx)
	for _, m := range made {
		a.Log.InfoContext(ctx, "learned from confirmed letters", "subject", m.Subject, "version", m.Version, "letters", m.Letters,
			"in_use", m.InUse, "right_first", fmt.Sprintf("%d/%d", m.Report.First, m.Report.Held))
	}
	return err
}
