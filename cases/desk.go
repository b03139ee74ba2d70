package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
	"mailbox/cases/files"
	"mailbox/cases/ledger"
	"mailbox/cases/people"
	"mailbox/cases/seal"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// Wakeup says what a committed change left for others to do: an alarm to arm, notices to deliver.
// Losing it loses nothing: the sweep finds both in the database.
type Wakeup struct {
	Due     time.Time // zero: no alarm
	Notices []int64
}

// Desk does everything that can be done to cases. Safe for concurrent use.
type Desk struct {
	db         *migrations.DB
	directory  *people.Directory
	resets     *people.Resets
	keys       *seal.Keys
	rules      rules
	clock      func() time.Time
	wake       func(context.Context, Wakeup)
	stirred    chan struct{} // see Stirred
	city       string
	publicURL  string
	models     models   // what was learned of letters, as this process has read it
	coldly     coldKept // what routing needs no history for
	perContact int
	eraseAfter int // years; 0: never
	sms        bool
	store      files.Store // nil: nothing can be attached
	likeness   likeness    // by what letters that repeat others are found
	// publicationsIndexed: this process has seen that no published letter is missing in the index.
	publicationsIndexed atomic.Bool
	mailed              atomic.Value // sla.Date: the last day whose mailings this process knows to be written
}

// Config is what a desk is made of. All fields are needed but Wake, Files, PerContact and SMS.
type Config struct {
	DB         *migrations.DB
	Directory  *people.Directory
	Keys       *seal.Keys
	Calendar   *sla.Calendar // its zone is the city's; its years are what an empty database begins with
	Clock      func() time.Time
	Wake       func(context.Context, Wakeup) // called after a commit; nil: leave it to the sweep
	Files      files.Store                   // where attachments lie; nil: nothing can be attached
	City       string                        // its name, for notices
	PerContact int                           // letters a day under one telephone number or e-mail address; 0: the usual 20
	EraseAfter int                           // years after which what is personal in an ended case is erased; 0: never
	PublicURL  string                        // where links in notices lead, without a slash at the end
	SMS        bool                          // writers without an e-mail address are told by short messages
}

// NewDesk reads the calendar and the policies, writing the first of each into an empty database, and fixes
// the city's zone at first start: with another zone the same days would have other deadlines.
func NewDesk(ctx context.Context, c Config) (*Desk, error) {
	d := &Desk{
		db: c.DB, directory: c.Directory, resets: people.NewResets(c.Directory, c.Keys.LookupHash), keys: c.Keys, clock: c.Clock,
		stirred: make(chan struct{}, 1), city: c.City, publicURL: c.PublicURL, store: c.Files, perContact: c.PerContact, sms: c.SMS, eraseAfter: c.EraseAfter,
	}
	d.wake = func(ctx context.Context, w Wakeup) {
		d.stir()
		if c.Wake != nil {
			c.Wake(ctx, w)
		}
	}
	if err := d.fixZone(ctx, c.Calendar.Location().String()); err != nil {
		return nil, err
	}
	if err := d.fixKeys(ctx); err != nil {
		return nil, err
	}
	if err := d.beginRules(ctx, c.Calendar); err != nil {
		return nil, err
	}
	return d, nil
}

// SMS tells whether writers without an e-mail address are told by short messages.
func (d *Desk) SMS() bool { return d.sms }

// fixed are what a database is bound to at its first start.
const (
	fixedZone = "zone"
	fixedKeys = "keys"
)

// HasKeys tells whether the database is bound to a key file already: then a missing file must be restored,
// not made anew.
func HasKeys(ctx context.Context, db *migrations.DB) (bool, error) {
	var mark string
	err := db.Read.NewRaw("SELECT value FROM settings WHERE name = ?", fixedKeys).Scan(ctx, &mark)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// fix writes a value at first start and gives what stands there ever after.
func (d *Desk) fix(ctx context.Context, name, value string) (fixed string, err error) {
	read := func() error {
		return d.db.Read.NewRaw("SELECT value FROM settings WHERE name = ?", name).Scan(ctx, &fixed)
	}
	if err = read(); !errors.Is(err, sql.ErrNoRows) {
		return fixed, err
	}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, value)
		return err
	})
	if err != nil {
		return "", err
	}
	return fixed, read() // another process may have been first
}

func (d *Desk) fixZone(ctx context.Context, zone string) error {
	fixed, err := d.fix(ctx, fixedZone, zone)
	if err != nil {
		return fmt.Errorf("fix the zone: %w", err)
	}
	if fixed != zone {
		return errs.Invalid("MAILBOX_TIMEZONE",
			"the zone of this database was fixed as %[1]s at its first start; %[2]s would move every deadline",
			"本库首次启动时已固定时区为 %[1]s，改为 %[2]s 会改变所有期限", fixed, zone)
	}
	return nil
}

