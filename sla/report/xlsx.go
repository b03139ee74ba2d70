package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

// Made says where a file comes from: it stands in it, so that a printed page can be traced and made again.
type Made struct {
	City    string
	At      time.Time // when, in the city's zone
	Version string    // of the program
}

// The sheets of the file, in their order; those with nothing to show are left out.
var (
	sheetTotal       = word{"合计", "Total"}
	sheetGroups      = word{"分组", "Groups"}
	sheetCharts      = word{"图表", "Charts"}
	sheetConduct     = word{"办理情况", "Conduct"}
	sheetReworks     = word{"重办", "Reworks"}
	sheetSpeed       = word{"用时分布", "Speed"}
	sheetDefinitions = word{"指标口径", "Definitions"}
	sheetQuery       = word{"统计条件", "Query"}
)

var (
	wordYearOnYearPoints = word{"同比（百分点）", "Year on year, points"}
	wordPreviousPoints   = word{"环比（百分点）", "Previous, points"}
	wordYearBefore       = word{"上年同期", "The year before"}
	wordPeriodBefore     = word{"上期", "The previous period"}
	wordHow              = word{"口径", "Definition"}
	wordInJSON           = word{"JSON 名称", "Name in JSON"}
	wordDays             = word{"工作日", "Working days"}
	wordLetters          = word{"信件（来信人期限）", "Letters, writer's clock"}
	wordDepartmentTook   = word{"信件（部门期限）", "Letters, department's clock"}
	wordBusiest          = word{"（有效信件最多的%d个）", " (the %d with most valid letters)"}
)

// chartGroups is how many groups a drawing holds and can still be read.
const chartGroups = 60

// WriteXLSX writes the report as a workbook: the same figures as WriteJSON and the pages, as numbers. A rate is stored
// as it is printed, rounded to two decimals, so that what the sheet shows, what it reckons with and what the page says
// are one value. A figure without a value is an empty cell. Names are texts, whatever they begin with.
func WriteXLSX(w io.Writer, r Report, lang errs.Lang, made Made) (err error) {
	file := excelize.NewFile()
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	b := &book{file: file, lang: lang}
	b.styles()
	b.total(&r)
	if r.By != ByNone {
		b.groups(&r)
		b.charts(&r)
	}
	b.conduct(&r)
	b.reworks(&r)
	b.speed(&r)
	b.definitions(&r)
	b.query(&r, made)
	if b.err == nil {
		b.err = file.DeleteSheet("Sheet1")
	}
	if b.err != nil {
		return fmt.Errorf("write report: %w", b.err)
	}
	file.SetActiveSheet(0)
	if err := file.Write(w); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// book is the workbook being written. The first error stays; what comes after it does nothing.
type book struct {
	file  *excelize.File
	lang  errs.Lang
	sheet string
	row   int
	err   error

	head, whole, text, percent, totalPercent, points, totalPoints, level, totalLevel, wrap int
}

func (b *book) style(s excelize.Style) (id int) {
	if b.err == nil {
		id, b.err = b.file.NewStyle(&s)
	}
	return id
}

func (b *book) styles() {
	percent, points, level := "0.00%", "+0.00;-0.00", "0.00"
	bold := &excelize.Font{Bold: true}
	b.head = b.style(excelize.Style{
		Font: bold, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
		Fill:   excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E7EDF5"}},
		Border: []excelize.Border{{Type: "bottom", Color: "7F8FA6", Style: 1}},
	})
	b.whole = b.style(excelize.Style{Font: bold})
	b.text = b.style(excelize.Style{NumFmt: 49}) // text: editing the cell makes no formula of it either
	b.percent = b.style(excelize.Style{CustomNumFmt: &percent})
	b.totalPercent = b.style(excelize.Style{CustomNumFmt: &percent, Font: bold})
	b.points = b.style(excelize.Style{CustomNumFmt: &points})
	b.totalPoints = b.style(excelize.Style{CustomNumFmt: &points, Font: bold})
	b.level = b.style(excelize.Style{CustomNumFmt: &level})
	b.totalLevel = b.style(excelize.Style{CustomNumFmt: &level, Font: bold})
	b.wrap = b.style(excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
}

// begin starts a sheet with its heads, which stay in sight together with the first columns.
func (b *book) begin(name word, heads []string, fixed int, widths ...float64) {
	b.sheet, b.row = name.in(b.lang), 1
	b.do(func() error { _, err := b.file.NewSheet(b.sheet); return err })
	for i, head := range heads {
		b.put(i+1, head, b.head)
		at := widths[min(i, len(widths)-1)]
		letter := b.letter(i + 1)
		b.do(func() error { return b.file.SetColWidth(b.sheet, letter, letter, at) })
	}
	b.do(func() error {
		return b.file.SetPanes(b.sheet, &excelize.Panes{
			Freeze: true, XSplit: fixed, YSplit: 1, TopLeftCell: b.letter(fixed+1) + "2", ActivePane: pane(fixed),
		})
	})
	b.row++
}

func pane(fixed int) string {
	if fixed == 0 {
		return "bottomLeft"
	}
	return "bottomRight"
}

func (b *book) do(f func() error) {
	if b.err == nil {
		b.err = f()
	}
}

func (b *book) letter(column int) (name string) {
	b.do(func() (err error) { name, err = excelize.ColumnNumberToName(column); return err })
	return name
}

// put writes one cell of the running row: a text, a whole number, a Rate, Points or nothing.
func (b *book) put(column int, value any, style int) {
	cell := fmt.Sprintf("%s%d", b.letter(column), b.row)
	b.do(func() error {
		if style != 0 {
			if err := b.file.SetCellStyle(b.sheet, cell, cell, style); err != nil {
				return err
			}
		}
		switch value := value.(type) {
		case nil:
			return nil
		case string:
			return b.file.SetCellStr(b.sheet, cell, printable(value))
		case Rate:
			if n, ok := value.Hundredths(); ok {
				return b.file.SetCellFloat(b.sheet, cell, float64(n)/10000, -1, 64)
			}
			return nil
		case Points:
			if n, ok := value.Hundredths(); ok {
				return b.file.SetCellFloat(b.sheet, cell, float64(n)/100, -1, 64)
			}
			return nil
		}
		return b.file.SetCellValue(b.sheet, cell, value)
	})
}

// line writes a row and goes on to the next.
func (b *book) line(total bool, cells ...any) {
	for i, value := range cells {
		style := b.text
		switch value := value.(type) {
		case Rate:
			style = b.percent
			if total {
				style = b.totalPercent
			}
		case Points:
			// Nothing has no sign; programs do not agree on the third section of a format, so it has one of its own.
			n, _ := value.Hundredths()
			switch {
			case n == 0 && total:
				style = b.totalLevel
			case n == 0:
				style = b.level
			case total:
				style = b.totalPoints
			default:
				style = b.points
			}
		case int64, nil:
			style = 0
			if total {
				style = b.whole
			}
		case string:
			if total {
				style = b.whole
			}
		}
		b.put(i+1, value, style)
	}
	b.row++
}

func (b *book) in(words ...word) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.in(b.lang)
	}
	return list
}

