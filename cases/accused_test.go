package cases_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestALetterGoesToWhomItComplainsAboutOnlyWhenASecondPersonAgrees(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		other := c.account(t, "clerk2", people.Grant{Role: people.Clerk})
		id := c.submit(t, aLetter()).ID
		ok(c.desk.Accuse(ctx, c.clerk, id, cases.AnyVersion, c.water))
		refused := func(what string, err error) {
			t.Helper()
			if errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		route := func(a people.Actor, lead int64, assists ...int64) error {
			return second(c.desk.Route(ctx, a, id, cases.AnyVersion, lead, assists...))
		}
		refused("routed", route(c.clerk, c.water))
		refused("routed by another", route(other, c.water))
		refused("assists from the start", route(c.clerk, c.roads, c.water))
		refused("an exception for another", second(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.roads, "理由")))
		refused("an exception without a reason", second(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.water, "")))
		ok(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.water, "只有该单位掌握情况"))
		refused("asked for, not decided", route(other, c.water))
		_, err := c.desk.AskException(ctx, other, id, cases.AnyVersion, c.water, "再问一次")
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.GrantException(ctx, c.clerk, id, cases.AnyVersion, c.water, "")
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.RefuseException(ctx, c.clerk, id, cases.AnyVersion, c.water, "不行")
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.GrantException(ctx, c.auditor, id, cases.AnyVersion, c.water, "")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.GrantException(ctx, people.TheSystem(), id, cases.AnyVersion, c.water, "")
		wantCode(t, err, errs.CodeForbidden)
		for a, want := range map[*people.Actor]int{&c.clerk: 1, &c.supervisor: 1} {
			if _, n, err := c.desk.List(ctx, *a, cases.Query{Pile: cases.PileExceptions}); err != nil || n != want {
				t.Errorf("%d wait for a second person, %v", n, err)
			}
		}
		ok(c.desk.RefuseException(ctx, c.supervisor, id, cases.AnyVersion, c.water, "由市政工程处核实"))
		refused("refused", route(c.clerk, c.water))
		ok(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.water, "市政工程处无法核实"))
		ok(c.desk.GrantException(ctx, other, id, cases.AnyVersion, c.water, ""))
		ok(c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water))

		v := c.look(t, id)
		if len(v.Accused) != 1 || len(v.Exceptions) != 2 || !v.Exceptions[1].Granted || v.Exceptions[1].AskedBy != "测试 clerk" || v.Exceptions[1].DecidedBy != "测试 clerk2" {
			t.Errorf("%+v, %+v", v.Accused, v.Exceptions)
		}
		theirs, err := c.desk.Look(ctx, c.waterworks, id)
		if err != nil || len(theirs.Accused)+len(theirs.Exceptions) > 0 || theirs.History[1].Text != "" || len(theirs.History[1].Detail) > 0 {
			t.Errorf("the department reads %+v, %v", theirs, err)
		}
		if err := c.desk.Verify(ctx, id); err != nil {
			t.Error(err)
		}
		// The database holds it as well.
		err = c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE exceptions SET decided_by_id = asked_by_id WHERE granted")
			return err
		})
		if err == nil {
			t.Error("the database lets one person do both")
		}
	})
}

// TestEveryWayToADepartmentIsGuarded: leads, assists, takes over, gets a rework; also who follows the accused one.
func TestEveryWayToADepartmentIsGuarded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		old := c.department(t, "OLD", "原自来水公司")
		third := c.department(t, "YL", "市园林绿化中心")
		if err := c.dir.MergeDepartment(ctx, old, c.water, false); err != nil {
			t.Fatal(err)
		}
		id := c.submit(t, aLetter()).ID
		ok(c.desk.Accuse(ctx, c.supervisor, id, cases.AnyVersion, old))
		if v := c.look(t, id); len(v.Accused) != 2 || v.Accused[0].Follows == v.Accused[1].Follows {
			t.Errorf("%+v", v.Accused)
		}
		_, err := c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water)
		wantCode(t, err, errs.CodeInvalid)
		ok(c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.roads))
		_, err = c.desk.AskAssist(ctx, c.clerk, id, cases.AnyVersion, third, c.water)
		wantCode(t, err, errs.CodeInvalid)
		_, err = c.desk.Reassign(ctx, c.supervisor, id, cases.AnyVersion, c.water, "改派")
		wantCode(t, err, errs.CodeInvalid)
		if v := c.look(t, id); len(v.Assists) != 0 || v.LeadID != c.roads {
			t.Errorf("half of it was done: %+v, %d", v.Assists, v.LeadID)
		}
		ok(c.desk.Reply(ctx, c.roadworks, id, cases.AnyVersion, "经核实，已要求整改。"))
		ok(c.desk.Answer(ctx, c.clerk, id, cases.AnyVersion, ""))
		writer := people.TheWriter(int64(id), errs.ZH)
		ok(c.desk.Rate(ctx, writer, id, cases.Rating{Grade: 1}))
		ok(c.desk.AskRework(ctx, writer, id, "没有解决"))
		_, err = c.desk.GrantRework(ctx, c.clerk, id, cases.AnyVersion, c.water, "重办")
		wantCode(t, err, errs.CodeInvalid)
		// An agreement is for the department that it names, and for those that may give it away only.
		ok(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.water, "只有它能办"))
		ok(c.desk.GrantException(ctx, c.supervisor, id, cases.AnyVersion, c.water, ""))
		ok(c.desk.GrantRework(ctx, c.clerk, id, cases.AnyVersion, c.water, "重办"))
	})
}

