package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
)

// Requests gives, of each of these cases, the words of the last event of the verb: why more time or a rework is asked
// for, for those who decide in a list. A case that the actor may not see is left out.
func (d *Desk) Requests(ctx context.Context, a people.Actor, verb people.Verb, ids []ID) (map[ID]string, error) {
	where, args, err := visible(a)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var rows []struct {
		CaseID ID
		Body   string
	}
	args = append(args, verb, bun.List(ids))
	err = d.db.Read.NewRaw("SELECT e.case_id, t.body FROM cases c JOIN events e ON e.case_id = c.id JOIN event_texts t ON t.case_id = e.case_id AND t.seq = e.seq"+
		" WHERE "+where+" AND e.verb = ? AND c.id IN (?) ORDER BY e.case_id, e.seq", args...).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", err)
	}
	words := make(map[ID]string, len(rows))
	for _, row := range rows {
		words[row.CaseID] = row.Body
	}
	return words, nil
}
