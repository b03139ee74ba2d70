package cases_test

import (
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/notify"
)

func TestAWriterWhoHasNotJudgedTheAnswerIsRemindedOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		judged, silent := c.answered(t), c.answered(t)
		if _, err := c.desk.Rate(t.Context(), people.TheWriter(int64(judged.ID), errs.ZH), judged.ID, cases.Rating{Grade: cases.Satisfied}); err != nil {
			t.Fatal(err)
		}
		remind := func() int {
			t.Helper()
			if _, err := c.desk.RemindToRate(t.Context(), 100); err != nil {
				t.Fatal(err)
			}
			return c.notices(t, "rate_reminder")
		}
		c.clock.Add(3*24*time.Hour - time.Minute)
		if n := remind(); n != 0 {
			t.Errorf("%d reminded before three days are over", n)
		}
		c.clock.Add(time.Hour)
		for range 2 {
			if n := remind(); n != 1 {
				t.Errorf("%d reminded, want only the writer of %s", n, silent.Number())
			}
		}
		c.clock.Add(30 * 24 * time.Hour)
		if n := remind(); n != 1 {
			t.Errorf("reminded %d times", n)
		}
	})
}

func TestAnAnswerCanBeJudgedForThirtyDays(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		k := c.answered(t)
		writer := people.TheWriter(int64(k.ID), errs.ZH)
		until := c.desk.RateUntil(k)
		c.clock.Add(until.Sub(c.clock.Now()))
		for _, grade := range []int64{cases.VerySatisfied, cases.Dissatisfied} {
			if _, err := c.desk.Rate(t.Context(), writer, k.ID, cases.Rating{Grade: grade}); err != nil {
				t.Fatalf("on the last second: %v", err)
			}
		}
		c.clock.Add(time.Second)
		if _, err := c.desk.Rate(t.Context(), writer, k.ID, cases.Rating{Grade: cases.Satisfied}); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("a second later: %v", err)
		}
		if got := c.look(t, k.ID).Rating; got != cases.Dissatisfied {
			t.Errorf("the judgement that counts is %d", got)
		}
	})
}

func TestTheMailedLinkOpensTheWritersOwnLetterOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		letter := aLetter()
		letter.Body += "我也是这个小区的。"
		first, second := c.submit(t, aLetter()), c.submit(t, letter)
		if _, err := c.desk.Merge(t.Context(), c.clerk, second.ID, cases.AnyVersion, first.ID); err != nil {
			t.Fatal(err)
		}
		ok := must(t)
		ok(c.desk.Route(t.Context(), c.clerk, first.ID, cases.AnyVersion, c.water))
		ok(c.desk.Reply(t.Context(), c.waterworks, first.ID, cases.AnyVersion, "已清洗。"))
		ok(c.desk.Answer(t.Context(), c.clerk, first.ID, cases.AnyVersion, ""))
		opening := 0
		for _, n := range c.leaving(t) {
			own, other := first, second
			if n.Case == int64(second.ID) {
				own, other = second, first
			}
			text := n.Text + n.HTML
			if strings.Contains(text, "\u2063") || strings.Contains(text, "%e2%81%a3") {
				t.Errorf("%s: a mark is left", n.Kind)
			}
			if strings.Contains(text, other.Secret) {
				t.Errorf("%s for %s holds the secret of %s", n.Kind, own.Number, other.Number)
			}
			if !strings.Contains(text, "/track/open") {
				continue
			}
			opening++
			if strings.Count(text, "secret="+own.Secret) < 2 {
				t.Errorf("%s: the link does not open the letter:\n%s", n.Kind, n.Text)
			}
		}
		if opening < 3 {
			t.Errorf("only %d notices open a letter", opening)
		}
	})
}

// leaving are the notices to writers as they leave.
func (c *city) leaving(t *testing.T) (all []notify.Notice) {
	t.Helper()
	var rows []struct {
		CaseID, ContactID   int64
		Kind, Body, Subject string
		HTML                string `bun:"html"`
	}
	err := c.db.Read.NewRaw("SELECT case_id, contact_id, kind, subject, body, html FROM notices WHERE contact_id IS NOT NULL").Scan(t.Context(), &rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		n, err := c.desk.Fill(t.Context(), notify.Notice{
			Case: r.CaseID, To: notify.Recipient{Contact: r.ContactID}, Kind: r.Kind, Subject: r.Subject, Text: r.Body, HTML: r.HTML,
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}
