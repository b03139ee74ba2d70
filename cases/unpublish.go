package cases

import (
	"context"
	"fmt"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Unpublish takes what is published of a case back, at once and with its texts: the page says that it is gone.
// The reason stays in the case's own history.
func (d *Desk) Unpublish(ctx context.Context, a people.Actor, id ID, seen Version, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.Unpublish, id, seen, func(ctx context.Context, w *work) error {
		there, err := w.published(ctx)
		if err != nil {
			return err
		}
		if !there {
			return errs.Conflict("nothing is published of this case", "该办件目前没有公开")
		}
		w.text = reason
		return w.unpublish(ctx)
	})
}

// withdrawPublication has the publication, if there is one, withdrawn by the system after the running step, as an
// event of its own: nobody may read an answer that does not stand any more.
func (w *work) withdrawPublication(ctx context.Context, why string) error {
	there, err := w.published(ctx)
	if err != nil || !there {
		return err
	}
	w.then = append(w.then, following{people.TheSystem(), people.Unpublish, func(ctx context.Context, w *work) error {
		w.detail["because"] = why
		return w.unpublish(ctx)
	}})
	return nil
}

func (w *work) published(ctx context.Context) (bool, error) {
	var there bool
	err := w.NewRaw("SELECT EXISTS (SELECT 1 FROM publications WHERE case_id = ? AND withdrawn_at IS NULL)", w.c.ID).Scan(ctx, &there)
	if err != nil {
		return false, fmt.Errorf("read publication: %w", err)
	}
	return there, nil
}

func (w *work) unpublish(ctx context.Context) error {
	row, err := w.publication(ctx)
	if err != nil {
		return err
	}
	now := migrations.At(w.now)
	row.Title, row.Body, row.Answer, row.WithdrawnAt, row.ChangedAt = "", "", "", now, now
	if _, err := w.NewUpdate().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("withdraw publication: %w", err)
	}
	w.detail["publication"] = row.ID
	if err := w.desk.published().remove(ctx, w.Tx, row.ID); err != nil {
		return err
	}
	return w.publicationsChanged(ctx)
}

// KeepPrivate decides not to publish a letter that might be: it leaves the list of those that wait for a decision.
func (d *Desk) KeepPrivate(ctx context.Context, a people.Actor, id ID, seen Version) (*Case, error) {
	return d.change(ctx, a, people.KeepPrivate, id, seen, func(ctx context.Context, w *work) error {
		there, err := w.published(ctx)
		if err != nil {
			return err
		}
		if there {
			return errs.Conflict("this letter is published; withdraw it instead", "该来信已公开，请改为撤下公开")
		}
		done, err := w.ExecContext(ctx, "INSERT INTO kept_private (case_id, account_id, decided_at) VALUES (?, ?, ?) ON CONFLICT (case_id) DO NOTHING",
			w.c.ID, a.Account, migrations.At(w.now))
		if err != nil {
			return fmt.Errorf("keep private: %w", err)
		}
		n, err := done.RowsAffected()
		if err != nil {
			return fmt.Errorf("keep private: %w", err)
		}
		if n == 0 {
			return errNothing
		}
		return nil
	})
}
