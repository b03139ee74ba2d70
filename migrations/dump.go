package migrations

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/uptrace/bun"
)

// Tables lists every table of ours that a backup holds, in an order in which rows can be put back: what is
// referred to comes first. Tables that refer to themselves do so deferrably.
var Tables = []string{
	"settings", "departments", "accounts", "recovery_codes", "identities", "grants", "sessions", "sign_ins", "policies", "calendars", "routing_rules", "contacts", "cases", "facts",
	"events", "event_texts", "assists", "replies", "reply_signs", "reply_keys", "rounds", "waits", "materials", "files", "spent", "orders", "conduct", "mailings", "notices", "models", "suggestions", "hot_issues", "hot_letters",
	"publications", "votes", "helped", "kept_private", "admin_log", "follow_ups", "inbox", "notice_ways", "quiet_hours",
	"notes",
	"exports", "templates",
	"looks", "accused", "exceptions", "sealing_keys", "api_tokens",
	"holders", "saved_views", "proposals",
	"log_leaves", "log_subtrees", "log_checkpoints", "log_checks",
	"closings", "stored_reports", "stored_files", "report_recipients", "report_mails", "appraisal_rules",
}

// Derived lists the tables that are in no dump, because the program makes them anew from the others: a million
// letters have some twenty million keys by which they are found, and the figures of a month can be counted again. Who has a
// case open is over in a minute, what is done again and again is done again, and which events wait for their leaf follows
// from the leaves. Those under the names of the search indexes are what SQLite keeps them in.
var Derived = []string{
	"figure_folds", "figure_rollups", "figure_marks", "presence", "runs", "log_pending", "letter_keys", "letter_counts", "publication_index",
	"publication_index_data", "publication_index_idx", "publication_index_docsize", "publication_index_config",
	"case_unindexed", "case_index", "case_index_data", "case_index_idx", "case_index_docsize", "case_index_config",
}

// Dump writes every row of every table in Tables as lines of JSON: a table's name, then its rows as arrays in the
// order of the columns named on the first line. It reads one consistent moment while others go on
// writing. The text is the same for both databases, so a city may move from SQLite to PostgreSQL.
func (db *DB) Dump(ctx context.Context, w io.Writer) (rows int64, err error) {
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err = db.AtOneMoment(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, table := range Tables {
			n, err := dumpTable(ctx, tx, table, enc)
			if err != nil {
				return fmt.Errorf("dump %s: %w", table, err)
			}
			rows += n
		}
		return nil
	})
	return rows, errors.Join(err, out.Flush())
}

// takeTime lifts the time limit of a statement, which is meant for pages: a large table takes longer.
func (db *DB) takeTime(ctx context.Context, tx bun.Tx) error {
	if db.dialect != PostgreSQL {
		return nil
	}
	_, err := tx.ExecContext(ctx, "SET LOCAL statement_timeout = 0")
	return err
}

// section is the line before a table's rows.
type section struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

func dumpTable(ctx context.Context, tx bun.Tx, table string, enc *json.Encoder) (n int64, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	if err := enc.Encode(section{table, columns}); err != nil {
		return 0, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		return 0, err
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return n, err
		}
		for i, v := range values {
			values[i] = dumped(v, types[i].DatabaseTypeName())
		}
		if err := enc.Encode(values); err != nil {
			return n, err
		}
		n++
	}
	return n, rows.Err()
}

// dumped brings a value into the form both databases share: bytes as base 64, flags as true and false.
func dumped(v any, columnType string) any {
	switch v := v.(type) {
	case []byte:
		if isBytes(columnType) {
			return base64.StdEncoding.EncodeToString(v)
		}
		return string(v)
	case int64:
		if isFlag(columnType) {
			return v != 0
		}
	}
	return v
}

func isBytes(columnType string) bool { return columnType == "BLOB" || columnType == "BYTEA" }
func isFlag(columnType string) bool  { return columnType == "BOOLEAN" || columnType == "BOOL" }

// ErrNotEmpty says that a dump was to be loaded into a database that already has data.
var ErrNotEmpty = errors.New("this database already holds data; a backup is restored into an empty one")

// Load puts a dump into an empty, migrated database, all of it or nothing.
func (db *DB) Load(ctx context.Context, r io.Reader) (rows int64, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := db.takeTime(ctx, tx); err != nil {
			return err
		}
		for _, table := range []string{"accounts", "cases", "departments"} {
			if found, err := tx.NewSelect().Table(table).Limit(1).Count(ctx); err != nil || found > 0 {
				return errors.Join(err, ErrNotEmpty)
			}
		}
		// What the first start wrote by itself (zone, policies) is in the dump as well.
		for _, statement := range []string{db.deferral(), "DELETE FROM settings", "DELETE FROM policies", "DELETE FROM sessions"} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		l := &loading{tx: tx, dec: json.NewDecoder(bufio.NewReaderSize(r, 1<<16))}
		l.dec.UseNumber()
		if err := l.all(ctx); err != nil {
			return err
		}
		rows = l.rows
		return db.continueSerials(ctx, tx)
	})
	return rows, err
}

