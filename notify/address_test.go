package notify

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWhatAServerSaysLosesNamesAndAddresses(t *testing.T) {
	t.Parallel()
	zhang := Address{Name: "张三", Email: "zhang.san@example.org", Phone: "0731-5555"}
	tests := []struct{ text, want string }{
		{"550 <zhang.san@example.org>: user unknown", "550 <z***@example.org>: user unknown"},
		{"550 user Zhang.San unknown", "550 user z*** unknown"},
		{"mail for ZHANG.SAN@EXAMPLE.ORG refused", "mail for Z***@EXAMPLE.ORG refused"},
		{"550 /var/mail/zhang.san_old is full", "550 /var/mail/z***_old is full"},
		{"relayed by wang@example.net for 张三", "relayed by w***@example.net for ***"},
		{"call 0731-5555 or 13812345678", "call *** or ***"},
		{"张三丰@example.org", "张***@example.org"},
		{"line one\r\nline two\x00", "line one line two"},
		{"dial tcp 127.0.0.1:25: connection refused", "dial tcp 127.0.0.1:25: connection refused"},
	}
	for _, test := range tests {
		if got := mask(test.text, zhang); got != test.want {
			t.Errorf("%q became %q, want %q", test.text, got, test.want)
		}
	}
	if got := mask("the delivery to li failed", Address{Email: "li@example.org"}); got != "the delivery to l*** failed" {
		t.Errorf("got %q", got)
	}
	if got := mask("nothing known", Address{}); got != "nothing known" {
		t.Errorf("got %q", got)
	}
}

func TestMaskedTextsHoldNoAddressHoweverLongTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		email := rapid.StringMatching(`[a-z]{4,10}[0-9]{2}@[a-z]{3,8}\.cn`).Draw(t, "email")
		before := rapid.StringN(0, 600, -1).Draw(t, "before")
		got := mask(before+" <"+email+"> "+email+" no such user", Address{Email: email})
		local, _, _ := strings.Cut(email, "@")
		if strings.Contains(got, local) || utf8.RuneCountInString(got) > longestError {
			t.Fatalf("%q is in %q", local, got)
		}
	})
}

func TestSenderSettingsAreRead(t *testing.T) {
	t.Parallel()
	tests := map[string]Address{
		"市长信箱 <mailbox@example.org>":                    {Name: "市长信箱", Email: "mailbox@example.org"},
		`"Mayor's mailbox, city" <mailbox@example.org>`: {Name: "Mayor's mailbox, city", Email: "mailbox@example.org"},
		"mailbox@example.org":                           {Email: "mailbox@example.org"},
	}
	for setting, want := range tests {
		got, err := ParseAddress(setting)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", setting, err, diff)
		}
	}
	for _, setting := range []string{"", "mailbox", "a@example.org, b@example.org", "张三@example.org", "<a@example.org\n>"} {
		if got, err := ParseAddress(setting); err == nil {
			t.Errorf("%q was read as %v", setting, got)
		}
	}
}
