package web

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// offeredView is a template's text beside a text that somebody has typed: which of them stands is theirs to say.
type offeredView struct{ Text string }

// addTemplates offers what a reply can begin with. Going without is better than going without the page.
func (s *Server) addTemplates(c echo.Context, view *deedView) {
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
		Lang: lang, Name: fieldName(people.Reply, "template"), Type: "select", Label: s.words.in(lang, "templates.choose"), Optional: true,
		Options: []option{{Label: s.words.in(lang, "desk.choose")}},
	}
	for i := range all {
		field.Options = append(field.Options, option{Value: strconv.FormatInt(all[i].ID, 10), Label: all[i].Name})
	}
	view.Templates = &field
}

// fill puts the chosen template into the form of a reply: at once where nothing was typed, else only as the writer of
// the text says. It gives the template's text where they have to say.
func (s *Server) fill(c echo.Context, v *cases.View, f form) (*offeredView, error) {
	how, name := f.line("fill"), fieldName(people.Reply, "reply")
	if how == "" {
		return nil, nil //nolint:nilnil // nothing is to be filled in
	}
	id, err := strconv.ParseInt(f.line(fieldName(people.Reply, "template")), 10, 64)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // none was chosen
	}
	text, err := s.templateText(c, v, id)
	if err != nil || text == "" {
		return nil, err
	}
	typed := strings.TrimSpace(strings.ReplaceAll(f.text(name), "\r\n", "\n"))
	switch {
	case typed == "" || how == "replace" || typed == text:
		f.values.Set(name, text)
	case how == "append":
		f.values.Set(name, typed+"\n\n"+text)
	default:
		return &offeredView{Text: text}, nil
	}
	return nil, nil //nolint:nilnil // it is filled in
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
