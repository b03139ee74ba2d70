package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// TestInABrowser holds what needs a real browser: one is started for all of it. The walk through all pages is apart.
func TestInABrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, test := range map[string]func(*testing.T, *engine){
		"a letter goes all the way and is counted rightly":       theWholeWay,
		"a letter goes in without scripts":                       sendingWithoutScripts,
		"an error keeps everything typed and leads to its field": errorsKeepEverything,
		"pressing send twice sends once":                         pressingSendTwice,
		"the form can be filled with the keyboard alone":         keyboardOnTheForm,
		"a letter goes all the way with the keyboard alone":      keyboardAllTheWay,
		"a work list is walked with single keys":                 keyboardInAList,
		"letters are screened with single keys":                  screeningByKeyboard,
		"a draft survives a closed tab until it is sent":         draftsSurvive,
		"open pages are told and move nothing":                   openPagesAreTold,
		"a day of a department":                                  departmentsDay,
		"a day of supervision":                                   supervisionsDay,
		"a day of the administration":                            administrationsDay,
		"what is wrong with a page is found":                     faultsAreFound,
		"axe-core finds what is inaccessible":                    axeIsHeard,
		"colours are chosen without scripts":                     coloursAreChosen,
		"large letters are a choice":                             largeIsAChoice,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, browser)
		})
	}
}

// TestLongWalkInABrowser looks at every page there is.
func TestLongWalkInABrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	for name, lang := range map[string]errs.Lang{"every page is sound in Chinese": errs.ZH, "every page is sound in English": errs.EN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			everyPage(t, browser, lang)
		})
	}
}

// theWholeWay is the main job by clicks: written on a telephone, handled at desks, read and rated on
// another telephone, counted in supervision's report.
func theWholeWay(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	s.earlierLetters(t)
	s.clock.Add(8 * 24 * time.Hour) // Friday 13 March

	writer := s.person(t, phoneWidth, errs.ZH)
	writer.load("/", http.StatusOK)
	writer.follow(`main a[href="/write"]`, http.StatusOK)
	writer.fill(aLetter())
	writer.follow(checkButton, http.StatusOK)
	writer.must("还没有寄出", "小区二次供水水箱长期未清洗", "周小禾", "zhou@example.org", "投诉")
	writer.follow(sendButton, http.StatusOK)
	number, secret := writer.keptReceipt()
	writer.must("2026年3月17日")
	strip := []string{"周五|3-13|收到来信", "周六|3-14|休息|周末", "周日|3-15|休息|周末", "周一|3-16|第 1 天", "周二|3-17|第 2 天|答复期限"}
	if diff := cmp.Diff(strip, writer.strip()); diff != "" {
		t.Errorf("how the due date was found (-want +got):\n%s", diff)
	}
	writer.mustBeQuiet("writer")

	s.clock.Add(10 * time.Minute)
	clerk := s.person(t, deskWidth, errs.ZH)
	clerk.signIn("clerk")
	clerk.mustBeAt("/desk/office")
	clerk.follow(rowOf(number), http.StatusOK)
	clerk.must("水龙头出来的水发黄")
	clerk.choose("#field-route-lead", strconv.FormatInt(s.water, 10))
	clerk.follow(deedButton("route"), http.StatusOK)

	s.clock.Add(10 * time.Minute)
	handler := s.person(t, deskWidth, errs.ZH)
	handler.signIn("water")
	handler.mustBeAt("/desk/department")
	handler.follow(rowOf(number), http.StatusOK)
	handler.follow(`form[action$="/acknowledge"] .button`, http.StatusOK)
	handler.must("“签收”已记录", "办理中")
	handler.write("#field-reply-reply", "经核实，水箱已清洗消毒。")
	handler.follow(deedButton("reply"), http.StatusOK)

	s.clock.Add(10 * time.Minute)
	clerk.follow(`.nav a[href="/desk/office"]`, http.StatusOK)
	clerk.follow(`.tabs a[href*="pile=review"]`, http.StatusOK)
	clerk.follow(rowOf(number), http.StatusOK)
	clerk.must("水龙头出来的水发黄")
	if reply := eval[string](clerk, `document.getElementById("field-answer-reply").value`); reply != "经核实，水箱已清洗消毒。" {
		t.Errorf("to be reviewed: %q", reply)
	}
	clerk.follow(deedButton("answer"), http.StatusOK)
	handler.mustBeQuiet("handler")
	clerk.mustBeQuiet("clerk")

	s.clock.Add(10 * time.Minute)
	reader := s.person(t, phoneWidth, errs.ZH)
	reader.load("/", http.StatusOK)
	reader.follow(`main a[href="/track"]`, http.StatusOK)
	reader.write("#field-number", number)
	reader.write("#field-secret", strings.ToLower(secret))
	reader.follow(`form[action="/track"] .button--primary`, http.StatusOK)
	reader.must("经核实，水箱已清洗消毒。", "市水务集团")
	reader.click(`input[name=grade][value="4"]`)
	reader.click(`input[name=resolved][value=yes]`)
	reader.write("#field-words", "处理及时")
	reader.follow(`form[action="/track/rate"] .button--primary`, http.StatusOK)
	reader.must("您的评价已记录", "您现在的评价是“满意”")
	reader.mustBeQuiet("reader")

	s.reportOf(t, number)
}

