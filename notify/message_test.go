package notify

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// ours are the headers of a mail, sorted, and no others.
var ours = []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}

// built builds m and reads it back as a mail program would.
func built(t *testing.T, m Message) (*mail.Message, []byte) {
	t.Helper()
	raw, err := m.bytes()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return parsed, raw
}

// wellFormed checks what holds for every mail whatever is in it.
func wellFormed(t *testing.T, m Message) *mail.Message {
	t.Helper()
	parsed, raw := built(t, m)
	var headers []string
	for name, values := range parsed.Header {
		headers = append(headers, name)
		if len(values) != 1 {
			t.Errorf("%s stands %d times", name, len(values))
		}
	}
	slices.Sort(headers)
	want := ours
	if m.HTML == "" && len(m.Attachments) == 0 {
		want = slices.Sorted(slices.Values(append([]string{"Content-Transfer-Encoding"}, ours...)))
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("headers: %s", diff)
	}
	for header, address := range map[string]string{"To": m.To.Email, "From": m.From.Email} {
		list, err := parsed.Header.AddressList(header)
		if err != nil || len(list) != 1 || list[0].Address != address {
			t.Errorf("%s: %v, %v instead of %s alone", header, list, err, address)
		}
	}
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line has %d bytes", len(line))
		}
		if bytes.ContainsAny(line, "\r\n\x00") {
			t.Errorf("a bare line end or NUL in %q", line)
		}
	}
	for _, b := range header {
		if b > '~' {
			t.Errorf("the header is not ASCII: %q", header)
			break
		}
	}
	return parsed
}

