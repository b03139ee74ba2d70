package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	system "os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a PostgreSQL of the test's own, for it is stopped the hard way.
type cluster struct {
	t       *testing.T
	dir     string
	bin     string
	owner   *syscall.Credential // nil: whoever runs the test
	running *process
}

// newCluster makes and starts one; the test is skipped when no real components are wanted.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	if os.Getenv(realVariable) == "" {
		t.Skip("no real PostgreSQL wanted: set " + realVariable + "=1 or run make test")
	}
	c := &cluster{t: t, bin: postgresPrograms(t)}
	// Directly under /tmp: a socket's path may have 107 bytes, and the folders of t.TempDir are closed to
	// the user postgres.
	var err error
	if c.dir, err = os.MkdirTemp("/tmp", "mailbox-chaos."); err != nil { //nolint:usetesting // see above
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(c.dir) }) // a temporary directory
	if os.Getuid() == 0 {                         // PostgreSQL refuses to run as root
		c.owner = credentialOf(t, "postgres")
		if err := os.Chown(c.dir, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := c.command("initdb", "-D", c.data(), "-U", "mailbox", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	c.start()
	c.waitUp()
	return c
}

// postgresPrograms is where initdb and postgres are: Debian keeps them out of PATH, one folder a version.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) })
		return found[len(found)-1]
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		t.Fatalf("PostgreSQL is missing (try .ci/install): %v", err)
	}
	if initdb, err = filepath.EvalSymlinks(initdb); err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(initdb)
}

func credentialOf(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	u, err := system.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errU, errG); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (c *cluster) data() string   { return filepath.Join(c.dir, "data") }
func (c *cluster) socket() string { return filepath.Join(c.dir, ".s.PGSQL.5432") }

func (c *cluster) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(c.bin, name), args...)
	command.Dir = c.dir
	if c.owner != nil {
		command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	}
	return command
}

// start starts it without waiting. Nothing is synced to the disk, which only a power cut would show: the
// machine keeps what a killed process has written. What was committed has been written.
func (c *cluster) start() {
	c.t.Helper()
	c.running = launchCommand(c.t, nil, c.command("postgres", "-D", c.data(), "-k", c.dir, "-h", "",
		"-c", "fsync=off", "-c", "synchronous_commit=on", "-c", "full_page_writes=on", "-c", "max_connections=150"))
}

// stop is pg_ctl stop -m immediate: every session is cut off, and the next start has to recover. Whoever
// made the cluster stops it in the end: a killed one would leave shared memory behind.
func (c *cluster) stop() {
	_ = c.running.command.Process.Signal(syscall.SIGQUIT) // it may have ended
	c.running.wait()
}

// killSession kills one session's process as kill -9 does. PostgreSQL then cuts off all others and recovers
// by itself.
func (c *cluster) killSession() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.direct("postgres"))
	if err != nil {
		return // it is recovering already
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is about to be cut off
	var pid int
	err = conn.QueryRow(ctx, `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
		ORDER BY state = 'active' DESC, backend_start LIMIT 1`).Scan(&pid)
	if err == nil {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
}

// direct is the address of a database past the proxy.
func (c *cluster) direct(database string) string {
	return "postgres://mailbox@/" + database + "?host=" + c.dir + "&sslmode=disable"
}

func (c *cluster) waitUp() {
	c.t.Helper()
	c.running.eventually("PostgreSQL", func() bool {
		conn, err := pgx.Connect(c.t.Context(), c.direct("postgres"))
		if err != nil {
			return false
		}
		return conn.Close(c.t.Context()) == nil
	})
}

// create makes an empty database.
func (c *cluster) create(database string) {
	c.t.Helper()
	conn, err := pgx.Connect(c.t.Context(), c.direct("postgres"))
	if err != nil {
		c.t.Fatal(err)
	}
	_, err = conn.Exec(c.t.Context(), "CREATE DATABASE "+database)
	if err := errors.Join(err, conn.Close(c.t.Context())); err != nil {
		c.t.Fatal(err)
	}
}

// redisHouse is a redis-server of the test's own that keeps nothing over a restart.
type redisHouse struct {
	t       *testing.T
	address string
	running *process
}

func newRedisHouse(t *testing.T) *redisHouse {
	t.Helper()
	r := &redisHouse{t: t, address: closedPort(t)}
	r.start()
	r.waitUp()
	return r
}

func (r *redisHouse) start() {
	r.t.Helper()
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		r.t.Fatal(err)
	}
	r.running = launchCommand(r.t, nil, exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", r.t.TempDir()))
}

func (r *redisHouse) waitUp() {
	r.t.Helper()
	r.running.eventually("Redis", func() bool { return strings.Contains(r.running.out.String(), "eady to accept connections") })
}

// flush wipes it, if it answers.
func (r *redisHouse) flush() {
	c, err := net.DialTimeout("tcp", r.address, time.Second)
	if err != nil {
		return
	}
	defer c.Close() //nolint:errcheck // what it said was read
	_ = c.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c, "FLUSHALL\r\n") // a Redis that is frozen is flushed another time
	_, _ = io.ReadFull(c, make([]byte, len("+OK\r\n")))
}

