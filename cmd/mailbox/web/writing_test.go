package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/png"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cmd/mailbox/web"
)

// sentFile is a file as a browser sends it.
type sentFile struct {
	field, name string
	data        []byte
}

// postFiles sends a form with files.
func (b *browser) postFiles(path string, form url.Values, files ...sentFile) answerPage {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	sent := maps.Clone(form)
	if sent == nil {
		sent = url.Values{}
	}
	if !sent.Has("csrf") {
		sent.Set("csrf", b.token())
	}
	for name, values := range sent {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile(f.field, f.name)
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write(f.data); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, path, w.FormDataContentType(), &body)
}

// aPicture is a small PNG.
func aPicture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var fileLink = regexp.MustCompile(`href="(/(?:track|cases/[^/"]+)/files/\d+)"`)

func TestAPhotographTravelsWithTheLetterAndOpensToThoseWhoMaySeeIt(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	page := b.postFiles("/write/check", aLetter(), sentFile{"files", "../水箱<b>.png", aPicture(t)}, sentFile{"files", "", nil})
	page.must(t, http.StatusOK, "已添加的附件", "水箱")
	if strings.Contains(page.body, "<b>") || strings.Contains(page.body, "../") {
		t.Error("the name came through as it was sent")
	}
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	links := fileLink.FindStringSubmatch(b.get("/track/letter").must(t, http.StatusOK).body)
	if links == nil {
		t.Fatal("the writer's page links no file")
	}
	got := b.get(links[1]).must(t, http.StatusOK)
	if _, err := png.Decode(strings.NewReader(got.body)); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"Content-Type": "image/png", "Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	other := c.browser(t)
	other.get(links[1]).mustLeadTo(t, "/track")
	other.post("/write", with(with(aLetter(), "key", "form-2"), "body", "另一件事")).mustLeadTo(t, "/receipt")
	other.get(links[1]).must(t, http.StatusNotFound)

	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	file, err := strconv.ParseInt(links[1][strings.LastIndexByte(links[1], '/')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.desk.OpenFile(t.Context(), c.waterworks, id, file); err == nil {
		t.Error("a department opens a file of a case that is not its own")
	}
	if _, err := c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, c.water); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.desk.OpenFile(t.Context(), c.waterworks, id, file); err != nil {
		t.Error(err)
	}
}

func TestABadFileIsNamedAndTheGoodOnesAreKept(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	page := b.postFiles("/write/check", aLetter(), sentFile{"files", "好.png", aPicture(t)}, sentFile{"files", "坏.png", []byte("<html><script>alert(1)</script>")})
	page.must(t, http.StatusUnprocessableEntity, `href="#field-files"`, "坏.png", "水龙头出来的水发黄", "好.png")
	remove := regexp.MustCompile(`name="remove" value="(\d+)"`).FindStringSubmatch(page.body)
	if remove == nil {
		t.Fatal("the good file was not kept")
	}
	b.postFiles("/write/check", with(aLetter(), "remove", remove[1])).must(t, http.StatusOK)
	if body := b.post("/write/check", aLetter()).must(t, http.StatusOK).body; strings.Contains(body, "好.png") {
		t.Error("the file was not taken off")
	}
	many := make([]sentFile, 6)
	for i := range many {
		many[i] = sentFile{"files", fmt.Sprintf("%d.png", i), aPicture(t)}
	}
	b.postFiles("/write/check", aLetter(), many...).must(t, http.StatusUnprocessableEntity, "最多可添加 5 个附件")
}

func TestAFileOfAReplyIsSeenOnceTheReplyIsTheAnswer(t *testing.T) {
	t.Parallel()
	c := newStaffed(t)
	number := c.routed(t, "水发黄")
	handler := c.as(t, "water")
	version := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(handler.get("/cases/"+number).must(t, http.StatusOK, `enctype="multipart/form-data"`).body)[1]
	form := url.Values{"version": {version}, "reply-reply": {"经核实，水箱已清洗。"}}
	handler.postFiles("/cases/"+number+"/reply", form, sentFile{"reply-files", "报告.txt", []byte("x")}).
		must(t, http.StatusUnprocessableEntity, "报告.txt", "经核实，水箱已清洗。")
	handler.postFiles("/cases/"+number+"/reply", form, sentFile{"reply-files", "报告.png", aPicture(t)}).mustLeadTo(t, "/cases/"+number)
	if fileLink.FindString(c.as(t, "clerk").get("/cases/"+number).must(t, http.StatusOK, "报告.png").body) == "" {
		t.Error("the office cannot open what it reviews")
	}
	id, err := c.desk.Find(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	view, err := c.desk.Look(t.Context(), c.clerk, id)
	if err != nil || len(view.Files) != 1 {
		t.Fatalf("%d files, %v", len(view.Files), err)
	}
	writer := people.TheWriter(int64(id), "zh")
	if _, _, err := c.desk.OpenFile(t.Context(), writer, id, view.Files[0].ID); err == nil {
		t.Error("the writer sees a file of a reply that has not gone out")
	}
	if _, err := c.desk.Answer(t.Context(), c.clerk, id, cases.AnyVersion, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.desk.OpenFile(t.Context(), writer, id, view.Files[0].ID); err != nil {
		t.Error(err)
	}
}

func TestAFormWithoutFilesIsCutOffAtAMegabyteAndOneWithFilesIsNot(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	big := bytes.Repeat([]byte("x"), 2<<20)
	b.postFiles("/write/check", aLetter(), sentFile{"files", "大.pdf", big}).must(t, http.StatusUnprocessableEntity, "大.pdf")
	b.postFiles("/track", url.Values{"number": {"1"}}, sentFile{"files", "大.pdf", big}).must(t, http.StatusRequestEntityTooLarge)
	b.post("/write/check", with(aLetter(), "body", string(big))).must(t, http.StatusRequestEntityTooLarge)
}

var (
	taskOf     = regexp.MustCompile(`data-work="([^"]+)"`)
	questionOf = regexp.MustCompile(`name="question" value="([^"]+)"`)
	labelOf    = regexp.MustCompile(`<label class="field-label" for="field-answer">([^<]+)</label>`)
)

// solve does what the page's script does.
func solve(t *testing.T, page answerPage) string {
	t.Helper()
	var task map[string]any
	if err := json.Unmarshal([]byte(html.UnescapeString(taskOf.FindStringSubmatch(page.body)[1])), &task); err != nil {
		t.Fatal(err)
	}
	for n := range int(task["maxnumber"].(float64)) + 1 {
		sum := sha256.Sum256([]byte(task["salt"].(string) + strconv.Itoa(n)))
		if hex.EncodeToString(sum[:]) == task["challenge"] {
			task["number"] = n
			delete(task, "maxnumber")
			text, err := json.Marshal(task)
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString(text)
		}
	}
	t.Fatal("the challenge has no solution")
	return ""
}

func TestALetterWaitsForTheProofOfWork(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Work = 300 })
	b := c.browser(t)
	b.post("/write", aLetter()).must(t, http.StatusUnprocessableEntity, "水龙头出来的水发黄", `href="#field-answer"`)
	page := b.post("/write/check", aLetter()).must(t, http.StatusOK)
	proof := solve(t, page)
	for what, bad := range map[string]string{
		"nothing of ours":   base64.StdEncoding.EncodeToString([]byte(`{"algorithm":"SHA-256"}`)),
		"no base 64":        "%%%",
		"another signature": strings.Replace(proof, proof[len(proof)-9:len(proof)-1], "AAAAAAAA", 1),
		"far too long":      strings.Repeat("A", 5000),
	} {
		if page := b.post("/write", with(aLetter(), "proof", bad)); page.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d", what, page.status)
		}
	}
	b.post("/write", with(aLetter(), "proof", proof)).mustLeadTo(t, "/receipt")
	number, _ := b.receipt()
	b.post("/write", with(aLetter(), "proof", proof)).mustLeadTo(t, "/receipt") // pressed twice
	if again, _ := b.receipt(); again != number {
		t.Errorf("two letters, %s and %s", number, again)
	}
	b.post("/write", with(with(aLetter(), "proof", proof), "body", "另一件事")).must(t, http.StatusConflict, "另一件事", "再按一次")
	late := solve(t, b.post("/write/check", aLetter()))
	c.clock.Add(time.Hour + time.Second)
	b.post("/write", with(with(aLetter(), "proof", late), "body", "又一件事")).must(t, http.StatusUnprocessableEntity)
	if n := c.letters(t); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestTheSumInWordsServesInsteadOfTheProof(t *testing.T) {
	t.Parallel()
	c := newCity(t, func(c *web.Config) { c.Work = 300 })
	b := c.browser(t)
	page := b.post("/write/check", aLetter()).must(t, http.StatusOK)
	form := with(aLetter(), "question", html.UnescapeString(questionOf.FindStringSubmatch(page.body)[1]))
	b.post("/write", with(form, "answer", "99")).must(t, http.StatusUnprocessableEntity, "请用数字回答", "水龙头出来的水发黄")
	answer := sumOf(t, labelOf.FindStringSubmatch(page.body)[1])
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, answer)
	b.post("/write", with(form, "answer", wide)).mustLeadTo(t, "/receipt")
	b.post("/write", with(with(form, "answer", answer), "body", "另一件事")).must(t, http.StatusConflict)
	if n := c.letters(t); n != 1 {
		t.Errorf("%d letters", n)
	}
}

