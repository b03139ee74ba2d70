package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// stage is one of the things that somebody is told when its instant has passed.
type stage struct {
	name   string // part of the notices' keys
	column string // the instant
	// where the stage has come and nobody was told; "?" is now.
	where string
	tell  func(sla.Policy) sla.Readers
	// kinds of notice, to a department and its leader, and to the city's offices; "" is not told.
	department, city wording.Kind
	card             string
}

// The stages. The department is told of its own clock, the office and supervision of the writer's: nobody is
// blamed for another's delay.
var (
	stageOverdueCity = &stage{
		name: "overdue_city", column: "due_at", city: wording.OverdueCity,
		where: "due_at < ? AND overdue_noticed_at IS NULL AND answered_at IS NULL AND " + openStates,
		tell:  func(p sla.Policy) sla.Readers { return p.TellOverdue },
	}
	stageOverdue = &stage{
		name: "overdue", column: "department_due_at", department: wording.Overdue,
		where: "department_due_at < ? AND department_noticed_at IS NULL AND replied_at IS NULL AND state IN ('routed', 'acknowledged')",
		tell:  func(p sla.Policy) sla.Readers { return p.TellOverdue },
	}
	stageYellow = &stage{
		name: "yellow", column: "card_due_at", department: wording.Carded, city: wording.Carded, card: "yellow",
		where: "card_due_at < ? AND yellow_at IS NULL AND state IN ('routed', 'acknowledged')",
		tell:  func(p sla.Policy) sla.Readers { return p.TellYellow },
	}
	stageRed = &stage{
		name: "red", column: "card_due_at", department: wording.Carded, city: wording.Carded, card: "red",
		where: "card_due_at < ? AND yellow_at IS NOT NULL AND state IN ('routed', 'acknowledged')",
		tell:  func(p sla.Policy) sla.Readers { return p.TellRed },
	}
	// stages in the order in which they are told.
	stages = []*stage{stageOverdueCity, stageOverdue, stageYellow, stageRed}
)

const openStates = "state IN ('received', 'screened', 'routed', 'acknowledged', 'replied')"

// tellElapsed writes the notices about everything whose instant has passed: one per stage, instant and
// reader, however many cases it is about. They leave in working hours.
func (d *Desk) tellElapsed(ctx context.Context) error {
	now := migrations.At(d.Now())
	found, err := d.elapsedGroups(ctx, now)
	if err != nil {
		return err
	}
	for _, s := range stages {
		var instants []int64
		for at := range found[s.name] {
			instants = append(instants, at)
		}
		slices.Sort(instants)
		for _, at := range instants {
			if err := d.tellStage(ctx, s, migrations.At(time.Unix(at, 0)), found[s.name][at]); err != nil {
				return err
			}
		}
	}
	return nil
}

// group is how many cases of one department and one policy have come to a stage at an instant.
type group struct {
	LeadID        int64
	PolicyVersion int64
	BornChannel   string
	BornKind      string
	BornTopic     string
	N             int
}

// elapsedGroups finds, by stage and instant, whose cases have come to it: in one walk over what has elapsed,
// for a hundred thousand cases may have.
func (d *Desk) elapsedGroups(ctx context.Context, now migrations.Instant) (map[string]map[int64][]group, error) {
	var flags, instants []string
	args := []any{}
	for _, s := range stages {
		flags = append(flags, "CASE WHEN "+s.where+" THEN "+s.column+" END AS "+s.name)
		instants = append(instants, s.name)
		args = append(args, now)
	}
	query := "SELECT COALESCE(lead_id, 0) AS lead_id, policy_version, born_channel, born_kind, born_topic, " +
		strings.Join(instants, ", ") + ", count(*) AS n FROM (SELECT lead_id, policy_version, born_channel, born_kind, born_topic, " +
		strings.Join(flags, ", ") + " FROM cases WHERE " + elapsing + ") AS elapsed GROUP BY 1, 2, 3, 4, 5, " +
		strings.Join(instants, ", ") + " ORDER BY 1, 2, 3, 4, 5"
	var rows []struct {
		group
		OverdueCity migrations.Instant
		Overdue     migrations.Instant
		Yellow      migrations.Instant
		Red         migrations.Instant
	}
	if err := d.db.Read.NewRaw(query, append(args, now)...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read what has elapsed: %w", err)
	}
	found := map[string]map[int64][]group{}
	for _, row := range rows {
		for name, at := range map[string]migrations.Instant{
			"overdue_city": row.OverdueCity, "overdue": row.Overdue, "yellow": row.Yellow, "red": row.Red,
		} {
			if at.IsZero() {
				continue
			}
			if found[name] == nil {
				found[name] = map[int64][]group{}
			}
			found[name][at.Unix()] = append(found[name][at.Unix()], row.group)
		}
	}
	return found, nil
}

