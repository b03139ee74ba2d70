package routing

import (
	"math"
	"slices"

	"mailbox/cases/grams"
)

// A letter is read as runs of one to three characters (character n-grams, as in Cavnar and Trenkle 1994): of the
// whole text, and again of the title alone, where a word says more. Runs that are not all letters and digits are
// left out.
const (
	longestRun = 3
	// readAtMost characters are read of a text: what it is about stands at its beginning, and a megabyte of
	// pasted text must not cost a second.
	readAtMost = 4000
	ofTitle    = 0x9e3779b97f4a7c15 // sets the runs of a title apart
)

// read folds a letter once: its title, and all of its text.
func read(l Letter) (title, all grams.Text) {
	return grams.Fold(head(l.Title)), grams.Fold(head(l.Title + "\n" + l.Body + "\n" + l.District))
}

// head cuts a text after as many bytes as readAtMost characters may have.
func head(s string) string { return s[:min(len(s), 4*readAtMost)] }

// eachRun calls do with the hash, the place and the length of each run.
func eachRun(runes []rune, salt uint64, do func(hash uint32, at, length int)) {
	runes = runes[:min(len(runes), readAtMost)]
	for at := range runes {
		h := 14695981039346656037 ^ salt
		for n := 1; n <= longestRun && at+n <= len(runes); n++ {
			r := runes[at+n-1]
			if !grams.IsWord(r) {
				break
			}
			h = (h ^ uint64(uint32(r))) * 1099511628211
			do(uint32(grams.Mix(h^uint64(n))>>32), at, n)
		}
	}
}

// eachGram calls do with every run of a letter as a hash; one that stands twice comes twice. No run reaches over a
// line's end, so the parts are read one by one into the same room.
func eachGram(l Letter, room *grams.Text, do func(hash uint32)) {
	room.Fold(head(l.Title))
	eachRun(room.Runes, ofTitle, func(h uint32, _, _ int) { do(h) })
	eachRun(room.Runes, 0, func(h uint32, _, _ int) { do(h) })
	for _, part := range [...]string{l.Body, l.District} {
		room.Fold(head(part))
		eachRun(room.Runes, 0, func(h uint32, _, _ int) { do(h) })
	}
}

// vocabulary knows the runs that stood in at least two letters of the training, by hash, and how much each says.
type vocabulary struct {
	hashes  []uint32
	weights []float32
	slots   []slot // open addressing; a power of two, at most half full
}

type slot struct {
	hash    uint32
	feature int32 // plus one; 0 is empty
}

func newVocabulary(hashes []uint32, weights []float32) *vocabulary {
	size := 1024
	for size < 2*len(hashes) {
		size *= 2
	}
	v := &vocabulary{hashes: hashes, weights: weights, slots: make([]slot, size)}
	for i, h := range hashes {
		at := int(h) & (size - 1)
		for v.slots[at].feature != 0 {
			at = (at + 1) & (size - 1)
		}
		v.slots[at] = slot{h, int32(i) + 1}
	}
	return v
}

// find gives the feature of a run, or -1.
func (v *vocabulary) find(hash uint32) int32 {
	mask := len(v.slots) - 1
	for at := int(hash) & mask; ; at = (at + 1) & mask {
		switch s := v.slots[at]; {
		case s.feature == 0:
			return -1
		case s.hash == hash:
			return s.feature - 1
		}
	}
}

// bag is a letter's runs, each once, and how often it stands there.
type bag struct {
	hashes []uint32
	times  []uint16
}

// bagged reads a letter for training. sorted and room are working memory.
func bagged(l Letter, sorted []uint32, room *grams.Text) (bag, []uint32) {
	sorted = sorted[:0]
	eachGram(l, room, func(hash uint32) { sorted = append(sorted, hash) })
	slices.Sort(sorted)
	different := 0
	for i, h := range sorted {
		if i == 0 || h != sorted[i-1] {
			different++
		}
	}
	b := bag{make([]uint32, 0, different), make([]uint16, 0, different)}
	for i, h := range sorted {
		if i == 0 || h != sorted[i-1] {
			b.hashes, b.times = append(b.hashes, h), append(b.times, 0)
		}
		if last := len(b.times) - 1; b.times[last] < math.MaxUint16 {
			b.times[last]++
		}
	}
	return b, sorted
}

// weighted is a feature of a letter.
type weighted struct {
	feature int32
	value   float32
}

