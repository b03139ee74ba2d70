package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/sla"
)

// opened is what most commands need: the database, and the desk on it.
type opened struct {
	settings  *settings
	db        *migrations.DB
	directory *people.Directory
	keys      *seal.Keys
	desk      *cases.Desk
}

// how says what a command may do to the database on its way.
type how struct {
	migrate bool // bring PostgreSQL up to date; SQLite always is
	files   bool // attachments come and go
	wake    func(context.Context, cases.Wakeup)
}

// open opens the database and makes a desk. A missing SQLite database is created and migrated by
// whichever command comes first; PostgreSQL is migrated by `migrate up` or by `serve`.
func (p *program) open(ctx context.Context, s *settings, h how) (_ *opened, err error) {
	db, err := migrations.Open(ctx, s.DatabaseURL, s.Data)
	if err != nil {
		return nil, s.databaseTrouble(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if db.Dialect() == migrations.SQLite || h.migrate {
		if _, err := db.Up(ctx); err != nil {
			return nil, s.databaseTrouble(err)
		}
	} else if err := db.Current(ctx); err != nil {
		return nil, s.databaseTrouble(err)
	}
	loc, err := s.location()
	if err != nil {
		return nil, err
	}
	keys, err := s.keys(ctx, db)
	if err != nil {
		return nil, err
	}
	var store files.Store
	if h.files {
		if store, err = s.store(ctx); err != nil {
			return nil, err
		}
	}
	perContact, err := s.perContact()
	if err != nil {
		return nil, err
	}
	eraseAfter, err := s.eraseAfter()
	if err != nil {
		return nil, err
	}
	directory := people.NewDirectory(db, p.clock)
	desk, err := cases.NewDesk(ctx, cases.Config{
		DB: db, Directory: directory, Keys: keys, Calendar: sla.BuiltIn(loc), Clock: p.clock,
		Wake: h.wake, Files: store, PerContact: perContact, EraseAfter: eraseAfter, City: s.City, PublicURL: s.publicURL(), SMS: s.SMSURL != "",
	})
	if err != nil {
		return nil, err
	}
	return &opened{settings: s, db: db, directory: directory, keys: keys, desk: desk}, nil
}

// keys reads the key file. It is made only for a database that has never had one.
func (s *settings) keys(ctx context.Context, db *migrations.DB) (*seal.Keys, error) {
	has, err := cases.HasKeys(ctx, db)
	if err != nil {
		return nil, s.databaseTrouble(err)
	}
	read := seal.Open
	if has {
		read = seal.Read
	}
	keys, err := read(s.KeyFile)
	switch {
	case has && errors.Is(err, fs.ErrNotExist):
		return nil, errs.Invalid("MAILBOX_KEY_FILE",
			"the key file %[1]s is missing, and without it no contact can be read; restore it from a backup, or copy it from the other machines",
			"密钥文件 %[1]s 不存在，没有它无法读取来信人联系方式；请从备份恢复，或从其他机器复制", s.KeyFile)
	case err != nil:
		return nil, errs.Invalid("MAILBOX_KEY_FILE", "the key file cannot be used", "密钥文件无法使用").Because(err)
	}
	return keys, nil
}

// databaseTrouble says what an operator can do about it.
func (s *settings) databaseTrouble(err error) error {
	switch {
	case errors.Is(err, migrations.ErrNewer):
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"the database was made by a newer version of this program; use that version, or restore a backup",
			"数据库由更新版本的程序建立，请使用该版本，或从备份恢复").Because(err)
	case errors.Is(err, migrations.ErrLocked):
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"another process is migrating the database; if none is, run: mailbox migrate unlock",
			"另一进程正在升级数据库；若确无其他进程，请运行 mailbox migrate unlock").Because(err)
	case s.DatabaseURL == "":
		return errs.Invalid("MAILBOX_DATA",
			"the database in %[1]s cannot be used: is the directory writable, and is there room on the disk?",
			"无法使用 %[1]s 中的数据库：请检查目录是否可写、磁盘是否已满", s.Data).Because(err)
	default:
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"the PostgreSQL database cannot be used: is the server running, and the address right? A new database needs: mailbox migrate up",
			"无法使用 PostgreSQL：请检查服务是否运行、地址是否正确；新库请先运行 mailbox migrate up").Because(err)
	}
}

// publicURL is where links in mails lead.
func (s *settings) publicURL() string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	return "http://" + s.Listen
}

// with opens, does, and closes: the frame of the commands that run once.
func (p *program) with(ctx context.Context, s *settings, do func(*opened) error) error {
	o, err := p.open(ctx, s, how{})
	if err != nil {
		return err
	}
	if err := do(o); err != nil {
		return errors.Join(err, o.db.Close())
	}
	if err := o.db.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// look is with for commands that only look: where no database has been begun yet it makes none, and does
// with nil instead.
func (p *program) look(ctx context.Context, s *settings, do func(*cases.Desk) error) error {
	if s.DatabaseURL == "" {
		if _, err := os.Stat(filepath.Join(s.Data, migrations.SQLiteFile)); errors.Is(err, fs.ErrNotExist) {
			return do(nil)
		}
	}
	return p.with(ctx, s, func(o *opened) error { return do(o.desk) })
}

// inFile names the file where an error speaks of a file without knowing which, and marks it as one that
// cannot be used.
func inFile(path string, err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Code == errs.CodeInvalid && e.Field == "file" {
		e.Field = path
		return unusable(e)
	}
	return err
}

// readFile reads a small file that was given on the command line.
func readFile(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, unusable(errs.Invalid(path, "the file cannot be read", "文件无法读取").Because(err))
	}
	return data, nil
}
