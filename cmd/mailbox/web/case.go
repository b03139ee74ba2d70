package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
)

// caseView is a case on one screen: the letter, its clocks, what was done and what may be done now.
type caseView struct {
	Number, Title, Body string
	Files               []attachment // with the letter itself
	InHand              []attachment // with the reply that waits for its review
	Desk                string       // where the reader came from
	State               string
	Flags               []string
	Instructions        []instructionView
	Clocks              []clockView
	How                 []clockHow // how both clocks came about
	Time                timePanels
	Asked               *requestView // what the decision is about
	Facts               []factView
	Contact             contactPanel
	Accused             *accusedPanel
	Assists             []assistView
	Replies             []replyView
	Steps               []step
	Notes               *notesView
	Proposals           []replyView // replies sent to the department's leader, for the department

	Review *deedView  // the office's look at a reply, beside the letter
	Signs  *signsView // what to look at in that reply
	Checks []replyCheck
	// AskMissing begins the comment that sends it back with what the checks miss; "" when they miss nothing.
	AskMissing string
	Suggest    *suggestView
	Repeats    []repeatView
	Past       *pastView
	Writer     *writerView
	Publish    *publishLink
	Decision   *deedView // on what somebody waits for: more time, a rework
	Otherwise  *deedView // the other half of the review or the decision
	Quick      []deedView
	Primary    *deedView
	Others     []deedView
	// DoneDrafts are forgotten by the browser: what they were for has been done, or cannot be any more.
	DoneDrafts []string

	Secret   string // a new one, shown this once
	Present  string // who else has it open
	Version  cases.Version
	Conflict *conflictView // what was done to the case while somebody typed
	Kept     []keptView    // what was typed for something that can no longer be done
}

type instructionView struct{ Title, Text string }

// clockView is one of the two clocks. Due is nil when it has stopped or never ran.
type clockView struct {
	Label   string
	Due     *time.Time
	Left    string
	Urgency string
	Text    string // where there is nothing to count down
	Late    bool
	Note    string
}

// factView is one row of the component "summary".
type factView struct{ Key, Value, Href, Note, ActionHref, Action string }

type assistView struct{ Department, Text, Body string }

type replyView struct {
	Title, Meta, Body, Comment string
	Answer                     bool
	Files                      []attachment
	Signs                      *signsView // nil: nothing to look at, or not for this reader
}

// keptView is a text that must not be lost though its form is gone.
type keptView struct{ Label, Text string }

// openCase finds the case of the address, as far as the actor may see it.
func (s *Server) openCase(c echo.Context) (*cases.View, error) {
	ctx := c.Request().Context()
	id, err := s.Desk.Find(ctx, c.Param("number"))
	if err != nil {
		// No case, no number at all and another's case are told in the same words, so that nobody can feel
		// out which numbers exist.
		if code := errs.CodeOf(err); code == errs.CodeInvalid || code == errs.CodeNotFound {
			return nil, errs.NotFound("there is no such case, or it is not yours to see", "没有这个办件，或您无权查看").Because(err)
		}
		return nil, err
	}
	return s.Desk.Look(ctx, s.actor(c), id)
}

// showCase is the page of a case.
func (s *Server) showCase(c echo.Context) error {
	v, err := s.openCase(c)
	if err != nil {
		return err
	}
	view, err := s.caseOf(c, v, typedDeed{})
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "desk/case", Page{View: view})
}

