package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// The members of a backup, a tar file packed with gzip.
const (
	backupManifest = "manifest.json"
	backupRows     = "database.jsonl"
	backupKeys     = "keys.json"
	backupFiles    = "files/" // what else stands in the data directory: the outbox, the configuration
)

// manifest says what a backup holds.
type manifest struct {
	Format  int       `json:"format"`
	Program string    `json:"program"`
	Schema  []string  `json:"schema"` // the migrations applied
	MadeAt  time.Time `json:"made_at"`
	Rows    int64     `json:"rows"`
}

// backup writes everything needed to stand the mailbox up again elsewhere, while it goes on working: one
// consistent moment of the database, the keys, the files. Who holds a backup can read every contact.
func backup(ctx context.Context, p *program, args []string) error {
	s, rest, err := p.parse("backup", args, nil)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	return p.with(ctx, s, how{}, func(o *opened) error {
		rows, err := p.writeBackup(ctx, o, rest[0])
		if err != nil {
			return err
		}
		p.say(p.stdout, "已备份 %d 行数据、密钥和文件到 %s。备份中含密钥，请妥善保管。",
			"backed up %d rows, the keys and the files to %s. It holds the keys: keep it safe.", rows, rest[0])
		return nil
	})
}

// writeBackup writes to a temporary file beside the target and moves it into place when it is whole.
func (p *program) writeBackup(ctx context.Context, o *opened, target string) (rows int64, err error) {
	if _, err := os.Stat(target); err == nil {
		return 0, errs.Invalid("FILE", "%[1]s exists already; nothing is overwritten", "%[1]s 已存在，不会覆盖", target)
	}
	out, err := os.CreateTemp(filepath.Dir(target), ".backup-*")
	if err != nil {
		return 0, errs.Invalid("FILE", "cannot write beside %[1]s", "无法在 %[1]s 所在目录写入", target).Because(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close(), os.Remove(out.Name()))
		}
	}()
	packed := gzip.NewWriter(out)
	archive := tar.NewWriter(packed)
	if rows, err = p.packBackup(ctx, o, archive); err != nil {
		return 0, err
	}
	if err = errors.Join(archive.Close(), packed.Close(), out.Sync()); err != nil {
		return 0, err
	}
	if err = out.Close(); err != nil {
		return 0, err
	}
	return rows, os.Rename(out.Name(), target)
}

func (p *program) packBackup(ctx context.Context, o *opened, archive *tar.Writer) (int64, error) {
	// A member of a tar file begins with its size, so the rows go to a file first.
	dump, err := os.CreateTemp("", "mailbox-dump-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(dump.Name()) //nolint:errcheck // a temporary file
	defer dump.Close()           //nolint:errcheck // read to its end below
	rows, err := o.db.Dump(ctx, dump)
	if err != nil {
		return 0, err
	}
	steps, err := o.db.Status(ctx)
	if err != nil {
		return 0, err
	}
	m := manifest{Format: 1, Program: version(), MadeAt: p.clock().UTC().Truncate(time.Second), Rows: rows}
	for _, step := range steps {
		if !step.AppliedAt.IsZero() {
			m.Schema = append(m.Schema, step.Name)
		}
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, err
	}
	keys, err := os.ReadFile(o.settings.KeyFile)
	if err != nil {
		return 0, fmt.Errorf("read keys: %w", err)
	}
	if err := errors.Join(addBytes(archive, backupManifest, text), addBytes(archive, backupKeys, keys)); err != nil {
		return 0, err
	}
	if err := addFile(archive, backupRows, dump); err != nil {
		return 0, err
	}
	return rows, o.settings.addFiles(archive)
}

func addBytes(archive *tar.Writer, name string, data []byte) error {
	header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err := archive.Write(data)
	return err
}

func addFile(archive *tar.Writer, name string, f *os.File) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, Format: tar.FormatPAX}); err != nil {
		return err
	}
	// The file may have grown since; what was announced is what is written.
	_, err = io.CopyN(archive, f, size)
	return err
}

