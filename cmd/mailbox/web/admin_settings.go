package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
)

// Setting is one of the program's settings as the page shows it. Value is empty for a secret: then Set says
// whether there is one.
type Setting struct {
	Name          string // of the environment variable
	Value, Preset string
	Source        string // default, environment, flag, file
	Secret, Set   bool
	Meaning       map[errs.Lang]string
}

type settingsView struct{ Rows []settingView }

type settingView struct{ Name, Value, Preset, Source, Meaning string }

// adminSettings shows what the program was started with. It is read only: settings come from the machine.
func (s *Server) adminSettings(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	lang, view := visitOf(c).lang, settingsView{}
	for _, one := range s.Settings {
		row := settingView{
			Name: one.Name, Value: one.Value, Preset: one.Preset, Source: s.words.in(lang, "settings.source."+one.Source), Meaning: one.Meaning[lang],
		}
		switch {
		case one.Secret && one.Set:
			row.Value = s.words.in(lang, "settings.set")
		case one.Secret:
			row.Value = s.words.in(lang, "settings.not_set")
		case one.Value == "":
			row.Value = s.words.in(lang, "settings.empty")
		}
		if row.Preset == "" {
			row.Preset = s.words.in(lang, "settings.empty")
		}
		view.Rows = append(view.Rows, row)
	}
	page := s.adminPage(c, "/admin/settings")
	page.View = view
	return s.render(c, http.StatusOK, "desk/settings", page)
}
