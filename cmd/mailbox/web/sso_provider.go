package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mailbox/cases/people"
)

// SSO is the city's single sign-on, an OpenID Connect provider, where people may sign in instead of by a password here.
type SSO struct {
	Issuer       string // its address, exactly as it calls itself
	ClientID     string
	ClientSecret string
	Name         string // label of the button
	// Claim names what the provider says of somebody's place, and Roles what its values mean here.
	Claim string
	Roles []SSORole
	// ACR are the provider's own names (acr) for a sign-in with two factors, besides "mfa" in amr (RFC 8176).
	ACR []string
	// Transport reaches the provider; nil for the usual one.
	Transport http.RoundTripper
}

// SSORole is a role that a value of the provider's claim gives, for the department with that code, if any.
type SSORole struct {
	Value string
	Grant people.CodedGrant
}

// providerTime is how long the provider may take for one answer: somebody waits for the page meanwhile.
const providerTime = 5 * time.Second

// provider reaches the single sign-on. It is looked for when somebody first wants to sign in by it, and not at start:
// the mailbox must open, and local sign-in must work, while it is away. Safe for concurrent use.
type provider struct {
	SSO
	redirect string
	clock    func() time.Time
	client   *http.Client

	mu    sync.Mutex // one asks, the others wait for the answer
	found *oidc.Provider
}

func newProvider(c SSO, redirect string, clock func() time.Time) *provider {
	return &provider{SSO: c, redirect: redirect, clock: clock, client: &http.Client{
		Timeout: providerTime, Transport: c.Transport,
		// None of the addresses asked has a reason to lead elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// errAway says that the provider does not answer.
var errAway = errors.New("the single sign-on does not answer")

// endpoint is the provider as it describes itself, and the client by which it is asked.
func (p *provider) endpoint(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		// The keys are fetched by this context later on, when the request is over.
		found, err := oidc.NewProvider(p.with(context.WithoutCancel(ctx)), p.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errAway, err)
		}
		p.found = found
	}
	return p.found, &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.redirect, Endpoint: p.found.Endpoint(),
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, nil
}

func (p *provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// signOn is a sign-in under way: what the browser's session remembers until the provider sends it back.
type signOn struct{ State, Nonce, Verifier string }

// address is where the browser is sent.
func (p *provider) address(ctx context.Context, on signOn) (string, error) {
	_, config, err := p.endpoint(ctx)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(on.State, oidc.Nonce(on.Nonce), oauth2.S256ChallengeOption(on.Verifier)), nil
}

// claims are what the provider says of somebody.
type claims struct {
	Subject   string   `json:"sub"`
	Nonce     string   `json:"nonce"`
	Email     string   `json:"email"`
	Verified  truth    `json:"email_verified"`
	Name      string   `json:"name"`
	Preferred string   `json:"preferred_username"`
	AMR       []string `json:"amr"`
	ACR       string   `json:"acr"`
}

// truth is a boolean that some providers write as a text.
type truth bool

// UnmarshalJSON reads true and "true" as true, and everything else as false.
func (t *truth) UnmarshalJSON(text []byte) error {
	*t = truth(string(text) == "true" || string(text) == `"true"`)
	return nil
}

// person exchanges the code for what the provider says of whoever has signed in there; twice tells whether that was with
// two factors. The token is taken only with the provider's signature, for us, of this sign-in, and not over.
func (p *provider) person(ctx context.Context, on signOn, code string) (who people.Person, twice bool, err error) {
	found, config, err := p.endpoint(ctx)
	if err != nil {
		return who, false, err
	}
	ctx = p.with(ctx)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(on.Verifier))
	if err != nil {
		return who, false, fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.clock}).Verify(ctx, raw)
	if err != nil {
		return who, false, fmt.Errorf("verify the token: %w", err)
	}
	all := map[string]json.RawMessage{}
	if err := id.Claims(&all); err != nil {
		return who, false, fmt.Errorf("read the token: %w", err)
	}
	if id.Nonce == "" || id.Nonce != on.Nonce {
		return who, false, errors.New("the token is of another sign-in: its nonce differs")
	}
	if found.UserInfoEndpoint() != "" {
		if err := p.ask(ctx, found, token, id.Subject, all); err != nil {
			return who, false, err
		}
	}
	return p.read(id.Issuer, all)
}

// ask adds what the provider tells only when it is asked, which must be of the same person. What the signed token says
// already stands.
func (p *provider) ask(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string, all map[string]json.RawMessage) error {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("ask about the person: %w", err)
	}
	if info.Subject != subject {
		return errors.New("the provider was asked about one person and tells of another")
	}
	more := map[string]json.RawMessage{}
	if err := info.Claims(&more); err != nil {
		return fmt.Errorf("read about the person: %w", err)
	}
	_, told := all["email"]
	for name, value := range more {
		// An address and whether it is verified come from the same place, or one would vouch for the other.
		if _, there := all[name]; !there && (name != "email_verified" || !told) {
			all[name] = value
		}
	}
	return nil
}

// read makes the person of the claims.
func (p *provider) read(issuer string, all map[string]json.RawMessage) (who people.Person, twice bool, err error) {
	raw, err := json.Marshal(all)
	if err != nil {
		return who, false, fmt.Errorf("read the claims: %w", err)
	}
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return who, false, fmt.Errorf("read the claims: %w", err)
	}
	who = people.Person{Issuer: issuer, Subject: c.Subject, Login: c.Preferred, Name: c.Name}
	if c.Verified {
		who.Email = c.Email
	}
	for _, value := range texts(all[p.Claim]) {
		for _, role := range p.Roles {
			if role.Value == value && !slices.Contains(who.Roles, role.Grant) {
				who.Roles = append(who.Roles, role.Grant)
			}
		}
	}
	return who, slices.Contains(c.AMR, "mfa") || c.ACR != "" && slices.Contains(p.ACR, c.ACR), nil
}

// texts are the values of a claim: a list of texts, or one.
func texts(claim json.RawMessage) []string {
	var list []string
	if json.Unmarshal(claim, &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(claim, &one) == nil {
		return []string{one}
	}
	return nil
}

// ParseSSORoles reads what the values of a claim mean: value=role, or value=role:CODE for a role of the department with
// that code, separated by commas.
func ParseSSORoles(text string) ([]SSORole, error) {
	var roles []SSORole
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		at := strings.LastIndexByte(part, '=') // the value may be a name such as cn=mailbox
		if at < 1 {
			return nil, fmt.Errorf("%q is not of the form value=role", part)
		}
		role, code, _ := strings.Cut(part[at+1:], ":")
		grant := people.CodedGrant{Role: people.Role(strings.TrimSpace(role)), Code: strings.TrimSpace(code)}
		if !slices.Contains(people.Grantable, grant.Role) || grant.Role.OfDepartment() != (grant.Code != "") {
			return nil, fmt.Errorf("%q gives no role: handler and leader need the code of a department, as in handler:D012, the others have none", part)
		}
		roles = append(roles, SSORole{strings.TrimSpace(part[:at]), grant})
	}
	return roles, nil
}
