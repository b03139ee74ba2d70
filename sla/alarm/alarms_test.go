package alarm

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"

	"mailbox/cases"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/notify"
)

// seldom keeps the sweep out of a test after its first run, also when the test moves its clock by days.
const seldom = 1000 * time.Hour

func TestCaseNobodyAnsweredBecomesOverdueByItsAlarmOnce(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	p.run(t)
	id := c.submit(t, p, c.leads[0])
	eventually(t, "the receipt and the word to the department", func() bool { n, _ := p.bag.counts(); return n == 2 })

	// The letter's alarm lies further ahead than alarms are armed; the sweep arms it when it is near.
	c.clock.Set(dueThen)
	if err := p.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := c.marked(t); n != 0 {
		t.Fatal("marked in the last second on time")
	}
	c.clock.Add(time.Second)
	eventually(t, "the mark", func() bool { return c.marked(t) == 1 })
	if err := p.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, _ := p.bag.counts(); n != 2 {
		t.Errorf("%d messages: somebody is told at midnight", n)
	}
	// What was written at midnight leaves in the morning, with the digests of department and supervision.
	c.clock.Set(morningAfter)
	if err := p.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the notices", func() bool { n, _ := p.bag.counts(); return n == 6 })
	c.wantEachMarkedOnce(t, 1)
	if n, repeated := p.bag.counts(); n != 6 || repeated != 0 {
		t.Errorf("%d messages, %d of them repeated; want 6, 0", n, repeated)
	}
	if err := p.desk.Verify(t.Context(), id); err != nil {
		t.Error(err)
	}
	if got := value(p.Metrics.overdue); got != 1 {
		t.Errorf("counted %v marks", got)
	}
}

func TestCaseIsMarkedOnceHoweverManyAskAtOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		processes := []*process{c.process(t, "", seldom), c.process(t, "", seldom), c.process(t, "", seldom)}
		const n = 2500 // more than two batches
		c.crowd(t, n, dueThen)
		c.clock.Set(dueThen.Add(time.Second))
		var all sync.WaitGroup
		for _, p := range processes {
			alarm := p.handlers()
			for _, ask := range []func() error{
				func() error { return p.Sweep(t.Context()) },
				func() error { return alarm.ProcessTask(t.Context(), asynq.NewTask(taskDue, nil)) },
			} {
				all.Go(func() {
					if err := ask(); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		// Whoever met only rows that others held has left them to them; all are done.
		c.wantEachMarkedOnce(t, n)
	})
}

func TestNoticeIsSentOnceHoweverManyCarryIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		bag := &mailbag{got: map[string]int{}}
		var all sync.WaitGroup
		processes := make([]*process, 3)
		for i := range processes {
			processes[i] = c.process(t, "", seldom)
			processes[i].Delivery.Senders[notify.Email] = bag
		}
		const letters = 10
		for range letters {
			c.submit(t, processes[0], c.leads[1])
		}
		c.clock.Add(patience)
		for _, p := range processes {
			all.Go(func() { p.carry(t.Context(), t.Context()) })
			all.Go(func() { p.run(t) })
		}
		all.Wait()
		eventually(t, "the end of the outbox", func() bool { return c.count(t, "notices WHERE state <> 'sent'") == 0 })
		if n, repeated := bag.counts(); n != 2*letters || repeated != 0 {
			t.Errorf("%d messages, %d of them repeated; want %d, 0", n, repeated, 2*letters)
		}
	})
}

func TestWakeArmsOneAlarmPerInstantAndOnlyNearOnes(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	p.run(t)
	soon := thursday.Add(3 * time.Hour)
	begin := time.Now()
	for range 50 {
		p.Queue.Wake(t.Context(), cases.Wakeup{Due: soon})
	}
	p.Queue.Wake(t.Context(), cases.Wakeup{Due: thursday.Add(near + time.Second)})
	p.Queue.Wake(t.Context(), cases.Wakeup{Due: soon.Add(time.Hour)})
	var alarms []*asynq.TaskInfo
	eventually(t, "two alarms and that of the next digest", func() bool {
		alarms = p.scheduled(t)
		return len(alarms) == 3
	})
	// asynq cuts to whole seconds; in the second of due itself nothing is overdue yet.
	for _, a := range alarms {
		if a.ID != "due:"+unix(soon) {
			continue
		}
		if wait := a.NextProcessAt.Sub(begin); wait <= 3*time.Hour || wait > 3*time.Hour+patienceOfTests {
			t.Errorf("rings after %s, want more than three hours and not much more", wait)
		}
		if a.MaxRetry != alarmRetries || a.Retention != 0 {
			t.Errorf("%d retries and %s retention", a.MaxRetry, a.Retention)
		}
		return
	}
	t.Errorf("no alarm for %s in %v", soon, alarms)
}

