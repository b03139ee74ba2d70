package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/wording"
)

// deed is a verb as the page of a case offers it: the fields it asks for, and how they reach the desk.
type deed struct {
	verb people.Verb
	// weight says where it stands: the first main deed that can be done is the page's primary action;
	// quick ones are a button and nothing else; the others are folded.
	weight deedWeight
	danger bool
	draft  bool // what is typed survives a closed tab
	files  bool // files can be attached
	fields func(*deedForm) []fieldView
	do     func(context.Context, *cases.Desk, deedCall) error
	// also narrows when it is offered, beyond the permission and the transition table. The desk
	// judges again: this only spares people a form that would be refused.
	also func(*offer) bool
}

// offer is what the conditions of also judge by.
type offer struct {
	*cases.View
	actor    people.Actor
	now      time.Time
	versions []int64 // of the policies there are
}

type deedWeight int

const (
	folded deedWeight = iota
	quick
	main
)

// deedCall is one deed as somebody asked for it.
type deedCall struct {
	actor people.Actor
	id    cases.ID
	seen  cases.Version
	verb  people.Verb
	form  form
	files []files.Clean
	wrong error // with the files
}

// text and line read a field of the deed's own form. Names carry the verb, because several forms stand
// on one page and no two fields may share an identity.
func (d deedCall) text(name string) string { return d.form.text(fieldName(d.verb, name)) }
func (d deedCall) line(name string) string { return d.form.line(fieldName(d.verb, name)) }

func fieldName(verb people.Verb, name string) string { return deedPath(verb) + "-" + name }

// deedPath is the verb as it stands in addresses.
func deedPath(verb people.Verb) string { return strings.ReplaceAll(string(verb), "_", "-") }

// deeds are all verbs of the staff in the order in which they are offered. What somebody waits for a
// decision on comes first; its other half stands with it (addDeeds).
var deeds = []deed{
	{verb: people.GrantExtension, weight: main, fields: grantExtensionFields, do: doGrantExtension, also: extensionWaits},
	{verb: people.RefuseExtension, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).RefuseExtension), also: extensionWaits},
	{verb: people.GrantRework, weight: main, fields: grantReworkFields, do: doGrantRework, also: reworkWaits},
	{verb: people.RefuseRework, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).RefuseRework), also: reworkWaits},
	{verb: people.Answer, weight: main, draft: true, fields: answerFields, do: doAnswer},
	{verb: people.SendBack, weight: folded, fields: sendBackFields, do: withText("comment", (*cases.Desk).SendBack)},
	{verb: people.Route, weight: main, fields: routeFields, do: doRoute},
	{verb: people.SignOff, weight: main, fields: signOffFields, do: doSignOff, also: proposalWaits},
	{verb: people.TurnBack, weight: folded, fields: oneText("comment", cases.MaxReason), do: withText("comment", (*cases.Desk).TurnBack), also: proposalWaits},
	{verb: people.Propose, weight: main, draft: true, files: true, fields: proposeFields, do: doPropose, also: mayPropose},
	{verb: people.Reply, weight: main, draft: true, files: true, fields: oneText("reply", cases.MaxReply), do: doReply, also: needsNoApproval},
	{verb: people.Contribute, weight: main, draft: true, fields: oneText("reply", cases.MaxReply), do: withText("reply", (*cases.Desk).Contribute), also: owesContribution},
	{verb: people.TakeBack, weight: quick, do: plainly((*cases.Desk).TakeBack), also: justRouted},
	{verb: people.Acknowledge, weight: quick, do: plainly((*cases.Desk).Acknowledge), also: notSigned},
	{verb: people.AnswerOrder, weight: folded, draft: true, fields: oneText("text", cases.MaxReply), do: withText("text", (*cases.Desk).AnswerOrder), also: orderForActor},
	{verb: people.Assign, weight: folded, fields: assignFields, do: doAssign},
	{verb: people.AskWriter, weight: folded, fields: oneText("question", cases.MaxReason), do: withText("question", (*cases.Desk).AskWriter), also: mayWait},
	{verb: people.AskExtension, weight: folded, fields: askExtensionFields, do: doAskExtension, also: mayAskExtension},
	{verb: people.Remind, weight: folded, fields: oneText("text", cases.MaxReason), do: withText("text", (*cases.Desk).Remind), also: hasLead},
	{verb: people.Order, weight: folded, fields: orderFields, do: doOrder, also: noOrderOpen},
	{verb: people.Accept, weight: folded, do: plainly((*cases.Desk).Accept)},
	{verb: people.Decline, weight: folded, fields: declineFields, do: doDecline, also: inTimeOrSupervision},
	{verb: people.Return, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).Return), also: mayReturn},
	{verb: people.AskAssist, weight: folded, fields: assistFields, do: doAskAssist},
	{verb: people.Reassign, weight: folded, fields: reassignFields, do: doReassign},
	{verb: people.Merge, weight: folded, fields: mergeFields, do: doMerge, also: inTimeOrSupervision},
	{verb: people.Split, weight: folded, draft: true, fields: splitFields, do: doSplit, also: firstRound},
	{verb: people.RecordRating, weight: folded, fields: ratingFields, do: doRecordRating, also: notOwnAnswer},
	{verb: people.Supplement, weight: folded, draft: true, fields: oneText("reply", cases.MaxReply), do: withText("reply", (*cases.Desk).Supplement)},
	{verb: people.Instruct, weight: folded, fields: instructFields, do: doInstruct},
	{verb: people.Correct, weight: folded, fields: correctFields, do: doCorrect},
	{verb: people.Accuse, weight: folded, fields: accuseFields, do: doAccuse},
	{verb: people.AskException, weight: folded, fields: askExceptionFields, do: withDepartment("reason", (*cases.Desk).AskException), also: mayAskException},
	{verb: people.GrantException, weight: folded, fields: decideExceptionFields, do: withDepartment("comment", (*cases.Desk).GrantException), also: mayDecideException},
	{verb: people.RefuseException, weight: folded, fields: decideExceptionFields, do: withDepartment("comment", (*cases.Desk).RefuseException), also: mayDecideException},
	{verb: people.MarkConfidential, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).MarkConfidential), also: notConfidential},
	{verb: people.LiftConfidential, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).LiftConfidential), also: confidential},
	{verb: people.NewSecret, weight: folded, do: nil}, // its handler shows the secret: newSecret
	{verb: people.Close, weight: folded, do: plainly((*cases.Desk).Close)},
	{verb: people.Void, weight: folded, danger: true, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).Void), also: hasLead},
	{verb: people.Reopen, weight: folded, fields: oneText("reason", cases.MaxReason), do: withText("reason", (*cases.Desk).Reopen)},
	{verb: people.ApplyPolicy, weight: folded, fields: applyPolicyFields, do: doApplyPolicy, also: otherPolicy},
}

