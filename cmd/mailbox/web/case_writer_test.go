package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
)

func TestThePageOfACaseListsTheOtherLettersOfItsWriterWithoutTheContact(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	answered := c.letterIn(t, "<第一封>水管漏水")
	c.answer(t, answered, "已修好。")
	id, err := c.desk.Find(t.Context(), answered)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.RecordRating(t.Context(), c.clerk, id, 0, cases.Rating{Grade: cases.VerySatisfied}); err != nil {
		t.Fatal(err)
	}
	for n := range 8 {
		c.letterIn(t, "又一封"+strconv.Itoa(n))
	}
	number := c.routed(t, "最近一封")
	at := "/cases/" + number
	clerk := c.as(t, "clerk")
	page := clerk.get(at).must(t, http.StatusOK, "同一来信人的其他来信（9件）", "又一封7", "尚未转办", `href="/search?writer=`)
	page.mustHide(t, "the office's page")
	sound(t, "a case whose writer wrote before", page)
	if _, listed, _ := strings.Cut(page.body, `id="writer-letters"`); strings.Contains(listed, answered) {
		t.Error("nine are listed, where eight are enough")
	}
	link := regexp.MustCompile(`href="(/search\?writer=[^"]+)"`).FindStringSubmatch(page.body)[1]
	clerk.get(link).must(t, http.StatusOK, answered, number).mustHide(t, "the search for all of them")

	water := c.as(t, "water")
	page = water.get(at).must(t, http.StatusOK, "同一来信人的其他来信（1件）", `href="/cases/`+answered+`"`, "&lt;第一封&gt;水管漏水", "非常满意", "市水务集团")
	if strings.Contains(page.body, "又一封") || strings.Contains(page.body, "/search?writer=") {
		t.Error("a department is shown letters that are not its own")
	}
	c.in(t, "supervisor", "en").get(at).must(t, http.StatusOK, "Other letters of this writer (9)", "never by name").mustHide(t, "supervision's page")

	if _, err := c.desk.MarkConfidential(t.Context(), c.clerk, id, 0, "怕报复"); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{number, answered} {
		if page := water.get("/cases/" + of); strings.Contains(page.body, "同一来信人") {
			t.Errorf("%s says what is confidential", of)
		}
	}
	if page := c.as(t, "supervisor").get("/cases/" + answered); strings.Contains(page.body, "同一来信人") {
		t.Error("supervision is told who wrote a confidential letter")
	}
	clerk.get(at).must(t, http.StatusOK, "同一来信人的其他来信（9件）")
}
