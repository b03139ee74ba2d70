package main

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// cityClock is the clock of a whole city: the test sets it, and every process follows. It goes on by itself
// as fast as any clock.
type cityClock struct {
	t    *testing.T
	path string

	mu    sync.Mutex
	ahead time.Duration
}

func newCityClock(t *testing.T, start time.Time) *cityClock {
	t.Helper()
	c := &cityClock{t: t, path: filepath.Join(t.TempDir(), "clock")}
	c.jump(time.Until(start))
	return c
}

// setting is what a process needs to follow it.
func (c *cityClock) setting() string { return clockVariable + "=" + c.path }

func (c *cityClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead).Round(0)
}

// jump sets the clock forwards or back, by whole seconds: the queue cuts the machine's time to seconds and
// the program the city's, and both must mean the same second.
func (c *cityClock) jump(by time.Duration) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += by.Round(time.Second)
	next := c.path + ".next"
	if err := os.WriteFile(next, []byte(c.ahead.String()), 0o600); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Rename(next, c.path); err != nil { // at once: nobody reads half a clock
		c.t.Fatal(err)
	}
}

func TestEveryProcessFollowsTheCityClock(t *testing.T) {
	t.Parallel()
	c := newCityClock(t, local("2026-03-05 10:00:00"))
	for range 3 {
		if apart := aheadBy(c.path) - c.now().Sub(time.Now().Round(0)); apart.Abs() > time.Minute {
			t.Errorf("a process is %s apart", apart)
		}
		c.jump(-36 * time.Hour)
	}
	// The first jump was rounded.
	if got, want := c.now(), local("2026-02-28 22:00:00"); got.Before(want.Add(-time.Second)) || got.After(want.Add(patience)) {
		t.Errorf("it is %s, want %s", got, want)
	}
}
