package routing

import "math"

// sharpen multiplies the weight of each run by how much it tells the classes apart: the square root of the
// Kullback–Leibler divergence of the classes of the letters it stands in from those of all letters (supervised
// term weighting: Debole and Sebastiani 2003; the root and the smoothing found by cross-validation,
// docs/routing.md). The vectors must be made anew after it.
func (v *vocabulary) sharpen(samples []sample, classes int) {
	total, known := make([]float64, classes), 0.0
	stands := make([]int32, len(v.hashes)+1)
	for i := range samples {
		if samples[i].class < 0 {
			continue
		}
		total[samples[i].class]++
		known++
		for _, w := range samples[i].x {
			stands[w.feature+1]++
		}
	}
	if known == 0 {
		return
	}
	for f := range v.hashes {
		stands[f+1] += stands[f]
	}
	in, next := make([]int32, stands[len(v.hashes)]), append([]int32(nil), stands...)
	for i := range samples {
		if class := samples[i].class; class >= 0 {
			for _, w := range samples[i].x {
				in[next[w.feature]] = int32(class)
				next[w.feature]++
			}
		}
	}
	count := make([]float64, classes)
	// So many letters of the usual mixture are added, so that a few letters of a small class are no proof.
	smoothing := 5 + float64(classes)/6
	for f := range v.hashes {
		of := in[stands[f]:stands[f+1]]
		for _, class := range of {
			count[class]++
		}
		v.weights[f] *= float32(math.Sqrt(divergence(of, count, total, known, smoothing) + 0.05))
	}
}

// divergence is that of one run; of are the classes of its letters. It leaves count at zero.
func divergence(of []int32, count, total []float64, known, smoothing float64) float64 {
	n, rest, sum := float64(len(of)), 1.0, 0.0
	for _, class := range of {
		if count[class] == 0 {
			continue
		}
		usual := total[class] / known
		share := (count[class] + smoothing*usual) / (n + smoothing)
		sum += share * math.Log(share/usual)
		rest -= usual
		count[class] = 0
	}
	if rest > 1e-12 {
		sum += smoothing * rest / (n + smoothing) * math.Log(smoothing/(n+smoothing))
	}
	return max(sum, 0)
}