// caseOf builds the page, with what was typed for one of the deeds when that could not be done.
func (s *Server) caseOf(c echo.Context, v *cases.View, typed typedDeed) (*caseView, error) {
	lang, now := visitOf(c).lang, visitOf(c).now
	view := &caseView{
		Number: v.Number(), Title: s.titleOrNone(lang, v.Title), Body: v.Body, State: string(v.State),
		Files: s.filesOn(lang, v, func(f cases.File) bool { return f.MaterialID == 0 && f.ReplyID == 0 }),
		Desk:  s.landing(visitOf(c).account, lang), Flags: caseFlags(v, now, s.urgency), Time: s.panelsOf(lang, v),
	}
	deadline, err := s.Desk.DeadlineOf(c.Request().Context(), v)
	if err != nil {
		return nil, err
	}
	view.How = s.clocksHow(lang, v, deadline)
	for _, e := range slices.Backward(v.Instructions) {
		leader, _ := e.Detail["leader"].(string)
		view.Instructions = append(view.Instructions, instructionView{
			s.words.in(lang, "case.instruction", leader, wording.Date(e.At, lang, s.loc)), e.Text,
		})
	}
	view.Clocks = s.clocksOf(lang, v, now)
	view.Facts = s.factsOf(lang, v)
	view.Accused = s.accusedOf(lang, v)
	if err := s.addContact(c, v, view); err != nil {
		return nil, err
	}
	names, err := s.departmentNames(c)
	if err != nil {
		return nil, err
	}
	view.Steps = s.historyOf(lang, v, v.History, names)
	if view.Present, err = s.presenceOf(c, v); err != nil {
		return nil, err
	}
	view.Version = v.Version
	view.Conflict = s.conflictOf(c, v, typed, names)
	for _, a := range v.Assists {
		view.Assists = append(view.Assists, s.assistOf(lang, a))
	}
	signs, err := s.signsOf(c, v)
	if err != nil {
		return nil, err
	}
	for i := range v.Replies {
		r := &v.Replies[i]
		if r.Status == cases.HandedIn && s.actor(c).Is(people.Clerk) { // it stands in its own place
			view.Signs = signs[r.ID]
			view.InHand = s.filesOn(lang, v, func(f cases.File) bool { return f.ReplyID == r.ID })
			continue
		}
		reply := s.replyOf(lang, v, r)
		reply.Signs = signs[r.ID]
		view.Replies = append(view.Replies, reply)
	}
	s.addChecks(c, v, view)
	s.addSuggestion(c, v, view)
	s.addRepeats(c, v, view)
	s.addPast(c, v, view)
	s.addWriter(c, v, view)
	view.Proposals = s.proposalsOf(lang, v)
	if err := s.addNotes(c, v, view); err != nil {
		return nil, err
	}
	if err := s.addPublication(c, v, view); err != nil {
		return nil, err
	}
	return view, s.addDeeds(c, v, view, typed)
}

// caseFlags are the facts beside the state.
func caseFlags(v *cases.View, now time.Time, urgency func(due, now time.Time) string) []string {
	var flags []string
	add := func(name string, is bool) {
		if is {
			flags = append(flags, name)
		}
	}
	running := v.State.Open() && !v.DueAt.IsZero()
	add("instruction", v.Instructed)
	add("overdue", v.Overdue(now))
	add("due_today", running && urgency(v.DueAt.Time, now) == "today")
	add("returned", v.State == cases.Screened && slices.ContainsFunc(v.History, func(e cases.Entry) bool { return e.Verb == people.Return || e.Verb == people.BackToOffice }))
	add("waiting", !v.WaitingSince.IsZero())
	add("approval", !v.ProposedAt.IsZero())
	add("extended", v.Extension == cases.ExtensionGranted)
	add("provisional", v.Provisional)
	add("confidential", v.Confidential)
	add("rework", v.Round > 1)
	// The red card comes after the yellow and says more.
	add("yellow_card", !v.YellowAt.IsZero() && v.RedAt.IsZero())
	add("red_card", !v.RedAt.IsZero())
	return flags
}

// clocksOf shows both clocks side by side, so that nobody is blamed for another's delay.
func (s *Server) clocksOf(lang errs.Lang, v *cases.View, now time.Time) []clockView {
	writer := s.clock(lang, v.State.Open(), v.DueAt, v.AnsweredAt, now)
	writer.Label = s.words.in(lang, "case.writers_clock")
	if v.Provisional {
		writer.Note = s.words.in(lang, "case.provisional")
	}
	clocks := []clockView{writer}
	if v.LeadID == 0 {
		return clocks
	}
	department := s.clock(lang, v.State.Open(), v.DepartmentDueAt, v.RepliedAt, now)
	department.Label = s.words.in(lang, "case.departments_clock", v.Lead)
	switch {
	case v.DepartmentProvisional:
		department.Note = s.words.in(lang, "case.provisional")
	case department.Due != nil:
		department.Note = s.words.in(lang, "case.departments_clock.how")
	}
	return append(clocks, department)
}

