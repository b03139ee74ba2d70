package cases

import (
	"context"
	"fmt"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/cases/wording"
)

// Merge ends a case that repeats an earlier one: its writer gets the earlier case's answer, and it counts
// as a duplicate once. It must go into the earlier case, so that nobody's clock starts anew. After the
// due time it needs supervision. A letter that complains about a department is not answered by it that way either: it goes
// into no case that the department leads, unless a second person has agreed, and what was marked is marked on the earlier
// case, too.
//
// Errors: forbidden, conflict when it is answered or ended; invalid for a case that it cannot go into, with the field into.
func (d *Desk) Merge(ctx context.Context, a people.Actor, id ID, seen Version, into ID) (*Case, error) {
	return d.change(ctx, a, people.Merge, id, seen, func(ctx context.Context, w *work) error {
		if err := mayEndWithoutAnswer(a, w.c, w.now); err != nil {
			return err
		}
		main := new(Case)
		// Locked, so that it cannot be merged away or ended in this moment. Two merges into each other
		// cannot deadlock: only the later may go into the earlier.
		if err := w.NewRaw("SELECT * FROM cases WHERE id = ?"+d.db.LockRow(), into).Scan(ctx, main); err != nil {
			return errs.Invalid("into", "there is no such case", "没有这个办件").Because(err)
		}
		switch {
		case main.ID == w.c.ID:
			return errs.Invalid("into", "a case cannot be merged into itself", "不能并入自身")
		case main.ReceivedAt.After(w.c.ReceivedAt.Time) || main.ReceivedAt.Equal(w.c.ReceivedAt.Time) && main.ID > w.c.ID:
			return errs.Invalid("into", "%s came later: the later letter is merged into the earlier", "%s来信较晚，应由后来的信件并入先来的信件", main.Number())
		case !main.State.Open() && main.State != Answered && main.State != Closed:
			return errs.Invalid("into", "%s has ended without an answer and can take no other letter", "%s已终止办理，不能并入", main.Number())
		}
		lead, err := w.departmentName(ctx, main.LeadID)
		if err == nil && main.LeadID != 0 {
			err = w.notAgainst(ctx, "into", main.LeadID, lead)
		}
		if err != nil {
			return err
		}
		if w.c.Overdue(w.now) {
			w.counts(MergedLate, w.c.LeadID)
		}
		w.c.MergedInto = main.ID
		w.detail["into"], w.detail["late"] = int64(main.ID), w.c.Overdue(w.now)
		if err := w.letGo(ctx, 0); err != nil {
			return err
		}
		if err := w.moveMerged(ctx, main); err != nil {
			return err
		}
		to, err := w.writer(ctx)
		if err != nil {
			return err
		}
		return w.tell(wording.Merged, to, func(n *wording.Data) { n.Into, n.Due, n.Provisional = main.Number(), main.DueAt.Time, main.Provisional })
	})
}

// moveMerged hands on what had been merged into the case that is now merged itself, so that every
// writer hangs on the case that will be answered, and whom the letter complains about.
func (w *work) moveMerged(ctx context.Context, main *Case) error {
	if _, err := w.NewRaw("UPDATE cases SET merged_into = ? WHERE merged_into = ?", main.ID, w.c.ID).Exec(ctx); err != nil {
		return fmt.Errorf("hand on merged cases: %w", err)
	}
	_, err := w.NewRaw(`INSERT INTO accused (case_id, department_id, account_id, marked_at)
		SELECT ?, u.department_id, u.account_id, u.marked_at FROM accused AS u WHERE u.case_id = ? ON CONFLICT DO NOTHING`, main.ID, w.c.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("mark departments: %w", err)
	}
	return nil
}

func hashSecret(d *Desk, c *Case) []byte {
	return seal.HashSecret(c.Salt, d.keys.Secret(int64(c.ID), c.SecretVersion))
}
