package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// unfold opens what is folded around a form, as one does who wants to fill it in.
func (b *tab) unfold(form string) {
	b.t.Helper()
	b.click("details:has(> " + form + ") > summary")
}

// deedForm is the form of a verb on the page of a case.
func deedForm(verb string) string { return `form[action$="/` + verb + `"]` }

// departmentsDay: signed for, more time asked for, the writer asked, and a reply that a colleague is writing as well.
func departmentsDay(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.account(t, "colleague", people.Grant{Role: people.Handler, Department: s.water})
	number := s.sendQuietly(t, "first")
	s.routeTo(t, number, s.water)
	s.clock.Add(10 * time.Minute)

	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("water")
	b.mustBeAt("/desk/department")
	b.follow(rowOf(number), http.StatusOK)
	b.follow(deedForm("acknowledge")+" .button", http.StatusOK)
	b.unfold(deedForm("ask-extension"))
	b.write("#field-ask-extension-days", "3")
	b.write("#field-ask-extension-reason", "须停水检修，另行通知居民")
	b.follow(deedForm("ask-extension")+" .button", http.StatusOK)
	b.must("须停水检修，另行通知居民")
	b.unfold(deedForm("ask-writer"))
	b.write("#field-ask-writer-question", "请提供楼栋号")
	b.follow(deedForm("ask-writer")+" .button", http.StatusOK)

	other := s.person(t, deskWidth, errs.ZH)
	other.signIn("colleague")
	other.load("/cases/"+number, http.StatusOK)
	other.must("请提供楼栋号")
	b.write("#field-reply-reply", "经核实，水箱已清洗消毒，水质检测合格。")
	other.write("#field-reply-reply", "经核实，水箱已清洗消毒，管道一并更换。")
	s.clock.Add(10 * time.Minute)
	other.follow(deedButton("reply"), http.StatusOK)
	b.follow(deedButton("reply"), http.StatusConflict)
	sides := b.texts(`section[aria-labelledby="conflict"] .letter`)
	if len(sides) != 2 || !strings.Contains(sides[0], "水质检测合格") || !strings.Contains(sides[1], "管道一并更换") {
		t.Errorf("side by side: %q", sides)
	}
	if marks := strings.Join(b.texts(`section[aria-labelledby="conflict"] mark`), "|"); !strings.Contains(marks, "水质检测合格") || strings.Contains(marks, "经核实") {
		t.Errorf("marked as different: %q", marks)
	}
	b.follow(`section[aria-labelledby="conflict"] a[data-draft-drop]`, http.StatusOK)
	b.must("管道一并更换")
	b.mustBeQuiet("handler")
	other.mustBeQuiet("colleague")
}

