package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// Reworks are the figures of the second rounds that were granted in a period, whenever their letters were received
// (domain.md: a rework has figures of its own, by the date it was granted, and never changes the first round).
type Reworks struct {
	Granted          int64 `json:"granted"`
	Answered         int64 `json:"answered"`
	Due              int64 `json:"due"` // answered, or past the due time of the rework
	OnTime           int64 `json:"on_time"`
	OnTimeRate       Rate  `json:"on_time_rate"`
	OverdueOpen      int64 `json:"overdue_open"`
	Rated            int64 `json:"rated"` // the second answer
	Satisfied        int64 `json:"satisfied"`
	SatisfactionRate Rate  `json:"satisfaction_rate"`
}

// ReworkLine is the reworks of one department: that which the first round's figures name.
type ReworkLine struct {
	Department   string `json:"department"`
	DepartmentID string `json:"department_id"`
	Reworks
}

// Name is the department's name, in words where there is none.
func (l *ReworkLine) Name(lang errs.Lang) string {
	if l.DepartmentID == NotRouted {
		return wordNotRouted.in(lang)
	}
	return l.Department
}

// reworkFrom are the letters whose rework was granted in the period; the index facts_reworked has them alone.
const reworkFrom = ` FROM facts AS f WHERE f.rework_granted_at IS NOT NULL
	AND f.rework_granted_at >= ?granted_from AND f.rework_granted_at < ?granted_to
	AND f.valid_from <= ?as_of AND f.valid_to > ?as_of AND f.validity = 'valid'`

// reworkConditions are the figures of a rework; the counting and the lists are both made from it.
var reworkConditions = []struct {
	name, sql string
	in        func(*Reworks) *int64
}{
	{"granted", "1 = 1", func(r *Reworks) *int64 { return &r.Granted }},
	{"answered", "f.rework_answered_at IS NOT NULL", func(r *Reworks) *int64 { return &r.Answered }},
	{"due", "f.rework_due_at IS NOT NULL AND (f.rework_answered_at IS NOT NULL OR f.rework_due_at < ?as_of)", func(r *Reworks) *int64 { return &r.Due }},
	{"on_time", "f.rework_answered_at <= f.rework_due_at", func(r *Reworks) *int64 { return &r.OnTime }},
	{"overdue_open", "f.rework_answered_at IS NULL AND f.rework_due_at < ?as_of", func(r *Reworks) *int64 { return &r.OverdueOpen }},
	{"rated", "f.rework_answered_at IS NOT NULL AND f.rework_rating IS NOT NULL", func(r *Reworks) *int64 { return &r.Rated }},
	{"satisfied", "f.rework_answered_at IS NOT NULL AND f.rework_rating >= 3", func(r *Reworks) *int64 { return &r.Satisfied }},
}

// ReworkNames lists the counts of [Reworks] that [Engine.ReworkCases] opens, named as in the JSON.
func ReworkNames() []string {
	names := make([]string, len(reworkConditions))
	for i, c := range reworkConditions {
		names[i] = c.name
	}
	return names
}

func (e *Engine) reworkValues(c *checked) values {
	v := c.values(c.span)
	local := func(day time.Time) int64 {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, e.loc).Unix()
	}
	v["granted_from"], v["granted_to"] = local(c.span.from), local(c.span.to)
	return v
}

// reworks counts the reworks granted in the period, in the letters that pass the filters.
func (e *Engine) reworks(ctx context.Context, c *checked) ([]ReworkLine, *Reworks, error) {
	columns := []string{"f.department_id"}
	for _, condition := range reworkConditions {
		columns = append(columns, "SUM(CASE WHEN "+condition.sql+" THEN 1 ELSE 0 END)")
	}
	rows, err := e.db.Read.QueryContext(ctx, "SELECT "+strings.Join(columns, ", ")+reworkFrom+c.filters()+" GROUP BY f.department_id", e.reworkValues(c))
	if err != nil {
		return nil, nil, fmt.Errorf("count reworks: %w", err)
	}
	defer rows.Close()
	lines := map[string]*ReworkLine{}
	total := &Reworks{}
	for rows.Next() {
		var department *int64
		var counted Reworks
		into := []any{&department}
		for _, condition := range reworkConditions {
			into = append(into, condition.in(&counted))
		}
		if err := rows.Scan(into...); err != nil {
			return nil, nil, fmt.Errorf("count reworks: %w", err)
		}
		id := NotRouted
		if department != nil {
			id = c.lineage.heir(strconv.FormatInt(*department, 10))
		}
		if lines[id] == nil {
			lines[id] = &ReworkLine{Department: cmp.Or(c.lineage.names[id], id), DepartmentID: id}
		}
		lines[id].plus(counted)
		total.plus(counted)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("count reworks: %w", err)
	}
	if total.Granted == 0 {
		return nil, nil, nil
	}
	list := make([]ReworkLine, 0, len(lines))
	for _, line := range lines {
		list = append(list, *line)
	}
	slices.SortFunc(list, func(a, b ReworkLine) int {
		return cmp.Or(cmp.Compare(b.Granted, a.Granted), cmp.Compare(a.Department, b.Department), cmp.Compare(a.DepartmentID, b.DepartmentID))
	})
	return list, total, nil
}

