package cases_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/notify"
)

// phoned is a letter whose writer left nothing but this number.
func phoned(phone string) cases.Letter {
	l := aLetter()
	l.Writer.Phone, l.Writer.Email = phone, ""
	return l
}

// noticesWhere counts what lies in the outbox.
func (c *city) noticesWhere(t *testing.T, where string, args ...any) (n int64) {
	t.Helper()
	if err := c.db.Read.NewRaw("SELECT count(*) FROM notices WHERE "+where, args...).Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// sendAll delivers everything that waits, in order, by these senders.
func (c *city) sendAll(t *testing.T, desk *cases.Desk, senders map[string]notify.Sender) {
	t.Helper()
	delivery, err := notify.NewDelivery(notify.DeliveryConfig{
		DB: c.db, Senders: senders, Addresses: desk, Fill: desk.Fill, Clock: c.clock.Now, Log: slog.New(slog.DiscardHandler),
		From: notify.Address{Email: "mailbox@example.org"}, PublicHost: "mailbox.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	if err := c.db.Read.NewRaw("SELECT id FROM notices WHERE state = 'pending' AND medium = 'sms' ORDER BY id").Scan(t.Context(), &ids); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := delivery.Deliver(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWriterWithoutMailIsToldByShortMessages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		desk := c.deskFor(t, func(c *cases.Config) { c.SMS = true })
		var got []map[string]string
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var m map[string]string
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			got = append(got, m)
		}))
		defer server.Close()
		gateway, err := notify.NewSMSGateway(server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		senders := map[string]notify.Sender{notify.SMS: gateway}
		r, err := desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), phoned("139 0000 1234"))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Texted || r.Mailed {
			t.Errorf("the receipt was texted %t, mailed %t", r.Texted, r.Mailed)
		}
		if c.noticesWhere(t, "body LIKE ?", "%"+r.Secret+"%") != 0 {
			t.Error("the secret lies in the outbox")
		}
		c.sendAll(t, desk, senders)
		if _, err := desk.Decline(t.Context(), c.clerk, r.ID, cases.AnyVersion, "court", ""); err != nil {
			t.Fatal(err)
		}
		if err := desk.LostSecret(t.Context(), r.Number, "13900001234"); err != nil {
			t.Fatal(err)
		}
		c.sendAll(t, desk, senders)
		var texts []string
		for _, m := range got {
			if m["to"] != "13900001234" {
				t.Errorf("a message to %s", m["to"])
			}
			texts = append(texts, m["text"])
		}
		if len(texts) != 3 || !strings.Contains(texts[0], "查询码："+r.Secret) || !strings.Contains(texts[0], r.Number) {
			t.Fatalf("the writer got %q", texts)
		}
		// The new secret opens the letter; it stands in the last message.
		_, secret, _ := strings.Cut(texts[2], "secret=")
		if _, _, err := desk.Track(t.Context(), r.Number, secret, errs.ZH); err != nil || secret == r.Secret {
			t.Errorf("the secret %q: %v", secret, err)
		}
		if slices.ContainsFunc(texts, func(text string) bool {
			return strings.Contains(text, wording.SecretMark) || strings.Contains(text, "水箱")
		}) {
			t.Errorf("a secret is missing or the letter stands in %q", texts)
		}
	})
}

func TestShortMessagesGoOnlyWhereTheyArriveAndNobodyIsToldTwice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		with := c.deskFor(t, func(c *cases.Config) { c.SMS = true })
		for name, one := range map[string]struct {
			desk *cases.Desk
			l    cases.Letter
			want [2]int64 // mails, short messages
		}{
			"an address and a number":    {with, aLetter(), [2]int64{1, 0}},
			"a mobile number":            {with, phoned("15900001234"), [2]int64{0, 1}},
			"a foreign number":           {with, phoned("+85291234567"), [2]int64{0, 1}},
			"a fixed line":               {with, phoned("0731-58500000"), [2]int64{}},
			"a hotline":                  {with, phoned("12345"), [2]int64{}},
			"a city without a gateway":   {c.anotherDesk(t), phoned("15900001234"), [2]int64{}},
			"a writer who wants no copy": {with, func() cases.Letter { l := phoned("15900001234"); l.NoCopy = true; return l }(), [2]int64{}},
		} {
			r, err := one.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), one.l)
			if err != nil {
				t.Fatal(err)
			}
			const of = "case_id = ? AND medium = ?"
			if got := [2]int64{c.noticesWhere(t, of, r.ID, notify.Email), c.noticesWhere(t, of, r.ID, notify.SMS)}; got != one.want {
				t.Errorf("%s: mails and messages %v, not %v", name, got, one.want)
			}
			if r.Mailed != (one.want[0] == 1) || r.Texted != (one.want[1] == 1) {
				t.Errorf("%s: the receipt says mailed %t, texted %t", name, r.Mailed, r.Texted)
			}
		}
	})
}

func TestASecretThatCannotBeSentAnewStaysGood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		desk := c.deskFor(t, func(c *cases.Config) { c.SMS = true })
		r, err := desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), phoned("0731-58500000"))
		if err != nil {
			t.Fatal(err)
		}
		if err := desk.LostSecret(t.Context(), r.Number, "0731 58500000"); err != nil {
			t.Errorf("a fixed line: %v", err)
		}
		if _, _, err := desk.Track(t.Context(), r.Number, r.Secret, errs.ZH); err != nil {
			t.Errorf("the secret on the receipt is void and no other was sent: %v", err)
		}
	})
}

func TestALetterSentTwiceSaysHowItsReceiptWent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		for i, wants := range []bool{true, false} {
			l := aLetter()
			l.Key, l.NoCopy = fmt.Sprint("sent twice ", i), !wants
			for range 2 {
				r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), l)
				if err != nil || r.Mailed != wants || r.Texted {
					t.Errorf("a copy is wanted: %t; the receipt says mailed %t, texted %t, %v", wants, r.Mailed, r.Texted, err)
				}
			}
		}
	})
}
