package receipt

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Heading is the first line of every receipt. Another form would have another number.
const Heading = headingOf + "1"

const headingOf = "mailbox receipt v"

// Statement is what the city states about a letter.
type Statement struct {
	City       string
	Number     string
	ReceivedAt time.Time // whole seconds; written with the offset of its own zone, so that it reads as local time
	Due        time.Time // as worked out at receipt; zero: could not be worked out
	// Provisional tells that the due time was worked out with days that no published calendar covered.
	Provisional bool
	Text        Digest
}

// Digest is the SHA-256 of a letter's title and text.
type Digest [sha256.Size]byte

// DigestOf works out the digest of a letter: SHA-256 over the line "mailbox letter v1", then title and body,
// each after its length in bytes as eight bytes, highest first. Ends of lines are LF, and the space around
// both is left out, as when a letter is taken in.
func DigestOf(title, body string) Digest {
	h := sha256.New()
	h.Write([]byte("mailbox letter v1\n"))
	for _, part := range []string{title, body} {
		part = strings.TrimSpace(strings.ReplaceAll(part, "\r\n", "\n"))
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return Digest(h.Sum(nil))
}

// The lines of a receipt, in their order. The last two make the statement a signed one.
const (
	lineCity        = "City 城市: "
	lineNumber      = "Number 编号: "
	lineReceived    = "Received 收到时间: "
	lineDue         = "Due 答复期限: "
	lineProvisional = "Provisional 暂定: "
	lineText        = "Text-SHA-256 来信摘要: "
	lineKey         = "Key-Id: "
	lineSignature   = "Signature: "
)

// none stands where a letter has no due time.
const none = "none"

// signedText is what the signature is made over: all lines but the last.
func (s Statement) signedText(keyID string) string {
	due, provisional := none, "no"
	if !s.Due.IsZero() {
		due = s.Due.Format(time.RFC3339)
	}
	if s.Provisional {
		provisional = "yes"
	}
	return Heading + "\n" +
		lineCity + s.City + "\n" +
		lineNumber + s.Number + "\n" +
		lineReceived + s.ReceivedAt.Format(time.RFC3339) + "\n" +
		lineDue + due + "\n" +
		lineProvisional + provisional + "\n" +
		lineText + hex.EncodeToString(s.Text[:]) + "\n" +
		lineKey + keyID + "\n"
}

// Sign writes the receipt: the statement and the signature that sign makes with the key of that id. A city's
// name that would not fit on a line is put on one.
func Sign(s Statement, keyID string, sign func(message []byte) []byte) ([]byte, error) {
	s.City = oneLine(s.City)
	if s.City == "" || s.Number == "" || oneLine(s.Number) != s.Number || s.ReceivedAt.IsZero() {
		return nil, errors.New("a receipt needs a city, a number and a time")
	}
	text := s.signedText(keyID)
	data := []byte(text + lineSignature + base64.StdEncoding.EncodeToString(sign([]byte(text))) + "\n")
	if _, err := Parse(data); err != nil { // what cannot be read again must not be handed out
		return nil, fmt.Errorf("receipt %s: %w", s.Number, err)
	}
	return data, nil
}

// oneLine makes a text fit on one line: runs of space and of what cannot be seen become one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	}), " ")
}

// normalise takes back what mail programs and editors do to a text: a byte order mark, ends of lines as in
// Windows, blanks at the ends of lines, empty lines before and after.
func normalise(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	lines := strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n") + "\n"
}
