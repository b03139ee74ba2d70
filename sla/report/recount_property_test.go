package report_test

import (
	"context"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// The random city lives in some weeks around the end of 2023 and the leap day of 2024, each day of
// which has few instants, so that ties (answered in the very second it is due) come up all the time.
var cityBegins = time.Date(2023, 12, 30, 0, 0, 0, 0, shanghai)

const cityDays = 64

func drawInstant(t *rapid.T, from int64, name string) int64 {
	const quarterDay = 6 * 3600
	end := cityBegins.AddDate(0, 0, cityDays).Unix()
	return from + quarterDay*rapid.Int64Range(0, (end-from)/quarterDay).Draw(t, name)
}

func maybe[T any](t *rapid.T, name string, draw func() T) *T {
	if rapid.Bool().Draw(t, name+" there") {
		return new(draw())
	}
	return nil
}

// drawHistory makes the rows of one case, each beginning when the one before ends, the last holding for ever.
func drawHistory(t *rapid.T, id int64) []fact {
	received := drawInstant(t, cityBegins.Unix(), "received")
	at := received
	var history []fact
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		instant := func(name string) func() int64 { return func() int64 { return drawInstant(t, received, name) } }
		small := func() int64 { return rapid.Int64Range(0, 6).Draw(t, "days") }
		if len(history) > 0 {
			at += 6 * 3600 * rapid.Int64Range(1, 30).Draw(t, "after")
			history[len(history)-1].ValidTo = at
		}
		history = append(history, fact{
			CaseID: id, ValidFrom: at, ValidTo: migrations.Forever, State: "received",
			Validity:     rapid.SampledFrom([]string{"valid", "valid", "valid", "invalid", "duplicate"}).Draw(t, "validity"),
			Channel:      rapid.SampledFrom([]string{"mailbox", "consult", "message"}).Draw(t, "channel"),
			Kind:         rapid.SampledFrom([]string{"help", "praise"}).Draw(t, "kind"),
			Topic:        rapid.SampledFrom([]string{"", "城建", "城建 / 绿化", "城建设施", "城建/道路"}).Draw(t, "topic"),
			District:     rapid.SampledFrom([]string{"", "岳塘区", "it's 100%_?"}).Draw(t, "district"),
			DepartmentID: maybe(t, "department", func() int64 { return rapid.Int64Range(1, 3).Draw(t, "department") }),
			ReceivedAt:   received, ReceivedDay: time.Unix(received, 0).In(shanghai).Format(time.DateOnly),
			DueAt: maybe(t, "due", instant("due")), DueUnextendedAt: maybe(t, "unextended", instant("unextended")),
			Provisional:     rapid.Bool().Draw(t, "provisional"),
			DepartmentDueAt: maybe(t, "department due", instant("department due")), RepliedAt: maybe(t, "replied", instant("replied")),
			AnsweredAt: maybe(t, "answered", instant("answered")),
			Days:       maybe(t, "days", small), DepartmentDays: maybe(t, "department days", small),
			Rating:       maybe(t, "rating", func() int64 { return rapid.Int64Range(1, 5).Draw(t, "rating") }),
			Resolved:     maybe(t, "resolved", func() bool { return rapid.Bool().Draw(t, "resolved") }),
			RatingSource: rapid.SampledFrom([]string{"", "web", "sms", "telephone", "import"}).Draw(t, "source"),

			PolicyVersion:    rapid.Int64Range(1, 2).Draw(t, "policy"),
			ReworkGrantedAt:  maybe(t, "rework", instant("rework granted")),
			ReworkDueAt:      maybe(t, "rework due", instant("rework due")),
			ReworkAnsweredAt: maybe(t, "rework answered", instant("rework answered")),
			ReworkRating:     maybe(t, "rework rating", func() int64 { return rapid.Int64Range(1, 5).Draw(t, "rework rating") }),
		})
	}
	return history
}

// drawQuery asks as of any instant, and half the time as of one at which something changed.
func drawQuery(t *rapid.T, facts []fact) report.Query {
	first := rapid.IntRange(0, cityDays).Draw(t, "from")
	last := first + rapid.IntRange(1, cityDays).Draw(t, "days")
	choose := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	asOf := cityBegins.Add(time.Duration(rapid.IntRange(0, 4*(cityDays+60)).Draw(t, "as of")) * 6 * time.Hour)
	if len(facts) > 0 && rapid.Bool().Draw(t, "as of a change") {
		asOf = time.Unix(rapid.SampledFrom(facts).Draw(t, "change").ValidFrom, 0)
	}
	by := rapid.SampledFrom(report.Groupings).Draw(t, "by")
	then := rapid.SampledFrom(report.Groupings).Draw(t, "then")
	if by == report.ByNone || by == then || then == report.ByNone {
		then = ""
	}
	return report.Query{
		From: cityBegins.AddDate(0, 0, first).Format(time.DateOnly), To: cityBegins.AddDate(0, 0, last).Format(time.DateOnly),
		// One second before, at, or after an instant at which things happen, and any part of it.
		AsOf: asOf.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "beside"))*time.Second + 999*time.Millisecond),
		By:   by, Then: then,
		Policy:     rapid.SampledFrom([]int64{0, 0, 0, 2}).Draw(t, "policies"),
		Successors: rapid.Bool().Draw(t, "successors"),
		Channel:    choose("channels", "", "", "", "message", "mailbox,consult"),
		Kind:       choose("kinds", "", "", "", "help"),
		Topic:      choose("topics", "", "", "", "城建", "城建/绿化"),
		District:   choose("districts", "", "", "", "it's 100%_?"),
		Department: rapid.SampledFrom([]int64{0, 0, 0, 2}).Draw(t, "departments"),
		Compare:    rapid.Bool().Draw(t, "compare"),
	}
}

