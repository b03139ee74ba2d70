package cases_test

import (
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
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
		list := func(every int) []cases.FollowUp {
			t.Helper()
			list, total, err := c.desk.FollowUps(ctx, c.supervisor, every, 50, 0)
			if err != nil || total != len(list) {
				t.Fatal(total, list, err)
			}
			return list
		}
		if all := list(1); len(all) != 1 || all[0].ID != id || all[0].Department != "市水务集团" || all[0].ClaimedBy != 0 {
			t.Fatalf("to call: %+v", all)
		}
		if n := len(list(100)); n != 0 {
			t.Errorf("every hundredth: %d", n)
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
			if all := list(1); len(all) != 1 || all[0].ClaimedBy != c.clerk.Account || all[0].Tries != try {
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
			if len(list(1)) != 0 {
				t.Fatal("tried again at once")
			}
			c.clock.Add(24 * time.Hour)
		}
		if len(list(1)) != 0 {
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
		if list, n, err := c.desk.FollowUps(ctx, c.clerk, 1, 50, 0); err != nil || n != 0 || len(list) != 0 {
			t.Errorf("%d to call, %v", n, err)
		}
		if v := c.look(t, rated); v.RatingSource != "telephone" {
			t.Errorf("the source is %q", v.RatingSource)
		}
	})
}
