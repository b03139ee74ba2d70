package sla

import (
	"encoding/json"
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
    {"date": "2027-02-08", "name": "春节"}, {"date": "2027-04-05", "name": "清明节"},
    {"date": "2027-05-03", "name": "劳动节"}, {"date": "2027-06-09", "name": "端午节"},
    {"date": "2027-10-01", "name": "中秋节、国庆节"}
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
			s = append(s, `{"date":"`+d+`"}`)
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
		{"a holiday left out", strings.ReplaceAll(year2027, "端午节", "劳动节"), "year 2027: no day is named for 端午节, the notice looks incomplete"},
		{"both forms", `{"years":[],"days":[]}`, `"years" and "days" stand in one file`},
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

// holidays2027 is year2027 in the other form, in which the weekend days of a holiday stand as well.
const holidays2027 = `{
  "$schema": "https://raw.githubusercontent.com/NateScarlet/holiday-cn/master/schema.json",
  "$id": "https://raw.githubusercontent.com/NateScarlet/holiday-cn/master/2027.json",
  "year": 2027,
  "papers": [],
  "days": [
    {"name": "元旦", "date": "2026-12-27", "isOffDay": false},
    {"name": "元旦", "date": "2026-12-31", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-02", "isOffDay": true},
    {"name": "元旦", "date": "2027-01-09", "isOffDay": false},
    {"name": "春节", "date": "2027-02-06", "isOffDay": true},
    {"name": "春节", "date": "2027-02-08", "isOffDay": true},
    {"name": "清明节", "date": "2027-04-05", "isOffDay": true},
    {"name": "劳动节", "date": "2027-05-03", "isOffDay": true},
    {"name": "端午节", "date": "2027-06-09", "isOffDay": true},
    {"name": "中秋节、国庆节", "date": "2027-10-01", "isOffDay": true},
    {"name": "中秋节、国庆节", "date": "2027-10-02", "isOffDay": true}
  ]
}`

func TestBothFormsOfAYearAreTheSame(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(parseOne(t, year2027), parseOne(t, holidays2027)); diff != "" {
		t.Errorf("2027 (-years +days):\n%s", diff)
	}
	for _, want := range BuiltIn(Shanghai).Years() {
		type day struct {
			Name string `json:"name"`
			Date Date   `json:"date"`
			Off  bool   `json:"isOffDay"`
		}
		var days []day
		stands := make(map[Date]bool)
		for _, e := range want.Work {
			days, stands[e.Date] = append(days, day{e.Name, e.Date, false}), true
		}
		for _, e := range want.Off {
			days = append(days, day{e.Name, e.Date, true})
			for d := e.Date + 1; isWeekend(d) && !stands[d] && d.Year() == want.Year; d++ {
				days, stands[d] = append(days, day{e.Name, d, true}), true
			}
		}
		text, err := json.Marshal(map[string]any{"year": want.Year, "papers": want.Papers, "days": days})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, parseOne(t, string(text))); diff != "" {
			t.Errorf("%d (-built in +days):\n%s", want.Year, diff)
		}
	}
}

func TestFaultyFilesOfOneYearAreRefusedByName(t *testing.T) {
	t.Parallel()
	with := func(days string) string {
		return strings.Replace(holidays2027, `"days": [`, `"days": [`+days+`,`, 1)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"not out yet", `{"year":2027,"papers":[],"days":[]}`, `year 2027: "days" is empty: the notice of 2027 has not come out in this file`},
		{"no days", `{"year":2027,"days":null}`, "the notice of 2027 has not come out in this file"},
		{"no year", `{"days":[]}`, "year 0 is outside 2000 to 2199"},
		{"another year's days", strings.Replace(holidays2027, `"year": 2027`, `"year": 2028`, 1), "year 2028: days, entry 1: 2026-12-27 is outside 2027-12-20 to 2028-12-31"},
		{"a weekend of another year", with(`{"date":"2028-01-01","name":"元旦","isOffDay":true}`), "year 2027: days, entry 1: 2028-01-01 is outside"},
		{"a weekday worked", with(`{"date":"2027-02-10","name":"春节","isOffDay":false}`), "days, entry 1: 2027-02-10 is a weekday, which needs no entry to be worked"},
		{"a day twice", with(`{"date":"2027-02-08","name":"春节","isOffDay":true}`), "days, entry 8: 2027-02-08 is named twice"},
		{"a weekend day twice", with(`{"date":"2027-02-06","name":"春节","isOffDay":false}`), "days, entry 7: 2027-02-06 is named twice"},
		{"off or not", with(`{"date":"2027-02-09","name":"春节"}`), "days, entry 1: 2027-02-09 does not say whether it is off"},
		{"a word for yes", with(`{"date":"2027-02-09","name":"春节","isOffDay":"yes"}`), "line 6: days.isOffDay cannot be a JSON string"},
		{"a date in another form", with(`{"date":"9 Feb","name":"春节","isOffDay":true}`), `days, entry 1: "9 Feb" is not a date of the form`},
		{"an unknown key", strings.Replace(holidays2027, `"papers"`, `"paper"`, 1), `unknown field "paper"`},
		{"an unknown key of a day", with(`{"date":"2027-02-09","off":true}`), `unknown field "off"`},
		{"cut off", holidays2027[:300], "the JSON ends too early"},
		{"more text", holidays2027 + "{}", "more text follows"},
		{"a statutory day left out", strings.Replace(holidays2027, "2027-10-01", "2027-10-04", 1), "2027-10-01 (国庆节) is missing"},
		{"a holiday left out", strings.ReplaceAll(holidays2027, "清明节", "春节"), "year 2027: no day is named for 清明节"},
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

func TestTheYearToLoadIsNamedBeforeItIsNeeded(t *testing.T) {
	t.Parallel()
	before := BuiltIn(Shanghai)
	after, err := before.WithYear(parseOne(t, year2027))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		calendar *Calendar
		from     string
		days     int
		first    string
		year     int
	}{
		{"all known", before, "2026-11-19", 30, "", 0},
		{"the 20th of December is the last of so many days", before, "2026-11-20", 30, "2026-12-20", 2027},
		{"a Sunday of December waits for the next year", before, "2026-12-27", 0, "2026-12-27", 2027},
		{"loaded", after, "2026-12-20", 300, "", 0},
		{"a year long gone by", before, "2029-06-01", 10, "2029-06-01", 2029},
		{"its December needs its own year first", before, "2029-12-25", 10, "2029-12-25", 2029},
		{"no days at all", before, "2027-06-01", -1, "", 0},
	} {
		first, year, missing := tt.calendar.UnknownWithin(date(t, tt.from), tt.days)
		if missing != (tt.first != "") || year != tt.year || missing && first.String() != tt.first {
			t.Errorf("%s: %s, %d, %t, want %q, %d", tt.name, first, year, missing, tt.first, tt.year)
		}
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
	f.Add([]byte(holidays2027))
	f.Add([]byte(`{"year":2027,"days":[]}`))
	f.Add([]byte(`{"year":2028,"papers":[],"days":[{"date":"2028-05-01","isOffDay":true},{"date":"2028-10-02","isOffDay":true},{"date":"2028-10-03","isOffDay":true},{"date":"2028-10-07","isOffDay":true}]}`))
	f.Add([]byte(`{"days":{},"Years":null}`))
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
