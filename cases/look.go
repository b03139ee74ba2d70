package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
)

// View is a case with everything around it, for its page. What is marked so is empty for the writer.
type View struct {
	Case
	Lead         string // name of the lead department
	AnsweredBy   string
	Assists      []Assist // for the staff
	Replies      []ReplyView
	History      []Entry
	Instructions []Entry
	Into         string      // number of the case this one was merged into
	IntoAnswers  []ReplyView // the answers of that case: they are for this writer as well
	SplitOf      string      // number of the case this one was split from
	SplitInto    []string    // numbers of the cases that were split from this one
	Merged       []string    // for the staff: numbers of the cases merged into this one
	ReturnUntil  time.Time   // until when the lead may say that the case is not its own; zero when not routed
	Holder       string      // for the staff: who of the lead department has the case in hand, empty for nobody
	HolderID     int64       // the same as an account
	Hands        []Colleague // for the lead department: to whom the case can be given
	Reachable    bool        // for the staff: the writer left a telephone number or an e-mail address
	First        *Handling   // the finished first round of a case that is handled again
	FirstBy      string      // the department that answered it
	Waiting      string      // what the writer is asked for, while the department waits
	Files        []File      // with the letter, what its writer added, and the replies
	Materials    []Material  // what the writer sent after the letter
	Orders       []OrderView // for the staff: supervision orders, oldest first
	Accused      []Accused   // for those who oversee all cases: whom the letter complains about
	Exceptions   []Exception // for them as well, oldest first
	ReworkUntil  time.Time   // the last instant at which the writer may ask for a rework

	Approval // by the department's leader
}

// Material is what the writer sent after the letter.
type Material struct {
	ID     int64
	SentAt time.Time
	Body   string
}

// OrderView is a supervision order with the names of those concerned.
type OrderView struct {
	Department, IssuedBy, AnsweredBy string
	DepartmentID                     int64
	IssuedAt, DueAt, AnsweredAt      migrations.Instant
	ReleasedAt                       migrations.Instant
	Body, Answer                     string
}

// Assist is an assisting department's part.
type Assist struct {
	DepartmentID  int64
	Department    string
	DueAt         migrations.Instant
	ContributedAt migrations.Instant
	Body          string
}

// ReplyView is a reply with the names of those concerned.
type ReplyView struct {
	ReplyRow
	Department string
	Author     string
	Reviewer   string
}

// Entry is one event as people read it.
type Entry struct {
	At         time.Time
	Verb       people.Verb
	Role       people.Role
	Account    string // name; empty for the writer and the system
	AccountID  int64  // 0 for the writer and the system
	Department string
	Holder     string // of Assign: the name of whom the case was given to, empty for nobody
	Text       string
	Detail     map[string]any
}

// Look opens a case for its page. A case the actor may not see is not found, so that nobody can feel out
// which numbers exist.
func (d *Desk) Look(ctx context.Context, a people.Actor, id ID) (*View, error) {
	c, assists, err := d.seen(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return d.view(ctx, a, c, assists)
}

// seen reads a case and, for the staff, who assists with it. One that the actor may not see is not found.
func (d *Desk) seen(ctx context.Context, a people.Actor, id ID) (*Case, []assistRow, error) {
	c, err := d.load(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var assists []assistRow
	if !a.Is(people.Writer) {
		if assists, err = assistsOf(ctx, d.db.Read, id); err != nil {
			return nil, nil, err
		}
	}
	if _, err := a.Permit(people.View, subject(c, assists)); err != nil {
		return nil, nil, errs.NotFound("there is no such case, or it is not yours to see", "没有这个办件，或您无权查看")
	}
	return c, assists, nil
}

func (d *Desk) view(ctx context.Context, a people.Actor, c *Case, assists []assistRow) (*View, error) {
	if err := d.Refresh(ctx); err != nil { // its policy may be newer than this process
		return nil, err
	}
	until, _ := d.ReturnUntil(c)
	v := &View{Case: *c, ReturnUntil: until.Time}
	var n naming
	n.department(c.LeadID, &v.Lead)
	n.department(c.AnsweredByID, &v.AnsweredBy)
	var err error
	if v.Replies, err = d.replies(ctx, &n, "r.case_id = ?", c.ID); err != nil {
		return nil, err
	}
	if err := d.readInto(ctx, v, &n); err != nil {
		return nil, err
	}
	if err := d.readSplit(ctx, v); err != nil {
		return nil, err
	}
	if err := d.readHistory(ctx, v, &n); err != nil {
		return nil, err
	}
	if err := d.readTime(ctx, v, &n); err != nil {
		return nil, err
	}
	if !a.Is(people.Writer) {
		if err := errors.Join(d.readForStaff(ctx, v, assists, &n), d.readAccused(ctx, a, v, &n)); err != nil {
			return nil, err
		}
		if err := d.readProposals(ctx, a, v, &n); err != nil {
			return nil, err
		}
	}
	if a.WorksFor(c.LeadID) {
		if v.Hands, err = d.Hands(ctx, c.LeadID); err != nil {
			return nil, err
		}
	}
	if err := n.read(ctx, d.db.Read); err != nil {
		return nil, err
	}
	hideFromDepartments(a, v.History)
	for i := range v.History {
		if v.History[i].Verb == people.Instruct {
			v.Instructions = append(v.Instructions, v.History[i])
		}
	}
	return v, nil
}

// readTime reads what belongs to the course of a case: rounds, waits, files, materials.
func (d *Desk) readTime(ctx context.Context, v *View, n *naming) error {
	v.ReworkUntil = d.ReworkUntil(&v.Case)
	var err error
	if v.First, err = firstRound(ctx, d.db.Read, &v.Case); err != nil {
		return err
	}
	if v.First != nil {
		n.department(v.First.AnsweredByID, &v.FirstBy)
	}
	if !v.WaitingSince.IsZero() {
		err := d.db.Read.NewRaw("SELECT question FROM waits WHERE case_id = ? AND ended_at IS NULL", v.ID).Scan(ctx, &v.Waiting)
		if err != nil {
			return fmt.Errorf("read wait: %w", err)
		}
	}
	// The answers to the letter this one was merged into are for this writer as well.
	if v.Files, err = filesWhere(ctx, d.db.Read, "f.case_id = ? OR f.case_id = ? AND f.reply_id IS NOT NULL", v.ID, v.MergedInto); err != nil {
		return err
	}
	var materials []materialRow
	if err := d.db.Read.NewSelect().Model(&materials).Where("case_id = ?", v.ID).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read materials: %w", err)
	}
	for _, m := range materials {
		v.Materials = append(v.Materials, Material{m.ID, m.SentAt.Time, m.Body})
	}
	return nil
}

func (d *Desk) replies(ctx context.Context, n *naming, where string, id ID) ([]ReplyView, error) {
	var rows []ReplyRow
	if err := d.db.Read.NewSelect().Model(&rows).Where(where, id).Order("r.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read replies: %w", err)
	}
	views := make([]ReplyView, len(rows))
	for i, r := range rows {
		views[i].ReplyRow = r
		n.department(r.DepartmentID, &views[i].Department)
		n.account(r.AccountID, &views[i].Author)
		n.account(r.ReviewerID, &views[i].Reviewer)
	}
	return views, nil
}

