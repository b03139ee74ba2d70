package cases_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// modelVerb is a verb as the model knows it: how it is tried, whether it should work, and what then holds.
type modelVerb struct {
	verb   people.Verb
	in     []cases.State // where it makes sense to try it often
	often  int
	do     func(w *walk, rt *rapid.T, id cases.ID, m *model) error
	expect func(w *walk, m *model, before *cases.View) bool // nil: either
	then   func(w *walk, id cases.ID, m *model)
}

// modelVerbs are the verbs to draw from, by the state of the case; "" has all.
var modelVerbs map[cases.State][]modelVerb

func init() {
	allModelVerbs = append(allModelVerbs, privacyModelVerbs...)
	modelVerbs = map[cases.State][]modelVerb{"": allModelVerbs}
	for _, s := range cases.States {
		for _, v := range allModelVerbs {
			if slices.Contains(v.in, s) {
				modelVerbs[s] = append(modelVerbs[s], slices.Repeat([]modelVerb{v}, 1+v.often)...)
			}
		}
		if len(modelVerbs[s]) == 0 {
			modelVerbs[s] = allModelVerbs
		}
	}
}

var (
	open      = []cases.State{cases.Received, cases.Screened, cases.Routed, cases.Acknowledged, cases.Replied}
	atOffice  = []cases.State{cases.Received, cases.Screened}
	atLead    = []cases.State{cases.Routed, cases.Acknowledged}
	withReply = []cases.State{cases.Routed, cases.Acknowledged, cases.Replied}
	done      = []cases.State{cases.Answered, cases.Closed}
)

// in expects the verb to work just in these states.
func in(states []cases.State) func(*walk, *model, *cases.View) bool {
	return func(_ *walk, m *model, _ *cases.View) bool { return slices.Contains(states, m.state) }
}

func to(state cases.State) func(*walk, cases.ID, *model) {
	return func(_ *walk, _ cases.ID, m *model) { m.state = state }
}

func stays(*walk, cases.ID, *model) {}

func signable(_ *walk, m *model, _ *cases.View) bool {
	return slices.Contains(atLead, m.state) && m.proposed
}

// otherThan is the department that does not lead.
func (w *walk) otherThan(lead int64) int64 {
	if w.present(lead) == w.water {
		return w.roads
	}
	return w.water
}

// handlerOf is somebody of the lead department.
func (w *walk) handlerOf(m *model) people.Actor {
	if w.present(m.lead) == w.roads {
		return *w.leader
	}
	return w.waterworks
}

// gone forgets what belonged to the lead that has the case no more.
func (m *model) gone() {
	m.lead, m.routed = 0, time.Time{}
	m.stop()
}

// stop forgets what the lead had begun.
func (m *model) stop() {
	m.waiting, m.orderTo, m.proposed = false, 0, false
	if m.extension == cases.ExtensionAsked {
		m.extension = ""
	}
}

func (m *model) give(w *walk, lead int64) {
	m.gone()
	m.state, m.lead, m.routed = cases.Routed, lead, w.now()
}

func (m *model) late(now time.Time) bool { return m.state.Open() && now.After(m.due) }

