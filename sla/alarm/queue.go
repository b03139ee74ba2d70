package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/time/rate"

	"mailbox/cases"
	"mailbox/notify"
)

// The queues of asynq: an alarm must not wait behind ten thousand notices.
const (
	alarmQueue  = "alarms"
	noticeQueue = "notices"
)

// The types of task. They carry nothing: whoever gets one looks into the database. Notices have a
// type of their own, notify.TaskDeliver.
const (
	taskDue     = "due"
	taskDigest  = "digest"
	taskReports = "reports"
)

// near is how far ahead alarms are armed. The sweep arms later ones as they come near, so that a
// calendar full of deadlines does not fill the Redis inside the process.
const near = 48 * time.Hour

// An alarm is repeated a few times only: within a minute the sweep has done its work.
const (
	alarmRetries = 3
	alarmTimeout = 10 * time.Minute
)

// buffered is how many wake-ups wait for Redis: a few seconds of a thousand letters a second.
const buffered = 4096

// handTimeout bounds one wake-up, so that a Redis that says nothing cannot hold up the end of the process.
const handTimeout = 5 * time.Second

// flushTimeout bounds how long the end of the process waits for Redis to take the last wake-ups.
const flushTimeout = 2 * time.Second

// Queue arms alarms in Redis. Safe for concurrent use.
type Queue struct {
	connection *Connection
	clock      func() time.Time
	log        *slog.Logger
	metrics    *Metrics
	buffer     chan cases.Wakeup
	complain   rate.Sometimes
	// armed are due instants that Run has armed lately: of a thousand letters a second all but one
	// are due at an instant that is armed already. Only Run touches it.
	armed map[int64]bool
}

// NewQueue makes a queue; clock tells the present instant. Run must be running for Wake to have an effect.
func NewQueue(connection *Connection, clock func() time.Time, log *slog.Logger, metrics *Metrics) *Queue {
	return &Queue{
		connection: connection, clock: clock, log: log, metrics: metrics,
		buffer:   make(chan cases.Wakeup, buffered),
		complain: rate.Sometimes{Interval: time.Minute},
		armed:    map[int64]bool{},
	}
}

// Wake takes note of what a committed change left to be done; it is made for cases.Config.Wake. It
// returns at once and never fails: what does not fit into the buffer is dropped, counted, and found
// by the sweep.
func (q *Queue) Wake(_ context.Context, w cases.Wakeup) {
	if w.Due.IsZero() && len(w.Notices) == 0 {
		return
	}
	select {
	case q.buffer <- w:
	default:
		q.metrics.dropped.Inc()
	}
}

// Run hands wake-ups to Redis until ctx ends, and then those that are left, for two seconds at most.
// A process that answers no alarms itself calls it; Alarms.Run does it for the others.
func (q *Queue) Run(ctx context.Context) {
	client := asynq.NewClientFromRedisClient(q.connection.client)
	for {
		select {
		case w := <-q.buffer:
			q.hand(ctx, client, w)
		case <-ctx.Done():
			q.flush(ctx, client)
			return
		}
	}
}

func (q *Queue) flush(ctx context.Context, client *asynq.Client) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer cancel()
	for ctx.Err() == nil {
		select {
		case w := <-q.buffer:
			q.hand(ctx, client, w)
		default:
			return
		}
	}
}

// hand arms what one wake-up asks for.
func (q *Queue) hand(ctx context.Context, client *asynq.Client, w cases.Wakeup) {
	ctx, cancel := context.WithTimeout(ctx, handTimeout)
	defer cancel()
	now := q.clock()
	err := q.handDue(ctx, client, w.Due, now)
	for _, id := range w.Notices {
		if err != nil {
			break
		}
		// The row's next_at lies at most a moment before now; a second task for the same row, by the
		// sweep, finds nothing left to do.
		err = armNotice(ctx, client, notify.Waiting{ID: id, NextAt: now}, now)
	}
	if err != nil {
		q.metrics.dropped.Inc()
		q.complain.Do(func() {
			q.log.WarnContext(ctx, "alarm not armed; the sweep will do without", "error", err)
		})
	}
}

func (q *Queue) handDue(ctx context.Context, client *asynq.Client, due, now time.Time) error {
	if due.IsZero() || due.Sub(now) > near || q.armed[due.Unix()] {
		return nil
	}
	if err := armDue(ctx, client, due, now); err != nil {
		return err
	}
	if len(q.armed) > 1000 { // past instants; those still wanted are soon in it again
		clear(q.armed)
	}
	q.armed[due.Unix()] = true
	return nil
}

// armDue arms the alarm for the cases that become overdue after due.
func armDue(ctx context.Context, client *asynq.Client, due, now time.Time) error {
	return arm(ctx, client, taskDue, due, now)
}

// armDigest arms the alarm for the morning digest.
func armDigest(ctx context.Context, client *asynq.Client, at, now time.Time) error {
	return arm(ctx, client, taskDigest, at, now)
}

// alarmID is the name of an alarm: one for each instant.
func alarmID(kind string, at time.Time) string { return fmt.Sprintf("%s:%d", kind, at.Unix()) }

// arm arms an alarm for the second after at: in at itself the last answers are still on time, and asynq
// cuts to whole seconds. It knows the machine's time only, so the delay is handed over.
func arm(ctx context.Context, client *asynq.Client, kind string, at, now time.Time) error {
	return enqueue(ctx, client, asynq.NewTask(kind, nil),
		asynq.TaskID(alarmID(kind, at)), asynq.Queue(alarmQueue),
		asynq.MaxRetry(alarmRetries), asynq.Timeout(alarmTimeout), asynq.ProcessIn(at.Sub(now)+time.Second))
}

func armNotice(ctx context.Context, client *asynq.Client, w notify.Waiting, now time.Time) error {
	return enqueue(ctx, client, notify.NewDeliverTask(w.ID, w.NextAt), asynq.Queue(noticeQueue), notify.In(now, w.NextAt))
}

// enqueue hands a task to asynq; a name that is taken means that it is there already.
func enqueue(ctx context.Context, client *asynq.Client, task *asynq.Task, options ...asynq.Option) error {
	_, err := client.EnqueueContext(ctx, task, options...)
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		return fmt.Errorf("arm %s: %w", task.Type(), err)
	}
	return nil
}
