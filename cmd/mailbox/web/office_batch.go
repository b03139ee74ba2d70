package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// batchView is what can be done with the ticked letters of the office's list, what has just been done, and what can
// be taken back.
type batchView struct {
	Action      string // where the form leads, with the filter
	Open        bool
	Lead        fieldView
	Reason      fieldView
	Explanation fieldView
	Into        fieldView
	Own         bool // some letter may repeat another case
	Results     *batchResults
	JustRouted  *justRoutedView
}

// batchResults says row by row what was not done and why, and how many were.
type batchResults struct {
	Done  string
	Wrong []batchResult
}

type batchResult struct{ Number, Href, Why string }

// What can be done with the ticked letters.
const (
	batchSuggested = "suggested"
	batchRoute     = "route"
	batchDecline   = "decline"
	batchMerge     = "merge"
	batchOwn       = "merge-own"  // asks where each would go
	batchEach      = "merge-each" // once that was seen
)

// batch is what somebody asked for.
type batch struct {
	what string
	rows []postedRow // those that are meant
	all  []postedRow // as they stood in the list
	one  bool        // one row's own button
	form form
	call func(context.Context, postedRow, cases.ID) error
}

// officeBatch does one thing to each ticked letter of the office's list, each in a transaction of its own: what
// cannot be done to one is said, and the others go on.
func (s *Server) officeBatch(c echo.Context) error {
	b := s.batchOf(c)
	if b.what == batchOwn && len(b.rows) > 0 {
		return s.askMergeEach(c, b)
	}
	if err := s.prepare(c, b); err != nil {
		return s.batchAgain(c, b, nil, 0, err)
	}
	var wrong []batchResult
	var last error
	for _, row := range b.rows {
		err := s.toRow(c, b, row)
		if err == nil {
			continue
		}
		if len(wrong) == 0 && slices.Contains([]string{"reason", "explanation"}, errs.FieldOf(err)) {
			return s.batchAgain(c, b, nil, 0, err) // it is wrong with the form, not with the letter
		}
		if statusOf(err) == http.StatusInternalServerError {
			s.logTrouble(c, err)
		}
		last = err
		wrong = append(wrong, batchResult{row.number, "/cases/" + row.number, errs.Message(err, visitOf(c).lang)})
	}
	done := len(b.rows) - len(wrong)
	if last != nil {
		return s.batchAgain(c, b, wrong, done, last)
	}
	return s.batchDone(c, b, done)
}

// batchOf reads which rows are meant and what is asked for.
func (s *Server) batchOf(c echo.Context) *batch {
	f := formOf(c)
	b := &batch{what: f.line("what"), all: postedRows(f), form: f}
	ticked := f.values["case"]
	if one := f.line("one"); one != "" {
		b.what, b.one, ticked = batchSuggested, true, []string{one}
	}
	for _, row := range b.all {
		if slices.Contains(ticked, row.number) {
			b.rows = append(b.rows, row)
		}
	}
	return b
}

// prepare judges what is the same for all rows, before the first of them is touched.
func (s *Server) prepare(c echo.Context, b *batch) error {
	if len(b.rows) == 0 {
		return errs.Invalid("", "please tick at least one letter", "请至少勾选一件来信")
	}
	a := s.actor(c)
	switch b.what {
	case batchSuggested:
		b.call = func(ctx context.Context, row postedRow, id cases.ID) error {
			if row.suggested == 0 {
				return errs.Conflict("there is no suggestion to follow without reading it; please open it", "没有可直接采用的承办建议，请打开后办理")
			}
			_, err := s.Desk.Route(ctx, a, id, row.seen, row.suggested)
			return err
		}
	case batchRoute:
		lead, err := strconv.ParseInt(b.form.line("lead"), 10, 64)
		if err != nil {
			return errs.Invalid("lead", "please choose a department", "请选择承办部门")
		}
		b.call = func(ctx context.Context, row postedRow, id cases.ID) error {
			_, err := s.Desk.Route(ctx, a, id, row.seen, lead)
			return err
		}
	case batchDecline:
		reason, explanation := b.form.line("reason"), b.form.text("explanation")
		b.call = func(ctx context.Context, row postedRow, id cases.ID) error {
			_, err := s.Desk.Decline(ctx, a, id, row.seen, reason, explanation)
			return err
		}
	case batchMerge:
		into, err := s.Desk.Find(c.Request().Context(), b.form.line("into"))
		if code := errs.CodeOf(err); code == errs.CodeInvalid || code == errs.CodeNotFound {
			return errs.Invalid("into", errs.Message(err, errs.EN), errs.Message(err, errs.ZH)).Because(err)
		}
		if err != nil {
			return err
		}
		b.call = func(ctx context.Context, row postedRow, id cases.ID) error {
			_, err := s.Desk.Merge(ctx, a, id, row.seen, into)
			return err
		}
	case batchEach:
		b.call = s.mergeEach(a, b)
		if len(b.rows) == 0 {
			return errs.Invalid("", "please tick at least one letter", "请至少勾选一件来信")
		}
	default:
		return errs.Invalid("", "please choose what to do with the ticked letters", "请选择如何处理勾选的来信")
	}
	return nil
}

