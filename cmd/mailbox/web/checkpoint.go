package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// checkpointText gives the newest signed head of the record of all cases, for whoever wants to keep it.
func (s *Server) checkpointText(c echo.Context) error {
	head, err := s.Desk.NewestCheckpoint(c.Request().Context())
	if err != nil {
		return err
	}
	keepForAMinute(c)
	return c.Blob(http.StatusOK, echo.MIMETextPlainCharsetUTF8, []byte(head.Note))
}

// checkpointJSON gives the same for programs, with the keys that verify it.
func (s *Server) checkpointJSON(c echo.Context) error {
	head, err := s.Desk.NewestCheckpoint(c.Request().Context())
	if err != nil {
		return err
	}
	keepForAMinute(c)
	return c.JSONPretty(http.StatusOK, struct {
		Origin string    `json:"origin"`
		Size   int64     `json:"size"`
		Root   string    `json:"root"` // base 64
		At     time.Time `json:"at"`
		Note   string    `json:"note"`
		Keys   []string  `json:"keys"`
	}{head.Origin, head.Size, head.Root.String(), head.At.In(s.loc), head.Note, s.Desk.LogKeys()}, "  ")
}

// keepForAMinute lets caches keep an answer that is everybody's.
func keepForAMinute(c echo.Context) {
	h := c.Response().Header()
	if h.Get(echo.HeaderSetCookie) == "" {
		h.Set(echo.HeaderCacheControl, "public, max-age=60")
	}
}
