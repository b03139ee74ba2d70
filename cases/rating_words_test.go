package cases_test

import (
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestTheLatestWordsOfARatingAreReadWithWhatGivesSomebodyAwayHidden(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		said, silent, taken := c.answered(t).ID, c.answered(t).ID, c.answered(t).ID
		rate := func(id cases.ID, words string) {
			t.Helper()
			must(t)(c.desk.Rate(t.Context(), people.TheWriter(int64(id), errs.ZH), id, cases.Rating{Grade: 2, Words: words}))
		}
		rate(said, "先说的话")
		rate(said, "水还是黄的，请打13900001234。")
		rate(silent, "")
		rate(taken, "说了又不说了")
		rate(taken, "")
		words, err := c.desk.RatingWords(t.Context(), c.supervisor, []cases.ID{said, silent, taken})
		if err != nil || len(words) != 1 || words[said] != "水还是黄的，请打▇▇▇。" {
			t.Errorf("they said %v, %v", words, err)
		}
		if words, err = c.desk.RatingWords(t.Context(), c.supervisor, nil); err != nil || len(words) != 0 {
			t.Errorf("of no letters they said %v, %v", words, err)
		}
		_, err = c.desk.RatingWords(t.Context(), c.waterworks, []cases.ID{said})
		wantCode(t, err, errs.CodeForbidden)
	})
}
