package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// notesView is what the staff wrote down beside a case, with the forms to write more.
type notesView struct {
	Items []noteView
	Forms []noteForm
}

// noteForm adds a note or a call. It carries no version: a note is no step of the case.
type noteForm struct {
	verb                  people.Verb
	Title, Action, Button string
	Fields                []fieldView
	Colleagues            []cases.Colleague
	Open                  bool
}

// addNotes puts notes and calls on the page, and the forms for those who may write some.
func (s *Server) addNotes(c echo.Context, v *cases.View, view *caseView) error {
	ctx, a, lang := c.Request().Context(), s.actor(c), visitOf(c).lang
	notes, err := s.Desk.Notes(ctx, a, v.ID)
	if err != nil {
		return err
	}
	view.Notes = &notesView{}
	for _, n := range notes {
		view.Notes.Items = append(view.Notes.Items, s.writtenOf(lang, n))
	}
	for _, verb := range []people.Verb{people.Note, people.LogContact} {
		if _, err := a.Permit(verb, subjectOf(v)); err != nil {
			continue
		}
		f := noteForm{verb: verb, Action: "/cases/" + v.Number() + "/" + deedPath(verb)}
		if verb == people.Note {
			f.Title, f.Button, f.Fields = s.words.in(lang, "notes.add"), s.words.in(lang, "notes.save"), s.noteFields(lang)
			if f.Colleagues, err = s.Desk.Colleagues(ctx, v); err != nil {
				return err
			}
		} else {
			f.Title, f.Button, f.Fields = s.words.in(lang, "calls.add"), s.words.in(lang, "calls.save"), s.callFields(lang, visitOf(c).now)
		}
		view.Notes.Forms = append(view.Notes.Forms, f)
	}
	return nil
}

func (s *Server) writtenOf(lang errs.Lang, n cases.Note) noteView {
	who := n.Author
	if n.Department != "" {
		who += " · " + n.Department
	} else {
		who += " · " + wording.RoleName(lang, string(n.Role))
	}
	view := noteView{Title: who, Meta: wording.DateTime(n.WrittenAt, lang, s.loc), Body: n.Body}
	if n.Result != "" {
		view.Title = s.words.in(lang, "calls.title", wording.CallName(lang, string(n.Result)))
		view.Meta = joined(wording.DateTime(n.At, lang, s.loc), who)
	}
	if n.Erased {
		view.Body = s.words.in(lang, "notes.erased")
	}
	return view
}

func (s *Server) noteFields(lang errs.Lang) []fieldView {
	return []fieldView{{
		Lang: lang, Name: fieldName(people.Note, "note"), Type: "textarea", Rows: 4, Max: cases.MaxNote,
		Label: s.words.in(lang, "notes.note"), Hint: s.words.in(lang, "notes.note.hint"),
	}}
}

// timeField is how the browser's field for a time writes one.
const timeField = "2006-01-02T15:04"

func (s *Server) callFields(lang errs.Lang, now time.Time) []fieldView {
	at := fieldView{
		Lang: lang, Name: fieldName(people.LogContact, "at"), Type: "datetime-local", Width: "medium",
		Label: s.words.in(lang, "calls.at"), Value: now.In(s.loc).Format(timeField),
	}
	result := fieldView{Lang: lang, Name: fieldName(people.LogContact, "result"), Type: "radios", Label: s.words.in(lang, "calls.result"), Inline: true}
	for _, r := range cases.CallResults {
		result.Options = append(result.Options, option{Value: string(r), Label: wording.CallName(lang, string(r))})
	}
	text := fieldView{
		Lang: lang, Name: fieldName(people.LogContact, "text"), Type: "textarea", Rows: 3, Max: cases.MaxNote, Optional: true,
		Label: s.words.in(lang, "calls.text"), Hint: s.words.in(lang, "calls.text.hint"),
	}
	return []fieldView{at, result, text}
}

// addNote writes a note to the colleagues on the case.
func (s *Server) addNote(c echo.Context) error {
	return s.writeNote(c, people.Note, "notes.saved", func(a people.Actor, id cases.ID, f form) error {
		return s.Desk.Note(c.Request().Context(), a, id, f.text(fieldName(people.Note, "note")))
	})
}

// logContact writes down a call to the writer.
func (s *Server) logContact(c echo.Context) error {
	return s.writeNote(c, people.LogContact, "calls.saved", func(a people.Actor, id cases.ID, f form) error {
		field := func(name string) string { return fieldName(people.LogContact, name) }
		at, err := time.ParseInLocation(timeField, f.line(field("at")), s.loc)
		if err != nil {
			at = time.Time{} // the desk says what is wrong with it
		}
		return s.Desk.LogContact(c.Request().Context(), a, id, cases.Call{At: at, Result: cases.CallResult(f.line(field("result"))), Text: f.text(field("text"))})
	})
}

// writeNote leads back to the notes of the case, or shows its page with everything typed and what is wrong with it.
func (s *Server) writeNote(c echo.Context, verb people.Verb, done string, write func(people.Actor, cases.ID, form) error) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	f := formOf(c)
	if err := write(s.actor(c), v.ID, f); err != nil {
		status := statusOf(err)
		if status == http.StatusInternalServerError {
			s.logTrouble(c, err)
		}
		view, failed := s.caseOf(c, v, typedDeed{})
		if failed != nil {
			return failed
		}
		wrong := s.deedErrors(c, verb, err)
		view.Notes.typed(verb, f, wrong)
		return s.render(c, status, "desk/case", Page{View: view, Errors: wrong, Path: "/cases/" + v.Number()})
	}
	if err := s.tell(c, "good", done); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cases/"+v.Number()+"#notes")
}

// typed fills a form with what was typed.
func (n *notesView) typed(verb people.Verb, f form, wrong []FieldError) {
	for i := range n.Forms {
		one := &n.Forms[i]
		if one.verb != verb {
			continue
		}
		one.Open = true
		for k := range one.Fields {
			field := &one.Fields[k]
			field.Value, field.Error = readable(f.text(field.Name)), Page{Errors: wrong}.Wrong(field.Name)
		}
	}
}
