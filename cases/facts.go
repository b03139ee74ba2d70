package cases

import (
	"context"
	"fmt"
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
