package migrations_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// fill writes a little of everything that is awkward: NULLs, bytes, flags, quotes, self-references that
// point forward.
func fill(t *testing.T, db *migrations.DB) {
	t.Helper()
	statements := []string{
		"INSERT INTO settings (name, value) VALUES ('zone', 'Asia/Shanghai')",
		"INSERT INTO departments (id, code, name, created_at) VALUES (2, 'B', '市水利局 \"B\"', 1)",
		"INSERT INTO departments (id, code, name, created_at, successor_id, unconfirmed) VALUES (1, 'A', 'O''Brien \\ 局', 1, 2, TRUE)",
		"INSERT INTO policies (version, body, created_at) VALUES (1, '{\"a\":\"<&>\"}', 0)",
		`INSERT INTO cases (id, channel, kind, title, body, salt, state, version, head_hash, policy_version, received_at, received_day, changed_at, resolved)
		 VALUES (7, 'mailbox', 'help', 't', 'line
two', CAST('ab' AS ` + blob(db) + `), 'received', 1, CAST('' AS ` + blob(db) + `), 1, 5, '1970-01-01', 5, FALSE)`,
		`INSERT INTO cases (id, channel, kind, title, body, salt, state, version, head_hash, policy_version, received_at, received_day, changed_at, merged_into)
		 VALUES (3, 'mailbox', 'help', 't', 'b', CAST('' AS ` + blob(db) + `), 'merged', 1, CAST('' AS ` + blob(db) + `), 1, 6, '1970-01-01', 6, 7)`,
		"INSERT INTO events (case_id, seq, at, recorded_at, actor, verb, prev_hash, hash) VALUES (7, 1, 5, 5, 'writer', 'submit', CAST('' AS " + blob(db) + "), CAST('x' AS " + blob(db) + "))",
	}
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, strings.ReplaceAll(statement, "?", "??")); err != nil {
				return errors.Join(errors.New(statement), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func blob(db *migrations.DB) string {
	if db.Dialect() == migrations.PostgreSQL {
		return "BYTEA"
	}
	return "BLOB"
}

func TestADumpComesBackTheSameOnEitherDatabase(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, from *migrations.DB) {
		fill(t, from)
		var first bytes.Buffer
		n, err := from.Dump(t.Context(), &first)
		if err != nil || n != 7 {
			t.Fatalf("%d rows, %v", n, err)
		}
		testdb.Each(t, func(t *testing.T, to *migrations.DB) {
			if n, err := to.Load(t.Context(), bytes.NewReader(first.Bytes())); err != nil || n != 7 {
				t.Fatalf("%d rows, %v", n, err)
			}
			var second bytes.Buffer
			if _, err := to.Dump(t.Context(), &second); err != nil {
				t.Fatal(err)
			}
			if first.String() != second.String() {
				t.Errorf("dumped\n%s\nloaded and dumped again\n%s", first.String(), second.String())
			}
			if _, err := to.Load(t.Context(), bytes.NewReader(first.Bytes())); !errors.Is(err, migrations.ErrNotEmpty) {
				t.Errorf("loading twice: %v", err)
			}
		})
	})
}

func TestEveryTableCountsOnAfterALoad(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		fill(t, db)
		exec := func(statement string) error {
			return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
		}
		const order = "INSERT INTO orders (case_id, department_id, issued_at, due_at, body) VALUES (7, 2, 1, 2, 'a')"
		const conduct = "INSERT INTO conduct (case_id, round, kind, at) VALUES (7, 1, 'voided', 1)"
		const material = "INSERT INTO materials (case_id, sent_at, body) VALUES (7, 1, 'm')"
		for _, statement := range []string{order, conduct, material} {
			if err := exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		var dump bytes.Buffer
		if _, err := db.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		testdb.Each(t, func(t *testing.T, to *migrations.DB) {
			if _, err := to.Load(t.Context(), bytes.NewReader(dump.Bytes())); err != nil {
				t.Fatal(err)
			}
			err := to.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				for _, statement := range []string{"UPDATE orders SET answered_at = 2", order, conduct, material} {
					if _, err := tx.ExecContext(ctx, statement); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("what comes after the load meets what was loaded: %v", err)
			}
		})
	})
}

func TestTablesNamesEveryTableThereIs(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	var names []string
	err := db.Read.NewRaw("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'bun_%'").Scan(t.Context(), &names)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !strings.Contains(" "+strings.Join(migrations.Tables, " ")+" "+strings.Join(migrations.Derived, " ")+" ", " "+name+" ") {
			t.Errorf("table %s would be missing from backups", name)
		}
	}
	if listed := len(migrations.Tables) + len(migrations.Derived); len(names) != listed {
		t.Errorf("%d tables, %d in the lists", len(names), listed)
	}
}

func TestABrokenDumpIsRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, dump := range map[string]string{
		"unknown table":  `{"table":"secrets","columns":["id"]}`,
		"unknown column": `{"table":"settings","columns":["name","value; DROP TABLE cases"]}`,
		"short row":      "{\"table\":\"settings\",\"columns\":[\"name\",\"value\"]}\n[\"zone\"]",
		"cut off":        "{\"table\":\"settings\",\"columns\":[\"name\",\"value\"]}\n[\"zone\",\"Asia",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := testdb.SQLite(t)
			if _, err := db.Load(t.Context(), strings.NewReader(dump)); err == nil {
				t.Fatal("it was loaded")
			}
			if n, err := db.Read.NewSelect().Table("settings").Count(t.Context()); err != nil || n != 0 {
				t.Errorf("%d rows stayed, %v", n, err)
			}
		})
	}
}
