package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

const adminReportsPath = "/admin/reports"

// reportKeepers may see the pages of what [people.Actor.KeepsReports] lets them change.
var reportKeepers = staff(people.Administrator, people.Supervisor)

// recipientsView lists who gets which reports, and asks for another.
type recipientsView struct {
	Kinds  []recipientsOfKind
	Fields []fieldView
}

type recipientsOfKind struct {
	Name string
	Rows []recipientView
}

type recipientView struct {
	ID                int64
	Name, Where, Text string
}

// adminReports shows who gets the reports of which periods by mail.
func (s *Server) adminReports(c echo.Context) error { return s.showRecipients(c, nil, nil) }

// showRecipients is the page; typed is the form that came back.
func (s *Server) showRecipients(c echo.Context, typed *form, wrong error) error {
	lang, ctx := visitOf(c).lang, c.Request().Context()
	all, err := s.Desk.ReportRecipients(ctx, s.actor(c))
	if err != nil {
		return err
	}
	page, status := s.adminPage(c, adminReportsPath), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
	}
	var view recipientsView
	for _, kind := range sla.PeriodKinds {
		of := recipientsOfKind{Name: s.words.in(lang, "recipients.kind."+string(kind))}
		for _, r := range all {
			if r.Kind == kind {
				where := s.words.in(lang, "recipients.person")
				if r.AccountID == 0 {
					where = s.words.in(lang, "recipients.outside")
				}
				of.Rows = append(of.Rows, recipientView{r.ID, r.Shown, where, s.words.in(lang, "stored.in."+string(r.Language))})
			}
		}
		view.Kinds = append(view.Kinds, of)
	}
	if view.Fields, err = s.recipientFields(c, typed, page); err != nil {
		return err
	}
	page.View = view
	return s.render(c, status, "admin/reports", page)
}

func (s *Server) recipientFields(c echo.Context, typed *form, page Page) ([]fieldView, error) {
	lang := visitOf(c).lang
	field := func(name, kind, value string) fieldView {
		view := fieldView{Lang: lang, Name: name, Type: kind, Value: value, Label: s.words.in(lang, "recipients."+name), Width: "medium", Error: page.Wrong(name)}
		if typed != nil {
			view.Value = readable(typed.line(name))
		}
		return view
	}
	kind, account := field("kind", "select", string(sla.MonthPeriod)), field("account", "select", "")
	email, language := field("email", "email", ""), field("language", "select", string(errs.ZH))
	for _, k := range sla.PeriodKinds {
		kind.Options = append(kind.Options, option{Value: string(k), Label: s.words.in(lang, "recipients.kind."+string(k))})
	}
	accounts, err := s.Directory.Accounts(c.Request().Context())
	if err != nil {
		return nil, err
	}
	account.Options = []option{{Label: s.words.in(lang, "recipients.nobody")}}
	for _, a := range accounts {
		if a.DisabledAt.IsZero() && a.Email != "" {
			account.Options = append(account.Options, option{Value: strconv.FormatInt(a.ID, 10), Label: a.Name + " · " + a.Login})
		}
	}
	for _, l := range []errs.Lang{errs.ZH, errs.EN} {
		language.Options = append(language.Options, option{Value: string(l), Label: s.words.in(lang, "stored.in."+string(l))})
	}
	account.Optional, email.Optional, email.Hint = true, true, s.words.in(lang, "recipients.email.hint")
	return []fieldView{kind, account, email, language}, nil
}

// addRecipient has reports mailed to somebody.
func (s *Server) addRecipient(c echo.Context) error {
	f := formOf(c)
	n := cases.NewRecipient{Kind: sla.PeriodKind(f.line("kind")), Email: f.line("email"), Language: errs.Lang(f.line("language"))}
	if text := f.line("account"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 {
			return s.showRecipients(c, &f, errs.Invalid("account", "this person has no account here", "该人员没有有效账号"))
		}
		n.Account = id
	}
	if err := s.Desk.AddReportRecipient(c.Request().Context(), s.actor(c), n); err != nil {
		return s.showRecipients(c, &f, err)
	}
	s.logAdmin(c, "report recipient added", n.Account)
	if err := s.tell(c, "good", "recipients.added"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, adminReportsPath)
}

// endRecipient has no more reports mailed to somebody.
func (s *Server) endRecipient(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such recipient", "没有这个收件人").Because(err)
	}
	if err := s.Desk.EndReportRecipient(c.Request().Context(), s.actor(c), id); err != nil {
		return err
	}
	s.logAdmin(c, "report recipient ended", id)
	if err := s.tell(c, "good", "recipients.ended"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, adminReportsPath)
}
