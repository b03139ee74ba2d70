package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/migrations/testdb"
	"mailbox/sla"
	"mailbox/sla/report"
)

// chronicle is a town in which the same things happen every time it is played.
type chronicle struct {
	*closed
	stored *report.StoredReports
}

func newChronicle(t *testing.T, db *migrations.DB) *chronicle {
	t.Helper()
	c := &chronicle{closed: newClosed(t, db)}
	c.stored = c.keeper()
	return c
}

// keeper is another process' keeper of the same town's reports.
func (c *chronicle) keeper() *report.StoredReports {
	return report.NewStoredReports(c.engine, c.desk, c.db, c.keys, func() time.Time { return c.now }, "云湘市", "1.2.3")
}

// reported is a town in which one report was made: that of January 2026, number 1.
func reported(t *testing.T, db *migrations.DB) *chronicle {
	t.Helper()
	c := newChronicle(t, db)
	c.playUntil(t, "2026-02-02", func() {})
	c.makeDue(t)
	return c
}

func (c *chronicle) clock(t *testing.T, local string) {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, local, sla.Shanghai)
	if err != nil {
		t.Fatal(err)
	}
	c.now = at
}

// playUntil lets the days pass: every fourth brings a letter, which is routed a day later and answered on the fifth day, so that
// letters of a period are still open when it is reported on. eachMorning is called a minute after nine.
func (c *chronicle) playUntil(t *testing.T, last string, eachMorning func()) {
	t.Helper()
	err := c.db.WithoutSync(t.Context(), func() error {
		c.pass(t, last, eachMorning)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *chronicle) pass(t *testing.T, last string, eachMorning func()) {
	t.Helper()
	ctx := t.Context()
	must := func(_ *cases.Case, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	began := sla.DateOf(c.now, sla.Shanghai)
	end, err := sla.ParseDate(last)
	if err != nil {
		t.Fatal(err)
	}
	for day := began; day <= end; day++ {
		c.now = day.Start(sla.Shanghai).Add(9*time.Hour + time.Minute)
		eachMorning()
		c.now = day.Start(sla.Shanghai).Add(15 * time.Hour)
		n := int(day - began)
		if n%4 == 0 {
			r, err := c.desk.Submit(ctx, people.TheWriter(0, errs.ZH), cases.Letter{Kind: "help", Title: "题目", Body: "正文", Writer: cases.Contact{Name: "某人", Phone: "13900000000"}})
			if err != nil {
				t.Fatal(err)
			}
			c.cases = append(c.cases, r.ID)
		}
		unit := c.units[len(c.cases)%2]
		if n%4 == 1 {
			must(c.desk.Route(ctx, c.clerk, c.cases[len(c.cases)-1], cases.AnyVersion, unit))
		}
		if n%4 == 1 && len(c.cases) > 1 {
			id, unit := c.cases[len(c.cases)-2], c.units[(len(c.cases)-1)%2]
			handler := people.Actor{Name: "handler", Grants: []people.Grant{{Role: people.Handler, Department: unit}}}
			must(c.desk.Reply(ctx, handler, id, cases.AnyVersion, fullReply))
			must(c.desk.Answer(ctx, c.clerk, id, cases.AnyVersion, ""))
		}
	}
}

// told are all stored reports, the oldest first, one line each for the report and its documents; made at what instant is not said.
func (c *chronicle) told(t *testing.T) (lines []string) {
	t.Helper()
	years, err := c.stored.Years(t.Context(), c.supervisor)
	if err != nil {
		t.Fatal(err)
	}
	for _, year := range years {
		list, err := c.stored.List(t.Context(), c.supervisor, year)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			r := &list[i]
			line := []string{string(r.Kind), r.Period, "as of " + r.AsOf.In(sla.Shanghai).Format(time.DateTime) + ":"}
			for _, f := range r.Files {
				file, err := c.stored.File(t.Context(), c.supervisor, r, f.Form, f.Language)
				if err != nil {
					t.Fatal(err)
				}
				digest := file.Digest
				if f.Form == report.FormXLSX {
					digest = ofParts(t, file.Content)
				}
				line = append(line, f.Form, string(f.Language), digest[:12])
			}
			lines = append([]string{strings.Join(line, " ")}, lines...)
		}
	}
	return lines
}

// ofParts is a digest of all parts of a workbook but the list of their types, which excelize writes in any order.
func ofParts(t *testing.T, workbook []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, part := range archive.File {
		if part.Name == "[Content_Types].xml" {
			continue
		}
		content, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(sum, content); err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (c *chronicle) makeDue(t *testing.T) int {
	t.Helper()
	made, err := c.stored.MakeDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// TestLongMissedReportsAreTheSameAsThoseMadeInTime plays the same months in two towns: in one each report is made in time, in the
// other nobody makes any until the end; then two processes do so at once, after a third was stopped in the middle of one.
func TestLongMissedReportsAreTheSameAsThoseMadeInTime(t *testing.T) {
	t.Parallel()
	last, reports := "2027-01-05", 12+4+2+1
	punctual := newChronicle(t, testdb.SQLite(t))
	punctual.playUntil(t, last, func() { punctual.makeDue(t) })
	want := punctual.told(t)
	if len(want) != reports || !strings.HasPrefix(want[0], "month 2026-01 as of 2026-02-02 09:00:00") {
		t.Fatalf("in time were made:\n%s", strings.Join(want, "\n"))
	}
	for _, line := range want {
		if strings.HasPrefix(line, "year") && !strings.HasPrefix(line, "year 2026 as of 2027-01-04 09:00:00") {
			t.Error(line)
		}
	}
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newChronicle(t, db)
		c.playUntil(t, last, func() {})
		mend := breakOnWorkbooks(t, db)
		if _, err := c.stored.MakeDue(t.Context()); err == nil {
			t.Fatal("the disk was full, and nobody noticed")
		}
		if left := c.told(t); len(left) != 0 {
			t.Fatalf("half a report was kept: %v", left)
		}
		mend()
		var both sync.WaitGroup
		var made [2]int
		for i, keeper := range []*report.StoredReports{c.keeper(), c.keeper()} {
			both.Go(func() {
				var err error
				if made[i], err = keeper.MakeDue(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if made[0]+made[1] != len(want) {
			t.Errorf("one process made %d reports, the other %d, of %d", made[0], made[1], len(want))
		}
		if diff := cmp.Diff(want, c.told(t)); diff != "" {
			t.Errorf("made in time (-), made later (+):\n%s", diff)
		}
		if n := c.keeper(); n != nil {
			if again, err := n.MakeDue(t.Context()); again != 0 || err != nil {
				t.Errorf("made again: %d, %v", again, err)
			}
		}
	})
}

// breakOnWorkbooks lets the database refuse a report's last documents, when most of it is written; mend ends that.
func breakOnWorkbooks(t *testing.T, db *migrations.DB) (mend func()) {
	t.Helper()
	do := func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if err := execute(t.Context(), db, statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	if db.Dialect() == migrations.SQLite {
		do("CREATE TRIGGER full BEFORE INSERT ON stored_files WHEN NEW.form = 'xlsx' BEGIN SELECT RAISE(ABORT, 'disk full'); END")
		return func() { do("DROP TRIGGER full") }
	}
	do("CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
		"CREATE TRIGGER disk_full BEFORE INSERT ON stored_files FOR EACH ROW WHEN (NEW.form = 'xlsx') EXECUTE FUNCTION disk_full()")
	return func() { do("DROP TRIGGER disk_full ON stored_files", "DROP FUNCTION disk_full()") }
}

func TestAReportIsMadeOnTheFirstWorkingMorningAndNotBefore(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newChronicle(t, db)
		c.clock(t, "2026-04-20 10:00:00")
		if made := c.makeDue(t); made != 0 {
			t.Errorf("a city without letters got %d reports", made)
		}
		c.playUntil(t, "2026-04-28", func() {})
		for _, step := range []struct {
			now  string
			made int
		}{
			{"2026-04-30 23:59:59", 0},
			{"2026-05-01 09:01:00", 0}, // a holiday, until the fifth
			{"2026-05-06 08:59:59", 0},
			{"2026-05-06 09:00:30", 0}, // somebody may still be committing what took its instant at nine
			{"2026-05-06 09:01:00", 1}, // April, and nothing of the months before the first letter
			{"2026-05-06 09:01:30", 0},
			{"2026-07-01 09:01:00", 4}, // May, which was missed, June, the second quarter, the first half-year
		} {
			c.clock(t, step.now)
			if made := c.makeDue(t); made != step.made {
				t.Errorf("at %s %d were made, want %d: %v", step.now, made, step.made, c.told(t))
			}
		}
	})
}

func TestImportedYearsGetNoReports(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		c := newChronicle(t, db)
		c.playUntil(t, "2026-03-10", func() {})
		err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			// As an import leaves them; the facts stay as they are.
			_, err := tx.ExecContext(ctx, "UPDATE cases SET quiet = ? WHERE received_at < ?", true, at(t, "2026-03-01T00:00:00").Unix())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.clock(t, "2026-04-01 09:01:00")
		if made := c.makeDue(t); made != 2 { // March, and the quarter in which the mailbox opened
			t.Errorf("%d reports: %v", made, c.told(t))
		}
	})
}

func TestAStoredReportIsHandedOutAsItWasMadeAndNothingCanChangeIt(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		c := reported(t, db)
		r, err := c.stored.Get(ctx, c.supervisor, 1)
		if err != nil || len(r.Files) != 6 || r.Period != "2026-01" || r.Version != "1.2.3" {
			t.Fatal(r, err)
		}
		for _, f := range r.Files {
			got, err := c.stored.File(ctx, c.supervisor, r, f.Form, f.Language)
			if err != nil || got.Digest != f.Digest || int64(len(got.Content)) != f.Size || f.Size == 0 {
				t.Error(f.Form, f.Language, err)
			}
		}
		html, err := c.stored.File(ctx, c.supervisor, r, report.FormHTML, errs.ZH)
		if err != nil || !strings.Contains(string(html.Content), "2026年1月") || strings.Contains(string(html.Content), "1.2.3）于") {
			t.Errorf("the report does not read as it should: %v %s", err, html.Content)
		}
		for _, statement := range []string{
			"UPDATE stored_reports SET period = '2026-02'", "DELETE FROM stored_files", "UPDATE stored_files SET digest = ''", "DELETE FROM stored_reports",
		} {
			if err := execute(ctx, db, statement); err == nil || !strings.Contains(err.Error(), "only ever added") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		for name, err := range map[string]error{
			"get": second2(c.stored.Get(ctx, people.Actor{}, 1)), "list": second2(c.stored.List(ctx, people.Actor{}, "2026")),
			"file": second2(c.stored.File(ctx, people.Actor{}, r, "html", errs.ZH)), "years": second2(c.stored.Years(ctx, people.Actor{})),
		} {
			if errs.CodeOf(err) != errs.CodeForbidden {
				t.Errorf("%s by nobody: %v", name, err)
			}
		}
		if _, err := c.stored.Get(ctx, c.supervisor, 9); errs.CodeOf(err) != errs.CodeNotFound {
			t.Error(err)
		}
		if _, err := c.stored.File(ctx, c.supervisor, r, "pdf", errs.ZH); errs.CodeOf(err) != errs.CodeNotFound {
			t.Error(err)
		}
	})
}

// TestAChangedReportIsNotHandedOut changes stored reports as somebody could who holds the database, and no key.
func TestAChangedReportIsNotHandedOut(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		ctx := t.Context()
		c := reported(t, db)
		unguarded := []string{
			"DROP TRIGGER stored_reports_only_added_u", "DROP TRIGGER stored_reports_only_added_d",
			"DROP TRIGGER stored_files_only_added_u", "DROP TRIGGER stored_files_only_added_d",
		}
		if db.Dialect() == migrations.PostgreSQL {
			unguarded = []string{"ALTER TABLE stored_reports DISABLE TRIGGER USER", "ALTER TABLE stored_files DISABLE TRIGGER USER"}
		}
		do := func(statement string, args ...any) {
			t.Helper()
			if err := execute(ctx, db, statement, args...); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range unguarded {
			do(statement)
		}
		verify := func() report.VerifiedReports {
			t.Helper()
			found, err := c.stored.VerifyAll(ctx, nil)
			if err != nil || found.All != 1 {
				t.Fatal(found, err)
			}
			return found
		}
		if found := verify(); len(found.Changed) != 0 || found.Unsigned != 0 {
			t.Fatalf("nobody changed anything: %+v", found)
		}
		var was report.StoredFile
		if err := db.Read.NewRaw("SELECT * FROM stored_files WHERE form = 'html' AND language = 'zh'").Scan(ctx, &was); err != nil {
			t.Fatal(err)
		}
		better := bytes.ReplaceAll(was.Content, []byte("2026年1月"), []byte("2026年9月"))
		sum := sha256.Sum256(better)
		setFile := "UPDATE stored_files SET content = ?, digest = ?, size = ? WHERE form = 'html' AND language = 'zh'"
		for name, one := range map[string]struct {
			change, back         string
			changed, as          []any
			stillReadInOtherForm bool
		}{
			"a document": {setFile, setFile, []any{better, was.Digest, was.Size}, []any{was.Content, was.Digest, was.Size}, true},
			"a document and its digest": {
				setFile, setFile, []any{better, hex.EncodeToString(sum[:]), len(better)}, []any{was.Content, was.Digest, was.Size}, false,
			},
			"the instant of the figures": {"UPDATE stored_reports SET as_of = as_of + 60", "UPDATE stored_reports SET as_of = as_of - 60", nil, nil, false},
			"the program's version":      {"UPDATE stored_reports SET version = '9'", "UPDATE stored_reports SET version = '1.2.3'", nil, nil, false},
			"the key": {
				"UPDATE stored_reports SET key_id = '8a272afb7cf1b34f'", "UPDATE stored_reports SET key_id = ?", nil, []any{c.keys.ReceiptKeys()[0].ID}, false,
			},
		} {
			do(one.change, one.changed...)
			if found := verify(); len(found.Changed) != 1 {
				t.Errorf("%s was changed, and nobody noticed", name)
			}
			r, err := c.stored.Get(ctx, c.supervisor, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.stored.File(ctx, c.supervisor, r, report.FormHTML, errs.ZH); errs.CodeOf(err) != errs.CodeConflict {
				t.Errorf("%s was changed, and it is handed out: %v", name, err)
			}
			if _, err := c.stored.File(ctx, c.supervisor, r, report.FormXLSX, errs.ZH); (err == nil) != one.stillReadInOtherForm {
				t.Errorf("%s was changed; the workbook: %v", name, err)
			}
			do(one.back, one.as...)
			if found := verify(); len(found.Changed) != 0 {
				t.Fatalf("%s was set right again, and is still found", name)
			}
		}
		do("UPDATE stored_reports SET signature = NULL, key_id = NULL") // as those that were stored before reports were signed
		if found := verify(); len(found.Changed) != 0 || found.Unsigned != 1 {
			t.Errorf("without a signature: %+v", found)
		}
		do("DELETE FROM stored_files WHERE form = 'xlsx'")
		if found := verify(); len(found.Changed) != 1 {
			t.Error("a document is missing, and nobody noticed")
		}
	})
}

func second2[T any](_ T, err error) error { return err }
