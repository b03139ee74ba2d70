package cases_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mailbox/cases"
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

// BenchmarkReply hands in replies of 200 characters, each unlike the others but for a stock half, in a city that has
// 2,000 of them: working out the signs is in it. What the sweep catches up with of these is measured beside.
func BenchmarkReply(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		text := func(n int) string {
			return fmt.Sprintf("经查，第%d号水表于当日由抢修队更换，编号%x，读数%d吨，与户主当面核对无误。", n, n*7919, n%500) +
				strings.Repeat("我公司将进一步加强巡查，及时发现和处理供水管网的问题，保障居民用水。", 4)
		}
		letters := make([]intake.Letter, 500)
		for line := 0; line < 2000; {
			for i := range letters {
				line++
				l := anOldLetter()
				l.Line, l.Number, l.Reply = line, fmt.Sprint("N", line), text(line)
				letters[i] = l
			}
			c.importing(b, letters...)
		}
		began := time.Now()
		signed := 0
		for {
			n, err := c.desk.SignPast(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			if signed += n; n == 0 {
				break
			}
		}
		rate := float64(signed) / time.Since(began).Seconds()
		ids := make([]cases.ID, b.N)
		for i := range ids {
			r, err := c.desk.Submit(b.Context(), people.TheWriter(0, errs.ZH), aLetter())
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.desk.Route(b.Context(), c.clerk, r.ID, cases.AnyVersion, c.water); err != nil {
				b.Fatal(err)
			}
			ids[i] = r.ID
		}
		b.ResetTimer()
		for i, id := range ids {
			if _, err := c.desk.Reply(b.Context(), c.waterworks, id, cases.AnyVersion, text(100000+i)); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		b.ReportMetric(rate, "caught-up/s")
	})
}
