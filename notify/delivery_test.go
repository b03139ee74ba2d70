package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// clock is the time of a test, moved by hand.
type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// outside is a sender that keeps what it is given and does what it is told.
type outside struct {
	mutex sync.Mutex
	sent  []Message
	// do, if set, decides about each message.
	do func(Message) error
}

func (o *outside) Send(_ context.Context, m Message) error {
	o.mutex.Lock()
	o.sent = append(o.sent, m)
	do := o.do
	o.mutex.Unlock()
	if do != nil {
		return do(m)
	}
	return nil
}

// addresses knows everybody by the same address, or fails.
type addresses struct {
	address Address
	err     error
}

func (a addresses) Address(context.Context, string, Recipient) (Address, error) {
	return a.address, a.err
}

// office is a delivery with its surroundings.
type office struct {
	*Delivery
	clock   *clock
	outside *outside
	log     *bytes.Buffer
}

func newOffice(t testing.TB, db *migrations.DB, change func(*DeliveryConfig)) *office {
	t.Helper()
	o := &office{clock: &clock{now: monday}, outside: &outside{}, log: &bytes.Buffer{}}
	config := DeliveryConfig{
		DB: db, Senders: map[string]Sender{Email: o.outside},
		Addresses: addresses{address: Address{Name: "张三", Email: "zhang@example.org"}},
		Clock:     o.clock.Now, From: Address{Name: "市长信箱", Email: "mailbox@example.org"},
		PublicHost: "mailbox.example.org",
		Log:        slog.New(slog.NewTextHandler(&lockedWriter{w: o.log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&config)
	}
	var err error
	if o.Delivery, err = NewDelivery(config); err != nil {
		t.Fatal(err)
	}
	return o
}

type lockedWriter struct {
	mutex sync.Mutex
	w     *bytes.Buffer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.w.Write(p)
}

func deliver(t *testing.T, d *Delivery, id int64) {
	t.Helper()
	if err := d.Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestANoticeIsSentOnceAndMarked(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		id := write(t, db, monday, news("a"))[0]
		o.clock.move(time.Minute)
		deliver(t, o.Delivery, id)
		deliver(t, o.Delivery, id)
		r := readRow(t, db, id)
		want := []Message{{
			ID: r.MessageID + "@mailbox.example.org", Date: monday, From: o.From,
			To: Address{Name: "张三", Email: "zhang@example.org"}, Subject: "新转办件", Text: "请签收。", HTML: "<p>请签收。</p>",
		}}
		if diff := cmp.Diff(want, o.outside.sent); diff != "" {
			t.Error(diff)
		}
		if r.State != stateSent || !r.SentAt.Equal(monday.Add(time.Minute)) || r.Attempts != 1 || !r.LeasedUntil.IsZero() {
			t.Errorf("the row says %+v", r)
		}
		deliver(t, o.Delivery, id+100) // there is no such notice
		waits(t, o.Delivery)
	})
}

func TestManyDeliveriesOfOneNoticeSendItOnce(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		withBureau(t, db)
		// Two offices, as two processes would be.
		first, second := newOffice(t, db, nil), newOffice(t, db, nil)
		ids := write(t, db, monday, news("a"), news("b"), news("c"))
		var group sync.WaitGroup
		failed := make(chan error, 100)
		for i := range 8 {
			d := first.Delivery
			if i%2 == 1 {
				d = second.Delivery
			}
			for _, id := range ids {
				group.Go(func() {
					if err := d.Deliver(t.Context(), id); err != nil {
						failed <- err
					}
				})
			}
		}
		group.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
		times := map[string]int{}
		for _, m := range append(first.outside.sent, second.outside.sent...) {
			times[m.ID]++
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		if len(times) != len(ids) {
			t.Errorf("%d of %d notices were sent", len(times), len(ids))
		}
	})
}

func TestWhatAKilledProcessHadClaimedIsSentWhenItsLeaseHasRunOut(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		id := write(t, db, monday, news("a"))[0]
		if r, err := o.claim(t.Context(), id); err != nil || r == nil { // and then it is killed
			t.Fatal(r, err)
		}
		o.clock.move(o.Lease - time.Second)
		deliver(t, o.Delivery, id)
		if len(o.outside.sent) != 0 {
			t.Fatal("it was taken away from a process that may be alive")
		}
		waits(t, o.Delivery, Waiting{ID: id, NextAt: monday.Add(o.Lease)})
		o.clock.move(time.Second)
		deliver(t, o.Delivery, id)
		if r := readRow(t, db, id); len(o.outside.sent) != 1 || r.State != stateSent || r.Attempts != 2 {
			t.Errorf("%d sent, %s after %d attempts", len(o.outside.sent), r.State, r.Attempts)
		}
	})
}

