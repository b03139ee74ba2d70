package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// monday is an instant like any other; nothing here asks the machine for the time.
var monday = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// bureau is the id of the department all notices of these tests go to.
const bureau = 1

// withBureau adds the department, which the table of notices refers to.
func withBureau(t testing.TB, db *migrations.DB) *migrations.DB {
	t.Helper()
	inTx(t, db, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO departments (id, code, name, created_at) VALUES (1, 'cg', '城市管理局', 0)")
		return err
	})
	return db
}

func inTx(t testing.TB, db *migrations.DB, do func(ctx context.Context, tx bun.Tx) error) {
	t.Helper()
	if err := db.InTx(t.Context(), do); err != nil {
		t.Fatal(err)
	}
}

func news(key string) Notice {
	return Notice{
		Key: key, Medium: Email, To: Recipient{Department: bureau}, Kind: "routed", Language: "zh",
		Subject: "新转办件", Text: "请签收。", HTML: "<p>请签收。</p>",
	}
}

func write(t testing.TB, db *migrations.DB, now time.Time, notices ...Notice) []int64 {
	t.Helper()
	var ids []int64
	inTx(t, db, func(ctx context.Context, tx bun.Tx) (err error) {
		ids, err = Write(ctx, tx, now, notices...)
		return err
	})
	return ids
}

func readRow(t *testing.T, db *migrations.DB, id int64) row {
	t.Helper()
	var r row
	if err := db.Read.NewSelect().Model(&r).Where("id = ?", id).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func count(t *testing.T, db *migrations.DB) int {
	t.Helper()
	n, err := db.Read.NewSelect().Model((*row)(nil)).Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

func TestAKeyThatIsThereIsNotWrittenAgain(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		withBureau(t, db)
		first := write(t, db, monday, news("a"))
		if len(first) != 1 {
			t.Fatalf("wrote %v", first)
		}
		second := write(t, db, monday.Add(time.Hour), news("a"), news("b"), news("b"), news("c"))
		if len(second) != 2 || slices.Contains(second, first[0]) || !slices.IsSorted(second) {
			t.Errorf("the second time %v were written, after %v", second, first)
		}
		if n := count(t, db); n != 3 {
			t.Errorf("%d rows", n)
		}
		if again := write(t, db, monday, news("a"), news("c")); len(again) != 0 {
			t.Errorf("the third time %v were written", again)
		}
		if none := write(t, db, monday); len(none) != 0 {
			t.Errorf("nothing written gave %v", none)
		}
	})
}

func TestARowHoldsTheNoticeAndNoAddress(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		withBureau(t, db)
		n := news("a")
		n.Subject, n.Text = "一\x00二", "坏\xff字节"
		id := write(t, db, monday.Add(900*time.Millisecond), n)[0]
		got := readRow(t, db, id)
		want := row{
			ID: id, DedupeKey: "a", MessageID: got.MessageID, Medium: Email, DepartmentID: bureau, Kind: "routed", Language: "zh",
			Subject: "一二", Body: "坏\uFFFD字节", HTML: n.HTML, State: statePending,
			NextAt: migrations.At(monday), CreatedAt: migrations.At(monday),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if !plainMessageID.MatchString(got.MessageID + "@mailbox.example.org") {
			t.Errorf("Message-ID %q", got.MessageID)
		}
	})
}

func TestNoticesAreWrittenWithTheVerbOrNotAtAll(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		withBureau(t, db)
		broken := errors.New("the verb failed later")
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := Write(ctx, tx, monday, news("a")); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d notices of a step that never happened", n)
		}
	})
}

func TestManyNoticesAreWrittenInFewStatements(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		withBureau(t, db)
		many := make([]Notice, 2*rowsPerInsert+1)
		for i := range many {
			many[i] = news(fmt.Sprint("n", i))
		}
		ids := write(t, db, monday, many...)
		if len(ids) != len(many) || count(t, db) != len(many) {
			t.Errorf("%d ids, %d rows", len(ids), count(t, db))
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(many) {
			t.Error("ids come twice")
		}
	})
}

func TestMalformedNoticesAreRefusedByName(t *testing.T) {
	t.Parallel()
	db := withBureau(t, testdb.SQLite(t))
	tests := map[string]func(*Notice){
		"key":         func(n *Notice) { n.Key = "" },
		"UTF-8":       func(n *Notice) { n.Key = "a\x00" },
		"medium":      func(n *Notice) { n.Medium = "fax" },
		"0 recipient": func(n *Notice) { n.To = Recipient{} },
		"2 recipient": func(n *Notice) { n.To.Account = 1 },
		"negative":    func(n *Notice) { n.To.Account = -1 },
		"language":    func(n *Notice) { n.Language = "de" },
		"kind":        func(n *Notice) { n.Kind = "" },
		"text":        func(n *Notice) { n.Text = " \n" },
	}
	for says, spoil := range tests {
		n := news("a")
		spoil(&n)
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := Write(ctx, tx, monday, news("good"), n)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want …%s…", err, says)
		}
	}
	if n := count(t, db); n != 0 {
		t.Errorf("%d rows", n)
	}
}

func BenchmarkWrite(b *testing.B) {
	eachBench(b, func(b *testing.B, db *migrations.DB) {
		many := make([]Notice, rowsPerInsert)
		for i := 0; b.Loop(); i++ {
			for j := range many {
				many[j] = news(fmt.Sprint(i, "-", j))
			}
			write(b, db, monday, many...)
		}
		b.ReportMetric(float64(b.N*len(many))/b.Elapsed().Seconds(), "notices/s")
	})
}

// BenchmarkDeliver is what the outbox costs beside the sending itself: the claim and the mark.
func BenchmarkDeliver(b *testing.B) {
	eachBench(b, func(b *testing.B, db *migrations.DB) {
		o := newOffice(b, db, func(c *DeliveryConfig) { c.Log = slog.New(slog.DiscardHandler) })
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			id := write(b, db, monday, news(strconv.Itoa(i)))[0]
			b.StartTimer()
			if err := o.Deliver(b.Context(), id); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func eachBench(b *testing.B, run func(b *testing.B, db *migrations.DB)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { run(b, withBureau(b, testdb.SQLite(b))) })
	b.Run("postgresql", func(b *testing.B) { run(b, withBureau(b, testdb.PostgreSQL(b))) })
}