// tellStage writes what is told of one stage at one instant, unless another process has.
func (d *Desk) tellStage(ctx context.Context, s *stage, at migrations.Instant, groups []group) error {
	var written []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := migrations.At(d.Now())
		e := &escalation{desk: d, rules: d.rules.Load(), tx: tx, stage: s, at: at, now: now, groups: groups}
		if err := e.write(ctx); err != nil {
			return err
		}
		var err error
		written, err = e.desk.post(ctx, tx, now.Time, e.notices...)
		return err
	})
	if err != nil {
		return err
	}
	d.wake(ctx, Wakeup{Notices: written})
	return nil
}

// escalation writes the notices of one stage and instant.
type escalation struct {
	desk    *Desk
	rules   *rulebook
	tx      bun.Tx
	stage   *stage
	at, now migrations.Instant
	groups  []group
	items   map[int64][]wording.Item // the first cases of each department, where one query could read them all
	notices []notify.Notice
}

// tells gives the groups whose policy tells that reader.
func (e *escalation) tells(reader sla.Readers, lead int64) []group {
	var told []group
	for _, g := range e.groups {
		p := e.rules.policy(&Case{
			PolicyVersion: g.PolicyVersion, BornChannel: g.BornChannel, BornKind: g.BornKind, BornTopic: g.BornTopic,
		})
		if (lead == 0 || g.LeadID == lead) && e.stage.tell(p).Has(reader) {
			told = append(told, g)
		}
	}
	return told
}

func (e *escalation) write(ctx context.Context) error {
	if e.stage.department != "" {
		var leads []int64
		for _, g := range e.groups {
			if g.LeadID != 0 && !slices.Contains(leads, g.LeadID) {
				leads = append(leads, g.LeadID)
			}
		}
		if err := e.readItems(ctx); err != nil {
			return err
		}
		for _, lead := range leads {
			if err := e.toDepartment(ctx, lead); err != nil {
				return err
			}
		}
	}
	if e.stage.city == "" {
		return nil
	}
	for _, to := range []struct {
		reader sla.Readers
		role   people.Role
	}{{sla.ToSupervision, people.Supervisor}, {sla.ToOffice, people.Clerk}} {
		readers, err := holders(ctx, e.tx, e.now.Time, to.role)
		if err != nil {
			return err
		}
		if err := e.notice(ctx, e.stage.city, readers, e.tells(to.reader, 0), 0); err != nil {
			return err
		}
	}
	return nil
}

// toDepartment tells a department's contact and, where the policy says so, its leaders.
func (e *escalation) toDepartment(ctx context.Context, lead int64) error {
	readers, err := department(ctx, e.tx, e.now.Time, lead)
	if err != nil {
		return err
	}
	if err := e.notice(ctx, e.stage.department, readers, e.tells(sla.ToDepartment, lead), lead); err != nil {
		return err
	}
	leaders, err := leadersOf(ctx, e.tx, e.now.Time, lead)
	if err != nil {
		return err
	}
	return e.notice(ctx, e.stage.department, leaders, e.tells(sla.ToLeader, lead), lead)
}