// addFiles packs what else stands in the data directory. The database is in the rows, the keys have their
// own member, and temporary files are nobody's.
func (s *settings) addFiles(archive *tar.Writer) error {
	return filepath.WalkDir(s.Data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(s.Data, path)
		if err != nil {
			return err
		}
		base := filepath.Base(name)
		if strings.HasPrefix(base, migrations.SQLiteFile) || base == "lock" || strings.HasPrefix(base, ".") || sameFile(path, s.KeyFile) {
			return nil
		}
		f, err := os.Open(path) //nolint:gosec // found in our own data directory
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since it was listed
		}
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // only read
		return addFile(archive, backupFiles+filepath.ToSlash(name), f)
	})
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// restore puts a backup into an empty data directory or database. Nothing that is there is overwritten.
func restore(ctx context.Context, p *program, args []string) error {
	s, rest, err := p.parse("restore", args, nil)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errUsage
	}
	in, err := os.Open(rest[0])
	if err != nil {
		return errors.Join(errUnusable, err)
	}
	defer in.Close() //nolint:errcheck // only read
	packed, err := gzip.NewReader(in)
	if err != nil {
		return errors.Join(errUnusable, errs.Invalid("FILE", "%[1]s is not a backup", "%[1]s 不是备份文件", rest[0]).Because(err))
	}
	release, err := s.lockData()
	if err != nil {
		return err
	}
	defer release()
	if _, err := os.Stat(s.KeyFile); err == nil {
		return errs.Invalid("MAILBOX_KEY_FILE",
			"%[1]s exists: a backup is restored beside nothing else; use an empty data directory",
			"%[1]s 已存在：请恢复到空的数据目录", s.KeyFile)
	}
	r := &restoring{p: p, s: s, archive: tar.NewReader(packed)}
	return r.all(ctx)
}

type restoring struct {
	p       *program
	s       *settings
	archive *tar.Reader
	m       manifest
	rows    int64
}

// all goes through the archive in its order: manifest, keys, rows, files.
func (r *restoring) all(ctx context.Context) error {
	for {
		header, err := r.archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(errUnusable, errs.Invalid("FILE", "the backup is damaged or cut off", "备份文件损坏或不完整").Because(err))
		}
		if err := r.member(ctx, header.Name); err != nil {
			return err
		}
	}
	if r.m.Format == 0 || r.rows != r.m.Rows {
		return errors.Join(errUnusable, errs.Invalid("FILE",
			"the backup is incomplete: %[1]d of %[2]d rows", "备份不完整：应有 %[2]d 行，只有 %[1]d 行", r.rows, r.m.Rows))
	}
	r.p.say(r.p.stdout, "已恢复 %d 行数据、密钥和文件（备份于 %s）。", "restored %d rows, the keys and the files (backed up %s).",
		r.rows, r.m.MadeAt.Format(time.RFC3339))
	return nil
}

func (r *restoring) member(ctx context.Context, name string) error {
	switch {
	case name == backupManifest:
		if err := json.NewDecoder(io.LimitReader(r.archive, 1<<20)).Decode(&r.m); err != nil || r.m.Format != 1 {
			return errors.Join(errUnusable, errs.Invalid("FILE", "this is not a backup that this version can read", "此版本无法读取该备份").Because(err))
		}
		return nil
	case r.m.Format == 0:
		return errors.Join(errUnusable, errs.Invalid("FILE", "this is not a backup", "这不是备份文件"))
	case name == backupKeys:
		return writeNew(r.s.KeyFile, r.archive)
	case name == backupRows:
		return r.load(ctx)
	case strings.HasPrefix(name, backupFiles):
		local := strings.TrimPrefix(name, backupFiles)
		if !filepath.IsLocal(local) {
			return errors.Join(errUnusable, errs.Invalid("FILE", "the backup names a file outside the data directory: %q", "备份中含有数据目录之外的文件：%q", local))
		}
		return writeNew(filepath.Join(r.s.Data, local), r.archive)
	}
	return nil
}

func (r *restoring) load(ctx context.Context) error {
	db, err := migrations.Open(ctx, r.s.DatabaseURL, r.s.Data)
	if err != nil {
		return r.s.databaseTrouble(err)
	}
	err = r.loadInto(ctx, db)
	return errors.Join(err, db.Close())
}

func (r *restoring) loadInto(ctx context.Context, db *migrations.DB) error {
	if _, err := db.Up(ctx); err != nil {
		return r.s.databaseTrouble(err)
	}
	steps, err := db.Status(ctx)
	if err != nil {
		return err
	}
	var have []string
	for _, step := range steps {
		have = append(have, step.Name)
	}
	if strings.Join(have, " ") != strings.Join(r.m.Schema, " ") {
		return errs.Invalid("FILE",
			"the backup was made by version %[1]s with another schema; restore it with that version and upgrade afterwards",
			"该备份由 %[1]s 版本生成，数据库结构不同；请先用该版本恢复，再升级", r.m.Program)
	}
	if r.rows, err = db.Load(ctx, r.archive); errors.Is(err, migrations.ErrNotEmpty) {
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"the database already holds data; a backup is restored into an empty one", "数据库中已有数据，请恢复到空库").Because(err)
	}
	return err
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, from io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // checked to be local
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil { //nolint:gosec // the operator's own backup
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}