func TestACrashBetweenSendingAndMarkingSendsTheSameMailAgain(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		id := write(t, db, monday, news("a"))[0]
		r, err := o.claim(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.send(t.Context(), r); err != nil { // out, and then the process is killed
			t.Fatal(err)
		}
		o.clock.move(o.Lease)
		restarted := newOffice(t, db, nil)
		restarted.clock.now = o.clock.Now()
		deliver(t, restarted.Delivery, id)
		if diff := cmp.Diff(o.outside.sent, restarted.outside.sent); diff != "" || len(o.outside.sent) != 1 {
			t.Errorf("the second mail is another: %s", diff)
		}
	})
}

func TestAFailedNoticeIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		o.outside.do = func(Message) error { return errors.New("451 <zhang@example.org> of 张三 is busy") }
		id := write(t, db, monday, news("a"))[0]
		pauses := []time.Duration{
			time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour,
			12 * time.Hour, 12 * time.Hour, 12 * time.Hour,
		}
		for i, pause := range pauses {
			deliver(t, o.Delivery, id)
			next := o.clock.Now().Add(pause)
			r := readRow(t, db, id)
			if r.State != statePending || r.Attempts != int64(i+1) || !r.NextAt.Equal(next) || !r.LeasedUntil.IsZero() {
				t.Fatalf("after failure %d: %+v", i+1, r)
			}
			if r.LastError != "451 <z***@example.org> of *** is busy" {
				t.Errorf("the row says %q", r.LastError)
			}
			waits(t, o.Delivery, Waiting{ID: id, NextAt: next})
			o.clock.move(pause - time.Second)
			deliver(t, o.Delivery, id)
			if len(o.outside.sent) != i+1 {
				t.Fatalf("tried a second too early after failure %d", i+1)
			}
			o.clock.move(time.Second)
		}
		deliver(t, o.Delivery, id)
		if r := readRow(t, db, id); r.State != stateDead || r.Attempts != maxAttempts || len(o.outside.sent) != maxAttempts {
			t.Errorf("after %d attempts: %+v", len(o.outside.sent), r)
		}
		if log := o.log.String(); strings.Contains(log, "zhang") || strings.Contains(log, "张三") || !strings.Contains(log, "state=dead") {
			t.Errorf("the log says\n%s", log)
		}
	})
}

func TestANoticeThatFailsOnceIsSentAtTheNextAttempt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		o.outside.do = func(Message) error { return errors.New("451 busy") }
		id := write(t, db, monday, news("a"))[0]
		deliver(t, o.Delivery, id)
		o.outside.do = nil
		o.clock.move(time.Minute)
		deliver(t, o.Delivery, id)
		if r := readRow(t, db, id); r.State != stateSent || r.LastError != "" || r.Attempts != 2 {
			t.Errorf("%+v", r)
		}
		if o.outside.sent[0].ID != o.outside.sent[1].ID {
			t.Error("the second attempt has another Message-ID")
		}
	})
}

func TestWhatCannotBeSentIsDeadAtOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*DeliveryConfig)
		medium string
		fails  error
		says   string
	}{
		"refused for good":     {nil, Email, &PermanentError{errors.New("550 zhang@example.org unknown")}, "550 z***@example.org unknown"},
		"nobody at home":       {func(c *DeliveryConfig) { c.Addresses = addresses{err: ErrNoAddress} }, Email, nil, "no address"},
		"erased":               {func(c *DeliveryConfig) { c.Addresses = addresses{} }, Email, nil, "no address"},
		"nonsense address":     {func(c *DeliveryConfig) { c.Addresses = addresses{address: Address{Email: "zhang"}} }, Email, nil, "not a plain mail address"},
		"no sender for SMS":    {nil, SMS, nil, "no sender is set up for sms"},
		"no telephone for SMS": {func(c *DeliveryConfig) { c.Senders[SMS] = &outside{} }, SMS, nil, "no address"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := withBureau(t, testdb.SQLite(t))
			o := newOffice(t, db, test.change)
			o.outside.do = func(m Message) error {
				if _, err := m.bytes(); err != nil {
					return err
				}
				return test.fails
			}
			n := news("a")
			n.Medium = test.medium
			id := write(t, db, monday, n)[0]
			deliver(t, o.Delivery, id)
			r := readRow(t, db, id)
			if r.State != stateDead || !strings.Contains(r.LastError, test.says) {
				t.Errorf("%s: %s", r.State, r.LastError)
			}
			waits(t, o.Delivery)
		})
	}
}

