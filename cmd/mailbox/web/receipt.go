package web

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	qrcode "github.com/skip2/go-qrcode"
)

// trackURL is where a letter is followed. It is in the QR code on the receipt, without the secret: a code is
// photographed by whoever stands near.
func (s *Server) trackURL(number string) string {
	return strings.TrimSuffix(s.PublicURL, "/") + "/track?number=" + url.QueryEscape(number)
}

// qrView is a QR code as the component "qr" draws it: one unit per module, with the quiet zone.
type qrView struct {
	Size int
	Path string // of the dark modules
	URL  string
}

// qrOf makes the QR code of an address. A quarter of it may be dirty or torn in places and it still reads.
func qrOf(address string) (qrView, error) {
	code, err := qrcode.New(address, qrcode.Medium)
	if err != nil {
		return qrView{}, err
	}
	rows := code.Bitmap() // with the four light modules around that the standard asks for
	return qrView{Size: len(rows), Path: drawnPath(rows), URL: address}, nil
}

// drawnPath is the path of the dark modules: each run of a row is one rectangle.
func drawnPath(rows [][]bool) string {
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", start, y, x-start, x-start)
			}
		}
	}
	return b.String()
}

// signedReceipt hands out the signed receipt of the letter in hand.
func (s *Server) signedReceipt(c echo.Context) error {
	view, err := s.open(c)
	if err != nil {
		return err
	}
	text, err := s.Desk.SignedReceipt(c.Request().Context(), s.writer(c), view.ID)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition,
		mime.FormatMediaType("attachment", map[string]string{"filename": "receipt-" + view.Number() + ".txt"}))
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, text)
}

// receiptKeys gives the keys with which anybody can verify receipts elsewhere.
func (s *Server) receiptKeys(c echo.Context) error {
	return c.JSONPretty(http.StatusOK, s.Keys.ReceiptKeys(), "  ")
}
