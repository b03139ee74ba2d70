package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/sla"
)

// waitRow is one wait for the writer.
type waitRow struct {
	bun.BaseModel `bun:"table:waits,alias:q"`

	ID           int64 `bun:",pk,autoincrement"`
	CaseID       ID
	Round        int64
	DepartmentID int64
	Since        migrations.Instant
	Until        migrations.Instant // its own limit
	EndedAt      migrations.Instant
	Question     string
}

// waitsOf reads the waits of the present lead in the running round.
func waitsOf(ctx context.Context, db bun.IDB, c *Case) ([]waitRow, error) {
	if c.WaitCount == 0 {
		return nil, nil
	}
	var rows []waitRow
	err := db.NewSelect().Model(&rows).
		Where("case_id = ? AND round = ? AND department_id = ? AND since >= ?", c.ID, c.Round, c.LeadID, c.RoutedAt).
		Order("since", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read waits: %w", err)
	}
	return rows, nil
}

// history is what the clocks of the running round depend on (sla.History), reckoned from the start.
func history(p sla.Policy, c *Case, waits []waitRow) sla.History {
	h := handled(p, &c.Handling, c.ReceivedAt.Time)
	if c.Round > 1 {
		h.Received, h.Rework = c.ReworkGrantedAt.Time, true
	}
	for _, w := range waits {
		h.Waits = append(h.Waits, sla.Wait{From: w.Since.Time, Until: w.Until.Time, To: w.EndedAt.Time})
	}
	if !c.State.Open() && c.AnsweredAt.IsZero() {
		h.Ended = c.ChangedAt.Time
	}
	return h
}

// handled is the history of one round's handling that began at began.
func handled(p sla.Policy, o *Handling, began time.Time) sla.History {
	h := sla.History{
		Policy: p, Received: began, Routed: o.RoutedAt.Time, Replied: o.RepliedAt.Time, Answered: o.AnsweredAt.Time,
	}
	if o.Extension == ExtensionGranted {
		h.Extension = sla.Extension{Days: int(o.ExtensionDays), At: o.ExtensionAt.Time}
	}
	return h
}

// promised is the writer's clock as it stands: what the department's clock rests on. The writer's is
// fixed at receipt, so the verbs that start or move the department's take it as it is.
func (o *Handling) promised() *sla.Promise {
	return &sla.Promise{Due: o.DueAt.Time, Unextended: o.DueUnextendedAt.Time, Provisional: o.Provisional}
}

// setWriters stores the writer's clock of a reckoning by that edition.
func (o *Handling) setWriters(k sla.Clocks, edition int64) {
	o.DueAt, o.DueUnextendedAt, o.Provisional = migrations.At(k.Due), migrations.At(k.DueUnextended), k.Provisional
	o.DueEdition = edition
}

// setDepartments stores the department's clock.
func (o *Handling) setDepartments(k sla.Clocks, edition int64) {
	o.DepartmentDueAt, o.DepartmentProvisional = migrations.At(k.DepartmentDue), k.DepartmentProvisional
	o.DepartmentEdition = edition
}

// startClock begins the running round: the writer's clock from now on, by the newest calendar.
func (r *rulebook) startClock(c *Case, p sla.Policy) {
	c.setWriters(r.calendar().Reckon(history(p, c, nil)), r.edition)
	c.SettledEdition = r.edition
}

// departmentClock reckons the department's clock anew and leaves the writer's as it is.
func (w *work) departmentClock() {
	h := history(w.rules.policy(w.c), w.c, w.waits)
	h.Promise = w.c.promised()
	w.c.setDepartments(w.rules.calendar().Reckon(h), w.rules.edition)
}

// extendedClocks reckons both clocks with the extension that was granted. The writer's stays with the calendar
// it was promised by: a case that no correction could move when it came (it was declined then, and reopened
// since) is not moved by the extension's way either.
func (w *work) extendedClocks() {
	c := w.c
	promisedBy := max(c.DueEdition, 1)
	c.setWriters(w.rules.edited(promisedBy).Reckon(history(w.rules.policy(c), c, w.waits)), promisedBy)
	w.departmentClock()
}

// bothClocks reckons both clocks anew, under another policy.
func (w *work) bothClocks() {
	k := w.rules.calendar().Reckon(history(w.rules.policy(w.c), w.c, w.waits))
	w.c.setWriters(k, w.rules.edition)
	w.c.setDepartments(k, w.rules.edition)
}

// setAlarm finds the next instant at which the clock asks for something, if any. Whatever changes a case
// ends with it, so that the one index over alarm_at is all that the sweep must look at.
func (c *Case) setAlarm(r *rulebook) {
	c.CardDueAt, c.SignDueAt = c.nextCard(r), c.signDue(r)
	c.AlarmAt = migrations.Instant{}
	if c.Quiet {
		return // imported history: nobody is told anything, ever
	}
	consider := func(at migrations.Instant) {
		if !at.IsZero() && (c.AlarmAt.IsZero() || at.Before(c.AlarmAt.Time)) {
			c.AlarmAt = at
		}
	}
	consider(c.OrderDueAt) // an order is answered even after the case is
	if !c.State.Open() {
		return
	}
	if c.OverdueNoticedAt.IsZero() || c.Extension == ExtensionAsked {
		consider(c.DueAt)
	}
	consider(c.AssistDueAt)
	if !c.departmentRuns() {
		return
	}
	if c.DepartmentNoticedAt.IsZero() {
		consider(c.DepartmentDueAt)
	}
	consider(c.CardDueAt)
	consider(c.WaitingUntil)
}

// signDue is until when the lead should sign; none when it has, or when nobody is measured by it.
func (c *Case) signDue(r *rulebook) migrations.Instant {
	if c.State != Routed || c.Quiet || c.DueAt.IsZero() || c.RoutedAt.IsZero() {
		return migrations.Instant{}
	}
	p := r.policy(c)
	due, _ := r.calendar().Due(c.RoutedAt.Time, p.AcknowledgeDays, p.Closing)
	return migrations.At(due)
}

// departmentRuns tells whether the department's clock is running.
func (c *Case) departmentRuns() bool {
	return (c.State == Routed || c.State == Acknowledged) && c.LeadID != 0 && c.RepliedAt.IsZero() && !c.DepartmentDueAt.IsZero()
}

// nextCard is the instant after which the next card is given; none when the clock does not run or both
// have been given.
func (c *Case) nextCard(r *rulebook) migrations.Instant {
	if c.Quiet || !c.departmentRuns() || !c.RedAt.IsZero() {
		return migrations.Instant{}
	}
	p := r.policy(c)
	days := p.YellowDays
	if !c.YellowAt.IsZero() {
		days = p.RedDays
	}
	at, _ := r.calendar().Due(c.DepartmentDueAt.Time, days, p.Closing)
	return migrations.At(at)
}
