package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// staffed is a city with somebody in every role.
type staffed struct {
	*city
	roads  int64
	failed int // notices that could not be sent, see fails
}

func newStaffed(t *testing.T, changes ...func(*web.Config)) *staffed {
	t.Helper()
	c := &staffed{city: newCity(t, changes...)}
	var err error
	c.roads, err = c.dir.AddDepartment(t.Context(), people.Department{Code: "SZ", Name: "市政工程处", Kind: "bureau"})
	if err != nil {
		t.Fatal(err)
	}
	c.account(t, "roads", people.Grant{Role: people.Handler, Department: c.roads})
	c.account(t, "waterlead", people.Grant{Role: people.Leader, Department: c.water})
	c.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	c.account(t, "auditor", people.Grant{Role: people.Auditor})
	c.account(t, "admin", people.Grant{Role: people.Administrator})
	return c
}

// as signs somebody in.
func (c *staffed) as(t *testing.T, login string) *browser {
	t.Helper()
	b := c.browser(t)
	b.post("/sign-in", url.Values{"login": {login}, "password": {passphrase}}).must(t, http.StatusSeeOther)
	return b
}

// in signs somebody in who reads the language.
func (c *staffed) in(t *testing.T, login, lang string) *browser {
	t.Helper()
	b := c.as(t, login)
	b.post("/preferences", url.Values{"lang": {lang}, "back": {"/"}}).must(t, http.StatusSeeOther)
	return b
}

