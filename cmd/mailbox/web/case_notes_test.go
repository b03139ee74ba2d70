package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNotesAndCallsAreWrittenOnTheCasesPageAndNeverShownToTheWriter(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	r := c.aNewLetter(t, "水发黄", "我家水龙头出来的水发黄。")
	number := r.Number
	if _, err := c.desk.Route(t.Context(), c.clerk, r.ID, 0, c.water); err != nil {
		t.Fatal(err)
	}
	water := c.as(t, "water")
	note := "/cases/" + number + "/note"
	water.post(note, url.Values{"note-note": {"请@roads 看看"}}).must(t, http.StatusUnprocessableEntity, "请@roads 看看", "无权查看本办件", `href="#field-note-note"`)
	water.post(note, url.Values{"note-note": {"  "}}).must(t, http.StatusUnprocessableEntity, "请填写备注内容")
	water.post(note, url.Values{"note-note": {"请@clerk 看看 <b>"}}).mustLeadTo(t, "/cases/"+number+"#notes")
	water.get("/cases/"+number).must(t, http.StatusOK, "备注已保存", "请@clerk 看看 &lt;b&gt;", "来信人看不到")

	call := "/cases/" + number + "/log-contact"
	water.post(call, url.Values{"log-contact-at": {"tomorrow"}, "log-contact-result": {"reached"}, "log-contact-text": {"说好周五上门"}}).
		must(t, http.StatusUnprocessableEntity, "说好周五上门", `value="reached" checked`, `href="#field-log-contact-at"`)
	at := c.clock.Now().In(c.desk.Location()).Format("2006-01-02T15:04")
	water.post(call, url.Values{"log-contact-at": {at}, "log-contact-result": {"reached"}, "log-contact-text": {"说好周五上门"}}).mustLeadTo(t, "/cases/"+number+"#notes")
	page := c.as(t, "supervisor").get("/cases/"+number).must(t, http.StatusOK, "请@clerk 看看", "电话联系来信人：已联系上", "说好周五上门")
	sound(t, "a case with notes", page)
	if strings.Contains(page.body, call) {
		t.Error("supervision is offered to log a call")
	}

	writer := c.browser(t)
	writer.post("/track", url.Values{"number": {number}, "secret": {r.Secret}}).must(t, http.StatusSeeOther)
	for _, path := range []string{"/track/letter", "/letters"} {
		body := writer.get(path).must(t, http.StatusOK).body
		for _, words := range []string{"请@clerk", "说好周五上门"} {
			if strings.Contains(body, words) {
				t.Errorf("%s shows the writer %q", path, words)
			}
		}
	}
	c.as(t, "roads").post(note, url.Values{"note-note": {"x"}}).must(t, http.StatusNotFound)
	c.as(t, "auditor").post(note, url.Values{"note-note": {"x"}}).must(t, http.StatusForbidden)
}
