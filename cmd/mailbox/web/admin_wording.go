package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// wordingView shows how a kind of notice reads, in both languages, by an invented case.
type wordingView struct {
	Kinds []tabView
	Title string
	Texts []wordingText
}

type wordingText struct{ Tag, Language, Subject, Body string }

// adminWording previews the notices; their texts come with the program and are read only.
func (s *Server) adminWording(c echo.Context) error {
	if err := s.administrator(c); err != nil {
		return err
	}
	v, kind := visitOf(c), wording.Kind(c.QueryParam("kind"))
	if !slices.Contains(wording.Kinds, kind) {
		kind = wording.Kinds[0]
	}
	view := wordingView{Title: s.words.in(v.lang, "notices.kind."+string(kind))}
	for _, one := range wording.Kinds {
		view.Kinds = append(view.Kinds, tabView{
			Href: "/admin/wording?kind=" + string(one), Label: s.words.in(v.lang, "notices.kind."+string(one)), Current: one == kind,
		})
	}
	for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
		n, err := wording.Render(kind, lang, wording.Example(lang, s.City, s.loc, v.now))
		if err != nil {
			return err
		}
		secret := strings.NewReplacer(wording.SecretMark, "ABCD-EFGH", wording.LinkMark, "secret=ABCD-EFGH")
		view.Texts = append(view.Texts, wordingText{
			Tag: map[errs.Lang]string{errs.ZH: "zh-CN", errs.EN: "en"}[lang], Language: s.words.in(v.lang, "people.language."+string(lang)),
			Subject: secret.Replace(n.Subject), Body: secret.Replace(n.Text),
		})
	}
	page := s.adminPage(c, "/admin/wording")
	page.View = view
	return s.render(c, http.StatusOK, "desk/wording", page)
}
