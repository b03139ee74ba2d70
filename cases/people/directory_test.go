package people_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

const password = "a sentence of some words"

// hands is a clock that stands until it is moved.
type hands struct{ unix atomic.Int64 }

func (h *hands) now() time.Time       { return time.Unix(h.unix.Load(), 0) }
func (h *hands) move(d time.Duration) { h.unix.Add(int64(d / time.Second)) }

// city is a directory with a clock, cheap hashes and their count.
type city struct {
	*people.Directory
	db     *migrations.DB
	clock  *hands
	hashes *atomic.Int64
}

func each(t *testing.T, run func(t *testing.T, c city)) {
	t.Helper()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		clock := new(hands)
		clock.unix.Store(time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC).Unix())
		d := people.NewDirectory(db, clock.now)
		run(t, city{Directory: d, db: db, clock: clock, hashes: people.Cheap(d)})
	})
}

func (c city) account(t *testing.T, login string, grants ...people.Grant) int64 {
	t.Helper()
	id, err := c.AddAccount(t.Context(), people.NewAccount{
		Login: login, Name: "王芳", Email: login + "@example.org", Password: password, Grants: grants,
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (c city) department(t *testing.T, code, name string) int64 {
	t.Helper()
	id, err := c.AddDepartment(t.Context(), people.Department{Code: code, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// hash reads what is kept of the password.
func (c city) hash(t *testing.T, id int64) string {
	t.Helper()
	var hash string
	if err := c.db.Read.NewSelect().Table("accounts").Column("password_hash").Where("id = ?", id).Scan(t.Context(), &hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

func wantCode(t *testing.T, err error, code errs.Code, field string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != code || errs.FieldOf(err) != field {
		t.Errorf("got %v (%s %q), want %s %q", err, errs.CodeOf(err), errs.FieldOf(err), code, field)
	}
}

func TestAnAccountIsReadAsItWasAdded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		if some, err := c.HasAccounts(t.Context()); err != nil || some {
			t.Fatalf("empty: %t, %v", some, err)
		}
		edu := c.department(t, "JYJ", "教育局")
		grants := []people.Grant{{Role: people.Handler, Department: edu}, {Role: people.Auditor}}
		id, err := c.AddAccount(t.Context(), people.NewAccount{
			Login: "wang.fang", Name: "　王　芳 ", Email: "wf@example.org", Language: errs.EN,
			Password: password, MustChange: true, Grants: grants,
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Account(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want := people.Account{
			ID: id, Login: "wang.fang", Name: "王 芳", Email: "wf@example.org", Language: errs.EN,
			MustChange: true, Grants: grants, ByHand: grants, Stamp: got.Stamp,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if some, err := c.HasAccounts(t.Context()); err != nil || !some {
			t.Errorf("one account: %t, %v", some, err)
		}
		if _, err := c.Account(t.Context(), id+1); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("an unknown account: %v", err)
		}
	})
}

func TestAnAccountThatCannotBeNamesItsField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		c.account(t, "taken")
		for _, bad := range []struct {
			field  string
			change func(*people.NewAccount)
		}{
			{"login", func(n *people.NewAccount) { n.Login = "x" }},
			{"login", func(n *people.NewAccount) { n.Login = strings.Repeat("x", 41) }},
			{"login", func(n *people.NewAccount) { n.Login = "Wang" }},
			{"login", func(n *people.NewAccount) { n.Login = "wang fang" }},
			{"login", func(n *people.NewAccount) { n.Login = "wang\n" }},
			{"login", func(n *people.NewAccount) { n.Login = "王芳" }},
			{"login", func(n *people.NewAccount) { n.Login = "taken" }},
			{"name", func(n *people.NewAccount) { n.Name = " 　" }},
			{"name", func(n *people.NewAccount) { n.Name = "王\x00芳" }},
			{"name", func(n *people.NewAccount) { n.Name = "王\u202e芳" }},
			{"name", func(n *people.NewAccount) { n.Name = "王\xff" }},
			{"name", func(n *people.NewAccount) { n.Name = strings.Repeat("王", 101) }},
			{"email", func(n *people.NewAccount) { n.Email = "wf@" }},
			{"email", func(n *people.NewAccount) { n.Email = "王芳 <wf@example.org>" }},
			{"email", func(n *people.NewAccount) { n.Email = "a@example.org, b@example.org" }},
			{"email", func(n *people.NewAccount) { n.Email = "wf@example.org\r\nBcc: x@example.org" }},
			{"language", func(n *people.NewAccount) { n.Language = "fr" }},
			{"password", func(n *people.NewAccount) { n.Password = "short" }},
			{"role", func(n *people.NewAccount) { n.Grants = []people.Grant{{Role: people.Writer}} }},
			{"role", func(n *people.NewAccount) { n.Grants = []people.Grant{{Role: people.System}} }},
			{"department", func(n *people.NewAccount) { n.Grants = []people.Grant{{Role: people.Handler}} }},
			{"department", func(n *people.NewAccount) { n.Grants = []people.Grant{{Role: people.Clerk, Department: 1}} }},
			{"department", func(n *people.NewAccount) { n.Grants = []people.Grant{{Role: people.Handler, Department: 99}} }},
		} {
			n := people.NewAccount{Login: "wang.fang", Name: "王芳", Password: password}
			bad.change(&n)
			_, err := c.AddAccount(t.Context(), n)
			wantCode(t, err, errs.CodeInvalid, bad.field)
			if err != nil && strings.Contains(errs.Message(err, errs.ZH)+errs.Message(err, errs.EN), "%!") {
				t.Errorf("a broken text: %v", err)
			}
		}
		if list, err := c.Accounts(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("%d accounts after refusals, %v", len(list), err)
		}
	})
}

func TestADisabledAccountCanDoNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		id := c.account(t, "wang.fang", people.Grant{Role: people.Supervisor})
		for range 2 {
			if err := c.Disable(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		_, err := c.Actor(ctx, id)
		wantCode(t, err, errs.CodeForbidden, "")
		before := c.hashes.Load()
		_, err = c.SignIn(ctx, "wang.fang", password)
		wantCode(t, err, errs.CodeInvalid, "password")
		if n := c.hashes.Load() - before; n != 1 {
			t.Errorf("%d hashes, want 1", n)
		}
		if err := c.Enable(ctx, id); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SignIn(ctx, "wang.fang", password); err != nil {
			t.Errorf("enabled again: %v", err)
		}
		wantCode(t, c.Disable(ctx, id+1), errs.CodeNotFound, "")
	})
}

func TestSigningInGivesTheActor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		id := c.account(t, "wang.fang", people.Grant{Role: people.Clerk})
		want := people.Actor{Account: id, Name: "王芳", Grants: []people.Grant{{Role: people.Clerk}}, Language: errs.ZH}
		for _, login := range []string{"wang.fang", " Wang.Fang ", "ｗａｎｇ.ｆａｎｇ"} {
			got, err := c.SignIn(t.Context(), login, password)
			if err != nil {
				t.Fatalf("%q: %v", login, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestAnUnknownLoginAnswersAndCostsLikeAWrongPassword(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		c.account(t, "wang.fang")
		answers := map[string]int64{}
		for _, try := range [][2]string{
			{"wang.fang", "not the right password"},
			{"wang.fang", "short"},
			{"wang.fang", "no \xff text"},
			{"wang.fang", strings.Repeat("x", 1<<20)},
			{"nobody", "not the right password"},
			{"nobody", "short"},
			{"", ""},
			{strings.Repeat("n", 1<<20), "not the right password"},
		} {
			before := c.hashes.Load()
			_, err := c.SignIn(t.Context(), try[0], try[1])
			wantCode(t, err, errs.CodeInvalid, "password")
			if err != nil {
				answers[errs.Message(err, errs.ZH)] += c.hashes.Load() - before
			}
		}
		if diff := cmp.Diff(map[string]int64{"登录名或密码不正确": 8}, answers); diff != "" {
			t.Errorf("answers and hashes: %s", diff)
		}
	})
}

func TestFailuresBlockForLongerAndLongerUntilOneSucceeds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		c.account(t, "wang.fang")
		fail := func() error {
			_, err := c.SignIn(ctx, "wang.fang", "not the right password")
			return err
		}
		for range 4 {
			wantCode(t, fail(), errs.CodeInvalid, "password")
		}
		for _, minutes := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
			err := fail()
			wantCode(t, err, errs.CodeLimited, "")
			if zh, want := errs.Message(err, errs.ZH), fmt.Sprintf("该账号密码错误次数过多，请 %d 分钟后再试", minutes); zh != want {
				t.Errorf("got %s, want %s", zh, want)
			}
			before := c.hashes.Load()
			c.clock.move(time.Duration(minutes)*time.Minute - time.Second)
			_, err = c.SignIn(ctx, "wang.fang", password)
			wantCode(t, err, errs.CodeLimited, "")
			if en := errs.Message(err, errs.EN); !strings.HasSuffix(en, "please try again in 1 minute") {
				t.Errorf("a second before the end: %s", en)
			}
			if c.hashes.Load() != before {
				t.Error("a blocked account had its password looked at")
			}
			c.clock.move(time.Second)
		}
		if _, err := c.SignIn(ctx, "wang.fang", password); err != nil {
			t.Fatalf("when the block is over: %v", err)
		}
		wantCode(t, fail(), errs.CodeInvalid, "password") // begins at one again
	})
}

func TestGuessesSentAtOnceAllCountAndOnlyFiveAreLookedAt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		c.account(t, "wang.fang")
		before := c.hashes.Load()
		var wrong, limited atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				_, err := c.SignIn(t.Context(), "wang.fang", "not the right password")
				switch errs.CodeOf(err) {
				case errs.CodeInvalid:
					wrong.Add(1)
				case errs.CodeLimited:
					limited.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		if wrong.Load() != 4 || limited.Load() != 16 || c.hashes.Load()-before != 5 {
			t.Errorf("%d wrong, %d limited, %d hashes; want 4, 16, 5", wrong.Load(), limited.Load(), c.hashes.Load()-before)
		}
	})
}

