package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"mailbox/cases/errs"
)

const (
	maxPixels  = 50_000_000 // a telephone's largest photographs have 48 to 50 million
	maxEdge    = 12_000     // pixels, as sent
	maxWork    = 400 << 20  // bytes that decoding one picture may take
	maxScans   = 100        // passes over a progressive JPEG; ten are usual, thousands are an attack on the processor
	keptEdge   = 2560       // pixels, as kept
	largePNG   = 2 << 20    // bytes, above which a PNG without transparency is taken for a photograph
	quality    = 85         // of a JPEG, of 100
	atOnce     = 2          // pictures in work at the same time
	headerSize = 30         // bytes of a WebP that hold its flags
)

// turn holds a place for every picture in work: two of the largest need 800 MB.
var turn = make(chan struct{}, atOnce)

// acceptImage decodes a picture and encodes its pixels anew, so that nothing else of the file is left.
func acceptImage(ctx context.Context, name string, sent Type, data []byte) (Clean, error) {
	head := readJPEGHead(nil)
	if sent == JPEG {
		head = readJPEGHead(data)
	}
	if sent == WebP && len(data) >= headerSize && string(data[12:16]) == "VP8X" && data[20]&0x02 != 0 {
		return Clean{}, adviceMoving.about(name)
	}
	if err := checkSize(name, sent, data, head); err != nil {
		return Clean{}, err
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return Clean{}, fmt.Errorf("waiting to look at a picture: %w", ctx.Err())
	}
	picture, err := decode(sent, &patient{ctx: ctx, left: bytes.NewReader(data)})
	if ctx.Err() != nil {
		return Clean{}, fmt.Errorf("looking at a picture: %w", ctx.Err())
	}
	if err != nil {
		return Clean{}, adviceDamaged.about(name)
	}
	picture = upright(fit(picture), head.orientation)
	clean, err := encode(sent, picture)
	if err != nil {
		return Clean{}, err
	}
	if len(clean.Data) > MaxSize {
		return Clean{}, errs.Invalid("files", "“%s” is too detailed to be kept as PNG: save it as JPEG and attach that",
			"“%s”细节过多，PNG 文件太大，请另存为 JPG 后上传", name)
	}
	return clean, nil
}

// patient is a reader that ends with its context, so that no decoder works on for somebody who has left.
type patient struct {
	ctx  context.Context
	left *bytes.Reader
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.left.Read(b[:min(len(b), 64<<10)])
}

// checkSize refuses what would be too much to decode, by its header alone: a few bytes can claim a picture of
// gigabytes.
func checkSize(name string, sent Type, data []byte, head jpegHead) error {
	config, err := decodeConfig(sent, bytes.NewReader(data))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return adviceDamaged.about(name)
	}
	if config.Width > maxEdge || config.Height > maxEdge || config.Width*config.Height > maxPixels {
		return errs.Invalid("files",
			"“%[1]s” has %[2]d × %[3]d pixels, more than can be taken (%[4]d million in all, %[5]d an edge): make it smaller, or send a screenshot",
			"“%[1]s”的尺寸为 %[2]d × %[3]d 像素，超出上限（总计 %[6]d 万像素，每边 %[5]d 像素），请缩小后上传，或上传截图",
			name, config.Width, config.Height, maxPixels/1_000_000, maxEdge, maxPixels/10_000)
	}
	if head.scans > maxScans || config.Width*config.Height*pixelWork(sent, config.ColorModel, head) > maxWork {
		return errs.Invalid("files", "“%s” is stored in a way that takes too much work to read: open it, save it again as an ordinary JPEG, or send a screenshot",
			"“%s”的存储方式过于复杂，请打开后另存为普通 JPG，或截屏后上传截图", name)
	}
	return nil
}

// pixelWork is how many bytes decoding takes a pixel, at most.
func pixelWork(sent Type, model color.Model, head jpegHead) int {
	switch {
	case sent == JPEG && head.progressive:
		return 15 // three coefficients of four bytes, and the picture
	case model == color.NRGBA64Model || model == color.RGBA64Model:
		return 15 // sixteen bits a colour, and the passes of an interlaced PNG
	}
	return 8 // two copies of four bytes
}

