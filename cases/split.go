package cases

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// Second is the other matter of a letter that holds two: what becomes the second case. Stays says what the first one
// goes on about, for those who handle it; the letter itself is not touched.
type Second struct {
	Title, Body, Kind string
	Stays             string
}

// Split makes a second case of a letter that holds two matters. It is the same writer's, in confidence where the first
// is, and has the time of the first: received and due when that was, under the same policy. It has a number and a
// secret of its own, which the writer is told, and what was attached to the letter.
//
// The second counts as received in the period in which the letter came, but only from the instant of the split on: a
// report of the time before says what it said then.
//
// The same split sent twice makes one case, and returns it.
func (d *Desk) Split(ctx context.Context, a people.Actor, id ID, seen Version, s Second) (*Case, error) {
	s, err := s.check()
	if err != nil {
		return nil, err
	}
	key := s.key(id, seen)
	attached, err := d.copyFiles(ctx, a, id)
	if err != nil {
		return nil, err
	}
	found := d.newKeys(ctx, s.Title, s.Body)
	var second *Case
	_, err = d.changeWith(ctx, a, people.Split, id, seen, attached, func(ctx context.Context, w *work, stored []File) (err error) {
		if second, err = w.second(ctx, a, s, key, stored); err != nil {
			return err
		}
		w.detail["into"], w.detail["number"] = int64(second.ID), second.Number()
		w.text = s.Stays
		return keepKeys(ctx, w.Tx, keysOfCase(second.ID, found))
	})
	if errs.CodeOf(err) == errs.CodeConflict {
		if again, lost := d.splitBefore(ctx, key); again != nil || lost != nil {
			return again, lost
		}
	}
	if err != nil {
		return nil, err
	}
	return second, nil
}

func (s Second) check() (Second, error) {
	var wrong []error
	add := func(err error) { wrong = append(wrong, err) } // errors.Join passes over nil
	var err error
	s.Title, err = cleanLine("title", "the title", "标题", s.Title, MaxTitle, true)
	add(err)
	s.Body, err = clean("body", "the text of the second matter", "另一件事的内容", s.Body, MaxBody, true)
	add(err)
	s.Stays, err = clean("stays", "what stays in this case", "本件继续办理的内容", s.Stays, MaxReason, true)
	add(err)
	if !known(Kinds, s.Kind) {
		add(errs.Invalid("kind", "please choose what kind of letter it is", "请选择来信类型"))
	}
	return s, errors.Join(wrong...)
}

// key names one split of one version of a case, as it was sent.
func (s Second) key(id ID, seen Version) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "split %d %d %q %q %q %q", id, seen, s.Title, s.Body, s.Kind, s.Stays))
	return hex.EncodeToString(sum[:])
}

// splitBefore finds the second case that this very split has made; nil when it has made none.
func (d *Desk) splitBefore(ctx context.Context, key string) (*Case, error) {
	c := new(Case)
	err := d.db.Read.NewSelect().Model(c).Where("c.submission_key = ?", key).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // there is none
	}
	if err != nil {
		return nil, fmt.Errorf("look for the second case: %w", err)
	}
	return c, nil
}

// second writes the second case beside the first, in its transaction.
func (w *work) second(ctx context.Context, a people.Actor, s Second, key string, stored []File) (*Case, error) {
	first := w.c
	if err := firstRoundOnly(first); err != nil {
		return nil, err
	}
	if first.Quiet {
		return nil, errs.Conflict("this case came with imported history and cannot be split", "该办件来自历史数据导入，不能拆分")
	}
	id, _, err := w.desk.nextID(ctx, w.Tx)
	if err != nil {
		return nil, err
	}
	c := &Case{
		ID: id, Channel: first.Channel, Kind: s.Kind, District: first.District, Title: s.Title, Body: s.Body,
		Language: first.Language, ContactID: first.ContactID, Consent: first.Consent, Confidential: first.Confidential,
		SubmissionKey: key, SecretVersion: 1, State: first.State, Round: 1, PolicyVersion: first.PolicyVersion,
		BornChannel: first.BornChannel, BornKind: first.BornKind, BornTopic: first.BornTopic, SplitFrom: first.ID,
		ReceivedAt: first.ReceivedAt, ReceivedDay: first.ReceivedDay, ScreenedAt: first.ScreenedAt, SettledEdition: first.SettledEdition,
		Handling: Handling{
			DueAt: first.DueAt, DueUnextendedAt: first.DueUnextendedAt, Provisional: first.Provisional, DueEdition: first.DueEdition,
			Extension: first.Extension, ExtensionDays: first.ExtensionDays, ExtensionAt: first.ExtensionAt,
		},
	}
	if c.Salt, err = ledger.NewSalt(); err != nil {
		return nil, err
	}
	c.SecretHash = hashSecret(w.desk, c)
	grant, err := a.Permit(people.Split, w.subject())
	if err != nil {
		return nil, err
	}
	other := &work{Tx: w.Tx, desk: w.desk, now: w.now, rules: w.rules, c: c, detail: c.bornWith()}
	other.detail["split_from"], other.detail["received_at"] = int64(first.ID), first.ReceivedAt.Unix()
	if err := other.tellOfSplit(ctx, first); err != nil {
		return nil, err
	}
	other.recordFiles(stored)
	if err := other.record(a, grant, people.Split); err != nil {
		return nil, err
	}
	if err := other.begin(ctx); err != nil {
		return nil, err
	}
	// Whom the letter complains about holds for both: nobody gets rid of a mark by splitting.
	if _, err := w.NewRaw("INSERT INTO accused (case_id, department_id, account_id, marked_at) SELECT ?, department_id, account_id, marked_at FROM accused WHERE case_id = ?",
		c.ID, first.ID).Exec(ctx); err != nil {
		return nil, fmt.Errorf("mark the second case: %w", err)
	}
	if err := other.attach(ctx, stored, func(*File) {}); err != nil {
		return nil, err
	}
	w.notices = append(w.notices, other.notices...)
	return c, nil
}

