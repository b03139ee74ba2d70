package alarm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

// The test binary is its own second process: with this variable set it does a worker's work instead of
// testing, until it is killed or its standard input ends.
const workerVariable = "MAILBOX_TEST_ALARM_WORKER"

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) == "" {
		os.Exit(m.Run())
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// work runs alarms on the database, Redis and key file named in the environment, at a fixed instant.
func work() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	now, err := time.Parse(time.RFC3339, os.Getenv("WORKER_NOW"))
	if err != nil {
		return err
	}
	db, err := migrations.Open(ctx, os.Getenv("WORKER_DATABASE"), os.Getenv("WORKER_DATA"))
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // the process ends here
	clock := func() time.Time { return now }
	p, err := newProcess(ctx, db, clock, os.Getenv("WORKER_KEYS"), os.Getenv("WORKER_REDIS"), 200*time.Millisecond)
	if err != nil {
		return err
	}
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1)) // ends when the parent does
		cancel()
	}()
	return p.Run(ctx)
}

// worker starts a second process on the city's database at its present instant.
func (c *city) worker(t *testing.T, databaseURL, redisURL string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), workerVariable+"=1", "WORKER_NOW="+c.clock.Now().Format(time.RFC3339),
		"WORKER_DATABASE="+databaseURL, "WORKER_KEYS="+c.keyFile, "WORKER_REDIS="+redisURL)
	if c.db.Dialect() == migrations.SQLite {
		command.Env = append(command.Env, "WORKER_DATA="+filepath.Dir(c.db.Path()))
	}
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // the worker ends by this
		var exit *exec.ExitError
		if err := command.Wait(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
			t.Errorf("worker: %v", err)
		}
	})
	return command
}

// kill is kill -9.
func kill(t *testing.T, command *exec.Cmd) {
	t.Helper()
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
}

const killedCrowd = 12_000

func TestWorkerKilledInTheMiddleOfMarkingIsSucceededByTheOther(t *testing.T) {
	t.Parallel()
	address := testdb.EmptyPostgreSQL(t)
	db, err := migrations.Open(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the test's own findings count
	if _, err := db.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	redisURL := ""
	if os.Getenv(realVariable) != "" {
		redisURL = startRedis(t).url()
	}
	c := newCity(t, db)
	c.process(t, "", seldom) // writes keys and policies before the two meet
	c.crowd(t, killedCrowd, dueThen)
	c.clock.Set(morningAfter) // what the staff is told may leave
	first := c.worker(t, address, redisURL)
	c.worker(t, address, redisURL)
	eventually(t, "the first batch", func() bool { return c.marked(t) > 0 })
	kill(t, first)
	if n := c.marked(t); n == killedCrowd {
		t.Skip("all were marked before the kill: nothing was cut off")
	}
	eventually(t, "the last batch", func() bool { return c.marked(t) == killedCrowd })
	c.wantEachMarkedOnce(t, killedCrowd)
	c.wantAllSentOnce(t)
}

func TestWorkerKilledAndStartedAgainOnSQLiteLosesNothing(t *testing.T) {
	t.Parallel()
	c := newCity(t, testdb.SQLite(t))
	c.process(t, "", seldom)
	c.crowd(t, killedCrowd, dueThen)
	c.clock.Set(dueThen.Add(time.Second))
	for before := 0; before < 5000; { // killed two or three times on the way
		w := c.worker(t, "", "")
		eventually(t, "the next batch", func() bool { return c.marked(t) > before })
		kill(t, w)
		before = c.marked(t)
		if before == killedCrowd {
			t.Skip("all were marked before the kill: nothing was cut off")
		}
	}
	c.worker(t, "", "")
	eventually(t, "the last batch", func() bool { return c.marked(t) == killedCrowd })
	c.wantEachMarkedOnce(t, killedCrowd)
}

// wantAllSentOnce waits until the outbox is empty. A row whose sender was killed waits for the end of
// its lease, which no clock of this test reaches, so such rows count as well.
func (c *city) wantAllSentOnce(t *testing.T) {
	t.Helper()
	eventually(t, "the end of the outbox", func() bool { return c.count(t, "notices WHERE state = 'pending'") == 0 })
	if n := c.count(t, "notices WHERE state = 'sent' AND attempts <> 1"); n != 0 {
		t.Errorf("%d notices took more than one attempt", n)
	}
}
