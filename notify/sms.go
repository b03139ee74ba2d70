package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// SMSGateway hands short messages to the city's gateway, which passes them to its provider: providers differ in
// how a request is signed and a text is filed, gateways speak HTTP.
//
// Each message is one POST of a JSON object with id (the same at every attempt, so that the gateway can drop a
// message it has already had), to (digits, + before a foreign number) and text. An answer from 200 to 299 means
// that the gateway has it.
type SMSGateway struct {
	address        string
	user, password string
	client         *http.Client
}

// smsTimeout is for the whole exchange.
const smsTimeout = 30 * time.Second

// NewSMSGateway reads the gateway's address, https://user:password@host/path; user and password may be left out,
// and plain http:// is for a gateway on this machine only. roots are the authorities whose certificates are
// trusted, nil for the system's. Errors never repeat the address, because it holds a password.
func NewSMSGateway(rawURL string, roots *x509.CertPool) (*SMSGateway, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("SMS gateway: not an address: write https://user:password@host/path")
	}
	switch u.Scheme {
	case "https":
	case "http":
		if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, errors.New("SMS gateway: http:// is for a gateway on this machine only, because secrets would cross the network in the clear; write https://")
		}
	default:
		return nil, errors.New("SMS gateway: must begin with https://")
	}
	g := &SMSGateway{client: &http.Client{
		Timeout:   smsTimeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Proxy: http.ProxyFromEnvironment},
		// Elsewhere the message would reach somebody the city has not named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if u.User != nil {
		g.user = u.User.Username()
		g.password, _ = u.User.Password()
		u.User = nil
	}
	g.address = u.String()
	return g, nil
}

// Send sends m's text to its telephone number. It returns a PermanentError when the gateway refuses this message
// for good (400, 410, 413 or 422). Everything else may pass, a refused password too.
func (g *SMSGateway) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(map[string]string{"id": m.ID, "to": m.To.Phone, "text": m.Text})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.address, bytes.NewReader(body))
	if err != nil {
		return errors.New("SMS gateway: its address cannot be used")
	}
	request.Header.Set("Content-Type", "application/json")
	if g.user != "" {
		request.SetBasicAuth(g.user, g.password)
	}
	response, err := g.client.Do(request)
	if err != nil {
		// Not the error's own text: it repeats the address, whose path may be a secret.
		if failure, ok := errors.AsType[*url.Error](err); ok {
			err = failure.Err
		}
		return fmt.Errorf("reach the SMS gateway: %w", err)
	}
	defer response.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(response.Body, 300))
	if response.StatusCode >= 200 && response.StatusCode <= 299 {
		return nil
	}
	refused := fmt.Errorf("SMS gateway: %d %s", response.StatusCode, strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "")), " "))
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return &PermanentError{refused}
	}
	return refused
}
