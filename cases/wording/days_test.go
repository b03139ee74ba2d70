package wording_test

import (
	"testing"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
	"mailbox/sla"
)

func TestEveryReasonOfADayHasAWordInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, reason := range []sla.Reason{sla.Receipt, sla.Workday, sla.AdjustedWorkday, sla.Weekend, sla.Holiday, sla.UnknownYear} {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			if wording.DayName(lang, reason.String()) == reason.String() {
				t.Errorf("%s has no word in %s", reason, lang)
			}
		}
	}
}
