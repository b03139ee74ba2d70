package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Checkpoint is the head of the record's tree when it had so many leaves, as a signed note (C2SP tlog-checkpoint,
// signed-note). Whoever keeps one can tell later whether anything before it was changed.
type Checkpoint struct {
	Origin string // of which record, which is also the name of its keys
	Size   int64
	Root   tlog.Hash
	Note   string    // as it was signed
	At     time.Time // when it was made, as the database says; the signature does not cover it
}

// text is what is signed.
func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + c.Root.String() + "\n"
}

// checkpointRow is a checkpoint as stored.
type checkpointRow struct {
	bun.BaseModel `bun:"table:log_checkpoints"`

	Size int64 `bun:",pk"`
	Root []byte
	At   migrations.Instant
	Note string
}

// errIncomplete says that what is kept of the tree has holes.
var errIncomplete = errors.New("the record's tree is incomplete")

// numberBatch is how many events one transaction numbers, so that nobody waits long for the one writer of SQLite: a
// tenth of a second.
const numberBatch = 5000

// lockKey is that of the advisory lock on PostgreSQL under which leaves are numbered.
const lockKey = 0x6d61696c6c6f67 // "maillog"

// Number gives the events that have none yet their leaves, and signs the tree's new head; it says how many events it
// numbered. It may run anywhere, any number of times, at once: whoever comes second waits for the first and goes on
// from there. Cut off, it leaves whole checkpoints.
//
// Errors: conflict when the leaves are not those of the last checkpoint, so that signing would cover a change up.
func Number(ctx context.Context, db *migrations.DB, signer note.Signer, now time.Time) (numbered int, err error) {
	for {
		n := 0
		err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			n, err = numberSome(ctx, tx, db.Dialect(), signer, now)
			return err
		})
		if err != nil {
			return numbered, fmt.Errorf("checkpoint: %w", err)
		}
		if numbered += n; n < numberBatch {
			return numbered, nil
		}
	}
}

func numberSome(ctx context.Context, tx bun.Tx, dialect migrations.Dialect, signer note.Signer, now time.Time) (int, error) {
	if dialect == migrations.PostgreSQL {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(lockKey)); err != nil {
			return 0, err
		}
	}
	last, err := Newest(ctx, tx)
	if err != nil {
		return 0, err
	}
	var leaves int64
	if err := tx.NewRaw("SELECT COALESCE(MAX(leaf) + 1, 0) FROM log_leaves").Scan(ctx, &leaves); err != nil {
		return 0, err
	}
	if leaves != last.Size {
		return 0, errs.Conflict("the record has %[1]d leaves and its last checkpoint %[2]d: it was changed from outside; run: mailbox verify log",
			"记录有 %[1]d 个叶节点，而最后一个检查点为 %[2]d 个：记录曾被外部改动，请运行 mailbox verify log", leaves, last.Size)
	}
	var rows []leafRow
	err = tx.NewRaw("SELECT e.case_id, e.seq, e.hash FROM log_pending AS p JOIN events AS e ON e.case_id = p.case_id AND e.seq = p.seq"+
		" ORDER BY p.case_id, p.seq LIMIT ?", numberBatch).Scan(ctx, &rows)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	fresh := make([]tlog.Hash, len(rows))
	for i := range rows {
		r := &rows[i]
		fresh[i] = LeafHash(r.CaseID, r.Seq, r.Hash)
		r.Leaf, r.Hash = last.Size+int64(i), fresh[i][:]
	}
	subtrees, err := grow(ctx, tx, last.Size, fresh)
	if err != nil {
		return 0, err
	}
	if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return 0, err
	}
	if len(subtrees) > 0 {
		if _, err := tx.NewInsert().Model(&subtrees).Exec(ctx); err != nil {
			return 0, err
		}
	}
	return len(rows), sign(ctx, tx, signer, last.Size+int64(len(rows)), now)
}

// sign signs the head of the tree of so many leaves and keeps it.
func sign(ctx context.Context, tx bun.Tx, signer note.Signer, size int64, now time.Time) error {
	root, err := RootOf(ctx, tx, size)
	if err != nil {
		return err
	}
	c := Checkpoint{Origin: signer.Name(), Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: c.text()}, signer)
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&checkpointRow{Size: size, Root: root[:], At: migrations.At(now), Note: string(signed)}).Exec(ctx)
	return err
}

