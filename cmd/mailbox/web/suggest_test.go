package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// aNewLetter comes from a writer and is not routed.
func (c *city) aNewLetter(t *testing.T, title, body string) cases.Receipt {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "help", Title: title, Body: body, Language: errs.ZH, Writer: cases.Contact{Name: "周小禾", Phone: "139 0000 1234"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheOfficeSeesWhoMightAnswerWhyAndRoutesWithOnePress(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	first := c.aNewLetter(t, "三楼<停水>", "三楼停水，水压低。")
	page := clerk.get("/cases/"+first.Number).must(t, http.StatusOK, "建议承办单位", "尚无足够的已办来信", "市水务集团")
	sound(t, "a suggestion by rules", page)
	if strings.Contains(page.body, "正确概率") {
		t.Error("a probability is shown though nothing was learned")
	}

	c.learns(t, 60)
	r := c.aNewLetter(t, "家里<b>停水</b>两天了", "水压太低，洗不了澡。")
	page = clerk.get("/cases/"+r.Number).must(t, http.StatusOK,
		"依据转办规则和以往来信的办理情况（第 1 版）", "正确概率", "转办给市水务集团", "<mark>", "&lt;b&gt;", "相似来信", "建议主题", "主题改为公用事业", "标出的词语是首选建议的依据")
	sound(t, "a suggestion that was learned", page)
	if strings.Contains(page.body, "<b>停水") {
		t.Error("the letter's own marks are marks on the page")
	}
	// The form begins with the first suggestion; one press of the button does without the form.
	_, panel, _ := strings.Cut(page.body, `aria-labelledby="suggestion"`)
	press, _, _ := strings.Cut(panel, "</form>")
	clerk.post("/cases/"+r.Number+"/route", formFields(press)).mustLeadTo(t, "/cases/"+r.Number)
	clerk.get("/cases/"+r.Number).must(t, http.StatusOK, "市水务集团")
	// A department is shown its case and no suggestion.
	if page := c.as(t, "water").get("/cases/"+r.Number).must(t, http.StatusOK, "停水"); strings.Contains(page.body, "建议承办单位") || strings.Contains(page.body, "<mark>") {
		t.Error("the department is told who might answer")
	}
}

func TestTheListOfLettersToRouteShowsWhatWasSuggestedAndRoutesWithOnePress(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.learns(t, 60)
	r := c.aNewLetter(t, "家里停水两天了", "水压太低，洗不了澡。")
	if _, err := c.desk.SuggestNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	clerk := c.as(t, "clerk")
	page := clerk.get("/desk/office?pile=screening").must(t, http.StatusOK, "建议：市水务集团（", "转办给市水务集团", "“停水”")
	sound(t, "the office's list", page)
	form := url.Values{"row": postedRows(page), "one": {r.Number}}
	clerk.post("/desk/office/batch?pile=screening", form).mustLeadTo(t, "/desk/office?pile=screening&done=1#just-routed")
	if page := clerk.get("/desk/office?pile=screening"); len(postedRows(page)) != 0 {
		t.Error("the letter is still in the list")
	}
	// Pressed again by somebody who had the list open, it says that it has moved on.
	clerk.post("/desk/office/batch?pile=screening", form).must(t, http.StatusConflict, "1 件未办理", "已有他人处理过该办件")
}
