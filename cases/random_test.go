package cases_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// TestWhateverHappensToCasesTheirRecordHolds lets random people do random things at random times. Most
// are refused; whatever goes through must leave a chain that verifies, facts without a gap, a due time
// that never moved and an order of times that can be.
func TestWhateverHappensToCasesTheirRecordHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		rapid.Check(t, func(rt *rapid.T) {
			c.clock.Add(time.Hour)
			var ids []cases.ID
			dues := map[cases.ID]time.Time{}
			writers := map[cases.ID]people.Actor{}
			for range rapid.IntRange(1, 3).Draw(rt, "letters") {
				r := c.submit(t, aLetter())
				ids = append(ids, r.ID)
				dues[r.ID] = r.Due
				writers[r.ID] = people.TheWriter(int64(r.ID), errs.ZH)
			}
			for range rapid.IntRange(1, 25).Draw(rt, "steps") {
				id := rapid.SampledFrom(ids).Draw(rt, "case")
				c.clock.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "hours")) * time.Hour)
				v, err := c.desk.Look(t.Context(), c.clerk, id)
				if err != nil {
					rt.Fatal(err)
				}
				name := rapid.SampledFrom(likely(v.State, rapid.IntRange(0, 5).Draw(rt, "any") == 5)).Draw(rt, "verb")
				err = randomVerbs[name](t, rt, c, id, ids, writers[id])
				if err != nil && errs.CodeOf(err) == errs.CodeInternal {
					rt.Fatalf("%s: %v", name, err)
				}
			}
			for _, id := range ids {
				if err := c.desk.Verify(t.Context(), id); err != nil {
					rt.Fatal(err)
				}
				checkFacts(t, c, id)
				v, err := c.desk.Look(t.Context(), c.clerk, id)
				if err != nil {
					rt.Fatal(err)
				}
				if !v.DueAt.Equal(dues[id]) {
					rt.Fatalf("due moved from %v to %v", dues[id], v.DueAt)
				}
				if v.Version != cases.Version(len(v.History)) {
					rt.Fatalf("version %d with %d events", v.Version, len(v.History))
				}
				for i := 1; i < len(v.History); i++ {
					if v.History[i].At.Before(v.History[i-1].At) {
						rt.Fatal("events out of order")
					}
				}
			}
		})
	})
}

type randomVerb func(t *testing.T, rt *rapid.T, c *city, id cases.ID, all []cases.ID, writer people.Actor) error

// mainLine are the verbs that lead a case on, and how much more often they are tried than the others.
var mainLine = map[people.Verb]int{people.Route: 8, people.Reply: 8, people.Answer: 6, people.SendBack: 3, people.Rate: 3}

// likely are the verbs to choose from: in most steps those that can happen to the case as it stands, so
// that histories become long, in some steps all.
func likely(state cases.State, all bool) []people.Verb {
	var verbs []people.Verb
	for verb := range randomVerbs {
		if all || cases.May(verb, state) {
			verbs = append(verbs, slices.Repeat([]people.Verb{verb}, 1+mainLine[verb])...)
		}
	}
	slices.Sort(verbs)
	return verbs
}

var randomVerbs = map[people.Verb]randomVerb{
	people.Accept: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Accept(t.Context(), c.clerk, id, cases.AnyVersion))
	},
	people.Decline: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		who := rapid.SampledFrom([]people.Actor{c.clerk, c.supervisor}).Draw(rt, "who")
		return second(c.desk.Decline(t.Context(), who, id, cases.AnyVersion, "court", "说明"))
	},
	people.Route: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		lead, other := c.water, c.roads
		if rapid.Bool().Draw(rt, "roads lead") {
			lead, other = other, lead
		}
		return second(c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, lead, other))
	},
	people.Acknowledge: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Acknowledge(t.Context(), c.handler(rt), id, cases.AnyVersion))
	},
	people.Return: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Return(t.Context(), c.handler(rt), id, cases.AnyVersion, "不归我们"))
	},
	people.Reassign: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Reassign(t.Context(), c.clerk, id, cases.AnyVersion, rapid.SampledFrom([]int64{c.water, c.roads}).Draw(rt, "lead"), "改派"))
	},
	people.Reply: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Reply(t.Context(), c.handler(rt), id, cases.AnyVersion, "答复"))
	},
	people.SendBack: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.SendBack(t.Context(), c.clerk, id, cases.AnyVersion, "请补充"))
	},
	people.Answer: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Answer(t.Context(), c.clerk, id, cases.AnyVersion, rapid.SampledFrom([]string{"", "改过的答复"}).Draw(rt, "edit")))
	},
	people.Rate: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, writer people.Actor) error {
		return second(c.desk.Rate(t.Context(), writer, id, cases.Rating{Grade: rapid.Int64Range(0, 6).Draw(rt, "grade")}))
	},
	people.RecordRating: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.RecordRating(t.Context(), c.supervisor, id, cases.AnyVersion, cases.Rating{Grade: 3}))
	},
	people.Withdraw: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, writer people.Actor) error {
		return second(c.desk.Withdraw(t.Context(), writer, id, "不用了"))
	},
	people.Merge: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, all []cases.ID, _ people.Actor) error {
		return second(c.desk.Merge(t.Context(), c.supervisor, id, cases.AnyVersion, rapid.SampledFrom(all).Draw(rt, "into")))
	},
	people.Reopen: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Reopen(t.Context(), c.supervisor, id, cases.AnyVersion, "复核"))
	},
	people.Void: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Void(t.Context(), c.clerk, id, cases.AnyVersion, "有误"))
	},
	people.Supplement: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Supplement(t.Context(), c.clerk, id, cases.AnyVersion, "补充"))
	},
	people.Correct: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Correct(t.Context(), c.clerk, id, cases.AnyVersion,
			rapid.SampledFrom(cases.Kinds).Draw(rt, "kind"), rapid.SampledFrom(cases.Channels).Draw(rt, "channel"), "城乡建设", ""))
	},
	people.Instruct: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Instruct(t.Context(), c.supervisor, id, cases.AnyVersion, "王市长", "请从速办理"))
	},
	people.AskAssist: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.AskAssist(t.Context(), c.clerk, id, cases.AnyVersion, rapid.SampledFrom([]int64{c.water, c.roads}).Draw(rt, "assist")))
	},
	people.Contribute: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		return second(c.desk.Contribute(t.Context(), c.handler(rt), id, cases.AnyVersion, "协办意见"))
	},
	people.Close: func(t *testing.T, rt *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		who := rapid.SampledFrom([]people.Actor{c.clerk, people.TheSystem()}).Draw(rt, "who")
		return second(c.desk.Close(t.Context(), who, id, cases.AnyVersion))
	},
	people.MarkOverdue: func(t *testing.T, _ *rapid.T, c *city, _ cases.ID, _ []cases.ID, _ people.Actor) error {
		_, err := c.desk.Elapse(t.Context())
		return err
	},
	people.NewSecret: func(t *testing.T, _ *rapid.T, c *city, id cases.ID, _ []cases.ID, _ people.Actor) error {
		_, err := c.desk.NewSecret(t.Context(), c.clerk, id, cases.AnyVersion)
		return err
	},
}

func second(_ *cases.Case, err error) error { return err }

func (c *city) handler(rt *rapid.T) people.Actor {
	return rapid.SampledFrom([]people.Actor{c.waterworks, c.waterLead, c.roadworks}).Draw(rt, "handler")
}
