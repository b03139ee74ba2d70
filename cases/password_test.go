package cases_test

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/cases/wording"
	"mailbox/notify"
)

// mails are those that were sent.
type mails []notify.Message

func (m *mails) Send(_ context.Context, one notify.Message) error {
	*m = append(*m, one)
	return nil
}

func TestTheLinkToANewPasswordStandsInTheMailOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		var sent mails
		delivery, err := notify.NewDelivery(notify.DeliveryConfig{
			DB: c.db, Senders: map[string]notify.Sender{notify.Email: &sent}, Addresses: c.desk, Fill: c.desk.Fill, Clock: c.clock.Now,
			Log: slog.New(slog.DiscardHandler), From: notify.Address{Email: "mailbox@example.org"}, PublicHost: "mailbox.example.org",
		})
		if err != nil {
			t.Fatal(err)
		}
		from := people.SignIn{Address: "192.0.2.7"}
		deliver := func() {
			t.Helper()
			var ids []int64
			if err := c.db.Read.NewRaw("SELECT id FROM notices WHERE kind = 'new_password' AND state = 'pending' ORDER BY id").Scan(ctx, &ids); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				if err := delivery.Deliver(ctx, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, who := range []string{"supervisor", "supervisor", "nobody", "nobody@example.org"} { // twice in a second is once
			if err := c.desk.LostPassword(ctx, who, from); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.desk.LostPassword(ctx, "", from); errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "who" {
			t.Errorf("nobody asks: %v", err)
		}
		var body, html string
		if err := c.db.Read.NewRaw("SELECT body, html FROM notices WHERE kind = 'new_password'").Scan(ctx, &body, &html); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(body, wording.SecretMark) || regexp.MustCompile(`secret=[a-z0-9]`).MatchString(body+html) {
			t.Errorf("the outbox holds the link, or no place for it:\n%s", body)
		}
		deliver()
		if len(sent) != 1 || sent[0].To.Email != "supervisor@example.org" {
			t.Fatalf("sent %d mails: %v", len(sent), sent)
		}
		link := regexp.MustCompile(`https://mailbox\.example\.org/sign-in/new-password\?lang=zh&secret=(\S+)`).FindStringSubmatch(sent[0].Text)
		if link == nil || !strings.Contains(sent[0].HTML, "secret="+link[1]) || strings.Contains(sent[0].HTML, "SECRET") {
			t.Fatalf("no link in\n%s", sent[0].Text)
		}
		keys, err := seal.Read(c.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		if a, err := people.NewResets(c.dir, keys.LookupHash).Account(ctx, link[1]); err != nil || a.ID != c.supervisor.Account {
			t.Errorf("the link leads to %v, %v", a.Login, err)
		}

		// One that cannot be sent within its hour, or whose account was disabled meanwhile, is not sent at all.
		if err := c.desk.LostPassword(ctx, "auditor", from); err != nil {
			t.Fatal(err)
		}
		if err := c.dir.Disable(ctx, c.auditor.Account); err != nil {
			t.Fatal(err)
		}
		if err := c.desk.LostPassword(ctx, "water", from); err != nil {
			t.Fatal(err)
		}
		c.clock.Add(people.ResetTime)
		deliver()
		if dead := c.noticesWhere(t, "kind = 'new_password' AND state = 'dead'"); len(sent) != 1 || dead != 2 {
			t.Errorf("%d sent, %d dead", len(sent), dead)
		}
	})
}
