package cases

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// PolicyEdition is a version of the policies as pages show it.
type PolicyEdition struct {
	sla.PolicyVersion
	By        string // the account's name; empty for the command line
	Reason    string
	CreatedAt time.Time
	InForce   bool
}

// Policies lists every version, newest first.
func (d *Desk) Policies(ctx context.Context) ([]PolicyEdition, error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return nil, err
	}
	var rows []policyRow
	if err := d.db.Read.NewSelect().Model(&rows).Order("version DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	names, err := d.names(ctx)
	if err != nil {
		return nil, err
	}
	now, err := r.policyAt(d.clock())
	if err != nil {
		return nil, err
	}
	all := make([]PolicyEdition, 0, len(rows))
	for _, row := range rows {
		v, ok := r.policies[row.Version]
		if !ok {
			continue // added in this moment
		}
		all = append(all, PolicyEdition{
			PolicyVersion: v, By: names.accounts[row.AccountID], Reason: row.Reason,
			CreatedAt: row.CreatedAt.Time, InForce: v.Version == now.Version,
		})
	}
	return all, nil
}

// LoadPolicy adds a version that acts on letters received from its From on (zero: from now on), and on no
// letter that is here already. The version number is given here, whatever the draft says.
//
// Errors: forbidden; invalid, naming from or policy; conflict when nothing would change.
func (d *Desk) LoadPolicy(ctx context.Context, a people.Actor, draft sla.PolicyVersion, reason string) (sla.PolicyVersion, error) {
	if err := keepsRules(a); err != nil {
		return draft, err
	}
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return draft, err
	}
	r, err := d.refreshed(ctx)
	if err != nil {
		return draft, err
	}
	now := d.Now()
	if draft.From.IsZero() {
		draft.From = now
	}
	draft.From = draft.From.Truncate(time.Second).UTC()
	if draft.From.Before(now) {
		return draft, errs.Invalid("from",
			"the start %s has passed: a policy acts on letters received from its start on, and those of the past keep theirs",
			"生效时间 %s 已过：新规则只适用于生效后收到的来信，已收到的来信仍按原规则办理", draft.From.In(d.Location()).Format("2006-01-02 15:04:05"))
	}
	for i, rule := range draft.Rules {
		if rule.Channel != "" && !known(Channels, rule.Channel) || rule.Kind != "" && !known(Kinds, rule.Kind) {
			return draft, errs.Invalid("policy",
				"rule %[1]d is for a channel or kind that does not exist (%[2]q, %[3]q), so it would never act",
				"第 %[1]d 条规则的渠道或类型不存在（“%[2]s”“%[3]s”），不会起作用", i+1, rule.Channel, rule.Kind)
		}
	}
	// What would be in force then without it: a version that was loaded for later counts from its start.
	latest, err := r.policyAt(draft.From)
	if err != nil {
		return draft, err
	}
	draft.Version = int(r.version) + 1
	if err := draft.Validate(); err != nil {
		return draft, errs.Invalid("policy", "the policy cannot be used: %v", "办理规则无法使用：%v", err).Because(err)
	}
	if len(sla.DiffPolicies(latest, draft)) == 0 {
		return draft, errs.Conflict("this is in force already at that time, rule for rule", "与届时有效的版本完全相同，没有变化")
	}
	body, err := sla.FormatPolicyVersion(draft)
	if err != nil {
		return draft, fmt.Errorf("write policy: %w", err)
	}
	row := policyRow{
		Version: int64(draft.Version), ValidFrom: migrations.At(draft.From), Body: string(body),
		AccountID: a.Account, Reason: reason, CreatedAt: migrations.At(now),
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.Write(audit.By(ctx, a.Account), tx, row.CreatedAt, audit.Line{
			Deed: audit.PolicyLoaded, Subject: audit.Policy, ID: row.Version,
			Is: audit.Values{"version": strconv.Itoa(draft.Version), "from": draft.From.In(d.Location()).Format(time.DateTime), "reason": reason},
		})
	})
	if migrations.IsUnique(err) {
		return draft, errs.Conflict("somebody else has just added a version; please look again", "他人刚刚修改了办理规则，请刷新后再试")
	}
	if err != nil {
		return draft, fmt.Errorf("write policy: %w", err)
	}
	return draft, d.Refresh(ctx)
}

// ApplyPolicy puts an open case under another version of the policies, by supervision, with a reason. It
// cannot touch a result: a case that is answered or overdue keeps its version, and no due time is moved into
// the past.
func (d *Desk) ApplyPolicy(ctx context.Context, a people.Actor, id ID, seen Version, version int64, reason string) (*Case, error) {
	reason, err := clean("reason", "the reason", "理由", reason, MaxReason, true)
	if err != nil {
		return nil, err
	}
	return d.change(ctx, a, people.ApplyPolicy, id, seen, func(ctx context.Context, w *work) error {
		c := w.c
		if _, ok := w.rules.policies[version]; !ok {
			return errs.Invalid("version", "there is no version %d of the policies", "没有第 %d 版办理规则", version)
		}
		switch {
		case c.PolicyVersion == version:
			return errs.Conflict("the case is under this version already", "该办件已适用此版本")
		case c.Overdue(w.now) || c.DepartmentOverdue(w.now):
			return errs.Conflict(
				"the case is overdue: another policy cannot change what has already happened",
				"该办件已逾期，不能以新规则改变既成结果")
		}
		was := c.DueAt
		w.detail["from"], w.detail["policy_version"] = c.PolicyVersion, version
		c.PolicyVersion = version
		w.bothClocks()
		if c.Overdue(w.now) || c.DepartmentOverdue(w.now) {
			return errs.Conflict(
				"under this version the case would have been due already at %s",
				"按此版本，该办件的期限（%s）已过", c.DueAt.In(d.Location()).Format("2006-01-02 15:04"))
		}
		if !c.DueAt.IsZero() {
			w.detail["was"], w.detail["due_at"] = was.Unix(), c.DueAt.Unix()
		}
		if !c.DepartmentDueAt.IsZero() {
			w.detail["department_due_at"] = c.DepartmentDueAt.Unix()
		}
		w.text = reason
		if c.DueAt.Equal(was.Time) {
			return nil
		}
		return w.toldMoved(ctx, was, reason)
	})
}

// PolicyVersions are the numbers of all versions this process knows, newest first.
func (d *Desk) PolicyVersions() []int64 {
	r := d.rules.Load()
	var all []int64
	for v := range r.policies {
		all = append(all, v)
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}
