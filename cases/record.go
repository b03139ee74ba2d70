package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/migrations"
)

// Checkpoint gives every event that has none its place in the record's tree and signs the tree's head; it says how many
// events it placed. It may run anywhere, any number of times, at once.
//
// Errors: conflict when the tree was changed from outside, so that signing would cover that up.
func (d *Desk) Checkpoint(ctx context.Context) (int, error) {
	return ledger.Number(ctx, d.db, d.keys.LogSigner(), d.Now())
}

// CheckpointDue makes a checkpoint when there has been none in this hour of the clock. While nothing happens to any case
// there is none to make.
func (d *Desk) CheckpointDue(ctx context.Context) (int, error) {
	last, err := ledger.Newest(ctx, d.db.Read)
	if err != nil || !last.At.Before(d.Now().Truncate(time.Hour)) {
		return 0, err
	}
	return d.Checkpoint(ctx)
}

// NewestCheckpoint is the newest signed head of the record, for everybody.
//
// Errors: not found while there is none.
func (d *Desk) NewestCheckpoint(ctx context.Context) (ledger.Checkpoint, error) {
	c, err := ledger.Newest(ctx, d.db.Read)
	if err == nil && c.Size == 0 {
		err = errs.NotFound("there is no checkpoint yet; the first comes within an hour of the first letter", "尚无检查点；收到第一封来信后一小时内生成")
	}
	return c, err
}

// LogKeys are the public keys with which checkpoints are verified, as signed notes write them.
func (d *Desk) LogKeys() []string { return d.keys.LogKeys() }

// ParseCheckpoints reads checkpoints of this record that were kept elsewhere. Errors: those of ledger.ParseCheckpoints.
func (d *Desk) ParseCheckpoints(data []byte) ([]ledger.Checkpoint, error) {
	return ledger.ParseCheckpoints(data, d.keys.LogVerifiers())
}

// Finding is something in the record that is not as it was written.
type Finding struct {
	Number string // of the case; empty: it is about the record as a whole, or the case is gone
	ledger.Finding
}

// In says it in a language: the case, the event, what is wrong.
func (f Finding) In(lang errs.Lang) string {
	text := f.What.In(lang)
	if f.Case == 0 {
		return text
	}
	name := f.Number
	if name == "" {
		name = fmt.Sprintf("ID %d", f.Case)
	}
	switch {
	case lang == errs.EN && f.Seq > 0:
		return fmt.Sprintf("case %s, event %d: %s", name, f.Seq, text)
	case lang == errs.EN:
		return fmt.Sprintf("case %s: %s", name, text)
	case f.Seq > 0:
		return fmt.Sprintf("办件 %s，第 %d 条事件：%s", name, f.Seq, text)
	}
	return fmt.Sprintf("办件 %s：%s", name, text)
}

// RecordCheck says how to go through the record.
type RecordCheck struct {
	Since    int64                               // look only at cases with events after the checkpoint of so many, and those without a place; 0: at all
	Kept     []ledger.Checkpoint                 // kept elsewhere
	Progress func(part, total int64, cases bool) // of the tree's leaves, then of the cases; may be nil
}

// RecordChecked is what there was to look at.
type RecordChecked struct {
	Newest        ledger.Checkpoint
	Cases, Events int64
	Waiting       int64 // of the events: in no checkpoint yet
	Findings      int64
}

// casesBatch is how many cases are read at once.
const casesBatch = 500

// VerifyRecord goes through the record and reports what is not as it was written: the tree against its signed heads,
// each case's chain, and that the case, its facts, its letter and its answers follow from the events. It only reads, a
// batch at a time, each at one moment, while others go on working.
func (d *Desk) VerifyRecord(ctx context.Context, how RecordCheck, report func(Finding)) (RecordChecked, error) {
	var done RecordChecked
	v := &verifying{desk: d, done: &done, report: report}
	if how.Progress == nil {
		how.Progress = func(int64, int64, bool) {}
	}
	err := d.db.AtOneMoment(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		var found []ledger.Finding
		done.Newest, err = ledger.CheckTree(ctx, tx, d.keys.LogVerifiers(), how.Since, how.Kept,
			func(f ledger.Finding) { found = append(found, f) }, func(part, total int64) { how.Progress(part, total, false) })
		v.tell(ctx, tx, found)
		return err
	})
	if err != nil {
		return done, err
	}
	if how.Since > 0 {
		return done, v.changed(ctx, how)
	}
	return done, v.all(ctx, how)
}

