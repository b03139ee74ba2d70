package web_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

var (
	tokenForm   = regexp.MustCompile(`mbx_[A-Z2-7]{26}`)
	tokenRevoke = regexp.MustCompile(`action="(/(?:account|admin)/tokens/\d+/revoke)"`)
)

// token makes a token of the actor's for a month, with its id.
func (c *staffed) token(t testing.TB, a people.Actor, scopes ...people.Scope) (secret string, id int64) {
	t.Helper()
	secret, err := c.dir.MakeToken(t.Context(), a, people.NewToken{Name: "测试程序", Scopes: scopes, Expires: c.clock.Now().AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.dir.Tokens(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return secret, all[0].ID
}

// document is the description as the server embeds it, with every object closed: what it does not name is a mistake here.
func document(t testing.TB) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(web.APIDocument())
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // whatever host the test has
	var closed func(ref *openapi3.SchemaRef)
	closed = func(ref *openapi3.SchemaRef) {
		if ref == nil || ref.Ref != "" || ref.Value == nil {
			return
		}
		if len(ref.Value.Properties) > 0 {
			ref.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
		}
		for _, property := range ref.Value.Properties {
			closed(property)
		}
		closed(ref.Value.Items)
	}
	for _, schema := range doc.Components.Schemas {
		closed(schema)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// prover is a test, or one of the tries of a property.
type prover interface {
	rapid.TB
	Context() context.Context
}

// program asks by a token, and holds every answer to the document.
type program struct {
	t       prover
	handler http.Handler
	router  routers.Router
	secret  string
	header  http.Header
}

func (c *staffed) program(t testing.TB, secret string) *program {
	t.Helper()
	_, router := document(t)
	return &program{t, c.server.Handler(), router, secret, http.Header{}}
}

func (p *program) ask(method, path string) answerPage {
	p.t.Helper()
	r := httptest.NewRequestWithContext(p.t.Context(), method, path, nil)
	r.Host, r.RemoteAddr = "mailbox.example.org", "192.0.2.9:4711"
	for name, values := range p.header {
		r.Header[name] = values
	}
	if p.secret != "" {
		r.Header.Set("Authorization", "Bearer "+p.secret)
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	got := w.Result()
	defer got.Body.Close()
	if cookies := got.Cookies(); len(cookies) > 0 {
		p.t.Errorf("%s sets a cookie: %v", path, cookies)
	}
	if route, params, err := p.router.FindRoute(r); err == nil {
		options := &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
		asked := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
		answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: asked, Status: got.StatusCode, Header: got.Header, Options: options}
		if err := openapi3filter.ValidateResponse(p.t.Context(), answer.SetBodyBytes(w.Body.Bytes())); err != nil {
			p.t.Errorf("%s %s is not answered as its document says: %v\n%s", method, path, err, w.Body)
		}
	}
	return answerPage{got.StatusCode, got.Header, w.Body.String()}
}

func (p *program) get(path string) answerPage {
	p.t.Helper()
	return p.ask(http.MethodGet, path)
}

// into reads an answer that must be right.
func (p *program) into(path string, v any) {
	p.t.Helper()
	got := p.get(path)
	if got.status != http.StatusOK {
		p.t.Fatalf("%s: status %d\n%s", path, got.status, got.body)
	}
	if err := json.Unmarshal([]byte(got.body), v); err != nil {
		p.t.Fatalf("%s: %v", path, err)
	}
}

// refused is an answer that must be a refusal, with its code and field.
func (p *program) refused(path string, status int, code, field string) {
	p.t.Helper()
	got := p.get(path)
	var problem struct {
		Error struct{ Code, Field, Message string }
		ID    string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(got.body), &problem); err != nil || got.status != status || problem.Error.Code != code || problem.Error.Field != field || problem.Error.Message == "" || problem.ID == "" {
		p.t.Errorf("%s: status %d, want %d %s %q\n%s", path, got.status, status, code, field, got.body)
	}
}

func TestTheDocumentHasEveryRouteForProgramsAndNoOther(t *testing.T) {
	t.Parallel()
	doc, _ := document(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	documented, routed := []string{}, []string{}
	scopes := map[string]people.Scope{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := method + " " + strings.NewReplacer("{", ":", "}", "").Replace(path)
			documented = append(documented, at)
			for _, scope := range people.Scopes {
				if strings.Contains(op.Description, string(scope)) {
					scopes[at] = scope
				}
			}
			if _, ok := op.Responses.Map()["401"]; ok != (op.Security == nil) {
				t.Errorf("%s: whether a token is needed is said twice", at)
			}
		}
	}
	for _, r := range newStaffed(t).server.Table() {
		if !strings.HasPrefix(r.Path, "/api/") {
			if r.Who.OfPrograms() {
				t.Errorf("%s is for programs and not under /api/", r.Path)
			}
			continue
		}
		at := r.Method + " " + r.Path
		routed = append(routed, at)
		if r.Who.Scope() != scopes[at] {
			t.Errorf("%s needs the scope %q, and the document says %q", at, r.Who.Scope(), scopes[at])
		}
	}
	slices.Sort(documented)
	slices.Sort(routed)
	if diff := cmp.Diff(routed, documented); diff != "" {
		t.Errorf("routes and document differ:\n%s", diff)
	}
}

func TestProgramsGetTheFiguresOfTheReports(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	for i := range 3 {
		c.routed(t, "转出的信"+strconv.Itoa(i))
		c.answer(t, c.letterIn(t, "已答复的信"+strconv.Itoa(i)), "办好了。")
	}
	c.clock.Add(7 * 24 * time.Hour)
	secret, _ := c.token(t, c.actor(t, "supervisor"), people.ReadFigures, people.ReadCases)
	p := c.program(t, secret)
	var report, page map[string]any
	p.into("/api/v1/figures?from=2026-03-01&to=2026-04-01&by=department&compare=true", &report)
	if err := json.Unmarshal([]byte(c.as(t, "supervisor").get("/reports/json?from=2026-03-01&through=2026-03-31&by=department").must(t, http.StatusOK).body), &page); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page, report); diff != "" {
		t.Errorf("page and programs differ:\n%s", diff)
	}
	p.get("/api/v1/figures?from=2026-03-01&to=2026-04-01&by=department&then=kind&successors=true&as_of=2026-03-06&policy=1&channel=mailbox,consult").must(t, http.StatusOK)

	// Each count opens to as many cases, a few at once, as of the same instant.
	type list struct {
		AsOf  string `json:"as_of"`
		Total int
		Cases []struct{ Number, Title string }
		Next  string
	}
	group := report["groups"].([]any)[0].(map[string]any)
	for _, figure := range []string{"received", "answered", "overdue_open"} {
		path := "/api/v1/figures/cases?from=2026-03-01&to=2026-04-01&by=department&limit=2&figure=" + figure + "&group=" + group["group_id"].(string)
		seen := map[string]bool{}
		var l list
		p.into(path, &l)
		for {
			for _, one := range l.Cases {
				seen[one.Number] = true
			}
			if l.Next == "" {
				break
			}
			c.clock.Add(time.Minute)
			next, asOf := path+"&cursor="+l.Next, l.AsOf
			l = list{}
			if p.into(next, &l); l.AsOf != asOf {
				t.Errorf("%s goes on as of %s, and began as of %s", figure, l.AsOf, asOf)
			}
		}
		if want := int(group[figure].(float64)); len(seen) != want || l.Total != want || want == 0 {
			t.Errorf("%s is %d, and opens to %d cases of %d", figure, want, len(seen), l.Total)
		}
	}
}

// forged is a place to go on from that no answer gave.
func forged(place ...int64) string {
	var raw []byte
	for _, n := range place {
		raw = binary.BigEndian.AppendUint64(raw, uint64(n))
	}
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw)))
}

