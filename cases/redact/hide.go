package redact

import (
	"cmp"
	"slices"
	"strings"

	"mailbox/cases/errs"
)

// Mark stands for what was left out. It is the same for all, so that its length gives nothing away.
const Mark = "▇▇▇"

// Hide gives text with every span replaced by [Mark]; spans that overlap become one. They may be in any order.
//
// Errors: invalid ("spans") for one that is empty, out of range or cuts a character in two, as happens when the text
// was changed after the spans were chosen.
func Hide(text string, spans []Span) (string, error) {
	if len(spans) == 0 {
		return text, nil
	}
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	if !fit(text, sorted) {
		return "", errs.Invalid("spans",
			"what was to be left out does not fit this text; look at it again and choose anew",
			"要隐去的内容与当前文本不符，请重新查看后再选择")
	}
	var out strings.Builder
	out.Grow(len(text))
	done := 0
	for i, span := range sorted {
		if i == 0 || span.Start >= done {
			out.WriteString(text[done:span.Start])
			out.WriteString(Mark)
		}
		done = max(done, span.End)
	}
	out.WriteString(text[done:])
	return out.String(), nil
}

// fit tells whether all spans, in order of their start, lie in text and cut no character. In broken UTF-8 every byte
// that belongs to no character counts as one, as it does when one ranges over a string.
func fit(text string, spans []Span) bool {
	edges := make([]int, 0, 2*len(spans))
	for _, span := range spans {
		if span.Start < 0 || span.End > len(text) || span.Start >= span.End {
			return false
		}
		edges = append(edges, span.Start, span.End)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	for i := range text {
		if len(edges) > 0 && edges[0] == i {
			edges = edges[1:]
		}
	}
	return len(edges) == 0 || len(edges) == 1 && edges[0] == len(text)
}
