package report

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"mailbox/cases/errs"
	"mailbox/migrations"
)

// Engine computes reports. It only reads, and may be used by many at once.
type Engine struct {
	db  *migrations.DB
	loc *time.Location
}

// New makes an engine over db. In loc, the city's zone, an instant has its local day.
func New(db *migrations.DB, loc *time.Location) *Engine { return &Engine{db: db, loc: loc} }

// Run computes the report that q asks for, as of q.AsOf.
//
// Errors: invalid, naming the field of q (from, to, as_of, by, channel, kind, topic, district, department).
func (e *Engine) Run(ctx context.Context, q Query) (Report, error) {
	c, err := q.check()
	if err != nil {
		return Report{}, err
	}
	r := Report{Period: c.span.period(), AsOf: Moment{c.AsOf.In(e.loc)}, By: c.By}
	spans := []span{c.span}
	if yearBefore, before, ok := c.span.comparisons(e.today(c.AsOf)); ok && c.Compare {
		spans = append(spans, yearBefore, before)
		r.YearOnYear, r.Previous = new(yearBefore.period()), new(before.period())
	}

	// One scan a period, side by side.
	counted := make([]map[string]*tally, len(spans))
	var names map[string]string
	side, sideCtx := errgroup.WithContext(ctx)
	for i, s := range spans {
		side.Go(func() (err error) {
			counted[i], err = e.count(sideCtx, &c, s)
			return err
		})
	}
	side.Go(func() (err error) {
		if names, err = e.names(sideCtx); err == nil {
			r.Conduct, err = e.conduct(sideCtx, &c, names)
		}
		return err
	})
	if err := side.Wait(); err != nil {
		return Report{}, err
	}
	if r.Filter, err = c.filterWords(names); err != nil {
		return Report{}, err
	}
	r.fill(counted, names)
	return r, nil
}

// today is the local day of an instant, as a span reckons.
func (e *Engine) today(at time.Time) time.Time {
	year, month, day := at.In(e.loc).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// fill makes the groups and the total from what was counted: the period itself and, when compared, the
// year before and the previous period.
func (r *Report) fill(counted []map[string]*tally, names map[string]string) {
	totals := make([]*tally, len(counted))
	for i, groups := range counted {
		totals[i] = sum(groups)
	}
	r.Total = compared(totals)
	r.Groups = []Figures{}
	if r.By == ByNone {
		return
	}
	for id := range counted[0] {
		same := make([]*tally, len(counted))
		for i, groups := range counted {
			if same[i] = groups[id]; same[i] == nil {
				same[i] = newTally(id)
			} else {
				same[i].settle()
			}
		}
		f := compared(same)
		if r.By == ByDepartment {
			f.Group = cmp.Or(names[id], id)
		}
		r.Groups = append(r.Groups, f)
	}
	sortGroups(r.By, r.Groups)
}

// sum adds all groups up.
func sum(groups map[string]*tally) *tally {
	total := newTally("")
	total.Group = "total"
	for _, t := range groups {
		for _, f := range figures {
			*f.in(&total.Figures) += *f.in(&t.Figures)
		}
		for days, n := range t.days {
			total.days[days] += n
		}
		for days, n := range t.departmentDays {
			total.departmentDays[days] += n
		}
	}
	total.settle()
	return total
}

// compared is the first of the figures with its distance to the second and third, if there are any.
func compared(same []*tally) Figures {
	f := same[0].Figures
	if len(same) == 3 {
		f.YearOnYear, f.Previous = f.against(&same[1].Figures), f.against(&same[2].Figures)
	}
	return f
}

// Cases opens a figure of Run's report for the same q to its cases: those of one group (a
// [Figures.GroupID]; ignored when q is not grouped, so take By away for the total), by day of receipt,
// and how many there are in all. total equals the figure, because both are made from the same conditions.
//
// Errors: as Run; invalid also for figure, group, limit and offset.
func (e *Engine) Cases(ctx context.Context, q Query, group, figureName string, limit, offset int) (ids []int64, total int, err error) {
	c, err := q.check()
	if err != nil {
		return nil, 0, err
	}
	at := slices.IndexFunc(figures, func(f figure) bool { return f.name == figureName })
	if at < 0 {
		return nil, 0, errs.Invalid("figure", "there is no figure %[1]q; choose one of %[2]s", "没有指标%[1]q，可选：%[2]s",
			figureName, joined(FigureNames()))
	}
	if !plain(group) {
		return nil, 0, invalidGroup(group)
	}
	if limit < 1 {
		return nil, 0, errs.Invalid("limit", "please ask for at least one case", "请至少查询一件")
	}
	if offset < 0 {
		return nil, 0, errs.Invalid("offset", "please begin at 0 or later", "起始位置不能小于0")
	}
	return e.list(ctx, &c, group, figures[at], limit, offset)
}

func invalidGroup(group string) error {
	return errs.Invalid("group", "there is no group %[1]q in this report", "本报表中没有分组%[1]q", group)
}

// filterWords says which filters were set, the department by its name.
func (c *checked) filterWords(names map[string]string) (map[string]string, error) {
	words := map[string]string{}
	for field, value := range map[string]string{
		"channel": c.Channel, "kind": c.Kind, "topic": c.Topic, "district": c.District,
	} {
		if value != "" {
			words[field] = value
		}
	}
	if c.Department != 0 {
		name, ok := names[strconv.FormatInt(c.Department, 10)]
		if !ok {
			return nil, errs.Invalid("department", "there is no such department", "没有这个部门")
		}
		words["department"] = name
	}
	return words, nil
}
