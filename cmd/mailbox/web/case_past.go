package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// pastView is what others were answered on the matter of the letter.
type pastView struct {
	Letters []pastReplyView
	// Form and Fill are the form of the reader's own reply, and where it is sent to have one of these filled in; ""
	// where they write none.
	Form, Fill string
}

type pastReplyView struct {
	From, Grade, Number, Title, Href string
	Facts                            []string // department, day, satisfaction
	Answer                           string
}

// pastShown is how many answers stand on a page.
const pastShown = 5

// addPast shows past answers while there is one to be written or judged. A case that stands among what the letter may
// repeat is not shown again: its answer is put there. Going without is better than going without the page.
func (s *Server) addPast(c echo.Context, v *cases.View, view *caseView) {
	if !v.State.Open() {
		return
	}
	found, err := s.Desk.PastReplies(c.Request().Context(), s.actor(c), v.ID, pastShown+len(view.Repeats))
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	past := &pastView{}
	for i := range found {
		f := &found[i]
		if at := slices.IndexFunc(view.Repeats, func(r repeatView) bool { return f.Number != "" && r.Number == f.Number }); at >= 0 {
			view.Repeats[at].Answer = f.Answer
		} else if len(past.Letters) < pastShown {
			past.Letters = append(past.Letters, s.pastReplyOf(visitOf(c).lang, f))
		}
	}
	if len(past.Letters) == 0 {
		return
	}
	view.Past = past
	o := &offer{View: v, actor: s.actor(c), now: visitOf(c).now}
	writing := []people.Verb{people.Reply, people.Propose}
	if i := slices.IndexFunc(writing, func(verb people.Verb) bool { return o.may(deedOf(verb)) }); i >= 0 {
		path := deedPath(writing[i])
		past.Form, past.Fill = "do-"+path, "/cases/"+v.Number()+"/"+path+"/preview"
	}
}

func (s *Server) pastReplyOf(lang errs.Lang, f *cases.PastReply) pastReplyView {
	one := pastReplyView{
		From: f.From, Grade: s.words.in(lang, "past.title_alike"), Number: f.Number, Title: s.titleOrNone(lang, f.Title), Href: "/cases/" + f.Number,
		Answer: f.Answer,
	}
	if f.Grade != alike.Unlike {
		one.Grade = s.gradeName(lang, f.Likeness)
	}
	if f.Published != 0 {
		one.Number, one.Href = s.words.in(lang, "past.published"), "/letters/"+strconv.FormatInt(f.Published, 10)
	}
	if day, err := time.ParseInLocation(time.DateOnly, f.Day, s.loc); err == nil {
		one.Facts = append(one.Facts, s.words.in(lang, "past.answered", wording.Date(day, lang, s.loc)))
	}
	if f.Department != "" {
		one.Facts = append(one.Facts, f.Department)
	}
	if f.Rating != 0 {
		one.Facts = append(one.Facts, wording.GradeName(lang, f.Rating))
	}
	return one
}