func TestProgramsGoThroughTheCasesTheirAccountMaySee(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	var numbers []string
	for i := range 5 {
		numbers = append(numbers, c.routed(t, "水务的信"+strconv.Itoa(i)))
		c.letterIn(t, "别处的信"+strconv.Itoa(i))
		c.clock.Add(time.Minute)
	}
	secret, _ := c.token(t, c.waterworks, people.ReadCases)
	p := c.program(t, secret)
	type list struct {
		Cases []struct{ Number, Title string }
		Next  string
	}
	var got []string
	cut := ""
	for path := "/api/v1/cases?limit=2&state=routed"; path != ""; {
		var l list
		p.into(path, &l)
		for _, one := range l.Cases {
			got = append(got, one.Number)
		}
		if path = ""; l.Next != "" {
			path = "/api/v1/cases?limit=2&state=routed&cursor=" + l.Next
			cut = l.Next
		}
	}
	slices.Reverse(got)
	if diff := cmp.Diff(numbers, got); diff != "" {
		t.Error(diff)
	}
	for i := 1; i < len(cut); i++ { // a place that was cut off is none, and no empty list either
		p.refused("/api/v1/cases?limit=2&state=routed&cursor="+cut[:i], http.StatusUnprocessableEntity, "invalid", "cursor")
	}
	for query, want := range map[string]int{
		"words=" + url.QueryEscape("水务的信3"): 1, "words=" + numbers[2]: 1, "standing=open&kind=complaint&channel=mailbox": 5, "kind=praise": 0,
		"department=" + strconv.FormatInt(c.roads, 10): 0, "department=" + strconv.FormatInt(c.water, 10) + "&part=lead": 5,
		"received_from=2026-03-05&received_through=2026-03-05": 5, "due_through=2026-03-01": 0, "confidential=true": 0,
	} {
		var l list
		if p.into("/api/v1/cases?"+query, &l); len(l.Cases) != want {
			t.Errorf("%s: %d cases, want %d", query, len(l.Cases), want)
		}
	}
	p.get("/api/v1/departments").must(t, http.StatusOK, "市水务集团", "takes_cases")
	p.refused("/api/v1/figures?from=2026-03-01&to=2026-04-01", http.StatusForbidden, "forbidden", "") // the scope
	p.refused("/api/v1/figures/cases?from=2026-03-01&to=2026-04-01&figure=valid&department="+strconv.FormatInt(c.roads, 10), http.StatusForbidden, "forbidden", "")
	var own struct{ Total int }
	if p.into("/api/v1/figures/cases?from=2026-03-01&to=2026-04-01&figure=valid", &own); own.Total != 5 {
		t.Errorf("the department's own valid letters: %d", own.Total)
	}
}

