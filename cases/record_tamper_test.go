package cases_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the intruder's own connection
	"golang.org/x/mod/sumdb/note"

	"mailbox/cases"
	"mailbox/cases/ledger"
	"mailbox/cases/seal"
	"mailbox/migrations"
)

// intruder changes the database past the program, with its guards taken away.
type intruder struct {
	*testing.T
	*city
	tx *sql.Conn
}

// breakIn opens a connection without guards: no triggers, no foreign keys.
func (c *city) breakIn(t *testing.T) *intruder {
	t.Helper()
	var db *sql.DB
	var err error
	if c.db.Dialect() == migrations.SQLite {
		db, err = sql.Open("sqlite", "file:"+c.db.Path()+"?_pragma=busy_timeout(10000)&_pragma=foreign_keys(0)")
	} else {
		db, err = sql.Open("pgx", c.address(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	i := &intruder{t, c, conn}
	if c.db.Dialect() == migrations.PostgreSQL {
		i.exec("SET session_replication_role = replica") // no trigger fires and no foreign key is asked
		return i
	}
	for _, trigger := range i.column("SELECT name FROM sqlite_master WHERE type = 'trigger'") {
		i.exec("DROP TRIGGER " + trigger)
	}
	return i
}

// address is that of the PostgreSQL database.
func (c *city) address(t *testing.T) string {
	t.Helper()
	var host, port, name, user string
	err := c.db.Read.NewRaw("SELECT current_setting('unix_socket_directories'), current_setting('port'), current_database(), current_user").
		Scan(t.Context(), &host, &port, &name, &user)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("host=%s port=%s dbname=%s user=%s", strings.Split(host, ",")[0], port, name, user)
}

func (i *intruder) exec(query string, args ...any) {
	i.Helper()
	if i.db.Dialect() == migrations.SQLite {
		for n := len(args); n > 0; n-- {
			query = strings.ReplaceAll(query, fmt.Sprintf("$%d", n), fmt.Sprintf("?%d", n))
		}
	}
	if _, err := i.tx.ExecContext(i.Context(), query, args...); err != nil {
		i.Fatalf("%s: %v", query, err)
	}
}

func (i *intruder) column(query string) (all []string) {
	i.Helper()
	rows, err := i.tx.QueryContext(i.Context(), query)
	if err != nil {
		i.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			i.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		i.Fatal(err)
	}
	return all
}

// events reads a case's events as they stand.
func (i *intruder) events(id cases.ID) []ledger.Event {
	i.Helper()
	events, err := ledger.Of(i.Context(), i.db.Read, int64(id))
	if err != nil {
		i.Fatal(err)
	}
	return events
}

// rewrite puts other events in place of a case's, with a chain that holds.
func (i *intruder) rewrite(id cases.ID, events []ledger.Event) {
	i.Helper()
	i.exec("DELETE FROM events WHERE case_id = $1", int64(id))
	var head []byte
	for n := range events {
		e := &events[n]
		digest := e.TextDigest
		e.CaseID, e.Seq, e.Text = int64(id), int64(n)+1, ""
		if err := e.Seal(head); err != nil {
			i.Fatal(err)
		}
		e.TextDigest = digest
		head = e.Hash
		i.exec(`INSERT INTO events (case_id, seq, at, recorded_at, actor, account_id, department_id, verb, detail, text_digest, prev_hash, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, e.CaseID, e.Seq, e.At.Unix(), e.RecordedAt.Unix(), e.Actor,
			null(e.AccountID), null(e.DepartmentID), e.Verb, e.Detail, e.TextDigest, e.PrevHash, e.Hash)
	}
	i.exec("UPDATE cases SET head_hash = $1, version = $2 WHERE id = $3", head, len(events), int64(id))
}

func null(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// rebuild makes the whole tree anew from the events as they stand, and signs it. With the city's own signer nothing
// but a checkpoint kept elsewhere can tell.
func (i *intruder) rebuild(signer note.Signer) {
	i.Helper()
	for _, table := range []string{"log_checkpoints", "log_subtrees", "log_leaves", "log_pending"} {
		i.exec("DELETE FROM " + table)
	}
	i.exec("INSERT INTO log_pending (case_id, seq) SELECT case_id, seq FROM events")
	if _, err := ledger.Number(i.Context(), i.db, signer, i.clock.Now()); err != nil {
		i.Fatal(err)
	}
	i.exec("DELETE FROM log_pending") // whose trigger is gone
}

// tampered is a city with a record of some cases, two checkpoints, and one case that an intruder is after.
type tampered struct {
	*intruder
	victim, other *cases.Case
	number        string
	kept          []ledger.Checkpoint
}

// TestWhateverIsChangedInTheDatabaseIsFound changes the record in every way we could think of, past all guards.
func TestWhateverIsChangedInTheDatabaseIsFound(t *testing.T) {
	t.Parallel()
	for name, one := range tamperings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, c *city) {
				w := &tampered{}
				for range 2 {
					c.handled(t)
				}
				w.victim = c.handled(t)
				w.other = c.handled(t)
				c.checkpoint(t)
				w.kept = append(w.kept, c.newest(t))
				c.handled(t)
				c.checkpoint(t)
				w.kept = append(w.kept, c.newest(t))
				w.number = w.victim.Number()
				w.intruder = c.breakIn(t)
				if found := c.verify(t, cases.RecordCheck{Kept: w.kept}); len(found) > 0 {
					t.Fatal("before anything was changed:", found)
				}
				one.do(w)
				how := cases.RecordCheck{}
				if one.outside {
					if found := c.verify(t, how); len(found) > 0 {
						t.Error("found without a checkpoint kept elsewhere, so say so in the table and in docs/record.md:", found)
					}
					how.Kept = w.kept
				}
				found := c.verify(t, how)
				named := w.number
				if one.whole {
					named = ""
				}
				if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, named) && strings.Contains(f, one.says) }) {
					t.Errorf("it should say %q of %s, and says\n%s", one.says, named, strings.Join(found, "\n"))
				}
			})
		})
	}
}

// handled takes a new letter to its answer in five steps, minute by minute, with a reason on the way.
func (c *city) handled(t *testing.T) *cases.Case {
	t.Helper()
	r := c.submit(t, aLetter())
	ok := must(t)
	c.clock.Add(time.Minute)
	got := ok(c.desk.Route(t.Context(), c.clerk, r.ID, 1, c.roads))
	c.clock.Add(time.Minute)
	got = ok(c.desk.Reassign(t.Context(), c.clerk, r.ID, got.Version, c.water, "水箱归水务集团管理"))
	c.clock.Add(time.Minute)
	got = ok(c.desk.Reply(t.Context(), c.waterworks, r.ID, got.Version, "经核实，水箱已于今日清洗消毒，水质检测合格。如有疑问请拨 0000-1234567。"))
	c.clock.Add(time.Minute)
	return ok(c.desk.Answer(t.Context(), c.clerk, r.ID, got.Version, ""))
}

func (c *city) checkpoint(t *testing.T) {
	t.Helper()
	if n, err := c.desk.Checkpoint(t.Context()); err != nil || n == 0 {
		t.Fatal(n, err)
	}
}

func (c *city) newest(t *testing.T) ledger.Checkpoint {
	t.Helper()
	head, err := c.desk.NewestCheckpoint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.desk.ParseCheckpoints([]byte(head.Note))
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// tampering is one way to change the record. says must stand in what is found, with the case's number but where it is
// about the record as a whole.
type tampering struct {
	do      func(*tampered)
	says    string
	whole   bool
	outside bool // only a checkpoint kept elsewhere can tell
}

var tamperings = map[string]tampering{
	"an event's detail": {do: func(w *tampered) {
		w.exec("UPDATE events SET detail = REPLACE(detail, '\"state\":\"routed\"', '\"state\":\"screened\"') WHERE case_id = $1 AND seq = 2", int64(w.victim.ID))
	}, says: "event 2: its values were changed"},
	"an event's detail and its hash": {do: func(w *tampered) {
		e := w.events(w.victim.ID)[1]
		e.Detail = strings.Replace(e.Detail, `"lead":`, `"lead":1`, 1)
		w.seal(&e)
		w.exec("UPDATE events SET detail = $1, hash = $2 WHERE case_id = $3 AND seq = 2", e.Detail, e.Hash, e.CaseID)
	}, says: "event 3: it does not follow from the event before"},
	"an event and the rest of its chain": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		events[1].Detail = strings.Replace(events[1].Detail, `"assists":`, `"assist":`, 1)
		events[4].AccountID = 0
		w.rewrite(w.victim.ID, events)
	}, says: "event 5: the event is not the one that the record's tree has"},
	"the same and its leaves": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		events[4].AccountID = 0
		w.rewrite(w.victim.ID, events)
		w.releaf(w.victim.ID)
	}, says: "among the 4 cases of which one was changed"},
	"the last event is deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM events WHERE case_id = $1 AND seq = 5", int64(w.victim.ID))
	}, says: "event 5: the event is in the record's tree, and is gone"},
	"the last event is deleted and the case fitted": {do: func(w *tampered) {
		w.rewrite(w.victim.ID, w.events(w.victim.ID)[:4])
	}, says: "event 5: the event is in the record's tree, and is gone"},
	"a whole case is deleted": {do: func(w *tampered) {
		w.number = fmt.Sprintf("ID %d", w.victim.ID)
		for _, table := range []string{"event_texts", "events", "facts", "replies", "notices"} {
			w.exec("DELETE FROM "+table+" WHERE case_id = $1", int64(w.victim.ID))
		}
		w.exec("DELETE FROM cases WHERE id = $1", int64(w.victim.ID))
	}, says: "event 1: the event is in the record's tree, and is gone"},
	"a whole case is deleted with its leaves": {do: func(w *tampered) {
		w.number = fmt.Sprintf("ID %d", w.victim.ID+1)
		for _, table := range []string{"log_leaves", "event_texts", "events", "facts", "replies", "notices"} {
			w.exec("DELETE FROM "+table+" WHERE case_id = $1", int64(w.victim.ID))
		}
		w.exec("DELETE FROM cases WHERE id = $1", int64(w.victim.ID))
	}, says: "the leaves of the record are not numbered one after the other", whole: true},
	"the row of a case is deleted": {do: func(w *tampered) {
		w.number = fmt.Sprintf("ID %d", w.victim.ID)
		w.exec("DELETE FROM cases WHERE id = $1", int64(w.victim.ID))
	}, says: "the case is gone, its events are not"},
	"all events of a case are deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM events WHERE case_id = $1", int64(w.victim.ID))
	}, says: "the case has no events"},
	"an event is put into the middle": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		fake := events[1]
		fake.Verb = "remind"
		w.rewrite(w.victim.ID, slices.Insert(events, 2, fake))
	}, says: "event 3: the event is not the one that the record's tree has"},
	"an event is put at the end": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		fake := events[4]
		fake.Verb = "instruct"
		w.rewrite(w.victim.ID, append(events, fake))
		w.exec("UPDATE cases SET instructed = $1 WHERE id = $2", true, int64(w.victim.ID))
	}, says: "event 6: the event is not in the record's tree and does not wait for it"},
	"an event is put at the end, to wait for its leaf": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		fake := events[4]
		fake.Verb = "instruct"
		w.rewrite(w.victim.ID, append(events, fake))
		w.exec("UPDATE cases SET instructed = $1 WHERE id = $2", true, int64(w.victim.ID))
		w.exec("INSERT INTO log_pending (case_id, seq) VALUES ($1, 6)", int64(w.victim.ID))
	}, says: "instructed of the case"},
	"two cases' events are swapped": {do: func(w *tampered) {
		for _, step := range [][2]int64{{int64(w.victim.ID), 1 << 40}, {int64(w.other.ID), int64(w.victim.ID)}, {1 << 40, int64(w.other.ID)}} {
			w.exec("UPDATE events SET case_id = $1 WHERE case_id = $2", step[1], step[0])
		}
	}, says: "event 1: the event is not the one"},
	"two cases' events are swapped, with chains that hold": {do: func(w *tampered) {
		a, b := w.events(w.victim.ID), w.events(w.other.ID)
		w.rewrite(w.victim.ID, b)
		w.rewrite(w.other.ID, a)
	}, says: "event 1: the event is not the one"},
	"an event's time": {do: func(w *tampered) {
		w.exec("UPDATE events SET at = at - 86400 WHERE case_id = $1 AND seq = 5", int64(w.victim.ID))
	}, says: "event 5: its values were changed"},
	"the time of recording": {do: func(w *tampered) {
		w.exec("UPDATE events SET recorded_at = recorded_at - 86400 WHERE case_id = $1 AND seq = 1", int64(w.victim.ID))
	}, says: "event 1: its values were changed"},
	"when a case was answered": {do: func(w *tampered) {
		w.exec("UPDATE cases SET answered_at = answered_at + 5 WHERE id = $1", int64(w.victim.ID))
	}, says: "answered_at is"},
	"who leads a case": {do: func(w *tampered) {
		w.exec("UPDATE cases SET lead_id = $1 WHERE id = $2", w.roads, int64(w.victim.ID))
	}, says: "lead_id is"},
	"when a case is due": {do: func(w *tampered) {
		w.exec("UPDATE cases SET due_at = due_at + 86400 WHERE id = $1", int64(w.victim.ID))
	}, says: "due_at is"},
	"the department's due time": {do: func(w *tampered) {
		w.exec("UPDATE cases SET department_due_at = department_due_at + 86400 WHERE id = $1", int64(w.victim.ID))
	}, says: "department_due_at of the case is"},
	"a case's state": {do: func(w *tampered) {
		w.exec("UPDATE cases SET state = 'closed' WHERE id = $1", int64(w.victim.ID))
	}, says: `state is "closed"; by the events it is "answered"`},
	"facts": {do: func(w *tampered) {
		w.exec("UPDATE facts SET days = 0 WHERE case_id = $1 AND answered_at IS NOT NULL", int64(w.victim.ID))
		w.exec("UPDATE facts SET replied_at = replied_at - 1 WHERE case_id = $1 AND answered_at IS NOT NULL", int64(w.victim.ID))
	}, says: "replied_at of the case is"},
	"facts and the case alike": {do: func(w *tampered) {
		w.exec("UPDATE facts SET rating = 5, rating_source = 'web' WHERE case_id = $1 AND answered_at IS NOT NULL", int64(w.victim.ID))
		w.exec("UPDATE cases SET rating = 5, rating_source = 'web' WHERE id = $1", int64(w.victim.ID))
	}, says: "are not those that held after this event"},
	"facts of the past": {do: func(w *tampered) {
		w.exec("UPDATE facts SET department_id = $1 WHERE case_id = $2 AND state = 'received'", w.roads, int64(w.victim.ID))
	}, says: "are not those that held after this event"},
	"a row of facts is deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM facts WHERE case_id = $1 AND state = 'answered'", int64(w.victim.ID))
	}, says: "facts: the row that holds now is missing"},
	"a leaf's number": {do: func(w *tampered) {
		w.exec("UPDATE log_leaves SET leaf = leaf + 1000 WHERE case_id = $1 AND seq = 2", int64(w.victim.ID))
	}, says: "event 3: the leaves of the record are not numbered one after the other"},
	"two leaves have changed places": {do: func(w *tampered) {
		id := int64(w.victim.ID)
		w.exec("UPDATE log_leaves SET leaf = leaf + 100000 WHERE case_id = $1 AND seq IN (2, 3)", id)
		w.exec("UPDATE log_leaves SET leaf = leaf - 100000 + CASE seq WHEN 2 THEN 1 ELSE -1 END WHERE case_id = $1 AND seq IN (2, 3)", id)
	}, says: "among the 4 cases of which one was changed"},
	"a leaf twice": {do: func(w *tampered) {
		w.dropUnique()
		w.exec("INSERT INTO log_leaves (leaf, case_id, seq, hash) SELECT (SELECT MAX(leaf) + 1 FROM log_leaves), case_id, seq, hash FROM log_leaves WHERE case_id = $1 AND seq = 2", int64(w.victim.ID))
	}, says: "event 2: the event stands in the record's tree more than once"},
	"a leaf without an event": {do: func(w *tampered) {
		w.exec("INSERT INTO log_leaves (leaf, case_id, seq, hash) SELECT (SELECT MAX(leaf) + 1 FROM log_leaves), case_id, 9, hash FROM log_leaves WHERE case_id = $1 AND seq = 2", int64(w.victim.ID))
	}, says: "event 9: the event has leaf 25, but the newest checkpoint has only 25"},
	"the newest checkpoint is deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM log_checkpoints WHERE size = 25")
	}, says: "a checkpoint was removed, or the leaf put in from outside", whole: true},
	"the tree is cut back to an older checkpoint": {do: func(w *tampered) {
		w.exec("DELETE FROM log_checkpoints WHERE size = 25")
		w.exec("DELETE FROM log_leaves WHERE leaf >= 20")
	}, says: "the event is not in the record's tree and does not wait for it", whole: true},
	// All that is done since then is lost with it, as if the older backup had been put back. Nothing inside can tell.
	"everything is put back to an older checkpoint": {do: func(w *tampered) {
		last := int64(w.other.ID) + 1
		for _, table := range []string{"event_texts", "events", "facts", "replies", "notices", "log_leaves"} {
			w.exec("DELETE FROM "+table+" WHERE case_id = $1", last)
		}
		w.exec("DELETE FROM cases WHERE id = $1", last)
		w.exec("DELETE FROM log_checkpoints WHERE size = 25")
	}, says: "the checkpoint kept elsewhere has 25 events, this record only 20", whole: true, outside: true},
	"a signature": {do: func(w *tampered) {
		w.exec("UPDATE log_checkpoints SET note = $1 WHERE size = 20", w.kept[1].Note)
	}, says: "checkpoint of 20 events: it does not say what was signed", whole: true},
	"a signature by another key": {do: func(w *tampered) {
		w.exec("UPDATE log_checkpoints SET note = $1 WHERE size = 25", w.signedBy("mailbox-log/other", 25))
	}, says: "was signed with a key that is not this record's", whole: true},
	"a signature by another key under the same name": {do: func(w *tampered) {
		w.exec("UPDATE log_checkpoints SET note = $1 WHERE size = 25", w.signedBy(w.kept[0].Origin, 25))
	}, says: "was signed with a key that is not this record's", whole: true},
	"a stored hash of the tree's": {do: func(w *tampered) {
		w.exec("INSERT INTO log_subtrees (level, n, hash) SELECT 1, 0, hash FROM log_leaves WHERE leaf = 0")
	}, says: "the record has 1 stored hashes of level 1 and should have 0", whole: true},
	"an event's text": {do: func(w *tampered) {
		w.exec("UPDATE event_texts SET body = 'other words' WHERE case_id = $1", int64(w.victim.ID))
	}, says: "its text was changed"},
	"an event's text is deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM event_texts WHERE case_id = $1", int64(w.victim.ID))
	}, says: "its text is missing"},
	"an event's text is deleted as if it had been erased": {do: func(w *tampered) {
		w.exec("DELETE FROM event_texts WHERE case_id = $1", int64(w.victim.ID))
		w.exec("UPDATE cases SET erased_at = changed_at WHERE id = $1", int64(w.victim.ID))
	}, says: "erased_at is"},
	"the letter": {do: func(w *tampered) {
		w.exec("UPDATE cases SET body = 'all is well' WHERE id = $1", int64(w.victim.ID))
	}, says: "title or text is not the one that was received"},
	"the answer": {do: func(w *tampered) {
		w.exec("UPDATE replies SET body = 'we did it' WHERE case_id = $1", int64(w.victim.ID))
	}, says: "the reply is not the one that was handed in or went out"},
	"the answer is deleted": {do: func(w *tampered) {
		w.exec("DELETE FROM replies WHERE case_id = $1", int64(w.victim.ID))
	}, says: "the reply is gone"},
	"everything is rewritten and signed with another key": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		events[4].AccountID = 0
		w.rewrite(w.victim.ID, events)
		w.rebuild(w.anotherSigner(w.kept[0].Origin))
	}, says: "was signed with a key that is not this record's", whole: true},
	"everything is rewritten and signed with the city's own key": {do: func(w *tampered) {
		events := w.events(w.victim.ID)
		events[4].AccountID = 0
		w.rewrite(w.victim.ID, events)
		w.rebuild(w.ownSigner())
	}, says: "among the 4 cases of which one was changed", outside: true},
}

// seal works an event's hash out anew.
func (i *intruder) seal(e *ledger.Event) {
	digest, text := e.TextDigest, e.Text
	e.Text = ""
	if err := e.Seal(e.PrevHash); err != nil {
		i.Fatal(err)
	}
	e.TextDigest, e.Text = digest, text
}

// releaf fits the leaves of a case to its events.
func (i *intruder) releaf(id cases.ID) {
	for _, e := range i.events(id) {
		hash := ledger.LeafHash(e.CaseID, e.Seq, e.Hash)
		i.exec("UPDATE log_leaves SET hash = $1 WHERE case_id = $2 AND seq = $3", hash[:], e.CaseID, e.Seq)
	}
}

// dropUnique lets an event have two leaves.
func (i *intruder) dropUnique() {
	if i.db.Dialect() == migrations.PostgreSQL {
		i.exec("ALTER TABLE log_leaves DROP CONSTRAINT log_leaves_case_id_seq_key")
		return
	}
	i.exec("CREATE TABLE others AS SELECT * FROM log_leaves")
	i.exec("DROP TABLE log_leaves")
	i.exec("ALTER TABLE others RENAME TO log_leaves")
}

func (i *intruder) anotherSigner(name string) note.Signer {
	i.Helper()
	private, _, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		i.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		i.Fatal(err)
	}
	return signer
}

func (i *intruder) signedBy(name string, size int64) string {
	i.Helper()
	root, err := ledger.RootOf(context.Background(), i.db.Read, size)
	if err != nil {
		i.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", name, size, root)}, i.anotherSigner(name))
	if err != nil {
		i.Fatal(err)
	}
	return string(signed)
}

// ownSigner is the city's, which an intruder has who has stolen the key file.
func (i *intruder) ownSigner() note.Signer {
	i.Helper()
	keys, err := seal.Read(i.keyFile)
	if err != nil {
		i.Fatal(err)
	}
	return keys.LogSigner()
}
