package sla

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDatesThatDoNotExistAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"2026-02-29", "2026-02-30", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
		"", "2026", "2026-1-1", "26-01-01", "2026/01/01", "2026-01-01 ", " 2026-01-01", "2026-01-01T00:00", "二〇二六-01-01", "2026-01-01\n",
	} {
		d, err := ParseDate(s)
		if err == nil {
			t.Errorf("ParseDate(%q) = %s, want an error", s, d)
			continue
		}
		if !strings.Contains(err.Error(), "form") && !strings.Contains(err.Error(), "not a day of the calendar") {
			t.Errorf("ParseDate(%q): %v: does not say what is wrong", s, err)
		}
	}
}

func TestDateAgreesWithTimePackage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := Date(rapid.Int32Range(-700_000, 2_900_000).Draw(t, "days"))
		want := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(d))
		if d.String() != want.Format(time.DateOnly) || d.Weekday() != want.Weekday() || d.Year() != want.Year() {
			t.Fatalf("%d: %s %s %d, want %s", d, d, d.Weekday(), d.Year(), want)
		}
		if got := NewDate(d.YearMonthDay()); got != d {
			t.Fatalf("NewDate gives %s for %s", got, d)
		}
		if got := DateOf(want.Add(24*time.Hour-1), time.UTC); got != d {
			t.Fatalf("the last instant of %s falls on %s", d, got)
		}
	})
}

func TestDateOfInstantIsThatOfTheLocation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ instant, zone, want string }{
		{"2026-03-05T15:59:59Z", "Asia/Shanghai", "2026-03-05"},
		{"2026-03-05T16:00:00Z", "Asia/Shanghai", "2026-03-06"},
		{"2026-03-05T16:00:00Z", "America/New_York", "2026-03-05"},
		{"1969-12-31T23:59:59Z", "UTC", "1969-12-31"},
		{"1969-12-31T16:00:00Z", "Asia/Shanghai", "1970-01-01"},
	} {
		at, err := time.Parse(time.RFC3339, tt.instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at, location(t, tt.zone)).String(); got != tt.want {
			t.Errorf("%s in %s falls on %s, want %s", tt.instant, tt.zone, got, tt.want)
		}
	}
}

func TestDayStartsAndClosesAroundChangesOfTheClock(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, zone, date, closing, start, end string }{
		{"no summer time", "Asia/Shanghai", "2026-03-29", "23:59:59", "2026-03-29T00:00:00+08:00", "2026-03-29T23:59:59+08:00"},
		{"the clock springs forward at two", "Europe/Berlin", "2026-03-29", "17:30", "2026-03-29T00:00:00+01:00", "2026-03-29T17:30:00+02:00"},
		{"closing falls into the hour skipped", "Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T00:00:00+01:00", "2026-03-29T01:59:59+01:00"},
		{"the hour lived twice closes the second time", "Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"midnight is skipped", "America/Sao_Paulo", "2018-11-04", "23:59:59", "2018-11-04T01:00:00-02:00", "2018-11-04T23:59:59-02:00"},
		{"the last hour of the day is lived twice", "America/Sao_Paulo", "2018-02-17", "23:59:59", "2018-02-17T00:00:00-02:00", "2018-02-17T23:59:59-03:00"},
		{"the first hour of the day is lived twice", "America/Havana", "2026-11-01", "23:59:59", "2026-11-01T00:00:00-04:00", "2026-11-01T23:59:59-05:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			loc := location(t, tt.zone)
			d := date(t, tt.date)
			closing, err := ParseClosing(tt.closing)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Start(loc).Format(time.RFC3339); got != tt.start {
				t.Errorf("starts %s, want %s", got, tt.start)
			}
			if got := closing.At(d, loc).Format(time.RFC3339); got != tt.end {
				t.Errorf("closes %s, want %s", got, tt.end)
			}
		})
	}
}

func TestNextDayStartsOneSecondAfterTheEndOfTheDay(t *testing.T) {
	t.Parallel()
	zones := []string{"Asia/Shanghai", "UTC", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kolkata"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		d := NewDate(2000, time.January, 1).AddDays(rapid.IntRange(0, 40*365).Draw(t, "day"))
		end, next := EndOfDay.At(d, loc), d.AddDays(1).Start(loc)
		if !end.Add(time.Second).Equal(next) {
			t.Fatalf("%s ends %s, the next day starts %s", d, end, next)
		}
		if DateOf(d.Start(loc), loc) != d || DateOf(end, loc) != d {
			t.Fatalf("%s: start %s or end %s falls on another day", d, d.Start(loc), end)
		}
	})
}

func TestClosingTimes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{"17:30": "17:30:00", "17:30:00": "17:30:00", "23:59:59": "23:59:59", "00:00:01": "00:00:01"} {
		c, err := ParseClosing(s)
		if err != nil || c.String() != want {
			t.Errorf("ParseClosing(%q) = %s, %v, want %s", s, c, err, want)
		}
	}
	for _, s := range []string{"", "24:00", "24:00:00", "17:60", "5:30", "17.30", "00:00", "00:00:00", "17:30:00.5", "17:30 ", "17:30:0", "下午五点"} {
		if c, err := ParseClosing(s); err == nil {
			t.Errorf("ParseClosing(%q) = %s, want an error", s, c)
		}
	}
	if got := Closing(0).At(date(t, "2026-03-06"), Shanghai).Format(time.RFC3339); got != "2026-03-06T23:59:59+08:00" {
		t.Errorf("a closing time nobody set ends the day at %s", got)
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-01-01", "2026-02-30", "2024-02-29", "0000-01-01", "9999-12-31", "2026-1-1", "-001-01-01", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if d.String() != s {
			t.Fatalf("%q was read as %s", s, d)
		}
	})
}

func FuzzParseClosing(f *testing.F) {
	for _, s := range []string{"17:30", "23:59:59", "00:00", "24:00", "7:30", "17:30:00.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseClosing(s)
		if err != nil {
			return
		}
		if !strings.HasPrefix(c.String(), s) || c <= 0 || c > EndOfDay {
			t.Fatalf("%q was read as %s (%d)", s, c, c)
		}
	})
}

func TestDatesAndClosingTimesTravelThroughJSON(t *testing.T) {
	t.Parallel()
	type both struct {
		Date    Date
		Closing Closing
	}
	in := both{date(t, "2026-02-14"), 17*3600 + 30*60}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Date":"2026-02-14","Closing":"17:30:00"}`; string(text) != want {
		t.Fatalf("written as %s, want %s", text, want)
	}
	var out both
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Fatalf("read back as %+v, %v", out, err)
	}
	for _, bad := range []string{`{"Date":"2026-02-30"}`, `{"Closing":"25:00"}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}
