package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// plantNoise is one matter in the words of different people.
var plantNoise = []struct{ title, body string }{
	{"翠湖新城旁搅拌站夜间噪声扰民", "翠湖新城东门外新建的混凝土搅拌站夜里一直生产，轰鸣声到凌晨两点，孩子睡不着。"},
	{"搅拌站粉尘噪声影响翠湖新城居民", "翠湖新城离混凝土搅拌站不到两百米，粉尘落满阳台，夜间噪声很大。"},
	{"请查处翠湖新城附近的混凝土搅拌站", "混凝土搅拌站夜间生产，粉尘和噪声扰民，翠湖新城业主多次投诉没有结果。"},
	{"翠湖新城附近搅拌站夜间噪声太大", "混凝土搅拌站夜间生产，噪声让翠湖新城的老人无法休息，车辆进出带起粉尘。"},
}

// hotMatter has different people write about one matter, a day apart, and the city notice.
func (c *city) hotMatter(t *testing.T, n int) (first cases.ID, numbers []string) {
	t.Helper()
	for i := range n {
		words := plantNoise[i%len(plantNoise)]
		r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
			Kind: "complaint", Title: words.title, Body: words.body, Language: errs.ZH,
			Writer: cases.Contact{Name: "住户", Phone: fmt.Sprintf("139%08d", i)},
		})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = r.ID
		}
		numbers = append(numbers, r.Number)
		c.clock.Add(24 * time.Hour)
	}
	if found, err := c.desk.FindHotIssues(t.Context()); err != nil || found != 1 {
		t.Fatalf("%d hot issues, %v", found, err)
	}
	return first, numbers
}

func TestWhatManyWriteAboutStandsOnOnePage(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	other := c.letterIn(t, "水龙头发黄")
	c.as(t, "clerk").get("/hot").must(t, http.StatusOK, "目前没有多人反映的同一问题")
	first, numbers := c.hotMatter(t, 5)
	at := "/hot/" + strconv.FormatInt(int64(first), 10)
	for _, login := range []string{"clerk", "supervisor", "auditor"} {
		b := c.as(t, login)
		page := b.get("/hot").must(t, http.StatusOK, "翠湖新城", "搅拌站", "来信 5 封，来信人 5 人", "新出现", `href="`+at+`"`, "每过 30 天减半", "最近 14 天",
			"最近 12 周来信 5 封", "2026-03-05 至 2026-03-09", `<a href="/hot" aria-current="page">`)
		if strings.Contains(page.body, "水龙头") || strings.Count(page.body, "data-row") != 1 {
			t.Errorf("a letter by itself is an issue:\n%s", page.body)
		}
		page = b.get(at).must(t, http.StatusOK, append(numbers, "最早和最近来信")...)
		if strings.Contains(page.body, other) || strings.Count(page.body, " data-row ") != 5 {
			t.Errorf("the issue does not have its five letters:\n%s", page.body)
		}
	}
	c.in(t, "auditor", "en").get("/hot").must(t, http.StatusOK, "5 letters, 5 writers", "New", "halved every 30 days", "12 weeks, 5 letters; at most")
	for _, path := range []string{"/hot/" + strconv.FormatInt(int64(first)-1, 10), "/hot/0", "/hot/x", "/hot/99999999999999999999"} {
		c.as(t, "clerk").get(path).must(t, http.StatusNotFound)
	}
}

func TestProgramsReadHotIssuesAsJSON(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	b := c.as(t, "supervisor")
	if body := b.get("/hot?format=json").must(t, http.StatusOK).body; strings.TrimSpace(body) != `{"found_at":null,"issues":[]}` {
		t.Errorf("before anybody wrote: %s", body)
	}
	first, numbers := c.hotMatter(t, 4)
	b = c.as(t, "supervisor") // days have passed
	b.header.Set("Accept", "application/json")
	var list struct {
		FoundAt time.Time `json:"found_at"`
		Issues  []struct {
			ID      int64   `json:"id"`
			Place   string  `json:"place"`
			Letters int64   `json:"letters"`
			Writers int64   `json:"writers"`
			Heat    float64 `json:"heat"`
			Trend   string  `json:"trend"`
			Weeks   []int   `json:"weeks"`
		} `json:"issues"`
	}
	if err := json.Unmarshal([]byte(b.get("/hot").must(t, http.StatusOK).body), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Issues) != 1 || list.FoundAt.IsZero() {
		t.Fatalf("%+v", list)
	}
	if i := list.Issues[0]; i.ID != int64(first) || i.Place != "翠湖新城" || i.Letters != 4 || i.Writers != 4 || i.Trend != "new" || i.Heat <= 3 || i.Heat >= 4 || len(i.Weeks) != 12 {
		t.Errorf("%+v", i)
	}
	var one struct {
		Title string   `json:"title"`
		Cases []string `json:"cases"`
	}
	if err := json.Unmarshal([]byte(b.get("/hot/"+strconv.FormatInt(int64(first), 10)).must(t, http.StatusOK).body), &one); err != nil {
		t.Fatal(err)
	}
	if len(one.Cases) != 4 || one.Cases[0] != numbers[3] || one.Title == "" {
		t.Errorf("%+v", one)
	}
}

// What people type into a title is text on the page and never more.
func TestATitleOfAHotIssueIsOnlyText(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 4 {
		_, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
			Kind: "complaint", Title: "翠湖新城<b>搅拌站</b>噪声", Body: "翠湖新城旁混凝土搅拌站夜间噪声粉尘扰民。", Language: errs.ZH,
			Writer: cases.Contact{Name: "住户", Phone: fmt.Sprintf("138%08d", i)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.desk.FindHotIssues(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := c.as(t, "clerk").get("/hot").must(t, http.StatusOK, "&lt;b&gt;搅拌站")
	if strings.Contains(page.body, "<b>搅拌站") {
		t.Error("a title became part of the page")
	}
}
