package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"mailbox/cases/audit"
	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/notify"
	"mailbox/sla"
)

// keepsRules tells whether the actor may change the calendar and the policies: the administrator, and the
// operator at the command line.
func keepsRules(a people.Actor) error {
	if a.Is(people.Administrator) || a.Is(people.System) {
		return nil
	}
	return errs.Forbidden("only the administrator may change the calendar and the policies", "只有系统管理员可以修改工作日历和办理规则")
}

// Edition is one edition of the calendar.
type Edition struct {
	Edition  int64
	Years    []int  // that it brought
	Source   string // the file's name, "built-in" for the first
	By       string // the account's name; empty for the command line
	LoadedAt time.Time
}

// Editions lists the editions of the calendar, newest first.
func (d *Desk) Editions(ctx context.Context) ([]Edition, error) {
	var rows []calendarRow
	if err := d.db.Read.NewSelect().Model(&rows).Order("edition DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read calendars: %w", err)
	}
	names, err := d.names(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Edition, len(rows))
	for i, row := range rows {
		all[i] = Edition{Edition: row.Edition, Source: row.Source, By: names.accounts[row.AccountID], LoadedAt: row.LoadedAt.Time}
		years, err := sla.ParseYears([]byte(row.Body))
		if err != nil {
			return nil, fmt.Errorf("calendar edition %d: %w", row.Edition, err)
		}
		for _, y := range years {
			all[i].Years = append(all[i].Years, y.Year)
		}
	}
	return all, nil
}

// CalendarPreview is what a calendar would change.
type CalendarPreview struct {
	Years   []int // that the file brings
	Changed []sla.Day
	Looked  int // cases that rest on the calendar
	// Moved cases get another due time: by the writer's clock, or else by the department's.
	Moved, Earlier, Later int
	Certain               int // were provisional and would not be any more
	Provisional           int // would still be
	Withdrawn             int // overdue marks and cards that would prove wrong
}

// PreviewCalendar works out what loading the years would change, and changes nothing. progress, if given, is
// told how many cases have been looked at, and of how many.
func (d *Desk) PreviewCalendar(ctx context.Context, a people.Actor, years []sla.Year, progress func(done, total int)) (CalendarPreview, error) {
	if err := keepsRules(a); err != nil {
		return CalendarPreview{}, err
	}
	r, next, err := d.withYears(ctx, years)
	if err != nil {
		return CalendarPreview{}, err
	}
	p := CalendarPreview{Years: yearsOf(years), Changed: changedDays(r.calendar(), next.calendar(), years)}
	total := 0
	if err := d.db.Read.NewRaw("SELECT count(*) FROM cases WHERE "+stale).Scan(ctx, &total); err != nil {
		return p, fmt.Errorf("count cases: %w", err)
	}
	now := d.Now()
	for after := ID(0); ; {
		var found []Case
		err := d.db.Read.NewRaw("SELECT * FROM cases WHERE "+stale+" AND id > ? ORDER BY id LIMIT ?", after, settleBatch).Scan(ctx, &found)
		if err != nil {
			return p, fmt.Errorf("read cases: %w", err)
		}
		if len(found) == 0 {
			return p, nil
		}
		for i := range found {
			if err := p.add(ctx, d, next, &found[i], now); err != nil {
				return p, err
			}
		}
		p.Looked += len(found)
		after = found[len(found)-1].ID
		if progress != nil {
			progress(p.Looked, max(total, p.Looked))
		}
	}
}

func (p *CalendarPreview) add(ctx context.Context, d *Desk, next *rulebook, c *Case, now time.Time) error {
	first, err := firstRound(ctx, d.db.Read, c)
	if err != nil {
		return err
	}
	waits, err := waitsOf(ctx, d.db.Read, c)
	if err != nil {
		return err
	}
	s := next.settle(c, first, waits, now, now)
	way := s.moved
	if way == 0 {
		way = s.department
	}
	switch {
	case way < 0:
		p.Moved, p.Earlier = p.Moved+1, p.Earlier+1
	case way > 0:
		p.Moved, p.Later = p.Moved+1, p.Later+1
	}
	if s.certain {
		p.Certain++
	}
	if c.Provisional || c.DepartmentProvisional {
		p.Provisional++
	}
	if s.overdue || len(s.withdrawn) > 0 {
		p.Withdrawn++
	}
	return nil
}

// withYears is the rulebook in force and what it would be with the years.
func (d *Desk) withYears(ctx context.Context, years []sla.Year) (r, next *rulebook, err error) {
	if r, err = d.refreshed(ctx); err != nil {
		return nil, nil, err
	}
	first := r.calendar().Years()[0].Year
	for _, y := range years {
		// It would give due times to letters that have been without since they came.
		if y.Year < first {
			return nil, nil, errs.Invalid("file",
				"the calendar begins in %[1]d; %[2]d cannot be added before it",
				"工作日历从 %[1]d 年开始，不能补入更早的 %[2]d 年", first, y.Year)
		}
	}
	calendar, err := r.calendar().WithYears(years...)
	if err != nil {
		return nil, nil, errs.Invalid("file", "the calendar cannot be used: %v", "工作日历无法使用：%v", err).Because(err)
	}
	next = &rulebook{edition: r.edition + 1, version: r.version, policies: r.policies, calendars: map[int64]*sla.Calendar{r.edition + 1: calendar}}
	return r, next, nil
}