// notice writes one notice a reader about the cases of some groups.
func (e *escalation) notice(ctx context.Context, kind wording.Kind, readers []reader, told []group, lead int64) error {
	if len(readers) == 0 || len(told) == 0 {
		return nil
	}
	data := e.desk.data()
	data.Due, data.Card = e.at.Time, e.stage.card
	for _, g := range told {
		data.Count += g.N
	}
	if e.stage.card != "" {
		p := e.rules.policy(&Case{PolicyVersion: told[0].PolicyVersion, BornChannel: told[0].BornChannel, BornKind: told[0].BornKind, BornTopic: told[0].BornTopic})
		if data.Days = p.YellowDays; e.stage.card == "red" {
			data.Days = p.RedDays
		}
	}
	where, args, all := e.selection(told, lead)
	var err error
	if data.Items = e.items[lead]; !all || lead == 0 {
		if data.Items, err = e.desk.noticeItems(ctx, e.tx, where, args, e.dueColumn()); err != nil {
			return err
		}
	}
	if lead != 0 && len(data.Items) > 0 {
		data.Department = data.Items[0].Department
	}
	for _, r := range readers {
		n, err := render(kind, r, data, fmt.Sprintf("%s:%d:%d", e.stage.name, e.at.Unix(), lead))
		if err != nil {
			return err
		}
		n.NotBefore = e.rules.held(r, e.now.Time)
		e.notices = append(e.notices, n)
	}
	return nil
}

// dueColumn is the due time that the list shows.
func (e *escalation) dueColumn() string {
	if e.stage.column == "due_at" {
		return "due_at"
	}
	return "department_due_at"
}

// readItems reads the first cases of every department in one go: asked one by one, two hundred departments
// would each walk over all cases that are due at this instant.
func (e *escalation) readItems(ctx context.Context) error {
	var rows []struct {
		ID          ID
		ReceivedDay string
		Title       string
		LeadID      int64
		Due         migrations.Instant
		Provisional bool
		Name        string
	}
	query := fmt.Sprintf(`SELECT r.id, r.received_day, r.title, r.lead_id, r.due, r.provisional, p.name FROM (
			SELECT id, received_day, title, lead_id, provisional OR department_provisional AS provisional, %[1]s AS due, ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY %[1]s, id) AS place
			FROM cases WHERE %[2]s AND %[3]s AND %[4]s = ? AND lead_id IS NOT NULL) AS r JOIN departments p ON p.id = r.lead_id
		WHERE r.place <= %[5]d ORDER BY r.lead_id, r.place`, e.dueColumn(), elapsing, e.stage.where, e.stage.column, wording.MaxItems)
	if err := e.tx.NewRaw(query, e.now, e.now, e.at).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("read cases for notices: %w", err)
	}
	e.items = map[int64][]wording.Item{}
	for _, row := range rows {
		number := Number(row.ReceivedDay, row.ID)
		e.items[row.LeadID] = append(e.items[row.LeadID], wording.Item{
			Number: number, Title: row.Title, Department: row.Name, Due: row.Due.Time, Provisional: row.Provisional,
			URL: e.desk.publicURL + "/cases/" + number,
		})
	}
	return nil
}

// selection finds the cases of some groups; all of them are not spelt out.
func (e *escalation) selection(told []group, lead int64) (where string, args []any, everyone bool) {
	where, args = elapsing+" AND "+e.stage.where+" AND "+e.stage.column+" = ?", []any{e.now, e.now, e.at}
	all := 0
	for _, g := range e.groups {
		if lead == 0 || g.LeadID == lead {
			all++
		}
	}
	if lead != 0 {
		where, args = where+" AND lead_id = ?", append(args, lead)
	}
	if len(told) == all {
		return where, args, true
	}
	var some []string
	for _, g := range told {
		some = append(some, "COALESCE(lead_id, 0) = ? AND policy_version = ? AND born_channel = ? AND born_kind = ? AND born_topic = ?")
		args = append(args, g.LeadID, g.PolicyVersion, g.BornChannel, g.BornKind, g.BornTopic)
	}
	return where + " AND (" + strings.Join(some, " OR ") + ")", args, false
}

