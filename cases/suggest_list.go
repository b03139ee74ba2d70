package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
)

// Noted is what was suggested for a letter when it came.
type Noted struct {
	Department  int64
	Name        string
	Probability float64 // 0 where nothing was learned yet
	Named       bool    // the letter complains, and names this department
}

// SuggestedFor gives for a page of a list what was suggested when the letters came: for those who may route them. A
// letter that came a moment ago may have none yet; a department that has ended since is left out.
func (d *Desk) SuggestedFor(ctx context.Context, a people.Actor, ids []ID) (map[ID]Noted, error) {
	if _, err := a.Permit(people.Route, people.Subject{}); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // reading an empty map is fine
	}
	var rows []struct {
		CaseID       ID
		DepartmentID int64
		Name         string
		Probability  float64
		Named        bool
	}
	err := d.db.Read.NewRaw(`SELECT s.case_id, s.department_id, p.name, s.probability, s.named FROM suggestions AS s
		JOIN departments AS p ON p.id = s.department_id AND p.ended_at IS NULL WHERE s.case_id IN (?)`, bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read suggestions: %w", err)
	}
	noted := make(map[ID]Noted, len(rows))
	for _, r := range rows {
		noted[r.CaseID] = Noted{r.DepartmentID, r.Name, r.Probability, r.Named}
	}
	return noted, nil
}
