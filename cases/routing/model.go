package routing

import (
	"bytes"
	"cmp"
	"compress/flate"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
)

// Model knows from confirmed letters where letters go: to which department, or under which topic. A class is
// named by a text that means nothing to the model. Safe for concurrent use.
type Model struct {
	learned
	vocabulary *vocabulary
	number     map[string]int // of a class
	pool       sync.Pool      // of *reading
}

// learned is what is stored of a model.
type learned struct {
	Classes []string
	Hashes  []uint32  // of the runs it knows
	Weights []float32 // how much each says
	// The machines of all classes, by run: entries From[f] to From[f+1] are the classes it speaks for or
	// against; a value times the class's scale is its weight.
	From    []int32
	Class   []uint16
	Value   []int8
	Scale   []float32
	Bias    []float32
	Memory  memory
	Blend   blend
	Letters int
	Trials  []Trial
	Report  Report
}

// Trial is a letter of the last part of the training, judged by a model that had not seen it.
type Trial struct {
	Case        int64
	Class       string  // what it would have chosen
	Probability float32 // as it said
	Right       bool
}

// Report says how a model was made and how good it is on the newest letters it had not been trained on.
type Report struct {
	Letters  int // trained on
	Classes  int // that they went to
	Held     int // of them held back for a trial of all but them
	First    int // of those: right at first place
	Three    int // right among the first three
	HalfLife int // letters after which one counts half; 0: all count the same
}

// reading is working memory for one letter.
type reading struct {
	*scratch
	margins   []float32
	sums      []float32
	touched   []int32
	all       []evidence
	shares    []float64
	neighbour []neighbour
}

// ready makes what is not stored.
func (m *Model) ready() {
	m.vocabulary = newVocabulary(m.Hashes, m.Weights)
	m.Memory.index(len(m.Hashes))
	m.number = make(map[string]int, len(m.Classes))
	for i, c := range m.Classes {
		m.number[c] = i
	}
	m.pool.New = func() any {
		return &reading{
			scratch: m.vocabulary.scratch(), margins: make([]float32, len(m.Classes)), sums: make([]float32, len(m.Memory.Cases)),
		}
	}
}

// Hints say for a letter what rules, names and duties speak for, by class, from 0 to 1.
type Hints map[string]float64

// Choice is a class with the probability that it is the right one.
type Choice struct {
	Class       string
	Probability float64
	Margin      float64 // of the linear model alone
}

// Rank gives the most likely classes, the likeliest first, at most so many. A class that only the hints know is
// ranked as well; those in without are left out, and the others share their probability.
func (m *Model) Rank(l Letter, hints Hints, without []string, most int) []Choice {
	r := m.pool.Get().(*reading) //nolint:forcetypeassert // nothing else is put in
	defer m.pool.Put(r)
	names := m.weigh(l, hints, r)
	r.shares = resized(r.shares, len(r.all))
	for i, name := range names {
		if slices.Contains(without, name) {
			r.all[i] = evidence{byMargin: float32(math.Inf(-1))}
		}
	}
	m.Blend.probabilities(r.all, r.shares)
	best := make([]Choice, 0, most+1)
	for i, share := range r.shares {
		if len(best) == most && (most == 0 || share <= best[most-1].Probability) || math.IsNaN(share) || slices.Contains(without, names[i]) {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, share, func(c Choice, p float64) int {
			if c.Probability >= p {
				return -1
			}
			return 1
		})
		best = slices.Insert(best, at, Choice{names[i], share, float64(r.all[i][byMargin])})
		best = best[:min(len(best), most)]
	}
	return best
}

// weigh gathers the evidence for every class into r.all, and names the classes in that order.
func (m *Model) weigh(l Letter, hints Hints, r *reading) []string {
	x := m.vocabulary.vector(l, r.scratch)
	m.score(x, r.margins)
	if m.Blend[byNear] > 0 {
		r.neighbour, r.touched = m.Memory.nearest(x, r.sums, r.touched, neighbours)
	} else {
		r.neighbour = nil
	}
	r.all = resized(r.all, len(m.Classes))
	for i := range m.Classes {
		r.all[i] = evidence{byMargin: r.margins[i]}
	}
	for _, n := range r.neighbour {
		r.all[m.Memory.Classes[n.letter]][byNear] += n.likeness
	}
	names := m.Classes
	for _, name := range sortedKeys(hints) {
		if i, ok := m.number[name]; ok {
			r.all[i][byHint] = float32(hints[name])
			continue
		}
		// No letter has gone there yet: what the machines say of it is what they say of a stranger.
		if len(names) == len(m.Classes) {
			names = slices.Clone(names)
		}
		names = append(names, name)
		r.all = append(r.all, evidence{byMargin: stranger, byHint: float32(hints[name])})
	}
	return names
}

// stranger is the margin of a class without a letter: that of a letter clearly on the other side.
const stranger = -1

