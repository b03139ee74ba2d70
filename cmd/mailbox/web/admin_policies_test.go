package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
)

// policyForm is the form of a new version as the page offers it, with a reason and some fields changed.
func policyForm(page answerPage, changes url.Values) url.Values {
	_, main, _ := strings.Cut(page.body, "<main")
	form := formFields(main)
	form.Set("reason", "市政府办公室〔2026〕3号")
	for name, values := range changes {
		form[name] = values
	}
	return form
}

func (c *staffed) dueOf(t *testing.T, number string) time.Time {
	t.Helper()
	v, err := c.desk.Look(t.Context(), c.clerk, c.found(t, number))
	if err != nil {
		t.Fatal(err)
	}
	return v.DueAt.In(c.desk.Location())
}

func (c *staffed) policies(t *testing.T) []cases.PolicyEdition {
	t.Helper()
	all, err := c.desk.Policies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAPolicyActsOnTheNextLetterAndNotOnTheOneBefore(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	before := c.letterIn(t, "改规则之前的信")
	due := c.dueOf(t, before)
	admin := c.as(t, "admin")
	form := policyForm(admin.get("/admin/policies/new").must(t, http.StatusOK), url.Values{
		"answer_days": {"5"}, "closing": {"17:30"}, "tell_overdue": {"leader"}, "remind_days_before": {"2、0"}, "manner": {"allow_anonymous", "call_dissatisfied"},
	})
	page := admin.post("/admin/policies/preview", form).must(t, http.StatusOK,
		"适用于从现在起收到的来信", "与第 1 版相比，变化 6 处", "答复期限（自收到来信起，工作日）", "17:30:00", "前 2 个工作日、到期当日", "部门负责人", "〔2026〕3号")
	sound(t, "the preview", page)
	if len(c.policies(t)) != 1 {
		t.Fatal("the preview has changed the policies")
	}
	admin.post("/admin/policies/preview", url.Values{"step": {"change"}, "answer_days": {"5"}, "reason": {"理由还在"}}).
		must(t, http.StatusOK, `name="answer_days" value="5"`, "理由还在</textarea>")
	admin.post("/admin/policies", hiddenFields(page.body)).mustLeadTo(t, "/admin/policies")
	page = admin.get("/admin/policies").must(t, http.StatusOK, "第 2 版办理规则已录入", "现行规则（第 2 版）", "已被取代", "测试 admin", "〔2026〕3号", "渠道：网站找错")
	sound(t, "the policies", page)
	c.clock.Add(time.Hour)
	after := c.letterIn(t, "改规则之后的信")
	if got := c.dueOf(t, before); !got.Equal(due) {
		t.Errorf("the letter before has moved from %s to %s", due, got)
	}
	if got := c.dueOf(t, after).Format("2006-01-02 15:04"); got != "2026-03-12 17:30" {
		t.Errorf("the letter after is due %s", got)
	}
	if !strings.Contains(c.log.String(), "policy loaded") {
		t.Error("the log does not say who changed the policies")
	}
}

func TestAFormThatChangesNothingIsExactlyTheNewestVersion(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	for _, as := range []string{"", "?as=json"} {
		page := admin.get("/admin/policies/new"+as).must(t, http.StatusOK)
		admin.post("/admin/policies/preview", policyForm(page, nil)).must(t, http.StatusConflict, "与最新版本完全相同")
	}
}

func TestAPolicyThatCannotBeUsedIsShownAgainWithItsField(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	offered := admin.get("/admin/policies/new").must(t, http.StatusOK)
	for name, test := range map[string]struct {
		changes url.Values
		texts   []string
	}{
		"screening after routing": {url.Values{"screen_days": {"2"}}, []string{`href="#field-screen_days"`, "（2）不能大于“转办期限", `value="2"`}},
		"red before yellow":       {url.Values{"yellow_days": {"5"}}, []string{`href="#field-yellow_days"`, "（5）必须小于“单位逾期满几日亮红牌"}},
		"no number":               {url.Values{"answer_days": {"两天"}, "order_days": {"0"}}, []string{`href="#field-answer_days"`, `href="#field-order_days"`, `value="两天"`, "1 至 366"}},
		"no time":                 {url.Values{"closing": {"24:00"}, "notices_from": {"nine"}}, []string{`href="#field-closing"`, `href="#field-notices_from"`}},
		"hours turned round":      {url.Values{"notices_from": {"19:00"}}, []string{`href="#field-notices_from"`, "必须早于"}},
		"no days":                 {url.Values{"remind_days_before": {"1, 1"}}, []string{`href="#field-remind_days_before"`}},
		"a start in the past":     {url.Values{"answer_days": {"3"}, "start": {"2026-03-05T09:59"}}, []string{`href="#field-start"`, "生效时间已过", `value="2026-03-05T09:59"`}},
		"no start":                {url.Values{"answer_days": {"3"}, "start": {"tomorrow"}}, []string{`href="#field-start"`}},
		"no reason":               {url.Values{"answer_days": {"3"}, "reason": {" "}}, []string{`href="#field-reason"`, "请填写理由"}},
		"rules without a list":    {url.Values{"rules": {"[\n{\"channel\": }]"}}, []string{`href="#field-rules"`, "第 2 行"}},
		"a rule with a slip":      {url.Values{"rules": {`[{"channel": "mailbox", "answer_day": 3}]`}}, []string{`href="#field-rules"`, "answer_day"}},
		"a channel there is not":  {url.Values{"rules": {`[{"channel": "mail", "answer_days": 3}, {"kind": "x", "answer_days": 3}]`}}, []string{`没有渠道 &#34;mail&#34;`, "第 2 条规则"}},
		"somebody else was first": {url.Values{"answer_days": {"3"}, "base": {"7"}}, nil},
	} {
		form := policyForm(offered, test.changes)
		for _, path := range []string{"/admin/policies/preview", "/admin/policies"} {
			page := admin.post(path, form)
			want := http.StatusUnprocessableEntity
			if test.texts == nil {
				want = http.StatusConflict
			}
			if page.status != want {
				t.Errorf("%s: status %d, want %d", name, page.status, want)
			}
			for _, text := range append(test.texts, "error-summary") {
				if !strings.Contains(page.body, text) {
					t.Errorf("%s: the page does not say %s", name, text)
				}
			}
			sound(t, name, page)
			again := policyForm(page, url.Values{"reason": form["reason"], "base": form["base"]})
			for field, values := range form {
				if strings.Join(again[field], "|") != strings.Join(values, "|") {
					t.Errorf("%s: %s was %q and is %q", name, field, values, again[field])
				}
			}
		}
	}
	if len(c.policies(t)) != 1 {
		t.Error("something was put into force")
	}
}

func TestAWholePolicyIsLoadedAsAFile(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	file := admin.get("/admin/policies/1/json").must(t, http.StatusOK, `"answer_days": 2`)
	if got := file.header.Get("Content-Disposition"); got != `attachment; filename="policy-1.json"` {
		t.Errorf("the file is called %q", got)
	}
	admin.get("/admin/policies/2/json").must(t, http.StatusNotFound)
	admin.get("/admin/policies/x/json").must(t, http.StatusNotFound)
	changed := strings.Replace(file.body, `"answer_days": 2`, `"answer_days": 4`, 1)
	fields := url.Values{"as": {"json"}, "base": {"1"}, "reason": {"试行"}, "start": {"2026-04-01T00:00"}}
	admin.sendFile("/admin/policies/preview", "policy.json", strings.Replace(changed, `"red_days": 5`, `"red_days": 1`, 1), fields).
		must(t, http.StatusUnprocessableEntity, `href="#field-text"`, "必须小于", "red_days", `value="2026-04-01T00:00"`, "试行</textarea>")
	admin.sendFile("/admin/policies/preview", "policy.json", "{", fields).must(t, http.StatusUnprocessableEntity, "办理规则无法使用")
	admin.sendFile("/admin/policies/preview", "policy.json", strings.Repeat(" ", 256<<10+1), fields).must(t, http.StatusUnprocessableEntity, "最大 256 kB")
	page := admin.sendFile("/admin/policies/preview", "policy.json", changed, fields).must(t, http.StatusOK, "变化 1 处", "2026年4月1日（星期三）00:00")
	admin.post("/admin/policies", hiddenFields(page.body)).mustLeadTo(t, "/admin/policies")
	sound(t, "a version to come", admin.get("/admin/policies").must(t, http.StatusOK, "现行规则（第 1 版）", "尚未生效", "试行"))

	// A version from now on is replaced by the one that is to come: the preview says so.
	form := policyForm(admin.get("/admin/policies/new"), url.Values{"answer_days": {"3"}})
	admin.post("/admin/policies/preview", form).must(t, http.StatusOK, "第 2 版将于2026年4月1日（星期三）00:00生效，届时取代这一版", "与第 1 版相比")
}

func TestOnlyAdministratorsChangeTheRules(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	form := policyForm(admin.get("/admin/policies/new"), url.Values{"answer_days": {"3"}})
	for _, login := range []string{"clerk", "supervisor", "auditor", "water", "waterlead"} {
		b := c.as(t, login)
		b.get("/admin/policies").must(t, http.StatusForbidden)
		b.get("/admin/calendar").must(t, http.StatusForbidden)
		b.post("/admin/policies", form).must(t, http.StatusForbidden)
		b.post("/admin/calendar", url.Values{"text": {notice2027}}).must(t, http.StatusForbidden)
	}
	if len(c.policies(t)) != 1 || c.editions(t) != 1 {
		t.Error("the rules have changed")
	}
}
