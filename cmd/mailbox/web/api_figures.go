package web

import (
	"bytes"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// figureQuery reads which figures are asked for. Errors are left in q.
func (s *Server) figureQuery(q *question, now time.Time) report.Query {
	return report.Query{
		From: q.needed("from"), To: q.needed("to"), AsOf: s.asOfAsked(q, now),
		By: report.Grouping(q.text("by")), Then: report.Grouping(q.text("then")),
		Channel: q.text("channel"), Kind: q.text("kind"), Topic: q.text("topic"), District: q.text("district"),
		Department: q.number("department", 0), Policy: q.number("policy", 0),
		Successors: q.yes("successors"),
	}
}

// asOfAsked is an instant, or the end of a day; now when none is asked for, or a later one: nothing is known of the future.
func (s *Server) asOfAsked(q *question, now time.Time) time.Time {
	text := q.text("as_of")
	if text == "" {
		return now
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		day, err := time.ParseInLocation(time.DateOnly, text, s.loc)
		if err != nil {
			q.blame(errs.Invalid("as_of", "as_of is a day such as 2018-01-31, or an instant such as 2018-01-31T12:00:00+08:00",
				"参数as_of须为日期（如2018-01-31）或时刻（如2018-01-31T12:00:00+08:00）"))
			return now
		}
		at = day.AddDate(0, 0, 1).Add(-time.Second)
	}
	if at.After(now) {
		at = now
	}
	return at
}

// apiFigures is a report.
func (s *Server) apiFigures(c echo.Context) error {
	asked := questionOf(c)
	q := s.figureQuery(asked, visitOf(c).now)
	q.Compare = asked.yes("compare")
	if err := asked.done(); err != nil {
		return err
	}
	r, err := s.Report.Run(c.Request().Context(), q)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := report.WriteJSON(&body, r); err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, body.Bytes())
}

// figureListJSON are the cases behind a figure.
type figureListJSON struct {
	AsOf  report.Moment `json:"as_of"`
	Total int           `json:"total"`
	Cases []briefJSON   `json:"cases"`
	Next  *string       `json:"next"`
}

// apiFigureCases opens a figure to its cases, as its page does.
func (s *Server) apiFigureCases(c echo.Context) error {
	ctx, v, a := c.Request().Context(), visitOf(c), s.actor(c)
	asked := questionOf(c)
	q := s.figureQuery(asked, v.now)
	figure, cell, limit := asked.needed("figure"), report.Cell{Group: asked.text("group"), Part: asked.text("part")}, s.limit(asked)
	var asOf, offset int64 // the list goes on as of the same instant
	if asked.cursor(&asOf, &offset) {
		if q.AsOf = time.Unix(asOf, 0); q.AsOf.After(v.now) {
			q.AsOf = v.now
		}
	}
	if err := asked.done(); err != nil {
		return err
	}
	// A department's people see the cases of their own departments.
	if own := a.Departments(); !seesAll(a) && !slices.Contains(own, q.Department) {
		if q.Department != 0 || len(own) != 1 {
			return errs.Forbidden("please name a department of yours in department: you may see its cases only", "请在参数department中指定您所属的单位，您只能查看该单位的办件")
		}
		q.Department = own[0]
	}
	ids, total, err := s.Report.Cases(ctx, q, cell, figure, limit, int(max(offset, 0)))
	if err != nil {
		return err
	}
	items, err := s.Desk.Items(ctx, a, caseIDs(ids))
	if err != nil {
		return err
	}
	out := figureListJSON{AsOf: *s.moment(q.AsOf.Truncate(time.Second)), Total: total, Cases: s.briefs(items, v.now)}
	if offset += int64(len(ids)); offset < int64(total) && len(ids) > 0 {
		next := cursor(q.AsOf.Unix(), offset)
		out.Next = &next
	}
	return c.JSON(http.StatusOK, out)
}

// limit is how many cases are asked for.
func (s *Server) limit(q *question) int {
	n := q.number("limit", 50)
	if n > cases.FoundMost {
		q.blame(errs.Invalid("limit", "at most %[1]d at once", "一次最多%[1]d件", cases.FoundMost))
	}
	return int(min(n, cases.FoundMost))
}