// total is every figure of the whole, with what it is compared with.
func (b *book) total(r *Report) {
	heads := b.in(wordFigure, wordTotal)
	if r.YearOnYear != nil {
		heads = append(heads, b.in(wordYearOnYearPoints, wordPreviousPoints, wordYearBefore, wordPeriodBefore)...)
	}
	b.begin(sheetTotal, heads, 1, 34, 14)
	earlier := map[string]func(*Comparison) int64{
		"received": func(c *Comparison) int64 { return c.Received },
		"valid":    func(c *Comparison) int64 { return c.Valid },
		"answered": func(c *Comparison) int64 { return c.Answered },
	}
	for _, c := range r.columns() {
		cells := []any{definitionOf(c.key).Name(b.lang), c.of(&r.Total)}
		if r.YearOnYear != nil {
			for _, against := range []*Comparison{r.Total.YearOnYear, r.Total.Previous} {
				if c.points != nil {
					cells = append(cells, c.points(against))
				} else {
					cells = append(cells, nil)
				}
			}
			if of := earlier[c.key]; of != nil {
				cells = append(cells, of(r.Total.YearOnYear), of(r.Total.Previous))
			}
		}
		b.line(false, cells...)
	}
}

// groups is the table that WriteCSV writes.
func (b *book) groups(r *Report) {
	heads := []string{groupingWords[r.By].in(b.lang)}
	if r.Then != "" {
		heads = append(heads, groupingWords[r.Then].in(b.lang))
	}
	fixed := len(heads)
	for _, c := range r.columns() {
		heads = append(heads, definitionOf(c.key).Name(b.lang))
	}
	for _, against := range []word{wordYearOnYearPoints, wordPreviousPoints} {
		for _, c := range r.columns() {
			if r.YearOnYear != nil && c.points != nil {
				heads = append(heads, definitionOf(c.key).Name(b.lang)+" "+against.in(b.lang))
			}
		}
	}
	widths := []float64{28, 13}
	if fixed == 2 {
		widths = []float64{28, 20, 13}
	}
	b.begin(sheetGroups, heads, fixed, widths...)
	add := func(total bool, f *Figures, names ...string) {
		var cells []any
		for _, name := range names[:fixed] {
			cells = append(cells, name)
		}
		for _, c := range r.columns() {
			cells = append(cells, c.of(f))
		}
		for _, against := range []*Comparison{f.YearOnYear, f.Previous} {
			for _, c := range r.columns() {
				if against != nil && c.points != nil {
					cells = append(cells, c.points(against))
				}
			}
		}
		b.line(total, cells...)
	}
	for i := range r.Groups {
		group := &r.Groups[i]
		name := groupWord(r.By, group, b.lang)
		for j := range group.Parts {
			add(false, &group.Parts[j], name, groupWord(r.Then, &group.Parts[j], b.lang))
		}
		add(r.Then != "", group, name, wordTotal.in(b.lang))
	}
	add(true, &r.Total, wordTotal.in(b.lang), "")
}

