package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// letterForm is a letter as somebody typed it.
type letterForm struct {
	Kind, Title, Body, District string
	Name, Phone, Email          string
	Consent                     bool
	Key                         string // made with the form: the same letter sent twice is one letter
}

// The limits of a letter that the form shows.
const (
	maxDistrict = 60
	maxName     = 60
)

// publicKinds are those a writer can choose; "unspecified" is for imports.
var publicKinds = []string{"consultation", "complaint", "suggestion", "help", "tipoff", "praise"}

// choice is one option of a field; for radios the field's value says which is chosen.
type choice struct {
	Value, Label, Hint string
	Checked            bool
}

// writeView is the form.
type writeView struct {
	Letter                         letterForm
	Returned                       bool // it carries what was typed before, which is newer than any draft
	Kinds                          []choice
	MaxTitle, MaxBody, MaxDistrict int
	MaxName                        int
	AnswerDays                     int
	AnonymousKind                  string // the kind that needs no name, if any
}

// checkView shows the letter once more before it is sent.
type checkView struct {
	Letter    letterForm
	KindName  string
	Anonymous bool
}

func (s *Server) write(c echo.Context) error {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	form := letterForm{Key: encode(key[:])}
	if kind := c.QueryParam("kind"); isPublicKind(kind) {
		form.Kind = kind
	}
	return s.writePage(c, form, nil)
}

// writePage shows the form, with everything typed and what is wrong with it.
func (s *Server) writePage(c echo.Context, form letterForm, wrong error) error {
	lang := visitOf(c).lang
	view := writeView{
		Letter: form, Returned: c.Request().Method == http.MethodPost, MaxTitle: cases.MaxTitle, MaxBody: cases.MaxBody, MaxDistrict: maxDistrict, MaxName: maxName,
	}
	for _, kind := range publicKinds {
		view.Kinds = append(view.Kinds, choice{Value: kind, Label: wording.KindName(lang, kind), Hint: s.words.in(lang, "write.kind."+kind)})
		policy, err := s.Desk.PolicyFor(mailbox, kind)
		if err != nil {
			return err
		}
		view.AnswerDays = max(view.AnswerDays, policy.AnswerDays)
		if policy.AllowAnonymous {
			view.AnonymousKind = wording.KindName(lang, kind)
		}
	}
	page := Page{Path: "/write", View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "public/write", page)
	}
	return s.render(c, http.StatusOK, "public/write", page)
}

// mailbox is the channel of letters written here.
const mailbox = "mailbox"

func isPublicKind(kind string) bool { return slices.Contains(publicKinds, kind) }

// letterFrom reads the form as it was typed; nothing is cut or mended here.
func letterFrom(c echo.Context) letterForm {
	f := formOf(c)
	form := letterForm{
		Kind: f.line("kind"), Title: f.text("title"), Body: f.text("body"), District: f.text("district"),
		Name: f.text("name"), Phone: f.text("phone"), Email: f.text("email"),
		Consent: f.on("consent"), Key: f.line("key"),
	}
	if len(form.Key) > 64 {
		form.Key = ""
	}
	return form
}

// shown is the form as a page can show it again.
func (f letterForm) shown() letterForm {
	for _, field := range []*string{&f.Kind, &f.Title, &f.Body, &f.District, &f.Name, &f.Phone, &f.Email, &f.Key} {
		*field = readable(*field)
	}
	return f
}

func (f letterForm) letter(lang errs.Lang) cases.Letter {
	return cases.Letter{
		Channel: mailbox, Kind: f.Kind, Title: f.Title, Body: f.Body, District: f.District, Language: lang,
		Writer:  cases.Contact{Name: f.Name, Phone: f.Phone, Email: f.Email},
		Consent: f.Consent, Key: f.Key,
	}
}

// checkLetter shows the letter once more before it is sent, or the form again when it cannot be sent
// like that, or when the writer wants to change something.
func (s *Server) checkLetter(c echo.Context) error {
	form := letterFrom(c)
	if formOf(c).line("step") == "change" {
		return s.writePage(c, form.shown(), nil)
	}
	if err := s.lookOver(form); err != nil {
		return s.writePage(c, form.shown(), err)
	}
	view := checkView{
		Letter: form.shown(), KindName: wording.KindName(visitOf(c).lang, form.Kind),
		Anonymous: form.Name == "" && form.Phone == "" && form.Email == "",
	}
	return s.render(c, http.StatusOK, "public/check", Page{Path: "/write", View: view})
}

// lookOver names everything that is plainly missing or too long at once, so that nobody mends a form
// field by field. What can be kept in the end is the desk's to say.
func (s *Server) lookOver(f letterForm) error {
	var wrong []error
	add := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	if !isPublicKind(f.Kind) {
		add(errs.Invalid("kind", "please choose what kind of letter it is", "请选择来信类型"))
	}
	add(fits("title", "the title", "标题", f.Title, cases.MaxTitle, true))
	add(fits("body", "your letter", "来信内容", f.Body, cases.MaxBody, true))
	add(fits("district", "the area", "所在区域", f.District, maxDistrict, false))
	add(s.reachable(f))
	_, err := cases.NormalisePhone(f.Phone)
	add(err)
	_, err = cases.NormaliseEmail(f.Email)
	add(err)
	return errors.Join(wrong...)
}

// reachable asks for a name and a way to answer where the policy does.
func (s *Server) reachable(f letterForm) error {
	if err := fits("name", "your name", "姓名", f.Name, maxName, false); err != nil {
		return err
	}
	policy, err := s.Desk.PolicyFor(mailbox, f.Kind)
	if err != nil || policy.AllowAnonymous {
		return err
	}
	var wrong []error
	if blank(f.Name) {
		wrong = append(wrong, errs.Invalid("name", "please tell us your name", "请填写您的姓名"))
	}
	if blank(f.Phone) && blank(f.Email) {
		wrong = append(wrong, errs.Invalid("phone",
			"please leave a telephone number or an e-mail address, so that we can reach you",
			"请至少留下电话或电子邮箱中的一项，以便我们与您联系"))
	}
	return errors.Join(wrong...)
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

func fits(field, nameEN, nameZH, text string, most int, needed bool) error {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && needed:
		return errs.Invalid(field, "please fill in %[1]s", "请填写%[2]s", nameEN, nameZH)
	case n > most:
		return errs.Invalid(field, "%[1]s may have at most %[3]d characters; it has %[4]d",
			"%[2]s最多 %[3]d 个字，现有 %[4]d 个字", nameEN, nameZH, most, n)
	}
	return nil
}

// sendLetter takes the letter in and leads to its receipt. Pressing twice sends one letter.
func (s *Server) sendLetter(c echo.Context) error {
	form, v := letterFrom(c), visitOf(c)
	if err := s.lookOver(form); err != nil {
		return s.writePage(c, form.shown(), err)
	}
	receipt, err := s.Desk.Submit(c.Request().Context(), s.stranger(c), form.letter(v.lang))
	if err != nil {
		return s.writePage(c, form.shown(), err)
	}
	// A new letter has the first version of its secret; if this is a repetition and the secret was
	// replaced since, the receipt says so.
	err = s.givePass(c, letterPass{ID: receipt.ID, Version: 1, Receipt: true, Mailed: receipt.Mailed})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/receipt")
}
