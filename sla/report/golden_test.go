package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"mailbox/cases/errs"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// halfYear is what the city reported for January to June 2018: 747 valid letters through the mailbox
// and the consultation column, all answered, 641 of them rated in the upper three grades; 15 netizen
// messages, all on time; and the year before, when 402 of 500 were content. On top, as in any city, 20
// declined and 5 merged letters. The days and departments are made up.
func halfYear(t testing.TB) []fact {
	t.Helper()
	var facts []fact
	add := func(n int, year int, change func(i int, f *fact)) {
		first := time.Date(year, 1, 1, 9, 0, 0, 0, shanghai)
		for i := range n {
			f := letter(t, int64(len(facts)/2+1))
			received := first.AddDate(0, 0, i*181/n).Add(time.Duration(i%400) * time.Minute)
			f.ReceivedAt, f.ReceivedDay, f.ValidFrom = received.Unix(), received.Format(time.DateOnly), received.Unix()
			due := time.Date(received.Year(), received.Month(), received.Day()+2, 23, 59, 59, 0, shanghai).Unix()
			f.DueAt, f.DueUnextendedAt = &due, &due
			f.Channel, f.Kind = []string{"mailbox", "consult"}[i%2], []string{"help", "complaint", "consultation"}[i%3]
			f.District = []string{"岳塘区", "雨湖区", ""}[i%3]
			ended := f
			ended.ValidFrom = received.Add(time.Duration(3+i%45) * time.Hour).Unix()
			f.ValidTo = ended.ValidFrom
			change(i, &ended)
			if ended.Validity == "valid" {
				ended.DepartmentID = new(int64(1 + i%5))
				ended.AnsweredAt, ended.RepliedAt, ended.DepartmentDueAt = &ended.ValidFrom, &ended.ValidFrom, &due
				ended.Days, ended.DepartmentDays = new(int64(i%3)), new(int64(i%2))
			}
			f.Channel = ended.Channel
			facts = append(facts, f, ended)
		}
	}
	rate := func(f *fact, content bool) {
		f.Rating, f.RatingSource = new(int64(2)), "telephone"
		if content {
			f.Rating = new(3 + f.CaseID%3)
		}
	}
	add(747, 2018, func(i int, f *fact) { rate(f, i < 641) })
	add(500, 2017, func(i int, f *fact) { rate(f, i < 402) })
	add(15, 2018, func(_ int, f *fact) { f.Channel = "message" })
	add(20, 2018, func(_ int, f *fact) { f.Validity = "invalid" })
	add(5, 2018, func(_ int, f *fact) { f.Validity = "duplicate" })
	return facts
}

func TestTheHalfYear2018OfTheCityIsRebuilt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 5, halfYear(t))
		engine := report.New(db, shanghai)
		q := report.Query{
			From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-10T09:00:00"), By: report.ByDepartment,
			Channel: "mailbox,consult", Compare: true,
		}
		r, err := engine.Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if f := r.Total; f.Valid != 747 || f.ReplyRate.String() != "100.00" || f.Satisfied != 641 || f.Rated != 747 ||
			f.SatisfactionRate.String() != "85.81" || f.YearOnYear.SatisfactionRate.String() != "+5.41" ||
			f.Invalid != 20 || f.Duplicate != 5 || f.Received != 772 {
			t.Errorf("the half-year is %+v, %+v", f, f.YearOnYear)
		}
		if want := (report.Period{From: "2017-01-01", To: "2017-07-01"}); *r.YearOnYear != want {
			t.Errorf("the year before is %v, want %v", *r.YearOnYear, want)
		}
		compareGolden(t, "half_year_2018", r)

		q.Channel, q.By = "message", report.ByNone
		messages, err := engine.Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if f := messages.Total; f.Valid != 15 || f.OnTime != 15 || f.OnTimeRate.String() != "100.00" || f.SatisfactionRate.String() != report.None {
			t.Errorf("the messages are %+v", f)
		}
		compareGolden(t, "messages_2018", messages)
	})
}

// compareGolden compares every form of a report with its file under testdata.
func compareGolden(t *testing.T, name string, r report.Report) {
	t.Helper()
	for ending, write := range map[string]func(*bytes.Buffer) error{
		".json":   func(b *bytes.Buffer) error { return report.WriteJSON(b, r) },
		".zh.csv": func(b *bytes.Buffer) error { return report.WriteCSV(b, r, errs.ZH) },
		".en.csv": func(b *bytes.Buffer) error { return report.WriteCSV(b, r, errs.EN) },
		".zh.txt": func(b *bytes.Buffer) error { return report.WriteTable(b, r, errs.ZH) },
		".en.txt": func(b *bytes.Buffer) error { return report.WriteTable(b, r, errs.EN) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+ending)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got, go test -update writes it anew):\n%s", path, diff)
		}
	}
}

// counts gives the whole-number figures by their names in the JSON.
func counts(t testing.TB, f report.Figures) map[string]int64 {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	n := map[string]int64{}
	for _, name := range report.FigureNames() {
		value, ok := all[name].(float64)
		if !ok {
			t.Fatalf("the JSON has no count %s", name)
		}
		n[name] = int64(value)
	}
	return n
}

func TestTheCSVHasEveryFigureOfTheJSON(t *testing.T) {
	t.Parallel()
	// Each figure has a number of its own, so a column that shows another's is found.
	var f report.Figures
	want := fill(reflect.ValueOf(&f).Elem())
	var out bytes.Buffer
	if err := report.WriteCSV(&out, report.Report{By: report.ByNone, Total: f, SilenceDays: 1}, errs.EN); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := lines[1][1:]; !slices.Equal(got, want) {
		t.Errorf("the CSV has %v, the JSON %v", got, want)
	}
	if len(lines[0]) != len(lines[1]) {
		t.Errorf("%d headings over %d cells", len(lines[0]), len(lines[1]))
	}
}

// fill gives every figure of the struct another value and lists them as they are printed.
func fill(v reflect.Value) (printed []string) {
	for i := range v.NumField() {
		number := int64(i + 1)
		switch field := v.Field(i).Addr().Interface().(type) {
		case *int64:
			*field = number
			printed = append(printed, strconv.FormatInt(number, 10))
		case **int64:
			*field = &number
			printed = append(printed, strconv.FormatInt(number, 10))
		case *report.Rate:
			*field = report.Rate{Part: number, Of: 100}
			printed = append(printed, field.String())
		}
	}
	return printed
}

func TestANameCannotHarmASpreadsheetOrATerminal(t *testing.T) {
	t.Parallel()
	r := report.Report{By: report.ByDistrict, Groups: []report.Figures{
		{Group: `=HYPERLINK("http://x","y")`, GroupID: "1"},
		{Group: "+1", GroupID: "2"},
		{Group: "@a", GroupID: "3"},
		{Group: "\x1b[2J岳塘区\u202e", GroupID: "4"},
		{Group: report.None, GroupID: "5"},
		{},
	}}
	var file, screen bytes.Buffer
	if err := report.WriteCSV(&file, r, errs.ZH); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.String(), "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"区县", `'=HYPERLINK("http://x","y")`, "'+1", "'@a", "\x1b[2J岳塘区\u202e", "—", "未注明", "合计"} {
		if lines[i][0] != want {
			t.Errorf("line %d begins with %q, want %q", i+1, lines[i][0], want)
		}
	}
	if err := report.WriteTable(&screen, r, errs.ZH); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(screen.String(), "\x1b\u202e") {
		t.Errorf("the terminal is told to do things: %q", screen.String())
	}
}
