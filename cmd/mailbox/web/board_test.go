package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
	"mailbox/sla/report"
)

// write has somebody send a letter about a topic.
func (c *city) write(t *testing.T, topic string) cases.Receipt {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Kind: "complaint", Topic: topic, Title: "水龙头出来的水发黄", Body: "我家在桃源小区，水龙头出来的水发黄。", Language: errs.ZH,
		Writer: cases.Contact{Name: "周小禾", Phone: "13900001234"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// busyMonth is a month in which the waterworks answer six letters, five of them rated, a second department
// with an awkward name answers one, and one letter waits.
func busyMonth(t *testing.T) *city {
	t.Helper()
	c := newCity(t)
	for i := range 6 {
		r := c.write(t, "供水 / 水质")
		c.answer(t, r.Number, "经核实，水箱已清洗。")
		if i == 5 {
			continue
		}
		grade := int64(cases.Satisfied)
		if i == 0 {
			grade = int64(cases.Dissatisfied)
		}
		id, err := c.desk.Find(t.Context(), r.Number)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Rate(t.Context(), people.TheWriter(int64(id), errs.ZH), id, cases.Rating{Grade: grade}); err != nil {
			t.Fatal(err)
		}
	}
	odd, err := c.dir.AddDepartment(t.Context(), people.Department{Code: "XX", Name: "=1+1<script>alert(1)</script>", Kind: "bureau"})
	if err != nil {
		t.Fatal(err)
	}
	hand := c.account(t, "odd", people.Grant{Role: people.Handler, Department: odd})
	id := c.write(t, "罕见之事").ID
	for _, step := range []func() (*cases.Case, error){
		func() (*cases.Case, error) { return c.desk.Route(t.Context(), c.clerk, id, cases.AnyVersion, odd) },
		func() (*cases.Case, error) {
			return c.desk.Reply(t.Context(), hand, id, cases.AnyVersion, "经核实，路灯已修好。")
		},
		func() (*cases.Case, error) { return c.desk.Answer(t.Context(), c.clerk, id, cases.AnyVersion, "") },
		func() (*cases.Case, error) {
			return c.desk.Rate(t.Context(), people.TheWriter(int64(id), errs.ZH), id, cases.Rating{Grade: cases.VeryDissatisfied})
		},
	} {
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
	}
	c.write(t, "")
	c.clock.Add(2 * time.Second)
	return c
}

// report is the figures of March 2026 as the reports have them.
func (c *city) report(t *testing.T, by report.Grouping) report.Report {
	t.Helper()
	r, err := report.New(c.db, sla.Shanghai).Run(t.Context(), report.Query{From: "2026-03-01", To: "2026-04-01", AsOf: c.clock.Now(), By: by})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rowsOf are the texts of a page's table rows, by their first cell.
func rowsOf(page string) map[string][]string {
	rows := map[string][]string{}
	for row := range strings.SplitSeq(page, "<tr") {
		row, _, _ = strings.Cut(row, "</tr>")
		var cells []string
		for _, part := range strings.Split(row, ">") {
			if text, _, ok := strings.Cut(part, "<"); ok && strings.TrimSpace(text) != "" {
				cells = append(cells, html.UnescapeString(strings.TrimSpace(text)))
			}
		}
		if len(cells) > 0 {
			rows[cells[0]] = cells[1:]
		}
	}
	return rows
}

func TestTheBoardSaysWhatTheReportSays(t *testing.T) {
	t.Parallel()
	c := busyMonth(t)
	total := c.report(t, report.ByDepartment).Total
	if total.Received != 8 || total.OnTime != 7 || total.Rated != 6 || total.Satisfied != 4 {
		t.Fatalf("the city is not as thought: %+v", total)
	}
	page := c.browser(t).get("/board").must(t, http.StatusOK,
		"2026年3月办理公示", total.ReplyRate.String(), total.OnTimeRate.String(), total.SatisfactionRate.String(), "参评率 "+total.Participation.String()+" %",
		"有效信件中已答复：7 / 8；1 件在办，期限未到", "应办结信件中按期：7 / 7", "参评中满意：4 / 6", "另有 1 件有效信件尚未转办", `<a href="/board" aria-current="page">`)
	rows := rowsOf(page.body)
	for name, want := range map[string]string{
		"市水务集团":                         "6 6 6 100.00 100.00 5 80.00",
		"=1+1<script>alert(1)</script>": "1 1 1 100.00 100.00 1–4 —", // one rating is nobody's business
		"2026年3月":                       "8 7 7 100.00 6 66.67",
		"供水 / 水质":                       "6",
		"其他主题和未注明主题":                    "2",
	} {
		if got := strings.Join(rows[name], " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, few, ok := strings.Cut(page.body, "不参与排列的单位</caption>")
	if !ok || strings.Contains(few, "市水务集团") || !strings.Contains(few, "&lt;script&gt;") || strings.Contains(page.body, "<script>alert") {
		t.Error("who has too few letters is ranked, or a name is more than text")
	}
	for _, secret := range []string{"水龙头", "罕见之事", "周小禾", "桃源"} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the board tells of %q", secret)
		}
	}
	b := c.browser(t)
	b.post("/preferences", url.Values{"lang": {"en"}, "back": {"/"}})
	b.get("/board").must(t, http.StatusOK, "How we did in March 2026", "satisfied of rated: 4 / 6; participation 85.71 %", "Too few letters to rank", "Valid letters not routed to a department yet: 1.")
}

func TestOpenDataEqualsTheBoard(t *testing.T) {
	t.Parallel()
	c := busyMonth(t)
	b := c.browser(t)
	file := b.get("/board/csv?month=2026-03").must(t, http.StatusOK)
	if got := file.header.Get("Cache-Control"); got != "public, max-age=60" || file.header.Get("Set-Cookie") != "" {
		t.Errorf("cached %q with the cookie %q", got, file.header.Get("Set-Cookie"))
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]map[string]string{}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows[row["scope"]+" "+row["name"]] = row
	}
	if len(rows) != 6 {
		t.Fatalf("%d rows:\n%s", len(rows), file.body)
	}
	for row, want := range map[string]string{
		"city ": "8 8 7 7 100.00 66.67  0", "department 市水务集团": " 6   100.00 80.00 6 ",
		"department_few '=1+1<script>alert(1)</script>": " 1   100.00  1 ", "not_routed ": " 1      ", "topic 供水 / 水质": "6       ", "topic_other ": "2       ",
	} {
		r := rows[row]
		got := strings.Join([]string{r["received"], r["valid"], r["due"], r["on_time"], r["on_time_rate"], r["satisfaction_rate"], r["department_due"], r["median_days"]}, " ")
		if got != want || r["month"] != "2026-03" || !strings.HasSuffix(r["as_of"], "+08:00") {
			t.Errorf("%s: %q, want %q", row, got, want)
		}
	}
	var data struct {
		Month       string                     `json:"month"`
		AsOf        time.Time                  `json:"as_of"`
		Complete    bool                       `json:"complete"`
		Figures     map[string]any             `json:"figures"`
		Months      []map[string]any           `json:"months"`
		Departments []map[string]any           `json:"departments"`
		NotRouted   int64                      `json:"not_routed"`
		Topics      []map[string]any           `json:"topics"`
		Other       int64                      `json:"other_topics"`
		Definitions map[string]json.RawMessage `json:"definitions"`
	}
	if err := json.Unmarshal([]byte(b.get("/board/json").must(t, http.StatusOK).body), &data); err != nil {
		t.Fatal(err)
	}
	for key, value := range data.Figures {
		if got, want := rows["city "][key], strings.Trim(fmt.Sprint(value), `"`); got != want && (value != nil || got != "") {
			t.Errorf("%s: %q in the CSV, %v in the JSON", key, got, value)
		}
		if _, ok := data.Definitions[key]; !ok {
			t.Errorf("%s is not defined", key)
		}
	}
	if data.Figures["resolution_rate"] != nil || data.Complete || !data.AsOf.Equal(c.clock.Now().Add(-time.Second)) || data.NotRouted != 1 || data.Other != 2 ||
		len(data.Months) != 1 || len(data.Topics) != 1 || len(data.Departments) != 2 {
		t.Errorf("%+v", data)
	}
	if d := data.Departments[1]; d["ranked"] != false || d["rated"] != nil || d["satisfaction_rate"] != nil || d["valid"] != 1.0 {
		t.Errorf("%v", d)
	}
}

func TestABoardOfNothingIsStillABoard(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	page := c.browser(t).get("/board").must(t, http.StatusOK, "2026年3月办理公示", "这段时间没有来信", "还没有转给单位办理", report.None)
	if strings.Contains(page.body, "NaN") || strings.Contains(page.body, "0.00") {
		t.Error("a rate of nothing has a value")
	}
	c.browser(t).get("/board/csv").must(t, http.StatusOK, "2026-03,2026-03-05T09:59:59+08:00,city,,0,0,0,0,0,,")
}

func TestAMonthWithoutABoardOffersThoseThereAre(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.write(t, "")
	c.clock.Add(40 * 24 * time.Hour)
	b := c.browser(t)
	for month, status := range map[string]int{
		"2026-03": http.StatusOK, "2026-04": http.StatusOK, "2026-05": http.StatusNotFound, "2026-02": http.StatusNotFound, "9999-12": http.StatusNotFound,
		"2026-13": http.StatusBadRequest, "2026-3": http.StatusBadRequest, "moon": http.StatusBadRequest, "%27--": http.StatusBadRequest,
	} {
		page := b.get("/board?month="+month).must(t, status)
		if status != http.StatusOK && (!strings.Contains(page.body, `href="/board?month=2026-03"`) || !strings.Contains(page.body, `href="/board?month=2026-04"`)) {
			t.Errorf("%s does not offer the months there are", month)
		}
		for _, file := range []string{"csv", "json"} {
			got := b.get("/board/"+file+"?month="+month).must(t, status)
			if status != http.StatusOK && got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s of %s: the trouble is kept", file, month)
			}
		}
	}
	b.get("/board?month=2026-04").must(t, http.StatusOK, `href="/board?month=2026-03" rel="prev"`)
	b.header.Set("Accept", "application/json")
	b.get("/board/json?month=2027-01").must(t, http.StatusNotFound, `"not_found"`)
}

func TestTheBoardIsReckonedOnceAMinute(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	b := c.browser(t)
	received := func() string {
		body := b.get("/board/csv").must(t, http.StatusOK).body
		_, rest, _ := strings.Cut(body, "city,,")
		n, _, _ := strings.Cut(rest, ",")
		return n
	}
	if n := received(); n != "0" {
		t.Fatalf("%s letters in an empty city", n)
	}
	c.write(t, "")
	c.clock.Add(59 * time.Second)
	if n := received(); n != "0" {
		t.Errorf("reckoned again within the minute: %s", n)
	}
	c.clock.Add(time.Second)
	received() // may still be answered with the last minute's, while it is reckoned
	c.clock.Add(time.Minute)
	if n := received(); n != "1" {
		t.Errorf("%s letters two minutes later", n)
	}
	// A clock that was set back does not keep what it has not seen yet.
	c.clock.Add(-time.Hour)
	if n := received(); n != "0" {
		t.Errorf("%s letters an hour before they came", n)
	}
}
