package files_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mailbox/cases/files"
)

// server starts a real S3 server on loopback with one bucket, "letters", and gives its address.
func server(t *testing.T) string {
	t.Helper()
	program := os.Getenv("MAILBOX_TEST_S3_SERVER")
	if program == "" {
		t.Skip("MAILBOX_TEST_S3_SERVER is not set")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	process := exec.Command(program, "-host", address, "-backend", "memory", "-initialbucket", "letters")
	process.Stdout, process.Stderr = &said, &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = process.Wait(); close(ended) }()
	t.Cleanup(func() { _ = process.Process.Kill(); <-ended })
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for {
		if connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(t.Context(), "tcp", address); err == nil {
			_ = connection.Close()
			return address
		}
		select {
		case <-ended:
			t.Fatalf("the S3 server ended: %s", &said)
		case <-deadline:
			t.Fatal("the S3 server does not answer")
		case <-tick.C:
		}
	}
}

func config(address string) files.S3Config {
	return files.S3Config{Endpoint: address, Region: "us-east-1", Bucket: "letters", AccessKey: "mailbox-access", SecretKey: "mailbox-secret-key", Timeout: 20 * time.Second}
}

func TestEveryStoreKeepsGivesBackAndForgets(t *testing.T) {
	t.Parallel()
	stores := map[string]func(t *testing.T) files.Store{
		"a directory": func(t *testing.T) files.Store {
			t.Helper()
			return open(t, filepath.Join(t.TempDir(), "a", "b"))
		},
		"a bucket": func(t *testing.T) files.Store {
			t.Helper()
			store, err := files.OpenS3(t.Context(), config(server(t)))
			if err != nil {
				t.Fatal(err)
			}
			return store
		},
	}
	for name, start := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keepsGivesBackAndForgets(t, start(t))
		})
	}
}

func keepsGivesBackAndForgets(t *testing.T, store files.Store) {
	t.Helper()
	ctx, key := t.Context(), files.NewKey()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	gives := func(key string, want []byte) {
		t.Helper()
		got, err := store.Get(ctx, key)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("it gives %d bytes, not %d: %v", len(got), len(want), err)
		}
	}
	if _, err := store.Get(ctx, key); !errors.Is(err, files.ErrMissing) {
		t.Fatalf("before it was put: %v", err)
	}
	must(store.Delete(ctx, key))
	must(store.Put(ctx, key, []byte("one\x00\r\n")))
	gives(key, []byte("one\x00\r\n"))
	must(store.Put(ctx, key, []byte("two")))
	gives(key, []byte("two"))
	large := bytes.Repeat([]byte("0123456789abcdef"), files.MaxSize/16)
	must(store.Put(ctx, key, large))
	gives(key, large)
	if err := store.Put(ctx, key, append(large, 'x')); err == nil {
		t.Error("a larger file than any is kept")
	}
	must(store.Delete(ctx, key))
	must(store.Delete(ctx, key))
	if _, err := store.Get(ctx, key); !errors.Is(err, files.ErrMissing) {
		t.Fatalf("after it was deleted: %v", err)
	}
	for _, bad := range []string{"", "..", "../../../../../../etc/passwd000", strings.Repeat("A", 32), strings.Repeat("0", 31), strings.Repeat("0", 33), "0/../../0000000000000000000000000", strings.Repeat("0", 31) + "\x00"} {
		_, err := store.Get(ctx, bad)
		if store.Put(ctx, bad, nil) == nil || err == nil || errors.Is(err, files.ErrMissing) || store.Delete(ctx, bad) == nil {
			t.Errorf("%q is taken for a key", bad)
		}
	}
	var together sync.WaitGroup
	for i := range 8 {
		together.Go(func() {
			key, data := files.NewKey(), fmt.Append(nil, "letter ", i)
			for range 5 {
				if err := store.Put(ctx, key, data); err != nil {
					t.Error(err)
				}
				if got, err := store.Get(ctx, key); err != nil || !bytes.Equal(got, data) {
					t.Errorf("beside others it gives %q, %v", got, err)
				}
			}
		})
	}
	together.Wait()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := store.Put(cancelled, key, []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("a writer who has left: %v", err)
	}
}

func open(t *testing.T, path string) *files.Directory {
	t.Helper()
	store, err := files.OpenDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestOnlyTheOwnerCanReadTheDirectoryAndNothingHalfWrittenIsLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := open(t, dir)
	key := files.NewKey()
	if err := store.Put(t.Context(), key, []byte("x")); err != nil {
		t.Fatal(err)
	}
	// A crash left one file two days ago; another process is writing one now.
	old, fresh := filepath.Join(dir, "new", "old"), filepath.Join(dir, "new", "fresh")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, before, before); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if got, err := again.Get(t.Context(), key); err != nil || string(got) != "x" {
		t.Errorf("opened again it gives %q, %v", got, err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, key[:2], key[2:4], key)); err != nil {
		t.Error(err)
	}
	if err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 || path == old {
			t.Errorf("%s is there with %s", path, info.Mode())
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestALinkOutOfTheDirectoryIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	store := open(t, dir)
	key := files.NewKey()
	if err := os.Symlink(outside, filepath.Join(dir, key[:2])); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), key, []byte("x")); err == nil {
		t.Error("it writes through a link")
	}
}

func TestAMissingBucketAServerThatIsDownAndBadSettingsAreToldWithoutTheKeys(t *testing.T) {
	t.Parallel()
	address := server(t)
	good := config(address)
	with := func(change func(c *files.S3Config)) files.S3Config { c := good; change(&c); return c }
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	tests := map[string]files.S3Config{
		"no such bucket":   with(func(c *files.S3Config) { c.Bucket = "nowhere" }),
		"a bad bucket":     with(func(c *files.S3Config) { c.Bucket = "a/b" }),
		"no bucket":        with(func(c *files.S3Config) { c.Bucket = "" }),
		"nobody there":     with(func(c *files.S3Config) { c.Endpoint, c.Timeout = "127.0.0.1:1", 2*time.Second }),
		"no answer":        with(func(c *files.S3Config) { c.Endpoint, c.Timeout = silent.Addr().String(), time.Second }),
		"no TLS there":     with(func(c *files.S3Config) { c.Secure, c.Timeout = true, 2*time.Second }),
		"a URL":            with(func(c *files.S3Config) { c.Endpoint = "https://" + address }),
		"keys in the host": with(func(c *files.S3Config) { c.Endpoint = "mailbox-access:mailbox-secret-key@" + address }),
		"no secret":        with(func(c *files.S3Config) { c.SecretKey = "" }),
	}
	for name, c := range tests {
		started := time.Now()
		_, err := files.OpenS3(t.Context(), c)
		if err == nil {
			t.Fatalf("%s: it opens", name)
		}
		if strings.Contains(err.Error(), good.SecretKey) || strings.Contains(err.Error(), good.AccessKey) {
			t.Errorf("%s: a key stands in %q", name, err)
		}
		if took := time.Since(started); took > 15*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
	}
}
