package report_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mailbox/sla/report"
)

// recount is the definitions of domain.md once more, word by word and letter by letter, without a
// database: what the engine is held against.
type recount struct {
	q      report.Query
	period report.Period
	silent int             // days
	heirs  map[int64]int64 // the departments that had ended as of the query, and who took over
}

// department is the one that a letter counts with, as a group has it.
func (r recount) department(f fact) string {
	if f.DepartmentID == nil {
		return report.NotRouted
	}
	id := *f.DepartmentID
	if heir := r.heirs[id]; r.q.Successors && heir != 0 {
		id = heir
	}
	return strconv.FormatInt(id, 10)
}

// cohort gives the rows that the query is about: received in the period, as of its instant.
func (r recount) cohort(facts []fact) []fact {
	at := r.q.AsOf.Unix()
	var in []fact
	for _, f := range facts {
		held := f.ValidFrom <= at && at < f.ValidTo
		if held && r.period.From <= f.ReceivedDay && f.ReceivedDay < r.period.To && r.wanted(f) {
			in = append(in, f)
		}
	}
	return in
}

func (r recount) wanted(f fact) bool {
	switch {
	case r.q.Channel != "" && !slices.Contains(strings.Split(r.q.Channel, ","), f.Channel),
		r.q.Kind != "" && !slices.Contains(strings.Split(r.q.Kind, ","), f.Kind),
		r.q.District != "" && r.q.District != f.District,
		r.q.Department != 0 && r.department(f) != strconv.FormatInt(r.q.Department, 10),
		r.q.Policy != 0 && r.q.Policy != f.PolicyVersion:
		return false
	}
	topic, branch := strings.ReplaceAll(f.Topic, " / ", "/"), r.q.Topic
	return branch == "" || topic == branch || strings.HasPrefix(topic, branch+"/")
}

func (r recount) group(by report.Grouping, f fact) string {
	switch by {
	case report.ByDepartment:
		return r.department(f)
	case report.ByPolicy:
		return strconv.FormatInt(f.PolicyVersion, 10)
	case report.ByKind:
		return f.Kind
	case report.ByChannel:
		return f.Channel
	case report.ByMonth:
		return f.ReceivedDay[:len("2018-01")]
	case report.ByTopic:
		return f.Topic
	case report.ByDistrict:
		return f.District
	default:
		return ""
	}
}

// belongs tells whether a letter is counted in a figure.
func (r recount) belongs(f fact, figure string) bool {
	now := r.q.AsOf.Unix()
	switch figure {
	case "received":
		return true
	case "invalid", "duplicate":
		return f.Validity == figure
	}
	if f.Validity != "valid" {
		return false
	}
	wasAnswered := f.AnsweredAt != nil
	assessable := f.DueAt != nil
	isDue := assessable && (wasAnswered || now > *f.DueAt)
	switch figure {
	case "valid":
		return true
	case "answered":
		return wasAnswered
	case "not_assessable":
		return !assessable
	case "due":
		return isDue
	case "running":
		return assessable && !isDue
	case "provisional":
		return assessable && f.Provisional
	case "on_time":
		return isDue && wasAnswered && *f.AnsweredAt <= *f.DueAt
	case "last_hour":
		return isDue && wasAnswered && *f.AnsweredAt <= *f.DueAt && *f.DueAt-*f.AnsweredAt < 3600
	case "silent":
		return r.silent > 0 && wasAnswered && f.Rating == nil && now-*f.AnsweredAt >= int64(r.silent)*24*3600
	case "late":
		return isDue && wasAnswered && *f.AnsweredAt > *f.DueAt
	case "overdue_open":
		return isDue && !wasAnswered
	case "unextended_due":
		return f.DueUnextendedAt != nil && (wasAnswered || now > *f.DueUnextendedAt)
	case "unextended_on_time":
		return f.DueUnextendedAt != nil && wasAnswered && *f.AnsweredAt <= *f.DueUnextendedAt
	case "department_due":
		return f.DepartmentDueAt != nil && (f.RepliedAt != nil || now > *f.DepartmentDueAt)
	case "department_on_time":
		return f.DepartmentDueAt != nil && f.RepliedAt != nil && *f.RepliedAt <= *f.DepartmentDueAt
	}
	if days, ok := strings.CutPrefix(figure, "department_took_"); ok {
		return f.DepartmentDays != nil && strconv.FormatInt(*f.DepartmentDays, 10) == days
	}
	if days, ok := strings.CutPrefix(figure, "took_"); ok {
		return wasAnswered && f.Days != nil && strconv.FormatInt(*f.Days, 10) == days
	}
	return wasAnswered && judged(f, figure)
}

// judged is the figures of what writers said, of valid answered letters.
func judged(f fact, figure string) bool {
	isRated := f.Rating != nil
	switch figure {
	case "rated":
		return isRated
	case "rated_web", "rated_sms", "rated_telephone":
		return isRated && "rated_"+f.RatingSource == figure
	case "rated_other":
		return isRated && !slices.Contains([]string{"web", "sms", "telephone"}, f.RatingSource)
	case "satisfied":
		return isRated && *f.Rating >= 3
	case "grade_very_satisfied", "grade_satisfied", "grade_basically_satisfied", "grade_dissatisfied", "grade_very_dissatisfied":
		return isRated && figure == "grade_"+[]string{"", "very_dissatisfied", "dissatisfied", "basically_satisfied", "satisfied", "very_satisfied"}[*f.Rating]
	case "resolution_answers":
		return f.Resolved != nil
	case "resolved":
		return f.Resolved != nil && *f.Resolved
	}
	panic("no such figure: " + figure)
}

