package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
)

func TestAKeptPageCarriesEachReadersOwnTokenAndChoices(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	for _, path := range []string{"/", "/board", "/letters", "/letters?words=" + url.QueryEscape("水箱")} {
		one, other := c.browser(t), c.browser(t)
		first := one.get(path).must(t, http.StatusOK, one.token())
		second := other.get(path).must(t, http.StatusOK, other.token())
		if one.token() == other.token() || strings.Contains(second.body, one.token()) {
			t.Errorf("%s: somebody else's token", path)
		}
		if strings.ReplaceAll(first.body, one.token(), "") != strings.ReplaceAll(second.body, other.token(), "") {
			t.Errorf("%s: two readers read two pages", path)
		}
		other.post("/preferences", url.Values{"lang": {"en"}, "size": {"large"}, "theme": {"dark"}, "back": {path}}).must(t, http.StatusSeeOther)
		other.get(path).must(t, http.StatusOK, `lang="en"`, "dark", "large")
		one.get(path).must(t, http.StatusOK, `lang="zh-CN"`)
	}
	// Who has signed in reads their own page, and nobody else reads it after them.
	clerk, stranger := c.browser(t), c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	clerk.get("/letters").must(t, http.StatusOK, "测试 clerk")
	if page := stranger.get("/letters"); strings.Contains(page.body, "测试 clerk") {
		t.Error("a stranger reads who has signed in")
	}
	clerk.get("/letters").must(t, http.StatusOK, "测试 clerk")
}

func TestAKeptListShowsWhatIsPublishedNow(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	_, first := c.consented(t)
	_, second := c.consented(t)
	b := c.browser(t)
	shows := func(want ...bool) {
		t.Helper()
		for i, title := range []string{"第一封", "第二封"} {
			for _, path := range []string{"/letters", "/letters?words=" + url.QueryEscape("水发黄")} {
				if got := strings.Contains(b.get(path).must(t, http.StatusOK).body, title); got != want[i] {
					t.Errorf("%s on %s: %t", title, path, got)
				}
			}
		}
	}
	publish := func(id cases.ID, title string) {
		t.Helper()
		if _, err := c.desk.Publish(t.Context(), c.clerk, id, cases.AnyVersion, cases.Publication{Title: title, Body: "水发黄", Answer: "已清洗"}); err != nil {
			t.Fatal(err)
		}
	}
	shows(false, false)
	publish(first, "第一封")
	shows(true, false)
	publish(second, "第二封")
	shows(true, true)
	publish(second, "第三封") // its text was changed
	shows(true, false)
	if _, err := c.desk.Unpublish(t.Context(), c.clerk, first, cases.AnyVersion, "来信人要求"); err != nil {
		t.Fatal(err)
	}
	shows(false, false)
}

func TestAKeptPageIsWrittenAnewAfterAMinute(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	now := regexp.MustCompile(`data-now="[^"]*"`)
	board := func() string { return now.ReplaceAllString(b.get("/board").must(t, http.StatusOK).body, "") }
	before := board()
	c.write(t, "")
	c.clock.Add(59 * time.Second)
	if board() != before {
		t.Error("within the minute the board is written anew")
	}
	c.clock.Add(2 * time.Minute)
	if board() == before {
		t.Error("two minutes later the board says what it said")
	}
}
