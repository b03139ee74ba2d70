package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// ConductLine is how one department conducted itself in the letters of a report: what it did, and what was
// done to it, up to as_of. A card that a published calendar proved wrong is not counted.
type ConductLine struct {
	Department   string                  `json:"department"`
	DepartmentID string                  `json:"department_id"` // [NotRouted] for what happened while no department had the letter
	Counts       map[cases.Conduct]int64 `json:"counts"`        // without those that are 0
}

// conductSQL counts by department and kind. A letter counts by what held of it as of the instant; a
// return counts for the department that returned, whoever has the letter by then.
const conductSQL = `SELECT u.department_id AS department, u.kind, COUNT(*) AS n FROM conduct AS u
	WHERE u.at <= ?as_of AND (u.withdrawn_at IS NULL OR u.withdrawn_at > ?as_of)
		AND u.case_id IN (SELECT case_id FROM (` + rowsAsOf + `) AS cohort)
	GROUP BY u.department_id, u.kind`

// conduct counts the conduct in the letters that the query is about, by department; those with most first.
func (e *Engine) conduct(ctx context.Context, c *checked, names map[string]string) ([]ConductLine, error) {
	var rows []struct {
		Department *int64
		Kind       cases.Conduct
		N          int64
	}
	err := e.db.Read.NewRaw(fmt.Sprintf(conductSQL, "f.case_id", c.filters()), c.values(c.span)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count conduct: %w", err)
	}
	byDepartment := map[string]*ConductLine{}
	for _, row := range rows {
		id := NotRouted
		if row.Department != nil {
			id = strconv.FormatInt(*row.Department, 10)
		}
		line := byDepartment[id]
		if line == nil {
			line = &ConductLine{Department: cmp.Or(names[id], id), DepartmentID: id, Counts: map[cases.Conduct]int64{}}
			byDepartment[id] = line
		}
		line.Counts[row.Kind] = row.N
	}
	lines := make([]ConductLine, 0, len(byDepartment))
	for _, line := range byDepartment {
		lines = append(lines, *line)
	}
	slices.SortFunc(lines, func(a, b ConductLine) int {
		return cmp.Or(cmp.Compare(b.all(), a.all()), cmp.Compare(a.Department, b.Department), cmp.Compare(a.DepartmentID, b.DepartmentID))
	})
	return lines, nil
}

func (l *ConductLine) all() int64 {
	var n int64
	for _, some := range l.Counts {
		n += some
	}
	return n
}

// Name is the department's name, in words where there is none.
func (l *ConductLine) Name(lang errs.Lang) string {
	if l.DepartmentID == NotRouted {
		return wordNotRouted.in(lang)
	}
	return l.Department
}

// ConductKinds are the kinds of conduct that occur in the lines, in the order in which they are shown.
func ConductKinds(lines []ConductLine) []cases.Conduct {
	var kinds []cases.Conduct
	for _, kind := range cases.Conducts {
		if slices.ContainsFunc(lines, func(l ConductLine) bool { return l.Counts[kind] > 0 }) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

var wordConduct = word{"办理情况（按部门）", "Conduct by department"}

// conductTable is the lines for a terminal.
func conductTable(r Report, lang errs.Lang) [][]string {
	kinds := ConductKinds(r.Conduct)
	heading := []string{wordConduct.in(lang)}
	for _, kind := range kinds {
		heading = append(heading, wording.ConductName(lang, string(kind)))
	}
	table := [][]string{heading}
	for i := range r.Conduct {
		line := []string{printable(r.Conduct[i].Name(lang))}
		for _, kind := range kinds {
			line = append(line, strconv.FormatInt(r.Conduct[i].Counts[kind], 10))
		}
		table = append(table, line)
	}
	return table
}
