package web

import (
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// repeatView is a case that the letter may repeat, for those who may merge them.
type repeatView struct {
	Grade, Title, Number, Href string
	Facts                      []string // state, department, day, whose letter it is
	Words                      string   // what both say
	Note                       string   // why it cannot be merged into that one, or through which letter it was found
	MergeHref, Merge           string   // presets the form that merges, "" where that would be refused
	Answer                     string   // where it was answered
}

// repeatsShown is how many cases stand on a page: those after are rarely worth a look.
const repeatsShown = 5

// addRepeats shows which cases a letter may repeat. Going without is better than going without the page.
func (s *Server) addRepeats(c echo.Context, v *cases.View, view *caseView) {
	o := offer{View: v, actor: s.actor(c), now: visitOf(c).now}
	if !o.may(deedOf(people.Merge)) {
		return
	}
	found, err := s.Desk.Similar(c.Request().Context(), s.actor(c), v.ID, repeatsShown)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	for i := range found {
		view.Repeats = append(view.Repeats, s.repeatOf(visitOf(c).lang, v, &found[i]))
	}
}

func (s *Server) repeatOf(lang errs.Lang, v *cases.View, a *cases.Alike) repeatView {
	view := repeatView{Grade: s.gradeName(lang, a.Likeness), Title: s.titleOrNone(lang, a.Title), Number: a.Number, Href: "/cases/" + a.Number}
	lead := a.Lead
	if lead == "" {
		lead = s.words.in(lang, "repeats.not_routed")
	}
	view.Facts = []string{wording.StateName(lang, string(a.State)), lead, s.words.in(lang, "repeats.received", wording.Date(a.ReceivedAt, lang, s.loc))}
	if a.Writer != cases.WriterUnknown {
		view.Facts = append(view.Facts, s.words.in(lang, "repeats.writer."+string(a.Writer)))
	}
	var words []string
	for _, w := range a.Words {
		words = append(words, readable(w.Text))
	}
	if len(words) > 0 && a.Grade == alike.Matter { // a copy needs no proof
		view.Words = s.words.in(lang, "repeats.words", s.listed(lang, words))
	}
	switch {
	case a.ReceivedAt.After(v.ReceivedAt.Time) || a.ReceivedAt.Equal(v.ReceivedAt.Time) && a.ID > v.ID:
		view.Note = s.words.in(lang, "repeats.later")
	case !a.State.Open() && !slices.Contains([]cases.State{cases.Answered, cases.Closed}, a.State):
		view.Note = s.words.in(lang, "repeats.ended")
	default:
		view.Merge = s.words.in(lang, "repeats.merge", a.Number)
		view.MergeHref = "/cases/" + v.Number() + "?into=" + url.QueryEscape(a.Number) + "#field-" + fieldName(people.Merge, "into")
	}
	if a.Through != "" {
		view.Note = joined(s.words.in(lang, "repeats.through", a.Through), view.Note)
	}
	return view
}

// gradeName says how alike two letters are. A share is that of the shorter letter: all of a letter that was copied
// into a longer one is the same. Only a share of the text is a number that means something to people: the
// likeness of two letters in other words is none of anything.
func (s *Server) gradeName(lang errs.Lang, l alike.Likeness) string {
	if l.Grade == alike.Near {
		return s.words.in(lang, "repeats.grade.near", percent(l.Similarity))
	}
	return s.words.in(lang, "repeats.grade."+string(l.Grade))
}

// repeatsInRows says in the office's list which earlier case each letter repeats most likely.
func (s *Server) repeatsInRows(c echo.Context, items []cases.Item, rows []workRow) {
	ids := make([]cases.ID, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	if _, err := s.actor(c).Permit(people.Merge, people.Subject{}); err != nil {
		return
	}
	found, err := s.Desk.RepeatsFor(c.Request().Context(), s.actor(c), ids)
	if err != nil {
		s.logTrouble(c, err)
		return
	}
	lang := visitOf(c).lang
	for i := range items {
		if r, there := found[items[i].ID]; there {
			rows[i].Repeats = &factView{
				Key: s.words.in(lang, "repeats.row", s.gradeName(lang, r.Likeness)), Value: r.Number, Href: rows[i].Href + "#repeats",
			}
		}
	}
}
