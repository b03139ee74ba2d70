package files_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"testing"
	"unicode/utf16"

	"mailbox/cases/errs"
	"mailbox/cases/files"
)

// corners is a picture whose four quarters differ: red, green / blue, white; so one sees how it was turned.
func corners(width, height int) *image.RGBA {
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	middle := image.Pt(width/2, height/2)
	for c, quarter := range map[color.RGBA]image.Rectangle{
		{255, 0, 0, 255}:     {Max: middle},
		{0, 255, 0, 255}:     image.Rect(middle.X, 0, width, middle.Y),
		{0, 0, 255, 255}:     image.Rect(0, middle.Y, middle.X, height),
		{255, 255, 255, 255}: {Min: middle, Max: image.Pt(width, height)},
	} {
		draw.Draw(picture, quarter, image.NewUniform(c), image.Point{}, draw.Src)
	}
	return picture
}

func jpegOf(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tiff is EXIF data with an orientation and the text of a place.
func tiff(order binary.AppendByteOrder, orientation int, place string) []byte {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	entry := func(tag, kind uint16, count uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, count)
	}
	entry(0x010e, 2, uint32(len(place)))
	b = order.AppendUint32(b, 38)
	entry(0x0112, 3, 1)
	b = order.AppendUint16(b, uint16(orientation))
	b = append(b, 0, 0, 0, 0, 0, 0)
	return append(b, place...)
}

// withSegment puts a segment behind the start of a JPEG.
func withSegment(data []byte, marker byte, body []byte) []byte {
	out := append([]byte{}, data[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(body)+2))
	return append(append(out, body...), data[2:]...)
}

func withExif(data []byte, order binary.AppendByteOrder, orientation int, place string) []byte {
	return withSegment(data, 0xe1, append([]byte("Exif\x00\x00"), tiff(order, orientation, place)...))
}

// withChunk puts a chunk behind the header of a PNG.
func withChunk(data []byte, kind string, body []byte) []byte {
	const header = 8 + 25
	out := append([]byte{}, data[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)))
	out = append(append(out, kind...), body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(append([]byte(kind), body...)))
	return append(out, data[header:]...)
}

// movingWebP is the beginning of an animation.
var movingWebP = []byte("RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")

// webpOf is a picture of one colour in WebP's lossless form: each of its five codes has one symbol, so that a pixel
// takes no bits at all.
func webpOf(width, height int, c color.NRGBA) []byte {
	var bits []byte
	n := 0
	write := func(value, count int) {
		for i := range count {
			if n%8 == 0 {
				bits = append(bits, 0)
			}
			bits[n/8] |= byte(value>>i&1) << (n % 8)
			n++
		}
	}
	write(0x2f, 8)
	write(width-1, 14)
	write(height-1, 14)
	write(1, 1) // transparency
	write(0, 3) // version
	write(0, 3) // no transforms, no colour cache, one group of codes
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} {
		write(0b101, 3) // a simple code of one symbol of eight bits
		write(int(symbol), 8)
	}
	if len(bits)%2 == 1 {
		bits = append(bits, 0)
	}
	out := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(12+len(bits)))
	out = append(out, "WEBPVP8L"...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(bits))), bits...)
}

const tinyPDF = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n" +
	"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"

type part struct{ name, text string }

func zipOf(t testing.TB, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(p.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB, more ...part) []byte {
	t.Helper()
	return zipOf(t, append([]part{{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", "<w:document/>"}}, more...)...)
}

type oleNode struct {
	name              string
	kind              byte // 1 storage, 2 stream, 5 root
	left, right, down uint32
}

const none = 0xffffffff

// oleOf is a compound file of 512-byte sectors: header, allocation table, directory.
func oleOf(nodes ...oleNode) []byte {
	le := binary.LittleEndian
	sectors := (len(nodes) + 3) / 4
	b := make([]byte, 512*(2+sectors))
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(b[26:], 3)
	le.PutUint16(b[30:], 9)
	le.PutUint32(b[44:], 1)
	le.PutUint32(b[48:], 1)
	le.PutUint32(b[68:], 0xfffffffe)
	for i := 80; i < 512; i += 4 {
		le.PutUint32(b[i:], none)
	}
	le.PutUint32(b[512:], 0xfffffffd)
	for i := range sectors {
		next := uint32(i + 2)
		if i == sectors-1 {
			next = 0xfffffffe
		}
		le.PutUint32(b[512+4*(i+1):], next)
	}
	for i, node := range nodes {
		entry := b[1024+128*i:]
		name := utf16.Encode([]rune(node.name))
		for j, c := range name {
			le.PutUint16(entry[2*j:], c)
		}
		le.PutUint16(entry[64:], uint16(2*len(name)+2))
		entry[66] = node.kind
		le.PutUint32(entry[68:], node.left)
		le.PutUint32(entry[72:], node.right)
		le.PutUint32(entry[76:], node.down)
	}
	return b
}

func accept(t testing.TB, name string, data []byte) files.Clean {
	t.Helper()
	clean, err := files.Accept(t.Context(), name, data)
	if err != nil {
		t.Fatalf("%s is refused: %v", name, err)
	}
	return clean
}

// refused checks that a file is refused in both languages, by name, and gives what the writer reads in English.
func refused(t testing.TB, name string, data []byte) string {
	t.Helper()
	clean, err := files.Accept(t.Context(), name, data)
	if err == nil {
		t.Fatalf("%s is kept as %s of %d bytes", name, clean.Type, len(clean.Data))
	}
	if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != "files" {
		t.Fatalf("%s: %v is not a refusal", name, err)
	}
	for _, lang := range []errs.Lang{errs.EN, errs.ZH} {
		if text := errs.Message(err, lang); name != "" && !bytes.Contains([]byte(text), []byte(name)) || bytes.Contains([]byte(text), []byte("%!")) {
			t.Errorf("in %s: %q should name %s", lang, text, name)
		}
	}
	return errs.Message(err, errs.EN)
}
