package files_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"testing"

	"mailbox/cases/errs"
	"mailbox/cases/files"
)

func FuzzAccept(f *testing.F) {
	small := corners(16, 8)
	for _, seed := range [][]byte{
		jpegOf(f, small), withExif(jpegOf(f, small), binary.BigEndian, 6, "place"), pngOf(f, small),
		pngOf(f, image.NewPaletted(image.Rect(0, 0, 3, 3), color.Palette{color.Black, color.Transparent})),
		webpOf(3, 2, color.NRGBA{1, 2, 3, 4}), movingWebP, []byte(tinyPDF), docx(f), []byte("GIF89a"), []byte("<svg>"),
		oleOf(oleNode{"Root Entry", 5, none, none, 1}, oleNode{"WordDocument", 2, none, none, none}),
	} {
		f.Add("a.jpg", seed)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		before := bytes.Clone(data)
		clean, err := files.Accept(context.Background(), name, data)
		if !bytes.Equal(before, data) {
			t.Error("what was sent has changed")
		}
		if err != nil {
			if errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		again, err := files.Accept(context.Background(), clean.Name, clean.Data)
		if err != nil || again.Name != clean.Name || again.Type != clean.Type || again.Width != clean.Width || again.Height != clean.Height {
			t.Errorf("what is kept (%s, %s, %d × %d) is not taken again as it is: %v, %s, %s, %d × %d", clean.Name, clean.Type, clean.Width, clean.Height, err, again.Name, again.Type, again.Width, again.Height)
		}
		if clean.KeepsOwnData != !clean.Type.Image() || clean.KeepsOwnData && !bytes.Equal(clean.Data, data) {
			t.Errorf("%s is described wrongly", clean.Type)
		}
	})
}

func FuzzOrientation(f *testing.F) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for orientation := range 10 {
			f.Add(tiff(order, orientation, "place"))
		}
	}
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := files.ExifOrientation(data); got < 1 || got > 8 {
			t.Errorf("an orientation of %d", got)
		}
	})
}

func FuzzOLE(f *testing.F) {
	f.Add(oleOf(oleNode{"Root Entry", 5, none, none, 1}, oleNode{"WordDocument", 2, 2, 0, none}, oleNode{"Macros", 1, 1, 2, 0}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := files.ReadOLE(data); err == nil && n > len(data)/128 {
			t.Errorf("%d names in %d bytes", n, len(data))
		}
	})
}
