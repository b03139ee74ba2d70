package alike

import (
	"cmp"
	"slices"

	"mailbox/cases/grams"
)

// Grade is how two letters are alike.
type Grade string

// The grades, the closest first. Unlike is everything else.
const (
	Exact  Grade = "exact"  // the same text, but for punctuation, spaces and the width of letters
	Near   Grade = "near"   // edited, or copied in parts
	Matter Grade = "matter" // the same matter in other words
	Unlike Grade = ""
)

// Grades lists the grades that say something, the closest first.
var Grades = []Grade{Exact, Near, Matter}

// Where the grades begin: read off some 400 pairs of public letters to two cities; doc.go says what they are worth.
const (
	// sameRun is how many characters in a row must stand in both letters to count as the same text. Four are a
	// name and its street; five still are, which is why a share alone never makes letters near.
	sameRun = 5
	// Near: half of the shorter letter stands in the other, twelve characters of it in one piece; or three tenths
	// with a whole passage.
	nearShare, nearPiece   = 0.5, 12
	partShare, partPassage = 0.3, 40
	// aboutAlike is how near the words of two letters must be to be about one matter; while little has been read
	// and common words weigh as much as names, nearer.
	aboutAlike, aboutAlikeCold = 0.3, 0.4
	// What they share must also say enough: two who ask for "积分落户" have most words in common and still ask
	// different things. Each shared run of two characters counts by how much rarer it is than one in twenty letters
	// (natural logarithm); while little has been read, the runs are counted.
	saysEnough, saysEnoughCold = 12, 12
	commonRun                  = 3 + 1 // ln 20, and the one that Counts.Weight adds
	// enoughRead is from how many letters on the counts know what is common.
	enoughRead = 100
)

// Letter is a letter prepared to be compared with others that were prepared with the same counts. It does not change.
type Letter struct {
	counts   *grams.Counts
	title    grams.Text // folded; what says nothing is blanked
	body     grams.Text
	whole    uint64   // of all its words
	length   int      // in characters, without what is only said for courtesy
	shingles []uint32 // of sameRun characters each, in the order of the text
	starts   []int32  // where each begins, among the characters that count
	sorted   []uint32 // the shingles again
	about    Vector
}

// Read prepares a letter. Nothing that can be written makes it fail: bytes that are no text are left out.
func Read(title, body string, c *grams.Counts) *Letter {
	l := &Letter{counts: c, title: grams.Fold(title), body: grams.Fold(body)}
	l.whole = wholeOf(l.title, l.body)
	words := make([]rune, 0, len(l.title.Runes)+len(l.body.Runes))
	l.shingles = make([]uint32, 0, cap(words))
	l.starts = make([]int32, 0, cap(words))
	for _, t := range []grams.Text{l.title, l.body} {
		marked := inStock(t)
		from := len(words)
		for i, r := range t.Runes {
			switch {
			case marked[i]:
				words = l.shingle(words, from)
				from = len(words)
			case grams.IsWord(r):
				words = append(words, r)
			}
			if marked[i] || hollowRunes[r] {
				t.Runes[i] = ' ' // so that no run goes over it
			}
		}
		words = l.shingle(words, from)
	}
	l.length = len(words)
	l.sorted = slices.Clone(l.shingles)
	slices.Sort(l.sorted)
	// The title says the matter more plainly: it is read twice.
	matter := make([]rune, 0, 2*len(l.title.Runes)+len(l.body.Runes)+2)
	for _, t := range [][]rune{l.title.Runes, l.title.Runes, l.body.Runes} {
		matter = append(append(matter, t...), ' ')
	}
	l.about = Vectorise(grams.Text{Runes: matter}, c)
	return l
}

// shingle adds the passages of a piece of text. A piece too short to have one does not count: "尽快修" between two
// courtesies could never be found in another letter, and would make a copy look like less than one.
func (l *Letter) shingle(words []rune, from int) []rune {
	if len(words)-from < sameRun {
		return words[:from]
	}
	for i := from; i+sameRun <= len(words); i++ {
		l.shingles = append(l.shingles, uint32(grams.Hash(words[i:i+sameRun])>>32))
		l.starts = append(l.starts, int32(i))
	}
	return words
}

