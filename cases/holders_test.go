package cases_test

import (
	"testing"
	"time"

	"mailbox/cases/people"
)

func TestOnlyThoseWhoHaveTheRoleNowAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		keeper := people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
		supervisor := people.Grant{Role: people.Supervisor}
		coming := c.account(t, "coming")
		if err := c.dir.GiveRole(ctx, keeper, coming.Account, supervisor, c.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		held, err := c.dir.Holdings(ctx, c.supervisor.Account)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.dir.EndRole(ctx, keeper, c.supervisor.Account, held[0].ID, c.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		told := func() (ids []int64) {
			t.Helper()
			number := c.submit(t, aLetter())
			k := must(t)(c.desk.Route(ctx, c.clerk, number.ID, 1, c.water))
			must(t)(c.desk.AskExtension(ctx, c.waterworks, k.ID, k.Version, 2, "水箱须停水清洗，今天做不完。"))
			if err := c.db.Read.NewRaw("SELECT account_id FROM notices WHERE kind = 'extension_asked' AND case_id = ?", k.ID).Scan(ctx, &ids); err != nil {
				t.Fatal(err)
			}
			return ids
		}
		if got := told(); len(got) != 1 || got[0] != c.supervisor.Account {
			t.Errorf("told %v, want the supervisor %d of today", got, c.supervisor.Account)
		}
		c.clock.Add(time.Hour)
		if got := told(); len(got) != 1 || got[0] != coming.Account {
			t.Errorf("an hour later told %v, want %d", got, coming.Account)
		}
	})
}
