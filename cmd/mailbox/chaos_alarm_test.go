package main

import (
	"testing"
	"time"
)

// The fault suite's clock jumps, and asynq's does not, so there the sweep does most of the work. Here no
// clock jumps while the deadline comes, and the sweep is half a minute away: the mark is the alarm's doing.
func TestAlarmRingsInRunningProcesses(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(*testing.T, plan) *city{"embedded": newEmbeddedCity, "split": newSplitCity} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := build(t, plan{start: local("2026-03-05 10:00:00"), fates: []fate{leftAlone}})
			defer c.shut()
			c.write(t.Context(), 0)
			due := c.deadline(c.clock.now())
			// Ten seconds are for the sweep that finds the clock moved, and arms the alarm.
			c.jump(due.Add(-10 * time.Second).Sub(c.clock.now()))
			c.eventually("the mark", func() bool { return c.count("events WHERE verb = ?", markVerb) == 1 })
			var at int64
			if err := c.outside.db.Read.NewRaw("SELECT at FROM events WHERE verb = ?", markVerb).Scan(t.Context(), &at); err != nil {
				t.Fatal(err)
			}
			if late := time.Unix(at, 0).Sub(due); late < time.Second || late > 10*time.Second {
				t.Errorf("marked %s after the deadline", late)
			}
			c.close()
		})
	}
}
