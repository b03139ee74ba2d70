package web

import (
	"context"
	"net/http"
	"sync"
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
	figures, err := s.month.of(c.Request().Context(), s.Report, v.now.In(s.loc))
	if err != nil {
		s.logTrouble(c, err) // the page is worth showing without them
	} else {
		view.Figures = &figures
	}
	return s.render(c, http.StatusOK, "public/home", Page{View: view})
}

// monthFigures are this month's figures, reckoned at most once a minute however many ask.
type monthFigures struct {
	mu      sync.Mutex
	at      time.Time
	figures report.Figures
}

func (m *monthFigures) of(ctx context.Context, engine *report.Engine, now time.Time) (report.Figures, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := now.Sub(m.at); !m.at.IsZero() && age >= 0 && age < time.Minute {
		return m.figures, nil
	}
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	r, err := engine.Run(ctx, report.Query{
		From: first.Format(time.DateOnly), To: first.AddDate(0, 1, 0).Format(time.DateOnly), AsOf: now,
	})
	if err != nil {
		return report.Figures{}, err
	}
	m.at, m.figures = now, r.Total
	return m.figures, nil
}
