package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"

	"mailbox/cases/errs"
	"mailbox/cases/wording"
)

var (
	wordPeriod     = word{"统计期：%s 至 %s（不含）", "Letters received from %s until before %s"}
	wordAsOf       = word{"截至：%s", "As of %s"}
	wordOnly       = word{"仅含：%s", "Only: %s"}
	wordCompared   = word{"同比：与 %s 至 %s 比较；环比：与 %s 至 %s 比较（百分点）", "Year on year against %s until before %s; previous period %s until before %s; in percentage points"}
	wordYearOnYear = word{"同比", "Year on year"}
	wordPrevious   = word{"环比", "Previous"}
	wordSemicolon  = word{"；", "; "}
	wordFigure     = word{"指标", "Figure"}
)

// WriteJSON writes the report as JSON, the same in every language: rates are decimal strings with two
// places, or null.
func WriteJSON(w io.Writer, r Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// WriteCSV writes one line per group and one for the total, with every figure, under headings in the
// reader's language; with a second grouping, one for each part before that of its group. It begins with a byte order mark, without which a Chinese Excel shows nonsense. A
// figure without a value is an empty cell.
func WriteCSV(w io.Writer, r Report, lang errs.Lang) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	heading := []string{groupingWords[r.By].in(lang)}
	if r.Then != "" {
		heading = append(heading, groupingWords[r.Then].in(lang))
	}
	for _, c := range r.columns() {
		heading = append(heading, c.in(lang))
	}
	for _, against := range []word{wordYearOnYear, wordPrevious} {
		for _, c := range r.columns() {
			if r.YearOnYear != nil && c.points != nil {
				heading = append(heading, against.in(lang)+" "+c.in(lang))
			}
		}
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	lines := [][]string{heading}
	add := func(f *Figures, names ...string) {
		if r.Then == "" {
			names = names[:1]
		}
		lines = append(lines, csvLine(r.columns(), names, f))
	}
	for i := range r.Groups {
		group := &r.Groups[i]
		name := groupWord(r.By, group, lang)
		for j := range group.Parts {
			add(&group.Parts[j], name, groupWord(r.Then, &group.Parts[j], lang))
		}
		add(group, name, wordTotal.in(lang))
	}
	add(&r.Total, wordTotal.in(lang), "")
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func csvLine(columns []column, names []string, f *Figures) []string {
	var line []string
	for _, name := range names {
		line = append(line, Harmless(name))
	}
	for _, c := range columns {
		line = append(line, blank(c.value(f)))
	}
	for _, against := range []*Comparison{f.YearOnYear, f.Previous} {
		for _, c := range columns {
			if against != nil && c.points != nil {
				line = append(line, blank(c.points(against).String()))
			}
		}
	}
	return line
}

// blank leaves the cell of a figure without a value empty.
func blank(value string) string {
	if value == None {
		return ""
	}
	return value
}

// Harmless keeps a spreadsheet from taking a name in a CSV cell for a formula.
func Harmless(name string) string {
	if name != "" && strings.ContainsRune("=+-@\t\r\n", rune(name[0])) {
		return "'" + name
	}
	return name
}

// WriteTable writes the report for a terminal: the main figures of each group, then all figures of the
// total with what they are compared with. Chinese characters are taken as two columns wide.
func WriteTable(w io.Writer, r Report, lang errs.Lang) error {
	var out strings.Builder
	line := func(text word, args ...any) { fmt.Fprintf(&out, text.in(lang)+"\n", args...) }
	line(wordPeriod, r.Period.From, r.Period.To)
	line(wordAsOf, r.AsOf.Format(time.RFC3339))
	if len(r.Filter) > 0 {
		line(wordOnly, filterLine(r.Filter, lang))
	}
	if r.YearOnYear != nil && r.Previous != nil {
		line(wordCompared, r.YearOnYear.From, r.YearOnYear.To, r.Previous.From, r.Previous.To)
	}
	if r.By != ByNone {
		out.WriteString("\n")
		align(&out, groupTable(r, lang))
	}
	out.WriteString("\n")
	align(&out, totalTable(r, lang))
	if len(r.Conduct) > 0 {
		out.WriteString("\n")
		align(&out, conductTable(r, lang))
	}
	if r.ReworkTotal != nil {
		out.WriteString("\n")
		align(&out, reworkTable(r, lang))
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// filterLine names the filters in the order of the groupings.
func filterLine(filter map[string]string, lang errs.Lang) string {
	var parts []string
	for _, by := range Groupings {
		value, ok := filter[string(by)]
		if !ok {
			continue
		}
		switch by { //nolint:exhaustive // the others are the city's own words
		case ByChannel:
			value = named(value, lang, wording.ChannelName)
		case ByKind:
			value = named(value, lang, wording.KindName)
		}
		parts = append(parts, groupingWords[by].in(lang)+" "+value)
	}
	return printable(strings.Join(parts, wordSemicolon.in(lang)))
}

func groupTable(r Report, lang errs.Lang) [][]string {
	heading := []string{groupingWords[r.By].in(lang)}
	for _, c := range r.columns() {
		if c.brief {
			heading = append(heading, c.in(lang))
		}
	}
	table := [][]string{heading}
	add := func(name string, f *Figures) {
		line := []string{printable(name)}
		for _, c := range r.columns() {
			if c.brief {
				line = append(line, c.value(f))
			}
		}
		table = append(table, line)
	}
	for i := range r.Groups {
		add(groupWord(r.By, &r.Groups[i], lang), &r.Groups[i])
		for j := range r.Groups[i].Parts {
			add("· "+groupWord(r.Then, &r.Groups[i].Parts[j], lang), &r.Groups[i].Parts[j])
		}
	}
	add(wordTotal.in(lang), &r.Total)
	return table
}

func totalTable(r Report, lang errs.Lang) [][]string {
	heading := []string{wordFigure.in(lang), wordTotal.in(lang)}
	if r.YearOnYear != nil {
		heading = append(heading, wordYearOnYear.in(lang), wordPrevious.in(lang))
	}
	table := [][]string{heading}
	for _, c := range r.columns() {
		line := []string{c.in(lang), c.value(&r.Total)}
		if r.YearOnYear != nil && c.points != nil {
			line = append(line, c.points(r.Total.YearOnYear).String(), c.points(r.Total.Previous).String())
		}
		table = append(table, line)
	}
	return table
}

// align writes a table with its first column to the left and the others to the right, two spaces apart.
func align(out *strings.Builder, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], columnsOf(cell))
		}
	}
	for _, line := range table {
		for i, cell := range line {
			space := strings.Repeat(" ", widths[i]-columnsOf(cell))
			switch {
			case i == 0 && len(line) > 1:
				out.WriteString(cell + space)
			case i == 0:
				out.WriteString(cell)
			default:
				out.WriteString("  " + space + cell)
			}
		}
		out.WriteString("\n")
	}
}

// columnsOf is how many columns of a terminal a text takes.
func columnsOf(text string) int {
	n := 0
	for _, r := range text {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.Is(unicode.Mn, r):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// printable takes from a name what could move the cursor or turn the writing direction.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, name)
}
