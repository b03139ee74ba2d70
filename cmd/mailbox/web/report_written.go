package web

import (
	"bytes"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/sla/report"
)

// made says where a file of figures comes from.
func (s *Server) made(c echo.Context) report.Made {
	return report.Made{City: s.City, At: visitOf(c).now.In(s.loc), Version: s.Version}
}

// figureXLSX is the report of the page as a workbook.
func (s *Server) figureXLSX(c echo.Context) error {
	r, err := s.runReport(c, reportFormOf(c, visitOf(c).now.In(s.loc)))
	if err != nil {
		return err
	}
	s.asFile(c, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r, "xlsx")
	return report.WriteXLSX(c.Response(), *r, visitOf(c).lang, s.made(c))
}

// writtenView is the written report on a page, with the ways to take it away.
type writtenView struct {
	Article                                   template.HTML
	ReportHref, HTMLHref, DOCXHref, ExcelHref string
}

// askWritten reads the address and asks for the figures. The form comes back with the instant of the report, so that
// the files that the page leads to say what the page says.
func (s *Server) askWritten(c echo.Context) (w report.Written, f reportForm, err error) {
	now := visitOf(c).now
	f = reportFormOf(c, now.In(s.loc))
	q, err := s.reportQuery(f, now)
	if err != nil {
		return w, f, err
	}
	if second := now.Truncate(time.Second); !q.AsOf.Before(second) {
		q.AsOf = second.Add(-time.Second) // a second that is over: all parts of the report tell of the same letters
	}
	f.At, f.AsOf = strconv.FormatInt(q.AsOf.Unix(), 10), ""
	if w, err = s.Report.Written(c.Request().Context(), q); err != nil {
		return w, f, onForm(err)
	}
	return w, f, nil
}

// writtenReport shows the written report as it will be printed.
func (s *Server) writtenReport(c echo.Context) error {
	w, f, err := s.askWritten(c)
	if err != nil {
		return err
	}
	var article bytes.Buffer
	if err := report.WriteWrittenArticle(&article, w, visitOf(c).lang, s.made(c)); err != nil {
		return err
	}
	asked := "?" + f.values().Encode()
	return s.render(c, http.StatusOK, "report/written", Page{View: writtenView{
		Article:    template.HTML(article.String()), //nolint:gosec // made by html/template
		ReportHref: "/reports" + asked, HTMLHref: "/reports/written/html" + asked, DOCXHref: "/reports/written/docx" + asked,
		ExcelHref: "/reports/xlsx" + asked,
	}})
}

// writtenHTML is the written report as one file that needs no other.
func (s *Server) writtenHTML(c echo.Context) error {
	w, _, err := s.askWritten(c)
	if err != nil {
		return err
	}
	s.asFile(c, "text/html; charset=utf-8", &w.Report, "html")
	return report.WriteWrittenHTML(c.Response(), w, visitOf(c).lang, s.made(c))
}

// writtenDOCX is the written report for a word processor, where its last part is filled in.
func (s *Server) writtenDOCX(c echo.Context) error {
	w, _, err := s.askWritten(c)
	if err != nil {
		return err
	}
	s.asFile(c, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", &w.Report, "docx")
	return report.WriteWrittenDOCX(c.Response(), w, visitOf(c).lang, s.made(c))
}
