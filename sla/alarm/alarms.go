package alarm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/time/rate"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/notify"
)

// Config is what Alarms are made of. All fields are needed but Concurrency, Every, Fold, VerifyFigures and StoreReports.
type Config struct {
	Queue       *Queue
	Desk        *cases.Desk
	Delivery    *notify.Delivery
	Sessions    *people.Sessions
	Log         *slog.Logger
	Metrics     *Metrics // the same as the queue's
	Concurrency int      // tasks at once; 0: eight
	// Every is the time between two sweeps; 0: half a minute. Alarms that Redis lost are late by as much,
	// and by twice as much when the sweep after a breakdown still meets its remains.
	Every time.Duration
	// Fold reckons some figures beforehand, and says when nothing is left to do (sla/report, Engine.Fold); nil: nobody does.
	Fold func(ctx context.Context, now time.Time) (folds int, done bool, err error)
	// VerifyFigures counts what was folded again and describes each difference; nil: nobody does.
	VerifyFigures func(ctx context.Context, now time.Time) (differences []string, err error)
	// StoreReports makes the reports of periods that are over (sla/report, StoredReports.MakeDue); nil: nobody does.
	StoreReports func(ctx context.Context) (made int, err error)
}

// Alarms answers alarms and sweeps.
type Alarms struct {
	Config

	clock    func() time.Time
	complain rate.Sometimes
	// verified is the last recount of figures; only the goroutine that folds looks at it.
	verified struct {
		day    string
		differ int
	}
}

// New makes the alarms; they use the queue's clock.
func New(c Config) (*Alarms, error) {
	if c.Queue == nil || c.Desk == nil || c.Delivery == nil || c.Sessions == nil || c.Log == nil || c.Metrics == nil {
		return nil, errors.New("alarms: queue, desk, delivery, sessions, log and metrics are all needed")
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 8
	}
	if c.Every <= 0 {
		c.Every = 30 * time.Second
	}
	return &Alarms{Config: c, clock: c.Queue.clock, complain: rate.Sometimes{Interval: time.Minute}}, nil
}

// What is under way at the end of a process gets grace to finish; then it is cut off, gets lastWords
// to give back what it holds, and is done again by whoever sweeps next.
const (
	grace     = 10 * time.Second
	lastWords = 5 * time.Second
)

// Run answers alarms, sweeps, studies, and runs the queue until ctx ends, and then shuts down within fifteen
// seconds. A Redis that is down, at start or later, is no error: the sweep works on, and the alarms
// are answered as soon as Redis is there.
//
// The error says that something did not end in time.
func (a *Alarms) Run(ctx context.Context) error {
	underWay, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	swept := make(chan struct{}, 1)
	var all sync.WaitGroup
	all.Go(func() { a.Queue.Run(ctx) })
	all.Go(func() { a.answer(ctx, underWay) })
	all.Go(func() { a.sweepAlways(ctx, swept) })
	// Apart from the sweep: a slow mail server must not keep a deadline from being marked.
	all.Go(func() { a.carryAlways(ctx, underWay, swept) })
	all.Go(func() { a.studyAlways(ctx) })
	all.Go(func() { a.foldAlways(ctx) })
	ended := make(chan struct{})
	go func() {
		all.Wait()
		close(ended)
	}()
	<-ctx.Done()
	if within(ended, grace) {
		return nil
	}
	cut()
	if within(ended, lastWords) {
		return nil
	}
	return errors.New("alarms: something did not end in time; the next sweep does what was cut off")
}

func within(ended <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}

// sweepAlways sweeps at once and then after every Every until ctx ends, and says so on swept. A sweep
// that takes longer delays the next one; they never overlap.
//
// Every is reckoned by the ticker and by the clock handed in, whichever moves on first: when the clock
// is set, or the machine wakes after a night asleep, what became due is found within a second.
func (a *Alarms) sweepAlways(ctx context.Context, swept chan<- struct{}) {
	tick := time.NewTicker(a.Every)
	defer tick.Stop()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for ctx.Err() == nil {
		last := a.clock()
		tick.Reset(a.Every)
		_ = a.Sweep(ctx) // it has logged its errors, and the next sweep tries again
		select {
		case swept <- struct{}{}:
		default: // the carriers are still busy
		}
		for again := false; !again; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				again = true
			case <-look.C:
				again = apart(last, a.clock()) >= a.Every
			}
		}
	}
}

