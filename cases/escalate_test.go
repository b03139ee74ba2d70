package cases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// told is what left for whom, by kind: "carded supervisor" and when it may leave.
func (c *city) told(t *testing.T, kinds ...string) []string {
	t.Helper()
	var rows []struct {
		Kind, Login, Code string
		NextAt            int64
	}
	err := c.db.Read.NewRaw(`SELECT n.kind, COALESCE(a.login, '') AS login, COALESCE(d.code, '') AS code, n.next_at FROM notices n
		LEFT JOIN accounts a ON a.id = n.account_id LEFT JOIN departments d ON d.id = n.department_id ORDER BY n.id`).Scan(t.Context(), &rows)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range rows {
		if slices.Contains(kinds, row.Kind) {
			all = append(all, fmt.Sprintf("%s %s%s %s", row.Kind, row.Login, row.Code, unixLocal(row.NextAt)))
		}
	}
	slices.Sort(all)
	return all
}

func TestEscalationGoesByLevelOncePerRunAndNeverAtNight(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		for range 3 {
			c.routed(t)
		}
		kinds := []string{"overdue", "overdue_city", "carded"}
		for _, step := range []struct {
			now  string
			want []string
		}{
			{"2026-03-09 23:59:59", nil},
			// At midnight they are overdue; the mails wait for the morning. The department hears of its own clock,
			// the office and supervision of the writer's.
			{"2026-03-10 00:00:00", []string{
				"overdue SW 03-10 09:00", "overdue_city clerk 03-10 09:00", "overdue_city supervisor 03-10 09:00",
			}},
			{"2026-03-10 15:00:00", nil},
			// Yellow after one working day: the department, its leader, supervision.
			{"2026-03-11 00:00:00", []string{"carded SW 03-11 09:00", "carded supervisor 03-11 09:00", "carded water.lead 03-11 09:00"}},
			{"2026-03-16 12:00:00", nil},
			// Red after five: the office as well.
			{"2026-03-17 10:30:00", []string{
				"carded SW 03-17 10:30", "carded clerk 03-17 10:30", "carded supervisor 03-17 10:30", "carded water.lead 03-17 10:30",
			}},
			{"2026-04-17 10:30:00", nil},
		} {
			before := c.told(t, kinds...)
			c.clock.Set(step.now)
			c.elapse(t)
			c.elapse(t)
			got := c.told(t, kinds...)
			for _, b := range before {
				i := slices.Index(got, b)
				got = slices.Delete(got, i, i+1)
			}
			if diff := cmp.Diff(step.want, got); diff != "" && len(step.want)+len(got) > 0 {
				t.Errorf("%s (-want +got):\n%s", step.now, diff)
			}
		}
		if y, r := c.conduct(t, cases.YellowCard, c.water), c.conduct(t, cases.RedCard, c.water); y != 3 || r != 3 {
			t.Errorf("%d yellow and %d red cards, want 3 each", y, r)
		}
	})
}

func TestCardsComeLateButRightWhenNothingRanMeanwhile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		got := c.routed(t)
		c.clock.Set("2026-04-01 10:00:00")
		c.elapse(t)
		if n := c.events(t, got.ID, people.Card); n != 2 {
			t.Errorf("%d cards, want a yellow and a red one", n)
		}
		if n := c.events(t, got.ID, people.MarkOverdue); n != 1 {
			t.Errorf("%d overdue marks", n)
		}
		// Re-routed, the next department begins without cards; the one before keeps its own.
		got = must(t)(c.desk.Reassign(t.Context(), c.clerk, got.ID, cases.AnyVersion, c.roads, "改派"))
		if !got.YellowAt.IsZero() || c.conduct(t, cases.RedCard, c.water) != 1 || c.conduct(t, cases.RedCard, c.roads) != 0 {
			t.Error("a card went along with the case")
		}
		got = must(t)(c.desk.Reassign(t.Context(), c.clerk, got.ID, cases.AnyVersion, c.water, "改回"))
		c.clock.Set("2026-04-20 10:00:00")
		c.elapse(t)
		if n := c.conduct(t, cases.YellowCard, c.water); n != 1 {
			t.Errorf("the same department got %d yellow cards in one round", n)
		}
		if got.ID == 0 {
			t.Fatal()
		}
	})
}

func TestThePolicySaysWhoIsToldAndWhen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		v := sla.DefaultPolicies()
		v.Notices.AnyTime = true
		v.Default.TellOverdue = sla.ToSupervision
		v.Rules = append(v.Rules, sla.Rule{Kind: "consultation", Override: sla.Override{TellOverdue: new(sla.ToDepartment | sla.ToLeader)}})
		if _, err := c.desk.LoadPolicy(t.Context(), people.TheSystem(), v, "试行"); err != nil {
			t.Fatal(err)
		}
		c.clock.Set("2026-03-05 10:00:01")
		c.routed(t)
		l := aLetter()
		l.Kind = "consultation"
		r := c.submit(t, l)
		must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water))
		c.clock.Set("2026-03-10 00:00:00")
		c.elapse(t)
		want := []string{"overdue SW 03-10 00:00", "overdue water.lead 03-10 07:30", "overdue_city supervisor 03-10 07:30"} // people have quiet hours
		if diff := cmp.Diff(want, c.told(t, "overdue", "overdue_city")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// Each hears of the cases that concern them only.
		var texts []string
		if err := c.db.Read.NewRaw("SELECT subject FROM notices WHERE kind IN ('overdue', 'overdue_city')").Scan(t.Context(), &texts); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if !strings.Contains(text, "1件") {
				t.Errorf("%q is not about one case", text)
			}
		}
	})
}

