package cases

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// ID is the case's identity in the database. People see a Number.
type ID int64

// Version counts the events of a case. Whoever changes a case says which version was seen, and gets a
// conflict when somebody else came first. AnyVersion is for those who have seen none: jobs.
type Version int64

// AnyVersion changes the case whatever happened since.
const AnyVersion Version = 0

// State is where a case stands on its way (domain.md, "Life of a case"). Overdue is not a state: it is
// derived from times.
type State string

// The states: the main line, then the three ends without an answer.
const (
	Received     State = "received"
	Screened     State = "screened"
	Routed       State = "routed"
	Acknowledged State = "acknowledged"
	Replied      State = "replied"
	Answered     State = "answered"
	Closed       State = "closed"

	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Merged    State = "merged"
)

// States lists all states, the main line first.
var States = []State{Received, Screened, Routed, Acknowledged, Replied, Answered, Closed, Declined, Withdrawn, Merged}

// Open tells whether the city still owes an answer.
func (s State) Open() bool {
	switch s {
	case Received, Screened, Routed, Acknowledged, Replied:
		return true
	case Answered, Closed, Declined, Withdrawn, Merged:
		return false
	}
	return false
}

// Channels are the ways a letter comes in (domain.md, 渠道).
var Channels = []string{"mailbox", "consult", "message", "site_error", "email", "hotline", "wechat", "import"}

// Kinds are the kinds of letter (domain.md, 类型).
var Kinds = []string{"consultation", "complaint", "suggestion", "help", "tipoff", "praise", "unspecified"}

// DeclineReasons are the codes of why a letter is not accepted. Each has a text that tells the writer
// where to turn, in package wording.
var DeclineReasons = []string{"court", "petition", "discipline", "emergency", "not_city", "no_content", "abusive", "advertising", "other"}

// Case is the city's handling of one letter, as it stands now.
type Case struct {
	bun.BaseModel `bun:"table:cases,alias:c"`

	ID           ID `bun:",pk"`
	Channel      string
	Kind         string
	Topic        string
	District     string
	Title        string
	Body         string
	Salt         []byte
	Language     errs.Lang
	ContactID    int64 `bun:",nullzero"` // 0: the writer left no way to be reached
	Consent      bool  // may be published
	Confidential bool
	Instructed   bool // a leader wrote a note
	Quiet        bool // imported history: no notice, no card, to anybody

	Source        string // of an import
	SourceNumber  string
	Identity      []byte `bun:",nullzero"`
	SubmissionKey string `bun:",nullzero"`
	SecretVersion int64
	SecretHash    []byte `bun:",nullzero"`

	State         State
	Version       Version
	HeadHash      []byte
	Round         int64 // 1; 2 after a rework was granted
	PolicyVersion int64
	BornChannel   string // what the letter was at receipt; the policy is chosen by this
	BornKind      string
	BornTopic     string
	DeclineReason string
	MergedInto    ID `bun:",nullzero"`
	SplitFrom     ID `bun:",nullzero"` // the case of the letter whose second matter this is

	ReceivedAt  migrations.Instant
	ReceivedDay string // local date
	ScreenedAt  migrations.Instant
	ReturnedAt  migrations.Instant // a department said "not ours", and the case lies with the office again
	Handling
	CloseDueAt migrations.Instant
	ClosedAt   migrations.Instant

	WaitingSince migrations.Instant // a wait for the writer is running
	WaitingUntil migrations.Instant // its own limit

	Rework          ReworkState
	ReworkAskedAt   migrations.Instant
	ReworkGrantedAt migrations.Instant // when the running round began

	SettledEdition int64              // up to which calendar the case has been looked at
	AlarmAt        migrations.Instant // the next instant after which the clock asks for something
	CardDueAt      migrations.Instant // after which the next card is given
	AssistDueAt    migrations.Instant // the first contribution that is owed and not yet named late
	RemindRatingAt migrations.Instant // when a writer who has not judged the answer is reminded, once a round
	CallAt         migrations.Instant // from when the writer may be called about the answer; none: there is no call to make
	CallUntil      migrations.Instant // and until when
	OrderDueAt     migrations.Instant // the open supervision order, not yet named late
	SignDueAt      migrations.Instant // until when the lead department should have signed, while it has not
	ChangedAt      migrations.Instant
	ErasedAt       migrations.Instant // what is personal was erased
}

