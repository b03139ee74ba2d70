package web_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
	"mailbox/sla/report"
)

// storeFebruary has the report of February 2026 made, as of 2 March, and gives its number. A letter came on 26 February.
func (c *staffed) storeFebruary(t *testing.T) (id int64) {
	t.Helper()
	back := c.clock.Now().Sub(time.Date(2026, 2, 26, 10, 0, 0, 0, sla.Shanghai))
	c.clock.Add(-back)
	c.letterIn(t, "二月的信")
	c.clock.Add(back)
	c.storeDue(t)
	if err := c.db.Read.NewRaw("SELECT id FROM stored_reports WHERE period = '2026-02'").Scan(t.Context(), &id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (c *staffed) storeDue(t *testing.T) {
	t.Helper()
	stored := report.NewStoredReports(report.New(c.db, sla.Shanghai), c.desk, c.db, c.keys, c.clock.Now, "云湘市", "1.2.3")
	if _, err := stored.MakeDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestStoredReportsAreListedByYearAndHandedOutAsTheyWereMade(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.as(t, "supervisor")
	b.get("/reports").must(t, http.StatusOK, `href="/reports/stored"`)
	b.get("/reports/stored").must(t, http.StatusOK, "还没有定期报告")
	id := c.storeFebruary(t)
	closing := c.closeFebruary(t)
	page := b.get("/reports/stored").must(t, http.StatusOK, "2026年2月", "2026年3月2日", `href="/reports/stored/1/files/zh.docx"`, `href="/reports/stored/1/files/zh.xlsx"`,
		`href="/reports/closings/`+strconv.FormatInt(closing, 10)+`"`)
	if strings.Contains(page.body, "2026年1月") {
		t.Error("there is a report of the time before the mailbox")
	}
	page = b.get("/reports/stored/1").must(t, http.StatusOK, "2026-02-01 至 2026-02-28", "来信办理情况报告", "统计期内共收到来信1件", "程序版本 1.2.3", c.keys.ReceiptKeys()[0].ID)
	r, err := report.NewStoredReports(report.New(c.db, sla.Shanghai), c.desk, c.db, c.keys, c.clock.Now, "", "").Get(t.Context(), people.Actor{Account: 1}, id)
	if err != nil {
		t.Fatal(err)
	}
	stored := report.NewStoredReports(report.New(c.db, sla.Shanghai), c.desk, c.db, c.keys, c.clock.Now, "", "")
	for _, f := range r.Files {
		path := "/reports/stored/1/files/" + string(f.Language) + "." + f.Form
		if !strings.Contains(page.body, f.Digest) || !strings.Contains(page.body, `href="`+path+`"`) {
			t.Errorf("the page does not lead to %s with its digest", path)
		}
		want, err := stored.File(t.Context(), people.Actor{Account: 1}, r, f.Form, f.Language)
		if err != nil {
			t.Fatal(err)
		}
		got := b.get(path).must(t, http.StatusOK)
		if got.body != string(want.Content) || !strings.Contains(got.header.Get("Content-Disposition"), "report-2026-02."+string(f.Language)+"."+f.Form) {
			t.Errorf("%s hands out other bytes than were stored, or by another name", path)
		}
	}

	// What happens later changes nothing, and the next month has a report of its own.
	c.clock.Add(30 * 24 * time.Hour)
	c.storeDue(t)
	b = c.as(t, "supervisor")
	later := b.get("/reports/stored/1").must(t, http.StatusOK)
	for _, body := range []string{page.body, later.body} {
		if !strings.Contains(body, "统计期内共收到来信1件") {
			t.Error("the report changed")
		}
	}
	b.get("/reports/stored?year=2026").must(t, http.StatusOK, "2026年3月", "2026年第1季度", "2026年2月")
	b.get("/reports/stored?year=2019").must(t, http.StatusOK, "还没有定期报告")
	for _, path := range []string{"/reports/stored/99", "/reports/stored/x", "/reports/stored/1/files/zh.pdf", "/reports/stored/1/files/fr.html", "/reports/stored/99/files/zh.html"} {
		b.get(path).must(t, http.StatusNotFound)
	}

	english := c.in(t, "water", string(errs.EN))
	english.get("/reports/stored").must(t, http.StatusOK, "February 2026", "quarter 1 of 2026")
	english.get("/reports/stored/1").must(t, http.StatusOK, "letters and how they were handled", "Letters received: 1")
	if at := c.browser(t).get("/reports/stored/1"); at.status != http.StatusSeeOther {
		t.Errorf("somebody who has not signed in gets status %d", at.status)
	}
}

func TestSupervisionNamesWhoGetsReportsAndAddressesAreShownInPartOnly(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.as(t, "supervisor")
	b.get("/reports/stored").must(t, http.StatusOK, `href="/admin/reports"`)
	b.get("/admin/reports").must(t, http.StatusOK, "月报", "没有收件人")
	wrong := url.Values{"kind": {"year"}, "email": {"mayor.office"}, "language": {"en"}}
	b.post("/admin/reports", wrong).must(t, http.StatusUnprocessableEntity, `value="mayor.office"`, "电子邮箱格式不对", `<option value="year" selected>`)
	right := url.Values{"kind": {"month"}, "email": {"mayor.office@example.org"}, "language": {"zh"}}
	b.post("/admin/reports", right).mustLeadTo(t, "/admin/reports")
	b.post("/admin/reports", right).must(t, http.StatusUnprocessableEntity, "该邮箱已在收件人之列")
	page := b.get("/admin/reports").must(t, http.StatusOK, "@example.org", "外部邮箱", `action="/admin/reports/1/end"`)
	c.storeFebruary(t)
	list := b.get("/reports/stored").must(t, http.StatusOK, "已发邮件：", "待发送")
	record := c.as(t, "auditor").get("/admin/audit?subject=report").must(t, http.StatusOK, "添加报告收件人")
	for _, body := range []string{page.body, list.body, record.body} {
		if strings.Contains(body, "mayor.office") {
			t.Error("the whole address is shown")
		}
	}
	b.post("/admin/reports/1/end", nil).mustLeadTo(t, "/admin/reports")
	b.post("/admin/reports/1/end", nil).must(t, http.StatusNotFound)
	clerk := c.as(t, "clerk")
	clerk.get("/admin/reports").must(t, http.StatusForbidden)
	if strings.Contains(clerk.get("/reports/stored").must(t, http.StatusOK).body, `href="/admin/reports"`) {
		t.Error("a clerk is led to a page that is not for them")
	}
}
