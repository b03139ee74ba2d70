package cases_test

import (
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestAConfidentialCaseHidesItsWriterFromDepartmentsAndTheirLeaders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		l := aLetter()
		l.Confide = true
		id := c.submit(t, l).ID
		v := ok(c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water, c.roads))
		if !v.Confidential {
			t.Fatal("the writer asked for it")
		}
		for _, a := range []people.Actor{c.waterworks, c.waterLead, c.roadworks} {
			_, _, err := c.desk.MaskedContact(ctx, a, id)
			if err == nil {
				t.Error("a department sees the masked contact")
			}
			if got, err := c.desk.ShowContact(ctx, a, id, "x"); err == nil || !got.Empty() {
				t.Errorf("a department sees %+v", got)
			}
		}
		if _, err := c.desk.ShowContact(ctx, c.clerk, id, ""); err != nil {
			t.Error(err)
		}
		_, err := c.desk.LiftConfidential(ctx, c.clerk, id, v.Version, " ")
		wantCode(t, err, errs.CodeInvalid)
		_, err = c.desk.LiftConfidential(ctx, c.supervisor, id, v.Version, "来信人同意")
		wantCode(t, err, errs.CodeForbidden)
		_, err = c.desk.MarkConfidential(ctx, c.clerk, id, v.Version, "来信人要求")
		wantCode(t, err, errs.CodeConflict)
		ok(c.desk.LiftConfidential(ctx, c.clerk, id, v.Version, "来信人周小禾电话同意"))
		if _, err := c.desk.ShowContact(ctx, c.waterworks, id, ""); err != nil {
			t.Error(err)
		}
		ok(c.desk.MarkConfidential(ctx, c.clerk, id, cases.AnyVersion, "来信人是水务集团职工"))
		for a, sees := range map[*people.Actor]bool{&c.clerk: true, &c.auditor: true, &c.waterworks: false, &c.roadworks: false} {
			v, err := c.desk.Look(ctx, *a, id)
			if err != nil || !v.AskedToConfide() {
				t.Fatalf("%v, asked %v", err, v.AskedToConfide())
			}
			for _, e := range v.History {
				if (e.Verb == people.MarkConfidential || e.Verb == people.LiftConfidential) && (e.Text != "") != sees {
					t.Errorf("%s reads %q", a.Name, e.Text)
				}
			}
		}
		var facts int
		if err := c.db.Read.NewRaw("SELECT count(*) FROM facts WHERE case_id = ? AND valid_to > 99999999999 AND confidential", id).Scan(ctx, &facts); err != nil || facts != 1 {
			t.Errorf("%d facts, %v", facts, err)
		}
		if err := c.desk.Verify(ctx, id); err != nil {
			t.Error(err)
		}
	})
}

func TestTheSameLetterSentAgainConfidentiallyIsConfidential(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		l := aLetter()
		l.Key = "one form"
		first := c.submit(t, l)
		l.Confide = true
		second := c.submit(t, l)
		if again := c.submit(t, l); first.ID == second.ID || again.ID != second.ID {
			t.Errorf("%d, %d, %d", first.ID, second.ID, again.ID)
		}
	})
}