// apart is how far the clock has moved, forwards or backwards, as people read it: without Round(0) two
// instants of time.Now are compared by a counter that knows nothing of a clock that was set.
func apart(a, b time.Time) time.Duration { return b.Round(0).Sub(a.Round(0)).Abs() }

func (a *Alarms) carryAlways(ctx, underWay context.Context, swept <-chan struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-swept:
			a.carry(ctx, underWay)
		}
	}
}

// answer runs the asynq server. It waits for Redis first, so that a Redis that is down at start costs
// one line in the log a minute.
func (a *Alarms) answer(ctx, underWay context.Context) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		err := a.Queue.connection.Ping(ctx)
		if err == nil {
			break
		}
		a.complainAbout(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-second.C:
		}
	}
	server := asynq.NewServerFromRedisClient(a.Queue.connection.client, asynq.Config{
		Concurrency: a.Concurrency,
		BaseContext: func() context.Context { return underWay },
		// When there is an alarm and a notice, nine times of ten the alarm is taken first.
		Queues: map[string]int{alarmQueue: 9, noticeQueue: 1},
		// The defaults (1 s and 5 s) would add up to six seconds to every alarm.
		TaskCheckInterval:        200 * time.Millisecond,
		DelayedTaskCheckInterval: time.Second,
		ShutdownTimeout:          grace,
		ErrorHandler:             asynq.ErrorHandlerFunc(a.taskFailed),
		Logger:                   newServerLog(a.Log),
		LogLevel:                 asynq.WarnLevel,
	})
	if err := server.Start(a.handlers()); err != nil {
		a.Log.ErrorContext(ctx, "alarms are not answered; the sweep does it", "error", err)
		return
	}
	<-ctx.Done()
	server.Shutdown() // puts back what did not end within grace
}

// handlers says what is done at which alarm. A panic in one of them is caught by asynq and counts as
// an error of the task.
func (a *Alarms) handlers() *asynq.ServeMux {
	mux := asynq.NewServeMux()
	mux.HandleFunc(taskDue, func(ctx context.Context, _ *asynq.Task) error { return a.elapse(ctx) })
	mux.HandleFunc(taskDigest, func(ctx context.Context, _ *asynq.Task) error { return a.Desk.WriteMailings(ctx) })
	mux.HandleFunc(taskReports, func(ctx context.Context, _ *asynq.Task) error { return a.storeReports(ctx) })
	mux.HandleFunc(notify.TaskDeliver, a.Delivery.Handle)
	return mux
}

func (a *Alarms) taskFailed(ctx context.Context, task *asynq.Task, err error) {
	a.Log.ErrorContext(ctx, "alarm failed", "task", task.Type(), "error", err)
}

func (a *Alarms) complainAbout(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // we are leaving; Redis is not to blame
	}
	a.complain.Do(func() {
		a.Log.WarnContext(ctx, "Redis does not answer; the sweep does its work", "error", err)
	})
}

// guarded turns a panic of do into an error, with the stack, so that one broken step stops no other.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// serverLog hands asynq's log to ours. While Redis is away asynq says so several times a second; a
// few lines a minute are enough.
type serverLog struct {
	log   *slog.Logger
	limit *rate.Limiter
}

func newServerLog(log *slog.Logger) *serverLog {
	return &serverLog{log: log.With("from", "asynq"), limit: rate.NewLimiter(rate.Every(20*time.Second), 5)}
}

func (l *serverLog) line(level slog.Level, args []any) {
	if l.limit.Allow() {
		l.log.Log(context.Background(), level, "asynq reports", "text", fmt.Sprint(args...))
	}
}

func (l *serverLog) Debug(args ...any) { l.line(slog.LevelDebug, args) }
func (l *serverLog) Info(args ...any)  { l.line(slog.LevelInfo, args) }
func (l *serverLog) Warn(args ...any)  { l.line(slog.LevelWarn, args) }
func (l *serverLog) Error(args ...any) { l.line(slog.LevelError, args) }

// Fatal does not end the process, as asynq's own logger would: letters are still taken in.
func (l *serverLog) Fatal(args ...any) { l.line(slog.LevelError, args) }
