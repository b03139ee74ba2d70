package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/people"
	"mailbox/migrations"
)

const (
	hotDays    = 180     // letters older than this are cold
	hotLetters = 50_000  // the newest of them are read
	hotEvery   = 30 * 60 // seconds between two searches, by whichever process
)

// HotIssue is a matter that several people write about, for its page.
type HotIssue struct {
	ID      ID // of its earliest case when it was found first
	Title   string
	Place   string
	Topic   string
	Letters int64
	Writers int64
	First   time.Time
	Last    time.Time
	Heat    float64
	Trend   alike.Trend
	Weeks   []int // letters in each of the last weeks, the running one last
}

type hotRow struct {
	bun.BaseModel `bun:"table:hot_issues,alias:h"`

	ID         ID `bun:",pk"`
	Title      string
	Place      string
	Topic      string
	Letters    int64
	Writers    int64
	FirstAt    migrations.Instant
	LastAt     migrations.Instant
	Heat       float64
	Trend      alike.Trend
	Weeks      string
	PlaceOrder int64
	FoundAt    migrations.Instant
}

type hotLetterRow struct {
	bun.BaseModel `bun:"table:hot_letters"`

	CaseID  ID `bun:",pk"`
	IssueID ID
}

// FindHotIssues brings the letters of the last half year together by what they are about. It may run anywhere, any
// number of times: one process in half an hour does it, for heat fades also when nothing comes; the others find its
// lease.
func (d *Desk) FindHotIssues(ctx context.Context) (found int, err error) {
	mine, err := d.lease(ctx, "hot_issues", hotEvery)
	if err != nil || !mine {
		return 0, err
	}
	messages, err := d.hotMessages(ctx)
	if err != nil {
		return 0, err
	}
	var counts grams.Counts
	for _, m := range messages {
		counts.Add(grams.Fold(m.Title + "\n" + m.Body))
	}
	now := d.Now()
	issues := alike.FindIssues(messages, &counts, now, alike.DefaultHeating)
	return len(issues), d.keepHot(ctx, issues, now)
}

