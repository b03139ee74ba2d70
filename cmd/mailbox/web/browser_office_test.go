package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// batchPages look at the office's list while many letters are worked on at once.
func batchPages(w *walk, s *believable) {
	one, other := s.sendQuietly(w.t, "停水两天，没有通知。"), s.sendQuietly(w.t, "水表走得太快，要求校验。")
	w.load("/desk/office", http.StatusOK)
	w.click(`summary[data-key="b"]`)
	w.send("desk-office-wrong", `button[value="decline"]`, http.StatusUnprocessableEntity)
	w.load("/desk/office", http.StatusOK)
	w.click(`summary[data-key="b"]`)
	for _, number := range []string{one, other} {
		w.click(`input[name="case"][value="` + number + `"]`)
	}
	w.send("desk-office-merge-each", `button[value="merge-own"]`, http.StatusOK)
	w.load("/desk/office", http.StatusOK)
	w.click(`summary[data-key="b"]`)
	for _, number := range []string{one, other} {
		w.click(`input[name="case"][value="` + number + `"]`)
	}
	w.choose("#field-lead", strconv.FormatInt(s.water, 10))
	w.send("desk-office-just-routed", `button[value="route"]`, http.StatusOK)
	w.send("desk-office-taken-back", `form[action="/desk/office/take-back"] button[data-key="z"]`, http.StatusOK)
}

// templatePages write a template and read it in both languages.
func templatePages(w *walk) {
	const save, preview = `form[action="/admin/templates/edit"] .button--primary`, `button[name="do"][value="preview"]`
	w.visit("templates-none", "/admin/templates")
	w.visit("template", "/admin/templates/edit")
	w.click(`input[name="purpose"][value="decline"]`)
	w.write("#field-name", "请找法院")
	w.write("#field-text_zh", "您反映的“{{标题}}”应依法向人民法院提出，我们无权处理。")
	w.send("templates-decline", save, http.StatusOK)
	w.load("/admin/templates/edit", http.StatusOK)
	w.write("#field-name", "通用答复")
	w.write("#field-text_zh", "您好！您反映的“{{标题}}”已办理。{{单位}}")
	w.send("template-wrong", save, http.StatusUnprocessableEntity)
	w.choose("#field-text_zh", "您好！您反映的“{{标题}}”由{{部门}}办理，期限{{期限}}。如有疑问，请致电{{电话}}。")
	w.send("template-preview", preview, http.StatusOK)
	w.send("templates", save, http.StatusOK)
}

// keyed is somebody at the office's list without a mouse.
type keyed struct {
	*tab
	rows []string // the letters, in the order in which they came
}

// at has the focus on the letter, walking the list as j and k do.
func (k *keyed) at(letter int) {
	k.t.Helper()
	for range len(k.rows) {
		if eval[bool](k.tab, `document.activeElement.id === "row-`+k.rows[letter]+`"`) {
			return
		}
		k.press("j")
	}
	k.t.Fatalf("j does not reach letter %d", letter)
}

// list goes back to the list from the page of a case.
func (k *keyed) list() {
	k.t.Helper()
	k.enter(`.nav a[href="/desk/office"]`, http.StatusOK)
}

// together ticks letters, unfolds what can be done with many, and does it.
func (k *keyed) together(button string, before func(), letters ...int) {
	k.t.Helper()
	for _, letter := range letters {
		k.at(letter)
		k.press("x")
		k.until(`document.activeElement.closest("li").querySelector("input[name=case]").checked`)
	}
	k.press("b")
	k.until(`document.activeElement.matches("summary[data-key=b]") && document.querySelector("#batch details").open`)
	before()
	k.enter(`#batch button[value="`+button+`"]`, http.StatusOK)
}