func (d *Desk) readHistory(ctx context.Context, v *View, n *naming) error {
	events, err := ledger.Of(ctx, d.db.Read, int64(v.ID))
	if err != nil {
		return err
	}
	v.History = make([]Entry, len(events))
	for i := range events {
		e, entry := &events[i], &v.History[i]
		*entry = Entry{At: e.At.Time, Verb: people.Verb(e.Verb), Role: people.Role(e.Actor), AccountID: e.AccountID, Text: e.Text}
		n.account(e.AccountID, &entry.Account)
		n.department(e.DepartmentID, &entry.Department)
		if err := json.Unmarshal([]byte(e.Detail), &entry.Detail); err != nil {
			return fmt.Errorf("event %d of case %d: %w", e.Seq, v.ID, err)
		}
		if entry.Verb == people.Assign {
			to, _ := entry.Detail["holder"].(float64)
			n.account(int64(to), &entry.Holder)
		}
	}
	return nil
}

// readInto reads the number of the case this one was merged into, and its answers.
func (d *Desk) readInto(ctx context.Context, v *View, n *naming) (err error) {
	if v.MergedInto == 0 {
		return nil
	}
	if v.IntoAnswers, err = d.replies(ctx, n, "r.status = 'answered' AND r.case_id = ?", v.MergedInto); err != nil {
		return err
	}
	var into Case
	if err := d.db.Read.NewSelect().Model(&into).Column("id", "received_day").Where("c.id = ?", v.MergedInto).Scan(ctx); err != nil {
		return fmt.Errorf("read the case this one was merged into: %w", err)
	}
	v.Into = into.Number()
	return nil
}

// readForStaff reads what only the staff is shown: who assists, orders, which cases were merged into this one, and
// whether the writer can be reached.
func (d *Desk) readForStaff(ctx context.Context, v *View, assists []assistRow, n *naming) error {
	v.Assists = make([]Assist, len(assists))
	for i, s := range assists {
		v.Assists[i] = Assist{DepartmentID: s.DepartmentID, DueAt: s.DueAt, ContributedAt: s.ContributedAt, Body: s.Body}
		n.department(s.DepartmentID, &v.Assists[i].Department)
	}
	var orders []orderRow
	if err := d.db.Read.NewSelect().Model(&orders).Where("case_id = ?", v.ID).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	v.Orders = make([]OrderView, len(orders))
	for i, o := range orders {
		view := &v.Orders[i]
		*view = OrderView{
			DepartmentID: o.DepartmentID, IssuedAt: o.IssuedAt, DueAt: o.DueAt, AnsweredAt: o.AnsweredAt, ReleasedAt: o.ReleasedAt, Body: o.Body, Answer: o.Answer,
		}
		n.department(o.DepartmentID, &view.Department)
		n.account(o.AccountID, &view.IssuedBy)
		n.account(o.AnsweredByID, &view.AnsweredBy)
	}
	var merged []Case
	err := d.db.Read.NewSelect().Model(&merged).Column("id", "received_day").Where("c.merged_into = ?", v.ID).Order("c.id").Scan(ctx)
	if err != nil {
		return fmt.Errorf("read merged cases: %w", err)
	}
	for i := range merged {
		v.Merged = append(v.Merged, merged[i].Number())
	}
	hands, err := holderOf(ctx, d.db.Read, d.Now(), &v.Case)
	if err != nil {
		return err
	}
	v.Holder, v.HolderID = hands.Name, hands.ID
	if v.ContactID != 0 {
		v.Reachable, err = d.db.Read.NewSelect().Model((*contactRow)(nil)).
			Where("k.id = ? AND (k.email_hash IS NOT NULL OR k.phone_hash IS NOT NULL)", v.ContactID).Exists(ctx)
	}
	return err
}