func sortedKeys(h Hints) []string {
	if len(h) == 0 {
		return nil
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// score gives the margin of every class.
func (m *Model) score(x []weighted, margins []float32) {
	clear(margins)
	for _, w := range x {
		from, to := m.From[w.feature], m.From[w.feature+1]
		classes, values := m.Class[from:to], m.Value[from:to]
		for i, c := range classes {
			margins[c] += float32(values[i]) * w.value
		}
	}
	for c := range margins {
		margins[c] = margins[c]*m.Scale[c] + m.Bias[c]
	}
}

// join puts the machines side by side, by run, for one letter's runs are asked of all machines.
func (m *Model) join(machines []packed) {
	m.From = make([]int32, len(m.Hashes)+1)
	for _, k := range machines {
		m.Scale, m.Bias = append(m.Scale, k.scale), append(m.Bias, k.bias)
		for _, run := range k.runs {
			m.From[run+1]++
		}
	}
	for f := range m.Hashes {
		m.From[f+1] += m.From[f]
	}
	next := slices.Clone(m.From)
	m.Class, m.Value = make([]uint16, next[len(m.Hashes)]), make([]int8, next[len(m.Hashes)])
	for class, k := range machines {
		for i, run := range k.runs {
			m.Class[next[run]], m.Value[next[run]] = uint16(class), k.values[i]
			next[run]++
		}
	}
}

// Bytes is about how much memory the model takes.
func (m *Model) Bytes() int {
	n := 12*len(m.Hashes) + 8*len(m.vocabulary.slots) + 3*len(m.Class) + 8*len(m.Memory.heard) + 4*len(m.Memory.from)
	for _, runs := range m.Memory.Runs {
		n += 8*len(runs) + 60
	}
	return n
}

// MarshalBinary gives the model as it is stored.
func (m *Model) MarshalBinary() ([]byte, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(w).Encode(&m.learned); err != nil {
		return nil, fmt.Errorf("store model: %w", err)
	}
	err = w.Close()
	return out.Bytes(), err
}

// UnmarshalBinary reads a stored model. It refuses one that does not hold together.
func (m *Model) UnmarshalBinary(data []byte) error {
	m.learned = learned{}
	r := flate.NewReader(bytes.NewReader(data))
	if err := gob.NewDecoder(io.LimitReader(r, maxStored)).Decode(&m.learned); err != nil {
		return fmt.Errorf("read model: %w", err)
	}
	if !m.sound() {
		return errors.New("read model: it does not hold together")
	}
	m.ready()
	return nil
}

// maxStored bounds what a broken file can make us read.
const maxStored = 256 << 20

// sound checks every index that is followed later.
func (m *Model) sound() bool {
	features, classes := len(m.Hashes), len(m.Classes)
	within := func(n, limit int) bool { return n >= 0 && n < limit }
	if len(m.Weights) != features || len(m.From) != features+1 || len(m.Class) != len(m.Value) || classes > maxClasses ||
		len(m.Scale) != classes || len(m.Bias) != classes || features > maxFeatures {
		return false
	}
	if m.From[0] != 0 || int(m.From[features]) != len(m.Class) || !slices.IsSorted(m.From) {
		return false
	}
	k := &m.Memory
	if len(k.Classes) != len(k.Cases) || len(k.Runs) != len(k.Cases) || len(k.Values) != len(k.Cases) {
		return false
	}
	for i, runs := range k.Runs {
		if len(runs) != len(k.Values[i]) || !within(int(k.Classes[i]), classes) ||
			slices.ContainsFunc(runs, func(run int32) bool { return !within(int(run), features) }) {
			return false
		}
	}
	return !slices.ContainsFunc(m.Class, func(c uint16) bool { return int(c) >= classes })
}

// Neighbour is a confirmed letter that resembles another.
type Neighbour struct {
	Case     int64
	Class    string
	Likeness float64 // 0 to 1
}

// Near finds the confirmed letters that a letter resembles most, best first.
func (m *Model) Near(l Letter, most int) []Neighbour {
	r := m.pool.Get().(*reading) //nolint:forcetypeassert // nothing else is put in
	defer m.pool.Put(r)
	var found []neighbour
	found, r.touched = m.Memory.nearest(m.vocabulary.vector(l, r.scratch), r.sums, r.touched, most)
	near := make([]Neighbour, len(found))
	for i, n := range found {
		near[i] = Neighbour{m.Memory.Cases[n.letter], m.Classes[m.Memory.Classes[n.letter]], float64(min(n.likeness, 1))}
	}
	return near
}

// Routable says what routing by itself above a probability would have meant on the trial's letters.
type Routable struct {
	Threshold float64
	Letters   int // of the trial
	Routed    int
	Right     int
}

// At counts the trial for a threshold.
func (m *Model) At(threshold float64) Routable {
	r := Routable{Threshold: threshold, Letters: len(m.Trials)}
	for _, t := range m.Trials {
		if float64(t.Probability) >= threshold {
			r.Routed++
			if t.Right {
				r.Right++
			}
		}
	}
	return r
}

// byAge sorts examples so that the result does not depend on the order they came in: by time, then by text.
func byAge(a, b Example) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.order, b.order), cmp.Compare(a.Case, b.Case), cmp.Compare(a.Class, b.Class))
}
