package cases

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
)

// Validity is what a letter counts as (domain.md, 有效信件).
type Validity string

// A letter that is not screened yet counts as valid.
const (
	Valid     Validity = "valid"
	Invalid   Validity = "invalid"
	Duplicate Validity = "duplicate"
)

// Fact is what figures depend on, and from when to when it held. Figures read only these rows, so an
// old report can always be run again as of its day.
type Fact struct {
	bun.BaseModel `bun:"table:facts,alias:f"`

	CaseID    ID
	ValidFrom migrations.Instant
	ValidTo   int64 // seconds; migrations.Forever while it holds
	Values
}

// Values are the figure-relevant values of a case.
type Values struct {
	State           State
	Validity        Validity
	Channel         string
	Kind            string
	Topic           string
	District        string
	DepartmentID    int64 `bun:",nullzero"` // the lead; once answered, the department that replied
	ReceivedAt      migrations.Instant
	ReceivedDay     string
	DueAt           migrations.Instant
	DueUnextendedAt migrations.Instant
	Provisional     bool
	RoutedAt        migrations.Instant
	DepartmentDueAt migrations.Instant
	RepliedAt       migrations.Instant
	AnsweredAt      migrations.Instant
	Days            *int64
	DepartmentDays  *int64
	Rating          int64 `bun:",nullzero"`
	Resolved        *bool
	RatingSource    string
	Confidential    bool
	Instructed      bool
	PolicyVersion   int64

	// The rework round has figures of its own, by the day it was granted; it never changes the first.
	ReworkGrantedAt  migrations.Instant
	ReworkDueAt      migrations.Instant
	ReworkAnsweredAt migrations.Instant
	ReworkRating     int64 `bun:",nullzero"`
}

// values takes from a case what figures depend on. first is its first round where that is finished, nil
// where it is the running one.
func (c *Case) values(first *Handling) Values {
	h := &c.Handling
	if first != nil {
		h = first
	}
	v := Values{
		State: c.State, Validity: Valid,
		Channel: c.Channel, Kind: c.Kind, Topic: c.Topic, District: c.District,
		DepartmentID: h.LeadID,
		ReceivedAt:   c.ReceivedAt, ReceivedDay: c.ReceivedDay,
		DueAt: h.DueAt, DueUnextendedAt: h.DueUnextendedAt, Provisional: h.Provisional,
		RoutedAt: h.RoutedAt, DepartmentDueAt: h.DepartmentDueAt, RepliedAt: h.RepliedAt,
		AnsweredAt: h.AnsweredAt, Days: h.Days, DepartmentDays: h.DepartmentDays,
		Rating: h.Rating, Resolved: h.Resolved, RatingSource: h.RatingSource,
		Confidential: c.Confidential, Instructed: c.Instructed,
		PolicyVersion: c.PolicyVersion,
	}
	if !h.AnsweredAt.IsZero() {
		v.DepartmentID = h.AnsweredByID
	}
	if first != nil {
		v.ReworkGrantedAt, v.ReworkDueAt, v.ReworkAnsweredAt, v.ReworkRating = c.ReworkGrantedAt, c.DueAt, c.AnsweredAt, c.Rating
	}
	switch c.State {
	case Declined, Withdrawn:
		v.Validity = Invalid
	case Merged:
		v.Validity = Duplicate
	case Received, Screened, Routed, Acknowledged, Replied, Answered, Closed:
	}
	return v
}

// same compares by value, following the pointers.
func (v Values) same(o Values) bool {
	if !samePointer(v.Days, o.Days) || !samePointer(v.DepartmentDays, o.DepartmentDays) || !samePointer(v.Resolved, o.Resolved) {
		return false
	}
	v.Days, v.DepartmentDays, v.Resolved = nil, nil, nil
	o.Days, o.DepartmentDays, o.Resolved = nil, nil, nil
	return v == o
}

// factsDetail is the name under which an event says what held after it.
const factsDetail = "facts"

// digest stands in each event for the values that held after it, so that the rows of facts follow from the record. It
// is the first half of a SHA-256 over a line "mailbox facts v1" and one "name=value" for each value that is not empty;
// times in seconds. A value that is new some day comes last and is empty in all older rows, so that their digests stay.
func (v *Values) digest() string {
	var b strings.Builder
	b.WriteString("mailbox facts v1\n")
	for _, one := range v.named() {
		if one[1] != "" {
			fmt.Fprintf(&b, "%s=%q\n", one[0], one[1])
		}
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:16])
}

// named are the values by the names of their columns, as text; empty where there is none.
func (v *Values) named() [][2]string {
	return [][2]string{
		{"state", string(v.State)},
		{"validity", string(v.Validity)},
		{"channel", v.Channel},
		{"kind", v.Kind},
		{"topic", v.Topic},
		{"district", v.District},
		{"department_id", numberText(v.DepartmentID)},
		{"received_at", instantText(v.ReceivedAt)},
		{"received_day", v.ReceivedDay},
		{"due_at", instantText(v.DueAt)},
		{"due_unextended_at", instantText(v.DueUnextendedAt)},
		{"provisional", flagText(v.Provisional)},
		{"routed_at", instantText(v.RoutedAt)},
		{"department_due_at", instantText(v.DepartmentDueAt)},
		{"replied_at", instantText(v.RepliedAt)},
		{"answered_at", instantText(v.AnsweredAt)},
		{"days", pointerText(v.Days)},
		{"department_days", pointerText(v.DepartmentDays)},
		{"rating", numberText(v.Rating)},
		{"resolved", pointerText(v.Resolved)},
		{"rating_source", v.RatingSource},
		{"confidential", flagText(v.Confidential)},
		{"instructed", flagText(v.Instructed)},
		{"rework_granted_at", instantText(v.ReworkGrantedAt)},
		{"rework_due_at", instantText(v.ReworkDueAt)},
		{"rework_answered_at", instantText(v.ReworkAnsweredAt)},
		{"rework_rating", numberText(v.ReworkRating)},
	}
}

func instantText(i migrations.Instant) string {
	if i.IsZero() {
		return ""
	}
	return strconv.FormatInt(i.Unix(), 10)
}

func numberText(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func flagText(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

func pointerText[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func samePointer[T comparable](a, b *T) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}

// keepFacts ends the fact that held and begins the next at now. Two changes within one second leave
// one row: what held for no time at all was never a fact.
func keepFacts(ctx context.Context, tx bun.IDB, id ID, v Values, now time.Time) error {
	at := migrations.At(now)
	ended, err := tx.NewUpdate().Model((*Fact)(nil)).Set("valid_to = ?", at).
		Where("case_id = ? AND valid_to = ? AND valid_from < ?", id, migrations.Forever, at).Exec(ctx)
	if err != nil {
		return fmt.Errorf("end facts: %w", err)
	}
	n, err := ended.RowsAffected()
	if err != nil {
		return fmt.Errorf("end facts: %w", err)
	}
	if n == 0 {
		if _, err := tx.NewDelete().Model((*Fact)(nil)).
			Where("case_id = ? AND valid_to = ?", id, migrations.Forever).Exec(ctx); err != nil {
			return fmt.Errorf("replace facts: %w", err)
		}
	}
	return insertFacts(ctx, tx, Fact{CaseID: id, ValidFrom: at, ValidTo: migrations.Forever, Values: v})
}

func insertFacts(ctx context.Context, tx bun.IDB, facts ...Fact) error {
	if _, err := tx.NewInsert().Model(&facts).Exec(ctx); err != nil {
		return fmt.Errorf("write facts: %w", err)
	}
	return nil
}