func TestAnotherDoorIsNamedAndTheLetterMayStillBeSent(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	form := with(aLetter(), "body", "我与开发商的官司，法院已经判决，但一直没有执行。")
	b.post("/write/check", form).must(t, http.StatusOK, "12368", "仍可以寄出")
	b.post("/write/hints", form).must(t, http.StatusOK, "12368")
	if body := b.post("/write/hints", aLetter()).must(t, http.StatusOK).body; strings.Contains(body, "<html") || strings.Contains(body, "123") {
		t.Errorf("hints for an ordinary letter: %s", body)
	}
	b.post("/write", form).mustLeadTo(t, "/receipt")
}

func TestTheReceiptIsMailedOnlyIfWanted(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	form := aLetter()
	form.Del("copy")
	b.post("/write/check", form).must(t, http.StatusOK, "不发送")
	b.post("/write", form).mustLeadTo(t, "/receipt")
	if n := c.mails(t); n != 0 {
		t.Errorf("%d mails", n)
	}
}

// mails counts the notices that were written.
func (c *city) mails(t *testing.T) (n int) {
	t.Helper()
	if err := c.db.Read.NewRaw("SELECT count(*) FROM notices").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestALostSecretIsSentAnewToTheAddressOnFileAndNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, secret := b.receipt()
	before := c.mails(t)
	stranger := c.browser(t)
	said := map[string]bool{}
	for _, form := range []url.Values{
		{"number": {number}, "contact": {"13900009999"}},
		{"number": {cases.Number("2026-03-05", 999)}, "contact": {"13900001234"}},
		{"number": {number}, "contact": {"+86 139-0000-1234"}},
		{"number": {number}, "contact": {"ZHOU@example.org"}}, // a second time today
	} {
		page := stranger.post("/track/lost", form).must(t, http.StatusOK, "已经受理")
		said[page.body[strings.Index(page.body, "<main"):strings.Index(page.body, "</main")]] = true
	}
	if len(said) != 1 {
		t.Errorf("the page says %d different things", len(said))
	}
	if n := c.mails(t); n != before+1 {
		t.Errorf("%d mails, want 1", n-before)
	}
	stranger.post("/track", url.Values{"number": {number}, "secret": {secret}}).must(t, http.StatusNotFound) // the old one is void
	stranger.post("/track/lost", url.Values{"number": {"12"}, "contact": {"x"}}).must(t, http.StatusUnprocessableEntity, `href="#field-number"`)
	stranger.post("/track/lost", url.Values{"number": {number}, "contact": {"x"}}).must(t, http.StatusTooManyRequests) // the sixth
}

