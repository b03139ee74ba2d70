package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// reworkView is the writer's one request to have the letter handled again.
type reworkView struct {
	May    bool
	Until  string // the last day on which it can be asked for
	Reason string
	Max    int
	Kept   string // what was typed, when it cannot be asked for any more
	Status string // where the request stands
	Why    string // why it was refused
	Not    string // why somebody discontent cannot ask
}

func (s *Server) reworkOf(c echo.Context, v *cases.View, typed typedLetter) reworkView {
	lang := visitOf(c).lang
	view := reworkView{Reason: typed.rework, Max: cases.MaxReason}
	switch v.Rework {
	case cases.ReworkAsked:
		view.Status = s.words.in(lang, "rework.asked")
	case cases.ReworkGranted:
		view.Status = s.words.in(lang, "rework.granted")
		if v.State.Open() && !v.DueAt.IsZero() {
			view.Status = s.words.in(lang, "rework.granted_due", wording.DateTime(v.DueAt.Time, lang, s.loc))
		}
	case cases.ReworkRefused:
		view.Status = s.words.in(lang, "rework.refused")
		if refused := lastOf(v, people.RefuseRework); refused != nil {
			view.Why = refused.Text
		}
	default:
		if !cases.May(people.AskRework, v.State) {
			break
		}
		err := s.Desk.MayAskRework(&v.Case, visitOf(c).now)
		view.May = err == nil
		if view.May {
			view.Until = wording.Date(v.ReworkUntil, lang, s.loc)
		} else if discontent(&v.Handling) {
			view.Not = errs.Message(err, lang)
		}
	}
	if !view.May {
		view.Kept = typed.rework
	}
	return view
}

// discontent tells whether the writer has said so: only then does it matter to them why not.
func discontent(h *cases.Handling) bool {
	return h.Rating != 0 && h.Rating <= cases.Dissatisfied || h.Resolved != nil && !*h.Resolved
}

// askRework takes the writer's request to have the letter handled again.
func (s *Server) askRework(c echo.Context) error {
	reason := formOf(c).text("reason")
	if _, err := s.Desk.AskRework(c.Request().Context(), s.writer(c), visitOf(c).letter.ID, reason); err != nil {
		return s.letterAgain(c, typedLetter{verb: people.AskRework, rework: readable(reason)}, err)
	}
	if err := s.tell(c, "good", "flash.rework"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}