func TestACaseForProgramsHasItsClocksAndNothingOfItsWriter(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	secret, _ := c.token(t, c.clerk, people.ReadCases)
	p := c.program(t, secret)
	type clock struct {
		DueAt   string `json:"due_at"`
		EndedAt string `json:"ended_at"`
		OnTime  *bool  `json:"on_time"`
	}
	type aCase struct {
		State      cases.State
		Overdue    bool
		Department struct{ Name string }
		ReceivedAt string `json:"received_at"`
		Clocks     struct {
			Writer     clock
			Department *clock
		}
		First *struct{} `json:"first_round"`
	}
	look := func(number string) (one aCase) {
		t.Helper()
		path := "/api/v1/cases/" + number
		p.into(path, &one)
		for _, secret := range []string{"周小禾", "13900001234", "zhou@", "桃源小区"} {
			if strings.Contains(p.get(path).body+p.get("/api/v1/cases?words="+number).body, secret) {
				t.Errorf("%s tells %q", path, secret)
			}
		}
		return one
	}
	number := c.letterIn(t, "水发黄")
	one := look(number)
	if one.State != cases.Received || one.ReceivedAt != "2026-03-05T10:00:00+08:00" || one.Clocks.Writer.DueAt != "2026-03-09T23:59:59+08:00" || one.Clocks.Writer.OnTime != nil || one.Clocks.Department != nil {
		t.Errorf("new: %+v", one)
	}
	c.mustRoute(t, number, c.water)
	c.clock.Add(7 * 24 * time.Hour)
	one = look(number)
	if one.State != cases.Routed || !one.Overdue || *one.Clocks.Writer.OnTime || one.Department.Name != "市水务集团" || *one.Clocks.Department.OnTime {
		t.Errorf("late: %+v", one)
	}
	c.answerRouted(t, number, "水箱已清洗。")
	if one = look(number); one.State != cases.Answered || one.Overdue || *one.Clocks.Writer.OnTime || one.Clocks.Writer.EndedAt == "" {
		t.Errorf("answered late: %+v", one)
	}
	other := c.letterIn(t, "另一封")
	c.answer(t, other, "办好了。")
	if one = look(other); !*one.Clocks.Writer.OnTime || !*one.Clocks.Department.OnTime || one.First != nil {
		t.Errorf("answered in time: %+v", one)
	}
	for _, nothing := range []string{"20260305-9999-1", "x", "%00", url.PathEscape("二〇二六")} {
		p.refused("/api/v1/cases/"+nothing, http.StatusNotFound, "not_found", "")
	}
}

