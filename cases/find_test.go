package cases_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/intake"
	"mailbox/cases/people"
	"mailbox/cases/search"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// finds gives the identities that a search finds, all pages, and makes sure that going on and on gives the same.
func (c *city) finds(t testing.TB, a people.Actor, s cases.Search) []cases.ID {
	t.Helper()
	var ids []cases.ID
	for page := 1; ; page++ {
		f, err := c.desk.Search(t.Context(), a, s, page)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		for _, h := range f.Hits {
			ids = append(ids, h.ID)
		}
		if page*cases.FoundPage >= f.Total {
			if len(ids) != f.Total || f.Over {
				t.Fatalf("%+v: %d hits, %d counted", s, len(ids), f.Total)
			}
			if on := c.goesOn(t, a, s, max(1, f.Total/3)); !slices.Equal(on, ids) {
				t.Fatalf("%+v: %v page by page, and %v going on", s, ids, on)
			}
			return ids
		}
	}
}

// goesOn gives the identities that a search finds, some at once.
func (c *city) goesOn(t testing.TB, a people.Actor, s cases.Search, some int) (ids []cases.ID) {
	t.Helper()
	for from := cases.Newest; ; {
		items, next, err := c.desk.SearchOn(t.Context(), a, s, from, some)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		for i := range items {
			ids = append(ids, items[i].ID)
		}
		if next == nil {
			return ids
		}
		from = *next
	}
}

// titled sends a letter with a title.
func (c *city) titled(t *testing.T, title string, change ...func(*cases.Letter)) cases.Receipt {
	t.Helper()
	l := aLetter()
	l.Title = title
	for _, f := range change {
		f(&l)
	}
	return c.submit(t, l)
}

func TestSearchFindsByEverythingACaseIsKnownBy(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ok := must(t)
		first := c.titled(t, "井盖松动", func(l *cases.Letter) { l.Topic = "城乡建设 / 市政设施" })
		c.clock.Set("2026-03-06 09:00:00")
		second := c.titled(t, "路灯不亮", func(l *cases.Letter) {
			l.Kind, l.District, l.Writer = "help", "云西区", cases.Contact{Name: "李一", Phone: "13800005678"}
		})
		ok(c.desk.Route(t.Context(), c.clerk, second.ID, 0, c.roads, c.water))
		ok(c.desk.Contribute(t.Context(), c.waterworks, second.ID, 0, "地下有供水管，请避让"))
		ok(c.desk.Reply(t.Context(), c.roadworks, second.ID, 0, "已更换灯泡"))
		ok(c.desk.Answer(t.Context(), c.clerk, second.ID, 0, "已更换两只灯泡。"))
		if _, err := c.desk.AddMaterial(t.Context(), people.TheWriter(int64(first.ID), errs.ZH), first.ID, "今天又绊倒一人"); err != nil {
			t.Fatal(err)
		}
		c.clock.Set("2026-03-10 09:00:00") // the first is overdue
		both, one, two, none := []cases.ID{second.ID, first.ID}, []cases.ID{first.ID}, []cases.ID{second.ID}, []cases.ID(nil)
		mark, err := c.desk.WriterMark(c.clerk, " 138-0000-5678 ")
		if err != nil {
			t.Fatal(err)
		}
		day := cases.Days{From: "2026-03-05", Through: "2026-03-05"}
		for name, want := range map[string]struct {
			s   cases.Search
			ids []cases.ID
		}{
			"nothing asked":            {cases.Search{}, both},
			"a word of the title":      {cases.Search{Words: "井盖"}, one},
			"a word of the body":       {cases.Search{Words: "桃源小区"}, both},
			"one character":            {cases.Search{Words: "灯"}, two},
			"a word of the answer":     {cases.Search{Words: "两只灯泡"}, two},
			"a word before review":     {cases.Search{Words: "已更换灯泡"}, none},
			"a contribution":           {cases.Search{Words: "供水管"}, two},
			"what the writer added":    {cases.Search{Words: "绊倒"}, one},
			"words of several places":  {cases.Search{Words: "绊倒 井盖"}, one},
			"words of several cases":   {cases.Search{Words: "绊倒 灯泡"}, none},
			"a row that stands apart":  {cases.Search{Words: "小区龙头出来"}, none},
			"punctuation alone":        {cases.Search{Words: "……%_"}, none},
			"the number":               {cases.Search{Words: second.Number}, two},
			"the day of the number":    {cases.Search{Words: "20260306"}, two},
			"the number's beginning":   {cases.Search{Words: second.Number[:len(second.Number)-2]}, two},
			"another beginning":        {cases.Search{Words: "20260306-1"}, none},
			"the writer":               {cases.Search{Writer: mark}, two},
			"the writer and a word":    {cases.Search{Writer: mark, Words: "路灯"}, two},
			"the writer, another word": {cases.Search{Writer: mark, Words: "井盖"}, none},
			"no mark":                  {cases.Search{Writer: "x"}, none},
			"lead":                     {cases.Search{Department: c.roads, Part: cases.LeadPart}, two},
			"assisting":                {cases.Search{Department: c.water, Part: cases.AssistingPart}, two},
			"not the lead":             {cases.Search{Department: c.water, Part: cases.LeadPart}, none},
			"any part":                 {cases.Search{Department: c.water}, two},
			"state":                    {cases.Search{State: cases.Received}, one},
			"kind":                     {cases.Search{Kind: "help"}, two},
			"channel":                  {cases.Search{Channel: "mailbox"}, both},
			"district":                 {cases.Search{District: "云西区"}, two},
			"topic":                    {cases.Search{Topic: "城乡建设"}, one},
			"overdue":                  {cases.Search{Standing: cases.StandingOverdue}, one},
			"overdue, with a word":     {cases.Search{Standing: cases.StandingOverdue, Words: "小区"}, one},
			"open":                     {cases.Search{Standing: cases.StandingOpen}, one},
			"answered":                 {cases.Search{Standing: cases.StandingAnswered, Words: "小区"}, two},
			"received":                 {cases.Search{Received: day}, one},
			"received, with a word":    {cases.Search{Received: day, Words: "小区"}, one},
			"received from":            {cases.Search{Received: cases.Days{From: "2026-03-06"}, Words: "小区"}, two},
			"due":                      {cases.Search{Due: cases.Days{From: "2026-03-10"}, Words: "小区"}, two},
			"due through":              {cases.Search{Due: cases.Days{Through: "2026-03-09"}}, one},
			"answered on":              {cases.Search{Answered: cases.Days{From: "2026-03-06", Through: "2026-03-06"}}, two},
			"no day":                   {cases.Search{Received: cases.Days{From: "2026-02-30"}}, none},
			"far days":                 {cases.Search{Received: cases.Days{From: "0001-01-01", Through: "9999-12-31"}, Words: "小区"}, both},
			"confidential":             {cases.Search{Hidden: true}, none},
		} {
			if got := c.finds(t, c.clerk, want.s); !slices.Equal(got, want.ids) {
				t.Errorf("%s: found %v, want %v", name, got, want.ids)
			}
		}
		f, err := c.desk.Search(t.Context(), c.clerk, cases.Search{Words: "供水管"}, 1)
		if err != nil || len(f.Hits) != 1 || !strings.Contains(f.Hits[0].Text, "供水管") {
			t.Errorf("shown is %+v, %v", f, err)
		}
	})
}

