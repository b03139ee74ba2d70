package report_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/notify"
	"mailbox/sla"
	"mailbox/sla/report"
)

// postbag keeps what was sent; to whom it refuses is refused.
type postbag struct {
	mu      sync.Mutex
	sent    []notify.Message
	refuses string
}

func (b *postbag) Send(_ context.Context, m notify.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.To.Email == b.refuses {
		return &notify.PermanentError{Err: errors.New("550 no such mailbox")}
	}
	b.sent = append(b.sent, m)
	return nil
}

// deliver sends all that waits in the outbox.
func (c *chronicle) deliver(t *testing.T, bag *postbag) {
	t.Helper()
	delivery, err := notify.NewDelivery(notify.DeliveryConfig{
		DB: c.db, Senders: map[string]notify.Sender{notify.Email: bag}, Addresses: c.desk, Clock: c.desk.Now, Log: slog.New(slog.DiscardHandler),
		Fill: c.stored.Attach,
		From: notify.Address{Email: "mailbox@example.org"}, PublicHost: "mailbox.example.org",
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

func TestEachReportIsMailedOnceToEachWhoWasNamedForIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		c := newChronicle(t, db)
		directory := people.NewDirectory(db, c.desk.Now)
		leader, err := directory.AddAccount(ctx, people.NewAccount{Login: "leader", Name: "王督查", Email: "wang@example.org", Password: "letters to the mayor"})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []cases.NewRecipient{
			{Kind: sla.MonthPeriod, Account: leader, Language: errs.EN},
			{Kind: sla.MonthPeriod, Email: "Mayor.Office@example.org", Language: errs.ZH},
			{Kind: sla.QuarterPeriod, Email: "gone@example.org", Language: errs.ZH},
		} {
			if err := c.desk.AddReportRecipient(ctx, c.supervisor, n); err != nil {
				t.Fatal(err)
			}
		}
		c.playUntil(t, "2026-02-28", func() {})
		c.clock(t, "2026-04-01 09:01:00")
		var both sync.WaitGroup
		for _, keeper := range []*report.StoredReports{c.keeper(), c.keeper()} { // as in two processes at once
			both.Go(func() {
				if _, err := keeper.MakeDue(ctx); err != nil { // January to March, and the quarter: seven mails
					t.Error(err)
				}
			})
		}
		both.Wait()
		bag := &postbag{refuses: "gone@example.org"}
		for range 2 {
			c.deliver(t, bag)
			if _, err := c.keeper().MakeDue(ctx); err != nil {
				t.Fatal(err)
			}
		}
		got := map[string]int{}
		for _, m := range bag.sent {
			if !strings.Contains(m.ID, "notice-") || m.To.Email == "" || len(m.Attachments) == 0 {
				continue // to the writers, of their letters
			}
			got[m.To.Email]++
			lang := errs.ZH
			if m.To.Email == "wang@example.org" {
				lang = errs.EN
				if !strings.Contains(m.Text, "/reports/stored/") {
					t.Errorf("somebody with an account is not led to the page:\n%s", m.Text)
				}
			} else if strings.Contains(m.Text, "http") {
				t.Errorf("somebody outside is led to a page that would not let them in:\n%s", m.Text)
			}
			a := m.Attachments[0]
			_, period, _ := strings.Cut(strings.TrimSuffix(a.Name, ".docx"), "report-")
			var id int64
			if err := db.Read.NewRaw("SELECT id FROM stored_reports WHERE period = ?", period).Scan(ctx, &id); err != nil {
				t.Fatal(a.Name, err)
			}
			r, err := c.stored.Get(ctx, c.supervisor, id)
			if err != nil {
				t.Fatal(err)
			}
			file, err := c.stored.File(ctx, c.supervisor, r, report.FormDOCX, lang)
			if err != nil || !bytes.Equal(file.Content, a.Data) {
				t.Errorf("%s to %s is not what was stored: %v", a.Name, m.To.Email, err)
			}
		}
		if got["wang@example.org"] != 3 || got["mayor.office@example.org"] != 3 || len(got) != 2 {
			t.Errorf("mailed: %v", got)
		}
		list, err := c.stored.List(ctx, c.supervisor, "2026")
		if err != nil {
			t.Fatal(err)
		}
		mails, err := c.stored.Mails(ctx, c.supervisor, list)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			of := mails[list[i].ID]
			switch {
			case list[i].Kind == sla.QuarterPeriod && (len(of) != 1 || !of[0].Failed || !of[0].Outside || of[0].Shown == "gone@example.org"):
				t.Errorf("of the quarter's mail: %+v", of)
			case list[i].Kind == sla.MonthPeriod && (len(of) != 2 || of[0].Shown != "王督查" || of[0].SentAt.IsZero() || of[1].Failed || strings.Contains(of[1].Shown, "mayor.office")):
				t.Errorf("of the mails with %s: %+v", list[i].Period, of)
			}
		}
		var kept string
		if err := db.Read.NewRaw("SELECT COUNT(*) FROM notices WHERE body LIKE '%mayor.office%' OR last_error LIKE '%gone@%'").Scan(ctx, &kept); err != nil || kept != "0" {
			t.Errorf("%s rows of the outbox hold an address: %v", kept, err)
		}
	})
}

