package cases

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/search"
	"mailbox/migrations"
)

// wordIndex is a table by which texts are found by their words and by marks, such as what they are filed under: an
// FTS5 table on SQLite, a table of tokens on PostgreSQL. It is sorted by its key; a higher key is found first.
type wordIndex struct {
	db    *migrations.DB
	table string
}

// key is what the key's column is called.
func (x wordIndex) key() string {
	if x.db.Dialect() == migrations.PostgreSQL {
		return "id"
	}
	return "rowid"
}

// write puts a text and its marks in place of those the key had.
func (x wordIndex) write(ctx context.Context, tx bun.IDB, key int64, text string, marks []string) error {
	if err := x.remove(ctx, tx, key); err != nil {
		return err
	}
	return x.add(ctx, tx, key, text, marks)
}

// add puts in a key that is not there.
func (x wordIndex) add(ctx context.Context, tx bun.IDB, key int64, text string, marks []string) error {
	tokens := strings.Join(append(search.Tokens(text), marks...), " ")
	var err error
	if x.db.Dialect() == migrations.PostgreSQL {
		tokens += " " + strings.Join(search.Triples(text), " ")
		_, err = tx.ExecContext(ctx, "INSERT INTO "+x.table+" (id, folded, grams) VALUES (?, ?, array_to_tsvector(array_remove(string_to_array(?, ' '), '')))",
			key, search.Folded(text), tokens)
	} else {
		_, err = tx.ExecContext(ctx, "INSERT INTO "+x.table+" (rowid, grams) VALUES (?, ?)", key, tokens)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", x.table, err)
	}
	return nil
}

// remove takes a key out.
func (x wordIndex) remove(ctx context.Context, tx bun.IDB, key int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM "+x.table+" WHERE "+x.key()+" = ?", key); err != nil {
		return fmt.Errorf("take out of %s: %w", x.table, err)
	}
	return nil
}

// wanted is what an index is asked for: every word and every mark, with a key from from (inclusive) up to before
// (exclusive).
type wanted struct {
	words        search.Query
	marks        []string
	from, before int64
}

// farthest is beyond every key.
const farthest = math.MaxInt64

// everywhere are all keys.
func everywhere(words search.Query, marks []string) wanted {
	return wanted{words: words, marks: marks, from: -farthest, before: farthest}
}

// find gives the n highest keys.
func (x wordIndex) find(ctx context.Context, w wanted, n int) (keys []int64, err error) {
	if x.db.Dialect() == migrations.PostgreSQL {
		return x.findByTokens(ctx, w, n)
	}
	err = x.db.Read.NewRaw("SELECT rowid FROM "+x.table+" WHERE "+x.table+" MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
		w.words.FTS5(w.marks...), w.from, w.before, n).Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("look for words: %w", err)
	}
	return keys, nil
}

const (
	// mistaken is how many more are looked at than are wanted: a row of tokens may stand apart. That is rare, so
	// after some rounds what was found is all there is.
	mistaken, mistakenRounds = 100, 20
)

// newestFirst is how many of the newest letters are looked through before the index is asked: a word that stands in
// one of twenty letters fills a page from them, in some milliseconds. Who wants more than newestMost asks the index at once.
const newestFirst, newestMost = 400, 1200

// findByTokens is PostgreSQL's way. A common word is found among the newest letters. The index is asked for the rare
// ones, and apart from everything else: left to itself, PostgreSQL reads all letters and unpacks each, which takes
// seconds.
func (x wordIndex) findByTokens(ctx context.Context, w wanted, n int) ([]int64, error) {
	words, terms := w.words.TSQuery(w.marks...), w.words.Rechecked()
	if n > newestMost {
		return x.findRechecked(ctx, w, n)
	}
	var keys []int64
	err := x.db.Read.NewRaw("SELECT id FROM (SELECT id, grams FROM "+x.table+` WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?) AS newest
		WHERE grams @@ ?::tsquery ORDER BY id DESC`, w.from, w.before, newestFirst+4*n, words).Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("look for words in the newest letters: %w", err)
	}
	if keys, err = x.recheck(ctx, keys, terms); err != nil || len(keys) >= n {
		return keys[:min(len(keys), n)], err
	}
	return x.findRechecked(ctx, w, n)
}

// findRechecked asks the index, and again while what it gives is mistaken.
func (x wordIndex) findRechecked(ctx context.Context, w wanted, n int) ([]int64, error) {
	words, terms := w.words.TSQuery(w.marks...), w.words.Rechecked()
	var kept []int64
	for range mistakenRounds {
		keys, err := x.ask(ctx, words, w, n+mistaken)
		if err != nil {
			return nil, err
		}
		last := len(keys) < n+mistaken
		if len(keys) == 0 {
			break
		}
		w.before = keys[len(keys)-1]
		if keys, err = x.recheck(ctx, keys, terms); err != nil {
			return nil, err
		}
		if kept = append(kept, keys...); last || len(kept) >= n {
			break
		}
	}
	return kept[:min(len(kept), n)], nil
}