func TestOnlyThoseWhoMayReachAWriterSeekOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		open := c.titled(t, "水管漏水")
		hidden := c.titled(t, "举报水厂", func(l *cases.Letter) { l.Kind = "tipoff" })
		other := c.titled(t, "路面破损")
		for id, lead := range map[cases.ID]int64{open.ID: c.water, hidden.ID: c.water, other.ID: c.roads} {
			must(t)(c.desk.Route(t.Context(), c.clerk, id, 0, lead))
		}
		for _, a := range []people.Actor{c.supervisor, c.auditor} {
			_, err := c.desk.WriterMark(a, "13900001234")
			wantCode(t, err, errs.CodeForbidden)
		}
		mark, err := c.desk.WriterMark(c.waterworks, "ZHOU@example.org")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.desk.Search(t.Context(), c.supervisor, cases.Search{Writer: mark}, 1); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("a supervisor who has the mark: %v", err)
		}
		if got := c.finds(t, c.clerk, cases.Search{Writer: mark}); len(got) != 3 {
			t.Errorf("the office finds %v", got)
		}
		v, err := c.desk.Look(t.Context(), c.clerk, hidden.ID)
		if err != nil || !v.Confidential {
			t.Fatalf("the tip-off is not confidential: %v", err)
		}
		if got := c.finds(t, c.waterworks, cases.Search{Writer: mark}); !slices.Equal(got, []cases.ID{open.ID}) {
			t.Errorf("the department finds %v, want what it leads and may see the writer of", got)
		}
		if _, err := c.desk.WriterMark(c.clerk, "1390"); errs.FieldOf(err) != "writer" {
			t.Errorf("half a number: %v", err)
		}
	})
}