func TestLongFiguresEqualANaiveRecountOfTheHistory(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 3, nil)
		// The third department was merged into the second, in the middle of the story.
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE departments SET successor_id = 2, ended_at = ? WHERE id = 3", mergedAt.Unix())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(r *rapid.T) {
			engine := report.New(db, shanghai)
			engine.SilenceDays = rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(r, "silence")
			var facts []fact
			for id := range rapid.Int64Range(0, 12).Draw(r, "cases") {
				facts = append(facts, drawHistory(r, id+1)...)
			}
			replace(r, db, facts)
			for range 4 {
				// Some of it is reckoned beforehand, as of whenever, and some of that is changed afterwards.
				if rapid.IntRange(0, 2).Draw(r, "fold") == 0 {
					now := cityBegins.Add(time.Duration(rapid.IntRange(0, 4*(cityDays+60)).Draw(r, "folded at")) * 6 * time.Hour)
					if _, _, err := engine.Fold(t.Context(), now); err != nil {
						r.Fatal(err)
					}
					if _, differ, err := engine.VerifyFolds(t.Context(), now, nil); err != nil || len(differ) > 0 {
						r.Fatalf("the folds of %s: %v, %d differ, first %+v", now, err, len(differ), differ[:min(1, len(differ))])
					}
				}
				if len(facts) > 0 && rapid.IntRange(0, 3).Draw(r, "change") == 0 {
					facts = changeOne(r, db, facts)
				}
				compareWithRecount(r, engine, drawQuery(r, facts), facts)
			}
		})
	})
}

// replace puts these cases in the place of those that are there.
func replace(t *rapid.T, db *migrations.DB, facts []fact) {
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, table := range []string{"facts", "cases"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM ?", bun.Ident(table)); err != nil {
				return err
			}
		}
		return insert(ctx, tx, casesOf(facts), facts)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// changeOne gives one case another story.
