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
)

// alarming are the cases an overdue alarm is for; it is the predicate of the index cases_alarm, so that
// a million answered cases cost nothing.
const alarming = `answered_at IS NULL AND overdue_noticed_at IS NULL AND NOT quiet
	AND state NOT IN ('declined', 'withdrawn', 'merged', 'closed')`

// overdueBatch is how many cases one transaction marks: enough to make the round trips cheap, few enough
// that no department waits for a lock.
const overdueBatch = 1000

// NextDues lists the instants from now until horizon at which some open case becomes overdue. Deadlines
// fall at closing time, so a million open cases share a few dozen instants.
func (d *Desk) NextDues(ctx context.Context, horizon time.Time) ([]time.Time, error) {
	var dues []int64
	err := d.db.Read.NewRaw("SELECT DISTINCT due_at FROM cases WHERE "+alarming+" AND due_at >= ? AND due_at <= ? ORDER BY due_at",
		migrations.At(d.Now()), migrations.At(horizon)).Scan(ctx, &dues)
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	times := make([]time.Time, len(dues))
	for i, due := range dues {
		times[i] = time.Unix(due, 0).UTC()
	}
	return times, nil
}

// MarkOverdue marks every case whose due time has passed without an answer: an event each, and one notice
// per department, to the office and to supervision for each due instant. It may run anywhere, any number
// of times, at once: a case is marked once and a notice written once. It says how many cases it marked.
//
// The notices come first, in a transaction of their own with a key per instant and reader. A process that
// dies between them and the marks leaves cases that the next run marks without telling anybody again.
func (d *Desk) MarkOverdue(ctx context.Context) (int, error) {
	var passed []int64
	err := d.db.Read.NewRaw("SELECT DISTINCT due_at FROM cases WHERE "+alarming+" AND due_at < ? ORDER BY due_at",
		migrations.At(d.Now())).Scan(ctx, &passed)
	if err != nil {
		return 0, fmt.Errorf("read overdue cases: %w", err)
	}
	for _, due := range passed {
		if err := d.tellOverdue(ctx, migrations.At(time.Unix(due, 0))); err != nil {
			return 0, err
		}
	}
	total := 0
	for len(passed) > 0 {
		n, err := d.markBatch(ctx)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
	return total, nil
}

// tellOverdue writes the notices about everything that became overdue at due.
func (d *Desk) tellOverdue(ctx context.Context, due migrations.Instant) error {
	var written []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var leads []struct {
			LeadID int64
			N      int
		}
		err := tx.NewRaw("SELECT COALESCE(lead_id, 0) AS lead_id, count(*) AS n FROM cases WHERE "+alarming+
			" AND due_at = ? GROUP BY COALESCE(lead_id, 0) ORDER BY 1", due).Scan(ctx, &leads)
		if err != nil {
			return fmt.Errorf("count overdue cases: %w", err)
		}
		var notices []notify.Notice
		total := 0
		for _, lead := range leads {
			total += lead.N
			if lead.LeadID == 0 {
				continue // nobody's yet: the office and supervision are told below
			}
			more, err := d.overdueNotices(ctx, tx, wording.Overdue, due, lead.LeadID, lead.N)
			if err != nil {
				return err
			}
			notices = append(notices, more...)
		}
		if total > 0 {
			city, err := d.overdueNotices(ctx, tx, wording.OverdueCity, due, 0, total)
			if err != nil {
				return err
			}
			notices = append(notices, city...)
		}
		written, err = notify.Write(ctx, tx, d.Now(), notices...)
		return err
	})
	if err != nil {
		return err
	}
	d.wake(ctx, Wakeup{Notices: written})
	return nil
}

// overdueNotices renders the notices of one department (or of the city, lead 0) for one instant.
func (d *Desk) overdueNotices(ctx context.Context, tx bun.Tx, kind wording.Kind, due migrations.Instant, lead int64, count int) ([]notify.Notice, error) {
	data := d.data()
	data.Count, data.Due = count, due.Time
	var to []reader
	var err error
	if kind == wording.Overdue {
		if to, err = department(ctx, tx, lead); err != nil {
			return nil, err
		}
	} else {
		for _, role := range []people.Role{people.Supervisor, people.Clerk} {
			some, err := holders(ctx, tx, role)
			if err != nil {
				return nil, err
			}
			to = append(to, some...)
		}
		to = unique(to)
	}
	if len(to) == 0 {
		return nil, nil
	}
	where, args := alarming+" AND due_at = ?", []any{due}
	if lead != 0 {
		where, args = where+" AND lead_id = ?", append(args, lead)
	}
	if data.Items, err = d.noticeItems(ctx, tx, where, args, "due_at"); err != nil {
		return nil, err
	}
	if lead != 0 && len(data.Items) > 0 {
		data.Department = data.Items[0].Department
	}
	notices := make([]notify.Notice, 0, len(to))
	for _, r := range to {
		n, err := render(kind, r, data, fmt.Sprintf("%s:%d:%d", kind, due.Unix(), lead))
		if err != nil {
			return nil, err
		}
		notices = append(notices, n)
	}
	return notices, nil
}

