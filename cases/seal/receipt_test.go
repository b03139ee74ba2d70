package seal_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/receipt"
	"mailbox/cases/seal"
)

func signed(t *testing.T, keys *seal.Keys) receipt.Signed {
	t.Helper()
	data, err := keys.SignReceipt(receipt.Statement{City: "云湘市", Number: "20260305-0001-7", ReceivedAt: time.Unix(1772676000, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := receipt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReceiptsOfOldKeysStayValidAfterRotation(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	first, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	old := signed(t, first)
	link := filepath.Join(t.TempDir(), "link.json")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	second, err := seal.RotateReceiptKey(link)
	if err != nil {
		t.Fatal(err)
	}
	third, err := seal.RotateReceiptKey(path)
	if err != nil {
		t.Fatal(err)
	}
	read, err := seal.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(third.ReceiptKeys(), read.ReceiptKeys()); diff != "" || len(read.ReceiptKeys()) != 4 {
		t.Error("the file does not hold what was rotated to", diff)
	}
	middle, latest := signed(t, second), signed(t, read)
	for _, s := range []receipt.Signed{old, middle, latest} {
		if err := s.Verify(read.ReceiptKeys()); err != nil {
			t.Error(err)
		}
	}
	if old.KeyID == middle.KeyID || middle.KeyID == latest.KeyID || latest.KeyID != read.ReceiptKeys()[0].ID {
		t.Errorf("keys %s, %s, %s", old.KeyID, middle.KeyID, latest.KeyID)
	}
	if err := middle.Verify(first.ReceiptKeys()); err != nil {
		t.Errorf("a process not yet started again refuses what the others sign: %v", err)
	}
	if latest.Verify(first.ReceiptKeys()) == nil {
		t.Error("a key yet to come was known")
	}
	if first.Mark() != read.Mark() || first.Secret(1, 1) != read.Secret(1, 1) {
		t.Error("the rotation changed what has nothing to do with receipts")
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestAKeyFileOlderThanReceiptKeysHasOne: its first key is always the same.
func TestAKeyFileOlderThanReceiptKeysHasOne(t *testing.T) {
	t.Parallel()
	old := `{"current":1,"sealing":{"1":"` + strings.Repeat("11", 32) + `"},"root":"` + strings.Repeat("22", 32) + `","note":"ours"}`
	keys, err := seal.Parse([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	if got := keys.ReceiptKeys(); len(got) != 2 || got[0].ID != "8a272afb7cf1b34f" {
		t.Errorf("got %v", got)
	}
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.RotateReceiptKey(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), `"note": "ours"`) || !strings.Contains(string(data), `"receipt_key": 2`) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestAFileThatCannotBeUsedIsNotRotated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := seal.RotateReceiptKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	for _, bad := range []string{"", "{}", `{"root":"00"}`} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.RotateReceiptKey(path); err == nil {
			t.Errorf("%q was rotated", bad)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != bad {
			t.Errorf("%q became %q, %v", bad, data, err)
		}
	}
}
