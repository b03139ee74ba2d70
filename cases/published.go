package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/search"
	"mailbox/migrations"
	"mailbox/sla"
)

// The bounds of the list.
const (
	PublishedPage  = 20 // letters on a page
	PublishedPages = 50 // pages that can be turned
)

// PublishedFilter says which published letters are wanted; what is empty does not narrow them.
type PublishedFilter struct {
	Words      string // every word must stand in the letter or its answer
	Kind       string
	Topic      string // with everything under it
	Department int64
	Month      string // of receipt, as in "2026-03"
	Page       int    // from 1
}

// PublishedHit is a published letter: what everybody may read.
type PublishedHit struct {
	ID                          int64
	Title, Body, Answer         string
	Kind, Topic                 string
	DepartmentID                int64
	Department                  string
	ReceivedDay, AnsweredDay    string
	PublishedAt, ChangedAt      time.Time
	Withdrawn                   bool // then nothing of it can be read
	UsefulCount, NotUsefulCount int64
}

// PublishedList is a page of published letters, the newest first.
type PublishedList struct {
	Hits  []PublishedHit
	Query search.Query // what was looked for, to mark it
	Page  int
	More  bool // there is a page after this one
}

// publishedColumns are read of a publication; its case is not among them.
const publishedColumns = `p.id, p.title, p.body, p.answer, p.kind, p.topic, COALESCE(p.department_id, 0) AS department_id,
	COALESCE((SELECT name FROM departments WHERE id = p.department_id), '') AS department,
	p.received_day, p.answered_day, p.published_at, p.changed_at, p.withdrawn_at, p.useful, p.not_useful`

type publishedRow struct {
	publicationRow `bun:",extend"`

	Department string
}

func (r *publishedRow) hit() PublishedHit {
	return PublishedHit{
		ID: r.ID, Title: r.Title, Body: r.Body, Answer: r.Answer, Kind: r.Kind, Topic: r.Topic,
		DepartmentID: r.DepartmentID, Department: r.Department, ReceivedDay: r.ReceivedDay, AnsweredDay: r.AnsweredDay,
		PublishedAt: r.PublishedAt.Time, ChangedAt: r.ChangedAt.Time, Withdrawn: !r.WithdrawnAt.IsZero(),
		UsefulCount: r.Useful, NotUsefulCount: r.NotUseful,
	}
}

var monthPattern = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)

// Published lists what is published, the newest first. Nothing that is typed for words is an error; of a filter
// that cannot be one nothing is found.
func (d *Desk) Published(ctx context.Context, f PublishedFilter) (PublishedList, error) {
	q := search.Parse(f.Words)
	list := PublishedList{Query: q, Page: min(max(f.Page, 1), PublishedPages)}
	if q.Empty() && strings.TrimSpace(f.Words) != "" || f.Month != "" && !monthPattern.MatchString(f.Month) ||
		strings.ContainsRune(f.Kind+f.Topic, 0) {
		return list, nil
	}
	skip := (list.Page - 1) * PublishedPage
	query, args := " ORDER BY p.id DESC LIMIT ? OFFSET ?", []any{PublishedPage + 1, skip}
	if filters := f.filters(); !q.Empty() || len(filters) > 0 {
		ids, err := d.published().find(ctx, everywhere(q, filters), skip+PublishedPage+1)
		if err != nil || len(ids) <= skip {
			return list, err
		}
		query, args = " AND p.id IN (?) ORDER BY p.id DESC", []any{bun.List(ids[skip:])}
	}
	var rows []publishedRow
	if err := d.db.Read.NewRaw("SELECT "+publishedColumns+" FROM publications AS p WHERE p.withdrawn_at IS NULL"+query, args...).Scan(ctx, &rows); err != nil {
		return list, fmt.Errorf("read published letters: %w", err)
	}
	if len(rows) > PublishedPage {
		rows, list.More = rows[:PublishedPage], list.Page < PublishedPages
	}
	for i := range rows {
		list.Hits = append(list.Hits, rows[i].hit())
	}
	return list, nil
}

// filters are the tokens of what the letters are filed under: they stand in the index of the words.
func (f PublishedFilter) filters() []string {
	var filters []string
	add := func(name, value string, given bool) {
		if given {
			filters = append(filters, search.Filter(name, value))
		}
	}
	add(byKind, f.Kind, f.Kind != "")
	add(byTopic, f.Topic, f.Topic != "")
	add(byDepartment, strconv.FormatInt(f.Department, 10), f.Department != 0)
	add(byMonth, f.Month, f.Month != "")
	return filters
}

// PublishedLetter gives one published letter. One that was withdrawn says only that it is gone.
//
// Errors: not_found.
func (d *Desk) PublishedLetter(ctx context.Context, id int64) (PublishedHit, error) {
	var row publishedRow
	err := d.db.Read.NewRaw("SELECT "+publishedColumns+" FROM publications AS p WHERE p.id = ?", id).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return PublishedHit{}, errs.NotFound("there is no such published letter", "没有这封公开来信")
	}
	if err != nil {
		return PublishedHit{}, fmt.Errorf("read published letter: %w", err)
	}
	return row.hit(), nil
}

