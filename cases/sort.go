package cases

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// Sort is an order of a list; the zero value is the pile's own.
type Sort string

// The orders that can be chosen.
const (
	SortLeft     Sort = "left"     // least time left first
	SortReceived Sort = "received" // newest letter first
	SortChanged  Sort = "changed"  // last change first
)

// Sorts lists them.
var Sorts = []Sort{SortLeft, SortReceived, SortChanged}

// order is the order of a query, with the values of its "?".
func (d *Desk) order(q Query) (string, []any) {
	by := pileSQL[q.Pile].order
	switch q.Sort {
	case SortLeft:
		by = "c.due_at, c.id"
		if q.Pile == PileDepartment || q.Pile == PileAssisting || q.Pile == PileApproval || q.Pile == PileReplied {
			by = "c.department_due_at, c.id"
		}
	case SortReceived:
		by = "c.received_at DESC, c.id DESC"
	case SortChanged:
		by = "c.changed_at DESC, c.id DESC"
	}
	var args []any
	for range strings.Count(by, "?") {
		args = append(args, migrations.At(d.Now()))
	}
	return " ORDER BY " + by, args
}

// narrow adds what a query asks for besides pile, department, channel, kind and text.
func (q Query) narrow(where string, args []any, now migrations.Instant) (string, []any) {
	if q.Holder != 0 {
		where, args = where+" AND EXISTS (SELECT 1 FROM "+holding+" AND h.account_id = ?)", append(args, now, now, q.Holder)
	}
	if q.Unheld {
		where, args = where+" AND NOT EXISTS (SELECT 1 FROM "+holding+")", append(args, now, now)
	}
	if q.Waiting {
		where += " AND c.waiting_until IS NOT NULL"
	}
	if q.Extension != "" {
		where, args = where+" AND c.extension = ?", append(args, q.Extension)
	}
	return where, args
}

// Groups says how many cases of a department's list are overdue, due today, due on the next working day, due later, and
// how many of those that are not overdue wait for the writer: each case is in one.
type Groups struct {
	Overdue, Today, Soon, Later, Waiting int
}

// Groups counts a department's list by the time that its own clock leaves.
func (d *Desk) Groups(ctx context.Context, a people.Actor, q Query) (g Groups, err error) {
	where, args, err := d.selection(ctx, a, q)
	if err != nil {
		return g, err
	}
	now, loc := d.Now(), d.Location()
	today := sla.DateOf(now, loc)
	tomorrow, after := (today + 1).Start(loc), (d.Calendar().NextWorkingDay(today) + 1).Start(loc)
	// COALESCE: a letter of another system may have one of the two times only, or none.
	err = d.db.Read.NewRaw(`SELECT COALESCE(SUM(CASE WHEN late THEN 1 ELSE 0 END), 0) AS overdue,
			COALESCE(SUM(CASE WHEN NOT late AND NOT waits AND due < ? THEN 1 ELSE 0 END), 0) AS today,
			COALESCE(SUM(CASE WHEN NOT late AND NOT waits AND due >= ? AND due < ? THEN 1 ELSE 0 END), 0) AS soon,
			COALESCE(SUM(CASE WHEN NOT late AND NOT waits AND due >= ? THEN 1 ELSE 0 END), 0) AS later,
			COALESCE(SUM(CASE WHEN NOT late AND waits THEN 1 ELSE 0 END), 0) AS waiting
		FROM (SELECT due, due < ? AS late, waits FROM (SELECT COALESCE(c.department_due_at, c.due_at, ?) AS due, c.waiting_until IS NOT NULL AS waits
			FROM cases c WHERE `+where+`) AS listed) AS timed`,
		append([]any{migrations.At(tomorrow), migrations.At(tomorrow), migrations.At(after), migrations.At(after), migrations.At(now), migrations.Forever}, args...)...).
		Scan(ctx, &g)
	if err != nil {
		return g, fmt.Errorf("count groups: %w", err)
	}
	return g, nil
}

// CountsOf says how many cases each query finds, up to most: beside the names of lists that somebody has kept nobody
// needs more, and one that holds everything must not keep the page waiting.
func (d *Desk) CountsOf(ctx context.Context, a people.Actor, most int, queries ...Query) ([]int, error) {
	if len(queries) == 0 {
		return nil, nil
	}
	var all []string
	var args []any
	for _, q := range queries {
		where, some, err := d.selection(ctx, a, q)
		if err != nil {
			return nil, err
		}
		all = append(all, "(SELECT count(*) FROM (SELECT 1 FROM cases c WHERE "+where+" LIMIT ?) AS counted)")
		args = append(append(args, some...), most)
	}
	counts := make([]int, len(queries))
	into := make([]any, len(queries))
	for i := range counts {
		into[i] = &counts[i]
	}
	if err := d.db.Read.NewRaw("SELECT "+strings.Join(all, ", "), args...).Scan(ctx, into...); err != nil {
		return nil, fmt.Errorf("count cases: %w", err)
	}
	return counts, nil
}

// nameHolders says in a list who has each case in hand.
func (d *Desk) nameHolders(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	at := make(map[ID]int, len(items))
	ids := make([]ID, len(items))
	for i, item := range items {
		ids[i], at[item.ID] = item.ID, i
	}
	var rows []struct {
		CaseID ID
		Name   string
	}
	now := migrations.At(d.Now())
	err := d.db.Read.NewRaw("SELECT h.case_id, a.name FROM cases AS c, "+holding+" AND c.id IN (?)", now, now, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read holders: %w", err)
	}
	for _, row := range rows {
		items[at[row.CaseID]].Holder = row.Name
	}
	return nil
}
