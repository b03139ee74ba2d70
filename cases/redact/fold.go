package redact

import (
	"strings"
	"unicode/utf8"
)

// folded is a text in one shape: full-width forms, circled digits and capitals made plain, dashes and spaces of all
// sorts made '-' and ' ', and what cannot be seen left out.
type folded struct {
	text  string
	runes []rune
	at    []int  // byte at which each character began
	end   []int  // byte after it
	odd   []bool // a digit in a circle or the like, which may as well number a list
}

func fold(text string) *folded {
	n := utf8.RuneCountInString(text)
	ints := make([]int, 2*n)
	f := &folded{text: text, runes: make([]rune, 0, n), at: ints[:0:n], end: ints[n:n], odd: make([]bool, 0, n)}
	for i, r := range text {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(text[i:])
		}
		plain, odd := r, false
		switch {
		case r >= 'A' && r <= 'Z':
			plain = r + 'a' - 'A'
		case r < utf8.RuneSelf || han(r):
		case unseen(r):
			continue
		default:
			plain, odd = foldRare(r)
		}
		f.runes, f.at, f.end, f.odd = append(f.runes, plain), append(f.at, i), append(f.end, i+size), append(f.odd, odd)
	}
	return f
}

// unseen tells of characters without a width or a shape: joiners, marks of direction, soft hyphens, and the parts
// that make a keycap of a digit.
func unseen(r rune) bool {
	return r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2069 ||
		r >= 0xfe00 && r <= 0xfe0f || r == 0xfeff || r == 0xad || r == 0x20e3 || r == 0x180e
}

// digitRows are the shapes of digits beside 0–9 and full-width ones: from their first character on, first is its digit.
var digitRows = [...]struct{ from, to, first rune }{
	{'⁴', '⁹', 4},
	{'₀', '₉', 0},
	{'①', '⑨', 1},
	{'⑴', '⑼', 1},
	{'⒈', '⒐', 1},
	{'⓵', '⓽', 1},
	{'❶', '❾', 1},
	{'➀', '➈', 1},
	{'➊', '➒', 1},
	{'㈠', '㈨', 1},
	{'㊀', '㊈', 1},
	{'٠', '٩', 0},
	{'۰', '۹', 0},
	{'⁰', '⁰', 0},
	{'¹', '¹', 1},
	{'²', '³', 2},
	{'⓪', '⓪', 0},
	{'⓿', '⓿', 0},
}

// foldRare makes a character plain that is neither ASCII nor Chinese; odd is true of a digit that may be a number in
// a list.
func foldRare(r rune) (plain rune, odd bool) {
	switch {
	case r >= '！' && r <= '～':
		if r >= 'Ａ' && r <= 'Ｚ' {
			r += 'ａ' - 'Ａ'
		}
		return r - '！' + '!', false
	case r == '　' || r == 0xa0 || r >= 0x2000 && r <= 0x200a || r == 0x202f || r == 0x205f:
		return ' ', false
	case r >= 0x2010 && r <= 0x2015 || r == '−' || r == '─' || r == '﹣' || r == '﹘':
		return '-', false
	case strings.ContainsRune("•・∙⋅‧･", r):
		return '·', false
	case r == '×' || r == '✕':
		return 'x', false
	case r >= 0x1d7ce && r <= 0x1d7ff: // bold, double-struck and other mathematical digits, five rows of ten
		return '0' + (r-0x1d7ce)%10, false
	}
	for _, row := range &digitRows {
		if r >= row.from && r <= row.to {
			return '0' + row.first + r - row.from, true
		}
	}
	return r, false
}

// han tells whether a character is one of the common Chinese ones, U+4E00 to U+9FFF.
func han(r rune) bool { return uint32(r)-0x4e00 < 0x5200 }

func number(r rune) bool { return r >= '0' && r <= '9' }
func letter(r rune) bool { return r >= 'a' && r <= 'z' }

// nowhere is the character outside the text: in no set, and in no name that somebody may have on file.
const nowhere = -1

// rune gives the character at i.
func (f *folded) rune(i int) rune {
	if i < 0 || i >= len(f.runes) {
		return nowhere
	}
	return f.runes[i]
}

// is tells whether word stands at i.
func (f *folded) is(i int, word string) bool {
	for _, r := range word {
		if f.rune(i) != r {
			return false
		}
		i++
	}
	return true
}

// ends tells whether one of words ends before i.
func (f *folded) ends(i int, words ...string) bool {
	for _, word := range words {
		if f.is(i-utf8.RuneCountInString(word), word) {
			return true
		}
	}
	return false
}

// skip gives where the characters of set end that stand from i on, at most n.
func (f *folded) skip(i, n int, set string) int {
	for ; n > 0 && strings.ContainsRune(set, f.rune(i)); n-- {
		i++
	}
	return i
}
