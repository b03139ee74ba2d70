package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAReadOnlyDatabaseIsSaidSoAndStaysAsItIs starts the program where it may read the data directory and
// not write it. Permissions do not stop root, so root starts it as nobody.
func TestAReadOnlyDatabaseIsSaidSoAndStaysAsItIs(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openTo(t), "data")
	if status, text := mailbox(t, nil, "user", "add", "wang", "--role", "clerk", "--data", dir); status != 0 {
		t.Fatalf("status %d, %s", status, text)
	}
	protect(t, dir)
	before := contents(t, dir)
	for _, args := range [][]string{
		{"serve", "--listen", "127.0.0.1:0"},
		{"user", "add", "li", "--role", "clerk"},
		{"report", "--from", "2026-01-01", "--to", "2026-02-01"},
	} {
		status, text := asReader(t, append(args, "--data", dir)...)
		if status != 1 || !strings.Contains(text, "MAILBOX_DATA") || !strings.Contains(text, dir) {
			t.Errorf("%v: status %d, %s", args, status, text)
		}
	}
	if after := contents(t, dir); after != before {
		t.Errorf("the directory held\n%s\nand now\n%s", before, after)
	}
}

// openTo is a temporary directory that everybody may enter, unlike those of testing.
func openTo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() { // so that it can be removed
		err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, _ error) error { return os.Chmod(path, 0o700) })
		if err != nil {
			t.Error(err)
		}
	})
	for _, each := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(each, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func protect(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Chmod(file, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(entry.Name() + "\n")
		b.Write(data)
	}
	return b.String()
}

// asReader runs the program as somebody who may not write.
func asReader(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	path, err := exec.LookPath("mailbox")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "mailbox", args...)
	if os.Getuid() == 0 {
		// Nobody may not enter the directory of the test's program either.
		command.Path = filepath.Join(openTo(t), "mailbox")
		copyProgram(t, path, command.Path)
		const nobody = 65534
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	command.Env = append(os.Environ(), "MAILBOX_LANGUAGE=en", "HOME=/")
	command.Dir = "/"
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode(), string(out)
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