// fixKeys binds the database to its key file: with another one no contact could be opened, and new ones
// would be sealed with keys that the other processes do not have.
func (d *Desk) fixKeys(ctx context.Context) error {
	fixed, err := d.fix(ctx, fixedKeys, d.keys.Mark())
	if err != nil {
		return fmt.Errorf("fix the keys: %w", err)
	}
	if fixed != d.keys.Mark() {
		return errs.Invalid("MAILBOX_KEY_FILE",
			"this is not the key file that the database was begun with; restore that one from a backup, or copy it from the other machines",
			"这不是该数据库首次启动时的密钥文件；请从备份恢复，或从其他机器复制原密钥文件")
	}
	return nil
}

// Now is the desk's clock, cut to the second.
func (d *Desk) Now() time.Time { return d.clock().Truncate(time.Second) }

// work is one transaction on one case: its steps share an instant.
type work struct {
	bun.Tx
	desk    *Desk
	now     time.Time
	rules   *rulebook
	c       *Case
	opened  Version   // the case's as we found it
	first   *Handling // the finished first round, nil while it runs
	waits   []waitRow // of the present lead
	before  Values
	led     int64 // who led the case as we found it
	assists []assistRow
	conduct []conductRow
	events  []ledger.Event
	notices []notify.Notice
	written []int64 // ids of the notices, for the wake-up
	program bool    // the running step is the program's own
	// The running step's record; set by the verb.
	detail   map[string]any
	text     string
	reviewer int64 // who let the answer out, 0 when nobody reviewed it
	then     []following
}

// following is a verb of the system's that another verb brings with it.
type following struct {
	actor people.Actor
	verb  people.Verb
	own   func(context.Context, *work) error
}

// errNothing ends a verb that finds its work already done: nothing is written, and that is no error.
var errNothing = errors.New("nothing to do")

// change is the one place where a case changes: it locks the row, takes the instant, asks the
// permission table and the transition table, lets the verb say its own, and writes case, facts, event
// and notices in one transaction.
//
// The instant is taken after the lock, so that a case's time order is its commit order, and never lies
// before the case's last change, even when the machine's clock was set back.
func (d *Desk) change(ctx context.Context, a people.Actor, verb people.Verb, id ID, seen Version, own func(context.Context, *work) error) (*Case, error) {
	var done *work
	err := d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		w, err := d.open(ctx, tx, id)
		if err != nil {
			return err
		}
		// Whoever may not see the case must not learn from a conflict that it moved.
		if _, err := a.Permit(verb, w.subject()); err != nil {
			return err
		}
		if seen != AnyVersion && seen != w.opened {
			return movedOn(w.opened)
		}
		if err := w.step(ctx, a, verb, own); err != nil {
			return err
		}
		if err := w.save(ctx); err != nil {
			return err
		}
		done = w
		return nil
	})
	if errors.Is(err, errNothing) {
		return d.load(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	d.wake(ctx, Wakeup{Due: done.c.AlarmAt.Time, Notices: done.written})
	return done.c, nil
}

func movedOn(version Version) error {
	return errs.Conflict(
		"somebody else has worked on this case since you opened it (it is at step %d now); your text is kept, please look at the changes and send it again",
		"您打开后已有他人处理过该办件（现为第 %d 步）；您填写的内容已保留，请查看变化后再提交", version)
}

// lockedCase is a case and which rules were the newest when it was locked.
type lockedCase struct {
	Case
	newest
}

// open locks the case and takes the instant. A calendar that has come since the case was last looked at is
// applied first, and then all that the time which has passed asks for: a verb that comes before the alarm
// finds the case as if the alarm had come first, so that nothing depends on when a job ran.
func (d *Desk) open(ctx context.Context, tx bun.Tx, id ID) (*work, error) {
	locked := new(lockedCase)
	query := "SELECT c.*, " + newestSQL + " FROM cases AS c WHERE c.id = ?" + d.db.LockRow()
	if d.db.Dialect() == migrations.PostgreSQL {
		query += " OF c"
	}
	if err := tx.NewRaw(query, id).Scan(ctx, locked); err != nil {
		return nil, notFoundOr(err)
	}
	c := &locked.Case
	// While we waited for the lock, a newer calendar may have come that our statement could not see yet.
	locked.Edition = max(locked.Edition, c.SettledEdition)
	w := &work{Tx: tx, desk: d, c: c, led: c.LeadID, now: d.Now()}
	if c.ChangedAt.After(w.now) {
		w.now = c.ChangedAt.Time
	}
	var err error
	if w.rules, err = d.rulesFor(ctx, tx, locked.newest); err != nil {
		return nil, err
	}
	if w.assists, err = assistsOf(ctx, tx, id); err != nil {
		return nil, err
	}
	if w.waits, err = waitsOf(ctx, tx, c); err != nil {
		return nil, err
	}
	if w.first, err = firstRound(ctx, tx, c); err != nil {
		return nil, err
	}
	w.before = c.values(w.first)
	if err := w.settleFirst(ctx); err != nil {
		return nil, err
	}
	return w, w.catchUp(ctx)
}

// firstRound reads the finished first round of a case that is in a later one.
func firstRound(ctx context.Context, db bun.IDB, c *Case) (*Handling, error) {
	if c.Round == 1 {
		return nil, nil //nolint:nilnil // the first round is the running one
	}
	row := new(round)
	if err := db.NewSelect().Model(row).Where("case_id = ? AND round = 1", c.ID).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read first round: %w", err)
	}
	return &row.Handling, nil
}

