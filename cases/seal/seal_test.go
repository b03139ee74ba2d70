package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mailbox/cases/seal"
)

func open(t testing.TB) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestWhatIsSealedComesBackAndLooksDifferentEachTime(t *testing.T) {
	t.Parallel()
	keys := open(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		one, id, err := keys.Seal(plain)
		if err != nil {
			t.Fatal(err)
		}
		two, _, err := keys.Seal(plain)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(one, two) {
			t.Fatal("the same text looks the same when it is sealed twice")
		}
		got, err := keys.Unseal(one, id)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("got %q, %v", got, err)
		}
		one[rapid.IntRange(0, len(one)-1).Draw(t, "at")] ^= 1
		if _, err := keys.Unseal(one, id); err == nil {
			t.Fatal("a changed text was opened")
		}
	})
}

func TestTheKeyFileIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "keys.json")
	secrets := make([]string, 8)
	var wg sync.WaitGroup
	for i := range secrets {
		wg.Go(func() {
			keys, err := seal.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			secrets[i] = keys.Secret(1, 1)
		})
	}
	wg.Wait()
	for _, s := range secrets {
		if s != secrets[0] {
			t.Fatalf("two processes made two key files: %s and %s", s, secrets[0])
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSecretsAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	keys := open(t)
	salt := []byte("salt")
	rapid.Check(t, func(t *rapid.T) {
		secret := keys.Secret(rapid.Int64Range(1, 1<<40).Draw(t, "id"), 1)
		hash := seal.HashSecret(salt, secret)
		for _, written := range []string{
			strings.ToLower(secret), strings.ReplaceAll(secret, "-", ""), strings.ReplaceAll(secret, "-", " "),
			strings.ReplaceAll(secret, "0", "O"), strings.ReplaceAll(secret, "1", "l"), " " + secret + "\n",
		} {
			if !seal.SameSecret(hash, salt, written) {
				t.Fatalf("%q was not taken for %s", written, secret)
			}
		}
		if seal.SameSecret(hash, salt, keys.Secret(1<<41, 1)) || seal.SameSecret(nil, salt, secret) || seal.SameSecret(hash, []byte("other"), secret) {
			t.Fatal("a wrong secret was taken")
		}
	})
}

func TestABrokenKeyFileIsRefusedAndNeverReplaced(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":           "",
		"no JSON":         "keys",
		"short root":      `{"current":1,"sealing":{"1":"00"},"root":"00"}`,
		"unknown current": `{"current":2,"sealing":{},"root":"` + strings.Repeat("00", 32) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := seal.Open(path); err == nil {
				t.Error("it was taken")
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != text {
				t.Errorf("the file is now %q, %v", got, err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"current":1,"sealing":{"1":"` + strings.Repeat("ab", 32) + `"},"root":"` + strings.Repeat("cd", 32) + `"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		keys, err := seal.Parse(data)
		if err != nil {
			return
		}
		sealed, id, err := keys.Seal([]byte("text"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Unseal(sealed, id); err != nil || string(got) != "text" {
			t.Errorf("%q, %v", got, err)
		}
	})
}
