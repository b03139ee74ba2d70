package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// accusedPanel says whom the letter complains about, and what was asked and decided about giving it there.
type accusedPanel struct {
	About, Leads string
	Requests     []noteView
}

func (s *Server) accusedOf(lang errs.Lang, v *cases.View) *accusedPanel {
	if len(v.Accused) == 0 {
		return nil
	}
	var names []string
	panel := &accusedPanel{}
	for _, one := range v.Accused {
		names = append(names, one.Department)
		if one.DepartmentID == v.LeadID && v.State.Open() {
			panel.Leads = s.words.in(lang, "case.accused.leads", one.Department)
		}
	}
	panel.About = s.words.in(lang, "case.accused.about", strings.Join(names, s.words.in(lang, "desk.and")))
	for i := range v.Exceptions {
		switch x := &v.Exceptions[i]; {
		case x.DecidedAt.IsZero():
			panel.Requests = append(panel.Requests, noteView{
				Meta: s.words.in(lang, "case.accused.waits", x.AskedBy, wording.DateTime(x.AskedAt.Time, lang, s.loc), x.Department), Body: x.Reason,
			})
		case x.Granted:
			panel.Requests = append(panel.Requests, noteView{Meta: s.words.in(lang, "case.accused.granted", x.DecidedBy, x.Department, x.AskedBy), Body: x.Decision})
		}
	}
	return panel
}

// accusedNames names the departments of an event about whom the letter complains.
func (s *Server) accusedNames(lang errs.Lang, e cases.Entry, names map[int64]string) string {
	ids, _ := e.Detail["departments"].([]any)
	if one, ok := e.Detail["department"]; ok {
		ids = []any{one}
	}
	var all []string
	for _, id := range ids {
		all = append(all, names[number(id)])
	}
	return strings.Join(all, s.words.in(lang, "desk.and"))
}

// decidable are the requests that this person may decide: never their own.
func (o *offer) decidable() []cases.Exception {
	return slices.DeleteFunc(slices.Clone(o.Exceptions), func(x cases.Exception) bool {
		return !x.DecidedAt.IsZero() || x.AskedByID == o.actor.Account
	})
}

// askable are the departments that the letter complains about and that nobody has asked for.
func askable(v *cases.View) []cases.Accused {
	return slices.DeleteFunc(slices.Clone(v.Accused), func(one cases.Accused) bool {
		return slices.ContainsFunc(v.Exceptions, func(x cases.Exception) bool {
			return x.DepartmentID == one.DepartmentID && (x.Granted || x.DecidedAt.IsZero())
		})
	})
}

func mayAskException(o *offer) bool    { return len(askable(o.View)) > 0 }
func mayDecideException(o *offer) bool { return len(o.decidable()) > 0 }

// accuseFields offers the departments that are not marked yet, those that the letter names ticked.
func accuseFields(f *deedForm) []fieldView {
	field := f.field("departments", "checkboxes", "")
	for _, d := range f.departments[1:] {
		if slices.ContainsFunc(f.v.Accused, func(a cases.Accused) bool { return strconv.FormatInt(a.DepartmentID, 10) == d.Value }) {
			continue
		}
		d.Checked = f.ticked("departments", d.Value) || f.typed == nil && slices.Contains(f.begins.named, d.Value)
		field.Options = append(field.Options, d)
	}
	field.Value, field.Inline = "", true
	return []fieldView{field}
}

func askExceptionFields(f *deedForm) []fieldView {
	var options []option
	for _, one := range askable(f.v) {
		options = append(options, option{Value: strconv.FormatInt(one.DepartmentID, 10), Label: one.Department})
	}
	return append([]fieldView{f.choices("department", "select", "", options)}, oneText("reason", cases.MaxReason)(f)...)
}

func decideExceptionFields(f *deedForm) []fieldView {
	var options []option
	for _, x := range f.v.Exceptions {
		if x.DecidedAt.IsZero() {
			options = append(options, option{Value: strconv.FormatInt(x.DepartmentID, 10), Label: x.Department})
		}
	}
	comment := oneText("comment", cases.MaxReason)(f)[0]
	comment.Optional = f.verb == people.GrantException
	return []fieldView{f.choices("department", "select", "", options), comment}
}

func doAccuse(ctx context.Context, desk *cases.Desk, d deedCall) error {
	departments, err := d.departments("departments")
	if err != nil {
		return err
	}
	_, err = desk.Accuse(ctx, d.actor, d.id, d.seen, departments...)
	return err
}

// withDepartment does a verb that takes a department and a text.
func withDepartment(text string, verb func(*cases.Desk, context.Context, people.Actor, cases.ID, cases.Version, int64, string) (*cases.Case, error)) func(context.Context, *cases.Desk, deedCall) error {
	return func(ctx context.Context, desk *cases.Desk, d deedCall) error {
		department, err := d.department("department")
		if err != nil {
			return err
		}
		_, err = verb(desk, ctx, d.actor, d.id, d.seen, department, d.text(text))
		return err
	}
}
