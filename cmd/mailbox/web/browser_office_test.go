package web_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

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

// screeningByKeyboard works through the letters that came without a mouse: two go where they are suggested, the last
// of them comes back.
func screeningByKeyboard(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.clock.Add(time.Minute)
	for _, key := range []string{"停水两天", "停水三天", "停水四天"} {
		s.sendQuietly(t, key)
	}
	if _, err := s.desk.SuggestNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("clerk")
	rows := eval[[]string](b, `[...document.querySelectorAll("[data-row]")].map(a => a.id)`)
	if len(rows) != 3 {
		t.Fatalf("%d letters to screen", len(rows))
	}
	b.press("j")
	b.press("x")
	b.until(`document.querySelector("input[name=case]").checked && document.activeElement.id === "` + rows[0] + `"`)
	for _, next := range rows[1:] {
		b.leads("y", chromedp.KeyEvent("y"), http.StatusOK)
		b.until(`document.activeElement.id === "` + next + `"`)
	}
	b.must("已转办 1 件", "市水务集团")
	b.leads("z", chromedp.KeyEvent("z"), http.StatusOK)
	b.must("已撤回 1 件转办")
	b.until(`document.activeElement.id === "` + rows[1] + `"`)
	b.leads("d", chromedp.KeyEvent("d"), http.StatusOK)
	b.until(`document.querySelector("details[open] input[name=decline-reason]")`)
	b.mustBeQuiet("screening by keyboard")
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