// supervisionsDay: what is late is on top, a request is decided in its list, and an order goes out.
func supervisionsDay(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	late := s.sendQuietly(t, "late")
	s.routeTo(t, late, s.water)
	s.clock.Add(5 * 24 * time.Hour) // Tuesday, a day after it was due
	if _, err := s.desk.Elapse(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := s.sendQuietly(t, "asked")
	s.routeTo(t, asked, s.water)
	if _, err := s.desk.AskExtension(t.Context(), s.waterworks, s.id(t, asked), cases.AnyVersion, 3, "要等管件到货"); err != nil {
		t.Fatal(err)
	}

	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("supervisor")
	b.mustBeAt("/desk/supervision")
	b.follow(`.stat a[href*="pile=extensions"]`, http.StatusOK)
	b.must("要等管件到货")
	b.unfold(deedForm("grant-extension"))
	b.write(`[name="grant-extension-reason"]`, "管件到货后立即修复")
	b.follow(deedForm("grant-extension")+" .button", http.StatusOK)
	b.mustBeAt("/desk/supervision")
	if rows := b.texts("[data-row]"); len(rows) != 0 {
		t.Errorf("still to decide: %q", rows)
	}
	b.follow(`.tabs a[href*="pile=overdue"]`, http.StatusOK)
	b.follow(rowOf(late), http.StatusOK)
	b.unfold(deedForm("order"))
	b.write("#field-order-text", "请于明日前报告进展")
	b.follow(deedForm("order")+" .button", http.StatusOK)
	b.load("/desk/supervision", http.StatusOK)
	b.follow(`.stat a[href*="pile=orders"]`, http.StatusOK)
	if rows := b.texts("[data-row]"); len(rows) != 1 {
		t.Errorf("orders that wait: %q", rows)
	}
	theCalls(b, s)
	b.mustBeQuiet("supervisor")

	v, err := s.desk.Look(t.Context(), s.clerk, s.id(t, asked))
	if err != nil || v.Extension != cases.ExtensionGranted || v.ExtensionDays != 3 {
		t.Errorf("granted: %s, %d days, %v", v.Extension, v.ExtensionDays, err)
	}
}

// theCalls rings up one of two writers who were answered: the list and the board's number go down, and the rating says that
// it was given on the telephone.
func theCalls(b *tab, s *site) {
	b.t.Helper()
	first, second := s.sendQuietly(b.t, "答复一"), s.sendQuietly(b.t, "答复二")
	s.answer(b.t, first, "已修好，请放心使用。")
	s.clock.Add(time.Minute)
	s.answer(b.t, second, "已清洗水箱。")
	calls := func() (board string, listed []string) {
		b.t.Helper()
		b.load("/desk/supervision", http.StatusOK)
		board = b.texts(`.stat-value a[href="/desk/calls"]`)[0]
		b.follow(`.stat-value a[href="/desk/calls"]`, http.StatusOK)
		return board, b.texts(`main .rows .number`)
	}
	if board, listed := calls(); board != "2" || !slices.Equal(listed, []string{first, second}) {
		b.t.Errorf("the board says %s, to call: %q", board, listed)
	}
	b.follow(`form[action="/desk/calls/`+first+`"] button`, http.StatusOK)
	b.must("13900001234", "已修好，请放心使用。")
	b.click(`input[name="record-rating-grade"][value="5"]`)
	b.write("#field-record-rating-words", "修得很快")
	b.follow(`form[action$="/end"] .button--primary`, http.StatusOK)
	b.mustBeAt("/desk/calls")
	b.must(first + "的回访结果已登记")
	if board, listed := calls(); board != "1" || !slices.Equal(listed, []string{second}) {
		b.t.Errorf("after a call the board says %s, to call: %q", board, listed)
	}
	v, err := s.desk.Look(b.t.Context(), s.clerk, s.id(b.t, first))
	if err != nil || v.Rating != cases.VerySatisfied || v.RatingSource != "telephone" {
		b.t.Errorf("rated %d by %q, %v", v.Rating, v.RatingSource, err)
	}
}

// administrationsDay: a department merges into another and takes its open case along, and the next year is loaded.
func administrationsDay(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	s.account(t, "admin", people.Grant{Role: people.Administrator})
	into, err := s.dir.AddDepartment(t.Context(), people.Department{Code: "D900", Name: "市水务和环境局", Kind: "bureau"})
	if err != nil {
		t.Fatal(err)
	}
	number := s.sendQuietly(t, "first")
	s.routeTo(t, number, s.water)
	before, err := s.desk.Look(t.Context(), s.clerk, s.id(t, number))
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Add(time.Hour)

	b := s.person(t, deskWidth, errs.ZH)
	b.signIn("admin")
	b.load("/admin/departments", http.StatusOK)
	b.follow(`a[href="/admin/departments/`+strconv.FormatInt(s.water, 10)+`/end"]`, http.StatusOK)
	b.choose("#field-into", strconv.FormatInt(into, 10))
	b.click("#roles")
	b.follow(`form[action$="/merge"] button`, http.StatusOK)
	b.load("/admin/calendar", http.StatusOK)
	b.click("summary")
	b.write("#field-text", notice2027)
	b.follow(previewButton, http.StatusOK)
	b.follow(`form[action="/admin/calendar"] .button--primary`, http.StatusOK)
	b.load("/admin/audit", http.StatusOK)
	b.must("市水务和环境局", "2027")
	b.mustBeQuiet("admin")

	handler := s.person(t, deskWidth, errs.ZH)
	handler.signIn("water")
	handler.mustBeAt("/desk/department")
	handler.follow(rowOf(number), http.StatusOK)
	after, err := s.desk.Look(t.Context(), s.clerk, s.id(t, number))
	if err != nil || after.LeadID != into || !after.DepartmentDueAt.Equal(before.DepartmentDueAt.Time) {
		t.Errorf("with %d, due %v, was %v: %v", after.LeadID, after.DepartmentDueAt, before.DepartmentDueAt, err)
	}
	handler.mustBeQuiet("handler")
}
