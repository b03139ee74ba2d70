package cases

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/redact"
)

// RatingWords are what the writers of some letters said with their latest rating, for those who may open every case:
// lists of many letters read better so than one after the other. Numbers, addresses and names that give somebody away
// are hidden, as in a text to be published; the case has the words as they are. Who said nothing is left out.
//
// Errors: forbidden for who may not open every case.
func (d *Desk) RatingWords(ctx context.Context, a people.Actor, ids []ID) (map[ID]string, error) {
	if _, err := a.Permit(people.View, people.Subject{}); err != nil {
		return nil, err
	}
	words := map[ID]string{}
	if len(ids) == 0 {
		return words, nil
	}
	var found []struct {
		CaseID ID
		Text   string
	}
	err := d.db.Read.NewRaw(`SELECT e.case_id, x.body AS text FROM events e JOIN event_texts x ON x.case_id = e.case_id AND x.seq = e.seq
		WHERE e.case_id IN (?) AND e.seq = (SELECT MAX(l.seq) FROM events l WHERE l.case_id = e.case_id AND l.verb IN (?))`,
		bun.List(ids), bun.List([]people.Verb{people.Rate, people.RecordRating})).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read what writers said: %w", err)
	}
	for _, one := range found {
		if one.Text == "" {
			continue
		}
		if words[one.CaseID], err = redact.Hide(one.Text, redact.Find(one.Text, redact.Known{})); err != nil {
			return nil, err
		}
	}
	return words, nil
}
