package report

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"mailbox/migrations"
)

// rowsAsOf are the rows of facts that held at as_of, in two halves: those that still hold and had begun
// by then, and those that have ended since.
//
// The first half is read from the index of present facts alone. The second is needed only when a case
// of the cohort has changed after as_of, and costs a walk over the whole history of the cohort; so it is
// asked whether there is such a case first. That is exact, whatever the clocks of machines say: a row
// that held at as_of and has ended was followed by others, the last of which still holds and began after
// as_of; and received_day, which makes the cohort, never changes. It is one statement, so that both
// halves and the question see the same moment. CROSS JOIN, because SQLite then keeps that order.
//
// On SQLite the index facts_now should hold every column that is read here: without them a month of a
// million cases takes three times as long.
//
// %[1]s is what to read of a row f, %[2]s narrows the cohort further.
const rowsAsOf = `SELECT %[1]s FROM facts AS f
	WHERE f.valid_to = ?forever AND f.valid_from <= ?as_of
		AND f.received_day >= ?from AND f.received_day < ?to%[2]s
	UNION ALL
	SELECT %[1]s FROM (SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM facts AS n
			WHERE n.valid_to = ?forever AND n.valid_from > ?as_of
				AND n.received_day >= ?from AND n.received_day < ?to)) AS changed
		CROSS JOIN facts AS f
	WHERE f.valid_to <> ?forever AND f.valid_from <= ?as_of AND f.valid_to > ?as_of
		AND f.received_day >= ?from AND f.received_day < ?to%[2]s`

// values are what the statements name with a question mark; a [schema.NamedArgAppender].
type values map[string]any

// AppendNamedArg writes the value called name.
func (v values) AppendNamedArg(gen schema.QueryGen, b []byte, name string) ([]byte, bool) {
	value, ok := v[name]
	if !ok {
		return b, false
	}
	return gen.AppendQuery(b, "?", value), true
}

func (c *checked) values(s span) values {
	p := s.period()
	return values{
		"forever": migrations.Forever, "as_of": c.AsOf.Unix(), "from": p.From, "to": p.To,
		"channels": bun.List(c.channels), "kinds": bun.List(c.kinds), "district": c.District,
		"topic": c.Topic, "topic_below": c.Topic + "/", "departments": bun.List(c.lineage.family(c.Department)),
		"policy": c.Policy, "silence": c.silence,
	}
}

const secondsADay = 24 * 3600

// topicBranch is a letter's topic without the spaces around the slashes.
const topicBranch = "REPLACE(REPLACE(f.topic, ' /', '/'), '/ ', '/')"

// filters is the part of the where-clause that the query's filters make.
func (c *checked) filters() string {
	var where strings.Builder
	for _, f := range []struct {
		set bool
		sql string
	}{
		{len(c.channels) > 0, "f.channel IN (?channels)"},
		{len(c.kinds) > 0, "f.kind IN (?kinds)"},
		{c.District != "", "f.district = ?district"},
		{c.Department != 0, "f.department_id IN (?departments)"},
		{c.Policy != 0, "f.policy_version = ?policy"},
		{c.Topic != "", "(" + topicBranch + " = ?topic OR SUBSTR(" + topicBranch + ", 1, LENGTH(?topic_below)) = ?topic_below)"},
	} {
		if f.set {
			where.WriteString(" AND " + f.sql)
		}
	}
	return where.String()
}

// groupSQL is the key of a letter's group.
var groupSQL = map[Grouping]string{
	ByNone:       "''",
	ByDepartment: "f.department_id",
	ByKind:       "f.kind",
	ByChannel:    "f.channel",
	ByMonth:      "SUBSTR(f.received_day, 1, 7)",
	ByTopic:      "f.topic",
	ByDistrict:   "f.district",
	ByPolicy:     "f.policy_version",
}

// key is a group, or a part of one: the ids of both groupings.
type key struct{ group, part string }

// tallies are what was counted of each key.
type tallies map[key]*tally

func (t tallies) of(k key) *tally {
	if t[k] == nil {
		t[k] = newTally(k.part)
	}
	return t[k]
}

