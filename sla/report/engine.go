package report

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Engine computes reports. It only reads, and may be used by many at once.
type Engine struct {
	// SilenceDays, when not 0, makes the rate that stands beside the satisfaction rate in a city that counts silence as
	// content: an answered letter without a rating so many days (of 24 hours) after its answer counts as satisfied there.
	SilenceDays int
	// FactsOnly reads everything from the facts, also what was folded beforehand: what folds are held against.
	FactsOnly bool

	db  *migrations.DB
	loc *time.Location
}

// New makes an engine over db. In loc, the city's zone, an instant has its local day.
func New(db *migrations.DB, loc *time.Location) *Engine { return &Engine{db: db, loc: loc} }

// Run computes the report that q asks for, as of q.AsOf.
//
// Errors: invalid, naming the field of q (from, to, as_of, by, then, channel, kind, topic, district, department, policy).
func (e *Engine) Run(ctx context.Context, q Query) (Report, error) {
	c, err := e.prepare(ctx, q)
	if err != nil {
		return Report{}, err
	}
	r := Report{
		Period: c.span.period(), AsOf: Moment{c.AsOf.In(e.loc)}, By: c.By, Then: c.Then,
		Successors: c.Successors, SilenceDays: e.SilenceDays,
	}
	spans := []span{c.span}
	if yearBefore, before, ok := c.span.comparisons(e.today(c.AsOf)); ok && c.Compare {
		spans = append(spans, yearBefore, before)
		r.YearOnYear, r.Previous = new(yearBefore.period()), new(before.period())
	}

	// One scan a period, side by side.
	counted := make([]tallies, len(spans))
	side, sideCtx := errgroup.WithContext(ctx)
	for i, s := range spans {
		side.Go(func() (err error) {
			counted[i], err = e.count(sideCtx, &c, s)
			return err
		})
	}
	if !c.Brief {
		side.Go(func() (err error) {
			r.Conduct, err = e.conduct(sideCtx, &c)
			return err
		})
		side.Go(func() (err error) {
			r.Reworks, r.ReworkTotal, err = e.reworks(sideCtx, &c)
			return err
		})
	}
	if err := side.Wait(); err != nil {
		return Report{}, err
	}
	r.Filter = c.filterWords()
	r.fill(counted, c.lineage.names)
	return r, nil
}

// prepare looks at what was asked, and reads the departments.
func (e *Engine) prepare(ctx context.Context, q Query) (checked, error) {
	c, err := q.check()
	if err != nil {
		return c, err
	}
	c.silence = int64(e.SilenceDays) * secondsADay
	if c.lineage, err = e.departments(ctx, c.AsOf, c.Successors); err != nil {
		return c, err
	}
	if _, known := c.lineage.names[strconv.FormatInt(c.Department, 10)]; c.Department != 0 && !known {
		return c, errs.Invalid("department", "there is no such department", "没有这个部门")
	}
	return c, nil
}

// today is the local day of an instant, as a span reckons.
func (e *Engine) today(at time.Time) time.Time {
	year, month, day := at.In(e.loc).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// fill makes the groups and the total from what was counted: the period itself and, when compared, the
// year before and the previous period.
func (r *Report) fill(counted []tallies, names map[string]string) {
	all := make([]grouped, len(counted))
	for i, of := range counted {
		all[i] = of.grouped()
	}
	whole := make([]*tally, len(all))
	for i := range all {
		whole[i] = newTally("")
		for _, group := range all[i] {
			whole[i].plus(group.whole)
		}
	}
	r.Total = r.compared(whole)
	r.Total.Group = "total"
	r.Groups = []Figures{}
	if r.By == ByNone {
		return
	}
	for id := range all[0] {
		same := make([]*tally, len(all))
		for i := range all {
			same[i] = all[i].of(id).whole
		}
		f := r.named(r.By, id, r.compared(same), names)
		if r.Then != "" {
			f.Parts = r.parts(all, id, names)
		}
		r.Groups = append(r.Groups, f)
	}
	sortGroups(r.By, r.Groups)
}

// parts divides a group.
func (r *Report) parts(all []grouped, group string, names map[string]string) []Figures {
	var parts []Figures
	for id := range all[0][group].parts {
		same := make([]*tally, len(all))
		for i := range all {
			if same[i] = all[i].of(group).parts[id]; same[i] == nil {
				same[i] = newTally(id)
			}
		}
		parts = append(parts, r.named(r.Then, id, r.compared(same), names))
	}
	sortGroups(r.Then, parts)
	return parts
}

// named says which group figures are of.
func (r *Report) named(by Grouping, id string, f Figures, names map[string]string) Figures {
	f.Group, f.GroupID = id, id
	if by == ByDepartment {
		f.Group = cmp.Or(names[id], id)
	}
	return f
}

// grouped are the groups of a span, each with its parts.
type grouped map[string]*groupTally

type groupTally struct {
	whole *tally
	parts map[string]*tally
}

func (g grouped) of(id string) *groupTally {
	if g[id] == nil {
		g[id] = &groupTally{newTally(id), map[string]*tally{}}
	}
	return g[id]
}

func (t tallies) grouped() grouped {
	g := grouped{}
	for k, part := range t {
		group := g.of(k.group)
		group.whole.plus(part)
		group.parts[k.part] = part
	}
	return g
}

// compared is the first of the figures with its distance to the second and third, if there are any.
func (r *Report) compared(same []*tally) Figures {
	for _, t := range same {
		t.settle()
		if r.SilenceDays == 0 {
			t.SatisfactionWithSilence = Rate{}
		}
	}
	f := same[0].Figures
	if len(same) == 3 {
		f.YearOnYear, f.Previous = f.against(&same[1].Figures), f.against(&same[2].Figures)
	}
	return f
}

// Cases opens a figure of Run's report for the same q to its cases: those of one cell (the total when q is not
// grouped, so take By away for it), by day of receipt, and how many there are in all. total equals the figure,
// because both are made from the same conditions.
//
// Errors: as Run; invalid also for figure, group, part, limit and offset.
func (e *Engine) Cases(ctx context.Context, q Query, cell Cell, figureName string, limit, offset int) (ids []int64, total int, err error) {
	c, err := e.prepare(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	conditions, err := conditionsOf(figureName)
	if err != nil {
		return nil, 0, err
	}
	if err := checkList(cell, limit, offset); err != nil {
		return nil, 0, err
	}
	return e.list(ctx, &c, cell, conditions, limit, offset)
}

func checkList(cell Cell, limit, offset int) error {
	switch {
	case !plain(cell.Group):
		return invalidGroup("group", cell.Group)
	case !plain(cell.Part):
		return invalidGroup("part", cell.Part)
	case limit < 1:
		return errs.Invalid("limit", "please ask for at least one case", "请至少查询一件")
	case offset < 0:
		return errs.Invalid("offset", "please begin at 0 or later", "起始位置不能小于0")
	}
	return nil
}

func invalidGroup(field, id string) error {
	return errs.Invalid(field, "there is no group %[1]q in this report", "本报表中没有分组%[1]q", id)
}

// filterWords says which filters were set, the department by its name.
func (c *checked) filterWords() map[string]string {
	words := map[string]string{}
	for field, value := range map[string]string{
		"channel": c.Channel, "kind": c.Kind, "topic": c.Topic, "district": c.District,
	} {
		if value != "" {
			words[field] = value
		}
	}
	if c.Department != 0 {
		words["department"] = c.lineage.names[strconv.FormatInt(c.Department, 10)]
	}
	if c.Policy != 0 {
		words["policy"] = strconv.FormatInt(c.Policy, 10)
	}
	return words
}