func (db *DB) deferral() string {
	if db.dialect == PostgreSQL {
		return "SET CONSTRAINTS ALL DEFERRED"
	}
	return "PRAGMA defer_foreign_keys = ON"
}

// continueSerials lets PostgreSQL count on after the highest identity; SQLite does so by itself.
func (db *DB) continueSerials(ctx context.Context, tx bun.Tx) error {
	if db.dialect != PostgreSQL {
		return nil
	}
	// Asked of the database, for a list here would fall behind the tables.
	var counting []string
	err := tx.NewRaw(`SELECT table_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES' AND table_name IN (?)`, bun.List(Tables)).Scan(ctx, &counting)
	if err != nil {
		return fmt.Errorf("find what counts: %w", err)
	}
	for _, table := range counting {
		_, err := tx.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence(?, 'id'), COALESCE((SELECT MAX(id) FROM ?), 0) + 1, false)",
			table, bun.Ident(table))
		if err != nil {
			return fmt.Errorf("continue %s: %w", table, err)
		}
	}
	return nil
}

// loadBatch is how many rows one statement inserts.
const loadBatch = 200

type loading struct {
	tx    bun.Tx
	dec   *json.Decoder
	rows  int64
	table string
	into  []string
	bytes map[int]bool
	batch [][]any
}

func (l *loading) all(ctx context.Context) error {
	for {
		var line json.RawMessage
		if err := l.dec.Decode(&line); errors.Is(err, io.EOF) {
			return l.flush(ctx)
		} else if err != nil {
			return fmt.Errorf("the dump cannot be read after row %d: %w", l.rows, err)
		}
		if line[0] == '{' {
			if err := l.begin(ctx, line); err != nil {
				return err
			}
			continue
		}
		if err := l.add(ctx, line); err != nil {
			return err
		}
	}
}

// begin starts a table; its name and columns must be ours, since they become part of a statement.
func (l *loading) begin(ctx context.Context, line []byte) error {
	if err := l.flush(ctx); err != nil {
		return err
	}
	var s section
	if err := json.Unmarshal(line, &s); err != nil {
		return fmt.Errorf("the dump cannot be read: %w", err)
	}
	known := false
	for _, table := range Tables {
		known = known || table == s.Table
	}
	if !known {
		return fmt.Errorf("the dump has a table %q that this version does not know", s.Table)
	}
	types, err := l.columnTypes(ctx, s.Table)
	if err != nil {
		return err
	}
	l.table, l.into, l.bytes = s.Table, s.Columns, map[int]bool{}
	for i, column := range s.Columns {
		columnType, ok := types[column]
		if !ok {
			return fmt.Errorf("the dump has a column %s.%s that this version does not know", s.Table, column)
		}
		l.bytes[i] = isBytes(columnType)
	}
	return nil
}

func (l *loading) columnTypes(ctx context.Context, table string) (map[string]string, error) {
	rows, err := l.tx.QueryContext(ctx, "SELECT * FROM ? WHERE 1 = 0", bun.Ident(table))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	byName := make(map[string]string, len(types))
	for _, t := range types {
		byName[t.Name()] = t.DatabaseTypeName()
	}
	return byName, rows.Err()
}

func (l *loading) add(ctx context.Context, line []byte) error {
	var values []any
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&values); err != nil {
		return fmt.Errorf("%s: a row cannot be read: %w", l.table, err)
	}
	if len(values) != len(l.into) {
		return fmt.Errorf("%s: a row has %d values for %d columns", l.table, len(values), len(l.into))
	}
	for i, v := range values {
		switch v := v.(type) {
		case json.Number:
			n, err := v.Int64()
			if err != nil {
				return fmt.Errorf("%s.%s: %w", l.table, l.into[i], err)
			}
			values[i] = n
		case string:
			if l.bytes[i] {
				raw, err := base64.StdEncoding.DecodeString(v)
				if err != nil {
					return fmt.Errorf("%s.%s: %w", l.table, l.into[i], err)
				}
				values[i] = raw
			}
		}
	}
	l.batch = append(l.batch, values)
	if len(l.batch) >= loadBatch {
		return l.flush(ctx)
	}
	return nil
}

func (l *loading) flush(ctx context.Context) error {
	if len(l.batch) == 0 {
		return nil
	}
	var query strings.Builder
	args := []any{bun.Ident(l.table)}
	query.WriteString("INSERT INTO ? (")
	for i, column := range l.into {
		if i > 0 {
			query.WriteString(", ")
		}
		query.WriteString("?")
		args = append(args, bun.Ident(column))
	}
	query.WriteString(") VALUES ")
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(l.into)), ", ") + ")"
	for i, values := range l.batch {
		if i > 0 {
			query.WriteString(", ")
		}
		query.WriteString(row)
		args = append(args, values...)
	}
	if _, err := l.tx.ExecContext(ctx, query.String(), args...); err != nil {
		return fmt.Errorf("load %s: %w", l.table, err)
	}
	l.rows += int64(len(l.batch))
	l.batch = l.batch[:0]
	return nil
}
