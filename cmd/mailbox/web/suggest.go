package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/cases/substance"
)

// suggestView is who might answer a letter and what it is about, for those who decide it.
type suggestView struct {
	Intro   string // on what the suggestions rest
	Fold    bool   // the letter has somebody who answers it: only who wants to give it away looks here
	Version cases.Version
	Choices []suggestChoice
	Topics  []topicChoice

	Title, Body []passage // with the words marked that spoke for the first
	Marked      bool
	// SwitchHref shows the letter without its marks, or with them again; "" where nothing could be marked.
	SwitchHref, Switch string
}

// suggestChoice is one department.
type suggestChoice struct {
	Department int64
	Name       string
	Chance     string // "87 % (very likely)", or that rules alone speak
	Percent    int    // of the bar beside it, which says the same; 0 for none
	Warnings   []string
	Named      bool // by a letter that complains
	Reasons    []reasonView
	Like       []factView

	Route string // where one press routes it to, "" where it cannot be routed now
	// GiveHref presets the form that gives the case to this department: that one asks for a reason.
	GiveHref string
}

// reasonView is a reason in words, with where it comes from.
type reasonView struct{ Text, Href, Link string }

// topicChoice is a first level of the topic tree that one press puts on the case.
type topicChoice struct {
	Text   string
	Action string   // "" for the one it has, and for those who may not correct it
	Fields []hidden // all that correcting asks for
	Now    bool
}

// addSuggestion shows to those who decide it who might answer a letter. Going without is better than going without
// the page: what fails here is logged.
func (s *Server) addSuggestion(c echo.Context, v *cases.View, view *caseView) {
	o := offer{View: v, actor: s.actor(c), now: visitOf(c).now}
	routes, reassigns := o.may(deedOf(people.Route)), o.may(deedOf(people.Reassign))
	if !routes && !reassigns {
		return
	}
	found, err := s.Desk.Suggest(c.Request().Context(), s.actor(c), v.ID)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	if len(found.Departments) == 0 && len(found.Topics) == 0 {
		return
	}
	lang := visitOf(c).lang
	one := &suggestView{Version: v.Version, Fold: !routes, Intro: s.words.in(lang, "suggest.by_rules")}
	if found.ModelVersion > 0 {
		one.Intro = s.words.in(lang, "suggest.learned", found.ModelVersion)
	}
	at := "/cases/" + v.Number()
	for _, d := range found.Departments {
		choice := s.suggestChoice(c, d)
		switch {
		case d.Accused: // only its own form can tell whether a second person has agreed
		case routes:
			choice.Route = at + "/" + deedPath(people.Route)
		case d.Department != v.LeadID:
			choice.GiveHref = at + "?give=" + strconv.FormatInt(d.Department, 10) + "#field-" + fieldName(people.Reassign, "lead")
		}
		one.Choices = append(one.Choices, choice)
	}
	one.Topics = s.topicChoices(&o, found.Topics)
	if len(found.Departments) > 0 {
		one.mark(v, found.Departments[0].Reasons)
	}
	if one.Marked {
		one.SwitchHref, one.Switch = at+"?marks=off#letter", s.words.in(lang, "suggest.marks.off")
		if c.QueryParam("marks") == "off" {
			one.Marked = false
			one.SwitchHref, one.Switch = at+"#letter", s.words.in(lang, "suggest.marks.on")
		}
	}
	view.Suggest = one
}

// first is the department that the form begins with; none where the first suggestion has a warning.
func (v *suggestView) first() string {
	if v == nil || len(v.Choices) == 0 || len(v.Choices[0].Warnings) > 0 {
		return ""
	}
	return strconv.FormatInt(v.Choices[0].Department, 10)
}

// Jump is where the key for the suggestion leads: to its first button, where there is one.
func (v *suggestView) Jump() string {
	if v.Fold || len(v.Choices) == 0 || v.Choices[0].Route == "" {
		return "suggestion"
	}
	return "first-suggestion"
}

// named are the departments that a letter of complaint names.
func (v *suggestView) named() []string {
	if v == nil {
		return nil
	}
	var ids []string
	for _, choice := range v.Choices {
		if choice.Named {
			ids = append(ids, strconv.FormatInt(choice.Department, 10))
		}
	}
	return ids
}

