package notify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// DeliveryConfig is what a Delivery needs.
type DeliveryConfig struct {
	DB *migrations.DB
	// Senders by medium. A notice for a medium without one is dead at once; it can be revived when
	// the medium has been set up.
	Senders   map[string]Sender
	Addresses Addresses
	// Fill, if set, puts into a notice what the outbox must not hold, such as a writer's secret, just
	// before it is sent.
	Fill  func(ctx context.Context, n Notice) (Notice, error)
	Clock func() time.Time
	// From is the sender in the mail's header.
	From Address
	// PublicHost is the city's host name without a port, for Message-IDs. A change of it changes the
	// Message-ID of what is just being retried.
	PublicHost string
	Log        *slog.Logger
	// SendTimeout is how long one sending may take; 0 for two minutes.
	SendTimeout time.Duration
	// Lease is how long a row belongs to who claimed it, longer than SendTimeout; 0 for five minutes.
	// A notice whose process was killed is sent that much later.
	Lease time.Duration
}

// Delivery sends notices of the outbox. Any number of them may work on one database.
type Delivery struct{ DeliveryConfig }

// recordTimeout is for writing down the outcome, which is done even when the caller has given up: a
// mail that is out and not marked would go out again. recordPause lies between two attempts.
const (
	recordTimeout = 30 * time.Second
	recordPause   = 500 * time.Millisecond
)

// NewDelivery checks the configuration.
func NewDelivery(c DeliveryConfig) (*Delivery, error) {
	if c.SendTimeout == 0 {
		c.SendTimeout = 2 * time.Minute
	}
	if c.Lease == 0 {
		c.Lease = 5 * time.Minute
	}
	switch {
	case c.DB == nil, c.Addresses == nil, c.Clock == nil, c.Log == nil:
		return nil, errors.New("delivery: database, addresses, clock and log are all needed")
	case c.Lease <= c.SendTimeout:
		return nil, errors.New("delivery: a lease must last longer than a sending, or two send the same notice")
	case !plainMessageID.MatchString("notice@" + c.PublicHost):
		return nil, fmt.Errorf("delivery: %q is not a host name for Message-IDs", c.PublicHost)
	}
	if err := checkEmail(c.From.Email); err != nil {
		return nil, fmt.Errorf("delivery: sender: %w", err)
	}
	return &Delivery{c}, nil
}

// backoff is the pause after the first, second … failure. A mail server that is away over a weekend
// finds everything still there.
var backoff = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// maxAttempts is how often a notice is tried, over two days in all, before it is dead.
const maxAttempts = 10

func pause(attempts int64) time.Duration {
	return backoff[min(int(attempts), len(backoff))-1]
}

// Deliver sends the notice with that id, if it is there, due, and nobody else is sending it;
// otherwise it does nothing.
//
// The outcome is in the row. A sending that failed is no error of Deliver's: the row says when to try
// again, or that it is dead. An error means that the database failed; the row can be taken again when
// its lease has run out, if it had been taken at all.
func (d *Delivery) Deliver(ctx context.Context, id int64) error {
	r, err := d.claim(ctx, id)
	if err != nil {
		return fmt.Errorf("claim notice %d: %w", id, err)
	}
	if r == nil {
		return nil
	}
	about, failure := d.send(ctx, r)
	err = d.record(ctx, func(ctx context.Context) error {
		if failure == nil {
			return d.markSent(ctx, r)
		}
		return d.markFailed(ctx, r, about, failure)
	})
	if err != nil {
		return fmt.Errorf("mark notice %d: %w", id, err)
	}
	return nil
}

// record writes the outcome down. While the database is away, as when it is restarted, it tries again for as
// long as recordTimeout and the caller allow; a caller that has given up is still worth one attempt.
func (d *Delivery) record(caller context.Context, mark func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(caller), recordTimeout)
	defer cancel()
	again := time.NewTicker(recordPause)
	defer again.Stop()
	for {
		err := mark(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-caller.Done():
			return err
		case <-ctx.Done():
			return err
		case <-again.C:
		}
	}
}

