package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// routingForm is the form of the rules as the page offers it, with some fields changed.
func routingForm(page answerPage, changes url.Values) url.Values {
	_, main, _ := strings.Cut(page.body, "<main")
	form := formFields(main)
	for name, values := range changes {
		form[name] = values
	}
	return form
}

func TestRoutingRulesAreTriedThenSavedThenSeenByTheNext(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	page := clerk.get("/admin/routing").must(t, http.StatusOK, "现行第 1 版", "停水 |", "系统自带", "处需要留意", "不起作用", "怎么写")
	sound(t, "the rules", page)
	rules := "# 供水\n停水，水压低→SW ！\n井盖 -> SZ\n停电 -> 供电公司"
	form := routingForm(page, url.Values{
		"rules": {rules}, "letter_title": {"楼上水压低"}, "letter_body": {"三楼以上<没有水>，晚上水压低，打过电话。"}, "reason": {"与热线核定"},
	})
	page = clerk.post("/admin/routing/preview", form).must(t, http.StatusOK,
		"试算结果", "<mark>水压低</mark>", "&lt;没有水&gt;", "规则第 2 行：停水 | 水压低 -&gt; SW !", "市水务集团", "分值 0.95", "第 4 行不起作用：", "本市没有“供电公司”", "停水，水压低→SW ！", "与热线核定</textarea>")
	sound(t, "a letter that was tried", page)
	if now, err := c.desk.RoutingRulesVersion(t.Context()); err != nil || now != 1 {
		t.Fatalf("trying has made version %d (%v)", now, err)
	}
	form.Set("letter_title", "想问退休年龄")
	form.Del("letter_body")
	clerk.post("/admin/routing/preview", form).must(t, http.StatusOK, "将由信箱办人工转办")
	clerk.post("/admin/routing", form).mustLeadTo(t, "/admin/routing")
	page = clerk.get("/admin/routing").must(t, http.StatusOK, "第 2 版转办规则已保存", "现行第 2 版，3 条规则", "停水 | 水压低 -&gt; SW !", "测试 clerk", "与热线核定", "新增 4 行", "+ 井盖 -&gt; SZ")
	sound(t, "the rules after a change", page)
	if !strings.Contains(c.log.String(), "routing rules saved") {
		t.Error("nothing in the log")
	}

	// An older version is opened and saved again.
	page = clerk.get("/admin/routing?version=1").must(t, http.StatusOK, "下面是第 1 版的内容", "topic: 环境保护")
	clerk.post("/admin/routing", routingForm(page, url.Values{"reason": {"恢复"}})).mustLeadTo(t, "/admin/routing")
	clerk.get("/admin/routing").must(t, http.StatusOK, "现行第 3 版", "恢复")
	clerk.get("/admin/routing?version=9").must(t, http.StatusNotFound, "没有第 9 版转办规则")
	clerk.get("/admin/routing?version=x&before=y").must(t, http.StatusOK, "现行第 3 版")
	clerk.get("/admin/routing/preview").mustLeadTo(t, "/admin/routing")
}

func TestMistakesInTheRulesAreListedByLineAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	form := routingForm(clerk.get("/admin/routing"), url.Values{
		"rules": {"停水 SW\n好的 | 井盖 -> SZ\n水 -> SW"}, "letter_title": {"还在的标题"}, "letter_topic": {"城乡建设"},
	})
	for _, path := range []string{"/admin/routing", "/admin/routing/preview"} {
		page := clerk.post(path, form).must(t, http.StatusUnprocessableEntity,
			"第 1 行“停水 SW”：没有箭头", "第 3 行“水 -&gt; SW”：“水”太短", "有 2 处错误", "停水 SW\n好的 | 井盖", "还在的标题", "城乡建设")
		sound(t, path+" with mistakes", page)
		if path == "/admin/routing" && !strings.Contains(page.body, "请填写理由") {
			t.Error("a reason is not asked for at the same time")
		}
	}
	c.in(t, "clerk", "en").post("/admin/routing/preview", form).must(t, http.StatusUnprocessableEntity, "Line 1, “停水 SW”: There is no arrow", "There are 2 mistakes")
	form.Set("rules", "停水 -> SW\xff")
	clerk.post("/admin/routing/preview", form).must(t, http.StatusUnprocessableEntity, "第 1 行“停水 -&gt; SW�”：含有无法识别的字符", "停水 -&gt; SW\uFFFD")
	form.Set("rules", strings.Repeat("a", 257<<10))
	clerk.post("/admin/routing/preview", form).must(t, http.StatusUnprocessableEntity, "最多 262144 字节")
}

