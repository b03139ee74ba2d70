package web_test

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// consented takes a letter with secrets in it to its answer and gives its case.
func (c *city) consented(t *testing.T) (string, cases.ID) {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "complaint", Title: "水箱多年没有清洗<script>alert(1)</script>", Language: errs.ZH, Consent: true,
		Body:   "我是周小禾，住桃源小区3栋2单元501室，电话13900001234，水龙头出来的水发黄。",
		Writer: cases.Contact{Name: "周小禾", Phone: "13900001234", Email: "zhou@example.org"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.answer(t, r.Number, "周小禾您好，水箱已清洗消毒。")
	return r.Number, r.ID
}

func (c *city) version(t *testing.T, id cases.ID) string {
	t.Helper()
	v, err := c.desk.Look(t.Context(), c.clerk, id)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(int64(v.Version), 10)
}

// edited is what the editor's form sends when nothing is changed in it.
func edited(t *testing.T, page answerPage) url.Values {
	t.Helper()
	form := url.Values{}
	for _, name := range []string{"title", "body", "answer"} {
		_, rest, ok := strings.Cut(page.body, `id="field-`+name+`" name="`+name+`"`)
		_, rest, found := strings.Cut(rest, ">\n")
		text, _, ended := strings.Cut(rest, "</textarea>")
		if !ok || !found || !ended {
			t.Fatalf("no field %s\n%s", name, page.body)
		}
		form.Set(name, strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&amp;", "&").Replace(text))
	}
	return form
}

var secrets = []string{"周小禾", "13900001234", "3栋", "501", "zhou@example.org"}

func TestALetterIsPublishedWithoutWhatWasHidden(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	number, id := c.consented(t)
	clerk := c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	clerk.get("/desk/publish").must(t, http.StatusOK, number)
	clerk.get("/cases/"+number).must(t, http.StatusOK, "/cases/"+number+"/publish")
	at := "/cases/" + number + "/publish"
	page := clerk.get(at).must(t, http.StatusOK, "<mark>13900001234</mark>")
	form := edited(t, page)
	form.Set("version", c.version(t, id))
	clerk.post(at, form).mustLeadTo(t, "/cases/"+number)
	clerk.get("/desk/publish").must(t, http.StatusOK)

	b := c.browser(t)
	for path, says := range map[string]string{
		"/letters": "水箱", "/letters/1": "水发黄", "/letters/feed": "水发黄", "/sitemap.xml": "/letters/1", "/letters?words=水箱": "<mark>水箱</mark>", "/": "",
	} {
		got := b.get(strings.ReplaceAll(path, "水箱", url.QueryEscape("水箱"))).must(t, http.StatusOK, says)
		for _, secret := range append(secrets, number, "<script>alert") {
			if strings.Contains(got.body, secret) {
				t.Errorf("%s shows %s", path, secret)
			}
		}
	}
	for _, secret := range append(secrets, "1390000", "0001234", "小禾") {
		if got := b.get("/letters?words=" + url.QueryEscape(secret)); strings.Contains(got.body, `href="/letters/1"`) {
			t.Errorf("%s is found", secret)
		}
	}
	for _, lang := range []string{"zh", "en"} {
		b.post("/preferences", url.Values{"lang": {lang}})
		for _, path := range []string{"/letters", "/letters/1", "/letters?words=x"} {
			sound(t, lang+" "+path, b.get(path))
		}
	}
	got := b.get("/letters/1").must(t, http.StatusOK, `<link rel="canonical" href="http://mailbox.example.org/letters/1">`, "schema.org/QAPage")
	if strings.Contains(got.body, "noindex") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers are %v", got.header)
	}
	b.get("/letters?kind=complaint").must(t, http.StatusOK, "noindex", `href="/letters/1"`)
}

func TestAWithdrawnLetterIsGone(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	number, id := c.consented(t)
	publish := cases.Publication{Title: "水箱", Body: "水发黄", Answer: "已清洗"}
	if _, err := c.desk.Publish(t.Context(), c.clerk, id, cases.AnyVersion, publish); err != nil {
		t.Fatal(err)
	}
	clerk := c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	at := "/cases/" + number + "/unpublish"
	clerk.post(at, url.Values{"version": {c.version(t, id)}}).must(t, http.StatusUnprocessableEntity)
	clerk.post(at, url.Values{"version": {c.version(t, id)}, "reason": {"来信人要求"}}).mustLeadTo(t, "/cases/"+number)
	b := c.browser(t)
	b.get("/letters/1").must(t, http.StatusGone)
	for _, path := range []string{"/letters", "/letters/feed", "/sitemap.xml", "/letters/1"} {
		if got := b.get(path); strings.Contains(got.body, "水发黄") || strings.Contains(got.body, "/letters/1<") {
			t.Errorf("%s still shows it", path)
		}
	}
	b.get("/letters/2").must(t, http.StatusNotFound)
	b.get("/letters/x").must(t, http.StatusNotFound)
}

func TestTheEditorKeepsWhatWasTypedAndNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	number, id := c.consented(t)
	clerk := c.browser(t)
	clerk.post("/sign-in", url.Values{"login": {"clerk"}, "password": {passphrase}})
	at := "/cases/" + number + "/publish"
	form := url.Values{"version": {c.version(t, id)}, "title": {"水箱"}, "body": {"请打 139-0000-1234"}, "answer": {"已清洗"}, "confirmed": {"yes"}}
	clerk.post(at, form).must(t, http.StatusUnprocessableEntity, "请打 139-0000-1234", "请隐去")
	form.Set("body", "我改过的文字")
	form.Set("version", "1")
	clerk.post(at, form).must(t, http.StatusConflict, "我改过的文字")
	page := clerk.post(at+"/preview", url.Values{"more": {"发黄"}})
	page.must(t, http.StatusOK, "水龙头出来的水▇▇▇", "</textarea>")
	if body := edited(t, page).Get("body"); !strings.Contains(body, "周小禾") {
		t.Errorf("what was not ticked is hidden: %s", body)
	}
	clerk.get(at+"/preview").mustLeadTo(t, at)
	clerk.post("/cases/"+number+"/keep-private", url.Values{"version": {c.version(t, id)}}).mustLeadTo(t, "/desk/publish")
	if page := clerk.get("/desk/publish"); strings.Contains(page.body, "/cases/"+number+"/publish") {
		t.Error("it still waits")
	}
}

