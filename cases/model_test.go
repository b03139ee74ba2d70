package cases_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// TestLongCasesFollowTheModelWhateverIsDoneToThem walks at random through all verbs, with random people at random
// times, while a simple model of a case walks along. The model says what may be done, which state it leads to
// and which due times hold; after every step the case and its record must agree with it, and every rule of the
// domain must hold.
func TestLongCasesFollowTheModelWhateverIsDoneToThem(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		lenient, leader, signs := c.lenient(t), c.signing(t), true
		rapid.Check(t, func(rt *rapid.T) {
			c.clock.Add(time.Hour)
			w := &walk{T: t, city: c, lenient: lenient, leader: &leader, signs: &signs, models: map[cases.ID]*model{}}
			for range rapid.IntRange(1, 2).Draw(rt, "letters") {
				w.receive()
			}
			rt.Repeat(map[string]func(*rapid.T){
				"":         w.check,
				"time":     w.passTime,
				"do":       w.step,
				"do more":  w.step,
				"do again": w.step,
				"elapse":   w.elapse,
				"calendar": w.correctCalendar,
				"merge":    w.mergeDepartment,
			})
			for id := range w.models {
				w.checkRecord(rt, id)
			}
		})
	})
}

// walk is one random walk.
type walk struct {
	*testing.T
	*city

	lenient int64
	leader  *people.Actor // of the roads, whose replies they sign off; a merge that one walk does is there in the next
	signs   *bool         // the roads want that
	ids     []cases.ID
	models  map[cases.ID]*model
	touched []cases.ID
	loads   int
	crowded bool // enough cases: no more are split
	merges  int
}

// model is what the simple model knows of a case: no tables, no events, only what a clerk would remember.
type model struct {
	state          cases.State
	received, due  time.Time // due of the running round
	unextended     time.Time
	calendar       *sla.Calendar // by which the writer was promised
	round          int
	lead           int64
	routed         time.Time
	answered       time.Time // in the running round
	first          *firstResult
	extension      cases.ExtensionState
	extendedBefore bool // in the first round
	waiting        bool
	proposed       bool // a reply waits for the leader
	rated          bool
	discontent     bool
	reworkAsked    bool
	reworkDone     bool // asked and decided, or granted
	orderTo        int64
	policy         int64
	assists        []int64
	contributed    map[int64]bool
	everOverdue    bool // marked in this round
}

// firstResult is what came of the first round, which nothing may change.
type firstResult struct {
	answered, due time.Time
	rating        int64
}

func (w *walk) receive() {
	r := w.submit(w.T, aLetter())
	v := w.look(w.T, r.ID)
	w.ids = append(w.ids, r.ID)
	w.models[r.ID] = &model{
		state: cases.Received, received: v.ReceivedAt.Time, due: r.Due, unextended: r.Due, round: 1,
		policy: v.PolicyVersion, contributed: map[int64]bool{}, calendar: w.desk.Calendar(),
	}
	w.touched = []cases.ID{r.ID}
}

func (w *walk) passTime(rt *rapid.T) {
	w.clock.Add(time.Duration(rapid.IntRange(0, 30*3600).Draw(rt, "seconds")) * time.Second)
}

// workingDays walks day by day, as one does with a calendar on the wall.
func dueAfter(k *sla.Calendar, from time.Time, n int) time.Time {
	day := sla.DateOf(from, sla.Shanghai)
	for n > 0 {
		day++
		if k.IsWorkingDay(day) {
			n--
		}
	}
	return (day + 1).Start(sla.Shanghai).Add(-time.Second)
}

func (w *walk) now() time.Time { return w.clock.Now().Truncate(time.Second) }

