package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"mailbox/migrations"
	"mailbox/sla"
)

// rulebook is the calendar and the policies as they stood at one moment. It never changes once made.
//
// The database holds them, an edition or a version a change, only ever added to. A process keeps the
// newest rulebook it has seen; every transaction asks which is the newest there is (it costs no round
// trip of its own), so that no process reckons by rules that another has replaced.
type rulebook struct {
	edition   int64 // of the calendar in force
	version   int64 // of the newest policy
	calendars map[int64]*sla.Calendar
	policies  map[int64]sla.PolicyVersion
}

// rules is the newest rulebook this process has seen.
type rules struct{ atomic.Pointer[rulebook] }

// newest is which rules are the newest in the database.
type newest struct {
	Edition int64 `bun:"newest_edition"`
	Policy  int64 `bun:"newest_policy"`
}

// newestSQL goes into the select list of a statement that is needed anyway.
const newestSQL = "(SELECT COALESCE(MAX(edition), 0) FROM calendars) AS newest_edition, (SELECT COALESCE(MAX(version), 0) FROM policies) AS newest_policy"

// calendarRow is one edition of the calendar as stored: the years that this edition brought.
type calendarRow struct {
	bun.BaseModel `bun:"table:calendars"`

	Edition   int64 `bun:",pk"`
	Body      string
	Source    string
	AccountID int64 `bun:",nullzero"`
	LoadedAt  migrations.Instant
}

// policyRow is one version of the policies as stored.
type policyRow struct {
	bun.BaseModel `bun:"table:policies"`

	Version   int64 `bun:",pk"`
	ValidFrom migrations.Instant
	Body      string
	AccountID int64 `bun:",nullzero"`
	Reason    string
	CreatedAt migrations.Instant
}

// calendar is the calendar in force.
func (r *rulebook) calendar() *sla.Calendar { return r.calendars[r.edition] }

// edited is the calendar of an edition; 0, of a row that an older version wrote, is the first.
func (r *rulebook) edited(edition int64) *sla.Calendar { return r.calendars[max(edition, 1)] }

// policyAt is the version in force for letters received at t.
func (r *rulebook) policyAt(t time.Time) (sla.PolicyVersion, error) {
	v, ok := sla.InForce(slices.Collect(maps.Values(r.policies)), t)
	if !ok {
		return v, fmt.Errorf("no policy is in force at %s", t)
	}
	return v, nil
}

// policy is the policy a case was born with: by what it was at receipt, so that correcting kind, topic
// or channel moves nothing.
func (r *rulebook) policy(c *Case) sla.Policy {
	v, ok := r.policies[c.PolicyVersion]
	if !ok {
		// Added by another process since we last looked, which pages and lists do at every sweep only; verbs
		// never meet it.
		v = r.policies[r.version]
	}
	if c.BornKind == "" { // written by the version before
		return v.For(c.Channel, c.Kind, c.Topic)
	}
	return v.For(c.BornChannel, c.BornKind, c.BornTopic)
}

// beginRules writes the first edition and the first version into an empty database, and reads what is there.
func (d *Desk) beginRules(ctx context.Context, calendar *sla.Calendar) error {
	d.rules.Store(&rulebook{calendars: map[int64]*sla.Calendar{0: calendar}})
	var n newest
	if err := d.db.Read.NewRaw("SELECT "+newestSQL).Scan(ctx, &n); err != nil {
		return fmt.Errorf("read the rules: %w", err)
	}
	if n.Edition == 0 || n.Policy == 0 {
		years, err := sla.FormatYears(calendar.Years())
		if err != nil {
			return fmt.Errorf("write the calendar: %w", err)
		}
		policies, err := json.Marshal(sla.DefaultPolicies())
		if err != nil {
			return fmt.Errorf("write policies: %w", err)
		}
		now := migrations.At(d.clock())
		err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			edition := calendarRow{Edition: 1, Body: string(years), Source: "built-in", LoadedAt: now}
			_, errEdition := tx.NewInsert().Model(&edition).On("CONFLICT (edition) DO NOTHING").Exec(ctx)
			version := policyRow{Version: 1, Body: string(policies), CreatedAt: now}
			_, errVersion := tx.NewInsert().Model(&version).On("CONFLICT (version) DO NOTHING").Exec(ctx)
			return errors.Join(errEdition, errVersion)
		})
		if err != nil {
			return fmt.Errorf("write the first rules: %w", err)
		}
	}
	_, err := d.readRules(ctx, d.db.Read)
	return err
}

