package cases

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/alike"
	"mailbox/cases/grams"
	"mailbox/migrations"
)

// Each letter is stored with keys by which others find it (package alike), in the transaction that takes it in. Which
// runs of characters make good keys depends on how common they are in the city's letters, so there are editions of
// counts: a new one each time the letters have grown fourfold, after which all letters are keyed anew in the
// background. A city of a million letters has keyed each of them 1⅓ times; until that is done, both editions are
// looked up.

const (
	// indexBatch letters are keyed in one transaction, a twentieth of a second; indexMost in one sweep, some seconds.
	indexBatch = 100
	indexMost  = 5000
	// settle is how long a letter is left alone after it was first seen: by then whoever was still writing one with a
	// smaller number has finished, and every process knows of a new edition.
	settle = 10 * time.Minute
	// countsGrow and countsFrom say when counts are made anew, countsOf from how many letters at most, the newest.
	countsGrow  = 4
	countsFrom  = 100
	countsOf    = 100_000
	countsLease = 15 * 60 // seconds in which one process counts and the others do not
	// forgetRows are deleted in one statement, forgetMost in one sweep.
	forgetRows = 5000
	forgetMost = 100_000
	// editionsKnown is how long a process takes an edition for the newest without looking.
	editionsKnown = time.Minute
)

// countsRow is an edition as it is stored.
type countsRow struct {
	bun.BaseModel `bun:"table:letter_counts,alias:l"`

	Edition int64 `bun:",pk"`
	Letters int64 // there were when it was made
	Body    []byte
	MadeAt  migrations.Instant
	Goal    ID // once letters are keyed up to here, the edition before is no longer needed
	KeyedTo ID
	Seen    ID // letters up to here are keyed next
	SeenAt  migrations.Instant
}

func (r *countsRow) complete() bool { return r.KeyedTo >= r.Goal }

// edition is one as this process has read it.
type edition struct {
	number int64
	counts *grams.Counts
}

// place puts a key among those of the edition. The keys of whole texts stand below all editions.
func (e *edition) place(key int64) int64 { return (e.number+1)<<alike.KeyBits | key }

// keys are those of a letter as they are stored.
func (e *edition) keys(title, body string) []int64 {
	if title == "" && body == "" {
		return nil // erased: no letter is like another because both are gone
	}
	keys := alike.Keys(title, body, e.counts)
	for i := range keys {
		if i > 0 {
			keys[i] = e.place(keys[i])
		}
	}
	return keys
}

// likeness is what this process knows of the editions: the newest, and the one before while letters are keyed anew.
type likeness struct {
	mu       sync.Mutex
	editions []*edition
	looked   time.Time
}

// readLetter is a letter and the counts it was read with.
type readLetter struct {
	*alike.Letter
	counts *grams.Counts
}

// editions gives the newest edition, and behind it the one before while that is still needed.
func (d *Desk) editions(ctx context.Context) ([]*edition, error) {
	k := &d.likeness
	k.mu.Lock()
	defer k.mu.Unlock()
	if since := d.Now().Sub(k.looked); len(k.editions) > 0 && since >= 0 && since < editionsKnown {
		return k.editions, nil
	}
	var rows []countsRow
	if err := d.db.Read.NewSelect().Model(&rows).ExcludeColumn("body").Order("edition DESC").Limit(2).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read editions of counts: %w", err)
	}
	var now []*edition
	for i := range rows {
		if i > 0 && rows[0].complete() {
			break
		}
		e, err := d.edition(ctx, k.editions, rows[i].Edition)
		if err != nil {
			return nil, err
		}
		if e != nil {
			now = append(now, e)
		}
	}
	if len(now) == 0 {
		now = []*edition{{counts: &grams.Counts{}}} // the first day
	}
	k.editions, k.looked = now, d.Now()
	return now, nil
}

// edition reads one, or gives it as it was read before; nil if it is gone.
func (d *Desk) edition(ctx context.Context, known []*edition, number int64) (*edition, error) {
	for _, e := range known {
		if e.number == number {
			return e, nil
		}
	}
	e := &edition{number, &grams.Counts{}}
	var body []byte
	err := d.db.Read.NewRaw("SELECT body FROM letter_counts WHERE edition = ?", number).Scan(ctx, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // somebody has just tidied it away
	}
	if err == nil {
		err = e.counts.UnmarshalBinary(body)
	}
	if err != nil {
		return nil, fmt.Errorf("edition %d of counts: %w", number, err)
	}
	return e, nil
}

// lookAgain forgets which edition is the newest.
func (k *likeness) lookAgain() {
	k.mu.Lock()
	k.looked = time.Time{}
	k.mu.Unlock()
}

