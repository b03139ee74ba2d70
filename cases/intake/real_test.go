package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailbox/cases/intake"
)

// TestRealFilesGoThroughTheExampleMaps reads real letters, which are not part of the project:
// MAILBOX_REAL_DATA names their folder.
func TestRealFilesGoThroughTheExampleMaps(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("MAILBOX_REAL_DATA")
	if folder == "" {
		t.Skip("MAILBOX_REAL_DATA names no folder of real letters")
	}
	for _, test := range []struct {
		file, m          string
		letters, refused int
	}{
		{"letters_city_a.csv", "city-a.toml", 3652, 34},
		{"messages_with_replies.csv", "messages.toml", 1455, 0},
	} {
		m, err := intake.LoadMap(filepath.Join(examples, test.m))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, test.file)
		letters, refused := readAll(t, path, m)
		if len(letters) != test.letters || len(refused) != test.refused {
			t.Errorf("%s: %d letters, %d refused", test.file, len(letters), len(refused))
		}
		for _, r := range refused {
			if !strings.Contains(r.Reason.Error(), "precedes") {
				t.Errorf("%s, line %d: %v", test.file, r.Line, r.Reason)
			}
		}
		seen := map[[32]byte]int{}
		for _, l := range letters {
			if other, twice := seen[l.Identity()]; twice {
				t.Errorf("%s: lines %d and %d are one letter", test.file, other, l.Line)
			}
			seen[l.Identity()] = l.Line
			if l.Status != intake.StatusAnswered || l.ReceivedAt.Before(time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("%s, line %d: %s, %v", test.file, l.Line, l.Status, l.ReceivedAt)
			}
		}
		guessed, err := intake.Guess(path)
		if err != nil {
			t.Fatal(err)
		}
		letters, refused = readAll(t, path, parseMap(t, string(guessed)))
		if len(letters) != test.letters || len(refused) != test.refused {
			t.Errorf("%s by its guessed map: %d letters, %d refused", test.file, len(letters), len(refused))
		}
	}
}
