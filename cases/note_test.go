package cases_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
)

func TestANoteIsReadByThoseOnTheCaseAndMovesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		got := ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		for i, a := range []people.Actor{c.clerk, c.waterworks, c.waterLead, c.supervisor} {
			if err := c.desk.Note(ctx, a, r.ID, "第"+strings.Repeat("一", i+1)+"条"); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
		}
		for _, a := range []people.Actor{c.roadworks, c.auditor, people.TheWriter(int64(r.ID), errs.ZH)} {
			wantCode(t, c.desk.Note(ctx, a, r.ID, "x"), errs.CodeForbidden)
		}
		// The reply that was begun before the notes is no conflict.
		ok(c.desk.Reply(ctx, c.waterworks, r.ID, got.Version, "已清洗。"))

		notes, err := c.desk.Notes(ctx, c.auditor, r.ID)
		if err != nil || len(notes) != 4 || notes[1].Department != "市水务集团" || notes[1].Author != c.waterworks.Name || notes[3].Role != people.Supervisor {
			t.Errorf("%+v, %v", notes, err)
		}
		_, err = c.desk.Notes(ctx, c.roadworks, r.ID)
		wantCode(t, err, errs.CodeNotFound)
		_, err = c.desk.Notes(ctx, people.TheWriter(int64(r.ID), errs.ZH), r.ID)
		wantCode(t, err, errs.CodeForbidden)

		// Its notes go with the case to the next department, whose words may be read there by nobody else.
		back := ok(c.desk.SendBack(ctx, c.clerk, r.ID, cases.AnyVersion, "请改"))
		ok(c.desk.Reassign(ctx, c.clerk, r.ID, back.Version, c.roads, "属市政"))
		if notes, err = c.desk.Notes(ctx, c.roadworks, r.ID); err != nil || len(notes) != 4 {
			t.Errorf("the next department reads %d notes, %v", len(notes), err)
		}
		_, err = c.desk.Notes(ctx, c.waterworks, r.ID)
		wantCode(t, err, errs.CodeNotFound)
	})
}

func TestANoteSentTwiceIsOneNote(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		for range 2 {
			if err := c.desk.Note(t.Context(), c.clerk, r.ID, "请 @supervisor 看一下"); err != nil {
				t.Fatal(err)
			}
		}
		c.clock.Add(time.Hour)
		if err := c.desk.Note(t.Context(), c.clerk, r.ID, "请 @supervisor 看一下"); err != nil {
			t.Fatal(err)
		}
		if notes, err := c.desk.Notes(t.Context(), c.clerk, r.ID); err != nil || len(notes) != 2 {
			t.Errorf("%d notes, %v", len(notes), err)
		}
		if got := c.told(t, "mentioned"); len(got) != 2 {
			t.Errorf("%d notices", len(got))
		}
	})
}

func TestAMentionTellsThatPersonOnceAndRefusesWhoMayNotSee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		note := func(text string) error { return c.desk.Note(ctx, c.waterworks, r.ID, text) }
		for text, says := range map[string]string{
			"请@roads 看":         "测试 roads",
			"请@admin.x 看":       "@admin.x",
			"@测试 water.leads 看": "@测试", // nobody's name as a whole
		} {
			err := note(text)
			wantCode(t, err, errs.CodeInvalid)
			if errs.FieldOf(err) != "note" || !strings.Contains(errs.Message(err, errs.ZH), says) {
				t.Errorf("%s: %v", text, err)
			}
		}
		// Twice the same person, by login and by name; the author; what is no mention.
		err := note("请＠Water.Lead 和@测试 water.lead，还有@CLERK。我是@water，邮箱 zhou@roads.example，@ 6点")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := c.told(t, "mentioned"), []string{"mentioned clerk 03-05 10:00", "mentioned water.lead 03-05 10:00"}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		if err := c.dir.Disable(ctx, c.waterLead.Account); err != nil {
			t.Fatal(err)
		}
		wantCode(t, note("@water.lead"), errs.CodeInvalid)
		v := c.look(t, r.ID)
		all, err := c.desk.Colleagues(ctx, v)
		var logins []string
		for _, a := range all {
			logins = append(logins, a.Login)
		}
		if want := []string{"clerk", "supervisor", "water"}; err != nil || !slices.Equal(logins, want) {
			t.Errorf("can be mentioned: %v, %v, want %v", logins, err, want)
		}
	})
}

func TestTwoOfOneNameMustBeToldApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		for _, login := range []string{"li1", "li2"} {
			if _, err := c.dir.AddAccount(t.Context(), people.NewAccount{Login: login, Name: "李明", Hash: somePassword, Grants: []people.Grant{{Role: people.Clerk}}}); err != nil {
				t.Fatal(err)
			}
		}
		err := c.desk.Note(t.Context(), c.clerk, r.ID, "请@李明看")
		wantCode(t, err, errs.CodeInvalid)
		if text := errs.Message(err, errs.ZH); !strings.Contains(text, "@li1") || !strings.Contains(text, "@li2") {
			t.Error(text)
		}
		if err := c.desk.Note(t.Context(), c.clerk, r.ID, "请@li2看"); err != nil {
			t.Error(err)
		}
	})
}

func TestACallIsWrittenDownWithItsResult(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx, ok := t.Context(), must(t)
		r := c.submit(t, aLetter())
		ok(c.desk.Route(ctx, c.clerk, r.ID, 1, c.water))
		c.clock.Add(2 * time.Hour)
		now := c.clock.Now()
		for field, call := range map[string]cases.Call{
			"at":     {At: now.Add(time.Minute), Result: cases.CallNotReached},
			"result": {At: now, Result: "maybe"},
			"text":   {At: now, Result: cases.CallReached},
		} {
			err := c.desk.LogContact(ctx, c.waterworks, r.ID, call)
			if wantCode(t, err, errs.CodeInvalid); errs.FieldOf(err) != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		wantCode(t, c.desk.LogContact(ctx, c.waterworks, r.ID, cases.Call{At: now.Add(-3 * time.Hour), Result: cases.CallNotReached}), errs.CodeInvalid)
		wantCode(t, c.desk.LogContact(ctx, c.supervisor, r.ID, cases.Call{At: now, Result: cases.CallNotReached}), errs.CodeForbidden)
		for _, call := range []cases.Call{{At: now.Add(-time.Hour), Result: cases.CallNotReached}, {At: now, Result: cases.CallReached, Text: "约定周五上门"}} {
			if err := c.desk.LogContact(ctx, c.waterworks, r.ID, call); err != nil {
				t.Fatal(err)
			}
		}
		notes, err := c.desk.Notes(ctx, c.supervisor, r.ID)
		if err != nil || len(notes) != 2 || notes[0].Result != cases.CallNotReached || !notes[0].At.Equal(now.Add(-time.Hour)) || notes[1].Body != "约定周五上门" {
			t.Errorf("%+v, %v", notes, err)
		}
	})
}

func TestNotesAreOnlyAddedOrErased(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		if err := c.desk.Note(t.Context(), c.clerk, r.ID, "周小禾来过电话"); err != nil {
			t.Fatal(err)
		}
		exec := func(query string) error {
			return c.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, query)
				return err
			})
		}
		for _, query := range []string{"DELETE FROM notes", "UPDATE notes SET body = ''", "UPDATE notes SET body = '', erased_at = 1, role = 'leader'"} {
			if exec(query) == nil {
				t.Errorf("%s went through", query)
			}
		}
		if err := exec("UPDATE notes SET body = '', erased_at = 1"); err != nil {
			t.Error(err)
		}
		if exec("UPDATE notes SET erased_at = NULL") == nil {
			t.Error("an erased note came back")
		}
		if notes, err := c.desk.Notes(t.Context(), c.clerk, r.ID); err != nil || len(notes) != 1 || !notes[0].Erased || notes[0].Body != "" {
			t.Errorf("%+v, %v", notes, err)
		}
	})
}

// TestLongAnyNoteIsKeptAsWrittenOrRefused: whatever is typed, a note is either kept to the letter or refused in words.
func TestLongAnyNoteIsKeptAsWrittenOrRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		part := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"@", "＠", "@clerk", "@测试 clerk", "@@supervisor", " ", "请", "a@b", "@\xff", "@李", "\u202e"}))
		written := 0
		rapid.Check(t, func(rt *rapid.T) {
			c.clock.Add(time.Hour)
			text := strings.Join(rapid.SliceOfN(part, 1, 5).Draw(rt, "parts"), "")
			err := c.desk.Note(t.Context(), c.clerk, r.ID, text)
			if err != nil {
				if errs.CodeOf(err) != errs.CodeInvalid {
					rt.Fatal(err)
				}
				return
			}
			written++
			notes, err := c.desk.Notes(t.Context(), c.clerk, r.ID)
			if err != nil || len(notes) != written || notes[written-1].Body != strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) {
				rt.Fatalf("%q became %+v, %v", text, notes, err)
			}
		})
	})
}