// alike is a number of letters that are alike in everything figures ask for.
type alike struct {
	Grouped, Parted sql.NullString // a department's number as text; NULL is not routed
	Verdict         verdict
	Days            *int64
	DepartmentDays  *int64
	Letters         int64
}

// groupOf is the id of a group as it was read.
func (c *checked) groupOf(by Grouping, read sql.NullString) string {
	switch {
	case by == ByDepartment && !read.Valid:
		return NotRouted
	case by == ByDepartment:
		return c.lineage.heir(read.String)
	}
	return read.String
}

// scan reads the letters of one span from the facts and adds them to what was counted.
func (e *Engine) scan(ctx context.Context, db bun.IDB, c *checked, s span, into tallies) error {
	parted := "''"
	if c.Then != "" {
		parted = groupSQL[c.Then]
	}
	columns := fmt.Sprintf("%s AS grouped, %s AS parted, %s AS verdict, f.days, f.department_days", groupSQL[c.By], parted, verdictSQL())
	query := "SELECT grouped, parted, verdict, days, department_days, COUNT(*) AS letters FROM (" +
		fmt.Sprintf(rowsAsOf, columns, c.filters()) + ") AS judged GROUP BY grouped, parted, verdict, days, department_days"
	rows, err := db.QueryContext(ctx, query, c.values(s))
	if err != nil {
		return fmt.Errorf("count figures: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var like alike
		if err := rows.Scan(&like.Grouped, &like.Parted, &like.Verdict, &like.Days, &like.DepartmentDays, &like.Letters); err != nil {
			return fmt.Errorf("count figures: %w", err)
		}
		into.of(key{c.groupOf(c.By, like.Grouped), c.groupOf(c.Then, like.Parted)}).add(like)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("count figures: %w", err)
	}
	return nil
}

// Cell is a group of a report, or a part of one: a [Figures.GroupID], and that of one of its parts. Each is ignored
// when the query does not group by it.
type Cell struct{ Group, Part string }

// cell narrows to one cell, adding to the values.
func (c *checked) cell(cell Cell, v values) (where string, err error) {
	for _, by := range []struct {
		grouping Grouping
		name, id string
	}{{c.By, "group", cell.Group}, {c.Then, "part", cell.Part}} {
		switch by.grouping {
		case ByNone, "":
		case ByDepartment:
			of, err := c.ofDepartment("f", by.name, by.id, v)
			if err != nil {
				return "", err
			}
			where += of
		case ByPolicy:
			if v[by.name], err = strconv.ParseInt(by.id, 10, 64); err != nil {
				return "", invalidGroup(by.name, by.id)
			}
			where += " AND f.policy_version = ?" + by.name
		default:
			v[by.name] = by.id
			where += " AND " + groupSQL[by.grouping] + " = ?" + by.name
		}
	}
	return where, nil
}

// ofDepartment narrows the rows called alias to one department, by the id that a group has, adding to the values.
func (c *checked) ofDepartment(alias, name, id string, v values) (where string, err error) {
	if id == NotRouted {
		return " AND " + alias + ".department_id IS NULL", nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return "", invalidGroup(name, id)
	}
	v[name] = bun.List(c.lineage.family(n))
	return " AND " + alias + ".department_id IN (?" + name + ")", nil
}

// list reads the cases of a cell on which some conditions hold, and how many there are.
func (e *Engine) list(ctx context.Context, c *checked, cell Cell, conditions string, limit, offset int) (ids []int64, total int, err error) {
	v := c.values(c.span)
	v["limit"], v["offset"] = limit, offset
	within, err := c.cell(cell, v)
	if err != nil {
		return nil, 0, err
	}
	from := " FROM (" + fmt.Sprintf(rowsAsOf, "f.case_id, f.received_day", c.filters()+conditions+within) + ") AS found"
	if err := e.db.Read.NewRaw("SELECT COUNT(*)"+from, v).Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count cases: %w", err)
	}
	err = e.db.Read.NewRaw("SELECT case_id"+from+" ORDER BY received_day, case_id LIMIT ?limit OFFSET ?offset", v).Scan(ctx, &ids)
	if err != nil {
		return nil, 0, fmt.Errorf("list cases: %w", err)
	}
	return ids, total, nil
}
