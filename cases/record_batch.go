package cases

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/migrations"
)

// recordBatch is some cases with all that must follow from their events.
type recordBatch struct {
	ids     []int64
	cases   map[int64]*Case
	events  map[int64][]ledger.Placed
	facts   map[int64][]Fact
	firsts  map[int64]*Handling
	replies map[int64][]ReplyRow
	found   []ledger.Finding
}

func (b *recordBatch) add(id, seq int64, en, zh string, args ...any) {
	b.found = append(b.found, ledger.Finding{Case: id, Seq: seq, What: errs.Conflict(en, zh, args...)})
}

func (b *recordBatch) read(ctx context.Context, tx bun.Tx, of ledger.Cases) error {
	events, found, err := ledger.Read(ctx, tx, of)
	if err != nil {
		return err
	}
	b.found = found
	b.events = map[int64][]ledger.Placed{}
	for i := range events {
		id := events[i].CaseID
		b.events[id] = append(b.events[id], events[i])
	}
	where, args := of.Where("c.id")
	var rows []Case
	if err := tx.NewSelect().Model(&rows).Where(where, args...).Order("c.id").Scan(ctx); err != nil {
		return fmt.Errorf("read cases: %w", err)
	}
	b.cases = make(map[int64]*Case, len(rows))
	for i := range rows {
		b.ids = append(b.ids, int64(rows[i].ID))
		b.cases[int64(rows[i].ID)] = &rows[i]
	}
	var facts []Fact
	where, args = of.Where("f.case_id")
	if err := tx.NewSelect().Model(&facts).Where(where, args...).Order("f.case_id", "f.valid_from").Scan(ctx); err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	b.facts = map[int64][]Fact{}
	for i := range facts {
		id := int64(facts[i].CaseID)
		b.facts[id] = append(b.facts[id], facts[i])
	}
	var rounds []round
	where, args = of.Where("o.case_id")
	if err := tx.NewSelect().Model(&rounds).Where("o.round = 1 AND "+where, args...).Scan(ctx); err != nil {
		return fmt.Errorf("read rounds: %w", err)
	}
	b.firsts = map[int64]*Handling{}
	for i := range rounds {
		b.firsts[int64(rounds[i].CaseID)] = &rounds[i].Handling
	}
	var replies []ReplyRow
	where, args = of.Where("r.case_id")
	if err := tx.NewSelect().Model(&replies).Where(where, args...).Scan(ctx); err != nil {
		return fmt.Errorf("read replies: %w", err)
	}
	b.replies = map[int64][]ReplyRow{}
	for i := range replies {
		id := int64(replies[i].CaseID)
		b.replies[id] = append(b.replies[id], replies[i])
	}
	return nil
}

// check holds one case against its events.
func (b *recordBatch) check(ctx context.Context, tx bun.Tx, id int64) error {
	c, events := b.cases[id], b.events[id]
	if len(events) == 0 {
		b.add(id, 0, "the case has no events", "该办件没有事件记录")
		return nil
	}
	b.found = append(b.found, ledger.Check(events, c.HeadHash, !c.ErasedAt.IsZero())...)
	r, bad := replayed(events)
	if bad != 0 {
		b.add(id, bad, "what it says cannot be read", "其内容无法读取")
		return nil
	}
	b.columns(c, r, int64(len(events)))
	if err := b.merged(ctx, tx, c, r); err != nil {
		return err
	}
	b.texts(c, r)
	b.factsFollow(c, r)
	return nil
}

// columns compares the case with what its events add up to.
func (b *recordBatch) columns(c *Case, r *replay, events int64) {
	for _, one := range []struct{ column, have, want string }{
		{"state", string(c.State), r.State},
		{"version", numberText(int64(c.Version)), numberText(events)},
		{"channel", c.Channel, r.Channel},
		{"kind", c.Kind, r.Kind},
		{"topic", c.Topic, r.Topic},
		{"district", c.District, r.District},
		{"confidential", flagText(c.Confidential), flagText(r.Confidential)},
		{"instructed", flagText(c.Instructed), flagText(r.instructed)},
		{"received_day", c.ReceivedDay, r.receivedDay},
		{"received_at", instantText(c.ReceivedAt), instantText(r.received)},
		{"due_at", instantText(c.DueAt), numberText(r.due)},
		{"lead_id", numberText(c.LeadID), numberText(r.lead)},
		{"round", numberText(c.Round), numberText(r.round)},
		{"policy_version", numberText(c.PolicyVersion), numberText(r.policy)},
		{"secret_version", numberText(c.SecretVersion), numberText(r.secret)},
		{"answered_at", instantText(c.AnsweredAt), instantText(r.answered)},
		{"rating", numberText(c.Rating), numberText(r.rating)},
		{"closed_at", instantText(c.ClosedAt), instantText(r.closed)},
		{"erased_at", instantText(c.ErasedAt), instantText(r.erased)},
	} {
		if one.have != one.want {
			b.add(int64(c.ID), 0, "%[1]s is %[2]q; by the events it is %[3]q", "%[1]s 为“%[2]s”，据事件记录应为“%[3]s”", one.column, one.have, one.want)
		}
	}
}

