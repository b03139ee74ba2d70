package cases

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// TemplatePurpose is what a template is for.
type TemplatePurpose string

// The purposes.
const (
	ForReply    TemplatePurpose = "reply"     // a department's answer to the writer
	ForDecline  TemplatePurpose = "decline"   // the office's explanation to the writer why a letter is not accepted
	ForSendBack TemplatePurpose = "send_back" // a comment to colleagues with a reply that goes back: the office's, a leader's
)

// TemplatePurposes lists them.
var TemplatePurposes = []TemplatePurpose{ForReply, ForDecline, ForSendBack}

// Variables are those that have a value wherever such a template is filled in: a letter that is declined has no
// department and is answered by no date, and a colleague needs no telephone number of their own department.
func (p TemplatePurpose) Variables() []wording.Variable {
	switch p {
	case ForDecline:
		return []wording.Variable{wording.VarNumber, wording.VarTitle}
	case ForSendBack:
		return []wording.Variable{wording.VarNumber, wording.VarTitle, wording.VarDepartment, wording.VarDue}
	case ForReply:
	}
	return wording.Variables
}

// Longest is how many characters such a text may have.
func (p TemplatePurpose) Longest() int {
	if p == ForReply {
		return MaxReply
	}
	return MaxReason
}

// Template is what a text can begin with, with variables in it ([TemplatePurpose.Variables]).
type Template struct {
	bun.BaseModel `bun:"table:templates,alias:m"`

	ID           int64           `bun:",pk,autoincrement"`
	Purpose      TemplatePurpose // of a new one "" is [ForReply]
	DepartmentID int64           `bun:",nullzero"` // 0: for the whole city
	Name         string
	TextZH       string `bun:"text_zh"`
	TextEN       string `bun:"text_en"` // "": the Chinese text serves
	Version      int64
	ChangedAt    migrations.Instant
	ChangedByID  int64
	EndedAt      migrations.Instant // offered no more
}

// Text is the template in the reader's language.
func (t *Template) Text(lang errs.Lang) string {
	if lang == errs.EN && t.TextEN != "" {
		return t.TextEN
	}
	return t.TextZH
}

// KeepsTemplates tells whether somebody may change the templates of a department (0: of the whole city): the
// administrator all, the office the city's, a leader those of their department.
func KeepsTemplates(a people.Actor, department int64) bool {
	switch {
	case a.Is(people.Administrator):
		return true
	case department == 0:
		return a.Is(people.Clerk)
	}
	for _, g := range a.Grants {
		if g.Role == people.Leader && g.Department == department {
			return true
		}
	}
	return false
}

// Templates lists those in use that somebody may begin a text with or change: the city's, and those of their
// departments; for those who keep all, all of them. Those for one purpose, or for all where that is "".
func (d *Desk) Templates(ctx context.Context, a people.Actor, purpose TemplatePurpose) ([]Template, error) {
	var all []Template
	q := d.db.Read.NewSelect().Model(&all).Where("m.ended_at IS NULL").
		OrderExpr("CASE m.purpose WHEN 'reply' THEN 1 WHEN 'decline' THEN 2 ELSE 3 END, m.department_id IS NOT NULL, m.name, m.id")
	if purpose != "" {
		q = q.Where("m.purpose = ?", purpose)
	}
	if !a.Is(people.Administrator) {
		if own := a.Departments(); len(own) > 0 {
			q = q.Where("m.department_id IS NULL OR m.department_id IN (?)", bun.List(own))
		} else {
			q = q.Where("m.department_id IS NULL")
		}
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return all, nil
}

// SaveTemplate writes a new template, or the next version of one. t.Version is the version that was seen, 0 for a new
// one.
//
// Errors: invalid with the field, also for a variable that has no value there, and for a department's reasons to decline,
// which only the office does; forbidden for a department that is not the
// actor's; conflict if somebody else has changed it since.
func (d *Desk) SaveTemplate(ctx context.Context, a people.Actor, t Template) (Template, error) {
	if !KeepsTemplates(a, t.DepartmentID) {
		return t, errs.Forbidden("you may not change the templates of this department", "您无权修改该单位的模板")
	}
	t.Purpose = cmp.Or(t.Purpose, ForReply)
	if !slices.Contains(TemplatePurposes, t.Purpose) {
		return t, errs.Invalid("purpose", "please choose what it is for", "请选择模板用途")
	}
	if t.Purpose == ForDecline && t.DepartmentID != 0 {
		return t, errs.Invalid("department", "only the mailbox office declines letters: please choose the whole city", "只有信箱办可以不予受理，请选择全市通用")
	}
	var err error
	if t.Name, err = cleanLine("name", "the name", "名称", t.Name, MaxName, true); err != nil {
		return t, err
	}
	if t.TextZH, err = cleanTemplate(t.Purpose, "text_zh", "the Chinese text", "中文内容", t.TextZH, true); err != nil {
		return t, err
	}
	if t.TextEN, err = cleanTemplate(t.Purpose, "text_en", "the English text", "英文内容", t.TextEN, false); err != nil {
		return t, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		was := new(Template)
		if t.ID != 0 {
			if was, err = d.lockTemplate(ctx, tx, a, t.ID, t.Version); err != nil {
				return err
			}
		}
		t.Version, t.ChangedAt, t.ChangedByID = was.Version+1, migrations.At(d.Now()), a.Account
		if t.ID == 0 {
			_, err = tx.NewInsert().Model(&t).Exec(ctx)
		} else {
			_, err = tx.NewUpdate().Model(&t).WherePK().Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("write template: %w", err)
		}
		return audit.Write(audit.By(ctx, a.Account), tx, t.ChangedAt, audit.Line{
			Deed: audit.TemplateChanged, Subject: audit.Template, ID: t.ID, Name: t.Name, Was: was.audited(), Is: t.audited(),
		})
	})
	return t, err
}

