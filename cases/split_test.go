package cases_test

import (
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/notify"
)

var lamp = cases.Second{Title: "路灯不亮", Body: "另外小区门口路灯不亮。", Kind: "help", Stays: "水箱清洗。"}

func TestASecondMatterBecomesACaseWithTheTimeOfTheFirst(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		before := c.look(t, r.ID)
		c.clock.Add(26 * time.Hour)
		asOf := c.clock.Now()
		c.clock.Add(time.Minute)
		second := must(t)(c.desk.Split(t.Context(), c.clerk, r.ID, 1, lamp))
		first, other := c.look(t, r.ID), c.look(t, second.ID)
		switch {
		case first.Title != before.Title || first.Body != before.Body || first.DueAt != before.DueAt || first.State != cases.Received || first.Version != 2:
			t.Errorf("the first has changed: %+v", first.Case)
		case other.ReceivedAt != first.ReceivedAt || other.ReceivedDay != first.ReceivedDay || other.DueAt != first.DueAt ||
			other.DueUnextendedAt != first.DueUnextendedAt || other.Provisional != first.Provisional || other.PolicyVersion != first.PolicyVersion:
			t.Errorf("the second has a time of its own: %+v", other.Case)
		case other.ContactID != first.ContactID || other.Consent != first.Consent || other.Confidential != first.Confidential || other.Channel != first.Channel:
			t.Errorf("the second is not the same writer's: %+v", other.Case)
		case other.SplitOf != first.Number() || len(first.SplitInto) != 1 || first.SplitInto[0] != other.Number() || other.Kind != "help":
			t.Errorf("not linked: %q, %q", other.SplitOf, first.SplitInto)
		}
		for _, v := range []*cases.View{first, other} {
			if last := v.History[len(v.History)-1]; last.Verb != people.Split {
				t.Errorf("%s does not tell of the split: %+v", v.Number(), last)
			}
			if err := c.desk.Verify(t.Context(), v.ID); err != nil {
				t.Error(err)
			}
		}
		// As of the minute before, the figures are what they were; from the split on there are two in the period of the letter.
		for _, count := range []struct {
			at   time.Time
			want int
		}{{asOf, 1}, {c.clock.Now(), 2}} {
			n, err := c.db.Read.NewSelect().Model((*cases.Fact)(nil)).
				Where("received_day = ? AND validity = 'valid' AND valid_from <= ? AND valid_to > ?", first.ReceivedDay, count.at.Unix(), count.at.Unix()).Count(t.Context())
			if err != nil || int(n) != count.want {
				t.Errorf("as of %v: %d letters, want %d (%v)", count.at, n, count.want, err)
			}
		}
		if _, err := c.desk.SignedReceipt(t.Context(), c.clerk, second.ID); err != nil {
			t.Errorf("no receipt: %v", err)
		}
	})
}

func TestTheWriterIsToldNumberAndSecretOfTheSecondMatter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		second := must(t)(c.desk.Split(t.Context(), c.clerk, r.ID, 1, lamp))
		var told notify.Notice
		for _, n := range c.leaving(t) {
			if n.Kind == string(wording.Split) {
				told = n
			}
		}
		filled, err := c.desk.Fill(t.Context(), told)
		if err != nil || told.Case != int64(second.ID) {
			t.Fatalf("%+v, %v", told, err)
		}
		_, secret, _ := strings.Cut(filled.Text, "查询码：")
		secret, _, _ = strings.Cut(secret, "\n")
		if _, id, err := c.desk.Track(t.Context(), second.Number(), strings.TrimSpace(secret), errs.ZH); err != nil || id != second.ID {
			t.Errorf("with what the notice says one comes to %d, %v\n%s", id, err, filled.Text)
		}
		// Whoever has proved one of the two may read the other, and nobody else's.
		stranger := c.submit(t, aLetter())
		writer := people.TheWriter(int64(r.ID), errs.ZH)
		if id, _, err := c.desk.OtherMatter(t.Context(), writer, r.ID, second.Number()); err != nil || id != second.ID {
			t.Errorf("the second: %d, %v", id, err)
		}
		if id, _, err := c.desk.OtherMatter(t.Context(), people.TheWriter(int64(second.ID), errs.ZH), second.ID, r.Number); err != nil || id != r.ID {
			t.Errorf("the first: %d, %v", id, err)
		}
		if _, _, err := c.desk.OtherMatter(t.Context(), writer, r.ID, stranger.Number); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("another's letter: %v", err)
		}
		if _, _, err := c.desk.OtherMatter(t.Context(), writer, second.ID, r.Number); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("from a letter that was not proved: %v", err)
		}
	})
}

func TestASplitIsMadeOnceAndOnlyWhereItCanBe(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		second := must(t)(c.desk.Split(t.Context(), c.clerk, r.ID, 1, lamp))
		if again := must(t)(c.desk.Split(t.Context(), c.clerk, r.ID, 1, lamp)); again.ID != second.ID {
			t.Errorf("sent twice it makes %d and %d", second.ID, again.ID)
		}
		accusing := c.submit(t, aLetter())
		must(t)(c.desk.Accuse(t.Context(), c.clerk, accusing.ID, cases.AnyVersion, c.water))
		freed := must(t)(c.desk.Split(t.Context(), c.clerk, accusing.ID, cases.AnyVersion, lamp))
		if _, err := c.desk.Route(t.Context(), c.clerk, freed.ID, cases.AnyVersion, c.water); err == nil {
			t.Error("a split takes the letter to whom it complains about")
		}
		changed := lamp
		changed.Body += "请尽快。"
		if _, err := c.desk.Split(t.Context(), c.clerk, r.ID, 1, changed); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("another text on a version that has moved on: %v", err)
		}
		if _, err := c.desk.Split(t.Context(), c.clerk, r.ID, cases.AnyVersion, cases.Second{}); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("nothing in it: %v", err)
		}
		if _, err := c.desk.Split(t.Context(), c.waterworks, r.ID, cases.AnyVersion, lamp); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("a department that does not see it: %v", err)
		}
		routed := c.routed(t)
		if _, err := c.desk.Split(t.Context(), c.waterworks, routed.ID, cases.AnyVersion, lamp); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a department: %v", err)
		}
		if _, err := c.desk.Split(t.Context(), c.clerk, routed.ID, cases.AnyVersion, lamp); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("a case that is routed: %v", err)
		}
		// What repeats is offered to be merged; the other matter of a letter is not a repeat of it.
		if found := c.similar(t, c.clerk, second.ID); len(found) > 0 && found[0].ID == r.ID {
			t.Errorf("the second is said to repeat the first: %+v", found)
		}
	})
}

func TestTheSecondMatterHasThePhotographsOfTheLetter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		l := aLetter()
		l.Key = "form"
		clean := files.Clean{Name: "表.pdf", Type: files.PDF, Data: []byte("%PDF invented"), KeepsOwnData: true}
		if err := c.desk.AddDraftFile(t.Context(), l.Key, clean); err != nil {
			t.Fatal(err)
		}
		r := c.submit(t, l)
		second := must(t)(c.desk.Split(t.Context(), c.clerk, r.ID, 1, lamp))
		for _, id := range []cases.ID{r.ID, second.ID} {
			v := c.look(t, id)
			if len(v.Files) != 1 {
				t.Fatalf("case %d has %d files", id, len(v.Files))
			}
			if _, data, err := c.desk.OpenFile(t.Context(), c.clerk, id, v.Files[0].ID); err != nil || string(data) != "%PDF invented" {
				t.Errorf("case %d: %q, %v", id, data, err)
			}
		}
		checkFacts(t, c, second.ID)
	})
}
