package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// served is the staffed city behind a real server.
func served(t *testing.T, c *staffed, change func(*http.Server)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(c.server.Handler())
	server.Config.RegisterOnShutdown(c.server.EndStreams)
	if change != nil {
		change(server.Config)
	}
	server.Start()
	t.Cleanup(func() {
		c.server.EndStreams()
		server.Close()
	})
	return server
}

// heard is a stream of news as a browser reads it.
type heard struct {
	t     *testing.T
	lines chan string // closed when the stream is over
	close func()
}

// listen opens the stream of b's browser, for a page that shows a case or for one that shows none.
func listen(t *testing.T, server *httptest.Server, b *browser, query string) *heard {
	t.Helper()
	h, status := tryListen(t, server, b, query)
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	return h
}

func tryListen(t *testing.T, server *httptest.Server, b *browser, query string) (*heard, int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/desk/events"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = b.base.Host
	r.Header.Set("Accept", "text/event-stream")
	for _, cookie := range b.jar.Cookies(b.base) {
		r.AddCookie(cookie)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r) //nolint:bodyclose // the reader below closes it
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{t, make(chan string, 100), cancel}
	go func() {
		defer close(h.lines)
		defer response.Body.Close()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				h.lines <- text
			}
		}
	}()
	return h, response.StatusCode
}

func (h *heard) next() string {
	h.t.Helper()
	select {
	case line, open := <-h.lines:
		if !open {
			h.t.Fatal("the stream is over")
		}
		return line
	case <-time.After(30 * time.Second):
		h.t.Fatal("nothing is told")
	}
	return ""
}

// isUnread tells whether a line says nothing but how many notices wait, which is the reader's own to know.
func isUnread(line string) bool { return strings.HasPrefix(line, `{"unread":`) }

// nextList waits until the lists are said to have changed.
func (h *heard) nextList() {
	h.t.Helper()
	line := h.next()
	for isUnread(line) {
		line = h.next()
	}
	if !strings.HasPrefix(line, `{"list":true`) || strings.Contains(line, "case") {
		h.t.Fatalf("told %q", line)
	}
}

func (h *heard) mustEnd() {
	h.t.Helper()
	for {
		select {
		case _, open := <-h.lines:
			if !open {
				return
			}
		case <-time.After(30 * time.Second):
			h.t.Fatal("the stream goes on")
		}
	}
}

func (c *staffed) mustRoute(t *testing.T, number string, lead int64) {
	t.Helper()
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, lead); err != nil {
		t.Fatal(err)
	}
}

func TestPagesAreToldOfWhatTheirReadersMaySeeAndOfNothingElse(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	numbers := []string{c.letterIn(t, "水发黄"), c.letterIn(t, "路灯不亮")}
	server := served(t, c, nil)
	clerk, water, roads := listen(t, server, c.as(t, "clerk"), ""), listen(t, server, c.as(t, "water"), ""), listen(t, server, c.as(t, "roads"), "")
	admin := listen(t, server, c.as(t, "admin"), "")
	c.primed(t)
	c.mustRoute(t, numbers[0], c.water)
	clerk.nextList()
	water.nextList()
	c.mustRoute(t, numbers[1], c.roads)
	clerk.nextList()
	roads.nextList()
	// Reassigned: it comes to one list and goes from another.
	id, err := c.desk.Find(t.Context(), numbers[0])
	if err != nil {
		t.Fatal(err)
	}
	c.clock.Add(time.Second)
	if _, err := c.desk.Reassign(t.Context(), c.clerk, id, cases.AnyVersion, c.roads, "属市政"); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*heard{clerk, roads, water} {
		h.nextList()
	}
	for name, h := range map[string]*heard{"clerk": clerk, "water": water, "roads": roads, "admin": admin} {
		h.close()
		for line := range h.lines {
			if !isUnread(line) {
				t.Errorf("%s was told %q besides", name, line)
			}
		}
	}
}

