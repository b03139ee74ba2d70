package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
)

func TestALeaderSignsOffOnThePageOfTheCase(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "要签发的信")
	leader, water, id := c.as(t, "waterlead"), c.as(t, "water"), strconv.FormatInt(c.water, 10)
	if strings.Contains(water.get("/desk/department").must(t, http.StatusOK).body, "答复审签") {
		t.Error("a handler is offered the switch")
	}
	water.post("/desk/department/approval", url.Values{"department": {id}, "approval": {"on"}}).must(t, http.StatusForbidden)
	leader.post("/desk/department/approval", url.Values{"department": {strconv.FormatInt(c.roads, 10)}, "approval": {"on"}}).must(t, http.StatusForbidden)
	leader.post("/desk/department/approval", url.Values{"department": {id}, "approval": {"on"}}).mustLeadTo(t, "/desk/department")
	leader.get("/desk/department").must(t, http.StatusOK, "已开启：答复须经负责人签发", "停用审签")

	page := water.get("/cases/"+number).must(t, http.StatusOK, "/cases/"+number+"/propose")
	if strings.Contains(page.body, "/cases/"+number+"/reply\"") {
		t.Error("a handler is offered to hand in what needs approval")
	}
	water.deed(number, "reply", url.Values{"reply": {"绕过审签"}}).must(t, http.StatusConflict, "绕过审签", "送审签")
	water.deed(number, "propose", url.Values{"reply": {"初稿 <b>"}}).mustLeadTo(t, "/cases/"+number)
	sound(t, "a handler's case with the leader", water.get("/cases/"+number).must(t, http.StatusOK, "待签发", "初稿 &lt;b&gt;"))
	if body := c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "待签发").body; strings.Contains(body, "初稿 &lt;b&gt;") {
		t.Error("the office reads a reply that is not handed in")
	}
	leader.get("/desk/department?pile=approval").must(t, http.StatusOK, "要签发的信", "待签发")
	sound(t, "a leader's case", leader.get("/cases/"+number).must(t, http.StatusOK, `name="sign-off-reply"`, "初稿 &lt;b&gt;", "/cases/"+number+"/turn-back"))
	leader.deed(number, "turn-back", url.Values{"comment": {""}}).must(t, http.StatusUnprocessableEntity)
	leader.deed(number, "turn-back", url.Values{"comment": {"请写明依据"}}).mustLeadTo(t, "/cases/"+number)
	sound(t, "a handler's case turned back", water.get("/cases/"+number).must(t, http.StatusOK, "请写明依据", "初稿 &lt;b&gt;</textarea>"))
	water.deed(number, "propose", url.Values{"reply": {"二稿"}}).mustLeadTo(t, "/cases/"+number)
	leader.deed(number, "sign-off", url.Values{"reply": {" "}}).must(t, http.StatusUnprocessableEntity)
	leader.deed(number, "sign-off", url.Values{"reply": {"二稿，已核。"}}).mustLeadTo(t, "/cases/"+number)
	if got := c.state(t, number); got != cases.Replied {
		t.Errorf("the case is %s", got)
	}
	c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "二稿，已核。</textarea>")
	c.as(t, "admin").post("/admin/departments/"+id+"/approval", nil).mustLeadTo(t, "/admin/departments")
	c.as(t, "admin").post("/admin/departments/"+strconv.FormatInt(c.roads, 10)+"/approval", url.Values{"approval": {"on"}}).must(t, http.StatusConflict, "没有负责人")
}
