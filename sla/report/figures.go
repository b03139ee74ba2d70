package report

import (
	"fmt"
	"strconv"
	"strings"

	"mailbox/cases/errs"
)

// judgement is one thing to be said about a letter at an instant, as a small number.
type judgement int

// The judgements. What the numbers mean stands below.
const (
	standing        judgement = iota // what the letter counts as
	writerClock                      // what became of the city's promise
	unextendedClock                  // the same, had no extension been granted
	departmentClock                  // what became of the department's time
	answered                         // 0 no, 1 yes
	provisional                      // 1: the due time rests on days no published calendar covers
	grade                            // of the rating, 1 to 5; 0 none
	resolved                         // the writer's word on it
	ratedBy                          // where the rating came from
	lastHour                         // 1: answered on time, in the last hour before the due time
	silent                           // 1: answered and not rated for the days after which a city takes silence for content
	judgements                       // how many there are
)

// Values of standing.
const (
	valid = iota
	invalid
	duplicate
)

// Values of the clocks. A clock that ran out without an end is overdue, and counts against the city.
const (
	noClock = iota // no due time: before the first loaded calendar, or not routed
	running        // open and not yet due
	onTime         // ended at or before the due time
	late           // ended after it
	overdue        // not ended, and the due time has passed
)

// Values of resolved.
const (
	notAsked = iota
	unresolved
	isResolved
)

// Values of ratedBy.
const (
	notRated = iota
	byWeb
	bySMS
	byTelephone
	byOther // an import
)

// clock is what became of the time until column 1, which column 2 ends. The second of the due time
// itself is still on time, so a clock has run out only after it.
const clock = `CASE WHEN f.%[1]s IS NULL THEN 0
	WHEN f.%[2]s IS NULL THEN CASE WHEN f.%[1]s < ?as_of THEN 4 ELSE 1 END
	WHEN f.%[2]s <= f.%[1]s THEN 2 ELSE 3 END`

// judgementSQL says how the database comes to each judgement on a row f of facts.
var judgementSQL = [judgements]string{
	standing:        `CASE f.validity WHEN 'valid' THEN 0 WHEN 'invalid' THEN 1 ELSE 2 END`,
	writerClock:     fmt.Sprintf(clock, "due_at", "answered_at"),
	unextendedClock: fmt.Sprintf(clock, "due_unextended_at", "answered_at"),
	departmentClock: fmt.Sprintf(clock, "department_due_at", "replied_at"),
	answered:        `CASE WHEN f.answered_at IS NULL THEN 0 ELSE 1 END`,
	provisional:     `CASE WHEN f.provisional THEN 1 ELSE 0 END`,
	grade:           `COALESCE(f.rating, 0)`,
	resolved:        `CASE WHEN f.resolved IS NULL THEN 0 WHEN f.resolved THEN 2 ELSE 1 END`,
	ratedBy: `CASE WHEN f.rating IS NULL THEN 0 ELSE
		CASE f.rating_source WHEN 'web' THEN 1 WHEN 'sms' THEN 2 WHEN 'telephone' THEN 3 ELSE 4 END END`,
	lastHour: `CASE WHEN f.answered_at <= f.due_at AND f.answered_at > f.due_at - 3600 THEN 1 ELSE 0 END`,
	silent:   `CASE WHEN ?silence > 0 AND f.rating IS NULL AND f.answered_at + ?silence <= ?as_of THEN 1 ELSE 0 END`,
}

// verdict is all judgements on a letter in one number, three bits each.
type verdict int64

const verdictBits = 3

func (v verdict) of(j judgement) int { return int(v>>(verdictBits*j)) & (1<<verdictBits - 1) }

// verdictSQL puts the judgements together.
func verdictSQL() string {
	terms := make([]string, judgements)
	for j, expression := range judgementSQL {
		terms[j] = fmt.Sprintf("%d * (%s)", 1<<(verdictBits*j), expression)
	}
	return strings.Join(terms, " + ")
}

// condition asks that a judgement has one of some values.
type condition struct {
	on judgement
	in []int
}

func (c condition) holds(v verdict) bool {
	got := v.of(c.on)
	for _, want := range c.in {
		if got == want {
			return true
		}
	}
	return false
}

func (c condition) sql() string {
	return fmt.Sprintf("(%s) IN (%s)", judgementSQL[c.on], strings.Trim(strings.Join(strings.Fields(fmt.Sprint(c.in)), ", "), "[]"))
}

// figure is a count: the letters of the cohort on which all its conditions hold.
type figure struct {
	name  string
	where []condition
	in    func(*Figures) *int64
}

func (f figure) holds(v verdict) bool {
	for _, c := range f.where {
		if !c.holds(v) {
			return false
		}
	}
	return true
}

