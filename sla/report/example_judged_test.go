package report_test

import (
	"slices"
	"testing"
	"time"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

func TestInventedLettersAreJudgedAsAllOthers(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		due := at(t, "2026-03-04T23:59:59")
		letter := func(answered time.Time, grade int64) report.Letter {
			return report.Letter{Validity: "valid", DueAt: due, AnsweredAt: answered, Grade: grade, RatingSource: "web", Days: 2}
		}
		letters := []report.Letter{
			letter(due, 5), letter(due.Add(time.Second), 2), letter(time.Time{}, 0), letter(due.Add(-time.Hour), 3), {Validity: "duplicate", DueAt: due},
		}
		letters[0].Answered, letters[0].Resolved = true, true
		engine := report.New(db, shanghai)
		judged, total, err := engine.Judge(t.Context(), letters, due.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]string{
			{"valid", "answered", "due", "on_time", "last_hour", "rated", "satisfied", "grade_very_satisfied", "resolved"},
			{"valid", "answered", "due", "late", "rated", "grade_dissatisfied"},
			{"valid", "due", "overdue_open"},
			{"valid", "answered", "due", "on_time", "rated", "satisfied"},
			{"received", "duplicate"},
		} {
			for _, figure := range want {
				if !judged[i].Counts[figure] {
					t.Errorf("letter %d does not count in %s", i+1, figure)
				}
			}
		}
		if judged[3].Counts["last_hour"] || judged[4].Counts["due"] || judged[1].Counts["on_time"] || judged[2].Counts["answered"] {
			t.Error("a letter counts in what it should not")
		}
		if got := []string{total.ReplyRate.String(), total.OnTimeRate.String(), total.SatisfactionRate.String()}; !slices.Equal(got, []string{"75.00", "50.00", "66.67"}) {
			t.Errorf("the rates are %q", got)
		}
		later, _, err := engine.Judge(t.Context(), letters[2:3], due)
		if err != nil || later[0].Counts["due"] || !later[0].Counts["running"] {
			t.Errorf("in the second of its due time a letter is overdue: %v, %v", later, err)
		}
		if none, _, err := engine.Judge(t.Context(), nil, due); err != nil || len(none) != 0 {
			t.Errorf("no letters are %v, %v", none, err)
		}
	})
}

func TestEveryFigureSaysItsConditionsOrItsDivision(t *testing.T) {
	t.Parallel()
	for _, name := range report.FigureNames() {
		if conditions := report.Conditions(name); (len(conditions) == 0) != (name == "received") {
			t.Errorf("%s has the conditions %v", name, conditions)
		}
	}
	got := report.Conditions("on_time")
	if len(got) != 2 || got[0].On != "standing" || !slices.Equal(got[0].In, []string{"valid"}) || got[1].On != "writer_clock" || !slices.Equal(got[1].In, []string{"on_time"}) {
		t.Errorf("on time is %v", got)
	}
	for _, name := range []string{"reply_rate", "on_time_rate", "satisfaction_with_silence"} {
		part, of, ok := report.RateParts(name)
		if !ok {
			t.Errorf("%s divides nothing", name)
		}
		for _, count := range slices.Concat(part, of) {
			if !slices.Contains(report.FigureNames(), count) {
				t.Errorf("%s is made of %q, which is no count", name, count)
			}
		}
	}
	if _, _, ok := report.RateParts("received"); ok {
		t.Error("received is a rate")
	}
}
