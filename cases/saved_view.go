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

// The limits of the lists that one person keeps.
const (
	MaxViews     = 20
	MaxViewName  = 30
	maxViewQuery = 1000
)

// Desks are those whose lists can be kept.
var Desks = []string{"office", "department", "supervision"}

// SavedView is a list that somebody kept under a name: the part of its address that says what is in it.
type SavedView struct {
	ID          int64
	Name, Query string
}

type viewRow struct {
	bun.BaseModel `bun:"table:saved_views,alias:v"`

	ID        int64 `bun:",pk,autoincrement"`
	AccountID int64
	Desk      string
	Name      string
	Query     string
	SavedAt   migrations.Instant
}

// Views are the lists that the actor keeps of a desk, in the order in which they were kept.
func (d *Desk) Views(ctx context.Context, a people.Actor, desk string) ([]SavedView, error) {
	var rows []viewRow
	if err := d.db.Read.NewSelect().Model(&rows).Where("v.account_id = ? AND v.desk = ?", a.Account, desk).Order("v.id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	views := make([]SavedView, len(rows))
	for i, r := range rows {
		views[i] = SavedView{r.ID, r.Name, r.Query}
	}
	return views, nil
}

// SaveView keeps a list under a name. They are the actor's own: nobody else is shown them.
//
// Errors: invalid, naming name: empty, too long, taken; conflict where there are MaxViews already.
func (d *Desk) SaveView(ctx context.Context, a people.Actor, desk, name, query string) error {
	name, err := cleanLine("name", "a name for the list", "列表名称", name, MaxViewName, true)
	if err != nil {
		return err
	}
	if a.Account == 0 || !slices.Contains(Desks, desk) {
		return errs.Forbidden("only those who work here keep lists", "只有工作人员可以保存列表")
	}
	if len(query) > maxViewQuery {
		return errs.Invalid("name", "this list has too many conditions to be kept", "该列表条件过多，无法保存")
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*viewRow)(nil)).Where("account_id = ?", a.Account).Count(ctx)
		if err != nil {
			return fmt.Errorf("count views: %w", err)
		}
		if n >= MaxViews {
			return errs.Conflict("you keep %d lists already; please remove one first", "最多保存 %d 个列表，请先删除一个", MaxViews)
		}
		row := viewRow{AccountID: a.Account, Desk: desk, Name: name, Query: query, SavedAt: migrations.At(d.Now())}
		_, err = tx.NewInsert().Model(&row).Exec(ctx)
		return err
	})
	return takenName(err, name)
}

// RenameView gives a list of the actor's another name. One that is gone is not found.
func (d *Desk) RenameView(ctx context.Context, a people.Actor, id int64, name string) error {
	name, err := cleanLine("name", "a name for the list", "列表名称", name, MaxViewName, true)
	if err != nil {
		return err
	}
	return takenName(d.changeView(ctx, "UPDATE saved_views SET name = ? WHERE id = ? AND account_id = ?", name, id, a.Account), name)
}

// DropView forgets a list of the actor's. One that is gone is not found.
func (d *Desk) DropView(ctx context.Context, a people.Actor, id int64) error {
	return d.changeView(ctx, "DELETE FROM saved_views WHERE id = ? AND account_id = ?", id, a.Account)
}

func (d *Desk) changeView(ctx context.Context, query string, args ...any) error {
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return errs.NotFound("this list is not there any more", "该列表已不存在")
	})
}

func takenName(err error, name string) error {
	if migrations.IsUnique(err) {
		return errs.Invalid("name", "you keep a list called %s already; please choose another name", "已有名为“%s”的列表，请换一个名称", name).Because(err)
	}
	return err
}
