package cases

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/people"
	"mailbox/migrations"
)

// Change is a case that has just changed, with what the permission table needs to know of it.
type Change struct {
	ID      ID
	Subject people.Subject
	Left    []int64 // departments that had a part in it until now: it has gone from their lists
}

// Concerns tells whether the actor may know of the change: because the case is theirs to see, or was until now.
func (c Change) Concerns(a people.Actor) bool {
	if _, err := a.Permit(people.View, c.Subject); err == nil {
		return true
	}
	for _, department := range c.Left {
		if a.WorksFor(department) {
			return true
		}
	}
	return false
}

// News is what has happened since a [Watcher] looked last.
type News struct {
	Changes []Change
	// Flood: more has changed than can be told case by case, as when a calendar is loaded.
	Flood bool
	// Present are the cases that somebody has opened, closed, or begun to write in.
	Present map[ID]bool
	// Noted are the cases beside which somebody has written a note, or of a call.
	Noted map[ID]bool
	// Told are the accounts with something new in their inbox.
	Told map[int64]bool
}

// Watcher finds out what has changed, for all who have a page open in one process: it asks the database and not the
// process, because others work on the same database. Not safe for concurrent use.
type Watcher struct {
	desk    *Desk
	begun   bool
	told    map[ID]Version
	present map[presenceKey]Doing
	inboxes latest
	notes   latest
}

// latest are the last rows of a table to which rows are only added.
type latest struct {
	newest int64          // the last
	known  map[int64]bool // those of the last that have been told
}

type presenceKey struct {
	id      ID
	account int64
}

// NewWatcher makes a watcher; its first look only remembers how things stand.
func (d *Desk) NewWatcher() *Watcher { return &Watcher{desk: d} }

// Stirred is signalled after a commit of this process, so that its own pages need not wait for the next look. One may listen.
func (d *Desk) Stirred() <-chan struct{} { return d.stirred }

func (d *Desk) stir() {
	select {
	case d.stirred <- struct{}{}:
	default: // whoever listens has not come round yet, and will find this as well
	}
}

const (
	// watchBack is how far a look goes back. A transaction may commit after a later one, and the clocks of several
	// machines differ: together that must stay below this.
	watchBack = time.Minute
	// watchMost is how many cases can change within watchBack before all is told to be different.
	watchMost = 2000
)

// Look gives what has changed since the last look.
func (w *Watcher) Look(ctx context.Context) (News, error) {
	var news News
	since := migrations.At(w.desk.Now().Add(-watchBack))
	var rows []struct {
		ID      ID
		Version Version
		LeadID  int64
	}
	err := w.desk.db.Read.NewRaw("SELECT id, version, COALESCE(lead_id, 0) AS lead_id FROM cases WHERE changed_at >= ? ORDER BY changed_at DESC LIMIT ?",
		since, watchMost+1).Scan(ctx, &rows)
	if err != nil {
		return news, fmt.Errorf("look for changes: %w", err)
	}
	told, at := make(map[ID]Version, len(rows)), map[ID]int{}
	var ids []ID
	for _, row := range rows {
		told[row.ID] = row.Version
		if w.begun && w.told[row.ID] != row.Version {
			at[row.ID] = len(news.Changes)
			ids = append(ids, row.ID)
			news.Changes = append(news.Changes, Change{ID: row.ID, Subject: people.Subject{Case: int64(row.ID), Lead: row.LeadID}})
		}
	}
	if news.Flood = len(rows) > watchMost && len(ids) > 0; news.Flood {
		news.Changes, ids = nil, nil
	}
	if len(ids) > 0 {
		if err := w.parts(ctx, ids, since, func(id ID) *Change { return &news.Changes[at[id]] }); err != nil {
			return news, err
		}
	}
	if news.Present, err = w.presences(ctx); err != nil {
		return news, err
	}
	readers, err := w.added(ctx, &w.inboxes, "inbox", "account_id")
	if err != nil {
		return news, err
	}
	noted, err := w.added(ctx, &w.notes, "notes", "case_id")
	if err != nil {
		return news, err
	}
	news.Told, news.Noted = readers, make(map[ID]bool, len(noted))
	for id := range noted {
		news.Noted[ID(id)] = true
	}
	w.begun, w.told = true, told
	return news, nil
}

// parts reads which departments have or had a part in the cases.
func (w *Watcher) parts(ctx context.Context, ids []ID, since migrations.Instant, change func(ID) *Change) error {
	var parts []struct {
		CaseID       ID
		DepartmentID int64
		Gone         bool
	}
	err := w.desk.db.Read.NewRaw(`SELECT case_id, department_id, released_at IS NOT NULL AS gone FROM assists
			WHERE case_id IN (?) AND (released_at IS NULL OR released_at >= ?)
		UNION ALL SELECT case_id, department_id, 1 = 1 FROM facts
			WHERE case_id IN (?) AND department_id IS NOT NULL AND valid_to >= ? AND valid_to < ?`,
		bun.List(ids), since, bun.List(ids), since, migrations.Forever).Scan(ctx, &parts)
	if err != nil {
		return fmt.Errorf("look for the parts of departments: %w", err)
	}
	for _, p := range parts {
		c := change(p.CaseID)
		if p.Gone {
			c.Left = append(c.Left, p.DepartmentID)
		} else {
			c.Subject.Assists = append(c.Subject.Assists, p.DepartmentID)
		}
	}
	return nil
}

func (w *Watcher) presences(ctx context.Context) (map[ID]bool, error) {
	var rows []presenceRow
	if err := w.desk.db.Read.NewSelect().Model(&rows).Where("expires_at > ?", migrations.At(w.desk.Now())).Scan(ctx); err != nil {
		return nil, fmt.Errorf("look who is there: %w", err)
	}
	present, changed := make(map[presenceKey]Doing, len(rows)), map[ID]bool{}
	for _, row := range rows {
		key := presenceKey{row.CaseID, row.AccountID}
		present[key] = row.Doing
		if w.begun && w.present[key] != row.Doing {
			changed[row.CaseID] = true
		}
	}
	for key := range w.present {
		if _, there := present[key]; !there {
			changed[key.id] = true
		}
	}
	w.present = present
	return changed, nil
}

// addedBack is how many rows back a look goes: a row may be committed after a later one.
const addedBack = 500

// added gives what the rows that have come into a table are about: the values of a column.
func (w *Watcher) added(ctx context.Context, of *latest, table, about string) (map[int64]bool, error) {
	if !w.begun {
		if err := w.desk.db.Read.NewRaw("SELECT COALESCE(MAX(id), 0) FROM ?", bun.Ident(table)).Scan(ctx, &of.newest); err != nil {
			return nil, fmt.Errorf("look for news: %w", err)
		}
	}
	var rows []struct{ ID, About int64 }
	err := w.desk.db.Read.NewRaw("SELECT id, ? AS about FROM ? WHERE id > ? ORDER BY id", bun.Ident(about), bun.Ident(table), of.newest-addedBack).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("look for news: %w", err)
	}
	known, found := make(map[int64]bool, len(rows)), map[int64]bool{}
	for _, row := range rows {
		known[row.ID] = true
		if w.begun && !of.known[row.ID] {
			found[row.About] = true
		}
		of.newest = max(of.newest, row.ID)
	}
	of.known = known
	return found, nil
}
