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
}
