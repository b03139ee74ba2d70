package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases"
)

// TestKeysAreRotatedThoughTheProcessIsKilled: kill -9 in the middle, with the mailbox serving beside; nothing is lost,
// and the next run goes on.
func TestKeysAreRotatedThoughTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	served := serving(t, dir, nil)
	someone := served.writer("")
	someone.write(t, "更换密钥之前")
	o := standing(time.Now(), io.Discard).openIn(t, dir)
	const many = 3000
	err := o.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for i := range many {
			plain, err := json.Marshal(cases.Contact{Name: "王小明", Phone: fmt.Sprintf("139%08d", i)})
			if err != nil {
				return err
			}
			sealed, id, err := o.keys.Seal(plain)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO contacts (sealed, key_id, created_at) VALUES (?, ?, 0)", sealed, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	count := func(key int) (n int) {
		t.Helper()
		if err := o.db.Read.NewRaw("SELECT count(*) FROM contacts WHERE key_id = ?", key).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	rotating := launch(t, nil, "keys", "rotate", "--data", dir)
	rotating.eventually("the first contacts", func() bool { return count(2) > 0 })
	rotating.kill()
	if count(1) == 0 {
		t.Log("it was done before it was killed") // a slow reader, a fast disk: the rest is tested all the same
	}
	someone.write(t, "更换到一半")
	if status, said := mailbox(t, nil, "keys", "drop", "1", "--data", dir); count(1) > 0 && (status != 1 || !strings.Contains(said, "still sealed with key 1")) {
		t.Errorf("status %d: %s", status, said)
	}
	if status, said := mailbox(t, nil, "keys", "rotate", "--data", dir); status != 0 || !strings.Contains(said, "sealed with key") {
		t.Fatalf("status %d: %s", status, said)
	}
	if old := count(1); old != 0 {
		t.Errorf("%d contacts are sealed with the old key", old)
	}
	if status, said := mailbox(t, nil, "keys", "drop", "1", "--data", dir); status != 0 {
		t.Fatalf("status %d: %s", status, said)
	}
	someone.write(t, "更换之后")
	text, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	if err != nil || strings.Contains(string(text), `"1":`) {
		t.Errorf("the old key is still there, %v", err)
	}
	var rows []struct {
		Sealed []byte
		KeyID  int64
	}
	if err := o.db.Read.NewRaw("SELECT sealed, key_id FROM contacts").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != many+3 {
		t.Errorf("%d contacts, want %d", len(rows), many+3)
	}
	for _, row := range rows {
		if plain, err := o.keys.Unseal(row.Sealed, row.KeyID); err != nil || !strings.Contains(string(plain), "139") {
			t.Fatalf("sealed with %d: %q, %v", row.KeyID, plain, err)
		}
	}
}