// PublicationOf gives what is published of a case, nil if nothing ever was.
func (d *Desk) PublicationOf(ctx context.Context, id ID) (*PublishedHit, error) {
	var row publishedRow
	err := d.db.Read.NewRaw("SELECT "+publishedColumns+" FROM publications AS p WHERE p.case_id = ?", id).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nothing was published
	}
	if err != nil {
		return nil, fmt.Errorf("read publication: %w", err)
	}
	hit := row.hit()
	return &hit, nil
}

// PublishedMark is an entry of the site map.
type PublishedMark struct {
	ID        int64
	ChangedAt migrations.Instant
}

// PublishedMarks gives what is published with an identity from (exclusive) up to (inclusive), in order, and the
// highest identity there is.
func (d *Desk) PublishedMarks(ctx context.Context, from, to int64) (marks []PublishedMark, last int64, err error) {
	if err := d.db.Read.NewRaw("SELECT COALESCE(MAX(id), 0) FROM publications").Scan(ctx, &last); err != nil {
		return nil, 0, fmt.Errorf("read published letters: %w", err)
	}
	err = d.db.Read.NewRaw("SELECT id, changed_at FROM publications WHERE id > ? AND id <= ? AND withdrawn_at IS NULL ORDER BY id", from, to).Scan(ctx, &marks)
	if err != nil {
		return nil, 0, fmt.Errorf("read published letters: %w", err)
	}
	return marks, last, nil
}

// PublishedChoice is a value that published letters can be narrowed to.
type PublishedChoice struct{ Value, Name string }

// PublishedChoices are the values there are to choose from.
type PublishedChoices struct {
	Kinds, Topics, Months []string
	Departments           []PublishedChoice
}

// PublishedChoices reads what the list can be narrowed to.
func (d *Desk) PublishedChoices(ctx context.Context) (PublishedChoices, error) {
	var c PublishedChoices
	const from = " FROM publications WHERE withdrawn_at IS NULL"
	for query, into := range map[string]any{
		"SELECT DISTINCT kind" + from + " ORDER BY 1":                                                                &c.Kinds,
		"SELECT DISTINCT topic" + from + " AND topic <> '' ORDER BY 1":                                               &c.Topics,
		"SELECT DISTINCT substr(received_day, 1, 7) AS m" + from + " ORDER BY 1 DESC":                                &c.Months,
		"SELECT id AS value, name FROM departments WHERE id IN (SELECT department_id" + from + ") ORDER BY name, id": &c.Departments,
	} {
		if err := d.db.Read.NewRaw(query).Scan(ctx, into); err != nil {
			return c, fmt.Errorf("read choices of published letters: %w", err)
		}
	}
	return c, nil
}

// Useful keeps what a reader thinks of a published answer. The same reader counts once, with the latest.
//
// Errors: not_found for what is not published.
func (d *Desk) Useful(ctx context.Context, id int64, voter []byte, useful bool) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := d.lockPublished(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO votes (publication_id, voter, useful) VALUES (?, ?, ?)
			ON CONFLICT (publication_id, voter) DO UPDATE SET useful = excluded.useful`, id, voter, useful)
		if err != nil {
			return fmt.Errorf("write vote: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE publications SET
			useful = (SELECT COUNT(*) FROM votes WHERE publication_id = publications.id AND votes.useful),
			not_useful = (SELECT COUNT(*) FROM votes WHERE publication_id = publications.id AND NOT votes.useful) WHERE id = ?`, id)
		if err != nil {
			return fmt.Errorf("count votes: %w", err)
		}
		return nil
	})
}

// lockPublished holds a publication, so that two who vote are counted one after the other.
func (d *Desk) lockPublished(ctx context.Context, tx bun.Tx, id int64) error {
	var found int64
	err := tx.NewRaw("SELECT id FROM publications WHERE id = ? AND withdrawn_at IS NULL"+d.db.LockRow(), id).Scan(ctx, &found)
	if errors.Is(err, sql.ErrNoRows) {
		return errs.NotFound("there is no such published letter", "没有这封公开来信")
	}
	if err != nil {
		return fmt.Errorf("read published letter: %w", err)
	}
	return nil
}

// Helped notes that a published answer spared somebody a letter, on the local day.
//
// Errors: not_found for what is not published.
func (d *Desk) Helped(ctx context.Context, id int64) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := d.lockPublished(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO helped (publication_id, day, count) VALUES (?, ?, 1)
			ON CONFLICT (publication_id, day) DO UPDATE SET count = helped.count + 1`, id, sla.DateOf(d.Now(), d.Location()).String())
		if err != nil {
			return fmt.Errorf("note that it helped: %w", err)
		}
		return nil
	})
}
