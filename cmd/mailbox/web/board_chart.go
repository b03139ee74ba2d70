package web

import (
	"strconv"
	"time"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// chartView is a drawing of one figure by month, made here because the pages work without a script. Its
// measures are in its own units; the page's words and the table beside it say the same.
type chartView struct {
	ID, Title, Text string
	Width, Height   int
	Left, Right     int // where the rules begin and end
	Rules           []chartRule
	Bars            []chartBar
	Lines           []string // points of a line, one for each run of months that have a value
	Dots            []chartDot
	Marks           []chartMark
}

// chartRule is a level line with its value.
type chartRule struct {
	Y     int
	Label string
}

// chartBar and chartDot are the value of a month; Now marks the month of the page, Open one not over yet.
type chartBar struct {
	X, Y, Width, Height int
	Now, Open           bool
}

type chartDot struct {
	X, Y int
	Now  bool
}

// chartMark is a word under the months or at a value.
type chartMark struct {
	X, Y int
	Text string
	Now  bool
}

// The measures of a chart: a month is 24 wide, a bar 16 of them. Labels are real text of 12.
const (
	chartLeft, chartTop   = 44, 26
	chartStep, chartThick = 24, 16
	chartTall, chartBelow = 120, 40
	chartMargin           = 16
	chartWidth            = chartLeft + boardMonths*chartStep + chartMargin
	chartHeight           = chartTop + chartTall + chartBelow
	chartBottom           = chartTop + chartTall
	chartLine, chartLift  = 17, 8 // from one line of text to the next, and from a value to its mark
)

// newChart is the frame of a drawing: months and years below the line.
func (s *Server) newChart(lang errs.Lang, id string, b *publicBoard) chartView {
	chart := chartView{
		ID: id, Title: s.words.in(lang, "board.chart."+id), Width: chartWidth, Height: chartHeight,
		Left: chartLeft, Right: chartWidth - chartMargin,
	}
	for i, f := range b.Months {
		month, err := time.Parse("2006-01", f.GroupID)
		if err != nil {
			continue // the board made it: it is a month
		}
		now := i == len(b.Months)-1
		chart.Marks = append(chart.Marks, chartMark{chartAt(i), chartBottom + chartLine, month.Format(s.words.in(lang, "board.axis.month")), now})
		// The year stands under its first month, but not under a December with January beside it.
		if month.Month() == time.January || i == 0 && (month.Month() != time.December || len(b.Months) == 1) {
			chart.Marks = append(chart.Marks, chartMark{chartAt(i), chartBottom + 2*chartLine, month.Format(s.words.in(lang, "board.axis.year")), false})
		}
	}
	return chart
}

// chartAt is the middle of the i-th month.
func chartAt(i int) int { return chartLeft + i*chartStep + chartStep/2 }

// receivedChart draws letters received as bars from 0.
func (s *Server) receivedChart(lang errs.Lang, b *publicBoard) chartView {
	chart := s.newChart(lang, "received", b)
	var most, sum int64
	at := b.Month
	for _, f := range b.Months {
		sum += f.Received
		if f.Received > most {
			most = f.Received
			if month, err := time.Parse("2006-01", f.GroupID); err == nil {
				at = month
			}
		}
	}
	top := roundUp(most)
	for _, level := range []int64{0, top / 2, top} {
		chart.Rules = append(chart.Rules, chartRule{chartBottom - int(level*chartTall/top), strconv.FormatInt(level, 10)})
	}
	for i, f := range b.Months {
		tall := int(f.Received * chartTall / top)
		if f.Received > 0 {
			tall = max(tall, 1) // a letter is never drawn as none
		}
		now := i == len(b.Months)-1
		chart.Bars = append(chart.Bars, chartBar{chartAt(i) - chartThick/2, chartBottom - tall, chartThick, tall, now, now && !b.Complete})
		if now {
			chart.Marks = append(chart.Marks, chartMark{chartAt(i), chartBottom - tall - chartLift, strconv.FormatInt(f.Received, 10), true})
		}
	}
	if most == 0 {
		chart.Text = s.words.in(lang, "board.chart.received.none")
	} else {
		chart.Text = s.words.in(lang, "board.chart.received.text", len(b.Months), sum, s.monthName(lang, at), most, b.City.Total.Received)
	}
	return chart
}

// roundUp is the top of a scale whose half is a whole number: 2, 4, 6, 8 or 10 times a power of ten.
func roundUp(n int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, times := range []int64{2, 4, 6, 8, 10} {
			if times*power >= n {
				return times * power
			}
		}
	}
}

// onTimeChart draws the on-time rate as a line. So that a difference can be seen, the scale begins at 80 or
// 50 % where no month lies below; the words of the drawing say so.
func (s *Server) onTimeChart(lang errs.Lang, b *publicBoard) chartView {
	chart := s.newChart(lang, "on_time", b)
	floor, known := scaleFrom(b.Months)
	for _, level := range []int64{floor, (floor + 100) / 2, 100} {
		chart.Rules = append(chart.Rules, chartRule{rateAt(level*100, floor), strconv.FormatInt(level, 10) + "%"})
	}
	line, run := "", 0
	end := func() {
		if run > 1 { // a month between two without a value is a dot only
			chart.Lines = append(chart.Lines, line)
		}
		line, run = "", 0
	}
	for i, f := range b.Months {
		rate, ok := f.OnTimeRate.Hundredths()
		if !ok {
			end()
			continue
		}
		now, x, y := i == len(b.Months)-1, chartAt(i), rateAt(rate, floor)
		if run > 0 {
			line += " "
		}
		line, run = line+strconv.Itoa(x)+","+strconv.Itoa(y), run+1
		chart.Dots = append(chart.Dots, chartDot{x, y, now})
		if now {
			label := y - chartLift - 1
			if falls := run > 1 && chart.Dots[len(chart.Dots)-2].Y < y; falls && y+chartLine <= chartBottom-chartLift {
				label = y + chartLine // the line comes from above
			}
			chart.Marks = append(chart.Marks, chartMark{x, label, f.OnTimeRate.String(), true})
		}
	}
	end()
	if known == 0 {
		chart.Text = s.words.in(lang, "board.chart.on_time.none")
	} else {
		chart.Text = s.words.in(lang, "board.chart.on_time.text", known, s.rateText(lang, b.City.Total.OnTimeRate), floor)
	}
	return chart
}

// scaleFrom is where the scale of rates begins, in per cent, and how many months have a rate.
func scaleFrom(months []report.Figures) (floor int64, known int) {
	lowest := int64(100_00)
	for _, f := range months {
		if rate, ok := f.OnTimeRate.Hundredths(); ok {
			known++
			lowest = min(lowest, rate)
		}
	}
	switch {
	case known > 0 && lowest >= 80_00:
		return 80, known
	case known > 0 && lowest >= 50_00:
		return 50, known
	}
	return 0, known
}

// rateAt is the height of a rate, in hundredths of a per cent, on a scale that begins at floor.
func rateAt(hundredths, floor int64) int {
	return chartBottom - int((hundredths-floor*100)*chartTall/((100-floor)*100))
}
