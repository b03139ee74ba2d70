package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// inTheClear is what the writer of the tests' letters left.
var inTheClear = []string{"13900001234", "zhou@example.org", "周小禾"}

func (p answerPage) mustHide(t *testing.T, at string) {
	t.Helper()
	for _, text := range inTheClear {
		if strings.Contains(p.body, text) {
			t.Errorf("%s gives %q away", at, text)
		}
	}
}

func TestTheContactIsMaskedUntilItIsAskedForAndEachLookIsSeen(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	at := "/cases/" + number
	water := c.as(t, "water")
	water.get(at).must(t, http.StatusOK, "139****1234", `action="`+at+`/contact"`).mustHide(t, "the page")
	page := water.post(at+"/contact", nil).must(t, http.StatusOK, inTheClear...)
	sound(t, "the contact", page)
	water.get(at+"/contact").mustLeadTo(t, at)
	water.get(at).must(t, http.StatusOK, "139****1234").mustHide(t, "the next page")

	supervisor := c.as(t, "supervisor")
	supervisor.get(at).must(t, http.StatusOK, "谁查看过联系方式", "测试 water · 部门承办人 · 市水务集团").mustHide(t, "supervision's page")
	supervisor.post(at+"/contact", url.Values{"contact-reason": {"好奇"}}).must(t, http.StatusConflict).mustHide(t, "a refusal")
	c.as(t, "roads").post(at+"/contact", nil).must(t, http.StatusNotFound).mustHide(t, "another department's page")
	c.as(t, "auditor").post(at+"/contact", nil).must(t, http.StatusForbidden)

	c.answerRouted(t, number, "已修好，当晚亮灯。")
	water.get(at).must(t, http.StatusOK).mustHide(t, "after the answer")
	water.post(at+"/contact", nil).must(t, http.StatusConflict).mustHide(t, "after the answer")
	clerk := c.in(t, "clerk", "en")
	clerk.post(at+"/contact", url.Values{"contact-reason": {" "}}).must(t, http.StatusUnprocessableEntity, "say what you need it for; it is recorded", `href="#field-contact-reason"`).mustHide(t, "without a reason")
	clerk.post(at+"/contact", url.Values{"contact-reason": {strings.Repeat("长", 101)}}).must(t, http.StatusUnprocessableEntity, strings.Repeat("长", 101)).mustHide(t, "with a long reason")
	clerk.post(at+"/contact", url.Values{"contact-reason": {"follow-up call"}}).must(t, http.StatusOK, inTheClear...)

	for _, login := range []string{"auditor", "admin"} {
		b := c.as(t, login)
		sound(t, "the list", b.get("/admin/looks").must(t, http.StatusOK, "follow-up call", "测试 clerk", "测试 water", number))
		b.get("/admin/looks?number="+number+"&person=1&from=2026-03-05&through=2026-03-05").must(t, http.StatusOK, "follow-up call")
		b.get("/admin/looks?from=2026-03-06").must(t, http.StatusOK, "没有符合条件的查看记录")
		b.get("/admin/looks?from=yesterday").must(t, http.StatusUnprocessableEntity, `href="#field-from"`)
		b.get("/admin/looks?number=1").must(t, http.StatusUnprocessableEntity, `href="#field-number"`)
	}
	supervisor.get("/admin/looks").must(t, http.StatusForbidden)
	for _, text := range inTheClear {
		if strings.Contains(c.log.String(), text) {
			t.Errorf("the log holds %q", text)
		}
	}
}

// TestNoPageOfTheStaffGivesTheContactAway looks at all that can be read without asking for it.
func TestNoPageOfTheStaffGivesTheContactAway(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	routed, answered := c.routed(t, "转出的信"), c.letterIn(t, "已答复的信")
	c.answer(t, answered, "已经办好。")
	for login, paths := range map[string][]string{
		"clerk":      {"/desk/office", "/desk/office?pile=all", "/cases/" + routed, "/cases/" + answered, "/cases/" + routed + "/suggestion", "/reports/cases?from=2026-03-01&through=2026-03-31&figure=received"},
		"water":      {"/desk/department", "/cases/" + routed, "/cases/" + answered},
		"supervisor": {"/desk/supervision?pile=all", "/cases/" + routed, "/cases/" + routed + "/deadline", "/reports/csv?from=2026-03-01&through=2026-03-31", "/reports/json?from=2026-03-01&through=2026-03-31"},
		"auditor":    {"/cases/" + routed, "/admin/looks"},
		"admin":      {"/admin/notices", "/admin/looks", "/reports"},
	} {
		b := c.as(t, login)
		for _, path := range paths {
			b.get(path).must(t, http.StatusOK).mustHide(t, login+" "+path)
		}
	}
}

func TestAWriterMayAskThatTheDepartmentDoesNotKnowThem(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.browser(t)
	form := with(with(aLetter(), "confide", "yes"), "body", "我叫周小禾，家里水龙头出来的水发黄。")
	b.post("/write/check", with(form, "step", "change")).must(t, http.StatusOK, `name="confide" value="yes" checked`)
	b.post("/write/check", form).must(t, http.StatusOK, `<input type="hidden" name="confide" value="yes">`, "对承办部门保密？", "<dd>保密</dd>")
	b.get("/write").must(t, http.StatusOK, "不要让承办部门知道我是谁")
	b.post("/write", form).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	at := "/cases/" + number
	clerk := c.as(t, "clerk")
	clerk.get(at).must(t, http.StatusOK, "承办部门会读到", "取消前请先征得其同意")
	clerk.deed(number, "route", url.Values{"lead": {strconv.FormatInt(c.water, 10)}}).mustLeadTo(t, at)
	for _, login := range []string{"water", "waterlead"} {
		page := c.as(t, login).get(at).must(t, http.StatusOK, "如需联系请通过信箱办")
		if strings.Contains(page.body, "139****1234") || strings.Contains(page.body, at+"/contact") {
			t.Errorf("%s is shown a contact", login)
		}
		c.as(t, login).post(at+"/contact", nil).must(t, http.StatusConflict)
	}
	clerk.deed(number, "lift-confidential", nil).must(t, http.StatusUnprocessableEntity, `href="#field-lift-confidential-reason"`)
	clerk.deed(number, "lift-confidential", url.Values{"reason": {"来信人电话同意"}}).mustLeadTo(t, at)
	page := c.as(t, "water").get(at).must(t, http.StatusOK, "139****1234", "取消保密")
	if strings.Contains(page.body, "来信人电话同意") {
		t.Error("the department reads why")
	}
	clerk.deed(number, "mark-confidential", url.Values{"reason": {"来信人又改主意"}}).mustLeadTo(t, at)
}