// letterIn takes a letter in and gives its number.
func (c *staffed) letterIn(t *testing.T, title string) string {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "complaint", Title: title, Body: "我家在桃源小区，水龙头出来的水发黄。", Language: errs.ZH,
		Writer: cases.Contact{Name: "周小禾", Phone: "13900001234", Email: "zhou@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r.Number
}

// routed is a letter that the waterworks have in hand.
func (c *staffed) routed(t *testing.T, title string) string {
	t.Helper()
	number := c.letterIn(t, title)
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	return number
}

func (c *staffed) state(t *testing.T, number string) cases.State {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.desk.Look(t.Context(), c.clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	return v.State
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// version is the one that the page of the case carries.
func (b *browser) version(number string) string {
	b.t.Helper()
	found := versionField.FindStringSubmatch(b.get("/cases/"+number).must(b.t, http.StatusOK).body)
	if found == nil {
		b.t.Fatalf("the page of %s offers nothing to do", number)
	}
	return found[1]
}

// deed does a verb as the page of the case would: with the version it shows.
func (b *browser) deed(number, verb string, fields url.Values) answerPage {
	b.t.Helper()
	sent := url.Values{"version": {b.version(number)}}
	for name, values := range fields {
		sent[verb+"-"+name] = values
	}
	return b.post("/cases/"+number+"/"+verb, sent)
}

func TestALetterIsRecordedRoutedAndAnsweredByThePagesAlone(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk, water := c.as(t, "clerk"), c.as(t, "water")
	clerk.get("/desk/letters/new").must(t, http.StatusOK)
	form := url.Values{
		"channel": {"hotline"}, "kind": {"complaint"}, "title": {"水龙头的水发黄"}, "body": {"来电反映水发黄。"},
		"name": {"周小禾"}, "phone": {"139 0000 1234"}, "key": {"k1"},
	}
	page := clerk.post("/desk/letters/new", form).must(t, http.StatusOK, "查询码", "2026年3月9日")
	found := pairs.FindAllStringSubmatch(page.body, -1)
	if len(found) != 2 {
		t.Fatalf("the receipt shows %v", found)
	}
	number, secret := found[0][1], found[1][1]
	clerk.post("/desk/letters/new", form).must(t, http.StatusOK, number)
	if n := c.letters(t); n != 1 {
		t.Fatalf("%d letters after sending the same form twice", n)
	}

	clerk.get("/desk/office").must(t, http.StatusOK, number, "水龙头的水发黄")
	clerk.deed(number, "route", url.Values{"lead": {strconv.FormatInt(c.water, 10)}, "assists": {strconv.FormatInt(c.roads, 10)}}).
		mustLeadTo(t, "/cases/"+number)
	clerk.get("/cases/"+number).must(t, http.StatusOK, "已记录", "市水务集团", "协办：市政工程处")

	water.get("/desk/department").must(t, http.StatusOK, number, "以后到期")
	water.deed(number, "acknowledge", nil).mustLeadTo(t, "/cases/"+number)
	roads := c.as(t, "roads")
	roads.get("/desk/department?pile=assisting").must(t, http.StatusOK, number)
	roads.deed(number, "contribute", url.Values{"reply": {"管网无破损。"}}).mustLeadTo(t, "/cases/"+number)
	water.get("/cases/"+number).must(t, http.StatusOK, "管网无破损。")
	water.deed(number, "reply", url.Values{"reply": {"水箱已清洗。"}}).mustLeadTo(t, "/cases/"+number)

	clerk.get("/desk/office?pile=review").must(t, http.StatusOK, number)
	clerk.deed(number, "send-back", url.Values{"comment": {"请写明检测结果"}}).mustLeadTo(t, "/cases/"+number)
	water.get("/cases/"+number).must(t, http.StatusOK, "请写明检测结果")
	water.deed(number, "reply", url.Values{"reply": {"水箱已清洗，检测合格。"}}).mustLeadTo(t, "/cases/"+number)
	clerk.get("/cases/"+number).must(t, http.StatusOK, "审核答复", "水箱已清洗，检测合格。</textarea>")
	clerk.deed(number, "answer", url.Values{"reply": {"您好：水箱已清洗，检测合格。"}}).mustLeadTo(t, "/cases/"+number)
	clerk.deed(number, "record-rating", url.Values{"grade": {"4"}, "resolved": {"true"}, "words": {"谢谢"}}).mustLeadTo(t, "/cases/"+number)
	clerk.get("/cases/"+number).must(t, http.StatusOK, "已答复", "按期", "满意 · 已解决 · 电话回访")

	_, id, err := c.desk.Track(t.Context(), number, secret, errs.ZH)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.desk.Look(t.Context(), c.clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	if v.State != cases.Answered || v.Replies[1].Body != "您好：水箱已清洗，检测合格。" {
		t.Errorf("state %s, replies %+v", v.State, v.Replies)
	}
}

func TestAConflictKeepsTheReplyAndShowsWhatOthersDid(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, clerk := c.as(t, "water"), c.as(t, "clerk")
	seen := water.version(number)
	clerk.deed(number, "instruct", url.Values{"leader": {"王市长"}, "note": {"请从速办理"}}).must(t, http.StatusSeeOther)

	typed := url.Values{"version": {seen}, "reply-reply": {"写了\r\n很久的答复 <b>"}}
	page := water.post("/cases/"+number+"/reply", typed).must(t, http.StatusConflict,
		"很久的答复 &lt;b&gt;</textarea>", "他人做了这些", "请从速办理", "error-summary")
	if got := c.state(t, number); got != cases.Routed {
		t.Fatalf("the state is %s", got)
	}
	typed.Set("version", versionField.FindStringSubmatch(page.body)[1])
	water.post("/cases/"+number+"/reply", typed).mustLeadTo(t, "/cases/"+number)
}

func TestWhatWasTypedIsKeptThoughItsFormIsGone(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water, lead := c.as(t, "water"), c.as(t, "waterlead")
	seen := water.version(number)
	lead.deed(number, "reply", url.Values{"reply": {"负责人的答复"}}).must(t, http.StatusSeeOther)
	page := water.post("/cases/"+number+"/reply", url.Values{"version": {seen}, "reply-reply": {"承办人的答复"}})
	page.must(t, http.StatusConflict, "承办</mark>人的答复", "您填写的", "负责</mark>人的答复")
	if strings.Contains(page.body, `action="/cases/`+number+`/reply"`) {
		t.Error("the page offers a second reply")
	}
}

func TestAFormWithoutItsVersionOverwritesNothing(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	water := c.as(t, "water")
	for _, version := range []string{"", "0", "-1", "x"} {
		water.post("/cases/"+number+"/reply", url.Values{"version": {version}, "reply-reply": {"答复"}}).must(t, http.StatusConflict, "答复</textarea>")
	}
	if got := c.state(t, number); got != cases.Routed {
		t.Errorf("the state is %s", got)
	}
}

func TestAForeignCaseIsNotThere(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "只给水务看的信")
	roads := c.as(t, "roads")
	for _, none := range []string{number, cases.Number("2026-03-05", 9999), cases.Number("2026-03-04", 1), "nonsense"} {
		roads.get("/cases/"+none).must(t, http.StatusNotFound, "没有这个办件，或您无权查看")
	}
	roads.post("/cases/"+number+"/reply", url.Values{"version": {"2"}, "reply-reply": {"不是我的"}}).must(t, http.StatusNotFound)
	for _, path := range []string{"/desk/department", "/desk/department?text=" + number, "/reports/cases?from=2026-03-01&through=2026-03-31&figure=received"} {
		if page := roads.get(path).must(t, http.StatusOK); strings.Contains(page.body, "只给水务看的信") {
			t.Errorf("%s shows it", path)
		}
	}
	if got := c.state(t, number); got != cases.Routed {
		t.Errorf("the state is %s", got)
	}
}

func TestWhoReturnsACaseIsLedBackToTheDesk(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	c.as(t, "water").deed(number, "return", url.Values{"reason": {"不属于本单位职责"}}).mustLeadTo(t, "/desk/department")
	c.as(t, "clerk").get("/desk/office").must(t, http.StatusOK, number, "已退回")
}

func TestBadInputKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.letterIn(t, "路灯不亮")
	clerk := c.as(t, "clerk")
	clerk.deed(number, "decline", url.Values{"explanation": {"说明文字"}}).
		must(t, http.StatusUnprocessableEntity, "说明文字</textarea>", `href="#field-decline-reason"`, `id="field-decline-reason"`)
	roads := strconv.FormatInt(c.roads, 10)
	clerk.deed(number, "route", url.Values{"assists": {roads}}).
		must(t, http.StatusUnprocessableEntity, "请选择承办部门", `name="route-assists" value="`+roads+`" checked`)
	clerk.deed(number, "merge", url.Values{"into": {"20260305-0001-0"}}).
		must(t, http.StatusUnprocessableEntity, `value="20260305-0001-0"`, `href="#field-merge-into"`)
	clerk.deed(number, "instruct", url.Values{"leader": {"王市长"}, "note": {strings.Repeat("字", 1001)}}).
		must(t, http.StatusUnprocessableEntity, `value="王市长"`, strings.Repeat("字", 1001))
	clerk.deed(number, "instruct", url.Values{"leader": {"王\x00市长"}, "note": {"好"}}).must(t, http.StatusUnprocessableEntity)
	if got := c.state(t, number); got != cases.Received {
		t.Errorf("the state is %s", got)
	}
	clerk.post("/desk/letters/new", url.Values{"channel": {"hotline"}, "kind": {"complaint"}, "title": {"标题还在"}, "body": {"内容还在"}, "phone": {"12x"}, "consent": {"yes"}, "key": {"k"}}).
		must(t, http.StatusUnprocessableEntity, `value="标题还在"`, "内容还在</textarea>", `value="12x"`, `value="yes" checked`, `href="#field-phone"`)
	clerk.post("/desk/letters/new", url.Values{"kind": {"complaint"}, "title": {"标题"}}).must(t, http.StatusUnprocessableEntity, "请选择来信渠道")
}

func TestAReviewerWhoClearsTheReplySendsNothing(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "路灯不亮")
	c.as(t, "water").deed(number, "reply", url.Values{"reply": {"答复"}}).must(t, http.StatusSeeOther)
	c.as(t, "clerk").deed(number, "answer", url.Values{"reply": {" \r\n"}}).must(t, http.StatusUnprocessableEntity, "请填写答复内容")
	if got := c.state(t, number); got != cases.Replied {
		t.Errorf("the state is %s", got)
	}
}

func TestANewSecretIsShownOnce(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.letterIn(t, "路灯不亮")
	clerk := c.as(t, "clerk")
	version := url.Values{"version": {clerk.version(number)}}
	page := clerk.post("/cases/"+number+"/new-secret", version).must(t, http.StatusOK, "只显示这一次")
	secret := pairs.FindAllStringSubmatch(page.body, -1)[1][1]
	if _, _, err := c.desk.Track(t.Context(), number, secret, errs.ZH); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(clerk.get("/cases/"+number).body, secret) {
		t.Error("the secret is shown again")
	}
	if page := clerk.post("/cases/"+number+"/new-secret", version).must(t, http.StatusConflict); strings.Contains(page.body, secret) {
		t.Error("the secret is shown again")
	}
}

func TestTheContactIsForThoseWhoNeedIt(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	open := c.routed(t, "路灯不亮")
	tipoff, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "tipoff", Title: "举报", Body: "有人偷排。", Language: errs.ZH, Writer: cases.Contact{Name: "周小禾", Phone: "13900001234"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, tipoff.ID, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	for login, sees := range map[string][2]bool{
		"clerk": {true, true}, "water": {true, false}, "supervisor": {false, false}, "auditor": {false, false},
	} {
		b := c.as(t, login)
		for i, number := range []string{open, tipoff.Number} {
			if got := strings.Contains(b.get("/cases/"+number).must(t, http.StatusOK).body, "139****1234"); got != sees[i] {
				t.Errorf("%s, %s: sees the telephone number: %v", login, number, got)
			}
		}
	}
	c.as(t, "water").get("/cases/"+tipoff.Number).must(t, http.StatusOK, "请通过信箱办")
}

func TestThePageOffersExactlyWhatMayBeDone(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	fresh, routed := c.letterIn(t, "新来的信"), c.routed(t, "转出的信")
	offered := regexp.MustCompile(`action="/cases/[0-9-]+/([a-z-]+)"`)
	for _, test := range []struct {
		login, number string
		want          []string
	}{
		{"clerk", fresh, []string{"split", "accuse", "contact", "mark-confidential", "route", "accept", "decline", "merge", "instruct", "correct", "new-secret", "note", "log-contact"}},
		{"clerk", routed, []string{"accuse", "contact", "mark-confidential", "ask-assist", "reassign", "merge", "instruct", "correct", "new-secret", "note", "log-contact", "take-back"}},
		{"water", routed, []string{"contact", "acknowledge", "ask-extension", "ask-writer", "assign", "reply", "return", "note", "log-contact"}},
		{"supervisor", routed, []string{"accuse", "ask-assist", "reassign", "merge", "instruct", "correct", "remind", "order", "note"}},
		{"auditor", routed, nil},
	} {
		var got []string
		page := c.as(t, test.login).get("/cases/"+test.number).must(t, http.StatusOK)
		for _, found := range offered.FindAllStringSubmatch(page.body, -1) {
			got = append(got, found[1])
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s is offered %v, want %v", test.login, got, test.want)
		}
		if n := strings.Count(page.body, "button--primary"); n > 1 {
			t.Errorf("%s: %d primary buttons", test.login, n)
		}
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// hiddenFields are what the page's own form carries along, but for the token.
func hiddenFields(body string) url.Values {
	_, main, _ := strings.Cut(body, "<main")
	fields := url.Values{}
	for _, found := range hiddenField.FindAllStringSubmatch(main, -1) {
		if found[1] != "csrf" {
			fields.Add(found[1], html.UnescapeString(found[2]))
		}
	}
	return fields
}

var (
	inputField = regexp.MustCompile(`<input [^>]*>`)
	attribute  = regexp.MustCompile(` (\w+)(?:="([^"]*)")?`)
	textField  = regexp.MustCompile(`(?s)<textarea [^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>`)
)

// formFields are the fields of a page's forms as a browser would send them untouched, but for the token.
func formFields(body string) url.Values {
	fields := url.Values{}
	for _, input := range inputField.FindAllString(body, -1) {
		has := map[string]string{}
		for _, found := range attribute.FindAllStringSubmatch(input, -1) {
			has[found[1]] = html.UnescapeString(found[2])
		}
		_, checked := has["checked"]
		if name := has["name"]; name != "" && name != "csrf" && has["type"] != "file" && (has["type"] != "checkbox" || checked) {
			fields.Add(name, has["value"])
		}
	}
	for _, found := range textField.FindAllStringSubmatch(body, -1) {
		fields.Add(found[1], html.UnescapeString(found[2]))
	}
	return fields
}
