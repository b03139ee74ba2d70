package cases_test

import (
	"fmt"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/intake"
)

// BenchmarkVerifyRecord goes through the record of 10,000 answered letters: tree, chains, cases, facts, letters and
// answers.
func BenchmarkVerifyRecord(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		letters := make([]intake.Letter, 500)
		for line := 0; line < 10_000; {
			for i := range letters {
				line++
				l := anOldLetter()
				l.Line, l.Number, l.Department = line, fmt.Sprint("N", line), fmt.Sprint("部门", line%50)
				l.ReceivedAt = l.ReceivedAt.Add(time.Duration(line) * time.Second)
				l.RepliedAt = l.ReceivedAt.Add(30 * time.Hour)
				letters[i] = l
			}
			c.importing(b, letters...)
		}
		if _, err := c.desk.Checkpoint(b.Context()); err != nil {
			b.Fatal(err)
		}
		events := int64(0)
		for b.Loop() {
			done, err := c.desk.VerifyRecord(b.Context(), cases.RecordCheck{}, func(f cases.Finding) { b.Error(f) })
			if err != nil {
				b.Fatal(err)
			}
			events += done.Events
		}
		b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	})
}
