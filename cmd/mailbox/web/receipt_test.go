package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases/receipt"
	"mailbox/cmd/mailbox/web"
)

// signedReceipt sends a letter and downloads its signed receipt.
func (b *browser) signedReceipt(t *testing.T) (number, text string) {
	t.Helper()
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, _ = b.receipt()
	page := b.get("/track/receipt").must(t, http.StatusOK, receipt.Heading, number, "2026-03-09T23:59:59+08:00")
	if got := page.header.Get("Content-Disposition"); got != "attachment; filename=receipt-"+number+".txt" {
		t.Errorf("Content-Disposition: %s", got)
	}
	return number, page.body
}

func TestTheWriterTakesASignedReceiptAwayAndAnybodyVerifiesIt(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	writer := c.browser(t)
	writer.get("/track/receipt").mustLeadTo(t, "/track")
	number, text := writer.signedReceipt(t)
	_, secret := writer.receipt()
	if strings.Contains(text, secret) || strings.Contains(text, "周小禾") {
		t.Errorf("the receipt gives away too much: %s", text)
	}
	writer.get("/track/letter").must(t, http.StatusOK, `href="/track/receipt"`)

	b := c.browser(t)
	b.get("/receipt/verify").must(t, http.StatusOK, "核验签名回执")
	b.post("/receipt/verify", url.Values{"text": {text}}).must(t, http.StatusOK, "回执真实有效", number, "3月9日", "云湘市")
	letter := url.Values{"text": {strings.ReplaceAll(text, "\n", "\r\n")}, "title": aLetter()["title"], "body": aLetter()["body"]}
	b.post("/receipt/verify", letter).must(t, http.StatusOK, "回执真实有效", "来信内容一致")
	b.post("/receipt/verify", with(letter, "body", "另一封信")).must(t, http.StatusOK, "回执真实有效", "来信内容不一致", "另一封信")
	for what, forged := range map[string]string{
		"被改动过":   strings.Replace(text, "03-09T", "03-08T", 1),
		"不是信箱的":  "<script>alert(1)</script>",
		"不在已知密钥": strings.Replace(text, "Key-Id: ", "Key-Id: 0", 1),
		"过大":     strings.Repeat("x", 70<<10),
	} {
		page := b.post("/receipt/verify", with(letter, "text", forged)).must(t, http.StatusOK, "未通过核验", what)
		for _, not := range []string{"真实有效", "来信内容", "<script>alert"} {
			if strings.Contains(strings.ReplaceAll(page.body, "来信内容进行核对", ""), not) {
				t.Errorf("%s: the page says %q", what, not)
			}
		}
	}
	b.post("/receipt/verify", nil).must(t, http.StatusUnprocessableEntity, `href="#field-file"`)
}

func TestAReceiptIsVerifiedAsAFileToo(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	number, text := c.browser(t).signedReceipt(t)
	b := c.browser(t)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"csrf": b.token(), "text": "", "title": "", "body": ""} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "receipt-"+number+".txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("\uFEFF" + text)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	b.do(http.MethodPost, "/receipt/verify", form.FormDataContentType(), &body).must(t, http.StatusOK, "回执真实有效", number)
}

// TestVerifyingElsewhere: the keys that the site gives are all that is needed.
func TestVerifyingElsewhere(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	_, text := b.signedReceipt(t)
	page := b.get("/receipt/keys.json").must(t, http.StatusOK, `"kty": "OKP"`, "BEGIN PUBLIC KEY")
	keys, err := receipt.ParseKeys([]byte(page.body))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := receipt.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(keys); err != nil {
		t.Error(err)
	}
}

func TestVerifyingIsLimitedPerAddress(t *testing.T) {
	t.Parallel()
	b := newCity(t, func(c *web.Config) { c.Limits.Verify = web.Limit{Burst: 2, Every: time.Minute} }).browser(t)
	for range 2 {
		b.post("/receipt/verify", url.Values{"text": {"x"}}).must(t, http.StatusOK, "未通过核验")
	}
	b.post("/receipt/verify", url.Values{"text": {"x"}}).must(t, http.StatusTooManyRequests)
}

func TestTheReceiptShowsACodeThatLeadsToTheLetter(t *testing.T) {
	t.Parallel()
	b := newCity(t).browser(t)
	b.post("/write", aLetter()).mustLeadTo(t, "/receipt")
	number, secret := b.receipt()
	page := b.get("/receipt").must(t, http.StatusOK, `role="img"`, `fill="#fff"`, `fill="#000"`, "http://mailbox.example.org/track?number="+number)
	if strings.Contains(page.body, "number="+number+"&") || strings.Count(page.body, secret) != 1 {
		t.Error("the secret stands where it should not")
	}
}
