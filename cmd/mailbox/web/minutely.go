package web

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// keptMost bounds what is kept under different keys: a page takes some 30 kB, and whoever asks for other words all
// the time must not fill the memory. Beyond it everything is reckoned anew.
const keptMost = 1000

// keptLongest is how old may be what is given while it is reckoned anew.
const keptLongest = 2 * time.Minute

// minutely keeps what was reckoned for a key for a minute; of many who ask at once, one reckons. The zero
// value is ready.
type minutely[T any] struct {
	mu     sync.Mutex
	flight singleflight.Group
	kept   map[string]reckoned[T]
	behind map[string]bool // what is being reckoned anew while the last is still given
}

type reckoned[T any] struct {
	at    time.Time
	value T
}

// soon gives what is kept, at once even when the minute has just passed: then it is reckoned anew meanwhile, so that
// nobody waits while many ask. reckon must not use the request.
func (m *minutely[T]) soon(ctx context.Context, key string, now time.Time, reckon func(context.Context) (T, error)) (T, error) {
	kept, ok := m.last(key)
	if !ok || kept.within(now, time.Minute) || !kept.within(now, keptLongest) {
		return m.of(ctx, key, now, reckon)
	}
	if m.begin(key) {
		go func() {
			// What goes wrong, a panic too, is told to whoever has to wait for it next.
			defer func() { _ = recover(); m.end(key) }()
			_, _ = m.of(context.WithoutCancel(ctx), key, now, reckon)
		}()
	}
	return kept.value, nil
}

// begin tells whether nobody reckons the key anew behind the readers' backs; then the caller does, until end.
func (m *minutely[T]) begin(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.behind[key] {
		return false
	}
	if m.behind == nil {
		m.behind = map[string]bool{}
	}
	m.behind[key] = true
	return true
}

func (m *minutely[T]) end(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.behind, key)
}

func (m *minutely[T]) last(key string) (kept reckoned[T], ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok = m.kept[key]
	return kept, ok
}

// of gives what is kept, or reckons it. Who asked first may leave: the others still get theirs.
func (m *minutely[T]) of(ctx context.Context, key string, now time.Time, reckon func(context.Context) (T, error)) (T, error) {
	if value, ok := m.fresh(key, now); ok {
		return value, nil
	}
	value, err, _ := m.flight.Do(key, func() (any, error) {
		if value, ok := m.fresh(key, now); ok {
			return value, nil // somebody was quicker
		}
		ctx, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer done()
		value, err := reckon(ctx)
		if err != nil {
			return nil, err
		}
		m.keep(key, now, value)
		return value, nil
	})
	if err != nil {
		var none T
		return none, err
	}
	return value.(T), nil
}

func (m *minutely[T]) fresh(key string, now time.Time) (value T, ok bool) {
	kept, ok := m.last(key)
	return kept.value, ok && kept.within(now, time.Minute)
}

func (r *reckoned[T]) within(now time.Time, most time.Duration) bool {
	age := now.Sub(r.at)
	return age >= 0 && age < most
}

func (m *minutely[T]) keep(key string, now time.Time, value T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= keptMost {
		m.kept = map[string]reckoned[T]{}
	}
	for other, kept := range m.kept {
		if !kept.within(now, keptLongest) {
			delete(m.kept, other)
		}
	}
	m.kept[key] = reckoned[T]{now, value}
}
