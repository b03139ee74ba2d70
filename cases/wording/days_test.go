package wording_test

import (
	"testing"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

func TestEveryReasonThatADayCountsOrNotIsInTheDictionary(t *testing.T) {
	t.Parallel()
	for _, reason := range []sla.Reason{sla.Receipt, sla.Workday, sla.AdjustedWorkday, sla.Weekend, sla.Holiday, sla.UnknownYear, sla.PreviousDue, sla.Routing} {
		// The Chinese word tells: in English a weekend is called as its name is.
		if wording.DayName(errs.ZH, reason.String()) == reason.String() {
			t.Errorf("%s is not in the dictionary", reason)
		}
	}
}
