package report

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
)

// MaxRemark is how long the remark on a closing may be, in characters.
const MaxRemark = 200

// Closings keeps the periods that supervision has closed: their figures, and the list of cases behind each, stand as
// published, under a digest and the city's signature. What happens later never changes them; it shows as the difference
// between the closing and the same report of today. Safe for concurrent use.
type Closings struct {
	engine *Engine
	db     *migrations.DB
	keys   *seal.Keys
	clock  func() time.Time
	city   string
}

// NewClosings makes the book of closed periods of a city. keys are needed for closing and for telling whether a stored
// closing is genuine.
func NewClosings(engine *Engine, keys *seal.Keys, clock func() time.Time, city string) *Closings {
	exact := *engine
	exact.FactsOnly = true // what is published for good comes from the facts themselves
	return &Closings{engine: &exact, db: engine.db, keys: keys, clock: clock, city: city}
}

// Closing is a closed period in the list.
type Closing struct {
	bun.BaseModel `bun:"table:closings,alias:s"`

	ID        int64 `bun:",pk,autoincrement"`
	FromDay   string
	ToDay     string // not in it
	AsOf      migrations.Instant
	FollowsID int64 `bun:",nullzero"` // the closing that this one corrects; 0 none
	AccountID int64
	At        migrations.Instant
	Remark    string
	Digest    string
	KeyID     string
	Signature []byte
	Content   []byte // compressed

	Name       string `bun:",scanonly"` // of who closed it
	FollowedBy int64  `bun:",scanonly"` // the closing that corrects this one; 0 none
}

// Period is the days that the closing is about.
func (c *Closing) Period() Period { return Period{c.FromDay, c.ToDay} }

// Order is what is asked to be closed.
type Order struct {
	Period  Period
	AsOf    time.Time // a second that is over, not before the end of the period; zero: the last one
	Follows int64     // the closing of the same period that is corrected; 0: none
	Remark  string
}

// query is the report of a closing.
func (o *Order) query() Query {
	return Query{From: o.Period.From, To: o.Period.To, AsOf: o.AsOf, By: ByDepartment, Compare: true}
}

// Preview is the report that closing now would publish, and the closing of the same period that it would correct;
// nil when the period has not been closed.
//
// Errors: as Close.
func (b *Closings) Preview(ctx context.Context, a people.Actor, o Order) (Report, *Closing, error) {
	if err := b.check(a, &o); err != nil {
		return Report{}, nil, err
	}
	last, err := b.last(ctx, b.db.Read, o.Period)
	if err != nil {
		return Report{}, nil, err
	}
	r, err := b.engine.Run(ctx, o.query())
	return r, last, err
}

// Close publishes the figures of a period as of an instant, for good.
//
// Errors: forbidden for all but supervision; invalid, naming from, to, as_of or remark; conflict when the period is
// closed and o does not name the latest closing of it, or when letters are being changed just then.
func (b *Closings) Close(ctx context.Context, a people.Actor, o Order) (int64, error) {
	if err := b.check(a, &o); err != nil {
		return 0, err
	}
	last, err := b.last(ctx, b.db.Read, o.Period)
	if err != nil {
		return 0, err
	}
	if err := follows(last, o.Follows); err != nil {
		return 0, err
	}
	published, err := b.publish(ctx, a, o, last)
	if err != nil {
		return 0, err
	}
	content, err := compact(published)
	if err != nil {
		return 0, err
	}
	row := Closing{
		FromDay: o.Period.From, ToDay: o.Period.To, AsOf: migrations.At(o.AsOf), FollowsID: o.Follows,
		AccountID: a.Account, At: migrations.At(published.ClosedAt.Time), Remark: o.Remark, Digest: digestOf(content),
	}
	row.Signature, row.KeyID = b.keys.SignClosing(signedText(row.Digest))
	if row.Content, err = pack(content); err != nil {
		return 0, err
	}
	err = b.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		last, err := b.last(ctx, tx, o.Period)
		if err != nil {
			return err
		}
		if err := follows(last, o.Follows); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	switch {
	case migrations.IsUnique(err):
		return 0, errClosed()
	case err != nil && errs.CodeOf(err) == errs.CodeInternal:
		return 0, fmt.Errorf("keep closing: %w", err)
	}
	return row.ID, err
}

