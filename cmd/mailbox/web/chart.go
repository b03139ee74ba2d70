package web

import (
	"strconv"
	"time"

	"mailbox/cases/errs"
	"mailbox/sla/report"
)

// chartView is a drawing of one figure by month or by day, made here because the pages work without a script. Its
// measures are in its own units; the page's words and the table beside it say the same.
type chartView struct {
	ID, Title, Text string
	Width, Height   int
	Left, Right     int // where the rules begin and end
	Shades          []chartShade
	Rules           []chartRule
	Bars            []chartBar
	Lines           []string // points of a line, one for each run of months that have a value
	Dots            []chartDot
	Marks           []chartMark

	step, thick int // from one bar to the next, and its width
}

// chartShade is a stretch of time that lies behind the drawing, such as a holiday.
type chartShade struct{ X, Y, Width, Height int }

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

// The measures of a chart: of twelve months one is 24 wide, a bar 16 of them. Labels are real text of 12.
const (
	chartLeft, chartTop   = 44, 26
	chartStep, chartThick = 24, 16
	chartTall, chartBelow = 120, 40
	chartMargin           = 16
	chartWidth            = chartLeft + boardMonths*chartStep + chartMargin
	chartHeight           = chartTop + chartTall + chartBelow
	chartBottom           = chartTop + chartTall
	chartLine, chartLift  = 17, 8 // from one line of text to the next, and from a value to its mark
	chartDigit            = 8     // how wide a digit is, with what surrounds it
)

// newChart is a frame for so many values beside each other.
func newChart(id, title string, values int) chartView {
	step := min(chartStep, boardMonths*chartStep/max(values, 1))
	return chartView{
		ID: id, Title: title, Width: chartWidth, Height: chartHeight, Left: chartLeft, Right: chartWidth - chartMargin,
		step: step, thick: step * chartThick / chartStep,
	}
}

// at is the middle of the i-th value.
func (c *chartView) at(i int) int { return chartLeft + i*c.step + c.step/2 }

// underMonths writes months and years below the line. now is the month that is marked, -1 for none.
func (s *Server) underMonths(lang errs.Lang, c *chartView, months []report.Figures, now int) {
	apart := (len(months) + boardMonths - 1) / boardMonths // of more than a year every second month, and so on
	for i, f := range months {
		month, err := time.Parse("2006-01", f.GroupID)
		if err != nil {
			continue // the page made it: it is a month
		}
		if (len(months)-1-i)%max(apart, 1) == 0 {
			c.Marks = append(c.Marks, chartMark{c.at(i), chartBottom + chartLine, month.Format(s.words.in(lang, "board.axis.month")), i == now})
		}
		// The year stands under its first month, but not under a December with January beside it.
		if month.Month() == time.January || i == 0 && (month.Month() != time.December || len(months) == 1) && len(months) <= boardMonths {
			c.Marks = append(c.Marks, chartMark{c.at(i), chartBottom + 2*chartLine, month.Format(s.words.in(lang, "board.axis.year")), false})
		}
	}
}

// bars draws counts from 0. now is the one that is marked, -1 for none; open says that it is not over yet.
func (c *chartView) bars(values []int64, now int, open bool) {
	var most int64
	for _, n := range values {
		most = max(most, n)
	}
	top := roundUp(most)
	for _, level := range []int64{0, top / 2, top} {
		c.Rules = append(c.Rules, chartRule{chartBottom - int(level*chartTall/top), strconv.FormatInt(level, 10)})
	}
	for i, n := range values {
		tall := int(n * chartTall / top)
		if n > 0 {
			tall = max(tall, 1) // a letter is never drawn as none
		}
		c.Bars = append(c.Bars, chartBar{c.at(i) - c.thick/2, chartBottom - tall, c.thick, tall, i == now, i == now && open})
		if i == now {
			text := strconv.FormatInt(n, 10)
			for j, beside := range values { // the word must not lie on a taller bar
				if abs(c.at(j)-c.at(i)) < chartDigit*len(text)/2+c.thick/2 {
					tall = max(tall, int(beside*chartTall/top))
				}
			}
			c.Marks = append(c.Marks, chartMark{c.at(i), chartBottom - tall - chartLift, text, true})
		}
	}
}

