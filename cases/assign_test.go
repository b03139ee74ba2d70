package cases_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestACaseIsHandedToAColleagueOfTheLeadOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water, c.roads))
		_, err := c.desk.Assign(ctx, c.waterLead, r.ID, got.Version, c.roadworks.Account)
		if wantCode(t, err, errs.CodeInvalid); errs.FieldOf(err) != "holder" {
			t.Error(err)
		}
		for _, a := range []people.Actor{c.roadworks, c.clerk, c.supervisor} {
			_, err := c.desk.Assign(ctx, a, r.ID, got.Version, c.waterworks.Account)
			wantCode(t, err, errs.CodeForbidden)
		}
		got = ok(c.desk.Assign(ctx, c.waterLead, r.ID, got.Version, c.waterworks.Account))
		if same := ok(c.desk.Assign(ctx, c.waterLead, r.ID, got.Version, c.waterworks.Account)); same.Version != got.Version {
			t.Error("handing the case to who has it is an event")
		}
		_, err = c.desk.Assign(ctx, c.waterLead, r.ID, got.Version-1, 0)
		wantCode(t, err, errs.CodeConflict)
		v := c.look(t, r.ID)
		if v.Holder != c.waterworks.Name || v.State != cases.Routed || !v.AcknowledgedAt.IsZero() {
			t.Errorf("%q has it, %s", v.Holder, v.State)
		}
		if last := v.History[len(v.History)-1]; last.Verb != people.Assign || last.Holder != c.waterworks.Name {
			t.Errorf("the record says %+v", last)
		}
		// Who has it is told, and from now on beside the department; the one who takes a case is not told of it.
		ok(c.desk.Instruct(ctx, c.clerk, r.ID, cases.AnyVersion, "王市长", "请从速办理"))
		want := []string{"assigned water 03-05 10:00", "instructed SW 03-05 10:00", "instructed water 03-05 10:00"}
		if told := c.told(t, "assigned", "instructed"); !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		got = ok(c.desk.Assign(ctx, c.waterLead, r.ID, cases.AnyVersion, c.waterLead.Account))
		if told := c.told(t, "assigned"); len(told) != 1 {
			t.Errorf("told %q", told)
		}
		// The next department begins with nobody, and so does the first when it gets the case again.
		got = ok(c.desk.Return(ctx, c.waterworks, r.ID, got.Version, "不属我单位"))
		ok(c.desk.Route(ctx, c.clerk, r.ID, got.Version, c.water))
		if v := c.look(t, r.ID); v.Holder != "" || v.HolderID != 0 {
			t.Errorf("%q has it", v.Holder)
		}
	})
}

func (c *city) list(t *testing.T, a people.Actor, q cases.Query) string {
	t.Helper()
	items, total, err := c.desk.List(t.Context(), a, q)
	if err != nil {
		t.Fatal(err)
	}
	if counts, err := c.desk.CountsOf(t.Context(), a, 1000, q, q); err != nil || counts[0] != total || counts[1] != total {
		t.Errorf("%+v finds %d, the count is %v, %v", q, total, counts, err)
	}
	titles := make([]string, len(items))
	for i, item := range items {
		titles[i] = item.Title
	}
	return strings.Join(titles, " ")
}

// routedTo is a letter of this title with the waterworks.
func (c *city) routedTo(t *testing.T, title string) cases.ID {
	t.Helper()
	l := aLetter()
	l.Title, l.Body = title, "关于"+title
	r := c.submit(t, l)
	must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water))
	return r.ID
}

func TestTheCasesOfWhoLeavesAreNobodysAtOnceAndTheLeaderIsTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		second := c.account(t, "water.two", people.Grant{Role: people.Handler, Department: c.water})
		for i, a := range []people.Actor{c.waterworks, c.waterworks, second, {}} {
			id := c.routedTo(t, "第"+strconv.Itoa(i)+"件")
			if a.Account != 0 {
				ok(c.desk.Assign(ctx, a, id, cases.AnyVersion, a.Account))
			}
		}
		department := cases.Query{Pile: cases.PileDepartment}
		mine, unheld := department, department
		mine.Holder, unheld.Unheld = c.waterworks.Account, true
		see := func(who string, q cases.Query, want string) {
			t.Helper()
			if got := c.list(t, c.waterLead, q); got != want {
				t.Errorf("%s: %q, want %q", who, got, want)
			}
		}
		see("hers", mine, "第0件 第1件")
		see("nobody's", unheld, "第3件")
		if err := c.desk.TellLeft(ctx); err != nil {
			t.Fatal(err)
		}
		if told := c.told(t, "left"); len(told) != 0 {
			t.Errorf("nobody has left, and %q", told)
		}
		// At night, so that the notice waits for the morning.
		c.clock.Set("2026-03-05 22:00:00")
		if err := c.dir.Disable(ctx, c.waterworks.Account); err != nil {
			t.Fatal(err)
		}
		held, err := c.dir.Holdings(ctx, second.Account)
		if err != nil {
			t.Fatal(err)
		}
		admin := people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
		if err := c.dir.EndRole(ctx, admin, second.Account, held[0].ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		see("who left", mine, "")
		see("nobody's", unheld, "第0件 第1件 第2件 第3件")
		for range 2 {
			if err := c.desk.TellLeft(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if told, want := c.told(t, "left"), []string{"left water.lead 03-06 09:00", "left water.lead 03-06 09:00"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		// Who comes back has them again: nothing was moved.
		if err := c.dir.Enable(ctx, c.waterworks.Account); err != nil {
			t.Fatal(err)
		}
		see("hers again", mine, "第0件 第1件")
	})
}

func TestAListIsSortedAndNarrowedAsAsked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		first := c.routedTo(t, "先来")
		c.clock.Add(24 * time.Hour)
		second := c.routedTo(t, "后来")
		c.clock.Add(time.Hour)
		third := c.routedTo(t, "等待")
		ok(c.desk.AskWriter(ctx, c.waterworks, third, cases.AnyVersion, "请提供楼号"))
		c.clock.Add(time.Hour)
		ok(c.desk.AskExtension(ctx, c.waterworks, first, cases.AnyVersion, 2, "须现场勘查"))
		c.clock.Add(time.Hour)
		ok(c.desk.Acknowledge(ctx, c.waterworks, second, cases.AnyVersion))
		for name, test := range map[string]struct {
			change func(*cases.Query)
			want   string
		}{
			"as it is":      {func(*cases.Query) {}, "先来 后来 等待"},
			"by time left":  {func(q *cases.Query) { q.Sort = cases.SortLeft }, "先来 后来 等待"},
			"newest first":  {func(q *cases.Query) { q.Sort = cases.SortReceived }, "等待 后来 先来"},
			"last change":   {func(q *cases.Query) { q.Sort = cases.SortChanged }, "后来 先来 等待"},
			"waiting":       {func(q *cases.Query) { q.Waiting = true }, "等待"},
			"extension":     {func(q *cases.Query) { q.Extension = cases.ExtensionAsked }, "先来"},
			"granted":       {func(q *cases.Query) { q.Extension = cases.ExtensionGranted }, ""},
			"sort by words": {func(q *cases.Query) { q.Sort = "title; DROP TABLE cases" }, "先来 后来 等待"},
		} {
			q := cases.Query{Pile: cases.PileDepartment}
			test.change(&q)
			if got := c.list(t, c.waterworks, q); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
		}
	})
}

