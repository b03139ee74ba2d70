package report

import "mailbox/cases/errs"

// ColumnKeys are the figures that are shown, in their order.
func ColumnKeys() []string {
	keys := make([]string, len(columns))
	for i, c := range columns {
		keys[i] = c.key
	}
	return keys
}

// Settle works the rates of figures out.
func (f *Figures) Settle() { f.settle() }

// Against compares figures with those of an earlier period.
func (f *Figures) Against(earlier *Figures) *Comparison { return f.against(earlier) }

// PointsChange and CountChange choose the words of a change.
var (
	PointsChange = pointsChange
	CountChange  = countChange
)

// WrittenText is every text of a written report: sentences, cells of tables, labels of drawings.
func WrittenText(w Written, lang errs.Lang, made Made) (sentences, cells []string) {
	d := newDocument(&w, lang, made)
	for _, section := range d.Sections {
		for _, block := range section.Blocks {
			switch {
			case block.Table != nil:
				for _, line := range block.Table.Lines {
					cells = append(cells, line[1:]...)
				}
			case block.Chart != nil:
				for _, bar := range block.Chart.Bars {
					cells = append(cells, bar.Value)
				}
			case block.Text != "":
				sentences = append(sentences, block.Text)
			}
		}
	}
	return sentences, cells
}