// merged follows a merge: when the case that a letter was merged into is merged itself, the letter goes with it without an
// event of its own.
func (b *recordBatch) merged(ctx context.Context, tx bun.Tx, c *Case, r *replay) error {
	want := r.into
	for want != 0 && want != c.MergedInto {
		var next ID
		if err := tx.NewRaw("SELECT COALESCE(MAX(merged_into), 0) FROM cases WHERE id = ?", want).Scan(ctx, &next); err != nil {
			return fmt.Errorf("follow a merge: %w", err)
		}
		if next == want {
			break
		}
		want = next
	}
	if want != c.MergedInto {
		b.add(int64(c.ID), 0, "merged_into is %[1]d; by the events it is %[2]d", "merged_into 为 %[1]d，据事件记录应为 %[2]d", c.MergedInto, r.into)
	}
	return nil
}

// texts compares the letter and the answers with their digests in the events.
func (b *recordBatch) texts(c *Case, r *replay) {
	if !c.ErasedAt.IsZero() {
		return
	}
	id := int64(c.ID)
	if r.letter != hex.EncodeToString(ledger.Digest(c.Salt, c.Title+"\x00"+c.Body)) {
		b.add(id, 1, "the letter's title or text is not the one that was received", "来信标题或正文与收到时不同")
	}
	there := make(map[int64]string, len(r.replies))
	for i := range b.replies[id] {
		row := &b.replies[id][i]
		there[row.ID] = digestOf(c, row.Body)
		if said, ok := r.replies[row.ID]; ok && said.digest != there[row.ID] {
			b.add(id, said.seq, "the reply is not the one that was handed in or went out", "答复与提交或发出时不同")
		}
	}
	for reply, said := range r.replies {
		if there[reply] == "" {
			b.add(id, said.seq, "the reply is gone", "答复缺失")
		}
	}
}

// factsFollow compares the rows of facts, and the case once more, with what the events say of them.
func (b *recordBatch) factsFollow(c *Case, r *replay) {
	id, rows := int64(c.ID), b.facts[int64(c.ID)]
	first := b.firsts[id]
	if c.Round == 1 {
		first = nil
	}
	if c.Round > 1 && first == nil {
		b.add(id, 0, "the first round of the case is gone", "首轮办理记录缺失")
		return
	}
	begins := r.timeline[0].from
	for i := range rows {
		row := &rows[i]
		if row.ValidFrom.Unix() != begins {
			b.add(id, 0, "facts: a row begins at %[1]d where one should begin at %[2]d (seconds)", "facts：有一行自 %[1]d 起，应自 %[2]d 起（秒）", row.ValidFrom.Unix(), begins)
		}
		begins = row.ValidTo
		b.fact(c, r, row)
	}
	if begins != migrations.Forever {
		b.add(id, 0, "facts: the row that holds now is missing", "facts：缺少现行的一行")
		return
	}
	now, held := c.values(first), rows[len(rows)-1].Values
	have, want := now.named(), held.named()
	for i := range have {
		if have[i] != want[i] {
			b.add(id, 0, "%[1]s of the case is %[2]q, in its facts %[3]q", "%[1]s 在办件中为“%[2]s”，在 facts 中为“%[3]s”", have[i][0], have[i][1], want[i][1])
		}
	}
}

// fact holds one row against the events of its time.
func (b *recordBatch) fact(c *Case, r *replay, row *Fact) {
	digest := row.digest()
	for i := range r.timeline {
		said := &r.timeline[i]
		until := migrations.Forever
		if i+1 < len(r.timeline) {
			until = r.timeline[i+1].from
		}
		if until <= row.ValidFrom.Unix() || said.from >= row.ValidTo {
			continue
		}
		was := plainValues{string(row.State), row.Channel, row.Kind, row.Topic, row.District, row.Confidential}
		if said.digest != "" && said.digest != digest || said.digest == "" && was != said.plainValues {
			b.add(int64(c.ID), said.seq, "the facts from %[1]d on (seconds) are not those that held after this event", "自 %[1]d（秒）起的 facts 与该事件之后的情况不符", row.ValidFrom.Unix())
			return
		}
	}
}
