package web

import (
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	Confide                     bool   // departments are not to know who wrote
	Copy                        bool   // the receipt by e-mail
	Trap                        string // a field that people do not see: what fills it in is a program
	Key                         string // made with the form: the same letter sent twice is one letter
}

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
	Districts                      []string
	Files                          []attachment // those kept already
	FileKinds                      string
	SMS                            bool // the city sends short messages
	hintsView
}

// hintsView is what a writer should know before sending: other doors, and answers that may spare the letter.
type hintsView struct {
	Elsewhere []doorView
	Similar   []similarView
}

// similarView is a published answer on the same matter.
type similarView struct {
	ID           int64
	Href         string
	Title, Start string // of the answer
	Department   string
}

// doorView says kindly that a letter may belong behind another door.
type doorView struct{ Title, Text string }

// checkView shows the letter once more before it is sent.
type checkView struct {
	Letter    letterForm
	KindName  string
	Anonymous bool
	Files     []attachment
	Proof     *proofView
	hintsView
}

func (s *Server) write(c echo.Context) error {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	form := letterForm{Key: encode(key[:]), Copy: true}
	if kind := c.QueryParam("kind"); isPublicKind(kind) {
		form.Kind = kind
	}
	// The empty form may be kept by the browser, unlike every other page: whoever goes back to it finds what they typed.
	c.Response().Header().Set("Cache-Control", "private, no-cache")
	return s.writePage(c, form, nil)
}

// writePage shows the form, with everything typed and what is wrong with it.
func (s *Server) writePage(c echo.Context, form letterForm, wrong error) error {
	lang := visitOf(c).lang
	view := writeView{
		Letter: form, Returned: c.Request().Method == http.MethodPost, MaxTitle: cases.MaxTitle, MaxBody: cases.MaxBody, MaxDistrict: cases.MaxDistrict, MaxName: cases.MaxName,
		FileKinds: fileKinds, SMS: s.Desk.SMS(),
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
	kept, err := s.Desk.DraftFiles(c.Request().Context(), form.Key)
	if err != nil && wrong == nil {
		return err
	}
	view.Files = s.attachmentsOf(lang, kept, "")
	if view.Districts, err = s.districts(c); err != nil && wrong == nil {
		return err
	}
	view.hintsView = s.hintsOf(c, form)
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
		Consent: f.on("consent"), Confide: f.on("confide"), Copy: f.on("copy"), Trap: f.text(trapField), Key: f.line("key"),
	}
	if len(form.Key) > 64 {
		form.Key = ""
	}
	return form
}

// shown is the form as a page can show it again.
func (f letterForm) shown() letterForm {
	for _, field := range []*string{&f.Kind, &f.Title, &f.Body, &f.District, &f.Name, &f.Phone, &f.Email, &f.Key, &f.Trap} {
		*field = readable(*field)
	}
	return f
}

func (f letterForm) letter(lang errs.Lang) cases.Letter {
	return cases.Letter{
		Channel: mailbox, Kind: f.Kind, Title: f.Title, Body: f.Body, District: f.District, Language: lang,
		Writer:  cases.Contact{Name: f.Name, Phone: f.Phone, Email: f.Email},
		Consent: f.Consent, Confide: f.Confide, NoCopy: !f.Copy, Key: f.Key,
	}
}

// checkLetter shows the letter once more before it is sent, or the form again when it cannot be sent
// like that, or when the writer wants to change something.
func (s *Server) checkLetter(c echo.Context) error {
	form := letterFrom(c)
	if formOf(c).line("step") == "change" {
		return s.writePage(c, form.shown(), nil)
	}
	// The files are kept whatever else is wrong: nobody chooses them twice.
	if err := errors.Join(s.changeFiles(c, form), s.lookOver(form, visitOf(c).lang)); err != nil {
		return s.writePage(c, form.shown(), err)
	}
	return s.checkPage(c, form, nil)
}

// checkPage shows the letter as it would be sent.
func (s *Server) checkPage(c echo.Context, form letterForm, wrong error) error {
	lang := visitOf(c).lang
	view := checkView{
		Letter: form.shown(), KindName: wording.KindName(lang, form.Kind),
		Anonymous: form.Name == "" && form.Phone == "" && form.Email == "",
		hintsView: s.hintsOf(c, form),
	}
	kept, err := s.Desk.DraftFiles(c.Request().Context(), form.Key)
	if err != nil {
		return s.writePage(c, form.shown(), err)
	}
	view.Files = s.attachmentsOf(lang, kept, "")
	if view.Proof, err = s.newProof(c); err != nil {
		return err
	}
	page := Page{Path: "/write", View: view}
	if wrong != nil {
		return s.redisplay(c, wrong, "public/check", page)
	}
	return s.render(c, http.StatusOK, "public/check", page)
}

