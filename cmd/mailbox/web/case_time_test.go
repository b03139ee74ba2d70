package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// written has a writer send a letter by the page and gives their browser, with the letter open, and its number.
func (c *staffed) written(t *testing.T) (*browser, string) {
	t.Helper()
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	return b, number
}

// writtenAndRouted is the same with the waterworks at it.
func (c *staffed) writtenAndRouted(t *testing.T) (*browser, string) {
	t.Helper()
	b, number := c.written(t)
	c.as(t, "clerk").deed(number, "route", url.Values{"lead": {strconv.FormatInt(c.water, 10)}}).mustLeadTo(t, "/cases/"+number)
	return b, number
}

// mustNotSay fails when the page holds one of the texts.
func (p answerPage) mustNotSay(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

func TestAnExtensionIsAskedForGrantedAndReadByTheWriter(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	water, supervisor := c.as(t, "water"), c.as(t, "supervisor")

	water.deed(number, "ask-extension", url.Values{"days": {"3"}, "reason": {"需要等检测中心出报告"}}).mustLeadTo(t, "/cases/"+number)
	water.get("/cases/"+number).must(t, http.StatusOK, "延期和重办申请", "申请延期 · 待决定", "3 个工作日", "需要等检测中心出报告").
		mustNotSay(t, "/ask-extension", "/grant-extension")
	writer.get("/track/letter").must(t, http.StatusOK).mustNotSay(t, "延期", "检测中心")

	page := supervisor.get("/cases/"+number).must(t, http.StatusOK, `id="act">批准延期`, `name="grant-extension-days" value="3"`,
		"需要等检测中心出报告</textarea>", "不同意延期", "两个期限一起顺延，最多 5 个工作日")
	if strings.Index(page.body, `id="act"`) > strings.Index(page.body, `id="letter"`) {
		t.Error("the decision does not stand on top")
	}
	supervisor.deed(number, "grant-extension", url.Values{"days": {"3"}, "reason": {"水质检测需要时间，请您谅解。"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "已延期", "申请延期 · 已同意", "从原期限 2026年3月9日（星期一）23:59 续计，至 2026年3月12日（星期四）23:59").
		mustNotSay(t, "/grant-extension", "/refuse-extension")
	letter := writer.get("/track/letter").must(t, http.StatusOK, "最迟在 2026年3月12日（星期四）23:59 前答复", "经批准延长 3 个工作日", "水质检测需要时间，请您谅解。", "已延期", "答复期限经批准延长")
	letter.mustNotSay(t, "需要等检测中心出报告", "测试 supervisor", "测试 water")
	writer.get("/receipt").must(t, http.StatusOK, "3月12日", "水质检测需要时间，请您谅解。")
	sound(t, "the letter after an extension", letter)
}

func TestARefusedExtensionMovesNothing(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	c.as(t, "waterlead").deed(number, "ask-extension", url.Values{"days": {"5"}, "reason": {"人手不足"}}).mustLeadTo(t, "/cases/"+number)
	supervisor := c.as(t, "supervisor")
	supervisor.deed(number, "refuse-extension", nil).must(t, http.StatusUnprocessableEntity, `href="#field-refuse-extension-reason"`, "<details class=\"details\" open><summary>不同意延期")
	supervisor.deed(number, "refuse-extension", url.Values{"reason": {"人手不足不是延期的理由"}}).mustLeadTo(t, "/cases/"+number)
	water := c.as(t, "water")
	water.get("/cases/"+number).must(t, http.StatusOK, "申请延期 · 不同意", "人手不足不是延期的理由").mustNotSay(t, "已延期", "/ask-extension")
	writer.get("/track/letter").must(t, http.StatusOK, "2026年3月9日（星期一）23:59").mustNotSay(t, "人手不足")
	water.get("/cases/"+number+"/deadline").must(t, http.StatusOK, "不同意，5 个工作日")
}

func TestADecisionThatComesTooLateSaysSoAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	supervisor := c.as(t, "supervisor")
	c.as(t, "water").deed(number, "ask-extension", url.Values{"days": {"2"}, "reason": {"等配件"}}).mustLeadTo(t, "/cases/"+number)
	seen := supervisor.version(number)
	c.clock.Add(5 * 24 * time.Hour) // Tuesday the 10th; it was due on Monday
	supervisor = c.as(t, "supervisor")
	page := supervisor.post("/cases/"+number+"/grant-extension", url.Values{
		"version": {seen}, "grant-extension-days": {"2"}, "grant-extension-reason": {"配件已经在路上"},
	}).must(t, http.StatusConflict, "未决定，已失效", "您填写的内容", "配件已经在路上")
	page.mustNotSay(t, `action="/cases/`+number+`/grant-extension"`)
	sound(t, "a decision too late", page)

	if _, err := c.desk.Elapse(t.Context()); err != nil {
		t.Fatal(err)
	}
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "申请延期 · 已失效", "延期申请失效")
	number = c.routed(t, "又一盏灯")
	c.clock.Add(7 * 24 * time.Hour)
	water := c.as(t, "water")
	version := water.version(number)
	water.post("/cases/"+number+"/ask-extension", url.Values{
		"version": {version}, "ask-extension-days": {"2"}, "ask-extension-reason": {"忘了申请"},
	}).must(t, http.StatusConflict, "延期须在届满前申请", "忘了申请")
	water.post("/cases/"+number+"/ask-writer", url.Values{"version": {version}, "ask-writer-question": {"请补充照片说明"}}).
		must(t, http.StatusConflict, "不能再以等待补充材料延长", "请补充照片说明")
}

func TestBadNumbersOfDaysAreNamedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, supervisor := c.as(t, "water"), c.as(t, "supervisor")
	for _, days := range []string{"", "0", "-1", "6", "99", "x", "1.5", "９", "99999999999999999999"} {
		page := water.deed(number, "ask-extension", url.Values{"days": {days}, "reason": {"理由还在"}}).must(t, http.StatusUnprocessableEntity,
			"延期应为 1 至 5 个工作日", `href="#field-ask-extension-days"`, `id="field-ask-extension-days"`, "理由还在</textarea>")
		if days != "" && !strings.Contains(page.body, `value="`+days+`"`) {
			t.Errorf("%q is lost", days)
		}
		sound(t, "days "+days, page)
	}
	water.deed(number, "ask-extension", url.Values{"days": {"2"}}).must(t, http.StatusUnprocessableEntity, `value="2"`, `href="#field-ask-extension-reason"`)
	water.deed(number, "ask-extension", url.Values{"days": {"2"}, "reason": {strings.Repeat("长", 1001)}}).
		must(t, http.StatusUnprocessableEntity, strings.Repeat("长", 1001), `href="#field-ask-extension-reason"`)
	water.deed(number, "ask-writer", nil).must(t, http.StatusUnprocessableEntity, `href="#field-ask-writer-question"`)
	for _, days := range []string{"0", "-3", "367", "x"} {
		supervisor.deed(number, "order", url.Values{"days": {days}, "text": {"督办内容还在"}}).
			must(t, http.StatusUnprocessableEntity, `href="#field-order-days"`, `value="`+days+`"`, "督办内容还在</textarea>")
	}
	supervisor.deed(number, "remind", nil).must(t, http.StatusUnprocessableEntity, `href="#field-remind-text"`)
	water.deed(number, "ask-extension", url.Values{"days": {" 5 "}, "reason": {"等配件"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.deed(number, "grant-extension", url.Values{"days": {"99"}, "reason": {"改过的理由"}}).must(t, http.StatusUnprocessableEntity,
		`href="#field-grant-extension-days"`, `value="99"`, "改过的理由</textarea>")
}

func TestSupervisionRemindsAndOrders(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	water, supervisor := c.as(t, "water"), c.as(t, "supervisor")
	water.get("/cases/"+number).must(t, http.StatusOK).mustNotSay(t, "/answer-order")
	supervisor.deed(number, "remind", url.Values{"text": {"请抓紧办理"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.deed(number, "order", url.Values{"text": {"请说明为何三次来信未解决"}, "days": {"2"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "督办单：市水务集团须在 2026年3月9日（星期一）23:59 前回复").mustNotSay(t, `action="/cases/`+number+`/order"`)
	water.get("/cases/"+number).must(t, http.StatusOK, "请抓紧办理", "请说明为何三次来信未解决", "回复督办")
	water.deed(number, "answer-order", url.Values{"text": {"旧管网已列入改造计划"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "旧管网已列入改造计划", "已回复", `action="/cases/`+number+`/order"`).mustNotSay(t, "督办单：")
	writer.get("/track/letter").must(t, http.StatusOK).mustNotSay(t, "请抓紧办理", "督办", "旧管网", "催办")
}

func TestAnOrderIsLiftedWhenTheCaseLeavesTheDepartment(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	_, number := c.writtenAndRouted(t)
	supervisor := c.as(t, "supervisor")
	supervisor.deed(number, "order", url.Values{"text": {"请于明日前报告进展"}}).mustLeadTo(t, "/cases/"+number)
	c.as(t, "water").get("/cases/"+number).must(t, http.StatusOK, "回复督办").mustNotSay(t, `action="/cases/`+number+`/return"`)
	c.as(t, "clerk").deed(number, "reassign", url.Values{"lead": {strconv.FormatInt(c.roads, 10)}, "reason": {"该路段由道路部门管养"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "请于明日前报告进展", "撤销：该部门不再承办").mustNotSay(t, "督办单：")
}

func TestCardsAreOnTheCaseAndNotOnTheLetter(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	c.clock.Add(6 * 24 * time.Hour)
	if _, err := c.desk.Elapse(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := c.as(t, "supervisor")
	b.get("/cases/"+number).must(t, http.StatusOK, "黄牌 · 市水务集团", "黄牌</span>")
	b.get("/cases/"+number+"/deadline").must(t, http.StatusOK, "超时未办", "红牌", "未到时间", "办件逾期（来信人期限）")
	c.clock.Add(7 * 24 * time.Hour)
	if _, err := c.desk.Elapse(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.as(t, "auditor").get("/cases/"+number).must(t, http.StatusOK, "红牌 · 市水务集团", "红牌</span>").mustNotSay(t, "黄牌</span>")
}

// anotherPolicy makes a second version of the policies, with four days to the answer.
func (c *staffed) anotherPolicy(t *testing.T) {
	t.Helper()
	all, err := c.desk.Policies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	draft := all[0].PolicyVersion
	draft.Default.AnswerDays, draft.From = 4, time.Time{}
	if _, err := c.desk.LoadPolicy(t.Context(), c.admin(t), draft, "试行"); err != nil {
		t.Fatal(err)
	}
}

func (c *staffed) admin(t *testing.T) people.Actor {
	t.Helper()
	all, err := c.dir.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return all[slices.IndexFunc(all, func(a people.Account) bool { return a.Login == "admin" })].Actor()
}

func TestAnotherPolicyIsAppliedWithAReason(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	writer, number := c.writtenAndRouted(t)
	supervisor := c.as(t, "supervisor")
	supervisor.get("/cases/"+number).must(t, http.StatusOK).mustNotSay(t, "/apply-policy")
	c.anotherPolicy(t)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, `<option value="2">第 2 版</option>`).mustNotSay(t, `<option value="1">第 1 版</option>`)
	supervisor.deed(number, "apply-policy", url.Values{"version": {"x"}, "reason": {"理由还在"}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-apply-policy-version"`, "理由还在</textarea>")
	supervisor.deed(number, "apply-policy", url.Values{"version": {"7"}, "reason": {"理由"}}).must(t, http.StatusUnprocessableEntity, `href="#field-apply-policy-version"`)
	supervisor.deed(number, "apply-policy", url.Values{"version": {"2"}, "reason": {"内部掌握的理由"}}).mustLeadTo(t, "/cases/"+number)
	supervisor.get("/cases/"+number).must(t, http.StatusOK, "办理规则第 1 版 → 第 2 版", "2026年3月9日（星期一）23:59 → 2026年3月11日（星期三）23:59", "第 2 版办理规则规定 4 个工作日")
	writer.get("/track/letter").must(t, http.StatusOK, "2026年3月11日", "办理规则调整后，期限由 2026年3月9日（星期一）23:59 改为 2026年3月11日（星期三）23:59").
		mustNotSay(t, "内部掌握的理由")
}

func TestADeadlineBeforeNationalDayCountsAndSkipsTheRightDays(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.clock.t = time.Date(2025, 9, 29, 15, 0, 0, 0, sla.Shanghai) // a Monday; 1 to 8 October were off, the 11th was worked
	// The city's people have their roles since before that.
	err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE grants SET granted_at = ?", c.clock.t.Unix())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	number := c.routed(t, "国庆前的信")
	b := c.as(t, "water")
	b.deed(number, "ask-extension", url.Values{"days": {"3"}, "reason": {"节后办理"}}).must(t, http.StatusSeeOther)
	c.as(t, "supervisor").deed(number, "grant-extension", url.Values{"days": {"3"}, "reason": {"节后办理"}}).must(t, http.StatusSeeOther)
	b.header.Set("Accept", "application/json")
	for _, path := range []string{"/cases/" + number + "/deadline", "/cases/" + number + "/deadline?format=json"} {
		var d struct {
			Number        string
			PolicyVersion int `json:"policy_version"`
			Writer        struct {
				Result string
				Parts  []struct {
					Kind string
					Days []struct {
						Date    string
						Counted int
						Reason  string
						Name    string
					}
				}
			}
			Department *struct{ Result string }
			Stages     []struct{ Name string }
		}
		page := b.get(path).must(t, http.StatusOK)
		if err := json.Unmarshal([]byte(page.body), &d); err != nil {
			t.Fatalf("%s: %v\n%s", path, err, page.body)
		}
		var got []string
		for _, p := range d.Writer.Parts {
			for _, day := range p.Days {
				got = append(got, strings.TrimSpace(p.Kind+" "+day.Date[5:]+" "+strconv.Itoa(day.Counted)+" "+day.Reason+" "+day.Name))
			}
		}
		want := []string{
			"policy 09-29 0 receipt", "policy 09-30 1 workday",
			"policy 10-01 0 holiday 国庆节、中秋节", "policy 10-02 0 holiday 国庆节、中秋节", "policy 10-03 0 holiday 国庆节、中秋节",
			"policy 10-04 0 weekend", "policy 10-05 0 weekend", "policy 10-06 0 holiday 国庆节、中秋节",
			"policy 10-07 0 holiday 国庆节、中秋节", "policy 10-08 0 holiday 国庆节、中秋节", "policy 10-09 2 workday",
			"extension 10-09 0 previous_due", "extension 10-10 1 workday", "extension 10-11 2 adjusted_workday 国庆节、中秋节",
			"extension 10-12 0 weekend", "extension 10-13 3 workday",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", path, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if d.Number != number || d.PolicyVersion != 1 || d.Writer.Result != "running" || d.Department == nil || len(d.Stages) < 4 {
			t.Errorf("%s: %+v", path, d)
		}
		b.header.Set("Accept", "text/html")
	}
	page := b.get("/cases/"+number+"/deadline").must(t, http.StatusOK, "国庆节、中秋节", "调休上班", "周末", "原期限", "转办当日", "部门期限",
		"批准延期 3 个工作日", "2025年10月13日（星期一）23:59", "不延期的期限", "2025年10月9日（星期四）23:59", "在办未到期", "format=json")
	sound(t, "deadline", page)
	b.post("/preferences", url.Values{"lang": {"en"}, "back": {"/"}}).must(t, http.StatusSeeOther)
	b.get("/cases/"+number+"/deadline").must(t, http.StatusOK, "National Day, Mid-Autumn", "Adjusted workday", "weekend", "Previous due date", "Running, not yet due")
}

func TestADeadlineIsForThoseWhoSeeTheCase(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "只给水务看的信")
	for login, status := range map[string]int{
		"clerk": 200, "water": 200, "waterlead": 200, "supervisor": 200, "auditor": 200, "roads": 404, "admin": 403,
	} {
		b := c.as(t, login)
		b.get("/cases/"+number+"/deadline").must(t, status)
		b.get("/cases/"+number+"/deadline?format=json").must(t, status)
	}
	b := c.as(t, "roads")
	b.header.Set("Accept", "application/json")
	for _, none := range []string{number, cases.Number("2026-03-05", 9999), "nonsense"} {
		b.get("/cases/"+none+"/deadline").must(t, http.StatusNotFound, "没有这个办件，或您无权查看")
	}
	for _, verb := range []string{"ask-extension", "ask-writer", "answer-order"} {
		b.post("/cases/"+number+"/"+verb, url.Values{"version": {"2"}}).must(t, http.StatusNotFound)
	}
	c.browser(t).get("/cases/"+number+"/deadline").must(t, http.StatusSeeOther)
}

func TestAProvisionalDeadlineSaysSoUntilItIsSettled(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.clock.t = time.Date(2026, 12, 30, 15, 0, 0, 0, sla.Shanghai) // 2027 has not been announced
	writer, number := c.writtenAndRouted(t)
	c.as(t, "clerk").get("/cases/"+number+"/deadline").must(t, http.StatusOK, "放假安排未公布", "暂定")
	writer.get("/track/letter").must(t, http.StatusOK, "放假安排未公布", "期限为暂定", "期限暂定")

	years, err := sla.ParseYears([]byte(`{"years": [{"year": 2027, "weekend_work": [], "weekday_off": [
		{"date": "2027-01-01", "name": "元旦"}, {"date": "2027-01-04", "name": "元旦"}, {"date": "2027-02-08", "name": "春节"},
		{"date": "2027-04-05", "name": "清明节"}, {"date": "2027-05-03", "name": "劳动节"}, {"date": "2027-06-09", "name": "端午节"},
		{"date": "2027-10-01", "name": "国庆节"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.LoadCalendar(t.Context(), c.admin(t), years, "通知"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Settle(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	moved := "2027年1月4日（星期一）23:59 改为 2027年1月5日（星期二）23:59"
	page := writer.get("/track/letter").must(t, http.StatusOK, "国家放假安排公布后，期限由 "+moved, "放假安排公布，答复期限调整", "最迟在 2027年1月5日（星期二）23:59 前答复")
	page.mustNotSay(t, "期限暂定", "放假安排未公布")
	c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "2027年1月4日（星期一）23:59 → 2027年1月5日（星期二）23:59")
	c.as(t, "clerk").get("/cases/"+number+"/deadline").must(t, http.StatusOK, "第 2 版", "元旦").mustNotSay(t, "不一致")
}

// timely brings one case into every state that has to do with time, for the tests that look at every page.
func (c *staffed) timely(t *testing.T) (all map[string]string) {
	t.Helper()
	all = map[string]string{}
	water, supervisor, clerk := c.as(t, "water"), c.as(t, "supervisor"), c.as(t, "clerk")
	deed := func(b *browser, state, verb string, fields url.Values) {
		t.Helper()
		b.deed(all[state], verb, fields).must(t, http.StatusSeeOther)
	}
	for _, state := range []string{"asked", "granted", "waiting", "ordered"} {
		all[state] = c.routed(t, "办件 "+state)
	}
	for _, state := range []string{"asked", "granted"} {
		deed(water, state, "ask-extension", url.Values{"days": {"2"}, "reason": {"等配件"}})
	}
	deed(supervisor, "granted", "grant-extension", url.Values{"days": {"2"}, "reason": {"等配件"}})
	deed(water, "waiting", "ask-writer", url.Values{"question": {"请写明门牌号"}})
	deed(supervisor, "ordered", "remind", url.Values{"text": {"请抓紧"}})
	deed(supervisor, "ordered", "order", url.Values{"text": {"请说明"}})
	for _, state := range []string{"discontent", "again", "refused"} {
		all[state] = c.letterIn(t, "办件 "+state)
		c.answer(t, all[state], "已办理。")
		id, err := c.desk.Find(t.Context(), all[state])
		if err != nil {
			t.Fatal(err)
		}
		writer := people.TheWriter(int64(id), errs.ZH)
		if _, err := c.desk.Rate(t.Context(), writer, id, cases.Rating{Grade: cases.Dissatisfied}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.AskRework(t.Context(), writer, id, "水还是黄的"); err != nil {
			t.Fatal(err)
		}
	}
	deed(clerk, "again", "grant-rework", url.Values{"lead": {strconv.FormatInt(c.water, 10)}, "reason": {"确未解决"}})
	deed(clerk, "refused", "refuse-rework", url.Values{"reason": {"水质已合格"}})
	return all
}

func TestLongEveryPageAboutTimeIsSoundInBothLanguages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	all := c.timely(t)
	c.anotherPolicy(t)
	for _, login := range []string{"clerk", "water", "supervisor", "auditor"} {
		for _, lang := range []string{"zh", "en"} {
			b := c.as(t, login)
			b.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}}).must(t, http.StatusSeeOther)
			for state, number := range all {
				for _, path := range []string{"/cases/" + number, "/cases/" + number + "/deadline"} {
					sound(t, login+" "+lang+" "+state+" "+path, b.get(path).must(t, http.StatusOK))
				}
			}
		}
	}
}
