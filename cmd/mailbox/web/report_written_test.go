package web_test

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

func TestTheWorkbookSaysWhatThePageSays(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 3 {
		c.letterIn(t, "新来的信"+strconv.Itoa(i))
		c.routed(t, "转出的信"+strconv.Itoa(i))
	}
	c.answer(t, c.letterIn(t, "已答复的信"), "办好了。")
	c.clock.Add(24 * time.Hour)
	b := c.as(t, "supervisor")
	asked := "?by=department&from=2026-03-01&through=2026-03-31&at=" + strconv.FormatInt(c.clock.Now().Unix(), 10)
	page := b.get("/reports"+asked).must(t, http.StatusOK, "/reports/xlsx?", "/reports/written?").body
	file := b.get("/reports/xlsx"+asked).must(t, http.StatusOK)
	if kind := file.header.Get("Content-Type"); kind != "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" {
		t.Errorf("the workbook is %s", kind)
	}
	book, err := excelize.OpenReader(bytes.NewReader([]byte(file.body)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	rows, err := book.GetRows("合计")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, row := range rows[1:] {
		text := "—" // an empty cell
		if len(row) > 1 && row[1] != "" {
			text = row[1]
		}
		shown[row[0]] = text
	}
	seen := 0
	for _, d := range report.Definitions() {
		line := regexp.MustCompile(`(?s)<summary>` + regexp.QuoteMeta(html.EscapeString(d.Name(errs.ZH))) + `</summary>.*?<td class="numeric">(.*?)</td>`).FindStringSubmatch(page)
		if line == nil {
			continue
		}
		seen++
		onPage := strings.ReplaceAll(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(line[1], ""), " ", "")
		if onPage != shown[d.Name(errs.ZH)] {
			t.Errorf("%s: the page says %q, the workbook %q", d.Name(errs.ZH), onPage, shown[d.Name(errs.ZH)])
		}
		if !strings.Contains(page, html.EscapeString(d.How(errs.ZH))) {
			t.Errorf("the page does not define %s as the workbook does", d.Name(errs.ZH))
		}
	}
	if seen < 38 {
		t.Errorf("only %d figures found on the page", seen)
	}
}

func TestTheWrittenReportIsReadAndTakenAway(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.answer(t, c.letterIn(t, "已答复的信"), "办好了。")
	c.letterIn(t, "新来的信")
	c.clock.Add(24 * time.Hour)
	c.as(t, "water").get("/reports/written?from=2026-01-01&through=2026-06-30").must(t, http.StatusOK, "2026年上半年来信办理情况报告")
	b := c.as(t, "supervisor")
	page := b.get("/reports/written?from=2026-01-01&through=2026-06-30").must(t, http.StatusOK,
		"2026年上半年来信办理情况报告", "一、总体情况", "统计期内共收到来信2件", "统计期尚未结束", "（由报送单位填写。）", `<link rel="stylesheet" href="/static/written.css?v=`)
	if !strings.Contains(b.get("/static/written.css").must(t, http.StatusOK).body, "@page") {
		t.Error("the style has no page")
	}
	// What comes later is in none of the files that the page leads to.
	c.clock.Add(time.Minute)
	c.letterIn(t, "来得太晚，不在报告里")
	link := regexp.MustCompile(`href="(/reports/(?:written/html|written/docx|xlsx)\?[^"]+)"`).FindAllStringSubmatch(page.body, -1)
	if len(link) != 3 {
		t.Fatalf("the page leads to %d files", len(link))
	}
	for _, l := range link {
		path := html.UnescapeString(l[1])
		file := b.get(path).must(t, http.StatusOK)
		if got := file.header.Get("Content-Disposition"); !strings.Contains(got, `attachment; filename="report-2026-01-01-2026-06-30.`) {
			t.Errorf("%s is called %q", path, got)
		}
		if strings.Contains(path, "/html") && !strings.Contains(file.body, "统计期内共收到来信2件") {
			t.Errorf("%s does not say what the page says", path)
		}
	}
}
