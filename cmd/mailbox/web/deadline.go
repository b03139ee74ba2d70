package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

// deadlineView is how the due times of a case came about, to the last day.
type deadlineView struct {
	Number, Title string
	Facts         []factView
	Clocks        []clockHow
	Waits         []factView
	Stages        tableView
	First         []clockHow // the finished first round
}

// clockHow is how one clock came about.
type clockHow struct {
	ID      string
	Title   string
	Summary string // when it is due, and how it stands
	Note    string // what does not fit: the record says otherwise
	Rows    []factView
	Parts   []partView
}

// showDeadline is the page of a case's due times; for programs it is the same as JSON.
func (s *Server) showDeadline(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	d, err := s.Desk.DeadlineOf(c.Request().Context(), v)
	if err != nil {
		return err
	}
	if wantsJSON(c) || c.QueryParam("format") == "json" {
		return c.JSON(http.StatusOK, d)
	}
	lang := visitOf(c).lang
	view := deadlineView{
		Number: v.Number(), Title: s.titleOrNone(lang, v.Title), Facts: s.deadlineFacts(lang, d),
		Clocks: s.clocksHow(lang, v, d), Stages: s.stagesOf(lang, d),
	}
	for _, w := range d.Waits {
		view.Waits = append(view.Waits, s.waitOf(lang, w))
	}
	if d.Finished != nil {
		first := *d
		first.Derivation, first.Round, first.DepartmentName, first.Waits = *d.Finished, 1, d.FinishedBy, nil
		first.CalendarEdition, first.DepartmentEdition = v.First.DueEdition, v.First.DepartmentEdition
		view.First = s.clocksHow(lang, v, &first)
		for i := range view.First {
			view.First[i].ID, view.First[i].Note = "first-"+view.First[i].ID, ""
			view.First[i].Title = s.words.in(lang, "deadline.first", view.First[i].Title)
		}
	}
	return s.render(c, http.StatusOK, "deadline/deadline", Page{View: view})
}

func (s *Server) deadlineFacts(lang errs.Lang, d *cases.Deadline) []factView {
	facts := []factView{
		{Key: s.words.in(lang, "deadline.state"), Value: wording.StateName(lang, string(d.State))},
		{Key: s.words.in(lang, "deadline.rules"), Value: s.words.in(lang, "deadline.version", d.PolicyVersion)},
	}
	if d.Round > 1 {
		facts = append(facts, factView{Key: s.words.in(lang, "deadline.round"), Value: strconv.FormatInt(d.Round, 10)})
	}
	if e := d.Extension; e != nil {
		facts = append(facts, factView{
			Key:   s.words.in(lang, "deadline.extension"),
			Value: s.words.in(lang, "deadline.extension.text", wording.OutcomeName(lang, string(e.State)), e.Days, wording.DateTime(e.At, lang, s.loc)),
		})
	}
	return append(facts, factView{Key: s.words.in(lang, "deadline.now"), Value: wording.DateTime(d.Now, lang, s.loc)})
}

// clocksHow explains both clocks of a round to the staff.
func (s *Server) clocksHow(lang errs.Lang, v *cases.View, d *cases.Deadline) []clockHow {
	writer := s.clockHow(lang, &d.Writer, d.CalendarEdition)
	writer.ID, writer.Title = "writer", s.words.in(lang, "case.writers_clock")
	if d.Round == v.Round && !d.Writer.Due.Equal(v.DueAt.Time) && !v.DueAt.IsZero() {
		writer.Note = s.words.in(lang, "deadline.differs", wording.DateTime(v.DueAt.Time, lang, s.loc))
	}
	for i, p := range d.Writer.Parts {
		writer.Parts = append(writer.Parts, s.staffPart(lang, d, p, s.daysOf(lang, p, writersDays(d, i)), s.writersBase(lang, d)))
	}
	all := []clockHow{writer}
	if d.Department == nil {
		return all
	}
	department := s.clockHow(lang, d.Department, d.DepartmentEdition)
	department.ID, department.Title = "department", s.words.in(lang, "case.departments_clock", d.DepartmentName)
	if d.Round == v.Round && !d.Department.Due.Equal(v.DepartmentDueAt.Time) {
		department.Note = s.words.in(lang, "deadline.differs", wording.DateTime(v.DepartmentDueAt.Time, lang, s.loc))
	}
	for i, p := range d.Department.Parts {
		department.Parts = append(department.Parts, s.staffPart(lang, d, p, s.daysOf(lang, p, departmentsDays(d, i)), s.departmentsBase(lang, d.Department)))
	}
	return append(all, department)
}

