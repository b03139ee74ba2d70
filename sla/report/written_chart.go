package report

import (
	"strconv"
)

// drawing is a chart in its own units, made here because paper has no script. Every value is printed beside its bar.
type drawing struct {
	Title         string
	Heads         [2]string // what the labels and the values are, where the drawing is given as a table
	Width, Height int
	Base          int // where standing bars stand; 0 for lying ones
	Bars          []bar
}

// bar is one value: its box, and where its label and value are written.
type bar struct {
	X, Y, Width, Height int
	Label, Value        string
	LabelX, LabelY      int
	ValueX, ValueY      int
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// The measures of the drawings, in units of which the width of the page has 640.
const (
	drawnWide  = 640
	drawnTall  = 150 // of the highest standing bar
	drawnAbove = 24  // room for the value of the highest
	drawnBelow = 26  // room for the labels
	drawnLine  = 24  // a lying bar with the gap to the next
	drawnNames = 210 // room for the names beside lying bars
	drawnValue = 64  // room for the values beside lying bars
)

// standingBars draws counts as columns.
func standingBars(title string, heads [2]string, labels []string, values []int64) *drawing {
	d := &drawing{Title: title, Heads: heads, Width: drawnWide, Height: drawnAbove + drawnTall + drawnBelow, Base: drawnAbove + drawnTall}
	var most int64 = 1
	for _, n := range values {
		most = max(most, n)
	}
	step := drawnWide / max(len(values), 6)
	left := (drawnWide - step*len(values)) / 2
	for i, n := range values {
		tall := int(n * drawnTall / most)
		if n > 0 {
			tall = max(tall, 1) // a letter is never drawn as none
		}
		thick := min(step*3/5, 48)
		middle := left + i*step + step/2
		d.Bars = append(d.Bars, bar{
			X: middle - thick/2, Y: d.Base - tall, Width: thick, Height: tall, Label: labels[i], Value: number(n),
			LabelX: middle, LabelY: d.Base + 18, ValueX: middle, ValueY: d.Base - tall - 6,
		})
	}
	return d
}

// lyingBars draws rates, from 0 to 100 %, as bars beside their names.
func lyingBars(title string, heads [2]string, labels []string, rates []Rate) *drawing {
	d := &drawing{Title: title, Heads: heads, Width: drawnWide, Height: drawnLine*len(rates) + 4}
	for i, rate := range rates {
		n, ok := rate.Hundredths()
		value := None
		if ok {
			value = rate.String() + "%"
		}
		wide := int(n * (drawnWide - drawnNames - drawnValue) / 100_00)
		y := drawnLine*i + 4
		d.Bars = append(d.Bars, bar{
			X: drawnNames, Y: y, Width: wide, Height: drawnLine - 8, Label: labels[i], Value: value,
			LabelX: drawnNames - 8, LabelY: y + 13, ValueX: drawnNames + wide + 6, ValueY: y + 13,
		})
	}
	return d
}

func (p *prose) monthsDrawn() *drawing {
	var labels []string
	var values []int64
	long := len(p.Months.Groups) > 12
	for i := range p.Months.Groups {
		f := &p.Months.Groups[i]
		label := f.GroupID
		if long && len(label) == len("2018-01") {
			label = label[2:4] + "/" + label[5:]
		}
		labels, values = append(labels, label), append(values, f.Valid)
	}
	return standingBars(p.say("各月有效信件（件）", "Valid letters by month"),
		[2]string{groupingWords[ByMonth].in(p.lang), definitionOf("valid").Name(p.lang)}, labels, values)
}

// speedDrawn draws how many letters took how many working days by the writer's clock.
func (p *prose) speedDrawn() *drawing {
	var labels []string
	var values []int64
	var longer int64
	for _, took := range p.Total.Took {
		if took.Days < daysMost {
			labels, values = append(labels, number(took.Days)), append(values, took.Letters)
		} else {
			longer += took.Letters
		}
	}
	if longer > 0 {
		labels, values = append(labels, "≥"+number(daysMost)), append(values, longer)
	}
	return standingBars(p.say("从收到到答复的工作日数（件）", "Letters by working days from receipt to answer"),
		[2]string{wordDays.in(p.lang), p.say("件数", "Letters")}, labels, values)
}

func (p *prose) departmentsDrawn(ranked []Figures) *drawing {
	var labels []string
	var rates []Rate
	drawn := ranked[:min(len(ranked), barsMost)]
	for i := range drawn {
		labels, rates = append(labels, shortened(printable(drawn[i].Group))), append(rates, drawn[i].DepartmentOnTimeRate)
	}
	title := definitionOf("department_on_time_rate").Name(p.lang)
	if len(drawn) < len(ranked) {
		title += p.say(wordBusiest.zh, wordBusiest.en, len(drawn))
	}
	return lyingBars(title, [2]string{groupingWords[ByDepartment].in(p.lang), definitionOf("department_on_time_rate").Name(p.lang)}, labels, rates)
}

// shortened fits a name into the room beside a bar; the table has it in full.
func shortened(name string) string {
	const columns = 28
	if columnsOf(name) <= columns {
		return name
	}
	short := ""
	for _, r := range name {
		if columnsOf(short+string(r)) > columns-2 {
			break
		}
		short += string(r)
	}
	return short + "…"
}
