package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// morning is what the mailings of one working morning are made from.
type morning struct {
	*Desk
	tx      bun.Tx
	rules   *rulebook
	now     time.Time
	day     sla.Date
	hours   sla.NoticeHours
	notices []notify.Notice
}

// mayMail tells whether the morning's mailings may be written at now: in the policy's hours of a working day.
// A process that was down in the morning still writes them; in the evening they would only disturb.
func (r *rulebook) mayMail(now time.Time) bool {
	hours := r.hours(now)
	day := sla.DateOf(now, r.calendar().Location())
	if !r.calendar().IsWorkingDay(day) || now.Before(r.calendar().Morning(day, hours.From)) {
		return false
	}
	return hours.Next(r.calendar(), now).Equal(now)
}

// NextMorning is the next instant after now at which the morning's mailings are due.
func (d *Desk) NextMorning(now time.Time) time.Time {
	r := d.rules.Load()
	from := r.hours(now).From
	day := sla.DateOf(now, r.calendar().Location())
	if at := r.calendar().Morning(day, from); r.calendar().IsWorkingDay(day) && at.After(now) {
		return at
	}
	return r.calendar().Morning(r.calendar().NextWorkingDay(day), from)
}

// WriteMailings writes what each working morning brings: for each department one digest of what is overdue
// and what its policy reminds of, by the department's clock; for supervision and the office one of what waits
// for a decision; to the administrator that a calendar is missing; and, on the first working morning after
// a month, a quarter, a half-year and a year, that it is over, also of those that were over while nobody ran. Called any
// number of times, by any number of processes, each is written once; outside the policy's hours it does nothing.
func (d *Desk) WriteMailings(ctx context.Context) (err error) {
	// What this process knows already says mostly that there is nothing to do.
	now := d.Now()
	if !d.rules.Load().mayMail(now) || d.mailed.Load() == sla.DateOf(now, d.Location()) {
		return nil
	}
	rules, err := d.refreshed(ctx)
	if err != nil {
		return err
	}
	if !rules.mayMail(now) {
		return nil
	}
	m := &morning{Desk: d, rules: rules, now: now, day: sla.DateOf(now, d.Location()), hours: rules.hours(now)}
	defer func() {
		if err == nil {
			d.mailed.Store(m.day)
		}
	}()
	if err = m.once(ctx, "digest", m.day.String(), m.theDay); err != nil {
		return err
	}
	if err = m.once(ctx, "personal", m.day.String(), m.personal); err != nil {
		return err
	}
	return m.tellPeriods(ctx)
}

