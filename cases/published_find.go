package cases

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/search"
	"mailbox/migrations"
)

// foundIDs gives the newest n publications that the index finds.
func (d *Desk) foundIDs(ctx context.Context, q search.Query, filters []string, n int) (ids []int64, err error) {
	if d.db.Dialect() == migrations.PostgreSQL {
		return d.foundByTokens(ctx, q, filters, n)
	}
	err = d.db.Read.NewRaw("SELECT rowid FROM publication_index WHERE publication_index MATCH ? ORDER BY rowid DESC LIMIT ?", q.FTS5(filters...), n).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("look for words in published letters: %w", err)
	}
	return ids, nil
}

const (
	// mistaken is how many more are looked at than are wanted: a row of tokens may stand apart. That is rare, so
	// after some rounds what was found is all there is.
	mistaken, mistakenRounds = 100, 20
)

// newestFirst is how many of the newest letters are looked through before the index is asked: a word that stands in
// one of twenty letters fills a page from them, in some milliseconds.
const newestFirst = 400

// foundByTokens is PostgreSQL's way. A common word is found among the newest letters. The index is asked for the rare
// ones, and apart from everything else: left to itself, PostgreSQL reads all letters and unpacks each, which takes
// seconds.
func (d *Desk) foundByTokens(ctx context.Context, q search.Query, filters []string, n int) ([]int64, error) {
	words, terms := q.TSQuery(filters...), q.Rechecked()
	var ids []int64
	err := d.db.Read.NewRaw(`SELECT id FROM (SELECT id, grams FROM publication_index ORDER BY id DESC LIMIT ?) AS newest
		WHERE grams @@ ?::tsquery ORDER BY id DESC`, newestFirst+4*n, words).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("look for words in the newest published letters: %w", err)
	}
	if ids, err = d.recheck(ctx, ids, terms); err != nil || len(ids) >= n {
		return ids[:min(len(ids), n)], err
	}
	var kept []int64
	before := int64(1) << 62
	for range mistakenRounds {
		ids, err := d.askIndex(ctx, words, before, n+mistaken)
		if err != nil {
			return nil, err
		}
		last := len(ids) < n+mistaken
		if len(ids) == 0 {
			break
		}
		before = ids[len(ids)-1]
		if ids, err = d.recheck(ctx, ids, terms); err != nil {
			return nil, err
		}
		if kept = append(kept, ids...); last || len(kept) >= n {
			break
		}
	}
	return kept[:min(len(kept), n)], nil
}

// askIndex gives what the index finds below an identity, the newest first.
func (d *Desk) askIndex(ctx context.Context, words string, before int64, n int) (ids []int64, err error) {
	err = d.db.Read.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		return tx.NewRaw(`WITH found AS MATERIALIZED (SELECT id FROM publication_index WHERE grams @@ ?::tsquery)
			SELECT id FROM found WHERE id < ? ORDER BY id DESC LIMIT ?`, words, before, n).Scan(ctx, &ids)
	})
	if err != nil {
		return nil, fmt.Errorf("look for words in published letters: %w", err)
	}
	return ids, nil
}

// recheck keeps those in which every term stands as it was typed.
func (d *Desk) recheck(ctx context.Context, ids []int64, terms []string) ([]int64, error) {
	if len(ids) == 0 || len(terms) == 0 {
		return ids, nil
	}
	query := d.db.Read.NewSelect().Table("publication_index").Column("id").Where("id IN (?)", bun.List(ids))
	for _, term := range terms {
		query = query.Where("folded LIKE ?", "%"+term+"%")
	}
	var kept []int64
	if err := query.OrderExpr("id DESC").Scan(ctx, &kept); err != nil {
		return nil, fmt.Errorf("look for words in published letters: %w", err)
	}
	return kept, nil
}
