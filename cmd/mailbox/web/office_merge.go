package web

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// mergeEachView shows where each ticked letter would go, before any does.
type mergeEachView struct {
	Action string
	Rows   []mergeEachRow
	Left   []factView // letters that repeat nothing
	Back   string
}

type mergeEachRow struct {
	Number, Title, Href       string
	Into, IntoTitle, IntoHref string
	Grade, Through            string
	Posted, Pair, Label       string // as the form sends them
}

// askMergeEach shows which earlier case each ticked letter would be merged into: the one that its row names, or the one
// that this goes into itself, where it is ticked as well. Nothing is done yet: what tells writers and cannot be taken
// back is looked at first.
func (s *Server) askMergeEach(c echo.Context, b *batch) error {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	ids := make([]cases.ID, len(b.rows))
	numbers := map[cases.ID]string{}
	for i, row := range b.rows {
		id, err := s.Desk.Find(ctx, row.number)
		if err != nil {
			return s.batchAgain(c, b, nil, 0, err)
		}
		ids[i], numbers[id] = id, row.number
	}
	found, err := s.Desk.RepeatsFor(ctx, s.actor(c), ids)
	if err != nil {
		return err
	}
	f := filterOf(c, officePiles...)
	view := mergeEachView{Action: f.href("/desk/office/batch"), Back: f.href("/desk/office")}
	for i, row := range b.rows {
		r, there := found[ids[i]]
		if !there {
			view.Left = append(view.Left, factView{Value: row.number, Href: "/cases/" + row.number})
			continue
		}
		one := mergeEachRow{
			Number: row.number, Title: s.titleOrNone(lang, r.Letter), Href: "/cases/" + row.number, Grade: s.gradeName(lang, r.Likeness), Posted: row.String(),
		}
		for range b.rows { // each step leads to an earlier case
			next, also := found[r.Into]
			if !also {
				break
			}
			if one.Through == "" {
				one.Through = s.words.in(lang, "merge_each.through", numbers[r.Into])
			}
			r = next
		}
		one.Into, one.IntoTitle, one.IntoHref = r.Number, s.titleOrNone(lang, r.Title), "/cases/"+r.Number
		one.Pair, one.Label = row.number+" "+r.Number, s.words.in(lang, "merge_each.tick", row.number, r.Number)
		view.Rows = append(view.Rows, one)
	}
	return s.render(c, http.StatusOK, "desk/merge-each", Page{View: view, Path: view.Back})
}

// mergeEach merges each letter into the case that was shown beside it. Sent twice it is done once: a letter that is in
// that case already is where it was to go.
func (s *Server) mergeEach(a people.Actor, b *batch) func(context.Context, postedRow, cases.ID) error {
	into := map[string]string{}
	for _, pair := range b.form.values["pair"] {
		if letter, number, ok := strings.Cut(pair, " "); ok {
			into[letter] = number
		}
	}
	// One that is unticked stays.
	b.rows = slices.DeleteFunc(b.rows, func(r postedRow) bool { return into[r.number] == "" })
	return func(ctx context.Context, row postedRow, id cases.ID) error {
		to, err := s.Desk.Find(ctx, into[row.number])
		if err != nil {
			return err
		}
		_, err = s.Desk.Merge(ctx, a, id, row.seen, to)
		if errs.CodeOf(err) != errs.CodeConflict {
			return err
		}
		if v, lost := s.Desk.Look(ctx, a, id); lost == nil && v.State == cases.Merged && v.MergedInto == to {
			return nil
		}
		return err
	}
}