// TestProgramsMayWhatTheirAccountsMay walks every route as everybody's program: a route lets in whom its page lets in.
func TestProgramsMayWhatTheirAccountsMay(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number, _ := c.assisted(t)
	parks, err := c.dir.AddDepartment(t.Context(), people.Department{Code: "YL", Name: "市园林中心"})
	if err != nil {
		t.Fatal(err)
	}
	c.account(t, "parks", people.Grant{Role: people.Handler, Department: parks})
	c.account(t, "parkslead", people.Grant{Role: people.Leader, Department: parks})
	c.account(t, "roadslead", people.Grant{Role: people.Leader, Department: c.roads})
	for _, w := range walkers {
		p := c.program(t, "")
		if w.login != "" {
			p.secret, _ = c.token(t, c.actor(t, w.login), people.Scopes...)
		}
		for _, r := range c.server.Table() {
			if !r.Who.OfPrograms() {
				continue
			}
			path := strings.Replace(r.Path, ":number", number, 1)
			if strings.Contains(path, "figures") {
				path += "?from=2026-03-01&to=2026-04-01"
			}
			if strings.HasSuffix(r.Path, "/figures/cases") {
				path += "&figure=valid"
			}
			want := http.StatusOK
			switch {
			case w.login == "":
				want = http.StatusUnauthorized
			case !slices.Contains(r.Who.Roles, w.role):
				want = http.StatusForbidden
			case strings.HasSuffix(r.Path, "/:number") && !w.may(people.View):
				want = http.StatusNotFound
			}
			got := p.get(path)
			if got.status != want {
				t.Errorf("the program of %s: %s is answered with %d, want %d\n%s", w.name, path, got.status, want, got.body)
			}
			if strings.Contains(got.body, walkTitle) && !w.may(people.View) {
				t.Errorf("the program of %s: %s tells of the case", w.name, path)
			}
		}
	}
}