var allModelVerbs = []modelVerb{
	{
		verb: people.Assign, in: withReply, expect: in(withReply), then: stays,
		do: func(w *walk, rt *rapid.T, id cases.ID, m *model) error {
			a := w.handlerOf(m)
			return second(w.desk.Assign(w.Context(), a, id, cases.AnyVersion, rapid.SampledFrom([]int64{0, a.Account}).Draw(rt, "holder")))
		},
	},
	{
		verb: people.Accept, in: atOffice[:1], expect: in(atOffice[:1]), then: to(cases.Screened),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Accept(w.Context(), w.clerk, id, cases.AnyVersion))
		},
	},
	{
		verb: people.Decline, in: atOffice, then: to(cases.Declined),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Decline(w.Context(), w.clerk, id, cases.AnyVersion, "court", ""))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atOffice, m.state) && m.round == 1 && !m.late(w.now())
		},
	},
	{
		verb: people.Reopen, in: []cases.State{cases.Declined}, often: 2, expect: in([]cases.State{cases.Declined}),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Reopen(w.Context(), w.supervisor, id, cases.AnyVersion, "复核"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.gone(); m.state = cases.Screened },
	},
	{
		verb: people.Route, in: atOffice, often: 8,
		do: func(w *walk, rt *rapid.T, id cases.ID, _ *model) error {
			lead := rapid.SampledFrom([]int64{w.water, w.roads}).Draw(rt, "lead")
			return second(w.desk.Route(w.Context(), w.clerk, id, cases.AnyVersion, lead, w.otherThan(lead)))
		},
		expect: in(atOffice),
		then: func(w *walk, id cases.ID, m *model) {
			m.give(w, w.look(w.T, id).LeadID)
			m.assists, m.contributed = []int64{w.otherThan(m.lead)}, map[int64]bool{}
		},
	},
	{
		verb: people.TakeBack, in: atLead[:1],
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.TakeBack(w.Context(), w.clerk, id, cases.AnyVersion))
		},
		expect: func(w *walk, m *model, before *cases.View) bool {
			if m.state != cases.Routed {
				return false
			}
			for _, e := range slices.Backward(before.History) {
				if e.Role != people.System {
					return e.Verb == people.Route && !w.now().After(e.At.Add(cases.TakeBackWithin))
				}
			}
			return false
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.gone(); m.state, m.assists = cases.Screened, nil },
	},
	{
		verb: people.Split, in: atOffice,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			if w.crowded = len(w.ids) > 3; w.crowded {
				return errs.Conflict("enough", "够了")
			}
			second, err := w.desk.Split(w.Context(), w.clerk, id, cases.AnyVersion, cases.Second{
				Title: "另一件事", Body: "路灯也不亮。", Kind: "help", Stays: "水的事。" + strconv.Itoa(len(w.ids)),
			})
			if err != nil {
				return err
			}
			other := *m
			other.everOverdue, other.assists, other.contributed = false, nil, map[int64]bool{}
			w.ids = append(w.ids, second.ID)
			w.models[second.ID] = &other
			return nil
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atOffice, m.state) && m.round == 1 && !w.crowded
		},
		then: stays,
	},
	{
		verb: people.Acknowledge, in: atLead, expect: in(atLead), then: to(cases.Acknowledged),
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.Acknowledge(w.Context(), w.handlerOf(m), id, cases.AnyVersion))
		},
	},
	{
		verb: people.Return, in: atLead,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.Return(w.Context(), w.handlerOf(m), id, cases.AnyVersion, "不归我们"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atLead, m.state) && m.orderTo == 0 && !w.now().After(dueAfter(w.desk.Calendar(), m.routed, 1))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.gone(); m.state, m.assists = cases.Screened, nil },
	},
	{
		verb: people.Reassign, in: atLead,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.Reassign(w.Context(), w.clerk, id, cases.AnyVersion, w.otherThan(m.lead), "改派"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atLead, m.state) && !slices.Contains(m.assists, w.otherThan(m.lead))
		},
		then: func(w *walk, _ cases.ID, m *model) { m.give(w, w.otherThan(m.lead)) },
	},
	{
		verb: people.Contribute, in: withReply,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			helper := w.roadworks
			if w.present(m.lead) == w.roads {
				helper = w.waterworks
			}
			return second(w.desk.Contribute(w.Context(), helper, id, cases.AnyVersion, "协办意见"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			other := w.otherThan(m.lead)
			return slices.Contains(withReply, m.state) && slices.Contains(m.assists, other) && !m.contributed[other]
		},
		then: func(w *walk, _ cases.ID, m *model) { m.contributed[w.otherThan(m.lead)] = true },
	},
	{
		verb: people.Reply, in: atLead, often: 8, expect: in(atLead),
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.Reply(w.Context(), w.handlerOf(m), id, cases.AnyVersion, "答复"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.state, m.waiting, m.proposed = cases.Replied, false, false },
	},
	{
		verb: people.Propose, in: atLead, often: 4,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			a := w.handlerOf(m)
			if w.present(m.lead) == w.roads {
				a = w.roadworks
			}
			return second(w.desk.Propose(w.Context(), a, id, cases.AnyVersion, "拟答复", nil))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return *w.signs && slices.Contains(atLead, m.state) && w.present(m.lead) == w.roads && !m.proposed
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.state, m.proposed = cases.Acknowledged, true },
	},
	{
		verb: people.SignOff, in: atLead, often: 2, expect: signable,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.SignOff(w.Context(), *w.leader, id, cases.AnyVersion, ""))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.state, m.waiting, m.proposed = cases.Replied, false, false },
	},
	{
		verb: people.TurnBack, in: atLead, often: 1, expect: signable,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.TurnBack(w.Context(), *w.leader, id, cases.AnyVersion, "请补充依据"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.proposed = false },
	},
	{
		verb: people.SendBack, in: []cases.State{cases.Replied}, often: 1, expect: in([]cases.State{cases.Replied}), then: to(cases.Acknowledged),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.SendBack(w.Context(), w.clerk, id, cases.AnyVersion, "请补充"))
		},
	},
	{
		verb: people.Answer, in: []cases.State{cases.Replied}, often: 6, expect: in([]cases.State{cases.Replied}),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Answer(w.Context(), w.clerk, id, cases.AnyVersion, ""))
		},
		then: func(w *walk, _ cases.ID, m *model) {
			m.state, m.answered = cases.Answered, w.now()
			if m.extension == cases.ExtensionAsked {
				m.extension = ""
			}
		},
	},
	{
		verb: people.Void, in: done, expect: in(done),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Void(w.Context(), w.supervisor, id, cases.AnyVersion, "有误"))
		},
		then: func(w *walk, _ cases.ID, m *model) {
			m.state, m.answered, m.discontent, m.rated, m.reworkAsked = cases.Acknowledged, time.Time{}, false, false, false
			w.rehome(m)
		},
	},
	{
		verb: people.Close, in: done[:1], expect: in(done[:1]), then: to(cases.Closed),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Close(w.Context(), w.clerk, id, cases.AnyVersion))
		},
	},
	{
		verb: people.Rate, in: done, often: 4, expect: in(done),
		do: func(w *walk, rt *rapid.T, id cases.ID, m *model) error {
			bad := rapid.Bool().Draw(rt, "discontent")
			grade := int64(cases.Satisfied)
			if bad {
				grade = cases.Dissatisfied
			}
			err := second(w.desk.Rate(w.Context(), people.TheWriter(int64(id), errs.ZH), id, cases.Rating{Grade: grade}))
			if err == nil {
				m.discontent, m.rated = bad, true
			}
			return err
		},
		then: stays,
	},
	{
		verb: people.RecordRating, in: done, expect: in(done),
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			err := second(w.desk.RecordRating(w.Context(), w.supervisor, id, cases.AnyVersion, cases.Rating{Grade: cases.BasicallySatisfied}))
			if err == nil {
				m.discontent = false
			}
			return err
		},
		then: stays,
	},
	{
		verb: people.Supplement, in: done, expect: in(done), then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Supplement(w.Context(), w.clerk, id, cases.AnyVersion, "补充"))
		},
	},
	{
		verb: people.Withdraw, in: open,
		do: func(w *walk, rt *rapid.T, id cases.ID, _ *model) error {
			if rapid.IntRange(0, 3).Draw(rt, "really") != 0 {
				return errs.Conflict("not now", "算了")
			}
			return second(w.desk.Withdraw(w.Context(), people.TheWriter(int64(id), errs.ZH), id, "不用了"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.stop(); m.state = cases.Withdrawn },
	},
	{
		verb: people.Merge, in: []cases.State{cases.Received, cases.Screened, cases.Routed},
		do: func(w *walk, rt *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Merge(w.Context(), w.supervisor, id, cases.AnyVersion, rapid.SampledFrom(w.ids).Draw(rt, "into")))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.stop(); m.state = cases.Merged },
	},
	{
		verb: people.AskExtension, in: atLead, often: 3,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.AskExtension(w.Context(), w.handlerOf(m), id, cases.AnyVersion, extensionDays, "需协调"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atLead, m.state) && !w.now().After(m.due) && m.extension == "" && !m.extendedBefore
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.extension = cases.ExtensionAsked },
	},
	{
		verb: people.GrantExtension, in: withReply, often: 3,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.GrantExtension(w.Context(), w.supervisor, id, cases.AnyVersion, extensionDays, "同意"))
		},
		expect: decidable,
		then: func(_ *walk, _ cases.ID, m *model) {
			m.extension = cases.ExtensionGranted
			m.due = dueAfter(m.calendar, m.unextended, extensionDays)
		},
	},
	{
		verb: people.RefuseExtension, in: withReply, expect: decidable,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.RefuseExtension(w.Context(), w.supervisor, id, cases.AnyVersion, "不同意"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.extension = cases.ExtensionRefused },
	},
	{
		verb: people.AskWriter, in: atLead, often: 2,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.AskWriter(w.Context(), w.handlerOf(m), id, cases.AnyVersion, "请补充"))
		},
		expect: func(w *walk, m *model, before *cases.View) bool {
			if !slices.Contains(atLead, m.state) || m.waiting || w.now().After(before.DepartmentDueAt.Time) {
				return false
			}
			return w.waited(before) < 5
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.state, m.waiting = cases.Acknowledged, true },
	},
	{
		verb: people.AddMaterial, in: open, expect: in(open),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.AddMaterial(w.Context(), people.TheWriter(int64(id), errs.ZH), id, "材料"))
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.waiting = false },
	},
	{
		verb: people.AskRework, in: done, often: 4,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.AskRework(w.Context(), people.TheWriter(int64(id), errs.ZH), id, "没办好"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			last := (sla.DateOf(m.answered, sla.Shanghai) + 11).Start(sla.Shanghai)
			return slices.Contains(done, m.state) && m.round == 1 && m.discontent && !m.reworkAsked && !m.reworkDone && w.now().Before(last)
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.reworkAsked = true },
	},
	{
		verb: people.GrantRework, in: done, often: 4,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.GrantRework(w.Context(), w.supervisor, id, cases.AnyVersion, w.water, "重办"))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			// A department that still assists cannot lead: the office chooses another.
			return slices.Contains(done, m.state) && m.reworkAsked && !slices.Contains(m.assists, w.water)
		},
		then: func(w *walk, id cases.ID, m *model) {
			v := w.look(w.T, id)
			m.first = &firstResult{answered: m.answered, due: m.due, rating: v.First.Rating}
			m.extendedBefore = m.extension != ""
			m.round, m.answered, m.extension, m.discontent, m.everOverdue = 2, time.Time{}, "", false, false
			m.reworkAsked, m.reworkDone = false, true
			order := m.orderTo
			m.give(w, w.water)
			if order == w.water {
				m.orderTo = order // it stands while the case is with those who must answer it
			}
			m.received = w.now() // where the round's clock begins
			m.calendar = w.desk.Calendar()
			m.unextended = dueAfter(m.calendar, m.received, 5)
			m.due = m.unextended
		},
	},
	{
		verb: people.RefuseRework, in: done,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.RefuseRework(w.Context(), w.supervisor, id, cases.AnyVersion, "答复无误"))
		},
		expect: func(_ *walk, m *model, _ *cases.View) bool { return slices.Contains(done, m.state) && m.reworkAsked },
		then:   func(_ *walk, _ cases.ID, m *model) { m.reworkAsked, m.reworkDone = false, true },
	},
	{
		verb: people.Remind, in: atLead, expect: in(atLead), then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Remind(w.Context(), w.supervisor, id, cases.AnyVersion, "请抓紧"))
		},
	},
	{
		verb: people.Order, in: withReply,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Order(w.Context(), w.supervisor, id, cases.AnyVersion, 1, "请说明"))
		},
		expect: func(_ *walk, m *model, _ *cases.View) bool {
			return slices.Contains(withReply, m.state) && m.orderTo == 0
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.orderTo = m.lead },
	},
	{
		verb: people.AnswerOrder, in: withReply,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.AnswerOrder(w.Context(), w.handlerOf(m), id, cases.AnyVersion, "情况说明"))
		},
		expect: func(_ *walk, m *model, _ *cases.View) bool {
			return slices.Contains(append(slices.Clone(withReply), done...), m.state) && m.orderTo != 0 && m.orderTo == m.lead
		},
		then: func(_ *walk, _ cases.ID, m *model) { m.orderTo = 0 },
	},
	{
		verb: people.ApplyPolicy, in: open,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.ApplyPolicy(w.Context(), w.supervisor, id, cases.AnyVersion, w.lenient, "按新规"))
		},
		then: func(w *walk, _ cases.ID, m *model) {
			m.policy = w.lenient
			w.reckon(m)
		},
	},
	{
		verb: people.Correct, in: open, then: stays,
		do: func(w *walk, rt *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Correct(w.Context(), w.clerk, id, cases.AnyVersion,
				rapid.SampledFrom(cases.Kinds).Draw(rt, "kind"), rapid.SampledFrom(cases.Channels).Draw(rt, "channel"), "城乡建设", ""))
		},
	},
	{
		verb: people.Instruct, in: open, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Instruct(w.Context(), w.supervisor, id, cases.AnyVersion, "王市长", "请从速办理"))
		},
	},
	{
		verb: people.AskAssist, in: atLead,
		do: func(w *walk, _ *rapid.T, id cases.ID, m *model) error {
			return second(w.desk.AskAssist(w.Context(), w.clerk, id, cases.AnyVersion, w.otherThan(m.lead)))
		},
		expect: func(w *walk, m *model, _ *cases.View) bool {
			return slices.Contains(atLead, m.state) && !slices.Contains(m.assists, w.otherThan(m.lead))
		},
		then: func(w *walk, _ cases.ID, m *model) {
			other := w.otherThan(m.lead)
			m.assists = append(m.assists, other)
			m.contributed[other] = false
		},
	},
	{
		verb: people.Publish, in: done, then: stays,
		expect: func(w *walk, m *model, before *cases.View) bool {
			return in(done)(w, m, before) && !before.Confidential
		},
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Publish(w.Context(), w.clerk, id, cases.AnyVersion, cases.Publication{Title: "水箱", Body: "水发黄", Answer: "已清洗"}))
		},
	},
	{
		verb: people.Unpublish, in: done, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Unpublish(w.Context(), w.clerk, id, cases.AnyVersion, "再斟酌"))
		},
		expect: wasPublished,
	},
	{
		verb: people.KeepPrivate, in: done, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.KeepPrivate(w.Context(), w.clerk, id, cases.AnyVersion))
		},
	},
	{
		verb: people.NewSecret, in: open, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			_, err := w.desk.NewSecret(w.Context(), w.clerk, id, cases.AnyVersion)
			return err
		},
	},
}

