package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
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

// openLetter opens a letter from a link that carries number and secret: the one in a mail.
func (s *Server) openLetter(c echo.Context) error {
	number, secret := c.QueryParam("number"), c.QueryParam("secret")
	writer, id, err := s.Desk.Track(c.Request().Context(), number, secret, visitOf(c).lang)
	if err != nil {
		// The secret does not come back into the page: whoever looks over a shoulder learns nothing.
		return s.redisplay(c, err, "public/track", Page{Path: "/track", View: trackView{Number: readable(number)}})
	}
	view, err := s.Desk.Look(c.Request().Context(), writer, id)
	if err != nil {
		return err
	}
	if err := s.givePass(c, letterPass{ID: id, Version: view.SecretVersion}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}

// lostView asks for what proves whose letter it is.
type lostView struct {
	Number, Contact string
	Done, SMS       bool
}

func (s *Server) askLost(c echo.Context) error {
	return s.render(c, http.StatusOK, "public/lost", Page{View: lostView{Number: readable(c.QueryParam("number")), SMS: s.Desk.SMS()}})
}

// lostSecret sends a new secret to the address on file. Whether number and contact fit, the page does not say.
func (s *Server) lostSecret(c echo.Context) error {
	view := lostView{Number: readable(formOf(c).line("number")), Contact: readable(formOf(c).line("contact")), SMS: s.Desk.SMS()}
	if err := s.Desk.LostSecret(c.Request().Context(), view.Number, view.Contact); err != nil {
		return s.redisplay(c, err, "public/lost", Page{Path: "/track/lost", View: view})
	}
	view.Done = true
	return s.render(c, http.StatusOK, "public/lost", Page{Path: "/track/lost", View: view})
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
	Texted bool
	Due    dueView
	Code   qrView
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
	due, err := s.dueOf(c, view)
	if err != nil {
		return err
	}
	code, err := qrOf(s.trackURL(view.Number()))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "public/receipt", Page{View: receiptView{
		Case: view, Secret: s.Keys.Secret(int64(view.ID), view.SecretVersion), Mailed: pass.Mailed, Texted: pass.Texted, Due: due, Code: code,
	}})
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
