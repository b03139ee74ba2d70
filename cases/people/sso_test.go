package people_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestTheSingleSignOnKeepsItsRolesApartFromThoseByHand(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		water, old := c.department(t, "SW", "水务局"), c.department(t, "OLD", "旧局")
		if err := c.MergeDepartment(ctx, old, water, false); err != nil {
			t.Fatal(err)
		}
		who := people.Person{
			Issuer: "https://login.example.org", Subject: "17", Login: "Wang Fang@city", Name: "王\u200b芳", Email: "wang@example.org",
			Roles: []people.CodedGrant{{Role: people.Clerk}, {Role: people.Handler, Code: "SW"}, {Role: people.Leader, Code: "OLD"}, {Role: people.Leader, Code: "NONE"}},
		}
		a, err := c.SignInSSO(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		handler := people.Grant{Role: people.Handler, Department: water}
		if a.Login != "wangfang" || a.Name != "wangfang" || len(a.ByHand) != 0 || !cmp.Equal(a.Grants, []people.Grant{clerkRole, handler}) {
			t.Errorf("made %+v", a)
		}
		if err := c.GiveRole(ctx, keeper, a.ID, clerkRole, time.Time{}); err != nil { // the same by hand
			t.Fatal(err)
		}
		held := c.holding(t, a.ID, handler)
		if held.Source != people.BySSO {
			t.Errorf("held %+v", held)
		}
		c.clock.move(time.Hour)
		for _, roles := range [][]people.CodedGrant{who.Roles, nil, who.Roles[1:2]} {
			who.Roles = roles
			if a, err = c.SignInSSO(ctx, who); err != nil {
				t.Fatal(err)
			}
			if !cmp.Equal(a.ByHand, []people.Grant{clerkRole}) {
				t.Errorf("by hand %v", a.ByHand)
			}
			if len(roles) == 4 && c.holding(t, a.ID, handler).ID != held.ID {
				t.Error("a role that goes on was given anew")
			}
			if len(roles) == 0 && !cmp.Equal(a.Grants, []people.Grant{clerkRole}) {
				t.Errorf("without roles there: %v", a.Grants)
			}
		}
		if !cmp.Equal(a.Grants, []people.Grant{clerkRole, handler}) {
			t.Errorf("at last %v", a.Grants)
		}
		// An administrator can end such a role as well.
		if err := c.EndRole(ctx, keeper, a.ID, c.holding(t, a.ID, handler).ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheSingleSignOnOpensNobodyElsesAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		id := c.account(t, "admin", adminRole)
		role := []people.CodedGrant{{Role: people.Auditor}}
		person := func(subject, email string, roles ...people.CodedGrant) people.Person {
			return people.Person{Issuer: "https://login.example.org", Subject: subject, Login: "admin", Name: "某人", Email: email, Roles: roles}
		}
		_, err := c.SignInSSO(ctx, person("1", ""))
		wantCode(t, err, errs.CodeForbidden, "")
		if a, err := c.SignInSSO(ctx, person("1", "", role...)); err != nil || a.ID == id || a.Login != "admin2" || a.Email != "" {
			t.Errorf("made %+v, %v", a, err)
		}
		if a, err := c.SignInSSO(ctx, person("2", "Admin@Example.ORG")); err != nil || a.ID != id || !cmp.Equal(a.Grants, []people.Grant{adminRole}) {
			t.Errorf("linked %+v, %v", a, err)
		}
		_, err = c.SignInSSO(ctx, person("3", "admin@example.org", role...)) // the address was given to somebody else
		wantCode(t, err, errs.CodeForbidden, "")
		if a, err := c.SignInSSO(ctx, person("2", "")); err != nil || a.ID != id {
			t.Errorf("without an address: %+v, %v", a, err)
		}
		for _, login := range []string{"twin", "twin2"} {
			if _, err := c.AddAccount(ctx, people.NewAccount{Login: login, Name: "双", Email: "twins@example.org", Password: password}); err != nil {
				t.Fatal(err)
			}
		}
		_, err = c.SignInSSO(ctx, person("4", "twins@example.org", role...))
		wantCode(t, err, errs.CodeForbidden, "")
		c.account(t, "second", adminRole)
		if err := c.Disable(ctx, id); err != nil {
			t.Fatal(err)
		}
		a, err := c.SignInSSO(ctx, person("2", ""))
		wantCode(t, err, errs.CodeForbidden, "")
		if a.ID != id {
			t.Errorf("the refusal is of account %d", a.ID)
		}
		if _, err := c.SignInSSO(ctx, people.Person{Issuer: "x"}); err == nil || errs.CodeOf(err) != errs.CodeInternal {
			t.Errorf("a person without a subject: %v", err)
		}
		if a, err := c.SignInSSO(ctx, people.Person{Issuer: "x", Subject: "长", Login: strings.Repeat("很长", 99), Roles: role}); err != nil || a.Login != "user" {
			t.Errorf("without a usable name: %+v, %v", a, err)
		}
	})
}

func TestTheFirstSignInOfTwoBrowsersAtOnceMakesOneAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		who := people.Person{Issuer: "https://login.example.org", Subject: "17", Login: "wang", Name: "王芳", Roles: []people.CodedGrant{{Role: people.Clerk}}}
		var all sync.WaitGroup
		ids := make([]int64, 4)
		for i := range ids {
			all.Go(func() {
				a, err := c.SignInSSO(t.Context(), who)
				if err != nil {
					t.Error(err)
				}
				ids[i] = a.ID
			})
		}
		all.Wait()
		list, err := c.Accounts(t.Context())
		if err != nil || len(list) != 1 || len(list[0].Grants) != 1 {
			t.Errorf("accounts %+v, %v", list, err)
		}
		if held, err := c.Holdings(t.Context(), ids[0]); err != nil || len(held) != 1 {
			t.Errorf("held %v, %v", held, err)
		}
	})
}