func deedOf(verb people.Verb) deed {
	return deeds[slices.IndexFunc(deeds, func(d deed) bool { return d.verb == verb })]
}

// The conditions of also.

func notSigned(o *offer) bool { return o.State == cases.Routed }
func hasLead(o *offer) bool   { return o.LeadID != 0 }

func inTimeOrSupervision(o *offer) bool { return !o.Overdue(o.now) || o.actor.Is(people.Supervisor) }

func confidential(o *offer) bool    { return o.Confidential }
func notConfidential(o *offer) bool { return !o.Confidential }

// mayReturn: in time, and with no order to answer first.
func mayReturn(o *offer) bool { return !o.now.After(o.ReturnUntil) && noOrderOpen(o) }

func notOwnAnswer(o *offer) bool {
	return !o.actor.WorksFor(o.AnsweredByID) && !o.actor.WorksFor(o.LeadID)
}

func owesContribution(o *offer) bool {
	return slices.ContainsFunc(o.Assists, func(s cases.Assist) bool { return o.actor.WorksFor(s.DepartmentID) && s.ContributedAt.IsZero() })
}

// deedForm is what the fields of a deed are made from.
type deedForm struct {
	s           *Server
	lang        errs.Lang
	verb        people.Verb
	v           *cases.View
	self        int64 // the reader's account
	departments []option
	begins      begins
	typed       *form // nil unless this very deed was tried
	wrong       []FieldError
}

// field makes one field, filled with what was typed, else with what it begins with.
func (f *deedForm) field(name, kind, begins string) fieldView {
	view := fieldView{
		Lang: f.lang, Name: fieldName(f.verb, name), Type: kind, Value: begins,
		Label: f.s.words.in(f.lang, "deed.field."+name),
	}
	// One word can mean different things: the text of an order, that of its answer.
	if own := "deed.field." + string(f.verb) + "." + name; f.s.words.has(own) {
		view.Label = f.s.words.in(f.lang, own)
	}
	if f.typed != nil {
		view.Value = readable(f.typed.text(view.Name))
	}
	for _, e := range f.wrong {
		if e.Field == view.Name {
			view.Error = e.Message
		}
	}
	return view
}