func (r *Reworks) plus(o Reworks) {
	for _, condition := range reworkConditions {
		*condition.in(r) += *condition.in(&o)
	}
	r.OnTimeRate, r.SatisfactionRate = Rate{r.OnTime, r.Due}, Rate{r.Satisfied, r.Rated}
}

// ReworkCases opens a count of a report's reworks to its cases, in the order in which they were granted, and how many
// there are in all. department is a [ReworkLine.DepartmentID]; "" takes all departments.
//
// Errors: as Run; invalid also for figure, group (the department), limit and offset.
func (e *Engine) ReworkCases(ctx context.Context, q Query, department, figure string, limit, offset int) (ids []int64, total int, err error) {
	c, err := e.prepare(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	at := slices.Index(ReworkNames(), figure)
	if at < 0 {
		return nil, 0, errs.Invalid("figure", "there is no figure %[1]q; choose one of %[2]s", "没有指标%[1]q，可选：%[2]s",
			figure, joined(ReworkNames()))
	}
	if err := checkList(Cell{Group: department}, limit, offset); err != nil {
		return nil, 0, err
	}
	v := e.reworkValues(&c)
	v["limit"], v["offset"] = limit, offset
	from := reworkFrom + c.filters() + " AND " + reworkConditions[at].sql
	if department != "" {
		of, err := c.ofDepartment("f", "group", department, v)
		if err != nil {
			return nil, 0, err
		}
		from += of
	}
	if err := e.db.Read.NewRaw("SELECT COUNT(*)"+from, v).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count reworks: %w", err)
	}
	if err := e.db.Read.NewRaw("SELECT f.case_id"+from+" ORDER BY f.rework_granted_at, f.case_id LIMIT ?limit OFFSET ?offset", v).Scan(ctx, &ids); err != nil {
		return nil, 0, fmt.Errorf("list reworks: %w", err)
	}
	return ids, total, nil
}

var wordReworks = word{"重办（按准予日期）", "Reworks, by the day they were granted"}

// reworkHeads are the columns of the table of reworks.
var reworkHeads = []struct {
	word
	of func(*Reworks) any // an int64 or a Rate
}{
	{word{"准予重办", "Granted"}, func(r *Reworks) any { return r.Granted }},
	{word{"已答复", "Answered"}, func(r *Reworks) any { return r.Answered }},
	{word{"应办结", "Due"}, func(r *Reworks) any { return r.Due }},
	{word{"按期办结", "On time"}, func(r *Reworks) any { return r.OnTime }},
	{word{"按期率%", "On time %"}, func(r *Reworks) any { return r.OnTimeRate }},
	{word{"超时未办", "Overdue open"}, func(r *Reworks) any { return r.OverdueOpen }},
	{word{"参评", "Rated"}, func(r *Reworks) any { return r.Rated }},
	{word{"满意率%", "Satisfied %"}, func(r *Reworks) any { return r.SatisfactionRate }},
}

// reworkTable is the reworks for a terminal.
func reworkTable(r Report, lang errs.Lang) [][]string {
	heading := []string{wordReworks.in(lang)}
	for _, head := range reworkHeads {
		heading = append(heading, head.in(lang))
	}
	table := [][]string{heading}
	add := func(name string, of *Reworks) {
		line := []string{printable(name)}
		for _, head := range reworkHeads {
			line = append(line, fmt.Sprint(head.of(of)))
		}
		table = append(table, line)
	}
	for i := range r.Reworks {
		add(r.Reworks[i].Name(lang), &r.Reworks[i].Reworks)
	}
	add(wordTotal.in(lang), r.ReworkTotal)
	return table
}