func TestWakeNeitherBlocksNorFails(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "redis://"+closedPort(t), seldom)
	const more = 10
	for range buffered + more { // nobody takes them out: Run is not running
		p.Queue.Wake(t.Context(), cases.Wakeup{Due: thursday, Notices: []int64{1}})
	}
	p.Queue.Wake(t.Context(), cases.Wakeup{})
	if got := value(p.Metrics.dropped); got != more {
		t.Errorf("%v dropped, want %d", got, more)
	}
}

func TestSweepBringsBackWhatAWipedRedisForgot(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	c.submit(t, p, c.leads[0])
	c.clock.Set(dueThen.Add(-time.Hour))
	sweep := func() {
		t.Helper()
		if err := p.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string) {
		t.Helper()
		var ids []string
		for _, a := range p.scheduled(t) {
			ids = append(ids, a.ID)
		}
		if len(ids) != 2 || ids[0] != "due:"+unix(dueThen) {
			t.Errorf("%s: armed %v, want the due instant and the next digest", when, ids)
		}
		if n := len(p.waiting(t)); n != 2 {
			t.Errorf("%s: %d notices armed, want 2", when, n)
		}
	}
	sweep()
	want("at first")
	sweep()
	want("swept again")
	if err := p.connection.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	sweep()
	want("after the wipe")

	// A task that used up its retries keeps its name taken until the sweep deletes it.
	inspector := asynq.NewInspectorFromRedisClient(p.connection.client)
	if err := inspector.ArchiveTask(alarmQueue, "due:"+unix(dueThen)); err != nil {
		t.Fatal(err)
	}
	if _, err := inspector.ArchiveAllPendingTasks(noticeQueue); err != nil {
		t.Fatal(err)
	}
	sweep()
	want("after the archive")
}

func TestRedisThatIsDownAtStartDelaysNothingForEver(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "redis://"+closedPort(t), 50*time.Millisecond)
	stop := p.run(t)
	c.submit(t, p, c.leads[2])
	eventually(t, "the receipt", func() bool { n, _ := p.bag.counts(); return n == 2 })
	c.clock.Set(dueThen.Add(time.Second))
	eventually(t, "the mark", func() bool { return c.marked(t) == 1 })
	c.clock.Set(morningAfter)
	eventually(t, "the notices", func() bool { n, _ := p.bag.counts(); return n == 6 })
	c.wantEachMarkedOnce(t, 1)
	if _, repeated := p.bag.counts(); repeated != 0 {
		t.Errorf("%d messages came twice", repeated)
	}
	if got := value(p.Metrics.redisUp); got != 0 {
		t.Error("Redis is said to be up")
	}
	begin := time.Now()
	if err := stop(); err != nil || time.Since(begin) > grace {
		t.Errorf("stopped after %s: %v", time.Since(begin), err)
	}
}

func TestRedisThatTakesConnectionsAndSaysNothingHoldsUpNothing(t *testing.T) {
	t.Parallel()
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close() //nolint:errcheck // of no interest here
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "redis://"+mute.Addr().String(), 50*time.Millisecond)
	c.submit(t, p, c.leads[0])
	c.clock.Set(morningAfter)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	eventually(t, "the mark and the notices", func() bool { n, _ := p.bag.counts(); return n == 6 })
	c.wantEachMarkedOnce(t, 1)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSweepFollowsAClockThatIsSet(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "redis://"+closedPort(t), time.Hour) // only the sweep can do anything
	c.crowd(t, 3, dueThen)
	p.run(t)
	c.clock.Set(dueThen.Add(time.Second))
	eventually(t, "the marks, long before an hour has passed", func() bool { return c.marked(t) == 3 })
	// Set back, it sweeps as well: whoever set it wrongly before mends it, and the day is another one.
	c.crowd(t, 1, thursday.Add(-time.Second))
	c.clock.Set(thursday)
	eventually(t, "the mark on the day before", func() bool { return c.marked(t) == 4 })
}

func TestApartIsTheSameBothWays(t *testing.T) {
	t.Parallel()
	for _, moved := range []time.Duration{0, time.Second, -time.Minute, 24 * time.Hour} {
		now := time.Now() // with the counter that a set clock does not move
		if got := apart(now, now.Round(0).Add(moved)); got != moved.Abs() {
			t.Errorf("moved by %s: %s apart", moved, got)
		}
	}
}

func TestQueueThatHangsIsGoneAround(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", 50*time.Millisecond)
	p.run(t)
	// Redis answers, and yet no task is handed out: as with one that may not write.
	if err := asynq.NewInspectorFromRedisClient(p.connection.client).PauseQueue(noticeQueue); err != nil {
		t.Fatal(err)
	}
	c.submit(t, p, c.leads[0])
	c.clock.Add(patience)
	eventually(t, "the receipt", func() bool { n, _ := p.bag.counts(); return n == 2 })
	if value(p.Metrics.direct) == 0 {
		t.Error("no notice was taken without the queue")
	}
}

