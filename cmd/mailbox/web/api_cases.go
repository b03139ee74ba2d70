package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"mailbox/cases"
	"mailbox/migrations"
	"mailbox/sla/report"
)

// unitJSON is a department as a case names it.
type unitJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func unitOf(id int64, name string) *unitJSON {
	if id == 0 {
		return nil
	}
	return &unitJSON{id, name}
}

// briefJSON is a case in a list: nothing of the writer, and not what they wrote.
type briefJSON struct {
	Number          string         `json:"number"`
	Title           string         `json:"title"`
	State           cases.State    `json:"state"`
	Channel         string         `json:"channel"`
	Kind            string         `json:"kind"`
	Topic           string         `json:"topic"`
	District        string         `json:"district"`
	Department      *unitJSON      `json:"department"`
	Round           int64          `json:"round"`
	Confidential    bool           `json:"confidential"`
	Instructed      bool           `json:"instructed"`
	ReceivedAt      *report.Moment `json:"received_at"`
	DueAt           *report.Moment `json:"due_at"`
	Provisional     bool           `json:"provisional"`
	RoutedAt        *report.Moment `json:"routed_at"`
	DepartmentDueAt *report.Moment `json:"department_due_at"`
	RepliedAt       *report.Moment `json:"replied_at"`
	AnsweredAt      *report.Moment `json:"answered_at"`
	Overdue         bool           `json:"overdue"` // open, and the writer's clock has run out
	Rating          *int64         `json:"rating"`  // 5 very satisfied … 1 very dissatisfied
}

func (s *Server) briefs(items []cases.Item, now time.Time) []briefJSON {
	all := make([]briefJSON, len(items))
	for i := range items {
		c := &items[i]
		all[i] = briefJSON{
			Number: c.Number(), Title: c.Title, State: c.State, Channel: c.Channel, Kind: c.Kind, Topic: c.Topic, District: c.District,
			Department: unitOf(c.LeadID, c.Lead), Round: c.Round, Confidential: c.Confidential, Instructed: c.Instructed,
			ReceivedAt: s.moment(c.ReceivedAt.Time), DueAt: s.moment(c.DueAt.Time), Provisional: c.Provisional,
			RoutedAt: s.moment(c.RoutedAt.Time), DepartmentDueAt: s.moment(c.DepartmentDueAt.Time),
			RepliedAt: s.moment(c.RepliedAt.Time), AnsweredAt: s.moment(c.AnsweredAt.Time),
			Overdue: overdue(c.State, c.DueAt, now), Rating: oneOrNone(c.Rating),
		}
	}
	return all
}

func overdue(state cases.State, due migrations.Instant, now time.Time) bool {
	return state.Open() && !due.IsZero() && now.Truncate(time.Second).After(due.Time)
}

