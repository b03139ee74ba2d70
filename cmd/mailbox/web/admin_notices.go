package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/notify"
)

// noticesView is what could not be sent: never its text, never an address.
type noticesView struct {
	Notices  []noticeView
	NextHref string
}

type noticeView struct {
	ID             int64
	Title, To      string
	At             time.Time
	Attempts       int64
	Reason, Medium string
}

// deadNotices lists what could not be sent, newest first.
func (s *Server) deadNotices(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	before, err := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0 // the first page
	}
	dead, err := notify.Dead(c.Request().Context(), s.DB, before, pageLength)
	if err != nil {
		return err
	}
	lang, view := visitOf(c).lang, noticesView{}
	for _, d := range dead {
		view.Notices = append(view.Notices, noticeView{
			ID: d.ID, Title: s.words.in(lang, "notices.kind."+d.Kind), To: s.words.in(lang, "notices.to."+recipientKind(d.To)),
			At: d.CreatedAt, Attempts: d.Attempts, Reason: d.Reason, Medium: d.Medium,
		})
	}
	if len(dead) == pageLength {
		view.NextHref = "/admin/notices?before=" + strconv.FormatInt(dead[len(dead)-1].ID, 10)
	}
	page := s.adminPage(c, c.Request().URL.RequestURI())
	page.View = view
	return s.render(c, http.StatusOK, "desk/notices", page)
}

// recipientKind says what sort of reader a notice was for.
func recipientKind(r notify.Recipient) string {
	switch {
	case r.Contact != 0:
		return "writer"
	case r.Department != 0:
		return "department"
	default:
		return "account"
	}
}

// reviveNotice gives a notice all its attempts again; the sweep sends it within a minute.
func (s *Server) reviveNotice(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such notice", "没有这条通知")
	}
	err = s.Desk.ReviveNotice(c.Request().Context(), s.actor(c), id)
	flash := "notices.revived"
	switch {
	case errors.Is(err, notify.ErrNotDead):
		flash = "notices.not_dead"
	case err != nil:
		return err
	default:
		s.logAdmin(c, "notice revived", id)
	}
	if err := s.tell(c, "good", flash); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/notices")
}

// reviveNotices gives all of them their attempts again, after a mail server was away for long.
func (s *Server) reviveNotices(c echo.Context) error {
	n, err := s.Desk.ReviveNotices(c.Request().Context(), s.actor(c))
	if err != nil {
		return err
	}
	s.logAdmin(c, "notices revived", int64(n))
	if err := s.tell(c, "good", "notices.revived_all", strconv.Itoa(n)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/notices")
}
