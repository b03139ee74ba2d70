package ledger_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// keys makes a signer and what verifies it.
func keys(tb testing.TB, name string) (note.Signer, note.Verifiers) {
	tb.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		tb.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		tb.Fatal(err)
	}
	return signer, note.VerifierList(verifier)
}

// log is a record of made up events, with a copy of it in memory that tlog itself keeps.
type log struct {
	testing.TB
	db     *migrations.DB
	signer note.Signer
	known  note.Verifiers
	next   int64 // case
}

func newLog(tb testing.TB, db *migrations.DB) *log {
	tb.Helper()
	l := &log{TB: tb, db: db}
	l.signer, l.known = keys(tb, "log/test")
	err := db.InTx(tb.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO policies (version, body, created_at) VALUES (1, '{}', 0)")
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// write adds so many cases with an event each, in one transaction.
func (l *log) write(n int) {
	l.Helper()
	err := l.db.InTx(l.Context(), func(ctx context.Context, tx bun.Tx) error { return l.writeIn(ctx, tx, n) })
	if err != nil {
		l.Fatal(err)
	}
}

func (l *log) writeIn(ctx context.Context, tx bun.Tx, n int) error {
	if n == 0 {
		return nil
	}
	events := make([]ledger.Event, n)
	var rows strings.Builder
	for i := range events {
		l.next++
		e := &events[i]
		e.CaseID, e.Seq, e.Actor, e.Verb, e.Detail = l.next, 1, "writer", "submit", "{}"
		e.At = migrations.At(time.Unix(l.next, 0))
		e.RecordedAt = e.At
		if err := e.Seal(nil); err != nil {
			return err
		}
		if i > 0 {
			rows.WriteByte(',')
		}
		fmt.Fprintf(&rows, "(%d, '', 'help', '', '', %s, 'received', 1, %s, 1, 0, '', 0)", l.next, "''", "''")
	}
	insert := "INSERT INTO cases (id, channel, kind, title, body, salt, state, version, head_hash, policy_version, received_at, received_day, changed_at) VALUES "
	if _, err := tx.ExecContext(ctx, insert+rows.String()); err != nil {
		return err
	}
	return ledger.Append(ctx, tx, events)
}

func (l *log) number() int {
	l.Helper()
	n, err := ledger.Number(l.Context(), l.db, l.signer, time.Unix(1_800_000_000, 0))
	if err != nil {
		l.Fatal(err)
	}
	return n
}

// check goes through the tree and gives what was found.
func (l *log) check(since int64, kept ...ledger.Checkpoint) (found []string) {
	l.Helper()
	_, err := ledger.CheckTree(l.Context(), l.db.Read, l.known, since, kept, func(f ledger.Finding) {
		found = append(found, fmt.Sprintf("case %d event %d: %s", f.Case, f.Seq, f.What.In(errs.EN)))
	}, nil)
	if err != nil {
		l.Fatal(err)
	}
	return found
}

// leaves reads the hashes of all leaves in order.
func (l *log) leaves() []tlog.Hash {
	l.Helper()
	var rows [][]byte
	if err := l.db.Read.NewRaw("SELECT hash FROM log_leaves ORDER BY leaf").Scan(l.Context(), &rows); err != nil {
		l.Fatal(err)
	}
	all := make([]tlog.Hash, len(rows))
	for i := range rows {
		copy(all[i][:], rows[i])
	}
	return all
}

// TestLongTheTreeIsThatOfTheStandard: whatever the batches, root and proofs are those that tlog works out by itself from all
// hashes, and it accepts them.
func TestLongTheTreeIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		l := newLog(t, db)
		var sizes []int64
		total := int64(0)
		for _, n := range []int{1, 1, 3, 250, 1, 1, 255, 700, 60_000 - 1212, 6000} {
			if testing.Short() && n > 5000 {
				continue
			}
			l.write(n)
			if got := l.number(); got != n {
				t.Fatalf("numbered %d of %d", got, n)
			}
			total += int64(n)
			sizes = append(sizes, total)
		}
		var stored []tlog.Hash
		reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
			var all []tlog.Hash
			for _, i := range indexes {
				all = append(all, stored[i])
			}
			return all, nil
		})
		for i, leaf := range l.leaves() {
			more, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		ctx := t.Context()
		for i, size := range sizes {
			want, err := tlog.TreeHash(size, reader)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := ledger.RootOf(ctx, db.Read, size); err != nil || got != want {
				t.Fatalf("root of %d: %v, want %v (%v)", size, got, want, err)
			}
			for _, id := range []int64{1, size/2 + 1, size} {
				p, err := ledger.ProveEvent(ctx, db.Read, id, 1, size)
				if err != nil {
					t.Fatal(err)
				}
				if err := tlog.CheckRecord(p.Hashes, size, want, p.Leaf, p.Hash); err != nil {
					t.Errorf("case %d in %d: %v", id, size, err)
				}
			}
			if i == 0 {
				continue
			}
			was, err := tlog.TreeHash(sizes[i-1], reader)
			if err != nil {
				t.Fatal(err)
			}
			p, err := ledger.ProveGrowth(ctx, db.Read, sizes[i-1], size)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(p, size, want, sizes[i-1], was); err != nil {
				t.Errorf("%d to %d: %v", sizes[i-1], size, err)
			}
		}
		for _, since := range []int64{0, 1, 256, 511, sizes[len(sizes)-2]} {
			if found := l.check(since); len(found) > 0 {
				t.Errorf("since %d: %v", since, found)
			}
		}
	})
}

