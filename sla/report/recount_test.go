package report_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailbox/sla/report"
)

// recount is the definitions of domain.md once more, word by word and letter by letter, without a
// database: what the engine is held against.
type recount struct {
	q      report.Query
	period report.Period
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
		r.q.Department != 0 && (f.DepartmentID == nil || *f.DepartmentID != r.q.Department):
		return false
	}
	topic, branch := strings.ReplaceAll(f.Topic, " / ", "/"), r.q.Topic
	return branch == "" || topic == branch || strings.HasPrefix(topic, branch+"/")
}

func (r recount) group(f fact) string {
	switch r.q.By {
	case report.ByDepartment:
		if f.DepartmentID == nil {
			return report.NotRouted
		}
		return strconv.FormatInt(*f.DepartmentID, 10)
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
func belongs(f fact, figure string, at time.Time) bool {
	now := at.Unix()
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
			if belongs(f, figure, r.q.AsOf) {
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
		MedianDays: nearestRank(days, 0.5), P90Days: nearestRank(days, 0.9),
		DepartmentMedianDays: nearestRank(departmentDays, 0.5), DepartmentP90Days: nearestRank(departmentDays, 0.9),
	}
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

// groups counts every group, by its id.
func (r recount) groups(facts []fact) map[string]report.Figures {
	rows := map[string][]fact{}
	for _, f := range r.cohort(facts) {
		rows[r.group(f)] = append(rows[r.group(f)], f)
	}
	groups := map[string]report.Figures{}
	for id, of := range rows {
		f := r.figures(of)
		f.GroupID, f.Group = id, id
		if r.q.By == report.ByDepartment && id != report.NotRouted {
			f.Group = fmt.Sprintf("部门%02s", id)
		}
		groups[id] = f
	}
	return groups
}

// cases lists the cases of a figure in the order of the engine's list.
func (r recount) cases(facts []fact, group, figure string) []int64 {
	var rows []fact
	for _, f := range r.cohort(facts) {
		if r.group(f) == group && belongs(f, figure, r.q.AsOf) {
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
