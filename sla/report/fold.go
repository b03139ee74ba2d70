package report

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// foldSQL reads the present letters of one day with all that folds are divided by.
const foldSQL = `SELECT f.department_id AS department, f.channel, f.kind, f.topic, f.district, f.policy_version AS policy,
	%s AS verdict, f.days, f.department_days, COUNT(*) AS letters
	FROM facts AS f WHERE f.valid_to = ?forever AND f.received_day = ?from
	GROUP BY f.department_id, f.channel, f.kind, f.topic, f.district, f.policy_version, verdict, f.days, f.department_days`

// countDay counts a day by every dimension, and says how long that holds.
func (e *Engine) countDay(ctx context.Context, db bun.IDB, day string, now time.Time) (rolledUp, holding, error) {
	silence := int64(e.SilenceDays) * secondsADay
	v := values{"forever": migrations.Forever, "from": day, "silence": silence}
	at, h, err := holds(ctx, db, v, now.Unix(), silence)
	if err != nil {
		return nil, h, err
	}
	v["as_of"] = at
	var rows []struct {
		Department                     sql.NullString
		Channel, Kind, Topic, District string
		Policy                         string
		Verdict                        verdict
		Days, DepartmentDays           *int64
		Letters                        int64
	}
	if err := db.NewRaw(fmt.Sprintf(foldSQL, verdictSQL()), v).Scan(ctx, &rows); err != nil {
		return nil, h, fmt.Errorf("count day: %w", err)
	}
	counted := rolledUp{}
	for _, row := range rows {
		like := alike{Verdict: row.Verdict, Days: row.Days, DepartmentDays: row.DepartmentDays, Letters: row.Letters}
		department := NotRouted
		if row.Department.Valid {
			department = row.Department.String
		}
		for dimension, value := range map[Grouping]string{
			ByDepartment: department, ByChannel: row.Channel, ByKind: row.Kind, ByTopic: row.Topic, ByDistrict: row.District, ByPolicy: row.Policy,
		} {
			counted.of(dimension, value).add(like)
		}
	}
	return counted, h, nil
}

// foldBatch is how many days one call of Fold looks at before it lets others work.
const foldBatch = 400

// Fold reckons beforehand the figures of days and months whose facts have changed or whose due times have passed,
// oldest first, a transaction each. It gives how many folds were written, and whether there was nothing left to do.
// Any number of processes may fold at once; what one has done the other finds done.
func (e *Engine) Fold(ctx context.Context, now time.Time) (n int, done bool, err error) {
	days, err := e.stale(ctx, now)
	if err != nil {
		return 0, false, err
	}
	done = len(days) < foldBatch
	months := map[string]bool{}
	for _, day := range days {
		if err := e.foldDay(ctx, day, now); err != nil {
			return n, false, fmt.Errorf("fold %s: %w", day, err)
		}
		n++
		months[day[:len("2018-01")]+"-01"] = true
	}
	stale, err := e.staleMonths(ctx, now)
	if err != nil {
		return n, false, err
	}
	for _, month := range stale {
		months[month] = true
	}
	for month := range months {
		folded, err := e.foldMonth(ctx, month, now)
		if err != nil {
			return n, false, fmt.Errorf("fold the month of %s: %w", month, err)
		}
		if folded {
			n++
		}
	}
	return n, done, nil
}

// stale lists the days that have a mark, or whose fold holds no longer or is of another form.
func (e *Engine) stale(ctx context.Context, now time.Time) ([]string, error) {
	var days []string
	err := e.db.Read.NewRaw(`SELECT day FROM (SELECT DISTINCT day FROM figure_marks) AS marked
		UNION SELECT begins FROM figure_folds WHERE unit = 'day' AND holds_until < ?now
		UNION SELECT begins FROM figure_folds WHERE unit = 'day' AND form <> ?form
		ORDER BY 1 LIMIT ?batch`,
		values{"now": now.Unix(), "form": form(int64(e.SilenceDays) * secondsADay), "batch": foldBatch}).Scan(ctx, &days)
	if err != nil {
		return nil, fmt.Errorf("find days to fold: %w", err)
	}
	return days, nil
}

