package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// actor is somebody with an account, as the desk knows them.
func (c *staffed) actor(t *testing.T, login string) people.Actor {
	t.Helper()
	accounts, err := c.dir.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range accounts {
		if a.Login == login {
			return a.Actor()
		}
	}
	t.Fatalf("there is no %s", login)
	return people.Actor{}
}

// found is the identity of a case.
func (c *staffed) found(t *testing.T, number string) cases.ID {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (c *staffed) did(t *testing.T) func(*cases.Case, error) {
	t.Helper()
	return func(_ *cases.Case, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// troubled is a city with something in every pile of supervision.
type troubled struct {
	*staffed
	extension, order, waiting, carded, rework string
}

func newTroubled(t *testing.T) *troubled {
	t.Helper()
	c := &troubled{staffed: newStaffed(t)}
	ctx, did, supervisor := t.Context(), c.did(t), c.actor(t, "supervisor")
	c.rework = c.letterIn(t, "楼道灯还是不亮")
	c.answer(t, c.rework, "已经修好。")
	writer := people.TheWriter(int64(c.found(t, c.rework)), errs.ZH)
	unresolved := false
	did(c.desk.Rate(ctx, writer, c.found(t, c.rework), cases.Rating{Grade: 1, Resolved: &unresolved}))
	did(c.desk.AskRework(ctx, writer, c.found(t, c.rework), "灯还是不亮，请再来看看"))

	c.carded = c.routed(t, "水管漏了两周")
	c.clock.Add(7 * 24 * time.Hour)
	if _, err := c.desk.Elapse(ctx); err != nil {
		t.Fatal(err)
	}
	c.extension, c.order, c.waiting = c.routed(t, "小区没有水压"), c.routed(t, "消防栓不出水"), c.routed(t, "水费算错了")
	did(c.desk.AskExtension(ctx, c.waterworks, c.found(t, c.extension), cases.AnyVersion, 3, "要等管件到货"))
	did(c.desk.Order(ctx, supervisor, c.found(t, c.order), cases.AnyVersion, 0, "请于明日前报告进展"))
	did(c.desk.AskWriter(ctx, c.waterworks, c.found(t, c.waiting), cases.AnyVersion, "请提供水表读数的照片"))
	return c
}

func TestSupervisionFindsRequestsOrdersAndCardsEachInTheirPile(t *testing.T) {
	t.Parallel()
	c := newTroubled(t)
	b := c.as(t, "supervisor")
	all := []string{c.extension, c.order, c.waiting, c.carded, c.rework}
	for pile, want := range map[string]struct {
		number string
		texts  []string
	}{
		"extensions": {c.extension, []string{"申请延长 3 个工作日", "延期待批"}},
		"reworks":    {c.rework, []string{"重办待批"}},
		"orders":     {c.order, []string{"督办未回复"}},
		"cards":      {c.carded, []string{"黄牌红牌", `#flag"></use></svg>黄牌`}},
	} {
		page := b.get("/desk/supervision?pile="+pile).must(t, http.StatusOK, want.texts...)
		for _, number := range all {
			if got := strings.Contains(page.body, "/cases/"+number); got != (number == want.number) {
				t.Errorf("%s lists %s: %v", pile, number, got)
			}
		}
	}
	b.get("/desk/supervision").must(t, http.StatusOK,
		`<a href="/desk/supervision" aria-current="page">今日</a>`, `<p class="stat-value"><a href="/desk/supervision?pile=extensions">1</a>`,
		`<a href="/desk/supervision?department=`+strconv.FormatInt(c.water, 10)+`&amp;pile=waiting">1</a>`, `<a href="/reports?by=department`)
	b.get("/desk/supervision?pile=yellow").must(t, http.StatusOK, c.carded, `pile=yellow" aria-current="page">黄牌`)
	c.as(t, "clerk").get("/desk/office?pile=reworks").must(t, http.StatusOK, c.rework)
	supervisor := c.actor(t, "supervisor")
	c.did(t)(c.desk.GrantExtension(t.Context(), supervisor, c.found(t, c.extension), cases.AnyVersion, 3, "等管件"))
	c.did(t)(c.desk.GrantRework(t.Context(), supervisor, c.found(t, c.rework), cases.AnyVersion, c.water, "请重新办理"))
	b.get("/desk/supervision?pile=extensions").must(t, http.StatusOK, "没有待批的延期申请")
	open := b.get("/desk/supervision?pile=open").must(t, http.StatusOK)
	for _, flag := range []string{"已延期", "重办", "等待来信人补充", "黄牌"} {
		if !strings.Contains(open.body, "</svg>"+flag+"</span>") {
			t.Errorf("no row says %s", flag)
		}
	}
}

func TestADepartmentsListPutsWhatWaitsForTheWriterLast(t *testing.T) {
	t.Parallel()
	c := newTroubled(t)
	body := c.as(t, "water").get("/desk/department").must(t, http.StatusOK).body
	group, row := strings.Index(body, "<h2>等待来信人补充 "), strings.Index(body, "/cases/"+c.waiting)
	if group < 0 || row < group || strings.Index(body, "/cases/"+c.order) > group || strings.Index(body, "/cases/"+c.carded) > group {
		t.Errorf("the groups are not in their order:\n%s", body)
	}
}

func TestLongEveryPileIsSoundInBothLanguages(t *testing.T) {
	t.Parallel()
	c := newTroubled(t)
	for _, lang := range []string{"zh", "en"} {
		for login, desk := range map[string]string{"supervisor": "/desk/supervision", "clerk": "/desk/office", "water": "/desk/department"} {
			b := c.in(t, login, lang)
			for _, pile := range cases.Piles {
				path := desk + "?pile=" + string(pile)
				sound(t, lang+" "+path, b.get(path).must(t, http.StatusOK))
			}
		}
	}
}