func TestARealServersRefusalsReachTheRowMasked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply        int
		state, says  string
		attemptsLeft bool
	}{
		"busy":    {451, statePending, "451 <z***@example.org>: user 4.0.0 z*** unknown here", true},
		"unknown": {550, stateDead, "550 <z***@example.org>: user 5.0.0 z*** unknown here", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, serverConfig{Rcpt: test.reply})
			testdb.Each(t, func(t *testing.T, db *migrations.DB) {
				o := newOffice(t, withBureau(t, db), func(c *DeliveryConfig) {
					c.Senders = map[string]Sender{Email: server.client(t, "smtp", "", "?starttls=off")}
				})
				id := write(t, db, monday, news("a"))[0]
				deliver(t, o.Delivery, id)
				r := readRow(t, db, id)
				if want := "mail server refuses the recipient: " + test.says; r.State != test.state || r.LastError != want {
					t.Errorf("%s: %s", r.State, r.LastError)
				}
				waiting, err := o.Pending(t.Context(), 10)
				if err != nil || len(waiting) == 1 != test.attemptsLeft {
					t.Errorf("waiting: %v, %v", waiting, err)
				}
			})
		})
	}
}

func TestANoticeArrivesAtARealServerWithTheRowsMessageID(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	server := startServer(t, serverConfig{StartTLS: true, Auth: true})
	o := newOffice(t, db, func(c *DeliveryConfig) {
		c.Senders = map[string]Sender{Email: server.client(t, "smtp", "mayor:geheim@", "")}
	})
	id := write(t, db, monday, news("a"))[0]
	deliver(t, o.Delivery, id)
	mails := server.received(t)
	r := readRow(t, db, id)
	if len(mails) != 1 || r.State != stateSent || !strings.Contains(mails[0], "Message-Id: <"+r.MessageID+"@mailbox.example.org>\r\n") {
		t.Errorf("%s, %d mails: %.500q", r.State, len(mails), mails)
	}
}

func TestAnAddressThatCannotBeLookedUpJustNowIsTriedAgain(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, func(c *DeliveryConfig) { c.Addresses = addresses{err: errors.New("the key file is away")} })
	id := write(t, db, monday, news("a"))[0]
	deliver(t, o.Delivery, id)
	if r := readRow(t, db, id); r.State != statePending || r.LastError != "look up the address: the key file is away" {
		t.Errorf("%s: %s", r.State, r.LastError)
	}
}

func TestASecretIsPutInWhenSendingAndStaysOutOfTheRow(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, func(c *DeliveryConfig) {
		c.Fill = func(_ context.Context, n Notice) (Notice, error) {
			if n.Key != "a" {
				return n, fmt.Errorf("a key %q nobody knows", n.Key)
			}
			n.Text += "geheim"
			return n, nil
		}
	})
	ids := write(t, db, monday, news("a"), news("b"))
	deliver(t, o.Delivery, ids[0])
	if len(o.outside.sent) != 1 || o.outside.sent[0].Text != "请签收。geheim" {
		t.Errorf("sent %+v", o.outside.sent)
	}
	if r := readRow(t, db, ids[0]); r.Body != "请签收。" || r.State != stateSent {
		t.Errorf("%+v", r)
	}
	deliver(t, o.Delivery, ids[1])
	if r := readRow(t, db, ids[1]); r.State != statePending || !strings.Contains(r.LastError, "nobody knows") {
		t.Errorf("%+v", r)
	}
}

func TestANoticeOnWhichTheProgramDiesEachTimeIsDeadInTheEnd(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, nil)
	id := write(t, db, monday, news("a"))[0]
	for range maxAttempts {
		if r, err := o.claim(t.Context(), id); err != nil || r == nil {
			t.Fatal(r, err)
		}
		o.clock.move(o.Lease)
	}
	deliver(t, o.Delivery, id)
	if r := readRow(t, db, id); r.State != stateDead || len(o.outside.sent) != 0 || !strings.Contains(r.LastError, "stopped") {
		t.Errorf("%d sent, %+v", len(o.outside.sent), r)
	}
}

func TestWhoHasLostTheLeaseHasNoSayAboutAFailure(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		id := write(t, db, monday, news("a"))[0]
		slow, err := o.claim(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		o.clock.move(o.Lease)
		quick, err := o.claim(t.Context(), id)
		if err != nil || quick == nil {
			t.Fatal(quick, err)
		}
		if err := o.markFailed(t.Context(), slow, Address{}, &PermanentError{errors.New("too late")}); err != nil {
			t.Fatal(err)
		}
		if r := readRow(t, db, id); r.State != stateSending || r.LastError != "" {
			t.Fatalf("the one who is sending was overruled: %+v", r)
		}
		// But what is out is out.
		if err := o.markSent(t.Context(), slow); err != nil {
			t.Fatal(err)
		}
		if err := o.markFailed(t.Context(), quick, Address{}, errors.New("451")); err != nil {
			t.Fatal(err)
		}
		if r := readRow(t, db, id); r.State != stateSent || r.LastError != "" {
			t.Errorf("%+v", r)
		}
	})
}

