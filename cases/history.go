package cases

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Imported says what became of some rows.
type Imported struct {
	New     int // became cases
	Already int // were there, as they are
	Added   int // were there, and got a reply that has come since
	Refused []intake.Rejection
}

// Add puts o's numbers on top of i's.
func (i *Imported) Add(o Imported) {
	i.New, i.Already, i.Added = i.New+o.New, i.Already+o.Already, i.Added+o.Added
	i.Refused = append(i.Refused, o.Refused...)
}

// Import writes letters of another system as history: with their original times, quiet (nobody is told
// anything, now or later), each once however often it is imported. The letters of one call are one
// transaction.
//
// A letter is the same as before when source, number, received time, title and text are
// ([intake.Letter.Identity]); a reply that has come since is added to it.
func (d *Desk) Import(ctx context.Context, a people.Actor, letters []intake.Letter) (Imported, error) {
	if _, err := a.Permit(people.Import, people.Subject{}); err != nil {
		return Imported{}, err
	}
	rules, err := d.refreshed(ctx)
	if err != nil {
		return Imported{}, err
	}
	var done Imported
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		h := &pastLetters{Tx: tx, desk: d, rules: rules, now: migrations.At(d.Now()), departments: map[string]int64{}}
		if err := h.sort(ctx, letters); err != nil {
			return err
		}
		if err := h.addReplies(ctx); err != nil {
			return err
		}
		if err := h.write(ctx); err != nil {
			return err
		}
		done = h.done
		return nil
	})
	return done, err
}

// pastLetters is one transaction of an import.
type pastLetters struct {
	bun.Tx
	desk        *Desk
	rules       *rulebook
	now         migrations.Instant
	departments map[string]int64
	fresh       []intake.Letter
	late        []lateReply
	done        Imported

	cases   []Case
	facts   []Fact
	events  []ledger.Event
	replies []ReplyRow
}

// lateReply is a reply to a letter that was imported before.
type lateReply struct {
	id     ID
	letter intake.Letter
}

// sort tells new letters from those that are there.
func (h *pastLetters) sort(ctx context.Context, letters []intake.Letter) error {
	identities := make([][]byte, len(letters))
	for i := range letters {
		identity := letters[i].Identity()
		identities[i] = identity[:]
	}
	var rows []struct {
		ID         ID
		Identity   []byte
		State      State
		AnsweredAt migrations.Instant
	}
	err := h.NewRaw("SELECT id, identity, state, answered_at FROM cases WHERE identity IN (?)", bun.List(identities)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("look for letters that are there: %w", err)
	}
	there := make(map[string]int, len(rows))
	for i, row := range rows {
		there[string(row.Identity)] = i
	}
	for i, l := range letters {
		key := string(identities[i])
		at, known := there[key]
		switch {
		case !known:
			there[key] = -1 // the same row twice in one file
			h.fresh = append(h.fresh, l)
		case at >= 0 && rows[at].AnsweredAt.IsZero() && rows[at].State.Open() && !l.RepliedAt.IsZero():
			h.late = append(h.late, lateReply{rows[at].ID, l})
			rows[at].AnsweredAt = migrations.At(l.RepliedAt)
		default:
			h.done.Already++
		}
	}
	return nil
}

// write makes cases of the new letters, in few statements.
func (h *pastLetters) write(ctx context.Context) error {
	if len(h.fresh) == 0 {
		return nil
	}
	first, err := h.desk.nextIDs(ctx, h.Tx, len(h.fresh))
	if err != nil {
		return err
	}
	if err := h.findDepartments(ctx); err != nil {
		return err
	}
	for i := range h.fresh {
		if err := h.letter(ctx, first[i], &h.fresh[i]); err != nil {
			return fmt.Errorf("line %d: %w", h.fresh[i].Line, err)
		}
	}
	if _, err := h.NewInsert().Model(&h.cases).Exec(ctx); err != nil {
		return fmt.Errorf("write cases: %w", err)
	}
	if err := h.desk.keyCases(ctx, h.Tx, h.cases); err != nil {
		return err
	}
	if err := ledger.Append(ctx, h.Tx, h.events); err != nil {
		return err
	}
	if err := insertFacts(ctx, h.Tx, h.facts...); err != nil {
		return err
	}
	if len(h.replies) > 0 {
		if _, err := h.NewInsert().Model(&h.replies).Exec(ctx); err != nil {
			return fmt.Errorf("write replies: %w", err)
		}
	}
	h.done.New += len(h.fresh)
	return nil
}

