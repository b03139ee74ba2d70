package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases"
)

const wholeReply = "3月5日我公司派人到桃源小区现场核实，水箱超期未清洗。根据《二次供水管理办法》第十条，已责令物业清洗消毒完毕。下一步将每季度检测水质。联系电话：0731-55551234。"

func TestAReplyIsSeenAsTheWriterWillBeforeItIsHandedIn(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	water, clerk := c.as(t, "water"), c.as(t, "clerk")
	number := c.routed(t, "水龙头的水发黄")
	at := "/cases/" + number + "/reply/preview"
	water.get("/cases/"+number).must(t, http.StatusOK, `formaction="`+at+`"`)
	version := water.version(number)
	page := water.post(at, url.Values{"version": {version}, "reply-reply": {"<b>已清洗水箱。</b>"}}).
		must(t, http.StatusOK, "答复预览", "&lt;b&gt;已清洗水箱。&lt;/b&gt;", "市水务集团", "未找到。", "请留下承办人或单位的联系电话", "我家在桃源小区")
	sound(t, "a preview", page)
	sound(t, "nothing to preview", water.post(at, url.Values{"version": {version}, "reply-reply": {" "}}).must(t, http.StatusUnprocessableEntity, `href="#field-reply-reply"`))
	if c.state(t, number) != cases.Routed {
		t.Error("the preview has done something")
	}
	water.get(at).mustLeadTo(t, "/cases/"+number)
	clerk.post(at, nil).must(t, http.StatusForbidden)

	// What the preview shows is handed in from there, and a stale one is refused like any other form.
	page = water.post(at, url.Values{"version": {version}, "reply-reply": {wholeReply}}).must(t, http.StatusOK, "下一步将每季度检测水质")
	if strings.Contains(page.body, "未找到。") {
		t.Error("a whole answer lacks something")
	}
	form := url.Values{"version": {version}, "reply-reply": {wholeReply}}
	water.post("/cases/"+number+"/reply", form).must(t, http.StatusSeeOther)
	water.post(at, form).must(t, http.StatusConflict, "办件状态已变化")

	// The office sees letter, reply and checks beside each other.
	page = clerk.get("/cases/"+number).must(t, http.StatusOK, "答复核对", "0731-55551234", "《二次供水管理办法》")
	sound(t, "a review", page)
	if strings.Contains(page.body, "?ask=missing") {
		t.Error("nothing is missing, and yet it can be asked for")
	}
	bare := c.routed(t, "水压低")
	water.deed(bare, "reply", url.Values{"reply": {"水压已恢复。"}}).must(t, http.StatusSeeOther)
	clerk.get("/cases/"+bare).must(t, http.StatusOK, "?ask=missing")
	page = clerk.get("/cases/"+bare+"?ask=missing").must(t, http.StatusOK, "1. 请")
	sound(t, "what to ask for", page)
	if _, after, _ := strings.Cut(page.body, `id="field-send-back-comment"`); !strings.Contains(strings.SplitN(after, "</textarea>", 2)[0], "请留下承办人或单位的联系电话") {
		t.Error("the comment does not begin with what is missing")
	}
}
