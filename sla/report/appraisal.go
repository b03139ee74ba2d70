package report

import (
	"fmt"
	"strconv"
	"strings"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// AppraisalRule is the city's rule by which departments are named with praise or with criticism. Rates are thresholds in
// hundredths of a per cent (98 % is 9800); what is nil is not asked for. On time and overdue are by the department's clock, so
// that nobody answers for another's delay.
type AppraisalRule struct {
	// MinDue is how many due letters a department must have to be in either list; at least 1.
	MinDue int64 `json:"min_due"`

	// Praise wants all of these that are set, and nothing to criticise; none set: nobody is praised.
	PraiseReplyRate    *int64 `json:"praise_reply_rate,omitempty"`
	PraiseOnTimeRate   *int64 `json:"praise_on_time_rate,omitempty"`
	PraiseSatisfaction *int64 `json:"praise_satisfaction,omitempty"`
	PraiseNoCards      bool   `json:"praise_no_cards,omitempty"`

	// Criticism follows from any of these that is set.
	CriticiseOnTimeBelow *int64 `json:"criticise_on_time_below,omitempty"`
	CriticiseOverdue     *int64 `json:"criticise_overdue,omitempty"`
	CriticiseCards       *int64 `json:"criticise_cards,omitempty"`
	CriticiseReworks     *int64 `json:"criticise_reworks,omitempty"`
}

// Praises tells whether the rule names anything to praise.
func (r *AppraisalRule) Praises() bool {
	return r.PraiseReplyRate != nil || r.PraiseOnTimeRate != nil || r.PraiseSatisfaction != nil || r.PraiseNoCards
}

// Criticises tells whether the rule names anything to criticise.
func (r *AppraisalRule) Criticises() bool {
	return r.CriticiseOnTimeBelow != nil || r.CriticiseOverdue != nil || r.CriticiseCards != nil || r.CriticiseReworks != nil
}

// Empty tells whether the rule names nobody: none is set.
func (r *AppraisalRule) Empty() bool { return !r.Praises() && !r.Criticises() }

// Appraisal is what a rule says of the departments of a report.
type Appraisal struct {
	Rule       AppraisalRule
	Praised    []Appraised
	Criticised []Appraised
	// Few are the departments with letters, but fewer due than the rule asks for: they are in neither list.
	Few []Appraised
}

// Appraised is a department with what the rule says of it.
type Appraised struct {
	Department, DepartmentID string
	Due                      int64
	Reasons                  []Reason
}

// Reason is one condition of the rule that holds.
type Reason struct {
	condition appraisalCondition
	Rate      *Rate // what was reached; nil: Count says
	Count     int64
	Bound     int64 // the threshold
}

// appraisalCondition is the sort of a reason.
type appraisalCondition int

const (
	replyRateAtLeast appraisalCondition = iota
	onTimeAtLeast
	satisfactionAtLeast
	noCards
	onTimeBelow
	overdueAtLeast
	cardsAtLeast
	reworksAtLeast
)

// reaches tells whether the rate is at least bound hundredths of a per cent, exactly: 97.996 % is printed as 98.00 % and does
// not reach 98 %. A rate without a value reaches nothing.
func (r Rate) reaches(bound int64) bool { return r.Of > 0 && r.Part*10000 >= bound*r.Of }

// Appraise judges the departments of a report by department. It looks at nothing but the report's rows.
func Appraise(rule AppraisalRule, r *Report) Appraisal {
	a := Appraisal{Rule: rule}
	cards, reworks := map[string]int64{}, map[string]int64{}
	for _, line := range r.Conduct {
		cards[line.DepartmentID] = line.Counts[cases.YellowCard] + line.Counts[cases.RedCard]
	}
	for i := range r.Reworks {
		reworks[r.Reworks[i].DepartmentID] = r.Reworks[i].Granted
	}
	for i := range r.Groups {
		f := &r.Groups[i]
		if f.GroupID == NotRouted || f.Valid == 0 {
			continue
		}
		one := Appraised{Department: f.Group, DepartmentID: f.GroupID, Due: f.DepartmentDue}
		if f.DepartmentDue < max(rule.MinDue, 1) {
			a.Few = append(a.Few, one)
			continue
		}
		if one.Reasons = rule.faults(f, cards[f.GroupID], reworks[f.GroupID]); len(one.Reasons) > 0 {
			a.Criticised = append(a.Criticised, one)
			continue
		}
		if merits, all := rule.merits(f, cards[f.GroupID]); all && rule.Praises() {
			one.Reasons = merits
			a.Praised = append(a.Praised, one)
		}
	}
	return a
}

// faults are the conditions for criticism that hold.
func (r *AppraisalRule) faults(f *Figures, cards, reworks int64) (reasons []Reason) {
	if bound := r.CriticiseOnTimeBelow; bound != nil && !f.DepartmentOnTimeRate.reaches(*bound) {
		reasons = append(reasons, Reason{condition: onTimeBelow, Rate: &f.DepartmentOnTimeRate, Bound: *bound})
	}
	for _, c := range []struct {
		condition appraisalCondition
		bound     *int64
		count     int64
	}{
		{overdueAtLeast, r.CriticiseOverdue, f.DepartmentDue - f.DepartmentOnTime},
		{cardsAtLeast, r.CriticiseCards, cards},
		{reworksAtLeast, r.CriticiseReworks, reworks},
	} {
		if c.bound != nil && c.count >= *c.bound {
			reasons = append(reasons, Reason{condition: c.condition, Count: c.count, Bound: *c.bound})
		}
	}
	return reasons
}

// merits are the conditions for praise; all tells whether every one holds.
func (r *AppraisalRule) merits(f *Figures, cards int64) (reasons []Reason, all bool) {
	for _, c := range []struct {
		condition appraisalCondition
		bound     *int64
		rate      *Rate
	}{
		{replyRateAtLeast, r.PraiseReplyRate, &f.ReplyRate},
		{onTimeAtLeast, r.PraiseOnTimeRate, &f.DepartmentOnTimeRate},
		{satisfactionAtLeast, r.PraiseSatisfaction, &f.SatisfactionRate},
	} {
		if c.bound == nil {
			continue
		}
		if !c.rate.reaches(*c.bound) {
			return nil, false
		}
		reasons = append(reasons, Reason{condition: c.condition, Rate: c.rate, Bound: *c.bound})
	}
	if r.PraiseNoCards {
		if cards > 0 {
			return nil, false
		}
		reasons = append(reasons, Reason{condition: noCards})
	}
	return reasons, true
}

// appraisalWords are the reasons in words: of a rate what was reached, its counts and the threshold; of a count both numbers.
var appraisalWords = map[appraisalCondition]word{
	replyRateAtLeast:    {"回复率%[1]s%%（%[2]d/%[3]d；规则：不低于%[4]s%%）", "reply rate %[1]s%% (%[2]d of %[3]d; rule: at least %[4]s%%)"},
	onTimeAtLeast:       {"部门按期率%[1]s%%（%[2]d/%[3]d；规则：不低于%[4]s%%）", "on time %[1]s%% (%[2]d of %[3]d; rule: at least %[4]s%%)"},
	satisfactionAtLeast: {"满意率%[1]s%%（%[2]d/%[3]d；规则：不低于%[4]s%%）", "satisfaction %[1]s%% (%[2]d of %[3]d; rule: at least %[4]s%%)"},
	noCards:             {"没有黄牌、红牌", "no yellow or red card"},
	onTimeBelow:         {"部门按期率%[1]s%%（%[2]d/%[3]d；规则：低于%[4]s%%）", "on time %[1]s%% (%[2]d of %[3]d; rule: below %[4]s%%)"},
	overdueAtLeast:      {"部门逾期%[1]d件（规则：%[2]d件及以上）", "overdue: %[1]d (rule: %[2]d or more)"},
	cardsAtLeast:        {"黄牌、红牌%[1]d张（规则：%[2]d张及以上）", "yellow and red cards: %[1]d (rule: %[2]d or more)"},
	reworksAtLeast:      {"重办%[1]d件（规则：%[2]d件及以上）", "reworks: %[1]d (rule: %[2]d or more)"},
}

// In is the reason in words.
func (r Reason) In(lang errs.Lang) string {
	text := appraisalWords[r.condition].in(lang)
	switch {
	case r.condition == noCards:
		return text
	case r.Rate != nil:
		return fmt.Sprintf(text, r.Rate.String(), r.Rate.Part, r.Rate.Of, PercentText(r.Bound))
	}
	return fmt.Sprintf(text, r.Count, r.Bound)
}

// PercentText is a threshold as people write it: 98, 97.5.
func PercentText(hundredths int64) string {
	text := strings.TrimRight(decimal(hundredths), "0")
	return strings.TrimRight(text, ".")
}

// ParsePercent reads a threshold such as 98 or 97.5 as hundredths of a per cent; false: it is none, or not between 0 and 100,
// or finer than a hundredth.
func ParsePercent(text string) (hundredths int64, ok bool) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 || whole == "" || strings.ContainsAny(text, "+-") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
	if err != nil || n > 100_00 {
		return 0, false
	}
	return n, true
}