// figures is the one table of counts (domain.md, "Figures"). Both the counting and the lists of cases
// behind a count are made from it.
var figures = func() []figure {
	is := func(on judgement, in ...int) condition { return condition{on, in} }
	counts := is(standing, valid)
	yes := is(answered, 1)
	rated := is(grade, 1, 2, 3, 4, 5)
	return []figure{
		{"received", nil, func(f *Figures) *int64 { return &f.Received }},
		{"invalid", []condition{is(standing, invalid)}, func(f *Figures) *int64 { return &f.Invalid }},
		{"duplicate", []condition{is(standing, duplicate)}, func(f *Figures) *int64 { return &f.Duplicate }},
		{"valid", []condition{counts}, func(f *Figures) *int64 { return &f.Valid }},
		{"answered", []condition{counts, yes}, func(f *Figures) *int64 { return &f.Answered }},

		{"due", []condition{counts, is(writerClock, onTime, late, overdue)}, func(f *Figures) *int64 { return &f.Due }},
		{"on_time", []condition{counts, is(writerClock, onTime)}, func(f *Figures) *int64 { return &f.OnTime }},
		{"late", []condition{counts, is(writerClock, late)}, func(f *Figures) *int64 { return &f.Late }},
		{"running", []condition{counts, is(writerClock, running)}, func(f *Figures) *int64 { return &f.Running }},
		{"provisional", []condition{counts, is(provisional, 1), is(writerClock, running, onTime, late, overdue)}, func(f *Figures) *int64 { return &f.Provisional }},
		{"not_assessable", []condition{counts, is(writerClock, noClock)}, func(f *Figures) *int64 { return &f.NotAssessable }},
		{"overdue_open", []condition{counts, is(writerClock, overdue)}, func(f *Figures) *int64 { return &f.OverdueOpen }},
		{"unextended_due", []condition{counts, is(unextendedClock, onTime, late, overdue)}, func(f *Figures) *int64 { return &f.UnextendedDue }},
		{"unextended_on_time", []condition{counts, is(unextendedClock, onTime)}, func(f *Figures) *int64 { return &f.UnextendedOnTime }},

		{"department_due", []condition{counts, is(departmentClock, onTime, late, overdue)}, func(f *Figures) *int64 { return &f.DepartmentDue }},
		{"department_on_time", []condition{counts, is(departmentClock, onTime)}, func(f *Figures) *int64 { return &f.DepartmentOnTime }},

		{"rated", []condition{counts, yes, rated}, func(f *Figures) *int64 { return &f.Rated }},
		{"rated_web", []condition{counts, yes, is(ratedBy, byWeb)}, func(f *Figures) *int64 { return &f.RatedWeb }},
		{"rated_sms", []condition{counts, yes, is(ratedBy, bySMS)}, func(f *Figures) *int64 { return &f.RatedSMS }},
		{"rated_telephone", []condition{counts, yes, is(ratedBy, byTelephone)}, func(f *Figures) *int64 { return &f.RatedTelephone }},
		{"rated_other", []condition{counts, yes, is(ratedBy, byOther)}, func(f *Figures) *int64 { return &f.RatedOther }},
		{"satisfied", []condition{counts, yes, is(grade, 3, 4, 5)}, func(f *Figures) *int64 { return &f.Satisfied }},
		{"grade_very_satisfied", []condition{counts, yes, is(grade, 5)}, func(f *Figures) *int64 { return &f.GradeVerySatisfied }},
		{"grade_satisfied", []condition{counts, yes, is(grade, 4)}, func(f *Figures) *int64 { return &f.GradeSatisfied }},
		{"grade_basically_satisfied", []condition{counts, yes, is(grade, 3)}, func(f *Figures) *int64 { return &f.GradeBasicallySatisfied }},
		{"grade_dissatisfied", []condition{counts, yes, is(grade, 2)}, func(f *Figures) *int64 { return &f.GradeDissatisfied }},
		{"grade_very_dissatisfied", []condition{counts, yes, is(grade, 1)}, func(f *Figures) *int64 { return &f.GradeVeryDissatisfied }},
		{"silent", []condition{counts, yes, is(silent, 1)}, func(f *Figures) *int64 { return &f.Silent }},
		{"last_hour", []condition{counts, is(lastHour, 1)}, func(f *Figures) *int64 { return &f.LastHour }},
		{"resolution_answers", []condition{counts, yes, is(resolved, unresolved, isResolved)}, func(f *Figures) *int64 { return &f.ResolutionAnswers }},
		{"resolved", []condition{counts, yes, is(resolved, isResolved)}, func(f *Figures) *int64 { return &f.Resolved }},
	}
}()

// FigureNames lists the counts that [Engine.Cases] opens, named as in the report's JSON.
func FigureNames() []string {
	names := make([]string, len(figures))
	for i, f := range figures {
		names[i] = f.name
	}
	return names
}

// The names under which the letters that took so many working days are opened: took_3, department_took_0.
const tookPrefix, departmentTookPrefix = "took_", "department_took_"

// TookFigure is the name by which [Engine.Cases] opens a [Took], by the writer's or the department's clock.
func TookFigure(departments bool, days int64) string {
	if departments {
		return departmentTookPrefix + strconv.FormatInt(days, 10)
	}
	return tookPrefix + strconv.FormatInt(days, 10)
}

// conditionsOf is the part of the where-clause that a figure makes. Errors: invalid figure.
func conditionsOf(name string) (string, error) {
	for _, f := range figures {
		if f.name == name {
			return conditionsSQL(f.where), nil
		}
	}
	counts := condition{standing, []int{valid}}
	for _, took := range []struct {
		prefix, column string
		where          []condition
	}{
		{departmentTookPrefix, "department_days", []condition{counts}},
		{tookPrefix, "days", []condition{counts, {answered, []int{1}}}},
	} {
		if text, ok := strings.CutPrefix(name, took.prefix); ok {
			if days, err := strconv.ParseInt(text, 10, 64); err == nil {
				return fmt.Sprintf("%s AND f.%s = %d", conditionsSQL(took.where), took.column, days), nil
			}
		}
	}
	return "", errs.Invalid("figure", "there is no figure %[1]q; choose one of %[2]s", "没有指标%[1]q，可选：%[2]s",
		name, joined(FigureNames()))
}

func conditionsSQL(conditions []condition) string {
	var where strings.Builder
	for _, c := range conditions {
		where.WriteString(" AND " + c.sql())
	}
	return where.String()
}