// once writes a mailing unless it has been written: the row and the notices in one transaction, so that a
// crash leaves either both or none.
func (m *morning) once(ctx context.Context, kind, period string, write func(context.Context) error) error {
	var there bool
	err := m.db.Read.NewRaw("SELECT EXISTS (SELECT 1 FROM mailings WHERE kind = ? AND period = ?)", kind, period).Scan(ctx, &there)
	if err != nil {
		return err
	}
	if there {
		return nil
	}
	var written []int64
	err = m.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		written, m.tx, m.notices = nil, tx, nil
		result, err := tx.ExecContext(ctx, "INSERT INTO mailings (kind, period, written_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			kind, period, migrations.At(m.now))
		if err != nil {
			return fmt.Errorf("note mailing: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // another process was first
		}
		if err := write(ctx); err != nil {
			return err
		}
		written, err = m.post(ctx, tx, m.now, m.notices...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, period, err)
	}
	m.wake(ctx, Wakeup{Notices: written})
	return nil
}

// theDay is the morning's own.
func (m *morning) theDay(ctx context.Context) error {
	if err := m.departments(ctx); err != nil {
		return err
	}
	if err := m.theCity(ctx); err != nil {
		return err
	}
	missing, err := m.announceMissing(ctx, m.tx, m.now)
	m.notices = append(m.notices, missing...)
	return err
}

// listed is a case in a digest.
type listed struct {
	ID            ID
	ReceivedDay   string
	LeadID        int64
	Due           migrations.Instant
	YellowAt      migrations.Instant
	RedAt         migrations.Instant
	PolicyVersion int64
	Channel       string
	Kind          string
	Topic         string
	BornChannel   string
	BornKind      string
	BornTopic     string
	State         State
	ReceivedAt    migrations.Instant
	RoutedAt      migrations.Instant

	section string
	readers sla.Readers
}

// digestSections in the order in which they are read.
var digestSections = []string{"red", "yellow", "overdue", "today", "tomorrow", "", "assisting"}

// list gathers the cases of one digest: how many there are, and the first of each section. A department may
// have any number.
type list struct {
	count    int
	sections map[string][]listed
}

func (l *list) add(row listed) {
	l.count++
	if l.sections == nil {
		l.sections = map[string][]listed{}
	}
	if some := l.sections[row.section]; len(some) < wording.MaxItems {
		l.sections[row.section] = append(some, row)
	}
}

// shown are the first cases in the order of the sections.
func (l *list) shown(order []string) []listed {
	var rows []listed
	for _, section := range order {
		rows = append(rows, l.sections[section]...)
	}
	return rows[:min(len(rows), wording.MaxItems)]
}

// each reads the cases of a query one by one: there may be a million.
func (m *morning) each(ctx context.Context, query string, args []any, do func(listed)) error {
	rows, err := m.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read cases for a digest: %w", err)
	}
	defer rows.Close()
	db := m.db.Read
	for rows.Next() {
		var row listed
		if err := db.ScanRow(ctx, rows, &row); err != nil {
			return fmt.Errorf("read cases for a digest: %w", err)
		}
		do(row)
	}
	return rows.Err()
}

// lists are those of one department: what its contact and its leaders are told of.
type lists struct{ contact, leaders list }

// departments writes one digest per department and reader.
func (m *morning) departments(ctx context.Context) error {
	horizon, _ := m.rules.calendar().AddWorkingDays(m.day, m.furthestReminder()+1)
	all := map[int64]*lists{}
	add := func(row listed) {
		of := all[row.LeadID]
		if of == nil {
			of = &lists{}
			all[row.LeadID] = of
		}
		if row.readers.Has(sla.ToDepartment) {
			of.contact.add(row)
		}
		if row.readers.Has(sla.ToLeader) {
			of.leaders.add(row)
		}
	}
	err := m.each(ctx, `SELECT id, received_day, lead_id, department_due_at AS due, yellow_at, red_at, policy_version, channel, kind, topic,
			born_channel, born_kind, born_topic
		FROM cases WHERE state IN ('routed', 'acknowledged') AND NOT quiet AND lead_id IS NOT NULL AND department_due_at < ?
		ORDER BY department_due_at, id`, []any{migrations.At(horizon.Start(m.Location()))}, func(row listed) {
		if m.place(&row) {
			add(row)
		}
	})
	if err != nil {
		return err
	}
	until := m.rules.calendar().NextWorkingDay(m.day).AddDays(1).Start(m.Location())
	err = m.each(ctx, `SELECT c.id, c.received_day, s.department_id AS lead_id, s.due_at AS due FROM assists s JOIN cases c ON c.id = s.case_id
		WHERE s.contributed_at IS NULL AND s.released_at IS NULL AND s.due_at < ? AND NOT c.quiet
			AND c.state IN ('routed', 'acknowledged', 'replied') ORDER BY s.due_at, c.id`, []any{migrations.At(until)}, func(row listed) {
		row.section, row.readers = "assisting", sla.ToDepartment
		add(row)
	})
	if err != nil {
		return err
	}
	for _, lead := range slices.Sorted(maps.Keys(all)) {
		if err := m.department(ctx, lead, all[lead]); err != nil {
			return err
		}
	}
	return nil
}