// primed waits until the hub has looked once, so that the next change is news to it.
func (c *staffed) primed(t *testing.T) {
	t.Helper()
	for !web.Primed(c.server) {
		select {
		case <-t.Context().Done():
			t.Fatal("the hub never looks")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestTheCaseThatIsOpenAndWhoElseHasIt(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "水发黄")
	server := served(t, c, nil)
	water, lead := c.as(t, "water"), c.as(t, "waterlead")
	page := listen(t, server, water, "?case="+number+"&version="+water.version(number))
	c.primed(t)
	path := "/cases/" + number + "/presence"
	lead.post(path, url.Values{"doing": {"reading"}}).must(t, http.StatusNoContent)
	if got := page.next(); got != `{"present":true}` {
		t.Fatalf("told %q", got)
	}
	if got := water.get(path).must(t, http.StatusOK).body; !strings.Contains(got, "测试 waterlead正在查看。") {
		t.Errorf("the line says %q", got)
	}
	lead.post(path, url.Values{"doing": {"writing"}}).must(t, http.StatusNoContent)
	page.next()
	water.get("/cases/"+number).must(t, http.StatusOK, "测试 waterlead正在填写。") // without a script, at least now
	if body := lead.get("/cases/" + number).body; strings.Contains(body, "测试 waterlead正在") {
		t.Error("somebody is told of themselves")
	}
	c.clock.Add(2 * time.Minute) // the browser crashed
	if got := page.next(); got != `{"present":true}` {
		t.Fatalf("told %q", got)
	}
	if got := strings.TrimSpace(water.get(path).body); got != "" {
		t.Errorf("the line says %q", got)
	}
	lead.deed(number, "acknowledge", nil).must(t, http.StatusSeeOther)
	if got := page.next(); got != `{"list":true,"case":true}` {
		t.Errorf("told %q", got)
	}
	roads := c.as(t, "roads")
	roads.get(path).must(t, http.StatusNotFound)
	roads.post(path, url.Values{"doing": {"reading"}}).must(t, http.StatusNotFound)
	if _, status := tryListen(t, server, roads, "?case="+number); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	water.post(path, url.Values{"doing": {"dancing"}}).must(t, http.StatusUnprocessableEntity)
	// What changed between the page and its stream is told at once.
	if got := listen(t, server, water, "?case="+number+"&version=2").next(); got != `{"case":true}` {
		t.Errorf("told %q", got)
	}
}

func TestANoteIsToldToThoseWhoHaveTheCaseOpen(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number, other := c.routed(t, "水发黄"), c.routed(t, "水压低")
	server := served(t, c, nil)
	water, lead := c.as(t, "water"), c.as(t, "waterlead")
	seen := func(number string) string { return "?case=" + number + "&version=" + water.version(number) }
	page, elsewhere := listen(t, server, water, seen(number)+"&notes=0"), listen(t, server, water, seen(other)+"&notes=0")
	c.primed(t)
	lead.deed(number, "note", url.Values{"note": {"请先联系物业"}}).must(t, http.StatusSeeOther)
	if got := page.next(); got != `{"note":true}` {
		t.Errorf("told %q", got)
	}
	if got := listen(t, server, water, seen(number)+"&notes=0").next(); got != `{"note":true}` { // written before the stream was there
		t.Errorf("told %q", got)
	}
	lead.deed(other, "acknowledge", nil).must(t, http.StatusSeeOther)
	if got := elsewhere.next(); got != `{"list":true,"case":true}` {
		t.Errorf("the page of another case was told %q", got)
	}
}

func TestWhoLosesTheRoleWhileWritingGetsTheTextBack(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "水发黄")
	const reply = "经核实，水箱已清洗消毒。\n请放心 <使用>。"
	keeper := people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
	for _, tt := range []struct {
		lang, instead string
		status        int
		texts         []string
	}{
		{"zh", "", http.StatusForbidden, []string{"您填写的内容", "请复制后交给现在办理的同事"}},
		{"en", "roads", http.StatusNotFound, []string{"What you typed", "hand it to the colleague"}}, // of another department now: the case is not theirs to see
	} {
		login := "leaving" + tt.lang
		id, err := c.dir.AddAccount(t.Context(), people.NewAccount{
			Login: login, Name: login, Hash: passphraseHash, Language: errs.ZH, Grants: []people.Grant{{Role: people.Handler, Department: c.water}},
		})
		if err != nil {
			t.Fatal(err)
		}
		b := c.in(t, login, tt.lang)
		version := b.version(number)
		if tt.instead != "" {
			if err := c.dir.GiveRole(t.Context(), keeper, id, people.Grant{Role: people.Handler, Department: c.roads}, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		var grant int64 // the first
		if err := c.db.Read.NewRaw("SELECT MIN(id) FROM grants WHERE account_id = ?", id).Scan(t.Context(), &grant); err != nil {
			t.Fatal(err)
		}
		if err := c.dir.EndRole(t.Context(), keeper, id, grant, time.Time{}); err != nil {
			t.Fatal(err)
		}
		page := b.post("/cases/"+number+"/reply", url.Values{"version": {version}, "reply-reply": {reply}}).must(t, tt.status, tt.texts...)
		page.must(t, tt.status, "经核实，水箱已清洗消毒。", "请放心 &lt;使用&gt;。")
		sound(t, "the text back", page)
	}
}

func TestAThousandPagesAreToldAndASlowReaderHindersNobody(t *testing.T) {
	t.Parallel()
	const pages = 120 // the benchmark has the thousand
	c := newStaffed(t)
	number := c.letterIn(t, "水发黄")
	server := served(t, c, func(s *http.Server) { s.ReadTimeout, s.WriteTimeout = 3*time.Second, 3*time.Second })
	var all []*heard
	var b *browser
	for i := range pages {
		if i%8 == 0 {
			b = c.as(t, "clerk")
		}
		all = append(all, listen(t, server, b, ""))
	}
	slow := c.as(t, "clerk") // asks and never reads
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }() // the server may have been first
	var cookies []string
	for _, cookie := range slow.jar.Cookies(slow.base) {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	request := "GET /desk/events HTTP/1.1\r\nHost: mailbox.example.org\r\nCookie: " + strings.Join(cookies, "; ") + "\r\n\r\n"
	if _, err := connection.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	c.primed(t)
	outlastLimits(t, server)
	departments := []int64{c.water, c.roads}
	c.mustRoute(t, number, departments[0])
	for turn := range 6 {
		for _, h := range all {
			if got := h.next(); got != `{"list":true}` {
				t.Fatalf("told %q", got)
			}
		}
		id, err := c.desk.Find(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Reassign(t.Context(), c.clerk, id, cases.AnyVersion, departments[(turn+1)%2], "第"+strconv.Itoa(turn)+"次"); err != nil {
			t.Fatal(err)
		}
	}
}

// outlastLimits waits until the server's own limits of time have passed for all who have asked already: it cuts off whoever
// says nothing by the same limit.
func outlastLimits(t *testing.T, server *httptest.Server) {
	t.Helper()
	silent, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }() // the server was first
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Fatal(err)
	}
}

func TestAStreamEndsWithItsSessionItsRolesAndTheServer(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	web.ProveOften(c.server)
	server := served(t, c, nil)
	water, lead, clerk := c.as(t, "water"), c.as(t, "waterlead"), c.as(t, "clerk")
	ofWater, ofLead, ofClerk := listen(t, server, water, ""), listen(t, server, lead, ""), listen(t, server, clerk, "")
	water.post("/sign-out", nil).must(t, http.StatusSeeOther)
	ofWater.mustEnd()
	id, err := c.dir.AccountOf(t.Context(), "waterlead")
	if err != nil {
		t.Fatal(err)
	}
	keeper := people.Actor{Grants: []people.Grant{{Role: people.Administrator}}}
	if err := c.dir.GiveRole(t.Context(), keeper, id, people.Grant{Role: people.Auditor}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	ofLead.mustEnd()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Errorf("shutting down waits for a stream: %v", err)
	}
	ofClerk.mustEnd()
}

func TestASessionHoldsAFewStreamsOnlyAndTheyKeepItNotOpen(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	server := served(t, c, nil)
	b := c.as(t, "clerk")
	for range 8 {
		listen(t, server, b, "")
	}
	if _, status := tryListen(t, server, b, ""); status != http.StatusTooManyRequests {
		t.Errorf("status %d", status)
	}
	c.clock.Add(20 * time.Minute)
	tryListen(t, server, b, "")
	b.header.Set("X-Live", "page")
	b.get("/desk/office").must(t, http.StatusOK)
	b.header.Del("X-Live")
	c.clock.Add(11 * time.Minute)
	b.get("/desk/office").must(t, http.StatusSeeOther)
	if got := c.browser(t).get("/desk/events"); got.status != http.StatusSeeOther {
		t.Errorf("a stranger gets status %d", got.status)
	}
}
