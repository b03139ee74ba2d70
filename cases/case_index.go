package cases

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"mailbox/cases/search"
	"mailbox/migrations"
)

// The staff's search finds a case by its words and by marks of what it is filed under. The index is written in the
// transaction of the verb that changes any of these. Which those are, the database says: triggers note a case whose
// words, marks or departments change in case_unindexed, whoever changed it. What a verb of this program notes there,
// it also takes out; what anything else leaves (a restore, an import, a process of an older version), IndexCases does.

// indexedCases is how many cases are indexed in one transaction: some hundredths of a second, for which a letter
// that is being sent may wait.
const indexedCases = 50

// The marks of a case in the index.
const (
	markKind, markChannel, markTopic, markDistrict = "k", "c", "t", "r"
	markState, markLead, markAssist, markHidden    = "s", "l", "a", "f"
)

// keyBits are those of a case's identity in its key in the index; above them are the seconds since keyEpoch. A city
// of sixty thousand letters a day fills them in a hundred years.
const (
	keyBits  = 31
	keyEpoch = 946_684_800 // 2000-01-01
)

// keySQL is the key of case c.
const keySQL = "((c.received_at - 946684800) * 2147483648 + c.id)"

// keyAt is the lowest key of a case received at the second, or later. Before 1864 and after 2136 there are no letters.
func keyAt(second int64) int64 {
	const most = 1<<32 - 1
	return max(-most, min(second-keyEpoch, most)) << keyBits
}

func keyOf(c *Case) int64 { return keyAt(c.ReceivedAt.Unix()) + int64(c.ID) }

// idOf is the case that a key belongs to.
func idOf(key int64) ID { return ID(key & (1<<keyBits - 1)) }

func (d *Desk) caseIndex() wordIndex { return wordIndex{d.db, "case_index"} }

func departmentMark(name string, id int64) string {
	return search.Filter(name, strconv.FormatInt(id, 10))
}

// marks are what a case is filed under.
func (c *Case) marks(assisting []int64) []string {
	marks := []string{
		search.Filter(markKind, c.Kind), search.Filter(markChannel, c.Channel), search.Filter(markState, string(c.State)),
		search.Filter(markDistrict, c.District), departmentMark(markLead, c.LeadID),
	}
	if c.Topic != "" {
		for _, level := range topicLevels(c.Topic) {
			marks = append(marks, search.Filter(markTopic, level))
		}
	}
	if c.Confidential {
		marks = append(marks, search.Filter(markHidden, "yes"))
	}
	for _, id := range assisting {
		marks = append(marks, departmentMark(markAssist, id))
	}
	return marks
}

// reindex writes the index of the case if what it holds has changed in this transaction.
func (w *work) reindex(ctx context.Context) error {
	noted, err := w.ExecContext(ctx, "DELETE FROM case_unindexed WHERE case_id = ?", w.c.ID)
	if err != nil {
		return fmt.Errorf("look what is to be indexed: %w", err)
	}
	if n, err := noted.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if w.c.Version == 1 { // new: there is nothing but the letter
		return w.desk.caseIndex().add(ctx, w.Tx, keyOf(w.c), w.c.Title+"\n"+w.c.Body, w.c.marks(nil))
	}
	return w.desk.indexCases(ctx, w.Tx, []Case{*w.c})
}

// indexCases writes the index of cases that are locked.
func (d *Desk) indexCases(ctx context.Context, tx bun.IDB, cases []Case) error {
	ids := make([]ID, len(cases))
	for i := range cases {
		ids[i] = cases[i].ID
	}
	texts, assisting := map[ID]*strings.Builder{}, map[ID][]int64{}
	var rows []struct {
		CaseID     ID
		Body       string
		Department int64
	}
	err := tx.NewRaw(`SELECT case_id, body, 0 AS department FROM replies WHERE case_id IN (?)
		UNION ALL SELECT case_id, body, 0 FROM materials WHERE case_id IN (?)
		UNION ALL SELECT case_id, body, department_id FROM assists WHERE released_at IS NULL AND case_id IN (?)`,
		bun.List(ids), bun.List(ids), bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("read what to index: %w", err)
	}
	for _, row := range rows {
		if row.Department != 0 {
			assisting[row.CaseID] = append(assisting[row.CaseID], row.Department)
		}
		if texts[row.CaseID] == nil {
			texts[row.CaseID] = &strings.Builder{}
		}
		texts[row.CaseID].WriteString("\n" + row.Body)
	}
	for i := range cases {
		c := &cases[i]
		text := c.Title + "\n" + c.Body
		if more := texts[c.ID]; more != nil {
			text += more.String()
		}
		if err := d.caseIndex().write(ctx, tx, keyOf(c), text, c.marks(assisting[c.ID])); err != nil {
			return err
		}
	}
	return nil
}

// IndexCases indexes the cases whose index is older than their words: all of them after a backup was restored, and
// what was imported. It may run anywhere, any number of times, at once, and says how many it has indexed.
func (d *Desk) IndexCases(ctx context.Context) (indexed int, err error) {
	for {
		n := 0
		err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			n = 0
			// The cases are locked before they are read: who changes one meanwhile has either finished, or will find no note
			// and write one anew. A case that somebody has in hand is left for the next time.
			var cases []Case
			query := "SELECT c.id, c.received_at, c.title, c.body, c.kind, c.channel, c.topic, c.district, c.state, c.lead_id, c.confidential" +
				" FROM cases AS c WHERE c.id IN (SELECT case_id FROM case_unindexed ORDER BY case_id DESC LIMIT ?) ORDER BY c.id" + d.db.LockRow()
			if d.db.Dialect() == migrations.PostgreSQL {
				query += " OF c SKIP LOCKED"
			}
			if err := tx.NewRaw(query, indexedCases).Scan(ctx, &cases); err != nil {
				return fmt.Errorf("read cases to index: %w", err)
			}
			if len(cases) == 0 {
				return nil
			}
			ids := make([]ID, len(cases))
			for i := range cases {
				ids[i] = cases[i].ID
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM case_unindexed WHERE case_id IN (?)", bun.List(ids)); err != nil {
				return fmt.Errorf("note what is indexed: %w", err)
			}
			n = len(ids)
			return d.indexCases(ctx, tx, cases)
		})
		if err != nil || n == 0 {
			return indexed, err
		}
		indexed += n
	}
}
