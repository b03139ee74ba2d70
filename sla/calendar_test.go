package sla

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestPublishedDues(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	if len(publishedDues) != 123 {
		t.Fatalf("%d rows, want all 123", len(publishedDues))
	}
	for _, row := range publishedDues {
		due, provisional := c.Due(instant(t, row.received), row.days, EndOfDay)
		if got := due.Format(time.RFC3339); got != row.due || provisional {
			t.Errorf("received %s, %d days: due %s (provisional %t), want %s", row.received, row.days, got, provisional, row.due)
		}
	}
}

func TestDueTimesAClerkWouldRecognise(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for _, tt := range []struct {
		name, received string
		days           int
		closing        Closing
		due            string
		provisional    bool
	}{
		{"before Spring Festival, the Saturday is worked", "2026-02-12T10:00:00+08:00", 2, EndOfDay, "2026-02-14T23:59:59+08:00", false},
		{"one second before midnight counts for that day", "2026-03-05T23:59:59+08:00", 2, EndOfDay, "2026-03-09T23:59:59+08:00", false},
		{"a fraction of that second as well", "2026-03-05T23:59:59.999999999+08:00", 2, EndOfDay, "2026-03-09T23:59:59+08:00", false},
		{"midnight counts for the new day", "2026-03-06T00:00:00+08:00", 2, EndOfDay, "2026-03-10T23:59:59+08:00", false},
		{"an office that closes at half past five", "2026-03-05T18:00:00+08:00", 1, 17*3600 + 30*60, "2026-03-06T17:30:00+08:00", false},
		{"the notice for 2019 made a Saturday of 2018 a workday", "2018-12-28T10:00:00+08:00", 1, EndOfDay, "2018-12-29T23:59:59+08:00", false},
		{"2020's Spring Festival was prolonged by a second notice", "2020-01-30T10:00:00+08:00", 1, EndOfDay, "2020-02-03T23:59:59+08:00", false},
		{"the last known day", "2026-12-17T10:00:00+08:00", 1, EndOfDay, "2026-12-18T23:59:59+08:00", false},
		{"a Sunday that 2027's notice may move was needed", "2026-12-18T10:00:00+08:00", 1, EndOfDay, "2026-12-21T23:59:59+08:00", true},
		{"a Saturday still known does not make it provisional", "2026-12-16T10:00:00+08:00", 2, EndOfDay, "2026-12-18T23:59:59+08:00", false},
		{"in an unknown year 1 January is off", "2026-12-31T10:00:00+08:00", 1, EndOfDay, "2027-01-04T23:59:59+08:00", true},
		{"and so are 1 to 3 October", "2029-09-28T10:00:00+08:00", 1, EndOfDay, "2029-10-04T23:59:59+08:00", true},
		{"and 1 and 2 May", "2030-04-30T10:00:00+08:00", 1, EndOfDay, "2030-05-03T23:59:59+08:00", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			due, provisional := c.Due(instant(t, tt.received), tt.days, tt.closing)
			if got := due.Format(time.RFC3339); got != tt.due || provisional != tt.provisional {
				t.Errorf("due %s (provisional %t), want %s (%t)", got, provisional, tt.due, tt.provisional)
			}
		})
	}
}

// naive decides every question day by day from the loaded years alone: slow, and plain enough to
// be believed.
type naive struct{ years []Year }

func (n naive) loaded(year int) bool {
	for _, y := range n.years {
		if y.Year == year {
			return true
		}
	}
	return false
}

func (n naive) known(d Date) bool {
	if d.String()[5:] >= "12-20" && !n.loaded(d.Year()+1) {
		return false
	}
	return n.loaded(d.Year())
}