func TestATokenIsTheOnlyWayIn(t *testing.T) {
	t.Parallel()
	c := newStaffed(t, func(config *web.Config) { config.Limits.API = web.Limit{Burst: 8, Every: time.Second} })
	admin := c.actor(t, "admin")
	secret, id := c.token(t, c.clerk, people.ReadCases)
	p := c.program(t, secret)
	p.get("/api/v1/cases").must(t, http.StatusOK)
	for name, value := range map[string]string{"nothing": "", "a wrong one": "mbx_AAAAAAAAAAAAAAAAAAAAAAAAAA", "no token": "Zm9v"} {
		stranger := c.program(t, value)
		stranger.refused("/api/v1/cases", http.StatusUnauthorized, "forbidden", "")
		if got := stranger.get("/api/v1/cases").header.Get("WWW-Authenticate"); got != `Bearer realm="mailbox"` {
			t.Errorf("%s: asked to prove itself by %q", name, got)
		}
	}
	stranger := c.program(t, "")
	stranger.header.Set("Authorization", "Basic "+secret)
	stranger.refused("/api/v1/cases", http.StatusUnauthorized, "forbidden", "")
	stranger.header.Del("Authorization")
	stranger.refused("/api/v1/cases?token="+secret, http.StatusUnauthorized, "forbidden", "")
	c.as(t, "clerk").get("/api/v1/cases").must(t, http.StatusUnauthorized)
	stranger.get("/api/v1/openapi.yaml").must(t, http.StatusOK, "openapi: 3.0.3")

	// A token opens no page, and nothing can be sent.
	for _, path := range []string{"/desk/office", "/reports", "/account/tokens", "/cases/20260305-0001-4"} {
		if got := p.get(path); got.status != http.StatusSeeOther {
			t.Errorf("%s by a token: status %d", path, got.status)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		if got := p.ask(method, "/api/v1/departments"); got.status != http.StatusMethodNotAllowed || !strings.Contains(got.body, `"code"`) {
			t.Errorf("%s: status %d %s", method, got.status, got.body)
		}
	}
	p.refused("/api/v1/nothing", http.StatusNotFound, "not_found", "")

	p.header.Set("Accept-Language", "en")
	if body := p.get("/api/v1/cases?departement=3").body; !strings.Contains(body, "There is no parameter") {
		t.Errorf("in English: %s", body)
	}
	p.get("/api/v1/cases?departement=3&lang=zh").must(t, http.StatusUnprocessableEntity, "没有参数", `"field":"departement"`)
	for range 20 {
		if got := p.get("/api/v1/departments"); got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") == "" {
				t.Error("it is not said how long to wait")
			}
			break
		}
	}
	p.refused("/api/v1/departments", http.StatusTooManyRequests, "limited", "")
	c.clock.Add(time.Minute)
	if err := c.dir.RevokeToken(t.Context(), admin, id); err != nil {
		t.Fatal(err)
	}
	p.refused("/api/v1/cases", http.StatusUnauthorized, "forbidden", "")
	log := c.log.String()
	if strings.Contains(log, secret) || strings.Contains(log, secret[4:]) {
		t.Error("the log holds the token")
	}
	if want := "token_id=" + strconv.FormatInt(id, 10) + " account=" + strconv.FormatInt(c.clerk.Account, 10); strings.Count(log, want) < 10 || !strings.Contains(log, "route=/api/v1/cases") {
		t.Errorf("the log does not say which token asked:\n%s", log)
	}
}

func TestWhateverProgramsAskIsAnsweredAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	c := newStaffed(t, func(config *web.Config) { config.Limits.API = web.Limit{Burst: 1 << 30, Every: time.Nanosecond} })
	number := c.routed(t, "转出的信")
	c.answer(t, c.letterIn(t, "已答复的信"), "办好了。")
	secret, _ := c.token(t, c.actor(t, "auditor"), people.Scopes...)
	p := c.program(t, secret)
	doc, _ := document(t)
	names := []string{"", "departement", "page"}
	for _, item := range doc.Paths.Map() {
		for _, parameter := range item.Get.Parameters {
			names = append(names, parameter.Value.Name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	values := []string{
		"", "2026-03-01", "2026-04-01", "0001-01-01", "9999-12-31", "2026-02-30", "2026-03-05T10:00:00+08:00", "9999-12-31T23:59:59Z", "-1", "0", "1", "2", "200", "201",
		"9223372036854775807", "99999999999999999999", "true", "false", "1e3", "received", "took_2", "department_took_1", "overdue_open", "department", "kind", "month", "topic", "policy",
		"not_routed", "mailbox,consult", "complaint", "routed", "open", "lead", "水", "' OR 1=1 --", "\x00", "\xff", "%", "_", strings.Repeat("长", 400), "MSAy", "-zz", number,
		forged(0), forged(-1), forged(1 << 62), forged(1772676000, 9999), forged(1772676000, -1), forged(-1<<62, 1<<62),
	}
	rapid.Check(t, func(r *rapid.T) {
		ask := *p
		ask.t = r
		path := rapid.SampledFrom([]string{"/api/v1/figures", "/api/v1/figures/cases", "/api/v1/cases", "/api/v1/cases/" + number, "/api/v1/departments"}).Draw(r, "path")
		query := url.Values{}
		if strings.Contains(path, "figures") && rapid.IntRange(0, 9).Draw(r, "period") > 0 {
			query = url.Values{"from": {"2026-03-01"}, "to": {"2026-04-01"}, "figure": {"received"}}
			if path == "/api/v1/figures" {
				query.Del("figure")
			}
		}
		for range rapid.IntRange(0, 3).Draw(r, "filters") {
			query.Add(rapid.SampledFrom(names).Draw(r, "name"), rapid.OneOf(rapid.SampledFrom(values), rapid.String()).Draw(r, "value"))
		}
		got := ask.get(path + "?" + query.Encode())
		if got.status != http.StatusOK && got.status != http.StatusUnprocessableEntity && got.status != http.StatusNotFound {
			r.Fatalf("%s?%s: status %d\n%s", path, query.Encode(), got.status, c.log.String())
		}
	})
}

func TestTokensAreMadeShownOnceAndRevokedOnTheirPages(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	clerk := c.as(t, "clerk")
	sound(t, "no tokens", clerk.get("/account/tokens").must(t, http.StatusOK, "没有令牌", `value="2026-06-03"`))
	form := url.Values{"name": {"周报程序"}, "scope": {"figures:read"}, "until": {"2027-03-05"}}
	for field, value := range map[string]string{"name": "", "scope": "cases:write", "until": "2027-03-08"} {
		wrong := url.Values{}
		for name, values := range form {
			wrong[name] = values
		}
		wrong.Set(field, value)
		sound(t, field, clerk.post("/account/tokens", wrong).must(t, http.StatusUnprocessableEntity, `href="#field-`+field+`"`))
	}
	clerk.post("/account/tokens", url.Values{"name": {"周报程序"}, "scope": {"figures:read"}, "until": {"x"}}).
		must(t, http.StatusUnprocessableEntity, `value="周报程序"`, `value="figures:read" checked`)
	page := clerk.post("/account/tokens", form).must(t, http.StatusOK, "只显示这一次", "周报程序", "未使用过", "2027年3月5日")
	sound(t, "a new token", page)
	secret := tokenForm.FindString(page.body)
	if secret == "" {
		t.Fatalf("no token is shown:\n%s", page.body)
	}
	c.program(t, secret).get("/api/v1/figures?from=2026-03-01&to=2026-04-01").must(t, http.StatusOK)
	page = clerk.get("/account/tokens").must(t, http.StatusOK, "最近使用", secret[:8])
	if strings.Contains(page.body, secret) {
		t.Error("the token is shown again")
	}
	revoke := tokenRevoke.FindStringSubmatch(page.body)[1]
	c.as(t, "supervisor").post(revoke, nil).must(t, http.StatusUnprocessableEntity, "没有这个令牌")
	c.as(t, "supervisor").post(strings.Replace(revoke, "account", "admin", 1), nil).must(t, http.StatusForbidden)
	c.as(t, "supervisor").get("/admin/tokens").must(t, http.StatusForbidden)
	sound(t, "for an auditor", c.as(t, "auditor").get("/admin/tokens").must(t, http.StatusOK, "测试 clerk", "周报程序"))
	if tokenRevoke.MatchString(c.as(t, "auditor").get("/admin/tokens").body) {
		t.Error("an auditor is offered to revoke")
	}
	sound(t, "in English", c.in(t, "admin", "en").get("/admin/tokens").must(t, http.StatusOK, "last used", "Revoke"))
	admin := c.as(t, "admin")
	admin.post(tokenRevoke.FindStringSubmatch(admin.get("/admin/tokens").body)[1], nil).mustLeadTo(t, "/admin/tokens")
	admin.get("/admin/tokens").must(t, http.StatusOK, "已撤销")
	c.program(t, secret).refused("/api/v1/figures?from=2026-03-01&to=2026-04-01", http.StatusUnauthorized, "forbidden", "")
	admin.get("/admin/audit?subject=account").must(t, http.StatusOK, "生成令牌", "撤销令牌", "周报程序")
	clerk.post("/account/tokens", form).must(t, http.StatusOK)
	clerk.post(tokenRevoke.FindStringSubmatch(clerk.get("/account/tokens").body)[1], nil).mustLeadTo(t, "/account/tokens")
	clerk.post("/account/tokens/x/revoke", nil).must(t, http.StatusUnprocessableEntity)
	if strings.Contains(c.log.String(), secret) {
		t.Error("the log holds a token")
	}
}
