package web_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// soundness looks at the page as a strict reader would and lists what is wrong with it. It opens what is
// folded while it looks: trouble hides there.
const soundness = `((lang) => {
	const wrong = [];
	const all = (selector) => [...document.querySelectorAll(selector)];
	const say = (what, e) => wrong.push(what + (e ? ": " + e.outerHTML.replace(/\s+/g, " ").slice(0, 160) : ""));
	const text = (id) => document.getElementById(id)?.textContent.trim() || "";
	const name = (e) => (e.getAttribute("aria-labelledby") || "").split(/\s+/).map(text).join("")
		|| (e.getAttribute("aria-label") || "").trim() || [...(e.labels || [])].map(l => l.textContent.trim()).join("") || e.textContent.trim();
	const root = document.documentElement;
	const sideways = (when) => {
		if (root.scrollWidth <= root.clientWidth) return;
		const scrolls = (e) => e && e !== root && (getComputedStyle(e).overflowX !== "visible" || scrolls(e.parentElement));
		const out = all("body *").filter(e => e.getBoundingClientRect().right > root.clientWidth + 0.5 && !scrolls(e.parentElement));
		say("scrolls sideways" + when + ", " + root.scrollWidth + " of " + root.clientWidth, out.pop());
	};
	sideways("");
	const folded = all("details:not([open])");
	folded.forEach(d => d.open = true);
	sideways(" when unfolded");

	if (root.lang !== lang) say("the language is " + root.lang);
	if (!document.title.trim()) say("no title");
	if (/%!|<no value>|ZgotmplZ/.test(root.outerHTML)) say("a text was not filled in: " + root.outerHTML.match(/.{0,60}(%!|<no value>|ZgotmplZ).{0,40}/)[0]);
	if (all("main").length !== 1) say("not one main");
	const seen = new Set();
	for (const e of all("[id]")) { if (seen.has(e.id)) say("id twice", e); seen.add(e.id); }
	for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls"])
		for (const e of all("[" + attribute + "]"))
			for (const id of e.getAttribute(attribute).trim().split(/\s+/))
				if (!seen.has(id)) say(attribute + " leads to no " + id, e);
	for (const e of all("a[href^='#']")) if (!seen.has(e.getAttribute("href").slice(1))) say("leads nowhere", e);

	const headings = all("h1, h2, h3, h4, h5, h6").filter(e => e.checkVisibility());
	if (headings.filter(h => h.tagName === "H1").length !== 1) say("not one h1");
	let level = 1;
	for (const h of headings) {
		const now = Number(h.tagName[1]);
		if (now > level + 1) say("skips a level of headings", h);
		if (!h.textContent.trim()) say("an empty heading", h);
		level = now;
	}
	for (const e of all("img")) if (!e.hasAttribute("alt")) say("a picture without words", e);
	for (const e of all("svg"))
		if (!e.closest("[aria-hidden=true]") && !(e.getAttribute("role") === "img" && name(e))) say("a drawing without words", e);
	for (const e of all("input:not([type=hidden]), select, textarea").filter(e => e.checkVisibility())) if (!name(e)) say("a field without a label", e);
	for (const e of all("a[href], button, summary, fieldset, nav, section[aria-labelledby], [role=region]")) {
		if (e.tagName === "FIELDSET" ? !e.querySelector("legend")?.textContent.trim() : !name(e)) say("without a name", e);
	}
	for (const e of all("ul, ol")) if ([...e.children].some(c => c.tagName !== "LI")) say("a list with something between", e);
	for (const e of all("table")) if (!e.caption?.textContent.trim()) say("a table without a caption", e);
	for (const e of all("th:not([scope])")) say("a heading of nothing", e);
	for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("an order of its own", e);
	// WCAG 2.2, 2.5.8: what is pressed is at least 24 by 24 pixels.
	for (const e of all(".button, button, input:not([type=hidden]), select, textarea, summary, nav a").filter(e => e.checkVisibility())) {
		const box = e.getBoundingClientRect();
		if (box.width < 23.5 || box.height < 23.5) say("small to press, " + Math.round(box.width) + " by " + Math.round(box.height), e);
	}
	folded.forEach(d => d.open = false);
	return wrong;
})`

