package cases_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/alike"
	"mailbox/cases/errs"
	"mailbox/cases/grams"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// benchLetters is how many letters there are to search: MAILBOX_BENCH_CASES, 50,000 by default. The targets are for
// 1,000,000, which take some minutes to write.
func benchLetters(b *testing.B) int {
	b.Helper()
	text := os.Getenv("MAILBOX_BENCH_CASES")
	if text == "" {
		return 50_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1000 {
		b.Fatalf("MAILBOX_BENCH_CASES is %q, want a number of cases from 1,000", text)
	}
	return n
}

// inventor makes letters of words that nobody ever wrote, as often as words are written: the second half as often as
// the first, and so on (Zipf). Each is on one of many places, has some words of its matter, and much that is common.
type inventor struct {
	words, places []string
	word, place   *rand.Zipf
	r             *rand.Rand
}

func newInventor(seed uint64) *inventor {
	r := rand.New(rand.NewPCG(42, 42))
	character := rand.NewZipf(r, 1.2, 30, 3000)
	make2 := func(least int) string {
		w := make([]rune, least+r.IntN(2))
		for i := range w {
			w[i] = rune(0x4e00 + character.Uint64()*5)
		}
		return string(w)
	}
	v := &inventor{words: make([]string, 60_000), places: make([]string, 20_000)}
	for i := range v.words {
		v.words[i] = make2(2)
	}
	for i := range v.places {
		v.places[i] = make2(3)
	}
	v.r = rand.New(rand.NewPCG(seed, 7))
	v.word, v.place = rand.NewZipf(v.r, 1.07, 8, uint64(len(v.words)-1)), rand.NewZipf(v.r, 1.1, 50, uint64(len(v.places)-1))
	return v
}

func (v *inventor) letter() alike.Text {
	place := v.places[v.place.Uint64()]
	var title, body strings.Builder
	title.WriteString(place)
	own := make([]string, 5) // the words of its matter
	for i := range own {
		own[i] = v.words[v.word.Uint64()]
		title.WriteString(own[i])
	}
	body.WriteString("您好，我是" + place + "的住户。")
	for i := range 60 + v.r.IntN(60) {
		switch {
		case i%23 == 7:
			body.WriteString(place)
		case i%9 == 4:
			body.WriteString(own[v.r.IntN(len(own))])
		default:
			body.WriteString(v.words[v.word.Uint64()])
		}
		body.WriteString([]string{"", "", "", "的", "，", "了", "。", "在"}[v.r.IntN(8)])
	}
	body.WriteString("请有关部门尽快处理，谢谢！")
	return alike.Text{Title: title.String(), Body: body.String()}
}

// edited is a letter with a piece of it left out and a sentence before it.
func (v *inventor) edited(t alike.Text) alike.Text {
	r := []rune(t.Body)
	at := v.r.IntN(len(r) / 2)
	return alike.Text{Title: t.Title, Body: v.words[v.word.Uint64()] + "，再次来信。" + string(r[:at]) + string(r[at+len(r)/10:])}
}

// stored is what letters and their keys take.
type stored struct{ bytes, keys, counts float64 }

// filled writes n letters with their keys, straight into the tables, and gives every thousandth.
func (c *city) filled(b *testing.B, n int) (some []alike.Text, takes stored) {
	b.Helper()
	v := newInventor(1)
	all := make([]alike.Text, n)
	counts := &grams.Counts{}
	for i := range all {
		all[i] = v.letter()
		if i < 100_000 {
			counts.Add(grams.Fold(all[i].Title + "\n" + all[i].Body))
		}
		if i%1000 == 0 {
			some = append(some, all[i])
		}
	}
	c.writeLetters(b, all)
	type row struct{ key, id int64 }
	parts := make([][]row, 8)
	var done sync.WaitGroup
	for p := range parts {
		done.Go(func() {
			for i := p; i < n; i += len(parts) {
				for k, key := range alike.Keys(all[i].Title, all[i].Body, counts) {
					if k > 0 {
						key |= 2 << alike.KeyBits // of edition 1
					}
					parts[p] = append(parts[p], row{key, int64(i + 1)})
				}
			}
		})
	}
	done.Wait()
	rows := slices.Concat(parts...)
	slices.SortFunc(rows, func(a, b row) int {
		if a.key != b.key {
			return int(min(1, max(-1, a.key-b.key)))
		}
		return int(a.id - b.id)
	})
	before := c.size(b)
	c.inserting(b, "INSERT INTO letter_keys (key, case_id) VALUES ", len(rows), 2000, func(s *strings.Builder, i int) { fmt.Fprintf(s, "(%d,%d)", rows[i].key, rows[i].id) })
	body, err := counts.MarshalBinary()
	if err != nil {
		b.Fatal(err)
	}
	takes = stored{float64(c.size(b)-before) / float64(n), float64(len(rows)) / float64(n), float64(len(body))}
	err = c.db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO letter_counts (edition, letters, body, made_at, goal, keyed_to, seen, seen_at) VALUES (1, ?, ?, 0, ?, ?, ?, 0)", n, body, n, n, n)
		return err
	})
	if err == nil && c.db.Dialect() == migrations.PostgreSQL {
		_, err = c.db.Read.ExecContext(b.Context(), "VACUUM ANALYZE")
	}
	if err != nil {
		b.Fatal(err)
	}
	return some, takes
}

