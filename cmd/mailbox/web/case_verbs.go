package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// typedDeed is a deed that somebody tried and that could not be done, with everything typed.
type typedDeed struct {
	verb  people.Verb
	form  form
	seen  cases.Version
	wrong []FieldError
	// offered is a text that was to be filled in beside what was typed.
	offered *offeredView
}

// doDeed does one verb to the case of the address, and leads back to the case. When it cannot be done
// the page comes again with what was typed, what is wrong with it and what others did meanwhile.
func (s *Server) doDeed(verb people.Verb) echo.HandlerFunc {
	d := deedOf(verb)
	return func(c echo.Context) error {
		v, err := s.openCase(c)
		if err != nil {
			return err
		}
		call, err := s.callOf(c, v, verb)
		if err == nil {
			err = d.do(c.Request().Context(), s.Desk, call)
		}
		if err != nil {
			return s.deedFailed(c, call, err)
		}
		lang := visitOf(c).lang
		if err := s.tell(c, "good", "case.done", v.Number(), wording.VerbName(lang, string(verb))); err != nil {
			return err
		}
		if back := localPath(call.form.line("back"), ""); strings.HasPrefix(back, "/desk/") {
			return c.Redirect(http.StatusSeeOther, back) // it was done in a list
		}
		// Whoever returns a case or gives it away may not be allowed to see it any more.
		if _, err := s.openCase(c); errs.CodeOf(err) == errs.CodeNotFound {
			return c.Redirect(http.StatusSeeOther, s.landing(visitOf(c).account, lang))
		}
		return c.Redirect(http.StatusSeeOther, "/cases/"+v.Number())
	}
}

// callOf reads who wants to do what, having seen which version. A form without the version is none of
// ours: taking it for "whatever happened since" would let it overwrite another's work.
func (s *Server) callOf(c echo.Context, v *cases.View, verb people.Verb) (deedCall, error) {
	call := deedCall{actor: s.actor(c), id: v.ID, verb: verb, form: formOf(c)}
	seen, err := strconv.ParseInt(call.form.line("version"), 10, 64)
	if err != nil || seen < 1 {
		return call, errs.Conflict(
			"this form is incomplete; what you typed is kept, please look at the case and send it again",
			"表单不完整；您填写的内容已保留，请核对办件后再提交")
	}
	call.seen = cases.Version(seen)
	// Publishing has a page of its own and is no deed of this one.
	if i := slices.IndexFunc(deeds, func(d deed) bool { return d.verb == verb }); i >= 0 && deeds[i].files {
		call.files, call.wrong = attached(c, fieldName(verb, "files"))
	}
	return call, nil
}

// deedFailed shows the case as it stands now with everything typed.
func (s *Server) deedFailed(c echo.Context, call deedCall, wrong error) error {
	status := statusOf(wrong)
	if status == http.StatusInternalServerError {
		s.logTrouble(c, wrong)
	}
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	if errs.CodeOf(wrong) == errs.CodeConflict && call.seen > 0 {
		since := changesSince(v, call.seen)
		if doneBefore(v, since, call) {
			return s.sayDoneBefore(c, v, call.verb)
		}
		if ownOnly(since, call.actor) {
			wrong = movedByOneself(wrong)
		}
	}
	typed := typedDeed{verb: call.verb, form: call.form, wrong: s.deedErrors(c, call.verb, wrong)}
	if errs.CodeOf(wrong) == errs.CodeConflict {
		typed.seen = call.seen
	}
	view, err := s.caseOf(c, v, typed)
	if err != nil {
		return err
	}
	return s.render(c, status, "desk/case", Page{View: view, Errors: typed.wrong, Path: "/cases/" + v.Number()})
}

// deedErrors names the fields as they stand on the page. What is about none of the deed's own fields is
// about the whole.
func (s *Server) deedErrors(c echo.Context, verb people.Verb, wrong error) []FieldError {
	all := s.fieldErrors(c, wrong)
	for i := range all {
		if all[i].Field != "" {
			all[i].Field = fieldName(verb, all[i].Field)
		}
	}
	return all
}

// newSecret gives the writer a new secret. It stands in the answer to the form and nowhere else: asking
// for the page again shows it no more, and sending the form again is a conflict.
func (s *Server) newSecret(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	call, err := s.callOf(c, v, people.NewSecret)
	secret := ""
	if err == nil {
		secret, err = s.Desk.NewSecret(c.Request().Context(), call.actor, call.id, call.seen)
	}
	if err != nil {
		return s.deedFailed(c, call, err)
	}
	if v, err = s.openCase(c); err != nil {
		return err
	}
	view, err := s.caseOf(c, v, typedDeed{})
	if err != nil {
		return err
	}
	view.Secret = secret
	return s.render(c, http.StatusOK, "desk/case", Page{View: view, Path: "/cases/" + v.Number()})
}

