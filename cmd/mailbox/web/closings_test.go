package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases/people"
	"mailbox/sla/report"
)

// closeFebruary closes February 2026 as supervision does, and gives the closing's number.
func (c *staffed) closeFebruary(t testing.TB) (id int64) {
	t.Helper()
	actor := c.account(t, "closer", people.Grant{Role: people.Supervisor})
	engine := report.New(c.db, c.clock.Now().Location())
	book := report.NewClosings(engine, c.keys, c.clock.Now, "云湘市")
	id, err := book.Close(t.Context(), actor, report.Order{Period: report.Period{From: "2026-02-01", To: "2026-03-01"}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSupervisionClosesAPeriodAndLaterChangesAreNamed(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	late, kept := c.routed(t, "水压太低"), c.routed(t, "路灯不亮")
	c.answerRouted(t, kept, "已更换灯泡。")
	c.clock.Add(40 * 24 * time.Hour) // to 14 April
	march := url.Values{"from": {"2026-03-01"}, "through": {"2026-03-31"}}
	b := c.as(t, "supervisor")
	page := b.get("/reports/closings/new?"+march.Encode()).must(t, http.StatusOK, "50.00", "定稿不能撤销", "市水务集团")
	at := between(page.body, `name="at" value="`, `"`)
	if at == "" {
		t.Fatal("the preview does not say as of when")
	}

	// Too long a remark comes back with what was typed.
	long := strings.Repeat("长", report.MaxRemark+1)
	march.Set("at", at)
	march.Set("remark", long)
	b.post("/reports/closings", march).must(t, http.StatusUnprocessableEntity, long, "不超过 200 字")
	march.Set("remark", "云湘督〔2026〕5号")
	b.post("/reports/closings", march).mustLeadTo(t, "/reports/closings/1")
	b.get("/reports/closings/1").must(t, http.StatusOK, "已定稿：2026-03-01 至 2026-03-31", "签名有效", "云湘督〔2026〕5号", "没有办件的统计发生变化")
	b.get("/reports/closings").must(t, http.StatusOK, "云湘督〔2026〕5号", `href="/reports/closings/1"`)
	again := b.post("/reports/closings", march).must(t, http.StatusConflict, "该统计期已经定稿")
	if strings.Contains(again.body, "定稿不能撤销") {
		t.Error("what is closed is offered to be closed")
	}

	// The late letter is answered after all: the published rate stands, and the letter is named.
	c.answerRouted(t, late, "水压已恢复。")
	page = b.get("/reports/closings/1").must(t, http.StatusOK,
		"1 件办件的统计与公布时不同", "现在：100.00 %（2/2）", `<a href="/cases/`+late+`">`, "新计入：", "不再计入：", "超时未办")
	if strings.Contains(page.body, `<a href="/cases/`+kept+`">`) {
		t.Error("a letter is named that counts as it did")
	}
	rows := func(path, with, without string) {
		t.Helper()
		if body := b.get(path).must(t, http.StatusOK, with).body; without != "" && strings.Contains(body, without) {
			t.Errorf("%s lists %s", path, without)
		}
	}
	rows("/reports/closings/1/cases?figure=answered", kept, late)
	rows("/reports/closings/1/cases?figure=answered&change=entered", late, kept)
	rows("/reports/closings/1/cases?figure=overdue_open&change=left", late, kept)
	b.get("/reports/closings/1/cases?figure=answered&change=x").must(t, http.StatusNotFound)
	b.get("/reports/closings/9").must(t, http.StatusNotFound)

	// A correction names the one before, and both stay.
	c.clock.Add(time.Minute)
	b.get("/reports/closings/new?from=2026-03-01&through=2026-03-31&follows=1").must(t, http.StatusOK, "定稿不能撤销", "该统计期已于")
	b.post("/reports/closings", url.Values{"from": {"2026-03-01"}, "through": {"2026-03-31"}, "follows": {"1"}}).mustLeadTo(t, "/reports/closings/2")
	b.get("/reports/closings/1").must(t, http.StatusOK, "已被更正", `href="/reports/closings/2"`)
	b.get("/reports/closings/2").must(t, http.StatusOK, "更正的是", `href="/reports/closings/1"`, "没有办件的统计发生变化")

	// A department sees the figures; only those who may see all cases take the lists away.
	c.account(t, "parks", people.Grant{Role: people.Handler, Department: c.roads})
	parks := c.as(t, "parks")
	if body := parks.get("/reports/closings/1").must(t, http.StatusOK, "1 件办件的统计与公布时不同").body; strings.Contains(body, `<a href="/cases/`) || strings.Contains(body, "/json") {
		t.Error("a department is led to cases of others")
	}
	parks.get("/reports/closings/1/json").must(t, http.StatusForbidden)
	parks.get("/reports/closings/new").must(t, http.StatusForbidden)
	if body := parks.get("/reports/closings/1/cases?figure=received").must(t, http.StatusOK).body; strings.Contains(body, late) {
		t.Error("a department sees a case of another")
	}

	file := c.as(t, "auditor").get("/reports/closings/1/json").must(t, http.StatusOK)
	signed, err := report.ParseClosing([]byte(file.body))
	if err != nil {
		t.Fatal(err)
	}
	says, err := signed.Verify(c.keys.ReceiptKeys())
	if err != nil || says.Remark != "云湘督〔2026〕5号" || says.ClosedBy == "" {
		t.Error(err, says)
	}
}

// between is what stands between two texts.
func between(body, before, after string) string {
	_, rest, _ := strings.Cut(body, before)
	text, _, _ := strings.Cut(rest, after)
	return text
}
