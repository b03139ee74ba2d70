package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
)

// Subject is what is learned of letters.
type Subject string

// What is learned: the department that must answer, and the first level of the topic tree.
const (
	OfDepartment Subject = "department"
	OfTopic      Subject = "topic"
)

// Learning again costs a minute of a processor and must be worth it.
const (
	learnFrom  = 40      // confirmed letters: fewer teach nothing
	learnAfter = 50      // new ones, or a twentieth of what was learned from
	learnLease = 15 * 60 // seconds in which one process learns and the others do not
	learnMost  = 20_000  // newest letters
	keepModels = 3       // versions whose contents are kept
)

// ModelVersion is a version of what was learned, as pages show it.
type ModelVersion struct {
	Subject Subject
	Version int64
	Letters int64
	MadeAt  time.Time
	InUse   bool // whether it was put in use; the newest of those suggests
	Report  LearnReport
}

// LearnReport says how good a model was, and why it was or was not put in use.
type LearnReport struct {
	routing.Report
	// Compared with the model before it, on the newest letters that neither had seen.
	Newest   int // letters compared on
	Before   int // right at first place by the model before
	After    int // and by the candidate
	Bytes    int // in memory
	Replaced int64
}

type modelRow struct {
	bun.BaseModel `bun:"table:models,alias:m"`

	ID      int64 `bun:",pk,autoincrement"`
	Subject Subject
	Version int64
	Letters int64 // that were confirmed when it was made
	Newest  migrations.Instant
	Report  string
	InUse   bool
	Body    []byte
	MadeAt  migrations.Instant
}

// model is a version as this process keeps it.
type model struct {
	*routing.Model
	version int64
}

// models are those this process has read.
type models struct{ department, topic atomic.Pointer[model] }

func (m *models) of(s Subject) *atomic.Pointer[model] {
	if s == OfTopic {
		return &m.topic
	}
	return &m.department
}

// inUse gives the newest model in use; nil while there is none.
func (d *Desk) inUse(ctx context.Context, s Subject) (*model, error) {
	var version int64
	err := d.db.Read.NewRaw("SELECT COALESCE(MAX(version), 0) FROM models WHERE subject = ? AND in_use AND body IS NOT NULL", s).Scan(ctx, &version)
	if err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	kept := d.models.of(s)
	if have := kept.Load(); version == 0 || have != nil && have.version == version {
		return have, nil
	}
	row := new(modelRow)
	if err := d.db.Read.NewSelect().Model(row).Where("subject = ? AND version = ?", s, version).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	m := &model{Model: new(routing.Model), version: version}
	if err := m.UnmarshalBinary(row.Body); err != nil {
		return nil, fmt.Errorf("%s model %d: %w", s, version, err)
	}
	kept.Store(m)
	return m, nil
}

// Models lists the versions of what was learned, newest first.
func (d *Desk) Models(ctx context.Context, s Subject) ([]ModelVersion, error) {
	var rows []modelRow
	err := d.db.Read.NewSelect().Model(&rows).ExcludeColumn("body").Where("subject = ?", s).Order("version DESC").Limit(20).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read models: %w", err)
	}
	all := make([]ModelVersion, len(rows))
	for i, r := range rows {
		all[i] = ModelVersion{Subject: s, Version: r.Version, Letters: r.Letters, MadeAt: r.MadeAt.Time, InUse: r.InUse}
		if err := json.Unmarshal([]byte(r.Report), &all[i].Report); err != nil {
			return nil, fmt.Errorf("read report of model %d: %w", r.Version, err)
		}
	}
	return all, nil
}

// Thresholds says what routing by itself would have meant on the last letters before the model in use was made, by
// a model that had not seen them: for each threshold in percent, how many of them it would have routed, and how
// many rightly. Nil while nothing is learned.
func (d *Desk) Thresholds(ctx context.Context, percent ...int) ([]routing.Routable, error) {
	m, err := d.inUse(ctx, OfDepartment)
	if err != nil || m == nil {
		return nil, err
	}
	all := make([]routing.Routable, len(percent))
	for i, p := range percent {
		all[i] = m.At(float64(p) / 100)
	}
	return all, nil
}

// Learn learns anew what has enough new letters to learn from, and says what it made. It may run anywhere, any
// number of times: one process learns, the others find its lease.
func (d *Desk) Learn(ctx context.Context) (made []ModelVersion, err error) {
	for _, s := range []Subject{OfDepartment, OfTopic} {
		one, err := d.learn(ctx, s)
		if err != nil {
			return made, fmt.Errorf("learn %ss: %w", s, err)
		}
		if one != nil {
			made = append(made, *one)
		}
	}
	return made, nil
}

