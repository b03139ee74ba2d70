package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// typedLetter is what the writer typed into one of the forms of the letter's page.
type typedLetter struct {
	verb     people.Verb // whose form came back
	rating   ratingForm
	material string
	rework   string
}

// ratingForm is a rating as it was typed.
type ratingForm struct{ Grade, Resolved, Words string }

// letterView is a letter as its writer follows it.
type letterView struct {
	Case      *cases.View
	Kind      string
	Flags     []string
	Due       dueView
	Steps     []step
	Answers   []answerView
	Declined  string // where to turn instead
	Why       string // what the office said besides
	MayRate   bool
	Rated     string // the grade that counts now
	Rating    ratingForm
	Grades    []choice
	MayRecall bool // withdraw
	Overdue   bool
	Material  materialView
	Rework    reworkView
	Files     []attachment // with the letter itself
	Others    []otherMatter
	RateUntil string // the last day on which the answer can be judged; empty: no such day
}

// answerView is one answer that went out; a voided one stays visible and says so.
type answerView struct {
	At         time.Time
	Department string
	Body       string
	Voided     bool
	First      bool // the letter has been handled again since
	Files      []attachment
}

func (s *Server) letter(c echo.Context) error {
	view, err := s.open(c)
	if err != nil {
		return err
	}
	return s.letterPage(c, view, typedLetter{}, nil)
}

// letterPage shows the letter; with wrong, a form of it comes back with everything typed.
func (s *Server) letterPage(c echo.Context, v *cases.View, typed typedLetter, wrong error) error {
	view, err := s.letterOf(c, v, typed)
	if err != nil {
		return err
	}
	page := Page{Path: "/track/letter", View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "public/letter", page)
	}
	return s.render(c, http.StatusOK, "public/letter", page)
}

// letterAgain shows the letter as it stands now after a form of it could not be taken.
func (s *Server) letterAgain(c echo.Context, typed typedLetter, wrong error) error {
	v, err := s.open(c)
	if err != nil {
		return err
	}
	return s.letterPage(c, v, typed, wrong)
}

func (s *Server) letterOf(c echo.Context, v *cases.View, typed typedLetter) (letterView, error) {
	lang, now := visitOf(c).lang, visitOf(c).now
	due, err := s.dueOf(c, v)
	if err != nil {
		return letterView{}, err
	}
	view := letterView{
		Case: v, Kind: wording.KindName(lang, v.Kind), Due: due, Steps: s.stepsOf(c, v),
		Rating: typed.rating, Overdue: v.Overdue(now),
		MayRate: cases.May(people.Rate, v.State) && !s.rateOver(v, now), MayRecall: cases.May(people.Withdraw, v.State),
	}
	view.Others = s.othersOf(lang, v)
	view.Files = s.attachmentsOf(lang, filesOf(v, func(f cases.File) bool { return f.MaterialID == 0 && f.ReplyID == 0 }), "/track/files/")
	if until := s.Desk.RateUntil(&v.Case); !until.IsZero() {
		view.RateUntil = wording.Date(until, lang, s.loc)
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{
		{"overdue", view.Overdue},
		{"provisional", v.Provisional && v.State.Open()},
		{"confidential", v.Confidential},
		{"extended", v.Extension == cases.ExtensionGranted},
		{"rework", v.Round > 1},
	} {
		if flag.on {
			view.Flags = append(view.Flags, flag.name)
		}
	}
	// The writer of a merged letter reads the answers to the letter it was merged into.
	for _, r := range slices.Concat(v.Replies, v.IntoAnswers) {
		if r.Status == cases.AnsweredReply || r.Status == cases.VoidedReply {
			view.Answers = append(view.Answers, answerView{
				At: r.AnsweredAt.Time, Department: r.Department, Body: r.Body, Voided: r.Status == cases.VoidedReply,
				First: r.CaseID == v.ID && r.Round < v.Round,
				Files: s.attachmentsOf(lang, filesOf(v, func(f cases.File) bool { return f.ReplyID == r.ID }), "/track/files/"),
			})
		}
	}
	if v.State == cases.Declined {
		view.Declined = wording.DeclineReason(lang, v.DeclineReason)
		for _, e := range v.History {
			if e.Verb == people.Decline {
				view.Why = e.Text
			}
		}
	}
	if v.Rating != 0 {
		view.Rated = wording.GradeName(lang, v.Rating)
	}
	for grade := int64(cases.VerySatisfied); grade >= cases.VeryDissatisfied; grade-- {
		view.Grades = append(view.Grades, choice{Value: string('0' + rune(grade)), Label: wording.GradeName(lang, grade)})
	}
	view.Material = s.materialOf(c, v, typed)
	view.Rework = s.reworkOf(c, v, typed)
	return view, nil
}

// rateOver tells whether the answer can no longer be judged.
func (s *Server) rateOver(v *cases.View, now time.Time) bool {
	until := s.Desk.RateUntil(&v.Case)
	return !until.IsZero() && now.After(until)
}

// filesOf picks some of a case's files.
func filesOf(v *cases.View, which func(cases.File) bool) []cases.File {
	var picked []cases.File
	for _, f := range v.Files {
		if which(f) {
			picked = append(picked, f)
		}
	}
	return picked
}

func (s *Server) rate(c echo.Context) error {
	f := formOf(c)
	form := ratingForm{f.line("grade"), f.line("resolved"), f.text("words")}
	rating := cases.Rating{Words: form.Words}
	if len(form.Grade) == 1 {
		rating.Grade = int64(form.Grade[0] - '0')
	}
	switch form.Resolved {
	case "yes":
		rating.Resolved = new(true)
	case "no":
		rating.Resolved = new(false)
	}
	if _, err := s.Desk.Rate(c.Request().Context(), s.writer(c), visitOf(c).letter.ID, rating); err != nil {
		form.Words = readable(form.Words)
		return s.letterAgain(c, typedLetter{verb: people.Rate, rating: form}, err)
	}
	if err := s.tell(c, "good", "flash.rated"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}
