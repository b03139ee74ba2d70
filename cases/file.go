package cases

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// File is something attached to a letter, to what its writer added, or to a reply. What is in it lies in the
// store, sealed: whoever can read the store's directory or bucket can read no photograph.
type File struct {
	bun.BaseModel `bun:"table:files,alias:f"`

	ID           int64  `bun:",pk,autoincrement"`
	CaseID       ID     `bun:",nullzero"`
	Draft        string `bun:",nullzero"`
	MaterialID   int64  `bun:",nullzero"` // 0: with the letter itself, or with a reply
	ReplyID      int64  `bun:",nullzero"`
	Name         string
	Type         files.Type
	Size         int64 // bytes
	KeepsOwnData bool  // a PDF or Word file, which may tell who made it
	Digest       []byte
	StoreKey     string
	KeyID        int64
	AddedAt      migrations.Instant
}

// keepFile puts a file into the store and then its row into the database, by write; one without a row is
// taken out again.
func (d *Desk) keepFile(ctx context.Context, clean files.Clean, write func(context.Context, bun.Tx, *File) error) error {
	row, err := d.storeFile(ctx, clean)
	if err != nil {
		return err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return write(ctx, tx, row) })
	if err != nil {
		return errors.Join(err, d.forget(ctx, []File{*row}))
	}
	return nil
}

// storeFile puts the bytes away; the row is the caller's to write.
func (d *Desk) storeFile(ctx context.Context, clean files.Clean) (*File, error) {
	if d.store == nil {
		return nil, errors.New("there is no file store")
	}
	sealed, key, err := d.keys.Seal(clean.Data)
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	row := &File{
		Name: clean.Name, Type: clean.Type, Size: int64(len(clean.Data)), KeepsOwnData: clean.KeepsOwnData,
		Digest: clean.SHA256[:], StoreKey: files.NewKey(), KeyID: key, AddedAt: migrations.At(d.Now()),
	}
	if err := d.store.Put(ctx, row.StoreKey, sealed); err != nil {
		return nil, fmt.Errorf("store file: %w", err)
	}
	return row, nil
}

// storeAll puts several files away, or none of them.
func (d *Desk) storeAll(ctx context.Context, attached []files.Clean) ([]File, error) {
	if len(attached) > files.MaxFiles {
		return nil, tooManyFiles()
	}
	var rows []File
	for _, clean := range attached {
		row, err := d.storeFile(ctx, clean)
		if err != nil {
			return nil, errors.Join(err, d.forget(ctx, rows))
		}
		rows = append(rows, *row)
	}
	return rows, nil
}

// changeWith is change for a verb that brings files: they are put away before the transaction, which must not
// wait for a store, and taken out again when it fails.
func (d *Desk) changeWith(ctx context.Context, a people.Actor, verb people.Verb, id ID, seen Version, attached []files.Clean, own func(context.Context, *work, []File) error) (*Case, error) {
	stored, err := d.storeAll(ctx, attached)
	if err != nil {
		return nil, err
	}
	c, err := d.change(ctx, a, verb, id, seen, func(ctx context.Context, w *work) error { return own(ctx, w, stored) })
	if err != nil {
		return nil, errors.Join(err, d.forget(ctx, stored))
	}
	return c, nil
}

// attach writes the rows of files that were put away for a verb, and names them in its event.
func (w *work) attach(ctx context.Context, rows []File, own func(*File)) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range rows {
		rows[i].CaseID = w.c.ID
		own(&rows[i])
	}
	if _, err := w.NewInsert().Model(&rows).Exec(ctx); err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	w.recordFiles(rows)
	return nil
}

// recordFiles puts the digests of files into the event, so that the record tells a file that was changed.
func (w *work) recordFiles(rows []File) {
	if len(rows) == 0 {
		return
	}
	digests := make([]string, len(rows))
	for i, f := range rows {
		digests[i] = hex.EncodeToString(f.Digest)
	}
	w.detail["files"] = digests
}

// forget takes files out of the store whose rows are gone. The store may be a machine away: the context of a
// reader who has left must not keep it from being done.
func (d *Desk) forget(ctx context.Context, rows []File) error {
	var all []error
	for _, f := range rows {
		if err := d.store.Delete(context.WithoutCancel(ctx), f.StoreKey); err != nil {
			all = append(all, fmt.Errorf("delete file: %w", err))
		}
	}
	return errors.Join(all...)
}

func dropFiles(ctx context.Context, tx bun.Tx, where string, args ...any) ([]File, error) {
	var gone []File
	err := tx.NewRaw("DELETE FROM files WHERE "+where+" RETURNING *", args...).Scan(ctx, &gone)
	if err != nil {
		return nil, fmt.Errorf("drop files: %w", err)
	}
	return gone, nil
}

func filesWhere(ctx context.Context, db bun.IDB, where string, args ...any) ([]File, error) {
	var rows []File
	if err := db.NewSelect().Model(&rows).Where(where, args...).Order("f.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	return rows, nil
}

// OpenFile reads a file of a case for those who may see the case. Its writer sees what goes with a reply only
// once the reply is the answer; the writer of a letter merged into this one sees the answer's files as well.
func (d *Desk) OpenFile(ctx context.Context, a people.Actor, id ID, file int64) (File, []byte, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return File{}, nil, err
	}
	rows, err := filesWhere(ctx, d.db.Read, "f.id = ? AND (f.case_id IS NOT NULL OR f.draft IN (SELECT files_key FROM proposals WHERE case_id = ? AND files_key <> ''))", file, id)
	if err != nil {
		return File{}, nil, err
	}
	if len(rows) == 0 {
		return File{}, nil, noFile()
	}
	f := rows[0]
	if err := d.maySeeFile(ctx, a, c, f); err != nil {
		return File{}, nil, err
	}
	data, err := d.readFile(ctx, f)
	return f, data, err
}

func noFile() error { return errs.NotFound("there is no such file", "没有这个文件") }

func (d *Desk) maySeeFile(ctx context.Context, a people.Actor, c *Case, f File) error {
	switch {
	case f.CaseID == 0 && a.WorksFor(c.LeadID):
		return nil // with a reply that waits for the department's leader
	case f.CaseID != c.ID && (f.CaseID != c.MergedInto || f.ReplyID == 0):
		return noFile()
	case f.ReplyID == 0 || f.CaseID == c.ID && !a.Is(people.Writer):
		return nil
	}
	went, err := d.db.Read.NewSelect().Model((*ReplyRow)(nil)).
		Where("r.id = ? AND r.status IN (?, ?)", f.ReplyID, AnsweredReply, VoidedReply).Exists(ctx)
	if err != nil {
		return fmt.Errorf("read reply: %w", err)
	}
	if !went {
		return noFile()
	}
	return nil
}

func (d *Desk) readFile(ctx context.Context, f File) ([]byte, error) {
	sealed, err := d.store.Get(ctx, f.StoreKey)
	if err != nil {
		return nil, fmt.Errorf("file %d: %w", f.ID, err)
	}
	data, err := d.keys.Unseal(sealed, f.KeyID)
	if err != nil {
		return nil, fmt.Errorf("file %d: %w", f.ID, err)
	}
	return data, nil
}
