package routing

import (
	"unicode"
	"unicode/utf8"

	"mailbox/cases/grams"
)

// foldedText is a text folded as [grams.Fold] does it, but for the spaces beside Chinese characters, which a word
// broken at the end of a line has in its middle: they are left out.
type foldedText struct {
	text  string
	runes []rune
	at    []int // byte at which each character began
}

// foldText folds into old, which may be nil, at most readAtMost characters.
//
// It is for the many letters of a batch: of a Chinese character nothing has to be looked up, which makes it several
// times faster than grams.Fold, and it makes no garbage.
func foldText(old *foldedText, s string) *foldedText {
	if old == nil {
		old = &foldedText{}
	}
	f := old
	f.text, f.runes, f.at = s, f.runes[:0], f.at[:0]
	space := -1
	for i, r := range s {
		if len(f.runes) >= readAtMost {
			break
		}
		if !han(r) {
			if r == utf8.RuneError {
				if _, size := utf8.DecodeRuneInString(s[i:]); size < 3 {
					continue
				}
			}
			switch {
			case r < utf8.RuneSelf:
				switch {
				case r == ' ' || r >= '\t' && r <= '\r':
					space = i
					continue
				case r < ' ' || r == 0x7f:
					continue
				case r >= 'A' && r <= 'Z':
					r += 'a' - 'A'
				}
			case unicode.IsSpace(r):
				space = i
				continue
			case unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || unicode.Is(unicode.Mn, r):
				continue
			case r >= '！' && r <= '～':
				r = unicode.ToLower(r - ('！' - '!'))
			default:
				r = unicode.ToLower(r)
			}
		}
		if space >= 0 && len(f.runes) > 0 && !han(r) && !han(f.runes[len(f.runes)-1]) {
			f.runes, f.at = append(f.runes, ' '), append(f.at, space)
		}
		space = -1
		f.runes, f.at = append(f.runes, r), append(f.at, i)
	}
	return f
}

// han tells whether a character is one of the common Chinese ones, U+4E00 to U+9FFF.
func han(r rune) bool { return uint32(r)-0x4e00 < 0x5200 }

// foldWord makes a word comparable.
func foldWord(s string) string { return string(foldText(nil, s).runes) }

// span is where the characters from to to stood in the text; to is after from.
func (f *foldedText) span(field string, from, to int) Span {
	last := f.at[to-1]
	_, size := utf8.DecodeRuneInString(f.text[last:])
	return Span{Field: field, From: f.at[from], To: last + size}
}

// alone tells whether the characters from to to are a word of their own: a Latin word or a number is not found
// within a longer one, as “ETC” would be in “fetch” and “110” in “1105”.
func (f *foldedText) alone(from, to int) bool {
	joined := func(a, b int) bool {
		return a >= 0 && b < len(f.runes) && latin(f.runes[a]) && latin(f.runes[b])
	}
	return !joined(from-1, from) && !joined(to-1, to)
}

func latin(r rune) bool { return !han(r) && r < 0x2e80 && grams.IsWord(r) }
