package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/routing"
	"mailbox/cases/substance"
	"mailbox/cases/wording"
)

// ruleKeepers may change where letters are routed: the office, whose work it is, and the administrator.
var ruleKeepers = staff(people.Clerk, people.Administrator)

// routingView is the rules on where letters go: to read, to change, to try on a letter; and all versions.
type routingView struct {
	Acting   string // which version acts, since when
	Shown    string // said if the form holds another version
	Seen     int64  // the newest version when the form was made
	Rules    fieldView
	Letter   []fieldView
	Tried    *triedView
	Reason   fieldView
	Help     []summaryRow
	Findings []findingView // of the rules in the form
	Versions []rulesVersion
	Earlier  string // address of the versions before these
	// Learned is what the model has learned and what a threshold would mean; the block "routing-learned"
	// (_routing.html) shows it.
	Learned *learnedView
}

// findingView is a rule that does not act, or not as it is written.
type findingView struct{ Where, Text string }

// triedView is where a letter would go by the rules in the form.
type triedView struct {
	Title, Body, District []passage
	Choices               []triedChoice
}

type triedChoice struct {
	Department, Score string
	Reasons           []string
}

// rulesVersion is one version in the list.
type rulesVersion struct {
	Number       int64
	Acting       bool
	Meta, Reason string
	Summary      string // empty for the first version
	Changes      []lineChange
	Href         string
}

type lineChange struct {
	Added bool
	Text  string
}

// Limits of what the page shows.
const (
	triedShown    = 5  // departments
	versionsShown = 10 // on a page
	changesShown  = 60 // lines of a version
	lineShown     = 16 // characters of a line with a mistake
)

// adminRouting shows the rules. "version" puts an older one into the form, to be saved again.
func (s *Server) adminRouting(c echo.Context) error {
	return s.showRouting(c, nil, nil)
}

