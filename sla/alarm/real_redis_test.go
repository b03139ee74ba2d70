package alarm

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestRedisKilledFlushedAndRestartedLosesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		server := startRedis(t)
		c := newCity(t, db)
		p := c.process(t, server.url(), 300*time.Millisecond)
		other := c.process(t, server.url(), 300*time.Millisecond)
		other.Delivery.Senders["email"] = p.bag
		p.run(t)
		other.run(t)
		const letters = 40
		for i := range letters {
			switch i {
			case 10:
				server.stop()
			case 20:
				server.start()
			case 30:
				if err := p.connection.client.FlushAll(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			}
			c.submit(t, p, c.leads[i%departments])
		}
		eventually(t, "all receipts and words to departments", func() bool { n, _ := p.bag.counts(); return n == 2*letters })
		server.stop()
		c.clock.Set(dueThen.Add(time.Second))
		eventually(t, "the marks, without Redis", func() bool { return c.marked(t) == letters })
		server.start()
		c.clock.Set(morningAfter)
		// The outbox is at its end for a moment before the sweep that writes the morning's digests.
		eventually(t, "the morning's digests", func() bool { return c.count(t, "mailings WHERE kind = 'digest' AND period = '2026-03-10'") == 1 })
		eventually(t, "the end of the outbox", func() bool { return c.count(t, "notices WHERE state <> 'sent'") == 0 })
		c.wantEachMarkedOnce(t, letters)
		n, repeated := p.bag.counts()
		if want := c.count(t, "notices"); n != want || repeated != 0 {
			t.Errorf("%d messages, %d of them repeated; want %d, 0", n, repeated, want)
		}
	})
}

func TestAlarmRingsOnARealRedis(t *testing.T) {
	t.Parallel()
	server := startRedis(t)
	c := newCity(t, testdb.SQLite(t))
	p := c.process(t, server.url(), seldom)
	c.crowd(t, 10, dueThen)
	c.clock.Set(dueThen)
	p.run(t) // its first sweep arms the alarm
	c.clock.Add(time.Second)
	eventually(t, "the marks", func() bool { return c.marked(t) == 10 })
	c.wantEachMarkedOnce(t, 10)
}

// realVariable says that a missing real component is a failure: make test sets it.
const realVariable = "MAILBOX_TEST_REAL"

// redisServer is a Redis of the test's own.
type redisServer struct {
	tb      testing.TB
	address string
	command *exec.Cmd
}

// startRedis starts a redis-server on a free port; the test is skipped when no real one is wanted.
func startRedis(tb testing.TB) *redisServer {
	tb.Helper()
	if os.Getenv(realVariable) == "" {
		tb.Skip("no real Redis wanted: set " + realVariable + "=1 or run make test")
	}
	s := &redisServer{tb: tb, address: closedPort(tb)}
	s.start()
	tb.Cleanup(s.stop)
	return s
}

func (s *redisServer) url() string { return "redis://" + s.address + "/2" }

// start starts it empty, and waits until it takes connections.
func (s *redisServer) start() {
	s.tb.Helper()
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.command = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", s.tb.TempDir())
	out, err := s.command.StdoutPipe()
	if err != nil {
		s.tb.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		s.tb.Fatalf("redis-server (install it, or unset %s): %v", realVariable, err)
	}
	ready := make(chan struct{})
	go func() {
		told := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !told && strings.Contains(lines.Text(), "eady to accept connections") {
				close(ready)
				told = true
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(patienceOfTests):
		s.tb.Fatal("redis-server does not take connections")
	}
}

// stop kills it as kill -9 does; everything in it is lost.
func (s *redisServer) stop() {
	if s.command == nil {
		return
	}
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
	s.command = nil
}