// furthestReminder is the most working days before a due time at which any policy reminds.
func (m *morning) furthestReminder() int {
	most := 1
	for _, v := range m.rules.policies {
		policies := []sla.Policy{v.Default}
		for _, rule := range v.Rules {
			policies = append(policies, v.For(rule.Channel, rule.Kind, rule.Topic))
		}
		for _, p := range policies {
			for _, n := range p.RemindDaysBefore.Days() {
				most = max(most, n)
			}
		}
	}
	return most
}

// place finds the section of a case in this morning's digest, and whom its policy tells; false: it has none.
func (m *morning) place(row *listed) bool {
	p := m.rules.policy(row.born())
	if m.now.After(row.Due.Time) {
		row.readers = p.TellOverdue | sla.ToDepartment
		switch {
		case !row.RedAt.IsZero():
			row.section, row.readers = "red", p.TellRed|sla.ToDepartment
		case !row.YellowAt.IsZero():
			row.section, row.readers = "yellow", p.TellYellow|sla.ToDepartment
		default:
			row.section = "overdue"
		}
		return true
	}
	row.readers = p.TellReminder
	dueDay := sla.DateOf(row.Due.Time, m.Location())
	for _, at := range p.RemindDaysBefore.Of(m.rules.calendar(), row.Due.Time, m.hours.From) {
		if sla.DateOf(at, m.Location()) != m.day {
			continue
		}
		switch dueDay {
		case m.day:
			row.section = "today"
		case m.rules.calendar().NextWorkingDay(m.day):
			row.section = "tomorrow"
		}
		return true
	}
	return false
}

// department writes the digest of one department to its contact, and to its leaders what concerns them.
func (m *morning) department(ctx context.Context, lead int64, of *lists) error {
	to, err := department(ctx, m.tx, m.now, lead)
	if err != nil {
		return err
	}
	leaders, err := leadersOf(ctx, m.tx, m.now, lead)
	if err != nil {
		return err
	}
	var name string
	if err := m.tx.NewRaw("SELECT name FROM departments WHERE id = ?", lead).Scan(ctx, &name); err != nil {
		return fmt.Errorf("read department: %w", err)
	}
	key := fmt.Sprintf("digest:%s:%d", m.day, lead)
	if err := m.digest(ctx, wording.Digest, to, name, &of.contact, digestSections, key); err != nil {
		return err
	}
	return m.digest(ctx, wording.Digest, without(leaders, to), name, &of.leaders, digestSections, key)
}

// without leaves out readers who are reached already.
func without(readers, reached []reader) []reader {
	return slices.DeleteFunc(slices.Clone(readers), func(r reader) bool {
		return slices.ContainsFunc(reached, func(o reader) bool { return o.to == r.to })
	})
}

// digest renders one list for its readers.
func (m *morning) digest(ctx context.Context, kind wording.Kind, readers []reader, name string, of *list, order []string, key string) error {
	if len(readers) == 0 || of.count == 0 {
		return nil
	}
	data := m.data()
	data.Count, data.Day, data.Department = of.count, m.now, name
	var err error
	if data.Items, err = m.items(ctx, of.shown(order)); err != nil {
		return err
	}
	for _, r := range readers {
		n, err := render(kind, r, data, key)
		if err != nil {
			return err
		}
		m.notices = append(m.notices, n)
	}
	return nil
}

// items reads the titles of those that are listed.
func (m *morning) items(ctx context.Context, rows []listed) ([]wording.Item, error) {
	ids := make([]ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	var found []struct {
		ID          ID
		Title       string
		Provisional bool
		Name        string
	}
	err := m.tx.NewRaw("SELECT c.id, c.title, (c.provisional OR c.department_provisional) AS provisional, COALESCE(p.name, '') AS name FROM cases c LEFT JOIN departments p ON p.id = c.lead_id WHERE c.id IN (?)", bun.List(ids)).
		Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read cases for a notice: %w", err)
	}
	at := make(map[ID]int, len(found))
	for i := range found {
		at[found[i].ID] = i
	}
	items := make([]wording.Item, len(rows))
	for i, row := range rows {
		number, about := Number(row.ReceivedDay, row.ID), found[at[row.ID]]
		items[i] = wording.Item{
			Number: number, Title: about.Title, Department: about.Name, Due: row.Due.Time, Provisional: about.Provisional,
			Section: row.section, URL: m.publicURL + "/cases/" + number,
		}
	}
	return items, nil
}

