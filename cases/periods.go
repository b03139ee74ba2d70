package cases

import (
	"context"
	"fmt"
	"strconv"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// span is a month, a quarter, a half-year or a year that is over: local days, to not included.
type span struct {
	key      string
	from, to sla.Date
	zh, en   string
}

// lastMonth is the month before that of the morning.
func (m *morning) lastMonth() span {
	year, month, _ := m.day.YearMonthDay()
	to := sla.NewDate(year, month, 1)
	from := sla.NewDate(year, month-1, 1)
	y, mo, _ := from.YearMonthDay()
	return span{
		key: from.String()[:len("2026-01")], from: from, to: to,
		zh: fmt.Sprintf("%d年%d月", y, int(mo)), en: fmt.Sprintf("%s %d", mo, y),
	}
}

// lastQuarter is the quarter before that of the morning.
func (m *morning) lastQuarter() span {
	year, month, _ := m.day.YearMonthDay()
	first := (month-1)/3*3 + 1
	to := sla.NewDate(year, first, 1)
	from := sla.NewDate(year, first-3, 1)
	y, mo, _ := from.YearMonthDay()
	n := int(mo-1)/3 + 1
	return span{
		key: fmt.Sprintf("%dQ%d", y, n), from: from, to: to,
		zh: fmt.Sprintf("%d年第%d季度", y, n), en: fmt.Sprintf("quarter %d of %d", n, y),
	}
}

// lastHalf is the half-year before that of the morning.
func (m *morning) lastHalf() span {
	year, month, _ := m.day.YearMonthDay()
	first := (month-1)/6*6 + 1
	to := sla.NewDate(year, first, 1)
	from := sla.NewDate(year, first-6, 1)
	y, mo, _ := from.YearMonthDay()
	s := span{key: fmt.Sprintf("%dH1", y), from: from, to: to, zh: fmt.Sprintf("%d年上半年", y), en: fmt.Sprintf("the first half of %d", y)}
	if mo > 1 {
		s.key, s.zh, s.en = fmt.Sprintf("%dH2", y), fmt.Sprintf("%d年下半年", y), fmt.Sprintf("the second half of %d", y)
	}
	return s
}

// lastYear is the year before that of the morning.
func (m *morning) lastYear() span {
	year, _, _ := m.day.YearMonthDay()
	return span{
		key: strconv.Itoa(year - 1), from: sla.NewDate(year-1, 1, 1), to: sla.NewDate(year, 1, 1),
		zh: fmt.Sprintf("%d年", year-1), en: strconv.Itoa(year - 1),
	}
}

func (m *morning) monthOver(ctx context.Context) error   { return m.periodOver(ctx, m.lastMonth()) }
func (m *morning) quarterOver(ctx context.Context) error { return m.periodOver(ctx, m.lastQuarter()) }
func (m *morning) halfOver(ctx context.Context) error    { return m.periodOver(ctx, m.lastHalf()) }
func (m *morning) yearOver(ctx context.Context) error    { return m.periodOver(ctx, m.lastYear()) }

// periodOver tells supervision that the figures of a period are there. A city that was not there yet is not
// told of the time before.
func (m *morning) periodOver(ctx context.Context, s span) error {
	var began bool
	err := m.tx.NewRaw("SELECT EXISTS (SELECT 1 FROM cases WHERE received_at < ? AND NOT quiet)", migrations.At(s.to.Start(m.Location()))).Scan(ctx, &began)
	if err != nil || !began {
		return err
	}
	to, err := holders(ctx, m.tx, m.now, people.Supervisor)
	if err != nil {
		return err
	}
	data := m.data()
	data.URL = fmt.Sprintf("%s/reports?from=%s&through=%s", m.publicURL, s.from, s.to.AddDays(-1))
	for _, r := range to {
		data.Period = s.zh
		if r.lang == errs.EN {
			data.Period = s.en
		}
		n, err := render(wording.PeriodOver, r, data, "period_over:"+s.key)
		if err != nil {
			return err
		}
		m.notices = append(m.notices, n)
	}
	return nil
}