func abs(n int) int { return max(n, -n) }

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

// line draws rates as a line, on a scale that begins at floor.
func (c *chartView) line(rates []report.Rate, floor int64, now int) {
	for _, level := range []int64{floor, (floor + 100) / 2, 100} {
		c.Rules = append(c.Rules, chartRule{rateAt(level*100, floor), strconv.FormatInt(level, 10) + "%"})
	}
	run := polyline(readings(rates), c.at, func(hundredths int64) int { return rateAt(hundredths, floor) })
	c.Lines = run.lines
	for i, dot := range run.dots {
		dot.Now = run.of[i] == now
		if dot.Now {
			label := dot.Y - chartLift - 1
			if falls := i > 0 && run.of[i-1] == now-1 && run.dots[i-1].Y < dot.Y; falls && dot.Y+chartLine <= chartBottom-chartLift {
				label = dot.Y + chartLine // the line comes from above
			}
			c.Marks = append(c.Marks, chartMark{dot.X, label, rates[now].String(), true})
		}
		c.Dots = append(c.Dots, dot)
	}
}

// reading is a value that may be missing: a rate in hundredths of a per cent, or a count.
type reading struct {
	n     int64
	known bool
}

func readings(rates []report.Rate) []reading {
	all := make([]reading, len(rates))
	for i, r := range rates {
		all[i].n, all[i].known = r.Hundredths()
	}
	return all
}

// polylined are the values of a line that there are, and the number of each.
type polylined struct {
	lines []string
	dots  []chartDot
	of    []int
}

// polyline joins values beside each other; one between two that are missing is a dot only.
func polyline(values []reading, x func(int) int, y func(hundredths int64) int) polylined {
	var p polylined
	line, run := "", 0
	end := func() {
		if run > 1 {
			p.lines = append(p.lines, line)
		}
		line, run = "", 0
	}
	for i, value := range values {
		if !value.known {
			end()
			continue
		}
		dot := chartDot{X: x(i), Y: y(value.n)}
		if run > 0 {
			line += " "
		}
		line, run = line+strconv.Itoa(dot.X)+","+strconv.Itoa(dot.Y), run+1
		p.dots, p.of = append(p.dots, dot), append(p.of, i)
	}
	end()
	return p
}

// scaleFrom is where the scale of rates begins, in per cent, so that a difference can be seen: at 80 or 50 where none
// lies below; and how many there are.
func scaleFrom(rates []report.Rate) (floor int64, known int) {
	lowest := int64(100_00)
	for _, r := range rates {
		if rate, ok := r.Hundredths(); ok {
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

// trendView is a figure of the last months as a small line.
type trendView struct {
	Text          string
	Width, Height int
	Base          int
	Lines         []string
	Dots          []chartDot
}

// The measures of a trend: twelve months of 14.
const (
	trendStep, trendTall = 14, 30
	trendEdge            = 5 // room for the last dot
)

// trend draws values between floor and top.
func trend(values []reading, floor, top int64) *trendView {
	view := &trendView{Width: max(len(values)-1, 1)*trendStep + 2*trendEdge, Height: trendTall + 2*trendEdge, Base: trendTall + trendEdge}
	if top <= floor {
		top = floor + 1
	}
	run := polyline(values, func(i int) int { return trendEdge + i*trendStep },
		func(n int64) int { return view.Base - int((n-floor)*trendTall/(top-floor)) })
	view.Lines = run.lines
	for i, dot := range run.dots {
		dot.Now = run.of[i] == len(values)-1
		// A dot only where it says something: at the end, and where no line leads to it.
		alone := (i == 0 || run.of[i-1] != run.of[i]-1) && (i == len(run.of)-1 || run.of[i+1] != run.of[i]+1)
		if dot.Now || alone {
			view.Dots = append(view.Dots, dot)
		}
	}
	return view
}