// TestMergingGivesNoLetterToWhomItComplainsAbout: an answer to the earlier case is one to its writer as well.
func TestMergingGivesNoLetterToWhomItComplainsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		theirs, open := c.submit(t, aLetter()).ID, c.submit(t, aLetter()).ID
		ok(c.desk.Route(ctx, c.clerk, theirs, cases.AnyVersion, c.water))
		id, next := c.submit(t, aLetter()).ID, c.submit(t, aLetter()).ID
		for _, letter := range []cases.ID{id, next} {
			ok(c.desk.Accuse(ctx, c.clerk, letter, cases.AnyVersion, c.water))
			_, err := c.desk.Merge(ctx, c.clerk, letter, cases.AnyVersion, theirs)
			if wantCode(t, err, errs.CodeInvalid); errs.FieldOf(err) != "into" || !strings.Contains(errs.Message(err, errs.ZH), "市水务集团") {
				t.Errorf("%v", err)
			}
		}
		// Into a case that nobody has: what was marked goes along, and holds there.
		ok(c.desk.Merge(ctx, c.clerk, id, cases.AnyVersion, open))
		if v := c.look(t, open); len(v.Accused) != 1 || v.Accused[0].DepartmentID != c.water {
			t.Errorf("marked there is %+v", v.Accused)
		}
		_, err := c.desk.Route(ctx, c.clerk, open, cases.AnyVersion, c.water)
		wantCode(t, err, errs.CodeInvalid)
		_, err = c.desk.Merge(ctx, c.clerk, open, cases.AnyVersion, theirs)
		wantCode(t, err, errs.CodeInvalid)
		// A second person may agree, as with routing.
		ok(c.desk.AskException(ctx, c.clerk, next, cases.AnyVersion, c.water, "同一件事，只有它能办"))
		ok(c.desk.GrantException(ctx, c.supervisor, next, cases.AnyVersion, c.water, ""))
		ok(c.desk.Merge(ctx, c.clerk, next, cases.AnyVersion, theirs))
	})
}

func TestNothingRoutesByItselfToWhomTheLetterComplainsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.past(t, 60)
		c.learns(t)
		c.routesAbove(t, 60)
		old := c.department(t, "OLD", "原自来水公司")
		if err := c.dir.MergeDepartment(ctx, old, c.water, false); err != nil {
			t.Fatal(err)
		}
		free, marked, follows, agreed := c.submit(t, noWater()).ID, c.submit(t, noWater()).ID, c.submit(t, noWater()).ID, c.submit(t, noWater()).ID
		ok(c.desk.Accuse(ctx, c.clerk, marked, cases.AnyVersion, c.water))
		ok(c.desk.Accuse(ctx, c.clerk, follows, cases.AnyVersion, old))
		ok(c.desk.Accuse(ctx, c.clerk, agreed, cases.AnyVersion, c.water))
		ok(c.desk.AskException(ctx, c.clerk, agreed, cases.AnyVersion, c.water, "只有它能办"))
		ok(c.desk.GrantException(ctx, c.supervisor, agreed, cases.AnyVersion, c.water, ""))
		if n, err := c.desk.SuggestNew(ctx); err != nil || n != 1 {
			t.Errorf("%d were routed, %v", n, err)
		}
		for id, want := range map[cases.ID]int64{free: c.water, marked: 0, follows: 0, agreed: 0} {
			if got := c.look(t, id).LeadID; got != want {
				t.Errorf("case %d is with %d, want %d", id, got, want)
			}
		}
		_, err := c.desk.Route(ctx, people.TheSystem(), agreed, cases.AnyVersion, c.water)
		wantCode(t, err, errs.CodeInvalid)
		s, err := c.desk.Suggest(ctx, c.clerk, marked)
		if err != nil || len(s.Departments) == 0 || s.Departments[0].Department != c.water || !s.Departments[0].Accused {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