func (s *Server) clock(lang errs.Lang, open bool, due, done migrations.Instant, now time.Time) clockView {
	switch {
	case due.IsZero():
		return clockView{Text: s.words.in(lang, "desk.no_due")}
	case !done.IsZero() && done.After(due.Time):
		return clockView{Late: true, Text: s.words.in(lang, "case.done_late", wording.DateTime(done.Time, lang, s.loc), wording.DateTime(due.Time, lang, s.loc))}
	case !done.IsZero():
		return clockView{Text: s.words.in(lang, "case.done_on_time", wording.DateTime(done.Time, lang, s.loc), wording.DateTime(due.Time, lang, s.loc))}
	case !open:
		return clockView{Text: s.words.in(lang, "case.clock_stopped")}
	}
	at := due.In(s.loc)
	return clockView{Due: &at, Left: s.left(lang, at, now), Urgency: s.urgency(at, now)}
}

// factsOf is what is known of the letter.
func (s *Server) factsOf(lang errs.Lang, v *cases.View) []factView {
	var facts []factView
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, factView{Key: s.words.in(lang, key), Value: value})
		}
	}
	add("case.kind", wording.KindName(lang, v.Kind))
	add("case.channel", wording.ChannelName(lang, v.Channel))
	add("case.topic", v.Topic)
	add("case.district", v.District)
	add("case.received", wording.DateTime(v.ReceivedAt.Time, lang, s.loc))
	add("case.lead", v.Lead)
	add("case.holder", v.Holder)
	if v.AnsweredBy != v.Lead {
		add("case.answered_by", v.AnsweredBy)
	}
	add("case.consent", s.words.in(lang, "case.consent."+strconv.FormatBool(v.Consent)))
	if v.Rating != 0 {
		add("case.rating", s.ratingOf(lang, &v.Handling))
	}
	if v.Into != "" {
		facts = append(facts, factView{Key: s.words.in(lang, "case.into"), Value: v.Into, Href: "/cases/" + v.Into})
	}
	facts = append(facts, s.splitFacts(lang, v)...)
	for _, number := range v.Merged {
		facts = append(facts, factView{Key: s.words.in(lang, "case.merged"), Value: number, Href: "/cases/" + number})
	}
	add("case.source", v.Source)
	add("case.source_number", v.SourceNumber)
	return facts
}

func (s *Server) ratingOf(lang errs.Lang, v *cases.Handling) string {
	text := wording.GradeName(lang, v.Rating)
	if v.Resolved != nil {
		text += " · " + s.words.in(lang, "case.resolved."+strconv.FormatBool(*v.Resolved))
	}
	if s.words.has("case.rated_by." + v.RatingSource) {
		text += " · " + s.words.in(lang, "case.rated_by."+v.RatingSource)
	}
	return text
}

// subjectOf is what the permission table needs to know of the case.
func subjectOf(v *cases.View) people.Subject {
	subject := people.Subject{Case: int64(v.ID), Lead: v.LeadID}
	for _, a := range v.Assists {
		subject.Assists = append(subject.Assists, a.DepartmentID)
	}
	return subject
}

func (s *Server) assistOf(lang errs.Lang, a cases.Assist) assistView {
	view := assistView{Department: a.Department, Body: a.Body}
	switch {
	case !a.ContributedAt.IsZero():
		view.Text = s.words.in(lang, "case.contributed", wording.DateTime(a.ContributedAt.Time, lang, s.loc))
	case a.DueAt.IsZero():
		view.Text = s.words.in(lang, "desk.no_due")
	default:
		view.Text = s.words.in(lang, "case.contribution_due", wording.DateTime(a.DueAt.Time, lang, s.loc))
	}
	return view
}

func (s *Server) replyOf(lang errs.Lang, v *cases.View, r *cases.ReplyView) replyView {
	at := r.HandedInAt
	if !r.AnsweredAt.IsZero() {
		at = r.AnsweredAt
	}
	meta := []string{wording.DateTime(at.Time, lang, s.loc)}
	for _, who := range []string{r.Department, r.Author} {
		if who != "" {
			meta = append(meta, who)
		}
	}
	return replyView{
		Title: s.words.in(lang, "case.reply."+string(r.Status)), Meta: strings.Join(meta, " · "), Body: r.Body, Comment: r.Comment,
		Answer: r.Status == cases.AnsweredReply, Files: s.filesOn(lang, v, func(f cases.File) bool { return f.ReplyID == r.ID }),
	}
}

// departmentNames gives the names for the numbers in events.
func (s *Server) departmentNames(c echo.Context) (map[int64]string, error) {
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(all))
	for _, d := range all {
		names[d.ID] = d.Name
	}
	return names, nil
}
