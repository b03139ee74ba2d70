package notify

import (
	"context"
	"errors"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func letterToZhang() Message {
	return Message{
		ID:      "notice-0123456789abcdef@mailbox.example.org",
		Date:    time.Date(2026, 2, 14, 1, 2, 3, 0, time.UTC),
		From:    Address{Name: "市长信箱", Email: "mailbox@example.org"},
		To:      Address{Name: "张三, 湘潭", Email: "zhang@example.org"},
		Subject: "您的信件已收到:关于雨湖区路灯不亮的问题",
		Text:    "张三您好:\n\n.这一行以点开头\n您的信件已收到。\n",
		HTML:    "<p>张三您好</p>",
		Attachments: []Attachment{
			{Name: "路灯 照片(一).pdf", ContentType: "application/pdf", Data: []byte("%PDF-1.7 \x00\xff")},
		},
	}
}

func TestMailInTheClearOnThisMachineArrivesWithChineseSubjectNamesAndAttachment(t *testing.T) {
	t.Parallel()
	server := startServer(t, serverConfig{})
	m := letterToZhang()
	if err := server.client(t, "smtp", "", "?starttls=off").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	arrivedWhole(t, server, m)
}

func TestMailOverSTARTTLSArrivesAndThePasswordIsTaken(t *testing.T) {
	t.Parallel()
	server := startServer(t, serverConfig{StartTLS: true, Auth: true})
	m := letterToZhang()
	if err := server.client(t, "smtp", "mayor:geheim@", "").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	arrivedWhole(t, server, m)
	if !strings.Contains(server.transcript(t), "AUTH PLAIN") {
		t.Error("nobody signed in")
	}
}

func TestMailOverTLSFromTheFirstByteArrives(t *testing.T) {
	t.Parallel()
	server := startServer(t, serverConfig{SMTPS: true, Auth: true})
	m := letterToZhang()
	if err := server.client(t, "smtps", "mayor:geheim@", "").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	arrivedWhole(t, server, m)
}

func arrivedWhole(t *testing.T, server *mailServer, sent Message) {
	t.Helper()
	mails := server.received(t)
	if len(mails) != 1 {
		t.Fatalf("%d mails arrived", len(mails))
	}
	if want := "X-Envelope: mailbox@example.org zhang@example.org\r\n"; !strings.HasPrefix(mails[0], want) {
		t.Errorf("envelope: %.80q", mails[0])
	}
	got, err := parseMail(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	want := Mail{
		From: `市长信箱 <mailbox@example.org>`, To: `张三, 湘潭 <zhang@example.org>`, Subject: sent.Subject,
		Date: sent.Date, Text: sent.Text, Attachments: []string{sent.Attachments[0].Name},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	raw, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	if id := raw.Header.Get("Message-Id"); id != "<"+sent.ID+">" {
		t.Errorf("Message-ID %s", id)
	}
}

func TestWithoutSTARTTLSNeitherMailNorPasswordIsSent(t *testing.T) {
	t.Parallel()
	server := startServer(t, serverConfig{Auth: true})
	err := server.client(t, "smtp", "mayor:geheim@", "").Send(t.Context(), letterToZhang())
	if err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("got %v", err)
	}
	if isPermanent(err) {
		t.Error("a server that is set up wrongly kills the notice")
	}
	transcript := server.transcript(t)
	for _, word := range []string{"AUTH PLAIN ", "MAIL FROM", "RCPT", "DATA"} {
		if strings.Contains(transcript, word) {
			t.Errorf("%s was said in the clear:\n%s", word, transcript)
		}
	}
	if !strings.Contains(transcript, "EHLO example.org") {
		t.Errorf("the transcript proves nothing:\n%s", transcript)
	}
	if n := len(server.received(t)); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestACertificateNobodyVouchesForIsRefused(t *testing.T) {
	t.Parallel()
	for _, config := range []serverConfig{{StartTLS: true, Auth: true}, {SMTPS: true, Auth: true}} {
		server := startServer(t, config)
		scheme := "smtp"
		if config.SMTPS {
			scheme = "smtps"
		}
		client := server.client(t, scheme, "mayor:geheim@", "")
		client.RootCAs = nil // the system's, which do not know this server
		err := client.Send(t.Context(), letterToZhang())
		if err == nil || isPermanent(err) {
			t.Errorf("%s: got %v", scheme, err)
		}
		if n := len(server.received(t)); n != 0 || strings.Contains(server.transcript(t), "AUTH PLAIN ") {
			t.Errorf("%s: %d mails arrived, or the password did", scheme, n)
		}
	}
}

func TestAServerThatHangsIsLeftWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config        serverConfig
		scheme, query string
	}{
		"it never greets":               {serverConfig{Silent: true}, "smtp", "?starttls=off"},
		"it never shakes hands":         {serverConfig{Silent: true}, "smtps", ""},
		"it never confirms the message": {serverConfig{Mute: true}, "smtp", "?starttls=off"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := startServer(t, test.config).client(t, test.scheme, "", test.query)
			client.Timeout = 300 * time.Millisecond
			start := time.Now()
			err := client.Send(t.Context(), letterToZhang())
			if !errors.Is(err, context.DeadlineExceeded) || isPermanent(err) {
				t.Errorf("got %v", err)
			}
			if waited := time.Since(start); waited > 10*time.Second {
				t.Errorf("waited %v", waited)
			}
		})
	}
}

