package report_test

import (
	"slices"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla/report"
)

// at is an instant of the city's zone, 2018-03-05T10:00:00.
func at(t testing.TB, local string) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation("2006-01-02T15:04:05", local, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// letter is a letter received on Monday, 5 March 2018 at ten and due at the end of Wednesday, as it
// stands when nobody has touched it.
func letter(t testing.TB, id int64) fact {
	t.Helper()
	received, due := at(t, "2018-03-05T10:00:00").Unix(), at(t, "2018-03-07T23:59:59").Unix()
	return fact{
		CaseID: id, ValidFrom: received, ValidTo: migrations.Forever, State: "received", Validity: "valid",
		Channel: "mailbox", Kind: "help", Topic: "城乡建设 / 园林绿化", District: "岳塘区",
		ReceivedAt: received, ReceivedDay: "2018-03-05", DueAt: &due, DueUnextendedAt: &due,
	}
}

func TestALetterIsCountedInTheFiguresThatItsStateMeans(t *testing.T) {
	t.Parallel()
	second := func(local string) *int64 { return new(at(t, local).Unix()) }
	const dueSecond, later = "2018-03-07T23:59:59", "2018-04-01T00:00:00"
	answered := func(f *fact, when string) { f.AnsweredAt, f.Days = second(when), new(int64(2)) }
	rows := []struct {
		name, asOf string
		change     func(*fact)
		want       []string
	}{
		{"not screened yet", "2018-03-05T10:00:00", func(*fact) {}, []string{"received", "valid", "running"}},
		{"open at the very second it is due", dueSecond, func(*fact) {}, []string{"received", "valid", "running"}},
		{
			"open one second later", "2018-03-08T00:00:00", func(*fact) {},
			[]string{"received", "valid", "due", "overdue_open", "unextended_due"},
		},
		{"declined", later, func(f *fact) { f.Validity = "invalid" }, []string{"received", "invalid"}},
		{"merged, though it was answered before", later, func(f *fact) { f.Validity = "duplicate"; answered(f, dueSecond) }, []string{"received", "duplicate"}},
		{"answered before it was due is due", "2018-03-06T00:00:00", func(f *fact) { answered(f, "2018-03-05T16:00:00") }, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due", "unextended_on_time",
		}},
		{"answered in the last second", later, func(f *fact) { answered(f, dueSecond) }, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due", "unextended_on_time", "last_hour",
		}},
		{"answered an hour before the end", later, func(f *fact) { answered(f, "2018-03-07T22:59:59") }, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due", "unextended_on_time",
		}},
		{"answered one second late", later, func(f *fact) { answered(f, "2018-03-08T00:00:00") }, []string{
			"received", "valid", "answered", "due", "late", "unextended_due",
		}},
		{"answered within an extension", later, func(f *fact) { f.DueAt = second("2018-03-14T23:59:59"); answered(f, "2018-03-09T09:00:00") }, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due",
		}},
		{"running on an extension", "2018-03-09T00:00:00", func(f *fact) { f.DueAt = second("2018-03-14T23:59:59") }, []string{
			"received", "valid", "running", "unextended_due",
		}},
		{"from before the first calendar", later, func(f *fact) { f.DueAt, f.DueUnextendedAt = nil, nil; answered(f, dueSecond) }, []string{
			"received", "valid", "answered", "not_assessable",
		}},
		{"due on a day no calendar covers", "2018-03-06T00:00:00", func(f *fact) { f.Provisional = true }, []string{
			"received", "valid", "running", "provisional",
		}},
		{"the department is in time, the city is not", later, func(f *fact) {
			f.DepartmentDueAt, f.RepliedAt = second("2018-03-09T23:59:59"), second("2018-03-09T23:59:59")
			answered(f, "2018-03-12T09:00:00")
		}, []string{"received", "valid", "answered", "due", "late", "unextended_due", "department_due", "department_on_time"}},
		{"the department has its second left", dueSecond, func(f *fact) { f.DepartmentDueAt = second(dueSecond) }, []string{
			"received", "valid", "running",
		}},
		{"the department has not replied in time", "2018-03-08T00:00:00", func(f *fact) { f.DepartmentDueAt = second(dueSecond) }, []string{
			"received", "valid", "due", "overdue_open", "unextended_due", "department_due",
		}},
		{"basically satisfied, by telephone", later, func(f *fact) {
			answered(f, dueSecond)
			f.Rating, f.RatingSource, f.Resolved = new(int64(3)), "telephone", new(true)
		}, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due", "unextended_on_time",
			"rated", "rated_telephone", "satisfied", "resolution_answers", "resolved", "last_hour", "grade_basically_satisfied",
		}},
		{"dissatisfied, in an import", later, func(f *fact) {
			answered(f, dueSecond)
			f.Rating, f.RatingSource, f.Resolved = new(int64(2)), "import", new(false)
		}, []string{
			"received", "valid", "answered", "due", "on_time", "unextended_due", "unextended_on_time",
			"rated", "rated_other", "resolution_answers", "last_hour", "grade_dissatisfied",
		}},
	}
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		var facts []fact
		for i, row := range rows {
			f := letter(t, int64(i+1))
			row.change(&f)
			f.District = row.name // so that each can be looked at alone
			facts = append(facts, f)
		}
		write(t, db, 0, facts)
		engine := report.New(db, shanghai)
		for i, row := range rows {
			q := report.Query{From: "2018-03-05", To: "2018-03-06", AsOf: at(t, row.asOf), District: row.name}
			r, err := engine.Run(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			counted := counts(t, r.Total)
			for _, figure := range report.FigureNames() {
				ids, total, err := engine.Cases(t.Context(), q, report.Cell{}, figure, 10, 0)
				if err != nil {
					t.Fatal(err)
				}
				want := int64(0)
				if slices.Contains(row.want, figure) {
					want = 1
				}
				if counted[figure] != want || int64(total) != want || (want == 1 && !slices.Equal(ids, []int64{int64(i + 1)})) {
					t.Errorf("%s: %s is %d with the cases %v of %d, want %d", row.name, figure, counted[figure], ids, total, want)
				}
			}
		}
	})
}

