package cases_test

import (
	"fmt"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
	"mailbox/sla"
)

// past are letters of last year that the water group and the road works answered, from different words.
func (c *city) past(t *testing.T, n int) {
	t.Helper()
	quarters := []string{"桃源", "长春路", "河东", "滨江", "杏林", "学府"}
	water := []string{"家里停水两天了", "自来水发黄有异味", "水压太低洗不了澡", "水表转得太快水费偏高", "水管爆裂没人修"}
	roads := []string{"路面坑洼积水", "人行道地砖松动", "井盖破损很危险", "道路施工围挡不拆", "桥面裂缝"}
	letters := make([]intake.Letter, 0, n)
	for i := range n {
		texts, department := water, "市水务集团"
		if i%2 == 1 {
			texts, department = roads, "市政工程处"
		}
		text := fmt.Sprintf("%s小区：%s，请派人处理。", quarters[i/2%len(quarters)], texts[i/2%len(texts)])
		day := at("2025-06-02 09:00:00").Add(time.Duration(i) * 24 * time.Hour)
		letters = append(letters, intake.Letter{
			Line: i + 2, Source: "past", Number: fmt.Sprintf("P-%d", i), Channel: "mailbox", Kind: "complaint", Topic: "城乡建设/市政",
			Title: texts[i/2%len(texts)], Body: text, Department: department, Status: intake.StatusAnswered,
			ReceivedAt: day, RepliedAt: day.Add(time.Hour), Reply: "已处理。",
		})
		if i%2 == 0 {
			letters[i].Topic = "公用事业/供水"
		}
	}
	if done := c.importing(t, letters...); done.New != n {
		t.Fatalf("%+v", done)
	}
}

// learns learns and wants a version in use.
func (c *city) learns(t *testing.T) {
	t.Helper()
	made, err := c.desk.Learn(t.Context())
	if err != nil || len(made) == 0 || !made[0].InUse {
		t.Fatalf("learned %+v, %v", made, err)
	}
}

func noWater() cases.Letter {
	l := aLetter()
	l.Kind, l.Title, l.Body = "help", "小区停水", "杏林小区从昨晚起停水，水压一直上不来。"
	return l
}

func (c *city) suggests(t *testing.T, id cases.ID) *cases.Suggestion {
	t.Helper()
	s, err := c.desk.Suggest(t.Context(), c.clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuggestionsComeFromRulesOnTheFirstDayAndFromLettersLater(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, noWater())
		first := c.suggests(t, r.ID)
		if first.ModelVersion != 0 || len(first.Departments) == 0 || first.Departments[0].Department != c.water || first.Departments[0].Probability != 0 {
			t.Errorf("on the first day: %+v", first)
		}
		if made, err := c.desk.Learn(t.Context()); err != nil || len(made) != 0 {
			t.Errorf("learned %+v from nothing, %v", made, err)
		}
		c.clock.Add(time.Hour)
		c.past(t, 60)
		c.learns(t)
		s := c.suggests(t, r.ID)
		if s.ModelVersion != 1 || s.Departments[0].Department != c.water || s.Departments[0].Probability < 0.7 {
			t.Fatalf("%+v", s)
		}
		best := s.Departments[0]
		words, l := 0, noWater()
		for _, reason := range best.Reasons {
			if reason.Kind != routing.ReasonWord {
				continue
			}
			words++
			for _, span := range reason.Spans {
				text := map[string]string{"title": l.Title, "body": l.Body}[span.Field]
				if got := text[span.From:span.To]; got != reason.Text {
					t.Errorf("the word %q is marked as %q", reason.Text, got)
				}
			}
		}
		if words == 0 || len(best.Like) == 0 || len(best.Like) > 3 {
			t.Errorf("%d words and %d like cases speak for it", words, len(best.Like))
		}
		if len(s.Topics) == 0 || s.Topics[0].Topic != "公用事业" || len(s.Topics[0].Reasons) == 0 {
			t.Errorf("topics %+v", s.Topics)
		}
		// Whoever may not see the case is not told who would answer it.
		if _, err := c.desk.Suggest(t.Context(), c.roadworks, r.ID); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("a stranger is told: %v", err)
		}
	})
}

func TestADepartmentThatReturnedTheCaseIsNotSuggestedFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.past(t, 60)
		c.learns(t)
		r := c.submit(t, noWater())
		v := ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		ok(c.desk.Return(ctx, c.waterworks, r.ID, v.Version, "属市政工程处管网"))
		s := c.suggests(t, r.ID)
		if s.Departments[0].Department != c.roads {
			t.Errorf("first is %+v", s.Departments[0])
		}
		if last := s.Departments[len(s.Departments)-1]; last.Department != c.water || !last.Returned {
			t.Errorf("last is %+v, want the department that returned it, marked", last)
		}
	})
}

func TestAMergedDepartmentIsSuggestedAsItsSuccessor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.past(t, 60)
		c.learns(t)
		joint := c.department(t, "GY", "市公用事业局")
		if err := c.dir.MergeDepartment(t.Context(), c.water, joint, false); err != nil {
			t.Fatal(err)
		}
		r := c.submit(t, noWater())
		if s := c.suggests(t, r.ID); s.Departments[0].Department != joint || s.Departments[0].Name != "市公用事业局" {
			t.Errorf("%+v", s.Departments)
		}
	})
}

