package report

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mailbox/cases"
)

// Lot is the cases that stand alike in a report: of one group, and counted in the same figures. All lots together are
// the list of cases behind every count of the report.
type Lot struct {
	// Group is a [Figures.GroupID], [ConductLine.DepartmentID] or [ReworkLine.DepartmentID].
	Group string `json:"group"`
	// Figures are the names of what the cases count in: [FigureNames], [TookFigure], [ConductFigure], [ReworkFigure].
	Figures []string `json:"figures"`
	// Cases in ascending order; of a conduct as often as it happened.
	Cases []int64 `json:"cases"`
}

const conductPrefix, reworkPrefix = "conduct_", "rework_"

// ConductFigure and ReworkFigure are the names that counts of conduct and of reworks have in a [Lot].
func ConductFigure(kind cases.Conduct) string { return conductPrefix + string(kind) }

// ReworkFigure is the name of a count of [ReworkNames] in a [Lot].
func ReworkFigure(name string) string { return reworkPrefix + name }

// ConductOf and ReworkOf take those names apart; "" for another figure's.
func ConductOf(figure string) cases.Conduct {
	kind, ok := strings.CutPrefix(figure, conductPrefix)
	if !ok {
		return ""
	}
	return cases.Conduct(kind)
}

// ReworkOf is the count of reworks that a figure of a lot is; "" for another figure.
func ReworkOf(figure string) string {
	name, ok := strings.CutPrefix(figure, reworkPrefix)
	if !ok {
		return ""
	}
	return name
}

// TookOf takes the name of a [TookFigure] apart.
func TookOf(figure string) (departments bool, days int64, ok bool) {
	text, departments := strings.CutPrefix(figure, departmentTookPrefix)
	if !departments {
		if text, ok = strings.CutPrefix(figure, tookPrefix); !ok {
			return false, 0, false
		}
	}
	days, err := strconv.ParseInt(text, 10, 64)
	return departments, days, err == nil
}

// Lots tells of every case which figures of Run's report for the same q it counts in, by the groups of q.By: made from
// the same conditions, so that they add up to the report. Letters that change while both are read may make a difference.
//
// Errors: as Run.
func (e *Engine) Lots(ctx context.Context, q Query) ([]Lot, error) {
	c, err := e.prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	lots := heap{}
	for _, read := range []func(context.Context, *checked, heap) error{e.cohortLots, e.conductLots, e.reworkLots} {
		if err := read(ctx, &c, lots); err != nil {
			return nil, err
		}
	}
	return lots.sorted(), nil
}

// heap gathers cases by what they have alike.
type heap map[string]*Lot

func (h heap) add(group string, figures []string, id int64) {
	key := group + "\x00" + strings.Join(figures, "\x00")
	lot := h[key]
	if lot == nil {
		lot = &Lot{Group: group, Figures: figures}
		h[key] = lot
	}
	lot.Cases = append(lot.Cases, id)
}

func (h heap) sorted() []Lot {
	lots := make([]Lot, 0, len(h))
	for _, key := range slices.Sorted(maps.Keys(h)) {
		slices.Sort(h[key].Cases)
		lots = append(lots, *h[key])
	}
	return lots
}