// Handling is one round's way from the due time to the answer. A case has one; a rework ends it for
// ever (table rounds) and begins the next.
type Handling struct {
	DueAt                 migrations.Instant // the writer's clock; none: not assessable
	DueUnextendedAt       migrations.Instant
	Provisional           bool
	DueEdition            int64 // the calendar it was worked out by
	RoutedAt              migrations.Instant
	LeadID                int64              `bun:",nullzero"`
	DepartmentDueAt       migrations.Instant // the department's clock
	DepartmentProvisional bool
	DepartmentEdition     int64
	AcknowledgedAt        migrations.Instant
	RepliedAt             migrations.Instant // when the reply that stands was handed in
	AnsweredAt            migrations.Instant // the first answer of the round that is not voided
	AnsweredByID          int64              `bun:",nullzero"`
	Days                  *int64             // working days from receipt (or grant) to answer
	DepartmentDays        *int64             // working days from routing to the reply
	DaysProvisional       bool               // they were counted over days nobody had announced
	Rating                int64              `bun:",nullzero"` // 5 very satisfied … 1 very dissatisfied, 0 none
	Resolved              *bool
	RatingSource          string

	Extension     ExtensionState
	ExtensionDays int64              // working days asked for; once granted, those granted
	ExtensionAt   migrations.Instant // asked, then decided
	WaitCount     int64              // waits for the writer since routing

	// These only prevent a second notice; no figure and no list reads them.
	OverdueNoticedAt    migrations.Instant
	DepartmentNoticedAt migrations.Instant
	YellowAt, RedAt     migrations.Instant // when the cards were given
}

// round is a finished round as stored.
type round struct {
	bun.BaseModel `bun:"table:rounds,alias:o"`

	CaseID ID    `bun:",pk"`
	Round  int64 `bun:",pk"`
	Handling
}

// ExtensionState is where the one request for more time stands.
type ExtensionState string

// The states of an extension; the zero value says that none was asked for.
const (
	ExtensionAsked   ExtensionState = "asked"
	ExtensionGranted ExtensionState = "granted"
	ExtensionRefused ExtensionState = "refused"
	ExtensionLapsed  ExtensionState = "lapsed" // undecided at expiry
)

// ReworkState is where the writer's one request for a rework stands.
type ReworkState string

// The states of a rework; the zero value says that none was asked for.
const (
	ReworkAsked   ReworkState = "asked"
	ReworkGranted ReworkState = "granted"
	ReworkRefused ReworkState = "refused"
)

// Number is what people call the case.
func (c *Case) Number() string { return Number(c.ReceivedDay, c.ID) }

// roundBegan is when the writer's clock of the running round began.
func (c *Case) roundBegan() migrations.Instant {
	if c.Round > 1 {
		return c.ReworkGrantedAt
	}
	return c.ReceivedAt
}

// Overdue tells whether the writer's clock has run out at now without an answer.
func (c *Case) Overdue(now time.Time) bool {
	return c.State.Open() && c.AnsweredAt.IsZero() && !c.DueAt.IsZero() && now.After(c.DueAt.Time)
}

// DepartmentOverdue tells the same of the department's clock.
func (c *Case) DepartmentOverdue(now time.Time) bool {
	return c.LeadID != 0 && c.State.Open() && c.RepliedAt.IsZero() && !c.DepartmentDueAt.IsZero() && now.After(c.DepartmentDueAt.Time)
}

func known(list []string, word string) bool { return slices.Contains(list, word) }

func (s State) String() string { return string(s) }