// keepHot replaces what was found before.
func (d *Desk) keepHot(ctx context.Context, issues []alike.Issue, now time.Time) error {
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d.db.Dialect() == migrations.PostgreSQL { // two that replace at once would meet each other's rows
			if _, err := tx.ExecContext(ctx, "LOCK TABLE hot_issues IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		ids, err := hotIDs(ctx, tx, issues)
		if err != nil {
			return err
		}
		rows, letters, err := hotRows(issues, ids, now)
		if err != nil {
			return err
		}
		for _, table := range []string{"hot_letters", "hot_issues"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(rows, 500) {
			if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(letters, 500) {
			if _, err := tx.NewInsert().Model(&part).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write hot issues: %w", err)
	}
	return nil
}

// hotIDs names the issues: one that was known keeps its name, by most of its letters, also when an earlier letter has
// come to it or its first one has grown too old; a new one has that of its earliest letter.
func hotIDs(ctx context.Context, tx bun.Tx, issues []alike.Issue) ([]ID, error) {
	var known []hotLetterRow
	if err := tx.NewSelect().Model(&known).Scan(ctx); err != nil {
		return nil, err
	}
	was := make(map[ID]ID, len(known))
	for _, l := range known {
		was[l.CaseID] = l.IssueID
	}
	ids, taken := make([]ID, len(issues)), map[ID]bool{}
	for i, issue := range issues { // the hottest first: if one has come apart, its name stays with the greater heat
		votes := map[ID]int{}
		for _, letter := range issue.Letters {
			if id, there := was[ID(letter)]; there && !taken[id] {
				votes[id]++
			}
		}
		for id, n := range votes {
			if n > votes[ids[i]] || n == votes[ids[i]] && id < ids[i] {
				ids[i] = id
			}
		}
		taken[ids[i]] = true
	}
	for i, issue := range issues {
		for _, letter := range issue.Letters {
			if ids[i] == 0 && !taken[ID(letter)] {
				ids[i] = ID(letter)
				taken[ids[i]] = true
			}
		}
		if ids[i] == 0 { // each of its letters names another issue, which it has left
			ids[i] = -ID(issue.Letters[0])
		}
	}
	return ids, nil
}

// hotRows are issues as they are kept, in the order in which they are shown.
func hotRows(issues []alike.Issue, ids []ID, now time.Time) (rows []hotRow, letters []hotLetterRow, err error) {
	for i, issue := range issues {
		weeks, err := json.Marshal(issue.Weeks)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, hotRow{
			ID: ids[i], Title: issue.Title, Place: issue.Place, Topic: issue.Topic,
			Letters: int64(len(issue.Letters)), Writers: int64(issue.Writers), FirstAt: migrations.At(issue.First), LastAt: migrations.At(issue.Last),
			Heat: issue.Heat, Trend: issue.Trend, Weeks: string(weeks), PlaceOrder: int64(i), FoundAt: migrations.At(now),
		})
		for _, id := range issue.Letters {
			letters = append(letters, hotLetterRow{CaseID: ID(id), IssueID: ids[i]})
		}
	}
	return rows, letters, nil
}

// hotMessages reads the letters that an issue can be made of. A letter that was merged into another counts: its
// writer wrote; one that was withdrawn does not. Who wrote is told by the keyed hashes of telephone and address.
func (d *Desk) hotMessages(ctx context.Context) ([]alike.Message, error) {
	var rows []struct {
		ID                           ID
		Title, Body, District, Topic string
		ReceivedAt                   migrations.Instant
		Phone, Email                 []byte
	}
	err := d.db.Read.NewRaw(`SELECT c.id, c.title, c.body, c.district, c.topic, c.received_at, k.phone_hash AS phone, k.email_hash AS email
		FROM cases AS c LEFT JOIN contacts AS k ON k.id = c.contact_id
		WHERE c.received_at >= ? AND c.state <> ? ORDER BY c.received_at DESC, c.id DESC LIMIT ?`,
		migrations.At(d.Now().AddDate(0, 0, -hotDays)), Withdrawn, hotLetters).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read letters of the last half year: %w", err)
	}
	messages := make([]alike.Message, len(rows))
	for i, r := range rows {
		writer := string(r.Phone)
		if writer == "" {
			writer = string(r.Email)
		}
		messages[i] = alike.Message{
			ID: int64(r.ID), Title: r.Title, Body: r.Body, District: r.District, Topic: FirstLevel(r.Topic), At: r.ReceivedAt.Time, Writer: writer,
		}
	}
	return messages, nil
}

// seesAll refuses whoever may not see every case: an issue tells of all its letters.
func seesAll(a people.Actor) error {
	if _, err := a.Permit(people.View, people.Subject{}); err != nil {
		return errs.Forbidden("hot issues are for the office, supervision and auditors", "热点问题仅供信箱办、督查和审计人员查看")
	}
	return nil
}

// HotIssues lists what was found last: new and growing issues first, then the hottest; and when it was found.
//
// Errors: forbidden for those who may not see all cases.
func (d *Desk) HotIssues(ctx context.Context, a people.Actor, most int) (issues []HotIssue, foundAt time.Time, err error) {
	if err := seesAll(a); err != nil {
		return nil, foundAt, err
	}
	var rows []hotRow
	if err := d.db.Read.NewSelect().Model(&rows).Order("place_order").Limit(int64(most)).Scan(ctx); err != nil {
		return nil, foundAt, fmt.Errorf("read hot issues: %w", err)
	}
	for _, r := range rows {
		issue, err := r.issue()
		if err != nil {
			return nil, foundAt, err
		}
		issues, foundAt = append(issues, issue), r.FoundAt.Time
	}
	return issues, foundAt, nil
}

func (r hotRow) issue() (HotIssue, error) {
	issue := HotIssue{
		ID: r.ID, Title: r.Title, Place: r.Place, Topic: r.Topic, Letters: r.Letters, Writers: r.Writers,
		First: r.FirstAt.Time, Last: r.LastAt.Time, Heat: r.Heat, Trend: r.Trend,
	}
	if err := json.Unmarshal([]byte(r.Weeks), &issue.Weeks); err != nil {
		return issue, fmt.Errorf("hot issue %d: %w", r.ID, err)
	}
	return issue, nil
}

// HotIssue gives one issue with its cases, newest first. A link to an issue leads to it as long as any of its letters
// is in one, also when an earlier letter has come to it since.
//
// Errors: not_found; forbidden for those who may not see all cases.
func (d *Desk) HotIssue(ctx context.Context, a people.Actor, id ID) (*HotIssue, []Item, error) {
	if err := seesAll(a); err != nil {
		return nil, nil, err
	}
	row := new(hotRow)
	err := d.db.Read.NewSelect().Model(row).
		Where("id = ? OR id = (SELECT issue_id FROM hot_letters WHERE case_id = ?)", id, id).OrderExpr("CASE WHEN id = ? THEN 0 ELSE 1 END", id).Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, errs.NotFound("there is no such hot issue, or not any more", "没有这个热点问题，或已不再是热点")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read hot issue: %w", err)
	}
	issue, err := row.issue()
	if err != nil {
		return nil, nil, err
	}
	var ids []ID
	err = d.db.Read.NewRaw("SELECT case_id FROM hot_letters WHERE issue_id = ? ORDER BY case_id DESC", row.ID).Scan(ctx, &ids)
	if err != nil {
		return nil, nil, fmt.Errorf("read letters of a hot issue: %w", err)
	}
	items, err := d.Items(ctx, a, ids)
	return &issue, items, err
}
