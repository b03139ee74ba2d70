package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// How many sign-ins the pages list.
const (
	ownSignIns = 30
	allSignIns = 200
)

// signInsView lists sign-ins: one's own, or everybody's.
type signInsView struct {
	Own  bool
	Rows []signInRowView
	More bool // another session than this one is open
}

type signInRowView struct {
	ID             int64
	At             time.Time
	Who            string // of everybody's: the account; empty for a login that does not exist
	Outcome        string
	Tone           string
	Address, Agent string
	Open, Current  bool
}

// logSignIn writes a try to sign in down. That must not keep anybody out who has the right password, so what goes wrong
// is only logged.
func (s *Server) logSignIn(c echo.Context, account int64, outcome people.Outcome, token string) {
	try := people.SignIn{Account: account, Outcome: outcome, Address: household(c.RealIP()), Agent: c.Request().UserAgent()}
	if err := s.Sessions.Log(c.Request().Context(), try, token); err != nil {
		s.logTrouble(c, err)
	}
}

func (s *Server) ownSignIns(c echo.Context) error {
	return s.signIns(c, visitOf(c).account.ID, ownSignIns, "/account/sign-ins", nil)
}

func (s *Server) adminSignIns(c echo.Context) error {
	if actor := s.actor(c); !actor.Is(people.Administrator) && !actor.Is(people.Auditor) {
		return errs.Forbidden("only administrators and auditors may see this", "只有系统管理员和审计人员可以查看")
	}
	return s.signIns(c, 0, allSignIns, "/admin/sign-ins", nil)
}

func (s *Server) signIns(c echo.Context, account int64, most int64, path string, wrong error) error {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	tries, err := s.Sessions.SignIns(ctx, account, s.sessions.Token(ctx), most)
	if err != nil {
		return err
	}
	view := signInsView{Own: account != 0}
	names := map[int64]string{}
	if !view.Own {
		all, err := s.Directory.Accounts(ctx)
		if err != nil {
			return err
		}
		for _, a := range all {
			names[a.ID] = a.Name + " " + a.Login
		}
	}
	for _, try := range tries {
		row := signInRowView{
			ID: try.ID, At: try.At, Who: names[try.Account], Outcome: s.words.in(lang, "sign_ins."+string(try.Outcome)),
			Address: try.Address, Agent: try.Agent, Open: try.Open, Current: try.Current,
		}
		if !view.Own && try.Account == 0 {
			row.Who = s.words.in(lang, "sign_ins.nobody")
		}
		switch {
		case try.Outcome.Opens(), try.Outcome == people.ResetAsked, try.Outcome == people.ResetDone:
		default:
			row.Tone = "warn"
		}
		view.More = view.More || try.Open && !try.Current
		view.Rows = append(view.Rows, row)
	}
	page := Page{Path: path, View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "public/sign-ins", page)
	}
	return s.render(c, http.StatusOK, "public/sign-ins", page)
}

// endSignIn ends a session of one's own, in this browser or elsewhere.
func (s *Server) endSignIn(c echo.Context) error {
	account := visitOf(c).account.ID
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err == nil {
		err = s.Sessions.End(c.Request().Context(), account, id)
	} else {
		err = people.NotYourSession()
	}
	if err != nil {
		return s.signIns(c, account, ownSignIns, "/account/sign-ins", err)
	}
	return s.ended(c)
}

// endOtherSignIns ends all sessions of one's own but this one.
func (s *Server) endOtherSignIns(c echo.Context) error {
	ctx := c.Request().Context()
	if _, err := s.Sessions.EndOthers(ctx, visitOf(c).account.ID, s.sessions.Token(ctx)); err != nil {
		return err
	}
	return s.ended(c)
}

func (s *Server) ended(c echo.Context) error {
	if err := s.tell(c, "good", "sign_ins.ended"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/account/sign-ins")
}
