package cases

import (
	"context"
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

// foundByTokens is PostgreSQL's way. The index is asked apart and without a limit: with one, PostgreSQL may read the
// letters from the newest on and look into each, which takes seconds where few have the words.
func (d *Desk) foundByTokens(ctx context.Context, q search.Query, filters []string, n int) ([]int64, error) {
	terms := q.Rechecked()
	var kept []int64
	before := int64(1) << 62
	for range mistakenRounds {
		var ids []int64
		err := d.db.Read.NewRaw(`WITH found AS MATERIALIZED (SELECT id FROM publication_index WHERE grams @@ ?::tsquery)
			SELECT id FROM found WHERE id < ? ORDER BY id DESC LIMIT ?`, q.TSQuery(filters...), before, n+mistaken).Scan(ctx, &ids)
		if err != nil {
			return nil, fmt.Errorf("look for words in published letters: %w", err)
		}
		last := len(ids) < n+mistaken
		if len(ids) == 0 {
			break
		}
		before = ids[len(ids)-1]
		if len(terms) > 0 {
			if ids, err = d.recheck(ctx, ids, terms); err != nil {
				return nil, err
			}
		}
		if kept = append(kept, ids...); last || len(kept) >= n {
			break
		}
	}
	return kept[:min(len(kept), n)], nil
}

// recheck keeps those in which every term stands as it was typed.
func (d *Desk) recheck(ctx context.Context, ids []int64, terms []string) ([]int64, error) {
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