func TestALinkWithNumberAndSecretOpensTheLetter(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, secret := b.receipt()
	other := c.browser(t)
	other.get("/track/open?number="+number+"&secret="+secret).mustLeadTo(t, "/track/letter")
	other.get("/track/letter").must(t, http.StatusOK, number)
	wrong := c.browser(t)
	page := wrong.get("/track/open?number="+number+"&secret=AAAA-BBBB-CCCC").must(t, http.StatusNotFound, number)
	if strings.Contains(page.body, "AAAA-BBBB-CCCC") {
		t.Error("the secret of the link comes back into the page")
	}
	if strings.Contains(c.log.String(), secret) {
		t.Error("the log holds the secret")
	}
}

func TestWhoeverIsTooManyIsToldToComeAgainAndLosesNothing(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	token := b.token()
	open := web.FillDoor(c.server)
	gone, cancel := context.WithCancel(t.Context()) // whoever waits is cut off at once, so that the test need not wait
	cancel()
	b.context = gone
	b.post("/write", with(aLetter(), "csrf", token)).must(t, http.StatusServiceUnavailable, "水龙头出来的水发黄", "人数较多")
	b.get("/").must(t, http.StatusServiceUnavailable, "半分钟")
	b.get("/healthz").must(t, http.StatusOK)
	open()
	b.context = nil
	b.get("/").must(t, http.StatusOK)
}

