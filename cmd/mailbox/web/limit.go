package web

import (
	"container/list"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// Limit is how often something may be done from one address: Burst times at once, then once Every.
type Limit struct {
	Burst int
	Every time.Duration
}

// Limits are those of the forms that somebody could flood or guess at. Many people may share one
// address (an office, a village behind one exchange), so they are wide; passwords and secrets are
// guarded by more than this.
type Limits struct {
	SignIn, Submit, Track Limit
	Check                 Limit // looking at a letter before it is sent, which may carry files
	Hints                 Limit // what the page asks for while somebody writes
	Judge                 Limit // saying whether a published answer was useful
	Verify                Limit // checking a signed receipt
	Lost                  Limit // asking for a new secret
	Forgotten             Limit // asking for a new password
	Seek                  Limit // looking for the letters of a writer
	Export                Limit // taking a list away as a file
	API                   Limit // what a program asks, per token
}

var usualLimits = Limits{
	SignIn: Limit{Burst: 20, Every: 6 * time.Second},
	Submit: Limit{Burst: 20, Every: 30 * time.Second},
	Track:  Limit{Burst: 30, Every: 4 * time.Second},
	Check:  Limit{Burst: 40, Every: 10 * time.Second},
	Hints:  Limit{Burst: 40, Every: 5 * time.Second},
	Lost:   Limit{Burst: 5, Every: 5 * time.Minute},
	// An office of many people may share one address, and on the first of the month several have forgotten theirs.
	Forgotten: Limit{Burst: 10, Every: 2 * time.Minute},
	Verify:    Limit{Burst: 30, Every: 2 * time.Second},
	Judge:     Limit{Burst: 20, Every: 10 * time.Second},
	Seek:      Limit{Burst: 30, Every: 10 * time.Second},
	Export:    Limit{Burst: 20, Every: time.Minute},
	API:       Limit{Burst: 120, Every: 500 * time.Millisecond},
}

type limiters struct{ signIn, submit, track, check, hints, lost, judge, verify, forgotten, seek, export, api *limiter }

func newLimiters(l Limits) limiters {
	choose := func(given, usual Limit) *limiter {
		if given.Burst == 0 {
			given = usual
		}
		return &limiter{limit: given, latest: list.New(), by: map[string]*list.Element{}}
	}
	return limiters{
		signIn: choose(l.SignIn, usualLimits.SignIn),
		submit: choose(l.Submit, usualLimits.Submit),
		track:  choose(l.Track, usualLimits.Track),
		check:  choose(l.Check, usualLimits.Check),
		hints:  choose(l.Hints, usualLimits.Hints),
		lost:   choose(l.Lost, usualLimits.Lost),
		judge:  choose(l.Judge, usualLimits.Judge),
		verify: choose(l.Verify, usualLimits.Verify),

		forgotten: choose(l.Forgotten, usualLimits.Forgotten),
		seek:      choose(l.Seek, usualLimits.Seek),
		export:    choose(l.Export, usualLimits.Export),
		api:       choose(l.API, usualLimits.API),
	}
}

// maxAddresses bounds the memory of a limiter, about 200 bytes each. Beyond it the address not seen for
// longest is forgotten: whoever has 20,000 addresses is not held back by a limit per address anyway.
const maxAddresses = 20_000

// limiter keeps a bucket of tokens per address.
type limiter struct {
	limit  Limit
	mu     sync.Mutex
	latest *list.List // of *bucket, the latest seen in front
	by     map[string]*list.Element
}

type bucket struct {
	address string
	tokens  *rate.Limiter
}

// wait takes a token and tells how long to wait when there is none; 0: go on.
func (l *limiter) wait(address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.by[address]
	if ok {
		l.latest.MoveToFront(e)
	} else {
		e = l.latest.PushFront(&bucket{address, rate.NewLimiter(rate.Every(l.limit.Every), l.limit.Burst)})
		l.by[address] = e
		if l.latest.Len() > maxAddresses {
			last := l.latest.Remove(l.latest.Back()).(*bucket) //nolint:forcetypeassert // only buckets are put in
			delete(l.by, last.address)
		}
	}
	tokens := e.Value.(*bucket).tokens //nolint:forcetypeassert // only buckets are put in
	taken := tokens.ReserveN(now, 1)
	delay := taken.DelayFrom(now)
	if delay > 0 {
		taken.CancelAt(now)
	}
	return delay
}

// limited holds a form back that comes too often from one address. What was typed is kept.
func (s *Server) limited(l *limiter, next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		delay := l.wait(household(c.RealIP()), visitOf(c).now)
		if delay == 0 {
			return next(c)
		}
		seconds := int((delay + time.Second - 1) / time.Second)
		c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
		return s.again(c, http.StatusTooManyRequests, "again.limited", "", seconds)
	}
}

// household is whose address it is: of IPv6 the first 64 bits, as one line gets them.
func household(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}
