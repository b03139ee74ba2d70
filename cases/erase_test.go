package cases_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/migrations"
)

// marked is what must be nowhere after erasure.
const marked = "某甲乙"

// personal takes a letter that says everything there is to say to its end.
func (c *city) personal(t *testing.T) cases.ID {
	t.Helper()
	ctx, ok := t.Context(), must(t)
	l := aLetter()
	l.Title, l.Body, l.Key = marked+"家水龙头", "我叫"+marked+"，水发黄。", "form"
	l.Writer = cases.Contact{Name: marked, Phone: "13977770000", Email: "jiayi@example.org", Address: marked + "村"}
	if err := c.desk.AddDraftFile(ctx, "form", aFile(t)); err != nil {
		t.Fatal(err)
	}
	id := c.submit(t, l).ID
	writer := people.TheWriter(int64(id), errs.ZH)
	ok(c.desk.Accuse(ctx, c.clerk, id, cases.AnyVersion, c.water))
	ok(c.desk.AskException(ctx, c.clerk, id, cases.AnyVersion, c.water, "只有它认识"+marked))
	ok(c.desk.GrantException(ctx, c.supervisor, id, cases.AnyVersion, c.water, "同意联系"+marked))
	ok(c.desk.Route(ctx, c.clerk, id, cases.AnyVersion, c.water, c.roads))
	ok(c.desk.Contribute(ctx, c.roadworks, id, cases.AnyVersion, "已联系"+marked))
	ok(c.desk.Instruct(ctx, c.clerk, id, cases.AnyVersion, "市长", "请关心"+marked))
	ok(c.desk.Order(ctx, c.supervisor, id, cases.AnyVersion, 1, "请说明"+marked+"的事"))
	ok(c.desk.AnswerOrder(ctx, c.waterworks, id, cases.AnyVersion, "已走访"+marked))
	ok(c.desk.AskWriter(ctx, c.waterworks, id, cases.AnyVersion, marked+"住几栋？"))
	ok(c.desk.AddMaterial(ctx, writer, id, marked+"住三栋"))
	if err := c.desk.LogContact(ctx, c.waterworks, id, cases.Call{At: c.clock.Now(), Result: cases.CallReached, Text: marked + "说不黄了"}); err != nil {
		t.Fatal(err)
	}
	ok(c.desk.Reply(ctx, c.waterworks, id, cases.AnyVersion, marked+"您好：水箱已清洗消毒。", aFile(t)))
	ok(c.desk.SendBack(ctx, c.clerk, id, cases.AnyVersion, "请写明"+marked+"的楼栋"))
	ok(c.desk.Reply(ctx, c.waterworks, id, cases.AnyVersion, marked+"您好：三栋水箱已清洗消毒，水质合格。"))
	ok(c.desk.Answer(ctx, c.clerk, id, cases.AnyVersion, ""))
	ok(c.desk.Rate(ctx, writer, id, cases.Rating{Grade: 5, Words: marked + "谢谢"}))
	ok(c.desk.Publish(ctx, c.clerk, id, cases.AnyVersion, cases.Publication{Title: "某先生家水龙头", Body: "水发黄。", Answer: "水箱已清洗消毒。"}))
	ok(c.desk.Close(ctx, c.clerk, id, cases.AnyVersion))
	return id
}

