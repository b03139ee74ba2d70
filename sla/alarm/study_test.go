package alarm

import (
	"testing"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestStudyNotesASuggestionForEveryNewLetterOnceHoweverManyStudy(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newCity(t, db)
		p, other := c.process(t, "", seldom), c.process(t, "", seldom)
		c.receive(t, p)
		c.receive(t, p)
		done := make(chan struct{})
		go func() {
			defer close(done)
			other.Study(t.Context())
		}()
		p.Study(t.Context())
		<-done
		if n := c.count(t, "suggestions"); n != 2 {
			t.Errorf("%d suggestions for two letters", n)
		}
		for _, step := range []string{"suggest", "learn", "key letters", "sign replies", "find hot issues"} {
			if n := value(p.Metrics.failures.WithLabelValues(step)) + value(other.Metrics.failures.WithLabelValues(step)); n != 0 {
				t.Errorf("%v failures to %s", n, step)
			}
		}
	})
}
