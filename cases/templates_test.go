package cases_test

import (
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestTemplatesAreKeptByThoseWhoseTheyAre(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		leader := c.account(t, "leader", people.Grant{Role: people.Leader, Department: c.water})
		admin := c.account(t, "administrator", people.Grant{Role: people.Administrator})
		save := func(a people.Actor, tpl cases.Template) (cases.Template, error) {
			return c.desk.SaveTemplate(t.Context(), a, tpl)
		}
		of := func(department int64) cases.Template {
			return cases.Template{DepartmentID: department, Name: "通用答复", TextZH: "您好！{{编号}}已办理。{{电话}}"}
		}
		for name, try := range map[string]struct {
			actor      people.Actor
			department int64
			code       errs.Code
		}{
			"the office, the city's":       {c.clerk, 0, ""},
			"the office, a department's":   {c.clerk, c.water, errs.CodeForbidden},
			"a leader, their own":          {leader, c.water, ""},
			"a leader, another's":          {leader, c.roads, errs.CodeForbidden},
			"a leader, the city's":         {leader, 0, errs.CodeForbidden},
			"a handler":                    {c.waterworks, c.water, errs.CodeForbidden},
			"the administrator":            {admin, c.roads, ""},
			"supervision has none to keep": {c.supervisor, 0, errs.CodeForbidden},
		} {
			if _, err := save(try.actor, of(try.department)); err != nil && errs.CodeOf(err) != try.code || err == nil && try.code != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		seen, err := c.desk.Templates(t.Context(), c.waterworks)
		if err != nil || len(seen) != 2 || seen[0].DepartmentID != 0 || seen[1].DepartmentID != c.water {
			t.Errorf("the waterworks see %+v, %v", seen, err)
		}

		bad := of(0)
		bad.TextEN = "Dear {{writer}}"
		if _, err := save(c.clerk, bad); errs.FieldOf(err) != "text_en" || !strings.Contains(errs.Message(err, errs.ZH), "{{writer}}") {
			t.Errorf("an unknown variable: %v", err)
		}
		changed := seen[0]
		changed.TextZH = "改过了"
		if again, err := save(c.clerk, changed); err != nil || again.Version != 2 || again.ChangedByID != c.clerk.Account {
			t.Errorf("the next version: %+v, %v", again, err)
		}
		if _, err := save(c.clerk, changed); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("a version that has moved on: %v", err)
		}
		stolen := seen[1]
		stolen.DepartmentID = 0
		if _, err := save(c.clerk, stolen); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("taken from its department: %v", err)
		}
		if _, err := c.desk.EndTemplate(t.Context(), c.clerk, changed.ID, 2); err != nil {
			t.Error(err)
		}
		if left, err := c.desk.Templates(t.Context(), c.clerk); err != nil || len(left) != 0 {
			t.Errorf("left: %+v, %v", left, err)
		}
		var lines int
		if err := c.db.Read.NewRaw("SELECT count(*) FROM admin_log WHERE deed = 'template_changed'").Scan(t.Context(), &lines); err != nil || lines != 5 {
			t.Errorf("%d lines in the record of administration, %v", lines, err)
		}
	})
}
