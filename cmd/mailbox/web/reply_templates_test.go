package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestAReplyBeginsWithATemplateAndNothingTypedIsOverwritten(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk, leader, water := c.as(t, "clerk"), c.as(t, "waterlead"), c.as(t, "water")
	sound(t, "no templates", clerk.get("/admin/templates").must(t, http.StatusOK, "还没有模板"))
	sound(t, "a new template", leader.get("/admin/templates/edit").must(t, http.StatusOK, "{{编号}}", "市水务集团"))
	form := url.Values{"name": {"水质"}, "department": {"0"}, "text_zh": {"您好！您反映的“{{标题}}”（{{编号}}）已由{{部门}}办理。{{单位}}"}}
	sound(t, "an unknown variable", clerk.post("/admin/templates/edit", form).
		must(t, http.StatusUnprocessableEntity, "没有变量{{单位}}", `href="#field-text_zh"`, "您反映的"))
	form.Set("do", "preview")
	clerk.post("/admin/templates/edit", form).must(t, http.StatusUnprocessableEntity, "没有变量{{单位}}")
	form.Set("text_zh", strings.TrimSuffix(form.Get("text_zh"), "{{单位}}"))
	sound(t, "a template with an example", clerk.post("/admin/templates/edit", form).must(t, http.StatusOK, "您反映的“水龙头出来的水发黄”", "您反映的“Yellow water from the tap”"))
	form.Del("do")
	leader.post("/admin/templates/edit", form).must(t, http.StatusForbidden)
	clerk.post("/admin/templates/edit", form).mustLeadTo(t, "/admin/templates")
	clerk.get("/admin/templates").must(t, http.StatusOK, "模板“水质”已保存", "第 1 版")

	number := c.routed(t, "<水>黄")
	page := water.get("/cases/"+number).must(t, http.StatusOK, "填入模板")
	sound(t, "a reply that can begin with a template", page)
	id := regexp.MustCompile(`<option value="(\d+)">水质</option>`).FindStringSubmatch(page.body)[1]
	at := "/cases/" + number + "/reply/preview"
	typed := url.Values{"version": {water.version(number)}, "reply-template": {id}, "fill": {"yes"}}
	const filled = "您好！您反映的“&lt;水&gt;黄”（"
	page = water.post(at, typed).must(t, http.StatusOK, filled+number+"）已由市水务集团办理。</textarea>")
	sound(t, "filled in", page)

	typed.Set("reply-reply", "我先写了一句。")
	page = water.post(at, typed).must(t, http.StatusOK, "我先写了一句。</textarea>", "您已写有内容，以下文字尚未填入", filled)
	sound(t, "asked first", page)
	typed.Set("fill", "append")
	water.post(at, typed).must(t, http.StatusOK, "我先写了一句。\n\n"+filled)
	typed.Set("fill", "replace")
	if page := water.post(at, typed).must(t, http.StatusOK, filled); strings.Contains(page.body, "我先写了一句。") {
		t.Error("what was to be replaced is still there")
	}
	edit := clerk.get("/admin/templates/edit?id="+id).must(t, http.StatusOK, "停用该模板")
	sound(t, "a template that is there", edit)
	leader.get("/admin/templates/edit?id="+id).must(t, http.StatusNotFound)
	clerk.post("/admin/templates/end", url.Values{"id": {id}, "version": {"1"}}).mustLeadTo(t, "/admin/templates")
	if page := water.get("/cases/" + number); strings.Contains(page.body, "填入模板") {
		t.Error("a template out of use is offered")
	}
}
