package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// recordedChannels are the ways in which a letter reaches the office and is written down by a clerk.
// "import" is for files of other systems only.
var recordedChannels = []string{"hotline", "email", "wechat", "consult", "message", "site_error", "mailbox"}

// recordView is the form for a letter that came by telephone or mail.
type recordView struct {
	Key            string
	Letter, Writer []fieldView
	Consent        bool
	Confide        bool
}

// recordedView is its receipt, for the clerk to read out or to print.
type recordedView struct {
	Receipt cases.Receipt
	Due     dueView
}

// askRecord is the empty form. The key makes a letter sent twice one letter.
func (s *Server) askRecord(c echo.Context) error {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	view := s.recordForm(c, form{}, encode(key[:]), nil)
	return s.render(c, http.StatusOK, "desk/record", Page{View: view})
}

// recordForm fills the form with what was typed and what is wrong with it.
func (s *Server) recordForm(c echo.Context, f form, key string, wrong []FieldError) recordView {
	lang := visitOf(c).lang
	field := func(name, kind string) fieldView {
		view := fieldView{
			Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "record.field."+name), Value: readable(f.values.Get(name)),
			Error: Page{Errors: wrong}.Wrong(name),
		}
		return view
	}
	channel, kind, title, body, district := field("channel", "select"), field("kind", "select"), field("title", "text"), field("body", "textarea"), field("district", "text")
	channel.Options = []option{{Label: s.words.in(lang, "desk.choose")}}
	for _, o := range s.channelOptions(lang, false) {
		if slices.Contains(recordedChannels, o.Value) {
			channel.Options = append(channel.Options, o)
		}
	}
	kind.Options = append([]option{{Label: s.words.in(lang, "desk.choose")}}, s.kindOptions(lang, false)...)
	title.Max, body.Max, body.Rows = cases.MaxTitle, cases.MaxBody, 10
	district.Optional, district.Width = true, "medium"
	name, phone, email, address := field("name", "text"), field("phone", "tel"), field("email", "email"), field("address", "text")
	phone.Hint = s.words.in(lang, "record.phone.hint")
	for _, one := range []*fieldView{&name, &phone, &email, &address} {
		one.Private, one.Width = true, "medium"
	}
	email.Optional, address.Optional = true, true
	return recordView{
		Key: key, Letter: []fieldView{channel, kind, title, body, district}, Writer: []fieldView{name, phone, email, address},
		Consent: f.on("consent"), Confide: f.on("confide"),
	}
}

// recordLetter takes the letter in. The receipt is the answer to the form: sending it again gives the same
// receipt, and the secret stands in no address.
func (s *Server) recordLetter(c echo.Context) error {
	f, lang := formOf(c), visitOf(c).lang
	key := f.line("key")
	if len(key) > 64 {
		key = ""
	}
	receipt, err := s.submitRecord(c, f, key)
	if err != nil {
		status := statusOf(err)
		if status == http.StatusInternalServerError {
			s.logTrouble(c, err)
		}
		wrong := s.fieldErrors(c, err)
		return s.render(c, status, "desk/record", Page{View: s.recordForm(c, f, key, wrong), Errors: wrong, Path: "/desk/letters/new"})
	}
	v, err := s.Desk.Look(c.Request().Context(), s.actor(c), receipt.ID)
	if err != nil {
		return err
	}
	due, err := s.dueOf(c, v)
	if err != nil {
		return err
	}
	view := recordedView{Receipt: receipt, Due: due}
	view.Receipt.ReceivedAt = receipt.ReceivedAt.In(s.loc)
	return s.render(c, http.StatusOK, "desk/recorded", Page{
		View: view, Path: "/desk/letters/new", Flash: &Flash{"good", s.words.in(lang, "record.done", receipt.Number)},
	})
}

// submitRecord asks for a channel by hand: without one the desk would take the letter for one written
// on these pages.
func (s *Server) submitRecord(c echo.Context, f form, key string) (cases.Receipt, error) {
	letter := cases.Letter{
		Channel: f.line("channel"), Kind: f.line("kind"), Title: f.text("title"), Body: f.text("body"), District: f.text("district"),
		Language: errs.ZH, Consent: f.on("consent"), Confide: f.on("confide"), Key: key,
		Writer: cases.Contact{Name: f.text("name"), Phone: f.text("phone"), Email: f.text("email"), Address: f.text("address")},
	}
	if !slices.Contains(recordedChannels, letter.Channel) {
		letter.Channel = recordedChannels[0] // so that the desk does not say it a second time
		missing := errs.Invalid("channel", "please choose how the letter came in", "请选择来信渠道")
		return cases.Receipt{}, errors.Join(missing, s.Desk.Check(letter))
	}
	return s.Desk.Submit(c.Request().Context(), s.actor(c), letter)
}
