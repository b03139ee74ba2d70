package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
)

func TestTheWriterIsAskedAndAnswers(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	water := c.as(t, "water")
	page := writer.get("/track/letter").must(t, http.StatusOK, "补充说明情况", `action="/track/material"`)
	if !strings.Contains(page.body, `<details class="details no-print"><summary>补充说明情况`) {
		t.Error("the form for material is not folded while nobody asks")
	}
	water.deed(number, "ask-writer", url.Values{"question": {"请写明楼栋和单元"}}).mustLeadTo(t, "/cases/"+number)
	water.get("/cases/"+number).must(t, http.StatusOK, "等待来信人补充", "已请来信人补充，等到 2026年3月12日（星期四）23:59", "请写明楼栋和单元").mustNotSay(t, "/ask-writer")
	page = writer.get("/track/letter").must(t, http.StatusOK, "市水务集团请您补充", "请写明楼栋和单元", "请在 2026年3月12日（星期四）23:59 前补充",
		"等待不影响给您的答复期限，仍是 2026年3月9日（星期一）23:59", "请您补充材料，最迟")
	sound(t, "a letter that waits", page)
	sound(t, "material that came back", writer.post("/track/material", url.Values{"material": {" "}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-material"`))
	writer.post("/track/material", url.Values{"material": {strings.Repeat("长", 5001)}}).
		must(t, http.StatusUnprocessableEntity, strings.Repeat("长", 5001)+"</textarea>", `href="#field-material"`)

	c.clock.Add(24 * time.Hour) // Friday: one working day has been waited
	if page := writer.get("/track/letter"); page.status != http.StatusSeeOther {
		t.Fatalf("the letter is still open after a day: %d", page.status)
	}
	writer = c.opened(t, number)
	writer.post("/track/material", url.Values{"material": {"3 栋 2 单元 <b>"}}).mustLeadTo(t, "/track/letter")
	writer.get("/track/letter").must(t, http.StatusOK, "已收到您的补充", "3 栋 2 单元 &lt;b&gt;", "您补充了材料").mustNotSay(t, "请您补充</h2>")
	writer.get("/track/material").mustLeadTo(t, "/track/letter")
	c.as(t, "water").get("/cases/"+number).must(t, http.StatusOK, "来信人后来补充的材料", "3 栋 2 单元", "等待结束于").mustNotSay(t, "等待来信人补充</span>")
	c.as(t, "supervisor").get("/cases/"+number+"/deadline").must(t, http.StatusOK,
		"2026年3月5日（星期四）10:00 至 2026年3月6日（星期五）10:00 等待来信人，扣除 1 个工作日", "请写明楼栋和单元", "2026年3月10日")

	c.answerRouted(t, number, "已清洗。")
	page = writer.post("/track/material", url.Values{"material": {"还有一句话"}}).must(t, http.StatusConflict, "没有提交成功", "还有一句话")
	sound(t, "material too late", page)
}

// opened opens a letter anew with a fresh secret, as its writer would.
func (c *staffed) opened(t *testing.T, number string) *browser {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := c.desk.NewSecret(t.Context(), c.clerk, id, cases.AnyVersion)
	if err != nil {
		t.Fatal(err)
	}
	b := c.browser(t)
	b.post("/track", url.Values{"number": {number}, "secret": {secret}}).mustLeadTo(t, "/track/letter")
	return b
}

func TestADiscontentWriterGetsASecondAnswer(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	c.answerRouted(t, number, "水箱已经清洗。")
	rework := regexp.MustCompile(`action="/track/rework"`)
	if rework.MatchString(writer.get("/track/letter").must(t, http.StatusOK).body) {
		t.Error("a rework is offered before any rating")
	}
	writer.post("/track/rework", url.Values{"reason": {"我要重办"}}).must(t, http.StatusConflict, "评价为不满意或问题未解决后", "我要重办")
	writer.post("/track/rate", url.Values{"grade": {"2"}, "resolved": {"no"}}).mustLeadTo(t, "/track/letter")
	page := writer.get("/track/letter").must(t, http.StatusOK, "还有什么没有解决", `action="/track/rework"`)
	sound(t, "a letter that may be handled again", page)
	writer.post("/track/rework", nil).must(t, http.StatusUnprocessableEntity, `href="#field-reason"`)
	sound(t, "a rework that came back", writer.post("/track/rework", url.Values{"reason": {strings.Repeat("长", 1001)}}).
		must(t, http.StatusUnprocessableEntity, strings.Repeat("长", 1001)+"</textarea>"))
	writer.post("/track/rework", url.Values{"reason": {"水还是黄的"}}).mustLeadTo(t, "/track/letter")
	writer.get("/track/letter").must(t, http.StatusOK, "正在等待决定", "您申请重新办理", "决定是否重新办理").mustNotSay(t, `action="/track/rework"`)
	writer.get("/track/rework").mustLeadTo(t, "/track/letter")

	clerk := c.as(t, "clerk")
	water := strconv.FormatInt(c.water, 10)
	clerk.get("/cases/"+number).must(t, http.StatusOK, `id="act">同意重办`, "水还是黄的", `<option value="`+water+`" selected>`, "不同意重办")
	clerk.deed(number, "grant-rework", url.Values{"lead": {""}, "reason": {"理由还在"}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-grant-rework-lead"`, "理由还在</textarea>")
	clerk.deed(number, "grant-rework", url.Values{"lead": {water}, "reason": {"确未解决"}}).mustLeadTo(t, "/cases/"+number)

	page = writer.get("/track/letter").must(t, http.StatusOK, "已同意重新办理", "第一次答复", "水箱已经清洗。", "同意重办当日不计", "2026年3月12日（星期四）23:59", "重办")
	page.mustNotSay(t, "测试 clerk", "您现在的评价")
	sound(t, "a letter handled again", page)
	clerk.get("/cases/"+number).must(t, http.StatusOK, "第一轮办理结果", "按期", "不满意 · 未解决", "水箱已经清洗。", "申请重办 · 已同意")
	clerk.get("/cases/"+number+"/deadline").must(t, http.StatusOK, "第一轮：来信人期限", "第 1 版办理规则规定重办 5 个工作日")

	c.answerRouted(t, number, "水管已经更换。")
	page = writer.get("/track/letter").must(t, http.StatusOK, "第一次答复", "水箱已经清洗。", "水管已经更换。", "已同意重新办理", "这个答复，您满意吗")
	sound(t, "the second answer", page)
	writer.post("/track/rate", url.Values{"grade": {"1"}}).mustLeadTo(t, "/track/letter")
	writer.get("/track/letter").must(t, http.StatusOK).mustNotSay(t, `action="/track/rework"`)
	writer.post("/track/rework", url.Values{"reason": {"第三次"}}).must(t, http.StatusConflict, "只能申请一次重办", "第三次")
}

func TestARefusedReworkIsExplained(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	c.answerRouted(t, number, "水箱已经清洗。")
	writer.post("/track/rate", url.Values{"grade": {"2"}}).mustLeadTo(t, "/track/letter")
	writer.post("/track/rework", url.Values{"reason": {"水还是黄的"}}).mustLeadTo(t, "/track/letter")
	c.as(t, "supervisor").deed(number, "refuse-rework", url.Values{"reason": {"复测水质合格。"}}).mustLeadTo(t, "/cases/"+number)
	writer.get("/track/letter").must(t, http.StatusOK, "没有同意重新办理", "复测水质合格。").mustNotSay(t, "测试 supervisor")
	c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "申请重办 · 不同意", "复测水质合格。").mustNotSay(t, "/grant-rework")
}

func TestAReworkCanBeAskedForInTimeOnly(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	c.answerRouted(t, number, "水箱已经清洗。")
	writer.post("/track/rate", url.Values{"grade": {"1"}}).mustLeadTo(t, "/track/letter")
	c.clock.Add(60 * 24 * time.Hour)
	writer = c.opened(t, number)
	writer.get("/track/letter").must(t, http.StatusOK, "申请重办的时间已于").mustNotSay(t, `action="/track/rework"`)
	writer.post("/track/rework", url.Values{"reason": {"来晚了"}}).must(t, http.StatusConflict, "来晚了")
}

func TestAWriterReachesTheirOwnLetterOnly(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	stranger := c.browser(t)
	for _, path := range []string{"/track/material", "/track/rework"} {
		stranger.post(path, url.Values{"material": {"x"}, "reason": {"x"}}).must(t, http.StatusUnauthorized)
		stranger.get(path).mustLeadTo(t, "/track")
		c.as(t, "clerk").post(path, nil).must(t, http.StatusUnauthorized)
	}
}

func TestLongEveryPageOfALetterAboutTimeExistsInEnglish(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.written(t)
	writer.post("/preferences", url.Values{"lang": {"en"}, "back": {"/"}}).must(t, http.StatusSeeOther)
	look := func(at string) {
		t.Helper()
		page := writer.get("/track/letter").must(t, http.StatusOK)
		sound(t, at, page)
		_, main, _ := strings.Cut(page.body, "<main")
		text := strings.NewReplacer("市水务集团", "", "云湘市", "", "中文", "", aLetter().Get("title"), "", "我家在桃源小区。", "", "水龙头出来的水发黄，请有关部门查一查。", "").Replace(main)
		if found := regexp.MustCompile(`\p{Han}+`).FindString(text); found != "" {
			t.Errorf("%s: an English page says %q", at, found)
		}
	}
	c.as(t, "clerk").deed(number, "route", url.Values{"lead": {strconv.FormatInt(c.water, 10)}}).mustLeadTo(t, "/cases/"+number)
	water := c.as(t, "water")
	water.deed(number, "ask-writer", url.Values{"question": {"Which house?"}}).mustLeadTo(t, "/cases/"+number)
	look("waiting")
	writer.post("/track/material", url.Values{"material": {"Number 3."}}).mustLeadTo(t, "/track/letter")
	water.deed(number, "ask-extension", url.Values{"days": {"2"}, "reason": {"parts"}}).mustLeadTo(t, "/cases/"+number)
	c.as(t, "supervisor").deed(number, "grant-extension", url.Values{"days": {"2"}, "reason": {"Parts are on their way."}}).mustLeadTo(t, "/cases/"+number)
	look("extended")
	c.answerRouted(t, number, "Done.")
	writer.post("/track/rate", url.Values{"grade": {"1"}}).mustLeadTo(t, "/track/letter")
	look("discontent")
	writer.post("/track/rework", url.Values{"reason": {"Still brown."}}).mustLeadTo(t, "/track/letter")
	look("asked")
	c.as(t, "clerk").deed(number, "grant-rework", url.Values{"lead": {strconv.FormatInt(c.water, 10)}, "reason": {"true"}}).mustLeadTo(t, "/cases/"+number)
	look("again")
}
