package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// MaxSize is the largest text that Parse looks at, in bytes; a receipt has some 500.
const MaxSize = 64 << 10

// Signed is a receipt as it was read. Nothing in it may be believed before Verify has said that it is genuine.
type Signed struct {
	Statement
	KeyID     string
	signed    string // what the signature is over
	signature []byte
}

// Parse reads a receipt. Its text must be exactly as it was written, but for what mail programs and editors
// change on their own (ends of lines, blanks at the ends of lines, empty lines around it).
//
// Errors: limited when it is too large; invalid when it is no receipt, or one that was changed.
func Parse(data []byte) (Signed, error) {
	if len(data) > MaxSize {
		return Signed{}, errs.Limited("this is too large for a receipt: %d kB; a receipt has less than one",
			"文件有 %d kB，过大，不是信箱回执（回执不到 1 kB）", (len(data)+1023)/1024)
	}
	text := normalise(data)
	heading, rest, _ := strings.Cut(text, "\n")
	switch {
	case heading == Heading:
	case laterForm(heading):
		return Signed{}, errs.Invalid("", "this receipt is in a form that this version of the program does not know",
			"该回执的格式较新，当前版本的程序无法识别")
	default:
		return Signed{}, errs.Invalid("",
			"this is not a signed receipt of the mailbox; please choose the file as it was downloaded",
			"这不是信箱的签名回执，请选择下载得到的原文件")
	}
	s, ok := read(rest)
	if !ok || s.signedText(s.KeyID)+lineSignature+base64.StdEncoding.EncodeToString(s.signature)+"\n" != text {
		return Signed{}, changed()
	}
	s.signed = s.signedText(s.KeyID)
	return s, nil
}

// laterForm tells whether a heading is that of a receipt in a form yet to come.
func laterForm(heading string) bool {
	n, ok := strings.CutPrefix(heading, headingOf)
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

// read takes the lines apart; the caller compares what was read with what would have been written.
func read(text string) (s Signed, ok bool) {
	values := make([]string, 0, 8)
	for _, begin := range []string{lineCity, lineNumber, lineReceived, lineDue, lineProvisional, lineText, lineKey, lineSignature} {
		line, rest, _ := strings.Cut(text, "\n")
		value, ok := strings.CutPrefix(line, begin)
		if !ok {
			return s, false
		}
		values, text = append(values, value), rest
	}
	s.City, s.Number, s.Provisional, s.KeyID = values[0], values[1], values[4] == "yes", values[6]
	var err error
	if s.ReceivedAt, err = time.Parse(time.RFC3339, values[2]); err != nil {
		return s, false
	}
	if values[3] != none {
		if s.Due, err = time.Parse(time.RFC3339, values[3]); err != nil {
			return s, false
		}
	}
	digest, err := hex.DecodeString(values[5])
	if err != nil || len(digest) != len(s.Text) {
		return s, false
	}
	s.Text = Digest(digest)
	s.signature, err = base64.StdEncoding.Strict().DecodeString(values[7])
	return s, err == nil && len(s.signature) == ed25519.SignatureSize
}

func changed() error {
	return errs.Invalid("",
		"this receipt was changed after it was signed, or a part of it is missing: do not rely on it",
		"该回执在签名之后被改动过，或内容不完整，不可采信")
}

// Verify tells whether the receipt is genuine, that is, signed by one of the keys and not changed since.
//
// Errors: not found when it was signed with another key; invalid when it was changed.
func (s Signed) Verify(keys Keys) error {
	for _, key := range keys {
		if key.ID != s.KeyID {
			continue
		}
		if !ed25519.Verify(key.Public, []byte(s.signed), s.signature) {
			return changed()
		}
		return nil
	}
	return errs.NotFound(
		"this receipt was signed with a key that is not among the keys given (%[1]s): it is from another mailbox, or forged",
		"签名所用的密钥（%[1]s）不在已知密钥之中：该回执来自其他信箱，或系伪造", shown(s.KeyID))
}

// shown is a key's id as a message can hold it, whatever stands in its place.
func shown(id string) string {
	if runes := []rune(oneLine(id)); len(runes) > 16 {
		return string(runes[:16]) + "…"
	}
	return oneLine(id)
}

// IsOf tells whether the receipt is for a letter with this title and text.
func (s Signed) IsOf(title, body string) bool { return s.Text == DigestOf(title, body) }
