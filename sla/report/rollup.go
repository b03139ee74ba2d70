package report

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// The figures of whole days and months are reckoned beforehand, by one dimension at a time, and kept as rows. That a
// report made from them is exact rests on one thing: each fold says from when until when it holds.
//
// What a day's letters count as changes by itself at few instants only, when a due time passes without an answer;
// otherwise it changes with a fact. A fold holds from the last such instant, or the last fact, until the next such
// instant. A report as of an instant between the two may use it, whether that is now or last week; any other reads the
// facts. A change of facts leaves a mark with the day, in its own transaction (a trigger), and a marked day is read
// from the facts until it has been folded anew. So nothing has to be added up by the one who changes a case, nothing
// can be added twice or forgotten, and there is no row on which two changes would wait for each other.

// The units of folds.
const (
	unitDay   = "day"
	unitMonth = "month"
)

// dimensions are what a fold is divided by, one at a time. Those by month have the month from the fold itself.
var dimensions = []Grouping{ByDepartment, ByChannel, ByKind, ByTopic, ByDistrict, ByPolicy}

// dimension is the one that a query can be answered from: all that it groups and filters by. A query about none
// takes the one with the fewest values.
func (c *checked) dimension() (dimension Grouping, ok bool) {
	need := map[Grouping]bool{}
	for _, by := range []Grouping{c.By, c.Then} {
		if by != ByNone && by != ByMonth && by != "" {
			need[by] = true
		}
	}
	for by, set := range map[Grouping]bool{
		ByDepartment: c.Department != 0, ByChannel: len(c.channels) > 0, ByKind: len(c.kinds) > 0,
		ByTopic: c.Topic != "", ByDistrict: c.District != "", ByPolicy: c.Policy != 0,
	} {
		if set {
			need[by] = true
		}
	}
	switch len(need) {
	case 0:
		return ByChannel, true
	case 1:
		for by := range need {
			return by, true
		}
	}
	return "", false
}

// wanted tells whether a value of the dimension passes the filter on it; the same in words as filters is in SQL.
func (c *checked) wanted(dimension Grouping, value string) bool {
	switch dimension { //nolint:exhaustive // the others are no dimensions
	case ByDepartment:
		return c.Department == 0 || value != NotRouted && c.lineage.heir(value) == strconv.FormatInt(c.Department, 10)
	case ByChannel:
		return len(c.channels) == 0 || slices.Contains(c.channels, value)
	case ByKind:
		return len(c.kinds) == 0 || slices.Contains(c.kinds, value)
	case ByTopic:
		topic := strings.ReplaceAll(strings.ReplaceAll(value, " /", "/"), "/ ", "/")
		return c.Topic == "" || topic == c.Topic || strings.HasPrefix(topic, c.Topic+"/")
	case ByDistrict:
		return c.District == "" || value == c.District
	case ByPolicy:
		return c.Policy == 0 || value == strconv.FormatInt(c.Policy, 10)
	}
	return false
}

// form names what a fold was made by: a program with other figures, or other days of silence, makes others. Folds of
// another form are not used.
func form(silence int64) int64 {
	all := fmt.Append(nil, "1", dimensions, silence)
	for _, f := range figures {
		all = fmt.Append(all, f.name, f.where)
	}
	for _, sql := range judgementSQL {
		all = append(all, sql...)
	}
	h := fnv.New64a()
	_, _ = h.Write(all) // a hash never fails
	return int64(h.Sum64() >> 1)
}

// encode writes a tally: the counts in the order of figures, then both histograms.
func (t *tally) encode() []byte {
	b := make([]byte, 0, 2*len(figures)+16)
	for _, f := range figures {
		b = binary.AppendUvarint(b, uint64(*f.in(&t.Figures)))
	}
	for _, h := range []histogram{t.days, t.departmentDays} {
		b = binary.AppendUvarint(b, uint64(len(h)))
		for _, took := range h.took() {
			b = binary.AppendVarint(b, took.Days)
			b = binary.AppendUvarint(b, uint64(took.Letters))
		}
	}
	return b
}

var errRollup = errors.New("a row of figure_rollups cannot be read")

// addEncoded adds what encode wrote.
func (t *tally) addEncoded(b []byte) error {
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			b = nil
			return 0
		}
		b = b[n:]
		return v
	}
	for _, f := range figures {
		if len(b) == 0 {
			return errRollup
		}
		*f.in(&t.Figures) += int64(next())
	}
	for _, h := range []histogram{t.days, t.departmentDays} {
		if len(b) == 0 {
			return errRollup
		}
		for range next() {
			days, n := binary.Varint(b)
			if n <= 0 || len(b) == n {
				return errRollup
			}
			b = b[n:]
			h[days] += int64(next())
		}
	}
	if len(b) > 0 {
		return errRollup
	}
	return nil
}

// rolledSQL reads the rows of the folds that hold: one statement, so that a fold, its rows and the marks are of one
// moment. A fold without rows is one row without counts. MATERIALIZED, or PostgreSQL looks for marks at each row of a
// fold instead of once: after an import their index is full of those that were taken away.
const rolledSQL = `WITH held AS MATERIALIZED (
		SELECT p.unit, p.begins, p.ends FROM figure_folds AS p
		WHERE p.unit = ?unit AND p.form = ?form AND p.holds_from <= ?as_of AND p.holds_until >= ?as_of AND (%s)
			AND NOT EXISTS (SELECT 1 FROM figure_marks AS m WHERE m.day >= p.begins AND m.day < p.ends))
	SELECT h.begins, h.ends, r.value, r.counts
	FROM held AS h LEFT JOIN figure_rollups AS r ON r.unit = h.unit AND r.begins = h.begins AND r.dimension = ?dimension`

