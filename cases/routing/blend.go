package routing

import "math"

// What speaks for a class, side by side. Their mixture is learned on letters that the rest was not trained on.
const (
	byMargin = iota // of the support vector machine
	byNear          // similar letters that went there
	byHint          // rules, names and duties
	voices
)

type evidence [voices]float32

// blend is a conditional logit (McFadden 1974): the probability of a class is its share of exp(b·evidence) among
// all classes. The coefficients are the same for all classes, so a department without history is weighed by
// the same measure, and the probabilities come out calibrated.
type blend [voices]float64

// usual is what the mixture is before there are letters to learn it on.
var usual = blend{byMargin: 3, byNear: 1, byHint: 3}

func (b *blend) of(e evidence) float64 {
	var sum float64
	for i, x := range e {
		sum += b[i] * float64(x)
	}
	return sum
}

// probabilities turns evidence into shares of one, in place of shares.
func (b *blend) probabilities(all []evidence, shares []float64) {
	largest := math.Inf(-1)
	for i, e := range all {
		shares[i] = b.of(e)
		largest = max(largest, shares[i])
	}
	var sum float64
	for i := range shares {
		shares[i] = math.Exp(shares[i] - largest)
		sum += shares[i]
	}
	for i := range shares {
		shares[i] /= sum
	}
}

// observation is a letter with the evidence for every class, and the class that was right.
type observation struct {
	all   []evidence
	right int
}

// doubt is how far the right mixture may lie from the usual one (the standard deviation of a normal prior): few
// letters change little, and a thousand decide.
var doubt = blend{byMargin: 5, byNear: 1, byHint: 2}

// learnBlend fits the mixture by Newton's method, starting from the usual one and drawn to it. It gives the mean
// log-likelihood beside, by which half-lives are compared.
func learnBlend(seen []observation) (blend, float64) {
	b := usual
	const steps = 30
	var shares []float64
	likelihood := func(b *blend) float64 {
		var sum float64
		for _, o := range seen {
			shares = resized(shares, len(o.all))
			b.probabilities(o.all, shares)
			sum += math.Log(max(shares[o.right], 1e-12))
		}
		for i := range b {
			away := (b[i] - usual[i]) / doubt[i]
			sum -= away * away / 2
		}
		return sum
	}
	now := likelihood(&b)
	for range steps {
		var slope [voices]float64
		var curve [voices][voices]float64
		for _, o := range seen {
			shares = resized(shares, len(o.all))
			b.probabilities(o.all, shares)
			addCurve(&slope, &curve, o, shares)
		}
		for i := range b {
			slope[i] -= (b[i] - usual[i]) / (doubt[i] * doubt[i])
			curve[i][i] += 1 / (doubt[i] * doubt[i])
		}
		step := solve(curve, slope)
		next, better := b, math.Inf(-1)
		for size := 1.0; size > 1e-3; size /= 2 { // Newton may step too far
			for i := range b {
				next[i] = max(b[i]+size*step[i], 0) // nothing that speaks for a class may count against it
			}
			if better = likelihood(&next); better > now {
				break
			}
		}
		if better <= now+1e-6 {
			break
		}
		b, now = next, better
	}
	return b, now / float64(max(len(seen), 1))
}

// addCurve adds slope and curvature of one observation's log-likelihood.
func addCurve(slope *[voices]float64, curve *[voices][voices]float64, o observation, shares []float64) {
	var mean [voices]float64
	for c, e := range o.all {
		for i, x := range e {
			mean[i] += shares[c] * float64(x)
		}
	}
	for i, x := range o.all[o.right] {
		slope[i] += float64(x) - mean[i]
	}
	for c, e := range o.all {
		if shares[c] < 1e-9 {
			continue
		}
		for i := range e {
			for j := range e {
				curve[i][j] += shares[c] * (float64(e[i]) - mean[i]) * (float64(e[j]) - mean[j])
			}
		}
	}
}

// solve solves a small symmetric system by Gauss's elimination.
func solve(a [voices][voices]float64, y [voices]float64) [voices]float64 {
	for i := range voices {
		for j := i + 1; j < voices; j++ {
			f := a[j][i] / a[i][i]
			for k := i; k < voices; k++ {
				a[j][k] -= f * a[i][k]
			}
			y[j] -= f * y[i]
		}
	}
	for i := voices - 1; i >= 0; i-- {
		for j := i + 1; j < voices; j++ {
			y[i] -= a[i][j] * y[j]
		}
		y[i] /= a[i][i]
	}
	return y
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
