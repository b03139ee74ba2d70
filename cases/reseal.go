package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/migrations"
)

// SealingKey is a key that contacts and files are sealed with, and how many are.
type SealingKey struct {
	ID              int64
	Current, Here   bool // sealed with now; in this key file
	Contacts, Files int64
	BegunAt         migrations.Instant
	FinishedAt      migrations.Instant // when everything had been sealed with it
	DroppedAt       migrations.Instant
}

// Used tells whether anything is sealed with it.
func (k SealingKey) Used() bool { return k.Contacts+k.Files > 0 }

type sealingRow struct {
	bun.BaseModel `bun:"table:sealing_keys,alias:q"`

	ID         int64 `bun:",pk"`
	Mark       string
	BegunAt    migrations.Instant
	FinishedAt migrations.Instant
	DroppedAt  migrations.Instant
}

// SealingKeys lists the keys of this key file and of the database, by number.
func (d *Desk) SealingKeys(ctx context.Context) ([]SealingKey, error) {
	return d.sealingKeys(ctx, d.db.Read)
}

func (d *Desk) sealingKeys(ctx context.Context, db bun.IDB) ([]SealingKey, error) {
	found := map[int64]*SealingKey{}
	at := func(id int64) *SealingKey {
		if found[id] == nil {
			found[id] = &SealingKey{ID: id}
		}
		return found[id]
	}
	current := d.keys.Current()
	for _, id := range d.keys.Sealing() {
		at(id).Here, at(id).Current = true, id == current
	}
	var rows []sealingRow
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read sealing keys: %w", err)
	}
	for _, r := range rows {
		k := at(r.ID)
		k.BegunAt, k.FinishedAt, k.DroppedAt = r.BegunAt, r.FinishedAt, r.DroppedAt
	}
	for _, table := range []string{"contacts WHERE sealed IS NOT NULL", "files"} {
		var counts []struct{ KeyID, N int64 }
		if err := db.NewRaw("SELECT key_id, count(*) AS n FROM "+table+" GROUP BY key_id").Scan(ctx, &counts); err != nil {
			return nil, fmt.Errorf("count what is sealed: %w", err)
		}
		for _, c := range counts {
			if table == "files" {
				at(c.KeyID).Files = c.N
			} else {
				at(c.KeyID).Contacts = c.N
			}
		}
	}
	all := make([]SealingKey, 0, len(found))
	for _, k := range found {
		all = append(all, *k)
	}
	slices.SortFunc(all, func(a, b SealingKey) int { return int(a.ID - b.ID) })
	return all, nil
}

// BeginSealingKey writes down that everything is going to be sealed with a key of the key file. Of two machines that
// have made different keys of one number the second is refused.
func (d *Desk) BeginSealingKey(ctx context.Context, id int64) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := sealingRow{ID: id, Mark: d.keys.SealingMark(id), BegunAt: migrations.At(d.Now())}
		if _, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("write sealing key: %w", err)
		}
		var stands sealingRow
		if err := tx.NewSelect().Model(&stands).Where("q.id = ?", id).Scan(ctx); err != nil {
			return fmt.Errorf("read sealing key: %w", err)
		}
		if row.Mark == "" || stands.Mark != row.Mark || !stands.DroppedAt.IsZero() {
			return errs.Conflict(
				"key %[1]d of this key file is not the one that the other machines have; copy their key file here first",
				"本机密钥文件中的第 %[1]d 号密钥与其他机器的不同，请先从其他机器复制密钥文件", id)
		}
		return nil
	})
}

// resealBatch is how many contacts one transaction seals anew.
const resealBatch = 200

// Reseal seals everything anew that is not sealed with the current key: contacts in batches, files one by one. It may be
// cut off at any point and begun again, and run beside everything else: what is sealed meanwhile, by whichever key, can be
// read all the time. did is told how many are done of how many.
func (d *Desk) Reseal(ctx context.Context, did func(done, total int64)) (missing []int64, err error) {
	if d.store == nil {
		return nil, errors.New("there is no file store")
	}
	key := d.keys.Current()
	var total int64
	for _, table := range []string{"contacts WHERE sealed IS NOT NULL AND", "files WHERE"} {
		var n int64
		if err := d.db.Read.NewRaw("SELECT count(*) FROM "+table+" key_id <> ?", key).Scan(ctx, &n); err != nil {
			return nil, fmt.Errorf("count what is sealed: %w", err)
		}
		total += n
	}
	done := int64(0)
	tell := func(n int) {
		done += int64(n)
		did(done, max(total, done))
	}
	// Processes that have not yet seen the new key may have sealed something behind our back: look again until a round
	// finds nothing.
	for {
		contacts, err := d.resealContacts(ctx, key, tell)
		if err != nil {
			return missing, err
		}
		files, gone, err := d.resealFiles(ctx, key, tell)
		missing = append(missing, gone...)
		if err != nil {
			return missing, err
		}
		if contacts+files == 0 {
			break
		}
	}
	return missing, d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE sealing_keys SET finished_at = ? WHERE id = ? AND finished_at IS NULL", migrations.At(d.Now()), key)
		return err
	})
}

