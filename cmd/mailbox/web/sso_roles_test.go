package web

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailbox/cases/people"
)

func TestWhatTheProviderSaysOfAPlaceIsReadAsRoles(t *testing.T) {
	t.Parallel()
	roles, err := ParseSSORoles(" office=clerk, cn=water,ou=x=handler:D012 ,cn=water,office = auditor,")
	if err == nil {
		t.Errorf("cn=water alone was taken for a role: %v", roles)
	}
	roles, err = ParseSSORoles(" office=clerk, cn=water=handler:D012 ,office = auditor,")
	if err != nil {
		t.Fatal(err)
	}
	clerk, handler, auditor := people.CodedGrant{Role: people.Clerk}, people.CodedGrant{Role: people.Handler, Code: "D012"}, people.CodedGrant{Role: people.Auditor}
	if diff := cmp.Diff([]SSORole{{"office", clerk}, {"cn=water", handler}, {"office", auditor}}, roles); diff != "" {
		t.Error(diff)
	}
	p := &provider{SSO: SSO{Claim: "groups", Roles: roles, ACR: []string{"two"}}}
	for text, want := range map[string]struct {
		roles []people.CodedGrant
		twice bool
		email string
	}{
		`{"sub":"1","groups":["x","office","office"],"email":"a@b.cn","email_verified":true}`:          {[]people.CodedGrant{clerk, auditor}, false, "a@b.cn"},
		`{"sub":"1","groups":"cn=water","amr":["pwd","mfa"],"email":"a@b.cn","email_verified":"true"}`: {[]people.CodedGrant{handler}, true, "a@b.cn"},
		`{"sub":"1","groups":"Office","acr":"two","email":"a@b.cn"}`:                                   {nil, true, ""},
		`{"sub":"1","groups":7,"acr":"","email":"a@b.cn","email_verified":1}`:                          {nil, false, ""},
		`{"sub":"1","amr":["pwd"],"email":"a@b.cn","email_verified":false}`:                            {nil, false, ""},
	} {
		var all map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			t.Fatal(err)
		}
		who, twice, err := p.read("https://login.example.org", all)
		if err != nil || twice != want.twice || who.Email != want.email || !cmp.Equal(who.Roles, want.roles) {
			t.Errorf("%s: %+v, %v, %v", text, who, twice, err)
		}
	}
	for _, bad := range []string{"office", "=clerk", "office=mayor", "office=handler", "office=clerk:D012", "office=system", "office=writer"} {
		if _, err := ParseSSORoles(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