// changeFiles takes off the files that were ticked, and keeps those that were chosen.
func (s *Server) changeFiles(c echo.Context, form letterForm) error {
	ctx := c.Request().Context()
	for _, text := range formOf(c).values["remove"] {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			continue // not ours; it names no file
		}
		if err := s.Desk.DropDraftFile(ctx, form.Key, id); err != nil {
			return err
		}
	}
	chosen, wrong := attached(c, "files")
	for _, clean := range chosen {
		if err := s.Desk.AddDraftFile(ctx, form.Key, clean); err != nil {
			return errors.Join(wrong, err)
		}
	}
	return wrong
}

// districts are the areas that the form offers: anything else may be written as well.
func (s *Server) districts(c echo.Context) ([]string, error) {
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return nil, err
	}
	var names []string
	for _, d := range all {
		if d.Kind == "district" && d.EndedAt.IsZero() {
			names = append(names, areaOf(d.Name))
		}
	}
	return names, nil
}

// areaOf is the area that a district's office is named after.
func areaOf(office string) string {
	for _, ending := range []string{"人民政府", "管理委员会", "管委会", "街道办事处"} {
		if area, ok := strings.CutSuffix(office, ending); ok && area != "" {
			return area
		}
	}
	return office
}

// doorsOf says where a letter may belong besides.
func (s *Server) doorsOf(lang errs.Lang, form letterForm) []doorView {
	var views []doorView
	for _, door := range cases.Elsewhere(form.Title, form.Body) {
		views = append(views, doorView{s.words.in(lang, "doors."+door), s.words.in(lang, "doors."+door+".text")})
	}
	return views
}

// hints are what the page's script asks for while somebody writes: another door, and what the city has answered
// already. The same stands on the check page.
func (s *Server) hints(c echo.Context) error {
	return s.renderPiece(c, "public/write", "hints", Page{View: s.hintsOf(c, letterFrom(c)), CSRF: s.token(c)})
}

// similarAnswers is how many published answers are offered before a letter is sent.
const similarAnswers = 5

// hintsOf gathers them. What cannot be found is left out: no letter waits for a hint.
func (s *Server) hintsOf(c echo.Context, form letterForm) hintsView {
	view := hintsView{Elsewhere: s.doorsOf(visitOf(c).lang, form)}
	if blank(form.Title) && blank(form.Body) {
		return view
	}
	found, err := s.Desk.SimilarPublished(c.Request().Context(), readable(form.Title), readable(form.Body), similarAnswers)
	if err != nil {
		s.logTrouble(c, err)
		return view
	}
	for _, hit := range found {
		view.Similar = append(view.Similar, similarView{
			ID: hit.ID, Href: "/letters/" + strconv.FormatInt(hit.ID, 10), Title: hit.Title, Start: beginning(hit.Answer, 120), Department: hit.Department,
		})
	}
	return view
}

// beginning cuts a text after so many characters.
func beginning(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}

// answered counts that a published answer spared somebody a letter, and leads to it. What was typed stays in the
// browser's draft.
func (s *Server) answered(c echo.Context) error {
	id, err := strconv.ParseInt(formOf(c).line("letter"), 10, 64)
	if err != nil {
		return errs.NotFound("there is no such published letter", "没有这封公开来信")
	}
	if err := s.Desk.Helped(c.Request().Context(), id); err != nil {
		return err
	}
	if err := s.tell(c, "good", "flash.helped"); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/letters/"+strconv.FormatInt(id, 10))
}

// trapField is named like one that programs like to fill in. A browser that fills it in by itself shows it, with what
// is wrong, so that its user can empty it.
const trapField = "website"

// lookOver names everything that must be mended, all of it at once. Only kinds that the public can
// choose are taken here.
func (s *Server) lookOver(f letterForm, lang errs.Lang) error {
	var kind, trap error
	letter := f.letter(lang)
	if f.Trap != "" {
		trap = errs.Invalid(trapField, "please leave this field empty: it is there to notice programs", "请将此项留空：它用来识别自动程序")
	}
	if !isPublicKind(f.Kind) {
		kind = errs.Invalid("kind", "please choose what kind of letter it is", "请选择来信类型")
		letter.Kind = publicKinds[0] // so that the desk does not say it a second time
	}
	return errors.Join(kind, s.Desk.Check(letter), trap)
}

func blank(text string) bool { return strings.TrimSpace(text) == "" }

// sendLetter takes the letter in and leads to its receipt. Pressing twice sends one letter.
func (s *Server) sendLetter(c echo.Context) error {
	form, v := letterFrom(c), visitOf(c)
	if err := s.lookOver(form, v.lang); err != nil {
		return s.writePage(c, form.shown(), err)
	}
	proofs, err := s.proofOf(c)
	if err != nil {
		return s.checkPage(c, form, err)
	}
	receipt, err := s.Desk.Submit(c.Request().Context(), s.stranger(c), form.letter(v.lang), proofs...)
	if errs.CodeOf(err) == errs.CodeConflict {
		return s.checkPage(c, form, err)
	}
	if err != nil {
		return s.writePage(c, form.shown(), err)
	}
	// A new letter has the first version of its secret; if this is a repetition and the secret was
	// replaced since, the receipt says so.
	err = s.givePass(c, letterPass{ID: receipt.ID, Version: 1, Receipt: true, Mailed: receipt.Mailed, Texted: receipt.Texted})
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/receipt")
}