// figures counts rows of one group.
func (r recount) figures(rows []fact) report.Figures {
	n := map[string]int64{}
	var days, departmentDays []int64
	for _, f := range rows {
		for _, figure := range report.FigureNames() {
			if r.belongs(f, figure) {
				n[figure]++
			}
		}
		if f.Validity == "valid" && f.AnsweredAt != nil && f.Days != nil {
			days = append(days, *f.Days)
		}
		if f.Validity == "valid" && f.DepartmentDays != nil {
			departmentDays = append(departmentDays, *f.DepartmentDays)
		}
	}
	var withSilence report.Rate
	if r.silent > 0 {
		withSilence = report.Rate{Part: n["satisfied"] + n["silent"], Of: n["rated"] + n["silent"]}
	}
	share := func(part, of string) report.Rate { return report.Rate{Part: n[part], Of: n[of]} }
	return report.Figures{
		Received: n["received"], Invalid: n["invalid"], Duplicate: n["duplicate"], Valid: n["valid"],
		Answered: n["answered"], ReplyRate: share("answered", "valid"),
		Due: n["due"], OnTime: n["on_time"], OnTimeRate: share("on_time", "due"), Late: n["late"],
		Running: n["running"], Provisional: n["provisional"], NotAssessable: n["not_assessable"], OverdueOpen: n["overdue_open"],
		UnextendedDue: n["unextended_due"], UnextendedOnTime: n["unextended_on_time"],
		UnextendedOnTimeRate: share("unextended_on_time", "unextended_due"),
		DepartmentDue:        n["department_due"], DepartmentOnTime: n["department_on_time"],
		DepartmentOnTimeRate: share("department_on_time", "department_due"),
		Rated:                n["rated"], RatedWeb: n["rated_web"], RatedSMS: n["rated_sms"],
		RatedTelephone: n["rated_telephone"], RatedOther: n["rated_other"], Participation: share("rated", "answered"),
		Satisfied: n["satisfied"], SatisfactionRate: share("satisfied", "rated"),
		ResolutionAnswers: n["resolution_answers"], Resolved: n["resolved"], ResolutionRate: share("resolved", "resolution_answers"),
		GradeVerySatisfied: n["grade_very_satisfied"], GradeSatisfied: n["grade_satisfied"],
		GradeBasicallySatisfied: n["grade_basically_satisfied"], GradeDissatisfied: n["grade_dissatisfied"],
		GradeVeryDissatisfied: n["grade_very_dissatisfied"],
		Silent:                n["silent"], SatisfactionWithSilence: withSilence, LastHour: n["last_hour"],
		Took: took(days), DepartmentTook: took(departmentDays),
		MedianDays: nearestRank(days, 0.5), P90Days: nearestRank(days, 0.9),
		DepartmentMedianDays: nearestRank(departmentDays, 0.5), DepartmentP90Days: nearestRank(departmentDays, 0.9),
	}
}

func took(days []int64) []report.Took {
	n := map[int64]int64{}
	for _, d := range days {
		n[d]++
	}
	var list []report.Took
	for _, d := range slices.Sorted(maps.Keys(n)) {
		list = append(list, report.Took{Days: d, Letters: n[d]})
	}
	return list
}

// nearestRank is the smallest value that at least the given share of all values do not exceed.
func nearestRank(values []int64, share float64) *int64 {
	slices.Sort(values)
	for i, v := range values {
		if float64(i+1) >= share*float64(len(values))-1e-9 {
			return &v
		}
	}
	return nil
}

// groups counts every group of these rows, by its id.
func (r recount) groups(by report.Grouping, of []fact) map[string]report.Figures {
	rows := map[string][]fact{}
	for _, f := range of {
		rows[r.group(by, f)] = append(rows[r.group(by, f)], f)
	}
	groups := map[string]report.Figures{}
	for id, of := range rows {
		f := r.figures(of)
		f.GroupID, f.Group = id, id
		if by == report.ByDepartment && id != report.NotRouted {
			f.Group = fmt.Sprintf("部门%02s", id)
		}
		groups[id] = f
	}
	return groups
}

// in are the rows of one group.
func (r recount) in(by report.Grouping, group string, of []fact) []fact {
	return slices.DeleteFunc(slices.Clone(of), func(f fact) bool { return r.group(by, f) != group })
}

// cases lists the cases of a figure in the order of the engine's list.
func (r recount) cases(facts []fact, cell report.Cell, figure string) []int64 {
	var rows []fact
	for _, f := range r.in(r.q.Then, cell.Part, r.in(r.q.By, cell.Group, r.cohort(facts))) {
		if r.belongs(f, figure) {
			rows = append(rows, f)
		}
	}
	slices.SortFunc(rows, func(a, b fact) int {
		return cmp.Or(cmp.Compare(a.ReceivedDay, b.ReceivedDay), cmp.Compare(a.CaseID, b.CaseID))
	})
	ids := []int64{}
	for _, f := range rows {
		ids = append(ids, f.CaseID)
	}
	return ids
}
