package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// A department's leader signs off replies where the department wants it: the deeds of a case that belong to it, and the
// switch.

func proposalWaits(o *offer) bool   { return o.Proposed() != nil }
func mayPropose(o *offer) bool      { return o.NeedsApproval && o.ProposedAt.IsZero() }
func needsNoApproval(o *offer) bool { return !o.NeedsApproval }

// proposeFields begin with what the leader has turned back, its files ticked.
func proposeFields(f *deedForm) []fieldView {
	text := oneText("reply", cases.MaxReply)(f)[0]
	back := f.v.TurnedBack()
	if back == nil {
		return []fieldView{text}
	}
	if f.typed == nil {
		text.Value = back.Body
	}
	if len(back.Files) == 0 {
		return []fieldView{text}
	}
	keep := f.field("keep", "checkboxes", "")
	keep.Value = ""
	for _, file := range back.Files {
		id := strconv.FormatInt(file.ID, 10)
		keep.Options = append(keep.Options, option{Value: id, Label: file.Name, Checked: f.typed == nil || f.ticked("keep", id)})
	}
	return []fieldView{text, keep}
}

func doPropose(ctx context.Context, desk *cases.Desk, d deedCall) error {
	if d.wrong != nil {
		return d.wrong
	}
	var keep []int64
	for _, value := range d.form.values[fieldName(d.verb, "keep")] {
		if id, err := strconv.ParseInt(value, 10, 64); err == nil {
			keep = append(keep, id)
		}
	}
	_, err := desk.Propose(ctx, d.actor, d.id, d.seen, d.text("reply"), keep, d.files...)
	return err
}

// signOffFields hold the reply as it was proposed, for the leader to mend.
func signOffFields(f *deedForm) []fieldView {
	text := oneText("reply", cases.MaxReply)(f)[0]
	if one := f.v.Proposed(); one != nil && f.typed == nil {
		text.Value = one.Body
	}
	return []fieldView{text}
}

// doSignOff refuses an emptied text, as doAnswer does.
func doSignOff(ctx context.Context, desk *cases.Desk, d deedCall) error {
	if blank(d.text("reply")) {
		return errs.Invalid("reply", "please fill in the reply", "请填写答复内容")
	}
	_, err := desk.SignOff(ctx, d.actor, d.id, d.seen, d.text("reply"))
	return err
}

// proposalsOf shows the department what went to its leader, newest first.
func (s *Server) proposalsOf(lang errs.Lang, v *cases.View) []replyView {
	var views []replyView
	for _, p := range slices.Backward(v.Proposals) {
		meta := joined(p.Author, wording.DateTime(p.ProposedAt.Time, lang, s.loc))
		if p.Decider != "" {
			meta = joined(meta, s.words.in(lang, "approval.decided", p.Decider, wording.DateTime(p.DecidedAt.Time, lang, s.loc)))
		}
		views = append(views, replyView{
			Title: s.words.in(lang, "approval.status."+string(p.Status)), Meta: meta, Body: p.Body, Comment: p.Comment,
			Answer: p.Status == cases.ProposalWaits, Files: s.attachmentsOf(lang, p.Files, "/cases/"+v.Number()+"/files/"),
		})
	}
	return views
}

// approvalView is the switch of one department.
type approvalView struct {
	ID   int64
	Name string
	On   bool
}

// approvalsOf gives the switches of the departments that the actor leads, and whether any of the actor's departments
// has its replies signed off.
func (s *Server) approvalsOf(c echo.Context, a people.Actor) (views []approvalView, signs bool, err error) {
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return nil, false, err
	}
	for _, d := range all {
		signs = signs || d.Approval && a.WorksFor(d.ID)
		if a.Leads(d.ID) && d.TakesCases() {
			views = append(views, approvalView{d.ID, d.Name, d.Approval})
		}
	}
	return views, signs, nil
}

// ownApproval is the switch on the desk of a department's leader.
func (s *Server) ownApproval(c echo.Context) error {
	f := formOf(c)
	id, err := strconv.ParseInt(f.line("department"), 10, 64)
	if err == nil {
		if err := s.Directory.SetApproval(c.Request().Context(), s.actor(c), id, f.on("approval")); err != nil {
			return err
		}
		if err := s.tell(c, "good", approvalSaid(f.on("approval"))); err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, "/desk/department")
}

// setApproval is the same switch for administrators.
func (s *Server) setApproval(c echo.Context) error {
	d, err := s.unitOf(c)
	if err != nil {
		return err
	}
	on := formOf(c).on("approval")
	if err := s.Directory.SetApproval(c.Request().Context(), s.actor(c), d.ID, on); err != nil {
		return s.showDepartments(c, departmentsView{}, nil, err)
	}
	if err := s.tell(c, "good", approvalSaid(on)); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/admin/departments")
}

func approvalSaid(on bool) string {
	if on {
		return "approval.turned_on"
	}
	return "approval.turned_off"
}
