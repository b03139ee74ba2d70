package web_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
)

var (
	missingWord = regexp.MustCompile(`\[[a-z_]+(\.[a-z_]+)+\]|%!|ZgotmplZ|&lt;nil&gt;`)
	identity    = regexp.MustCompile(` id="([^"]+)"`)
)

// sound tells what is wrong with a page whatever it shows: words that are missing, what the policy
// forbids, identities that stand twice, a reference to an identity that is not there.
func sound(t *testing.T, at string, page answerPage) {
	t.Helper()
	if found := missingWord.FindString(page.body); found != "" {
		t.Errorf("%s: %s", at, found)
	}
	for _, forbidden := range []string{"<style", " style=", " onclick=", " onsubmit=", "javascript:", "<script>"} {
		if strings.Contains(page.body, forbidden) {
			t.Errorf("%s has %q", at, forbidden)
		}
	}
	seen := map[string]bool{}
	for _, found := range identity.FindAllStringSubmatch(page.body, -1) {
		if seen[found[1]] {
			t.Errorf("%s: the identity %q stands twice", at, found[1])
		}
		seen[found[1]] = true
	}
	for _, found := range regexp.MustCompile(` for="([^"]+)"|aria-labelledby="([^"]+)"|href="#([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		for id := range strings.FieldsSeq(found[1] + found[2] + found[3]) { // a drawing is called by its title and its words
			if !seen[id] {
				t.Errorf("%s: nothing is called %q", at, id)
			}
		}
	}
	if n := strings.Count(page.body, "button--primary"); n > 1 {
		t.Errorf("%s: %d primary buttons", at, n)
	}
	if !strings.Contains(page.body, "<h1") {
		t.Errorf("%s has no heading", at)
	}
	if len(page.body) > 100_000 {
		t.Errorf("%s has %d bytes", at, len(page.body))
	}
}

func TestLongEveryPageOfTheStaffIsSoundInBothLanguages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	fresh, routed, replied, answered := c.letterIn(t, "新来的信"), c.routed(t, "转出的信"), c.routed(t, "待审的信"), c.letterIn(t, "已答复的信")
	c.as(t, "water").deed(replied, "reply", url.Values{"reply": {"答复"}}).must(t, http.StatusSeeOther)
	c.answer(t, answered, "已经办好。")
	id, err := c.desk.Find(t.Context(), routed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.AskAssist(t.Context(), c.clerk, id, 0, c.roads); err != nil {
		t.Fatal(err)
	}
	hot, _ := c.hotMatter(t, 4)
	closing := "/reports/closings/" + strconv.FormatInt(c.closeFebruary(t), 10)
	stored := "/reports/stored/" + strconv.FormatInt(c.storeFebruary(t), 10)
	all := []string{
		"/reports/stored", stored, "/reports/appraisal?" + march,
		"/reports/closings", closing, closing + "/cases?figure=received",
		"/hot", "/hot/" + strconv.FormatInt(int64(hot), 10), "/cases/" + fresh, "/cases/" + routed, "/cases/" + replied, "/cases/" + answered, "/reports", "/reports/written", "/reports?by=month&from=2026-01-01&through=2026-12-31&kind=complaint",
		"/reports?from=x&through=2026-01-01", "/reports/cases?from=2026-03-01&through=2026-03-31&by=kind&group=complaint&figure=received",
		"/reports/cases?from=2026-03-01&through=2026-03-31&conduct=returned", "/reports/cases?from=2026-03-01&through=2026-03-31&rework=granted",
		"/reports/department/" + strconv.FormatInt(c.water, 10),
	}
	for _, page := range reportPages {
		all = append(all, page+march)
	}
	for login, paths := range map[string][]string{
		"clerk":      append([]string{"/desk/office", "/desk/office?pile=review&text=信", "/desk/office?pile=open&kind=praise&department=1", "/desk/office?pile=overdue", "/desk/office?pile=all", "/desk/letters/new", "/admin/routing"}, all...),
		"water":      {"/desk/department", "/desk/department?pile=assisting", "/desk/department?pile=replied", "/desk/department?pile=answered", "/cases/" + routed, "/cases/" + replied, "/reports", closing},
		"roads":      {"/desk/department?pile=assisting", "/cases/" + routed},
		"supervisor": append([]string{"/desk/supervision", "/desk/supervision?pile=open", "/reports/closings/new", "/reports/closings/new?from=2026-01-01&through=2026-01-31", "/reports/closings/new?from=2026-02-01&through=2026-02-28"}, all...),
		"auditor":    append([]string{"/desk/supervision?pile=all&text=100%25_"}, all...),
		"admin":      {"/admin/people", "/admin/people/1", "/admin/departments", "/admin/notices", "/admin/reports", "/admin/appraisal", "/admin/calendar", "/admin/calendar?year=2017", "/admin/calendar?year=2027", "/admin/policies", "/admin/policies/new", "/admin/policies/new?as=json", "/admin/routing", "/admin/routing?version=1&before=2", "/reports"},
	} {
		for _, lang := range []string{"zh", "en"} {
			b := c.as(t, login)
			b.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}}).must(t, http.StatusSeeOther)
			for _, path := range paths {
				page := b.get(path)
				if page.status != http.StatusOK && !strings.Contains(path, "from=x") {
					t.Errorf("%s %s: status %d", login, path, page.status)
				}
				sound(t, login+" "+lang+" "+path, page)
			}
		}
	}
	clerk := c.as(t, "clerk")
	sound(t, "a form that came back", clerk.deed(fresh, "decline", nil).must(t, http.StatusUnprocessableEntity))
	sound(t, "a letter that came back", clerk.post("/desk/letters/new", nil).must(t, http.StatusUnprocessableEntity))
	sound(t, "an account that came back", c.as(t, "admin").post("/admin/people", nil).must(t, http.StatusUnprocessableEntity))
	sound(t, "a department that came back", c.as(t, "admin").post("/admin/departments", url.Values{"kind": {"x"}}).must(t, http.StatusUnprocessableEntity))
}

func TestListsAreNarrowedAndLeafedThroughByTheirAddress(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 51 {
		c.letterIn(t, "第"+strconv.Itoa(i)+"封信")
	}
	other := c.routed(t, "转出的信")
	clerk := c.as(t, "clerk")
	page := clerk.get("/desk/office").must(t, http.StatusOK, "第 1–50 件，共 51 件", "page=2")
	if strings.Count(page.body, " data-row ") != 50 {
		t.Errorf("%d rows on the first page", strings.Count(page.body, " data-row "))
	}
	clerk.get("/desk/office?pile=screening&page=2").must(t, http.StatusOK, "第50封信", "第 51–51 件，共 51 件")
	clerk.get("/desk/office?pile=all&text="+other).must(t, http.StatusOK, "转出的信", "清除筛选")
	clerk.get("/desk/office?pile=all&text=没有这样的").must(t, http.StatusOK, "没有符合条件的办件")
	clerk.get("/desk/office?pile=nonsense&page=-3&department=x&kind=x").must(t, http.StatusOK, "第0封信")
	clerk.get("/desk/office?text=%00%ff").must(t, http.StatusOK, "没有符合条件的办件")
	clerk.get("/desk/office?pile=open&department="+strconv.FormatInt(c.water, 10)).must(t, http.StatusOK, "转出的信")
	clerk.get("/desk").mustLeadTo(t, "/desk/office")
	c.as(t, "admin").get("/desk").mustLeadTo(t, "/admin/people")
	c.as(t, "auditor").get("/desk").mustLeadTo(t, "/desk/supervision")
}

func TestEveryFigureOpensToAsManyCasesAsItSays(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 3 {
		c.letterIn(t, "新来的信"+strconv.Itoa(i))
		c.routed(t, "转出的信"+strconv.Itoa(i))
		c.answer(t, c.letterIn(t, "已答复的信"+strconv.Itoa(i)), "办好了。")
	}
	declined := c.letterIn(t, "不予受理的信")
	clerk := c.as(t, "clerk")
	clerk.deed(declined, "decline", url.Values{"reason": {"court"}}).must(t, http.StatusSeeOther)
	c.clock.Add(24 * 3600e9)

	figure := regexp.MustCompile(`<a href="(/reports/cases\?[^"]+)">(\d+)</a>`)
	page := c.as(t, "supervisor").get("/reports?from=2026-03-01&through=2026-03-31&by=department").must(t, http.StatusOK)
	found := figure.FindAllStringSubmatch(page.body, -1)
	if len(found) < 15 {
		t.Fatalf("only %d figures open", len(found))
	}
	b := c.as(t, "supervisor")
	c.clock.Add(time.Minute)
	c.letterIn(t, "来得太晚，不在报表里")
	for _, f := range found {
		path := strings.ReplaceAll(f[1], "&amp;", "&")
		list := b.get(path).must(t, http.StatusOK, `<strong class="number">`+f[2]+`</strong>`)
		if rows := strconv.Itoa(strings.Count(list.body, " data-row ")); rows != f[2] {
			t.Errorf("%s says %s and shows %s", path, f[2], rows)
		}
	}
	for _, path := range []string{"/reports/csv", "/reports/json", "/reports/xlsx", "/reports/written/html", "/reports/written/docx"} {
		file := b.get(path+"?from=2026-03-01&through=2026-03-31&by=department").must(t, http.StatusOK)
		if got := file.header.Get("Content-Disposition"); !strings.Contains(got, "report-2026-03-01-2026-03-31.") {
			t.Errorf("%s is called %q", path, got)
		}
	}
	if body := b.get("/reports/json?from=2026-03-01&through=2026-03-31").body; !strings.Contains(body, `"to": "2026-04-01"`) {
		t.Errorf("the last day is not in the period:\n%s", body)
	}
	if body := c.as(t, "admin").get("/reports").must(t, http.StatusOK).body; strings.Contains(body, "/reports/cases") {
		t.Error("an administrator, who reads no letters, is led to them")
	}
}

