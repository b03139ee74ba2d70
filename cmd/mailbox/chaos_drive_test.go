package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/sla"
)

// play plays one scene: people write and work, things break, the clock jumps; then all is mended, and what
// the trouble left behind must be settled within a minute of the city's time.
func (c *city) play(a scene) {
	c.t.Helper()
	working, home := context.WithCancel(c.t.Context())
	var staff, writers sync.WaitGroup
	defer func() { home(); writers.Wait(); staff.Wait() }()
	staff.Go(func() { c.work(working) })
	for _, n := range a.letters {
		writers.Go(func() { c.write(working, n) })
	}
	begun := time.Now()
	for _, s := range a.steps {
		c.at(begun.Add(s.after))
		c.take(s)
	}
	c.mend()
	c.mended("")
	c.settle()
	// Nobody gives up before a receipt is shown; the staff goes home in the end.
	writers.Wait()
}

// at waits for a moment of the plan.
func (c *city) at(moment time.Time) {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.t.Context().Done():
	}
}

// take takes one step of the plan.
func (c *city) take(s step) {
	c.t.Helper()
	now := c.clock.now()
	switch s.what {
	case nothing:
	case jumpBy:
		c.jump(s.by)
	case jumpNear:
		c.jump(c.deadline(now).Add(-s.by).Sub(now))
	case jumpBeyond:
		c.jump(c.deadline(now).Add(s.by).Sub(now))
	default:
		f, ok := everywhere[s.what]
		if !ok {
			f = inManyParts[s.what]
		}
		if !s.end {
			c.begun[s.what]++
			c.breaks(s.what)
			f.begin(c, s.which)
			return
		}
		if f.end != nil {
			f.end(c, s.which)
		}
		c.mended(s.what)
	}
}

// jump lets the clock jump. A sender that has a notice in hand meanwhile may lose its lease to another.
func (c *city) jump(by time.Duration) {
	c.t.Helper()
	what := jumped + " by " + by.String()
	c.breaks(what)
	c.clock.jump(by)
	c.mended(what)
}

// deadline is when a letter received at t is due, and nothing received earlier is due later.
func (c *city) deadline(t time.Time) time.Time {
	p := sla.DefaultPolicies().For("mailbox", "complaint", "")
	due, _, _ := sla.Deadlines(c.staff.desk.Calendar(), p, t)
	return due
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Every letter of a round has a title of its own, by which its fate is known.
func titleOf(n int) string { return fmt.Sprintf("第 %d 号来信", n) }

func numberIn(title string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(title, "第 "), " 号来信"))
	return n, err == nil
}

// write writes a letter and sends it, again and again with the same form, until a receipt is shown. It
// runs beside the test.
func (c *city) write(ctx context.Context, n int) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := rand.New(rand.NewPCG(c.plan.seed, uint64(n)))
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Error(err)
		return
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	w := &writer{client: &http.Client{Jar: jar, Transport: transport, Timeout: 20 * time.Second}}
	var form url.Values
	pause := time.NewTimer(time.Duration(r.Int64N(int64(sceneTime * 2 / 3))))
	defer pause.Stop()
	for attempt := 0; ; attempt++ {
		select {
		case <-pause.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				c.t.Errorf("letter %d: no receipt was shown (%v)", n, err)
			}
			return
		}
		pause.Reset(50 * time.Millisecond)
		// Another door and another address each time: somebody at home who tries again would wait longer.
		w.from = fmt.Sprintf("10.%d.%d.%d", n/250, n%250, attempt%250+1)
		if w.base = c.door(r); w.base == "" {
			continue
		}
		if form == nil {
			form, err = w.letter(ctx, titleOf(n))
			if err != nil {
				form = nil
			}
			continue
		}
		var got receipt
		if got, err = c.sendSomehow(ctx, w, form, r); err == nil {
			c.mu.Lock()
			c.receipts[n] = got
			c.resent += attempt
			c.mu.Unlock()
			return
		}
		if no, ok := errors.AsType[refusal](err); ok && no.status == http.StatusForbidden {
			c.t.Errorf("letter %d: the form was refused: %s", n, no.page)
			return
		}
	}
}

// sendSomehow sends the form as people do: once; or hanging up before the receipt can be read; or pressing
// twice.
func (c *city) sendSomehow(ctx context.Context, w *writer, form url.Values, r *rand.Rand) (receipt, error) {
	switch r.IntN(3) {
	case 0:
		ctx, cancel := context.WithTimeout(ctx, time.Duration(1+r.IntN(60))*time.Millisecond)
		defer cancel()
		return w.send(ctx, form)
	case 1:
		other := *w
		if other.base = c.door(r); other.base == "" {
			return w.send(ctx, form)
		}
		var second receipt
		var secondErr error
		var both sync.WaitGroup
		both.Go(func() { second, secondErr = other.send(ctx, form) })
		first, err := w.send(ctx, form)
		both.Wait()
		if err == nil && secondErr == nil && first.number != second.number {
			c.t.Errorf("sent twice at once, the receipts show %s and %s", first.number, second.number)
		}
		return first, err
	default:
		return w.send(ctx, form)
	}
}