// citySections are what supervision and the office find every morning. "?" is now, then the end of the day.
var citySections = []struct{ section, query string }{
	{"extension", "SELECT id, received_day, due_at AS due FROM cases WHERE extension = 'asked' AND NOT quiet AND due_at >= ? AND ? > 0 ORDER BY due_at, id"},
	{"rework", "SELECT id, received_day, NULL AS due FROM cases WHERE rework = 'asked' AND NOT quiet AND ? > 0 AND ? > 0 ORDER BY rework_asked_at, id"},
	{"order", "SELECT c.id, c.received_day, r.due_at AS due FROM orders r JOIN cases c ON c.id = r.case_id WHERE r.answered_at IS NULL AND r.released_at IS NULL AND ? > 0 AND ? > 0 ORDER BY r.due_at, c.id"},
	{"overdue", "SELECT id, received_day, due_at AS due FROM cases WHERE " + openStates + " AND answered_at IS NULL AND NOT quiet AND due_at < ? AND ? > 0 ORDER BY due_at, id"},
	{"today", "SELECT id, received_day, due_at AS due FROM cases WHERE " + openStates + " AND answered_at IS NULL AND NOT quiet AND due_at >= ? AND due_at < ? ORDER BY due_at, id"},
}

// theCity writes the digest of supervision and the office.
func (m *morning) theCity(ctx context.Context) error {
	to, err := overseers(ctx, m.tx, m.now)
	if err != nil || len(to) == 0 {
		return err
	}
	var all list
	if err := m.unsigned(ctx, &all); err != nil {
		return err
	}
	order := []string{"screening", "unsigned"}
	for _, s := range citySections {
		order = append(order, s.section)
		args := []any{migrations.At(m.now), migrations.At(m.day.AddDays(1).Start(m.Location()))}
		err := m.each(ctx, s.query, args, func(row listed) {
			row.section = s.section
			all.add(row)
		})
		if err != nil {
			return err
		}
	}
	return m.digest(ctx, wording.CityDigest, to, "", &all, order, "city_digest:"+m.day.String())
}

// unsigned are the letters that the policy says should have been screened, routed or signed for by now. Their
// due time is that of the step.
func (m *morning) unsigned(ctx context.Context, all *list) error {
	return m.each(ctx, `SELECT id, received_day, COALESCE(lead_id, 0) AS lead_id, policy_version, channel, kind, topic, born_channel, born_kind, born_topic,
			state, received_at, routed_at
		FROM cases WHERE state IN ('received', 'screened', 'routed') AND NOT quiet AND due_at IS NOT NULL ORDER BY received_at, id`, nil, func(row listed) {
		p := m.rules.policy(row.born())
		from, days := row.ReceivedAt, p.ScreenDays
		row.section = "screening"
		switch row.State { //nolint:exhaustive // the query has only these
		case Screened:
			days = p.RouteDays
		case Routed:
			from, days, row.section = row.RoutedAt, p.AcknowledgeDays, "unsigned"
		}
		due, _ := m.rules.calendar().Due(from.Time, days, p.Closing)
		if m.now.After(due) {
			row.Due = migrations.At(due)
			all.add(row)
		}
	})
}

// born is what a listed case's policy is chosen by.
func (l *listed) born() *Case {
	return &Case{
		PolicyVersion: l.PolicyVersion, Channel: l.Channel, Kind: l.Kind, Topic: l.Topic,
		BornChannel: l.BornChannel, BornKind: l.BornKind, BornTopic: l.BornTopic,
	}
}
