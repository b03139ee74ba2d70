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
		seen, err := c.desk.Templates(t.Context(), c.waterworks, "")
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
		if left, err := c.desk.Templates(t.Context(), c.clerk, ""); err != nil || len(left) != 0 {
			t.Errorf("left: %+v, %v", left, err)
		}
		var lines int
		if err := c.db.Read.NewRaw("SELECT count(*) FROM admin_log WHERE deed = 'template_changed'").Scan(t.Context(), &lines); err != nil || lines != 5 {
			t.Errorf("%d lines in the record of administration, %v", lines, err)
		}
	})
}

func TestATemplateIsForOnePurposeAndKnowsItsVariables(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		admin := c.account(t, "administrator", people.Grant{Role: people.Administrator})
		for name, try := range map[string]struct {
			purpose    cases.TemplatePurpose
			department int64
			text       string
			field      string // "" where it is taken
		}{
			"a reply":                           {cases.ForReply, c.water, "{{部门}} {{电话}} {{期限}}", ""},
			"without a purpose it is a reply":   {"", 0, "{{电话}}", ""},
			"a reason to decline":               {cases.ForDecline, 0, "{{编号}}“{{标题}}”", ""},
			"which has no department yet":       {cases.ForDecline, 0, "{{部门}}", "text_zh"},
			"and is the office's":               {cases.ForDecline, c.water, "不受理", "department"},
			"a reason with all that fits":       {cases.ForDecline, 0, strings.Repeat("长", cases.MaxReason), ""},
			"a reason that is too long":         {cases.ForDecline, 0, strings.Repeat("长", cases.MaxReason+1), "text_zh"},
			"a comment":                         {cases.ForSendBack, 0, "{{编号}}{{标题}}{{部门}}{{期限}}", ""},
			"a comment of a department":         {cases.ForSendBack, c.water, "请补充", ""},
			"a comment needs no telephone":      {cases.ForSendBack, 0, "{{电话}}", "text_zh"},
			"there is no other purpose":         {"letter", 0, "您好", "purpose"},
			"nor one that is none of our words": {"'", 0, "您好", "purpose"},
		} {
			saved, err := c.desk.SaveTemplate(t.Context(), admin, cases.Template{Purpose: try.purpose, DepartmentID: try.department, Name: name, TextZH: try.text})
			if errs.FieldOf(err) != try.field || err != nil && try.field == "" {
				t.Errorf("%s: %+v, %v", name, saved, err)
			}
		}
		for purpose, want := range map[cases.TemplatePurpose]int{cases.ForReply: 2, cases.ForDecline: 2, cases.ForSendBack: 2, "": 6} {
			if got, err := c.desk.Templates(t.Context(), c.waterworks, purpose); err != nil || len(got) != want {
				t.Errorf("for %q there are %+v, %v", purpose, got, err)
			}
		}
	})
}
