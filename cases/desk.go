package cases

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/errs"
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
	db        *migrations.DB
	directory *people.Directory
	keys      *seal.Keys
	calendar  *sla.Calendar
	policies  map[int64]sla.PolicyVersion
	clock     func() time.Time
	wake      func(context.Context, Wakeup)
	city      string
	publicURL string
}

// Config is what a desk is made of. All fields are needed but Wake.
type Config struct {
	DB        *migrations.DB
	Directory *people.Directory
	Keys      *seal.Keys
	Calendar  *sla.Calendar
	Clock     func() time.Time
	Wake      func(context.Context, Wakeup) // called after a commit; nil: leave it to the sweep
	City      string                        // its name, for notices
	PublicURL string                        // where links in notices lead, without a slash at the end
}

// policyRow is one version of the policies as stored.
type policyRow struct {
	bun.BaseModel `bun:"table:policies"`

	Version   int64 `bun:",pk"`
	ValidFrom migrations.Instant
	Body      string
	CreatedAt migrations.Instant
}

// NewDesk reads the policies, writing the first version into an empty database, and fixes the city's
// zone at first start: with another zone the same days would have other deadlines.
func NewDesk(ctx context.Context, c Config) (*Desk, error) {
	d := &Desk{
		db: c.DB, directory: c.Directory, keys: c.Keys, calendar: c.Calendar, clock: c.Clock,
		wake: c.Wake, city: c.City, publicURL: c.PublicURL, policies: map[int64]sla.PolicyVersion{},
	}
	if d.wake == nil {
		d.wake = func(context.Context, Wakeup) {}
	}
	if err := d.fixZone(ctx); err != nil {
		return nil, err
	}
	if err := d.fixKeys(ctx); err != nil {
		return nil, err
	}
	if err := d.loadPolicies(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

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

func (d *Desk) fixZone(ctx context.Context) error {
	zone := d.calendar.Location().String()
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

func (d *Desk) loadPolicies(ctx context.Context) error {
	var rows []policyRow
	if err := d.db.Read.NewSelect().Model(&rows).Order("version").Scan(ctx); err != nil {
		return fmt.Errorf("read policies: %w", err)
	}
	if len(rows) == 0 {
		body, err := json.Marshal(sla.DefaultPolicies())
		if err != nil {
			return fmt.Errorf("write policies: %w", err)
		}
		first := policyRow{Version: 1, Body: string(body), CreatedAt: migrations.At(d.clock())}
		err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&first).On("CONFLICT (version) DO NOTHING").Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("write policies: %w", err)
		}
		rows = append(rows, first)
	}
	for _, row := range rows {
		version, err := sla.ParsePolicyVersion([]byte(row.Body))
		if err != nil {
			return fmt.Errorf("policy version %d: %w", row.Version, err)
		}
		d.policies[row.Version] = version
	}
	return nil
}

// policyAt is the version in force for letters received at t.
func (d *Desk) policyAt(t time.Time) (sla.PolicyVersion, error) {
	versions := make([]sla.PolicyVersion, 0, len(d.policies))
	for _, v := range d.policies {
		versions = append(versions, v)
	}
	v, ok := sla.InForce(versions, t)
	if !ok {
		return v, fmt.Errorf("no policy is in force at %s", t)
	}
	return v, nil
}

// Policy is the policy a case was born with.
func (d *Desk) Policy(c *Case) sla.Policy {
	return d.policies[c.PolicyVersion].For(c.Channel, c.Kind, c.Topic)
}

// PolicyFor is the policy a letter received now would get, for forms that must know it beforehand.
func (d *Desk) PolicyFor(channel, kind string) (sla.Policy, error) {
	v, err := d.policyAt(d.clock())
	if err != nil {
		return sla.Policy{}, err
	}
	return v.For(channel, kind, ""), nil
}

// Calendar is the calendar of working days in use.
func (d *Desk) Calendar() *sla.Calendar { return d.calendar }

// Now is the desk's clock, cut to the second.
func (d *Desk) Now() time.Time { return d.clock().Truncate(time.Second) }

// work is one transaction on one case: its steps share an instant.
type work struct {
	bun.Tx
	desk    *Desk
	now     time.Time
	c       *Case
	before  Values
	assists []assistRow
	events  []ledger.Event
	notices []notify.Notice
	wakeDue time.Time
	written []int64 // ids of the notices, for the wake-up
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
		if seen != AnyVersion && seen != w.c.Version {
			return movedOn(w.c.Version)
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
	d.wake(ctx, Wakeup{Due: done.wakeDue, Notices: done.written})
	return done.c, nil
}

func movedOn(version Version) error {
	return errs.Conflict(
		"somebody else has worked on this case since you opened it (it is at step %d now); your text is kept, please look at the changes and send it again",
		"您打开后已有他人处理过该办件（现为第 %d 步）；您填写的内容已保留，请查看变化后再提交", version)
}

// open locks the case and takes the instant.
func (d *Desk) open(ctx context.Context, tx bun.Tx, id ID) (*work, error) {
	c := new(Case)
	query := "SELECT * FROM cases WHERE id = ?" + d.db.LockRow()
	if err := tx.NewRaw(query, id).Scan(ctx, c); err != nil {
		return nil, notFoundOr(err)
	}
	w := &work{Tx: tx, desk: d, c: c, before: c.values(), now: d.Now()}
	if c.ChangedAt.After(w.now) {
		w.now = c.ChangedAt.Time
	}
	err := tx.NewSelect().Model(&w.assists).Where("case_id = ? AND released_at IS NULL", id).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read assists: %w", err)
	}
	return w, nil
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
	w.detail, w.text = map[string]any{}, ""
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
	w.detail["state"] = string(w.c.State)
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
	if _, err := w.NewUpdate().Model(w.c).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write case: %w", err)
	}
	if err := ledger.Append(ctx, w.Tx, w.events); err != nil {
		return err
	}
	if v := w.c.values(); !v.same(w.before) {
		if err := keepFacts(ctx, w.Tx, w.c.ID, v, w.now); err != nil {
			return err
		}
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
