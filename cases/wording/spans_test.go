package wording_test

import (
	"testing"

	"mailbox/cases/wording"
)

func TestYearsInARowAreDrawnTogether(t *testing.T) {
	t.Parallel()
	for want, years := range map[string][]int{
		"":                      nil,
		"2026":                  {2026},
		"2017–2019":             {2017, 2018, 2019},
		"2017–2018, 2020, 2022": {2017, 2018, 2020, 2022},
	} {
		if got := wording.Spans(years); got != want {
			t.Errorf("%v: %q, want %q", years, got, want)
		}
	}
}