// check looks at what is asked, and fills in the instant.
func (b *Closings) check(a people.Actor, o *Order) error {
	if !a.Is(people.Supervisor) || a.Account == 0 {
		return errs.Forbidden("only supervision closes periods", "只有督查人员可以定稿统计期")
	}
	now := b.clock().Truncate(time.Second)
	if o.AsOf.IsZero() {
		o.AsOf = now.Add(-time.Second)
	}
	o.AsOf = o.AsOf.Truncate(time.Second)
	q := o.query()
	c, err := q.check()
	if err != nil {
		return err
	}
	end := time.Date(c.span.to.Year(), c.span.to.Month(), c.span.to.Day(), 0, 0, 0, 0, b.engine.loc)
	switch {
	case !now.After(end):
		return errs.Invalid("to", "this period is not over yet", "该统计期尚未结束")
	case o.AsOf.Before(end):
		return errs.Invalid("as_of", "figures are closed as of an instant after the end of the period", "统计截止时刻须在统计期结束之后")
	case !o.AsOf.Before(now):
		return errs.Invalid("as_of", "this instant is not over yet", "统计截止时刻尚未过去")
	}
	o.Remark = strings.TrimSpace(o.Remark)
	if !plain(o.Remark) || utf8.RuneCountInString(o.Remark) > MaxRemark {
		return errs.Invalid("remark", "the remark is one line of %d characters at most", "备注为一行文字，不超过 %d 字", MaxRemark)
	}
	return nil
}

// last is the latest closing of exactly this period; nil when there is none.
func (b *Closings) last(ctx context.Context, db bun.IDB, p Period) (*Closing, error) {
	c := new(Closing)
	err := db.NewSelect().Model(c).ExcludeColumn("content").Where("from_day = ? AND to_day = ?", p.From, p.To).Order("id DESC").Limit(1).Scan(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil //nolint:nilnil // there is none, and that is no error
	case err != nil:
		return nil, fmt.Errorf("find closing: %w", err)
	}
	return c, nil
}

// follows tells whether a closing that names the one of that number (0: none) may come after the last one.
func follows(last *Closing, named int64) error {
	switch {
	case last == nil && named != 0:
		return errs.Conflict("the closing to be corrected is not one of this period", "要更正的定稿不属于该统计期")
	case last != nil && named != last.ID:
		return errClosed()
	}
	return nil
}

func errClosed() error {
	return errs.Conflict("this period is closed already; its figures stand, and can only be corrected by another closing that names the latest one",
		"该统计期已经定稿，数字不再改变；如需更正，请在最近一次定稿的页面上另行定稿")
}

// publish reckons the figures and the lists, until both are of one moment.
func (b *Closings) publish(ctx context.Context, a people.Actor, o Order, last *Closing) (*Published, error) {
	for range 5 {
		r, err := b.engine.Run(ctx, o.query())
		if err != nil {
			return nil, err
		}
		lots, err := b.engine.Lots(ctx, o.query())
		if err != nil {
			return nil, err
		}
		if !addUp(&r, lots) {
			continue // something was committed in between with an instant before
		}
		text, err := compact(r)
		if err != nil {
			return nil, err
		}
		p := &Published{
			City: b.city, Period: r.Period, AsOf: r.AsOf, ClosedAt: Moment{b.clock().Truncate(time.Second).In(b.engine.loc)}, ClosedBy: a.Name, Remark: o.Remark,
			SilenceDays: r.SilenceDays, Report: text, Figures: FigureNames(), Names: namesOf(&r), Lots: lots,
		}
		if last != nil {
			p.Follows = last.Digest
		}
		return p, nil
	}
	return nil, errs.Conflict("letters of this period are being changed right now; please try again in a moment", "该统计期的办件正在变动，请稍后再试")
}

// namesOf are the names of all departments in a report.
func namesOf(r *Report) map[string]string {
	names := map[string]string{}
	for i := range r.Groups {
		names[r.Groups[i].GroupID] = r.Groups[i].Group
	}
	for _, line := range r.Conduct {
		names[line.DepartmentID] = line.Department
	}
	for _, line := range r.Reworks {
		names[line.DepartmentID] = line.Department
	}
	return names
}

