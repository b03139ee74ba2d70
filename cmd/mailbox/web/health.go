package web

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
)

// alive says that the process runs, whatever else may be wrong.
func (s *Server) alive(c echo.Context) error {
	return c.JSON(http.StatusOK, map[string]string{"status": "ok", "version": s.Version})
}

// ready says whether letters can be taken: everything that the program depends on, one by one. What
// exactly is wrong stands in the log, because anybody may ask.
func (s *Server) ready(c echo.Context) error {
	checks, status, word := map[string]string{}, http.StatusOK, "ok"
	if s.Ready != nil {
		ctx := c.Request().Context()
		for name, err := range s.Ready(ctx) {
			checks[name] = "ok"
			if err != nil {
				checks[name], status, word = "failed", http.StatusServiceUnavailable, "failed"
				s.Log.LogAttrs(ctx, slog.LevelWarn, "not ready", slog.String("check", name), slog.String("error", err.Error()))
			}
		}
	}
	return c.JSON(status, map[string]any{"status": word, "checks": checks})
}
