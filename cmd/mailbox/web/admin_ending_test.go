package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"mailbox/cases/people"
)

func TestEndingADepartmentIsPreviewedAndMovesWhatItHasInHand(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "水管漏水")
	admin := c.as(t, "admin")
	at := "/admin/departments/" + strconv.FormatInt(c.water, 10)
	page := admin.get(at+"/end").must(t, http.StatusOK, "合并或撤销：市水务集团", "主办的在办件", "测试 waterlead", "退回信箱办", "2026年3月5日（星期四）起")
	sound(t, "the preview", page)
	sound(t, "refused", admin.post(at+"/dissolve", nil).must(t, http.StatusConflict, "还有 1 件在办件"))
	sound(t, "no successor", admin.post(at+"/merge", url.Values{"roles": {"yes"}}).must(t, http.StatusUnprocessableEntity, `href="#field-into"`, `value="yes" checked`))
	admin.post(at+"/merge", url.Values{"into": {strconv.FormatInt(c.roads, 10)}, "roles": {"yes"}}).mustLeadTo(t, "/admin/departments")
	admin.get("/admin/departments").must(t, http.StatusOK, "2026年3月5日（星期四）至2026年3月5日（星期四） · 由市政工程处承接")
	admin.get(at+"/end").mustLeadTo(t, "/admin/departments")
	c.as(t, "roads").get("/cases/"+number).must(t, http.StatusOK, "随单位撤并划转")
	a, err := c.dir.Actor(t.Context(), c.actor(t, "waterlead").Account)
	if err != nil || !a.WorksFor(c.roads) || !a.Is(people.Leader) {
		t.Errorf("%+v, %v", a, err)
	}
	c.as(t, "clerk").get(at+"/end").must(t, http.StatusForbidden)
}