// faultsAreFound makes one page wrong in every way that soundness knows, so that silence means something.
func faultsAreFound(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	b := s.person(t, leastWidth, errs.ZH)
	b.load("/privacy", http.StatusOK)
	if wrong := eval[[]string](b, soundness+`("zh-CN")`); len(wrong) != 0 {
		t.Fatalf("wrong from the beginning: %q", wrong)
	}
	eval[chromedp.Void](b, `document.querySelector("main").insertAdjacentHTML("beforeend",
		"<h1>%!d(MISSING)</h1><h3></h3><p id=main>x</p><img><svg></svg><input size=99><label for=no>x</label>"
		+ "<a href='#no'>x</a><button></button><ul><p>x</p></ul><table><tr><th>x</th></tr></table><p tabindex=1>x</p><main></main>")`)
	eval[chromedp.Void](b, `document.title = ""`)
	wrong := strings.Join(eval[[]string](b, soundness+`("en")`), "\n")
	for _, fault := range []string{
		"scrolls sideways", "the language is", "no title", "was not filled in", "not one main", "id twice", "for leads to no no", "leads nowhere",
		"not one h1", "skips a level", "an empty heading", "a picture without words", "a drawing without words", "a field without a label",
		"without a name", "a list with something between", "a table without a caption", "a heading of nothing", "an order of its own", "small to press",
	} {
		if !strings.Contains(wrong, fault) {
			t.Errorf("nobody noticed: %s", fault)
		}
	}
	eval[chromedp.Void](b, `document.body.insertAdjacentHTML("beforeend", "<style>p { color: red }</style>"); console.warn("odd")`)
	b.until(`getComputedStyle(document.body).display !== ""`)
	b.mu.Lock()
	defer b.mu.Unlock()
	if said := strings.Join(b.trouble, "\n"); !strings.Contains(said, "against the policy") || !strings.Contains(said, "odd") {
		t.Errorf("the console is not heard: %q", said)
	}
}

// walk is one person's way through many pages, each looked at in all widths.
type walk struct {
	*tab
	lang   errs.Lang
	prefix string // of the pictures
	widths []int64
	judged int64 // the width in which axe-core judges: the public has telephones, the staff desks
}

// begin has somebody set out on a walk: signed in, unless login is empty.
func (s *site) begin(t *testing.T, lang errs.Lang, prefix, login string) *walk {
	t.Helper()
	w := &walk{s.person(t, deskWidth, lang), lang, prefix, []int64{deskWidth, phoneWidth}, phoneWidth}
	if lang == errs.EN {
		w.widths = []int64{deskWidth, leastWidth} // the longer words are those that need the room
	}
	if login != "" {
		w.judged = deskWidth
		w.signIn(login)
	}
	return w
}

// look judges the page that is open in all widths. Each page begins with the width that the last one
// ended with: changing it costs as much as loading a page.
func (w *walk) look(name string) {
	w.t.Helper()
	tag := map[errs.Lang]string{errs.ZH: "zh-CN", errs.EN: "en"}[w.lang]
	w.withinBudget(name)
	for _, width := range w.widths {
		w.resize(width)
		w.picture(w.prefix+name, width)
		for _, wrong := range eval[[]string](w.tab, soundness+`("`+tag+`")`) {
			w.t.Errorf("%s at %d: %s", name, width, wrong)
		}
		w.accessible(name, width)
	}
	slices.Reverse(w.widths)
	w.mustBeQuiet(name)
}

// visit opens a page by its address and looks at it.
func (w *walk) visit(name, path string) {
	w.t.Helper()
	w.load(path, http.StatusOK)
	at, _, _ := strings.Cut(path, "?")
	w.mustBeAt(at)
	w.look(name)
}

// send presses a button, expects a status and looks at what came.
func (w *walk) send(name, selector string, status int64) {
	w.t.Helper()
	w.follow(selector, status)
	w.look(name)
}

// believable is a city in which every page has something to show.
type believable struct {
	*site
	visited visited
	// Numbers of letters by what became of them.
	fresh, routed, replied, answered, declined, returned, overdue, published string
	// By what is asked or given about their time.
	extension, extended, waiting, ordered, discontent, again string
	hot                                                      cases.ID // what many write about
}

// visited collects the routes that have shown a page.
type visited struct {
	mu    sync.Mutex
	paths map[string]bool
}

func (v *visited) observe(method, path string, status int, _ time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if method == http.MethodGet && status == http.StatusOK {
		v.paths[path] = true
	}
}