func notFoundOr(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errs.NotFound("there is no such case", "没有这个办件")
	}
	return fmt.Errorf("read case: %w", err)
}

func (w *work) subject() people.Subject {
	return subject(w.c, w.assists)
}

func subject(c *Case, assists []assistRow) people.Subject {
	s := people.Subject{Case: int64(c.ID), Lead: c.LeadID}
	for _, a := range assists {
		s.Assists = append(s.Assists, a.DepartmentID)
	}
	return s
}

// step is one verb inside the transaction: permission, transition, the verb's own doing, its event. It
// may be followed by another of the system's in the same transaction (an answer after a reply that
// nobody reviews).
func (w *work) step(ctx context.Context, a people.Actor, verb people.Verb, own func(context.Context, *work) error) error {
	grant, err := a.Permit(verb, w.subject())
	if err != nil {
		return err
	}
	to, err := next(verb, w.c.State)
	if err != nil {
		return err
	}
	if err := w.c.whole(verb); err != nil {
		return err
	}
	w.detail, w.text, w.program = map[string]any{}, "", a.Is(people.System)
	if err := own(ctx, w); err != nil {
		return err
	}
	w.c.State = to
	if err := w.record(a, grant, verb); err != nil {
		return err
	}
	then := w.then
	w.then = nil
	for _, f := range then {
		if err := w.step(ctx, f.actor, f.verb, f.own); err != nil {
			return err
		}
	}
	return nil
}

// record adds the event of the step to the chain.
func (w *work) record(a people.Actor, grant people.Grant, verb people.Verb) error {
	w.c.Version++
	w.c.ChangedAt = migrations.At(w.now)
	v := w.c.values(w.first)
	w.detail["state"], w.detail[factsDetail] = string(w.c.State), v.digest()
	detail, err := ledger.Detail(w.detail)
	if err != nil {
		return err
	}
	e := ledger.Event{
		CaseID: int64(w.c.ID), Seq: int64(w.c.Version),
		At: migrations.At(w.now), RecordedAt: migrations.At(w.now),
		Actor: string(grant.Role), AccountID: a.Account, DepartmentID: grant.Department,
		Verb: string(verb), Detail: detail, Text: w.text,
	}
	if err := e.Seal(w.c.HeadHash); err != nil {
		return err
	}
	w.c.HeadHash = e.Hash
	w.events = append(w.events, e)
	return nil
}

// save writes what the steps left.
func (w *work) save(ctx context.Context) error {
	if err := w.dropProposals(ctx); err != nil {
		return err
	}
	w.c.AssistDueAt = w.assistDue()
	w.c.setAlarm(w.rules)
	if _, err := w.NewUpdate().Model(w.c).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write case: %w", err)
	}
	if err := ledger.Append(ctx, w.Tx, w.events); err != nil {
		return err
	}
	if err := writeConduct(ctx, w.Tx, w.conduct); err != nil {
		return err
	}
	if v := w.c.values(w.first); !v.same(w.before) {
		if err := keepFacts(ctx, w.Tx, w.c.ID, v, w.now); err != nil {
			return err
		}
	}
	if err := w.reindex(ctx); err != nil {
		return err
	}
	return w.writeNotices(ctx)
}

// load reads a case outside a change.
func (d *Desk) load(ctx context.Context, id ID) (*Case, error) {
	c := new(Case)
	if err := d.db.Read.NewSelect().Model(c).Where("c.id = ?", id).Scan(ctx); err != nil {
		return nil, notFoundOr(err)
	}
	return c, nil
}
