package web

import (
	"cmp"
	"slices"
	"strings"

	"mailbox/sla/report"
)

// byName sorts a table by its first column.
const byName = "name"

// sorting is the order of a table as its address has it: by a figure, with "-" in front those with most first. The zero
// value leaves the order as it is.
type sorting struct {
	chosen string
	path   string
	form   reportForm
}

// sortingOf is that of a page whose tables can be sorted.
func sortingOf(a *askedReport) sorting {
	// The address keeps what was asked for, not the instant of this report: sorting looks again.
	f := a.asked
	return sorting{f.Sort, a.page.Action, f}
}

// column makes the head of a column a link that sorts by it: those with most first, and followed again the least.
func (b sorting) column(column tableColumn, key string) tableColumn {
	if b.path == "" {
		return column
	}
	f := b.form
	f.Sort = "-" + key
	if key == byName {
		f.Sort = key
	}
	switch b.chosen {
	case key:
		column.Sorted = "ascending"
		f.Sort = "-" + key
	case "-" + key:
		column.Sorted = "descending"
		f.Sort = key
	}
	column.SortHref = b.path + "?" + f.values().Encode()
	return column
}

// order puts groups in the chosen order; those without a value come last either way.
func (b sorting) order(groups []report.Figures) []*report.Figures {
	list := make([]*report.Figures, len(groups))
	for i := range groups {
		list[i] = &groups[i]
	}
	key := strings.TrimPrefix(b.chosen, "-")
	if key == "" {
		return list
	}
	descending := key != b.chosen
	slices.SortStableFunc(list, func(x, y *report.Figures) int {
		way := 1
		if descending {
			way = -1
		}
		if key == byName {
			return way * strings.Compare(x.Group, y.Group)
		}
		m, known := figureNumber(x, key)
		n, other := figureNumber(y, key)
		if known != other {
			if known {
				return -1
			}
			return 1
		}
		return way * cmp.Compare(m, n)
	})
	return list
}

// figureNumber is a figure to compare with others; not known without a value.
func figureNumber(f *report.Figures, key string) (n int64, known bool) {
	if n, ok := figureCounts(f)[key]; ok {
		return n, true
	}
	if r, ok := figureRates(f)[key]; ok {
		return r.Hundredths()
	}
	if d := figureDays(f)[key]; d != nil {
		return *d, true
	}
	return 0, false
}

// rowsShown is how many rows a long table has until all are asked for. With links behind every count, those of a hundred
// departments make a page that takes seconds on a slow line.
const (
	rowsShown = 40
	fewShown  = 15 // of departments that are not ranked
	allRows   = "all"
)

// cut leaves the rows of a long table out, except for its total, and says where they are.
func (s *Server) cut(a *askedReport, table *tableView, most int) {
	rows := table.Rows
	if len(rows) <= most+1 || a.asked.Rows == allRows {
		return
	}
	table.Rows = slices.Clone(rows[:most])
	if last := rows[len(rows)-1]; last.Total {
		table.Rows = append(table.Rows, last)
	}
	f := a.asked
	f.Rows = allRows
	table.More = &tabView{Href: a.page.Action + "?" + f.values().Encode(), Label: s.words.in(a.lang, "report.rows.all", len(rows))}
}