func (c *city) writeLetters(b *testing.B, all []alike.Text) {
	b.Helper()
	zero := hex.EncodeToString(make([]byte, 32))
	binary := "'\\x" + zero + "'"
	if c.db.Dialect() == migrations.SQLite {
		binary = "x'" + zero + "'"
	}
	c.inserting(b, "INSERT INTO cases (id, channel, kind, title, body, salt, state, version, head_hash, policy_version, received_at, received_day, changed_at, quiet) VALUES ",
		len(all), 500, func(s *strings.Builder, i int) {
			fmt.Fprintf(s, "(%d,'mailbox','complaint','%s','%s',%s,'closed',1,%s,1,%d,'2025-06-02',%d,TRUE)", i+1, all[i].Title, all[i].Body, binary, binary, 1748800000+i, 1748800000+i)
		})
	if c.db.Dialect() == migrations.PostgreSQL {
		if _, err := c.db.Read.ExecContext(b.Context(), "SELECT setval(pg_get_serial_sequence('cases', 'id'), ?)", len(all)); err != nil {
			b.Fatal(err)
		}
	}
}

// inserting writes many rows, so many a statement.
func (c *city) inserting(b *testing.B, into string, n, batch int, row func(*strings.Builder, int)) {
	b.Helper()
	for from := 0; from < n; {
		err := c.db.InTx(b.Context(), func(ctx context.Context, tx bun.Tx) error {
			for range 100 {
				if from >= n {
					return nil
				}
				var s strings.Builder
				s.WriteString(into)
				to := min(n, from+batch)
				for i := from; i < to; i++ {
					if i > from {
						s.WriteByte(',')
					}
					row(&s, i)
				}
				from = to
				if _, err := tx.ExecContext(ctx, s.String()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// size is how many bytes the database takes on disk.
func (c *city) size(b *testing.B) (n int64) {
	b.Helper()
	query := "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
	if c.db.Dialect() == migrations.PostgreSQL {
		query = "SELECT pg_database_size(current_database())"
	}
	if err := c.db.Read.NewRaw(query).Scan(b.Context(), &n); err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkSimilar looks for what a letter repeats among MAILBOX_BENCH_CASES others: edited copies of some of them,
// and letters like none. A copy that is not found fails it. It also takes letters in, which writes their keys.
func BenchmarkSimilar(b *testing.B) {
	each := func(name string, open func(testing.TB) *migrations.DB) {
		b.Run(name, func(b *testing.B) {
			db := open(b)
			c := newCity(b, db)
			some, takes := c.filled(b, benchLetters(b))
			v := newInventor(2)
			c.benchSearch(b, "copies", func(i int) alike.Text { return v.edited(some[i%len(some)]) }, true)
			b.Run("stored", func(b *testing.B) {
				for b.Loop() { // nothing is timed here
				}
				b.ReportMetric(takes.bytes, "bytes/letter")
				b.ReportMetric(takes.keys, "keys/letter")
				b.ReportMetric(takes.counts, "bytes-counts")
			})
			c.benchSearch(b, "new", func(int) alike.Text { return v.letter() }, false)
			b.Run("submit", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					t := v.letter()
					l := aLetter()
					l.Title, l.Body = t.Title, t.Body
					if _, err := c.desk.Submit(b.Context(), people.TheWriter(0, errs.ZH), l); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
	each("sqlite", testdb.SQLite)
	each("postgresql", testdb.PostgreSQL)
}

func (c *city) benchSearch(b *testing.B, name string, letter func(int) alike.Text, copies bool) {
	b.Helper()
	b.Run(name, func(b *testing.B) {
		var took []time.Duration
		found := 0
		for i := 0; b.Loop(); i++ {
			t := letter(i)
			began := time.Now()
			got, err := c.desk.SimilarTo(b.Context(), c.clerk, t.Title, t.Body, cases.Contact{Phone: "13900001111"}, 5)
			took = append(took, time.Since(began))
			if err != nil {
				b.Fatal(err)
			}
			if len(got) > 0 && got[0].Grade == alike.Near {
				found++
			}
		}
		slices.Sort(took)
		at := func(share float64) float64 {
			return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
		}
		b.ReportMetric(at(0.5), "ms-median")
		b.ReportMetric(at(0.99), "ms-p99")
		if copies && found < len(took)*98/100 {
			b.Errorf("%d of %d copies were found", found, len(took))
		}
	})
}

// BenchmarkIndexLetters catches up with letters of before, as a sweep does.
func BenchmarkIndexLetters(b *testing.B) {
	benchEach(b, func(b *testing.B, c *city) {
		v := newInventor(3)
		all := make([]alike.Text, 20_000)
		for i := range all {
			all[i] = v.letter()
		}
		c.writeLetters(b, all)
		keyed := 0
		sweep := func() {
			n, err := c.desk.IndexLetters(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			keyed += n
		}
		sweep() // only sees how far they go
		c.clock.Add(time.Hour)
		b.ResetTimer()
		for b.Loop() {
			sweep()
		}
		b.ReportMetric(float64(keyed)/b.Elapsed().Seconds(), "letters/s")
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/sweep")
	})
}
