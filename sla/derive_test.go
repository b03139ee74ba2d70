package sla

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// spell writes a clock on one line a part, as "kind days: …", where a day is its day of the month
// with what it counts as, such as 14=1 for day 1 and 16- for a day off.
func spell(d *ClockDerivation) string {
	if d == nil {
		return ""
	}
	lines := []string{fmt.Sprintf("%s %d", d.Base, d.WorkingDays)}
	for _, p := range d.Parts {
		words := []string{fmt.Sprintf("%s %d:", p.Kind, p.WorkingDays)}
		for _, day := range p.Days {
			counts := "-"
			switch {
			case day.Counted > 0:
				counts = fmt.Sprintf("=%d", day.Counted)
			case day.Reason == Receipt || day.Reason == PreviousDue || day.Reason == Routing:
				counts = "=" + day.Reason.String()
			}
			words = append(words, day.Date.String()[8:]+counts+day.Name)
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(append(lines, fmt.Sprintf("%s %s", d.Due.Format("2006-01-02T15:04:05"), d.Result)), "\n")
}

func TestDerivationsAClerkWouldRecognise(t *testing.T) {
	t.Parallel()
	c, p := BuiltIn(Shanghai), DefaultPolicies().Default
	for _, tt := range []struct {
		name, now, writer, department string
		history                       History
	}{
		{
			name: "National Day, after which a Saturday is worked", now: "2026-10-08T10:00:00",
			history: History{Policy: p, Received: at(t, "2026-09-30T10:00:00"), Routed: at(t, "2026-10-09T09:00:00")},
			writer: `policy 2
policy 2: 30=receipt 01-国庆节 02-国庆节 03- 04- 05-国庆节 06-国庆节 07-国庆节 08=1 09=2
2026-10-09T23:59:59 running`,
			department: `first_working_day 1
policy 1: 09=routing 10=1国庆节
2026-10-10T23:59:59 running`,
		},
		{
			name: "an extension over Spring Festival before routing, answered late", now: "2026-03-05T10:00:00",
			history: History{
				Policy: p, Received: at(t, "2026-02-11T10:00:00"), Routed: at(t, "2026-02-13T10:00:00"),
				Extension: Extension{Days: 2, At: at(t, "2026-02-12T10:00:00")},
				Replied:   at(t, "2026-02-24T23:59:59"), Answered: at(t, "2026-02-25T00:00:00"),
			},
			writer: `policy 2
policy 2: 11=receipt 12=1 13=2
extension 2: 13=previous_due 14=1春节 15- 16-春节 17-春节 18-春节 19-春节 20-春节 21- 22- 23-春节 24=2
2026-02-24T23:59:59 late`,
			department: `case_due 2
policy 2: 13=routing 14=1春节 15- 16-春节 17-春节 18-春节 19-春节 20-春节 21- 22- 23-春节 24=2
2026-02-24T23:59:59 on_time`,
		},
		{
			name: "an extension and two waits of a department, of which one moves nothing", now: "2026-03-20T00:00:00",
			history: History{
				Policy: p, Received: at(t, "2026-03-05T10:00:00"), Routed: at(t, "2026-03-05T11:00:00"),
				Extension: Extension{Days: 1, At: at(t, "2026-03-06T10:00:00")},
				Waits: []Wait{
					{at(t, "2026-03-06T12:00:00"), at(t, "2026-03-09T12:00:00"), at(t, "2026-03-07T12:00:00")},
					{at(t, "2026-03-08T12:00:00"), at(t, "2026-03-10T12:00:00"), time.Time{}},
				},
			},
			writer: `policy 2
policy 2: 05=receipt 06=1 07- 08- 09=2
extension 1: 09=previous_due 10=1
2026-03-10T23:59:59 overdue`,
			department: `case_due 2
policy 2: 05=routing 06=1 07- 08- 09=2
extension 1: 09=previous_due 10=1
wait 2: 10=previous_due 11=1 12=2
2026-03-12T23:59:59 overdue`,
		},
		{
			name: "a rework that ended without an answer", now: "2026-03-20T00:00:00",
			history: History{Policy: p, Rework: true, Received: at(t, "2026-03-05T10:00:00"), Ended: at(t, "2026-03-06T10:00:00")},
			writer: `policy 5
policy 5: 05=receipt 06=1 07- 08- 09=2 10=3 11=4 12=5
2026-03-12T23:59:59 ended`,
		},
		{
			name: "from before the first year", now: "2026-03-20T00:00:00",
			history: History{Policy: p, Received: at(t, "2016-03-05T10:00:00"), Routed: at(t, "2016-03-05T10:00:00")},
			writer:  "policy 2\n0001-01-01T00:00:00 not_assessable",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := c.Derive(tt.history, at(t, tt.now))
			if diff := cmp.Diff(tt.writer, spell(&d.Writer)); diff != "" {
				t.Errorf("writer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.department, spell(d.Department)); diff != "" {
				t.Errorf("department (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADerivationIsWrittenInTheCitysTime(t *testing.T) {
	t.Parallel()
	p := DefaultPolicies().Default
	p.Closing = 17*3600 + 30*60
	h := History{
		Policy: p, Received: at(t, "2026-03-05T10:00:00").UTC(), Routed: at(t, "2026-03-09T09:00:00").UTC(),
		Waits:   []Wait{{From: at(t, "2026-03-09T12:00:00").UTC(), Until: at(t, "2026-03-10T12:00:00").UTC()}},
		Replied: at(t, "2026-03-10T17:00:00").UTC(),
	}
	got, err := json.MarshalIndent(BuiltIn(Shanghai).Derive(h, h.Replied), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
 "writer": {
  "from": "2026-03-05T10:00:00+08:00",
  "working_days": 2,
  "base": "policy",
  "parts": [
   {
    "kind": "policy",
    "working_days": 2,
    "from": "2026-03-05T10:00:00+08:00",
    "to": "2026-03-09T17:30:00+08:00",
    "days": [
     {"date":"2026-03-05","counted":0,"working":true,"known":true,"reason":"receipt"},
     {"date":"2026-03-06","counted":1,"working":true,"known":true,"reason":"workday"},
     {"date":"2026-03-07","counted":0,"working":false,"known":true,"reason":"weekend"},
     {"date":"2026-03-08","counted":0,"working":false,"known":true,"reason":"weekend"},
     {"date":"2026-03-09","counted":2,"working":true,"known":true,"reason":"workday"}
    ]
   }
  ],
  "due": "2026-03-09T17:30:00+08:00",
  "due_unextended": "2026-03-09T17:30:00+08:00",
  "provisional": false,
  "result": "overdue"
 },
 "department": {
  "from": "2026-03-09T09:00:00+08:00",
  "working_days": 1,
  "base": "first_working_day",
  "parts": [
   {
    "kind": "policy",
    "working_days": 1,
    "from": "2026-03-09T09:00:00+08:00",
    "to": "2026-03-10T17:30:00+08:00",
    "days": [
     {"date":"2026-03-09","counted":0,"working":true,"known":true,"reason":"routing"},
     {"date":"2026-03-10","counted":1,"working":true,"known":true,"reason":"workday"}
    ]
   },
   {
    "kind": "wait",
    "working_days": 1,
    "from": "2026-03-10T17:30:00+08:00",
    "to": "2026-03-11T17:30:00+08:00",
    "days": [
     {"date":"2026-03-10","counted":0,"working":true,"known":true,"reason":"previous_due"},
     {"date":"2026-03-11","counted":1,"working":true,"known":true,"reason":"workday"}
    ],
    "wait_from": "2026-03-09T12:00:00+08:00",
    "wait_to": "2026-03-10T12:00:00+08:00"
   }
  ],
  "due": "2026-03-11T17:30:00+08:00",
  "provisional": false,
  "done": "2026-03-10T17:00:00+08:00",
  "result": "on_time"
 }
}`
	normal := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		indented, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(indented)
	}
	if diff := cmp.Diff(normal(want), normal(string(got))); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	none, err := json.Marshal(BuiltIn(Shanghai).Derive(History{Policy: p, Received: at(t, "2016-03-05T10:00:00")}, h.Replied))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"writer":{"from":"2016-03-05T10:00:00+08:00","working_days":2,"base":"policy","parts":[],"provisional":false,"result":"not_assessable"}}`; string(none) != want {
		t.Errorf("not assessable: %s, want %s", none, want)
	}
}

func TestDerivationsAgreeWithTheClocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawCalendar(t)
		h := drawHistory(t, c)
		k, d := c.Reckon(h), c.Derive(h, drawInstant(t, "now"))
		check := func(who string, clock *ClockDerivation, from, due time.Time) {
			if !clock.From.Equal(from) || !clock.Due.Equal(due) {
				t.Fatalf("%s: from %s to %s, want %s to %s", who, clock.From, clock.Due, from, due)
			}
			before := from
			for i, p := range clock.Parts {
				first, last := p.Days[0], p.Days[len(p.Days)-1]
				if !p.From.Equal(before) || first.Date != DateOf(before, Shanghai) || first.Counted != 0 {
					t.Fatalf("%s: part %d begins %s with %+v, want %s", who, i+1, p.From, first, before)
				}
				if last.Date != DateOf(p.To, Shanghai) || last.Counted != p.WorkingDays || p.WorkingDays < 1 {
					t.Fatalf("%s: part %d of %d days ends %s with %+v", who, i+1, p.WorkingDays, p.To, last)
				}
				if zero := i > 0; zero != (first.Reason == PreviousDue) {
					t.Fatalf("%s: part %d begins with %+v", who, i+1, first)
				}
				before = p.To
			}
			if !before.Equal(due) {
				t.Fatalf("%s: the parts end %s, due %s", who, before, due)
			}
		}
		check("writer", &d.Writer, h.Received, k.Due)
		if d.Writer.Provisional != k.Provisional || !d.Writer.Unextended.Equal(k.DueUnextended) || d.Writer.Parts[0].WorkingDays != d.Writer.WorkingDays {
			t.Fatalf("writer: %+v, want %+v", d.Writer, k)
		}
		if (d.Department == nil) != h.Routed.IsZero() {
			t.Fatalf("routed %s, but the department's clock is %+v", h.Routed, d.Department)
		}
		if d.Department == nil {
			return
		}
		check("department", d.Department, h.Routed, k.DepartmentDue)
		waited := 0
		for _, p := range d.Department.Parts {
			if p.Kind == PartWait {
				waited += p.WorkingDays
			}
		}
		if waited != k.Waited || d.Department.Provisional != k.DepartmentProvisional {
			t.Fatalf("department: %+v, want %+v", d.Department, k)
		}
	})
}
