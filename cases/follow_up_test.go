package cases_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

func TestAWriterIsRungByOnePersonAtATimeAndThreeTimesAtMost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		id := c.answered(t).ID
		mailed := aLetter()
		mailed.Writer.Phone = ""
		byMail := c.submit(t, mailed).ID
		must(t)(c.desk.Route(ctx, c.clerk, byMail, cases.AnyVersion, c.water))
		must(t)(c.desk.Reply(ctx, c.waterworks, byMail, cases.AnyVersion, "已清洗。"))
		must(t)(c.desk.Answer(ctx, c.clerk, byMail, cases.AnyVersion, ""))
		list := func() []cases.FollowUp {
			t.Helper()
			list, total, err := c.desk.FollowUps(ctx, c.supervisor, 50, 0)
			if err != nil || total != len(list) {
				t.Fatal(total, list, err)
			}
			return list
		}
		if all := list(); len(all) != 1 || all[0].ID != id || all[0].Department != "市水务集团" || all[0].ClaimedBy != 0 {
			t.Fatalf("to call: %+v", all)
		}
		claim := func(a people.Actor, want errs.Code) {
			t.Helper()
			if err := c.desk.ClaimFollowUp(ctx, a, id); errs.CodeOf(err) != want && (err != nil || want != "") {
				t.Fatalf("%s claims: %v", a.Name, err)
			}
		}
		end := func(a people.Actor, outcome cases.FollowUpOutcome, want errs.Code) {
			t.Helper()
			if err := c.desk.EndFollowUp(ctx, a, id, outcome); errs.CodeOf(err) != want && (err != nil || want != "") {
				t.Fatalf("%s ends: %v", a.Name, err)
			}
		}
		claim(c.waterworks, errs.CodeForbidden)
		both := c.account(t, "both", people.Grant{Role: people.Clerk}, people.Grant{Role: people.Handler, Department: c.water})
		claim(both, errs.CodeForbidden) // a clerk, but the department's own
		end(c.clerk, cases.FollowUpNotReached, errs.CodeConflict)
		for try := range 3 {
			claim(c.clerk, "")
			claim(c.clerk, "")
			claim(c.supervisor, errs.CodeConflict)
			if all := list(); len(all) != 1 || all[0].ClaimedBy != c.clerk.Account || all[0].Tries != try {
				t.Fatalf("claimed: %+v", all)
			}
			end(c.supervisor, cases.FollowUpNotReached, errs.CodeConflict)
			if try == 1 { // the first caller forgot it
				c.clock.Add(31 * time.Minute)
				claim(c.supervisor, "")
				end(c.clerk, cases.FollowUpNotReached, errs.CodeConflict)
				end(c.supervisor, cases.FollowUpNotReached, "")
			} else {
				end(c.clerk, cases.FollowUpNotReached, "")
			}
			if len(list()) != 0 {
				t.Fatal("tried again at once")
			}
			c.clock.Add(24 * time.Hour)
		}
		if len(list()) != 0 {
			t.Error("a fourth call")
		}
		claim(c.clerk, errs.CodeConflict)
	})
}

func TestWhoRefusesOrRatesIsNotRungAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		refused, rated := c.answered(t).ID, c.answered(t).ID
		for _, id := range []cases.ID{refused, rated} {
			if err := c.desk.ClaimFollowUp(ctx, c.clerk, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.desk.EndFollowUp(ctx, c.clerk, refused, cases.FollowUpRefused); err != nil {
			t.Fatal(err)
		}
		must(t)(c.desk.RecordRating(ctx, c.clerk, rated, cases.AnyVersion, cases.Rating{Grade: cases.Satisfied, Words: "谢谢"}))
		if err := c.desk.EndFollowUp(ctx, c.clerk, rated, cases.FollowUpRated); err != nil {
			t.Fatal(err)
		}
		c.clock.Add(48 * time.Hour)
		if list, n, err := c.desk.FollowUps(ctx, c.clerk, 50, 0); err != nil || n != 0 || len(list) != 0 {
			t.Errorf("%d to call, %v", n, err)
		}
		if v := c.look(t, rated); v.RatingSource != "telephone" {
			t.Errorf("the source is %q", v.RatingSource)
		}
	})
}

// callPolicy has the city call by another policy from now on.
func (c *city) callPolicy(t *testing.T, change func(*sla.Policy)) {
	t.Helper()
	v := sla.DefaultPolicies()
	change(&v.Default)
	if _, err := c.desk.LoadPolicy(t.Context(), people.TheSystem(), v, "回访试行"); err != nil {
		t.Fatal(err)
	}
}

// toCall are the cases on the list of calls, which is as long as the board says, and as its pile.
func (c *city) toCall(t *testing.T) []cases.ID {
	t.Helper()
	list, total, err := c.desk.FollowUps(t.Context(), c.supervisor, 200, 0)
	if err != nil {
		t.Fatal(err)
	}
	board, err := c.desk.Today(t.Context(), c.supervisor)
	if err != nil {
		t.Fatal(err)
	}
	_, pile, err := c.desk.List(t.Context(), c.clerk, cases.Query{Pile: cases.PileCalls})
	if err != nil || total != len(list) || board.Piles[cases.PileCalls] != total || pile != total {
		t.Fatalf("the list has %d of %d, the board says %d, the pile holds %d, %v", len(list), total, board.Piles[cases.PileCalls], pile, err)
	}
	ids := []cases.ID{}
	for i := range list {
		ids = append(ids, list[i].ID)
	}
	return ids
}

