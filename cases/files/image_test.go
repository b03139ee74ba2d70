package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"

	"mailbox/cases/files"
)

func decoded(t testing.TB, clean files.Clean) image.Image {
	t.Helper()
	picture, kind, err := image.Decode(bytes.NewReader(clean.Data))
	if err != nil {
		t.Fatal(err)
	}
	if kind != string(clean.Type) {
		t.Errorf("it says %s and is %s", clean.Type, kind)
	}
	if size := picture.Bounds().Size(); size.X != clean.Width || size.Y != clean.Height {
		t.Errorf("it says %d × %d and is %v", clean.Width, clean.Height, size)
	}
	return picture
}

func colourAt(picture image.Image, x, y int) string {
	r, g, b, _ := picture.At(x, y).RGBA()
	high := func(c uint32) bool { return c > 0x8000 }
	switch {
	case high(r) && high(g) && high(b):
		return "white"
	case high(r):
		return "red"
	case high(g):
		return "green"
	default:
		return "blue"
	}
}

func TestAPhotographIsKeptUprightWhicheverWayTheTelephoneWasHeld(t *testing.T) {
	t.Parallel()
	// Where the four quarters belong: top left, top right, bottom left, bottom right.
	want := map[int]string{
		1: "red green blue white",
		2: "green red white blue",
		3: "white blue green red",
		4: "blue white red green",
		5: "red blue green white",
		6: "blue red white green",
		7: "white green blue red",
		8: "green white red blue",
	}
	for orientation, quarters := range want {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %s", orientation, order), func(t *testing.T) {
				t.Parallel()
				clean := accept(t, "a.jpg", withExif(jpegOf(t, corners(96, 64)), order, orientation, "x"))
				picture := decoded(t, clean)
				width, height := 96, 64
				if orientation > 4 {
					width, height = 64, 96
				}
				if clean.Width != width || clean.Height != height {
					t.Errorf("it is %d × %d, not %d × %d", clean.Width, clean.Height, width, height)
				}
				got := strings.Join([]string{
					colourAt(picture, width/4, height/4), colourAt(picture, 3*width/4, height/4),
					colourAt(picture, width/4, 3*height/4), colourAt(picture, 3*width/4, 3*height/4),
				}, " ")
				if got != quarters {
					t.Errorf("its quarters are %s, not %s", got, quarters)
				}
			})
		}
	}
}

