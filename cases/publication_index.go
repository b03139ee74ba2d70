package cases

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/search"
)

// indexedAtOnce is how many publications are indexed in one transaction.
const indexedAtOnce = 200

// The filters that stand in the index beside the words.
const (
	byKind, byTopic, byDepartment, byMonth = "k", "t", "d", "m"
)

// topicLevels are a topic and what lies above it: "城乡建设 / 城市管理" is found under "城乡建设" too.
func topicLevels(topic string) []string {
	var all []string
	for i, r := range topic {
		if r == '/' || r == '／' {
			all = append(all, strings.TrimSpace(topic[:i]))
		}
	}
	return append(all, strings.TrimSpace(topic))
}

func (p *publicationRow) text() string { return p.Title + "\n" + p.Body + "\n" + p.Answer }

func (p *publicationRow) marks() []string {
	marks := []string{search.Filter(byKind, p.Kind), search.Filter(byDepartment, strconv.FormatInt(p.DepartmentID, 10))}
	if len(p.ReceivedDay) >= 7 {
		marks = append(marks, search.Filter(byMonth, p.ReceivedDay[:7]))
	}
	if p.Topic != "" {
		for _, level := range topicLevels(p.Topic) {
			marks = append(marks, search.Filter(byTopic, level))
		}
	}
	return marks
}

// published is the index of what is published.
func (d *Desk) published() wordIndex { return wordIndex{d.db, "publication_index"} }

// indexPublication writes the tokens of a publication in place of those it had.
func (d *Desk) indexPublication(ctx context.Context, tx bun.IDB, p *publicationRow) error {
	return d.published().write(ctx, tx, p.ID, p.text(), p.marks())
}

// IndexPublications indexes what is published and stands in no index: after a backup was restored, all of it. It
// may run anywhere, any number of times, at once, and says how many it has indexed. Once nothing was missing this
// process does not look again, since publishing keeps the index.
func (d *Desk) IndexPublications(ctx context.Context) (indexed int, err error) {
	if d.publicationsIndexed.Load() {
		return 0, nil
	}
	key := d.published().key()
	after := int64(0)
	for {
		n, last := 0, int64(0)
		err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			n, last = 0, 0
			var rows []publicationRow
			// Locked: what somebody withdraws meanwhile must not come back into the index.
			err := tx.NewRaw("SELECT * FROM publications AS p WHERE p.id > ? AND p.withdrawn_at IS NULL AND NOT EXISTS (SELECT 1 FROM publication_index WHERE publication_index."+
				key+" = p.id) ORDER BY p.id LIMIT ?"+d.db.LockRow(), after, indexedAtOnce).Scan(ctx, &rows)
			if err != nil {
				return fmt.Errorf("look for publications without index: %w", err)
			}
			for i := range rows {
				if err := d.indexPublication(ctx, tx, &rows[i]); err != nil {
					return err
				}
				n, last = n+1, rows[i].ID
			}
			return nil
		})
		if err != nil {
			return indexed, err
		}
		if n == 0 {
			d.publicationsIndexed.Store(true)
			return indexed, nil
		}
		indexed, after = indexed+n, last
	}
}
