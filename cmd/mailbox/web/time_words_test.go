package web

import (
	"testing"

	"mailbox/cases/people"
	"mailbox/sla"
)

// TestEveryKeyAboutTimeIsInTheDictionary goes through the lists that keys about time are made from.
func TestEveryKeyAboutTimeIsInTheDictionary(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	var keys []string
	for _, base := range []string{sla.BaseCaseDue, sla.BaseFirstWorkingDay} {
		keys = append(keys, "deadline.base."+base)
	}
	for _, part := range []string{sla.PartPolicy, sla.PartExtension, sla.PartWait} {
		keys = append(keys, "deadline.part."+part, "deadline.part."+part+".text")
	}
	for _, stage := range []string{"reminder", "overdue", "department_overdue", "yellow_card", "red_card", "not_needed", "about_to", "to_come"} {
		keys = append(keys, "deadline.stage."+stage)
	}
	for _, verb := range []people.Verb{people.Settle, people.ApplyPolicy} {
		keys = append(keys, "due.moved."+string(verb))
	}
	for _, as := range telling {
		keys = append(keys, as.word)
	}
	for _, key := range keys {
		if !s.words.has(key) {
			t.Errorf("no words for %q", key)
		}
	}
}

func TestAWriterReadsNothingOfHowTheHouseUrgesItself(t *testing.T) {
	t.Parallel()
	for _, verb := range []people.Verb{
		people.Remind, people.Order, people.AnswerOrder, people.Card, people.NoteLate, people.Instruct,
		people.AskExtension, people.RefuseExtension, people.LapseExtension,
	} {
		if _, told := telling[verb]; told {
			t.Errorf("the writer reads of %s", verb)
		}
	}
}
