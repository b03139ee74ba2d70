package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// TestLongFiguresAreWhatTheRecordSays plays random histories through the real verbs and compares the figures,
// as of random instants, with a recount that reads nothing but the events.
func TestLongFiguresAreWhatTheRecordSays(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		town := newTown(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			town.now = town.now.Add(24 * time.Hour)
			began := town.now
			for range rapid.IntRange(1, 4).Draw(rt, "letters") {
				town.letter(t, rt)
			}
			for range rapid.IntRange(5, 40).Draw(rt, "steps") {
				town.now = town.now.Add(time.Duration(rapid.IntRange(0, 30*3600).Draw(rt, "seconds")) * time.Second)
				if err := town.step(t.Context(), rt); errs.CodeOf(err) == errs.CodeInternal && err != nil {
					rt.Fatal(err)
				}
			}
			asOf := began.Add(time.Duration(rapid.Int64Range(0, int64(town.now.Sub(began)/time.Second)).Draw(rt, "as of")) * time.Second)
			got, err := report.New(db, sla.Shanghai).Run(t.Context(), report.Query{From: "2026-01-01", To: "2040-01-01", AsOf: asOf})
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(recountConduct(t, db, asOf), conducted(got.Conduct)); diff != "" {
				rt.Fatalf("as of %s the record says of conduct (-), the report (+):\n%s", asOf, diff)
			}
			if diff := cmp.Diff(recountRecord(t, db, asOf), counted(got.Total)); diff != "" {
				rt.Fatalf("as of %s the record says (-), the figures (+):\n%s", asOf, diff)
			}
		})
	})
}

// tallied are the figures that both ways arrive at.
type tallied struct {
	Received, Invalid, Duplicate, Answered, Due, OnTime, Running, OverdueOpen    int64
	DepartmentDue, DepartmentOnTime, Rated, Satisfied, ResolutionAnswers, Solved int64
}

func counted(f report.Figures) tallied {
	return tallied{
		f.Received, f.Invalid, f.Duplicate, f.Answered, f.Due, f.OnTime, f.Running, f.OverdueOpen,
		f.DepartmentDue, f.DepartmentOnTime, f.Rated, f.Satisfied, f.ResolutionAnswers, f.Resolved,
	}
}

// retold is a case as its events tell it.
type retold struct {
	invalid, duplicate           bool
	due, departmentDue           int64 // seconds; 0 none
	repliedAt, answeredAt, grade int64
	resolved                     *bool
	again                        bool // a rework was granted: what follows is another round
}

// tell applies one event; it knows the words of the record and nothing of the program's tables.
func (r *retold) tell(verb people.Verb, at int64, detail map[string]any) {
	number := func(name string) int64 { n, _ := detail[name].(float64); return int64(n) }
	if r.again {
		return // the first round stands for ever
	}
	if verb == people.Route || verb == people.Reassign {
		r.repliedAt = 0
	}
	if _, said := detail["department_due_at"]; said && verb != people.GrantRework && verb != people.Card {
		r.departmentDue = number("department_due_at")
	}
	switch verb { //nolint:exhaustive // the others change no figure
	case people.Split:
		if _, second := detail["split_from"]; second {
			r.due = number("due_at")
		}
	case people.Submit, people.GrantExtension, people.Settle, people.ApplyPolicy:
		r.due = number("due_at")
	case people.GrantRework:
		r.again = true
	case people.Decline, people.Withdraw:
		r.invalid = true
	case people.Reopen:
		r.invalid = false
	case people.Merge:
		r.duplicate = true
	case people.Return:
		r.departmentDue, r.repliedAt = 0, 0
	case people.Reply:
		r.repliedAt = at
	case people.SendBack:
		r.repliedAt = 0
	case people.Answer:
		r.answeredAt = at
	case people.Void:
		r.answeredAt, r.repliedAt, r.grade, r.resolved = 0, 0, 0, nil
	case people.Rate, people.RecordRating:
		r.grade, r.resolved = number("grade"), nil
		if yes, said := detail["resolved"].(bool); said {
			r.resolved = &yes
		}
	}
}

