package routing

import (
	"cmp"
	"slices"
)

// wordList finds thousands of words in a text in one pass. Every word has two characters at least, so a table over
// the first two finds the few that may begin at a place, and a bit map says of most places that there is none.
type wordList struct {
	words  []listedWord // by first two characters, the longer first
	number map[string]int32
	bits   [1 << 10]uint64
	keys   []uint64 // open addressing; a power of two, at most half full; 0 is empty
	begin  []int32
}

// listedWord is a word and what it is there for.
type listedWord struct {
	text  string
	runes []rune
	uses  []use
}

// use is one meaning of a word.
type use struct {
	as    meaning
	to    int32   // literal, unit, area
	value float32 // how much it says, of names and duties
}

type meaning uint8

const (
	asLiteral meaning = iota // of a rule
	asName                   // a department's name, or what writers call it
	asStem                   // what a department does, from its name
	asDuty                   // two characters of a department's duties
	asArea
	asShortArea
)

// add adds a meaning to a word.
func (l *wordList) add(text string, u use) {
	text = foldWord(text)
	runes := []rune(text)
	if len(runes) < 2 {
		return
	}
	if l.number == nil {
		l.number = map[string]int32{}
	}
	i, ok := l.number[text]
	if !ok {
		i = int32(len(l.words))
		l.number[text] = i
		l.words = append(l.words, listedWord{text: text, runes: runes})
	}
	for _, seen := range l.words[i].uses {
		if seen.as == u.as && seen.to == u.to && seen.value >= u.value {
			return
		}
	}
	l.words[i].uses = append(l.words[i].uses, u)
}

func pairKey(a, b rune) uint64 { return uint64(uint32(a))<<21 | uint64(uint32(b)) }

func pairHash(key uint64) uint64 { return key * 0x9e3779b97f4a7c15 >> 40 }

// ready ends the adding.
func (l *wordList) ready() {
	slices.SortFunc(l.words, func(a, b listedWord) int {
		return cmp.Or(cmp.Compare(pairKey(a.runes[0], a.runes[1]), pairKey(b.runes[0], b.runes[1])),
			cmp.Compare(len(b.runes), len(a.runes)), cmp.Compare(a.text, b.text))
	})
	l.number = nil
	size := 64
	for size < 2*len(l.words) {
		size *= 2
	}
	l.keys, l.begin = make([]uint64, size), make([]int32, size)
	for i, w := range l.words {
		key := pairKey(w.runes[0], w.runes[1])
		if i > 0 && key == pairKey(l.words[i-1].runes[0], l.words[i-1].runes[1]) {
			continue
		}
		h := pairHash(key)
		l.bits[h>>6&(1<<10-1)] |= 1 << (h & 63)
		at := int(h) & (size - 1)
		for l.keys[at] != 0 {
			at = (at + 1) & (size - 1)
		}
		l.keys[at], l.begin[at] = key, int32(i)
	}
}

// find calls do with every word in the text and where it begins.
func (l *wordList) find(f *foldedText, do func(word int32, at int)) {
	if len(l.words) == 0 {
		return
	}
	runes, mask := f.runes, len(l.keys)-1
	for i := 0; i+1 < len(runes); i++ {
		key := pairKey(runes[i], runes[i+1])
		h := pairHash(key)
		if l.bits[h>>6&(1<<10-1)]&(1<<(h&63)) == 0 {
			continue
		}
		at := int(h) & mask
		for l.keys[at] != 0 && l.keys[at] != key {
			at = (at + 1) & mask
		}
		if l.keys[at] == 0 {
			continue
		}
		for w := l.begin[at]; int(w) < len(l.words); w++ {
			word := l.words[w].runes
			if word[0] != runes[i] || word[1] != runes[i+1] {
				break
			}
			if len(word) <= len(runes)-i && slices.Equal(word[2:], runes[i+2:i+len(word)]) && f.alone(i, i+len(word)) {
				do(w, i)
			}
		}
	}
}
