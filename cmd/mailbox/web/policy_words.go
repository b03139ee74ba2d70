package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// policyParts are the fields of a policy by their names in JSON, in the order in which people read them.
var policyParts = []struct {
	title  string
	fields []string
}{
	{"policies.part.clocks", []string{"answer_days", "screen_days", "route_days", "acknowledge_days", "return_days", "closing"}},
	{"policies.part.more", []string{"extension_days", "waiting_days", "order_days", "rework_days", "rework_within_days", "close_after_days", "rate_within_days", "remind_rating_days"}},
	{"policies.part.late", []string{
		"yellow_days", "red_days", "remind_days_before", "tell_reminder", "tell_overdue", "tell_yellow_card", "tell_red_card",
	}},
	{"policies.part.calls", []string{"call_share", "call_within_days"}},
	{"policies.part.routing", []string{"route_above"}},
	{"policies.part.manner", []string{"review", "allow_anonymous", "confidential", "call_dissatisfied"}},
}

// noticeFields are those of the hours in which notices to the staff leave.
var noticeFields = []string{"from", "until", "any_time"}

// fieldsOf gives the fields of a struct by their names in JSON, as JSON.
func fieldsOf(of any) (map[string]json.RawMessage, error) {
	text, err := json.Marshal(of)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	if _, is := of.(sla.Policy); is {
		if fields["route_above"] == nil {
			fields["route_above"] = json.RawMessage("0") // left out of what is stored
		}
	}
	return fields, nil
}

// policyValue writes the value of a field, given as JSON, for people.
func (s *Server) policyValue(lang errs.Lang, field, text string) string {
	switch text {
	case "":
		return s.words.in(lang, "policies.unset")
	case "true":
		return s.words.in(lang, "policies.yes")
	case "false":
		return s.words.in(lang, "policies.no")
	case "[]":
		return s.words.in(lang, "policies.none")
	}
	var names []string
	var days []int
	var word string
	switch {
	case field == "remind_days_before" && json.Unmarshal([]byte(text), &days) == nil:
		for _, n := range days {
			if n == 0 {
				names = append(names, s.words.in(lang, "policies.the_day"))
				continue
			}
			names = append(names, s.words.in(lang, "policies.days_before", n))
		}
	case strings.HasPrefix(field, "tell_") && json.Unmarshal([]byte(text), &names) == nil:
		for i, reader := range names {
			names[i] = wording.ReaderName(lang, reader)
		}
	case json.Unmarshal([]byte(text), &word) == nil:
		return word
	default:
		return text
	}
	return strings.Join(names, s.words.in(lang, "desk.and"))
}

// selector finds what a rule matches in the name that a comparison of versions gives it.
var selector = regexp.MustCompile(`(channel|kind|topic) ("(?:[^"\\]|\\.)*")`)

// policyWhere names what a change is about: the default, the hours for notices, or the letters of a rule.
func (s *Server) policyWhere(lang errs.Lang, where string) string {
	switch where {
	case "default":
		return s.words.in(lang, "policies.default")
	case "notices":
		return s.words.in(lang, "policies.notices")
	}
	var parts []string
	for _, found := range selector.FindAllStringSubmatch(where, -1) {
		value, err := strconv.Unquote(found[2])
		if err != nil {
			return where
		}
		switch found[1] {
		case "channel":
			value = wording.ChannelName(lang, value)
		case "kind":
			value = wording.KindName(lang, value)
		}
		parts = append(parts, s.words.in(lang, "policies.for."+found[1], value))
	}
	if len(parts) == 0 {
		return where
	}
	return strings.Join(parts, s.words.in(lang, "desk.and"))
}

// changeTable says field by field what one version changes of another.
func (s *Server) changeTable(lang errs.Lang, caption string, changes []sla.Change) tableView {
	table := tableView{Caption: caption, Layout: "cards", Empty: s.words.in(lang, "policies.same")}
	for _, column := range []string{"where", "field", "old", "new"} {
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(lang, "policies.change."+column)})
	}
	for _, change := range changes {
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: s.policyWhere(lang, change.Where)},
			{Text: wording.PolicyField(lang, change.Field)},
			{Text: s.policyValue(lang, change.Field, change.Old)},
			{Text: s.policyValue(lang, change.Field, change.New)},
		}})
	}
	return table
}