func TestAPasswordIsHashedAnewWhenTheCostHasChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		id := c.account(t, "wang.fang")
		today := people.NewDirectory(c.db, c.clock.now)
		for _, wrong := range []string{"not the right password", password} {
			if _, err := today.SignIn(t.Context(), "wang.fang", wrong); (err == nil) != (wrong == password) {
				t.Fatal(err)
			}
			const dear = "$argon2id$v=19$m=19456,t=2,p=1$"
			if got := c.hash(t, id); strings.HasPrefix(got, dear) != (wrong == password) {
				t.Errorf("after %q: %s", wrong, got)
			}
		}
		rehashed := c.hash(t, id)
		if _, err := today.SignIn(t.Context(), "wang.fang", password); err != nil {
			t.Fatal(err)
		}
		if c.hash(t, id) != rehashed {
			t.Error("hashed anew without need")
		}
	})
}

func TestAChangedPasswordReplacesTheOldAndItsStamp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		const second = "another sentence altogether"
		id := c.account(t, "wang.fang")
		before, err := c.Account(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.ChangePassword(ctx, id, "not the right password", second), errs.CodeInvalid, "old_password")
		wantCode(t, c.ChangePassword(ctx, id, password, password), errs.CodeInvalid, "new_password")
		wantCode(t, c.ChangePassword(ctx, id, password, "short"), errs.CodeInvalid, "new_password")
		wantCode(t, c.ChangePassword(ctx, id+1, password, second), errs.CodeNotFound, "")
		if err := c.ChangePassword(ctx, id, password, second); err != nil {
			t.Fatal(err)
		}
		after, err := c.Account(ctx, id)
		if err != nil || after.Stamp == before.Stamp || after.MustChange {
			t.Errorf("after the change: %+v, %v", after, err)
		}
		if _, err := c.SignIn(ctx, "wang.fang", second); err != nil {
			t.Errorf("the new password: %v", err)
		}
		_, err = c.SignIn(ctx, "wang.fang", password)
		wantCode(t, err, errs.CodeInvalid, "password")
		for range 3 {
			wantCode(t, c.ChangePassword(ctx, id, "not the right password", password), errs.CodeInvalid, "old_password")
		}
		wantCode(t, c.ChangePassword(ctx, id, "not the right password", password), errs.CodeLimited, "")
	})
}

func TestAPasswordSetBySomebodyElseLiftsTheBlockAndMustBeChanged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		const second = "another sentence altogether"
		id := c.account(t, "wang.fang")
		for range 5 {
			if _, err := c.SignIn(ctx, "wang.fang", "not the right password"); err == nil {
				t.Fatal("signed in")
			}
		}
		wantCode(t, c.SetPassword(ctx, "wang.fang", "short"), errs.CodeInvalid, "password")
		wantCode(t, c.SetPassword(ctx, "nobody", second), errs.CodeNotFound, "")
		if err := c.SetPassword(ctx, "Wang.Fang", second); err != nil {
			t.Fatal(err)
		}
		if _, err := c.SignIn(ctx, "wang.fang", second); err != nil {
			t.Error(err)
		}
		if a, err := c.Account(ctx, id); err != nil || !a.MustChange {
			t.Errorf("need not be changed: %v, %v", a, err)
		}
	})
}

func TestADamagedHashIsOurTroubleAndShowsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		c.account(t, "wang.fang")
		err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE accounts SET password_hash = 'geheim'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.SignIn(t.Context(), "wang.fang", password)
		wantCode(t, err, errs.CodeInternal, "")
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("the log would hold it: %v", err)
		}
	})
}
