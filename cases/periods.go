package cases

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// PeriodMorning is when a period is told of and reported on: the first hour at which the staff are told anything, on the
// first working day after it.
func (d *Desk) PeriodMorning(p sla.Period) time.Time {
	r := d.rules.Load()
	day := p.To
	if !r.calendar().IsWorkingDay(day) {
		day = r.calendar().NextWorkingDay(day)
	}
	return r.calendar().Morning(day, r.hours(day.Start(d.Location())).From)
}

// ReportPause is how long after its morning a period is reported on, as of that instant: a verb that took its own instant
// before may commit as late as that.
const ReportPause = time.Minute

// Began is when the first letter came that the city was told of, and not only took over as history; false: none has.
func (d *Desk) Began(ctx context.Context) (time.Time, bool, error) {
	var at migrations.Instant
	err := d.db.Read.NewRaw("SELECT received_at FROM cases WHERE NOT quiet ORDER BY received_at, id LIMIT 1").Scan(ctx, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("find the first letter: %w", err)
	}
	return at.Time, true, nil
}

// PeriodName is what people call a period.
func PeriodName(p sla.Period, lang errs.Lang) string {
	half, second := "上半年", "first"
	if p.Number() == 2 {
		half, second = "下半年", "second"
	}
	switch p.Kind {
	case sla.QuarterPeriod:
		return inLang(lang, fmt.Sprintf("%d年第%d季度", p.Year(), p.Number()), fmt.Sprintf("quarter %d of %d", p.Number(), p.Year()))
	case sla.HalfPeriod:
		return inLang(lang, fmt.Sprintf("%d年%s", p.Year(), half), fmt.Sprintf("the %s half of %d", second, p.Year()))
	case sla.YearPeriod:
		return inLang(lang, fmt.Sprintf("%d年", p.Year()), strconv.Itoa(p.Year()))
	case sla.MonthPeriod:
	}
	return inLang(lang, fmt.Sprintf("%d年%d月", p.Year(), p.Number()), fmt.Sprintf("%s %d", time.Month(p.Number()), p.Year()))
}

func inLang(lang errs.Lang, zh, en string) string {
	if lang == errs.EN {
		return en
	}
	return zh
}

// tellPeriods tells of each period that is over, the oldest first: of the latest of each kind, and of those since the
// one told of before.
func (m *morning) tellPeriods(ctx context.Context) error {
	for _, kind := range sla.PeriodKinds {
		last := sla.PeriodOf(kind, m.day).Before()
		var told sql.NullString
		if err := m.db.Read.NewRaw("SELECT MAX(period) FROM mailings WHERE kind = ?", kind).Scan(ctx, &told); err != nil {
			return fmt.Errorf("read mailings: %w", err)
		}
		first := last
		for told.Valid && first.Before().Key() > told.String {
			first = first.Before()
		}
		for p := first; p.From <= last.From; p = p.Next() {
			err := m.once(ctx, string(kind), p.Key(), func(ctx context.Context) error { return m.periodOver(ctx, p) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// periodOver tells supervision that the figures of a period are there. A city that was not there yet is not
// told of the time before.
func (m *morning) periodOver(ctx context.Context, p sla.Period) error {
	var began bool
	err := m.tx.NewRaw("SELECT EXISTS (SELECT 1 FROM cases WHERE received_at < ? AND NOT quiet)", migrations.At(p.To.Start(m.Location()))).Scan(ctx, &began)
	if err != nil || !began {
		return err
	}
	to, err := holders(ctx, m.tx, m.now, people.Supervisor)
	if err != nil {
		return err
	}
	data := m.data()
	data.URL = fmt.Sprintf("%s/reports?from=%s&through=%s", m.publicURL, p.From, p.To.AddDays(-1))
	for _, r := range to {
		data.Period = PeriodName(p, r.lang)
		n, err := render(wording.PeriodOver, r, data, "period_over:"+p.Key())
		if err != nil {
			return err
		}
		m.notices = append(m.notices, n)
	}
	return nil
}