func TestHeadersCannotBeInjected(t *testing.T) {
	t.Parallel()
	evils := []string{
		"a\r\nBcc: evil@example.org", "a\nBcc: evil@example.org", "a\rBcc: evil@example.org",
		"a\r\n\r\n<script>", "a\x00b", "a\r\n b", "\r\n", "路灯\r\nBcc: evil@example.org",
		"a, evil@example.org", "a <evil@example.org>, b", `"a" <evil@example.org>,`, `\", evil@example.org`,
		"=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5vcmc=?=", "?= =?utf-8?q?x?=", "a\u2028Bcc: evil@example.org", "a\u0085b",
		`张三\`, `\\`, "==??utf-8", "=\u202e?utf-8?q?a?=",
		`a"; filename*=utf-8''evil.exe; x="`, "\xff\xfe", strings.Repeat("长", 5000), strings.Repeat("x", 5000),
	}
	for _, evil := range evils {
		m := letterToZhang()
		m.Subject, m.From.Name, m.To.Name = evil, evil, evil
		m.Attachments[0].Name, m.Attachments[0].ContentType = evil, evil
		parsed := wellFormed(t, m)
		if n := utf8.RuneCountInString(decoded(t, parsed.Header.Get("Subject"))); n > maxSubject {
			t.Errorf("%.30q: the subject has %d characters", evil, n)
		}
		if names := attachmentsOf(t, parsed); len(names) != 1 || strings.ContainsAny(names[0], "\r\n/\\\x00") {
			t.Errorf("%.30q: attachments %q", evil, names)
		}
	}
}

func TestUnsafeAddressesAndMessageIDsAreRefused(t *testing.T) {
	t.Parallel()
	emails := []string{
		"", "zhang", "@example.org", "zhang@", "zhang@example.org\r\nBcc: evil@example.org", "zhang@example.org\n",
		"zhang@example.org, evil@example.org", "zhang@example.org,evil@example.org", "zhang@example.org evil@example.org",
		"<zhang@example.org>", "zhang@example.org>", "Zhang <zhang@example.org>", `"zhang,evil"@example.org`,
		"zhang(comment)@example.org", "zhang@evil@example.org", "zhang..san@example.org", ".zhang@example.org",
		"zhang@-example.org", "zhang@example..org", "zhang@[127.0.0.1]", "张三@example.org", "zhang@湘潭.cn",
		"zhang@example.org\x00", strings.Repeat("z", 65) + "@example.org", "z@" + strings.Repeat("a.", 150) + "org",
	}
	for _, email := range emails {
		m := letterToZhang()
		m.To.Email = email
		if _, err := m.bytes(); !isPermanent(err) {
			t.Errorf("to %q: %v", email, err)
		}
		m = letterToZhang()
		m.From.Email = email
		if _, err := m.bytes(); !isPermanent(err) {
			t.Errorf("from %q: %v", email, err)
		}
	}
	for _, id := range []string{"", "a", "a@b\r\nBcc: evil@example.org", "a@b>", "<a@b>", "a b@c"} {
		m := letterToZhang()
		m.ID = id
		if _, err := m.bytes(); !isPermanent(err) {
			t.Errorf("Message-ID %q: %v", id, err)
		}
	}
	for name, m := range map[string]Message{"no date": letterToZhang(), "no text": letterToZhang()} {
		if name == "no date" {
			m.Date = time.Time{}
		} else {
			m.Text = ""
		}
		if _, err := m.bytes(); !isPermanent(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOrdinaryAddressesAreAccepted(t *testing.T) {
	t.Parallel()
	for _, email := range []string{
		"zhang@example.org", "zhang.san+mayor@mail.xiangtan.gov.cn", "1234567@qq.com", "o'neill_x@example.org", "root@localhost",
	} {
		m := letterToZhang()
		m.To.Email = email
		wellFormed(t, m)
	}
}

func TestNamesArriveAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"张三", "Li, Wei", "李伟,王芳", `Wei "Lee" Li`, "城市管理局(信访科)", "Wei", "a@b", "湘潭市住房和城乡建设局物业管理与房屋安全鉴定中心办公室",
	} {
		m := letterToZhang()
		m.To.Name = name
		list, err := wellFormed(t, m).Header.AddressList("To")
		if err != nil || list[0].Name != name {
			t.Errorf("%s became %v, %v", name, list, err)
		}
	}
}

func TestSubjectsAreFoldedAndCapped(t *testing.T) {
	t.Parallel()
	tests := []struct{ subject, want string }{
		{"Your letter has arrived", "Your letter has arrived"},
		{"您的信件已收到", "您的信件已收到"},
		{"  two \t spaces\r\nand a line end ", "two spaces and a line end"},
		{strings.Repeat("答", 80), strings.Repeat("答", 80)},
		{strings.Repeat("答", 81), strings.Repeat("答", 79) + "…"},
		{strings.Repeat("𠮷", 80), strings.Repeat("𠮷", 80)},
		{"=?utf-8?q?not_a_word?=", "=?utf-8?q?not_a_word?="},
		{"\u202etxt.exe", "txt.exe"},
		{"", ""},
	}
	for _, test := range tests {
		m := letterToZhang()
		m.Subject = test.subject
		parsed := wellFormed(t, m)
		if got := decoded(t, parsed.Header.Get("Subject")); got != test.want {
			t.Errorf("%q became %q", test.subject, got)
		}
		_, raw := built(t, m)
		header, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		for line := range strings.SplitSeq(header, "\r\n") {
			if strings.HasPrefix(line, " =?") && len(line) > 78 {
				t.Errorf("%.20q: a folded line has %d characters", test.subject, len(line))
			}
		}
	}
}

func TestTextAndHTMLAreAlternatives(t *testing.T) {
	t.Parallel()
	m := letterToZhang()
	m.Attachments = nil
	parsed := wellFormed(t, m)
	mediaType, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/alternative" {
		t.Fatalf("%s, %v", mediaType, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for _, want := range []struct{ contentType, body string }{
		{"text/plain; charset=UTF-8", m.Text}, {"text/html; charset=UTF-8", m.HTML}, // the better last (RFC 2046)
	} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.ReplaceAll(string(body), "\r\n", "\n")
		if part.Header.Get("Content-Type") != want.contentType || got != want.body {
			t.Errorf("got %s %q", part.Header.Get("Content-Type"), got)
		}
	}
	m.HTML = ""
	parsed = wellFormed(t, m)
	if got := parsed.Header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
		t.Errorf("text alone is %s", got)
	}
}

func TestAttachmentNamesKeepTheirEndingAndLoseTheirFolder(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"照片.jpg", "照片.jpg"},
		{"路灯 照片(一).pdf", "路灯 照片(一).pdf"},
		{"../../etc/passwd", "passwd"},
		{`C:\Users\wang\照片.jpg`, "照片.jpg"},
		{".htaccess", "htaccess"},
		{"", "attachment"},
		{"..", "attachment"},
		{"/", "attachment"},
		{"a\r\nb.pdf", "a b.pdf"},
		{strings.Repeat("长", 100) + ".pdf", strings.Repeat("长", 65) + ".pdf"},
		{strings.Repeat("x", 300) + "." + strings.Repeat("y", 50), strings.Repeat("x", 200)},
	}
	for _, test := range tests {
		m := letterToZhang()
		m.Attachments[0].Name = test.name
		if got := attachmentsOf(t, wellFormed(t, m)); len(got) != 1 || got[0] != test.want {
			t.Errorf("%q became %q, want %q", test.name, got, test.want)
		}
	}
}

func TestAnAttachmentArrivesByteForByte(t *testing.T) {
	t.Parallel()
	m := letterToZhang()
	m.Attachments[0].Data = bytes.Repeat([]byte{0, 1, 2, '\r', '\n', '.', '\r', '\n', 0xff}, 1000)
	parsed := wellFormed(t, m)
	_, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	if _, err := parts.NextPart(); err != nil {
		t.Fatal(err)
	}
	part, err := parts.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
	if err != nil || !bytes.Equal(got, m.Attachments[0].Data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if part.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("it is %s", part.Header.Get("Content-Type"))
	}
}

func FuzzAMailHasOneRecipientAndOnlyOurHeaders(f *testing.F) {
	f.Add("您的信件已收到", "张三, 湘潭", "zhang@example.org", "正文", "<p>正文</p>", "照片.jpg", "image/jpeg")
	f.Add("a\r\nBcc: e@example.org", "a\nb", "z@example.org\r\nBcc: e@example.org", "\r\n.\r\n", "\x00", "a\r\nb", "a/b\r\nc")
	f.Add("路\\", "张\\", "a@b", "", "", "\\张", "x/y; z=\"\\\"")
	f.Add("=?utf-8?q?=0D=0A?=", "=?utf-8?q?=2C?=", "a@b", "\xff", "", "\"", "multipart/mixed; boundary=x")
	f.Fuzz(func(t *testing.T, subject, name, email, text, html, file, contentType string) {
		m := letterToZhang()
		m.Subject, m.To, m.Text, m.HTML = subject, Address{Name: name, Email: email}, "x"+text, html
		m.Attachments[0].Name, m.Attachments[0].ContentType = file, contentType
		if checkEmail(email) != nil {
			if _, err := m.bytes(); !isPermanent(err) {
				t.Errorf("%q was accepted: %v", email, err)
			}
			m.To.Email = "zhang@example.org"
		}
		parsed := wellFormed(t, m)
		if names := attachmentsOf(t, parsed); len(names) != 1 {
			t.Errorf("attachments %q", names)
		}
	})
}

func attachmentsOf(t *testing.T, parsed *mail.Message) []string {
	t.Helper()
	var m Mail
	if err := m.read(parsed.Header.Get("Content-Type"), parsed.Body); err != nil {
		t.Fatal(err)
	}
	return m.Attachments
}