func recountRecord(t *testing.T, db *migrations.DB, asOf time.Time) tallied {
	t.Helper()
	var events []ledger.Event
	if err := db.Read.NewSelect().Model(&events).Where("at <= ?", asOf.Unix()).Order("case_id", "seq").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := map[int64]*retold{}
	for _, e := range events {
		var detail map[string]any
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		if told[e.CaseID] == nil {
			told[e.CaseID] = &retold{}
		}
		told[e.CaseID].tell(people.Verb(e.Verb), e.At.Unix(), detail)
	}
	var c tallied
	for _, r := range told {
		c.add(r, asOf.Unix())
	}
	return c
}

func (c *tallied) add(r *retold, now int64) {
	c.Received++
	switch {
	case r.invalid:
		c.Invalid++
		return
	case r.duplicate:
		c.Duplicate++
		return
	}
	switch {
	case r.answeredAt != 0:
		c.Answered++
		c.Due++
		if r.answeredAt <= r.due {
			c.OnTime++
		}
		if r.grade != 0 {
			c.Rated++
		}
		if r.grade >= 3 {
			c.Satisfied++
		}
		if r.resolved != nil {
			c.ResolutionAnswers++
			if *r.resolved {
				c.Solved++
			}
		}
	case r.due < now:
		c.Due++
		c.OverdueOpen++
	default:
		c.Running++
	}
	if r.departmentDue != 0 && (r.repliedAt != 0 || r.departmentDue < now) {
		c.DepartmentDue++
		if r.repliedAt != 0 && r.repliedAt <= r.departmentDue {
			c.DepartmentOnTime++
		}
	}
}

// What departments reply in the town: one says nothing, the other something. All its letters are about one matter, so
// that no reply counts as near-identical.
const (
	emptyReply = "您好，您反映的问题已转相关部门处理。"
	fullReply  = "经查，主管道接头漏水，抢修队已于当日更换接头，水压恢复正常。"
)

// recountConduct counts conduct from the events alone, "department kind"; whether an answer is one, from its text.
func recountConduct(t *testing.T, db *migrations.DB, asOf time.Time) map[string]int64 {
	t.Helper()
	var events []ledger.Event
	if err := db.Read.NewSelect().Model(&events).Where("at <= ?", asOf.Unix()).Order("case_id", "seq").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	var empty []int64
	if err := db.Read.NewRaw("SELECT id FROM replies WHERE body = ?", emptyReply).Scan(t.Context(), &empty); err != nil {
		t.Fatal(err)
	}
	type standing struct{ lead, answeredBy, hollow int64 } // hollow: counted of the running round
	at := map[int64]*standing{}
	n := map[string]int64{}
	for _, e := range events {
		var detail map[string]any
		if err := json.Unmarshal([]byte(e.Detail), &detail); err != nil {
			t.Fatal(err)
		}
		number := func(name string) int64 { f, _ := detail[name].(float64); return int64(f) }
		s := at[e.CaseID]
		if s == nil {
			s = &standing{}
			at[e.CaseID] = s
		}
		count := func(department int64, kind cases.Conduct) { n[fmt.Sprint(department, " ", kind)]++ }
		late, _ := detail["late"].(bool)
		switch people.Verb(e.Verb) { //nolint:exhaustive // the others are no conduct
		case people.Route:
			s.lead = number("lead")
		case people.Return:
			count(number("from"), cases.Returned)
			s.lead = 0
		case people.Reassign:
			count(number("from"), cases.Reassigned)
			s.lead = number("lead")
		case people.GrantExtension:
			count(s.lead, cases.Extended)
		case people.Answer:
			s.answeredBy = s.lead
			if slices.Contains(empty, number("reply")) {
				count(s.lead, cases.Hollow)
				s.hollow++
			}
		case people.Void:
			count(s.answeredBy, cases.Voided)
			key := fmt.Sprint(s.answeredBy, " ", cases.Hollow)
			if n[key] -= s.hollow; n[key] == 0 {
				delete(n, key)
			}
			s.hollow = 0
		case people.GrantRework:
			count(s.answeredBy, cases.Reworked)
			s.lead, s.hollow = number("lead"), 0
		case people.Remind:
			count(s.lead, cases.RemindedHand)
		case people.Order:
			count(s.lead, cases.Ordered)
		case people.Card:
			card, _ := detail["card"].(string)
			count(number("department"), map[string]cases.Conduct{"yellow": cases.YellowCard, "red": cases.RedCard}[card])
		case people.Decline:
			if late {
				count(s.lead, cases.DeclinedLate)
			}
		case people.Merge:
			if late {
				count(s.lead, cases.MergedLate)
			}
		}
	}
	return n
}

