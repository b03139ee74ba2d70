package people_test

import (
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestSignInsAreLoggedAndTheirSessionsEnded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, s := t.Context(), people.NewSessions(c.db, c.clock.now)
		chen, li := c.account(t, "chen"), c.account(t, "li")
		open := func(token string, account int64) {
			t.Helper()
			if err := s.CommitCtx(ctx, token, []byte("x"), c.clock.now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if err := s.Log(ctx, people.SignIn{Account: account, Outcome: people.SignedIn, Address: "192.0.2.7", Agent: "Browser\x00\n" + strings.Repeat("长", 100)}, token); err != nil {
				t.Fatal(err)
			}
			c.clock.move(time.Second)
		}
		isOpen := func(token string) bool {
			t.Helper()
			_, found, err := s.FindCtx(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		open("one", chen)
		open("two", chen)
		open("three", chen)
		open("of li", li)
		for _, try := range []people.SignIn{{Account: chen, Outcome: people.WrongTry}, {Outcome: people.WrongTry}} {
			if err := s.Log(ctx, try, ""); err != nil {
				t.Fatal(err)
			}
		}
		own, err := s.SignIns(ctx, chen, "two", 10)
		if err != nil || len(own) != 4 {
			t.Fatalf("%d tries, %v", len(own), err)
		}
		if own[0].Outcome != people.WrongTry || own[0].Open || !own[1].Open || own[1].Current || !own[2].Current || own[3].Address != "192.0.2.7" {
			t.Errorf("%+v", own)
		}
		if agent := own[3].Agent; !strings.HasPrefix(agent, "Browser长") || len(agent) > 200 {
			t.Errorf("the browser is kept as %q", agent)
		}
		if all, err := s.SignIns(ctx, 0, "", 10); err != nil || len(all) != 6 || all[0].Account != 0 {
			t.Errorf("all: %+v, %v", all, err)
		}
		if err := s.End(ctx, li, own[3].ID); errs.CodeOf(err) != errs.CodeInvalid || !isOpen("one") {
			t.Errorf("somebody else's session: %v", err)
		}
		if err := s.End(ctx, chen, own[3].ID); err != nil || isOpen("one") || !isOpen("three") {
			t.Errorf("one's own: %v", err)
		}
		if err := s.End(ctx, chen, own[3].ID); err != nil {
			t.Errorf("what is over: %v", err)
		}
		if n, err := s.EndOthers(ctx, chen, "two"); err != nil || n != 1 || !isOpen("two") || isOpen("three") || !isOpen("of li") {
			t.Errorf("%d others ended, %v", n, err)
		}
		// The log is kept for half a year.
		c.clock.move(180 * 24 * time.Hour)
		if err := s.Expire(ctx); err != nil {
			t.Fatal(err)
		}
		if all, err := s.SignIns(ctx, 0, "", 10); err != nil || len(all) != 2 {
			t.Errorf("after half a year: %d, %v", len(all), err)
		}
	})
}
