package web_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"mailbox/cases/errs"
)

// axePath names axe-core's script, which judges whether pages are accessible. It is not in the tree.
const axePath = "MAILBOX_TEST_AXE"

var axeSource = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile(os.Getenv(axePath))
	return string(source), err
})

// judge has axe-core look at the page with everything unfolded, by all rules of WCAG 2.2 AA and its own
// best practice, or by some rules only, and lists what it finds, a line for each element. Nothing is
// fetched for it (preload), and the page is left as it was.
const judge = `(async (rules) => {
	const folded = [...document.querySelectorAll("details:not([open])")];
	folded.forEach(d => d.open = true);
	const found = await axe.run(document, {
		runOnly: rules.length ? rules : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		reporter: "no-passes", preload: false,
	});
	folded.forEach(d => d.open = false);
	return found.violations.flatMap(rule => rule.nodes.map(node =>
		rule.id + " (" + rule.help + "): " + node.target.join(" ") + ": " + node.html.replace(/\s+/g, " ").slice(0, 160)
		+ " – " + node.any.concat(node.all, node.none).map(check => check.message).join("; ").slice(0, 240)));
})`

// axe lists what is inaccessible on the page that is open.
func (b *tab) axe(rules string) []string {
	b.t.Helper()
	if !eval[bool](b, `typeof axe === "object"`) {
		source, err := axeSource()
		if err != nil {
			b.t.Fatal(err)
		}
		eval[chromedp.Void](b, source+"\n;undefined")
	}
	return eval[[]string](b, judge+`([`+rules+`])`)
}

// addressPattern is what differs between the addresses of a page about one thing and about another.
var addressPattern = regexp.MustCompile(`[0-9][0-9-]*`)

// accessible fails for everything that axe-core finds in Chinese, at the width that these readers have, and once on each
// page in the dark, by colours alone: nothing else depends on them, and the gallery shows every component. The English pages are the same but for their words, whose
// language the walk itself looks at; judging all of them in all widths took two minutes more.
func (w *walk) accessible(name string, width int64) {
	w.t.Helper()
	if os.Getenv(axePath) == "" || w.lang != errs.ZH || width != w.judged {
		return
	}
	for _, wrong := range w.axe("") {
		w.t.Errorf("%s at %d: %s", name, width, wrong)
	}
	const isDark = `matchMedia("(prefers-color-scheme: dark)").matches`
	at := addressPattern.ReplaceAllString(eval[string](w.tab, `location.pathname`), "#")
	if w.seenDark[at] || eval[bool](w.tab, isDark) {
		return
	}
	w.seenDark[at] = true
	w.dark()
	w.picture(w.prefix+"dark-"+name, width)
	for _, wrong := range w.axe(`"color-contrast"`) {
		w.t.Errorf("%s in the dark: %s", name, wrong)
	}
	call(w.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
}

// axeIsHeard makes a page wrong and opens what a walk does not see, so that axe's silence means something.
func axeIsHeard(t *testing.T, browser *engine) {
	if os.Getenv(axePath) == "" {
		t.Skip(axePath + " names no axe-core")
	}
	s := newSite(t, browser)
	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("clerk")
	b.press("?")
	b.until(`document.getElementById("keyboard-help").open`)
	if wrong := b.axe(""); len(wrong) != 0 {
		t.Errorf("with the help open: %q", wrong)
	}
	b.load("/privacy", http.StatusOK)
	eval[chromedp.Void](b, `document.querySelector("main").insertAdjacentHTML("beforeend",
		"<details><summary>x</summary><img src='/static/favicon.svg'></details><input><h5>x</h5><p id=faint>hardly to be read</p>")`)
	eval[chromedp.Void](b, `document.getElementById("faint").style.color = "#ddd"`)
	said := strings.Join(b.axe(""), "\n")
	for _, rule := range []string{"image-alt", "label", "heading-order", "color-contrast"} {
		if !strings.Contains(said, rule+" (") {
			t.Errorf("nobody noticed: %s", rule)
		}
	}
}

// coloursAreChosen has somebody choose colours against what the system says, without scripts.
func coloursAreChosen(t *testing.T, browser *engine) {
	b := newSite(t, browser).person(t, leastWidth, errs.EN)
	b.withoutScripts()
	const paper = `getComputedStyle(document.body).backgroundColor`
	const light, dark = "rgb(250, 248, 243)", "rgb(22, 20, 17)"
	b.load("/privacy", http.StatusOK)
	for _, step := range []struct{ choice, want string }{{"auto", light}, {"dark", dark}, {"light", light}} {
		b.follow(`button[name=theme][value=`+step.choice+`]`, http.StatusOK)
		b.mustBeAt("/privacy")
		if got := eval[string](b, paper); got != step.want {
			t.Errorf("%s by a light system: %s", step.choice, got)
		}
	}
	b.dark()
	for _, step := range []struct{ choice, want string }{{"light", light}, {"dark", dark}, {"auto", dark}} {
		b.follow(`button[name=theme][value=`+step.choice+`]`, http.StatusOK)
		if got := eval[string](b, paper); got != step.want {
			t.Errorf("%s by a dark system: %s", step.choice, got)
		}
		if pressed := b.texts(`button[aria-pressed="true"]`); len(pressed) != 1 {
			t.Errorf("chosen is %q", pressed)
		}
	}
	b.mustBeQuiet("colours")
}
