package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// stale are the cases that a new calendar may move; it is the predicate of the index cases_settle.
const stale = `(provisional OR department_provisional OR days_provisional OR round > 1
	OR state IN ('received', 'screened', 'routed', 'acknowledged', 'replied'))`

// firstUnsettled finds a case that a calendar before "?" was the last to be applied to.
const firstUnsettled = "SELECT id FROM cases WHERE " + stale + " AND settled_edition < ? ORDER BY settled_edition, id LIMIT 1"

// settleBatch is how many cases one transaction works out anew.
const settleBatch = 500

// settled is what a new calendar made of a case.
type settled struct {
	changed      bool               // anything that the record must tell
	was          migrations.Instant // the writer's due time before
	moved        int                // of the running round: -1 earlier, 0, 1 later
	department   int                // the same of the department's
	certain      bool               // was provisional, and is not any more
	overdue      bool               // an overdue mark proved wrong and was withdrawn
	withdrawn    []Conduct          // cards that proved wrong
	firstAltered bool
}

// settle works a case out anew under the calendar in force, which was loaded at loaded. It follows
// domain.md to the letter: a case that rests on days nobody had announced is settled, answered or not, with
// its marks; a correction of a known day moves only what is unanswered and was not yet overdue. now is the
// instant of the change.
func (r *rulebook) settle(c *Case, first *Handling, waits []waitRow, loaded, now time.Time) settled {
	s := settled{was: c.DueAt}
	before, p := c.Handling, r.policy(c)
	if first != nil {
		old := *first
		h := handled(p, first, c.ReceivedAt.Time)
		r.settleHandling(first, h, false, loaded)
		r.recount(first, c.ReceivedAt)
		s.firstAltered = !old.sameClocks(first)
	}
	h := history(p, c, waits)
	r.settleHandling(&c.Handling, h, c.State.Open(), loaded)
	r.recount(&c.Handling, c.roundBegan())
	s.moved = c.DueAt.Compare(before.DueAt.Time)
	s.department = c.DepartmentDueAt.Compare(before.DepartmentDueAt.Time)
	s.certain = before.Provisional && !c.Provisional || before.DepartmentProvisional && !c.DepartmentProvisional
	if s.moved != 0 || s.department != 0 {
		r.withdraw(c, &s, now)
	}
	s.changed = s.firstAltered || !before.sameClocks(&c.Handling)
	c.SettledEdition = r.edition
	return s
}

// settleHandling moves the clocks of one round as far as they may be moved.
func (r *rulebook) settleHandling(o *Handling, h sla.History, open bool, loaded time.Time) {
	writers := o.Provisional || open && o.AnsweredAt.IsZero() && !o.DueAt.IsZero() && !loaded.After(o.DueAt.Time)
	if writers {
		o.setWriters(r.calendar().Reckon(h), r.edition)
	}
	if o.DepartmentDueAt.IsZero() || !o.DepartmentProvisional && (!open || !o.AnsweredAt.IsZero()) {
		return
	}
	h.Promise = o.promised()
	k := r.calendar().Reckon(h)
	if o.DepartmentProvisional || o.departmentMayMove(k, loaded) {
		o.setDepartments(k, r.edition)
	}
}

// departmentMayMove tells whether the department's clock may follow a corrected day: not once it has run out,
// and not where a reply that was on time would become late.
func (o *Handling) departmentMayMove(k sla.Clocks, loaded time.Time) bool {
	if o.RepliedAt.IsZero() {
		return !loaded.After(o.DepartmentDueAt.Time)
	}
	return !o.RepliedAt.After(o.DepartmentDueAt.Time) && !o.RepliedAt.After(k.DepartmentDue)
}

// recount counts the days to answer and reply anew, where they were counted over days nobody had announced.
func (r *rulebook) recount(o *Handling, began migrations.Instant) {
	if !o.DaysProvisional {
		return
	}
	o.DaysProvisional = false
	if !o.AnsweredAt.IsZero() {
		o.Days = r.workingDays(began, o.AnsweredAt)
		o.DaysProvisional = r.overUnknown(began, o.AnsweredAt)
	}
	if !o.RepliedAt.IsZero() && o.DepartmentDays != nil {
		o.DepartmentDays = r.workingDays(o.RoutedAt, o.RepliedAt)
		o.DaysProvisional = o.DaysProvisional || r.overUnknown(o.RoutedAt, o.RepliedAt)
	}
}

