package web_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestTheStaffSearchAndAreShownWhereTheWordsStand(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	routed, other := c.routed(t, "水压不足"), c.letterIn(t, "路灯不亮")
	clerk := c.as(t, "clerk")
	page := clerk.get("/search?words=水压").must(t, http.StatusOK, "<mark>水压</mark>", routed, `data-key="/"`)
	if strings.Contains(page.body, other) {
		t.Error("what does not fit is shown")
	}
	clerk.get("/search?words="+other).mustLeadTo(t, "/cases/"+other)
	clerk.get("/search?words="+other[:8]).must(t, http.StatusOK, routed, other)
	clerk.get("/search?words=没有的词").must(t, http.StatusOK, "没有找到")
	clerk.get("/desk/office").must(t, http.StatusOK, `action="/search"`)
	water := c.as(t, "water")
	if page := water.get("/search").must(t, http.StatusOK, routed); strings.Contains(page.body, other) {
		t.Error("a department finds a case of nobody's")
	}
	if page := c.as(t, "roads").get("/search?words="+routed).must(t, http.StatusOK, "没有找到"); strings.Contains(page.body, "水压") {
		t.Error("another department finds it")
	}
	c.as(t, "admin").get("/search").must(t, http.StatusForbidden)
	if page := c.as(t, "admin").get("/admin/people"); strings.Contains(page.body, `action="/search"`) {
		t.Error("somebody who may read no case is offered the search")
	}
}

func TestAWriterIsSoughtWithoutStandingInAnAddress(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "水压不足")
	clerk := c.as(t, "clerk")
	to := clerk.post("/search/writer", url.Values{"writer": {"139 0000 1234"}, "filter": {"kind=complaint"}}).must(t, http.StatusSeeOther).header.Get("Location")
	if strings.Contains(to, "1390") || !strings.Contains(to, "kind=complaint") {
		t.Fatalf("leads to %s", to)
	}
	clerk.get(to).must(t, http.StatusOK, number, "仅显示所查来信人的信件")
	clerk.post("/search/writer", url.Values{"writer": {"139"}}).must(t, http.StatusUnprocessableEntity, "请输入完整的电话号码", `value="139"`)
	c.as(t, "supervisor").get(to).must(t, http.StatusForbidden)
	if page := c.as(t, "supervisor").get("/search").must(t, http.StatusOK); strings.Contains(page.body, "/search/writer") {
		t.Error("supervision is offered to look for writers")
	}
}

func TestAListIsTakenAwayAsItStandsAndThatIsRecorded(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	numbers := []string{c.routed(t, "=HYPERLINK(1)"), c.routed(t, "水压不足")}
	c.letterIn(t, "水管漏水")
	c.as(t, "clerk").get("/desk/office?pile=open").must(t, http.StatusOK, "/export?list=%2Fdesk%2Foffice%3Fpile%3Dopen")
	water := c.as(t, "water")
	list := "/desk/department?pile=department"
	water.get("/export?"+url.Values{"list": {list}}.Encode()).must(t, http.StatusOK, "部门工作台", "何人、何时")
	water.post("/export", url.Values{"list": {list}, "format": {"csv"}}).must(t, http.StatusUnprocessableEntity, "请填写用途")
	file := water.post("/export", url.Values{"list": {list}, "format": {"csv"}, "reason": {"周会"}}).must(t, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][0] != numbers[0] || rows[2][0] != numbers[1] || rows[1][1] != "'=HYPERLINK(1)" || rows[1][8] != "2026-03-05 10:00:00" {
		t.Fatalf("the file says %q, %v", rows, err)
	}
	if !strings.HasPrefix(file.body, "\uFEFF") || strings.Contains(file.body, "周小禾") || strings.Contains(file.body, "1390000") {
		t.Error("the file has no mark of its encoding, or something of the writer")
	}
	book, err := excelize.OpenReader(bytes.NewReader([]byte(c.as(t, "clerk").post("/export", url.Values{
		"list": {"/search?words=水"}, "format": {"xlsx"}, "reason": {"专题分析"},
	}).must(t, http.StatusOK).body)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close() //nolint:errcheck // only read
	cells, err := book.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	if err != nil || len(cells) != 4 || !strings.HasPrefix(cells[1][8], "46086.41") { // all three letters are about water
		t.Fatalf("the sheet says %q, %v", cells, err)
	}
	for _, list := range []string{"/admin/people", "//elsewhere", "/cases/1", "/desk/office"} {
		water.post("/export", url.Values{"list": {list}, "format": {"csv"}, "reason": {"x"}}).must(t, http.StatusUnprocessableEntity)
	}
	for _, login := range []string{"admin", "auditor"} {
		c.as(t, login).get("/admin/exports").must(t, http.StatusOK, "周会", "pile=department", "专题分析", "words=水", "XLSX")
	}
	c.as(t, "clerk").get("/admin/exports").must(t, http.StatusForbidden)
}

func TestWhoMaySeeNoCaseTakesNoneAway(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for _, taken := range []cases.Taken{
		{List: "/search", Search: &cases.Search{}, Format: cases.CSV, Reason: "x"},
		{List: "/desk/office", Query: &cases.Query{Pile: cases.PileAll}, Format: cases.CSV, Reason: "x"},
	} {
		_, _, err := c.desk.Export(t.Context(), people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}, taken)
		if errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("%s: %v", taken.List, err)
		}
		items, more, err := c.desk.Export(t.Context(), c.clerk, taken)
		if err != nil || more || len(items) != 0 {
			t.Errorf("%s: %d cases, %v, %v", taken.List, len(items), more, err)
		}
	}
	if list, total, err := c.desk.Exports(t.Context(), people.Actor{Grants: []people.Grant{{Role: people.Auditor}}}, 1); err != nil || total != 2 || list[0].List != "/desk/office" {
		t.Errorf("recorded are %v, %d, %v", list, total, err)
	}
}
