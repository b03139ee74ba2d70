package people_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

var (
	keeper    = people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
	clerkRole = people.Grant{Role: people.Clerk}
	adminRole = people.Grant{Role: people.Administrator}
)

// roles are what the account holds now.
func (c city) roles(t *testing.T, id int64) []people.Grant {
	t.Helper()
	a, err := c.Actor(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.Grants
}

// holding finds the latest holding of a role.
func (c city) holding(t *testing.T, id int64, g people.Grant) people.Holding {
	t.Helper()
	all, err := c.Holdings(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(h people.Holding) bool { return h.Grant == g })
	if i < 0 {
		t.Fatalf("%v was never held: %v", g, all)
	}
	return all[i]
}

func TestRolesBeginAndEndWhenSaid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx, day := t.Context(), 24*time.Hour
		edu, water := c.department(t, "JYJ", "教育局"), c.department(t, "SW", "水务局")
		id := c.account(t, "wang.fang")
		handler, leader := people.Grant{Role: people.Handler, Department: edu}, people.Grant{Role: people.Leader, Department: water}
		holds := func(when string, want ...people.Grant) {
			t.Helper()
			if diff := cmp.Diff(want, c.roles(t, id)); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		start := c.clock.now()
		for _, one := range []struct {
			g    people.Grant
			from time.Time
		}{{handler, time.Time{}}, {leader, start.Add(2 * day)}} {
			if err := c.GiveRole(ctx, keeper, id, one.g, one.from); err != nil {
				t.Fatal(err)
			}
		}
		holds("at once", handler)
		wantCode(t, c.GiveRole(ctx, keeper, id, handler, time.Time{}), errs.CodeInvalid, "from")
		wantCode(t, c.GiveRole(ctx, keeper, id, leader, time.Time{}), errs.CodeInvalid, "from") // would meet the later one
		wantCode(t, c.GiveRole(ctx, keeper, id, clerkRole, start.Add(-time.Second)), errs.CodeInvalid, "from")
		if err := c.EndRole(ctx, keeper, id, c.holding(t, id, handler).ID, start.Add(3*day)); err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.EndRole(ctx, keeper, id, c.holding(t, id, handler).ID, start), errs.CodeInvalid, "until")
		c.clock.move(2 * day)
		holds("both", handler, leader)
		c.clock.move(day - time.Second)
		holds("the last second", handler, leader)
		c.clock.move(time.Second)
		holds("over", leader)
		wantCode(t, c.EndRole(ctx, keeper, id, c.holding(t, id, handler).ID, time.Time{}), errs.CodeConflict, "")
		if err := c.EndRole(ctx, keeper, id, c.holding(t, id, leader).ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		holds("at once over")
		if err := c.GiveRole(ctx, keeper, id, leader, time.Time{}); err != nil { // again
			t.Fatal(err)
		}
		holds("again", leader)
		if all, err := c.Holdings(ctx, id); err != nil || len(all) != 3 {
			t.Errorf("the history has %d roles, %v", len(all), err)
		}
	})
}

func TestARoleThatIsCancelledBeforeItBeginsIsNeverHeld(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		id := c.account(t, "wang.fang")
		if err := c.GiveRole(t.Context(), keeper, id, clerkRole, c.clock.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := c.EndRole(t.Context(), keeper, id, c.holding(t, id, clerkRole).ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		c.clock.move(time.Hour)
		if got := c.roles(t, id); len(got) != 0 {
			t.Errorf("holds %v", got)
		}
		if h := c.holding(t, id, clerkRole); !h.Until.Equal(h.From) {
			t.Errorf("held from %v until %v", h.From, h.Until)
		}
	})
}

