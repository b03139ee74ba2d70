package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SMTP sends by a mail server, one connection per message.
//
// It never talks to the server in the clear but on this machine itself, and never waits longer than
// Timeout. The zero value is of no use; see NewSMTP.
type SMTP struct {
	// Timeout is for the whole exchange, from looking up the host to the server's last word; a minute
	// from NewSMTP on.
	Timeout time.Duration
	// RootCAs are the authorities whose certificates are trusted; nil for the system's.
	RootCAs *x509.CertPool

	host, port         string
	user, password     string
	implicitTLS, plain bool
	from               Address
}

// NewSMTP reads the address of the mail server and of the sender:
//
//	smtp://user:password@host:587    STARTTLS, without which nothing is sent
//	smtps://user:password@host:465   TLS from the first byte
//	smtp://127.0.0.1:25?starttls=off in the clear, for a mail server on this machine only
//
// User and password may be left out, and so may the ports. from is the envelope's sender, to which
// mail that bounces comes back, such as "市长信箱 <mailbox@example.org>". Errors never repeat the URL,
// because it holds a password.
func NewSMTP(rawURL, from string) (*SMTP, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errors.New("mail server: not a URL: write smtp://user:password@host:587 (special characters in the password as %XX)")
	}
	s := &SMTP{Timeout: time.Minute, host: u.Hostname(), port: u.Port()}
	switch u.Scheme {
	case "smtp":
	case "smtps":
		s.implicitTLS = true
	default:
		return nil, errors.New("mail server: must begin with smtp:// or smtps://")
	}
	if s.host == "" {
		return nil, errors.New("mail server: the host is missing")
	}
	if err := s.usePort(); err != nil {
		return nil, err
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, errors.New("mail server: nothing may follow the port but ?starttls=off (a / or # in the password is written %2F or %23)")
	}
	if err := s.useQuery(u.RawQuery); err != nil {
		return nil, err
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.password, _ = u.User.Password()
		if s.user == "" || s.password == "" {
			return nil, errors.New("mail server: give both user and password, or neither")
		}
	}
	if s.from, err = ParseAddress(from); err != nil {
		return nil, fmt.Errorf("mail sender: %w", err)
	}
	return s, nil
}

func (s *SMTP) usePort() error {
	switch {
	case s.port == "" && s.implicitTLS:
		s.port = "465"
	case s.port == "":
		s.port = "587"
	}
	if n, err := strconv.Atoi(s.port); err != nil || n < 1 || n > 65535 {
		return errors.New("mail server: the port must be from 1 to 65535")
	}
	return nil
}

func (s *SMTP) useQuery(raw string) error {
	switch raw {
	case "":
		return nil
	case "starttls=off":
		if s.implicitTLS {
			return errors.New("mail server: starttls=off contradicts smtps://")
		}
		if ip := net.ParseIP(s.host); s.host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return errors.New("mail server: starttls=off is allowed for localhost only, because letters and the password would cross the network in the clear")
		}
		s.plain = true
		return nil
	default:
		return errors.New("mail server: the only option is ?starttls=off")
	}
}

// Send sends m. It returns a PermanentError when the server refuses this recipient or this message
// for good, or when it cannot be mailed at all. Everything else may pass: also a refused password or
// a missing STARTTLS, which are the city's to mend and no fault of the message.
//
// When the time runs out after the whole message has been handed over, nobody knows whether the server
// kept it; the next attempt then carries the same Message-ID.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	if m.From.Email == "" {
		m.From = s.from
	}
	raw, err := m.bytes()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	client, hangUp, err := s.connect(ctx)
	if err != nil {
		return passing(ctx, "reach the mail server", err)
	}
	defer hangUp()
	if err := s.secure(client); err != nil {
		return passing(ctx, "mail server", err)
	}
	if err := s.signIn(client); err != nil {
		return passing(ctx, "mail server", err)
	}
	if err := client.Mail(s.from.Email); err != nil {
		return passing(ctx, "mail server refuses the sender", err)
	}
	if err := client.Rcpt(m.To.Email); err != nil {
		return final(ctx, "mail server refuses the recipient", err)
	}
	if err := transfer(client, raw); err != nil {
		return final(ctx, "mail server refuses the message", err)
	}
	// The server has the message. Were an error here a failure, the mail would go out twice.
	_ = client.Quit()
	return nil
}

// connect opens the connection. Its deadline holds for every read and write until hangUp.
func (s *SMTP) connect(ctx context.Context) (client *smtp.Client, hangUp func(), err error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return nil, nil, err
	}
	// net/smtp knows no context: when this one ends, the deadline in the past wakes whatever waits.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	hangUp = func() {
		stop()
		_ = conn.Close() // either the message has been accepted or an error is on its way already
	}
	if s.implicitTLS {
		secured := tls.Client(conn, s.tls())
		if err := secured.HandshakeContext(ctx); err != nil {
			hangUp()
			return nil, nil, err
		}
		client, err = smtp.NewClient(secured, s.host)
	} else {
		client, err = smtp.NewClient(conn, s.host)
	}
	if err != nil {
		hangUp()
		return nil, nil, err
	}
	return client, hangUp, nil
}

func (s *SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.RootCAs, MinVersion: tls.VersionTLS12}
}

// secure greets the server and sees to it that nobody on the way can read what follows.
func (s *SMTP) secure(client *smtp.Client) error {
	_, domain, _ := strings.Cut(s.from.Email, "@")
	if err := client.Hello(domain); err != nil {
		return err
	}
	if s.implicitTLS || s.plain {
		return nil
	}
	if offered, _ := client.Extension("STARTTLS"); !offered {
		return errors.New("it offers no STARTTLS, so nothing was sent; use smtps:// or another server")
	}
	return client.StartTLS(s.tls())
}

func (s *SMTP) signIn(client *smtp.Client) error {
	if s.user == "" {
		return nil
	}
	offered, mechanisms := client.Extension("AUTH")
	if !offered || !strings.Contains(" "+mechanisms+" ", " PLAIN ") {
		return errors.New("a password is set, but it offers no sign-in by PLAIN")
	}
	err := client.Auth(smtp.PlainAuth("", s.user, s.password, s.host))
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		// Some servers answer with parts of what they were sent.
		return fmt.Errorf("it refuses user or password (%d)", reply.Code)
	}
	return err
}

func transfer(client *smtp.Client, raw []byte) error {
	w, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}

// passing wraps an error that is no fault of the message.
func passing(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		// "i/o timeout" names neither who nor why.
		return fmt.Errorf("%s: no answer in time: %w", doing, ctx.Err())
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		// Its own text is quoted, with line ends as \n, in which names are harder to find and mask.
		return fmt.Errorf("%s: %d %s", doing, reply.Code, reply.Msg)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// final wraps an error about this recipient or this message: of the server's replies those from 500
// on are for good (RFC 5321, 4.2.1).
func final(ctx context.Context, doing string, err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok && reply.Code >= 500 {
		return &PermanentError{fmt.Errorf("%s: %d %s", doing, reply.Code, reply.Msg)}
	}
	return passing(ctx, doing, err)
}
