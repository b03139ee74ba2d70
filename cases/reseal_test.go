package cases_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/seal"
)

// withFile is a letter with something attached.
func (c *city) withFile(t *testing.T, key string) cases.ID {
	t.Helper()
	l := aLetter()
	l.Key = key
	if err := c.desk.AddDraftFile(t.Context(), key, aFile(t)); err != nil {
		t.Fatal(err)
	}
	return c.submit(t, l).ID
}

func TestEverythingIsSealedAnewWhileAllOfItCanBeRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		ctx := t.Context()
		first, second := c.withFile(t, "one"), c.withFile(t, "two")
		elsewhere := c.deskFor(t, func(config *cases.Config) { config.Files = c.store }) // has read the file before
		reads := func(what string) {
			t.Helper()
			for _, desk := range []*cases.Desk{c.desk, elsewhere} {
				for _, id := range []cases.ID{first, second} {
					got, err := desk.ShowContact(ctx, c.clerk, id, "")
					if err != nil || got.Phone != "13900001234" {
						t.Errorf("%s: %+v, %v", what, got, err)
					}
					v := c.look(t, id)
					if _, data, err := desk.OpenFile(ctx, c.clerk, id, v.Files[0].ID); err != nil || len(data) == 0 {
						t.Errorf("%s: file of %d: %v", what, id, err)
					}
				}
			}
		}
		id, err := seal.AddSealingKey(c.keyFile)
		if err != nil || id != 2 {
			t.Fatal(id, err)
		}
		reads("added")
		if err := c.desk.BeginSealingKey(ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := seal.UseSealingKey(c.keyFile, id); err != nil {
			t.Fatal(err)
		}
		// Cut off after the first step, then after a file was put and before its row was written.
		stop, cancel := context.WithCancel(ctx)
		if _, err := c.desk.Reseal(stop, func(int64, int64) { cancel() }); err == nil {
			t.Fatal("it was not cut off")
		}
		reads("cut off")
		f := c.look(t, first).Files[0]
		keys, err := seal.Read(c.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := c.store.Get(ctx, f.StoreKey)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := keys.Unseal(sealed, 1)
		if err != nil {
			t.Fatal(err)
		}
		if sealed, _, err = keys.Seal(plain); err != nil {
			t.Fatal(err)
		}
		if err := c.store.Put(ctx, f.StoreKey, sealed); err != nil {
			t.Fatal(err)
		}
		reads("cut off in a file")
		wantCode(t, c.desk.DropSealingKey(ctx, 1), errs.CodeConflict)
		wantCode(t, c.desk.DropSealingKey(ctx, 2), errs.CodeConflict)
		wantCode(t, c.desk.DropSealingKey(ctx, 3), errs.CodeNotFound)
		third, err := elsewhere.Submit(ctx, people.TheWriter(0, errs.ZH), aLetter())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second finds nothing to do
			if missing, err := c.desk.Reseal(ctx, func(int64, int64) {}); err != nil || len(missing) > 0 {
				t.Fatal(missing, err)
			}
		}
		reads("done")
		all, err := c.desk.SealingKeys(ctx)
		if err != nil || len(all) != 2 || all[0].Used() || all[1].Contacts != 3 || all[1].Files != 2 || all[1].FinishedAt.IsZero() {
			t.Fatalf("%+v, %v", all, err)
		}
		// A number and an address are found as before.
		if looks, err := c.desk.SimilarTo(ctx, c.clerk, aLetter().Title, aLetter().Body, cases.Contact{Phone: "13900001234"}, 5); err != nil || len(looks) == 0 {
			t.Errorf("%+v, %v", looks, err)
		}
		for range 2 { // cut off before the key file was changed, it is dropped again
			if err := c.desk.DropSealingKey(ctx, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := seal.DropSealingKey(c.keyFile, 1); err != nil {
			t.Fatal(err)
		}
		reads("dropped")
		if got, err := elsewhere.ShowContact(ctx, c.clerk, third.ID, ""); err != nil || got.Empty() {
			t.Errorf("%+v, %v", got, err)
		}
		for _, change := range []string{"UPDATE contacts SET key_id = 1", "UPDATE files SET key_id = 1"} {
			err := c.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, change); return err })
			if err == nil || !strings.Contains(err.Error(), "was dropped") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

// TestAnotherMachinesKeyIsNotTakenForOurs: two machines that make a key at once have two keys of one number.
func TestAnotherMachinesKeyIsNotTakenForOurs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		data, err := os.ReadFile(c.keyFile)
		if err != nil {
			t.Fatal(err)
		}
		there := *c
		there.keyFile = filepath.Join(t.TempDir(), "keys.json")
		if err := os.WriteFile(there.keyFile, data, 0o600); err != nil {
			t.Fatal(err)
		}
		other := there.anotherDesk(t)
		for _, path := range []string{c.keyFile, there.keyFile} {
			if _, err := seal.AddSealingKey(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.desk.BeginSealingKey(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		wantCode(t, other.BeginSealingKey(t.Context(), 2), errs.CodeConflict)
		wantCode(t, other.BeginSealingKey(t.Context(), 3), errs.CodeConflict)
	})
}