func (s *Server) suggestChoice(c echo.Context, d cases.Suggested) suggestChoice {
	lang := visitOf(c).lang
	choice := suggestChoice{Department: d.Department, Name: d.Name, Named: d.Named, Chance: s.words.in(lang, "suggest.chance.none")}
	if d.Probability > 0 {
		choice.Chance, choice.Percent = s.chance(lang, d.Probability), max(1, int(d.Probability*100+0.5))
	}
	if d.Returned {
		choice.Warnings = append(choice.Warnings, s.words.in(lang, "suggest.returned"))
	}
	if d.Accused {
		choice.Warnings = append(choice.Warnings, s.words.in(lang, "suggest.accused"))
	} else if d.Named {
		choice.Warnings = append(choice.Warnings, s.words.in(lang, "suggest.named"))
	}
	var words []string
	for _, r := range d.Reasons {
		if r.Kind == routing.ReasonWord {
			words = append(words, readable(r.Text))
			continue
		}
		reason := reasonView{Text: s.reasonInWords(lang, r)}
		if r.Rule > 0 && s.admits("/admin/routing", visitOf(c)) {
			reason.Href, reason.Link = "/admin/routing#rules", s.words.in(lang, "suggest.rules")
		}
		choice.Reasons = append(choice.Reasons, reason)
	}
	if len(words) > 0 {
		choice.Reasons = append(choice.Reasons, reasonView{Text: s.words.in(lang, "suggest.words", s.listed(lang, words))})
	}
	for _, like := range d.Like {
		choice.Like = append(choice.Like, factView{
			Key: s.titleOrNone(lang, like.Title), Value: like.Number, Href: "/cases/" + like.Number,
			Note: s.words.in(lang, "suggest.likeness", percent(like.Likeness)),
		})
	}
	return choice
}

// shownTopic: a topic less likely than this is a guess.
const shownTopic = 0.05

// topicChoices are the topics that one press puts on the case. The topic it has is only named: its lower levels
// would be lost.
func (s *Server) topicChoices(o *offer, found []cases.SuggestedTopic) []topicChoice {
	var all []topicChoice
	corrects := o.may(deedOf(people.Correct))
	for _, t := range found {
		if t.Probability < shownTopic {
			continue
		}
		one := topicChoice{Text: t.Topic + " " + percent(t.Probability), Now: cases.FirstLevel(o.Topic) == t.Topic}
		if corrects && !one.Now {
			one.Action = "/cases/" + o.Number() + "/" + deedPath(people.Correct)
			for _, f := range []hidden{{"kind", o.Kind}, {"channel", o.Channel}, {"topic", t.Topic}, {"district", o.District}} {
				one.Fields = append(one.Fields, hidden{fieldName(people.Correct, f.Name), f.Value})
			}
		}
		all = append(all, one)
	}
	return all
}

// listed joins words as the language does.
func (s *Server) listed(lang errs.Lang, words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = s.words.in(lang, "suggest.quoted", w)
	}
	return strings.Join(quoted, s.words.in(lang, "suggest.and"))
}

// chances are the words for probabilities, from the highest.
var chances = []struct {
	from float64
	word string
}{{0.85, "high"}, {0.5, "good"}, {0.2, "some"}, {0, "low"}}

// chance says a probability above 0 as a number and in words: few people know whether 60 % is much.
func (s *Server) chance(lang errs.Lang, share float64) string {
	for _, c := range chances {
		if share >= c.from {
			return s.words.in(lang, "suggest.chance", percent(share), s.words.in(lang, "suggest.chance."+c.word))
		}
	}
	return percent(share)
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
			text := map[string]string{"title": c.Title, "body": c.Body}[span.Field]
			spans[span.Field] = append(spans[span.Field], wholeCharacters(text, span))
		}
	}
	var title, body bool
	v.Title, title = marked(c.Title, spans["title"])
	v.Body, body = marked(c.Body, spans["body"])
	v.Marked = title || body
}

