package routing

import (
	"math"
	"slices"
)

// Of each letter the strongest runs are remembered, so that a new one finds those it resembles: by them a class
// with few letters is recognised, and the office sees where similar letters went.
const (
	rememberedRuns    = 32
	rememberedLetters = 20_000
	neighbours        = 10
	// commonRun stands in so many remembered letters that it brings nobody nearer.
	commonRun = 200
)

// memory is what is remembered of the letters of the training.
type memory struct {
	Cases   []int64
	Classes []int32
	Runs    [][]int32
	Values  [][]float32 // cosines need them of length 1 together

	heard []posting // by run, filled by index
	from  []int32
}

type posting struct {
	letter int32
	value  float32
}

// remember keeps the strongest runs of a letter.
func (m *memory) remember(id int64, class int, x []weighted) {
	keys := make([]uint64, len(x)) // as numbers they are sorted faster: values are not negative
	for i, w := range x {
		keys[i] = uint64(math.Float32bits(w.value))<<32 | uint64(^uint32(w.feature))
	}
	slices.Sort(keys)
	slices.Reverse(keys)
	keys = keys[:min(len(keys), rememberedRuns)]
	runs, values := make([]int32, len(keys)), make([]float32, len(keys))
	for i, key := range keys {
		runs[i], values[i] = int32(^uint32(key)), math.Float32frombits(uint32(key>>32))
	}
	m.Cases, m.Classes = append(m.Cases, id), append(m.Classes, int32(class))
	m.Runs, m.Values = append(m.Runs, runs), append(m.Values, values)
}

// index makes the letters findable by their runs.
func (m *memory) index(features int) {
	m.from = make([]int32, features+1)
	for _, runs := range m.Runs {
		for _, run := range runs {
			m.from[run+1]++
		}
	}
	for f := range features {
		m.from[f+1] += m.from[f]
	}
	m.heard = make([]posting, m.from[features])
	next := slices.Clone(m.from)
	for i, runs := range m.Runs {
		for j, run := range runs {
			m.heard[next[run]] = posting{int32(i), m.Values[i][j]}
			next[run]++
		}
	}
}

// neighbour is a remembered letter and how much it resembles the one in hand, from 0 to 1.
type neighbour struct {
	letter   int32
	likeness float32
}

// nearest finds the remembered letters that resemble x most, best first. sums is working memory of zeros, as
// long as there are letters; it is left so.
func (m *memory) nearest(x []weighted, sums []float32, touched []int32, most int) ([]neighbour, []int32) {
	touched = touched[:0]
	for _, w := range x {
		heard := m.heard[m.from[w.feature]:m.from[w.feature+1]]
		if len(heard) > commonRun {
			continue
		}
		for _, p := range heard {
			if sums[p.letter] == 0 {
				touched = append(touched, p.letter)
			}
			sums[p.letter] += p.value * w.value
		}
	}
	var best []neighbour
	for _, letter := range touched {
		likeness := sums[letter]
		sums[letter] = 0
		if len(best) == most && likeness <= best[most-1].likeness {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, likeness, func(n neighbour, l float32) int {
			if n.likeness > l || n.likeness == l && n.letter > letter { // the newer of equals first
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, neighbour{letter, likeness})
		best = best[:min(len(best), most)]
	}
	return best, touched
}
