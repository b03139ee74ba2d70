package routing

import (
	"cmp"
	"slices"
)

// Scores say how good a model is on letters it has not seen. Shares are between 0 and 1.
type Scores struct {
	Rows      int     // letters tried
	Classes   int     // among what is right for them
	Top1      float64 // right at first place
	Top3      float64
	Top5      float64
	MacroF1   float64 // mean of F1 over all classes that were right or were chosen
	Routable  float64 // the largest share that could go by itself, likeliest first, with 95 % of it right
	Threshold float64 // the probability from which on that is so; 0 where none is
}

// surely is the precision asked of what goes by itself.
const surely = 0.95

// Evaluate tries a model on letters whose class is known. A class that the model has never met counts as wrong.
func Evaluate(m *Model, test []Example, hint func(Letter) Hints) Scores {
	ranked := make([][]Choice, len(test))
	for i, e := range test {
		var hints Hints
		if hint != nil {
			hints = hint(e.Letter)
		}
		ranked[i] = m.Rank(e.Letter, hints, nil, 5)
	}
	return score(test, ranked)
}

func score(test []Example, ranked [][]Choice) Scores {
	s := Scores{Rows: len(test)}
	if len(test) == 0 {
		return s
	}
	type tally struct{ hit, chosen, right int }
	of := map[string]*tally{}
	at := func(class string) *tally {
		if of[class] == nil {
			of[class] = &tally{}
		}
		return of[class]
	}
	type trial struct {
		probability float64
		right       bool
	}
	trials := make([]trial, 0, len(test))
	var first, three, five int
	for i, e := range test {
		at(e.Class).right++
		place := slices.IndexFunc(ranked[i], func(c Choice) bool { return c.Class == e.Class })
		if place >= 0 && place < 5 {
			five++
		}
		if place >= 0 && place < 3 {
			three++
		}
		if place == 0 {
			first++
			at(e.Class).hit++
		}
		if len(ranked[i]) > 0 {
			at(ranked[i][0].Class).chosen++
			trials = append(trials, trial{ranked[i][0].Probability, place == 0})
		}
	}
	for _, t := range of {
		if t.right > 0 {
			s.Classes++
		}
		s.MacroF1 += 2 * float64(t.hit) / float64(t.chosen+t.right) / float64(len(of))
	}
	n := float64(len(test))
	s.Top1, s.Top3, s.Top5 = float64(first)/n, float64(three)/n, float64(five)/n
	slices.SortStableFunc(trials, func(a, b trial) int { return cmp.Compare(b.probability, a.probability) })
	right := 0
	for i, t := range trials {
		if t.right {
			right++
		}
		// Those of one probability go together or not at all.
		if (i+1 == len(trials) || trials[i+1].probability < t.probability) && float64(right) >= surely*float64(i+1) {
			s.Routable, s.Threshold = float64(i+1)/n, t.probability
		}
	}
	return s
}