// writersBase says what the promise rests on.
func (s *Server) writersBase(lang errs.Lang, d *cases.Deadline) string {
	if d.Round > 1 {
		return s.words.in(lang, "deadline.base.rework", d.PolicyVersion, d.Writer.WorkingDays)
	}
	return s.words.in(lang, "deadline.base.policy", d.PolicyVersion, d.Writer.WorkingDays)
}

// departmentsBase says which of the two was later.
func (s *Server) departmentsBase(lang errs.Lang, k *sla.ClockDerivation) string {
	return s.words.in(lang, "deadline.base."+k.Base)
}

// clockHow is what both clocks have in common.
func (s *Server) clockHow(lang errs.Lang, k *sla.ClockDerivation, edition int64) clockHow {
	var view clockHow
	add := func(key, value string) {
		if value != "" {
			view.Rows = append(view.Rows, factView{Key: s.words.in(lang, key), Value: value})
		}
	}
	at := func(t time.Time) string { return wording.DateTime(t, lang, s.loc) }
	result := wording.ResultName(lang, string(k.Result))
	add("deadline.from", at(k.From))
	if k.Due.IsZero() {
		add("deadline.result", result)
		view.Summary = result
		return view
	}
	add("deadline.calendar", s.words.in(lang, "deadline.edition", max(edition, 1)))
	if !k.Unextended.IsZero() && !k.Unextended.Equal(k.Due) {
		add("deadline.unextended", at(k.Unextended))
	}
	add("deadline.due", at(k.Due))
	if k.Provisional {
		add("deadline.provisional", s.words.in(lang, "case.provisional"))
	}
	add("deadline.done", at(k.Done))
	add("deadline.result", result)
	view.Summary = s.words.in(lang, "deadline.summary", at(k.Due), result)
	return view
}

// staffPart tells one stretch in the words of the trade.
func (s *Server) staffPart(lang errs.Lang, d *cases.Deadline, p sla.Part, days []dayView, base string) partView {
	part := partView{Days: days, Title: s.words.in(lang, "deadline.part."+p.Kind)}
	from, to := wording.DateTime(p.From, lang, s.loc), wording.DateTime(p.To, lang, s.loc)
	switch p.Kind {
	case sla.PartExtension:
		part.Text = s.words.in(lang, "deadline.part.extension.text", p.WorkingDays, from, to)
	case sla.PartWait:
		part.Text = s.words.in(lang, "deadline.part.wait.text",
			wording.DateTime(p.WaitFrom, lang, s.loc), wording.DateTime(p.WaitTo, lang, s.loc), p.WorkingDays, from, to)
		for _, w := range d.Waits {
			if w.From.Equal(p.WaitFrom) {
				part.Quote = w.Question
			}
		}
	default:
		part.Text = base + s.words.in(lang, "deadline.part.policy.text", from, to)
	}
	return part
}

func (s *Server) waitOf(lang errs.Lang, w cases.WaitView) factView {
	at := func(t time.Time) string { return wording.DateTime(t, lang, s.loc) }
	row := factView{Key: at(w.From), Value: s.words.in(lang, "deadline.wait.open", at(w.Until)), Note: w.Question}
	if !w.To.IsZero() {
		row.Value = s.words.in(lang, "deadline.wait.ended", at(w.To), at(w.Until))
	}
	return row
}

// stagesOf lists what the clocks bring and have brought.
func (s *Server) stagesOf(lang errs.Lang, d *cases.Deadline) tableView {
	table := tableView{
		Caption: s.words.in(lang, "deadline.stages"), Layout: "cards", Empty: s.words.in(lang, "deadline.stages.none"),
		Columns: []tableColumn{
			{Label: s.words.in(lang, "deadline.stage")}, {Label: s.words.in(lang, "deadline.planned")}, {Label: s.words.in(lang, "deadline.happened")},
		},
	}
	for _, stage := range slices.SortedStableFunc(slices.Values(d.Stages), func(a, b cases.StageView) int { return a.At.Compare(b.At) }) {
		happened := wording.DateTime(stage.Done, lang, s.loc)
		if stage.Done.IsZero() {
			happened = s.words.in(lang, "deadline.stage."+stageStands(d, stage))
		}
		table.Rows = append(table.Rows, tableRow{Cells: []tableCell{
			{Text: s.words.in(lang, "deadline.stage."+stage.Name)}, {Text: wording.DateTime(stage.At, lang, s.loc)}, {Text: happened},
		}})
	}
	return table
}

// stageStands says of a stage that has not happened whether it still can.
func stageStands(d *cases.Deadline, stage cases.StageView) string {
	k := &d.Writer
	if stage.Name != "overdue" && d.Department != nil {
		k = d.Department
	}
	running := k.Result == sla.ResultRunning || k.Result == sla.ResultOverdue
	switch {
	case !running:
		return "not_needed"
	case stage.At.Before(d.Now):
		return "about_to"
	default:
		return "to_come"
	}
}
