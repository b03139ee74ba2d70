package cases

import (
	"context"
	"slices"
	"time"

	"mailbox/cases/people"
	"mailbox/migrations"
	"mailbox/sla"
)

// Deadline is how both clocks of a case came about, for a page and for JSON.
type Deadline struct {
	Number        string     `json:"number"`
	State         State      `json:"state"`
	Round         int64      `json:"round"`
	Now           time.Time  `json:"now"`
	PolicyVersion int64      `json:"policy_version"`
	Policy        sla.Policy `json:"policy"`
	// By which editions of the calendar the clocks were worked out: a promise that has passed keeps its own.
	CalendarEdition   int64 `json:"calendar_edition"`
	DepartmentEdition int64 `json:"department_calendar_edition,omitempty"`
	sla.Derivation
	DepartmentName string          `json:"department_name,omitempty"`
	Extension      *ExtensionView  `json:"extension,omitempty"`
	Waits          []WaitView      `json:"waits,omitempty"`
	Stages         []StageView     `json:"stages,omitempty"`
	Finished       *sla.Derivation `json:"first_round,omitempty"` // of a case that is handled again
	FinishedBy     string          `json:"first_round_department,omitempty"`
}

// ExtensionView is where the request for more time stands.
type ExtensionView struct {
	State ExtensionState `json:"state"`
	Days  int64          `json:"working_days"`
	At    time.Time      `json:"at"`
}

// WaitView is one wait for the writer.
type WaitView struct {
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	To       time.Time `json:"to,omitzero"`
	Question string    `json:"-"` // a person's words; on the page only
}

// StageView is a reminder or an escalation: when it comes, and when it came.
type StageView struct {
	Name string    `json:"name"` // reminder, overdue, department_overdue, yellow_card, red_card
	At   time.Time `json:"at"`
	Done time.Time `json:"done,omitzero"`
}

// Deadline explains the due times of a case to whoever may see it.
func (d *Desk) Deadline(ctx context.Context, a people.Actor, id ID) (*Deadline, error) {
	v, err := d.Look(ctx, a, id)
	if err != nil {
		return nil, err
	}
	return d.DeadlineOf(ctx, v)
}

// DeadlineOf explains the due times of a case that has been looked at.
func (d *Desk) DeadlineOf(ctx context.Context, v *View) (*Deadline, error) {
	r, err := d.refreshed(ctx)
	if err != nil {
		return nil, err
	}
	waits, err := waitsOf(ctx, d.db.Read, &v.Case)
	if err != nil {
		return nil, err
	}
	now, p := d.Now(), r.policy(&v.Case)
	h := history(p, &v.Case, waits)
	if v.State == Declined || v.State == Withdrawn || v.State == Merged {
		h.Ended = v.History[len(v.History)-1].At
	}
	e := &Deadline{
		Number: v.Number(), State: v.State, Round: v.Round, Now: now.In(d.Location()), PolicyVersion: v.PolicyVersion, Policy: p,
		CalendarEdition: max(v.DueEdition, 1), DepartmentName: v.Lead,
	}
	e.Derivation = r.derive(h, &v.Handling, now)
	if e.Department != nil {
		e.DepartmentEdition = max(v.DepartmentEdition, 1)
	}
	if v.Extension != "" {
		e.Extension = &ExtensionView{v.Extension, v.ExtensionDays, v.ExtensionAt.In(d.Location())}
	}
	for _, w := range waits {
		e.Waits = append(e.Waits, WaitView{w.Since.In(d.Location()), w.Until.In(d.Location()), inZone(w.EndedAt, d.Location()), w.Question})
	}
	e.Stages = r.stages(&v.Case, now)
	if v.First != nil {
		finished := r.derive(handled(p, v.First, v.ReceivedAt.Time), v.First, now)
		e.Finished, e.FinishedBy = &finished, v.FirstBy
	}
	return e, nil
}

// derive explains each clock by the calendar it was worked out by.
func (r *rulebook) derive(h sla.History, o *Handling, now time.Time) sla.Derivation {
	d := r.edited(o.DueEdition).Derive(h, now)
	if o.DueEdition <= o.DepartmentEdition {
		h.Promise = o.promised()
	} // else the promise moved after the department had replied, whose clock stands as it was
	d.Department = r.edited(o.DepartmentEdition).Derive(h, now).Department
	return d
}

// stages lists what the running round brings and has brought, in the order of time.
func (r *rulebook) stages(c *Case, now time.Time) []StageView {
	k, p := r.calendar(), r.policy(c)
	loc := k.Location()
	var all []StageView
	add := func(name string, at, done migrations.Instant) {
		if !at.IsZero() {
			all = append(all, StageView{name, at.In(loc), inZone(done, loc)})
		}
	}
	if c.Quiet || c.LeadID == 0 {
		add("overdue", c.DueAt, c.OverdueNoticedAt)
		return all
	}
	for _, at := range p.RemindDaysBefore.Of(k, c.DepartmentDueAt.Time, r.hours(now).From) {
		if at.Before(c.RoutedAt.Time) || c.DepartmentDueAt.IsZero() {
			continue
		}
		var done migrations.Instant
		if at.Before(now) && (c.RepliedAt.IsZero() || at.Before(c.RepliedAt.Time)) {
			done = migrations.At(at)
		}
		add("reminder", migrations.At(at), done)
	}
	add("overdue", c.DueAt, c.OverdueNoticedAt)
	add("department_overdue", c.DepartmentDueAt, c.DepartmentNoticedAt)
	if !c.DepartmentDueAt.IsZero() {
		yellow, _ := k.Due(c.DepartmentDueAt.Time, p.YellowDays, p.Closing)
		red, _ := k.Due(c.DepartmentDueAt.Time, p.RedDays, p.Closing)
		add("yellow_card", migrations.At(yellow), c.YellowAt)
		add("red_card", migrations.At(red), c.RedAt)
	}
	slices.SortStableFunc(all, func(a, b StageView) int { return a.At.Compare(b.At) })
	return all
}

func inZone(i migrations.Instant, loc *time.Location) time.Time {
	if i.IsZero() {
		return time.Time{}
	}
	return i.In(loc)
}
