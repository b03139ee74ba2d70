package routing

import (
	"cmp"
	"slices"

	"mailbox/cases/grams"
)

// longestWords is how many characters a reason quotes at most.
const longestWords = 8

// Words gives the words of a letter that spoke most for a class, the strongest first, with where they stand.
// Each character is given its part of what its runs said; the words are the stretches where that is most.
func (m *Model) Words(l Letter, class string, most int) []Reason {
	number, known := m.number[class]
	if !known {
		return nil
	}
	title, all := read(l)
	said := m.said(title, all, number)
	var strongest float32
	for _, s := range said {
		strongest = max(strongest, s)
	}
	if strongest == 0 {
		return nil
	}
	var reasons []Reason
	for _, stretch := range stretches(all.Runes, said, strongest*0.3) {
		text := string(all.Runes[stretch.from:stretch.to])
		if len(reasons) == most {
			break
		}
		if !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Text == text }) {
			reasons = append(reasons, Reason{
				Kind: ReasonWord, Text: text, Weight: stretch.weight * float64(m.Scale[number]), Spans: l.spans(all, stretch),
			})
		}
	}
	return reasons
}

// said gives each character of the text its part of what the runs said for the class.
func (m *Model) said(title, all grams.Text, class int) []float32 {
	s := m.vocabulary.scratch()
	said := make([]float32, len(all.Runes))
	speak := func(runes []rune, salt uint64) {
		eachRun(runes, salt, func(hash uint32, at, n int) {
			f := m.vocabulary.find(hash)
			if f < 0 || s.times[f] == 255 {
				return
			}
			s.times[f]++
			value := float32(m.value(f, class)) * m.Weights[f] / float32(s.times[f])
			for i := at; i < at+n && i < len(said); i++ {
				said[i] += value / float32(n)
			}
		})
	}
	// The title stands at the beginning of the whole text, folded in the same way.
	speak(title.Runes, ofTitle)
	speak(all.Runes, 0)
	return said
}

// value is what the machine of the class says of a run.
func (m *Model) value(f int32, class int) int8 {
	from, to := m.From[f], m.From[f+1]
	if at, found := slices.BinarySearch(m.Class[from:to], uint16(class)); found {
		return m.Value[int(from)+at]
	}
	return 0
}

// stretch is a part of the folded text.
type stretch struct {
	from, to int
	weight   float64
}

// stretches finds the parts of at least two word characters where more than the least was said, strongest first.
func stretches(runes []rune, said []float32, least float32) []stretch {
	var found []stretch
	for at := 0; at < len(runes); {
		if said[at] < least || !grams.IsWord(runes[at]) {
			at++
			continue
		}
		s := stretch{from: at}
		for at < len(runes) && said[at] >= least && grams.IsWord(runes[at]) && at-s.from < longestWords {
			s.weight += float64(said[at])
			at++
		}
		if s.to = at; s.to-s.from > 1 {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b stretch) int { return cmp.Compare(b.weight, a.weight) })
	return found
}

// spans says where a stretch of the whole text stands in the letter.
func (l Letter) spans(all grams.Text, s stretch) []Span {
	from, to := all.At[s.from], all.At[s.to-1]+len(string(all.Runes[s.to-1:s.to]))
	if s.to < len(all.Runes) {
		to = min(max(to, all.At[s.to-1]+1), all.At[s.to])
	}
	body := len(l.Title) + 1
	district := body + len(l.Body) + 1
	switch {
	case from < body:
		return []Span{{"title", from, min(to, len(l.Title))}}
	case from < district:
		return []Span{{"body", from - body, min(to-body, len(l.Body))}}
	}
	return []Span{{"district", from - district, min(to-district, len(l.District))}}
}
