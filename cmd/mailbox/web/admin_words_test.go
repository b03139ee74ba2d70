package web

import (
	"testing"

	"mailbox/cases/audit"
)

// TestEveryDeedOfAdministrationHasWords goes through the lists whose words are looked up at run time.
func TestEveryDeedOfAdministrationHasWords(t *testing.T) {
	t.Parallel()
	s := parsed(t)
	var keys []string
	for _, deed := range audit.Deeds {
		keys = append(keys, "audit.deed."+string(deed))
	}
	for _, subject := range audit.Subjects {
		keys = append(keys, "audit.subject."+string(subject))
	}
	for _, key := range keys {
		if !s.words.has(key) {
			t.Errorf("no words for %q", key)
		}
	}
}
