// Package grams turns a letter's text into what can be compared: characters folded to one form, short runs of
// them (grams) hashed to numbers, and how common each gram is in the city's own letters.
//
// Chinese is written without spaces, so runs of one to three characters stand in for words: no dictionary, no
// segmenter. [Fold] first; then [Hash] over the runs; [Counts] for how much a run says.
package grams

import (
	"unicode"
	"unicode/utf8"
)

// Text is a text folded for comparison, with where each of its characters stood in the original.
type Text struct {
	Runes []rune
	// At is the byte in the original at which each character began; one longer than Runes, its last the byte
	// after the last character kept.
	At []int
}

// Fold makes what readers take for the same text the same: full-width letters and digits become plain ones,
// capitals small, runs of white space one space, none at the ends. Invisible characters (bidi marks, joiners,
// controls) and bytes that are no UTF-8 are left out, so that no letter can hide from comparison behind them.
func Fold(s string) Text {
	t := Text{Runes: make([]rune, 0, len(s)/2), At: make([]int, 0, len(s)/2+1)}
	t.Fold(s)
	return t
}

// Fold folds another text into the room of the one before.
func (t *Text) Fold(s string) {
	t.Runes, t.At = t.Runes[:0], t.At[:0]
	end, space := 0, -1
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			if _, size = utf8.DecodeRuneInString(s[i:]); size < 3 {
				continue
			}
		}
		switch {
		case r >= '一' && r <= '鿿': // most of what is written here: as it is
		case r == '\u3000' || unicode.IsSpace(r):
			if space < 0 {
				space = i
			}
			continue
		case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || unicode.Is(unicode.Mn, r):
			continue
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		}
		if space >= 0 && len(t.Runes) > 0 {
			t.Runes, t.At = append(t.Runes, ' '), append(t.At, space)
		}
		space = -1
		if r < '一' || r > '鿿' {
			r = unicode.ToLower(r)
		}
		t.Runes, t.At = append(t.Runes, r), append(t.At, i)
		end = i + size
	}
	t.At = append(t.At, end)
}

// Hash mixes a gram into 64 bits. Hashes are stored: they must stay the same on every machine and in every
// version (FNV-1a over code points, finished as in MurmurHash3 so that every bit is usable).
func Hash(gram []rune) uint64 {
	h := uint64(14695981039346656037)
	for _, r := range gram {
		h = (h ^ uint64(uint32(r))) * 1099511628211
	}
	return Mix(h ^ uint64(len(gram)))
}

// Mix spreads what is in a number over all its bits.
func Mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// IsWord tells whether a character can be part of a word: a letter of any script or a digit. Punctuation,
// symbols and emoji are not.
func IsWord(r rune) bool {
	return r >= '一' && r <= '鿿' || unicode.IsLetter(r) || unicode.IsDigit(r)
}