// ticked tells whether a box of several was ticked in what was typed.
func (f *deedForm) ticked(name, value string) bool {
	return f.typed != nil && slices.Contains(f.typed.values[fieldName(f.verb, name)], value)
}

// choices is a field whose options are given; a select begins with the choice of none.
func (f *deedForm) choices(name, kind, begins string, options []option) fieldView {
	view := f.field(name, kind, begins)
	view.Options = options
	return view
}

func oneText(name string, most int) func(*deedForm) []fieldView {
	return func(f *deedForm) []fieldView {
		field := f.field(name, "textarea", "")
		field.Max, field.Rows = most, 4
		if most == cases.MaxReply {
			field.Rows = 10
		}
		return []fieldView{field}
	}
}

func answerFields(f *deedForm) []fieldView {
	field := oneText("reply", cases.MaxReply)(f)[0]
	if f.typed == nil {
		for _, r := range f.v.Replies {
			if r.Status == cases.HandedIn {
				field.Value = r.Body
			}
		}
	}
	// As tall as the text, within reason: 30 characters to a line beside the letter.
	field.Rows = max(8, min(24, utf8.RuneCountInString(field.Value)/30+strings.Count(field.Value, "\n")+3))
	return []fieldView{field}
}

// sendBackFields begin with what the reply lacks, where that was asked for.
func sendBackFields(f *deedForm) []fieldView {
	field := oneText("comment", cases.MaxReason)(f)[0]
	if f.typed == nil {
		field.Value = f.begins.comment
	}
	return []fieldView{field}
}

// assistBoxes are the departments that may still be asked.
func (f *deedForm) assistBoxes() fieldView {
	field := f.field("assists", "checkboxes", "")
	field.Optional = f.verb == people.Route
	for _, d := range f.departments[1:] {
		id, err := strconv.ParseInt(d.Value, 10, 64)
		if err != nil || id == f.v.LeadID || slices.ContainsFunc(f.v.Assists, func(a cases.Assist) bool { return a.DepartmentID == id }) {
			continue
		}
		d.Checked = f.ticked("assists", d.Value)
		field.Options = append(field.Options, d)
	}
	// The value of a group of boxes is in its boxes.
	field.Value, field.Inline = "", true
	return field
}

func routeFields(f *deedForm) []fieldView {
	return []fieldView{f.choices("lead", "select", f.begins.route, f.departments), f.assistBoxes()}
}

func assistFields(f *deedForm) []fieldView { return []fieldView{f.assistBoxes()} }

func reassignFields(f *deedForm) []fieldView {
	return append([]fieldView{f.choices("lead", "select", f.begins.reassign, f.departments)}, oneText("reason", cases.MaxReason)(f)...)
}

func declineFields(f *deedForm) []fieldView {
	var options []option
	for _, reason := range cases.DeclineReasons {
		options = append(options, option{
			Value: reason, Label: f.s.words.in(f.lang, "deed.decline."+reason), Hint: wording.DeclineReason(f.lang, reason),
		})
	}
	explanation := oneText("explanation", cases.MaxReason)(f)[0]
	explanation.Hint = f.s.words.in(f.lang, "deed.hint.explanation")
	return []fieldView{f.choices("reason", "radios", "", options), explanation}
}

func mergeFields(f *deedForm) []fieldView {
	field := f.field("into", "text", f.begins.into)
	field.Width, field.Hint = "medium", f.s.words.in(f.lang, "deed.hint.into")
	return []fieldView{field}
}

func ratingFields(f *deedForm) []fieldView {
	var grades []option
	for grade := int64(cases.VerySatisfied); grade >= cases.VeryDissatisfied; grade-- {
		grades = append(grades, option{Value: strconv.FormatInt(grade, 10), Label: wording.GradeName(f.lang, grade)})
	}
	words := oneText("words", cases.MaxReason)(f)[0]
	words.Optional = true
	return []fieldView{
		f.choices("grade", "radios", "", grades),
		f.choices("resolved", "radios", "unsaid", []option{
			{Value: "true", Label: f.s.words.in(f.lang, "case.resolved.true")},
			{Value: "false", Label: f.s.words.in(f.lang, "case.resolved.false")},
			{Value: "unsaid", Label: f.s.words.in(f.lang, "case.resolved.unsaid")},
		}),
		words,
	}
}

