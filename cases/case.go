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
	Round         int64
	PolicyVersion int64
	DeclineReason string
	MergedInto    ID `bun:",nullzero"`

	ReceivedAt            migrations.Instant
	ReceivedDay           string             // local date
	DueAt                 migrations.Instant // the writer's clock; none: not assessable
	DueUnextendedAt       migrations.Instant
	Provisional           bool
	ScreenedAt            migrations.Instant
	RoutedAt              migrations.Instant
	LeadID                int64              `bun:",nullzero"`
	DepartmentDueAt       migrations.Instant // the department's clock
	DepartmentProvisional bool
	AcknowledgedAt        migrations.Instant
	RepliedAt             migrations.Instant // when the reply that stands was handed in
	AnsweredAt            migrations.Instant // first answer of round 1 that is not voided
	AnsweredByID          int64              `bun:",nullzero"`
	Days                  *int64             // working days from receipt to answer
	DepartmentDays        *int64             // working days from routing to the reply
	CloseDueAt            migrations.Instant
	ClosedAt              migrations.Instant
	Rating                int64 `bun:",nullzero"` // 5 very satisfied … 1 very dissatisfied, 0 none
	Resolved              *bool
	RatingSource          string
	OverdueNoticedAt      migrations.Instant // only prevents a second notice; no figure reads it
	ChangedAt             migrations.Instant
}

// Number is what people call the case.
func (c *Case) Number() string { return Number(c.ReceivedDay, c.ID) }

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