func changeOne(t *rapid.T, db *migrations.DB, facts []fact) []fact {
	id := rapid.SampledFrom(facts).Draw(t, "changed case").CaseID
	history := drawHistory(t, id)
	changed := append(slices.DeleteFunc(slices.Clone(facts), func(f fact) bool { return f.CaseID == id }), history...)
	err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM facts WHERE case_id = ?", id); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&history).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// mergedAt is when the third department of the random city was merged into the second.
var mergedAt = cityBegins.AddDate(0, 0, 40)

func recountOf(e *report.Engine, q report.Query, p report.Period) recount {
	r := recount{q: q, period: p, silent: e.SilenceDays, heirs: map[int64]int64{}}
	if q.AsOf.Unix() >= mergedAt.Unix() {
		r.heirs[3] = 2
	}
	return r
}

var samePoints = gocmp.AllowUnexported(report.Points{})

func compareWithRecount(t *rapid.T, engine *report.Engine, q report.Query, facts []fact) {
	got, err := engine.Run(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	now := recountOf(engine, q, got.Period)
	want := now.groups(q.By, now.cohort(facts))
	total := now.figures(now.cohort(facts))
	total.Group = "total"
	if got.YearOnYear != nil {
		yearBefore, before := recountOf(engine, q, *got.YearOnYear), recountOf(engine, q, *got.Previous)
		inYearBefore, inBefore := yearBefore.cohort(facts), before.cohort(facts)
		compare(&total, yearBefore.figures(inYearBefore), before.figures(inBefore))
		earlier, previous := now.groups(q.By, inYearBefore), now.groups(q.By, inBefore)
		for id, f := range want {
			compare(&f, earlier[id], previous[id])
			want[id] = f
		}
	}
	compareParts(t, now, got, facts)
	compareReworks(t, now, got, facts)
	if diff := gocmp.Diff(total, got.Total, samePoints); diff != "" {
		t.Fatalf("%+v: total (-recount +engine):\n%s", q, diff)
	}
	if q.By == report.ByNone {
		want = nil
	}
	groups := map[string]report.Figures{}
	for _, f := range got.Groups {
		f.Parts = nil // looked at above
		groups[f.GroupID] = f
	}
	if diff := gocmp.Diff(want, groups, samePoints, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v: groups (-recount +engine):\n%s", q, diff)
	}
	compareLists(t, engine, now, got, facts)
}

func compare(f *report.Figures, yearBefore, before report.Figures) {
	against := func(e report.Figures) *report.Comparison {
		return &report.Comparison{
			Received: e.Received, Valid: e.Valid, Answered: e.Answered,
			ReplyRate: f.ReplyRate.Minus(e.ReplyRate), OnTimeRate: f.OnTimeRate.Minus(e.OnTimeRate),
			UnextendedOnTimeRate: f.UnextendedOnTimeRate.Minus(e.UnextendedOnTimeRate),
			DepartmentOnTimeRate: f.DepartmentOnTimeRate.Minus(e.DepartmentOnTimeRate),
			Participation:        f.Participation.Minus(e.Participation), SatisfactionRate: f.SatisfactionRate.Minus(e.SatisfactionRate),
			ResolutionRate:          f.ResolutionRate.Minus(e.ResolutionRate),
			SatisfactionWithSilence: f.SatisfactionWithSilence.Minus(e.SatisfactionWithSilence),
		}
	}
	f.YearOnYear, f.Previous = against(yearBefore), against(before)
}

// compareParts counts the parts of each group, and adds them up.
func compareParts(t *rapid.T, now recount, got report.Report, facts []fact) {
	for _, group := range got.Groups {
		if now.q.Then == "" {
			if group.Parts != nil {
				t.Fatalf("%+v: %q has parts that nobody asked for", now.q, group.GroupID)
			}
			continue
		}
		rows := now.in(now.q.By, group.GroupID, now.cohort(facts))
		want := now.groups(now.q.Then, rows)
		parts, received := map[string]report.Figures{}, int64(0)
		for _, part := range group.Parts {
			part.YearOnYear, part.Previous = nil, nil
			parts[part.GroupID] = part
			received += part.Received
		}
		if diff := gocmp.Diff(want, parts, samePoints, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%+v: parts of %q (-recount +engine):\n%s", now.q, group.GroupID, diff)
		}
		if received != group.Received {
			t.Fatalf("%+v: the parts of %q have %d letters, the group %d", now.q, group.GroupID, received, group.Received)
		}
	}
}

// compareReworks counts the second rounds that were granted in the period, letter by letter.
func compareReworks(t *rapid.T, now recount, got report.Report, facts []fact) {
	want := map[string]*report.Reworks{}
	at := now.q.AsOf.Unix()
	var total report.Reworks
	for _, f := range facts {
		held := f.ValidFrom <= at && at < f.ValidTo
		if !held || !now.wanted(f) || f.Validity != "valid" || f.ReworkGrantedAt == nil {
			continue
		}
		granted := time.Unix(*f.ReworkGrantedAt, 0).In(shanghai).Format(time.DateOnly)
		if granted < now.period.From || granted >= now.period.To {
			continue
		}
		id := now.department(f)
		if want[id] == nil {
			want[id] = &report.Reworks{}
		}
		for _, r := range []*report.Reworks{want[id], &total} {
			r.Granted++
			if answered := f.ReworkAnsweredAt != nil; answered {
				r.Answered++
				if f.ReworkRating != nil {
					r.Rated++
					if *f.ReworkRating >= 3 {
						r.Satisfied++
					}
				}
			}
			if due := f.ReworkDueAt; due != nil {
				switch {
				case f.ReworkAnsweredAt != nil:
					r.Due++
					if *f.ReworkAnsweredAt <= *due {
						r.OnTime++
					}
				case *due < at:
					r.Due++
					r.OverdueOpen++
				}
			}
			r.OnTimeRate, r.SatisfactionRate = report.Rate{Part: r.OnTime, Of: r.Due}, report.Rate{Part: r.Satisfied, Of: r.Rated}
		}
	}
	lines := map[string]*report.Reworks{}
	for i := range got.Reworks {
		lines[got.Reworks[i].DepartmentID] = &got.Reworks[i].Reworks
	}
	if diff := gocmp.Diff(want, lines); diff != "" {
		t.Fatalf("%+v: reworks (-recount +engine):\n%s", now.q, diff)
	}
	if total.Granted == 0 && got.ReworkTotal == nil {
		return
	}
	if diff := gocmp.Diff(&total, got.ReworkTotal); diff != "" {
		t.Fatalf("%+v: all reworks (-recount +engine):\n%s", now.q, diff)
	}
}

// compareLists opens one figure of one group to its cases, a page at a time.
func compareLists(t *rapid.T, engine *report.Engine, now recount, r report.Report, facts []fact) {
	if len(r.Groups) == 0 {
		return
	}
	group := rapid.SampledFrom(r.Groups).Draw(t, "group")
	cell := report.Cell{Group: group.GroupID}
	if len(group.Parts) > 0 {
		cell.Part = rapid.SampledFrom(group.Parts).Draw(t, "part").GroupID
	}
	figure := rapid.SampledFrom(append(report.FigureNames(), "took_2", "department_took_0")).Draw(t, "figure")
	want := now.cases(facts, cell, figure)
	got := []int64{}
	for {
		page, total, err := engine.Cases(t.Context(), now.q, cell, figure, 3, len(got))
		if err != nil || total != len(want) {
			t.Fatalf("%s of %q: %d cases, %v, want %d", figure, cell, total, err, len(want))
		}
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s of %q: cases %v, want %v", figure, cell, got, want)
	}
}
