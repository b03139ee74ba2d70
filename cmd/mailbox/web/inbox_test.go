package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTheInboxShowsAndForgetsWhatIsNew(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	server := served(t, c, nil)
	water := c.as(t, "water")
	page := listen(t, server, water, "")
	c.primed(t)
	number := c.routed(t, "路灯不亮")
	for told := ""; !strings.Contains(told, `"unread":1`); {
		told = page.next()
	}
	water.get("/desk/department").must(t, http.StatusOK, `data-unread>1</span>`)
	inbox := water.get("/account/notices").must(t, http.StatusOK, "新到本单位的办件", number, "路灯不亮", "未读", `href="/cases/`+number+`"`)
	sound(t, "inbox", inbox)
	water.post("/account/notices/read", url.Values{"id": {"999999"}}).mustLeadTo(t, "/account/notices")
	water.get("/account/notices").must(t, http.StatusOK, "未读")
	water.post("/account/notices/read", hiddenFields(inbox.body)).mustLeadTo(t, "/account/notices")
	if body := water.get("/account/notices").body; strings.Contains(body, "未读") || !strings.Contains(body, number) {
		t.Error("what was read is not marked so, or gone")
	}
	if body := c.as(t, "roads").get("/account/notices").body; strings.Contains(body, number) {
		t.Error("somebody else sees it")
	}
	water.post("/account/notices/read", url.Values{"upto": {"x"}}).mustLeadTo(t, "/account/notices")
}

func TestHowToBeToldIsChosenOnAPage(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	water := c.as(t, "water")
	page := water.get("/account/notices/settings").must(t, http.StatusOK, `value="19:00"`, `value="07:30"`, "没有邮箱")
	sound(t, "ways", page)
	form := url.Values{"new": {"none"}, "from": {"20:00"}, "until": {"08:00"}}
	for _, topic := range []string{"due", "overdue", "returned", "sent_back", "extension", "order", "mentioned", "assigned", "sign_off", "writer", "gone", "city"} {
		form.Set(topic, "inbox")
	}
	water.post("/account/notices/settings", form).mustLeadTo(t, "/account/notices")
	water.get("/account/notices/settings").must(t, http.StatusOK, `value="20:00"`, `<option value="none" selected>`)
	c.routed(t, "路灯不亮")
	if body := water.get("/account/notices").body; strings.Contains(body, "路灯不亮") {
		t.Error("told all the same")
	}
	form.Set("from", "soon")
	water.post("/account/notices/settings", form).must(t, http.StatusUnprocessableEntity, "例如 19:00", `value="soon"`)
	form.Set("from", "20:00")
	form.Set("order", "pigeon")
	water.post("/account/notices/settings", form).must(t, http.StatusUnprocessableEntity, "请选择通知方式")
	lead := c.as(t, "waterlead")
	lead.get("/account/notices").must(t, http.StatusOK, "路灯不亮") // the choice is one's own
}
