package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// elapsing are the cases whose alarm has rung; it fits the index cases_alarm_at, so that a million cases that
// nothing is due for cost nothing. "?" is now.
const elapsing = "alarm_at IS NOT NULL AND alarm_at < ?"

// elapsingAlone are those of them that need a verb of the program's own, case by case: a wait that is over, a
// request nobody decided, an order or a contribution to be named late. They are few. "?" is now, four times.
const elapsingAlone = "(waiting_until < ? OR extension = 'asked' AND due_at < ? OR order_due_at < ? OR assist_due_at < ?)"

// markBatchSize is how many cases one transaction marks: enough to make the round trips cheap, few enough
// that no department waits for a lock.
const markBatchSize = 1000

// NextAlarms lists the instants from now until horizon at which the clock asks for something. Deadlines fall
// at closing time, so a million open cases share a few dozen instants, and each is found by one look into
// the index.
func (d *Desk) NextAlarms(ctx context.Context, horizon time.Time) ([]time.Time, error) {
	var dues []int64
	err := d.db.Read.NewRaw(`WITH RECURSIVE ring (at) AS (
			SELECT MIN(alarm_at) FROM cases WHERE alarm_at IS NOT NULL AND alarm_at >= ?now AND alarm_at <= ?horizon
			UNION ALL
			SELECT (SELECT MIN(alarm_at) FROM cases WHERE alarm_at IS NOT NULL AND alarm_at > ring.at AND alarm_at <= ?horizon)
			FROM ring WHERE ring.at IS NOT NULL)
		SELECT at FROM ring WHERE at IS NOT NULL`,
		struct{ Now, Horizon migrations.Instant }{migrations.At(d.Now()), migrations.At(horizon)}).Scan(ctx, &dues)
	if err != nil {
		return nil, fmt.Errorf("read alarms: %w", err)
	}
	times := make([]time.Time, len(dues))
	for i, due := range dues {
		times[i] = time.Unix(due, 0).UTC()
	}
	return times, nil
}

// Elapse does all that the time which has passed asks for, and says how many cases became overdue: a new
// calendar is applied, waits end, undecided requests lapse, cases are marked overdue and cards are given,
// each once, with one notice per department and instant. It may run anywhere, any number of times, at once.
//
// Notices come first, in a transaction of their own with a key per instant and reader. A process that
// dies between them and the marks leaves cases that the next run marks without telling anybody again.
func (d *Desk) Elapse(ctx context.Context) (overdue int, err error) {
	// Mostly nothing has elapsed and no calendar has come, and two looks into indexes say so.
	var found struct {
		newest
		Elapsed   ID `bun:",nullzero"`
		Unsettled ID `bun:",nullzero"`
	}
	known := d.rules.Load().edition
	err = d.db.Read.NewRaw("SELECT "+newestSQL+", (SELECT id FROM cases WHERE "+elapsing+" ORDER BY alarm_at, id LIMIT 1) AS elapsed, ("+
		firstUnsettled+") AS unsettled", migrations.At(d.Now()), known).Scan(ctx, &found)
	if err != nil {
		return 0, fmt.Errorf("look for what has elapsed: %w", err)
	}
	if found.Unsettled != 0 || found.Edition != known {
		if _, err := d.Settle(ctx, nil); err != nil {
			return 0, err
		}
	} else if found.Elapsed == 0 {
		return 0, nil
	}
	if _, err := d.rulesFor(ctx, d.db.Read, found.newest); err != nil {
		return 0, err
	}
	overdue, alone := d.elapseAlone(ctx) // one that fails must not keep the others from being marked
	if err := d.tellElapsed(ctx); err != nil {
		return overdue, errors.Join(alone, err)
	}
	for {
		n, marked, err := d.markBatch(ctx)
		overdue += marked
		if err != nil || n == 0 {
			return overdue, errors.Join(alone, err)
		}
	}
}