// noticeItems reads the first cases of a list for a notice.
func (d *Desk) noticeItems(ctx context.Context, tx bun.IDB, where string, args []any, due string) ([]wording.Item, error) {
	var rows []struct {
		ID          ID
		ReceivedDay string
		Title       string
		Due         migrations.Instant
		Provisional bool
		Name        string
	}
	query := "SELECT c.id, c.received_day, c.title, (c.provisional OR c.department_provisional) AS provisional, c." + due + " AS due, COALESCE((SELECT name FROM departments p WHERE p.id = c.lead_id), '') AS name FROM cases c WHERE " +
		where + fmt.Sprintf(" ORDER BY c.%s, c.id LIMIT %d", due, wording.MaxItems)
	if err := tx.NewRaw(query, args...).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read cases for a notice: %w", err)
	}
	items := make([]wording.Item, len(rows))
	for i, row := range rows {
		number := Number(row.ReceivedDay, row.ID)
		items[i] = wording.Item{
			Number: number, Title: row.Title, Department: row.Name, Due: row.Due.Time, Provisional: row.Provisional, URL: d.publicURL + "/cases/" + number,
		}
	}
	return items, nil
}

// tellStage tells of one case to whom its policy says.
func (w *work) tellStage(ctx context.Context, s *stage) error {
	c := w.c
	name, err := w.departmentName(ctx, c.LeadID)
	if err != nil {
		return err
	}
	p := w.rules.policy(c)
	due := c.DepartmentDueAt
	if s.city == wording.OverdueCity {
		due = c.DueAt
	}
	days := 0
	switch s {
	case stageYellow:
		days = p.YellowDays
	case stageRed:
		days = p.RedDays
	}
	fill := func(department string) func(*wording.Data) {
		return func(n *wording.Data) {
			n.Due, n.Count, n.Card, n.Days, n.Department = due.Time, 1, s.card, days, department
			n.Items = []wording.Item{{Number: c.Number(), Title: c.Title, Department: name, Due: due.Time, Provisional: c.Provisional || c.DepartmentProvisional, URL: w.desk.publicURL + "/cases/" + c.Number()}}
		}
	}
	told := s.tell(p)
	for _, reader := range []struct {
		class sla.Readers
		kind  wording.Kind
		name  string
		read  func() ([]reader, error)
	}{
		{sla.ToDepartment, s.department, name, func() ([]reader, error) { return department(ctx, w.Tx, w.now, c.LeadID) }},
		{sla.ToLeader, s.department, name, func() ([]reader, error) { return leadersOf(ctx, w.Tx, w.now, c.LeadID) }},
		{sla.ToSupervision, s.city, "", func() ([]reader, error) { return holders(ctx, w.Tx, w.now, people.Supervisor) }},
		{sla.ToOffice, s.city, "", func() ([]reader, error) { return holders(ctx, w.Tx, w.now, people.Clerk) }},
	} {
		if reader.kind == "" || !told.Has(reader.class) {
			continue
		}
		to, err := reader.read()
		if err != nil {
			return err
		}
		if err := w.tellAs(s.name, reader.kind, to, fill(reader.name)); err != nil {
			return err
		}
	}
	return nil
}

// held is until when a notice must be held back: what the clock brings about leaves for the staff in working
// hours, at whatever hour it came about. What a person has just done is told at once, and writers are told of
// everything at once.
func (r *rulebook) held(to reader, now time.Time) time.Time {
	if to.to.Contact != 0 {
		return time.Time{}
	}
	return r.hours(now).Next(r.calendar(), now)
}