func (d *Desk) learn(ctx context.Context, s Subject) (*ModelVersion, error) {
	// One look in a quarter of an hour by one process: counting a million cases takes a tenth of a second.
	mine, err := d.lease(ctx, "learning_"+string(s), learnLease)
	if err != nil || !mine {
		return nil, err
	}
	last := new(modelRow)
	err = d.db.Read.NewSelect().Model(last).ExcludeColumn("body").Where("subject = ?", s).Order("version DESC").Limit(1).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	confirmed, err := d.confirmed(ctx, s)
	if err != nil {
		return nil, err
	}
	if confirmed < learnFrom || last.Version > 0 && confirmed-last.Letters < max(learnAfter, last.Letters/20) {
		return nil, nil //nolint:nilnil // nothing to learn
	}
	examples, err := d.examples(ctx, s)
	if err != nil {
		return nil, err
	}
	hint, err := d.hinting(ctx, s)
	if err != nil {
		return nil, err
	}
	made, report, better, err := d.candidate(ctx, s, examples, hint, last.Newest.Time)
	if errors.Is(err, routing.ErrNothingToLearn) {
		return nil, nil //nolint:nilnil // nothing to learn
	}
	if err != nil {
		return nil, err
	}
	row := &modelRow{
		Subject: s, Version: last.Version + 1, Letters: confirmed, Newest: newestOf(examples), InUse: better, MadeAt: migrations.At(d.Now()),
	}
	if err := d.keepModel(ctx, row, made, report); err != nil {
		return nil, err
	}
	return &ModelVersion{Subject: s, Version: row.Version, Letters: row.Letters, MadeAt: row.MadeAt.Time, InUse: better, Report: report}, nil
}

// leastNew is how many letters a comparison needs to say anything.
const leastNew = 20

// candidate learns from all examples. It is better unless the model in use knew the newest letters better: those
// that came since that one was made, half of which the candidate is not shown either for the comparison.
func (d *Desk) candidate(ctx context.Context, s Subject, examples []routing.Example, hint func(routing.Letter) routing.Hints, since time.Time) (*routing.Model, LearnReport, bool, error) {
	made, err := routing.Train(examples, hint, 1)
	if err != nil {
		return nil, LearnReport{}, false, err
	}
	report := LearnReport{Report: made.Report, Bytes: made.Bytes()}
	before, err := d.inUse(ctx, s)
	if err != nil || before == nil {
		return made, report, true, err
	}
	report.Replaced = before.version
	slices.SortStableFunc(examples, func(a, b routing.Example) int { return a.At.Compare(b.At) })
	first := slices.IndexFunc(examples, func(e routing.Example) bool { return e.At.After(since) })
	if first < 0 || len(examples)-first < 2*leastNew {
		return made, report, true, nil // too few new letters to tell
	}
	split := (first + len(examples)) / 2
	trial, err := routing.Train(examples[:split], hint, 1)
	if err != nil {
		return nil, report, false, err
	}
	for _, e := range examples[split:] {
		if e.Class == "" {
			continue
		}
		report.Newest++
		hints := hint(e.Letter)
		if first := before.Rank(e.Letter, hints, e.Against, 1); len(first) > 0 && first[0].Class == e.Class {
			report.Before++
		}
		if first := trial.Rank(e.Letter, hints, e.Against, 1); len(first) > 0 && first[0].Class == e.Class {
			report.After++
		}
	}
	return made, report, report.After >= report.Before, nil
}

