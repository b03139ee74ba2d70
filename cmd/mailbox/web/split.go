package web

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
)

// splitFields begin with the whole letter: the clerk takes out what stays in the first case.
func splitFields(f *deedForm) []fieldView {
	title := f.field("title", "text", "")
	title.Max = cases.MaxTitle
	body := f.field("body", "textarea", f.v.Body)
	body.Max, body.Rows = cases.MaxBody, 10
	stays := f.field("stays", "textarea", "")
	stays.Max, stays.Rows = cases.MaxReason, 3
	return []fieldView{title, f.choices("kind", "select", f.v.Kind, f.s.kindOptions(f.lang, false)), body, stays}
}

func doSplit(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.Split(ctx, d.actor, d.id, d.seen, cases.Second{
		Title: d.line("title"), Body: d.text("body"), Kind: d.line("kind"), Stays: d.text("stays"),
	})
	return err
}

func firstRound(o *offer) bool { return o.Round == 1 && !o.Quiet }

// splitFacts leads from one matter of a letter to the others.
func (s *Server) splitFacts(lang errs.Lang, v *cases.View) []factView {
	var facts []factView
	if v.SplitOf != "" {
		facts = append(facts, factView{Key: s.words.in(lang, "case.split_from"), Value: v.SplitOf, Href: "/cases/" + v.SplitOf})
	}
	for _, number := range v.SplitInto {
		facts = append(facts, factView{Key: s.words.in(lang, "case.split_into"), Value: number, Href: "/cases/" + number})
	}
	return facts
}

// otherMatter is the case of another matter of the writer's letter.
type otherMatter struct{ Number, Text, Button string }

func (s *Server) othersOf(lang errs.Lang, v *cases.View) []otherMatter {
	var others []otherMatter
	add := func(key, number string) {
		others = append(others, otherMatter{number, s.words.in(lang, key, number), s.words.in(lang, "split.other.open", number)})
	}
	if v.SplitOf != "" {
		add("split.other.from", v.SplitOf)
	}
	for _, number := range v.SplitInto {
		add("split.other.into", number)
	}
	return others
}

// openOther opens the case of the other matter for the writer who has proved this one.
func (s *Server) openOther(c echo.Context) error {
	v, err := s.open(c)
	if err != nil {
		return err
	}
	id, version, err := s.Desk.OtherMatter(c.Request().Context(), s.writer(c), v.ID, formOf(c).line("number"))
	if err != nil {
		return err
	}
	if err := s.givePass(c, letterPass{ID: id, Version: version}); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/track/letter")
}