func (n naive) working(d Date) bool {
	for _, y := range n.years {
		for _, e := range y.Off {
			if e.Date == d {
				return false
			}
		}
		for _, e := range y.Work {
			if e.Date == d {
				return true
			}
		}
	}
	if !n.known(d) && slices.Contains([]string{"01-01", "05-01", "05-02", "10-01", "10-02", "10-03"}, d.String()[5:]) {
		return false
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// someCalendars are the built-in one, one with a year missing in the middle, and one that begins
// late, whose first notice moves days of the year before.
var someCalendars = sync.OnceValue(func() []*Calendar {
	all := BuiltIn(Shanghai)
	var gap []Year
	for _, y := range all.Years() {
		if y.Year != 2022 {
			gap = append(gap, y)
		}
	}
	withGap, err := New(Shanghai, gap...)
	if err != nil {
		panic(err)
	}
	late, err := New(Shanghai, all.Years()[2:4]...)
	if err != nil {
		panic(err)
	}
	return []*Calendar{all, withGap, late}
})

func drawCalendar(t *rapid.T) *Calendar {
	return rapid.SampledFrom(someCalendars()).Draw(t, "calendar")
}

func drawInstant(t *rapid.T, label string) time.Time {
	from := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	to := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return time.Unix(rapid.Int64Range(from, to).Draw(t, label), 0)
}

func drawClosing(t *rapid.T) Closing {
	return rapid.SampledFrom([]Closing{EndOfDay, 17*3600 + 30*60}).Draw(t, "closing")
}

func drawDays(t *rapid.T, label string) int { return rapid.IntRange(1, 300).Draw(t, label) }

func TestEveryDayIsAsANaiveReadingOfTheYears(t *testing.T) {
	t.Parallel()
	for i, c := range someCalendars() {
		n := naive{c.Years()}
		for d := NewDate(2015, time.January, 1); d < NewDate(2029, time.January, 1); d++ {
			if c.IsWorkingDay(d) != n.working(d) || c.Known(d) != n.known(d) {
				t.Errorf("calendar %d: %s working %t known %t, want %t %t", i, d, c.IsWorkingDay(d), c.Known(d), n.working(d), n.known(d))
			}
		}
	}
}

func TestWorkingDaysOfWholeYears(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for _, y := range c.Years() {
		count := c.WorkingDaysBetween(NewDate(y.Year-1, time.December, 31), NewDate(y.Year, time.December, 31))
		// 365 or 366 days less 104 to 106 weekend days and 11 (13 from 2025) statutory holidays;
		// exchanged days cancel out, and years in which two holidays coincide or a notice added
		// one differ by a few.
		if count < 246 || count > 252 {
			t.Errorf("%d has %d working days", y.Year, count)
		}
	}
}

func TestDueIsMonotoneInReceiptAndInDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, closing := drawCalendar(t), drawClosing(t)
		a, b := drawInstant(t, "a"), drawInstant(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		n := drawDays(t, "n")
		dueA, _ := c.Due(a, n, closing)
		dueB, _ := c.Due(b, n, closing)
		if dueB.Before(dueA) {
			t.Fatalf("%s is due %s, the later %s already %s", a, dueA, b, dueB)
		}
		if more, _ := c.Due(a, n+1, closing); !more.After(dueA) {
			t.Fatalf("one day more moves %s to %s", dueA, more)
		}
	})
}

func TestDueIsNeverOnADayOffNorOnTheDayOfReceipt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, at := drawCalendar(t), drawInstant(t, "received")
		due, _ := c.Due(at, drawDays(t, "n"), drawClosing(t))
		d := DateOf(due, Shanghai)
		if !(naive{c.Years()}).working(d) || d <= DateOf(at, Shanghai) {
			t.Fatalf("received %s, due %s, a %s", at, due, d.Weekday())
		}
	})
}

func TestDaysAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, at, closing := drawCalendar(t), drawInstant(t, "received"), drawClosing(t)
		n, m := drawDays(t, "n"), drawDays(t, "m")
		first, provisionalFirst := c.Due(at, n, closing)
		second, provisionalSecond := c.Due(first, m, closing)
		whole, provisional := c.Due(at, n+m, closing)
		if !whole.Equal(second) || provisional != (provisionalFirst || provisionalSecond) {
			t.Fatalf("%d then %d days: %s (%t, %t); %d days: %s (%t)", n, m, second, provisionalFirst, provisionalSecond, n+m, whole, provisional)
		}
	})
}

func TestDueCountsTheWorkingDaysAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, at, n := drawCalendar(t), drawInstant(t, "received"), drawDays(t, "n")
		due, provisional := c.Due(at, n, EndOfDay)
		if got := c.WorkingDays(at, due); got != n {
			t.Fatalf("%d working days from %s to %s, want %d", got, at, due, n)
		}
		unknown := false
		for d := DateOf(at, Shanghai) + 1; d <= DateOf(due, Shanghai); d++ {
			unknown = unknown || !(naive{c.Years()}).known(d)
		}
		if provisional != unknown {
			t.Fatalf("provisional %t, but unknown days on the way: %t", provisional, unknown)
		}
	})
}

func TestWorkingDaysAgreeWithANaiveCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, from, to := drawCalendar(t), drawInstant(t, "from"), drawInstant(t, "to")
		want, n := 0, naive{c.Years()}
		for d := DateOf(from, Shanghai) + 1; d <= DateOf(to, Shanghai); d++ {
			if n.working(d) {
				want++
			}
		}
		if got := c.WorkingDays(from, to); got != want {
			t.Fatalf("%d working days in (%s, %s], want %d", got, from, to, want)
		}
	})
}

func TestSameDayAnswerTakesNoWorkingDay(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for _, tt := range []struct {
		from, to string
		want     int
	}{
		{"2026-03-05T09:00:00+08:00", "2026-03-05T23:59:59+08:00", 0},
		{"2026-03-05T23:59:59+08:00", "2026-03-06T00:00:00+08:00", 1},
		{"2026-03-06T09:00:00+08:00", "2026-03-08T09:00:00+08:00", 0}, // Friday to Sunday
		{"2026-03-06T09:00:00+08:00", "2026-03-05T09:00:00+08:00", 0}, // bad data: answered before received
		{"2026-02-13T09:00:00+08:00", "2026-02-14T09:00:00+08:00", 1}, // a Saturday worked
		{"2026-02-14T09:00:00+08:00", "2026-02-23T09:00:00+08:00", 0}, // nine days of Spring Festival
	} {
		if got := c.WorkingDays(instant(t, tt.from), instant(t, tt.to)); got != tt.want {
			t.Errorf("%d working days from %s to %s, want %d", got, tt.from, tt.to, tt.want)
		}
	}
}

func TestDueDoesNotDependOnTheLocationOfTheInstant(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, location(t, "America/New_York"), location(t, "Pacific/Kiritimati"), time.FixedZone("odd", -11*3600-1)}
	rapid.Check(t, func(t *rapid.T) {
		c, at, n := drawCalendar(t), drawInstant(t, "received"), drawDays(t, "n")
		want, _ := c.Due(at.In(Shanghai), n, EndOfDay)
		got, _ := c.Due(at.In(rapid.SampledFrom(zones).Draw(t, "zone")), n, EndOfDay)
		if got != want {
			t.Fatalf("due %s, want %s", got, want)
		}
	})
}

// TestDueDoesNotDependOnTheZoneOfTheMachine runs itself in processes with other zones.
func TestDueDoesNotDependOnTheZoneOfTheMachine(t *testing.T) {
	t.Parallel()
	const child = "SLA_TEST_PRINT_DUES"
	if os.Getenv(child) != "" {
		c := BuiltIn(Shanghai)
		fmt.Fprintf(os.Stdout, "zone %s\n", time.Unix(0, 0).Local().Format("-07:00"))
		for _, row := range publishedDues {
			due, _ := c.Due(instant(t, row.received).Local(), row.days, EndOfDay)
			fmt.Fprintf(os.Stdout, "due %s\n", due.Format(time.RFC3339))
		}
		return
	}
	zones := map[string]string{"UTC": "+00:00", "America/New_York": "-05:00", "Pacific/Kiritimati": "-10:40", "Asia/Shanghai": "+08:00"}
	for zone, offsetIn1970 := range zones {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDueDoesNotDependOnTheZoneOfTheMachine$", "-test.count=1")
		cmd.Env = append(os.Environ(), child+"=1", "TZ="+zone)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("TZ=%s: %v\n%s", zone, err, out)
		}
		if !strings.Contains(string(out), "zone "+offsetIn1970+"\n") {
			t.Errorf("TZ=%s had no effect:\n%.40s", zone, out)
		}
		row := 0
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, "due ") {
				continue
			}
			if want := "due " + publishedDues[row].due + "\n"; line != want {
				t.Errorf("TZ=%s, row %d: %swant %s", zone, row+1, line, want)
			}
			row++
		}
		if row != len(publishedDues) {
			t.Errorf("TZ=%s: %d rows, want %d", zone, row, len(publishedDues))
		}
	}
}

