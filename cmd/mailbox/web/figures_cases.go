package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla/report"
)

// figureCasesView is the list of the cases behind a figure.
type figureCasesView struct {
	Title, Definition string
	Count             string
	Lines             []string
	Rows              []workRow
	Hidden            string // that some are with other departments now
	Empty             string
	Pages             pagesView
	ReportHref        string
}

// behind are the cases behind one figure, a page of them.
type behind struct {
	title, definition string
	ids               []cases.ID
	total             int
	notes             []string // one for each case, or none
}

// figureCases opens a figure down to its letters. The list is made from the same conditions, as of the
// same instant, so it has as many cases as the figure says.
func (s *Server) figureCases(c echo.Context) error {
	ctx, v, a := c.Request().Context(), visitOf(c), s.actor(c)
	param := func(name string) string { return readable(c.QueryParam(name)) }
	f := reportFormOf(c, v.now.In(s.loc))
	q, err := s.reportQuery(f, v.now)
	if err != nil {
		return err
	}
	group, part, page := param("group"), param("part"), pageOf(c)
	of := param("conduct") + param("rework")
	// A department's people see the cases of their own department, also where the link says otherwise.
	if own := a.Departments(); !seesAll(a) {
		switch {
		case len(own) == 0:
			return errs.Forbidden("you may not see cases", "您无权查看办件")
		case of != "":
			group = strconv.FormatInt(own[0], 10)
		case !slices.Contains(own, q.Department):
			q.Department = own[0]
		}
	}
	b, err := s.behind(c, q, report.Cell{Group: group, Part: part}, (page-1)*pageLength)
	if err != nil {
		return onForm(err)
	}
	items, err := s.Desk.Items(ctx, a, b.ids)
	if err != nil {
		return err
	}
	view := figureCasesView{
		Title: b.title, Definition: b.definition, Count: strconv.Itoa(b.total), Empty: s.words.in(v.lang, "desk.empty.filtered"),
		Lines: []string{
			s.words.in(v.lang, "report.period", f.From, f.Through),
			s.words.in(v.lang, "report.as_of", wording.DateTime(q.AsOf, v.lang, s.loc)),
		},
	}
	for _, one := range []struct {
		by report.Grouping
		id string
	}{{q.By, group}, {q.Then, part}} {
		if of != "" {
			one.by = report.ByDepartment
		}
		if one.by == "" || one.by == report.ByNone || of != "" && one.id == "" {
			continue
		}
		line, err := s.groupLine(c, one.by, one.id)
		if err != nil {
			return err
		}
		view.Lines = append(view.Lines, line)
	}
	next := 0
	for i := range items {
		row := s.rowOf(v.lang, &items[i], writersClock, v.now)
		for b.notes != nil && next < len(b.ids) {
			note, same := b.notes[next], b.ids[next] == items[i].ID
			if next++; same {
				row.Note = note
				break
			}
		}
		view.Rows = append(view.Rows, row)
	}
	if hidden := len(b.ids) - len(items); hidden > 0 {
		view.Hidden = s.words.in(v.lang, "report.cases.hidden", hidden)
	}
	link := c.QueryParams()
	link.Del("page")
	view.Pages = s.pagesOf(v.lang, page, b.total, func(page int) string {
		link.Set("page", strconv.Itoa(page))
		return "/reports/cases?" + link.Encode()
	})
	view.ReportHref = backTo(param("tab")) + "?" + f.values().Encode()
	return s.render(c, http.StatusOK, "report/cases", Page{View: view})
}

// backTo is the page of reports that a list was opened from.
func backTo(tab string) string {
	id, department := strings.CutPrefix(tab, departmentTab+"/")
	if _, err := strconv.ParseUint(id, 10, 63); department && err == nil || slices.Contains(reportTabs, tab) {
		return pathOf(tab)
	}
	return pathOf("")
}

// groupLine says which group the cases are of.
func (s *Server) groupLine(c echo.Context, by report.Grouping, id string) (string, error) {
	lang := visitOf(c).lang
	name := s.groupName(lang, by, &report.Figures{Group: id, GroupID: id})
	if number, err := strconv.ParseInt(id, 10, 64); err == nil && by == report.ByDepartment {
		names, err := s.departmentNames(c)
		if err != nil {
			return "", err
		}
		name = names[number]
	}
	return s.words.in(lang, "report.group", s.words.in(lang, "report.by."+string(by)), name), nil
}

// behind reads a page of the cases behind what the address names: a conduct, a figure of reworks, or any other.
func (s *Server) behind(c echo.Context, q report.Query, cell report.Cell, from int) (b behind, err error) {
	ctx, lang := c.Request().Context(), visitOf(c).lang
	if kind := readable(c.QueryParam("conduct")); kind != "" {
		var list []report.ConductCase
		if list, b.total, err = s.Report.ConductCases(ctx, q, cell.Group, cases.Conduct(kind), pageLength, from); err != nil {
			return b, err
		}
		b.title, b.definition = wording.ConductName(lang, kind), s.words.in(lang, "report.conduct.how."+kind)
		for _, one := range list {
			b.ids = append(b.ids, cases.ID(one.CaseID))
			b.notes = append(b.notes, s.words.in(lang, "report.conduct.at", b.title, wording.DateTime(one.At, lang, s.loc)))
		}
		return b, nil
	}
	var ids []int64
	if name := readable(c.QueryParam("rework")); name != "" {
		if ids, b.total, err = s.Report.ReworkCases(ctx, q, cell.Group, name, pageLength, from); err != nil {
			return b, err
		}
		b.title = s.words.in(lang, "report.rework.title", s.words.in(lang, "report.rework."+name))
		b.definition = s.words.in(lang, "report.reworks.note")
		b.ids = caseIDs(ids)
		return b, nil
	}
	figure := readable(c.QueryParam("figure"))
	if ids, b.total, err = s.Report.Cases(ctx, q, cell, figure, pageLength, from); err != nil {
		return b, err
	}
	b.ids = caseIDs(ids)
	b.title, b.definition = s.figureTitle(lang, figure)
	if slices.Contains(unhappyFigures, figure) && seesAll(s.actor(c)) {
		words, err := s.Desk.RatingWords(ctx, s.actor(c), b.ids)
		if err != nil {
			return b, err
		}
		for _, id := range b.ids {
			b.notes = append(b.notes, words[id])
		}
	}
	return b, nil
}

// figureTitle names a figure that opens, and says how it is reckoned.
func (s *Server) figureTitle(lang errs.Lang, figure string) (title, definition string) {
	for _, clock := range []string{"writer", "department"} {
		prefix := strings.TrimSuffix(report.TookFigure(clock == "department", 0), "0")
		if days, ok := strings.CutPrefix(figure, prefix); ok {
			return s.words.in(lang, "report.took."+clock+".one", days), s.words.in(lang, "report.took."+clock+".how")
		}
	}
	return s.words.in(lang, "figure."+figure), s.words.in(lang, "figure."+figure+".how")
}

// caseIDs are the numbers that the figures know as cases.
func caseIDs(ids []int64) []cases.ID {
	all := make([]cases.ID, len(ids))
	for i, id := range ids {
		all[i] = cases.ID(id)
	}
	return all
}