// elapse lets the program do what time asks for, and holds that all of it has been done.
func (w *walk) elapse(rt *rapid.T) {
	if _, err := w.desk.Elapse(w.Context()); err != nil {
		rt.Fatal(err)
	}
	if _, err := w.desk.CloseDue(w.Context(), 1000); err != nil {
		rt.Fatal(err)
	}
	now := w.now()
	for _, id := range w.ids {
		m := w.models[id]
		v := w.look(w.T, id)
		if m.waiting && v.WaitingSince.IsZero() {
			m.waiting = false
		}
		if m.extension == cases.ExtensionAsked && now.After(m.due) {
			m.extension = cases.ExtensionLapsed
		}
		if m.state == cases.Answered && v.State == cases.Closed {
			if v.CloseDueAt.After(now) {
				rt.Fatalf("case %d was closed before its time", id)
			}
			m.state = cases.Closed
		}
		open := m.state.Open()
		if open && now.After(m.due) {
			m.everOverdue = true
			if v.OverdueNoticedAt.IsZero() {
				rt.Fatalf("case %d is due since %v, and not marked", id, m.due)
			}
		}
		if !v.AlarmAt.IsZero() && v.AlarmAt.Before(now) {
			rt.Fatalf("case %d still has an alarm at %v, now is %v", id, v.AlarmAt, now)
		}
	}
	w.touched = w.ids
}

// correctCalendar makes the next ordinary weekday but one a day off. What is open and not overdue moves.
func (w *walk) correctCalendar(rt *rapid.T) {
	if w.loads++; w.loads > 1 || rapid.IntRange(0, 7).Draw(rt, "rarely") != 0 {
		return
	}
	if n, err := w.desk.Settle(w.Context(), nil); err != nil {
		rt.Fatal(n, err)
	}
	years := w.desk.Calendar().Years()
	day := w.desk.Calendar().NextWorkingDay(sla.DateOf(w.now(), sla.Shanghai) + 1)
	i := slices.IndexFunc(years, func(y sla.Year) bool { return y.Year == day.Year() })
	if i < 0 || day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		return
	}
	y := years[i]
	y.Off = append(y.Off, sla.Entry{Date: day, Name: "临时放假"})
	if _, err := w.desk.LoadCalendar(w.Context(), people.TheSystem(), []sla.Year{y}, "walk"); err != nil {
		if errs.CodeOf(err) == errs.CodeConflict {
			return
		}
		rt.Fatal(err)
	}
	loaded := w.now()
	if _, err := w.desk.Settle(w.Context(), nil); err != nil {
		rt.Fatal(err)
	}
	for _, m := range w.models {
		if m.state.Open() && !loaded.After(m.due) {
			w.reckon(m)
		}
	}
	w.touched = w.ids
}

// reckon is the writer's clock as the model knows it.
func (w *walk) reckon(m *model) {
	days, from := 2, m.received
	if m.policy == w.lenient {
		days = 10
	}
	if m.round > 1 {
		days = 5
	}
	m.calendar = w.desk.Calendar()
	m.unextended = dueAfter(m.calendar, from, days)
	m.due = m.unextended
	if m.extension == cases.ExtensionGranted {
		m.due = dueAfter(m.calendar, m.unextended, extensionDays)
	}
}

const extensionDays = 2

// step does one verb to one case, as far as the model allows or not.
func (w *walk) step(rt *rapid.T) {
	id := rapid.SampledFrom(w.ids).Draw(rt, "case")
	m := w.models[id]
	verb := rapid.SampledFrom(modelVerbs[w.likely(rt, m)]).Draw(rt, "verb")
	before := w.look(w.T, id)
	err := verb.do(w, rt, id, m)
	if errs.CodeOf(err) == errs.CodeInternal && err != nil {
		rt.Fatalf("%s: %v", verb.verb, err)
	}
	if got, want := err == nil, verb.expect; want != nil {
		if expected := want(w, m, before); got != expected {
			rt.Fatalf("%s of case %d at %s: the program says %v, the model that it %s", verb.verb, id, m.state, err, map[bool]string{true: "works", false: "is refused"}[expected])
		}
	}
	if err == nil {
		w.caughtUp(id, m)
		verb.then(w, id, m)
	}
	w.touched = []cases.ID{id}
}