func TestAnOldReportIsTheSameAfterTheCasesHaveChanged(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		// On the sixth, the first letter, which department 1 had, is answered by department 2, and the
		// second is declined. A third is a later story.
		change := at(t, "2018-03-06T09:00:00")
		open, gone := letter(t, 1), letter(t, 2)
		open.DepartmentID = new(int64(1))
		open.ValidTo, gone.ValidTo = change.Unix(), change.Unix()
		done, declined := open, gone
		done.ValidFrom, done.ValidTo = change.Unix(), migrations.Forever
		done.DepartmentID, done.AnsweredAt, done.Days = new(int64(2)), new(change.Unix()), new(int64(1))
		declined.ValidFrom, declined.ValidTo, declined.Validity = change.Unix(), migrations.Forever, "invalid"
		story, told := letter(t, 3), letter(t, 3)
		story.ValidTo, told.ValidFrom, told.Topic = at(t, "2018-03-20T09:00:00").Unix(), at(t, "2018-03-20T09:00:00").Unix(), ""
		write(t, db, 2, []fact{open, done, gone, declined, story, told})
		engine := report.New(db, shanghai)
		for _, row := range []struct {
			name             string
			asOf             time.Time
			received, valid  int64
			answered, routed int64 // by department 1
		}{
			{"before they came", at(t, "2018-03-05T09:59:59"), 0, 0, 0, 0},
			{"in the second they came", at(t, "2018-03-05T10:00:00"), 3, 3, 0, 1},
			{"one second before the change", change.Add(-time.Second), 3, 3, 0, 1},
			{"just before the change, within its second", change.Add(-time.Millisecond), 3, 3, 0, 1},
			{"in the second of the change", change, 3, 2, 1, 0},
			{"long after", change.AddDate(5, 0, 0), 3, 2, 1, 0},
		} {
			q := report.Query{From: "2018-03-01", To: "2018-04-01", AsOf: row.asOf}
			r, err := engine.Run(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Total; got.Received != row.received || got.Valid != row.valid || got.Answered != row.answered {
				t.Errorf("%s: received %d, valid %d, answered %d", row.name, got.Received, got.Valid, got.Answered)
			}
			q.Department = 1
			if r, err = engine.Run(t.Context(), q); err != nil || r.Total.Valid != row.routed {
				t.Errorf("%s: %d with department 1, %v, want %d", row.name, r.Total.Valid, err, row.routed)
			}
		}
	})
}

func TestTheGroupsOfAReportAddUpToItsTotal(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 5, halfYear(t))
		engine := report.New(db, shanghai)
		for _, by := range report.Groupings[1:] {
			r, err := engine.Run(t.Context(), report.Query{From: "2017-06-01", To: "2018-03-10", AsOf: at(t, "2018-02-14T12:00:00"), By: by})
			if err != nil || len(r.Groups) == 0 {
				t.Fatalf("by %s: %d groups, %v", by, len(r.Groups), err)
			}
			sum := map[string]int64{}
			for _, g := range r.Groups {
				for name, n := range counts(t, g) {
					sum[name] += n
				}
			}
			for name, n := range counts(t, r.Total) {
				if sum[name] != n {
					t.Errorf("by %s: %s adds up to %d, the total is %d", by, name, sum[name], n)
				}
			}
		}
	})
}

func TestLongEveryFigureOfEveryGroupOpensToAsManyCases(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		write(t, db, 5, halfYear(t))
		engine := report.New(db, shanghai)
		for _, by := range report.Groupings {
			q := report.Query{From: "2018-01-20", To: "2018-02-20", AsOf: at(t, "2018-02-14T12:00:00"), By: by}
			r, err := engine.Run(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			groups := r.Groups
			if by == report.ByNone {
				groups = []report.Figures{r.Total}
			}
			for _, g := range groups {
				counted := counts(t, g)
				for _, figure := range report.FigureNames() {
					ids, total, err := engine.Cases(t.Context(), q, report.Cell{Group: g.GroupID}, figure, 1000, 0)
					if err != nil || int64(total) != counted[figure] || len(ids) != total {
						t.Errorf("by %s, %q: %s is %d, but %d cases of %d are listed, %v", by, g.Group, figure, counted[figure], len(ids), total, err)
					}
				}
			}
		}
	})
}

