package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/people"
	"mailbox/sla/report"
)

// seesAll tells whether the actor may open every case.
func seesAll(a people.Actor) bool {
	_, err := a.Permit(people.View, people.Subject{})
	return err == nil
}

// figureLinks leads from a figure to its cases; none for those who may open no case.
type figureLinks struct {
	form  reportForm
	tab   string // the page to come back to
	whole bool   // every figure opens
	own   string // otherwise those of this department do; empty: nothing does
}

func (s *Server) linksFor(c echo.Context, f reportForm, tab string) figureLinks {
	a := s.actor(c)
	f.Sort, f.Rows = "", "" // of lists there are no others
	links := figureLinks{form: f, tab: tab, whole: seesAll(a)}
	if own := a.Departments(); !links.whole && len(own) > 0 {
		links.own = strconv.FormatInt(own[0], 10)
	}
	return links
}

// with is the same links for figures of another period or grouping.
func (l figureLinks) with(change func(f *reportForm)) figureLinks {
	change(&l.form)
	return l
}

// href is where a count of a group, or of a part of one, leads; "" where it leads nowhere. group is nil for the total.
func (l figureLinks) href(figure string, group, part *report.Figures, n int64) string {
	if n == 0 || !opens(figure) {
		return ""
	}
	// A department opens what is of nothing but itself.
	its := l.form.Department == l.own ||
		group != nil && l.form.By == string(report.ByDepartment) && group.GroupID == l.own ||
		part != nil && l.form.Then == string(report.ByDepartment) && part.GroupID == l.own
	if !l.whole && (l.own == "" || !its) {
		return ""
	}
	v := l.values()
	v.Set("figure", figure)
	if group == nil {
		v.Del("by")
	} else {
		v.Set("group", group.GroupID)
	}
	if part == nil {
		v.Del("then")
	} else {
		v.Set("part", part.GroupID)
	}
	return "/reports/cases?" + v.Encode()
}

// opens tells whether a figure is a count of letters.
func opens(figure string) bool {
	return slices.Contains(report.FigureNames(), figure) || strings.HasPrefix(figure, "took_") || strings.HasPrefix(figure, "department_took_")
}

// conduct is where the count of a conduct leads, and rework where one of reworks does. department is "" for all.
func (l figureLinks) conduct(kind cases.Conduct, department string, n int64) string {
	return l.ofDepartment("conduct", string(kind), department, n)
}

func (l figureLinks) rework(figure, department string, n int64) string {
	return l.ofDepartment("rework", figure, department, n)
}

func (l figureLinks) ofDepartment(list, of, department string, n int64) string {
	if n == 0 || !l.whole && (l.own == "" || department != l.own) {
		return ""
	}
	v := l.values()
	v.Del("by")
	v.Del("then")
	v.Set(list, of)
	if department != "" {
		v.Set("group", department)
	}
	return "/reports/cases?" + v.Encode()
}

func (l figureLinks) values() url.Values {
	v := l.form.values()
	if l.tab != "" {
		v.Set("tab", l.tab)
	}
	return v
}

// department is where the name of a department leads: to its own page, with the same period.
func (l figureLinks) department(by report.Grouping, f *report.Figures) string {
	if by != report.ByDepartment || f.GroupID == report.NotRouted {
		return ""
	}
	form := l.form
	form.By, form.Then, form.Department = "", "", ""
	return pathOf(departmentTab+"/"+f.GroupID) + "?" + form.values().Encode()
}
