package web

import (
	"time"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// receivedChart draws letters received as bars from 0.
func (s *Server) receivedChart(lang errs.Lang, b *publicBoard) chartView {
	chart := newChart("received", s.words.in(lang, "board.chart.received"), len(b.Months))
	s.underMonths(lang, &chart, b.Months, len(b.Months)-1)
	values := make([]int64, len(b.Months))
	var most, sum int64
	at := b.Month
	for i, f := range b.Months {
		values[i] = f.Received
		sum += f.Received
		if f.Received > most {
			most = f.Received
			if month, err := time.Parse("2006-01", f.GroupID); err == nil {
				at = month
			}
		}
	}
	chart.bars(values, len(b.Months)-1, !b.Complete)
	if most == 0 {
		chart.Text = s.words.in(lang, "board.chart.received.none")
	} else {
		chart.Text = s.words.in(lang, "board.chart.received.text", len(b.Months), sum, s.monthName(lang, at), most, b.City.Total.Received)
	}
	return chart
}

// onTimeChart draws the on-time rate as a line. So that a difference can be seen, the scale begins at 80 or
// 50 % where no month lies below; the words of the drawing say so.
func (s *Server) onTimeChart(lang errs.Lang, b *publicBoard) chartView {
	chart := newChart("on_time", s.words.in(lang, "board.chart.on_time"), len(b.Months))
	s.underMonths(lang, &chart, b.Months, len(b.Months)-1)
	rates := onTimeRates(b.Months)
	floor, known := scaleFrom(rates)
	chart.line(rates, floor, len(b.Months)-1)
	if known == 0 {
		chart.Text = s.words.in(lang, "board.chart.on_time.none")
	} else {
		chart.Text = s.words.in(lang, "board.chart.on_time.text", known, s.rateText(lang, b.City.Total.OnTimeRate), floor)
	}
	return chart
}

func onTimeRates(months []report.Figures) []report.Rate {
	rates := make([]report.Rate, len(months))
	for i := range months {
		rates[i] = months[i].OnTimeRate
	}
	return rates
}