func (s *Server) toRow(c echo.Context, b *batch, row postedRow) error {
	ctx := c.Request().Context()
	id, err := s.Desk.Find(ctx, row.number)
	if err != nil {
		return err
	}
	return b.call(ctx, row, id)
}

// routes tells whether what was done can be taken back.
func (b *batch) routes() bool { return b.what == batchSuggested || b.what == batchRoute }

// next is the row where work goes on after the one that was pressed: the one below it, or above the last.
func (b *batch) next() string {
	if !b.one || len(b.rows) == 0 {
		return ""
	}
	at := slices.IndexFunc(b.all, func(r postedRow) bool { return r.number == b.rows[0].number })
	if at+1 < len(b.all) {
		return b.all[at+1].number
	}
	if at > 0 {
		return b.all[at-1].number
	}
	return ""
}

// batchDone leads back to the list, to the next row when it was a row's own button.
func (s *Server) batchDone(c echo.Context, b *batch, done int) error {
	to := filterOf(c, officePiles...).href("/desk/office")
	switch {
	case b.routes():
		to += "&done=" + strconv.Itoa(done)
		if next := b.next(); next != "" {
			to += "#row-" + url.PathEscape(next)
		} else {
			to += "#just-routed"
		}
	case b.what == batchDecline:
		if err := s.tell(c, "good", "office.declined", strconv.Itoa(done)); err != nil {
			return err
		}
	case b.what == batchEach:
		if err := s.tell(c, "good", "office.merged_each", strconv.Itoa(done)); err != nil {
			return err
		}
	default:
		if err := s.tell(c, "good", "office.merged", strconv.Itoa(done), b.form.line("into")); err != nil {
			return err
		}
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// batchAgain shows the list as it stands now, with what could not be done and everything typed.
func (s *Server) batchAgain(c echo.Context, b *batch, wrong []batchResult, done int, err error) error {
	view, failed := s.officeView(c)
	if failed != nil {
		return failed
	}
	lang := visitOf(c).lang
	if view.Batch == nil { // nothing is left to screen
		view.Batch = &batchView{}
	}
	page, status := Page{View: view, Path: filterOf(c, officePiles...).href("/desk/office")}, http.StatusOK
	if done == 0 {
		status = statusOf(err)
	}
	if wrong == nil {
		page.Errors = s.fieldErrors(c, err)
	} else {
		view.Batch.Results = &batchResults{Wrong: wrong}
		if done > 0 {
			view.Batch.Results.Done = s.words.in(lang, "office.done", done)
		}
	}
	view.Batch.keep(b, page)
	if b.routes() && done > 0 {
		if view.Batch.JustRouted, failed = s.justRouted(c, done); failed != nil {
			return failed
		}
	}
	next := b.next()
	for i := range view.Groups[0].Rows {
		row := &view.Groups[0].Rows[i]
		if row.Office == nil { // another list of the office's
			break
		}
		named := func(r postedRow) bool { return r.number == row.Number }
		row.Office.Ticked = !b.one && slices.ContainsFunc(b.rows, named)
		row.Office.Focus = row.Number == next
	}
	return s.render(c, status, "desk/list", page)
}

// keep puts what was typed back into the fields.
func (v *batchView) keep(b *batch, page Page) {
	v.Open = !b.one
	for _, field := range []*fieldView{&v.Lead, &v.Reason, &v.Explanation, &v.Into} {
		field.Value, field.Error = readable(b.form.text(field.Name)), page.Wrong(field.Name)
	}
}

// addBatch makes the form for many letters at once, and offers what can be taken back.
func (s *Server) addBatch(c echo.Context, view *deskView, some bool, f deskFilter) error {
	lang := visitOf(c).lang
	done, err := strconv.Atoi(c.QueryParam("done"))
	if err != nil || done < 0 || done > pageLength {
		done = 0
	}
	just, err := s.justRouted(c, done)
	if err != nil || !some && just == nil {
		return err
	}
	view.Batch = &batchView{JustRouted: just}
	if !some {
		return nil
	}
	departments, err := s.departmentOptions(c, true)
	if err != nil {
		return err
	}
	reasons := []option{{Label: s.words.in(lang, "desk.choose")}}
	for _, reason := range cases.DeclineReasons {
		reasons = append(reasons, option{Value: reason, Label: s.words.in(lang, "deed.decline."+reason)})
	}
	field := func(name, kind string) fieldView {
		return fieldView{Lang: lang, Name: name, Type: kind, Label: s.words.in(lang, "deed.field."+name)}
	}
	b := view.Batch
	b.Action = f.href("/desk/office/batch")
	b.Lead, b.Reason, b.Explanation, b.Into = field("lead", "select"), field("reason", "select"), field("explanation", "textarea"), field("into", "text")
	b.Lead.Options, b.Reason.Options, b.Into.Width = departments, reasons, "medium"
	b.Reason.Label = s.words.in(lang, "office.decline.reason")
	b.Explanation.Rows, b.Explanation.Max, b.Explanation.Optional = 3, cases.MaxReason, true
	b.Explanation.Hint = s.words.in(lang, "deed.hint.explanation")
	b.Into.Hint = s.words.in(lang, "deed.hint.into")
	return nil
}

// justRoutedView is what the reader has routed in the last minutes and can take back.
type justRoutedView struct {
	Title string
	Rows  []justRoutedRow
	All   string // names the button that takes back all of the last press; "" when that was one letter
	Last  []string
	Note  string
}

type justRoutedRow struct {
	Number, Href, Title, Text string
	Posted, Button            string
	Key                       string
}

// justShown is how many letters that can be taken back are listed; more go back by the button for all.
const justShown = 5

// justRouted lists what can be taken back; done is how many went with the last press.
func (s *Server) justRouted(c echo.Context, done int) (*justRoutedView, error) {
	found, err := s.Desk.JustRouted(c.Request().Context(), s.actor(c), max(done, justShown))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	lang := visitOf(c).lang
	done = min(done, len(found))
	view := &justRoutedView{Title: s.words.in(lang, "office.just"), Note: s.words.in(lang, "office.just.note", int(cases.TakeBackWithin.Minutes()))}
	if done > 0 {
		view.Title = s.words.in(lang, "office.just.done", done)
	}
	for i, r := range found {
		posted := postedRow{r.Number, r.Version, 0}.String()
		if i < done {
			view.Last = append(view.Last, posted)
		}
		if i >= justShown {
			continue
		}
		row := justRoutedRow{
			Number: r.Number, Href: "/cases/" + r.Number, Title: s.titleOrNone(lang, r.Title), Posted: posted,
			Text:   s.words.in(lang, "office.just.to", r.Department, r.Until.In(s.loc).Format("15:04")),
			Button: s.words.in(lang, "office.take_back"),
		}
		if i == 0 && done < 2 {
			row.Key = "z"
		}
		view.Rows = append(view.Rows, row)
	}
	if done > 1 {
		view.All = s.words.in(lang, "office.take_back.all", done)
	}
	return view, nil
}

// officeTakeBack undoes routings, each in a transaction of its own, and says of which it cannot be done any more.
func (s *Server) officeTakeBack(c echo.Context) error {
	ctx, rows := c.Request().Context(), postedRows(formOf(c))
	var wrong []batchResult
	var last error
	for _, row := range rows {
		id, err := s.Desk.Find(ctx, row.number)
		if err == nil {
			_, err = s.Desk.TakeBack(ctx, s.actor(c), id, row.seen)
		}
		if err == nil {
			continue
		}
		if statusOf(err) == http.StatusInternalServerError {
			s.logTrouble(c, err)
		}
		last = err
		wrong = append(wrong, batchResult{row.number, "/cases/" + row.number, errs.Message(err, visitOf(c).lang)})
	}
	b := &batch{form: form{url.Values{}}, one: true}
	if len(rows) == 0 {
		return s.batchAgain(c, b, nil, 0, errs.Invalid("", "please choose what to take back", "请选择要撤回的转办"))
	}
	if last != nil {
		return s.batchAgain(c, b, wrong, len(rows)-len(wrong), last)
	}
	if err := s.tell(c, "good", "office.taken_back", strconv.Itoa(len(rows))); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, filterOf(c, officePiles...).href("/desk/office")+"#row-"+url.PathEscape(rows[0].number))
}

// justRouted tells whether the last that somebody did was to route, a moment ago. Who it was the desk judges.
func justRouted(o *offer) bool {
	for _, e := range slices.Backward(o.History) {
		if e.Role != people.System {
			return e.Verb == people.Route && !o.now.After(e.At.Add(cases.TakeBackWithin))
		}
	}
	return false
}
