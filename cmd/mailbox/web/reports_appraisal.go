package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

const adminAppraisalPath = "/admin/appraisal"

// appraisalView is which departments the city's rule names with praise and with criticism.
type appraisalView struct {
	*reportPage
	RuleHref          string // for those who set the rule
	Why               string // there is nothing to judge; "" when there is
	Praise, Criticism string // the rule in words
	MinDue            string
	Praised           *tableView // nil: the rule names nothing to praise
	Criticised, Few   *tableView
}

func (s *Server) reportAppraisal(c echo.Context, a *askedReport) (any, error) {
	view := &appraisalView{reportPage: a.page}
	if reportKeepers.admits(visitOf(c)) {
		view.RuleHref = adminAppraisalPath
	}
	if len(a.Filter) > 0 {
		view.Why = s.words.in(a.lang, "appraisal.filtered")
		return view, nil
	}
	judged, err := s.Report.Appraisal(c.Request().Context(), a.Report)
	if err != nil {
		return nil, err
	}
	if judged == nil {
		view.Why = s.words.in(a.lang, "appraisal.no_rule")
		return view, nil
	}
	praise, criticism := judged.Rule.In(a.lang)
	and := s.words.in(a.lang, "closing.and")
	view.MinDue = s.words.in(a.lang, "appraisal.min_due.is", judged.Rule.MinDue)
	if len(praise) > 0 {
		view.Praise = s.words.in(a.lang, "appraisal.praise.is", strings.Join(praise, and))
		view.Praised = s.appraisedTable(a, "appraisal.praised", "appraisal.praised.none", judged.Praised)
	}
	if len(criticism) > 0 {
		view.Criticism = s.words.in(a.lang, "appraisal.criticism.is", strings.Join(criticism, and))
		view.Criticised = s.appraisedTable(a, "appraisal.criticised", "appraisal.criticised.none", judged.Criticised)
	}
	if len(judged.Few) > 0 {
		view.Few = s.appraisedTable(a, "appraisal.few", "", judged.Few)
	}
	return view, nil
}

