package web_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/people"
)

// counter counts what is asked of a database.
type counter struct {
	mu    sync.Mutex
	asked []string
}

func (c *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

func (c *counter) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, e.Query)
}

// during counts what is asked while do runs.
func (c *counter) during(do func()) []string {
	c.mu.Lock()
	c.asked = nil
	c.mu.Unlock()
	do()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// mostOf is how many statements a page may ask for somebody.
type mostOf struct {
	login, path string
	most        int
}

// mostOnACase is the same for the page of a case in work, by who reads it.
var mostOnACase = map[string]int{"clerk": 62, "water": 52, "supervisor": 62, "auditor": 50}

// mostQueries is how many statements each page of the staff may ask of the database, whatever it shows; of them three
// say who is asking.
var mostQueries = []mostOf{
	{"clerk", screeningPath, 28},
	{"clerk", "/desk/office?pile=review", 18},
	{"clerk", "/desk/office?pile=reworks", 18},
	{"clerk", "/desk/office?pile=open", 18},
	{"clerk", "/desk/office?pile=overdue", 18},
	{"clerk", "/desk/office?pile=all", 18},
	{"clerk", "/desk/publish", 10},
	{"clerk", "/search", 10},
	{"clerk", "/search?words=%E6%B0%B4", 10},
	{"clerk", "/reports", 25},
	{"clerk", "/reports/departments", 25},
	{"clerk", "/reports/time", 25},
	{"clerk", "/reports/speed", 25},
	{"clerk", "/reports/satisfaction", 25},
	{"clerk", "/reports/topics", 20},
	{"clerk", "/reports/conduct", 20},
	{"clerk", "/reports/appraisal", 20},
	{"water", "/reports/department/1", 26},
	{"clerk", "/reports/how", 8},
	{"clerk", "/reports/cases?from=2026-03-01&through=2026-03-31&conduct=returned", 10},
	{"clerk", "/reports/written?from=2026-01-01&through=2026-06-30", 60},
	{"clerk", "/reports/cases?from=2026-03-01&through=2026-03-31&figure=received", 10},
	{"clerk", "/reports/stored", 8},
	{"clerk", "/reports/stored/1", 8},
	{"clerk", "/reports/closings", 8},
	{"clerk", "/reports/closings/1", 14},
	{"clerk", "/reports/closings/1/cases?figure=received", 10},
	{"supervisor", "/reports/closings/new?from=2026-02-01&through=2026-02-28", 24},
	{"clerk", "/hot", 10},
	{"water", "/desk/department", 18},
	{"water", "/desk/department?pile=assisting", 18},
	{"water", "/desk/department?pile=replied", 18},
	{"water", "/desk/department?pile=answered", 18},
	{"water", "/search?words=%E6%B0%B4", 10},
	{"supervisor", "/desk/supervision", 20},
	{"supervisor", "/desk/supervision?pile=overdue", 20},
	{"supervisor", "/desk/supervision?pile=open", 20},
	{"supervisor", "/desk/supervision?pile=answered", 20},
	{"auditor", "/desk/supervision?pile=all", 20},
	{"auditor", "/admin/exports", 8},
	{"admin", "/admin/people", 10},
	{"admin", "/admin/departments", 10},
	{"admin", "/admin/sign-ins", 10},
	{"admin", "/admin/tokens", 10},
}

// screeningPath is the one list that may ask more often for more letters, up to three times: the keys by which earlier
// letters alike are found are asked for some hundreds at once.
const screeningPath = "/desk/office"

// TestLongNoPageAsksTheDatabaseForEachOfItsRows opens every list with three cases in it and with thirty: it takes the same
// number of statements, and no more than it may.
func TestLongNoPageAsksTheDatabaseForEachOfItsRows(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	c.closeFebruary(t)
	c.storeFebruary(t)
	count := &counter{}
	c.db.Read.AddQueryHook(count) //nolint:staticcheck // the desk holds this one
	pages := slices.Clone(mostQueries)
	stays := "/cases/" + c.routed(t, "一直在办的水") // its writer has written all the others, and they are alike
	for login, most := range mostOnACase {
		pages = append(pages, mostOf{login, stays, most})
	}
	browsers := map[string]*browser{}
	for _, p := range pages {
		if browsers[p.login] == nil {
			browsers[p.login] = c.as(t, p.login)
		}
	}
	made := 0
	fill := func(n int) {
		err := c.db.WithoutSync(t.Context(), func() error {
			for ; made < n; made++ {
				c.inEveryPile(t, made)
				for _, b := range browsers {
					if made%5 == 0 {
						b.get("/account/password").must(t, http.StatusOK) // time goes on, and sessions end
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(path, login string) []string {
		browsers[login].get(path).must(t, http.StatusOK) // whatever is read once is read now
		return count.during(func() { browsers[login].get(path).must(t, http.StatusOK) })
	}
	fill(3)
	few := map[string][]string{}
	for _, p := range pages {
		few[p.login+p.path] = ask(p.path, p.login)
	}
	fill(30)
	for _, p := range pages {
		before, now := few[p.login+p.path], ask(p.path, p.login)
		more := len(now) - len(before)
		if more != 0 && (p.path != screeningPath || more > 3) {
			t.Errorf("%s asks for %s %d times with three cases and %d times with thirty:\n%s", p.login, p.path, len(before), len(now), strings.Join(most(now), "\n"))
		}
		t.Logf("%s %s: %d", p.login, p.path, len(now))
		if len(now) > p.most {
			t.Errorf("%s asks for %s %d times, and may %d times:\n%s", p.login, p.path, len(now), p.most, strings.Join(now, "\n"))
		}
	}
}

// most gives the beginnings of the statements that are asked again and again.
func most(asked []string) []string {
	times := map[string]int{}
	for _, q := range asked {
		times[q[:min(len(q), 120)]]++
	}
	var all []string
	for q, n := range times {
		if n > 2 {
			all = append(all, strconv.Itoa(n)+" × "+q)
		}
	}
	return all
}

// inEveryPile adds a case to each list there is.
func (c *staffed) inEveryPile(t *testing.T, n int) {
	t.Helper()
	title := func(what string) string { return what + "的水" + strconv.Itoa(n) }
	c.letterIn(t, title("新来"))
	id := func(number string) cases.ID {
		found, err := c.desk.Find(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	routed := func(what string) cases.ID { return id(c.routed(t, title(what))) }
	supervisor := c.actorOf(t, "supervisor")
	did := func(_ *cases.Case, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	assisted, replied, extension, ordered := routed("协办"), routed("已复"), routed("延期"), routed("督办")
	did(c.desk.AskAssist(t.Context(), c.clerk, assisted, 0, c.roads))
	did(c.desk.Reply(t.Context(), c.waterworks, replied, 0, "已更换水表。"+strconv.Itoa(n)))
	did(c.desk.AskExtension(t.Context(), c.waterworks, extension, 0, 1, "等配件"))
	did(c.desk.Order(t.Context(), supervisor, ordered, 0, 0, "请说明"))
	back := routed("退回")
	did(c.desk.Return(t.Context(), c.waterworks, back, 0, "不归我们"))
	other := c.letterIn(t, title("协办他局"))
	did(c.desk.Route(t.Context(), c.clerk, id(other), 0, c.roads, c.water))
	answered := c.letterIn(t, title("已答"))
	c.answer(t, answered, "已修好水管。")
	_, _, err := c.desk.Export(t.Context(), c.clerk, cases.Taken{List: "/search", Search: &cases.Search{}, Format: cases.CSV, Reason: "x"})
	if err != nil {
		t.Fatal(err)
	}
	c.account(t, "person"+strconv.Itoa(n), people.Grant{Role: people.Auditor})
	if _, err := c.dir.AddDepartment(t.Context(), people.Department{Code: "D" + strconv.Itoa(n), Name: "第" + strconv.Itoa(n) + "局", Kind: "bureau"}); err != nil {
		t.Fatal(err)
	}
}

// actorOf is an account by its login.
func (c *staffed) actorOf(t *testing.T, login string) people.Actor {
	t.Helper()
	all, err := c.dir.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Login == login {
			return a.Actor()
		}
	}
	t.Fatalf("nobody is called %s", login)
	return people.Actor{}
}
