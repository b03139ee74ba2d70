package cases_test

import (
	"fmt"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// manyWrite lets different people write about one matter.
func (c *city) manyWrite(t *testing.T, n int) (ids []cases.ID) {
	t.Helper()
	words := []string{"夜里搅拌站轰鸣，粉尘落满阳台", "搅拌站离小区太近，粉尘和噪声让人睡不着", "请查一查搅拌站夜间生产，噪声粉尘扰民", "搅拌站的粉尘噪声什么时候能治理"}
	for i := range n {
		l := aLetter()
		l.Kind, l.Title, l.Body = "complaint", "翠湖新城旁搅拌站噪声粉尘扰民", "翠湖新城"+words[i%len(words)]+"。"
		l.Writer = cases.Contact{Name: "住户", Phone: fmt.Sprintf("139 0000 %04d", i)}
		ids = append(ids, c.submit(t, l).ID)
		c.clock.Add(time.Hour)
	}
	return ids
}

func TestWhatManyWriteAboutIsFoundWithItsLetters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		ids := c.manyWrite(t, 5)
		other := c.submit(t, noWater())
		if n, err := c.desk.FindHotIssues(ctx); err != nil || n != 1 {
			t.Fatalf("%d issues, %v", n, err)
		}
		issues, found, err := c.desk.HotIssues(ctx, c.supervisor, 50)
		if err != nil || len(issues) != 1 || found.IsZero() {
			t.Fatal(issues, found, err)
		}
		i := issues[0]
		if i.ID != ids[0] || i.Letters != 5 || i.Writers != 5 || i.Trend != alike.New || i.Place != "翠湖新城" || i.Title != "翠湖新城旁搅拌站噪声粉尘扰民" ||
			i.Heat < 4.9 || i.Heat > 5 || i.Weeks[len(i.Weeks)-1] != 5 {
			t.Errorf("%+v", i)
		}
		got, items, err := c.desk.HotIssue(ctx, c.auditor, i.ID)
		if err != nil || got.ID != i.ID || len(items) != 5 || items[0].ID != ids[4] {
			t.Errorf("%+v, %d cases, %v", got, len(items), err)
		}
		// A link to any of its letters leads to it; one to another letter does not.
		if got, _, err := c.desk.HotIssue(ctx, c.clerk, ids[3]); err != nil || got.ID != i.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if _, _, err := c.desk.HotIssue(ctx, c.clerk, other.ID); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("a letter by itself: %v", err)
		}
		for _, a := range []people.Actor{c.waterworks, c.waterLead, people.TheWriter(int64(ids[0]), errs.ZH)} {
			if _, _, err := c.desk.HotIssues(ctx, a, 50); errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("%+v sees hot issues: %v", a.Grants, err)
			}
			if _, _, err := c.desk.HotIssue(ctx, a, i.ID); errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("%+v sees a hot issue: %v", a.Grants, err)
			}
		}
	})
}

// theHotIssue looks for hot issues, and is the only one there is.
func (c *city) theHotIssue(t *testing.T) cases.HotIssue {
	t.Helper()
	if _, err := c.desk.FindHotIssues(t.Context()); err != nil {
		t.Fatal(err)
	}
	issues, _, err := c.desk.HotIssues(t.Context(), c.clerk, 50)
	if err != nil || len(issues) != 1 {
		t.Fatal(issues, err)
	}
	return issues[0]
}

func TestHotIssuesAreFoundAnewAfterHalfAnHourAndCoolDown(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		ids := c.manyWrite(t, 4)
		find := func() cases.HotIssue { t.Helper(); return c.theHotIssue(t) }
		first := find()
		v := c.look(t, ids[3])
		if _, err := c.desk.Withdraw(ctx, people.TheWriter(int64(v.ID), errs.ZH), v.ID, "已解决"); err != nil {
			t.Fatal(err)
		}
		if again := find(); again.Letters != first.Letters {
			t.Errorf("looked again at once: %+v", again)
		}
		c.clock.Add(30 * 24 * time.Hour)
		later := find()
		if later.Letters != 3 || later.ID != first.ID || later.Trend != alike.Fading || later.Heat > 0.52*3 || later.Heat < 0.48*3 {
			t.Errorf("a month later, without the letter that was withdrawn: %+v", later)
		}
	})
}

// A link to an issue is sent around and must lead there while people write about it, however long that goes on.
func TestAHotIssueKeepsItsNameWhileLettersComeAndGrowOld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		find := func() cases.HotIssue { t.Helper(); return c.theHotIssue(t) }
		old := c.manyWrite(t, 3)
		first := find()
		c.clock.Add(100 * 24 * time.Hour)
		fresh := c.manyWrite(t, 4)
		if both := find(); both.ID != first.ID || both.ID != old[0] || both.Letters != 7 {
			t.Errorf("after a hundred days: %+v, want the name %d", both, first.ID)
		}
		c.clock.Add(90 * 24 * time.Hour) // the first three are older than half a year
		if later := find(); later.ID != first.ID || later.Letters != 4 {
			t.Errorf("after the first letters grew old: %+v, want the name %d", later, first.ID)
		}
		for _, id := range []cases.ID{first.ID, fresh[0], fresh[3]} {
			if got, items, err := c.desk.HotIssue(ctx, c.clerk, id); err != nil || got.ID != first.ID || len(items) != 4 {
				t.Errorf("%d leads to %+v with %d cases, %v", id, got, len(items), err)
			}
		}
	})
}
