package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// postOffice is a mail server that can be in a bad mood.
type postOffice struct {
	address string
	clock   *cityClock
	closing chan struct{}

	mu       sync.Mutex
	refusing int           // the reply, from 400 on; 0: mail is taken
	slow     time.Duration // to think about each mail
	cutting  int           // so many more mails are taken and the connection cut before the reply
	snatch   func()        // called once, after the next mail was taken and before the reply
	mails    map[string][]taking
}

// taking is one acceptance of a mail.
type taking struct {
	begun, at time.Time // when the connection came and when the reply went out, by the machine's clock
	cityTime  time.Time // when the connection came, by the city's
	subject   string
	cut       bool // the reply never left
}

func newPostOffice(t *testing.T, clock *cityClock) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &postOffice{address: l.Addr().String(), clock: clock, closing: make(chan struct{}), mails: map[string][]taking{}}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &errand{office: o, conn: c, begun: time.Now(), cityTime: clock.now()}, nil
	}))
	server.Domain, server.ErrorLog = "localhost", log.New(io.Discard, "", 0)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		close(o.closing)
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *postOffice) url() string { return "smtp://" + o.address + "?starttls=off" }

// mood changes how mail is taken.
func (o *postOffice) mood(change func(*postOffice)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change(o)
}

// cheer brings it back into a good mood.
func (o *postOffice) cheer() {
	o.mood(func(o *postOffice) { o.refusing, o.slow, o.cutting, o.snatch = 0, 0, 0, nil })
}

// taken is every acceptance so far, by Message-ID.
func (o *postOffice) taken() map[string][]taking {
	o.mu.Lock()
	defer o.mu.Unlock()
	copied := make(map[string][]taking, len(o.mails))
	for id, all := range o.mails {
		copied[id] = append([]taking(nil), all...)
	}
	return copied
}

// errand is one connection.
type errand struct {
	office   *postOffice
	conn     *smtp.Conn
	begun    time.Time
	cityTime time.Time
}

func (e *errand) Mail(string, *smtp.MailOptions) error { return nil }

func (e *errand) Rcpt(to string, _ *smtp.RcptOptions) error {
	e.office.mu.Lock()
	defer e.office.mu.Unlock()
	if code := e.office.refusing; code != 0 {
		// Servers like to repeat the address, and no log may.
		return &smtp.SMTPError{Code: code, Message: fmt.Sprintf("<%s>: try again later", to)}
	}
	return nil
}

func (e *errand) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return &smtp.SMTPError{Code: 451, Message: "this is no mail: " + err.Error()}
	}
	o := e.office
	o.mu.Lock()
	slow := o.slow
	o.mu.Unlock()
	if slow > 0 {
		thinking := time.NewTimer(slow)
		defer thinking.Stop()
		select {
		case <-thinking.C:
		case <-o.closing:
			return &smtp.SMTPError{Code: 421, Message: "closing"}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	cut := o.cutting > 0
	if cut {
		o.cutting--
	}
	id := strings.Trim(m.Header.Get("Message-ID"), "<>")
	o.mails[id] = append(o.mails[id], taking{begun: e.begun, cityTime: e.cityTime, at: time.Now(), subject: m.Header.Get("Subject"), cut: cut})
	if snatch := o.snatch; snatch != nil {
		o.snatch = nil
		snatch()
	}
	if cut {
		_ = e.conn.Conn().Close() // what it is about
	}
	return nil
}

func (e *errand) Reset() {}

func (e *errand) Logout() error { return nil }
