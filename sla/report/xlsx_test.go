package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

var made = report.Made{City: "潭城市", At: time.Date(2018, 7, 10, 9, 0, 0, 0, shanghai), Version: "1.2.3"}

func workbook(t testing.TB, r report.Report, lang errs.Lang) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if err := report.WriteXLSX(&out, r, lang, made); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func rows(t testing.TB, book *excelize.File, sheet string, options ...excelize.Options) [][]string {
	t.Helper()
	all, err := book.GetRows(sheet, options...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// theHalfYear is the city's half-year, with conduct and reworks as a city has them.
func theHalfYear(t testing.TB, by, then report.Grouping) report.Report {
	t.Helper()
	db := testdb.SQLite(t)
	write(t, db, 5, halfYear(t))
	r, err := report.New(db, shanghai).Run(t.Context(), report.Query{
		From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-10T09:00:00"), By: by, Then: then,
		Channel: "mailbox,consult", Compare: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Conduct = []report.ConductLine{
		{Department: "部门01", DepartmentID: "1", Counts: map[cases.Conduct]int64{cases.Returned: 3, cases.YellowCard: 2, cases.Hollow: 4}},
		{DepartmentID: report.NotRouted, Counts: map[cases.Conduct]int64{cases.MergedLate: 1, cases.Returned: 1}},
	}
	reworks := report.Reworks{Granted: 4, Answered: 3, Due: 3, OnTime: 2, OnTimeRate: report.Rate{Part: 2, Of: 3}, OverdueOpen: 0, Rated: 0}
	r.Reworks, r.ReworkTotal = []report.ReworkLine{{Department: "部门01", DepartmentID: "1", Reworks: reworks}}, &reworks
	return r
}

// shown is a value of the JSON as a cell shows it.
func shown(t testing.TB, value any, key string) string {
	t.Helper()
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case string: // a rate, or points
		if strings.Contains(key, "points") {
			return value
		}
		return value + "%"
	}
	t.Fatalf("%s is %v", key, value)
	return ""
}

func TestTheWorkbookShowsEveryNumberOfTheJSON(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ by, then report.Grouping }{
		{report.ByDepartment, ""},
		{report.ByDepartment, report.ByKind},
		{report.ByMonth, ""},
		{report.ByNone, ""},
	} {
		t.Run(string(test.by+test.then), func(t *testing.T) {
			t.Parallel()
			r := theHalfYear(t, test.by, test.then)
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var all struct {
				Total  map[string]any
				Groups []map[string]any
			}
			if err := json.Unmarshal(text, &all); err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, d := range report.Definitions() {
				if d.Key != "silent" && d.Key != "satisfaction_with_silence" {
					keys = append(keys, d.Key)
				}
			}
			against := []string{"year_on_year", "previous"}
			points := func(of map[string]any, against, key string) (string, bool) {
				value, ok := of[against].(map[string]any)[key]
				if _, number := value.(float64); !ok || number {
					return "", false
				}
				return shown(t, value, "points"), true
			}

			book := workbook(t, r, errs.ZH)
			got := rows(t, book, "合计")
			for i, key := range keys {
				want := []string{shown(t, all.Total[key], key)}
				for _, than := range against {
					text, _ := points(all.Total, than, key)
					want = append(want, text)
				}
				if n, ok := all.Total["year_on_year"].(map[string]any)[key].(float64); ok {
					want = append(want, shown(t, n, key), shown(t, all.Total["previous"].(map[string]any)[key], key))
				}
				line := got[i+1]
				for len(want) > 0 && want[len(want)-1] == "" {
					want = want[:len(want)-1] // trailing empty cells are not read
				}
				if !slices.Equal(line[1:], want) {
					t.Errorf("%s (%s): the workbook shows %q, the JSON has %q", key, line[0], line[1:], want)
				}
			}
			if test.by == report.ByNone {
				return
			}

			flat := func(of map[string]any) []string {
				var want []string
				for _, key := range keys {
					want = append(want, shown(t, of[key], key))
				}
				for _, than := range against {
					for _, key := range keys {
						if text, ok := points(of, than, key); ok {
							want = append(want, text)
						}
					}
				}
				return want
			}
			var want [][]string
			names := 1
			if test.then != "" {
				names = 2
			}
			for _, group := range all.Groups {
				if parts, ok := group["parts"].([]any); ok {
					for _, part := range parts {
						want = append(want, flat(part.(map[string]any)))
					}
				}
				want = append(want, flat(group))
			}
			want = append(want, flat(all.Total))
			got = rows(t, book, "分组")[1:]
			for i := range want {
				line := got[i][names:]
				for len(line) < len(want[i]) {
					line = append(line, "")
				}
				if diff := gocmp.Diff(want[i], line); diff != "" {
					t.Errorf("line %d %s (-json +workbook):\n%s", i, got[i][0], diff)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d lines, want %d", len(got), len(want))
			}
		})
	}
}

func TestACellOfTheWorkbookHoldsTheNumberItShows(t *testing.T) {
	t.Parallel()
	r := theHalfYear(t, report.ByDepartment, "")
	book := workbook(t, r, errs.EN)
	raw := excelize.Options{RawCellValue: true}
	for i, line := range rows(t, book, "Total", raw)[1:] {
		for j, cell := range line[1:] {
			if cell == "" {
				continue
			}
			name, err := excelize.CoordinatesToCellName(j+2, i+2)
			if err != nil {
				t.Fatal(err)
			}
			if kind, err := book.GetCellType("Total", name); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
				t.Errorf("%s %s is of type %v (%v), not a number", line[0], name, kind, err)
			}
		}
		if line[0] == "Satisfaction rate" && (line[1] != "0.8581" || line[2] != "5.41") {
			t.Errorf("the satisfaction rate is stored as %q", line[1:])
		}
	}
	for sheet, want := range map[string][][]string{
		"Conduct": {{"Department", "Returned", "Yellow card", "Merged late", "Seemingly no answer (hint)"}, {"部门01", "3", "2", "0", "4"}, {"Not routed", "1", "0", "1", "0"}, {"Total", "4", "2", "1", "4"}},
		"Reworks": {{"Department", "Granted", "Answered", "Due", "On time", "On time", "Overdue open", "Rated", "Satisfied"}, {"部门01", "4", "3", "3", "2", "66.67%", "0", "0"}, {"Total", "4", "3", "3", "2", "66.67%", "0", "0"}},
		"Speed":   {{"Working days", "Letters, writer's clock", "Letters, department's clock"}, {"0", "249", "374"}, {"1", "249", "373"}, {"2", "249", "0"}},
	} {
		if diff := gocmp.Diff(want, rows(t, book, sheet)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sheet, diff)
		}
	}
	query := map[string]string{}
	for _, line := range rows(t, book, "Query")[1:] {
		query[line[0]] = line[1]
	}
	if diff := gocmp.Diff(map[string]string{
		"City": "潭城市", "Received": "2018-01-01 to 2018-06-30, both included", "As of": "2018-07-10T09:00:00+08:00",
		"Year on year": "2017-01-01 to 2017-06-30, both included", "Previous period": "2017-07-01 to 2017-12-31, both included",
		"Grouped by": "Department", "Only": "Channel Mayor’s mailbox, Enquiries and complaints",
		"Made at": "2018-07-10T09:00:00+08:00", "Program version": "1.2.3",
	}, query); diff != "" {
		t.Errorf("the query (-want +got):\n%s", diff)
	}
}

func TestTheWorkbookIsReadyToBeRead(t *testing.T) {
	t.Parallel()
	r := theHalfYear(t, report.ByMonth, "")
	book := workbook(t, r, errs.ZH)
	if got := book.GetSheetList(); !slices.Equal(got, []string{"合计", "分组", "图表", "办理情况", "重办", "用时分布", "指标口径", "统计条件"}) {
		t.Errorf("the sheets are %q", got)
	}
	for _, sheet := range book.GetSheetList() {
		if panes, err := book.GetPanes(sheet); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the head does not stay: %+v, %v", sheet, panes, err)
		}
	}
	for _, d := range rows(t, book, "指标口径")[1:] {
		if d[1] == "" {
			t.Errorf("%s has no definition", d[0])
		}
	}
	for kind, by := range map[string]report.Grouping{"<lineChart>": report.ByMonth, "<barChart><barDir val=\"bar\">": report.ByDepartment} {
		book := workbook(t, theHalfYear(t, by, ""), errs.ZH)
		charts := ""
		book.Pkg.Range(func(name, content any) bool {
			if strings.HasPrefix(name.(string), "xl/charts/") {
				charts += string(content.([]byte))
			}
			return true
		})
		if !strings.Contains(charts, kind) || !strings.Contains(charts, "!$A$2:$A$7") {
			t.Errorf("by %s there is no %s over all groups", by, kind)
		}
	}
}

