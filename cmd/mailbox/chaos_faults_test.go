package main

import (
	"strings"
	"syscall"
	"time"
)

// fault is something that breaks. begin and end return at once and may be called in any order with those of
// other faults; which chooses one of several.
type fault struct {
	begin func(c *city, which int)
	end   func(c *city, which int) // nil: it is over at once
}

// everywhere are the faults that any city can have.
var everywhere = map[string]fault{
	"a process is killed": {
		begin: func(c *city, which int) { c.posts[which%len(c.posts)].kill() },
		end:   func(c *city, which int) { c.posts[which%len(c.posts)].start() },
	},
	"whoever sends mail is killed between the mail server's OK and the mark": {
		begin: func(c *city, _ int) { c.office.mood(func(o *postOffice) { o.snatch = c.killSenders }) },
		end:   func(c *city, _ int) { c.startAll() },
	},
	"all processes are killed": {
		begin: func(c *city, _ int) {
			for _, s := range c.posts {
				s.kill()
			}
		},
		end: func(c *city, _ int) { c.startAll() },
	},
	"a process stands still": {
		begin: func(c *city, which int) { c.posts[which%len(c.posts)].signal(syscall.SIGSTOP) },
		end:   func(c *city, which int) { c.posts[which%len(c.posts)].signal(syscall.SIGCONT) },
	},
	"the mail server refuses": {
		begin: func(c *city, which int) {
			c.office.mood(func(o *postOffice) { o.refusing = []int{421, 450, 451, 452}[which%4] })
		},
		end: func(c *city, _ int) { c.office.mood(func(o *postOffice) { o.refusing = 0 }) },
	},
	"the mail server is slow": {
		begin: func(c *city, which int) {
			c.office.mood(func(o *postOffice) { o.slow = time.Duration(which) * 10 * time.Millisecond })
		},
		end: func(c *city, _ int) { c.office.mood(func(o *postOffice) { o.slow = 0 }) },
	},
	"the mail server takes mail and hangs up before its OK": {
		begin: func(c *city, which int) { c.office.mood(func(o *postOffice) { o.cutting = 1 + which%3 }) },
	},
}

// inManyParts are the faults of a city with a PostgreSQL and a Redis besides.
var inManyParts = map[string]fault{
	"Redis is killed": {
		begin: func(c *city, _ int) { _ = c.redis.running.command.Process.Kill() }, // it may be dead
		end:   func(c *city, _ int) { c.startRedis() },
	},
	"Redis is wiped":                    {begin: func(c *city, _ int) { c.redis.flush() }},
	"Redis takes connections and hangs": {begin: func(c *city, _ int) { c.redis.freeze() }, end: func(c *city, _ int) { c.redis.thaw() }},
	"connections to Redis are cut":      {begin: func(c *city, _ int) { c.toRedis.cut() }},
	"PostgreSQL stops at once": {
		begin: func(c *city, _ int) { c.cluster.stop() },
		end:   func(c *city, _ int) { c.startDatabase() },
	},
	"a session of PostgreSQL is killed":     {begin: func(c *city, _ int) { c.cluster.killSession() }},
	"connections to PostgreSQL are cut":     {begin: func(c *city, _ int) { c.toDatabase.cut() }},
	"PostgreSQL cannot be reached":          {begin: func(c *city, _ int) { c.toDatabase.shut() }, end: func(c *city, _ int) { c.toDatabase.pass() }},
	"connections to PostgreSQL fall silent": {begin: func(c *city, _ int) { c.toDatabase.freeze() }, end: func(c *city, _ int) { c.toDatabase.pass() }},
}

// killSenders kills every process that sends mail.
func (c *city) killSenders() {
	for _, s := range c.posts {
		if s.sends {
			s.kill()
		}
	}
}

func (c *city) startAll() {
	for _, s := range c.posts {
		s.start()
	}
}

// breaks notes that something is broken from now on.
func (c *city) breaks(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.now().Truncate(time.Second) // as the program keeps its times
	c.broken = append(c.broken, breakage{what: what, from: time.Now(), cityFrom: now, cityTo: now})
}

// mended notes that what broke is whole again; "" means everything.
func (c *city) mended(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.now().Truncate(time.Second)
	for i := range c.broken {
		b := &c.broken[i]
		if !b.to.IsZero() {
			continue
		}
		b.cityFrom, b.cityTo = earlier(b.cityFrom, now), later(b.cityTo, now)
		if what == "" || b.what == what {
			b.to = time.Now()
		}
	}
}

// jumped begins what is noted of a jump of the clock.
const jumped = "the clock jumped"

// hinders tells whether a breakage can keep a case from being marked, or a mail that was taken from being
// noted as sent. What befalls Redis or the mail server cannot.
func (b breakage) hinders() bool {
	return strings.Contains(b.what, "process") || strings.Contains(b.what, "PostgreSQL") ||
		strings.HasPrefix(b.what, jumped) || strings.HasPrefix(b.what, "whoever sends")
}

// jumpsLease tells of a jump that brings the end of a lease, five minutes, for whoever is sending meanwhile.
func (b breakage) jumpsLease() bool {
	return strings.HasPrefix(b.what, jumped) && b.cityTo.Sub(b.cityFrom) > 4*time.Minute
}
