package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// notice2027 is made up, for the real one is not out, and has the form in which such files are published.
const notice2027 = `{
  "$schema": "https://raw.githubusercontent.com/NateScarlet/holiday-cn/master/schema.json",
  "$id": "https://raw.githubusercontent.com/NateScarlet/holiday-cn/master/2027.json",
  "year": 2027,
  "papers": ["https://www.gov.cn/zhengce/content/invented.htm"],
  "days": [
    {"name": "元旦", "date": "2026-12-27", "isOffDay": false},
    {"name": "元旦", "date": "2026-12-31", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-02", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-09", "isOffDay": false},
    {"name": "春节", "date": "2027-02-06", "isOffDay": true},
    {"name": "春节", "date": "2027-02-07", "isOffDay": true},
    {"name": "春节", "date": "2027-02-08", "isOffDay": true},
    {"name": "春节", "date": "2027-02-09", "isOffDay": true},
    {"name": "春节", "date": "2027-02-10", "isOffDay": true},
    {"name": "春节", "date": "2027-02-11", "isOffDay": true},
    {"name": "春节", "date": "2027-02-12", "isOffDay": true},
    {"name": "春节", "date": "2027-02-20", "isOffDay": false},
    {"name": "清明节", "date": "2027-04-05", "isOffDay": true},
    {"name": "劳动节", "date": "2027-05-03", "isOffDay": true},
    {"name": "劳动节", "date": "2027-05-04", "isOffDay": true},
    {"name": "端午节", "date": "2027-06-09", "isOffDay": true},
    {"name": "中秋节、国庆节", "date": "2027-10-01", "isOffDay": true},
    {"name": "国庆节", "date": "2027-10-04", "isOffDay": true},
    {"name": "国庆节", "date": "2027-10-05", "isOffDay": true}
  ]
}`

// sendFile sends a form with a file, as a browser that has seen the page before.
func (b *browser) sendFile(path, name, content string, fields url.Values) answerPage {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	write := func(field, value string) {
		if err := w.WriteField(field, value); err != nil {
			b.t.Fatal(err)
		}
	}
	write("csrf", b.token())
	for field, values := range fields {
		for _, value := range values {
			write(field, value)
		}
	}
	file, err := w.CreateFormFile("file", name)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := file.Write([]byte(content)); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, path, w.FormDataContentType(), &body)
}

// inDecember is a city whose next year nobody has loaded, with letters that need it.
func inDecember(t *testing.T) *staffed {
	t.Helper()
	c := newStaffed(t)
	c.clock.Add(time.Date(2026, 12, 29, 10, 0, 0, 0, c.desk.Location()).Sub(c.clock.Now()))
	c.letterIn(t, "年末的信")
	c.clock.Add(time.Hour)
	c.routed(t, "年末转出的信")
	return c
}

