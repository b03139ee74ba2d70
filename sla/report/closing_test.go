package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// closed is a town whose supervisor closes periods.
type closed struct {
	*town
	engine *report.Engine
	book   *report.Closings
	keys   *seal.Keys
	db     *migrations.DB
}

func newClosed(t *testing.T, db *migrations.DB) *closed {
	t.Helper()
	c := &closed{town: newTown(t, db), engine: report.New(db, sla.Shanghai), db: db}
	var err error
	if c.keys, err = seal.Open(filepath.Join(t.TempDir(), "closing-keys.json")); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return c.now }
	id, err := people.NewDirectory(db, clock).AddAccount(t.Context(), people.NewAccount{Login: "duban", Name: "督查员", Password: "letters to the mayor"})
	if err != nil {
		t.Fatal(err)
	}
	c.supervisor.Account, c.supervisor.Name = id, "督查员"
	c.book = report.NewClosings(c.engine, c.keys, clock, "云湘市")
	return c
}

// play lets some letters come and things happen to them, then the day end; it gives the days of all that.
func (c *closed) play(t *testing.T, rt *rapid.T) report.Period {
	t.Helper()
	year, month, day := c.now.AddDate(0, 0, 1).Date()
	c.now = time.Date(year, month, day, 9, 0, 0, 0, sla.Shanghai)
	from := c.now.Format(time.DateOnly)
	for range rapid.IntRange(1, 5).Draw(rt, "letters") {
		c.letter(t, rt)
	}
	c.steps(t, rt, 30)
	to := c.now.AddDate(0, 0, 1)
	c.now = time.Date(to.Year(), to.Month(), to.Day(), 0, 0, 1, 0, sla.Shanghai)
	return report.Period{From: from, To: c.now.Format(time.DateOnly)}
}

func (c *closed) steps(t *testing.T, rt *rapid.T, most int) {
	t.Helper()
	for range rapid.IntRange(0, most).Draw(rt, "steps") {
		c.now = c.now.Add(time.Duration(rapid.IntRange(0, 30*3600).Draw(rt, "seconds")) * time.Second)
		if err := c.step(t.Context(), rt); err != nil && errs.CodeOf(err) == errs.CodeInternal {
			rt.Fatal(err)
		}
	}
}

// TestLongAClosingStandsAndItsAmendmentNamesExactlyTheLettersThatChanged closes a period of random histories, lets more
// happen, and compares the amendment with the lists that reports open, as of both instants.
func TestLongAClosingStandsAndItsAmendmentNamesExactlyTheLettersThatChanged(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newClosed(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			ctx := t.Context()
			period := c.play(t, rt)
			asOf := c.now.Add(-time.Second)
			q := report.Query{From: period.From, To: period.To, AsOf: asOf, By: report.ByDepartment}
			atClosing, err := c.engine.Run(ctx, q)
			if err != nil {
				rt.Fatal(err)
			}
			id, err := c.book.Close(ctx, c.supervisor, report.Order{Period: period})
			if err != nil {
				rt.Fatal(err)
			}
			c.steps(t, rt, 30)
			k, err := c.book.Get(ctx, c.supervisor, id)
			if err != nil || k.Wrong != nil {
				rt.Fatal(err, k.Wrong)
			}
			_, total := report.Counted(k.Says.Lots)
			if diff := cmp.Diff(counted(atClosing.Total), counted(total)); diff != "" {
				rt.Fatalf("the figures at closing (-), what was published (+):\n%s", diff)
			}
			now, before, after, err := c.book.Today(ctx, k)
			if err != nil {
				rt.Fatal(err)
			}
			changes := report.Changes(before, after, true)
			q.By = report.ByNone
			figures := append(report.FigureNames(), report.TookFigure(false, 1), report.TookFigure(true, 2), report.ReworkFigure("granted"), report.ReworkFigure("on_time"))
			for _, kind := range []cases.Conduct{cases.Returned, cases.Reassigned, cases.YellowCard, cases.Hollow} {
				figures = append(figures, report.ConductFigure(kind))
			}
			for _, figure := range figures {
				entered, left := compared(c.behind(ctx, rt, q, asOf, figure), c.behind(ctx, rt, q, now, figure))
				var got report.Change
				if i := slices.IndexFunc(changes, func(c report.Change) bool { return c.Figure == figure }); i >= 0 {
					got = changes[i]
				}
				if !slices.Equal(got.Entered, entered) || !slices.Equal(got.Left, left) {
					rt.Fatalf("%s: entered %v, left %v; the amendment names %v and %v", figure, entered, left, got.Entered, got.Left)
				}
			}
		})
		all, wrong, err := c.book.VerifyAll(t.Context())
		if err != nil || all == 0 || len(wrong) > 0 {
			t.Fatal(all, wrong, err)
		}
	})
}

