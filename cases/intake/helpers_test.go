package intake_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"mailbox/cases/intake"
)

// plainMap reads the columns that most tests write.
const plainMap = `
source = "test"
dates = ["YYYY-MM-DD hh:mm:ss", "Y/M/D"]
[default]
channel = "mailbox"
[columns]
number = "编号"
kind = "类型"
title = "标题"
body = "内容"
received = "来信时间"
department = "单位"
replied = "答复时间"
reply = "答复"
[words.kind]
"咨询" = "consultation"
"投诉" = "complaint"
[words.department]
"老局" = "新局"
`

const plainHeader = "编号,类型,标题,内容,来信时间,单位,答复时间,答复\n"

func parseMap(t testing.TB, text string) *intake.Map {
	t.Helper()
	m, err := intake.ParseMap([]byte(text))
	if err != nil {
		t.Fatalf("ParseMap: %v", err)
	}
	return m
}

func writeFile(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
}

func gb18030(t failer, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readAll reads a file to its end.
func readAll(t testing.TB, path string, m *intake.Map) (letters []intake.Letter, refused []intake.Rejection) {
	t.Helper()
	r, err := intake.Open(path, m)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}()
	for {
		letter, rejection, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return letters, refused
		case err != nil:
			t.Fatalf("Next: %v", err)
		case rejection != nil:
			refused = append(refused, *rejection)
		default:
			letters = append(letters, letter)
		}
	}
}

func readCSV(t testing.TB, content string) ([]intake.Letter, []intake.Rejection) {
	t.Helper()
	return readAll(t, writeFile(t, "letters.csv", content), parseMap(t, plainMap))
}

// good is a row that passes.
const good = "1,咨询,路灯,路灯坏了,2024-03-05 10:00:00,城管局,2024-03-06 09:00:00,已修\n"

func mustContain(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not mention %q", text, part)
		}
	}
}
