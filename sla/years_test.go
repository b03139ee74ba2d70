package sla

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// year2027 is made up: the notice for 2027 is not out. It works a Sunday of December 2026.
const year2027 = `{"years": [{
  "year": 2027,
  "weekday_off": [
    {"date": "2026-12-31", "name": "元旦"}, {"date": "2027-01-01", "name": "元旦"},
    {"date": "2027-10-01", "name": "国庆节"}
  ],
  "weekend_work": [{"date": "2026-12-27", "name": "元旦"}, {"date": "2027-01-09", "name": "元旦"}]
}]}`

func parseOne(t testing.TB, text string) Year {
	t.Helper()
	years, err := ParseYears([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return years[0]
}

func TestBuiltInYearsAreComplete(t *testing.T) {
	t.Parallel()
	years := BuiltIn(Shanghai).Years()
	want := 2017
	off, work := 0, 0
	for _, y := range years {
		if y.Year != want {
			t.Errorf("year %d, want %d", y.Year, want)
		}
		if len(y.Papers) == 0 {
			t.Errorf("year %d names no notice", y.Year)
		}
		for _, e := range slices.Concat(y.Off, y.Work) {
			if e.Name == "" {
				t.Errorf("%s has no name", e.Date)
			}
		}
		off, work = off+len(y.Off), work+len(y.Work)
		want++
	}
	if want != 2027 {
		t.Errorf("ends before %d, want 2027", want)
	}
	if off+work != 244 {
		t.Errorf("%d weekdays off and %d weekend days worked, want 244 together", off, work)
	}
}

func TestLoadingAYearSettlesTheLastDaysOfTheOneBefore(t *testing.T) {
	t.Parallel()
	before := BuiltIn(Shanghai)
	after, err := before.WithYear(parseOne(t, year2027))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		calendar    *Calendar
		received    string
		days        int
		due         string
		provisional bool
	}{
		{"before, an ordinary week", before, "2026-12-25", 1, "2026-12-28T23:59:59+08:00", true},
		{"before, over the new year", before, "2026-12-25", 5, "2027-01-04T23:59:59+08:00", true},
		{"after, the Sunday is worked", after, "2026-12-25", 1, "2026-12-27T23:59:59+08:00", false},
		{"after, the 31st is off", after, "2026-12-25", 5, "2027-01-04T23:59:59+08:00", false},
		{"after, 2027's own end is open", after, "2027-12-17", 1, "2027-12-20T23:59:59+08:00", true},
	} {
		due, provisional := tt.calendar.Due(date(t, tt.received).Start(Shanghai), tt.days, EndOfDay)
		if got := due.Format(time.RFC3339); got != tt.due || provisional != tt.provisional {
			t.Errorf("%s: %s (provisional %t), want %s (%t)", tt.name, got, provisional, tt.due, tt.provisional)
		}
	}
	if before.Known(date(t, "2026-12-20")) || !before.Known(date(t, "2026-12-19")) {
		t.Error("the built-in calendar must end to be known on 20 December 2026")
	}
	if !after.Known(date(t, "2026-12-31")) || after.Known(date(t, "2027-12-20")) {
		t.Error("2027 must settle the end of 2026 and leave its own open")
	}
}

func TestReplacingAYearForgetsItsOldDays(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	i := slices.IndexFunc(c.Years(), func(y Year) bool { return y.Year == 2026 })
	y := c.Years()[i]
	y.Work = slices.DeleteFunc(y.Work, func(e Entry) bool { return e.Date == date(t, "2026-02-14") })
	corrected, err := c.WithYear(y)
	if err != nil {
		t.Fatal(err)
	}
	if corrected.IsWorkingDay(date(t, "2026-02-14")) {
		t.Error("the old workday still stands")
	}
	if !c.IsWorkingDay(date(t, "2026-02-14")) {
		t.Error("the first calendar has changed")
	}
}

func TestLettersFromBeforeTheFirstYearAreNotAssessable(t *testing.T) {
	t.Parallel()
	c := BuiltIn(Shanghai)
	for at, want := range map[string]bool{
		"2016-12-31T23:59:59+08:00": false,
		"2017-01-01T00:00:00+08:00": true,
		"2016-12-31T16:00:00Z":      true,
		"2026-12-31T10:00:00+08:00": true,
		"2040-01-01T10:00:00+08:00": true,
	} {
		if got := c.Assessable(instant(t, at)); got != want {
			t.Errorf("%s: assessable %t, want %t", at, got, want)
		}
	}
}

func TestFaultyCalendarFilesAreRefusedByName(t *testing.T) {
	t.Parallel()
	year := func(rest string) string { return `{"years":[{"year":2027,` + rest + `}]}` }
	off := func(dates ...string) string {
		var s []string
		for _, d := range append([]string{"2027-01-01", "2027-10-01"}, dates...) {
			s = append(s, `{"date":"`+d+`","name":"x"}`)
		}
		return `"weekday_off":[` + strings.Join(s, ",") + `]`
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty file", ``, "no JSON found"},
		{"cut off", `{"years":[`, "ends too early"},
		{"not JSON", "\n\nyear,date", "line 3"},
		{"no years", `{}`, `"years" is empty or missing`},
		{"two values", year(off()) + `{}`, "more text follows"},
		{"misspelt field", `{"yeers":[]}`, "yeers"},
		{"a word for a number", `{"years":[{"year":"2027"}]}`, "years.year cannot be a JSON string"},
		{"a year of another age", `{"years":[{"year":1949}]}`, "year 1949 is outside 2000 to 2199"},
		{"a date that does not exist", year(off("2027-02-29")), `year 2027: weekday_off, entry 3: "2027-02-29" is not a day of the calendar`},
		{"a date in another form", year(off("27/2/1")), `weekday_off, entry 3: "27/2/1" is not a date of the form`},
		{"a date of another year", year(off("2028-01-03")), "weekday_off, entry 3: 2028-01-03 is outside 2026-12-20 to 2027-12-31"},
		{"a date too early in the year before", year(off("2026-12-18")), "2026-12-18 is outside"},
		{"a Saturday off", year(off("2027-02-06")), "weekday_off, entry 3: 2027-02-06 is a weekend day"},
		{"a Monday worked", year(off() + `,"weekend_work":[{"date":"2027-02-08","name":"x"}]`), "weekend_work, entry 1: 2027-02-08 is a weekday"},
		{"a day twice", year(off("2027-02-08", "2027-02-08")), "entry 4: 2027-02-08 is named twice"},
		{"a year twice", `{"years":[{"year":2027,` + off() + `},{"year":2027,` + off() + `}]}`, "year 2027 stands in the file twice"},
		{"an empty year", `{"years":[{"year":2027}]}`, "2027-01-01 (元旦) is missing"},
		{"half a year", year(`"weekday_off":[{"date":"2027-01-01","name":"元旦"}]`), "2027-10-01 (国庆节) is missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseYears([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNewRefusesWhatItCannotCountOn(t *testing.T) {
	t.Parallel()
	if _, err := New(Shanghai); err == nil {
		t.Error("a calendar of no years is accepted")
	}
	if _, err := New(nil, parseOne(t, year2027)); err == nil {
		t.Error("a calendar without a location is accepted")
	}
	if _, err := New(Shanghai, Year{Year: 2027}); err == nil {
		t.Error("an empty year is accepted")
	}
}

func TestYearsAreWrittenAsTheyAreRead(t *testing.T) {
	t.Parallel()
	want := BuiltIn(Shanghai).Years()
	text, err := FormatYears(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseYears(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("years (-want +got):\n%s", diff)
	}
}

func TestOrderOfYearsMakesNoDifference(t *testing.T) {
	t.Parallel()
	years := BuiltIn(Shanghai).Years()
	rapid.Check(t, func(t *rapid.T) {
		shuffled, err := New(Shanghai, rapid.Permutation(years).Draw(t, "years")...)
		if err != nil {
			t.Fatal(err)
		}
		at, n := drawInstant(t, "received"), drawDays(t, "n")
		want, _ := someCalendars()[0].Due(at, n, EndOfDay)
		if got, _ := shuffled.Due(at, n, EndOfDay); got != want {
			t.Fatalf("due %s, want %s", got, want)
		}
	})
}

func FuzzParseYears(f *testing.F) {
	f.Add([]byte(year2027))
	f.Add([]byte(`{"years":[{"year":2027,"weekday_off":null}]}`))
	f.Add([]byte(`{"years":[{"year":2028,"weekday_off":[{"date":"2028-05-01"},{"date":"2028-10-02"},{"date":"2028-10-03"}]}]}`))
	f.Add([]byte("{\"years\":[\n{\"year\":1e9}]}"))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		years, err := ParseYears(text)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "calendar:" {
				t.Fatalf("an error without words: %q", err)
			}
			return
		}
		c, err := New(Shanghai, years...)
		if err != nil {
			t.Fatalf("read, but not usable: %v", err)
		}
		if got := c.Location(); got != Shanghai {
			t.Fatalf("location %s", got)
		}
		written, err := FormatYears(years)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseYears(written)
		if err != nil {
			t.Fatalf("written as %s, not readable: %v", written, err)
		}
		if diff := cmp.Diff(years, again); diff != "" {
			t.Fatalf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}
