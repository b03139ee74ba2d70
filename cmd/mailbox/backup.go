package main

import (
	"archive/tar"
	"bufio"
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
	"mailbox/cases/seal"
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
	return p.with(ctx, s, func(o *opened) error {
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
	if inside(target, o.settings.Data) {
		return 0, errs.Invalid("FILE",
			"%[1]s lies in the data directory, which is what is backed up; name a place outside it",
			"%[1]s 在数据目录之内，而数据目录正是备份的对象；请另选位置", target)
	}
	lock := o.settings.keyLock()
	// Where no lock can be made, no key can be changed by this user either.
	if got, err := lock.TryRLock(); err == nil && !got {
		return 0, errs.Conflict("the keys are being changed (keys rotate); make the backup when that has ended", "正在更换密钥（keys rotate），请在完成后备份")
	}
	defer lock.Unlock() //nolint:errcheck // the lock goes with the process
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

// inside tells whether path lies under the directory dir, however they are written.
func inside(path, dir string) bool {
	realDir, errDir := realPath(dir)
	realParent, errParent := realPath(filepath.Dir(path))
	way, err := filepath.Rel(realDir, realParent)
	return errDir == nil && errParent == nil && err == nil && filepath.IsLocal(way)
}

func realPath(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// packBackup writes the members: manifest, keys, rows, files.
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

// restore puts a backup into an empty data directory or database. Nothing that is there is overwritten,
// and a backup that is damaged anywhere is refused before anything is written.
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
		return unusable(errs.Invalid("FILE", "%[1]s cannot be read", "%[1]s 无法读取", rest[0]).Because(err))
	}
	defer in.Close() //nolint:errcheck // only read
	r := &restoring{p: p, s: s}
	if err := r.through(in, r.look); err != nil {
		return err
	}
	if r.m.Format == 0 || r.rows != r.m.Rows || !r.keys {
		return unusable(errs.Invalid("FILE",
			"the backup is incomplete: %[1]d of %[2]d rows", "备份不完整：应有 %[2]d 行，只有 %[1]d 行", r.rows, r.m.Rows))
	}
	release, err := s.lockData()
	if err != nil {
		return err
	}
	defer release()
	if err := s.nothingThere(); err != nil {
		return err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := r.through(in, func(name string, member io.Reader) error { return r.put(ctx, name, member) }); err != nil {
		return err
	}
	p.say(p.stdout, "已恢复 %d 行数据、密钥和文件（备份于 %s）。", "restored %d rows, the keys and the files (backed up %s).",
		r.rows, r.m.MadeAt.Format(time.RFC3339))
	return nil
}

// configFile is the one file that may stand in the directory beforehand, and stays as it is: it may be
// what says into which database to restore.
const configFile = "mailbox.toml"

// nothingThere refuses a directory in which something stands that a restore would mix with. Whether the
// database is empty is asked when it is loaded.
func (s *settings) nothingThere() error {
	if _, err := os.Stat(s.KeyFile); err == nil {
		return errs.Invalid("MAILBOX_KEY_FILE",
			"%[1]s exists: a backup is restored beside nothing else; use an empty data directory",
			"%[1]s 已存在：请恢复到空的数据目录", s.KeyFile)
	}
	entries, err := os.ReadDir(s.Data)
	if err != nil {
		return errs.Invalid("MAILBOX_DATA", "the data directory %[1]s cannot be read", "无法读取数据目录 %[1]s", s.Data).Because(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == "lock" || name == configFile || strings.HasPrefix(name, migrations.SQLiteFile) {
			continue
		}
		return errs.Invalid("MAILBOX_DATA",
			"%[1]s exists: a backup is restored beside nothing else; use an empty data directory",
			"%[1]s 已存在：请恢复到空的数据目录", filepath.Join(s.Data, name))
	}
	return nil
}

type restoring struct {
	p    *program
	s    *settings
	m    manifest
	keys bool
	rows int64
}

// through goes through the archive in its order: manifest, keys, rows, files. It reads to the very end,
// where gzip keeps its check sum.
func (r *restoring) through(in io.Reader, do func(name string, member io.Reader) error) error {
	damaged := func(err error) error {
		return unusable(errs.Invalid("FILE", "the backup is damaged or cut off, or is none", "备份文件损坏、不完整，或不是备份文件").Because(err))
	}
	packed, err := gzip.NewReader(in)
	if err != nil {
		return damaged(err)
	}
	archive := tar.NewReader(packed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return damaged(err)
		}
		member := &watched{from: archive}
		if err := do(header.Name, member); member.err != nil {
			return damaged(member.err)
		} else if err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, packed); err != nil { //nolint:gosec // thrown away
		return damaged(err)
	}
	return nil
}

// watched remembers that reading failed, so that a damaged archive is told from what it does to its reader.
type watched struct {
	from io.Reader
	err  error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// look checks a member without keeping anything of it but the manifest.
func (r *restoring) look(name string, member io.Reader) error {
	switch {
	case name == backupManifest:
		if err := json.NewDecoder(io.LimitReader(member, 1<<20)).Decode(&r.m); err != nil || r.m.Format != 1 {
			return unusable(errs.Invalid("FILE", "this is not a backup that this version can read", "此版本无法读取该备份").Because(err))
		}
		return nil
	case r.m.Format == 0:
		return unusable(errs.Invalid("FILE", "this is not a backup", "这不是备份文件"))
	case name == backupKeys:
		text, err := io.ReadAll(io.LimitReader(member, 1<<20))
		if err != nil {
			return err
		}
		if _, err := seal.Parse(text); err != nil {
			return unusable(errs.Invalid("FILE", "the keys in the backup cannot be used", "备份中的密钥无法使用").Because(err))
		}
		r.keys = true
	case name == backupRows:
		return r.count(member)
	case strings.HasPrefix(name, backupFiles):
		local := strings.TrimPrefix(name, backupFiles)
		if !filepath.IsLocal(local) {
			return unusable(errs.Invalid("FILE", "the backup names a file outside the data directory: %q", "备份中含有数据目录之外的文件：%q", local))
		}
	}
	_, err := io.Copy(io.Discard, member)
	return err
}

// count counts the rows of a dump: each is an array on a line of its own.
func (r *restoring) count(dump io.Reader) error {
	lines := bufio.NewReaderSize(dump, 1<<16)
	fresh := true
	for {
		part, err := lines.ReadSlice('\n')
		if fresh && len(part) > 0 && part[0] == '[' {
			r.rows++
		}
		fresh = err == nil // else the line goes on
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// put writes a member. The rows decide: a database that is not empty refuses them all. What stands before
// them, the keys, is taken away again then.
func (r *restoring) put(ctx context.Context, name string, member io.Reader) error {
	switch {
	case name == backupKeys:
		return writeNew(r.s.KeyFile, member)
	case name == backupRows:
		if err := r.load(ctx, member); err != nil {
			return errors.Join(err, os.Remove(r.s.KeyFile))
		}
	case strings.HasPrefix(name, backupFiles):
		path := filepath.Join(r.s.Data, strings.TrimPrefix(name, backupFiles))
		if _, err := os.Stat(path); err == nil && filepath.Base(path) == configFile {
			return nil
		}
		return writeNew(path, member)
	}
	return nil
}

func (r *restoring) load(ctx context.Context, rows io.Reader) error {
	db, err := migrations.Open(ctx, r.s.DatabaseURL, r.s.Data)
	if err != nil {
		return r.s.databaseTrouble(err)
	}
	err = r.loadInto(ctx, db, rows)
	return errors.Join(err, db.Close())
}

func (r *restoring) loadInto(ctx context.Context, db *migrations.DB, rows io.Reader) error {
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
	if r.rows, err = db.Load(ctx, rows); errors.Is(err, migrations.ErrNotEmpty) {
		return errs.Invalid("MAILBOX_DATABASE_URL",
			"the database already holds data; a backup is restored into an empty one", "数据库中已有数据，请恢复到空库").Because(err)
	}
	return err
}

// writeNew writes a file that must not be there yet, or none.
func writeNew(path string, from io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