// staleMonths lists the months whose fold holds no longer or is of another form, and the months over by now, all of
// whose days are folded, that were never folded.
func (e *Engine) staleMonths(ctx context.Context, now time.Time) ([]string, error) {
	var months []string
	err := e.db.Read.NewRaw(`SELECT begins FROM figure_folds WHERE unit = 'month' AND (holds_until < ?now OR form <> ?form)
		UNION SELECT DISTINCT SUBSTR(d.begins, 1, 7) || '-01' FROM figure_folds AS d WHERE d.unit = 'day'
			AND NOT EXISTS (SELECT 1 FROM figure_folds AS p WHERE p.unit = 'month' AND p.begins = SUBSTR(d.begins, 1, 7) || '-01')`,
		values{"now": now.Unix(), "form": form(int64(e.SilenceDays) * secondsADay)}).Scan(ctx, &months)
	if err != nil {
		return nil, fmt.Errorf("find months to fold: %w", err)
	}
	return months, nil
}

// foldDay writes the figures of a day. The marks are read before the facts, and only those that were read are taken
// away: a change that comes in between has left its own.
func (e *Engine) foldDay(ctx context.Context, day string, now time.Time) error {
	begins, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return fmt.Errorf("the facts have a day %q: %w", day, err)
	}
	return e.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := e.oneMoment(ctx, tx); err != nil {
			return err
		}
		var marks []int64
		if err := tx.NewRaw("SELECT id FROM figure_marks WHERE day = ?", day).Scan(ctx, &marks); err != nil {
			return fmt.Errorf("read marks: %w", err)
		}
		counted, h, err := e.countDay(ctx, tx, day, now)
		if err != nil {
			return err
		}
		if err := e.writeFold(ctx, tx, unitDay, span{begins, begins.AddDate(0, 0, 1)}, counted, h, now); err != nil {
			return err
		}
		// With the marks goes what they said of the month as well: it is added up again when it can be.
		if _, err := tx.ExecContext(ctx, "DELETE FROM figure_folds WHERE unit = 'month' AND begins = ?", day[:len("2018-01")]+"-01"); err != nil {
			return fmt.Errorf("drop the month: %w", err)
		}
		for chunk := range slices.Chunk(marks, 500) {
			if _, err := tx.ExecContext(ctx, "DELETE FROM figure_marks WHERE id IN (?)", bun.List(chunk)); err != nil {
				return fmt.Errorf("take marks away: %w", err)
			}
		}
		return nil
	})
}

// oneMoment makes a transaction that writes a fold see one moment, and the only one that folds. SQLite's is so anyway.
// On PostgreSQL the lock must come before the first look, or the moment would be that of before the wait for it.
func (e *Engine) oneMoment(ctx context.Context, tx bun.Tx) error {
	if e.db.Dialect() != migrations.PostgreSQL {
		return nil
	}
	for _, statement := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "LOCK TABLE figure_folds IN SHARE ROW EXCLUSIVE MODE"} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("begin fold: %w", err)
		}
	}
	return nil
}