// oneOrNone is a number of which 0 says that there is none.
func oneOrNone(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// caseListJSON are the cases that were looked for.
type caseListJSON struct {
	Cases []briefJSON `json:"cases"`
	Next  *string     `json:"next"`
}

// apiCases goes through the cases that a search finds, the newest letters first.
func (s *Server) apiCases(c echo.Context) error {
	v, q := visitOf(c), questionOf(c)
	days := func(name string) cases.Days {
		return cases.Days{From: q.day(name + "_from"), Through: q.day(name + "_through")}
	}
	asked := cases.Search{
		Words: q.text("words"), State: oneOf(q, "state", cases.States), Standing: oneOf(q, "standing", cases.Standings),
		Kind: oneOf(q, "kind", cases.Kinds), Channel: oneOf(q, "channel", cases.Channels), Topic: q.text("topic"), District: q.text("district"),
		Department: q.number("department", 0), Part: oneOf(q, "part", []cases.Part{cases.LeadPart, cases.AssistingPart}),
		Received: days("received"), Due: days("due"), Answered: days("answered"), Hidden: q.yes("confidential"),
	}
	limit, from := s.limit(q), cases.Newest
	q.cursor(&from)
	if err := q.done(); err != nil {
		return err
	}
	items, next, err := s.Desk.SearchOn(c.Request().Context(), s.actor(c), asked, from, limit)
	if err != nil {
		return err
	}
	out := caseListJSON{Cases: s.briefs(items, v.now)}
	if next != nil {
		place := cursor(*next)
		out.Next = &place
	}
	return c.JSON(http.StatusOK, out)
}

// clockJSON is one of the two clocks of a round.
type clockJSON struct {
	From            *report.Moment `json:"from"` // null while the department's has not begun
	DueAt           *report.Moment `json:"due_at"`
	UnextendedDueAt *report.Moment `json:"unextended_due_at"`
	Provisional     bool           `json:"provisional"`
	EndedAt         *report.Moment `json:"ended_at"` // by the answer, or the department's reply
	WorkingDays     *int64         `json:"working_days"`
	OnTime          *bool          `json:"on_time"` // null while it runs and is not late, and where there is no due time
}

// roundJSON is the handling of one round.
type roundJSON struct {
	Writer     clockJSON  `json:"writer"`
	Department *clockJSON `json:"department"`
	AnsweredBy *unitJSON  `json:"answered_by"`
	Extension  string     `json:"extension"` // "", asked, granted, refused, lapsed
	ExtendedBy int64      `json:"extension_days"`
	Rating     *int64     `json:"rating"`
	Resolved   *bool      `json:"resolved"`
}

// assistJSON is the part of a department that assists.
type assistJSON struct {
	Department    unitJSON       `json:"department"`
	DueAt         *report.Moment `json:"due_at"`
	ContributedAt *report.Moment `json:"contributed_at"`
}

// caseJSON is a case with its clocks: nothing of the writer, and no text but the title.
type caseJSON struct {
	briefJSON

	Version        cases.Version     `json:"version"`
	PolicyVersion  int64             `json:"policy_version"`
	ScreenedAt     *report.Moment    `json:"screened_at"`
	AcknowledgedAt *report.Moment    `json:"acknowledged_at"`
	ClosedAt       *report.Moment    `json:"closed_at"`
	WaitingUntil   *report.Moment    `json:"waiting_until"`
	YellowAt       *report.Moment    `json:"yellow_at"`
	RedAt          *report.Moment    `json:"red_at"`
	DeclineReason  *string           `json:"decline_reason"`
	Rework         cases.ReworkState `json:"rework"` // "", asked, granted, refused
	MergedInto     *string           `json:"merged_into"`
	Merged         []string          `json:"merged"`
	SplitOf        *string           `json:"split_of"`
	SplitInto      []string          `json:"split_into"`
	Assisting      []assistJSON      `json:"assisting"`
	Clocks         roundJSON         `json:"clocks"`
	FirstRound     *roundJSON        `json:"first_round"` // of a case that is handled again
}

// apiCase is one case.
func (s *Server) apiCase(c echo.Context) error {
	v, q := visitOf(c), questionOf(c)
	if err := q.done(); err != nil {
		return err
	}
	view, err := s.openCase(c)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, s.caseData(view, v.now))
}