func instructFields(f *deedForm) []fieldView {
	leader := f.field("leader", "text", "")
	leader.Width, leader.Max = "medium", 60
	return append([]fieldView{leader}, oneText("note", cases.MaxReason)(f)...)
}

func correctFields(f *deedForm) []fieldView {
	topic, district := f.field("topic", "text", f.v.Topic), f.field("district", "text", f.v.District)
	topic.Optional, district.Optional, topic.Width, district.Width = true, true, "medium", "medium"
	return []fieldView{f.choices("kind", "select", f.v.Kind, f.s.kindOptions(f.lang, false)), f.choices("channel", "select", f.v.Channel, f.s.channelOptions(f.lang, false)), topic, district}
}

// deedView is a deed ready for the page.
type deedView struct {
	Verb, Action, Title, Hint, Button, Kind string
	Path                                    string
	Fields                                  []fieldView
	Version                                 cases.Version
	Draft                                   string
	Open                                    bool
	Files                                   *fieldView // a choice of files
	Preview                                 string     // where it is shown as its reader will see it, "" nowhere
	Fill                                    string     // where it is sent to have a text filled in, "" nowhere
	Returned                                bool       // it carries what was typed before
	Templates                               *fieldView // what it can begin with
	Offered                                 *offeredView
}

// addDeeds offers exactly what this person may do with this case now: what the permission table and the
// transition table both allow.
func (s *Server) addDeeds(c echo.Context, v *cases.View, view *caseView, typed typedDeed) error {
	a, now := s.actor(c), visitOf(c).now
	departments, err := s.departmentOptions(c, true)
	if err != nil {
		return err
	}
	offered, preset := false, beginsOf(c, view)
	o := &offer{v, a, now, s.Desk.PolicyVersions()}
	for _, d := range deeds {
		if !o.may(d) {
			if d.draft && typed.verb != d.verb {
				view.DoneDrafts = append(view.DoneDrafts, draftOf(d.verb, v))
			}
			continue
		}
		one := s.deedViewOf(c, d, v, departments, typed, preset)
		offered = offered || one.Open
		if view.Conflict != nil && typed.verb == d.verb {
			view.Conflict.Send = "do-" + one.Path
		}
		switch {
		case d.weight == main && view.Primary == nil:
			one.Kind = "primary"
			view.Primary = &one
		case d.weight == quick:
			view.Quick = append(view.Quick, one)
		default:
			view.Others = append(view.Others, one)
		}
	}
	view.pairUp()
	if typed.verb != "" && !offered {
		view.Kept = s.keptTexts(c, v, departments, typed)
		if view.Conflict != nil && view.Conflict.Pair != nil { // it stands beside the other's
			compared := typedText(typed)
			view.Kept = slices.DeleteFunc(view.Kept, func(k keptView) bool { return kept(k.Text) == compared })
		}
	}
	return nil
}

// pairUp puts a judgement and its other half together: answering and sending back, granting and refusing.
func (view *caseView) pairUp() {
	if view.Primary == nil {
		return
	}
	other, judged := map[string]people.Verb{
		string(people.Answer):         people.SendBack,
		string(people.GrantExtension): people.RefuseExtension,
		string(people.GrantRework):    people.RefuseRework,
		string(people.SignOff):        people.TurnBack,
	}[view.Primary.Verb]
	if !judged {
		return
	}
	if other == people.SendBack {
		view.Review, view.Primary = view.Primary, nil
	} else {
		view.Decision, view.Primary = view.Primary, nil
		if other != people.TurnBack { // what that is about stands in its field
			view.takeRequest()
		}
	}
	view.Others = slices.DeleteFunc(view.Others, func(d deedView) bool {
		if d.Verb == string(other) {
			view.Otherwise = &d
		}
		return d.Verb == string(other)
	})
}

// takeRequest puts the request beside the form that decides on it.
func (view *caseView) takeRequest() {
	for i := range view.Time.Requests {
		if view.Time.Requests[i].Waits {
			asked := view.Time.Requests[i]
			view.Asked = &asked
			view.Time.Requests = slices.Delete(view.Time.Requests, i, i+1)
			return
		}
	}
}

// may tells whether a deed is offered.
func (o *offer) may(d deed) bool {
	if _, err := o.actor.Permit(d.verb, subjectOf(o.View)); err != nil || !cases.May(d.verb, o.State) {
		return false
	}
	return d.also == nil || d.also(o)
}