// foldMonth adds the days of a month up, once it is over and all its days are folded and hold.
func (e *Engine) foldMonth(ctx context.Context, month string, now time.Time) (folded bool, err error) {
	begins, err := time.Parse(time.DateOnly, month)
	if err != nil {
		return false, fmt.Errorf("the facts have a day of %q: %w", month, err)
	}
	s := span{begins, begins.AddDate(0, 1, 0)}
	if s.to.After(e.today(now)) {
		return false, nil
	}
	err = e.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := e.oneMoment(ctx, tx); err != nil {
			return err
		}
		p := s.period()
		v := values{"from": p.From, "to": p.To, "form": form(int64(e.SilenceDays) * secondsADay), "now": now.Unix()}
		var open struct{ Marks, Others int }
		err := tx.NewRaw(`SELECT (SELECT COUNT(*) FROM figure_marks WHERE day >= ?from AND day < ?to) AS marks,
			(SELECT COUNT(*) FROM figure_folds WHERE unit = 'day' AND begins >= ?from AND begins < ?to AND (form <> ?form OR holds_until < ?now)) AS others`, v).
			Scan(ctx, &open)
		if err != nil {
			return fmt.Errorf("look at the days: %w", err)
		}
		if open.Marks > 0 || open.Others > 0 {
			return nil // the next round
		}
		h := holding{until: migrations.Forever}
		var days []struct{ HoldsFrom, HoldsUntil int64 }
		if err := tx.NewRaw("SELECT holds_from, holds_until FROM figure_folds WHERE unit = 'day' AND begins >= ?from AND begins < ?to", v).Scan(ctx, &days); err != nil {
			return fmt.Errorf("read folds of days: %w", err)
		}
		for _, d := range days {
			h.from, h.until = max(h.from, d.HoldsFrom), min(h.until, d.HoldsUntil)
		}
		if h.from > h.until {
			return nil // folded as of instants between which a due time passed: there is no instant at which all hold
		}
		var rows []rollupRow
		err = tx.NewRaw("SELECT dimension, value, counts FROM figure_rollups WHERE unit = 'day' AND dimension IN (?dimensions) AND begins >= ?from AND begins < ?to",
			values{"dimensions": bun.List(dimensions), "from": p.From, "to": p.To}).Scan(ctx, &rows)
		if err != nil {
			return fmt.Errorf("read days: %w", err)
		}
		counted := rolledUp{}
		for _, row := range rows {
			if err := counted.of(row.Dimension, row.Value).addEncoded(row.Counts); err != nil {
				return err
			}
		}
		folded = true
		return e.writeFold(ctx, tx, unitMonth, s, counted, h, now)
	})
	return folded && err == nil, err
}

type rollupRow struct {
	bun.BaseModel `bun:"table:figure_rollups,alias:r"`

	Unit      string
	Begins    string
	Dimension Grouping
	Value     string
	Counts    []byte
}