// backToCase leads a reload of a deed's address back to the case.
func (s *Server) backToCase(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cases/"+v.Number())
}

// Verbs that take nothing, and verbs that take one text.
type (
	plainVerb = func(*cases.Desk, context.Context, people.Actor, cases.ID, cases.Version) (*cases.Case, error)
	textVerb  = func(*cases.Desk, context.Context, people.Actor, cases.ID, cases.Version, string) (*cases.Case, error)
)

func plainly(verb plainVerb) func(context.Context, *cases.Desk, deedCall) error {
	return func(ctx context.Context, desk *cases.Desk, d deedCall) error {
		_, err := verb(desk, ctx, d.actor, d.id, d.seen)
		return err
	}
}

func withText(name string, verb textVerb) func(context.Context, *cases.Desk, deedCall) error {
	return func(ctx context.Context, desk *cases.Desk, d deedCall) error {
		_, err := verb(desk, ctx, d.actor, d.id, d.seen, d.text(name))
		return err
	}
}

// doReply hands in a reply with its files.
func doReply(ctx context.Context, desk *cases.Desk, d deedCall) error {
	if d.wrong != nil {
		return d.wrong
	}
	_, err := desk.Reply(ctx, d.actor, d.id, d.seen, d.text("reply"), d.files...)
	return err
}

// doAnswer refuses an emptied text: to the desk that means "as handed in", and the reviewer who cleared
// it did not mean that.
func doAnswer(ctx context.Context, desk *cases.Desk, d deedCall) error {
	if blank(d.text("reply")) {
		return errs.Invalid("reply", "please fill in the reply", "请填写答复内容")
	}
	_, err := desk.Answer(ctx, d.actor, d.id, d.seen, d.text("reply"))
	return err
}

func doRoute(ctx context.Context, desk *cases.Desk, d deedCall) error {
	lead, err := d.department("lead")
	if err != nil {
		return err
	}
	assists, err := d.departments("assists")
	if err != nil {
		return err
	}
	_, err = desk.Route(ctx, d.actor, d.id, d.seen, lead, assists...)
	return err
}

func doReassign(ctx context.Context, desk *cases.Desk, d deedCall) error {
	lead, err := d.department("lead")
	if err != nil {
		return err
	}
	_, err = desk.Reassign(ctx, d.actor, d.id, d.seen, lead, d.text("reason"))
	return err
}

func doAskAssist(ctx context.Context, desk *cases.Desk, d deedCall) error {
	assists, err := d.departments("assists")
	if err != nil {
		return err
	}
	_, err = desk.AskAssist(ctx, d.actor, d.id, d.seen, assists...)
	return err
}

func doDecline(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.Decline(ctx, d.actor, d.id, d.seen, d.line("reason"), d.text("explanation"))
	return err
}

func doMerge(ctx context.Context, desk *cases.Desk, d deedCall) error {
	into, err := desk.Find(ctx, d.line("into"))
	if code := errs.CodeOf(err); err != nil && (code == errs.CodeInvalid || code == errs.CodeNotFound) {
		return errs.Invalid("into", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
	}
	if err != nil {
		return err
	}
	_, err = desk.Merge(ctx, d.actor, d.id, d.seen, into)
	return err
}

func doRecordRating(ctx context.Context, desk *cases.Desk, d deedCall) error {
	rating := cases.Rating{Words: d.text("words")}
	if grade, err := strconv.ParseInt(d.line("grade"), 10, 64); err == nil {
		rating.Grade = grade // anything else stays 0, which the desk refuses
	}
	if resolved, err := strconv.ParseBool(d.line("resolved")); err == nil {
		rating.Resolved = &resolved
	}
	_, err := desk.RecordRating(ctx, d.actor, d.id, d.seen, rating)
	return err
}

func doInstruct(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.Instruct(ctx, d.actor, d.id, d.seen, d.line("leader"), d.text("note"))
	return err
}

func doCorrect(ctx context.Context, desk *cases.Desk, d deedCall) error {
	_, err := desk.Correct(ctx, d.actor, d.id, d.seen, d.line("kind"), d.line("channel"), d.line("topic"), d.line("district"))
	return err
}

// department reads the choice of one department.
func (d deedCall) department(name string) (int64, error) {
	id, err := strconv.ParseInt(d.line(name), 10, 64)
	if err != nil {
		return 0, errs.Invalid(name, "please choose a department", "请选择承办部门")
	}
	return id, nil
}

// departments reads the boxes that were ticked.
func (d deedCall) departments(name string) ([]int64, error) {
	var ids []int64
	for _, value := range d.form.values[fieldName(d.verb, name)] {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, errs.Invalid(name, "please choose a department", "请选择承办部门")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