func TestNothingButPixelsIsLeftOfAPicture(t *testing.T) {
	t.Parallel()
	const secret = "SECRET-PLACE-31.2304N"
	photo := jpegOf(t, corners(64, 64))
	screen := pngOf(t, corners(64, 64))
	zipped := zipOf(t, part{"a.txt", secret})
	tests := []struct {
		name string
		data []byte
	}{
		{"EXIF", withExif(photo, binary.LittleEndian, 1, secret)},
		{"XMP", withSegment(photo, 0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00"+secret))},
		{"colour profile", withSegment(photo, 0xe2, []byte("ICC_PROFILE\x00\x01\x01"+secret))},
		{"IPTC", withSegment(photo, 0xed, []byte("Photoshop 3.0\x00"+secret))},
		{"comment", withSegment(photo, 0xfe, []byte(secret))},
		{"a thumbnail", withSegment(photo, 0xe1, append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"+secret), photo...))},
		{"behind the end", append(bytes.Clone(photo), secret...)},
		{"a page behind the end", append(bytes.Clone(photo), "<html><script>alert('"+secret+"')</script>"...)},
		{"a ZIP behind the end", append(bytes.Clone(photo), zipped...)},
		{"PNG text", withChunk(screen, "tEXt", []byte("Author\x00"+secret))},
		{"PNG international text", withChunk(screen, "iTXt", []byte("Comment\x00\x00\x00\x00\x00"+secret))},
		{"PNG EXIF", withChunk(screen, "eXIf", tiff(binary.BigEndian, 1, secret))},
		{"PNG time", withChunk(screen, "tIME", []byte(secret[:7]))},
		{"behind the end of a PNG", append(bytes.Clone(screen), secret...)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			clean := accept(t, "a.jpg", test.data)
			for _, trace := range []string{secret, secret[:7], "Exif", "ICC_PROFILE", "<html", "PK\x03\x04", "Author"} {
				if bytes.Contains(clean.Data, []byte(trace)) {
					t.Errorf("%q is still in it", trace)
				}
			}
			if clean.KeepsOwnData || clean.SHA256 != sha256.Sum256(clean.Data) {
				t.Errorf("it is described wrongly: %v", clean)
			}
			if got := colourAt(decoded(t, clean), 60, 4); got != "green" {
				t.Errorf("its top right is %s", got)
			}
		})
	}
}

func TestLongAPictureIsTakenForWhatItIsWhateverItsNameSays(t *testing.T) {
	t.Parallel()
	seeThrough := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	seeThrough.Set(1, 1, color.NRGBA{255, 0, 0, 99})
	noise := image.NewNRGBA(image.Rect(0, 0, 900, 800))
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise.Pix)
	clearNoise := pngOf(t, noise)
	for i := 3; i < len(noise.Pix); i += 4 {
		noise.Pix[i] = 255
	}
	tests := []struct {
		says, name string
		data       []byte
		want       files.Type
	}{
		{"a JPEG called PNG", "a.png", jpegOf(t, corners(8, 8)), files.JPEG},
		{"a grey JPEG", "a.jpg", jpegOf(t, image.NewGray(image.Rect(0, 0, 9, 9))), files.JPEG},
		{"a PNG called PDF", "a.pdf", pngOf(t, corners(8, 8)), files.PNG},
		{"a PNG with transparency", "a.png", pngOf(t, seeThrough), files.PNG},
		{"a PNG with a palette", "a.png", pngOf(t, image.NewPaletted(image.Rect(0, 0, 8, 8), palette.Plan9)), files.PNG},
		{"a PNG of sixteen bits", "a.png", pngOf(t, image.NewRGBA64(image.Rect(0, 0, 8, 8))), files.PNG},
		{"a photograph as PNG", "a.png", pngOf(t, noise), files.JPEG},
		{"a large PNG with transparency", "a.png", clearNoise, files.PNG},
		{"a moving PNG", "a.png", withChunk(pngOf(t, seeThrough), "acTL", []byte{0, 0, 0, 2, 0, 0, 0, 0}), files.PNG},
		{"WebP with transparency", "a.webp", webpOf(9, 7, color.NRGBA{0, 0, 255, 128}), files.PNG},
		{"WebP without transparency", "a.webp", webpOf(9, 7, color.NRGBA{0, 0, 255, 255}), files.JPEG},
	}
	for _, test := range tests {
		t.Run(test.says, func(t *testing.T) {
			t.Parallel()
			clean := accept(t, test.name, test.data)
			if clean.Type != test.want || clean.Name != "a"+test.want.Extension() {
				t.Errorf("it is kept as %s %s, not %s", clean.Type, clean.Name, test.want)
			}
			decoded(t, clean)
		})
	}
}

func TestLongALargePhotographIsScaledDownAndKeepsItsShape(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ width, height, keptWidth, keptHeight int }{
		{2560, 10, 2560, 10},
		{2561, 10, 2560, 9},
		{2800, 2100, 2560, 1920},
		{5500, 300, 2560, 139},
		{400, 6000, 170, 2560},
		{12000, 1, 2560, 1},
	} {
		clean := accept(t, "a.jpg", jpegOf(t, corners(test.width, test.height)))
		if clean.Width != test.keptWidth || clean.Height != test.keptHeight {
			t.Errorf("%d × %d is kept as %d × %d", test.width, test.height, clean.Width, clean.Height)
		}
		if got := colourAt(decoded(t, clean), clean.Width-1, 0); test.height > 1 && got != "green" {
			t.Errorf("its top right is %s", got)
		}
	}
}

func TestATinyFileThatClaimsAHugePictureIsRefusedUnread(t *testing.T) {
	t.Parallel()
	huge := func(width, height uint32) []byte {
		data := pngOf(t, corners(8, 8))
		binary.BigEndian.PutUint32(data[16:], width)
		binary.BigEndian.PutUint32(data[20:], height)
		binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
		return data
	}
	long := jpegOf(t, corners(8, 8))
	size := bytes.Index(long, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(long[size+5:], 65000)
	binary.BigEndian.PutUint16(long[size+7:], 65000)
	for name, data := range map[string][]byte{
		"16,384 squared as WebP": webpOf(16_384, 16_384, color.NRGBA{}),
		"20 gigapixels":          huge(100_000, 200_000),
		"12,001 an edge":         huge(12_001, 1),
		"51 megapixels":          huge(8_500, 6_000),
		"65,000 squared as JPEG": long,
	} {
		if text := refused(t, "bomb", data); !strings.Contains(text, "smaller") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestAJPEGOfAHundredThousandPassesIsRefused(t *testing.T) {
	t.Parallel()
	data := jpegOf(t, corners(8, 8))
	scan := bytes.Index(data, []byte{0xff, 0xda})
	many := append(bytes.Clone(data[:scan]), bytes.Repeat([]byte{0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0}, 100_000)...)
	if text := refused(t, "slow.jpg", many); !strings.Contains(text, "too much work") {
		t.Error(text)
	}
}

func TestADamagedPictureIsRefusedWithAdvice(t *testing.T) {
	t.Parallel()
	photo, screen := jpegOf(t, corners(64, 64)), pngOf(t, corners(64, 64))
	for _, data := range [][]byte{photo[:len(photo)/2], photo[:3], screen[:len(screen)/2], screen[:10], webpOf(9, 7, color.NRGBA{})[:20], []byte("RIFF\x00\x00\x00\x00WEBP")} {
		if text := refused(t, "half.jpg", data); !strings.Contains(text, "save it again") {
			t.Error(text)
		}
	}
}

// This one takes both places, so nothing runs beside it.
func TestWaitingForAPictureEndsWhenTheWriterLeaves(t *testing.T) { //nolint:paralleltest // it takes both places
	photo := jpegOf(t, corners(8, 8))
	files.Turns() <- struct{}{}
	files.Turns() <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := files.Accept(ctx, "a.jpg", photo)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	<-files.Turns()
	<-files.Turns()
	accept(t, "a.jpg", photo)
}

func BenchmarkAcceptTwelveMegapixels(b *testing.B) {
	picture := image.NewYCbCr(image.Rect(0, 0, 4000, 3000), image.YCbCrSubsampleRatio420)
	for y := range 3000 {
		for x := range 4000 { // slopes with some grain: 3 MB, as a telephone writes
			picture.Y[y*picture.YStride+x] = byte(x/16 + y/16 + (x*y)%7*3)
		}
	}
	var data bytes.Buffer
	if err := jpeg.Encode(&data, picture, &jpeg.Options{Quality: 90}); err != nil {
		b.Fatal(err)
	}
	sent := withExif(data.Bytes(), binary.LittleEndian, 6, "x")
	b.SetBytes(int64(len(sent)))
	b.ReportAllocs()
	for b.Loop() {
		accept(b, "a.jpg", sent)
	}
}
