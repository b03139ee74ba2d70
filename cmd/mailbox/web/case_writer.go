package web

import (
	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/wording"
)

// writerView is what else the writer of the letter has written, as far as the reader may know.
type writerView struct {
	Title   string
	Note    string
	Letters []writerLetterView
	All     string // the search for all of them, "" where all stand here or the reader may not look for writers
	AllText string
}

type writerLetterView struct {
	Number, Href, Title, State string
	Facts                      []string // department, day, satisfaction
}

// ofWriterShown is how many letters of a writer stand on a page.
const ofWriterShown = 8

// addWriter lists other letters of the same writer. Going without is better than going without the page.
func (s *Server) addWriter(c echo.Context, v *cases.View, view *caseView) {
	found, err := s.Desk.LettersOfWriter(c.Request().Context(), s.actor(c), v.ID, ofWriterShown)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	if found.Total == 0 && !found.Shared {
		return
	}
	lang := visitOf(c).lang
	view.Writer = &writerView{Title: s.words.in(lang, "writer.title", found.Total), Note: s.words.in(lang, "writer.note")}
	if found.Shared {
		view.Writer.Title, view.Writer.Note = s.words.in(lang, "writer.shared"), s.words.in(lang, "writer.shared.note")
	}
	for i := range found.Letters {
		l := &found.Letters[i]
		one := writerLetterView{
			Number: l.Number(), Href: "/cases/" + l.Number(), Title: s.titleOrNone(lang, l.Title), State: string(l.State),
			Facts: []string{s.words.in(lang, "repeats.received", wording.Date(l.ReceivedAt.Time, lang, s.loc)), l.Lead},
		}
		if l.Lead == "" {
			one.Facts[1] = s.words.in(lang, "repeats.not_routed")
		}
		if l.Rating != 0 {
			one.Facts = append(one.Facts, wording.GradeName(lang, l.Rating))
		}
		view.Writer.Letters = append(view.Writer.Letters, one)
	}
	if found.Mark != "" && (found.Shared || found.Total > len(found.Letters)) {
		view.Writer.All = searchHref(cases.Search{Writer: found.Mark}, 1)
		view.Writer.AllText = s.words.in(lang, "writer.all")
	}
}
