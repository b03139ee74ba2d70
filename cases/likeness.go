package cases

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Alike is a case whose letter another one may repeat.
type Alike struct {
	ID         ID
	Number     string
	Title      string
	State      State
	LeadID     int64
	Lead       string // the department's name, empty when not routed
	ReceivedAt time.Time
	alike.Likeness
	Words   []alike.Word // what both say, by its places in the letter that was asked about
	Writer  WriterTie
	Through string // the number of the letter that is alike, where that one was merged into this case
}

// WriterTie says whether two letters come from one writer.
type WriterTie string

// The ties. It is not said where a writer left neither telephone number nor e-mail address, nor where either letter is
// confidential, but to the office: the other letter may give away who wrote this one.
const (
	WriterUnknown WriterTie = ""
	WriterSame    WriterTie = "same"
	WriterAnother WriterTie = "another"
)

const (
	similarWords = 8
	// ownSearch is how many candidates are looked through for a department's own; those who see all cases get the
	// best alike.Compared of them compared at once.
	ownSearch = 8 * alike.Compared
)

// asked is the letter for which others are sought.
type asked struct {
	id, into     ID
	splitFrom    ID
	title, body  string
	phone, email []byte
	confidential bool
}

// Similar lists the cases that a case may repeat or be repeated by, the closest first, at most so many: exact
// copies, edited or partial ones, the same matter in other words. Withdrawn letters are left out; in place of a
// letter that was merged stands the case it was merged into. Only cases that the actor may see are listed.
//
// Errors: not_found where the actor may not see the case.
func (d *Desk) Similar(ctx context.Context, a people.Actor, id ID, most int) ([]Alike, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	q := asked{id: id, into: c.MergedInto, splitFrom: c.SplitFrom, title: c.Title, body: c.Body, confidential: c.Confidential}
	if c.ContactID != 0 {
		k := new(contactRow)
		if err := d.db.Read.NewSelect().Model(k).Column("phone_hash", "email_hash").Where("k.id = ?", c.ContactID).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read contact: %w", err)
		}
		q.phone, q.email = k.PhoneHash, k.EmailHash
	}
	return d.similar(ctx, a, q, most)
}

// SimilarTo is Similar for a letter that is no case yet: one that somebody is about to enter.
//
// Errors: invalid for a telephone number or an address that cannot be one.
func (d *Desk) SimilarTo(ctx context.Context, a people.Actor, title, body string, writer Contact, most int) ([]Alike, error) {
	writer, err := writer.check()
	if err != nil {
		return nil, err
	}
	q := asked{title: title, body: body, phone: d.keys.LookupHash(writer.Phone), email: d.keys.LookupHash(writer.Email)}
	return d.similar(ctx, a, q, most)
}

// likeRow is a candidate as it is read.
type likeRow struct {
	ID           ID
	Title, Body  string
	State        State
	MergedInto   ID
	SplitFrom    ID
	LeadID       int64
	Lead         string
	ReceivedAt   migrations.Instant
	ReceivedDay  string
	Confidential bool
	PhoneHash    []byte
	EmailHash    []byte
}

const likeColumns = `SELECT c.id, c.title, c.body, c.state, COALESCE(c.merged_into, 0) AS merged_into, COALESCE(c.split_from, 0) AS split_from, COALESCE(c.lead_id, 0) AS lead_id,
	COALESCE(p.name, '') AS lead, c.received_at, c.received_day, c.confidential, k.phone_hash, k.email_hash
	FROM cases AS c LEFT JOIN departments AS p ON p.id = c.lead_id LEFT JOIN contacts AS k ON k.id = c.contact_id WHERE c.id IN (?)`