func TestLearningWaitsForEnoughNewLettersAndKeepsTheLastIfItIsBetter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		c.past(t, 60)
		c.learns(t)
		c.clock.Add(time.Hour)
		if made, err := c.desk.Learn(ctx); err != nil || len(made) != 0 {
			t.Errorf("learned again from the same letters: %+v, %v", made, err)
		}
		// What comes now was routed at random: learning it makes nothing better.
		letters := make([]intake.Letter, 120)
		for i := range letters {
			letters[i] = intake.Letter{
				Line: i + 2, Source: "later", Number: fmt.Sprintf("L-%d", i), Channel: "mailbox", Kind: "complaint", Title: "停水",
				Body: fmt.Sprintf("第%d次停水，水压太低。", i), Department: []string{"市政工程处", "市水务集团"}[i/60], Status: intake.StatusAnswered,
				ReceivedAt: at("2025-12-01 09:00:00").Add(time.Duration(i) * time.Hour), RepliedAt: at("2026-01-05 09:00:00").Add(time.Duration(i) * time.Hour), Reply: "已办。",
			}
		}
		c.importing(t, letters...)
		c.clock.Add(time.Hour)
		made, err := c.desk.Learn(ctx)
		if err != nil || len(made) == 0 {
			t.Fatal(made, err)
		}
		m := made[0]
		if m.Version != 2 || m.Report.Newest != 60 || m.Report.Replaced != 1 || m.InUse != (m.Report.After >= m.Report.Before) {
			t.Errorf("%+v", m)
		}
		if m.InUse {
			t.Errorf("a model that learned what was wrong is in use: %+v", m.Report)
		}
		r := c.submit(t, noWater())
		if s := c.suggests(t, r.ID); s.ModelVersion != 1 {
			t.Errorf("version %d suggests, want the better one", s.ModelVersion)
		}
		all, err := c.desk.Models(ctx, cases.OfDepartment)
		if err != nil || len(all) != 2 || all[0].Version != 2 || !all[1].InUse {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// routesAbove makes the policy route by itself.
func (c *city) routesAbove(t *testing.T, percent int) {
	t.Helper()
	v := sla.DefaultPolicies()
	v.Default.RouteAbove = percent
	if _, err := c.desk.LoadPolicy(t.Context(), people.TheSystem(), v, "自动转办试行"); err != nil {
		t.Fatal(err)
	}
}

func TestALetterIsRoutedByItselfOnlyIfThePolicySaysSoAndNothingSpeaksAgainstIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		c.past(t, 60)
		c.learns(t)
		off := c.submit(t, noWater())
		if n, err := c.desk.SuggestNew(ctx); err != nil || n != 0 {
			t.Fatalf("%d were routed though no policy says so, %v", n, err)
		}
		c.routesAbove(t, 60)
		on := c.submit(t, noWater())
		accusing := noWater()
		accusing.Kind, accusing.Body = "complaint", "杏林小区停水，市水务集团的人态度恶劣，水压也不解决。"
		named := c.submit(t, accusing)
		secret := noWater()
		secret.Kind = "tipoff" // confidential from the start
		kept := c.submit(t, secret)
		vague := aLetter()
		vague.Title, vague.Body = "感谢", "谢谢市长。"
		unsure := c.submit(t, vague)
		if n, err := c.desk.SuggestNew(ctx); err != nil || n != 1 {
			t.Fatalf("%d were routed, %v", n, err)
		}
		for what, want := range map[cases.ID]int64{off.ID: 0, on.ID: c.water, named.ID: 0, kept.ID: 0, unsure.ID: 0} {
			if got := c.look(t, what); got.LeadID != want {
				t.Errorf("case %d is with %d, want %d", what, got.LeadID, want)
			}
		}
		v := c.look(t, on.ID)
		e := v.History[len(v.History)-1]
		if e.Verb != people.Route || e.Role != people.System || e.Detail["model"] != float64(1) || e.Detail["above"] != float64(60) {
			t.Errorf("the record says %+v", e)
		}
		if n, err := c.desk.SuggestNew(ctx); err != nil || n != 0 {
			t.Errorf("%d more with a second look, %v", n, err)
		}
		if err := c.desk.Verify(ctx, on.ID); err != nil {
			t.Error(err)
		}
		// Once the department has signed, the suggestion counts as right.
		if _, err := c.desk.Acknowledge(ctx, c.waterworks, on.ID, cases.AnyVersion); err != nil {
			t.Fatal(err)
		}
		if confirmed, right, err := c.desk.SuggestionRecord(ctx, migrations.At(at("2026-01-01 00:00:00"))); err != nil || confirmed != 1 || right != 1 {
			t.Errorf("%d of %d suggestions were right, %v", right, confirmed, err)
		}
	})
}

func TestThresholdsTellWhatRoutingByItselfWouldHaveMeant(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		none, err := c.desk.Thresholds(t.Context(), 80)
		if err != nil || none != nil {
			t.Errorf("%+v, %v before anything is learned", none, err)
		}
		c.past(t, 60)
		c.learns(t)
		rows, err := c.desk.Thresholds(t.Context(), 0, 60, 100)
		if err != nil || len(rows) != 3 {
			t.Fatal(rows, err)
		}
		if rows[0].Letters != 12 || rows[0].Routed != 12 || rows[1].Routed > rows[0].Routed || rows[2].Routed > rows[1].Routed || rows[0].Right > rows[0].Routed {
			t.Errorf("%+v", rows)
		}
	})
}