func TestDigestIsWrittenOnceAWorkingMorningByWhomeverItIs(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		processes := []*process{c.process(t, "", seldom), c.process(t, "", seldom), c.process(t, "", seldom)}
		c.crowd(t, 2*departments, dueThen)
		for _, day := range []struct {
			local string
			want  int // digests so far
		}{
			{"2026-03-06 08:59:59", 0}, // due on the next working day, but it is too early
			{"2026-03-06 09:00:01", 3},
			{"2026-03-06 17:59:59", 3},
			{"2026-03-07 09:00:01", 3}, // a Saturday
			{"2026-03-09 18:00:00", 3}, // nobody ran on Monday until the evening: it would only disturb
			{"2026-03-10 11:00:00", 6}, // late in the morning is better than not at all
		} {
			c.clock.Set(at(day.local))
			var all sync.WaitGroup
			for _, p := range processes {
				for range 2 {
					all.Go(func() {
						if err := p.Sweep(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
				all.Go(func() {
					if err := p.handlers().ProcessTask(t.Context(), asynq.NewTask(taskDigest, nil)); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got := c.count(t, "notices WHERE kind = 'digest'"); got != day.want {
				t.Errorf("%s: %d digests, want %d", day.local, got, day.want)
			}
		}
	})
}

func TestDigestRingsAtItsInstant(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	c.crowd(t, 1, dueThen)
	c.clock.Set(at("2026-03-06 08:59:59"))
	p.run(t)
	c.clock.Set(at("2026-03-06 09:00:01"))
	eventually(t, "the digest", func() bool { return c.count(t, "notices WHERE kind = 'digest'") == 1 })
}

func TestAnsweredCasesAreClosedAndOldSessionsRemovedByTheSweep(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	c.crowd(t, 3, dueThen)
	c.exec(t, "UPDATE cases SET state = 'answered', answered_at = ?, close_due_at = ? WHERE id < 3", thursday.Unix(), dueThen.Unix())
	for _, token := range []string{"a", "b"} {
		if err := p.Sessions.CommitCtx(t.Context(), token, []byte("data"), thursday.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		c.clock.Add(time.Hour)
	}
	c.clock.Set(dueThen)
	if err := p.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := c.count(t, "cases WHERE state = 'closed'"); n != 2 {
		t.Errorf("%d closed, want 2", n)
	}
	if n := c.count(t, "sessions"); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestPanicWhileSendingIsContained(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", 50*time.Millisecond)
	var once sync.Once
	p.bag.before = func() { once.Do(func() { panic("a sender broke") }) }
	p.run(t)
	c.submit(t, p, c.leads[0])
	eventually(t, "one of two notices", func() bool { n, _ := p.bag.counts(); return n == 1 })
	c.clock.Add(time.Hour) // the other's lease has run out
	eventually(t, "the other notice", func() bool { n, _ := p.bag.counts(); return n == 2 })
}

func TestStepThatPanicsStopsNoOther(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	p.Desk = nil // every step that needs the desk panics
	if err := p.Sessions.CommitCtx(t.Context(), "old", []byte("data"), thursday); err != nil {
		t.Fatal(err)
	}
	if err := p.Sweep(t.Context()); err == nil {
		t.Error("the sweep says that all is well")
	}
	if n := c.count(t, "sessions"); n != 0 {
		t.Error("the step after the broken ones did not run")
	}
	if value(p.Metrics.lastSweep) != 0 || value(p.Metrics.failures.WithLabelValues("elapse")) != 1 {
		t.Error("the failure is not counted")
	}
}

func TestSendingUnderWayIsFinishedAtShutdown(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	begun, release := make(chan struct{}, 2), make(chan struct{})
	p.bag.before = func() { begun <- struct{}{}; <-release }
	stop := p.run(t)
	c.submit(t, p, c.leads[0])
	<-begun
	ended := make(chan error)
	go func() { ended <- stop() }()
	select {
	case err := <-ended:
		t.Fatalf("did not wait for the sending: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := c.count(t, "notices WHERE state = 'sending'"); n != 0 {
		t.Errorf("%d notices are left half sent", n)
	}
}

func TestAlarmsSayWhatTheyLack(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("alarms without anything are made")
	}
}

// scheduled lists the armed alarms, the earliest first.
func (p *process) scheduled(t *testing.T) []*asynq.TaskInfo {
	t.Helper()
	tasks, err := asynq.NewInspectorFromRedisClient(p.connection.client).ListScheduledTasks(alarmQueue)
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

// waiting lists the notices that are armed.
func (p *process) waiting(t *testing.T) []*asynq.TaskInfo {
	t.Helper()
	tasks, err := asynq.NewInspectorFromRedisClient(p.connection.client).ListPendingTasks(noticeQueue)
	if err != nil {
		t.Fatal(err)
	}
	return tasks
}

func TestAlarmForThisVerySecondRingsInTheNext(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, "", seldom)
	client := asynq.NewClientFromRedisClient(p.connection.client)
	// At dueThen an answer is still on time; an alarm that rang at once would find nothing.
	if err := armDue(t.Context(), client, dueThen, dueThen); err != nil {
		t.Fatal(err)
	}
	if n := len(p.scheduled(t)); n != 1 {
		t.Errorf("%d alarms wait for the next second, want 1", n)
	}
}