func conducted(lines []report.ConductLine) map[string]int64 {
	n := map[string]int64{}
	for _, line := range lines {
		department := line.DepartmentID
		if department == report.NotRouted {
			department = "0"
		}
		for kind, count := range line.Counts {
			n[department+" "+string(kind)] = count
		}
	}
	return n
}

// town is a desk with a clock that the test moves.
type town struct {
	desk              *cases.Desk
	now               time.Time
	clerk, supervisor people.Actor
	units             []int64
	cases             []cases.ID
}

func newTown(t *testing.T, db *migrations.DB, change ...func(*cases.Config)) *town {
	t.Helper()
	w := &town{now: time.Date(2026, 1, 5, 10, 0, 0, 0, sla.Shanghai)}
	clock := func() time.Time { return w.now }
	directory := people.NewDirectory(db, clock)
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	config := cases.Config{
		PerContact: 1 << 30, // these letters all come from a few invented people
		DB:         db, Directory: directory, Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai), Clock: clock, City: "云湘市", PublicURL: "http://localhost",
	}
	for _, c := range change {
		c(&config)
	}
	w.desk, err = cases.NewDesk(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{"AA", "BB"} {
		id, err := directory.AddDepartment(t.Context(), people.Department{Code: code, Name: "单位" + code, Kind: "bureau"})
		if err != nil {
			t.Fatal(err)
		}
		w.units = append(w.units, id)
	}
	w.clerk = people.Actor{Name: "clerk", Grants: []people.Grant{{Role: people.Clerk}}}
	w.supervisor = people.Actor{Name: "supervisor", Grants: []people.Grant{{Role: people.Supervisor}}}
	return w
}