type letterKey struct {
	bun.BaseModel `bun:"table:letter_keys"`

	Key    int64 `bun:",pk"`
	CaseID ID    `bun:",pk"`
}

// newKeys works out the keys of a letter that comes in. Finding repeats is a help, and must not cost a writer the
// letter: if the counts cannot be read there are no keys, and they are made up for later.
func (d *Desk) newKeys(ctx context.Context, title, body string) []int64 {
	editions, err := d.editions(ctx)
	if err != nil {
		return nil
	}
	return editions[0].keys(title, body)
}

// keepKeys writes the keys of letters, those that are there already once.
func keepKeys(ctx context.Context, tx bun.IDB, rows []letterKey) error {
	// In the order of the table: two who write the same keys cannot wait for each other.
	slices.SortFunc(rows, func(a, b letterKey) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.CaseID, b.CaseID)) })
	for chunk := range slices.Chunk(rows, 2000) {
		if _, err := tx.NewInsert().Model(&chunk).On("CONFLICT (key, case_id) DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("write keys of letters: %w", err)
		}
	}
	return nil
}

// keyCases writes the keys of cases that have just been written.
func (d *Desk) keyCases(ctx context.Context, tx bun.IDB, cases []Case) error {
	var rows []letterKey
	for i := range cases {
		rows = append(rows, keysOfCase(cases[i].ID, d.newKeys(ctx, cases[i].Title, cases[i].Body))...)
	}
	return keepKeys(ctx, tx, rows)
}

func keysOfCase(id ID, keys []int64) []letterKey {
	rows := make([]letterKey, len(keys))
	for i, key := range keys {
		rows[i] = letterKey{Key: key, CaseID: id}
	}
	return rows
}

// IndexLetters keys the letters that have no keys of the newest edition: those of before the upgrade, of processes of
// the version before, and all of them after a new edition, which it makes when the letters have grown enough. At
// most some a call, so that a sweep is never held up; it may run anywhere, any number of times, at once, and goes on
// where it was stopped. It says how many it has keyed.
func (d *Desk) IndexLetters(ctx context.Context) (keyed int, err error) {
	now, err := d.newestCounts(ctx)
	if err != nil {
		return 0, err
	}
	for keyed < indexMost {
		n, more, err := d.indexBatch(ctx, now)
		if err != nil {
			return keyed, err
		}
		keyed += n
		if !more {
			break
		}
	}
	if !now.complete() {
		return keyed, nil
	}
	if err := d.forgetEditions(ctx, now.Edition); err != nil {
		return keyed, err
	}
	return keyed, d.countAgain(ctx, now)
}

// newestCounts gives the newest edition without its body. The first of a city has read nothing.
func (d *Desk) newestCounts(ctx context.Context) (*countsRow, error) {
	row := new(countsRow)
	read := func() error {
		return d.db.Read.NewSelect().Model(row).ExcludeColumn("body").Order("edition DESC").Limit(1).Scan(ctx)
	}
	err := read()
	if errors.Is(err, sql.ErrNoRows) {
		if err := d.keepCounts(ctx, 0, 0, &grams.Counts{}); err != nil {
			return nil, err
		}
		err = read()
	}
	if err != nil {
		return nil, fmt.Errorf("read editions of counts: %w", err)
	}
	return row, nil
}

