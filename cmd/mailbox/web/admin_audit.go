package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// auditView is what administrators did, newest first.
type auditView struct {
	Fields    []fieldView
	ClearHref string
	Lines     []auditLine
	NextHref  string
}

type auditLine struct {
	At                  time.Time
	By, Deed, On, Title string
	Changes             []auditChange
}

// auditChange is one value before and after; Name is in the reader's language.
type auditChange struct{ Name, Was, Is string }

// auditors are those who read what administrators did; auditors proper change nothing here either.
var auditors = staff(people.Administrator, people.Auditor)

// adminAudit lists the record of administration.
func (s *Server) adminAudit(c echo.Context) error {
	if actor := s.actor(c); !actor.Is(people.Administrator) && !actor.Is(people.Auditor) {
		return errs.Forbidden("only administrators and auditors may see this", "只有系统管理员和审计人员可以查看")
	}
	ctx, lang := c.Request().Context(), visitOf(c).lang
	f, asked := s.auditFilter(c)
	entries, err := audit.Entries(ctx, s.DB.Read, f, pageLength+1)
	if err != nil {
		return err
	}
	view := auditView{}
	for _, e := range entries[:min(len(entries), pageLength)] {
		view.Lines = append(view.Lines, s.auditLine(lang, e))
	}
	if len(entries) > pageLength {
		next := url.Values{"before": {strconv.FormatInt(entries[pageLength-1].ID, 10)}}
		for name, values := range asked {
			next[name] = values
		}
		view.NextHref = "/admin/audit?" + next.Encode()
	}
	if len(asked) > 0 {
		view.ClearHref = "/admin/audit"
	}
	if view.Fields, err = s.auditFields(c, asked); err != nil {
		return err
	}
	page := Page{Path: c.Request().URL.RequestURI(), View: view}
	return s.render(c, http.StatusOK, "desk/audit", page)
}

// auditFilter reads what the address asks for; what cannot be one is left out. asked is what was understood.
func (s *Server) auditFilter(c echo.Context) (f audit.Filter, asked url.Values) {
	asked = url.Values{}
	f.Before = max(0, numberOf(c, "before"))
	if f.Account = numberOf(c, "account"); f.Account > 0 {
		asked.Set("account", strconv.FormatInt(f.Account, 10))
	}
	if subject := audit.Subject(c.QueryParam("subject")); slices.Contains(audit.Subjects, subject) {
		f.Subject = subject
		asked.Set("subject", string(subject))
	}
	if day, err := time.ParseInLocation(time.DateOnly, c.QueryParam("from"), s.loc); err == nil {
		f.From = day
		asked.Set("from", day.Format(time.DateOnly))
	}
	if day, err := time.ParseInLocation(time.DateOnly, c.QueryParam("through"), s.loc); err == nil {
		f.To = day.AddDate(0, 0, 1)
		asked.Set("through", day.Format(time.DateOnly))
	}
	return f, asked
}

func (s *Server) auditFields(c echo.Context, asked url.Values) ([]fieldView, error) {
	lang := visitOf(c).lang
	accounts, err := s.Directory.Accounts(c.Request().Context())
	if err != nil {
		return nil, err
	}
	who := []option{{Label: s.words.in(lang, "desk.all")}}
	for _, a := range accounts {
		who = append(who, option{Value: strconv.FormatInt(a.ID, 10), Label: a.Name + " " + a.Login})
	}
	subjects := []option{{Label: s.words.in(lang, "desk.all")}}
	for _, subject := range audit.Subjects {
		subjects = append(subjects, option{Value: string(subject), Label: s.words.in(lang, "audit.subject."+string(subject))})
	}
	return []fieldView{
		{Lang: lang, Name: "account", Type: "select", Label: s.words.in(lang, "audit.account"), Options: who, Value: asked.Get("account")},
		{Lang: lang, Name: "subject", Type: "select", Label: s.words.in(lang, "audit.subject"), Options: subjects, Value: asked.Get("subject")},
		{Lang: lang, Name: "from", Type: "date", Label: s.words.in(lang, "audit.from"), Value: asked.Get("from")},
		{Lang: lang, Name: "through", Type: "date", Label: s.words.in(lang, "audit.through"), Value: asked.Get("through")},
	}, nil
}

func (s *Server) auditLine(lang errs.Lang, e audit.Entry) auditLine {
	line := auditLine{
		At: e.At, By: e.By, Deed: s.words.in(lang, "audit.deed."+string(e.Deed)),
		On: s.words.in(lang, "audit.subject."+string(e.Subject)), Title: e.Name,
	}
	if e.Account == 0 {
		line.By = s.words.in(lang, "admin.command_line")
	}
	for _, change := range e.Changes {
		if change.Was == "" && change.Is == "" {
			continue // of something new, what was left empty
		}
		said := auditChange{Name: change.Name, Was: change.Was, Is: change.Is}
		if key := "audit.value." + change.Name; s.words.has(key) {
			said.Name = s.words.in(lang, key)
		}
		if change.Name == "role" {
			said.Was, said.Is = roleOrNone(lang, change.Was), roleOrNone(lang, change.Is)
		}
		said.Was, said.Is = s.inZone(lang, said.Was), s.inZone(lang, said.Is)
		line.Changes = append(line.Changes, said)
	}
	return line
}

// inZone writes an instant out, and leaves every other text as it is.
func (s *Server) inZone(lang errs.Lang, text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return wording.DateTime(at, lang, s.loc)
}

func roleOrNone(lang errs.Lang, role string) string {
	if role == "" {
		return ""
	}
	return wording.RoleName(lang, role)
}
