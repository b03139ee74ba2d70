package web

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// offeredView is a template's text, or a past answer, beside a text that somebody has typed: which of them stands is
// theirs to say.
type offeredView struct {
	Text            string
	Append, Replace fillButton
}

// fillButton is what a form's button sends to have something filled in.
type fillButton struct{ Name, Value string }

// fillNames are the names of the buttons: the value of the first names no text, for the template is chosen in a field;
// that of the others is the past answer's.
const fillName, takeName = "fill", "take"

// addTemplates offers what a reply can begin with. Going without is better than going without the page.
func (s *Server) addTemplates(c echo.Context, verb people.Verb, view *deedView) {
	all, err := s.Desk.Templates(c.Request().Context(), ofDepartments(s.actor(c)))
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	if len(all) == 0 {
		return
	}
	lang := visitOf(c).lang
	field := fieldView{
		Lang: lang, Name: fieldName(verb, "template"), Type: "select", Label: s.words.in(lang, "templates.choose"), Optional: true,
		Options: []option{{Label: s.words.in(lang, "desk.choose")}},
	}
	for i := range all {
		field.Options = append(field.Options, option{Value: strconv.FormatInt(all[i].ID, 10), Label: all[i].Name})
	}
	view.Templates = &field
}

// fill puts the chosen template, or a past answer, into the form of a reply: at once where nothing was typed, else only
// as the writer of the text says. It gives the text where they have to say.
//
// Errors: not_found for an answer that is not there any more, or not the reader's to read.
func (s *Server) fill(c echo.Context, v *cases.View, verb people.Verb, f form) (*offeredView, error) {
	how, text, err := s.toFill(c, v, verb, f)
	if err != nil || text == "" {
		return nil, err
	}
	name := fieldName(verb, "reply")
	typed := strings.TrimSpace(strings.ReplaceAll(f.text(name), "\r\n", "\n"))
	switch {
	case typed == "" || how == "replace" || typed == text:
		f.values.Set(name, text)
	case how == "append":
		f.values.Set(name, typed+"\n\n"+text)
	default:
		offered := &offeredView{Text: text, Append: fillButton{fillName, "append"}, Replace: fillButton{fillName, "replace"}}
		if from := f.line(takeName); from != "" {
			offered.Append, offered.Replace = fillButton{takeName + "-append", from}, fillButton{takeName + "-replace", from}
		}
		return offered, nil
	}
	return nil, nil //nolint:nilnil // it is filled in
}

// toFill is the text that a form's button asks for, and how: "append", "replace", or anything else for whoever has not
// said; "" where nothing is asked for.
func (s *Server) toFill(c echo.Context, v *cases.View, verb people.Verb, f form) (how, text string, err error) {
	for _, how := range []string{"", "append", "replace"} {
		if from := f.line(strings.TrimSuffix(takeName+"-"+how, "-")); from != "" {
			text, err = s.Desk.PastAnswer(c.Request().Context(), s.actor(c), from)
			return how, text, err
		}
	}
	if how = f.line(fillName); how == "" {
		return "", "", nil
	}
	id, err := strconv.ParseInt(f.line(fieldName(verb, "template")), 10, 64)
	if err != nil {
		return "", "", nil //nolint:nilerr // none was chosen
	}
	text, err = s.templateText(c, v, id)
	return how, text, err
}

// templateText is a template with what is known of the case, in the writer's language; "" where there is none.
func (s *Server) templateText(c echo.Context, v *cases.View, id int64) (string, error) {
	ctx := c.Request().Context()
	all, err := s.Desk.Templates(ctx, ofDepartments(s.actor(c)))
	if err != nil {
		return "", err
	}
	for i := range all {
		if all[i].ID != id {
			continue
		}
		lead, err := s.Directory.Department(ctx, v.LeadID)
		if err != nil {
			return "", err
		}
		return wording.Fill(all[i].Text(v.Language), map[wording.Variable]string{
			wording.VarNumber: v.Number(), wording.VarTitle: v.Title, wording.VarDepartment: lead.Name, wording.VarPhone: lead.Phone,
			wording.VarDue: wording.DateTime(v.DueAt.Time, v.Language, s.loc),
		}), nil
	}
	return "", nil
}
