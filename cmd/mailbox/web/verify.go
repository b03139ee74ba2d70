package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/receipt"
	"mailbox/cases/wording"
)

// verifyView is the page on which anybody can have a receipt verified. It asks no database: whether there is
// such a letter can be learned from a genuine receipt only, which says so itself.
type verifyView struct {
	Text, Title, Body string // as typed
	Verdict           *verdictView
}

// verdictView is what came out.
type verdictView struct {
	Tone, Title, Text string
	Rows              []map[string]any // what a genuine receipt says
	Compared          *verdictView     // whether it is for the letter given, if one was
}

func (s *Server) askVerify(c echo.Context) error {
	return s.render(c, http.StatusOK, "receipt/verify", Page{View: verifyView{}})
}

// verifyReceipt says whether a receipt is genuine. A forged one is an answer too, not a mistake in the form.
func (s *Server) verifyReceipt(c echo.Context) error {
	f, lang := formOf(c), visitOf(c).lang
	title, body := f.text("title"), f.text("body")
	up, err := uploadOf(c)
	page := Page{Path: "/receipt/verify"}
	view := verifyView{Title: readable(title), Body: readable(body)}
	if len(up.text) <= receipt.MaxSize {
		view.Text = readable(up.text)
	}
	if err != nil {
		page.View = view
		return s.redisplay(c, err, "receipt/verify", page)
	}
	signed, err := s.Desk.VerifyReceipt([]byte(up.text))
	if err != nil {
		view.Verdict = &verdictView{Tone: "bad", Title: s.words.in(lang, "verify.bad"), Text: errs.Message(err, lang)}
	} else {
		view.Verdict = s.genuine(lang, signed)
		if title != "" || body != "" {
			view.Verdict.Compared = s.compared(lang, signed.IsOf(title, body))
		}
	}
	page.View = view
	return s.render(c, http.StatusOK, "receipt/verify", page)
}

// genuine says what a genuine receipt states.
func (s *Server) genuine(lang errs.Lang, r receipt.Signed) *verdictView {
	due := s.words.in(lang, "due.none")
	if !r.Due.IsZero() {
		due = wording.DateTime(r.Due, lang, s.loc)
	}
	if r.Provisional {
		due += s.words.in(lang, "verify.provisional")
	}
	row := func(key, value string) map[string]any {
		return map[string]any{"Key": s.words.in(lang, key), "Value": value}
	}
	return &verdictView{
		Tone: "good", Title: s.words.in(lang, "verify.good"), Text: s.words.in(lang, "verify.good.text"),
		Rows: []map[string]any{
			row("verify.city", r.City),
			row("track.number", r.Number),
			row("receipt.received", wording.DateTime(r.ReceivedAt, lang, s.loc)),
			row("verify.due", due),
			row("verify.key", r.KeyID),
		},
	}
}

// compared says whether the receipt is for the letter that was given with it.
func (s *Server) compared(lang errs.Lang, same bool) *verdictView {
	if same {
		return &verdictView{Tone: "good", Title: s.words.in(lang, "verify.same"), Text: s.words.in(lang, "verify.same.text")}
	}
	return &verdictView{Tone: "bad", Title: s.words.in(lang, "verify.other"), Text: s.words.in(lang, "verify.other.text")}
}