// caughtUp is what a verb finds done that time has asked for.
func (w *walk) caughtUp(id cases.ID, m *model) {
	v := w.look(w.T, id)
	if m.waiting && v.WaitingSince.IsZero() {
		m.waiting = false
	}
	if m.extension == cases.ExtensionAsked && v.Extension == cases.ExtensionLapsed && w.now().After(m.due) {
		m.extension = cases.ExtensionLapsed
	}
}

// likely is the state to draw verbs for: mostly that of the case, so that walks become long.
func (w *walk) likely(rt *rapid.T, m *model) cases.State {
	if rapid.IntRange(0, 5).Draw(rt, "any") == 0 {
		return ""
	}
	return m.state
}

// check holds the touched cases against the model and the rules.
func (w *walk) check(rt *rapid.T) {
	for _, id := range w.touched {
		w.checkCase(rt, id)
	}
	w.touched = nil
}

func (w *walk) checkCase(rt *rapid.T, id cases.ID) {
	m, v := w.models[id], w.look(w.T, id)
	switch {
	case v.State != m.state:
		rt.Fatalf("case %d is %s, the model says %s", id, v.State, m.state)
	case int(v.Round) != m.round || v.LeadID != m.lead:
		rt.Fatalf("case %d: round %d at %d, the model says %d at %d", id, v.Round, v.LeadID, m.round, m.lead)
	case !v.DueAt.Equal(m.due) || !v.DueUnextendedAt.Equal(m.unextended):
		rt.Fatalf("case %d is due %v (unextended %v), the model says %v (%v)", id, v.DueAt, v.DueUnextendedAt, m.due, m.unextended)
	case v.AnsweredAt.IsZero() != m.answered.IsZero() || !v.AnsweredAt.IsZero() && !v.AnsweredAt.Equal(m.answered):
		rt.Fatalf("case %d was answered %v, the model says %v", id, v.AnsweredAt, m.answered)
	case v.Extension != m.extension:
		rt.Fatalf("case %d: extension %q, the model says %q", id, v.Extension, m.extension)
	case v.WaitingSince.IsZero() == m.waiting:
		rt.Fatalf("case %d waits since %v, the model says %t", id, v.WaitingSince, m.waiting)
	case v.ProposedAt.IsZero() == (m.proposed && slices.Contains(atLead, m.state)):
		rt.Fatalf("case %d waits for the leader since %v, the model says %t", id, v.ProposedAt, m.proposed)
	case !v.AnsweredAt.IsZero() && v.AnsweredAt.Before(v.ReceivedAt.Time):
		rt.Fatalf("case %d was answered before it came", id)
	case v.Version != cases.Version(len(v.History)):
		rt.Fatalf("case %d has version %d and %d events", id, v.Version, len(v.History))
	case v.DueAt.Before(v.DueUnextendedAt.Time):
		rt.Fatalf("case %d: an extension made it due earlier", id)
	}
	if m.first != nil && (v.First == nil || !v.First.AnsweredAt.Equal(m.first.answered) || !v.First.DueAt.Equal(m.first.due) || v.First.Rating != m.first.rating) {
		rt.Fatalf("case %d: the first round was %+v, now %+v", id, m.first, v.First)
	}
	w.checkDepartment(rt, v)
	w.checkEvents(rt, v)
}