func TestAPublishedAnswerIsOfferedBeforeALetterIsSentAndCountsAsHelp(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	_, id := c.consented(t)
	_, err := c.desk.Publish(t.Context(), c.clerk, id, cases.AnyVersion, cases.Publication{
		Title: "小区二次供水水箱长期未清洗", Body: "水龙头出来的水发黄，请有关部门查一查。", Answer: "经核实，水箱已清洗消毒。",
	})
	if err != nil {
		t.Fatal(err)
	}
	b := c.browser(t)
	form := with(with(aLetter(), "key", "form-9"), "body", "我家水龙头出来的水发黄，请有关部门查一查。")
	for _, path := range []string{"/write/check", "/write/hints"} {
		b.post(path, form).must(t, http.StatusOK, "水箱已清洗消毒", "已解答我的问题", `href="/letters/1"`)
	}
	if body := b.post("/write/check", with(with(form, "title", "公交改线"), "body", "十二路公交能不能延长到学府街？")).must(t, http.StatusOK).body; strings.Contains(body, "已解答我的问题") {
		t.Error("an answer on another matter is offered")
	}
	b.post("/write/answered", url.Values{"letter": {"1"}}).mustLeadTo(t, "/letters/1")
	b.get("/letters/1").must(t, http.StatusOK, "很高兴这个答复帮到了您")
	b.post("/write/answered", url.Values{"letter": {"77"}}).must(t, http.StatusNotFound)
	b.post("/write/answered", url.Values{"letter": {"x"}}).must(t, http.StatusNotFound)
	var helped int
	if err := c.db.Read.NewRaw("SELECT COALESCE(SUM(count), 0) FROM helped").Scan(t.Context(), &helped); err != nil || helped != 1 {
		t.Errorf("counted %d times, %v", helped, err)
	}
}

// It has the place of temporary files to itself: it is not parallel.
func TestNoFileOfAWriterStaysOnTheDiskInTheClear(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	c := newCity(t)
	b := c.browser(t)
	b.get("/write").must(t, http.StatusOK)
	b.postFiles("/write/check", aLetter(), sentFile{"files", "大.png", append(aPicture(t), make([]byte, 2<<20)...)}).must(t, http.StatusOK)
	left, err := filepath.Glob(filepath.Join(dir, "multipart-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
}
