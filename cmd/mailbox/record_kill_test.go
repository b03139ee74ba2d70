package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLongTheRecordIsWholeThoughItsCheckpointIsKilled: kill -9 between two checkpoints and in the middle of one. What is
// left is whole, and the next run numbers the rest, each event once.
func TestLongTheRecordIsWholeThoughItsCheckpointIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var letters strings.Builder
	letters.WriteString("编号,标题,内容,来信时间,部门,答复时间,答复\n")
	for i := range 3500 {
		fmt.Fprintf(&letters, "A%05d,第%d盏路灯不亮,晚上看不清路，请来看看。,2018-03-%02d 09:00:00,市城管局,2018-03-%02d 15:00:00,已经修好。\n", i, i, 1+i%28, 1+i%28)
	}
	file, mapping := filepath.Join(t.TempDir(), "letters.csv"), filepath.Join(t.TempDir(), "map.toml")
	if err := os.WriteFile(file, []byte(letters.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	status, guessed := mailbox(t, nil, "import", file, "--guess", "--data", dir)
	if status != 0 {
		t.Fatal(guessed)
	}
	if err := os.WriteFile(mapping, []byte(guessed), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := mailbox(t, nil, "import", file, "--map", mapping, "--data", dir); status != 0 {
		t.Fatal(said)
	}
	o := standing(time.Now(), io.Discard).openIn(t, dir)
	count := func(of string) (n int) {
		t.Helper()
		if err := o.db.Read.NewRaw("SELECT count(*) FROM "+of).Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	events := count("events")
	if pending := count("log_pending"); pending != events || pending < 10_000 {
		t.Fatalf("%d of %d events wait for their leaf, want all and several checkpoints' worth", pending, events)
	}
	whole := func(when string) {
		t.Helper()
		if leaves, pending := count("log_leaves"), count("log_pending"); leaves+pending != events {
			t.Errorf("%s: %d leaves and %d that wait, of %d events", when, leaves, pending, events)
		}
		if status, said := mailbox(t, nil, "verify", "log", "--data", dir); status != 0 {
			t.Errorf("%s: status %d: %s", when, status, said)
		}
	}
	first := launch(t, nil, "checkpoint", "now", "--data", dir)
	first.eventually("the first checkpoint", func() bool { return count("log_checkpoints") > 0 })
	first.kill()
	whole("killed after its first checkpoint")
	left := count("log_pending")
	second := launch(t, nil, "checkpoint", "now", "--data", dir)
	second.eventually("the next checkpoint", func() bool { return left == 0 || count("log_pending") < left })
	second.kill()
	whole("killed again")
	if status, said := mailbox(t, nil, "checkpoint", "now", "--data", dir); status != 0 {
		t.Fatal(said)
	}
	whole("in the end")
	if pending := count("log_pending"); pending != 0 {
		t.Errorf("%d events have no leaf in the end", pending)
	}
}
