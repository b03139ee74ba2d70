package web

import (
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/substance"
)

// signsView is the hint beside a reply that it may be none: what to look at and why, never a verdict. Only the office
// and supervision are given any (cases.Desk.Signs).
type signsView struct {
	Title, Note    string
	Tone           string
	Reasons        []string
	Like, LikeText string // the number of the case whose answer is alike
	Passages       []passage
	Marked         bool // some passage is
}

// passage is a piece of the reply's text; the template escapes it.
type passage struct {
	Text string
	Mark bool
}

// fewest is the weakest sign for which anybody is disturbed.
const fewest = 0.3

// signsOf gives the hints of a case's replies by the reply's id.
func (s *Server) signsOf(c echo.Context, v *cases.View) (map[int64]*signsView, error) {
	all, err := s.Desk.Signs(c.Request().Context(), s.actor(c), v.ID)
	if err != nil {
		return nil, err
	}
	views := make(map[int64]*signsView, len(all))
	for i := range v.Replies {
		r := &v.Replies[i]
		if signs, there := all[r.ID]; there && slices.ContainsFunc(signs.Signs, func(one substance.Sign) bool { return one.Strength >= fewest }) {
			views[r.ID] = s.signsViewOf(visitOf(c).lang, r.Body, signs)
		}
	}
	return views, nil
}

func (s *Server) signsViewOf(lang errs.Lang, body string, signs cases.ReplySigns) *signsView {
	view := &signsView{Tone: "info", Note: s.words.in(lang, "case.signs.note"), Like: signs.Like}
	switch {
	case signs.Hollow:
		view.Tone, view.Title = "warn", s.words.in(lang, "case.signs.hollow")
	case substance.Has(signs.Signs, substance.NearIdentical):
		view.Tone, view.Title = "warn", s.words.in(lang, "case.signs.near_identical")
	default:
		view.Title = s.words.in(lang, "case.signs.weak")
	}
	var spans []substance.Span
	for _, one := range signs.Signs {
		view.Reasons = append(view.Reasons, s.words.in(lang, "case.signs.reason", substance.Name(lang, one.Kind), one.Reason(lang)))
		if one.Kind != substance.NearIdentical || len(signs.Signs) == 1 { // it would mark everything
			spans = append(spans, one.Spans...)
		}
	}
	if signs.Like != "" {
		view.LikeText = s.words.in(lang, "case.signs.like", signs.Like)
	}
	view.Passages, view.Marked = marked(body, spans)
	return view
}

// marked cuts a text into passages, those of the spans marked; spans may overlap. A place that is not in the text marks
// nothing: a hint is no reason to show no page.
func marked(body string, spans []substance.Span) (passages []passage, found bool) {
	slices.SortFunc(spans, func(a, b substance.Span) int { return a.From - b.From })
	at := 0
	add := func(to int, mark bool) {
		if to > at {
			// A place inside a character would show as two broken ones.
			passages = append(passages, passage{strings.ToValidUTF8(body[at:to], ""), mark})
			at, found = to, found || mark
		}
	}
	for _, span := range spans {
		if span.From < 0 || span.To > len(body) || span.To <= span.From {
			continue
		}
		add(span.From, false)
		add(span.To, true)
	}
	add(len(body), false)
	return passages, found
}
