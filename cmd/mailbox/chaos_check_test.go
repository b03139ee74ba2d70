package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mailbox/cases"
	"mailbox/cases/ledger"
	"mailbox/migrations"
)

// check holds, from the outside and after the end of every process, what no fault may break.
func (c *city) check() {
	c.t.Helper()
	letters := c.letters()
	c.checkReceipts(letters)
	for i := range letters {
		c.checkCase(&letters[i])
	}
	c.checkFacts()
	c.checkNotices(letters)
	c.checkMails()
	c.checkLogs()
}

func (c *city) letters() []cases.Case {
	c.t.Helper()
	var all []cases.Case
	if err := c.outside.db.Read.NewSelect().Model(&all).Order("id").Scan(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// checkReceipts: each letter whose receipt was shown is there under its number, and none twice.
func (c *city) checkReceipts(letters []cases.Case) {
	c.t.Helper()
	byTitle := map[string][]string{}
	for i := range letters {
		byTitle[letters[i].Title] = append(byTitle[letters[i].Title], letters[i].Number())
	}
	for n := range c.plan.fates {
		shown, title := c.receipts[n], titleOf(n)
		if found := byTitle[title]; len(found) != 1 || found[0] != shown.number {
			c.t.Errorf("%s: the receipt shows %q, there is %q", title, shown.number, found)
		}
		if _, _, err := c.outside.desk.Track(c.t.Context(), shown.number, shown.secret, "zh"); err != nil {
			c.t.Errorf("%s: the receipt does not open the letter: %v", title, err)
		}
	}
	if len(byTitle) != len(c.plan.fates) {
		c.t.Errorf("%d letters are there, %d were sent", len(byTitle), len(c.plan.fates))
	}
}

// markVerb is the verb of the overdue event.
const markVerb = "mark_overdue"

// checkCase: the case was marked overdue once if it was, and never otherwise, with the right times and not
// late; its record is whole and goes forward in time.
func (c *city) checkCase(k *cases.Case) {
	c.t.Helper()
	ctx := c.t.Context()
	if err := c.outside.desk.Verify(ctx, k.ID); err != nil {
		c.t.Error(err)
	}
	events, err := ledger.Of(ctx, c.outside.db.Read, int64(k.ID))
	if err != nil {
		c.t.Fatal(err)
	}
	var marks []ledger.Event
	for i := range events {
		if i > 0 && events[i].RecordedAt.Before(events[i-1].RecordedAt.Time) {
			c.t.Errorf("%s: event %d was recorded before the one before it", k.Number(), events[i].Seq)
		}
		if events[i].Verb == markVerb {
			marks = append(marks, events[i])
		}
	}
	onTime := !k.AnsweredAt.IsZero() && !k.AnsweredAt.After(k.DueAt.Time)
	open := k.AnsweredAt.IsZero() && k.State.Open()
	past := c.clock.now().After(k.DueAt.Time)
	switch {
	case len(marks) > 1:
		c.t.Errorf("%s: %d marks", k.Number(), len(marks))
	case len(marks) == 1:
		if onTime {
			c.t.Errorf("%s was answered in time, at %s for %s, and is marked", k.Number(), k.AnsweredAt, k.DueAt)
		}
		c.checkMark(k, marks[0])
	case open && past:
		c.t.Errorf("%s was due at %s and is not marked", k.Number(), k.DueAt)
	case !open && past && !onTime:
		c.checkUnmarked(k)
	}
	if len(marks) == 0 && !k.OverdueNoticedAt.IsZero() {
		c.t.Errorf("%s says that it was marked at %s, and there is no event", k.Number(), k.OverdueNoticedAt)
	}
}

// checkMark: its times are right, and it was not made later than a minute after the deadline or the last
// trouble.
func (c *city) checkMark(k *cases.Case, mark ledger.Event) {
	c.t.Helper()
	var detail struct {
		DueAt int64 `json:"due_at"`
	}
	if err := json.Unmarshal([]byte(mark.Detail), &detail); err != nil {
		c.t.Fatal(err)
	}
	at := mark.At.Time
	if !at.After(k.DueAt.Time) || !at.Equal(k.OverdueNoticedAt.Time) || !mark.RecordedAt.Equal(at) || detail.DueAt != k.DueAt.Unix() {
		c.t.Errorf("%s, due at %s: marked at %s for %d, recorded at %s, noted at %s",
			k.Number(), k.DueAt, at, detail.DueAt, mark.RecordedAt, k.OverdueNoticedAt)
	}
	c.marks++
	if late, ok := c.lateness(k.DueAt.Time, at); ok {
		c.marksAfter++
		c.slowest = max(c.slowest, late)
		if late > time.Minute {
			c.t.Errorf("%s, due at %s, was marked at %s, %s late", k.Number(), k.DueAt, at, late)
		}
	}
}

// lateness is how long after due, or after the last trouble before at, something was done at at; not ok
// while there was trouble.
func (c *city) lateness(due, at time.Time) (late time.Duration, ok bool) {
	since := due
	for _, b := range c.broken {
		if !b.hinders() {
			continue
		}
		if !at.Before(b.cityFrom) && at.Before(b.cityTo) {
			return 0, false
		}
		if b.cityTo.After(since) && !b.cityTo.After(at) {
			since = b.cityTo
		}
	}
	return at.Sub(since), true
}

// checkUnmarked: there is no such case. Whoever answers late, before any sweep has come, brings the mark.
func (c *city) checkUnmarked(k *cases.Case) {
	c.t.Helper()
	c.t.Errorf("%s, due at %s, was answered at %s, and is not marked", k.Number(), k.DueAt, k.AnsweredAt)
}

// checkFacts: of each case they begin with its receipt and follow each other without gap or overlap.
func (c *city) checkFacts() {
	c.t.Helper()
	var facts []struct {
		CaseID     cases.ID
		ValidFrom  int64
		ValidTo    int64
		ReceivedAt int64
	}
	err := c.outside.db.Read.NewRaw("SELECT case_id, valid_from, valid_to, received_at FROM facts ORDER BY case_id, valid_from").Scan(c.t.Context(), &facts)
	if err != nil {
		c.t.Fatal(err)
	}
	seen := map[cases.ID]int64{} // until when
	for _, f := range facts {
		begin, ok := seen[f.CaseID]
		if !ok {
			begin = f.ReceivedAt
		}
		if f.ValidFrom != begin {
			c.t.Errorf("case %d: facts from %d, wanted from %d", f.CaseID, f.ValidFrom, begin)
		}
		seen[f.CaseID] = f.ValidTo
	}
	for id, until := range seen {
		if until != migrations.Forever {
			c.t.Errorf("case %d: facts end at %d", id, until)
		}
	}
	if len(seen) != len(c.plan.fates) {
		c.t.Errorf("%d cases have facts, there are %d", len(seen), len(c.plan.fates))
	}
}

// checkNotices: the writer, the department, and those who watch over deadlines are told once of what
// happened.
func (c *city) checkNotices(letters []cases.Case) {
	c.t.Helper()
	for i := range letters {
		k := &letters[i]
		for kind, happened := range map[string]bool{"receipt": true, "routed": !k.RoutedAt.IsZero(), "answered": !k.AnsweredAt.IsZero()} {
			want := 0
			if happened {
				want = 1
			}
			if n := c.count("notices WHERE case_id = ? AND kind = ?", k.ID, kind); n != want {
				c.t.Errorf("%s: %d notices of the kind %s, want %d", k.Number(), n, kind, want)
			}
		}
		if k.OverdueNoticedAt.IsZero() {
			continue
		}
		// The clerk and the supervisor, once for each deadline, or for the one case that somebody worked on before
		// any sweep had come. A kill between notices and marks may leave both.
		together := c.count("notices WHERE dedupe_key LIKE ?", fmt.Sprintf("overdue_city:%d:%%", k.DueAt.Unix()))
		alone := c.count("notices WHERE kind = 'overdue_city' AND case_id = ?", k.ID)
		if together+alone < 2 || together > 2 || alone > 2 {
			c.t.Errorf("%s, due at %s: the city was told in %d notices of the deadline and %d of the case", k.Number(), k.DueAt, together, alone)
		}
	}
}

// markTime is how long a process may take from the mail server's OK to the mark on a busy machine.
const markTime = 5 * time.Second

// checkMails: each notice left once. It may have left again only when something broke between the mail
// server's OK and the mark, and then under the same Message-ID.
func (c *city) checkMails() {
	c.t.Helper()
	var rows []struct {
		ID        int64
		MessageID string
		DedupeKey string
		State     string
		Attempts  int64
		LastError string
	}
	err := c.outside.db.Read.NewRaw("SELECT id, message_id, dedupe_key, state, attempts, last_error FROM notices ORDER BY id").Scan(c.t.Context(), &rows)
	if err != nil {
		c.t.Fatal(err)
	}
	taken := c.office.taken()
	for _, row := range rows {
		id := row.MessageID + "@mailbox.example.org"
		all := taken[id]
		slices.SortFunc(all, func(a, b taking) int { return a.begun.Compare(b.begun) })
		delete(taken, id)
		if row.State != "sent" || len(all) == 0 {
			c.t.Errorf("notice %d (%s) is %s after %d attempts and was taken %d times: %s",
				row.ID, row.DedupeKey, row.State, row.Attempts, len(all), row.LastError)
			continue
		}
		c.notices++
		for i := range all[:len(all)-1] {
			if all[0].subject != all[i+1].subject {
				c.t.Errorf("notice %d was %q and then %q", row.ID, all[0].subject, all[i+1].subject)
			}
			why := c.excuse(all[i])
			if why == "" {
				c.t.Errorf("notice %d (%s) was taken %d times, and nothing broke after %s", row.ID, row.DedupeKey, len(all), all[i].at.Format(time.RFC3339Nano))
			}
			c.repeated[why]++
			if c.atOnce(all[i], all[i+1]) {
				c.t.Errorf("notice %d (%s) was sent by two at once, at %s", row.ID, row.DedupeKey, all[i].cityTime)
			}
		}
	}
	for id := range taken {
		c.t.Errorf("a mail came that is no notice: %s", id)
	}
}

// excuse is what kept a mail that was taken from being marked, "" when nothing did.
func (c *city) excuse(m taking) string {
	if m.cut {
		return "the mail server hung up before its OK"
	}
	for _, b := range c.broken {
		switch {
		case !b.hinders() || b.to.Before(m.begun.Add(-time.Second)):
		case b.jumpsLease() && b.from.Before(m.at.Add(time.Second)):
			return jumped
		case !strings.HasPrefix(b.what, jumped) && b.from.Before(m.at.Add(markTime)):
			return b.what
		}
	}
	return ""
}

// atOnce tells whether a mail was sent again before it may have been: a minute after a failure, five after a
// death. A jump since shortly before the first sending makes it impossible to tell.
func (c *city) atOnce(first, second taking) bool {
	for _, b := range c.broken {
		if b.jumpsLease() && !b.to.Before(first.begun.Add(-faultTime)) && !b.from.After(second.begun) {
			return false
		}
	}
	return second.cityTime.Sub(first.cityTime) < 55*time.Second
}

// checkLogs: nothing of a person and no secret stands in any log, whatever failed.
func (c *city) checkLogs() {
	c.t.Helper()
	var secrets []string
	for _, r := range c.receipts {
		secrets = append(secrets, r.secret)
	}
	for _, s := range c.posts {
		for _, p := range s.all {
			mustNotShow(c.t, "the log", p.log.String(), secrets...)
		}
	}
}

// tell says what the round was like.
func (c *city) tell() {
	starts := 0
	for _, s := range c.posts {
		starts += len(s.all)
	}
	again := 0
	for _, n := range c.repeated {
		again += n
	}
	c.t.Logf("seed %d: %d letters, %d attempts more than that, %d errors of the staff's; %d starts of %d processes; %d notices, %d of them repeated %s; %d marks, %d after a trouble, at most %s",
		c.plan.seed, len(c.receipts), c.resent, c.refused, starts, len(c.posts), c.notices, again, listed(c.repeated), c.marks, c.marksAfter, c.slowest)
	c.t.Logf("faults: %s", listed(c.begun))
}

func listed(counts map[string]int) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%s: %d", name, counts[name]))
	}
	return "(" + strings.Join(all, "; ") + ")"
}
