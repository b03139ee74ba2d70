package web

import (
	"strconv"
	"strings"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// tableView is the component "table".
type tableView struct {
	Caption     string
	Columns     []tableColumn
	Rows        []tableRow
	Layout      string
	HideCaption bool
	Empty       string
	More        *tabView // leads to the rows that were left out; nil when all are there
}

// tableColumn is a column; one with a SortHref sorts the table when its head is followed.
type tableColumn struct {
	Label    string
	Numeric  bool
	SortHref string
	Sorted   string // ascending, descending, or empty
}

type tableRow struct {
	Cells []tableCell
	Total bool
}

// tableCell is a cell. The first of a row may be indented by its level, 0 to 3, and have a bar of 0 to 100.
type tableCell struct {
	Text, Href, Note string
	Level, Bar       int
}

// changeView is how a figure compares with an earlier period.
type changeView struct {
	Direction, Text string
	Better, Worse   bool
}

// figureSection is a part of the table of all figures.
type figureSection struct {
	Title string
	Lines []figureLine
}

// figureLine is one figure of the total with what it means.
type figureLine struct {
	Label, Value, Href, YearOnYear, Previous, Definition string
}

// figureCounts are the counts by the names that the report's JSON has for them.
func figureCounts(f *report.Figures) map[string]int64 {
	return map[string]int64{
		"received": f.Received, "invalid": f.Invalid, "duplicate": f.Duplicate, "valid": f.Valid, "answered": f.Answered,
		"due": f.Due, "on_time": f.OnTime, "late": f.Late, "running": f.Running, "provisional": f.Provisional,
		"not_assessable": f.NotAssessable, "overdue_open": f.OverdueOpen,
		"unextended_due": f.UnextendedDue, "unextended_on_time": f.UnextendedOnTime,
		"department_due": f.DepartmentDue, "department_on_time": f.DepartmentOnTime,
		"rated": f.Rated, "rated_web": f.RatedWeb, "rated_sms": f.RatedSMS, "rated_telephone": f.RatedTelephone,
		"rated_other": f.RatedOther, "satisfied": f.Satisfied,
		"grade_very_satisfied": f.GradeVerySatisfied, "grade_satisfied": f.GradeSatisfied,
		"grade_basically_satisfied": f.GradeBasicallySatisfied, "grade_dissatisfied": f.GradeDissatisfied,
		"grade_very_dissatisfied": f.GradeVeryDissatisfied, "silent": f.Silent, "last_hour": f.LastHour,
		"resolution_answers": f.ResolutionAnswers, "resolved": f.Resolved,
	}
}

// figureRates are the rates, each with what it is compared with.
func figureRates(f *report.Figures) map[string]report.Rate {
	return map[string]report.Rate{
		"reply_rate": f.ReplyRate, "on_time_rate": f.OnTimeRate, "unextended_on_time_rate": f.UnextendedOnTimeRate,
		"department_on_time_rate": f.DepartmentOnTimeRate, "participation": f.Participation,
		"satisfaction_rate": f.SatisfactionRate, "resolution_rate": f.ResolutionRate,
		"satisfaction_with_silence": f.SatisfactionWithSilence,
	}
}

func figurePoints(c *report.Comparison, key string) string {
	if c == nil {
		return ""
	}
	points, ok := map[string]report.Points{
		"reply_rate": c.ReplyRate, "on_time_rate": c.OnTimeRate, "unextended_on_time_rate": c.UnextendedOnTimeRate,
		"department_on_time_rate": c.DepartmentOnTimeRate, "participation": c.Participation,
		"satisfaction_rate": c.SatisfactionRate, "resolution_rate": c.ResolutionRate,
		"satisfaction_with_silence": c.SatisfactionWithSilence,
	}[key]
	if !ok {
		return ""
	}
	return points.String()
}

func figureDays(f *report.Figures) map[string]*int64 {
	return map[string]*int64{
		"median_days": f.MedianDays, "p90_days": f.P90Days,
		"department_median_days": f.DepartmentMedianDays, "department_p90_days": f.DepartmentP90Days,
	}
}

// figureText is a figure ready to be read, and whether it is a rate.
func figureText(f *report.Figures, key string) (text string, rate bool) {
	if n, ok := figureCounts(f)[key]; ok {
		return strconv.FormatInt(n, 10), false
	}
	if r, ok := figureRates(f)[key]; ok {
		return r.String(), true
	}
	if d := figureDays(f)[key]; d != nil {
		return strconv.FormatInt(*d, 10), false
	}
	return report.None, false
}

// figureOrder is the table of all figures, by what they are about.
var figureOrder = []struct {
	title   string
	figures []string
}{
	{"report.section.letters", []string{"received", "invalid", "duplicate", "valid", "answered", "reply_rate"}},
	{"report.section.writer", []string{"due", "on_time", "on_time_rate", "late", "last_hour", "overdue_open", "running", "provisional", "not_assessable"}},
	{"report.section.unextended", []string{"unextended_due", "unextended_on_time", "unextended_on_time_rate"}},
	{"report.section.department", []string{"department_due", "department_on_time", "department_on_time_rate"}},
	{"report.section.rating", []string{
		"rated", "rated_web", "rated_sms", "rated_telephone", "rated_other", "participation",
		"grade_very_satisfied", "grade_satisfied", "grade_basically_satisfied", "grade_dissatisfied", "grade_very_dissatisfied",
		"satisfied", "satisfaction_rate", "silent", "satisfaction_with_silence", "resolution_answers", "resolved", "resolution_rate",
	}},
	{"report.section.speed", []string{"median_days", "p90_days", "department_median_days", "department_p90_days"}},
}

// figureTable is a table with a column for each figure. by sorts it; with none its heads are no links.
func (s *Server) figureTable(lang errs.Lang, first, caption string, keys []string, by sorting) tableView {
	table := tableView{
		Caption: caption, Columns: []tableColumn{by.column(tableColumn{Label: first}, byName)}, Empty: s.words.in(lang, "report.empty"),
		Layout: "cards", // on a phone the figures of one department stand together
	}
	for _, key := range keys {
		table.Columns = append(table.Columns, by.column(tableColumn{Label: s.shortLabel(lang, key), Numeric: true}, key))
	}
	return table
}

// shortLabel is a figure's name at the head of a column.
func (s *Server) shortLabel(lang errs.Lang, key string) string {
	label := s.words.in(lang, "figure."+key)
	if s.words.has("figure." + key + ".short") {
		label = s.words.in(lang, "figure."+key+".short")
	}
	if _, rate := figureRates(&report.Figures{})[key]; rate {
		label += " %"
	}
	return label
}

// groupTable has a row for each group and its parts, and one for the total. The heads of its columns sort it.
func (s *Server) groupTable(a *askedReport, keys []string) tableView {
	by, name := sortingOf(a), s.words.in(a.lang, "report.by."+string(a.By))
	table := s.figureTable(a.lang, name, s.words.in(a.lang, "report.groups", name), keys, by)
	if a.Then != "" {
		table.Caption = s.words.in(a.lang, "report.groups.then", name, s.words.in(a.lang, "report.by."+string(a.Then)))
	}
	for _, group := range by.order(a.Groups) {
		row := figureRow(s.groupName(a.lang, a.By, group), group, a.links, keys, group, nil)
		row.Cells[0].Href = a.links.department(a.By, group)
		table.Rows = append(table.Rows, row)
		for i := range group.Parts {
			part := &group.Parts[i]
			row := figureRow(s.groupName(a.lang, a.Then, part), part, a.links, keys, group, part)
			row.Cells[0].Level = 1
			table.Rows = append(table.Rows, row)
		}
	}
	if len(table.Rows) > 0 {
		total := figureRow(s.words.in(a.lang, "report.total"), &a.Total, a.links, keys, nil, nil)
		total.Total = true
		table.Rows = append(table.Rows, total)
	}
	s.cut(a, &table, rowsShown)
	return table
}

// figureRow has a cell for each figure, with the list of its cases where there is one.
func figureRow(name string, f *report.Figures, links figureLinks, keys []string, group, part *report.Figures) tableRow {
	row := tableRow{Cells: []tableCell{{Text: name}}}
	counts := figureCounts(f)
	for _, key := range keys {
		text, _ := figureText(f, key)
		row.Cells = append(row.Cells, tableCell{Text: text, Href: links.href(key, group, part, counts[key])})
	}
	return row
}

// groupName is what a group is called in the reader's language.
func (s *Server) groupName(lang errs.Lang, by report.Grouping, f *report.Figures) string {
	switch {
	case by == report.ByDepartment && f.GroupID == report.NotRouted:
		return s.words.in(lang, "report.not_routed")
	case by == report.ByChannel:
		return wording.ChannelName(lang, f.Group)
	case by == report.ByKind:
		return wording.KindName(lang, f.Group)
	case f.Group == "":
		return s.words.in(lang, "report.not_stated")
	}
	return f.Group
}

// stat is one figure of the total in large type. A rate shows the counts it is made of.
func (s *Server) stat(lang errs.Lang, key string, f *report.Figures, links figureLinks) statView {
	text, rate := figureText(f, key)
	view := statView{
		Label: s.words.in(lang, "figure."+key), Value: text, Definition: s.words.in(lang, "figure."+key+".how"),
		Href: links.href(key, nil, nil, figureCounts(f)[key]), Unit: s.words.in(lang, "letters"),
	}
	if !rate {
		return view
	}
	r := figureRates(f)[key]
	view.Unit, view.Counts = s.words.in(lang, "percent"), s.words.in(lang, "report.of", r.Part, r.Of)
	if text == report.None {
		view.Unit = "" // "— %" is no rate
	}
	for _, earlier := range []struct {
		word string
		c    *report.Comparison
	}{{"report.change.year_on_year", f.YearOnYear}, {"report.change.previous", f.Previous}} {
		if points := figurePoints(earlier.c, key); points != "" && points != report.None {
			view.Changes = append(view.Changes, s.change(lang, earlier.word, points))
		}
	}
	return view
}

// change says in words what an arrow and a colour only repeat. More is better for every rate there is.
func (s *Server) change(lang errs.Lang, word, points string) changeView {
	view := changeView{Direction: "same", Text: s.words.in(lang, word, points)}
	switch {
	case strings.HasPrefix(points, "+"):
		view.Direction, view.Better = "up", true
	case strings.HasPrefix(points, "-"):
		view.Direction, view.Worse = "down", true
	}
	return view
}

// figureSections is every figure of the total with its definition.
func (s *Server) figureSections(lang errs.Lang, r *report.Report, links figureLinks) []figureSection {
	sections := make([]figureSection, 0, len(figureOrder))
	for _, part := range figureOrder {
		section := figureSection{Title: s.words.in(lang, part.title)}
		for _, key := range part.figures {
			if r.SilenceDays == 0 && (key == "silent" || key == "satisfaction_with_silence") {
				continue // asked for by the city's settings only
			}
			text, rate := figureText(&r.Total, key)
			if rate && text != report.None {
				text += " %"
			}
			section.Lines = append(section.Lines, figureLine{
				Label: s.words.in(lang, "figure."+key), Value: text, Definition: s.words.in(lang, "figure."+key+".how"),
				Href:       links.href(key, nil, nil, figureCounts(&r.Total)[key]),
				YearOnYear: figurePoints(r.Total.YearOnYear, key), Previous: figurePoints(r.Total.Previous, key),
			})
		}
		sections = append(sections, section)
	}
	return sections
}
