package cases_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestRoutingRulesAreKeptAsVersions(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		first, err := c.desk.RoutingRules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first.Version != 1 || !first.BuiltIn() || first.Rules.String() != routing.StartingRules().String() {
			t.Errorf("a city begins with version %d:\n%s", first.Version, first.Rules)
		}
		c.clock.Set("2026-03-06 09:30:00")
		second, err := c.desk.SetRoutingRules(t.Context(), c.clerk, "# 供水\r\n停水，水压低→SW ！\n", 1, " 热线上周核定 ")
		if err != nil {
			t.Fatal(err)
		}
		type seen struct {
			Version          int64
			Text, By, Reason string
			At               int64
		}
		what := func(r cases.RoutingRules) seen {
			return seen{r.Version, r.Rules.String(), r.By, r.Reason, r.CreatedAt.Unix()}
		}
		want := seen{2, "# 供水\n停水 | 水压低 -> SW !\n", "测试 clerk", "热线上周核定", at("2026-03-06 09:30:00").Unix()}
		if diff := cmp.Diff(want, what(second)); diff != "" {
			t.Errorf("what was saved:\n%s", diff)
		}
		acting, err := c.anotherDesk(t).RoutingRules(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, what(acting)); diff != "" {
			t.Errorf("what another process reads:\n%s", diff)
		}
		history, err := c.desk.RoutingRulesHistory(t.Context(), 0, 10)
		if err != nil || len(history) != 2 || history[0].Version != 2 || history[1].Version != 1 {
			t.Errorf("the versions: %+v, %v", history, err)
		}
		if older, err := c.desk.RoutingRulesHistory(t.Context(), 2, 10); err != nil || len(older) != 1 {
			t.Errorf("the versions before: %+v, %v", older, err)
		}
		if _, err := c.desk.RoutingRulesOf(t.Context(), 3); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("a version that is not there: %v", err)
		}
	})
}

func TestRoutingRulesThatCannotBeSavedChangeNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		administrator := c.account(t, "keeper", people.Grant{Role: people.Administrator})
		if _, err := c.desk.SetRoutingRules(t.Context(), administrator, "停水 -> SW", 1, "先写一条"); err != nil {
			t.Fatal(err)
		}
		for _, try := range []struct {
			name, text, reason string
			actor              people.Actor
			seen               int64
			code               errs.Code
		}{
			{"by a department", "停电 -> SW", "理由", c.waterworks, 2, errs.CodeForbidden},
			{"by supervision", "停电 -> SW", "理由", c.supervisor, 2, errs.CodeForbidden},
			{"without an arrow", "停电 SW", "理由", c.clerk, 2, errs.CodeInvalid},
			{"without a reason", "停电 -> SW", " ", c.clerk, 2, errs.CodeInvalid},
			{"after somebody else", "停电 -> SW", "理由", c.clerk, 1, errs.CodeConflict},
			{"before anybody", "停电 -> SW", "理由", c.clerk, 3, errs.CodeConflict},
			{"without a change", "停水→SW", "理由", c.clerk, 2, errs.CodeConflict},
		} {
			if _, err := c.desk.SetRoutingRules(t.Context(), try.actor, try.text, try.seen, try.reason); errs.CodeOf(err) != try.code {
				t.Errorf("%s: %v", try.name, err)
			}
		}
		if now, err := c.desk.RoutingRules(t.Context()); err != nil || now.Version != 2 || now.Rules.String() != "停水 -> SW\n" {
			t.Errorf("it has become version %d, %v:\n%s", now.Version, err, now.Rules)
		}
	})
}

func TestOfTwoWhoSaveRoutingRulesAtOnceOneIsToldSo(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		other := c.anotherDesk(t)
		wrong := make([]error, 2)
		var both sync.WaitGroup
		for i, desk := range []*cases.Desk{c.desk, other} {
			both.Go(func() {
				_, wrong[i] = desk.SetRoutingRules(t.Context(), c.clerk, []string{"停水 -> SW", "停电 -> SW"}[i], 1, "理由")
			})
		}
		both.Wait()
		if (wrong[0] == nil) == (wrong[1] == nil) {
			t.Fatalf("%v and %v", wrong[0], wrong[1])
		}
		for _, err := range wrong {
			if err != nil && errs.CodeOf(err) != errs.CodeConflict {
				t.Error(err)
			}
		}
		if history, err := c.desk.RoutingRulesHistory(t.Context(), 0, 10); err != nil || len(history) != 2 {
			t.Errorf("%d versions, %v", len(history), err)
		}
	})
}
