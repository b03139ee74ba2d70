package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/migrations"
)

// DraftTime is how long a file waits for the letter that it was chosen for.
const DraftTime = 24 * time.Hour

// MaxDraftBytes bounds what all files of letters that are not sent yet may take together, so that nobody can
// fill the store without ever sending a letter.
const MaxDraftBytes = 4 << 30

// AddDraftFile keeps a file for a letter that is being written, under the key of its form. The letter that is
// sent with the same key takes it along.
func (d *Desk) AddDraftFile(ctx context.Context, key string, clean files.Clean) error {
	if key == "" {
		return errs.Invalid("files", "please open the form anew and choose the file again", "请重新打开来信页面后再添加附件")
	}
	return d.keepFile(ctx, clean, func(ctx context.Context, tx bun.Tx, row *File) error {
		var held struct{ Mine, Bytes int64 }
		err := tx.NewRaw("SELECT COUNT(CASE WHEN draft = ? THEN 1 END) AS mine, COALESCE(SUM(size), 0) AS bytes FROM files WHERE draft IS NOT NULL", key).
			Scan(ctx, &held)
		if err != nil {
			return fmt.Errorf("count files: %w", err)
		}
		if held.Mine >= files.MaxFiles {
			return tooManyFiles()
		}
		if held.Bytes+row.Size > MaxDraftBytes {
			return errs.Limited("no more files can be taken just now; please send the letter without, and add them to it later",
				"附件暂时无法接收，请先寄出来信，稍后再补充附件")
		}
		row.Draft = key
		if _, err = tx.NewInsert().Model(row).Exec(ctx); err != nil {
			return fmt.Errorf("write file: %w", err)
		}
		return nil
	})
}

func tooManyFiles() error {
	return errs.Invalid("files", "at most %d files can be attached; please remove one first", "最多可添加 %d 个附件，请先移除一个", files.MaxFiles)
}

// DraftFiles are the files that wait for a letter.
func (d *Desk) DraftFiles(ctx context.Context, key string) ([]File, error) {
	if key == "" {
		return nil, nil
	}
	return filesWhere(ctx, d.db.Read, "f.draft = ?", key)
}

// DropDraftFile takes a file off a letter that is being written. One that is gone already is no error.
func (d *Desk) DropDraftFile(ctx context.Context, key string, id int64) error {
	var gone []File
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		gone, err = dropFiles(ctx, tx, "draft = ? AND id = ?", key, id)
		return err
	})
	if err != nil {
		return err
	}
	return d.forget(ctx, gone)
}

// takeDraftFiles gives the files that wait for a letter to its case.
func (w *work) takeDraftFiles(ctx context.Context, attached []File) error {
	if len(attached) == 0 {
		return nil
	}
	ids := make([]int64, len(attached))
	for i, f := range attached {
		ids[i] = f.ID
	}
	result, err := w.NewUpdate().Model((*File)(nil)).Set("case_id = ?, draft = NULL", w.c.ID).
		Where("f.id IN (?) AND f.draft IS NOT NULL", bun.List(ids)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("give files to the case: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != int64(len(ids)) {
		return errs.Conflict("the files have changed meanwhile; please look at the letter again and send it", "附件已有变化，请检查后重新提交").Because(err)
	}
	return nil
}

// ClearDrafts removes what nobody needs any more, limit of each at most: files that have waited over a day for
// their letter, and proofs that have expired. It says how many it removed.
func (d *Desk) ClearDrafts(ctx context.Context, limit int) (int, error) {
	now := d.Now()
	var cleared int64
	var gone []File
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		spent, err := tx.ExecContext(ctx, "DELETE FROM spent WHERE proof IN (SELECT proof FROM spent WHERE expires_at < ? LIMIT ?)", migrations.At(now), limit)
		if err != nil {
			return err
		}
		if cleared, err = spent.RowsAffected(); err != nil {
			return err
		}
		gone, err = dropFiles(ctx, tx, `id IN (SELECT f.id FROM files AS f WHERE f.draft IS NOT NULL AND f.added_at < ?
			AND NOT EXISTS (SELECT 1 FROM proposals AS p WHERE p.files_key = f.draft AND p.files_key <> '') LIMIT ?)`,
			migrations.At(now.Add(-DraftTime)), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("clear drafts: %w", err)
	}
	return int(cleared) + len(gone), d.forget(ctx, gone)
}
