package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/redact"
	"mailbox/cases/wording"
)

// publishView is the editor: what was written on one side, what will be read on the other.
type publishView struct {
	Number, CaseHref string
	Action, Preview  string
	Version          cases.Version
	Columns          []publishColumn
	Hints            []fieldView // the passages that the rules suggest to hide, by part
	More             fieldView
	Texts            []fieldView // what will be read
	Confirm          bool        // offered
	Confirmed        bool
	Published        *publishedNow
	Not              string // why it cannot be published; then there is no form
	KeepAction       string // offered while nothing is decided
	Reason           fieldView
	Unpublish        string
}

type publishedNow struct{ Href, Text string }

// publishColumn is one of the original texts, the suggested passages marked.
type publishColumn struct {
	Title, Lang string
	Parts       []passage
}

// publishedPart is one of the three texts of a publication.
type publishedPart struct {
	name, text string
	most, rows int
	spans      []redact.Span
}

// partsOf are the originals of a case with what the rules suggest to hide in them.
func (s *Server) partsOf(c echo.Context, v *cases.View) ([]publishedPart, error) {
	var answers []string
	for i := range v.Replies {
		if r := &v.Replies[i]; r.Status == cases.AnsweredReply && r.Round == v.Round {
			answers = append(answers, r.Body)
		}
	}
	parts := []publishedPart{
		{name: "title", text: v.Title, most: cases.MaxTitle},
		{name: "body", text: v.Body, most: cases.MaxBody, rows: 10},
		{name: "answer", text: strings.Join(answers, "\n\n"), most: cases.MaxReply, rows: 10},
	}
	found, err := s.Desk.Personal(c.Request().Context(), s.actor(c), v.ID, parts[0].text, parts[1].text, parts[2].text)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		parts[i].spans = found[i]
	}
	return parts, nil
}

// hidden applies what is ticked and the words that were typed besides, one a line.
func (p publishedPart) hidden(ticked func(redact.Span) bool, more string) (string, error) {
	var spans []redact.Span
	for _, span := range p.spans {
		if ticked(span) {
			spans = append(spans, span)
		}
	}
	for word := range strings.Lines(more) {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		for from := 0; ; {
			at := strings.Index(p.text[from:], word)
			if at < 0 {
				break
			}
			spans = append(spans, redact.Span{Start: from + at, End: from + at + len(word)})
			from += at + len(word)
		}
	}
	return redact.Hide(p.text, spans)
}

// spanName is how a tick names its passage. Only what is suggested for the text as it stands can be ticked.
func (p publishedPart) spanName(span redact.Span) string {
	return fmt.Sprintf("%s:%d:%d", p.name, span.Start, span.End)
}

func everySpan(redact.Span) bool { return true }

// askPublish shows the editor: everything suggested is hidden, or, when the letter is published, what is read now.
func (s *Server) askPublish(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	return s.showPublish(c, http.StatusOK, v, nil, nil, nil)
}

// previewPublish hides what is ticked and typed in the originals, for another look.
func (s *Server) previewPublish(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	parts, err := s.partsOf(c, v)
	if err != nil {
		return err
	}
	f := formOf(c)
	texts := map[string]string{}
	for _, p := range parts {
		ticked := func(span redact.Span) bool { return slices.Contains(f.values["hide"], p.spanName(span)) }
		if texts[p.name], err = p.hidden(ticked, f.text("more")); err != nil {
			return err
		}
	}
	return s.showPublish(c, http.StatusOK, v, &f, texts, nil)
}

// doPublish publishes what stands in the editor.
func (s *Server) doPublish(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	f := formOf(c)
	call, err := s.callOf(c, v, people.Publish)
	if err == nil {
		_, err = s.Desk.Publish(c.Request().Context(), call.actor, call.id, call.seen, cases.Publication{
			Title: f.text("title"), Body: f.text("body"), Answer: f.text("answer"), Confirmed: f.on("confirmed"),
		})
	}
	if err != nil {
		return s.publishFailed(c, &f, err)
	}
	return s.publishDone(c, v, people.Publish, "/cases/"+v.Number())
}