func (w *town) letter(t *testing.T, rt *rapid.T) {
	t.Helper()
	r, err := w.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Channel: rapid.SampledFrom([]string{"mailbox", "site_error"}).Draw(rt, "channel"), Kind: "help", Title: "题目", Body: "正文",
		Writer: cases.Contact{Name: "某人", Phone: "13900000000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.cases = append(w.cases, r.ID)
}

// step lets somebody try something on one of the latest cases; most tries are refused.
func (w *town) step(ctx context.Context, rt *rapid.T) error {
	id := w.cases[len(w.cases)-1-rapid.IntRange(0, min(4, len(w.cases)-1)).Draw(rt, "case")]
	unit := rapid.SampledFrom(w.units).Draw(rt, "unit")
	const v = cases.AnyVersion
	yes := rapid.Bool().Draw(rt, "yes")
	rating := cases.Rating{Grade: rapid.Int64Range(1, 5).Draw(rt, "grade"), Resolved: &yes}
	if rapid.Bool().Draw(rt, "said nothing of the matter") {
		rating.Resolved = nil
	}
	reply := rapid.SampledFrom([]string{emptyReply, fullReply}).Draw(rt, "reply")
	writer := people.TheWriter(int64(id), errs.ZH)
	tries := map[people.Verb]func() (*cases.Case, error){
		people.Route:        func() (*cases.Case, error) { return w.desk.Route(ctx, w.clerk, id, v, unit) },
		people.Reply:        func() (*cases.Case, error) { return w.desk.Reply(ctx, w.leadOf(ctx, rt, id), id, v, reply) },
		people.Answer:       func() (*cases.Case, error) { return w.desk.Answer(ctx, w.clerk, id, v, "") },
		people.Rate:         func() (*cases.Case, error) { return w.desk.Rate(ctx, writer, id, rating) },
		people.RecordRating: func() (*cases.Case, error) { return w.desk.RecordRating(ctx, w.clerk, id, v, rating) },
		people.Return:       func() (*cases.Case, error) { return w.desk.Return(ctx, w.leadOf(ctx, rt, id), id, v, "不归我们") },
		people.Reassign:     func() (*cases.Case, error) { return w.desk.Reassign(ctx, w.clerk, id, v, unit, "改派") },
		people.SendBack:     func() (*cases.Case, error) { return w.desk.SendBack(ctx, w.clerk, id, v, "请补充") },
		people.Void:         func() (*cases.Case, error) { return w.desk.Void(ctx, w.supervisor, id, v, "有误") },
		people.Decline:      func() (*cases.Case, error) { return w.desk.Decline(ctx, w.supervisor, id, v, "court", "") },
		people.Reopen:       func() (*cases.Case, error) { return w.desk.Reopen(ctx, w.supervisor, id, v, "复核") },
		people.Withdraw:     func() (*cases.Case, error) { return w.desk.Withdraw(ctx, writer, id, "") },
		people.Merge:        func() (*cases.Case, error) { return w.desk.Merge(ctx, w.supervisor, id, v, w.cases[0]) },
		people.Correct: func() (*cases.Case, error) {
			return w.desk.Correct(ctx, w.clerk, id, v, "complaint", "consult", "", "")
		},
		people.AskExtension:   func() (*cases.Case, error) { return w.desk.AskExtension(ctx, w.leadOf(ctx, rt, id), id, v, 3, "忙") },
		people.GrantExtension: func() (*cases.Case, error) { return w.desk.GrantExtension(ctx, w.supervisor, id, v, 2, "同意") },
		people.AskWriter:      func() (*cases.Case, error) { return w.desk.AskWriter(ctx, w.leadOf(ctx, rt, id), id, v, "请补充") },
		people.AddMaterial:    func() (*cases.Case, error) { return w.desk.AddMaterial(ctx, writer, id, "材料") },
		people.AskRework:      func() (*cases.Case, error) { return w.desk.AskRework(ctx, writer, id, "没办好") },
		people.GrantRework:    func() (*cases.Case, error) { return w.desk.GrantRework(ctx, w.supervisor, id, v, unit, "重办") },
		people.Remind:         func() (*cases.Case, error) { return w.desk.Remind(ctx, w.supervisor, id, v, "请抓紧") },
		people.Order:          func() (*cases.Case, error) { return w.desk.Order(ctx, w.supervisor, id, v, 1, "请说明") },
		people.MarkOverdue:    func() (*cases.Case, error) { return nil, second(w.desk.Elapse(ctx)) },
		people.Close:          func() (*cases.Case, error) { return nil, second(w.desk.CloseDue(ctx, 100)) },
	}
	// Mostly what can happen to the case as it stands; a step that is refused teaches little.
	view, err := w.desk.Look(ctx, w.clerk, id)
	if err != nil {
		return err
	}
	var verbs []people.Verb
	for verb := range tries {
		if !cases.May(verb, view.State) {
			continue
		}
		verbs = append(verbs, verb)
		if weight, ok := mainLine[verb]; ok {
			verbs = append(verbs, slices.Repeat([]people.Verb{verb}, weight)...)
		}
	}
	if len(verbs) == 0 {
		return nil
	}
	slices.Sort(verbs)
	_, err = tries[rapid.SampledFrom(verbs).Draw(rt, "verb")]()
	return err
}

// mainLine are the verbs that lead a case on: often enough for long histories.
var mainLine = map[people.Verb]int{
	people.Route: 12, people.Reply: 12, people.Answer: 5, people.SendBack: 5, people.Rate: 4, people.RecordRating: 2, people.Void: 2,
	people.AskExtension: 4, people.GrantExtension: 6, people.AskWriter: 3, people.AddMaterial: 3, people.AskRework: 6, people.GrantRework: 8,
}

// leadOf is somebody of the lead department, one time in eight of the other.
func (w *town) leadOf(ctx context.Context, rt *rapid.T, id cases.ID) people.Actor {
	unit := w.units[0]
	if view, err := w.desk.Look(ctx, w.clerk, id); err == nil && view.LeadID != 0 {
		unit = view.LeadID
	}
	if rapid.IntRange(0, 7).Draw(rt, "stranger") == 0 {
		unit = w.units[1]
	}
	return people.Actor{Name: "handler", Grants: []people.Grant{{Role: people.Handler, Department: unit}}}
}

func second(_ int, err error) error { return err }