// door is the address of one of the processes with pages, "" when it is not there.
func (c *city) door(r *rand.Rand) string {
	var doors []*post
	for _, s := range c.posts {
		if s.pages {
			doors = append(doors, s)
		}
	}
	return doors[r.IntN(len(doors))].base()
}

// work is what the staff does until ctx ends: everything that each letter's fate asks for. It runs beside
// the test.
func (c *city) work(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.lookOver(ctx); err != nil && ctx.Err() == nil {
			c.mu.Lock()
			c.refused++
			c.mu.Unlock()
		}
	}
}

// lookOver goes through the open cases once, until something fails.
func (c *city) lookOver(ctx context.Context) error {
	var open []cases.Case
	err := c.staff.db.Read.NewSelect().Model(&open).
		Where("state IN ('received', 'routed', 'replied')").Order("id").Scan(ctx)
	if err != nil {
		return err
	}
	for i := range open {
		err := c.do(ctx, &open[i])
		if err != nil && errs.CodeOf(err) != errs.CodeConflict {
			return err
		}
	}
	return nil
}

// do takes the next step with a case, if it is time.
func (c *city) do(ctx context.Context, k *cases.Case) error {
	n, ok := numberIn(k.Title)
	if !ok {
		return fmt.Errorf("a letter nobody wrote: %q", k.Title)
	}
	fate := c.plan.fates[n]
	clerk := people.Actor{Grants: []people.Grant{{Role: people.Clerk}}}
	desk := c.staff.desk
	switch k.State {
	case cases.Received:
		if fate != leftAlone {
			_, err := desk.Route(ctx, clerk, k.ID, k.Version, c.leads[n%len(c.leads)])
			return err
		}
	case cases.Routed:
		if fate != routedOnly {
			handler := people.Actor{Grants: []people.Grant{{Role: people.Handler, Department: k.LeadID}}}
			_, err := desk.Reply(ctx, handler, k.ID, k.Version, "已派人修理。")
			return err
		}
	case cases.Replied:
		left := k.DueAt.Sub(c.clock.now())
		if fate == answeredAtOnce || fate == answeredInTheLastSeconds && left < 5*time.Second || fate == answeredLate && !k.OverdueNoticedAt.IsZero() {
			_, err := desk.Answer(ctx, clerk, k.ID, k.Version, "")
			return err
		}
	default: // nothing is to be done
	}
	return nil
}

// sweepEvery is the time between two sweeps of the program.
const sweepEvery = 30 * time.Second

// unmarked are the cases that an overdue mark is missing on.
const unmarked = `cases WHERE answered_at IS NULL AND overdue_noticed_at IS NULL
	AND state NOT IN ('declined', 'withdrawn', 'merged', 'closed') AND due_at < ?`

// settle waits until every case past due is marked. The clock does not jump here: it only goes through the
// half minute to the next sweep faster than others do.
func (c *city) settle() {
	c.t.Helper()
	due := c.clock.now().Unix()
	if c.count(unmarked, due) > 0 {
		c.clock.jump(sweepEvery)
	}
	c.eventually("every mark", func() bool { return c.count(unmarked, due) == 0 })
}

const waitingNotices = "notices WHERE state IN ('pending', 'sending')"

// drain lets the clock go on from one attempt to the next until every notice has left. What a jump has
// brought forward is still held by the queue, which goes by the machine's clock; the sweep takes it two
// minutes later.
func (c *city) drain() {
	c.t.Helper()
	for jumps := 0; c.count(waitingNotices) > 0; jumps++ {
		if jumps == 200 {
			c.t.Fatalf("%d notices never leave", c.count(waitingNotices))
		}
		var next int64
		if err := c.outside.db.Read.NewRaw("SELECT COALESCE(min(next_at), 0) FROM "+waitingNotices).Scan(c.t.Context(), &next); err != nil {
			c.t.Fatal(err)
		}
		c.goOn(time.Unix(next, 0).Add(2*time.Minute + time.Second))
		c.eventually("another attempt", func() bool { return c.count(waitingNotices+" AND next_at <= ?", next) == 0 })
	}
}

// goOn lets the clock jump ahead to t, but at least by as much as makes a sweep, and waits for the marks of
// what has become due meanwhile.
func (c *city) goOn(t time.Time) {
	c.t.Helper()
	c.jump(max(t.Sub(c.clock.now()), sweepEvery+time.Second))
	c.settle()
}

// count counts rows as seen from the outside.
func (c *city) count(what string, args ...any) int {
	c.t.Helper()
	var n int
	if err := c.outside.db.Read.NewRaw("SELECT count(*) FROM "+what, args...).Scan(c.t.Context(), &n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// finish brings a round to its end: all notices leave, also those that wait for a working morning, and the
// processes end.
func (c *city) finish() {
	c.t.Helper()
	c.drain()
	desk := c.outside.desk
	day := desk.Calendar().NextWorkingDay(sla.DateOf(c.clock.now(), sla.Shanghai))
	c.goOn(day.Start(sla.Shanghai).Add(9*time.Hour + 30*time.Minute))
	c.eventually("the sweep of that morning", func() bool {
		return c.count("mailings WHERE kind = 'digest' AND period = ?", day.String()) == 1
	})
	c.drain()
	c.close()
}
