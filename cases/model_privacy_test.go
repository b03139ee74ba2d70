package cases_test

import (
	"slices"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/people"
)

// privacyModelVerbs are those that protect who wrote.
var privacyModelVerbs = []modelVerb{
	{
		verb: people.MarkConfidential, in: slices.Concat(open, done), then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.MarkConfidential(w.Context(), w.clerk, id, cases.AnyVersion, "来信人要求"))
		},
		expect: func(w *walk, m *model, before *cases.View) bool {
			return in(slices.Concat(open, done))(w, m, before) && !before.Confidential
		},
	},
	{
		verb: people.LiftConfidential, in: slices.Concat(open, done), often: 1, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.LiftConfidential(w.Context(), w.clerk, id, cases.AnyVersion, "来信人同意"))
		},
		expect: func(w *walk, m *model, before *cases.View) bool {
			return in(slices.Concat(open, done))(w, m, before) && before.Confidential
		},
	},
	{
		verb: people.Accuse, then: stays, expect: in(slices.Concat(open, done)),
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.Accuse(w.Context(), w.clerk, id, cases.AnyVersion, w.neither()))
		},
	},
	{
		verb: people.AskException, then: stays,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.AskException(w.Context(), w.clerk, id, cases.AnyVersion, w.neither(), "只有它能办"))
		},
		expect: func(w *walk, m *model, before *cases.View) bool {
			return in(slices.Concat(open, done))(w, m, before) && len(before.Accused) > 0 &&
				!slices.ContainsFunc(before.Exceptions, func(x cases.Exception) bool { return x.Granted || x.DecidedAt.IsZero() })
		},
	},
	{
		verb: people.GrantException, then: stays, expect: exceptionWaits,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.GrantException(w.Context(), w.supervisor, id, cases.AnyVersion, w.neither(), ""))
		},
	},
	{
		verb: people.RefuseException, then: stays, expect: exceptionWaits,
		do: func(w *walk, _ *rapid.T, id cases.ID, _ *model) error {
			return second(w.desk.RefuseException(w.Context(), w.supervisor, id, cases.AnyVersion, w.neither(), "不行"))
		},
	},
}

// neither is a department that the model gives no case: of the others it would have to know which are accused. Nor is it one
// that has ended: it may be one of theirs, and whoever complained of it complained of those who follow it.
func (w *walk) neither() int64 {
	all, err := w.dir.Departments(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range all {
		if d.TakesCases() && d.ID != w.water && d.ID != w.roads {
			return d.ID
		}
	}
	return w.department(w.T, "YL", "市园林绿化中心")
}

func exceptionWaits(w *walk, m *model, before *cases.View) bool {
	return in(slices.Concat(open, done))(w, m, before) &&
		slices.ContainsFunc(before.Exceptions, func(x cases.Exception) bool { return x.DecidedAt.IsZero() })
}
