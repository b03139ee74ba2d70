package alike

import (
	"math"
	"slices"

	"mailbox/cases/grams"
)

// KeyBits is how many bits a key has: a store can put the edition of the counts above them.
const KeyBits = 56

// How many keys. A letter found by none of them is never compared, so there are two kinds: of the runs of two
// characters that say most of the matter, and of the passages with the least hashes, which copies share whatever
// else was written around them (Broder 1997, "On the resemblance and containment of documents"). More are looked up
// than are stored: a short letter within a long one has few passages among the long one's least.
const (
	matterKeys, matterSought = 12, 24
	leastCopyKeys            = 4
	perCopyKey               = 40 // characters: a letter of 300 has 11
	mostCopyKeys             = 24
	soughtPerStored          = 3
	mostCopySought           = 48
	// rareEnough: a run in fewer letters than this says no more. What only one letter has finds no other, and names
	// that come again must not lose their place to it.
	rareEnough = 10
)

// Key is something by which letters like this one may be found, and how much finding one by it means.
type Key struct {
	Key    int64
	Weight float64
}

// Keys are the few numbers by which a letter is found again: the first is that of its whole text, which exact copies
// share; the others depend on the counts. None for a letter without words. All are at least 0 and below 1<<KeyBits,
// none stands twice.
func Keys(title, body string, c *grams.Counts) []int64 { return Read(title, body, c).Keys() }

// Keys are those of a letter that was read.
func (l *Letter) Keys() []int64 {
	found := l.keys(matterKeys, min(leastCopyKeys+l.length/perCopyKey, mostCopyKeys))
	keys := make([]int64, len(found))
	for i, k := range found {
		keys[i] = k.Key
	}
	return keys
}

// Seek are the keys to look up for letters like this one: its own and some more.
func (l *Letter) Seek() []Key {
	return l.keys(matterSought, min(soughtPerStored*(leastCopyKeys+l.length/perCopyKey), mostCopySought))
}

func (l *Letter) keys(matter, copies int) []Key {
	if len(l.about) == 0 && l.length == 0 {
		return nil
	}
	// What an exact copy has in common outweighs everything else together.
	highest := math.Log(float64(l.counts.Letters + 2))
	keys := append(make([]Key, 0, 1+matter+copies), Key{keyOf(l.whole), 100 * highest})
	add := func(hash uint64, weight float64) {
		k := keyOf(hash)
		if !slices.ContainsFunc(keys, func(o Key) bool { return o.Key == k }) {
			keys = append(keys, Key{k, weight})
		}
	}
	for _, t := range l.strongest(matter) {
		add(t.Hash, l.counts.Weight(t.Hash))
	}
	for _, h := range l.least(copies) {
		add(h, max(1, highest/2))
	}
	return keys
}

func keyOf(hash uint64) int64 { return int64(hash >> (64 - KeyBits)) }

// strongest are the runs of two characters that say most of the matter: often said, said in the title, rare in others.
func (l *Letter) strongest(n int) []Term {
	enough := max(1, math.Log(float64(l.counts.Letters+1)/rareEnough)+1)
	top := make([]Term, 0, n+1)
	for _, t := range l.about {
		if w := l.counts.Weight(t.Hash); w > enough {
			t.Weight *= float32(enough / w)
		}
		top = firstOf(top, n, t, func(a, b Term) bool {
			return a.Weight > b.Weight || a.Weight == b.Weight && a.Hash < b.Hash
		})
	}
	return top
}

// least are the passages with the least hashes.
func (l *Letter) least(n int) []uint64 {
	top := make([]uint64, 0, n+1)
	for i, h := range l.sorted {
		if i > 0 && h == l.sorted[i-1] {
			continue
		}
		top = firstOf(top, n, grams.Mix(uint64(h)+1), func(a, b uint64) bool { return a < b })
	}
	return top
}

// firstOf adds one to the first n in order: quicker than sorting all for the few that are kept.
func firstOf[T any](top []T, n int, one T, before func(a, b T) bool) []T {
	at := len(top)
	for at > 0 && before(one, top[at-1]) {
		at--
	}
	if at >= n {
		return top
	}
	return slices.Insert(top, at, one)[:min(n, len(top)+1)]
}