func TestWhoIsTakenOffGetsNotEvenWhatWaits(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		c := newChronicle(t, db)
		directory := people.NewDirectory(db, c.desk.Now)
		leaver, err := directory.AddAccount(ctx, people.NewAccount{Login: "leaver", Name: "李某", Email: "li@example.org", Password: "letters to the mayor"})
		if err != nil {
			t.Fatal(err)
		}
		add := func(a people.Actor, n cases.NewRecipient) error { return c.desk.AddReportRecipient(ctx, a, n) }
		for _, n := range []cases.NewRecipient{{Account: leaver}, {Email: "a@example.org"}} {
			n.Kind, n.Language = sla.MonthPeriod, errs.ZH
			if err := add(c.supervisor, n); err != nil {
				t.Fatal(err)
			}
		}
		for name, try := range map[string]struct {
			n     cases.NewRecipient
			field string
		}{
			"nobody":             {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.ZH}, "email"},
			"no address":         {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.ZH, Email: "mayor"}, "email"},
			"two lines":          {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.ZH, Email: "a@example.org\r\nBcc: b@example.org"}, "email"},
			"the address twice":  {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.EN, Email: "A@Example.org"}, "email"},
			"the person twice":   {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.EN, Account: leaver}, "account"},
			"both":               {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.EN, Account: leaver, Email: "c@example.org"}, "email"},
			"without an address": {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.EN, Account: c.supervisor.Account}, "account"},
			"a stranger":         {cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.EN, Account: 99}, "account"},
			"no kind":            {cases.NewRecipient{Language: errs.EN, Email: "c@example.org"}, "kind"},
			"no language":        {cases.NewRecipient{Kind: sla.MonthPeriod, Language: "fr", Email: "c@example.org"}, "language"},
		} {
			if err := add(c.supervisor, try.n); errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != try.field {
				t.Errorf("%s: %v at %q", name, err, errs.FieldOf(err))
			}
		}
		clerk := people.Actor{Account: c.supervisor.Account, Grants: []people.Grant{{Role: people.Clerk}}}
		for name, err := range map[string]error{
			"adds":  add(clerk, cases.NewRecipient{Kind: sla.MonthPeriod, Language: errs.ZH, Email: "d@example.org"}),
			"ends":  c.desk.EndReportRecipient(ctx, clerk, 1),
			"lists": second2(c.desk.ReportRecipients(ctx, clerk)),
		} {
			if errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("a clerk %s: %v", name, err)
			}
		}
		c.playUntil(t, "2026-02-02", func() {})
		c.makeDue(t)
		if err := directory.Disable(ctx, leaver); err != nil {
			t.Fatal(err)
		}
		if err := c.desk.EndReportRecipient(ctx, c.supervisor, 2); err != nil {
			t.Fatal(err)
		}
		if err := c.desk.EndReportRecipient(ctx, c.supervisor, 2); errs.CodeOf(err) != errs.CodeNotFound {
			t.Error(err)
		}
		bag := &postbag{}
		c.deliver(t, bag)
		for _, m := range bag.sent {
			if len(m.Attachments) > 0 {
				t.Errorf("%s got the report", m.To.Email)
			}
		}
		var sealed int
		if err := db.Read.NewRaw("SELECT COUNT(*) FROM contacts AS k JOIN report_recipients AS r ON r.contact_id = k.id WHERE k.sealed IS NOT NULL").Scan(ctx, &sealed); err != nil || sealed != 0 {
			t.Errorf("%d addresses are kept of those taken off: %v", sealed, err)
		}
	})
}