// TestGroupsGoByTheWallCalendar: "soon" is the next working day, and what waits for the writer stands apart until late.
func TestGroupsGoByTheWallCalendar(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.routedTo(t, "三月五日") // Thursday: due on Monday the 9th
		waits := c.routedTo(t, "等待")
		must(t)(c.desk.AskWriter(t.Context(), c.waterworks, waits, cases.AnyVersion, "请提供楼号"))
		c.clock.Set("2026-03-06 10:00:00")
		c.routedTo(t, "三月六日") // due on Tuesday the 10th
		for now, want := range map[string]cases.Groups{
			"2026-03-06 10:00:01": {Soon: 1, Later: 1, Waiting: 1}, // Friday: Monday is the next working day
			"2026-03-08 23:59:59": {Soon: 1, Later: 1, Waiting: 1},
			"2026-03-09 00:00:00": {Today: 1, Soon: 1, Waiting: 1},
			"2026-03-09 23:59:59": {Today: 1, Soon: 1, Waiting: 1}, // the last second is in time
			"2026-03-10 00:00:00": {Overdue: 1, Today: 1, Waiting: 1},
		} {
			c.clock.Set(now)
			got, err := c.desk.Groups(t.Context(), c.waterworks, cases.Query{Pile: cases.PileDepartment})
			if err != nil || got != want {
				t.Errorf("%s: %+v, %v, want %+v", now, got, err, want)
			}
		}
	})
}

func TestListsAreKeptUnderANameByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		save := func(a people.Actor, name string) error {
			return c.desk.SaveView(ctx, a, "department", name, "pile=department&kind=help")
		}
		for _, name := range []string{"", "一\n二", strings.Repeat("长", 31)} {
			err := save(c.waterworks, name)
			if wantCode(t, err, errs.CodeInvalid); errs.FieldOf(err) != "name" {
				t.Error(err)
			}
		}
		wantCode(t, c.desk.SaveView(ctx, c.waterworks, "kitchen", "x", ""), errs.CodeForbidden)
		wantCode(t, c.desk.SaveView(ctx, people.TheWriter(1, errs.ZH), "department", "x", ""), errs.CodeForbidden)
		for i := range cases.MaxViews {
			if err := save(c.waterworks, "列表"+strconv.Itoa(i)); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, save(c.waterworks, "再一个"), errs.CodeConflict)
		if err := save(c.waterLead, "列表1"); err != nil {
			t.Error("another's name is taken:", err)
		}
		views, err := c.desk.Views(ctx, c.waterworks, "department")
		if err != nil || len(views) != cases.MaxViews || views[1].Name != "列表1" || views[1].Query != "pile=department&kind=help" {
			t.Fatalf("%v, %v", views, err)
		}
		wantCode(t, c.desk.RenameView(ctx, c.waterLead, views[1].ID, "我的"), errs.CodeNotFound)
		wantCode(t, c.desk.DropView(ctx, c.waterLead, views[1].ID), errs.CodeNotFound)
		wantCode(t, c.desk.RenameView(ctx, c.waterworks, views[1].ID, "列表2"), errs.CodeInvalid)
		if err := c.desk.RenameView(ctx, c.waterworks, views[1].ID, "求助"); err != nil {
			t.Error(err)
		}
		if err := c.desk.DropView(ctx, c.waterworks, views[0].ID); err != nil {
			t.Error(err)
		}
		if views, err = c.desk.Views(ctx, c.waterworks, "department"); err != nil || len(views) != cases.MaxViews-1 || views[0].Name != "求助" {
			t.Errorf("%v, %v", views, err)
		}
	})
}
