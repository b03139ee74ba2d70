package files_test

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/files"
)

func TestANameIsMadeSafeAndStaysReadable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind files.Type
		want string
	}{
		{"路灯.jpg", files.JPEG, "路灯.jpg"},
		{"IMG_2026.JPEG", files.JPEG, "IMG_2026.jpg"},
		{"report.v2.docx", files.DOCX, "report.v2.docx"},
		{"../../etc/passwd", files.PDF, "passwd.pdf"},
		{`C:\Users\李\桌面\合同.doc`, files.DOC, "合同.doc"},
		{"photo.webp", files.PNG, "photo.png"},
		{"invoice.pdf.exe", files.PDF, "invoice.pdf"},
		{"a.php.jpg", files.JPEG, "a.jpg"},
		{"invoice\u202efdp.exe", files.PDF, "invoicefdp.pdf"},
		{"a\r\nSet-Cookie: x=1.jpg", files.JPEG, "aSet-Cookie_ x=1.jpg"},
		{"a\u200b\u2066b\ufeff.png", files.PNG, "ab.png"},
		{".htaccess", files.JPEG, "htaccess.jpg"},
		{"...", files.JPEG, "file.jpg"},
		{"", files.PDF, "file.pdf"},
		{"/", files.PDF, "file.pdf"},
		{"con.jpg", files.JPEG, "_con.jpg"},
		{"Con.a.jpg", files.JPEG, "_Con.a.jpg"},
		{"LPT1", files.PDF, "_LPT1.pdf"},
		{"a  \u3000 b.jpg", files.JPEG, "a b.jpg"},
		{`a"b;c%d*?.jpg`, files.JPEG, `a_b;c%d__.jpg`},
		{"e\u0301.jpg", files.JPEG, "é.jpg"},
		{"a\xff\xfeb.jpg", files.JPEG, "ab.jpg"},
		{strings.Repeat("a", 300) + ".jpg", files.JPEG, strings.Repeat("a", 96) + ".jpg"},
		{strings.Repeat("路", 300) + ".jpg", files.JPEG, strings.Repeat("路", 78) + ".jpg"},
		{"投诉", "", "投诉"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, files.CleanName(test.name, test.kind)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestABrowserReadsTheNameFromTheHeader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind files.Type
		want string
	}{
		{"a.jpg", files.JPEG, `inline; filename="a.jpg"; filename*=UTF-8''a.jpg`},
		{"路灯 1.pdf", files.PDF, `attachment; filename="__ 1.pdf"; filename*=UTF-8''%E8%B7%AF%E7%81%AF%201.pdf`},
		{`a"; filename=evil.html`, files.DOCX, `attachment; filename="a__ filename=evil.docx"; filename*=UTF-8''a_%3B%20filename%3Devil.docx`},
		{"a\r\nX: y'%41.png", files.PNG, `inline; filename="aX_ y'_41.png"; filename*=UTF-8''aX_%20y%27%2541.png`},
	}
	for _, test := range tests {
		header := files.Disposition(test.name, test.kind)
		if diff := cmp.Diff(test.want, header); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.name, diff)
		}
		_, parameters, err := mime.ParseMediaType(header)
		if err != nil || parameters["filename"] != files.CleanName(test.name, test.kind) {
			t.Errorf("%s is read as %q, %v", header, parameters["filename"], err)
		}
	}
}

func TestEveryKindHasAMediaTypeAndAnExtension(t *testing.T) {
	t.Parallel()
	for _, kind := range []files.Type{files.JPEG, files.PNG, files.WebP, files.PDF, files.DOCX, files.DOC} {
		if kind.Extension() == "" || kind.Media() == files.Type("").Media() || kind.Image() != strings.HasPrefix(kind.Media(), "image/") {
			t.Errorf("%s: %q %q %t", kind, kind.Extension(), kind.Media(), kind.Image())
		}
	}
}

func FuzzCleanName(f *testing.F) {
	for _, name := range []string{"路灯.jpg", "../a", "con.jpg", "a\u202eb", "a.\u200b.exe. .jpg", strings.Repeat("a.exe ", 40), "e\u0301", "a\u0345\u200b\u0301"} {
		f.Add(name, "jpeg")
		f.Add(name, "docx")
	}
	f.Fuzz(func(t *testing.T, name, kind string) {
		if kind != "jpeg" && kind != "docx" && kind != "pdf" {
			kind = ""
		}
		clean := files.CleanName(name, files.Type(kind))
		if again := files.CleanName(clean, files.Type(kind)); again != clean {
			t.Errorf("%q becomes %q and then %q", name, clean, again)
		}
		if !utf8.ValidString(clean) || utf8.RuneCountInString(clean) > 100 || len(clean) > 240 || clean == "" || clean[0] == '.' ||
			!strings.HasSuffix(clean, files.Type(kind).Extension()) || strings.ContainsAny(clean, `/\:*?"<>|`) {
			t.Errorf("%q becomes %q", name, clean)
		}
		for _, r := range clean {
			if !unicode.IsGraphic(r) {
				t.Errorf("%q keeps %U", name, r)
			}
		}
		header := files.Disposition(name, files.Type(kind))
		_, parameters, err := mime.ParseMediaType(header)
		if err != nil || parameters["filename"] != clean || strings.ContainsAny(header, "\r\n\x00") {
			t.Errorf("%q: %s is read as %q, %v", name, header, parameters["filename"], err)
		}
	})
}