// ruleTable lists what the rules of a version set.
func (s *Server) ruleTable(lang errs.Lang, v sla.PolicyVersion) tableView {
	table := s.changeTable(lang, s.words.in(lang, "policies.rules"),
		sla.DiffPolicies(sla.PolicyVersion{}, sla.PolicyVersion{Rules: v.Rules}))
	table.Empty = s.words.in(lang, "policies.no_rules")
	table.Columns = slices.Delete(table.Columns, 2, 3)
	table.Columns[2].Label = s.words.in(lang, "policies.value")
	for i := range table.Rows {
		table.Rows[i].Cells = slices.Delete(table.Rows[i].Cells, 2, 3)
	}
	return table
}

// policyPart is a heading of the policy and what stands under it.
type policyPart struct {
	Title string
	Rows  []summaryRow
}

// policyInWords is the default of a version and its hours for notices, part by part.
func (s *Server) policyInWords(lang errs.Lang, v sla.PolicyVersion) ([]policyPart, error) {
	fields, err := fieldsOf(v.Default)
	if err != nil {
		return nil, err
	}
	hours, err := fieldsOf(v.Notices)
	if err != nil {
		return nil, err
	}
	rows := func(names []string, of map[string]json.RawMessage) []summaryRow {
		var all []summaryRow
		for _, name := range names {
			all = append(all, summaryRow{Key: wording.PolicyField(lang, name), Value: s.policyValue(lang, name, string(of[name]))})
		}
		return all
	}
	var parts []policyPart
	for _, part := range policyParts {
		parts = append(parts, policyPart{s.words.in(lang, part.title), rows(part.fields, fields)})
	}
	return append(parts, policyPart{s.words.in(lang, "policies.notices"), rows(noticeFields, hours)}), nil
}

// inOrder is what package sla says of two numbers of the default that contradict each other.
var inOrder = regexp.MustCompile(`^policy: default: (\w+) \((\d+)\) must (not be more than|be less than) (\w+) \((\d+)\)$`)

// policyWrong puts what is wrong with a policy to the field it is about, in both languages. whole is the
// field of a text that is the policy; empty: the policy came field by field.
func policyWrong(err error, whole string) error {
	at := func(field string) string {
		if whole != "" {
			return whole
		}
		return field
	}
	text := err.Error()
	if found := inOrder.FindStringSubmatch(text); found != nil {
		first, second := found[1], found[4]
		en, zh := "“%[1]s” (%[2]s) must not be more than “%[3]s” (%[4]s)", "“%[1]s”（%[2]s）不能大于“%[3]s”（%[4]s）"
		if found[3] == "be less than" {
			en, zh = "“%[1]s” (%[2]s) must be less than “%[3]s” (%[4]s)", "“%[1]s”（%[2]s）必须小于“%[3]s”（%[4]s）"
		}
		return errs.Invalid(at(first),
			fmt.Sprintf(en, wording.PolicyField(errs.EN, first), found[2], wording.PolicyField(errs.EN, second), found[5]),
			fmt.Sprintf(zh, wording.PolicyField(errs.ZH, first), found[2], wording.PolicyField(errs.ZH, second), found[5])).Because(err)
	}
	field := ""
	switch {
	case strings.HasPrefix(text, "policy: notices: from ("):
		return errs.Invalid(at("notices_from"), "notices must begin to leave before they cease to", "发送通知的开始时刻必须早于结束时刻").Because(err)
	case strings.HasPrefix(text, "policy: rule"):
		field = "rules"
	}
	return errs.Invalid(at(field), "the policy cannot be used: %v", "办理规则无法使用：%v", err).Because(err)
}

// unknownSelectors looks for rules for letters that there are none of: misspelt, they would never act.
func unknownSelectors(v sla.PolicyVersion, field string) error {
	var wrong []error
	for i, r := range v.Rules {
		if r.Channel != "" && !slices.Contains(cases.Channels, r.Channel) {
			wrong = append(wrong, errs.Invalid(field, "rule %[1]d: there is no channel %[2]q; they are %[3]s",
				"第 %[1]d 条规则：没有渠道 %[2]q，可用的有 %[3]s", i+1, r.Channel, strings.Join(cases.Channels, ", ")))
		}
		if r.Kind != "" && !slices.Contains(cases.Kinds, r.Kind) {
			wrong = append(wrong, errs.Invalid(field, "rule %[1]d: there is no kind %[2]q; they are %[3]s",
				"第 %[1]d 条规则：没有类型 %[2]q，可用的有 %[3]s", i+1, r.Kind, strings.Join(cases.Kinds, ", ")))
		}
	}
	return errors.Join(wrong...)
}
