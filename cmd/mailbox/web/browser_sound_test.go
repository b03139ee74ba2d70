package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"mailbox/cases/errs"
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
	// seenDark has the pages whose colours were judged in the dark, by their address without numbers.
	seenDark map[string]bool
}

// begin has somebody set out on a walk: signed in, unless login is empty.
func (s *site) begin(t *testing.T, lang errs.Lang, prefix, login string) *walk {
	t.Helper()
	w := &walk{s.person(t, deskWidth, lang), lang, prefix, []int64{deskWidth, phoneWidth}, phoneWidth, map[string]bool{}}
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
		if width == leastWidth {
			w.darkAndLarge(name, tag)
		}
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

// darkAndLarge looks at the page that is open once more, on the least paper there is: in dark colours with large letters, in
// the language of the longer words. The page is not loaded again for it: the letters grow by the attribute that a reader's
// choice sets (largeIsAChoice). Contrast in the dark is what axe-core judges (accessible).
func (w *walk) darkAndLarge(name, tag string) {
	w.t.Helper()
	w.dark()
	eval[chromedp.Void](w.tab, `document.documentElement.dataset.size = "large"`)
	w.picture(w.prefix+"dark-large-"+name, leastWidth)
	for _, wrong := range eval[[]string](w.tab, soundness+`("`+tag+`")`) {
		w.t.Errorf("%s dark and large: %s", name, wrong)
	}
	eval[chromedp.Void](w.tab, `delete document.documentElement.dataset.size`)
	call(w.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// largeIsAChoice shows that the attribute by which the walk makes letters large is what a reader's choice sets, and that it
// and the dark change what they should.
func largeIsAChoice(t *testing.T, browser *engine) {
	b := newSite(t, browser).person(t, leastWidth, errs.EN)
	const appearance = `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.documentElement).fontSize, document.documentElement.dataset.size || ""]`
	b.load("/privacy", http.StatusOK)
	before := eval[[]string](b, appearance)
	b.dark()
	b.follow(`button[name=size][value=large]`, http.StatusOK)
	if after := eval[[]string](b, appearance); after[0] != "rgb(22, 20, 17)" || after[1] != "22px" || after[2] != "large" || before[0] == after[0] || before[1] == after[1] || before[2] != "" {
		t.Errorf("colour and size went from %v to %v", before, after)
	}
	b.mustBeQuiet("large letters")
}
