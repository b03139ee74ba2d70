package files_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"mailbox/cases/files"
)

func TestADocumentIsKeptAsSentAndSaysThatItKeepsItsOwnData(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says string
		data []byte
		want files.Type
	}{
		{"a PDF", []byte(tinyPDF), files.PDF},
		{"a PDF with a line after its end", []byte(tinyPDF + "\r\n\x00\x00"), files.PDF},
		{"a PDF with its mailer's remark", []byte(tinyPDF + "-- sent by a scanner --"), files.PDF},
		{"a PDF with XML data about itself", []byte(strings.Replace(tinyPDF, "trailer", "<?xpacket begin='' ?><x:xmpmeta/>\ntrailer", 1)), files.PDF},
		{"a PDF with /JS in a compressed stream", []byte(strings.Replace(tinyPDF, "trailer", "<< /Length 6 >>\nstream\nx/JS (\nendstream\ntrailer", 1)), files.PDF},
		{"a Word document", docx(t), files.DOCX},
		{"a Word document with links and pictures", docx(t, part{
			"word/_rels/document.xml.rels",
			`<Relationships><Relationship Type="http://x/relationships/hyperlink" Target="https://example.org" TargetMode="External"/>` +
				`<Relationship Type="http://x/relationships/attachedTemplate" Target="file:///C:\Users\a\Normal.dotm" TargetMode="External"/></Relationships>`,
		}), files.DOCX},
		{"an old Word document", oleOf(oleNode{"Root Entry", 5, none, none, 1}, oleNode{"WordDocument", 2, none, 2, none}, oleNode{"1Table", 2, none, none, none}), files.DOC},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			clean := accept(t, "report.exe", test.data)
			if clean.Type != test.want || !clean.KeepsOwnData || !bytes.Equal(clean.Data, test.data) || clean.Name != "report"+test.want.Extension() || clean.Type.Image() {
				t.Errorf("it is kept as %s %s, own data %t", clean.Type, clean.Name, clean.KeepsOwnData)
			}
		})
	}
}

func TestAPDFThatIsMoreThanAPDFIsRefused(t *testing.T) {
	t.Parallel()
	with := func(object string) string { return strings.Replace(tinyPDF, "trailer", object+"\ntrailer", 1) }
	tests := []struct{ says, text, advice string }{
		{"a ZIP behind", tinyPDF + string(zipOf(t, part{"a.txt", "a"})), "two kinds"},
		{"a ZIP before the end", with(string(zipOf(t, part{"a.txt", "a"}))), "two kinds"},
		{"a RAR inside", with("Rar!\x1a\x07\x00"), "two kinds"},
		{"a page behind", tinyPDF + "<script>alert(1)</script>", "two kinds"},
		{"a page at the start", strings.Replace(tinyPDF, "1 0 obj", "<HTML><script>1 0 obj", 1), "two kinds"},
		{"something before", "GARBAGE" + tinyPDF, "two kinds"},
		{"a picture before", "GIF89a" + tinyPDF, "GIF"},
		{"two kilobytes behind", tinyPDF + strings.Repeat("x", 2000), "two kinds"},
		{"cut off", tinyPDF[:60], "damaged"},
		{"a script", with("<< /S /JavaScript /JS (app.alert(1)) >>"), "script"},
		{"a script under an escaped name", with("<< /S /J#61vaScript >>"), "script"},
		{"a script by /JS alone", with("<< /S/Rendition/JS(x)>>"), "script"},
		{"a script behind a false stream", with("% stream\n<< /S /JavaScript >>"), "script"},
		{"a command", with("<< /S /Launch /F (cmd.exe) >>"), "script"},
		{"another file", with("<< /Type /EmbeddedFile >>"), "script"},
		{"a list of other files", with("<< /EmbeddedFiles 7 0 R >>"), "script"},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			if text := refused(t, "letter.pdf", []byte(test.text)); !strings.Contains(text, test.advice) {
				t.Error(text)
			}
		})
	}
}

