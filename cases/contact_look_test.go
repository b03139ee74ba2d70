package cases_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// toState takes a new letter of the waterworks to a state.
func (c *city) toState(t *testing.T, state cases.State) cases.ID {
	t.Helper()
	ctx, ok := t.Context(), must(t)
	id := c.submit(t, aLetter()).ID
	route := func() { ok(c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water)) }
	reply := func() {
		route()
		ok(c.desk.Reply(ctx, c.waterworks, id, cases.AnyVersion, "水箱已于今日清洗消毒，水质检测合格。"))
	}
	answer := func() { reply(); ok(c.desk.Answer(ctx, c.clerk, id, cases.AnyVersion, "")) }
	switch state {
	case cases.Received:
	case cases.Screened:
		ok(c.desk.Accept(ctx, c.clerk, id, cases.AnyVersion))
	case cases.Routed:
		route()
	case cases.Acknowledged:
		route()
		ok(c.desk.Acknowledge(ctx, c.waterworks, id, cases.AnyVersion))
	case cases.Replied:
		reply()
	case cases.Answered:
		answer()
	case cases.Closed:
		answer()
		ok(c.desk.Close(ctx, c.clerk, id, cases.AnyVersion))
	case cases.Declined:
		ok(c.desk.Decline(ctx, c.clerk, id, cases.AnyVersion, "court", ""))
	case cases.Withdrawn:
		ok(c.desk.Withdraw(ctx, people.TheWriter(int64(id), errs.ZH), id, ""))
	case cases.Merged: // not asked for
	}
	return id
}

// TestTheContactOpensForThoseWhoNeedItNow goes through every state and role: "work" opens at once, "reason" when it
// is said what for, "" not at all.
func TestTheContactOpensForThoseWhoNeedItNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		admin := c.account(t, "admin", people.Grant{Role: people.Administrator})
		both := c.account(t, "both", people.Grant{Role: people.Supervisor}, people.Grant{Role: people.Handler, Department: c.water})
		asst := func(id cases.ID) {
			must(t)(c.desk.AskAssist(t.Context(), c.clerk, id, cases.AnyVersion, c.roads))
		}
		for state, may := range map[cases.State]map[string]string{
			cases.Received:     {"clerk": "work"},
			cases.Screened:     {"clerk": "work"},
			cases.Routed:       {"clerk": "work", "water": "work", "water.lead": "work", "both": "work"},
			cases.Acknowledged: {"clerk": "work", "water": "work", "water.lead": "work", "both": "work"},
			cases.Replied:      {"clerk": "work"},
			cases.Answered:     {"clerk": "reason", "supervisor": "reason", "both": "reason"},
			cases.Closed:       {"clerk": "reason", "supervisor": "reason", "both": "reason"}, // while the follow-up call is to be made
			cases.Declined:     {},
			cases.Withdrawn:    {},
		} {
			id := c.toState(t, state)
			if state == cases.Routed {
				asst(id)
			}
			for name, a := range map[string]people.Actor{
				"clerk": c.clerk, "supervisor": c.supervisor, "auditor": c.auditor, "admin": admin, "both": both, "water": c.waterworks, "water.lead": c.waterLead,
				"roads": c.roadworks, "writer": people.TheWriter(int64(id), errs.ZH), "system": people.TheSystem(),
			} {
				want := may[name]
				masked, reason, err := c.desk.MaskedContact(t.Context(), a, id)
				if (err == nil) != (want != "") || reason != (want == "reason") {
					t.Errorf("%s, %s: masked %+v, reason %v, %v", state, name, masked, reason, err)
				}
				if err == nil && (masked.Name != "周**" || masked.Phone != "139****1234" || masked.Email != "z***@…") {
					t.Errorf("masked as %+v", masked)
				}
				got, err := c.desk.ShowContact(t.Context(), a, id, "")
				if want == "reason" {
					wantCode(t, err, errs.CodeInvalid)
					got, err = c.desk.ShowContact(t.Context(), a, id, "电话回访")
				}
				if (err == nil) != (want != "") || err == nil && got.Phone != "13900001234" || err != nil && !got.Empty() {
					t.Errorf("%s, %s: %+v, %v", state, name, got, err)
				}
			}
		}
	})
}

func TestEveryLookAtAContactIsWrittenDownForEver(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		id, other := c.toState(t, cases.Routed), c.toState(t, cases.Answered)
		for _, a := range []people.Actor{c.clerk, c.waterworks, c.roadworks} {
			_, _ = c.desk.ShowContact(ctx, a, id, "")
		}
		c.clock.Set("2026-03-06 09:00:00")
		if _, err := c.desk.ShowContact(ctx, c.supervisor, other, " 电话回访 "); err != nil {
			t.Fatal(err)
		}
		all, total, err := c.desk.Looks(ctx, c.auditor, cases.LookQuery{})
		if err != nil || total != 3 || len(all) != 3 {
			t.Fatalf("%+v, %d, %v", all, total, err)
		}
		if l := all[0]; l.Case != other || l.Account != "测试 supervisor" || l.Reason != "电话回访" || l.State != cases.Answered || !l.At.Equal(at("2026-03-06 09:00:00")) || l.Number == "" {
			t.Errorf("%+v", l)
		}
		if l := all[1]; l.Account != "测试 water" || l.Role != people.Handler || l.Department != "市水务集团" || l.State != cases.Routed {
			t.Errorf("%+v", l)
		}
		for name, q := range map[string]cases.LookQuery{
			"case": {Case: id}, "account": {Account: c.waterworks.Account}, "department": {Department: c.water}, "from": {From: "2026-03-06"}, "through": {Through: "2026-03-05"},
		} {
			want := map[string]int{"case": 2, "account": 1, "department": 1, "from": 1, "through": 2}[name]
			if _, n, err := c.desk.Looks(ctx, c.supervisor, q); err != nil || n != want {
				t.Errorf("by %s: %d, %v", name, n, err)
			}
		}
		_, _, err = c.desk.Looks(ctx, c.supervisor, cases.LookQuery{From: "tomorrow"})
		wantCode(t, err, errs.CodeInvalid)
		_, _, err = c.desk.Looks(ctx, c.clerk, cases.LookQuery{})
		wantCode(t, err, errs.CodeForbidden)
		for _, change := range []string{"UPDATE looks SET reason = 'x'", "DELETE FROM looks"} {
			err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, change); return err })
			if err == nil || !strings.Contains(err.Error(), "only ever added to") && !strings.Contains(err.Error(), "only ever added") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

func TestNobodyIsFoundByAMaskedContact(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ got, want cases.Contact }{
		{cases.Contact{Name: "王小明", Phone: "13812345678", Email: "wang@example.org", Address: "桃源小区 3 栋"}, cases.Contact{Name: "王**", Phone: "138****5678", Email: "w***@…", Address: "***"}},
		{cases.Contact{Name: "王", Phone: "073158500000"}, cases.Contact{Name: "**", Phone: "073*****0000"}},
		{cases.Contact{Name: "Ann Lee", Phone: "58500000"}, cases.Contact{Name: "A**", Phone: "58****"}},
		{cases.Contact{Phone: "+4930123456"}, cases.Contact{Phone: "+49****3456"}},
		{cases.Contact{}, cases.Contact{}},
	} {
		if got := one.got.Masked(); got != one.want {
			t.Errorf("%+v masked as %+v, want %+v", one.got, got, one.want)
		}
	}
}