// aCityOfCases has letters of all sorts in all hands.
func (c *city) aCityOfCases(t *testing.T) (ids []cases.ID, departments []int64) {
	t.Helper()
	departments = []int64{c.water, c.roads, c.department(t, "GY", "园林中心"), c.department(t, "CG", "城管局")}
	words := []string{"水箱", "路灯", "井盖", "WiFi"}
	for i := range 30 {
		c.clock.Add(5 * time.Hour)
		r := c.titled(t, fmt.Sprintf("%s的事%d", words[i%4], i), func(l *cases.Letter) {
			l.Kind, l.District = []string{"complaint", "help", "tipoff"}[i%3], []string{"云东区", "云西区"}[i%2]
		})
		ids = append(ids, r.ID)
		lead := departments[i%4]
		if i%5 == 0 {
			continue
		}
		must(t)(c.desk.Route(t.Context(), c.clerk, r.ID, 0, lead, departments[(i+1)%4]))
		hand := people.Actor{Account: c.waterworks.Account, Grants: []people.Grant{{Role: people.Handler, Department: lead}}}
		switch i % 6 {
		case 1:
			must(t)(c.desk.Reply(t.Context(), hand, r.ID, 0, "已处理，"+words[(i+1)%4]))
			must(t)(c.desk.Answer(t.Context(), c.clerk, r.ID, 0, ""))
		case 2:
			must(t)(c.desk.Return(t.Context(), hand, r.ID, 0, "不归我们"))
		case 3:
			must(t)(c.desk.Reassign(t.Context(), c.clerk, r.ID, 0, departments[(i+2)%4], "更正"))
		}
	}
	return ids, departments
}

// TestLongSearchFindsExactlyWhatTheActorMaySee searches as people with random roles for random things, and compares with
// what the permission table says of every case: nothing is found that cannot be opened, and nothing that can be opened is missed.
func TestLongSearchFindsExactlyWhatTheActorMaySee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ids, departments := c.aCityOfCases(t)
		all := map[cases.ID]*cases.View{}
		for _, id := range ids {
			v, err := c.desk.Look(t.Context(), people.TheSystem(), id)
			if err != nil {
				t.Fatal(err)
			}
			all[id] = v
		}
		rapid.Check(t, func(rt *rapid.T) {
			a := people.Actor{Account: c.waterworks.Account, Grants: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) people.Grant {
				g := people.Grant{Role: rapid.SampledFrom(people.Grantable).Draw(rt, "role")}
				if g.Role.OfDepartment() {
					g.Department = rapid.SampledFrom(departments).Draw(rt, "department")
				}
				return g
			}), 1, 2).Draw(rt, "grants")}
			one := func(of ...string) string { return rapid.SampledFrom(append(of, "")).Draw(rt, "one") }
			s := cases.Search{
				Words: one("水箱", "灯", "的事", "路灯 的事", "wifi", "已处理"), Kind: one("complaint", "tipoff"), District: one("云东区"),
				State: cases.State(one("received", "acknowledged", "answered", "screened")), Standing: cases.Standing(one("open", "overdue", "answered", "unanswered")),
				Department: rapid.SampledFrom(append([]int64{0, 0, 0}, departments...)).Draw(rt, "of"), Part: cases.Part(one("lead", "assisting")),
				Hidden: rapid.IntRange(0, 5).Draw(rt, "hidden") == 0,
			}
			var want []cases.ID
			for _, id := range slices.Backward(ids) {
				if matches(s, all[id], c.clock.Now()) && maySee(a, all[id]) {
					want = append(want, id)
				}
			}
			f, err := c.desk.Search(t.Context(), a, s, 1)
			if err != nil {
				if len(want) > 0 || errs.CodeOf(err) != errs.CodeForbidden {
					rt.Fatalf("%+v: %v, though %v can be seen", s, err, want)
				}
				return
			}
			var got []cases.ID
			for _, h := range f.Hits {
				got = append(got, h.ID)
			}
			if len(got) > 0 {
				if _, err := c.desk.Look(t.Context(), a, got[0]); err != nil {
					rt.Fatalf("found case %d, which cannot be opened: %v", got[0], err)
				}
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("%+v looks for %+v: found %v, want %v", a.Grants, s, got, want)
			}
		})
	})
}

// maySee asks the permission table, as opening a case does.
func maySee(a people.Actor, v *cases.View) bool {
	subject := people.Subject{Case: int64(v.ID), Lead: v.LeadID}
	for _, s := range v.Assists {
		subject.Assists = append(subject.Assists, s.DepartmentID)
	}
	_, err := a.Permit(people.View, subject)
	return err == nil
}

