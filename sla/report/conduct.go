package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// ConductLine is how one department conducted itself in the letters of a report: what it did, and what was
// done to it, up to as_of. A card that a published calendar proved wrong is not counted.
type ConductLine struct {
	Department   string                  `json:"department"`
	DepartmentID string                  `json:"department_id"` // [NotRouted] for what happened while no department had the letter
	Counts       map[cases.Conduct]int64 `json:"counts"`        // without those that are 0
}

// conductFrom are the conducts in the letters of a report. A letter counts by what held of it as of the instant; a
// return counts for the department that returned, whoever has the letter by then.
func (c *checked) conductFrom() string {
	from := " FROM conduct AS u WHERE u.received_day >= ?from AND u.received_day < ?to AND u.at <= ?as_of AND (u.withdrawn_at IS NULL OR u.withdrawn_at > ?as_of)"
	// Without filters the day says all: what was done to a letter by an instant, was done to one that had come by then.
	if filters := c.filters(); filters != "" {
		from += " AND u.case_id IN (SELECT case_id FROM (" + fmt.Sprintf(rowsAsOf, "f.case_id", filters) + ") AS cohort)"
	}
	return from
}

// conduct counts the conduct in the letters that the query is about, by department; those with most first.
func (e *Engine) conduct(ctx context.Context, c *checked) ([]ConductLine, error) {
	var rows []struct {
		Department *int64
		Kind       cases.Conduct
		N          int64
	}
	err := e.db.Read.NewRaw("SELECT u.department_id AS department, u.kind, COUNT(*) AS n"+c.conductFrom()+" GROUP BY u.department_id, u.kind", c.values(c.span)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count conduct: %w", err)
	}
	byDepartment := map[string]*ConductLine{}
	for _, row := range rows {
		id := NotRouted
		if row.Department != nil {
			id = c.lineage.heir(strconv.FormatInt(*row.Department, 10))
		}
		line := byDepartment[id]
		if line == nil {
			line = &ConductLine{Department: cmp.Or(c.lineage.names[id], id), DepartmentID: id, Counts: map[cases.Conduct]int64{}}
			byDepartment[id] = line
		}
		line.Counts[row.Kind] += row.N
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

// ConductCase is one occurrence of a conduct: a case that was returned twice is there twice.
type ConductCase struct {
	CaseID int64
	At     time.Time
}

// ConductCases opens a count of a report's conduct to its cases, in the order in which it happened, and how many
// there are in all: as many as the count. department is a [ConductLine.DepartmentID]; "" takes all departments.
//
// Errors: as Run; invalid also for figure (the kind), group (the department), limit and offset.
func (e *Engine) ConductCases(ctx context.Context, q Query, department string, kind cases.Conduct, limit, offset int) (list []ConductCase, total int, err error) {
	c, err := e.prepare(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	if !slices.Contains(cases.Conducts, kind) {
		return nil, 0, errs.Invalid("figure", "there is no conduct %[1]q; choose one of %[2]s", "没有办理情况%[1]q，可选：%[2]s",
			string(kind), joined(cases.Conducts))
	}
	if err := checkList(Cell{Group: department}, limit, offset); err != nil {
		return nil, 0, err
	}
	v := c.values(c.span)
	v["kind"], v["limit"], v["offset"] = kind, limit, offset
	from := c.conductFrom() + " AND u.kind = ?kind"
	if department != "" {
		of, err := c.ofDepartment("u", "group", department, v)
		if err != nil {
			return nil, 0, err
		}
		from += of
	}
	if err := e.db.Read.NewRaw("SELECT COUNT(*)"+from, v).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count conduct: %w", err)
	}
	var rows []struct {
		CaseID int64
		At     migrations.Instant
	}
	if err := e.db.Read.NewRaw("SELECT u.case_id, u.at"+from+" ORDER BY u.at, u.id LIMIT ?limit OFFSET ?offset", v).Scan(ctx, &rows); err != nil {
		return nil, 0, fmt.Errorf("list conduct: %w", err)
	}
	for _, row := range rows {
		list = append(list, ConductCase{row.CaseID, row.At.Time})
	}
	return list, total, nil
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

// conductTotals adds up the lines, in the order of kinds.
func conductTotals(lines []ConductLine, kinds []cases.Conduct) []int64 {
	totals := make([]int64, len(kinds))
	for i, kind := range kinds {
		for _, line := range lines {
			totals[i] += line.Counts[kind]
		}
	}
	return totals
}