// naming collects whose names a view needs and where they are to stand, so that they are read at once and no others.
type naming struct{ departments, accounts map[int64][]*string }

// department wants the name of a department; 0 is none.
func (n *naming) department(id int64, into *string) { want(&n.departments, id, into) }

// account wants the name of an account; 0 is none.
func (n *naming) account(id int64, into *string) { want(&n.accounts, id, into) }

func want(of *map[int64][]*string, id int64, into *string) {
	if id == 0 {
		return
	}
	if *of == nil {
		*of = map[int64][]*string{}
	}
	(*of)[id] = append((*of)[id], into)
}

// read puts the names in their places.
func (n *naming) read(ctx context.Context, db bun.IDB) error {
	for table, places := range map[string]map[int64][]*string{"departments": n.departments, "accounts": n.accounts} {
		if len(places) == 0 {
			continue
		}
		var rows []struct {
			ID   int64
			Name string
		}
		err := db.NewSelect().Table(table).Column("id", "name").Where("id IN (?)", bun.List(slices.Collect(maps.Keys(places)))).Scan(ctx, &rows)
		if err != nil {
			return fmt.Errorf("read names: %w", err)
		}
		for _, row := range rows {
			for _, place := range places[row.ID] {
				*place = row.Name
			}
		}
	}
	return nil
}

// names are what departments and accounts are called; a city has some hundreds of each.
type names struct {
	departments map[int64]string
	accounts    map[int64]string
}

func (d *Desk) names(ctx context.Context) (names, error) {
	n := names{map[int64]string{}, map[int64]string{}}
	for query, into := range map[string]map[int64]string{
		"SELECT id, name FROM departments": n.departments,
		"SELECT id, name FROM accounts":    n.accounts,
	} {
		var rows []struct {
			ID   int64
			Name string
		}
		if err := d.db.Read.NewRaw(query).Scan(ctx, &rows); err != nil {
			return n, fmt.Errorf("read names: %w", err)
		}
		for _, row := range rows {
			into[row.ID] = row.Name
		}
	}
	return n, nil
}

// Track proves a writer by number and secret. It takes as long for a number that does not exist, and
// says the same.
func (d *Desk) Track(ctx context.Context, number, secret string, lang errs.Lang) (people.Actor, ID, error) {
	id, day, err := ParseNumber(number)
	if err != nil {
		return people.Actor{}, 0, err
	}
	c := new(Case)
	err = d.db.Read.NewSelect().Model(c).Column("id", "received_day", "salt", "secret_hash").Where("c.id = ?", id).Scan(ctx)
	hash, salt := c.SecretHash, c.Salt
	switch {
	case errors.Is(err, sql.ErrNoRows):
		hash, salt = noHash, noHash
	case err != nil:
		return people.Actor{}, 0, fmt.Errorf("read case: %w", err)
	}
	if !seal.SameSecret(hash, salt, secret) || c.ReceivedDay != day {
		return people.Actor{}, 0, errs.NotFound(
			"no letter fits this number and secret; please compare both with your receipt",
			"没有与该编号和查询码相符的信件，请对照回执核对")
	}
	return people.TheWriter(int64(id), lang), id, nil
}

// noHash is compared when there is no such case, to take the same time.
var noHash = make([]byte, 32)

// Find looks up a case by its number, for those who may see it.
func (d *Desk) Find(ctx context.Context, number string) (ID, error) {
	id, day, err := ParseNumber(number)
	if err != nil {
		return 0, err
	}
	c, err := d.load(ctx, id)
	if err != nil {
		return 0, err
	}
	if c.ReceivedDay != day {
		return 0, errs.NotFound("there is no such case", "没有这个办件")
	}
	return id, nil
}

// Verify checks the chain of a case's events up to its head.
func (d *Desk) Verify(ctx context.Context, id ID) error {
	c, err := d.load(ctx, id)
	if err != nil {
		return err
	}
	events, err := ledger.Of(ctx, d.db.Read, int64(id))
	if err != nil {
		return err
	}
	if seq, why := ledger.Verify(events, c.HeadHash); why != nil {
		return fmt.Errorf("case %s, event %d: %w", c.Number(), seq, why)
	}
	return nil
}
