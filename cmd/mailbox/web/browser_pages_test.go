package web_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cmd/mailbox/web"
)

// everyPage looks at every page there is, as those for whom it is see it.
func everyPage(t *testing.T, browser *engine, lang errs.Lang) {
	s := newBelievable(t, browser)
	begin := func(login string) *walk { return s.begin(t, lang, string(lang)+"-", login) }
	publicPages(begin(""), s)
	officePages(begin("clerk"), s)
	findPages(begin("clerk"), s)
	factorPages(begin("leaving"), s)
	departmentPages(begin("water"), s)
	supervisionPages(begin("supervisor"), s)
	administration(begin("admin"), s)
	for _, path := range web.PagePaths(s.server) {
		if !s.visited.paths[path] {
			t.Errorf("%s was not looked at", path)
		}
	}
}

func publicPages(w *walk, s *believable) {
	w.visit("home", "/")
	w.visit("gallery", "/_gallery")
	w.visit("board", "/board")
	w.load("/board?month=2017-13", http.StatusBadRequest)
	w.look("board-none")
	for _, page := range []string{"privacy", "accessibility", "contact", "track", "sign-in", "outbox"} {
		w.visit(page, "/"+page)
	}
	w.send("outbox-mail", `main a[href^="/outbox/"]`, http.StatusOK)
	w.visit("letters", "/letters")
	w.visit("letters-found", "/letters?words=%E6%B0%B4&kind=complaint")
	w.visit("letters-none", "/letters?words=nothing+of+the+kind")
	w.load("/letters", http.StatusOK)
	w.send("published-letter", `.published-title a`, http.StatusOK)
	w.send("published-judged", `form[action$="/useful"] button`, http.StatusOK)
	w.load("/no-such-page", http.StatusNotFound)
	w.look("not-found")
	w.visit("lost", "/track/lost")
	w.send("lost-wrong", `form[action="/track/lost"] .button--primary`, http.StatusUnprocessableEntity)
	w.write("#field-number", cases.Number("2026-03-05", 1))
	w.write("#field-contact", "zhou@example.org")
	w.send("lost-done", `form[action="/track/lost"] .button--primary`, http.StatusOK)
	w.visit("write", "/write")
	w.reach("field-consent")
	w.send("write-errors", checkButton, http.StatusUnprocessableEntity)
	w.load("/write", http.StatusOK)
	w.fill(aLetter())
	w.send("check", checkButton, http.StatusOK)
	run(w.tab, "lose the form's token", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: "csrf", URL: s.address})
		return err
	}))
	w.send("again", sendButton, http.StatusForbidden)
	w.send("receipt", sendButton, http.StatusOK)
	verifyPages(w, s)
	w.visit("letter", "/track/letter")
	w.visit("withdraw", "/track/withdraw")
	number := w.texts(".number")[0]
	_, err := s.desk.Route(w.t.Context(), s.clerk, s.id(w.t, number), cases.AnyVersion, s.water)
	must(w.t, err)
	_, err = s.desk.AskWriter(w.t.Context(), s.waterworks, s.id(w.t, number), cases.AnyVersion, "请写明楼栋和单元，以便上门取样。")
	must(w.t, err)
	w.visit("letter-waiting", "/track/letter")
	w.send("letter-material-wrong", `form[action="/track/material"] .button--primary`, http.StatusUnprocessableEntity)
	w.write("#field-material", "3 栋 2 单元 501。")
	w.send("letter-material", `form[action="/track/material"] .button--primary`, http.StatusOK)
	s.answerRouted(w.t, number, "经核实，水箱已清洗消毒，水质检测合格，检测报告张贴在小区公告栏。")
	w.visit("letter-answered", "/track/letter")
	w.send("letter-rating-wrong", `form[action="/track/rate"] .button--primary`, http.StatusUnprocessableEntity)
	w.click(`input[name=grade][value="2"]`)
	w.send("letter-rated", `form[action="/track/rate"] .button--primary`, http.StatusOK)
	w.send("letter-rework-wrong", `form[action="/track/rework"] .button--primary`, http.StatusUnprocessableEntity)
	w.write("#field-reason", "第二天水又黄了。")
	w.send("letter-rework-asked", `form[action="/track/rework"] .button--primary`, http.StatusOK)
	_, err = s.desk.GrantRework(w.t.Context(), s.clerk, s.id(w.t, number), cases.AnyVersion, s.water, "确未解决")
	must(w.t, err)
	w.visit("letter-again", "/track/letter")
}

