package wording

import (
	"time"

	"mailbox/cases/errs"
)

// Kind is what a notice is about.
type Kind string

// The kinds of notice. The first group goes to the writer, the second to departments, the third to
// the office, to supervision and to the administrator.
const (
	Receipt    Kind = "receipt"    // your letter has arrived: number, secret, due date
	Declined   Kind = "declined"   // it cannot be handled here, why, and the right door
	Merged     Kind = "merged"     // it is handled together with an earlier letter
	Answered   Kind = "answered"   // the answer, and how to judge it
	Supplement Kind = "supplement" // something added to an answer that was sent
	Split      Kind = "split"      // the letter holds two matters, and the second has a number and a secret of its own
	Voided     Kind = "voided"     // the answer was taken back, why, and what happens now
	Reopened   Kind = "reopened"   // a declined letter is handled after all
	NewSecret  Kind = "new_secret" // a new secret; the old one is void

	ExtensionGranted Kind = "extension_granted" // the answer takes longer: was, now, how many days, why
	MaterialWanted   Kind = "material_wanted"   // please send something more, until when and how
	ReworkGranted    Kind = "rework_granted"    // the letter is handled again, and by when
	ReworkRefused    Kind = "rework_refused"    // it is not, and why
	RateReminder     Kind = "rate_reminder"     // the answer has not been judged yet: please do, and until when
	DueMoved         Kind = "due_moved"         // the calendar of working days has moved the due date

	Routed     Kind = "routed"     // a new case for the department
	Unrouted   Kind = "unrouted"   // taken from the department and given to another
	TakenBack  Kind = "taken_back" // it was sent to the department by mistake
	AssistAsk  Kind = "assist_ask" // asked to assist, until when
	SentBack   Kind = "sent_back"  // the office wants the reply changed
	Withdrawn  Kind = "withdrawn"  // the writer took the letter back
	Instructed Kind = "instructed" // a leader wrote a note on the case
	Digest     Kind = "digest"     // each working morning: overdue, due today, due on the next working day
	Overdue    Kind = "overdue"    // these cases have just become overdue

	ExtensionDecided Kind = "extension_decided" // the department's request was granted, refused or has lapsed
	MaterialAdded    Kind = "material_added"    // the writer has sent something; the clock runs again
	WaitEnded        Kind = "wait_ended"        // the writer has sent nothing in time; the clock runs again
	Reminded         Kind = "reminded"          // supervision reminds by hand
	Ordered          Kind = "ordered"           // a supervision order, to be answered by then
	Carded           Kind = "carded"            // these cases get a yellow or a red card; also for leader, supervision and office
	AssistLate       Kind = "assist_late"       // contributions of the department that are overdue
	Mentioned        Kind = "mentioned"         // to one person: a colleague names them in a note on the case
	Assigned         Kind = "assigned"          // to one person: a colleague hands them a case
	Proposed         Kind = "proposed"          // to a department's leaders: a reply waits to be signed off
	TurnedBack       Kind = "turned_back"       // to who proposed a reply: the leader wants it changed
	Left             Kind = "left"              // to a department's leaders: somebody who held cases is no longer there

	Returned Kind = "returned" // to the office: a department says that a case is not its own
	News     Kind = "news"     // to one person: each working morning what they want to be told of in one mail

	OverdueCity     Kind = "overdue_city"     // Overdue for the office and supervision, all departments
	ExtensionAsked  Kind = "extension_asked"  // a request to decide before it lapses
	ReworkAsked     Kind = "rework_asked"     // a writer who is not content asks for rework
	OrderAnswered   Kind = "order_answered"   // what the department says to a supervision order
	OrderLate       Kind = "order_late"       // a supervision order was not answered in time
	CityDigest      Kind = "city_digest"      // each working morning: what to decide and to follow up
	CalendarMissing Kind = "calendar_missing" // to the administrator: load the working days of a year
	PeriodOver      Kind = "period_over"      // a month, quarter, half-year or year is over, its figures are ready
	PeriodReport    Kind = "period_report"    // to those named for it, also outside: the report of a period, attached
	RecordBroken    Kind = "record_broken"    // to administrators and supervision: the record is not as it was written
	NewPassword     Kind = "new_password"     // to somebody of the staff: a link to choose another password
)

