package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
)

// city is a mailbox at work, with everything around it that can fail.
type city struct {
	t        *testing.T
	plan     plan
	clock    *cityClock
	office   *postOffice
	settings []string
	posts    []*post
	staff    *opened // the staff's, behind the proxy
	outside  *opened // of whoever looks from the outside, past all faults

	// Only on many processes.
	cluster             *cluster
	redis               *redisHouse
	toDatabase, toRedis *proxy

	leads []int64

	mu       sync.Mutex
	receipts map[int]receipt // shown, by the letter's number
	resent   int             // letters sent again because no receipt was shown
	refused  int             // how often the staff was told that something does not work
	broken   []breakage
	begun    map[string]int // faults, by name

	// What was found in the end.
	notices    int
	repeated   map[string]int // mails that left again, by what broke
	marks      int
	marksAfter int           // made when a trouble was over
	slowest    time.Duration // of those
}

// breakage is a stretch of time in which something was broken, or in which the clock jumped.
type breakage struct {
	what     string
	from, to time.Time // by the machine's clock; to is zero while it lasts
	// The same by the city's clock, which may have been set back meanwhile: earliest and latest.
	cityFrom, cityTo time.Time
}

// post is a place in the city where a process is to run.
type post struct {
	city  *city
	args  []string
	pages bool
	sends bool // does the jobs

	mu     sync.Mutex
	p      *process
	killed bool // by us
	all    []*process
}

// open opens a desk on the city's clock.
func (c *city) open(settings ...string) *opened {
	c.t.Helper()
	values := map[string]string{}
	for _, one := range append(append([]string{}, c.settings...), settings...) {
		name, value, _ := strings.Cut(one, "=")
		values[name] = value
	}
	p := &program{
		env:   func(name string) (string, bool) { v, ok := values[name]; return v, ok },
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, lang: errs.ZH, clock: c.clock.now,
	}
	s, _, err := p.parse("chaos", nil, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	o, err := p.open(c.t.Context(), s, how{migrate: true})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = o.db.Close() }) // its server may be gone
	return o
}

func newCity(t *testing.T, p plan) *city {
	t.Helper()
	clock := newCityClock(t, p.start)
	c := &city{
		t: t, plan: p, clock: clock, office: newPostOffice(t, clock),
		receipts: map[int]receipt{}, begun: map[string]int{}, repeated: map[string]int{},
	}
	c.settings = append([]string{
		"MAILBOX_DATA=" + t.TempDir(), "MAILBOX_LISTEN=127.0.0.1:0", "MAILBOX_METRICS_LISTEN=127.0.0.1:0",
		"MAILBOX_SMTP_URL=" + c.office.url(), "MAILBOX_MAIL_FROM=mailbox@example.org",
		"MAILBOX_PUBLIC_URL=https://mailbox.example.org", c.clock.setting(),
	}, trustUs...)
	return c
}

// newEmbeddedCity is one process on SQLite with the queue inside it.
func newEmbeddedCity(t *testing.T, p plan) *city {
	t.Helper()
	c := newCity(t, p)
	c.staff = c.open()
	c.outside = c.staff
	c.people()
	c.man("serve")
	c.mend()
	return c
}

// newSplitCity is two processes for pages and two for jobs, with PostgreSQL and Redis behind proxies.
func newSplitCity(t *testing.T, p plan) *city {
	t.Helper()
	c := newCity(t, p)
	c.cluster = newCluster(t)
	c.redis = newRedisHouse(t)
	c.cluster.create("mailbox")
	c.toDatabase = newProxy(t, "unix", c.cluster.socket())
	c.toRedis = newProxy(t, "tcp", c.redis.address)
	c.settings = append(c.settings,
		"MAILBOX_DATABASE_URL=postgres://mailbox@"+c.toDatabase.address()+"/mailbox?sslmode=disable",
		"MAILBOX_REDIS_URL=redis://"+c.toRedis.address(),
	)
	c.staff = c.open()
	c.outside = c.open("MAILBOX_DATABASE_URL=" + c.cluster.direct("mailbox"))
	// Those connections die with PostgreSQL as all others do; whoever looks takes a new one each time.
	c.outside.db.Read.SetMaxIdleConns(0)
	c.people()
	for range 2 {
		c.man("web")
		c.man("work")
	}
	c.mend()
	return c
}

