package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mailbox/cases"
)

const stopped = "东湖小区三号楼自周一起停水，打电话给物业和水务都说不清楚何时恢复，家里有老人，请尽快处理。"

// routedLetter is a letter with a text of its own in the hands of a department.
func (c *staffed) routedLetter(t *testing.T, title, body string, lead int64) string {
	t.Helper()
	number := c.aNewLetter(t, title, body).Number
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, lead); err != nil {
		t.Fatal(err)
	}
	return number
}

func TestAReplyBeginsWithWhatLikeLettersWereAnsweredAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	past := c.routedLetter(t, "东湖小区<停水>三天", stopped, c.water)
	c.answerRouted(t, past, "水管爆裂，<当晚>已修好。")
	foreign := c.routedLetter(t, "东湖小区停水", stopped+"请答复。", c.roads)
	number := c.routedLetter(t, "东湖小区又停水了", "又停水了。"+stopped, c.water)
	water, at := c.as(t, "water"), "/cases/"+number
	page := water.get(at).must(t, http.StatusOK, "类似来信的答复", "水管爆裂，&lt;当晚&gt;已修好。", "填入我的答复", `form="do-reply"`, `value="`+past+`"`)
	sound(t, "a case with past answers", page)
	if _, shown, _ := strings.Cut(page.body, `id="past"`); strings.Contains(shown, foreign) {
		t.Error("a letter that has no answer is shown")
	}
	if page := c.in(t, "auditor", "en").get(at).must(t, http.StatusOK, "What like letters were answered", past); strings.Contains(page.body, `name="take"`) {
		t.Error("who writes no reply is offered to take one")
	}
	// Who may merge has it among what the letter may repeat, with its answer, and not twice.
	for _, login := range []string{"clerk", "supervisor"} {
		page := c.as(t, login).get(at).must(t, http.StatusOK, `id="repeats"`, past)
		if strings.Contains(page.body, `id="past"`) || strings.Count(page.body, "水管爆裂，&lt;当晚&gt;已修好。") != 1 {
			t.Errorf("%s is not shown the answer once", login)
		}
	}

	fill := at + "/reply/preview"
	typed := url.Values{"version": {water.version(number)}, "take": {past}}
	page = water.post(fill, typed).must(t, http.StatusOK, "水管爆裂，&lt;当晚&gt;已修好。</textarea>")
	sound(t, "filled in", page)
	typed.Set("reply-reply", "我先写了一句。")
	page = water.post(fill, typed).must(t, http.StatusOK, "我先写了一句。</textarea>", "以下文字尚未填入", `name="take-append" value="`+past+`"`)
	sound(t, "asked first", page)
	typed.Del("take")
	typed.Set("take-append", past)
	water.post(fill, typed).must(t, http.StatusOK, "我先写了一句。\n\n水管爆裂，&lt;当晚&gt;已修好。</textarea>")
	typed.Del("take-append")
	typed.Set("take-replace", past)
	if page := water.post(fill, typed).must(t, http.StatusOK, "水管爆裂"); strings.Contains(page.body, "我先写了一句。") {
		t.Error("what was to be replaced is still there")
	}
	typed.Set("take-replace", foreign) // another department's
	sound(t, "not theirs", water.post(fill, typed).must(t, http.StatusNotFound, "我先写了一句。</textarea>", "该答复已不存在，或您无权查看"))

	// Where the leader signs off, what is taken begins what goes to the leader.
	if err := c.dir.SetApproval(t.Context(), c.actorOf(t, "admin"), c.water, true); err != nil {
		t.Fatal(err)
	}
	water.get(at).must(t, http.StatusOK, `form="do-propose"`)
	typed = url.Values{"version": {water.version(number)}, "take": {past}}
	page = water.post(at+"/propose/preview", typed).must(t, http.StatusOK, `name="propose-reply"`, "水管爆裂，&lt;当晚&gt;已修好。</textarea>")
	sound(t, "filled in for the leader", page)
}
