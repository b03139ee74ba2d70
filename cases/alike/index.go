package alike

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"mailbox/cases/grams"
)

// Text is a letter as it was written.
type Text struct{ Title, Body string }

// Match is a letter that is alike, by its place in the index.
type Match struct {
	At int
	Likeness
}

// How far a search goes, here and in a database: so many letters a key, the newest first, so that a key that became
// common costs little; and so many of those with most in common compared.
const (
	PerKey   = 100
	Compared = 50
)

// Index finds letters that are alike among many, in memory. It does not change and may be asked from many goroutines.
type Index struct {
	letters []Text
	counts  *grams.Counts
	keys    []placed // sorted by key, then by letter
}

type placed struct {
	key int64
	at  int32
}

// NewIndex reads all letters, on all processors.
func NewIndex(letters []Text, c *grams.Counts) *Index {
	x := &Index{letters: letters, counts: c}
	parts := make([][]placed, runtime.GOMAXPROCS(0))
	var done sync.WaitGroup
	for part := range parts {
		done.Go(func() {
			var keys []placed
			for i := part * len(letters) / len(parts); i < (part+1)*len(letters)/len(parts); i++ {
				for _, k := range Keys(letters[i].Title, letters[i].Body, c) {
					keys = append(keys, placed{k, int32(i)})
				}
			}
			slices.SortFunc(keys, before)
			parts[part] = keys
		})
	}
	done.Wait()
	for _, keys := range parts {
		x.keys = merge(x.keys, keys)
	}
	return x
}

// merge makes one sorted list of two.
func merge(a, b []placed) []placed {
	all := make([]placed, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if before(a[0], b[0]) < 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func before(a, b placed) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	return cmp.Compare(a.at, b.at)
}

// Before lists the letters before the one at i that it repeats, the most alike first, at most n.
func (x *Index) Before(i, n int) []Match {
	return x.find(Read(x.letters[i].Title, x.letters[i].Body, x.counts), i, n)
}

// Find lists the letters in the index that a new one repeats, the most alike first, at most n.
func (x *Index) Find(t Text, n int) []Match {
	return x.find(Read(t.Title, t.Body, x.counts), len(x.letters), n)
}

func (x *Index) find(l *Letter, end, n int) []Match {
	weights := map[int32]float64{}
	for _, k := range l.Seek() {
		// The first that does not come before: all with this key and a place before end stand right ahead of it.
		at, _ := slices.BinarySearchFunc(x.keys, placed{k.Key, int32(end)}, before)
		for seen := 0; at > 0 && x.keys[at-1].key == k.Key && seen < PerKey; seen++ {
			at--
			weights[x.keys[at].at] += k.Weight
		}
	}
	found := make([]int32, 0, len(weights))
	for at := range weights {
		found = append(found, at)
	}
	slices.SortFunc(found, func(a, b int32) int { return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(b, a)) })
	matches := []Match{}
	for _, at := range found[:min(Compared, len(found))] {
		o := x.letters[at]
		if like := Compare(l, Read(o.Title, o.Body, x.counts)); like.Grade != Unlike {
			matches = append(matches, Match{int(at), like})
		}
	}
	slices.SortFunc(matches, func(a, b Match) int { return cmp.Or(Closer(a.Likeness, b.Likeness), cmp.Compare(a.At, b.At)) })
	return matches[:min(len(matches), max(0, n))]
}

// Closer orders likenesses, the closest first: by grade, then by similarity.
func Closer(a, b Likeness) int {
	return cmp.Or(cmp.Compare(rank(a.Grade), rank(b.Grade)), cmp.Compare(b.Similarity, a.Similarity))
}

func rank(g Grade) int {
	if i := slices.Index(Grades, g); i >= 0 {
		return i
	}
	return len(Grades)
}
