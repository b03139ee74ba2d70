package cases

import (
	"context"
	"fmt"

	"mailbox/cases/errs"
	"mailbox/cases/people"
	"mailbox/cases/wording"
	"mailbox/migrations"
	"mailbox/sla"
)

// span is a month or a quarter that is over: local days, to not included.
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

func (m *morning) monthOver(ctx context.Context) error   { return m.periodOver(ctx, m.lastMonth()) }
func (m *morning) quarterOver(ctx context.Context) error { return m.periodOver(ctx, m.lastQuarter()) }

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
