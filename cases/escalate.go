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
	for _, s := range stages {
		var instants []int64
		err := d.db.Read.NewRaw("SELECT DISTINCT "+s.column+" FROM cases WHERE "+elapsing+" AND "+s.where+" ORDER BY 1", now, now).Scan(ctx, &instants)
		if err != nil {
			return fmt.Errorf("read what is %s: %w", s.name, err)
		}
		for _, at := range instants {
			if err := d.tellStage(ctx, s, migrations.At(time.Unix(at, 0))); err != nil {
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

// tellStage writes what is told of one stage at one instant.
func (d *Desk) tellStage(ctx context.Context, s *stage, at migrations.Instant) error {
	var written []int64
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := migrations.At(d.Now())
		e := &escalation{desk: d, rules: d.rules.Load(), tx: tx, stage: s, at: at, now: now}
		err := tx.NewRaw(`SELECT COALESCE(lead_id, 0) AS lead_id, policy_version, born_channel, born_kind, born_topic, count(*) AS n
			FROM cases WHERE `+elapsing+" AND "+s.where+" AND "+s.column+` = ?
			GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`, now, now, at).Scan(ctx, &e.groups)
		if err != nil {
			return fmt.Errorf("count what is %s: %w", s.name, err)
		}
		if err := e.write(ctx); err != nil {
			return err
		}
		written, err = notify.Write(ctx, tx, now.Time, e.notices...)
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
		readers, err := holders(ctx, e.tx, to.role)
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
	readers, err := department(ctx, e.tx, lead)
	if err != nil {
		return err
	}
	if err := e.notice(ctx, e.stage.department, readers, e.tells(sla.ToDepartment, lead), lead); err != nil {
		return err
	}
	leaders, err := leadersOf(ctx, e.tx, lead)
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
	where, args := e.selection(told, lead)
	var err error
	if data.Items, err = e.desk.noticeItems(ctx, e.tx, where, args, e.dueColumn()); err != nil {
		return err
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

// selection finds the cases of some groups; all of them are not spelt out.
func (e *escalation) selection(told []group, lead int64) (where string, args []any) {
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
		return where, args
	}
	var some []string
	for _, g := range told {
		some = append(some, "COALESCE(lead_id, 0) = ? AND policy_version = ? AND born_channel = ? AND born_kind = ? AND born_topic = ?")
		args = append(args, g.LeadID, g.PolicyVersion, g.BornChannel, g.BornKind, g.BornTopic)
	}
	return where + " AND (" + strings.Join(some, " OR ") + ")", args
}

// noticeItems reads the first cases of a list for a notice.
func (d *Desk) noticeItems(ctx context.Context, tx bun.IDB, where string, args []any, due string) ([]wording.Item, error) {
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
			n.Items = []wording.Item{{Number: c.Number(), Title: c.Title, Department: name, Due: due.Time, URL: w.desk.publicURL + "/cases/" + c.Number()}}
		}
	}
	told := s.tell(p)
	for _, reader := range []struct {
		class sla.Readers
		kind  wording.Kind
		name  string
		read  func() ([]reader, error)
	}{
		{sla.ToDepartment, s.department, name, func() ([]reader, error) { return department(ctx, w.Tx, c.LeadID) }},
		{sla.ToLeader, s.department, name, func() ([]reader, error) { return leadersOf(ctx, w.Tx, c.LeadID) }},
		{sla.ToSupervision, s.city, "", func() ([]reader, error) { return holders(ctx, w.Tx, people.Supervisor) }},
		{sla.ToOffice, s.city, "", func() ([]reader, error) { return holders(ctx, w.Tx, people.Clerk) }},
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
