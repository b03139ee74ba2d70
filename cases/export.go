package cases

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// ExportedMost is how many cases a file holds at most.
const ExportedMost = 10_000

// ExportFormat is what kind of file a list is taken away as.
type ExportFormat string

// The formats.
const (
	CSV  ExportFormat = "csv"
	XLSX ExportFormat = "xlsx"
)

// Taken says which list is taken away as a file, and why.
type Taken struct {
	Query  *Query  // a desk's list
	Search *Search // or what was found
	List   string  // where the list stands, such as /desk/office
	Filter string  // under which filter, as the address says it
	Format ExportFormat
	Reason string
}

// Export is a list that somebody has taken away.
type Export struct {
	bun.BaseModel `bun:"table:exports,alias:x"`

	ID        int64 `bun:",pk,autoincrement"`
	AccountID int64
	At        migrations.Instant
	List      string
	Filter    string
	Format    ExportFormat
	Cases     int64
	More      bool // the list was longer
	Reason    string
	Name      string `bun:",scanonly"` // of the account
}

// Export gives the cases of a list in the order of the screen, [ExportedMost] at most, and records who takes them
// away. more says that the list is longer. It is all recorded or nothing is given.
//
// Errors: invalid without a reason, or for another format; forbidden for those who may see no case.
func (d *Desk) Export(ctx context.Context, a people.Actor, t Taken) (items []Item, more bool, err error) {
	if t.Reason, err = cleanLine("reason", "the reason", "用途", t.Reason, MaxReason, true); err != nil {
		return nil, false, err
	}
	if t.Format != CSV && t.Format != XLSX {
		return nil, false, errs.Invalid("format", "please choose CSV or XLSX", "请选择 CSV 或 XLSX")
	}
	if t.Search != nil {
		items, err = d.allFound(ctx, a, *t.Search)
	} else {
		items, err = d.allListed(ctx, a, *t.Query)
	}
	if err != nil {
		return nil, false, err
	}
	if more = len(items) > ExportedMost; more {
		items = items[:ExportedMost]
	}
	row := Export{
		AccountID: a.Account, At: migrations.At(d.Now()), List: t.List, Filter: t.Filter, Format: t.Format,
		Cases: int64(len(items)), More: more, Reason: t.Reason,
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return fmt.Errorf("record export: %w", err)
		}
		return nil
	})
	return items, more, err
}

// allListed reads a desk's list whole, and one case more than a file holds.
func (d *Desk) allListed(ctx context.Context, a people.Actor, q Query) ([]Item, error) {
	q.Limit = ExportedMost + 1
	where, args, err := d.selection(ctx, a, q)
	if err != nil {
		return nil, err
	}
	order, by := d.order(q)
	var items []Item
	err = d.db.Read.NewRaw("SELECT "+itemColumns+" FROM cases c LEFT JOIN departments p ON p.id = c.lead_id WHERE "+where+order+" LIMIT ?",
		slices.Concat(args, by, []any{ExportedMost + 1})...).Scan(ctx, &items)
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	return items, nil
}

// readAtOnce is how many cases are named in one statement.
const readAtOnce = 500

// allFound reads what a search finds, and one case more than a file holds.
func (d *Desk) allFound(ctx context.Context, a people.Actor, s Search) ([]Item, error) {
	q, err := d.looked(a, s)
	if err != nil {
		return nil, err
	}
	keys, err := d.keysOf(ctx, q, ExportedMost+1)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, len(keys))
	for some := range slices.Chunk(keys, readAtOnce) {
		next, err := d.itemsAt(ctx, q, some)
		if err != nil {
			return nil, err
		}
		items = append(items, next...)
	}
	return items, nil
}

// ExportsPage is how many exports stand on a page.
const ExportsPage = 50

// Exports lists what was taken away, the latest first, and how much there is in all.
//
// Errors: forbidden for all but administrators and auditors.
func (d *Desk) Exports(ctx context.Context, a people.Actor, page int) (list []Export, total int, err error) {
	if !a.Is(people.Administrator) && !a.Is(people.Auditor) {
		return nil, 0, errs.Forbidden("you may not see who exported lists", "您无权查看导出记录")
	}
	if err := d.db.Read.NewRaw("SELECT count(*) FROM exports").Scan(ctx, &total); err != nil {
		return nil, 0, fmt.Errorf("count exports: %w", err)
	}
	err = d.db.Read.NewRaw("SELECT x.*, k.name AS name FROM exports AS x JOIN accounts AS k ON k.id = x.account_id ORDER BY x.id DESC LIMIT ? OFFSET ?",
		ExportsPage, (max(page, 1)-1)*ExportsPage).Scan(ctx, &list)
	if err != nil {
		return nil, 0, fmt.Errorf("read exports: %w", err)
	}
	return list, total, nil
}