func TestOnlyAdministratorsChangeRoles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		edu := c.department(t, "JYJ", "教育局")
		id := c.account(t, "wang.fang", clerkRole)
		other := c.account(t, "other")
		for _, role := range people.Grantable {
			by := people.Actor{Account: id, Grants: []people.Grant{{Role: role}}}
			if role == people.Administrator {
				continue
			}
			wantCode(t, c.GiveRole(ctx, by, id, adminRole, time.Time{}), errs.CodeForbidden, "")
			wantCode(t, c.EndRole(ctx, by, id, c.holding(t, id, clerkRole).ID, time.Time{}), errs.CodeForbidden, "")
			wantCode(t, c.ChangeDetails(ctx, by, id, people.Details{Name: "李"}), errs.CodeForbidden, "")
		}
		wantCode(t, c.GiveRole(ctx, keeper, other+1, clerkRole, time.Time{}), errs.CodeNotFound, "")
		wantCode(t, c.EndRole(ctx, keeper, other, c.holding(t, id, clerkRole).ID, time.Time{}), errs.CodeNotFound, "")
		wantCode(t, c.GiveRole(ctx, keeper, id, people.Grant{Role: "mayor"}, time.Time{}), errs.CodeInvalid, "role")
		wantCode(t, c.GiveRole(ctx, keeper, id, people.Grant{Role: people.Leader, Department: edu + 1}, time.Time{}), errs.CodeInvalid, "department")
		wantCode(t, c.ChangeDetails(ctx, keeper, id, people.Details{Name: " "}), errs.CodeInvalid, "name")
		wantCode(t, c.ChangeDetails(ctx, keeper, id, people.Details{Name: "李", Email: "x"}), errs.CodeInvalid, "email")
		if err := c.ChangeDetails(ctx, keeper, id, people.Details{Name: "李 芳", Email: "li@example.org", Language: errs.EN}); err != nil {
			t.Fatal(err)
		}
		if a, err := c.Account(ctx, id); err != nil || a.Name != "李 芳" || a.Email != "li@example.org" || a.Language != errs.EN {
			t.Errorf("now %+v, %v", a, err)
		}
	})
}

func TestTheCityNeverLosesItsLastAdministrator(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		ctx := t.Context()
		first := c.account(t, "first", adminRole)
		second := c.account(t, "second")
		hers := c.holding(t, first, adminRole).ID
		wantCode(t, c.EndRole(ctx, keeper, first, hers, time.Time{}), errs.CodeConflict, "")
		wantCode(t, c.EndRole(ctx, keeper, first, hers, c.clock.now().Add(time.Hour)), errs.CodeConflict, "")
		wantCode(t, c.Disable(ctx, first), errs.CodeConflict, "")
		if err := c.Disable(ctx, second); err != nil { // somebody else may always go
			t.Fatal(err)
		}
		if err := c.GiveRole(ctx, keeper, second, adminRole, time.Time{}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.Disable(ctx, first), errs.CodeConflict, "") // the second is disabled
		if err := c.Enable(ctx, second); err != nil {
			t.Fatal(err)
		}
		if err := c.EndRole(ctx, keeper, second, c.holding(t, second, adminRole).ID, c.clock.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		wantCode(t, c.Disable(ctx, first), errs.CodeConflict, "") // the second's role has an end
	})
}

// Two administrators take each other's role away, or disable each other, at the same moment: one of them stays.
func TestTwoAdministratorsCannotRemoveEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c city) {
		for round := range 6 {
			ctx := t.Context()
			var ids, holdings []int64
			for i := range 2 {
				id := c.account(t, fmt.Sprintf("admin%d-%d", round, i), adminRole)
				ids, holdings = append(ids, id), append(holdings, c.holding(t, id, adminRole).ID)
			}
			var both sync.WaitGroup
			results := make([]error, 2)
			for i := range 2 {
				both.Go(func() {
					if (round+i)%2 == 0 {
						results[i] = c.Disable(ctx, ids[i])
					} else {
						results[i] = c.EndRole(ctx, keeper, ids[i], holdings[i], time.Time{})
					}
				})
			}
			both.Wait()
			if (results[0] == nil) == (results[1] == nil) {
				t.Fatalf("round %d: %v and %v, want exactly one refused", round, results[0], results[1])
			}
			for i, err := range results {
				if err == nil {
					continue
				}
				wantCode(t, err, errs.CodeConflict, "")
				// The one left makes room for the next round.
				err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					_, err := tx.ExecContext(ctx, "UPDATE accounts SET disabled_at = 1 WHERE id = ?", ids[i])
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