// tellOfSplit gives the writer the number and the secret of the second case; the secret is put in when the notice is
// sent.
func (w *work) tellOfSplit(ctx context.Context, first *Case) error {
	to, err := w.writer(ctx)
	if err != nil {
		return err
	}
	return w.tell(wording.Split, to, func(n *wording.Data) { n.Into = first.Number() })
}

// begin writes a new case with its events and the facts that hold from now on.
func (w *work) begin(ctx context.Context) error {
	c := w.c
	c.setAlarm(w.rules)
	if _, err := w.NewInsert().Model(c).Exec(ctx); err != nil {
		return fmt.Errorf("write case: %w", err)
	}
	if err := ledger.Append(ctx, w.Tx, w.events); err != nil {
		return err
	}
	first := Fact{CaseID: c.ID, ValidFrom: migrations.At(w.now), ValidTo: migrations.Forever, Values: c.values(nil)}
	if err := insertFacts(ctx, w.Tx, first); err != nil {
		return err
	}
	return w.reindex(ctx)
}

// copyFiles reads what was attached to the letter: the second case must show it to people who may not see the first.
func (d *Desk) copyFiles(ctx context.Context, a people.Actor, id ID) ([]files.Clean, error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if _, err := a.Permit(people.Split, subject(c, nil)); err != nil {
		return nil, err
	}
	rows, err := filesWhere(ctx, d.db.Read, "f.case_id = ? AND f.material_id IS NULL AND f.reply_id IS NULL", id)
	if err != nil {
		return nil, err
	}
	copies := make([]files.Clean, 0, len(rows))
	for _, f := range rows {
		data, err := d.readFile(ctx, f)
		if err != nil {
			return nil, err
		}
		copies = append(copies, files.Clean{Name: f.Name, Type: f.Type, Data: data, SHA256: sha256.Sum256(data), KeepsOwnData: f.KeepsOwnData})
	}
	return copies, nil
}

// readSplit reads the numbers of the case this one was split from, and of those that were split from it.
func (d *Desk) readSplit(ctx context.Context, v *View) error {
	var rows []Case
	err := d.db.Read.NewSelect().Model(&rows).Column("id", "received_day").
		Where("c.split_from = ? OR c.id = ?", v.ID, v.SplitFrom).Order("c.id").Scan(ctx)
	if err != nil {
		return fmt.Errorf("read split cases: %w", err)
	}
	for i := range rows {
		if rows[i].ID == v.SplitFrom {
			v.SplitOf = rows[i].Number()
		} else {
			v.SplitInto = append(v.SplitInto, rows[i].Number())
		}
	}
	return nil
}

// OtherMatter gives the case of the other matter of a writer's letter, by its number: whoever has proved one of the two
// may read both.
func (d *Desk) OtherMatter(ctx context.Context, a people.Actor, id ID, number string) (other ID, secretVersion int64, err error) {
	c, _, err := d.seen(ctx, a, id)
	if err != nil {
		return 0, 0, err
	}
	found, err := d.Find(ctx, number)
	if err != nil {
		return 0, 0, err
	}
	o, err := d.load(ctx, found)
	if err != nil {
		return 0, 0, err
	}
	if o.SplitFrom != c.ID && (c.SplitFrom == 0 || c.SplitFrom != o.ID) {
		return 0, 0, errs.NotFound("there is no such case", "没有这个办件")
	}
	return o.ID, o.SecretVersion, nil
}
