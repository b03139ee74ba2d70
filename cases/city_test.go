package cases_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/sla"
)

// handClock is a clock that the test moves.
type handClock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *handClock) Set(local string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = at(local)
}

func (c *handClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// at reads a local time of the city.
func at(local string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", local, sla.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// unixLocal writes an instant as the city's clocks show it.
func unixLocal(seconds int64) string {
	return time.Unix(seconds, 0).In(sla.Shanghai).Format("01-02 15:04")
}

// city is a small city for tests: an office, two departments, supervision.
type city struct {
	desk  *cases.Desk
	db    *migrations.DB
	clock *handClock
	dir   *people.Directory

	water, roads                     int64
	clerk, supervisor, auditor       people.Actor
	waterworks, waterLead, roadworks people.Actor
	wakeups                          []cases.Wakeup
	keyFile                          string
	store                            *files.Directory
	storePath                        string
	successors                       map[int64]int64 // of departments that a walk has merged
}

// newCity starts on Thursday 2026-03-05, ten in the morning: an ordinary week.
func newCity(t testing.TB, db *migrations.DB) *city {
	t.Helper()
	c := &city{successors: map[int64]int64{}, db: db, clock: &handClock{t: at("2026-03-05 10:00:00")}, keyFile: filepath.Join(t.TempDir(), "keys.json")}
	c.dir = people.NewDirectory(db, c.clock.Now)
	c.storePath = filepath.Join(t.TempDir(), "files")
	var err error
	if c.store, err = files.OpenDirectory(c.storePath); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(c.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	c.desk, err = cases.NewDesk(t.Context(), cases.Config{
		PerContact: 1 << 30, // these letters all come from a few invented people
		DB:         db, Directory: c.dir, Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai), Clock: c.clock.Now, Files: c.store,
		City: "云湘市", PublicURL: "https://mailbox.example.org",
		Wake: func(_ context.Context, w cases.Wakeup) { mu.Lock(); c.wakeups = append(c.wakeups, w); mu.Unlock() },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.water = c.department(t, "SW", "市水务集团")
	c.roads = c.department(t, "SZ", "市政工程处")
	c.clerk = c.account(t, "clerk", people.Grant{Role: people.Clerk})
	c.supervisor = c.account(t, "supervisor", people.Grant{Role: people.Supervisor})
	c.auditor = c.account(t, "auditor", people.Grant{Role: people.Auditor})
	c.waterworks = c.account(t, "water", people.Grant{Role: people.Handler, Department: c.water})
	c.waterLead = c.account(t, "water.lead", people.Grant{Role: people.Leader, Department: c.water})
	c.roadworks = c.account(t, "roads", people.Grant{Role: people.Handler, Department: c.roads})
	return c
}

// anotherDesk is that of another process on the same database.
func (c *city) anotherDesk(t testing.TB) *cases.Desk { return c.deskFor(t, func(*cases.Config) {}) }

// deskFor is anotherDesk with other settings.
func (c *city) deskFor(t testing.TB, change func(*cases.Config)) *cases.Desk {
	t.Helper()
	keys, err := seal.Read(c.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	config := cases.Config{
		PerContact: 1 << 30,
		DB:         c.db, Directory: c.dir, Keys: keys, Calendar: sla.BuiltIn(sla.Shanghai), Clock: c.clock.Now,
		City: "云湘市", PublicURL: "https://mailbox.example.org",
	}
	change(&config)
	desk, err := cases.NewDesk(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

func (c *city) department(t testing.TB, code, name string) int64 {
	t.Helper()
	id, err := c.dir.AddDepartment(t.Context(), people.Department{Code: code, Name: name, Kind: "bureau", Email: code + "@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// somePassword is nobody's to type here. It is given as its hash because making that takes long.
const somePassword = "$argon2id$v=19$m=19456,t=2,p=1$Emob22ouJFMVW0SjBKuXMw$GyWLyLYD2JX6YEYNunkYNKWXxSf52TKVK74eFMqIzy8"

func (c *city) account(t testing.TB, login string, grants ...people.Grant) people.Actor {
	t.Helper()
	id, err := c.dir.AddAccount(t.Context(), people.NewAccount{
		Login: login, Name: "测试 " + login, Email: login + "@example.org", Language: errs.ZH,
		Hash: somePassword, Grants: grants,
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.dir.Actor(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func aLetter() cases.Letter {
	return cases.Letter{
		Kind: "complaint", Title: "小区二次供水水箱长期未清洗", Body: "我家在桃源小区，水龙头出来的水发黄，请有关部门查一查。",
		District: "云东区", Language: errs.ZH, Consent: true,
		Writer: cases.Contact{Name: "周小禾", Phone: "139 0000 1234", Email: "zhou@example.org"},
	}
}

func (c *city) submit(t *testing.T, l cases.Letter) cases.Receipt {
	t.Helper()
	r, err := c.desk.Submit(t.Context(), people.TheWriter(0, l.Language), l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// must fails the test when a verb fails, and hands its case on.
func must(t *testing.T) func(*cases.Case, error) *cases.Case {
	t.Helper()
	return func(got *cases.Case, err error) *cases.Case {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
}

// answered takes a new letter to its answer.
func (c *city) answered(t *testing.T) *cases.Case {
	t.Helper()
	r := c.submit(t, aLetter())
	ok := must(t)
	got := ok(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water))
	got = ok(c.desk.Reply(t.Context(), c.waterworks, r.ID, got.Version, "经核实，水箱已于今日清洗消毒，水质检测合格。如有疑问请拨 0000-1234567。"))
	return ok(c.desk.Answer(t.Context(), c.clerk, r.ID, got.Version, ""))
}
