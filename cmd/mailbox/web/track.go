package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// trackView asks for number and secret. The secret stands on paper in the writer's hand: it is shown as
// it was typed, to be compared.
type trackView struct{ Number, Secret string }

func (s *Server) track(c echo.Context) error {
	return s.render(c, http.StatusOK, "public/track", Page{View: trackView{Number: readable(c.QueryParam("number"))}})
}

// proveLetter opens a letter to whoever has its number and secret.
func (s *Server) proveLetter(c echo.Context) error {
	form, ctx := formOf(c), c.Request().Context()
	number, secret := form.line("number"), form.line("secret")
	page := Page{View: trackView{readable(number), readable(secret)}}
	if number == "" || secret == "" {
		return s.redisplay(c, missing(number), "public/track", page)
	}
	writer, id, err := s.Desk.Track(ctx, number, secret, visitOf(c).lang)
	if err != nil {
		return s.redisplay(c, err, "public/track", page)
	}
	view, err := s.Desk.Look(ctx, writer, id)
	if err != nil {
		return err
	}
	if err := s.givePass(c, letterPass{ID: id, Version: view.SecretVersion}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}

// missing names the first of the two that was left empty.
func missing(number string) error {
	if number == "" {
		return errs.Invalid("number", "please enter the number of your letter", "请填写办件编号")
	}
	return errs.Invalid("secret", "please enter the secret from your receipt", "请填写回执上的查询码")
}

// leaveLetter closes the letter in this browser.
func (s *Server) leaveLetter(c echo.Context) error {
	s.dropPass(c)
	if err := s.tell(c, "info", "flash.left"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track")
}

// open reads the letter in hand. A pass given for a secret that has been replaced is void.
func (s *Server) open(c echo.Context) (*cases.View, error) {
	view, err := s.Desk.Look(c.Request().Context(), s.writer(c), visitOf(c).letter.ID)
	if err != nil {
		return nil, err
	}
	if view.SecretVersion != visitOf(c).letter.Version {
		s.dropPass(c)
		return nil, errs.Forbidden(
			"the secret of this letter has been replaced; please open it with the new one",
			"这封信的查询码已更换，请用新的查询码重新查询")
	}
	return view, nil
}

// receiptView is what the writer should keep.
type receiptView struct {
	Case   *cases.View
	Secret string
	Mailed bool
	Due    dueView
}

func (s *Server) receipt(c echo.Context) error {
	view, err := s.open(c)
	if err != nil {
		return err
	}
	pass := visitOf(c).letter
	if !pass.Receipt {
		return c.Redirect(http.StatusSeeOther, "/track/letter")
	}
	return s.render(c, http.StatusOK, "public/receipt", Page{View: receiptView{
		Case: view, Secret: s.Keys.Secret(int64(view.ID), view.SecretVersion), Mailed: pass.Mailed,
		Due: s.dueOf(c, view),
	}})
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
}

// answerView is one answer that went out; a voided one stays visible and says so.
type answerView struct {
	At         time.Time
	Department string
	Body       string
	Voided     bool
}

func (s *Server) letter(c echo.Context) error {
	view, err := s.open(c)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "public/letter", Page{View: s.letterOf(c, view, ratingForm{})})
}

func (s *Server) letterOf(c echo.Context, v *cases.View, rating ratingForm) letterView {
	lang, now := visitOf(c).lang, visitOf(c).now
	view := letterView{
		Case: v, Kind: wording.KindName(lang, v.Kind), Due: s.dueOf(c, v), Steps: s.stepsOf(c, v),
		Rating: rating, Overdue: v.Overdue(now),
		MayRate: cases.May(people.Rate, v.State), MayRecall: cases.May(people.Withdraw, v.State),
	}
	for _, flag := range []struct {
		name string
		on   bool
	}{{"overdue", view.Overdue}, {"provisional", v.Provisional && v.State.Open()}, {"confidential", v.Confidential}} {
		if flag.on {
			view.Flags = append(view.Flags, flag.name)
		}
	}
	// The writer of a merged letter reads the answers to the letter it was merged into.
	for _, r := range slices.Concat(v.Replies, v.IntoAnswers) {
		if r.Status == cases.AnsweredReply || r.Status == cases.VoidedReply {
			view.Answers = append(view.Answers, answerView{r.AnsweredAt.Time, r.Department, r.Body, r.Status == cases.VoidedReply})
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
	return view
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
		view, lookErr := s.open(c)
		if lookErr != nil {
			return lookErr
		}
		form.Words = readable(form.Words)
		return s.redisplay(c, err, "public/letter", Page{Path: "/track/letter", View: s.letterOf(c, view, form)})
	}
	if err := s.tell(c, "good", "flash.rated"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}

// withdrawView asks whether the letter is really to be taken back.
type withdrawView struct {
	Case   *cases.View
	Reason string
	Max    int
}

func (s *Server) askWithdraw(c echo.Context) error {
	view, err := s.open(c)
	if err != nil {
		return err
	}
	if !cases.May(people.Withdraw, view.State) {
		return c.Redirect(http.StatusSeeOther, "/track/letter")
	}
	return s.render(c, http.StatusOK, "public/withdraw", Page{View: withdrawView{Case: view, Max: cases.MaxReason}})
}

func (s *Server) withdraw(c echo.Context) error {
	reason := formOf(c).text("reason")
	if _, err := s.Desk.Withdraw(c.Request().Context(), s.writer(c), visitOf(c).letter.ID, reason); err != nil {
		view, lookErr := s.open(c)
		if lookErr != nil {
			return lookErr
		}
		return s.redisplay(c, err, "public/withdraw",
			Page{View: withdrawView{Case: view, Reason: readable(reason), Max: cases.MaxReason}})
	}
	if err := s.tell(c, "good", "flash.withdrawn"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}