func TestAWordDocumentThatIsMoreThanOneIsRefused(t *testing.T) {
	t.Parallel()
	entries := make([]part, 2001)
	for i := range entries {
		entries[i] = part{fmt.Sprint("word/media/", i), ""}
	}
	good := docx(t)
	locked := bytes.Clone(good)
	binary.LittleEndian.PutUint16(locked[bytes.Index(locked, []byte("PK\x01\x02"))+8:], 9)
	commented := append(bytes.Clone(good[:len(good)-2]), 4, 0, 'a', 'b', 'c', 'd')
	// The directory says 10 bytes; what is packed unfolds to a megabyte.
	lying := docx(t, part{"word/media/a", strings.Repeat("a", 1<<20)})
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[at+24:], 10)
	rels := func(kind, target string) []byte {
		return docx(t, part{"word/_rels/settings.xml.rels", `<Relationships><Relationship Type="http://x/relationships/` + kind + `" Target="` + target + `" TargetMode="External"/></Relationships>`})
	}
	tests := []struct {
		says   string
		data   []byte
		advice string
	}{
		{"an ordinary ZIP", zipOf(t, part{"a.txt", "a"}), "unpack"},
		{"a spreadsheet", zipOf(t, part{"[Content_Types].xml", ""}, part{"xl/workbook.xml", ""}), "spreadsheet"},
		{"macros", docx(t, part{"word/vbaProject.bin", "x"}), "macros"},
		{"macros by content type", zipOf(t, part{"[Content_Types].xml", "application/vnd.ms-word.document.macroEnabled.main+xml"}, part{"word/document.xml", ""}), "macros"},
		{"a way out", docx(t, part{"../../etc/passwd", "x"}), "damaged"},
		{"an absolute path", docx(t, part{"/etc/passwd", "x"}), "damaged"},
		{"a path of Windows", docx(t, part{`..\..\a`, "x"}), "damaged"},
		{"the same name twice", docx(t, part{"WORD/document.xml", "x"}), "damaged"},
		{"a password", locked, "password"},
		{"2,003 entries", docx(t, entries...), "unfolds"},
		{"a program before it", append([]byte(zipStart), good...), "two kinds"},
		{"a page behind it", append(bytes.Clone(good), "<html>"...), "two kinds"},
		{"a comment", commented, "two kinds"},
		{"cut off", good[:len(good)-30], "damaged"},
		{"a size that is a lie", lying, "damaged"},
		{"a template from elsewhere", rels("attachedTemplate", "https://example.org/a.dotm"), "elsewhere"},
		{"a template from a share", rels("attachedTemplate", `file:///\\host\a.dotm`), "elsewhere"},
		{"a frame from elsewhere", rels("frame", "HTTP://example.org"), "elsewhere"},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			if text := refused(t, "letter.docx", test.data); !strings.Contains(text, test.advice) {
				t.Error(text)
			}
		})
	}
}

// zipStart looks like the first entry of a ZIP, and is not one.
const zipStart = "PK\x03\x04 MZ this program cannot be run in DOS mode"