// EndTemplate takes a template out of use.
func (d *Desk) EndTemplate(ctx context.Context, a people.Actor, id, seen int64) (Template, error) {
	var t *Template
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		if t, err = d.lockTemplate(ctx, tx, a, id, seen); err != nil {
			return err
		}
		was := t.audited()
		t.EndedAt = migrations.At(d.Now())
		if _, err := tx.NewUpdate().Model(t).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("end template: %w", err)
		}
		return audit.Write(audit.By(ctx, a.Account), tx, t.EndedAt, audit.Line{
			Deed: audit.TemplateChanged, Subject: audit.Template, ID: t.ID, Name: t.Name, Was: was,
		})
	})
	if err != nil {
		return Template{}, err
	}
	return *t, nil
}

// lockTemplate reads a template that is to be changed, as it was seen and by somebody who keeps it.
func (d *Desk) lockTemplate(ctx context.Context, tx bun.Tx, a people.Actor, id, seen int64) (*Template, error) {
	t := new(Template)
	err := tx.NewRaw("SELECT * FROM templates WHERE id = ? AND ended_at IS NULL"+d.db.LockRow(), id).Scan(ctx, t)
	if err != nil {
		return nil, errs.Invalid("", "there is no such template", "没有这个模板").Because(err)
	}
	if !KeepsTemplates(a, t.DepartmentID) {
		return nil, errs.Forbidden("you may not change the templates of this department", "您无权修改该单位的模板")
	}
	if t.Version != seen {
		return nil, errs.Conflict("somebody else has changed this template since you opened it; your text is kept",
			"您打开后已有他人修改过该模板；您填写的内容已保留")
	}
	return t, nil
}

func (t *Template) audited() audit.Values {
	if t.Version == 0 {
		return nil
	}
	return audit.Values{"name": t.Name, "purpose": string(t.Purpose), "version": strconv.FormatInt(t.Version, 10)}
}

func cleanTemplate(p TemplatePurpose, field, nameEN, nameZH, text string, needed bool) (string, error) {
	text, err := clean(field, nameEN, nameZH, text, p.Longest(), needed)
	if err != nil {
		return "", err
	}
	return text, p.Knows(field, text)
}

// Knows refuses a text with a variable that has no value there.
//
// Errors: invalid, with the field.
func (p TemplatePurpose) Knows(field, text string) error {
	of := p.Variables()
	if unknown := wording.UnknownVariable(text, of); unknown != "" {
		return errs.Invalid(field, "there is no variable %[1]s; there are %[2]s", "没有变量%[1]s；可以使用%[3]s",
			unknown, wording.VariableNames(errs.EN, of), wording.VariableNames(errs.ZH, of))
	}
	return nil
}
