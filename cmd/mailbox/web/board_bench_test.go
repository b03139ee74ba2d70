package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
)

// boardLetters is how many letters stand behind the board, over two years.
const boardLetters = 100_000

// BenchmarkBoard asks for the board of a city with 100,000 letters: once in a minute somebody waits for the
// figures ("reckoned"), everybody else gets what is kept ("kept").
func BenchmarkBoard(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *migrations.DB{"sqlite": testdb.SQLite, "postgresql": testdb.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			db := open(b)
			clock := &handClock{t: time.Date(2026, 11, 29, 12, 0, 0, 0, sla.Shanghai)}
			_, handler := benchCity(b, db, clock.Now)
			fillLetters(b, db, clock.Now())
			b.Run("reckoned", func(b *testing.B) { benchBoard(b, handler, func() { clock.Add(time.Minute) }) })
			b.Run("kept", func(b *testing.B) { benchBoard(b, handler, func() {}) })
		})
	}
}

func benchBoard(b *testing.B, handler http.Handler, before func()) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		before()
		began := time.Now()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/board", nil))
		took = append(took, time.Since(began))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
}

// letterRow and factRow are as much of a letter as the schema and the figures ask for.
type letterRow struct {
	bun.BaseModel `bun:"table:cases"`

	ID            int64
	Channel, Kind string
	Title, Body   string
	Salt          []byte
	State         string
	Version       int64
	HeadHash      []byte
	PolicyVersion int64
	ReceivedAt    int64
	ReceivedDay   string
	ChangedAt     int64
}

type factRow struct {
	bun.BaseModel `bun:"table:facts"`

	CaseID, ValidFrom, ValidTo     int64
	State, Validity, Channel, Kind string
	Topic, District                string
	DepartmentID                   int64
	ReceivedAt                     int64
	ReceivedDay                    string
	DueAt, DueUnextendedAt         int64
	Provisional                    bool
	RoutedAt, DepartmentDueAt      int64
	RepliedAt, AnsweredAt          int64
	Days, DepartmentDays, Rating   int64
	Resolved                       bool
	RatingSource                   string
	Confidential, Instructed       bool
}

// fillLetters writes boardLetters letters of the last two years, answered by fifty departments in up to three
// days and rated.
func fillLetters(b *testing.B, db *migrations.DB, now time.Time) {
	b.Helper()
	const batch, day, departments = 500, 24 * 3600, 50
	begin := now.AddDate(-2, 0, 0).Unix()
	err := db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		for id := 1; id <= departments; id++ {
			if _, err := tx.ExecContext(ctx, "INSERT INTO departments (id, code, name, created_at) VALUES (?, ?, ?, 0)", id, fmt.Sprint("d", id), fmt.Sprint("部门", id)); err != nil {
				return err
			}
		}
		for from := int64(1); from <= boardLetters; from += batch {
			var letters []letterRow
			var facts []factRow
			for id := from; id < from+batch; id++ {
				received := begin + id*(now.Unix()-begin)/(boardLetters+1)
				on, took := time.Unix(received, 0).In(sla.Shanghai).Format(time.DateOnly), id*7919%(3*day)
				letters = append(letters, letterRow{
					ID: id, Channel: "mailbox", Kind: "help", Title: "t", Salt: []byte{1}, State: "answered", Version: 1, HeadHash: []byte{1},
					PolicyVersion: 1, ReceivedAt: received, ReceivedDay: on,
				})
				facts = append(facts, factRow{
					CaseID: id, ValidFrom: received, ValidTo: migrations.Forever, State: "answered", Validity: "valid", Channel: "mailbox", Kind: "help",
					Topic: fmt.Sprint("城乡建设 / ", id%40), DepartmentID: 1 + id*31%departments, ReceivedAt: received, ReceivedDay: on,
					DueAt: received + 2*day, DueUnextendedAt: received + 2*day, RoutedAt: received, DepartmentDueAt: received + 2*day,
					RepliedAt: received + took, AnsweredAt: received + took, Days: took / day, DepartmentDays: took / day,
					Rating: 1 + id%5, Resolved: id%3 > 0, RatingSource: "web",
				})
			}
			if _, err := tx.NewInsert().Model(&letters).Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewInsert().Model(&facts).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