func TestGivingUpEndsTheExchangeAtOnce(t *testing.T) {
	t.Parallel()
	client := startServer(t, serverConfig{Silent: true}).client(t, "smtp", "", "?starttls=off")
	client.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- client.Send(ctx, letterToZhang()) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRepliesOfTheServerAreForGoodOrWillPass(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		config    serverConfig
		userinfo  string
		permanent bool
		says      string
	}{
		"the recipient's box is busy":         {serverConfig{Rcpt: 451}, "", false, "451"},
		"there is no such recipient":          {serverConfig{Rcpt: 550}, "", true, "550"},
		"the message comes at a bad time":     {serverConfig{Data: 452}, "", false, "452"},
		"the message is not wanted":           {serverConfig{Data: 554}, "", true, "554"},
		"the city may not send here":          {serverConfig{Sender: 550}, "", false, "550"},
		"the password is wrong":               {serverConfig{Auth: true}, "mayor:falsch@", false, "535"},
		"there is nobody to give a password":  {serverConfig{}, "mayor:geheim@", false, "PLAIN"},
		"the user is right, all else as well": {serverConfig{Auth: true}, "mayor:geheim@", false, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, test.config)
			err := server.client(t, "smtp", test.userinfo, "?starttls=off").Send(t.Context(), letterToZhang())
			if test.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.says) || isPermanent(err) != test.permanent {
				t.Errorf("got %v, permanent %v", err, isPermanent(err))
			}
			if err != nil && (strings.Contains(err.Error(), "falsch") || strings.Contains(err.Error(), "geheim")) {
				t.Errorf("the password is in the error: %v", err)
			}
			if n := len(server.received(t)); n != 0 {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func TestAMailThatWasTakenIsSentThoughTheServerHangsUp(t *testing.T) {
	t.Parallel()
	server := startServer(t, serverConfig{HangUp: true})
	if err := server.client(t, "smtp", "", "?starttls=off").Send(t.Context(), letterToZhang()); err != nil {
		t.Errorf("a mail that has arrived counts as failed and would go out twice: %v", err)
	}
	if n := len(server.received(t)); n != 1 {
		t.Errorf("%d mails arrived", n)
	}
}

func TestNobodyListeningWillPass(t *testing.T) {
	t.Parallel()
	client, err := NewSMTP("smtp://127.0.0.1:1?starttls=off", "mailbox@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Send(t.Context(), letterToZhang()); err == nil || isPermanent(err) {
		t.Errorf("got %v", err)
	}
}

func TestMailServerSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url, from string
		says      string // part of the error; empty: accepted
		port      string
	}{
		{"smtp://mail.example.org", "mailbox@example.org", "", "587"},
		{"smtps://mail.example.org", "mailbox@example.org", "", "465"},
		{"smtp://u:p%40ss@mail.example.org:2525", "市长信箱 <mailbox@example.org>", "", "2525"},
		{"smtp://localhost:25?starttls=off", "mailbox@example.org", "", "25"},
		{"smtp://127.0.0.1:25?starttls=off", "mailbox@example.org", "", "25"},
		{"smtp://[::1]:25?starttls=off", "mailbox@example.org", "", "25"},
		{"smtp://mail.example.org?starttls=off", "mailbox@example.org", "localhost only", ""},
		{"smtp://192.168.1.2:25?starttls=off", "mailbox@example.org", "localhost only", ""},
		{"smtps://localhost?starttls=off", "mailbox@example.org", "contradicts", ""},
		{"smtp://mail.example.org?starttls=no", "mailbox@example.org", "only option", ""},
		{"smtp://mail.example.org/geheim", "mailbox@example.org", "follow the port", ""},
		{"smtp://mail.example.org:0", "mailbox@example.org", "port", ""},
		{"smtp://mail.example.org:99999", "mailbox@example.org", "port", ""},
		{"smtp://:25", "mailbox@example.org", "host", ""},
		{"smtp://u:ge%heim@mail.example.org", "mailbox@example.org", "not a URL", ""},
		{"smtp://geheim@mail.example.org", "mailbox@example.org", "both user and password", ""},
		{"http://geheim@mail.example.org", "mailbox@example.org", "smtp://", ""},
		{"", "mailbox@example.org", "smtp://", ""},
		{"smtp://mail.example.org", "", "mail sender", ""},
		{"smtp://mail.example.org", "a@example.org, b@example.org", "mail sender", ""},
		{"smtp://mail.example.org", "a@example.org\r\nBcc: b@example.org", "mail sender", ""},
	}
	for _, test := range tests {
		s, err := NewSMTP(test.url, test.from)
		switch {
		case test.says == "" && err != nil:
			t.Errorf("%s: %v", test.url, err)
		case test.says == "" && s.port != test.port:
			t.Errorf("%s: port %s", test.url, s.port)
		case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
			t.Errorf("%s from %q: got %v, want …%s…", test.url, test.from, err, test.says)
		case err != nil && strings.Contains(err.Error(), "heim"):
			t.Errorf("the password is in the error: %v", err)
		}
	}
}

func isPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}

func decoded(t *testing.T, header string) string {
	t.Helper()
	var words mime.WordDecoder
	text, err := words.DecodeHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