func TestADepartmentOpensItsOwnFiguresOnly(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.routed(t, "水务的信")
	b := c.as(t, "roads")
	if body := b.get("/reports?by=department&from=2026-03-01&through=2026-03-31").must(t, http.StatusOK, "市水务集团").body; strings.Contains(body, "/reports/cases") {
		t.Error("a department without cases is led to another's")
	}
	water := strconv.FormatInt(c.water, 10)
	page := b.get("/reports/cases?by=department&group="+water+"&department="+water+"&figure=received&from=2026-03-01&through=2026-03-31").must(t, http.StatusOK)
	if strings.Contains(page.body, "水务的信") || !strings.Contains(page.body, `<strong class="number">0</strong>`) {
		t.Errorf("another department's figure opens:\n%s", page.body)
	}
	c.as(t, "water").get("/reports/cases?by=department&group="+water+"&figure=received&from=2026-03-01&through=2026-03-31").
		must(t, http.StatusOK, "水务的信", `<strong class="number">1</strong>`)
}

func TestAReportThatCannotBeMadeSaysWhichFieldToMend(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.as(t, "supervisor")
	for query, want := range map[string]string{
		"from=2026-02-30&through=2026-03-31":                      `href="#field-from"`,
		"from=2026-03-31&through=2026-03-01":                      "结束日期早于开始日期",
		"from=2026-03-01&through=2026-03-31&by=moon":              `href="#field-by"`,
		"from=2026-03-01&through=2026-03-31&department=x":         `href="#field-department"`,
		"from=2026-03-01&through=2026-03-31&as_of=yesterday":      `href="#field-as_of"`,
		"from=0001-01-01&through=2026-03-31":                      `href="#field-from"`,
		"from=2026-03-01&through=9999-12-31":                      `href="#field-through"`,
		"from=2026-03-01&through=2026-03-31&at=now":               "链接已损坏",
		"from=2026-03-01&through=2026-03-31&channel=carrier_dove": "carrier_dove",
	} {
		b.get("/reports?"+query).must(t, http.StatusUnprocessableEntity, want)
	}
	b.get("/reports/cases?from=2026-03-01&through=2026-03-31&figure=moon").must(t, http.StatusUnprocessableEntity)
	b.get("/reports/cases?from=2026-03-01&through=2026-03-31&figure=valid&by=department&group=x").must(t, http.StatusUnprocessableEntity)
	for _, file := range []string{"csv", "xlsx", "written", "written/docx"} {
		b.get("/reports/"+file+"?from=x&through=y").must(t, http.StatusUnprocessableEntity)
		b.get("/reports/"+file+"?from=2026-03-31&through=2026-03-01").must(t, http.StatusUnprocessableEntity)
	}
}