// List gives the closings of a page, the latest first, without their content, and how many there are.
//
// Errors: forbidden for all but the staff.
func (b *Closings) List(ctx context.Context, a people.Actor, limit, offset int) (list []Closing, total int, err error) {
	if a.Account == 0 {
		return nil, 0, errs.Forbidden("this is for the staff", "仅供工作人员使用")
	}
	if err := b.db.Read.NewRaw("SELECT COUNT(*) FROM closings").Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count closings: %w", err)
	}
	if err := b.selected(&list).Limit(int64(limit)).Offset(int64(offset)).Order("s.id DESC").Scan(ctx); err != nil {
		return nil, 0, fmt.Errorf("list closings: %w", err)
	}
	return list, total, nil
}

func (b *Closings) selected(into any) *bun.SelectQuery {
	return b.db.Read.NewSelect().Model(into).ExcludeColumn("content").
		ColumnExpr("(SELECT k.name FROM accounts AS k WHERE k.id = s.account_id) AS name").
		ColumnExpr("COALESCE((SELECT n.id FROM closings AS n WHERE n.follows_id = s.id), 0) AS followed_by")
}

// Kept is a closing as it was stored, and what becomes of its figures.
type Kept struct {
	Closing
	Says Published

	// Wrong says why the stored closing is not to be believed: it was changed, or signed with a key that is not this
	// city's. nil: it is genuine.
	Wrong error
}

// Signed is the closing to be handed out.
func (k *Kept) Signed() (SignedClosing, error) {
	content, err := unpack(k.Content)
	if err != nil {
		return SignedClosing{}, fmt.Errorf("unpack closing: %w", err)
	}
	return SignedClosing{
		Form: strings.TrimSuffix(seal.ClosingHeading, "\n"), Closing: content,
		Digest: k.Digest, KeyID: k.KeyID, Signature: k.Signature,
	}, nil
}

// Get reads a closing and looks whether it is genuine.
//
// Errors: forbidden for all but the staff; not found.
func (b *Closings) Get(ctx context.Context, a people.Actor, id int64) (*Kept, error) {
	if a.Account == 0 {
		return nil, errs.Forbidden("this is for the staff", "仅供工作人员使用")
	}
	return b.get(ctx, id)
}

func (b *Closings) get(ctx context.Context, id int64) (*Kept, error) {
	k := new(Kept)
	err := b.selected(&k.Closing).Column("content").Where("s.id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.NotFound("there is no such closing", "没有这次定稿")
	}
	if err != nil {
		return nil, fmt.Errorf("read closing: %w", err)
	}
	k.Wrong = b.genuine(k)
	return k, nil
}

// genuine looks at a stored closing, and reads what it states.
func (b *Closings) genuine(k *Kept) error {
	signed, err := k.Signed()
	if err != nil {
		return changedClosing()
	}
	if k.Says, err = signed.Verify(b.keys.ReceiptKeys()); err != nil {
		_ = json.Unmarshal(signed.Closing, &k.Says) // shown as far as it goes, with a warning
		return err
	}
	same := k.Says.Period == k.Period() && k.Says.AsOf.Unix() == k.AsOf.Unix() && k.Says.ClosedAt.Unix() == k.At.Unix() && k.Says.Remark == k.Remark
	if !same {
		return changedClosing()
	}
	return nil
}

// VerifyAll looks at every stored closing, and gives those that are not genuine, with what is wrong with them.
func (b *Closings) VerifyAll(ctx context.Context) (all int, wrong []*Kept, err error) {
	var ids []int64
	if err := b.db.Read.NewRaw("SELECT id FROM closings ORDER BY id").Scan(ctx, &ids); err != nil {
		return 0, nil, fmt.Errorf("list closings: %w", err)
	}
	for _, id := range ids {
		k, err := b.get(ctx, id)
		if err != nil {
			return 0, nil, err
		}
		if k.Wrong != nil {
			k.Content, k.Says.Lots = nil, nil
			wrong = append(wrong, k)
		}
	}
	return len(ids), wrong, nil
}

// Today is the lots of a closing's report as of now, to be compared with its own: of the figures that both know, with
// its days of silence.
//
// Errors: as Run.
func (b *Closings) Today(ctx context.Context, k *Kept) (now time.Time, before, after []Lot, err error) {
	engine := *b.engine
	engine.SilenceDays = k.Says.SilenceDays
	o := Order{Period: k.Period(), AsOf: b.clock().Truncate(time.Second)}
	lots, err := engine.Lots(ctx, o.query())
	if err != nil {
		return o.AsOf, nil, nil, err
	}
	return o.AsOf, known(k.Says.Lots, FigureNames()), known(lots, k.Says.Figures), nil
}
