package notify

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// gateway is a city's SMS gateway: a real server that keeps what it was sent and answers as it is told.
type gateway struct {
	*httptest.Server
	answer int
	got    []map[string]string
	signed []string
}

func newGateway(t *testing.T) (*gateway, *SMSGateway) {
	t.Helper()
	g := &gateway{answer: http.StatusAccepted}
	g.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m map[string]string
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Error(err)
		}
		user, password, _ := r.BasicAuth()
		g.got, g.signed = append(g.got, m), append(g.signed, user+"/"+password)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(g.answer)
		_, _ = w.Write([]byte("no more\r\nmessages today"))
	}))
	t.Cleanup(g.Close)
	roots := x509.NewCertPool()
	roots.AddCert(g.Certificate())
	s, err := NewSMSGateway(strings.Replace(g.URL, "https://", "https://city:geheim@", 1)+"/send?line=7", roots)
	if err != nil {
		t.Fatal(err)
	}
	return g, s
}

func TestAShortMessageReachesTheGateway(t *testing.T) {
	t.Parallel()
	g, s := newGateway(t)
	m := Message{ID: "notice-1@mailbox.example.org", To: Address{Phone: "13900001234"}, Text: "【某市市长信箱】来信已收到"}
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"id": m.ID, "to": "13900001234", "text": m.Text}
	if len(g.got) != 1 || len(g.got[0]) != 3 || g.signed[0] != "city/geheim" {
		t.Fatalf("the gateway got %v as %v", g.got, g.signed)
	}
	for field, value := range want {
		if g.got[0][field] != value {
			t.Errorf("%s is %q", field, g.got[0][field])
		}
	}
}

func TestARefusedMessageIsTriedAgainUnlessItIsRefusedForGood(t *testing.T) {
	t.Parallel()
	for status, permanent := range map[int]bool{
		http.StatusBadRequest: true, http.StatusUnprocessableEntity: true, http.StatusUnauthorized: false,
		http.StatusTooManyRequests: false, http.StatusInternalServerError: false, http.StatusFound: false,
	} {
		g, s := newGateway(t)
		g.answer = status
		err := s.Send(t.Context(), Message{ID: "x", To: Address{Phone: "13900001234"}, Text: "x"})
		if err == nil {
			t.Fatalf("%d counts as sent", status)
		}
		if _, ok := errors.AsType[*PermanentError](err); ok != permanent {
			t.Errorf("%d: for good is %t: %v", status, ok, err)
		}
		if !strings.Contains(err.Error(), "no more messages today") {
			t.Errorf("%d: what the gateway said is lost: %v", status, err)
		}
		if len(g.got) != 1 {
			t.Errorf("%d: %d requests", status, len(g.got))
		}
	}
}

func TestAGatewayThatIsAwayIsNotNamedByItsAddress(t *testing.T) {
	t.Parallel()
	g, s := newGateway(t)
	g.Close()
	err := s.Send(t.Context(), Message{ID: "x", To: Address{Phone: "1"}, Text: "x"})
	if err == nil || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "/send") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ctx, Message{ID: "x", Text: "x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAGatewayIsNeverSpokenToInTheClearButOnThisMachine(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://sms.example.org/send": true, "http://127.0.0.1:9/": true, "http://[::1]/": true, "http://localhost:9": true,
		"http://sms.example.org/": false, "http://10.0.0.1/": false, "ftp://x/": false, "sms.example.org": false, "": false, "https://": false, "https://a:geheim@%zz/": false,
	} {
		_, err := NewSMSGateway(address, nil)
		if (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: the password is repeated: %v", address, err)
		}
	}
}