// holds tells where in the database a text stands, in any table that is backed up.
func holds(t *testing.T, db *migrations.DB, text string) (lines []string) {
	t.Helper()
	var dump bytes.Buffer
	if _, err := db.Dump(t.Context(), &dump); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(dump.String()) {
		if strings.Contains(line, text) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestAfterTheRetentionTimeNothingPersonalIsLeft(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		id := c.personal(t)
		young := c.submit(t, aLetter())
		c.desk = c.deskFor(t, func(config *cases.Config) { config.Files, config.EraseAfter = c.store, 2 })
		var keys []string
		for _, f := range c.look(t, id).Files {
			keys = append(keys, f.StoreKey)
		}
		if len(keys) != 2 || len(holds(t, c.db, marked)) < 15 {
			t.Fatalf("%d files, the text stands in %d rows", len(keys), len(holds(t, c.db, marked)))
		}
		c.clock.Set("2028-03-04 10:00:00")
		if n, err := c.desk.EraseOld(ctx, 100); err != nil || n != 0 {
			t.Fatalf("%d were erased too soon, %v", n, err)
		}
		c.clock.Set("2028-03-06 10:00:00")
		if e, err := c.desk.Erasable(ctx); err != nil || e.Cases != 1 || e.Contacts != 1 || e.Files != 2 || !e.Last.Equal(at("2026-03-05 10:00:00")) {
			t.Errorf("%+v, %v", e, err)
		}
		if len(holds(t, c.db, marked)) < 15 {
			t.Error("looking erased something")
		}
		// Cut off before the store has let go of the files: the next look goes on.
		without := c.deskFor(t, func(config *cases.Config) { config.EraseAfter = 2 })
		if n, err := without.EraseOld(ctx, 100); err != nil || n != 1 {
			t.Fatalf("%d were erased, %v", n, err)
		}
		if n, err := c.desk.EraseOld(ctx, 100); err != nil || n != 0 {
			t.Fatalf("%d were erased again, %v", n, err)
		}
		for _, text := range []string{marked, "说明.pdf", "jiayi", "13977770000"} {
			if left := holds(t, c.db, text); len(left) > 0 {
				t.Errorf("%s stands still in %q", text, left)
			}
		}
		for _, key := range keys {
			if _, err := c.store.Get(ctx, key); !errors.Is(err, files.ErrMissing) {
				t.Errorf("a file is still in the store: %v", err)
			}
		}
		var reachable int
		err := c.db.Read.NewRaw("SELECT count(*) FROM contacts WHERE sealed IS NOT NULL OR phone_hash IS NOT NULL OR email_hash IS NOT NULL").Scan(ctx, &reachable)
		if err != nil || reachable != 1 {
			t.Errorf("%d contacts are left, %v", reachable, err)
		}
		for _, query := range []string{
			"SELECT count(*) FROM letter_keys WHERE case_id = ?", "SELECT count(*) FROM event_texts WHERE case_id = ?",
			"SELECT count(*) FROM reply_keys WHERE reply_id IN (SELECT id FROM replies WHERE case_id = ?)",
		} {
			var n int
			if err := c.db.Read.NewRaw(query, id).Scan(ctx, &n); err != nil || n != 0 {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
		if err := c.desk.Verify(ctx, id); err != nil {
			t.Error(err)
		}
		v := c.look(t, id)
		last := v.History[len(v.History)-1]
		if last.Verb != people.Erase || last.Role != people.System || v.ErasedAt.IsZero() || v.Title != "" || v.State != cases.Closed || v.Rating != 5 {
			t.Errorf("%+v, %s", last, v.Title)
		}
		if page, err := c.desk.PublicationOf(ctx, id); err != nil || page == nil || page.Title != "某先生家水龙头" {
			t.Errorf("%+v, %v", page, err)
		}
		if v := c.look(t, young.ID); v.Body == "" || !v.ErasedAt.IsZero() {
			t.Error("an open letter was erased")
		}
		_, err = c.desk.Void(ctx, c.supervisor, id, cases.AnyVersion, "有误")
		wantCode(t, err, errs.CodeConflict)
		_, err = c.desk.NewSecret(ctx, c.clerk, id, cases.AnyVersion)
		wantCode(t, err, errs.CodeConflict)
		must(t)(c.desk.Unpublish(ctx, c.clerk, id, cases.AnyVersion, "撤下"))
	})
}

// TestALetterAndWhatWasMergedIntoItAreErasedTogether: the answer of the one is for the writers of the others.
func TestALetterAndWhatWasMergedIntoItAreErasedTogether(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		c.desk = c.deskFor(t, func(config *cases.Config) { config.Files, config.EraseAfter = c.store, 1 })
		first, second := c.submit(t, aLetter()).ID, c.submit(t, aLetter()).ID
		ok(c.desk.Merge(ctx, c.clerk, second, cases.AnyVersion, first))
		c.clock.Set("2027-03-08 10:00:00")
		if n, err := c.desk.EraseOld(ctx, 100); err != nil || n != 0 {
			t.Fatalf("%d were erased while the other is open, %v", n, err)
		}
		ok(c.desk.Decline(ctx, c.supervisor, first, cases.AnyVersion, "court", ""))
		c.clock.Set("2028-03-07 10:00:00")
		if n, err := c.desk.EraseOld(ctx, 100); err != nil || n != 0 {
			t.Fatalf("%d were erased too soon, %v", n, err)
		}
		c.clock.Set("2028-03-08 10:00:00")
		if n, err := c.desk.EraseOld(ctx, 100); err != nil || n != 2 {
			t.Fatalf("%d were erased, %v", n, err)
		}
	})
}

// TestErasureKnowsEveryTableOfACase: whoever adds a table says here what becomes of it.
func TestErasureKnowsEveryTableOfACase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		if c.db.Dialect() != migrations.SQLite {
			t.Skip("the tables are the same")
		}
		erased := []string{"event_texts", "replies", "materials", "assists", "waits", "orders", "exceptions", "files", "notices", "notes", "letter_keys", "proposals"}
		kept := []string{ // no words of anybody's, or redacted for the public, or what colleagues did
			"facts", "events", "rounds", "conduct", "suggestions", "publications", "kept_private", "looks", "accused", "hot_letters", "case_unindexed", "presence", "follow_ups", "holders", "inbox",
			"log_leaves", "log_pending",
		}
		var tables []string
		err := c.db.Read.NewRaw("SELECT m.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c ON c.name = 'case_id' WHERE m.type = 'table' ORDER BY 1").
			Scan(t.Context(), &tables)
		if err != nil || len(tables) < 15 {
			t.Fatal(tables, err)
		}
		for _, table := range tables {
			if slices.Contains(erased, table) == slices.Contains(kept, table) {
				t.Errorf("is what stands in %s erased with a case (cases/erase.go), or kept?", table)
			}
		}
	})
}
