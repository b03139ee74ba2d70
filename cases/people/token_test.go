package people_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestATokenOpensWhatItsAccountMayUntilItIsOver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		actor := func(login string, grants ...people.Grant) people.Actor {
			t.Helper()
			a, err := c.Actor(ctx, c.account(t, login, grants...))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		chen, li := actor("chen", people.Grant{Role: people.Clerk}), actor("li", people.Grant{Role: people.Clerk})
		admin := actor("admin", people.Grant{Role: people.Administrator})
		month := c.clock.now().AddDate(0, 1, 0)
		made := func(a people.Actor, name string) string {
			t.Helper()
			secret, err := c.MakeToken(audit.By(ctx, a.Account), a, people.NewToken{Name: name, Scopes: []people.Scope{people.ReadCases, people.ReadFigures}, Expires: month})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		known := func(secret string) bool {
			t.Helper()
			_, _, known, err := c.ByToken(ctx, secret)
			if err != nil {
				t.Fatal(err)
			}
			return known
		}
		secret := made(chen, " 周报　程序 ")
		if !regexp.MustCompile(`^mbx_[A-Z2-7]{26}$`).MatchString(secret) {
			t.Errorf("a token is %q", secret)
		}
		account, token, ok, err := c.ByToken(ctx, secret)
		if err != nil || !ok || account.ID != chen.Account || !account.Actor().Is(people.Clerk) || token.Name != "周报 程序" || !strings.HasPrefix(secret, token.Begins) {
			t.Fatalf("%+v, %+v, %v, %v", account, token, ok, err)
		}
		if diff := cmp.Diff(people.Scopes, token.Scopes); diff != "" || token.Permit(people.ReadCases) != nil {
			t.Error(diff)
		}
		if err := (people.Token{Scopes: []people.Scope{people.ReadFigures}}).Permit(people.ReadCases); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a scope it does not have: %v", err)
		}
		if list, err := c.Tokens(ctx, chen); err != nil || len(list) != 1 || !list[0].UsedAt.Equal(c.clock.now().Truncate(time.Second)) {
			t.Errorf("its use is not written down: %+v, %v", list, err)
		}
		var kept string
		if err := c.db.Read.NewRaw("SELECT token FROM api_tokens").Scan(ctx, &kept); err != nil || strings.Contains(kept, secret[4:]) {
			t.Errorf("the token is kept as %q, %v", kept, err)
		}
		for _, other := range []string{"", "mbx_", secret[4:], secret + "A", strings.ToLower(secret), "mbx_" + strings.Repeat("A", 26), "mbx_" + strings.Repeat("A", 1000)} {
			if known(other) {
				t.Errorf("%q opens", other)
			}
		}
		if list, err := c.Tokens(ctx, li); err != nil || len(list) != 0 {
			t.Errorf("a colleague sees %+v, %v", list, err)
		}
		if err := c.RevokeToken(ctx, li, token.ID); errs.CodeOf(err) != errs.CodeInvalid || !known(secret) {
			t.Errorf("a colleague revokes: %v", err)
		}
		if _, err := c.AllTokens(ctx, li); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a colleague sees all: %v", err)
		}
		for range 2 {
			if err := c.RevokeToken(audit.By(ctx, admin.Account), admin, token.ID); err != nil || known(secret) {
				t.Errorf("an administrator revokes: %v", err)
			}
		}
		second, third := made(chen, "二"), made(li, "三")
		if all, err := c.AllTokens(ctx, admin); err != nil || len(all) != 3 || all[0].Name != "三" || all[2].RevokedBy != admin.Account {
			t.Errorf("all: %+v, %v", all, err)
		}
		if err := c.Disable(ctx, li.Account); err != nil || known(third) {
			t.Errorf("a disabled account's token opens, %v", err)
		}
		if err := c.Enable(ctx, li.Account); err != nil || !known(third) {
			t.Errorf("an account that is back: %v", err)
		}
		c.clock.move(month.Sub(c.clock.now()) - time.Second)
		if !known(second) {
			t.Error("the last second is not good")
		}
		c.clock.move(time.Second)
		if known(second) {
			t.Error("it is good for ever")
		}
		var lines []string
		entries, err := audit.Entries(ctx, c.db.Read, audit.Filter{Subject: audit.Account}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			for _, change := range e.Changes {
				if strings.Contains(change.Was+change.Is, secret) {
					t.Error("the record of administration holds a token")
				}
			}
			if e.Deed == audit.TokenMade || e.Deed == audit.TokenRevoked {
				lines = append(lines, string(e.Deed))
			}
		}
		if got := strings.Join(lines, " "); got != "token_made token_made token_revoked token_made" {
			t.Errorf("the record says %q", got)
		}
	})
}

func TestATokenMustBeNamedScopedAndShortLived(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, a := t.Context(), people.Actor{Account: c.account(t, "chen")}
		good := people.NewToken{Name: "周报", Scopes: []people.Scope{people.ReadFigures}, Expires: c.clock.now().AddDate(1, 0, 0)}
		for field, spoil := range map[string]func(*people.NewToken){
			"name":  func(n *people.NewToken) { n.Name = strings.Repeat("长", people.MaxTokenName+1) },
			"scope": func(n *people.NewToken) { n.Scopes = []people.Scope{people.ReadFigures, "cases:write"} },
			"until": func(n *people.NewToken) { n.Expires = c.clock.now().AddDate(0, 0, people.TokenDays).Add(time.Second) },
		} {
			n := good
			spoil(&n)
			if _, err := c.MakeToken(ctx, a, n); errs.FieldOf(err) != field || errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("%s: %v", field, err)
			}
		}
		for field, n := range map[string]people.NewToken{
			"name": {Scopes: good.Scopes, Expires: good.Expires}, "scope": {Name: "x", Expires: good.Expires},
			"until": {Name: "x", Scopes: good.Scopes, Expires: c.clock.now()},
		} {
			if _, err := c.MakeToken(ctx, a, n); errs.FieldOf(err) != field || errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("%s left out: %v", field, err)
			}
		}
		for range 20 {
			if _, err := c.MakeToken(ctx, a, good); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.MakeToken(ctx, a, good); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("the twenty-first: %v", err)
		}
	})
}

// TestWhatOnlyTheSingleSignOnGivesIsNotGivenToPrograms: who was taken off it must not go on by a token.
func TestWhatOnlyTheSingleSignOnGivesIsNotGivenToPrograms(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		id := c.account(t, "chen", people.Grant{Role: people.Auditor})
		err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE grants SET source = ? WHERE account_id = ?", people.BySSO, id)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		secret, err := c.MakeToken(ctx, people.Actor{Account: id}, people.NewToken{Name: "x", Scopes: people.Scopes, Expires: c.clock.now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		if account, _, known, err := c.ByToken(ctx, secret); err != nil || !known || len(account.Actor().Grants) != 0 {
			t.Errorf("%+v, %v, %v", account.Actor(), known, err)
		}
	})
}