// screeningByKeyboard works through the twenty letters of a morning without a mouse, and what became of each stands in
// the database.
func screeningByKeyboard(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.clock.Add(time.Minute)
	k := &keyed{}
	for i := range 20 {
		k.rows = append(k.rows, s.sendQuietly(t, "停水"+strconv.Itoa(i+2)+"天"))
	}
	if _, err := s.desk.SuggestNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.tab = s.person(t, deskWidth, errs.ZH)
	k.signIn("clerk")
	if rows := eval[[]string](k.tab, `[...document.querySelectorAll("[data-row]")].map(a => a.id.replace("row-", ""))`); !slices.Equal(rows, k.rows) {
		t.Fatalf("to screen: %q", rows)
	}

	// Six go where they are suggested; the last of them comes back.
	k.press("j")
	for next := 1; next <= 6; next++ {
		k.leads("y", chromedp.KeyEvent("y"), http.StatusOK)
		k.until(`document.activeElement.id === "row-` + k.rows[next] + `"`)
	}
	k.must("已转办 1 件", "市水务集团")
	k.leads("z", chromedp.KeyEvent("z"), http.StatusOK)
	k.must("已撤回 1 件转办")
	k.until(`document.activeElement.id === "row-` + k.rows[5] + `"`)

	// That one and the next are declined, two are accepted.
	for _, letter := range []int{5, 6} {
		k.at(letter)
		k.leads("d", chromedp.KeyEvent("d"), http.StatusOK)
		k.until(`document.querySelector("details[open] input[name=decline-reason]")`)
		k.tabTo(`input[name=decline-reason]`)
		k.press(" ")
		k.enter(deedForm("decline")+" .button", http.StatusOK)
		k.list()
	}
	for _, letter := range []int{7, 8} {
		k.at(letter)
		k.leads("Enter", chromedp.KeyEvent(kb.Enter), http.StatusOK)
		k.tabTo("details:has(> " + deedForm("accept") + ") > summary")
		k.press(kb.Enter)
		k.enter(deedForm("accept")+" .button", http.StatusOK)
		k.list()
	}

	// Two are merged into an earlier one, five routed together by hand, four as suggested.
	k.together("merge", func() {
		k.tabTo("#field-into")
		k.press(k.rows[8])
	}, 9, 10)
	k.together("route", func() {
		k.tabTo("#field-lead")
		for eval[string](k.tab, `document.activeElement.value`) != strconv.FormatInt(s.water, 10) {
			k.press(kb.ArrowDown)
		}
	}, 11, 12, 13, 14, 15)
	k.together("suggested", func() {}, 16, 17, 18, 19)
	k.mustBeQuiet("screening by keyboard")

	for letter, number := range k.rows {
		v, err := s.desk.Look(t.Context(), s.clerk, s.id(t, number))
		if err != nil {
			t.Fatal(err)
		}
		want, lead, into := cases.Routed, s.water, cases.ID(0)
		switch letter {
		case 5, 6:
			want, lead = cases.Declined, 0
		case 7, 8:
			want, lead = cases.Screened, 0
		case 9, 10:
			want, lead, into = cases.Merged, 0, s.id(t, k.rows[8])
		}
		if v.State != want || v.LeadID != lead || v.MergedInto != into {
			t.Errorf("letter %d, %s: %s with %d, merged into %d; want %s with %d, merged into %d", letter, number, v.State, v.LeadID, v.MergedInto, want, lead, into)
		}
	}
}

// replyPages look at a reply as the writer will see it.
func replyPages(w *walk, s *believable) {
	w.load("/cases/"+s.routed, http.StatusOK)
	w.choose("#field-reply-reply", "3月5日派人现场核实，供水压力偏低系阀门未全开。已调整阀门，水压恢复正常。联系电话：0731-55551234。")
	w.send("reply-preview", `button[formaction$="/reply/preview"]:not([name])`, http.StatusOK)
	w.choose("#field-reply-template", eval[string](w.tab, `document.querySelector("#field-reply-template option:last-child").value`))
	w.send("reply-template-offered", `button[name="fill"][value="yes"]`, http.StatusOK)
	w.load("/cases/"+s.routed, http.StatusOK)
	w.choose("#field-reply-reply", "3月5日派人现场核实。")
	w.click(`section[aria-labelledby="past"] summary`)
	w.send("reply-past-offered", `button[name="take"]`, http.StatusOK)
	w.choose("#field-reply-reply", " ")
	w.send("reply-preview-wrong", `button[formaction$="/reply/preview"]:not([name])`, http.StatusUnprocessableEntity)
}
