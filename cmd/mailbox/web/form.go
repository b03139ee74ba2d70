package web

import (
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// form is what somebody sent, as sent: the desk says what can be kept. Unknown fields are passed over,
// and only the form counts, never the address.
type form struct{ values url.Values }

// formOf gives the form of this request, which guardForms has parsed.
func formOf(c echo.Context) form { return form{c.Request().PostForm} }

// text is a field of several lines, exactly as sent.
func (f form) text(name string) string { return f.values.Get(name) }

// line is a field of one line without the space around it.
func (f form) line(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// on tells whether a box is ticked.
func (f form) on(name string) bool { return f.values.Get(name) != "" }

// readable is a text as a page can show it again: bytes that are no characters, and NUL, become �.
func readable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}
