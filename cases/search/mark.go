package search

import (
	"slices"

	"mailbox/cases/grams"
)

// Part is a piece of a text; Hit when it is what was looked for.
type Part struct {
	Text string
	Hit  bool
}

// Mark parts a text at what was found in it. The parts together are the text.
func (q Query) Mark(text string) []Part {
	return parts(text, q.hits(text))
}

// Count says how often something that is looked for stands in a text.
func (q Query) Count(text string) int { return len(q.hits(text)) }

// Snippet is a piece of a text of about n characters around the first hit; without a hit its beginning. An
// ellipsis stands where something was left out.
func (q Query) Snippet(text string, n int) []Part {
	hits := q.hits(text)
	runes := []rune(text)
	if len(runes) <= n {
		return parts(text, hits)
	}
	first := 0
	if len(hits) > 0 {
		first = len([]rune(text[:hits[0][0]]))
	}
	from := max(0, min(first-n/4, len(runes)-n))
	to := min(len(runes), from+n)
	lo, hi := len(string(runes[:from])), len(string(runes[:to]))
	var inside [][2]int
	for _, h := range hits {
		if a, b := max(h[0], lo), min(h[1], hi); a < b {
			inside = append(inside, [2]int{a - lo, b - lo})
		}
	}
	all := parts(text[lo:hi], inside)
	if from > 0 {
		all = append([]Part{{Text: "…"}}, all...)
	}
	if to < len(runes) {
		all = append(all, Part{Text: "…"})
	}
	return all
}

func parts(text string, hits [][2]int) []Part {
	var all []Part
	at := 0
	for _, h := range hits {
		if h[0] > at {
			all = append(all, Part{Text: text[at:h[0]]})
		}
		all = append(all, Part{text[h[0]:h[1]], true})
		at = h[1]
	}
	if at < len(text) {
		all = append(all, Part{Text: text[at:]})
	}
	return all
}

// hits are where terms stand, as bytes of the text, in order and apart.
func (q Query) hits(text string) [][2]int {
	if q.Empty() {
		return nil
	}
	folded := grams.Fold(text)
	var found [][2]int
	for _, t := range q.Terms {
		term := []rune(t)
		for i := 0; i+len(term) <= len(folded.Runes); i++ {
			if slices.Equal(folded.Runes[i:i+len(term)], term) {
				found = append(found, [2]int{folded.At[i], folded.At[i+len(term)]})
			}
		}
	}
	slices.SortFunc(found, func(a, b [2]int) int {
		if a[0] != b[0] {
			return a[0] - b[0]
		}
		return a[1] - b[1]
	})
	var apart [][2]int
	for _, f := range found {
		if n := len(apart); n > 0 && f[0] <= apart[n-1][1] {
			apart[n-1][1] = max(apart[n-1][1], f[1])
			continue
		}
		apart = append(apart, f)
	}
	return apart
}
