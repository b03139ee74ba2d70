package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAFollowUpCallShowsTheNumberOnceAndRecordsWhatIsSaid(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.letterIn(t, "水管漏水")
	c.answer(t, number, "已修好，请放心使用。")
	clerk, at := c.as(t, "clerk"), "/desk/calls/"+number
	sound(t, "whom to call", clerk.get("/desk/calls").must(t, http.StatusOK, number, "开始回访", "待回访 1 人"))
	clerk.get(at).mustLeadTo(t, "/desk/calls")
	page := clerk.post(at, nil).must(t, http.StatusOK, "13900001234", "周小禾", "已修好，请放心使用。", "本次查看已记录")
	sound(t, "the call", page)
	supervisor := c.as(t, "supervisor")
	supervisor.get("/desk/calls").must(t, http.StatusOK, "测试 clerk正在回访")
	supervisor.post(at, nil).mustLeadTo(t, "/desk/calls")
	supervisor.get("/desk/calls").must(t, http.StatusOK, "无法回访：同事正在回访该来信人")
	form := url.Values{"version": {formFields(page.body[strings.Index(page.body, `name="version"`)-200:]).Get("version")}, "record-rating-words": {"修得很快"}}
	sound(t, "without a grade", clerk.post(at+"/end", form).must(t, http.StatusUnprocessableEntity, `href="#field-record-rating-grade"`, "修得很快</textarea>"))
	form.Set("record-rating-grade", "4")
	clerk.post(at+"/end", form).mustLeadTo(t, "/desk/calls")
	clerk.get("/desk/calls").must(t, http.StatusOK, "没有需要回访的来信人", "回访结果已登记")
	clerk.get("/cases/"+number).must(t, http.StatusOK, "修得很快", "电话")

	other := c.letterIn(t, "水压不足")
	c.answer(t, other, "已调整水压。")
	supervisor.post("/desk/calls/"+other, nil).must(t, http.StatusOK, "13900001234")
	supervisor.post("/desk/calls/"+other+"/end", url.Values{"outcome": {"not_reached"}}).mustLeadTo(t, "/desk/calls")
	supervisor.get("/desk/calls").must(t, http.StatusOK, "没有需要回访的来信人")
	c.as(t, "water").post(at, nil).must(t, http.StatusForbidden)
	sound(t, "in English", c.in(t, "supervisor", "en").get("/desk/calls").must(t, http.StatusOK, "Nobody is to be called"))
}