func TestAnAdministratorKeepsPeople(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	form := url.Values{"name": {"新人"}, "login": {"newcomer"}, "role": {"handler"}, "language": {"zh"}}
	admin.post("/admin/people", form).must(t, http.StatusUnprocessableEntity, `value="newcomer"`, `value="handler" checked`, `href="#field-department"`)
	form.Set("department", strconv.FormatInt(c.water, 10))
	page := admin.post("/admin/people", form).must(t, http.StatusOK, "只显示这一次")
	password := pairs.FindAllStringSubmatch(page.body, -1)[1][1]
	if strings.Contains(admin.get("/admin/people").must(t, http.StatusOK, "部门承办人 · 市水务集团").body, password) {
		t.Error("the password is shown again")
	}
	newcomer := c.browser(t)
	newcomer.post("/sign-in", url.Values{"login": {"newcomer"}, "password": {password}}).must(t, http.StatusSeeOther)
	newcomer.get("/desk/department").mustLeadTo(t, "/account/password")

	accounts, err := c.dir.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id := map[string]string{}
	for _, a := range accounts {
		id[a.Login] = strconv.FormatInt(a.ID, 10)
	}
	admin.post("/admin/people/"+id["admin"]+"/disable", nil).must(t, http.StatusConflict, "不能停用自己的账号")
	page = admin.post("/admin/people/"+id["newcomer"]+"/password", nil).must(t, http.StatusOK, "newcomer")
	if again := pairs.FindAllStringSubmatch(page.body, -1)[1][1]; again == password {
		t.Error("the new password is the old one")
	}
	admin.post("/admin/people/"+id["newcomer"]+"/disable", nil).mustLeadTo(t, "/admin/people")
	newcomer.get("/account/password").must(t, http.StatusSeeOther)
	admin.get("/admin/people").must(t, http.StatusOK, "已停用")
	admin.post("/admin/people/"+id["newcomer"]+"/enable", nil).mustLeadTo(t, "/admin/people")
	admin.post("/admin/people/99999/disable", nil).must(t, http.StatusNotFound)
	if strings.Contains(c.log.String(), password) {
		t.Error("the log holds a password")
	}
}