// people gives the city departments, a clerk and a supervisor.
func (c *city) people() {
	c.t.Helper()
	ctx, directory := c.t.Context(), c.outside.directory
	for i := range 3 {
		id, err := directory.AddDepartment(ctx, people.Department{
			Code: fmt.Sprintf("D%d", i), Name: fmt.Sprintf("第%d局", i), Email: fmt.Sprintf("d%d@example.org", i),
		})
		if err != nil {
			c.t.Fatal(err)
		}
		c.leads = append(c.leads, id)
	}
	for _, role := range []people.Role{people.Clerk, people.Supervisor} {
		_, err := directory.AddAccount(ctx, people.NewAccount{
			Login: string(role), Name: string(role), Email: string(role) + "@example.org", Language: errs.ZH,
			Password: "a long enough passphrase", Grants: []people.Grant{{Role: role}},
		})
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// man makes a post for a process; mend starts it.
func (c *city) man(command string) {
	c.posts = append(c.posts, &post{city: c, args: []string{command}, pages: command != "work", sends: command != "web"})
}

// start starts the process, if none is running, without waiting.
func (s *post) start() {
	s.city.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.p != nil {
		select {
		case <-s.p.ended:
		default:
			return
		}
		if !s.killed && s.isUp() {
			s.city.t.Errorf("%v ended by itself with status %d", s.args, s.p.status)
		}
	}
	s.p, s.killed = launch(s.city.t, s.city.settings, s.args...), false
	s.all = append(s.all, s.p)
}

// kill is kill -9, if a process is running.
func (s *post) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.p.ended:
		return
	default:
	}
	s.killed = true
	_ = s.p.command.Process.Kill() // it may have ended this moment
}

// signal sends a signal to whatever runs there.
func (s *post) signal(number syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.p.command.Process.Signal(number) // it may have ended
}

// metricsLine is the last thing a process says before it is at work.
var metricsLine = regexp.MustCompile(`"metrics","listen":"([^"]+)"`)

func (s *post) isUp() bool { return metricsLine.MatchString(s.p.log.String()) }

// base is where its pages are, "" while they are nowhere.
func (s *post) base() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := openLine.FindStringSubmatch(s.p.out.String()); found != nil {
		return found[1]
	}
	return ""
}

// waitUp starts the process again and again until it is at work, as the system's supervisor would.
func (s *post) waitUp() {
	s.city.t.Helper()
	s.city.eventually(fmt.Sprintf("%v at work", s.args), func() bool {
		s.start()
		s.mu.Lock()
		up := s.isUp()
		s.mu.Unlock()
		if !up || !s.pages {
			return up
		}
		base := s.base()
		if base == "" {
			return false
		}
		status, _, err := try(s.city.t.Context(), http.DefaultClient, http.MethodGet, base+"/readyz", nil, "")
		return err == nil && status == http.StatusOK
	})
}

// mend ends every fault and brings everything up.
func (c *city) mend() {
	c.t.Helper()
	c.office.cheer()
	if c.cluster != nil {
		c.toDatabase.pass()
		c.toRedis.pass()
		c.startDatabase()
		c.cluster.waitUp()
		c.startRedis()
		c.redis.waitUp()
	}
	for _, s := range c.posts {
		s.start()
		s.signal(syscall.SIGCONT)
	}
	for _, s := range c.posts {
		s.waitUp()
	}
}

func (c *city) startDatabase() {
	select {
	case <-c.cluster.running.ended:
		c.cluster.start()
	default:
	}
}

func (c *city) startRedis() {
	c.redis.thaw()
	select {
	case <-c.redis.running.ended:
		c.redis.start()
	default:
	}
}

// shut ends what the end of the test would only kill.
func (c *city) shut() {
	if c.cluster != nil {
		c.cluster.stop()
	}
}

// close ends every process as an operator would.
func (c *city) close() {
	c.t.Helper()
	for _, s := range c.posts {
		_ = s.p.command.Process.Signal(syscall.SIGTERM) // if it has ended, its status tells
	}
	for _, s := range c.posts {
		if status := s.p.wait(); status != 0 {
			c.t.Errorf("%v ended with status %d", s.args, status)
		}
	}
}

// eventually waits until what holds.
func (c *city) eventually(what string, holds func() bool) {
	c.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !holds() {
		select {
		case <-late.C:
			c.t.Fatalf("waited too long for %s", what)
		case <-tick.C:
		}
	}
}
