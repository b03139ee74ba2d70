package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// unit is a department whose letters were all valid, answered and due.
func unit(id, name string, due, onTime, rated, satisfied int64) report.Figures {
	return report.Figures{
		GroupID: id, Group: name, Valid: due, Answered: due, DepartmentDue: due, DepartmentOnTime: onTime, Rated: rated, Satisfied: satisfied,
		ReplyRate: report.Rate{Part: due, Of: due}, DepartmentOnTimeRate: report.Rate{Part: onTime, Of: due}, SatisfactionRate: report.Rate{Part: satisfied, Of: rated},
	}
}

func TestTheRuleNamesWhoReachesItExactly(t *testing.T) {
	t.Parallel()
	rule := report.AppraisalRule{
		MinDue: 5, PraiseOnTimeRate: new(int64(9800)), PraiseSatisfaction: new(int64(9000)), PraiseNoCards: true,
		CriticiseOnTimeBelow: new(int64(9000)), CriticiseOverdue: new(int64(6)), CriticiseCards: new(int64(3)), CriticiseReworks: new(int64(2)),
	}
	r := report.Report{By: report.ByDepartment, Groups: []report.Figures{
		unit("1", "正好", 50, 49, 10, 9),                // 98.00 % and 90.00 %: at the thresholds
		unit("2", "只差一点", 2499, 2449, 10, 10),         // 97.9991 %, printed as 98.00: not reached; and 50 overdue
		unit("3", "满意不足", 50, 50, 1000, 899),          // 89.90 %
		unit("4", "无人评价", 50, 50, 0, 0),               // no rate reaches nothing
		unit("5", "有一张黄牌", 50, 50, 10, 10),            // no praise, no criticism
		unit("6", "三张牌", 50, 50, 10, 10),              // one red, two yellow
		unit("7", "九成", 50, 45, 10, 10),               // 90.00 % is not below 90 %, and five overdue are not six
		unit("8", "不足九成", 50, 44, 10, 10),             // 88 %, and six overdue
		unit("9", "重办两件", 50, 50, 10, 10),             // would be praised otherwise
		unit("10", "件数不足", 4, 0, 4, 0),                // all late, but only four
		unit("11", "正好五件", 5, 5, 5, 5),                // five are enough
		unit(report.NotRouted, "", 50, 0, 0, 0),       // nobody's
		{GroupID: "12", Group: "没有有效信件", Received: 3}, // nothing to judge
	}, Conduct: []report.ConductLine{
		{DepartmentID: "5", Counts: map[cases.Conduct]int64{cases.YellowCard: 1}},
		{DepartmentID: "6", Counts: map[cases.Conduct]int64{cases.YellowCard: 2, cases.RedCard: 1, cases.Returned: 9}},
	}, Reworks: []report.ReworkLine{{DepartmentID: "9", Reworks: report.Reworks{Granted: 2}}, {DepartmentID: "1", Reworks: report.Reworks{Granted: 1}}}}
	a := report.Appraise(rule, &r)
	said := func(list []report.Appraised, lang errs.Lang) (lines []string) {
		for i := range list {
			lines = append(lines, list[i].Department+": "+list[i].ReasonsIn(lang))
		}
		return lines
	}
	if diff := cmp.Diff([]string{
		"正好: 部门按期率98.00%（49/50；规则：不低于98%）；满意率90.00%（9/10；规则：不低于90%）；没有黄牌、红牌",
		"正好五件: 部门按期率100.00%（5/5；规则：不低于98%）；满意率100.00%（5/5；规则：不低于90%）；没有黄牌、红牌",
	}, said(a.Praised, errs.ZH)); diff != "" {
		t.Errorf("praised (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"只差一点: overdue: 50 (rule: 6 or more)",
		"三张牌: yellow and red cards: 3 (rule: 3 or more)",
		"不足九成: on time 88.00% (44 of 50; rule: below 90%); overdue: 6 (rule: 6 or more)",
		"重办两件: reworks: 2 (rule: 2 or more)",
	}, said(a.Criticised, errs.EN)); diff != "" {
		t.Errorf("criticised (-want +got):\n%s", diff)
	}
	if len(a.Few) != 1 || a.Few[0].Department != "件数不足" || a.Few[0].Due != 4 {
		t.Errorf("with few letters: %+v", a.Few)
	}
	if only := report.Appraise(report.AppraisalRule{MinDue: 5, CriticiseReworks: new(int64(9))}, &r); len(only.Praised) != 0 {
		t.Errorf("a rule that praises nothing praises %+v", only.Praised)
	}
}

func TestAPercentageIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"98": 9800, "97.5": 9750, "97.55": 9755, "0": 0, "100": 10000, "98 %": 9800, "98%": 9800, "05.1": 510} {
		if got, ok := report.ParsePercent(text); !ok || got != want {
			t.Errorf("%q is %d, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "x", "-1", "+1", "100.01", "101", "1.234", ".5", "1e1", "99999999999999999999", "1.-5"} {
		if got, ok := report.ParsePercent(text); ok {
			t.Errorf("%q is %d", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 10000).Draw(t, "hundredths")
		if got, ok := report.ParsePercent(report.PercentText(n)); !ok || got != n {
			t.Fatalf("%d is written %q and read as %d", n, report.PercentText(n), got)
		}
	})
}

func TestEachReportKeepsTheRuleOfItsInstant(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		c := newClosed(t, db)
		day := func(n int) time.Time { return time.Date(2026, 3, n, 9, 0, 0, 0, sla.Shanghai) }
		set := func(n int, rule report.AppraisalRule) {
			t.Helper()
			if err := c.engine.SetAppraisalRule(ctx, c.supervisor, day(n), rule); err != nil {
				t.Fatal(err)
			}
		}
		set(2, report.AppraisalRule{MinDue: 5, PraiseOnTimeRate: new(int64(9800))})
		set(4, report.AppraisalRule{MinDue: 10, CriticiseOverdue: new(int64(3))})
		set(6, report.AppraisalRule{})
		for n, want := range map[int]int64{1: 0, 2: 5, 3: 5, 4: 10, 5: 10, 6: 0, 7: 0} {
			rule, _, err := c.engine.AppraisalRule(ctx, day(n))
			switch {
			case err != nil:
				t.Fatal(err)
			case rule == nil && want != 0, rule != nil && rule.MinDue != want:
				t.Errorf("on day %d the rule is %+v", n, rule)
			}
			w, err := c.engine.Written(ctx, report.Query{From: "2026-02-01", To: "2026-03-01", AsOf: day(n)})
			if err != nil || (w.Appraisal != nil) != (want != 0) {
				t.Errorf("on day %d the written report has %+v, %v", n, w.Appraisal, err)
			}
		}
		filtered, err := c.engine.Written(ctx, report.Query{From: "2026-02-01", To: "2026-03-01", AsOf: day(3), Channel: "mailbox"})
		if err != nil || filtered.Appraisal != nil {
			t.Errorf("some of the letters are judged as if they were all: %+v, %v", filtered.Appraisal, err)
		}
		for field, rule := range map[string]report.AppraisalRule{
			"min_due":             {PraiseNoCards: true},
			"praise_on_time_rate": {MinDue: 1, PraiseOnTimeRate: new(int64(10001))},
			"criticise_cards":     {MinDue: 1, CriticiseCards: new(int64(0))},
		} {
			if err := c.engine.SetAppraisalRule(ctx, c.supervisor, day(8), rule); errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		clerk := people.Actor{Account: 1, Grants: []people.Grant{{Role: people.Clerk}}}
		if err := c.engine.SetAppraisalRule(ctx, clerk, day(8), report.AppraisalRule{}); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a clerk sets the rule: %v", err)
		}
	})
}
