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
		dead, err := Dead(t.Context(), db, DeadFilter{}, 0, 2)
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
		dead, err = Dead(t.Context(), db, DeadFilter{}, ids[1], 2)
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

func TestDeadNoticesAreFoundByWhatIsKnownOfThem(t *testing.T) {
	t.Parallel()
	testdb.Each(t, func(t *testing.T, db *migrations.DB) {
		o := newOffice(t, withBureau(t, db), nil)
		reason := ""
		o.outside.do = func(Message) error { return &PermanentError{errors.New(reason)} }
		fail := func(key, kind, why string) int64 {
			t.Helper()
			n := news(key)
			n.Kind = kind
			id := write(t, db, o.clock.Now(), n)[0]
			reason = why
			deliver(t, o.Delivery, id)
			return id
		}
		routed := fail("a", "routed", "550 User unknown, 100% sure")
		o.clock.move(24 * time.Hour)
		overdue := fail("b", "overdue", "452 mailbox full")
		for name, tt := range map[string]struct {
			filter DeadFilter
			want   []int64
		}{
			"all":            {DeadFilter{}, []int64{overdue, routed}},
			"a kind":         {DeadFilter{Kind: "routed"}, []int64{routed}},
			"a way":          {DeadFilter{Medium: SMS}, nil},
			"a cause":        {DeadFilter{Cause: "user UNKNOWN"}, []int64{routed}},
			"signs as such":  {DeadFilter{Cause: "100%"}, []int64{routed}},
			"no wildcards":   {DeadFilter{Cause: "4_2"}, nil},
			"from a day on":  {DeadFilter{From: monday.Add(time.Hour)}, []int64{overdue}},
			"before a day":   {DeadFilter{Until: monday.Add(time.Hour)}, []int64{routed}},
			"its department": {DeadFilter{Department: bureau, Kind: "overdue"}, []int64{overdue}},
			"another":        {DeadFilter{Department: bureau + 1, Accounts: []int64{4711}}, nil},
		} {
			dead, err := Dead(t.Context(), db, tt.filter, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, d := range dead {
				got = append(got, d.ID)
			}
			if n, err := CountDead(t.Context(), db, tt.filter); err != nil || n != len(got) {
				t.Errorf("%s: counted %d of %d, %v", name, n, len(got), err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}
