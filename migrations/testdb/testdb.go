// Package testdb gives tests a real, migrated, empty database of their own.
//
// SQLite always; PostgreSQL when MAILBOX_TEST_POSTGRES_URL names a server on which databases may be
// created (make test starts one).
package testdb

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"mailbox/migrations"
)

// PostgresURL is the environment variable that names the PostgreSQL server for tests.
const PostgresURL = "MAILBOX_TEST_POSTGRES_URL"

// Each runs the same test on every database there is.
func Each(t *testing.T, run func(t *testing.T, db *migrations.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, SQLite(t))
	})
	t.Run("postgresql", func(t *testing.T) {
		t.Parallel()
		run(t, PostgreSQL(t))
	})
}

// template is a migrated SQLite file that is copied for each test: copying is a hundred times faster.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mailbox-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	ctx := context.Background()
	db, err := migrations.Open(ctx, "", dir)
	if err != nil {
		return nil, err
	}
	if _, err := db.Up(ctx); err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, migrations.SQLiteFile))
})

// SQLite opens an empty migrated SQLite database in a temporary directory.
func SQLite(tb testing.TB) *migrations.DB {
	tb.Helper()
	data, err := template()
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	if err := os.WriteFile(filepath.Join(dir, migrations.SQLiteFile), data, 0o600); err != nil {
		tb.Fatal(err)
	}
	db, err := migrations.Open(tb.Context(), "", dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// EmptyPostgreSQL creates a database without any table and returns its address; it is dropped when
// the test ends. The test is skipped when no server is named.
func EmptyPostgreSQL(tb testing.TB) string {
	tb.Helper()
	return createDatabase(tb, "template0")
}

// PostgreSQL opens an empty migrated PostgreSQL database; the test is skipped when no server is named.
func PostgreSQL(tb testing.TB) *migrations.DB {
	tb.Helper()
	return open(tb, createDatabase(tb, migratedTemplate(tb)))
}

func open(tb testing.TB, address string) *migrations.DB {
	tb.Helper()
	db, err := migrations.Open(tb.Context(), address, "")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func server(tb testing.TB) string {
	tb.Helper()
	address := os.Getenv(PostgresURL)
	if address == "" {
		tb.Skip("no PostgreSQL for tests: set " + PostgresURL + " or run make test")
	}
	return address
}

var (
	templateOnce sync.Once
	templateName string
)

// migratedTemplate makes one migrated database per test process, which the others are copied from.
// It is left behind for the server, which lives as long as the test run.
func migratedTemplate(tb testing.TB) string {
	tb.Helper()
	address := server(tb)
	templateOnce.Do(func() {
		name := "tpl_" + randomName()
		admin(tb, address, "CREATE DATABASE "+name)
		db, err := migrations.Open(context.Background(), with(tb, address, name), "")
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := db.Up(context.Background()); err != nil {
			tb.Fatal(err)
		}
		if err := db.Close(); err != nil {
			tb.Fatal(err)
		}
		templateName = name
	})
	if templateName == "" {
		tb.Fatal("the template database could not be made")
	}
	return templateName
}

// copying serialises CREATE DATABASE: a template can be copied by one session at a time.
var copying sync.Mutex

func createDatabase(tb testing.TB, from string) string {
	tb.Helper()
	address := server(tb)
	name := "t_" + randomName()
	copying.Lock()
	admin(tb, address, "CREATE DATABASE "+name+" TEMPLATE "+from)
	copying.Unlock()
	tb.Cleanup(func() { admin(tb, address, "DROP DATABASE "+name+" WITH (FORCE)") })
	return with(tb, address, name)
}

func admin(tb testing.TB, address, statement string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing was written that could be lost
	if _, err := conn.Exec(ctx, statement); err != nil {
		tb.Errorf("%s: %v", statement, err)
	}
}

func with(tb testing.TB, address, database string) string {
	tb.Helper()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

func randomName() string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	b := make([]byte, 12)
	if _, err := rand.Read(b); err != nil {
		panic(err)
	}
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b)
}
