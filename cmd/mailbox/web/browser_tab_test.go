package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"mailbox/cases/errs"
	"mailbox/cmd/mailbox/web"
)

// The environment of the browser tests.
const (
	chromiumPath = "MAILBOX_TEST_CHROMIUM"    // the browser's path; without it there are no browser tests
	picturesPath = "MAILBOX_TEST_SCREENSHOTS" // a directory to put a picture of every page into, or empty
)

// Widths in CSS pixels: a desk, a usual telephone, and the narrowest that WCAG 2.2 (1.4.10) asks for.
const (
	deskWidth  = 1280
	phoneWidth = 360
	leastWidth = 320
)

// patience is how long one step may take. It is wide: the race detector and a browser share two cores.
const patience = time.Minute

// engine is a browser that has been started: the context that tabs are opened in.
type engine struct{ ctx context.Context }

// chromium starts one browser for all tests below t.
func chromium(t *testing.T) *engine {
	t.Helper()
	path := os.Getenv(chromiumPath)
	if path == "" {
		t.Skip(chromiumPath + " names no browser")
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()),
	}
	for _, flag := range []string{
		// Nothing but the pages under test is fetched.
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-quic", "disable-extensions",
		// Tabs that nobody looks at run as fast as the one in front.
		"disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
		"disable-dev-shm-usage",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	// t.Context would end before the clean-up that closes the browser.
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		// Asked to close, the browser ends its other processes itself: none is left to write into the
		// directory while that is being removed.
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log("closing the browser:", err)
		}
		closeBrowser()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("the browser does not start:", err)
	}
	return &engine{ctx}
}

// site is a city on an address of its own.
type site struct {
	*city
	chromium *engine
	address  string
	front    *front
}

// front stands before the pages; a test may watch or hold a request there.
type front struct {
	mu    sync.Mutex
	watch func(*http.Request)
	pages http.Handler
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	watch := f.watch
	f.mu.Unlock()
	if watch != nil {
		watch(r)
	}
	f.pages.ServeHTTP(w, r)
}

func (f *front) setWatch(watch func(*http.Request)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = watch
}

// newSite starts a city as newCity does and serves it on loopback.
func newSite(t *testing.T, browser *engine, changes ...func(*web.Config)) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	address := "http://" + server.Listener.Addr().String()
	changes = append(changes, func(c *web.Config) { c.PublicURL, c.Work = address, 500 })
	s := &site{city: newCity(t, changes...), chromium: browser, address: address}
	s.front = &front{pages: s.server.Handler()}
	server.Config.Handler = s.front
	server.Start()
	t.Cleanup(func() {
		s.server.EndStreams() // the server would wait for them
		server.Close()
	})
	return s
}

// tab is a page of a real browser with somebody in front of it.
type tab struct {
	t       *testing.T
	site    *site
	ctx     context.Context
	mu      sync.Mutex
	trouble []string // what the page complained of to its console
}

// person opens a browser of somebody's own (cookies and drafts apart from all others), so many pixels
// wide, who reads the pages in a language.
func (s *site) person(t *testing.T, width int64, lang errs.Lang) *tab {
	t.Helper()
	return s.open(s.chromium.ctx, t, width, lang, chromedp.WithNewBrowserContext())
}

// another opens one more tab in the same person's browser.
func (b *tab) another(width int64, lang errs.Lang) *tab {
	b.t.Helper()
	return b.site.open(b.ctx, b.t, width, lang)
}