func newBelievable(t *testing.T, browser *engine) *believable {
	t.Helper()
	s := &believable{visited: visited{paths: map[string]bool{}}}
	s.site = newSite(t, browser, func(c *web.Config) {
		c.Demo, c.Observe = true, s.visited.observe
	})
	s.front.pages = plainPages(t, s.front.pages)
	supervisor := s.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	s.account(t, "admin", people.Grant{Role: people.Administrator})
	s.account(t, "leaving", people.Grant{Role: people.Auditor})
	_, err := s.dir.AddDepartment(t.Context(), people.Department{
		Code: "CG", Name: "市城市管理和综合执法局", Kind: "bureau", Duties: "市容、户外广告、占道经营、园林绿化", Email: "cg@example.org", Phone: "0731-55550000",
	})
	must(t, err)
	s.mail(t)
	s.importOne(t)
	s.overdue = s.sendQuietly(t, "路灯坏了半个月，晚上出门看不清台阶，老人已经摔了两次。")
	s.clock.Add(6 * 24 * time.Hour)
	s.fresh = s.sendQuietly(t, "楼下烧烤店油烟直排，夜里一点还有人喧哗，打过电话没有回音。")
	for number, text := range map[*string]string{
		&s.routed: "自来水压力不足", &s.replied: "水表读数不对", &s.answered: "停水没有通知", &s.declined: "与邻居的官司", &s.returned: "井盖松动",
	} {
		*number = s.sendQuietly(t, text)
	}
	s.answer(t, s.answered, "经核实，停水系管网抢修，已恢复供水。今后停水将提前在小区张贴通知。")
	s.published = s.sendQuietly(t, "水表装在门外冬天会冻裂")
	s.answer(t, s.published, "已加装保温层，冬前全部完成。")
	_, err = s.desk.Publish(t.Context(), s.clerk, s.id(t, s.published), cases.AnyVersion, cases.Publication{
		Title: "水表装在门外", Body: "我家在▇▇▇，水表装在门外，冬天会冻裂。", Answer: "已加装保温层，冬前全部完成。",
	})
	must(t, err)
	for _, number := range []string{s.routed, s.replied, s.returned} {
		_, err := s.desk.Route(t.Context(), s.clerk, s.id(t, number), cases.AnyVersion, s.water)
		must(t, err)
	}
	s.clock.Add(time.Hour)
	_, err = s.desk.Reply(t.Context(), s.waterworks, s.id(t, s.replied), cases.AnyVersion, "已上门核对水表，读数无误；上月账单按实际用量重新计算，多收的二十六元将在下月水费中抵扣。")
	must(t, err)
	_, err = s.desk.Return(t.Context(), s.waterworks, s.id(t, s.returned), cases.AnyVersion, "该井盖属于通信管线，不由我单位管理。")
	must(t, err)
	_, err = s.desk.Decline(t.Context(), s.clerk, s.id(t, s.declined), cases.AnyVersion, "court", "")
	must(t, err)
	_, err = s.desk.Instruct(t.Context(), supervisor, s.id(t, s.overdue), cases.AnyVersion, "李市长", "请尽快办理并报结果。")
	must(t, err)
	_, err = s.desk.Elapse(t.Context())
	must(t, err)
	s.fillTime(t, supervisor)
	s.hot = s.manyWrite(t)
	return s
}

// fillTime makes cases whose time was asked for, waited for and given again.
func (s *believable) fillTime(t *testing.T, supervisor people.Actor) {
	t.Helper()
	const why = "需向上游厂家订购阀门，到货约两个工作日，届时立即更换并恢复供水。"
	for number, text := range map[*string]string{
		&s.extension: "阀门损坏漏水", &s.extended: "水泵噪音扰民", &s.waiting: "水费多收", &s.ordered: "水管反复爆裂", &s.discontent: "水质发黄", &s.again: "水压仍然不足",
	} {
		*number = s.sendQuietly(t, text)
		id := s.id(t, *number)
		if number == &s.discontent || number == &s.again {
			s.answer(t, *number, "已安排清洗水箱。")
			writer := people.TheWriter(int64(id), errs.ZH)
			_, err := s.desk.Rate(t.Context(), writer, id, cases.Rating{Grade: cases.Dissatisfied})
			must(t, err)
			_, err = s.desk.AskRework(t.Context(), writer, id, "清洗之后第二天水又黄了，请查管网。")
			must(t, err)
			continue
		}
		_, err := s.desk.Route(t.Context(), s.clerk, id, cases.AnyVersion, s.water)
		must(t, err)
	}
	for _, number := range []string{s.extension, s.extended} {
		_, err := s.desk.AskExtension(t.Context(), s.waterworks, s.id(t, number), cases.AnyVersion, 2, why)
		must(t, err)
	}
	_, err := s.desk.GrantExtension(t.Context(), supervisor, s.id(t, s.extended), cases.AnyVersion, 2, why)
	must(t, err)
	for _, number := range []string{s.waiting, s.extended} {
		_, err = s.desk.AskWriter(t.Context(), s.waterworks, s.id(t, number), cases.AnyVersion, "请告知户号，并说明是哪几个月的水费。")
		must(t, err)
	}
	_, err = s.desk.Order(t.Context(), supervisor, s.id(t, s.ordered), cases.AnyVersion, 0, "同一路段半年三次爆管，请说明原因和改造计划。")
	must(t, err)
	_, err = s.desk.GrantRework(t.Context(), supervisor, s.id(t, s.again), cases.AnyVersion, s.water, "确未解决")
	must(t, err)
}