// keepModel writes a version, in use or not, and lets go of the contents of old ones.
func (d *Desk) keepModel(ctx context.Context, row *modelRow, made *routing.Model, report LearnReport) error {
	body, err := made.MarshalBinary()
	if err != nil {
		return err
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	row.Body, row.Report = body, string(text)
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE models SET body = NULL WHERE subject = ? AND body IS NOT NULL AND version NOT IN
			(SELECT version FROM models WHERE subject = ? AND in_use AND body IS NOT NULL ORDER BY version DESC LIMIT ?)`, row.Subject, row.Subject, keepModels)
		return err
	})
	if migrations.IsUnique(err) {
		return nil // another process was faster
	}
	return err
}

// lease says whether this process may do a piece of work that one should do at a time. It ends by itself, so that
// a process that dies keeps nobody waiting for long.
func (d *Desk) lease(ctx context.Context, name string, seconds int64) (mine bool, err error) {
	now := d.Now().Unix()
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES (?, '0') ON CONFLICT (name) DO NOTHING", name); err != nil {
			return err
		}
		// A lease that lies further ahead than any can was written by a clock that has been set back since.
		result, err := tx.ExecContext(ctx, "UPDATE settings SET value = ? WHERE name = ? AND (CAST(value AS BIGINT) < ? OR CAST(value AS BIGINT) > ?)",
			strconv.FormatInt(now+seconds, 10), name, now, now+seconds)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		mine = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("lease %s: %w", name, err)
	}
	return mine, nil
}

// confirmedSQL are the letters of which a person has said, by doing it, where they belong: the department signed for
// it or replied.
const confirmedSQL = `state IN ('acknowledged', 'replied', 'answered', 'closed') AND (lead_id IS NOT NULL OR answered_by_id IS NOT NULL)`

func (d *Desk) confirmed(ctx context.Context, s Subject) (n int64, err error) {
	query := "SELECT count(*) FROM cases WHERE erased_at IS NULL AND " + confirmedSQL
	if s == OfTopic {
		query = "SELECT count(*) FROM cases WHERE erased_at IS NULL AND topic <> ''"
	}
	if err := d.db.Read.NewRaw(query).Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count letters to learn from: %w", err)
	}
	return n, nil
}

// exampleRow is a letter to learn from.
type exampleRow struct {
	ID         int64
	Title      string
	Body       string
	District   string
	Topic      string
	Department int64
	ReceivedAt migrations.Instant
}

func (d *Desk) examples(ctx context.Context, s Subject) ([]routing.Example, error) {
	const columns = "SELECT id, title, body, district, topic, COALESCE(answered_by_id, lead_id, 0) AS department, received_at FROM cases WHERE erased_at IS NULL AND "
	query := columns + confirmedSQL + " ORDER BY received_at DESC, id DESC LIMIT ?"
	if s == OfTopic {
		query = columns + "topic <> '' ORDER BY received_at DESC, id DESC LIMIT ?"
	}
	var rows []exampleRow
	if err := d.db.Read.NewRaw(query, learnMost).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read letters to learn from: %w", err)
	}
	if s == OfTopic {
		all := make([]routing.Example, len(rows))
		for i, r := range rows {
			all[i] = r.example(FirstLevel(r.Topic))
		}
		return all, nil
	}
	list, err := d.directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	present := presentOf(list)
	returned, err := d.returnedBy(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]routing.Example, 0, len(rows))
	for _, r := range rows {
		e := r.example("")
		if id := present[r.Department]; id != 0 {
			e.Class = classOf(id)
		}
		for _, id := range returned[r.ID] {
			if id = present[id]; id != 0 && classOf(id) != e.Class {
				e.Against = append(e.Against, classOf(id))
			}
		}
		all = append(all, e)
	}
	return all, nil
}

func (r exampleRow) example(class string) routing.Example {
	return routing.Example{
		Case: r.ID, Class: class, At: r.ReceivedAt.Time,
		Letter: routing.Letter{Title: r.Title, Body: r.Body, District: r.District},
	}
}

// FirstLevel is the first level of a topic: 城乡建设 of 城乡建设/城市管理/园林绿化.
func FirstLevel(topic string) string {
	first, _, _ := strings.Cut(topic, "/")
	return strings.TrimSpace(first)
}

func classOf(id int64) string { return strconv.FormatInt(id, 10) }

// presentOf says for each department who does its work today: itself, or the last of its successors; nobody, where
// it ended without one.
func presentOf(list []people.Department) map[int64]int64 {
	of := make(map[int64]people.Department, len(list))
	for _, dep := range list {
		of[dep.ID] = dep
	}
	present := make(map[int64]int64, len(list))
	for _, dep := range list {
		last := dep
		for range list { // successors never run in a circle; if they did, this would end
			next, ok := of[last.SuccessorID]
			if !ok {
				break
			}
			last = next
		}
		if last.TakesCases() {
			present[dep.ID] = last.ID
		}
	}
	return present
}

// returnedBy says which departments sent which cases back.
func (d *Desk) returnedBy(ctx context.Context) (map[int64][]int64, error) {
	var rows []struct{ CaseID, DepartmentID int64 }
	err := d.db.Read.NewRaw("SELECT case_id, department_id FROM conduct WHERE kind = ? AND department_id IS NOT NULL ORDER BY id DESC LIMIT ?", Returned, learnMost).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read returns: %w", err)
	}
	returned := map[int64][]int64{}
	for _, r := range rows {
		returned[r.CaseID] = append(returned[r.CaseID], r.DepartmentID)
	}
	return returned, nil
}

func newestOf(examples []routing.Example) (newest migrations.Instant) {
	for _, e := range examples {
		if e.At.After(newest.Time) {
			newest = migrations.At(e.At)
		}
	}
	return newest
}