// ask gives what PostgreSQL's index itself finds.
func (x wordIndex) ask(ctx context.Context, words string, w wanted, n int) (keys []int64, err error) {
	err = x.indexOnly(ctx, func(tx bun.Tx) error {
		return tx.NewRaw("WITH found AS MATERIALIZED (SELECT id FROM "+x.table+` WHERE grams @@ ?::tsquery)
			SELECT id FROM found WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?`, words, w.from, w.before, n).Scan(ctx, &keys)
	})
	return keys, err
}

// indexOnly asks PostgreSQL without its reading all rows instead of the index.
func (x wordIndex) indexOnly(ctx context.Context, ask func(bun.Tx) error) error {
	err := x.db.Read.RunInTx(ctx, &sql.TxOptions{ReadOnly: true}, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
			return err
		}
		return ask(tx)
	})
	if err != nil {
		return fmt.Errorf("look for words: %w", err)
	}
	return nil
}

// recheck keeps those in which every term stands as it was typed.
func (x wordIndex) recheck(ctx context.Context, keys []int64, terms []string) ([]int64, error) {
	if len(keys) == 0 || len(terms) == 0 {
		return keys, nil
	}
	// By their keys: reading all texts to the end looks cheaper to PostgreSQL from some hundred keys on.
	var kept []int64
	err := x.indexOnly(ctx, func(tx bun.Tx) error {
		query := tx.NewSelect().Table(x.table).Column("id").Where("id IN (?)", bun.List(keys))
		for _, term := range terms {
			query = query.Where("folded LIKE ?", "%"+term+"%")
		}
		return query.OrderExpr("id DESC").Scan(ctx, &kept)
	})
	return kept, err
}

// findAmong gives the n highest keys whose cases c meet a condition too.
func (x wordIndex) findAmong(ctx context.Context, w wanted, among condition, n int) (keys []int64, err error) {
	const ofCase = "c.id = i.%s & 2147483647"
	if x.db.Dialect() != migrations.PostgreSQL {
		args := append([]any{w.words.FTS5(w.marks...), w.from, w.before}, among.args...)
		err = x.db.Read.NewRaw("SELECT i.rowid FROM "+x.table+" AS i CROSS JOIN cases AS c ON "+fmt.Sprintf(ofCase, "rowid")+
			" WHERE "+x.table+" MATCH ? AND i.rowid >= ? AND i.rowid < ? AND "+among.String()+" ORDER BY i.rowid DESC LIMIT ?", append(args, n)...).Scan(ctx, &keys)
		if err != nil {
			return nil, fmt.Errorf("look for words: %w", err)
		}
		return keys, nil
	}
	args := []any{w.words.TSQuery(w.marks...), w.from, w.before}
	recheck := ""
	for _, term := range w.words.Rechecked() {
		recheck, args = recheck+" AND folded LIKE ?", append(args, "%"+term+"%")
	}
	args = append(append(args, among.args...), n)
	err = x.indexOnly(ctx, func(tx bun.Tx) error {
		return tx.NewRaw("WITH found AS MATERIALIZED (SELECT id FROM "+x.table+" WHERE grams @@ ?::tsquery AND id >= ? AND id < ?"+recheck+
			") SELECT i.id FROM found AS i JOIN cases AS c ON "+fmt.Sprintf(ofCase, "id")+" WHERE "+among.String()+" ORDER BY i.id DESC LIMIT ?", args...).Scan(ctx, &keys)
	})
	return keys, err
}

// keep keeps the keys in whose texts the words stand, in their order.
func (x wordIndex) keep(ctx context.Context, words search.Query, keys []int64) (kept []int64, err error) {
	if x.db.Dialect() != migrations.PostgreSQL {
		err = x.db.Read.NewRaw("SELECT rowid FROM "+x.table+" WHERE "+x.table+" MATCH ? AND rowid IN (?) ORDER BY rowid DESC", words.FTS5(), bun.List(keys)).Scan(ctx, &kept)
	} else {
		err = x.db.Read.NewRaw("SELECT id FROM "+x.table+" WHERE id IN (?) AND grams @@ ?::tsquery ORDER BY id DESC", bun.List(keys), words.TSQuery()).Scan(ctx, &kept)
	}
	if err != nil {
		return nil, fmt.Errorf("look for words: %w", err)
	}
	if x.db.Dialect() == migrations.PostgreSQL {
		return x.recheck(ctx, kept, words.Rechecked())
	}
	return kept, nil
}
