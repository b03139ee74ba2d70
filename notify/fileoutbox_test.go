package notify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMailsInTheDirectoryCanBeRead(t *testing.T) {
	t.Parallel()
	outbox := newOutbox(t)
	first := letterToZhang()
	for i := range 3 {
		m := first
		m.ID = fmt.Sprintf("notice-%d@mailbox.example.org", i)
		m.Date = first.Date.Add(time.Duration(i) * time.Minute)
		m.Subject = fmt.Sprintf("第 %d 封", i)
		if err := outbox.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	mails, err := outbox.List(2)
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) != 2 || mails[0].Subject != "第 2 封" || mails[1].Subject != "第 1 封" {
		t.Fatalf("got %+v", mails)
	}
	want := Mail{
		Name: mails[0].Name, From: "市长信箱 <mailbox@example.org>", To: "张三, 湘潭 <zhang@example.org>", Subject: "第 2 封",
		Date: first.Date.Add(2 * time.Minute), Text: first.Text, Attachments: []string{"路灯 照片(一).pdf"},
	}
	got, err := outbox.Open(mails[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTextAloneCanBeReadFromTheDirectory(t *testing.T) {
	t.Parallel()
	outbox := newOutbox(t)
	m := letterToZhang()
	m.HTML, m.Attachments = "", nil
	if err := outbox.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mails, err := outbox.List(10)
	if err != nil || len(mails) != 1 || mails[0].Text != m.Text {
		t.Errorf("%+v, %v", mails, err)
	}
}

func TestTheSameMailTwiceIsOneFileForThisUserAlone(t *testing.T) {
	t.Parallel()
	outbox := newOutbox(t)
	for range 2 {
		if err := outbox.Send(t.Context(), letterToZhang()); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(outbox.Dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d files, %v", len(entries), err)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	if info, err = os.Stat(outbox.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: mode %o, %v", info.Mode().Perm(), err)
	}
}

func TestNoNameReachesAFileElsewhere(t *testing.T) {
	t.Parallel()
	outbox := newOutbox(t)
	if err := outbox.Send(t.Context(), letterToZhang()); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(filepath.Dir(outbox.Dir), "secret")
	if err := os.WriteFile(secret, []byte("Subject: geheim\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	linked := "20260214T010203Z-" + strings.Repeat("a", 32) + ".eml"
	if err := os.Symlink(secret, filepath.Join(outbox.Dir, linked)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outbox.Dir, "notes.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"", ".", "..", "../secret", "notes.txt", "/etc/passwd", `..\secret`, "a.eml", "x/" + linked,
		linked + "\n", linked + "\x00", "20260214T010203Z-" + strings.Repeat("b", 32) + ".eml",
	} {
		if m, err := outbox.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %+v, %v", name, m, err)
		}
	}
	if m, err := outbox.Open(linked); err == nil {
		t.Errorf("the link was followed: %+v", m)
	}
	if mails, err := outbox.List(10); err != nil || len(mails) != 1 {
		t.Errorf("%d mails listed, %v", len(mails), err)
	}
}

func TestADirectoryThatIsGoneOrFullOfNothingIsAnError(t *testing.T) {
	t.Parallel()
	outbox := newOutbox(t)
	if mails, err := outbox.List(10); err != nil || len(mails) != 0 {
		t.Errorf("an empty directory: %v, %v", mails, err)
	}
	if err := os.Remove(outbox.Dir); err != nil {
		t.Fatal(err)
	}
	if err := outbox.Send(t.Context(), letterToZhang()); err == nil || isPermanent(err) {
		t.Errorf("sent into a missing directory: %v", err)
	}
	if _, err := outbox.List(10); err == nil {
		t.Error("listed a missing directory")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFileOutbox(file); err == nil {
		t.Error("a file was taken for a directory")
	}
}

func newOutbox(t *testing.T) *FileOutbox {
	t.Helper()
	outbox, err := NewFileOutbox(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	return outbox
}
