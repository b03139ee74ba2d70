package alike

import (
	"math"
	"slices"

	"mailbox/cases/grams"
)

// Term is a run of two characters and how much it says about the letter.
type Term struct {
	Hash   uint64
	Weight float32
}

// Vector is what a letter is about: its runs of two characters, each weighed by how often it stands there
// (1 + ln n) and how rare it is in the city's letters; sorted by hash, of length 1. Empty for a text without a
// run of two word characters.
type Vector []Term

// Vectorise makes the vector of a text. Runs across punctuation or space are left out: they say nothing.
func Vectorise(t grams.Text, c *grams.Counts) Vector {
	// Sorted and counted in place: half a letter's time is spent here, and a map takes three times as long.
	hashes := make([]uint64, 0, len(t.Runes))
	for i := 0; i+2 <= len(t.Runes); i++ {
		if grams.IsWord(t.Runes[i]) && grams.IsWord(t.Runes[i+1]) {
			hashes = append(hashes, grams.Hash(t.Runes[i:i+2]))
		}
	}
	slices.Sort(hashes)
	v := make(Vector, 0, len(hashes))
	for i := 0; i < len(hashes); {
		n := 1
		for i+n < len(hashes) && hashes[i+n] == hashes[i] {
			n++
		}
		v = append(v, Term{hashes[i], float32((1 + math.Log(float64(n))) * c.Weight(hashes[i]))})
		i += n
	}
	var square float64 // summed in the order of the hashes: the same on every run
	for _, term := range v {
		square += float64(term.Weight) * float64(term.Weight)
	}
	for i := range v {
		v[i].Weight /= float32(math.Sqrt(square))
	}
	return v
}

// Cosine is how much two letters are about the same: 1 the same words, 0 none in common.
func (v Vector) Cosine(o Vector) float64 {
	var sum float64
	for i, j := 0, 0; i < len(v) && j < len(o); {
		switch a, b := v[i], o[j]; {
		case a.Hash < b.Hash:
			i++
		case a.Hash > b.Hash:
			j++
		default:
			sum += float64(a.Weight) * float64(b.Weight)
			i, j = i+1, j+1
		}
	}
	return min(sum, 1)
}