// counts makes a letter's features before they are weighed: 1 + ln n.
func (v *vocabulary) counts(b bag) []weighted {
	x := make([]weighted, 0, len(b.hashes))
	for i, h := range b.hashes {
		if f := v.find(h); f >= 0 {
			x = append(x, weighted{f, damped(b.times[i])})
		}
	}
	// In the order of the features, so that training reads memory forwards.
	slices.SortFunc(x, func(a, b weighted) int { return int(a.feature - b.feature) })
	return x
}

// weigh gives counted features their weights, and length 1 together.
func (v *vocabulary) weigh(x []weighted) {
	var square float64
	for i, w := range x {
		x[i].value = w.value * v.weights[w.feature]
		square += float64(x[i].value) * float64(x[i].value)
	}
	if square > 0 {
		scale := float32(1 / math.Sqrt(square))
		for i := range x {
			x[i].value *= scale
		}
	}
}

// scratch is working memory for one letter after the other; not safe for concurrent use.
type scratch struct {
	room  grams.Text
	times []uint16
	found []weighted
}

func (v *vocabulary) scratch() *scratch { return &scratch{times: make([]uint16, len(v.hashes))} }

// vector makes a letter's features. It is valid until the scratch is used again.
func (v *vocabulary) vector(l Letter, s *scratch) []weighted {
	s.found = s.found[:0]
	eachGram(l, &s.room, func(hash uint32) {
		f := v.find(hash)
		if f < 0 {
			return
		}
		if s.times[f] == 0 {
			s.found = append(s.found, weighted{feature: f})
		}
		if s.times[f] < math.MaxUint16 {
			s.times[f]++
		}
	})
	for i, w := range s.found {
		s.found[i].value = damped(s.times[w.feature])
		s.times[w.feature] = 0
	}
	v.weigh(s.found)
	return s.found
}

// logs of small numbers: nearly all runs stand in a letter a few times at most.
var logs = func() (table [64]float32) {
	for n := 1; n < len(table); n++ {
		table[n] = float32(1 + math.Log(float64(n)))
	}
	return table
}()

func damped(n uint16) float32 {
	if int(n) < len(logs) {
		return logs[n]
	}
	return float32(1 + math.Log(float64(n)))
}

// maxFeatures keeps a model small: of a large city's runs, the most common are kept.
const maxFeatures = 1 << 17

// leastLetters a run must stand in: one that stands in a single letter teaches nothing about the next. Of a class
// with few letters all runs are kept, for they are all there is to find it again by.
const (
	leastLetters = 2
	fewLetters   = 3
)

// learnVocabulary counts the runs of the letters and keeps those worth it, the most common first, so that what
// is often read lies close together.
func learnVocabulary(bags []bag, rare func(i int) bool) *vocabulary {
	table := countRuns(bags)
	for i, b := range bags {
		if rare(i) {
			for _, hash := range b.hashes {
				place(table, hash).kept = true
			}
		}
	}
	kept := slices.DeleteFunc(table, func(c counted) bool { return c.letters < leastLetters && !c.kept })
	slices.SortFunc(kept, func(a, b counted) int {
		if a.letters != b.letters {
			return int(b.letters - a.letters)
		}
		if a.hash < b.hash {
			return -1
		}
		return 1
	})
	kept = kept[:min(len(kept), maxFeatures)]
	hashes, weights := make([]uint32, len(kept)), make([]float32, len(kept))
	for i, c := range kept {
		hashes[i] = c.hash
		weights[i] = float32(math.Log(float64(len(bags)+1)/float64(c.letters+1)) + 1)
	}
	return newVocabulary(hashes, weights)
}

// counted is a run and in how many letters it stands; in none: an empty place.
type counted struct {
	hash    uint32
	letters int32
	kept    bool // however few the letters
}

// countRuns says in how many letters each run stands; some places of the answer are empty.
func countRuns(bags []bag) []counted {
	table, used := make([]counted, 1<<16), 0
	for _, b := range bags {
		for used+len(b.hashes) > len(table)/2 {
			table = grown(table)
		}
		for _, hash := range b.hashes {
			c := place(table, hash)
			if c.letters == 0 {
				c.hash, used = hash, used+1
			}
			c.letters++
		}
	}
	return table
}

func place(table []counted, hash uint32) *counted {
	mask := len(table) - 1
	at := int(hash) & mask
	for table[at].letters != 0 && table[at].hash != hash {
		at = (at + 1) & mask
	}
	return &table[at]
}

func grown(table []counted) []counted {
	larger := make([]counted, 2*len(table))
	for _, c := range table {
		if c.letters != 0 {
			*place(larger, c.hash) = c
		}
	}
	return larger
}
