package cases_test

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"sync"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
)

// signing has the roads' leader sign off their replies, and gives the leader.
func (c *city) signing(t *testing.T) people.Actor {
	t.Helper()
	leader := c.account(t, "roads.lead", people.Grant{Role: people.Leader, Department: c.roads})
	if err := c.dir.SetApproval(t.Context(), leader, c.roads, true); err != nil {
		t.Fatal(err)
	}
	return leader
}

// withRoads is a letter that the roads have in hand.
func (c *city) withRoads(t *testing.T) *cases.Case {
	t.Helper()
	r := c.submit(t, aLetter())
	return must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.roads, c.water))
}

// aPicture is a file that can be attached.
func aPicture(t *testing.T, name string) files.Clean {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	clean, err := files.Accept(t.Context(), name, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return clean
}

func TestAReplyIsHandedInOnlyWhenItsLeaderSigns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		leader := c.signing(t)
		got := c.withRoads(t)
		_, err := c.desk.Reply(ctx, c.roadworks, got.ID, got.Version, "已修好。")
		wantCode(t, err, errs.CodeConflict)
		for _, a := range []people.Actor{leader, c.waterworks, c.clerk} {
			_, err := c.desk.Propose(ctx, a, got.ID, got.Version, "已修好。", nil)
			wantCode(t, err, errs.CodeForbidden)
		}
		_, err = c.desk.SignOff(ctx, leader, got.ID, got.Version, "")
		wantCode(t, err, errs.CodeConflict)
		c.clock.Add(time.Hour)
		got = ok(c.desk.Propose(ctx, c.roadworks, got.ID, got.Version, "已修好。", nil))
		if got.State != cases.Acknowledged || got.AcknowledgedAt.IsZero() || !got.RepliedAt.IsZero() {
			t.Errorf("%s, acknowledged %v, replied %v", got.State, got.AcknowledgedAt, got.RepliedAt)
		}
		_, err = c.desk.Propose(ctx, c.roadworks, got.ID, got.Version, "又一份", nil)
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.SignOff(ctx, c.roadworks, got.ID, got.Version, "")
		wantCode(t, err, errs.CodeForbidden)

		// The leader lets it lie until the department is late: the clock has run on.
		c.clock.Set("2026-03-12 10:00:00")
		if _, err := c.desk.Elapse(ctx); err != nil {
			t.Fatal(err)
		}
		if v := c.look(t, got.ID); v.OverdueNoticedAt.IsZero() || v.ProposedAt.IsZero() {
			t.Errorf("overdue noticed %v, proposed %v", v.OverdueNoticedAt, v.ProposedAt)
		}
		items, _, err := c.desk.List(ctx, leader, cases.Query{Pile: cases.PileApproval})
		if err != nil || len(items) != 1 || !items[0].Proposed {
			t.Errorf("%+v, %v", items, err)
		}
		got = ok(c.desk.SignOff(ctx, leader, got.ID, cases.AnyVersion, "已于今日修好。"))
		if got.State != cases.Replied || !got.RepliedAt.Equal(c.clock.Now()) || *got.DepartmentDays != 5 {
			t.Errorf("%s, replied %v after %d days", got.State, got.RepliedAt, *got.DepartmentDays)
		}
		v := c.look(t, got.ID)
		reply := v.Replies[0]
		if reply.Body != "已于今日修好。" || reply.AccountID != c.roadworks.Account || reply.Status != cases.HandedIn {
			t.Errorf("%+v", reply)
		}
		var verbs []people.Verb
		for _, e := range v.History[len(v.History)-3:] {
			verbs = append(verbs, e.Verb)
		}
		if last := v.History[len(v.History)-1]; last.Account != leader.Name || last.Verb != people.Reply || !slices.Contains(verbs, people.SignOff) {
			t.Errorf("%v, by %s", verbs, last.Account)
		}
		if told, want := c.told(t, "proposed"), []string{"proposed roads.lead 03-05 11:00"}; !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
		if err := c.desk.Verify(ctx, got.ID); err != nil {
			t.Error(err)
		}
		ok(c.desk.Answer(ctx, c.clerk, got.ID, got.Version, ""))
	})
}

