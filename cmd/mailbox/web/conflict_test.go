package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

func TestTwoRepliesStandSideBySide(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, lead := c.as(t, "water"), c.as(t, "waterlead")
	seen := water.version(number)
	lead.deed(number, "reply", url.Values{"reply": {"路灯已于周五修复。"}}).must(t, http.StatusSeeOther)
	page := water.post("/cases/"+number+"/reply", url.Values{"version": {seen}, "reply-reply": {"路灯已于周四修复。"}})
	page.must(t, http.StatusConflict, "他人做了这些", "您填写的", "现有的：测试 waterlead",
		"路灯已于周<mark>四</mark>修复。", "路灯已于周<mark>五</mark>修复。", `data-draft-drop="`+number+`-reply"`, `href="/cases/`+number+`"`)
	if strings.Contains(page.body, `form="do-reply"`) {
		t.Error("a second reply can be sent")
	}
}

func TestWhatWasTypedCanBeSentHavingSeenTheOther(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, lead, clerk := c.as(t, "water"), c.as(t, "waterlead"), c.as(t, "clerk")
	lead.deed(number, "reply", url.Values{"reply": {"第一稿"}}).must(t, http.StatusSeeOther)
	seen := clerk.version(number)
	clerk.deed(number, "send-back", url.Values{"comment": {"请写明时间"}}).must(t, http.StatusSeeOther)
	water.deed(number, "reply", url.Values{"reply": {"第二稿"}}).must(t, http.StatusSeeOther)

	form := url.Values{"version": {seen}, "answer-reply": {"第一稿，已改。"}}
	page := clerk.post("/cases/"+number+"/answer", form).must(t, http.StatusConflict, `<button class="button" form="do-answer">`, `id="do-answer"`,
		"第<mark>一</mark>稿<mark>，已改。</mark>", "第<mark>二</mark>稿", "第一稿，已改。</textarea>")
	form.Set("version", versionField.FindStringSubmatch(page.body)[1])
	clerk.post("/cases/"+number+"/answer", form).mustLeadTo(t, "/cases/"+number)
	if got := c.state(t, number); got != cases.Answered {
		t.Errorf("the state is %s", got)
	}
}

func TestWhoHasTheCaseOpenTwiceIsToldSo(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water := c.as(t, "water")
	seen := water.version(number)
	water.deed(number, "ask-writer", url.Values{"question": {"请补充灯杆编号"}}).must(t, http.StatusSeeOther)
	page := water.post("/cases/"+number+"/reply", url.Values{"version": {seen}, "reply-reply": {"写了很久的答复"}})
	page.must(t, http.StatusConflict, "自己在别处做了这些", "自己已在别处", "请补充灯杆编号", "写了很久的答复</textarea>")
}

// The answer to the first sending was lost on its way, and the person presses again.
func TestAFormSentTwiceDoesItOnce(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, lead := c.as(t, "water"), c.as(t, "waterlead")
	for _, deed := range []struct {
		path string
		form url.Values
	}{
		{"acknowledge", url.Values{}},
		{"ask-writer", url.Values{"ask-writer-question": {"请补充\r\n灯杆编号 "}}},
		{"reply", url.Values{"reply-reply": {" 路灯已修复。"}}},
	} {
		deed.form.Set("version", water.version(number))
		water.post("/cases/"+number+"/"+deed.path, deed.form).mustLeadTo(t, "/cases/"+number)
		before := water.get("/cases/" + number).body
		water.post("/cases/"+number+"/"+deed.path, deed.form).mustLeadTo(t, "/cases/"+number)
		water.get("/cases/"+number).must(t, http.StatusOK, "没有重复提交")
		if was, is := strings.Count(before, "<li"), strings.Count(water.get("/cases/"+number).body, "<li"); was != is {
			t.Errorf("%s: the page had %d entries and has %d", deed.path, was, is)
		}
		lead.post("/cases/"+number+"/"+deed.path, deed.form).must(t, http.StatusConflict) // somebody else's is another
	}
}

func TestAReplyWrittenWhileTheSessionEndedIsKept(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water := c.as(t, "water")
	form := url.Values{"version": {water.version(number)}, "reply-reply": {"写了一个小时的答复"}}
	c.clock.Add(31 * time.Minute)
	page := water.post("/cases/"+number+"/reply", form).must(t, http.StatusUnauthorized, "您的登录已过期", "写了一个小时的答复", `action="/cases/`+number+`/reply"`)
	if got := c.state(t, number); got != cases.Routed {
		t.Fatalf("the state is %s", got)
	}
	again := c.as(t, "water")
	again.post("/cases/"+number+"/reply", hiddenFields(page.body)).mustLeadTo(t, "/cases/"+number)
	if got := c.state(t, number); got != cases.Replied {
		t.Errorf("the state is %s", got)
	}
}

func TestADutyThatComesMeanwhileLosesNothingTyped(t *testing.T) {
	t.Parallel()
	c := &staffed{city: newCity(t, func(config *web.Config) { config.SecondFactor = []people.Role{people.Handler} })}
	number := c.routed(t, "路灯不亮")
	water := c.browser(t)
	water.post("/sign-in", url.Values{"login": {"water"}, "password": {passphrase}}).mustLeadTo(t, "/account/second-factor")
	form := url.Values{"version": {"2"}, "reply-reply": {"写了一个小时的答复"}}
	page := water.post("/cases/"+number+"/reply", form).must(t, http.StatusForbidden, "还须完成一步", "写了一个小时的答复", `href="/account/second-factor"`)
	c.enrolled(t, water, "water")
	water.post("/cases/"+number+"/reply", hiddenFields(page.body)).mustLeadTo(t, "/cases/"+number)
}