// keepCounts writes an edition; another process may have been first.
func (d *Desk) keepCounts(ctx context.Context, number, letters int64, c *grams.Counts) error {
	body, err := c.MarshalBinary()
	if err != nil {
		return err
	}
	now := migrations.At(d.Now())
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO letter_counts (edition, letters, body, made_at, goal, seen, seen_at)
			SELECT ?, ?, ?, ?, COALESCE(MAX(id), 0), COALESCE(MAX(id), 0), ? FROM cases WHERE 1 = 1
			ON CONFLICT (edition) DO NOTHING`, number, letters, body, now, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	d.likeness.lookAgain()
	return nil
}

// indexBatch keys the next letters. More is false when there is nothing left to do for now.
func (d *Desk) indexBatch(ctx context.Context, now *countsRow) (n int, more bool, err error) {
	if since := d.Now().Sub(now.SeenAt.Time); since >= 0 && since < settle {
		return 0, false, nil
	}
	if now.KeyedTo >= now.Seen {
		return 0, false, d.seeFurther(ctx, now)
	}
	known, err := d.editions(ctx)
	if err != nil {
		return 0, false, err
	}
	e := known[0]
	if e.number != now.Edition { // made by another process within the minute
		d.likeness.lookAgain()
		return 0, false, nil
	}
	var batch []struct {
		ID          ID
		Title, Body string
	}
	err = d.db.Read.NewRaw("SELECT id, title, body FROM cases WHERE id > ? AND id <= ? ORDER BY id LIMIT ?", now.KeyedTo, now.Seen, indexBatch).Scan(ctx, &batch)
	if err != nil {
		return 0, false, fmt.Errorf("read letters: %w", err)
	}
	to := now.Seen
	if len(batch) == indexBatch {
		to = batch[len(batch)-1].ID
	}
	var rows []letterKey
	for _, c := range batch {
		rows = append(rows, keysOfCase(c.ID, e.keys(c.Title, c.Body))...)
	}
	won := false
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE letter_counts SET keyed_to = ? WHERE edition = ? AND keyed_to = ?", to, now.Edition, now.KeyedTo)
		if err != nil {
			return err
		}
		affected, err := result.RowsAffected()
		if won = affected == 1; err != nil || !won {
			return err
		}
		return keepKeys(ctx, tx, rows)
	})
	if err != nil {
		return 0, false, fmt.Errorf("key letters: %w", err)
	}
	if !won { // another process is at it: it will do the rest
		return 0, false, nil
	}
	wasComplete := now.complete()
	if now.KeyedTo = to; now.complete() && !wasComplete {
		d.likeness.lookAgain()
	}
	return len(batch), true, nil
}

// seeFurther notes up to where there are letters by now. They are keyed when they have settled.
func (d *Desk) seeFurther(ctx context.Context, now *countsRow) error {
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE letter_counts SET seen = (SELECT COALESCE(MAX(id), 0) FROM cases), seen_at = ? WHERE edition = ? AND seen_at = ?",
			migrations.At(d.Now()), now.Edition, now.SeenAt)
		return err
	})
	if err != nil {
		return fmt.Errorf("look how far letters go: %w", err)
	}
	return nil
}

// countAgain makes a new edition when the letters have grown enough.
func (d *Desk) countAgain(ctx context.Context, now *countsRow) error {
	enough := max(countsFrom, countsGrow*now.Letters)
	var letters int64
	// No case has a greater number than there were letters, so most days the greatest answers it.
	if err := d.db.Read.NewRaw("SELECT COALESCE(MAX(id), 0) FROM cases").Scan(ctx, &letters); err != nil || letters < enough {
		return err
	}
	mine, err := d.lease(ctx, "counting_letters", countsLease)
	if err != nil || !mine {
		return err
	}
	if err := d.db.Read.NewRaw("SELECT count(*) FROM cases").Scan(ctx, &letters); err != nil || letters < enough {
		return err
	}
	c := &grams.Counts{}
	for before := ID(1<<62 - 1); c.Letters < countsOf; {
		var batch []struct {
			ID          ID
			Title, Body string
		}
		err := d.db.Read.NewRaw("SELECT id, title, body FROM cases WHERE id < ? ORDER BY id DESC LIMIT ?", before, min(1000, countsOf-c.Letters)).Scan(ctx, &batch)
		if err != nil {
			return fmt.Errorf("read letters to count: %w", err)
		}
		if len(batch) == 0 {
			break
		}
		for _, l := range batch {
			c.Add(grams.Fold(l.Title + "\n" + l.Body))
		}
		before = batch[len(batch)-1].ID
	}
	return d.keepCounts(ctx, now.Edition+1, letters, c)
}

// forgetEditions deletes the keys of the editions before, some at a time, and at last the editions.
func (d *Desk) forgetEditions(ctx context.Context, newest int64) error {
	var old int64
	if err := d.db.Read.NewRaw("SELECT count(*) FROM letter_counts WHERE edition < ?", newest).Scan(ctx, &old); err != nil || old == 0 {
		return err
	}
	from, to := int64(1)<<alike.KeyBits, (newest+1)<<alike.KeyBits
	for range forgetMost / forgetRows {
		until, last := to-1, false
		err := d.db.Read.NewRaw("SELECT key FROM letter_keys WHERE key >= ? AND key < ? ORDER BY key LIMIT 1 OFFSET ?", from, to, forgetRows).Scan(ctx, &until)
		if last = errors.Is(err, sql.ErrNoRows); err != nil && !last {
			return fmt.Errorf("look for old keys: %w", err)
		}
		err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM letter_keys WHERE key >= ? AND key <= ?", from, until); err != nil || !last {
				return err
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM letter_counts WHERE edition < ?", newest)
			return err
		})
		if err != nil {
			return fmt.Errorf("forget old keys: %w", err)
		}
		if last {
			return nil
		}
	}
	return nil
}