func TestAReadersJudgementCountsOnceALineAndBrowser(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	_, id := c.consented(t)
	if _, err := c.desk.Publish(t.Context(), c.clerk, id, cases.AnyVersion, cases.Publication{Title: "水箱", Body: "水发黄", Answer: "已清洗"}); err != nil {
		t.Fatal(err)
	}
	b := c.browser(t)
	for _, choice := range []string{"yes", "yes", "no"} {
		b.post("/letters/1/useful", url.Values{"useful": {choice}}).mustLeadTo(t, "/letters/1")
	}
	b.post("/letters/1/useful", url.Values{"useful": {"perhaps"}}).must(t, http.StatusUnprocessableEntity)
	other := c.browser(t)
	other.address = "192.0.2.8:1"
	other.post("/letters/1/useful", url.Values{"useful": {"yes"}}).mustLeadTo(t, "/letters/1")
	p, err := c.desk.PublishedLetter(t.Context(), 1)
	if err != nil || p.UsefulCount != 1 || p.NotUsefulCount != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestTheFeedAndTheSiteMapAreWhatTheySayTheyAre(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	type feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	read := func() (f feed) {
		page := b.get("/letters/feed").must(t, http.StatusOK)
		if got := page.header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
			t.Errorf("the feed is %s", got)
		}
		if err := xml.Unmarshal([]byte(page.body), &f); err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse(time.RFC3339, f.Updated); err != nil || f.ID == "" || f.Title == "" {
			t.Errorf("%+v, %v", f, err)
		}
		return f
	}
	read()
	_, id := c.consented(t)
	for _, title := range []string{"水箱 & <b>管网</b>", "水箱"} {
		c.clock.Add(time.Hour)
		if _, err := c.desk.Publish(t.Context(), c.clerk, id, cases.AnyVersion, cases.Publication{Title: title, Body: "水发黄", Answer: "已清洗"}); err != nil {
			t.Fatal(err)
		}
		f := read()
		if len(f.Entries) != 1 || f.Entries[0].ID != "http://mailbox.example.org/letters/1" || f.Entries[0].Title != title || f.Entries[0].Updated != f.Updated {
			t.Errorf("%+v", f)
		}
	}
	var m struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []struct {
			Location string `xml:"loc"`
			Modified string `xml:"lastmod"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal([]byte(b.get("/sitemap.xml").must(t, http.StatusOK).body), &m); err != nil {
		t.Fatal(err)
	}
	if last := m.URLs[len(m.URLs)-1]; last.Location != "http://mailbox.example.org/letters/1" || last.Modified == "" {
		t.Errorf("%+v", m.URLs)
	}
	b.get("/robots.txt").must(t, http.StatusOK, "Disallow: /desk\n", "Sitemap: http://mailbox.example.org/sitemap.xml")
}