// elapseAlone does, case by case, what needs a verb, and says how many of the cases became overdue by it.
func (d *Desk) elapseAlone(ctx context.Context) (overdue int, err error) {
	now := migrations.At(d.Now())
	var ids []ID
	err = d.db.Read.NewRaw("SELECT id FROM cases WHERE "+elapsing+" AND "+elapsingAlone+" ORDER BY alarm_at, id", now, now, now, now, now).Scan(ctx, &ids)
	if err != nil {
		return 0, fmt.Errorf("read what has elapsed: %w", err)
	}
	var all []error
	for _, id := range ids {
		w, err := d.lookAgain(ctx, id)
		if err != nil {
			all = append(all, fmt.Errorf("case %d: %w", id, err))
			continue
		}
		if slices.ContainsFunc(w.events, func(e ledger.Event) bool { return e.Verb == string(people.MarkOverdue) }) {
			overdue++
		}
	}
	return overdue, errors.Join(all...)
}

// lookAgain opens a case, which does all that has fallen to be done, and keeps that.
func (d *Desk) lookAgain(ctx context.Context, id ID) (*work, error) {
	var done *work
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		w, err := d.open(ctx, tx, id)
		if err != nil {
			return err
		}
		done = w
		return w.save(ctx)
	})
	if err != nil {
		return nil, err
	}
	d.wake(ctx, Wakeup{Due: done.c.AlarmAt.Time, Notices: done.written})
	return done, nil
}

