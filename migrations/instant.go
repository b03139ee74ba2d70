package migrations

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Forever is the valid_to of a fact that still holds: the last second of the year 9999.
const Forever int64 = 253402300799

// Instant is a point in time as the database keeps it: whole seconds since 1970 in UTC, NULL for none.
//
// Whole seconds, because deadlines fall on them and because both databases then compare alike.
type Instant struct{ time.Time }

// At makes an Instant of t, cut to the whole second, in UTC. The zero time is "none".
func At(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.Truncate(time.Second).UTC()}
}

// Value implements driver.Valuer.
func (i Instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil //nolint:nilnil // NULL is the value of no instant
	}
	return i.Unix(), nil
}

// Scan implements sql.Scanner.
func (i *Instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = Instant{}
	case int64:
		*i = Instant{time.Unix(v, 0).UTC()}
	default:
		return fmt.Errorf("an instant is whole seconds, not %T", src)
	}
	return nil
}
