package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/redact"
	"mailbox/cases/wording"
)

// contactPanel is how the writer is reached, as far as the reader may know: masked until it is asked for.
type contactPanel struct {
	Masked string
	Rows   []factView // opened, for this view of the page
	Reason *fieldView // what it is needed for, where that has to be said
	Note   string     // why there is nothing to show
	// Warning: the letter's own words tell who wrote.
	Warning string
	Action  string
	Looks   []lookView // who opened it, for those who watch
	All     string     // where the older ones stand
}

type lookView struct {
	At                 time.Time
	Who, Reason, State string
	Number, Href       string // on the list of all
}

// looksOnCase is how many looks the page of a case lists.
const looksOnCase = 20

// addContact shows the writer's contact masked to those who may have it shown, and says why not where somebody who
// at other times may see it may not now.
func (s *Server) addContact(c echo.Context, v *cases.View, view *caseView) error {
	ctx, lang, a := c.Request().Context(), visitOf(c).lang, s.actor(c)
	panel := &view.Contact
	panel.Action = "/cases/" + v.Number() + "/contact"
	if err := s.addLooks(c, v, panel); err != nil {
		return err
	}
	if !v.ErasedAt.IsZero() {
		panel.Note = s.words.in(lang, "case.erased", wording.Date(v.ErasedAt.Time, lang, s.loc))
		return nil
	}
	if err := s.warnNamed(c, v, panel); err != nil {
		return err
	}
	masked, reason, err := s.Desk.MaskedContact(ctx, a, v.ID)
	switch code := errs.CodeOf(err); {
	case code == errs.CodeForbidden:
		return nil
	case code == errs.CodeConflict:
		if !a.Is(people.Supervisor) { // who never sees it before the answer need not be told on every case
			panel.Note = errs.Message(err, lang)
		}
		return nil
	case err != nil:
		return err
	case masked.Empty():
		panel.Note = s.words.in(lang, "case.no_contact")
		return nil
	}
	panel.Masked = joined(masked.Name, masked.Phone, masked.Email, masked.Address)
	if reason {
		panel.Reason = &fieldView{
			Lang: lang, Name: "contact-reason", Type: "text", Label: s.words.in(lang, "case.contact.reason"),
			Hint: s.words.in(lang, "case.contact.reason.hint"), Max: cases.MaxLookReason,
		}
	}
	return nil
}

// warnNamed tells the office that the words of a confidential letter tell who wrote it: they are not ours to change.
func (s *Server) warnNamed(c echo.Context, v *cases.View, panel *contactPanel) error {
	a := s.actor(c)
	if !v.Confidential || !v.State.Open() || !a.Is(people.Clerk) {
		return nil
	}
	found, err := s.Desk.Personal(c.Request().Context(), a, v.ID, v.Title, v.Body)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(slices.Concat(found...), func(span redact.Span) bool { return span.Kind == redact.Contact }) {
		panel.Warning = s.words.in(visitOf(c).lang, "case.confidential.named")
	}
	return nil
}

// addLooks lists who opened the contact, for supervision and auditors.
func (s *Server) addLooks(c echo.Context, v *cases.View, panel *contactPanel) error {
	a := s.actor(c)
	if !a.Is(people.Supervisor) && !a.Is(people.Auditor) {
		return nil
	}
	looks, total, err := s.Desk.Looks(c.Request().Context(), a, cases.LookQuery{Case: v.ID, Limit: looksOnCase})
	if err != nil {
		return err
	}
	for i := range looks {
		panel.Looks = append(panel.Looks, s.lookOf(visitOf(c).lang, &looks[i]))
	}
	if total > len(looks) && s.admits("/admin/looks", visitOf(c)) {
		panel.All = "/admin/looks?number=" + v.Number()
	}
	return nil
}

func (s *Server) lookOf(lang errs.Lang, l *cases.Look) lookView {
	return lookView{
		At: l.At, Who: joined(l.Account, wording.RoleName(lang, string(l.Role)), l.Department), Reason: l.Reason,
		State: wording.StateName(lang, string(l.State)), Number: l.Number,
	}
}

// showContact opens the contact in the answer to the form and nowhere else: asking for the page again shows it masked.
func (s *Server) showContact(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	reason := formOf(c).line("contact-reason")
	contact, wrong := s.Desk.ShowContact(c.Request().Context(), s.actor(c), v.ID, reason)
	view, err := s.caseOf(c, v, typedDeed{})
	if err != nil {
		return err
	}
	page := Page{View: view, Path: "/cases/" + v.Number()}
	if wrong != nil {
		status := statusOf(wrong)
		if status == http.StatusInternalServerError {
			s.logTrouble(c, wrong)
		}
		page.Errors = s.fieldErrors(c, wrong)
		for i := range page.Errors {
			if page.Errors[i].Field != "" {
				page.Errors[i].Field = "contact-" + page.Errors[i].Field
			}
		}
		if field := view.Contact.Reason; field != nil {
			field.Value, field.Error = readable(reason), page.Wrong(field.Name)
		}
		return s.render(c, status, "desk/case", page)
	}
	lang := visitOf(c).lang
	for _, f := range []struct{ key, value string }{
		{"case.contact.name", contact.Name},
		{"case.contact.phone", contact.Phone},
		{"case.contact.email", contact.Email},
		{"case.contact.address", contact.Address},
	} {
		if f.value != "" {
			view.Contact.Rows = append(view.Contact.Rows, factView{Key: s.words.in(lang, f.key), Value: f.value})
		}
	}
	return s.render(c, http.StatusOK, "desk/case", page)
}