// claim takes the row for the length of the lease, or returns nil when it is not to be had.
//
// The attempt is counted now and not when it has failed: a notice on which the process dies each time
// would otherwise be tried for ever.
func (d *Delivery) claim(ctx context.Context, id int64) (*row, error) {
	now := migrations.At(d.Clock())
	until := migrations.At(now.Add(d.Lease))
	var r row
	err := d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r = row{}
		return tx.NewUpdate().Model(&r).
			Set("state = ?", stateSending).Set("attempts = attempts + 1").
			Set("leased_until = ?", until).Set("next_at = ?", until).
			Where("id = ?", id).Where("state IN (?, ?)", statePending, stateSending).Where("next_at <= ?", now).
			Returning("?Columns").Scan(ctx) // not *: a newer schema may have columns we do not know
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is no row to be had, and that is no error
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// send finds the address and hands the message to the medium's sender. The address comes back so that
// it can be kept out of what is written about a failure.
func (d *Delivery) send(ctx context.Context, r *row) (Address, error) {
	if r.Attempts > maxAttempts {
		return Address{}, &PermanentError{errors.New("sending it never came to an end: each time the program stopped meanwhile")}
	}
	sender, found := d.Senders[r.Medium]
	if !found {
		return Address{}, &PermanentError{fmt.Errorf("no sender is set up for %s", r.Medium)}
	}
	ctx, cancel := context.WithTimeout(ctx, d.SendTimeout)
	defer cancel()
	to, err := d.Addresses.Address(ctx, r.Medium, r.recipient())
	if err == nil && (r.Medium == Email && to.Email == "" || r.Medium == SMS && to.Phone == "") {
		err = ErrNoAddress
	}
	if errors.Is(err, ErrNoAddress) {
		return to, &PermanentError{err}
	}
	if err != nil {
		return to, fmt.Errorf("look up the address: %w", err)
	}
	n := r.notice()
	if d.Fill != nil {
		n, err = d.Fill(ctx, n)
		if errors.Is(err, ErrNoLongerFor) {
			return to, &PermanentError{err}
		}
		if err != nil {
			return to, fmt.Errorf("fill in the text: %w", err)
		}
	}
	return to, sender.Send(ctx, Message{
		ID: r.MessageID + "@" + d.PublicHost, Date: r.CreatedAt.Time,
		From: d.From, To: to, Subject: n.Subject, Text: n.Text, HTML: n.HTML, Attachments: n.Attachments,
	})
}

// markSent holds even if the lease has run out meanwhile: it is out, whoever has the row now.
func (d *Delivery) markSent(ctx context.Context, r *row) error {
	now := migrations.At(d.Clock())
	err := d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*row)(nil)).
			Set("state = ?", stateSent).Set("sent_at = ?", now).Set("leased_until = NULL").Set("last_error = ''").
			Where("id = ?", r.ID).Where("state <> ?", stateSent).Exec(ctx)
		return err
	})
	if err == nil {
		d.Log.DebugContext(ctx, "notice sent", "notice", r.ID, "kind", r.Kind, "medium", r.Medium, "attempt", r.Attempts)
	}
	return err
}

// markFailed gives the row back for another attempt, or declares it dead. Attempts and lease together
// name this claim: whoever has lost the lease has no say any more.
func (d *Delivery) markFailed(ctx context.Context, r *row, about Address, failure error) error {
	now := migrations.At(d.Clock())
	state, next := statePending, migrations.At(now.Add(pause(r.Attempts)))
	_, permanent := errors.AsType[*PermanentError](failure)
	if permanent || r.Attempts >= maxAttempts {
		state, next = stateDead, now
	}
	reason := mask(failure.Error(), about)
	err := d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*row)(nil)).
			Set("state = ?", state).Set("next_at = ?", next).Set("leased_until = NULL").Set("last_error = ?", reason).
			Where("id = ?", r.ID).Where("state = ?", stateSending).
			Where("attempts = ?", r.Attempts).Where("leased_until = ?", r.LeasedUntil).Exec(ctx)
		return err
	})
	if err == nil {
		d.Log.WarnContext(ctx, "notice not sent", "notice", r.ID, "kind", r.Kind, "medium", r.Medium,
			"attempt", r.Attempts, "state", state, "next_at", next.Time, "reason", reason)
	}
	return err
}

// Waiting is a notice that is still to be sent.
type Waiting struct {
	ID int64
	// NextAt is the earliest instant at which it may be tried.
	NextAt time.Time
}

// Pending lists what is still to be sent, the most urgent first, at most limit; also what is being
// sent at the moment, with the end of its lease, after which whoever took it counts as dead. Those
// with NextAt in the future are for setting an alarm: Deliver leaves them alone.
func (d *Delivery) Pending(ctx context.Context, limit int) ([]Waiting, error) {
	var rows []row
	// Written out as in the index, without arguments, so that SQLite sees that the partial index fits.
	err := d.DB.Read.NewSelect().Model(&rows).Column("id", "next_at").
		Where("state IN ('pending', 'sending')").OrderExpr("next_at, id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list waiting notices: %w", err)
	}
	waiting := make([]Waiting, 0, len(rows))
	for _, r := range rows {
		waiting = append(waiting, Waiting{ID: r.ID, NextAt: r.NextAt.Time})
	}
	return waiting, nil
}
