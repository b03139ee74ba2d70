package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cmd/mailbox/demo"
	"mailbox/sla"
)

// standing is a program whose clock stands still; what it says goes to out.
func standing(now time.Time, out io.Writer) *program {
	none := func(string) (string, bool) { return "", false }
	return &program{env: none, stdin: strings.NewReader(""), stdout: out, stderr: io.Discard, lang: errs.ZH, clock: func() time.Time { return now }}
}

// openIn opens the mailbox in a data directory.
func (p *program) openIn(tb testing.TB, dir string) *opened {
	tb.Helper()
	s, _, err := p.parse("serve", []string{"--data", dir}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	o, err := p.open(tb.Context(), s, how{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := o.db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return o
}

func local(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, sla.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// demoStarts are moments at which somebody may start the demonstration. At any other, what is planned is in order
// (TestTheDemonstrationPlansEveryLetterInOrder).
var demoStarts = map[string]time.Time{
	"a Sunday night":            local("2026-11-22 23:59:59"),
	"Spring Festival":           local("2026-02-18 11:11:11"),
	"an adjusted Saturday":      local("2026-02-14 08:30:00"),
	"a year without a calendar": local("2027-06-15 10:00:00"),
}

func TestLongTheDemonstrationShowsEverythingOnWhateverDayItStarts(t *testing.T) {
	t.Parallel()
	for name, now := range demoStarts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			city := loadCity(t)
			p := standing(now, io.Discard)
			o := p.openIn(t, t.TempDir())
			if err := o.db.WithoutSync(t.Context(), func() error { return p.playDemo(t.Context(), o, city) }); err != nil {
				t.Fatal(err)
			}
			wantEverything(t, o, now, len(city.Letters))
		})
	}
}

func loadCity(t *testing.T) demo.City {
	t.Helper()
	city, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	return city
}

// What happens to a letter must happen in the order in which it was thought up, whenever the play starts:
// a reply that is sent back before it is handed in stops the whole play.
func TestTheDemonstrationPlansEveryLetterInOrder(t *testing.T) {
	t.Parallel()
	city, calendar := loadCity(t), sla.BuiltIn(sla.Shanghai)
	rapid.Check(t, func(t *rapid.T) {
		now := local("2024-01-01 00:00:00").Add(time.Duration(rapid.Int64Range(0, 4*366*24*3600).Draw(t, "seconds")) * time.Second)
		pl := newPlayer(calendar, now)
		for _, l := range city.Letters {
			first := len(pl.todo)
			pl.plan(l)
			for i := first + 1; i < len(pl.todo); i++ {
				if !pl.todo[i-1].at.Before(pl.todo[i].at) {
					t.Fatalf("letter %d (%s): act %d at %s, act %d at %s", l.No, l.Fate, i-first-1, pl.todo[i-1].at, i-first, pl.todo[i].at)
				}
			}
		}
	})
}

// demoCase is what the demonstration's promises are about.
type demoCase struct {
	State      string
	ReceivedAt int64
	DueAt      int64
	ChangedAt  int64
	AnsweredAt *int64
	Overdue    *int64
}

func demoCases(t *testing.T, o *opened) []demoCase {
	t.Helper()
	var all []demoCase
	err := o.db.Read.NewSelect().TableExpr("cases").
		ColumnExpr("state, received_at, due_at, changed_at, answered_at, overdue_noticed_at AS overdue").Scan(t.Context(), &all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func wantEverything(t *testing.T, o *opened, now time.Time, letters int) {
	t.Helper()
	all := demoCases(t, o)
	if len(all) != letters {
		t.Errorf("%d letters of %d", len(all), letters)
	}
	states := map[string]int{}
	overdue, soon := 0, 0
	tomorrow := sla.DateOf(now, sla.Shanghai).AddDays(2).Start(sla.Shanghai)
	for next := sla.BuiltIn(sla.Shanghai); !next.IsWorkingDay(sla.DateOf(tomorrow.Add(-time.Second), sla.Shanghai)); {
		tomorrow = tomorrow.AddDate(0, 0, 1) // before a holiday, the next working day is what comes tomorrow
	}
	for _, c := range all {
		states[c.State]++
		if c.ReceivedAt > now.Unix() || c.ChangedAt > now.Unix() {
			t.Errorf("a case of the future: %+v", c)
		}
		open := c.AnsweredAt == nil && c.State != "declined" && c.State != "withdrawn" && c.State != "merged"
		due := time.Unix(c.DueAt, 0)
		switch {
		case open && due.Before(now):
			overdue++
			if c.Overdue == nil {
				t.Errorf("overdue and not marked: %+v", c)
			}
		case open && due.Before(tomorrow):
			soon++
		}
	}
	for _, state := range []cases.State{
		cases.Received, cases.Screened, cases.Routed, cases.Acknowledged, cases.Replied, cases.Answered, cases.Closed,
		cases.Declined, cases.Withdrawn, cases.Merged,
	} {
		if states[string(state)] == 0 {
			t.Errorf("no case is %s", state)
		}
	}
	if overdue == 0 || soon == 0 {
		t.Errorf("%d overdue, %d due soon", overdue, soon)
	}
	t.Logf("%v, %d overdue, %d due soon", states, overdue, soon)
}

func TestTheDemonstrationIsKeptApartFromARealMailbox(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := standing(local("2026-11-23 09:30:00"), io.Discard)
	o := p.openIn(t, dir)
	if err := p.firstStart(t.Context(), o, false); err != nil {
		t.Fatal(err)
	}
	err := p.fillDemo(t.Context(), o)
	if errs.FieldOf(err) != "demo" || !strings.Contains(err.Error(), dir) {
		t.Errorf("a real mailbox: %v", err)
	}
	if n := len(demoCases(t, o)); n != 0 {
		t.Errorf("%d letters were played into a real mailbox", n)
	}
}

// TestADemonstrationCutOffIsSaidAndNotShown stops it after some letters, as a power cut would.
func TestADemonstrationCutOffIsSaidAndNotShown(t *testing.T) {
	t.Parallel()
	p := standing(local("2026-11-23 09:30:00"), io.Discard)
	o := p.openIn(t, t.TempDir())
	city := loadCity(t)
	city.Letters = city.Letters[:20]
	if err := p.playDemo(t.Context(), o, city); err != nil {
		t.Fatal(err)
	}
	err := p.fillDemo(t.Context(), o)
	if errs.FieldOf(err) != "demo" || !strings.Contains(errs.Message(err, errs.ZH), "没有装完") {
		t.Errorf("the second start: %v", err)
	}
}

func BenchmarkFillDemo(b *testing.B) {
	p := standing(local("2026-11-23 09:30:00"), io.Discard)
	for b.Loop() {
		if err := p.fillDemo(b.Context(), p.openIn(b, b.TempDir())); err != nil {
			b.Fatal(err)
		}
	}
}
