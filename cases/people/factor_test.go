package people_test

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// device is a person's phone: it shows the code of the instant that its own clock says.
func device(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func cityKey(text string) []byte {
	sum := sha256.Sum256([]byte("the city's own\n" + text))
	return sum[:]
}

func TestADeviceIsTakenIntoUseByACodeOfIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, id := t.Context(), c.account(t, "chen")
		f := people.NewFactors(c.Directory, cityKey)
		secret, err := f.Offer(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := f.Offer(ctx, id); err != nil || again != secret {
			t.Errorf("another key before the first was confirmed: %v", err)
		}
		if raw, err := base32.StdEncoding.DecodeString(secret); err != nil || len(raw) != 20 {
			t.Errorf("%q is no key of 160 bits: %v", secret, err)
		}
		if _, err := f.Confirm(ctx, id, "000000"); errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "code" {
			t.Errorf("a wrong code: %v", err)
		}
		if a, err := c.Account(ctx, id); err != nil || !a.FactorSince.IsZero() {
			t.Errorf("in use without a code: %v, %v", a.FactorSince, err)
		}
		now := c.clock.now()
		recovery, err := f.Confirm(ctx, id, " "+device(t, secret, now)[:3]+" "+device(t, secret, now)[3:])
		if err != nil || len(recovery) != 10 {
			t.Fatalf("%d recovery codes, %v", len(recovery), err)
		}
		if a, err := c.Account(ctx, id); err != nil || !a.FactorSince.Equal(now) {
			t.Errorf("in use since %v, %v", a.FactorSince, err)
		}
		if _, err := f.Offer(ctx, id); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("another device beside the first: %v", err)
		}
		if err := f.Check(ctx, id, device(t, secret, now)); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("a code is good twice: %v", err)
		}
		// A device may be half a minute ahead or behind, not more.
		for _, off := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			c.clock.move(5 * time.Minute)
			if err := f.Check(ctx, id, device(t, secret, c.clock.now().Add(off))); err != nil {
				t.Errorf("%s off: %v", off, err)
			}
		}
		for _, off := range []time.Duration{-90 * time.Second, 90 * time.Second} {
			c.clock.move(5 * time.Minute)
			if err := f.Check(ctx, id, device(t, secret, c.clock.now().Add(off))); errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("%s off: %v", off, err)
			}
		}
	})
}

func TestARecoveryCodeIsGoodOnceForItsOwnAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, f := t.Context(), people.NewFactors(c.Directory, cityKey)
		take := func(login string) (id int64, secret string, recovery []string) {
			id = c.account(t, login)
			secret, err := f.Offer(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			if recovery, err = f.Confirm(ctx, id, device(t, secret, c.clock.now())); err != nil {
				t.Fatal(err)
			}
			return id, secret, recovery
		}
		one, secret, ofOne := take("one")
		other, _, _ := take("other")
		if err := f.Check(ctx, other, ofOne[0]); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("somebody else's recovery code: %v", err)
		}
		if err := f.Check(ctx, one, strings.ToLower(strings.ReplaceAll(ofOne[0], "-", " "))); err != nil {
			t.Errorf("typed otherwise: %v", err)
		}
		if err := f.Check(ctx, one, ofOne[0]); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("good twice: %v", err)
		}
		if left, err := f.Left(ctx, one); err != nil || left != 9 {
			t.Errorf("%d left, %v", left, err)
		}
		c.clock.move(time.Minute)
		renewed, err := f.Renew(ctx, one, device(t, secret, c.clock.now()))
		if err != nil || len(renewed) != 10 {
			t.Fatal(renewed, err)
		}
		if err := f.Check(ctx, one, ofOne[1]); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("an old one after new ones were made: %v", err)
		}
		if err := f.Remove(ctx, one); err != nil {
			t.Fatal(err)
		}
		if err := f.Check(ctx, one, renewed[0]); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("after the factor was removed: %v", err)
		}
		if another, err := f.Offer(ctx, one); err != nil || another == secret {
			t.Errorf("the lost device's key is offered again: %v", err)
		}
	})
}

func TestCodesCannotBeGuessedByWhoeverHasThePassword(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, f := t.Context(), people.NewFactors(c.Directory, cityKey)
		id := c.account(t, "chen")
		secret, err := f.Offer(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Confirm(ctx, id, device(t, secret, c.clock.now())); err != nil {
			t.Fatal(err)
		}
		c.clock.move(time.Minute)
		// Five wrong codes block, with the right password shown before each.
		for n := range 5 {
			if _, err := c.SignIn(ctx, "chen", password); err != nil {
				t.Fatalf("after %d wrong codes: %v", n, err)
			}
			if err := f.Check(ctx, id, "000000"); err == nil {
				t.Fatal("000000 was right by chance: choose another instant for this test")
			}
		}
		if err := f.Check(ctx, id, device(t, secret, c.clock.now())); errs.CodeOf(err) != errs.CodeLimited {
			t.Errorf("the right code after five wrong ones: %v", err)
		}
		if _, err := c.SignIn(ctx, "chen", password); errs.CodeOf(err) != errs.CodeLimited {
			t.Errorf("the right password after five wrong codes: %v", err)
		}
		c.clock.move(time.Minute + time.Second)
		if err := f.Check(ctx, id, device(t, secret, c.clock.now())); err != nil {
			t.Errorf("when the block is over: %v", err)
		}
		// Of many who send one code at once, one gets in.
		c.clock.move(time.Minute)
		code := device(t, secret, c.clock.now())
		got := make([]error, 8)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { got[i] = f.Check(context.WithoutCancel(ctx), id, code) })
		}
		all.Wait()
		in := 0
		for _, err := range got {
			if err == nil {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%d got in by one code: %v", in, errors.Join(got...))
		}
	})
}
