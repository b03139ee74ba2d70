package cases

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// today is the running day of the city: what lists of "today" go by.
type today struct{ now, start, end time.Time }

func (d *Desk) today() today {
	now, loc := d.Now(), d.Location()
	return today{now, dayStart(now, 0, loc), dayStart(now, 1, loc)}
}

// args are the instants that a pile's condition asks for: now, then the end of the day.
func (t today) args(where string) []any {
	return []any{migrations.At(t.now), migrations.At(t.end)}[:strings.Count(where, "?")]
}

// hour is the span of an hour of the day, "00" to "23".
func (t today) hour(name string) (from, to migrations.Instant, err error) {
	n, err := strconv.Atoi(name)
	if err != nil || n < 0 || n > 23 {
		return from, to, errs.Invalid("hour", "an hour is 00 to 23", "小时应为 00 至 23")
	}
	began := t.start.Add(time.Duration(n) * time.Hour)
	return migrations.At(began), migrations.At(began.Add(time.Hour)), nil
}

// Today is supervision's board at one moment. Every number is that of a list: Piles and Hours of the pile of that
// name (and hour), a department's of the pile for this department.
type Today struct {
	Piles       map[Pile]int
	Hours       []HourCount // of what is due today, those that have any
	Departments []Load      // those that have open cases, most overdue first
}

// HourCount is how many cases are due in an hour of today, by the writer's clock.
type HourCount struct {
	Hour  string // "00" to "23"
	Cases int
}

// Load is how a department's open cases stand. The first four of LoadPiles add up to what it has in hand.
type Load struct {
	Department int64
	Name       string
	Piles      map[Pile]int
}

// LoadPiles are the columns of the departments: where their cases stand, then what their own clock says.
var LoadPiles = []Pile{PileUnsigned, PileSigned, PileReview, PileWaiting, PileDepartmentLate, PileDepartmentToday}

// todayPiles are the piles that are counted along with the departments', in the same look at the open cases.
var todayPiles = []Pile{PileOverdue, PileDueToday, PileUnsignedLate, PileYellow, PileRed, PileScreening}

// askedPiles have an index of their own and are counted by it.
var askedPiles = []Pile{PileExtensions, PileReworks, PileOrders, PileCalls}

// Today counts supervision's board. All conditions are those of the lists, word for word; the open cases are read once,
// from the index cases_board alone.
func (d *Desk) Today(ctx context.Context, a people.Actor) (*Today, error) {
	if _, err := a.Permit(people.View, people.Subject{}); err != nil {
		return nil, err
	}
	board := &Today{}
	var err error
	if board.Piles, err = d.Counts(ctx, a, askedPiles...); err != nil {
		return nil, err
	}
	t := d.today()
	if err := d.countLoads(ctx, t, board); err != nil {
		return nil, err
	}
	return board, d.countHours(ctx, t, board)
}

func (d *Desk) countLoads(ctx context.Context, t today, board *Today) error {
	counted := slices.Concat(todayPiles, LoadPiles)
	sums, args := make([]string, len(counted)), []any{}
	for i, pile := range counted {
		where := pileSQL[pile].where
		sums[i] = "SUM(CASE WHEN " + where + " THEN 1 ELSE 0 END)"
		args = append(args, t.args(where)...)
	}
	rows, err := d.db.Read.QueryContext(ctx, "SELECT COALESCE(c.lead_id, 0), "+strings.Join(sums, ", ")+
		" FROM cases c WHERE c.state IN ('received', 'screened', 'routed', 'acknowledged', 'replied') GROUP BY c.lead_id", args...)
	if err != nil {
		return fmt.Errorf("count open cases: %w", err)
	}
	defer rows.Close()
	ids := []int64{}
	for rows.Next() {
		load := Load{Piles: make(map[Pile]int, len(LoadPiles))}
		values, targets := make([]int, len(counted)), []any{&load.Department}
		for i := range values {
			targets = append(targets, &values[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("count open cases: %w", err)
		}
		for i, pile := range counted {
			if slices.Contains(LoadPiles, pile) {
				load.Piles[pile] = values[i]
			}
			board.Piles[pile] += values[i]
		}
		if load.Department != 0 {
			board.Departments = append(board.Departments, load)
			ids = append(ids, load.Department)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count open cases: %w", err)
	}
	return d.nameLoads(ctx, board, ids)
}

func (d *Desk) nameLoads(ctx context.Context, board *Today, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	var n naming
	for i := range board.Departments {
		n.department(board.Departments[i].Department, &board.Departments[i].Name)
	}
	if err := n.read(ctx, d.db.Read); err != nil {
		return err
	}
	slices.SortFunc(board.Departments, func(a, b Load) int {
		for _, pile := range []Pile{PileDepartmentLate, PileDepartmentToday} {
			if a.Piles[pile] != b.Piles[pile] {
				return b.Piles[pile] - a.Piles[pile]
			}
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
}

func (d *Desk) countHours(ctx context.Context, t today, board *Today) error {
	where := pileSQL[PileDueToday].where
	var rows []struct{ Hour, Cases int }
	err := d.db.Read.NewRaw("SELECT (c.due_at - ?) / 3600 AS hour, count(*) AS cases FROM cases c WHERE "+where+" GROUP BY 1 ORDER BY 1",
		append([]any{migrations.At(t.start)}, t.args(where)...)...).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("count by hour: %w", err)
	}
	for _, row := range rows {
		board.Hours = append(board.Hours, HourCount{fmt.Sprintf("%02d", row.Hour), row.Cases})
	}
	return nil
}

// signDueBatch is how many cases one transaction gives their time for signing.
const signDueBatch = 500

// FillSignDue gives open cases that a version before has written the instant until when they should be signed for, and
// says how many. It changes nothing that the record tells of.
func (d *Desk) FillSignDue(ctx context.Context) (filled int, err error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return 0, err
	}
	for {
		var found []Case
		err := d.db.Read.NewRaw("SELECT * FROM cases c WHERE c.state = 'routed' AND c.sign_due_at IS NULL AND NOT c.quiet AND c.due_at IS NOT NULL LIMIT ?", signDueBatch).Scan(ctx, &found)
		if err != nil || len(found) == 0 {
			return filled, err
		}
		err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for i := range found {
				// Only where nobody has worked on it meanwhile: then it has its time already.
				_, err := tx.ExecContext(ctx, "UPDATE cases SET sign_due_at = ? WHERE id = ? AND version = ? AND sign_due_at IS NULL",
					found[i].signDue(r), found[i].ID, found[i].Version)
				if err != nil {
					return fmt.Errorf("write the time for signing: %w", err)
				}
			}
			return nil
		})
		if err != nil {
			return filled, err
		}
		filled += len(found)
	}
}