// Newest reads the newest checkpoint as it is stored; one of size 0 when there is none yet.
func Newest(ctx context.Context, db bun.IDB) (Checkpoint, error) {
	var row checkpointRow
	err := db.NewSelect().Model(&row).Order("size DESC").Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read the newest checkpoint: %w", err)
	}
	c := Checkpoint{Size: row.Size, Note: row.Note, At: row.At.Time}
	copy(c.Root[:], row.Root)
	c.Origin, _, _ = strings.Cut(row.Note, "\n")
	return c, nil
}

// MaxCheckpoints is the largest text that ParseCheckpoints looks at, in bytes: ten years of hourly checkpoints.
const MaxCheckpoints = 32 << 20

// ParseCheckpoints reads checkpoints that were kept elsewhere, one after another, and verifies their signatures. What
// mail programs and editors do on their own (ends of lines, blanks at the ends of lines, empty lines around) is taken back.
//
// Errors: limited when the text is too large; invalid when there is none in it, or one that is forged, changed or of
// another record.
func ParseCheckpoints(data []byte, keys note.Verifiers) ([]Checkpoint, error) {
	if len(data) > MaxCheckpoints {
		return nil, errs.Limited("this is too large for checkpoints: %d MB", "文件有 %d MB，过大，不是检查点", len(data)>>20)
	}
	var all []Checkpoint
	for _, text := range splitNotes(data) {
		c, err := parseCheckpoint(text, keys)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if len(all) == 0 {
		return nil, errs.Invalid("", "there is no checkpoint in it", "其中没有检查点")
	}
	return all, nil
}

// signatureLine begins each line under a note.
const signatureLine = "— "

// splitNotes takes notes that follow each other apart. A note ends with its last signature.
func splitNotes(data []byte) []string {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	var notes []string
	var b strings.Builder
	signed := false
	end := func() {
		if text := strings.TrimLeft(b.String(), "\n"); text != "" {
			notes = append(notes, text)
		}
		b.Reset()
		signed = false
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, " \t\r\n")
		is := strings.HasPrefix(line, signatureLine)
		if signed && !is {
			end()
		}
		signed = is
		b.WriteString(line + "\n")
	}
	end()
	return notes
}

func parseCheckpoint(text string, keys note.Verifiers) (Checkpoint, error) {
	n, err := note.Open([]byte(text), keys)
	if err != nil {
		if _, unknown := errors.AsType[*note.UnverifiedNoteError](err); unknown {
			return Checkpoint{}, errs.Invalid("", "this checkpoint was signed with a key that is not this record's: it is of another mailbox, or forged",
				"该检查点不是用本记录的密钥签名的：它来自其他信箱，或系伪造")
		}
		if _, wrong := errors.AsType[*note.InvalidSignatureError](err); wrong {
			return Checkpoint{}, errs.Invalid("", "this checkpoint was changed after it was signed: its signature does not fit",
				"该检查点在签名之后被改动过：签名不符")
		}
		return Checkpoint{}, noCheckpoint().Because(err)
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(lines) != 3 {
		return Checkpoint{}, noCheckpoint()
	}
	c := Checkpoint{Origin: lines[0], Note: text}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return Checkpoint{}, noCheckpoint().Because(err)
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return Checkpoint{}, noCheckpoint().Because(err)
	}
	if c.Size < 1 || c.text() != n.Text || !signedBy(n, c.Origin) {
		return Checkpoint{}, noCheckpoint()
	}
	return c, nil
}

// signedBy tells whether the record itself is among those who signed, and not only somebody else whom we know.
func signedBy(n *note.Note, origin string) bool {
	for _, s := range n.Sigs {
		if s.Name == origin {
			return true
		}
	}
	return false
}

func noCheckpoint() *errs.Error {
	return errs.Invalid("", "this is not a checkpoint of the record as mailbox checkpoint prints it",
		"这不是 mailbox checkpoint 输出的检查点")
}
