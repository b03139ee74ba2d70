package cases_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
)

// aFile is a small PDF that may be attached.
func aFile(t *testing.T) files.Clean {
	t.Helper()
	clean, err := files.Accept(t.Context(), "说明.pdf", []byte("%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"))
	if err != nil {
		t.Fatal(err)
	}
	return clean
}

func TestFilesWaitForTheirLetterAndGoWithIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		for range files.MaxFiles {
			if err := c.desk.AddDraftFile(ctx, "form-1", aFile(t)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.desk.AddDraftFile(ctx, "form-1", aFile(t)); errs.CodeOf(err) != errs.CodeInvalid {
			t.Errorf("a sixth file: %v", err)
		}
		if err := c.desk.AddDraftFile(ctx, "form-2", aFile(t)); err != nil {
			t.Fatal(err)
		}
		l := aLetter()
		l.Key = "form-1"
		first := c.submit(t, l)
		if again := c.submit(t, l); again.ID != first.ID {
			t.Errorf("sent twice, it is %d and %d", first.ID, again.ID)
		}
		view := c.look(t, first.ID)
		if len(view.Files) != files.MaxFiles {
			t.Fatalf("%d files came with the letter", len(view.Files))
		}
		if digests, ok := view.History[0].Detail["files"].([]any); !ok || len(digests) != files.MaxFiles {
			t.Errorf("the record names %v", view.History[0].Detail["files"])
		}
		got, data, err := c.desk.OpenFile(ctx, c.clerk, first.ID, view.Files[0].ID)
		if err != nil || !strings.HasPrefix(string(data), "%PDF-") || !got.KeepsOwnData {
			t.Errorf("%v, %q, %v", got.Name, data, err)
		}
		// What waits longer than a day is removed, bytes and all; what came with a letter stays.
		waiting, err := c.desk.DraftFiles(ctx, "form-2")
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d files wait, %v", len(waiting), err)
		}
		c.clock.Add(cases.DraftTime + time.Second)
		if n, err := c.desk.ClearDrafts(ctx, 100); n != 1 || err != nil {
			t.Errorf("%d cleared, %v", n, err)
		}
		if _, err := c.store.Get(ctx, waiting[0].StoreKey); !errors.Is(err, files.ErrMissing) {
			t.Errorf("the bytes are still there: %v", err)
		}
		if _, _, err := c.desk.OpenFile(ctx, c.clerk, first.ID, view.Files[0].ID); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatLiesInTheStoreCannotBeReadThere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		if err := c.desk.AddDraftFile(t.Context(), "form-1", aFile(t)); err != nil {
			t.Fatal(err)
		}
		rows, err := c.desk.DraftFiles(t.Context(), "form-1")
		if err != nil {
			t.Fatal(err)
		}
		stored, err := c.store.Get(t.Context(), rows[0].StoreKey)
		if err != nil || strings.Contains(string(stored), "%PDF") {
			t.Errorf("%q, %v", stored, err)
		}
	})
}

func TestAVerbThatFailsLeavesNoFileBehind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		r := c.submit(t, aLetter())
		if _, err := c.desk.Reply(t.Context(), c.waterworks, r.ID, cases.AnyVersion, "已办。", aFile(t)); err == nil {
			t.Fatal("a department replied to a case that is not its own")
		}
		if n := c.stored(t); n != 0 {
			t.Errorf("%d files lie in the store", n)
		}
	})
}

// stored counts the files in the store.
func (c *city) stored(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(c.storePath, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAProofCountsOnceForTwoLettersAndTwiceForOne(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		writer, proof := people.TheWriter(0, errs.ZH), cases.Proof{Text: "proof", Until: c.clock.Now().Add(time.Hour)}
		l := aLetter()
		l.Key = "form-1"
		first, err := c.desk.Submit(t.Context(), writer, l, proof)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := c.desk.Submit(t.Context(), writer, l, proof); err != nil || again.ID != first.ID {
			t.Errorf("%d, %v", again.ID, err)
		}
		l.Body += "另一件事。"
		if _, err := c.desk.Submit(t.Context(), writer, l, proof); errs.CodeOf(err) != errs.CodeConflict {
			t.Errorf("another letter with the same proof: %v", err)
		}
	})
}

func TestOneContactCanSendSoManyLettersADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		desk := c.deskFor(t, func(c *cases.Config) { c.PerContact = 3 })
		writer, l := people.TheWriter(0, errs.ZH), aLetter()
		l.Key = ""
		for range 3 {
			if _, err := desk.Submit(t.Context(), writer, l); err != nil {
				t.Fatal(err)
			}
		}
		l.Writer.Email = "another@example.org" // the telephone number is the same
		if _, err := desk.Submit(t.Context(), writer, l); errs.CodeOf(err) != errs.CodeLimited {
			t.Errorf("one too many: %v", err)
		}
		if _, err := desk.Submit(t.Context(), c.clerk, l); err != nil {
			t.Errorf("a clerk who records it: %v", err)
		}
		c.clock.Add(24*time.Hour + time.Second)
		if _, err := desk.Submit(t.Context(), writer, l); err != nil {
			t.Errorf("the day after: %v", err)
		}
	})
}
