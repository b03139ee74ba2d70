package substance

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"mailbox/cases/alike"
	"mailbox/cases/grams"
)

const (
	// shingle is how many characters are compared at once: shorter runs recur in all replies of an office.
	shingle = 4
	// identical is from how large a common share on two replies are called near-identical.
	identical = 0.8
	// sameMatter is from which likeness on two letters are about one matter, to which one answer is right.
	sameMatter = 0.2
	// sharedNames is from how many runs of three characters on that both letters and the reply share, such as the
	// name of an estate, the reply is about what both are about.
	sharedNames = 2
	// keys is how many of a reply's smallest hashes find it again: of two replies with four fifths in
	// common, 1 in 600 pairs is missed.
	keys = 4
)

// shingles are the runs of characters that make a reply what it is: its own clauses, without figures, so that
// a form filled in with another date is the same form. A reply without clauses of its own is compared whole.
func (r *reading) shingles() map[uint64]struct{} {
	var words []rune
	only := r.onlyCourtesies()
	for _, c := range r.clauses {
		if c.class == courtesy && !only {
			continue
		}
		for _, one := range r.text.Runes[c.from:c.to] {
			if grams.IsWord(one) && (one < '0' || one > '9') {
				words = append(words, one)
			}
		}
	}
	set := make(map[uint64]struct{}, len(words))
	for i := 0; i+shingle <= len(words); i++ {
		set[grams.Hash(words[i:i+shingle])] = struct{}{}
	}
	return set
}

func (r *reading) onlyCourtesies() bool {
	return !slices.ContainsFunc(r.clauses, func(c clause) bool { return c.class != courtesy })
}

// common is the share of what both say of what either says (Jaccard 1901).
func common(a, b map[uint64]struct{}) float64 {
	if len(a) > len(b) {
		a, b = b, a
	}
	both := 0
	for h := range a {
		if _, ok := b[h]; ok {
			both++
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// repeated looks whether the reply was written to others before, about something else.
func (r *reading) repeated(l Letter, others []Other) (Sign, bool) {
	mine := r.shingles()
	if len(mine) == 0 || len(others) == 0 {
		return Sign{}, false
	}
	sign := Sign{Kind: NearIdentical, Left: r.left}
	asked := r.letter(l)
	for _, o := range others {
		share := common(mine, split(o.Reply, courtesies).shingles())
		if share < identical || asked.sameMatter(r.letter(o.Letter)) {
			continue
		}
		sign.Others++
		if share > sign.Alike || share == sign.Alike && o.ID < sign.Other {
			sign.Alike, sign.Other = math.Floor(share*100)/100, o.ID
		}
	}
	if sign.Others == 0 {
		return Sign{}, false
	}
	sign.Strength = math.Round(100*(0.5+2*(sign.Alike-identical))) / 100
	sign.Spans = r.own()
	return sign, true
}

// letter is what is compared of a letter.
type letter struct {
	about alike.Vector
	names map[uint64]struct{} // the runs of three characters that stand in the reply, too
}

// letter weighs all words the same: likeness of two letters must not change with what else has come in.
func (r *reading) letter(l Letter) letter {
	t := grams.Fold(cut(l.Title) + "\n" + cut(l.Body))
	replied := map[uint64]struct{}{}
	for _, c := range r.clauses {
		if c.class != courtesy {
			runs(r.text.Runes[c.from:c.to], replied)
		}
	}
	asked := map[uint64]struct{}{}
	runs(t.Runes, asked)
	for h := range asked {
		if _, both := replied[h]; !both {
			delete(asked, h)
		}
	}
	return letter{alike.Vectorise(t, new(grams.Counts)), asked}
}

// runs adds the runs of three characters of words; those of offices and areas are in every letter of a city.
func runs(text []rune, to map[uint64]struct{}) {
	for i := 0; i+3 <= len(text); i++ {
		if run := text[i : i+3]; slices.ContainsFunc(run, func(r rune) bool { return !unicode.Is(unicode.Han, r) || strings.ContainsRune(common3, r) }) {
			continue
		}
		to[grams.Hash(text[i:i+3])] = struct{}{}
	}
}

// common3 are characters whose runs say little of a matter: areas, offices, persons, and the words for a letter.
const common3 = "市区县局您我你的了是在有诉求问题反映投咨询"

func (a letter) sameMatter(b letter) bool {
	if a.about.Cosine(b.about) >= sameMatter {
		return true
	}
	n := 0
	for h := range a.names {
		if _, ok := b.names[h]; ok {
			n++
		}
	}
	return n >= sharedNames
}

// own are the passages that are compared.
func (r *reading) own() []Span {
	var spans []Span
	last, only := -2, r.onlyCourtesies()
	for i, c := range r.clauses {
		if c.class == courtesy && !only {
			continue
		}
		span := Span{r.text.At[c.from], r.text.At[c.to]}
		if last == i-1 {
			spans[len(spans)-1].To = span.To
		} else {
			spans = append(spans, span)
		}
		last = i
	}
	return spans
}

// Keys are by what a reply is found again: two near-identical replies have at least one in common, but for 1
// in 600. None for a reply without words. They are stored: the rules above must not change them lightly.
func Keys(reply string) []uint64 {
	set := split(reply, courtesies).shingles()
	if len(set) == 0 {
		return nil
	}
	found := make([]uint64, keys)
	for i := range found {
		least := uint64(math.MaxUint64)
		for h := range set {
			least = min(least, grams.Mix(h^uint64(i+1)*0x9e3779b97f4a7c15))
		}
		found[i] = least
	}
	slices.Sort(found)
	return slices.Compact(found)
}

const (
	// enoughToCompare is how much both must say before sharing no word means anything: "暖气热了" answers
	// "供热不达标".
	enoughToCompare = 30
)

// unrelated looks whether the reply shares anything with the letter.
func (r *reading) unrelated(asked grams.Text, counts *grams.Counts) (Sign, bool) {
	if r.left < enoughToCompare || len(asked.Runes) < enoughToCompare {
		return Sign{}, false
	}
	likeness := alike.Vectorise(asked, counts).Cosine(alike.Vectorise(r.text, counts))
	if likeness > 0.005 {
		return Sign{}, false
	}
	strength := 0.2
	if r.left >= 2*enoughToCompare {
		strength = 0.4
	}
	return Sign{Kind: Unrelated, Strength: strength, Alike: likeness, Left: r.left, Spans: r.own()}, true
}