// overUnknown tells whether a day in (from, to] has not been announced.
func (r *rulebook) overUnknown(from, to migrations.Instant) bool {
	k := r.calendar()
	if !k.Assessable(from.Time) {
		return false
	}
	loc := k.Location()
	last := sla.DateOf(to.Time, loc)
	for d := sla.DateOf(from.Time, loc) + 1; d <= last; d++ {
		if !k.Known(d) {
			return true
		}
	}
	return false
}

// withdraw takes back the overdue mark and the cards that the moved due times prove wrong.
func (r *rulebook) withdraw(c *Case, s *settled, now time.Time) {
	passed := func(limit, done migrations.Instant) bool {
		if done.IsZero() {
			return now.After(limit.Time)
		}
		return done.After(limit.Time)
	}
	if !c.OverdueNoticedAt.IsZero() && !passed(c.DueAt, c.AnsweredAt) {
		c.OverdueNoticedAt, s.overdue = migrations.Instant{}, true
	}
	if !c.DepartmentNoticedAt.IsZero() && !passed(c.DepartmentDueAt, c.RepliedAt) {
		c.DepartmentNoticedAt = migrations.Instant{}
	}
	p := r.policy(c)
	for _, card := range []struct {
		kind Conduct
		at   *migrations.Instant
		days int
	}{{YellowCard, &c.YellowAt, p.YellowDays}, {RedCard, &c.RedAt, p.RedDays}} {
		if card.at.IsZero() {
			continue
		}
		limit, _ := r.calendar().Due(c.DepartmentDueAt.Time, card.days, p.Closing)
		if !passed(migrations.At(limit), c.RepliedAt) {
			*card.at = migrations.Instant{}
			s.withdrawn = append(s.withdrawn, card.kind)
		}
	}
}

// sameClocks compares what a calendar can move.
func (o *Handling) sameClocks(b *Handling) bool {
	return o.DueAt == b.DueAt && o.DueUnextendedAt == b.DueUnextendedAt && o.Provisional == b.Provisional &&
		o.DepartmentDueAt == b.DepartmentDueAt && o.DepartmentProvisional == b.DepartmentProvisional &&
		samePointer(o.Days, b.Days) && samePointer(o.DepartmentDays, b.DepartmentDays) && o.DaysProvisional == b.DaysProvisional &&
		o.OverdueNoticedAt == b.OverdueNoticedAt && o.YellowAt == b.YellowAt && o.RedAt == b.RedAt
}

// detail is what the event of a settlement says.
func (s *settled) detail(c *Case, edition int64) map[string]any {
	detail := map[string]any{"edition": edition, "provisional": c.Provisional}
	if !c.DueAt.IsZero() {
		detail["was"], detail["due_at"] = s.was.Unix(), c.DueAt.Unix()
	}
	if !c.DepartmentDueAt.IsZero() {
		detail["department_due_at"] = c.DepartmentDueAt.Unix()
	}
	if s.overdue {
		detail["overdue"] = "withdrawn"
	}
	if len(s.withdrawn) > 0 {
		detail["withdrawn"] = s.withdrawn
	}
	return detail
}

// settleFirst applies, inside a verb's transaction, a calendar that has come since the case was last looked
// at, with an event of its own before the verb's.
func (w *work) settleFirst(ctx context.Context) error {
	w.opened = w.c.Version
	if w.c.SettledEdition >= w.rules.edition {
		return nil
	}
	loaded, err := w.desk.loadedAt(ctx, w.Tx, w.rules.edition)
	if err != nil {
		return err
	}
	s := w.rules.settle(w.c, w.first, w.waits, loaded, w.now)
	if err := w.settleAssists(ctx, loaded); err != nil {
		return err
	}
	w.c.setAlarm(w.rules)
	if !s.changed {
		return nil
	}
	w.detail, w.text = s.detail(w.c, w.rules.edition), ""
	if err := w.keepSettled(ctx, &s); err != nil {
		return err
	}
	return w.record(people.TheSystem(), people.Grant{Role: people.System}, people.Settle)
}

