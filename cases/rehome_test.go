package cases_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// present is the department that does the work of another after the merges of a walk.
func (c *city) present(department int64) int64 {
	for {
		next, ok := c.successors[department]
		if !ok {
			return department
		}
		department = next
	}
}

// mergeDepartment merges one of the walk's two departments into a new one, rarely. What they have in hand goes along.
func (w *walk) mergeDepartment(rt *rapid.T) {
	if w.merges++; w.merges > 2 || rapid.IntRange(0, 3).Draw(rt, "rarely") != 0 {
		return
	}
	before := map[cases.ID]*cases.View{}
	for _, id := range w.ids {
		before[id] = w.look(w.T, id)
	}
	n := len(w.successors) + 1
	into := w.department(w.T, fmt.Sprintf("M%d", n), fmt.Sprintf("第%d个承接单位", n))
	from := rapid.SampledFrom([]*int64{&w.water, &w.roads}).Draw(rt, "from")
	if err := w.desk.MergeDepartment(w.Context(), people.TheSystem(), *from, into, true); err != nil {
		rt.Fatal(err)
	}
	w.successors[*from] = into
	*w.signs = *w.signs && from != &w.roads // a new department says for itself whether it wants that
	if _, err := w.desk.Rehome(w.Context()); err != nil {
		rt.Fatal(err)
	}
	*from = into
	for _, who := range []*people.Actor{&w.waterworks, &w.waterLead, &w.roadworks, w.leader} {
		a, err := w.dir.Actor(w.Context(), who.Account)
		if err != nil {
			rt.Fatal(err)
		}
		*who = a
	}
	for id, m := range w.models {
		open := m.state.Open() && m.lead != 0
		if open {
			w.rehome(m)
		}
		// Nobody gains or loses a second by a merge.
		was, is := before[id], w.look(w.T, id)
		if !is.DepartmentDueAt.Equal(was.DepartmentDueAt.Time) || !is.RoutedAt.Equal(was.RoutedAt.Time) || !is.YellowAt.Equal(was.YellowAt.Time) ||
			!is.WaitingUntil.Equal(was.WaitingUntil.Time) || is.Extension != was.Extension && was.DueAt.After(w.now()) {
			rt.Fatalf("case %d: the merge moved %+v to %+v", id, was.Handling, is.Handling)
		}
	}
	w.touched = w.ids
}

// rehome is what the model knows of a case whose department has ended.
func (w *walk) rehome(m *model) {
	if m.orderTo == m.lead {
		m.orderTo = w.present(m.orderTo)
	}
	m.lead = w.present(m.lead)
	for i, assist := range m.assists {
		if !m.contributed[assist] && w.present(assist) != assist {
			m.assists[i] = w.present(assist)
			m.contributed[m.assists[i]] = false
		}
	}
}

func TestAMergedDepartmentsCasesGoOnWithItsSuccessorAsTheyStand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		var ids []cases.ID
		for range 5 {
			r := c.submit(t, aLetter())
			ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
			ids = append(ids, r.ID)
		}
		waiting, asked, ordered, replied, answered := ids[0], ids[1], ids[2], ids[3], ids[4]
		ok(c.desk.AskWriter(ctx, c.waterworks, waiting, cases.AnyVersion, "请补充户号"))
		ok(c.desk.AskExtension(ctx, c.waterworks, asked, cases.AnyVersion, 2, "等待配件"))
		ok(c.desk.Order(ctx, c.supervisor, ordered, cases.AnyVersion, 0, "请说明"))
		for _, id := range []cases.ID{replied, answered} {
			ok(c.desk.Reply(ctx, c.waterworks, id, cases.AnyVersion, "已清洗水箱，检测合格。"))
		}
		ok(c.desk.Answer(ctx, c.clerk, answered, cases.AnyVersion, ""))
		helped := c.submit(t, aLetter()).ID
		ok(c.desk.Route(ctx, c.clerk, helped, cases.AnyVersion, c.roads, c.water))
		led := c.submit(t, aLetter()).ID // the successor's own, in which the merged one assists
		joint := c.department(t, "LH", "市城市运行服务中心")
		ok(c.desk.Route(ctx, c.clerk, led, cases.AnyVersion, joint, c.water))
		before := map[cases.ID]*cases.View{}
		for _, id := range append(ids, helped, led) {
			before[id] = c.look(t, id)
		}
		c.clock.Add(3 * time.Hour)

		for _, who := range []people.Actor{c.clerk, c.supervisor, c.waterLead} {
			if err := c.desk.MergeDepartment(ctx, who, c.water, joint, true); errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("%s may merge departments: %v", who.Name, err)
			}
		}
		e, err := c.desk.EndingOf(ctx, people.TheSystem(), c.water)
		if err != nil || e.Leads != 4 || e.Assists != 2 || len(e.People) != 2 {
			t.Errorf("the preview: %+v, %v", e, err)
		}
		if err := c.desk.MergeDepartment(ctx, people.TheSystem(), c.water, joint, true); err != nil {
			t.Fatal(err)
		}
		if n, err := c.desk.Rehome(ctx); err != nil || n != 0 {
			t.Errorf("%d cases were left behind, %v", n, err)
		}
		successors, err := c.dir.Actor(ctx, c.waterworks.Account)
		if err != nil || !successors.WorksFor(joint) || !successors.WorksFor(c.water) {
			t.Fatalf("the people: %+v, %v", successors, err)
		}
		for _, id := range ids {
			was, is := before[id], c.look(t, id)
			want := joint
			if id == answered {
				want = c.water
			}
			if is.LeadID != want {
				t.Errorf("case %d is with %d", id, is.LeadID)
			}
			was.LeadID = is.LeadID
			if diff := cmp.Diff(was.Handling, is.Handling); diff != "" || !was.SignDueAt.Equal(is.SignDueAt.Time) {
				t.Errorf("case %d moved (-before +after): %s", id, diff)
			}
			if err := c.desk.Verify(ctx, id); err != nil {
				t.Error(err)
			}
		}
		// What the predecessor began goes on: the wait ends with the writer, the order is answered, the request decided.
		ok(c.desk.AddMaterial(ctx, people.TheWriter(int64(waiting), errs.ZH), waiting, "户号 1234"))
		ok(c.desk.AnswerOrder(ctx, successors, ordered, cases.AnyVersion, "已安排"))
		ok(c.desk.GrantExtension(ctx, c.supervisor, asked, cases.AnyVersion, 1, "同意"))
		got := ok(c.desk.Answer(ctx, c.clerk, replied, cases.AnyVersion, ""))
		if got.AnsweredByID != c.water {
			t.Errorf("the answer is counted to %d", got.AnsweredByID)
		}
		ok(c.desk.Contribute(ctx, successors, helped, cases.AnyVersion, "协办意见"))
		if v := c.look(t, led); len(v.Assists) != 0 {
			t.Errorf("the lead assists itself: %+v", v.Assists)
		}
		// An answer of before that is voided goes to the successor at once, and its clock resumes from the due time it had.
		was := c.look(t, answered)
		got = ok(c.desk.Void(ctx, c.supervisor, answered, cases.AnyVersion, "答非所问"))
		if got.LeadID != joint || got.State != cases.Acknowledged || !got.DueAt.Equal(was.DueAt.Time) || !got.DepartmentDueAt.Equal(was.DepartmentDueAt.Time) || !got.AnsweredAt.IsZero() {
			t.Errorf("voided: %+v", got)
		}
		if counts := c.conductByKind(t); counts["reassigned"] != 0 || counts["returned"] != 0 {
			t.Errorf("a merge is counted as conduct: %v", slices.Collect(maps.Keys(counts)))
		}
	})
}