// behind is the list of cases that a report opens a figure to.
func (c *closed) behind(ctx context.Context, rt *rapid.T, q report.Query, at time.Time, figure string) []int64 {
	q.AsOf = at
	var ids []int64
	var err error
	switch {
	case report.ConductOf(figure) != "":
		var list []report.ConductCase
		list, _, err = c.engine.ConductCases(ctx, q, "", report.ConductOf(figure), 1000, 0)
		for _, one := range list {
			ids = append(ids, one.CaseID)
		}
	case report.ReworkOf(figure) != "":
		ids, _, err = c.engine.ReworkCases(ctx, q, "", report.ReworkOf(figure), 1000, 0)
	default:
		ids, _, err = c.engine.Cases(ctx, q, report.Cell{}, figure, 1000, 0)
	}
	if err != nil {
		rt.Fatal(err)
	}
	return ids
}

// compared gives what came to a list and what went from it, ascending.
func compared(was, is []int64) (entered, left []int64) {
	n := map[int64]int{}
	for _, id := range is {
		n[id]++
	}
	for _, id := range was {
		n[id]--
	}
	for id, by := range n {
		for ; by > 0; by-- {
			entered = append(entered, id)
		}
		for ; by < 0; by++ {
			left = append(left, id)
		}
	}
	slices.Sort(entered)
	slices.Sort(left)
	return entered, left
}

// oneLetter is a town with one letter of 5 January 2026, and the clock after that month.
func oneLetter(t *testing.T, db *migrations.DB) (*closed, report.Period) {
	t.Helper()
	c := newClosed(t, db)
	_, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), cases.Letter{
		Channel: "mailbox", Kind: "help", Title: "题目", Body: "正文", Writer: cases.Contact{Name: "某人", Phone: "13900000000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.now = time.Date(2026, 2, 1, 0, 0, 1, 0, sla.Shanghai)
	return c, report.Period{From: "2026-01-01", To: "2026-02-01"}
}

func TestAPeriodIsClosedOnceAndCorrectedByNamingTheLatest(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c, january := oneLetter(t, db)
		ctx := t.Context()
		first, err := c.book.Close(ctx, c.supervisor, report.Order{Period: january, Remark: "一月通报"})
		if err != nil {
			t.Fatal(err)
		}
		for name, o := range map[string]struct {
			order report.Order
			code  errs.Code
			field string
		}{
			"a second time":                       {report.Order{Period: january}, errs.CodeConflict, ""},
			"naming one that is not there":        {report.Order{Period: january, Follows: first + 9}, errs.CodeConflict, ""},
			"naming one of another period":        {report.Order{Period: report.Period{From: "2025-12-01", To: "2026-01-01"}, Follows: first}, errs.CodeConflict, ""},
			"a month that is not over":            {report.Order{Period: report.Period{From: "2026-02-01", To: "2026-03-01"}}, errs.CodeInvalid, "to"},
			"as of a time before its end":         {report.Order{Period: january, AsOf: c.now.Add(-time.Hour)}, errs.CodeInvalid, "as_of"},
			"as of the second that is not over":   {report.Order{Period: january, AsOf: c.now}, errs.CodeInvalid, "as_of"},
			"a period that ends before it begins": {report.Order{Period: report.Period{From: "2026-01-05", To: "2026-01-01"}}, errs.CodeInvalid, "to"},
			"with a remark of two lines":          {report.Order{Period: january, Remark: "一\n二"}, errs.CodeInvalid, "remark"},
		} {
			if _, err := c.book.Close(ctx, c.supervisor, o.order); errs.CodeOf(err) != o.code || errs.FieldOf(err) != o.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		clerk := c.clerk
		clerk.Account = c.supervisor.Account
		if _, err := c.book.Close(ctx, clerk, report.Order{Period: january, Follows: first}); errs.CodeOf(err) != errs.CodeForbidden {
			t.Errorf("the office closes: %v", err)
		}

		c.now = c.now.Add(time.Hour)
		second, err := c.book.Close(ctx, c.supervisor, report.Order{Period: january, Follows: first, Remark: "更正"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.book.Close(ctx, c.supervisor, report.Order{Period: january, Follows: first}); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("the first was corrected twice: %v", err)
		}
		// A part of it, and what it is a part of, are periods of their own.
		if _, err := c.book.Close(ctx, c.supervisor, report.Order{Period: report.Period{From: "2026-01-05", To: "2026-01-06"}}); err != nil {
			t.Error(err)
		}
		was, err := c.book.Get(ctx, c.supervisor, first)
		if err != nil {
			t.Fatal(err)
		}
		is, err := c.book.Get(ctx, c.supervisor, second)
		if err != nil {
			t.Fatal(err)
		}
		if was.FollowedBy != second || is.FollowsID != first || is.Says.Follows != was.Digest || is.Name != "督查员" || was.Remark != "一月通报" {
			t.Errorf("%+v, then %+v", was.Closing, is.Closing)
		}
		list, total, err := c.book.List(ctx, clerk, 2, 1)
		if err != nil || total != 3 || len(list) != 2 || list[0].ID != second || list[1].ID != first {
			t.Error(list, total, err)
		}
	})
}

func execute(ctx context.Context, db *migrations.DB, statement string, args ...any) error {
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	})
}