func (s *Server) caseData(v *cases.View, now time.Time) caseJSON {
	brief := s.briefs([]cases.Item{{
		ID: v.ID, ReceivedDay: v.ReceivedDay, Title: v.Title, State: v.State, Channel: v.Channel, Kind: v.Kind, Topic: v.Topic, District: v.District,
		LeadID: v.LeadID, Lead: v.Lead, Round: v.Round, Confidential: v.Confidential, Instructed: v.Instructed,
		ReceivedAt: v.ReceivedAt, DueAt: v.DueAt, Provisional: v.Provisional, RoutedAt: v.RoutedAt, DepartmentDueAt: v.DepartmentDueAt,
		RepliedAt: v.RepliedAt, AnsweredAt: v.AnsweredAt, Rating: v.Rating,
	}}, now)[0]
	began := v.ReceivedAt
	if v.Round > 1 {
		began = v.ReworkGrantedAt
	}
	out := caseJSON{
		briefJSON: brief, Version: v.Version, PolicyVersion: v.PolicyVersion,
		ScreenedAt: s.moment(v.ScreenedAt.Time), AcknowledgedAt: s.moment(v.AcknowledgedAt.Time), ClosedAt: s.moment(v.ClosedAt.Time),
		WaitingUntil: s.moment(v.WaitingUntil.Time), YellowAt: s.moment(v.YellowAt.Time), RedAt: s.moment(v.RedAt.Time),
		DeclineReason: textOrNone(v.DeclineReason), Rework: v.Rework, MergedInto: textOrNone(v.Into), Merged: orNone(v.Merged),
		SplitOf: textOrNone(v.SplitOf), SplitInto: orNone(v.SplitInto), Assisting: []assistJSON{},
		Clocks: s.roundData(&v.Handling, began, unitOf(v.AnsweredByID, v.AnsweredBy), v.State.Open(), now),
	}
	for _, a := range v.Assists {
		out.Assisting = append(out.Assisting, assistJSON{unitJSON{a.DepartmentID, a.Department}, s.moment(a.DueAt.Time), s.moment(a.ContributedAt.Time)})
	}
	if v.First != nil {
		first := s.roundData(v.First, v.ReceivedAt, unitOf(v.First.AnsweredByID, v.FirstBy), false, now)
		out.FirstRound = &first
	}
	return out
}

func (s *Server) roundData(h *cases.Handling, began migrations.Instant, by *unitJSON, open bool, now time.Time) roundJSON {
	clock := func(from, due, unextended, ended migrations.Instant, provisional bool, days *int64) clockJSON {
		c := clockJSON{
			From: s.moment(from.Time), DueAt: s.moment(due.Time), UnextendedDueAt: s.moment(unextended.Time),
			Provisional: provisional, EndedAt: s.moment(ended.Time), WorkingDays: days,
		}
		end := ended.Time
		if end.IsZero() {
			end = now.Truncate(time.Second)
		}
		// Running and not late yet, or ended without an answer: nothing is judged.
		if late := end.After(due.Time); !due.IsZero() && (!ended.IsZero() || open && late) {
			onTime := !late
			c.OnTime = &onTime
		}
		return c
	}
	r := roundJSON{
		Writer:     clock(began, h.DueAt, h.DueUnextendedAt, h.AnsweredAt, h.Provisional, h.Days),
		AnsweredBy: by, Extension: string(h.Extension), ExtendedBy: h.ExtensionDays, Rating: oneOrNone(h.Rating), Resolved: h.Resolved,
	}
	if !h.RoutedAt.IsZero() {
		department := clock(h.RoutedAt, h.DepartmentDueAt, migrations.Instant{}, h.RepliedAt, h.DepartmentProvisional, h.DepartmentDays)
		r.Department = &department
	}
	return r
}

func textOrNone(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// orNone is a list that is empty rather than null.
func orNone(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

// apiDepartmentJSON is a department as it stands.
type apiDepartmentJSON struct {
	ID          int64          `json:"id"`
	Code        string         `json:"code"`
	Name        string         `json:"name"`
	Kind        string         `json:"kind"`
	Confirmed   bool           `json:"confirmed"`
	TakesCases  bool           `json:"takes_cases"`
	SuccessorID *int64         `json:"successor_id"`
	Since       *report.Moment `json:"since"`
	EndedAt     *report.Moment `json:"ended_at"`
}

// apiDepartments lists all departments, those that have ended among them.
func (s *Server) apiDepartments(c echo.Context) error {
	if err := questionOf(c).done(); err != nil {
		return err
	}
	all, err := s.Directory.Departments(c.Request().Context())
	if err != nil {
		return err
	}
	out := struct {
		Departments []apiDepartmentJSON `json:"departments"`
	}{[]apiDepartmentJSON{}}
	for _, d := range all {
		out.Departments = append(out.Departments, apiDepartmentJSON{
			ID: d.ID, Code: d.Code, Name: d.Name, Kind: d.Kind, Confirmed: !d.Unconfirmed, TakesCases: d.TakesCases(),
			SuccessorID: oneOrNone(d.SuccessorID), Since: s.moment(d.Since), EndedAt: s.moment(d.EndedAt),
		})
	}
	return c.JSON(http.StatusOK, out)
}