// catchUp does, in the transaction that has opened the case, what its instants that have passed ask for, with
// an event each, as the alarm would have done.
func (w *work) catchUp(ctx context.Context) error {
	c := w.c
	if c.AlarmAt.IsZero() || !w.now.After(c.AlarmAt.Time) {
		return nil
	}
	passed := func(at migrations.Instant) bool { return !at.IsZero() && w.now.After(at.Time) }
	steps := []struct {
		verb people.Verb
		due  bool
		own  func(context.Context, *work) error
	}{
		{people.EndWait, passed(c.WaitingUntil), func(ctx context.Context, w *work) error { return w.waitOver(ctx) }},
		{people.LapseExtension, c.Extension == ExtensionAsked && passed(c.DueAt), func(ctx context.Context, w *work) error { return w.lapse(ctx) }},
		{people.NoteLate, passed(c.OrderDueAt) || c.State.Open() && passed(c.AssistDueAt), func(ctx context.Context, w *work) error { return w.noteLate(ctx) }},
		{people.MarkOverdue, c.Overdue(w.now) && c.OverdueNoticedAt.IsZero(), func(ctx context.Context, w *work) error { return w.markOverdue(ctx) }},
	}
	for _, s := range steps {
		if !s.due {
			continue
		}
		if err := w.step(ctx, people.TheSystem(), s.verb, s.own); err != nil {
			return err
		}
	}
	if err := w.departmentElapsed(ctx); err != nil {
		return err
	}
	for c.setAlarm(w.rules); passed(c.CardDueAt); c.setAlarm(w.rules) {
		if err := w.step(ctx, people.TheSystem(), people.Card, func(ctx context.Context, w *work) error { return w.card(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// markOverdue is the mark of one case.
func (w *work) markOverdue(ctx context.Context) error {
	w.c.OverdueNoticedAt = migrations.At(w.now)
	w.detail["due_at"], w.detail["round"] = w.c.DueAt.Unix(), w.c.Round
	return w.tellStage(ctx, stageOverdueCity)
}

// departmentElapsed tells of a department's clock that has run out.
func (w *work) departmentElapsed(ctx context.Context) error {
	c := w.c
	if !c.departmentRuns() || !c.DepartmentOverdue(w.now) || !c.DepartmentNoticedAt.IsZero() {
		return nil
	}
	c.DepartmentNoticedAt = migrations.At(w.now)
	w.program = true
	return w.tellStage(ctx, stageOverdue)
}

// card gives the next card to the department of one case.
func (w *work) card(ctx context.Context) error {
	kind, stage := YellowCard, stageYellow
	if w.c.YellowAt.IsZero() {
		w.c.YellowAt = migrations.At(w.now)
	} else {
		kind, stage, w.c.RedAt = RedCard, stageRed, migrations.At(w.now)
	}
	w.counts(kind, w.c.LeadID)
	w.detail = cardDetail(w.c, stage.card)
	return w.tellStage(ctx, stage)
}

func cardDetail(c *Case, colour string) map[string]any {
	return map[string]any{
		"card": colour, "department": c.LeadID, "department_due_at": c.DepartmentDueAt.Unix(), "after": c.CardDueAt.Unix(), "round": c.Round,
	}
}

// markBatch marks up to markBatchSize cases in one transaction. n is how many it looked at, overdue how many
// of them became overdue.
func (d *Desk) markBatch(ctx context.Context) (n, overdue int, err error) {
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, overdue = 0, 0
		now := migrations.At(d.Now())
		query := "SELECT " + markColumns + " FROM cases WHERE " + elapsing + " AND NOT COALESCE(" + elapsingAlone + ", FALSE)" +
			" AND settled_edition >= ? ORDER BY alarm_at, id LIMIT ?"
		if d.db.Dialect() == migrations.PostgreSQL {
			// Two processes share the work instead of waiting for each other; whoever answers a case in
			// this moment is not disturbed, and if that rolls back the next sweep finds the case.
			query += " FOR UPDATE SKIP LOCKED"
		}
		rules := d.rules.Load()
		var found []Case
		if err := tx.NewRaw(query, now, now, now, now, now, rules.edition, markBatchSize).Scan(ctx, &found); err != nil {
			return fmt.Errorf("read overdue cases: %w", err)
		}
		n = len(found)
		if n == 0 {
			return nil
		}
		b := marking{rules: rules, now: now}
		for i := range found {
			if err := b.mark(&found[i]); err != nil {
				return err
			}
		}
		overdue = b.overdue
		if err := writeMarks(ctx, tx, found); err != nil {
			return err
		}
		if err := ledger.Append(ctx, tx, b.events); err != nil {
			return err
		}
		return writeConduct(ctx, tx, b.conduct)
	})
	return n, overdue, err
}

// markColumns are what marking needs of a case.
const markColumns = `id, state, version, head_hash, round, quiet, policy_version, channel, kind, topic, born_channel, born_kind, born_topic,
	due_at, extension, answered_at, overdue_noticed_at, lead_id, routed_at, department_due_at, replied_at, department_noticed_at,
	card_due_at, yellow_at, red_at, waiting_until, assist_due_at, order_due_at, changed_at`

// marking is one batch.
type marking struct {
	rules   *rulebook
	now     migrations.Instant
	events  []ledger.Event
	conduct []conductRow
	overdue int
}

// mark does to a case what its instants ask for, and sets its next alarm.
func (b *marking) mark(c *Case) error {
	at := b.now
	if c.ChangedAt.After(at.Time) {
		at = c.ChangedAt
	}
	if c.Overdue(at.Time) && c.OverdueNoticedAt.IsZero() {
		c.OverdueNoticedAt = at
		b.overdue++
		if err := b.record(c, people.MarkOverdue, at, map[string]any{"due_at": c.DueAt.Unix(), "round": c.Round}); err != nil {
			return err
		}
	}
	if c.DepartmentOverdue(at.Time) && c.DepartmentNoticedAt.IsZero() {
		c.DepartmentNoticedAt = at
	}
	for {
		c.setAlarm(b.rules)
		if c.CardDueAt.IsZero() || !at.After(c.CardDueAt.Time) {
			return nil
		}
		if err := b.card(c, at); err != nil {
			return err
		}
	}
}

// card gives the next card.
func (b *marking) card(c *Case, at migrations.Instant) error {
	kind, colour := YellowCard, "yellow"
	if c.YellowAt.IsZero() {
		c.YellowAt = at
	} else {
		kind, colour, c.RedAt = RedCard, "red", at
	}
	b.conduct = append(b.conduct, conductRow{CaseID: c.ID, Round: c.Round, Kind: kind, DepartmentID: c.LeadID, At: at})
	return b.record(c, people.Card, at, cardDetail(c, colour))
}

func (b *marking) record(c *Case, verb people.Verb, at migrations.Instant, detail map[string]any) error {
	e, err := systemEvent(c, verb, at, at, detail)
	if err != nil {
		return err
	}
	b.events = append(b.events, e)
	return nil
}

type mark struct {
	bun.BaseModel `bun:"table:cases,alias:c"`

	ID                  ID `bun:",pk"`
	Version             Version
	HeadHash            []byte
	OverdueNoticedAt    migrations.Instant `bun:"type:bigint"`
	DepartmentNoticedAt migrations.Instant `bun:"type:bigint"`
	YellowAt            migrations.Instant `bun:"type:bigint"`
	RedAt               migrations.Instant `bun:"type:bigint"`
	CardDueAt           migrations.Instant `bun:"type:bigint"`
	AlarmAt             migrations.Instant `bun:"type:bigint"`
	ChangedAt           migrations.Instant `bun:"type:bigint"`
}

// writeMarks updates a whole batch in one statement.
func writeMarks(ctx context.Context, tx bun.Tx, found []Case) error {
	marks := make([]mark, len(found))
	for i := range found {
		c := &found[i]
		marks[i] = mark{
			ID: c.ID, Version: c.Version, HeadHash: c.HeadHash, OverdueNoticedAt: c.OverdueNoticedAt,
			DepartmentNoticedAt: c.DepartmentNoticedAt, YellowAt: c.YellowAt, RedAt: c.RedAt,
			CardDueAt: c.CardDueAt, AlarmAt: c.AlarmAt, ChangedAt: c.ChangedAt,
		}
	}
	q := tx.NewUpdate().With("v", tx.NewValues(&marks)).Model((*mark)(nil)).TableExpr("v")
	q = setEach(q,
		"version", "head_hash", "overdue_noticed_at", "department_noticed_at", "yellow_at", "red_at", "card_due_at", "alarm_at", "changed_at",
	)
	if _, err := q.Where("c.id = v.id").Exec(ctx); err != nil {
		return fmt.Errorf("mark cases: %w", err)
	}
	return nil
}

// setEach sets columns from the values called v, in one statement for many rows.
func setEach(q *bun.UpdateQuery, columns ...string) *bun.UpdateQuery {
	for _, column := range columns {
		q = q.Set("? = v.?", bun.Ident(column), bun.Ident(column))
	}
	return q
}

// overdueAgain marks a case that a verb has just made unanswered after its due time (an answer voided, a
// declined letter reopened), and tells everybody, in the verb's own transaction. Where no mark has been made
// in this round, its event follows the verb's; there is never a second.
func (w *work) overdueAgain(ctx context.Context) error {
	if w.c.Quiet || w.c.DueAt.IsZero() || !w.now.After(w.c.DueAt.Time) {
		return nil
	}
	w.detail["overdue"] = true
	if w.c.OverdueNoticedAt.IsZero() {
		w.then = append(w.then, following{people.TheSystem(), people.MarkOverdue, func(ctx context.Context, w *work) error { return w.markOverdue(ctx) }})
		return nil
	}
	w.c.OverdueNoticedAt = migrations.At(w.now)
	return w.tellStage(ctx, stageOverdueCity)
}

// hours are the notice hours of the policy in force.
func (r *rulebook) hours(now time.Time) sla.NoticeHours {
	v, err := r.policyAt(now)
	if err != nil {
		return sla.DefaultPolicies().Notices
	}
	return v.Notices
}
