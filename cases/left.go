package cases

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
)

// leftBehind is an open case whose holder is no longer there, and whose leaders have not been told.
type leftBehind struct {
	ID           ID
	ReceivedDay  string
	Title        string
	DepartmentID int64
	DueAt        migrations.Instant
	Provisional  bool
	AccountID    int64
	Person       string
}

// TellLeft tells the leaders of a department which open cases somebody held who was disabled or works there no more: one
// notice for each person who left. The cases are nobody's from that moment on, whether this has run or not; it may run
// anywhere, any number of times.
func (d *Desk) TellLeft(ctx context.Context) error {
	found, err := leftIn(ctx, d.db.Read, d.Now())
	if err != nil || len(found) == 0 {
		return err
	}
	var told []int64
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		told = nil
		now := d.Now()
		if found, err = leftIn(ctx, tx, now); err != nil || len(found) == 0 {
			return err
		}
		ids := make([]ID, len(found))
		for i, one := range found {
			ids[i] = one.ID
		}
		// Of two processes that come here at once, each tells of what it has marked itself.
		var marked []ID
		err := tx.NewRaw("UPDATE holders SET left_told_at = ? WHERE case_id IN (?) AND left_told_at IS NULL RETURNING case_id", migrations.At(now), bun.List(ids)).
			Scan(ctx, &marked)
		if err != nil {
			return fmt.Errorf("note who left: %w", err)
		}
		found = slices.DeleteFunc(found, func(one leftBehind) bool { return !slices.Contains(marked, one.ID) })
		for start := 0; start < len(found); {
			end := start
			for end < len(found) && found[end].DepartmentID == found[start].DepartmentID && found[end].AccountID == found[start].AccountID {
				end++
			}
			notices, err := d.leftNotices(ctx, tx, found[start:end])
			if err != nil {
				return err
			}
			written, err := d.post(ctx, tx, now, notices...)
			if err != nil {
				return err
			}
			told, start = append(told, written...), end
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Sort(told)
	d.wake(ctx, Wakeup{Notices: told})
	return nil
}

// leftIn reads what somebody left behind, by department and person, first due first.
func leftIn(ctx context.Context, db bun.IDB, now time.Time) ([]leftBehind, error) {
	var found []leftBehind
	err := db.NewRaw(`SELECT c.id, c.received_day, c.title, h.department_id, c.department_due_at AS due_at, c.department_provisional AS provisional,
			h.account_id, a.name AS person
		FROM cases AS c JOIN holders AS h ON h.case_id = c.id AND h.department_id = c.lead_id JOIN accounts AS a ON a.id = h.account_id
		WHERE c.state IN ('routed', 'acknowledged', 'replied') AND h.left_told_at IS NULL AND (a.disabled_at IS NOT NULL OR NOT EXISTS
			(SELECT 1 FROM grants AS g WHERE g.account_id = a.id AND g.department_id = h.department_id AND `+people.GrantHolds+`))
		ORDER BY h.department_id, h.account_id, c.department_due_at, c.id`, migrations.At(now), migrations.At(now)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("look for cases of those who left: %w", err)
	}
	return found, nil
}

// leftNotices are for the leaders, or for the whole department where none can be reached.
func (d *Desk) leftNotices(ctx context.Context, tx bun.Tx, behind []leftBehind) ([]notify.Notice, error) {
	first := behind[0]
	now, rules := d.Now(), d.rules.Load()
	to, err := leadersOf(ctx, tx, now, first.DepartmentID)
	if err == nil && len(to) == 0 {
		to, err = department(ctx, tx, now, first.DepartmentID)
	}
	if err != nil {
		return nil, err
	}
	data := d.data()
	data.URL, data.Person, data.Count = d.publicURL+"/desk/department?holder=nobody", first.Person, len(behind)
	if err := tx.NewRaw("SELECT name FROM departments WHERE id = ?", first.DepartmentID).Scan(ctx, &data.Department); err != nil {
		return nil, fmt.Errorf("read department: %w", err)
	}
	for _, one := range behind[:min(len(behind), wording.MaxItems)] {
		number := Number(one.ReceivedDay, one.ID)
		data.Items = append(data.Items, wording.Item{
			Number: number, Title: one.Title, Due: one.DueAt.Time, Provisional: one.Provisional, URL: d.publicURL + "/cases/" + number,
		})
	}
	notices := make([]notify.Notice, 0, len(to))
	for _, r := range to {
		n, err := render(wording.Left, r, data, fmt.Sprintf("left:%d:%d:%d:%d", first.DepartmentID, first.AccountID, first.ID, now.Unix()))
		if err != nil {
			return nil, err
		}
		n.NotBefore = rules.held(r, now)
		notices = append(notices, n)
	}
	return notices, nil
}
