package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/substance"
	"mailbox/migrations"
)

// Signs that a reply is none (package substance) are worked out in the transaction in which it is handed in, and
// again when the office mends its wording. They are a hint for whoever reviews it and for supervision, and stop
// nothing. When the reply becomes the answer they are counted as conduct, once.

const (
	// likePerKey and likeMost bound the search for replies that read the same, whatever the city has written.
	likePerKey = 3
	likeMost   = 6
	// signBatch is how many replies of before one transaction signs, signMost one sweep: some seconds of one
	// core, a hundred thousand in an hour and a half.
	signBatch = 100
	signMost  = 1000
)

type signsRow struct {
	bun.BaseModel `bun:"table:reply_signs,alias:s"`

	ReplyID       int64 `bun:",pk"`
	Signs         string
	Hollow        bool
	NearIdentical bool
}

type keyRow struct {
	bun.BaseModel `bun:"table:reply_keys,alias:k"`

	Key     int64 `bun:",pk"`
	ReplyID int64 `bun:",pk"`
}

// signed is a reply's signs and by what it is found again.
type signed struct {
	signs []substance.Sign
	keys  []int64
}

func (s signed) hollow() bool        { return substance.Hollow(s.signs) }
func (s signed) nearIdentical() bool { return substance.Has(s.signs, substance.NearIdentical) }

// keysOf are the keys of a reply as they are stored.
func keysOf(body string) []int64 {
	keys := substance.Keys(body)
	stored := make([]int64, len(keys))
	for i, k := range keys {
		stored[i] = int64(k) // the same 64 bits
	}
	return stored
}

// signsOf works out the signs of a reply. A hint must not cost a department its reply: should the rules break on
// a text, there is no hint.
func signsOf(l substance.Letter, body string, others []substance.Other) (signs []substance.Sign) {
	defer func() {
		if recover() != nil {
			signs = nil
		}
	}()
	return substance.Check(l, body, others, nil)
}

// signReply works out the signs of the reply that the case is given.
func (w *work) signReply(ctx context.Context, row *ReplyRow) (signed, error) {
	before := row.ID
	if before == 0 {
		before = math.MaxInt64
	}
	s := signed{keys: keysOf(row.Body)}
	others, err := likeReplies(ctx, w.Tx, s.keys, before, w.c.ID)
	if err != nil {
		return s, err
	}
	s.signs = signsOf(substance.Letter{Title: w.c.Title, Body: w.c.Body}, row.Body, others)
	return s, nil
}

// likeReplies are the latest replies to other cases that have a key in common, at most likeMost.
func likeReplies(ctx context.Context, db bun.IDB, keys []int64, before int64, not ID) ([]substance.Other, error) {
	var ids []int64
	for _, key := range keys {
		var some []int64
		err := db.NewRaw("SELECT reply_id FROM reply_keys WHERE key = ? AND reply_id < ? ORDER BY reply_id DESC LIMIT ?", key, before, likePerKey).Scan(ctx, &some)
		if err != nil {
			return nil, fmt.Errorf("look for replies alike: %w", err)
		}
		ids = append(ids, some...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[max(0, len(ids)-likeMost):]
	var rows []struct {
		ID                     int64
		Reply, Title, Question string
	}
	err := db.NewRaw(`SELECT r.id, r.body AS reply, c.title, c.body AS question FROM replies AS r JOIN cases AS c ON c.id = r.case_id
		WHERE r.id IN (?) AND r.case_id <> ? AND r.status IN (?, ?) ORDER BY r.id`, bun.List(ids), not, HandedIn, AnsweredReply).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read replies alike: %w", err)
	}
	others := make([]substance.Other, len(rows))
	for i, row := range rows {
		others[i] = substance.Other{ID: row.ID, Letter: substance.Letter{Title: row.Title, Body: row.Question}, Reply: row.Reply}
	}
	return others, nil
}

// keepSigns writes a reply's signs in place of those it had.
func keepSigns(ctx context.Context, tx bun.IDB, reply int64, s signed) error {
	if _, err := tx.NewDelete().Model((*signsRow)(nil)).Where("reply_id = ?", reply).Exec(ctx); err != nil {
		return fmt.Errorf("forget signs: %w", err)
	}
	if len(s.keys) > 0 {
		keys := make([]keyRow, len(s.keys))
		for i, key := range s.keys {
			keys[i] = keyRow{Key: key, ReplyID: reply}
		}
		// Keys of a wording that was mended stay: they lead to a reply that is then compared as it reads now.
		if _, err := tx.NewInsert().Model(&keys).On("CONFLICT (key, reply_id) DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("write keys of a reply: %w", err)
		}
	}
	if len(s.signs) == 0 {
		return nil
	}
	text, err := json.Marshal(s.signs)
	if err != nil {
		return fmt.Errorf("write signs: %w", err)
	}
	row := signsRow{ReplyID: reply, Signs: string(text), Hollow: s.hollow(), NearIdentical: s.nearIdentical()}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("write signs: %w", err)
	}
	return nil
}

