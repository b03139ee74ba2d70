package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

const callsPath = "/desk/calls"

// callsView is whom to ring up about an answer.
type callsView struct {
	Count string
	Rows  []callRow
	Pages pagesView
}

type callRow struct {
	Number, Title, Department, Action string
	Answered, Until                   time.Time
	Discontent                        bool
	Tries                             string // empty before the first
	Caller                            string // a colleague who is calling
	Mine                              bool
}

// callView is one call: what was written and answered, the number, and what the writer says.
type callView struct {
	Number, Title, Body, Answer string
	Contact                     []factView // in the answer to the claim, and nowhere else
	Fields                      []fieldView
	Version                     cases.Version
	Action                      string
	CaseHref                    string
}

func (s *Server) followUps(c echo.Context) error {
	v, page := visitOf(c), pageOf(c)
	list, total, err := s.Desk.FollowUps(c.Request().Context(), s.actor(c), pageLength, (page-1)*pageLength)
	if err != nil {
		return err
	}
	view := callsView{
		Count: s.words.in(v.lang, "followup.count", total),
		Pages: s.pagesOf(v.lang, page, total, func(page int) string { return callsPath + "?page=" + strconv.Itoa(page) }),
	}
	for i := range list {
		f := &list[i]
		row := callRow{
			Number: f.Number(), Title: s.titleOrNone(v.lang, f.Title), Department: f.Department, Answered: f.AnsweredAt.Time, Until: f.Until.Time, Discontent: f.Grade != 0,
			Action: callsPath + "/" + f.Number(), Mine: f.ClaimedBy == v.account.ID,
		}
		if f.ClaimedBy != 0 && !row.Mine {
			row.Caller = s.words.in(v.lang, "followup.calling", f.Caller)
		}
		if f.Tries > 0 {
			row.Tries = s.words.in(v.lang, "followup.tries", f.Tries)
		}
		view.Rows = append(view.Rows, row)
	}
	return s.render(c, http.StatusOK, "desk/calls", Page{Path: c.Request().URL.RequestURI(), View: view})
}

// beginCall claims the writer and shows the number in the answer to the form and nowhere else; each time it is shown is
// recorded as a look at the contact.
func (s *Server) beginCall(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), visitOf(c).lang
	if err := s.Desk.ClaimFollowUp(ctx, s.actor(c), v.ID); err != nil {
		return s.callsRefused(c, err)
	}
	contact, err := s.Desk.ShowContact(ctx, s.actor(c), v.ID, s.words.in(lang, "followup.reason"))
	if err != nil {
		return s.callsRefused(c, err)
	}
	view := s.callOfCase(c, v, typedDeed{})
	for _, f := range []struct{ key, value string }{{"case.contact.name", contact.Name}, {"case.contact.phone", contact.Phone}} {
		if f.value != "" {
			view.Contact = append(view.Contact, factView{Key: s.words.in(lang, f.key), Value: f.value})
		}
	}
	return s.render(c, http.StatusOK, "desk/call", Page{Path: callsPath, View: view})
}

func (s *Server) callOfCase(c echo.Context, v *cases.View, typed typedDeed) callView {
	f := s.deedFormOf(c, deedOf(people.RecordRating), v, nil, typed)
	view := callView{
		Number: v.Number(), Title: s.titleOrNone(f.lang, v.Title), Body: v.Body, Fields: ratingFields(f), Version: v.Version,
		Action: callsPath + "/" + v.Number(), CaseHref: "/cases/" + v.Number(),
	}
	for _, r := range v.Replies {
		if r.Status == cases.AnsweredReply {
			view.Answer = r.Body
		}
	}
	return view
}

// callsRefused leads back to the list with what is in the way: a colleague was faster, or it is done.
func (s *Server) callsRefused(c echo.Context, wrong error) error {
	if code := errs.CodeOf(wrong); code != errs.CodeConflict {
		return wrong
	}
	if err := s.sayRefused(c, wrong); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, callsPath)
}

func (s *Server) sayRefused(c echo.Context, wrong error) error {
	return s.tell(c, "warn", "followup.refused", errs.Message(wrong, visitOf(c).lang))
}

// endCall takes what came of the call: not reached, refused, not made after all, or a rating.
func (s *Server) endCall(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	ctx, a, f := c.Request().Context(), s.actor(c), formOf(c)
	outcome := cases.FollowUpOutcome(f.line("outcome"))
	switch outcome {
	case cases.FollowUpNotReached, cases.FollowUpRefused, cases.FollowUpReleased:
	default:
		outcome = cases.FollowUpRated
		call, err := s.callOf(c, v, people.RecordRating)
		if err == nil {
			err = doRecordRating(ctx, s.Desk, call)
		}
		if err != nil {
			typed := typedDeed{verb: people.RecordRating, form: call.form, wrong: s.deedErrors(c, people.RecordRating, err)}
			return s.render(c, statusOf(err), "desk/call", Page{Path: callsPath, View: s.callOfCase(c, v, typed), Errors: typed.wrong})
		}
	}
	if err := s.Desk.EndFollowUp(ctx, a, v.ID, outcome); err != nil && outcome != cases.FollowUpRated {
		return s.callsRefused(c, err)
	} else if err != nil && errs.CodeOf(err) != errs.CodeConflict { // the rating stands, whoever has the call
		return err
	}
	if err := s.tell(c, "good", "followup.done", v.Number()); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, callsPath)
}
