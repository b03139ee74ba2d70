package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/people"
)

const emptyReply = "您好：您反映的问题已转<b>相关</b>部门处理，请耐心等待。"

// handedIn has the waterworks reply to a routed letter.
func (c *staffed) handedIn(t *testing.T, number, reply string) {
	t.Helper()
	c.as(t, "water").deed(number, "reply", url.Values{"reply": {reply}}).mustLeadTo(t, "/cases/"+number)
}

func TestTheReviewerIsHintedAtAReplyThatSaysNothing(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	c.handedIn(t, number, emptyReply)

	page := c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "请留意：这份答复可能没有实质内容", "只称已转交或请等待：只说已转交、正在办理或请等待",
		"不作结论", "<summary>在答复原文中标出</summary>", "<mark>", "已转&lt;b&gt;相关&lt;/b&gt;部门处理")
	page.mustNotSay(t, "<b>相关")
	sound(t, "a hint beside the review", page)
	english := c.as(t, "clerk")
	english.post("/preferences", url.Values{"lang": {"en"}, "back": {"/"}}).must(t, http.StatusSeeOther)
	english.get("/cases/"+number).must(t, http.StatusOK, "Worth a look: this reply may say nothing", "says only that the matter was passed on", "Marked in the reply as handed in")

	supervision := c.as(t, "supervisor").get("/cases/"+number).must(t, http.StatusOK, "请留意：这份答复可能没有实质内容", "<mark>", "已转&lt;b&gt;相关")
	supervision.mustNotSay(t, "在答复原文中标出") // the reply stands there itself, marked
	sound(t, "a hint for supervision", supervision)
	for _, who := range []string{"water", "waterlead", "auditor"} {
		c.as(t, who).get("/cases/"+number).mustNotSay(t, "请留意", "<mark>", "不作结论")
	}

	c.as(t, "clerk").deed(number, "answer", url.Values{"reply": {emptyReply}}).mustLeadTo(t, "/cases/"+number)
	c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "请留意", "<mark>")
	writer.get("/track/letter").must(t, http.StatusOK, "已转&lt;b&gt;相关&lt;/b&gt;部门处理").mustNotSay(t, "请留意", "<mark>", "实质内容")
	c.as(t, "supervisor").get("/reports/conduct?from=2026-01-01&through=2026-12-31").must(t, http.StatusOK, "答复疑似空洞（提示）")
}

func TestAFullReplyIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	_, number := c.writtenAndRouted(t)
	c.handedIn(t, number, "经查，二次供水水箱3月4日已清洗，水质检测合格，检测报告贴在单元门口。如有疑问请拨打供水热线96533。")
	for _, who := range []string{"clerk", "supervisor"} {
		c.as(t, who).get("/cases/"+number).must(t, http.StatusOK, "检测合格").mustNotSay(t, "请留意", "<mark>")
	}
}

func TestTheCaseWithTheSameReplyIsOneClickAway(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	const form = "经工作人员现场查看，情况属实，已责令有关单位限期整改，并将加强日常巡查，防止此类情况再次发生。"
	letter := func(title, body string) string {
		r, err := c.desk.Submit(t.Context(), people.TheWriter(0, "zh"), cases.Letter{
			Kind: "complaint", Title: title, Body: body, Language: "zh", Writer: cases.Contact{Name: "某人", Phone: "13900000000"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Route(t.Context(), c.clerk, r.ID, cases.AnyVersion, c.water); err != nil {
			t.Fatal(err)
		}
		return r.Number
	}
	first := letter("烧烤店噪音", "金桥花园楼下烧烤店营业到凌晨三点，划拳声音很大。")
	c.handedIn(t, first, form)
	second := letter("搅拌站扬尘", "城北的搅拌车不盖篷布，整条街都是灰。")
	c.handedIn(t, second, form)
	page := c.as(t, "clerk").get("/cases/"+second).must(t, http.StatusOK, "这份答复与其他事项的答复几乎相同", `href="/cases/`+first+`"`, "查看办件 "+first+" 的答复")
	if strings.Contains(page.body, "可能没有实质内容") {
		t.Error("near-identical was called hollow")
	}
	sound(t, "near-identical", page)
}