// countSigns counts the signs of the reply that becomes the answer as conduct of its department. body is what it
// was when its signs were worked out: a mended wording is judged as it goes out.
func (w *work) countSigns(ctx context.Context, row *ReplyRow, body string) error {
	var hollow, nearIdentical bool
	if row.Signed == "" || row.Body != body { // handed in at a process of the version before; or mended
		s, err := w.signReply(ctx, row)
		if err != nil {
			return err
		}
		if err := keepSigns(ctx, w.Tx, row.ID, s); err != nil {
			return err
		}
		hollow, nearIdentical = s.hollow(), s.nearIdentical()
	} else {
		kept := new(signsRow)
		err := w.NewSelect().Model(kept).Where("s.reply_id = ?", row.ID).Scan(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read signs: %w", err)
		}
		hollow, nearIdentical = kept.Hollow, kept.NearIdentical
	}
	if hollow {
		w.counts(Hollow, row.DepartmentID)
	}
	if nearIdentical {
		w.counts(NearIdentical, row.DepartmentID)
	}
	return nil
}

// uncountSigns takes back what was counted of answers of the round that are void: no longer from now on, while a
// report as of before still counts it.
func uncountSigns(ctx context.Context, tx bun.IDB, id ID, round int64, upTo, now migrations.Instant) error {
	_, err := tx.NewUpdate().Model((*conductRow)(nil)).Set("withdrawn_at = ?", now).
		Where("case_id = ? AND round = ? AND kind IN (?, ?) AND at <= ? AND withdrawn_at IS NULL", id, round, Hollow, NearIdentical, upTo).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take back what was counted of an answer: %w", err)
	}
	return nil
}

// ReplySigns are the signs that a reply is none, for those who review it or supervise.
type ReplySigns struct {
	Hollow bool
	Signs  []substance.Sign // their spans are places in the reply's text as it stands
	Like   string           // the number of the case whose answer is most alike, "" if none
}

// Signs gives the signs of a case's replies by the reply's id. Only the office and supervision are given any: they
// are hints about the work of a department, not for the writer, and not for it.
func (d *Desk) Signs(ctx context.Context, a people.Actor, id ID) (map[int64]ReplySigns, error) {
	if !a.Is(people.Clerk) && !a.Is(people.Supervisor) {
		return nil, nil //nolint:nilnil // nothing to show is no error
	}
	var rows []signsRow
	err := d.db.Read.NewSelect().Model(&rows).Where("s.reply_id IN (SELECT id FROM replies WHERE case_id = ?)", id).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read signs: %w", err)
	}
	all := make(map[int64]ReplySigns, len(rows))
	for _, row := range rows {
		s := ReplySigns{Hollow: row.Hollow}
		if err := json.Unmarshal([]byte(row.Signs), &s.Signs); err != nil {
			return nil, fmt.Errorf("signs of reply %d: %w", row.ReplyID, err)
		}
		if i := slices.IndexFunc(s.Signs, func(one substance.Sign) bool { return one.Other != 0 }); i >= 0 {
			if s.Like, err = d.numberOfReply(ctx, s.Signs[i].Other); err != nil {
				return nil, err
			}
		}
		all[row.ReplyID] = s
	}
	return all, nil
}

func (d *Desk) numberOfReply(ctx context.Context, reply int64) (string, error) {
	c := new(Case)
	err := d.db.Read.NewSelect().Model(c).Column("id", "received_day").Where("c.id = (SELECT case_id FROM replies WHERE id = ?)", reply).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the case of a reply: %w", err)
	}
	return c.Number(), nil
}
