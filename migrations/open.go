package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Dialect is which database it is.
type Dialect string

// The two databases.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgresql"
)

// DB is an open database.
type DB struct {
	// Read serves queries outside a transaction that changes something.
	Read *bun.DB
	// write is reached through InTx only.
	write   *bun.DB
	dialect Dialect
	path    string
}

// SQLiteFile is the name of the database in a data directory.
const SQLiteFile = "mailbox.sqlite"

// Open opens the database at url (postgres://…), or the SQLite database of dataDir when url is empty,
// creating that file if it is missing. It does not migrate.
func Open(ctx context.Context, databaseURL, dataDir string) (*DB, error) {
	switch {
	case databaseURL == "":
		return openSQLite(ctx, filepath.Join(dataDir, SQLiteFile))
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		return openPostgreSQL(ctx, databaseURL)
	default:
		return nil, errors.New("database url: must begin with postgres:// or be empty for SQLite in the data directory")
	}
}

// tolerant lets this program go on beside a newer one that has added columns: what it does not know it passes over.
var tolerant = bun.WithDiscardUnknownColumns()

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	// FULL: a receipt that was shown survives a power cut.
	write, err := sql.Open("sqlite", dsn(path, "&_txlock=immediate&_pragma=synchronous(FULL)"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	// The database holds letters; nobody else on the machine may read it.
	if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, os.ErrPermission) && !isReadOnlyFS(err) {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite", dsn(path, "&_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	readers := max(4, runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &DB{
		Read: bun.NewDB(read, inSQLite(), tolerant), write: bun.NewDB(write, inSQLite(), tolerant),
		dialect: SQLite, path: path,
	}, nil
}

func dsn(path, more string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path} // without OmitHost a relative path would be read as a host
	return u.String() + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)" + more
}

func openPostgreSQL(ctx context.Context, databaseURL string) (*DB, error) {
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		// The parser's own text may repeat the password.
		return nil, errors.New("database url: not a valid postgres:// address")
	}
	// bun writes values into the text, so preparing each text would only cost a round trip.
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.ConnectTimeout = 10 * time.Second
	if _, set := config.RuntimeParams["statement_timeout"]; !set {
		config.RuntimeParams["statement_timeout"] = "120000"
	}
	if _, set := config.RuntimeParams["lock_timeout"]; !set {
		config.RuntimeParams["lock_timeout"] = "15000"
	}
	if _, set := config.RuntimeParams["jit"]; !set {
		// Our statements are short: compiling one takes longer than running it.
		config.RuntimeParams["jit"] = "off"
	}
	pool := sql.OpenDB(stdlib.GetConnector(*config))
	pool.SetMaxOpenConns(24)
	pool.SetMaxIdleConns(24)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach PostgreSQL: %w", err), pool.Close())
	}
	db := bun.NewDB(pool, inPostgreSQL(), tolerant)
	return &DB{Read: db, write: db, dialect: PostgreSQL}, nil
}

// One of each for all databases of a process: it remembers what the tables of our structs look like.
var (
	inSQLite     = sync.OnceValue(func() schema.Dialect { return sqlitedialect.New() })
	inPostgreSQL = sync.OnceValue(func() schema.Dialect { return pgdialect.New() })
)

// Dialect says which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Path is the SQLite file, empty for PostgreSQL.
func (db *DB) Path() string { return db.path }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.Read.PingContext(ctx) }

// Close closes both pools.
func (db *DB) Close() error {
	if db.dialect == PostgreSQL {
		return db.write.Close()
	}
	return errors.Join(db.Read.Close(), db.write.Close())
}

// InTx runs do in one transaction that may write: all of it happens or nothing does.
//
// When the database itself asks for a repetition (a deadlock, a serialisation failure, a busy file),
// do is called again from the start, three times at most; so do must not keep state of an earlier call.
func (db *DB) InTx(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.write.RunInTx(ctx, nil, do)
		if err == nil || attempt == 3 || !repeatable(err) || ctx.Err() != nil {
			return err
		}
	}
}

// AtOneMoment runs do in a transaction that only reads, with the data as they are at one moment while others go on
// writing. It may take its time: the limit of a statement, which is meant for pages, is lifted.
func (db *DB) AtOneMoment(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.dialect == PostgreSQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	return db.Read.RunInTx(ctx, options, func(ctx context.Context, tx bun.Tx) error {
		if err := db.takeTime(ctx, tx); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// WithoutSync runs do while SQLite does not wait for the disk, and makes up for it at the end: for filling
// a database that is worth nothing if it is cut off half way, such as a demonstration. A power cut
// meanwhile may damage it. On PostgreSQL it only runs do.
func (db *DB) WithoutSync(ctx context.Context, do func() error) (err error) {
	if db.dialect != SQLite {
		return do()
	}
	if _, err := db.write.ExecContext(ctx, "PRAGMA synchronous = OFF"); err != nil {
		return fmt.Errorf("stop waiting for the disk: %w", err)
	}
	defer func() {
		for _, statement := range []string{"PRAGMA synchronous = FULL", "PRAGMA wal_checkpoint(FULL)"} {
			_, after := db.write.ExecContext(context.WithoutCancel(ctx), statement)
			err = errors.Join(err, after)
		}
	}()
	return do()
}

func repeatable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}

// IsUnique tells whether err is a broken unique constraint: somebody else was first.
func IsUnique(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// LockRow is " FOR UPDATE" on PostgreSQL and nothing on SQLite, whose writing transactions already
// exclude each other.
func (db *DB) LockRow() string {
	if db.dialect == PostgreSQL {
		return " FOR UPDATE"
	}
	return ""
}

func isReadOnlyFS(err error) bool { return strings.Contains(err.Error(), "read-only file system") }