func TestADissolvedDepartmentMustSayWhereItsCasesGo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		open, owed := c.submit(t, aLetter()).ID, c.submit(t, aLetter()).ID
		ok(c.desk.Route(ctx, c.clerk, open, cases.AnyVersion, c.water))
		ok(c.desk.Route(ctx, c.clerk, owed, cases.AnyVersion, c.roads, c.water))
		due := c.look(t, open).DueAt
		if err := c.desk.DissolveDepartment(ctx, people.TheSystem(), c.water, false); errs.CodeOf(err) != errs.CodeConflict {
			t.Fatalf("dissolved with an open case: %v", err)
		}
		if err := c.desk.DissolveDepartment(ctx, people.TheSystem(), c.water, true); err != nil {
			t.Fatal(err)
		}
		v := c.look(t, open)
		if v.State != cases.Screened || v.LeadID != 0 || !v.DueAt.Equal(due.Time) {
			t.Errorf("%s at %d, due %s", v.State, v.LeadID, v.DueAt)
		}
		if v := c.look(t, owed); len(v.Assists) != 0 {
			t.Errorf("still owed: %+v", v.Assists)
		}
		items, _, err := c.desk.List(ctx, c.clerk, cases.Query{Pile: cases.PileScreening})
		if err != nil || len(items) != 1 || !items[0].Returned {
			t.Errorf("the office's list: %+v, %v", items, err)
		}
		if err := c.desk.DissolveDepartment(ctx, people.TheSystem(), c.water, true); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("dissolved twice: %v", err)
		}
		if n := c.conductByKind(t)["returned"]; n != 0 {
			t.Error("taking back is counted as conduct")
		}
	})
}

func TestAMergeNeverBringsACaseToWhomItComplainsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		led, helped := c.submit(t, aLetter()).ID, c.submit(t, aLetter()).ID
		third := c.department(t, "YL", "市园林绿化中心")
		for _, id := range []cases.ID{led, helped} {
			ok(c.desk.Accuse(ctx, c.supervisor, id, cases.AnyVersion, c.roads))
		}
		ok(c.desk.Route(ctx, c.clerk, led, cases.AnyVersion, c.water))
		ok(c.desk.Route(ctx, c.clerk, helped, cases.AnyVersion, third, c.water))
		if err := c.desk.MergeDepartment(ctx, people.TheSystem(), c.water, c.roads, true); err != nil {
			t.Fatal(err)
		}
		if v := c.look(t, led); v.State != cases.Screened || v.LeadID != 0 {
			t.Errorf("the case is %s with %d", v.State, v.LeadID)
		}
		if v := c.look(t, helped); len(v.Assists) != 0 {
			t.Errorf("whom the letter complains about assists: %+v", v.Assists)
		}
	})
}

// conductByKind counts all conduct.
func (c *city) conductByKind(t *testing.T) map[string]int {
	t.Helper()
	var rows []struct {
		Kind string
		N    int
	}
	if err := c.db.Read.NewRaw("SELECT kind, count(*) AS n FROM conduct GROUP BY kind").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, row := range rows {
		counts[row.Kind] = row.N
	}
	return counts
}