func yearsOf(years []sla.Year) []int {
	var all []int
	for _, y := range years {
		all = append(all, y.Year)
	}
	slices.Sort(all)
	return all
}

// changedDays are the days of the years that are worked now and would not be, or the other way round, as
// they would be.
func changedDays(now, next *sla.Calendar, years []sla.Year) []sla.Day {
	var changed []sla.Day
	for _, year := range yearsOf(years) {
		first, last := sla.NewDate(year-1, time.December, 20), sla.NewDate(year, time.December, 31)
		for day := first; day <= last; day++ {
			if now.IsWorkingDay(day) != next.IsWorkingDay(day) && !slices.ContainsFunc(changed, func(d sla.Day) bool { return d.Date == day }) {
				changed = append(changed, next.Describe(day))
			}
		}
	}
	return changed
}

// LoadCalendar puts the years into force. Open deadlines are worked out again by [Desk.Settle], with an event
// each; whoever works on a case before that does it for this case.
//
// Errors: forbidden; invalid, naming file; conflict when nothing would change, or when the last calendar is
// still being applied.
func (d *Desk) LoadCalendar(ctx context.Context, a people.Actor, years []sla.Year, source string) (edition int64, err error) {
	if err := keepsRules(a); err != nil {
		return 0, err
	}
	if source, err = cleanLine("source", "the source", "来源", source, MaxTopic, false); err != nil {
		return 0, err
	}
	r, next, err := d.withYears(ctx, years)
	if err != nil {
		return 0, err
	}
	if same, err := sameYears(r.calendar(), next.calendar()); err != nil || same {
		if err == nil {
			err = errs.Conflict("these years are loaded already, day for day", "这些年份的放假安排已载入，没有变化")
		}
		return 0, err
	}
	left, err := d.Unsettled(ctx)
	if err != nil {
		return 0, err
	}
	if left > 0 {
		return 0, errs.Conflict(
			"the last calendar is still being applied to %d cases; please try again in a minute",
			"上一次的工作日历还有 %d 件办件尚未核定，请稍后再试", left)
	}
	body, err := sla.FormatYears(years)
	if err != nil {
		return 0, fmt.Errorf("write calendar: %w", err)
	}
	row := calendarRow{Edition: next.edition, Body: string(body), Source: source, AccountID: a.Account, LoadedAt: migrations.At(d.Now())}
	err = d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			return err
		}
		return audit.Write(audit.By(ctx, a.Account), tx, row.LoadedAt, audit.Line{
			Deed: audit.CalendarLoaded, Subject: audit.Calendar, ID: row.Edition,
			Is: audit.Values{"years": strings.Trim(fmt.Sprint(yearsOf(years)), "[]"), "source": source},
		})
	})
	if migrations.IsUnique(err) {
		return 0, errs.Conflict("somebody else has just loaded a calendar; please look again", "他人刚刚载入了工作日历，请刷新后再试")
	}
	if err != nil {
		return 0, fmt.Errorf("write calendar: %w", err)
	}
	if err := d.Refresh(ctx); err != nil {
		return 0, err
	}
	d.wake(ctx, Wakeup{Due: d.Now()}) // whoever answers alarms applies it
	return row.Edition, nil
}

func sameYears(a, b *sla.Calendar) (bool, error) {
	one, err := sla.FormatYears(a.Years())
	if err != nil {
		return false, err
	}
	two, err := sla.FormatYears(b.Years())
	return string(one) == string(two), err
}

// missingWithin is how many days ahead a year that is not loaded is announced.
const missingWithin = 60

// MissingYear is the first year that a deadline of the next sixty days needs and that is not loaded, and the
// first such day.
func (d *Desk) MissingYear() (first sla.Date, year int, missing bool) {
	k := d.Calendar()
	return k.UnknownWithin(sla.DateOf(d.Now(), k.Location()), missingWithin)
}

// announceMissing writes, each working morning, to the administrators that a year is missing.
func (d *Desk) announceMissing(ctx context.Context, tx bun.Tx, now time.Time) ([]notify.Notice, error) {
	first, year, missing := d.MissingYear()
	if !missing {
		return nil, nil
	}
	to, err := holders(ctx, tx, now, people.Administrator)
	if err != nil {
		return nil, err
	}
	data := d.data()
	today := sla.DateOf(now, d.Location())
	data.Year, data.Day, data.Days, data.URL = year, first.Start(d.Location()), int(first-today), d.publicURL+"/admin/calendar"
	var notices []notify.Notice
	for _, r := range to {
		n, err := render(wording.CalendarMissing, r, data, fmt.Sprintf("calendar_missing:%d:%s", year, today))
		if err != nil {
			return nil, err
		}
		notices = append(notices, n)
	}
	return notices, nil
}