// Kinds lists every kind, for the test that each has its text in both languages.
var Kinds = []Kind{
	Receipt, Declined, Merged, Answered, Supplement, Split, Voided, Reopened, NewSecret,
	ExtensionGranted, MaterialWanted, ReworkGranted, ReworkRefused, RateReminder, DueMoved,
	Routed, Unrouted, TakenBack, AssistAsk, SentBack, Withdrawn, Instructed, Digest, Overdue,
	ExtensionDecided, MaterialAdded, WaitEnded, Reminded, Ordered, Carded, AssistLate, Mentioned, Assigned, Proposed, TurnedBack, Left, Returned, News,
	OverdueCity, ExtensionAsked, ReworkAsked, OrderAnswered, OrderLate, CityDigest, CalendarMissing, PeriodOver,
	PeriodReport, RecordBroken, NewPassword,
}

// SecretMark stands in the rendered text where the writer's secret, or what proves a link of the staff, will be put when the notice is sent:
// the outbox must not hold it.
//
// In a link it may be written as [LinkMark].
const SecretMark = "\u2063SECRET\u2063" //nolint:gosec // G101: it marks a place and is no secret

// LinkMark is SecretMark at the end of a link, as HTML writes it.
const LinkMark = "secret=%e2%81%a3SECRET%e2%81%a3"

// Item is one case in a list.
type Item struct {
	Number     string
	Title      string
	Department string
	Due        time.Time // zero: no due time
	URL        string
	// Section is that of a digest, else empty. Digest: "red", "yellow", "overdue", "today", "tomorrow" (the
	// next working day), "assisting". CityDigest: "extension", "rework", "order", "overdue", "today".
	Section     string
	Provisional bool // Due needed days that no published calendar covers
}

// Data is everything a notice may speak of. All times are shown in Location.
type Data struct {
	City        string
	Location    *time.Location
	Number      string
	Title       string
	ReceivedAt  time.Time
	Due         time.Time // zero: no due time. For departments their own, but in Overdue the writer's; in ExtensionAsked when it lapses
	Was         time.Time // the due time before it moved; zero: not told
	Until       time.Time // by when the writer may send something or judge the answer, or a supervision order must be answered
	Provisional bool      // Due needed days that no published calendar covers
	Department  string    // whom a notice to staff addresses; to the city, who acted; to the writer, who handles the letter
	Person      string    // of Mentioned, Assigned, Proposed and TurnedBack: who did it; of Left: who is gone
	URL         string    // of the tracking page (writer) or the case page (staff)
	Opens       bool      // the reader is the writer: the secret is put into URL when the notice is sent, so that it opens the letter
	Reason      string    // why sent back, voided …, as a person wrote it; for Declined a DeclineReason
	Text        string    // the answer, the instruction, the clerk's explanation of Declined, what is asked of the writer or sent by them, an order and its answer; of RecordBroken the findings, of PeriodReport the main figures, a line each
	Into        string    // of Split the number of the first case; else of the case a letter was merged into; its writer is not asked to rate
	Items       []Item    // digests and overdue lists; at most MaxItems of Count, in the order of their sections, then first due first
	Count       int       // of all cases the list is about; of RecordBroken of all findings
	Day         time.Time // of a digest; in CalendarMissing the day from which Days are counted
	Days        int       // working days: of an extension, overdue in Carded; in CalendarMissing calendar days. 0: not told
	Outcome     string    // of a request: "granted", "refused", "lapsed"
	Card        string    // "yellow", "red"
	Period      string    // of PeriodOver and PeriodReport, in the reader's language: 2026年1月, January 2026
	Login       string    // of NewPassword
	Year        int       // whose calendar is missing; 0: not told
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