// checkDepartment holds the rules of the department's clock.
func (w *walk) checkDepartment(rt *rapid.T, v *cases.View) {
	running := v.State == cases.Routed || v.State == cases.Acknowledged
	if running != (v.LeadID != 0 && v.State.Open() && v.State != cases.Replied) {
		rt.Fatalf("case %d: %s at department %d", v.ID, v.State, v.LeadID)
	}
	if !v.WaitingSince.IsZero() && !running {
		rt.Fatalf("case %d waits for the writer while it is %s", v.ID, v.State)
	}
	if v.LeadID == 0 {
		return
	}
	// A calendar that moves the promise leaves the clock of a department that is late, or has replied.
	if v.RepliedAt.IsZero() && !w.now().After(v.DepartmentDueAt.Time) && v.DepartmentDueAt.Before(v.DueAt.Time) {
		rt.Fatalf("case %d: the department's due time %v lies before the case's %v", v.ID, v.DepartmentDueAt, v.DueAt)
	}
	d, err := w.desk.DeadlineOf(w.Context(), v)
	if err != nil {
		rt.Fatal(err)
	}
	if !d.Writer.Due.Equal(v.DueAt.Time) || d.Department == nil || !d.Department.Due.Equal(v.DepartmentDueAt.Time) {
		rt.Fatalf("case %d: explained as %v and %v, stored %v and %v", v.ID, d.Writer.Due, d.Department, v.DueAt, v.DepartmentDueAt)
	}
}

// checkEvents holds what the record may say.
func (w *walk) checkEvents(rt *rapid.T, v *cases.View) {
	type key struct {
		round      float64
		department float64
		card       string
	}
	overdue, cards := map[float64]int{}, map[key]int{}
	for i, e := range v.History {
		if i > 0 && e.At.Before(v.History[i-1].At) {
			rt.Fatalf("case %d: events out of order", v.ID)
		}
		switch e.Verb { //nolint:exhaustive // the others are told by the model
		case people.MarkOverdue:
			round, _ := e.Detail["round"].(float64)
			overdue[round]++
			if due, _ := e.Detail["due_at"].(float64); e.At.Unix() <= int64(due) {
				rt.Fatalf("case %d was marked overdue at %v, due %v", v.ID, e.At, due)
			}
		case people.Card:
			round, _ := e.Detail["round"].(float64)
			department, _ := e.Detail["department"].(float64)
			card, _ := e.Detail["card"].(string)
			cards[key{round, department, card}]++
			if after, _ := e.Detail["after"].(float64); e.At.Unix() <= int64(after) {
				rt.Fatalf("case %d got a card too early", v.ID)
			}
			yellow := 0
			for k, n := range cards {
				if k.round == round && k.card == "yellow" && w.present(int64(k.department)) == w.present(int64(department)) {
					yellow += n
				}
			}
			if card == "red" && yellow == 0 {
				rt.Fatalf("case %d got a red card without a yellow one", v.ID)
			}
		}
	}
	for round, n := range overdue {
		if n > 1 {
			rt.Fatalf("case %d was marked overdue %d times in round %v", v.ID, n, round)
		}
	}
	for k, n := range cards {
		if n > 1 {
			rt.Fatalf("case %d got %d cards %+v", v.ID, n, k)
		}
	}
}

// checkRecord holds what is too much to hold after every step.
func (w *walk) checkRecord(rt *rapid.T, id cases.ID) {
	if err := w.desk.Verify(w.Context(), id); err != nil {
		rt.Fatal(err)
	}
	recordHolds(rt, w.city, id)
	checkFacts(rt, w.city, id)
	for _, table := range []string{"waits WHERE ended_at IS NULL AND case_id = ?", "orders WHERE answered_at IS NULL AND released_at IS NULL AND case_id = ?"} {
		var n int
		if err := w.db.Read.NewRaw("SELECT count(*) FROM "+table, id).Scan(w.Context(), &n); err != nil || n > 1 {
			rt.Fatalf("%d %s, %v", n, table, err)
		}
	}
	var validity string
	err := w.db.Read.NewRaw("SELECT validity FROM facts WHERE case_id = ? AND valid_to = ?", id, migrations.Forever).Scan(w.Context(), &validity)
	want := map[cases.State]string{cases.Declined: "invalid", cases.Withdrawn: "invalid", cases.Merged: "duplicate"}[w.models[id].state]
	if want == "" {
		want = "valid"
	}
	if err != nil || validity != want {
		rt.Fatalf("case %d counts as %s, want %s (%v)", id, validity, want, err)
	}
}
