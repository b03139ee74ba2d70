package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// openPagesAreTold has two colleagues at one list and one case: each page says what has changed and moves nothing.
func openPagesAreTold(t *testing.T, browser *engine) {
	s := newSite(t, browser)
	lead := s.account(t, "waterlead", people.Grant{Role: people.Leader, Department: s.water})
	first := s.sendQuietly(t, "first")
	clerk := s.person(t, deskWidth, errs.ZH)
	clerk.signIn("clerk")
	clerk.until(listening)
	clerk.press("j")
	second := s.sendQuietly(t, "second")
	clerk.until(`document.querySelector("[data-live-words]").textContent === "新到 1 件" && !document.querySelector("[data-live]").hidden`)
	if rows := clerk.texts("[data-row]"); len(rows) != 1 {
		t.Errorf("the list moved by itself: %q", rows)
	}
	if counts := clerk.texts(".tabs a[aria-current]"); !strings.Contains(counts[0], "2") {
		t.Errorf("the tab says %q", counts)
	}
	clerk.click("[data-live-show]")
	clerk.until(`document.querySelectorAll("[data-row]").length === 2`)
	if focused := eval[string](clerk, `document.activeElement.getAttribute("href")`); focused != "/cases/"+first {
		t.Errorf("%q has the focus", focused)
	}
	clerk.mustBeQuiet("clerk")

	s.routeTo(t, second, s.water)
	water, leader := s.person(t, deskWidth, errs.ZH), s.person(t, deskWidth, errs.ZH)
	water.signIn("water")
	leader.signIn("waterlead")
	water.load("/cases/"+second, http.StatusOK)
	water.until(listening)
	leader.load("/cases/"+second, http.StatusOK)
	water.until(`document.querySelector("[data-presence]").textContent.includes("waterlead正在查看")`)
	leader.until(`document.querySelector("[data-presence]").textContent.includes("water正在查看")`)
	leader.write("#field-reply-reply", "写了一半的答复")
	water.until(`document.querySelector("[data-presence]").textContent.includes("waterlead正在填写")`)
	id, err := s.desk.Find(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.Add(time.Minute)
	if _, err := s.desk.Acknowledge(t.Context(), lead, id, cases.AnyVersion); err != nil {
		t.Fatal(err)
	}
	leader.until(`document.querySelector("[data-live-words]").textContent.includes("他人刚处理了这个办件")`)
	leader.click("[data-live-show]")
	leader.until(`document.querySelector("[data-live-part=history]").textContent.includes("签收")`)
	if typed := eval[string](leader, `document.getElementById("field-reply-reply").value`); typed != "写了一半的答复" {
		t.Errorf("typed is %q", typed)
	}
	leader.until(listening)
	if err := s.desk.Note(t.Context(), s.waterworks, id, "管件已订货，后天到"); err != nil {
		t.Fatal(err)
	}
	leader.until(`document.querySelector("[data-live-words]").textContent.includes("他人刚写了内部备注")`)
	leader.click("[data-live-show]")
	leader.until(`document.querySelector("[data-live-part=notes]").textContent.includes("管件已订货")`)
	if typed := eval[string](leader, `document.getElementById("field-reply-reply").value`); typed != "写了一半的答复" {
		t.Errorf("after the note typed is %q", typed)
	}
	water.close()
	leader.mustBeQuiet("leader")
}

// listening is true when the page has its line.
const listening = `line && line.readyState === EventSource.OPEN`

func (s *site) routeTo(t *testing.T, number string, lead int64) {
	t.Helper()
	id, err := s.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.desk.Route(t.Context(), s.clerk, id, cases.AnyVersion, lead); err != nil {
		t.Fatal(err)
	}
}
