package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// policyFormView is the form of a new version: field by field, or the whole as JSON.
type policyFormView struct {
	JSON   bool
	Tabs   []tabView
	Base   int // the newest version when the form was opened
	Parts  []fieldPart
	Fields []fieldView // rules or the whole text, then start and reason
}

// fieldPart is a heading of a form and the fields under it.
type fieldPart struct {
	Title  string
	Fields []fieldView
}

// policyDraft is a version that somebody is making, with everything typed.
type policyDraft struct {
	all     []cases.PolicyEdition // newest first
	form    form
	version sla.PolicyVersion
}

// json tells whether the whole version came as one text.
func (d *policyDraft) json() bool { return d.form.line("as") == "json" }

// whole is the field that the whole version stands in, if it came as one text.
func (d *policyDraft) whole() string {
	if d.json() {
		return "text"
	}
	return ""
}

// hidden is the form as the preview carries it on.
func (d *policyDraft) hidden() []hidden {
	var fields []hidden
	for _, name := range slices.Sorted(maps.Keys(d.form.values)) {
		if name == formToken || name == "step" {
			continue
		}
		for _, value := range d.form.values[name] {
			fields = append(fields, hidden{name, readable(value)})
		}
	}
	return fields
}

// atField moves what the desk says of a version to the form's own fields.
func (d *policyDraft) atField(err error) error {
	switch errs.FieldOf(err) {
	case "from":
		return errs.Invalid("start", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
	case "policy":
		if cause := errors.Unwrap(err); cause != nil {
			return policyWrong(cause, d.whole())
		}
	}
	return err
}

// newPolicy is the empty form: filled with the newest version.
func (s *Server) newPolicy(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	all, err := s.Desk.Policies(c.Request().Context())
	if err != nil {
		return err
	}
	values, err := valuesOf(all[0].PolicyVersion)
	if err != nil {
		return err
	}
	if c.QueryParam("as") == "json" {
		values.Set("as", "json")
	}
	return s.showPolicyForm(c, policyDraft{all: all, form: form{values}}, nil)
}

// valuesOf is a version as the form would send it, both ways at once.
func valuesOf(v sla.PolicyVersion) (url.Values, error) {
	fields, err := fieldsOf(v.Default)
	if err != nil {
		return nil, err
	}
	hours, err := fieldsOf(v.Notices)
	if err != nil {
		return nil, err
	}
	fields["notices_from"], fields["notices_until"], fields["any_time"] = hours["from"], hours["until"], hours["any_time"]
	values := url.Values{}
	for name, text := range fields {
		var word string
		var list []any
		switch {
		case string(text) == "true" && name == "any_time":
			values.Set(name, "true")
		case string(text) == "true":
			values.Add("manner", name)
		case string(text) == "false":
		case json.Unmarshal(text, &word) == nil:
			values.Set(name, word)
		case json.Unmarshal(text, &list) == nil && name != "remind_days_before":
			for _, item := range list {
				if word, ok := item.(string); ok {
					values.Add(name, word)
				}
			}
		default:
			values.Set(name, strings.ReplaceAll(strings.Trim(string(text), "[]"), ",", ", "))
		}
	}
	var rules bytes.Buffer
	enc := json.NewEncoder(&rules)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(slices.Concat([]sla.Rule{}, v.Rules)); err != nil {
		return nil, err
	}
	v.From, v.Version = time.Time{}, 0 // both are given anew
	whole, err := sla.FormatPolicyVersion(v)
	if err != nil {
		return nil, err
	}
	values.Set("rules", rules.String())
	values.Set("text", string(whole))
	return values, nil
}

// showPolicyForm is the form with everything typed; wrong is why it was not taken.
func (s *Server) showPolicyForm(c echo.Context, d policyDraft, wrong error) error {
	if len(d.all) == 0 { // refused before anything was read
		return wrong
	}
	lang := visitOf(c).lang
	page, status := s.adminPage(c, "/admin/policies/new"), http.StatusOK
	if d.json() {
		page.Path += "?as=json"
	}
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	view := policyFormView{JSON: d.json(), Base: d.all[0].Version, Tabs: []tabView{
		{Href: "/admin/policies/new", Label: s.words.in(lang, "policies.by_fields"), Current: !d.json()},
		{Href: "/admin/policies/new?as=json", Label: s.words.in(lang, "policies.by_json"), Current: d.json()},
	}}
	if d.json() {
		view.Fields = s.uploadFields(lang, "policies", upload{text: d.form.text("text")}, page.Errors)
		view.Fields[1].Rows = 24
	} else {
		view.Parts = s.policyFields(lang, d.form, page.Errors)
		view.Fields = []fieldView{{
			Lang: lang, Name: "rules", Type: "textarea", Rows: 12, Label: s.words.in(lang, "policies.rules"), Optional: true,
			Hint: s.words.in(lang, "policies.rules.hint"), Value: readable(d.form.text("rules")), Error: page.Wrong("rules"),
		}}
	}
	view.Fields = append(view.Fields, fieldView{
		Lang: lang, Name: "start", Type: "datetime-local", Width: "medium", Optional: true, Label: s.words.in(lang, "policies.start"),
		Hint: s.words.in(lang, "policies.start.hint"), Value: readable(d.form.line("start")), Error: page.Wrong("start"),
	}, fieldView{
		Lang: lang, Name: "reason", Type: "textarea", Rows: 3, Label: s.words.in(lang, "policies.reason"), Max: cases.MaxReason,
		Hint: s.words.in(lang, "policies.reason.hint"), Value: readable(d.form.text("reason")), Error: page.Wrong("reason"),
	})
	page.View = view
	return s.render(c, status, "desk/policy-form", page)
}

// policyFields are the default and the hours for notices, part by part.
func (s *Server) policyFields(lang errs.Lang, f form, wrong []FieldError) []fieldPart {
	page := Page{Errors: wrong}
	field := func(name, label string) fieldView {
		view := fieldView{
			Lang: lang, Name: name, Label: wording.PolicyField(lang, label), Width: "short", Value: readable(f.line(name)), Error: page.Wrong(name),
		}
		switch {
		case strings.HasSuffix(name, "_days"), name == "call_share":
			view.Inputmode = "numeric"
		case strings.HasPrefix(name, "tell_"):
			view.Type, view.Value = "checkboxes", ""
			for _, reader := range policyReaders {
				view.Options = append(view.Options, option{
					Value: reader, Label: wording.ReaderName(lang, reader), Checked: slices.Contains(f.values[name], reader),
				})
			}
		case name == "remind_days_before":
			view.Hint, view.Optional = s.words.in(lang, "policies.remind.hint"), true
		case name == "closing":
			view.Hint = s.words.in(lang, "policies.closing.hint")
		}
		return view
	}
	boxes := func(name string) fieldView {
		return fieldView{Lang: lang, Name: name, Type: "checkboxes", Label: s.words.in(lang, "policies.manner")}
	}
	var parts []fieldPart
	for _, p := range policyParts[:len(policyParts)-1] {
		part := fieldPart{Title: s.words.in(lang, p.title)}
		for _, name := range p.fields {
			part.Fields = append(part.Fields, field(name, name))
		}
		parts = append(parts, part)
	}
	last, manner := policyParts[len(policyParts)-1], boxes("manner")
	for _, name := range last.fields {
		manner.Options = append(manner.Options, option{
			Value: name, Label: wording.PolicyField(lang, name), Checked: slices.Contains(f.values["manner"], name),
		})
	}
	always := boxes("any_time")
	always.Options = []option{{Value: "true", Label: wording.PolicyField(lang, "any_time"), Checked: f.on("any_time")}}
	return append(parts,
		fieldPart{s.words.in(lang, last.title), []fieldView{manner}},
		fieldPart{s.words.in(lang, "policies.notices"), []fieldView{field("notices_from", "from"), field("notices_until", "until"), always}})
}

// policyReaders are those who can be told, by their names in JSON.
var policyReaders = []string{"department", "leader", "office", "supervision"}

// draftOf reads the form. Errors: conflict when somebody else has added a version meanwhile; invalid, naming
// a field of the form; several at once.
func (s *Server) draftOf(c echo.Context) (policyDraft, error) {
	if err := s.administrator(c); err != nil {
		return policyDraft{}, err
	}
	d := policyDraft{form: formOf(c)}
	var err error
	if d.all, err = s.Desk.Policies(c.Request().Context()); err != nil {
		return policyDraft{}, err
	}
	var wrong []error
	if d.json() {
		up, err := uploadOf(c)
		if err == nil || up.text != "" {
			d.form.values.Set("text", up.text)
		}
		if err == nil {
			d.version, err = wholeOf(up.text)
		}
		wrong = append(wrong, err)
	} else {
		d.version, err = versionOfFields(d.form)
		wrong = append(wrong, err)
	}
	wrong = append(wrong, s.startsAt(&d, visitOf(c).now), reasonOf(d.form))
	if err := errors.Join(wrong...); err != nil {
		return d, err
	}
	newest := d.all[0]
	switch {
	case d.form.line("base") != strconv.Itoa(newest.Version):
		return d, errs.Conflict(
			"version %d of the policies has come meanwhile; what you typed is kept: please compare, and send it again",
			"期间已有第 %d 版办理规则；您填写的内容已保留，请核对后再次提交", newest.Version)
	case len(sla.DiffPolicies(newest.PolicyVersion, d.version)) == 0:
		return d, errs.Conflict("this is the newest version already, rule for rule", "与最新版本完全相同，没有变化")
	}
	return d, nil
}

func wholeOf(text string) (sla.PolicyVersion, error) {
	v, err := sla.ParsePolicyDraft([]byte(text))
	if err != nil {
		return v, policyWrong(err, "text")
	}
	return v, unknownSelectors(v, "text")
}

func reasonOf(f form) error {
	reason := strings.TrimSpace(f.text("reason"))
	switch {
	case reason == "":
		return errs.Invalid("reason", "please give the reason", "请填写理由")
	case utf8.RuneCountInString(reason) > cases.MaxReason:
		return errs.Invalid("reason", "the reason may have at most %d characters", "理由最多 %d 个字", cases.MaxReason)
	}
	return nil
}

// startsAt reads from when the version acts, in the city's zone. Without one it acts from now on.
func (s *Server) startsAt(d *policyDraft, now time.Time) error {
	text := d.form.line("start")
	if text == "" {
		if from := d.version.From; !from.IsZero() && from.Before(now) {
			return errs.Invalid("start",
				"the start that stands in the text, %s, has passed: please give one, or take “from” out of the text",
				"文本中的生效时间 %s 已过，请另行填写，或删去文本中的 from", from.In(s.loc).Format("2006-01-02 15:04"))
		}
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		from, err := time.ParseInLocation(layout, text, s.loc)
		if err != nil {
			continue
		}
		if from.Before(now) {
			return errs.Invalid("start",
				"the start has passed: a policy acts on letters received from its start on, and those of the past keep theirs",
				"生效时间已过：新规则只适用于生效后收到的来信，已收到的来信仍按原规则办理")
		}
		d.version.From = from.UTC()
		return nil
	}
	return errs.Invalid("start", "%q is not a date and time; please write it like 2018-01-31T08:00", "%q不是有效的日期和时间，请按2018-01-31T08:00的格式填写", text)
}

// versionOfFields puts a version together from the fields of the form.
func versionOfFields(f form) (sla.PolicyVersion, error) {
	var wrong []error
	policy, hours := map[string]any{}, map[string]any{}
	for _, part := range policyParts {
		for _, name := range part.fields {
			value, err := valueOf(f, name)
			policy[name], wrong = value, append(wrong, err)
		}
	}
	for _, name := range []string{"from", "until"} {
		value, err := timeOf(f, "notices_"+name)
		hours[name], wrong = value, append(wrong, err)
	}
	hours["any_time"] = f.on("any_time")
	var rules []json.RawMessage
	if text := f.text("rules"); strings.TrimSpace(text) != "" {
		if err := json.Unmarshal([]byte(text), &rules); err != nil {
			wrong = append(wrong, errs.Invalid("rules", "the rules are not a list in JSON, line %d: %v",
				"规则不是有效的 JSON 列表，第 %d 行：%v", lineOf(text, err), err).Because(err))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return sla.PolicyVersion{}, err
	}
	text, err := json.Marshal(map[string]any{"default": policy, "notices": hours, "rules": rules})
	if err != nil {
		return sla.PolicyVersion{}, err
	}
	v, err := sla.ParsePolicyDraft(text)
	if err != nil {
		return v, policyWrong(err, "")
	}
	return v, unknownSelectors(v, "rules")
}

// lineOf is the line of a JSON text at which reading it failed.
func lineOf(text string, err error) int {
	offset := len(text)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = min(int(syntax.Offset), len(text))
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		offset = min(int(mismatch.Offset), len(text))
	}
	return 1 + strings.Count(text[:offset], "\n")
}

// valueOf reads one field of the default.
func valueOf(f form, name string) (any, error) {
	switch {
	case slices.Contains(policyParts[len(policyParts)-1].fields, name):
		return slices.Contains(f.values["manner"], name), nil
	case strings.HasPrefix(name, "tell_"):
		return append([]string{}, f.values[name]...), nil
	case name == "closing":
		return timeOf(f, name)
	case name == "remind_days_before":
		return daysOf(f, name)
	}
	least, most := 1, sla.MaxDays
	switch name {
	case "close_after_days", "rework_within_days":
		least = 0
	case "rate_within_days", "remind_rating_days":
		if least = 0; f.line(name) == "" {
			return 0, nil
		}
	case "route_above", "call_share":
		if least, most = 0, 100; f.line(name) == "" {
			return 0, nil
		}
	}
	n, err := strconv.Atoi(f.line(name))
	if err != nil || n < least || n > most {
		return nil, errs.Invalid(name, "“%[1]s” must be a whole number from %[3]d to %[4]d", "“%[2]s”应为 %[3]d 至 %[4]d 的整数",
			wording.PolicyField(errs.EN, name), wording.PolicyField(errs.ZH, name), least, most)
	}
	return n, nil
}

func timeOf(f form, name string) (string, error) {
	at, err := sla.ParseClosing(f.line(name))
	if err != nil {
		return "", errs.Invalid(name, "%[1]q is not a time of day; please write it like 17:30, the end of the day 23:59:59",
			"%[1]q不是有效时刻，请按17:30的格式填写，当日结束为23:59:59", f.line(name)).Because(err)
	}
	return at.String(), nil
}

// daysOf reads a list such as "1, 0", whatever stands between the numbers.
func daysOf(f form, name string) ([]int, error) {
	days := []int{}
	for _, text := range strings.FieldsFunc(f.line(name), func(r rune) bool { return strings.ContainsRune(",，、;； ", r) }) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 20 || slices.Contains(days, n) {
			return nil, errs.Invalid(name, "reminders: please write different days from 0 to 20, such as 1, 0", "提醒日应为 0 至 20 之间互不相同的整数，例如 1, 0")
		}
		days = append(days, n)
	}
	return days, nil
}