func TestTheOutcomeIsWrittenThoughTheCallerHasGivenUp(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		id := write(t, db, monday, news("a"))[0]
		ctx, cancel := context.WithCancel(t.Context())
		o.outside.do = func(Message) error { cancel(); return nil } // shutting down just as the mail is out
		if err := o.Deliver(ctx, id); err != nil {
			t.Fatal(err)
		}
		if r := readRow(t, db, id); r.State != stateSent {
			t.Errorf("a mail that is out would go out again: %+v", r)
		}
	})
}

func TestTheMostUrgentWaitsFirst(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		late := write(t, db, monday.Add(time.Hour), news("late"))[0]
		early := write(t, db, monday, news("early"))[0]
		middle := write(t, db, monday.Add(time.Minute), news("middle"))[0]
		waits(t, o.Delivery, Waiting{early, monday}, Waiting{middle, monday.Add(time.Minute)}, Waiting{late, monday.Add(time.Hour)})
		two, err := o.Pending(t.Context(), 2)
		if err != nil || len(two) != 2 || two[1].ID != middle {
			t.Errorf("%v, %v", two, err)
		}
		deliver(t, o.Delivery, late)
		if len(o.outside.sent) != 0 {
			t.Error("a notice went out before its time")
		}
	})
}

func TestTheListOfWaitingNoticesReadsOnlyItsIndex(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	var plan struct {
		ID, Parent, Notused int64
		Detail              string
	}
	err := db.Read.NewRaw(`EXPLAIN QUERY PLAN SELECT id, next_at FROM notices AS n
		WHERE (state IN ('pending', 'sending')) ORDER BY next_at, id LIMIT 100`).Scan(t.Context(), &plan)
	if err != nil || !strings.Contains(plan.Detail, "notices_waiting") {
		t.Errorf("%s, %v", plan.Detail, err)
	}
}

func TestADeliveryThatCouldNotWorkIsNotMade(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	tests := map[string]func(*DeliveryConfig){
		"needed":      func(c *DeliveryConfig) { c.DB = nil },
		"lease":       func(c *DeliveryConfig) { c.Lease = time.Minute },
		"host name":   func(c *DeliveryConfig) { c.PublicHost = "a b" },
		"sender: not": func(c *DeliveryConfig) { c.From = Address{} },
	}
	for says, change := range tests {
		config := newOffice(t, db, nil).DeliveryConfig
		change(&config)
		if _, err := NewDelivery(config); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want …%s…", err, says)
		}
	}
}

func TestADatabaseThatIsGoneIsAnErrorOfTheDelivery(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	o := newOffice(t, db, nil)
	id := write(t, db, monday, news("a"))[0]
	inTx(t, db, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE notices RENAME TO away")
		return err
	})
	if err := o.Deliver(t.Context(), id); err == nil {
		t.Error("nobody was told")
	}
	if _, err := o.Pending(t.Context(), 1); err == nil {
		t.Error("nobody was told")
	}
}

func TestAMailThatIsOutIsMarkedWhenTheDatabaseComesBack(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		rename := func(from, to string) {
			inTx(t, db, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
				return err
			})
		}
		away, marks := false, 0
		o := newOffice(t, withBureau(t, db), func(c *DeliveryConfig) {
			now := c.Clock
			c.Clock = func() time.Time { // is asked before each attempt to mark
				if away {
					if marks++; marks == 2 {
						rename("away", "notices")
						away = false
					}
				}
				return now()
			}
		})
		id := write(t, db, monday, news("a"))[0]
		o.outside.do = func(Message) error {
			rename("notices", "away")
			away = true
			return nil
		}
		deliver(t, o.Delivery, id)
		if r := readRow(t, db, id); r.State != stateSent || marks != 2 || len(o.outside.sent) != 1 {
			t.Errorf("it is %s after %d attempts to mark it, and went out %d times", r.State, marks, len(o.outside.sent))
		}
	})
}

// waits checks what is still to be sent.
func waits(t *testing.T, d *Delivery, want ...Waiting) {
	t.Helper()
	got, err := d.Pending(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append([]Waiting{}, want...), got); diff != "" {
		t.Error(diff)
	}
}
