package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
)

// suggestBatch is how many new letters are looked at in one go.
const suggestBatch = 200

// SuggestNew notes for each letter that has come who would be suggested, so that the office can see later how often
// that was right, and routes those that the policy lets go by themselves. It may run anywhere, any number of times,
// at once.
func (d *Desk) SuggestNew(ctx context.Context) (routed int, err error) {
	for {
		var found []*Case
		err := d.db.Read.NewRaw(`SELECT c.* FROM cases AS c WHERE c.state IN ('received', 'screened') AND NOT c.quiet
			AND NOT EXISTS (SELECT 1 FROM suggestions AS s WHERE s.case_id = c.id) ORDER BY c.id LIMIT ?`, suggestBatch).Scan(ctx, &found)
		if err != nil {
			return routed, fmt.Errorf("read new letters: %w", err)
		}
		if len(found) == 0 {
			return routed, nil
		}
		g, err := d.guessing(ctx)
		if err != nil {
			return routed, err
		}
		for _, c := range found {
			gone, err := d.suggestOne(ctx, g, c)
			if err != nil {
				return routed, fmt.Errorf("suggest for case %d: %w", c.ID, err)
			}
			if gone {
				routed++
			}
		}
	}
}

type suggestionRow struct {
	bun.BaseModel `bun:"table:suggestions"`

	CaseID       ID `bun:",pk"`
	ModelVersion int64
	DepartmentID int64 `bun:",nullzero"`
	Probability  float64
	SuggestedAt  migrations.Instant
	Named        bool // the letter complains, and names the department
	Routed       bool
}

// suggestOne notes a suggestion after it has acted on it: cut off in between, the case is routed and the note comes
// with the next look.
func (d *Desk) suggestOne(ctx context.Context, g *guesser, c *Case) (routed bool, err error) {
	returned, err := d.returnedCase(ctx, c.ID)
	if err != nil {
		return false, err
	}
	l := routing.Letter{Title: c.Title, Body: c.Body, District: c.District, Topic: c.Topic}
	row := suggestionRow{CaseID: c.ID, ModelVersion: g.version(), SuggestedAt: migrations.At(d.Now())}
	if best := g.rank(l, returned, 1); len(best) > 0 {
		row.DepartmentID, row.Probability = best[0].department, best[0].probability
		row.Named = accuses(c) && namesDepartment(best[0].cold)
		if row.Routed, err = d.routeByItself(ctx, g, c, best[0], returned); err != nil {
			return false, err
		}
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (case_id) DO NOTHING").Exec(ctx)
		return err
	})
	return row.Routed, err
}

// routeByItself routes a letter as suggested if its policy says so and nothing speaks against it: a case that has
// come back, a complaint that names the department, and a confidential letter are for people to decide.
func (d *Desk) routeByItself(ctx context.Context, g *guesser, c *Case, best ranked, returned []int64) (bool, error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return false, err
	}
	above := r.policy(c).RouteAbove
	if above == 0 || g.departments == nil || best.probability*100 < float64(above) || len(returned) > 0 || c.Confidential {
		return false, nil
	}
	if accuses(c) && namesDepartment(best.cold) {
		return false, nil
	}
	against, err := accusedBy(ctx, d.db.Read, c.ID)
	if err != nil || slices.Contains(against, best.department) {
		return false, err // routing would refuse it as well, should it be marked this instant
	}
	_, err = d.change(ctx, people.TheSystem(), people.Route, c.ID, c.Version, func(ctx context.Context, w *work) error {
		if w.c.ScreenedAt.IsZero() {
			w.c.ScreenedAt = migrations.At(w.now)
		}
		w.detail["model"], w.detail["probability"], w.detail["above"] = g.version(), int(best.probability*100), above
		return w.giveTo(ctx, best.department)
	})
	if code := errs.CodeOf(err); code == errs.CodeConflict || code == errs.CodeInvalid {
		return false, nil // somebody was faster, or the department has just ended: it is for the office
	}
	return err == nil, err
}

// namesDepartment tells whether the letter names the department.
func namesDepartment(reasons []routing.Reason) bool {
	for _, r := range reasons {
		if r.Kind == routing.ReasonName {
			return true
		}
	}
	return false
}

// SuggestionRecord says how suggestions for letters fared since some time: how many were noted whose letter has been
// confirmed with a department since, and how many of those went where it was suggested.
func (d *Desk) SuggestionRecord(ctx context.Context, since migrations.Instant) (confirmed, right int, err error) {
	list, err := d.directory.Departments(ctx)
	if err != nil {
		return 0, 0, err
	}
	present := presentOf(list)
	var rows []struct{ Suggested, Department, N int64 }
	err = d.db.Read.NewRaw(`SELECT s.department_id AS suggested, COALESCE(c.answered_by_id, c.lead_id) AS department, count(*) AS n
		FROM suggestions AS s JOIN cases AS c ON c.id = s.case_id
		WHERE s.suggested_at >= ? AND s.department_id IS NOT NULL AND `+confirmedSQL+`
		GROUP BY 1, 2`, since).Scan(ctx, &rows)
	if err != nil {
		return 0, 0, errors.Join(errors.New("read suggestions"), err)
	}
	for _, r := range rows {
		confirmed += int(r.N)
		if present[r.Suggested] == present[r.Department] {
			right += int(r.N)
		}
	}
	return confirmed, right, nil
}
