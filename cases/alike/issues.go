package alike

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mailbox/cases/grams"
)

// Message is a letter as one among many on the same matter.
type Message struct {
	ID       int64
	Title    string
	Body     string
	District string
	Topic    string
	At       time.Time // received
	Writer   string    // the same for letters of the same writer; empty: nobody else's
	Likes    int       // of people who did not write
}

// Trend says where an issue goes.
type Trend string

// The trends, in the order in which they are shown: what is new and what grows first.
const (
	New     Trend = "new"     // the first letter came within the last Window
	Growing Trend = "growing" // more letters in the last Window than in the one before
	Steady  Trend = "steady"
	Fading  Trend = "fading" // fewer than in the window before, or none
)

// Window is the time over which trends are compared.
const Window = 14 * 24 * time.Hour

// Issue is a matter that several people write about.
type Issue struct {
	ID      int64 // of its earliest letter, so that an issue keeps its name while letters come
	Title   string
	Place   string // as letters name it, "" when they agree on none
	Topic   string // most frequent, "" when none is known
	Letters []int64
	Writers int
	Likes   int
	First   time.Time
	Last    time.Time
	Heat    float64
	Trend   Trend
	Weeks   []int // letters in each of the last Weeks weeks, the running one last
}

// Heating is how heat comes and goes.
//
// Each writer counts 1 for the newest letter on the matter and 0.2 for each further one; likes add half the natural
// logarithm of 1 + likes. What a letter brings is halved every HalfLife since it came. (The decay is the one of a
// moving average with exponential weights; it needs no memory of its own and is the same for every observer.)
type Heating struct{ HalfLife time.Duration }

// DefaultHeating halves in 30 days: a matter that nobody writes about any more is lukewarm after a quarter of a year.
var DefaultHeating = Heating{HalfLife: 30 * 24 * time.Hour}

const (
	furtherLetter = 0.2 // of a writer who has written on the matter again
	perLog        = 0.5 // of likes
	// An issue needs so many letters, of so many writers.
	leastLetters = 3
	leastWriters = 2
	issueWeeks   = 12
)

// How letters are brought together, found by reading what came out on public messages to a city (docs/routing.md).
const (
	titleTimes    = 2   // a title says the matter more plainly than the text
	readBody      = 500 // characters
	strongTerms   = 24  // of a letter, by which it looks for its issue
	centreTerms   = 48  // of an issue's middle
	keptTerms     = 500 // of which it is chosen
	joinAt        = 0.26
	uniteAt       = 0.36 // two issues whose middles are as near as this are one
	commonInIndex = 400  // issues under a term: from there on it leads nowhere
)

// FindIssues brings letters on the same matter together and gives the issues with their heat at now: new and growing
// ones first, then the hottest. Letters after now are left out. The order of messages makes no difference.
//
// Each letter, in the order of time, joins the issue whose middle it is nearest to (leader clustering: Hartigan 1975),
// sought by its strongest terms only, so that the work grows little faster than the letters; middles that have come
// near each other are united; then each letter is asked once more. Middles, not pairs, are compared, so that no
// chain of letters that each resemble the next makes one issue of everything.
func FindIssues(messages []Message, c *grams.Counts, now time.Time, heat Heating) []Issue {
	f := &finder{counts: c}
	for _, m := range messages {
		if !m.At.After(now) {
			f.messages = append(f.messages, m)
		}
	}
	slices.SortFunc(f.messages, func(a, b Message) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	f.vectors = make([]Vector, len(f.messages))
	for i, m := range f.messages {
		text := strings.Repeat(m.Title+"\n", titleTimes) + clip(m.Body, readBody)
		f.vectors[i] = Vectorise(grams.Fold(text), c)
	}
	f.gather()
	f.unite()
	f.settle()
	return f.issues(now, heat)
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

// finder is one search for issues.
type finder struct {
	counts   *grams.Counts
	messages []Message
	vectors  []Vector
	centres  []*centre
	under    map[uint64][]int32 // centres by their terms
}

// centre is the middle of an issue's letters.
type centre struct {
	sum     map[uint64]float32
	vector  Vector // the strongest terms of the sum, of length 1
	members []int32
	listed  map[uint64]bool // terms under which it is found
	fresh   int             // members when the vector was made last
}

// gather lets each letter join the nearest centre, or become one.
func (f *finder) gather() {
	f.under = map[uint64][]int32{}
	for i, v := range f.vectors {
		if len(v) == 0 {
			continue
		}
		at, likeness := f.nearest(v)
		if at < 0 || likeness < joinAt {
			at = int32(len(f.centres)) //nolint:gosec // far fewer
			f.centres = append(f.centres, &centre{sum: map[uint64]float32{}, listed: map[uint64]bool{}})
		}
		f.centres[at].add(int32(i), v) //nolint:gosec // far fewer
		f.list(at)
	}
}

// strongest gives the terms of a vector that weigh most.
func strongest(v Vector, most int) Vector {
	if len(v) <= most {
		return v
	}
	sorted := slices.Clone(v)
	slices.SortFunc(sorted, func(a, b Term) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Hash, b.Hash))
	})
	return sorted[:most]
}

