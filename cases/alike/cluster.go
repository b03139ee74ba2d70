package alike

import (
	"cmp"
	"math"
	"slices"

	"mailbox/cases/grams"
)

// How letters are brought together. The numbers were found on public messages to a city, by how whole 33 matters came
// out that many wrote about, and by reading what came out beside them (docs/hot.md).
const (
	readBody      = 500  // characters
	titleShare    = 0.5  // of what a letter is about its title says this much, however long the text
	rareness      = 1.25 // power of a run's weight: names say more about which matter it is than what all complain of
	seldom        = 3    // a run in fewer letters than this says no more: what only one letter says joins none
	letterTerms   = 128  // kept of a letter: at most 100 MB for 50,000 letters
	strongTerms   = 24   // of a letter, by which it looks for its issue
	listedTerms   = 48   // of an issue's middle, by which it is found
	centreTerms   = 160  // of an issue's middle
	keptTerms     = 500  // of which it is chosen
	nameRuns      = 7    // runs of two characters in a name of eight
	joinAt        = 0.26 // likeness of a letter to the middle of its issue
	uniteAt       = 0.34 // likeness of two middles that are one issue
	restAt        = 0.03 // likeness that must remain without the one name that says most
	compared      = 16   // middles that a letter is compared with
	commonInIndex = 400  // issues under a term: from there on it leads nowhere
)

// finder is one search for issues.
//
// Each letter, in the order of time, joins the issue whose middle it is nearest to (leader clustering: Hartigan 1975),
// sought by its strongest terms only, so that the work grows little faster than the letters; middles that have come
// near each other are united; then each letter is asked once more. Middles, not pairs, are compared, so that no
// chain of letters that each resemble the next makes one issue of everything. At last those are sent away whom
// nothing but one name binds to the others: a housing estate is a place and not yet a matter.
type finder struct {
	counts   *grams.Counts
	messages []Message
	vectors  []Vector
	centres  []*centre
	under    map[uint64][]int32 // centres by their terms
	// While the nearest centre is sought: how many terms each shares, and their weight.
	shared  []int32
	score   []float32
	touched []int32 // those that share any
}

// centre is the middle of an issue's letters.
type centre struct {
	sum     map[uint64]float32
	vector  Vector // the strongest terms of the sum, of length 1
	members []int32
	listed  map[uint64]bool // terms under which it is found
	fresh   int             // members when the vector was made last
}

// cluster brings the messages together.
func (f *finder) cluster() {
	f.vectors = make([]Vector, len(f.messages))
	for i, m := range f.messages {
		v := slices.Clone(strongest(f.about(m), letterTerms))
		slices.SortFunc(v, func(a, b Term) int { return cmp.Compare(a.Hash, b.Hash) })
		f.vectors[i] = v.unit()
	}
	f.gather()
	f.unite()
	f.settle()
	for _, c := range f.centres {
		f.cull(c)
	}
}

// about is what a message is about, its title and its text weighed apart: a long text would drown the title.
func (f *finder) about(m Message) Vector {
	title, body := f.rare(m.Title), f.rare(clip(m.Body, readBody))
	for i := range title {
		title[i].Weight *= titleShare
	}
	for i := range body {
		body[i].Weight *= 1 - titleShare
	}
	all := append(title, body...) //nolint:gocritic // title is not used after
	slices.SortStableFunc(all, func(a, b Term) int { return cmp.Compare(a.Hash, b.Hash) })
	v := all[:0]
	for _, term := range all {
		if n := len(v); n > 0 && v[n-1].Hash == term.Hash {
			v[n-1].Weight += term.Weight
		} else {
			v = append(v, term)
		}
	}
	return v.unit()
}

// rare makes the vector of a text in which rare runs count more than in Vectorise.
func (f *finder) rare(text string) Vector {
	v := Vectorise(grams.Fold(text), f.counts)
	most := max(1, math.Log(float64(f.counts.Letters+1)/(seldom+1))+1)
	for i := range v {
		weight := f.counts.Weight(v[i].Hash)
		v[i].Weight *= float32(math.Pow(min(weight, most), rareness) / weight)
	}
	return v.unit()
}