// saveRouting makes what was typed the rules that act.
func (s *Server) saveRouting(c echo.Context) error {
	f := formOf(c)
	seen, err := strconv.ParseInt(f.line("seen"), 10, 64)
	if err != nil {
		seen = 0 // then somebody else's version is newer, and that is said
	}
	saved, err := s.Desk.SetRoutingRules(c.Request().Context(), s.actor(c), f.text("rules"), seen, f.text("reason"))
	if err != nil {
		return s.showRouting(c, &f, err)
	}
	s.logAdmin(c, "routing rules saved", saved.Version)
	if err := s.tell(c, "good", "routing.saved", strconv.FormatInt(saved.Version, 10)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/routing")
}

// tryRouting says where a letter would go by the rules as typed, and keeps nothing.
func (s *Server) tryRouting(c echo.Context) error {
	f := formOf(c)
	return s.showRouting(c, &f, nil)
}

// showRouting is the page in all its states; typed is the form that came back, wrong why it was not taken.
func (s *Server) showRouting(c echo.Context, typed *form, wrong error) error {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	acting, err := s.Desk.RoutingRules(ctx)
	if err != nil {
		return err
	}
	departments, err := s.Desk.RoutingDepartments(ctx)
	if err != nil {
		return err
	}
	view := routingView{
		Seen: acting.Version, Help: s.routingHelp(lang),
		Acting: s.words.in(lang, "routing.acting", acting.Version, len(acting.Rules.All()), wording.DateTime(acting.CreatedAt, lang, s.loc)),
	}
	var rules routing.Rules
	var text string
	if typed == nil {
		if rules, err = s.olderRules(c, &view, acting); err != nil {
			return err
		}
		text = rules.String()
	} else {
		text = readable(typed.text("rules"))
		parsed, mistaken := routing.ParseRules(typed.text("rules"))
		if rules = parsed; wrong == nil {
			wrong = mistaken
		}
	}
	page, status := s.routingPage(c), http.StatusOK
	if wrong != nil {
		status, page.Errors = s.refused(c, wrong)
		page.Errors = s.byLine(lang, page.Errors, text)
	}
	view.Findings = s.findings(lang, rules, departments)
	s.routingFields(lang, &view, typed, text, page)
	if typed != nil && len(page.Errors) == 0 {
		view.Tried = s.tried(lang, routing.NewCold(departments, rules), letterOf(*typed), departments)
	}
	if err := s.rulesVersions(c, &view); err != nil {
		return err
	}
	if view.Learned, err = s.learned(c); err != nil {
		return err
	}
	page.View = view
	return s.render(c, status, "desk/routing", page)
}

func (s *Server) routingPage(c echo.Context) Page {
	page := Page{Path: "/admin/routing"}
	if s.actor(c).Is(people.Administrator) {
		page.MissingYear = s.adminPage(c, page.Path).MissingYear
	}
	return page
}

// olderRules are those of the version that the address names, else those that act.
func (s *Server) olderRules(c echo.Context, view *routingView, acting cases.RoutingRules) (routing.Rules, error) {
	number := numberOf(c, "version")
	if number == 0 || number == acting.Version {
		return acting.Rules, nil
	}
	older, err := s.Desk.RoutingRulesOf(c.Request().Context(), number)
	if err != nil {
		return routing.Rules{}, err
	}
	view.Shown = s.words.in(visitOf(c).lang, "routing.shown", number)
	return older.Rules, nil
}

// numberOf reads a number from the address, 0 where there is none.
func numberOf(c echo.Context, name string) int64 {
	n, err := strconv.ParseInt(c.QueryParam(name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// byLine puts mistakes in lines to the field that the lines stand in, and says how the line begins: nobody counts
// lines in a field that wraps them.
func (s *Server) byLine(lang errs.Lang, wrong []FieldError, text string) []FieldError {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, e := range wrong {
		number, ok := strings.CutPrefix(e.Field, "line ")
		if !ok {
			continue
		}
		line := ""
		if n, err := strconv.Atoi(number); err == nil && n >= 1 && n <= len(lines) {
			line = lines[n-1]
			if runes := []rune(line); len(runes) > lineShown {
				line = string(runes[:lineShown]) + "…"
			}
		}
		wrong[i] = FieldError{"rules", s.words.in(lang, "routing.line", number, line) + e.Message}
	}
	return wrong
}

func (s *Server) routingFields(lang errs.Lang, view *routingView, typed *form, text string, page Page) {
	field := func(name, kind string) fieldView {
		f := fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "routing."+name), Error: page.Wrong(name)}
		if typed != nil {
			f.Value = readable(typed.text(name))
		}
		return f
	}
	view.Rules = field("rules", "textarea")
	view.Rules.Value, view.Rules.Rows, view.Rules.Hint = text, 24, s.words.in(lang, "routing.rules.hint")
	mistakes := 0
	for _, e := range page.Errors {
		if e.Field == "rules" {
			mistakes++
		}
	}
	if mistakes > 1 {
		view.Rules.Error = s.words.in(lang, "routing.mistakes", mistakes)
	}
	title, body, district, topic := field("letter_title", "text"), field("letter_body", "textarea"), field("letter_district", "text"), field("letter_topic", "text")
	body.Rows, body.Optional = 4, true
	district.Width, district.Optional = "medium", true
	topic.Width, topic.Optional, topic.Hint = "medium", true, s.words.in(lang, "routing.letter_topic.hint")
	view.Letter = []fieldView{title, body, district, topic}
	view.Reason = field("reason", "textarea")
	view.Reason.Rows, view.Reason.Max, view.Reason.Hint = 3, cases.MaxReason, s.words.in(lang, "routing.reason.hint")
}

// helpOn are the examples of how rules are written.
var helpOn = []string{"any", "both", "groups", "not", "force", "assist", "area", "topic", "title", "names", "comment"}

func (s *Server) routingHelp(lang errs.Lang) []summaryRow {
	rows := make([]summaryRow, 0, len(helpOn))
	for _, one := range helpOn {
		rows = append(rows, summaryRow{Key: s.words.in(lang, "routing.help."+one), Value: s.words.in(lang, "routing.help."+one+".how")})
	}
	return rows
}

func (s *Server) findings(lang errs.Lang, rules routing.Rules, departments []routing.Department) []findingView {
	var all []findingView
	for _, f := range rules.Check(departments) {
		where := "routing.noted"
		if f.Inactive {
			where = "routing.inactive"
		}
		all = append(all, findingView{s.words.in(lang, where, f.Line), errs.Message(f.Err, lang)})
	}
	return all
}

func letterOf(f form) routing.Letter {
	return routing.Letter{
		Title: f.line("letter_title"), Body: f.text("letter_body"), District: f.line("letter_district"), Topic: f.line("letter_topic"),
	}
}

// tried is nil where there is nothing to try.
func (s *Server) tried(lang errs.Lang, cold *routing.Cold, l routing.Letter, departments []routing.Department) *triedView {
	if l == (routing.Letter{}) {
		return nil
	}
	names := make(map[int64]string, len(departments))
	for _, d := range departments {
		names[d.ID] = d.Name
	}
	var view triedView
	spans := map[string][]substance.Span{}
	scored := cold.Score(l)
	for _, one := range scored[:min(len(scored), triedShown)] {
		choice := triedChoice{Department: names[one.Department], Score: strconv.FormatFloat(one.Score, 'f', 2, 64)}
		for _, r := range one.Reasons {
			choice.Reasons = append(choice.Reasons, s.reasonInWords(lang, r))
			for _, span := range r.Spans {
				spans[span.Field] = append(spans[span.Field], substance.Span{From: span.From, To: span.To})
			}
		}
		view.Choices = append(view.Choices, choice)
	}
	view.Title, _ = marked(l.Title, spans["title"])
	view.Body, _ = marked(l.Body, spans["body"])
	view.District, _ = marked(l.District, spans["district"])
	return &view
}

// reasonInWords says why a department was thought of.
func (s *Server) reasonInWords(lang errs.Lang, r routing.Reason) string {
	text := readable(r.Text)
	switch r.Kind {
	case routing.ReasonRule, routing.ReasonTopic:
		return s.words.in(lang, "routing.because."+r.Kind, r.Rule, text)
	case routing.ReasonName, routing.ReasonDuties, routing.ReasonArea:
		return s.words.in(lang, "routing.because."+r.Kind, text)
	}
	return text
}

// rulesVersions lists the versions, newest first, each beside the one before it.
func (s *Server) rulesVersions(c echo.Context, view *routingView) error {
	lang := visitOf(c).lang
	all, err := s.Desk.RoutingRulesHistory(c.Request().Context(), numberOf(c, "before"), versionsShown+1)
	if err != nil {
		return err
	}
	for i, one := range all[:min(len(all), versionsShown)] {
		v := rulesVersion{
			Number: one.Version, Acting: one.Version == view.Seen, Reason: one.Reason,
			Href: "/admin/routing?version=" + strconv.FormatInt(one.Version, 10),
		}
		by := one.By
		switch {
		case one.BuiltIn():
			by = s.words.in(lang, "calendar.built_in")
		case by == "":
			by = s.words.in(lang, "admin.command_line")
		}
		v.Meta = s.words.in(lang, "routing.meta", by, wording.DateTime(one.CreatedAt, lang, s.loc))
		if i+1 < len(all) {
			v.Changes = changedLines(all[i+1].Rules.String(), one.Rules.String())
			added := 0
			for _, change := range v.Changes {
				if change.Added {
					added++
				}
			}
			v.Summary = s.words.in(lang, "routing.changes", added, len(v.Changes)-added)
			v.Changes = v.Changes[:min(len(v.Changes), changesShown)]
		}
		view.Versions = append(view.Versions, v)
	}
	if len(all) > versionsShown {
		view.Earlier = fmt.Sprintf("/admin/routing?before=%d", all[versionsShown-1].Version)
	}
	return nil
}

// changedLines gives the lines that one text has and the other has not, the new first. A line that was only
// moved is no change: the order of rules means nothing.
func changedLines(was, is string) []lineChange {
	missing := func(from, in string) (lines []string) {
		count := map[string]int{}
		for line := range strings.Lines(in) {
			count[line]++
		}
		for line := range strings.Lines(from) {
			if count[line]--; count[line] < 0 && strings.TrimSpace(line) != "" {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
		return lines
	}
	out, in := missing(was, is), missing(is, was)
	changes := make([]lineChange, 0, len(out)+len(in))
	for _, line := range in {
		changes = append(changes, lineChange{true, line})
	}
	for _, line := range out {
		changes = append(changes, lineChange{false, line})
	}
	return changes
}
