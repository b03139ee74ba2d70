package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"

	"mailbox/cases/errs"
)

// Limits of a row, in characters (not bytes).
const (
	MaxText  = 200_000 // text of a letter, reply
	MaxShort = 1_000   // every other field
)

// What the other system says has become of a letter. There is no "closed": closing follows from the
// answer and the policy, so a map gives an old "closed" as answered.
const (
	StatusOpen      = "open"
	StatusAnswered  = "answered"
	StatusDeclined  = "declined"
	StatusWithdrawn = "withdrawn"
	StatusMerged    = "merged" // a duplicate, handled with another letter
)

// KindUnspecified is the kind of a letter when the file has no kind at all.
const KindUnspecified = "unspecified"

// The words of the domain a map may translate to.
var (
	kinds    = []string{"consultation", "complaint", "suggestion", "help", "tipoff", "praise", KindUnspecified}
	channels = []string{"mailbox", "consult", "message", "site_error", "email", "hotline", "wechat", "import"}
	statuses = []string{StatusOpen, StatusAnswered, StatusDeclined, StatusWithdrawn, StatusMerged}
	// ratings from the lowest grade, 1, to the highest, 5.
	ratings = []string{"very_dissatisfied", "dissatisfied", "basically_satisfied", "satisfied", "very_satisfied"}
)

// Letter is one row of the file: a letter as history, with what has become of it.
//
// All times are UTC in whole seconds, zero when the row has none, and in order: received, routed,
// replied. A letter with a Reply has RepliedAt; one with StatusAnswered has RepliedAt, though the
// Reply may be empty (answered by telephone); one with StatusOpen has neither.
type Letter struct {
	Line   int    // physical line on which the row begins (CSV) or row number (XLSX); the header is 1
	Source string // the map's name for where the file comes from, such as "city-a"

	Number     string // the other system's number; not unique in real files, may be empty
	Channel    string // identifier, such as "mailbox"
	Kind       string // identifier, such as "complaint"
	Topic      string // as written in the file
	District   string // as written in the file
	Title      string // may be empty when Body is not
	Body       string // may be empty when Title is not
	Department string // name as written in the file, or as the map renames it; empty if none
	Writer     Writer

	Status     string // one of the Status constants
	ReceivedAt time.Time
	RoutedAt   time.Time
	RepliedAt  time.Time
	Reply      string

	Rating    int   // 5 very satisfied … 1 very dissatisfied, 0 not rated
	Resolved  *bool // the writer's "was it resolved?"; nil when not asked
	Valid     *bool // the other system's own verdict; nil when it gives none
	Duplicate *bool // the other system's own verdict; nil when it gives none

	Raw []string // the row as read, in the order of the header
}

// Writer is the person who wrote, as far as the file says. Nothing here is sealed: whoever stores a
// letter must do that.
type Writer struct {
	Name  string
	Phone string // as written
	Email string // as written
}

// Rejection is a row that did not become a letter. Raw is the whole row; when not even its columns
// could be told apart, it is one cell with the line as it stands.
type Rejection struct {
	Line   int
	Reason *errs.Error // Field is the name of the column, empty when it is about the whole row
	Raw    []string
}

// Identity says which letter this is: the same row read again has the same identity, from CSV as
// from XLSX, also when a reply has come since. It is the SHA-256 over source, number, received time
// (Unix seconds), title and text, each preceded by its length so that no two rows can run into each
// other. Stored identities depend on it: never change it.
func (l Letter) Identity() [sha256.Size]byte {
	h := sha256.New()
	var length [8]byte
	for _, part := range [...]string{
		l.Source, l.Number, strconv.FormatInt(l.ReceivedAt.Unix(), 10), l.Title, l.Body,
	} {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