// unit gives the vector the length 1, in place.
func (v Vector) unit() Vector {
	var square float64
	for _, term := range v {
		square += float64(term.Weight) * float64(term.Weight)
	}
	for i := range v {
		v[i].Weight /= float32(math.Sqrt(square))
	}
	return v
}

// clip cuts a text after so many characters.
func clip(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// gather lets each letter join the nearest centre, or become one.
func (f *finder) gather() {
	f.under = map[uint64][]int32{}
	for i, v := range f.vectors {
		if len(v) == 0 {
			continue
		}
		at, likeness := f.nearest(v, -1)
		if at < 0 || likeness < joinAt {
			at = int32(len(f.centres))
			f.centres = append(f.centres, &centre{sum: map[uint64]float32{}, listed: map[uint64]bool{}})
			f.score, f.shared = append(f.score, 0), append(f.shared, 0)
		}
		f.centres[at].add(int32(i), v)
		f.list(at)
	}
}

// strongest gives the terms of a vector that weigh most.
func strongest(v Vector, most int) Vector {
	if len(v) <= most {
		return v
	}
	sorted := slices.Clone(v)
	slices.SortFunc(sorted, heavier)
	return sorted[:most]
}

// heavier sorts terms by weight.
func heavier(a, b Term) int {
	if a.Weight != b.Weight {
		if a.Weight > b.Weight {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.Hash, b.Hash)
}

// nearest finds the centre that a vector is nearest to, except one; -1: none shares two of its strongest terms.
func (f *finder) nearest(v Vector, except int32) (at int32, likeness float64) {
	sought := make(Vector, 0, strongTerms+1)
	for _, term := range v {
		sought = firstOf(sought, strongTerms, term, func(a, b Term) bool { return heavier(a, b) < 0 })
	}
	for _, term := range sought {
		under := f.under[term.Hash]
		if len(under) > commonInIndex {
			continue
		}
		for _, c := range under {
			if f.shared[c]++; f.shared[c] == 1 {
				f.touched, f.score[c] = append(f.touched, c), 0
			}
			f.score[c] += term.Weight
		}
	}
	best := make([]int32, 0, compared+1)
	for _, c := range f.touched {
		if (f.shared[c] >= 2 || len(v) <= 2) && c != except && f.centres[c].vector != nil {
			best = firstOf(best, compared, c, func(a, b int32) bool { return f.score[a] > f.score[b] || f.score[a] == f.score[b] && a < b })
		}
		f.shared[c] = 0
	}
	f.touched = f.touched[:0]
	at = -1
	for _, c := range best {
		if l := f.centres[c].vector.Cosine(v); l > likeness || l == likeness && c < at {
			at, likeness = c, l
		}
	}
	return at, likeness
}

func (c *centre) add(i int32, v Vector) {
	c.members = append(c.members, i)
	for _, term := range v {
		c.sum[term.Hash] += term.Weight
	}
	// A middle of many letters hardly moves with one more.
	if len(c.members)-c.fresh > len(c.members)/10 {
		c.refresh()
	}
}

// refresh makes the vector of the strongest terms. A middle of many letters keeps what they have in common.
func (c *centre) refresh() {
	all := make(Vector, 0, len(c.sum))
	for hash, weight := range c.sum {
		all = append(all, Term{hash, weight})
	}
	c.fresh = len(c.members)
	if len(all) > keptTerms { // what few of many letters say never comes to the middle
		all = strongest(all, keptTerms)
		c.sum = make(map[uint64]float32, keptTerms)
		for _, term := range all {
			c.sum[term.Hash] = term.Weight
		}
	}
	c.vector = slices.Clone(strongest(all, centreTerms))
	slices.SortFunc(c.vector, func(a, b Term) int { return cmp.Compare(a.Hash, b.Hash) })
	c.vector.unit()
}

// strongestOfSum are the terms of the middle as they were summed.
func (c *centre) strongestOfSum() Vector {
	v := slices.Clone(c.vector)
	for i := range v {
		v[i].Weight = c.sum[v[i].Hash]
	}
	return v
}

// list makes a centre findable by its terms.
func (f *finder) list(at int32) {
	c := f.centres[at]
	for _, term := range strongest(c.vector, listedTerms) {
		if !c.listed[term.Hash] {
			c.listed[term.Hash] = true
			f.under[term.Hash] = append(f.under[term.Hash], at)
		}
	}
}

// unite makes one of centres that have come near each other. Those of single letters are dropped first.
func (f *finder) unite() {
	for _, c := range f.centres {
		if len(c.members) < 2 {
			c.vector = nil
		}
	}
	for at := int32(len(f.centres)) - 1; at >= 0; at-- {
		c := f.centres[at]
		if c.vector == nil {
			continue
		}
		into, likeness := f.nearest(c.vector, at)
		if into < 0 || likeness < uniteAt {
			continue
		}
		o := f.centres[into]
		for hash, weight := range c.sum {
			o.sum[hash] += weight
		}
		o.members = append(o.members, c.members...)
		o.refresh()
		f.list(into)
		c.members, c.sum, c.vector = nil, nil, nil
	}
}

// settle asks each letter once more which middle it is nearest to, now that they stand.
func (f *finder) settle() {
	for _, c := range f.centres {
		c.members = nil
	}
	for i, v := range f.vectors {
		if at, likeness := f.nearest(v, -1); at >= 0 && likeness >= joinAt {
			f.centres[at].members = append(f.centres[at].members, int32(i))
		}
	}
}

// cull sends away the members that have nothing in common with the others but one name, the loosest first: each that
// goes takes its words along, and others may then stand apart as well.
func (f *finder) cull(c *centre) {
	for len(c.members) >= leastLetters {
		*c = centre{members: c.members, sum: map[uint64]float32{}}
		for _, i := range c.members {
			for _, term := range f.vectors[i] {
				c.sum[term.Hash] += term.Weight
			}
		}
		c.refresh()
		middle := c.strongestOfSum()
		type loose struct {
			member int32
			rest   float64
		}
		var away []loose
		for _, i := range c.members {
			if rest := f.rest(i, middle); rest < restAt {
				away = append(away, loose{i, rest})
			}
		}
		if len(away) == 0 {
			return
		}
		slices.SortFunc(away, func(a, b loose) int { return cmp.Or(cmp.Compare(a.rest, b.rest), cmp.Compare(a.member, b.member)) })
		away = away[:min(len(away), 1+len(c.members)/8)]
		c.members = slices.DeleteFunc(c.members, func(i int32) bool {
			return slices.ContainsFunc(away, func(l loose) bool { return l.member == i })
		})
	}
}

// rest is how near a member is to the others (not to itself) without the piece of its text, as long as a name, that
// speaks most for it.
func (f *finder) rest(i int32, middle Vector) float64 {
	speaks := make(map[uint64]float64, len(f.vectors[i]))
	var square float64
	own := f.vectors[i]
	for _, term := range middle {
		others := float64(term.Weight)
		if at, ok := slices.BinarySearchFunc(own, term.Hash, func(t Term, hash uint64) int { return cmp.Compare(t.Hash, hash) }); ok {
			others = max(0, others-float64(own[at].Weight))
			speaks[term.Hash] = float64(own[at].Weight) * others
		}
		square += others * others
	}
	if square == 0 {
		return 0
	}
	total, name := 0.0, 0.0
	for _, text := range []string{f.messages[i].Title, clip(f.messages[i].Body, readBody)} {
		r := grams.Fold(text).Runes
		line := make([]float64, max(0, len(r)-1))
		window := 0.0
		for k := range line {
			if grams.IsWord(r[k]) && grams.IsWord(r[k+1]) {
				hash := grams.Hash(r[k : k+2])
				line[k] = speaks[hash]
				delete(speaks, hash) // once, wherever it stands first
			}
			total += line[k]
			window += line[k]
			if k >= nameRuns {
				window -= line[k-nameRuns]
			}
			name = max(name, window)
		}
	}
	return (total - name) / math.Sqrt(square)
}
