package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are in memory, so that a test's own clock counts their time.
type pipes struct {
	incoming chan net.Conn
	once     sync.Once
	closed   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.incoming:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func TestWhoeverSendsSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sends  string
		within time.Duration
	}{
		"nothing at all":                 {"", readHeaderTimeout},
		"half a header":                  {"POST /write HTTP/1.1\r\nHost: mailbox.example.org\r\nX: ", readHeaderTimeout},
		"a form that never ends":         {"POST /write HTTP/1.1\r\nHost: mailbox.example.org\r\nContent-Length: 1000\r\n\r\ntitle=", readTimeout},
		"a connection that asks no more": {"GET / HTTP/1.1\r\nHost: mailbox.example.org\r\n\r\n", idleTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				listener := &pipes{incoming: make(chan net.Conn), closed: make(chan struct{})}
				server := pagesServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						http.Error(w, "slow", http.StatusRequestTimeout)
					}
				}), slog.New(slog.DiscardHandler))
				served := make(chan error, 1)
				go func() { served <- server.Serve(listener) }()
				ours, theirs := net.Pipe()
				listener.incoming <- theirs
				began := time.Now()
				go func() { _, _ = io.Copy(ours, strings.NewReader(tt.sends)) }() // a pipe blocks until it is read
				if _, err := io.Copy(io.Discard, ours); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > tt.within+time.Second {
					t.Errorf("the connection was held for %s, want %s at most", took, tt.within)
				}
				if err := ours.Close(); err != nil {
					t.Error(err)
				}
				if err := server.Close(); err != nil {
					t.Error(err)
				}
				if err := <-served; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}