func (c *staffed) editions(t *testing.T) int {
	t.Helper()
	all, err := c.desk.Editions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func TestANewYearIsPreviewedAndLoaded(t *testing.T) {
	t.Parallel()
	c := inDecember(t)
	admin := c.as(t, "admin")
	for _, path := range []string{"/admin/people", "/admin/departments", "/admin/notices", "/admin/calendar"} {
		admin.get(path).must(t, http.StatusOK, "2027 年的放假安排尚未载入")
	}
	page := admin.sendFile("/admin/calendar/preview", `C:\下载\2027.json`, notice2027, nil).must(t, http.StatusOK,
		"预览：2027 年放假安排", "2026年12月31日（星期四）", "元旦 放假", "2026年12月27日（星期日）", "元旦 调休上班", "2 件：0 件提前，2 件推后")
	sound(t, "the preview", page)
	if c.editions(t) != 1 {
		t.Fatal("the preview has loaded the calendar")
	}
	form := hiddenFields(page.body)
	if form.Get("source") != "2027.json" {
		t.Errorf("the source is %q", form.Get("source"))
	}
	admin.post("/admin/calendar", form).mustLeadTo(t, "/admin/calendar?year=2027")
	page = admin.get("/admin/calendar?year=2027").must(t, http.StatusOK,
		"2027 年的放假安排已载入", "还有 2 件办件", "2027.json", "测试 admin", "8–12日：春节 放假", "20日：春节 调休上班")
	if strings.Contains(page.body, "尚未载入") {
		t.Error("the year is still said to be missing")
	}
	if _, err := c.desk.Settle(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if page := admin.get("/admin/calendar").must(t, http.StatusOK); strings.Contains(page.body, "待重新核定") {
		t.Error("cases are still said to wait")
	}
	if !strings.Contains(c.log.String(), "calendar loaded") {
		t.Error("the log does not say who loaded it")
	}
	admin.post("/admin/calendar", form).must(t, http.StatusConflict, "已载入，没有变化", "</textarea>")
}

func TestACalendarThatCannotBeUsedChangesNothing(t *testing.T) {
	t.Parallel()
	c := inDecember(t)
	admin := c.as(t, "admin")
	for name, test := range map[string]struct{ text, want string }{
		"an unknown key":      {strings.Replace(notice2027, `"isOffDay": false`, `"off": false`, 1), "off"},
		"days of 2028":        {strings.Replace(notice2027, "2027-06-09", "2028-06-09", 1), "year 2027: days, entry 17"},
		"before the calendar": {`{"years": [{"year": 2016, "weekday_off": [{"date": "2016-01-01", "name": "元旦春节清明节劳动节端午节国庆节"}, {"date":"2016-05-02","name":"劳动节"}, {"date":"2016-10-03","name":"国庆节"}], "weekend_work": []}]}`, "2016"},
		"incomplete":          {strings.Replace(notice2027, `{"name": "端午节", "date": "2027-06-09", "isOffDay": true},`, "", 1), "端午节"},
		"not JSON":            {"二〇二七年放假安排", "工作日历文件无法使用"},
	} {
		for way, page := range map[string]answerPage{
			"file":   admin.sendFile("/admin/calendar/preview", "2027.json", test.text, nil),
			"pasted": admin.post("/admin/calendar/preview", url.Values{"text": {test.text}}),
			"loaded": admin.post("/admin/calendar", url.Values{"text": {test.text}}),
		} {
			if page.status != http.StatusUnprocessableEntity || !strings.Contains(page.body, test.want) || !strings.Contains(page.body, "error-summary") {
				t.Errorf("%s, %s: status %d\n%s", name, way, page.status, page.body)
			}
			kept := strings.NewReplacer("&#34;", `"`, "&amp;", "&").Replace(page.body)
			if !strings.Contains(kept, test.text+"</textarea>") {
				t.Errorf("%s, %s: the text is lost", name, way)
			}
			sound(t, name, page)
		}
	}
	admin.sendFile("/admin/calendar/preview", "big.json", strings.Repeat(" ", 256<<10+1), nil).
		must(t, http.StatusUnprocessableEntity, "文件有 257 kB，最大 256 kB", `href="#field-file"`)
	admin.sendFile("/admin/calendar/preview", "x.xlsx", "PK\xff\xfe", nil).must(t, http.StatusUnprocessableEntity, "不是 UTF-8 文本")
	admin.sendFile("/admin/calendar/preview", "huge.json", strings.Repeat(" ", 1<<20), nil).must(t, http.StatusRequestEntityTooLarge)
	admin.post("/admin/calendar/preview", nil).must(t, http.StatusUnprocessableEntity, "请选择文件")
	if c.editions(t) != 1 {
		t.Error("something was loaded")
	}
	if page := c.as(t, "clerk").sendFile("/admin/calendar/preview", "2027.json", notice2027, nil); page.status != http.StatusForbidden {
		t.Errorf("a clerk: status %d", page.status)
	}
}

func TestAFileOfAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	c := inDecember(t)
	admin := c.as(t, "admin")
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.WriteField("text", notice2027); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	admin.do(http.MethodPost, "/admin/calendar", w.FormDataContentType(), &body).must(t, http.StatusForbidden)
	if c.editions(t) != 1 {
		t.Error("a form without the token was taken")
	}
}

func TestAYearIsSeenAtAGlance(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	admin.get("/admin/calendar").must(t, http.StatusOK,
		"2026 年一览", "全年 248 个工作日", "系统自带", "2017–2026", "1–7日：国庆节 放假", "14日：春节 调休上班", "20–31日：放假安排未公布")
	admin.get("/admin/calendar?year=2027").must(t, http.StatusOK, "暂按平常周和法定节日推算", "1日：元旦 放假")
	for _, year := range []string{"2016", "2028", "x", "-1", "99999999999999999999"} {
		admin.get("/admin/calendar?year="+year).must(t, http.StatusOK, "2026 年一览")
	}
	c.in(t, "admin", "en").get("/admin/calendar").must(t, http.StatusOK, "October", "1–7: National Day public holiday")
}