// freeze stops it without ending it: it takes connections and says nothing, until thaw.
func (r *redisHouse) freeze() { _ = r.running.command.Process.Signal(syscall.SIGSTOP) } // it may have ended
func (r *redisHouse) thaw()   { _ = r.running.command.Process.Signal(syscall.SIGCONT) }

// proxy stands before a server and spoils its connections.
type proxy struct {
	listener        net.Listener
	network, target string

	mu     sync.Mutex
	closed bool          // takes no new connection
	still  chan struct{} // nothing passes until it is closed; nil: everything passes
	open   map[net.Conn]bool
}

func newProxy(t *testing.T, network, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, network: network, target: target, open: map[net.Conn]bool{}}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(from) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // nobody is served any more
		p.pass()
		p.cut()
		all.Wait()
	})
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) serve(from net.Conn) {
	defer from.Close() //nolint:errcheck // cutting off is what this is for
	to, err := net.Dial(p.network, p.target)
	if err != nil {
		return
	}
	defer to.Close() //nolint:errcheck // the same
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.open[from], p.open[to] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
		both.Go(func() {
			p.carry(way[0], way[1])
			_ = from.Close() // one end gone, the other goes too
			_ = to.Close()
		})
	}
	both.Wait()
	p.mu.Lock()
	delete(p.open, from)
	delete(p.open, to)
	p.mu.Unlock()
}

func (p *proxy) carry(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		p.mu.Lock()
		still := p.still
		p.mu.Unlock()
		if still != nil {
			<-still
		}
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cut ends every connection there is.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		_ = c.Close() // it may be closing itself
	}
}

// shut ends every connection and takes no more until pass.
func (p *proxy) shut() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cut()
}

// freeze keeps connections and lets nothing through until pass.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.still == nil {
		p.still = make(chan struct{})
	}
}

// pass lets everything through again.
func (p *proxy) pass() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = false
	if p.still != nil {
		close(p.still)
		p.still = nil
	}
}

func TestProxyCutsFreezesAndPasses(t *testing.T) {
	t.Parallel()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close() //nolint:errcheck // of no interest here
	go func() {
		for {
			c, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	p := newProxy(t, "tcp", echo.Addr().String())
	said := func(c net.Conn) bool {
		_ = c.SetDeadline(time.Now().Add(200 * time.Millisecond))
		_, err := io.WriteString(c, "x")
		b := make([]byte, 1)
		if err == nil {
			_, err = io.ReadFull(c, b)
		}
		return err == nil && bytes.Equal(b, []byte("x"))
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", p.address())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	first := dial()
	if !said(first) {
		t.Error("nothing passes")
	}
	p.freeze()
	if said(first) {
		t.Error("something passes while it is frozen")
	}
	p.pass()
	p.shut()
	if said(first) || said(dial()) {
		t.Error("something passes while it is shut")
	}
	p.pass()
	if !said(dial()) {
		t.Error("nothing passes afterwards")
	}
}