// unique drops readers that stand in the list twice, as somebody with two roles does.
func unique(readers []reader) []reader {
	seen := make(map[notify.Recipient]bool, len(readers))
	var out []reader
	for _, r := range readers {
		if !seen[r.to] {
			seen[r.to] = true
			out = append(out, r)
		}
	}
	return out
}

// noticeItems reads the first cases of a list for a notice.
func (d *Desk) noticeItems(ctx context.Context, tx bun.Tx, where string, args []any, due string) ([]wording.Item, error) {
	var rows []struct {
		ID          ID
		ReceivedDay string
		Title       string
		Due         migrations.Instant
		Name        string
	}
	query := "SELECT c.id, c.received_day, c.title, c." + due + " AS due, COALESCE((SELECT name FROM departments p WHERE p.id = c.lead_id), '') AS name FROM cases c WHERE " +
		where + fmt.Sprintf(" ORDER BY c.%s, c.id LIMIT %d", due, wording.MaxItems)
	if err := tx.NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read cases for a notice: %w", err)
	}
	items := make([]wording.Item, len(rows))
	for i, row := range rows {
		number := Number(row.ReceivedDay, row.ID)
		items[i] = wording.Item{
			Number: number, Title: row.Title, Department: row.Name, Due: row.Due.Time, URL: d.publicURL + "/cases/" + number,
		}
	}
	return items, nil
}

// markBatch marks up to overdueBatch cases in one transaction.
func (d *Desk) markBatch(ctx context.Context) (int, error) {
	marked := 0
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := migrations.At(d.Now())
		query := "SELECT id, state, version, head_hash, due_at, changed_at FROM cases WHERE " + alarming +
			fmt.Sprintf(" AND due_at < ? ORDER BY due_at, id LIMIT %d", overdueBatch)
		if d.db.Dialect() == migrations.PostgreSQL {
			// Two processes share the work instead of waiting for each other; whoever answers a case in
			// this moment is not disturbed, and if that rolls back the next sweep finds the case.
			query += " FOR UPDATE SKIP LOCKED"
		}
		var found []Case
		if err := tx.NewRaw(query, now).Scan(ctx, &found); err != nil {
			return fmt.Errorf("read overdue cases: %w", err)
		}
		marked = len(found)
		if marked == 0 {
			return nil
		}
		events := make([]ledger.Event, 0, len(found))
		for i := range found {
			e, err := overdueEvent(&found[i], now)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		if err := d.writeMarks(ctx, tx, found); err != nil {
			return err
		}
		return ledger.Append(ctx, tx, events)
	})
	return marked, err
}

func overdueEvent(c *Case, now migrations.Instant) (ledger.Event, error) {
	if c.ChangedAt.After(now.Time) {
		now = c.ChangedAt
	}
	c.OverdueNoticedAt = now
	return systemEvent(c, people.MarkOverdue, now, now, map[string]any{"due_at": c.DueAt.Unix()})
}

type mark struct {
	bun.BaseModel `bun:"table:cases,alias:c"`

	ID               ID `bun:",pk"`
	Version          Version
	HeadHash         []byte
	OverdueNoticedAt migrations.Instant `bun:"type:bigint"`
	ChangedAt        migrations.Instant `bun:"type:bigint"`
}

// writeMarks updates a whole batch in one statement.
func (d *Desk) writeMarks(ctx context.Context, tx bun.Tx, found []Case) error {
	marks := make([]mark, len(found))
	for i := range found {
		c := &found[i]
		marks[i] = mark{ID: c.ID, Version: c.Version, HeadHash: c.HeadHash, OverdueNoticedAt: c.OverdueNoticedAt, ChangedAt: c.ChangedAt}
	}
	_, err := tx.NewUpdate().With("v", tx.NewValues(&marks)).Model((*mark)(nil)).TableExpr("v").
		Set("version = v.version").Set("head_hash = v.head_hash").
		Set("overdue_noticed_at = v.overdue_noticed_at").Set("changed_at = v.changed_at").
		Where("c.id = v.id").Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark overdue cases: %w", err)
	}
	return nil
}

// overdueAgain marks a case that a verb has just made unanswered after its due time (an answer voided, a
// declined letter reopened), and tells everybody, in the verb's own transaction: its instant's alarm rang
// long ago and will not ring again.
func (w *work) overdueAgain(ctx context.Context) error {
	if w.c.DueAt.IsZero() || !w.now.After(w.c.DueAt.Time) {
		w.wakeDue = w.c.DueAt.Time
		return nil
	}
	w.c.OverdueNoticedAt = migrations.At(w.now)
	w.detail["overdue"] = true
	supervisors, err := holders(ctx, w.Tx, people.Supervisor)
	if err != nil {
		return err
	}
	name, err := w.departmentName(ctx, w.c.LeadID)
	if err != nil {
		return err
	}
	item := wording.Item{
		Number: w.c.Number(), Title: w.c.Title, Department: name, Due: w.c.DueAt.Time, URL: w.desk.publicURL + "/cases/" + w.c.Number(),
	}
	fill := func(n *wording.Data) { n.Due, n.Count, n.Items = w.c.DueAt.Time, 1, []wording.Item{item} }
	if err := w.toLead(ctx, wording.Overdue, fill); err != nil {
		return err
	}
	return w.tell(wording.OverdueCity, supervisors, fill)
}
