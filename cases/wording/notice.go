package wording

import (
	"time"

	"mailbox/cases/errs"
)

// Kind is what a notice is about.
type Kind string

// The kinds of notice. The first group goes to the writer, the second to departments, the third to
// the office and to supervision.
const (
	Receipt   Kind = "receipt"  // your letter has arrived: number, secret, due date
	Declined  Kind = "declined" // it cannot be handled here, why, and the right door
	Merged    Kind = "merged"   // it is handled together with an earlier letter
	Answered  Kind = "answered" // the answer, and how to judge it
	Voided    Kind = "voided"   // the answer was taken back, why, and what happens now
	Reopened  Kind = "reopened" // a declined letter is handled after all
	NewSecret Kind = "new_secret"

	Routed     Kind = "routed"     // a new case for the department
	Unrouted   Kind = "unrouted"   // taken from the department and given to another
	AssistAsk  Kind = "assist_ask" // asked to assist, until when
	SentBack   Kind = "sent_back"  // the office wants the reply changed
	Withdrawn  Kind = "withdrawn"  // the writer took the letter back
	Instructed Kind = "instructed" // a leader wrote a note on the case
	Digest     Kind = "digest"     // each working morning: overdue, due today, due tomorrow
	Overdue    Kind = "overdue"    // these cases have just become overdue

	OverdueCity Kind = "overdue_city" // the same for the office and supervision, all departments
)

// Kinds lists every kind, for the test that each has its text in both languages.
var Kinds = []Kind{
	Receipt, Declined, Merged, Answered, Voided, Reopened, NewSecret,
	Routed, Unrouted, AssistAsk, SentBack, Withdrawn, Instructed, Digest, Overdue, OverdueCity,
}

// SecretMark stands in the rendered text where the writer's secret will be put when the notice is sent:
// the outbox must not hold it.
const SecretMark = "\u2063SECRET\u2063"

// Item is one case in a list.
type Item struct {
	Number     string
	Title      string
	Department string
	Due        time.Time // zero: no due time
	URL        string
	Section    string // of a digest: "overdue", "today", "tomorrow"; else empty
}

// Data is everything a notice may speak of. All times are shown in Location.
type Data struct {
	City        string
	Location    *time.Location
	Number      string
	Title       string
	ReceivedAt  time.Time
	Due         time.Time // zero: no due time
	Provisional bool
	Department  string
	URL         string // of the tracking page (writer) or the case page (staff)
	Reason      string // why declined, sent back, voided …, as a person wrote it
	Text        string // the answer, the instruction
	Into        string // number of the case a letter was merged into
	Items       []Item // digests and overdue lists; at most MaxItems of Count
	Count       int
	Day         time.Time // of a digest
}

// MaxItems is how many cases a list in a notice names; the rest are behind its link.
const MaxItems = 50

// Notice is a text ready to be written to the outbox.
type Notice struct {
	Subject string
	Text    string
	HTML    string
}

// languages are the two every text exists in.
var languages = []errs.Lang{errs.ZH, errs.EN}
