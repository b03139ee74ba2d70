package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
)

// RoutingRules are a version of the city's rules on where letters go. The newest acts.
type RoutingRules struct {
	Version   int64
	Rules     routing.Rules
	By        string // the account's name; empty for the command line and for the first version
	Reason    string // empty for the first version
	CreatedAt time.Time
}

// BuiltIn tells whether the rules are those that came with the program.
func (r RoutingRules) BuiltIn() bool { return r.Version == firstRoutingRules }

const firstRoutingRules = 1

// routingRulesRow is a version as stored.
type routingRulesRow struct {
	bun.BaseModel `bun:"table:routing_rules"`

	Version   int64 `bun:",pk"`
	Body      string
	AccountID int64 `bun:",nullzero"`
	Reason    string
	CreatedAt migrations.Instant
}

// RoutingRulesVersion is the number of the version that acts: cheap, to see whether what was made of the rules
// still holds.
func (d *Desk) RoutingRulesVersion(ctx context.Context) (int64, error) {
	version, err := newestRoutingRules(ctx, d.db.Read)
	if err != nil || version > 0 {
		return version, err
	}
	if err := d.beginRoutingRules(ctx); err != nil {
		return 0, err
	}
	return newestRoutingRules(ctx, d.db.Read)
}

func newestRoutingRules(ctx context.Context, db bun.IDB) (version int64, err error) {
	if err := db.NewRaw("SELECT COALESCE(MAX(version), 0) FROM routing_rules").Scan(ctx, &version); err != nil {
		return 0, fmt.Errorf("read routing rules: %w", err)
	}
	return version, nil
}

// beginRoutingRules writes the first version; another process may be faster.
func (d *Desk) beginRoutingRules(ctx context.Context) error {
	row := routingRulesRow{Version: firstRoutingRules, Body: routing.StartingRules().String(), CreatedAt: migrations.At(d.clock())}
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (version) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the first routing rules: %w", err)
	}
	return nil
}

// RoutingRules gives the rules that act.
func (d *Desk) RoutingRules(ctx context.Context) (RoutingRules, error) {
	version, err := d.RoutingRulesVersion(ctx)
	if err != nil {
		return RoutingRules{}, err
	}
	return d.RoutingRulesOf(ctx, version)
}

// RoutingRulesOf gives one version. Errors: not_found.
func (d *Desk) RoutingRulesOf(ctx context.Context, version int64) (RoutingRules, error) {
	var row routingRulesRow
	err := d.db.Read.NewSelect().Model(&row).Where("version = ?", version).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return RoutingRules{}, errs.NotFound("there is no version %d of the routing rules", "没有第 %d 版转办规则", version)
	}
	if err != nil {
		return RoutingRules{}, fmt.Errorf("read routing rules: %w", err)
	}
	names, err := d.names(ctx)
	if err != nil {
		return RoutingRules{}, err
	}
	return row.rules(names)
}

func (r routingRulesRow) rules(n names) (RoutingRules, error) {
	rules, err := routing.ParseRules(r.Body)
	if err != nil {
		return RoutingRules{}, fmt.Errorf("routing rules, version %d: %w", r.Version, err)
	}
	return RoutingRules{Version: r.Version, Rules: rules, By: n.accounts[r.AccountID], Reason: r.Reason, CreatedAt: r.CreatedAt.Time}, nil
}

// RoutingRulesHistory lists the versions before a number (0: all), newest first, at most so many.
func (d *Desk) RoutingRulesHistory(ctx context.Context, before int64, most int) ([]RoutingRules, error) {
	if _, err := d.RoutingRulesVersion(ctx); err != nil { // the first may have to be written
		return nil, err
	}
	var rows []routingRulesRow
	query := d.db.Read.NewSelect().Model(&rows).Order("version DESC").Limit(int64(most))
	if before > 0 {
		query = query.Where("version < ?", before)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read routing rules: %w", err)
	}
	names, err := d.names(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]RoutingRules, 0, len(rows))
	for _, row := range rows {
		one, err := row.rules(names)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// SetRoutingRules makes a text the rules that act from now on, for those who saw version seen. Letters that have
// been routed stay where they are. What depends on departments does not hinder it: see [routing.Rules.Check].
//
// Errors: forbidden; invalid, joined, with the line each is about; invalid, naming reason; conflict if somebody has
// saved since, or if nothing would change.
func (d *Desk) SetRoutingRules(ctx context.Context, a people.Actor, text string, seen int64, reason string) (RoutingRules, error) {
	if !a.Is(people.Administrator) && !a.Is(people.Clerk) && !a.Is(people.System) {
		return RoutingRules{}, errs.Forbidden("only the mailbox office and the administrator may change the routing rules",
			"只有信箱办工作人员和系统管理员可以修改转办规则")
	}
	rules, wrong := routing.ParseRules(text)
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if wrong != nil || err != nil {
		return RoutingRules{}, errors.Join(wrong, err)
	}
	if _, err := d.RoutingRulesVersion(ctx); err != nil {
		return RoutingRules{}, err
	}
	var row routingRulesRow
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var last routingRulesRow
		if err := tx.NewSelect().Model(&last).Order("version DESC").Limit(1).Scan(ctx); err != nil {
			return fmt.Errorf("read routing rules: %w", err)
		}
		switch {
		case last.Version != seen:
			return errs.Conflict("somebody has changed the routing rules since you opened them (version %[1]d): what you typed is kept; please compare, then save again",
				"您打开后他人已修改转办规则（第 %[1]d 版）。您填写的内容已保留，请核对后再保存", last.Version)
		case last.Body == rules.String():
			return errs.Conflict("nothing has changed", "内容没有变化")
		}
		row = routingRulesRow{
			Version: last.Version + 1, Body: rules.String(), AccountID: a.Account, Reason: reason, CreatedAt: migrations.At(d.clock()),
		}
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.Write(audit.By(ctx, a.Account), tx, row.CreatedAt, audit.Line{
			Deed: audit.RulesChanged, Subject: audit.Rules, ID: row.Version,
			Was: audit.Values{"version": strconv.FormatInt(last.Version, 10)},
			Is:  audit.Values{"version": strconv.FormatInt(row.Version, 10), "reason": reason},
		})
	})
	if migrations.IsUnique(err) { // both had read the same last version
		return RoutingRules{}, errs.Conflict("somebody has changed the routing rules at this moment: what you typed is kept; please compare, then save again",
			"他人刚刚修改了转办规则。您填写的内容已保留，请核对后再保存").Because(err)
	}
	if err != nil {
		return RoutingRules{}, err
	}
	return d.RoutingRulesOf(ctx, row.Version)
}

// RoutingDepartments are the city's departments as routing knows them.
func (d *Desk) RoutingDepartments(ctx context.Context) ([]routing.Department, error) {
	list, err := d.directory.Departments(ctx)
	if err != nil {
		return nil, err
	}
	return routingDepartments(list), nil
}

func routingDepartments(list []people.Department) []routing.Department {
	departments := make([]routing.Department, len(list))
	for i, one := range list {
		departments[i] = routing.Department{
			ID: one.ID, Code: one.Code, Name: one.Name, Duties: one.Duties, Kind: one.Kind,
			SuccessorID: one.SuccessorID, Ended: !one.EndedAt.IsZero(),
		}
	}
	return departments
}