func (s *site) open(parent context.Context, t *testing.T, width int64, lang errs.Lang, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t, site: s}
	var cancel context.CancelFunc
	b.ctx, cancel = chromedp.NewContext(parent, append(options, chromedp.WithListener(b.hear))...)
	t.Cleanup(cancel)
	if err := chromedp.Do(b.ctx); err != nil { // without a time limit: it would become the tab's own
		t.Fatal(err)
	}
	b.resize(width)
	call(b, network.SetCookie, network.SetCookieParams{Name: "lang", Value: string(lang), URL: s.address})
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener("securitypolicyviolation", e => console.error("against the policy:", e.violatedDirective, e.blockedURI))`,
	})
	return b
}

// close is what somebody does who has had enough; what the browser keeps stays for the next tab.
func (b *tab) close() {
	b.t.Helper()
	if err := chromedp.Cancel(b.ctx); err != nil {
		b.t.Fatal(err)
	}
}

// hear notes everything that a page should not have to say. It runs where the browser's messages are
// read and must not wait for anything.
func (b *tab) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		words := []string{"console." + string(e.Type)}
		for _, arg := range e.Args {
			words = append(words, string(arg.Value))
		}
		said = strings.Join(words, " ")
	case *log.EventEntryAdded:
		// That the page itself came with 404 or 422 is the test's to expect.
		if e.Entry.Source == log.EntrySourceNetwork && !strings.Contains(e.Entry.URL, "/static/") {
			return
		}
		said = string(e.Entry.Source) + ": " + e.Entry.Text
	}
	if said == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = append(b.trouble, said)
}

// mustBeQuiet fails when the console of any page so far had something to say, and forgets it.
func (b *tab) mustBeQuiet(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.trouble {
		b.t.Errorf("%s: the console says %s", where, said)
	}
	b.trouble = nil
}

// run does one action within the patience of the tests; a failure shows where the browser stands.
func run[T any](b *tab, what string, action chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.where())
	}
	return got
}

// where tells what is on the screen, for the one who reads a failure.
func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return "nothing to be seen: " + err.Error()
	}
	return text
}

func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	return run(b, "evaluate "+expression, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for a condition, looked at before each frame. chromedp.Poll is no use here: it makes its
// condition with new Function, which the pages' own policy forbids.
func (b *tab) until(condition string) {
	b.t.Helper()
	eval[bool](b, `new Promise(done => { const look = () => (`+condition+`) ? done(true) : requestAnimationFrame(look); look(); })`)
}

// load asks for a page by its address and expects this status.
func (b *tab) load(path string, status int64) {
	b.t.Helper()
	response := run(b, path, chromedp.NavigateResponse(b.site.address+path))
	b.mustHave(path, response, status)
}

// follow clicks what leads to another page and waits for it.
func (b *tab) follow(selector string, status int64) {
	b.t.Helper()
	b.leads(selector, chromedp.Click(chromedp.CSS(selector)), status)
}

// leads does what opens another page and waits for it.
func (b *tab) leads(what string, action chromedp.Action[chromedp.Void], status int64) {
	b.t.Helper()
	response := run(b, what, func(ctx context.Context, _ *chromedp.Target) (*network.Response, error) {
		return chromedp.RunResponse(ctx, action)
	})
	b.mustHave(what, response, status)
}

func (b *tab) mustHave(what string, response *network.Response, status int64) {
	b.t.Helper()
	switch {
	case response == nil:
		b.t.Fatalf("%s: no page came\n%s", what, b.where())
	case response.Status != status:
		b.t.Fatalf("%s: status %d, want %d\n%s", what, response.Status, status, b.where())
	}
}

// click presses something that stays on the page.
func (b *tab) click(selector string) {
	b.t.Helper()
	run(b, "click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// write clicks into a field and writes, as an input method for Chinese does: whole words at once.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.click(selector)
	call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// choose picks an option of a list.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	run(b, "choose "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// press hits one key, whatever has the focus.
func (b *tab) press(key string) {
	b.t.Helper()
	run(b, "key "+key, chromedp.KeyEvent(key))
}

// must fails unless the page shows all these texts.
func (b *tab) must(texts ...string) {
	b.t.Helper()
	shown := eval[string](b, `document.body.innerText`)
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Fatalf("the page does not say %q\n%s", text, b.where())
		}
	}
}

// mustBeAt fails unless this is the path of the page.
func (b *tab) mustBeAt(path string) {
	b.t.Helper()
	if at := eval[string](b, `location.pathname`); at != path {
		b.t.Fatalf("at %s, want %s\n%s", at, path, b.where())
	}
}

// texts gives the visible text of all elements found, in order.
func (b *tab) texts(selector string) []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll(`+strconv.Quote(selector)+`)].map(e => e.innerText.trim())`)
}

func (b *tab) resize(width int64) {
	b.t.Helper()
	run(b, "resize", chromedp.EmulateViewport(width, 900))
}

// dark asks for dark colours, as somebody's system does.
func (b *tab) dark() {
	b.t.Helper()
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}},
	})
}

// withoutScripts switches the pages' scripts off; what the test itself evaluates still runs.
func (b *tab) withoutScripts() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// signIn goes through the form as the staff does.
func (b *tab) signIn(login string) {
	b.t.Helper()
	b.load("/", http.StatusOK)
	b.follow(`a[href="/sign-in"]`, http.StatusOK)
	b.write("#field-login", login)
	b.write("#field-password", passphrase)
	b.follow(`form[action="/sign-in"] .button--primary`, http.StatusOK)
}

// fill writes a letter into the form, all but what a test leaves out.
func (b *tab) fill(letter url.Values) {
	b.t.Helper()
	if kind := letter.Get("kind"); kind != "" {
		b.reach("field-kind")
		b.click(`input[name=kind][value=` + kind + `]`)
	}
	for _, field := range []string{"title", "body", "district", "name", "phone", "email"} {
		if text := letter.Get(field); text != "" {
			b.reach("field-" + field)
			b.write("#field-"+field, text)
		}
	}
	b.reach("field-consent")
}

// reach goes on, or back, in the parts of a form until the one with a field is shown. Without a script all are.
func (b *tab) reach(field string) {
	b.t.Helper()
	for range 5 {
		way := eval[string](b, `(() => {
			const parts = [...document.querySelectorAll("[data-step]")];
			const want = parts.findIndex(p => p.contains(document.getElementById("`+field+`"))), at = parts.findIndex(p => !p.hidden);
			return parts[want].hidden ? (want > at ? "next" : "back") : "";
		})()`)
		if way == "" {
			return
		}
		before := eval[string](b, `document.querySelector(".step-count").textContent`)
		b.click(`[data-step]:not([hidden]) [data-step-` + way + `]`)
		b.until(`document.querySelector(".step-count").textContent !== ` + strconv.Quote(before))
	}
	b.t.Fatalf("no way leads to %s", field)
}

// The two buttons on a letter's way in.
const (
	checkButton = `form[action="/write/check"] .button--primary:not([data-step-next])`
	sendButton  = `form[action="/write"] .button--primary`
)

// keptReceipt reads what the writer is told to keep.
func (b *tab) keptReceipt() (number, secret string) {
	b.t.Helper()
	b.mustBeAt("/receipt")
	kept := b.texts(".panel-pairs dd")
	if len(kept) != 2 {
		b.t.Fatalf("the receipt shows %q", kept)
	}
	return kept[0], kept[1]
}

// picture writes what the page looks like, if pictures are wanted.
func (b *tab) picture(name string, width int64) {
	b.t.Helper()
	dir := os.Getenv(picturesPath)
	if dir == "" {
		return
	}
	png := run(b, "picture", chromedp.FullScreenshot(100))
	file := filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, width))
	if err := os.WriteFile(file, png, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// call sends one command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.t.Helper()
	run(b, command.Method, func(ctx context.Context, t *chromedp.Target) (R, error) {
		return cdp.Call(ctx, t, command, params)
	})
}
