package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

func (c *staffed) entries(t *testing.T) []audit.Entry {
	t.Helper()
	all, err := audit.Entries(t.Context(), c.db.Read, audit.Filter{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEveryAdministrativeFormLeavesALine goes by the table of routes: a new form of administration without a deed
// here fails, and so does one that writes nothing down.
func TestEveryAdministrativeFormLeavesALine(t *testing.T) {
	t.Parallel()
	c := newStaffed(t, func(config *web.Config) {
		config.Jobs = &someJobs{givenUp: map[string]bool{"due:1": true, "due:2": true}}
	})
	admin := c.as(t, "admin")
	c.letterIn(t, "一封信")
	spare := strconv.FormatInt(c.account(t, "spare", people.Grant{Role: people.Auditor}).Account, 10)
	extra, err := c.dir.AddDepartment(t.Context(), people.Department{Code: "EX", Name: "市园林处"})
	if err != nil {
		t.Fatal(err)
	}
	unit := strconv.FormatInt(extra, 10)
	deeds := map[string]func() (string, url.Values){
		"/admin/people": func() (string, url.Values) {
			return "/admin/people", url.Values{"login": {"new"}, "name": {"新人"}, "role": {"clerk"}, "language": {"zh"}}
		},
		"/admin/people/:id/disable":       func() (string, url.Values) { return "/admin/people/" + spare + "/disable", nil },
		"/admin/people/:id/enable":        func() (string, url.Values) { return "/admin/people/" + spare + "/enable", nil },
		"/admin/people/:id/password":      func() (string, url.Values) { return "/admin/people/" + spare + "/password", nil },
		"/admin/people/:id/second-factor": func() (string, url.Values) { return "/admin/people/" + spare + "/second-factor", nil },
		"/admin/people/:id/details": func() (string, url.Values) {
			return "/admin/people/" + spare + "/details", url.Values{"name": {"另一个人"}, "language": {"zh"}}
		},
		"/admin/people/:id/roles": func() (string, url.Values) {
			return "/admin/people/" + spare + "/roles", url.Values{"role": {"clerk"}}
		},
		"/admin/people/:id/end-role": func() (string, url.Values) {
			held := regexp.MustCompile(`name="role_held" value="(\d+)"`).FindStringSubmatch(admin.get("/admin/people/" + spare).body)
			return "/admin/people/" + spare + "/end-role", url.Values{"role_held": held[1:]}
		},
		"/admin/departments": func() (string, url.Values) {
			return "/admin/departments", url.Values{"code": {"NEW"}, "name": {"市新局"}, "kind": {"bureau"}}
		},
		"/admin/departments/:id/confirm": func() (string, url.Values) {
			return "/admin/departments/" + c.unconfirmed(t, "云东区某局") + "/confirm", url.Values{"code": {"YD"}}
		},
		"/admin/departments/:id/merge": func() (string, url.Values) {
			return "/admin/departments/" + c.unconfirmed(t, "云西区某局") + "/merge", url.Values{"into": {strconv.FormatInt(c.water, 10)}}
		},
		"/admin/departments/:id/dissolve": func() (string, url.Values) {
			return "/admin/departments/" + c.unconfirmed(t, "云南区某局") + "/dissolve", nil
		},
		"/admin/departments/:id/duties": func() (string, url.Values) {
			return "/admin/departments/" + unit + "/duties", url.Values{"duties": {"公园和行道树"}}
		},
		"/admin/departments/:id/approval": func() (string, url.Values) {
			return "/admin/departments/" + strconv.FormatInt(c.water, 10) + "/approval", url.Values{"approval": {"on"}}
		},
		"/admin/calendar": func() (string, url.Values) { return "/admin/calendar", url.Values{"text": {notice2027}} },
		"/admin/policies": func() (string, url.Values) {
			form := policyForm(admin.get("/admin/policies/new"), url.Values{"answer_days": {"5"}})
			return "/admin/policies", hiddenFields(admin.post("/admin/policies/preview", form).must(t, http.StatusOK).body)
		},
		"/admin/routing": func() (string, url.Values) {
			form := formFields(admin.get("/admin/routing").body)
			return "/admin/routing", url.Values{"seen": form["seen"], "rules": {"停水 -> SW"}, "reason": {"核定"}}
		},
		"/admin/tokens/:id/revoke": func() (string, url.Values) {
			_, id := c.token(t, c.clerk, people.ReadFigures)
			return "/admin/tokens/" + strconv.FormatInt(id, 10) + "/revoke", nil
		},
		"/admin/jobs/run": func() (string, url.Values) {
			return "/admin/jobs/run", url.Values{"queue": {"alarms"}, "id": {"due:1"}}
		},
		"/admin/jobs/delete": func() (string, url.Values) {
			return "/admin/jobs/delete", url.Values{"queue": {"alarms"}, "id": {"due:2"}}
		},
		"/admin/templates/edit": func() (string, url.Values) {
			return "/admin/templates/edit", url.Values{"name": {"水质"}, "department": {"0"}, "text_zh": {"您好！您的来信{{编号}}已办理。"}}
		},
		"/admin/templates/end": func() (string, url.Values) {
			return "/admin/templates/end", url.Values{"id": {"1"}, "version": {"1"}}
		},
		"/admin/appraisal": func() (string, url.Values) {
			return "/admin/appraisal", url.Values{"min_due": {"5"}, "praise_on_time_rate": {"98"}}
		},
		"/admin/reports": func() (string, url.Values) {
			return "/admin/reports", url.Values{"kind": {"month"}, "email": {"mayor@example.org"}, "language": {"zh"}}
		},
		"/admin/reports/:id/end": func() (string, url.Values) { return "/admin/reports/1/end", nil },
		"/admin/notices/revive": func() (string, url.Values) {
			c.deadNotice(t)
			return "/admin/notices/revive", url.Values{"counted": {"1"}}
		},
		"/admin/notices/:id/revive": func() (string, url.Values) {
			return "/admin/notices/" + c.deadNotice(t) + "/revive", nil
		},
	}
	for _, r := range c.server.Table() {
		if r.Method != http.MethodPost || !strings.HasPrefix(r.Path, "/admin/") || strings.HasSuffix(r.Path, "/preview") {
			continue
		}
		deed, ok := deeds[r.Path]
		if !ok {
			t.Errorf("%s: no deed is tried here", r.Path)
			continue
		}
		path, form := deed()
		before := len(c.entries(t))
		page := admin.post(path, form)
		after := c.entries(t)
		if page.status >= 400 || len(after) == before {
			t.Errorf("%s: status %d, %d lines more: %s", r.Path, page.status, len(after)-before, page.body)
			continue
		}
		if after[0].By != "测试 admin" {
			t.Errorf("%s: done by %q", r.Path, after[0].By)
		}
	}
	for _, e := range c.entries(t) {
		for _, change := range e.Changes {
			if strings.Contains(change.Was+change.Is, "argon2") || strings.Contains(change.Name, "password") {
				t.Errorf("%s holds a secret: %+v", e.Deed, change)
			}
		}
	}
}

func TestTheRecordOfAdministrationIsReadByAdministratorsAndAuditors(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	admin.post("/admin/departments", url.Values{"code": {"NEW"}, "name": {"市新局"}, "kind": {"bureau"}}).must(t, http.StatusSeeOther)
	for range 20 {
		c.account(t, "p"+strconv.Itoa(len(c.entries(t))), people.Grant{Role: people.Clerk})
	}
	page := c.as(t, "auditor").get("/admin/audit").must(t, http.StatusOK, "授予角色", "信箱办", "更早的记录")
	sound(t, "the record", page)
	page = admin.get("/admin/audit?subject=department").must(t, http.StatusOK, "新增单位", "市新局", "测试 admin", "清除")
	if strings.Contains(page.body, "授予角色") {
		t.Error("the filter lets other subjects through")
	}
	admin.get("/admin/audit?from=2026-03-06").must(t, http.StatusOK, "没有符合条件的记录")
	admin.get("/admin/audit?from=2026-03-05&through=2026-03-05&account="+strconv.FormatInt(c.clerk.Account, 10)).must(t, http.StatusOK, "没有符合条件的记录")
	sound(t, "in English", c.in(t, "admin", "en").get("/admin/audit").must(t, http.StatusOK, "Role granted", "command line"))
	c.as(t, "clerk").get("/admin/audit").must(t, http.StatusForbidden)
}

// unconfirmed makes a department as an import does that meets an unknown name.
func (c *staffed) unconfirmed(t *testing.T, name string) (id string) {
	t.Helper()
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		n, _, err := people.EnsureDepartment(ctx, tx, name, c.clock.Now())
		id = strconv.FormatInt(n, 10)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// deadNotice makes a notice one that could not be sent.
func (c *staffed) deadNotice(t *testing.T) string {
	t.Helper()
	var id int64
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := tx.NewRaw("SELECT MAX(id) FROM notices").Scan(ctx, &id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE notices SET state = 'dead', attempts = 9, last_error = 'no such mailbox' WHERE id = ?", id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(id, 10)
}