// charts draws the groups: months as lines, all others as bars of the on-time rate; of departments by their own clock,
// which blames nobody for another's delay. What is drawn stands beside it, and takes part in no reckoning.
func (b *book) charts(r *Report) {
	if len(r.Groups) == 0 {
		return
	}
	rates := []string{"on_time_rate", "satisfaction_rate"}
	kind := excelize.Bar
	switch r.By { //nolint:exhaustive // the others are bars
	case ByMonth:
		kind = excelize.Line
	case ByDepartment:
		rates = []string{"department_on_time_rate", "on_time_rate"}
	}
	heads := []string{groupingWords[r.By].in(b.lang), definitionOf("valid").Name(b.lang)}
	for _, key := range rates {
		heads = append(heads, definitionOf(key).Name(b.lang))
	}
	b.begin(sheetCharts, heads, 1, 28, 13)
	drawn := r.Groups
	if kind == excelize.Bar {
		drawn = drawn[:min(len(drawn), chartGroups)]
	}
	for i := range drawn {
		f := &drawn[i]
		cells := []any{groupWord(r.By, f, b.lang), f.Valid}
		for _, key := range rates {
			cells = append(cells, columnOf(key).of(f))
		}
		b.line(false, cells...)
	}
	title := word{"按期办结率", "On-time rate"}.in(b.lang)
	if kind == excelize.Line {
		title = strings.Join(heads[2:], wordComma.in(b.lang))
	} else if len(drawn) < len(r.Groups) {
		title += fmt.Sprintf(wordBusiest.in(b.lang), len(drawn))
	}
	chart := b.chart(kind, title, len(drawn), 3, 4)
	chart.YAxis.NumFmt = excelize.ChartNumFmt{CustomNumFmt: "0%"}
	chart.YAxis.Maximum = new(float64(1))
	if kind == excelize.Bar {
		chart.Series, chart.Legend.Position = chart.Series[:1], "none"
		chart.XAxis.ReverseOrder = true // the first group on top, as in the table
		chart.YAxis.Minimum = new(float64(0))
		chart.Dimension.Height = uint(max(320, 120+24*len(drawn)))
	}
	b.do(func() error { return b.file.AddChart(b.sheet, "G2", chart) })
	letters := b.chart(excelize.Col, heads[1], len(drawn), 2)
	letters.Legend.Position = "none"
	b.do(func() error {
		return b.file.AddChart(b.sheet, fmt.Sprintf("G%d", 4+chart.Dimension.Height/20), letters)
	})
}

// chart draws columns of the running sheet, below their heads, over the first column.
func (b *book) chart(kind excelize.ChartType, title string, rows int, columns ...int) *excelize.Chart {
	sheet := "'" + b.sheet + "'!"
	chart := &excelize.Chart{
		Type: kind, Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title}}},
		Dimension: excelize.ChartDimension{Width: 760, Height: 360}, ShowBlanksAs: "gap",
		Legend: excelize.ChartLegend{Position: "bottom"},
		YAxis:  excelize.ChartAxis{MajorGridLines: true},
	}
	for _, column := range columns {
		letter := b.letter(column)
		chart.Series = append(chart.Series, excelize.ChartSeries{
			Name:       fmt.Sprintf("%s$%s$1", sheet, letter),
			Categories: fmt.Sprintf("%s$A$2:$A$%d", sheet, rows+1),
			Values:     fmt.Sprintf("%s$%s$2:$%s$%d", sheet, letter, letter, rows+1),
		})
	}
	return chart
}

func (b *book) conduct(r *Report) {
	if len(r.Conduct) == 0 {
		return
	}
	kinds := ConductKinds(r.Conduct)
	heads := b.in(groupingWords[ByDepartment])
	for _, kind := range kinds {
		heads = append(heads, wording.ConductName(b.lang, string(kind)))
	}
	b.begin(sheetConduct, heads, 1, 28, 13)
	all := make([]any, len(kinds)+1)
	all[0] = wordTotal.in(b.lang)
	for i := range r.Conduct {
		cells := []any{r.Conduct[i].Name(b.lang)}
		for _, kind := range kinds {
			cells = append(cells, r.Conduct[i].Counts[kind])
		}
		b.line(false, cells...)
	}
	for i, n := range conductTotals(r.Conduct, kinds) {
		all[i+1] = n
	}
	b.line(true, all...)
}