func TestExplainAgreesWithDue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, at, n, closing := drawCalendar(t), drawInstant(t, "received"), drawDays(t, "n"), drawClosing(t)
		due, provisional := c.Due(at, n, closing)
		days := c.Explain(at, n, closing)
		first, last := days[0], days[len(days)-1]
		if first.Date != DateOf(at, Shanghai) || first.Reason != Receipt || first.Counted != 0 {
			t.Fatalf("begins with %+v", first)
		}
		if !closing.At(last.Date, Shanghai).Equal(due) || last.Counted != n {
			t.Fatalf("ends with %+v, due %s", last, due)
		}
		counted, unknown := 0, false
		for i, d := range days[1:] {
			if d.Date != first.Date.AddDays(i+1) || d.Working != c.IsWorkingDay(d.Date) {
				t.Fatalf("day %d is %+v", i+1, d)
			}
			if d.Working {
				counted++
			}
			if d.Working != (d.Counted == counted && d.Counted > 0) {
				t.Fatalf("%+v, want day %d", d, counted)
			}
			unknown = unknown || !d.Known
			if worked := d.Reason == Workday || d.Reason == AdjustedWorkday; d.Known && worked != d.Working {
				t.Fatalf("%+v contradicts itself", d)
			}
			if d.Known == (d.Reason == UnknownYear) {
				t.Fatalf("%+v contradicts itself", d)
			}
		}
		if unknown != provisional {
			t.Fatalf("provisional %t, but unknown days: %t", provisional, unknown)
		}
	})
}

func TestExplainTellsTheReasonOfEachDay(t *testing.T) {
	t.Parallel()
	got := BuiltIn(Shanghai).Explain(instant(t, "2026-02-13T10:00:00+08:00"), 2, EndOfDay)
	want := []Day{
		{Date: date(t, "2026-02-13"), Working: true, Known: true, Reason: Receipt},
		{Date: date(t, "2026-02-14"), Counted: 1, Working: true, Known: true, Reason: AdjustedWorkday, Name: "春节"},
		{Date: date(t, "2026-02-15"), Known: true, Reason: Weekend},
		{Date: date(t, "2026-02-16"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-17"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-18"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-19"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-20"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-21"), Known: true, Reason: Weekend},
		{Date: date(t, "2026-02-22"), Known: true, Reason: Weekend},
		{Date: date(t, "2026-02-23"), Known: true, Reason: Holiday, Name: "春节"},
		{Date: date(t, "2026-02-24"), Counted: 2, Working: true, Known: true, Reason: Workday},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	unknown := BuiltIn(Shanghai).Explain(instant(t, "2027-09-30T10:00:00+08:00"), 1, EndOfDay)
	wantUnknown := []Day{
		{Date: date(t, "2027-09-30"), Working: true, Reason: Receipt},
		{Date: date(t, "2027-10-01"), Reason: UnknownYear, Name: "国庆节"},
		{Date: date(t, "2027-10-02"), Reason: UnknownYear, Name: "国庆节"},
		{Date: date(t, "2027-10-03"), Reason: UnknownYear, Name: "国庆节"},
		{Date: date(t, "2027-10-04"), Counted: 1, Working: true, Reason: UnknownYear},
	}
	if diff := cmp.Diff(wantUnknown, unknown); diff != "" {
		t.Errorf("unknown days (-want +got):\n%s", diff)
	}
}

func TestEveryReasonHasAName(t *testing.T) {
	t.Parallel()
	for r := Receipt; r <= Routing; r++ {
		if r.String() == "" || strings.HasPrefix(r.String(), "Reason(") {
			t.Errorf("reason %d is called %q", int(r), r)
		}
	}
	if got := Reason(99).String(); got != "Reason(99)" {
		t.Errorf("an unheard-of reason is called %q", got)
	}
}

func TestADeadlineOfNoDaysPanics(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d days are accepted", n)
				}
			}()
			BuiltIn(Shanghai).Due(time.Unix(0, 0), n, EndOfDay)
		}()
	}
}

func TestNextWorkingDayJumpsTheHoliday(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for from, want := range map[string]string{"2026-09-30": "2026-10-08", "2026-10-09": "2026-10-10", "2026-11-19": "2026-11-20"} {
		if got := c.NextWorkingDay(date(t, from)).String(); got != want {
			t.Errorf("after %s comes %s, want %s", from, got, want)
		}
	}
}

func TestCalendarIsSafeForManyGoroutines(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, row := range publishedDues {
				at, err := time.Parse(time.RFC3339, row.received)
				if err != nil {
					t.Error(err)
					return
				}
				if due, _ := c.Due(at, row.days, EndOfDay); due.Format(time.RFC3339) != row.due {
					t.Errorf("due %s, want %s", due, row.due)
				}
				c.Explain(at, row.days, EndOfDay)
				c.Years()[0].Off[0].Name = "a copy may be written to"
			}
		})
	}
	wg.Wait()
}