// TestWhoeverChangesAStoredClosingIsFoundOut changes each part of a closing in the database, which takes away the
// trigger that forbids it, as one could who has the database.
func TestWhoeverChangesAStoredClosingIsFoundOut(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c, january := oneLetter(t, db)
		ctx := t.Context()
		id, err := c.book.Close(ctx, c.supervisor, report.Order{Period: january})
		if err != nil {
			t.Fatal(err)
		}
		for _, forbidden := range []string{"UPDATE closings SET remark = 'x'", "DELETE FROM closings"} {
			if err := execute(ctx, db, forbidden); err == nil || !strings.Contains(err.Error(), "only ever added") {
				t.Errorf("%s: %v", forbidden, err)
			}
		}
		drop := []string{"DROP TRIGGER closings_only_added_u"}
		if db.Dialect() == migrations.PostgreSQL {
			drop = []string{"DROP TRIGGER closings_only_added ON closings"}
		}
		for _, statement := range drop {
			if err := execute(ctx, db, statement); err != nil {
				t.Fatal(err)
			}
		}
		var content, signature []byte
		var digest string
		if err := db.Read.NewRaw("SELECT content, signature, digest FROM closings").Scan(ctx, &content, &signature, &digest); err != nil {
			t.Fatal(err)
		}
		signature = slices.Clone(signature)
		signature[5] ^= 1
		for column, value := range map[string]any{
			"content": content[:len(content)-9], "signature": signature, "digest": strings.Repeat("0", 64),
			"as_of": 1767200000, "to_day": "2026-03-01", "remark": "好", "at": 5, "key_id": "0011223344556677",
		} {
			var was any
			if err := db.Read.NewRaw("SELECT "+column+" FROM closings").Scan(ctx, &was); err != nil {
				t.Fatal(err)
			}
			set := func(to any) {
				if err := execute(ctx, db, "UPDATE closings SET "+column+" = ?", to); err != nil {
					t.Fatal(err)
				}
			}
			set(value)
			k, err := c.book.Get(ctx, c.supervisor, id)
			if err != nil || k.Wrong == nil {
				t.Errorf("nobody sees that %s was changed: %v", column, err)
			}
			if all, wrong, err := c.book.VerifyAll(ctx); err != nil || all != 1 || len(wrong) != 1 {
				t.Errorf("%s: %d of %d: %v", column, len(wrong), all, err)
			}
			set(was)
		}
		if k, err := c.book.Get(ctx, c.supervisor, id); err != nil || k.Wrong != nil {
			t.Error(err, k.Wrong)
		}
	})
}

func TestADownloadedClosingIsVerifiedWithThePublicKeysAlone(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c, january := oneLetter(t, db)
		id, err := c.book.Close(t.Context(), c.supervisor, report.Order{Period: january, Remark: `<"&\u2028` + "\u00a0"})
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.book.Get(t.Context(), c.supervisor, id)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := k.Signed()
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := report.WriteClosing(&file, signed); err != nil {
			t.Fatal(err)
		}
		var spread bytes.Buffer // an editor sets it out over many lines
		if err := json.Indent(&spread, file.Bytes(), "", "    "); err != nil {
			t.Fatal(err)
		}
		verify := func(data []byte) error {
			s, err := report.ParseClosing(data)
			if err != nil {
				return err
			}
			_, err = s.Verify(c.keys.ReceiptKeys())
			return err
		}
		for _, text := range []string{file.String(), spread.String()} {
			if err := verify([]byte(text)); err != nil {
				t.Errorf("%v:\n%s", err, text)
			}
		}
		for name, changed := range map[string]string{
			"a figure":       strings.Replace(file.String(), `"received":1`, `"received":2`, 1),
			"a list":         strings.Replace(file.String(), `"cases":[1]`, `"cases":[]`, 1),
			"the digest":     strings.Replace(file.String(), `"digest":"`, `"digest":"0`, 1),
			"no closing":     `{"form":"mailbox closing v1"}`,
			"another form":   strings.Replace(file.String(), "closing v1", "closing v2", 1),
			"not even JSON":  "x",
			"a part missing": file.String()[:200],
		} {
			if changed == file.String() {
				t.Fatalf("%s: nothing was changed", name)
			}
			if err := verify([]byte(changed)); errs.CodeOf(err) != errs.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		other, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signed.Verify(other.ReceiptKeys()); errs.CodeOf(err) != errs.CodeNotFound {
			t.Errorf("under another city's keys: %v", err)
		}
	})
}