func decodeConfig(sent Type, r io.Reader) (image.Config, error) {
	switch sent {
	case JPEG:
		return jpeg.DecodeConfig(r)
	case PNG:
		return png.DecodeConfig(r)
	default:
		return webp.DecodeConfig(r)
	}
}

// decode turns a decoder's panic into an error: what it reads comes from strangers.
func decode(sent Type, r io.Reader) (picture image.Image, err error) {
	defer func() {
		if recover() != nil {
			picture, err = nil, errors.New("the decoder gave up")
		}
	}()
	switch sent {
	case JPEG:
		return jpeg.Decode(r)
	case PNG:
		return png.Decode(r)
	default:
		return webp.Decode(r)
	}
}

// fit scales a picture down until no edge is longer than keptEdge; a smaller one is left alone. Reading a number
// plate or a crack needs no more, and a photograph becomes some 600 kB.
func fit(picture image.Image) image.Image {
	width, height := picture.Bounds().Dx(), picture.Bounds().Dy()
	long := max(width, height)
	if long <= keptEdge {
		return picture
	}
	for {
		// By exactly one half, the approximate filter takes the mean of every four pixels, and by less it leaves none
		// out. The exact kernels would hold 32 bytes for every pixel of a column: 500 MB for the largest photographs.
		next := max(keptEdge, long/2)
		small := image.NewRGBA(image.Rect(0, 0, max(1, width*next/long), max(1, height*next/long)))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), picture, picture.Bounds(), draw.Src, nil)
		if next == keptEdge {
			return small
		}
		picture, width, height, long = small, small.Bounds().Dx(), small.Bounds().Dy(), next
	}
}

// upright turns and mirrors a picture as its EXIF orientation says. The table of EXIF 2.32 names where the first row
// and the first column of the stored picture belong: 1 top left, 2 top right, 3 bottom right, 4 bottom left,
// 5 left top, 6 right top, 7 right bottom, 8 left bottom.
func upright(picture image.Image, orientation int) image.Image {
	if orientation <= 1 || orientation > 8 {
		return picture
	}
	bounds := picture.Bounds()
	from := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(from, from.Bounds(), picture, bounds.Min, draw.Src)
	width, height := bounds.Dx(), bounds.Dy()
	right, bottom := width-1, height-1
	if orientation >= 5 {
		width, height = height, width
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var fromX, fromY int
			switch orientation {
			case 2:
				fromX, fromY = right-x, y
			case 3:
				fromX, fromY = right-x, bottom-y
			case 4:
				fromX, fromY = x, bottom-y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, bottom-x
			case 7:
				fromX, fromY = right-y, bottom-x
			case 8:
				fromX, fromY = right-y, x
			}
			copy(to.Pix[to.PixOffset(x, y):][:4], from.Pix[from.PixOffset(fromX, fromY):][:4])
		}
	}
	return to
}

// encode chooses how a picture is kept. A PNG is mostly a screenshot, whose letters blur in a JPEG; a large opaque
// one is a photograph.
func encode(sent Type, picture image.Image) (Clean, error) {
	clean := Clean{Width: picture.Bounds().Dx(), Height: picture.Bounds().Dy()}
	var out bytes.Buffer
	if sent == PNG || sent == WebP && !opaque(picture) {
		if err := png.Encode(&out, picture); err != nil {
			return Clean{}, fmt.Errorf("encoding a PNG: %w", err)
		}
		_, palette := picture.(*image.Paletted)
		if out.Len() <= largePNG || palette || !opaque(picture) {
			clean.Type, clean.Data = PNG, out.Bytes()
			return clean, nil
		}
		out.Reset()
	}
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: quality}); err != nil {
		return Clean{}, fmt.Errorf("encoding a JPEG: %w", err)
	}
	clean.Type, clean.Data = JPEG, out.Bytes()
	return clean, nil
}

func opaque(picture image.Image) bool {
	o, ok := picture.(interface{ Opaque() bool })
	return ok && o.Opaque()
}