func TestANameIsATextInTheWorkbook(t *testing.T) {
	t.Parallel()
	names := []string{`=HYPERLINK("http://x","y")`, "+1", "-2", "@a", "1e5", "岳塘区\x1b\u202e"}
	var groups []report.Figures
	for i, name := range names {
		groups = append(groups, report.Figures{Group: name, GroupID: strconv.Itoa(i)})
	}
	book := workbook(t, report.Report{By: report.ByDistrict, Groups: groups}, errs.ZH)
	names[5] = "岳塘区"
	for i, name := range names {
		cell := fmt.Sprintf("A%d", i+2)
		if value, err := book.GetCellValue("分组", cell); err != nil || value != name {
			t.Errorf("%s is %q (%v), want %q", cell, value, err, name)
		}
		if formula, err := book.GetCellFormula("分组", cell); err != nil || formula != "" {
			t.Errorf("%s has the formula %q (%v)", cell, formula, err)
		}
		if kind, err := book.GetCellType("分组", cell); err != nil || kind != excelize.CellTypeSharedString {
			t.Errorf("%s is of type %v (%v)", cell, kind, err)
		}
	}
}

func TestEveryFigureHasOneDefinition(t *testing.T) {
	t.Parallel()
	var keys []string
	for _, d := range report.Definitions() {
		keys = append(keys, d.Key)
		for _, lang := range []errs.Lang{errs.ZH, errs.EN} {
			if d.Name(lang) == "" || d.How(lang) == "" {
				t.Errorf("%s has no name or definition in %s", d.Key, lang)
			}
		}
	}
	if want := report.ColumnKeys(); !slices.Equal(keys, want) {
		t.Errorf("definitions (-columns +definitions):\n%s", gocmp.Diff(want, keys))
	}
}
