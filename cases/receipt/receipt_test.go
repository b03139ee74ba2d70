package receipt_test

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mailbox/cases/errs"
	"mailbox/cases/receipt"
)

var (
	shanghai = time.FixedZone("", 8*60*60)
	private  = ed25519.NewKeyFromSeed([]byte("an invented seed of 32 bytes....")) // for tests only
	key      = receipt.KeyOf(private.Public().(ed25519.PublicKey))
)

func sign(message []byte) []byte { return ed25519.Sign(private, message) }

func aStatement() receipt.Statement {
	return receipt.Statement{
		City: "云湘市", Number: "20260305-0001-7",
		ReceivedAt: time.Date(2026, 3, 5, 10, 0, 0, 0, shanghai), Due: time.Date(2026, 3, 9, 23, 59, 59, 0, shanghai),
		Text: receipt.DigestOf("水箱未清洗", "水发黄。\n请查。"),
	}
}

func aReceipt(t testing.TB, s receipt.Statement) string {
	t.Helper()
	data, err := receipt.Sign(s, key.ID, sign)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// check reads and verifies.
func check(text string, keys ...receipt.Key) error {
	s, err := receipt.Parse([]byte(text))
	if err != nil {
		return err
	}
	return s.Verify(keys)
}

func TestAReceiptReadsAsWhatItSays(t *testing.T) {
	t.Parallel()
	want := `mailbox receipt v1
City 城市: 云湘市
Number 编号: 20260305-0001-7
Received 收到时间: 2026-03-05T10:00:00+08:00
Due 答复期限: 2026-03-09T23:59:59+08:00
Provisional 暂定: no
Text-SHA-256 来信摘要: aeb8b5f0e225d651886ec93b87a257b15e574ec3cdc982c5e46f707a78a07547
Key-Id: ` + key.ID + "\n"
	got, _, _ := strings.Cut(aReceipt(t, aStatement()), "Signature: ")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasSignedComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.Int64Range(0, 4e9)
		s := receipt.Statement{
			City:        rapid.StringMatching(`[\p{Han}a-z]( ?[\p{Han}a-zA-Z:.#-]){0,20}`).Draw(t, "city"),
			Number:      rapid.StringMatching(`[0-9]{8}-[0-9]{4,9}-[0-9]`).Draw(t, "number"),
			ReceivedAt:  time.Unix(seconds.Draw(t, "received"), 0).In(shanghai),
			Provisional: rapid.Bool().Draw(t, "provisional"),
			Text:        receipt.DigestOf(rapid.String().Draw(t, "title"), rapid.String().Draw(t, "body")),
		}
		if rapid.Bool().Draw(t, "has due") {
			s.Due = time.Unix(seconds.Draw(t, "due"), 0).In(shanghai)
		}
		data, err := receipt.Sign(s, key.ID, sign)
		if err != nil {
			t.Fatal(err)
		}
		got, err := receipt.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := got.Verify(receipt.Keys{key}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, got.Statement); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestACityCannotBreakALine(t *testing.T) {
	t.Parallel()
	s := aStatement()
	s.City = " 云湘\r\nNumber 编号: 1\u2028\t市\x00 "
	got, err := receipt.Parse([]byte(aReceipt(t, s)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "云湘 Number 编号: 1 市"; got.City != want || got.Number != s.Number {
		t.Errorf("city %q, number %q", got.City, got.Number)
	}
	s.City = "\n"
	if _, err := receipt.Sign(s, key.ID, sign); err == nil {
		t.Error("signed for a city without a name")
	}
}

func TestWhatMailProgramsAndEditorsDoIsForgiven(t *testing.T) {
	t.Parallel()
	text := aReceipt(t, aStatement())
	for name, changed := range map[string]string{
		"as it is":             text,
		"Windows":              "\uFEFF" + strings.ReplaceAll(text, "\n", "\r\n"),
		"blanks":               strings.ReplaceAll(text, "\n", " \t\n"),
		"empty lines around":   "\n\r\n" + text + "\n \n",
		"without the last end": strings.TrimSuffix(text, "\n"),
	} {
		if err := check(changed, key); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatWasTamperedWithIsRefusedInWords(t *testing.T) {
	t.Parallel()
	text := aReceipt(t, aStatement())
	unsigned, _, _ := strings.Cut(text, "Signature")
	line := func(n int) string { return strings.Split(text, "\n")[n] + "\n" }
	for name, c := range map[string]struct {
		text string
		code errs.Code
		zh   string
	}{
		"nothing":            {"", errs.CodeInvalid, "不是信箱的签名回执"},
		"something else":     {"亲爱的市民：\n您好。\n", errs.CodeInvalid, "不是信箱的签名回执"},
		"bytes":              {"\xff\xfe\x00", errs.CodeInvalid, "不是信箱的签名回执"},
		"a later form":       {strings.Replace(text, "v1", "v2", 1), errs.CodeInvalid, "格式较新"},
		"too large":          {text + strings.Repeat("\n", 64<<10), errs.CodeLimited, "过大"},
		"another due day":    {strings.Replace(text, "03-09", "03-08", 1), errs.CodeInvalid, "被改动过"},
		"another way":        {strings.Replace(text, "10:00:00+08:00", "02:00:00Z", 1), errs.CodeInvalid, "被改动过"},
		"a line twice":       {strings.Replace(text, line(2), line(2)+line(2), 1), errs.CodeInvalid, "被改动过"},
		"a line missing":     {strings.Replace(text, line(5), "", 1), errs.CodeInvalid, "被改动过"},
		"other order":        {strings.Replace(text, line(1)+line(2), line(2)+line(1), 1), errs.CodeInvalid, "被改动过"},
		"an empty line":      {strings.Replace(text, line(3), line(3)+"\n", 1), errs.CodeInvalid, "被改动过"},
		"words after":        {text + "另：期限延长\n", errs.CodeInvalid, "被改动过"},
		"a blank in front":   {strings.Replace(text, "Number 编号: ", "Number 编号:  ", 1), errs.CodeInvalid, "被改动过"},
		"no signature":       {unsigned, errs.CodeInvalid, "被改动过"},
		"a shorter one":      {text[:len(text)-5] + "\n", errs.CodeInvalid, "被改动过"},
		"an unknown key":     {strings.Replace(text, key.ID, "0123456789abcdef", 1), errs.CodeNotFound, "密钥（0123456789abcdef）"},
		"words as a key":     {strings.Replace(text, key.ID, strings.Repeat("很长的话", 9), 1), errs.CodeNotFound, "很长的话很长的话很长的话很长的话…"},
		"another signature":  {unsigned + "Signature: " + strings.Repeat("A", 86) + "==\n", errs.CodeInvalid, "被改动过"},
		"CR instead of LF":   {strings.ReplaceAll(text, "\n", "\r"), errs.CodeInvalid, "不是信箱的签名回执"},
		"a quoted mail":      {"> " + strings.ReplaceAll(text, "\n", "\n> "), errs.CodeInvalid, "不是信箱的签名回执"},
		"provisional: maybe": {strings.Replace(text, ": no\n", ": maybe\n", 1), errs.CodeInvalid, "被改动过"},
	} {
		err := check(c.text, key)
		if errs.CodeOf(err) != c.code || !strings.Contains(errs.Message(err, errs.ZH), c.zh) {
			t.Errorf("%s: %v (%s)", name, err, errs.Message(err, errs.ZH))
		}
	}
}

// TestNoCharacterCanBeChanged: whatever is put in place of any character, the receipt is refused.
func TestNoCharacterCanBeChanged(t *testing.T) {
	t.Parallel()
	text := []rune(strings.TrimSpace(aReceipt(t, aStatement())))
	for i := range text {
		for _, r := range []rune{text[i] ^ 1, text[i] ^ 2, text[i] ^ 0x20, 'x', '0', '：', ' ', '\n', '\t', 0x200b} {
			if r == text[i] {
				continue
			}
			changed := string(text[:i]) + string(r) + string(text[i+1:])
			if err := check(changed, key); err == nil {
				t.Fatalf("character %d: %q instead of %q was taken", i, r, text[i])
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		i, j := rapid.IntRange(0, len(text)-1).Draw(t, "from"), rapid.IntRange(0, 3).Draw(t, "gone")
		put := rapid.StringOfN(rapid.RuneFrom([]rune("0aZ:-=/+市 ：\u00a0\u3000")), 0, 3, -1).Draw(t, "put") + "x"
		changed := string(text[:i]) + put + string(text[min(i+j, len(text)):])
		if changed != string(text) && check(changed, key) == nil {
			t.Fatalf("%q was taken", changed)
		}
	})
}

func TestTheTextOfTheLetterIsHeldToo(t *testing.T) {
	t.Parallel()
	s, err := receipt.Parse([]byte(aReceipt(t, aStatement())))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		title, body string
		want        bool
	}{
		{"水箱未清洗", "水发黄。\n请查。", true},
		{" 水箱未清洗 ", "水发黄。\r\n请查。\r\n", true},
		{"水箱未清洗", "水发黄。请查。", false},
		{"水箱未清洗水", "发黄。\n请查。", false},
		{"", "水箱未清洗水发黄。\n请查。", false},
	} {
		if got := s.IsOf(c.title, c.body); got != c.want {
			t.Errorf("%q, %q: %v", c.title, c.body, got)
		}
	}
}

func TestKeysAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	second := receipt.KeyOf(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey))
	data, err := json.Marshal(receipt.Keys{second, key})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := receipt.ParseKeys(data)
	if diff := cmp.Diff(receipt.Keys{second, key}, keys); diff != "" || err != nil {
		t.Error(err, diff)
	}
	// A key under another's id is found by its own only.
	keys, err = receipt.ParseKeys([]byte(strings.ReplaceAll(string(data), second.ID, key.ID)))
	if err != nil || keys[0].ID != second.ID {
		t.Error(err, keys)
	}
	for _, bad := range []string{"", "{}", "[]", `{"keys":[{"crv":"Ed25519","x":"AA"}]}`, `{"keys":[{"crv":"P-256","x":""}]}`} {
		if _, err := receipt.ParseKeys([]byte(bad)); errs.FieldOf(err) != "keys" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzParse: whatever comes, nothing breaks, and nothing but what was signed is genuine.
func FuzzParse(f *testing.F) {
	text := aReceipt(f, aStatement())
	f.Add([]byte(text))
	f.Add([]byte("\uFEFF" + strings.ReplaceAll(text, "\n", " \r\n")))
	f.Add([]byte(receipt.Heading + "\nCity 城市: x\n"))
	f.Add([]byte{})
	tidy := func(text string) string {
		return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n\uFEFF", r) }), "")
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := receipt.Parse(data)
		if err != nil {
			if code := errs.CodeOf(err); code != errs.CodeInvalid && code != errs.CodeLimited {
				t.Fatal(err)
			}
			return
		}
		if s.Verify(receipt.Keys{key}) == nil && tidy(string(data)) != tidy(text) {
			t.Fatalf("taken: %q", data)
		}
	})
}
