package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mailbox/cases"
)

func TestALetterIsSplitAndItsWriterReadsBoth(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, clerk := c.browser(t), c.as(t, "clerk")
	writer.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := writer.receipt()
	page := clerk.get("/cases/"+number).must(t, http.StatusOK, "另一件事的内容")
	sound(t, "a letter that can be split", page)

	fields := url.Values{"title": {"路灯不亮"}, "body": {"另外路灯不亮。"}, "kind": {"help"}}
	clerk.deed(number, "split", fields).must(t, http.StatusUnprocessableEntity, `href="#field-split-stays"`, "另外路灯不亮。")
	fields.Set("stays", "水箱的事。")
	clerk.deed(number, "split", fields).mustLeadTo(t, "/cases/"+number)
	page = clerk.get("/cases/"+number).must(t, http.StatusOK, "拆分出", "水箱的事。", "我家在桃源小区。")
	second := regexp.MustCompile(`拆分出</dt>[\s\S]*?href="/cases/([0-9-]+)"`).FindStringSubmatch(page.body)
	if second == nil {
		t.Fatalf("the page does not lead to the second case\n%s", page.body)
	}
	sound(t, "the second case", clerk.get("/cases/"+second[1]).must(t, http.StatusOK, "拆分自", "由 "+number+" 拆分而来", "另外路灯不亮。"))

	page = writer.get("/track/letter").must(t, http.StatusOK, "您的来信反映两件事，其中一件另立为 "+second[1]+" 办理。", "来信反映两件事，分别立件办理")
	sound(t, "the writer's first", page)
	if strings.Contains(page.body, "水箱的事。") {
		t.Error("the writer reads the office's own words")
	}
	writer.post("/track/other", url.Values{"number": {c.letterIn(t, "别人的信")}}).must(t, http.StatusNotFound)
	writer.post("/track/other", url.Values{"number": {second[1]}}).mustLeadTo(t, "/track/letter")
	page = writer.get("/track/letter").must(t, http.StatusOK, "另外路灯不亮。", "这是您来信中的另一件事，原办件为 "+number)
	sound(t, "the writer's second", page)
	writer.post("/track/other", url.Values{"number": {number}}).mustLeadTo(t, "/track/letter")
	writer.get("/track/letter").must(t, http.StatusOK, aLetter().Get("title"))
	if c.state(t, second[1]) != cases.Received {
		t.Error("the second case is not to be screened")
	}
}
