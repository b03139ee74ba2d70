package web

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/notify"
)

// shownMails is how many of the latest mails the list shows.
const shownMails = 100

// mayReadOutbox: mails hold secrets and answers. In the demonstration city all of them are invented;
// elsewhere only administrators look, until a mail server is set up.
func (s *Server) mayReadOutbox(v *visit) bool {
	return s.Outbox != nil && (s.Demo || v.account.Actor().Is(people.Administrator))
}

// outboxView is the list; nothing of a mail is rendered but its plain text.
type outboxView struct{ Mails []notify.Mail }

func (s *Server) outbox(c echo.Context) error {
	if !s.mayReadOutbox(visitOf(c)) {
		return echo.ErrNotFound
	}
	mails, err := s.Outbox.List(shownMails)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "public/outbox", Page{View: outboxView{mails}})
}

func (s *Server) outboxMail(c echo.Context) error {
	if !s.mayReadOutbox(visitOf(c)) {
		return echo.ErrNotFound
	}
	mail, err := s.Outbox.Open(c.Param("name"))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.NotFound("there is no such mail", "没有这封邮件")
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "public/outbox-mail", Page{View: mail})
}