// matches is the search, case by case.
func matches(s cases.Search, v *cases.View, now time.Time) bool {
	var text strings.Builder
	text.WriteString(v.Title + "\n" + v.Body)
	for _, r := range v.Replies {
		text.WriteString("\n" + r.Body)
	}
	for _, term := range search.Parse(s.Words).Terms {
		if !strings.Contains(search.Folded(text.String()), term) {
			return false
		}
	}
	lead := v.LeadID == s.Department
	assists := slices.ContainsFunc(v.Assists, func(a cases.Assist) bool { return a.DepartmentID == s.Department })
	standing := map[cases.Standing]bool{
		"": true, cases.StandingOpen: v.State.Open(), cases.StandingOverdue: v.Overdue(now),
		cases.StandingAnswered: !v.AnsweredAt.IsZero(), cases.StandingUnanswered: v.State.Open() && v.AnsweredAt.IsZero(),
	}
	return (s.Kind == "" || s.Kind == v.Kind) && (s.District == "" || s.District == v.District) && (s.State == "" || s.State == v.State) &&
		(!s.Hidden || v.Confidential) && standing[s.Standing] &&
		(s.Department == 0 || lead && s.Part != cases.AssistingPart || assists && s.Part != cases.LeadPart)
}

func TestTheIndexIsCompleteAfterImportAndRestore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.answered(t)
		const many = 120
		var old []intake.Letter
		for i := range many {
			l := anOldLetter()
			l.Line, l.Number = i+2, fmt.Sprint("old-", i)
			old = append(old, l)
		}
		c.importing(t, old...)
		if n, err := c.desk.IndexCases(t.Context()); n != many || err != nil {
			t.Fatalf("indexed %d, %v", n, err)
		}
		if got := c.finds(t, c.clerk, cases.Search{Words: "已修复"}); len(got) != many {
			t.Errorf("found %d of what was imported", len(got))
		}
		if got := c.finds(t, c.clerk, cases.Search{}); len(got) != many+1 || got[0] != 1 {
			t.Errorf("the letter of this year does not come first: %v", got[:2])
		}
		var dump bytes.Buffer
		if _, err := c.db.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		testdb.Each(t, func(t *testing.T, db *migrations.DB) {
			if _, err := db.Load(t.Context(), bytes.NewReader(dump.Bytes())); err != nil {
				t.Fatal(err)
			}
			restored := &city{db: db, dir: c.dir, clock: c.clock, keyFile: c.keyFile, clerk: c.clerk}
			restored.desk = restored.anotherDesk(t)
			if n, err := restored.desk.IndexCases(t.Context()); n != many+1 || err != nil {
				t.Fatalf("indexed %d, %v", n, err)
			}
			if got := restored.finds(t, c.clerk, cases.Search{Words: "水质检测合格"}); len(got) != 1 {
				t.Errorf("found %v after the restore", got)
			}
		})
	})
}

func TestWhatAnotherProgramChangesIsIndexedAnew(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.titled(t, "井盖松动")
		for _, statement := range []string{"UPDATE cases SET title = '路灯不亮' WHERE id = 1", "UPDATE cases SET alarm_at = 5 WHERE id = 1"} {
			err := c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if n, err := c.desk.IndexCases(t.Context()); n != 1 || err != nil {
			t.Fatalf("indexed %d, %v", n, err)
		}
		if got := c.finds(t, c.clerk, cases.Search{Words: "路灯"}); !slices.Equal(got, []cases.ID{r.ID}) {
			t.Errorf("found %v", got)
		}
		if got := c.finds(t, c.clerk, cases.Search{Words: "井盖"}); len(got) != 0 {
			t.Errorf("what it was called is still found: %v", got)
		}
	})
}

// FuzzSearch types whatever there is: nothing is an error, and nothing means anything to the database.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"水", "小区 水箱", `"x" OR NEAR(y*)`, "'; DROP TABLE cases; --", "%_\\", "20260305-00", "20260305-", "2026030", "\x00\xff", strings.Repeat("长", 3000), "１２３４", "20260305-99999999999999999999"} {
		f.Add(s, "2026-03-05", "云东区")
	}
	c := newCity(f, testdb.SQLite(f))
	if _, err := c.desk.Submit(f.Context(), people.TheWriter(0, errs.ZH), aLetter()); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, typed, day, district string) {
		s := cases.Search{Words: typed, District: district, Topic: typed, Received: cases.Days{From: day}, Due: cases.Days{Through: day}, Writer: typed}
		for range 3 {
			if _, err := c.desk.Search(t.Context(), c.clerk, s, 1); err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
			s.Writer, s.Topic, s.District = "", strings.TrimSpace(s.Topic)[:0], ""
			if _, err := c.desk.Search(t.Context(), c.waterworks, s, 2); err != nil {
				t.Fatalf("%+v: %v", s, err)
			}
		}
	})
}
