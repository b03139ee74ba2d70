package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"

	"mailbox/sla/report"
)

// figureCasesView is the list of the cases behind a figure.
type figureCasesView struct {
	Title, Definition string
	Count             string
	Lines             []string
	Rows              []workRow
	Empty             string
	Pages             pagesView
	ReportHref        string
}

// figureCases opens a figure down to its letters. The list is made from the same conditions, as of the
// same instant, so it has as many cases as the figure says.
func (s *Server) figureCases(c echo.Context) error {
	ctx, v, a := c.Request().Context(), visitOf(c), s.actor(c)
	f := reportFormOf(c, v.now.In(s.loc))
	q, err := s.reportQuery(f, v.now)
	if err != nil {
		return err
	}
	// A department's people see the cases of their own department, also where the link says otherwise.
	if own := a.Departments(); !seesAll(a) && !slices.Contains(own, q.Department) {
		if len(own) == 0 {
			return errs.Forbidden("you may not see cases", "您无权查看办件")
		}
		q.Department = own[0]
	}
	figure, group, page := readable(c.QueryParam("figure")), readable(c.QueryParam("group")), pageOf(c)
	ids, total, err := s.Report.Cases(ctx, q, report.Cell{Group: group}, figure, pageLength, (page-1)*pageLength)
	if err != nil {
		return onForm(err)
	}
	items, err := s.Desk.Items(ctx, a, caseIDs(ids))
	if err != nil {
		return err
	}
	view := figureCasesView{
		Title: s.words.in(v.lang, "figure."+figure), Definition: s.words.in(v.lang, "figure."+figure+".how"),
		Count: strconv.Itoa(total), Empty: s.words.in(v.lang, "desk.empty.filtered"),
		Lines: []string{s.words.in(v.lang, "report.period", f.From, f.Through)},
	}
	if q.By != report.ByNone && q.By != "" {
		name := s.groupName(v.lang, q.By, &report.Figures{Group: group, GroupID: group})
		if names, err := s.departmentNames(c); err != nil {
			return err
		} else if id, err := strconv.ParseInt(group, 10, 64); err == nil && q.By == report.ByDepartment {
			name = names[id]
		}
		view.Lines = append(view.Lines, s.words.in(v.lang, "report.group", s.words.in(v.lang, "report.by."+string(q.By)), name))
	}
	for i := range items {
		view.Rows = append(view.Rows, s.rowOf(v.lang, &items[i], writersClock, v.now))
	}
	link := f.values()
	view.ReportHref = "/reports?" + link.Encode()
	link.Set("figure", figure)
	link.Set("group", group)
	view.Pages = s.pagesOf(v.lang, page, total, func(page int) string {
		link.Set("page", strconv.Itoa(page))
		return "/reports/cases?" + link.Encode()
	})
	return s.render(c, http.StatusOK, "report/cases", Page{View: view})
}

// caseIDs are the numbers that the figures know as cases.
func caseIDs(ids []int64) []cases.ID {
	all := make([]cases.ID, len(ids))
	for i, id := range ids {
		all[i] = cases.ID(id)
	}
	return all
}
