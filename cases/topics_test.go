package cases

import (
	"slices"
	"testing"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// What goes to writers, and what is no news to choose a way for.
var noTopic = []wording.Kind{
	wording.Receipt, wording.Declined, wording.Merged, wording.Answered, wording.Supplement, wording.Split, wording.Voided, wording.Reopened,
	wording.NewSecret, wording.ExtensionGranted, wording.MaterialWanted, wording.ReworkGranted, wording.ReworkRefused, wording.RateReminder,
	wording.DueMoved, wording.NewPassword, wording.News, wording.PeriodReport,
}

func TestEveryNoticeToTheStaffHasATopic(t *testing.T) {
	t.Parallel()
	used := map[Topic]bool{}
	for _, kind := range wording.Kinds {
		topic, has := topicOf[kind]
		if has == slices.Contains(noTopic, kind) {
			t.Errorf("%s: topic %q", kind, topic)
		}
		used[topic] = true
	}
	for _, topic := range Topics {
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			if wording.TopicName(lang, string(topic)) == string(topic) {
				t.Errorf("%s has no name in %s", topic, lang)
			}
		}
		if !used[topic] {
			t.Errorf("nothing is about %s", topic)
		}
	}
}