// count gives what was counted of one span: from folds where they hold, and from the facts for the rest.
func (e *Engine) count(ctx context.Context, c *checked, s span) (tallies, error) {
	counted := tallies{}
	rest := []span{s}
	if dimension, ok := c.dimension(); ok && !e.FactsOnly {
		for _, unit := range []string{unitMonth, unitDay} {
			var err error
			if rest, err = e.rolled(ctx, c, dimension, unit, rest, counted); err != nil {
				return nil, err
			}
		}
	}
	for _, gap := range rest {
		if err := e.scan(ctx, e.db.Read, c, gap, counted); err != nil {
			return nil, err
		}
	}
	return counted, nil
}

// rolled adds the folds of one unit that lie in the spans and hold, and gives what is left of the spans.
func (e *Engine) rolled(ctx context.Context, c *checked, dimension Grouping, unit string, within []span, into tallies) ([]span, error) {
	var where []string
	for _, s := range within {
		p := s.period()
		where = append(where, fmt.Sprintf("p.begins >= '%s' AND p.ends <= '%s'", p.From, p.To)) // dates that we have written
	}
	if len(where) == 0 {
		return nil, nil
	}
	v := values{"dimension": dimension, "unit": unit, "form": form(c.silence), "as_of": c.AsOf.Unix()}
	rows, err := e.db.Read.QueryContext(ctx, fmt.Sprintf(rolledSQL, strings.Join(where, " OR ")), v)
	if err != nil {
		return nil, fmt.Errorf("read folded figures: %w", err)
	}
	defer rows.Close()
	covered := map[string]string{}
	for rows.Next() {
		var begins, ends string
		var value *string
		var counts []byte
		if err := rows.Scan(&begins, &ends, &value, &counts); err != nil {
			return nil, fmt.Errorf("read folded figures: %w", err)
		}
		covered[begins] = ends
		if value == nil || !c.wanted(dimension, *value) {
			continue
		}
		key := key{c.rolledGroup(c.By, *value, begins), c.rolledGroup(c.Then, *value, begins)}
		if err := into.of(key).addEncoded(counts); err != nil {
			return nil, fmt.Errorf("%s %s, %s %q: %w", unit, begins, dimension, *value, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read folded figures: %w", err)
	}
	return gaps(within, covered)
}

// rolledGroup is the group of a row of a fold.
func (c *checked) rolledGroup(by Grouping, value, begins string) string {
	switch by { //nolint:exhaustive // the others are the value itself
	case ByNone, "":
		return ""
	case ByMonth:
		return begins[:len("2018-01")]
	case ByDepartment:
		return c.lineage.heir(value)
	}
	return value
}

// gaps is what spans have left when the covered stretches, by their first day, are taken out.
func gaps(within []span, covered map[string]string) ([]span, error) {
	var left []span
	for _, s := range within {
		for at := s.from; at.Before(s.to); {
			ends, ok := covered[at.Format(time.DateOnly)]
			if !ok {
				if n := len(left); n > 0 && left[n-1].to.Equal(at) && at.After(s.from) {
					left[n-1].to = at.AddDate(0, 0, 1)
				} else {
					left = append(left, span{at, at.AddDate(0, 0, 1)})
				}
				at = at.AddDate(0, 0, 1)
				continue
			}
			next, err := time.Parse(time.DateOnly, ends)
			if err != nil || !next.After(at) {
				return nil, fmt.Errorf("the fold of %s ends on %q", at.Format(time.DateOnly), ends)
			}
			at = next
		}
	}
	return left, nil
}

// rolledUp are the figures of one day by dimension and value.
type rolledUp map[Grouping]map[string]*tally

func (r rolledUp) of(dimension Grouping, value string) *tally {
	if r[dimension] == nil {
		r[dimension] = map[string]*tally{}
	}
	t := r[dimension][value]
	if t == nil {
		t = newTally(value)
		r[dimension][value] = t
	}
	return t
}

// holding is from when until when what is counted stays as it is, unless a fact changes.
type holding struct{ from, until int64 }

// turnsSQL are the instants at which a letter that nobody touches comes to count as something else: the second after
// a due time without an answer, for each of the clocks, and the end of a silence.
const turnsSQL = `SELECT f.valid_from AS began,
	CASE WHEN f.answered_at IS NULL THEN f.due_at END AS due,
	CASE WHEN f.answered_at IS NULL THEN f.due_unextended_at END AS unextended,
	CASE WHEN f.replied_at IS NULL THEN f.department_due_at END AS department,
	CASE WHEN ?silence > 0 AND f.rating IS NULL THEN f.answered_at END AS answered
	FROM facts AS f WHERE f.valid_to = ?forever AND f.received_day = ?from`

// holds reckons, as of now or of the last fact where that lies ahead of the clock, how long the present facts of a day
// count as what they do.
func holds(ctx context.Context, db bun.IDB, v values, now, silence int64) (at int64, h holding, err error) {
	var rows []struct {
		Began                                 int64
		Due, Unextended, Department, Answered *int64
	}
	if err := db.NewRaw(turnsSQL, v).Scan(ctx, &rows); err != nil {
		return 0, h, fmt.Errorf("find when figures change: %w", err)
	}
	at, h = now, holding{from: 0, until: migrations.Forever}
	for _, row := range rows {
		at, h.from = max(at, row.Began), max(h.from, row.Began)
	}
	pass := func(instant int64) {
		if instant <= at {
			h.from = max(h.from, instant)
		} else {
			h.until = min(h.until, instant-1)
		}
	}
	for _, row := range rows {
		for _, due := range []*int64{row.Due, row.Unextended, row.Department} {
			if due != nil {
				pass(*due + 1)
			}
		}
		if row.Answered != nil {
			pass(*row.Answered + silence)
		}
	}
	return at, h, nil
}
