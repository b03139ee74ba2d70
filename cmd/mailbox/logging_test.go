package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMaskHidesWhatReachesOrNamesAPersonAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a mobile number", "电话13900001234。", "电话*****34。"},
		{"grouped", "call 139 0000 1234 now", "call *****34 now"},
		{"with hyphens", "139-0000-1234", "*****34"},
		{"abroad", "+86 139 0000 1234", "+*****34"},
		{"glued to a word", "tel13900001234x", "tel*****34x"},
		{"a landline", "0731-58211234", "*****34"},
		{"a landline in brackets", "(0731) 5821 1234", "(*****34"},
		{"seven digits", "5821123", "*****23"},
		{"full width", "１３９００００１２３４", "*****３４"},
		{"an identity number", "43030219700101123X", "*****23X"},
		{"after an instant", "2026-03-05T10:00:00Z 13900001234", "2026-03-05T10:00:00Z *****34"},
		{"after a day", "2026-03-05 13900001234", "2026-03-05 *****34"},
		{"an instant that is none", "1390-00-01 234567", "*****67"},
		{"mail", "to zhou.xiaohe+x@example.org:", "to ***@example.org:"},
		{"mail in brackets", "周小禾 <zhou@example.org>", "周小禾 <***@example.org>"},
		{"mail in Chinese", "收件人：张三@例子.中国", "收件人：***@例子.中国"},
		{"mail with quotes", `"zhou xiao"he"@example.org`, `"zhou xiao***@example.org`},
		{"mail of a punycode country", "a@example.xn--fiqs8s", "***@example.xn--fiqs8s"},
		{"a server's password", "dial postgres://office:geheim@db:5432/mailbox", "dial postgres://***@db:5432/mailbox"},
		{"a password with marks", "redis://u:p@ss/w:rd@host", "redis://***@host"},
		{"a password in a query", "postgres://db/mailbox?password=geheim&x=1", "postgres://db/mailbox?password=***&x=1"},
		{"a connection string", "host=db password=geheim user=office", "host=db password=*** user=office"},

		{"the number of a case", "case 20261123-0042-7 moved", "case 20261123-0042-7 moved"},
		{"an instant", "2026-11-23T22:16:57.123456789+08:00", "2026-11-23T22:16:57.123456789+08:00"},
		{"a day", "due 2026-11-23", "due 2026-11-23"},
		{"an address of a machine", "dial tcp 192.168.100.20:5432", "dial tcp 192.168.100.20:5432"},
		{"a version in a stack", "/pkg/mod/github.com/labstack/echo/v4@v4.16.0/echo.go:123", "/pkg/mod/github.com/labstack/echo/v4@v4.16.0/echo.go:123"},
		{"counts", "500 rows of 123456", "500 rows of 123456"},
		{"a route", "/cases/:number", "/cases/:number"},
		{"nothing", "", ""},
	} {
		if got := mask(c.text); got != c.want {
			t.Errorf("%s: %q becomes %q, want %q", c.name, c.text, got, c.want)
		}
	}
}

func TestTheLogMasksEveryKindOfValue(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLogger(&out, "debug")
	const phone = "13900001234"
	type contact struct{ Phone string }
	secret := errors.New("call " + phone)
	log.Info("call "+phone, "text", phone, "error", fmt.Errorf("wrapped: %w", secret), "struct", contact{phone}, "pointer", &contact{phone},
		"list", []string{phone}, "bytes", []byte(phone), "map", map[string]string{"phone": phone}, "nothing", nil,
		slog.Group("inside", "text", phone), "took", 1234567890*time.Nanosecond, "at", time.Unix(1764000000, 0).UTC())
	log.With("writer", phone).WithGroup("more").Debug("x", "text", phone)
	if text := out.String(); strings.Contains(text, phone) {
		t.Errorf("the log shows the number: %s", text)
	}
	for line := range strings.Lines(out.String()) {
		var values map[string]any
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if values["level"] == "INFO" && (values["took"] != 1234567890.0 || values["at"] != "2025-11-24T16:00:00Z") {
			t.Errorf("a duration or an instant was masked: %s", line)
		}
	}
}

func TestTheLogKeepsToItsLevel(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLogger(&out, "warn")
	log.Info("quiet")
	log.Warn("loud")
	if text := out.String(); strings.Contains(text, "quiet") || !strings.Contains(text, `"level":"WARN","msg":"loud"`) {
		t.Errorf("the log says %s", text)
	}
}

// What no masked text may hold, said in another way than mask does.
var (
	leftMail  = regexp.MustCompile(`[a-z]+@[a-z]+\.[a-z]+`)
	leftPhone = regexp.MustCompile(`1[3-9][0-9]{9}`)
)

func FuzzMaskLeavesNoNumberAndNoAddress(f *testing.F) {
	for _, seed := range []string{
		"", "tel", "2026-03-05T10:00:00Z", "20261123-0042-7", "postgres://u:p@h/d", "\"a b\"", "１３９", "password=", "2026-03-05 ", "a@", "@", "=?utf-8?q?",
	} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		once := mask(before)
		if twice := mask(once); twice != once {
			t.Errorf("%q becomes %q, and then %q", before, once, twice)
		}
		// Digits next to the number would make another number of it.
		edge := func(text string) string { return strings.Trim(text, "0123456789０１２３４５６７８９") }
		text := mask(edge(before) + " 13900001234 " + edge(after))
		if leftPhone.MatchString(text) {
			t.Errorf("the number is left in %q", text)
		}
		text = mask(before + " zhou@example.org " + after)
		for _, found := range leftMail.FindAllString(text, -1) {
			if found == "zhou@example.org" {
				t.Errorf("the address is left in %q", text)
			}
		}
		if text := mask("redis://office:geheim@host:6379/2" + " " + after); strings.Contains(text, "geheim") {
			t.Errorf("the password is left in %q", text)
		}
	})
}
