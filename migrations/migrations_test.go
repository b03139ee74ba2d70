package migrations_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestUpDownUpLeavesACurrentSchema(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		if err := db.Current(ctx); err != nil {
			t.Fatalf("after up: %v", err)
		}
		if undone, err := db.Down(ctx); err != nil || len(undone) == 0 {
			t.Fatalf("down undid %v, %v", undone, err)
		}
		if err := db.Current(ctx); err == nil {
			t.Fatal("after down the schema still counts as current")
		}
		if applied, err := db.Up(ctx); err != nil || len(applied) == 0 {
			t.Fatalf("up applied %v, %v", applied, err)
		}
		if err := db.Current(ctx); err != nil {
			t.Fatalf("after up again: %v", err)
		}
	})
}

func TestADatabaseOfANewerProgramIsRefused(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO bun_migrations (name, group_id) VALUES ('29991231000000', 9)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Up(ctx); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("up: got %v, want ErrNewer", err)
		}
		if err := db.Current(ctx); !errors.Is(err, migrations.ErrNewer) {
			t.Errorf("current: got %v, want ErrNewer", err)
		}
	})
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(*testing.T) (string, string){
		"sqlite":     func(t *testing.T) (string, string) { t.Helper(); return "", t.TempDir() },
		"postgresql": func(t *testing.T) (string, string) { t.Helper(); return testdb.EmptyPostgreSQL(t), "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, dir := address(t)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					db, err := migrations.Open(t.Context(), url, dir)
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close() //nolint:errcheck // only read from here on
					if _, err := db.Up(t.Context()); err != nil {
						t.Error(err)
					}
					if err := db.Current(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestEventsAreOnlyEverAdded(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		insert := []string{
			"INSERT INTO policies (version, body, created_at) VALUES (1, '{}', 0)",
			`INSERT INTO cases (id, channel, kind, title, body, salt, state, version, head_hash, policy_version, received_at, received_day, changed_at)
			 VALUES (1, 'mailbox', 'help', 't', 'b', '', 'received', 1, '', 1, 0, '1970-01-01', 0)`,
			"INSERT INTO events (case_id, seq, at, recorded_at, actor, verb, prev_hash, hash) VALUES (1, 1, 0, 0, 'writer', 'submit', '', '')",
		}
		exec := func(statement string) error {
			return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
		}
		for _, statement := range insert {
			if err := exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		for _, statement := range []string{"UPDATE events SET verb = 'answer'", "DELETE FROM events"} {
			if err := exec(statement); err == nil {
				t.Errorf("%s went through", statement)
			}
		}
	})
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		broken := errors.New("broken")
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ('zone', 'x')"); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		n, err := db.Read.NewSelect().Table("settings").Count(t.Context())
		if err != nil || n != 0 {
			t.Fatalf("%d rows left, %v", n, err)
		}
	})
}

func TestInstantsKeepWholeSecondsAndNone(t *testing.T) {
	t.Parallel()
	type row struct {
		bun.BaseModel `bun:"table:sessions"`
		Token         string
		Data          []byte
		ExpiresAt     migrations.Instant
	}
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		at := time.Date(2026, 2, 14, 23, 59, 59, 987654321, time.FixedZone("CST", 8*3600))
		in := row{Token: "a", Data: []byte{0, 1}, ExpiresAt: migrations.At(at)}
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&in).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var out row
		if err := db.Read.NewSelect().Model(&out).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := "2026-02-14T15:59:59Z"; out.ExpiresAt.Format(time.RFC3339Nano) != want {
			t.Errorf("got %v, want %s", out.ExpiresAt, want)
		}
	})
}

func TestOpeningWhatCannotBeADatabaseSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, migrations.SQLiteFile), []byte("this is no database, it is a letter, a long one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if db, err := migrations.Open(t.Context(), "", dir); err == nil {
		_ = db.Close()
		t.Error("a text file was opened as a database")
	}
	if _, err := migrations.Open(t.Context(), "mysql://x", ""); err == nil {
		t.Error("mysql:// was accepted")
	}
	if _, err := migrations.Open(t.Context(), "postgres://u:geheim@127.0.0.1:1/x?connect_timeout=2", ""); err == nil {
		t.Error("a server that is not there was opened")
	}
}

func TestARelativeDataDirectoryWithOddNamesIsOpened(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"data", "./data", "a b", "50% done?#", "数据"} {
		db, err := migrations.Open(t.Context(), "", dir)
		if err != nil {
			t.Errorf("%q: %v", dir, err)
			continue
		}
		if _, err := db.Up(t.Context()); err != nil {
			t.Errorf("%q: %v", dir, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, migrations.SQLiteFile)); err != nil {
			t.Errorf("%q: the database is elsewhere: %v", dir, err)
		}
	}
}