// findDepartments looks up at once those that are there under the very name; route asks for the others one
// by one, creating what is unknown and following what was merged.
func (h *pastLetters) findDepartments(ctx context.Context) error {
	var names []string
	for i := range h.fresh {
		if name := h.fresh[i].Department; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	var rows []departmentRow
	err := h.NewRaw("SELECT id, name FROM departments WHERE name IN (?) AND successor_id IS NULL AND ended_at IS NULL", bun.List(names)).Scan(ctx, &rows)
	if err != nil {
		return fmt.Errorf("look for departments: %w", err)
	}
	for _, row := range rows {
		h.departments[row.Name] = row.ID
	}
	return nil
}

// nextIDs takes n identities at once.
func (d *Desk) nextIDs(ctx context.Context, tx bun.IDB, n int) ([]ID, error) {
	ids := make([]ID, 0, n)
	if d.db.Dialect() == migrations.PostgreSQL {
		err := tx.NewRaw("SELECT nextval(pg_get_serial_sequence('cases', 'id')) FROM generate_series(1, ?)", n).Scan(ctx, &ids)
		return ids, err
	}
	first, _, err := d.nextID(ctx, tx)
	for i := range n {
		ids = append(ids, first+ID(i))
	}
	return ids, err
}

// letter makes one case with its facts and events, as they would have come about.
func (h *pastLetters) letter(ctx context.Context, id ID, l *intake.Letter) error {
	version, err := h.rules.policyAt(l.ReceivedAt)
	if err != nil {
		return err
	}
	p := version.For(l.Channel, l.Kind, l.Topic)
	identity := l.Identity()
	c := Case{
		ID: id, Channel: l.Channel, Kind: l.Kind, Topic: l.Topic, District: l.District, Title: l.Title, Body: l.Body,
		Language: errs.ZH, Confidential: p.Confidential, Quiet: true,
		Source: l.Source, SourceNumber: l.Number, Identity: identity[:], SecretVersion: 1,
		State: Received, Round: 1, PolicyVersion: int64(version.Version),
		BornChannel: l.Channel, BornKind: l.Kind, BornTopic: l.Topic,
	}
	h.rules.receive(&c, p, l.ReceivedAt)
	if c.Salt, err = ledger.NewSalt(); err != nil {
		return err
	}
	c.SecretHash = hashSecret(h.desk, &c)
	if c.ContactID, err = h.contact(ctx, l); err != nil {
		return err
	}
	detail := c.bornWith()
	detail["source"], detail["source_number"], detail["line"] = l.Source, l.Number, l.Line
	if err := h.event(&c, people.Submit, c.ReceivedAt, detail); err != nil {
		return err
	}
	h.fact(&c, c.ReceivedAt)
	if err := h.route(ctx, &c, l); err != nil {
		return err
	}
	if err := h.end(&c, l); err != nil {
		return err
	}
	h.cases = append(h.cases, c)
	return nil
}

func (h *pastLetters) contact(ctx context.Context, l *intake.Letter) (int64, error) {
	contact, err := Contact{Name: l.Writer.Name, Phone: l.Writer.Phone, Email: l.Writer.Email}.check()
	if err != nil {
		// Old files hold all sorts of things in these columns; the letter must not be lost for it, and
		// what was written there is kept as it is.
		contact = Contact{Name: l.Writer.Name, Address: l.Writer.Phone + " " + l.Writer.Email}
	}
	row, err := sealContact(h.desk.keys, contact, h.now.Time)
	if err != nil || row == nil {
		return 0, err
	}
	if _, err := h.NewInsert().Model(row).Exec(ctx); err != nil {
		return 0, fmt.Errorf("write contact: %w", err)
	}
	return row.ID, nil
}

// route gives the case to its department; an unknown one is created as unconfirmed.
func (h *pastLetters) route(ctx context.Context, c *Case, l *intake.Letter) error {
	if l.Department == "" {
		return nil
	}
	lead, ok := h.departments[l.Department]
	if !ok {
		var err error
		if lead, _, err = people.EnsureDepartment(ctx, h.Tx, l.Department, h.now.Time); err != nil {
			return err
		}
		h.departments[l.Department] = lead
	}
	at := c.ReceivedAt
	if !l.RoutedAt.IsZero() {
		at = migrations.At(l.RoutedAt)
	}
	c.LeadID, c.RoutedAt, c.ScreenedAt, c.State = lead, at, at, Routed
	c.setDepartments(h.rules.calendar().Reckon(history(h.rules.policy(c), c, nil)), h.rules.edition)
	if err := h.event(c, people.Route, at, map[string]any{"lead": lead}); err != nil {
		return err
	}
	h.fact(c, at)
	return nil
}

// end writes how the letter ended, as far as the file says.
func (h *pastLetters) end(c *Case, l *intake.Letter) error {
	ended := c.ReceivedAt
	if !l.RepliedAt.IsZero() {
		ended = migrations.At(l.RepliedAt)
	}
	switch {
	case l.Status == intake.StatusWithdrawn:
		return h.stop(c, people.Withdraw, Withdrawn, ended)
	case l.Status == intake.StatusMerged || l.Duplicate != nil && *l.Duplicate:
		return h.stop(c, people.Merge, Merged, ended)
	case l.Status == intake.StatusDeclined || l.Valid != nil && !*l.Valid:
		c.DeclineReason = "other"
		return h.stop(c, people.Decline, Declined, ended)
	case l.RepliedAt.IsZero():
		return nil
	}
	return h.answer(c, l)
}

func (h *pastLetters) stop(c *Case, verb people.Verb, to State, at migrations.Instant) error {
	c.State = to
	if err := h.event(c, verb, at, map[string]any{}); err != nil {
		return err
	}
	h.fact(c, at)
	return nil
}

// answer writes reply, answer, rating and closing.
func (h *pastLetters) answer(c *Case, l *intake.Letter) error {
	at := migrations.At(l.RepliedAt)
	if c.RoutedAt.IsZero() {
		c.ScreenedAt = at
	} else {
		c.AcknowledgedAt, c.RepliedAt = at, at
		c.DepartmentDays = h.rules.workingDays(c.RoutedAt, at)
	}
	c.State, c.AnsweredAt, c.AnsweredByID = Answered, at, c.LeadID
	c.Days = h.rules.workingDays(c.ReceivedAt, at)
	c.DaysProvisional = h.rules.overUnknown(c.ReceivedAt, at) // the longer of the two spans
	c.CloseDueAt = closeAt(h.rules, c)
	detail := map[string]any{
		"on_time": !c.DueAt.IsZero() && !at.After(c.DueAt.Time),
		"digest":  hex.EncodeToString(ledger.Digest(c.Salt, l.Reply)),
	}
	if err := h.event(c, people.Answer, at, detail); err != nil {
		return err
	}
	h.replies = append(h.replies, ReplyRow{
		CaseID: c.ID, Round: 1, DepartmentID: c.LeadID, Body: l.Reply, Status: AnsweredReply,
		HandedInAt: at, ReviewedAt: at, AnsweredAt: at,
	})
	if l.Rating != 0 || l.Resolved != nil {
		c.Rating, c.Resolved, c.RatingSource = int64(l.Rating), l.Resolved, "import"
		if err := h.event(c, people.Rate, at, map[string]any{"grade": l.Rating, "source": "import"}); err != nil {
			return err
		}
	}
	h.fact(c, at)
	if c.CloseDueAt.After(h.now.Time) {
		return nil
	}
	c.State, c.ClosedAt = Closed, c.CloseDueAt
	if err := h.event(c, people.Close, c.ClosedAt, map[string]any{}); err != nil {
		return err
	}
	h.fact(c, c.ClosedAt)
	return nil
}

func (h *pastLetters) event(c *Case, verb people.Verb, at migrations.Instant, detail map[string]any) error {
	v := c.values(nil)
	detail[factsDetail] = v.digest()
	e, err := systemEvent(c, verb, at, h.now, detail)
	if err != nil {
		return err
	}
	h.events = append(h.events, e)
	return nil
}

// systemEvent adds an event of the program's to the case's chain. at may lie before recorded: history.
func systemEvent(c *Case, verb people.Verb, at, recorded migrations.Instant, detail map[string]any) (ledger.Event, error) {
	detail["state"] = string(c.State)
	text, err := ledger.Detail(detail)
	if err != nil {
		return ledger.Event{}, err
	}
	c.Version++
	c.ChangedAt = recorded
	e := ledger.Event{
		CaseID: int64(c.ID), Seq: int64(c.Version), At: at, RecordedAt: recorded,
		Actor: string(people.System), Verb: string(verb), Detail: text,
	}
	if err := e.Seal(c.HeadHash); err != nil {
		return e, err
	}
	c.HeadHash = e.Hash
	return e, nil
}

// fact ends the case's fact before and begins the next. What would have held for no time is replaced.
func (h *pastLetters) fact(c *Case, at migrations.Instant) {
	if n := len(h.facts) - 1; n >= 0 && h.facts[n].CaseID == c.ID {
		if h.facts[n].ValidFrom.Equal(at.Time) {
			h.facts[n].Values = c.values(nil)
			return
		}
		h.facts[n].ValidTo = at.Unix()
	}
	h.facts = append(h.facts, Fact{CaseID: c.ID, ValidFrom: at, ValidTo: migrations.Forever, Values: c.values(nil)})
}

// addReplies answers letters that were imported before without a reply.
func (h *pastLetters) addReplies(ctx context.Context) error {
	for _, late := range h.late {
		err := h.addReply(ctx, late)
		if rejected, ok := errors.AsType[*errs.Error](err); ok {
			h.done.Refused = append(h.done.Refused, intake.Rejection{Line: late.letter.Line, Reason: rejected, Raw: late.letter.Raw})
			continue
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", late.letter.Line, err)
		}
		h.done.Added++
	}
	h.events, h.facts, h.replies = nil, nil, nil
	return nil
}

func (h *pastLetters) addReply(ctx context.Context, late lateReply) error {
	w, err := h.desk.open(ctx, h.Tx, late.id)
	if err != nil {
		return err
	}
	var began migrations.Instant
	err = h.NewRaw("SELECT valid_from FROM facts WHERE case_id = ? AND valid_to = ?", late.id, migrations.Forever).Scan(ctx, &began)
	if err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	if !w.c.Quiet || late.letter.RepliedAt.Before(began.Time) {
		return errs.Invalid("",
			"somebody has worked on %[1]s here after %[2]s, so the reply of that time cannot be added to its history",
			"办件 %[1]s 在 %[2]s 之后已在本系统办理过，不能补入当时的答复",
			w.c.Number(), late.letter.RepliedAt.In(h.desk.Location()).Format("2006-01-02 15:04"))
	}
	h.events, h.facts, h.replies = nil, []Fact{{CaseID: late.id, ValidFrom: began, ValidTo: migrations.Forever, Values: w.before}}, nil
	if err := h.answer(w.c, &late.letter); err != nil {
		return err
	}
	if _, err := h.NewUpdate().Model(w.c).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write case: %w", err)
	}
	if err := ledger.Append(ctx, h.Tx, h.events); err != nil {
		return err
	}
	if _, err := h.NewInsert().Model(&h.replies).Exec(ctx); err != nil {
		return fmt.Errorf("write reply: %w", err)
	}
	if _, err := h.NewDelete().Model((*Fact)(nil)).Where("case_id = ? AND valid_to = ?", late.id, migrations.Forever).Exec(ctx); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return insertFacts(ctx, h.Tx, h.facts...)
}
