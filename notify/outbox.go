package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// The media a notice can go by.
const (
	Email  = "email"
	SMS    = "sms"
	WeChat = "wechat"
)

// The states of a row.
const (
	statePending = "pending"
	stateSending = "sending"
	stateSent    = "sent"
	stateDead    = "dead"
)

// Recipient is whom a notice goes to: the writer's contact, a person's account, or a department.
// Exactly one of the three is set. The address itself is looked up when sending.
type Recipient struct {
	Contact, Account, Department int64
}

// Notice is a text for one recipient, already rendered.
type Notice struct {
	// Key names what is told to whom, the same for the same news; it is never written twice.
	Key string
	// Medium is Email, SMS or WeChat.
	Medium string
	// Case is the case it belongs to, 0 for none.
	Case int64
	To   Recipient
	// Kind is the sort of notice, for lists and logs.
	Kind string
	// Language is zh or en.
	Language      string
	Subject, Text string
	// NotBefore holds the notice back until then; zero: it may leave at once.
	NotBefore time.Time
	// WrittenAt is when it was written, for those who fill it in; Write does not look at it.
	WrittenAt time.Time
	// HTML is the same as Text for mail programs that show it; may be empty.
	HTML string
	// Attachments are for those who fill it in just before it is sent (DeliveryConfig.Fill); Write keeps none.
	Attachments []Attachment
}

// row is a notice in the table.
type row struct {
	bun.BaseModel `bun:"table:notices,alias:n"`

	ID           int64 `bun:",pk,autoincrement"`
	DedupeKey    string
	MessageID    string
	Medium       string
	CaseID       int64 `bun:",nullzero"`
	ContactID    int64 `bun:",nullzero"`
	AccountID    int64 `bun:",nullzero"`
	DepartmentID int64 `bun:",nullzero"`
	Kind         string
	Language     string
	Subject      string
	Body         string
	HTML         string
	State        string
	Attempts     int64
	NextAt       migrations.Instant
	LeasedUntil  migrations.Instant
	LastError    string
	CreatedAt    migrations.Instant
	SentAt       migrations.Instant
}

func (r *row) notice() Notice {
	return Notice{
		Key: r.DedupeKey, Medium: r.Medium, Case: r.CaseID, To: r.recipient(), Kind: r.Kind,
		Language: r.Language, Subject: r.Subject, Text: r.Body, HTML: r.HTML,
		WrittenAt: r.CreatedAt.Time,
	}
}

func (r *row) recipient() Recipient {
	return Recipient{Contact: r.ContactID, Account: r.AccountID, Department: r.DepartmentID}
}

// rowsPerInsert bounds one statement: a digest for 50 departments is one, the notices for 100,000
// cases that fall due at once are a few hundred.
const rowsPerInsert = 500

// Write puts notices into the outbox in the caller's transaction tx, to be sent from now on (or from their
// NotBefore on), and
// returns the ids of those written, ascending. A notice whose Key is already there is skipped silently.
//
// An error means that a notice is malformed (no key, not exactly one recipient …) or that the
// database failed; nothing of the transaction may then be kept.
func Write(ctx context.Context, tx bun.IDB, now time.Time, notices ...Notice) (ids []int64, err error) {
	rows := make([]row, 0, len(notices))
	for _, n := range notices {
		if err := n.check(); err != nil {
			return nil, fmt.Errorf("notice %q: %w", n.Key, err)
		}
		rows = append(rows, n.row(migrations.At(now)))
	}
	for some := range slices.Chunk(rows, rowsPerInsert) {
		var written []int64
		err := tx.NewInsert().Model(&some).On("CONFLICT DO NOTHING").Returning("id").Scan(ctx, &written)
		if err != nil {
			return nil, fmt.Errorf("write notices: %w", err)
		}
		ids = append(ids, written...)
	}
	slices.Sort(ids)
	return ids, nil
}

func (n Notice) row(now migrations.Instant) row {
	next := now
	if n.NotBefore.After(now.Time) {
		next = migrations.At(n.NotBefore)
	}
	return row{
		DedupeKey: n.Key, MessageID: messageID(n.Key), Medium: n.Medium, CaseID: n.Case,
		ContactID: n.To.Contact, AccountID: n.To.Account, DepartmentID: n.To.Department,
		Kind: n.Kind, Language: n.Language,
		Subject: storable(n.Subject), Body: storable(n.Text), HTML: storable(n.HTML),
		State: statePending, NextAt: next, CreatedAt: now,
	}
}

// check refuses what the table would refuse, in words that name the fault.
func (n Notice) check() error {
	recipients := 0
	for _, id := range []int64{n.To.Contact, n.To.Account, n.To.Department} {
		if id < 0 {
			return errors.New("an id of the recipient is negative")
		}
		if id > 0 {
			recipients++
		}
	}
	switch {
	case n.Key == "":
		return errors.New("the key is empty")
	case storable(n.Key) != n.Key:
		return errors.New("the key is not plain UTF-8")
	case n.Medium != Email && n.Medium != SMS && n.Medium != WeChat:
		return fmt.Errorf("the medium %q is none of email, sms, wechat", n.Medium)
	case recipients != 1:
		return fmt.Errorf("%d recipients instead of one", recipients)
	case n.Language != "zh" && n.Language != "en":
		return fmt.Errorf("the language %q is neither zh nor en", n.Language)
	case n.Kind == "":
		return errors.New("the kind is empty")
	case strings.TrimSpace(n.Text) == "":
		return errors.New("the text is empty")
	}
	return nil
}

// storable drops what a database refuses in text. A letter may hold anything, and the notice about
// it must not make the verb fail.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// messageID is the part of a mail's Message-ID before the @: a digest of the key, fixed when the row
// is written, so that every attempt carries the same one. The part after the @ is the city's public
// host, added when sending.
func messageID(key string) string {
	digest := sha256.Sum256([]byte(key))
	return "notice-" + hex.EncodeToString(digest[:16])
}
