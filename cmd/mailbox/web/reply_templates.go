package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// begun is how the text of a deed can begin: with templates for a purpose, in the deed's field of that name.
type begun struct {
	purpose cases.TemplatePurpose
	field   string
}

// begunOf is that of a verb; none where the purpose is "".
func begunOf(verb people.Verb) begun {
	switch verb {
	case people.Reply, people.Propose:
		return begun{cases.ForReply, "reply"}
	case people.Decline:
		return begun{cases.ForDecline, "explanation"}
	case people.SendBack, people.TurnBack:
		return begun{cases.ForSendBack, "comment"}
	default:
		return begun{}
	}
}

// offeredView is a template's text, or a past answer, beside a text that somebody has typed: which of them stands is
// theirs to say.
type offeredView struct {
	Text            string
	Append, Replace fillButton
}

// fillButton is what a form's button sends to have something filled in.
type fillButton struct{ Name, Value string }

// The names of those buttons. The value of the first says how, for the template is chosen in a field; that of the other
// names the past answer.
const fillName, takeName = "fill", "take"

// addTemplates offers what a text can begin with. Going without is better than going without the page.
func (s *Server) addTemplates(c echo.Context, d deed, view *deedView, typed typedDeed) {
	all, err := s.Desk.Templates(c.Request().Context(), ofDepartments(s.actor(c)), begunOf(d.verb).purpose)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	if typed.verb == d.verb {
		view.Offered = typed.offered
	}
	if len(all) == 0 {
		return
	}
	lang := visitOf(c).lang
	field := fieldView{
		Lang: lang, Name: fieldName(d.verb, "template"), Type: "select", Label: s.words.in(lang, "templates.choose"), Optional: true,
		Options: []option{{Label: s.words.in(lang, "desk.choose")}},
	}
	for i := range all {
		field.Options = append(field.Options, option{Value: strconv.FormatInt(all[i].ID, 10), Label: all[i].Name})
	}
	if typed.verb == d.verb {
		field.Value = readable(typed.form.line(field.Name))
	}
	view.Templates = &field
}

// fillDeed puts a template into the form of a deed and shows the case with it. Nothing is written.
func (s *Server) fillDeed(verb people.Verb) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := s.openCase(c)
		if err != nil {
			return err
		}
		typed := typedDeed{verb: verb, form: formOf(c)}
		o := offer{View: v, actor: s.actor(c), now: visitOf(c).now}
		if !o.may(deedOf(verb)) { // nothing typed is lost: the case's page shows it to be copied
			return s.deedFailed(c, deedCall{actor: o.actor, id: v.ID, verb: verb, form: typed.form}, movedOn())
		}
		if typed.offered, err = s.fill(c, v, verb, typed.form); err != nil {
			return err
		}
		view, err := s.caseOf(c, v, typed)
		if err != nil {
			return err
		}
		return s.render(c, http.StatusOK, "desk/case", Page{View: view, Path: "/cases/" + v.Number()})
	}
}

func movedOn() error {
	return errs.Conflict(
		"this cannot be done any more: the case has moved on; please reload the page",
		"办件状态已变化，无法进行此操作，请刷新页面后再看")
}

// fill puts the chosen template, or a past answer, into the text of a deed: at once where nothing was typed, else only
// as the writer of the text says. It gives the text where they have to say.
//
// Errors: not_found for an answer that is not there any more, or not the reader's to read.
func (s *Server) fill(c echo.Context, v *cases.View, verb people.Verb, f form) (*offeredView, error) {
	how, text, err := s.toFill(c, v, verb, f)
	if err != nil || text == "" {
		return nil, err
	}
	name := fieldName(verb, begunOf(verb).field)
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
	if begunOf(verb).purpose == cases.ForReply {
		for _, how := range []string{"", "append", "replace"} {
			if from := f.line(strings.TrimSuffix(takeName+"-"+how, "-")); from != "" {
				text, err = s.Desk.PastAnswer(c.Request().Context(), s.actor(c), from)
				return how, text, err
			}
		}
	}
	if how = f.line(fillName); how == "" {
		return "", "", nil
	}
	id, err := strconv.ParseInt(f.line(fieldName(verb, "template")), 10, 64)
	if err != nil {
		return "", "", nil //nolint:nilerr // none was chosen
	}
	text, err = s.templateText(c, v, begunOf(verb).purpose, id)
	return how, text, err
}

// templateText is a template with what is known of the case; "" where there is none. What the writer will read is in the
// writer's language, what a colleague will in the reader's.
func (s *Server) templateText(c echo.Context, v *cases.View, purpose cases.TemplatePurpose, id int64) (string, error) {
	ctx, lang := c.Request().Context(), v.Language
	if purpose == cases.ForSendBack {
		lang = visitOf(c).lang
	}
	all, err := s.Desk.Templates(ctx, ofDepartments(s.actor(c)), purpose)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(t cases.Template) bool { return t.ID == id })
	if i < 0 {
		return "", nil
	}
	values := map[wording.Variable]string{wording.VarNumber: v.Number(), wording.VarTitle: v.Title}
	if v.LeadID != 0 {
		lead, err := s.Directory.Department(ctx, v.LeadID)
		if err != nil {
			return "", err
		}
		values[wording.VarDepartment], values[wording.VarPhone] = lead.Name, lead.Phone
	}
	if !v.DueAt.IsZero() {
		values[wording.VarDue] = wording.DateTime(v.DueAt.Time, lang, s.loc)
	}
	return wording.Fill(all[i].Text(lang), values), nil
}
