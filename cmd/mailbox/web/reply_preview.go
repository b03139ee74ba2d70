package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/substance"
	"mailbox/cases/wording"
)

// replyCheck says what of a whole answer a reply has, in its own words, or what to add.
type replyCheck struct {
	Name  string
	Words []string // none: it is missing
	Ask   string
}

// checksOf looks through a reply for those who write or review it. A question and a word of praise want no deed.
func checksOf(lang errs.Lang, v *cases.View, reply string) []replyCheck {
	var checks []replyCheck
	for _, f := range substance.Review(substance.Letter{Title: v.Title, Body: v.Body}, reply) {
		deed := f.Aspect == substance.Action || f.Aspect == substance.NextStep
		if deed && len(f.Spans) == 0 && slices.Contains([]string{"consultation", "praise"}, v.Kind) {
			continue
		}
		one := replyCheck{Name: f.Aspect.Name(lang), Ask: f.Aspect.Missing(lang)}
		for _, w := range f.Words(reply) {
			one.Words = append(one.Words, readable(w))
		}
		checks = append(checks, one)
	}
	return checks
}

// addChecks puts the checks beside the reply that the office reviews, and a link that begins the comment with what is
// missing.
func (s *Server) addChecks(c echo.Context, v *cases.View, view *caseView) {
	i := slices.IndexFunc(v.Replies, func(r cases.ReplyView) bool { return r.Status == cases.HandedIn })
	if i < 0 || !s.actor(c).Is(people.Clerk) {
		return
	}
	view.Checks = checksOf(visitOf(c).lang, v, v.Replies[i].Body)
	if lacking(view.Checks) != "" {
		view.AskMissing = "/cases/" + v.Number() + "?ask=missing#field-" + fieldName(people.SendBack, "comment")
	}
}

// lacking lists what is to be added, a line each.
func lacking(checks []replyCheck) string {
	var lines []string
	for _, one := range checks {
		if len(one.Words) == 0 {
			lines = append(lines, strconv.Itoa(len(lines)+1)+". "+one.Ask)
		}
	}
	return strings.Join(lines, "\n")
}

// previewView is a reply as the writer will see it, before it is handed in, with the form to go on writing.
type previewView struct {
	Number, Title, Letter string
	Department            string
	At                    time.Time
	Text                  string
	Checks                []replyCheck
	Deed                  deedView
	FilesLost             bool // a browser sends the files again only when they are chosen again
}

// previewReply shows a reply as the writer will see it, or only fills its form. Nothing is written.
func (s *Server) previewReply(verb people.Verb) echo.HandlerFunc {
	d := deedOf(verb)
	return func(c echo.Context) error {
		v, err := s.openCase(c)
		if err != nil {
			return err
		}
		o := offer{View: v, actor: s.actor(c), now: visitOf(c).now}
		typed := typedDeed{verb: verb, form: formOf(c)}
		if !o.may(d) { // nothing typed is lost: the case's page shows it to be copied
			return s.deedFailed(c, deedCall{actor: o.actor, id: v.ID, verb: verb, form: typed.form}, movedOn())
		}
		var wrong error
		typed.offered, wrong = s.fill(c, v, verb, typed.form)
		if wrong != nil && errs.CodeOf(wrong) != errs.CodeNotFound {
			return wrong
		}
		return s.showPreview(c, v, d, typed, wrong)
	}
}

// showPreview is the page; wrong is why what was to be filled in is not.
func (s *Server) showPreview(c echo.Context, v *cases.View, d deed, typed typedDeed, wrong error) error {
	lang, name := visitOf(c).lang, fieldName(d.verb, "reply")
	text := readable(typed.form.text(name))
	page := Page{Path: "/cases/" + v.Number()}
	status := http.StatusOK
	switch {
	case wrong != nil:
		typed.wrong, status = s.deedErrors(c, d.verb, wrong), statusOf(wrong)
	case blank(text):
		typed.wrong, status = []FieldError{{name, s.words.in(lang, "preview.nothing")}}, http.StatusUnprocessableEntity
	}
	page.Errors = typed.wrong
	view := previewView{
		Number: v.Number(), Title: s.titleOrNone(lang, v.Title), Letter: v.Body, Department: v.Lead, At: visitOf(c).now.In(s.loc),
		Text: strings.TrimSpace(text), Checks: checksOf(lang, v, text), Deed: s.deedViewOf(c, d, v, nil, typed, begins{}),
		FilesLost: c.Request().MultipartForm != nil && len(c.Request().MultipartForm.File) > 0,
	}
	view.Deed.Kind, view.Deed.Returned = "primary", true
	if seen := typed.form.line("version"); seen != "" { // what was seen stays what was seen
		if n, err := strconv.ParseInt(seen, 10, 64); err == nil && n > 0 {
			view.Deed.Version = cases.Version(n)
		}
	}
	page.View = view
	return s.render(c, status, "desk/reply-preview", page)
}

// Meta is the line under an answer on the writer's page.
func (v previewView) Meta(lang errs.Lang) string {
	return joined(v.Department, wording.DateTime(v.At, lang, v.At.Location()))
}