// settleAssists moves the due times of contributions that are owed: like the case's, what has run out stays.
func (w *work) settleAssists(ctx context.Context, loaded time.Time) error {
	for i := range w.assists {
		a := &w.assists[i]
		if !a.ContributedAt.IsZero() || !a.LateNoticedAt.IsZero() || a.DueAt.IsZero() || !a.Provisional && loaded.After(a.DueAt.Time) {
			continue
		}
		due, provisional := sla.DepartmentDue(w.rules.calendar(), w.rules.policy(w.c), w.c.DueAt.Time, a.AskedAt.Time)
		if a.DueAt.Equal(due) && a.Provisional == (provisional || w.c.Provisional) {
			continue
		}
		a.DueAt, a.Provisional = migrations.At(due), provisional || w.c.Provisional
		if _, err := w.NewUpdate().Model(a).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("settle contribution: %w", err)
		}
	}
	w.c.AssistDueAt = w.assistDue()
	return nil
}

// keepSettled writes what stands outside the case's row, and tells the writer of a moved due time.
func (w *work) keepSettled(ctx context.Context, s *settled) error {
	if s.firstAltered {
		if err := updateFirst(ctx, w.Tx, w.c.ID, w.first); err != nil {
			return err
		}
	}
	if len(s.withdrawn) > 0 {
		if err := withdrawCards(ctx, w.Tx, w.c, s.withdrawn, migrations.At(w.now)); err != nil {
			return err
		}
	}
	if s.moved == 0 || !w.c.State.Open() {
		return nil
	}
	return w.toldMoved(ctx, s.was, "")
}

// toldMoved tells the writer of a due time that has moved: by the calendar, or for a reason that a person gave.
func (w *work) toldMoved(ctx context.Context, was migrations.Instant, why string) error {
	to, err := w.writer(ctx)
	if err != nil {
		return err
	}
	return w.tell(wording.DueMoved, to, func(n *wording.Data) { n.Was, n.Reason = was.Time, why })
}

func updateFirst(ctx context.Context, tx bun.IDB, id ID, first *Handling) error {
	row := round{CaseID: id, Round: 1, Handling: *first}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("settle first round: %w", err)
	}
	return nil
}

func withdrawCards(ctx context.Context, tx bun.IDB, c *Case, kinds []Conduct, now migrations.Instant) error {
	_, err := tx.NewUpdate().Model((*conductRow)(nil)).Set("withdrawn_at = ?", now).
		Where("case_id = ? AND round = ? AND department_id IN (WITH RECURSIVE p(id) AS (SELECT CAST(? AS BIGINT)"+
			" UNION SELECT d.id FROM departments d JOIN p ON d.successor_id = p.id) SELECT id FROM p)", c.ID, c.Round, c.LeadID). // or one it was merged from
		Where("kind IN (?) AND withdrawn_at IS NULL", bun.List(kinds)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("withdraw cards: %w", err)
	}
	return nil
}

// loadedAt is when an edition of the calendar came into force.
func (d *Desk) loadedAt(ctx context.Context, db bun.IDB, edition int64) (time.Time, error) {
	var at migrations.Instant
	err := db.NewRaw("SELECT loaded_at FROM calendars WHERE edition = ?", edition).Scan(ctx, &at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read calendar: %w", err)
	}
	return at.Time, nil
}

// Unsettled counts the cases that the calendar in force has not been applied to yet.
func (d *Desk) Unsettled(ctx context.Context) (int, error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return 0, err
	}
	var n int
	err = d.db.Read.NewRaw("SELECT count(*) FROM cases WHERE "+stale+" AND settled_edition < ?", r.edition).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("count cases to settle: %w", err)
	}
	return n, nil
}

// Settle applies the calendar in force to every case it may move, batch by batch, and says how many cases
// moved. progress, if given, is told after each batch how many cases have been looked at. It may run
// anywhere, any number of times, at once; what is cut off is done by the next.
func (d *Desk) Settle(ctx context.Context, progress func(done int)) (moved int, err error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return 0, err
	}
	// Asked for in the index's order, so that no planner thinks of reading the table.
	var first []ID
	err = d.db.Read.NewRaw(firstUnsettled, r.edition).Scan(ctx, &first)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	loaded, err := d.loadedAt(ctx, d.db.Read, r.edition)
	if err != nil {
		return 0, err
	}
	for done := 0; ; {
		b := &settling{desk: d, rules: r, loaded: loaded}
		if err := d.db.InTx(ctx, b.run); err != nil {
			return moved, err
		}
		d.wake(ctx, Wakeup{Notices: b.written})
		moved += b.moved
		for _, id := range b.alone {
			if _, err := d.lookAgain(ctx, id); err != nil {
				return moved, err
			}
		}
		done += len(b.found)
		if progress != nil {
			progress(done)
		}
		if len(b.found) == 0 {
			return moved, nil
		}
	}
}

