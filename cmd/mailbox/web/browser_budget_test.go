package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What a page may cost, in bytes before compression. A letter is also written on old telephones.
const (
	mostHTML   = 100_000
	mostStyle  = 40_000
	mostScript = 20_000
	// What the staff's pages have besides: they work at desks.
	mostStaffScript = 30_000
	// Cumulative layout shift: nothing that anybody could see. The page is first shown when its script is there.
	mostShift = 0.001
)

// spent lists what the page that is open has fetched beyond its budget or from elsewhere, and whether
// anything moved after it was first shown. It is asked before the window is resized.
const spent = `(async (mostStyle, mostScript, mostStaffScript, mostShift) => {
	await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	const wrong = [];
	const sum = {css: 0, js: 0};
	for (const e of performance.getEntriesByType("resource")) {
		const at = new URL(e.name);
		if (at.origin !== location.origin) wrong.push("asks another host: " + e.name);
		const kind = at.pathname.split(".").pop();
		if (kind in sum) sum[kind] += e.decodedBodySize;
	}
	if (sum.css === 0 || sum.css > mostStyle) wrong.push("has " + sum.css + " bytes of styles");
	if (sum.js > (document.querySelector("[data-live]") ? mostStaffScript : mostScript)) wrong.push("has " + sum.js + " bytes of scripts");
	const shifts = new PerformanceObserver(() => {});
	shifts.observe({type: "layout-shift", buffered: true});
	const moved = shifts.takeRecords().filter(e => !e.hadRecentInput);
	shifts.disconnect();
	const total = moved.reduce((sum, e) => sum + e.value, 0);
	if (total > mostShift) wrong.push("moved by " + total + ": " + moved.flatMap(e => e.sources).map(s => s.node?.outerHTML?.slice(0, 120)).join(" | "));
	return wrong;
})`

// withinBudget fails when the page that has just been opened costs more than a page may.
func (w *walk) withinBudget(name string) {
	w.t.Helper()
	for _, wrong := range eval[[]string](w.tab, fmt.Sprintf("%s(%d, %d, %d, %g)", spent, mostStyle, mostScript, mostStaffScript, mostShift)) {
		w.t.Errorf("%s %s", name, wrong)
	}
}

// plainPages stands before the pages and fails for each that is too long or holds what its policy
// forbids, as it was sent: in a browser the page's own script has already been at it.
func plainPages(t *testing.T, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		copied := &copied{ResponseWriter: w}
		pages.ServeHTTP(copied, r)
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			for _, wrong := range faultsOf(w.Header(), copied.body.Bytes()) {
				t.Errorf("%s %s %s", r.Method, r.URL.Path, wrong)
			}
		}
	})
}

type copied struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (c *copied) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

var (
	tags   = regexp.MustCompile(`<[a-zA-Z][^<>]*>`) // in attributes, templates write < and > as references
	values = regexp.MustCompile(`="[^"]*"`)
	inline = regexp.MustCompile(`(?i)^<style\b|\s(?:style|on[a-z]+)=`)
)

func faultsOf(header http.Header, body []byte) []string {
	var wrong []string
	if len(body) > mostHTML {
		wrong = append(wrong, "is too long")
	}
	policy := header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "'unsafe-") {
		wrong = append(wrong, "has the policy "+policy)
	}
	for _, tag := range tags.FindAll(body, -1) {
		bare := values.ReplaceAll(tag, []byte("=")) // what a letter says is no attribute
		runs := bytes.Contains(bytes.ToLower(tag), []byte(`="javascript:`))
		script := bytes.HasPrefix(bytes.ToLower(bare), []byte("<script")) && !bytes.Contains(bare, []byte(" src="))
		if runs || script || inline.Match(bare) {
			wrong = append(wrong, "holds "+string(tag))
		}
	}
	return wrong
}

func TestAPageThatRunsWhatStandsInItIsFound(t *testing.T) {
	t.Parallel()
	header := http.Header{"Content-Security-Policy": {"default-src 'none'"}}
	for page, want := range map[string]int{
		`<p title="a style=&#34;x&#34; onclick=1">onclick=1</p><script src="/x" defer></script>`: 0,
		`<script>x</script>`:              1,
		`<style>x</style>`:                1,
		`<p class="a" style="color:red">`: 1,
		`<p ONCLICK="x">`:                 1,
		`<a href="javascript:x">`:         1,
		strings.Repeat("x", mostHTML+1):   1,
	} {
		if wrong := faultsOf(header, []byte(page)); len(wrong) != want {
			t.Errorf("%.80s: found %q", page, wrong)
		}
	}
	if len(faultsOf(http.Header{"Content-Security-Policy": {"default-src 'none'; script-src 'unsafe-inline'"}}, nil)) != 1 || len(faultsOf(http.Header{}, nil)) != 1 {
		t.Error("a weak policy is not found")
	}
}