// verifyPages has receipts verified: a genuine one, with another letter's text, and a forged one.
func verifyPages(w *walk, s *believable) {
	const verifyButton = `form[action="/receipt/verify"] .button--primary`
	r, err := s.desk.SignedReceipt(w.t.Context(), s.clerk, s.id(w.t, s.fresh))
	must(w.t, err)
	w.visit("verify", "/receipt/verify")
	w.send("verify-empty", verifyButton, http.StatusUnprocessableEntity)
	w.load("/receipt/verify", http.StatusOK)
	w.click("summary")
	w.choose("#field-text", string(r))
	w.write("#field-title", "另一封信")
	w.send("verify-other-letter", verifyButton, http.StatusOK)
	w.load("/receipt/verify", http.StatusOK)
	w.choose("#field-text", strings.Replace(string(r), "Provisional 暂定: no", "Provisional 暂定: yes", 1))
	w.send("verify-forged", verifyButton, http.StatusOK)
}

func officePages(w *walk, s *believable) {
	w.visit("desk-office", "/desk/office")
	w.visit("desk-office-review", "/desk/office?pile=review")
	w.visit("desk-office-all", "/desk/office?pile=all")
	w.visit("desk-office-found-nothing", "/desk/office?pile=all&text=nothing")
	w.visit("awaiting-publication", "/desk/publish")
	w.visit("publish", "/cases/"+s.answered+"/publish")
	w.send("publish-preview", `button[formaction$="/preview"]`, http.StatusOK)
	w.write("#field-title", "请打 139-0000-1234")
	w.click("#confirmed")
	w.click("#confirmed")
	w.press(kb.Enter) // neither publishes nor makes the texts anew
	w.send("publish-wrong", `form[action$="/publish"] .button--primary`, http.StatusUnprocessableEntity)
	w.visit("publish-published", "/cases/"+s.published+"/publish")
	for name, number := range map[string]string{
		"published": s.published, "discontent": s.discontent, "again": s.again, "fresh": s.fresh, "review": s.replied, "answered": s.answered, "declined": s.declined, "returned": s.returned, "overdue": s.overdue,
	} {
		w.visit("case-"+name+"-clerk", "/cases/"+number)
	}
	// A conflict: somebody else has been at the case while this one was read.
	w.load("/cases/"+s.fresh, http.StatusOK)
	_, err := s.desk.Accept(w.t.Context(), s.clerk, s.id(w.t, s.fresh), cases.AnyVersion)
	must(w.t, err)
	w.choose("#field-route-lead", strconv.FormatInt(s.water, 10))
	w.send("case-conflict", deedButton("route"), http.StatusConflict)
	w.load("/cases/"+s.fresh, http.StatusOK)
	w.choose("#field-route-lead", "") // the form begins with the suggestion
	w.send("case-route-wrong", deedButton("route"), http.StatusUnprocessableEntity)
	w.load("/cases/"+s.answered, http.StatusOK)
	w.click(`details:has(form[action$="/new-secret"]) summary`)
	w.send("case-new-secret", `form[action$="/new-secret"] .button`, http.StatusOK)
	w.visit("record", "/desk/letters/new")
	w.send("record-wrong", `main form[action="/desk/letters/new"] .button--primary`, http.StatusUnprocessableEntity)
	w.load("/desk/letters/new", http.StatusOK)
	w.choose("#field-channel", "hotline")
	w.choose("#field-kind", "help")
	w.write("#field-title", "独居老人申请上门照料")
	w.write("#field-body", "八十二岁，腿脚不便，想请社区帮忙买药。")
	w.write("#field-name", "周小禾")
	w.write("#field-phone", "13900001234")
	w.send("recorded", `main form[action="/desk/letters/new"] .button--primary`, http.StatusOK)
	batchPages(w, s)
	templatePages(w)
	w.visit("password", "/account/password")
}