// In are the conditions of the rule in words: those for praise, and those for criticism.
func (r *AppraisalRule) In(lang errs.Lang) (praise, criticism []string) {
	rate := func(list *[]string, bound *int64, zh, en string) {
		if bound != nil {
			*list = append(*list, fmt.Sprintf(word{zh, en}.in(lang), PercentText(*bound)))
		}
	}
	count := func(bound *int64, zh, en string) {
		if bound != nil {
			criticism = append(criticism, fmt.Sprintf(word{zh, en}.in(lang), *bound))
		}
	}
	rate(&praise, r.PraiseReplyRate, "回复率不低于%s%%", "reply rate at least %s%%")
	rate(&praise, r.PraiseOnTimeRate, "部门按期率不低于%s%%", "on time at least %s%%")
	rate(&praise, r.PraiseSatisfaction, "满意率不低于%s%%", "satisfaction at least %s%%")
	if r.PraiseNoCards {
		praise = append(praise, appraisalWords[noCards].in(lang))
	}
	rate(&criticism, r.CriticiseOnTimeBelow, "部门按期率低于%s%%", "on time below %s%%")
	count(r.CriticiseOverdue, "部门逾期%d件及以上", "overdue letters: %d or more")
	count(r.CriticiseCards, "黄牌、红牌%d张及以上", "yellow and red cards: %d or more")
	count(r.CriticiseReworks, "重办%d件及以上", "reworks: %d or more")
	return praise, criticism
}

// ReasonsIn are all reasons in words, on one line.
func (a *Appraised) ReasonsIn(lang errs.Lang) string {
	words := make([]string, len(a.Reasons))
	for i, r := range a.Reasons {
		words[i] = r.In(lang)
	}
	return strings.Join(words, wordSemicolon.in(lang))
}
