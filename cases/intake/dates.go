package intake

import (
	"fmt"
	"strings"
	"time"

	"mailbox/cases/errs"
)

// earliestYear bounds what is believed: older "dates" in real files are placeholders such as
// 0001-01-01 or 1900-01-01.
const earliestYear = 1970

// plainNotation is understood in every map, because refused XLSX date cells are written with it.
const plainNotation = "YYYY-MM-DD hh:mm:ss"

// pattern is one way of writing a date, compiled from a map's notation such as "Y/M/D h:m:s".
type pattern []part

// part is a number (unit is one of Y M D h m s f) of min to max digits, or a literal (unit 0).
type part struct {
	unit     byte
	min, max int
	literal  string
}

// compilePattern reads a notation. Y or YYYY is the year in four digits; M D h m s are month, day,
// hour (0–23), minute and second in one or two digits, doubled (MM) in exactly two; f is a fraction of
// a second in any number of digits, which is dropped. T and everything that is no ASCII letter stands
// for itself.
func compilePattern(notation string) (pattern, *errs.Error) {
	var p pattern
	seen := map[byte]bool{}
	for i := 0; i < len(notation); {
		c := notation[i]
		run := 1
		for i+run < len(notation) && notation[i+run] == c {
			run++
		}
		next := part{literal: notation[i : i+run]}
		switch {
		case c == 'Y' && (run == 1 || run == 4):
			next = part{unit: c, min: 4, max: 4}
		case strings.IndexByte("MDhms", c) >= 0 && run <= 2:
			next = part{unit: c, min: run, max: 2}
		case c == 'f' && run == 1:
			next = part{unit: c, min: 1, max: 9}
		case c != 'T' && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
			return nil, errs.Invalid("dates",
				"%[1]q: %[2]q is not understood; write dates with YYYY or Y, MM or M, DD or D, hh or h, mm or m, ss or s, f",
				"%[1]q 中的 %[2]q 无法识别；日期格式请用 YYYY 或 Y、MM 或 M、DD 或 D、hh 或 h、mm 或 m、ss 或 s、f 表示",
				notation, next.literal)
		}
		if next.unit != 0 && seen[next.unit] {
			return nil, errs.Invalid("dates", "%q has %q twice", "%q 中的 %q 出现了两次", notation, string(c))
		}
		if last := len(p) - 1; last >= 0 && next.unit != 0 && p[last].unit != 0 && p[last].min != p[last].max {
			return nil, errs.Invalid("dates",
				"%q cannot be told apart: put a sign between the numbers or write them with fixed width, as YYYYMMDD",
				"%q 无法区分：请在各个数字之间加分隔符，或使用固定位数，如 YYYYMMDD", notation)
		}
		seen[next.unit] = true
		p = append(p, next)
		i += run
	}
	if !seen['Y'] || !seen['M'] || !seen['D'] ||
		seen['m'] && !seen['h'] || seen['s'] && !seen['m'] || seen['f'] && !seen['s'] {
		return nil, errs.Invalid("dates",
			"%q needs at least year, month and day, and minutes only after hours, seconds after minutes",
			"%q 至少要有年、月、日；有分须有时，有秒须有分", notation)
	}
	return p, nil
}

// moment is a date as read: the instant, and whether the hour was missing (then it is midnight).
type moment struct {
	at      time.Time
	dayOnly bool
}

// read gives the moment s stands for in zone. matched is false when s is not written this way at
// all; exists is false when it is, but there is no such time: 30 February, 24:00, a year before
// earliestYear, or the hour that a change to summer time leaves out.
func (p pattern) read(s string, zone *time.Location) (m moment, matched, exists bool) {
	value := [...]int{'Y': 0, 'M': 0, 'D': 0, 'h': 0, 'm': 0, 's': 0}
	m.dayOnly = true
	for _, part := range p {
		if part.unit == 0 {
			rest, ok := strings.CutPrefix(s, part.literal)
			if !ok {
				return moment{}, false, false
			}
			s = rest
			continue
		}
		digits, number := 0, 0
		for digits < len(s) && digits < part.max && s[digits] >= '0' && s[digits] <= '9' {
			number = number*10 + int(s[digits]-'0')
			digits++
		}
		if digits < part.min {
			return moment{}, false, false
		}
		s = s[digits:]
		if part.unit == 'h' {
			m.dayOnly = false
		}
		if part.unit != 'f' {
			value[part.unit] = number
		}
	}
	if s != "" {
		return moment{}, false, false
	}
	year, month, day := value['Y'], time.Month(value['M']), value['D']
	local := time.Date(year, month, day, value['h'], value['m'], value['s'], 0, zone)
	y, mo, d := local.Date()
	h, mi, sec := local.Clock()
	exists = year >= earliestYear && y == year && mo == month && d == day &&
		h == value['h'] && mi == value['m'] && sec == value['s']
	m.at = local.UTC()
	return m, true, exists
}

// readDate reads the value of a date column by the first of the map's patterns that fits it.
func (m *Map) readDate(column, value string) (moment, *errs.Error) {
	impossible := false
	for _, p := range m.patterns {
		read, matched, exists := p.read(value, m.zone)
		if matched && exists {
			return read, nil
		}
		impossible = impossible || matched
	}
	if impossible {
		return moment{}, errs.Invalid(column, "%q: there is no such date or time", "“%s”：没有这个日期或时间", clip(value))
	}
	return moment{}, errs.Invalid(column, "%[1]q is not a date written as %[2]s", "“%[1]s”不是按 %[2]s 书写的日期",
		clip(value), strings.Join(m.Dates, ", "))
}

// clip shortens a value for a message: the whole of it stands in the refused row.
func clip(value string) string {
	const show = 40
	if runes := []rune(value); len(runes) > show {
		return fmt.Sprintf("%s…", string(runes[:show]))
	}
	return value
}
