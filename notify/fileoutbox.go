package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// FileOutbox puts every mail into a directory, one .eml file each, instead of sending it: the default
// of an installation that has no mail server yet, so that one can look at what would be sent.
type FileOutbox struct {
	// Dir is the directory.
	Dir string
}

// Mail is a mail of the directory as a page shows it.
type Mail struct {
	// Name is its file, for Open.
	Name              string
	From, To, Subject string
	Date              time.Time
	// Text is the plain text; HTML is never shown.
	Text string
	// Attachments are their names.
	Attachments []string
}

// NewFileOutbox uses the directory dir, which it makes if it is missing, for this user alone.
func NewFileOutbox(dir string) (*FileOutbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mail outbox: %w", err)
	}
	return &FileOutbox{Dir: dir}, nil
}

// mailName is the date in UTC and a digest of the Message-ID: sorted by name is sorted by time, and
// a second attempt at the same mail is the same file.
var mailName = regexp.MustCompile(`^\d{8}T\d{6}Z-[0-9a-f]{32}\.eml$`)

func fileName(m Message) string {
	digest := sha256.Sum256([]byte(m.ID))
	return m.Date.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(digest[:16]) + ".eml"
}

// Send writes m to its file: whole or not at all, readable for this user only.
func (o *FileOutbox) Send(_ context.Context, m Message) error {
	raw, err := m.bytes()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(o.Dir, ".writing-*") // 0600
	if err != nil {
		return fmt.Errorf("mail outbox: %w", err)
	}
	_, err = file.Write(raw)
	if err == nil {
		err = file.Sync() // the row is about to say "sent", and that survives a power cut
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), filepath.Join(o.Dir, fileName(m)))
	}
	if err != nil {
		return fmt.Errorf("mail outbox: %w", errors.Join(err, os.Remove(file.Name())))
	}
	if err := syncDir(o.Dir); err != nil {
		return fmt.Errorf("mail outbox: %w", err)
	}
	return nil
}

// syncDir makes the new name in the directory survive a power cut, as Sync does for what is in the file.
func syncDir(path string) error {
	dir, err := os.Open(path) //nolint:gosec // the operator's own setting
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// List returns the latest mails, newest first, at most limit. Files that are no mails of ours are
// passed over.
func (o *FileOutbox) List(limit int) ([]Mail, error) {
	entries, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("mail outbox: %w", err)
	}
	var mails []Mail
	for _, entry := range slices.Backward(entries) { // ReadDir sorts by name
		if len(mails) >= limit {
			break
		}
		if !entry.Type().IsRegular() || !mailName.MatchString(entry.Name()) {
			continue
		}
		m, err := o.Open(entry.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue // tidied away meanwhile
		}
		if err != nil {
			return nil, err
		}
		mails = append(mails, m)
	}
	return mails, nil
}

// largestMail bounds what Open reads, in bytes.
const largestMail = 32 << 20

// Open returns the mail with that name, as List gave it. The error is fs.ErrNotExist for any name that
// is not one of ours, so that no name from a browser reaches a file elsewhere.
func (o *FileOutbox) Open(name string) (Mail, error) {
	if !mailName.MatchString(name) {
		return Mail{}, fmt.Errorf("mail outbox: no such mail: %w", fs.ErrNotExist)
	}
	// OpenInRoot does not follow a link out of the directory.
	file, err := os.OpenInRoot(o.Dir, name)
	if err != nil {
		return Mail{}, fmt.Errorf("mail outbox: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	m, err := parseMail(io.LimitReader(file, largestMail))
	if err != nil {
		return Mail{}, fmt.Errorf("mail outbox: %s: %w", name, err)
	}
	m.Name = name
	return m, nil
}

// parseMail reads what Message.bytes has written; mail from outside is not for it.
func parseMail(r io.Reader) (Mail, error) {
	parsed, err := mail.ReadMessage(r)
	if err != nil {
		return Mail{}, err
	}
	var m Mail
	var words mime.WordDecoder
	for header, field := range map[string]*string{"From": &m.From, "To": &m.To, "Subject": &m.Subject} {
		if *field, err = words.DecodeHeader(parsed.Header.Get(header)); err != nil {
			return Mail{}, fmt.Errorf("header %s: %w", header, err)
		}
	}
	if m.Date, err = parsed.Header.Date(); err != nil {
		return Mail{}, fmt.Errorf("header Date: %w", err)
	}
	body := parsed.Body
	// Within multiparts the standard library undoes quoted-printable by itself.
	if parsed.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
		body = quotedprintable.NewReader(body)
	}
	if err := m.read(parsed.Header.Get("Content-Type"), body); err != nil {
		return Mail{}, err
	}
	return m, nil
}

// read takes the first plain text and the names of the attachments out of a part and the parts in it.
func (m *Mail) read(contentType string, body io.Reader) error {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("header Content-Type: %w", err)
	}
	switch {
	case strings.HasPrefix(mediaType, "multipart/"):
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if name := part.FileName(); name != "" {
				m.Attachments = append(m.Attachments, name)
				continue
			}
			if err := m.read(part.Header.Get("Content-Type"), part); err != nil {
				return err
			}
		}
	case mediaType == "text/plain" && m.Text == "":
		text, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		m.Text = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	}
	return nil
}
