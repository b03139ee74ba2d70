package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestLongCommands runs the scripts, each in an empty directory of its own on Thursday 2026-03-05, ten in
// the morning.
func TestLongCommands(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv(nowVariable, "2026-03-05T10:00:00+08:00")
			// What a script writes in UTF-8, old systems wrote like this.
			letters, err := os.ReadFile(filepath.Join(e.WorkDir, "letters.csv"))
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			old, err := simplifiedchinese.GB18030.NewEncoder().Bytes(letters)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "gb18030.csv"), old, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":    wantStatus,
			"same_rows": sameRows,
			"damage":    damage,
			"rewrite":   rewrite,
			"newer":     newer,
			"windows":   windows,
		},
	})
}

// wantStatus is "status N command…": the command ends with the exit status N.
func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Check(err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// sameRows holds that two backups have the same rows and keys.
func sameRows(ts *testscript.TestScript, _ bool, args []string) {
	one, two := members(ts, args[0]), members(ts, args[1])
	for _, name := range []string{backupRows, backupKeys} {
		if len(one[name]) == 0 || !bytes.Equal(one[name], two[name]) {
			ts.Fatalf("%s differs (%d and %d bytes)", name, len(one[name]), len(two[name]))
		}
	}
}

func members(ts *testscript.TestScript, path string) map[string][]byte {
	all := map[string][]byte{}
	ts.Check(each(strings.NewReader(ts.ReadFile(path)), func(header *tar.Header, body []byte) error {
		all[header.Name] = body
		return nil
	}))
	return all
}

// membersOf is what stands in a backup.
func membersOf(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	all := map[string]string{}
	err = each(file, func(header *tar.Header, body []byte) error {
		all[header.Name] = string(body)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// each goes through the members of a backup.
func each(in io.Reader, do func(*tar.Header, []byte) error) error {
	packed, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	archive := tar.NewReader(packed)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		if err := do(header, body); err != nil {
			return err
		}
	}
}

// damage copies a file with one bit in its middle turned.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	data[len(data)/2] ^= 4
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// rewrite copies a backup in which one member has another name.
func rewrite(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	packed := gzip.NewWriter(&out)
	archive := tar.NewWriter(packed)
	ts.Check(each(strings.NewReader(ts.ReadFile(args[0])), func(header *tar.Header, body []byte) error {
		if header.Name == args[2] {
			header.Name = args[3]
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err := archive.Write(body)
		return err
	}))
	ts.Check(errors.Join(archive.Close(), packed.Close()))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out.Bytes(), 0o600))
}

// newer makes an SQLite database look as if a later version of the program had migrated it.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close() //nolint:errcheck // the statement's own error counts
	_, err = db.Exec("INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES ('20991231000001', 99, CURRENT_TIMESTAMP)")
	ts.Check(err)
}

// windows copies a text as an editor on Windows saves it.
func windows(ts *testscript.TestScript, _ bool, args []string) {
	text := "\uFEFF" + strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}
