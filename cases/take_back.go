package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// TakeBackWithin is how long whoever routed a case may take that back.
const TakeBackWithin = 10 * time.Minute

// TakeBack undoes a routing that was a mistake: the case lies on the office's desk again, the writer's clock never
// noticed, and nobody's conduct is counted, for the department did nothing. The record keeps both events.
//
// Only whoever routed it may, within TakeBackWithin, and only while nobody has done anything to the case since: what
// time itself asks for (marks, a new calendar) is not somebody's doing.
func (d *Desk) TakeBack(ctx context.Context, a people.Actor, id ID, seen Version) (*Case, error) {
	return d.change(ctx, a, people.TakeBack, id, seen, func(ctx context.Context, w *work) error {
		var last struct {
			Verb      people.Verb
			AccountID int64
			At        migrations.Instant
		}
		err := w.NewRaw("SELECT verb, COALESCE(account_id, 0) AS account_id, at FROM events WHERE case_id = ? AND actor <> ? ORDER BY seq DESC LIMIT 1",
			id, people.System).Scan(ctx, &last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the last event: %w", err)
		}
		switch {
		case last.Verb != people.Route:
			return errs.Conflict("something has been done to this case since it was routed; please reassign it instead",
				"转办后该办件已有新的办理动作，不能撤回，请改用改派")
		case last.AccountID != a.Account:
			return errs.Conflict("somebody else has routed this case; please reassign it instead",
				"该办件由他人转办，不能撤回，请改用改派")
		case w.now.After(last.At.Add(TakeBackWithin)):
			return errs.Conflict("a routing can be taken back for %d minutes; please reassign the case instead",
				"转办后%d分钟内可以撤回，现已超过，请改用改派", int(TakeBackWithin/time.Minute))
		}
		w.detail["from"] = w.c.LeadID
		if err := w.toLead(ctx, wording.TakenBack, nil); err != nil {
			return err
		}
		for _, s := range w.assists {
			to, err := department(ctx, w.Tx, w.now, s.DepartmentID)
			if err != nil {
				return err
			}
			name, err := w.departmentName(ctx, s.DepartmentID)
			if err != nil {
				return err
			}
			if err := w.tell(wording.TakenBack, to, func(n *wording.Data) { n.Department = name }); err != nil {
				return err
			}
		}
		return w.leave(ctx)
	})
}

// JustRouted is a case that can still be taken back.
type JustRouted struct {
	ID         ID
	Number     string
	Title      string
	Department string
	Version    Version
	Until      time.Time // the last instant at which it can
}

// JustRouted lists what the actor has routed and can still take back, newest first, at most limit.
func (d *Desk) JustRouted(ctx context.Context, a people.Actor, limit int) ([]JustRouted, error) {
	if _, err := a.Permit(people.TakeBack, people.Subject{}); err != nil {
		return nil, err
	}
	var rows []struct {
		ID          ID
		ReceivedDay string
		Title       string
		Department  string
		Version     Version
		RoutedAt    migrations.Instant
	}
	err := d.db.Read.NewRaw(`SELECT c.id, c.received_day, c.title, p.name AS department, c.version, c.routed_at FROM cases AS c
		JOIN departments AS p ON p.id = c.lead_id
		JOIN events AS e ON e.case_id = c.id AND e.seq = (SELECT max(o.seq) FROM events AS o WHERE o.case_id = c.id AND o.actor <> ?)
		WHERE c.state = 'routed' AND c.routed_at >= ? AND e.verb = ? AND e.account_id = ?
		ORDER BY c.routed_at DESC, c.id DESC LIMIT ?`,
		people.System, migrations.At(d.Now().Add(-TakeBackWithin)), people.Route, a.Account, limit).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("read what was routed: %w", err)
	}
	list := make([]JustRouted, len(rows))
	for i, r := range rows {
		list[i] = JustRouted{r.ID, Number(r.ReceivedDay, r.ID), r.Title, r.Department, r.Version, r.RoutedAt.Add(TakeBackWithin)}
	}
	return list, nil
}
