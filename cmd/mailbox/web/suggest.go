package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/cases/substance"
)

// suggestView is who might answer a letter, for those who decide it.
type suggestView struct {
	Intro   string // on what the suggestions rest
	Action  string // the deed that routes, empty where it cannot be done now
	Version cases.Version
	Choices []suggestChoice
	Topics  []string
	Title   []passage // with the words marked that spoke for the first
	Body    []passage
	Marked  bool
}

// suggestChoice is one department.
type suggestChoice struct {
	Department int64
	Name       string
	Chance     string // "87 %"; empty while nothing is learned
	Percent    int    // of the bar beside it, which says the same
	Warnings   []string
	Reasons    []string
	Like       []factView
}

// addSuggestion shows to the office who might answer a letter that it has to route, or may route anew.
func (s *Server) addSuggestion(c echo.Context, v *cases.View, view *caseView) error {
	o := offer{View: v, actor: s.actor(c), now: visitOf(c).now}
	routes, reassigns := o.may(deedOf(people.Route)), o.may(deedOf(people.Reassign))
	if !routes && !reassigns {
		return nil
	}
	found, err := s.Desk.Suggest(c.Request().Context(), s.actor(c), v.ID)
	if err != nil {
		return err
	}
	if len(found.Departments) == 0 && len(found.Topics) == 0 {
		return nil
	}
	lang := visitOf(c).lang
	one := &suggestView{Version: v.Version, Intro: s.words.in(lang, "suggest.by_rules")}
	if found.ModelVersion > 0 {
		one.Intro = s.words.in(lang, "suggest.learned", found.ModelVersion)
	}
	if routes {
		one.Action = "/cases/" + v.Number() + "/" + deedPath(people.Route)
	}
	for _, d := range found.Departments {
		one.Choices = append(one.Choices, s.suggestChoice(lang, d))
	}
	for _, t := range found.Topics {
		if t.Probability >= shownTopic {
			one.Topics = append(one.Topics, t.Topic+" "+percent(t.Probability))
		}
	}
	if len(found.Departments) > 0 {
		one.mark(v, found.Departments[0].Reasons)
	}
	view.Suggest = one
	return nil
}

// first is the department that the form begins with; none where the first suggestion has a warning.
func (v *suggestView) first() string {
	if v == nil || len(v.Choices) == 0 || len(v.Choices[0].Warnings) > 0 {
		return ""
	}
	return strconv.FormatInt(v.Choices[0].Department, 10)
}

// shownTopic: a topic less likely than this is a guess.
const shownTopic = 0.05

func (s *Server) suggestChoice(lang errs.Lang, d cases.Suggested) suggestChoice {
	choice := suggestChoice{Department: d.Department, Name: d.Name}
	if d.Probability > 0 {
		choice.Chance, choice.Percent = percent(d.Probability), int(d.Probability*100+0.5)
	}
	if d.Returned {
		choice.Warnings = append(choice.Warnings, s.words.in(lang, "suggest.returned"))
	}
	if d.Named {
		choice.Warnings = append(choice.Warnings, s.words.in(lang, "suggest.named"))
	}
	var words []string
	for _, r := range d.Reasons {
		if r.Kind == routing.ReasonWord {
			words = append(words, readable(r.Text))
			continue
		}
		choice.Reasons = append(choice.Reasons, s.reasonInWords(lang, r))
	}
	if len(words) > 0 {
		choice.Reasons = append(choice.Reasons, s.words.in(lang, "suggest.words", s.listed(lang, words)))
	}
	for _, like := range d.Like {
		choice.Like = append(choice.Like, factView{
			Key: s.titleOrNone(lang, like.Title), Value: like.Number, Href: "/cases/" + like.Number,
			Note: s.words.in(lang, "suggest.likeness", percent(like.Likeness)),
		})
	}
	return choice
}

// listed joins words as the language does.
func (s *Server) listed(lang errs.Lang, words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = s.words.in(lang, "suggest.quoted", w)
	}
	return strings.Join(quoted, s.words.in(lang, "suggest.and"))
}

// percent writes a share between 0 and 1; what is nearly sure is not called sure.
func percent(share float64) string {
	n := int(share*100 + 0.5)
	switch {
	case n >= 100 && share < 1:
		return "> 99 %"
	case n < 1:
		return "< 1 %"
	}
	return strconv.Itoa(n) + " %"
}

// mark marks in the letter the words that spoke for the first suggestion.
func (v *suggestView) mark(c *cases.View, reasons []routing.Reason) {
	spans := map[string][]substance.Span{}
	for _, r := range reasons {
		for _, span := range r.Spans {
			spans[span.Field] = append(spans[span.Field], substance.Span{From: span.From, To: span.To})
		}
	}
	var title, body bool
	v.Title, title = marked(c.Title, spans["title"])
	v.Body, body = marked(c.Body, spans["body"])
	v.Marked = title || body
}

// rowSuggestion is the suggestion in a row of the office's list, with a button that routes.
type rowSuggestion struct {
	Text, Action, CSRF string
	Department         int64
	Version            cases.Version
	Button             string
}

// suggestInRows puts what was suggested when each letter came into the office's list of letters to route.
func (s *Server) suggestInRows(c echo.Context, items []cases.Item, rows []workRow) error {
	if !s.actor(c).Is(people.Clerk) {
		return nil
	}
	ids := make([]cases.ID, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	noted, err := s.Desk.SuggestedFor(c.Request().Context(), s.actor(c), ids)
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	for i := range items {
		n, ok := noted[items[i].ID]
		if !ok || !slices.Contains([]cases.State{cases.Received, cases.Screened}, items[i].State) || items[i].Returned {
			continue // what came back needs a person who reads why
		}
		text := s.words.in(lang, "suggest.row", n.Name)
		if n.Probability > 0 {
			text = s.words.in(lang, "suggest.row.chance", n.Name, percent(n.Probability))
		}
		rows[i].Suggest = &rowSuggestion{
			Text: text, Action: rows[i].Href + "/" + deedPath(people.Route), CSRF: s.token(c), Department: n.Department, Version: items[i].Version,
			Button: s.words.in(lang, "suggest.route", n.Name),
		}
	}
	return nil
}