// wholeOf is the hash of all words of a letter; of all its characters, where it has no words.
func wholeOf(title, body grams.Text) uint64 {
	all := make([]rune, 0, len(title.Runes)+len(body.Runes))
	for _, t := range []grams.Text{title, body} {
		for _, r := range t.Runes {
			if grams.IsWord(r) {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		all = append(append(append(all, title.Runes...), ' '), body.Runes...)
	}
	return grams.Hash(all)
}

// Likeness is how alike two letters are.
type Likeness struct {
	Grade Grade `json:"grade"`
	// Similarity is between 0 and 1. Exact: 1. Near: which share of the shorter letter stands word for word in the
	// other. Matter: the cosine of what both are about; it reads as more or less, not as a share of anything.
	Similarity float64 `json:"similarity"`
}

// Compare says how alike two letters are, the same whichever is named first.
func Compare(a, b *Letter) Likeness {
	if a.whole == b.whole {
		return Likeness{Exact, 1}
	}
	about := a.about.Cosine(b.about)
	if about < aboutAlike {
		return Likeness{}
	}
	share, piece := copied(a, b)
	if share >= nearShare && piece >= nearPiece || share >= partShare && piece >= partPassage {
		return Likeness{Near, share}
	}
	count, says := inCommon(a, b)
	if a.counts.Letters < enoughRead {
		if about >= aboutAlikeCold && count >= saysEnoughCold {
			return Likeness{Matter, about}
		}
	} else if says >= saysEnough {
		return Likeness{Matter, about}
	}
	return Likeness{}
}

// copied tells which share of the shorter letter stands word for word in the other, and how long its longest piece is.
func copied(a, b *Letter) (share float64, piece int) {
	if a.length > b.length {
		a, b = b, a
	}
	share, piece = a.in(b)
	if a.length == b.length {
		s, p := b.in(a)
		share, piece = max(share, s), max(piece, p)
	}
	return share, piece
}

func (l *Letter) in(o *Letter) (share float64, piece int) {
	if l.length == 0 {
		return 0, 0
	}
	covered, upTo, began := 0, 0, 0
	for i, h := range l.shingles {
		if _, ok := slices.BinarySearch(o.sorted, h); !ok {
			continue
		}
		from := int(l.starts[i])
		if from > upTo {
			began = from
		}
		covered += from + sameRun - max(from, upTo)
		upTo = from + sameRun
		piece = max(piece, upTo-began)
	}
	return float64(covered) / float64(l.length), piece
}

// inCommon counts the runs of two characters that both letters have, and how much they say.
func inCommon(a, b *Letter) (count int, says float64) {
	for i, j := 0, 0; i < len(a.about) && j < len(b.about); {
		switch x, y := a.about[i].Hash, b.about[j].Hash; {
		case x < y:
			i++
		case x > y:
			j++
		default:
			count++
			says += max(0, a.counts.Weight(x)-commonRun)
			i, j = i+1, j+1
		}
	}
	return count, says
}

// Word is what two letters both say, as the first has it.
type Word struct {
	Text   string  `json:"text"`   // folded
	Weight float64 `json:"weight"` // how much it counted for their likeness; for the order only
	Spans  []Span  `json:"spans"`
}

// Span is a place in a letter, in bytes, half open.
type Span struct {
	Field string `json:"field"` // "title" or "body"
	From  int    `json:"from"`
	To    int    `json:"to"`
}

// Shared lists what both letters say, as l has it and by its places there: longest runs of characters, those that say
// most first, at most n.
func (l *Letter) Shared(o *Letter, n int) []Word {
	both := make(map[uint64]float64, len(o.about))
	for _, t := range o.about {
		both[t.Hash] = float64(t.Weight)
	}
	found := map[string]*Word{}
	for field, t := range map[string]grams.Text{"title": l.title, "body": l.body} {
		each(t, both, func(from, to int, weight float64) {
			text := string(t.Runes[from:to])
			if found[text] == nil {
				found[text] = &Word{Text: text, Weight: weight}
			}
			found[text].Spans = append(found[text].Spans, Span{field, t.At[from], t.At[to]})
		})
	}
	words := make([]Word, 0, len(found))
	for _, w := range found {
		slices.SortFunc(w.Spans, func(a, b Span) int { return cmp.Or(cmp.Compare(b.Field, a.Field), cmp.Compare(a.From, b.From)) })
		words = append(words, *w)
	}
	slices.SortFunc(words, func(a, b Word) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Text, b.Text)) })
	return words[:min(len(words), max(0, n))]
}

// each calls found for each longest run of characters all of whose pairs are in both.
func each(t grams.Text, both map[uint64]float64, found func(from, to int, weight float64)) {
	begin, weight := -1, 0.0
	for i := 0; i < len(t.Runes); i++ {
		w, in := 0.0, false
		if i+2 <= len(t.Runes) && grams.IsWord(t.Runes[i]) && grams.IsWord(t.Runes[i+1]) {
			w, in = both[grams.Hash(t.Runes[i:i+2])]
		}
		switch {
		case in && begin < 0:
			begin, weight = i, w
		case in:
			weight += w
		case begin >= 0:
			found(begin, i+1, weight)
			begin = -1
		}
	}
}