// factorPages take a phone into use and sign in with it.
func factorPages(w *walk, s *believable) {
	const button = `form[action="/account/second-factor"] .button--primary`
	s.person(w.t, deskWidth, w.lang).signIn("leaving") // at another machine, where it stays open
	w.visit("factor", "/account/second-factor")
	secret := strings.ReplaceAll(w.texts(`main code`)[0], " ", "")
	w.send("factor-wrong", button, http.StatusUnprocessableEntity)
	w.write("#field-code", s.phone(w.t, secret).Get("code"))
	w.send("factor-recovery", button, http.StatusOK)
	w.visit("factor-on", "/account/second-factor")
	w.follow(`form[action="/sign-out"] button`, http.StatusOK)
	w.load("/sign-in", http.StatusOK)
	w.write("#field-login", "leaving")
	w.write("#field-password", passphrase)
	w.send("code", `form[action="/sign-in"] .button--primary`, http.StatusOK)
	w.mustBeAt("/sign-in/code")
	w.send("code-wrong", `form[action="/sign-in/code"] .button--primary`, http.StatusUnprocessableEntity)
	s.clock.Add(time.Minute)
	w.write("#field-code", s.phone(w.t, secret).Get("code"))
	w.follow(`form[action="/sign-in/code"] .button--primary`, http.StatusOK)
	w.visit("sign-ins", "/account/sign-ins")
	w.visit("inbox", "/account/notices")
	w.visit("ways", "/account/notices/settings")
	w.visit("forgotten", "/sign-in/forgotten")
	w.send("forgotten-wrong", `form[action="/sign-in/forgotten"] .button--primary`, http.StatusUnprocessableEntity)
	w.write("#field-who", "nobody")
	w.send("forgotten-done", `form[action="/sign-in/forgotten"] .button--primary`, http.StatusOK)
	w.visit("new-password", "/sign-in/new-password?secret="+s.link(w.t, s.clerk.Account))
	w.load("/sign-in/new-password?secret=void", http.StatusUnprocessableEntity)
	w.look("new-password-void")
	w.load("/account/sign-ins", http.StatusOK)
	w.send("sign-ins-ended", `form[action="/account/sign-ins/others"] button`, http.StatusOK)
	w.visit("tokens", "/account/tokens")
	w.click("details.details > summary")
	w.write("#field-name", "周报程序")
	w.click("#field-scope")
	w.send("tokens-made", `form[action="/account/tokens"] .button--primary`, http.StatusOK)
	w.visit("tokens-of-all", "/admin/tokens")
	w.visit("sign-ins-of-all", "/admin/sign-ins")
	w.visit("looks", "/admin/looks")
}

func departmentPages(w *walk, s *believable) {
	w.visit("desk-department", "/desk/department")
	w.visit("desk-department-answered", "/desk/department?pile=answered")
	w.visit("case-routed-handler", "/cases/"+s.routed)
	replyPages(w, s)
	w.visit("case-waiting-handler", "/cases/"+s.waiting)
	w.visit("case-ordered-handler", "/cases/"+s.ordered)
	w.visit("reports-own", "/reports/department/"+strconv.FormatInt(s.water, 10))
}

func supervisionPages(w *walk, s *believable) {
	w.visit("desk-supervision", "/desk/supervision")
	w.visit("desk-supervision-cards", "/desk/supervision?pile=cards")
	w.visit("desk-supervision-extensions", "/desk/supervision?pile=extensions")
	w.visit("desk-supervision-reworks", "/desk/supervision?pile=reworks")
	w.visit("calls", "/desk/calls")
	w.send("call", `form[action^="/desk/calls/"] button`, http.StatusOK)
	w.send("call-without-a-grade", `form[action$="/end"] .button--primary`, http.StatusUnprocessableEntity)
	w.visit("case-overdue-supervisor", "/cases/"+s.overdue)
	w.visit("case-extension-supervisor", "/cases/"+s.extension)
	w.visit("deadline-extended", "/cases/"+s.extended+"/deadline")
	w.visit("deadline-again", "/cases/"+s.again+"/deadline")
	w.visit("deadline-overdue", "/cases/"+s.overdue+"/deadline")
	w.visit("hot", "/hot")
	w.visit("hot-issue", "/hot/"+strconv.FormatInt(int64(s.hot), 10))
	w.visit("reports", "/reports")
	w.send("reports-cases", "tr.total td a", http.StatusOK)
	w.visit("reports-written", "/reports/written?from=2026-01-01&through=2026-06-30")
	w.visit("reports-month", "/reports?from=2025-01-01&through=2026-03-31&by=month")
	w.load("/reports?from=2026-03-31&through=2026-03-01", http.StatusUnprocessableEntity)
	w.look("reports-wrong")
	w.visit("closing-preview", "/reports/closings/new?from=2025-01-01&through=2026-02-28")
	w.write("#field-remark", "云湘督〔2026〕5号")
	w.send("closing", `form[action="/reports/closings"] .button--primary`, http.StatusOK)
	w.send("closing-cases", `td a[href*="/cases?figure=received"]`, http.StatusOK)
	w.visit("closings", "/reports/closings")
	w.load("/reports/closings/new?from=2026-03-01&through=2026-12-31", http.StatusUnprocessableEntity)
	w.look("closing-not-over")
	w.visit("stored", "/reports/stored")
	w.send("stored-report", `h2 a[href^="/reports/stored/"]`, http.StatusOK)
	for _, page := range []string{"departments", "time", "speed", "satisfaction", "topics", "conduct", "appraisal"} {
		w.visit("reports-"+page, "/reports/"+page+"?from=2025-07-01&through=2026-03-31")
	}
	w.visit("reports-department", "/reports/department/"+strconv.FormatInt(s.water, 10)+"?from=2025-07-01&through=2026-03-31")
	w.visit("reports-how", "/reports/how")
}

