package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases"
)

func TestTickedLettersAreMergedEachIntoTheCaseThatItsRowNames(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	const lamp = "砚井路从水塔到铁路桥这一段，七盏路灯从上个月起就不亮了，学生放学要摸黑走，请尽快修复。"
	clerk := c.as(t, "clerk")
	water, lamps := c.aNewLetter(t, "东湖小区<停水>", stopped).Number, c.aNewLetter(t, "路灯不亮", lamp).Number
	again, third := c.aNewLetter(t, "又停水了", "再次来信。"+stopped).Number, c.aNewLetter(t, "还在停水", "再次来信。"+stopped+"谢谢！").Number
	dark, alone := c.aNewLetter(t, "路灯<还>不亮", lamp+"盼复。").Number, c.aNewLetter(t, "申请公园增设长椅", "南门公园散步的老人多，想请园林部门在湖边增设几张长椅。").Number
	page := clerk.get(screening).must(t, http.StatusOK, "各自并入其可能重复的办件")
	form := url.Values{"row": postedRows(page), "case": {again, third, dark, alone}, "what": {"merge-own"}}
	page = clerk.post("/desk/office/batch?pile=screening", form).must(t, http.StatusOK, "核对后各自并案", "将 "+again+" 并入 "+water, "将 "+third+" 并入 "+water,
		"将 "+dark+" 并入 "+lamps, "路灯&lt;还&gt;不亮", "没有可并入的办件，保留不动", alone, "并案会立即告知来信人")
	sound(t, "where each would go", page)
	for _, number := range []string{again, third, dark} {
		if c.state(t, number) != cases.Received {
			t.Fatalf("%s is merged before anybody has looked", number)
		}
	}
	clerk.post("/desk/office/batch?pile=screening", url.Values{"row": form["row"], "case": {alone}, "what": {"merge-own"}}).must(t, http.StatusOK, "勾选的来信都没有可并入的办件")
	clerk.post("/desk/office/batch?pile=screening", url.Values{"row": form["row"], "what": {"merge-own"}}).must(t, http.StatusUnprocessableEntity, "请至少勾选一件来信")

	_, shown, _ := strings.Cut(page.body, "核对后各自并案</h1>")
	shown, _, _ = strings.Cut(shown, "</form>")
	sent := formFields(shown)
	sent.Set("what", "merge-each")
	sent["case"] = []string{again, third, dark}
	if len(sent["pair"]) != 3 || len(sent["row"]) != 3 {
		t.Fatalf("the form sends %v", sent)
	}
	// A colleague is faster with one of them, and the lamps' letter complains of who has the first: both are said, the third goes.
	if _, err := c.desk.Correct(t.Context(), c.clerk, c.idOf(t, third), cases.AnyVersion, "help", "mailbox", "公用事业", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Accuse(t.Context(), c.clerk, c.idOf(t, dark), cases.AnyVersion, c.roads); err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, c.idOf(t, lamps), cases.AnyVersion, c.roads); err != nil {
		t.Fatal(err)
	}
	for i, row := range sent["row"] {
		if strings.HasPrefix(row, dark+" ") {
			sent["row"][i] = dark + " 2 0" // seen after it was marked
		}
	}
	page = clerk.post("/desk/office/batch?pile=screening", sent).must(t, http.StatusOK, "2 件未办理", "已有他人处理过该办件", "来信反映的正是市政工程处", "其余 1 件已办理")
	sound(t, "two are left", page)
	for number, want := range map[string]cases.State{again: cases.Merged, third: cases.Received, dark: cases.Received, alone: cases.Received} {
		if got := c.state(t, number); got != want {
			t.Errorf("%s is %s, want %s", number, got, want)
		}
	}

	// The form sent again says the same of those two and does the other no second time.
	clerk.post("/desk/office/batch?pile=screening", sent).must(t, http.StatusOK, "2 件未办理", "其余 1 件已办理")
	sent["case"] = []string{again}
	clerk.post("/desk/office/batch?pile=screening", sent).mustLeadTo(t, screening)
	clerk.get(screening).must(t, http.StatusOK, "已将 1 件各自并案")
	v, err := c.desk.Look(t.Context(), c.clerk, c.idOf(t, again))
	if err != nil || v.Into != water || v.Version != 2 {
		t.Errorf("it went into %s in %d steps, %v", v.Into, v.Version-1, err)
	}
	// Unticked, or with no case named, nothing goes.
	sent["case"] = nil
	clerk.post("/desk/office/batch?pile=screening", sent).must(t, http.StatusUnprocessableEntity, "请至少勾选一件来信")
	clerk.post("/desk/office/batch?pile=screening", url.Values{"row": form["row"], "case": {third}, "what": {"merge-each"}}).must(t, http.StatusUnprocessableEntity)
	clerk.post("/desk/office/batch?pile=screening", url.Values{"row": form["row"], "case": {third}, "what": {"merge-each"}, "pair": {third + " x"}}).must(t, http.StatusUnprocessableEntity)
	c.as(t, "supervisor").post("/desk/office/batch", sent).must(t, http.StatusForbidden)
}
