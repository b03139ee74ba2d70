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
	Receipt    Kind = "receipt"    // your letter has arrived: number, secret, due date
	Declined   Kind = "declined"   // it cannot be handled here, why, and the right door
	Merged     Kind = "merged"     // it is handled together with an earlier letter
	Answered   Kind = "answered"   // the answer, and how to judge it
	Supplement Kind = "supplement" // something added to an answer that was sent
	Voided     Kind = "voided"     // the answer was taken back, why, and what happens now
	Reopened   Kind = "reopened"   // a declined letter is handled after all
	NewSecret  Kind = "new_secret" // a new secret; the old one is void

	Routed     Kind = "routed"     // a new case for the department
	Unrouted   Kind = "unrouted"   // taken from the department and given to another
	AssistAsk  Kind = "assist_ask" // asked to assist, until when
	SentBack   Kind = "sent_back"  // the office wants the reply changed
	Withdrawn  Kind = "withdrawn"  // the writer took the letter back
	Instructed Kind = "instructed" // a leader wrote a note on the case
	Digest     Kind = "digest"     // each working morning: overdue, due today, due on the next working day
	Overdue    Kind = "overdue"    // these cases have just become overdue

	OverdueCity Kind = "overdue_city" // the same for the office and supervision, all departments
)

// Kinds lists every kind, for the test that each has its text in both languages.
var Kinds = []Kind{
	Receipt, Declined, Merged, Answered, Supplement, Voided, Reopened, NewSecret,
	Routed, Unrouted, AssistAsk, SentBack, Withdrawn, Instructed, Digest, Overdue, OverdueCity,
}

// SecretMark stands in the rendered text where the writer's secret will be put when the notice is sent:
// the outbox must not hold it.
const SecretMark = "\u2063SECRET\u2063" //nolint:gosec // G101: it marks a place and is no secret

// Item is one case in a list.
type Item struct {
	Number     string
	Title      string
	Department string
	Due        time.Time // zero: no due time
	URL        string
	Section    string // of a digest: "overdue", "today", "tomorrow" (the next working day); else empty
}

// Data is everything a notice may speak of. All times are shown in Location.
type Data struct {
	City        string
	Location    *time.Location
	Number      string
	Title       string
	ReceivedAt  time.Time
	Due         time.Time // zero: no due time. For departments their own, but in Overdue the writer's
	Provisional bool      // Due needed days that no published calendar covers
	Department  string    // whom a notice to staff addresses; who answered, in Answered
	URL         string    // of the tracking page (writer) or the case page (staff)
	Reason      string    // why sent back, voided …, as a person wrote it; for Declined a DeclineReason
	Text        string    // the answer, the instruction, the clerk's explanation of Declined
	Into        string    // number of the case a letter was merged into; its writer is not asked to rate
	Items       []Item    // digests and overdue lists; at most MaxItems of Count, first due first
	Count       int       // of all cases the list is about
	Day         time.Time // of a digest
}

// MaxItems is how many cases a list in a notice names; the rest are behind its link.
const MaxItems = 50

// Notice is a text ready to be written to the outbox. The subject is one line of at most MaxSubject
// characters.
type Notice struct {
	Subject string
	Text    string
	HTML    string
}

// languages are the two every text exists in.
var languages = []errs.Lang{errs.ZH, errs.EN}
