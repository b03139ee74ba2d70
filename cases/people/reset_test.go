package people_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func (c city) resets(key string) *people.Resets {
	return people.NewResets(c.Directory, func(text string) []byte {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return h.Sum(nil)
	})
}

// ask says whom a mail would go to.
func (c city) ask(t *testing.T, who string) (logins []string) {
	t.Helper()
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		logins = nil
		found, err := c.resets("k").Ask(ctx, tx, who, people.SignIn{Address: "192.0.2.1"})
		for _, a := range found {
			logins = append(logins, a.Login)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return logins
}

const replacement = "another sentence of words"

func TestALinkIsGoodOnceForAnHourForItsAccountOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, r := t.Context(), c.resets("k")
		id, other := c.account(t, "wang.fang"), c.account(t, "other")
		link := func(id int64) string {
			a, err := c.Account(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return r.Link(a, c.clock.now().Add(people.ResetTime))
		}
		void := func(why, link string) {
			t.Helper()
			if _, err := r.Reset(ctx, link, replacement); errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "" {
				t.Errorf("%s: %v", why, err)
			}
		}
		good := link(id)
		parts := strings.Split(good, ".")
		for why, bad := range map[string]string{
			"nothing": "", "words": "a.b.c", "another's proof": parts[0] + "." + parts[1] + "." + strings.Split(link(other), ".")[2],
			"a later end": parts[0] + "." + parts[1] + "0." + parts[2], "cut": good[:len(good)-1], "nobody's": "zzzz." + parts[1] + "." + parts[2],
			"another key's": func() string {
				a, _ := c.Account(ctx, id)
				return c.resets("other").Link(a, c.clock.now().Add(time.Hour))
			}(),
		} {
			void(why, bad)
		}
		_, err := r.Reset(ctx, good, "short")
		wantCode(t, err, errs.CodeInvalid, "new_password")
		if a, err := r.Account(ctx, good); err != nil || a.ID != id {
			t.Fatalf("after a refused password the link is void: %v", err)
		}
		second := link(id)
		if _, err := r.Reset(ctx, good, replacement); err != nil {
			t.Fatal(err)
		}
		void("used", good)
		void("of before the new password", second)
		if _, err := c.SignIn(ctx, "wang.fang", replacement); err != nil {
			t.Errorf("the new password: %v", err)
		}

		late := link(id)
		c.clock.move(people.ResetTime)
		void("after an hour", late)
		moved := link(id)
		if err := c.ChangeDetails(ctx, keeper, id, people.Details{Name: "王芳", Email: "new@example.org"}); err != nil {
			t.Fatal(err)
		}
		void("sent to an address of before", moved)
		disabled := link(id)
		if err := c.Disable(ctx, id); err != nil {
			t.Fatal(err)
		}
		void("of a disabled account", disabled)
	})
}

func TestOfTwoWhoUseALinkAtOnceOneChoosesThePassword(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, r := t.Context(), c.resets("k")
		a, err := c.Account(ctx, c.account(t, "wang.fang"))
		if err != nil {
			t.Fatal(err)
		}
		link := r.Link(a, c.clock.now().Add(time.Minute))
		var all sync.WaitGroup
		results := make([]error, 4)
		for i := range results {
			all.Go(func() { _, results[i] = r.Reset(ctx, link, replacement+strings.Repeat("!", i)) })
		}
		all.Wait()
		done := 0
		for _, err := range results {
			if err == nil {
				done++
			} else {
				wantCode(t, err, errs.CodeInvalid, "")
			}
		}
		if done != 1 {
			t.Errorf("%d have chosen a password", done)
		}
	})
}

func TestALinkIsSentToWhoCanUseItAndNotTooOften(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		c.account(t, "wang.fang")
		gone := c.account(t, "gone")
		if err := c.Disable(ctx, gone); err != nil {
			t.Fatal(err)
		}
		if _, err := c.AddAccount(ctx, people.NewAccount{Login: "no.mail", Name: "宋", Password: password}); err != nil {
			t.Fatal(err)
		}
		for _, nobody := range []string{"nobody", "gone", "gone@example.org", "no.mail", "", "@", strings.Repeat("a", 2000) + "@"} {
			if got := c.ask(t, nobody); len(got) != 0 {
				t.Errorf("%q: written to %v", nobody, got)
			}
		}
		for i, who := range []string{"Wang.Fang", " wang.fang@EXAMPLE.org", "ｗａｎｇ.ｆａｎｇ＠example.org", "wang.fang", "wang.fang"} {
			if got := c.ask(t, who); (len(got) == 1) != (i < 3) {
				t.Errorf("asked %d times: written to %v", i+1, got)
			}
			c.clock.move(10 * time.Minute)
		}
		c.clock.move(10 * time.Minute)
		// The fourth and fifth were refused, and do not count: an hour after the first there is room again.
		if got := c.ask(t, "wang.fang"); len(got) != 1 {
			t.Errorf("after an hour: written to %v", got)
		}
	})
}

func TestANewPasswordByMailGivesNoLeaveToGuessTheSecondFactor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, r := t.Context(), c.resets("k")
		id := c.account(t, "wang.fang")
		factors := people.NewFactors(c.Directory, cityKey)
		secret, err := factors.Offer(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := factors.Confirm(ctx, id, device(t, secret, c.clock.now())); err != nil {
			t.Fatal(err)
		}
		for range 7 {
			_ = factors.Check(ctx, id, "000000")
			c.clock.move(5 * time.Minute)
		}
		a, err := c.Account(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		_ = factors.Check(ctx, id, "000000") // blocked for minutes
		if _, err := r.Reset(ctx, r.Link(a, c.clock.now().Add(time.Hour)), replacement); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SignIn(ctx, "wang.fang", replacement); err != nil {
			t.Errorf("the block is not lifted: %v", err)
		}
		if err := factors.Check(ctx, id, "000000"); errs.CodeOf(err) != errs.CodeLimited {
			t.Errorf("a wrong code: %v, want a block at once", err)
		}
	})
}