func TestWhoSavesRulesAfterSomebodyElseIsToldAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	page := clerk.get("/admin/routing")
	mine := routingForm(page, url.Values{"rules": {"井盖 -> SZ"}, "reason": {"我的"}})
	admin := c.as(t, "admin")
	admin.post("/admin/routing", routingForm(admin.get("/admin/routing"), url.Values{"rules": {"停水 -> SW"}, "reason": {"他的"}})).mustLeadTo(t, "/admin/routing")
	page = clerk.post("/admin/routing", mine).must(t, http.StatusConflict, "他人已修改转办规则（第 2 版）", "井盖 -&gt; SZ</textarea>", "我的</textarea>", "他的")
	clerk.post("/admin/routing", routingForm(page, nil)).mustLeadTo(t, "/admin/routing")
	clerk.get("/admin/routing").must(t, http.StatusOK, "现行第 3 版，1 条规则")
	clerk.post("/admin/routing", url.Values{"rules": {"井盖 -> SZ"}, "seen": {"3"}, "reason": {"再来"}}).must(t, http.StatusConflict, "内容没有变化")
	clerk.post("/admin/routing", url.Values{"rules": {"路灯 -> SZ"}, "reason": {"再来"}}).must(t, http.StatusConflict)
	c.as(t, "water").get("/admin/routing").must(t, http.StatusForbidden)
	c.as(t, "supervisor").get("/admin/routing").must(t, http.StatusForbidden)
}

func TestOlderVersionsOfTheRulesAreOnFurtherPages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 12 {
		if _, err := c.desk.SetRoutingRules(t.Context(), c.clerk, strings.Repeat("# 说明\n", i)+"停水 -> SW", int64(i+1), "第 "+string(rune('a'+i))+" 次"); err != nil {
			t.Fatal(err)
		}
	}
	clerk := c.as(t, "clerk")
	page := clerk.get("/admin/routing").must(t, http.StatusOK, "第 l 次", "第 c 次", "/admin/routing?before=4", "新增 1 行，删去 0 行")
	if strings.Contains(page.body, "第 b 次") {
		t.Error("the oldest stand on the first page")
	}
	clerk.get("/admin/routing?before=4").must(t, http.StatusOK, "第 b 次", "系统自带")
}

func TestDutiesAreChangedOnThePageOfTheDepartments(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	path := "/admin/departments/" + strconv.FormatInt(c.water, 10) + "/duties"
	admin.post(path, url.Values{"duties": {"供水、水压；\n二次供水"}}).mustLeadTo(t, "/admin/departments")
	sound(t, "the departments", admin.get("/admin/departments").must(t, http.StatusOK, "“市水务集团”的职责已保存", "供水、水压； 二次供水"))
	sound(t, "duties that came back", admin.post(path, url.Values{"duties": {strings.Repeat("管", 2001)}}).
		must(t, http.StatusUnprocessableEntity, "最多 2000 个字", `id="field-new_duties"`, "管管管</textarea>"))
	admin.post("/admin/departments/999/duties", url.Values{"duties": {"供水"}}).must(t, http.StatusNotFound)
	c.as(t, "clerk").post(path, url.Values{"duties": {"供水"}}).must(t, http.StatusForbidden)
	if d, err := c.dir.Department(t.Context(), c.water); err != nil || d.Duties != "供水、水压； 二次供水" {
		t.Errorf("they are %q, %v", d.Duties, err)
	}
	if err := c.dir.MergeDepartment(t.Context(), c.water, c.roads, false); err != nil {
		t.Fatal(err)
	}
	admin.post(path, url.Values{"duties": {"供水"}}).must(t, http.StatusConflict, "已撤销")
}
