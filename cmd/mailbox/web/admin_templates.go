package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// templateKeepers may change templates: which, the desk judges (cases.KeepsTemplates).
var templateKeepers = staff(people.Administrator, people.Clerk, people.Leader)

const templatesPath, templatePath = "/admin/templates", "/admin/templates/edit"

// templatesView lists what texts can begin with.
type templatesView struct {
	Rows []templateRow
	New  string
}

type templateRow struct{ Name, Purpose, Of, Changed, Text, Href string }

func (s *Server) adminTemplates(c echo.Context) error {
	all, err := s.Desk.Templates(c.Request().Context(), s.actor(c), "")
	if err != nil {
		return err
	}
	names, err := s.departmentNames(c)
	if err != nil {
		return err
	}
	lang := visitOf(c).lang
	view, who := templatesView{New: templatePath}, map[int64]people.Account{}
	for i := range all {
		t := &all[i]
		by, known := who[t.ChangedByID]
		if !known {
			if by, err = s.Directory.Account(c.Request().Context(), t.ChangedByID); err != nil {
				return err
			}
			who[t.ChangedByID] = by
		}
		row := templateRow{
			Name: t.Name, Purpose: s.words.in(lang, "templates.purpose."+string(t.Purpose)), Of: s.templateOf(lang, t.DepartmentID, names), Text: t.Text(lang),
			Changed: s.words.in(lang, "templates.changed", t.Version, wording.DateTime(t.ChangedAt.Time, lang, s.loc), by.Name),
		}
		if cases.KeepsTemplates(s.actor(c), t.DepartmentID) {
			row.Href = templatePath + "?id=" + strconv.FormatInt(t.ID, 10)
		}
		view.Rows = append(view.Rows, row)
	}
	return s.render(c, http.StatusOK, "desk/templates", Page{View: view})
}

func (s *Server) templateOf(lang errs.Lang, department int64, names map[int64]string) string {
	if department == 0 {
		return s.words.in(lang, "templates.city")
	}
	return names[department]
}

// templateView is one template, as it is written and as it would read.
type templateView struct {
	ID, Version int64
	Fields      []fieldView
	Variables   []factView // by purpose
	Shown       []noteView // in both languages, with an invented case
}

// editTemplate is the form for a new template, or for one that is there.
func (s *Server) editTemplate(c echo.Context) error {
	t := cases.Template{Purpose: cases.ForReply}
	if id, err := strconv.ParseInt(c.QueryParam("id"), 10, 64); err == nil {
		all, err := s.Desk.Templates(c.Request().Context(), s.actor(c), "")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(t cases.Template) bool { return t.ID == id })
		if i < 0 || !cases.KeepsTemplates(s.actor(c), all[i].DepartmentID) {
			return errs.NotFound("there is no such template", "没有这个模板")
		}
		t = all[i]
	} else if a := s.actor(c); !cases.KeepsTemplates(a, 0) {
		t.DepartmentID = a.Departments()[0]
	}
	return s.showTemplate(c, t, nil, false)
}

// showTemplate is the page, with what was typed and what is wrong with it.
func (s *Server) showTemplate(c echo.Context, t cases.Template, wrong error, preview bool) error {
	lang := visitOf(c).lang
	page, status := Page{Path: templatePath}, http.StatusOK
	if wrong != nil {
		if status = statusOf(wrong); status == http.StatusInternalServerError {
			s.logTrouble(c, wrong)
		}
		page.Errors = s.fieldErrors(c, wrong)
	}
	departments, err := s.templateDepartments(c)
	if err != nil {
		return err
	}
	field := func(name, kind, value string) fieldView {
		return fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "templates.field."+name), Value: readable(value), Error: page.Wrong(name)}
	}
	name, of := field("name", "text", t.Name), field("department", "select", strconv.FormatInt(t.DepartmentID, 10))
	purpose := field("purpose", "radios", string(t.Purpose))
	purpose.Inline = true
	view := templateView{ID: t.ID, Version: t.Version}
	for _, p := range cases.TemplatePurposes {
		called := s.words.in(lang, "templates.purpose."+string(p))
		purpose.Options = append(purpose.Options, option{Value: string(p), Label: called})
		view.Variables = append(view.Variables, factView{Key: called, Value: wording.VariableNames(lang, p.Variables())})
	}
	zh, en := field("text_zh", "textarea", t.TextZH), field("text_en", "textarea", t.TextEN)
	name.Width, of.Options, en.Optional = "medium", departments, true
	zh.Max, en.Max, zh.Rows, en.Rows = cases.MaxReply, cases.MaxReply, 8, 8
	view.Fields = []fieldView{purpose, name, of, zh, en}
	if preview && wrong == nil {
		for _, in := range []errs.Lang{errs.ZH, errs.EN} {
			view.Shown = append(view.Shown, noteView{
				Title: s.words.in(lang, "templates.preview."+string(in)), Body: wording.Fill(readable(t.Text(in)), s.exampleValues(in)),
			})
		}
	}
	page.View = view
	return s.render(c, status, "desk/template", page)
}

