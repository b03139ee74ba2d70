package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
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

func TestDecliningAndSendingBackBeginWithTemplatesOfTheirOwn(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk, leader := c.as(t, "clerk"), c.as(t, "waterlead")
	save := func(b *browser, fields url.Values) answerPage { return b.post("/admin/templates/edit", fields) }
	decline := url.Values{"purpose": {"decline"}, "name": {"请找法院"}, "department": {"0"}, "text_zh": {"“{{标题}}”（{{编号}}）由{{部门}}受理。"}, "text_en": {"“{{title}}” is for a court."}}
	sound(t, "a variable that has no value there", save(clerk, decline).must(t, http.StatusUnprocessableEntity, "没有变量{{部门}}；可以使用{{编号}} {{标题}}", `value="decline" checked`))
	decline.Set("text_zh", "“{{标题}}”（{{编号}}）应向法院提出。")
	decline.Set("do", "preview")
	save(clerk, decline).must(t, http.StatusOK, "“水龙头出来的水发黄”（20260305-0012-", "“Yellow water from the tap” is for a court.")
	decline.Del("do")
	save(clerk, decline).mustLeadTo(t, "/admin/templates")
	save(clerk, url.Values{"purpose": {"send_back"}, "name": {"缺联系方式"}, "department": {"0"}, "text_zh": {"{{部门}}：请写明联系电话。"}, "text_en": {"{{department}}: add a telephone number."}}).mustLeadTo(t, "/admin/templates")
	save(leader, url.Values{"purpose": {"send_back"}, "name": {"再核实"}, "department": {strconv.FormatInt(c.water, 10)}, "text_zh": {"请再到现场核实。"}}).mustLeadTo(t, "/admin/templates")
	sound(t, "templates of all sorts", clerk.get("/admin/templates").must(t, http.StatusOK, "不予受理说明 · 全市通用", "退回修改意见 · 全市通用"))

	choice := func(page answerPage, name string) string {
		t.Helper()
		found := regexp.MustCompile(`<option value="(\d+)"[^>]*>`+name+`</option>`).FindAllStringSubmatch(page.body, -1)
		if len(found) != 1 {
			t.Fatalf("%s is offered %d times", name, len(found))
		}
		return found[0][1]
	}
	number := c.letterIn(t, "与<邻居>的官司")
	at := "/cases/" + number
	page := clerk.get(at).must(t, http.StatusOK, at+"/decline/fill#do-decline")
	typed := url.Values{"version": {clerk.version(number)}, "decline-template": {choice(page, "请找法院")}, "decline-reason": {"court"}, "fill": {"yes"}}
	page = clerk.post(at+"/decline/fill", typed).must(t, http.StatusOK, "“与&lt;邻居&gt;的官司”（"+number+"）应向法院提出。</textarea>", `value="court" checked`)
	sound(t, "a reason filled in", page)
	typed.Set("decline-explanation", "我先写了一句。")
	page = clerk.post(at+"/decline/fill", typed).must(t, http.StatusOK, "我先写了一句。</textarea>", "以下文字尚未填入")
	sound(t, "asked first", page)
	typed.Set("fill", "append")
	clerk.post(at+"/decline/fill", typed).must(t, http.StatusOK, "我先写了一句。\n\n“与&lt;邻居&gt;的官司”（")
	if c.state(t, number) != cases.Received {
		t.Error("filling in has declined the letter")
	}
	c.as(t, "water").post(at+"/decline/fill", typed).must(t, http.StatusForbidden)
	clerk.get(at+"/decline/fill").mustLeadTo(t, at)

	replied := c.routed(t, "水表不走")
	id, err := c.desk.Find(t.Context(), replied)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Reply(t.Context(), c.waterworks, id, 0, "已更换。"); err != nil {
		t.Fatal(err)
	}
	at = "/cases/" + replied
	english := c.in(t, "clerk", "en") // the comment is for colleagues, whatever language the letter is in
	page = english.get(at).must(t, http.StatusOK, at+"/send-back/fill")
	typed = url.Values{"version": {english.version(replied)}, "send-back-template": {choice(page, "缺联系方式")}, "fill": {"yes"}}
	page = english.post(at+"/send-back/fill", typed).must(t, http.StatusOK, "市水务集团: add a telephone number.</textarea>", "已更换。</textarea>")
	sound(t, "a comment filled in", page)
	if strings.Contains(page.body, "再核实") {
		t.Error("the office is offered a department's template")
	}
	clerk.deed(replied, "send-back", url.Values{"comment": {"请写明联系电话。"}}).mustLeadTo(t, at)
	clerk.post(at+"/send-back/fill", url.Values{"version": {"1"}, "send-back-comment": {"写了很久的意见"}}).must(t, http.StatusConflict, "写了很久的意见") // is not lost

	if err := c.dir.SetApproval(t.Context(), c.actorOf(t, "admin"), c.water, true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Propose(t.Context(), c.waterworks, id, 0, "二稿", nil); err != nil {
		t.Fatal(err)
	}
	page = leader.get(at).must(t, http.StatusOK, at+"/turn-back/fill")
	choice(page, "缺联系方式")
	leader.post(at+"/turn-back/fill", url.Values{"version": {leader.version(replied)}, "turn-back-template": {choice(page, "再核实")}, "fill": {"yes"}}).
		must(t, http.StatusOK, "请再到现场核实。</textarea>")
}
