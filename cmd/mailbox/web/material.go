package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// materialView is what the writer sent after the letter, and the form for more.
type materialView struct {
	May       bool
	Text      string
	Max       int
	Open      bool // somebody waits for it, or it came back
	Sent      []noteView
	FileKinds string
	// While the department waits for the writer:
	Waiting bool
	Asked   noteView // who asks, until when, and for what
	Promise string   // that the city's promise stands
}

func (s *Server) materialOf(c echo.Context, v *cases.View, typed typedLetter) materialView {
	lang := visitOf(c).lang
	view := materialView{
		May: cases.May(people.AddMaterial, v.State), Text: typed.material, Max: cases.MaxBody, FileKinds: fileKinds, Open: typed.verb == people.AddMaterial,
	}
	for _, m := range v.Materials {
		view.Sent = append(view.Sent, noteView{Meta: wording.DateTime(m.SentAt, lang, s.loc), Body: m.Body, Files: s.attachmentsOf(lang, filesOf(v, func(f cases.File) bool { return f.MaterialID == m.ID }), "/track/files/")})
	}
	if v.WaitingSince.IsZero() {
		return view
	}
	view.Waiting, view.Open = true, true
	view.Asked = noteView{
		Title: s.words.in(lang, "material.wanted", v.Lead), Body: v.Waiting,
		Meta: s.words.in(lang, "material.until", wording.DateTime(v.WaitingUntil.Time, lang, s.loc)),
	}
	if !v.DueAt.IsZero() {
		view.Promise = s.words.in(lang, "material.promise", wording.DateTime(v.DueAt.Time, lang, s.loc))
	}
	return view
}

// addMaterial takes what the writer adds to the letter.
func (s *Server) addMaterial(c echo.Context) error {
	text := formOf(c).text("material")
	chosen, err := attached(c, "files")
	if err == nil {
		_, err = s.Desk.AddMaterial(c.Request().Context(), s.writer(c), visitOf(c).letter.ID, text, chosen...)
	}
	if err != nil {
		return s.letterAgain(c, typedLetter{verb: people.AddMaterial, material: readable(text)}, err)
	}
	if err := s.tell(c, "good", "flash.material"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}
