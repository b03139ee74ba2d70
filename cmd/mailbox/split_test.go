package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// realVariable says that a missing real component is a failure: make test sets it.
const realVariable = "MAILBOX_TEST_REAL"

// redisServer starts a redis-server of the test's own and gives its address; the test is skipped when no
// real one is wanted.
func redisServer(t *testing.T) string {
	t.Helper()
	if os.Getenv(realVariable) == "" {
		t.Skip("no real Redis wanted: set " + realVariable + "=1 or run make test")
	}
	address := closedPort(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	p := launchCommand(t, nil, exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir()))
	p.eventually("Redis", func() bool { return strings.Contains(p.out.String(), "eady to accept connections") })
	return "redis://" + address
}

func TestOneWebAndTwoWorkersShareAMailbox(t *testing.T) {
	t.Parallel()
	database := testdb.EmptyPostgreSQL(t)
	dir := t.TempDir()
	settings := append([]string{
		"MAILBOX_DATABASE_URL=" + database, "MAILBOX_REDIS_URL=" + redisServer(t), "MAILBOX_DATA=" + dir, "MAILBOX_LISTEN=127.0.0.1:0",
	}, trustUs...)

	// Nobody but `migrate up` (and `serve`) changes the schema.
	for _, command := range []string{"web", "work"} {
		if status, text := mailbox(t, settings, command); status != 1 || !strings.Contains(text, "mailbox migrate up") {
			t.Errorf("%s before the schema: status %d, %s", command, status, text)
		}
	}
	if status, text := mailbox(t, settings, "migrate", "up"); status != 0 || !strings.Contains(text, "applied: ") {
		t.Fatalf("migrate up: status %d, %s", status, text)
	}
	web := launch(t, settings, "web")
	web.waitOpen()
	web.waitReady(http.StatusOK)
	workers := []*process{launch(t, settings, "work"), launch(t, settings, "work")}

	const letters = 12
	for range letters {
		web.writer("192.0.2.1").write(t, "两个进程一封信")
	}
	mails := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	db, err := migrations.Open(t.Context(), database, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // only read from
	sent := func(where string) int {
		n, err := db.Read.NewSelect().Table("notices").Where(where).Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int(n)
	}
	workers[0].eventually("every receipt's mail", func() bool { return sent("state = 'sent'") == letters })
	// One attempt each, one file each.
	if n := len(mails()); n != letters || sent("attempts = 1") != letters || sent("TRUE") != letters {
		t.Errorf("%d mails, %d of %d notices sent at the first attempt", n, sent("attempts = 1"), sent("TRUE"))
	}
	for _, p := range append(workers, web) {
		p.terminate()
	}
	if n := len(mails()); n != letters {
		t.Errorf("%d mails in the end", n)
	}
	passwords := 0
	for _, p := range append(workers, web) {
		passwords += len(firstPassword.FindAllString(p.out.String(), -1))
		mustNotShow(t, "the log", p.log.String())
	}
	if passwords != 1 {
		t.Errorf("the first password was shown %d times", passwords)
	}
}

func TestABackupFromSQLiteIsRestoredIntoPostgreSQL(t *testing.T) {
	t.Parallel()
	database := testdb.EmptyPostgreSQL(t)
	dir := t.TempDir()
	p := serving(t, filepath.Join(dir, "small"), nil)
	p.writer("").write(t, "搬家的信")
	p.terminate()
	steps := [][]string{
		{"backup", filepath.Join(dir, "1.tar.gz"), "--data", filepath.Join(dir, "small")},
		{"restore", filepath.Join(dir, "1.tar.gz"), "--data", filepath.Join(dir, "large"), "--database-url", database},
		{"backup", filepath.Join(dir, "2.tar.gz"), "--data", filepath.Join(dir, "large"), "--database-url", database},
	}
	for _, args := range steps {
		if status, text := mailbox(t, nil, args...); status != 0 {
			t.Fatalf("%s: status %d, %s", args[0], status, text)
		}
	}
	one, two := membersOf(t, filepath.Join(dir, "1.tar.gz")), membersOf(t, filepath.Join(dir, "2.tar.gz"))
	if one[backupRows] == "" || one[backupRows] != two[backupRows] || one[backupKeys] != two[backupKeys] {
		t.Error("the rows or keys differ after the move")
	}
	// A second time there is something already, and it stays.
	status, text := mailbox(t, nil, "restore", filepath.Join(dir, "1.tar.gz"), "--data", filepath.Join(dir, "other"), "--database-url", database)
	if status != 1 || !strings.Contains(text, "MAILBOX_DATABASE_URL: the database already holds data") {
		t.Errorf("status %d, %s", status, text)
	}
}