// VerifyCase is VerifyRecord for one case, without the tree.
func (d *Desk) VerifyCase(ctx context.Context, id ID) ([]Finding, error) {
	var found []Finding
	v := &verifying{desk: d, done: &RecordChecked{}, report: func(f Finding) { found = append(found, f) }}
	return found, v.some(ctx, ledger.Cases{IDs: []int64{int64(id)}})
}

// verifying is one way through the record.
type verifying struct {
	desk   *Desk
	done   *RecordChecked
	report func(Finding)
}

// tell reports what was found, with the numbers of the cases.
func (v *verifying) tell(ctx context.Context, tx bun.Tx, found []ledger.Finding) {
	if len(found) == 0 {
		return
	}
	var ids []int64
	for _, f := range found {
		ids = append(ids, f.Case)
	}
	var rows []Case
	// What cannot be read is told by its id; that something was found must be told.
	_ = tx.NewRaw("SELECT id, received_day FROM cases WHERE id IN (?)", bun.List(ids)).Scan(ctx, &rows)
	numbers := make(map[int64]string, len(rows))
	for i := range rows {
		numbers[int64(rows[i].ID)] = rows[i].Number()
	}
	for _, f := range found {
		v.done.Findings++
		v.report(Finding{numbers[f.Case], f})
	}
}

// all goes through all cases by their ids, also those of which only a leaf or an event is left.
func (v *verifying) all(ctx context.Context, how RecordCheck) error {
	var last int64
	greatest := "GREATEST"
	if v.desk.db.Dialect() == migrations.SQLite {
		greatest = "MAX"
	}
	err := v.desk.db.Read.NewRaw("SELECT "+greatest+`(COALESCE((SELECT MAX(id) FROM cases), 0), COALESCE((SELECT MAX(case_id) FROM events), 0),
		COALESCE((SELECT MAX(case_id) FROM log_leaves), 0), COALESCE((SELECT MAX(case_id) FROM log_pending), 0))`).Scan(ctx, &last)
	if err != nil {
		return fmt.Errorf("look for the last case: %w", err)
	}
	for first := int64(0); first <= last; first += casesBatch {
		if err := v.some(ctx, ledger.Cases{First: first, Last: first + casesBatch - 1}); err != nil {
			return err
		}
		how.Progress(min(first+casesBatch, last), last, true)
	}
	return nil
}

// changed goes through the cases with events since a checkpoint.
func (v *verifying) changed(ctx context.Context, how RecordCheck) error {
	var ids []int64
	err := v.desk.db.Read.NewRaw("SELECT case_id FROM log_leaves WHERE leaf >= ? UNION SELECT case_id FROM log_pending ORDER BY 1", how.Since).Scan(ctx, &ids)
	if err != nil {
		return fmt.Errorf("look for what has changed: %w", err)
	}
	for i := 0; i < len(ids); i += casesBatch {
		end := min(i+casesBatch, len(ids))
		if err := v.some(ctx, ledger.Cases{IDs: ids[i:end]}); err != nil {
			return err
		}
		how.Progress(int64(end), int64(len(ids)), true)
	}
	return nil
}

// some checks a batch of cases.
func (v *verifying) some(ctx context.Context, of ledger.Cases) error {
	return v.desk.db.AtOneMoment(ctx, func(ctx context.Context, tx bun.Tx) error {
		b := &recordBatch{}
		if err := b.read(ctx, tx, of); err != nil {
			return err
		}
		for id, events := range b.events {
			if b.cases[id] == nil {
				b.add(id, 0, "the case is gone, its events are not", "办件已缺失，其事件仍在")
			}
			for i := range events {
				if events[i].Leaf == nil {
					v.done.Waiting++
				}
			}
			v.done.Events += int64(len(events))
		}
		for _, id := range b.ids {
			v.done.Cases++
			if err := b.check(ctx, tx, id); err != nil {
				return err
			}
		}
		v.tell(ctx, tx, b.found)
		return nil
	})
}
