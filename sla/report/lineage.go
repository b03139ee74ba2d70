package report

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"
)

// lineage is the departments by their number as text: their names, and with [Query.Successors] who took over.
type lineage struct {
	names map[string]string
	heirs map[string]string // the department that a department's letters count with; itself when not in here
}

type department struct {
	bun.BaseModel `bun:"table:departments,alias:d"`

	ID          int64 `bun:",pk"`
	Name        string
	SuccessorID int64
	EndedAt     int64
}

// departments reads the lineage as of an instant: a department that ends later is itself until then.
func (e *Engine) departments(ctx context.Context, asOf time.Time, successors bool) (lineage, error) {
	var all []department
	err := e.db.Read.NewSelect().Model(&all).
		ColumnExpr("d.id, d.name, COALESCE(d.successor_id, 0) AS successor_id, COALESCE(d.ended_at, 0) AS ended_at").Scan(ctx)
	if err != nil {
		return lineage{}, fmt.Errorf("read departments: %w", err)
	}
	l := lineage{names: make(map[string]string, len(all)), heirs: map[string]string{}}
	byID := make(map[int64]department, len(all))
	for _, d := range all {
		byID[d.ID] = d
		l.names[strconv.FormatInt(d.ID, 10)] = d.Name
	}
	if !successors {
		return l, nil
	}
	for _, d := range all {
		heir := d
		// As many steps as there are departments: a circle, which nobody can enter, would not hang the report.
		for range all {
			next, ok := byID[heir.SuccessorID]
			if !ok || heir.EndedAt == 0 || heir.EndedAt > asOf.Unix() {
				break
			}
			heir = next
		}
		if heir.ID != d.ID {
			l.heirs[strconv.FormatInt(d.ID, 10)] = strconv.FormatInt(heir.ID, 10)
		}
	}
	return l, nil
}

// heir is the department that the letters of a department count with.
func (l lineage) heir(id string) string {
	if heir, ok := l.heirs[id]; ok {
		return heir
	}
	return id
}

// family is a department and all whose letters count with it.
func (l lineage) family(id int64) []int64 {
	family := []int64{id}
	own := strconv.FormatInt(id, 10)
	for of, heir := range l.heirs {
		if n, err := strconv.ParseInt(of, 10, 64); err == nil && heir == own {
			family = append(family, n)
		}
	}
	return family
}