// manyWrite has several people write about one matter.
func (s *believable) manyWrite(t *testing.T) cases.ID {
	t.Helper()
	var first cases.ID
	for i, words := range plantNoise {
		r, err := s.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
			Kind: "complaint", Title: words.title, Body: words.body, Language: errs.ZH, Writer: cases.Contact{Name: "住户", Phone: "1390000220" + strconv.Itoa(i)},
		})
		must(t, err)
		if i == 0 {
			first = r.ID
		}
	}
	_, err := s.desk.FindHotIssues(t.Context())
	must(t, err)
	return first
}

// importOne brings in an old letter answered by a department that nobody here knows yet.
func (s *site) importOne(t *testing.T) {
	t.Helper()
	received := s.clock.Now().AddDate(-1, 0, 0)
	_, err := s.desk.Import(t.Context(), people.TheSystem(), []intake.Letter{{
		Line: 2, Source: "old", Number: "1", Channel: "import", Kind: "consultation", Title: "医保转移需要哪些材料", Body: "请问需要带什么？",
		Department: "云东区医疗保障分局", Status: intake.StatusAnswered,
		ReceivedAt: received, RepliedAt: received.Add(24 * time.Hour), Reply: "带身份证和参保凭证即可。",
	}})
	must(t, err)
}

func (s *site) id(t *testing.T, number string) cases.ID {
	t.Helper()
	id, err := s.desk.Find(t.Context(), number)
	must(t, err)
	return id
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

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
	w.visit("reports-department", "/reports")
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

// darkAndLarge walks the longest pages in dark colours with large letters: the least room there is.
func darkAndLarge(t *testing.T, browser *engine) {
	s := newBelievable(t, browser)
	begin := func(login string) *walk {
		w := s.begin(t, errs.EN, "dark-large-", login)
		appearance := `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.documentElement).fontSize]`
		w.load("/privacy", http.StatusOK)
		before := eval[[]string](w.tab, appearance)
		w.dark()
		call(w.tab, network.SetCookie, network.SetCookieParams{Name: "size", Value: "large", URL: s.address})
		w.load("/privacy", http.StatusOK)
		if after := eval[[]string](w.tab, appearance); after[0] != "rgb(22, 20, 17)" || after[1] != "22px" || before[0] == after[0] || before[1] == after[1] {
			t.Errorf("colour and size went from %v to %v", before, after)
		}
		return w
	}
	w := begin("")
	w.visit("home", "/")
	w.visit("write", "/write")
	w.reach("field-consent")
	w.send("write-errors", checkButton, http.StatusUnprocessableEntity)
	w.load("/write", http.StatusOK)
	w.fill(aLetter())
	w.follow(checkButton, http.StatusOK)
	w.send("receipt", sendButton, http.StatusOK)
	w.visit("letter", "/track/letter")
	w = begin("clerk")
	w.visit("desk-office", "/desk/office")
	w.visit("case-review-clerk", "/cases/"+s.replied)
	w.visit("record", "/desk/letters/new")
	w = begin("supervisor")
	w.visit("desk-supervision", "/desk/supervision")
	w.visit("case-extension-supervisor", "/cases/"+s.extension)
	w.visit("deadline-extended", "/cases/"+s.extended+"/deadline")
	w.visit("hot", "/hot")
	w.visit("reports", "/reports")
}