func (d *Desk) similar(ctx context.Context, a people.Actor, q asked, most int) ([]Alike, error) {
	ids, letters, err := d.candidates(ctx, a, q)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []likeRow
	if err := d.db.Read.NewRaw(likeColumns, bun.List(ids)).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read letters alike: %w", err)
	}
	letter := letters[0]
	found := make([]foundLike, 0, len(rows))
	for i := range rows {
		r := &rows[i]
		if stands := cmp.Or(r.MergedInto, r.ID); r.State == Withdrawn || stands == q.id || stands == q.into || q.id != 0 && r.SplitFrom == q.id || r.ID == q.splitFrom {
			continue
		}
		other := alike.Read(r.Title, r.Body, letter.counts)
		if like := alike.Compare(letter.Letter, other); like.Grade != alike.Unlike {
			found = append(found, foundLike{row: r, Likeness: like, letter: other, tie: q.tie(a, r)})
		}
	}
	slices.SortFunc(found, func(x, y foundLike) int {
		return cmp.Or(alike.Closer(x.Likeness, y.Likeness), cmp.Compare(x.row.ID, y.row.ID)) // the earliest takes in the others
	})
	shown, err := d.shownFor(ctx, a, found)
	if err != nil {
		return nil, err
	}
	list := make([]Alike, 0, min(len(found), max(0, most)))
	listed := map[ID]bool{}
	for _, f := range found {
		s, ok := shown[cmp.Or(f.row.MergedInto, f.row.ID)]
		if !ok || listed[s.ID] || len(list) >= most {
			continue
		}
		listed[s.ID] = true
		one := Alike{
			ID: s.ID, Number: Number(s.ReceivedDay, s.ID), Title: s.Title, State: s.State, LeadID: s.LeadID, Lead: s.Lead,
			ReceivedAt: s.ReceivedAt.Time, Likeness: f.Likeness, Words: letter.Shared(f.letter, similarWords), Writer: f.tie,
		}
		if s.ID != f.row.ID {
			one.Through = Number(f.row.ReceivedDay, f.row.ID)
		}
		list = append(list, one)
	}
	return list, nil
}

// foundLike is a candidate that is alike.
type foundLike struct {
	row *likeRow
	alike.Likeness
	letter *alike.Letter
	tie    WriterTie
}

// tie says whether the letter that was asked about and another come from one writer, as far as the actor may know.
func (q asked) tie(a people.Actor, r *likeRow) WriterTie {
	ours, theirs := len(q.phone)+len(q.email) > 0, len(r.PhoneHash)+len(r.EmailHash) > 0
	if !ours || !theirs || (q.confidential || r.Confidential) && !a.Is(people.Clerk) {
		return WriterUnknown
	}
	if len(q.phone) > 0 && bytes.Equal(q.phone, r.PhoneHash) || len(q.email) > 0 && bytes.Equal(q.email, r.EmailHash) {
		return WriterSame
	}
	return WriterAnother
}

// shownFor gives the cases that stand for the letters found, as far as the actor may see them: a letter's own case or
// the one it was merged into.
func (d *Desk) shownFor(ctx context.Context, a people.Actor, found []foundLike) (map[ID]*likeRow, error) {
	shown := make(map[ID]*likeRow, len(found))
	var ids []ID
	for _, f := range found {
		if into := f.row.MergedInto; into == 0 {
			shown[f.row.ID] = f.row
		} else if !slices.Contains(ids, into) {
			ids = append(ids, into)
		}
	}
	if len(ids) > 0 {
		var rows []likeRow
		if err := d.db.Read.NewRaw(likeColumns, bun.List(ids)).Scan(ctx, &rows); err != nil {
			return nil, fmt.Errorf("read cases merged into: %w", err)
		}
		for i := range rows {
			if rows[i].State != Withdrawn {
				shown[rows[i].ID] = &rows[i]
			}
		}
	}
	if seesEveryCase(a) || len(shown) == 0 {
		return shown, nil
	}
	ids = ids[:0]
	for id := range shown {
		ids = append(ids, id)
	}
	own, err := d.own(ctx, a, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.Contains(own, id) {
			delete(shown, id)
		}
	}
	return shown, nil
}

func seesEveryCase(a people.Actor) bool {
	_, err := a.Permit(people.View, people.Subject{})
	return err == nil
}

