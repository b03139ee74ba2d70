package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var keptList = regexp.MustCompile(`/desk/views/(\d+)/drop`)

func TestADepartmentSharesOutItsCases(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	mine, free := c.routed(t, "我来办的信"), c.routed(t, "没人办的信")
	water := c.as(t, "water")
	account := strconv.FormatInt(c.actor(t, "water").Account, 10)
	water.deed(mine, "assign", url.Values{"holder": {"x"}}).must(t, http.StatusUnprocessableEntity, `href="#field-assign-holder"`)
	water.deed(mine, "assign", url.Values{"holder": {account}}).mustLeadTo(t, "/cases/"+mine)
	water.get("/cases/"+mine).must(t, http.StatusOK, "承办人", "指定承办人", `<option value="`+account+`" selected>`)
	for query, want := range map[string][2]bool{
		"": {true, true}, "holder=mine": {true, false}, "holder=nobody": {false, true}, "holder=" + account: {true, false}, "holder=99999": {false, false}, "holder=<": {true, true},
	} {
		body := water.get("/desk/department?"+query).must(t, http.StatusOK).body
		if got := [2]bool{strings.Contains(body, "/cases/"+mine), strings.Contains(body, "/cases/"+free)}; got != want {
			t.Errorf("%q shows %v, want %v", query, got, want)
		}
	}
	page := water.get("/desk/department?holder=mine").must(t, http.StatusOK, `aria-current="true">我的 1</a>`, "无人承办 1</a>", "全部 2</a>")
	sound(t, "a department's list", page)
}

func TestAListIsKeptUnderANameAndFoundAgain(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.routed(t, "水发黄的信")
	water := c.as(t, "water")
	query := "kind=complaint&pile=department&sort=changed"
	water.get("/desk/department?"+query).must(t, http.StatusOK, "保存列表", `name="query" value="kind=complaint&amp;pile=department&amp;sort=changed"`)
	form := url.Values{"desk": {"department"}, "query": {query}, "name": {" "}}
	page := water.post("/desk/views", form).must(t, http.StatusUnprocessableEntity, `href="#field-name"`, "水发黄的信")
	sound(t, "a name that came back", page)
	form.Set("name", "投诉<新>")
	water.post("/desk/views", form).mustLeadTo(t, "/desk/department?"+query)
	page = water.get("/desk/department").must(t, http.StatusOK, "投诉&lt;新&gt; 1</a>", `href="/desk/department?kind=complaint&amp;pile=department&amp;sort=changed"`)
	sound(t, "a desk with lists", page)
	id := keptList.FindStringSubmatch(page.body)[1]
	water.post("/desk/views", form).must(t, http.StatusUnprocessableEntity, "已有名为")
	water.post("/desk/views/"+id+"/rename", url.Values{"desk": {"department"}, "query": {query}, "name-" + id: {strings.Repeat("长", 31)}}).
		must(t, http.StatusUnprocessableEntity, `href="#field-name-`+id+`"`, strings.Repeat("长", 31))
	water.post("/desk/views/"+id+"/rename", url.Values{"desk": {"department"}, "query": {query}, "name-" + id: {"投诉"}}).mustLeadTo(t, "/desk/department?"+query)
	c.as(t, "waterlead").get("/desk/department").must(t, http.StatusOK)
	if strings.Contains(c.as(t, "waterlead").get("/desk/department").body, "/desk/views/"+id) {
		t.Error("another's list is shown")
	}
	water.post("/desk/views/"+id+"/drop", form).mustLeadTo(t, "/desk/department?"+query)
	water.post("/desk/views/"+id+"/drop", form).mustLeadTo(t, "/desk/department?"+query)
	water.get("/desk/department").must(t, http.StatusOK, "该列表已在别处删除")
	water.post("/desk/views", url.Values{"desk": {"office"}, "name": {"x"}}).mustLeadTo(t, "/desk")
}

func TestTheGroupsOfAListSayHowManyThereAreOnAllPages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 51 {
		c.routed(t, "第"+strconv.Itoa(i)+"封")
	}
	water := c.as(t, "water")
	for _, query := range []string{"", "?page=2"} {
		water.get("/desk/department"+query).must(t, http.StatusOK, `以后到期 <span class="count">51</span>`)
	}
	if body := water.get("/desk/department?sort=received").must(t, http.StatusOK).body; strings.Contains(body, "<h2>") {
		t.Error("a list in another order is cut by time left")
	}
}