// readRules reads all editions and versions, and keeps them if they are the newest this process has seen.
func (d *Desk) readRules(ctx context.Context, db bun.IDB) (*rulebook, error) {
	var editions []calendarRow
	if err := db.NewSelect().Model(&editions).Order("edition").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read calendars: %w", err)
	}
	r := &rulebook{calendars: map[int64]*sla.Calendar{}, policies: map[int64]sla.PolicyVersion{}}
	loc := d.Location()
	var years []sla.Year
	for _, e := range editions {
		more, err := sla.ParseYears([]byte(e.Body))
		if err != nil {
			return nil, fmt.Errorf("calendar edition %d: %w", e.Edition, err)
		}
		years = append(years, more...)
		if r.calendars[e.Edition], err = sla.New(loc, years...); err != nil {
			return nil, fmt.Errorf("calendar edition %d: %w", e.Edition, err)
		}
		r.edition = e.Edition
	}
	var versions []policyRow
	if err := db.NewSelect().Model(&versions).Order("version").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read policies: %w", err)
	}
	for _, row := range versions {
		version, err := sla.ParsePolicyVersion([]byte(row.Body))
		if err != nil {
			return nil, fmt.Errorf("policy version %d: %w", row.Version, err)
		}
		r.policies[row.Version], r.version = version, row.Version
	}
	for {
		seen := d.rules.Load()
		if r.edition < seen.edition || r.version < seen.version {
			return r, nil // an older snapshot; another has read more meanwhile
		}
		if d.rules.CompareAndSwap(seen, r) {
			return r, nil
		}
	}
}

// rulesFor gives the rulebook of what a transaction has found to be the newest.
func (d *Desk) rulesFor(ctx context.Context, db bun.IDB, n newest) (*rulebook, error) {
	r := d.rules.Load()
	if r.edition >= n.Edition && r.version >= n.Policy {
		return r, nil
	}
	return d.readRules(ctx, db)
}

// Refresh reads the rules anew if another process has changed them, for pages and lists; verbs do it by
// themselves.
func (d *Desk) Refresh(ctx context.Context) error {
	_, err := d.refreshed(ctx)
	return err
}

func (d *Desk) refreshed(ctx context.Context) (*rulebook, error) {
	var n newest
	if err := d.db.Read.NewRaw("SELECT "+newestSQL).Scan(ctx, &n); err != nil {
		return nil, fmt.Errorf("read the rules: %w", err)
	}
	return d.rulesFor(ctx, d.db.Read, n)
}

// Policy is the policy a case was born with.
func (d *Desk) Policy(c *Case) sla.Policy { return d.rules.Load().policy(c) }

// PolicyFor is the policy a letter received now would get, for forms that must know it beforehand.
func (d *Desk) PolicyFor(channel, kind string) (sla.Policy, error) {
	v, err := d.rules.Load().policyAt(d.clock())
	if err != nil {
		return sla.Policy{}, err
	}
	return v.For(channel, kind, ""), nil
}

// Hours are the hours of the policy in force in which notices to the staff may leave.
func (d *Desk) Hours() sla.NoticeHours {
	v, err := d.rules.Load().policyAt(d.clock())
	if err != nil { // cannot be: the first version has no start
		return sla.DefaultPolicies().Notices
	}
	return v.Notices
}

// Calendar is the calendar of working days in use.
func (d *Desk) Calendar() *sla.Calendar { return d.rules.Load().calendar() }

// Location is the city's zone.
func (d *Desk) Location() *time.Location {
	for _, c := range d.rules.Load().calendars {
		return c.Location()
	}
	return sla.Shanghai
}