// settling is one batch.
type settling struct {
	desk    *Desk
	rules   *rulebook
	loaded  time.Time
	found   []Case
	alone   []ID // changed "later than now", by a clock that was set back since: each by itself
	moved   int
	written []int64

	rows    []settledRow
	events  []ledger.Event
	facts   []Fact
	notices []notify.Notice
}

func (b *settling) run(ctx context.Context, tx bun.Tx) error {
	d := b.desk
	*b = settling{desk: d, rules: b.rules, loaded: b.loaded}
	query := "SELECT * FROM cases WHERE " + stale + " AND settled_edition < ? ORDER BY settled_edition, id LIMIT ?"
	if d.db.Dialect() == migrations.PostgreSQL {
		query += " FOR UPDATE SKIP LOCKED"
	}
	if err := tx.NewRaw(query, b.rules.edition, settleBatch).Scan(ctx, &b.found); err != nil {
		return fmt.Errorf("read cases to settle: %w", err)
	}
	if len(b.found) == 0 {
		return nil
	}
	now := migrations.At(d.Now())
	mailed, err := d.withAddress(ctx, tx, b.found)
	if err != nil {
		return err
	}
	for i := range b.found {
		c := &b.found[i]
		if c.ChangedAt.After(now.Time) {
			b.alone = append(b.alone, c.ID)
			continue
		}
		if err := b.one(ctx, tx, c, now, mailed[c.ContactID]); err != nil {
			return err
		}
	}
	return b.write(ctx, tx, now)
}

// one works a case of the batch out anew.
func (b *settling) one(ctx context.Context, tx bun.Tx, c *Case, now migrations.Instant, mailed bool) error {
	first, err := firstRound(ctx, tx, c)
	if err != nil {
		return err
	}
	waits, err := waitsOf(ctx, tx, c)
	if err != nil {
		return err
	}
	w := &work{Tx: tx, desk: b.desk, rules: b.rules, c: c, now: now.Time, first: first, waits: waits, program: true}
	s := b.rules.settle(c, first, waits, b.loaded, now.Time)
	if !c.AssistDueAt.IsZero() {
		if w.assists, err = assistsOf(ctx, tx, c.ID); err != nil {
			return err
		}
		if err := w.settleAssists(ctx, b.loaded); err != nil {
			return err
		}
	}
	c.setAlarm(b.rules)
	if s.changed {
		detail, v := s.detail(c, b.rules.edition), c.values(first)
		detail[factsDetail] = v.digest()
		e, err := systemEvent(c, people.Settle, now, now, detail)
		if err != nil {
			return err
		}
		b.events = append(b.events, e)
		b.facts = append(b.facts, Fact{CaseID: c.ID, ValidFrom: now, ValidTo: migrations.Forever, Values: v})
		if s.moved != 0 {
			b.moved++
		}
		if !mailed {
			c.ContactID = 0 // nobody to tell; saves a question
		}
		if err := w.keepSettled(ctx, &s); err != nil {
			return err
		}
		b.notices = append(b.notices, w.notices...)
	}
	b.rows = append(b.rows, settledOf(c))
	return nil
}

// withAddress finds the contacts with an e-mail address, or with a telephone where the city sends short messages,
// among those of the cases.
func (d *Desk) withAddress(ctx context.Context, tx bun.Tx, found []Case) (map[int64]bool, error) {
	var ids []int64
	for i := range found {
		if found[i].ContactID != 0 {
			ids = append(ids, found[i].ContactID)
		}
	}
	mailed := map[int64]bool{}
	if len(ids) == 0 {
		return mailed, nil
	}
	var with []int64
	err := tx.NewRaw("SELECT id FROM contacts WHERE id IN (?) AND (email_hash IS NOT NULL OR ? AND phone_hash IS NOT NULL) AND erased_at IS NULL", bun.List(ids), d.sms).Scan(ctx, &with)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	for _, id := range with {
		mailed[id] = true
	}
	return mailed, nil
}

