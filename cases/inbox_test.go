package cases_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// mailsTo are the kinds of what waits in the outbox for an account, with the instant from which each may leave.
func (c *city) mailsTo(t *testing.T, account int64) (kinds []string, from []time.Time) {
	t.Helper()
	var rows []struct {
		Kind   string
		NextAt migrations.Instant
	}
	if err := c.db.Read.NewRaw("SELECT kind, next_at FROM notices WHERE account_id = ? ORDER BY id", account).Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		kinds, from = append(kinds, row.Kind), append(from, row.NextAt.Time)
	}
	return kinds, from
}

func (c *city) inbox(t *testing.T, a people.Actor) (topics []string) {
	t.Helper()
	items, err := c.desk.Inbox(t.Context(), a, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		topics = append(topics, string(item.Topic))
	}
	slices.Reverse(topics)
	return topics
}

func (c *city) choose(t *testing.T, a people.Actor, topic cases.Topic, way cases.Way) {
	t.Helper()
	s, err := c.desk.NoticeSettings(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	s.Ways[topic] = way
	if err := c.desk.SetNotices(t.Context(), a, s); err != nil {
		t.Fatal(err)
	}
}

// withoutAddress takes the waterworks' own address away: their people get the mail.
func (c *city) withoutAddress(t *testing.T) {
	t.Helper()
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE departments SET email = '' WHERE id = ?", c.water)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEachPersonIsToldTheWayTheyChose(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.withoutAddress(t)
		c.choose(t, c.waterworks, cases.TopicNew, cases.WayNone)
		c.choose(t, c.waterLead, cases.TopicNew, cases.WayInbox)
		third := c.account(t, "third", people.Grant{Role: people.Handler, Department: c.water})
		fourth := c.account(t, "fourth", people.Grant{Role: people.Handler, Department: c.water})
		c.choose(t, fourth, cases.TopicNew, cases.WayDigest)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		for _, want := range []struct {
			who    people.Actor
			mailed int
			inbox  int
		}{{c.waterworks, 0, 0}, {c.waterLead, 0, 1}, {third, 1, 1}, {fourth, 0, 1}} {
			kinds, _ := c.mailsTo(t, want.who.Account)
			if topics := c.inbox(t, want.who); len(kinds) != want.mailed || len(topics) != want.inbox {
				t.Errorf("%s: mailed %v, in the product %v", want.who.Name, kinds, topics)
			}
		}
		// The next working morning brings what waits for it, once, to those who may still see it.
		c.clock.Set("2026-03-06 09:00:00")
		for range 2 {
			if err := c.desk.WriteMailings(ctx); err != nil {
				t.Fatal(err)
			}
		}
		kinds, _ := c.mailsTo(t, fourth.Account)
		if n := len(slices.DeleteFunc(kinds, func(kind string) bool { return kind != "news" })); n != 1 {
			t.Errorf("%d morning mails", n)
		}
		if n, err := c.desk.Unread(ctx, fourth.Account); err != nil || n == 0 {
			t.Errorf("%d unread, %v", n, err)
		}
		if err := c.desk.ReadNews(ctx, fourth, 1<<40, false); err != nil {
			t.Fatal(err)
		}
		if n, err := c.desk.Unread(ctx, fourth.Account); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
		// Somebody else's stay unread.
		if n, err := c.desk.Unread(ctx, third.Account); err != nil || n == 0 {
			t.Errorf("%d unread, %v", n, err)
		}
	})
}

func TestADepartmentsOwnAddressGetsWhatItGotAndItsPeopleAreToldInTheProduct(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		parks, err := c.dir.AddDepartment(ctx, people.Department{Code: "YL", Name: "园林中心", Kind: "bureau", Email: "parks@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		handler, lead := people.Grant{Role: people.Handler, Department: parks}, people.Grant{Role: people.Leader, Department: parks}
		plain, keen, both := c.account(t, "plain", handler), c.account(t, "keen", handler), c.account(t, "both", handler, lead)
		c.choose(t, keen, cases.TopicNew, cases.WayMail)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, parks))
		if n := c.noticesWhere(t, "department_id = ? AND kind = 'routed'", parks); n != 1 {
			t.Errorf("%d mails to the department", n)
		}
		for who, mailed := range map[*people.Actor]int{&plain: 0, &keen: 1, &both: 0} {
			kinds, _ := c.mailsTo(t, who.Account)
			if topics := c.inbox(t, *who); len(kinds) != mailed || !slices.Equal(topics, []string{"new"}) {
				t.Errorf("%s: mailed %v, in the product %v", who.Name, kinds, topics)
			}
		}
	})
}

func TestMailWaitsForTheEndOfTheQuietTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.withoutAddress(t)
		s, err := c.desk.NoticeSettings(ctx, c.waterLead)
		if err != nil {
			t.Fatal(err)
		}
		s.Quiet = cases.Quiet{}
		if err := c.desk.SetNotices(ctx, c.waterLead, s); err != nil {
			t.Fatal(err)
		}
		c.clock.Set("2026-03-06 20:00:00") // Friday evening
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		if _, from := c.mailsTo(t, c.waterworks.Account); len(from) != 1 || !from[0].Equal(at("2026-03-09 07:30:00")) {
			t.Errorf("leaves %v", from)
		}
		if _, from := c.mailsTo(t, c.waterLead.Account); len(from) != 1 || !from[0].Equal(at("2026-03-06 20:00:00")) {
			t.Errorf("without quiet hours it leaves %v", from)
		}
		if topics := c.inbox(t, c.waterworks); len(topics) != 1 {
			t.Errorf("in the product %v", topics)
		}
	})
}

