package report

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Letter is a letter as figures see one, invented to show how they come about. A time that is zero has not come.
type Letter struct {
	Validity               string // as in the facts: valid, invalid, duplicate
	DueAt, DepartmentDueAt time.Time
	RepliedAt, AnsweredAt  time.Time
	Grade                  int64  // 1 to 5; 0: not rated
	RatingSource           string // web, sms, telephone, import
	Answered, Resolved     bool   // whether the writer said if it was resolved, and what
	Days                   int64  // working days to the answer, if there is one
}

// Judged is an invented letter with the names of the figures it counts in.
type Judged struct {
	Letter
	Counts map[string]bool
}

// Judge counts invented letters as of an instant, by the judgements and conditions by which all letters are counted: the
// database judges them as if they were rows of facts, and none is written.
func (e *Engine) Judge(ctx context.Context, letters []Letter, asOf time.Time) ([]Judged, Figures, error) {
	total := newTally("")
	judged := make([]Judged, 0, len(letters))
	if len(letters) == 0 {
		return judged, total.Figures, nil
	}
	rows := make([]string, len(letters))
	v := values{"as_of": asOf.Unix(), "silence": int64(e.SilenceDays) * secondsADay}
	for i, l := range letters {
		name := func(field string) string { return fmt.Sprintf("%s_%d", field, i) }
		v[name("validity")], v[name("source")] = l.Validity, l.RatingSource
		columns := []string{
			fmt.Sprintf("%d AS n", i), "CAST(?" + name("validity") + " AS TEXT) AS validity", "CAST(?" + name("source") + " AS TEXT) AS rating_source",
			whole(l.DueAt.Unix(), !l.DueAt.IsZero()) + " AS due_at", whole(l.DueAt.Unix(), !l.DueAt.IsZero()) + " AS due_unextended_at",
			whole(l.DepartmentDueAt.Unix(), !l.DepartmentDueAt.IsZero()) + " AS department_due_at",
			whole(l.RepliedAt.Unix(), !l.RepliedAt.IsZero()) + " AS replied_at", whole(l.AnsweredAt.Unix(), !l.AnsweredAt.IsZero()) + " AS answered_at",
			whole(l.Grade, l.Grade != 0) + " AS rating", truth(false, true) + " AS provisional", truth(l.Resolved, l.Answered) + " AS resolved",
		}
		rows[i] = "SELECT " + strings.Join(columns, ", ")
	}
	var verdicts []verdict
	query := "SELECT " + verdictSQL() + " FROM (" + strings.Join(rows, " UNION ALL ") + ") AS f ORDER BY f.n"
	if err := e.db.Read.NewRaw(query, v).Scan(ctx, &verdicts); err != nil {
		return nil, total.Figures, fmt.Errorf("judge letters: %w", err)
	}
	for i, found := range verdicts {
		one := Judged{letters[i], map[string]bool{}}
		for _, f := range figures {
			one.Counts[f.name] = f.holds(found)
		}
		like := alike{Verdict: found, Letters: 1}
		if !letters[i].AnsweredAt.IsZero() {
			like.Days = &letters[i].Days
		}
		total.add(like)
		judged = append(judged, one)
	}
	total.settle()
	return judged, total.Figures, nil
}

// whole and truth write a value that both databases know the kind of, also when there is none.
func whole(n int64, there bool) string {
	if !there {
		return "CAST(NULL AS BIGINT)"
	}
	return fmt.Sprintf("CAST(%d AS BIGINT)", n)
}

func truth(value, there bool) string {
	switch {
	case !there:
		return "CAST(NULL AS BOOLEAN)"
	case value:
		return "TRUE"
	}
	return "FALSE"
}