// TestALateCommitIsInTheNextCheckpoint: a transaction that was begun earlier and commits later, with lower numbers, is
// not passed over.
func TestALateCommitIsInTheNextCheckpoint(t *testing.T) {
	t.Parallel()
	db := testdb.PostgreSQL(t) // SQLite has one writer, so nothing commits late
	l := newLog(t, db)
	rapid.Check(t, func(rt *rapid.T) {
		early, between, late := rapid.IntRange(0, 5).Draw(rt, "early"), rapid.IntRange(0, 5).Draw(rt, "between"), rapid.IntRange(1, 5).Draw(rt, "late")
		l.write(early)
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if err := l.writeIn(ctx, tx, late); err != nil {
				return err
			}
			l.write(between)
			if n := l.number(); n != early+between {
				rt.Fatalf("numbered %d before the late commit, want %d", n, early+between)
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		if n := l.number(); n != late {
			rt.Fatalf("numbered %d after the late commit, want %d", n, late)
		}
	})
	if found := l.check(0); len(found) > 0 {
		t.Error(found)
	}
}

// failing signs nothing: as if the process were killed at the last moment of the transaction.
type failing struct{ note.Signer }

var errKilled = errors.New("killed")

func (failing) Sign([]byte) ([]byte, error) { return nil, errKilled }

func TestACheckpointThatIsCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		l := newLog(t, db)
		l.write(300)
		if _, err := ledger.Number(t.Context(), db, failing{l.signer}, time.Unix(1, 0)); !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		if n := len(l.leaves()); n != 0 {
			t.Errorf("%d leaves without a checkpoint", n)
		}
		if n := l.number(); n != 300 {
			t.Errorf("the next numbered %d", n)
		}
		if found := l.check(0); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestACheckpointNeverCoversAChangeUp(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		l := newLog(t, db)
		l.write(3)
		l.number()
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO log_leaves (leaf, case_id, seq, hash) SELECT 3, case_id, seq + 1, hash FROM log_leaves WHERE leaf = 0")
			return err
		})
		if err == nil {
			t.Fatal("a leaf without an event was taken")
		}
		for _, statement := range []string{
			"UPDATE log_leaves SET leaf = leaf + 10", "DELETE FROM log_leaves", "UPDATE log_checkpoints SET size = size + 1", "DELETE FROM log_checkpoints",
			"UPDATE events SET detail = ''", "DELETE FROM events",
		} {
			err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "only ever added") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func checkpoints(tb testing.TB) ([]byte, note.Verifiers) {
	tb.Helper()
	signer, known := keys(tb, "mailbox-log/0123456789abcdef")
	var all []byte
	for i := range 3 {
		hash := tlog.RecordHash([]byte{byte(i)})
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), i+1, hash)}, signer)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, signed...)
	}
	return all, known
}

func TestCheckpointsThatWereKeptAreReadAgain(t *testing.T) {
	t.Parallel()
	all, known := checkpoints(t)
	for name, text := range map[string]string{
		"as they are":      string(all),
		"as Windows has":   "\uFEFF" + strings.ReplaceAll(string(all), "\n", "\r\n"),
		"blanks between":   strings.ReplaceAll(string(all), "\nmailbox-log", "\n\n\nmailbox-log"),
		"no end of a line": strings.TrimSpace(string(all)),
	} {
		got, err := ledger.ParseCheckpoints([]byte(text), known)
		if err != nil || len(got) != 3 || got[2].Size != 3 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":           "",
		"another text":      "hello\n",
		"without signature": "mailbox-log/0123456789abcdef\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
		"another size":      strings.Replace(string(all), "\n2\n", "\n7\n", 1),
		"cut off":           string(all[:len(all)-30]),
	} {
		if got, err := ledger.ParseCheckpoints([]byte(text), known); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// FuzzParseCheckpoints: whatever stands in the file, only what was signed is believed.
func FuzzParseCheckpoints(f *testing.F) {
	all, known := checkpoints(f)
	f.Add(all)
	f.Add(all[:len(all)/3])
	f.Add([]byte("— mailbox-log/0123456789abcdef AAAA\n"))
	f.Add([]byte("\uFEFF\r\n\n1\n\n— \n"))
	signed := map[int64]tlog.Hash{}
	for i := range 3 {
		signed[int64(i)+1] = tlog.RecordHash([]byte{byte(i)})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ledger.ParseCheckpoints(data, known)
		if err != nil && errs.CodeOf(err) == errs.CodeInternal {
			t.Errorf("not in words for people: %v", err)
		}
		for _, c := range got {
			if signed[c.Size] != c.Root {
				t.Errorf("nobody has signed %+v", c)
			}
		}
	})
}

// BenchmarkNumber gives 10,000 new events their leaves in a record of a million (MAILBOX_BENCH_CASES).
func BenchmarkNumber(b *testing.B) {
	for _, one := range []struct {
		name string
		open func(testing.TB) *migrations.DB
	}{{"sqlite", testdb.SQLite}, {"postgresql", testdb.PostgreSQL}} {
		b.Run(one.name, func(b *testing.B) {
			db := one.open(b)
			l := newLog(b, db)
			fill := func() {
				for range benchLeaves() / 20_000 {
					l.write(20_000)
				}
				l.number()
			}
			if err := db.WithoutSync(b.Context(), func() error { fill(); return nil }); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				b.StopTimer()
				l.write(10_000)
				b.StartTimer()
				if n := l.number(); n != 10_000 {
					b.Fatal(n)
				}
			}
			b.StopTimer()
			began := time.Now()
			if found := l.check(0); len(found) > 0 {
				b.Fatal(found)
			}
			b.ReportMetric(float64(l.next)/time.Since(began).Seconds(), "checked-leaves/s")
		})
	}
}

func benchLeaves() int {
	if n, err := strconv.Atoi(os.Getenv("MAILBOX_BENCH_CASES")); err == nil {
		return n
	}
	return 200_000
}