func decidable(w *walk, m *model, _ *cases.View) bool {
	return slices.Contains(withReply, m.state) && m.extension == cases.ExtensionAsked && !w.now().After(m.due)
}

// waited counts the working days of the present lead's finished waits.
func (w *walk) waited(v *cases.View) int {
	d, err := w.desk.DeadlineOf(w.Context(), v)
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, wait := range d.Waits {
		n += w.desk.Calendar().WorkingDays(wait.From, wait.To)
	}
	return n
}

// wasPublished tells by the history whether the public could read of the case.
func wasPublished(_ *walk, _ *model, before *cases.View) bool {
	published := false
	for _, e := range before.History {
		published = published && e.Verb != people.Unpublish || e.Verb == people.Publish
	}
	return published
}

func second(_ *cases.Case, err error) error { return err }

func TestTheModelKnowsEveryVerbThatPeopleCanDoToACase(t *testing.T) {
	t.Parallel()
	programs := []people.Verb{
		people.Submit, people.Import, people.View, people.ViewContact, people.Note, people.LogContact, // no steps of a case
		people.MarkOverdue, people.Card, people.NoteLate, people.EndWait, people.LapseExtension, people.Settle, people.Erase, // by elapse and calendar
		people.Rehome, people.BackToOffice, // by merging departments
	}
	for verb := range people.Permissions {
		known := slices.ContainsFunc(allModelVerbs, func(v modelVerb) bool { return v.verb == verb })
		if known == slices.Contains(programs, verb) {
			t.Errorf("%s: in the model %t", verb, known)
		}
	}
}
