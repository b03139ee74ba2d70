package alarm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"

	"mailbox/cases"
	"mailbox/notify"
)

const (
	// closeBatch is how many cases one sweep closes: ten minutes for a city's busiest day.
	closeBatch = 1000
	// eraseBatch is how many cases one sweep erases: a hundred thousand a day.
	eraseBatch = 100
	// armBatch is how many waiting notices one sweep arms.
	armBatch = 1000
	// carryBatch is how many notices are sent in one go without the queue, carriers at a time, for
	// carryTime at most, so that the next look is not far away.
	carryBatch = 500
	carriers   = 4
	carryTime  = 45 * time.Second
	// patience is how long a waiting notice is left to the queue, while Redis answers.
	patience = 2 * time.Minute
)

// Sweep does, from the database, all that an alarm may have failed to do, and arms the alarms of the
// next two days. Every step is tried, whatever became of the one before, and none needs Redis but the
// last. Any number of sweeps may run at once, in any number of processes.
//
// Errors are logged and returned joined; a Redis that is away is none.
func (a *Alarms) Sweep(ctx context.Context) error {
	timer := prometheus.NewTimer(a.Metrics.sweep)
	defer timer.ObserveDuration()
	var all []error
	a.inRounds(ctx, roundSweep, a.Every, a.sweepSteps(), func(name string, err error) {
		a.Metrics.failures.WithLabelValues(name).Inc()
		a.Log.ErrorContext(ctx, "a step of the sweep failed", "step", name, "error", err)
		all = append(all, fmt.Errorf("%s: %w", name, err))
	})
	if len(all) == 0 && ctx.Err() == nil {
		a.Metrics.lastSweep.SetToCurrentTime()
	}
	return errors.Join(all...)
}

// sweepSteps are what a sweep does, in this order.
func (a *Alarms) sweepSteps() []step {
	return []step{
		{"elapse", a.elapse},
		{"write mailings", a.writeMailings},
		{"fill in signing times", a.fillSignDue},
		{"move cases of ended departments", a.rehome},
		{"tell who left", a.tellLeft},
		// Nobody waits for a case to be closed, so it has no alarm.
		{"close cases", a.closeDue},
		{"sign a checkpoint", a.checkpoint},
		{"remind of judging", a.remindToRate},
		{"clear drafts", a.clearDrafts},
		{"erase", a.erase},
		{"expire sessions", a.expireSessions},
		{"count notices", a.countNotices},
		{"arm alarms", a.arm},
	}
}

func (a *Alarms) writeMailings(ctx context.Context) error { return a.Desk.WriteMailings(ctx) }

func (a *Alarms) tellLeft(ctx context.Context) error { return a.Desk.TellLeft(ctx) }

func (a *Alarms) expireSessions(ctx context.Context) error { return a.Sessions.Expire(ctx) }

func (a *Alarms) elapse(ctx context.Context) error {
	n, err := a.Desk.Elapse(ctx)
	if n > 0 {
		a.Metrics.overdue.Add(float64(n))
		a.Log.InfoContext(ctx, "cases became overdue", "cases", n)
	}
	return err
}

func (a *Alarms) fillSignDue(ctx context.Context) error {
	_, err := a.Desk.FillSignDue(ctx)
	return err
}

func (a *Alarms) rehome(ctx context.Context) error {
	n, err := a.Desk.Rehome(ctx)
	if n > 0 {
		a.Log.InfoContext(ctx, "cases of ended departments moved", "cases", n)
	}
	return err
}

func (a *Alarms) closeDue(ctx context.Context) error {
	n, err := a.Desk.CloseDue(ctx, closeBatch)
	a.Metrics.closed.Add(float64(n))
	return err
}

// checkpoint signs the head of the record once an hour.
func (a *Alarms) checkpoint(ctx context.Context) error {
	_, err := a.Desk.CheckpointDue(ctx)
	return err
}

func (a *Alarms) remindToRate(ctx context.Context) error {
	_, err := a.Desk.RemindToRate(ctx, closeBatch)
	return err
}

func (a *Alarms) clearDrafts(ctx context.Context) error {
	_, err := a.Desk.ClearDrafts(ctx, closeBatch)
	return err
}

// erase erases what is personal in cases whose retention time is over.
func (a *Alarms) erase(ctx context.Context) error {
	n, err := a.Desk.EraseOld(ctx, eraseBatch)
	if n > 0 {
		a.Log.InfoContext(ctx, "personal data erased after the retention time", "cases", n)
	}
	return err
}

func (a *Alarms) countNotices(ctx context.Context) error {
	counts := map[string]int{"pending": 0, "sending": 0, "dead": 0}
	var rows []struct {
		State string
		N     int
	}
	// Two conditions written as in the two partial indexes: sent notices, by far the most, are not touched.
	err := a.Delivery.DB.Read.NewRaw(`SELECT state, count(*) AS n FROM notices WHERE state IN ('pending', 'sending') GROUP BY state
		UNION ALL SELECT 'dead', count(*) FROM notices WHERE state = 'dead'`).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		counts[row.State] = row.N
	}
	for state, n := range counts {
		a.Metrics.notices.WithLabelValues(state).Set(float64(n))
	}
	return nil
}