// nearest finds the centre that a letter is nearest to; -1: none shares two of its strongest terms.
func (f *finder) nearest(v Vector) (at int32, likeness float64) {
	shared := map[int32]int{}
	for _, term := range strongest(v, strongTerms) {
		under := f.under[term.Hash]
		if len(under) > commonInIndex {
			continue
		}
		for _, c := range under {
			shared[c]++
		}
	}
	at = -1
	for c, n := range shared {
		if n < 2 && len(v) > 2 {
			continue
		}
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
	var square float64
	for _, term := range c.vector {
		square += float64(term.Weight) * float64(term.Weight)
	}
	for i := range c.vector {
		c.vector[i].Weight /= float32(math.Sqrt(square))
	}
}

// list makes a centre findable by its terms.
func (f *finder) list(at int32) {
	c := f.centres[at]
	for _, term := range c.vector {
		if !c.listed[term.Hash] {
			c.listed[term.Hash] = true
			f.under[term.Hash] = append(f.under[term.Hash], at)
		}
	}
}

// unite makes one of centres that have come near each other, the later into the earlier.
func (f *finder) unite() {
	for at := int32(len(f.centres)) - 1; at > 0; at-- { //nolint:gosec // far fewer
		c := f.centres[at]
		if len(c.members) < 2 {
			continue
		}
		shared := map[int32]int{}
		for _, term := range strongest(c.vector, strongTerms) {
			if under := f.under[term.Hash]; len(under) <= commonInIndex {
				for _, o := range under {
					shared[o]++
				}
			}
		}
		best, likeness := int32(-1), uniteAt
		for o, n := range shared {
			if o >= at || n < 2 || len(f.centres[o].members) < 2 {
				continue
			}
			if l := f.centres[o].vector.Cosine(c.vector); l > likeness || l == likeness && o < best {
				best, likeness = o, l
			}
		}
		if best < 0 {
			continue
		}
		into := f.centres[best]
		for hash, weight := range c.sum {
			into.sum[hash] += weight
		}
		into.members = append(into.members, c.members...)
		into.refresh()
		f.list(best)
		c.members, c.sum, c.vector = nil, nil, nil
	}
}

// settle asks each letter once more which middle it is nearest to, now that they stand. The middles of letters that
// stayed alone are dropped from the question.
func (f *finder) settle() {
	members := make([][]int32, len(f.centres))
	alone := make([]bool, len(f.centres))
	for at, c := range f.centres {
		alone[at] = len(c.members) < 2
		if alone[at] {
			c.vector = nil
		}
	}
	for i, v := range f.vectors {
		if at, likeness := f.nearest(v); at >= 0 && likeness >= joinAt && !alone[at] {
			members[at] = append(members[at], int32(i)) //nolint:gosec // far fewer
		}
	}
	for at, c := range f.centres {
		c.members = members[at]
	}
}

// issues makes what is shown of the centres with enough letters.
func (f *finder) issues(now time.Time, heat Heating) []Issue {
	var all []Issue
	for _, c := range f.centres {
		if len(c.members) >= leastLetters {
			if issue := f.issue(c, now, heat); issue.Writers >= leastWriters {
				all = append(all, issue)
			}
		}
	}
	early := func(t Trend) int {
		if t == New || t == Growing {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b Issue) int {
		return cmp.Or(cmp.Compare(early(a.Trend), early(b.Trend)), cmp.Compare(b.Heat, a.Heat), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (f *finder) issue(c *centre, now time.Time, heat Heating) Issue {
	slices.Sort(c.members) // by time
	first := f.messages[c.members[0]]
	issue := Issue{ID: first.ID, First: first.At, Title: f.title(c), Place: f.place(c), Weeks: make([]int, issueWeeks)}
	topics, written := map[string]int{}, map[string]bool{}
	recent, before := 0, 0
	for _, i := range slices.Backward(c.members) { // newest first: it is the one that counts whole
		m := f.messages[i]
		issue.Letters = append(issue.Letters, m.ID)
		issue.Likes += m.Likes
		if m.At.After(issue.Last) {
			issue.Last = m.At
		}
		age := now.Sub(m.At)
		brings := 1.0
		if writer := m.writer(); written[writer] {
			brings = furtherLetter
		} else {
			written[writer] = true
		}
		brings += perLog * math.Log1p(float64(max(m.Likes, 0)))
		issue.Heat += brings * math.Exp2(-float64(age)/float64(heat.HalfLife))
		switch {
		case age < Window:
			recent++
		case age < 2*Window:
			before++
		}
		if week := int(age / (7 * 24 * time.Hour)); week < issueWeeks {
			issue.Weeks[issueWeeks-1-week]++
		}
		if m.Topic != "" {
			topics[m.Topic]++
		}
	}
	slices.Reverse(issue.Letters)
	issue.Writers, issue.Topic = len(written), most(topics)
	switch {
	case now.Sub(issue.First) < Window:
		issue.Trend = New
	case recent > before:
		issue.Trend = Growing
	case recent == before && recent > 0:
		issue.Trend = Steady
	default:
		issue.Trend = Fading
	}
	return issue
}

func (m Message) writer() string {
	if m.Writer == "" {
		return "\x00" + strconv.FormatInt(m.ID, 10) // nobody knows: each is taken for another's
	}
	return m.Writer
}

// most gives the most frequent word; of several the first by name.
func most(times map[string]int) string {
	best := ""
	for word, n := range times {
		if n > times[best] || n == times[best] && word < best {
			best = word
		}
	}
	return best
}

// longestTitle is in characters.
const longestTitle = 40

// title is that of the letter nearest to the middle, a short one before a long one.
func (f *finder) title(c *centre) string {
	best, likeness := "", -1.0
	for _, i := range c.members {
		title := strings.TrimSpace(f.messages[i].Title)
		if title == "" {
			title = strings.TrimSpace(f.messages[i].Body)
		}
		n := utf8.RuneCountInString(title)
		l := Vectorise(grams.Fold(title), f.counts).Cosine(c.vector)
		if n < 4 {
			l = 0
		}
		if n > longestTitle {
			l *= 0.7
		}
		if l > likeness {
			best, likeness = title, l
		}
	}
	return clip(strings.Join(strings.Fields(best), " "), longestTitle)
}