func (e *Engine) cohortLots(ctx context.Context, c *checked, into heap) error {
	columns := fmt.Sprintf("f.case_id, %s AS grouped, %s AS verdict, f.days, f.department_days", groupSQL[c.By], verdictSQL())
	rows, err := e.db.Read.QueryContext(ctx, fmt.Sprintf(rowsAsOf, columns, c.filters()), c.values(c.span))
	if err != nil {
		return fmt.Errorf("list what letters count in: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var read sql.NullString
		var like alike
		if err := rows.Scan(&id, &read, &like.Verdict, &like.Days, &like.DepartmentDays); err != nil {
			return fmt.Errorf("list what letters count in: %w", err)
		}
		into.add(c.groupOf(c.By, read), like.figures(), id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list what letters count in: %w", err)
	}
	return nil
}

// figures names what letters like this count in; the same as [tally.add] counts.
func (like *alike) figures() []string {
	var names []string
	for _, f := range figures {
		if f.holds(like.Verdict) {
			names = append(names, f.name)
		}
	}
	if like.Verdict.of(standing) != valid {
		return names
	}
	if like.Days != nil && like.Verdict.of(answered) == 1 {
		names = append(names, TookFigure(false, *like.Days))
	}
	if like.DepartmentDays != nil {
		names = append(names, TookFigure(true, *like.DepartmentDays))
	}
	return names
}

func (e *Engine) conductLots(ctx context.Context, c *checked, into heap) error {
	var rows []struct {
		Department sql.NullString
		Kind       cases.Conduct
		CaseID     int64
	}
	if err := e.db.Read.NewRaw("SELECT u.department_id AS department, u.kind, u.case_id"+c.conductFrom(), c.values(c.span)).Scan(ctx, &rows); err != nil {
		return fmt.Errorf("list conduct: %w", err)
	}
	for _, row := range rows {
		into.add(c.groupOf(ByDepartment, row.Department), []string{ConductFigure(row.Kind)}, row.CaseID)
	}
	return nil
}

func (e *Engine) reworkLots(ctx context.Context, c *checked, into heap) error {
	columns := []string{"f.department_id", "f.case_id"}
	for _, condition := range reworkConditions {
		columns = append(columns, "CASE WHEN "+condition.sql+" THEN 1 ELSE 0 END")
	}
	rows, err := e.db.Read.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+reworkFrom+c.filters(), e.reworkValues(c))
	if err != nil {
		return fmt.Errorf("list reworks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var department sql.NullString
		var id int64
		counts := make([]int, len(reworkConditions))
		targets := []any{&department, &id}
		for i := range counts {
			targets = append(targets, &counts[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("list reworks: %w", err)
		}
		var names []string
		for i, condition := range reworkConditions {
			if counts[i] == 1 {
				names = append(names, ReworkFigure(condition.name))
			}
		}
		into.add(c.groupOf(ByDepartment, department), names, id)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("list reworks: %w", err)
	}
	return nil
}

// Counted adds lots up: the figures of each group, by its id, and those of all. Conduct and reworks are left out.
func Counted(lots []Lot) (groups map[string]Figures, total Figures) {
	tallies, whole := map[string]*tally{}, newTally("total")
	for _, lot := range lots {
		for _, name := range lot.Figures {
			if ConductOf(name) != "" || ReworkOf(name) != "" {
				continue
			}
			if tallies[lot.Group] == nil {
				tallies[lot.Group] = newTally(lot.Group)
			}
			tallies[lot.Group].count(name, int64(len(lot.Cases)))
			whole.count(name, int64(len(lot.Cases)))
		}
	}
	groups = make(map[string]Figures, len(tallies))
	for id, t := range tallies {
		t.settle()
		groups[id] = t.Figures
	}
	whole.settle()
	whole.GroupID = ""
	return groups, whole.Figures
}

// count adds letters to the figure of a name; a figure that there is no more is left out.
func (t *tally) count(name string, letters int64) {
	if departments, days, ok := TookOf(name); ok {
		if departments {
			t.departmentDays[days] += letters
		} else {
			t.days[days] += letters
		}
		return
	}
	for _, f := range figures {
		if f.name == name {
			*f.in(&t.Figures) += letters
		}
	}
}

// Change is a figure of a group that counts other cases than before. A case that moved from one group to another has
// left the first and entered the second.
type Change struct {
	Group, Figure string
	Entered, Left []int64 // ascending
}

// Changes compares two lists of lots of one report as of different instants: what counts differently, by group and
// figure. With total the groups are put together, and a case that only moved between them is no change.
func Changes(before, after []Lot, total bool) []Change {
	type place struct{ group, figure string }
	type stay struct {
		place
		id int64
	}
	moved := map[stay]int{}
	move := func(lot *Lot, ids []int64, by int) {
		for _, figure := range lot.Figures {
			at := place{lot.Group, figure}
			if total {
				at.group = ""
			}
			for _, id := range ids {
				moved[stay{at, id}] += by
			}
		}
	}
	// Most lots hold mostly the same cases as before: those are passed over.
	index := func(lots []Lot) map[string]*Lot {
		all := make(map[string]*Lot, len(lots))
		for i := range lots {
			all[lots[i].Group+"\x00"+strings.Join(lots[i].Figures, "\x00")] = &lots[i]
		}
		return all
	}
	was, is := index(before), index(after)
	for key, lot := range was {
		var now []int64
		if is[key] != nil {
			now = is[key].Cases
		}
		gone, came := apart(lot.Cases, now)
		move(lot, gone, -1)
		move(lot, came, 1)
	}
	for key, lot := range is {
		if was[key] == nil {
			move(lot, lot.Cases, 1)
		}
	}
	found := map[place]*Change{}
	for at, by := range moved {
		change := found[at.place]
		if by != 0 && change == nil {
			change = &Change{Group: at.group, Figure: at.figure}
			found[at.place] = change
		}
		for ; by > 0; by-- {
			change.Entered = append(change.Entered, at.id)
		}
		for ; by < 0; by++ {
			change.Left = append(change.Left, at.id)
		}
	}
	changes := make([]Change, 0, len(found))
	for _, change := range found {
		slices.Sort(change.Entered)
		slices.Sort(change.Left)
		changes = append(changes, *change)
	}
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Figure, b.Figure))
	})
	return changes
}

// apart gives what only one of two ascending lists holds.
func apart(a, b []int64) (onlyA, onlyB []int64) {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			a, b = a[1:], b[1:]
		case a[0] < b[0]:
			onlyA, a = append(onlyA, a[0]), a[1:]
		default:
			onlyB, b = append(onlyB, b[0]), b[1:]
		}
	}
	return append(onlyA, a...), append(onlyB, b...)
}
