package cases_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/migrations/testdb"
)

// benchEach runs a benchmark on every database.
func benchEach(b *testing.B, run func(b *testing.B, c *city)) {
	b.Helper()
	b.Run("sqlite", func(b *testing.B) { run(b, newCity(b, testdb.SQLite(b))) })
	b.Run("postgresql", func(b *testing.B) { run(b, newCity(b, testdb.PostgreSQL(b))) })
}

// BenchmarkSubmit takes letters in from 32 writers at once, without the pages: what the verb and the
// database cost. The same through the pages is BenchmarkSubmitOverHTTP in cmd/mailbox.
func BenchmarkSubmit(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		var n atomic.Int64
		b.SetParallelism(16) // times two cores: 32 writers
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				l := aLetter()
				l.Key = fmt.Sprint("form-", n.Add(1))
				if _, err := c.desk.Submit(b.Context(), people.TheWriter(0, errs.ZH), l); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
	})
}

// BenchmarkImport writes answered letters as history, five hundred a transaction as the command does.
func BenchmarkImport(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		line := 0
		letters := make([]intake.Letter, 500)
		rows := 0
		for b.Loop() {
			for i := range letters {
				line++
				l := anOldLetter()
				l.Line, l.Number = line, fmt.Sprint("N", line)
				l.Department = fmt.Sprint("部门", line%50)
				l.ReceivedAt = l.ReceivedAt.Add(time.Duration(line) * time.Second)
				l.RepliedAt = l.ReceivedAt.Add(30 * time.Hour)
				letters[i] = l
			}
			if done := c.importing(b, letters...); done.New != len(letters) {
				b.Fatalf("%+v", done)
			}
			rows += len(letters)
		}
		b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	})
}