func TestAZipBombIsRefusedBeforeItUnfolds(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	// A megabyte of zeros, packed once and entered 120 times.
	var packed bytes.Buffer
	squeeze, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 1<<20)
	if _, err := squeeze.Write(block); err != nil {
		t.Fatal(err)
	}
	if err := squeeze.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		f, err := w.CreateRaw(&zip.FileHeader{
			Name: fmt.Sprint("word/media/", i), Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(block),
			CompressedSize64: uint64(packed.Len()), UncompressedSize64: uint64(len(block)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(packed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"[Content_Types].xml", "word/document.xml"} {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	many := b.Bytes()
	if text := refused(t, "bomb.docx", many); !strings.Contains(text, "unfolds") {
		t.Errorf("120 MB in %d kB: %s", len(many)>>10, text)
	}
	one := docx(t, part{"word/media/a", strings.Repeat("a", 3<<20)})
	if text := refused(t, "bomb.docx", one); !strings.Contains(text, "unfolds") {
		t.Errorf("3 MB in one entry of %d kB: %s", len(one)>>10, text)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := files.Accept(cancelled, "a.docx", docx(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a writer who has left: %v", err)
	}
}

func TestAnOldWordDocumentThatIsMoreThanOneIsRefused(t *testing.T) {
	t.Parallel()
	root := oleNode{"Root Entry", 5, none, none, 1}
	word := oleNode{"WordDocument", 2, none, 2, none}
	circle := oleOf(root, word)
	binary.LittleEndian.PutUint32(circle[512+4:], 1)
	deep := []oleNode{root, {"WordDocument", 2, none, 2, none}}
	for i := range 50_000 { // every folder in the one before
		deep = append(deep, oleNode{"Macro", 1, none, none, uint32(i + 3)})
	}
	tests := []struct {
		says   string
		data   []byte
		advice string
	}{
		{"macros", oleOf(root, word, oleNode{"Macros", 1, none, none, none}), "macros"},
		{"macros in an object", oleOf(root, word, oleNode{"ObjectPool", 1, none, none, 3}, oleNode{"_VBA_PROJECT_CUR", 1, none, none, none}), "macros"},
		{"a spreadsheet", oleOf(root, oleNode{"Workbook", 2, none, none, none}), "spreadsheet"},
		{"a spreadsheet with a Word document in it", oleOf(root, oleNode{"MBD01", 1, none, none, 2}, oleNode{"WordDocument", 2, none, none, none}), "spreadsheet"},
		{"an encrypted DOCX", oleOf(root, oleNode{"EncryptedPackage", 2, none, none, none}), "password"},
		{"a directory in a circle", circle, "damaged"},
		{"a header alone", oleOf(root, word)[:512], "damaged"},
		{"twenty bytes", oleOf(root, word)[:20], "damaged"},
		{"folders nested beyond the table", oleOf(deep...), "damaged"},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			if text := refused(t, "letter.doc", test.data); !strings.Contains(text, test.advice) {
				t.Error(text)
			}
		})
	}
}

func TestWhatIsNotKeptIsRefusedWithWhatToDoInstead(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, advice string }{
		{"a.jpg", "GIF89a\x01\x00\x01\x00", "GIF"},
		{"a.jpg", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "Most Compatible"},
		{"a.heic", "\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00", "Most Compatible"},
		{"a.mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00", "photographs or screenshots"},
		{"a.webp", string(movingWebP), "photographs or screenshots"},
		{"a.tif", "II*\x00\x08\x00\x00\x00", "JPEG"},
		{"a.bmp", "BM\x36\x00\x00\x00", "JPEG"},
		{"a.svg", `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`, "screenshot"},
		{"a.jpg", " \n<!DOCTYPE html><script>alert(1)</script>", "screenshot"},
		{"a.pdf", "MZ\x90\x00\x03", "program"},
		{"a.pdf", "\x7fELF\x02", "program"},
		{"a.docx", "Rar!\x1a\x07\x01\x00", "unpack"},
		{"a.docx", "7z\xbc\xaf\x27\x1c", "unpack"},
		{"a.zip", "PK\x05\x06" + strings.Repeat("\x00", 18), "unpack"},
		{"a.doc", `{\rtf1 hello}`, "PDF"},
		{"a.txt", "您好，路灯坏了。", "paste"},
		{"a.bin", "\x01\x02\x03\x04\x05", "attach photographs"},
		{"a.jpg", "", "empty"},
		{"a.jpg", strings.Repeat("a", files.MaxSize+1), "10 MB"},
		{"", "a", "no name"},
		{"\u202e\u200b", "a", "no name"},
	}
	for _, test := range tests {
		name := test.name
		if test.advice == "no name" {
			name = ""
		}
		if text := refused(t, name, []byte(test.text)); !strings.Contains(text, test.advice) {
			t.Errorf("%q: %s", test.name, text)
		}
	}
}