// wholeCharacters widens a span to the characters it touches: cut inside one, both halves would be lost.
func wholeCharacters(text string, span routing.Span) substance.Span {
	from, to := max(0, span.From), min(span.To, len(text))
	for from > 0 && from < len(text) && !utf8.RuneStart(text[from]) {
		from--
	}
	for to > 0 && to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return substance.Span{From: from, To: to}
}

// begins are what forms of the case's page begin with when a link presets them.
type begins struct {
	route, reassign, into, comment string
	open                           people.Verb // whose form is open
	named                          []string    // departments that a letter of complaint names
}

// beginsOf reads the presets of the address: a department to give the case to, a case to merge it into. What is
// neither presets nothing.
func beginsOf(c echo.Context, view *caseView) begins {
	b := begins{route: view.Suggest.first(), named: view.Suggest.named()}
	if c.Request().Method != get {
		return b // the address of a form's answer is the form's
	}
	if _, err := strconv.ParseUint(c.QueryParam("give"), 10, 63); err == nil {
		b.reassign = c.QueryParam("give")
	}
	if i := slices.IndexFunc(deeds, func(d deed) bool { return deedPath(d.verb) == c.QueryParam("do") }); i >= 0 {
		b.open = deeds[i].verb
	}
	if c.QueryParam("ask") == "missing" {
		b.comment, b.open = lacking(view.Checks), people.SendBack
	}
	if number := c.QueryParam("into"); len(number) <= 40 && number == url.PathEscape(number) {
		b.into = number
	}
	return b
}

// opens tells whether the form of a verb is open because a link presets it.
func (b begins) opens(verb people.Verb) bool {
	return verb == b.open || verb == people.Reassign && b.reassign != "" || verb == people.Merge && b.into != ""
}

// rowSuggestion is the suggestion in a row of the office's list and why, with a button that routes; or with a warning
// instead, for whom a letter accuses is to be decided by somebody who has read it.
type rowSuggestion struct {
	Text, Why, Warning string
	Department         int64 // 0 where no button stands
	Button             string
}

// suggestInRows puts what was suggested when each letter came into the office's list of letters to route. The list
// comes without, should that fail.
func (s *Server) suggestInRows(c echo.Context, items []cases.Item, rows []workRow) {
	if !s.actor(c).Is(people.Clerk) {
		return
	}
	ids := make([]cases.ID, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	noted, err := s.Desk.SuggestedFor(c.Request().Context(), s.actor(c), ids)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	lang := visitOf(c).lang
	for i := range items {
		n, ok := noted[items[i].ID]
		if !ok || !slices.Contains([]cases.State{cases.Received, cases.Screened}, items[i].State) {
			continue
		}
		text := s.words.in(lang, "suggest.row", n.Name)
		if n.Probability > 0 {
			text = s.words.in(lang, "suggest.row.chance", n.Name, percent(n.Probability))
		}
		one := &rowSuggestion{Text: text, Why: strings.Join(s.reasonsInWords(lang, n.Reasons), s.words.in(lang, "suggest.row.and"))}
		switch {
		case items[i].Returned: // it needs a person who reads why, and what was noted knows nothing of it
			continue
		case n.Named:
			one.Warning = s.words.in(lang, "suggest.row.named")
		default:
			one.Department, one.Button = n.Department, s.words.in(lang, "suggest.route", n.Name)
		}
		rows[i].Suggest = one
	}
}

// reasonsInWords says why a department was thought of: what rules and names say, then the words that weigh most.
func (s *Server) reasonsInWords(lang errs.Lang, reasons []routing.Reason) []string {
	var all, words []string
	for _, r := range reasons {
		if r.Kind == routing.ReasonWord {
			words = append(words, readable(r.Text))
			continue
		}
		if r.Rule == 0 {
			all = append(all, s.reasonInWords(lang, r))
			continue
		}
		rule := s.words.in(lang, "suggest.row.rule", r.Rule)
		if r.Text != "" {
			rule += s.words.in(lang, "suggest.row.found", readable(r.Text))
		}
		all = append(all, rule)
	}
	if len(words) > 0 {
		all = append(all, s.words.in(lang, "suggest.words", s.listed(lang, words)))
	}
	return all
}
