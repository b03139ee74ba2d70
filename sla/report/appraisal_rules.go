package report

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// Appraisal judges the departments of a report by the city's rule of its instant; nil when there was none, or when the report
// is not by department, or about some of the letters only, of which the rule does not speak.
func (e *Engine) Appraisal(ctx context.Context, r *Report) (*Appraisal, error) {
	if r.By != ByDepartment || len(r.Filter) > 0 {
		return nil, nil //nolint:nilnil // there is nothing to judge, and that is no error
	}
	rule, _, err := e.AppraisalRule(ctx, r.AsOf.Time)
	if err != nil || rule == nil {
		return nil, err
	}
	a := Appraise(*rule, r)
	return &a, nil
}

// AppraisalRule is the city's rule as of an instant, and when it was set; nil: there was none.
func (e *Engine) AppraisalRule(ctx context.Context, asOf time.Time) (*AppraisalRule, time.Time, error) {
	var row struct {
		SetAt migrations.Instant
		Body  string
	}
	err := e.db.Read.NewRaw("SELECT set_at, body FROM appraisal_rules WHERE set_at <= ? ORDER BY set_at DESC, id DESC LIMIT 1", migrations.At(asOf)).Scan(ctx, &row)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.Body == "" {
		return nil, row.SetAt.Time, nil
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("read the rule of praise and criticism: %w", err)
	}
	rule := new(AppraisalRule)
	if err := json.Unmarshal([]byte(row.Body), rule); err != nil {
		return nil, time.Time{}, fmt.Errorf("read the rule of praise and criticism: %w", err)
	}
	return rule, row.SetAt.Time, nil
}

// MostCounted bounds the counts of a rule.
const MostCounted = 1_000_000

// SetAppraisalRule sets the city's rule from now on, an empty one ends it. Reports as of an earlier instant keep theirs.
//
// Errors: forbidden for all but administration and supervision; invalid, naming the field as in the JSON.
func (e *Engine) SetAppraisalRule(ctx context.Context, a people.Actor, now time.Time, rule AppraisalRule) error {
	if !a.KeepsReports() {
		return errs.Forbidden("only administration and supervision set this rule", "只有系统管理员和督查人员可以设置该规则")
	}
	body := ""
	if !rule.Empty() {
		if err := rule.check(); err != nil {
			return err
		}
		text, err := json.Marshal(rule)
		if err != nil {
			return fmt.Errorf("write the rule of praise and criticism: %w", err)
		}
		body = string(text)
	}
	was, _, err := e.AppraisalRule(ctx, now)
	if err != nil {
		return err
	}
	return e.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		at := migrations.At(now)
		if _, err := tx.ExecContext(ctx, "INSERT INTO appraisal_rules (set_at, account_id, body) VALUES (?, ?, ?)", at, a.Account, body); err != nil {
			return fmt.Errorf("set the rule of praise and criticism: %w", err)
		}
		return audit.Write(audit.By(ctx, a.Account), tx, at, audit.Line{
			Deed: audit.AppraisalChanged, Subject: audit.Report, Was: was.values(), Is: rule.values(),
		})
	})
}

// values is the rule for the record of administration, in Chinese as its other values are kept: as they were typed.
func (r *AppraisalRule) values() audit.Values {
	if r == nil || r.Empty() {
		return audit.Values{"rule": ""}
	}
	praise, criticism := r.In(errs.ZH)
	return audit.Values{
		"rule": fmt.Sprintf("部门应办结不少于%d件；表扬：%s；批评：%s", r.MinDue, strings.Join(praise, "、"), strings.Join(criticism, "、")),
	}
}

// check looks at what was typed.
func (r *AppraisalRule) check() error {
	if r.MinDue < 1 || r.MinDue > MostCounted {
		return errs.Invalid("min_due", "please write a number of letters from 1 to %[1]d", "请填写 1 至 %[1]d 之间的件数", MostCounted)
	}
	for field, rate := range map[string]*int64{
		"praise_reply_rate": r.PraiseReplyRate, "praise_on_time_rate": r.PraiseOnTimeRate,
		"praise_satisfaction": r.PraiseSatisfaction, "criticise_on_time_below": r.CriticiseOnTimeBelow,
	} {
		if rate != nil && (*rate < 0 || *rate > 100_00) {
			return BadPercent(field)
		}
	}
	for field, count := range map[string]*int64{
		"criticise_overdue": r.CriticiseOverdue, "criticise_cards": r.CriticiseCards, "criticise_reworks": r.CriticiseReworks,
	} {
		if count != nil && (*count < 1 || *count > MostCounted) {
			return BadCount(field)
		}
	}
	return nil
}

// BadPercent says of a field that it is no percentage.
func BadPercent(field string) error {
	return errs.Invalid(field, "please write a percentage from 0 to 100, with two decimals at most, such as 98 or 97.5", "请填写 0 至 100 之间的百分数，最多两位小数，如 98 或 97.5")
}

// BadCount says of a field that it is no number.
func BadCount(field string) error {
	return errs.Invalid(field, "please write a number from 1 to %[1]d", "请填写 1 至 %[1]d 之间的整数", MostCounted)
}