func (e *Engine) writeFold(ctx context.Context, tx bun.Tx, unit string, s span, counted rolledUp, h holding, now time.Time) error {
	p := s.period()
	if _, err := tx.ExecContext(ctx, "DELETE FROM figure_rollups WHERE unit = ? AND dimension IN (?) AND begins = ?", unit, bun.List(dimensions), p.From); err != nil {
		return fmt.Errorf("clear fold: %w", err)
	}
	var rows []rollupRow
	for dimension, of := range counted {
		for value, t := range of {
			rows = append(rows, rollupRow{Unit: unit, Begins: p.From, Dimension: dimension, Value: value, Counts: t.encode()})
		}
	}
	for chunk := range slices.Chunk(rows, 200) {
		if _, err := tx.NewInsert().Model(&chunk).Exec(ctx); err != nil {
			return fmt.Errorf("write fold: %w", err)
		}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO figure_folds (unit, begins, ends, form, holds_from, holds_until, folded_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (unit, begins) DO UPDATE SET form = excluded.form, holds_from = excluded.holds_from, holds_until = excluded.holds_until, folded_at = excluded.folded_at`,
		unit, p.From, p.To, form(int64(e.SilenceDays)*secondsADay), h.from, h.until, now.Unix())
	if err != nil {
		return fmt.Errorf("write fold: %w", err)
	}
	return nil
}

// Difference is a figure that was reckoned beforehand and is not what the facts say.
type Difference struct {
	Unit      string   // day or month
	Begins    string   // its first day
	Dimension Grouping // by which the figure was reckoned …
	Value     string   // … and of which of it
	Figure    string   // named as in the JSON; "took" and "department_took" for the histograms, "fold" when a row cannot be read
	Folded    int64    // what was reckoned beforehand
	Counted   int64    // what the facts say
}

// VerifyFolds recounts every fold that reports would use, from the facts, and lists what differs. It changes nothing:
// a difference means that something is wrong with the program or the database, and is for people to look into. Each
// day is read at one moment. progress, when not nil, is told how many of all folds are done.
func (e *Engine) VerifyFolds(ctx context.Context, now time.Time, progress func(done, all int)) (all int, differences []Difference, err error) {
	var folds []struct{ Unit, Begins string }
	err = e.db.Read.NewRaw("SELECT unit, begins FROM figure_folds WHERE form = ? ORDER BY begins, unit", form(int64(e.SilenceDays)*secondsADay)).Scan(ctx, &folds)
	if err != nil {
		return 0, nil, fmt.Errorf("read folds: %w", err)
	}
	for i, fold := range folds {
		some, err := e.verifyFold(ctx, fold.Unit, fold.Begins, now)
		if err != nil {
			return i, differences, fmt.Errorf("verify %s %s: %w", fold.Unit, fold.Begins, err)
		}
		differences = append(differences, some...)
		if progress != nil {
			progress(i+1, len(folds))
		}
	}
	return len(folds), differences, nil
}

// verifyFold compares one fold with the facts, if it is in use now.
func (e *Engine) verifyFold(ctx context.Context, unit, begins string, now time.Time) (differences []Difference, err error) {
	err = e.db.AtOneMoment(ctx, func(ctx context.Context, tx bun.Tx) error {
		differences, err = e.compareFold(ctx, tx, unit, begins, now)
		return err
	})
	return differences, err
}

// compareFold is verifyFold at one moment.
func (e *Engine) compareFold(ctx context.Context, tx bun.Tx, unit, begins string, now time.Time) (differences []Difference, err error) {
	var fold struct {
		Ends                  string
		HoldsFrom, HoldsUntil int64
	}
	err = tx.NewRaw(`SELECT ends, holds_from, holds_until FROM figure_folds AS p WHERE unit = ? AND begins = ?
		AND NOT EXISTS (SELECT 1 FROM figure_marks AS m WHERE m.day >= p.begins AND m.day < p.ends)`, unit, begins).Scan(ctx, &fold)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // marked since: not in use
	}
	if err != nil {
		return nil, fmt.Errorf("read fold: %w", err)
	}
	var rows []rollupRow
	err = tx.NewRaw("SELECT dimension, value, counts FROM figure_rollups WHERE unit = ? AND dimension IN (?) AND begins = ?",
		unit, bun.List(dimensions), begins).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read fold: %w", err)
	}
	differ := func(dimension Grouping, value, figure string, folded, counted int64) {
		differences = append(differences, Difference{unit, begins, dimension, value, figure, folded, counted})
	}
	folded, counted := rolledUp{}, rolledUp{}
	for _, row := range rows {
		if err := folded.of(row.Dimension, row.Value).addEncoded(row.Counts); err != nil {
			differ(row.Dimension, row.Value, "fold", 0, 0)
		}
	}
	from, err := time.Parse(time.DateOnly, begins)
	if err != nil {
		return nil, fmt.Errorf("fold begins on %q: %w", begins, err)
	}
	at := min(max(now.Unix(), fold.HoldsFrom), fold.HoldsUntil)
	for day := from; day.Format(time.DateOnly) < fold.Ends; day = day.AddDate(0, 0, 1) {
		of, h, err := e.countDay(ctx, tx, day.Format(time.DateOnly), time.Unix(at, 0))
		if err != nil {
			return nil, err
		}
		if h.from > fold.HoldsFrom || h.until < fold.HoldsUntil {
			differ("", day.Format(time.DateOnly), "holds", fold.HoldsUntil, h.until)
		}
		for dimension, values := range of {
			for value, t := range values {
				counted.of(dimension, value).plus(t)
			}
		}
	}
	for _, dimension := range dimensions {
		for value := range merged(folded[dimension], counted[dimension]) {
			compareTallies(folded.of(dimension, value), counted.of(dimension, value), func(figure string, a, b int64) {
				differ(dimension, value, figure, a, b)
			})
		}
	}
	slices.SortFunc(differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Figure, b.Figure))
	})
	return differences, nil
}

func merged(a, b map[string]*tally) map[string]bool {
	all := map[string]bool{}
	for _, of := range []map[string]*tally{a, b} {
		for value := range of {
			all[value] = true
		}
	}
	return all
}

func compareTallies(folded, counted *tally, differ func(figure string, folded, counted int64)) {
	for _, f := range figures {
		if a, b := *f.in(&folded.Figures), *f.in(&counted.Figures); a != b {
			differ(f.name, a, b)
		}
	}
	for i, pair := range [][2]histogram{{folded.days, counted.days}, {folded.departmentDays, counted.departmentDays}} {
		if !bytes.Equal(fmt.Append(nil, pair[0].took()), fmt.Append(nil, pair[1].took())) {
			differ([]string{"took", "department_took"}[i], pair[0].letters(), pair[1].letters())
		}
	}
}

func (h histogram) letters() (n int64) {
	for _, some := range h {
		n += some
	}
	return n
}
