package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/sla/report"
)

// homeView is what the city shows of itself: how it kept its word this month.
type homeView struct {
	Month   string
	Figures *report.Figures // nil when they could not be reckoned
	Demo    bool
}

func (s *Server) home(c echo.Context) error {
	v := visitOf(c)
	view := homeView{Month: v.now.In(s.loc).Format(s.words.in(v.lang, "home.month")), Demo: s.Demo}
	figures, err := s.monthFigures(c.Request().Context(), v.now.In(s.loc))
	if err != nil {
		s.logTrouble(c, err) // the page is worth showing without them
	} else {
		view.Figures = &figures
	}
	return s.render(c, http.StatusOK, "public/home", Page{View: view})
}

// monthFigures are this month's figures, reckoned at most once a minute however many ask.
func (s *Server) monthFigures(ctx context.Context, now time.Time) (report.Figures, error) {
	return s.month.soon(ctx, monthKey(now), now, func(ctx context.Context) (report.Figures, error) {
		first := monthOf(now)
		r, err := s.Report.Run(ctx, report.Query{
			From: first.Format(time.DateOnly), To: first.AddDate(0, 1, 0).Format(time.DateOnly), AsOf: now,
		})
		return r.Total, err
	})
}
