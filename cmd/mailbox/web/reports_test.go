package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla/report"
)

// march is the period in which a busy city's letters came.
const march = "from=2026-03-01&through=2026-03-31"

// reportPages are the pages of reports that stand beside each other.
var reportPages = []string{
	"/reports?by=kind&then=department&", "/reports/departments?", "/reports/time?", "/reports/speed?", "/reports/satisfaction?",
	"/reports/topics?", "/reports/conduct?",
}

// busy is a city in which everything has happened that reports tell of; many letters of the waterworks, few of the roads.
func newBusy(t *testing.T) *staffed {
	t.Helper()
	c := newStaffed(t)
	supervisor := c.actorOf(t, "supervisor")
	id := func(number string) cases.ID {
		found, err := c.desk.Find(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	did := func(_ *cases.Case, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	no := false
	for i := range 6 {
		number := c.letterIn(t, "已答复的信"+strconv.Itoa(i))
		c.answer(t, number, "经查，水表已于当日更换，水质检测合格，报告贴在单元门口。")
		rating := cases.Rating{Grade: int64(i%5) + 1, Resolved: &no, Words: "等了三天，电话13900001234，还是没有水。"}
		did(c.desk.Rate(t.Context(), people.TheWriter(int64(id(number)), errs.ZH), id(number), rating))
		if i == 0 {
			did(c.desk.AskRework(t.Context(), people.TheWriter(int64(id(number)), errs.ZH), id(number), "没有解决"))
			did(c.desk.GrantRework(t.Context(), supervisor, id(number), 0, c.water, "请再办"))
		}
	}
	// Twice given back by the same department: the list has it twice.
	twice := id(c.routed(t, "退了两次的信"))
	for range 2 {
		did(c.desk.Return(t.Context(), c.waterworks, twice, 0, "不归我们"))
		did(c.desk.Route(t.Context(), c.clerk, twice, 0, c.water))
	}
	did(c.desk.Return(t.Context(), c.waterworks, twice, 0, "确实不归我们"))
	did(c.desk.Route(t.Context(), c.clerk, twice, 0, c.roads))
	extended := id(c.routed(t, "延期的信"))
	did(c.desk.AskExtension(t.Context(), c.waterworks, extended, 0, 1, "等配件"))
	did(c.desk.GrantExtension(t.Context(), supervisor, extended, 0, 1, "同意"))
	did(c.desk.Order(t.Context(), supervisor, extended, 0, 0, "请抓紧"))
	did(c.desk.Decline(t.Context(), c.clerk, id(c.letterIn(t, "不予受理的信")), 0, "court", ""))
	c.letterIn(t, "新来的信")
	// Answered in the last hour before its due time.
	last := c.letterIn(t, "压线答复的信")
	v, err := c.desk.Look(t.Context(), c.clerk, id(last))
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Add(v.DueAt.Sub(c.clock.Now()) - 20*time.Minute)
	c.answer(t, last, "水压低是因为施工，今晚恢复。")
	c.clock.Add(36 * time.Hour)
	return c
}

var (
	opened  = regexp.MustCompile(`<a[^>]* href="(/reports/cases\?[^"]+)"[^>]*>(\d+)</a>`)
	counted = regexp.MustCompile(`<strong class="number">(\d+)</strong>`)
)

// TestLongEveryFigureOfEveryPageOfReportsOpensToAsManyRows follows every count of every page: its list says the same number
// and has as many rows.
func TestLongEveryFigureOfEveryPageOfReportsOpensToAsManyRows(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	b := c.as(t, "supervisor")
	seen := map[string]bool{}
	lists := map[string]bool{}
	for _, page := range append(slices.Clone(reportPages), "/reports/department/"+strconv.FormatInt(c.water, 10)+"?", "/reports/departments?successors=1&sort=-valid&") {
		found := opened.FindAllStringSubmatch(b.get(page+march).must(t, http.StatusOK).body, -1)
		if len(found) < 4 {
			t.Errorf("%s opens to %d lists only", page, len(found))
		}
		for _, f := range found {
			path := html.UnescapeString(f[1])
			if seen[path] {
				continue
			}
			seen[path] = true
			for _, kind := range []string{"conduct=", "rework=", "figure=took_", "figure=department_took_", "part="} {
				lists[kind] = lists[kind] || strings.Contains(path, kind)
			}
			list := b.get(path).must(t, http.StatusOK)
			says, rows := counted.FindStringSubmatch(list.body), strconv.Itoa(strings.Count(list.body, " data-row "))
			if says == nil || says[1] != f[2] || rows != f[2] {
				t.Errorf("%s\n%s says %s, its list %v with %s rows", page, path, f[2], says, rows)
			}
		}
	}
	if len(lists) != 5 || slices.Contains([]bool{lists["conduct="], lists["rework="], lists["figure=took_"], lists["figure=department_took_"], lists["part="]}, false) {
		t.Errorf("not every kind of list was met: %v", lists)
	}
}

func TestACaseReturnedTwiceStandsTwiceInTheListOfReturns(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	water := strconv.FormatInt(c.water, 10)
	list := c.as(t, "supervisor").get("/reports/cases?conduct=returned&group="+water+"&tab=conduct&"+march).
		must(t, http.StatusOK, `<strong class="number">3</strong>`, "市水务集团", `href="/reports/conduct?from=`)
	if n := strings.Count(list.body, "退了两次的信"); n != 3 {
		t.Errorf("the case stands there %d times", n)
	}
	// The department's own people see as large a number, and are told why the rows are fewer.
	c.as(t, "water").get("/reports/cases?conduct=returned&"+march).
		must(t, http.StatusOK, `<strong class="number">3</strong>`, "3 件现由其他单位办理").mustNotSay(t, "退了两次的信")
	for _, bad := range []string{"conduct=moon", "rework=moon", "figure=took_x", "conduct=returned&group=x", "figure=valid&by=kind&then=kind"} {
		c.as(t, "supervisor").get("/reports/cases?"+bad+"&"+march).must(t, http.StatusUnprocessableEntity)
	}
}

func TestDepartmentsWithFewLettersAreShownAndNotRanked(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	b := c.as(t, "supervisor")
	page := b.get("/reports/departments?"+march).must(t, http.StatusOK, "参加排名的单位", "不参加排名的单位", "不足 5 件", "逐月部门按期率").body
	league, few, _ := strings.Cut(page, "<summary>不参加排名的单位")
	if !strings.Contains(league, ">市水务集团</a>") || strings.Contains(league, ">市政工程处</a>") || !strings.Contains(few, ">市政工程处</a>") {
		t.Error("the waterworks are not ranked, or the roads are")
	}
	b.get("/reports/departments?sort=-valid&"+march).must(t, http.StatusOK, `aria-sort="descending"`, "sort=valid", `name="sort" value="-valid"`)
	b.get("/reports/departments?sort=name&"+march).must(t, http.StatusOK, `aria-sort="ascending"`, "sort=-name")
}

func TestTheWordsOfWritersWhoWereNotContentAreReadWithoutTheirNumbers(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	path := "/reports/cases?figure=grade_dissatisfied&" + march
	c.as(t, "supervisor").get("/reports/satisfaction?"+march).must(t, http.StatusOK, "不满意的 1 件")
	c.as(t, "supervisor").get(path).must(t, http.StatusOK, "等了三天，电话▇▇▇，还是没有水。").mustNotSay(t, "电话13900001234")
	c.as(t, "water").get(path).must(t, http.StatusOK, `<strong class="number">1</strong>`).mustNotSay(t, "等了三天")
}

func TestADepartmentSeesItsOwnPageAndOpensItsOwnCasesOnly(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	own, other := strconv.FormatInt(c.water, 10), strconv.FormatInt(c.roads, 10)
	b := c.as(t, "water")
	page := b.get("/reports/department/"+own+"?"+march).must(t, http.StatusOK, "<h1>市水务集团</h1>", "/reports/cases?")
	for _, f := range opened.FindAllStringSubmatch(page.body, -1) {
		path := html.UnescapeString(f[1])
		list := b.get(path).must(t, http.StatusOK)
		if says := counted.FindStringSubmatch(list.body); says == nil || says[1] != f[2] {
			t.Errorf("%s says %s, its list %v", path, f[2], says)
		}
	}
	if strings.Contains(b.get("/reports/department/"+other+"?"+march).must(t, http.StatusOK, "<h1>市政工程处</h1>").body, "/reports/cases?") {
		t.Error("another department's figures open")
	}
	for _, page := range reportPages {
		for _, f := range opened.FindAllStringSubmatch(b.get(page+march).must(t, http.StatusOK).body, -1) {
			if path := html.UnescapeString(f[1]); !strings.Contains(path, "group="+own) && !strings.Contains(path, "department="+own) && !strings.Contains(path, "part="+own) {
				t.Errorf("%s opens %s", page, path)
			}
		}
	}
	for _, none := range []string{"0", "x", "99999"} {
		b.get("/reports/department/"+none).must(t, http.StatusNotFound)
	}
}

func TestTheFormKeepsItsChoicesOnEveryPageOfReports(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.as(t, "supervisor")
	asked := march + "&by=month&then=kind&kind=complaint&policy=1&successors=1&as_of=2026-03-20"
	for _, page := range reportPages {
		body := html.UnescapeString(b.get(strings.Split(page, "?")[0]+"?"+asked).must(t, http.StatusOK).body)
		for _, other := range []string{"/reports?", "/reports/departments?", "/reports/time?", "/reports/conduct?"} {
			link := regexp.MustCompile(`href="` + regexp.QuoteMeta(other) + `([^"]*)" *(aria-current="page")?>`).FindStringSubmatch(body)
			if link == nil {
				t.Fatalf("%s does not lead to %s", page, other)
			}
			for choice := range strings.SplitSeq(asked, "&") {
				if !strings.Contains("&"+link[1]+"&", "&"+choice+"&") {
					t.Errorf("%s leads to %s without %s", page, other, choice)
				}
			}
		}
	}
	b.get("/reports/time?from=2026-03-31&through=2026-03-01").must(t, http.StatusUnprocessableEntity, "结束日期早于开始日期")
	b.get("/reports?by=kind&then=kind&"+march).must(t, http.StatusUnprocessableEntity, `href="#field-then"`)
	b.get("/reports?policy=x&"+march).must(t, http.StatusUnprocessableEntity, `href="#field-policy"`)
}

func TestHolidaysAreShadedWhereTheyLie(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	page := c.as(t, "supervisor").get("/reports/time?"+march).must(t, http.StatusOK, "春节休", "chart-shade")
	// Twelve months to March 2026: Qingming, Labour Day, Dragon Boat, National Day with Mid-Autumn, New Year, Spring Festival.
	chart, _, _ := strings.Cut(page.body, "</svg>\n<p")
	if n := strings.Count(chart, `class="chart-shade"`); n != 6 {
		t.Errorf("%d holidays are shaded", n)
	}
	c.in(t, "supervisor", "en").get("/reports/time?"+march).must(t, http.StatusOK, "Spring Festival: ")
}

func TestEverybodyMayReadHowTheFiguresAreMade(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	visitor := c.browser(t)
	page := visitor.get("/reports/how").must(t, http.StatusOK, "0.666666…", "66.67 %", "甲：", "2-14", "调休")
	for _, name := range report.FigureNames() {
		if !strings.Contains(page.body, "<code>"+name+"</code>") {
			t.Errorf("%s is not defined", name)
		}
	}
	sound(t, "how the figures are made", page)
	if strings.Contains(page.body, `href="/reports?`) {
		t.Error("a visitor is led to the staff's reports")
	}
	visitor.get("/board").must(t, http.StatusOK, `href="/reports/how"`)
	english := c.in(t, "supervisor", "en").get("/reports/how").must(t, http.StatusOK, "on time or late", "As the program has it", `href="/reports/departments?`)
	sound(t, "how the figures are made, in English", english)
}

func TestALongTableShowsItsFirstRowsAndLeadsToAll(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 45 {
		id, err := c.dir.AddDepartment(t.Context(), people.Department{Code: fmt.Sprintf("D%02d", i), Name: fmt.Sprintf("第%02d局", i), Kind: "bureau"})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.desk.Find(t.Context(), c.letterIn(t, "来信"+strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Route(t.Context(), c.clerk, found, 0, id); err != nil {
			t.Fatal(err)
		}
	}
	b := c.as(t, "supervisor")
	rows := func(page answerPage) int { return strings.Count(page.body, `/reports/department/`) }
	short := b.get("/reports/speed?"+march).must(t, http.StatusOK, "显示全部 46 行", "rows=all")
	if n := rows(short); n != 40 {
		t.Errorf("%d departments are shown at first", n)
	}
	if n := rows(b.get("/reports/speed?rows=all&"+march).must(t, http.StatusOK)); n != 45 {
		t.Errorf("%d departments are shown of all", n)
	}
}

func TestPraiseAndCriticismFollowTheRuleThatSupervisionSets(t *testing.T) {
	t.Parallel()
	c := newBusy(t)
	b := c.as(t, "supervisor")
	b.get("/reports/appraisal?"+march).must(t, http.StatusOK, "没有表扬与批评规则", `href="/admin/appraisal"`)
	if strings.Contains(b.get("/reports/written?"+march).must(t, http.StatusOK).body, "表扬与批评") {
		t.Error("without a rule the report has a section")
	}
	b.get("/admin/appraisal").must(t, http.StatusOK, `name="min_due" value="5"`)
	wrong := url.Values{"min_due": {"2"}, "praise_on_time_rate": {"98.123"}, "criticise_overdue": {"1"}}
	b.post("/admin/appraisal", wrong).must(t, http.StatusUnprocessableEntity, `value="98.123"`, "最多两位小数", `href="#field-praise_on_time_rate"`)
	right := url.Values{"min_due": {"2"}, "praise_on_time_rate": {"97.5"}, "praise_no_cards": {"1"}, "criticise_overdue": {"1"}}
	b.post("/admin/appraisal", right).mustLeadTo(t, "/admin/appraisal")
	b.get("/admin/appraisal").must(t, http.StatusOK, `value="97.5"`, "现行规则自", `value="1" checked`)
	c.clock.Add(time.Minute)
	b.get("/reports/appraisal?"+march).must(t, http.StatusOK, "部门按期率不低于97.5%", "部门逾期", "市水务集团")
	b.get("/reports/appraisal?"+march+"&channel=mailbox").must(t, http.StatusOK, "请清除单位、渠道等筛选条件")
	b.get("/reports/written?"+march).must(t, http.StatusOK, "七、表扬与批评", "八、问题与建议")
	c.as(t, "auditor").get("/admin/audit?subject=report").must(t, http.StatusOK, "修改表扬与批评规则", "部门按期率不低于97.5%")
	c.as(t, "clerk").get("/admin/appraisal").must(t, http.StatusForbidden)
	english := c.in(t, "supervisor", "en")
	english.get("/reports/appraisal?"+march).must(t, http.StatusOK, "Praise wants all of: on time at least 97.5%")
	english.get("/reports/written?"+march).must(t, http.StatusOK, "7. Praise and criticism")
}
