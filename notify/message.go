package notify

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"mime"
	"net/textproto"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jordan-wright/email"
)

// Attachment is a file that goes with a message.
type Attachment struct {
	// Name is shown to the recipient; path separators and control characters are taken out.
	Name string
	// ContentType is a media type such as application/pdf; one that cannot be read becomes
	// application/octet-stream.
	ContentType string
	Data        []byte
}

// Message is a notice on its way to one recipient.
type Message struct {
	// ID is the Message-ID without its angle brackets: the same for every attempt.
	ID string
	// Date is when the notice was written, not when it is sent, so that a second attempt is the same mail.
	Date          time.Time
	From, To      Address
	Subject, Text string
	// HTML is the same as Text for programs that show it; may be empty.
	HTML        string
	Attachments []Attachment
}

// Sender sends one message to its one recipient.
//
// A nil error means that it is out of our hands. A PermanentError means that trying again is no use.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// PermanentError says that sending again would fail again.
type PermanentError struct{ Err error }

// Error returns the text of the cause.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// Longest parts of a header, in characters; attachment names in bytes, because each byte takes three
// in the header and a line may have 998.
const (
	maxSubject        = 80
	maxName           = 60
	maxAttachmentName = 200
)

var plainMessageID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}@[A-Za-z0-9.-]{1,255}$`)

// bytes builds the mail, with CRLF line ends. Whatever cannot be mailed safely is cleaned where
// nothing is lost (subject, names) and refused where it matters (addresses, Message-ID), with a
// PermanentError.
func (m Message) bytes() ([]byte, error) {
	switch {
	case !plainMessageID.MatchString(m.ID):
		return nil, &PermanentError{errors.New("the message has no usable Message-ID")}
	case m.Date.IsZero():
		return nil, &PermanentError{errors.New("the message has no date")}
	case m.Text == "":
		return nil, &PermanentError{errors.New("the message has no text")}
	}
	from, err := m.From.header()
	if err != nil {
		return nil, &PermanentError{fmt.Errorf("sender: %w", err)}
	}
	to, err := m.To.header()
	if err != nil {
		return nil, &PermanentError{fmt.Errorf("recipient: %w", err)}
	}
	letter := email.Email{
		From: from,
		To:   []string{to},
		Text: []byte(m.Text),
		HTML: []byte(m.HTML),
		Headers: textproto.MIMEHeader{
			"Subject":    {subjectHeader(m.Subject)},
			"Message-Id": {"<" + m.ID + ">"},
			"Date":       {m.Date.Format(time.RFC1123Z)},
			// RFC 3834: keeps out-of-office programs from answering a machine.
			"Auto-Submitted": {"auto-generated"},
		},
	}
	for i, a := range m.Attachments {
		letter.Attachments = append(letter.Attachments, a.part(i, m.ID))
	}
	raw, err := letter.Bytes()
	if err != nil {
		return nil, &PermanentError{fmt.Errorf("build the mail: %w", err)}
	}
	return fold(raw), nil
}

// header is the address as it stands in From or To.
//
// The name always goes in as an encoded word: the mail library splits recipients at commas, also at
// those within quotes, and "Li, Wei" would become two. Base64 holds no comma.
func (a Address) header() (string, error) {
	if err := checkEmail(a.Email); err != nil {
		return "", err
	}
	name := nameInHeader.Replace(cleanLine(a.Name, maxName))
	if name == "" {
		return a.Email, nil
	}
	return encodedWords(name) + " <" + a.Email + ">", nil
}

// nameInHeader takes out of names what would not come through: the recipient's program would decode
// what reads like an encoded word once more, and Go's encoder, which the library has the last word
// with, leaves a backslash beside Chinese as it is, where RFC 2047 (5.3) allows none.
var nameInHeader = strings.NewReplacer("=?", "= ?", `\`, "/")

// subjectHeader leaves plain ASCII readable and encodes the rest in base64, which for Chinese is half
// as long as the library's own encoding.
func subjectHeader(subject string) string {
	subject = cleanLine(subject, maxSubject)
	for i := range len(subject) {
		if subject[i] < ' ' || subject[i] > '~' {
			return encodedWords(subject)
		}
	}
	if strings.Contains(subject, "=?") {
		return encodedWords(subject)
	}
	return subject
}

// encodedWords is s as RFC 2047 encoded words, none longer than 75 characters and none ending inside
// a character. Unlike mime.BEncoding it encodes plain ASCII too.
func encodedWords(s string) string {
	const most = 45 // bytes, 60 characters in base64
	var words []string
	for s != "" {
		cut := min(most, len(s))
		for cut < len(s) && !utf8.RuneStart(s[cut]) {
			cut--
		}
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:cut]))+"?=")
		s = s[cut:]
	}
	return strings.Join(words, " ")
}

// fold puts each encoded word of the header on a line of its own.
func fold(raw []byte) []byte {
	header, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	header = bytes.ReplaceAll(header, []byte("?= =?"), []byte("?=\r\n =?"))
	return bytes.Join([][]byte{header, body}, []byte("\r\n\r\n"))
}

// part gives every header of the attachment itself: left alone, the library writes the bare name into
// Content-Disposition and Content-ID, where a line end begins a new header and Chinese is unreadable.
func (a Attachment) part(n int, id string) *email.Attachment {
	mediaType := "application/octet-stream"
	if parsed, params, err := mime.ParseMediaType(a.ContentType); err == nil && strings.Contains(parsed, "/") {
		if formatted := mime.FormatMediaType(parsed, params); formatted != "" && len(formatted) < 200 {
			mediaType = formatted
		}
	}
	return &email.Attachment{
		Filename:    attachmentName(a.Name),
		ContentType: mediaType,
		Content:     a.Data,
		Header: textproto.MIMEHeader{
			"Content-Disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": attachmentName(a.Name)})},
			"Content-Id":          {fmt.Sprintf("<attachment-%d-%s>", n+1, id)},
		},
	}
}

// attachmentName is the name without its folders, on one line, at most maxAttachmentName bytes, its
// ending kept.
func attachmentName(name string) string {
	name = cleanLine(path.Base(strings.ReplaceAll(name, `\`, "/")), math.MaxInt)
	name = strings.TrimLeft(name, "./ ")
	if name == "" {
		return "attachment"
	}
	if len(name) <= maxAttachmentName {
		return name
	}
	ending := path.Ext(name)
	if len(ending) > 12 {
		ending = ""
	}
	cut := maxAttachmentName - len(ending)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ending
}
