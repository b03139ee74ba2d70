package cases

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Ending is what ending a department would move.
type Ending struct {
	Leads   int // open cases that it leads
	Assists int // contributions that it owes to open cases of others
	People  []people.Account
}

// rehomeBatch is how many cases a page that ends a department moves itself. The sweep moves the others.
const rehomeBatch = 200

// Homeless cases: open ones whose lead has ended, or that an ended department owes a contribution to.
const (
	endedLead   = "SELECT c.id FROM departments p JOIN cases c ON c.lead_id = p.id AND c.state IN ('routed', 'acknowledged', 'replied') WHERE p.ended_at IS NOT NULL AND (p.successor_id IS NOT NULL OR c.state <> 'replied')"
	endedAssist = "SELECT s.case_id AS id FROM departments p JOIN assists s ON s.department_id = p.id AND s.contributed_at IS NULL AND s.released_at IS NULL" +
		" JOIN cases c ON c.id = s.case_id AND c.state IN ('routed', 'acknowledged', 'replied') WHERE p.ended_at IS NOT NULL"
)

// EndingOf tells what ending the department would move, before it is done.
func (d *Desk) EndingOf(ctx context.Context, a people.Actor, id int64) (Ending, error) {
	var e Ending
	if err := endsDepartments(a); err != nil {
		return e, err
	}
	if err := d.db.Read.NewRaw(openOf, id).Scan(ctx, &e.Leads); err != nil {
		return e, fmt.Errorf("count cases of the department: %w", err)
	}
	err := d.db.Read.NewRaw("SELECT count(*) FROM assists s JOIN cases c ON c.id = s.case_id AND c.state IN ('routed', 'acknowledged', 'replied')"+
		" WHERE s.department_id = ? AND s.contributed_at IS NULL AND s.released_at IS NULL", id).Scan(ctx, &e.Assists)
	if err != nil {
		return e, fmt.Errorf("count contributions of the department: %w", err)
	}
	accounts, err := d.directory.Accounts(ctx)
	for _, one := range accounts {
		if one.DisabledAt.IsZero() && one.Actor().WorksFor(id) {
			e.People = append(e.People, one)
		}
	}
	return e, err
}

const openOf = "SELECT count(*) FROM cases c WHERE c.lead_id = ? AND c.state IN ('routed', 'acknowledged', 'replied')"

func endsDepartments(a people.Actor) error {
	if a.Is(people.Administrator) || a.Is(people.System) {
		return nil
	}
	return errs.Forbidden("only administrators may end a department", "只有系统管理员可以撤并单位")
}

// MergeDepartment ends a department in favour of its successor. Its open cases go along as they stand (verb
// rehome): a few at once, the others by the sweep. With roles, its people get theirs in the successor as well; those they
// have stay, so that they find what they answered.
//
// Errors: forbidden; those of [people.Directory.MergeDepartment].
func (d *Desk) MergeDepartment(ctx context.Context, a people.Actor, from, into int64, roles bool) error {
	if err := endsDepartments(a); err != nil {
		return err
	}
	if err := d.directory.MergeDepartment(audit.By(ctx, a.Account), from, into, roles); err != nil {
		return err
	}
	_, err := d.rehome(ctx, rehomeBatch)
	return err
}

