package notify

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/migrations/testdb"
)

func TestDeadNoticesAreListedAndRevived(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		o.outside.do = func(Message) error { return &PermanentError{errors.New("550 zhang@example.org unknown")} }
		ids := write(t, db, monday, news("a"), news("b"), news("c"))
		for _, id := range ids {
			deliver(t, o.Delivery, id)
		}
		dead, err := Dead(t.Context(), db, 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		want := func(id int64) DeadNotice {
			return DeadNotice{
				ID: id, Medium: Email, Kind: "routed", Language: "zh", To: Recipient{Department: bureau}, Attempts: 1,
				Reason: "550 z***@example.org unknown", CreatedAt: monday,
			}
		}
		if diff := cmp.Diff([]DeadNotice{want(ids[2]), want(ids[1])}, dead); diff != "" {
			t.Error(diff)
		}
		dead, err = Dead(t.Context(), db, ids[1], 2)
		if err != nil || len(dead) != 1 || dead[0].ID != ids[0] {
			t.Errorf("the second page: %v, %v", dead, err)
		}

		o.outside.do = nil
		o.clock.move(24 * time.Hour)
		if err := revive(t, db, ids[0], o.clock.Now()); err != nil {
			t.Fatal(err)
		}
		waits(t, o.Delivery, Waiting{ID: ids[0], NextAt: o.clock.Now()})
		deliver(t, o.Delivery, ids[0])
		if r := readRow(t, db, ids[0]); r.State != stateSent || r.Attempts != 1 {
			t.Errorf("%+v", r)
		}
		if first, last := o.outside.sent[0], o.outside.sent[3]; first.ID != last.ID {
			t.Error("reviving changes the Message-ID")
		}
		for _, id := range []int64{ids[0], 4711} { // sent, and never there
			err := revive(t, db, id, monday)
			if !errors.Is(err, ErrNotDead) {
				t.Errorf("reviving %d: %v", id, err)
			}
		}
	})
}

func revive(t *testing.T, db *migrations.DB, id int64, now time.Time) error {
	t.Helper()
	return db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return Revive(ctx, tx, id, now) })
}
