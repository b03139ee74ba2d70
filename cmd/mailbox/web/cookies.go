package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// cookieName carries the prefix __Host- over https: then no neighbour on a sub-domain can set it.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

// setCookie keeps a value in the browser for so long; 0 until the browser is closed, negative not at all.
func (s *Server) setCookie(c echo.Context, name, value string, age time.Duration) {
	cookie := &http.Cookie{ //nolint:gosec // Secure follows the public address: plain http on loopback is the default
		Name: name, Value: value, Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
	if age != 0 {
		cookie.MaxAge = int(age / time.Second)
	}
	c.SetCookie(cookie)
}

func cookieValue(c echo.Context, name string) string {
	cookie, err := c.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// signed is a value that the browser keeps and cannot change. Purpose keeps one kind of cookie from
// being passed off as another; Until is in Unix seconds.
type signed struct {
	Purpose string          `json:"p"`
	Until   int64           `json:"u"`
	Value   json.RawMessage `json:"v"`
}

func (s *Server) sign(purpose string, value any, until time.Time) (string, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(signed{purpose, until.Unix(), raw})
	if err != nil {
		return "", err
	}
	return encode(body) + "." + encode(s.mac(body)), nil
}

// verify reads what sign made for the same purpose; false when it is not ours or its time is over.
func (s *Server) verify(purpose, text string, value any) bool {
	i := -1
	for j := range text {
		if text[j] == '.' {
			i = j
		}
	}
	if i < 0 {
		return false
	}
	body, err := base64.RawURLEncoding.DecodeString(text[:i])
	if err != nil {
		return false
	}
	mac, err := base64.RawURLEncoding.DecodeString(text[i+1:])
	if err != nil || subtle.ConstantTimeCompare(mac, s.mac(body)) != 1 {
		return false
	}
	var got signed
	if json.Unmarshal(body, &got) != nil || got.Purpose != purpose || got.Until < s.Clock().Unix() {
		return false
	}
	return json.Unmarshal(got.Value, value) == nil
}

func (s *Server) mac(body []byte) []byte {
	h := hmac.New(sha256.New, s.Keys.CookieKey())
	h.Write(body)
	return h.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// passTime is how long a letter stays open in a browser: long enough to read and to judge, short
// enough for a computer in a library.
const passTime = 2 * time.Hour

const passCookie = "letter"

func (s *Server) givePass(c echo.Context, p letterPass) error {
	text, err := s.sign(passCookie, p, s.Clock().Add(passTime))
	if err != nil {
		return err
	}
	visitOf(c).letter = p
	s.setCookie(c, s.cookieName(passCookie), text, 0)
	return nil
}

func (s *Server) readPass(c echo.Context) letterPass {
	var p letterPass
	if !s.verify(passCookie, cookieValue(c, s.cookieName(passCookie)), &p) {
		return letterPass{}
	}
	return p
}

func (s *Server) dropPass(c echo.Context) {
	visitOf(c).letter = letterPass{}
	s.setCookie(c, s.cookieName(passCookie), "", -time.Second)
}

// flash is a line shown once on the next page: a key of the dictionary, so that nobody can make us
// say anything else, and what fills it.
type flash struct {
	Kind string // a notice's tone
	Key  string
	Args []string
}

const flashCookie = "flash"

// tell has the next page say a line of the dictionary.
func (s *Server) tell(c echo.Context, kind, key string, args ...string) error {
	text, err := s.sign(flashCookie, flash{kind, key, args}, s.Clock().Add(time.Minute))
	if err != nil {
		return err
	}
	s.setCookie(c, s.cookieName(flashCookie), text, time.Minute)
	return nil
}

// told takes the line left by the page before.
func (s *Server) told(c echo.Context) *Flash {
	text := cookieValue(c, s.cookieName(flashCookie))
	if text == "" {
		return nil
	}
	s.setCookie(c, s.cookieName(flashCookie), "", -time.Second)
	var f flash
	if !s.verify(flashCookie, text, &f) {
		return nil
	}
	args := make([]any, len(f.Args))
	for i, a := range f.Args {
		args[i] = a
	}
	return &Flash{Kind: f.Kind, Text: s.words.in(visitOf(c).lang, f.Key, args...)}
}