// write stores the batch in few statements.
func (b *settling) write(ctx context.Context, tx bun.Tx, now migrations.Instant) error {
	if len(b.rows) > 0 {
		if err := updateSettled(ctx, tx, b.rows); err != nil {
			return err
		}
	}
	if len(b.events) == 0 {
		return nil
	}
	if err := ledger.Append(ctx, tx, b.events); err != nil {
		return err
	}
	ids := make([]ID, len(b.facts))
	for i := range b.facts {
		ids[i] = b.facts[i].CaseID
	}
	_, err := tx.NewUpdate().Model((*Fact)(nil)).Set("valid_to = ?", now).
		Where("case_id IN (?) AND valid_to = ? AND valid_from < ?", bun.List(ids), migrations.Forever, now).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end facts: %w", err)
	}
	_, err = tx.NewDelete().Model((*Fact)(nil)).Where("case_id IN (?) AND valid_to = ?", bun.List(ids), migrations.Forever).Exec(ctx)
	if err != nil {
		return fmt.Errorf("replace facts: %w", err)
	}
	if err := insertFacts(ctx, tx, b.facts...); err != nil {
		return err
	}
	b.written, err = b.desk.post(ctx, tx, now.Time, b.notices...)
	return err
}

// settledRow is what a batch writes of a case.
type settledRow struct {
	bun.BaseModel `bun:"table:cases,alias:c"`

	ID                    ID `bun:",pk"`
	Version               Version
	HeadHash              []byte
	DueAt                 migrations.Instant `bun:"type:bigint"`
	DueUnextendedAt       migrations.Instant `bun:"type:bigint"`
	Provisional           bool
	DueEdition            int64
	DepartmentDueAt       migrations.Instant `bun:"type:bigint"`
	DepartmentProvisional bool
	DepartmentEdition     int64
	Days                  *int64 `bun:"type:bigint"`
	DepartmentDays        *int64 `bun:"type:bigint"`
	DaysProvisional       bool
	OverdueNoticedAt      migrations.Instant `bun:"type:bigint"`
	DepartmentNoticedAt   migrations.Instant `bun:"type:bigint"`
	YellowAt              migrations.Instant `bun:"type:bigint"`
	RedAt                 migrations.Instant `bun:"type:bigint"`
	SettledEdition        int64
	AssistDueAt           migrations.Instant `bun:"type:bigint"`
	CardDueAt             migrations.Instant `bun:"type:bigint"`
	SignDueAt             migrations.Instant `bun:"type:bigint"`
	AlarmAt               migrations.Instant `bun:"type:bigint"`
	ChangedAt             migrations.Instant `bun:"type:bigint"`
}

func settledOf(c *Case) settledRow {
	return settledRow{
		ID: c.ID, Version: c.Version, HeadHash: c.HeadHash,
		DueAt: c.DueAt, DueUnextendedAt: c.DueUnextendedAt, Provisional: c.Provisional, DueEdition: c.DueEdition,
		DepartmentDueAt: c.DepartmentDueAt, DepartmentProvisional: c.DepartmentProvisional, DepartmentEdition: c.DepartmentEdition,
		Days: c.Days, DepartmentDays: c.DepartmentDays, DaysProvisional: c.DaysProvisional,
		OverdueNoticedAt: c.OverdueNoticedAt, DepartmentNoticedAt: c.DepartmentNoticedAt, YellowAt: c.YellowAt, RedAt: c.RedAt,
		SettledEdition: c.SettledEdition, AssistDueAt: c.AssistDueAt, CardDueAt: c.CardDueAt, SignDueAt: c.SignDueAt, AlarmAt: c.AlarmAt, ChangedAt: c.ChangedAt,
	}
}

func updateSettled(ctx context.Context, tx bun.Tx, rows []settledRow) error {
	q := tx.NewUpdate().With("v", tx.NewValues(&rows)).Model((*settledRow)(nil)).TableExpr("v")
	q = setEach(q,
		"version", "head_hash", "due_at", "due_unextended_at", "provisional", "due_edition", "department_due_at",
		"department_provisional", "department_edition", "days", "department_days", "days_provisional", "overdue_noticed_at",
		"department_noticed_at", "yellow_at", "red_at", "settled_edition", "assist_due_at", "card_due_at", "sign_due_at", "alarm_at", "changed_at",
	)
	if _, err := q.Where("c.id = v.id").Exec(ctx); err != nil {
		return fmt.Errorf("settle cases: %w", err)
	}
	return nil
}
