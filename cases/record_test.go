package cases_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"mailbox/cases"
	"mailbox/cases/errs"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
)

// recordHolds holds that a case follows from its events.
func recordHolds(t judge, c *city, id cases.ID) {
	t.Helper()
	found, err := c.desk.VerifyCase(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("%s", f.In(errs.EN))
	}
}

// verify goes through the whole record and gives what was found, in English.
func (c *city) verify(t *testing.T, how cases.RecordCheck) []string {
	t.Helper()
	var found []string
	if _, err := c.desk.VerifyRecord(t.Context(), how, func(f cases.Finding) { found = append(found, f.In(errs.EN)) }); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheRecordOfWhatWasDoneIsInOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		for range 3 {
			recordHolds(t, c, c.answered(t).ID)
		}
		if n, err := c.desk.Checkpoint(t.Context()); err != nil || n != 12 {
			t.Fatal(n, err)
		}
		c.answered(t)
		if found := c.verify(t, cases.RecordCheck{}); len(found) > 0 {
			t.Error(found)
		}
	})
}

// TestManyCheckpointsAtOnceMakeOneSequence: while people work, several processes number; each event has one leaf.
func TestManyCheckpointsAtOnceMakeOneSequence(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		other := c.anotherDesk(t)
		var work, jobs sync.WaitGroup
		done := make(chan struct{})
		for range 3 {
			work.Go(func() {
				for range 5 {
					r, err := c.desk.Submit(t.Context(), people.TheWriter(0, errs.ZH), aLetter())
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.water); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, desk := range []*cases.Desk{c.desk, other} {
			jobs.Go(func() {
				for {
					if _, err := desk.Checkpoint(t.Context()); err != nil {
						t.Error(err)
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		work.Wait()
		close(done)
		jobs.Wait()
		if _, err := c.desk.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if head := c.newest(t); head.Size != 30 {
			t.Errorf("%d of 30 events have a leaf", head.Size)
		}
		if found := c.verify(t, cases.RecordCheck{}); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestAnErasedCaseLeavesTheRecordWhole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		desk := c.deskFor(t, func(config *cases.Config) { config.EraseAfter = 5; config.Files = c.store })
		c.handled(t)
		c.checkpoint(t)
		kept := c.newest(t)
		c.clock.Add(30 * 24 * time.Hour)
		if _, err := desk.CloseDue(t.Context(), 10); err != nil {
			t.Fatal(err)
		}
		c.clock.Add(6 * 366 * 24 * time.Hour)
		if n, err := desk.EraseOld(t.Context(), 10); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		c.checkpoint(t)
		if found := c.verify(t, cases.RecordCheck{Kept: []ledger.Checkpoint{kept}}); len(found) > 0 {
			t.Error(found)
		}
	})
}

func TestACheckpointComesOnceAnHour(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		c.submit(t, aLetter())
		for _, want := range []int{1, 0} {
			if n, err := c.desk.CheckpointDue(t.Context()); err != nil || n != want {
				t.Errorf("%d, want %d: %v", n, want, err)
			}
			c.submit(t, aLetter())
		}
		c.clock.Add(time.Hour)
		if n, err := c.desk.CheckpointDue(t.Context()); err != nil || n != 2 {
			t.Errorf("%d, want 2: %v", n, err)
		}
	})
}

// TestTheNightFindsWhatWasChangedAndTellsSupervision: once a night, by one of the processes; what is new each night,
// and everything once a week.
func TestTheNightFindsWhatWasChangedAndTellsSupervision(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *city) {
		night := func() []cases.Finding {
			t.Helper()
			c.clock.Add(24 * time.Hour)
			found, err := c.desk.CheckRecord(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := c.anotherDesk(t).CheckRecord(t.Context()); err != nil || again != nil {
				t.Errorf("a second look in one night: %v, %v", again, err)
			}
			return found
		}
		old := c.handled(t)
		c.checkpoint(t)
		if found := night(); len(found) > 0 {
			t.Fatal(found)
		}
		fresh := c.handled(t)
		c.checkpoint(t)
		in := c.breakIn(t)
		in.exec("UPDATE cases SET due_at = due_at + 86400 WHERE id = $1", int64(old.ID))
		in.exec("UPDATE cases SET lead_id = $1 WHERE id = $2", c.roads, int64(fresh.ID))
		found := night()
		if len(found) == 0 || found[0].Number != fresh.Number() {
			t.Fatal(found)
		}
		var told []struct{ Kind, Body string }
		err := c.db.Read.NewRaw("SELECT kind, body FROM notices WHERE kind = 'record_broken'").Scan(t.Context(), &told)
		if err != nil || len(told) != 1 || !strings.Contains(told[0].Body, fresh.Number()) {
			t.Errorf("%v, %v", told, err)
		}
		in.exec("UPDATE cases SET lead_id = $1 WHERE id = $2", c.water, int64(fresh.ID))
		weekly := false
		for range 7 {
			for _, f := range night() {
				weekly = weekly || f.Number == old.Number()
			}
		}
		if !weekly {
			t.Error("within a week nobody looked at the old case again")
		}
	})
}