func TestQuietTimes(t *testing.T) {
	t.Parallel()
	calendar := sla.BuiltIn(sla.Shanghai)
	noon := cases.Quiet{From: 12 * 60, Until: 13 * 60}
	for _, c := range []struct {
		quiet     cases.Quiet
		now, want string
	}{
		{cases.UsualQuiet, "2026-03-05 10:00:00", "2026-03-05 10:00:00"},
		{cases.UsualQuiet, "2026-03-05 18:59:59", "2026-03-05 18:59:59"},
		{cases.UsualQuiet, "2026-03-05 19:00:00", "2026-03-06 07:30:00"},
		{cases.UsualQuiet, "2026-03-06 07:29:59", "2026-03-06 07:30:00"},
		{cases.UsualQuiet, "2026-03-06 07:30:00", "2026-03-06 07:30:00"},
		{cases.UsualQuiet, "2026-03-07 12:00:00", "2026-03-09 07:30:00"}, // a Saturday
		{cases.UsualQuiet, "2026-02-14 12:00:00", "2026-02-14 12:00:00"}, // a Saturday that is worked
		{cases.UsualQuiet, "2026-02-14 19:00:00", "2026-02-24 07:30:00"}, // then Spring Festival
		{noon, "2026-03-07 12:30:00", "2026-03-07 13:00:00"},
		{noon, "2026-03-07 13:00:00", "2026-03-07 13:00:00"},
		{cases.Quiet{}, "2026-03-07 03:00:00", "2026-03-07 03:00:00"},
		{cases.Quiet{DaysOff: true}, "2026-03-07 03:00:00", "2026-03-09 00:00:00"},
	} {
		if got := c.quiet.End(calendar, at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%+v at %s: ends %s, want %s", c.quiet, c.now, got.In(sla.Shanghai), c.want)
		}
	}
}

func TestWhoLostTheRoleMeanwhileGetsNoMailAndSeesNoNews(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.withoutAddress(t)
		keeper := people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
		c.clock.Set("2026-03-06 20:00:00")
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		held, err := c.dir.Holdings(ctx, c.waterLead.Account)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.dir.EndRole(ctx, keeper, c.waterLead.Account, held[0].ID, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if err := c.dir.GiveRole(ctx, keeper, c.waterLead.Account, people.Grant{Role: people.Handler, Department: c.roads}, time.Time{}); err != nil {
			t.Fatal(err)
		}
		c.clock.Set("2026-03-09 08:00:00")
		c.mailAll(t)
		if n := c.noticesWhere(t, "account_id = ? AND state = 'sent'", c.waterLead.Account); n != 0 {
			t.Errorf("%d mails left for who has gone", n)
		}
		if n := c.noticesWhere(t, "account_id = ? AND state = 'sent'", c.waterworks.Account); n != 1 {
			t.Errorf("%d mails left for who stayed", n)
		}
		dead, err := notify.Dead(ctx, c.db, notify.DeadFilter{}, 0, 10)
		if err != nil || len(dead) != 0 {
			t.Errorf("the administrator is troubled with %+v, %v", dead, err)
		}
		now, err := c.dir.Actor(ctx, c.waterLead.Account)
		if err != nil {
			t.Fatal(err)
		}
		if topics := c.inbox(t, now); len(topics) != 0 {
			t.Errorf("still sees %v", topics)
		}
	})
}

func TestTheOfficeIsToldInTheProductOfWhatIsReturned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, cases.AnyVersion, c.water))
		ok(c.desk.Return(ctx, c.waterworks, r.ID, cases.AnyVersion, "属市政"))
		if topics := c.inbox(t, c.clerk); !slices.Equal(topics, []string{"returned"}) {
			t.Errorf("the office is told %v", topics)
		}
		if kinds, _ := c.mailsTo(t, c.clerk.Account); len(kinds) != 0 {
			t.Errorf("the office is mailed %v", kinds)
		}
		wantCode(t, c.desk.SetNotices(ctx, c.clerk, cases.NoticeSettings{Ways: map[cases.Topic]cases.Way{cases.TopicNew: "pigeon"}}), errs.CodeInvalid)
		wantCode(t, c.desk.SetNotices(ctx, c.clerk, cases.NoticeSettings{Quiet: cases.Quiet{From: 24 * 60}}), errs.CodeInvalid)
		// Read news is forgotten after three months, all of it after a year.
		if err := c.desk.ReadNews(ctx, c.clerk, 1<<40, false); err != nil {
			t.Fatal(err)
		}
		c.clock.Set("2026-06-08 09:00:00")
		if err := c.desk.WriteMailings(ctx); err != nil {
			t.Fatal(err)
		}
		if topics := c.inbox(t, c.clerk); slices.Contains(topics, "returned") {
			t.Errorf("read long ago and still there: %v", topics)
		}
	})
}

// mailAll delivers every mail that may leave now.
func (c *city) mailAll(t *testing.T) {
	t.Helper()
	outbox, err := notify.NewFileOutbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	delivery, err := notify.NewDelivery(notify.DeliveryConfig{
		DB: c.db, Senders: map[string]notify.Sender{notify.Email: outbox}, Addresses: c.desk, Fill: c.desk.Fill, Clock: c.clock.Now,
		Log: slog.New(slog.DiscardHandler), From: notify.Address{Email: "mailbox@example.org"}, PublicHost: "mailbox.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := delivery.Pending(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, notice := range waiting {
		if err := delivery.Deliver(t.Context(), notice.ID); err != nil {
			t.Fatal(err)
		}
	}
}