func (b *book) reworks(r *Report) {
	if r.ReworkTotal == nil {
		return
	}
	heads := b.in(groupingWords[ByDepartment])
	for _, head := range reworkHeads {
		heads = append(heads, strings.TrimRight(head.in(b.lang), " %"))
	}
	b.begin(sheetReworks, heads, 1, 28, 13)
	add := func(total bool, name string, of *Reworks) {
		cells := []any{name}
		for _, head := range reworkHeads {
			cells = append(cells, head.of(of))
		}
		b.line(total, cells...)
	}
	for i := range r.Reworks {
		add(false, r.Reworks[i].Name(b.lang), &r.Reworks[i].Reworks)
	}
	add(true, wordTotal.in(b.lang), r.ReworkTotal)
}

// speed is how many letters took how many working days, by both clocks.
func (b *book) speed(r *Report) {
	writer, department := tookBy(r.Total.Took), tookBy(r.Total.DepartmentTook)
	var days []int64
	for _, list := range [][]Took{r.Total.Took, r.Total.DepartmentTook} {
		for _, took := range list {
			days = append(days, took.Days)
		}
	}
	slices.SortFunc(days, cmp.Compare[int64])
	if days = slices.Compact(days); len(days) == 0 {
		return
	}
	b.begin(sheetSpeed, b.in(wordDays, wordLetters, wordDepartmentTook), 1, 13, 24)
	for _, d := range days {
		b.line(false, d, writer[d], department[d])
	}
	chart := b.chart(excelize.Col, sheetSpeed.in(b.lang), len(days), 2, 3)
	b.do(func() error { return b.file.AddChart(b.sheet, "E2", chart) })
}

func tookBy(list []Took) map[int64]int64 {
	by := make(map[int64]int64, len(list))
	for _, took := range list {
		by[took.Days] = took.Letters
	}
	return by
}

func (b *book) definitions(r *Report) {
	b.begin(sheetDefinitions, b.in(wordFigure, wordHow, wordInJSON), 1, 30, 90, 30)
	for _, c := range r.columns() {
		d := definitionOf(c.key)
		b.put(1, d.Name(b.lang), b.wrap)
		b.put(2, d.How(b.lang), b.wrap)
		b.put(3, d.Key, b.wrap)
		b.row++
	}
}

func (b *book) query(r *Report, made Made) {
	b.begin(sheetQuery, b.in(word{"条件", "Asked for"}, word{"值", "Value"}), 0, 26, 60)
	for _, line := range queryLines(r, made, b.lang) {
		b.put(1, line[0], 0)
		b.put(2, line[1], b.text)
		b.row++
	}
}

// queryLines say what a report is of, when it was made and by what: enough to make it again.
func queryLines(r *Report, made Made, lang errs.Lang) [][2]string {
	var lines [][2]string
	add := func(label word, value string) {
		if value != "" {
			lines = append(lines, [2]string{label.in(lang), value})
		}
	}
	through := func(p *Period) string {
		if p == nil {
			return ""
		}
		return fmt.Sprintf(word{"%s 至 %s（含）", "%s to %s, both included"}.in(lang), p.From, p.through())
	}
	add(word{"城市", "City"}, made.City)
	add(word{"收到日期", "Received"}, through(&r.Period))
	add(word{"截至", "As of"}, r.AsOf.Format(time.RFC3339))
	add(word{"同比期", "Year on year"}, through(r.YearOnYear))
	add(word{"环比期", "Previous period"}, through(r.Previous))
	add(word{"分组", "Grouped by"}, groupingWords[r.By].in(lang))
	if r.Then != "" {
		add(word{"细分", "Then by"}, groupingWords[r.Then].in(lang))
	}
	add(word{"仅含", "Only"}, filterLine(r.Filter, lang))
	if r.Successors {
		add(word{"已撤并的单位", "Ended departments"}, word{"计入承接单位", "counted with those that took over"}.in(lang))
	}
	if r.SilenceDays > 0 {
		add(word{"未评价视为满意", "Silence counts as content"}, fmt.Sprintf(word{"答复后满%d天", "%d days after the answer"}.in(lang), r.SilenceDays))
	}
	if !made.At.IsZero() {
		add(word{"生成时间", "Made at"}, made.At.Format(time.RFC3339))
	}
	add(word{"程序版本", "Program version"}, made.Version)
	return lines
}

// through is the last day of the period.
func (p Period) through() string {
	to, err := time.Parse(time.DateOnly, p.To)
	if err != nil {
		return p.To // the engine made it: it is a date
	}
	return to.AddDate(0, 0, -1).Format(time.DateOnly)
}