func TestTheDrawForCallsIsTheSameForEver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		answerAll := func(n int) (all []cases.ID) {
			for range n {
				all = append(all, c.answered(t).ID)
				c.clock.Add(time.Second)
			}
			return all
		}
		c.callPolicy(t, func(p *sla.Policy) { p.CallShare = 50 })
		all := answerAll(24)
		drawn := c.toCall(t)
		if len(drawn) == 0 || len(drawn) == len(all) {
			t.Fatalf("half of 24 are %d", len(drawn))
		}
		if !slices.IsSorted(drawn) {
			t.Errorf("not the longest answered first: %v", drawn)
		}
		for _, id := range all { // answering again draws nobody else
			ok(c.desk.Void(ctx, c.supervisor, id, cases.AnyVersion, "答复有误"))
		}
		if again := c.toCall(t); len(again) != 0 {
			t.Errorf("to call about answers that are voided: %v", again)
		}
		another := c.anotherDesk(t)
		for _, id := range all {
			ok(another.Reply(ctx, c.waterworks, id, cases.AnyVersion, "经复核，水箱已再次清洗。"))
			ok(another.Answer(ctx, c.clerk, id, cases.AnyVersion, ""))
			c.clock.Add(time.Second)
		}
		if diff := cmp.Diff(drawn, c.toCall(t)); diff != "" {
			t.Errorf("another draw (-first +second):\n%s", diff)
		}
		c.clock.Add(11 * 24 * time.Hour)
		if left := c.toCall(t); len(left) != 0 {
			t.Errorf("after the time for it: %v", left)
		}
		c.callPolicy(t, func(p *sla.Policy) { p.CallShare = 0 })
		answerAll(5)
		if left := c.toCall(t); len(left) != 0 {
			t.Errorf("none, and yet: %v", left)
		}
	})
}

func TestWhoIsNotContentIsCalledAndWhoIsContentIsNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		rate := func(id cases.ID, grade int64, resolved *bool) {
			t.Helper()
			ok(c.desk.Rate(ctx, people.TheWriter(int64(id), errs.ZH), id, cases.Rating{Grade: grade, Resolved: resolved}))
		}
		is := func(when string, want ...cases.ID) {
			t.Helper()
			if diff := cmp.Diff(append([]cases.ID{}, want...), c.toCall(t)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		drawn := c.answered(t).ID
		is("drawn", drawn)
		rate(drawn, cases.Satisfied, nil)
		is("content")

		c.callPolicy(t, func(p *sla.Policy) { p.CallShare = 0; p.CallWithinDays = 20 })
		bad, unresolved, content := c.answered(t).ID, c.answered(t).ID, c.answered(t).ID
		mailed := aLetter()
		mailed.Writer.Phone = ""
		byMail := c.submit(t, mailed).ID
		ok(c.desk.Route(ctx, c.clerk, byMail, cases.AnyVersion, c.water))
		ok(c.desk.Reply(ctx, c.waterworks, byMail, cases.AnyVersion, "已清洗。"))
		ok(c.desk.Answer(ctx, c.clerk, byMail, cases.AnyVersion, ""))
		is("nobody is drawn")
		rate(bad, cases.VeryDissatisfied, nil)
		rate(unresolved, cases.Satisfied, new(false))
		rate(content, cases.BasicallySatisfied, new(true))
		rate(byMail, cases.Dissatisfied, nil)
		is("not content", bad, unresolved)
		rate(unresolved, cases.Satisfied, new(true))
		is("thought better of it", bad)
		list, _, err := c.desk.FollowUps(ctx, c.clerk, 50, 0)
		if err != nil || len(list) != 1 || list[0].Grade != cases.VeryDissatisfied || !list[0].Until.Equal(at("2026-03-25 23:59:59")) {
			t.Errorf("the call: %+v, %v", list, err)
		}
		ok(c.desk.Close(ctx, c.clerk, bad, cases.AnyVersion))
		is("closed", bad)
		if err := c.desk.ClaimFollowUp(ctx, c.clerk, bad); err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.ShowContact(ctx, c.clerk, bad, "电话回访"); err != nil {
			t.Errorf("the number of a closed case to call about: %v", err)
		}
		ok(c.desk.RecordRating(ctx, c.clerk, bad, cases.AnyVersion, cases.Rating{Grade: cases.Dissatisfied, Words: "水还是黄的"}))
		if err := c.desk.EndFollowUp(ctx, c.clerk, bad, cases.FollowUpRated); err != nil {
			t.Fatal(err)
		}
		is("called")
		if _, err := c.desk.ShowContact(ctx, c.clerk, bad, "电话回访"); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("the number after the call: %v", err)
		}
		rate(bad, cases.VeryDissatisfied, nil)
		is("called already")

		c.callPolicy(t, func(p *sla.Policy) { p.CallShare = 0; p.CallDissatisfied = false })
		rate(c.answered(t).ID, cases.VeryDissatisfied, nil)
		is("the policy calls nobody")
	})
}
