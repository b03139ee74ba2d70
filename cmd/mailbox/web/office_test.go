package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/people"
)

var postedRow = regexp.MustCompile(`name="row" value="([^"]+)" form="batch"`)

// postedRows are the rows of the office's list as its form sends them.
func postedRows(page answerPage) []string {
	var rows []string
	for _, found := range postedRow.FindAllStringSubmatch(page.body, -1) {
		rows = append(rows, html.UnescapeString(found[1]))
	}
	return rows
}

const screening = "/desk/office?pile=screening"

func TestManyLettersAreRoutedAtOnceAndTakenBack(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	first, second, third := c.letterIn(t, "第一件"), c.letterIn(t, "第二件"), c.letterIn(t, "第三件")
	page := clerk.get(screening).must(t, http.StatusOK, "批量处理勾选的来信")
	form := url.Values{"row": postedRows(page), "case": {first, second, third}, "what": {"route"}, "explanation": {"先写好的说明"}}
	sound(t, "no department", clerk.post("/desk/office/batch?pile=screening", form).
		must(t, http.StatusUnprocessableEntity, `href="#field-lead"`, "先写好的说明", `value="`+first+`" form="batch" aria-label="选择 `+first+` 第一件" data-row-key="x" checked`))

	// A colleague is faster with one of them: it is said of that one, and the others go on.
	id := c.idOf(t, second)
	if _, err := c.desk.Correct(t.Context(), c.clerk, id, cases.AnyVersion, "help", "mailbox", "公用事业", ""); err != nil {
		t.Fatal(err)
	}
	form.Set("lead", strconv.FormatInt(c.water, 10))
	page = clerk.post("/desk/office/batch?pile=screening", form).must(t, http.StatusOK, "1 件未办理", "已有他人处理过该办件", "其余 2 件已办理", "已转办 2 件", "先写好的说明")
	sound(t, "one was not done", page)
	if c.state(t, first) != cases.Routed || c.state(t, second) != cases.Received || c.state(t, third) != cases.Routed {
		t.Error("not the two that could be routed were")
	}

	all, _, _ := strings.Cut(page.body, "撤回这 2 件")
	_, all, _ = strings.Cut(all, `id="just-routed"`)
	undo := formFields(all)
	if len(undo["row"]) != 2 {
		t.Fatalf("to take back: %v", undo)
	}
	clerk.post("/desk/office/take-back", undo).mustLeadTo(t, "/desk/office?pile=screening#row-"+third)
	page = clerk.get(screening).must(t, http.StatusOK, "已撤回 2 件转办", "第一件")
	if c.state(t, first) != cases.Screened || c.state(t, third) != cases.Screened || strings.Contains(page.body, "just-routed") {
		t.Error("the two are not back on the office's desk")
	}
	clerk.post("/desk/office/take-back", undo).must(t, http.StatusConflict, "2 件未办理")
	clerk.post("/desk/office/take-back", nil).must(t, http.StatusUnprocessableEntity, "请选择要撤回的转办")
	clerk.get("/desk/office/batch").mustLeadTo(t, "/desk/office")

	// On the case's own page, too, and only as long as it can be.
	water := strconv.FormatInt(c.water, 10)
	clerk.deed(first, "route", url.Values{"lead": {water}}).must(t, http.StatusSeeOther)
	clerk.get("/cases/"+first).must(t, http.StatusOK, "/take-back")
	clerk.deed(first, "take-back", nil).must(t, http.StatusSeeOther)
	clerk.deed(first, "route", url.Values{"lead": {water}}).must(t, http.StatusSeeOther)
	c.as(t, "water").deed(first, "acknowledge", nil).must(t, http.StatusSeeOther)
	if page := clerk.get("/cases/" + first); strings.Contains(page.body, "/take-back") {
		t.Error("what was signed for can be taken back")
	}
}