// doUnpublish takes back what is published.
func (s *Server) doUnpublish(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	f := formOf(c)
	call, err := s.callOf(c, v, people.Unpublish)
	if err == nil {
		_, err = s.Desk.Unpublish(c.Request().Context(), call.actor, call.id, call.seen, f.text("reason"))
	}
	if err != nil {
		return s.publishFailed(c, nil, err)
	}
	return s.publishDone(c, v, people.Unpublish, "/cases/"+v.Number())
}

// doKeepPrivate decides against publication; from the list it leads back to it.
func (s *Server) doKeepPrivate(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	call, err := s.callOf(c, v, people.KeepPrivate)
	if err == nil {
		_, err = s.Desk.KeepPrivate(c.Request().Context(), call.actor, call.id, call.seen)
	}
	if err != nil {
		return s.publishFailed(c, nil, err)
	}
	return s.publishDone(c, v, people.KeepPrivate, "/desk/publish")
}

func (s *Server) publishDone(c echo.Context, v *cases.View, verb people.Verb, to string) error {
	if err := s.tell(c, "good", "case.done", v.Number(), wording.VerbName(visitOf(c).lang, string(verb))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// publishFailed shows the editor again with everything typed, on the case as it stands now.
func (s *Server) publishFailed(c echo.Context, f *form, wrong error) error {
	status := statusOf(wrong)
	if status == http.StatusInternalServerError {
		s.logTrouble(c, wrong)
	}
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	var texts map[string]string
	if f != nil {
		texts = map[string]string{"title": f.text("title"), "body": f.text("body"), "answer": f.text("answer")}
	}
	return s.showPublish(c, status, v, f, texts, s.fieldErrors(c, wrong))
}

// showPublish builds the editor; texts nil: begin with what is published, else with all suggestions hidden.
func (s *Server) showPublish(c echo.Context, status int, v *cases.View, f *form, texts map[string]string, wrong []FieldError) error {
	ctx, lang, at := c.Request().Context(), visitOf(c).lang, "/cases/"+v.Number()
	view := publishView{Number: v.Number(), CaseHref: at, Action: at + "/publish", Preview: at + "/publish/preview", Version: v.Version}
	now, err := s.Desk.PublicationOf(ctx, v.ID)
	if err != nil {
		return err
	}
	if now != nil && !now.Withdrawn {
		view.Published = &publishedNow{publishedPath(now.ID), s.words.in(lang, "publish.now", wording.DateTime(now.ChangedAt, lang, s.loc))}
		view.Unpublish = at + "/unpublish"
		view.Reason = fieldView{Lang: lang, Name: "reason", Type: "textarea", Rows: 3, Max: cases.MaxReason, Label: s.words.in(lang, "publish.reason"), Error: wrongWith(wrong, "reason")}
	}
	if why := s.Desk.MayPublish(&v.Case); why != nil {
		view.Not = errs.Message(why, lang)
		return s.render(c, status, "published/edit", Page{View: view, Errors: wrong, Path: at + "/publish"})
	}
	if now == nil {
		view.KeepAction = at + "/keep-private"
	}
	parts, err := s.partsOf(c, v)
	if err != nil {
		return err
	}
	if texts == nil {
		texts = map[string]string{}
		for _, p := range parts {
			if texts[p.name], err = p.hidden(everySpan, ""); err != nil {
				return err
			}
		}
		if view.Published != nil {
			texts = map[string]string{"title": now.Title, "body": now.Body, "answer": now.Answer}
		}
	}
	s.addParts(&view, lang, parts, f, texts, wrong)
	return s.render(c, status, "published/edit", Page{View: view, Errors: wrong, Path: at + "/publish"})
}

func wrongWith(wrong []FieldError, field string) string { return Page{Errors: wrong}.Wrong(field) }

func (s *Server) addParts(view *publishView, lang errs.Lang, parts []publishedPart, f *form, texts map[string]string, wrong []FieldError) {
	for _, p := range parts {
		column := publishColumn{Title: s.words.in(lang, "publish.part."+p.name), Lang: langOf(p.text)}
		hints := fieldView{Lang: lang, Name: "hide", Type: "checkboxes", Inline: true, Label: column.Title}
		at := 0
		for _, span := range p.spans {
			column.Parts = append(column.Parts, passage{Text: p.text[at:span.Start]}, passage{Text: p.text[span.Start:span.End], Mark: true})
			at = span.End
			hints.Options = append(hints.Options, option{
				Value: p.spanName(span), Label: s.words.in(lang, "publish.hint", s.words.in(lang, "publish.kind."+string(span.Kind)), p.text[span.Start:span.End]),
				Checked: f == nil || slices.Contains(f.values["hide"], p.spanName(span)),
			})
		}
		column.Parts = append(column.Parts, passage{Text: p.text[at:]})
		view.Columns = append(view.Columns, column)
		if len(hints.Options) > 0 {
			view.Hints = append(view.Hints, hints)
		}
		text := fieldView{Lang: lang, Name: p.name, Type: "textarea", Label: column.Title, Value: readable(texts[p.name]), Max: p.most, Error: wrongWith(wrong, p.name), Rows: 2}
		if p.rows > 0 {
			text.Rows = max(6, min(22, utf8.RuneCountInString(text.Value)/30+strings.Count(text.Value, "\n")+2))
		}
		view.Texts = append(view.Texts, text)
	}
	view.More = fieldView{Lang: lang, Name: "more", Type: "textarea", Rows: 3, Optional: true, Label: s.words.in(lang, "publish.more"), Hint: s.words.in(lang, "publish.more.hint")}
	if f != nil {
		view.More.Value, view.Confirmed = readable(f.text("more")), f.on("confirmed")
	}
}

// backToPublish leads a reload of the preview back to the editor.
func (s *Server) backToPublish(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cases/"+v.Number()+"/publish")
}

// awaitingView is the list of letters about whose publication nobody has decided.
type awaitingView struct {
	Rows  []awaitingRow
	Pages pagesView
}

type awaitingRow struct {
	Href, Number, Title, Meta, Keep string
	Version                         cases.Version
}

// awaitPublish lists what waits for a decision.
func (s *Server) awaitPublish(c echo.Context) error {
	lang, page := visitOf(c).lang, pageOf(c)
	list, more, err := s.Desk.AwaitingPublication(c.Request().Context(), s.actor(c), page)
	if err != nil {
		return err
	}
	view := awaitingView{Pages: pagesView{Lang: lang}}
	for i := range list {
		a := &list[i]
		at := "/cases/" + a.Number()
		view.Rows = append(view.Rows, awaitingRow{
			Href: at + "/publish", Number: a.Number(), Title: s.titleOrNone(lang, a.Title), Keep: at + "/keep-private", Version: a.Version,
			Meta: joined(wording.KindName(lang, a.Kind), a.Department, s.words.in(lang, "published.answered_on", wording.Date(a.AnsweredAt.Time, lang, s.loc))),
		})
	}
	if page > 1 {
		view.Pages.PrevHref = "/desk/publish?page=" + strconv.Itoa(page-1)
	}
	if more {
		view.Pages.NextHref = "/desk/publish?page=" + strconv.Itoa(page+1)
	}
	return s.render(c, http.StatusOK, "published/awaiting", Page{View: view})
}

// publishLink is the way from a case to its editor, for those who may publish.
type publishLink struct{ Href, Text, Page string }

// addPublication tells on the page of a case whether the public reads of it, and leads the office to the editor.
func (s *Server) addPublication(c echo.Context, v *cases.View, view *caseView) error {
	now, err := s.Desk.PublicationOf(c.Request().Context(), v.ID)
	if err != nil {
		return err
	}
	there := now != nil && !now.Withdrawn
	if there {
		view.Flags = append(view.Flags, "published")
	}
	if !s.actor(c).Is(people.Clerk) || !there && s.Desk.MayPublish(&v.Case) != nil {
		return nil //nolint:nilerr // why it cannot be published is said where somebody tries
	}
	lang := visitOf(c).lang
	view.Publish = &publishLink{Href: "/cases/" + v.Number() + "/publish", Text: s.words.in(lang, "publish.open")}
	if there {
		view.Publish.Text, view.Publish.Page = s.words.in(lang, "publish.change"), publishedPath(now.ID)
	}
	return nil
}
