package routing

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// The linear model is one support vector machine per class against all others, trained by dual coordinate
// descent with shrinking: Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate descent method for
// large-scale linear SVM", ICML 2008, algorithm 3, with the squared hinge loss.
const (
	cost     = 1.0 // C of the paper
	passes   = 6   // more gain nothing (docs/routing.md)
	accuracy = 0.1 // where a class stops early
	// againstWeight is how much more a letter counts that the class itself has sent back.
	againstWeight = 3.0
)

// sample is a letter in training.
type sample struct {
	x       []weighted
	class   int // -1: none is known
	against []int
	weight  float64
}

// plane is what the machine of one class learned.
type plane struct {
	weights []float32
	bias    float32
}

// score is the letter's distance from the plane. Four sums run side by side, for an addition takes four times as
// long as it takes to begin the next.
func (p *plane) score(x []weighted) float32 {
	var a, b, c, d float32
	weights := p.weights
	for len(x) >= 4 {
		a += weights[x[0].feature] * x[0].value
		b += weights[x[1].feature] * x[1].value
		c += weights[x[2].feature] * x[2].value
		d += weights[x[3].feature] * x[3].value
		x = x[4:]
	}
	for _, w := range x {
		a += weights[w.feature] * w.value
	}
	return p.bias + (a + b) + (c + d)
}

// packed is a plane in few bytes: seven bits and a sign are enough to rank by, and what rounds to nearly nothing is
// left out.
type packed struct {
	runs   []int32
	values []int8
	scale  float32 // a value times this is the weight
	bias   float32
}

// leastValue is what a machine must say of a run to be heard: below, nobody's order changes (docs/routing.md).
const leastValue = 3

func (p *plane) pack() packed {
	var largest float32
	for _, w := range p.weights {
		largest = max(largest, w, -w)
	}
	if largest == 0 {
		return packed{bias: p.bias}
	}
	k := packed{scale: largest / 127, bias: p.bias}
	least := (leastValue - 0.5) * k.scale
	for f, w := range p.weights {
		if w >= least || w <= -least {
			k.runs = append(k.runs, int32(f))
			k.values = append(k.values, int8(math.Round(float64(w/k.scale))))
		}
	}
	return k
}

// trainAll trains the machine of every class, on all cores. The result does not depend on how many there are.
func trainAll(samples []sample, classes, features int, seed uint64) []packed {
	machines := make([]packed, classes)
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			d := newDescent(samples, features)
			for class := range next {
				d.train(class, seed)
				machines[class] = d.pack()
			}
		})
	}
	for class := range classes {
		next <- class
	}
	close(next)
	workers.Wait()
	return machines
}

// descent is the training of one class after the other.
type descent struct {
	samples []sample
	plane
	square []float64 // length of each letter's vector, squared
	order  []int
	side   []float32 // +1 of the class, -1 of another
	alpha  []float64
	diag   []float64 // 1/(2C) of the sample's own cost
}

func newDescent(samples []sample, features int) *descent {
	n := len(samples)
	d := &descent{
		samples: samples, plane: plane{weights: make([]float32, features)}, square: make([]float64, n), order: make([]int, 0, n),
		side: make([]float32, n), alpha: make([]float64, n), diag: make([]float64, n),
	}
	for i, s := range samples {
		for _, w := range s.x {
			d.square[i] += float64(w.value) * float64(w.value)
		}
	}
	return d
}

func (d *descent) train(class int, seed uint64) {
	clear(d.weights)
	clear(d.alpha)
	d.bias, d.order = 0, d.order[:0]
	for i := range d.samples {
		s := &d.samples[i]
		c := cost * s.weight
		d.side[i] = -1
		switch {
		case s.class == class:
			d.side[i] = 1
		case slices.Contains(s.against, class):
			c *= againstWeight
		case s.class < 0:
			continue // known only not to be of those it was returned by
		}
		d.diag[i] = 1 / (2 * c)
		d.order = append(d.order, i)
	}
	d.run(d.order, rand.New(rand.NewPCG(seed, uint64(class)))) //nolint:gosec // a class is not negative; reproducible on purpose
}

// run goes over the samples in random order; one that cannot move is left aside until all have come to rest.
func (d *descent) run(order []int, random *rand.Rand) {
	active, bound := len(order), math.Inf(1)
	for range passes {
		random.Shuffle(active, func(i, j int) { order[i], order[j] = order[j], order[i] })
		largest, smallest := math.Inf(-1), math.Inf(1)
		for at := 0; at < active; at++ {
			i := order[at]
			gradient := d.gradient(i)
			projected := gradient
			if d.alpha[i] == 0 {
				if gradient > bound {
					active--
					order[at], order[active] = order[active], order[at]
					at--
					continue
				}
				projected = min(gradient, 0)
			}
			largest, smallest = max(largest, projected), min(smallest, projected)
			if math.Abs(projected) > 1e-12 {
				d.move(i, gradient)
			}
		}
		if largest-smallest <= accuracy {
			if active == len(order) {
				return
			}
			active, bound = len(order), math.Inf(1)
			continue
		}
		if bound = largest; bound <= 0 {
			bound = math.Inf(1)
		}
	}
}

func (d *descent) gradient(i int) float64 {
	return float64(d.side[i])*float64(d.score(d.samples[i].x)) - 1 + d.alpha[i]*d.diag[i]
}

func (d *descent) move(i int, gradient float64) {
	before := d.alpha[i]
	d.alpha[i] = max(before-gradient/(d.square[i]+1+d.diag[i]), 0)
	step := float32(d.alpha[i]-before) * d.side[i]
	for _, w := range d.samples[i].x {
		d.weights[w.feature] += step * w.value
	}
	d.bias += step
}