func TestManyLettersAreDeclinedOrMergedAtOnce(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	main, first, second := c.letterIn(t, "先来的"), c.letterIn(t, "第一件"), c.letterIn(t, "第二件")
	rows := postedRows(clerk.get(screening))
	send := func(what string, numbers []string, more url.Values) answerPage {
		form := url.Values{"row": rows, "case": numbers, "what": {what}}
		for name, values := range more {
			form[name] = values
		}
		return clerk.post("/desk/office/batch?pile=screening", form)
	}
	send("decline", []string{first, second}, url.Values{"reason": {"other"}}).must(t, http.StatusUnprocessableEntity, `href="#field-explanation"`)
	send("merge", []string{first}, url.Values{"into": {"x"}}).must(t, http.StatusUnprocessableEntity, `href="#field-into"`)
	send("merge", nil, nil).must(t, http.StatusUnprocessableEntity, "请至少勾选一件来信")
	send("sing", []string{first}, nil).must(t, http.StatusUnprocessableEntity)
	send("suggested", []string{first}, nil).must(t, http.StatusConflict, "没有可直接采用的承办建议")
	send("merge", []string{main, first}, url.Values{"into": {main}}).must(t, http.StatusOK, "不能并入自身", "其余 1 件已办理")
	send("decline", []string{second}, url.Values{"reason": {"court"}}).mustLeadTo(t, screening)
	clerk.get(screening).must(t, http.StatusOK, "已不予受理 1 件")
	if c.state(t, first) != cases.Merged || c.state(t, second) != cases.Declined || c.state(t, main) != cases.Received {
		t.Error("not what was asked for")
	}
}

func TestTheNextRowAndTheFormOfARefusalAreOneKeyAway(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.learns(t, 60)
	clerk := c.as(t, "clerk")
	var numbers []string
	for _, title := range []string{"停水", "又停水", "还停水"} {
		numbers = append(numbers, c.aNewLetter(t, title, "家里停水两天了，水压太低。").Number)
	}
	if _, err := c.desk.SuggestNew(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := postedRows(clerk.get(screening))
	for i, next := range []string{"#row-" + numbers[1], "#row-" + numbers[2]} {
		clerk.post("/desk/office/batch?pile=screening", url.Values{"row": rows, "one": {numbers[i]}}).
			mustLeadTo(t, "/desk/office?pile=screening&done=1"+next)
	}
	clerk.get(screening+"&done=1").must(t, http.StatusOK, "已转办 1 件", `data-key="z"`, "市水务集团")
	page := clerk.get("/cases/"+numbers[2]+"?do=decline").must(t, http.StatusOK)
	if _, folded, _ := strings.Cut(page.body, "<summary>不予受理</summary>"); !strings.Contains(page.body, `open><summary>不予受理</summary>`) || folded == "" {
		t.Error("the form that declines is folded")
	}
	// A case that came back stands on top, with the department's words.
	id := c.idOf(t, numbers[0])
	if _, err := c.desk.Return(t.Context(), c.waterworks, id, cases.AnyVersion, "小区内部管网，<b>由物业负责</b>。"); err != nil {
		t.Fatal(err)
	}
	page = clerk.get(screening).must(t, http.StatusOK, "市水务集团退回：", "小区内部管网，&lt;b&gt;由物业负责&lt;/b&gt;。")
	if got := postedRows(page); len(got) != 2 || !strings.HasPrefix(got[0], numbers[0]+" ") {
		t.Errorf("the list begins with %v", got)
	}
	sound(t, "a case that came back", page)
	if _, err := c.desk.JustRouted(t.Context(), c.waterworks, 5); err == nil {
		t.Error("a department is told what the office can take back")
	}
	if _, err := c.desk.ReturnsOf(t.Context(), people.TheWriter(int64(id), "zh"), []cases.ID{id}); err == nil {
		t.Error("a writer is told why a department gave it back")
	}
}

func (c *staffed) idOf(t *testing.T, number string) cases.ID {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