func TestADigestRemindsOnTheMorningsOfThePolicy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.routed(t) // due on Monday the 9th
		for _, step := range []struct {
			now, section string
		}{
			{"2026-03-06 09:00:00", "下一个工作日到期"},
			{"2026-03-09 09:00:00", "今天到期"},
			{"2026-03-10 09:00:00", "已逾期"},
			{"2026-03-11 09:00:00", "黄牌"},
		} {
			c.clock.Set(step.now)
			c.elapse(t)
			if err := c.desk.WriteMailings(t.Context()); err != nil {
				t.Fatal(err)
			}
			var text string
			err := c.db.Read.NewRaw("SELECT body FROM notices WHERE kind = 'digest' AND department_id = ? ORDER BY id DESC LIMIT 1", c.water).Scan(t.Context(), &text)
			if err != nil || !strings.Contains(text, step.section) {
				t.Errorf("%s: %v, want the section %s in\n%s", step.now, err, step.section, text)
			}
		}
		if n := c.notices(t, "digest"); n < 4 || n > 6 { // the leader hears of cards
			t.Errorf("%d digests", n)
		}
	})
}

func TestAnAssistingDepartmentHasItsOwnTimeAndIsNamedWhenLate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water, c.roads))
		c.clock.Set("2026-03-10 09:30:00")
		c.elapse(t)
		c.elapse(t)
		if n := c.conduct(t, cases.AssistLate, c.roads); n != 1 {
			t.Errorf("named late %d times, want once", n)
		}
		want := []string{"assist_late SZ 03-10 09:30", "assist_late supervisor 03-10 09:30"}
		if diff := cmp.Diff(want, c.told(t, "assist_late")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if n := c.events(t, r.ID, people.NoteLate); n != 1 {
			t.Errorf("%d events", n)
		}
	})
}

func TestASupervisionOrderMustBeAnsweredByItsOwnTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		got := c.routed(t)
		_, err := c.desk.Order(ctx, c.clerk, got.ID, got.Version, 1, "请说明")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.Order(ctx, c.supervisor, got.ID, got.Version, -1, "请说明")
		wantCode(t, err, errs.CodeInvalid)
		got = ok(c.desk.Order(ctx, c.supervisor, got.ID, got.Version, 0, "请于一日内说明未签收的原因"))
		wantAt(t, "the order's due time", got.OrderDueAt.Time, "2026-03-06 23:59:59")
		_, err = c.desk.Order(ctx, c.supervisor, got.ID, got.Version, 1, "再说明")
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.Return(ctx, c.waterworks, got.ID, got.Version, "不归我们")
		wantCode(t, err, errs.CodeConflict) // no slipping out of an order
		c.clock.Set("2026-03-07 10:00:00")  // a Saturday: the mail waits for Monday
		c.elapse(t)
		c.elapse(t)
		if diff := cmp.Diff([]string{"order_late supervisor 03-09 09:00"}, c.told(t, "order_late")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err = c.desk.AnswerOrder(ctx, c.roadworks, got.ID, cases.AnyVersion, "不是我们")
		wantCode(t, err, errs.CodeForbidden)
		ok(c.desk.AnswerOrder(ctx, c.waterLead, got.ID, cases.AnyVersion, "已签收，正在检修。"))
		v := c.look(t, got.ID)
		if len(v.Orders) != 1 || v.Orders[0].Answer == "" || v.Orders[0].AnsweredAt.IsZero() {
			t.Errorf("%+v", v.Orders)
		}
		if c.conduct(t, cases.Ordered, c.water) != 1 {
			t.Error("the order is not counted")
		}
		wantAt(t, "the case's due time", v.DueAt.Time, dueOnMonday)
	})
}

func TestThePeriodsThatAreOverAreToldOnceThoughTheMorningWasMissed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.routed(t)
		for _, step := range []struct {
			now  string
			want int // notices so far: to one supervisor
		}{
			{"2026-03-31 10:00:00", 0}, // February and the last quarter had no letters: nothing to tell
			{"2026-04-01 08:59:59", 0},
			{"2026-04-02 11:00:00", 2}, // nobody ran on the 1st: March, and the first quarter
			{"2026-04-03 09:00:00", 2},
			{"2026-05-06 09:00:00", 3}, // the first working day of May
			{"2026-07-01 09:00:00", 7}, // May, of which nobody was told, June, the second quarter, the first half-year
			{"2026-07-02 09:00:00", 7},
			{"2026-12-31 10:00:00", 13}, // nobody ran since: July to November, and the third quarter
			{"2027-01-04 09:00:00", 17}, // December, the fourth quarter, the second half-year, the year
		} {
			c.clock.Set(step.now)
			for range 2 {
				if err := c.desk.WriteMailings(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if n := c.notices(t, "period_over"); n != step.want {
				t.Errorf("%s: told %d times, want %d", step.now, n, step.want)
			}
		}
	})
}
