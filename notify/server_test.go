package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// serverVariable makes the test binary a mail server instead of a test: see TestMain.
const serverVariable = "MAILBOX_TEST_SMTP_SERVER"

// serverConfig says how the mail server behaves.
type serverConfig struct {
	Dir      string // where mails and transcript go
	StartTLS bool
	SMTPS    bool
	Auth     bool // offers sign-in; the only pair it takes is mayor / geheim
	Silent   bool // accepts connections and never says a word
	Mute     bool // takes the whole message and never answers
	HangUp   bool // closes the connection after its OK to the message
	Sender   int  // reply to MAIL FROM; 0 for 250
	Rcpt     int  // reply to RCPT TO; 0 for 250
	Data     int  // reply to the message; 0 for 250
}

// greeting is the one line a server process prints when it listens.
type greeting struct {
	Addr string
	Cert string // PEM
}

func TestMain(m *testing.M) {
	if config := os.Getenv(serverVariable); config != "" {
		if err := serveMail(config); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveMail is the server process: it ends when its standard input does.
func serveMail(rawConfig string) error {
	var config serverConfig
	if err := json.Unmarshal([]byte(rawConfig), &config); err != nil {
		return err
	}
	certificate, certPEM, err := selfSigned()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(greeting{Addr: listener.Addr().String(), Cert: certPEM}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if config.Silent {
		for {
			if _, err := listener.Accept(); err != nil {
				return err
			}
		}
	}
	transcript, err := os.Create(filepath.Join(config.Dir, "transcript"))
	if err != nil {
		return err
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{config: config, conn: c}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "localhost", true
	server.Debug, server.ErrorLog = transcript, log.New(transcript, "", 0)
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}}
	if config.StartTLS {
		server.TLSConfig = secure
	}
	if config.SMTPS {
		listener = tls.NewListener(listener, secure)
	}
	return server.Serve(listener)
}

func selfSigned() (tls.Certificate, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(certPEM), nil
}

// session writes what it receives into the server's directory.
type session struct {
	config   serverConfig
	conn     *smtp.Conn
	from, to string
	received bool
}

var (
	receivedMutex sync.Mutex
	receivedCount int
)

func (s *session) AuthMechanisms() []string {
	if s.config.Auth {
		return []string{sasl.Plain}
	}
	return nil
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "mayor" || password != "geheim" {
			return &smtp.SMTPError{Code: 535, Message: "you said " + password}
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return reply(s.config.Sender, "not from you")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	local, _, _ := strings.Cut(to, "@")
	return reply(s.config.Rcpt, fmt.Sprintf("<%s>: user\n%s unknown here", to, local))
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.config.Mute {
		select {}
	}
	if s.config.Data != 0 {
		return reply(s.config.Data, "we do not want this")
	}
	receivedMutex.Lock()
	defer receivedMutex.Unlock()
	receivedCount++
	s.received = true
	envelope := fmt.Sprintf("X-Envelope: %s %s\r\n", s.from, s.to)
	name := filepath.Join(s.config.Dir, fmt.Sprintf("%04d.eml", receivedCount))
	return os.WriteFile(name, append([]byte(envelope), raw...), 0o600)
}

func (s *session) Reset() {
	if s.received && s.config.HangUp {
		_ = s.conn.Conn().Close() // what the test is about
	}
}

func (s *session) Logout() error { return nil }

func reply(code int, text string) error {
	if code == 0 {
		return nil
	}
	return &smtp.SMTPError{Code: code, Message: text}
}

// mailServer is a server process as a test sees it.
type mailServer struct {
	addr  string
	roots *x509.CertPool
	dir   string
}

// startServer starts a mail server in a process of its own; it ends with the test.
func startServer(t *testing.T, config serverConfig) *mailServer {
	t.Helper()
	config.Dir = t.TempDir()
	raw, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(program)
	server.Env = append(os.Environ(), serverVariable+"="+string(raw))
	server.Stderr = os.Stderr
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(stdin.Close(), server.Wait()); err != nil {
			t.Errorf("mail server: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the mail server did not start: %v", err)
	}
	var hello greeting
	if err := json.Unmarshal([]byte(line), &hello); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(hello.Cert))
	return &mailServer{addr: hello.Addr, roots: roots, dir: config.Dir}
}

// client is a sender to this server.
func (s *mailServer) client(t *testing.T, scheme, userinfo, query string) *SMTP {
	t.Helper()
	client, err := NewSMTP(scheme+"://"+userinfo+s.addr+query, "市长信箱 <mailbox@example.org>")
	if err != nil {
		t.Fatal(err)
	}
	client.RootCAs = s.roots
	client.Timeout = 20 * time.Second
	return client
}

// received are the mails the server has taken, raw, the envelope as first header.
func (s *mailServer) received(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(s.dir, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	mails := make([]string, 0, len(names))
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		mails = append(mails, string(raw))
	}
	return mails
}

// transcript is all that went over the wire in both directions.
func (s *mailServer) transcript(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.dir, "transcript"))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
