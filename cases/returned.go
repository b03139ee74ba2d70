package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
)

// ReturnedBy is why a case lies on the office's desk again.
type ReturnedBy struct {
	Department string
	Reason     string
}

// ReturnsOf gives for a page of a list which department gave each case back last, and why: for those who route.
func (d *Desk) ReturnsOf(ctx context.Context, a people.Actor, ids []ID) (map[ID]ReturnedBy, error) {
	if _, err := a.Permit(people.Route, people.Subject{}); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading an empty map is fine
	}
	var rows []struct {
		CaseID     ID
		Department string
		Reason     string
	}
	err := d.db.Read.NewRaw(`SELECT e.case_id, COALESCE(p.name, '') AS department, COALESCE(x.body, '') AS reason FROM events AS e
		LEFT JOIN event_texts AS x ON x.case_id = e.case_id AND x.seq = e.seq
		LEFT JOIN departments AS p ON p.id = e.department_id
		WHERE e.case_id IN (?) AND e.verb = ? ORDER BY e.case_id, e.seq`, bun.List(ids), people.Return).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read returns: %w", err)
	}
	found := make(map[ID]ReturnedBy, len(rows))
	for _, r := range rows { // the last of a case stays
		found[r.CaseID] = ReturnedBy{r.Department, r.Reason}
	}
	return found, nil
}