// own gives those of the cases that the actor may see, in their order.
func (d *Desk) own(ctx context.Context, a people.Actor, ids []ID) ([]ID, error) {
	departments := a.Departments()
	if len(departments) == 0 || len(ids) == 0 {
		return nil, nil
	}
	var mine []ID
	err := d.db.Read.NewRaw(`SELECT c.id FROM cases AS c WHERE c.id IN (?) AND (c.lead_id IN (?) OR EXISTS
		(SELECT 1 FROM assists AS s WHERE s.case_id = c.id AND s.department_id IN (?) AND s.released_at IS NULL))`,
		bun.List(ids), bun.List(departments), bun.List(departments)).Scan(ctx, &mine)
	if err != nil {
		return nil, fmt.Errorf("read own cases: %w", err)
	}
	kept := make([]ID, 0, len(mine))
	for _, id := range ids {
		if slices.Contains(mine, id) {
			kept = append(kept, id)
		}
	}
	return kept, nil
}

// candidates finds the letters with most keys in common that the actor may see, and gives the letter as it was read
// for it.
func (d *Desk) candidates(ctx context.Context, a people.Actor, q asked) ([]ID, []readLetter, error) {
	if !seesEveryCase(a) && len(a.Departments()) == 0 {
		return nil, nil, nil
	}
	limit := alike.Compared
	if !seesEveryCase(a) {
		limit = ownSearch
	}
	ids, letters, err := d.keyed(ctx, q, limit)
	if err != nil {
		return nil, nil, err
	}
	if !seesEveryCase(a) {
		if ids, err = d.own(ctx, a, ids); err != nil {
			return nil, nil, err
		}
	}
	return ids[:min(len(ids), alike.Compared)], letters, nil
}

// keyed finds the letters with most keys in common, whoever may see them, limit at most.
func (d *Desk) keyed(ctx context.Context, q asked, limit int) ([]ID, []readLetter, error) {
	editions, err := d.editions(ctx)
	if err != nil {
		return nil, nil, err
	}
	letters := make([]readLetter, 0, len(editions))
	var keys []alike.Key
	for _, e := range editions {
		l := readLetter{alike.Read(q.title, q.body, e.counts), e.counts}
		letters = append(letters, l)
		for i, k := range l.Seek() {
			if i > 0 { // the first is that of the whole text, the same in all editions
				k.Key = e.place(k.Key)
			} else if len(keys) > 0 {
				continue
			}
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, letters, nil
	}
	var ids []ID
	query, args := d.candidatesSQL(keys, q.id, limit)
	if err := d.db.Read.NewRaw(query, args...).Scan(ctx, &ids); err != nil {
		return nil, nil, fmt.Errorf("look for letters alike: %w", err)
	}
	return ids, letters, nil
}

// candidatesSQL sums up what the keys of each letter mean, looking at the newest alike.PerKey letters of each key: a
// key that became common costs no more than another.
func (d *Desk) candidatesSQL(keys []alike.Key, not ID, limit int) (string, []any) {
	var b strings.Builder
	args := make([]any, 0, 4*len(keys)+1)
	b.WriteString("SELECT id FROM (")
	if d.db.Dialect() == migrations.PostgreSQL {
		b.WriteString("SELECT q.weight, s.case_id AS id FROM (VALUES ")
		for i, k := range keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(?::bigint, ?::float8)")
			args = append(args, k.Key, k.Weight)
		}
		b.WriteString(`) AS q (key, weight) CROSS JOIN LATERAL
			(SELECT case_id FROM letter_keys WHERE key = q.key AND case_id <> ? ORDER BY case_id DESC LIMIT ?) AS s`)
		args = append(args, not, alike.PerKey)
	} else {
		for i, k := range keys {
			if i > 0 {
				b.WriteString(" UNION ALL ")
			}
			b.WriteString("SELECT ? AS weight, case_id AS id FROM (SELECT case_id FROM letter_keys WHERE key = ? AND case_id <> ? ORDER BY case_id DESC LIMIT ?)")
			args = append(args, k.Weight, k.Key, not, alike.PerKey)
		}
	}
	b.WriteString(") AS f GROUP BY id ORDER BY SUM(weight) DESC, id DESC LIMIT ?")
	return b.String(), append(args, limit)
}