func TestAnAdministratorKeepsDepartments(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	admin := c.as(t, "admin")
	var unknown int64
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) (err error) {
		unknown, _, err = people.EnsureDepartment(ctx, tx, "自来水公司", c.clock.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	at := "/admin/departments/" + strconv.FormatInt(unknown, 10)
	admin.get("/admin/departments").must(t, http.StatusOK, "待确认", "自来水公司")
	sound(t, "a code that is taken", admin.post(at+"/confirm", url.Values{"code": {"SW"}}).must(t, http.StatusUnprocessableEntity, `value="SW"`, "已被使用", `href="#field-confirm"`))
	admin.post(at+"/confirm", url.Values{"code": {"ZLS"}}).mustLeadTo(t, "/admin/departments")
	admin.post(at+"/merge", nil).must(t, http.StatusUnprocessableEntity)
	admin.post(at+"/merge", url.Values{"into": {strconv.FormatInt(c.water, 10)}}).mustLeadTo(t, "/admin/departments")
	admin.get("/admin/departments").must(t, http.StatusOK, "由市水务集团承接")
	admin.post("/admin/departments", url.Values{"name": {"市教育局"}, "code": {"JY"}, "kind": {"bureau"}, "email": {"x"}}).
		must(t, http.StatusUnprocessableEntity, `value="市教育局"`, `href="#field-email"`)
	admin.post("/admin/departments", url.Values{"name": {"市教育局"}, "code": {"JY"}, "kind": {"bureau"}}).mustLeadTo(t, "/admin/departments")
	admin.get("/admin/departments").must(t, http.StatusOK, "市教育局")
}

func TestAnAdministratorSendsAgainWhatCouldNotBeSent(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.letterIn(t, "路灯不亮")
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE notices SET state = 'dead', attempts = 9, last_error = '550 5.0.0 <z***@example.org>'")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	admin := c.as(t, "admin")
	page := admin.get("/admin/notices").must(t, http.StatusOK, "来信回执", "已尝试 9 次", "z***@example.org")
	if strings.Contains(page.body, "zhou@example.org") || strings.Contains(page.body, "路灯不亮") {
		t.Error("the page shows an address or a letter")
	}
	revive := regexp.MustCompile(`action="(/admin/notices/\d+/revive)"`).FindStringSubmatch(page.body)[1]
	admin.post(revive, nil).mustLeadTo(t, "/admin/notices")
	admin.get("/admin/notices").must(t, http.StatusOK, "没有未送达的通知", "已重新排队")
	admin.post(revive, nil).mustLeadTo(t, "/admin/notices")
	admin.get("/admin/notices").must(t, http.StatusOK, "已被处理")
}