// previewButton shows what a calendar or a policy would change.
const previewButton = `form[action$="/preview"] .button--primary`

func administration(w *walk, s *believable) {
	w.visit("people", "/admin/people")
	w.visit("person", "/admin/people/"+strconv.FormatInt(s.waterworks.Account, 10))
	w.click("details.details > summary")
	w.send("person-wrong", `form[action$="/roles"] .button--primary`, http.StatusUnprocessableEntity)
	w.visit("people", "/admin/people")
	w.send("people-new-password", `li:has(form[action$="/disable"]) form[action$="/password"] button`, http.StatusOK)
	w.visit("departments", "/admin/departments")
	w.send("ending", `section[aria-labelledby="confirmed"] a[href$="/end"]`, http.StatusOK)
	w.send("ending-refused", `form[action$="/merge"] button`, http.StatusUnprocessableEntity)
	w.visit("audit", "/admin/audit")
	w.visit("jobs", "/admin/jobs")
	w.visit("appraisal-rule", "/admin/appraisal")
	w.write("#field-praise_on_time_rate", "120")
	w.send("appraisal-rule-wrong", `form[action="/admin/appraisal"] .button--primary`, http.StatusUnprocessableEntity)
	w.visit("appraisal-rule", "/admin/appraisal")
	w.write("#field-praise_on_time_rate", "98")
	w.send("appraisal-rule-set", `form[action="/admin/appraisal"] .button--primary`, http.StatusOK)
	w.visit("appraisal-lists", "/reports/appraisal?from=2025-07-01&through=2026-03-31")
	w.visit("recipients", "/admin/reports")
	w.send("recipient-wrong", `form[action="/admin/reports"] .button--primary`, http.StatusUnprocessableEntity)
	w.visit("wording", "/admin/wording?kind=answered")
	w.visit("settings", "/admin/settings")
	w.visit("exports", "/admin/exports")
	w.visit("notices", "/admin/notices")
	w.visit("calendar", "/admin/calendar")
	w.visit("calendar-unknown", "/admin/calendar?year=2027")
	w.click("summary")
	w.write("#field-text", strings.Replace(notice2027, "端午节", "国庆节", 1))
	w.send("calendar-wrong", previewButton, http.StatusUnprocessableEntity)
	w.load("/admin/calendar", http.StatusOK)
	w.click("summary")
	w.write("#field-text", notice2027)
	w.send("calendar-preview", previewButton, http.StatusOK)
	w.send("calendar-loaded", `form[action="/admin/calendar"] .button--primary`, http.StatusOK)
	w.visit("policy-json", "/admin/policies/new?as=json")
	w.visit("policy-form", "/admin/policies/new")
	w.write("#field-answer_days", "5")
	w.write("#field-yellow_days", "0")
	w.send("policy-wrong", previewButton, http.StatusUnprocessableEntity)
	w.load("/admin/policies/new", http.StatusOK)
	w.write("#field-rework_within_days", "0")
	w.write("#field-reason", "市政府办公室〔2026〕3号文件要求延长重办申请时间")
	w.send("policy-preview", previewButton, http.StatusOK)
	w.send("policies", `form[action="/admin/policies"] .button--primary`, http.StatusOK)
	w.visit("routing", "/admin/routing")
	w.write("#field-letter_title", "小区门口夜间占道经营，油烟和噪声扰民")
	w.write("#field-letter_body", "每天晚上六点到凌晨一点，烧烤摊占着人行道，打过城管电话没有人来。")
	w.send("routing-tried", `button[formaction^="/admin/routing/preview"]`, http.StatusOK)
	w.choose("#field-rules", "停水 SW\n水 -> SW")
	w.send("routing-wrong", `form[action="/admin/routing"] .button--primary`, http.StatusUnprocessableEntity)
	w.choose("#field-rules", "停水 | 水压低 -> SW")
	w.write("#field-reason", "与热线核定")
	w.send("routing-saved", `form[action="/admin/routing"] .button--primary`, http.StatusOK)
}