func (s *Server) deedViewOf(c echo.Context, d deed, v *cases.View, departments []option, typed typedDeed, preset begins) deedView {
	lang := visitOf(c).lang
	view := deedView{
		Verb: string(d.verb), Path: deedPath(d.verb), Action: "/cases/" + v.Number() + "/" + deedPath(d.verb),
		Title: wording.VerbName(lang, string(d.verb)), Button: wording.VerbName(lang, string(d.verb)),
		Version: v.Version, Hint: s.deedHint(lang, d.verb, v), Open: typed.verb == d.verb || preset.opens(d.verb),
	}
	if d.danger {
		view.Kind = "danger"
	}
	switch begunOf(d.verb).purpose {
	case "":
	case cases.ForReply:
		view.Preview, view.Fill = view.Action+"/preview", view.Action+"/preview"
		s.addTemplates(c, d, &view, typed)
	case cases.ForDecline, cases.ForSendBack:
		view.Fill = view.Action + "/fill#do-" + view.Path
		s.addTemplates(c, d, &view, typed)
	}
	if d.draft {
		view.Draft = draftOf(d.verb, v)
	}
	if d.fields != nil {
		f := s.deedFormOf(c, d, v, departments, typed)
		f.begins = preset
		view.Fields = d.fields(f)
	}
	if d.files {
		field := fieldView{
			Lang: lang, Name: fieldName(d.verb, "files"), Type: "file", Multiple: true, Accept: fileKinds, Optional: true,
			Label: s.words.in(lang, "files.choose"), Hint: s.words.in(lang, "files.hint"),
		}
		if typed.verb == d.verb {
			field.Error = Page{Errors: typed.wrong}.Wrong(field.Name)
		}
		view.Files = &field
	}
	return view
}

// draftOf names the draft of a deed in the reader's browser. A department's words are its own and stay
// while others work on the case. What begins with another's text (an answer with the reply) or can be
// done again and again (a supplement) belongs to one version: an old draft must not slip into a new text.
func draftOf(verb people.Verb, v *cases.View) string {
	key := v.Number() + "-" + deedPath(verb)
	if verb == people.Propose {
		key += "-" + strconv.Itoa(len(v.Proposals))
	}
	if verb == people.Answer || verb == people.Supplement {
		key += "-" + strconv.FormatInt(int64(v.Version), 10)
	}
	return key
}

func (s *Server) deedFormOf(c echo.Context, d deed, v *cases.View, departments []option, typed typedDeed) *deedForm {
	f := &deedForm{s: s, lang: visitOf(c).lang, verb: d.verb, v: v, self: s.actor(c).Account, departments: departments}
	if typed.verb == d.verb {
		f.typed, f.wrong = &typed.form, typed.wrong
	}
	return f
}

// deedHint says what a deed brings with it, where that does not go without saying.
func (s *Server) deedHint(lang errs.Lang, verb people.Verb, v *cases.View) string {
	switch verb {
	case people.Reply:
		if v.Proposed() != nil {
			return s.words.in(lang, "deed.hint.reply_instead")
		}
		if s.Desk.Policy(&v.Case).Review {
			return s.words.in(lang, "deed.hint.reply_reviewed")
		}
		return s.words.in(lang, "deed.hint.reply_direct")
	case people.SignOff:
		if one := v.Proposed(); one != nil {
			return s.words.in(lang, "deed.hint.sign_off.by", one.Author, wording.DateTime(one.ProposedAt.Time, lang, s.loc))
		}
	case people.Return:
		until, _ := s.Desk.ReturnUntil(&v.Case)
		return s.words.in(lang, "deed.hint.return", wording.DateTime(until.Time, lang, s.loc))
	default:
	}
	if verb == people.LiftConfidential && v.AskedToConfide() {
		return s.words.in(lang, "deed.hint.lift_asked")
	}
	if hint := s.timeHint(lang, verb, v); hint != "" {
		return hint
	}
	if s.words.has("deed.hint." + string(verb)) {
		return s.words.in(lang, "deed.hint."+string(verb))
	}
	return ""
}

// keptTexts saves what was typed for a deed that can no longer be done: it is shown to be copied.
func (s *Server) keptTexts(c echo.Context, v *cases.View, departments []option, typed typedDeed) []keptView {
	d := deedOf(typed.verb)
	if d.fields == nil {
		return nil
	}
	var kept []keptView
	for _, field := range d.fields(s.deedFormOf(c, d, v, departments, typed)) {
		if (field.Type == "textarea" || field.Type == "text") && field.Value != "" {
			kept = append(kept, keptView{field.Label, field.Value})
		}
	}
	return kept
}