// resealContacts goes once through all contacts, a transaction each batch.
func (d *Desk) resealContacts(ctx context.Context, key int64, tell func(int)) (all int, err error) {
	last := int64(0)
	for {
		n := 0
		err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			var rows []contactRow
			err := tx.NewRaw("SELECT id, sealed, key_id FROM contacts WHERE id > ? AND sealed IS NOT NULL AND key_id <> ? ORDER BY id LIMIT ?"+d.db.LockRow(),
				last, key, resealBatch).Scan(ctx, &rows)
			if err != nil {
				return err
			}
			for i := range rows {
				row := &rows[i]
				plain, err := d.keys.Unseal(row.Sealed, row.KeyID)
				if err != nil {
					return fmt.Errorf("contact %d: %w", row.ID, err)
				}
				sealed, id, err := d.keys.Seal(plain)
				if err != nil {
					return fmt.Errorf("contact %d: %w", row.ID, err)
				}
				if _, err := tx.ExecContext(ctx, "UPDATE contacts SET sealed = ?, key_id = ? WHERE id = ?", sealed, id, row.ID); err != nil {
					return err
				}
			}
			if n = len(rows); n > 0 {
				last = rows[n-1].ID
			}
			return nil
		})
		if err != nil {
			return all, fmt.Errorf("seal contacts anew: %w", err)
		}
		if n == 0 {
			return all, nil
		}
		all += n
		tell(n)
	}
}

// resealFiles goes once through all files. A file is put in its own place sealed anew, and then its row names the new
// key: cut off in between, it is opened by the one its row does not name (seal.Keys.Unseal).
func (d *Desk) resealFiles(ctx context.Context, key int64, tell func(int)) (all int, missing []int64, err error) {
	last := int64(0)
	for {
		var rows []File
		err := d.db.Read.NewSelect().Model(&rows).Where("f.id > ? AND f.key_id <> ?", last, key).Order("f.id").Limit(resealBatch).Scan(ctx)
		if err != nil {
			return all, missing, fmt.Errorf("read files: %w", err)
		}
		if len(rows) == 0 {
			return all, missing, nil
		}
		for _, f := range rows {
			last = f.ID
			there, err := d.resealFile(ctx, f)
			if err != nil {
				return all, missing, fmt.Errorf("seal file %d anew: %w", f.ID, err)
			}
			if !there {
				missing = append(missing, f.ID)
			}
			all++
			tell(1)
		}
	}
}

// resealFile tells whether there was anything to seal: of one that the store has lost only the row is left.
func (d *Desk) resealFile(ctx context.Context, f File) (there bool, err error) {
	sealed, err := d.store.Get(ctx, f.StoreKey)
	id := d.keys.Current()
	switch {
	case errors.Is(err, files.ErrMissing):
	case err != nil:
		return false, err
	default:
		there = true
		plain, err := d.keys.Unseal(sealed, f.KeyID)
		if err != nil {
			return true, err
		}
		if sealed, id, err = d.keys.Seal(plain); err != nil {
			return true, err
		}
		if err := d.store.Put(ctx, f.StoreKey, sealed); err != nil {
			return true, err
		}
	}
	var stands bool
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.ExecContext(ctx, "UPDATE files SET key_id = ? WHERE id = ?", id, f.ID)
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		stands = n > 0
		return err
	})
	if err != nil || stands || !there {
		return there || !stands, err
	}
	return true, d.forget(ctx, []File{f}) // its writer took it off meanwhile
}

// DropSealingKey writes down that a key is used no more, so that nothing is sealed with it by any process: only then may
// it be taken out of the key file.
//
// Errors: conflict while it is in use, or while anything is sealed with it; not_found.
func (d *Desk) DropSealingKey(ctx context.Context, id int64) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if d.db.Dialect() == migrations.PostgreSQL {
			// Whoever is about to commit something sealed with it comes first, and is counted.
			if _, err := tx.ExecContext(ctx, "LOCK TABLE contacts, files IN SHARE ROW EXCLUSIVE MODE"); err != nil {
				return fmt.Errorf("lock what is sealed: %w", err)
			}
		}
		all, err := d.sealingKeys(ctx, tx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(k SealingKey) bool { return k.ID == id })
		switch {
		case i < 0:
			return errs.NotFound("there is no key %d", "没有第 %d 号密钥", id)
		case all[i].Current:
			return errs.Conflict("key %d is the one in use; rotate first", "第 %d 号密钥正在使用，请先更换", id)
		case all[i].Used():
			return errs.Conflict("%[2]d contacts and %[3]d files are still sealed with key %[1]d; run keys rotate first",
				"仍有 %[2]d 条联系方式和 %[3]d 个文件用第 %[1]d 号密钥加密，请先运行 keys rotate", id, all[i].Contacts, all[i].Files)
		}
		row := sealingRow{ID: id, Mark: d.keys.SealingMark(id), BegunAt: migrations.At(d.Now()), DroppedAt: migrations.At(d.Now())}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").Set("dropped_at = COALESCE(q.dropped_at, EXCLUDED.dropped_at)").Exec(ctx)
		if err != nil {
			return fmt.Errorf("drop sealing key: %w", err)
		}
		return nil
	})
}
