// Package ledger is the record of who did what when: events that are only ever added, each case's
// chained by hash.
//
// An event holds what figures depend on in the clear. Personal text (a reason, an instruction, a
// comment) stands beside it and enters the chain only as a salted digest, so that it can be erased
// one day and the chain still proves that nothing else was changed. [Append] writes, [Verify] checks one case.
//
// The events of all cases are one Merkle tree besides (tree.go). From the transaction that writes it an event waits for
// its leaf; [Number] gives leaves to all that wait, under one lock, and signs the tree's head, a [Checkpoint]
// (checkpoint.go). Whoever keeps checkpoints elsewhere can tell whether anything before them was changed, even by somebody
// who has the database and the keys. [CheckTree] and [Read] (check.go) are for going through all of it again.
package ledger

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Event is one thing that happened to a case.
type Event struct {
	bun.BaseModel `bun:"table:events,alias:e"`

	CaseID       int64              `bun:",pk"`
	Seq          int64              `bun:",pk"` // 1, 2, 3 … within the case
	At           migrations.Instant // when it took effect
	RecordedAt   migrations.Instant // when it was written; later than At only for imports
	Actor        string             // the role: writer, clerk, …, system
	AccountID    int64              `bun:",nullzero"`
	DepartmentID int64              `bun:",nullzero"` // for which the actor acted
	Verb         string
	Detail       string // JSON object with sorted keys; never personal
	TextDigest   []byte `bun:",nullzero"`
	PrevHash     []byte
	Hash         []byte

	Text string `bun:"-"` // personal text; stored apart
	salt []byte
}

// Text is the erasable text of an event.
type Text struct {
	bun.BaseModel `bun:"table:event_texts,alias:x"`

	CaseID int64 `bun:",pk"`
	Seq    int64 `bun:",pk"`
	Salt   []byte
	Body   string
}

// Detail makes the canonical JSON of an event's values: keys sorted, no HTML escapes.
func Detail(values map[string]any) (string, error) {
	if len(values) == 0 {
		return "{}", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // encoding/json sorts the keys of maps
	enc.SetEscapeHTML(false)
	if err := enc.Encode(values); err != nil {
		return "", fmt.Errorf("event detail: %w", err)
	}
	return string(bytes.TrimSpace(b.Bytes())), nil
}

// Digest is the salted digest under which personal text enters the chain.
func Digest(salt []byte, text string) []byte {
	h := hmac.New(sha256.New, salt)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// NewSalt makes sixteen random bytes.
func NewSalt() ([]byte, error) {
	salt := make([]byte, 16)
	_, err := rand.Read(salt)
	return salt, err
}

// Seal finishes the event: it digests the text and computes the hash over everything and the hash before.
func (e *Event) Seal(prev []byte) error {
	if e.Text != "" {
		salt, err := NewSalt()
		if err != nil {
			return err
		}
		e.salt, e.TextDigest = salt, Digest(salt, e.Text)
	}
	e.PrevHash = prev
	if e.PrevHash == nil {
		e.PrevHash = []byte{}
	}
	e.Hash = e.compute()
	return nil
}

// compute is SHA-256 over every column, each with its length before it, so that no two events can be
// written the same way.
func (e *Event) compute() []byte {
	h := sha256.New()
	number(h, e.CaseID, e.Seq, e.At.Unix(), e.RecordedAt.Unix(), e.AccountID, e.DepartmentID)
	text(h, []byte(e.Actor), []byte(e.Verb), []byte(e.Detail), e.TextDigest, e.PrevHash)
	return h.Sum(nil)
}

func number(h hash.Hash, values ...int64) {
	var b [8]byte
	for _, v := range values {
		binary.BigEndian.PutUint64(b[:], uint64(v))
		h.Write(b[:])
	}
}

func text(h hash.Hash, values ...[]byte) {
	for _, v := range values {
		number(h, int64(len(v)))
		h.Write(v)
	}
}

// Append writes sealed events, with their texts, in as few statements as possible.
func Append(ctx context.Context, tx bun.IDB, events []Event) error {
	if len(events) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&events).Exec(ctx); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	var texts []Text
	for i := range events {
		if e := &events[i]; e.Text != "" {
			texts = append(texts, Text{CaseID: e.CaseID, Seq: e.Seq, Salt: e.salt, Body: e.Text})
		}
	}
	if len(texts) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&texts).Exec(ctx); err != nil {
		return fmt.Errorf("write texts of events: %w", err)
	}
	return nil
}

// Of reads the events of a case in order, with their texts.
func Of(ctx context.Context, db bun.IDB, caseID int64) ([]Event, error) {
	var events []Event
	if err := db.NewSelect().Model(&events).Where("e.case_id = ?", caseID).Order("e.seq").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	var texts []Text
	if err := db.NewSelect().Model(&texts).Where("x.case_id = ?", caseID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read texts of events: %w", err)
	}
	for _, t := range texts {
		if i := int(t.Seq) - 1; i >= 0 && i < len(events) && events[i].Seq == t.Seq {
			events[i].Text, events[i].salt = t.Body, t.Salt
		}
	}
	return events, nil
}

// Verify checks the chain of one case as Of returned it, up to head, the hash kept with the case. It
// returns the first event that does not fit, and why; nil when all is as it was written.
func Verify(events []Event, head []byte) (seq int64, why *errs.Error) {
	prev := []byte{}
	for i := range events {
		e := &events[i]
		switch {
		case e.Seq != int64(i)+1:
			return e.Seq, errs.Conflict("event %[1]d is missing", "缺少第 %[1]d 条事件", i+1)
		case !bytes.Equal(e.PrevHash, prev):
			return e.Seq, errs.Conflict("it does not follow from the event before", "与前一条事件不相衔接")
		case !bytes.Equal(e.Hash, e.compute()):
			return e.Seq, errs.Conflict("its values were changed", "其内容被改动过")
		case e.Text != "" && !bytes.Equal(e.TextDigest, Digest(e.salt, e.Text)):
			return e.Seq, errs.Conflict("its text was changed", "其文字被改动过")
		}
		prev = e.Hash
	}
	if !bytes.Equal(prev, head) {
		return int64(len(events)), errs.Conflict("events at the end are missing, or were added", "末尾的事件缺失或系添加")
	}
	return 0, nil
}