func TestGroupsStandInTheOrderOfTheirValidLettersAndMonthsInTheirOwn(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	var facts []fact
	for i, department := range []int64{0, 0, 0, 3, 2, 1, 1, 9} { // 0 is not routed, 9 is no longer in the list
		f := letter(t, int64(i+1))
		f.ReceivedDay = []string{"2018-04-05", "2018-03-05"}[i%2]
		if department > 0 {
			f.DepartmentID = &department
		}
		facts = append(facts, f)
	}
	write(t, db, 3, facts)
	engine := report.New(db, shanghai)
	for by, want := range map[report.Grouping][]string{
		report.ByDepartment: {"部门01", "9", "部门02", "部门03", report.NotRouted},
		report.ByMonth:      {"2018-03", "2018-04"},
	} {
		r, err := engine.Run(t.Context(), report.Query{From: "2018-01-01", To: "2019-01-01", AsOf: at(t, "2019-01-01T00:00:00"), By: by})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range r.Groups {
			got = append(got, g.Group)
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", by, got, want)
		}
	}
}

func TestAQuestionThatCannotBeAnsweredNamesItsField(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	write(t, db, 1, nil)
	engine := report.New(db, shanghai)
	good := report.Query{From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-01T00:00:00"), By: report.ByDepartment}
	for _, row := range []struct {
		field  string
		change func(*report.Query)
	}{
		{"from", func(q *report.Query) { q.From = "" }},
		{"from", func(q *report.Query) { q.From = "2018-02-30" }},
		{"from", func(q *report.Query) { q.From = "2018-2-3" }},
		{"from", func(q *report.Query) { q.From = "0001-01-01" }},
		{"from", func(q *report.Query) { q.From = "2018-01-01' OR 1=1 --" }},
		{"to", func(q *report.Query) { q.To = "2017-02-29" }},
		{"to", func(q *report.Query) { q.To = "9999-12-31" }},
		{"to", func(q *report.Query) { q.To = q.From }},
		{"to", func(q *report.Query) { q.To = "2017-12-31" }},
		{"as_of", func(q *report.Query) { q.AsOf = time.Time{} }},
		{"as_of", func(q *report.Query) { q.AsOf = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{"by", func(q *report.Query) { q.By = "weekday" }},
		{"channel", func(q *report.Query) { q.Channel = "fax" }},
		{"channel", func(q *report.Query) { q.Channel = "mailbox,,consult" }},
		{"kind", func(q *report.Query) { q.Kind = "help,fax" }},
		{"topic", func(q *report.Query) { q.Topic = "a\x00b" }},
		{"district", func(q *report.Query) { q.District = "a\xff" }},
		{"department", func(q *report.Query) { q.Department = -1 }},
		{"department", func(q *report.Query) { q.Department = 99 }},
		{"then", func(q *report.Query) { q.Then = "weekday" }},
		{"then", func(q *report.Query) { q.Then = q.By }},
		{"then", func(q *report.Query) { q.By, q.Then = report.ByNone, report.ByKind }},
		{"policy", func(q *report.Query) { q.Policy = -1 }},
	} {
		q := good
		row.change(&q)
		_, err := engine.Run(t.Context(), q)
		if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != row.field {
			t.Errorf("%+v: got %v, want invalid %s", q, err, row.field)
		}
	}
	for _, row := range []struct {
		field, group, figure string
		limit, offset        int
	}{
		{"figure", "1", "speed", 10, 0},
		{"figure", "1", "took_", 10, 0},
		{"figure", "1", "took_1 OR 1=1", 10, 0},
		{"group", "one", "valid", 10, 0},
		{"group", "1\x00", "valid", 10, 0},
		{"limit", "1", "valid", 0, 0},
		{"offset", "1", "valid", 10, -1},
	} {
		_, _, err := engine.Cases(t.Context(), good, report.Cell{Group: row.group}, row.figure, row.limit, row.offset)
		if errs.CodeOf(err) != errs.CodeInvalid || errs.FieldOf(err) != row.field {
			t.Errorf("%+v: got %v, want invalid %s", row, err, row.field)
		}
	}
}

func TestEveryChannelAndKindOfACaseCanBeAskedFor(t *testing.T) {
	t.Parallel()
	db := testdb.SQLite(t)
	engine := report.New(db, shanghai)
	ask := func(channel, kind string) {
		_, err := engine.Run(t.Context(), report.Query{From: "2018-01-01", To: "2018-07-01", AsOf: at(t, "2018-07-01T00:00:00"), Channel: channel, Kind: kind})
		if err != nil {
			t.Error(err)
		}
	}
	for _, channel := range cases.Channels {
		ask(channel, "")
	}
	for _, kind := range cases.Kinds {
		ask("", kind)
	}
}