func TestAReplyTurnedBackKeepsTextAndFiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		leader := c.signing(t)
		got := c.withRoads(t)
		got = ok(c.desk.Propose(ctx, c.roadworks, got.ID, got.Version, "初稿", nil, aPicture(t, "a.png"), aPicture(t, "b.png")))
		_, err := c.desk.TurnBack(ctx, leader, got.ID, got.Version, " ")
		wantCode(t, err, errs.CodeInvalid)
		got = ok(c.desk.TurnBack(ctx, leader, got.ID, got.Version, "请写明依据"))
		if told, want := c.told(t, "turned_back"), []string{"turned_back roads 03-05 10:00"}; !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
		// A day later nothing of it has been cleared away.
		c.clock.Add(25 * time.Hour)
		if n, err := c.desk.ClearDrafts(ctx, 100); err != nil || n != 0 {
			t.Errorf("cleared %d, %v", n, err)
		}
		v, err := c.desk.Look(ctx, c.roadworks, got.ID)
		if err != nil {
			t.Fatal(err)
		}
		back := v.TurnedBack()
		if back == nil || back.Body != "初稿" || back.Comment != "请写明依据" || back.Decider != leader.Name || len(back.Files) != 2 || !v.NeedsApproval {
			t.Fatalf("%+v", back)
		}
		// Only the lead department sees text and files; the writer and the others do not.
		for _, a := range []people.Actor{c.clerk, c.waterworks, c.supervisor, people.TheWriter(int64(got.ID), errs.ZH)} {
			_, _, err := c.desk.OpenFile(ctx, a, got.ID, back.Files[0].ID)
			wantCode(t, err, errs.CodeNotFound)
			v, err := c.desk.Look(ctx, a, got.ID)
			if err != nil || len(v.Proposals) != 0 || len(v.Files) != 0 {
				t.Errorf("%s is shown %v and %v, %v", a.Name, v.Proposals, v.Files, err)
			}
		}
		if _, data, err := c.desk.OpenFile(ctx, leader, got.ID, back.Files[0].ID); err != nil || len(data) == 0 {
			t.Errorf("%d bytes, %v", len(data), err)
		}
		got = ok(c.desk.Propose(ctx, c.roadworks, got.ID, cases.AnyVersion, "二稿", []int64{back.Files[1].ID, 99999}, aPicture(t, "c.png")))
		got = ok(c.desk.SignOff(ctx, leader, got.ID, got.Version, ""))
		var names []string
		for _, f := range c.look(t, got.ID).Files {
			names = append(names, f.Name)
			if f.ReplyID == 0 || f.CaseID != got.ID {
				t.Errorf("%+v is not with the reply", f)
			}
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"b.png", "c.png"}) {
			t.Errorf("with the reply went %v", names)
		}
		c.clock.Add(25 * time.Hour)
		if n, err := c.desk.ClearDrafts(ctx, 100); err != nil || n != 1 {
			t.Errorf("of what was left out %d files were cleared, %v", n, err)
		}
	})
}

func TestWhatWaitsForTheLeaderIsDroppedWhenTheCaseGoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		leader := c.signing(t)
		for name, leave := range map[string]func(*cases.Case) (*cases.Case, error){
			"reassigned": func(k *cases.Case) (*cases.Case, error) {
				return c.desk.Return(ctx, leader, k.ID, k.Version, "不属我单位")
			},
			"the leader replies": func(k *cases.Case) (*cases.Case, error) {
				return c.desk.Reply(ctx, leader, k.ID, k.Version, "我来答复")
			},
			"withdrawn": func(k *cases.Case) (*cases.Case, error) {
				return c.desk.Withdraw(ctx, people.TheWriter(int64(k.ID), errs.ZH), k.ID, "")
			},
		} {
			got := c.withRoads(t)
			got = ok(c.desk.Propose(ctx, c.roadworks, got.ID, got.Version, "已修好。", nil, aPicture(t, "a.png")))
			ok(leave(got))
			var waiting, held int
			err := c.db.Read.NewRaw("SELECT (SELECT count(*) FROM proposals WHERE status = 'waiting'), (SELECT count(*) FROM proposals WHERE files_key <> '')").
				Scan(ctx, &waiting, &held)
			if err != nil || waiting != 0 || held != 0 {
				t.Errorf("%s: %d wait, %d hold files, %v", name, waiting, held, err)
			}
		}
	})
}

func TestWithoutALeaderNobodyWaitsForOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		wantCode(t, c.dir.SetApproval(ctx, c.roadworks, c.roads, true), errs.CodeForbidden)
		wantCode(t, c.dir.SetApproval(ctx, c.waterLead, c.roads, true), errs.CodeForbidden)
		admin := c.account(t, "admin", people.Grant{Role: people.Administrator})
		wantCode(t, c.dir.SetApproval(ctx, admin, c.roads, true), errs.CodeConflict) // there is no leader yet
		leader := c.signing(t)
		got := c.withRoads(t)
		got = ok(c.desk.Propose(ctx, c.roadworks, got.ID, got.Version, "已修好。", nil))
		if err := c.dir.Disable(ctx, leader.Account); err != nil {
			t.Fatal(err)
		}
		ok(c.desk.Reply(ctx, c.roadworks, got.ID, got.Version, "已修好。"))
		if err := c.dir.SetApproval(ctx, admin, c.roads, false); err != nil {
			t.Error(err)
		}
	})
}

func TestOfTwoLeadersOneDecides(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		leader := c.signing(t)
		got := c.withRoads(t)
		got = must(t)(c.desk.Propose(t.Context(), c.roadworks, got.ID, got.Version, "已修好。", nil))
		failed := make([]error, 2)
		var wg sync.WaitGroup
		wg.Go(func() { _, failed[0] = c.desk.SignOff(t.Context(), leader, got.ID, got.Version, "") })
		wg.Go(func() { _, failed[1] = c.desk.TurnBack(t.Context(), leader, got.ID, got.Version, "请改") })
		wg.Wait()
		if (failed[0] == nil) == (failed[1] == nil) {
			t.Fatalf("%v, %v", failed[0], failed[1])
		}
		for _, err := range failed {
			if err != nil {
				wantCode(t, err, errs.CodeConflict)
			}
		}
	})
}