// appraisedTable lists departments with their letters due and the reasons.
func (s *Server) appraisedTable(a *askedReport, caption, none string, list []report.Appraised) *tableView {
	table := &tableView{Caption: s.words.in(a.lang, caption), Layout: "cards", Columns: []tableColumn{
		{Label: s.words.in(a.lang, "report.by.department")}, {Label: s.words.in(a.lang, "figure.department_due"), Numeric: true},
	}}
	if none != "" {
		table.Empty = s.words.in(a.lang, none)
		table.Columns = append(table.Columns, tableColumn{Label: s.words.in(a.lang, "appraisal.reasons")})
	}
	for i := range list {
		one := &list[i]
		row := tableRow{Cells: []tableCell{
			{Text: one.Department, Href: pathOf(departmentTab+"/"+one.DepartmentID) + "?" + a.form.values().Encode()}, {Text: strconv.FormatInt(one.Due, 10)},
		}}
		if none != "" {
			row.Cells = append(row.Cells, tableCell{Text: one.ReasonsIn(a.lang)})
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// appraisalRuleView is the form for the rule.
type appraisalRuleView struct {
	Since             string // since when the rule is in force; "" when there is none
	General           fieldView
	Praise, Criticism []fieldView
	NoCards           fieldView
}

// appraisalPercents are the fields of the form that hold a percentage.
var appraisalPercents = []string{"praise_reply_rate", "praise_on_time_rate", "praise_satisfaction", "criticise_on_time_below"}

// askAppraisal shows the city's rule of praise and criticism, to be changed.
func (s *Server) askAppraisal(c echo.Context) error { return s.showAppraisalRule(c, nil, nil) }

func (s *Server) showAppraisalRule(c echo.Context, typed *form, wrong error) error {
	lang := visitOf(c).lang
	rule, since, err := s.Report.AppraisalRule(c.Request().Context(), visitOf(c).now)
	if err != nil {
		return err
	}
	page, status := s.adminPage(c, adminAppraisalPath), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	var view appraisalRuleView
	if rule != nil {
		view.Since = s.words.in(lang, "appraisal.since", wording.DateTime(since, lang, s.loc))
	} else {
		rule = &report.AppraisalRule{MinDue: report.RankedFrom}
	}
	field := func(name, value string) fieldView {
		f := fieldView{Lang: lang, Name: name, Value: value, Label: s.words.in(lang, "appraisal."+name), Width: "short", Inputmode: "decimal", Optional: name != "min_due", Error: page.Wrong(name)}
		if typed != nil {
			f.Value = readable(typed.line(name))
		}
		return f
	}
	percent := func(n *int64) string {
		if n == nil {
			return ""
		}
		return report.PercentText(*n)
	}
	count := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	view.General = field("min_due", strconv.FormatInt(rule.MinDue, 10))
	view.Praise = []fieldView{
		field("praise_reply_rate", percent(rule.PraiseReplyRate)), field("praise_on_time_rate", percent(rule.PraiseOnTimeRate)),
		field("praise_satisfaction", percent(rule.PraiseSatisfaction)),
	}
	noCards := rule.PraiseNoCards
	if typed != nil {
		noCards = typed.on("praise_no_cards")
	}
	view.NoCards = fieldView{
		Lang: lang, Name: "praise_no_cards", Type: "checkboxes", Label: s.words.in(lang, "appraisal.cards"),
		Options: []option{{Value: "1", Label: s.words.in(lang, "appraisal.praise_no_cards"), Checked: noCards}},
	}
	view.Criticism = []fieldView{
		field("criticise_on_time_below", percent(rule.CriticiseOnTimeBelow)), field("criticise_overdue", count(rule.CriticiseOverdue)),
		field("criticise_cards", count(rule.CriticiseCards)), field("criticise_reworks", count(rule.CriticiseReworks)),
	}
	page.View = view
	return s.render(c, status, "admin/appraisal", page)
}

// appraisalRuleOf reads the form. Errors: invalid, naming the field.
func appraisalRuleOf(f form) (rule report.AppraisalRule, err error) {
	if rule.MinDue, err = strconv.ParseInt(f.line("min_due"), 10, 64); err != nil {
		return rule, report.BadCount("min_due")
	}
	percents := map[string]**int64{
		"praise_reply_rate": &rule.PraiseReplyRate, "praise_on_time_rate": &rule.PraiseOnTimeRate,
		"praise_satisfaction": &rule.PraiseSatisfaction, "criticise_on_time_below": &rule.CriticiseOnTimeBelow,
	}
	for _, name := range appraisalPercents {
		if text := f.line(name); text != "" {
			n, ok := report.ParsePercent(text)
			if !ok {
				return rule, report.BadPercent(name)
			}
			*percents[name] = &n
		}
	}
	for name, into := range map[string]**int64{
		"criticise_overdue": &rule.CriticiseOverdue, "criticise_cards": &rule.CriticiseCards, "criticise_reworks": &rule.CriticiseReworks,
	} {
		if text := f.line(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return rule, report.BadCount(name)
			}
			*into = &n
		}
	}
	rule.PraiseNoCards = f.on("praise_no_cards")
	return rule, nil
}

// setAppraisal sets the rule from now on.
func (s *Server) setAppraisal(c echo.Context) error {
	f := formOf(c)
	rule, err := appraisalRuleOf(f)
	if err == nil {
		err = s.Report.SetAppraisalRule(c.Request().Context(), s.actor(c), visitOf(c).now, rule)
	}
	if err != nil {
		if errs.CodeOf(err) == errs.CodeForbidden {
			return err
		}
		return s.showAppraisalRule(c, &f, err)
	}
	s.logAdmin(c, "rule of praise and criticism set", 0)
	if err := s.tell(c, "good", "appraisal.saved"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, adminAppraisalPath)
}
