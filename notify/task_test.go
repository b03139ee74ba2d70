package notify

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"

	"mailbox/migrations/testdb"
)

func TestATaskSendsItsNoticeAndTheNextAttemptCanBeArmed(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, nil)
	redis := asynq.RedisClientOpt{Addr: miniredis.RunT(t).Addr()}
	client := asynq.NewClient(redis)
	t.Cleanup(func() { _ = client.Close() })

	tried := make(chan struct{}, 10)
	o.outside.do = func(Message) error { tried <- struct{}{}; return errors.New("451 busy") }
	id := write(t, db, monday, news("a"))[0]
	enqueue := func(at time.Time) error {
		_, err := client.Enqueue(NewDeliverTask(id, at), In(o.clock.Now(), at))
		return err
	}
	if err := enqueue(monday); err != nil {
		t.Fatal(err)
	}
	if err := enqueue(monday); !errors.Is(err, asynq.ErrTaskIDConflict) {
		t.Fatalf("the same attempt is armed twice: %v", err)
	}
	next := monday.Add(time.Minute)
	if err := enqueue(next); err != nil {
		t.Fatalf("the next attempt cannot be armed while this one is: %v", err)
	}

	handled := make(chan error, 10)
	mux := asynq.NewServeMux()
	mux.HandleFunc(TaskDeliver, func(ctx context.Context, task *asynq.Task) error {
		err := o.Handle(ctx, task)
		handled <- err
		return err
	})
	server := asynq.NewServer(redis, asynq.Config{
		Concurrency: 1, TaskCheckInterval: 20 * time.Millisecond, LogLevel: asynq.FatalLevel,
	})
	if err := server.Start(mux); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	<-tried
	if err := <-handled; err != nil {
		t.Errorf("a failed sending is asynq's to repeat: %v", err)
	}
	waits(t, o.Delivery, Waiting{ID: id, NextAt: next})

	o.outside.mutex.Lock()
	o.outside.do = nil
	o.outside.mutex.Unlock()
	o.clock.move(time.Minute)
	if err := enqueue(next); !errors.Is(err, asynq.ErrTaskIDConflict) {
		t.Fatalf("the next attempt is lost: %v", err)
	}
	// It rings in a minute of real time; another one, due at once, stands in for it.
	if _, err := client.Enqueue(NewDeliverTask(id, next.Add(time.Second)), In(o.clock.Now(), next)); err != nil {
		t.Fatal(err)
	}
	if err := <-handled; err != nil {
		t.Error(err)
	}
	if r := readRow(t, db, id); r.State != stateSent || r.Attempts != 2 {
		t.Errorf("%+v", r)
	}
}

func TestNothingStaysInTheQueueWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, func(c *DeliveryConfig) { c.Log = slog.New(slog.DiscardHandler) })
	if err := o.Handle(t.Context(), asynq.NewTask(TaskDeliver, []byte("x"))); !errors.Is(err, asynq.RevokeTask) {
		t.Errorf("a task without an id: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	id := write(t, db, monday, news("a"))[0]
	err := o.Handle(ended, NewDeliverTask(id, monday))
	if !errors.Is(err, asynq.RevokeTask) || !errors.Is(err, context.Canceled) {
		t.Errorf("a database that cannot be reached: %v", err)
	}
	if r := readRow(t, db, id); r.State != statePending {
		t.Errorf("%+v", r)
	}
}

func TestAlarmsRingASecondAfterTheirInstant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at   time.Time
		want time.Duration
	}{
		{monday.Add(-time.Hour), 0}, {monday, 0}, {monday.Add(time.Minute), time.Minute + time.Second},
	}
	for _, test := range tests {
		option := In(monday, test.at)
		if option.Type() != asynq.ProcessInOpt || option.Value() != test.want {
			t.Errorf("at %v: %v", test.at, option)
		}
	}
}