// earlierLetters are two letters of the same month: one answered in time, one that nobody touched.
func (s *site) earlierLetters(t *testing.T) {
	t.Helper()
	s.answer(t, s.sendQuietly(t, "answered"), "已办理。")
	s.sendQuietly(t, "forgotten")
}

// sendQuietly sends a letter without a browser and gives its number.
func (s *site) sendQuietly(t *testing.T, key string) string {
	t.Helper()
	letter := aLetter()
	r, err := s.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: letter.Get("kind"), Title: letter.Get("title"), Body: key, Language: errs.ZH, Consent: true,
		Writer: cases.Contact{Name: letter.Get("name"), Phone: letter.Get("phone"), Email: letter.Get("email")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Number
}

// reportOf opens the report as supervision does: the counts are right, and each opens to its cases.
func (s *site) reportOf(t *testing.T, number string) {
	t.Helper()
	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("supervisor")
	b.mustBeAt("/desk/supervision")
	b.follow(`.nav a[href="/reports"]`, http.StatusOK)
	// Valid, answered, reply rate, due, on time, its rate, overdue, the department's rate, rated, satisfied.
	want := []string{"合计", "3", "2", "66.67", "3", "2", "66.67", "1", "100.00", "1", "100.00"}
	if diff := cmp.Diff(want, b.texts("tr.total th, tr.total td")); diff != "" {
		t.Errorf("the month's figures (-want +got):\n%s", diff)
	}
	figures := eval[[]struct{ Says, Opens, Href string }](b, `Promise.all([...document.querySelectorAll("main a[href^='/reports/cases']")].map(async (a) => {
		const list = new DOMParser().parseFromString(await (await fetch(a.href)).text(), "text/html");
		return {says: a.textContent.trim(), opens: String(list.querySelectorAll("[data-row]").length), href: a.href};
	}))`)
	if len(figures) < 20 {
		t.Errorf("only %d figures open to their cases", len(figures))
	}
	for _, f := range figures {
		if f.Says != f.Opens {
			t.Errorf("a figure of %s opens to %s cases: %s", f.Says, f.Opens, f.Href)
		}
	}
	b.follow("tr.total td a", http.StatusOK)
	b.must("3 件")
	if rows := len(b.texts("[data-row]")); rows != 3 {
		t.Errorf("3 valid letters open to %d", rows)
	}
	b.follow(rowOf(number), http.StatusOK)
	b.mustBeQuiet("supervisor")
}

// strip is the calendar strip, a day each.
func (b *tab) strip() []string {
	b.t.Helper()
	days := b.texts(".days .day")
	for i := range days {
		days[i] = strings.Join(strings.FieldsFunc(days[i], func(r rune) bool { return r == '\n' }), "|")
	}
	return days
}

func rowOf(number string) string { return `a[data-row][href="/cases/` + number + `"]` }

func deedButton(verb string) string { return `form[action$="/` + verb + `"] .button--primary` }

func sendingWithoutScripts(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	b := s.person(t, phoneWidth, errs.ZH)
	b.withoutScripts()
	b.load("/", http.StatusOK)
	b.follow(`main a[href="/write"]`, http.StatusOK)
	if eval[bool](b, `document.documentElement.classList.contains("js")`) {
		t.Fatal("the page's script ran")
	}
	b.fill(aLetter())
	b.follow(checkButton, http.StatusOK)
	b.follow(`button[formaction="/write/check"]`, http.StatusOK) // once back to change something
	b.write("#field-name", "先生")
	b.follow(checkButton, http.StatusOK)
	b.must("先生", "水龙头出来的水发黄")
	b.follow(sendButton, http.StatusUnprocessableEntity) // the sum is not answered yet
	b.must("先生", "水龙头出来的水发黄")
	b.write("#field-answer", sumOf(t, b.texts(`label[for="field-answer"]`)[0]))
	b.follow(sendButton, http.StatusOK)
	number, _ := b.keptReceipt()
	b.follow(`main a[href="/track/letter"]`, http.StatusOK)
	b.must(number, "已收到")
	if shown := eval[int](b, `[...document.querySelectorAll(".needs-js")].filter(e => e.checkVisibility({visibilityProperty: true})).length`); shown != 0 {
		t.Errorf("%d controls that need a script are shown without one", shown)
	}
	if n := s.letters(t); n != 1 {
		t.Errorf("%d letters", n)
	}
	s.answer(t, number, "经核实，水箱已清洗消毒。")
	b.load("/track/letter", http.StatusOK)
	b.must("经核实，水箱已清洗消毒。")
	b.click(`input[name=grade][value="2"]`)
	b.follow(`form[action="/track/rate"] .button--primary`, http.StatusOK)
	b.must("您现在的评价是“不满意”")
	b.write("#field-reason", "第二天水又黄了。")
	b.follow(`form[action="/track/rework"] .button--primary`, http.StatusOK)
	b.must("第二天水又黄了。")
}

// sumOf answers the sum that is asked in words.
func sumOf(t *testing.T, question string) string {
	t.Helper()
	total, found := 0, 0
	for _, r := range question {
		if n := strings.IndexRune("零一二三四五六七八九", r); n >= 0 {
			total, found = total+n/len("零"), found+1
		}
	}
	if found != 2 {
		t.Fatalf("no sum is asked: %q", question)
	}
	return strconv.Itoa(total)
}

func errorsKeepEverything(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	b := s.person(t, phoneWidth, errs.ZH)
	b.load("/write", http.StatusOK)
	typed := aLetter()
	typed.Del("title")
	typed.Set("email", "zhou@")
	b.fill(typed)
	b.click("#field-consent")
	b.follow(checkButton, http.StatusUnprocessableEntity)
	b.until(`document.activeElement.matches(".error-summary")`)
	kept := eval[map[string]string](b, `Object.fromEntries(["body", "district", "name", "phone", "email"].map(n => [n, document.getElementById("field-" + n).value]))`)
	for field, text := range kept {
		if want := strings.ReplaceAll(typed.Get(field), "\r\n", "\n"); text != want {
			t.Errorf("%s: %q is left of %q", field, text, want)
		}
	}
	if !eval[bool](b, `document.querySelector("input[name=kind][value=complaint]").checked && document.getElementById("field-consent").checked`) {
		t.Error("a choice was lost")
	}
	links := eval[[]string](b, `[...document.querySelectorAll(".error-summary a")].map(a => a.getAttribute("href"))`)
	if diff := cmp.Diff([]string{"#field-title", "#field-email"}, links); diff != "" {
		t.Errorf("the summary leads to (-want +got):\n%s", diff)
	}
	for _, link := range links {
		b.click(`.error-summary a[href="` + link + `"]`)
		b.until(`"#" + document.activeElement.id === "` + link + `" && document.activeElement.checkVisibility()`)
		if !eval[bool](b, `document.activeElement.getAttribute("aria-invalid") === "true" && document.activeElement.getAttribute("aria-describedby").includes("-error")`) {
			t.Errorf("%s does not say that it is wrong", link)
		}
	}
	b.mustBeQuiet("the form with errors")
}

// pressingSendTwice presses a second time while the first letter is on its way, as people do on a slow
// line. The browser takes no orders of ours until the next page is there, so the page itself is told
// beforehand: when the form is sent, wait until it has arrived, press again, say so.
func pressingSendTwice(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	var sent atomic.Int64
	arrived, pressed := make(chan struct{}, 2), make(chan struct{})
	s.front.setWatch(func(r *http.Request) {
		switch r.Method + " " + r.URL.RequestURI() {
		case "POST /write":
			sent.Add(1)
			arrived <- struct{}{}
			<-pressed
		case "GET /healthz?arrived":
			<-arrived
		case "GET /healthz?pressed":
			close(pressed)
		}
	})
	b := s.person(t, phoneWidth, errs.ZH)
	b.load("/write", http.StatusOK)
	b.fill(aLetter())
	b.follow(checkButton, http.StatusOK)
	b.until(`document.querySelector("[name=proof]").value !== ""`)
	eval[chromedp.Void](b, `addEventListener("submit", async (event) => {
		await fetch("/healthz?arrived");
		event.submitter.click();
		fetch("/healthz?pressed");
	}, {once: true})`)
	b.follow(sendButton, http.StatusOK)
	b.keptReceipt()
	if n := sent.Load(); n != 1 {
		t.Errorf("the letter was sent %d times", n)
	}
	if n := s.letters(t); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func keyboardOnTheForm(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	b := s.person(t, deskWidth, errs.ZH)
	b.load("/write", http.StatusOK)
	b.press(kb.Tab)
	if !eval[bool](b, `document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("the first stop is not a visible way past the navigation")
	}
	b.press(kb.Enter)
	b.until(`document.activeElement.id === "main"`)
	var stops []string
	for len(stops) < 40 {
		b.press(kb.Tab)
		stop := eval[struct {
			ID      string
			Primary bool
			Sends   bool
			Seen    bool
		}](b, `(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			return {id: e.id, primary: e.matches(".button--primary"), sends: e.type === "submit", seen: s.outlineStyle !== "none" || s.boxShadow !== "none"};
		})()`)
		if !stop.Seen {
			t.Errorf("the focus on %q cannot be seen", stop.ID)
		}
		if stop.Primary && stop.Sends {
			break
		}
		stops = append(stops, stop.ID)
		if stop.Primary { // on to the next part, whose heading is where a reader goes on
			stops[len(stops)-1] = "next"
			b.press(kb.Enter)
			b.until(`document.activeElement.matches("[data-step-head]")`)
		}
		if stop.ID == "field-kind" {
			b.press(" ")
		}
	}
	want := []string{"field-kind", "next", "field-title", "field-body", "field-district", "field-files", "next", "field-name", "field-phone", "field-email", "field-copy", "field-consent", "field-confide"}
	if diff := cmp.Diff(want, stops); diff != "" {
		t.Errorf("stops before the button (-want +got):\n%s", diff)
	}
	b.leads("Enter on the button", chromedp.KeyEvent(kb.Enter), http.StatusUnprocessableEntity)
	if !eval[bool](b, `document.getElementById("field-kind").checked`) {
		t.Error("the space bar did not choose a kind")
	}
}

// tabTo presses Tab until it stands on the element, which must show that it has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 90 {
		b.press(kb.Tab)
		if !eval[bool](b, `document.activeElement.matches(`+strconv.Quote(selector)+`)`) {
			continue
		}
		if !eval[bool](b, `(s => s.outlineStyle !== "none" || s.boxShadow !== "none")(getComputedStyle(document.activeElement))`) {
			b.t.Errorf("the focus on %s cannot be seen", selector)
		}
		return
	}
	b.t.Fatalf("no way to %s with the keyboard", selector)
}

// enter goes to something by Tab and presses Enter there, which leads to another page.
func (b *tab) enter(selector string, status int64) {
	b.t.Helper()
	b.tabTo(selector)
	b.leads("Enter on "+selector, chromedp.KeyEvent(kb.Enter), status)
}

func keyboardAllTheWay(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	b := s.person(t, deskWidth, errs.ZH)
	b.load("/", http.StatusOK)
	b.enter(`main a[href="/write"]`, http.StatusOK)
	next := func() {
		b.tabTo(`.button--primary[data-step-next]`)
		b.press(kb.Enter)
		b.until(`document.activeElement.matches("[data-step-head]")`)
	}
	letter := aLetter()
	typed := func(field string) {
		b.tabTo("#field-" + field)
		b.press(letter.Get(field))
	}
	b.tabTo("#field-kind")
	b.press(" ")
	next()
	typed("title")
	typed("body")
	next()
	typed("name")
	typed("phone")
	typed("email")
	b.enter(checkButton, http.StatusOK)
	b.must(letter.Get("title"), "水龙头出来的水发黄，请有关部门查一查。")
	b.enter(sendButton, http.StatusOK)
	number, _ := b.keptReceipt()
	b.enter(`main a[href="/track/letter"]`, http.StatusOK)
	s.answer(t, number, "经核实，水箱已清洗消毒。")
	b.load("/track/letter", http.StatusOK)
	b.tabTo(`input[name=grade]`)
	for i := 0; !eval[bool](b, `document.activeElement.checked && document.activeElement.value === "2"`); i++ {
		if i == 5 {
			t.Fatal("the arrows do not reach the grade")
		}
		b.press(kb.ArrowDown)
	}
	b.enter(`form[action="/track/rate"] .button--primary`, http.StatusOK)
	b.must("您现在的评价是“不满意”")
	b.tabTo("#field-reason")
	b.press("第二天水又黄了。")
	b.enter(`form[action="/track/rework"] .button--primary`, http.StatusOK)
	b.must("第二天水又黄了。")
	b.mustBeQuiet("the way by keyboard")
}

func keyboardInAList(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.earlierLetters(t)
	s.clock.Add(time.Minute)
	for _, key := range []string{"second", "third"} {
		s.sendQuietly(t, key)
	}
	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("clerk")
	rows := eval[[]string](b, `[...document.querySelectorAll("[data-row]")].map(a => a.getAttribute("href"))`)
	if len(rows) != 3 {
		t.Fatalf("%d letters to screen", len(rows))
	}
	for _, step := range []struct {
		key string
		at  int
	}{{"j", 0}, {"j", 1}, {"j", 2}, {"j", 2}, {"k", 1}, {"k", 0}, {"k", 0}, {"j", 1}} {
		b.press(step.key)
		b.until(`document.activeElement.getAttribute("href") === "` + rows[step.at] + `"`)
	}
	b.press("?")
	b.until(`document.getElementById("keyboard-help").open`)
	b.press("j") // the list behind does not move
	b.press(kb.Escape)
	b.until(`!document.getElementById("keyboard-help").open && document.activeElement.getAttribute("href") === "` + rows[1] + `"`)
	b.leads("Enter", chromedp.KeyEvent(kb.Enter), http.StatusOK)
	b.mustBeAt(rows[1])
	b.mustBeQuiet("the work list")
}

func draftsSurvive(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	person := s.person(t, phoneWidth, errs.ZH) // stays open, as the browser does
	first := person.another(phoneWidth, errs.ZH)
	first.load("/write", http.StatusOK)
	first.fill(aLetter())
	first.until(`document.querySelector("[data-draft-status]").textContent !== "" && (localStorage.getItem("draft:letter") || "").includes("请有关部门查一查")`)
	first.close()

	second := person.another(phoneWidth, errs.ZH)
	second.load("/write", http.StatusOK)
	kept := eval[map[string]string](second, `Object.fromEntries(["title", "body", "name", "phone", "email"].map(n => [n, document.getElementById("field-" + n).value]))`)
	letter := aLetter()
	want := map[string]string{
		"title": letter.Get("title"), "body": strings.ReplaceAll(letter.Get("body"), "\r\n", "\n"),
		"name": "", "phone": "", "email": "", // the computer may be shared
	}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("the draft (-want +got):\n%s", diff)
	}
	if !eval[bool](second, `document.querySelector("input[name=kind][value=complaint]").checked`) {
		t.Error("the kind was lost")
	}
	second.reach("field-name")
	second.write("#field-name", letter.Get("name"))
	second.write("#field-phone", letter.Get("phone"))
	second.follow(checkButton, http.StatusOK)
	second.follow(sendButton, http.StatusOK)
	second.keptReceipt()
	second.load("/write", http.StatusOK)
	if left := eval[string](second, `document.getElementById("field-title").value + localStorage.getItem("draft:letter")`); left != "null" {
		t.Errorf("after sending the browser still keeps %q", left)
	}
	second.mustBeQuiet("drafts")
}
