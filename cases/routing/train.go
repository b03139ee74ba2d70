package routing

import (
	"errors"
	"math"
	"slices"
	"time"

	"mailbox/cases/grams"
)

// Limits of the training. A large city's newest letters tell more about tomorrow's than its oldest.
const (
	maxExamples = 20_000
	maxClasses  = 1 << 15
	maxHeld     = 1_000 // letters held back for a trial
	leastHeld   = 10    // fewer prove nothing
)

// Example is a letter whose class a person has confirmed.
type Example struct {
	Case    int64
	Letter  Letter
	Class   string    // where it went; empty: only known where it did not belong
	Against []string  // classes that sent it back
	At      time.Time // when it was received; zero where nobody knows

	order uint64 // among those of the same time
}

// ErrNothingToLearn is returned where fewer than two classes have letters.
var ErrNothingToLearn = errors.New("letters of at least two classes are needed")

// Train learns from examples. hint, if not nil, gives what rules, names and duties say of a letter: how far they
// are to be trusted is learned with the rest.
//
// The newest part (or, where no times are known, a part picked by hash) is first held back to try half-lives, to
// learn the mixture of voices and to say how good the model is; then all are learned from. The same examples in any
// order, with the same seed, give the same model.
func Train(examples []Example, hint func(Letter) Hints, seed uint64) (*Model, error) {
	t := &training{hint: hint, seed: seed, number: map[string]int{}}
	t.take(examples)
	if len(t.names) < 2 {
		return nil, ErrNothingToLearn
	}
	mix, halfLife, report, trials := usual, 0, Report{}, []Trial(nil)
	if held := min(len(t.examples)/5, maxHeld); held >= leastHeld {
		mix, halfLife, report, trials = t.rehearse(held)
	}
	m := t.fit(t.prepare(len(t.examples)), halfLife)
	m.Blend, m.Trials, m.Report = mix, trials, report
	m.Report.Letters, m.Report.Classes, m.Report.HalfLife = len(t.examples), len(t.names), halfLife
	return m, nil
}

// training is the learning of one model.
type training struct {
	hint     func(Letter) Hints
	seed     uint64
	examples []Example // oldest first
	bags     []bag     // of the examples
	timed    bool
	names    []string // of the classes
	number   map[string]int
}

// take orders the examples and numbers their classes.
func (t *training) take(examples []Example) {
	t.examples = slices.Clone(examples)
	for i := range t.examples {
		e := &t.examples[i]
		e.order = grams.Mix(grams.Hash([]rune(e.Letter.Title+"\n"+e.Letter.Body)) + t.seed)
		t.timed = t.timed || !e.At.IsZero()
	}
	slices.SortFunc(t.examples, byAge)
	t.examples = t.examples[max(len(t.examples)-maxExamples, 0):]
	for _, e := range t.examples {
		if _, known := t.number[e.Class]; e.Class != "" && !known && len(t.names) < maxClasses {
			t.number[e.Class] = 0
			t.names = append(t.names, e.Class)
		}
	}
	t.bags = make([]bag, len(t.examples))
	var sorted []uint32
	var room grams.Text
	for i := range t.examples {
		t.bags[i], sorted = bagged(t.examples[i].Letter, sorted, &room)
	}
	slices.Sort(t.names)
	for i, name := range t.names {
		t.number[name] = i
	}
}

// rehearse trains on all but the last held, tries the model on those, and learns the mixture from that.
func (t *training) rehearse(held int) (best blend, halfLife int, r Report, trials []Trial) {
	split := len(t.examples) - held
	ready := t.prepare(split)
	halfLives := []int{0}
	if t.timed {
		halfLives = append(halfLives, len(t.examples)/4)
	}
	best, most := usual, math.Inf(-1)
	for _, h := range halfLives {
		m := t.fit(ready, h)
		seen := t.observe(m, t.examples[split:])
		mix, likelihood := learnBlend(seen)
		if likelihood > most {
			m.Blend = mix
			best, most, halfLife = mix, likelihood, h
			trials, r = t.judge(m, t.examples[split:])
		}
	}
	return best, halfLife, r, trials
}

// prepared are vocabulary and samples of some examples.
type prepared struct {
	examples   []Example
	vocabulary *vocabulary
	samples    []sample
}

// prepare reads the first n examples.
func (t *training) prepare(n int) *prepared {
	letters := map[string]int{}
	for _, e := range t.examples[:n] {
		letters[e.Class]++
	}
	rare := func(i int) bool {
		class := t.examples[i].Class
		return class != "" && letters[class] < fewLetters
	}
	p := &prepared{examples: t.examples[:n], samples: make([]sample, n), vocabulary: learnVocabulary(t.bags[:n], rare)}
	for i, e := range p.examples {
		p.samples[i] = sample{x: p.vocabulary.counts(t.bags[i]), class: -1}
		if number, ok := t.number[e.Class]; ok && e.Class != "" {
			p.samples[i].class = number
		}
		for _, name := range e.Against {
			if number, ok := t.number[name]; ok {
				p.samples[i].against = append(p.samples[i].against, number)
			}
		}
	}
	p.vocabulary.sharpen(p.samples, len(t.names))
	for i := range p.samples {
		p.vocabulary.weigh(p.samples[i].x)
	}
	return p
}

// fit trains the machines, and remembers the newest letters. A letter counts half after halfLife newer ones.
func (t *training) fit(p *prepared, halfLife int) *Model {
	n := len(p.samples)
	m := &Model{learned: learned{Classes: t.names, Hashes: p.vocabulary.hashes, Weights: p.vocabulary.weights, Letters: n, Blend: usual}}
	for i := range p.samples {
		s := &p.samples[i]
		s.weight = 1
		if halfLife > 0 {
			s.weight = math.Exp2(-float64(n-1-i) / float64(halfLife))
		}
		if s.class >= 0 && i >= n-rememberedLetters {
			m.Memory.remember(p.examples[i].Case, s.class, s.x)
		}
	}
	m.join(trainAll(p.samples, len(t.names), len(p.vocabulary.hashes), t.seed))
	m.ready()
	return m
}

// observe gathers what speaks for every class, of letters whose class is known.
func (t *training) observe(m *Model, examples []Example) []observation {
	seen := make([]observation, 0, len(examples))
	r := m.pool.Get().(*reading) //nolint:forcetypeassert // nothing else is put in
	for _, e := range examples {
		var hints Hints
		if t.hint != nil {
			hints = t.hint(e.Letter)
		}
		names := m.weigh(e.Letter, hints, r)
		if right := slices.Index(names, e.Class); right >= 0 {
			seen = append(seen, observation{slices.Clone(r.all), right})
		}
	}
	return seen
}

// judge tries a model on letters it has not seen.
func (t *training) judge(m *Model, examples []Example) ([]Trial, Report) {
	var r Report
	trials := make([]Trial, 0, len(examples))
	for _, e := range examples {
		if e.Class == "" {
			continue
		}
		var hints Hints
		if t.hint != nil {
			hints = t.hint(e.Letter)
		}
		ranked := m.Rank(e.Letter, hints, e.Against, 3)
		if len(ranked) == 0 {
			continue
		}
		right := ranked[0].Class == e.Class
		r.Held++
		if right {
			r.First++
		}
		if slices.ContainsFunc(ranked, func(c Choice) bool { return c.Class == e.Class }) {
			r.Three++
		}
		trials = append(trials, Trial{e.Case, ranked[0].Class, float32(ranked[0].Probability), right})
	}
	return trials, r
}