// templateDepartments are those whose templates the reader keeps.
func (s *Server) templateDepartments(c echo.Context) ([]option, error) {
	all, err := s.departmentOptions(c, true)
	if err != nil {
		return nil, err
	}
	all[0] = option{Value: "0", Label: s.words.in(visitOf(c).lang, "templates.city")}
	return slices.DeleteFunc(all, func(o option) bool {
		id, err := strconv.ParseInt(o.Value, 10, 64)
		return err != nil || !cases.KeepsTemplates(s.actor(c), id)
	}), nil
}

// exampleValues are those of an invented case.
func (s *Server) exampleValues(lang errs.Lang) map[wording.Variable]string {
	return map[wording.Variable]string{
		wording.VarNumber: cases.Number("2026-03-05", 12), wording.VarTitle: s.words.in(lang, "templates.example.title"),
		wording.VarDepartment: s.words.in(lang, "templates.example.department"), wording.VarPhone: "0731-55550000",
		wording.VarDue: wording.DateTime(time.Date(2026, 3, 9, 23, 59, 59, 0, s.loc), lang, s.loc),
	}
}

// saveTemplate writes what was typed, or only shows how it would read.
func (s *Server) saveTemplate(c echo.Context) error {
	f := formOf(c)
	number := func(name string) int64 {
		n, err := strconv.ParseInt(f.line(name), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	t := cases.Template{
		ID: number("id"), Version: number("version"), Purpose: cmp.Or(cases.TemplatePurpose(f.line("purpose")), cases.ForReply), DepartmentID: number("department"),
		Name: f.line("name"), TextZH: f.text("text_zh"), TextEN: f.text("text_en"),
	}
	if f.line("do") == "preview" {
		for field, text := range map[string]string{"text_zh": t.TextZH, "text_en": t.TextEN} {
			if err := t.Purpose.Knows(field, text); err != nil {
				return s.showTemplate(c, t, err, true)
			}
		}
		return s.showTemplate(c, t, nil, true)
	}
	if f.line("department") == "" {
		return s.showTemplate(c, t, errs.Invalid("department", "please choose whose template it is", "请选择适用单位"), false)
	}
	if _, err := s.Desk.SaveTemplate(c.Request().Context(), s.actor(c), t); err != nil {
		return s.showTemplate(c, t, err, false)
	}
	if err := s.tell(c, "good", "templates.saved", t.Name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, templatesPath)
}

// endTemplate takes a template out of use.
func (s *Server) endTemplate(c echo.Context) error {
	f := formOf(c)
	id, err := strconv.ParseInt(f.line("id"), 10, 64)
	seen, wrong := strconv.ParseInt(f.line("version"), 10, 64)
	if err != nil || wrong != nil {
		return errs.Invalid("", "there is no such template", "没有这个模板")
	}
	t, err := s.Desk.EndTemplate(c.Request().Context(), s.actor(c), id, seen)
	if err != nil {
		return err
	}
	if err := s.tell(c, "good", "templates.ended", t.Name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, templatesPath)
}