// arm arms what is near: due instants, the next digest, waiting notices. Redis may have been wiped
// since the last sweep, so nothing is remembered from it.
func (a *Alarms) arm(ctx context.Context) error {
	if err := a.Queue.connection.Ping(ctx); err != nil {
		a.Metrics.redisUp.Set(0)
		a.complainAbout(ctx, err)
		return nil
	}
	a.Metrics.redisUp.Set(1)
	armed, err := a.armed()
	if err != nil {
		return err
	}
	// A client announces a queue to Redis once in its life. A new one announces it again, which after
	// a wipe is needed for reading the archive.
	client := asynq.NewClientFromRedisClient(a.Queue.connection.client)
	now := a.clock()
	dues, err := a.Desk.NextAlarms(ctx, now.Add(near))
	if err != nil {
		return err
	}
	for _, due := range dues {
		if armed[alarmID(taskDue, due)] {
			continue
		}
		if err := armDue(ctx, client, due, now); err != nil {
			return err
		}
	}
	if at := a.Desk.NextMorning(now); at.Sub(now) <= near && !armed[alarmID(taskDigest, at)] {
		if err := armDigest(ctx, client, at, now); err != nil {
			return err
		}
	}
	if at := a.Desk.NextMorning(now).Add(cases.ReportPause); a.StoreReports != nil && at.Sub(now) <= near && !armed[alarmID(taskReports, at)] {
		if err := arm(ctx, client, taskReports, at, now); err != nil {
			return err
		}
	}
	waiting, err := a.Delivery.Pending(ctx, armBatch)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		// Later ones are the next sweep's.
		if w.NextAt.Sub(now) > 2*time.Minute {
			break
		}
		if err := armNotice(ctx, client, w, now); err != nil {
			return err
		}
	}
	return nil
}

// armed lists the alarms that wait in Redis, by name: asked for at once they cost less than trying each. On
// the way it frees the names of tasks that used up their retries.
func (a *Alarms) armed() (map[string]bool, error) {
	inspector := asynq.NewInspectorFromRedisClient(a.Queue.connection.client)
	queues, err := inspector.Queues()
	if err != nil {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	names := map[string]bool{}
	for _, queue := range []string{alarmQueue, noticeQueue} {
		if !slices.Contains(queues, queue) {
			continue // asked about a queue that is not there, asynq reports an error
		}
		if _, err := inspector.DeleteAllArchivedTasks(queue); err != nil {
			return nil, fmt.Errorf("delete archived tasks: %w", err)
		}
		if queue != alarmQueue {
			continue
		}
		tasks, err := inspector.ListScheduledTasks(queue, asynq.PageSize(1000))
		if err != nil {
			return nil, fmt.Errorf("list alarms: %w", err)
		}
		for _, task := range tasks {
			names[task.ID] = true
		}
	}
	return names, nil
}

// carry sends the notices that the queue does not bring: all that are due while Redis is away, and at
// any time those that have waited longer than patience, as behind a Redis that answers but takes no
// more writes. Taking a notice that a worker is about to take does no harm: one of them gets it.
func (a *Alarms) carry(ctx, underWay context.Context) {
	err := guarded(func() error {
		latest := a.clock()
		if err := a.Queue.connection.Ping(ctx); err == nil {
			latest = latest.Add(-patience)
		} else {
			a.complainAbout(ctx, err)
		}
		return a.carryUntil(ctx, underWay, latest)
	})
	if err != nil && ctx.Err() == nil {
		a.Log.ErrorContext(ctx, "sending notices without the queue failed", "error", err)
	}
}

// carryUntil sends notices that could have been sent at latest or before. It begins none after ctx has
// ended; one that has begun ends with underWay, so that it is not counted as a failure.
func (a *Alarms) carryUntil(ctx, underWay context.Context, latest time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, carryTime)
	defer cancel()
	waiting, err := a.Delivery.Pending(ctx, carryBatch)
	if err != nil {
		return err
	}
	todo := make(chan notify.Waiting)
	failed := make([]error, carriers)
	var hands sync.WaitGroup
	for i := range carriers {
		hands.Go(func() {
			for w := range todo {
				a.Metrics.direct.Inc()
				err := guarded(func() error { return a.Delivery.Deliver(underWay, w.ID) })
				failed[i] = errors.Join(failed[i], err)
			}
		})
	}
	for _, w := range waiting {
		if w.NextAt.After(latest) {
			break
		}
		select {
		case todo <- w:
		case <-ctx.Done():
		}
	}
	close(todo)
	hands.Wait()
	return errors.Join(failed...)
}
