package cases

import (
	"context"
	"fmt"

	"mailbox/cases/people"
	"mailbox/migrations"
)

// AwaitingPage is how many letters stand on a page of those that wait for a decision about publication.
const AwaitingPage = 25

// Awaiting is an answered letter whose writer has agreed to publication and about which nobody has decided yet.
type Awaiting struct {
	ID          ID
	Version     Version
	Title       string
	Kind        string
	ReceivedDay string
	AnsweredAt  migrations.Instant
	Department  string
}

// Number is the case's number.
func (a *Awaiting) Number() string { return Number(a.ReceivedDay, a.ID) }

// AwaitingPublication lists them, the latest answer first, and whether there are more after this page (from 1).
//
// Errors: forbidden but for those who may publish.
func (d *Desk) AwaitingPublication(ctx context.Context, a people.Actor, page int) (list []Awaiting, more bool, err error) {
	if _, err := a.Permit(people.Publish, people.Subject{}); err != nil {
		return nil, false, err
	}
	err = d.db.Read.NewRaw(`SELECT c.id, c.version, c.title, c.kind, c.received_day, c.answered_at,
			COALESCE((SELECT name FROM departments WHERE id = c.answered_by_id), '') AS department
		FROM cases AS c WHERE c.consent AND c.answered_at IS NOT NULL AND NOT c.confidential AND c.state IN ('answered', 'closed')
			AND NOT EXISTS (SELECT 1 FROM publications AS p WHERE p.case_id = c.id)
			AND NOT EXISTS (SELECT 1 FROM kept_private AS k WHERE k.case_id = c.id)
		ORDER BY c.answered_at DESC, c.id DESC LIMIT ? OFFSET ?`, AwaitingPage+1, (max(page, 1)-1)*AwaitingPage).Scan(ctx, &list)
	if err != nil {
		return nil, false, fmt.Errorf("read letters that wait for publication: %w", err)
	}
	return list[:min(len(list), AwaitingPage)], len(list) > AwaitingPage, nil
}