// DissolveDepartment ends a department that nobody follows. What it has in hand goes back to the office (verb
// back_to_office) if toOffice says so.
//
// Errors: forbidden; conflict if it has open cases and toOffice is not set, or if it has ended.
func (d *Desk) DissolveDepartment(ctx context.Context, a people.Actor, id int64, toOffice bool) error {
	if err := endsDepartments(a); err != nil {
		return err
	}
	err := d.directory.DissolveDepartment(audit.By(ctx, a.Account), id, func(ctx context.Context, tx bun.Tx) error {
		var n int
		if err := tx.NewRaw(openOf, id).Scan(ctx, &n); err != nil {
			return fmt.Errorf("count cases of the department: %w", err)
		}
		if n > 0 && !toOffice {
			return errs.Conflict(
				"the department has %d open cases: name a successor, or let them go back to the mailbox office",
				"该单位还有 %d 件在办件：请指定承接单位，或选择退回信箱办重新转办", n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = d.rehome(ctx, rehomeBatch)
	return err
}

// Rehome gives every open case of a department that has ended to its last successor, or back to the office where it
// has none, and says how many. It may run anywhere, any number of times, at once; what is cut off is done by the next.
func (d *Desk) Rehome(ctx context.Context) (moved int, err error) {
	for {
		n, err := d.rehome(ctx, rehomeBatch)
		moved += n
		if err != nil || n == 0 {
			return moved, err
		}
	}
}

func (d *Desk) rehome(ctx context.Context, most int) (moved int, err error) {
	var ids []ID
	err = d.db.Read.NewRaw("SELECT id FROM ("+endedLead+" UNION "+endedAssist+") AS homeless ORDER BY id LIMIT ?", most).Scan(ctx, &ids)
	if err != nil {
		return 0, fmt.Errorf("find cases of ended departments: %w", err)
	}
	for _, id := range ids {
		c, err := d.load(ctx, id)
		if err != nil {
			return moved, err
		}
		verb, do := people.Rehome, (*work).rehome
		if next, err := homeOf(ctx, d.db.Read, id, c.LeadID); err != nil {
			return moved, err
		} else if next == 0 && c.State != Replied {
			verb, do = people.BackToOffice, (*work).backToOffice
		}
		after, err := d.change(ctx, people.TheSystem(), verb, id, c.Version, func(ctx context.Context, w *work) error { return do(w, ctx) })
		switch {
		case errs.CodeOf(err) == errs.CodeConflict && err != nil: // somebody has just worked on it: the next look finds it
		case err != nil:
			return moved, err
		case after.Version > c.Version:
			moved++
		}
	}
	return moved, nil
}

// successorOf is the department that does the work of another today: itself while it takes cases, or the last of its
// successors; 0 if nobody does.
func successorOf(ctx context.Context, db bun.IDB, id int64) (int64, error) {
	for {
		var row departmentRow
		if err := db.NewRaw("SELECT id, name, ended_at, COALESCE(successor_id, 0) AS successor_id FROM departments WHERE id = ?", id).Scan(ctx, &row); err != nil {
			return 0, fmt.Errorf("read department: %w", err)
		}
		switch {
		case row.EndedAt.IsZero():
			return row.ID, nil
		case row.SuccessorID == 0:
			return 0, nil
		}
		id = row.SuccessorID
	}
}

// homeOf is to whom what a department has in a case goes: to its successor, unless the letter complains about that one
// and not about the department itself. Such a case goes back to the office, as one that nobody follows in.
func homeOf(ctx context.Context, db bun.IDB, id ID, department int64) (int64, error) {
	next, err := successorOf(ctx, db, department)
	if err != nil || next == 0 || next == department {
		return next, err
	}
	against, err := accusedBy(ctx, db, id)
	if err != nil {
		return 0, err
	}
	if slices.Contains(against, next) && !slices.Contains(against, department) {
		return 0, nil
	}
	return next, nil
}

// rehome moves what ended departments have in the case to their successors, as it stands. Nobody gains or loses time:
// the department's clock, the waits in it, a request for more time, cards and orders go along untouched, and it is
// conduct of nobody.
func (w *work) rehome(ctx context.Context) error {
	c, was := w.c, w.c.LeadID
	next, err := homeOf(ctx, w.Tx, c.ID, was)
	if err != nil {
		return err
	}
	if next != was && next != 0 {
		c.LeadID = next
		w.detail["from"], w.detail["lead"] = was, next
		if err := w.moveWaits(ctx, was, next); err != nil {
			return err
		}
		if err := w.moveHands(ctx, was, next); err != nil {
			return err
		}
		_, err := w.NewUpdate().Model((*orderRow)(nil)).Set("department_id = ?", next).
			Where("case_id = ? AND department_id = ? AND answered_at IS NULL AND released_at IS NULL", c.ID, was).Exec(ctx)
		if err != nil {
			return fmt.Errorf("move order: %w", err)
		}
	}
	moved, err := w.rehomeAssists(ctx)
	if err != nil {
		return err
	}
	if c.LeadID == was && !moved {
		return errNothing
	}
	return nil
}

// moveWaits lets the waits of this round count for the next lead as they did for the last one.
func (w *work) moveWaits(ctx context.Context, was, next int64) error {
	for i := range w.waits {
		w.waits[i].DepartmentID = next
	}
	_, err := w.NewUpdate().Model((*waitRow)(nil)).Set("department_id = ?", next).
		Where("case_id = ? AND round = ? AND department_id = ? AND since >= ?", w.c.ID, w.c.Round, was, w.c.RoutedAt).Exec(ctx)
	if err != nil {
		return fmt.Errorf("move waits: %w", err)
	}
	return nil
}

// rehomeAssists gives the contributions that ended departments owe to their successors. One that leads the case already,
// or assists in it, does not assist twice; and whoever leads does not assist. What was contributed stays as it is.
func (w *work) rehomeAssists(ctx context.Context) (moved bool, err error) {
	kept, there := []assistRow{}, map[int64]bool{w.c.LeadID: true}
	var ended []assistRow
	for _, s := range w.assists {
		next := s.DepartmentID
		if s.ContributedAt.IsZero() {
			if next, err = homeOf(ctx, w.Tx, w.c.ID, s.DepartmentID); err != nil {
				return false, err
			}
		}
		switch {
		case !s.ContributedAt.IsZero():
			there[next] = true
			kept = append(kept, s)
		case next != s.DepartmentID:
			ended = append(ended, s)
		case there[next]:
			ended = append(ended, s) // the lead by now
		default:
			there[next] = true
			kept = append(kept, s)
		}
	}
	for _, s := range ended {
		next, err := homeOf(ctx, w.Tx, w.c.ID, s.DepartmentID)
		if err != nil {
			return false, err
		}
		if next == 0 || there[next] {
			s.ReleasedAt = migrations.At(w.now)
		} else {
			s.DepartmentID, there[next] = next, true
			kept = append(kept, s)
		}
		if _, err := w.NewUpdate().Model(&s).WherePK().Exec(ctx); err != nil {
			return false, fmt.Errorf("move assist: %w", err)
		}
	}
	w.assists = kept
	if len(ended) > 0 {
		now := make([]int64, len(kept))
		for i, s := range kept {
			now[i] = s.DepartmentID
		}
		w.detail["assists"] = now
	}
	return len(ended) > 0, nil
}

// backToOffice brings a case of a dissolved department back to the office, as a return does, but it is conduct of nobody.
func (w *work) backToOffice(ctx context.Context) error {
	w.detail["from"] = w.c.LeadID
	if err := w.leave(ctx); err != nil {
		return err
	}
	w.c.ReturnedAt = migrations.At(w.now) // on top of the office's list
	return nil
}

// homeAgain follows a verb that opens a case anew: if its department has ended meanwhile, it goes on at once.
func (w *work) homeAgain(ctx context.Context) error {
	next, err := homeOf(ctx, w.Tx, w.c.ID, w.c.LeadID)
	switch {
	case err != nil || next == w.c.LeadID:
		return err
	case next == 0:
		w.then = append(w.then, following{people.TheSystem(), people.BackToOffice, func(ctx context.Context, w *work) error { return w.backToOffice(ctx) }})
	default:
		w.then = append(w.then, following{people.TheSystem(), people.Rehome, func(ctx context.Context, w *work) error { return w.rehome(ctx) }})
	}
	return nil
}
